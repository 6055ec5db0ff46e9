"""Which vertices of the two best-response polytopes belong together: the compiled loops with their buffers.

Both classes only select; what they select is proved exactly by :mod:`bargain.equilibria.enumeration`.  Work comes in
slices, so that a clock or an interrupt can stop it in between.  Tested through the enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria import completion_kernels, matching_kernels

__all__ = ["Completion", "matches"]

Masks = NDArray[np.uint64]

_WORDS = 2_000_000
"""Words of bit sets that are handled between two looks at the clock."""

_BASES = 16_384
"""Vertices that are looked at between two looks at the clock."""


class Completion:
    """Tells which nondegenerate vertices of the first polytope may have a partner.

    Parameters
    ----------
    whole : object array of shape (m, n)
        Payoffs of the player with the rows: integers between ``scale`` and twice ``scale``.
    scale : int
        What they are divided by in floats.

    Attributes
    ----------
    better : uint64 array of shape (m, m)
        For every pair of rows (i, k), the bits of the columns in which k pays more than i.
    """

    def __init__(self, whole: NDArray[np.object_], scale: int) -> None:
        m, n = whole.shape
        self.table = (whole / scale).astype(float)
        self.better = np.zeros((m, m), np.uint64)
        completion_kernels.beaten(_ranks(whole), self.better)
        # Rows that are in use nowhere: nothing is refuted yet.
        self.kept = np.full((completion_kernels.KEPT, 2), np.iinfo(np.uint64).max)
        self.places = np.zeros((3, m + n), np.int64)
        self.factors, self.vectors = np.zeros((m + n, m + n)), np.zeros((3, m + n))
        self.state = np.zeros(1, np.int64)

    def candidates(self, masks: Masks) -> Iterator[list[int]]:
        """Yield the label sets that may belong to an equilibrium, one list for each slice."""
        found = np.empty(min(len(masks), _BASES), np.int64)
        for start in range(0, len(masks), _BASES):
            part = masks[start : start + _BASES]
            count = completion_kernels.complete(
                part, self.table, self.better, self.kept, self.places, self.factors, self.vectors, self.state, found
            )
            yield part[found[:count]].tolist()


def matches(first: Masks, second: Masks, better: Masks, sizes: tuple[int, int]) -> Iterator[list[list[int]]]:
    """Yield the pairs of vertices (places in both arrays) at which every action is unused or a best response.

    Parameters
    ----------
    first, second : uint64 arrays
        Labels of the vertices of both polytopes, each one once.
    better : uint64 array of shape (m, m)
        From :class:`Completion`.
    sizes : (int, int)
        m and n.

    Yields
    ------
    list of pairs
        One list for each slice of the work; some are empty.
    """
    m, n = sizes
    block = 64 * matching_kernels.BLOCK_WORDS
    words = -(-len(second) // block) * matching_kernels.BLOCK_WORDS
    table = np.zeros((m + n, words), np.uint64)
    for start in range(0, len(second), _BASES):
        matching_kernels.hold(second, start, min(start + _BASES, len(second)), table)
        yield []
    order = np.argsort(np.bitwise_count(table).sum(axis=1), kind="stable")
    yield []
    pairs, state = np.empty((64 * words + 65_536, 2), np.int64), np.zeros(2, np.int64)
    needed, held = np.empty(m + n, np.int64), np.empty(matching_kernels.BLOCK_WORDS, np.uint64)
    most, finished = max(1, _WORDS // words), False
    while not finished:
        finished = bool(matching_kernels.join(first, table, order, better, m, n, needed, held, pairs, state, most))
        yield pairs[: state[1]].tolist()


def _ranks(table: NDArray[np.object_]) -> NDArray[np.int64]:
    values = table.ravel().tolist()
    order = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return np.array([order[value] for value in values], dtype=np.int64).reshape(table.shape)
