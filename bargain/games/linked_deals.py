r"""The efficient deals of one component that is too large to be enumerated.

Its levers become a set of deals of their own, with payoffs in the units of the whole problem.  Two players: the
frontier of lotteries comes first; a deal can only be efficient when it lies in one of the triangles between that
frontier and the staircase of deals that are known, so parts of deals that cannot reach a triangle are dropped on the
way.  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.pareto import undominated
from bargain.games.pareto_elimination import LinkedDeals, Outlook, efficient_linked_deals
from bargain.games.payoff_units import PayoffUnits, refuse_beyond_floats, rounding_units
from bargain.games.support_function import BRANCHING, ELIMINATION, SupportFunction, preferred_method
from bargain.games.supported_deals import SupportedDeals, supported_frontier
from bargain.games.triangle_deals import ListedDeals, triangle_deals

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["ChosenDeals", "component", "frontier_outlook", "linked_deals"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ChosenDeals:
    """Some payoff vectors of all levers with the deals that reach them; stands in for :class:`EfficientDeals`.

    ``places`` says for each vector which of ``parts`` it is from, and its row there.
    """

    support: SupportFunction
    parts: tuple[LinkedDeals | ListedDeals, ...]
    places: tuple[tuple[int, int], ...]
    points: NDArray[Any]
    sizes: Floats

    @classmethod
    def of(cls, support: SupportFunction, parts: Sequence[LinkedDeals | ListedDeals]) -> ChosenDeals:
        """Put the vectors of several searches together, each once, ascending in the first player's payoff."""
        found: dict[tuple[Any, ...], tuple[int, int]] = {}
        for number, part in enumerate(parts):
            for row, point in enumerate(map(tuple, part.points.tolist())):
                found.setdefault(point, (number, row))
        places = tuple(found[point] for point in sorted(found))
        if support.units.kind == "float" and len(parts) > 1:
            places = _merged(parts, places, rounding_units(len(support.deals.terms)))
        count = support.deals.num_players
        points = np.array([parts[number].points[row] for number, row in places]).reshape(-1, count)
        sizes = np.array([parts[number].sizes[row] for number, row in places], float).reshape(-1, count)
        if not len(places) and support.units.kind == "wide":
            points = points.astype(object)
        return cls(support, tuple(parts), places, points, sizes)

    @property
    def deals(self) -> FiniteDeals:
        """The set that they are from."""
        return self.support.deals

    @property
    def units(self) -> PayoffUnits:
        """How payoffs are counted."""
        return self.support.units

    def __len__(self) -> int:
        return len(self.places)

    def count(self, row: int) -> int:
        """Return the number of deals that reach a payoff vector."""
        number, place = self.places[row]
        return self.parts[number].count(place)

    def deals_of(self, row: int, limit: int) -> list[tuple[int, ...]]:
        """Return deals that reach a payoff vector, at most ``limit``, in canonical order."""
        number, place = self.places[row]
        return sorted(map(tuple, self.parts[number].deals_of(place, limit).tolist()))


def _merged(
    parts: Sequence[LinkedDeals | ListedDeals], places: Sequence[tuple[int, int]], relative: float
) -> tuple[tuple[int, int], ...]:
    """Return vectors, in ascending order, without those that another search found too but added up differently.

    Of vectors that differ by rounding alone, the one that more deals reach is kept.
    """
    kept: list[tuple[int, int]] = []
    for number, row in places:
        point, size = parts[number].points[row], relative * parts[number].sizes[row]
        for k in range(len(kept) - 1, -1, -1):
            other, place = kept[k]
            away = np.abs(parts[other].points[place] - point)
            if away[0] > size[0]:
                kept.append((number, row))
                break
            if other != number and (away <= size).all():
                if parts[number].count(row) > parts[other].count(place):
                    kept[k] = (number, row)
                break
        else:
            kept.append((number, row))
    return tuple(kept)


def linked_deals(deals: FiniteDeals, units: PayoffUnits, levers: Sequence[int]) -> LinkedDeals | ListedDeals:
    """Return the efficient combinations of the levers of one component.

    Parameters
    ----------
    deals : FiniteDeals
        The whole problem.
    units : PayoffUnits
        In which payoffs are counted.
    levers : sequence of int
        The levers of the component.

    Raises
    ------
    LimitError
        The tables or the efficient combinations do not fit into memory, or a search grew too large.
    """
    part = component(deals, units, levers)
    branches = deals.num_players == 2 and preferred_method(part) == BRANCHING
    support = SupportFunction(part, BRANCHING if branches else ELIMINATION)
    margin = np.zeros(deals.num_players)
    if units.kind == "float":
        margin += rounding_units(len(part.terms)) * support.reach.astype(float)
    found: LinkedDeals | ListedDeals
    if branches:
        found = triangle_deals(support, margin)
    else:
        known = supported_frontier(support) if deals.num_players == 2 else ()
        outlook = frontier_outlook(known) if isinstance(known, SupportedDeals) and len(known) else None
        found = efficient_linked_deals(support, margin, outlook)
    # The part counts from the least payoff of its terms, the whole problem from that of its own.
    base = [int(value) for value in support.units.base] if units.kind != "float" else None
    return found.shifted(base, units.kind == "wide")


def component(deals: FiniteDeals, units: PayoffUnits, levers: Sequence[int]) -> FiniteDeals:
    """Return the levers of one component as a set of deals of their own, with payoffs in ``units``."""
    refuse_beyond_floats(units)
    place = {lever: k for k, lever in enumerate(levers)}
    first = tuple(levers) == deals.components[0]
    mine = [k for k, (read, _) in enumerate(deals.terms) if (read and read[0] in place) or (not read and first)]
    reads = [tuple(place[lever] for lever in deals.terms[k][0]) for k in mine]
    tables = [units.terms[k] for k in mine]
    if not mine:
        reads, tables = [()], [np.zeros(deals.num_players)]
    whole: Any = np.int64 if units.kind == "whole" else object
    return replace(
        deals,
        sizes=tuple(deals.sizes[lever] for lever in levers),
        terms=tuple((read, table.astype(float)) for read, table in zip(reads, tables, strict=True)),
        masks=tuple(
            (tuple(place[lever] for lever in read), mask)
            for read, mask in deals.masks
            if (read and read[0] in place) or (not read and first)
        ),
        labels=None,
        exact=None if units.kind == "float" else tuple(table.astype(whole) for table in tables),
        fractional=False,
        listed=False,
    )


_NEAR = 200
"""Deals near the frontier of lotteries that are looked at for each of its edges."""


def frontier_outlook(known: SupportedDeals) -> Outlook:
    """Return what may be efficient, given the frontier of two players' lotteries.

    A deal that none of the known ones beats lies above and to the right of one of the corners of their staircase, and
    below the edge of the frontier there.
    """
    points = known.points.astype(float)
    steps = np.diff(points, axis=0)
    normals = np.column_stack([-steps[:, 1], steps[:, 0]]) if len(points) > 1 else np.ones((1, 2))
    # Only their direction counts; powers of two round nothing.
    normals = np.ldexp(normals, -np.frexp(np.abs(normals).max(axis=1, keepdims=True))[1])
    corners = np.column_stack([points[:-1, 0], points[1:, 1]]) if len(points) > 1 else points
    directions = np.vstack([normals, np.eye(2)])
    slack = 4 * known.support.rounding(directions)
    # In floats a point beside either end may look dominated by it.
    beyond = 2 * known.support.reach.astype(float) if known.units.kind != "whole" else None
    coarse = _Corners(corners, np.arange(len(normals)), normals, slack, points, beyond)
    heights = (points[: len(normals)] * normals).sum(axis=1) - (corners * normals).sum(axis=1)
    near = [
        known.support.near_best(normal, height / 2, _NEAR)
        for normal, height in zip(normals, heights, strict=True)
        if height > 0
    ]
    stairs = np.unique(np.vstack([points, *(known.support.points(rows).astype(float) for rows in near)]), axis=0)
    stairs = stairs[undominated(stairs)]
    between = np.column_stack([stairs[:-1, 0], stairs[1:, 1]]) if len(stairs) > 1 else stairs
    # The edge that spans the corner; corners lie strictly between the extreme points around them.
    edge = np.clip(np.searchsorted(points[:, 0], between[:, 0], side="right") - 1, 0, len(normals) - 1)
    fine = _Corners(between, edge, normals, slack, points, beyond)

    def keep(most: Floats) -> NDArray[np.bool_]:
        rows = np.flatnonzero(coarse.below(most))
        kept = np.zeros(len(most), bool)
        kept[rows[fine.below(most[rows])]] = True
        return kept

    return Outlook(directions, keep)


class _Corners:
    """Corners of a staircase, each with the edge of the frontier that is above it."""

    def __init__(
        self,
        corners: Floats,
        edges: NDArray[np.intp],
        normals: Floats,
        slack: Floats,
        points: Floats,
        beyond: Floats | None,
    ) -> None:
        if beyond is not None:
            ends = [points[0] - (beyond[0], 0.0), points[-1] - (0.0, beyond[1])]
            corners = np.vstack([ends[0], corners, ends[1]])
            edges = np.concatenate([[0], edges, [len(normals) - 1]])
        self.edges = edges
        self.least = (corners * normals[edges]).sum(axis=1) - slack[edges]
        self.lowest = corners - slack[-2:]

    def below(self, most: Floats) -> NDArray[np.bool_]:
        """Return for parts of deals, with the most that they reach by direction, whether one may pass a corner."""
        kept = np.zeros(len(most), bool)
        for edge, least, (first, second) in zip(self.edges, self.least, self.lowest, strict=True):
            kept |= (most[:, edge] >= least) & (most[:, -2] >= first) & (most[:, -1] >= second)
        return kept
