"""Two results side by side: what changed in the inputs, the deal, the gains, the value of linkage.

Works on results as plain data (``bargain-result-1``), so that a stored result and a fresh one compare alike.  The
comparison itself is plain data too, ``"schema": "bargain-comparison-1"``: ``first`` and ``second`` (``id``, ``title``,
``status``, ``rule``, ``digest``), ``inputs`` ``[{"path", "first", "second"}, ...]`` (every entry that differs), and the
tables ``terms``, ``payoffs``, ``gains``, ``linkage``, ``attribution``, each ``[{"item", "unit", "first", "second",
"difference"}, ...]`` with null where a side has no such number.  Tested by results compared with themselves, and with
one number changed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bargain.reports.csv import harmless
from bargain.reports.digits import number, number_format
from bargain.reports.json import dumps, plain
from bargain.reports.latex import latex_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.tables import Column, Section, Table, column
from bargain.reports.text import text_sections

__all__ = ["COMPARISON_SCHEMA", "comparison", "render_comparison"]

COMPARISON_SCHEMA = "bargain-comparison-1"

Tree = Mapping[str, Any]

_TABLES = {
    "terms": "Terms",
    "payoffs": "Payoffs",
    "gains": "Gains",
    "linkage": "Value of linkage",
    "attribution": "Attribution",
}
_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}
_ABSENT = "-"
_SHOWN = 20
_WORDS = re.compile(r"^(scenario|expect)\b|\.(label|source|sources|description|why|name)$")
"""Entries that say what something is called, and not what it is."""


def comparison(first: Tree, second: Tree) -> dict[str, Any]:
    """Return the comparison of two results.

    Parameters
    ----------
    first, second : mapping
        Results with ``"schema": "bargain-result-1"``.
    """
    sides = [plain(first), plain(second)]
    return {
        "schema": COMPARISON_SCHEMA,
        **{name: _head(side) for name, side in zip(("first", "second"), sides, strict=True)},
        "inputs": list(_changed(*(dict(_flat(side["inputs"])) for side in sides))),
        "terms": _rows(*map(_terms, sides)),
        **{name: _rows(*(_numbers(side.get(name), _unit(side)) for side in sides)) for name in ("payoffs", "gains")},
        "linkage": _rows(*(_numbers((side.get("linkage") or {}).get("value"), _unit(side)) for side in sides)),
        "attribution": _rows(
            *(_numbers((side.get("linkage") or {}).get("attribution"), _unit(side)) for side in sides)
        ),
    }


def _head(side: Tree) -> dict[str, Any]:
    scenario = side["scenario"]
    return {
        "id": scenario["id"],
        "title": scenario["title"],
        "status": side.get("status"),
        "rule": side.get("rule"),
        "digest": scenario["digest"],
    }


def _unit(side: Tree) -> str:
    return str(side["scenario"]["units"])


def _flat(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, tree


def _changed(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in dict.fromkeys((*first, *second)):
        if first.get(path) != second.get(path):
            yield {"path": path, "first": first.get(path), "second": second.get(path)}


def _terms(side: Tree) -> dict[str, tuple[Any, str]]:
    terms = side.get("terms") or {}
    found = {}
    for issue, levers in terms.items():
        declared = side["inputs"].get("issues", {}).get(issue, {})
        for lever, value in levers.items():
            entry = declared.get("levers", {}).get(lever, declared)
            found[lever] = value, str(entry.get("unit", ""))
    return found


def _numbers(values: Tree | None, unit: str) -> dict[str, tuple[Any, str]]:
    return {name: (value, unit) for name, value in (values or {}).items()}


def _rows(first: Mapping[str, tuple[Any, str]], second: Mapping[str, tuple[Any, str]]) -> list[dict[str, Any]]:
    found = []
    for item in dict.fromkeys((*first, *second)):
        (one, unit), (other, unit_too) = first.get(item, (None, "")), second.get(item, (None, ""))
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
        if item in first and item in second and unit != unit_too:
            # Numbers in two units have no difference.
            unit, numbers = f"{unit or _ABSENT} / {unit_too or _ABSENT}", False
        difference = other - one if numbers else None
        found.append({"item": item, "unit": unit or unit_too, "first": one, "second": other, "difference": difference})
    return found


def render_comparison(compared: Tree, format: str = "text", digits: int | None = None) -> str:
    """Return a comparison as text that ends with a newline.

    Parameters
    ----------
    compared : mapping
        What :func:`comparison` returned.
    format : {"text", "json", "csv", "latex", "md"}
    digits : int, optional
        Significant digits in the formats for people.
    """
    if format == "json":
        return dumps(compared)
    if format == "csv":
        return _csv(compared)
    return _WRITERS[format](_sections(compared, digits))


def _csv(compared: Tree) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("table", "item", "unit", "first", "second", "difference"))
    for each in compared["inputs"]:
        writer.writerow(tuple(map(harmless, ("inputs", each["path"], "", each["first"], each["second"], ""))))
    for name in _TABLES:
        for row in compared[name]:
            cells = (name, *(row[key] for key in ("item", "unit", "first", "second", "difference")))
            writer.writerow(tuple("" if cell is None else harmless(cell) for cell in cells))
    return stream.getvalue()


def _sections(compared: Tree, digits: int | None) -> tuple[Section, ...]:
    first, second = compared["first"], compared["second"]
    lines = tuple(
        f"{name}: {side['title']} ({side['rule'] or 'no rule'}, {side['status'] or 'not solved'})"
        for name, side in (("First", first), ("Second", second))
    )
    sections = [Section("", body=lines, key="scenario"), Section("Inputs", "what differs", _inputs(compared), "inputs")]
    for name, title in _TABLES.items():
        if compared[name]:
            sections.append(Section(title, "", (_table(compared[name], name == "terms", digits),), name))
    return tuple(sections)


def _inputs(compared: Tree) -> tuple[str, ...]:
    """Return the entries that differ, without names and sources, as lines."""
    changed = [each for each in compared["inputs"] if not _WORDS.search(each["path"])]
    lines = [f"  {each['path']}: {_text(each['first'])} -> {_text(each['second'])}" for each in changed[:_SHOWN]]
    rest = len(compared["inputs"]) - len(lines)
    if rest:
        lines.append(f"  {rest} more entries differ (--format csv lists all).")
    return tuple(lines) or ("  The two have the same inputs.",)


def _table(rows: Sequence[Tree], each_alone: bool, digits: int | None) -> Table:
    """Return a table; terms have a format of their own each, since their units differ."""

    def spec(shown: Sequence[Tree]) -> str:
        values = [row[key] for row in shown for key in ("first", "second", "difference")]
        return number_format([value for value in values if isinstance(value, int | float)], digits)

    common = spec(rows)
    cells = []
    for row in rows:
        own = spec([row]) if each_alone else common
        shown = [_text(row[key], own) for key in ("first", "second")]
        change = "" if row["difference"] is None else number(row["difference"], own, signed=True)
        if row["difference"] is None and row["first"] != row["second"]:
            change = "changed"
        cells.append((row["item"], row["unit"], *shown, change))
    headings = (Column("", "left"), Column("Unit", "left"), *column("First", "Second", "Difference"))
    return Table(headings, tuple(cells)).without_empty()


def _text(value: Any, spec: str = "r") -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value, spec)
    return str(value)
