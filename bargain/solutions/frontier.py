"""The Pareto frontier: every deal from which nobody can gain without somebody losing.

Tested against the definition by brute force, in exact fractions.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError, NotSolvedError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.deal_ways import deals_of_all, number_of_deals
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Frontier
from bargain.solutions.hull import frontier_chain
from bargain.solutions.mixtures import lottery_is_no_worse
from bargain.solutions.rational import efficient_gains, lottery_gains, needs_support
from bargain.solutions.smooth import maximise_least

__all__ = ["MAX_LISTED", "frontier"]

MAX_LISTED = 100_000
"""More deals than this are not listed one by one."""

_MAX_CORNERS = 1_000
_DIRECTIONS = 21


EXACT, EPSILON_CONSTRAINT = "exact", "epsilon-constraint"


def frontier(problem: BargainingProblem, distinct: bool = False, method: str = EXACT) -> Frontier:
    """Return the Pareto-efficient deals, individually rational or not.

    Parameters
    ----------
    problem : BargainingProblem
        With finite deals: all efficient deals. With lotteries: the efficient deals that no lottery over others matches
        or beats, the extreme points of the frontier. With continuous levers (two players): the individually rational
        deals along 21 directions of gains.
    distinct : bool
        Whether one deal is enough for each payoff vector; otherwise deals with equal payoffs are all listed.
    method : str
        "exact", or "epsilon-constraint" for two players without lotteries: one mixed-integer program after the other,
        one deal for each payoff vector, up to the tolerances of HiGHS.

    Returns
    -------
    Frontier
        ``payoffs`` (k, n) with the first player's payoff ascending, and the k deals.

    Raises
    ------
    LimitError
        There are too many deals to list; the message says what to do.

    Examples
    --------
    >>> problem = BargainingProblem.from_points([(0, 4), (1, 1), (2, 3), (4, 0)], (0, 0))
    >>> frontier(problem).deals
    (0, 2, 3)
    """
    if method not in (EXACT, EPSILON_CONSTRAINT):
        raise ValueError(f"method: {method!r} is unknown; known: {EXACT}, {EPSILON_CONSTRAINT}")
    if method == EPSILON_CONSTRAINT:
        return _by_programs(problem)
    if not isinstance(problem.feasible, FiniteDeals):
        return _sampled(problem)
    if problem.lotteries:
        return _listed(problem.feasible, _corners(problem), lotteries=True)
    efficient = problem.feasible.efficient
    if not distinct and number_of_deals(efficient) > MAX_LISTED:
        raise LimitError(
            f"the frontier has more than {MAX_LISTED} deals with {len(efficient)} payoff vectors; "
            "frontier(problem, distinct=True) lists one deal for each vector"
        )
    return _listed(problem.feasible, deals_of_all(efficient, one_each=distinct))


def _by_programs(problem: BargainingProblem) -> Frontier:
    feasible = problem.feasible
    if not isinstance(feasible, FiniteDeals) or problem.lotteries:
        raise NotSolvedError("epsilon-constraint programs are for levers with levels, without lotteries")
    rows = import_module("bargain.games.epsilon_constraint").epsilon_constraint_deals(feasible)
    exact = [feasible.exact_payoffs(row) for row in rows.tolist()]
    order = sorted(range(len(rows)), key=exact.__getitem__)
    # A deal may be found that another beats by less than the programs can tell.
    kept: list[int] = []
    for k in order:
        while kept and exact[kept[-1]][1] <= exact[k][1]:
            kept.pop()
        kept.append(k)
    return _listed(feasible, [tuple(rows[k].tolist()) for k in kept])


def _listed(
    feasible: FiniteDeals, deals: NDArray[np.intp] | list[tuple[int, ...]], lotteries: bool = False
) -> Frontier:
    if not len(deals):
        return Frontier(np.empty((0, feasible.num_players)), (), lotteries)
    indices = np.array(deals).reshape(len(deals), -1)
    payoffs = feasible.payoffs(indices)
    # Exact payoffs come in order already, also where their floats are equal.
    order = np.arange(len(deals)) if feasible.exact else np.lexsort((*indices.T[::-1], *payoffs.T[::-1]))
    return Frontier(payoffs[order], tuple(map(feasible.describe, indices[order].tolist())), lotteries)


def _corners(problem: BargainingProblem) -> list[tuple[int, ...]]:
    if problem.num_players == 2:
        deals = lottery_gains(problem)
        return [deals.deal(node.mixture[0][0]) for node in frontier_chain(deals)]
    if needs_support(problem):
        raise LimitError(
            "the frontier of lotteries of three or more players is listed for small sets only; "
            "a rule still finds its lottery"
        )
    deals = efficient_gains(problem)
    if len(deals) > _MAX_CORNERS:
        raise LimitError(
            f"{len(deals)} efficient deals are too many to test each against lotteries (limit {_MAX_CORNERS}); "
            "take a problem without lotteries for all efficient deals"
        )
    kept = np.arange(len(deals))
    for index in range(len(deals)):
        others = kept[kept != index]
        if len(others) and lottery_is_no_worse(deals.gains[others] - deals.gains[index]):
            kept = others
    return [deals.deal(index) for index in kept.tolist()]


def _sampled(problem: BargainingProblem) -> Frontier:
    """Return the individually rational deals along directions of gains."""
    levers = problem.feasible
    assert isinstance(levers, ContinuousDeals)
    if problem.num_players != 2:
        raise NotSolvedError("the frontier of continuous levers is traced for two players only")
    angles = np.linspace(0.0, np.pi / 2, _DIRECTIONS)[1:-1]
    payoffs, deals = [], []
    for angle in angles:
        point = maximise_least(problem, (float(np.cos(angle)), float(np.sin(angle))))
        if point is not None:
            payoffs.append(np.asarray(point.payoffs, float))
            deals.append(levers.describe(point.x))
    if not deals:
        return Frontier(np.empty((0, 2)), ())
    table = np.array(payoffs)
    order = np.lexsort((table[:, 1], table[:, 0]))
    return Frontier(table[order], tuple(deals[k] for k in order))
