"""Bounds of a formula over a box of values, and with them the proof that it has a value everywhere in the box.

Interval arithmetic on plain floats [Moore1966]_.  The bounds hold for the values that
:func:`bargain.scenario.expression.evaluate` computes, rounding included: sums, products, quotients and square roots of
floats are rounded monotonically, so that the ends of an interval bound what lies between; logarithms, exponentials and
powers are not known to be, and their bounds are widened by four units in the last place.

A condition narrows the box for what depends on it: in ``log(x) if x > 1 else 0`` the logarithm is only asked for
numbers above 1.  The tests draw random formulas, boxes and points, and look for a point outside the bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product

from bargain.scenario import arithmetic
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
    depth,
    size,
)

__all__ = ["Interval", "Work", "bounds", "enough_steps"]

Interval = tuple[float, float]

# Deeper trees (definitions in definitions in ...) are not analysed, so that Python's own stack is enough.
_DEPTH = 120
# Nor are trees that are longer when written out: each branch of a conditional is looked at in a box of its own.
_SIZE = 50_000
# A condition makes a box of its own, where the parts are looked at anew; conditionals within the conditions of others
# would multiply the work at each level.
_STEPS = 8
_MORE_STEPS = 1_000
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def enough_steps(expression: Expression) -> int:
    """Return how many parts :func:`bounds` may look at for this formula; 0 when it is too long or too deep."""
    length = size(expression)
    return 0 if length > _SIZE or depth(expression) > _DEPTH else _STEPS * length + _MORE_STEPS


@dataclass(slots=True)
class Work:
    """How many parts may still be looked at."""

    left: int

    def step(self) -> None:
        """Count one part."""
        self.left -= 1
        if self.left < 0:
            raise _UnprovedError


def bounds(expression: Expression, values: Mapping[str, Interval], work: Work | None = None) -> Interval | None:
    """Return numbers between which every value of the formula lies, or None.

    Parameters
    ----------
    expression : Expression
        A number or a condition.
    values : Mapping
        Least and greatest value of each name that is not compared with words.
    work : Work, optional
        How many parts may be looked at; the default is :func:`enough_steps`.

    Returns
    -------
    (float, float) or None
        For a condition (1, 1) when it always holds, (0, 0) when it never does, else (0, 1).  None means that it is not
        proved that the formula has a finite real value at every point of the box; it may have one all the same.

    Notes
    -----
    The bounds need not be attained: ``x - x`` on [0, 1] has the bounds (-1, 1).

    References
    ----------
    .. [Moore1966] R. E. Moore, Interval Analysis, Prentice-Hall, 1966.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> bounds(read_formula("sqrt(x)/2 if x > 0 else -x"), {"x": (-1, 4)})
    (0.0, 1.0)
    >>> bounds(read_formula("sqrt(x)"), {"x": (-1, 4)}) is None
    True
    """
    try:
        low, high = _Box(values, work or Work(enough_steps(expression))).bounds(expression)
    except (_UnprovedError, _ImpossibleError):
        return None
    # Minus zero is zero.
    return low + 0.0, high + 0.0


class _UnprovedError(Exception):
    """Somewhere in the box there may be no value."""


class _ImpossibleError(Exception):
    """There is no point in the box: the conditions that narrowed it contradict each other."""


Key = str | int


@dataclass(frozen=True, slots=True)
class _Box:
    """Intervals of names, and what conditions say about further parts (by identity: shared definitions)."""

    values: Mapping[str, Interval]
    work: Work
    known: Mapping[Key, Interval] = field(default_factory=dict)
    done: dict[int, Interval] = field(default_factory=dict)

    def bounds(self, node: Expression) -> Interval:
        found = self.done.get(id(node))
        if found is None:
            self.work.step()
            found = self._bounds(node)
            limit = self.known.get(_key(node))
            if limit is not None:
                found = _meet(found, limit)
            self.done[id(node)] = found
        return found

    def _bounds(self, node: Expression) -> Interval:
        match node:
            case Number():
                return node.value, node.value
            case Name():
                low, high = self.values[node.name]
                return _finite(float(low), float(high))
            case Sum():
                return _sum(node, [self.bounds(item) for item in node.items])
            case Product():
                return _product(node, [self.bounds(item) for item in node.items])
            case Power():
                return _power(self.bounds(node.base), self.bounds(node.exponent))
            case Call():
                return _CALLS[node.function]([self.bounds(argument) for argument in node.arguments])
            case Choice():
                return self._choice(node)
            case _:
                return self._condition(node)

    def _condition(self, node: Expression) -> Interval:
        match node:
            case Compare():
                if isinstance(node.left, Text) or isinstance(node.right, Text):
                    return 0.0, 1.0
                return _compare(node.operator, self.bounds(node.left), self.bounds(node.right))
            case Not():
                low, high = self.bounds(node.item)
                return 1 - high, 1 - low
            case Logic():
                return self._logic(node)
            case _:
                raise TypeError(f"not a formula: {node!r}")

    def _logic(self, node: Logic) -> Interval:
        # An item is only asked for where the earlier ones did not decide: in a box narrowed by them.
        deciding = node.operator == "or"
        box, undecided = self, True
        try:
            for item in node.items:
                low, high = box.bounds(item)
                if (low == 1) if deciding else (high == 0):
                    raise _ImpossibleError
                undecided = undecided and ((high == 0) if deciding else (low == 1))
                box = box.given(item, holds=not deciding)
        except _ImpossibleError:
            return float(deciding), float(deciding)
        return (float(not deciding), float(not deciding)) if undecided else (0.0, 1.0)

    def _choice(self, node: Choice) -> Interval:
        low, high = self.bounds(node.condition)
        branches = []
        for branch, holds, possible in ((node.then, True, high == 1), (node.otherwise, False, low == 0)):
            if possible:
                with suppress(_ImpossibleError):
                    branches.append(self.given(node.condition, holds=holds).bounds(branch))
        if not branches:
            raise _ImpossibleError
        return min(least for least, _ in branches), max(greatest for _, greatest in branches)

    def given(self, condition: Expression, *, holds: bool) -> _Box:
        """Return the box narrowed by a condition that has been found defined in it."""
        match condition:
            case Not():
                return self.given(condition.item, holds=not holds)
            case Logic() if holds == (condition.operator == "and"):
                box = self
                for item in condition.items:
                    box = box.given(item, holds=holds)
                return box
            case Compare() if not isinstance(condition.left, Text) and not isinstance(condition.right, Text):
                sign = condition.operator if holds else _OPPOSITE[condition.operator]
                box = self._narrowed(condition.left, sign, self.bounds(condition.right))
                return box._narrowed(condition.right, _MIRRORED[sign], box.bounds(condition.left))
            case _:
                return self

    def _narrowed(self, node: Expression, sign: str, other: Interval) -> _Box:
        now = self.bounds(node)
        limit = _meet(now, _allowed(sign, now, other))
        return self if limit == now else _Box(self.values, self.work, {**self.known, _key(node): limit})


def _key(node: Expression) -> Key:
    return node.name if isinstance(node, Name) else id(node)


def _meet(first: Interval, second: Interval) -> Interval:
    low, high = max(first[0], second[0]), min(first[1], second[1])
    if low > high:
        raise _ImpossibleError
    return low, high


def _allowed(sign: str, now: Interval, other: Interval) -> Interval:
    """Return where a value must lie to stand in this relation to some value of ``other``."""
    low, high = other
    match sign:
        case "<":
            return -math.inf, math.nextafter(high, -math.inf)
        case "<=":
            return -math.inf, high
        case ">":
            return math.nextafter(low, math.inf), math.inf
        case ">=":
            return low, math.inf
        case "==":
            return low, high
        case _ if low == high:
            # Only an end of the interval can be cut off.
            return (
                math.nextafter(low, math.inf) if now[0] == low else now[0],
                math.nextafter(low, -math.inf) if now[1] == low else now[1],
            )
        case _:
            return now


def _compare(sign: str, left: Interval, right: Interval) -> Interval:
    if sign in ("==", "!="):
        apart = left[1] < right[0] or right[1] < left[0]
        same = left[0] == left[1] == right[0] == right[1]
        possible, certain = (not apart, same) if sign == "==" else (not same, apart)
    elif sign in ("<", "<="):
        possible = arithmetic.COMPARISONS[sign](left[0], right[1])
        certain = arithmetic.COMPARISONS[sign](left[1], right[0])
    else:
        return _compare(_MIRRORED[sign], right, left)
    return float(certain), float(possible)


def _finite(low: float, high: float) -> Interval:
    if math.isfinite(low) and math.isfinite(high) and low <= high:
        return low, high
    raise _UnprovedError


def _widened(low: float, high: float) -> Interval:
    return _finite(low - abs(low) * 2**-50 - 2e-323, high + abs(high) * 2**-50 + 2e-323)


def _sum(node: Sum, parts: list[Interval]) -> Interval:
    low = high = None
    for (least, greatest), sign in zip(parts, node.signs, strict=True):
        if sign < 0:
            least, greatest = -greatest, -least
        low, high = (least, greatest) if low is None or high is None else _finite(low + least, high + greatest)
    return (0.0, 0.0) if low is None or high is None else (low, high)


def _product(node: Product, parts: list[Interval]) -> Interval:
    total: Interval | None = None
    for part, sign in zip(parts, node.signs, strict=True):
        if sign < 0:
            if part[0] <= 0 <= part[1]:
                raise _UnprovedError
            corners = [a / b for a, b in product(total or (1.0, 1.0), part)]
        else:
            corners = [a * b for a, b in product(total, part)] if total else list(part)
        total = _finite(min(corners), max(corners))
    return total or (1.0, 1.0)


def _power(base: Interval, exponent: Interval) -> Interval:
    low, high = base
    whole = exponent[0] == exponent[1] == math.floor(exponent[0])
    if exponent[0] < 0 and low <= 0 <= high:
        raise _UnprovedError
    if low < 0 and not whole:
        raise _UnprovedError
    # On either side of 0 a power is monotone in the base, and for bases of at least 0 also in the exponent.
    bases = {low, high} | ({0.0} if low < 0 < high else set())
    try:
        corners = [arithmetic.power(a, b) for a, b in product(bases, exponent)]
    except ArithmeticError:
        raise _UnprovedError from None
    least, greatest = _widened(min(corners), max(corners))
    # Widening must not cost a power its sign.
    never_negative = low >= 0 or (whole and exponent[0] % 2 == 0)
    return max(least, 0.0) if never_negative else least, greatest


def _log(parts: list[Interval]) -> Interval:
    ((low, high),) = parts
    if low <= 0:
        raise _UnprovedError
    least, greatest = _widened(math.log(low), math.log(high))
    return max(least, 0.0) if low >= 1 else least, min(greatest, 0.0) if high <= 1 else greatest


def _exp(parts: list[Interval]) -> Interval:
    ((low, high),) = parts
    try:
        least, greatest = _widened(math.exp(low), math.exp(high))
    except OverflowError:
        raise _UnprovedError from None
    return max(least, 1.0 if low >= 0 else 0.0), min(greatest, 1.0) if high <= 0 else greatest


def _sqrt(parts: list[Interval]) -> Interval:
    ((low, high),) = parts
    if low < 0:
        raise _UnprovedError
    return math.sqrt(low), math.sqrt(high)


def _abs(parts: list[Interval]) -> Interval:
    ((low, high),) = parts
    return (0.0, max(-low, high)) if low <= 0 <= high else (min(abs(low), abs(high)), max(abs(low), abs(high)))


def _min(parts: list[Interval]) -> Interval:
    return min(low for low, _ in parts), min(high for _, high in parts)


def _max(parts: list[Interval]) -> Interval:
    return max(low for low, _ in parts), max(high for _, high in parts)


_CALLS = {"log": _log, "exp": _exp, "sqrt": _sqrt, "abs": _abs, "min": _min, "max": _max}
