"""``bargain compare``: two scenarios or stored results side by side, or one scenario before and after a change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bargain.cli import options
from bargain.cli.output import deliver
from bargain.cli.source import read_source

__all__ = ["compare"]


@click.command(short_help="Two scenarios or results side by side.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="[B]", required=False)
@options.overrides_option
@options.solution_option
@options.format_option(("text", "json", "csv", "latex", "md"))
@options.output_option
@options.digits_option
@options.seed_option
@options.quiet_color_debug
def compare(
    first: str,
    second: str | None,
    overrides: Mapping[str, Any],
    solution: str | None,
    lotteries: bool,
    format: str,
    output: str | None,
    digits: int | None,
    seed: int,
) -> None:
    """Compare two scenarios or stored results: inputs, deals, gains, the value of linkage.

    A and B are scenarios or results of `bargain solve --format json`.  --set changes B; without B it changes A, and
    A before and after are compared.

    \b
    Example:
      bargain compare us-japan-korea --set players.JP.power=0.9
      bargain compare monday.json tuesday.json --format csv
    """
    if second is None and not overrides:
        raise click.UsageError("give a second scenario or result, or a change with --set")
    from bargain.reports.compare import comparison, render_comparison

    one = _result(first, {}, solution, lotteries, seed)
    other = _result(second or first, overrides, solution, lotteries, seed)
    deliver(render_comparison(comparison(one, other), format, digits), output)


def _result(
    source: str, overrides: Mapping[str, Any], headline: str | None, lotteries: bool, seed: int
) -> Mapping[str, Any]:
    """Return a stored result, or solve a scenario."""
    stored = _stored(source)
    if stored is not None:
        if overrides:
            raise click.UsageError(f"--set changes a scenario; `{source}` is a stored result")
        return stored
    document = read_source(source, {**overrides, **({"solve.lotteries": True} if lotteries else {})})
    from bargain.cli.answers import rules
    from bargain.pipeline import Scenario, run
    from bargain.reports.json import result_tree

    wanted = rules(document, headline)[:1]
    return result_tree(
        run(Scenario(document), wanted, seed=seed, equilibria=False, expect=False, structures="separate")
    )


def _stored(source: str) -> Mapping[str, Any] | None:
    """Return the result that a file holds, or None when it is something else."""
    path = Path(source)
    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > 64 * 2**20:
        return None
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError):
        return None
    found = isinstance(tree, dict) and tree.get("schema") == "bargain-result-1"
    return tree if found else None
