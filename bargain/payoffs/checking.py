"""Whether deals keep the limits: at points, and on grids of levels.

A limit that has no value at some levels is an error there, unless another limit forbids the deal anyway: in the rule
``x > 2 and log(x - 2) <= y`` the first part excuses the second.  Tested against plain evaluation of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from bargain.payoffs.compiled import CompiledArray
from bargain.payoffs.domain import PayoffDomainError, described
from bargain.payoffs.functions import PayoffFunctions
from bargain.payoffs.limits import Limit
from bargain.payoffs.tensors import TensorMask, check_axes, check_memory, on_grid
from bargain.scenario.document import Lever

__all__ = ["LimitChecker"]

FloatArray = NDArray[np.float64]
Columns = Sequence[FloatArray]
"""For each lever a number, or an array of the codes at all points."""


@dataclass(frozen=True, eq=False)
class LimitChecker:
    """Evaluates the limits of one scenario; ``functions`` are their compiled gaps and conditions."""

    levers: tuple[Lever, ...]
    limits: tuple[Limit, ...]
    functions: PayoffFunctions

    def gaps(self, columns: Columns) -> FloatArray:
        """Return the gaps of all limits, shape (..., c), none of which may be undefined."""
        gaps = self.functions.limits(columns)
        if not np.isfinite(gaps).all():
            raise self._undefined(columns, ~np.isfinite(gaps))
        return gaps

    def allowed(self, columns: Columns) -> NDArray[np.bool_]:
        """Return whether all limits are kept up to rounding, shape (...)."""
        self._check_defined(columns, range(len(self.limits)))
        return np.asarray(np.all(self.functions.broken(columns) == 0, axis=-1))

    def masks(self, codes: Columns, memory_limit: int) -> tuple[TensorMask, ...]:
        """Return which combinations of the levels of each lever are allowed, a mask for each set of levers."""
        shapes = [tuple(len(codes[lever]) for lever in limit.levers) for limit in self.limits]
        sizes = [prod(shape) for shape in shapes]
        lengths = [len(each) for each in codes]
        held = max(self.functions.limits.held(lengths), self.functions.broken.held(lengths))
        check_memory("the limits on this grid", 9 * sum(sizes) + 16 * max(sizes, default=0) + 8 * held, memory_limit)
        check_axes(limit.levers for limit in self.limits)
        for limit, gaps in self._on_grid(self.functions.limits, codes):
            if not np.isfinite(gaps).all():
                self._check_grid(codes, limit.levers, np.nonzero(~np.isfinite(gaps)))
        masks = {limit.levers: np.ones(shape, dtype=bool) for limit, shape in zip(self.limits, shapes, strict=True)}
        for limit, broken in self._on_grid(self.functions.broken, codes):
            masks[limit.levers] &= broken == 0
        return tuple(TensorMask(levers, allowed) for levers, allowed in masks.items())

    def _on_grid(self, function: CompiledArray, codes: Columns) -> list[tuple[Limit, FloatArray]]:
        limits = [self.limits[place] for (place,) in function.places]
        return list(zip(limits, on_grid(function, [limit.levers for limit in limits], codes), strict=True))

    def _check_grid(self, codes: Columns, levers: Sequence[int], where: tuple[NDArray[np.intp], ...]) -> None:
        """Check the points of a grid at which some limit over ``levers`` has no value."""
        places = dict(zip(levers, where, strict=True))
        points = [np.asarray(column[places.get(lever, 0)]) for lever, column in enumerate(codes)]
        inside = [place for place, limit in enumerate(self.limits) if set(limit.levers) <= set(levers)]
        self._check_defined(np.broadcast_arrays(*points), inside)

    def _check_defined(self, columns: Columns, rules: Sequence[int]) -> None:
        """Raise when one of some limits has no value at a point that no other of them forbids."""
        undefined = ~np.isfinite(self.functions.limits(columns))
        if undefined[..., rules].any():
            asked = np.zeros(len(self.limits), dtype=bool)
            asked[list(rules)] = True
            forbidden = (self.functions.broken(columns) > 0) & ~undefined & asked
            unexcused = undefined & asked & ~forbidden.any(axis=-1, keepdims=True)
            if unexcused.any():
                raise self._undefined(columns, unexcused)

    def _undefined(self, columns: Columns, undefined: NDArray[np.bool_]) -> PayoffDomainError:
        *where, rule = np.argwhere(undefined)[0].tolist()
        levels = described(self.levers, (float(column[tuple(where)]) for column in columns))
        return PayoffDomainError(f"the limit `{self.limits[rule].name}` has no finite value at {levels}")
