"""Game files on the command line: which sources are games, and how they are read.

Imports of numerical code wait until a file is read, so that a command on a scenario does not load it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bargain.cli.options import GAME_FORMATS
from bargain.cli.source import exists, is_folder
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.games.interchange.records import GameFile

__all__ = ["game_kind", "read_game_source", "without_overrides"]


_SMALL = 64 * 1024
"""Bytes of a game file for which numpy's threads would cost more than they bring."""


def game_kind(source: str, input_format: str | None = None) -> str | None:
    """Return the format of a game file, or None when the source is a scenario."""
    if input_format is not None:
        return input_format if input_format in GAME_FORMATS else None
    ending = source.rpartition(".")[2].lower()
    return ending if "." in source and ending in GAME_FORMATS else None


def read_game_source(source: str, kind: str) -> GameFile:
    """Read a game from a file or from standard input.

    Raises
    ------
    ScenarioError
        There is no such file, or it holds no game.
    """
    if source == "-" and sys.stdin is None:
        raise ScenarioError([Diagnostic("BG001", "standard input is closed", hint="name a file instead of `-`")])
    if source != "-" and not exists(source):
        hint = "a name that ends with .nfg, .efg or .csv is a game file"
        message = f"`{source}` is a folder, not a game file" if is_folder(source) else f"there is no file `{source}`"
        raise ScenarioError([Diagnostic("BG001", message, hint=hint)])
    _spare_threads(source)
    from bargain.games.interchange.files import read_game_file

    return read_game_file(source, kind)


def _spare_threads(source: str) -> None:
    """Let numpy start no threads for a small game, unless the user said how many: a fifth of the time of its import."""
    if source != "-" and Path(source).is_file() and Path(source).stat().st_size <= _SMALL:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def without_overrides(overrides: Mapping[str, Any]) -> None:
    """Refuse ``--set`` for a game file, which has no entries to change."""
    if overrides:
        raise click.UsageError("--set changes entries of scenarios; a game file has none.")
