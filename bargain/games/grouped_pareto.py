"""Which payoff vectors are Pareto-efficient within their group, for many groups at once.

Two players: one sort for all groups (Kung, Luccio and Preparata 1975), as in :mod:`bargain.games.pareto`; more players:
group by group.  Tested against that module.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bargain.games.pareto import undominated

__all__ = ["undominated_in_groups"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def undominated_in_groups(points: Floats, groups: Rows, margin: Floats) -> Rows:
    """Return the row numbers of the vectors that no other vector of their group dominates, sorted by group.

    Parameters
    ----------
    points : array of shape (k, n)
        Payoff vectors.
    groups : array of shape (k,)
        Whole numbers from zero up.
    margin : array of shape (n,)
        How much more a player must get before it counts.

    Examples
    --------
    >>> points = np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 3.0], [0.0, 0.0]])
    >>> undominated_in_groups(points, np.array([0, 0, 0, 1]), np.zeros(2)).tolist()
    [1, 2, 3]
    """
    if points.shape[1] == 2:
        return _pairs(points, groups, margin)
    order = np.argsort(groups, kind="stable")
    bounds = np.append(np.flatnonzero(np.diff(groups[order], prepend=-1)), len(order))
    kept = [
        order[a:b] if b - a == 1 else order[a:b][undominated(points[order[a:b]], margin)]
        for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]
    return np.concatenate(kept) if kept else order


def _pairs(points: Floats, groups: Rows, margin: Floats) -> Rows:
    order = np.lexsort((-points[:, 1], -points[:, 0], groups))
    group = groups[order].astype(np.int64)
    first, second = points[order, 0], points[order, 1]
    # The largest second payoff so far in the group: groups ascend, so ranks shifted by group never look back.
    values, rank = np.unique(second, return_inverse=True)
    base = group * (len(values) + 1)
    best = values[np.maximum.accumulate(base + rank) - base]
    beaten = best > second + margin[1]
    # The last vector of the group with clearly more of the first payoff, if there is one.
    steps, place = np.unique(first, return_inverse=True)
    shift = group * (len(steps) + 1)
    more = np.searchsorted(steps, first + margin[0], side="right")
    last = np.searchsorted(shift + len(steps) - place, shift + len(steps) - more, side="right") - 1
    inside = (last >= 0) & (group[np.maximum(last, 0)] == group)
    beaten |= inside & (best[last] >= second)
    return np.asarray(order[~beaten])
