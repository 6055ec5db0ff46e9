r"""The Kalai-Smorodinsky solution, lexicographic for many players and for finite deals.

Source: Kalai and Smorodinsky (1975); the lexicographic continuation after Imai (1983). Tested against brute force in
exact fractions, by the axioms that characterise it, and by the published counterexample to Nash's rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.finite import Column, finite_answer, least_first
from bargain.solutions.lotteries import kalai_smorodinsky_lottery
from bargain.solutions.rational import RationalDeals
from bargain.solutions.smooth_answers import equal_shares, refuse_lotteries, smooth_answer

__all__ = ["kalai_smorodinsky"]


def kalai_smorodinsky(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Give all players the same, largest possible share of the most that each could hope for.

    .. math:: \operatorname{lex\,max\,min}_{u \in S,\ u \ge d} \ \frac{u_i - d_i}{a_i - d_i},
        \qquad a_i = \max \{u_i : u \in S,\ u \ge d\}

    The ideal point :math:`a` is taken over individually rational deals. The smallest share is made as large as
    possible, then the next smallest, and so on. Players who cannot gain at all are left out.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
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
        Weights were given.

    See Also
    --------
    bargain.certificates.welfare.optimality : Checks the answer from the definition.

    References
    ----------
    Kalai and Smorodinsky (1975), "Other solutions to Nash's bargaining problem"; Imai (1983), "Individual monotonicity
    and lexicographic maxmin solution".

    Examples
    --------
    >>> larger = BargainingProblem.from_points([(0, 1), (1, 0.7), (1, 0)], (0, 0), lotteries=True)
    >>> [round(payoff, 4) for payoff in kalai_smorodinsky(larger).payoffs]
    [0.7692, 0.7692]
    """
    if weights is not None:
        raise ValueError("kalai-smorodinsky takes no weights; nash, egalitarian and utilitarian do")
    question = Question.ask(problem, "kalai-smorodinsky", None, seed)
    if not isinstance(problem.feasible, FiniteDeals):
        refuse_lotteries(question)
        return smooth_answer(question, equal_shares(question), lambda start: equal_shares(question, start))
    if problem.lotteries:
        return kalai_smorodinsky_lottery(question)
    claim = "no individually rational deal gives larger shares of the ideal gains, the smallest first"
    return finite_answer(question, _columns, claim, "share of the ideal gain")


def _columns(deals: RationalDeals) -> list[Column]:
    # A player without any gain has ratio zero in every deal, which changes no comparison.
    scales = np.where(deals.ideal > 0, deals.ideal, 1.0)
    exact = tuple(ideal if ideal > 0 else 1 for ideal in deals.exact_ideal()) if deals.problem.exact else None
    return least_first(deals, scales, exact)
