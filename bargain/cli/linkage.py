"""``bargain linkage``: the package against other structures of talks; who gains, and which issue brings the gain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver, progress_line
from bargain.cli.program import INTERRUPTED
from bargain.cli.source import read_source

__all__ = ["linkage"]


@click.command(short_help="What linking is worth, in every structure of talks.")
@options.source_argument
@options.overrides_option
@options.solution_option
@click.option(
    "--attribution",
    type=options.Choice(["shapley", "none"]),
    default="shapley",
    show_default=True,
    help="Solve every sub-package and attribute the gain to issues, or only the largest ones.",
)
@click.option(
    "--structures",
    type=options.Choice(options.STRUCTURES),
    help="Which structures to compare; default: subpackages, or separate without attribution.",
)
@click.option(
    "--tables",
    metavar="A+B,C,...",
    callback=options.tables,
    help="Simultaneous and sequential talks of these tables only.",
)
@click.option(
    "--transfers",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="COST",
    help="Allow side payments, of which the share COST is lost; 0: none is.",
)
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def linkage(
    ctx: click.Context,
    source: str,
    overrides: Mapping[str, Any],
    solution: str | None,
    lotteries: bool,
    attribution: str,
    structures: str | None,
    tables: tuple[tuple[str, ...], ...] | None,
    transfers: float | None,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
) -> None:
    """Compare the whole package with separate talks and every structure in between.

    STRUCTURES: separate (each issue alone), subpackages (every set of issues), partitions (every way to seat the
    issues at tables), simultaneous (tables that take each other's agreements as given), sequences (tables one after
    the other), or all.  Ctrl-C prints what is solved so far.

    \b
    Example:
      bargain linkage us-japan-2025
      bargain linkage us-japan-korea --structures partitions
      bargain linkage talks.toml --structures simultaneous --tables a+b,c
      bargain linkage talks.toml --format csv -o packages.csv
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document = read_source(source, changes)
    from bargain.cli.answers import exit_code, rules, with_command_line
    from bargain.effort import effort
    from bargain.pipeline import Scenario, run
    from bargain.reports import render

    wanted = rules(document, solution)[:1]
    asked: dict[str, Any] = {"equilibria": False, "expect": False, "attribution": attribution == "shapley"}
    structures = structures or ("subpackages" if attribution == "shapley" else "separate")
    asked |= {"structures": structures, "tables": tables, "transfers": transfers}
    with noticed_interrupts() as interrupts, effort(time_limit, patient=True), options.usage_errors():
        report = run(Scenario(document), wanted, seed=seed, progress=progress_line(), **asked)
    deliver(render(with_command_line(report, ctx, changes), format, "linkage", digits), output)
    ctx.exit(INTERRUPTED if interrupts.seen else exit_code(report.solution))
