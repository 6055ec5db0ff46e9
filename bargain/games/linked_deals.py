r"""The efficient deals of one component that is too large to be enumerated.

Its levers become a set of deals of their own, with payoffs in the units of the whole problem.  Two players: the
frontier of lotteries comes first; a deal can only be efficient when it lies in one of the triangles between that
frontier and the staircase of deals that are known, so parts of deals that cannot reach a triangle are dropped on the
way.  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.pareto_elimination import LinkedDeals, Outlook, efficient_linked_deals
from bargain.games.payoff_units import PayoffUnits, rounding_units
from bargain.games.support_function import ELIMINATION, SupportFunction
from bargain.games.supported_deals import SupportedDeals, supported_frontier

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["component", "frontier_outlook", "linked_deals"]

Floats = NDArray[np.float64]


def linked_deals(deals: FiniteDeals, units: PayoffUnits, levers: Sequence[int]) -> LinkedDeals:
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
        The tables or the efficient combinations do not fit into memory.
    """
    part = component(deals, units, levers)
    support = SupportFunction(part, ELIMINATION)
    margin = np.zeros(deals.num_players)
    if units.kind == "float":
        margin += rounding_units(len(part.terms)) * support.reach.astype(float)
    outlook = None
    if deals.num_players == 2:
        known = supported_frontier(support)
        outlook = frontier_outlook(known) if len(known) else None
    found = efficient_linked_deals(support, margin, outlook)
    # The part counts from the least payoff of its terms, the whole problem from that of its own.
    return found.shifted([int(base) for base in support.units.base] if units.kind != "float" else None)


def component(deals: FiniteDeals, units: PayoffUnits, levers: Sequence[int]) -> FiniteDeals:
    """Return the levers of one component as a set of deals of their own, with payoffs in ``units``."""
    place = {lever: k for k, lever in enumerate(levers)}
    first = tuple(levers) == deals.components[0]
    mine = [
        k for k, (read, _) in enumerate(deals.terms) if (read and read[0] in place) or (not read and first)
    ]
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


def frontier_outlook(known: SupportedDeals) -> Outlook:
    """Return what may be efficient, given the frontier of two players' lotteries.

    A deal that none of the known ones beats lies above and to the right of one of the corners of their staircase, and
    below the edge of the frontier there.
    """
    points = known.points.astype(float)
    steps = np.diff(points, axis=0)
    normals = np.column_stack([-steps[:, 1], steps[:, 0]]) if len(points) > 1 else np.ones((1, 2))
    corners = np.column_stack([points[:-1, 0], points[1:, 1]]) if len(points) > 1 else points
    directions = np.vstack([normals, np.eye(2)])
    slack = 4 * known.support.rounding(directions)
    least = (corners * normals).sum(axis=1) - slack[:-2]
    lowest = corners - slack[-2:]

    def keep(most: Floats) -> NDArray[np.bool_]:
        kept = np.zeros(len(most), bool)
        for edge in range(len(corners)):
            kept |= (
                (most[:, edge] >= least[edge]) & (most[:, -2] >= lowest[edge, 0]) & (most[:, -1] >= lowest[edge, 1])
            )
        return kept

    return Outlook(directions, keep)
