"""Which payoff vectors are Pareto-efficient.

A vector is dominated when another gives every player at least as much and some player more by a *margin*; the margin is
zero for exact payoffs and a few units of rounding for floats, so that payoffs which differ by rounding alone both stay.
Equal vectors never dominate each other: all copies of an efficient vector are kept.  Two players: one sort (Kung,
Luccio and Preparata 1975).  Three or more: sorted by total, then filtered block by block.  Large tables are thinned out
in linear time first.  Tested against the definition by brute force.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["undominated", "undominated_up_to_rounding"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_PAIRS = 4_000_000
"""Pairs of vectors that are compared at once: a few megabytes of booleans."""

_LARGE = 2048
"""Tables of so many vectors are thinned out before they are sorted."""

_CLEARLY = 1e-6
"""A sum of leads, counted in rounding errors, that is not the rounding of the sum itself."""


def undominated(points: Floats, margin: Floats | None = None) -> NDArray[np.intp]:
    """Return the row numbers of the efficient payoff vectors, ascending.

    Parameters
    ----------
    points : array of shape (k, n)
        Payoff vectors, one a row.
    margin : array of shape (n,), optional
        How much more a player must get before it counts; zero by default.

    Examples
    --------
    >>> undominated(np.array([[0.0, 4.0], [1.0, 1.0], [2.0, 3.0], [2.0, 3.0]])).tolist()
    [0, 2, 3]
    """
    points = np.asarray(points, float)
    if len(points) == 0:
        return np.empty(0, np.intp)
    least = np.zeros(points.shape[1]) if margin is None else np.asarray(margin, float)
    pairs = points.shape[1] == 2
    found = _efficient_pairs if pairs else _efficient_blocks
    if len(points) < _LARGE:
        return np.sort(found(points, least))
    rows = _without_beaten_by_bins(points, least) if pairs else _without_beaten_by_champions(points, least)
    return np.sort(rows[found(points[rows], least)])


def _without_beaten_by_bins(points: Floats, margin: Floats) -> NDArray[np.intp]:
    """Drop in linear time what a vector dominates that falls into a later bin of the first player's payoffs."""
    first, second = points.T
    start = first.min()
    span = first.max() - start
    if not 0 < span < np.inf:
        return np.arange(len(points))
    bins = len(points) // 4
    # Rounding is monotone: a later bin is a larger payoff.
    place = ((first - start) / span * bins).astype(np.intp)
    best = np.full(bins + 2, -np.inf)
    np.maximum.at(best, place, second)
    later = np.maximum.accumulate(best[::-1])[::-1]
    return np.flatnonzero(later[place + 1] <= second + margin[1])


def _without_beaten_by_champions(points: Floats, margin: Floats) -> NDArray[np.intp]:
    """Drop in linear time whatever a few outstanding vectors dominate: most rows of a large random table."""
    rows = np.arange(len(points))
    span = np.ptp(points, axis=0)
    scale = np.divide(1.0, span, out=np.zeros_like(span), where=span > 0)
    num_players = points.shape[1]
    directions = [np.ones(num_players), *(1 + 3 * np.eye(num_players)), *(0.2 + np.eye(num_players))]
    kept = points
    for direction in directions:
        champion = kept[np.argmax(kept @ (direction * scale))]
        # Strictly below the champion by the margin somewhere, and nowhere above it.
        beaten = np.logical_and.reduce([kept[:, i] <= champion[i] for i in range(num_players)])
        beaten &= np.logical_or.reduce([champion[i] > kept[:, i] + margin[i] for i in range(num_players)])
        rows, kept = rows[~beaten], kept[~beaten]
    return rows


def _efficient_pairs(points: Floats, margin: Floats) -> NDArray[np.intp]:
    # Sums of sorted layers are sorted in long runs, which a stable sort only has to merge.
    order = np.argsort(points[:, 0], kind="stable")
    first, second = points[order].T
    # The largest second payoff among those from here on.
    best = np.append(np.maximum.accumulate(second[::-1])[::-1], -np.inf)
    beaten = best[np.searchsorted(first, first, side="left")] > second + margin[1]
    beaten |= best[np.searchsorted(first, first + margin[0], side="right")] >= second
    return np.asarray(order[~beaten])


def _efficient_blocks(points: Floats, margin: Floats) -> NDArray[np.intp]:
    span = np.ptp(points, axis=0)
    total = np.zeros(len(points))
    for i in range(points.shape[1]):
        # Rounding is monotone, so a dominating vector never has the smaller total.
        total = total + points[:, i] * (1 / span[i] if span[i] > 0 else 0.0)
    order = np.lexsort((*points.T[::-1], total))[::-1]
    survivors: list[NDArray[np.intp]] = []
    size = 32
    while len(order):
        block, order = order[:size], order[size:]
        block = block[~_beaten(points[block], points[block], margin)]
        order = order[~_beaten(points[order], points[block], margin)]
        survivors.append(block)
        size = min(2 * size, 1024)
    return np.concatenate(survivors)


def _beaten(points: Floats, rivals: Floats, margin: Floats) -> Booleans:
    """Return for each of the points whether some rival dominates it."""
    beaten = np.zeros(len(points), bool)
    step = max(1, _PAIRS // max(1, len(rivals)))
    for start in range(0, len(points), step):
        part = points[start : start + step]
        no_less = np.ones((len(part), len(rivals)), bool)
        more = np.zeros((len(part), len(rivals)), bool)
        for i in range(points.shape[1]):
            no_less &= rivals[:, i] >= part[:, i, None]
            more |= rivals[:, i] > part[:, i, None] + margin[i]
        beaten[start : start + step] = (no_less & more).any(axis=1)
    return beaten


def undominated_up_to_rounding(points: Floats, rounding: Floats) -> NDArray[np.intp]:
    """Return the rows that stay efficient when payoffs within rounding of each other count as equal.

    A vector that is ahead of another by its rounding error alone, and clearly behind for some player, goes. It must
    also be behind in sum, counted in rounding errors: else three vectors could beat each other in a circle.

    Parameters
    ----------
    points, rounding : arrays of shape (k, n)
        Efficient payoff vectors, and how far each payoff may be from its exact value.

    Examples
    --------
    >>> tenths = np.array([[0.1 + 0.2, 1.0], [0.3, 2.0]])
    >>> undominated_up_to_rounding(tenths, np.full((2, 2), 1e-15)).tolist()
    [1]
    """
    if len(points) < 2:
        return np.arange(len(points))
    coarse = rounding.max(axis=0, initial=0.0)
    suspect = np.zeros(len(points), bool)
    for i in range(points.shape[1]):
        values, place = np.unique(points[:, i], return_inverse=True)
        suspect |= np.append(False, np.diff(values) <= coarse[i])[place]
    beaten = np.zeros(len(points), bool)
    for row in np.flatnonzero(suspect):
        rivals = points[(points >= points[row] - rounding[row]).all(axis=1)]
        more = rivals - points[row]
        unsure = coarse > 0
        ahead = (more[:, unsure] / coarse[unsure]).sum(axis=1) > _CLEARLY
        ahead |= (more[:, ~unsure] > 0).any(axis=1)
        beaten[row] = (ahead & (more > rounding[row]).any(axis=1)).any()
    return np.flatnonzero(~beaten)
