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

from bargain.equilibria.compiled import entry, inner
from bargain.equilibria.multilinear import (
    COLUMNS,
    FIRST,
    MARGIN,
    SIZE,
    START,
    advantage,
    collapse,
    difference,
)

__all__ = [
    "ACTION",
    "AT",
    "INVERSE",
    "MID",
    "OUTWARD",
    "OWNER",
    "PIVOT",
    "PRODUCT",
    "RAD",
    "SHIFT",
    "SPREAD",
    "VALUE",
    "WEIGHT",
    "System",
    "linearise",
    "middle",
    "solve_rows",
]

_SINGULAR = 1e-7
"""Pivots below this fraction of the largest slope are taken for zero."""

OUTWARD = 1e-15


class System(NamedTuple):
    """Room for the linearised conditions: N conditions in N variables.

    Condition and variable number e belong to player ``terms[OWNER, e]`` and its used action ``terms[ACTION, e]``, whose
    probability stands at ``terms[AT, e]``; ``terms[PIVOT, r]`` is the variable for which row r is solved, or -1.
    ``blocks`` holds five matrices side by side: the slopes' middles and radii, Y S, Y, and the radii of Y S; matrix m
    stands in the columns from m N on.  ``vectors`` holds F(c), Y F(c), and the sums of the rows of abs(Y).  ``mixed``
    holds the lower and upper ends of a box of strategies.
    """

    terms: Any
    blocks: Any
    vectors: Any
    mixed_lower: Any
    mixed_upper: Any


OWNER, ACTION, AT, PIVOT = 0, 1, 2, 3
MID, RAD, PRODUCT, INVERSE, SPREAD = 0, 1, 2, 3, 4
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
def _move(sub: Any, owner: Any, player: Any, action: Any, work: Any) -> Any:
    """Replace ``work`` by what it changes by when the player moves from its first used action to another."""
    stride, size = 1, sub.shape[SIZE, player]
    for q in range(player + 1, sub.shape.shape[1]):
        if q != owner:
            stride *= sub.shape[SIZE, q]
    for cell in range(sub.shape[COLUMNS, owner] // size):
        begin = cell // stride * size * stride + cell % stride
        value = work[2, begin + action * stride] - work[2, begin]
        work[0, cell] = value
        work[1, cell] = value


@inner
def _invert(system: Any) -> Any:
    """Make Y by Gauss-Jordan elimination of the middle slopes with full pivoting; return the rank."""
    count = system.terms.shape[1]
    largest = 0.0
    for r in range(count):
        system.terms[PIVOT, r] = -1
        for v in range(count):
            slope = system.blocks[r, MID * count + v]
            system.blocks[r, PRODUCT * count + v] = slope
            system.blocks[r, INVERSE * count + v] = 1.0 if r == v else 0.0
            if abs(slope) > largest:
                largest = abs(slope)
    for rank in range(count):
        row, column, best = count, count, _SINGULAR * largest
        for r in range(count):
            if system.terms[PIVOT, r] < 0:
                for v in range(count):
                    size = abs(system.blocks[r, PRODUCT * count + v])
                    if size > best:
                        row, column, best = r, v, size
        if row == count:
            return rank
        system.terms[PIVOT, row] = column
        _eliminate(system, row, column)
    return count


@inner
def _eliminate(system: Any, row: Any, column: Any) -> Any:
    """Solve the row for the column, in PRODUCT and INVERSE, which are neighbours."""
    count = system.terms.shape[1]
    first, last = PRODUCT * count, (INVERSE + 1) * count
    pivot = first + column
    scale = 1.0 / system.blocks[row, pivot]
    for v in range(first, last):
        system.blocks[row, v] *= scale
    for r in range(count):
        factor = system.blocks[r, pivot]
        if r != row and factor != 0.0:
            for v in range(first, last):
                system.blocks[r, v] -= factor * system.blocks[row, v]
            system.blocks[r, pivot] = 0.0


@inner
def _precondition(system: Any) -> Any:
    """Enclose Y S and Y F(c), with rounding."""
    count = system.terms.shape[1]
    for r in range(count):
        weight, shift = 0.0, 0.0
        for v in range(count):
            system.blocks[r, PRODUCT * count + v] = 0.0
            system.blocks[r, SPREAD * count + v] = 0.0
        for e in range(count):
            factor = system.blocks[r, INVERSE * count + e]
            weight += abs(factor)
            shift += factor * system.vectors[VALUE, e]
            for v in range(count):
                system.blocks[r, PRODUCT * count + v] += factor * system.blocks[e, MID * count + v]
                system.blocks[r, SPREAD * count + v] += abs(factor) * system.blocks[e, RAD * count + v]
        for v in range(count):
            system.blocks[r, SPREAD * count + v] += MARGIN * weight
        system.vectors[WEIGHT, r], system.vectors[SHIFT, r] = weight, shift


@entry
def linearise(sub: Any, system: Any, center: Any, first: Any, last: Any, lower: Any, upper: Any, work: Any) -> Any:
    """Enclose F, Y, Y F(c) and Y S; return the rank of the slopes' middles.

    Slopes are those between the box from ``first`` to ``last`` (which may both be the center) and the box from
    ``lower`` to ``upper``.  What condition e changes by when player j moves from its first used action to another is
    bounded with the players before j in the one box and those after it in the other.
    """
    players, count = sub.shape.shape[1], system.terms.shape[1]
    for e in range(count):
        advantage(sub, system.terms[OWNER, e], system.terms[ACTION, e], center, center, work)
        system.vectors[VALUE, e] = work[0, 0]
    for k in range(lower.size):
        system.mixed_lower[k], system.mixed_upper[k] = lower[k], upper[k]
    for j in range(players):
        at, size = sub.shape[START, j], sub.shape[SIZE, j]
        for e in range(count):
            owner = system.terms[OWNER, e]
            if j != owner:
                difference(sub, owner, system.terms[ACTION, e], FIRST, work)
            for action in range(1, size):
                v = at - j + action - 1
                middle, radius = 0.0, 0.0
                if j != owner:
                    _move(sub, owner, j, action, work)
                    collapse(sub, owner, j, owner, system.mixed_lower, system.mixed_upper, work)
                    middle = 0.5 * (work[0, 0] + work[1, 0])
                    radius = 0.5 * (work[1, 0] - work[0, 0]) + MARGIN
                system.blocks[e, MID * count + v] = middle
                system.blocks[e, RAD * count + v] = radius
        for k in range(at, at + size):
            system.mixed_lower[k], system.mixed_upper[k] = first[k], last[k]
    rank = _invert(system)
    _precondition(system)
    return rank


@inner
def solve_rows(system: Any, lower: Any, upper: Any, center: Any) -> Any:
    """Solve every row of Y F(c) + Y S (w - c) = 0 for its pivot variable; return whether all can hold in the box."""
    count = system.terms.shape[1]
    for r in range(count):
        pivot = system.terms[PIVOT, r]
        error = 2 * MARGIN * system.vectors[WEIGHT, r]
        low, high = system.vectors[SHIFT, r] - error, system.vectors[SHIFT, r] + error
        for v in range(count):
            if v != pivot:
                k = system.terms[AT, v]
                factor, spread = system.blocks[r, PRODUCT * count + v], system.blocks[r, SPREAD * count + v]
                one, two = factor * (lower[k] - center[k]), factor * (upper[k] - center[k])
                reach, span = spread * abs(lower[k] - center[k]), spread * abs(upper[k] - center[k])
                reach += OUTWARD * (abs(one) + reach)
                span += OUTWARD * (abs(two) + span)
                low += one - reach if one - reach < two - span else two - span
                high += one + reach if one + reach > two + span else two + span
        if pivot < 0:
            if low > 0.0 or high < 0.0:
                return False
            continue
        factor, spread = system.blocks[r, PRODUCT * count + pivot], system.blocks[r, SPREAD * count + pivot]
        least, most = factor - spread, factor + spread
        if least <= 1e-3:
            continue
        down = -high / least if high > 0.0 else -high / most
        rise = -low / least if low < 0.0 else -low / most
        k = system.terms[AT, pivot]
        down = center[k] + down - OUTWARD * (1.0 + abs(down))
        rise = center[k] + rise + OUTWARD * (1.0 + abs(rise))
        if down > lower[k]:
            lower[k] = down
        if rise < upper[k]:
            upper[k] = rise
        if lower[k] > upper[k]:
            return False
    return True
