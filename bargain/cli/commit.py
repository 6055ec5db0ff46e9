"""``bargain commit``: who gains from commitment, when the talks fail and through limits on the deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.output import deliver
from bargain.cli.source import read_source

__all__ = ["commit"]


@click.command(short_help="Who gains from commitment and from tied hands.")
@options.source_argument
@options.overrides_option
@options.solution_option
@click.option(
    "--step",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="How far limits are moved, as a share of their right-hand side (default 0.05).",
)
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def commit(
    ctx: click.Context,
    source: str,
    overrides: Mapping[str, Any],
    solution: str | None,
    lotteries: bool,
    step: float | None,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
) -> None:
    """Compare the deals that follow when the talks would end elsewhere, and move the limits that bind.

    Talks may fail to the status quo, to an equilibrium, to optimal threats, or to what follows when one player commits
    itself first.  A limit whose tightening raises a player's gain works as a commitment for that player.

    \b
    Example:
      bargain commit us-japan-2025
      bargain commit chicken --format csv
    """
    document = read_source(source, {**overrides, **({"solve.lotteries": True} if lotteries else {})})
    from bargain.cli.answers import exit_code
    from bargain.effort import effort
    from bargain.pipeline import Scenario
    from bargain.reports.commitment import render_commitment

    asked: dict[str, Any] = {} if step is None else {"step": step}
    with effort(time_limit, patient=True):
        found = Scenario(document).commitment(solution, seed=seed, **asked)
    deliver(render_commitment(found, format, digits), output)
    ctx.exit(exit_code(found.cases[0].solution))
