"""The report on commitment: the deal under other disagreement points, and whom each binding limit serves.

JSON is ``"schema": "bargain-commitment-1"`` with ``scenario``, ``rule``, ``cases`` (``kind``, ``leader``,
``disagreement``, ``payoffs``, ``gains``, ``status``, ``note``, ``reason``), ``leading`` (by player), ``limits``
(``name``, ``rule``, ``step``, ``shadow``, ``tighter``, ``looser``, ``works_for``, ``works_against``), ``slack`` and
``untried``; CSV has one value a row.  Tested by reading both back, and by the numbers of the result.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bargain.reports.csv import harmless
from bargain.reports.digits import number, number_format
from bargain.reports.json import dumps, plain
from bargain.reports.latex import latex_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.names import joined, rule_title, title
from bargain.reports.tables import Column, Section, Table, column
from bargain.reports.text import text_sections

if TYPE_CHECKING:
    from bargain.results.commitment import Ceiling, Commitment, DisagreementCase

__all__ = ["commitment_tree", "render_commitment"]

_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}
_NAMES = {
    "status_quo": "Status quo",
    "nash": "Equilibrium",
    "minmax": "Security levels",
    "threats": "Optimal threats",
    "fixed": "Given numbers",
}
_NOISE = 1e-9


def render_commitment(found: Commitment, format: str = "text", digits: int | None = None) -> str:
    """Return the report as text that ends with a newline.

    Parameters
    ----------
    found : Commitment
        What :meth:`bargain.Scenario.commitment` returned.
    format : {"text", "json", "csv", "latex", "md"}
    digits : int, optional
        Significant digits in the formats for people.
    """
    if format == "json":
        return dumps(commitment_tree(found))
    if format == "csv":
        return _csv(found)
    return _WRITERS[format](_sections(found, digits))


def commitment_tree(found: Commitment) -> dict[str, Any]:
    """Return the result as plain data."""
    document = found.document

    def named(values: Sequence[Any] | None) -> Any:
        return None if values is None else dict(zip(document.player_names, values, strict=True))

    cases = [
        {
            "kind": case.kind,
            "leader": case.leader,
            "disagreement": None if case.point is None else named(case.point.payoffs),
            "payoffs": named(case.payoffs),
            "gains": None if case.solution is None else named(case.solution.gains),
            "status": None if case.solution is None else case.solution.status.value,
            "note": "" if case.point is None else case.point.note,
            "reason": case.reason,
        }
        for case in found.cases
    ]
    limits = [
        {
            "name": limit.name,
            "rule": limit.rule,
            "step": limit.step,
            **{key: named(getattr(limit, key)) for key in ("shadow", "tighter", "looser")},
            "works_for": limit.works_for,
            "works_against": limit.works_against,
        }
        for limit in found.ceilings
    ]
    made: dict[str, Any] = plain({
        "schema": "bargain-commitment-1",
        "scenario": {"id": document.id, "title": document.title, "units": document.units, "digest": document.digest},
        "rule": found.rule,
        "cases": cases,
        "leading": named(found.leading),
        "limits": limits,
        "slack": found.slack,
        "untried": found.untried,
    })  # fmt: skip
    return made


def _csv(found: Commitment) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("scenario", "table", "item", "player", "quantity", "value", "unit"))
    for table, item, player, quantity, value in _values(found):
        unit = found.document.units
        row = (found.document.id, table, item, player, quantity, plain(value), unit)
        writer.writerow(tuple(map(harmless, row)))
    return stream.getvalue()


def _values(found: Commitment) -> Iterator[tuple[str, str, str, str, Any]]:
    tree = commitment_tree(found)
    for case in tree["cases"]:
        item = f"{case['kind']} {case['leader']}" if case["leader"] else case["kind"]
        for quantity in ("disagreement", "payoffs", "gains"):
            for player, value in (case[quantity] or {}).items():
                yield "cases", item, player, quantity, value
    for player, value in tree["leading"].items():
        if value is not None:
            yield "leading", "", player, "gain from leading", value
    for limit in tree["limits"]:
        for quantity in ("shadow", "tighter", "looser"):
            for player, value in (limit[quantity] or {}).items():
                yield "limits", limit["name"], player, quantity, value


def _sections(found: Commitment, digits: int | None) -> tuple[Section, ...]:
    document = found.document
    unit = f", {document.units}" if document.units else ""
    head = Section("", body=(title(document), f"Deals by {rule_title(found.rule)}{unit}."), key="scenario")
    cases = Section(
        "When the talks fail", "and the deal that follows", (_cases(found, digits), *_lines(found, digits)), "cases"
    )
    limits = Section("Limits as commitments", "", _limits(found, digits), "limits")
    return (head, cases, limits) if document.constraints else (head, cases)


def _cases(found: Commitment, digits: int | None) -> Table:
    players = found.document.player_names
    shown = [value for case in found.cases if case.point for value in (*case.point.payoffs, *(case.payoffs or ()))]
    spec = number_format(shown, digits)
    rows = []
    for case in found.cases:
        name = _name(case)
        if case.point is None or case.payoffs is None:
            rows.append((name, *["-"] * (2 * len(players)), ""))
            continue
        remark = "" if case.solution is not None and case.solution.agreed else "no deal"
        rows.append((name, *(number(value, spec) for value in (*case.point.payoffs, *case.payoffs)), remark))
    headings = column(*(f"{player} fails" for player in players), *(f"{player} deal" for player in players))
    return Table((Column("Talks fail to", "left"), *headings, Column("", "note")), tuple(rows))


def _name(case: DisagreementCase) -> str:
    return f"{case.leader} commits first" if case.leader else _NAMES[case.kind]


def _lines(found: Commitment, digits: int | None) -> Iterator[str]:
    players = found.document.player_names
    spec = number_format([value for value in found.leading if value is not None], digits)
    size = max((abs(value) for case in found.cases for value in case.payoffs or ()), default=0.0)
    for player, value in zip(players, found.leading, strict=True):
        if value is None:
            continue
        if abs(value) <= _NOISE * size:
            yield f"  {player} gets the same in the deal whether it commits itself first or nobody does."
        else:
            yield f"  {player} gets {number(value, spec, signed=True)} in the deal by committing itself first."
    for case in found.cases:
        if case.reason:
            yield f"  {_name(case)}: not available. {case.reason[0].upper()}{case.reason[1:]}."


def _limits(found: Commitment, digits: int | None) -> tuple[Any, ...]:
    body: list[Any] = []
    if found.ceilings:
        body.append(_moves(found, digits))
        body += [_verdict(limit) for limit in found.ceilings]
    elif found.slack:
        body.append("  No limit holds the deal back.")
    if found.ceilings and found.slack:
        body.append(f"  Not binding: {joined(found.slack)}.")
    if found.untried:
        body.append(f"  Not moved, since they are not one comparison of numbers: {joined(found.untried)}.")
    return tuple(body) or ("  There is no deal that a limit could hold back.",)


def _moves(found: Commitment, digits: int | None) -> Table:
    players = found.document.player_names
    values = [value for limit in found.ceilings for change in (limit.tighter, limit.looser) for value in change or ()]
    spec = number_format(values, digits)
    rows = []
    for limit in found.ceilings:
        for way, change in (("tighter", limit.tighter), ("looser", limit.looser)):
            cells = ["-"] * len(players) if change is None else [number(value, spec, signed=True) for value in change]
            rows.append((f'"{limit.name}"', f"{way} by {number(limit.step, '.4g')}", *cells))
    return Table((Column("Limit", "left"), Column("Moved", "left"), *column(*players)), tuple(rows))


def _verdict(limit: Ceiling) -> str:
    if limit.works_for and limit.works_against:
        return f'  "{limit.name}" works as a commitment for {joined(limit.works_for)}: tighter is better for it.'
    if limit.works_against:
        return f'  "{limit.name}" costs {joined(limit.works_against)}; it works for nobody.'
    if limit.works_for:
        return f'  A tighter "{limit.name}" gives {joined(limit.works_for)} more and nobody less.'
    return f'  "{limit.name}" matters only when it is looser.'
