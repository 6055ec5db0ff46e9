r"""The egalitarian and the proportional solution.

Source: Kalai (1977). Tested against brute force in exact fractions, and by monotonicity.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.finite import Column, finite_answer, least_first
from bargain.solutions.lotteries import egalitarian_lottery
from bargain.solutions.rational import RationalDeals
from bargain.solutions.smooth_answers import least_first_deal, refuse_lotteries, smooth_answer

__all__ = ["egalitarian"]


def egalitarian(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Give all players the same, largest possible gain, or gains in given proportions.

    .. math:: \operatorname{lex\,max\,min}_{u \in S,\ u \ge d} \ \frac{u_i - d_i}{p_i}

    The smallest gain is made as large as possible, then the next smallest, and so on. The rule compares gains between
    players, so it depends on the units of payoff.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up.
    weights : sequence of n positive numbers, optional
        The proportions p; equal by default.
    seed : int
        Seed of the search on continuous levers.

    Returns
    -------
    Solution
        ``payoffs`` in the units of the problem, Fractions when a Fraction was among its numbers; all tied deals.
        NO_DEAL when no individually rational deal gives anybody a gain.

    Raises
    ------
    ValueError
        The weights do not fit the players.

    See Also
    --------
    bargain.certificates.welfare.optimality : Checks the answer from the definition.

    References
    ----------
    Kalai (1977), "Proportional solutions to bargaining situations: interpersonal utility comparisons".

    Examples
    --------
    >>> deals = BargainingProblem.from_points([(8, 1), (3, 2), (1, 3)], (0, 0))
    >>> egalitarian(deals).payoffs, egalitarian(deals, weights=[1, 3]).payoffs
    ((3.0, 2.0), (1.0, 3.0))
    """
    question = Question.ask(problem, "egalitarian", weights, seed)
    if not isinstance(problem.feasible, FiniteDeals):
        refuse_lotteries(question)
        return smooth_answer(
            question,
            least_first_deal(question, question.weights),
            lambda start: least_first_deal(question, question.weights, start),
        )
    if problem.lotteries:
        return egalitarian_lottery(question)
    claim = "no individually rational deal gives larger gains, the smallest first"
    return finite_answer(question, lambda deals: _columns(question, deals), claim, "payoff per unit of weight")


def _columns(question: Question, deals: RationalDeals) -> list[Column]:
    exact = question.exact_weights or tuple(Fraction(weight) for weight in question.weights)
    return least_first(deals, np.array(question.weights), exact)
