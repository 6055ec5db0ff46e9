r"""Compiled complementary pivoting that keeps only the inverse of the support's payoffs, not the whole tableau.

A best-response polytope is :math:`\{y \ge 0 : A y + r = 1\}` with :math:`A > 0`.  Its basis is fixed by the basic
columns :math:`J` and equally many tight rows :math:`I`: :math:`y_J = A_{IJ}^{-1} 1` and
:math:`r = 1 - A_{\cdot J}\, y_J`.  With :math:`A_{IJ}^{-1}` at hand a pivot costs :math:`O(m |J| + |J|^2)` in place of
:math:`O(m n)`, and on the way to an equilibrium of a large game the supports are small.

Ties in the ratio test are broken as if the right-hand sides were :math:`1 + \varepsilon w` with a random direction
:math:`w` and an infinitesimal :math:`\varepsilon`, so that degenerate games do not cycle.  The inverse is recomputed
from the payoffs every ``REFRESH`` pivots.  Nothing is claimed here: what a path ends in is proved elsewhere.  Tested
against the exact path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["FOUND", "LOST", "OPEN", "Corner", "corner", "follow"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

OPEN, FOUND, LOST = 0, 1, 2
"""What a path came to: the limit of pivots, its end, or rounding errors that spoiled it."""

REFRESH = 60
"""Pivots between two computations of the inverse from the payoffs."""

_TIE = 1e-11
"""Relative difference below which two ratios are equal."""

_ZERO = 1e-10
"""Entries below this are no pivots; payoffs are scaled to [1, 2]."""

_INFEASIBLE = -1e-8
"""A negative basic variable beyond this means that rounding has spoiled the path."""


class Corner(NamedTuple):
    """A vertex of a best-response polytope with R rows and C columns.

    ``columns[c]`` is a column of payoffs; ``basic[:size]`` are the basic columns, ``tight[:size]`` the tight rows,
    ``inverse[:size, :size]`` the inverse of the payoffs there (rows: basic columns); ``place`` and ``level`` say where
    a column and a row stand in these lists, or -1; ``values`` and ``slacks`` are y and r, and ``tilt`` is the direction
    that breaks ties.  ``size[0]`` is the size, ``size[1]`` counts the pivots since the inverse was computed.
    """

    columns: Floats
    basic: Ints
    tight: Ints
    place: Ints
    level: Ints
    inverse: Floats
    values: Floats
    slacks: Floats
    tilt: Floats
    size: Ints


def corner(columns: Floats) -> Corner:
    """Return the vertex y = 0 of the polytope with these columns of payoffs, shape (C, R)."""
    num_columns, num_rows = columns.shape
    largest = min(num_columns, num_rows) + 1
    return Corner(
        columns=columns,
        basic=np.zeros(largest, np.intp),
        tight=np.zeros(largest, np.intp),
        place=np.full(num_columns, -1, np.intp),
        level=np.full(num_rows, -1, np.intp),
        inverse=np.zeros((largest, largest)),
        values=np.zeros(num_columns),
        slacks=np.ones(num_rows),
        tilt=np.random.default_rng(0).uniform(1.0, 2.0, (num_rows,)),
        size=np.zeros(2, np.intp),
    )


@njit(cache=True)
def follow(first: Corner, second: Corner, path: Ints, limit: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """Follow a path for at most ``limit`` pivots, and return what it came to and the number of pivots.

    ``path`` holds: the polytope (0: first) whose variable was dropped, whether that is a slack, its index; and the
    same three numbers for the variable that enters next.
    """
    for count in range(limit):
        at = first if path[3] == 0 else second
        slack, index = _pivot(at, path[4] == 1, path[5])
        if index < 0:
            return LOST, count + 1
        # The label that was dropped comes back as the dropped variable or as its complement in the other polytope.
        if index == path[2] and (path[3] == path[0]) == (slack == (path[1] == 1)):
            return FOUND, count + 1
        path[3] = 1 - path[3]
        path[4] = 0 if slack else 1
        path[5] = index
    return OPEN, limit


@njit(cache=True)
def _pivot(at: Corner, slack: bool, index: int) -> tuple[bool, int]:  # pragma: no cover - compiled
    """Let a variable enter the basis, and return the one that leaves; -1 when rounding has spoiled the basis."""
    if at.size[1] >= REFRESH and not _refresh(at):
        return False, -1
    k = at.size[0]
    # How fast the basic columns and the slacks fall when the variable grows.
    fall = np.zeros(k + 1)
    drop = np.zeros(len(at.slacks))
    if slack:
        for p in range(k):
            fall[p] = at.inverse[p, at.level[index]]
    else:
        for p in range(k):
            for q in range(k):
                fall[p] += at.inverse[p, q] * at.columns[index, at.tight[q]]
        for i in range(len(drop)):
            drop[i] = at.columns[index, i]
    for p in range(k):
        column, factor = at.basic[p], fall[p]
        for i in range(len(drop)):
            drop[i] -= factor * at.columns[column, i]
    if slack:
        drop[index] = 1.0
    leaves_slack, leaving, step = _leaving(at, fall, drop, slack, index)
    if leaving < 0:
        return False, -1
    for p in range(k):
        at.values[at.basic[p]] -= step * fall[p]
    for i in range(len(drop)):
        if at.level[i] < 0:
            at.slacks[i] -= step * drop[i]
    _exchange(at, slack, index, leaves_slack, leaving, fall, drop)
    if slack:
        at.slacks[index] = step
    else:
        at.values[index] = step
    if leaves_slack:
        at.slacks[leaving] = 0.0
    else:
        at.values[leaving] = 0.0
    at.size[1] += 1
    return leaves_slack, leaving


@njit(cache=True)
def _leaving(
    at: Corner, fall: Floats, drop: Floats, slack: bool, index: int
) -> tuple[bool, int, float]:  # pragma: no cover - compiled
    """Return the basic variable that reaches zero first, ties broken by the tilt, and the step until then."""
    best, is_slack, which, tied = np.inf, False, -1, False
    for p in range(at.size[0]):
        if fall[p] > _ZERO:
            ratio = at.values[at.basic[p]] / fall[p]
            if ratio < best:
                tied = best - ratio <= _TIE * (1.0 + abs(ratio))
                best, is_slack, which = ratio, False, p
            elif ratio - best <= _TIE * (1.0 + abs(best)):
                tied = True
    for i in range(len(drop)):
        if drop[i] > _ZERO and at.level[i] < 0:
            ratio = at.slacks[i] / drop[i]
            if ratio < best:
                tied = (tied and best - ratio <= _TIE * (1.0 + abs(ratio))) or best - ratio <= _TIE * (1.0 + abs(ratio))
                best, is_slack, which = ratio, True, i
            elif ratio - best <= _TIE * (1.0 + abs(best)):
                tied = True
    if which < 0:
        return False, -1, 0.0
    if tied:
        is_slack, which = _first_of_tied(at, fall, drop, best)
    return is_slack, which if is_slack else at.basic[which], max(best, 0.0)


@njit(cache=True)
def _first_of_tied(at: Corner, fall: Floats, drop: Floats, best: float) -> tuple[bool, int]:  # pragma: no cover
    """Return the variable (slack index, or position of a basic column) that the tilt lets reach zero first."""
    k = at.size[0]
    limit = best + _TIE * (1.0 + abs(best))
    chosen_slack, chosen, least = False, -1, np.inf
    moved = np.zeros(k + 1)
    for p in range(k):
        for q in range(k):
            moved[p] += at.inverse[p, q] * at.tilt[at.tight[q]]
        if fall[p] > _ZERO and at.values[at.basic[p]] / fall[p] <= limit and moved[p] / fall[p] < least:
            chosen_slack, chosen, least = False, p, moved[p] / fall[p]
    for i in range(len(drop)):
        if drop[i] > _ZERO and at.level[i] < 0 and at.slacks[i] / drop[i] <= limit:
            shift = at.tilt[i]
            for p in range(k):
                shift -= at.columns[at.basic[p], i] * moved[p]
            if shift / drop[i] < least:
                chosen_slack, chosen, least = True, i, shift / drop[i]
    return chosen_slack, chosen


@njit(cache=True)
def _exchange(
    at: Corner, slack: bool, index: int, leaves_slack: bool, leaving: int, fall: Floats, drop: Floats
) -> None:  # pragma: no cover - compiled
    """Update the lists and the inverse for the new basis."""
    k = at.size[0]
    inverse = at.inverse
    if leaves_slack:
        # The new tight row in terms of the tight rows that there were.
        mix = np.zeros(k)
        for p in range(k):
            payoff = at.columns[at.basic[p], leaving]
            for q in range(k):
                mix[q] += payoff * inverse[p, q]
    if not slack and leaves_slack:
        pivot = drop[leaving]
        for p in range(k):
            share = fall[p] / pivot
            for q in range(k):
                inverse[p, q] += share * mix[q]
            inverse[p, k] = -share
        for q in range(k):
            inverse[k, q] = -mix[q] / pivot
        inverse[k, k] = 1.0 / pivot
        at.basic[k], at.tight[k] = index, leaving
        at.place[index], at.level[leaving] = k, k
        at.size[0] = k + 1
    elif not slack:
        p = at.place[leaving]
        for q in range(k):
            inverse[p, q] /= fall[p]
        for other in range(k):
            if other != p:
                for q in range(k):
                    inverse[other, q] -= fall[other] * inverse[p, q]
        at.basic[p] = index
        at.place[leaving], at.place[index] = -1, p
    elif leaves_slack:
        q = at.level[index]
        for p in range(k):
            scaled = inverse[p, q] / mix[q]
            for other in range(k):
                inverse[p, other] -= mix[other] * scaled
            inverse[p, q] = scaled
        at.tight[q] = leaving
        at.level[index], at.level[leaving] = -1, q
    else:
        _shrink(at, at.place[leaving], at.level[index])


@njit(cache=True)
def _shrink(at: Corner, p: int, q: int) -> None:  # pragma: no cover - compiled
    """Remove a basic column and a tight row; the last ones take their places in the lists."""
    last = at.size[0] - 1
    inverse = at.inverse
    for other in range(last + 1):
        if other != p:
            share = inverse[other, q] / inverse[p, q]
            for c in range(last + 1):
                inverse[other, c] -= share * inverse[p, c]
    at.place[at.basic[p]] = -1
    at.level[at.tight[q]] = -1
    if p != last:
        for c in range(last + 1):
            inverse[p, c] = inverse[last, c]
        at.basic[p] = at.basic[last]
        at.place[at.basic[p]] = p
    if q != last:
        for c in range(last + 1):
            inverse[c, q] = inverse[c, last]
        at.tight[q] = at.tight[last]
        at.level[at.tight[q]] = q
    at.size[0] = last


@njit(cache=True)
def _refresh(at: Corner) -> bool:  # pragma: no cover - compiled
    """Compute inverse, values and slacks from the payoffs; False when the basis is singular or infeasible."""
    k = at.size[0]
    at.size[1] = 0
    work = np.zeros((k, 2 * k))
    for q in range(k):
        for p in range(k):
            work[q, p] = at.columns[at.basic[p], at.tight[q]]
        work[q, k + q] = 1.0
    for c in range(k):
        pivot = c
        for q in range(c + 1, k):
            if abs(work[q, c]) > abs(work[pivot, c]):
                pivot = q
        if abs(work[pivot, c]) < 1e-13:
            return False
        if pivot != c:
            for j in range(2 * k):
                held = work[c, j]
                work[c, j] = work[pivot, j]
                work[pivot, j] = held
        scale = 1.0 / work[c, c]
        for j in range(2 * k):
            work[c, j] *= scale
        for q in range(k):
            factor = work[q, c]
            if q != c and factor != 0.0:
                for j in range(2 * k):
                    work[q, j] -= factor * work[c, j]
    for i in range(len(at.slacks)):
        at.slacks[i] = 1.0
    worst = 0.0
    for p in range(k):
        total = 0.0
        for q in range(k):
            at.inverse[p, q] = work[p, k + q]
            total += work[p, k + q]
        at.values[at.basic[p]] = total
        worst = min(worst, total)
        for i in range(len(at.slacks)):
            at.slacks[i] -= total * at.columns[at.basic[p], i]
    for i in range(len(at.slacks)):
        if at.level[i] >= 0:
            at.slacks[i] = 0.0
        else:
            worst = min(worst, at.slacks[i])
    return worst > _INFEASIBLE
