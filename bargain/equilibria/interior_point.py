r"""Matrix games by an interior-point method with predictor and corrector, and a jump to the optimal supports.

With all payoffs between 1 and 2 the game is the pair of programs :math:`\min 1 \cdot p, P^T p \ge 1, p \ge 0` and
:math:`\max 1 \cdot q, P q \le 1, q \ge 0`; the strategies are p and q divided by their sum (Dantzig 1951).  The
method is Mehrotra's (1992): both programs at once, two solutions with one Cholesky factor of the normal equations a
step.  The normal equations have the size of the smaller side.  By strict complementarity the iterates tell the
supports apart long before they converge (Goldman and Tucker 1956), so that the supports are solved as linear
equations as soon as they stay the same.  Tested with HiGHS, with exact enumeration, and on degenerate games.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve, lstsq
from scipy.linalg.blas import dsyrk

from bargain.errors import LimitError

__all__ = ["interior_point"]

Floats = NDArray[np.float64]

_ROUNDING = 1e-15
"""Added to the diagonal of the normal equations, as a fraction of its largest entry."""

_STEPS = 60
"""Steps at most; random games need 10 to 16."""

_NEGATIVE = 1e-9
"""Weights above minus this are 0, rounded; with others the supports are wrong."""

_CLOSE = 1e-3
"""Relative duality gap below which the supports are tried."""

_CONVERGED = 1e-12
"""Relative duality gap at which nothing more is gained."""

_REACH = 0.9995
"""How far to go towards the boundary."""

_SLACK = 0.01
"""Slacks at the start are at least this."""

_NEGLIGIBLE = 1e-13
"""Rows whose weight in the normal equations is below this fraction of the largest are left out."""


class _Point(NamedTuple):
    """Primal p and dual q with their slacks: ``surplus`` of the columns, ``rest`` of the rows; all positive."""

    p: Floats
    surplus: Floats
    q: Floats
    rest: Floats

    @property
    def gap(self) -> float:
        """The relative duality gap."""
        return float((self.p @ self.rest + self.surplus @ self.q) / self.p.sum())

    def reach(self, step: _Point) -> tuple[float, float]:
        """Return how far the step may go until p or surplus, and q or rest, reach 0; at most 1."""
        pairs = ((self.p, step.p), (self.surplus, step.surplus)), ((self.q, step.q), (self.rest, step.rest))
        primal, dual = (min(_longest(value, change) for value, change in pair) for pair in pairs)
        return primal, dual

    def moved(self, step: _Point, primal: float, dual: float) -> _Point:
        """Return the point a part of the step further."""
        return _Point(
            self.p + primal * step.p,
            self.surplus + primal * step.surplus,
            self.q + dual * step.q,
            self.rest + dual * step.rest,
        )


def interior_point(scaled: Floats, accepted: float, deadline: float | None = None) -> tuple[Floats, Floats] | None:
    """Return optimal strategies of a matrix game.

    Parameters
    ----------
    scaled : array of shape (m, n)
        Payoffs of the row player, between 0 and 1.
    accepted : float
        Duality gap that is good enough to stop.
    deadline : float, optional
        A reading of :func:`time.monotonic`.

    Returns
    -------
    (array of shape (m,), array of shape (n,)) or None
        Strategies; None when the gap stays above ``accepted``.

    Raises
    ------
    LimitError
        The time was not enough.
    """
    if scaled.shape[1] > scaled.shape[0]:
        # The column player of the game is the row player of the transposed game.
        turned = interior_point(np.ascontiguousarray(1.0 - scaled.T), accepted, deadline)
        return None if turned is None else (turned[1], turned[0])
    best: tuple[float, Floats, Floats] | None = None
    supports: tuple[bytes, bytes] | None = None
    for point in _path(scaled + 1.0, deadline):
        if point.gap > _CLOSE:
            continue
        rows, columns = point.p > point.rest, point.q > point.surplus
        settled, supports = (rows.tobytes(), columns.tobytes()) == supports, (rows.tobytes(), columns.tobytes())
        # Generic games have supports of one size, so that two sizes say that the supports are not found yet.
        if not settled and rows.sum() != columns.sum() and point.gap > _CONVERGED * 100:
            continue
        for x, y in ((point.p / point.p.sum(), point.q / point.q.sum()), _jump(scaled, point, rows, columns)):
            gap = float((scaled @ y).max() - (x @ scaled).min())
            if best is None or gap < best[0]:
                best = gap, x, y
        if best is not None and best[0] <= accepted / 100:
            break
    return None if best is None or best[0] > accepted else best[1:]


def _longest(value: Floats, change: Floats) -> float:
    shrinking = change < 0
    return min(1.0, float((-value[shrinking] / change[shrinking]).min())) if shrinking.any() else 1.0


def _path(table: Floats, deadline: float | None) -> Iterator[_Point]:
    """Yield the iterates, from uniform strategies for a value equal to the mean payoff, and slacks of some size."""
    m, n = table.shape
    mean = float(table.mean())
    p, q = np.full(m, 1 / (m * mean)), np.full(n, 1 / (n * mean))
    point = _Point(p, np.maximum(p @ table - 1, _SLACK), q, np.maximum(1 - table @ q, _SLACK))
    for _ in range(_STEPS):
        if deadline is not None and time.monotonic() > deadline:
            raise LimitError("the matrix game was not solved within the time limit; allow more time")
        try:
            # What overflows is seen below, and ends the path.
            with np.errstate(all="ignore"):
                point = _step(table, point)
        except LinAlgError:
            # The normal equations have no digits left: the last iterate is the best there is.
            return
        if not all(np.isfinite(each).all() for each in point):
            return
        yield point
        if point.gap < _CONVERGED:
            return


def _step(table: Floats, point: _Point) -> _Point:
    """Take one step: the affine direction says how much to centre, the corrected direction is followed."""
    p, surplus, q, rest = point
    lack, excess = 1 + surplus - p @ table, 1 - rest - table @ q
    factor = _normal_factor(table, p / rest, surplus / q)

    def direction(first: Floats, second: Floats) -> _Point:
        """Solve the linearised optimality conditions for given complementarity residuals."""
        right = second / q + lack - ((first - p * excess) / rest) @ table
        dq = cho_solve(factor, right, check_finite=False)
        d_rest = excess - table @ dq
        dp = (first - p * d_rest) / rest
        return _Point(dp, dp @ table - lack, dq, d_rest)

    affine = direction(-p * rest, -surplus * q)
    size = len(p) + len(q)
    mean = (p @ rest + surplus @ q) / size
    ahead = point.moved(affine, *point.reach(affine))
    centre = mean * ((ahead.p @ ahead.rest + ahead.surplus @ ahead.q) / size / mean) ** 3
    step = direction(centre - p * rest - affine.p * affine.rest, centre - surplus * q - affine.surplus * affine.q)
    primal, dual = point.reach(step)
    return point.moved(step, _REACH * primal, _REACH * dual)


def _normal_factor(table: Floats, weights: Floats, diagonal: Floats) -> tuple[Floats, bool]:
    """Return the Cholesky factor of ``table.T @ diag(weights) @ table + diag(diagonal)``."""
    kept = weights > _NEGLIGIBLE * weights.max()
    rows, roots = (table, np.sqrt(weights)) if kept.all() else (table[kept], np.sqrt(weights[kept]))
    # The transpose of a C-ordered matrix is in the order of Fortran, so that nothing is copied.
    matrix = dsyrk(1.0, (rows * roots[:, None]).T, lower=1)
    places = np.diag_indices_from(matrix)
    # Rounding alone may make a singular matrix indefinite: a little more on the diagonal than it can take away.
    matrix[places] += diagonal + _ROUNDING * float(matrix[places].max())
    factor, lower = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return factor, bool(lower)


def _jump(scaled: Floats, point: _Point, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the strategies on the given supports that make each other's support indifferent."""
    block = scaled[np.ix_(rows, columns)]
    x, y = np.zeros(len(rows)), np.zeros(len(columns))
    x[rows] = _indifferent(block.T, point.p[rows] / point.p[rows].sum())
    y[columns] = _indifferent(block, point.q[columns] / point.q[columns].sum())
    return x / x.sum(), y / y.sum()


def _indifferent(block: Floats, start: Floats) -> Floats:
    """Return the weights nearest to ``start`` that make all rows of ``block`` pay the same."""
    count, size = block.shape
    matrix = np.ones((count + 1, size + 1))
    matrix[:count, :size] = block
    matrix[:count, size] = -1.0
    matrix[count, size] = 0.0
    guess = np.append(start, (block @ start).mean())
    right = np.append(np.zeros(count), 1.0)
    for solved in _solutions(matrix, right, guess):
        weights: Floats = np.maximum(solved[:size], 0.0)
        if solved[:size].min() > -_NEGATIVE and np.isfinite(weights).all() and weights.sum() > 0:
            return weights
    return start


def _solutions(matrix: Floats, right: Floats, guess: Floats) -> Iterator[Floats]:
    """Yield the solution when there is one only, and the one nearest to ``guess`` in the sense of least squares."""
    if matrix.shape[0] == matrix.shape[1]:
        with suppress(LinAlgError):
            yield np.linalg.solve(matrix, right).astype(np.float64)
    with suppress(LinAlgError):
        yield guess + lstsq(matrix, right - matrix @ guess, lapack_driver="gelsy", check_finite=False)[0]
