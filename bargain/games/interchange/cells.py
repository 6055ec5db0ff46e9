"""The cells of a CSV file with their places: commas, semicolons or tabs, quotes as in RFC 4180, all line ends.

The separator is the one of the three that the first row has most of.  Blanks around a cell without quotes are no part
of it.  Tested against Python's csv module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from bargain.games.interchange.troubles import GameText

__all__ = ["MAX_CELLS", "Cell", "csv_line", "rows_of"]

MAX_CELLS = 2_000_000

_QUOTED = re.compile(r'[ \t]*"([^"]*+(?:""[^"]*+)*+)"[ \t]*')
_SEPARATORS = (";", "\t", ",")
_OUTSIDE = re.compile(r'"[^"]*"?')


class Cell(NamedTuple):
    """What a cell says, and the characters of the file that it takes."""

    text: str
    start: int
    end: int


def rows_of(source: GameText) -> list[list[Cell]]:
    """Return the rows of a CSV file; an empty line is a row without cells.

    Raises
    ------
    GameFileError
        A quote has no end, or something follows it.

    Examples
    --------
    >>> [[cell.text for cell in row] for row in rows_of(GameText('a;"b;c"\\n1; 2 \\n'))]
    [['a', 'b;c'], ['1', '2']]
    """
    text = source.text
    separator = _separator(text)
    plain = re.compile(rf"[^{re.escape(separator)}\n]*+")
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    place = 0
    if (count := text.count(separator) + text.count("\n")) > MAX_CELLS:
        source.fail_whole("BG004", f"the table has more than {MAX_CELLS:,} cells ({count:,})")
    while place < len(text) or row:
        if not row and text.find('"', place, end := _line_end(text, place)) < 0:
            rows.append(_plain_row(text[place:end], separator, place))
            place = end + 1
            continue
        quoted = _QUOTED.match(text, place)
        found = quoted or plain.match(text, place)
        assert found is not None
        body = found[1].replace('""', '"') if quoted else found[0].strip()
        cell = Cell(body, *found.span())
        if not quoted and body.startswith('"'):
            source.fail("BG020", 'a quote `"` has no end', place, place + 1)
        place = found.end()
        if text[place : place + 1] == separator:
            row.append(cell)
            place += 1
            continue
        if place < len(text) and text[place] != "\n":
            source.fail(
                "BG020", "something follows the closing quote", place, place + 1, f"`{separator}` or a new line"
            )
        rows.append([*row, cell] if row or body or quoted else [])
        row, place = [], place + 1
    return rows


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _plain_row(line: str, separator: str, place: int) -> list[Cell]:
    """Return the cells of a line without quotes."""
    if not line.strip(" \t" if separator != "\t" else " "):
        return []
    row = []
    for word in line.split(separator):
        row.append(Cell(word.strip(), place, place + len(word)))
        place += len(word) + 1
    return row


def _separator(text: str) -> str:
    first = next((line for line in text.split("\n", 50) if line.strip()), "")
    bare = _OUTSIDE.sub("", first[:100_000])
    return max(_SEPARATORS, key=lambda each: (bare.count(each), each == ","))


def csv_line(cells: Iterable[str]) -> str:
    """Return cells as one line, in quotes where they need them."""
    return ",".join(_written(cell) for cell in cells) + "\n"


def _written(cell: str) -> str:
    if cell and cell == cell.strip() and not re.search(r'[",;\t\n]', cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'
