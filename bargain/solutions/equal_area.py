r"""The equal-area solution.

Source: Anbarci (1993), Anbarci and Bigelow (1994). Tested against areas by integration in exact fractions, by midpoint
domination and scale invariance.
"""

from __future__ import annotations

from collections.abc import Sequence

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.chain_points import areas
from bargain.solutions.chain_points import equal_area as halving_point
from bargain.solutions.hull import Node
from bargain.solutions.lottery_rules import chain_answer, no_weights, only_lotteries, two_players_only

__all__ = ["equal_area"]


def equal_area(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Halve the area of what could be agreed by the ray from disagreement to the deal.

    The area is that of the individually rational payoffs, where payoffs may be thrown away: the part that player 1
    would like better than the ray is as large as the part that player 2 would like better.

    Parameters
    ----------
    problem : BargainingProblem
        Two players and lotteries.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.

    Returns
    -------
    Solution
        Exact for exact problems. NO_DEAL when no individually rational lottery gives anybody a gain.

    Raises
    ------
    ValueError
        Weights were given; or the rule is not defined: more than two players, no lotteries, continuous levers.

    References
    ----------
    Anbarci (1993), "Noncooperative foundations of the area monotonic solution"; Anbarci and Bigelow (1994), "The area
    monotonic solution to the cooperative bargaining problem".

    Examples
    --------
    Below the chain (0, 4), (4, 4), (8, 0) are 24 units of area, twelve on either side of the ray to (5, 3).

    >>> deals = BargainingProblem.from_points([(0, 4), (4, 4), (8, 0)], (0, 0), lotteries=True)
    >>> equal_area(deals).payoffs
    (5.0, 3.0)
    """
    no_weights("equal-area", weights)
    question = Question.ask(problem, "equal-area", None, seed)
    two_players_only(question, "kalai-smorodinsky, equal-loss and discrete-raiffa")
    only_lotteries(question)
    claim = "the ray to the deal halves the area of what could be agreed"
    return chain_answer(question, halving_point, claim, _difference, "difference of areas")


def _difference(corners: Sequence[Node], node: Node) -> float:
    left, right = areas(corners, node)
    return float((left - right) / (left + right)) if left + right > 0 else 0.0
