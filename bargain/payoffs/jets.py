r"""Bounds of a formula's value, slopes and curvature over boxes: automatic differentiation in intervals.

A :class:`Jet` carries intervals for a value, its first and second derivatives in the levers that move, over many boxes
at once.  Rules of differentiation are applied from the leaves up [Rall1981]_.

*Kinks* are handled honestly.  Where it is open which argument of ``min``, ``max`` or ``abs`` counts, the slopes are the
hull of both branches' slopes, which holds Clarke's generalised gradient, so that the mean value theorem stays true
[Lebourg1979]_; nothing is said about the curvature.  Where a conditional is open the payoff may jump, and nothing is
said about slopes either.  Tested against values and differences at random points in the boxes.

References
----------
.. [Rall1981] L. B. Rall, Automatic Differentiation, Springer, 1981.
.. [Lebourg1979] G. Lebourg, Generic differentiability of Lipschitzian functions, Trans. AMS 256, 1979.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bargain.payoffs.ranges import (
    WHOLE,
    ZERO,
    Range,
    add,
    exponential,
    greatest,
    hull,
    logarithm,
    magnitude,
    multiply,
    negative,
    power,
    reciprocal,
    square,
    where,
)

__all__ = [
    "Jet",
    "Truth",
    "absolute",
    "choose",
    "constant",
    "exp",
    "log",
    "maximum",
    "minus",
    "plus",
    "raised",
    "times",
]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Jet:
    """Intervals of a value and its derivatives; derivatives that are not listed are zero.

    Parameters
    ----------
    value : Range
        The value over each box.
    slopes : dict
        Lever to the first derivative.
    bends : dict
        Pair of levers, the smaller first, to the second derivative.
    order : int
        How many derivatives are carried: 0, 1 or 2.
    """

    value: Range
    slopes: dict[int, Range] = field(default_factory=dict)
    bends: dict[Pair, Range] = field(default_factory=dict)
    order: int = 0

    def part(self, boxes: slice) -> Jet:
        """Return the jet over some of the boxes."""

        def cut(item: Range) -> Range:
            return Range(*(end[boxes] if np.ndim(end) else end for end in item))

        slopes = {lever: cut(slope) for lever, slope in self.slopes.items()}
        return Jet(cut(self.value), slopes, {pair: cut(bend) for pair, bend in self.bends.items()}, self.order)


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition certainly holds, where it may hold, and which moving levers it reads.

    ``steady`` says where the condition is also decided in a neighbourhood of the box: on a tie at the rim, what lies
    beyond may be another branch.
    """

    certain: Any
    possible: Any
    steady: Any
    reads: frozenset[int]


def constant(value: float) -> Jet:
    """Return a number as a jet."""
    number = np.float64(value)
    return Jet(Range(number, number), order=2)


def minus(item: Jet) -> Jet:
    """Return minus the jet."""
    return Jet(
        negative(item.value),
        {lever: negative(slope) for lever, slope in item.slopes.items()},
        {pair: negative(bend) for pair, bend in item.bends.items()},
        item.order,
    )


def plus(left: Jet, right: Jet) -> Jet:
    """Return the sum."""
    return Jet(
        add(left.value, right.value),
        _joined(left.slopes, right.slopes),
        _joined(left.bends, right.bends),
        min(left.order, right.order),
    )


def _joined(left: dict[Any, Range], right: dict[Any, Range]) -> dict[Any, Range]:
    joined = dict(left)
    for key, item in right.items():
        joined[key] = add(joined[key], item) if key in joined else item
    return joined


def times(left: Jet, right: Jet) -> Jet:
    """Return the product."""
    slopes = _joined(_scaled(left.slopes, right.value), _scaled(right.slopes, left.value))
    bends = _joined(_scaled(left.bends, right.value), _scaled(right.bends, left.value))
    for first, one in left.slopes.items():
        for second, other in right.slopes.items():
            mixed = multiply(one, other)
            pair = (min(first, second), max(first, second))
            # Off the diagonal the product rule has two crosswise parts, which arrive one by one; on it they are equal.
            part = add(mixed, mixed) if first == second else mixed
            bends[pair] = add(bends[pair], part) if pair in bends else part
    order = min(left.order, right.order)
    return Jet(multiply(left.value, right.value), slopes, bends if order > 1 else {}, order)


def _scaled(items: dict[Any, Range], factor: Range) -> dict[Any, Range]:
    return {key: multiply(item, factor) for key, item in items.items()}


def _composed(item: Jet, value: Range, first: Callable[[], Range], second: Callable[[], Range]) -> Jet:
    """Return a function of a jet from the function's value and derivatives there (chain rule)."""
    if not item.slopes:
        return Jet(value, order=item.order)
    slope = first()
    slopes = _scaled(item.slopes, slope)
    if item.order < 2:
        return Jet(value, slopes, order=item.order)
    bends = _scaled(item.bends, slope)
    curve = second()
    levers = sorted(item.slopes)
    for place, one in enumerate(levers):
        for other in levers[place:]:
            pair = (one, other)
            crossed = square(item.slopes[one]) if one == other else multiply(item.slopes[one], item.slopes[other])
            part = multiply(curve, crossed)
            bends[pair] = add(bends[pair], part) if pair in bends else part
    return Jet(value, slopes, bends, item.order)


def exp(item: Jet) -> Jet:
    """Return the exponential function."""
    value = exponential(item.value)
    return _composed(item, value, lambda: value, lambda: value)


def log(item: Jet) -> Jet:
    """Return the natural logarithm."""
    # Only positive numbers have one, so that slopes need no bound on the other side of 0.
    inside = greatest(item.value, ZERO)
    return _composed(
        item, logarithm(item.value), lambda: reciprocal(inside), lambda: negative(reciprocal(square(inside)))
    )


def raised(base: Jet, exponent: Jet) -> Jet:
    """Return ``base ^ exponent``; a power whose exponent is not one number is ``exp(exponent * log(base))``."""
    low, high = exponent.value
    if exponent.slopes or np.ndim(low) or low != high:
        found = exp(times(exponent, log(base)))
        # A negative base has powers with whole exponents only; nothing is said about these.
        negative_base = base.value.low < 0
        return Jet(
            where(negative_base, WHOLE, found.value),
            {lever: where(negative_base, WHOLE, item) for lever, item in found.slopes.items()},
            {pair: where(negative_base, WHOLE, item) for pair, item in found.bends.items()},
            found.order,
        )
    fixed = float(low)
    if fixed in (0.0, 1.0):
        return base if fixed else Jet(power(base.value, 0.0), order=base.order)
    inside = base.value if fixed == int(fixed) else greatest(base.value, ZERO)
    scale, more = Range(fixed, fixed), multiply(Range(fixed, fixed), add(Range(fixed, fixed), Range(-1.0, -1.0)))

    def first() -> Range:
        slope = multiply(scale, power(inside, fixed - 1))
        if fixed > 0 or fixed % 2 == 0:
            return slope
        # Across a pole the value leaps from one infinity to the other, whatever the slopes on its two sides.
        return where((inside.low < 0) & (inside.high > 0), WHOLE, slope)

    return _composed(
        base,
        power(base.value, fixed),
        first,
        lambda: multiply(more, power(inside, fixed - 2)),
    )


def absolute(item: Jet) -> Jet:
    """Return the absolute value."""
    found = maximum(item, minus(item))
    return Jet(magnitude(item.value), found.slopes, found.bends, item.order)


def maximum(left: Jet, right: Jet) -> Jet:
    """Return the greater of the two."""
    # A tie at the rim of a box is open: beyond it the other may be greater.
    above, below = left.value.low > right.value.high, left.value.high < right.value.low
    slopes, bends = _branches(above, np.logical_not(below), left, right, (hull, _unknown), frozenset())
    return Jet(greatest(left.value, right.value), slopes, bends, min(left.order, right.order))


def choose(truth: Truth, then: Jet, otherwise: Jet) -> Jet:
    """Return ``then if condition else otherwise``."""
    value = where(truth.certain, then.value, hull(then.value, otherwise.value))
    value = where(truth.possible, value, otherwise.value)
    if truth.reads:
        certain = np.logical_and(truth.certain, truth.steady)
        possible = np.logical_or(truth.possible, np.logical_not(truth.steady))
        slopes, bends = _branches(certain, possible, then, otherwise, (_unknown, _unknown), truth.reads)
    else:
        # A condition that reads no moving lever does not change when these move.
        slopes, bends = _branches(truth.certain, truth.possible, then, otherwise, (hull, hull), truth.reads)
    return Jet(value, slopes, bends, min(then.order, otherwise.order))


def _unknown(then: Range, otherwise: Range) -> Range:
    return WHOLE


Join = Callable[[Range, Range], Range]


def _branches(
    certain: Any, possible: Any, then: Jet, otherwise: Jet, joins: tuple[Join, Join], reads: frozenset[int]
) -> tuple[dict[int, Range], dict[Pair, Range]]:
    """Return slopes and bends of the branch that counts; where that is open, of both joined."""

    def merged(first: Range, second: Range, join: Join) -> Range:
        return where(possible, where(certain, first, join(first, second)), second)

    levers = {*then.slopes, *otherwise.slopes, *reads}
    slopes = {k: merged(then.slopes.get(k, ZERO), otherwise.slopes.get(k, ZERO), joins[0]) for k in levers}
    if min(then.order, otherwise.order) < 2:
        return slopes, {}
    pairs = {(one, other) for one in levers for other in levers if one <= other}
    bends = {k: merged(then.bends.get(k, ZERO), otherwise.bends.get(k, ZERO), joins[1]) for k in pairs}
    return slopes, bends
