r"""Bounds of expected payoffs while every strategy is only known to lie in a box.

A player's strategy is enclosed by :math:`\ell \le \sigma_i \le h` together with :math:`\sum_a \sigma_{ia} = 1`. A
linear form takes its least value on such a set by filling up the cheapest actions first (Dantzig 1957), and expected
payoffs are linear in one player's strategy at a time, so they are bounded by summing over one player after the other.
All numbers are floats; payoffs are normalised to [0, 1], and every comparison leaves :data:`MARGIN` for rounding.
Compiled by numba on the first call. Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bargain.equilibria.compiled import entry, inner

__all__ = [
    "COLUMNS",
    "FIRST",
    "MARGIN",
    "PLACE",
    "ROWS",
    "SIZE",
    "START",
    "Subgame",
    "advantage",
    "collapse",
    "consistent",
    "difference",
    "tighten",
]

MARGIN = 5e-14
"""What rounding may do to an expected payoff, as a fraction of the payoff range.

A sum over the actions of one player with weights that add up to one is off by at most (actions + 3) / 2 * 2.3e-16, and
normalising costs 5e-16; so the margin is enough while all players together use at most 400 actions.
"""

_OUTWARD = 1e-15
"""Bounds of probabilities are moved outwards by this, a few units of rounding."""


class Subgame(NamedTuple):
    """What matters when only the actions of a support profile are used, in two arrays.

    ``shape`` has one column per player and the rows :data:`PLACE`, :data:`ROWS`, :data:`SIZE`, :data:`START` and
    :data:`COLUMNS`.  Player i uses ``shape[SIZE, i]`` of its ``shape[ROWS, i]`` actions.  Its payoffs are
    ``tables[shape[PLACE, i]:]``, one row per action, the used ones first; a row has one entry for each of the
    ``shape[COLUMNS, i]`` combinations of the others' used actions.  Its probabilities start at ``shape[START, i]``.
    """

    tables: Any
    shape: Any


PLACE, ROWS, SIZE, START, COLUMNS = 0, 1, 2, 3, 4

FIRST = np.int64(0)
"""A player's first used action; with a plain 0, which is a type of its own, functions would be compiled twice."""


@inner
def difference(sub: Any, owner: Any, first: Any, second: Any, work: Any) -> Any:
    """Write what action ``first`` pays the owner more than ``second`` into all three rows of ``work``."""
    columns = sub.shape[COLUMNS, owner]
    one = sub.shape[PLACE, owner] + first * columns
    two = sub.shape[PLACE, owner] + second * columns
    for c in range(columns):
        more = sub.tables[one + c] - sub.tables[two + c]
        work[0, c] = more
        work[1, c] = more
        work[2, c] = more


@inner
def _least(work: Any, side: Any, begin: Any, stride: Any, size: Any, lower: Any, upper: Any, at: Any) -> Any:
    """Return the least (side 0) or the greatest (side 1) sum of w[k] work[side, begin + k * stride].

    The weights w lie in the box and add up to one.
    """
    sign = 1.0 - 2.0 * side
    total, rest, used = 0.0, 1.0, 0
    for k in range(size):
        total += lower[at + k] * work[side, begin + k * stride]
        rest -= lower[at + k]
    while rest > 0.0:
        best, least = -1, 0.0
        for k in range(size):
            value = sign * work[side, begin + k * stride]
            if not (used >> k) & 1 and (best < 0 or value < least):
                best, least = k, value
        if best < 0:
            break
        used |= 1 << best
        room = upper[at + best] - lower[at + best]
        if room > rest:
            room = rest
        total += room * sign * least
        rest -= room
    return total


@inner
def collapse(sub: Any, owner: Any, absent: Any, keep: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Sum ``work[0]`` (lower bounds) and ``work[1]`` (upper bounds) over all players but the owner, absent and keep.

    The owner in place of ``absent`` or ``keep`` stands for nobody: with numbers of its own, every call would be
    compiled anew.
    """
    for q in range(sub.shape.shape[1] - 1, -1, -1):
        size, at = sub.shape[SIZE, q], sub.shape[START, q]
        if size == 1 or (q - owner) * (q - absent) * (q - keep) == 0:
            continue
        cells, stride = 1, 1
        for p in range(q):
            if p != owner and p != absent:
                cells *= sub.shape[SIZE, p]
        if keep > q and keep != owner:
            stride = sub.shape[SIZE, keep]
            cells *= stride
        for cell in range(cells):
            begin = cell // stride * size * stride + cell % stride
            for side in range(2):
                work[side, cell] = _least(work, side, begin, stride, size, lower, upper, at)


@entry
def advantage(sub: Any, owner: Any, action: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Bound what an action is expected to pay its owner more than the first used one: work[0, 0] and work[1, 0]."""
    difference(sub, owner, action, FIRST, work)
    collapse(sub, owner, owner, owner, lower, upper, work)


@inner
def consistent(sub: Any, lower: Any, upper: Any) -> Any:
    """Tighten the bounds by the sums of probabilities; return whether anything is left."""
    for q in range(sub.shape.shape[1]):
        at, size = sub.shape[START, q], sub.shape[SIZE, q]
        least, most = 0.0, 0.0
        for k in range(at, at + size):
            least += lower[k]
            most += upper[k]
        if least > 1.0 + MARGIN or most < 1.0 - MARGIN:
            return False
        for k in range(at, at + size):
            low = 1.0 - (most - upper[k]) - _OUTWARD
            high = 1.0 - (least - lower[k]) + _OUTWARD
            if low < lower[k]:
                low = lower[k]
            if high > upper[k]:
                high = upper[k]
            if low > high + _OUTWARD:
                return False
            if low > high:
                low, high = high, low
            lower[k], upper[k] = low, high
    return True


@inner
def _fill(work: Any, side: Any, size: Any, lower: Any, upper: Any, at: Any, spare: Any, order: Any) -> Any:
    """Put the distribution with the least value into ``spare[0]``; return the value.  ``order`` sorts the actions."""
    sign = 1.0 - 2.0 * side
    rest = 1.0
    for k in range(size):
        spare[0, k] = lower[at + k]
        rest -= lower[at + k]
        place = k
        while place > 0 and sign * work[side, order[place - 1]] > sign * work[side, k]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = k
    total = 0.0
    for place in range(size):
        k = order[place]
        room = upper[at + k] - lower[at + k]
        if room > rest:
            room = rest
        if room > 0.0:
            spare[0, k] += room
            rest -= room
        total += spare[0, k] * sign * work[side, k]
    return total


@inner
def _reach(
    work: Any, side: Any, size: Any, bound: Any, at: Any, spare: Any, order: Any, k: Any, slack: Any, turn: Any
) -> Any:
    """Return how far w[k] can move up (turn 1) or down (-1) from the least point until the form has grown by ``slack``.

    The mass is taken from the dearest actions in use, or given to the cheapest with room; ``bound`` is how far the
    others can go.
    """
    moved, pull = 0.0, turn * (1.0 - 2.0 * side)
    for place in range(size):
        q = order[size - 1 - place] if turn > 0.0 else order[place]
        room = turn * (spare[0, q] - bound[at + q])
        if q == k or room <= 0.0:
            continue
        rate = pull * (work[side, k] - work[side, q])
        if rate > 0.0:
            if rate * room > slack:
                return moved + slack / rate
            slack -= rate * room
        moved += room
    return 2.0


@inner
def _tighten(work: Any, side: Any, size: Any, lower: Any, upper: Any, at: Any, spare: Any, order: Any) -> Any:
    """Keep the strategies for which the form can be at most (side 1: at least) zero; return whether there are any."""
    least = _fill(work, side, size, lower, upper, at, spare, order)
    if least > MARGIN:
        return False
    if (1.0 - 2.0 * side) * work[side, order[size - 1]] <= 0.0:
        return True
    slack = 2 * MARGIN - least
    for k in range(size):
        spare[1, k], spare[2, k] = lower[at + k], upper[at + k]
        if spare[0, k] > lower[at + k]:
            low = spare[0, k] - _reach(work, side, size, upper, at, spare, order, k, slack, -1.0) - _OUTWARD
            if low > lower[at + k]:
                spare[1, k] = low
        if spare[0, k] < upper[at + k]:
            high = spare[0, k] + _reach(work, side, size, lower, at, spare, order, k, slack, 1.0) + _OUTWARD
            if high < upper[at + k]:
                spare[2, k] = high
    for k in range(size):
        lower[at + k], upper[at + k] = spare[1, k], spare[2, k]
    return True


@inner
def tighten(sub: Any, lower: Any, upper: Any, work: Any, spare: Any, order: Any) -> Any:
    """Tighten the box by every comparison of two actions; return False when it holds no equilibrium.

    All used actions of a player pay the same, and no unused one pays more.
    """
    players = sub.shape.shape[1]
    for owner in range(players):
        used = sub.shape[SIZE, owner]
        for second in range(used):
            for first in range(second + 1, sub.shape[ROWS, owner]):
                for keep in range(players):
                    size, at = sub.shape[SIZE, keep], sub.shape[START, keep]
                    if keep == owner or (size == 1 and sub.shape[COLUMNS, owner] > 1):
                        continue
                    difference(sub, owner, first, second, work)
                    collapse(sub, owner, owner, keep, lower, upper, work)
                    for side in range(2):
                        if side == 1 and first >= used:
                            break
                        if not _tighten(work, side, size, lower, upper, at, spare, order):
                            return False
    return consistent(sub, lower, upper)
