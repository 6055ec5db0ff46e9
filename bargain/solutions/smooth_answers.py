"""From a deal found on continuous levers to the record that a rule hands back.

Tested through the rules on continuous problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bargain.effort import current, effort
from bargain.games.continuous import ContinuousDeals
from bargain.results import Certificate, Outcome, Solution, Status
from bargain.solutions.answers import Question, no_deal
from bargain.solutions.global_bound import SHARE_TOLERANCE, TOLERANCE
from bargain.solutions.landscape import Array
from bargain.solutions.no_deals import Exclusion, exclude_deals
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

_OPEN = "no deal was found; nothing was proved, so that a deal is not excluded"

_IDEAL_SEARCHES = 4
"""Searches, with different seeds, for the ideal point."""


def least_first_deal(question: Question, scales: Sequence[float], start: Array | None = None) -> SmoothPoint | None:
    """Return the lexicographic max-min deal of gains divided by ``scales``.

    A peak of mutual gain that is narrow may be missed by one search and found by another.  So a point without a strict
    gain is never taken for the answer before the search for the largest product has had its say.
    """
    found = maximise_least(question.problem, scales, question.seed, start)
    if found is not None and _gains_somebody(question, found):
        return found
    other = maximise_product(question.problem, question.problem.weights, question.seed)
    if other is None or not _gains_somebody(question, other):
        return None
    raised = maximise_least(question.problem, scales, question.seed, start=other.x)
    return raised if raised is not None and _gains_somebody(question, raised) else None


def equal_shares(question: Question, start: Array | None = None) -> SmoothPoint | None:
    """Return the deal with the largest least share of the ideal gains.

    Shadow prices are left out: they would have to count how a limit moves the ideal point too.
    """
    ideal = _ideal(question, start)
    if ideal is None:
        return None
    found = least_first_deal(question, ideal.gains.tolist(), start)
    if found is None:
        return None
    binding = tuple(replace(limit, shadow=None) for limit in found.binding)
    status = found.status
    if not (found.bounds and ideal.bounds and ideal.gains.all()):
        status = Status.CONVERGED if status is Status.PROVED else status
        return replace(found, binding=binding, bounds=(), status=status)
    # A share of an ideal gain is known no better than the ideal gain; heights are shares of the largest ideal gain.
    largest = max(bound.value for bound in ideal.bounds)
    unsure = max(bound.gap / bound.value for bound in ideal.bounds)
    gap = found.gap / largest + unsure
    if status is Status.PROVED and gap > SHARE_TOLERANCE:
        status = Status.CONVERGED
    return replace(found, binding=binding, bounds=(*found.bounds, *ideal.bounds), share_gap=gap, status=status)


def _ideal(question: Question, start: Array | None) -> Ideal | None:
    """Return the largest gains; where they are not proved, one search may miss a narrow peak, and several are made."""
    problem = question.problem
    first = largest_gains(problem, question.seed, start)
    if current().expired() or (first.proved and first.gains.any()):
        return first if first.gains.any() else None
    with effort(prove=False):
        others = [largest_gains(problem, seed) for seed in range(question.seed + 1, question.seed + _IDEAL_SEARCHES)]
    ideal = np.max([first.gains, *(other.gains for other in others)], axis=0)
    if not ideal.any():
        deal = maximise_product(problem, problem.weights, question.seed)
        if deal is None:
            return None
        ideal = np.maximum(ideal_point(problem, question.seed, start=deal.x), 0.0)
    return Ideal(ideal, first.bounds if np.array_equal(ideal, first.gains) else ())


def _gains_somebody(question: Question, point: SmoothPoint) -> bool:
    default = np.array(question.problem.disagreement)
    rounding = 8 * np.finfo(float).eps * np.maximum(np.abs(point.payoffs), np.abs(default))
    return bool((point.payoffs - default > rounding).any())


def smooth_answer(
    question: Question, point: SmoothPoint | None, again: Callable[[Array], SmoothPoint | None] | None = None
) -> Solution:
    """Return the solution for a deal over continuous levers, or "no deal" when none was found.

    ``again`` solves the problem anew, with a deal that is better than none as a further start: an attempt to prove that
    there is no deal may meet one.
    """
    problem = question.problem
    deals = problem.feasible
    assert isinstance(deals, ContinuousDeals)
    if point is None:
        excluded = exclude_deals(problem, question.seed)
        if excluded is not None and excluded.deal is not None and again is not None:
            point = again(excluded.deal)
        if point is None:
            return _nothing(question, excluded)
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


def _nothing(question: Question, excluded: Exclusion | None) -> Solution:
    if excluded is not None and excluded.proved:
        claim, unit = "no deal gives somebody more and nobody less", "fraction of the largest gain"
        how = f"branch and bound over boxes of levers; {excluded.boxes} boxes"
        evidence = {"boxes": excluded.boxes}
        return no_deal(question, how, Certificate(claim, excluded.gap, TOLERANCE, unit, method=how, evidence=evidence))
    miss = nearest_miss(question.problem, question.seed)
    late = ("time was up: the search did not end",) if current().expired() else ()
    if miss is None:
        return replace(no_deal(question, "search over continuous deals"), notes=(_OPEN, *late))
    nearest: dict[str, Any] = {
        **miss.evidence,
        "nearest": tuple((miss.payoffs - question.problem.disagreement).tolist()),
    }
    claim = "a search found no deal that gives somebody more and nobody less; such a deal is not excluded"
    found = Certificate(claim, 0.0, 0.0, method=miss.method, evidence=nearest)
    return replace(no_deal(question, miss.method, found), notes=late)


def refuse_lotteries(question: Question) -> None:
    """Raise when a continuous problem asks for lotteries."""
    if question.problem.lotteries:
        raise ValueError("lotteries need finitely many deals: put the continuous levers on a grid first")
