"""Payoffs and names as people write them: checked, and turned into arrays of floats or, where needed, of fractions.

Accepted are ints, floats, Fractions, Decimals and strings such as ``"1/3"``, nested in lists or arrays.  Tested through
:meth:`bargain.games.normal_form.NormalFormGame.from_payoffs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Entries", "check_labels", "frozen", "payoff_range", "read_entries", "taken"]

_FLOAT_INTEGERS = 2**53
"""Integers up to this size are floats without rounding."""


class Entries(NamedTuple):
    """One player's payoffs.

    ``fractions`` is None when the floats are the numbers as given; ``rational`` says that no float was given.
    """

    floats: NDArray[np.float64]
    fractions: NDArray[np.object_] | None
    rational: bool


def read_entries(given: Any, name: str) -> Entries:
    """Return one player's payoffs as arrays.

    Parameters
    ----------
    given : array_like
        Nested lists or an array of numbers.
    name : str
        The player's name, for error messages.

    Raises
    ------
    ValueError
        The lists are ragged or empty, or an entry is not a finite real number.
    """
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiub":
        entries = _from_numbers(given)
    else:
        entries = _from_objects(np.array(given, dtype=object), name)
    if entries.floats.size == 0:
        raise ValueError(f"payoffs of {name}: empty; every player needs at least one action")
    bad = ~np.isfinite(entries.floats)
    if bad.any():
        place = tuple(int(axis[0]) for axis in np.nonzero(bad))
        raise ValueError(f"payoffs of {name}: entry {place} is {entries.floats[place]}; payoffs must be finite numbers")
    return entries


def check_labels(players: tuple[str, ...], actions: tuple[tuple[str, ...], ...]) -> None:
    """Refuse names that are missing or given twice."""
    if not players:
        raise ValueError("a game needs at least one player")
    if len(actions) != len(players):
        raise ValueError(f"actions of {len(actions)} players are named, but there are {len(players)} players")
    if len(set(players)) != len(players):
        raise ValueError(f"two players have the same name: {', '.join(players)}")
    for player, labels in zip(players, actions, strict=True):
        if not labels:
            raise ValueError(f"player {player} has no action")
        if len(set(labels)) != len(labels):
            raise ValueError(f"two actions of player {player} have the same name")


def frozen(values: Any, dtype: Any) -> NDArray[Any]:
    """Return the values as a read-only array; a writeable array is copied."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def payoff_range(floats: NDArray[Any], fractions: NDArray[Any] | None = None) -> float:
    """Return the largest payoff less the smallest; by the Fractions behind the floats when there are any.

    Rounding keeps the order, so that the extreme Fractions are among those with extreme floats; the floats may be one
    and the same where the Fractions are not.
    """
    lowest, highest = floats.min(), floats.max()
    if fractions is None:
        return float(highest) - float(lowest)
    return float(max(fractions[floats == highest]) - min(fractions[floats == lowest]))


def taken(array: NDArray[Any], kept: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
    """Return the block with the given places of every axis, in the order given; axes that lose nothing stay."""
    for axis, places in enumerate(kept):
        size = array.shape[axis]
        if len(places) != size or (places != np.arange(size)).any():
            array = array.take(places, axis)
    return array


def _from_numbers(given: NDArray[Any]) -> Entries:
    floats = given.astype(float)
    if given.dtype.kind == "f":
        return Entries(floats, None, False)
    small = given.dtype.kind == "b" or not given.size or max(abs(int(given.min())), int(given.max())) <= _FLOAT_INTEGERS
    return Entries(floats, None if small else _each(Fraction, given.astype(object)), True)


def _from_objects(given: NDArray[np.object_], name: str) -> Entries:
    exact = np.empty(given.shape, dtype=object)
    floats = np.empty(given.shape)
    rational = True
    for place, entry in np.ndenumerate(given):
        if isinstance(entry, (list, tuple, np.ndarray)):
            raise ValueError(f"payoffs of {name}: ragged lists; every row must have the same length")
        number = _number(entry, name, place)
        rational = rational and not isinstance(number, float)
        try:
            floats[place] = number
        except OverflowError:
            raise ValueError(f"payoffs of {name}: entry {place} is too large for a float") from None
        exact[place] = number
    # Python compares ints and Fractions with floats exactly (numpy rounds first); a NaN differs from itself.
    if all(a == b or b != b for a, b in zip(exact.ravel().tolist(), floats.ravel().tolist(), strict=True)):
        return Entries(floats, None, rational)
    return Entries(floats, _each(_finite_fraction, exact), rational)


def _number(entry: Any, name: str, place: tuple[int, ...]) -> int | float | Fraction:
    """Return an entry as an int, a Fraction or a float."""
    if isinstance(entry, (bool, np.bool_, Integral)):
        return int(entry)
    if isinstance(entry, Rational):
        return Fraction(int(entry.numerator), int(entry.denominator))
    if isinstance(entry, Real):
        return float(entry)
    try:
        if isinstance(entry, (str, Decimal)):
            return Fraction(entry.strip() if isinstance(entry, str) else entry)
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise ValueError(f"payoffs of {name}: entry {place} is {entry!r}, which is not a finite real number")


def _finite_fraction(number: int | float | Fraction) -> Fraction:
    # NaN and infinity are refused by the caller, which sees them in the floats.
    return Fraction(number) if number - number == 0 else Fraction(0)


def _each(function: Any, values: NDArray[np.object_]) -> NDArray[np.object_]:
    made: NDArray[np.object_] = np.frompyfunc(function, 1, 1)(values)
    return made
