"""Plain text for the terminal: ASCII rules and bars, aligned by display width, nothing ever cut.

Japanese and other wide characters take two columns (Unicode Standard Annex 11).  Tables that are too wide for the page
are stacked, long labels are wrapped.  Tested by a golden page and by properties: every cell survives, lines align.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from bargain.reports.tables import Formula, Section, Table, blocks

__all__ = ["PAGE", "display_width", "pad", "text_sections", "text_table", "wrapped"]

PAGE = 80
"""Columns of a page; a table is stacked when it needs more."""

_LABEL = 36
_GAP = "  "


def display_width(text: str) -> int:
    """Return how many terminal columns ``text`` takes.

    Examples
    --------
    >>> display_width("tariff"), display_width("関税")
    (6, 4)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, width: int, align: str = "left") -> str:
    """Return ``text`` filled with spaces to ``width`` terminal columns."""
    space = " " * max(0, width - display_width(text))
    return space + text if align == "right" else text + space


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns, broken between words, later lines indented.

    A word that is wider than a line is broken between characters only when it holds wide ones (Japanese is written
    without spaces); a long number or path stays whole.
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(text, width - len(indent)):
        candidate = f"{line}{word}"
        if line.strip() and display_width(candidate.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent + word.lstrip()
        else:
            line = candidate
    return [*lines, line.rstrip()]


def _pieces(text: str, width: int) -> list[str]:
    """Return words with the space after them; over-long words of wide characters one character at a time."""
    pieces: list[str] = []
    for word in text.split(" "):
        spaced = f"{word} "
        if display_width(word) > width and not word.isascii():
            pieces += [*spaced]
        else:
            pieces.append(spaced)
    return pieces


def text_sections(sections: Sequence[Section], page: int = PAGE) -> str:
    """Return the sections as one page of text that ends with a newline."""
    parts = ["\n".join(_section(section, page)) for section in sections if section]
    return "\n\n".join(parts) + "\n"


def _section(section: Section, page: int) -> list[str]:
    lines: list[str] = []
    if section.title:
        heading = section.title.upper() if section.body or section.subtitle else section.title
        lines += wrapped(f"{heading}{_GAP if section.subtitle else ''}{section.subtitle}", page, _GAP)
    for number, item in enumerate(section.body):
        if isinstance(item, Table):
            lines += [""] if lines else []
            lines += text_table(item, page)
            lines += [""] if number + 1 < len(section.body) and isinstance(section.body[number + 1], str) else []
        elif isinstance(item, Formula):
            lines += wrapped(f"{_GAP}{item.left}{item.source}", page, " " * 6)
        else:
            # A command that is to be pasted stays on one line.
            lines += [item] if item.startswith("Next: ") else wrapped(item, page, _indent_of(item, section))
    return lines


def _indent_of(line: str, section: Section | None = None) -> str:
    """Return the indent of a wrapped line's continuation: two columns more than the line's own, none in a preface."""
    return "" if section is not None and not section.title else " " * (len(line) - len(line.lstrip(" ")) + 2)


def text_table(table: Table, page: int = PAGE) -> list[str]:
    """Return a table as lines.

    When it is wider than the page, its last columns of words are set under each row; then it is stacked.
    """
    kept = len(table.columns)
    while kept > 2 and table.columns[kept - 1].align == "left" and not _fits(table.only(range(kept)), page):
        kept -= 1
    if kept < len(table.columns) and _fits(table.only(range(kept)), page):
        return _block(table.only(range(kept)), [_details(table, row, kept, page) for row in table.rows])
    lines: list[str] = []
    for block in blocks(table, lambda piece: _fits(piece, page)):
        lines += ([""] if lines else []) + _block(block)
    return lines


def _fits(table: Table, page: int) -> bool:
    return _total(_widths(table)) + len(_GAP) <= page


def _details(table: Table, row: Sequence[str], kept: int, page: int) -> list[str]:
    """Return what is set under a row, with the heading of its column where the text does not speak for itself."""
    lines: list[str] = []
    for k in range(kept, len(row)):
        if row[k]:
            text = row[k] if table.columns[k].plain else f"{table.columns[k].heading}: {row[k]}"
            lines += wrapped(f"{_GAP * 3}{text}", page, _GAP * 4)
    return lines


def _widths(table: Table) -> list[int]:
    widths = []
    for k, column in enumerate(table.columns):
        cells = [column.heading, *(row[k] for row in table.rows if row)]
        lines = [line for cell in cells for line in (_label(cell) if column.align == "left" else [cell])]
        widths.append(max(display_width(line) for line in lines))
    return widths


def _label(cell: str) -> list[str]:
    """Return a cell of text in lines; only labels and names are wrapped, never numbers."""
    return [cell] if display_width(cell) <= _LABEL else wrapped(cell, _LABEL, _indent_of(cell))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _block(table: Table, details: Sequence[Sequence[str]] = ()) -> list[str]:
    widths = _widths(table)
    ruled = [width for width, column in zip(widths, table.columns, strict=True) if column.align in ("left", "right")]
    lines = [_line([column.heading for column in table.columns], table, widths)] if _has_headings(table) else []
    lines.append(_GAP + "-" * _total(ruled))
    for number, row in enumerate(table.rows):
        if not row:
            lines.append("")
            continue
        cells = [
            _label(cell) if column.align == "left" else [cell] for cell, column in zip(row, table.columns, strict=True)
        ]
        lines += [_line(line, table, widths) for line in zip_longest(*cells, fillvalue="")]
        lines += details[number] if details else ()
    return lines


def _has_headings(table: Table) -> bool:
    return any(column.heading for column in table.columns)


def _line(cells: Sequence[str], table: Table, widths: Sequence[int]) -> str:
    padded = [
        pad(cell, width, "right" if column.align == "right" else "left")
        for cell, width, column in zip(cells, widths, table.columns, strict=True)
    ]
    return (_GAP + _GAP.join(padded)).rstrip()
