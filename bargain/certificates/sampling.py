"""Is there a better deal on continuous levers? A seeded search tries to refute the claim.

Deals are drawn over the whole box and around the claimed deal, those that break a limit are dropped, and the rest are
compared with the claim.  A refuted claim is wrong; one that is not refuted is only not refuted: nothing global is
proved, and limits that are equalities are hardly ever met by chance.  Tested by claims that it must refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.gains import keeps_limits
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals

__all__ = ["SampledRival", "draws", "sampled_rival"]

Floats = NDArray[np.float64]

_EVERYWHERE = 4096
_AROUND = 1024
_RADII = (0.1, 1e-2, 1e-3, 1e-4)


@dataclass(frozen=True, slots=True, eq=False)
class SampledRival:
    """The drawn deal that comes nearest to refuting a claim: by how much, its levels, how many were compared."""

    gap: float
    levels: Floats | None
    looked_at: int


def sampled_rival(
    problem: BargainingProblem, levels: Floats | None, gains: Floats, rule: str, weights: Floats, seed: int = 0
) -> SampledRival:
    """Return the best rival among drawn deals.

    Parameters
    ----------
    problem : BargainingProblem
        With continuous deals.
    levels : array of shape (L,) or None
        The claimed deal, around which half of the rivals are drawn.
    gains : array of shape (n,)
        What it gives.
    rule : str
        "nash", "egalitarian", "utilitarian", "no-deal", or any other name for domination alone: a rival that gives
        everybody more.
    weights : array of shape (n,)
        The rule's weights.
    seed : int
        Seed of the draws.
    """
    deals = problem.feasible
    assert isinstance(deals, ContinuousDeals)
    drawn = draws(deals, levels, np.random.default_rng(seed))
    drawn = drawn[keeps_limits(deals, drawn, slack=0.0)]
    with np.errstate(all="ignore"):
        rivals = np.asarray(deals.values(drawn), float).reshape(len(drawn), -1) - np.array(problem.disagreement)
    kept = np.flatnonzero(np.isfinite(rivals).all(axis=1) & (rivals >= 0).all(axis=1))
    if len(kept) == 0:
        return SampledRival(0.0, None, len(drawn))
    better = _better(rivals[kept], gains, rule, weights)
    top = int(better.argmax())
    return SampledRival(max(0.0, float(better[top])), drawn[kept[top]], len(drawn))


def draws(deals: ContinuousDeals, levels: Floats | None, rng: np.random.Generator) -> Floats:
    """Return levels drawn over the whole box, and near ``levels`` where they are given, whatever limits say."""
    width = deals.upper - deals.lower
    parts = [deals.lower + rng.random((_EVERYWHERE, deals.num_levers)) * width]
    for place, codes in deals.finite.items():
        parts[0][:, place] = rng.choice(codes, _EVERYWHERE)
    if levels is not None:
        moving = np.array([place not in deals.finite for place in range(deals.num_levers)])
        for radius in _RADII:
            step = rng.normal(size=(_AROUND, deals.num_levers)) * radius * width * moving
            # Half of the steps move a single lever, so that a deal at a bound is left along its edges.
            single = np.eye(deals.num_levers)[rng.integers(0, max(1, deals.num_levers), _AROUND // 2)]
            step[: _AROUND // 2] *= single
            parts.append(np.clip(levels + step, deals.lower, deals.upper))
    return np.concatenate(parts)


def _better(rivals: Floats, gains: Floats, rule: str, weights: Floats) -> Floats:
    size = np.where(np.abs(gains) > 0, np.abs(gains), rivals.max(axis=0, initial=0.0))
    size = np.where(size > 0, size, 1.0)
    dominating = ((rivals - gains) / size).min(axis=1)
    if rule == "no-deal":
        return np.asarray((rivals / size).max(axis=1))
    if rule == "utilitarian":
        return np.asarray((rivals - gains) @ weights / max(float(gains @ weights), 1e-300))
    if rule == "egalitarian" and (gains > 0).all():
        ahead = (rivals / weights).min(axis=1) / (gains / weights).min() - 1
        return np.asarray(np.maximum(dominating, ahead))
    if rule == "nash" and (gains > 0).all():
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(rivals / gains) @ weights)
    return np.asarray(dominating)
