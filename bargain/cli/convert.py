"""``bargain convert``: a game from one format to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bargain.cli import options
from bargain.cli.games import game_kind, read_game_source
from bargain.cli.output import deliver
from bargain.cli.source import read_source
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.games.interchange.records import GameFile

__all__ = ["convert"]

_WRITTEN = ("nfg", "csv")


@click.command(short_help="A game from one format to another.")
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@options.input_format_option
@click.option("--to", "to", type=options.Choice(_WRITTEN), help="Format of TARGET, when its name does not tell.")
@options.quiet_color_debug
def convert(source: str, target: str, input_format: str | None, to: str | None) -> None:
    """Write a game, or a scenario's no-agreement game, to a file of another format.

    TARGET ends with .nfg (Gambit) or .csv, or is - for standard output.

    \b
    Example:
      bargain convert game.efg game.nfg
      bargain convert battle-of-the-sexes - --to csv
    """
    kind = to or game_kind(target)
    if kind not in _WRITTEN:
        raise click.UsageError(f"The name '{target}' should end with .nfg or .csv, or --to should tell the format.")
    file = _read(source, input_format)
    from bargain.games.interchange.files import game_text

    try:
        text = game_text(file.game, kind, file.title)
    except ValueError as trouble:
        raise ScenarioError([Diagnostic("BG090", f"cannot write `{target}`: {trouble}")]) from None
    deliver(text, target)


def _read(source: str, input_format: str | None) -> GameFile:
    kind = game_kind(source, input_format)
    if kind is not None:
        return read_game_source(source, kind)
    document = read_source(source)
    from bargain.games.interchange.records import GameFile
    from bargain.pipeline import Scenario

    return GameFile(Scenario(document).game(), document.title or document.id, file=source)
