r"""Deals on the frontier of all lotteries, found by the support function alone.

Two players: every extreme point of the efficient frontier.  Between two known points the weights are set to the normal
of the line that joins them; whatever the support function finds above the line is a new point, and both halves are
searched again (Cohon 1978; Aneja and Nair 1979).  All open segments are searched in one batch.  Exact payoffs are
counted in whole units, so that no point is missed and none is invented; float payoffs count as above a line when they
are so by more than their rounding.  Any number of players: the deals that a solver asked the support function for.
Tested against the hull of all deals in fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.payoff_units import PayoffUnits, rounding_units
from bargain.games.support_function import SupportFunction

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["MAX_CORNERS", "SupportedDeals", "deal_sizes", "supported_deals", "supported_frontier"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MAX_CORNERS = 50_000
"""More extreme points than this are not searched for."""

_MAX_EQUAL = 100_000
"""At most so many deals with equal payoffs are listed."""


@dataclass(frozen=True, eq=False)
class SupportedDeals:
    """Some deals, each with weights for which it is best; stands in for :class:`EfficientDeals` in the rules.

    ``rows`` (k, L) are the deals, ``points`` (k, n) their payoffs in ``units``; ``weights`` holds for
    each the weights (in ``units``) that it maximises, or None when it was not found by weights.
    """

    support: SupportFunction
    rows: Rows
    points: NDArray[Any]
    sizes: Floats
    weights: tuple[Any, ...]

    @property
    def deals(self) -> FiniteDeals:
        """The set that they are from."""
        return self.support.deals

    @property
    def units(self) -> PayoffUnits:
        """How payoffs are counted."""
        return self.support.units

    def __len__(self) -> int:
        return len(self.rows)

    def count(self, row: int) -> int:
        """Return the number of deals with these payoffs; exact unless there are a hundred thousand or more."""
        listed = len(self.deals_of(row, _MAX_EQUAL))
        weights = self.weights[row]
        return listed if listed < _MAX_EQUAL or weights is None else max(listed, self.support.count_best(weights))

    def deals_of(self, row: int, limit: int) -> list[tuple[int, ...]]:
        """Return deals with these payoffs (up to rounding for floats), at most ``limit``, in canonical order."""
        weights = self.weights[row]
        mine = tuple(self.rows[row].tolist())
        if weights is None:
            return [mine][:limit]
        found = self.support.all_best(weights, _MAX_EQUAL)
        points = self.support.points(found)
        if self.units.kind == "float":
            away = np.abs(points - self.points[row])
            same = (away <= 2 * rounding_units(len(self.deals.terms)) * self.sizes[row]).all(axis=1)
        else:
            same = (points == self.points[row]).all(axis=1)
        return sorted({mine, *map(tuple, found[same].tolist())})[:limit]


def supported_deals(support: SupportFunction, rows: Rows, weights: Sequence[Any]) -> SupportedDeals:
    """Return deals (k, L) as an object that the rules take, in the order given.

    Parameters
    ----------
    support : SupportFunction
        Where they are from.
    rows : array of shape (k, L)
        Level indices.
    weights : sequence
        For each deal the weights that it maximises, or None.
    """
    return SupportedDeals(support, rows, support.points(rows), deal_sizes(support, rows), tuple(weights))


def deal_sizes(support: SupportFunction, rows: Rows) -> Floats:
    """Return what the rounding of the payoffs of deals (k, L) is relative to, (k, n); zero where nothing is rounded."""
    sizes = np.zeros((len(rows), support.deals.num_players))
    if support.units.kind == "float":
        for (levers, _), payoffs in zip(support.deals.terms, support.units.terms, strict=True):
            place: Any = (slice(None), *(rows[:, lever] for lever in levers))
            sizes += np.abs(payoffs[place] if levers else payoffs[:, None]).T
    return sizes


def supported_frontier(support: SupportFunction) -> SupportedDeals:
    """Return the extreme points of the efficient frontier of all lotteries of two players.

    Parameters
    ----------
    support : SupportFunction
        Of a set of deals with payoffs for two players.

    Returns
    -------
    SupportedDeals
        Ascending in the first player's payoff; empty when no deal is allowed.

    Raises
    ------
    LimitError
        There are more than :data:`MAX_CORNERS`.

    References
    ----------
    Cohon (1978), "Multiobjective programming and planning"; Aneja and Nair (1979), "Bicriteria transportation problem".

    Examples
    --------
    >>> from bargain.games.bargaining import BargainingProblem
    >>> terms = [((0, 1), [[[0, 1], [2, 4]], [[4, 3], [3, 0]]])]
    >>> deals = BargainingProblem.factored((2, 2), terms, (0, 0)).feasible
    >>> supported_frontier(SupportFunction(deals)).rows.tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    if support.deals.num_players != 2:
        raise ValueError("the frontier is found by the support function for two players only")
    corners = _Corners(support)
    ends = support.best(corners.end_weights())
    if len(ends) < 2:
        return supported_deals(support, ends, [None] * len(ends))
    corners.add(ends)
    open_segments = [(0, 1)]
    while open_segments:
        normals = [corners.normal(*segment) for segment in open_segments]
        searched = [(s, w) for s, w in zip(open_segments, normals, strict=True) if min(w) > 0]
        if not searched:
            break
        weights = [w for _, w in searched]
        rows = support.best(weights if support.exact else np.array(weights, float))
        first = corners.add(rows)
        open_segments = []
        for k, ((left, right), normal) in enumerate(searched):
            if corners.is_above(first + k, left, normal):
                open_segments += [(left, first + k), (first + k, right)]
        if len(corners.points) > 3 * MAX_CORNERS:
            raise LimitError(f"the frontier of all lotteries has more than {MAX_CORNERS} extreme points")
    return corners.chain()


class _Corners:
    """Points found so far, their payoffs as Python's integers where nothing is rounded."""

    def __init__(self, support: SupportFunction) -> None:
        self.support = support
        self.rows: list[list[int]] = []
        self.points: list[tuple[Any, Any]] = []

    def end_weights(self) -> Any:
        """Return weights whose best deals are the second player's and the first player's best points."""
        if not self.support.exact:
            return np.array([[0.0, 1.0], [1.0, 0.0]])
        # Nothing that one player can get outweighs one unit of the other.
        first, second = (int(reach) + 1 for reach in self.support.reach)
        return [(1, first), (second, 1)]

    def add(self, rows: Rows) -> int:
        first = len(self.rows)
        points = self.support.points(rows).tolist()
        whole = self.support.exact
        self.rows += rows.tolist()
        self.points += [(int(a), int(b)) if whole else (float(a), float(b)) for a, b in points]
        return first

    def normal(self, left: int, right: int) -> tuple[Any, Any]:
        """Return the normal of the line through two points; not positive when one of them dominates the other."""
        (a1, a2), (b1, b2) = self.points[left], self.points[right]
        normal = (a2 - b2, b1 - a1)
        if not self.support.exact:
            return normal
        common = gcd(*normal) or 1
        return normal[0] // common, normal[1] // common

    def is_above(self, point: int, line: int, normal: tuple[Any, Any]) -> bool:
        step = sum(w * (p - q) for w, p, q in zip(normal, self.points[point], self.points[line], strict=True))
        least = 0 if self.support.exact else float(2 * self.support.rounding(np.array([normal], float))[0])
        return bool(step > least)

    def chain(self) -> SupportedDeals:
        """Return the extreme points, each with weights that no other point shares."""
        kept: list[int] = []
        for k in sorted(range(len(self.points)), key=lambda k: self.points[k]):
            while kept and self.points[kept[-1]][1] <= self.points[k][1]:
                kept.pop()
            while len(kept) > 1 and not self._above(kept[-1], kept[-2], k):
                kept.pop()
            kept.append(k)
        rows = np.array([self.rows[k] for k in kept], np.intp).reshape(len(kept), -1)
        normals = [self.normal(a, b) for a, b in pairwise(kept)]
        outer = self.end_weights()
        if not self.support.exact:
            outer = outer.tolist()
        weights = []
        for before, after in zip([outer[0], *normals], [*normals, outer[1]], strict=True):
            weights.append(self._between(before, after))
        return supported_deals(self.support, rows, weights)

    def _between(self, before: Sequence[Any], after: Sequence[Any]) -> Any:
        if self.support.exact:
            return before[0] + after[0], before[1] + after[1]
        parts = [np.array(w, float) / max(w) for w in (before, after)]
        return parts[0] + parts[1]

    def _above(self, middle: int, left: int, right: int) -> bool:
        (a1, a2), (b1, b2), (c1, c2) = self.points[left], self.points[middle], self.points[right]
        return bool((b1 - a1) * (c2 - a2) < (b2 - a2) * (c1 - a1))
