r"""Is a deal optimal for its rule? Every deal is looked at again.

The definitions of the rules are applied to every allowed deal, one by one: no pruning, no components, nothing that a
solver uses.  Exact problems of moderate size are checked in fractions with tolerance zero; others in floats, where a
rival counts only when it is better by more than :data:`TOLERANCE`.  Tested by claims that it must refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.gains import Claim, all_gains, reference_gains, spans
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals

__all__ = ["EXACT_DEALS", "MAX_DEALS", "TOLERANCE", "Rival", "best_rival", "dominating_rival"]

Floats = NDArray[np.float64]

MAX_DEALS = 2_000_000
"""So many deals are looked at one by one."""

EXACT_DEALS = 20_000
"""So many deals are compared in exact fractions."""

TOLERANCE = 1e-8
"""For float data: a rival that is better by a smaller share than this does not refute a claim."""

_ROUNDING = 1e-13
_ZEROS = (1e-8, 1e-12)


@dataclass(frozen=True, slots=True)
class Rival:
    """The deal that comes nearest to refuting a claim: by how much it is better, and which it is."""

    gap: float
    deal: tuple[int, ...] | None
    looked_at: int
    exact: bool


def best_rival(problem: BargainingProblem, claim: Claim, rule: str, weights: Floats, ratios: Any) -> Rival:
    """Return the deal that is better than a claim by most according to a rule.

    Parameters
    ----------
    problem : BargainingProblem
        With at most :data:`MAX_DEALS` deals.
    claim : Claim
        The gains to be checked.
    rule : str
        The name of the rule, or "no-deal" for the claim that nobody can gain.
    weights : array of shape (n,)
        The rule's weights.
    ratios : tuple of Fraction or None
        The same as simple ratios, where they are known.
    """
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    if problem.exact and claim.exact is not None and deals.num_combinations <= EXACT_DEALS:
        return _exactly(problem, claim.exact, rule, ratios or tuple(Fraction(weight) for weight in weights.tolist()))
    return _in_floats(problem, claim.gains, rule, weights)


def _exactly(
    problem: BargainingProblem, claimed: tuple[Fraction, ...], rule: str, weights: tuple[Fraction, ...]
) -> Rival:
    deals, default = problem.feasible, problem.exact_disagreement
    assert isinstance(deals, FiniteDeals)
    assert default is not None
    rational = []
    count = 0
    for indices, _, _ in all_gains(problem):
        for row in indices.tolist():
            count += 1
            gains = tuple(u - d for u, d in zip(deals.exact_payoffs(row), default, strict=True))
            if min(gains) >= 0:
                rational.append((tuple(row), gains))
    ideal = [max((gains[i] for _, gains in rational), default=Fraction(0)) for i in range(len(default))]
    advantage = _EXACT[rule](claimed, ideal, _exact_reference(problem) if rule == "gupta-livne" else weights)
    rivals = [(advantage(gains), deal) for deal, gains in rational]
    gap, deal = max(rivals, key=lambda rival: rival[0], default=(0.0, None))
    return Rival(gap, deal, count, True)


def _exact_reference(problem: BargainingProblem) -> tuple[Fraction, ...]:
    """Return the gains at the reference point; zero when there is none."""
    default = problem.exact_disagreement
    assert default is not None
    return tuple(Fraction(r) - d for r, d in zip(problem.reference or default, default, strict=True))


Advantage = Callable[[tuple[Fraction, ...]], float]


def _exact_product(claimed: tuple[Fraction, ...], ideal: list[Fraction], weights: tuple[Fraction, ...]) -> Advantage:
    common = max(weight.denominator for weight in weights)
    while any((weight * common).denominator > 1 for weight in weights):
        common += max(weight.denominator for weight in weights)

    def value(gains: tuple[Fraction, ...]) -> tuple[Fraction, Fraction]:
        product, gainers = Fraction(1), Fraction(0)
        for gain, top, weight in zip(gains, ideal, weights, strict=True):
            if gain > 0:
                gainers += weight
                product *= (gain / top) ** int(weight * common)
        return gainers, product

    mine = value(claimed)

    def advantage(gains: tuple[Fraction, ...]) -> float:
        theirs = value(gains)
        if theirs == mine:
            return 0.0
        if theirs[0] != mine[0]:
            return float(theirs[0] - mine[0])
        share = theirs[1] / mine[1]
        size = (log(share.numerator) - log(share.denominator)) / common
        # A difference too small for a float is still a difference.
        return max(size, 5e-324) if theirs[1] > mine[1] else min(size, 0.0)

    return advantage


def _exact_least(scales: list[Fraction]) -> Callable[[tuple[Fraction, ...]], list[Fraction]]:
    def ordered(gains: tuple[Fraction, ...]) -> list[Fraction]:
        return sorted(gain / scale for gain, scale in zip(gains, scales, strict=True) if scale > 0)

    return ordered


def _exact_lexicographic(claimed: tuple[Fraction, ...], scales: list[Fraction]) -> Advantage:
    ordered = _exact_least(scales)
    mine = ordered(claimed)

    def advantage(gains: tuple[Fraction, ...]) -> float:
        for theirs, own in zip(ordered(gains), mine, strict=True):
            if theirs != own:
                return max(float(theirs - own), 5e-324) if theirs > own else 0.0
        return 0.0

    return advantage


def _exact_way(claimed: tuple[Fraction, ...], ideal: list[Fraction], start: tuple[Fraction, ...]) -> Advantage:
    """Compare shares of the way from a reference point to the ideal gains."""
    way = [top - r if top > r else top for top, r in zip(ideal, start, strict=True)]

    def moved(gains: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(gain - r for gain, r in zip(gains, start, strict=True))

    compared = _exact_lexicographic(moved(claimed), way)
    return lambda gains: compared(moved(gains))


def _exact_losses(claimed: tuple[Fraction, ...], ideal: list[Fraction], weights: tuple[Fraction, ...]) -> Advantage:
    def losses(gains: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(gain - top for gain, top in zip(gains, ideal, strict=True))

    compared = _exact_lexicographic(losses(claimed), [Fraction(1)] * len(ideal))
    return lambda gains: compared(losses(gains))


def _exact_sum(claimed: tuple[Fraction, ...], ideal: list[Fraction], weights: tuple[Fraction, ...]) -> Advantage:
    def total(gains: tuple[Fraction, ...]) -> Fraction:
        return sum((w * gain for w, gain in zip(weights, gains, strict=True)), Fraction(0))

    mine = total(claimed)
    size = sum((w * top for w, top in zip(weights, ideal, strict=True)), Fraction(0)) or Fraction(1)
    return lambda gains: float(max(total(gains) - mine, Fraction(0)) / size)


_EXACT: dict[str, Callable[..., Advantage]] = {
    "nash": _exact_product,
    "kalai-smorodinsky": lambda claimed, ideal, weights: _exact_lexicographic(claimed, ideal),
    "egalitarian": lambda claimed, ideal, weights: _exact_lexicographic(claimed, list(weights)),
    "utilitarian": _exact_sum,
    "equal-loss": _exact_losses,
    "gupta-livne": _exact_way,
    "no-deal": lambda claimed, ideal, weights: (
        lambda gains: float(
            max((gain / top if top > 0 else Fraction(0) for gain, top in zip(gains, ideal, strict=True)))
        )
    ),
}


def _in_floats(problem: BargainingProblem, claimed: Floats, rule: str, weights: Floats) -> Rival:
    ideal, span, unsure = np.zeros((3, len(claimed)))
    for _, raw, rounding in all_gains(problem):
        gains, unsure = _without_rounding(raw, rounding), np.maximum(unsure, rounding.max(axis=0, initial=0.0))
        span = np.maximum(span, np.ptp(np.vstack([gains, 0 * claimed]), axis=0))
        ideal = np.maximum(ideal, gains[(gains >= -rounding).all(axis=1)].max(axis=0, initial=0.0))
    span, claimed = np.where(span > 0, span, 1.0), _without_rounding(claimed, unsure)
    numbers = reference_gains(problem) if rule == "gupta-livne" else weights
    found = Rival(0.0, None, 0, False)
    for indices, raw, rounding in all_gains(problem):
        gains = _without_rounding(raw, rounding)
        rows = np.flatnonzero((gains >= -rounding).all(axis=1))
        gap, deal = found.gap, found.deal
        if len(rows):
            better = _better(gains[rows], rounding[rows], claimed, rule, numbers, ideal, span)
            top = int(better.argmax())
            if deal is None or better[top] > gap:
                gap, deal = float(better[top]), tuple(indices[rows[top]].tolist())
        found = Rival(max(gap, 0.0), deal, found.looked_at + len(indices), False)
    return found


def _without_rounding(gains: Floats, rounding: Floats) -> Floats:
    # A player whose only gains are what rounding left would count as one who can gain.
    return np.where(np.abs(gains) <= rounding, 0.0, gains)


def _better(
    gains: Floats, rounding: Floats, claimed: Floats, rule: str, weights: Floats, ideal: Floats, span: Floats
) -> Floats:
    """Return by how much each rival beats the claim; never more because of what may be rounding."""
    if rule == "no-deal":
        return np.asarray((np.where(gains > rounding, gains, 0.0) / span).max(axis=1))
    if rule == "utilitarian":
        return np.asarray((gains - claimed) @ weights / max(float(weights @ ideal), 1e-300))
    if rule == "nash":
        return np.minimum(*(_more_product(gains, claimed, weights, ideal, zero * ideal) for zero in _ZEROS))
    used = np.flatnonzero(ideal > 0)
    if rule == "equal-loss":
        return _lexicographic(gains - ideal, claimed - ideal, 4 * rounding)
    if rule == "gupta-livne":
        way = np.where(ideal > weights * (1 + TOLERANCE), ideal - weights, ideal)[used]
        start = weights[used]
        return _lexicographic(
            (gains[:, used] - start) / way, (claimed[used] - start) / way, 4 * rounding[:, used] / way
        )
    scales = (ideal if rule == "kalai-smorodinsky" else weights)[used]
    return _lexicographic(gains[:, used] / scales, claimed[used] / scales, 2 * rounding[:, used] / scales)


def _more_product(gains: Floats, claimed: Floats, weights: Floats, ideal: Floats, zero: Floats) -> Floats:
    def value(rows: Floats) -> tuple[Floats, Floats]:
        gaining = rows > zero
        shares = np.where(gaining, rows, 1.0) / np.where(gaining & (ideal > 0), ideal, 1.0)
        return gaining @ weights, np.where(gaining, weights * np.log(shares), 0.0).sum(axis=-1)

    (theirs, products), (mine, product) = value(gains), value(claimed[None])
    more = theirs - mine[0]
    return np.asarray(np.where(np.abs(more) > 1e-12, more, products - product[0]))


def _lexicographic(theirs: Floats, mine: Floats, unsure: Floats) -> Floats:
    """Return the first clear difference of sorted ratios, as a share of the larger of the two."""
    order = theirs.argsort(axis=1)
    ahead = np.take_along_axis(theirs, order, axis=1) - np.sort(mine)
    size = np.maximum(np.take_along_axis(np.abs(theirs), order, axis=1), np.abs(np.sort(mine)))
    share = ahead / np.where(size > 0, size, 1.0)
    clear = (np.abs(share) > TOLERANCE) & (np.abs(ahead) > unsure.max(axis=1, keepdims=True))
    first = clear.argmax(axis=1)
    return np.asarray(np.where(clear.any(axis=1), share[np.arange(len(share)), first], 0.0))


def dominating_rival(problem: BargainingProblem, claim: Claim) -> Rival:
    """Return the deal that gives nobody less than the claim and adds most, as a share of the players' ranges."""
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    exact = problem.exact and claim.exact is not None and deals.num_combinations <= EXACT_DEALS
    found = Rival(0.0, None, 0, exact)
    for indices, raw, rounding in all_gains(problem):
        gains = raw if exact else _without_rounding(raw, rounding)
        span = spans(problem, gains)
        least = np.maximum(_ROUNDING * span, 0.0 if exact else 2 * rounding.max(axis=0, initial=0.0))
        near = np.flatnonzero((gains >= claim.gains - np.maximum(least, 1e-9 * np.abs(claim.gains))).all(axis=1))
        gap, deal = found.gap, found.deal
        for row in near.tolist():
            more = _more(problem, tuple(indices[row].tolist()), gains[row], rounding[row], claim, span, exact)
            if more > gap:
                gap, deal = more, tuple(indices[row].tolist())
        found = Rival(gap, deal, found.looked_at + len(indices), exact)
    return found


def _more(
    problem: BargainingProblem,
    deal: tuple[int, ...],
    gains: Floats,
    rounding: Floats,
    claim: Claim,
    span: Floats,
    exact: bool,
) -> float:
    if exact and claim.exact is not None and problem.exact_disagreement is not None:
        deals = problem.feasible
        assert isinstance(deals, FiniteDeals)
        theirs = [u - d for u, d in zip(deals.exact_payoffs(deal), problem.exact_disagreement, strict=True)]
        if any(a < b for a, b in zip(theirs, claim.exact, strict=True)):
            return 0.0
        return max(float(max(a - b for a, b in zip(theirs, claim.exact, strict=True)) / Fraction(span.max())), 0.0)
    more = _without_rounding(gains - claim.gains, 2 * rounding) / span
    return float(more.max()) if (more >= -_ROUNDING).all() else 0.0
