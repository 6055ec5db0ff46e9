"""``bargain enforce``: whether the deal is kept once it is signed, and the best deal that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bargain.cli import options
from bargain.cli.interrupts import noticed_interrupts
from bargain.cli.output import deliver, progress_line, write_file
from bargain.cli.program import INTERRUPTED
from bargain.cli.source import read_source

__all__ = ["enforce"]

PUNISHMENTS = ("nash", "minmax", "no_agreement", "snap_back")


def _between(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < 1:
        raise click.BadParameter(f"{value:g} is not a discount factor: it must be more than 0 and less than 1.")
    return value


def _path(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...]:
    """Return the factors of ``0.5:0.99:50``."""
    if value is None:
        return ()
    parts = value.split(":")
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        raise click.BadParameter(f"'{value}' is not FROM:TO:COUNT, for example 0.5:0.99:50.") from None
    if len(parts) != 3 or not 0 < low < high < 1 or not 2 <= count <= 1000:
        raise click.BadParameter(f"'{value}': 0 < FROM < TO < 1 and 2 to 1000 factors are needed.")
    # Decimals, so that 0.6 is three fifths.
    return tuple(float(f"{low + (high - low) * k / (count - 1):.12g}") for k in range(count))


def _figure(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.lower().endswith((".svg", ".pdf", ".png")):
        raise click.BadParameter(f"'{value}' does not end with .svg, .pdf or .png.")
    return value


@click.command(short_help="Whether the deal is kept, and the best one that is.")
@options.source_argument
@options.overrides_option
@click.option("--delta", type=float, callback=_between, metavar="D", help="Discount factor a period, of all players.")
@click.option("--rule", type=options.Choice(options.RULES), metavar="RULE", help="Bargaining rule of the deal.")
@click.option("--punishment", type=options.Choice(PUNISHMENTS), help="What follows a breach.")
@click.option("--path", callback=_path, metavar="FROM:TO:N", help="The best self-enforcing deal at N discount factors.")
@click.option("--figure", callback=_figure, metavar="FILE", help="Draw the path of --path (.svg, .pdf or .png).")
@click.option("--lotteries", is_flag=True, help="Allow lotteries over deals that are kept.")
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.time_limit_option
@options.quiet_color_debug
@click.pass_context
def enforce(
    ctx: click.Context,
    source: str,
    overrides: Mapping[str, Any],
    delta: float | None,
    rule: str | None,
    punishment: str | None,
    path: tuple[float, ...],
    figure: str | None,
    lotteries: bool,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
    time_limit: float | None,
) -> None:
    """Find out whether anybody would break the deal, and the best deal that nobody breaks.

    The discount factors are those of --delta, else of [enforcement] or [time]; without them only critical factors are
    shown.  Exit code 1 when there is no deal, or no self-enforcing one at these factors.

    \b
    Example:
      bargain enforce us-japan-2025 --delta 0.95
      bargain enforce limao-2005 --path 0.4:0.9:26 --figure path.svg
    """
    changes = {**overrides, **({"solve.lotteries": True} if lotteries else {})}
    document = read_source(source, changes)
    from bargain.cli.answers import enforced_exit_code, with_command_line
    from bargain.pipeline import Scenario, run
    from bargain.reports import render
    from bargain.solutions.effort import effort

    if figure is not None and not path:
        raise click.UsageError("--figure draws the path of --path; give both.")
    wanted = {"delta": delta, "punishment": punishment, "path": path}
    asked: dict[str, Any] = {"equilibria": False, "linkage": False, "expect": not overrides and rule is None}
    rules = [rule or document.solve.solutions[0]]
    with noticed_interrupts() as interrupts, effort(time_limit, patient=True), options.unknown_snap_back():
        report = run(Scenario(document), rules, seed=seed, progress=progress_line(), enforce=wanted, **asked)
    if figure is not None:
        from bargain.reports.figures import enforcement_figure, figure_bytes

        write_file(figure, figure_bytes(enforcement_figure(report), figure))
    deliver(render(with_command_line(report, ctx, changes), format, "enforce", digits), output)
    ctx.exit(INTERRUPTED if interrupts.seen else enforced_exit_code(report))
