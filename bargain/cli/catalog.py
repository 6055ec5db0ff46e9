"""``bargain catalog``: the shipped scenarios."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

import click

from bargain.cli import options
from bargain.cli.output import deliver

if TYPE_CHECKING:
    from bargain.catalog import Entry

__all__ = ["catalog"]


@click.command(short_help="The shipped scenarios.")
@click.argument("name", required=False)
@options.format_option(("text", "json"))
@options.output_option
@options.quiet_color_debug
def catalog(name: str | None, format: str, output: str | None) -> None:
    """List the shipped scenarios, or print the file of one.

    \b
    Example:
      bargain catalog
      bargain catalog us-japan-2025 -o my-talks.toml
    """
    from bargain import catalog as shipped

    if name is not None:
        deliver(shipped.find(name).read_text(encoding="utf-8"), output)
    elif format == "json":
        rows = [{"name": entry.name, "shelf": entry.shelf, "title": entry.title} for entry in shipped.entries()]
        deliver(json.dumps(rows, indent=2) + "\n", output)
    else:
        deliver(_listing(shipped.entries()), output)


def _listing(entries: tuple[Entry, ...]) -> str:
    width = max((len(entry.name) for entry in entries), default=0)
    lines: list[str] = []
    for shelf, found in groupby(entries, lambda entry: entry.shelf):
        lines += ["", shelf.upper()] if lines else [shelf.upper()]
        lines += [f"  {entry.name:<{width}}  {entry.title}" for entry in found]
    return "\n".join([*lines, "", "Next: bargain solve NAME | bargain show NAME"]) + "\n"
