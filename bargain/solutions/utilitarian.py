r"""The utilitarian solution.

Source: Harsanyi (1955), Thomson (1981). Tested against brute force in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.finite import Column, finite_answer
from bargain.solutions.lotteries import utilitarian_lottery
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals
from bargain.solutions.smooth import maximise_sum
from bargain.solutions.smooth_answers import refuse_lotteries, smooth_answer

__all__ = ["utilitarian"]


def utilitarian(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Maximise the weighted sum of payoffs among individually rational deals.

    .. math:: \max_{u \in S,\ u \ge d} \ \sum_i w_i u_i

    A player may end without any gain, never below disagreement.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up.
    weights : sequence of n positive numbers, optional
        Weights of the sum; equal by default.
    seed : int
        Seed of the search on continuous levers.

    Returns
    -------
    Solution
        ``payoffs`` in the units of the problem, Fractions when a Fraction was among its numbers; all tied deals (with
        lotteries: the deals that need no lottery).  NO_DEAL when no individually rational deal gives anybody a gain.

    Raises
    ------
    ValueError
        The weights do not fit the players.

    See Also
    --------
    bargain.certificates.welfare.optimality : Checks the answer from the definition.

    References
    ----------
    Harsanyi (1955), "Cardinal welfare, individualistic ethics, and interpersonal comparisons of utility"; Thomson
    (1981), "Nash's bargaining solution and utilitarian choice rules".

    Examples
    --------
    >>> utilitarian(BargainingProblem.from_points([(8, 1), (3, 2), (1, 3)], (0, 0))).payoffs
    (8.0, 1.0)
    """
    question = Question.ask(problem, "utilitarian", weights, seed)
    if not isinstance(problem.feasible, FiniteDeals):
        refuse_lotteries(question)
        return smooth_answer(
            question,
            maximise_sum(problem, question.weights, seed),
            lambda start: maximise_sum(problem, question.weights, seed, start),
        )
    if problem.lotteries:
        return utilitarian_lottery(question)
    claim = "no individually rational deal has a larger sum of payoffs"
    return finite_answer(question, lambda deals: _columns(question, deals), claim, "weighted payoff")


def _columns(question: Question, deals: RationalDeals) -> list[Column]:
    weights = np.array(question.weights)
    exact_weights = question.exact_weights or tuple(Fraction(weight) for weight in question.weights)

    def exact(index: int) -> Fraction:
        pairs = zip(exact_weights, deals.exact_gain(index), strict=True)
        return sum((weight * gain for weight, gain in pairs), start=Fraction(0))

    total = deals.gains @ weights
    return [Column(total, RELATIVE_TOLERANCE * total + deals.rounding @ weights, exact)]
