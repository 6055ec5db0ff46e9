"""From a deal found on continuous levers to the record that a rule hands back.

Tested through the rules on continuous problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bargain.games.continuous import ContinuousDeals
from bargain.results import Certificate, Outcome, Solution, Status
from bargain.solutions.answers import Question, no_deal
from bargain.solutions.smooth import (
    Ideal,
    SmoothPoint,
    ideal_point,
    largest_gains,
    maximise_least,
    maximise_product,
    nearest_miss,
)
from bargain.solutions.smooth_certificates import certified

__all__ = ["equal_shares", "least_first_deal", "refuse_lotteries", "smooth_answer"]

_IDEAL_SEARCHES = 4
"""Searches, with different seeds, for the ideal point."""


def least_first_deal(question: Question, scales: Sequence[float]) -> SmoothPoint | None:
    """Return the lexicographic max-min deal of gains divided by ``scales``.

    A peak of mutual gain that is narrow may be missed by one search and found by another.  So a point without a strict
    gain is never taken for the answer before the search for the largest product has had its say.
    """
    found = maximise_least(question.problem, scales, question.seed)
    if found is not None and _gains_somebody(question, found):
        return found
    other = maximise_product(question.problem, question.problem.weights, question.seed)
    if other is None or not _gains_somebody(question, other):
        return None
    raised = maximise_least(question.problem, scales, question.seed, start=other.x)
    return raised if raised is not None and _gains_somebody(question, raised) else None


def equal_shares(question: Question) -> SmoothPoint | None:
    """Return the deal with the largest least share of the ideal gains.

    Shadow prices are left out: they would have to count how a limit moves the ideal point too.
    """
    problem = question.problem
    ideal = _ideal(question)
    if ideal is None:
        return None
    found = least_first_deal(question, ideal.gains.tolist())
    if found is None:
        return None
    # A share of an ideal gain is known no better than the ideal gain.
    bounds = (*found.bounds, *ideal.bounds) if found.bounds and ideal.bounds else ()
    status = found.status
    if status is Status.PROVED and not (ideal.proved and ideal.gains.all()):
        status = Status.CONVERGED
    binding = tuple(replace(limit, shadow=None) for limit in found.binding)
    return replace(found, binding=binding, bounds=bounds, status=status)


def _ideal(question: Question) -> Ideal | None:
    """Return the largest gains; where they are not proved, one search may miss a narrow peak, and several are made."""
    problem = question.problem
    first = largest_gains(problem, question.seed)
    if first.proved and first.gains.any():
        return first
    others = [largest_gains(problem, seed) for seed in range(question.seed + 1, question.seed + _IDEAL_SEARCHES)]
    ideal = np.max([first.gains, *(other.gains for other in others)], axis=0)
    if not ideal.any():
        deal = maximise_product(problem, problem.weights, question.seed)
        if deal is None:
            return None
        ideal = np.maximum(ideal_point(problem, question.seed, start=deal.x), 0.0)
    return Ideal(ideal)


def _gains_somebody(question: Question, point: SmoothPoint) -> bool:
    default = np.array(question.problem.disagreement)
    rounding = 8 * np.finfo(float).eps * np.maximum(np.abs(point.payoffs), np.abs(default))
    return bool((point.payoffs - default > rounding).any())


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
    certificate, notes = certified(question, point)
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
        notes=(*point.notes, *notes),
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
