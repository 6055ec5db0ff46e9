r"""All solutions of the indifference conditions of one support profile, by branch and bound.

A box of strategy profiles is tightened by bounds of payoff differences and by interval Newton steps. It is discarded
when nothing is left of it or when it is proved to hold exactly one solution, which is then written down; otherwise it
is cut in two. When no box is left, the list is complete. Boxes around solutions that are not regular can never be
discarded: the search stops when one gets tiny, and says so. Compiled by numba on the first call. Tested through
:mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bargain.equilibria.compiled import inner
from bargain.equilibria.multilinear import MARGIN, ROWS, SIZE, START, collapse, difference, num_columns, tighten
from bargain.equilibria.newton import AT, PIVOT, SHIFT, WEIGHT, contract, middle, proves_one, root

__all__ = ["AMBIGUOUS", "DONE", "LIMIT", "PROVED", "SINGULAR", "Roots", "search_boxes"]

DONE, LIMIT, SINGULAR = 0, 1, 2
"""The search finished; it came to its limit of boxes; it met a tiny box that could not be decided."""

PROVED, AMBIGUOUS = 1, 2
"""The solution is an equilibrium on this support; a probability or an advantage cannot be told from zero."""

_NARROW = 0.4
"""Newton steps are tried on boxes that are at most this wide."""

_TINY = 1e-8
"""A box of this width that still cannot be decided holds a solution that is not regular."""


class Roots(NamedTuple):
    """Solutions: ``boxes[CENTER, k]`` and the radii of a box that holds it (TIGHT) and of one that holds no other
    (ALONE); ``state[k]`` is PROVED or AMBIGUOUS.
    """

    boxes: Any
    state: Any


CENTER, TIGHT, ALONE = 0, 1, 2


@inner
def search_boxes(
    sub: Any, system: Any, lowers: Any, uppers: Any, depth: Any, limit: Any, roots: Any, first: Any, count: Any
) -> Any:
    """Search the first ``depth`` boxes of the stack; return (outcome, depth, number of solutions, boxes used).

    Solutions from number ``first`` on are those of this support profile.
    """
    size = sub.shape[START, -1] + sub.shape[SIZE, -1]
    work, spare = np.empty((3, _largest(sub))), np.empty((3, size))
    order = np.empty(size, np.int64)
    lower, upper, center = np.empty(size), np.empty(size), np.empty(size)
    room = np.empty((3, size))
    boxes = 0
    while depth > 0:
        if boxes >= limit or depth >= lowers.shape[0] - 1 or count >= roots.state.size - 1:
            return LIMIT, depth, count, boxes
        depth -= 1
        boxes += 1
        _copy(lowers[depth], lower, size)
        _copy(uppers[depth], upper, size)
        if not _shrink(sub, system, lower, upper, center, work, spare, order):
            continue
        width, widest = _width(sub, lower, upper)
        if width < _NARROW and _promising(system, lower, upper):
            middle(sub, lower, upper, center)
            if root(sub, system, center, work) and _alone(sub, system, center, lower, upper, roots, count, room, work):
                count = _settle(sub, system, center, roots, first, count, room, work)
                continue
        if width < _TINY:
            middle(sub, lower, upper, center)
            _copy(center, roots.boxes[CENTER, count], size)
            return SINGULAR, depth, count, boxes
        cut = 0.5 * (lower[widest] + upper[widest])
        for place in range(depth, depth + 2):
            _copy(lower, lowers[place], size)
            _copy(upper, uppers[place], size)
        uppers[depth, widest] = cut
        lowers[depth + 1, widest] = cut
        depth += 2
    return DONE, depth, count, boxes


@inner
def _largest(sub: Any) -> Any:
    most = 1
    for owner in range(sub.shape.shape[1]):
        most = max(most, num_columns(sub, owner))
    return most


@inner
def _copy(source: Any, target: Any, size: Any) -> Any:
    for k in range(size):
        target[k] = source[k]


@inner
def _promising(system: Any, lower: Any, upper: Any) -> Any:
    """Whether the last Newton step stayed near the box, so that the box may hold a solution."""
    for r in range(system.terms.shape[1]):
        v = system.terms[PIVOT, r]
        if v < 0:
            return False
        k = system.terms[AT, v]
        if abs(system.vectors[SHIFT, r]) > upper[k] - lower[k] + 1e-6:
            return False
    return True


@inner
def _total(lower: Any, upper: Any) -> Any:
    total = 0.0
    for k in range(lower.size):
        total += upper[k] - lower[k]
    return total


@inner
def _width(sub: Any, lower: Any, upper: Any) -> Any:
    width, widest = 0.0, 0
    for k in range(lower.size):
        if upper[k] - lower[k] > width:
            width, widest = upper[k] - lower[k], k
    return width, widest


@inner
def _shrink(sub: Any, system: Any, lower: Any, upper: Any, center: Any, work: Any, spare: Any, order: Any) -> Any:
    """Tighten the box as long as that helps; return whether anything can be left of it."""
    for _ in range(6):
        before = _total(lower, upper)
        if not tighten(sub, lower, upper, work, spare, order):
            return False
        width, _widest = _width(sub, lower, upper)
        if width < _NARROW and not contract(sub, system, lower, upper, center, work):
            return False
        if _total(lower, upper) > 0.7 * before:
            break
    return True


@inner
def _alone(
    sub: Any, system: Any, center: Any, lower: Any, upper: Any, roots: Any, count: Any, room: Any, work: Any
) -> Any:
    """Whether a box around the center that covers the whole box holds exactly one solution."""
    radius = roots.boxes[ALONE, count]
    for k in range(center.size):
        radius[k] = 1.02 * max(upper[k] - center[k], center[k] - lower[k], 0.0) + 1e-9
        if radius[k] > 1.0:
            return False
    return proves_one(sub, system, center, radius, room[0], room[1], work)


@inner
def _settle(sub: Any, system: Any, center: Any, roots: Any, first: Any, count: Any, room: Any, work: Any) -> Any:
    """Write the solution down unless it is known already or no equilibrium; return the new number of solutions."""
    radius = room[2]
    for k in range(radius.size):
        radius[k] = 1e-9
    for r in range(system.terms.shape[1]):
        v = system.terms[PIVOT, r]
        k = system.terms[AT, v]
        radius[k] = 3 * (abs(system.vectors[SHIFT, r]) + 4 * MARGIN * system.vectors[WEIGHT, r])
    if not proves_one(sub, system, center, radius, room[0], room[1], work):
        _copy(roots.boxes[ALONE, count], radius, radius.size)
        proves_one(sub, system, center, radius, room[0], room[1], work)
    state = _decide(sub, room[0], room[1], work)
    if state == 0:
        return count
    for old in range(first, count):
        inside, apart = True, False
        for v in range(system.terms.shape[1]):
            k = system.terms[AT, v]
            gap = abs(center[k] - roots.boxes[CENTER, old, k])
            inside = inside and gap + radius[k] <= roots.boxes[ALONE, old, k]
            apart = apart or gap > radius[k] + roots.boxes[TIGHT, old, k]
        if inside:
            return count
        if not apart:
            state = AMBIGUOUS
    _copy(center, roots.boxes[CENTER, count], radius.size)
    _copy(radius, roots.boxes[TIGHT, count], radius.size)
    roots.state[count] = state
    return count + 1


@inner
def _decide(sub: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Say whether the solution in a small box is an equilibrium: PROVED, AMBIGUOUS, or 0 when it is none."""
    state = PROVED
    for q in range(sub.shape.shape[1]):
        if sub.shape[SIZE, q] > 1:
            for k in range(sub.shape[START, q], sub.shape[START, q] + sub.shape[SIZE, q]):
                if upper[k] < 0.0:
                    return 0
                if lower[k] <= 0.0:
                    state = AMBIGUOUS
    for owner in range(sub.shape.shape[1]):
        for action in range(sub.shape[SIZE, owner], sub.shape[ROWS, owner]):
            difference(sub, owner, action, 0, work)
            for c in range(num_columns(sub, owner)):
                work[0, c] = work[2, c]
                work[1, c] = work[2, c]
            collapse(sub, owner, owner, owner, lower, upper, work)
            if work[0, 0] > MARGIN:
                return 0
            if work[1, 0] >= -MARGIN:
                state = AMBIGUOUS
    return state
