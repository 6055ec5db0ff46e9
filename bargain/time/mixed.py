"""Best proposals among lotteries over deals: along the frontier of two players, by linear programs for more.

Two players' efficient lotteries form a chain of segments; a floor of the responder is met where the chain crosses it,
in exact fractions when the problem is exact.  For three or more, one linear program maximises the proposer's payoff and
a second what the others get together, in units of their spans.  Tested against all segments between deals, and against
the chain.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.errors import UnsupportedProblemError
from bargain.games.alternating_offers import Number
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Status
from bargain.solutions.hull import Node, blend, frontier_chain
from bargain.solutions.rational import efficient_gains, lottery_gains, needs_support

__all__ = ["ChainProposals", "ProgramProposals"]

_SLACK = 1e-12
_OPTIONS: Any = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


class ChainProposals:
    """Best proposals of two players who may agree on lotteries; a key is a point of the chain.

    Parameters
    ----------
    problem : BargainingProblem
        Of two players, over finite deals.
    exact : bool
        Whether floors are Fractions too.
    """

    status = Status.PROVED

    def __init__(self, problem: BargainingProblem, exact: bool) -> None:
        assert isinstance(problem.feasible, FiniteDeals)
        self.deals, self.problem, self.exact = lottery_gains(problem), problem, exact
        number: Any = Fraction if exact else float
        default = problem.exact_disagreement if exact else problem.disagreement
        assert default is not None
        self.corners = frontier_chain(self.deals)
        self.payoffs: list[tuple[Number, Number]] = [
            (number(node.gains[0]) + default[0], number(node.gains[1]) + default[1]) for node in self.corners
        ]
        firsts, seconds = ([float(pair[i]) for pair in self.payoffs] for i in (0, 1))
        self.spans: tuple[float, ...] = tuple(
            max(column, default=1.0) - min(column, default=0.0) for column in (firsts, seconds)
        )
        self._rising = ([pair[0] for pair in self.payoffs], [pair[1] for pair in self.payoffs[::-1]])
        self.method = f"frontier of lotteries with {len(self.corners)} corners"

    def place(self, proposer: int, floor: Number) -> tuple[int, int, Number] | None:
        """Return the corners between which the proposal lies and the share of the way; None when none is enough."""
        responder, last = 1 - proposer, len(self.corners) - 1
        column = self._rising[responder]
        slack: Any = 0 if self.exact else max(_SLACK * self.spans[responder], 1e-15 * abs(float(floor)))
        if not column or floor > column[-1] + slack:
            return None
        # Along ``column`` the responder's payoff rises, and the proposer's falls.
        after = min(bisect_left(column, floor), last)
        share: Any = Fraction(0) if self.exact else 0.0
        if after:
            below, above = column[after - 1], column[after]
            share = min((floor - below) / (above - below), 1 + share)
        else:
            after, share = (1, share) if last else (0, share)
        turned = [k if responder == 0 else last - k for k in (max(after - 1, 0), after)]
        return turned[0], turned[1], share

    def slope(self, proposer: int, floor: Number) -> Number:
        """Return what the proposer gets more of when the responder's floor rises by one (right of it): 0 or less."""
        responder = 1 - proposer
        if len(self.corners) < 2 or floor < self._rising[responder][0]:
            return 0 * self.payoffs[0][0]
        found = self.place(proposer, floor)
        if found is None:
            return 0 * self.payoffs[0][0]
        start, end = self.payoffs[found[0]], self.payoffs[found[1]]
        return (end[proposer] - start[proposer]) / (end[responder] - start[responder])

    def best(self, proposer: int, floors: Sequence[Number]) -> tuple[tuple[Number, ...], Any] | None:
        """Return the best proposal; see :class:`bargain.time.proposals.Proposals`."""
        found = self.place(proposer, floors[1 - proposer])
        if found is None:
            return None
        start, end, share = found
        pairs = zip(self.payoffs[start], self.payoffs[end], strict=True)
        return tuple(a + share * (b - a) for a, b in pairs), found

    def describe(self, key: tuple[int, int, Number]) -> tuple[Any, tuple[tuple[Any, Number], ...] | None]:
        """Return the lottery, or the deal where it is a single one."""
        start, end, share = key
        node: Node = blend(self.corners[start], self.corners[end], share)
        feasible = self.problem.feasible
        assert isinstance(feasible, FiniteDeals)
        drawn = [(feasible.describe(self.deals.deal(index)), chance) for index, chance in node.mixture]
        return (drawn[0][0], None) if len(drawn) == 1 else (None, tuple(drawn))

    def proved(self, key: Any) -> bool:
        """Return True: the chain holds all efficient lotteries."""
        return True


class ProgramProposals:
    """Best proposals of three or more players who may agree on lotteries; a key holds the deals' probabilities.

    Parameters
    ----------
    problem : BargainingProblem
        Over finite deals that can be listed.

    Raises
    ------
    UnsupportedProblemError
        There are too many deals for linear programs over all of them.
    """

    status = Status.PROVED
    exact = False

    def __init__(self, problem: BargainingProblem) -> None:
        if needs_support(problem):
            raise UnsupportedProblemError(
                "offers in lotteries of three or more players need deals that can be listed; "
                "take fewer or coarser levels, or bargain without lotteries"
            )
        self.problem, self.deals = problem, efficient_gains(problem)
        self.values: NDArray[np.float64] = self.deals.gains + np.array(problem.disagreement)
        spans = np.ptp(self.values, axis=0) if len(self.values) else np.ones(problem.num_players)
        # A payoff that no deal changes is measured by its own size.
        size = np.abs(self.values).max(axis=0, initial=0.0)
        self._spans = np.where(spans > 0, spans, np.where(size > 0, size, 1.0))
        self.spans = tuple(self._spans.tolist())
        self.method = f"linear programs over lotteries of {len(self.values)} deals"

    def best(self, proposer: int, floors: Sequence[Number]) -> tuple[tuple[float, ...], Any] | None:
        """Return the best proposal; see :class:`bargain.time.proposals.Proposals`."""
        if not len(self.values):
            return None
        scaled = (self.values - self.values.min(axis=0)) / self._spans
        least = (np.array([float(floor) for floor in floors]) - self.values.min(axis=0)) / self._spans
        others = np.arange(len(floors)) != proposer
        found = _program(-scaled[:, proposer], scaled[:, others], least[others])
        if found is None:
            return None
        least[proposer] = float(scaled[:, proposer] @ found) - 1e-12
        again = _program(-scaled[:, others].sum(axis=1), scaled, least)
        chances = found if again is None else again
        return tuple((chances @ self.values).tolist()), chances

    def describe(self, key: NDArray[np.float64]) -> tuple[Any, tuple[tuple[Any, Number], ...] | None]:
        """Return the lottery, or the deal where it is a single one."""
        feasible = self.problem.feasible
        assert isinstance(feasible, FiniteDeals)
        rows = np.flatnonzero(key > 1e-12)
        drawn = [(feasible.describe(self.deals.deal(int(row))), float(key[row])) for row in rows]
        return (drawn[0][0], None) if len(drawn) == 1 else (None, tuple(drawn))

    def proved(self, key: Any) -> bool:
        """Return True: the programs know every deal."""
        return True


def _program(costs: NDArray[np.float64], rows: NDArray[np.float64], least: NDArray[np.float64]) -> Any:
    """Return the probabilities of least cost with at least these expectations, or None."""
    result = linprog(
        costs, A_ub=-rows.T, b_ub=1e-12 - least, A_eq=np.ones((1, len(costs))), b_eq=[1.0], method="highs",
        options=_OPTIONS,
    )  # fmt: skip
    if result.status != 0:
        return None
    chances = np.maximum(np.asarray(result.x, float), 0.0)
    return chances / chances.sum()
