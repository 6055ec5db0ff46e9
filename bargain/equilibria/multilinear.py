r"""Bounds of expected payoffs while every strategy is only known to lie in a box.

A player's strategy is enclosed by :math:`\ell \le \sigma_i \le h` together with :math:`\sum_a \sigma_{ia} = 1`. A
linear form takes its least value on such a set by filling up the cheapest actions first (Dantzig 1957), and expected
payoffs are linear in one player's strategy at a time, so they are bounded by summing over one player after the other.
All numbers are floats; payoffs are normalised to [0, 1], and every comparison leaves :data:`MARGIN` for rounding.
Compiled by numba on the first call. Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bargain.equilibria.compiled import inner

__all__ = [
    "MARGIN",
    "PLACE",
    "ROWS",
    "SIZE",
    "START",
    "Subgame",
    "collapse",
    "consistent",
    "difference",
    "num_columns",
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
    """What matters when only the actions of a support profile are used, in two flat arrays.

    ``shape`` has one column per player and the rows :data:`PLACE`, :data:`ROWS`, :data:`SIZE` and :data:`START`.
    Player i uses ``shape[SIZE, i]`` actions; ``shape[ROWS, i]`` counts these and the unused actions that could be
    better.  The payoffs of player i are ``tables[shape[PLACE, i]:]``, one row per action, the used ones first; a row
    has one entry per combination of the others' used actions.  Its probabilities start at ``shape[START, i]``.
    """

    tables: Any
    shape: Any


PLACE, ROWS, SIZE, START = 0, 1, 2, 3


@inner
def num_columns(sub: Any, owner: Any) -> Any:
    """Return how many combinations of used actions the other players have."""
    count = 1
    for q in range(sub.shape.shape[1]):
        if q != owner:
            count *= sub.shape[SIZE, q]
    return count


@inner
def difference(sub: Any, owner: Any, first: Any, second: Any, work: Any) -> Any:
    """Write what action ``first`` pays the owner more than ``second`` into ``work[2]``."""
    columns = num_columns(sub, owner)
    one = sub.shape[PLACE, owner] + first * columns
    two = sub.shape[PLACE, owner] + second * columns
    for c in range(columns):
        work[2, c] = sub.tables[one + c] - sub.tables[two + c]


@inner
def _least(values: Any, begin: Any, stride: Any, size: Any, lower: Any, upper: Any, at: Any, sign: Any) -> Any:
    """Return the least value of sign * sum of w[k] values[k] over the box with sum of w equal to one."""
    total, rest, used = 0.0, 1.0, 0
    for k in range(size):
        total += lower[at + k] * sign * values[begin + k * stride]
        rest -= lower[at + k]
    for _ in range(size):
        if rest <= 0.0:
            break
        best, least = -1, 0.0
        for k in range(size):
            if not (used >> k) & 1:
                value = sign * values[begin + k * stride]
                if best < 0 or value < least:
                    best, least = k, value
        used |= 1 << best
        room = min(upper[at + best] - lower[at + best], rest)
        total += room * least
        rest -= room
    return total


@inner
def collapse(sub: Any, owner: Any, absent: Any, keep: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Sum ``work[0]`` (lower bounds) and ``work[1]`` (upper bounds) over all players but the owner, absent and keep.

    The owner in place of ``absent`` or ``keep`` stands for nobody: with numbers of its own, every call would be
    compiled anew.
    """
    for q in range(sub.shape.shape[1] - 1, -1, -1):
        if q in (owner, absent, keep):
            continue
        outer = 1
        for p in range(q):
            if p not in (owner, absent):
                outer *= sub.shape[SIZE, p]
        inner = sub.shape[SIZE, keep] if keep > q and keep != owner else 1
        size, at = sub.shape[SIZE, q], sub.shape[START, q]
        for o in range(outer):
            for b in range(inner):
                begin = o * size * inner + b
                for side in range(2):
                    sign = 1.0 - 2.0 * side
                    bound = _least(work[side], begin, inner, size, lower, upper, at, sign)
                    work[side, o * inner + b] = sign * bound


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
            low = max(lower[k], 1.0 - (most - upper[k]) - _OUTWARD)
            high = min(upper[k], 1.0 - (least - lower[k]) + _OUTWARD)
            if low > high + _OUTWARD:
                return False
            lower[k], upper[k] = min(low, high), max(low, high)
    return True


@inner
def _fill(values: Any, size: Any, lower: Any, upper: Any, at: Any, point: Any, order: Any, sign: Any) -> Any:
    """Put the distribution with the least value into ``point``; return the value.  ``order`` sorts the actions."""
    for k in range(size):
        place = k
        while place > 0 and sign * values[order[place - 1]] > sign * values[k]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = k
    total, rest = 0.0, 1.0
    for k in range(size):
        point[k] = lower[at + k]
        rest -= lower[at + k]
    for place in range(size):
        k = order[place]
        room = max(0.0, min(upper[at + k] - lower[at + k], rest))
        point[k] += room
        rest -= room
        total += point[k] * sign * values[k]
    return total


@inner
def _reach(
    values: Any, size: Any, lower: Any, upper: Any, at: Any, point: Any, k: Any, sign: Any, slack: Any, up: Any
) -> Any:
    """Return how far w[k] can move up (down) from the least point until the form has grown by ``slack``.

    The mass is taken from the dearest actions in use, or given to the cheapest with room.
    """
    moved, used = 0.0, 1 << k
    while True:
        best, least = -1, 0.0
        for q in range(size):
            room = point[q] - lower[at + q] if up else upper[at + q] - point[q]
            if not (used >> q) & 1 and room > 0.0:
                rate = sign * (values[k] - values[q]) if up else sign * (values[q] - values[k])
                if best < 0 or rate < least:
                    best, least = q, rate
        if best < 0:
            return 2.0
        used |= 1 << best
        room = point[best] - lower[at + best] if up else upper[at + best] - point[best]
        if least > 0.0 and least * room > slack:
            return moved + slack / least
        moved += room
        slack -= max(0.0, least) * room


@inner
def _tighten(values: Any, size: Any, lower: Any, upper: Any, at: Any, sign: Any, spare: Any, order: Any) -> Any:
    """Keep the strategies for which sign * (linear form) can be at most zero; return whether there are any."""
    point = spare[0]
    least = _fill(values, size, lower, upper, at, point, order, sign)
    if least > MARGIN:
        return False
    slack = 2 * MARGIN - least
    for k in range(size):
        for up in range(2):
            spare[1 + up, k] = _reach(values, size, lower, upper, at, point, k, sign, slack, up == 1)
        spare[1, k] = max(lower[at + k], point[k] - spare[1, k] - _OUTWARD)
        spare[2, k] = min(upper[at + k], point[k] + spare[2, k] + _OUTWARD)
    for k in range(size):
        lower[at + k], upper[at + k] = spare[1, k], spare[2, k]
    return True


@inner
def _compare(
    sub: Any, owner: Any, first: Any, second: Any, both: Any, lower: Any, upper: Any, work: Any, spare: Any, order: Any
) -> Any:
    """Tighten by: ``first`` pays the owner at most as much as ``second``; the same when ``both``."""
    columns = num_columns(sub, owner)
    for keep in range(sub.shape.shape[1]):
        size = sub.shape[SIZE, keep]
        if keep == owner or (size == 1 and columns > 1):
            continue
        difference(sub, owner, first, second, work)
        for c in range(columns):
            work[0, c] = work[2, c]
            work[1, c] = work[2, c]
        collapse(sub, owner, owner, keep, lower, upper, work)
        at = sub.shape[START, keep]
        for side in range(2 if both else 1):
            if not _tighten(work[side], size, lower, upper, at, 1.0 - 2.0 * side, spare, order):
                return False
        if columns == 1:
            break
    return True


@inner
def tighten(sub: Any, lower: Any, upper: Any, work: Any, spare: Any, order: Any) -> Any:
    """Tighten the box by every comparison of two actions; return False when it holds no equilibrium.

    All used actions of a player pay the same, and no unused one pays more.
    """
    for owner in range(sub.shape.shape[1]):
        for second in range(sub.shape[SIZE, owner]):
            for first in range(second + 1, sub.shape[ROWS, owner]):
                both = first < sub.shape[SIZE, owner]
                if not _compare(sub, owner, first, second, both, lower, upper, work, spare, order):
                    return False
    return consistent(sub, lower, upper)
