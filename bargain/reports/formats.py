"""A report on a scenario as text, in any format: one table of builders and one of writers.

Tested through the formats.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bargain.reports.agreement import solve_sections
from bargain.reports.csv import csv_table
from bargain.reports.enforcement import enforcement_sections
from bargain.reports.equilibria import equilibria_sections
from bargain.reports.json import dumps, result_tree
from bargain.reports.latex import latex_sections
from bargain.reports.linkage import linkage_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.text import text_sections
from bargain.reports.timing import deadline_sections, offers_sections

if TYPE_CHECKING:
    from bargain.results import Report

__all__ = ["COMMANDS", "FORMATS", "render"]

FORMATS = ("text", "json", "csv", "latex", "md")

COMMANDS = {
    "solve": solve_sections,
    "linkage": linkage_sections,
    "equilibria": equilibria_sections,
    "enforce": enforcement_sections,
    "deadline": deadline_sections,
    "offers": offers_sections,
}

_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}


def render(report: Report, format: str = "text", command: str = "solve", digits: int | None = None) -> str:
    """Return a report as text that ends with a newline.

    Parameters
    ----------
    report : Report
        What :func:`bargain.run` returned.
    format : {"text", "json", "csv", "latex", "md"}
        ``json`` and ``csv`` keep every digit and are described in :mod:`bargain.reports.json` and
        :mod:`bargain.reports.csv`; the others are for people.
    command : {"solve", "linkage", "equilibria", "enforce", "deadline", "offers"}
        Which question the report answers.
    digits : int, optional
        Significant digits in the formats for people; 17 prints every digit.

    Raises
    ------
    ValueError
        The format or the command is not known.
    """
    _known("format", format, FORMATS)
    _known("command", command, COMMANDS)
    if format == "json":
        return dumps(result_tree(report, command))
    if format == "csv":
        return csv_table(report, command)
    return _WRITERS[format](COMMANDS[command](report, digits))


def _known(kind: str, name: str, names: Iterable[str]) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(names)}{hint}")
