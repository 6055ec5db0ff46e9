r"""Payoff tables in CSV: matrices of two players, and long tables of any number of players.

Three layouts are read.  A *matrix* has the second player's actions in its first row, the first player's in its first
column, and in every cell both payoffs: ``"3, 2"``.  *Two blocks* are two such tables, one for each player's payoffs,
with an empty line between.  A *long table* has one row for every profile, and in its first row ``NAME_action`` for
every player and then ``payoff1``, ``payoff2`` ... or ``NAME_payoff``.  The corner of a matrix may name the players:
``Row \ Column``.  Decimals have a point, never a comma.  Tested by round trips, and with the layouts of spreadsheets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from bargain.games.interchange.cells import Cell, csv_line, rows_of
from bargain.games.interchange.rationals import Exact, exact_number, written
from bargain.games.interchange.records import GameFile, check_size, exact_game
from bargain.games.interchange.tokens import MAX_NAME
from bargain.games.interchange.troubles import GameText, quoted
from bargain.games.normal_form import NormalFormGame

__all__ = ["csv_text", "read_csv"]

_BETWEEN = re.compile(" ?[,;|] ?| ")
_BAR = " \\ "
_HEADING = re.compile(r"payoff[ _]?([0-9]+)|(.+)_payoff", re.DOTALL)

Block = list[list[Cell]]


def read_csv(source: GameText) -> GameFile:
    r"""Read a game from a CSV file in any of the layouts above.

    Parameters
    ----------
    source : GameText
        The text of the file.

    Raises
    ------
    GameFileError
        The text is no such table; with the place.
    LimitError
        The game would need more memory than allowed.

    Examples
    --------
    >>> file = read_csv(GameText("A \\ B,left,right\nup,\"3, 2\",\"0, 0\"\ndown,\"1/3, 0\",\"1, 1\"\n"))
    >>> file.game, file.game.exact[0, 1, 0]
    (NormalFormGame(A, B; 2 x 2 actions), Fraction(1, 3))
    """
    blocks = _blocks(rows_of(source))
    if not blocks:
        source.fail_whole("BG002", "this file is empty")
    heading = blocks[0][0]
    if len(blocks) == 1 and len(heading) > 1 and heading[0].text.endswith("_action"):
        game = _long_table(source, blocks[0])
    elif len(blocks) == 1:
        game = _matrix(source, blocks[0])
    elif len(blocks) == 2:
        game = _two_blocks(source, blocks)
    else:
        extra = blocks[2][0][0]
        source.fail("BG022", "a third table; a game has one, or one for each of two players", extra.start, extra.end)
    return GameFile(game, format="csv", file=source.file)


def _blocks(rows: Block) -> list[Block]:
    """Return the tables between empty lines; a line of empty cells is empty too, as spreadsheets write it."""
    found: list[Block] = [[]]
    for row in rows:
        if any(cell.text for cell in row):
            found[-1].append(row)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def _labels(source: GameText, cells: Sequence[Cell], what: str) -> tuple[str, ...]:
    """Return names that are there, are short, and differ."""
    seen: set[str] = set()
    for cell in cells:
        if not cell.text or len(cell.text) > MAX_NAME:
            trouble = f"{what} has no name" if not cell.text else f"the name of {what} is longer than {MAX_NAME}"
            source.fail("BG022", trouble, cell.start, max(cell.end, cell.start + 1))
        if cell.text in seen:
            source.fail("BG022", f"{what} is called {quoted(cell.text)}, and so is another", cell.start, cell.end)
        seen.add(cell.text)
    return tuple(cell.text for cell in cells)


def _frame(source: GameText, block: Block) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of rows and columns of a matrix, and check that no cell is missing."""
    heading, *rows = block
    if len(heading) < 2 or not rows:
        hint = "the first row holds the second player's actions, the first column the first player's"
        source.fail("BG020", "this is not a table of payoffs", heading[0].start, heading[-1].end, hint)
    columns = _labels(source, heading[1:], "a column")
    for row in rows:
        if len(row) != len(heading):
            message = f"this row has {len(row) - 1} cells of payoffs; the first row names {len(columns)} columns"
            hint = 'both payoffs of a cell stand in quotes: "3, 2"' if len(row) > len(heading) else ""
            source.fail("BG022", message, row[0].start, row[-1].end, hint)
    return _labels(source, [row[0] for row in rows], "a row"), columns


def _players(source: GameText, corner: Cell) -> tuple[str, str]:
    players = _in_corner(corner.text)
    if players[0] == players[1]:
        source.fail("BG022", f"both players are called {quoted(players[0])}", corner.start, corner.end)
    return players


def _in_corner(corner: str) -> tuple[str, str]:
    """Return the names of the two players that the corner of a matrix gives, or their numbers."""
    first, _, second = corner.rpartition(_BAR)
    return (first, second) if first and second else ("1", "2")


def _matrix(source: GameText, block: Block) -> NormalFormGame:
    labels = _frame(source, block)
    check_size(2, tuple(map(len, labels)))
    pairs = [[_numbers(source, cell, 2) for cell in row[1:]] for row in block[1:]]
    return _game(source, _players(source, block[0][0]), labels, np.moveaxis(_objects(pairs), -1, 0))


def _two_blocks(source: GameText, blocks: list[Block]) -> NormalFormGame:
    first, second = (_frame(source, block) for block in blocks)
    if first != second:
        place = blocks[1][0]
        message = "the two tables name different actions"
        source.fail("BG022", message, place[0].start, place[-1].end, "both need the same rows and columns")
    check_size(2, tuple(map(len, first)))
    tables = [[[_numbers(source, cell, 1)[0] for cell in row[1:]] for row in block[1:]] for block in blocks]
    return _game(source, _players(source, blocks[0][0][0]), first, _objects(tables))


def _numbers(source: GameText, cell: Cell, count: int) -> list[Exact]:
    """Return the numbers in a cell."""
    body = cell.text
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1].strip()
    words = _BETWEEN.split(" ".join(body.split())) if body else []
    if len(words) != count:
        message = f"the cell {quoted(cell.text)} holds {len(words)} numbers, not {count}"
        hint = 'write both payoffs, such as "3, 2", or one table for each player with an empty line between'
        source.fail("BG022", message, cell.start, max(cell.end, cell.start + 1), hint)
    try:
        return [exact_number(word) for word in words]
    except ValueError as trouble:
        hint = "write numbers such as 3, -0.25 or 2/3, with a decimal point"
        source.fail("BG021", str(trouble), cell.start, cell.end, hint)


def _objects(values: Any) -> Any:
    """Return nested lists of exact numbers as an array, of integers where all fit."""
    table = np.array(values, dtype=object)
    small = all(isinstance(value, int) and abs(value) < 2**53 for value in table.ravel().tolist())
    return table.astype(np.int64) if small else table


def _game(source: GameText, players: Sequence[str], actions: Sequence[Sequence[str]], payoffs: Any) -> NormalFormGame:
    return exact_game(source, players, actions, payoffs)


def _long_table(source: GameText, block: Block) -> NormalFormGame:
    heading, *rows = block
    players = _long_heading(source, heading)
    count = len(players)
    places: list[dict[str, int]] = [{} for _ in players]
    entries: dict[tuple[int, ...], list[Exact]] = {}
    for row in rows:
        if len(row) != 2 * count:
            message = f"this row has {len(row)} cells; the first row has {2 * count}"
            source.fail("BG022", message, row[0].start, row[-1].end)
        for known, cell in zip(places, row, strict=False):
            if cell.text not in known:
                _labels(source, [cell], "an action")
        profile = tuple(
            known.setdefault(cell.text, len(known)) for known, cell in zip(places, row[:count], strict=True)
        )
        if profile in entries:
            source.fail("BG022", "the payoffs of these actions are given before", row[0].start, row[count - 1].end)
        entries[profile] = [_numbers(source, cell, 1)[0] for cell in row[count:]]
    sizes = tuple(map(len, places))
    if len(entries) < prod(sizes) or not entries:
        missing = next((profile for profile in product(*map(range, sizes)) if profile not in entries), ())
        names = ", ".join(quoted(list(known)[a]) for known, a in zip(places, missing, strict=False))
        what = f"the payoffs of {names} are missing" if names else "there is no row of payoffs"
        source.fail_whole("BG022", what, "give one row for every combination of actions")
    check_size(count, sizes)
    table = _objects([entries[profile] for profile in product(*map(range, sizes))])
    return _game(source, players, [tuple(known) for known in places], table.T.reshape((count, *sizes)))


def _long_heading(source: GameText, heading: Sequence[Cell]) -> tuple[str, ...]:
    """Return the players that the first row of a long table names."""
    count = sum(cell.text.endswith("_action") for cell in heading)
    hint = "write NAME_action for every player, then payoff1, payoff2, ... or NAME_payoff in the same order"
    for cell in heading[:count]:
        if not cell.text.endswith("_action") or cell.text == "_action":
            source.fail("BG020", f"{quoted(cell.text)} is not NAME_action", cell.start, cell.end, hint)
    names = [cell._replace(text=cell.text.removesuffix("_action")) for cell in heading[:count]]
    players = _labels(source, names, "a player")
    for number, cell in enumerate(heading[count:], start=1):
        found = _HEADING.fullmatch(cell.text)
        expected = number <= count and found is not None and found[1] in (None, str(number))
        if found is None or not expected or (found[2] is not None and found[2] != players[number - 1]):
            message = f"{quoted(cell.text)} is not the heading of the payoffs of player {number}"
            source.fail("BG020", message, cell.start, max(cell.end, cell.start + 1), hint)
    if len(heading) != 2 * count:
        message = f"{count} columns of actions and {len(heading) - count} of payoffs"
        source.fail("BG022", message, heading[0].start, heading[-1].end, hint)
    return players


def csv_text(game: NormalFormGame, layout: str = "auto") -> str:
    r"""Return a game as CSV.

    Parameters
    ----------
    game : NormalFormGame
        The game.
    layout : {"auto", "matrix", "long"}
        ``matrix`` takes two players; ``auto`` takes it for two, and ``long`` for others.

    Raises
    ------
    ValueError
        The layout is not known, or does not fit the game.

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]], ["A", "B"], [["up"], ["left", "right"]])
    >>> print(csv_text(game), end="")
    A \ B,left,right
    up,"1/3, 1","0, 2"
    >>> print(csv_text(game, "long"), end="")
    A_action,B_action,A_payoff,B_payoff
    up,left,1/3,1
    up,right,0,2
    """
    if layout not in ("auto", "matrix", "long"):
        raise ValueError(f"unknown layout {layout!r}; known are auto, matrix, long")
    corner = _BAR.join(game.players)
    clear = game.num_players == 2 and _in_corner(corner) == game.players
    if layout == "matrix" and not clear:
        raise ValueError("the layout `matrix` takes two players whose names hold no ` \\ `; use `long`")
    if any(not name for names in game.actions for name in names):
        raise ValueError("an action without a name cannot be written as CSV")
    exact = game.exact if game.exact is not None else game.fractions
    table = np.moveaxis(game.payoffs if exact is None else exact, 0, -1)
    if layout == "long" or not clear:
        heading = [f"{name}_{what}" for what in ("action", "payoff") for name in game.players]
        entries = table.reshape(-1, game.num_players).tolist()
        profiles = zip(product(*game.actions), entries, strict=True)
        return csv_line(heading) + "".join(csv_line([*names, *map(written, row)]) for names, row in profiles)
    rows = zip(game.actions[0], table.tolist(), strict=True)
    lines = [csv_line([name, *(f"{written(u)}, {written(v)}" for u, v in row)]) for name, row in rows]
    return csv_line([corner, *game.actions[1]]) + "".join(lines)
