"""From efficient payoff vectors back to all their deals at once, one component after the other.

A payoff vector is reached by ways through the layers of :class:`bargain.games.efficient_deals.EfficientDeals`; here the
ways of all vectors are followed together, in a few array operations for each component rather than a few for each deal.
Tested against following them one vector at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bargain.games.efficient_deals import EfficientDeals, Layer

__all__ = ["deals_of_all", "number_of_deals"]

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

_MOST = 2.0**53
"""Numbers of deals are counted up to here, where floats are exact."""


def number_of_deals(efficient: EfficientDeals) -> int:
    """Return how many deals reach the payoff vectors, or 2**53 when there are more."""
    total = _combinations(efficient, 0)
    for depth, layer in enumerate(efficient.sums[1:], start=1):
        ways = total[layer.left] * _combinations(efficient, depth)[layer.right]
        total = np.minimum(_sums(ways, layer.starts), _MOST)
    return int(min(total.sum(), _MOST))


def _combinations(efficient: EfficientDeals, depth: int) -> Floats:
    """Return for each payoff vector of a component how many combinations of its levels reach it."""
    levers, layer = _component(efficient, depth)
    if levers not in efficient.linked:
        return np.diff(layer.starts).astype(float)
    linked = efficient.linked[levers]
    counts = np.array([min(linked.count(row), int(_MOST)) for row in layer.right.tolist()], float)
    return np.minimum(_sums(counts, layer.starts), _MOST)


def _sums(values: Floats, starts: Rows) -> Floats:
    return np.add.reduceat(values, starts[:-1]) if len(starts) > 1 else np.empty(0)


def deals_of_all(efficient: EfficientDeals, rows: Rows | None = None, one_each: bool = False) -> Rows:
    """Return deals (m, L) as level indices: all that reach the first payoff vector, then all of the next, and so on.

    Deals with equal payoffs are in canonical order.

    Parameters
    ----------
    efficient : EfficientDeals
        Payoff vectors with the ways to reach them; see to it that :func:`number_of_deals` is small enough.
    rows : array of int, optional
        Which payoff vectors; all by default.
    one_each : bool
        Whether one deal is enough for each payoff vector.
    """
    rows = np.arange(len(efficient)) if rows is None else rows
    if not len(rows):
        return np.empty((0, len(efficient.deals.sizes)), np.intp)
    place = rows
    trail: list[tuple[Rows, tuple[int, ...], Rows]] = []
    for depth in reversed(range(len(efficient.sums))):
        layer = efficient.sums[depth]
        copied, own = np.arange(len(place)), place
        if depth > 0:
            copied, ways = _spread(layer.starts, place, one_each)
            place, own = layer.left[ways], layer.right[ways]
        again, levels = _levels(efficient, depth, own, one_each)
        place = place[again]
        trail.append((copied[again], _component(efficient, depth)[0], levels))
    deals = np.zeros((len(place), len(efficient.deals.sizes)), np.intp)
    # Every step copied what was there before it; read backwards, each deal finds its own copy.
    copy = np.arange(len(place))
    for copied, levers, levels in reversed(trail):
        deals[:, levers] = levels[copy]
        copy = copied[copy]
    if len(deals) == len(rows):
        return deals
    return deals[np.lexsort((*deals.T[::-1], copy))]


def _component(efficient: EfficientDeals, depth: int) -> tuple[tuple[int, ...], Layer]:
    """Return the levers of a component and its payoff vectors; the lowest layer is the first component."""
    levers, layer = efficient.components[depth]
    return levers, layer if depth else efficient.sums[0]


def _spread(starts: Rows, rows: Rows, one_each: bool) -> tuple[Rows, Rows]:
    """Return the ways that reach some rows, and for each way the place of its row among ``rows``."""
    first = starts[rows]
    counts = starts[rows + 1] - first
    if one_each or (counts == 1).all():
        return np.arange(len(rows)), first
    copied = np.repeat(np.arange(len(rows)), counts)
    begins = np.cumsum(counts) - counts
    return copied, np.arange(len(copied)) + (first - begins)[copied]


def _levels(efficient: EfficientDeals, depth: int, rows: Rows, one_each: bool) -> tuple[Rows, Rows]:
    """Return levels (m, levers) that reach some rows of a component, and the place of each one's row among ``rows``."""
    levers, layer = _component(efficient, depth)
    copied, ways = _spread(layer.starts, rows, one_each)
    numbers = layer.right[ways]
    if levers not in efficient.linked:
        shape = tuple(efficient.deals.sizes[lever] for lever in levers)
        if not shape:
            return copied, np.empty((len(numbers), 0), np.intp)
        return copied, np.stack(np.unravel_index(numbers, shape), axis=1)
    linked = efficient.linked[levers]
    asked, which = np.unique(numbers, return_inverse=True)
    found = [linked.deals_of(row, 1 if one_each else linked.count(row)) for row in asked.tolist()]
    starts = np.append(0, np.cumsum([len(each) for each in found]))
    again, chosen = _spread(starts, which, one_each)
    return copied[again], np.concatenate(found)[chosen]
