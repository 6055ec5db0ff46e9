"""Maximal Nash subsets in a report: convex sets of equilibria by their corners, in tables and as plain data.

Shown where an equilibrium is not alone: in a game whose sets are all single points the list says everything.  Tested by
degenerate games with known sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.reports.digits import fraction
from bargain.reports.names import counted
from bargain.reports.tables import Column, Item, Section, Table

if TYPE_CHECKING:
    from bargain.results import Component, Equilibria

__all__ = ["component_section", "component_tree", "mixture"]

_LONG = 50


def component_tree(component: Component, found: Equilibria) -> dict[str, Any]:
    """Return a component as data: ``strategies`` ``{player: [{action: probability}, ...]}``, one entry per corner."""
    game = found.game
    corners = {
        player: [{actions[a]: chance for a, chance in enumerate(corner) if chance > 0} for corner in side]
        for player, actions, side in zip(game.players, game.actions, component.strategies, strict=True)
    }
    return {
        "strategies": corners,
        "equilibria": list(component.profiles),
        "dimension": component.dimension,
        "connected": component.connected,
    }


def component_section(found: Equilibria, digits: int | None) -> Section:
    """Return the section on sets of equilibria; it is empty when every set is a single point."""
    if not any(component.dimension > 0 for component in found.components):
        return Section("", key="components")
    rows: list[tuple[str, ...]] = []
    for number, component in enumerate(found.components[:_LONG], start=1):
        rows += [()] if rows else []
        rows += _rows(number, component, found, digits)
    headings = ("Set", "Dimension", "Equilibria", "Connected", "Player", "Corner")
    body: list[Item] = [Table(tuple(Column(heading, "left") for heading in headings), tuple(rows))]
    if len(found.components) > _LONG:
        body.append(f"... and {len(found.components) - _LONG} more (--format json lists all).")
    body.append("  Every mixture of one player's corners with every mixture of the other's is an equilibrium.")
    pieces = len({component.connected for component in found.components})
    sets = counted(len(found.components), "maximal convex set")
    return Section("Components", f"{sets} in {counted(pieces, 'connected piece')}", tuple(body), "components")


def _rows(number: int, component: Component, found: Equilibria, digits: int | None) -> list[tuple[str, ...]]:
    places = ", ".join(str(place + 1) for place in component.profiles)
    first = [str(number), str(component.dimension), places, str(component.connected + 1)]
    rows = []
    for player, actions, side in zip(found.game.players, found.game.actions, component.strategies, strict=True):
        for k, corner in enumerate(side):
            rows.append((*first, player if k == 0 else "", mixture(corner, actions, digits)))
            first = [""] * 4
    return rows


def mixture(strategy: Sequence[float | Fraction], actions: Sequence[str], digits: int | None = None) -> str:
    """Return a strategy as words.

    Examples
    --------
    >>> mixture((Fraction(1, 3), Fraction(2, 3), 0), ("up", "middle", "down"))
    '1/3 up + 2/3 middle'
    >>> mixture((0.0, 1.0), ("left", "right"))
    'right'
    """
    used = [(chance, actions[a]) for a, chance in enumerate(strategy) if chance > 0]
    if len(used) == 1:
        return used[0][1]
    return " + ".join(f"{fraction(chance, f'.{digits or 4}g')} {action}" for chance, action in used)
