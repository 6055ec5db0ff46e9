"""``bargain equilibria``: what happens without agreement, when each side sets its own levers."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from bargain.cli import options
from bargain.cli.output import deliver
from bargain.cli.source import read_source

if TYPE_CHECKING:
    from bargain.pipeline import Scenario
    from bargain.results import ContinuousEquilibria

__all__ = ["equilibria"]


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
@click.option("--exact", is_flag=True, help="Strategies and payoffs as fractions, proved.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    callback=_seconds,
    metavar="S",
    help="Stop after S seconds with what was found.",
)
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
    exact: bool,
    time_limit: float | None,
    format: str,
    output: str | None,
    digits: int | None,
) -> None:
    """Find the equilibria of the no-agreement game, and say whether these are all.

    Levers on a range are laid out on a grid; the equilibria on the intervals themselves are given as well, each with
    a proved bound on what any player could gain by deviating.

    \b
    Example:
      bargain equilibria battle-of-the-sexes
      bargain equilibria talks.toml --method extreme --exact --format json
    """
    document = read_source(source, overrides)
    from bargain.cli.answers import equilibria_exit_code, with_command_line
    from bargain.pipeline import Scenario, provenance
    from bargain.reports import render
    from bargain.results import Report

    started = time.time(), time.perf_counter()
    scenario = Scenario(document)
    found = scenario.equilibria(method, exact=exact, time_limit=time_limit)
    refined = _on_intervals(scenario, time_limit, started[1])
    point = scenario.disagreement()
    # No method draws at random: seed 0 stands for the only result there is.
    report = Report(document, point, equilibria=found, continuous=refined, provenance=provenance(0, started))
    deliver(render(with_command_line(report, ctx, overrides), format, "equilibria", digits), output)
    ctx.exit(equilibria_exit_code(found))
