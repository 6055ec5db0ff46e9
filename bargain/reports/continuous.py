"""The report on equilibria on the intervals themselves: levels, payoffs, and what any deviation could gain at most.

It stands beside the answer on a grid, which it refines.  Tested through the writers and by reading back the JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bargain.reports.digits import number, number_format
from bargain.reports.names import counted, terms_phrase
from bargain.reports.tables import Column, Item, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import ContinuousEquilibria, ContinuousProfile, Report
    from bargain.scenario.document import Document

__all__ = ["continuous_records", "continuous_section", "continuous_tree"]

_SHOWN = 20


def continuous_section(report: Report, digits: int | None = None) -> Section | None:
    """Return the section on the equilibria on intervals, or None when they were not asked for."""
    found = report.continuous
    if found is None:
        return None
    document = report.document
    body: list[Item] = []
    if found.profiles:
        body.append(_table(found, document, digits))
    if len(found) > _SHOWN:
        body.append(f"... and {len(found) - _SHOWN} more (--format json lists all).")
    body += [_rejected(profile, found, document, digits) for profile in found.rejected[:3]]
    if len(found.rejected) > 3:
        body.append(f"  ... and {len(found.rejected) - 3} more candidates that some deviation refutes")
    body += [f"  {note}" for note in found.notes]
    return Section("On the intervals", _subtitle(found), tuple(body), "continuous")


def _subtitle(found: ContinuousEquilibria) -> str:
    count = counted(len(found), "pure equilibrium", "pure equilibria") if len(found) else "no pure equilibrium found"
    known = {True: "proved: all of them", False: "not all of them", None: "there may be more"}[found.complete]
    if not len(found) and found.complete:
        count, known = "no pure equilibrium", "proved"
    return f"{count}, {known}: {found.reason}"


def _table(found: ContinuousEquilibria, document: Document, digits: int | None) -> Table:
    """Return a group of rows per equilibrium: player, its levels, payoff, what it could gain at most."""
    shown = found.profiles[:_SHOWN]
    payoffs = number_format([payoff for profile in shown for payoff in profile.payoffs], digits)
    rows: list[tuple[str, ...]] = []
    for place, profile in enumerate(shown, start=1):
        rows += [()] if rows else []
        for i, player in enumerate(found.game.players):
            rows.append(
                (
                    str(place) if i == 0 else "",
                    player,
                    _own_levels(found, profile.terms, i, document, digits),
                    number(profile.payoffs[i], payoffs),
                    f"{profile.gains[i][1]:.1e}",
                )
            )
    headings = (Column("No.", "left"), Column("Player", "left"), Column("Levels", "left"))
    return Table((*headings, *column("Payoff", "Gains at most")), tuple(rows))


def _own_levels(found: ContinuousEquilibria, terms: Any, player: int, document: Document, digits: int | None) -> str:
    names = [lever.name for lever in found.game.levers if lever.owner == player]
    return terms_phrase(document, terms, digits, names) if names else "-"


def _rejected(profile: ContinuousProfile, found: ContinuousEquilibria, document: Document, digits: int | None) -> str:
    player, levels = profile.deviation
    moved = _own_levels(found, found.game.described(levels), player, document, digits)
    names = [lever.name for lever in found.game.levers]
    return (
        f"  not an equilibrium: {terms_phrase(document, profile.terms, digits, names)}; "
        f"{found.game.players[player]} gains {profile.gains[player][0]:.3g} by {moved}"
    )


def continuous_tree(found: ContinuousEquilibria | None) -> dict[str, Any] | None:
    """Return the equilibria on intervals as the JSON report holds them."""
    if found is None:
        return None
    return {
        "method": found.method,
        "complete": found.complete,
        "reason": found.reason,
        "tolerances": dict(zip(found.game.players, found.tolerances, strict=True)),
        "profiles": [_profile_tree(profile, found) for profile in found.profiles],
        "rejected": [_profile_tree(profile, found) for profile in found.rejected],
        "notes": found.notes,
    }


def _profile_tree(profile: ContinuousProfile, found: ContinuousEquilibria) -> dict[str, Any]:
    players = found.game.players
    deviator, levels = profile.deviation
    return {
        "terms": profile.terms,
        "payoffs": dict(zip(players, profile.payoffs, strict=True)),
        "epsilon": profile.epsilon,
        "gains": {
            player: {"found": least, "bound": most}
            for player, (least, most) in zip(players, profile.gains, strict=True)
        },
        "deviation": {"player": players[deviator], "terms": found.game.described(levels)},
        "status": profile.status,
    }


def continuous_records(found: ContinuousEquilibria, document: Document) -> Iterator[dict[str, Any]]:
    """Yield the equilibria on intervals as rows of the CSV report."""
    units = {(lever.issue, lever.name): lever.unit for lever in document.levers}
    for place, profile in enumerate(found.profiles, start=1):
        fixed = {"table": "continuous equilibria", "entry": str(place)}
        for issue, levers in profile.terms.items():
            for lever, level in levers.items():
                row = {"item": f"{issue}.{lever}", "quantity": "level", "value": level, "unit": units[issue, lever]}
                yield {**fixed, **row}
        for i, player in enumerate(found.game.players):
            row = {"player": player, "unit": document.units}
            yield {**fixed, **row, "quantity": "payoff", "value": profile.payoffs[i]}
            yield {**fixed, **row, "quantity": "gain at most", "value": profile.gains[i][1]}
