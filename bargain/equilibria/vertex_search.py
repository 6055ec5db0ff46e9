"""All vertices of one best-response polytope of a large game, found by compiled code and proved to be all.

Small whole numbers are searched in exact integers.  Everything else is searched in floats that know their error, and
what they cannot decide is decided here in exact rationals.  Vertices come in blocks, so that a clock or an interrupt
can stop the search between them.  Tested against the exact enumeration of :mod:`bargain.equilibria.vertices` on generic
and degenerate games, and on payoffs of very different sizes.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria import vertex_kernels as kernels
from bargain.equilibria.exact_polytope import ExactPolytope
from bargain.equilibria.integer_kernels import search_integers
from bargain.equilibria.lanes import LANES

__all__ = ["MAX_LABELS", "Block", "VertexSearch"]

Masks = NDArray[np.uint64]

MAX_LABELS = 63
"""Actions of both players together: a set of labels is one machine word."""

_LEAST_BLOCK, _BLOCK = 1 << 10, 1 << 17
"""Bases per block, which take about :data:`_SLICE`."""

_SLICE = 0.005
"""Seconds between two looks at the clock."""

_LARGEST_INTEGER = 1 << 12
"""Integers up to this size are worth a search in whole numbers."""

_COST_SCALE = 1 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """Some bases, and all labels of their vertices: bit i for a row that holds with equality, bit r + j for z_j = 0.

    With ``restart`` set, all blocks before are void.
    """

    base: Masks
    full: Masks
    restart: bool = False


@dataclass(slots=True)
class VertexSearch:
    """The search over the vertices of {z >= 0 : matrix z <= scale}.

    Parameters
    ----------
    matrix : object array of shape (r, d)
        Integers between ``scale`` and twice ``scale``.
    scale : int
        Right-hand side.
    """

    matrix: NDArray[np.object_]
    scale: int
    exact: ExactPolytope = field(init=False)

    def __post_init__(self) -> None:
        columns = self.matrix.shape[1]
        # Any generic objective will do; these are fixed, so that runs repeat.
        costs = np.random.default_rng(20250402).integers(_COST_SCALE, 2 * _COST_SCALE, (columns,))
        self.exact = ExactPolytope(self.matrix, self.scale, costs.tolist())

    def blocks(self) -> Iterator[Block]:
        """Yield the vertices until all are found."""
        small = _small_integers(self.matrix)
        if small is not None:
            finished = yield from self._integers(small)
            if finished:
                return
            yield Block(np.empty(0, np.uint64), np.empty(0, np.uint64), restart=True)
        yield from self._floats()

    def _integers(self, small: NDArray[np.float64]) -> Generator[Block, None, bool]:
        rows, columns = small.shape
        path = _Path(rows, columns)
        path.tables[0, :columns, :rows] = small.T
        path.tables[0, :columns, rows] = 1 + np.arange(columns) * 7 % 13
        path.tables[0, columns, :rows] = 1.0
        path.scale[0] = 1.0, path.tables[0].max()
        size = _LEAST_BLOCK
        while True:
            base, full = np.empty(size, np.uint64), np.empty(size, np.uint64)
            path.state[1] = 0
            started = time.monotonic()
            code = search_integers(
                path.tables,
                path.steps,
                path.masks,
                path.basic,
                path.nonbasic,
                path.scale,
                path.factors,
                path.work,
                path.state,
                base,
                full,
            )
            count = int(path.state[1])
            size = _next_size(size, time.monotonic() - started)
            yield Block(base[:count], full[:count])
            if code == kernels.DEPTH:
                path.deepen()
            elif code in (kernels.DONE, kernels.OVERFLOW):
                return bool(code == kernels.DONE)

    def _floats(self) -> Iterator[Block]:
        rows, columns = self.matrix.shape
        path = _Path(rows, columns)
        original = np.zeros((columns + 1, rows + 1))
        for i, line in enumerate(self.exact.table):
            divisor = self.scale if i < rows else _COST_SCALE
            original[:columns, i] = [value / divisor for value in line]
        original[columns, :rows] = 1.0
        path.tables[0, :, : rows + 1] = original
        path.residuals[0] = path.bounds[0, kernels.ERROR] = 2 * kernels.UNIT
        path.bounds[0, kernels.LARGEST] = 2.0
        size = _LEAST_BLOCK
        while True:
            base = np.empty(size, np.uint64)
            path.state[1] = 0
            started = time.monotonic()
            extra: list[tuple[int, int]] = []
            code = self._run(path, original, base, extra)
            count = int(path.state[1])
            size = _next_size(size, time.monotonic() - started)
            found = np.array([mask for mask, _ in extra], dtype=np.uint64)
            whole = np.array([mask for _, mask in extra], dtype=np.uint64)
            yield Block(np.concatenate([base[:count], found]), np.concatenate([base[:count], whole]))
            if code == kernels.DONE:
                return

    def _run(self, path: _Path, original: NDArray[np.float64], base: Masks, extra: list[tuple[int, int]]) -> int:
        """Search until the block is full or the search is over, deciding what the kernel cannot."""
        started = time.monotonic()
        while True:
            code = kernels.search_floats(
                original,
                path.tables,
                path.inverse,
                path.residuals,
                path.bounds,
                path.steps,
                path.masks,
                path.basic,
                path.nonbasic,
                path.weights,
                path.factors,
                path.work,
                path.state,
                base,
            )
            if code in (kernels.DONE, kernels.FULL):
                return int(code)
            if code == kernels.DEPTH:
                path.deepen()
                continue
            self._decide(code, path, extra)
            if time.monotonic() - started > _SLICE:
                return int(kernels.FULL)

    def _decide(self, code: int, path: _Path, extra: list[tuple[int, int]]) -> None:
        d = int(path.state[0])
        mask = int(path.masks[d])
        if code == kernels.UNDECIDED:
            entering = int(path.nonbasic[path.steps[d, kernels.COLUMN] - 1])
            leaving = self.exact.leaving(mask, entering)
            if leaving is not None:
                path.state[2] = int(np.flatnonzero(path.basic == leaving)[0])
            return
        error, largest = path.bounds[d, kernels.ERROR], path.bounds[d, kernels.LARGEST]
        if path.steps[d, kernels.FRESH] < 2 and not error <= 2 * kernels.UNIT * largest < np.inf:
            # Renewed digits often tell a small number from zero.  A pivot on what floats took for zero has left none.
            path.renew(self.exact.floats(mask, path.basic.tolist(), path.nonbasic.tolist(), _COST_SCALE))
            return
        extra.append((mask, mask | self.exact.zero_labels(mask)))
        path.steps[d, kernels.EXACTLY], path.state[3] = 1, 0


def _next_size(size: int, seconds: float) -> int:
    """Return the size of the next block after one that took so long."""
    return min(2 * size, _BLOCK) if seconds < _SLICE else max(size // 2, _LEAST_BLOCK)


class _Path:
    """The dictionaries from the root to where the search stands, and what the kernels need beside them."""

    def __init__(self, rows: int, columns: int, depth: int = 64) -> None:
        width = -(-(rows + 1) // LANES) * LANES
        self.tables = np.zeros((depth, columns + 1, width))
        self.inverse = np.zeros((depth, width))
        self.residuals = np.zeros((depth, columns + 1))
        self.bounds = np.zeros((depth, 3))
        self.scale = np.zeros((depth, 2))
        self.steps = np.zeros((depth, 4), np.int64)
        self.masks = np.zeros(depth, np.uint64)
        self.basic = np.arange(rows)
        self.nonbasic = rows + np.arange(columns)
        self.weights, self.factors, self.work = np.zeros(columns + 1), np.zeros(columns + 1), np.zeros(width)
        self.state = np.array([0, 0, -1, 1], np.int64)
        self.masks[0] = np.uint64(((1 << columns) - 1) << rows)

    def deepen(self) -> None:
        """Make room for twice the depth."""
        for name in ("tables", "inverse", "residuals", "bounds", "scale", "steps", "masks"):
            held: NDArray[Any] = getattr(self, name)
            setattr(self, name, np.concatenate([held, np.zeros_like(held)]))

    def renew(self, digits: NDArray[np.float64]) -> None:
        """Replace the deepest dictionary by exact numbers, rounded."""
        d, unit = int(self.state[0]), kernels.UNIT
        largest = float(np.abs(digits).max())
        self.tables[d] = 0.0
        self.tables[d, :, : digits.shape[1]] = digits
        self.bounds[d, kernels.LARGEST] = largest
        self.bounds[d, kernels.ERROR], self.steps[d, kernels.FRESH] = 2 * unit * largest, 2
        # An original equation adds up the roundings of fewer numbers than this, with payoffs up to 2.
        self.residuals[d] = 2 * (2 * len(self.nonbasic) + 1) * unit * max(largest, 1.0)


def _small_integers(matrix: NDArray[np.object_]) -> NDArray[np.float64] | None:
    """Return the matrix as small positive whole numbers, up to a positive affine map, or None when there are none."""
    values = matrix.ravel().tolist()
    lowest = min(values)
    step = gcd(*(value - lowest for value in values)) or 1
    if (max(values) - lowest) // step >= _LARGEST_INTEGER:
        return None
    small = [float((value - lowest) // step + 1) for value in values]
    return np.array(small).reshape(matrix.shape)
