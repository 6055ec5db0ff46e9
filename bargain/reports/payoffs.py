"""The payoffs of a small game as a table: what `bargain show` prints for a game file.

Two players are set as a matrix, others as one row per profile; a large game is only described.  Tested by golden pages.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bargain.reports.digits import fraction, number, number_format
from bargain.reports.latex import latex_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.names import counted
from bargain.reports.tables import Column, Item, Section, Table, column
from bargain.reports.text import text_sections

if TYPE_CHECKING:
    from bargain.games.interchange.records import GameFile
    from bargain.games.normal_form import NormalFormGame

__all__ = ["render_payoffs"]

_LARGEST = 400
_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}


def render_payoffs(file: GameFile, format: str = "text", digits: int | None = None) -> str:
    """Return a game as text, LaTeX or Markdown that ends with a newline."""
    game = file.game
    sizes = " x ".join(f"{size:,}" for size in game.num_actions)
    title = " ".join((file.title or file.file or "A game").split())
    lines = [title, *([" ".join(file.comment.split())] if file.comment.strip() else [])]
    size = f"{counted(game.num_players, 'player')}, {sizes} actions"
    body: list[Item] = []
    if game.payoffs[0].size > _LARGEST:
        body.append(f"  The table is not shown: it would have {game.payoffs[0].size:,} cells.")
    else:
        body.append(_matrix(game, digits) if game.num_players == 2 else _profiles(game, digits))
    body += [f"  {note}" for note in file.notes]
    sections = (Section("", body=tuple(lines), key="scenario"), Section("Payoffs", size, tuple(body), "players"))
    return _WRITERS[format](sections)


def _cells(game: NormalFormGame, digits: int | None) -> list[list[str]]:
    """Return the payoffs of every profile as text, the last player's action running fastest."""
    exact = game.exact
    if exact is not None:
        return [[fraction(value, f".{digits or 4}g") for value in table.ravel().tolist()] for table in exact]
    tables = [table.ravel().tolist() for table in game.payoffs]
    return [[number(value, number_format(table, digits)) for value in table] for table in tables]


def _matrix(game: NormalFormGame, digits: int | None) -> Table:
    first, second = _cells(game, digits)
    width = game.num_actions[1]
    pairs = [f"{u}, {v}" for u, v in zip(first, second, strict=True)]
    rows = [(name, *pairs[k * width : (k + 1) * width]) for k, name in enumerate(game.actions[0])]
    corner = Column(" \\ ".join(game.players), "left")
    return Table((corner, *column(*game.actions[1])), tuple(rows))


def _profiles(game: NormalFormGame, digits: int | None) -> Table:
    cells = zip(*_cells(game, digits), strict=True)
    rows = [(*names, *row) for names, row in zip(product(*game.actions), cells, strict=True)]
    actions = tuple(Column(player, "left") for player in game.players)
    return Table((*actions, *column(*(f"payoff {player}" for player in game.players))), tuple(rows))
