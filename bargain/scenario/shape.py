"""Mistakes of a formula that show before any grammar: parentheses, missing operators and operands, nesting.

They are found by one walk over the tokens, for two reasons.  The place and the reason are told in the user's words and
do not depend on the version of Python; and the parser behind (:mod:`bargain.scenario.formula`) never sees text that
would make it recurse without bound or search for a better error message.  The tests state every message with its place
and feed random rows of tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bargain.scenario.arithmetic import FUNCTIONS
from bargain.scenario.tokens import NESTING, FormulaError, Token, too_deep, unreadable

__all__ = ["check_shape"]

_OPERATOR_HINT = "write products with `*`, powers with `^`, for example `2*x^2`"
_CHOICE_HINT = "write `a if condition else b`"
_BEFORE_NOT = frozenset({"(", ",", "and", "or", "not", "if", "else"})


def check_shape(source: str, tokens: Sequence[Token]) -> None:
    """Refuse tokens that are unbalanced, too deeply nested, or not operands and operators in turn.

    Raises
    ------
    FormulaError
        ``BG101`` or ``BG105``.
    """
    _Walk(source).check(tokens)


@dataclass(slots=True)
class _Level:
    """What is open between a parenthesis (None: the whole formula) and its end."""

    opening: Token | None = None
    call: bool = False
    pending: Token | None = None  # an `if` that waits for its `else`
    prefixes: int = 0  # signs, powers and `not` around the operand at hand
    choices: int = 0  # conditionals around it


@dataclass(slots=True)
class _Walk:
    """One walk over the tokens: the parentheses that are open, the last token, and how much is nested."""

    source: str
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    last: Token | None = None
    nesting: int = 0

    def check(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if self._wants_operand():
                self._before_operand(token)
            else:
                self._after_operand(token)
            self.last = token
        opening = self.levels[-1].opening
        if self._wants_operand() and self.last is not opening:
            raise self._missing("after", self.last)
        if opening is not None:
            raise unreadable("`(` is never closed", opening.start, opening.end)
        self._end_choice()

    def _wants_operand(self) -> bool:
        return self.last is None or (self.last.kind == "sign" and self.last.text != ")")

    def _before_operand(self, token: Token) -> None:
        last, level = self.last, self.levels[-1]
        if last is not None and last.text == "." and token.kind != "name":
            raise unreadable("a name is missing after `.`", token.start, token.end)
        if token.kind != "sign":
            return
        if token.text == "(":
            self._open(token, call=False)
        elif token.text in ("-", "+"):
            self._prefix(token)
        elif token.text == "not":
            if last is not None and last.text not in _BEFORE_NOT:
                hint = "put `(not ...)` in parentheses"
                raise unreadable(f"`not` cannot follow {self._spelling(last)}", token.start, token.end, hint)
            self._prefix(token)
        elif token.text == ")" and level.opening is last:
            if last is not None and not level.call:
                raise unreadable("there is nothing between the parentheses", last.start, token.end)
            self._close(token)
        elif token.text in (")", ",") and last is not None and last.text != "(":
            raise self._missing("after", last)
        else:
            raise self._missing("before", token)

    def _after_operand(self, token: Token) -> None:
        last, level = self.last, self.levels[-1]
        if token.text == "(" and last is not None and last.kind == "name":
            self._open(token, call=True)
        elif last is not None and (token.kind != "sign" or token.text in ("(", "not")):
            reason = f"an operator is missing between {self._spelling(last)} and {self._spelling(token)}"
            hint = f"write `{last.text}(...)`" if last.text in FUNCTIONS else _OPERATOR_HINT
            raise unreadable(reason, last.start, last.end, hint)
        elif token.text == ")":
            self._close(token)
        elif token.text == ",":
            if not level.call:
                reason, hint = "a comma can only part the arguments of a function", "write decimals as `1.5`"
                raise unreadable(reason, token.start, token.end, hint)
            self._end_choice()
            self._release(level, choices=True)
        elif token.text == "**":
            self._prefix(token)
        elif token.text != ".":
            self._release(level, choices=False)
            if token.text in ("if", "else"):
                self._choice(token, level)

    def _choice(self, token: Token, level: _Level) -> None:
        if token.text == "else":
            if level.pending is None:
                raise unreadable("`else` has no `if` before it", token.start, token.end, _CHOICE_HINT)
            level.pending = None
        elif level.pending is not None:
            hint = "put the inner conditional in parentheses"
            raise unreadable("a second `if` comes before the `else` of the first", token.start, token.end, hint)
        else:
            level.pending = token
            level.choices += 1
            self._nest(token)

    def _end_choice(self) -> None:
        pending = self.levels[-1].pending
        if pending is not None:
            raise unreadable("`if` has no `else` after it", pending.start, pending.end, _CHOICE_HINT)

    def _open(self, token: Token, *, call: bool) -> None:
        self.levels.append(_Level(token, call))
        self._nest(token)

    def _close(self, token: Token) -> None:
        if self.levels[-1].opening is None:
            raise unreadable("`)` has no `(` before it", token.start, token.end)
        self._end_choice()
        self._release(self.levels.pop(), choices=True)
        self.nesting -= 1

    def _prefix(self, token: Token) -> None:
        self.levels[-1].prefixes += 1
        self._nest(token)

    def _nest(self, token: Token) -> None:
        # This protects the parser; it is coarser than the limit on the finished tree, where parentheses do not count.
        self.nesting += 1
        if len(self.levels) > NESTING + 1 or self.nesting > 2 * NESTING:
            raise too_deep(token.start, token.end)

    def _release(self, level: _Level, *, choices: bool) -> None:
        self.nesting -= level.prefixes
        level.prefixes = 0
        if choices:
            self.nesting -= level.choices
            level.choices = 0

    def _missing(self, where: str, token: Token | None) -> FormulaError:
        assert token is not None
        hint = _CHOICE_HINT if token.text in ("if", "else") else ""
        return unreadable(f"something is missing {where} {self._spelling(token)}", token.start, token.end, hint)

    def _spelling(self, token: Token) -> str:
        shown = self.source[token.start : token.end]
        return f"`{shown if len(shown) <= 40 else shown[:37] + '...'}`"
