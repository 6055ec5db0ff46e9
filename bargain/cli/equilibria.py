"""``bargain equilibria``: what happens without agreement, when each side sets its own levers."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.concepts import asked_concept, concept_options, concept_report
from bargain.cli.output import deliver
from bargain.cli.source import read_source

__all__ = ["equilibria"]


def _seconds(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.", ctx, param)
    return value


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
@concept_options
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

    With --concept, answer by another solution concept: what a leader commits to, what players who err play, what is
    rationalisable, what each can secure.

    \b
    Example:
      bargain equilibria battle-of-the-sexes
      bargain equilibria talks.toml --method extreme --exact --format json
      bargain equilibria stag-hunt --select risk-dominant
      bargain equilibria chicken --concept stackelberg --leader A
    """
    asked = asked_concept(ctx)
    document = read_source(source, overrides)
    from bargain.cli.answers import equilibria_exit_code, with_command_line
    from bargain.equilibria.selection import selected
    from bargain.pipeline import Scenario, provenance
    from bargain.reports import render
    from bargain.reports.equilibria import grid_phrase
    from bargain.results import Report

    started = time.time(), time.perf_counter()
    scenario = Scenario(document)
    if asked["concept"] != "nash":
        grid = grid_phrase(document)
        text, status = concept_report(
            ctx, scenario.game(), asked, document.title, (format, digits), (grid,) if grid else (), started
        )
        deliver(text, output)
        ctx.exit(status)
    found = selected(scenario.equilibria(method, exact=exact, time_limit=time_limit), asked["select"])
    point = scenario.disagreement()
    # No method draws at random: seed 0 stands for the only result there is.
    report = Report(document, point, equilibria=found, provenance=provenance(0, started))
    deliver(render(with_command_line(report, ctx, overrides), format, "equilibria", digits), output)
    ctx.exit(equilibria_exit_code(found))
