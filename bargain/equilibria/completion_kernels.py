r"""Compiled search for the vertices of one best-response polytope that may be completed to an equilibrium.

At a nondegenerate vertex x there are as many tight columns J as used rows I, and a partner y of x lives on J and makes
all of I best responses: :math:`y \ge 0`, :math:`A_I y = 1` and :math:`A y \le 1`.  Most x are refuted by weights u on
rows, not negative outside I, with :math:`\sum_i u_i \le 0` and :math:`\sum_i u_i (A_{ij} - 1) > 0` for all j in J, by
more than all rounding errors together: as no payoff is below 1, :math:`\sum_j y_j \le 1`, and so
:math:`\sum_i u_i \ge u^T A y > \sum_i u_i`, a contradiction (Farkas).  The weights come from the solution of
:math:`A_{IJ} y = 1`.  They refute every vertex that uses all of their rows in I and is tight at no other columns than
those with a positive sum, so they are kept: neighbours are often refuted by the same ones.  What is not refuted is left
to exact arithmetic, so that nothing is lost.  Tested through :mod:`bargain.equilibria.enumeration` against exact
enumeration.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bargain.equilibria.compiled import inlined, kernel_entry, kernel_inner

__all__ = ["KEPT", "beaten", "complete", "dominated"]

KEPT = 32
"""Refutations that are kept."""

_UNIT = 2.0**-53

_NOTHING, _NO_ROW = -2, -1


@kernel_entry
def beaten(ranks: Any, masks: Any) -> None:
    """Add, for every pair of rows (i, k), the bits of the columns in which k pays more than i."""
    one = np.uint64(1)
    for i in range(ranks.shape[0]):
        for k in range(ranks.shape[0]):
            for j in range(ranks.shape[1]):
                if ranks[k, j] > ranks[i, j]:
                    masks[i, k] |= one << np.uint64(j)


@kernel_inner
def _factorise(matrix: Any, order: Any, k: int) -> bool:
    """Factorise the leading k x k block in place with partial pivoting; False when it looks singular."""
    for c in range(k):
        order[c] = c
    for c in range(k):
        p = c
        for i in range(c + 1, k):
            if abs(matrix[i, c]) > abs(matrix[p, c]):
                p = i
        if abs(matrix[p, c]) < 1e-11:
            return False
        if p != c:
            order[c], order[p] = order[p], order[c]
            for j in range(k):
                matrix[c, j], matrix[p, j] = matrix[p, j], matrix[c, j]
        inverse = 1.0 / matrix[c, c]
        for i in range(c + 1, k):
            f = matrix[i, c] * inverse
            matrix[i, c] = f
            for j in range(c + 1, k):
                matrix[i, j] -= f * matrix[c, j]
    return True


@inlined
def _solve(factors: Any, y: Any, k: int) -> None:
    """Solve for the right-hand side of ones."""
    for i in range(k):
        value = 1.0
        for j in range(i):
            value -= factors[i, j] * y[j]
        y[i] = value
    for i in range(k - 1, -1, -1):
        value = y[i]
        for j in range(i + 1, k):
            value -= factors[i, j] * y[j]
        y[i] = value / factors[i, i]


@inlined
def _combine(factors: Any, order: Any, target: Any, weights: Any, sign: float, k: int) -> None:
    """Write the combination of equations that gives ``target``, which is lost, times a sign."""
    for j in range(k):
        value = target[j] / factors[j, j]
        target[j] = value
        for i in range(j + 1, k):
            target[i] -= value * factors[j, i]
    for j in range(k - 1, -1, -1):
        value = target[j]
        for i in range(j):
            target[i] -= value * factors[j, i]
    for j in range(k):
        weights[order[j]] = sign * target[j]


@inlined
def _weights(
    table: Any, rows: Any, columns: Any, inside: Any, k: int, factors: Any, order: Any, y: Any, target: Any, u: Any
) -> int:
    """Write weights on the used rows that may refute; return the row outside that has weight 1, or a code."""
    for a in range(k):
        for b in range(k):
            factors[a, b] = table[rows[a], columns[b]]
    if not _factorise(factors, order, k):
        return _NOTHING
    _solve(factors, y, k)
    least = 0
    for b in range(1, k):
        if y[b] < y[least]:
            least = b
    outside, sign = _NO_ROW, 1.0
    if y[least] < 0.0:
        for b in range(k):
            target[b] = 0.0
        target[least] = 1.0
    else:
        most, sign = 1.0, -1.0
        for i in range(table.shape[0]):
            if not (inside >> np.uint64(i)) & np.uint64(1):
                value = 0.0
                for b in range(k):
                    value += table[i, columns[b]] * y[b]
                if value > most:
                    outside, most = i, value
        if outside == _NO_ROW:
            return _NOTHING
        for b in range(k):
            target[b] = table[outside, columns[b]]
    _combine(factors, order, target, u, sign, k)
    return outside


@inlined
def _refuted_columns(table: Any, rows: Any, k: int, outside: int, u: Any) -> Any:
    """Return the bits of the columns on which the weights refute, beyond rounding."""
    total, size = (0.0, 0.0) if outside == _NO_ROW else (1.0, 1.0)
    for a in range(k):
        total += u[a]
        size += abs(u[a])
    margin = 8.0 * (k + 4) * _UNIT * (1.0 + size)
    columns, one = np.uint64(0), np.uint64(1)
    # A comparison with what is not a number is false.
    if total <= -margin:
        for j in range(table.shape[1]):
            value = 0.0 if outside == _NO_ROW else table[outside, j] - 1.0
            for a in range(k):
                value += u[a] * (table[rows[a], j] - 1.0)
            if value > margin:
                columns |= one << np.uint64(j)
    return columns


@inlined
def dominated(inside: Any, tight: Any, better: Any, m: int) -> bool:
    """Whether a used row is beaten everywhere on the tight columns."""
    one = np.uint64(1)
    rest, i = inside, 0
    while rest != 0:
        if rest & one:
            for k in range(m):
                if (tight & ~better[i, k]) == 0:
                    return True
        rest >>= one
        i += 1
    return False


@inlined
def _known(inside: Any, tight: Any, kept: Any) -> bool:
    """Whether a refutation that is kept refutes; it moves towards the front."""
    for k in range(kept.shape[0]):
        if (kept[k, 0] & ~inside) == 0 and (tight & ~kept[k, 1]) == 0:
            ahead = k >> 1
            for side in range(2):
                held = kept[k, side]
                kept[k, side] = kept[ahead, side]
                kept[ahead, side] = held
            return True
    return False


@inlined
def _places(bits: Any, size: int, places: Any) -> int:
    """Write the places of the bits; return their number."""
    one, count = np.uint64(1), 0
    for i in range(size):
        if (bits >> np.uint64(i)) & one:
            places[count] = i
            count += 1
    return count


@kernel_entry
def complete(
    masks: Any, table: Any, better: Any, kept: Any, places: Any, factors: Any, vectors: Any, state: Any, found: Any
) -> int:
    """Write the places of the nondegenerate vertices that may belong to an equilibrium; return their number.

    Parameters
    ----------
    masks : uint64 array
        Labels: bit j for a tight column, bit n + i for an unused row.
    table : array of shape (m, n)
        Payoffs of the player with the rows, between 1 and 2.
    better : uint64 array of shape (m, m)
        From :func:`beaten`.
    kept : uint64 array of shape (KEPT, 2)
        Refutations: rows that have to be in use, and the only columns that may be tight.
    places, factors, vectors : arrays of shape (3, m + n), (m + n, m + n) and (3, m + n)
        Room to work; ``places`` holds ints.
    state : int array of shape (1,)
        Where the next refutation is kept.
    found : int array of the length of ``masks``
        Filled from the front.
    """
    m, n = table.shape
    one = np.uint64(1)
    every_column, every_row = (one << np.uint64(n)) - one, (one << np.uint64(m)) - one
    rows, columns, order = places[0], places[1], places[2]
    count = 0
    for place in range(masks.shape[0]):
        labels = masks[place]
        tight = labels & every_column
        inside = ~(labels >> np.uint64(n)) & every_row
        if inside == 0 or _known(inside, tight, kept) or dominated(inside, tight, better, m):
            continue
        k = _places(inside, m, rows)
        if _places(tight, n, columns) == k:
            outside = _weights(table, rows, columns, inside, k, factors, order, vectors[0], vectors[1], vectors[2])
            if outside != _NOTHING:
                refuted = _refuted_columns(table, rows, k, outside, vectors[2])
                if (tight & ~refuted) == 0:
                    kept[state[0], 0], kept[state[0], 1] = inside, refuted
                    # The front half is for those that have refuted more than once.
                    state[0] = state[0] + 1 if state[0] + 1 < kept.shape[0] else kept.shape[0] // 2
                    continue
        found[count] = place
        count += 1
    return count
