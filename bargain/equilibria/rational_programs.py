r"""Small linear programs in exact fractions, by the simplex method on a dictionary of whole numbers.

A program :math:`\max c x` subject to :math:`A x \le b, x \ge 0` is kept as a *dictionary* whose entries share one
denominator, so that every pivot needs whole numbers only and every division in it is exact (Edmonds 1967; Avis 2000).
The steepest column enters (Dantzig 1951), and Bland's rule (1977) excludes cycling where the objective stalls, so that
ties and degenerate vertices are no special cases and there is no tolerance.  The answer carries its multipliers, which
prove the optimum by duality.  Tested by duality and against HiGHS and the enumeration of all vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.errors import NotSolvedError

__all__ = ["Optimum", "RationalGame", "maximise", "solve_rational_game"]

Whole = NDArray[np.object_]

_PATIENCE = 30
"""Pivots without gain after which Bland's rule takes over; while it does, it cannot cycle."""


class Optimum(NamedTuple):
    """The maximiser, the maximum, and one multiplier per row, all exact."""

    x: tuple[Fraction, ...]
    value: Fraction
    multipliers: tuple[Fraction, ...]


class RationalGame(NamedTuple):
    """A solved zero-sum game: its value and one optimal strategy of each side, all exact."""

    value: Fraction
    rows: tuple[Fraction, ...]
    columns: tuple[Fraction, ...]


class _Dictionary:
    """Basic variables as affine functions of the others: row i says ``entries[i, -1] - sum entries[i, j] x_j``.

    The last row is the objective.  All entries are to be divided by ``scale``, a positive int.
    """

    def __init__(self, entries: Whole, basic: list[int], free: list[int]) -> None:
        self.entries, self.basic, self.free, self.scale = entries, basic, free, 1

    def pivot(self, row: int, column: int) -> None:
        """Exchange the basic variable of ``row`` with the other one of ``column``."""
        entries, scale = self.entries, self.scale
        head = entries[row, column]
        sign = 1 if head > 0 else -1
        line, file = entries[row].copy(), entries[:, column].copy()
        made = sign * (entries * head - np.outer(file, line)) // scale
        made[row], made[:, column] = sign * line, -sign * file
        made[row, column] = sign * scale
        self.entries, self.scale = made, sign * head
        self.basic[row], self.free[column] = self.free[column], self.basic[row]

    def climb(self) -> None:
        """Pivot until the objective is largest: by the steepest column, and by Bland's rule while nothing is gained."""
        stalled = 0
        while True:
            costs = self.entries[-1, :-1]
            rising = [j for j in range(len(self.free)) if costs[j] < 0]
            if not rising:
                return
            steepest = stalled < _PATIENCE
            column = min(rising, key=costs.__getitem__ if steepest else self.free.__getitem__)
            row = self._blocking(column)
            stalled = 0 if self.entries[row, -1] else stalled + 1
            self.pivot(row, column)

    def _blocking(self, column: int) -> int:
        """Return the row whose basic variable reaches 0 first when the variable of ``column`` grows."""
        best = -1
        for i, basic in enumerate(self.basic):
            slope, value = self.entries[i, column], self.entries[i, -1]
            if slope <= 0:
                continue
            ahead = -1 if best < 0 else value * self.entries[best, column] - self.entries[best, -1] * slope
            if ahead < 0 or (ahead == 0 and basic < self.basic[best]):
                best = i
        if best < 0:
            raise NotSolvedError("the linear program is unbounded")
        return best


def maximise(objective: Sequence[Any], rows: Sequence[Sequence[Any]], limits: Sequence[Any]) -> Optimum | None:
    """Maximise ``objective @ x`` subject to ``rows @ x <= limits`` and ``x >= 0``, exactly.

    Parameters
    ----------
    objective : sequence of k ints or Fractions
        Coefficients.
    rows, limits : sequences of r rows of k numbers, and of r numbers
        An equation is given as two inequalities.

    Returns
    -------
    Optimum or None
        None when no point satisfies the inequalities.

    Raises
    ------
    NotSolvedError
        The objective has no upper bound.

    References
    ----------
    Dantzig (1951); Edmonds (1967), "Systems of distinct representatives and linear algebra"; Bland (1977).

    Examples
    --------
    >>> maximise([3, 2], [[1, 1], [1, 3]], [4, 6]).value
    Fraction(12, 1)
    """
    # In whole numbers without a common factor, so that the units of a row do not decide which column is the steepest.
    scales = [_to_least_whole([*row, limit]) for row, limit in zip(rows, limits, strict=True)]
    table = [
        [int(value * scale) for value in (*row, limit)] for row, limit, scale in zip(rows, limits, scales, strict=True)
    ]
    factor = _denominator(objective)
    goal = [-int(value * factor) for value in objective]
    count, size = len(table), len(goal)
    entries = np.array([*table, [*goal, 0]], dtype=object).reshape(count + 1, size + 1)
    made = _Dictionary(entries, list(range(size, size + count)), list(range(size)))
    if count and min(entries[:-1, -1]) < 0 and not _make_feasible(made):
        return None
    made.climb()
    x, multipliers = [Fraction(0)] * size, [Fraction(0)] * count
    for i, variable in enumerate(made.basic):
        if variable < size:
            x[variable] = Fraction(made.entries[i, -1], made.scale)
    for j, variable in enumerate(made.free):
        if variable >= size:
            multipliers[variable - size] = Fraction(made.entries[-1, j], made.scale * factor) * scales[variable - size]
    return Optimum(tuple(x), Fraction(made.entries[-1, -1], made.scale * factor), tuple(multipliers))


def _make_feasible(made: _Dictionary) -> bool:
    """Find a first vertex with one artificial variable, numbered -1 so that Bland's rule lets it leave first."""
    goal = made.entries[-1]
    count, size = len(made.basic), len(made.free)
    entries = np.empty((count + 1, size + 2), dtype=object)
    entries[:-1, 0], entries[-1, 0] = -1, 1
    entries[:-1, 1:], entries[-1, 1:] = made.entries[:-1], 0
    first = _Dictionary(entries, made.basic, [-1, *made.free])
    first.pivot(min(range(count), key=lambda i: entries[i, -1]), 0)
    first.climb()
    if first.entries[-1, -1] != 0:
        return False
    if -1 in first.basic:
        row = first.basic.index(-1)
        first.pivot(row, next(j for j in range(len(first.free)) if first.entries[row, j] != 0))
    column = first.free.index(-1)
    body = np.delete(first.entries[:-1], column, axis=1)
    free = [variable for variable in first.free if variable != -1]
    # The objective in the new variables; what is basic now is written out by its row.
    last = np.array([first.scale * goal[v] if v < size else 0 for v in free] + [first.scale * goal[-1]], dtype=object)
    for i, variable in enumerate(first.basic):
        if variable < size:
            last = last - goal[variable] * body[i]
    made.entries, made.scale = np.vstack([body, last[None]]), first.scale
    made.basic, made.free = first.basic, free
    return True


def solve_rational_game(payoffs: Sequence[Sequence[Any]]) -> RationalGame:
    """Solve the zero-sum game in which the row player gets ``payoffs``, exactly.

    Parameters
    ----------
    payoffs : m rows of n ints, Fractions or floats
        Floats are taken as the dyadic rationals that they are.

    References
    ----------
    von Neumann (1928); Dantzig (1951), "A proof of the equivalence of the programming problem and the game problem".

    Examples
    --------
    >>> solve_rational_game([[2, -1], [-1, 1]])
    RationalGame(value=Fraction(1, 5), rows=(Fraction(2, 5), Fraction(3, 5)), columns=(Fraction(2, 5), Fraction(3, 5)))
    """
    exact = [[Fraction(value) for value in row] for row in payoffs]
    lowest = min(min(row) for row in exact)
    span = max(max(row) for row in exact) - lowest or Fraction(1)
    # With payoffs from 1 to 2 the value is positive, and the first vertex is the origin.
    positive = [[(value - lowest) / span + 1 for value in row] for row in exact]
    solved = maximise([1] * len(exact[0]), positive, [1] * len(exact))
    assert solved is not None
    value = 1 / solved.value
    return RationalGame(
        (value - 1) * span + lowest,
        tuple(weight * value for weight in solved.multipliers),
        tuple(weight * value for weight in solved.x),
    )


def _denominator(values: Sequence[Any]) -> int:
    return lcm(*{int(value.denominator) for value in values})


def _to_least_whole(values: Sequence[Any]) -> Fraction:
    """Return the factor that makes the values whole numbers without a common factor."""
    scale = _denominator(values)
    return Fraction(scale, gcd(*(int(value * scale) for value in values)) or 1)
