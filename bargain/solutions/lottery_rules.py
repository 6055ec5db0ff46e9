"""What the rules share that need a convex set: who is refused, and how a point of the frontier becomes an answer.

Payoffs may be thrown away down to disagreement: the rules look at everything that some individually rational lottery is
at least as good as.  Two players are solved on the chain of corners of the frontier, whatever made that chain.
Tested through the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bargain.errors import UnsupportedProblemError
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Certificate, Solution
from bargain.solutions.answers import Question, lottery_answer, no_deal
from bargain.solutions.hull import Node, chain, frontier_chain, normal
from bargain.solutions.line_programs import Along
from bargain.solutions.mixtures import LotteryPrograms
from bargain.solutions.rational import RationalDeals, efficient_gains, lottery_gains, method_over

__all__ = ["TOLERANCE", "chain_answer", "no_weights", "only_lotteries", "programs_answer", "two_players_only"]

TOLERANCE = 1e-9
"""What a certificate's gap may be."""

_HULL = "exact geometry of the upper hull of {} deals"
_NO_LOTTERY = "no lottery gives somebody more and nobody less"

_LOTTERIES = "allow lotteries (`solve.lotteries = true` in a scenario, `lotteries=True` in Python)"
_OR_LOTTERIES = ", or allow lotteries over a grid of them (`solve.lotteries = true` in a scenario)"

Corners = Sequence[Node]


def no_weights(rule: str, weights: Sequence[float] | None) -> None:
    """Raise when weights are given to a rule that has none."""
    if weights is not None:
        raise ValueError(f"{rule} takes no weights; nash, egalitarian and utilitarian do")


def only_lotteries(question: Question, deals_too: bool = False) -> None:
    """Raise where a rule needs lotteries over finitely many deals; some are also defined for the deals themselves."""
    levers = not isinstance(question.problem.feasible, FiniteDeals)
    if question.problem.lotteries and not levers:
        return
    if levers:
        raise UnsupportedProblemError(
            f"{question.rule} is not computed on continuous levers: give them `steps` or `levels`{_OR_LOTTERIES}"
        )
    if not deals_too:
        raise UnsupportedProblemError(
            f"{question.rule} is not defined for deals alone, it needs a convex set of payoffs: {_LOTTERIES}"
        )


def two_players_only(question: Question, instead: str) -> None:
    """Raise for more than two players; ``instead`` names rules that take them."""
    count = question.problem.num_players
    if count > 2:
        raise UnsupportedProblemError(f"{question.rule} is for two players, here are {count}; {instead} take more")


def chain_answer(
    question: Question,
    choose: Callable[[Corners], Node],
    claim: str,
    residual: Callable[[Corners, Node], float] | None = None,
    meaning: str = "",
) -> Solution:
    """Return the point that a rule chooses from the frontier of two players' lotteries.

    Parameters
    ----------
    question : Question
        A problem with lotteries.
    choose : callable
        Takes the corners of the efficient, individually rational lotteries and returns one of their points.
    claim : str
        What the certificate says.
    residual : callable, optional
        By how much the point misses the rule's own equation, as a share of what is compared.
    meaning : str
        What the residual compares.
    """
    deals = lottery_gains(question.problem)
    method = method_over(deals, _HULL)
    corners = chain(deals)
    if not corners or not any(gain > 0 for gain in (*corners[0].gains, *corners[-1].gains)):
        return no_deal(question, method, Certificate(_NO_LOTTERY, 0.0, 0.0, method=method))
    node = choose(corners)
    gains = np.array(node.gains, float)
    direction = np.array(normal(frontier_chain(deals), node), float)
    ideal = np.array([corners[-1].gains[0], corners[0].gains[1]], float)
    direction = direction / (direction @ ideal) if direction @ ideal > 0 else direction
    above = max(0.0, deals.largest(direction) - float(direction @ gains))
    missed = 0.0 if residual is None else abs(float(residual(corners, node)))
    evidence = {"normal": tuple(direction.tolist()), "above": above, "exact": question.problem.exact}
    if residual is not None:
        evidence[meaning] = missed
    certificate = Certificate(
        claim, max(above, missed), TOLERANCE, "share of the ideal gain", method=method, evidence=evidence
    )
    return lottery_answer(question, method, deals, node.mixture, certificate)


def programs_answer(
    question: Question, find: Callable[[LotteryPrograms, RationalDeals], Along], claim: str, method: str
) -> Solution:
    """Return the lottery of any number of players that a rule finds by linear programs."""
    deals = efficient_gains(question.problem)
    method = method.format(len(deals))
    programs = LotteryPrograms(deals.gains)
    if programs.ideal is None or not programs.ideal.any():
        return no_deal(question, method, Certificate(_NO_LOTTERY, 0.0, 0.0, method=method))
    found = find(programs, deals)
    mixture = [(int(k), float(found.chances[k])) for k in np.flatnonzero(found.chances)]
    evidence = {"normal": tuple(_unit(found.normal, programs).tolist()), "exact": False}
    gap = max(0.0, found.gap)
    certificate = Certificate(claim, gap, TOLERANCE, "share of the ideal gain", method=method, evidence=evidence)
    return lottery_answer(question, method, deals, mixture, certificate)


def _unit(normal_: NDArray[np.float64], programs: LotteryPrograms) -> NDArray[np.float64]:
    assert programs.ideal is not None
    size = float(normal_ @ (programs.ideal * programs.scale))
    return normal_ / size if size > 0 else normal_
