r"""Compiled reverse search in exact whole numbers: :mod:`bargain.equilibria.vertex_kernels` for small integers.

Dictionaries are fraction-free (Edmonds 1967; Bareiss 1968): whole numbers over a common determinant, held in floats so
that four are handled at once (:mod:`bargain.equilibria.lanes`).  A step is taken only while
:math:`2 \max|T|^2 < 2^{47} \det`: then no sum of products carries an error of a quarter, and rounding gives the exact
number.  Otherwise the kernel stops with ``OVERFLOW``.  Tested through :mod:`bargain.equilibria.vertex_search`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bargain.equilibria.compiled import inlined, kernel_entry, kernel_inner
from bargain.equilibria.lanes import at_most, largest_size, pivot_whole_columns, scale_column, write_ratios
from bargain.equilibria.vertex_kernels import COLUMN, DEPTH, DONE, FULL, OVERFLOW, ROW, UNIT, exchange

__all__ = ["search_integers"]

_NONE = -1


@kernel_inner
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


@inlined
def _is_child(
    tables: Any, d: int, c: int, r: int, near: int, basic: Any, nonbasic: Any, rows: int, determinant: float
) -> bool:
    """Whether the largest-coefficient rule, with ties going to the smallest label, leads back over this pivot.

    Whole numbers are compared with halves, because their sums of products carry rounding errors below a quarter.
    Column ``near`` is likely to say no, and is looked at first.
    """
    p, coefficient, inverse, label = tables[d, c, r], tables[d, c, rows], 1.0 / determinant, basic[r]
    for k in range(-1, nonbasic.shape[0]):
        j = near if k < 0 else k
        if j != c:
            excess = (tables[d, j, rows] * p - coefficient * tables[d, j, r]) * inverse + coefficient
            if excess < -0.5 or (excess <= 0.5 and nonbasic[j] < label):
                return False
    return True


@kernel_inner
def _comes_first(tables: Any, d: int, c: int, basic: Any, nonbasic: Any, i: int, best: int) -> bool:
    """Whether the perturbed ratio of row i is smaller than that of another row."""
    rows, columns = basic.shape[0], nonbasic.shape[0]
    own, other = tables[d, c, i], tables[d, c, best]
    order = _product_sign(tables[d, columns, i], other, tables[d, columns, best], own)
    slack = 0
    while order == 0 and slack < rows:
        # The coefficients of the slack in both rows; a basic slack stands in a single row of its own.
        if basic[i] == slack:
            return False
        if basic[best] == slack:
            return True
        for j in range(columns):
            if nonbasic[j] == slack:
                order = _product_sign(tables[d, j, i], other, tables[d, j, best], own)
                break
        slack += 1
    return order < 0


@inlined
def _child_row(
    tables: Any, d: int, c: int, near: int, basic: Any, nonbasic: Any, ratios: Any, determinant: float
) -> int:
    """Return the row that leaves when column ``c`` enters and the search goes down there, or _NONE.

    The leaving row is the one with the lexicographically smallest ratio.
    """
    rows, columns, width = basic.shape[0], nonbasic.shape[0], tables.shape[2]
    if tables[d, c, rows] <= 0.0:
        return _NONE
    start = d * (columns + 1)
    least = write_ratios(tables, (start + columns) * width, (start + c) * width, ratios, rows, width)
    # Ratios that floats cannot tell apart are compared exactly, and only when it matters.
    tied = at_most(ratios, least * (1.0 + 16.0 * UNIT), width)
    one = np.uint64(1)
    single, children, chosen = (tied & (tied - one)) == 0, 0, _NONE
    rest, i = tied, 0
    while rest != 0:
        if rest & one and _is_child(tables, d, c, i, near, basic, nonbasic, rows, determinant):
            children += 1
            chosen = i
        rest >>= one
        i += 1
    if children == 0 or single:
        return chosen
    best, rest, i = _NONE, tied, 0
    while rest != 0:
        if rest & one and (best == _NONE or _comes_first(tables, d, c, basic, nonbasic, i, best)):
            best = i
        rest >>= one
        i += 1
    return best if _is_child(tables, d, c, best, near, basic, nonbasic, rows, determinant) else _NONE


@inlined
def _go_down(tables: Any, d: int, r: int, c: int, columns: int, scale: Any, factors: Any) -> None:
    """Pivot without fractions into the dictionary at depth d + 1."""
    width = tables.shape[2]
    source, target = d * (columns + 1) * width, (d + 1) * (columns + 1) * width
    entering, p, determinant = source + c * width, tables[d, c, r], scale[d, 0]
    for j in range(columns + 1):
        factors[j] = tables[d, j, r]
    largest = pivot_whole_columns(tables, source, target, entering, factors, p, 1.0 / determinant, columns + 1, width)
    scale_column(tables, entering, target + c * width, -1.0, width)
    factors[c] = determinant
    for j in range(columns + 1):
        tables[d + 1, j, r] = factors[j]
        largest = max(largest, abs(factors[j]))
    scale[d + 1, 0] = p
    scale[d + 1, 1] = max(largest, largest_size(tables, entering, width))


@kernel_entry
def search_integers(
    tables: Any,
    steps: Any,
    masks: Any,
    basic: Any,
    nonbasic: Any,
    scale: Any,
    factors: Any,
    ratios: Any,
    state: Any,
    base: Any,
    full: Any,
) -> int:
    """Walk on in exact whole numbers; write the labels of the bases, and all labels of their vertices.

    Parameters
    ----------
    tables, steps, masks, basic, nonbasic, factors, state, base
        As for :func:`search_floats`; entries are whole numbers.
    scale : array of shape (depth, 2)
        The determinant and the largest entry of every dictionary.
    ratios : array of the width of the tables
        Room to work.
    full : uint64 array
        Buffer like ``base``, for the labels of all inequalities that hold with equality.
    """
    rows, columns = basic.shape[0], nonbasic.shape[0]
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
                    labels |= one << np.uint64(basic[i])
            base[count], full[count] = masks[d], labels
            count += 1
            arriving = 0
        c = steps[d, COLUMN]
        if c >= columns:
            d -= 1
            if d >= 0:
                exchange(basic, nonbasic, steps[d, ROW], steps[d, COLUMN] - 1)
            continue
        if d + 2 > tables.shape[0]:
            code = DEPTH
            break
        if 2.0 * scale[d, 1] * scale[d, 1] >= 2.0**47 * scale[d, 0]:
            code = OVERFLOW
            break
        steps[d, COLUMN] = c + 1
        near = steps[d - 1, COLUMN] - 1 if d > 0 else c
        r = _child_row(tables, d, c, near, basic, nonbasic, ratios, scale[d, 0])
        if r == _NONE:
            continue
        masks[d + 1] = (masks[d] | (one << np.uint64(basic[r]))) & ~(one << np.uint64(nonbasic[c]))
        _go_down(tables, d, r, c, columns, scale, factors)
        exchange(basic, nonbasic, r, c)
        steps[d, ROW] = r
        d += 1
        steps[d, COLUMN], arriving = 0, 1
    state[0], state[1], state[3] = d, count, arriving
    return code
