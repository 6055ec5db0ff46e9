r"""The most that a player can get by any deviation of its own, between rigorous bounds: interval branch and bound.

Over a box of the player's own levels the payoff is bounded from above in several ways, and the least counts:

1. by interval arithmetic on the formula itself;
2. by the mean value theorem from a point :math:`p`, with bounds of the slopes over the box;
3. by Taylor's theorem to second order, with bounds of the curvature (off the diagonal by
   :math:`|h_{ij} d_i d_j| \le |h_{ij}| (d_i^2 w_j/w_i + d_j^2 w_i/w_j)/2`), so that near a smooth maximum no cluster of
   boxes is left over;
4. where the payoff is concave in the box, by its tangent.

Where a slope keeps its sign, only the better end of that lever is kept.  A box whose bound does not exceed the best
payoff found by more than the tolerance is done with; others are split.  Nothing is assumed about concavity or
smoothness.  Source: Hansen and Walster (2004), Global Optimization Using Interval Analysis, chapters 11 and 12.
Tested against dense sampling and closed forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.search import Search
from bargain.games.continuous_game import ContinuousGame
from bargain.payoffs.enclosure import Formula
from bargain.payoffs.jets import Jet
from bargain.payoffs.ranges import ZERO, Range, add, multiply

__all__ = ["MOST_BOXES", "BestReply", "best_reply"]

Array = NDArray[np.float64]

MOST_BOXES = 200_000
"""Boxes that are looked at for one player at one profile before the bound reached is reported."""

_BATCH = 1024
_GRAIN = 1e-14
"""Boxes that are this small a part of the interval are not split any further."""

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class BestReply:
    """The best deviation found, what it pays at least, and what no deviation exceeds.

    Parameters
    ----------
    levels : tuple of float
        All L levels, the player's own replaced by the best found.
    low : float
        The payoff there is at least this.
    high : float
        No levels of the player pay more than this; infinite when the payoff could not be bounded.
    finished : bool
        Whether ``high - low`` is within the tolerance.
    boxes : int
        How many boxes were looked at.
    """

    levels: tuple[float, ...]
    low: float
    high: float
    finished: bool
    boxes: int


def best_reply(
    game: ContinuousGame,
    player: int,
    levels: Sequence[float],
    tolerance: float,
    search: Search | None = None,
    also: Iterable[Sequence[float]] = (),
    most: int = MOST_BOXES,
    standing: float | None = None,
) -> BestReply:
    """Bound what a player can get against the others' levels.

    Parameters
    ----------
    game : ContinuousGame
        The game.
    player : int
        Who deviates.
    levels : sequence of L floats
        Levels of all players.
    tolerance : float
        How close the bounds shall come, in payoff units.
    search : Search, optional
        The clock.
    also : sequence of sequences of L floats
        Further profiles of which the player's own levels are tried.
    most : int
        Boxes that may be looked at.
    standing : float, optional
        What the player gets at ``levels`` at most.  Once that is beaten, a hundredth of the boxes is enough.

    Returns
    -------
    BestReply
        When time or boxes run out, ``high`` is the bound reached by then.

    Examples
    --------
    The best reply of a Cournot duopolist to 4 is 4 where demand is 12 less the sum:

    >>> duopoly = ContinuousGame.from_formulas(
    ...     ["A", "B"], {"a": ("A", 0, 12), "b": ("B", 0, 12)}, {"A": "a*(12 - a - b)", "B": "b*(12 - a - b)"}
    ... )
    >>> reply = best_reply(duopoly, 0, [1.0, 4.0], 1e-9)
    >>> round(reply.levels[0], 4), round(reply.high, 6)
    (4.0, 16.0)
    """
    lower, upper = game.box
    work = _Work(game.payoffs[player], game.owned(player), np.array(levels, dtype=float), _GRAIN * (upper - lower))
    for other in (levels, *also):
        point = work.best.copy()
        mine = [place for place, lever in enumerate(game.levers) if lever.owner == player]
        point[mine] = np.asarray(other, dtype=float)[mine]
        work.see(point[:, None])
    roots = []
    for chosen in game.choices(player):
        low, high = np.array(levels, dtype=float), np.array(levels, dtype=float)
        for place in work.own:
            low[place], high[place] = lower[place], upper[place]
        for place, level in chosen.items():
            low[place] = high[place] = level
        roots.append((low, high))
    low, high = (np.array(ends).T for ends in zip(*roots, strict=True))
    work.add(low, high, np.full(low.shape[1], np.inf))
    return work.run(tolerance, search, most, np.inf if standing is None else standing)


@dataclass(slots=True)
class _Work:
    """Boxes still to be looked at, with their bounds, and the best point so far."""

    formula: Formula
    own: tuple[int, ...]
    best: Array
    grain: Array
    value: float = -np.inf
    settled: float = -np.inf
    boxes: int = 0
    pool: list[tuple[Array, Array, Array]] = field(default_factory=list)

    def add(self, low: Array, high: Array, bound: Array) -> None:
        """Put boxes in the pool."""
        self.pool.append((low, high, bound))

    def see(self, points: Array) -> Jet:
        """Look at points of shape (L, B), remember the best, and return values and slopes there."""
        jet = self.formula.over(points, points, self.own, order=1)
        least = np.broadcast_to(jet.value.low, points.shape[1:])
        place = int(np.argmax(np.where(np.isnan(least), -np.inf, least)))
        if least[place] > self.value:
            self.value, self.best = float(least[place]), points[:, place].copy()
        return jet

    def run(self, tolerance: float, search: Search | None, most: int, standing: float) -> BestReply:
        """Split boxes until the bounds are close, or time or boxes run out."""
        out_of_time = False
        while self.pool and not out_of_time:
            if self.boxes >= (most if self.value <= standing + tolerance else most // 100):
                break
            low, high = self._next(tolerance)
            if not low.shape[1]:
                continue
            self.boxes += low.shape[1]
            bound, smear, low, high = self._bounded(low, high)
            open_box = bound > self.value + tolerance
            if (~open_box).any():
                self.settled = max(self.settled, float(bound[~open_box].max()))
            self._split(low[:, open_box], high[:, open_box], bound[open_box], smear[:, open_box])
            out_of_time = search is not None and search.expired
        waiting = max((float(bound.max()) for _, _, bound in self.pool if bound.size), default=-np.inf)
        top = max(self.settled, waiting, self.value)
        done = top <= self.value + tolerance
        return BestReply(tuple(self.best.tolist()), self.value, top, bool(done), self.boxes)

    def _next(self, tolerance: float) -> tuple[Array, Array]:
        """Take the boxes with the highest bounds out of the pool."""
        low, high, bound = (np.concatenate(parts, axis=-1) for parts in zip(*self.pool, strict=True))
        done = bound <= self.value + tolerance
        if done.any():
            self.settled = max(self.settled, float(bound[done].max()))
        low, high, bound = low[:, ~done], high[:, ~done], bound[~done]
        order = np.argsort(-bound, kind="stable")
        now, later = order[:_BATCH], order[_BATCH:]
        self.pool = [(low[:, later], high[:, later], bound[later])] if later.size else []
        return low[:, now], high[:, now]

    def _bounded(self, low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
        """Return bounds of the payoff over boxes, how much each lever contributes, and the boxes, narrowed."""
        count = low.shape[1]
        jet = self.formula.over(low, high, self.own, order=2)
        low, high = low.copy(), high.copy()
        smear, narrowed = np.zeros((len(self.own), count)), np.zeros(count, dtype=bool)
        for row, lever in enumerate(self.own):
            slope = jet.slopes.get(lever, ZERO)
            rising, falling = np.broadcast_to(slope.low >= 0, count), np.broadcast_to(slope.high <= 0, count)
            size = np.broadcast_to(np.maximum(np.abs(slope.low), np.abs(slope.high)), count)
            narrowed |= (rising | falling) & (low[lever] < high[lever])
            low[lever] = np.where(rising, high[lever], low[lever])
            high[lever] = np.where(falling & ~rising, low[lever], high[lever])
            smear[row] = np.minimum(size, 1e300) * (high[lever] - low[lever])
        bound = np.broadcast_to(jet.value.high, count).copy()
        if narrowed.any():
            again = self.formula.over(low[:, narrowed], high[:, narrowed]).value.high
            bound[narrowed] = np.fmin(bound[narrowed], again)
        with np.errstate(all="ignore"):
            for points in (low + (high - low) / 2, np.clip(self.best[:, None], low, high)):
                found = _taylor(self.see(points), jet, self.own, low, high, points)
                bound = np.fmin(bound, np.where(np.isnan(found), np.inf, found))
        return bound, smear, low, high

    def _split(self, low: Array, high: Array, bound: Array, smear: Array) -> None:
        """Halve boxes along the lever that contributes most; what cannot be halved stays as it is."""
        count = low.shape[1]
        if not count:
            return
        columns = np.arange(count)
        own = np.array(self.own, dtype=int)
        middle = low + (high - low) / 2
        splits = (middle > low) & (middle < high) & (high - low > self.grain[:, None])
        weight = np.where(splits[own], smear + 1e-300, -1.0) if own.size else np.full((1, count), -1.0)
        lever = own[weight.argmax(axis=0)] if own.size else np.zeros(count, dtype=int)
        whole = weight.max(axis=0) < 0
        if whole.any():
            self.settled = max(self.settled, float(bound[whole].max()))
        lower, upper = high.copy(), low.copy()
        lower[lever, columns] = middle[lever, columns]
        upper[lever, columns] = middle[lever, columns]
        kept = ~whole
        self.add(
            np.concatenate([low[:, kept], upper[:, kept]], axis=1),
            np.concatenate([lower[:, kept], high[:, kept]], axis=1),
            np.concatenate([bound[kept], bound[kept]]),
        )


def _taylor(at: Jet, jet: Jet, own: Sequence[int], low: Array, high: Array, points: Array) -> Array:
    """Return the least of the bounds from the mean value theorem, from the second order, and from concavity."""
    away = {k: Range(np.nextafter(low[k] - points[k], -np.inf), np.nextafter(high[k] - points[k], np.inf)) for k in own}
    away = {k: Range(np.minimum(d.low, 0.0), np.maximum(d.high, 0.0)) for k, d in away.items()}
    mean = at.value
    for k in own:
        mean = add(mean, multiply(jet.slopes.get(k, ZERO), away[k]))
    width = {k: high[k] - low[k] for k in own}
    second = tangent = at.value
    for k in own:
        slope = at.slopes.get(k, ZERO)
        curve = _curvature(jet, k, own, width)
        second = add(second, Range(0.0, _most_of_parabola(slope, curve, away[k])))
        tangent = add(tangent, Range(0.0, _most_of_parabola(slope, np.zeros_like(curve), away[k])))
    bound = np.fmin(mean.high, second.high)
    if len(own) > 1:
        bound = np.where(_concave(jet, own, width), np.fmin(bound, tangent.high), bound)
    result: Array = bound
    return result


def _curvature(jet: Jet, k: int, own: Sequence[int], width: dict[int, Array]) -> Array:
    """Return an upper bound of the curvature along a lever, with those across shared out to the two levers."""
    total = np.broadcast_to(jet.bends.get((k, k), ZERO).high, width[k].shape)
    for other in own:
        bend = jet.bends.get((min(k, other), max(k, other)))
        if other == k or bend is None:
            continue
        size = np.maximum(np.abs(bend.low), np.abs(bend.high))
        share = size * (width[other] / width[k])
        # Along a lever that stands still nothing is added.
        share = np.where((width[other] == 0) | (width[k] == 0) | (size == 0), 0.0, share)
        total = total + share * (1 + 4 * _EPS)
    total = total + 4 * len(own) * _EPS * np.abs(total)
    return np.where(np.isnan(total), np.inf, total)


def _most_of_parabola(slope: Range, curve: Array, away: Range) -> Array:
    """Return an upper bound of ``slope*d + curve*d^2/2`` over the distances ``away``, which hold 0."""
    return np.maximum(_half(slope.high, curve, away.high), _half(-slope.low, curve, -away.low))


def _half(slope: Array, curve: Array, reach: Array) -> Array:
    """Return the bound for distances from 0 to ``reach``, with room for rounding."""
    end = slope * reach + curve * reach * reach / 2
    error = 8 * _EPS * (np.abs(slope) * reach + np.abs(curve) * reach * reach)
    peak = slope * slope / (-2 * curve) * (1 + 8 * _EPS)
    inside = (curve < 0) & (slope > 0) & (slope <= -curve * reach)
    most = np.where(inside, peak, np.where(np.isnan(end), np.inf, end + error))
    most = np.where((slope <= 0) & (curve <= 0), 0.0, most)
    return np.where(reach > 0, np.maximum(most, 0.0), 0.0)


def _concave(jet: Jet, own: Sequence[int], width: dict[int, Array]) -> NDArray[np.bool_]:
    """Return in which boxes the payoff is proved concave in the player's own levers."""
    count, size = width[own[0]].shape[0], len(own)
    middle, radius = np.zeros((count, size, size)), np.zeros((count, size, size))
    for a, one in enumerate(own):
        for b, other in enumerate(own):
            bend = jet.bends.get((min(one, other), max(one, other)), ZERO)
            scale = width[one] * width[other]
            middle[:, a, b] = (bend.low + bend.high) / 2 * scale
            radius[:, a, b] = np.where(scale > 0, (bend.high - bend.low) / 2 * scale, 0.0)
    known: NDArray[np.bool_] = np.asarray(np.isfinite(middle + radius).all(axis=(1, 2)))
    middle, radius = np.where(known[:, None, None], middle, 0.0), np.where(known[:, None, None], radius, 0.0)
    top = np.linalg.eigvalsh(middle)[:, -1]
    room = radius.sum(axis=2).max(axis=1) + 1e-12 * np.abs(middle).sum(axis=(1, 2))
    proved: NDArray[np.bool_] = known & (top + room < 0)
    return proved
