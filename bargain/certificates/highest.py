r"""The highest value of a formula over levels, by branch and bound on its tree in plain Python.

Over a box the value is bounded by intervals (:func:`bargain.scenario.intervals.bounds`) and, where the tree has slopes,
by Taylor's theorem: :math:`f(p) + \sum_k (g_k d_k + c_k d_k^2/2)`, with :math:`c_k` the largest curvature of row k.
Tested against dense sampling, and through :mod:`bargain.certificates.bounds`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from bargain.certificates.slopes import NoSlopeError, slope
from bargain.scenario.document import Lever
from bargain.scenario.expression import Expression, evaluate
from bargain.scenario.intervals import Interval, bounds

__all__ = ["Part", "highest"]

MOST_BOXES = 1_500
"""Boxes that are looked at for one part."""

_ROUND = 2.0**-46
Box = tuple[Interval, ...]


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
        """The places of levers that move on intervals."""
        return [k for k, lever in enumerate(self.levers) if lever.codes is None and lever.lower < lever.upper]

    @cached_property
    def slopes(self) -> list[Expression] | None:
        """The slopes in the moving levers, or None where there are none."""
        return _all([lambda k=k: slope(self.tree, self.levers[k].name) for k in self.moving])

    @cached_property
    def bends(self) -> list[list[Expression]] | None:
        """The second derivatives, or None where there are none."""
        if self.slopes is None:
            return None
        rows = [_all([lambda k=k, e=each: slope(e, self.levers[k].name) for k in self.moving]) for each in self.slopes]
        return [row for row in rows if row is not None] if None not in rows else None

    def over(self, tree: Expression, box: Box) -> Interval:
        """Return bounds of a formula over a box."""
        found = bounds(tree, {lever.name: ends for lever, ends in zip(self.levers, box, strict=True)})
        return (-math.inf, math.inf) if found is None else found


def _all(makers: Sequence[object]) -> list[Expression] | None:
    try:
        return [make() for make in makers]  # type: ignore[operator]
    except NoSlopeError:
        return None


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
    return _highest(part, tuple(near), tolerance)


@lru_cache(maxsize=256)
def _highest(part: Part, near: tuple[float, ...], tolerance: float) -> tuple[float, bool]:
    """Do the work of :func:`highest`; the rules of one scenario, and its structures, ask for the same parts again."""
    best = part.value({lever.name: level for lever, level in zip(part.levers, near, strict=True)})
    heap: list[tuple[float, int, Box, int]] = []
    count = 0
    for chosen in product(*(_choices(lever) for lever in part.levers)):
        count += 1
        most, box, place = _bound(part, chosen, near)
        heapq.heappush(heap, (-most, count, box, place))
    while heap and -heap[0][0] > best + tolerance and count < MOST_BOXES:
        most, _, box, place = heapq.heappop(heap)
        low, high = box[place]
        middle = low + (high - low) / 2
        if not low < middle < high:
            heapq.heappush(heap, (most, count, box, place))
            break
        for half in ((low, middle), (middle, high)):
            count += 1
            found, smaller, longest = _bound(part, (*box[:place], half, *box[place + 1 :]), near)
            heapq.heappush(heap, (-found, count, smaller, longest))
        at = {lever.name: (ends[0] + ends[1]) / 2 for lever, ends in zip(part.levers, box, strict=True)}
        best = max(best, part.value(at))
    top = max(best, -heap[0][0]) if heap else best
    return top, top <= best + tolerance


def _choices(lever: Lever) -> list[Interval]:
    if lever.codes is not None:
        return [(code, code) for code in lever.codes]
    return [(lever.lower, lever.upper)]


def _bound(part: Part, box: Box, near: Sequence[float]) -> tuple[float, Box, int]:
    """Return an upper bound over a box, the box with levers of a steady slope set, and the side to split."""
    widest = max(part.moving, key=lambda k: _share(part, box, k), default=0)
    if part.slopes is None or not part.moving:
        return part.over(part.tree, box)[1], box, widest
    over = [part.over(each, box) for each in part.slopes]
    ends = list(box)
    for k, (low, high) in zip(part.moving, over, strict=True):
        if low >= 0 or high <= 0:
            end = box[k][1] if low >= 0 else box[k][0]
            ends[k] = (end, end)
    box = tuple(ends)
    most = part.over(part.tree, box)[1]
    point = [min(max(level, side[0]), side[1]) for level, side in zip(near, box, strict=True)]
    here = tuple((level, level) for level in point)
    start = part.over(part.tree, here)[1]
    reach = [(box[k][0] - point[k], box[k][1] - point[k]) for k in part.moving]
    total = start + sum(_most(steep, 0.0, far) for steep, far in zip(over, reach, strict=True))
    if part.bends is not None:
        curves = [_curve(part, box, row) for row in range(len(part.moving))]
        steep = [part.over(each, here) for each in part.slopes]
        bent = start + sum(_most(g, c, far) for g, c, far in zip(steep, curves, reach, strict=True))
        total = bent if math.isnan(total) else min(total, bent)
    place = max(part.moving, key=lambda k: _share(part, box, k))
    if math.isnan(total):
        return most, box, place
    return min(most, total + _ROUND * (abs(total) + abs(start))), box, place


def _share(part: Part, box: Box, k: int) -> float:
    """Return the length of a side of the box as a part of the lever's range."""
    return (box[k][1] - box[k][0]) / (part.levers[k].upper - part.levers[k].lower)


def _curve(part: Part, box: Box, row: int) -> float:
    """Return the largest curvature of a row: the diagonal, and the cross terms in proportion to the sides."""
    assert part.bends is not None
    k = part.moving[row]
    width = box[k][1] - box[k][0]
    total = part.over(part.bends[row][row], box)[1]
    for column, other in enumerate(part.moving):
        span = box[other][1] - box[other][0]
        if column != row and width > 0 and span > 0:
            low, high = part.over(part.bends[row][column], box)
            total += max(abs(low), abs(high)) * span / width
    return total


def _most(steep: Interval, curve: float, reach: Interval) -> float:
    """Return an upper bound of ``slope*d + curve*d^2/2`` for distances in ``reach``, which holds 0."""
    most = 0.0
    for slope_, far in ((steep[1], reach[1]), (-steep[0], -reach[0])):
        if far > 0:
            most = max(most, slope_ * far + curve * far * far / 2)
            if curve < 0 < slope_:
                most = max(most, slope_ * slope_ / (-2 * curve)) if slope_ <= -curve * far else most
            most = math.inf if math.isnan(most) else most
    return most
