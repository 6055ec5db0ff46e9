r"""The largest weighted product of gains over the mixtures of a few payoff vectors.

Primal-dual interior points for :math:`\max \sum_i w_i \log v_i(p)` over the simplex (Nesterov and Nemirovskii 1994),
then fewer vectors (Caratheodory) and Newton's method on what is left.  Tested through the lotteries that it finds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fewer", "largest_product"]

Floats = NDArray[np.float64]

_STEPS = 100
_GAP = 1e-14
"""Bound on the log product of gains at which an answer is good enough."""
_FEASIBLE = 1e-12
_CUTOFFS = (1e-9, 1e-7, 1e-5, 1e-3)
_POLISHES = 8
_COMPLEMENTARITY = 1e-24
"""Product of probabilities and their multipliers below which further steps would only add rounding."""


def largest_product(gains: Floats, zero: Floats, weights: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Maximise sum(weights * log(p @ gains)) over probabilities p with p @ zero = 0.

    Parameters
    ----------
    gains : array of shape (m, a)
        Gains of the players in the product.
    zero : array of shape (m, b)
        Gains of the players who cannot gain: they must come out as zero.
    weights : array of shape (a,)
        They sum to one.
    start : array of shape (m,)
        Probabilities under which every gain in the product is positive.

    Returns
    -------
    probabilities : array of shape (m,)
    prices : array of shape (b,)
        Multipliers of the players who cannot gain.
    """
    count, num_gaining = gains.shape
    rows = np.column_stack([gains, zero, np.ones(count)])
    target = np.append(np.zeros(zero.shape[1]), 1.0)
    p = _inside(gains, start)
    prices, y = weights / (p @ gains), np.zeros(len(target))
    z = np.ones(count)
    best, found, centring = np.inf, (p, y), 0.5
    for _ in range(_STEPS):
        v = p @ gains
        if (v <= 0).any():
            # Where all can gain next to nothing at once, a gain may vanish in rounding.
            break
        gap = float((gains @ (weights / v) - zero @ y[:-1]).max() - 1)
        if gap < best and np.abs(p @ zero).max(initial=0.0) <= _FEASIBLE:
            best, found = gap, (p, y)
        if best <= _GAP or float(p @ z) < _COMPLEMENTARITY:
            break
        barrier = centring * float(p @ z) / count
        # Newton's step on p * z = barrier and v * prices = weights, reduced to one unknown per player and equation.
        room = p / z
        right = gains @ prices - rows[:, num_gaining:] @ y + barrier / p
        reduced = rows.T @ (room * right)
        reduced[:num_gaining] -= weights / prices - v
        reduced[num_gaining:] -= target - p @ rows[:, num_gaining:]
        system = rows.T @ (room[:, None] * rows)
        system[np.arange(num_gaining), np.arange(num_gaining)] += v / prices
        unknowns = _solved(system, reduced)
        dp = room * (right - rows @ unknowns)
        dz = (barrier - p * z - z * dp) / p
        steps = ((p, dp), (z, dz), (v, dp @ gains), (prices, -unknowns[:num_gaining]))
        length = min(1.0, *(_room(values, step) for values, step in steps))
        p, z, y = p + length * dp, z + length * dz, y + length * unknowns[num_gaining:]
        prices = prices - length * unknowns[:num_gaining]
        # Rounding lets the sum drift, which would make the gap look smaller than it is.
        p, prices = p / p.sum(), prices * p.sum()
        # A short step means that the last one left the centre: the next one returns to it.
        centring = 0.1 if length > 0.7 else 0.7
    p, y = found
    candidates = [(best, p / p.sum(), y[:-1])]
    candidates += [_polished(gains, zero, weights, p, y, least) for least in _CUTOFFS]
    _, p, prices = min(candidates, key=lambda candidate: candidate[0])
    return p, prices


def _polished(
    gains: Floats, zero: Floats, weights: Floats, p: Floats, y: Floats, least: float
) -> tuple[float, Floats, Floats]:
    """Solve the conditions of optimality on the vectors with a sizeable probability; return gap, p and prices.

    Where a vector is on the supporting plane without being used, interior points come no nearer than a square root.
    """
    kept = np.flatnonzero(p > least * p.max())
    rows = np.column_stack([zero[kept], np.ones(len(kept))])
    target = np.append(np.zeros(zero.shape[1]), 1.0)
    chances, prices = p[kept] / p[kept].sum(), y
    for _ in range(_POLISHES):
        v = chances @ gains[kept]
        if (v <= 0).any():
            return np.inf, p, y[:-1]
        curved = (gains[kept] * (weights / v**2)) @ gains[kept].T
        corner = np.zeros((rows.shape[1], rows.shape[1]))
        right = np.concatenate([gains[kept] @ (weights / v) - rows @ prices, target - chances @ rows])
        step = np.linalg.lstsq(np.block([[curved, rows], [rows.T, corner]]), right, rcond=1e-13)[0]
        chances, prices = chances + step[: len(kept)], prices + step[len(kept) :]
    v = chances @ gains[kept]
    if (chances < 0).any() or (v <= 0).any() or np.abs(chances @ rows - target).max() > _FEASIBLE:
        return np.inf, p, y[:-1]
    full = np.zeros(len(p))
    full[kept] = chances
    return float((gains @ (weights / v) - zero @ prices[:-1]).max() - 1), full, prices[:-1]


def _solved(system: Floats, right: Floats) -> Floats:
    size = np.sqrt(np.abs(np.diag(system)))
    size[size == 0] = 1.0
    scaled = system / np.outer(size, size)
    try:
        return np.asarray(np.linalg.solve(scaled, right / size) / size)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right / size, rcond=None)[0] / size)


def _inside(gains: Floats, start: Floats) -> Floats:
    """Return probabilities that are all positive and keep every gain positive."""
    chances = start / start.sum()
    share = 0.1
    while ((1 - share) * (chances @ gains) + share * gains.mean(axis=0) <= 0.5 * (chances @ gains)).any():
        share /= 2
    return np.asarray((1 - share) * chances + share / len(chances))


def _room(values: Floats, step: Floats) -> float:
    falling = step < 0
    return float(0.99 * np.min(-values[falling] / step[falling], initial=np.inf))


def fewer(gains: Floats, chances: Floats, least: float = 1e-9) -> Floats:
    """Return probabilities with the same expected gains on as few payoff vectors as linear algebra can reach.

    Parameters
    ----------
    gains : array of shape (k, n)
    chances : array of shape (k,)
    least : float
        Smaller probabilities are dropped.

    Examples
    --------
    >>> fewer(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), np.array([0.25, 0.5, 0.25])).tolist()
    [0.0, 1.0, 0.0]
    """
    kept = np.flatnonzero(chances > least)
    p = chances[kept] / chances[kept].sum()
    while len(kept) > 1:
        table = np.column_stack([gains[kept], np.ones(len(kept))])
        _, sizes, directions = np.linalg.svd(table.T, full_matrices=True)
        rank = int((sizes > 1e-10 * sizes[0]).sum())
        if rank == len(kept):
            break
        # Either way along this direction leaves the gains as they are; the one that frees more vectors is taken.
        p = min((_to_the_edge(p, sign * directions[-1]) for sign in (1, -1)), key=np.count_nonzero)
        kept, p = kept[p > 0], p[p > 0] / p.sum()
    result = np.zeros(len(chances))
    result[kept] = p
    return result


def _to_the_edge(p: Floats, direction: Floats) -> Floats:
    falling = direction < -1e-12
    moved = p + np.min(-p[falling] / direction[falling]) * direction
    return np.where(moved > 1e-13, moved, 0.0)
