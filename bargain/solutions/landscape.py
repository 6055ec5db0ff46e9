"""A continuous feasible set in units of its own size, so that no unit of payoff, lever or limit matters.

Levers run over [0, 1]; gains are divided by the largest gain that a scan of the box shows; limits by their span.  A
:class:`Landscape` holds one choice of levels for the finite coordinates; its functions see the moving coordinates only.
Tested by solving problems scaled by 1e-12 and 1e12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bargain.games.continuous import ContinuousDeals

__all__ = ["Array", "Frame", "Landscape"]

Array = NDArray[np.float64]

_NUDGE = 1e-7
"""Where a derivative is infinite (a square root at zero), it is taken this far inside the box."""


class Frame(Protocol):
    """What a climb and the conditions of optimality need: a box of m unknowns, n gains and c limits on it.

    ``equality`` says which limits are equations; the first ``levers`` unknowns are levers.
    """

    size: int
    levers: int
    low: Array
    high: Array
    equality: NDArray[np.bool_]

    def values(self, z: Array, /) -> tuple[Array, Array]:
        """Return gains and limits at one point."""
        ...

    def slopes(self, z: Array, /) -> tuple[Array, Array]:
        """Return their gradients."""
        ...

    def bends(self, z: Array, /) -> tuple[Array, Array]:
        """Return their Hessians."""
        ...

    def violation(self, z: Array, /) -> Array | float:
        """Return the largest broken limit (0 = all kept)."""
        ...


class Landscape:
    """Gains and limits over the unit box of the levers that move.

    Parameters
    ----------
    deals : ContinuousDeals
        The feasible set.
    disagreement : array of shape (n,)
        Payoffs without a deal.
    base : array of shape (L,)
        Levels of the coordinates that do not move (the others are ignored).
    moving : sequence of int
        The coordinates that move.
    payoff_unit, limit_unit : arrays of shape (n,) and (c,)
        What a gain or limit of 1 stands for.
    """

    def __init__(
        self,
        deals: ContinuousDeals,
        disagreement: Array,
        base: Array,
        moving: Sequence[int],
        payoff_unit: Array,
        limit_unit: Array,
    ) -> None:
        self.deals = deals
        self.disagreement = disagreement
        self.base = base
        self.moving = np.array(moving, dtype=int)
        self.lower = deals.lower[self.moving]
        self.width = deals.upper[self.moving] - self.lower
        self.payoff_unit = payoff_unit
        self.rows = np.array([k for k, limit in enumerate(deals.limits) if limit.kind != "condition"], dtype=int)
        self.equality = np.array([deals.limits[k].kind == "equality" for k in self.rows], dtype=bool)
        self.limit_unit = limit_unit[self.rows]
        self.size = self.levers = int(self.moving.size)
        self.low, self.high = np.zeros(self.size), np.ones(self.size)
        self._values: tuple[bytes, Array, Array] = (b"?", np.empty(0), np.empty(0))
        self._slopes: tuple[bytes, Array, Array] = (b"?", np.empty(0), np.empty(0))

    def place(self, z: Array) -> Array:
        """Return the lever levels, shape (..., L), of points of the unit box, shape (..., m)."""
        x = np.empty((*z.shape[:-1], self.base.size))
        x[...] = self.base
        levels = self.lower + z * self.width
        # The ends of a range are hit exactly, not up to rounding.
        x[..., self.moving] = np.where(z >= 1.0, self.deals.upper[self.moving], levels)
        return x

    def unplace(self, x: Array) -> Array:
        """Return the point of the unit box nearest to the lever levels."""
        return np.asarray(np.clip((x[..., self.moving] - self.lower) / self.width, 0.0, 1.0))

    def gains(self, z: Array) -> Array:
        """Return the scaled gains, shape (..., n), of points of shape (..., m)."""
        return (self.deals.values(self.place(z)) - self.disagreement) / self.payoff_unit

    def limits(self, z: Array) -> Array:
        """Return the scaled values of the limits, shape (..., c)."""
        if self.deals.limit_values is None or not self.rows.size:
            return np.empty((*z.shape[:-1], 0))
        return np.asarray(self.deals.limit_values(self.place(z))[..., self.rows] / self.limit_unit)

    def values(self, z: Array) -> tuple[Array, Array]:
        """Return gains and limits at one point; the last point is remembered."""
        key = z.tobytes()
        if self._values[0] != key:
            self._values = (key, self.gains(z), self.limits(z))
        return self._values[1], self._values[2]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Return the gradients of gains and limits at one point, shapes (n, m) and (c, m)."""
        key = z.tobytes()
        if self._slopes[0] != key:
            gains, limits = self._slopes_at(z)
            if not (np.isfinite(gains).all() and np.isfinite(limits).all()):
                gains, limits = self._slopes_at(z + _NUDGE * (0.5 - z))
                gains, limits = np.nan_to_num(gains), np.nan_to_num(limits)
            self._slopes = (key, gains, limits)
        return self._slopes[1], self._slopes[2]

    def _slopes_at(self, z: Array) -> tuple[Array, Array]:
        x = self.place(z)
        gains = self.deals.gradient(x)[:, self.moving] * self.width / self.payoff_unit[:, None]
        if self.deals.limit_gradient is None or not self.rows.size:
            return gains, np.empty((0, self.size))
        limits = self.deals.limit_gradient(x)[np.ix_(self.rows, self.moving)]
        return gains, limits * self.width / self.limit_unit[:, None]

    def bends(self, z: Array) -> tuple[Array, Array]:
        """Return the Hessians of gains and limits at one point, shapes (n, m, m) and (c, m, m)."""
        x = self.place(z)
        square = self.width[:, None] * self.width
        pick = np.ix_(self.moving, self.moving)
        gains = self.deals.hessian(x)[:, pick[0], pick[1]] * square / self.payoff_unit[:, None, None]
        if self.deals.limit_hessian is None or not self.rows.size:
            return gains, np.empty((0, self.size, self.size))
        limits = self.deals.limit_hessian(x)[self.rows][:, pick[0], pick[1]]
        return gains, limits * square / self.limit_unit[:, None, None]

    def broken(self, limits: Array) -> Array:
        """Return how far limits with these values, shape (..., c), are broken (0 = kept), shape (...)."""
        short = np.where(self.equality, np.abs(limits), np.maximum(0.0, -limits))
        return np.asarray(short.max(axis=-1, initial=0.0))

    def violation(self, z: Array) -> Array:
        """Return how far the limits are broken at points of shape (..., m)."""
        return self.broken(self.limits(z))
