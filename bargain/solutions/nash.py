r"""The Nash bargaining solution, symmetric and weighted.

Source: Nash (1950); weights after Kalai (1977). Tested against brute force in exact fractions, by the axioms that
characterise it, and by Nash's own barter.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import lcm

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.finite import Column, finite_answer
from bargain.solutions.lotteries import nash_lottery
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals
from bargain.solutions.smooth import maximise_product
from bargain.solutions.smooth_answers import refuse_lotteries, smooth_answer

__all__ = ["nash"]

_LARGEST_POWER = 2000
"""Powers up to this sum of exponents are compared as exact fractions; beyond, logarithms to 60 digits decide."""


def nash(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Maximise the weighted product of the players' gains over disagreement.

    .. math:: \max_{u \in S,\ u \ge d} \ \prod_i (u_i - d_i)^{w_i}, \qquad \sum_i w_i = 1

    On finite deals the efficient, individually rational deals are compared one by one. With lotteries the product is
    largest on an edge of the upper hull, where it has a closed form (two players), or where a supporting plane with
    :math:`\lambda_i = w_i / (u_i - d_i)` leaves every deal below it (more players).

    When every individually rational deal leaves somebody without a gain, the product is zero everywhere. Then the total
    weight of the players who gain is maximised first, and after it the product of their gains, each divided by the
    player's largest gain; so the answer stays efficient and free of units. With lotteries and on continuous levers the
    product runs over the players who can gain.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up.
    weights : sequence of n positive numbers, optional
        Bargaining weights; the problem's own by default.
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
    Nash (1950), "The bargaining problem"; Kalai (1977), "Nonsymmetric Nash solutions and replications of 2-person
    bargaining".

    Examples
    --------
    Two players divide a dollar by drawing lots; the second walks away with 20 cents.

    >>> dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, Fraction(1, 5)), lotteries=True)
    >>> nash(dollar).payoffs
    (Fraction(2, 5), Fraction(3, 5))
    """
    question = Question.ask(problem, "nash", weights, seed, own_weights=True)
    if not isinstance(problem.feasible, FiniteDeals):
        refuse_lotteries(question)
        return smooth_answer(
            question,
            maximise_product(problem, question.weights, seed),
            lambda start: maximise_product(problem, question.weights, seed, start),
        )
    if problem.lotteries:
        return nash_lottery(question)
    claim = "no individually rational deal has a larger Nash product"
    return finite_answer(question, lambda deals: _columns(question, deals), claim, "log of the Nash product")


def _columns(question: Question, deals: RationalDeals) -> list[Column]:
    weights = np.array(question.weights)
    gaining = deals.gains > 0
    ratios = np.where(gaining, deals.gains, 1.0) / np.where(deals.ideal > 0, deals.ideal, 1.0)
    products = np.where(gaining, weights * np.log(np.where(gaining, ratios, 1.0)), 0.0).sum(axis=1)
    unsure = np.where(gaining, weights * deals.rounding / np.where(gaining, deals.gains, 1.0), 0.0).sum(axis=1)
    exact_weights = question.exact_weights or tuple(Fraction(weight) for weight in question.weights)
    compare = _Powers(deals, exact_weights)
    return [
        Column(gaining @ weights, np.full(len(deals), RELATIVE_TOLERANCE), compare.weight_of_gainers),
        Column(products, RELATIVE_TOLERANCE + unsure, compare.product, compare if compare.power is None else None),
    ]


class _Powers:
    """Exact comparison of weighted products of gains."""

    def __init__(self, deals: RationalDeals, weights: tuple[Fraction, ...]) -> None:
        self.deals = deals
        self.weights = weights
        common = lcm(*(weight.denominator for weight in weights))
        self.power = common if common <= _LARGEST_POWER else None
        self.ideal = cache(deals.exact_ideal)
        self.logarithm = cache(self._logarithm)
        self.whole = sum(weights, start=Fraction(0))
        self.all_gain = np.logical_and.reduce(deals.gains > 0, axis=1)

    def weight_of_gainers(self, index: int) -> Fraction:
        # A positive float is a positive gain; a zero may stand for one that is too small for floats.
        if self.all_gain[index]:
            return self.whole
        pairs = zip(self.weights, self.deals.exact_gain(index), strict=True)
        return sum((weight for weight, gain in pairs if gain > 0), start=Fraction(0))

    def product(self, index: int) -> Fraction:
        """Return the product of shares of the ideal gains, to a power that makes all exponents whole."""
        assert self.power is not None
        result = Fraction(1)
        for weight, gain, ideal in zip(self.weights, self.deals.exact_gain(index), self.ideal(), strict=True):
            if gain > 0:
                result *= (gain / ideal) ** int(weight * self.power)
        return result

    def _logarithm(self, index: int) -> Decimal:
        with localcontext() as context:
            context.prec = 60
            total = Decimal(0)
            for weight, gain, ideal in zip(self.weights, self.deals.exact_gain(index), self.ideal(), strict=True):
                if gain > 0:
                    share = gain / ideal
                    exponent = Decimal(weight.numerator) / Decimal(weight.denominator)
                    total += exponent * (Decimal(share.numerator) / Decimal(share.denominator)).ln()
            return total

    def __call__(self, first: int, second: int) -> int:
        difference = self.logarithm(first) - self.logarithm(second)
        return 0 if abs(difference) < Decimal("1e-45") else (1 if difference > 0 else -1)
