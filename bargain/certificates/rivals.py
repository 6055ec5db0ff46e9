"""Is there a better deal?  A search that enumerates when there are few deals, and tries many otherwise.

Every rule has its own measure of better, written here from its definition.  Without lotteries and with few deals the
search proves the answer.  Lotteries over few deals are checked by their supporting line (Nash) or by linear programs.
Random deals can refute an answer, but not prove it; and a Kalai-Smorodinsky deal over many or continuous deals is only
tested for being undominated, because its ideal point is not known.  Tested by answers that were changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from bargain.certificates.claims import BY_DEFINITION
from bargain.certificates.late import on_demand
from bargain.certificates.replay import Codes, Replay

__all__ = ["FEW_DEALS", "Answer", "Rival", "better_by", "largest_lottery", "rivals"]

FEW_DEALS = 20_000

_definition_gap, _linprog = on_demand("definitions:definition_gap"), on_demand("fairness:linprog")

_TIE = 1e-11
"""Entries of a lexicographic comparison that differ by less, as a fraction of the largest, are equal."""

_NOTHING = 1e-9
"""A gain below this fraction of the player's largest is no gain."""

_CLEAR = 1e-6
"""A gain above this fraction of the player's largest is one beyond doubt."""

_ROUNDING = 1e-6
"""The smallest range of gains that is not a rounding error, as a fraction of the payoff without a deal."""

Gains = tuple[float, ...]
Rival = tuple[Codes, Gains]


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer; ``mixed`` when lotteries are allowed, ``all`` when every rival is known.

    ``sizes`` are the players' payoffs without a deal: gains that are rounding errors of these are no gains.
    """

    rule: str
    gains: Gains
    weights: Gains
    agreed: bool
    mixed: bool
    all: bool
    sizes: Gains = ()


def rivals(replay: Replay, deals: Iterable[Codes], disagreement: Sequence[float]) -> list[Rival]:
    """Return those deals that keep all limits, each with its gains."""
    listed = list(deals)
    gains = replay.gains(listed, disagreement)
    return [(deal, row) for deal, row in zip(listed, gains, strict=True) if row is not None]


def better_by(answer: Answer, found: Sequence[Rival]) -> tuple[Codes | None, float]:
    """Return the best rival and by how much it is better, 0 when none is."""
    players = range(len(answer.gains))
    least = [_ROUNDING * abs(size) + 1e-300 for size in answer.sizes or answer.gains]
    spans = tuple(max([abs(gains[i]) for _, gains in found] + [abs(answer.gains[i]), least[i]]) for i in players)
    floors = [-1e-12 * span for span in spans]
    rational = [rival for rival in found if all(g >= f for g, f in zip(rival[1], floors, strict=True))]
    if answer.agreed and answer.mixed and answer.all and answer.rule != "nash" and found:
        return None, max(0.0, _lottery_gap(answer, found, spans))
    tangent = answer.agreed and answer.mixed and answer.rule == "nash" and min(answer.gains) > 0
    better = _measure(answer, rational, spans)
    best = max(found if tangent else rational, key=lambda rival: better(rival[1]), default=None)
    return (None, 0.0) if best is None else (best[0], max(0.0, better(best[1])))


def _measure(answer: Answer, rational: Sequence[Rival], spans: Gains) -> Callable[[Gains], float]:
    """Return a function that says by how much an individually rational rival is better (0 or less: not better)."""
    gains, weights = answer.gains, answer.weights

    def dominates(rival: Gains) -> float:
        steps = [(r - g) / s for r, g, s in zip(rival, gains, spans, strict=True)]
        return max(steps) if min(steps) >= 0 else 0.0

    def total(rival: Gains) -> float:
        scale = sum(w * s for w, s in zip(weights, spans, strict=True))
        return sum(w * (r - g) for w, r, g in zip(weights, rival, gains, strict=True)) / scale

    if not answer.agreed:
        return dominates
    if answer.rule == "utilitarian":
        return total
    if answer.rule == "nash" and answer.mixed:
        # The product of gains is log-concave, so its tangent bounds what any mixture with the rival could add.
        return (lambda rival: _tangent(answer, rival)) if min(gains) > 0 else dominates
    if answer.rule == "nash":
        ideal = [max([row[i] for _, row in rational] + [gains[i]]) for i in range(len(gains))]
        able = [value if value > _NOTHING * span else 0.0 for value, span in zip(ideal, spans, strict=True)]
        return lambda rival: _product(answer, rival, able)
    if answer.rule == "egalitarian" and not answer.mixed:
        return lambda rival: _least(answer, rival, [w * max(spans) for w in weights])
    if answer.rule == "kalai-smorodinsky" and answer.all and not answer.mixed:
        ideal = [max([row[i] for _, row in rational] + [0.0]) for i in range(len(gains))]
        scales = [a if a > _NOTHING * s else s for a, s in zip(ideal, spans, strict=True)]
        return lambda rival: _least(answer, rival, scales)
    if answer.rule in ("equal-loss", "gupta-livne") and answer.all and not answer.mixed:
        ideal = [max([row[i] for _, row in rational] + [0.0]) for i in range(len(gains))]
        if answer.rule == "equal-loss":
            return lambda rival: _smallest_loss(answer, rival, ideal, max(spans))
        # A stored result has no reference point but disagreement.
        return lambda rival: _least(
            answer, rival, [a if a > _NOTHING * s else s for a, s in zip(ideal, spans, strict=True)]
        )
    return dominates


def _tangent(answer: Answer, rival: Gains) -> float:
    return sum(w * (r - g) / g for w, r, g in zip(answer.weights, rival, answer.gains, strict=True))


def _product(answer: Answer, rival: Gains, ideal: Sequence[float]) -> float:
    """Compare the weight of those who gain, then the product of their gains; ``ideal`` is 0 for who cannot gain."""
    able = [i for i, value in enumerate(ideal) if value > 0]
    mine = {i for i in able if answer.gains[i] > _NOTHING * ideal[i]}
    theirs = {i for i in able if rival[i] > _NOTHING * ideal[i]}
    if mine != theirs:
        heavier = sum(answer.weights[i] for i in theirs) - sum(answer.weights[i] for i in mine)
        sure = answer.all or all(rival[i] > _CLEAR * ideal[i] for i in able)
        if not sure or abs(heavier) > _TIE:
            return heavier if sure else 0.0
    value = sum(answer.weights[i] * log(rival[i] / ideal[i]) for i in theirs)
    return value - sum(answer.weights[i] * log(answer.gains[i] / ideal[i]) for i in mine)


def _least(answer: Answer, rival: Gains, scales: Sequence[float]) -> float:
    """Compare the smallest share, and where all deals are known the next ones too."""
    mine = sorted(g / s for g, s in zip(answer.gains, scales, strict=True))
    theirs = sorted(r / s for r, s in zip(rival, scales, strict=True))
    if not answer.all:
        return theirs[0] - mine[0]
    near = _TIE * max(1.0, *map(abs, mine))
    return next((t - m for m, t in zip(mine, theirs, strict=True) if abs(t - m) > near), 0.0)


def _smallest_loss(answer: Answer, rival: Gains, ideal: Sequence[float], size: float) -> float:
    """Compare the largest loss from the ideal gains, then the next ones."""
    mine = sorted((g - a) / size for g, a in zip(answer.gains, ideal, strict=True))
    theirs = sorted((r - a) / size for r, a in zip(rival, ideal, strict=True))
    return next((t - m for m, t in zip(mine, theirs, strict=True) if abs(t - m) > _TIE), 0.0)


def _lottery_gap(answer: Answer, found: Sequence[Rival], spans: Gains) -> float:
    """Return by how much the best lottery is better: the sum, or the smallest share of those who can gain."""
    players = range(len(spans))
    if answer.rule in BY_DEFINITION:
        return float(_definition_gap(answer.rule, np.array([gains for _, gains in found]), np.array(answer.gains)))
    rows = [[gains[i] / spans[i] for _, gains in found] for i in players]
    ours = [g / s for g, s in zip(answer.gains, spans, strict=True)]
    ideal = [largest_lottery(rows, [float(i == player) for i in players]) for player in players]
    if answer.rule == "utilitarian":
        prices = [w * s for w, s in zip(answer.weights, spans, strict=True)]
        return (largest_lottery(rows, prices) - sum(p * v for p, v in zip(prices, ours, strict=True))) / sum(prices)
    able = [i for i in players if ideal[i] > _NOTHING]
    if not able:
        return 0.0
    egalitarian = [answer.weights[i] * max(spans) / spans[i] for i in players]
    scales = egalitarian if answer.rule == "egalitarian" else ideal
    largest = largest_lottery(rows, [0.0] * len(spans), [scales[i] if i in able else 0.0 for i in players])
    return largest - min(ours[i] / scales[i] for i in able)


def largest_lottery(
    rows: Sequence[Sequence[float]], prices: Sequence[float], raised: Sequence[float] | None = None
) -> float:
    """Return the most that an individually rational lottery gives at ``prices``, or the most by which it raises all.

    ``rows`` holds for every player the gains of all deals.
    """
    count = len(rows[0])
    cost = [-sum(p * rows[i][k] for i, p in enumerate(prices)) for k in range(count)]
    lift = [] if raised is None else [-1.0]
    above = [[-value for value in each] + ([] if raised is None else [raised[i]]) for i, each in enumerate(rows)]
    total = [[1.0] * count + [0.0] * len(lift)]
    bounds = [(0.0, None)] * count + [(None, None)] * len(lift)
    found = _linprog(cost + lift, above, [0.0] * len(rows), total, [1.0], bounds, "highs")
    return 0.0 if found.fun is None else -float(found.fun)
