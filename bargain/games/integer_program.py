r"""The largest weighted sum of payoffs over all deals, as a mixed-integer linear program.

One binary variable for every level of every lever, one variable between zero and one for every combination of levels
that a term reads; the combinations' variables add up to those of the levels (the local polytope of the linkage graph).
HiGHS branches and bounds.  For linkage graphs whose treewidth is too large for elimination.  What HiGHS proves holds up
to its own tolerances, a share of about 1e-6 of the value.  Source: Wainwright and Jordan (2008), section 8.
Tested against elimination.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from bargain.errors import LimitError

__all__ = ["IntegerProgram"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


class IntegerProgram:
    """The program of a set of deals; only its objective depends on the weights.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    terms : sequence of (levers, array)
        Payoffs of shape (n, levels of those levers).
    masks : sequence of (levers, array of bool)
        Which combinations are allowed.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        terms: Sequence[tuple[tuple[int, ...], Any]],
        masks: Sequence[tuple[tuple[int, ...], NDArray[np.bool_]]],
    ) -> None:
        self.sizes = tuple(sizes)
        self.terms = [(levers, np.asarray(payoffs, float)) for levers, payoffs in terms]
        self._starts = np.append(0, np.cumsum(self.sizes)).astype(int)
        self._width = int(self._starts[-1])
        self._never = any(not mask.all() for levers, mask in masks if not levers)
        self._tables: list[tuple[tuple[int, ...], Any]] = []
        self._offsets: list[int] = []
        upper = [np.ones(self._width)]
        for levers, payoffs in self.terms:
            if len(levers) > 1:
                self._add(levers, payoffs)
                upper.append(np.ones(payoffs[0].size))
        for levers, mask in masks:
            if len(levers) == 1:
                first = self._starts[levers[0]]
                upper[0][first : first + len(mask)] *= mask
            elif levers:
                self._add(levers, None, mask.size)
                upper.append(mask.ravel().astype(float))
        self._upper = np.concatenate(upper)
        self._constraints = self._polytope()

    def _add(self, levers: tuple[int, ...], payoffs: Any, size: int = 0) -> None:
        self._tables.append((levers, payoffs))
        self._offsets.append(self._width)
        self._width += size or payoffs[0].size

    def _polytope(self) -> LinearConstraint:
        row: list[int] = []
        column: list[int] = []
        entry: list[float] = []
        right: list[float] = []
        number = 0
        for lever, size in enumerate(self.sizes):
            row += [number] * size
            column += range(self._starts[lever], self._starts[lever] + size)
            entry += [1.0] * size
            right.append(1.0)
            number += 1
        for (levers, _), offset in zip(self._tables, self._offsets, strict=True):
            shape = tuple(self.sizes[lever] for lever in levers)
            places = np.indices(shape).reshape(len(shape), -1)
            for axis, lever in enumerate(levers):
                row += (number + places[axis]).tolist()
                column += range(offset, offset + places.shape[1])
                entry += [1.0] * places.shape[1]
                row += range(number, number + shape[axis])
                column += range(self._starts[lever], self._starts[lever] + shape[axis])
                entry += [-1.0] * shape[axis]
                right += [0.0] * shape[axis]
                number += shape[axis]
        ends = (np.array(row, np.intp), np.array(column, np.intp))
        matrix = coo_array((np.array(entry), ends), shape=(number, self._width)).tocsr()
        return LinearConstraint(matrix, right, right)

    def _cost(self, weights: Floats) -> tuple[Floats, float]:
        """Return weighted payoffs as coefficients of the variables, and a constant."""
        cost = np.zeros(self._width)
        constant = 0.0
        tables = iter(zip(self._tables, self._offsets, strict=True))
        for levers, payoffs in self.terms:
            value = np.tensordot(weights, payoffs, 1)
            if not levers:
                constant += float(value)
            elif len(levers) == 1:
                cost[self._starts[levers[0]] : self._starts[levers[0]] + len(value)] += value
            else:
                _, offset = next(tables)
                cost[offset : offset + value.size] = value.ravel()
        return cost, constant

    def maximise(
        self, weights: Floats, time_limit: float | None = None, floor: tuple[Floats, float] | None = None
    ) -> tuple[Rows | None, float]:
        """Return the best deal that was found for weights (n,), and a bound on the value of every deal.

        With a ``floor`` only deals count whose payoffs under its weights reach its number.

        Raises
        ------
        LimitError
            The time was over before a deal was found.
        """
        if self._never:
            return None, -np.inf
        cost, constant = self._cost(weights)
        constraints = [self._constraints]
        if floor is not None:
            row, start = self._cost(floor[0])
            scale = float(np.abs(row).max()) or 1.0
            constraints.append(LinearConstraint(row[None] / scale, (floor[1] - start) / scale, np.inf))
        unit = float(np.abs(cost).max()) or 1.0
        binary = np.arange(self._width) < self._starts[-1]
        options: Any = {"mip_rel_gap": 0.0}
        if time_limit is not None:
            options["time_limit"] = time_limit
        found = milp(
            -cost / unit,
            integrality=binary.astype(int),
            bounds=Bounds(0, self._upper),
            constraints=constraints,
            options=options,
        )
        if found.status == 2:
            return None, -np.inf
        if found.x is None:
            raise LimitError(f"the integer program found no deal: {found.message}")
        bound = -float(found.mip_dual_bound) * unit + constant
        levels = [int(np.argmax(found.x[a:b])) for a, b in zip(self._starts, self._starts[1:], strict=False)]
        return np.array(levels, np.intp), bound
