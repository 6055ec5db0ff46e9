r"""The best distribution under homogeneous constraints, by the dual simplex method on a dense table of floats.

The program is :math:`\max f \cdot x` subject to :math:`G x \le 0`, :math:`\sum_j x_j = 1` and :math:`x \ge 0`.  All
weight on the column with the largest objective is the best vertex while the rows are forgotten, so that the method
(Lemke 1954) starts there and makes one violated row after the other hold; a handful of pivots are enough when few rows
bind.  For programs with some thousands of coefficients that takes less time than handing them over to HiGHS.  The
answer is not proved here: callers check it, and go to HiGHS where it is not good enough.  Tested against HiGHS.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Vertex", "best_vertex"]

Floats = NDArray[np.float64]

_FEASIBLE = 1e-13
"""Rows that are violated by less count as satisfied."""

_PIVOT = 1e-9
"""Smaller coefficients are not divided by."""


class Vertex(NamedTuple):
    """The ``weights`` of the columns, the ``multipliers`` of the rows, and the ``value``."""

    weights: Floats
    multipliers: Floats
    value: float


def best_vertex(objective: Floats, rows: Floats, limit: int) -> Vertex | None:
    """Return an optimal vertex and its multipliers; None when none was reached in ``limit`` pivots.

    Parameters
    ----------
    objective : array of shape (k,)
    rows : array of shape (r, k)
        Coefficients of order one.
    limit : int
        Pivots after which the search is given up: ties may make it go round in circles.

    Examples
    --------
    >>> best_vertex(np.array([3.0, 1.0]), np.array([[1.0, -2.0]]), 10).weights.round(3).tolist()
    [0.667, 0.333]
    """
    best = int(objective.argmax())
    count, size = rows.shape
    # Basic variables are the last column minus the others times the free variables; the objective is the last row.
    table = np.empty((count + 2, size + 1))
    table[:count, :size] = rows - rows[:, [best]]
    table[:count, size] = -rows[:, best]
    table[count] = 1.0
    table[count + 1, :size] = objective[best] - objective
    table[count + 1, size] = objective[best]
    # The free variable that stands for the best column is fixed at zero: that column is basic instead.
    table[:, best] = 0.0
    # Variables are numbered: columns first, then the slacks of the rows.
    basic = np.append(np.arange(size, size + count), best)
    free = np.arange(size)
    for _ in range(limit):
        row = int(table[:-1, size].argmin())
        if table[row, size] >= -_FEASIBLE:
            return _read(table, basic, free, count)
        places = np.flatnonzero(table[row, :size] < -_PIVOT)
        if not places.size:
            return None
        ratios = table[-1, places] / table[row, places]
        # The ratios are at most zero; of those that tie, the largest coefficient loses the least precision.
        tied = places[ratios >= ratios.max() - _FEASIBLE]
        column = int(tied[table[row, tied].argmin()])
        _pivot(table, row, column)
        basic[row], free[column] = free[column], basic[row]
    return None


def _pivot(table: Floats, row: int, column: int) -> None:
    """Exchange a basic and a free variable."""
    head = table[row, column]
    line = table[row] / head
    line[column] = 1.0 / head
    file = table[:, column].copy()
    table[:, column] = 0.0
    table -= np.outer(file, line)
    table[row] = line


def _read(table: Floats, basic: NDArray[np.intp], free: NDArray[np.intp], count: int) -> Vertex:
    size = len(free)
    values, costs = np.zeros(size + count), np.zeros(size + count)
    values[basic] = np.maximum(table[:-1, -1], 0.0)
    costs[free] = np.maximum(table[-1, :-1], 0.0)
    weights = values[:size]
    return Vertex(weights / weights.sum(), costs[size:], float(table[-1, -1]))
