"""Fractions as exact decimals, where they have a finite one.

Tested by reading the text back.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

__all__ = ["NoDecimalError", "decimal_text", "has_decimal", "odd_part"]

_MOST_DIGITS = 60


class NoDecimalError(ValueError):
    """A number has no finite decimal, and may not be rounded."""


def odd_part(values: Iterable[Fraction]) -> int:
    """Return the least number that makes every product with it a finite decimal.

    Examples
    --------
    >>> odd_part([Fraction(1, 6), Fraction(3, 7), Fraction(1, 20)])
    21
    """
    least = lcm(*(value.denominator for value in values))
    for prime in (2, 5):
        while least % prime == 0:
            least //= prime
    return least


def has_decimal(value: Fraction) -> bool:
    """Return whether a fraction has a finite decimal that is not too long."""
    return odd_part([value]) == 1 and value.denominator.bit_length() < 100


def decimal_text(value: Fraction, rounded: bool = False) -> str:
    """Return a fraction as a decimal.

    Raises
    ------
    NoDecimalError
        It has no finite one, and may not be rounded.

    Examples
    --------
    >>> decimal_text(Fraction(-3, 40)), decimal_text(Fraction(7)), decimal_text(Fraction(1, 3), rounded=True)
    ('-0.075', '7', '0.3333333333333333')
    """
    if value.denominator == 1 and len(str(abs(value.numerator))) <= _MOST_DIGITS:
        return str(value.numerator)
    text = _exact(value) if has_decimal(value) else ""
    if text and len(text) <= _MOST_DIGITS:
        return text
    if rounded:
        return repr(float(value))
    raise NoDecimalError(f"the number {_shown(value)} has no finite decimal, so that it would be rounded")


def _exact(value: Fraction) -> str:
    places = 0
    scaled = value
    while scaled.denominator != 1:
        scaled *= 10
        places += 1
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _shown(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"near {float(value):.6g}"
