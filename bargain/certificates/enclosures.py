"""Bounds of formulas over many boxes at once: interval arithmetic on numpy arrays, every operation rounded outwards.

What the checks of global bounds need, written for them alone: :class:`Boxes` holds the two ends of every lever in B
boxes and bounds any tree there.  Where a formula has no value at some point of a box, its bounds hold wherever it has
one, and are infinite at worst.  A condition on a lever narrows the box for the branch behind it.  Products below the
smallest floats count as zero.  Source: Moore (1966).  Tested by values at random points, which must lie inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
)

__all__ = ["Boxes", "Ends"]

Floats = NDArray[np.float64]
Ends = tuple[Any, Any]
"""Lower and upper bounds: arrays of shape (B,), or plain numbers where they are the same in all boxes."""

_ULP, _ULPS = 2.0**-52, 2.0**-50
_MOST_PARTS = 20_000
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


class Boxes:
    """B boxes, by the ends of the interval of every lever.

    Parameters
    ----------
    ends : mapping
        From names to pairs of arrays of shape (B,).

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> boxes = Boxes({"x": (np.array([0.0, 1.0]), np.array([1.0, 2.0]))})
    >>> low, high = boxes.bounds(read_formula("x^2 - x"))
    >>> low.round(9).tolist(), high.round(9).tolist()
    ([-1.0, -1.0], [1.0, 3.0])
    """

    def __init__(self, ends: Mapping[str, Ends], spent: list[int] | None = None) -> None:
        self.ends = ends
        self._done: dict[int, tuple[Expression, Ends]] = {}
        self._spent = [0] if spent is None else spent

    def bounds(self, tree: Expression) -> Ends:
        """Return bounds (B,) of a formula over each box, or (0, 0), (1, 1) or (0, 1) for a condition."""
        with np.errstate(all="ignore"):
            return self._bounds(tree)

    def _bounds(self, node: Expression) -> Ends:
        found = self._done.get(id(node))
        if found is None:
            self._spent[0] += 1
            # Conditions within conditions multiply the work; such formulas are not bounded.
            ends = (-np.inf, np.inf) if self._spent[0] > _MOST_PARTS else self._computed(node)
            # The tree is kept, so that its identity is not given to another.
            found = self._done[id(node)] = node, ends
        return found[1]

    def _computed(self, node: Expression) -> Ends:
        match node:
            case Number():
                return node.value, node.value
            case Name():
                return self.ends[node.name]
            case Sum():
                return reduce(_added, self._parts(node.items, node.signs))
            case Product():
                return reduce(_times, self._factors(node.items, node.signs))
            case Power():
                return _power(self._bounds(node.base), self._bounds(node.exponent))
            case Call():
                return _CALLS[node.function]([self._bounds(each) for each in node.arguments])
            case Choice():
                return self._choice(node)
            case _:
                certain, possible = self._truth(node)
                return np.where(certain, 1.0, 0.0), np.where(possible, 1.0, 0.0)

    def _parts(self, items: Sequence[Expression], signs: Sequence[int]) -> list[Ends]:
        found = zip(map(self._bounds, items), signs, strict=True)
        return [ends if sign > 0 else (-ends[1], -ends[0]) for ends, sign in found]

    def _factors(self, items: Sequence[Expression], signs: Sequence[int]) -> list[Ends]:
        found = zip(map(self._bounds, items), signs, strict=True)
        return [ends if sign > 0 else _inverse(ends) for ends, sign in found]

    def _choice(self, node: Choice) -> Ends:
        certain, possible = self._truth(node.condition)
        yes = self._given(node.condition, holds=True)._bounds(node.then)
        no = self._given(node.condition, holds=False)._bounds(node.otherwise)
        low = np.where(certain, yes[0], np.where(possible, np.minimum(yes[0], no[0]), no[0]))
        high = np.where(certain, yes[1], np.where(possible, np.maximum(yes[1], no[1]), no[1]))
        return low, high

    def _truth(self, node: Expression) -> tuple[Any, Any]:
        """Return where a condition certainly holds, and where it possibly does."""
        match node:
            case Compare():
                if isinstance(node.left, Text) or isinstance(node.right, Text):
                    return False, True
                return _compared(node.operator, self._bounds(node.left), self._bounds(node.right))
            case Not():
                certain, possible = self._truth(node.item)
                return np.logical_not(possible), np.logical_not(certain)
            case Logic():
                join = np.logical_and if node.operator == "and" else np.logical_or
                truths = [self._truth(item) for item in node.items]
                return reduce(join, [each for each, _ in truths]), reduce(join, [each for _, each in truths])
            case _:
                raise TypeError(f"not a condition: {node!r}")

    def _given(self, condition: Expression, *, holds: bool) -> Boxes:
        """Return the boxes cut down to where a condition holds or fails, as far as it is about levers."""
        match condition:
            case Not():
                return self._given(condition.item, holds=not holds)
            case Logic() if holds == (condition.operator == "and"):
                return reduce(lambda boxes, item: boxes._given(item, holds=holds), condition.items, self)
            case Compare() if not isinstance(condition.left, Text) and not isinstance(condition.right, Text):
                sign = condition.operator if holds else _OPPOSITE[condition.operator]
                boxes = self._cut(condition.left, sign, self._bounds(condition.right))
                return boxes._cut(condition.right, _MIRRORED[sign], self._bounds(condition.left))
            case _:
                return self

    def _cut(self, node: Expression, sign: str, other: Ends) -> Boxes:
        if not isinstance(node, Name) or sign == "!=":
            return self
        low, high = self.ends[node.name]
        less = np.minimum(high, other[1]) if sign in ("<", "<=", "==") else high
        more = np.maximum(low, other[0]) if sign in (">", ">=", "==") else low
        # Where nothing is left the branch is not taken; any bounds do.
        kept = more <= less
        return Boxes({**self.ends, node.name: (np.where(kept, more, low), np.where(kept, less, high))}, self._spent)


def _compared(sign: str, left: Ends, right: Ends) -> tuple[Any, Any]:
    match sign:
        case "<":
            return left[1] < right[0], left[0] < right[1]
        case "<=":
            return left[1] <= right[0], left[0] <= right[1]
        case ">" | ">=":
            return _compared(_MIRRORED[sign], right, left)
        case "==":
            same = (left[0] == left[1]) & (right[0] == right[1]) & (left[0] == right[0])
            return same, (left[0] <= right[1]) & (right[0] <= left[1])
        case _:
            certain, possible = _compared("==", left, right)
            return np.logical_not(possible), np.logical_not(certain)


def _outwards(low: Any, high: Any) -> Ends:
    """Return bounds moved out by a rounding error, but not across zero; what is not a number is infinite."""
    if isinstance(low, float) and isinstance(high, float):
        lower, upper = low - abs(low) * _ULP, high + abs(high) * _ULP
        return (lower if lower == lower else -np.inf), (upper if upper == upper else np.inf)
    return np.fmax(low - np.abs(low) * _ULP, -np.inf), np.fmin(high + np.abs(high) * _ULP, np.inf)


def _widened(low: Any, high: Any) -> Ends:
    """Return bounds of functions that are not rounded to the nearest float."""
    return _outwards(low - np.abs(low) * _ULPS, high + np.abs(high) * _ULPS)


def _added(left: Ends, right: Ends) -> Ends:
    return _outwards(left[0] + right[0], left[1] + right[1])


def _times(left: Ends, right: Ends) -> Ends:
    for (low, high), (least, greatest) in ((left, right), (right, left)):
        if isinstance(low, float) and isinstance(high, float) and low >= 0:
            # A positive factor, mostly a constant: the ends stay where they are, or swap factors where they cross zero.
            if isinstance(least, float) and isinstance(greatest, float):
                return _outwards(min(least * low, least * high), max(greatest * low, greatest * high))
            if low == high:
                return _outwards(low * least, high * greatest)
    corners = [a * b for a in left for b in right]
    return _outwards(reduce(np.minimum, corners), reduce(np.maximum, corners))


def _inverse(ends: Ends) -> Ends:
    low, high = ends
    if isinstance(low, float) and isinstance(high, float):
        return (-np.inf, np.inf) if low <= 0 <= high else _outwards(1.0 / high, 1.0 / low)
    crossed = (low <= 0) & (high >= 0)
    found = _outwards(1.0 / np.where(crossed, 1.0, high), 1.0 / np.where(crossed, 1.0, low))
    return np.where(crossed, -np.inf, found[0]), np.where(crossed, np.inf, found[1])


def _power(base: Ends, exponent: Ends) -> Ends:
    whole = np.ndim(exponent[0]) == 0 and exponent[0] == exponent[1] == np.floor(exponent[0])
    if not whole:
        return _real_power(base, exponent)
    power = float(exponent[0])
    if power < 0:
        return _inverse(_power(base, (-power, -power)))
    low, high = base
    ends = np.power(low, power), np.power(high, power)
    if power % 2:
        return _widened(*ends)
    least, greatest = _widened(np.minimum(*ends), np.maximum(*ends))
    crossed = (low <= 0) & (high >= 0)
    return np.where(crossed & (power > 0), 0.0, np.maximum(least, 0.0)), greatest


def _real_power(base: Ends, exponent: Ends) -> Ends:
    """Bounds for bases of at least 0, in which a power is monotone, as it is in the exponent."""
    low, high = np.maximum(base[0], 0.0), base[1]
    corners = [np.power(a, b) for a in (low, high) for b in exponent]
    least, greatest = _widened(reduce(np.minimum, corners), reduce(np.maximum, corners))
    # A negative base has powers where the exponent is whole.
    unknown = (base[0] < 0) & np.logical_not(exponent[0] == exponent[1])
    unknown = unknown | ((base[0] < 0) & (exponent[0] == np.floor(exponent[0])))
    return np.where(unknown, -np.inf, np.maximum(least, 0.0)), np.where(unknown | (high < 0), np.inf, greatest)


def _log(parts: Sequence[Ends]) -> Ends:
    ((low, high),) = parts
    least, greatest = _widened(np.log(np.maximum(low, 0.0)), np.log(np.maximum(high, 0.0)))
    return np.where(low > 0, least, -np.inf), np.where(high > 0, greatest, np.inf)


def _exp(parts: Sequence[Ends]) -> Ends:
    ((low, high),) = parts
    least, greatest = _widened(np.exp(low), np.exp(high))
    return np.maximum(least, 0.0), np.maximum(greatest, 5e-324)


def _sqrt(parts: Sequence[Ends]) -> Ends:
    ((low, high),) = parts
    least, greatest = _outwards(np.sqrt(np.maximum(low, 0.0)), np.sqrt(np.maximum(high, 0.0)))
    return np.maximum(least, 0.0), np.where(high < 0, np.inf, greatest)


def _abs(parts: Sequence[Ends]) -> Ends:
    ((low, high),) = parts
    inside = (low <= 0) & (high >= 0)
    ends = np.abs(low), np.abs(high)
    return np.where(inside, 0.0, np.minimum(*ends)), np.maximum(*ends)


def _min(parts: Sequence[Ends]) -> Ends:
    return reduce(np.minimum, [low for low, _ in parts]), reduce(np.minimum, [high for _, high in parts])


def _max(parts: Sequence[Ends]) -> Ends:
    return reduce(np.maximum, [low for low, _ in parts]), reduce(np.maximum, [high for _, high in parts])


_CALLS = {"log": _log, "exp": _exp, "sqrt": _sqrt, "abs": _abs, "min": _min, "max": _max}
