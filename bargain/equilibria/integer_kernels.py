r"""Compiled reverse search in exact whole numbers: :mod:`bargain.equilibria.vertex_kernels` for small integers.

Dictionaries are fraction-free (Edmonds 1967; Bareiss 1968): whole numbers over a common determinant, held in floats so
that four are handled at once.  A step is taken only while :math:`2 \max|T|^2 < 2^{47} \det`: then no sum of products
carries an error of a quarter, and rounding gives the exact number.  Otherwise the kernel stops with ``OVERFLOW``.
Tested through :mod:`bargain.equilibria.vertex_search`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bargain.equilibria.vertex_kernels import DEPTH, DONE, FULL, OVERFLOW, UNIT, exchange, largest_size

__all__ = ["search_integers"]

_NONE = -1
_HUGE = 1e300

_FAST = {"contract", "nsz", "arcp", "reassoc"}


@njit(cache=True, error_model="numpy")
def _product_sign(a: float, b: float, c: float, d: float) -> int:
    """Return the sign of a b - c d for whole numbers below 2^53 whose products stay below 2^106.

    Where floats cannot tell, the difference is so small that its last 64 bits decide.
    """
    first, second = a * b, c * d
    difference = first - second
    doubt = 4.0 * UNIT * (abs(first) + abs(second))
    if difference > doubt:
        return 1
    if difference < -doubt:
        return -1
    exact = np.int64(a) * np.int64(b) - np.int64(c) * np.int64(d)
    return 1 if exact > 0 else (-1 if exact < 0 else 0)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _is_child_integers(
    tables: Any, d: int, c: int, r: int, basic: Any, nonbasic: Any, rows: int, columns: int, determinant: float
) -> bool:
    """Whether the largest-coefficient rule, with ties going to the smallest label, leads back over this pivot.

    Whole numbers are compared with halves, because their sums of products carry rounding errors below a quarter.
    """
    p, coefficient, inverse = tables[d, c, r], tables[d, c, rows], 1.0 / determinant
    for j in range(columns):
        if j != c:
            excess = (tables[d, j, rows] * p - coefficient * tables[d, j, r]) * inverse + coefficient
            if excess < -0.5 or (excess <= 0.5 and nonbasic[d, j] < basic[d, r]):
                return False
    return True


@njit(cache=True, error_model="numpy")
def _comes_first(
    tables: Any, d: int, c: int, basic: Any, nonbasic: Any, i: int, best: int, rows: int, columns: int
) -> bool:
    """Whether the perturbed ratio of row i is smaller than that of another row."""
    own, other = tables[d, c, i], tables[d, c, best]
    order = _product_sign(tables[d, columns, i], other, tables[d, columns, best], own)
    slack = 0
    while order == 0 and slack < rows:
        # The coefficients of the slack in both rows; a basic slack stands in a single row of its own.
        if basic[d, i] == slack:
            return False
        if basic[d, best] == slack:
            return True
        for j in range(columns):
            if nonbasic[d, j] == slack:
                order = _product_sign(tables[d, j, i], other, tables[d, j, best], own)
                break
        slack += 1
    return order < 0


@njit(cache=True, fastmath=_FAST | {"nnan", "ninf"}, error_model="numpy")
def _ratios(tables: Any, d: int, c: int, ratios: Any, rows: int, columns: int) -> float:
    """Write the ratios of the rows that the entering variable shrinks; return the smallest."""
    least = _HUGE
    for i in range(rows):
        entering = tables[d, c, i]
        shrinks = entering > 0.0
        ratio = tables[d, columns, i] / (entering if shrinks else 1.0)
        ratio = ratio if shrinks else _HUGE
        ratios[i] = ratio
        if ratio < least:
            least = ratio
    return least


@njit(cache=True, error_model="numpy")
def _child_row_integers(
    tables: Any, d: int, c: int, basic: Any, nonbasic: Any, ratios: Any, rows: int, columns: int, determinant: float
) -> int:
    """Return the row that leaves when column ``c`` enters and the search goes down there, or _NONE.

    The leaving row is the one with the lexicographically smallest ratio.
    """
    if tables[d, c, rows] <= 0.0:
        return _NONE
    least = _ratios(tables, d, c, ratios, rows, columns)
    # Ratios that floats cannot tell apart are compared exactly, and only when it matters.
    least *= 1.0 + 16.0 * UNIT
    tied, children, chosen = 0, 0, _NONE
    for i in range(rows):
        if ratios[i] <= least:
            tied += 1
            if _is_child_integers(tables, d, c, i, basic, nonbasic, rows, columns, determinant):
                children += 1
                chosen = i
    if children == 0 or tied == 1:
        return chosen
    best = _NONE
    for i in range(rows):
        if ratios[i] <= least and (
            best == _NONE or _comes_first(tables, d, c, basic, nonbasic, i, best, rows, columns)
        ):
            best = i
    return best if _is_child_integers(tables, d, c, best, basic, nonbasic, rows, columns, determinant) else _NONE


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _pivot_integers(old: Any, new: Any, r: int, c: int, rows: int, columns: int, determinant: float) -> float:
    """Pivot without fractions; return the largest entry in size."""
    p, entering = old[c, r], old[c]
    inverse = 1.0 / determinant
    largest = determinant
    for j in range(columns + 1):
        f = old[j, r]
        top = 0.0
        for i in range(rows + 1):
            value = np.rint((old[j, i] * p - f * entering[i]) * inverse)
            new[j, i] = value
            top = max(top, abs(value))
        new[j, r] = f
        largest = max(largest, max(top, abs(f)))
    for i in range(rows + 1):
        new[c, i] = -entering[i]
    new[c, r] = determinant
    return max(largest, largest_size(entering, rows + 1))


@njit(cache=True, error_model="numpy")
def search_integers(
    tables: Any, basic: Any, nonbasic: Any, column: Any, masks: Any, scale: Any, state: Any, base: Any, full: Any
) -> int:
    """Walk on in exact whole numbers; write the labels of the bases, and all labels of their vertices.

    Parameters
    ----------
    tables, basic, nonbasic, column, masks, state, base
        As for :func:`search_floats`; entries are whole numbers.
    scale : array of shape (depth, 2)
        The determinant and the largest entry of every dictionary.
    full : uint64 array
        Buffer like ``base``, for the labels of all inequalities that hold with equality.
    """
    rows, columns = basic.shape[1], nonbasic.shape[1]
    ratios = np.empty(rows)
    d, count, arriving = state[0], state[1], state[3]
    one = np.uint64(1)
    code = DONE
    while d >= 0:
        if arriving:
            if count == base.shape[0]:
                code = FULL
                break
            labels = masks[d]
            for i in range(rows):
                if tables[d, columns, i] == 0.0:
                    labels |= one << np.uint64(basic[d, i])
            base[count], full[count] = masks[d], labels
            count += 1
            arriving = 0
        c = column[d]
        if c >= columns:
            d -= 1
            continue
        if d + 2 > tables.shape[0]:
            code = DEPTH
            break
        if 2.0 * scale[d, 1] * scale[d, 1] >= 2.0**47 * scale[d, 0]:
            code = OVERFLOW
            break
        column[d] = c + 1
        r = _child_row_integers(tables, d, c, basic, nonbasic, ratios, rows, columns, scale[d, 0])
        if r == _NONE:
            continue
        scale[d + 1, 1] = _pivot_integers(tables[d], tables[d + 1], r, c, rows, columns, scale[d, 0])
        scale[d + 1, 0] = tables[d, c, r]
        exchange(basic, nonbasic, masks, d, r, c)
        d += 1
        column[d], arriving = 0, 1
    state[0], state[1], state[3] = d, count, arriving
    return code
