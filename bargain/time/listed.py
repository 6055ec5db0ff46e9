"""Best proposals among finitely many deals: a search along the efficient deals, which are found once.

The best proposal is efficient, so that no other deal need be looked at.  Two players' efficient deals are sorted, and a
floor cuts the list in two; for more players the list is masked.  Exact problems are counted in whole units, so that a
responder who is indifferent is known to be so.  Tested against enumeration in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.alternating_offers import Number
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Status

__all__ = ["ListedProposals"]

_SLACK = 1e-12
"""What counts as equal in floats, as a share of the span of a payoff."""


class ListedProposals:
    """Best proposals of a problem over finite deals; a key is the row of an efficient payoff vector.

    Parameters
    ----------
    problem : BargainingProblem
        Over finite deals, listed, additive or factored.
    exact : bool
        Whether payoffs and floors are compared as Fractions.

    Raises
    ------
    LimitError
        There are too many efficient deals.
    """

    status = Status.PROVED

    def __init__(self, problem: BargainingProblem, exact: bool) -> None:
        assert isinstance(problem.feasible, FiniteDeals)
        self.deals, self.exact = problem.feasible, exact
        self.efficient = problem.feasible.efficient
        units, counts = self.efficient.units, self.efficient.points
        self.units = units
        base = np.array([float(value) for value in units.base])
        step = np.array([float(value) for value in units.unit])
        self.gains: NDArray[np.float64] = counts.astype(float) * step
        self.values: NDArray[np.float64] = base + self.gains
        self.points: NDArray[Any] = counts if exact else self.values
        spans = np.ptp(self.values, axis=0) if len(self.values) else np.ones(problem.num_players)
        self.spans: tuple[float, ...] = tuple(spans.tolist())
        size = np.abs(self.values).max(axis=0, initial=0.0)
        self._slack = np.maximum(_SLACK * spans, 4 * np.finfo(float).eps * size)
        self._falling = -np.minimum.accumulate(self.points[:, 1]) if problem.num_players == 2 else None
        self._known: dict[int, Any] = {}
        self.method = f"search among {len(counts)} efficient deals"

    def __len__(self) -> int:
        return len(self.points)

    def payoffs(self, row: int) -> tuple[Number, ...]:
        """Return the payoffs of an efficient payoff vector."""
        if not self.exact:
            return tuple(self.values[row].tolist())
        counts = self.points[row].tolist()
        return tuple(b + int(c) * u for b, c, u in zip(self.units.base, counts, self.units.unit, strict=True))

    def least(self, player: int, floor: Number) -> Any:
        """Return the smallest number in ``points`` that counts as reaching a player's floor."""
        if not self.exact:
            return float(floor) - self._slack[player]
        return ceil((Fraction(floor) - self.units.base[player]) / self.units.unit[player])

    def cut(self, proposer: int, floor: Number) -> int | None:
        """Return the row that one of two players proposes when the other's floor is given."""
        least = self.least(1 - proposer, floor)
        if proposer == 0:
            assert self._falling is not None
            row = int(np.searchsorted(self._falling, -least, side="right")) - 1
            return row if row >= 0 else None
        row = int(np.searchsorted(self.points[:, 0], least, side="left"))
        return row if row < len(self.points) else None

    def cuts(self, proposer: int, floors: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the rows that one of two players proposes at many floors, up to rounding; -1 or the end for none.

        Floors are counted from the responder's ``units.base``.
        """
        if proposer == 0:
            falling = -np.minimum.accumulate(self.gains[:, 1])
            return np.searchsorted(falling, -floors, side="right") - 1
        return np.searchsorted(self.gains[:, 0], floors, side="left")

    def best(self, proposer: int, floors: Sequence[Number]) -> tuple[tuple[Number, ...], int] | None:
        """Return the best proposal; see :class:`bargain.time.proposals.Proposals`."""
        if not len(self.points):
            return None
        row = self.cut(proposer, floors[1 - proposer]) if len(floors) == 2 else self._masked(proposer, floors)
        return None if row is None else (self.payoffs(row), row)

    def _masked(self, proposer: int, floors: Sequence[Number]) -> int | None:
        count = len(floors)
        order = [(proposer + step) % count for step in range(count)]
        kept = np.ones(len(self.points), bool)
        for i in order[1:]:
            kept &= (self.points[:, i] >= self.least(i, floors[i])).astype(bool)
        rows = np.flatnonzero(kept)
        for i in order:
            if not len(rows):
                return None
            column = self.points[rows, i]
            slack = 0 if self.exact else self._slack[i]
            rows = rows[(column >= column.max() - slack).astype(bool)]
        return int(rows[0])

    def describe(self, key: int) -> tuple[Any, None]:
        """Return the first deal with the payoffs of a row."""
        if key not in self._known:
            self._known[key] = self.deals.describe(self.efficient.deals_of(int(key), 10_000)[0])
        return self._known[key], None

    def proved(self, key: Any) -> bool:
        """Return True: every deal was looked at."""
        return True
