"""``bargain solve``: the deal that bargaining theory predicts, and what linking the issues is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver, progress_line
from bargain.cli.program import INTERRUPTED
from bargain.cli.source import read_source

__all__ = ["solve"]


@click.command(short_help="The deal, the gains, and what linking is worth.")
@options.source_argument
@click.argument("files", metavar="[FILE]...", nargs=-1)
@options.overrides_option
@options.solution_option
@click.option("--break-even", is_flag=True, help="Without a deal: look for the numbers at which one appears.")
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def solve(
    ctx: click.Context,
    source: str,
    files: tuple[str, ...],
    overrides: Mapping[str, Any],
    solution: str | None,
    lotteries: bool,
    break_even: bool,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
) -> None:
    """Find the deal, the gains, and what linking the issues is worth.

    SOURCE may also be a negotiation domain: its folder, or its FILEs (see `bargain domain`).
    Exit code 1 when there is no deal; failed [[expect]] rules are reported but do not change it (see `bargain test`).

    \b
    Example:
      bargain solve us-japan-2025 --set parameters.hop=0.003
      bargain solve talks.toml --format latex -o table1.tex
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document = read_source(source, changes, *files)
    from bargain.cli.answers import exit_code, rules, with_command_line
    from bargain.effort import effort
    from bargain.pipeline import Scenario, run
    from bargain.reports import render

    wanted = rules(document, solution)
    if wanted[0] != document.solve.solutions[0]:
        # Expectations are about the headline deal, so that another rule is a change like any other.
        changes["solve.solutions"] = list(wanted)
    with noticed_interrupts() as interrupts, effort(time_limit, patient=True):
        report = run(Scenario(document), wanted, seed=seed, progress=progress_line(), break_even=break_even)
    deliver(render(with_command_line(report, ctx, changes), format, "solve", digits), output)
    ctx.exit(INTERRUPTED if interrupts.seen else exit_code(report.solution))
