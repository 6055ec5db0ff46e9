"""Best proposals on continuous levers: one player's payoff is maximised while all others keep their floors.

The first proposal of each player is searched from many starts; later ones begin where an earlier one ended, since
floors move little from round to round, with one fresh start beside it.  Where payoffs are known as formulas, all other
deals are bounded, and the proposal may be proved.  Tested against closed forms, and against grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bargain.games.alternating_offers import Number
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.results import Status
from bargain.solutions.global_bound import Prover
from bargain.solutions.program import Program
from bargain.solutions.search import Optimum, search
from bargain.solutions.starts import survey

__all__ = ["LeverProposals"]

_BROKEN = 1e-9
"""A floor or a limit may be missed by this share of its size."""


class LeverProposals:
    """Best proposals on continuous levers; a key is the point found.

    Parameters
    ----------
    problem : BargainingProblem
        Over continuous levers, some of which may have levels.
    seed : int
        Seed of the search.
    """

    status = Status.CONVERGED
    exact = False
    method = "search on continuous levers"

    def __init__(self, problem: BargainingProblem, seed: int = 0) -> None:
        assert isinstance(problem.feasible, ContinuousDeals)
        self.deals = problem.feasible
        self.default = np.array(problem.disagreement, float)
        with np.errstate(all="ignore"):
            self.scan = survey(self.deals, self.default.tolist(), seed, None)
        self.spans = tuple(self.scan.payoff_unit.tolist())
        self._known: dict[int, Optimum] = {}
        self._prover: Prover | None = None

    def best(self, proposer: int, floors: Sequence[Number]) -> tuple[tuple[float, ...], Any] | None:
        """Return the best proposal; see :class:`bargain.time.proposals.Proposals`."""
        least = (np.array([float(floor) for floor in floors]) - self.default) / self.scan.payoff_unit
        still = [i for i in range(least.size) if i not in self.scan.moved and i != proposer]
        if not self.scan.regions or any(self.scan.constant_gains[i] < least[i] - _BROKEN for i in still):
            return None
        found = self._search(proposer, least)
        if found is None or found.broken > _BROKEN:
            return None
        payoffs = np.asarray(self.deals.values(found.x), float)
        return tuple(payoffs.tolist()), found

    def _search(self, proposer: int, least: Any) -> Optimum | None:
        size = least.size
        rows = np.array([i for i in self.scan.moved if i != proposer], dtype=int)
        zero = np.zeros(size)
        program = Program(np.eye(size)[proposer], False, zero, least, rows, zero)
        before = self._known.get(proposer)
        starts = [] if before is None else [(before.landscape, before.z)]
        with np.errstate(all="ignore"):
            found = search(self.scan, program, starts, count=None if before is None else 1)
            if found is None and before is not None:
                found = search(self.scan, program, starts)
        if found is not None:
            self._known[proposer] = found
        return found

    def describe(self, key: Optimum) -> tuple[Any, None]:
        """Return the levels of a proposal."""
        return self.deals.describe(key.x), None

    def proved(self, key: Optimum) -> bool:
        """Return whether a bound on all other deals proves the proposal, up to a ten-millionth of the payoffs."""
        if self._prover is None:
            self._prover = Prover(self.scan)
        best, bound = self._prover.prove(key)
        return bound is not None and bound.proved and best is key
