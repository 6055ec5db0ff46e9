"""``bargain show``: the game as equations, before it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.games import game_kind, read_game_source, without_overrides
from bargain.cli.output import deliver
from bargain.cli.source import read_source

__all__ = ["show"]


@click.command(short_help="The game as equations, before solving.")
@options.source_argument
@options.overrides_option
@options.format_option(("text", "latex", "md"))
@options.output_option
@options.digits_option
@options.quiet_color_debug
def show(source: str, overrides: Mapping[str, Any], format: str, output: str | None, digits: int | None) -> None:
    """Show the game as equations: levers, payoffs, limits, parameters and their sources; a game file as a table.

    \b
    Example:
      bargain show us-japan-2025
      bargain show talks.toml --format latex -o game.tex
    """
    kind = game_kind(source)
    if kind is not None:
        without_overrides(overrides)
        file = read_game_source(source, kind)
        from bargain.reports.payoffs import render_payoffs

        deliver(render_payoffs(file, format, digits), output)
        return
    document = read_source(source, overrides)
    from bargain.reports.game import render_game

    deliver(render_game(document, format, digits), output)
