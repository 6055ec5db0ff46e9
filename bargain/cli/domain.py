"""``bargain domain``: a negotiation domain of another program, and its stored points beside our rules."""

from __future__ import annotations

import click

from bargain.cli import options
from bargain.cli.domains import normalise_option, read_domain_sources, steps_option
from bargain.cli.output import deliver

__all__ = ["domain"]


@click.command(short_help="A domain of GENIUS, NegMAS or NegoLog.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@steps_option
@normalise_option
@options.format_option(("text", "json"))
@options.output_option
@options.digits_option
@options.quiet_color_debug
def domain(
    sources: tuple[str, ...],
    steps: int | None,
    normalise_weights: bool,
    format: str,
    output: str | None,
    digits: int | None,
) -> None:
    """Show what was read from a negotiation domain, and compare the solution points that its files store with ours.

    SOURCE is a folder, or the domain's file and one file per party. Other programs call rules by other names; each
    stored point stands beside the rule of ours that says the same.

    \b
    Example:
      bargain domain laptop/
      bargain domain domain.xml buyer.xml seller.xml --format json
    """
    read = read_domain_sources(sources, steps, normalise_weights)
    from bargain.comparison import compare_points
    from bargain.reports.domain import render_domain

    deliver(render_domain(read, compare_points(read), format, digits), output)
