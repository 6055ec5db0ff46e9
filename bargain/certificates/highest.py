r"""The highest value of a formula over levels, by branch and bound on its tree, many boxes at a time.

Over a box the value is bounded by intervals (:class:`bargain.certificates.enclosures.Boxes`) and, where the tree has
slopes, by Taylor's theorem: :math:`f(p) + \sum_k (g_k d_k + c_k d_k^2/2)`, with :math:`c_k` the largest curvature of
row k.  The boxes at the start hold all levels, and what a box is split into holds all levels of the box; a finite lever
is split between two of its levels.  Tested against dense sampling, and through :mod:`bargain.certificates.bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.enclosures import Boxes, Ends
from bargain.certificates.slopes import NoSlopeError, slope
from bargain.scenario.document import Lever
from bargain.scenario.expression import Expression, Number, depth, evaluate, size

__all__ = ["Part", "Pool", "at_levels", "highest", "slopes_of"]

Floats = NDArray[np.float64]
Bounded = tuple[Floats, Floats, Floats, Floats]

MOST_BOXES = 20_000
"""Boxes that are looked at for one part."""

_BATCH, _FEW = 256, 32
_MOST_STARTS = 2_000
_ROUND = 2.0**-46
_DEEPEST, _LONGEST = 120, 50_000
"""Trees beyond these are not bounded, so that Python's stack is enough."""


@dataclass(frozen=True)
class Part:
    """A formula in some levers."""

    tree: Expression
    levers: tuple[Lever, ...]

    def value(self, at: Mapping[str, float]) -> float:
        """Return the value at a level of every lever."""
        return float(evaluate(self.tree, dict(at)))

    @cached_property
    def moving(self) -> list[int]:
        """The places of levers that are not set one level at a time from the start."""
        return [k for k, lever in enumerate(self.levers) if lever.lower < lever.upper and k not in self._laid]

    @cached_property
    def _laid(self) -> frozenset[int]:
        finite = [k for k, lever in enumerate(self.levers) if lever.codes is not None]
        count = math.prod(len(self.levers[k].codes or ()) for k in finite)
        return frozenset(finite if count <= _MOST_STARTS else ())

    @cached_property
    def slopes(self) -> list[Expression] | None:
        """The slopes in the moving levers, or None where there are none."""
        return slopes_of(self.tree, [self.levers[k].name for k in self.moving])

    @cached_property
    def bends(self) -> list[list[Expression]] | None:
        """The second derivatives, or None where there are none."""
        moving = [self.levers[k].name for k in self.moving]
        rows = [slopes_of(each, moving) for each in self.slopes or ()]
        return None if self.slopes is None or None in rows else [row for row in rows if row is not None]

    @cached_property
    def bounded(self) -> bool:
        """Whether the tree is short enough to be bounded."""
        return size(self.tree) <= _LONGEST and depth(self.tree) <= _DEEPEST

    def starts(self) -> tuple[Floats, Floats]:
        """Return boxes (L, B) that hold all levels together."""
        sides = [
            [(code, code) for code in lever.codes] if k in self._laid and lever.codes else [(lever.lower, lever.upper)]
            for k, lever in enumerate(self.levers)
        ]
        ends = np.array(list(product(*sides)), float).reshape(-1, len(self.levers), 2)
        return ends[:, :, 0].T.copy(), ends[:, :, 1].T.copy()

    def boxes(self, low: Floats, high: Floats) -> Boxes:
        """Return boxes (L, B) as intervals of names."""
        return Boxes({lever.name: (low[k], high[k]) for k, lever in enumerate(self.levers)})

    def most(self, low: Floats, high: Floats, near: Sequence[float]) -> Bounded:
        """Return what the value does not exceed over boxes (B,), how much each lever moves it (L, B), and the boxes.

        Levers along which the value only rises or falls are set to the end where it is highest.
        """
        width = high - low
        share = width / np.array([[(lever.upper - lever.lower) or 1.0] for lever in self.levers])
        if not self.bounded:
            return np.full(low.shape[1], np.inf), share, low, high
        if self.slopes is None or not self.moving:
            return _wide(self.boxes(low, high).bounds(self.tree)[1], low), share, low, high
        whole = self.boxes(low, high)
        steep = [whole.bounds(each) for each in self.slopes]
        low, high = low.copy(), high.copy()
        for k, (down, up) in zip(self.moving, steep, strict=True):
            # Along a slope of one sign the value is highest at an end.
            rising, falling = np.broadcast_to(down >= 0, low[k].shape), np.broadcast_to(up <= 0, low[k].shape)
            low[k], high[k] = np.where(rising, high[k], low[k]), np.where(falling & ~rising, low[k], high[k])
        ends = self.boxes(low, high)
        point = np.clip(np.array(near)[:, None], low, high)
        here = self.boxes(point, point)
        start = here.bounds(self.tree)[1]
        reach = [(low[k] - point[k], high[k] - point[k]) for k in self.moving]
        rises = [_rise(each, 0.0, far) for each, far in zip(steep, reach, strict=True)]
        total = start + np.sum(rises, axis=0)
        if self.bends is not None:
            curves = self._curves(ends, low, high)
            slopes = [here.bounds(each) for each in self.slopes]
            bent = [_rise(g, c, far) for g, c, far in zip(slopes, curves, reach, strict=True)]
            total = np.fmin(total, start + np.sum(bent, axis=0))
        total = total + _ROUND * (np.abs(total) + np.abs(start))
        weight = np.zeros_like(low)
        for k, each in zip(self.moving, rises, strict=True):
            weight[k] = np.where(np.isfinite(each) & (share[k] > 0), each, share[k] * 1e300)
        most = np.fmin(_wide(ends.bounds(self.tree)[1], low), np.where(np.isnan(total), np.inf, total))
        share = (high - low) / np.array([[(lever.upper - lever.lower) or 1.0] for lever in self.levers])
        weight = weight + 1e-12 * weight.max(axis=0, initial=0.0) * share + 1e-300 * share
        return most, weight, low, high

    def _curves(self, ends: Boxes, low: Floats, high: Floats) -> list[Floats]:
        """Return the largest curvature of each row: the diagonal, and cross terms in proportion to the sides."""
        assert self.bends is not None
        width = (high - low)[self.moving]
        found = []
        for row, bends in enumerate(self.bends):
            total = _wide(ends.bounds(bends[row])[1], low)
            for column, each in enumerate(bends):
                if column == row or (isinstance(each, Number) and each.value == 0):
                    continue
                down, up = ends.bounds(each)
                ratio = width[column] / np.where(width[row] > 0, width[row], 1.0)
                cross = np.maximum(np.abs(down), np.abs(up)) * ratio
                total = total + np.where((width[row] > 0) & (width[column] > 0), cross, 0.0)
            found.append(total)
        return found


def _wide(values: object, like: Floats) -> Floats:
    return np.array(np.broadcast_to(np.asarray(values, float), like.shape[1:]))


def slopes_of(tree: Expression, levers: Sequence[str]) -> list[Expression] | None:
    """Return the slopes of a formula in some levers, or None when it may jump."""
    try:
        return [slope(tree, lever) for lever in levers]
    except NoSlopeError:
        return None


def _rise(steep: Ends, curve: Floats | float, reach: tuple[Floats, Floats]) -> Floats:
    """Return an upper bound of ``slope*d + curve*d^2/2`` for distances in ``reach``, which holds 0."""
    most = np.zeros_like(reach[0])
    for up, far in ((steep[1], reach[1]), (-steep[0], -reach[0])):
        ended = up * far + curve * far * far / 2
        peaked = (curve < 0) & (up > 0) & (up <= -np.asarray(curve) * far)
        top = np.where(peaked, up * up / (-2 * np.where(np.asarray(curve) < 0, curve, -1.0)), ended)
        found = np.where(np.isnan(top), np.inf, np.maximum(top, 0.0))
        most = np.maximum(most, np.where(far > 0, found, 0.0))
    return most


class Pool:
    """Boxes that together hold all levels that are not done with, each with an upper bound.

    Parameters
    ----------
    levers : sequence of Lever
        What the rows of the boxes are.
    low, high : arrays of shape (L, B)
        The boxes at the start.
    bounded : callable
        Returns for boxes what is nowhere exceeded there (minus infinity where there is no deal), a weight for every
        lever (the one with the largest is split), and boxes in which the highest values of the given ones are.
    """

    def __init__(
        self,
        levers: Sequence[Lever],
        low: Floats,
        high: Floats,
        bounded: Callable[[Floats, Floats], Bounded],
    ) -> None:
        self._levers, self._bounded = levers, bounded
        self.count, self._settled = low.shape[1], -math.inf
        parts = [slice(first, first + _BATCH) for first in range(0, self.count, _BATCH)]
        found = [bounded(low[:, part], high[:, part]) for part in parts]
        rows = zip(*found, strict=True)
        self.bound, self.weight, self.low, self.high = (np.concatenate(each, axis=-1) for each in rows)

    @property
    def top(self) -> float:
        """What is nowhere exceeded."""
        return max(self._settled, float(self.bound.max(initial=-math.inf)))

    def split(self, enough: float) -> Floats | None:
        """Split the boxes with the highest bounds above ``enough``; return the middle of the first, or None."""
        done = self.bound <= enough
        self._settled = max(self._settled, float(self.bound[done].max(initial=-math.inf)))
        order = np.argsort(-np.where(done, -math.inf, self.bound), kind="stable")[: int((~done).sum())]
        chosen, left = order[:_BATCH], order[_BATCH:]
        low, high, old, weight = (each[..., chosen] for each in (self.low, self.high, self.bound, self.weight))
        middle = (low[:, :1] + high[:, :1]) / 2
        while True:
            low, high, old, weight = self._halved(low, high, old, weight)
            # So few boxes cost no more than one: the next split is made at once.
            if not len(old) or len(old) >= _FEW:
                break
        if not len(old):
            return None
        bound, weight, low, high = self._bounded(low, high)
        self.count += low.shape[1]
        self.low = np.concatenate([self.low[:, left], low], axis=1)
        self.high = np.concatenate([self.high[:, left], high], axis=1)
        self.bound = np.concatenate([self.bound[left], np.fmin(bound, old)])
        self.weight = np.concatenate([self.weight[:, left], weight], axis=1)
        return np.asarray(middle[:, 0])

    def _halved(
        self, low: Floats, high: Floats, bound: Floats, weight: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return both halves of every box that can be halved, with bounds and weights; others are done with."""
        side = weight.argmax(axis=0)
        columns = np.arange(len(side))
        ends, starts = high.copy(), low.copy()
        middle = low[side, columns] + (high[side, columns] - low[side, columns]) / 2
        until, onwards = middle.copy(), middle.copy()
        for k in set(side.tolist()):
            codes = self._levers[k].codes
            if codes is not None:
                listed, mine = np.sort(np.array(codes, float)), side == k
                place = np.searchsorted(listed, middle[mine], "right") - 1
                until[mine], onwards[mine] = listed[place], listed[np.minimum(place + 1, len(listed) - 1)]
        first, last = low[side, columns], high[side, columns]
        # Between two neighbouring floats, or levels, there is nothing to split.
        whole = ~((first <= until) & (until < last) & (first < onwards) & (onwards <= last))
        ends[side, columns], starts[side, columns] = until, onwards
        self._settled = max(self._settled, float(bound[whole].max(initial=-math.inf)))
        weight = weight.copy()
        weight[side, columns] /= 4
        low, high = np.concatenate([low, starts], axis=1), np.concatenate([ends, high], axis=1)
        halved = np.concatenate([~whole, ~whole])
        return low[:, halved], high[:, halved], np.tile(bound, 2)[halved], np.tile(weight, 2)[:, halved]


def at_levels(levers: Sequence[Lever], point: Floats) -> dict[str, float]:
    """Return levels near a point by the names of levers; those of finite levers are ones that there are."""
    return {
        lever.name: float(level) if lever.codes is None else min(lever.codes, key=lambda code: abs(code - level))
        for lever, level in zip(levers, point.tolist(), strict=True)
    }


def highest(part: Part, near: Sequence[float], tolerance: float) -> tuple[float, bool]:
    """Bound the highest value of a part.

    Parameters
    ----------
    part : Part
        What is maximised.
    near : sequence of float
        Levels where it may be highest.
    tolerance : float
        How close the bound shall come to the highest value seen.

    Returns
    -------
    (float, bool)
        What the value exceeds nowhere, and whether a value as high as that, up to the tolerance, was seen.
    """
    with np.errstate(all="ignore"):
        return _highest(part, tuple(near), tolerance)


@lru_cache(maxsize=256)
def _highest(part: Part, near: tuple[float, ...], tolerance: float) -> tuple[float, bool]:
    """Do the work of :func:`highest`; the rules of one scenario, and its structures, ask for the same parts again."""
    best = part.value({lever.name: level for lever, level in zip(part.levers, near, strict=True)})
    # Expansions are tight where the value is highest: the best levels seen take the place of those given.
    point = list(near)
    pool = Pool(part.levers, *part.starts(), lambda low, high: part.most(low, high, point))
    while pool.top > best + tolerance and pool.count < MOST_BOXES:
        middle = pool.split(best + tolerance)
        if middle is None:
            break
        at = at_levels(part.levers, middle)
        if (value := part.value(at)) > best:
            best, point[:] = value, at.values()
    top = max(best, pool.top)
    return top, top <= best + tolerance
