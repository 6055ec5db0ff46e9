r"""The linear program of correlated equilibria and its solutions, polished: without the solver's tolerance.

The program is :math:`\max f \cdot \pi` (or :math:`\max t`, :math:`t \le \ell_i \cdot \pi` for all i) over the
correlated equilibria :math:`\pi` of a game.  Which weights and which multipliers are positive in a solution says which
equations hold; these are solved once more, with residuals in extended precision, and the better solution is kept.
Tested against the whole program in exact fractions, and by weak duality.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lstsq

from bargain.equilibria.incentives import Incentives, Indices, Rows

__all__ = ["TIGHT", "Optimum", "Program", "largest_violation", "polished", "reduced_costs", "slacks", "system"]

Floats = NDArray[np.float64]

TIGHT = 1e-8
"""Slacks and weights below this count as zero when the active system is chosen."""

_ROUNDED = 1e-16
"""Violations below this come from rounding the weights, and need no polishing."""


class Program(NamedTuple):
    """What is maximised over which distributions.

    ``objective`` has shape (N,), one number per profile.  ``levels`` has shape (k, N) and is None unless the smallest
    of k expectations is maximised, in place of ``objective``.
    """

    incentives: Incentives
    objective: Floats
    levels: Floats | None = None


class Optimum(NamedTuple):
    """The solution of a program.

    ``weights`` of the profiles ``columns``, ``multipliers`` of ``rows``, ``shares`` of the levels (empty without
    levels), and ``price``, the dual value; floats, or Fractions.
    """

    columns: Indices
    weights: NDArray[Any]
    rows: Rows
    multipliers: NDArray[Any]
    shares: NDArray[Any]
    price: Any

    def distribution(self, size: int) -> Floats:
        """Return the weights of all profiles."""
        full = np.zeros(size)
        full[self.columns] = self.weights
        return full


def reduced_costs(program: Program, found: Optimum) -> Floats:
    """Return how much more than the price every profile is worth under the multipliers; at most 0 at an optimum."""
    worth = program.objective if program.levels is None else found.shares @ program.levels
    charged: Floats = worth + program.incentives.charges(found.rows, found.multipliers) - found.price
    return charged


def system(program: Program, rows: Rows, levels: Indices, columns: Indices, unit: Any = 1.0) -> NDArray[Any]:
    """Return the active system: rows, levels and the sum of weights against columns and the common level.

    The weights ``x`` solve ``matrix @ x == (0, ..., 0, 1)``; multipliers, shares and price ``y`` solve
    ``y @ matrix == (objective of the columns, 1)``, the last number only with levels.
    """
    gains = program.incentives.gains(rows, columns)
    ones = np.full((1, len(columns)), unit, dtype=gains.dtype)
    if program.levels is None:
        return np.vstack([gains, ones])
    left = np.vstack([gains, -program.levels[np.ix_(levels, columns)], ones])
    last = np.zeros((len(left), 1), dtype=gains.dtype)
    last[len(gains) : -1] = unit
    return np.hstack([left, last])


def polished(program: Program, found: Optimum) -> Optimum:
    """Return the solution without the solver's tolerance, when that is an improvement."""
    used = np.flatnonzero(found.weights > TIGHT)
    best, best_size = found, largest_violation(program, found)
    slack = slacks(program, found)
    for rows in (slack > -TIGHT, found.multipliers > TIGHT):
        if best_size <= _ROUNDED:
            break
        weights = _weights(program, found, used, np.flatnonzero(rows))
        if weights is not None and weights.min() >= 0:
            trial = found._replace(columns=found.columns[used], weights=weights / weights.sum())
            size = largest_violation(program, trial)
            if size < best_size:
                best, best_size = trial, size
    return _with_polished_multipliers(program, best, found.columns[used])


def slacks(program: Program, found: Optimum) -> Floats:
    """Return by how much every row of the master misses its bound, in units of its scale; 0 when it is tight."""
    scales = program.incentives.row_scales(found.rows)
    slacks: Floats = program.incentives.gains(found.rows, found.columns) @ found.weights / scales
    return slacks


def largest_violation(program: Program, found: Optimum) -> float:
    """Return the largest violation of an incentive constraint, in units of the row's largest coefficient."""
    gains = program.incentives.violations(found.distribution(len(program.objective)))
    return max(float((g / s).max()) for g, s in zip(gains, program.incentives.scales, strict=True))


def _weights(program: Program, found: Optimum, used: Indices, rows: Indices) -> Floats | None:
    levels = np.flatnonzero(found.shares > TIGHT)
    matrix = system(program, found.rows.take(rows), levels, found.columns[used])
    start = found.weights[used]
    if program.levels is not None:
        start = np.append(start, (program.levels[:, found.columns] @ found.weights).min())
    right = np.append(np.zeros(len(matrix) - 1), 1.0)
    solved = _refined(matrix, right, start)
    return None if solved is None else solved[: len(used)]


def _with_polished_multipliers(program: Program, found: Optimum, columns: Indices) -> Optimum:
    """Solve once more for the multipliers of the rows that have any."""
    rows, levels = np.flatnonzero(found.multipliers > TIGHT), np.flatnonzero(found.shares > TIGHT)
    matrix = system(program, found.rows.take(rows), levels, columns)
    right = program.objective[columns]
    if program.levels is not None:
        right = np.append(np.zeros(len(columns)), 1.0)
    # The rows of the system are gains, so the signs of what is charged turn around.
    start = np.concatenate([found.multipliers[rows], found.shares[levels], [found.price]])
    solved = _refined(matrix.T, right, start)
    if solved is None or solved[:-1].min(initial=0.0) < 0:
        return found
    multipliers, shares = np.zeros(len(found.multipliers)), np.zeros(len(found.shares))
    multipliers[rows], shares[levels] = solved[: len(rows)], solved[len(rows) : -1]
    trial = found._replace(multipliers=multipliers, shares=shares, price=float(solved[-1]))
    return trial if reduced_costs(program, trial).max() < reduced_costs(program, found).max() else found


def _refined(matrix: Floats, right: Floats, start: Floats) -> Floats | None:
    """Return the solution of least squares nearest to ``start``, with residuals in extended precision."""
    wide = matrix.astype(np.longdouble)
    solution = start.astype(np.longdouble)
    for _ in range(3):
        residual = (right - wide @ solution).astype(float)
        if not residual.any():
            break
        correction = lstsq(matrix, residual, lapack_driver="gelsy", check_finite=False)[0]
        solution = solution + correction
    found: Floats = solution.astype(float)
    return found if np.isfinite(found).all() else None
