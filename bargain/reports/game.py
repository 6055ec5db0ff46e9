"""A scenario shown before it is solved: players, levers, payoffs as equations, limits, parameters with their sources.

It reads a checked document only, so that it needs no numerical library.  Tested by a document made by hand: nothing
that the file says is left out.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from bargain.reports.digits import level, number, number_format
from bargain.reports.latex import escape_latex, latex_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.names import counted, level_format, lever_label, title
from bargain.reports.tables import Column, Formula, Section, Table, column
from bargain.reports.text import text_sections
from bargain.scenario.expression import Expression, Sum, names
from bargain.scenario.notation import latex, symbol

if TYPE_CHECKING:
    from bargain.scenario.document import Document, Level, Lever, Parameter, PayoffEntry

__all__ = ["GAME_FORMATS", "game_sections", "links", "render_game"]

GAME_FORMATS = ("text", "latex", "md")

_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}
_SHOWN_LEVELS = 8


def render_game(document: Document, format: str = "text", digits: int | None = None) -> str:
    """Return a scenario as equations and tables.

    Parameters
    ----------
    document : Document
        The checked scenario.
    format : {"text", "latex", "md"}
        How it is set.
    digits : int, optional
        Significant digits of levels and parameters.
    """
    return _WRITERS[format](game_sections(document, digits))


def game_sections(document: Document, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of a scenario: who, what, payoffs, limits, numbers and sources."""
    sections = (
        _header(document),
        _players(document),
        _levers(document, digits),
        _payoffs(document),
        _links(document),
        _limits(document),
        _parameters(document, digits),
        Section("Sources", "", tuple(f"  {source}" for source in document.sources), "sources"),
    )
    return tuple(section for section in sections if section.body)


def _header(document: Document) -> Section:
    size = ", ".join(
        (
            counted(len(document.players), "player"),
            counted(len(document.issues), "issue"),
            counted(len(document.levers), "lever"),
            *([counted(len(document.constraints), "limit")] if document.constraints else []),
        )
    )
    unit = f" Payoffs in {document.units}." if document.units else ""
    about = [" ".join(document.description.split())] if document.description.strip() else []
    return Section("", body=(title(document), f"{size}.{unit}", *about), key="scenario")


def _players(document: Document) -> Section:
    rows = tuple(
        (player.name, player.label if player.label != player.name else "", f"{weight:.4g}")
        for player, weight in zip(document.players, document.weights, strict=True)
    )
    table = Table((Column("Player", "left"), Column("Name", "left"), *column("Power")), rows)
    return Section("Players", f"without agreement: {_disagreement(document)}", (table.without_empty(),), "players")


def _disagreement(document: Document) -> str:
    kind = document.disagreement.kind
    if kind == "nash":
        return f"an equilibrium of the no-agreement game ({document.disagreement.select})"
    phrases = {
        "status_quo": "the status quo",
        "fixed": "the payoffs given",
        "minmax": "the security levels",
        "threats": "optimal threats (Nash 1953)",
    }
    return phrases.get(kind, kind)


def _levers(document: Document, digits: int | None) -> Section:
    rows = tuple(
        (
            lever.name,
            lever.set_by or "by agreement",
            level(lever.status_quo, _spec(lever, digits)),
            _range(lever, digits),
            lever.unit,
            "" if lever_label(lever) == lever.name else lever_label(lever),
        )
        for lever in document.levers
    )
    headings = (Column("Lever", "left"), Column("Set by", "left"), *column("Status quo"), Column("Levels", "left"))
    table = Table((*headings, Column("Unit", "left"), Column("Label", "left", plain=True)), rows)
    return Section("Levers", "who moves them when there is no agreement", (table.without_empty(),), "levers")


def _spec(lever: Lever, digits: int | None) -> str:
    return level_format(lever, [lever.lower, lever.upper, lever.status_quo], digits)


def _range(lever: Lever, digits: int | None) -> str:
    spec = _spec(lever, digits)
    if lever.levels is None:
        return f"{number(lever.lower, spec)} to {number(lever.upper, spec)}"
    shown = [level(value, spec if digits else "r") for value in lever.levels]
    if len(shown) > _SHOWN_LEVELS:
        return f"{shown[0]}, {shown[1]}, ... {shown[-1]} ({len(shown)} levels)"
    return ", ".join(shown)


def _payoffs(document: Document) -> Section:
    body = [
        Formula(f"{each.name} = ", each.source, (symbol(each.name), f"= {latex(each.expression)}"))
        for each in document.definitions
    ]
    for player in document.players:
        body += [_payoff(entry, document) for entry in document.payoffs if entry.player == player.name]
    subtitle = "each player's payoff is the sum of its lines"
    return Section("Payoffs", f"{subtitle}, {document.units}" if document.units else subtitle, tuple(body), "payoffs")


def _payoff(entry: PayoffEntry, document: Document) -> Formula:
    left = f"{entry.player}.{entry.heading} = "
    sign = f"u_{{{symbol(entry.player)}}}^{{{symbol(entry.heading)}}}"
    if entry.expression is not None:
        return Formula(left, entry.source, (sign, f"= {latex(entry.expression)}"))
    return Formula(left, entry.source, (sign, f"= {_table_latex(entry, document)}"))


def _table_latex(entry: PayoffEntry, document: Document) -> str:
    """Return a table as cases, one a combination of levels."""
    assert entry.table is not None
    values = [number(value, "r") for value in entry.table.values]
    levers = [lever for name in entry.table.levers for lever in document.levers if lever.name == name]
    if any(lever.levels is None for lever in levers):
        over = r" \times ".join(symbol(lever.name) for lever in levers)
        return rf"\left[{', '.join(values)}\right] \text{{ over }} {over}"
    shown = [
        [rf"{symbol(lever.name)} = \text{{{_level_latex(each)}}}" for each in lever.levels or ()] for lever in levers
    ]
    rows = [
        rf"{value} & \text{{if }} {', '.join(condition)}"
        for value, condition in zip(values, product(*shown), strict=True)
    ]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _level_latex(value: Level) -> str:
    return escape_latex(level(value, "r"))


def links(document: Document) -> tuple[tuple[str, str, str, str], ...]:
    """Return (issue, issue, player, formula part) for every part of a payoff that reads levers of two issues.

    These are what makes the issues *linked*: a part that reads one issue only says nothing about any other.
    """
    home = {lever.name: lever.issue for lever in document.levers}
    inside = {definition.name: _issues_of(definition.expression, home) for definition in document.definitions}
    for definition in document.definitions:
        for name in names(definition.expression):
            inside[definition.name] |= inside.get(name.name, set())
    order = [issue.name for issue in document.issues]
    found: dict[tuple[str, str, str, str], None] = {}
    for entry in document.payoffs:
        for part in _parts(entry):
            read = _issues_of(part, home).union(*(inside.get(name.name, set()) for name in names(part)))
            shown = entry.source[part.start : part.end] or entry.source
            for first, second in combinations(sorted(read, key=order.index), 2):
                found[first, second, entry.player, shown] = None
        tied = {home[name] for name in entry.table.levers} if entry.table is not None else set()
        for first, second in combinations(sorted(tied, key=order.index), 2):
            found[first, second, entry.player, "table"] = None
    return tuple(found)


def _issues_of(expression: Expression, home: dict[str, str]) -> set[str]:
    return {home[name.name] for name in names(expression) if name.name in home}


def _parts(entry: PayoffEntry) -> tuple[Expression, ...]:
    if entry.expression is None:
        return ()
    return entry.expression.items if isinstance(entry.expression, Sum) else (entry.expression,)


def _links(document: Document) -> Section:
    lines = [f"  {first} - {second}: {player}, {part}" for first, second, player, part in links(document)]
    if len(document.issues) > 1 and not lines:
        lines = ["  No payoff reads two issues: the payoffs are separable, and only trades across issues link them."]
    return Section("Links", "payoff terms that tie issues together", tuple(lines), "links")


def _limits(document: Document) -> Section:
    body: list[Formula | str] = []
    for limit in document.constraints:
        name = escape_latex(limit.name)
        body.append(
            Formula(f"{limit.name}: ", limit.source, (rf"\text{{{name}:}}", rf"\quad {latex(limit.expression)}"))
        )
        body += [f"    {limit.reason}"] if limit.reason else []
    return Section("Limits", "what a deal must keep to", tuple(body), "limits")


def _parameters(document: Document, digits: int | None) -> Section:
    rows = tuple(_parameter(parameter, digits) for parameter in document.parameters)
    headings = (Column("Parameter", "left"), *column("Value", "Range"))
    table = Table(
        (*headings, Column("Unit", "left"), Column("Meaning", "left", plain=True), Column("Source", "left")), rows
    )
    return Section("Parameters", "", (table.without_empty(),) if rows else (), "parameters")


def _parameter(parameter: Parameter, digits: int | None) -> tuple[str, ...]:
    spec = "r" if digits is None else number_format([parameter.value], digits)
    known = parameter.lower is not None and parameter.upper is not None
    span = f"{number(parameter.lower or 0, spec)} to {number(parameter.upper or 0, spec)}" if known else ""
    return (parameter.name, number(parameter.value, spec), span, parameter.unit, parameter.label, parameter.source)
