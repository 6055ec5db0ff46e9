"""Numbers of a stored result read back exactly: "p/q" as a fraction, a float as the dyadic rational that it is.

Their size is bounded before anything is computed with them.  Tested with hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isfinite, lcm
from typing import Any

from bargain.certificates.games.work import FormError, TooLargeError

__all__ = ["amount", "by_name", "common", "is_exact", "listed", "mapping", "names"]

_MOST_DIGITS = 8_000
_CHUNK = 4_000
_MOST_BITS = 60_000
_MOST_MEMORY = 1_000_000_000
_NUMBER = re.compile(r"(-?)([0-9]+)(?:/([0-9]+))?", re.ASCII)


def amount(value: Any) -> Fraction:
    """Return a stored number exactly.

    Raises
    ------
    FormError
        It is no number, is not finite, or has more than 8,000 digits.

    Examples
    --------
    >>> amount("-2/6"), amount(0.5), amount(3)
    (Fraction(-1, 3), Fraction(1, 2), Fraction(3, 1))
    """
    if isinstance(value, str):
        return _fraction(value)
    if isinstance(value, float) and isfinite(value):
        return Fraction(value)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 3 * _MOST_DIGITS:
        return Fraction(value)
    raise FormError(f"a number is needed, not {_short(value)}")


def _fraction(text: str) -> Fraction:
    if len(text) > 2 * _MOST_DIGITS:
        raise FormError(f"a number of {len(text):,} characters is longer than any result needs")
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise FormError(f"a number is needed, not {_short(text)}")
    sign, above, below = match.groups()
    denominator = 1 if below is None else _whole(below)
    if denominator == 0:
        raise FormError(f"{_short(text)} divides by 0")
    value = Fraction(_whole(above), denominator)
    return -value if sign else value


def _whole(digits: str) -> int:
    """Return the number; Python itself reads only a few thousand digits at once."""
    value = 0
    for start in range(0, len(digits), _CHUNK):
        part = digits[start : start + _CHUNK]
        value = value * 10 ** len(part) + int(part)
    return value


def is_exact(value: Any) -> bool:
    """Whether a number is stored exactly, and not as a float."""
    return not isinstance(value, float)


def common(values: Iterable[Fraction]) -> tuple[list[int], int]:
    """Return whole numerators over the least common denominator.

    Raises
    ------
    TooLargeError
        The denominator has more than 60,000 bits, or the numerators would fill the memory.
    """
    numbers = list(values)
    shared = 1
    for denominator in {number.denominator for number in numbers}:
        shared = lcm(shared, denominator)
        if shared.bit_length() > _MOST_BITS:
            raise TooLargeError(f"a common denominator of more than {_MOST_BITS:,} bits")
    if shared.bit_length() * len(numbers) > _MOST_MEMORY:
        raise TooLargeError(f"numbers of more than {_MOST_MEMORY:,} bits")
    return [number.numerator * (shared // number.denominator) for number in numbers], shared


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """Return a JSON object, or refuse."""
    if not isinstance(value, Mapping):
        raise FormError(f"{what}: an object is needed, not {_short(value)}")
    return value


def listed(value: Any, what: str) -> list[Any]:
    """Return a JSON array, or refuse."""
    if not isinstance(value, list):
        raise FormError(f"{what}: a list is needed, not {_short(value)}")
    return value


def names(value: Any, what: str) -> tuple[str, ...]:
    """Return a list of different names, or refuse."""
    labels = listed(value, what)
    if not labels or not all(isinstance(label, str) for label in labels):
        raise FormError(f"{what}: a list of names is needed")
    if len(set(labels)) < len(labels):
        raise FormError(f"{what}: a name stands twice")
    return tuple(labels)


def by_name(value: Any, wanted: Iterable[str], what: str) -> list[Any]:
    """Return the entries of an object in the order of the names wanted, none missing and none besides."""
    entries, order = mapping(value, what), list(wanted)
    if set(entries) != set(order):
        raise FormError(f"{what}: just one entry for each of {_short(', '.join(order))} is needed")
    return [entries[name] for name in order]


def _short(value: Any) -> str:
    # The text of a huge whole number would not only be long, it cannot even be written.
    if isinstance(value, int) and value.bit_length() > 64:
        return "a whole number of many digits"
    text = value if isinstance(value, str) else type(value).__name__ if isinstance(value, list | dict) else str(value)
    return ascii(text[:40]) + ("..." if len(text) > 40 else "")
