"""The payoffs that a repeated game sustains, as sections of a report and as plain data.

Plain data: ``delta``, ``corners`` and ``bounds`` (pairs), ``worst``, ``gap``, ``exact``, ``steps``, ``reason`` and
``plans`` (``actions`` by name, ``promise`` as ``[corner, chance]``, ``promised``, ``temptation``, ``slack``).  Tested
by the numbers of results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bargain.reports.digits import fraction, number, number_format
from bargain.reports.json import plain
from bargain.reports.tables import Column, Section, Table, column

if TYPE_CHECKING:
    from bargain.results.repeated import Plan, RepeatedPayoffs

__all__ = ["repeated_section", "repeated_tree"]


def repeated_tree(found: RepeatedPayoffs) -> dict[str, Any]:
    """Return the result as plain data."""
    plans = [
        {
            "actions": _actions(found, plan),
            "promise": plan.promise,
            "promised": plan.promised,
            "temptation": plan.temptation,
            "slack": plan.slack,
        }
        for plan in found.plans
    ]
    tree = {name: getattr(found, name) for name in ("delta", "corners", "worst", "bounds", "gap", "exact", "steps")}
    made: dict[str, Any] = plain({**tree, "reason": found.reason, "plans": plans})
    return made


def repeated_section(found: RepeatedPayoffs, digits: int | None = None) -> Section:
    """Return the corners of the set with what is played there today."""
    subtitle = f"sustained at a discount factor of {fraction(found.delta)}, per period"
    if not found.corners:
        why = "No equilibrium in pure actions exists." if found.empty else f"None is known: {found.reason}."
        return Section("Repeated game", subtitle, (f"  {why}",), "repeated")
    players = found.game.players
    spec = number_format([value for corner in found.corners for value in corner], digits)
    rows = [
        (str(place), *(number(value, spec) for value in corner), ", ".join(_actions(found, plan)), _next(plan))
        for place, (corner, plan) in enumerate(zip(found.corners, found.plans, strict=True), start=1)
    ]
    headings = (Column("Corner", "left"), *column(*players), Column("Today", "left"), Column("Next", "left"))
    worst = found.worst or ()
    held = ", ".join(f"{player} {number(value, spec)}" for player, value in zip(players, worst, strict=True))
    sure = (
        "These corners span exactly what can be sustained."
        if found.exact
        else f"Nothing is sustained further than {found.gap:.1g} of the payoff range outside them."
    )
    return Section(
        "Repeated game", subtitle, (Table(headings, tuple(rows)), f"  Worst payoffs: {held}.", f"  {sure}"), "repeated"
    )


def _actions(found: RepeatedPayoffs, plan: Plan) -> list[str]:
    return [names[action] for names, action in zip(found.game.actions, plan.actions, strict=True)]


def _next(plan: Plan) -> str:
    if len(plan.promise) == 1:
        return str(plan.promise[0][0] + 1)
    return ", ".join(f"{place + 1} ({float(chance):.3g})" for place, chance in plan.promise)
