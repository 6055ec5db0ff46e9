r"""Upper bounds of a function over boxes, from its jet over each box and its jet at a point of the box.

1. The mean value theorem: value at the point :math:`p` plus slopes over the box times distances.
2. Taylor's theorem to second order, lever by lever: :math:`f(p) + \sum_k (g_k d_k + c_k d_k^2/2)`.  The curvatures
   :math:`c_k` come from rows, where :math:`|h_{ij} d_i d_j| \le |h_{ij}| (d_i^2 w_j/w_i + d_j^2 w_i/w_j)/2` (widths
   :math:`w`), or from an upper bound :math:`e` of the largest eigenvalue of the Hessian in units of the widths:
   :math:`c_k = e/w_k^2` [Neumaier1990]_.

Where the function is concave in the box, the second bound touches it at a maximum, so that no cluster of boxes is left
over there.  Nothing is assumed about concavity or smoothness.  Tested against dense sampling, through
:mod:`bargain.payoffs.maximum`.

References
----------
.. [Neumaier1990] A. Neumaier, Interval Methods for Systems of Equations, Cambridge University Press, 1990.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bargain.payoffs.jets import Jet
from bargain.payoffs.ranges import ZERO, Range, add, multiply

__all__ = ["taylor_bound"]

Array = NDArray[np.float64]

_EPS = float(np.finfo(float).eps)


def taylor_bound(at: Jet, jet: Jet, levers: Sequence[int], low: Array, high: Array, points: Array) -> Array:
    """Return the least of the bounds from the mean value theorem and from the second order.

    Parameters
    ----------
    at : Jet
        Value and slopes at the points.
    jet : Jet
        Slopes and curvature over the boxes.
    levers : sequence of int
        Those that move.
    low, high, points : arrays of shape (L, B)
        Ends of B boxes, and a point in each.

    Returns
    -------
    array of shape (B,)
        Infinite where nothing is known.
    """
    away = {}
    for k in levers:
        below, above = np.nextafter(low[k] - points[k], -np.inf), np.nextafter(high[k] - points[k], np.inf)
        away[k] = Range(np.minimum(below, 0.0), np.maximum(above, 0.0))
    width = {k: high[k] - low[k] for k in levers}
    top = _largest_eigenvalue(jet, levers, width)
    mean = rows = eigen = at.value
    for k in levers:
        slope = at.slopes.get(k, ZERO)
        mean = add(mean, multiply(jet.slopes.get(k, ZERO), away[k]))
        curve = _row_curvature(jet, k, levers, width)
        rows = add(rows, Range(0.0, _most_of_parabola(slope, curve, away[k])))
        if top is not None:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                shared = np.where(width[k] > 0, top / width[k] / width[k] * (1.0 + np.sign(top) * 8 * _EPS), 0.0)
            eigen = add(eigen, Range(0.0, _most_of_parabola(slope, shared, away[k])))
    found = np.fmin(mean.high, rows.high)
    if top is not None:
        found = np.fmin(found, eigen.high)
    result: Array = np.where(np.isnan(found), np.inf, found)
    return np.broadcast_to(result, low.shape[1:])


def _row_curvature(jet: Jet, k: int, levers: Sequence[int], width: dict[int, Array]) -> Array:
    """Return an upper bound of the curvature along a lever, with those across shared out to the two levers."""
    total = np.broadcast_to(jet.bends.get((k, k), ZERO).high, width[k].shape)
    magnitude = np.abs(total)
    for other in levers:
        bend = jet.bends.get((min(k, other), max(k, other)))
        if other == k or bend is None:
            continue
        size = np.maximum(np.abs(bend.low), np.abs(bend.high))
        share = size * (width[other] / width[k])
        # Along a lever that stands still nothing is added.
        share = np.where((width[other] == 0) | (width[k] == 0) | (size == 0), 0.0, share)
        share = share * (1 + 4 * _EPS)
        total, magnitude = total + share, magnitude + share
    # Each addition rounds a sum that may be much larger than what is left of it in the end.
    total = total + (len(levers) + 4) * _EPS * magnitude
    return np.where(np.isnan(total), np.inf, total)


def _largest_eigenvalue(jet: Jet, levers: Sequence[int], width: dict[int, Array]) -> Array | None:
    """Return an upper bound of the largest eigenvalue of the Hessian in units of the boxes' widths."""
    if len(levers) < 2:
        return None
    count, size = width[levers[0]].shape[0], len(levers)
    middle, radius = np.zeros((count, size, size)), np.zeros((count, size, size))
    place = {lever: row for row, lever in enumerate(levers)}
    for (one, other), bend in jet.bends.items():
        if one not in place or other not in place:
            continue
        a, b = place[one], place[other]
        scale = width[one] * width[other]
        # The Hessian does not matter along a lever that stands still, whatever is known of it.
        moves = scale > 0
        middle[:, a, b] = middle[:, b, a] = np.where(moves, (bend.low + bend.high) / 2 * scale, 0.0)
        radius[:, a, b] = radius[:, b, a] = np.where(moves, (bend.high - bend.low) / 2 * scale, 0.0)
    known: NDArray[np.bool_] = np.asarray(np.isfinite(middle + radius).all(axis=(1, 2)))
    middle, radius = np.where(known[:, None, None], middle, 0.0), np.where(known[:, None, None], radius, 0.0)
    top = np.linalg.eigvalsh(middle)[:, -1]
    room = radius.sum(axis=2).max(axis=1) + 1e-12 * np.abs(middle).sum(axis=(1, 2))
    result: Array = np.where(known, top + room * (1 + 1e-12), np.inf)
    return result


def _most_of_parabola(slope: Range, curve: Array, away: Range) -> Array:
    """Return an upper bound of ``slope*d + curve*d^2/2`` over the distances ``away``, which hold 0."""
    return np.maximum(_half(slope.high, curve, away.high), _half(-slope.low, curve, -away.low))


def _half(slope: Array, curve: Array, reach: Array) -> Array:
    """Return the bound for distances from 0 to ``reach``, with room for rounding."""
    end = slope * reach + curve * reach * reach / 2
    error = 8 * _EPS * (np.abs(slope) * reach + np.abs(curve) * reach * reach)
    peak = slope * slope / (-2 * curve) * (1 + 8 * _EPS)
    inside = (curve < 0) & (slope > 0) & (slope <= -curve * reach)
    most = np.where(inside, peak, np.where(np.isnan(end), np.inf, end + error))
    most = np.where((slope <= 0) & (curve <= 0), 0.0, most)
    return np.where(reach > 0, np.maximum(most, 0.0), 0.0)
