"""From a deal found on continuous levers to the record that a rule hands back.

Tested through the rules on continuous problems.
"""

from __future__ import annotations

import numpy as np

from bargain.games.continuous import ContinuousDeals
from bargain.results import Certificate, Outcome, Solution
from bargain.solutions.answers import Question, no_deal
from bargain.solutions.smooth import SmoothPoint, nearest_miss

__all__ = ["refuse_lotteries", "smooth_answer"]

_RESIDUAL = 1e-6
"""Residual of the conditions of optimality, in units of each player's payoff span, up to which they count as met."""


def smooth_answer(question: Question, point: SmoothPoint | None) -> Solution:
    """Return the solution for a deal over continuous levers, or "no deal" when none was found."""
    problem = question.problem
    deals = problem.feasible
    assert isinstance(deals, ContinuousDeals)
    if point is None:
        return _nothing(question)
    default = np.array(problem.disagreement)
    gains = point.payoffs - default
    # A gain that is zero up to the rounding of payoff and disagreement point is zero.
    rounding = 8 * np.finfo(float).eps * np.maximum(np.abs(point.payoffs), np.abs(default))
    gains = np.where(np.abs(gains) <= rounding, 0.0, gains)
    certificate = Certificate(
        "the conditions of optimality hold",
        point.residual,
        _RESIDUAL,
        "scaled residual",
        method=point.method,
        evidence=point.evidence,
    )
    places = point.ties or (point.x,)
    return Solution(
        problem,
        question.rule,
        point.method,
        point.status,
        tuple(point.payoffs.tolist()),
        tuple(gains.tolist()),
        deal=deals.describe(point.x),
        ties=tuple(Outcome(deals.describe(x), tuple(np.asarray(deals.values(x)).tolist())) for x in places),
        certificate=certificate,
        weights=question.shown,
        binding=point.binding,
        notes=point.notes,
    )


def _nothing(question: Question) -> Solution:
    miss = nearest_miss(question.problem, question.seed)
    if miss is None:
        return no_deal(question, "search over continuous deals")
    evidence = {**miss.evidence, "nearest": tuple((miss.payoffs - question.problem.disagreement).tolist())}
    claim = "a search found no deal that gives somebody more and nobody less"
    return no_deal(question, miss.method, Certificate(claim, 0.0, 0.0, method=miss.method, evidence=evidence))


def refuse_lotteries(question: Question) -> None:
    """Raise when a continuous problem asks for lotteries."""
    if question.problem.lotteries:
        raise ValueError("lotteries need finitely many deals: put the continuous levers on a grid first")
