"""In a few sentences: at which discount factors the deal holds, who binds, and whether it holds at those given.

Shared by the reports on a deal and on its enforcement.  Tested through them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bargain.reports.names import issue_label, joined, per_player
from bargain.reports.tables import Section

if TYPE_CHECKING:
    from bargain.results import Report
    from bargain.results.enforcement import Enforcement, Number
    from bargain.scenario.document import Document

__all__ = ["PUNISHMENT_TITLES", "enforcement_section", "factor", "plain_factor", "punishment_phrase", "verdict"]

PUNISHMENT_TITLES = {
    "nash": "Nash reversion",
    "minmax": "minmax punishment",
    "no_agreement": "no agreement after a breach",
    "snap_back": "snap-back",
}


def enforcement_section(report: Report, digits: int | None = None) -> Section:
    """Return what the report on a deal says about enforcement: one paragraph."""
    found = report.enforcement
    if found is None or not found.linked:
        return Section("")
    return Section(
        "Will it hold?", punishment_phrase(found), tuple(verdict(report.document, found, digits)), "enforcement"
    )


def factor(value: Number | None, digits: int | None = None) -> str:
    """Return a critical discount factor: ``none`` when no factor below 1 is enough."""
    if value is None:
        return "none"
    return "0" if value == 0 else f"{float(value):.{digits or 4}g}"


def punishment_phrase(found: Enforcement) -> str:
    """Return what follows a breach, in words."""
    kind = PUNISHMENT_TITLES.get(found.punishment.kind, found.punishment.kind)
    return f"{kind}: {found.punishment.note}"


def verdict(document: Document, found: Enforcement, digits: int | None) -> list[str]:
    """Say at which factors the deal holds, who binds, and whether it holds at those given."""
    lines = [_threshold(found, digits)]
    if found.separate:
        lines.append(_apart(document, found, digits))
    if found.factors is not None:
        same = len(set(found.factors)) == 1
        at = plain_factor(found.factors[0]) if same else per_player(found.players, found.factors, digits)
        word = "holds" if found.holds else "does not hold"
        other = "" if not found.separate else (
            ", and issue by issue too" if found.holds and found.holds_separately
            else ", but not issue by issue" if found.holds
            else ", but it does issue by issue" if found.holds_separately
            else ", nor issue by issue"
        )  # fmt: skip
        lines.append(f"At a discount factor of {at} the deal {word} when a breach is answered everywhere{other}.")
    return lines


def _threshold(found: Enforcement, digits: int | None) -> str:
    if found.critical is None:
        return f"No discount factor below 1 is enough: {joined(found.binding)} would break the deal however patient."
    if found.critical == 0:
        return "Nobody gains by breaking the deal: it holds at every discount factor."
    binds = "binds" if len(found.binding) == 1 else "bind"
    return (
        f"The deal holds at discount factors from {factor(found.critical, digits)} on, when a breach anywhere is "
        f"answered everywhere; {joined(found.binding)} {binds}."
    )


def _apart(document: Document, found: Enforcement, digits: int | None) -> str:
    names = {issue.name: issue_label(issue) for issue in document.issues}
    if found.critical_separate == 0:
        return (
            "Issue by issue nobody gains by breaking it either."
            if found.critical == 0
            else "Issue by issue any will do."
        )
    if found.critical_separate is not None:
        return f"Issue by issue it would take {factor(found.critical_separate, digits)}."
    hopeless = [f"{each.player} on {names[str(each.issue)]}" for each in found.separate if each.critical is None]
    return f"Issue by issue no factor below 1 is enough for {joined(hopeless)}."


def plain_factor(value: float | None) -> str:
    """Return a discount factor that was given."""
    return "" if value is None else f"{value:.4g}"
