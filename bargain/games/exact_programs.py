r"""Small linear programs in exact fractions, by the simplex method on a dictionary of whole numbers.

A program :math:`\max c x` subject to :math:`A x \le b, x \ge 0` is kept as a *dictionary* whose entries share one
denominator, so that every pivot needs whole numbers only and every division in it is exact (Edmonds 1967; Avis 2000).
The steepest column enters (Dantzig 1951), and Bland's rule (1977) excludes cycling where the objective stalls, so that
ties and degenerate vertices are no special cases and there is no tolerance.  The answer carries its multipliers, which
prove the optimum by duality.  Tested by duality and against HiGHS and the enumeration of all vertices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.errors import NotSolvedError

__all__ = ["Optimum", "maximise"]

Whole = NDArray[np.object_]

_PATIENCE = 30
"""Pivots without gain after which Bland's rule takes over; while it does, it cannot cycle."""


class Optimum(NamedTuple):
    """The maximiser, the maximum, and one multiplier per row, all exact."""

    x: tuple[Fraction, ...]
    value: Fraction
    multipliers: tuple[Fraction, ...]


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
        line, file = entries[row].copy(), entries[:, column].copy()
        made = (entries * head - np.multiply.outer(file, line)) // scale
        made[row], made[:, column], made[row, column] = line, -file, scale
        self.entries, self.scale = (made, head) if head > 0 else (-made, -head)
        self.basic[row], self.free[column] = self.free[column], self.basic[row]

    def climb(self, enough: Callable[[Fraction], bool] | None = None, factor: int = 1) -> None:
        """Pivot until the objective is largest: by the steepest column, and by Bland's rule while nothing is gained.

        Or until ``enough`` is true of the objective divided by ``factor``.
        """
        stalled = 0
        while enough is None or not enough(Fraction(self.entries[-1, -1], self.scale * factor)):
            costs = self.entries[-1, :-1].tolist()
            rising = [j for j, cost in enumerate(costs) if cost < 0]
            if not rising:
                return
            steepest = stalled < _PATIENCE
            column = min(rising, key=costs.__getitem__ if steepest else self.free.__getitem__)
            row = self._blocking(column)
            stalled = 0 if self.entries[row, -1] else stalled + 1
            self.pivot(row, column)

    def _blocking(self, column: int) -> int:
        """Return the row whose basic variable reaches 0 first when the variable of ``column`` grows."""
        slopes, values = self.entries[:-1, column].tolist(), self.entries[:-1, -1].tolist()
        best = -1
        for i, slope in enumerate(slopes):
            if slope <= 0:
                continue
            ahead = -1 if best < 0 else values[i] * slopes[best] - values[best] * slope
            if ahead < 0 or (ahead == 0 and self.basic[i] < self.basic[best]):
                best = i
        if best < 0:
            raise NotSolvedError("the linear program is unbounded")
        return best


def maximise(
    objective: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    limits: Sequence[Any],
    enough: Callable[[Fraction], bool] | None = None,
) -> Optimum | None:
    """Maximise ``objective @ x`` subject to ``rows @ x <= limits`` and ``x >= 0``, exactly.

    Parameters
    ----------
    objective : sequence of k ints or Fractions
        Coefficients.
    rows, limits : sequences of r rows of k numbers, and of r numbers
        An equation is given as two inequalities.
    enough : callable, optional
        The method stops early at a point whose value satisfies this; its multipliers then prove nothing.

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
    table, scales = [], []
    for row, limit in zip(rows, limits, strict=True):
        whole, denominator = _in_whole_numbers([*row, limit])
        common = gcd(*whole) or 1
        table.append(whole if common == 1 else [value // common for value in whole])
        scales.append((denominator, common))
    wanted, factor = _in_whole_numbers(objective)
    goal = [-value for value in wanted]
    count, size = len(table), len(goal)
    entries = np.array([*table, [*goal, 0]], dtype=object).reshape(count + 1, size + 1)
    made = _Dictionary(entries, list(range(size, size + count)), list(range(size)))
    if count and min(entries[:-1, -1]) < 0 and not _make_feasible(made):
        return None
    made.climb(enough, factor)
    x, multipliers = [Fraction(0)] * size, [Fraction(0)] * count
    for variable, value in zip(made.basic, made.entries[:-1, -1].tolist(), strict=True):
        if variable < size and value:
            x[variable] = Fraction(value, made.scale)
    *costs, value = made.entries[-1].tolist()
    for variable, cost in zip(made.free, costs, strict=True):
        if variable >= size and cost:
            denominator, common = scales[variable - size]
            multipliers[variable - size] = Fraction(cost * denominator, made.scale * factor * common)
    return Optimum(tuple(x), Fraction(value, made.scale * factor), tuple(multipliers))


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


def _in_whole_numbers(values: Sequence[Any]) -> tuple[list[int], int]:
    """Return ints, and the positive int that all are to be divided by."""
    if set(map(type, values)) == {int}:
        return list(values), 1
    denominators = [int(value.denominator) for value in values]
    common = lcm(*denominators)
    return [int(v.numerator) * (common // below) for v, below in zip(values, denominators, strict=True)], common
