"""``bargain deadline``: every offer until time runs out, and what the deadline does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.clock import check_figure, clock_options, draw, with_clock
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver, write_file
from bargain.cli.program import DONE, INTERRUPTED, NEGATIVE, UNCERTIFIED
from bargain.cli.source import read_source

__all__ = ["deadline"]


@click.command(short_help="Offers until time runs out, and what the deadline does.")
@options.source_argument
@options.overrides_option
@clock_options
@click.option("--lotteries", is_flag=True, help="Allow lotteries over deals.")
@click.option("--figure", metavar="FILE", callback=check_figure, help="Draw the gains by round: .svg, .pdf or .png.")
@click.option("--efg", metavar="FILE", help="Write the game tree for Gambit (few deals and rounds).")
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def deadline(
    ctx: click.Context,
    /,
    source: str,
    overrides: Mapping[str, Any],
    lotteries: bool,
    figure: str | None,
    efg: str | None,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
    **clock: Any,
) -> None:
    """Solve talks with a deadline backwards: who offers what in which round.

    The clock is the section [time] of the scenario; options replace its entries.  Exit code 1 when no deal is made.

    \b
    Example:
      bargain deadline us-japan-2025
      bargain deadline us-japan-2025 --first JP --figure deadline.svg
      bargain deadline stahl-1972 --rounds 5 --discount A=0.9,B=0.8
      bargain deadline talks.toml --rate 0.05 --round-days 7 --days 90
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document, set_by_options = with_clock(read_source(source, changes), clock, deadline=True)
    from bargain.cli.answers import with_command_line
    from bargain.pipeline import Scenario, run_timed
    from bargain.reports import render
    from bargain.solutions.effort import effort

    scenario = Scenario(document)
    if efg is not None:
        write_file(efg, scenario.deadline_tree())
    with noticed_interrupts() as interrupts, effort(time_limit, patient=True):
        report = run_timed(scenario, "deadline", seed)
    draw(figure, "deadline", report)
    deliver(render(with_command_line(report, ctx, changes | set_by_options), format, "deadline", digits), output)
    assert report.deadline is not None
    if any(check.refuted for check in report.deadline.certificates):
        ctx.exit(INTERRUPTED if interrupts.seen else UNCERTIFIED)
    agreed = any(offer.agreed for each in report.deadline.rounds for offer in each.offers)
    ctx.exit(INTERRUPTED if interrupts.seen else DONE if agreed else NEGATIVE)
