"""The report on linkage: apart against every sub-package against all issues together; who gains from linking them.

Tested by reports made by hand: all sub-packages, too many of them, a player who loses, tables that break a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bargain.reports.agreement import agreement_table, header
from bargain.reports.digits import number, number_format, percent
from bargain.reports.footer import expectation_lines, run_section
from bargain.reports.gains import bar
from bargain.reports.names import all_players, counted, issue_label, joined, rule_title, weights_phrase
from bargain.reports.structures import structure_sections
from bargain.reports.tables import Column, Section, Table, column
from bargain.reports.trade import cross_section, terms_section, trade_section

if TYPE_CHECKING:
    from bargain.results import Linkage, Report, SubPackage
    from bargain.scenario.document import Document

__all__ = ["linkage_sections", "package_name"]

_SHOWN = 16


def linkage_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on linkage."""
    linkage = report.linkage
    if linkage is None:
        return (header(report), Section("Linkage", "not solved"), run_section(report, "linkage"))
    sections = (
        header(report),
        _value(report, linkage, digits),
        trade_section(report.document, linkage, digits),
        _packages(report.document, linkage, digits),
        *structure_sections(report.document, linkage, digits),
        _attribution(report.document, linkage, digits),
        terms_section(report.document, linkage.terms, digits),
        cross_section(report.document, linkage.matrix, digits),
        Section("Terms", "", (agreement_table(report, digits),), "terms"),
        Section("", body=tuple(expectation_lines(report)), key="expectations"),
        run_section(report, "linkage"),
    )
    return tuple(section for section in sections if section)


def _spec(linkage: Linkage, digits: int | None) -> str:
    gains = [*linkage.value, *linkage.separate.gains, *linkage.package.gains]
    return number_format([*gains, linkage.total, sum(linkage.separate.gains), linkage.package.total], digits)


def _value(report: Report, linkage: Linkage, digits: int | None) -> Section:
    spec = _spec(linkage, digits)
    separate = linkage.separate
    promised = separate.negotiated
    lines = [("Issue by issue", separate.gains, False), ("Package", linkage.package.gains, False)]
    if any(
        abs(a - b) > 1e-9 * max(map(abs, (*promised, *separate.gains)))
        for a, b in zip(promised, separate.gains, strict=True)
    ):
        lines.insert(0, ("Issue by issue, as negotiated", promised, False))
    lines.append(("Value of linkage", linkage.value, True))
    rows = tuple(
        (name, *(number(value, spec, signed=signed) for value in (*gains, sum(gains)))) for name, gains, signed in lines
    )
    table = Table((Column("Gain", "left"), *column(*linkage.players, all_players(len(linkage.players)))), rows)
    rule = linkage.package.solution.rule
    weighted = f", {weights_phrase(linkage.players, report.document.weights)}" if rule == "nash" else ""
    paid = "" if linkage.cost is None else f", side payments with a cost of {100 * linkage.cost:g} %"
    subtitle = f"{rule_title(rule)} at every table{weighted}{paid}"
    return Section("Value of linkage", subtitle, (table, _verdict(linkage, spec), *linkage.notes), "value")


def _verdict(linkage: Linkage, spec: str) -> str:
    """Return a sentence on who gains and who loses, at the precision shown."""
    shown = {
        player: number(value, spec, signed=True) for player, value in zip(linkage.players, linkage.value, strict=True)
    }
    gained = [player for player, text in shown.items() if text.startswith("+")]
    lost = [player for player, text in shown.items() if text.startswith("-")]
    if not gained and not lost:
        return "Linking the issues changes nothing: separate talks give the same."
    parts = [f"{joined(gained)} gain{'s' if len(gained) == 1 else ''}"] if gained else []
    parts += [f"{joined(lost)} lose{'s' if len(lost) == 1 else ''}"] if lost else []
    return f"{' and '.join(parts)} from linking the issues."


def _packages(document: Document, linkage: Linkage, digits: int | None) -> Section:
    packages = sorted(linkage.subpackages, key=lambda each: len(each.issues))
    title = f"{counted(len(packages), 'package')} solved"
    if len(packages) > _SHOWN:
        packages = sorted(packages, key=lambda each: -each.total)[:_SHOWN]
        title += f", the {_SHOWN} with the largest joint gain are shown (--format csv lists all)"
    values = [value for each in packages for value in (*each.gains, each.total)]
    spec = number_format(values, digits)
    largest = max((each.total for each in packages), default=0.0)
    rows = tuple(_package_row(each, document, spec, largest) for each in packages)
    headings = (Column("On the table", "left"), *column(*linkage.players, all_players(len(linkage.players))))
    table = Table((*headings, Column("", "bar")), rows)
    return Section("Packages", title, (table, *_smallest(document, linkage)), "packages")


def _smallest(document: Document, linkage: Linkage) -> tuple[str, ...]:
    """Return a sentence on the smallest packages that find a deal, where that is news."""
    smallest = linkage.smallest
    if not smallest or len(document.issues) < 2:
        return ()
    names = [" + ".join(issues) for issues in smallest[:_SHOWN]]
    more = f" and {len(smallest) - _SHOWN} more" if len(smallest) > _SHOWN else ""
    verb = "is" if len(smallest) == 1 else "are"
    noun = "issue" if len(smallest[0]) == 1 else "issues"
    what = "package" if len(smallest) == 1 else "packages"
    return (f"The smallest {what} with a deal ({len(smallest[0])} {noun}) {verb} {', '.join(names)}{more}.",)


def _package_row(each: SubPackage, document: Document, spec: str, largest: float) -> tuple[str, ...]:
    gains = [number(value, spec) for value in (*each.gains, each.total)]
    return (package_name(each.issues, document), *gains, bar(each.total, largest) if each.agreed else "no deal")


def package_name(issues: Sequence[str], document: Document) -> str:
    """Return the issues on the table, or those that are not where these are few."""
    missing = [issue.name for issue in document.issues if issue.name not in issues]
    if not missing and len(issues) > 1:
        return "all issues"
    return f"all but {joined(missing)}" if 0 < 2 * len(missing) < len(issues) else " + ".join(issues)


def _attribution(document: Document, linkage: Linkage, digits: int | None) -> Section:
    shares = linkage.attribution
    if not shares:
        return Section("")
    marginal = linkage.marginal or {}
    total = sum(shares.values())
    spec = number_format([*shares.values(), total, *(value for pair in marginal.values() for value in pair)], digits)
    largest = max(shares.values())
    rows: list[Sequence[str]] = []
    for issue in document.issues:
        share = shares[issue.name]
        part = percent(share / total) if total > 0 and 0 <= share <= total else ""
        edges = [number(value, spec) for value in marginal.get(issue.name, ())] or [""] * 2
        rows.append((issue_label(issue), number(share, spec), part, *edges, bar(share, largest)))
    rows.append(("All issues", number(total, spec)))
    columns = (Column("Issue", "left"), *column("Joint gain", "Share", "First", "Last"), Column("", "bar"))
    table = Table(columns, tuple(tuple(row) for row in rows)).without_empty()
    return Section(
        "Attribution",
        "each issue's part of the joint gain (Shapley value); first: alone, last: added to all others",
        (table,),
        "attribution",
    )
