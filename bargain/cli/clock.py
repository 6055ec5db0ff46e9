"""The options that set the clock of the talks, and the scenario with that clock.

Options replace what the file says about the same thing: a rate replaces a discount factor, a number of rounds a
deadline in days.  Tested through the commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bargain.cli import options
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.scenario.document import Document

__all__ = ["check_figure", "clock_options", "draw", "with_clock"]

Command = TypeVar("Command", bound=Callable[..., Any])

_REPLACED = {
    "rate": ("discount",),
    "discount": ("rate",),
    "rounds": ("deadline_days",),
    "deadline_days": ("rounds",),
}
_EITHER = (("rate", "discount", "--rate and --discount"), ("rounds", "deadline_days", "--rounds and --days"))
_KEYS = ("rate", "discount", "round_days", "rounds", "deadline_days", "first_proposer", "protocol")
_FIGURES = (".svg", ".pdf", ".png")


def _by_player(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """Return a number, or one for each player from ``US=0.05,JP=0.08``."""
    if value is None:
        return None
    try:
        if "=" not in value:
            return float(value)
        pairs = [item.partition("=") for item in value.split(",")]
        found = {name.strip(): float(number) for name, _, number in pairs}
    except ValueError:
        raise click.BadParameter(f"'{value}' is neither a number nor PLAYER=NUMBER,...", ctx, param) from None
    if len(found) < len(pairs):
        raise click.BadParameter(f"'{value}' names a player twice", ctx, param)
    return found


def clock_options(command: Command) -> Command:
    """Add the options that set the clock of the talks."""
    words = options.Choice(["alternating", "random"])
    shared = (
        click.option("--rounds", type=click.IntRange(1, 10_000), metavar="T", help="Offers until time runs out."),
        click.option(
            "--days", "deadline_days", type=click.FloatRange(0, min_open=True), metavar="D",
            help="Days until time runs out.",
        ),
        click.option(
            "--round-days", type=click.FloatRange(0, min_open=True), metavar="D",
            help="Days from one offer to the next.",
        ),
        click.option(
            "--rate", callback=_by_player, metavar="R", help="Discount rate a year: 0.05, or US=0.05,JP=0.08."
        ),
        click.option(
            "--discount", callback=_by_player, metavar="F", help="Discount factor a round: 0.99, or US=0.99,JP=0.98."
        ),
        click.option("--first", "first_proposer", metavar="PLAYER", help="Who makes the first offer."),
        click.option("--protocol", type=words, help="Players propose in turn, or one is drawn each round by power."),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def with_clock(document: Document, given: Mapping[str, Any], *, deadline: bool) -> tuple[Document, dict[str, Any]]:
    """Return the scenario with the clock that the options set, and what they changed.

    Raises
    ------
    ScenarioError
        There is no clock or, where one is needed, no deadline; or the options do not fit the scenario.
    """
    wanted = {key: given[key] for key in _KEYS if given.get(key) is not None}
    for one, other, words in _EITHER:
        if one in wanted and other in wanted:
            raise click.UsageError(f"{words} say the same thing in two ways: give one of them.")
    changes: dict[str, Any] = {}
    if wanted:
        from bargain.scenario.read import read_tree

        table = dict(document.tree.get("time") or {})
        for key, value in wanted.items():
            for other in _REPLACED.get(key, ()):
                table.pop(other, None)
            table[key] = value
        if not deadline and "deadline_days" not in table and "rounds" not in table:
            table.pop("at_deadline", None)
        changes = {"time": table}
        document = read_tree(document.tree, document.file, changes)
    if document.time is None:
        hint = (
            "add [time] with `rate = 0.05` (a year) and `round_days = 7`, or with `discount = 0.99` (a round)"
            + (", and `deadline_days = 90` or `rounds = 13`" if deadline else "")
            + f"; or give --rate and --round-days, or --discount{', and --rounds or --days' if deadline else ''}"
        )
        raise ScenarioError([Diagnostic("BG318", "the scenario does not say how time passes", hint=hint)])
    if deadline and document.time.rounds is None:
        hint = "add `deadline_days = 90` or `rounds = 13` to [time], or give --days or --rounds"
        raise ScenarioError([Diagnostic("BG318", "the talks have no deadline", hint=hint)])
    return document, changes


def check_figure(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse the name of a figure that is of no known kind, before anything is solved."""
    if value is not None and not value.lower().endswith(_FIGURES):
        raise click.BadParameter(f"'{value}' does not end with .svg, .pdf or .png.", ctx, param)
    return value


def draw(name: str | None, kind: str, report: Any) -> None:
    """Write a figure, where one is wanted."""
    if name is None:
        return
    from bargain.cli.output import write_file
    from bargain.reports import figures

    write_file(name, figures.figure_bytes(getattr(figures, f"{kind}_figure")(report), name))
