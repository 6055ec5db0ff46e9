"""Branch and bound over boxes of all levers together: what no deal exceeds by the objective of a rule.

A box is struck out where a player certainly loses or a limit is certainly broken.  Its bound is the least of: the
objective at the players' largest gains in the box; the Lagrangian there (:mod:`bargain.solutions.lagrangian`), linear
and with squares taken off, each by Taylor's theorem from the middle and from the nearest point to the solution found.
Boxes are split across the lever that adds most to the Lagrangian's bound.  Tested through
:mod:`bargain.solutions.global_bound`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bargain.effort import OutOfTimeError
from bargain.payoffs.jets import Jet, constant, minus, plus, raised, times
from bargain.payoffs.maximum import GRAIN
from bargain.payoffs.ranges import ZERO, Range
from bargain.payoffs.upper_bounds import taylor_bound
from bargain.solutions.enclosed import DealEnclosure, scaled_sum
from bargain.solutions.lagrangian import Lagrangian, Square
from bargain.solutions.landscape import Array
from bargain.solutions.program import Program

__all__ = ["BoxSearch"]

_BATCH = 256
_FEW = 32
_TWO = 2.0


@dataclass(slots=True)
class BoxSearch:
    """Boxes that are not done with, and what is known of those that are.

    Parameters
    ----------
    enclosure : DealEnclosure
        Gains and limits over boxes.
    program : Program
        The objective.
    lagrangian : Lagrangian
        Prices of the best solution so far; may be replaced while the search runs.
    best : array of shape (L,)
        That solution.
    value : float
        Its worth.
    tolerance : float
        By how much a deal may be better without being looked for.
    """

    enclosure: DealEnclosure
    program: Program
    lagrangian: Lagrangian
    best: Array
    value: float
    tolerance: float
    settled: float = -np.inf
    boxes: int = 0
    pool: list[tuple[Array, Array, Array]] = field(default_factory=list)

    def start(self) -> None:
        """Put boxes that hold all deals in the pool."""
        low, high = self.enclosure.roots()
        self.pool = [(low, high, np.full(low.shape[1], np.inf))]

    @property
    def bound(self) -> float:
        """What no deal exceeds; minus infinity when there are no deals."""
        waiting = max((float(bound.max()) for _, _, bound in self.pool if bound.size), default=-np.inf)
        return max(self.settled, waiting)

    @property
    def finished(self) -> bool:
        """Whether no deal is better than the best one by more than the tolerance."""
        return self.bound <= self.value + self.tolerance

    def step(self) -> Array:
        """Look at a batch of boxes with the highest bounds, and return their middles, shape (B, L)."""
        low, high, bound = self._next()
        if not low.shape[1]:
            return low.T
        self.boxes += low.shape[1]
        try:
            with np.errstate(all="ignore"):
                found, weight = self._bounded(low, high)
        except OutOfTimeError:
            self.pool.append((low, high, bound))
            return low[:, :0].T
        bound = np.fmin(bound, found)
        middle = low + (high - low) / 2
        self._split(low, high, bound, weight)
        return middle.T

    def run(self, most: int, expired: Callable[[], bool], look: Callable[[Array], bool]) -> None:
        """Look at boxes until the bound is close, time or boxes run out, or ``look`` at the middles returns true."""
        while self.pool and not self.finished and self.boxes < most and not expired():
            if look(self.step()):
                return

    def _next(self) -> tuple[Array, Array, Array]:
        low, high, bound = (np.concatenate(parts, axis=-1) for parts in zip(*self.pool, strict=True))
        done = bound <= self.value + self.tolerance
        if done.any():
            self.settled = max(self.settled, float(bound[done].max()))
        low, high, bound = low[:, ~done], high[:, ~done], bound[~done]
        order = np.argsort(-bound, kind="stable")
        now, later = order[:_BATCH], order[_BATCH:]
        self.pool = [(low[:, later], high[:, later], bound[later])] if later.size else []
        return low[:, now], high[:, now], bound[now]

    def _bounded(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return bounds of the objective over boxes (minus infinity where there is no deal), and weights of levers."""
        moving, count = self.enclosure.moving, low.shape[1]
        middle, near = low + (high - low) / 2, np.clip(self.best[:, None], low, high)
        over = _Jets.over(self.enclosure, low, high, 2)
        both = np.concatenate([middle, near], axis=1)
        at = _Jets.over(self.enclosure, both, both, 1)
        at_middle, at_near = at.part(slice(count)), at.part(slice(count, 2 * count))
        tops = np.array(
            [self._top(jet, here, low, high, middle) for jet, here in zip(over.gains, at_middle.gains, strict=True)]
        )
        alive = self._alive(over, at_middle, tops, low, high, middle)
        bound = self.program.worth(np.maximum(tops, 0.0).T)
        bound = np.where(np.isnan(bound), np.inf, bound)
        spread = self._spread(tops)
        squares = [_weight(square, over, spread) for square in self.lagrangian.squares]
        whole = _Lagrangians(self.lagrangian, squares, over)
        here = _Lagrangians(self.lagrangian, squares, at_near)
        mid = _Lagrangians(self.lagrangian, squares, at_middle)
        bound = np.fmin(bound, taylor_bound(here.linear, whole.linear, moving, low, high, near))
        bound = np.fmin(bound, taylor_bound(here.curved, whole.curved, moving, low, high, near))
        bound = np.fmin(bound, taylor_bound(mid.curved, whole.curved, moving, low, high, middle))
        weight = _contributions(here.linear, whole.linear, moving, low, high, near)
        return np.where(alive, bound, -np.inf), self._weights(weight, over, low, high)

    def _top(self, over: Jet, at: Jet, low: Array, high: Array, middle: Array) -> Array:
        """Return upper ends over boxes."""
        found = taylor_bound(at, over, self.enclosure.moving, low, high, middle)
        return np.asarray(np.fmin(np.broadcast_to(over.value.high, found.shape), found))

    def _alive(self, over: _Jets, at: _Jets, tops: Array, low: Array, high: Array, middle: Array) -> NDArray[np.bool_]:
        """Return which boxes may hold a deal that keeps promises and limits."""
        rows = self.program.rows
        # Nobody loses by a deal, also those who are raised together.
        floors = np.where(self.program.scales[rows] > 0, 0.0, self.program.floors[rows])
        alive: NDArray[np.bool_] = np.asarray((tops[rows] >= floors[:, None]).all(axis=0))
        for place, limit in over.limits.items():
            alive &= self._top(limit, at.limits[place], low, high, middle) >= 0
            if self.enclosure.landscape.equality[place]:
                alive &= self._top(minus(limit), minus(at.limits[place]), low, high, middle) >= 0
        return alive

    def _spread(self, tops: Array) -> Array:
        """Return how far the greatest share may be above the least, in deals that are better than the best so far."""
        raised = self.program.raised
        if not raised.size:
            return np.zeros(tops.shape[1])
        shares = (tops[raised] - self.program.floors[raised, None]) / self.program.scales[raised, None]
        return np.asarray(np.maximum(shares.max(axis=0) - self.value, 0.0))

    def _weights(self, contributions: Array, over: _Jets, low: Array, high: Array) -> Array:
        """Return how much is won by splitting each lever: its part of the Lagrangian's bound, else of all functions."""
        moving = self.enclosure.moving
        rough = np.zeros_like(contributions)
        prices = np.abs(self.lagrangian.gain) + 1e-3
        for row, k in enumerate(moving):
            for i, jet in enumerate(over.gains):
                rough[row] += _size(jet.slopes.get(k, ZERO)) * prices[i] * (high[k] - low[k])
            for place, jet in over.limits.items():
                price = abs(self.lagrangian.limit[place]) + 1e-3
                rough[row] += _size(jet.slopes.get(k, ZERO)) * price * (high[k] - low[k])
        total = contributions.sum(axis=0)
        usable = np.isfinite(total) & (total > self.tolerance)
        return np.where(usable, contributions + 1e-9 * np.fmin(rough, 1e9), np.fmin(rough, 1e300))

    def _split(self, low: Array, high: Array, bound: Array, weight: Array) -> None:
        """Halve the boxes that are not done with; what cannot be halved keeps its bound."""
        done = bound <= self.value + self.tolerance
        if done.any():
            self.settled = max(self.settled, float(bound[done].max()))
        low, high, bound, weight = low[:, ~done], high[:, ~done], bound[~done], weight[:, ~done]
        if not bound.size:
            return
        moving = np.array(self.enclosure.moving, dtype=int)
        middle = low + (high - low) / 2
        grain = (GRAIN * 1e2 * self.enclosure.width)[:, None]
        splits = (middle > low) & (middle < high) & (high - low > grain)
        chosen = np.where(splits[moving], weight + 1e-300 + 1e-12 * weight.max(axis=0, initial=0.0), -1.0)
        whole = chosen.max(axis=0, initial=-1.0) < 0
        if whole.any():
            self.settled = max(self.settled, float(bound[whole].max()))
        low, high, bound, middle = low[:, ~whole], high[:, ~whole], bound[~whole], middle[:, ~whole]
        if not bound.size:
            return
        weight = weight[:, ~whole]
        place, columns = chosen[:, ~whole].argmax(axis=0), np.arange(bound.size)
        lever = moving[place]
        lower, upper = high.copy(), low.copy()
        lower[lever, columns] = upper[lever, columns] = middle[lever, columns]
        weight[place, columns] /= 2
        low, high = np.concatenate([low, upper], axis=1), np.concatenate([lower, high], axis=1)
        bound, weight = np.concatenate([bound, bound]), np.concatenate([weight, weight], axis=1)
        if bound.size < _FEW:
            # So few boxes cost no more than one: the next split is made at once.
            self._split(low, high, bound, weight)
        else:
            self.pool.append((low, high, bound))


class _Jets:
    """Gains and limits over boxes, each worked out once."""

    def __init__(self, gains: list[Jet], limits: dict[int, Jet]) -> None:
        self.gains, self.limits = gains, limits

    @classmethod
    def over(cls, enclosure: DealEnclosure, low: Array, high: Array, order: int) -> _Jets:
        """Return the jets over boxes."""
        players = range(enclosure.landscape.payoff_unit.size)
        gains = [enclosure.gain(player, low, high, order) for player in players]
        return cls(gains, {place: enclosure.limit(place, low, high, order) for place in enclosure.known})

    def part(self, boxes: slice) -> _Jets:
        """Return the jets over some of the boxes."""
        limits = {place: jet.part(boxes) for place, jet in self.limits.items()}
        return _Jets([jet.part(boxes) for jet in self.gains], limits)

    def combined(self, gain: Array, limit: Array, shift: float) -> Jet:
        """Return a weighted sum."""
        parts = [(float(gain[i]), self.gains[i]) for i in np.flatnonzero(gain)]
        # A limit without a formula is left out: what it would add is not negative where it is kept.
        parts += [(float(limit[k]), jet) for k, jet in self.limits.items() if limit[k]]
        return scaled_sum(parts, shift)


class _Lagrangians:
    """The Lagrangian, linear and with squares taken off; the weights of the squares belong to boxes."""

    def __init__(self, lagrangian: Lagrangian, weights: list[Array], jets: _Jets) -> None:
        self.linear = self.curved = jets.combined(lagrangian.gain, lagrangian.limit, lagrangian.constant)
        for square, weight in zip(lagrangian.squares, weights, strict=True):
            line = jets.combined(square.gain, square.limit, square.constant)
            taken = times(Jet(Range(weight, weight), order=2), raised(line, constant(_TWO)))
            self.curved = plus(self.curved, minus(taken))


def _weight(square: Square, over: _Jets, spread: Array) -> Array:
    """Return the weight of a square over boxes."""
    if square.spread:
        return square.weight(np.zeros_like(spread), spread)
    line = over.combined(square.gain, square.limit, square.constant).value
    low, high = (np.broadcast_to(end, spread.shape) for end in line)
    return square.weight(low, high)


def _contributions(at: Jet, over: Jet, moving: tuple[int, ...], low: Array, high: Array, point: Array) -> Array:
    """Return what every lever may add to a function on the way from a point."""
    found = np.zeros((len(moving), low.shape[1]))
    for row, k in enumerate(moving):
        width = high[k] - low[k]
        slope = at.slopes.get(k, ZERO)
        found[row] = _rise(slope.high, high[k] - point[k]) + _rise(-slope.low, point[k] - low[k])
        for other in moving:
            bend = over.bends.get((min(k, other), max(k, other)), ZERO)
            size = np.maximum(bend.high, 0.0) if other == k else _size(bend)
            found[row] += np.where(width > 0, size * width * (high[other] - low[other]) / 2, 0.0)
    return found


def _rise(slope: Array, reach: Array) -> Array:
    return np.asarray(np.where(reach > 0, np.maximum(slope, 0.0) * reach, 0.0))


def _size(item: Range) -> Array:
    return np.asarray(np.maximum(np.abs(item.low), np.abs(item.high)))
