"""The report on structures of talks: every way to seat the issues at tables, ranked; who gains and who loses by each.

Tested by reports of solved scenarios, and by reports made by hand: no fixed point, a cycle, a broken limit, a loser.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isinf
from typing import TYPE_CHECKING

from bargain.reports.digits import number, number_format
from bargain.reports.names import all_players, counted, joined
from bargain.reports.tables import Column, Item, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import Linkage, Structure
    from bargain.scenario.document import Document

__all__ = ["structure_name", "structure_sections"]

_SHOWN, _LAST = 12, 3
_TIE = 1e-9

_TITLES = {
    "partition": ("Partitions", "each table holds all other issues at their no-agreement levels"),
    "simultaneous": ("Simultaneous tables", "each takes the others' agreements as given (Nash-in-Nash)"),
    "myopic": ("Myopic sequences", "tables in this order; none looks ahead"),
    "anticipating": ("Anticipating sequences", "tables in this order; each foresees what follows"),
}


def structure_sections(document: Document, linkage: Linkage, digits: int | None) -> tuple[Section, ...]:
    """Return a section a kind of structure."""
    found = linkage.structures
    if found is None:
        return ()
    sections = []
    for kind, (title, remark) in _TITLES.items():
        structures = [each for each in found.all if each.kind == kind]
        if structures:
            sections.append(_section(document, linkage, structures, (title, remark), digits))
    if found.notes:
        sections.append(
            Section("Notes on structures", "", tuple(f"  {note}" for note in found.notes), "structure notes")
        )
    return tuple(sections)


def _section(
    document: Document,
    linkage: Linkage,
    structures: Sequence[Structure],
    words: tuple[str, str],
    digits: int | None,
) -> Section:
    title, remark = words
    count = len(structures)
    shown, cut = list(enumerate(structures, start=1)), ""
    if count > _SHOWN + _LAST:
        shown = [*shown[:_SHOWN], *shown[-_LAST:]]
        cut = f"; {count} solved, the first {_SHOWN} and the last {_LAST} are shown (--format csv lists all)"
    players = document.player_names
    solved = [each for each in structures if each.status == "solved"]
    values = [value for each in solved for value in (*each.gains, each.total)]
    spec = number_format(values, digits)
    rows: list[tuple[str, ...]] = []
    for rank, each in shown:
        if count > _SHOWN + _LAST and rank == count - _LAST + 1:
            rows.append(())
        cells = (
            [number(value, spec) for value in (*each.gains, each.total)]
            if each.status == "solved"
            else ["-"] * (len(players) + 1)
        )
        rows.append(
            (f"{rank}", structure_name(each, document), *cells, _product(each, spec), _remark(each, document, linkage))
        )
    headings = (
        Column("#"), Column("Tables", "left"), *column(*players, all_players(len(players))), Column("Product"),
        Column("Remark", "left", plain=True),
    )  # fmt: skip
    body: list[Item] = [Table(headings, tuple(rows)).without_empty(), *_against(linkage, structures)]
    return Section(title, f"{remark}{cut}", tuple(body), f"structures {words[0].lower()}")


def structure_name(structure: Structure, document: Document) -> str:
    """Return the tables as ``a + b | c``, or with arrows for a sequence."""
    between = " > " if structure.kind in ("myopic", "anticipating") else " | "
    if len(structure.tables) == 1:
        return "package"
    if all(len(table) == 1 for table in structure.tables) and structure.kind == "partition":
        return "issue by issue"
    largest = max(structure.tables, key=len)
    others = sum(len(table) for table in structure.tables) - len(largest)
    names = [
        "all others" if table is largest and len(largest) > 2 and 0 < others < len(largest) else " + ".join(table)
        for table in structure.tables
    ]
    return between.join(names)


def _product(each: Structure, spec: str) -> str:
    if each.status != "solved" or isinf(each.log_product):
        return "-"
    return number(exp(each.log_product), spec)


def _remark(each: Structure, document: Document, linkage: Linkage) -> str:
    players = document.player_names
    if each.status != "solved":
        return {"none": "no fixed point", "cycle": "cycles", "limit": "did not settle"}.get(each.status, each.status)
    if each.agreed == 0:
        return "no deal"
    remarks = [] if each.feasible else ["breaks a limit"]
    losers = each.losers(players)
    remarks += [f"{joined(losers)} lose{'s' if len(losers) == 1 else ''}"] if losers else []
    if len(each.fixed_points) > 1 or each.complete is False:
        known = "" if each.complete else "at least "
        remarks.append(f"{known}{counted(len(each.fixed_points), 'fixed point')}")
    gap = max(abs(a - b) for a, b in zip(each.gains, each.negotiated, strict=True))
    if gap > _TIE * max(map(abs, (*each.gains, *each.negotiated))) and each.kind == "partition":
        remarks.append("gains differ from those negotiated")
    return ", ".join(remarks)


def _against(linkage: Linkage, structures: Sequence[Structure]) -> list[str]:
    """Return for each player against how many structures the package is better and worse."""
    package = linkage.package.gains
    others = [each for each in structures if len(each.tables) > 1 and each.status == "solved"]
    if not others:
        return []
    lines = []
    for place, player in enumerate(linkage.players):
        size = max(abs(package[place]), *(abs(each.gains[place]) for each in others)) or 1.0
        better = sum(package[place] - each.gains[place] > _TIE * size for each in others)
        worse = sum(each.gains[place] - package[place] > _TIE * size for each in others)
        equal = len(others) - better - worse
        lines.append(
            f"{player} gains from the package against {better} of {len(others)}, loses against {worse}, "
            f"is as well off with {equal}."
        )
    return lines
