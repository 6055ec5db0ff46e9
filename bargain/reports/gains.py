"""The table of gains: issue by issue, the package, the value of linkage, and the package without each issue.

Tested by a golden page and by the law that its numbers are those of the result, whatever the number of players.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bargain.reports.digits import number, number_format, percent
from bargain.reports.names import all_players, issue_label
from bargain.reports.tables import Column, Table, column

if TYPE_CHECKING:
    from bargain.results import Linkage, Report
    from bargain.scenario.document import Document

__all__ = ["bar", "gain_table"]

_BAR = 20
_NOISE = 1e-9


def bar(value: float, largest: float) -> str:
    """Return a bar of at most 20 characters; a positive value never vanishes."""
    if not 0 < value <= largest:
        return ""
    return "#" * max(1, round(_BAR * value / largest))


def gain_table(report: Report, digits: int | None) -> Table:
    """Return the players' gains, with the comparison of structures where it was solved."""
    players = report.document.player_names
    # With a single issue there is nothing to link.
    linkage = report.linkage if len(report.document.issues) > 1 else None
    solution = report.solution
    if linkage is None:
        gains = [float(gain) for gain in solution.gains] if solution is not None else []
        name = "Deal" if solution is not None and solution.agreed else "No deal"
        lines: list[tuple[str, Sequence[float], str]] = [(name, gains, "")]
        values: list[float] = []
    else:
        lines = _structures(linkage, report.document)
        values = [*linkage.value, linkage.total]
    spec = number_format([value for _, gains, _ in lines for value in (*gains, sum(gains))] + values, digits)
    largest = max(sum(gains) for _, gains, _ in lines)
    rows = [
        (name, *(number(gain, spec) for gain in (*gains, sum(gains))), remark or bar(sum(gains), largest))
        for name, gains, remark in lines
    ]
    if linkage is not None:
        worth = ("Value of linkage", *(number(value, spec, signed=True) for value in values), _share(linkage))
        rows = [*rows[:2], worth, *([()] if rows[2:] else []), *rows[2:]]
    return Table((Column("Gain", "left"), *column(*players, all_players(len(players))), Column("", "bar")), tuple(rows))


def _structures(linkage: Linkage, document: Document) -> list[tuple[str, Sequence[float], str]]:
    """Return (name, gains, remark) of separate talks, the package, and the package without each issue."""
    separate = linkage.separate
    apart = "" if any(table.agreed for table in separate.tables) else "no deal"
    if not separate.feasible:
        apart = "breaks a limit"
    lines: list[tuple[str, Sequence[float], str]] = [
        ("Issue by issue", separate.gains, apart),
        ("Package", linkage.package.gains, "" if linkage.package.agreed else "no deal"),
    ]
    by_issues = {frozenset(each.issues): each for each in linkage.subpackages}
    names = [issue.name for issue in document.issues]
    for issue in document.issues if len(names) > 2 else ():
        left = by_issues.get(frozenset(names) - {issue.name})
        if left is not None:
            remark = "" if left.agreed else "no deal"
            lines.append((f"Without {issue_label(issue)}", left.gains, remark))
    return lines


def _share(linkage: Linkage) -> str:
    whole = linkage.package.total
    # What is left of a difference after rounding is no share of anything.
    if whole <= 0 or linkage.total <= _NOISE * whole or linkage.total > whole:
        return ""
    return f"{percent(linkage.total / whole)} of the gain"
