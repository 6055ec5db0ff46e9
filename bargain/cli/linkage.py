"""``bargain linkage``: the package against separate talks and every sub-package; which issue brings the gain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.output import deliver, progress_line
from bargain.cli.source import read_source

__all__ = ["linkage"]


@click.command(short_help="Separate talks, every sub-package, the package.")
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
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.quiet_color_debug
@click.pass_context
def linkage(
    ctx: click.Context,
    source: str,
    overrides: Mapping[str, Any],
    solution: str | None,
    lotteries: bool,
    attribution: str,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
) -> None:
    """Compare separate talks, every sub-package and the whole package.

    \b
    Example:
      bargain linkage us-japan-2025
      bargain linkage talks.toml --format csv -o packages.csv
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document = read_source(source, changes)
    from bargain.cli.answers import exit_code, rules, with_command_line
    from bargain.pipeline import Scenario, run
    from bargain.reports import render

    wanted = rules(document, solution)[:1]
    asked = {"equilibria": False, "expect": False, "attribution": attribution == "shapley"}
    report = run(Scenario(document), wanted, seed=seed, progress=progress_line(), **asked)
    deliver(render(with_command_line(report, ctx, changes), format, "linkage", digits), output)
    ctx.exit(exit_code(report.solution))
