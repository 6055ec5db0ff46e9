"""How a claim about a stored game is written down: holds, refuted, or not checked.

Tested through the checks.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from bargain.certificates.games.work import FormError, TooLargeError
from bargain.results import Certificate

__all__ = ["FLOATS", "OPTIMA", "checked", "guarded", "left_open", "optimal", "slack", "true"]

FLOATS = 1e-9
"""What floats may differ by, as a fraction of the payoff range or of a probability of 1; exact numbers by nothing."""

OPTIMA = 1e-7
"""What a value in floats may fall short of its bound, as a fraction of the payoff range."""

_SMALLEST = 5e-324


def slack(exact: bool) -> float:
    """Return the tolerance for numbers that are exact or floats."""
    return 0.0 if exact else FLOATS


def optimal(exact: bool) -> float:
    """Return the tolerance for the distance of an optimum from its bound."""
    return 0.0 if exact else OPTIMA


def checked(
    words: str,
    gap: Fraction,
    tolerance: float = 0.0,
    witness: Any = None,
    method: str = "definition, in fractions",
    unit: str = "fraction of the payoff range",
) -> Certificate:
    """Return a claim with an exact gap; a gap too small for a float is still no 0."""
    try:
        size = float(gap)
    except OverflowError:
        size = float("inf")
    if gap > 0 and size == 0:
        size = _SMALLEST
    return Certificate(words, size, tolerance, unit, witness if size > tolerance else None, method)


def true(words: str, holds: bool, witness: Any = None, method: str = "definition, in fractions") -> Certificate:
    """Return a claim that is either true or false."""
    return Certificate(words, float(not holds), 0.0, "1 = false", None if holds else witness, method)


def left_open(words: str, why: str) -> Certificate:
    """Return a claim that is not checked, with the reason."""
    return Certificate(words, float("nan"), 0.0, "", None, why, checked=False)


def guarded(what: str, check: Callable[[], list[Certificate]]) -> list[Certificate]:
    """Return the certificates of a check.

    Data that do not have the form of the claim give a refuted claim; a check that would need too much work gives one
    that is not checked.
    """
    try:
        return check()
    except TooLargeError as reason:
        return [left_open(what, f"too large: {reason}")]
    except FormError as trouble:
        return [true(f"{what}: the data have the form of the claim", False, str(trouble))]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as trouble:
        name = type(trouble).__name__
        return [true(f"{what}: the data have the form of the claim", False, f"{name}: {ascii(str(trouble))[:80]}")]
