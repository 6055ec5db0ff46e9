"""Game files by their names: what is read, what is written, and by which of the formats.

The end of a file's name tells the format: ``.nfg`` and ``.efg`` (Gambit), ``.csv`` (payoff tables).  A file is read
once, if it is a regular file of reasonable size in UTF-8, and nothing in it is ever run.  Tested by round trips through
files and by hostile ones.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from bargain.games.interchange.records import GameFile
from bargain.games.interchange.troubles import GameText
from bargain.games.normal_form import NormalFormGame
from bargain.scenario.text_file import CONTROL, decoded, read_bytes

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "game_format",
    "game_text",
    "read_game",
    "read_game_file",
    "read_game_text",
    "write_game",
]

FORMATS = ("nfg", "efg", "csv")
"""Formats that are read; all but ``efg`` are written too."""

MAX_BYTES = 128 * 2**20
"""The largest size of a game file."""

_READERS = {"nfg": "nfg:read_nfg", "efg": "efg:read_efg", "csv": "payoff_table:read_csv"}
_WRITERS = {"nfg": "nfg:nfg_text", "csv": "payoff_table:csv_text"}
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ufeff\ud800-\udfff]")


def game_format(path: str | os.PathLike[str]) -> str | None:
    """Return the format that the end of a file's name stands for, or None when it is none of ours.

    Examples
    --------
    >>> game_format("chicken.NFG"), game_format("talks.toml")
    ('nfg', None)
    """
    suffix = Path(path).suffix.removeprefix(".").lower()
    return suffix if suffix in FORMATS else None


def read_game(path: str | os.PathLike[str], format: str | None = None) -> NormalFormGame:
    """Read a game from a file.

    Parameters
    ----------
    path : str or path
        A file of Gambit (``.nfg``, or ``.efg`` with perfect recall, read into its reduced normal form) or a payoff
        table (``.csv``); ``"-"`` is standard input.
    format : {"nfg", "efg", "csv"}, optional
        The format, when the file's name does not tell.

    Returns
    -------
    NormalFormGame
        With payoffs exactly as the file writes them.

    Raises
    ------
    GameFileError, ScenarioError
        The file cannot be read or holds no such game; ``diagnostics`` has line and column.
    LimitError
        The game would need more memory than allowed.
    ValueError
        The format is not known.

    See Also
    --------
    write_game : The way back.

    Examples
    --------
    >>> import tempfile, os
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "dilemma.nfg")
    ...     with open(path, "w") as stream:
    ...         _ = stream.write('NFG 1 R "Dilemma" { "A" "B" } { 2 2 } 3 3 5 0 0 5 1 1')
    ...     read_game(path)
    NormalFormGame(A, B; 2 x 2 actions)
    """
    return read_game_file(path, format).game


def read_game_file(path: str | os.PathLike[str], format: str | None = None) -> GameFile:
    """Read a game with its title and comment; see :func:`read_game`."""
    name = os.fspath(path)
    kind = _known_format(name, format, FORMATS)
    if name == "-":
        return read_game_text(_decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"), kind, "<stdin>")
    return read_game_text(_decoded(read_bytes(Path(name), name, MAX_BYTES), name), kind, name)


def _decoded(content: bytes, name: str) -> str:
    return decoded(content, name, MAX_BYTES, "a game file")


def read_game_text(text: str, format: str, file: str = "") -> GameFile:
    """Read a game from the text of a file; ``file`` is its name for messages."""
    source = GameText(text.removeprefix("\ufeff").replace("\r\n", "\n"), file)
    if not source.text.strip():
        source.fail_whole("BG002", "this file is empty")
    if found := CONTROL.search(source.text):
        message = f"the file has the control character U+{ord(found.group()):04X}"
        source.fail("BG003", message, found.start(), found.end(), "save it as plain UTF-8 text")
    file_read: GameFile = _named(_READERS[_known_format(file, format, FORMATS)])(source)
    return file_read


def _named(place: str) -> Any:
    """Return a function of this room by ``module:name``, so that only the format that is needed is loaded."""
    module, _, name = place.partition(":")
    return getattr(import_module(f"bargain.games.interchange.{module}"), name)


def _known_format(name: str, format: str | None, formats: tuple[str, ...]) -> str:
    kind = game_format(name) if format is None else format
    if kind in formats:
        return kind
    if format is None:
        raise ValueError(f"the name `{name}` does not tell the format; it should end with .{', .'.join(formats)}")
    raise ValueError(f"unknown format {format!r}; known are {', '.join(formats)}")


def write_game(
    game: NormalFormGame, path: str | os.PathLike[str], format: str | None = None, *, title: str = ""
) -> None:
    """Write a game to a file.

    Parameters
    ----------
    game : NormalFormGame
        Fractions and whole numbers are written exactly, floats in the shortest form that reads back as the same float.
    path : str or path
        A file whose name ends with ``.nfg`` or ``.csv``.
    format : {"nfg", "csv"}, optional
        The format, when the file's name does not tell.
    title : str
        A title for formats that have one.

    Raises
    ------
    ValueError
        The format is not known, or a name cannot be written in it.

    Examples
    --------
    >>> import tempfile, os
    >>> game = NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "small.nfg")
    ...     write_game(game, path)
    ...     read_game(path).exact[0, 0, 0]
    Fraction(1, 3)
    """
    text = game_text(game, _known_format(os.fspath(path), format, ("nfg", "csv")), title)
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def game_text(game: NormalFormGame, format: str, title: str = "") -> str:
    """Return a game as the text of a file; see :func:`write_game`."""
    kind = _known_format("", format, ("nfg", "csv"))
    for name in (title, *game.players, *(action for actions in game.actions for action in actions)):
        if _UNWRITABLE.search(name):
            raise ValueError(f"the name {name!r} holds a character that cannot be written to a game file")
    writer = _named(_WRITERS[kind])
    text: str = writer(game, title) if kind == "nfg" else writer(game)
    return text
