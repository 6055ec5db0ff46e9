r"""Compiled reverse search over the vertices of :math:`\{z \ge 0 : M z \le 1\}`, for :math:`M > 0`.

A *dictionary* states every basic variable in terms of the nonbasic ones, :math:`b_i = \beta_i - \sum_j T_{ij} n_j`; the
slack of row i has label i, and :math:`z_j` has label r + j.  Under a generic linear objective with its optimum at 0,
the simplex method with the largest-coefficient rule makes a tree of all bases; it is walked backwards from 0 and stored
nowhere (Avis and Fukuda 1992).  The perturbation :math:`1 + \epsilon^i` of the right-hand side, kept by lexicographic
comparisons (Avis 2000), makes every basis a vertex of a simple polytope, so that degenerate polytopes lose nothing.

Here dictionaries are floats with a bound on the error of every entry, carried along by each pivot and renewed from the
residual of the original system.  A comparison that the bound cannot decide is handed back to the caller, who decides
it exactly and resumes.  :mod:`bargain.equilibria.integer_kernels` does the same in exact whole numbers.  Both stop when
the buffer is full, so that clocks and interrupts are looked at outside.  Tested through
:mod:`bargain.equilibria.vertex_search` against exact enumeration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = [
    "DEPTH",
    "DONE",
    "FULL",
    "OVERFLOW",
    "RENEW",
    "UNDECIDED",
    "UNIT",
    "VERTEX",
    "exchange",
    "largest_size",
    "search_floats",
]

DONE, FULL, OVERFLOW, UNDECIDED, VERTEX, RENEW, DEPTH = range(7)
"""Why a kernel stopped: finished; buffer full; a number too large; the pivot of (node, column) is undecided; whether
coordinates of the vertex are zero is undecided; the dictionary has lost its digits; the stack is too small."""

UNIT = 2.0**-53
LOOSE = 1e-5
"""Largest bound on the error of a dictionary that is passed on to children."""

_NONE, _UNDECIDED = -1, -2

_FAST = {"contract", "nsz", "arcp", "reassoc"}


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _largest_ratio(column: Any, inverse: Any, rows: int) -> float:
    best = 0.0
    for i in range(rows):
        best = max(best, column[i] * inverse[i])
    return best


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _count_ratios(column: Any, inverse: Any, rows: int, least: float) -> int:
    count = 0
    for i in range(rows):
        count += column[i] * inverse[i] >= least
    return count


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def largest_size(values: Any, size: int) -> float:
    """Return the largest absolute value among the first ``size`` numbers."""
    best = 0.0
    for i in range(size):
        best = max(best, abs(values[i]))
    return best


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _smallest(values: Any, size: int) -> float:
    best = np.inf
    for i in range(size):
        best = min(best, values[i])
    return best


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _pivot(old: Any, new: Any, r: int, c: int, rows: int, columns: int) -> None:
    """Exchange the basic variable of row ``r`` with the nonbasic one of column ``c``; ``old[j]`` is column j."""
    p = 1.0 / old[c, r]
    entering = old[c]
    for j in range(columns + 1):
        f = old[j, r] * p
        for i in range(rows + 1):
            new[j, i] = old[j, i] - f * entering[i]
        new[j, r] = f
    for i in range(rows + 1):
        new[c, i] = -p * entering[i]
    new[c, r] = p


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _error_bound(table: Any, original: Any, basic: Any, nonbasic: Any, rows: int, columns: int) -> tuple[float, float]:
    """Bound the error of a dictionary from its residual in the original system; also return its largest entry.

    With basis matrix B and residual R the error is B^-1 R, and the rows of B^-1 stand in the columns of the slacks.
    """
    largest, norm, residual, whole = 0.0, 0.0, 0.0, 0.0
    count = 0
    for i in range(rows):
        count += basic[i] >= rows
    for j in range(columns + 1):
        largest = max(largest, largest_size(table[j], rows + 1))
        for i in range(rows + 1):
            whole += abs(table[j, i])
    # A maximum passes over what is not a number; a sum does not.
    if not whole < np.inf:
        return np.inf, np.inf
    for b in range(rows + 1):
        total = 1.0
        for j in range(columns):
            if nonbasic[j] < rows:
                total += abs(table[j, b])
        norm = max(norm, total)
    row = np.empty(rows + 1)
    for j in range(columns + 1):
        # The coefficients of the nonbasic variable (or the right-hand side) in every original row, less what the
        # dictionary says they are.
        for i in range(rows + 1):
            row[i] = 0.0
        if j == columns:
            for i in range(rows):
                row[i] = 1.0
        elif nonbasic[j] < rows:
            row[nonbasic[j]] = 1.0
        else:
            for i in range(rows + 1):
                row[i] = original[nonbasic[j] - rows, i]
        for b in range(rows):
            label, value = basic[b], table[j, b]
            if label < rows:
                row[label] -= value
            else:
                for i in range(rows + 1):
                    row[i] -= original[label - rows, i] * value
        row[rows] -= table[j, rows]
        residual = max(residual, largest_size(row, rows + 1))
    residual += 4.0 * (count + 4) * (count + 2) * UNIT * max(largest, 1.0)
    if (count + 1) * residual >= 0.5:
        return np.inf, largest
    return 1.001 * norm * residual / (1.0 - (count + 1) * residual), largest


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _is_child(table: Any, c: int, r: int, columns: int, rows: int, error: float) -> int:
    """Whether the largest-coefficient rule leads back over this pivot: 1 yes, 0 no, -1 undecided.

    In the child the leaving variable has the coefficient -step; one that is smaller would be chosen instead.
    """
    p = 1.0 / table[c, r]
    step = table[c, rows] * p
    widest = 0.0
    for j in range(columns):
        widest = max(widest, abs(table[j, r]))
    slack = 2.0 * error * (1.0 + abs(step)) * (1.0 + abs(p)) * (1.0 + widest * abs(p))
    undecided = False
    for j in range(columns):
        if j != c:
            excess = table[j, rows] - step * table[j, r] + step
            if excess < -slack:
                return 0
            if excess <= slack:
                undecided = True
    return -1 if undecided else 1


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _pivot_error(
    table: Any, c: int, r: int, rows: int, columns: int, error: float, largest: float
) -> tuple[float, float]:
    """Bound the errors and the entries of the dictionary after a pivot, to first order with a margin for the rest."""
    p = abs(1.0 / table[c, r])
    if error * p > 1e-3:
        return np.inf, np.inf
    column = largest_size(table[c], rows + 1)
    row = 0.0
    for j in range(columns + 1):
        row = max(row, abs(table[j, r]))
    f, q = column * p, row * p
    growth = max(max((1.0 + f) * (1.0 + q), p * (1.0 + q)), max(p * (1.0 + f), p * p))
    entries = largest + q * column + q + f + p
    return 1.01 * growth * error + 4.0 * UNIT * entries, entries


@njit(cache=True, error_model="numpy")
def exchange(basic: Any, nonbasic: Any, masks: Any, d: int, r: int, c: int) -> None:
    """Write the labels of the child at depth d + 1."""
    basic[d + 1] = basic[d]
    nonbasic[d + 1] = nonbasic[d]
    leaving, entering = basic[d, r], nonbasic[d, c]
    basic[d + 1, r], nonbasic[d + 1, c] = entering, leaving
    one = np.uint64(1)
    masks[d + 1] = (masks[d] | (one << np.uint64(leaving))) & ~(one << np.uint64(entering))


@njit(cache=True, error_model="numpy")
def _child_row(table: Any, inverse: Any, widest: float, c: int, rows: int, columns: int, error: float) -> int:
    """Return the row that leaves when column ``c`` enters and the search goes down there, _NONE or _UNDECIDED."""
    coefficient = table[c, rows]
    if coefficient < -error:
        return _NONE
    if coefficient <= error:
        return _UNDECIDED
    best = _largest_ratio(table[c], inverse, rows)
    least = best - 4.0 * error * (1.0 + best) * widest
    if least <= 0.0 or _count_ratios(table[c], inverse, rows, least) != 1:
        return _UNDECIDED
    r = 0
    while table[c, r] * inverse[r] < least:
        r += 1
    child = _is_child(table, c, r, columns, rows, error)
    return r if child > 0 else (_NONE if child == 0 else _UNDECIDED)


@njit(cache=True, error_model="numpy")
def _arrive(
    tables: Any, original: Any, basic: Any, nonbasic: Any, error: Any, largest: Any, fresh: Any, inverse: Any, d: int
) -> float:
    """Return the smallest coordinate of the vertex if it is positive beyond doubt, else 0; prepare ratio tests."""
    rows, columns = basic.shape[1], nonbasic.shape[1]
    smallest: float = _smallest(tables[d, columns], rows)
    if smallest <= 4.0 * error[d] and not fresh[d]:
        bound, largest[d] = _error_bound(tables[d], original, basic[d], nonbasic[d], rows, columns)
        error[d], fresh[d] = min(error[d], bound), 1
    if smallest <= 4.0 * error[d]:
        return 0.0
    for i in range(rows):
        inverse[d, i] = 1.0 / tables[d, columns, i]
    return float(smallest - error[d])


@njit(cache=True, error_model="numpy")
def _leaving(
    tables: Any,
    original: Any,
    basic: Any,
    nonbasic: Any,
    error: Any,
    largest: Any,
    fresh: Any,
    inverse: Any,
    widest: Any,
    d: int,
    c: int,
) -> int:
    """Return the row that leaves when column ``c`` enters, with a sharper bound on errors where that may help."""
    rows, columns = basic.shape[1], nonbasic.shape[1]
    r = _child_row(tables[d], inverse[d], widest[d], c, rows, columns, error[d])
    if r == _UNDECIDED and not fresh[d]:
        bound, largest[d] = _error_bound(tables[d], original, basic[d], nonbasic[d], rows, columns)
        error[d], fresh[d] = min(error[d], bound), 1
        r = _child_row(tables[d], inverse[d], widest[d], c, rows, columns, error[d])
    return r


@njit(cache=True, error_model="numpy")
def _go_down(
    tables: Any, original: Any, basic: Any, nonbasic: Any, error: Any, largest: Any, fresh: Any, d: int, r: int, c: int
) -> bool:
    """Pivot into the dictionary at depth d + 1; return whether it has kept its digits."""
    rows, columns = basic.shape[1], nonbasic.shape[1]
    _pivot(tables[d], tables[d + 1], r, c, rows, columns)
    bound, entries = _pivot_error(tables[d], c, r, rows, columns, error[d], largest[d])
    fresh[d + 1] = 0
    if not bound <= LOOSE:
        bound, entries = _error_bound(tables[d + 1], original, basic[d + 1], nonbasic[d + 1], rows, columns)
        fresh[d + 1] = 1
    error[d + 1], largest[d + 1] = bound, entries
    return bound <= LOOSE


@njit(cache=True, error_model="numpy")
def _prepared(tables: Any, error: Any, rows: int, columns: int, last: int) -> tuple[Any, Any]:
    """Return, for the dictionaries up to depth ``last``, what ratio tests need: one over the right-hand sides."""
    inverse, widest = np.empty((tables.shape[0], rows)), np.empty(tables.shape[0])
    for level in range(last + 1):
        for i in range(rows):
            inverse[level, i] = 1.0 / tables[level, columns, i]
        widest[level] = 1.0 / (_smallest(tables[level, columns], rows) - error[level])
    return inverse, widest


@njit(cache=True, error_model="numpy")
def search_floats(
    original: Any,
    tables: Any,
    basic: Any,
    nonbasic: Any,
    column: Any,
    masks: Any,
    error: Any,
    largest: Any,
    exactly: Any,
    fresh: Any,
    state: Any,
    base: Any,
) -> int:
    """Walk on until something has to be decided outside; write the label masks of the bases that were reached.

    Parameters
    ----------
    original : array of shape (d + 1, r + 1)
        Columns of M with the objective in the last row; the last column is the right-hand side.
    tables : array of shape (depth, d + 1, r + 1)
        Dictionaries of the current path, stored by columns.
    basic, nonbasic : int arrays of shape (depth, r) and (depth, d)
        Labels of rows and columns.
    column, masks, error, largest, exactly, fresh : arrays of shape (depth,)
        Next column to try, labels of the basis, bounds on errors and entries, whether the vertex is degenerate or too
        close to tell, so that everything about it is decided outside, and where the bound comes from: 0 from the pivot,
        1 from the residual, 2 from exact numbers, rounded.
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
    columns = nonbasic.shape[1]
    inverse, widest = _prepared(tables, error, basic.shape[1], columns, state[0])
    d, count, forced, arriving = state[0], state[1], state[2], state[3]
    code = DONE
    while d >= 0:
        if arriving:
            if count == base.shape[0]:
                code = FULL
                break
            if not exactly[d]:
                least = _arrive(tables, original, basic, nonbasic, error, largest, fresh, inverse, d)
                if least <= 0.0:
                    code = VERTEX
                    break
                widest[d] = 1.0 / least
            base[count] = masks[d]
            count += 1
            arriving = 0
        c = column[d]
        if forced >= 0:
            c, r = c - 1, forced
            forced = -1
        elif c >= columns:
            d -= 1
            continue
        elif d + 2 > tables.shape[0]:
            code = DEPTH
            break
        else:
            column[d] = c + 1
            r = _UNDECIDED
            if not exactly[d]:
                r = _leaving(tables, original, basic, nonbasic, error, largest, fresh, inverse, widest, d, c)
            if r == _UNDECIDED:
                code = UNDECIDED
                break
            if r == _NONE:
                continue
        exchange(basic, nonbasic, masks, d, r, c)
        kept = _go_down(tables, original, basic, nonbasic, error, largest, fresh, d, r, c)
        d += 1
        column[d], exactly[d], arriving = 0, 0, 1
        if not kept:
            code = RENEW
            break
    state[0], state[1], state[2], state[3] = d, count, forced, arriving
    return code
