r"""The path of logit equilibria from a prior towards an equilibrium, in floats.

For a prior :math:`q` and a precision :math:`\lambda \ge 0`, a logit equilibrium satisfies :math:`\log p_{ia} - \log
q_{ia} = \lambda \, u_i(a, p_{-i})` up to a constant per player. At :math:`\lambda = 0` it is the prior; for almost all
games and priors a path leads from there to :math:`\lambda = \infty`, where only best responses are played (McKelvey
and Palfrey 1995; Turocy 2005). The path is followed in logarithms of probabilities by Euler steps along the curve and
Newton corrections. Tested by the regret of what is found at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["deviations", "follow", "polish"]

Floats = NDArray[np.float64]

_ACCURACY = 1e-7
"""Residual of the logit conditions after a correction."""

_MAX_STEPS = 4_000


def _pair_tables(payoffs: Floats, strategies: Sequence[Floats]) -> dict[tuple[int, int], Floats]:
    """Return what each action of i pays against each action of j, the others playing their strategies."""
    n = len(strategies)
    found = {}
    for i in range(n):
        for j in range(n):
            if i != j:
                operands: list[Any] = [payoffs[i], list(range(n))]
                for k in range(n):
                    if k not in (i, j):
                        operands += [strategies[k], [k]]
                found[i, j] = np.einsum(*operands, [i, j])
    return found


def deviations(payoffs: Floats, strategies: Sequence[Floats]) -> list[Floats]:
    """Return what every action pays its player."""
    n = len(strategies)
    found = []
    for i in range(n):
        operands: list[Any] = [payoffs[i], list(range(n))]
        for k in range(n):
            if k != i:
                operands += [strategies[k], [k]]
        found.append(np.einsum(*operands, [i]))
    return found


def follow(payoffs: Floats, prior: Sequence[Floats]) -> Iterator[list[Floats]]:
    """Yield strategies along the path, until the precision is huge or the path is lost.

    Parameters
    ----------
    payoffs : array of shape (n, m_1, ..., m_n)
        Payoffs normalised to [0, 1].
    prior : sequence of n arrays
        Strategies with positive probabilities.
    """
    sizes = [len(strategy) for strategy in prior]
    start = np.concatenate([np.log(strategy) for strategy in prior])
    point = np.append(start, 0.0)
    direction = np.zeros(len(point))
    direction[-1] = 1.0
    step = 0.1
    for _ in range(_MAX_STEPS):
        _, jacobian = _conditions(payoffs, sizes, start, point)
        tangent = _tangent(jacobian, direction)
        made = _correct(payoffs, sizes, start, point + step * tangent)
        if made is None or np.linalg.norm(made - point) > 3 * step:
            step /= 2
            if step < 1e-9:
                return
            continue
        point, direction = made, tangent
        step = min(2 * step if step < 0.2 else 1.3 * step, 0.5 * max(1.0, point[-1]))
        yield _strategies(sizes, point)
        if point[-1] > 1e7 or point[-1] < 0.0:
            return


def _strategies(sizes: Sequence[int], point: Floats) -> list[Floats]:
    cuts = np.cumsum(sizes)[:-1]
    chances = [np.exp(part) for part in np.split(point[:-1], cuts)]
    return [part / part.sum() for part in chances]


def _conditions(payoffs: Floats, sizes: Sequence[int], start: Floats, point: Floats) -> tuple[Floats, Floats]:
    """Return the residuals of the logit conditions and their derivatives by logarithms and precision."""
    count, precision = len(point) - 1, point[-1]
    at = np.concatenate([[0], np.cumsum(sizes)])
    chances = np.exp(np.clip(point[:-1], -700, 2))
    strategies = [chances[at[i] : at[i + 1]] for i in range(len(sizes))]
    tables = _pair_tables(payoffs, strategies)
    residual, jacobian = np.zeros(count), np.zeros((count, count + 1))
    for i, size in enumerate(sizes):
        own = slice(at[i], at[i + 1])
        # Differences to the likeliest action keep their digits when others have tiny probabilities.
        best = int(strategies[i].argmax())
        other = (i + 1) % len(sizes)
        values = tables[i, other] @ strategies[other]
        gap = point[own] - start[own]
        block = np.zeros((size, count + 1))
        block[:, own] = np.eye(size)
        block[:, at[i] + best] -= 1.0
        for j in range(len(sizes)):
            if j != i:
                change = (tables[i, j] - tables[i, j][best]) * strategies[j]
                block[:, at[j] : at[j + 1]] = -precision * change
        block[:, -1] = -(values - values[best])
        left = gap - gap[best] - precision * (values - values[best])
        left[best] = strategies[i].sum() - 1.0
        block[best] = 0.0
        block[best, own] = strategies[i]
        residual[own], jacobian[own] = left, block
    return residual, jacobian


def _tangent(jacobian: Floats, direction: Floats) -> Floats:
    """Return the unit vector along the curve that points on."""
    _, _, basis = np.linalg.svd(jacobian)
    tangent: Floats = basis[-1]
    return tangent if tangent @ direction > 0 else -tangent


def _correct(payoffs: Floats, sizes: Sequence[int], start: Floats, point: Floats) -> Floats | None:
    """Return the nearest point of the curve, or None when Newton's method does not arrive."""
    last = np.inf
    for _ in range(6):
        residual, jacobian = _conditions(payoffs, sizes, start, point)
        error = float(np.abs(residual).max())
        if error < _ACCURACY * max(1.0, point[-1]):
            return point
        if not error < 10 * last:
            return None
        last = error
        point = point - np.linalg.lstsq(jacobian, residual, rcond=None)[0]
        if np.abs(point).max() > 1e9:
            return None
    return None


def polish(payoffs: Floats, strategies: Sequence[Floats], least: float) -> list[Floats] | None:
    """Return the solution of the indifference conditions near a profile, for the actions above a probability.

    Parameters
    ----------
    payoffs : array
        Normalised payoffs.
    strategies : sequence of arrays
        Where Newton's method starts.
    least : float
        Actions with at most this probability are not used.

    Returns
    -------
    list of arrays or None
        None when a player would use no action, or Newton's method does not arrive at positive probabilities.
    """
    supports = [np.flatnonzero(strategy > least) for strategy in strategies]
    if not all(map(len, supports)):
        return None
    kept = payoffs[np.ix_(np.arange(len(strategies)), *supports)]
    point = [
        strategy[support] / strategy[support].sum() for strategy, support in zip(strategies, supports, strict=True)
    ]
    for _ in range(12):
        shift = _newton_step(kept, point)
        point = [part - change for part, change in zip(point, shift, strict=True)]
        if min(part.min() for part in point) < -0.5:
            return None
        if max(np.abs(change).max() for change in shift) < 1e-15:
            break
    if min(part.min() for part in point) < 0:
        return None
    found = []
    for strategy, support, part in zip(strategies, supports, point, strict=True):
        full = np.zeros(len(strategy))
        full[support] = part / part.sum()
        found.append(full)
    return found


def _newton_step(payoffs: Floats, point: Sequence[Floats]) -> list[Floats]:
    sizes = [len(part) for part in point]
    at = np.concatenate([[0], np.cumsum(sizes)])
    tables = _pair_tables(payoffs, point)
    jacobian, residual = np.zeros((at[-1], at[-1])), np.zeros(at[-1])
    for i in range(len(sizes)):
        for j in range(len(sizes)):
            if j != i:
                jacobian[at[i] + 1 : at[i + 1], at[j] : at[j + 1]] = tables[i, j][1:] - tables[i, j][0]
        values = tables[i, (i + 1) % len(sizes)] @ point[(i + 1) % len(sizes)]
        residual[at[i] + 1 : at[i + 1]] = values[1:] - values[0]
        jacobian[at[i], at[i] : at[i + 1]] = 1.0
        residual[at[i]] = point[i].sum() - 1.0
    shift = np.linalg.lstsq(jacobian, residual, rcond=None)[0]
    return np.split(shift, at[1:-1])
