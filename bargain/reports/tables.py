"""What a report consists of before it is set in text, Markdown or LaTeX: sections with tables and lines.

The builders (:mod:`bargain.reports.agreement`, :mod:`bargain.reports.linkage`, :mod:`bargain.reports.equilibria`)
turn results into these records; the writers set them.  All cells are text already, so that no writer can lose a digit.
Tested through the writers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "Formula", "Item", "Section", "Table", "blocks", "column"]

Align = Literal["left", "right", "note", "bar"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and how it is set: ``note`` has no heading, ``bar`` is drawn in plain text only.

    The texts of a ``plain`` column need no heading when they stand under their row.
    """

    heading: str
    align: Align = "right"
    plain: bool = False


def _flat(cell: str) -> str:
    """Return a cell on one line."""
    return " ".join(cell.splitlines())


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text; an empty row separates groups, and short rows are filled up with empty cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        width = len(self.columns)
        rows = tuple((*map(_flat, row), *[""] * (width - len(row))) if row else () for row in self.rows)
        object.__setattr__(self, "rows", rows)

    def without_bars(self) -> Table:
        """Return the table without its drawn columns and without columns that are empty throughout."""
        kept = [
            k
            for k, column in enumerate(self.columns)
            if column.align != "bar" and (column.heading or any(row and row[k] for row in self.rows))
        ]
        return self.only(kept)

    def without_empty(self) -> Table:
        """Return the table without columns in which nothing is written; the first always stays."""
        return self.only([k for k in range(len(self.columns)) if k == 0 or any(row and row[k] for row in self.rows)])

    def only(self, kept: Sequence[int]) -> Table:
        """Return the table with the columns ``kept``."""
        rows = tuple(tuple(row[k] for k in kept) if row else () for row in self.rows)
        return Table(tuple(self.columns[k] for k in kept), rows)


@dataclass(frozen=True, slots=True)
class Formula:
    """A line of mathematics: ``left`` and ``source`` as the user wrote them; ``latex`` in two halves that align."""

    left: str
    source: str
    latex: tuple[str, str]


Item = Table | Formula | str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it, in order; ``key`` tells the writers what kind of section it is."""

    title: str
    subtitle: str = ""
    body: tuple[Item, ...] = ()
    key: str = ""

    def __bool__(self) -> bool:
        return bool(self.title or self.body)


def column(*headings: str) -> tuple[Column, ...]:
    """Return right-aligned columns with these headings."""
    return tuple(Column(heading) for heading in headings)


def blocks(table: Table, fits: Callable[[Table], bool]) -> tuple[Table, ...]:
    """Cut a table that is too wide into blocks, each with the first column repeated.

    Parameters
    ----------
    table : Table
        The table to cut; bars and notes stay with the last block.
    fits : callable
        Whether a block is narrow enough; a block with a single column of numbers is always taken.
    """
    pieces: list[Table] = []
    current = [0]
    for k in range(1, len(table.columns)):
        movable = table.columns[k].align in ("left", "right")
        if movable and len(current) > 1 and not fits(table.only([*current, k])):
            pieces.append(table.only(current))
            current = [0]
        current.append(k)
    pieces.append(table.only(current))
    return tuple(pieces)
