r"""Trees written out again: as text that the reader takes back, and as LaTeX for papers.

Both set as few parentheses as the meaning allows, from one table of precedences.  The tests read the text back and
find the same tree; the LaTeX is compared with what a typesetter would write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise

from bargain.scenario.expression import (
    Call,
    Choice,
    Compare,
    Expression,
    Logic,
    Name,
    Not,
    Number,
    Power,
    Product,
    Sum,
    Text,
    fold,
)

__all__ = ["latex", "symbol", "text"]

# How tightly a written part holds together; a part stands in parentheses where a tighter one is needed.
_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _POWER, _ATOM = range(9)

Written = tuple[str, int]


def text(expression: Expression) -> str:
    """Return the formula as text; reading it gives the same tree, up to positions.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> text(read_formula("(2.0*x)-((y^(-1)))"))
    '2*x - y^-1'
    """
    return fold(expression, _text)[0]


def _text(node: Expression, parts: Sequence[Written]) -> Written:
    match node:
        case Number():
            return _number(node.value)
        case Name():
            return node.name, _ATOM
        case Text():
            quote = '"' if "'" in node.value else "'"
            return f"{quote}{node.value}{quote}", _ATOM
        case Sum():
            return _signed(node.signs, parts), _SUM
        case Product():
            return _factors(node.signs, parts), _PRODUCT
        case Power():
            return f"{_within(parts[0], _ATOM)}^{_exponent(node.exponent, parts[1])}", _POWER
        case Call():
            return f"{node.function}({', '.join(part for part, _ in parts)})", _ATOM
        case _:
            return _condition(node, parts)


def _condition(node: Expression, parts: Sequence[Written]) -> Written:
    match node:
        case Compare():
            return f"{_within(parts[0], _SUM)} {node.operator} {_within(parts[1], _SUM)}", _COMPARE
        case Logic():
            level = _OR if node.operator == "or" else _AND
            return f" {node.operator} ".join(_within(part, level + 1) for part in parts), level
        case Not():
            return f"not {_within(parts[0], _NOT)}", _NOT
        case Choice():
            return f"{_within(parts[0], _OR)} if {_within(parts[1], _OR)} else {parts[2][0]}", _CHOICE
        case _:
            raise TypeError(f"not a formula: {node!r}")


def _within(part: Written, level: int) -> str:
    return part[0] if part[1] >= level else f"({part[0]})"


def _number(value: float) -> Written:
    shown = repr(value).removesuffix(".0")
    return shown, _SUM if shown.startswith("-") else _ATOM


def _signed(signs: Sequence[int], parts: Sequence[Written]) -> str:
    written = "-" + _within(parts[0], _PRODUCT) if signs[0] < 0 else _within(parts[0], _SUM)
    for sign, part in zip(signs[1:], parts[1:], strict=True):
        written += f" {'-' if sign < 0 else '+'} {_within(part, _PRODUCT)}"
    return written


def _factors(signs: Sequence[int], parts: Sequence[Written]) -> str:
    written = "1/" + _within(parts[0], _POWER) if signs[0] < 0 else _within(parts[0], _PRODUCT)
    for sign, part in zip(signs[1:], parts[1:], strict=True):
        written += f"{'/' if sign < 0 else '*'}{_within(part, _POWER)}"
    return written


def _exponent(node: Expression, part: Written) -> str:
    # A minus sign needs no parentheses here (x^-1), but what follows it must hold together as a power.
    bare = isinstance(node, Number) or (isinstance(node, Sum) and len(node.items) == 1 and _is_tight(node.items[0]))
    return part[0] if bare else _within(part, _POWER)


def _is_tight(node: Expression) -> bool:
    return isinstance(node, Name | Call | Power) or (isinstance(node, Number) and node.value >= 0)


def latex(expression: Expression, symbols: Mapping[str, str] | None = None) -> str:
    r"""Return the formula as LaTeX for mathematics mode.

    Parameters
    ----------
    expression : Expression
        The tree.
    symbols : Mapping of str to str, optional
        LaTeX for some of the names; the others are written by :func:`symbol`.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> print(latex(read_formula("-hurt*x_1 + beta*x_1^2/2")))
    -\mathrm{hurt}\, x_{1} + \frac{\beta\, x_{1}^{2}}{2}
    """
    known = symbols or {}

    def combine(node: Expression, parts: Sequence[Written]) -> Written:
        if isinstance(node, Name):
            return known.get(node.name) or symbol(node.name), _ATOM
        return _latex(node, parts)

    return fold(expression, combine)[0]


def _latex(node: Expression, parts: Sequence[Written]) -> Written:
    match node:
        case Number():
            return _latex_number(node.value)
        case Text():
            return rf"\text{{{_escaped(node.value)}}}", _ATOM
        case Sum():
            return _latex_sum(node.signs, parts), _SUM
        case Product():
            return _latex_product(node.signs, parts), _PRODUCT
        case Power():
            base = _bracketed(parts[0], _ATOM)
            # TeX refuses a second superscript, which a symbol such as x^* would make it.
            base = f"{{{base}}}" if "^" in base and parts[0][1] == _ATOM else base
            return f"{base}^{{{parts[1][0]}}}", _POWER
        case Call():
            return _latex_call(node.function, [part for part, _ in parts])
        case Choice():
            return _latex_cases(node, parts), _CHOICE
        case _:
            return _latex_condition(node, parts)


def _latex_condition(node: Expression, parts: Sequence[Written]) -> Written:
    match node:
        case Compare():
            sign = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}.get(node.operator, node.operator)
            return f"{_bracketed(parts[0], _SUM)} {sign} {_bracketed(parts[1], _SUM)}", _COMPARE
        case Logic():
            level = _OR if node.operator == "or" else _AND
            return rf" \text{{ {node.operator} }} ".join(_bracketed(part, level + 1) for part in parts), level
        case Not():
            return rf"\text{{not }} {_bracketed(parts[0], _NOT)}", _NOT
        case _:
            raise TypeError(f"not a formula: {node!r}")


def _bracketed(part: Written, level: int) -> str:
    return part[0] if part[1] >= level else rf"\left({part[0]}\right)"


def _latex_number(value: float) -> Written:
    shown, level = _number(value)
    mantissa, _, exponent = shown.partition("e")
    if not exponent:
        return mantissa, level
    power = f"10^{{{int(exponent)}}}"
    if mantissa == "1":
        return power, _POWER
    return rf"{mantissa} \times {power}", min(level, _PRODUCT)


def _latex_sum(signs: Sequence[int], parts: Sequence[Written]) -> str:
    written = "-" + _bracketed(parts[0], _PRODUCT) if signs[0] < 0 else _bracketed(parts[0], _SUM)
    for sign, part in zip(signs[1:], parts[1:], strict=True):
        if sign < 0:
            written += " - " + _bracketed(part, _PRODUCT)
        else:
            # A sum within a sum needs no parentheses after a plus; its own leading minus takes the place of the plus.
            row = _bracketed(part, _SUM)
            written += f" - {row[1:]}" if row.startswith("-") else f" + {row}"
    return written


def _latex_product(signs: Sequence[int], parts: Sequence[Written]) -> str:
    above = [part for part, sign in zip(parts, signs, strict=True) if sign > 0]
    below = [part for part, sign in zip(parts, signs, strict=True) if sign < 0]
    return _row(above) if not below else rf"\frac{{{_row(above)}}}{{{_row(below)}}}"


def _row(parts: Sequence[Written]) -> str:
    if len(parts) < 2:
        return parts[0][0] if parts else "1"
    rows = [_bracketed(part, _PRODUCT) for part in parts]
    # Two digits side by side would be read as one number.
    gaps = [r" \cdot " if right[0].isdigit() else r"\, " for _, right in pairwise(rows)]
    return rows[0] + "".join(gap + row for gap, row in zip(gaps, rows[1:], strict=True))


def _latex_call(function: str, arguments: Sequence[str]) -> Written:
    if function == "sqrt":
        return rf"\sqrt{{{arguments[0]}}}", _ATOM
    if function == "abs":
        return rf"\left|{arguments[0]}\right|", _ATOM
    return rf"\{function}\left({', '.join(arguments)}\right)", _POWER


def _latex_cases(node: Choice, parts: Sequence[Written]) -> str:
    then, condition, otherwise = (part for part, _ in parts)
    opening, closing = r"\begin{cases} ", r" \end{cases}"
    first = rf"{then} & \text{{if }} {condition} \\ "
    if isinstance(node.otherwise, Choice):
        # A chain of conditionals is one list of cases.
        return opening + first + otherwise.removeprefix(opening)
    return opening + first + rf"{otherwise} & \text{{otherwise}}" + closing


_GREEK = frozenset(
    [
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
        *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
        *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"),
    ]
)


def symbol(name: str) -> str:
    r"""Return the LaTeX of a name: Greek words as letters, upright words, subscripts for what follows ``_`` or ``.``.

    Examples
    --------
    >>> print(symbol("beta"), symbol("x2"), symbol("jp_cut"), symbol("lambda_"))
    \beta x_{2} \mathrm{jp}_{\mathrm{cut}} \lambda
    """
    first, *rest = [part for part in re.split(r"[._]", name) if part] or [name]
    head, digits = re.fullmatch(r"(.*?)([0-9]*)", first, re.DOTALL).groups()  # type: ignore[union-attr]
    subscripts = [part for part in (digits, *rest) if part]
    written = _word(head or digits)
    return written + (f"_{{{','.join(_word(part) for part in subscripts)}}}" if head and subscripts else "")


def _word(part: str) -> str:
    if part in _GREEK:
        return f"\\{part}"
    if _spelled(part) in _GREEK:
        return f"\\{_spelled(part)}"
    return part if len(part) == 1 or part.isdecimal() else rf"\mathrm{{{part}}}"


def _spelled(letter: str) -> str:
    """Return ``Gamma`` for the capital Greek letter and ``gamma`` for the small one, or nothing."""
    words = unicodedata.name(letter, "").split() if len(letter) == 1 else []
    match words:
        case ["GREEK", "CAPITAL" | "SMALL" as size, "LETTER", word]:
            # Unicode's name of the eleventh letter has no b.
            spelled = word.lower().replace("lamda", "lambda")
            return spelled.capitalize() if size == "CAPITAL" else spelled
        case _:
            return ""


_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {character: "\\" + character for character in "&%$#_{}"}


def _escaped(words: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in words)
