"""The report on enforcement: who would break the deal, how patient they must be, and what deal would hold.

Tested by reports on the published cases and by reports made by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bargain.reports.agreement import header
from bargain.reports.digits import level, number, number_format
from bargain.reports.enforcement_verdict import factor, plain_factor, punishment_phrase, verdict
from bargain.reports.footer import expectation_lines, run_section
from bargain.reports.names import issue_label, joined, level_format, lever_label, rule_title, with_unit
from bargain.reports.tables import Column, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import Report, Solution
    from bargain.results.enforcement import EnforcedDeal, Enforcement, Incentive
    from bargain.scenario.document import Document, Lever

__all__ = ["enforcement_sections"]

_SHOWN = 20


def enforcement_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on enforcement."""
    found = report.enforcement
    if found is None:
        return (header(report), Section("Enforcement", "not asked for"), run_section(report, "enforce"))
    sections = [
        header(report),
        _temptations(report.document, found, digits),
        _by_issue(report.document, found, digits),
        _best(report, found, digits),
        _path(report.document, found, digits),
        Section("", body=tuple(expectation_lines(report)), key="expectations"),
        run_section(report, "enforce"),
    ]
    return tuple(section for section in sections if section)


def _temptations(document: Document, found: Enforcement, digits: int | None) -> Section:
    if not found.linked:
        return Section("Will it hold?", "there is no deal that could be broken", found.notes, "enforcement")
    numbers = [each for one in found.linked for each in (one.payoff, one.breach, one.punishment)]
    spec = number_format(numbers, digits)
    given = found.factors is not None
    rows = []
    for each in found.linked:
        cells = [number(value, spec) for value in (each.payoff, each.breach, each.punishment)]
        at = [f"{'yes' if each.holds else 'no'} at {plain_factor(each.factor)}"] if given else []
        rows.append((each.player, *cells, factor(each.critical, digits), *at))
    headings = ("Deal", "Best breach", "Once answered", "Critical factor", *(("Keeps it",) if given else ()))
    table = Table((Column("Payoff", "left"), *column(*headings)), tuple(rows))
    lines = [*_breach_lines(document, found.linked, digits), *verdict(document, found, digits), *found.notes]
    return Section("Will it hold?", punishment_phrase(found), (table, *lines), "enforcement")


def _breach_lines(document: Document, incentives: Sequence[Incentive], digits: int | None) -> list[str]:
    """Say what each player would do to break the deal."""
    levers = {lever.name: lever for lever in document.levers}
    lines = []
    for each in incentives:
        if each.terms:
            moves = [
                f"{lever_label(levers[name])} to {with_unit(levers[name], to, digits)}"
                for name, to in each.terms.items()
            ]
            lines.append(f"{each.player} would break it by moving {joined(moves)}.")
        else:
            lines.append(f"{each.player} gains nothing at once by breaking it.")
    return lines


def _by_issue(document: Document, found: Enforcement, digits: int | None) -> Section:
    if not found.separate or len(document.issues) < 2:
        return Section("")
    by = {(each.issue, each.player): each for each in found.separate}
    rows = []
    for issue in document.issues:
        cells = [factor(by[issue.name, player].critical, digits) for player in found.players]
        lags = {by[issue.name, player].lag for player in found.players} - {0}
        note = "" if not lags else "never seen" if None in lags else f"seen {max(lag or 0 for lag in lags)} later"
        rows.append((issue_label(issue), *cells, note))
    rows.append(("All together", *(factor(each.critical, digits) for each in found.linked), ""))
    table = Table((Column("Critical factor", "left"), *column(*found.players), Column("", "note")), tuple(rows))
    words = "none: no factor below 1 is enough; 0: nothing is gained by a breach"
    return Section("Issue by issue", words, (table,), "enforcement by issue")


def _best(report: Report, found: Enforcement, digits: int | None) -> Section:
    """Show the headline deal beside the best deals that are kept, and what enforcement costs."""
    if not found.best or report.solution is None:
        return Section("")
    document = report.document
    deals = [("Binding", report.solution), *((_title(each), each.solution) for each in found.best)]
    rows = []
    for lever in document.levers:
        levels = [None if s.deal is None else s.deal[lever.issue][lever.name] for _, s in deals]
        spec = level_format(lever, [value for value in levels if value is not None], digits)
        cells = ["lottery" if s.lottery else "-" for _, s in deals]
        cells = [cell if value is None else level(value, spec) for cell, value in zip(cells, levels, strict=True)]
        rows.append((lever_label(lever), lever.unit, *cells))
    terms = Table(
        (Column("Lever", "left"), Column("Unit", "left"), *column(*(title for title, _ in deals))), tuple(rows)
    )
    spec = number_format([value for _, s in deals for value in s.gains], digits)
    gains = [(title, *(number(value, spec) for value in s.gains), _note(s)) for title, s in deals]
    costs = [
        (f"Cost of enforcement, {_title(each).lower()}", *(number(value, spec) for value in each.cost), "")
        for each in found.best
    ]
    table = Table((Column("Gain", "left"), *column(*found.players), Column("", "note")), (*gains, (), *costs))
    lines = [line for each in found.best for line in _best_lines(document, each)]
    return Section("Best self-enforcing deal", rule_title(found.rule), (terms, table, *lines), "self-enforcing")


def _note(solution: Solution) -> str:
    """Say beside the gains that they are not those of a deal that is kept."""
    return "" if solution.agreed else "no deal" if solution.status == "no_deal" else "not certified"


def _title(each: EnforcedDeal) -> str:
    return "Linked" if each.linked else "Issue by issue"


def _best_lines(document: Document, each: EnforcedDeal) -> list[str]:
    title, solution = _title(each), each.solution
    if not solution.agreed and solution.status == "no_deal":
        if solution.certificate is not None and "not excluded" in solution.certificate.claim:
            return [f"{title}: no self-enforcing deal was found at this discount factor; one is not excluded."]
        return [f"{title}: no self-enforcing deal at this discount factor."]
    how = {
        "proved": "no other self-enforcing deal is better (proved)",
        "converged": "found by search; a better self-enforcing deal elsewhere is not excluded",
        "limit": "not certified: the best that the search reached before it got stuck or time was up",
    }.get(str(solution.status), "not certified: the search ended where the deal would be broken")
    left = f"; no breach gains more than {each.slack:.0e} of the span of the payoffs (proved)" if each.slack else ""
    names = {issue.name: issue_label(issue) for issue in document.issues}
    held = [one.player + (f" on {names[one.issue]}" if one.issue else "") for one in each.binding]
    word = "is" if len(held) == 1 else "are"
    binding = f" {joined(held)} {word} just kept from breaking it." if held else ""
    return [f"{title}: {how}{left}.{binding}", *(f"{title}: {note}." for note in each.notes)]


def _path(document: Document, found: Enforcement, digits: int | None) -> Section:
    if not found.path:
        return Section("")
    listed = found.path
    if len(listed) > _SHOWN:
        step = -(-len(listed) // _SHOWN)
        listed = (*listed[:-1:step], listed[-1])
    spec = number_format([value for each in found.path for value in each.gains], digits)
    levers: tuple[Lever, ...] = document.levers if len(document.levers) <= 6 else ()
    specs = {
        lever.name: level_format(lever, [e.terms[lever.issue][lever.name] for e in listed if e.terms], digits)
        for lever in levers
    }
    rows = []
    for each in listed:
        levels = [level(each.terms[k.issue][k.name], specs[k.name]) if each.terms else "-" for k in levers]
        note = "no deal" if each.status == "no_deal" else "" if each.status == "proved" else each.status
        rows.append((f"{each.delta:.4g}", *(number(value, spec) for value in each.gains), *levels, note))
    headings = [f"Gain {player}" for player in found.players]
    table = Table(
        (Column("Discount factor", "left"), *column(*headings, *(k.name for k in levers)), Column("", "note")),
        tuple(rows),
    )
    words = f"{len(found.path)} factors" + (f", {len(listed)} of them shown" if len(listed) < len(found.path) else "")
    return Section("Best self-enforcing deal by discount factor", words, (table,), "enforcement path")
