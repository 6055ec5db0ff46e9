"""Conditions of optimality: multipliers, their residual, Newton's method on them, and what a binding limit is worth.

At a local solution y = (z, t) of a :class:`bargain.solutions.program.Program` there are multipliers with

    grad f(y) + sum_k lambda_k grad h_k(y) = 0,  lambda_k >= 0 unless h_k is an equation,  lambda_k h_k(y) = 0

(Karush 1939, Kuhn and Tucker 1951).  Multipliers come from non-negative least squares (Lawson and Hanson 1974), so that
the residual is right also where limits are redundant.  Newton's method on the equations of the limits that bind, with
exact second derivatives, brings the residual down to rounding.  The derivative of the solution by a limit follows from
the implicit function theorem.  Tested against closed forms and re-solved problems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from bargain.effort import OutOfTimeError
from bargain.solutions.landscape import Array, Frame
from bargain.solutions.program import Program

__all__ = [
    "Conditions",
    "Restriction",
    "conditions",
    "conditions_in_time",
    "is_strict",
    "polish",
    "raise_of_least",
    "response",
]

NEAR = 1e-5
"""A limit with less than this scaled slack may bind."""

_POLISHED = 1e-13
_NEWTON_STEPS = 10
_PATIENCE = 2
_LONGEST_STEP = 0.1
_POSITIVE = 1e-9
"""Multipliers below this fraction of the objective's gradient count as zero."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction: kind "lower", "upper" (of coordinate ``place``), "limit" or "row" (of player ``place``)."""

    kind: str
    place: int
    equation: bool = False


@dataclass(frozen=True, eq=False)
class Conditions:
    """The conditions of optimality at a point.

    Attributes
    ----------
    active : tuple of Restriction
        Restrictions with hardly any slack.
    slack : array of shape (q,)
        Their values.
    normals : array of shape (q, M)
        Their gradients in (z, t).
    multipliers : array of shape (q,)
        The best multipliers.
    pull : array of shape (M,)
        The gradient of the objective.
    residual : float
        Largest of: the norm of the gradient that the multipliers leave over (relative to the objective's gradient
        where that is above 1), the scaled violation of a restriction, and multiplier times slack.
    """

    active: tuple[Restriction, ...]
    slack: Array
    normals: Array
    multipliers: Array
    pull: Array
    residual: float

    @property
    def binding(self) -> NDArray[np.int_]:
        """Positions in ``active`` of the restrictions that hold the solution back."""
        size = max(1.0, float(np.abs(self.pull).max(initial=0.0)))
        equations = np.array([item.equation for item in self.active], dtype=bool)
        return np.flatnonzero((self.multipliers > _POSITIVE * size) | equations)


def conditions(landscape: Frame, program: Program, z: Array, near: float = NEAR) -> Conditions:
    """Return the conditions of optimality at a point of the unit box."""
    gains, limits = landscape.values(z)
    gain_slopes, limit_slopes = landscape.slopes(z)
    least = program.has_least
    height = float(program.height(gains)) if least else 0.0
    pull = program.pull(gains) @ gain_slopes
    active: list[Restriction] = []
    slack: list[float] = []
    normals: list[Array] = []
    for kind, distance, sign in (("lower", z - landscape.low, 1.0), ("upper", landscape.high - z, -1.0)):
        for place in np.flatnonzero(distance <= near):
            active.append(Restriction(kind, int(place)))
            slack.append(float(distance[place]))
            normals.append(_unit_vector(landscape.size, int(place), sign))
    for place in np.flatnonzero(landscape.equality | (limits <= near)):
        active.append(Restriction("limit", int(place), bool(landscape.equality[place])))
        slack.append(float(limits[place]))
        normals.append(limit_slopes[place])
    promised = gains - program.floors - program.scales * height
    lifts = []
    for place in program.rows[promised[program.rows] <= near]:
        active.append(Restriction("row", int(place)))
        slack.append(float(promised[place]))
        normals.append(gain_slopes[place])
        lifts.append(-program.scales[place])
    matrix = np.array(normals).reshape(len(active), landscape.size)
    if least:
        lift = np.concatenate([np.zeros(len(active) - len(lifts)), lifts])
        matrix, pull = np.column_stack([matrix, lift]), np.append(pull, 1.0)
    values = np.array(slack)
    equations = np.array([item.equation for item in active], dtype=bool)
    multipliers, left = _multipliers(matrix, pull, equations)
    violation = float(landscape.violation(z))
    violation = max(violation, float(np.maximum(0.0, -promised[program.rows]).max(initial=0.0)))
    waste = float(np.abs(np.where(equations, 0.0, multipliers * values)).max(initial=0.0))
    size = max(1.0, float(np.abs(pull).max(initial=0.0)))
    return Conditions(tuple(active), values, matrix, multipliers, pull, max(left / size, violation, waste / size))


def conditions_in_time(landscape: Frame, program: Program, z: Array) -> Conditions:
    """Return the conditions of optimality; with no restrictions and an infinite residual when time is up before."""
    try:
        return conditions(landscape, program, z)
    except OutOfTimeError:
        size = landscape.size + program.has_least
        nothing = np.empty(0)
        return Conditions((), nothing, np.empty((0, size)), nothing, np.zeros(size), np.inf)


def _unit_vector(size: int, place: int, sign: float) -> Array:
    vector = np.zeros(size)
    vector[place] = sign
    return vector


def _multipliers(normals: Array, pull: Array, equations: NDArray[np.bool_]) -> tuple[Array, float]:
    """Return the multipliers that leave the least of the pull over, and the norm of what they leave."""
    if not len(normals):
        return np.empty(0), float(np.linalg.norm(pull))
    length = np.linalg.norm(normals, axis=1)
    length = np.where(length > 0, length, 1.0)
    columns = (normals / length[:, None]).T
    # A free multiplier is the difference of two non-negative ones.
    both = np.hstack([columns, -columns[:, equations]])
    try:
        found, left = nnls(both, -pull)
    except RuntimeError:
        return np.zeros(len(normals)), float(np.linalg.norm(pull))
    multipliers = found[: len(normals)].copy()
    multipliers[equations] -= found[len(normals) :]
    return multipliers / length, float(left)


def _curvature(landscape: Frame, program: Program, z: Array, at: Conditions, chosen: NDArray[np.int_]) -> Array:
    """Return the Hessian of the Lagrangian in (z, t)."""
    gains, _ = landscape.values(z)
    slopes, _ = landscape.slopes(z)
    gain_bends, limit_bends = landscape.bends(z)
    factors = program.pull(gains).copy()
    limit_factors = np.zeros(landscape.equality.size)
    for k in chosen:
        item = at.active[k]
        if item.kind == "row":
            factors[item.place] += at.multipliers[k]
        elif item.kind == "limit":
            limit_factors[item.place] += at.multipliers[k]
    curvature = np.tensordot(factors, gain_bends, 1) + np.tensordot(limit_factors, limit_bends, 1)
    curvature += slopes.T @ (program.bend(gains)[:, None] * slopes)
    if not program.has_least:
        return np.asarray(curvature)
    whole = np.zeros((landscape.size + 1, landscape.size + 1))
    whole[:-1, :-1] = curvature
    return whole


def _system(landscape: Frame, program: Program, z: Array, at: Conditions, chosen: NDArray[np.int_]) -> Array | None:
    """Return the matrix of the linearised conditions with the chosen restrictions as equations."""
    curvature = _curvature(landscape, program, z, at, chosen)
    if not np.isfinite(curvature).all():
        return None
    normals = at.normals[chosen]
    corner = np.zeros((len(chosen), len(chosen)))
    return np.block([[curvature, normals.T], [normals, corner]])


def polish(landscape: Frame, program: Program, z: Array) -> tuple[Array, Conditions]:
    """Return the point and its conditions after Newton steps, as long as these make the residual smaller."""
    best, at = z, conditions(landscape, program, z)
    current, patience = (best, at), _PATIENCE
    for _ in range(_NEWTON_STEPS if landscape.size else 0):
        moved = _newton_step(landscape, program, *current)
        if moved is None or at.residual <= _POLISHED:
            break
        current = (moved, conditions(landscape, program, moved))
        if current[1].residual < at.residual:
            best, at = current
            continue
        # A step may run into a restriction that did not bind before; the next step then knows it.
        patience -= 1
        if patience < 0:
            break
    return best, at


def _newton_step(landscape: Frame, program: Program, z: Array, at: Conditions) -> Array | None:
    chosen = at.binding
    system = _system(landscape, program, z, at, chosen)
    if system is None:
        return None
    left = at.pull + at.multipliers[chosen] @ at.normals[chosen]
    right = -np.concatenate([left, at.slack[chosen]])
    step = np.linalg.lstsq(system, right, rcond=1e-13)[0][: landscape.size]
    if not np.isfinite(step).all() or np.abs(step).max() > _LONGEST_STEP:
        return None
    moved: Array = np.clip(z + step, landscape.low, landscape.high)
    for k in chosen:
        # A lever at the end of its range stands there exactly.
        place = at.active[k].place
        if at.active[k].kind == "lower":
            moved[place] = landscape.low[place]
        elif at.active[k].kind == "upper":
            moved[place] = landscape.high[place]
    return moved


def is_strict(landscape: Frame, program: Program, z: Array, at: Conditions) -> bool:
    """Return whether the second-order condition makes the point the only solution near it.

    The Hessian of the Lagrangian is negative definite on the directions that keep all binding restrictions.
    """
    chosen = at.binding
    curvature = _curvature(landscape, program, z, at, chosen)
    if not np.isfinite(curvature).all():
        return False
    # Unknown gains that no restriction holds are not levers: nothing is chosen by moving them.
    idle = [k for k in range(landscape.levers, landscape.size) if not at.normals[chosen, k].any()]
    normals = np.concatenate([at.normals[chosen], np.eye(at.pull.size)[idle]])
    rank = int(np.linalg.matrix_rank(normals, tol=1e-9)) if len(normals) else 0
    if rank == at.pull.size:
        return True
    free = np.linalg.svd(normals)[2][rank:] if len(normals) else np.eye(at.pull.size)
    return bool(np.linalg.eigvalsh(free @ curvature @ free.T).max() < -1e-7)


def response(
    landscape: Frame, program: Program, z: Array, at: Conditions, relaxed: Array, lowered: Array
) -> Array | None:
    """Return how the solution moves when restrictions are relaxed.

    Parameters
    ----------
    landscape, program, z, at
        A solution and its conditions.
    relaxed : array of shape (q, r)
        For each of r cases, by how much each active restriction is relaxed (scaled).
    lowered : array of shape (n, r)
        For each case, by how much the floor of each player's row rises.

    Returns
    -------
    array of shape (M, r) or None
        Derivatives of (z, t); None where the conditions do not determine them.
    """
    chosen = np.flatnonzero(np.abs(at.slack) <= NEAR * 1e-3)
    system = _system(landscape, program, z, at, chosen)
    if system is None:
        return None
    moves = -relaxed[chosen]
    for row, k in enumerate(chosen):
        if at.active[k].kind == "row":
            moves[row] = moves[row] + lowered[at.active[k].place]
    size = at.pull.size
    right = np.concatenate([np.zeros((size, relaxed.shape[1])), moves])
    left, values, directions = np.linalg.svd(system)
    full = values > 1e-12 * values[0]
    # Restrictions may say the same twice, as long as what they ask for agrees and the levers are determined.
    if np.abs(directions[~full, :size]).max(initial=0.0) > 1e-6:
        return None
    solved: Array = directions[full].T @ ((left.T[full] @ right) / values[full, None])
    away = np.abs(system @ solved - right).max(axis=0)
    if (away > 1e-8 * np.abs(right).max(axis=0)).any():
        return None
    return solved[:size]


def raise_of_least(at: Conditions, relaxed: Array, lowered: Array) -> Array:
    """Return how t moves in each case, shape (r,): what the multipliers say (the envelope theorem).

    Parameters
    ----------
    at : Conditions
        Those of a max-min program.
    relaxed, lowered
        As in :func:`response`.
    """
    change: Array = at.multipliers @ relaxed
    for k, item in enumerate(at.active):
        if item.kind == "row":
            change = change - at.multipliers[k] * lowered[item.place]
    return change
