"""Claims about sets of deals that are too large to look at one by one.

Deals that differ from the claimed one in one or two levers, and deals drawn at random, are compared with it; for the
Nash and the utilitarian rule the support function bounds how much any deal could add.  Tested by claims that it must
refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.gains import Claim
from bargain.certificates.support import Support
from bargain.errors import LimitError
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution

__all__ = ["LargeSet", "nearby_rival"]

Floats = NDArray[np.float64]

_DRAWN = 50_000
_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class LargeSet:
    """The best rival that was found, and a bound on the best there is (None when there is no cheap one)."""

    gap: float
    deal: Any
    bound: float | None
    looked_at: int
    total: int


def nearby_rival(solution: Solution, claim: Claim, rule: str, weights: Floats, seed: int) -> LargeSet:
    """Return the best rival among deals near the claimed one and drawn ones."""
    problem, deals = solution.problem, solution.problem.feasible
    assert isinstance(deals, FiniteDeals)
    rng = np.random.default_rng(seed)
    rows = [np.stack([rng.integers(0, size, _DRAWN) for size in deals.sizes], axis=1)]
    if solution.deal is not None:
        rows.append(_neighbours(np.array(deals.indices(solution.deal)), deals.sizes))
    indices = np.concatenate(rows)
    indices = indices[deals.allowed(indices)]
    gains = deals.payoffs(indices) - np.array(problem.disagreement)
    kept = np.flatnonzero((gains >= 0).all(axis=1))
    gap, deal = 0.0, None
    if len(kept):
        better = _better(gains[kept], claim.gains, rule, weights)
        top = int(better.argmax())
        gap, deal = max(0.0, float(better[top])), deals.describe(indices[kept[top]].tolist())
    return LargeSet(gap, deal, _bound(solution, claim, rule, weights), len(indices), deals.num_combinations)


def _neighbours(deal: NDArray[np.intp], sizes: tuple[int, ...]) -> NDArray[np.intp]:
    moves = [(lever, level) for lever, size in enumerate(sizes) for level in range(size)]
    singles = np.tile(deal, (len(moves), 1))
    for row, (lever, level) in enumerate(moves):
        singles[row, lever] = level
    if len(moves) ** 2 > _PAIRS:
        return singles
    pairs = np.repeat(singles, len(moves), axis=0)
    for row, (lever, level) in enumerate(moves):
        pairs[row :: len(moves), lever] = level
    return pairs


def _better(rivals: Floats, mine: Floats, rule: str, weights: Floats) -> Floats:
    size = np.where(np.abs(mine) > 0, np.abs(mine), np.maximum(rivals.max(axis=0, initial=0.0), 1e-300))
    ahead = (rivals - mine) / size
    dominating = np.where((ahead >= 0).all(axis=1), ahead.max(axis=1), 0.0)
    if rule == "no-deal":
        return np.asarray((rivals / size).max(axis=1))
    if rule == "utilitarian":
        return np.asarray((rivals - mine) @ weights / max(float(mine @ weights), 1e-300))
    if rule == "nash" and (mine > 0).all():
        with np.errstate(divide="ignore"):
            return np.maximum(dominating, np.log(rivals / mine) @ weights)
    if rule == "egalitarian" and (mine > 0).all():
        ahead = (rivals / weights).min(axis=1) / (mine / weights).min() - 1
        return np.asarray(np.maximum(dominating, ahead))
    return np.asarray(dominating)


def _bound(solution: Solution, claim: Claim, rule: str, weights: Floats) -> float | None:
    if rule not in ("nash", "utilitarian") or not (claim.gains > 0).all():
        return None
    try:
        support = Support(solution.problem)
    except LimitError:
        return None
    mine = claim.gains / support.size
    normal = weights / mine if rule == "nash" else weights * support.size
    most = float(normal @ support.best(normal))
    return most - 1 if rule == "nash" else (most - float(normal @ mine)) / max(most, 1e-300)
