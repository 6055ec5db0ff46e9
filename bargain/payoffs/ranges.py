"""Arithmetic on arrays of intervals: bounds of sums, products, quotients, powers and functions of real numbers.

A :class:`Range` holds the lower and upper ends of many intervals at once.  Every operation is rounded outwards, so that
the true value of a formula (its constants taken as the floats that they are) lies between the ends [Moore1966]_: sums
by their exact rounding error, products, quotients and square roots by one unit in the last place, and logarithms,
exponentials and powers, which numpy rounds within a few units, by 32.  An infinite end says that no bound is known.
Tested with random numbers in exact and in high-precision arithmetic.

References
----------
.. [Moore1966] R. E. Moore, Interval Analysis, Prentice-Hall, 1966.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "WHOLE",
    "ZERO",
    "Range",
    "add",
    "exponential",
    "greatest",
    "hull",
    "logarithm",
    "magnitude",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "square",
    "square_root",
    "where",
    "width",
]

Array = NDArray[np.float64]

_LOOSE = 32 * 2.0**-53 * 2
"""Relative error that is allowed for functions whose rounding numpy does not promise."""


class Range(NamedTuple):
    """Lower and upper ends of intervals: arrays of one shape, or plain numbers for a constant."""

    low: Any
    high: Any


WHOLE = Range(-np.inf, np.inf)
ZERO = Range(0.0, 0.0)


def _outward(low: Any, high: Any) -> Range:
    """Return the interval one unit in the last place wider on each side."""
    return Range(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))


def _loosened(low: Any, high: Any) -> Range:
    """Return the interval widened by the error of a function of numpy."""
    below, above = low - np.abs(low) * _LOOSE, high + np.abs(high) * _LOOSE
    # Infinity less infinity is not a number.
    return _outward(np.where(np.isinf(low), low, below), np.where(np.isinf(high), high, above))


def _sum_end(left: Any, right: Any, towards: float) -> Any:
    """Return the sum, moved towards an infinity when it was rounded away from it or cannot be known."""
    total = left + right
    part = total - left
    error = (left - (total - part)) + (right - part)
    # The error is exact (Moller and Knuth); where it is not a number, an end was infinite.
    exact = (error == 0) | ((error > 0) if towards < 0 else (error < 0))
    moved = np.where(exact, total, np.nextafter(total, towards))
    return np.where(np.isnan(total), towards, moved)


def add(left: Range, right: Range) -> Range:
    """Return the sum; exact when the sums of the ends are floats.

    Examples
    --------
    >>> add(Range(0.5, 1.0), Range(-1.0, 2.0))
    Range(low=array(-0.5), high=array(3.))
    """
    return Range(_sum_end(left.low, right.low, -np.inf), _sum_end(left.high, right.high, np.inf))


def negative(item: Range) -> Range:
    """Return minus the interval."""
    return Range(-item.high, -item.low)


def _times(left: Any, right: Any) -> Any:
    product = left * right
    # An end at infinity stands for numbers that are finite, and 0 times these is 0.
    unknown = np.isnan(product)
    return np.where(unknown, 0.0, product) if unknown.any() else product


def multiply(left: Range, right: Range) -> Range:
    """Return the product."""
    for item, other in ((left, right), (right, left)):
        if isinstance(item.low, float) and item.low == item.high:
            low, high = _times(item.low, other.low), _times(item.low, other.high)
            return _outward(low, high) if item.low >= 0 else _outward(high, low)
    corners = [_times(a, b) for a in left for b in right]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    return _outward(low, high)


def square(item: Range) -> Range:
    """Return the square, which is never negative."""
    low, high = item.low * item.low, item.high * item.high
    least = np.where((item.low <= 0) & (item.high >= 0), 0.0, np.minimum(low, high))
    found = _outward(least, np.maximum(low, high))
    return Range(np.maximum(found.low, 0.0), found.high)


def reciprocal(item: Range) -> Range:
    """Return one over the interval; nothing is known when 0 lies inside it."""
    low = np.where(item.high == 0, -np.inf, 1.0 / item.high)
    high = np.where(item.low == 0, np.inf, 1.0 / item.low)
    found = _outward(low, high)
    inside = ((item.low < 0) & (item.high > 0)) | ((item.low == 0) & (item.high == 0))
    return where(inside, WHOLE, found)


def magnitude(item: Range) -> Range:
    """Return the absolute value."""
    least = np.maximum(np.maximum(item.low, -item.high), 0.0)
    return Range(least, np.maximum(-item.low, item.high))


def greatest(left: Range, right: Range) -> Range:
    """Return the greater of the two."""
    return Range(np.maximum(left.low, right.low), np.maximum(left.high, right.high))


def hull(left: Range, right: Range) -> Range:
    """Return the smallest interval around both."""
    return Range(np.minimum(left.low, right.low), np.maximum(left.high, right.high))


def where(chosen: Any, then: Range, otherwise: Range) -> Range:
    """Return ``then`` where ``chosen``, else ``otherwise``."""
    return Range(np.where(chosen, then.low, otherwise.low), np.where(chosen, then.high, otherwise.high))


def _rising(function: Callable[[Any], Any], item: Range) -> Range:
    """Return the image under a function of numpy that never falls."""
    return _loosened(function(item.low), function(item.high))


def exponential(item: Range) -> Range:
    """Return the exponential function."""
    found = _rising(np.exp, item)
    return Range(np.maximum(found.low, 0.0), found.high)


def logarithm(item: Range) -> Range:
    """Return the natural logarithm of those numbers in the interval that have one."""
    return _rising(lambda end: np.log(np.maximum(end, 0.0)), item)


def square_root(item: Range) -> Range:
    """Return the square root of those numbers in the interval that have one."""
    found = _outward(np.sqrt(np.maximum(item.low, 0.0)), np.sqrt(np.maximum(item.high, 0.0)))
    return Range(np.maximum(found.low, 0.0), found.high)


def power(base: Range, exponent: float) -> Range:
    """Return the interval to a fixed power, of those numbers that have one; ``0^0`` is 1."""
    if exponent == 0:
        return Range(np.ones_like(base.low), np.ones_like(base.high))
    if exponent == 1:
        return base
    if exponent < 0:
        return reciprocal(power(base, -exponent))
    if exponent == 2:
        return square(base)
    if exponent == 0.5:
        return square_root(base)
    if exponent == np.floor(exponent):
        source = magnitude(base) if exponent % 2 == 0 else base
        return _rising(lambda end: end**exponent, source)
    return _rising(lambda end: np.maximum(end, 0.0) ** exponent, base)


def width(item: Range) -> Any:
    """Return the distance of the ends."""
    return item.high - item.low
