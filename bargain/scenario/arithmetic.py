"""The arithmetic of formulas on plain floats: every operation returns a finite real number or says why there is none.

Python's own operators return complex numbers for ``(-8.0)**0.5`` and infinity for ``1e308*10``; here both raise
:class:`ArithmeticError` with a message for the reader of the formula.  The tests compare the values with Python's.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

__all__ = ["COMPARISONS", "FUNCTIONS", "add", "compare", "divide", "finite", "multiply", "power"]

_TOO_LARGE = "the value is too large for a number"


def finite(value: float) -> float:
    """Return ``value`` if it is a finite number."""
    if math.isfinite(value):
        return value
    raise ArithmeticError(_TOO_LARGE)


def add(left: float, right: float) -> float:
    """Return ``left + right``."""
    return finite(left + right)


def multiply(left: float, right: float) -> float:
    """Return ``left * right``."""
    return finite(left * right)


def divide(left: float, right: float) -> float:
    """Return ``left / right``."""
    if right == 0:
        raise ArithmeticError("division by zero")
    return finite(left / right)


def power(base: float, exponent: float) -> float:
    """Return ``base ^ exponent``; ``0^0`` is 1."""
    if base == 0 and exponent < 0:
        raise ArithmeticError(f"0 to the power {exponent:g}; a negative power needs a base other than 0")
    if base < 0 and exponent != math.floor(exponent):
        raise ArithmeticError(f"{base:g} to the power {exponent:g}; a fractional power needs a base of at least 0")
    try:
        return float(base**exponent)
    except OverflowError:
        raise ArithmeticError(_TOO_LARGE) from None


def compare(sign: str, left: Any, right: Any) -> bool:
    """Return whether ``left sign right`` holds; words are equal or not, and have no order."""
    if isinstance(left, str) or isinstance(right, str):
        if type(left) is not type(right):
            raise ArithmeticError("a word is compared with a number")
        if sign not in ("==", "!="):
            raise ArithmeticError(f"words have no order; `{sign}` needs numbers")
    return COMPARISONS[sign](left, right)


def _log(value: float) -> float:
    if value <= 0:
        raise ArithmeticError(f"log of {value:g}; it needs a positive number")
    return math.log(value)


def _sqrt(value: float) -> float:
    if value < 0:
        raise ArithmeticError(f"sqrt of {value:g}; it needs a number of at least 0")
    return math.sqrt(value)


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        raise ArithmeticError(_TOO_LARGE) from None


FUNCTIONS: dict[str, Callable[..., float]] = {
    "log": _log,
    "exp": _exp,
    "sqrt": _sqrt,
    "abs": abs,
    "min": min,
    "max": max,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
