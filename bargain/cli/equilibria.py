"""``bargain equilibria``: what happens without agreement, when each side sets its own levers; and in game files."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from bargain.cli import options
from bargain.cli.concepts import asked_concept, concept_options, concept_report
from bargain.cli.games import game_kind, read_game_source, without_overrides
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver
from bargain.cli.program import INTERRUPTED
from bargain.cli.source import read_source

if TYPE_CHECKING:
    from bargain.games.interchange.records import GameFile
    from bargain.pipeline import Scenario
    from bargain.results import ContinuousEquilibria
    from bargain.scenario.document import Document

__all__ = ["equilibria"]

Started = tuple[float, float]
Style = tuple[str, int | None]


_PATIENCE = 60.0
"""Seconds that the answer on the intervals may take when no limit is given."""


def _seconds(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.", ctx, param)
    return value


def _on_intervals(scenario: Scenario, time_limit: float | None, started: float) -> ContinuousEquilibria | None:
    """Return the equilibria on intervals when a player sets a lever that moves on one."""
    if not scenario.continuous_game().moving:
        return None
    # Some of the time is kept for the answer on the intervals, however long the one on the grid took.
    limit = _PATIENCE if time_limit is None else time_limit
    left = max(0.05 * limit, limit - (time.perf_counter() - started))
    return scenario.continuous_equilibria(time_limit=left)


@click.command(short_help="What happens without agreement.")
@options.source_argument
@options.overrides_option
@click.option(
    "--method",
    type=options.Choice(options.METHODS),
    default="auto",
    show_default=True,
    metavar="METHOD",
    help=f"One of {', '.join(options.METHODS)}.",
)
@click.option("--all/--one", "wanted", default=True, help="All equilibria (the default), or one.")
@click.option("--exact", is_flag=True, help="Strategies and payoffs as fractions, proved.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    callback=_seconds,
    metavar="S",
    help="Stop after S seconds with what was found.",
)
@concept_options
@options.input_format_option
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.quiet_color_debug
@click.pass_context
def equilibria(
    ctx: click.Context,
    source: str,
    overrides: Mapping[str, Any],
    method: str,
    wanted: bool,
    exact: bool,
    time_limit: float | None,
    input_format: str | None,
    format: str,
    output: str | None,
    digits: int | None,
) -> None:
    """Find the equilibria of a game or of the no-agreement game, and say whether these are all.

    SOURCE may also be a game file: .nfg or .efg (Gambit), or .csv (a table of payoffs).

    With --concept, answer by another solution concept: what a leader commits to, what players who err play, what is
    rationalisable, what each can secure.

    Levers on a range are laid out on a grid; the equilibria on the intervals themselves are given as well, each with
    a proved bound on what any player could gain by deviating.

    \b
    Example:
      bargain equilibria battle-of-the-sexes
      bargain equilibria stag-hunt --select risk-dominant
      bargain equilibria chicken --concept stackelberg --leader A
      bargain equilibria game.nfg --all --exact --format json
      bargain equilibria - --input-format csv < payoffs.csv
    """
    asked = {"method": method, "all": wanted, "exact": exact, "time_limit": time_limit}
    started = time.time(), time.perf_counter()
    kind = game_kind(source, input_format)
    if kind is not None:
        without_overrides(overrides)
        text, status = _of_game(ctx, read_game_source(source, kind), asked, started, (format, digits))
    else:
        text, status = _of_scenario(ctx, read_source(source, overrides), asked, started, (format, digits), overrides)
    deliver(text, output)
    ctx.exit(status)


def _of_game(
    ctx: click.Context, file: GameFile, asked: dict[str, Any], started: Started, style: Style
) -> tuple[str, int]:
    """Return the report on a game file and the exit code."""
    from bargain.cli.answers import equilibria_exit_code, marked
    from bargain.equilibria.methods import equilibria as find_equilibria
    from bargain.equilibria.selection import selected
    from bargain.provenance import loaded_versions, origin
    from bargain.reports.solved_game import render_solved_game
    from bargain.results import GameReport

    concept = asked_concept(ctx)
    if concept["concept"] != "nash":
        return concept_report(ctx, file.game, concept, file.title, style, file.notes, started)
    with noticed_interrupts() as interrupts:
        found = selected(find_equilibria(file.game, **asked), concept["select"])
    known = origin(0, started, loaded_versions("numpy", "flint", "scipy", "numba", "nashpy"))
    known["argv"] = ctx.meta.get("argv", [])
    report = GameReport(marked(found, interrupts.seen), file.title, file.file, file.notes, known)
    status = INTERRUPTED if interrupts.seen else equilibria_exit_code(found)
    return render_solved_game(report, *style), status


def _of_scenario(
    ctx: click.Context,
    document: Document,
    asked: dict[str, Any],
    started: Started,
    style: Style,
    overrides: Mapping[str, Any],
) -> tuple[str, int]:
    """Return the report on a scenario's no-agreement game and the exit code."""
    from bargain.cli.answers import equilibria_exit_code, marked, with_command_line
    from bargain.equilibria.selection import selected
    from bargain.pipeline import Scenario, provenance
    from bargain.reports import render
    from bargain.reports.equilibria import grid_phrase
    from bargain.results import Report

    scenario = Scenario(document)
    concept = asked_concept(ctx)
    if concept["concept"] != "nash":
        grid = grid_phrase(document)
        notes = (grid,) if grid else ()
        return concept_report(ctx, scenario.game(), concept, document.title, style, notes, started)
    with noticed_interrupts() as interrupts:
        found = selected(scenario.equilibria(**asked), concept["select"])
        refined = None if interrupts.seen else _on_intervals(scenario, asked["time_limit"], started[1])
    point = scenario.disagreement()
    # No method draws at random: seed 0 stands for the only result there is.
    answer = marked(found, interrupts.seen)
    report = Report(document, point, equilibria=answer, continuous=refined, provenance=provenance(0, started))
    format, digits = style
    status = INTERRUPTED if interrupts.seen else equilibria_exit_code(found)
    return render(with_command_line(report, ctx, overrides), format, "equilibria", digits), status
