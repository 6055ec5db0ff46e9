r"""The maximum of a function over boxes, between rigorous bounds: interval branch and bound.

Over a box the function is bounded from above by interval arithmetic on itself and by Taylor's theorem
(:mod:`bargain.payoffs.upper_bounds`), and the least bound counts.  Where a slope keeps its sign, only the better end of
that lever is kept.  A box whose bound does not exceed the best value found by more than the tolerance is done with;
others are split.  Nothing is assumed about concavity or smoothness.  Source: Hansen and Walster (2004), Global
Optimization Using Interval Analysis, chapters 11 and 12.  Tested against dense sampling and closed forms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bargain.effort import OutOfTimeError
from bargain.payoffs.jets import Jet
from bargain.payoffs.ranges import ZERO
from bargain.payoffs.upper_bounds import taylor_bound

__all__ = ["GRAIN", "MOST_BOXES", "Enclosed", "Maximisation", "Maximum"]

Array = NDArray[np.float64]

MOST_BOXES = 200_000
"""Boxes that are looked at before the bound reached is reported."""

GRAIN = 1e-14
"""Boxes that are this small a part of the range are not split any further."""

_BATCH = 1024
_FEW = 16


class Enclosed(Protocol):
    """A function of L levers that gives bounds over boxes, as :class:`bargain.payoffs.enclosure.Formula` does."""

    def over(self, low: Array, high: Array, moving: Sequence[int] = (), order: int = 0) -> Jet:
        """Return bounds of the value and its derivatives over boxes, arrays of shape (L, B).

        May raise OutOfTimeError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Maximum:
    """The best point found, what the function is worth there at least, and what it exceeds nowhere.

    Parameters
    ----------
    levels : tuple of float
        All L levels of the best point.
    low : float
        The value there is at least this.
    high : float
        The value is nowhere more than this; infinite when it could not be bounded.
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


@dataclass(slots=True)
class Maximisation:
    """Boxes still to be looked at, with their bounds, and the best point so far.

    Parameters
    ----------
    function : Enclosed
        What is maximised.
    own : tuple of int
        The levers that move.
    best : array of shape (L,)
        A point; what does not move stays as it is there.
    grain : array of shape (L,)
        Boxes with sides no longer than this are not split any further.
    """

    function: Enclosed
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
        jet = self.function.over(points, points, self.own, order=1)
        least = np.broadcast_to(jet.value.low, points.shape[1:])
        place = int(np.argmax(np.where(np.isnan(least), -np.inf, least)))
        if least[place] > self.value:
            self.value, self.best = float(least[place]), points[:, place].copy()
        return jet

    def run(
        self,
        tolerance: float,
        most: int = MOST_BOXES,
        standing: float = np.inf,
        expired: Callable[[], bool] | None = None,
    ) -> Maximum:
        """Split boxes until the bounds are close, or time or boxes run out.

        Parameters
        ----------
        tolerance : float
            How close the bounds shall come.
        most : int
            Boxes that may be looked at.
        standing : float
            Once a point is better than this by more than the tolerance, a hundredth of the boxes is enough.
        expired : callable, optional
            Whether time is up.
        """
        out_of_time = False
        while self.pool and not out_of_time:
            if self.boxes >= (most if self.value <= standing + tolerance else most // 100):
                break
            low, high, before = self._next(tolerance)
            if not low.shape[1]:
                continue
            self.boxes += low.shape[1]
            try:
                bound, smear, low, high = self._bounded(low, high)
            except OutOfTimeError:
                self.add(low, high, before)
                break
            open_box = bound > self.value + tolerance
            if (~open_box).any():
                self.settled = max(self.settled, float(bound[~open_box].max()))
            self._split(low[:, open_box], high[:, open_box], bound[open_box], smear[:, open_box])
            out_of_time = expired is not None and expired()
        waiting = max((float(bound.max()) for _, _, bound in self.pool if bound.size), default=-np.inf)
        top = max(self.settled, waiting, self.value)
        done = top <= self.value + tolerance
        return Maximum(tuple(self.best.tolist()), self.value, top, bool(done), self.boxes)

    def _next(self, tolerance: float) -> tuple[Array, Array, Array]:
        """Take the boxes with the highest bounds out of the pool, with these bounds."""
        low, high, bound = (np.concatenate(parts, axis=-1) for parts in zip(*self.pool, strict=True))
        done = bound <= self.value + tolerance
        if done.any():
            self.settled = max(self.settled, float(bound[done].max()))
        low, high, bound = low[:, ~done], high[:, ~done], bound[~done]
        order = np.argsort(-bound, kind="stable")
        now, later = order[:_BATCH], order[_BATCH:]
        self.pool = [(low[:, later], high[:, later], bound[later])] if later.size else []
        return low[:, now], high[:, now], bound[now]

    def _bounded(self, low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
        """Return bounds of the payoff over boxes, how much each lever contributes, and the boxes, narrowed."""
        count = low.shape[1]
        jet = self.function.over(low, high, self.own, order=2)
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
            again = self.function.over(low[:, narrowed], high[:, narrowed]).value.high
            bound[narrowed] = np.fmin(bound[narrowed], again)
        with np.errstate(all="ignore"):
            points = low + (high - low) / 2, np.clip(self.best[:, None], low, high)
            seen = self.see(np.concatenate(points, axis=1))
            for half, point in enumerate(points):
                at = seen.part(slice(half * count, (half + 1) * count))
                bound = np.fmin(bound, taylor_bound(at, jet, self.own, low, high, point))
        return bound, smear, low, high

    def _split(self, low: Array, high: Array, bound: Array, smear: Array) -> None:
        """Halve boxes along the lever that contributes most; what cannot be halved stays as it is."""
        count = low.shape[1]
        if not count:
            return
        own = np.array(self.own, dtype=int)
        middle = low + (high - low) / 2
        splits = (middle > low) & (middle < high) & (high - low > self.grain[:, None])
        weight = np.where(splits[own], smear + 1e-300, -1.0) if own.size else np.full((1, count), -1.0)
        lever = own[weight.argmax(axis=0)] if own.size else np.zeros(count, dtype=int)
        whole = weight.max(axis=0) < 0
        if whole.any():
            self.settled = max(self.settled, float(bound[whole].max()))
        kept = ~whole
        low, high, bound, smear = low[:, kept], high[:, kept], bound[kept], smear[:, kept]
        halves = _halved(low, high, bound, smear, lever[kept], own)
        if halves[2].size and halves[2].size < _FEW:
            # So few boxes cost no more than one: the next split is made at once.
            self._split(*halves)
        else:
            self.add(*halves[:3])


def _halved(
    low: Array, high: Array, bound: Array, smear: Array, lever: NDArray[np.int_], own: NDArray[np.int_]
) -> tuple[Array, Array, Array, Array]:
    """Return both halves of every box across its lever, with their bounds and what every lever contributes."""
    columns = np.arange(bound.size)
    middle = (low + (high - low) / 2)[lever, columns]
    lower, upper = high.copy(), low.copy()
    lower[lever, columns] = upper[lever, columns] = middle
    left = np.where(own[:, None] == lever, smear / 2, smear) if own.size else smear
    return (
        np.concatenate([low, upper], axis=1),
        np.concatenate([lower, high], axis=1),
        np.concatenate([bound, bound]),
        np.concatenate([left, left], axis=1),
    )
