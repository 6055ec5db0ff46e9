"""Is there a better proposal? Every deal is looked at again, with the floors of the responders in hand.

A proposal is best when no feasible deal that gives every responder its floor gives the proposer more.  Finite deals are
looked at one by one, in fractions where the problem is exact; lotteries are bounded by prices on the floors, which is a
proof by weak duality; over continuous levers drawn deals try to refute the claim.  Imports no solver.  Tested by
proposals that are worse than the best, which must be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.enumeration import MAX_DEALS
from bargain.certificates.gains import all_gains, keeps_limits
from bargain.certificates.sampling import draws
from bargain.certificates.support import support_of
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals

__all__ = ["Better", "Rivals"]

Floats = NDArray[np.float64]
Number = float | Fraction

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Better:
    """By how much a deal beats a proposal, as a share of the proposer's range, which deal, and how it was sought.

    ``gap`` is None when the deals are too many to be looked at.
    """

    gap: float | None
    deal: Any
    method: str


class Rivals:
    """The deals of a problem, kept to be compared with many proposals.

    Parameters
    ----------
    problem : BargainingProblem
        Over deals, lotteries or continuous levers.
    exact : bool
        Whether proposals and floors are Fractions.
    seed : int
        Seed of the deals that are drawn on continuous levers.
    """

    def __init__(self, problem: BargainingProblem, exact: bool = False, seed: int = 0) -> None:
        self.problem, self.exact, self.seed = problem, exact, seed
        self.default = np.array(problem.disagreement, float)
        self._rows: NDArray[Any] = np.empty((0, 0))
        self._values: Floats = np.empty((0, problem.num_players))
        feasible = problem.feasible
        self.known = True
        if isinstance(feasible, ContinuousDeals):
            self.method = "drawn deals; not a proof"
            self._draw(None)
        elif problem.lotteries:
            self.method = "prices on the floors bound every lottery"
            self._support = support_of(problem)
        elif feasible.num_combinations <= MAX_DEALS:
            self.method = "all deals enumerated"
            chunks = [(rows, gains + self.default) for rows, gains, _ in all_gains(problem)]
            self._rows = np.concatenate([rows for rows, _ in chunks])
            self._values = np.concatenate([values for _, values in chunks])
        else:
            self.known, self.method = False, f"more than {MAX_DEALS:,} deals"
        span = np.ptp(self._values, axis=0) if len(self._values) else np.abs(self.default)
        self.span = np.where(span > 0, span, 1.0)
        if self.known and isinstance(feasible, FiniteDeals) and problem.lotteries:
            self.span = np.where(self._support.size > 0, self._support.size, 1.0)

    def _draw(self, levels: Floats | None) -> None:
        deals = self.problem.feasible
        assert isinstance(deals, ContinuousDeals)
        drawn = draws(deals, levels, np.random.default_rng(self.seed))
        drawn = drawn[keeps_limits(deals, drawn, slack=0.0)]
        with np.errstate(all="ignore"):
            values = np.asarray(deals.values(drawn), float).reshape(len(drawn), -1)
        kept = np.isfinite(values).all(axis=1)
        self._rows, self._values = drawn[kept], values[kept]

    def beating(
        self, proposer: int, payoffs: Sequence[Number], floors: Sequence[Number], levels: Floats | None = None
    ) -> Better:
        """Return the deal that meets the floors and gives the proposer most beyond what it proposes.

        Parameters
        ----------
        proposer : int
            Who proposes.
        payoffs, floors : sequences of n numbers
            What the proposal gives, and what every responder must get.
        levels : array, optional
            The levels of the proposal on continuous levers: further deals are drawn around it.
        """
        if not self.known:
            return Better(None, None, self.method)
        feasible = self.problem.feasible
        if isinstance(feasible, FiniteDeals) and self.problem.lotteries:
            return self._priced(proposer, payoffs, floors)
        if isinstance(feasible, ContinuousDeals) and levels is not None:
            self._draw(levels)
        others = np.arange(len(payoffs)) != proposer
        least = np.array([float(floor) for floor in floors])
        mine = float(payoffs[proposer])
        slack = _SLACK * self.span
        near = (self._values >= least - slack)[:, others].all(axis=1)
        better = np.where(near, self._values[:, proposer] - mine, -np.inf)
        if isinstance(feasible, FiniteDeals) and self.exact:
            return self._exactly(proposer, payoffs, floors, np.flatnonzero(better > -slack[proposer]))
        # Of listed deals one that meets a floor exactly counts; on an interval there is always one beside it.
        room = slack if isinstance(feasible, ContinuousDeals) else 0.0
        strict = (self._values >= least + room)[:, others].all(axis=1)
        better = np.where(strict, self._values[:, proposer] - mine, -np.inf)
        if not len(better) or not np.isfinite(better.max()):
            return Better(0.0, None, self.method)
        top = int(better.argmax())
        gap = max(0.0, float(better[top]) / self.span[proposer])
        return Better(gap, self._named(top), self.method)

    def _exactly(
        self, proposer: int, payoffs: Sequence[Number], floors: Sequence[Number], rows: NDArray[np.intp]
    ) -> Better:
        deals = self.problem.feasible
        assert isinstance(deals, FiniteDeals)
        gap, found = Fraction(0), None
        for row in rows.tolist():
            values = deals.exact_payoffs(self._rows[row].tolist())
            enough = all(values[i] >= floors[i] for i in range(len(values)) if i != proposer)
            if enough and values[proposer] - payoffs[proposer] > gap:
                gap, found = values[proposer] - Fraction(payoffs[proposer]), row
        size = float(gap) / self.span[proposer]
        return Better(
            size if gap == 0 else max(size, 5e-324), None if found is None else self._named(found), self.method
        )

    def _named(self, row: int) -> Any:
        feasible = self.problem.feasible
        if isinstance(feasible, FiniteDeals):
            return feasible.describe(self._rows[row].tolist())
        return feasible.describe(self._rows[row])

    def _priced(self, proposer: int, payoffs: Sequence[Number], floors: Sequence[Number]) -> Better:
        """Bound what any lottery that meets the floors gives the proposer beyond its proposal."""
        support = self._support
        if support.empty:
            return Better(0.0, None, self.method)
        mine = (np.array([float(value) for value in payoffs]) - self.default) / support.size
        lower = (np.array([float(floor) for floor in floors]) - self.default) / support.size
        if (mine == lower).all():
            return self._beats_waiting(payoffs)
        # The proposer's own payoff is held to nothing.
        lower[proposer] = min(lower[proposer], support.base[proposer]) - 1.0
        objective = np.eye(len(mine))[proposer]
        bound = support.largest(objective, np.minimum(lower, mine), [mine])
        return Better(max(0.0, bound - float(mine[proposer])), None, self.method)

    def _beats_waiting(self, floors: Sequence[Number]) -> Better:
        """Bound by how much any lottery gives everybody more than no deal does."""
        problem = replace(self.problem, disagreement=tuple(float(f) for f in floors), exact_disagreement=None)
        bound, _ = support_of(problem).least_gain()
        return Better(max(0.0, bound), None, self.method)
