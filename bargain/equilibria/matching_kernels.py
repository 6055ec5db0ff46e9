r"""Compiled matching of the vertices of two best-response polytopes.

A vertex x of the first polytope is part of an equilibrium when some y uses only best responses to x and makes every
action that x uses a best response.  Two ways to find out:

``complete``
    When x is nondegenerate there are as many tight columns J as used rows I, and y solves :math:`A_{IJ} y = 1`.  Most x
    are refuted: a used row is beaten on J, or a combination w of the equations contradicts :math:`y \ge 0` or
    :math:`A y \le 1` by more than all rounding errors together (a Farkas certificate).  What is not refuted is left to
    exact arithmetic, so that nothing is lost.
``join``
    When vertices are degenerate, both polytopes are enumerated, and each label set of the first looks for all label
    sets of the second that hold what it lacks, by intersecting one bit set of vertices for each missing label.

Tested through :mod:`bargain.equilibria.enumeration` against exact enumeration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["beaten", "complete", "holders", "join"]

UNIT = 2.0**-53

_BLOCK_WORDS = 8
"""Words of a bit set that are intersected at once: 512 vertices."""

_FAST = {"contract", "nsz", "arcp", "reassoc"}


@njit(cache=True)
def beaten(ranks: Any) -> Any:
    """Return, for every pair of rows (i, k), the mask of the columns in which k pays more than i."""
    m, n = ranks.shape
    masks = np.zeros((m, m), np.uint64)
    for i in range(m):
        for k in range(m):
            for j in range(n):
                if ranks[k, j] > ranks[i, j]:
                    masks[i, k] |= np.uint64(1) << np.uint64(j)
    return masks


@njit(cache=True)
def _dominated(rows: Any, columns: Any, better: Any, m: int) -> bool:
    """Whether a used row is beaten everywhere on the tight columns."""
    for i in range(m):
        if (rows >> np.uint64(i)) & np.uint64(1):
            for k in range(m):
                if (columns & ~better[i, k]) == 0:
                    return True
    return False


@njit(cache=True, fastmath=_FAST, error_model="numpy")
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


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _solve(factors: Any, y: Any, k: int) -> None:
    """Solve for the right-hand side of ones."""
    for i in range(k):
        y[i] = 1.0
        for j in range(i):
            y[i] -= factors[i, j] * y[j]
    for i in range(k - 1, -1, -1):
        for j in range(i + 1, k):
            y[i] -= factors[i, j] * y[j]
        y[i] /= factors[i, i]


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _combine(factors: Any, order: Any, target: Any, work: Any, w: Any, k: int) -> None:
    """Return w with w^T K = target^T: the combination of equations that gives a row."""
    for j in range(k):
        work[j] = target[j]
        for i in range(j):
            work[j] -= work[i] * factors[i, j]
        work[j] /= factors[j, j]
    for j in range(k - 1, -1, -1):
        for i in range(j + 1, k):
            work[j] -= work[i] * factors[i, j]
    for j in range(k):
        w[order[j]] = work[j]


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _bounds(block: Any, target: Any, w: Any, k: int) -> tuple[float, float]:
    """Bound target . y over all y >= 0 with K y = 1, whose sum is at most 1 because no payoff is below 1."""
    total, size, residual = 0.0, 0.0, 0.0
    for i in range(k):
        total += w[i]
        size += abs(w[i])
    for j in range(k):
        value = target[j]
        for i in range(k):
            value -= w[i] * block[i, j]
        residual = max(residual, abs(value))
    slack = residual + 8.0 * (k + 4) * UNIT * (1.0 + size)
    return total - slack, total + slack


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _refuted(
    table: Any, rows: Any, columns: Any, used: Any, k: int, block: Any, factors: Any, order: Any, vectors: Any
) -> bool:
    """Whether no y >= 0 on the columns makes the rows, and only best ones, pay 1."""
    for a in range(k):
        for b in range(k):
            block[a, b] = table[rows[a], columns[b]]
            factors[a, b] = block[a, b]
    if not _factorise(factors, order, k):
        return False
    y, target, work, w = vectors[0], vectors[1], vectors[2], vectors[3]
    _solve(factors, y, k)
    least = 0
    for b in range(1, k):
        if y[b] < y[least]:
            least = b
    if y[least] < 0.0:
        for b in range(k):
            target[b] = 0.0
        target[least] = 1.0
        _combine(factors, order, target, work, w, k)
        if _bounds(block, target, w, k)[1] < 0.0:
            return True
    worst, most = -1, 1.0
    for i in range(table.shape[0]):
        if not used[i]:
            value = 0.0
            for b in range(k):
                value += table[i, columns[b]] * y[b]
            if value > most:
                worst, most = i, value
    if worst < 0:
        return False
    for b in range(k):
        target[b] = table[worst, columns[b]]
    _combine(factors, order, target, work, w, k)
    return _bounds(block, target, w, k)[0] > 1.0


@njit(cache=True)
def complete(masks: Any, table: Any, better: Any, found: Any) -> int:
    """Write the places of the nondegenerate vertices that may belong to an equilibrium; return their number.

    Parameters
    ----------
    masks : uint64 array
        Labels: bit j for a tight column, bit n + i for an unused row.
    table : array of shape (m, n)
        Payoffs of the player with the rows, between 1 and 2.
    better : uint64 array of shape (m, m)
        From :func:`beaten`.
    found : int array of the length of ``masks``
        Filled from the front.
    """
    m, n = table.shape
    one = np.uint64(1)
    size = min(m, n) + 1
    rows, columns, order = np.empty(m, np.int64), np.empty(n, np.int64), np.empty(size, np.int64)
    used = np.empty(m, np.uint8)
    block, factors, vectors = np.empty((size, size)), np.empty((size, size)), np.empty((4, size))
    every_column = (one << np.uint64(n)) - one
    count = 0
    for place in range(masks.shape[0]):
        labels = masks[place]
        tight = labels & every_column
        inside = ~(labels >> np.uint64(n)) & ((one << np.uint64(m)) - one)
        if inside == 0 or _dominated(inside, tight, better, m):
            continue
        k = 0
        for i in range(m):
            used[i] = (inside >> np.uint64(i)) & one
            if used[i]:
                rows[k] = i
                k += 1
        b = 0
        for j in range(n):
            if (tight >> np.uint64(j)) & one:
                columns[b] = j
                b += 1
        if b != k or not _refuted(table, rows, columns, used, k, block, factors, order, vectors):
            found[count] = place
            count += 1
    return count


@njit(cache=True)
def holders(masks: Any, labels: int) -> Any:
    """Return, for every label, the bits of the masks that have it: array of shape (labels, words), words in blocks."""
    words = ((masks.shape[0] + 63) // 64 + _BLOCK_WORDS - 1) // _BLOCK_WORDS * _BLOCK_WORDS
    table = np.zeros((labels, words), np.uint64)
    one = np.uint64(1)
    for k in range(masks.shape[0]):
        mask = masks[k]
        for label in range(labels):
            if (mask >> np.uint64(label)) & one:
                table[label, k >> 6] |= one << np.uint64(k & 63)
    return table


@njit(cache=True)
def _write(held: Any, first_word: int, place: int, pairs: Any, count: int) -> int:
    """Write the pairs of a vertex with the bits of one block; return the new number of pairs."""
    one = np.uint64(1)
    for w in range(_BLOCK_WORDS):
        word = held[w]
        k = (first_word + w) * 64
        while word != 0:
            if word & one:
                pairs[count, 0], pairs[count, 1] = place, k
                count += 1
            word >>= one
            k += 1
    return count


@njit(cache=True)
def join(first: Any, table: Any, order: Any, better: Any, m: int, n: int, pairs: Any, state: Any, most: int) -> bool:
    """Write the pairs of vertices at which every action is unused or a best response.

    Parameters
    ----------
    first : uint64 array
        Vertices of the first polytope. Bit j: column j is tight; bit n + i: row i is unused.
    table : uint64 array of shape (m + n, words)
        From :func:`holders`, for the vertices of the second polytope. Bit i: row i is tight; bit m + j: column j is
        unused.
    order : int array of shape (m + n,)
        The labels, rare ones first.
    better : uint64 array of shape (m, m)
        From :func:`beaten`.
    pairs : int array of shape (k, 2)
        Buffer, with room for one vertex and all its partners.
    state : int array of shape (2,)
        Place in ``first`` to go on from, and pairs written.
    most : int
        Vertices of the first polytope after which to come back, so that the caller can look at the clock.

    Returns
    -------
    bool
        Whether all is done.  Otherwise the caller empties the buffer and calls again.
    """
    one = np.uint64(1)
    every_column, every_row = (one << np.uint64(n)) - one, (one << np.uint64(m)) - one
    needed, held = np.empty(m + n, np.int64), np.empty(_BLOCK_WORDS, np.uint64)
    words = table.shape[1]
    count = 0
    stop = min(state[0] + most, first.shape[0])
    for place in range(state[0], stop):
        labels = first[place]
        tight = labels & every_column
        inside = ~(labels >> np.uint64(n)) & every_row
        if inside == 0 or _dominated(inside, tight, better, m):
            continue
        if count + 64 * words > pairs.shape[0]:
            state[0], state[1] = place, count
            return False
        need = inside | ((every_column & ~tight) << np.uint64(m))
        size = 0
        for k in range(m + n):
            if (need >> np.uint64(order[k])) & one:
                needed[size] = order[k]
                size += 1
        for start in range(0, words, _BLOCK_WORDS):
            for w in range(_BLOCK_WORDS):
                held[w] = table[needed[0], start + w]
            for k in range(1, size):
                label, some = needed[k], np.uint64(0)
                for w in range(_BLOCK_WORDS):
                    held[w] &= table[label, start + w]
                    some |= held[w]
                if some == 0:
                    break
            count = _write(held, start, place, pairs, count)
    state[0], state[1] = stop, count
    return bool(stop == first.shape[0])
