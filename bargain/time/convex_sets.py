"""Convex sets in the plane with exact corners: their hull, where a level line cuts them, and how far they are apart.

Numbers are exact (``fmpq`` of python-flint, or Fractions); points and segments are sets like any other.  Tested against
brute force over pairs of points, and through :mod:`bargain.time.repeated_game`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chain", "ConvexSet", "Cut", "convex_hull", "distance", "rounded_outwards"]

Point = tuple[Any, Any]
Floats = NDArray[np.float64]


class Chain(NamedTuple):
    """One side of a convex set seen along an axis: levels along it, strictly ascending, and the other coordinate."""

    levels: tuple[Any, ...]
    across: tuple[Any, ...]
    corners: tuple[int, ...]

    def floats(self) -> tuple[Floats, Floats]:
        """Return levels and other coordinates as floats, for ``numpy.interp``."""
        return np.array([float(x) for x in self.levels]), np.array([float(y) for y in self.across])


class Cut(NamedTuple):
    """One end of a level line inside a convex set: the point, and the corners of the edge on which it lies."""

    point: Point
    edge: tuple[int, int]


@dataclass(frozen=True, eq=False)
class ConvexSet:
    """The convex hull of ``corners``, its extreme points in counterclockwise order from the lowest leftmost one."""

    corners: tuple[Point, ...]

    @cached_property
    def lowest(self) -> Point:
        """The least of each coordinate."""
        return min(x for x, _ in self.corners), min(y for _, y in self.corners)

    @cached_property
    def chains(self) -> tuple[tuple[Chain, Chain], tuple[Chain, Chain]]:
        """Per axis the lower and the upper side, as functions of the coordinate along the axis."""
        return _sides(self.corners, 0), _sides(self.corners, 1)

    def cut(self, axis: int, level: Any) -> tuple[Cut, Cut] | None:
        """Return the two ends of the set where coordinate ``axis`` equals ``level``, the lower one first."""
        lower, upper = self.chains[axis]
        if not lower.levels[0] <= level <= lower.levels[-1]:
            return None
        return _cut(lower, axis, level), _cut(upper, axis, level)

    def contains(self, point: Point) -> bool:
        """Whether a point lies in the set, its boundary included."""
        ends = self.cut(0, point[0])
        return ends is not None and ends[0].point[1] <= point[1] <= ends[1].point[1]


def _sides(corners: Sequence[Point], axis: int) -> tuple[Chain, Chain]:
    order = sorted(range(len(corners)), key=lambda k: (corners[k][axis], corners[k][1 - axis]))
    points = [(corners[k][axis], corners[k][1 - axis]) for k in order]
    first, last = points[0], points[-1]
    lower: list[int] = []
    upper: list[int] = []
    for place, point in enumerate(points):
        side = _turn(first, last, point)
        if side <= 0 and (not lower or points[lower[-1]][0] < point[0]):
            lower.append(place)
        if side >= 0:
            if upper and points[upper[-1]][0] == point[0]:
                upper.pop()
            upper.append(place)
    # On a side that is parallel to the level lines, the lower chain ends at its lower corner, the upper at its upper.
    if points[lower[-1]][0] < last[0]:
        lower.append(len(points) - 1)
    if len(points) > 1 and points[upper[0]][0] > first[0]:
        upper.insert(0, 0)

    def chain(places: Sequence[int]) -> Chain:
        return Chain(
            tuple(points[k][0] for k in places), tuple(points[k][1] for k in places), tuple(order[k] for k in places)
        )

    return chain(lower), chain(upper)


def _cut(chain: Chain, axis: int, level: Any) -> Cut:
    right = min(bisect_right(chain.levels, level), len(chain.levels) - 1)
    left = max(right - 1, 0)
    for place in (left, right):
        if chain.levels[place] == level:
            return Cut(_point(axis, level, chain.across[place]), (chain.corners[place],) * 2)
    share = (level - chain.levels[left]) / (chain.levels[right] - chain.levels[left])
    across = chain.across[left] + (chain.across[right] - chain.across[left]) * share
    return Cut(_point(axis, level, across), (chain.corners[left], chain.corners[right]))


def _point(axis: int, level: Any, across: Any) -> Point:
    return (level, across) if axis == 0 else (across, level)


def _turn(a: Point, b: Point, c: Point) -> Any:
    """Return twice the area of the triangle a, b, c: positive when c lies to the left of the way from a to b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def convex_hull(points: Iterable[Point]) -> ConvexSet:
    """Return the convex hull of at least one point.

    Examples
    --------
    >>> convex_hull([(0, 0), (2, 0), (1, 0), (0, 2), (1, 1)]).corners
    ((0, 0), (2, 0), (0, 2))
    """
    distinct = sorted(set(points))
    if len(distinct) < 3:
        return ConvexSet(tuple(distinct))
    lower = _half(distinct)
    upper = _half(distinct[::-1])
    return ConvexSet((*lower[:-1], *upper[:-1]))


def _half(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept


def distance(inner: ConvexSet, outer: ConvexSet) -> float:
    """Return how far ``outer``, which holds ``inner``, reaches beyond it: the Hausdorff distance.

    Floats pick the nearest edges, so that the result may be a little too large, never too small.
    """
    edges = list(zip(inner.corners, (*inner.corners[1:], inner.corners[0]), strict=True))
    starts = np.array([[float(x) for x in start] for start, _ in edges])
    ends = np.roll(starts, -1, axis=0)
    farthest = 0.0
    for point in outer.corners:
        if not inner.contains(point):
            near = int(_float_distances(np.array([float(x) for x in point]), starts, ends).argmin())
            tried = {near - 1, near, (near + 1) % len(edges)}
            farthest = max(farthest, min(_to_edge(point, *edges[k]) for k in tried))
    return farthest


def _float_distances(point: Floats, starts: Floats, ends: Floats) -> Floats:
    along = ends - starts
    length = (along**2).sum(axis=1)
    share = ((point - starts) * along).sum(axis=1) / np.where(length > 0, length, 1.0)
    away = point - starts - np.clip(share, 0, 1)[:, None] * along
    return np.asarray(np.hypot(away[:, 0], away[:, 1]))


def _to_edge(point: Point, start: Point, end: Point) -> float:
    along = end[0] - start[0], end[1] - start[1]
    length = along[0] * along[0] + along[1] * along[1]
    away = point[0] - start[0], point[1] - start[1]
    share = min(max((away[0] * along[0] + away[1] * along[1]) / length, 0), 1) if length else 0
    return hypot(*(float(away[k] - share * along[k]) for k in (0, 1)))


def rounded_outwards(hull: ConvexSet, bits: int, cell: Any) -> ConvexSet:
    """Return a set that holds ``hull``, with corners on multiples of ``cell`` where they have more than ``bits`` bits.

    A corner moves to the corners of its grid cell that lie in the directions in which it is the outermost point.

    Parameters
    ----------
    hull : ConvexSet
        Corners of python-flint's rationals.
    bits : int
        Denominators of up to so many bits are kept.
    cell : fmpq
        Width of the grid.
    """
    if all(x.q.bit_length() <= bits for point in hull.corners for x in point):
        return hull
    found: list[Point] = []
    count = len(hull.corners)
    for k, (x, y) in enumerate(hull.corners):
        if max(x.q.bit_length(), y.q.bit_length()) <= bits:
            found.append((x, y))
            continue
        before, after = hull.corners[k - 1], hull.corners[(k + 1) % count]
        into, out = (y - before[1], before[0] - x), (after[1] - y, x - after[0])
        found += [
            (_moved(x, cell, right), _moved(y, cell, up))
            for right, up in ((-1, -1), (-1, 1), (1, -1), (1, 1))
            if count < 3 or _meets((right, up), into, out)
        ]
    return convex_hull(found)


def _meets(quadrant: tuple[int, int], into: Point, out: Point) -> bool:
    """Whether the cone between two outward normals meets a quadrant."""
    if any(quadrant[0] * n[0] >= 0 and quadrant[1] * n[1] >= 0 for n in (into, out)):
        return True
    return bool(into[0] * quadrant[1] - into[1] * quadrant[0] >= 0 and quadrant[0] * out[1] - quadrant[1] * out[0] >= 0)


def _moved(value: Any, cell: Any, side: int) -> Any:
    steps = value / cell
    return cell * (steps.ceil() if side > 0 else steps.floor())
