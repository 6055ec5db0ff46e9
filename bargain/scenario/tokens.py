"""Formula text cut into numbers, names, quoted words and signs, each with its place in the user's own text.

Whatever is no part of the language is refused here with a hint at what is: strange characters, infinite numbers, the
operators of other programs.  Each token is spelled out anew for Python's parser, ``^`` as ``**``, numbers as floats,
names in normal form (NFKC), so that the parser never sees the user's text itself.  The tests state every message with
its place, and feed hostile text.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from dataclasses import dataclass

from bargain.errors import BargainError

__all__ = ["LENGTH", "NESTING", "FormulaError", "Token", "normalise", "too_deep", "tokenise", "unreadable"]


LENGTH = 4000
"""The largest number of characters of a formula."""

NESTING = 64
"""The largest number of levels of a formula's tree."""

_DIGITS = "[0-9]+(?:_[0-9]+)*"
_NUMBER = re.compile(rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?[0-9]+)?")
_QUOTED = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_SIGN = re.compile(r"\*\*|<=|>=|==|!=|[-+*/^(),.<>]")
_WORDS = frozenset({"and", "or", "not", "if", "else"})
# What people write by habit from elsewhere: the sign, the code, what it is, and what to write.
_FOREIGN = (
    ("=<", "BG101", "`=<` is not a comparison", "write `<=`"),
    ("=>", "BG101", "`=>` is not a comparison", "write `>=`"),
    ("=", "BG101", "`=` does not compare", "write `==` to ask whether two values are equal"),
    ("<>", "BG101", "`<>` is not a comparison", "write `!=`"),
    ("&&", "BG101", "`&&` does not join conditions", "write `and`"),
    ("&", "BG101", "`&` does not join conditions", "write `and`"),
    ("||", "BG101", "`||` does not join conditions", "write `or`"),
    ("|", "BG101", "`|` has no meaning here", "write `abs(x)` for an absolute value, `or` between conditions"),
    ("!", "BG101", "`!` has no meaning here", "write `not`"),
    ("//", "BG102", "whole-number division `//`", "divide with `/`"),
    ("<<", "BG102", "the shift `<<`", "compare with `<`"),
    (">>", "BG102", "the shift `>>`", "compare with `>`"),
    ("%", "BG102", "the sign `%`", "write 5 % as `0.05`"),
    ("[", "BG102", "a list or an index `[...]`", "group with parentheses, for example `2*(x + 1)`"),
    ("]", "BG102", "a list or an index `[...]`", "group with parentheses, for example `2*(x + 1)`"),
    ("{", "BG102", "a set `{...}`", "group with parentheses, for example `2*(x + 1)`"),
    ("}", "BG102", "a set `{...}`", "group with parentheses, for example `2*(x + 1)`"),
    (":=", "BG102", "an assignment `:=`", "name parts of a formula in [define]"),
    ("\N{MINUS SIGN}", "BG101", "`\N{MINUS SIGN}` is not the minus sign of the keyboard", "write `-`"),
    ("\N{EN DASH}", "BG101", "`\N{EN DASH}` is a dash", "write `-`"),
    ("\N{MULTIPLICATION SIGN}", "BG101", "`\N{MULTIPLICATION SIGN}` is not an operator", "write `*`"),
    ("\N{MIDDLE DOT}", "BG101", "`\N{MIDDLE DOT}` is not an operator", "write `*`"),
    ("\N{DIVISION SIGN}", "BG101", "`\N{DIVISION SIGN}` is not an operator", "write `/`"),
    ("\N{LESS-THAN OR EQUAL TO}", "BG101", "`\N{LESS-THAN OR EQUAL TO}` is not a comparison", "write `<=`"),
    ("\N{GREATER-THAN OR EQUAL TO}", "BG101", "`\N{GREATER-THAN OR EQUAL TO}` is not a comparison", "write `>=`"),
    ("\N{NOT EQUAL TO}", "BG101", "`\N{NOT EQUAL TO}` is not a comparison", "write `!=`"),
)


class FormulaError(BargainError, ValueError):
    """A formula cannot be used; ``start`` and ``end`` are the characters of the formula that are to blame.

    Parameters
    ----------
    code : str
        ``BG101`` cannot be read, ``BG102`` construct not allowed, ``BG103`` unknown function, ``BG104`` number of
        arguments, ``BG105`` too long or too deep, ``BG106`` number out of range, ``BG107`` number against condition.
    message : str
        What is wrong, in one line.
    start, end : int
        Half-open range of characters, counted from 0.
    hint : str
        What would be right, or empty.
    """

    def __init__(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign: its ``kind`` (number, name, text, sign), how Python spells it, and its place in the formula."""

    kind: str
    text: str
    start: int
    end: int


def normalise(name: str) -> str:
    """Return a name in the form (NFKC) in which names are compared: the micro sign and the Greek mu are one letter.

    Examples
    --------
    >>> normalise("\\N{MICRO SIGN}") == "\\N{GREEK SMALL LETTER MU}"
    True
    """
    return unicodedata.normalize("NFKC", name)


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the tokens of a formula, at least one.

    Raises
    ------
    FormulaError
        ``BG101`` unknown characters or empty, ``BG102`` sign or word not allowed, ``BG105`` too long, ``BG106`` number
        out of range.

    Examples
    --------
    >>> [token.text for token in tokenise("2*tariff^2")]
    ['2.0', '*', 'tariff', '**', '2.0']
    """
    if len(text) > LENGTH:
        message = f"the formula is too long: {len(text)} characters, at most {LENGTH}"
        raise FormulaError("BG105", message, 0, len(text), "name parts of it in [define]")
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
        else:
            tokens.append(_token(text, place))
            place = tokens[-1].end
    if not tokens:
        raise unreadable("it is empty", 0, len(text), "write a number or a formula, for example `0`")
    return tuple(tokens)


def _token(text: str, start: int) -> Token:
    """Return the token that begins at ``start``."""
    if match := _NUMBER.match(text, start):
        return _number(match.group(), start, match.end())
    if text[start].isidentifier():
        end = start + 1
        # What may continue a name is for Python to say: letters, digits, underscores and combining marks.
        while end < len(text) and ("a" + text[end]).isidentifier():
            end += 1
        return _name(normalise(text[start:end]), start, end)
    if text[start] in "'\"":
        return _quoted(text, start)
    for sign, code, reason, hint in _FOREIGN:
        if text.startswith(sign, start) and not text.startswith(("==", "!="), start):
            if code == "BG101":
                raise unreadable(reason, start, start + len(sign), hint)
            raise FormulaError(code, f"{reason} is not allowed in a formula", start, start + len(sign), hint)
    if match := _SIGN.match(text, start):
        return Token("sign", match.group().replace("^", "**"), start, match.end())
    raise unreadable(f"{_shown(text[start])} has no meaning here", start, start + 1, _plainer(text[start]))


def _number(digits: str, start: int, end: int) -> Token:
    value = float(digits)
    shown = digits if len(digits) <= 20 else digits[:17] + "..."
    if math.isinf(value):
        raise FormulaError("BG106", f"`{shown}` is too large for a number", start, end, "the largest is about 1.8e308")
    if value == 0 and re.search("[1-9]", re.split("[eE]", digits)[0]):
        raise FormulaError("BG106", f"`{shown}` is too small for a number", start, end, "write 0")
    # Python sees floats only, so that it never computes with whole numbers of unlimited length.
    return Token("number", repr(value), start, end)


def _name(name: str, start: int, end: int) -> Token:
    if name in _WORDS:
        return Token("sign", name, start, end)
    if name in ("in", "is"):
        raise FormulaError("BG102", f"`{name}` is not allowed in a formula", start, end, "compare with `==`")
    if name in ("True", "False", "None"):
        raise FormulaError("BG102", f"`{name}` is not allowed in a formula", start, end, "write a number, 1 or 0")
    if keyword.iskeyword(name):
        hint = f"choose another name, for example `{name}_`"
        raise unreadable(f"`{name}` is a reserved word", start, end, hint)
    return Token("name", name, start, end)


def _quoted(text: str, start: int) -> Token:
    match = _QUOTED.match(text, start)
    if match is None:
        closing = text.find(text[start], start + 1)
        if closing < 0:
            raise unreadable("the quotation mark is never closed", start, start + 1, "write for example 'high'")
        place = text.index("\\", start)
        raise unreadable("a backslash has no meaning here", place, place + 1)
    for place in range(start + 1, match.end() - 1):
        if not text[place].isprintable():
            raise unreadable(f"{_shown(text[place])} has no place in a quoted word", place, place + 1)
    return Token("text", repr(match.group()[1:-1]), start, match.end())


def _shown(character: str) -> str:
    return f"`{character}`" if character.isprintable() else f"the character U+{ord(character):04X}"


def _plainer(character: str) -> str:
    """Return a hint for wide signs and digits, as East Asian keyboards give them, and for raised digits."""
    plain = normalise(character)
    if plain == character or not plain.isascii() or not plain.isprintable():
        return ""
    raised = unicodedata.decomposition(character).startswith("<super>")
    return f"write `^{plain}`" if raised else f"write `{plain}`"


def too_deep(start: int, end: int) -> FormulaError:
    """Return the error for a formula whose parts are nested too deeply at this place."""
    message = f"the formula is nested too deeply: at most {NESTING} levels"
    return FormulaError("BG105", message, start, end, "name parts of it in [define]")


def unreadable(reason: str, start: int, end: int, hint: str = "") -> FormulaError:
    """Return the error for text that is no formula."""
    return FormulaError("BG101", f"cannot read this formula: {reason}", start, end, hint)
