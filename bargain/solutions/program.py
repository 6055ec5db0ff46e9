"""The one nonlinear program behind all rules for continuous levers, and the climb to a local solution.

Over points z of the unit box, with scaled gains v(z) and one extra number t:

    maximise   sum_i w_i psi(v_i) + t
    subject to v_i - s_i t >= b_i for every player with a row, and the limits.

``psi`` is the logarithm (Nash) or the identity (sums, ideal points); t is there only when some s_i > 0 (max-min).
Below a small gain the logarithm goes on as its second-order Taylor polynomial (it stays concave and twice
differentiable), so that a search may start where somebody loses.  The climb is SLSQP (Kraft 1988) with exact gradients.
Tested through :mod:`bargain.solutions.smooth`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bargain.effort import Effort, OutOfTimeError, current, interrupt
from bargain.solutions.landscape import Array, Frame

__all__ = ["Program", "climb"]

FIRST_SOFTNESS = 1e-2
"""Scaled gain below which the logarithm is first replaced by its Taylor polynomial."""

_PRECISION = 1e-10
MAX_STEPS = 150


@dataclass(frozen=True, eq=False)
class Program:
    """What to maximise, and what every player is promised.

    Parameters
    ----------
    weights : array of shape (n,)
        Weights w of the objective on scaled gains.
    logarithmic : bool
        Whether psi is the logarithm.
    scales : array of shape (n,)
        The s of the max-min rows; zero for players who are not raised together.
    floors : array of shape (n,)
        The b of the rows.
    rows : array of int
        Players with a row.
    softness : array of shape (n,)
        Where the logarithm gives way to its polynomial.
    """

    weights: Array
    logarithmic: bool
    scales: Array
    floors: Array
    rows: NDArray[np.int_]
    softness: Array

    @classmethod
    def product(cls, weights: Array, rows: NDArray[np.int_]) -> Program:
        """Return the program of a weighted product of gains."""
        zero = np.zeros_like(weights)
        return cls(weights, True, zero, zero, rows, np.full_like(weights, FIRST_SOFTNESS))

    @classmethod
    def total(cls, weights: Array, rows: NDArray[np.int_]) -> Program:
        """Return the program of a weighted sum of gains."""
        zero = np.zeros_like(weights)
        return cls(weights, False, zero, zero, rows, zero)

    @classmethod
    def least(cls, scales: Array, floors: Array, rows: NDArray[np.int_]) -> Program:
        """Return the program of the least of the gains over their scales."""
        zero = np.zeros_like(scales)
        return cls(zero, False, scales, floors, rows, zero)

    @property
    def raised(self) -> NDArray[np.int_]:
        """Players who are raised together."""
        return np.flatnonzero(self.scales > 0)

    @property
    def has_least(self) -> bool:
        """Whether the program has the extra number t."""
        return bool(self.raised.size)

    def height(self, gains: Array) -> Array:
        """Return the largest t at gains of shape (..., n), shape (...)."""
        raised = self.raised
        least: Array = ((gains[..., raised] - self.floors[raised]) / self.scales[raised]).min(axis=-1)
        return least

    def worth(self, gains: Array) -> Array:
        """Return the objective as the rule defines it (minus infinity where a logarithm has none), shape (...)."""
        if self.has_least:
            return self.height(gains)
        if not self.logarithmic:
            return np.asarray(gains @ self.weights)
        counted = np.flatnonzero(self.weights > 0)
        with np.errstate(divide="ignore"):
            logs: Array = np.log(np.maximum(gains[..., counted], 0.0)) @ self.weights[counted]
        return logs

    def shortfall(self, gains: Array) -> Array:
        """Return how far the promises to the players who are not raised are broken, shape (...)."""
        kept = self.rows[self.scales[self.rows] == 0]
        short: Array = np.maximum(0.0, self.floors[kept] - gains[..., kept]).max(axis=-1, initial=0.0)
        return short

    def objective(self, gains: Array) -> float:
        """Return the sum over the players in the form that the climb uses, without t."""
        if not self.logarithmic:
            return float(self.weights @ gains)
        soft = self.softness
        under = (gains - soft) / soft
        logs = np.log(np.maximum(gains, soft))
        return float(self.weights @ (logs + np.where(under < 0, under - 0.5 * under**2, 0.0)))

    def pull(self, gains: Array) -> Array:
        """Return the derivative of the objective by each gain, shape (n,)."""
        if not self.logarithmic:
            return self.weights
        soft = self.softness
        slope = np.where(gains < soft, (2.0 - gains / soft) / soft, 1.0 / np.maximum(gains, soft))
        return np.asarray(self.weights * slope)

    def bend(self, gains: Array) -> Array:
        """Return the second derivative of the objective by each gain, shape (n,)."""
        if not self.logarithmic:
            return np.zeros_like(self.weights)
        return np.asarray(-self.weights / np.maximum(gains, self.softness) ** 2)

    def softened(self, softness: Array) -> Program:
        """Return the program with other places where the logarithm gives way."""
        return replace(self, softness=softness)


def climb(
    landscape: Frame, program: Program, z: Array, box: tuple[Array, Array] | None = None, steps: int = MAX_STEPS
) -> Array:
    """Return the end of an SLSQP run from ``z``; whether it keeps the limits is for the caller to see.

    Parameters
    ----------
    landscape : Frame
        Gains and limits on a box of m unknowns.
    program : Program
        What to maximise.
    z : array of shape (m,)
        Where to start.
    box : pair of arrays of shape (m,), optional
        A smaller box to stay in.
    steps : int
        Iterations after which to give up.
    """
    if not landscape.size:
        return z
    spent = current()
    if spent.expired():
        return z
    functions = _Functions(landscape, program, box or (landscape.low, landscape.high), spent)
    constraints: list[Any] = [{"type": "ineq", "fun": functions.kept, "jac": functions.kept_slope}]
    if landscape.equality.any():
        constraints.append({"type": "eq", "fun": functions.equal, "jac": functions.equal_slope})
    least = program.has_least
    bounds: list[Any] = [*zip(*functions.box, strict=True), *[(None, None)] * least]
    start = np.append(z, program.height(landscape.values(z)[0])) if least else z
    try:
        found = minimize(
            functions.cost,
            start,
            jac=functions.cost_slope,
            method="SLSQP",
            bounds=bounds,
            constraints=constraints,
            options={"ftol": _PRECISION, "maxiter": steps},
        )
        reached = np.asarray(found.x, dtype=float)
    except OutOfTimeError:
        reached = functions.last if functions.last is not None else start
    except KeyboardInterrupt:
        if not interrupt():
            raise
        reached = functions.last if functions.last is not None else start
    end = functions.inside(reached)
    return end if np.isfinite(end).all() else z


class _Functions:
    """What SLSQP calls, as functions of y = (z, t) or z alone: the cost (to be minimised) and what must be kept."""

    def __init__(self, landscape: Frame, program: Program, box: tuple[Array, Array], spent: Effort) -> None:
        self.spent = spent
        self.last: Array | None = None
        self.landscape, self.program, self.box = landscape, program, box
        self.size, self.least = landscape.size, program.has_least
        self._inequality, self._equality = np.flatnonzero(~landscape.equality), np.flatnonzero(landscape.equality)
        self._floors, self._scales = program.floors[program.rows], program.scales[program.rows]

    def inside(self, y: Array) -> Array:
        # SLSQP may leave the box by a rounding, where a square root has no value.
        return np.minimum(np.maximum(y[: self.size], self.box[0]), self.box[1])

    def cost(self, y: Array) -> float:
        gains, _ = self.landscape.values(self.inside(y))
        return -self.program.objective(gains) - (float(y[self.size]) if self.least else 0.0)

    def cost_slope(self, y: Array) -> Array:
        z = self.inside(y)
        # Asked for once a step, where a climb that is out of time may end.
        self.last = y.copy()
        self.spent.check("a climb ended")
        slope = -self.program.pull(self.landscape.values(z)[0]) @ self.landscape.slopes(z)[0]
        return np.append(slope, -1.0) if self.least else slope

    def kept(self, y: Array) -> Array:
        gains, limits = self.landscape.values(self.inside(y))
        promised = gains[self.program.rows] - self._floors
        if self.least:
            promised = promised - self._scales * y[self.size]
        return np.concatenate([promised, limits[self._inequality]])

    def kept_slope(self, y: Array) -> Array:
        gains, limits = self.landscape.slopes(self.inside(y))
        slopes = np.concatenate([gains[self.program.rows], limits[self._inequality]])
        if not self.least:
            return slopes
        lift = np.zeros(len(slopes))
        lift[: len(self._scales)] = -self._scales
        return np.column_stack([slopes, lift])

    def equal(self, y: Array) -> Array:
        return self.landscape.values(self.inside(y))[1][self._equality]

    def equal_slope(self, y: Array) -> Array:
        slopes = self.landscape.slopes(self.inside(y))[1][self._equality]
        return np.column_stack([slopes, np.zeros(len(slopes))]) if self.least else slopes
