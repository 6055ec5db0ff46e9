"""``bargain offers``: what is offered when talks have no deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.clock import check_figure, clock_options, draw, with_clock
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver
from bargain.cli.program import DONE, INTERRUPTED, NEGATIVE, UNCERTIFIED
from bargain.cli.source import read_source

__all__ = ["offers"]


@click.command(short_help="Alternating offers without a deadline.")
@options.source_argument
@options.overrides_option
@clock_options
@click.option("--lotteries", is_flag=True, help="Allow lotteries over deals.")
@click.option("--figure", metavar="FILE", callback=check_figure, help="Draw the offers of two players.")
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def offers(
    ctx: click.Context,
    /,
    source: str,
    overrides: Mapping[str, Any],
    lotteries: bool,
    figure: str | None,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
    **clock: Any,
) -> None:
    """Solve talks without a deadline in stationary strategies: what each player offers whenever its turn comes.

    Shows what opening is worth, the Nash solution that offers approach when rounds are short, and whether outside
    options bind.  A deadline in the scenario is passed over.  Exit code 1 when no deal is made.

    \b
    Example:
      bargain offers us-japan-2025
      bargain offers rubinstein-1982 --discount A=0.95,B=0.8
      bargain offers us-japan-2025 --set time.outside.JP=-5 --figure offers.svg
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document, set_by_options = with_clock(read_source(source, changes), clock, deadline=False)
    from bargain.cli.answers import with_command_line
    from bargain.pipeline import Scenario, run_timed
    from bargain.reports import render
    from bargain.solutions.effort import effort

    with noticed_interrupts() as interrupts, effort(time_limit, patient=True):
        report = run_timed(Scenario(document), "offers", seed, trace=figure is not None)
    draw(figure, "offers", report)
    deliver(render(with_command_line(report, ctx, changes | set_by_options), format, "offers", digits), output)
    found = report.offers
    assert found is not None
    if found.status == "failed" or any(check.refuted for check in found.certificates):
        ctx.exit(INTERRUPTED if interrupts.seen else UNCERTIFIED)
    agreed = any(offer.agreed for each in found.equilibria for offer in each.offers)
    ctx.exit(INTERRUPTED if interrupts.seen else DONE if agreed else NEGATIVE)
