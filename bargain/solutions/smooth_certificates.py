"""What is claimed of a deal over continuous levers: that it is the best, or that the conditions of optimality hold.

Tested through the rules on continuous problems.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bargain.effort import current
from bargain.games.continuous import ContinuousDeals
from bargain.results import Certificate, Status
from bargain.solutions.answers import Question
from bargain.solutions.global_bound import SHARE_TOLERANCE, TOLERANCE, GlobalBound
from bargain.solutions.smooth_point import SmoothPoint

__all__ = ["certified"]

_RESIDUAL = 1e-6
"""Residual of the conditions of optimality, in units of each player's payoff span, up to which they count as met."""

_CLAIMS = {
    "nash": ("no individually rational deal has a larger Nash product", "log of the Nash product"),
    "kalai-smorodinsky": (
        "no individually rational deal gives larger shares of the ideal gains, the smallest first",
        "share of the ideal gain",
    ),
    "egalitarian": (
        "no individually rational deal gives larger gains, the smallest first",
        "fraction of the largest gain",
    ),
    "utilitarian": ("no individually rational deal has a larger sum of payoffs", "fraction of the largest gain"),
}
_OTHER = ("no individually rational deal is better by this rule", "fraction of the largest gain")
_SEPARATE = "prices on gains and limits bound every part of the linkage graph"
_TOGETHER = "branch and bound over boxes of all levers"


def certified(question: Question, point: SmoothPoint) -> tuple[Certificate, tuple[str, ...]]:
    """Return the certificate of a deal, and notes on what was not proved."""
    claim, unit = _CLAIMS.get(question.rule, _OTHER)
    evidence = dict(point.evidence)
    if point.bounds:
        evidence["bounds"] = tuple(_record(question, bound) for bound in point.bounds)
    if point.status is Status.PROVED and point.bounds:
        boxes = sum(bound.boxes for bound in point.bounds)
        how = _SEPARATE if all(bound.separate for bound in point.bounds) else _TOGETHER
        evidence["residual"] = point.residual
        tolerance = TOLERANCE if point.share_gap is None else SHARE_TOLERANCE
        found = Certificate(claim, point.gap, tolerance, unit, method=f"{how}; {boxes} boxes", evidence=evidence)
        return found, ()
    conditions, known = "the conditions of optimality hold", math.isfinite(point.residual)
    method = point.method if known else "time was up before the conditions of optimality were looked at"
    found = Certificate(
        conditions,
        point.residual,
        _RESIDUAL,
        "scaled residual",
        method=method,
        evidence=evidence,
        checked=known,
    )
    return found, _open(question, point, unit)


def _open(question: Question, point: SmoothPoint, unit: str) -> tuple[str, ...]:
    """Return what is not known about deals elsewhere."""
    deals = question.problem.feasible
    if not isinstance(deals, ContinuousDeals) or point.status is Status.PROVED:
        return ()
    if deals.formulas is None:
        return ("local: these deals are functions without formulas, so that nothing is known of deals elsewhere",)
    if not current().prove:
        return ()
    if math.isfinite(point.gap):
        return (
            f"local: it is proved that another deal is better by at most {point.gap:.2g} ({unit}), not by how much",
        )
    return ("local: nothing is proved about deals elsewhere",)


def _record(question: Question, bound: GlobalBound) -> Mapping[str, Any]:
    deals = question.problem.feasible
    assert isinstance(deals, ContinuousDeals)
    limits: list[Mapping[str, Any]] = []
    seen: dict[str, int] = {}
    for limit, price in zip(deals.limits, bound.limit_prices.tolist(), strict=True):
        part = seen[limit.name] = seen.get(limit.name, -1) + 1
        if price:
            limits.append({"name": limit.name, "part": part, "price": price})
    return {
        "value": bound.value,
        "bound": bound.bound,
        "boxes": bound.boxes,
        "separate": bound.separate,
        "prices": dict(zip(question.problem.players, bound.gain_prices.tolist(), strict=True)),
        "limits": tuple(limits),
        "terms": deals.describe(bound.levels),
    }
