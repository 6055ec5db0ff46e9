"""The report on a deal: what is agreed, who gains, what other rules would pick, what holds it back, how sure it is.

The answer "no deal" is reported as fully as a deal.  Tested by a golden page and by reports made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bargain.reports.clock import time_section
from bargain.reports.digits import level, number, number_format
from bargain.reports.enforcement_verdict import enforcement_section
from bargain.reports.equilibria import short_lines
from bargain.reports.footer import certificate_section, run_section
from bargain.reports.gains import gain_table
from bargain.reports.names import (
    counted,
    disagreement_phrase,
    issue_label,
    joined,
    level_format,
    lever_label,
    per_player,
    rule_title,
    terms_phrase,
    title,
    weights_phrase,
)
from bargain.reports.no_deal import no_deal_lines
from bargain.reports.tables import Column, Item, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import Binding, Report, Solution
    from bargain.scenario.document import Document, Level, Lever

__all__ = ["agreement_table", "header", "levels_table", "solve_sections"]

Terms = Mapping[str, Mapping[str, "Level"]]

DealColumn = tuple[str, tuple[Terms, ...]]
"""A heading with the terms that stand under it: of one deal, or of all that a lottery may draw."""

_SHOWN_TIES = 10
_WIDE = 7


def solve_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on a deal."""
    sections = [
        header(report),
        _agreement(report, digits),
        _ties(report, digits),
        _alternatives(report, digits),
        _binding(report, digits),
        enforcement_section(report, digits),
        _no_agreement_game(report, digits),
        time_section(report, digits),
        certificate_section(report),
        run_section(report, "solve"),
    ]
    return tuple(section for section in sections if section)


def header(report: Report) -> Section:
    """Return the title with the size of the game and what gains are measured over."""
    document = report.document
    parts = [
        counted(len(document.players), "player"),
        counted(len(document.issues), "issue"),
        *([counted(len(document.constraints), "limit")] if document.constraints else []),
    ]
    unit = f", {document.units}" if document.units else ""
    gains = f"Gains are over {disagreement_phrase(report.disagreement)}{unit}."
    note = report.disagreement.note
    remark = (f"Disagreement point: {note}.",) if report.disagreement.kind != "status_quo" and note else ()
    lines = (title(document), f"{', '.join(parts)}. {gains}", *remark)
    return Section("", body=lines, key="scenario")


def _agreement(report: Report, digits: int | None) -> Section:
    solution = report.solution
    if solution is None:
        return Section("")
    weighted = solution.rule == "nash" or solution.weights is not None
    weights = solution.weights or report.document.weights
    power = f", {weights_phrase(report.document.player_names, weights)}" if weighted else ""
    heading = "Agreement" if solution.agreed else "No agreement"
    subtitle = f"{rule_title(solution.rule)}{power}"
    body: list[Item] = [] if solution.agreed else list(_why_not(report, solution))
    if solution.agreed or report.linkage is not None:
        body += [agreement_table(report, digits)]
        body += [gain_table(report, digits)]
    notes = [f"Note: {note}" for note in solution.notes] if solution.agreed else []
    return Section(heading, subtitle, (*body, *notes), "agreement")


def _why_not(report: Report, solution: Solution) -> tuple[str, ...]:
    if solution.status == "no_deal":
        over = disagreement_phrase(report.disagreement)
        reason = f"No deal gives some side more than {over} and no side less."
    else:
        reason = "The search ended without a deal that it can stand for; one may exist."
    return (reason, *solution.notes, *no_deal_lines(report, None))


def agreement_table(report: Report, digits: int | None) -> Table:
    """Return the levers with their levels: status quo, no agreement, apart, package."""
    solution = report.solution
    return levels_table(report.document, _deal_columns(report), digits, solution.binding if solution else ())


def levels_table(
    document: Document, columns: Sequence[DealColumn], digits: int | None, binding: Sequence[Binding] = ()
) -> Table:
    """Return the levers with their levels in some deals, and which of them are at a limit."""
    units = any(lever.unit for lever in document.levers)
    headings = [Column("Issue", "left"), *([Column("Unit", "left")] if units else [])]
    headings += [Column(heading) for heading, _ in columns] + [Column("", "note")]
    rows: list[tuple[str, ...]] = []
    for issue in document.issues:
        grouped = len(issue.levers) > 1
        rows += [(issue_label(issue),)] if grouped else []
        for lever in issue.levers:
            levels = [_common_level(lever, deals) for _, deals in columns]
            name = f"  {lever_label(lever)}" if grouped else lever_label(lever)
            cells = [name, *([lever.unit] if units else []), *_level_cells(lever, levels, digits)]
            rows.append((*cells, _limit_note(lever, binding)))
    return Table(tuple(headings), tuple(rows))


def _level_cells(lever: Lever, levels: Sequence[Level | None], digits: int | None) -> list[str]:
    spec = level_format(lever, [value for value in levels if value is not None], digits)
    return ["lottery" if value is None else level(value, spec) for value in levels]


def _deal_columns(report: Report) -> list[DealColumn]:
    """Return the columns of levels, from the status quo to the package."""
    document = report.document
    columns: list[DealColumn] = [("Status quo", (document.terms(document.status_quo),))]
    fallback = report.disagreement.levels
    if fallback is not None and tuple(fallback) != document.status_quo:
        columns.append(("No agreement", (document.terms(fallback),)))
    linked = len(document.issues) > 1
    if report.linkage is not None and linked:
        apart = report.linkage.separate.lottery
        columns.append(("Apart", tuple(document.terms(codes) for codes, _ in apart)))
    solution = report.solution
    if solution is None or not solution.agreed:
        return columns
    if solution.lottery is not None and len(solution.lottery) > 1:
        return columns + [(f"With {100 * float(chance):.3g} %", (deal,)) for deal, chance in solution.lottery]
    return [*columns, ("Package" if linked else "Deal", _deals(solution))]


def _limit_note(lever: Lever, binding: Sequence[Binding]) -> str:
    sides = [limit.side for limit in binding if limit.kind == "bound" and limit.name == lever.name]
    return f"at {sides[0]} limit".replace("  ", " ") if sides else ""


def _ties(report: Report, digits: int | None) -> Section:
    solution = report.solution
    if solution is None or len(solution.ties) < 2:
        return Section("")
    document = report.document
    deals = [tie.deal for tie in solution.ties]
    differing = [
        lever.name
        for lever in document.levers
        if len({repr(deal[lever.issue][lever.name]) for deal in deals if deal}) > 1
    ]
    lines = [
        f"  {k}  {terms_phrase(document, tie.deal, digits, differing)}: "
        f"{per_player(document.player_names, [float(u) for u in tie.payoffs], digits)}"
        for k, tie in enumerate(solution.ties[:_SHOWN_TIES], start=1)
        if tie.deal is not None
    ]
    if len(solution.ties) > _SHOWN_TIES:
        lines.append(f"  ... and {len(solution.ties) - _SHOWN_TIES} more (--format json lists all)")
    subtitle = f"{len(solution.ties)} deals tie: the rule ranks them equal; the first is shown above. Payoffs:"
    return Section("Ties", subtitle, tuple(lines), "ties")


def _alternatives(report: Report, digits: int | None) -> Section:
    if not report.alternatives or report.solution is None:
        return Section("")
    document = report.document
    solutions = (report.solution, *report.alternatives)
    headings, cells = _alternative_cells(document, solutions, digits)
    names = [rule_title(each.rule) for each in solutions]
    if len(headings) <= _WIDE:
        rows = tuple((name, *row) for name, row in zip(names[1:], cells[1:], strict=True))
        return Section(
            "Other solutions", "", (Table((Column("Rule", "left"), *column(*headings)), rows),), "alternatives"
        )
    rows = tuple((heading, *row) for heading, row in zip(headings, zip(*cells, strict=True), strict=True))
    gains = len(document.players)
    table = Table((Column("Gain, lever", "left"), *column(*names)), (*rows[:gains], (), *rows[gains:]))
    return Section("Solutions compared", "", (table,), "alternatives")


def _alternative_cells(
    document: Document, solutions: Sequence[Solution], digits: int | None
) -> tuple[list[str], list[list[str]]]:
    """Return the headings (players, then levers) and a row of cells per solution."""
    gains = [float(gain) for each in solutions for gain in each.gains]
    spec = number_format(gains, digits)
    headings = [*document.player_names, *(lever.name for lever in document.levers)]
    cells = [[number(gain, spec) for gain in each.gains] for each in solutions]
    deals = [_deals(each) for each in solutions]
    for lever in document.levers:
        levels = [_common_level(lever, drawn) for drawn in deals]
        shown = _level_cells(lever, levels, digits)
        for row, each, text in zip(cells, solutions, shown, strict=True):
            row.append(text if each.agreed else "no deal")
    return headings, cells


def _deals(solution: Solution) -> tuple[Terms, ...]:
    """Return the deals that may come about: one, or those of the lottery; none without agreement."""
    if solution.lottery is not None:
        return tuple(deal for deal, _ in solution.lottery)
    return () if solution.deal is None else (solution.deal,)


def _common_level(lever: Lever, deals: Sequence[Terms]) -> Level | None:
    """Return the level at which all deals set the lever, or None."""
    levels = [terms[lever.issue][lever.name] for terms in deals]
    return levels[0] if levels and all(level == levels[0] for level in levels) else None


def _binding(report: Report, digits: int | None) -> Section:
    solution = report.solution
    if solution is None or not solution.agreed:
        return Section("")
    lines = [_priced(limit, limit.shadow, report, digits) for limit in solution.binding if limit.shadow is not None]
    unpriced = [_limit_name(limit) for limit in solution.binding if limit.kind != "bound" and limit.shadow is None]
    if unpriced:
        lines.append(f"  {joined(unpriced)}: what one more unit is worth is not given here.")
    return Section("Binding", "", tuple(lines), "binding") if lines else Section("")


def _limit_name(limit: Binding) -> str:
    return f'"{limit.name}"' + (f" (line {limit.line})" if limit.line is not None else "")


def _priced(limit: Binding, shadow: Sequence[float], report: Report, digits: int | None) -> str:
    """Return what one more unit of a limit gives, and for whom the limit is a commitment."""
    players = report.document.player_names
    lever = next((lever for lever in report.document.levers if lever.name == limit.name), None)
    what, unit = _limit_name(limit), "one more unit of room"
    if limit.kind == "bound" and lever is not None:
        what = " ".join(f"{lever_label(lever)} at its {limit.side} limit".split())
        unit = f"1 {lever.unit} more room" if lever.unit else unit
    hurt = [player for player, value in zip(players, shadow, strict=True) if value < 0]
    gained = [player for player, value in zip(players, shadow, strict=True) if value > 0]
    moral = f": the limit works as a commitment for {joined(hurt)}" if hurt and gained else ""
    return f"  {what}: {unit} gives {per_player(players, shadow, digits, signed=True)}{moral}."


def _no_agreement_game(report: Report, digits: int | None) -> Section:
    if report.equilibria is None:
        return Section("No-agreement game", "", report.notes, "equilibria") if report.notes else Section("")
    return Section("No-agreement game", *short_lines(report.equilibria, report.document, digits), "equilibria")
