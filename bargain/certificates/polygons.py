r"""What two players can agree on, as a polygon, and the equations of the rules that are defined on it.

Payoffs may be thrown away down to disagreement.  Areas are cut and added up corner by corner, lengths edge by edge, and
Raiffa's paths are followed as they are defined: by plain steps, and by a general solver of differential equations.
Nothing here is shared with the solvers.  Tested by claims that it must refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from bargain.certificates.support import Support

__all__ = ["Polygon", "area_gap", "length_gap", "path_gap", "polygon", "steps_gap", "vertices"]

Floats = NDArray[np.float64]

_ON_THE_LINE = 1e-12
_STEPS = 600
_OPEN = 1e-11
_LONGEST = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """The efficient, individually rational gains (k, 2), the first player's ascending, as shares of ``ideal`` (2,)."""

    corners: Floats
    ideal: Floats

    def right(self, second: float) -> float:
        """Return the most for player 1 when player 2 gets ``second``."""
        return float(np.interp(-second, -self.corners[:, 1], self.corners[:, 0]))

    def up(self, first: float) -> float:
        """Return the most for player 2 when player 1 gets ``first``."""
        return float(np.interp(first, self.corners[:, 0], self.corners[:, 1]))


def polygon(table: Floats) -> Polygon | None:
    """Return the efficient, individually rational part of the hull of gains (m, 2); None when nobody can gain."""
    size = np.abs(table).max(axis=0)
    size = np.where(size > 0, size, 1.0)
    corners = _cut(_cut(_hull(table / size), 0)[::-1], 1)[::-1]
    if not len(corners):
        return None
    ideal = np.array([corners[-1, 0], corners[0, 1]])
    if not (ideal > _ON_THE_LINE).any():
        return None
    return Polygon(corners / np.where(ideal > _ON_THE_LINE, ideal, 1.0), ideal * size)


def _hull(points: Floats) -> Floats:
    """Return the corners of the upper right hull."""
    kept: list[Floats] = []
    for point in points[np.lexsort((points[:, 1], points[:, 0]))]:
        while kept and kept[-1][1] <= point[1]:
            kept.pop()
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) >= 0:
            kept.pop()
        kept.append(point)
    return np.array(kept).reshape(-1, 2)


def _turn(a: Floats, b: Floats, c: Floats) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _cut(corners: Floats, player: int) -> Floats:
    """Drop the start of a line of corners, up to where the player's gain reaches zero."""
    least = -_ON_THE_LINE
    inside = np.flatnonzero(corners[:, player] >= least)
    if not len(inside) or inside[0] == 0:
        return np.maximum(corners, 0.0) if len(inside) and (corners >= least).all() else corners[inside]
    before, after = corners[inside[0] - 1], corners[inside[0]]
    share = before[player] / (before[player] - after[player])
    return np.vstack([before + share * (after - before), corners[inside]])


def vertices(support: Support) -> Floats:
    """Return gains (m, 2) of deals that have all corners of the upper right hull, from the support function alone."""
    ends = [support.best(np.array(direction)) for direction in ((1e-9, 1.0), (0.0, 1.0), (1.0, 1e-9), (1.0, 0.0))]
    found, open_ = list(ends), [(ends[0], ends[2]), (ends[1], ends[3])]
    while open_:
        left, right = open_.pop()
        normal = np.array([left[1] - right[1], right[0] - left[0]])
        if not (normal > 0).all():
            continue
        normal = normal / normal.max()
        middle = support.best(normal)
        if normal @ middle > normal @ left + _ON_THE_LINE * np.abs(normal * middle).sum():
            found.append(middle)
            open_ += [(left, middle), (middle, right)]
    return np.array(found) * support.size


def area_gap(shape: Polygon, gains: Floats) -> float:
    """Return the difference of the areas on either side of the ray to the gains, as a share of the whole."""
    mine = gains / np.where(shape.ideal > 0, shape.ideal, 1.0)
    corners = [(0.0, 0.0), (0.0, shape.corners[0, 1]), *map(tuple, shape.corners), (shape.corners[-1, 0], 0.0)]
    signs = [mine[0] * y - mine[1] * x for x, y in corners]
    left, right = (_area(_half(corners, [sign * side for side in signs])) for sign in (1, -1))
    return abs(left - right) / (left + right) if left + right > 0 else 0.0


def _half(corners: Sequence[Sequence[float]], sides: Sequence[float]) -> list[tuple[float, float]]:
    """Return the part of a polygon where ``sides``, which are linear over it, are not negative."""
    kept = []
    for k, (here, side) in enumerate(zip(corners, sides, strict=True)):
        before, other = corners[k - 1], sides[k - 1]
        if (side > 0 > other) or (side < 0 < other):
            t = other / (other - side)
            kept.append((before[0] + t * (here[0] - before[0]), before[1] + t * (here[1] - before[1])))
        if side >= 0:
            kept.append((here[0], here[1]))
    return kept


def _area(corners: Sequence[tuple[float, float]]) -> float:
    turns = (corners[k - 1][0] * y - corners[k - 1][1] * x for k, (x, y) in enumerate(corners))
    return abs(sum(turns)) / 2


def length_gap(shape: Polygon, gains: Floats) -> float:
    """Return the difference of the lengths of Perles and Maschler before and after the gains, as a share of both."""
    mine = gains / np.where(shape.ideal > 0, shape.ideal, 1.0)
    before = np.vstack([shape.corners[shape.corners[:, 0] < mine[0] - _ON_THE_LINE], mine])
    after = np.vstack([mine, shape.corners[shape.corners[:, 0] > mine[0] + _ON_THE_LINE]])
    left, right = (
        float(np.sqrt(np.maximum(-np.prod(np.diff(part, axis=0), axis=1), 0)).sum()) for part in (before, after)
    )
    return abs(left - right) / (left + right) if left + right > 0 else 0.0


def steps_gap(shape: Polygon, gains: Floats) -> float:
    """Return the distance to where Raiffa's steps lead, as a share of the ideal gains."""
    x, y = 0.0, 0.0
    for _ in range(_STEPS):
        x, y = (x + shape.right(y)) / 2, (y + shape.up(x)) / 2
    return _distance(shape, gains, (x, y))


def path_gap(shape: Polygon, gains: Floats) -> float:
    """Return the distance to where Raiffa's smooth path ends, as a share of the ideal gains."""

    def ahead(_: float, place: Floats) -> list[float]:
        return [shape.right(place[1]) - place[0], shape.up(place[0]) - place[1]]

    def arrived(time: float, place: Floats) -> float:
        return max(ahead(time, place)) - _OPEN

    arrived.terminal = True  # type: ignore[attr-defined]
    path = solve_ivp(ahead, (0.0, _LONGEST), [0.0, 0.0], "DOP853", events=arrived, rtol=1e-10, atol=1e-13)
    return _distance(shape, gains, path.y[:, -1].tolist())


def _distance(shape: Polygon, gains: Floats, place: Sequence[float]) -> float:
    mine = gains / np.where(shape.ideal > 0, shape.ideal, 1.0)
    return float(np.abs(mine - np.array(place))[shape.ideal > 0].max(initial=0.0))
