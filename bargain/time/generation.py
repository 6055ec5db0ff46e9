"""One step of the recursion of repeated-game payoffs: what continuation payoffs in a set make possible today.

A profile a with stage payoffs g and best-reply payoffs g + h is kept today when the payoffs w that are promised from
tomorrow on satisfy delta (w - u) >= (1 - delta) h, for the payoffs u that a deviation is punished with.  Extreme points
of the result are g itself, when it is such a promise, or promises at which some player is just kept from deviating
(Abreu and Sannikov 2014).  Floats sort out the many profiles that cannot matter, with margins far beyond their
rounding; what is left is computed in exact arithmetic.

No set loses a payoff that can be sustained, even when it is rounded outwards and punishments are only bounded from
below.  Let v be the payoff of the set V* farthest in some direction, made of g and a promise w in V*.  Moved from w
towards g the promise gets no worse in that direction, up to the point b where a player is just kept.  If g was a
promise in an earlier set it is a point of the present one; else the earlier set held an earlier b, the present one
holds the point made of that b and g, which lies beyond b, and so b itself.  So b counts, and reaches as far as v.
Tested through :mod:`bargain.time.repeated_game` against plain enumeration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from bargain.time.convex_sets import ConvexSet, Cut, Point, convex_hull, rounded_outwards
from bargain.time.stage_game import StageGame

__all__ = ["Generated", "Recursion", "Step"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_SHIFT = 1e-10
"""Levels are looked up this far to both sides, which covers the rounding of floats."""

_MARGIN = 1e-7
"""A point this deep inside the hull, as a share of the payoff range, is not on its boundary."""


_FEW = 48
"""So many profiles are all looked at exactly."""

_BITS = 256
"""Corners whose coordinates have longer denominators are rounded outwards, to multiples of ``_CELL``."""

_CELL = fmpq(1, 2**80)


class Generated(NamedTuple):
    """A point, how it arises: the profile played today, the promise from tomorrow on, and the promise's place.

    ``axis`` is the player who is just kept from deviating, None when the profile is played for ever; ``edge`` are the
    corners of the edge of the promise in the set it was taken from, None when both players are just kept; ``end`` says
    which end of the level line it is.
    """

    point: Point
    place: int
    promise: Point
    axis: int | None = None
    edge: tuple[int, int] | None = None
    end: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The set after a step, the points that span it, the worst payoffs to punish with, the profiles still alive."""

    set: ConvexSet
    sources: tuple[Generated, ...]
    worst: Point
    alive: NDArray[np.intp]

    @property
    def rounded(self) -> bool:
        """Whether corners were moved outwards, so that the set is larger than what was generated."""
        return self.set.corners != tuple(each.point for each in self.sources)


@dataclass(frozen=True, eq=False)
class Recursion:
    """The recursion of a stage game at a discount factor."""

    stage: StageGame
    delta: fmpq

    @property
    def premium(self) -> fmpq:
        """By how much a promise must exceed the punishment per unit of temptation: (1 - delta) / delta."""
        return (1 - self.delta) / self.delta

    def needed(self, place: int, worst: Point) -> tuple[Point, Point]:
        """Return the stage payoffs of a profile and the least promise that keeps each player from deviating."""
        pays, best = self.stage.exact(place)
        needed = tuple(worst[i] + self.premium * (best[i] - pays[i]) for i in (0, 1))
        return pays, (needed[0], needed[1])

    def generate(self, place: int, promises: ConvexSet, worst: Point) -> list[Generated]:
        """Return the extreme points that a profile adds: none when no promise keeps both players from deviating."""
        pays, needed = self.needed(place, worst)
        if pays[0] >= needed[0] and pays[1] >= needed[1]:
            return [Generated(pays, place, pays)]
        found: list[Generated] = []
        for axis in (0, 1):
            ends = promises.cut(axis, needed[axis])
            if ends is None or ends[1].point[1 - axis] < needed[1 - axis]:
                continue
            low, high = ends
            found.append(self._made(place, pays, axis, high, 1))
            if low.point[1 - axis] >= needed[1 - axis]:
                found.append(self._made(place, pays, axis, low, -1))
            else:
                found.append(self._made(place, pays, axis, Cut(needed, (-1, -1))))
        return found

    def _made(self, place: int, pays: Point, axis: int, cut: Cut, end: int = 0) -> Generated:
        today = 1 - self.delta
        point = (today * pays[0] + self.delta * cut.point[0], today * pays[1] + self.delta * cut.point[1])
        return Generated(point, place, cut.point, axis, None if cut.edge[0] < 0 else cut.edge, end)

    def start(self) -> Step:
        """Return the hull of all stage payoffs, which holds everything that can be sustained."""
        stage = self.stage
        everything = np.arange(len(stage.payoffs))
        kept = everything[~_inside(stage.payoffs, stage.payoffs)]
        points = {stage.exact(place)[0]: int(place) for place in kept}
        hull = convex_hull(points)
        sources = tuple(Generated(point, points[point], point) for point in hull.corners)
        return Step(hull, sources, self._raised(everything, hull, stage.minmax), everything)

    def step(self, last: Step) -> Step | None:
        """Return the next set, or None when no profile is left."""
        alive, looked_at = self._sorted_out(last)
        found: dict[Point, Generated] = {}
        dead = set()
        for place in looked_at:
            made = self.generate(place, last.set, last.worst)
            if not made:
                dead.add(place)
            found.update((each.point, each) for each in made)
        if not found:
            return None
        alive = alive[~np.isin(alive, list(dead))] if dead else alive
        hull = convex_hull(found)
        sources = tuple(found[point] for point in hull.corners)
        hull = rounded_outwards(hull, _BITS, _CELL)
        return Step(hull, sources, self._raised(alive, hull, last.worst), alive)

    def _raised(self, alive: NDArray[np.intp], hull: ConvexSet, worst: Point) -> Point:
        """Return better lower bounds of the worst payoffs.

        A worst payoff v of player i satisfies v >= (1 - delta) (g_i + h_i) + delta v for the profile played first, so
        that it is at least the least best-reply payoff g_i + h_i of a profile that is still possible.
        """
        raised = []
        for player in (0, 1):
            best = self.stage.best[alive, player]
            near = alive[best <= best.min() + _SHIFT]
            # All profiles with the same opponent's action share one exact value.
            spread = {self.stage.profile(place)[1 - player]: place for place in near}
            least = min(self.stage.exact(place)[1][player] for place in spread.values())
            raised.append(max(worst[player], hull.lowest[player], least))
        return raised[0], raised[1]

    def _sorted_out(self, last: Step) -> tuple[NDArray[np.intp], list[int]]:
        """Return the profiles that may be possible, and those of them that need an exact look."""
        alive = last.alive
        if len(alive) <= _FEW:
            return alive, alive.tolist()
        pays = self.stage.payoffs[alive]
        needed = _floats(last.worst) + float(self.premium) * (self.stage.best[alive] - pays)
        slack = (pays - needed).min(axis=1)
        reach = _SHIFT * (1 + float(self.premium))
        stays = slack > reach
        unsure = np.abs(slack) <= reach
        points, sure = [], []
        gone = np.ones(len(alive), dtype=bool)
        for axis in (0, 1):
            for upper in (True, False):
                value, certain, none = _ends(last.set, axis, upper, needed, reach)
                gone &= none
                points.append(float(1 - self.delta) * pays + float(self.delta) * value)
                sure.append(certain & ~stays)
        gone &= ~stays & ~unsure
        points.append(pays)
        sure.append(stays)
        known = np.concatenate([made[flags] for made, flags in zip(points, sure, strict=True)])
        boundary = unsure.copy()
        settled = stays | gone
        for made, flags in zip(points, sure, strict=True):
            boundary[flags] |= ~_inside(made[flags], known)
        for axis in (0, 1):
            settled |= sure[2 * axis] & sure[2 * axis + 1]
        return alive[~gone], [int(place) for place in alive[~gone & (boundary | ~settled)]]


def _floats(point: Point) -> Floats:
    return np.array([float(x) for x in point])


def _ends(promises: ConvexSet, axis: int, upper: bool, needed: Floats, reach: float) -> tuple[Floats, Flags, Flags]:
    """Return one end of every needed level line in the set: the points, whether they are sure, whether there is none.

    The lower end is cut at what the other player needs.
    """
    chain = promises.chains[axis][1]
    levels, across = chain.floats()
    level, other = needed[:, axis], needed[:, 1 - axis]
    tops = np.stack([np.interp(level + shift, levels, across) for shift in (-reach, 0.0, reach)])
    none = (level < levels[0] - reach) | (level > levels[-1] + reach)
    within = (level > levels[0] + reach) & (level < levels[-1] - reach)
    steady = np.ptp(tops, axis=0) < _MARGIN / 10
    none |= within & steady & (tops.max(axis=0) + reach < other)
    certain = within & steady & (tops.min(axis=0) - reach > other)
    end = tops[1]
    if not upper:
        levels, across = promises.chains[axis][0].floats()
        bottoms = np.stack([np.interp(level + shift, levels, across) for shift in (-reach, 0.0, reach)])
        certain &= np.ptp(bottoms, axis=0) < _MARGIN / 10
        end = np.maximum(bottoms[1], other)
    points = np.empty_like(needed)
    points[:, axis], points[:, 1 - axis] = level, end
    return points, certain, none


def _inside(points: Floats, cloud: Floats) -> Flags:
    """Return which points lie well inside the hull of a cloud of points."""
    deep = np.zeros(len(points), dtype=bool)
    if len(cloud) < 3 or len(points) == 0:
        return deep
    corners = _corners(cloud)
    deep[:] = len(corners) > 2
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        length = float(np.hypot(*along))
        if length == 0:
            continue
        left = along[0] * (points[:, 1] - start[1]) - along[1] * (points[:, 0] - start[0])
        deep &= left > _MARGIN * length
        if not deep.any():
            break
    return deep


def _corners(cloud: Floats) -> Floats:
    """Return some extreme points of a cloud in counterclockwise order; their hull is a part of the cloud's hull."""
    distinct: list[Any] = [tuple(row) for row in cloud[_outermost(cloud)].tolist()]
    return np.array(convex_hull(distinct).corners)


def _outermost(cloud: Floats) -> NDArray[np.intp]:
    """Return the places of the outermost points in many directions."""
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.unique([int((cloud @ (np.cos(a), np.sin(a))).argmax()) for a in angles])
