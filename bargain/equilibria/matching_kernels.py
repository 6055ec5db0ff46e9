r"""Compiled matching of the vertices of two best-response polytopes, of which some are degenerate.

Both polytopes are enumerated, and each label set of the first looks for all label sets of the second that hold what it
lacks, by intersecting one bit set of vertices for each missing label.  Tested through
:mod:`bargain.equilibria.enumeration` against exact enumeration.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bargain.equilibria.compiled import inlined, kernel_entry
from bargain.equilibria.completion_kernels import dominated

__all__ = ["BLOCK_WORDS", "hold", "join"]

BLOCK_WORDS = 8
"""Words of a bit set that are intersected at once: 512 vertices."""


@kernel_entry
def hold(masks: Any, start: int, stop: int, table: Any) -> None:
    """Set, for every label, the bits of the masks from ``start`` to ``stop`` that have it: table of (labels, words)."""
    one = np.uint64(1)
    for k in range(start, stop):
        mask = masks[k]
        for label in range(table.shape[0]):
            if (mask >> np.uint64(label)) & one:
                table[label, k >> 6] |= one << np.uint64(k & 63)


@inlined
def _write(held: Any, first_word: int, place: int, pairs: Any, count: int) -> int:
    """Write the pairs of a vertex with the bits of one block; return the new number of pairs."""
    one = np.uint64(1)
    for w in range(BLOCK_WORDS):
        word = held[w]
        k = (first_word + w) * 64
        while word != 0:
            if word & one:
                pairs[count, 0], pairs[count, 1] = place, k
                count += 1
            word >>= one
            k += 1
    return count


@kernel_entry
def join(
    first: Any,
    table: Any,
    order: Any,
    better: Any,
    m: int,
    n: int,
    needed: Any,
    held: Any,
    pairs: Any,
    state: Any,
    most: int,
) -> bool:
    """Write the pairs of vertices at which every action is unused or a best response.

    Parameters
    ----------
    first : uint64 array
        Vertices of the first polytope. Bit j: column j is tight; bit n + i: row i is unused.
    table : uint64 array of shape (m + n, words)
        From :func:`hold`, for the vertices of the second polytope. Bit i: row i is tight; bit m + j: column j is
        unused.
    order : int array of shape (m + n,)
        The labels, rare ones first.
    better : uint64 array of shape (m, m)
        From :func:`bargain.equilibria.completion_kernels.beaten`.
    needed, held : arrays of shape (m + n,) and (BLOCK_WORDS,), of int and uint64
        Room to work.
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
    words = table.shape[1]
    count = 0
    stop = min(state[0] + most, first.shape[0])
    for place in range(state[0], stop):
        labels = first[place]
        tight = labels & every_column
        inside = ~(labels >> np.uint64(n)) & every_row
        if inside == 0 or dominated(inside, tight, better, m):
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
        for start in range(0, words, BLOCK_WORDS):
            for w in range(BLOCK_WORDS):
                held[w] = table[needed[0], start + w]
            for k in range(1, size):
                label, some = needed[k], np.uint64(0)
                for w in range(BLOCK_WORDS):
                    held[w] &= table[label, start + w]
                    some |= held[w]
                if some == 0:
                    break
            count = _write(held, start, place, pairs, count)
    state[0], state[1] = stop, count
    return bool(stop == first.shape[0])
