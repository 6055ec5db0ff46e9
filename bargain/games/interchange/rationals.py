"""Numbers as game files write them, kept exactly: ``3``, ``-0.25``, ``1e-3``, ``.5`` and ``2/3``.

A number may be neither so large nor so small that a float cannot hold it, and not longer than a person would write, so
that no file can exhaust the machine with one number.  Tested against Python's Fractions.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

__all__ = ["Exact", "exact_number", "written"]

Exact = int | Fraction

_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?|([0-9]+)/([0-9]+))")
_WHOLE = re.compile(r"-?[0-9]+")
_LONGEST = 4000
_LARGEST_EXPONENT = 400
_SMALLEST = 1e-300


@lru_cache(maxsize=1 << 14)
def exact_number(text: str) -> Exact:
    """Return the number that a text stands for, as an int where it is whole.

    Raises
    ------
    ValueError
        The text is no number of this kind, or a float could not hold it; the message says which.

    Examples
    --------
    >>> exact_number("0.1"), exact_number("-4/6"), exact_number("2e3")
    (Fraction(1, 10), Fraction(-2, 3), 2000)
    """
    if len(text) < 16 and _WHOLE.fullmatch(text):
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    if len(text) > _LONGEST:
        raise ValueError(f"a number of {len(text)} characters; at most {_LONGEST} are read")
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"`{shown}` is not a number")
    exponent, _, denominator = found.groups()
    if denominator is not None and not int(denominator):
        raise ValueError(f"`{shown}` divides by zero")
    if exponent is not None and (len(exponent) > 5 or abs(int(exponent)) > _LARGEST_EXPONENT):
        raise ValueError(f"`{shown}` is beyond what a float can hold")
    value = Fraction(text)
    if value.denominator == 1:
        return _held(value.numerator, shown)
    return _held(value, shown)


def _held(value: Exact, shown: str) -> Exact:
    try:
        rounded = float(value)
    except OverflowError:
        raise ValueError(f"`{shown}` is too large for a float (above 1.8e308)") from None
    if value and abs(rounded) < _SMALLEST:
        raise ValueError(f"`{shown}` is not zero, but too small for a float (below 1e-300)")
    return value


def written(value: float | Fraction) -> str:
    """Return a number in the form that :func:`exact_number` reads: fractions exactly, floats in their shortest form.

    Examples
    --------
    >>> written(Fraction(1, 3)), written(2.0), written(0.1)
    ('1/3', '2', '0.1')
    """
    if isinstance(value, (int, Fraction)):
        return str(value)
    text = repr(float(value))
    return text.removesuffix(".0") if text != "-0.0" else "0"
