r"""Small linear programs in whole numbers, without rounding and without a numerical library.

The simplex method on a condensed tableau of integers that share one denominator (Edmonds 1967): every pivot divides
without remainder.  The entering column has the most negative reduced cost, until so many pivots were made that the
method might cycle; from then on Bland's rule (1977) makes it end.  Tested by duality, and against scipy.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Optimum", "maximise"]

Whole = NDArray[np.object_]


class Optimum(NamedTuple):
    """Where the simplex method stopped: the point, the value, and the multipliers of the constraints.

    At the optimum the multipliers solve the dual program.
    """

    point: list[Fraction]
    value: Fraction
    multipliers: list[Fraction]


def maximise(
    objective: Whole, matrix: Whole, bounds: Whole, enough: Callable[[Fraction], bool] = lambda value: False
) -> Optimum:
    """Maximise ``objective @ x`` over all x >= 0 with ``matrix @ x <= bounds``.

    Parameters
    ----------
    objective : object array of shape (k,)
        Ints.
    matrix : object array of shape (r, k)
        Ints; the feasible set must be bounded in the direction of the objective.
    bounds : object array of shape (r,)
        Ints, none of them negative, so that x = 0 is feasible.
    enough : callable
        The method stops early at a point whose value satisfies this.

    Raises
    ------
    ValueError
        The objective has no largest value.

    Examples
    --------
    >>> whole = lambda numbers: np.array(numbers, dtype=object)
    >>> maximise(whole([3, 2]), whole([[1, 1], [1, 3]]), whole([4, 6])).value
    Fraction(12, 1)
    """
    rows, columns = matrix.shape
    tableau = np.empty((rows + 1, columns + 1), dtype=object)
    tableau[:rows, :columns], tableau[:rows, columns] = matrix, bounds
    tableau[rows, :columns], tableau[rows, columns] = -objective, 0
    # Variables 0, ..., k - 1 are x, the others the slacks.
    basic, free = list(range(columns, columns + rows)), list(range(columns))
    below, pivots = 1, 0
    while not enough(Fraction(int(tableau[rows, columns]), below)):
        column = _entering(tableau[rows, :columns], free, pivots > 4 * (rows + columns))
        if column is None:
            break
        row = _leaving(tableau[:rows, column], tableau[:rows, columns], basic)
        if row is None:
            raise ValueError("the objective has no largest value")
        tableau, below = _pivoted(tableau, row, column, below)
        basic[row], free[column] = free[column], basic[row]
        pivots += 1
    bottom: list[Any] = tableau[rows].tolist()
    point, multipliers = [Fraction(0)] * (rows + columns), [Fraction(0)] * (rows + columns)
    for variable, value in zip(basic, tableau[:rows, columns].tolist(), strict=True):
        point[variable] = Fraction(value, below)
    for variable, value in zip(free, bottom[:columns], strict=True):
        multipliers[variable] = Fraction(value, below)
    return Optimum(point[:columns], Fraction(bottom[columns], below), multipliers[columns:])


def _entering(costs: Whole, free: list[int], careful: bool) -> int | None:
    """Return the column to enter, None at the optimum; ``careful`` asks for Bland's rule."""
    negative = [j for j, cost in enumerate(costs) if cost < 0]
    if not negative:
        return None
    return min(negative, key=(lambda j: free[j]) if careful else (lambda j: costs[j]))


def _leaving(column: Whole, right: Whole, basic: list[int]) -> int | None:
    """Return the row with the least ratio, of equal ones that with the first variable."""
    values: list[int] = column.tolist()
    limits: list[int] = right.tolist()
    rows = [(Fraction(limits[i], value), basic[i], i) for i, value in enumerate(values) if value > 0]
    return min(rows)[2] if rows else None


def _pivoted(tableau: Whole, row: int, column: int, below: int) -> tuple[Whole, int]:
    pivot: int = tableau[row, column]
    made = (pivot * tableau - np.multiply.outer(tableau[:, column], tableau[row])) // below
    made[row] = tableau[row]
    made[:, column] = -tableau[:, column]
    made[row, column] = below
    return made, pivot
