"""Numbers for people: one format for all numbers of a row or column, so that decimals line up.

Machine formats never pass through here; they keep every digit.  Tested by the property that a number printed with 17
digits reads back as itself, and by examples of every size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

__all__ = ["FULL_DIGITS", "fraction", "level", "number", "number_format", "percent"]

Number = float | Fraction

FULL_DIGITS = 17
"""From this number of digits on, numbers are printed in their shortest form that reads back as the same float."""

_DEFAULT_DIGITS = 4


def number_format(values: Iterable[Number], digits: int | None = None) -> str:
    """Return the format that suits all ``values`` together.

    Parameters
    ----------
    values : iterable of float or Fraction
        Numbers that stand in one row or column; those that are not finite are passed over.
    digits : int, optional
        Significant digits of the largest number; by default 4 and at most 2 decimals above 1, 2 below, and no decimals
        when all numbers are whole.

    Returns
    -------
    str
        A format specification for :func:`number`.

    Examples
    --------
    >>> number_format([25.0, 21.44, 9.11]), number_format([0, 445.53]), number_format([12.0, 5.0])
    ('.2f', '.1f', '.0f')
    """
    if digits is not None and digits >= FULL_DIGITS:
        return "r"
    finite = [abs(float(value)) for value in values if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest == 0:
        return ".0f"
    magnitude = math.floor(math.log10(largest))
    if not -5 <= magnitude <= 8:
        return f".{(digits or _DEFAULT_DIGITS) - 1}e"
    if digits is None and all(value == math.floor(value) for value in finite):
        return ".0f"
    if digits is None:
        return f".{min(2, max(0, _DEFAULT_DIGITS - 1 - magnitude))}f" if magnitude >= 0 else f".{1 - magnitude}f"
    return f".{max(0, digits - 1 - magnitude)}f"


def number(value: Number, spec: str, *, signed: bool = False) -> str:
    """Return ``value`` in the format ``spec``; ``signed`` puts a plus before gains.

    Examples
    --------
    >>> number(9.436, ".2f", signed=True), number(-0.001, ".2f"), number(0.1, "r")
    ('+9.44', '0.00', '0.1')
    """
    plain = float(value)
    text = _shortest(plain) if spec == "r" else format(plain, spec)
    if not text.strip("-0.e+"):
        return text.lstrip("-")
    return f"+{text}" if signed and plain > 0 else text


def level(value: float | str, spec: str) -> str:
    """Return a lever's level: a number in the format ``spec``, or the level's name."""
    return value if isinstance(value, str) else number(value, spec)


def percent(share: float) -> str:
    """Return a share as whole per cent, never rounded to 0 or 100 when it is neither.

    Examples
    --------
    >>> percent(0.787), percent(0.0004), percent(1.0)
    ('79 %', '<1 %', '100 %')
    """
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def fraction(value: Number, spec: str = ".4g") -> str:
    """Return an exact number as ``p/q`` when it is short enough to read, else as a decimal.

    Examples
    --------
    >>> fraction(Fraction(2, 3)), fraction(0.25)
    ('2/3', '0.25')
    """
    if isinstance(value, Fraction) and len(str(value)) <= 11:
        return str(value)
    return number(value, spec)


def _shortest(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")
