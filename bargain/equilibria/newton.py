r"""Interval Newton steps for the indifference conditions of a support profile.

With ``center`` c and a box B around it, the multilinear conditions are :math:`F(w) = F(c) + S(w)(w - c)` exactly, where
the slopes S are expected payoffs too, so that they can be enclosed over B.  Multiplying by an approximate inverse Y of S makes
every row nearly a condition on one variable, which tightens B; and when Y's rows prove that the map sends B inside itself, B
contains exactly one solution (Krawczyk 1969; Neumaier 1990, chapter 5).  One probability per player is replaced by one less
the others.  Compiled by numba on the first call.  Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit

from bargain.equilibria.multilinear import MARGIN, collapse, consistent, difference, num_columns

__all__ = ["System", "contract", "middle", "proves_one", "root"]

_SINGULAR = 1e-7
"""Pivots below this fraction of the largest slope are taken for zero."""

_OUTWARD = 1e-15


class System(NamedTuple):
    """Room for the linearised conditions: N conditions in N variables.

    ``owner`` and ``action`` name the conditions, ``player`` and ``place`` the variables; ``mid`` and ``rad`` enclose the
    slopes, ``inverse`` is Y, ``product`` and ``spread`` enclose Y S, ``value`` is F(c), ``shift`` is Y F(c), ``weight``
    the sums of the rows of abs(Y), ``pivot`` the variable of every row or -1.  ``low`` and ``high`` hold one box of
    strategies per player: the center for the players before it, the box for those after it.
    """

    owner: Any
    action: Any
    player: Any
    place: Any
    mid: Any
    rad: Any
    inverse: Any
    product: Any
    spread: Any
    value: Any
    shift: Any
    weight: Any
    pivot: Any
    low: Any
    high: Any


@njit(cache=True)  # type: ignore[untyped-decorator]
def middle(sub, lower, upper, center):  # type: ignore[no-untyped-def]
    """Write a point of the box whose probabilities add up to one into ``center``."""
    for q in range(sub.sizes.size):
        at, size = sub.starts[q], sub.sizes[q]
        least, most = 0.0, 0.0
        for k in range(at, at + size):
            least += lower[k]
            most += upper[k]
        share = (1.0 - least) / (most - least) if most > least else 0.0
        for k in range(at, at + size):
            center[k] = lower[k] + share * (upper[k] - lower[k])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _evaluate(sub, system, center, work):  # type: ignore[no-untyped-def]
    for e in range(system.owner.size):
        owner = system.owner[e]
        difference(sub, owner, system.action[e], 0, work)
        for c in range(num_columns(sub, owner)):
            work[0, c] = work[2, c]
            work[1, c] = work[2, c]
        collapse(sub, owner, -1, -1, center, center, work)
        system.value[e] = work[0, 0]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _slope(sub, owner, player, place, lower, upper, work):  # type: ignore[no-untyped-def]
    """Bound what ``work[2]`` changes by when the player moves from its first used action to ``place``."""
    outer, inner, size = 1, 1, sub.sizes[player]
    for q in range(sub.sizes.size):
        if q != owner:
            if q < player:
                outer *= sub.sizes[q]
            elif q > player:
                inner *= sub.sizes[q]
    for o in range(outer):
        for b in range(inner):
            begin = o * size * inner + b
            value = work[2, begin + place * inner] - work[2, begin]
            work[0, o * inner + b] = value
            work[1, o * inner + b] = value
    collapse(sub, owner, player, -1, lower, upper, work)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _linearise(sub, system, center, lower, upper, everywhere, work):  # type: ignore[no-untyped-def]
    """Enclose the slopes between the center and the box, or between any two points of the box (``everywhere``)."""
    players, count = sub.sizes.size, system.owner.size
    for j in range(players):
        for q in range(players):
            for k in range(sub.starts[q], sub.starts[q] + sub.sizes[q]):
                fixed = q < j and not everywhere
                system.low[j, k] = center[k] if fixed else lower[k]
                system.high[j, k] = center[k] if fixed else upper[k]
    for e in range(count):
        owner = system.owner[e]
        difference(sub, owner, system.action[e], 0, work)
        for v in range(count):
            j = system.player[v]
            system.mid[e, v], system.rad[e, v] = 0.0, 0.0
            if j != owner:
                _slope(sub, owner, j, system.place[v], system.low[j], system.high[j], work)
                system.mid[e, v] = 0.5 * (work[0, 0] + work[1, 0])
                system.rad[e, v] = 0.5 * (work[1, 0] - work[0, 0]) + MARGIN


@njit(cache=True)  # type: ignore[untyped-decorator]
def _invert(system, work):  # type: ignore[no-untyped-def]
    """Make Y by Gauss-Jordan elimination of the middle slopes with full pivoting; return the rank."""
    count = system.owner.size
    a, y = system.product, system.inverse
    largest = 0.0
    for r in range(count):
        system.pivot[r] = -1
        for v in range(count):
            a[r, v] = system.mid[r, v]
            y[r, v] = 1.0 if r == v else 0.0
            largest = max(largest, abs(a[r, v]))
    rank = 0
    while rank < count:
        row, column, best = -1, -1, _SINGULAR * largest
        for r in range(count):
            if system.pivot[r] < 0:
                for v in range(count):
                    if abs(a[r, v]) > best:
                        row, column, best = r, v, abs(a[r, v])
        if row < 0:
            return rank
        system.pivot[row] = column
        _eliminate(a, y, row, column)
        rank += 1
    return rank


@njit(cache=True)  # type: ignore[untyped-decorator]
def _eliminate(a, y, row, column):  # type: ignore[no-untyped-def]
    count = a.shape[0]
    scale = 1.0 / a[row, column]
    for v in range(count):
        a[row, v] *= scale
        y[row, v] *= scale
    for r in range(count):
        factor = a[r, column]
        if r != row and factor != 0.0:
            for v in range(count):
                a[r, v] -= factor * a[row, v]
                y[r, v] -= factor * y[row, v]
            a[r, column] = 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _precondition(system):  # type: ignore[no-untyped-def]
    """Enclose Y S and Y F(c), with rounding."""
    count = system.owner.size
    for r in range(count):
        weight, shift = 0.0, 0.0
        for e in range(count):
            weight += abs(system.inverse[r, e])
            shift += system.inverse[r, e] * system.value[e]
        system.weight[r], system.shift[r] = weight, shift
        for v in range(count):
            total, spread = 0.0, MARGIN * weight
            for e in range(count):
                total += system.inverse[r, e] * system.mid[e, v]
                spread += abs(system.inverse[r, e]) * system.rad[e, v]
            system.product[r, v], system.spread[r, v] = total, spread


@njit(cache=True)  # type: ignore[untyped-decorator]
def contract(sub, system, lower, upper, center, work):  # type: ignore[no-untyped-def]
    """Tighten the box by one interval Newton step; return whether anything can be left of it."""
    middle(sub, lower, upper, center)
    _evaluate(sub, system, center, work)
    _linearise(sub, system, center, lower, upper, False, work)
    _invert(system, work)
    _precondition(system)
    for r in range(system.owner.size):
        if not _solve_row(sub, system, r, lower, upper, center):
            return False
    return consistent(sub, lower, upper)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _solve_row(sub, system, r, lower, upper, center):  # type: ignore[no-untyped-def]
    """Solve a row of Y F(c) + Y S (w - c) = 0 for its pivot variable; return whether it can hold in the box."""
    error = 2 * MARGIN * system.weight[r]
    low, high = system.shift[r] - error, system.shift[r] + error
    pivot = system.pivot[r]
    for v in range(system.owner.size):
        if v != pivot:
            k = sub.starts[system.player[v]] + system.place[v]
            one, two = _times(system.product[r, v], system.spread[r, v], lower[k] - center[k], upper[k] - center[k])
            low += one
            high += two
    if pivot < 0:
        return low <= 0.0 <= high
    least = system.product[r, pivot] - system.spread[r, pivot]
    if least <= 1e-3:
        return True
    most = system.product[r, pivot] + system.spread[r, pivot]
    k = sub.starts[system.player[pivot]] + system.place[pivot]
    down = -high / least if high > 0.0 else -high / most
    rise = -low / least if low < 0.0 else -low / most
    lower[k] = max(lower[k], center[k] + down - _OUTWARD * (1.0 + abs(down)))
    upper[k] = min(upper[k], center[k] + rise + _OUTWARD * (1.0 + abs(rise)))
    return lower[k] <= upper[k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _times(middle, radius, low, high):  # type: ignore[no-untyped-def]
    """Return the product of the intervals middle +- radius and [low, high], moved outwards."""
    one, two = (middle - radius) * low, (middle - radius) * high
    three, four = (middle + radius) * low, (middle + radius) * high
    least, most = min(min(one, two), min(three, four)), max(max(one, two), max(three, four))
    return least - _OUTWARD * abs(least), most + _OUTWARD * abs(most)


@njit(cache=True)  # type: ignore[untyped-decorator]
def root(sub, system, center, work):  # type: ignore[no-untyped-def]
    """Move the center towards a solution by Newton's method in floats; return whether it seems to have arrived."""
    for _ in range(12):
        _evaluate(sub, system, center, work)
        _linearise(sub, system, center, center, center, False, work)
        if _invert(system, work) < system.owner.size:
            return False
        _precondition(system)
        step = 0.0
        for r in range(system.owner.size):
            v = system.pivot[r]
            at = sub.starts[system.player[v]]
            center[at + system.place[v]] -= system.shift[r]
            center[at] += system.shift[r]
            step = max(step, abs(system.shift[r]))
        if step < 1e-14 or step > 2.0:
            return step < 1e-14
    return step < 1e-11


@njit(cache=True)  # type: ignore[untyped-decorator]
def proves_one(sub, system, center, radius, lower, upper, work):  # type: ignore[no-untyped-def]
    """Whether exactly one solution has all variables within ``radius`` of the center; ``radius`` shrinks around it.

    ``lower`` and ``upper`` are written over with the box.
    """
    for q in range(sub.sizes.size):
        at, total = sub.starts[q], 0.0
        for k in range(at + 1, at + sub.sizes[q]):
            total += radius[k]
            lower[k], upper[k] = center[k] - radius[k] - _OUTWARD, center[k] + radius[k] + _OUTWARD
        lower[at], upper[at] = center[at] - total - _OUTWARD * sub.sizes[q], center[at] + total + _OUTWARD * sub.sizes[q]
    _evaluate(sub, system, center, work)
    _linearise(sub, system, center, lower, upper, True, work)
    if _invert(system, work) < system.owner.size:
        return False
    _precondition(system)
    return _maps_inside(sub, system, radius)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _maps_inside(sub, system, radius):  # type: ignore[no-untyped-def]
    count = system.owner.size
    for r in range(count):
        bound = abs(system.shift[r]) + 2 * MARGIN * system.weight[r]
        for v in range(count):
            identity = 1.0 if v == system.pivot[r] else 0.0
            k = sub.starts[system.player[v]] + system.place[v]
            bound += (abs(system.product[r, v] - identity) + system.spread[r, v]) * radius[k]
        v = system.pivot[r]
        if not bound < 0.99 * radius[sub.starts[system.player[v]] + system.place[v]]:
            return False
    return True
