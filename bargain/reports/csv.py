"""One long table with every number of a report, one value a row, for spreadsheets, R and Stata.

Columns: ``scenario`` (its id), ``table`` (agreement, disagreement, solution, ties, binding, certificate, linkage,
packages, attribution, trade, linkage terms, matrix, structures, enforcement, self-enforcing deal, enforcement path, no
deal, equilibria, continuous equilibria, deadline, offers, expectations), ``item`` (a lever as ``issue.lever``, a
package as ``a+b``, an equilibrium's number ...), ``rule``, ``player``, ``entry`` (an action, for probabilities; the
number of a tie or of an equilibrium on intervals), ``quantity``, ``value`` (every digit; fractions as ``p/q``) and
``unit``.  A text that a spreadsheet would take for a formula (it
begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break and is no number) has an apostrophe in front.  Tested by
reading it back and comparing with the result.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bargain.reports.continuous import continuous_records
from bargain.reports.enforcement_data import enforcement_records
from bargain.reports.json import plain
from bargain.reports.linkage_data import linkage_records, no_deal_records
from bargain.reports.timing_data import timing_records

if TYPE_CHECKING:
    from bargain.results import Equilibria, Linkage, Report, Separate, Solution, SubPackage
    from bargain.scenario.document import Document

__all__ = ["COLUMNS", "csv_table", "harmless"]

COLUMNS = ("scenario", "table", "item", "rule", "player", "entry", "quantity", "value", "unit")

Record = dict[str, Any]

_FORMULA = re.compile(r"[=+\-@\t\n]")
_BREAK = re.compile(r"\r\n?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?:/\d+)?")


def csv_table(report: Report, command: str = "solve") -> str:
    """Return the report as CSV (RFC 4180, but lines end with a bare newline)."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for record in _records(report, command):
        value = plain(record["value"])
        row = {"scenario": report.document.id, **record, "value": "" if value is None else value}
        writer.writerow({column: harmless(cell) for column, cell in row.items()})
    return stream.getvalue()


def harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula, with line breaks that the writer puts in quotes."""
    if not isinstance(cell, str):
        return cell
    text = _BREAK.sub("\n", cell)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _records(report: Report, command: str) -> Iterator[Record]:
    document = report.document
    if command != "equilibria":
        yield from _agreement(report)
        for solution in (report.solution, *report.alternatives):
            if solution is not None:
                yield from _solution(solution, document)
    if report.linkage is not None:
        yield from _linkage(report.linkage, document)
    if report.enforcement is not None:
        yield from enforcement_records(report.enforcement, document)
    if report.no_deal is not None:
        yield from no_deal_records(report.no_deal, document)
    if report.equilibria is not None:
        yield from _equilibria(report.equilibria, document)
    if report.continuous is not None:
        yield from continuous_records(report.continuous, document)
    yield from timing_records(report.deadline, report.offers, document)
    for result in report.expectations:
        yield {"table": "expectations", "item": result.name, "quantity": "holds", "value": str(result.holds).lower()}


def _agreement(report: Report) -> Iterator[Record]:
    document = report.document
    yield from _levels(document, document.terms(document.status_quo), table="agreement", quantity="status quo")
    point = report.disagreement
    if point.levels is not None:
        yield from _levels(document, document.terms(point.levels), table="agreement", quantity="no agreement")
    yield from _per_player(
        document.player_names, point.payoffs, table="disagreement", quantity="payoff", unit=document.units
    )


def _levels(document: Document, terms: Mapping[str, Mapping[str, Any]], **fixed: Any) -> Iterator[Record]:
    for lever in document.levers:
        value = terms[lever.issue][lever.name]
        yield {"item": f"{lever.issue}.{lever.name}", "value": value, "unit": lever.unit, **fixed}


def _per_player(players: Sequence[str], values: Iterable[Any], **fixed: Any) -> Iterator[Record]:
    for player, value in zip(players, values, strict=True):
        yield {"player": player, "value": value, **fixed}


def _solution(solution: Solution, document: Document) -> Iterator[Record]:
    rule = {"table": "solution", "rule": solution.rule}
    yield {**rule, "quantity": "status", "value": solution.status.value}
    for quantity, values in (("payoff", solution.payoffs), ("gain", solution.gains)):
        yield from _per_player(document.player_names, values, quantity=quantity, unit=document.units, **rule)
    drawn = solution.lottery if solution.lottery is not None else ((solution.deal, None),)
    for number, (deal, chance) in enumerate(drawn, start=1):
        entry = {} if chance is None else {"entry": f"lottery {number}"}
        if chance is not None:
            yield {**rule, **entry, "quantity": "probability", "value": chance}
        if deal is not None:
            yield from _levels(document, deal, quantity="level", **rule, **entry)
    yield from _ties(solution, document)
    for limit in solution.binding:
        if limit.shadow is not None:
            yield from _per_player(
                document.player_names, limit.shadow, item=limit.name, quantity="shadow price", table="binding",
                rule=solution.rule, unit=document.units,
            )  # fmt: skip
    if solution.certificate is not None:
        certificate = solution.certificate
        claim = {"table": "certificate", "rule": solution.rule, "item": certificate.claim}
        yield {**claim, "quantity": "gap", "value": certificate.gap, "unit": certificate.unit}
        yield {**claim, "quantity": "tolerance", "value": certificate.tolerance, "unit": certificate.unit}


def _ties(solution: Solution, document: Document) -> Iterator[Record]:
    """Yield every deal that the rule ranks equal, the chosen one first; one alone is no tie."""
    for number, tie in enumerate(solution.ties if len(solution.ties) > 1 else (), start=1):
        fixed = {"table": "ties", "rule": solution.rule, "entry": f"tie {number}"}
        yield from _per_player(document.player_names, tie.payoffs, quantity="payoff", unit=document.units, **fixed)
        if tie.deal is not None:
            yield from _levels(document, tie.deal, quantity="level", **fixed)


def _linkage(linkage: Linkage, document: Document) -> Iterator[Record]:
    players, unit = linkage.players, document.units
    separate = linkage.separate
    for quantity, values in (
        ("gain apart", separate.gains),
        ("gain apart as negotiated", separate.negotiated),
        ("gain package", linkage.package.gains),
        ("value of linkage", linkage.value),
    ):
        yield from _per_player(players, values, table="linkage", quantity=quantity, unit=unit)
    yield from _settled(separate, document, table="linkage", quantity="level apart")
    for each in linkage.subpackages:
        item = "+".join(each.issues)
        yield {"table": "packages", "item": item, "quantity": "status", "value": each.solution.status.value}
        yield from _per_player(players, each.gains, table="packages", item=item, quantity="gain", unit=unit)
        yield from _settled(each, document, table="packages", quantity=f"level in {item}")
    for issue, share in (linkage.attribution or {}).items():
        yield {"table": "attribution", "item": issue, "quantity": "joint gain", "value": share, "unit": unit}
    yield from linkage_records(linkage, document)


def _settled(settled: SubPackage | Separate, document: Document, **fixed: Any) -> Iterator[Record]:
    if settled.levels is not None:
        yield from _levels(document, document.terms(settled.levels), **fixed)


def _equilibria(found: Equilibria, document: Document) -> Iterator[Record]:
    game = found.game
    for number, profile in enumerate(found, start=1):
        item = {"table": "equilibria", "item": str(number)}
        for i, (player, actions) in enumerate(zip(game.players, game.actions, strict=True)):
            for action in profile.supports[i]:
                chance = profile.strategies[i][action]
                yield {**item, "player": player, "entry": actions[action], "quantity": "probability", "value": chance}
        yield from _per_player(game.players, profile.payoffs, quantity="payoff", unit=document.units, **item)
        yield {**item, "quantity": "regret", "value": profile.regret, "unit": document.units}
