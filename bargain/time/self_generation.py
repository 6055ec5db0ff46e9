"""Sets of payoffs that generate themselves, near a limit to which outer sets tend.

A set W from whose promises, with W's own worst payoffs as punishments, all of W arises is sustained: W is a part of
the payoff set.  Candidates come from three of the last outer sets: their corners carried to the limit of a geometric
sequence or a little beyond, and the hull of what is played for ever.  Each candidate is checked exactly, so that a bad
guess costs time and nothing else.  Tested through :mod:`bargain.time.repeated_game`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from flint import fmpq

from bargain.time.convex_sets import ConvexSet, Point, convex_hull, distance
from bargain.time.generation import Generated, Recursion, Step

__all__ = ["CLOSE", "KEPT", "Sustained", "sustained_near"]

CLOSE = 1e-12
"""Inner and outer sets this near, as a share of the payoff range, are as good as the same."""

_BEYOND = (fmpq(0), fmpq(1, 10**6), fmpq(1, 1000), fmpq(1, 30), fmpq(1, 4), fmpq(1), fmpq(4))
"""How far behind the limit corners are carried, as shares of what was left to go."""

_APART = (1, 2, 12)
"""Steps between the three sets.  Corners that depend on each other in a circle come round in as many steps as the
circle is long, so that only sets a multiple of it apart are in geometric sequence."""

KEPT = 1 + 2 * max(_APART)
"""The last sets that are of use."""

_SETTLING = 6
"""Steps of the recursion in which a candidate that may be exact can come to rest."""

_LONGEST = 600
"""A candidate whose denominators grow beyond so many bits is given up."""

_GRID = 2**100
"""Guesses are rounded to multiples of one part in this many."""


@dataclass(frozen=True, slots=True)
class Sustained:
    """A set that generates itself, and how each of its corners arises."""

    set: ConvexSet
    sources: tuple[Generated, ...]


def sustained_near(
    recursion: Recursion, states: Sequence[Step], known: Sustained | None, until: float | None = None
) -> Sustained | None:
    """Return the best set found that generates itself: the one nearest to the last outer set.

    No further candidate is tried after ``until``, a reading of ``perf_counter``.
    """
    outer = states[-1]
    places = sorted({each.place for each in outer.sources})
    best, reach = known, None if known is None else distance(known.set, outer.set)
    for corners, exact in _candidates(states):
        if (reach is not None and reach <= CLOSE) or (until is not None and perf_counter() > until):
            break
        found = _check(recursion, convex_hull(corners), places, _SETTLING if exact else 1)
        away = None if found is None else distance(found.set, outer.set)
        if away is not None and (reach is None or away < reach):
            best, reach = found, away
    return best


def _check(recursion: Recursion, candidate: ConvexSet, places: Sequence[int], steps: int) -> Sustained | None:
    """Return what a candidate generates when it holds the candidate; it may come to rest first."""
    for _ in range(steps):
        made = {
            each.point: each
            for place in places
            for each in recursion.generate(place, candidate, candidate.lowest)
            if candidate.contains(each.promise)
        }
        if not made:
            return None
        hull = convex_hull(made)
        if all(hull.contains(corner) for corner in candidate.corners):
            return Sustained(hull, tuple(made[corner] for corner in hull.corners))
        if max(x.q.bit_length() for corner in hull.corners for x in corner) > _LONGEST:
            return None
        candidate = hull
    return None


def _candidates(states: Sequence[Step]) -> Iterator[tuple[list[Point], bool]]:
    """Yield corners of sets that may generate themselves, the most promising first, and whether they may be exact."""
    outer = states[-1]
    for apart in _APART:
        rows = [_matched(state) for state in states[-1 : -2 - 2 * apart : -apart]]
        if len(rows) == 3 and rows[0].keys() == rows[1].keys() == rows[2].keys():
            for beyond in _BEYOND:
                yield [_carried([row[key] for row in reversed(rows)], beyond) for key in rows[0]], beyond == 0
    stay = [each.point for each in outer.sources if each.axis is None]
    if stay:
        yield stay, True


def _matched(state: Step) -> dict[tuple[int, int | None, int], Point]:
    """Return the points by how they arise."""
    return {(each.place, each.axis, each.end): each.point for each in state.sources}


def _carried(points: Sequence[Point], beyond: fmpq) -> Point:
    """Return where a geometric sequence tends to, or a little beyond; exact when ``beyond`` is 0."""
    moved = []
    for axis in (0, 1):
        first, second, third = (point[axis] for point in points)
        before, after = second - first, third - second
        if after == 0 or before == after:
            moved.append(third)
            continue
        left = after * after / (before - after)
        value = third + left * (1 + beyond)
        short = beyond == 0 and value.q.bit_length() <= _LONGEST
        moved.append(value if short else fmpq((value * _GRID).floor(), _GRID))
    return moved[0], moved[1]
