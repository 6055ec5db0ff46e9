r"""Matrix games by an interior-point method with predictor and corrector, and a jump to the optimal supports.

With all payoffs between 1 and 2 the game is the pair of programs :math:`\min 1 \cdot p, P^T p \ge 1, p \ge 0` and
:math:`\max 1 \cdot q, P q \le 1, q \ge 0`; the strategies are p and q divided by their sum (Dantzig 1951).  The
method is Mehrotra's (1992) with the corrections of Gondzio (1996): both programs at once, a few solutions with one
Cholesky factor of the normal equations a step.  By strict complementarity the iterates tell the supports apart long
before they converge (Goldman and Tucker 1956).  So the first steps are solved in single precision; then actions that
are clearly not in the supports are left out, which makes the later steps cheap (Tits, Absil and Woessner 2006); and the
supports are solved as linear equations as soon as they stay the same.  What is found is checked on the whole game, and
the path is followed again with all actions when it fails.  Tested with HiGHS, with exact enumeration, and on degenerate
games.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lstsq
from scipy.linalg.blas import dsyrk, ssyrk
from scipy.linalg.lapack import dpotrf, dpotrs, spotrf, spotrs

from bargain.errors import LimitError

__all__ = ["interior_point"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_STEPS = 60
"""Steps at most; random games need 7 to 14."""

_NEGATIVE = 1e-9
"""Weights above minus this are 0, rounded; with others the supports are wrong."""

_CLOSE = 1e-3
"""Relative duality gap below which the supports are tried, and single precision is not enough."""

_OUT = 0.03
"""Actions are left out when their weight, times the root of their number, is below this fraction of their slack."""

_LATE = 1e-5
"""Relative duality gap below which no actions are left out any more: few are left, and some may be needed by a hair."""

_WORTHWHILE = 0.9
"""Actions are left out when no more than this fraction stays."""

_CONVERGED = 1e-12
"""Relative duality gap at which nothing more is gained."""

_REACH = 0.9995
"""How far to go towards the boundary."""

_CORRECTIONS = 2
"""Corrections a step at most; each costs two solutions of triangular equations."""

_LONGER, _FURTHER = 1.08, 0.1
"""A correction aims at a step this many times as long, and this much longer."""

_GAINED = 0.01
"""A correction is kept when the step grows by at least this."""

_CENTRAL = 0.1
"""Products of weights and slacks below this fraction of the target, or above its inverse, are corrected."""

_SLACK = 0.01
"""Slacks at the start are at least this."""

_NEGLIGIBLE = 1e-13
"""Rows whose weight in the normal equations is below this fraction of the largest are left out."""


class _Products(NamedTuple):
    """Products of weights and slacks of the rows and of the columns, or what they should change by."""

    rows: Floats
    columns: Floats


class _Point(NamedTuple):
    """Primal p and dual q with their slacks: ``surplus`` of the columns, ``rest`` of the rows; all positive."""

    p: Floats
    surplus: Floats
    q: Floats
    rest: Floats

    @property
    def complementarity(self) -> float:
        """The sum of the products of weights and slacks."""
        return float(self.p @ self.rest + self.surplus @ self.q)

    @property
    def gap(self) -> float:
        """The relative duality gap."""
        return self.complementarity / float(self.p.sum())

    def products(self) -> _Products:
        """Return the products of weights and slacks, of the rows and of the columns."""
        return _Products(self.p * self.rest, self.surplus * self.q)

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


class _Iterate(NamedTuple):
    """A point of the game between some rows and some columns."""

    point: _Point
    rows: Ints
    columns: Ints


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
    table = scaled + 1.0
    for reducing in (True, False):
        best = _best(scaled, _path(table, deadline, reducing), accepted / 100)
        if best is not None and best[0] <= accepted:
            return best[1:]
    return None


def _best(scaled: Floats, path: Iterator[_Iterate], enough: float) -> tuple[float, Floats, Floats] | None:
    """Return the smallest gap on the path, with its strategies; the first one that is small enough."""
    best: tuple[float, Floats, Floats] | None = None
    supports: tuple[bytes, bytes] | None = None
    for point, rows, columns in path:
        if point.gap > _CLOSE:
            continue
        # In place of supports without any action, all actions are tried.
        inner = [mask if mask.any() else ~mask for mask in (point.p > point.rest, point.q > point.surplus)]
        used = rows[inner[0]], columns[inner[1]]
        settled, supports = (used[0].tobytes(), used[1].tobytes()) == supports, (used[0].tobytes(), used[1].tobytes())
        # Generic games have supports of one size, so that two sizes say that the supports are not found yet.
        if not settled and len(used[0]) != len(used[1]) and point.gap > _CONVERGED * 100:
            continue
        found = point.p[inner[0]], point.q[inner[1]]
        tried = (_whole(point.p, rows, len(scaled)), _whole(point.q, columns, scaled.shape[1]))
        for x, y in (tried, _jump(scaled, found, used)):
            gap = float((scaled @ y).max() - (x @ scaled).min())
            if best is None or gap < best[0]:
                best = gap, x, y
        if best is not None and best[0] <= enough:
            break
    return best


def _whole(weights: Floats, used: Ints, size: int) -> Floats:
    """Return the strategy with the given weights on the actions that are used."""
    strategy = np.zeros(size)
    strategy[used] = weights / weights.sum()
    return strategy


def _longest(value: Floats, change: Floats) -> float:
    steepest = float((-change / value).max())
    return 1 / steepest if steepest > 1 else 1.0


def _path(table: Floats, deadline: float | None, reducing: bool) -> Iterator[_Iterate]:
    """Yield the iterates, from uniform strategies for a value equal to the mean payoff, and slacks of some size."""
    m, n = table.shape
    rows, columns = np.arange(m), np.arange(n)
    rounded: NDArray[Any] = table.astype(np.float32) if reducing else table
    mean = float(table.mean())
    p, q = np.full(m, 1 / (m * mean)), np.full(n, 1 / (n * mean))
    point = _Point(p, np.maximum(p @ table - 1, _SLACK), q, np.maximum(1 - table @ q, _SLACK))
    for _ in range(_STEPS):
        if deadline is not None and time.monotonic() > deadline:
            raise LimitError("the matrix game was not solved within the time limit; allow more time")
        moved = _step(table, rounded, point)
        if moved is None and rounded is not table:
            moved = _step(table, table, point)
        if moved is None:
            return
        point = moved
        yield _Iterate(point, rows, columns)
        if point.gap < _CONVERGED:
            return
        if point.gap < _CLOSE:
            if reducing and point.gap > _LATE:
                table, point, rows, columns = _reduced(table, point, rows, columns)
            rounded = table


def _reduced(table: Floats, point: _Point, rows: Ints, columns: Ints) -> tuple[Floats, _Point, Ints, Ints]:
    """Leave out the actions that are clearly not in the supports, when they are not too few."""
    pairs = (point.p, point.rest), (point.q, point.surplus)
    stays = [weights * np.sqrt(len(weights)) > _OUT * slack for weights, slack in pairs]
    if sum(map(np.sum, stays)) > _WORTHWHILE * sum(table.shape) or not all(map(np.any, stays)):
        return table, point, rows, columns
    up, left = stays
    smaller = _Point(point.p[up], point.surplus[left], point.q[left], point.rest[up])
    return np.ascontiguousarray(table[np.ix_(up, left)]), smaller, rows[up], columns[left]


def _step(table: Floats, rounded: NDArray[Any], point: _Point) -> _Point | None:
    """Take one step: the affine direction says how much to centre, corrected directions are followed.

    ``rounded`` is the table in the precision of the normal equations.  None when they have no digits left.
    """
    # What overflows ends the path.
    with np.errstate(all="ignore"):
        try:
            newton = _Newton(table, rounded, point)
        except LinAlgError:
            return None
        now = point.products()
        affine = newton.direction(_Products(-now.rows, -now.columns))
        mean = point.complementarity / sum(table.shape)
        ahead = point.moved(affine, *point.reach(affine)).complementarity / sum(table.shape)
        centre = mean * (ahead / mean) ** 3
        change = affine.products()
        wanted = _Products(centre - now.rows - change.rows, centre - now.columns - change.columns)
        step, reach = _corrected(newton, point, wanted, centre)
        moved = point.moved(step, _REACH * reach[0], _REACH * reach[1])
    return moved if all(np.isfinite(each).all() for each in moved) else None


def _corrected(newton: _Newton, point: _Point, wanted: _Products, centre: float) -> tuple[_Point, tuple[float, float]]:
    """Return the direction and how far it goes, after corrections that keep the products from lagging behind."""
    step = newton.direction(wanted)
    reach = point.reach(step)
    for _ in range(_CORRECTIONS):
        primal, dual = (min(1.0, _LONGER * part + _FURTHER) for part in reach)
        ahead = point.moved(step, primal, dual).products()
        wanted = _Products(*(old + _lag(new, centre) for old, new in zip(wanted, ahead, strict=True)))
        other = newton.direction(wanted)
        further = point.reach(other)
        if not min(further) >= min(reach) + _GAINED:
            break
        step, reach = other, further
    return step, reach


def _lag(products: Floats, centre: float) -> Floats:
    """Return by how much products miss the neighbourhood of the centre; of those far above it, a part."""
    lag: Floats = np.maximum(np.clip(products, _CENTRAL * centre, centre / _CENTRAL) - products, -centre / _CENTRAL)
    return lag


class _Newton:
    """The linearised optimality conditions at a point, with the factor of their normal equations."""

    def __init__(self, table: Floats, rounded: NDArray[Any], point: _Point) -> None:
        self.table = table
        self.point = point
        self.lack = 1 + point.surplus - point.p @ table
        self.excess = 1 - point.rest - table @ point.q
        self.factor = _normal_factor(rounded, point.p / point.rest, point.surplus / point.q)

    def direction(self, change: _Products) -> _Point:
        """Return the direction in which the products change as given, and all other conditions are met.

        Whatever the factor's precision, only the change of the columns' products is inexact.
        """
        p, _, q, rest = self.point
        right = change.columns / q + self.lack - ((change.rows - p * self.excess) / rest) @ self.table
        solve = spotrs if self.factor.dtype == np.float32 else dpotrs
        dq = solve(self.factor, right.astype(self.factor.dtype), lower=1)[0].astype(float)
        d_rest = self.excess - self.table @ dq
        dp = (change.rows - p * d_rest) / rest
        return _Point(dp, dp @ self.table - self.lack, dq, d_rest)


def _normal_factor(table: NDArray[Any], weights: Floats, diagonal: Floats) -> NDArray[Any]:
    """Return the Cholesky factor of ``table.T @ diag(weights) @ table + diag(diagonal)``, in the table's precision."""
    multiply, factorise = (ssyrk, spotrf) if table.dtype == np.float32 else (dsyrk, dpotrf)
    kept = weights > _NEGLIGIBLE * weights.max()
    roots = np.sqrt(weights[kept]).astype(table.dtype)
    rows = (table if kept.all() else table[kept]) * roots[:, None]
    # The transpose of a C-ordered matrix is in the order of Fortran, so that nothing is copied.
    matrix = multiply(1.0, rows.T, lower=1)
    places = np.einsum("ii->i", matrix)
    # Rounding alone may make a singular matrix indefinite: a little more on the diagonal than it can take away.
    places += diagonal + np.finfo(table.dtype).eps * np.sqrt(len(diagonal)) * places
    factor, failed = factorise(matrix, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise LinAlgError("the normal equations are not positive definite")
    return np.asarray(factor)


def _jump(scaled: Floats, weights: tuple[Floats, Floats], used: tuple[Ints, Ints]) -> tuple[Floats, Floats]:
    """Return the strategies on the given supports, near to the given weights, that make each other's indifferent."""
    block = scaled[np.ix_(*used)]
    x, y = (
        _whole(_indifferent(table, start / start.sum()), actions, size)
        for table, start, actions, size in zip((block.T, block), weights, used, scaled.shape, strict=True)
    )
    return x, y


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
