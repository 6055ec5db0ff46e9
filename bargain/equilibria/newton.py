r"""Interval Newton steps for the indifference conditions of a support profile.

With ``center`` c and a box B around it, the multilinear conditions are :math:`F(w) = F(c) + S(w)(w - c)` exactly,
where the slopes S are expected payoffs too, so that they can be enclosed over B. Multiplying by an approximate inverse
Y of S makes every row nearly a condition on one variable, which tightens B; and when Y's rows prove that the map sends
B inside itself, B contains exactly one solution (Krawczyk 1969; Neumaier 1990, chapter 5). One probability per player
is replaced by one less the others. Compiled by numba on the first call. Tested through
:mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bargain.equilibria.compiled import inner
from bargain.equilibria.multilinear import MARGIN, SIZE, START, collapse, consistent, difference, num_columns

__all__ = ["ACTION", "AT", "OWNER", "PIVOT", "SHIFT", "WEIGHT", "System", "contract", "middle", "proves_one", "root"]

_SINGULAR = 1e-7
"""Pivots below this fraction of the largest slope are taken for zero."""

_OUTWARD = 1e-15


class System(NamedTuple):
    """Room for the linearised conditions: N conditions in N variables.

    Condition and variable number e belong to player ``terms[OWNER, e]`` and its used action ``terms[ACTION, e]``, whose
    probability stands at ``terms[AT, e]``; ``terms[PIVOT, r]`` is the variable for which row r is solved, or -1.
    ``matrices`` holds the slopes' middles and radii, Y, and the middles and radii of Y S; ``vectors`` holds F(c),
    Y F(c), and the sums of the rows of abs(Y).  ``mixed`` holds the lower and upper ends of one box of strategies per
    player: the center for the players before it, the box for those after it.
    """

    terms: Any
    matrices: Any
    vectors: Any
    mixed: Any


OWNER, ACTION, AT, PIVOT = 0, 1, 2, 3
MID, RAD, INVERSE, PRODUCT, SPREAD = 0, 1, 2, 3, 4
VALUE, SHIFT, WEIGHT = 0, 1, 2


@inner
def middle(sub: Any, lower: Any, upper: Any, center: Any) -> Any:
    """Write a point of the box whose probabilities add up to one into ``center``."""
    for q in range(sub.shape.shape[1]):
        at, size = sub.shape[START, q], sub.shape[SIZE, q]
        least, most = 0.0, 0.0
        for k in range(at, at + size):
            least += lower[k]
            most += upper[k]
        share = (1.0 - least) / (most - least) if most > least else 0.0
        for k in range(at, at + size):
            center[k] = lower[k] + share * (upper[k] - lower[k])


@inner
def _evaluate(sub: Any, system: Any, center: Any, work: Any) -> Any:
    for e in range(system.terms.shape[1]):
        owner = system.terms[OWNER, e]
        difference(sub, owner, system.terms[ACTION, e], 0, work)
        for c in range(num_columns(sub, owner)):
            work[0, c] = work[2, c]
            work[1, c] = work[2, c]
        collapse(sub, owner, owner, owner, center, center, work)
        system.vectors[VALUE, e] = work[0, 0]


@inner
def _slope(sub: Any, owner: Any, player: Any, place: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Bound what ``work[2]`` changes by when the player moves from its first used action to ``place``."""
    outer, inner, size = 1, 1, sub.shape[SIZE, player]
    for q in range(sub.shape.shape[1]):
        if q != owner:
            if q < player:
                outer *= sub.shape[SIZE, q]
            elif q > player:
                inner *= sub.shape[SIZE, q]
    for o in range(outer):
        for b in range(inner):
            begin = o * size * inner + b
            value = work[2, begin + place * inner] - work[2, begin]
            work[0, o * inner + b] = value
            work[1, o * inner + b] = value
    collapse(sub, owner, player, owner, lower, upper, work)


@inner
def _linearise(sub: Any, system: Any, first: Any, last: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Enclose the slopes between the box from ``first`` to ``last`` (or a point of it, twice) and the box."""
    players, count = sub.shape.shape[1], system.terms.shape[1]
    for j in range(players):
        for q in range(players):
            for k in range(sub.shape[START, q], sub.shape[START, q] + sub.shape[SIZE, q]):
                system.mixed[0, j, k] = first[k] if q < j else lower[k]
                system.mixed[1, j, k] = last[k] if q < j else upper[k]
    for e in range(count):
        owner = system.terms[OWNER, e]
        difference(sub, owner, system.terms[ACTION, e], 0, work)
        for v in range(count):
            j = system.terms[OWNER, v]
            system.matrices[MID, e, v], system.matrices[RAD, e, v] = 0.0, 0.0
            if j != owner:
                _slope(sub, owner, j, system.terms[ACTION, v], system.mixed[0, j], system.mixed[1, j], work)
                system.matrices[MID, e, v] = 0.5 * (work[0, 0] + work[1, 0])
                system.matrices[RAD, e, v] = 0.5 * (work[1, 0] - work[0, 0]) + MARGIN


@inner
def _invert(system: Any, work: Any) -> Any:
    """Make Y by Gauss-Jordan elimination of the middle slopes with full pivoting; return the rank."""
    count = system.terms.shape[1]
    a, y = system.matrices[PRODUCT], system.matrices[INVERSE]
    largest = 0.0
    for r in range(count):
        system.terms[PIVOT, r] = -1
        for v in range(count):
            a[r, v] = system.matrices[MID, r, v]
            y[r, v] = 1.0 if r == v else 0.0
            largest = max(largest, abs(a[r, v]))
    rank = 0
    while rank < count:
        row, column, best = -1, -1, _SINGULAR * largest
        for r in range(count):
            if system.terms[PIVOT, r] < 0:
                for v in range(count):
                    if abs(a[r, v]) > best:
                        row, column, best = r, v, abs(a[r, v])
        if row < 0:
            return rank
        system.terms[PIVOT, row] = column
        _eliminate(a, y, row, column)
        rank += 1
    return rank


@inner
def _eliminate(a: Any, y: Any, row: Any, column: Any) -> Any:
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


@inner
def _precondition(system: Any) -> Any:
    """Enclose Y S and Y F(c), with rounding."""
    count = system.terms.shape[1]
    for r in range(count):
        weight, shift = 0.0, 0.0
        for e in range(count):
            weight += abs(system.matrices[INVERSE, r, e])
            shift += system.matrices[INVERSE, r, e] * system.vectors[VALUE, e]
        system.vectors[WEIGHT, r], system.vectors[SHIFT, r] = weight, shift
        for v in range(count):
            total, spread = 0.0, MARGIN * weight
            for e in range(count):
                total += system.matrices[INVERSE, r, e] * system.matrices[MID, e, v]
                spread += abs(system.matrices[INVERSE, r, e]) * system.matrices[RAD, e, v]
            system.matrices[PRODUCT, r, v], system.matrices[SPREAD, r, v] = total, spread


@inner
def contract(sub: Any, system: Any, lower: Any, upper: Any, center: Any, work: Any) -> Any:
    """Tighten the box by one interval Newton step; return whether anything can be left of it."""
    middle(sub, lower, upper, center)
    _evaluate(sub, system, center, work)
    _linearise(sub, system, center, center, lower, upper, work)
    _invert(system, work)
    _precondition(system)
    for r in range(system.terms.shape[1]):
        if not _solve_row(sub, system, r, lower, upper, center):
            return False
    return consistent(sub, lower, upper)


@inner
def _solve_row(sub: Any, system: Any, r: Any, lower: Any, upper: Any, center: Any) -> Any:
    """Solve a row of Y F(c) + Y S (w - c) = 0 for its pivot variable; return whether it can hold in the box."""
    error = 2 * MARGIN * system.vectors[WEIGHT, r]
    low, high = system.vectors[SHIFT, r] - error, system.vectors[SHIFT, r] + error
    pivot = system.terms[PIVOT, r]
    for v in range(system.terms.shape[1]):
        if v != pivot:
            k = system.terms[AT, v]
            one, two = _times(
                system.matrices[PRODUCT, r, v],
                system.matrices[SPREAD, r, v],
                lower[k] - center[k],
                upper[k] - center[k],
            )
            low += one
            high += two
    if pivot < 0:
        return low <= 0.0 <= high
    least = system.matrices[PRODUCT, r, pivot] - system.matrices[SPREAD, r, pivot]
    if least <= 1e-3:
        return True
    most = system.matrices[PRODUCT, r, pivot] + system.matrices[SPREAD, r, pivot]
    k = system.terms[AT, pivot]
    down = -high / least if high > 0.0 else -high / most
    rise = -low / least if low < 0.0 else -low / most
    lower[k] = max(lower[k], center[k] + down - _OUTWARD * (1.0 + abs(down)))
    upper[k] = min(upper[k], center[k] + rise + _OUTWARD * (1.0 + abs(rise)))
    return lower[k] <= upper[k]


@inner
def _times(middle: Any, radius: Any, low: Any, high: Any) -> Any:
    """Return the product of the intervals middle +- radius and [low, high], moved outwards."""
    one, two = (middle - radius) * low, (middle - radius) * high
    three, four = (middle + radius) * low, (middle + radius) * high
    least, most = min(min(one, two), min(three, four)), max(max(one, two), max(three, four))
    return least - _OUTWARD * abs(least), most + _OUTWARD * abs(most)


@inner
def root(sub: Any, system: Any, center: Any, work: Any) -> Any:
    """Move the center towards a solution by Newton's method in floats; return whether it seems to have arrived."""
    last = 0.5
    for _ in range(8):
        _evaluate(sub, system, center, work)
        _linearise(sub, system, center, center, center, center, work)
        if _invert(system, work) < system.terms.shape[1]:
            return False
        _precondition(system)
        step = 0.0
        for r in range(system.terms.shape[1]):
            v = system.terms[PIVOT, r]
            at = sub.shape[START, system.terms[OWNER, v]]
            center[system.terms[AT, v]] -= system.vectors[SHIFT, r]
            center[at] += system.vectors[SHIFT, r]
            step = max(step, abs(system.vectors[SHIFT, r]))
        if step < 1e-14 or step > 0.5 * last:
            return step < 1e-11
        last = step
    return step < 1e-11


@inner
def proves_one(sub: Any, system: Any, center: Any, radius: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Whether exactly one solution has all variables within ``radius`` of the center; ``radius`` shrinks around it.

    ``lower`` and ``upper`` are written over with the box.
    """
    for q in range(sub.shape.shape[1]):
        at, total = sub.shape[START, q], 0.0
        for k in range(at + 1, at + sub.shape[SIZE, q]):
            total += radius[k]
            lower[k], upper[k] = center[k] - radius[k] - _OUTWARD, center[k] + radius[k] + _OUTWARD
        lower[at], upper[at] = (
            center[at] - total - _OUTWARD * sub.shape[SIZE, q],
            center[at] + total + _OUTWARD * sub.shape[SIZE, q],
        )
    _evaluate(sub, system, center, work)
    _linearise(sub, system, lower, upper, lower, upper, work)
    if _invert(system, work) < system.terms.shape[1]:
        return False
    _precondition(system)
    return _maps_inside(sub, system, radius)


@inner
def _maps_inside(sub: Any, system: Any, radius: Any) -> Any:
    count = system.terms.shape[1]
    for r in range(count):
        bound = abs(system.vectors[SHIFT, r]) + 2 * MARGIN * system.vectors[WEIGHT, r]
        for v in range(count):
            identity = 1.0 if v == system.terms[PIVOT, r] else 0.0
            k = system.terms[AT, v]
            bound += (abs(system.matrices[PRODUCT, r, v] - identity) + system.matrices[SPREAD, r, v]) * radius[k]
        v = system.terms[PIVOT, r]
        if not bound < 0.99 * radius[system.terms[AT, v]]:
            return False
    return True
