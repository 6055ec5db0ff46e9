r"""Compiled reverse search over the vertices of :math:`\{z \ge 0 : M z \le 1\}`, for :math:`M > 0`.

A *dictionary* states every basic variable in terms of the nonbasic ones, :math:`b_i = \beta_i - \sum_j T_{ij} n_j`; the
slack of row i has label i, and :math:`z_j` has label r + j.  Under a generic linear objective with its optimum at 0,
the simplex method with the largest-coefficient rule makes a tree of all bases; it is walked backwards from 0 and stored
nowhere (Avis and Fukuda 1992).  The perturbation :math:`1 + \epsilon^i` of the right-hand side, kept by lexicographic
comparisons (Avis 2000), makes every basis a vertex of a simple polytope, so that degenerate polytopes lose nothing.

Here dictionaries are floats with a bound on their error, and a comparison that the bound cannot decide is handed back
to the caller, who decides it exactly and resumes.  The bound follows the *residuals* of the columns, by how much a
column fails the original equations: a pivot adds a multiple of one residual to another and its own rounding, so that
they grow slowly, and the error is at most the largest residual times the norm of the inverse of the basis.
:mod:`bargain.equilibria.integer_kernels` does the same in exact whole numbers.  Both stop when the buffer is full, so
that clocks and interrupts are looked at outside.  Tested through :mod:`bargain.equilibria.vertex_search` against exact
enumeration.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bargain.equilibria.compiled import inlined, kernel_entry, kernel_inner
from bargain.equilibria.lanes import (
    invert,
    largest_product,
    largest_size,
    only_reaching,
    pivot_columns,
    scale_column,
)

__all__ = [
    "COLUMN",
    "DEPTH",
    "DONE",
    "ERROR",
    "EXACTLY",
    "FRESH",
    "FULL",
    "LARGEST",
    "OVERFLOW",
    "RENEW",
    "ROW",
    "UNDECIDED",
    "UNIT",
    "VERTEX",
    "WIDEST",
    "error_bound",
    "exchange",
    "search_floats",
]

DONE, FULL, OVERFLOW, UNDECIDED, VERTEX, RENEW, DEPTH = range(7)
"""Why a kernel stopped: finished; buffer full; a number too large; the pivot of (node, column) is undecided; whether
coordinates of the vertex are zero is undecided; the dictionary has lost its digits; the stack is too small."""

COLUMN, ROW, EXACTLY, FRESH = range(4)
"""Where ``steps`` holds the next column to try, the row of the last pivot, whether the vertex is degenerate or too
close to tell, so that everything about it is decided outside, and where the error bound comes from: 0 from the pivot,
1 from the residuals computed anew, 2 from exact numbers, rounded."""

ERROR, LARGEST, WIDEST = range(3)
"""Where ``bounds`` holds a bound on the error of every entry, one on the entries, and one over the smallest
coordinate."""

UNIT = 2.0**-53
LOOSE = 1e-6
"""Largest bound on the error of a dictionary that is passed on to children."""

_LEAST_PIVOT = 1e-12
"""Smaller pivots give numbers about which nothing is known without a look at the original equations."""

_NONE, _UNDECIDED = -1, -2


@inlined
def exchange(basic: Any, nonbasic: Any, r: int, c: int) -> None:
    """Exchange the labels of a row and a column."""
    label = basic[r]
    basic[r] = nonbasic[c]
    nonbasic[c] = label


@kernel_inner
def error_bound(tables: Any, d: int, original: Any, basic: Any, nonbasic: Any, work: Any) -> tuple[float, float, float]:
    """Bound the error of dictionary ``d`` from its residuals; also return its largest entry and the largest residual.

    With basis matrix B and residual R the error is B^-1 R, and the rows of B^-1 stand in the columns of the slacks.
    """
    rows, columns = basic.shape[0], nonbasic.shape[0]
    largest, norm, residual, whole, count = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(rows):
        count += 1.0 if basic[i] >= rows else 0.0
    for i in range(rows + 1):
        total = 1.0
        for j in range(columns + 1):
            size = abs(tables[d, j, i])
            largest = max(largest, size)
            whole += size
            if j < columns and nonbasic[j] < rows:
                total += size
        norm = max(norm, total)
    # A maximum passes over what is not a number; a sum does not.
    if not whole < np.inf:
        return np.inf, np.inf, np.inf
    for j in range(columns + 1):
        # The coefficients of the nonbasic variable (or the right-hand side) in every original row, less what the
        # dictionary says they are.
        for i in range(rows + 1):
            work[i] = 0.0
        if j == columns:
            for i in range(rows):
                work[i] = 1.0
        elif nonbasic[j] < rows:
            work[nonbasic[j]] = 1.0
        else:
            for i in range(rows + 1):
                work[i] = original[nonbasic[j] - rows, i]
        for b in range(rows):
            label, value = basic[b], tables[d, j, b]
            if label < rows:
                work[label] -= value
            else:
                for i in range(rows + 1):
                    work[i] -= original[label - rows, i] * value
        work[rows] -= tables[d, j, rows]
        for i in range(rows + 1):
            residual = max(residual, abs(work[i]))
    residual += 4.0 * (count + 4) * (count + 2) * UNIT * max(largest, 1.0)
    return _error(norm, residual, count), largest, residual


@inlined
def _error(norm: float, residual: float, count: float) -> float:
    """Bound the error from the residual and the norm of the computed inverse, which has ``count`` inexact columns."""
    spread = (count + 1.0) * residual
    return 1.001 * norm * residual / (1.0 - spread) if spread < 0.5 else np.inf


@kernel_inner
def _renew_bound(
    tables: Any, d: int, original: Any, basic: Any, nonbasic: Any, residuals: Any, bounds: Any, steps: Any, work: Any
) -> None:
    """Replace the bound on the error by one from the original equations, if that is smaller."""
    steps[d, FRESH] = 1
    bound, largest, residual = error_bound(tables, d, original, basic, nonbasic, work)
    bounds[d, LARGEST] = largest
    if bound < bounds[d, ERROR]:
        bounds[d, ERROR] = bound
        for j in range(nonbasic.shape[0] + 1):
            residuals[d, j] = residual


@inlined
def _is_child(tables: Any, d: int, c: int, r: int, near: int, columns: int, rows: int, bounds: Any) -> int:
    """Return ``r`` if the largest-coefficient rule leads back over this pivot, else _NONE or _UNDECIDED.

    In the child the leaving variable has the coefficient -step; one that is smaller would be chosen instead.  Column
    ``near`` is likely to have one, and is looked at first.
    """
    error = bounds[d, ERROR]
    p = 1.0 / tables[d, c, r]
    step = tables[d, c, rows] * p
    slack = 2.0 * error * (1.0 + step) * (1.0 + p) * (1.0 + bounds[d, LARGEST] * p)
    if near != c and tables[d, near, rows] - step * tables[d, near, r] + step < -slack:
        return _NONE
    least = np.inf
    for j in range(columns):
        if j != c:
            excess = tables[d, j, rows] - step * tables[d, j, r] + step
            if excess < -slack:
                return _NONE
            least = min(least, excess)
    return r if least > slack else _UNDECIDED


@inlined
def _child_row(tables: Any, d: int, c: int, steps: Any, columns: int, rows: int, inverse: Any, bounds: Any) -> int:
    """Return the row that leaves when column ``c`` enters and the search goes down there, _NONE or _UNDECIDED."""
    error, coefficient, width = bounds[d, ERROR], tables[d, c, rows], tables.shape[2]
    if coefficient <= error:
        return _NONE if coefficient < -error else _UNDECIDED
    column, below = (d * (columns + 1) + c) * width, d * width
    best = largest_product(tables, column, inverse, below, width)
    least = best - 4.0 * error * (1.0 + best) * bounds[d, WIDEST]
    if not least > 0.0:
        return _UNDECIDED
    r = only_reaching(tables, column, inverse, below, least, width)
    if r < 0:
        return _UNDECIDED
    near = steps[d - 1, COLUMN] - 1 if d > 0 else 0
    return _is_child(tables, d, c, r, near, columns, rows, bounds)


@inlined
def _go_down(
    tables: Any, d: int, r: int, c: int, residuals: Any, bounds: Any, factors: Any, weights: Any, columns: int
) -> None:
    """Pivot into the dictionary at depth d + 1, whose nonbasic slacks have weight 1, and bound its errors."""
    width = tables.shape[2]
    source, target = d * (columns + 1) * width, (d + 1) * (columns + 1) * width
    p = 1.0 / tables[d, c, r]
    for j in range(columns + 1):
        factors[j] = tables[d, j, r] * p
    steep = largest_size(tables, source + c * width, width)
    largest, norm = pivot_columns(tables, source, target, source + c * width, factors, weights, columns + 1, width)
    factors[c] = p
    scale_column(tables, source + c * width, target + c * width, -p, width)
    largest, line, count = max(largest, steep * abs(p)), 0.0, 0.0
    for j in range(columns + 1):
        tables[d + 1, j, r] = factors[j]
        size = abs(factors[j])
        largest = max(largest, size)
        line += weights[j] * size
        count += weights[j]
    # The entering column was subtracted from itself above.
    norm = 1.0 + max(norm + weights[c] * steep * abs(p), line)
    # Every entry carries a few roundings, and an original equation adds up ``count`` of them with payoffs up to 2.
    rounding, worst = 6.0 * UNIT * (2.0 * count + 3.0), 0.0
    for j in range(columns + 1):
        size = abs(factors[j])
        kept = 0.0 if j == c else residuals[d, j]
        grown = 1.000001 * (kept + size * residuals[d, c]) + rounding * (max(largest, 1.0) + steep * size)
        residuals[d + 1, j] = grown
        worst = max(worst, grown)
    known = bounds[d, ERROR] <= LOOSE and abs(tables[d, c, r]) >= _LEAST_PIVOT
    bounds[d + 1, ERROR] = _error(norm, worst, count) if known else np.inf
    bounds[d + 1, LARGEST] = largest


@inlined
def _enter(
    tables: Any,
    d: int,
    r: int,
    c: int,
    residuals: Any,
    bounds: Any,
    steps: Any,
    masks: Any,
    basic: Any,
    nonbasic: Any,
    weights: Any,
    factors: Any,
) -> None:
    """Go down over the pivot (r, c), with labels and steps."""
    one = np.uint64(1)
    masks[d + 1] = (masks[d] | (one << np.uint64(basic[r]))) & ~(one << np.uint64(nonbasic[c]))
    exchange(basic, nonbasic, r, c)
    weights[c] = 1.0 if nonbasic[c] < basic.shape[0] else 0.0
    _go_down(tables, d, r, c, residuals, bounds, factors, weights, nonbasic.shape[0])
    steps[d, ROW] = r
    steps[d + 1, COLUMN], steps[d + 1, EXACTLY], steps[d + 1, FRESH] = 0, 0, 0


@inlined
def _go_up(d: int, steps: Any, basic: Any, nonbasic: Any, weights: Any) -> None:
    """Give the labels back that the pivot at depth d has exchanged."""
    c = steps[d, COLUMN] - 1
    exchange(basic, nonbasic, steps[d, ROW], c)
    weights[c] = 1.0 if nonbasic[c] < basic.shape[0] else 0.0


@inlined
def _arrive(tables: Any, d: int, columns: int, rows: int, inverse: Any, bounds: Any) -> bool:
    """Prepare ratio tests; return whether all coordinates of the vertex are positive beyond doubt."""
    width = tables.shape[2]
    smallest: float = invert(tables, (d * (columns + 1) + columns) * width, inverse, d * width, rows, width)
    bounds[d, WIDEST] = 1.0 / (smallest - bounds[d, ERROR])
    sure: bool = smallest > 4.0 * bounds[d, ERROR]
    return sure


@kernel_entry
def search_floats(
    original: Any,
    tables: Any,
    inverse: Any,
    residuals: Any,
    bounds: Any,
    steps: Any,
    masks: Any,
    basic: Any,
    nonbasic: Any,
    weights: Any,
    factors: Any,
    work: Any,
    state: Any,
    base: Any,
) -> int:
    """Walk on until something has to be decided outside; write the label masks of the bases that were reached.

    Parameters
    ----------
    original : array of shape (d + 1, r + 1)
        Columns of M with the objective in the last row; the last column is the right-hand side.
    tables : array of shape (depth, d + 1, w)
        Dictionaries of the current path, stored by columns, which end in zeros.
    inverse, residuals, bounds, steps, masks : arrays of shape (depth, w), (depth, d + 1), (depth, 3), (depth, 4), depth
        One over the right-hand sides, bounds on the residuals of columns, what the constants of this module say, and
        the labels of the bases.
    basic, nonbasic : int arrays of shape (r,) and (d,)
        Labels of rows and columns of the deepest dictionary.
    weights : array of shape (d + 1,)
        1 for the columns of slacks, else 0.
    factors, work : arrays of shape (d + 1,) and (w,)
        Room to work.
    state : int array of shape (4,)
        Depth, bases written, row of a pivot that was decided outside (or -1), and whether a vertex has been entered
        but not yet looked at.
    base : uint64 array
        Buffer.

    Returns
    -------
    int
        One of the codes of this module.
    """
    rows, columns = basic.shape[0], nonbasic.shape[0]
    d, count, forced, arriving = state[0], state[1], state[2], state[3]
    code = DONE
    while d >= 0:
        if arriving:
            if count == base.shape[0]:
                code = FULL
                break
            if not steps[d, EXACTLY] and not _arrive(tables, d, columns, rows, inverse, bounds):
                if not steps[d, FRESH]:
                    _renew_bound(tables, d, original, basic, nonbasic, residuals, bounds, steps, work)
                    continue
                code = VERTEX
                break
            base[count] = masks[d]
            count, arriving = count + 1, 0
        c = steps[d, COLUMN]
        if forced >= 0:
            c, r, forced = c - 1, forced, -1
        elif c >= columns:
            d -= 1
            if d >= 0:
                _go_up(d, steps, basic, nonbasic, weights)
            continue
        elif d + 2 > tables.shape[0]:
            code = DEPTH
            break
        else:
            steps[d, COLUMN] = c + 1
            r = _UNDECIDED
            if not steps[d, EXACTLY]:
                r = _child_row(tables, d, c, steps, columns, rows, inverse, bounds)
            if r == _UNDECIDED and not steps[d, FRESH]:
                steps[d, COLUMN] = c
                _renew_bound(tables, d, original, basic, nonbasic, residuals, bounds, steps, work)
                continue
            if r == _UNDECIDED:
                code = UNDECIDED
                break
            if r == _NONE:
                continue
        _enter(tables, d, r, c, residuals, bounds, steps, masks, basic, nonbasic, weights, factors)
        d, arriving = d + 1, 1
        if not bounds[d, ERROR] <= LOOSE:
            _renew_bound(tables, d, original, basic, nonbasic, residuals, bounds, steps, work)
        if not bounds[d, ERROR] <= LOOSE:
            code = RENEW
            break
    state[0], state[1], state[2], state[3] = d, count, forced, arriving
    return code
