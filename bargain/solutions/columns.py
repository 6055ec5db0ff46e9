r"""Lotteries over more deals than can be listed, by the programs of :mod:`bargain.solutions.mixtures` on deals found.

A program over lotteries is solved on the deals at hand; its multipliers are the weights for which the support function
then names the deal that the program lacks most (column generation, Gilmore and Gomory 1961).  When no deal is above the
supporting plane, the program is solved over all deals, and the support function has proved it.  Tested against the same
programs on all deals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.errors import NotSolvedError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.games.payoff_units import refuse_beyond_floats
from bargain.games.supported_deals import supported_deals
from bargain.solutions.mixtures import PROGRAM_TOLERANCE, LotteryPrograms, Mixture
from bargain.solutions.rational import RationalDeals, gains_over_disagreement

__all__ = ["ColumnPrograms"]

Floats = NDArray[np.float64]

_ENTERING = 1e-12
"""A deal enters when it is above the supporting plane by more than this, in units of the largest gains."""

_MOST_ROUNDS = 2_000
_EMPTY = -1e-9
"""A largest least gain below this, in units of the largest gains, says that somebody loses in every lottery."""


class ColumnPrograms(LotteryPrograms):
    """Programs over all lotteries of a problem whose deals are not listed.

    Parameters
    ----------
    problem : BargainingProblem
        Over finite deals.
    """

    def __init__(self, problem: BargainingProblem) -> None:
        assert isinstance(problem.feasible, FiniteDeals)
        self.problem = problem
        self.support = problem.feasible.support
        refuse_beyond_floats(self.support.units)
        self._rows: list[tuple[int, ...]] = []
        self._weights: list[Any] = []
        self.best = []
        count = problem.num_players
        # In units of each player's reach; a little of the others breaks ties.
        reach = np.array([float(value) or 1.0 for value in self.support.reach])
        starts = (np.vstack([np.eye(count) + 1e-3, np.ones(count)]) / reach).tolist()
        rows = self.support.best(np.array(starts))
        self._scaled = np.ones(count)
        self.gains = np.empty((0, count))
        for row, weights in zip(rows, starts, strict=False):
            self._append(row, np.array(weights))
        first = self.gains
        self._scaled = np.abs(first).max(axis=0, initial=0.0)
        self._scaled[self._scaled == 0] = 1.0
        self.gains = first / self._scaled
        if not len(rows) or not self._somebody_agrees():
            self.scale, self.ideal = self._scaled, None
            return
        found = self.gains * self._scaled
        largest = np.abs(found).max(axis=0)
        self._scaled = np.where(largest > 0, largest, 1.0)
        super().__init__(found)

    @property
    def deals(self) -> RationalDeals:
        """The deals found so far, with their gains in payoff units."""
        rows = np.array(self._rows, np.intp).reshape(len(self._rows), len(self.support.deals.sizes))
        return gains_over_disagreement(self.problem, supported_deals(self.support, rows, self._weights))

    @property
    def weights(self) -> list[Floats]:
        """For each deal found so far, the weights (n,) of payoffs in ``units`` for which it is best."""
        return list(self._weights)

    def _append(self, row: NDArray[np.intp], weights: Floats) -> bool:
        """Add a deal that is best for weights in ``units``; return whether it is new."""
        deal = tuple(row.tolist())
        if deal in self._rows:
            return False
        self._rows.append(deal)
        self._weights.append(weights)
        found = gains_over_disagreement(self.problem, supported_deals(self.support, row[None], [weights]))
        self.gains = np.vstack([self.gains, found.gains / self._scaled])
        self.best = [np.append(chances, 0.0) for chances in self.best]
        return True

    def _price(self, direction: Floats) -> tuple[float, bool]:
        """Return the largest direction @ gains (in units of ``scale``) over all deals; a new deal is added."""
        row, weights = self._best(direction)
        new = self._append(row, weights)
        place = -1 if new else self._rows.index(tuple(row.tolist()))
        return float(self.gains[place] @ direction), new

    def _best(self, direction: Floats) -> tuple[NDArray[np.intp], Floats]:
        weights = self.support.in_units(direction / self._scaled)
        weights = weights / (np.abs(weights * self.support.reach.astype(float)).max() or 1.0)
        return self.support.best(weights[None])[0], weights

    def _largest(self, direction: Floats) -> float:
        row, weights = self._best(direction)
        gains = gains_over_disagreement(self.problem, supported_deals(self.support, row[None], [weights])).gains[0]
        return max(super()._largest(direction), float(gains / self._scaled @ direction))

    def _somebody_agrees(self) -> bool:
        """Find deals of which some lottery hurts nobody; return whether there are any."""
        count = self.gains.shape[1]
        for _ in range(_MOST_ROUNDS):
            least, prices = _largest_least_gain(self.gains)
            if least >= 0:
                return True
            bound, new = self._price(prices)
            if bound < _EMPTY:
                return False
            if not new or bound <= least + _ENTERING:
                return bool(least >= -count * PROGRAM_TOLERANCE)
        raise NotSolvedError("the search for a lottery that hurts nobody did not end")

    def _maximise(self, direction: Floats, lower: Floats) -> tuple[Floats, Floats] | None:
        for _ in range(_MOST_ROUNDS):
            found = super()._maximise(direction, lower)
            if found is None:
                return None
            chances, multipliers = found
            prices = np.maximum(multipliers, 0.0)
            value = float(self.gains @ direction @ chances)
            best, new = self._price(direction + prices)
            if not new or best - float(prices @ lower) <= value + _ENTERING * max(1.0, abs(value)):
                return _as_long(chances, len(self.gains)), multipliers
        raise NotSolvedError("column generation did not end")

    def _raise(self, scales: Floats, free: Sequence[int], lower: Floats) -> tuple[float, Floats, Floats]:
        held = np.ones(len(scales), bool)
        held[list(free)] = False
        for _ in range(_MOST_ROUNDS):
            level, chances, multipliers = super()._raise(scales, free, lower)
            prices = np.maximum(multipliers, 0.0)
            prices = prices / max(float(prices[list(free)] @ scales[list(free)]), 1e-300)
            best, new = self._price(prices)
            if not new or best - float(prices[held] @ lower[held]) <= level + _ENTERING * abs(level):
                return level, _as_long(chances, len(self.gains)), multipliers
        raise NotSolvedError("column generation did not end")

    def largest_product(self, weights: Floats) -> Mixture:
        """Return the lottery with the largest weighted product of gains over the players who can gain."""
        assert self.ideal is not None
        able = self.ideal > 0
        for _ in range(_MOST_ROUNDS):
            found = super().largest_product(weights)
            known = len(self.gains)
            normal = np.where(able | able.all(), found.normal * self.scale, 0.0)
            if able.all():
                best, new = self._price(normal)
            else:
                # Where somebody is held at zero, only individually rational lotteries count.
                solved = self._maximise(normal, np.zeros(len(weights)))
                assert solved is not None
                best, new = float(self.gains @ normal @ solved[0]), len(self.gains) > known
                normal = normal + np.maximum(solved[1], 0.0)
            if not new or best <= 1 + _ENTERING:
                gap = max(found.gap if able.all() else 0.0, best - 1, 0.0)
                return Mixture(_as_long(found.chances, len(self.gains)), normal / self.scale, gap)
        raise NotSolvedError("column generation did not end")


def _free_last(count: int) -> Any:
    return [(0.0, None)] * count + [(None, None)]


def _as_long(chances: Floats, count: int) -> Floats:
    return np.append(chances, np.zeros(count - len(chances)))


def _largest_least_gain(gains: Floats) -> tuple[float, Floats]:
    """Return the largest least gain of any lottery, and prices of the players that prove it."""
    count, num_players = gains.shape
    result = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.column_stack([-gains.T, np.ones(num_players)]),
        b_ub=np.zeros(num_players),
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
        bounds=_free_last(count),
        method="highs",
    )
    if result.status != 0:
        raise NotSolvedError(f"a linear program over lotteries was not solved: {result.message}")
    prices = np.maximum(-np.asarray(result.ineqlin.marginals), 0.0)
    return -float(np.asarray(result.fun)), prices / prices.sum()
