"""How payoffs are counted while efficient deals are found: whole numbers where nothing was rounded, floats otherwise.

Exact payoffs become whole numbers of a unit, the least payoff of each term being zero; below 2**53 they are kept in
floats, which make no error there.  Tested through the efficient deals and the support function.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.exact_numbers import FLOAT_INTEGERS, common_denominator

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["PayoffUnits", "payoff_units", "refuse_beyond_floats", "rounding_units"]

_EPSILON = float(np.finfo(float).eps)
_FLOAT_BITS = 1023


def rounding_units(num_terms: int) -> float:
    """Return how far, relative to its size, a sum of this many terms may be from the exact sum, with room to spare."""
    return (4 + 6 * num_terms) * _EPSILON


@dataclass(frozen=True, slots=True)
class PayoffUnits:
    """How the float payoff vectors of :class:`EfficientDeals` stand for payoffs.

    Payoff = base + vector * unit. ``kind`` is ``"float"`` (unit one, rounded), ``"whole"`` (vectors are whole numbers
    in floats) or ``"wide"`` (vectors are Python's integers, too large for floats). ``terms`` holds every term in these
    units, as arrays of shape (n, *levels).
    """

    kind: str
    base: tuple[Fraction, ...]
    unit: tuple[Fraction, ...]
    terms: tuple[NDArray[Any], ...]


def payoff_units(deals: FiniteDeals) -> PayoffUnits:
    """Return the units in which payoffs are counted: whole numbers where the deals are exact."""
    num_players = deals.num_players
    nothing, one = (Fraction(0),) * num_players, (Fraction(1),) * num_players
    if deals.exact is None:
        return PayoffUnits("float", nothing, one, tuple(payoffs for _, payoffs in deals.terms))
    denominators = [
        common_denominator(value for term in deals.exact for value in term[i : i + 1].ravel())
        if deals.fractional
        else 1
        for i in range(num_players)
    ]
    base = [Fraction(0)] * num_players
    reach = [0] * num_players
    terms: list[list[Any]] = []
    for term in deals.exact:
        rows = []
        for i, scale in enumerate(denominators):
            # Subtracting the least payoff first keeps every digit that tells deals apart.
            own = term[i : i + 1]
            whole = own.astype(object) * scale if scale > 1 or term.dtype == object else own
            least = whole.min()
            rows.append(whole.astype(object) - int(least) if _overflows(whole) else whole - least)
            base[i] += Fraction(int(least), scale)
            reach[i] += int(rows[-1].max())
        terms.append(rows)
    kind = "whole" if max(reach) < FLOAT_INTEGERS else "wide"
    number: type = np.float64 if kind == "whole" else object
    counts = tuple(np.concatenate([row.astype(number) for row in rows]) for rows in terms)
    return PayoffUnits(kind, tuple(base), tuple(Fraction(1, scale) for scale in denominators), counts)


def refuse_beyond_floats(units: PayoffUnits) -> None:
    """Raise where searches that also compute in floats cannot hold the whole numbers that stand for payoffs.

    Raises
    ------
    LimitError
        Some player's largest payoff is too many units.
    """
    if units.kind != "wide":
        return
    for player, unit in enumerate(units.unit):
        reach = sum(int(np.abs(term[player : player + 1]).max()) for term in units.terms)
        if reach.bit_length() > _FLOAT_BITS:
            raise LimitError(
                f"the payoffs of player {player + 1} are fractions with a common denominator of "
                f"{len(str(unit.denominator))} digits: in such units they are too large for this search (above "
                "1.8e308); give them as decimal numbers, or as fractions with fewer denominators"
            )


def _overflows(whole: NDArray[Any]) -> bool:
    return whole.dtype != object and int(whole.max()) - int(whole.min()) >= 2**63
