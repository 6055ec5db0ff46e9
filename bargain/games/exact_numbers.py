"""Numbers as they are given: whole numbers and fractions stay exact, everything else becomes a float.

Comparing payoffs exactly is what makes ties trustworthy, so a table of payoffs is read once, here, and keeps an exact
copy as long as every entry is an integer or a :class:`fractions.Fraction`.  Tested through the bargaining problems that
are built on it, with integers beyond 2**53 and with fractions that no float can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, lcm, nextafter
from numbers import Rational, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FLOAT_INTEGERS",
    "NumberTable",
    "as_fractions",
    "common_denominator",
    "read_numbers",
    "recovered_ratio",
    "rounded_down",
    "rounded_up",
]

FLOAT_INTEGERS = 2**53
"""Every integer up to this size is a float."""

_LEAST = float(np.finfo(np.float64).tiny)
"""Below this a float has fewer than 53 bits."""


@dataclass(frozen=True, slots=True)
class NumberTable:
    """A table of numbers: ``floats``, and ``exact`` (integers or Fractions of the same shape) when nothing was rounded.

    ``fractional`` tells whether a Fraction was among the entries, so that answers are given as Fractions too.
    """

    floats: NDArray[np.float64]
    exact: NDArray[Any] | None
    fractional: bool


def read_numbers(values: Any, what: str) -> NumberTable:
    """Read a table of numbers.

    Parameters
    ----------
    values : array_like
        Floats, integers or Fractions; nested sequences must not be ragged.
    what : str
        The name of the table for messages, for example ``"points"``.

    Raises
    ------
    ValueError
        The table is ragged, or has an entry that is not a finite real number.

    Examples
    --------
    >>> read_numbers([[1, 2], [3, Fraction(1, 3)]], "points").fractional
    True
    >>> read_numbers([[1, 2.0]], "points").exact is None
    True
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub":
        # Unsigned numbers may not fit into int64; Python's integers always do.
        whole = values.astype(object if values.dtype.kind == "u" else np.int64)
        return NumberTable(values.astype(np.float64), whole, False)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return NumberTable(_finite(values.astype(np.float64), what), None, False)
    try:
        entries = np.array(values, dtype=object)
        kinds = set(map(type, entries.ravel()))
    except ValueError:
        kinds = {list}
    if any(issubclass(kind, list | tuple | np.ndarray) for kind in kinds):
        raise ValueError(f"{what}: the rows have different lengths")
    if wrong := sorted(kind.__name__ for kind in kinds if not issubclass(kind, Real | np.integer | np.floating)):
        raise ValueError(f"{what}: numbers are needed, not {', '.join(wrong)}")
    if not all(issubclass(kind, Rational | np.integer) for kind in kinds):
        return NumberTable(_finite(_as_floats(entries, what), what), None, False)
    fractional = any(issubclass(kind, Fraction) for kind in kinds)
    exact = np.empty(entries.shape, dtype=object)
    exact.ravel()[:] = [Fraction(entry) if fractional else int(entry) for entry in entries.ravel()]
    floats = _finite(_as_floats(exact, what), what)
    if fractional and ((np.abs(floats) < _LEAST) & (exact != 0)).any():
        raise ValueError(f"{what}: a number is too small for a float (below 2.3e-308); take a smaller unit")
    return NumberTable(floats, exact, fractional)


def _as_floats(entries: NDArray[Any], what: str) -> NDArray[np.float64]:
    try:
        return entries.astype(np.float64)
    except OverflowError:
        raise ValueError(f"{what}: a number is too large for a float (above 1.8e308); take a larger unit") from None


def _finite(floats: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    if not np.isfinite(floats).all():
        raise ValueError(f"{what}: a number is not finite")
    return floats


def common_denominator(values: Iterable[Any]) -> int:
    """Return the least integer that makes every value whole.

    Examples
    --------
    >>> common_denominator([Fraction(1, 4), Fraction(1, 6), 2])
    12
    """
    return lcm(*{int(value.denominator) for value in values})


@lru_cache(maxsize=256)
def recovered_ratio(value: float | Fraction, largest_denominator: int = 1000) -> Fraction | None:
    """Return the simple ratio that a float was written for, or None when there is none.

    Examples
    --------
    >>> recovered_ratio(0.55), recovered_ratio(1 / 3), recovered_ratio(2**0.5)
    (Fraction(11, 20), Fraction(1, 3), None)
    """
    ratio = Fraction(value).limit_denominator(largest_denominator)
    return ratio if ratio == value or float(ratio) == float(value) else None


def as_fractions(values: Sequence[Any]) -> tuple[Fraction, ...]:
    """Return the values as Fractions, without rounding."""
    return tuple(Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value) for value in values)


def rounded_up(value: Fraction) -> float:
    """Return the least float that is at least ``value``."""
    near = float(value)
    return near if Fraction(near) >= value else nextafter(near, inf)


def rounded_down(value: Fraction) -> float:
    """Return the largest float that is at most ``value``.

    Examples
    --------
    >>> third = Fraction(1, 3)
    >>> rounded_down(third) < third < rounded_up(third)
    True
    """
    # Not the negative, which would make -0.0 of 0.
    return 0.0 - rounded_up(-value)
