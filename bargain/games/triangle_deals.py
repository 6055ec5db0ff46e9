r"""All efficient deals of two players, searched triangle by triangle below the frontier of lotteries.

Between two neighbouring extreme points of that frontier an efficient deal lies above and to the right of some corner of
the staircase of deals known there.  So the deals whose weighted payoffs, under the normal of the edge, reach the lowest
corner are listed by branch and bound, and no other can be efficient.  The level is lowered in steps: each step's deals
raise the corners, and the search ends when no corner is below the level.  Source: Ulungu and Teghem (1995), "The two
phases method".  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.pareto import undominated
from bargain.games.pareto_elimination import shifted_points
from bargain.games.support_function import SupportFunction
from bargain.games.supported_deals import SupportedDeals, deal_sizes, supported_frontier

__all__ = ["ListedDeals", "triangle_deals"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_STEPS = (0.125, 0.25, 0.5, 1.0)
"""Levels below an edge, as shares of the way to the corner of its triangle."""


class ListedDeals:
    """Distinct payoff vectors ``points`` (k, n), in ``units``, and the deals that reach them, all in a list.

    Stands in for :class:`bargain.games.pareto_elimination.LinkedDeals`.
    """

    def __init__(self, points: NDArray[Any], sizes: Floats, rows: Rows, starts: Rows) -> None:
        self.points, self.sizes = points, sizes
        self._rows, self._starts = rows, starts

    @classmethod
    def of(cls, support: SupportFunction, rows: Rows, margin: Floats) -> ListedDeals:
        """Return the efficient ones among some deals (m, L), those with equal payoffs together.

        ``margin`` (n,) is how much more (in ``units``) a player must get before it counts; zero for exact payoffs.
        """
        points = support.points(rows)
        whole = support.units.kind != "float"
        rows = rows[undominated(_ranks(points)) if whole else undominated(points, margin)]
        points, sizes = support.points(rows), deal_sizes(support, rows)
        if not whole:
            _, exponents = np.frexp(sizes)
            grain = np.ldexp(2 * float(np.finfo(float).eps), exponents)
            keys = np.round(points / grain) * grain
        else:
            keys = _ranks(points)
        order = np.lexsort((*rows.T[::-1], *keys.T[::-1]))
        keys = keys[order]
        fresh = np.ones(len(order), bool)
        fresh[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        starts = np.flatnonzero(fresh)
        first = order[starts]
        return cls(points[first], sizes[first], rows[order], np.append(starts, len(order)))

    def shifted(self, base: Sequence[int] | None, wide: bool) -> ListedDeals:
        """Return the same deals with payoffs that are larger by ``base``, as Python's integers where it is ``wide``."""
        if base is None:
            return self
        return ListedDeals(shifted_points(self.points, base, wide), self.sizes, self._rows, self._starts)

    def count(self, row: int) -> int:
        """Return the number of deals that reach a payoff vector."""
        return int(self._starts[row + 1] - self._starts[row])

    def deals_of(self, row: int, limit: int) -> Rows:
        """Return up to ``limit`` deals (m, L) that reach a payoff vector."""
        return self._rows[self._starts[row] : self._starts[row + 1]][:limit]


def triangle_deals(support: SupportFunction, margin: Floats) -> ListedDeals:
    """Return the efficient deals of two players, each payoff vector with all its deals.

    Parameters
    ----------
    support : SupportFunction
        Of the deals, by branch and bound.
    margin : array of shape (2,)
        How much more (in ``units``) a player must get before it counts; zero for exact payoffs.

    Raises
    ------
    LimitError
        A search listed too many deals or looked at too many parts of deals.
    """
    known = supported_frontier(support)
    if not len(known):
        return ListedDeals.of(support, known.rows, margin)
    if len(known) == 1:
        whole = support.exact
        weights: Any = np.array([1, 1], object) if whole else 1 / np.maximum(support.reach.astype(float), _LEAST)
        found = [_above(support, weights, weights @ known.points[0].astype(weights.dtype), margin)]
    else:
        ends = _payoffs(known, support)
        found = [_edge(support, left, right, margin) for left, right in pairwise(ends)]
    return ListedDeals.of(support, np.unique(np.concatenate([known.rows, *found]), axis=0), margin)


_LEAST = float(np.finfo(float).tiny)


def _payoffs(known: SupportedDeals, support: SupportFunction) -> list[tuple[Any, Any]]:
    number: Any = int if support.exact else float
    return [(number(first), number(second)) for first, second in known.points.tolist()]


def _edge(support: SupportFunction, left: tuple[Any, Any], right: tuple[Any, Any], margin: Floats) -> Rows:
    """Return deals among which are all efficient ones between two extreme points."""
    weights = np.array([left[1] - right[1], right[0] - left[0]], object if support.exact else float)
    top = weights @ np.array(left, weights.dtype)
    depth = top - weights @ np.array([left[0], right[1]], weights.dtype)
    rows = np.empty((0, len(support.deals.sizes)), np.intp)
    least = top
    for step in _STEPS:
        level = top - (depth if step == 1 else _part(depth, step))
        # Nothing between the lowest corner and the edge is left to be found.
        level = max(level, least) if step > _STEPS[0] else level
        rows = _above(support, weights, level, margin)
        least = _lowest_corner(support.points(rows), left, right, weights)
        if level <= least:
            break
    return rows


def _part(depth: Any, share: float) -> Any:
    return depth * int(8 * share) // 8 if isinstance(depth, int) else depth * share


def _lowest_corner(points: NDArray[Any], left: tuple[Any, Any], right: tuple[Any, Any], weights: NDArray[Any]) -> Any:
    """Return the least weighted payoffs of a corner of the staircase between two points."""
    number: Any = int if weights.dtype == object else float
    inside = sorted((number(a), number(b)) for a, b in points.tolist() if a > left[0] and b > right[1])
    stairs = [right]
    for point in reversed(inside):
        if point[1] > stairs[-1][1]:
            stairs.append(point)
    if left[1] > stairs[-1][1]:
        stairs.append(left)
    return min(weights[0] * upper[0] + weights[1] * lower[1] for lower, upper in pairwise(stairs))


def _above(support: SupportFunction, weights: NDArray[Any], level: Any, margin: Floats) -> Rows:
    """Return all deals with weighted payoffs of a level or more; in floats, with room for rounding."""
    if not support.exact:
        level = level - 4 * support.rounding(weights[None])[0] - float(weights @ margin)
    return np.asarray(support.engine.above(weights, level))


def _ranks(points: NDArray[Any]) -> Floats:
    places = [np.unique(column, return_inverse=True)[1] for column in points.T]
    return np.array(places, float).T.reshape(points.shape)
