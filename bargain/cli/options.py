"""Options that several commands share, in one place, so that they mean the same everywhere.

The names of rules and methods stand here a second time, because asking their rooms would load numerical libraries; a
test compares them with the tables.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    ChoiceBase = click.Choice[str]
else:
    ChoiceBase = click.Choice

__all__ = [
    "GAME_FORMATS",
    "METHODS",
    "RULES",
    "STRUCTURES",
    "Choice",
    "digits_option",
    "format_option",
    "input_format_option",
    "output_option",
    "overrides_option",
    "quiet_color_debug",
    "seed_option",
    "solution_option",
    "source_argument",
    "tables",
    "usage_errors",
]

RULES = (
    "nash",
    "kalai-smorodinsky",
    "egalitarian",
    "utilitarian",
    "equal-area",
    "perles-maschler",
    "discrete-raiffa",
    "continuous-raiffa",
    "equal-loss",
    "gupta-livne",
    "dictators-mean",
)
STRUCTURES = ("separate", "subpackages", "partitions", "simultaneous", "sequences", "all")
GAME_FORMATS = ("nfg", "efg", "csv")
METHODS = (
    "auto",
    "pure",
    "extreme",
    "lemke-howson",
    "polynomial",
    "homotopy",
    "zero-sum",
    "nashpy-support",
    "nashpy-vertex",
    "nashpy-lemke-howson",
)

Command = TypeVar("Command", bound=Callable[..., Any])


class Choice(ChoiceBase):
    """A choice that suggests the nearest value for a wrong one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value, or fail with a suggestion."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as trouble:
            near = difflib.get_close_matches(str(value), [str(choice) for choice in self.choices], n=1, cutoff=0.4)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.BadParameter(f"{trouble.message.rstrip('.')}.{hint}", ctx, param) from None


def _settings(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """Return paths and values; what a value means is for :mod:`bargain.scenario.overrides` to say."""
    settings = {}
    for item in values:
        path, equals, text = item.partition("=")
        if not equals or not path.strip():
            raise click.BadParameter(f"'{item}' is not PATH=VALUE, for example parameters.hop=0.006", ctx, param)
        settings[path.strip()] = text.strip()
    return settings


def tables(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[tuple[str, ...], ...] | None:
    """Return the tables of ``a+b,c`` as blocks of issues."""
    if value is None:
        return None
    return tuple(tuple(name.strip() for name in table.split("+")) for table in value.split(","))


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn the ValueError of an option that does not fit the scenario into a message on usage."""
    try:
        yield
    except ValueError as trouble:
        if str(trouble).startswith("tables: "):
            raise click.BadParameter(str(trouble).removeprefix("tables: "), param_hint="--tables") from None
        raise


@contextmanager
def unknown_snap_back() -> Iterator[None]:
    """Turn the ValueError of a snap-back without levers into a message on usage."""
    try:
        yield
    except ValueError as trouble:
        if "snap_back" in str(trouble):
            raise click.BadParameter(f"{trouble}.", param_hint="--punishment") from None
        raise


def _color(ctx: click.Context, param: click.Parameter, value: str) -> None:
    """Decide on colour: the option, then NO_COLOR, FORCE_COLOR, a dumb terminal, and last whether it is a terminal."""
    if value != "auto":
        ctx.color = value == "always"
    elif os.environ.get("NO_COLOR"):
        ctx.color = False
    elif os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        ctx.color = True
    elif os.environ.get("TERM") == "dumb":
        ctx.color = False


def _remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if param.name is not None:
        ctx.meta[param.name] = value


def quiet_color_debug(command: Command) -> Command:
    """Add the options that every command has."""
    shared = (
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_remember, help="No warnings."),
        click.option(
            "--color", type=Choice(["auto", "always", "never"]), default="auto", expose_value=False, is_eager=True,
            callback=_color, help="Colour; auto: on a terminal (NO_COLOR, FORCE_COLOR).",
        ),
        click.option(
            "--debug", is_flag=True, expose_value=False, callback=_remember, help="Show the traceback of an error."
        ),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def source_argument(command: Command) -> Command:
    """Add the argument SOURCE."""
    return click.argument("source", metavar="SOURCE")(command)


def overrides_option(command: Command) -> Command:
    """Add ``--set PATH=VALUE``."""
    return click.option(
        "--set", "overrides", multiple=True, metavar="PATH=VALUE", callback=_settings,
        help="Change an entry of the scenario, for example parameters.hop=0.006; may be repeated.",
    )(command)  # fmt: skip


def format_option(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Add ``--format``; the first format is the default."""
    return click.option(
        "--format", "format", type=Choice(formats), default=formats[0], show_default=True, help="Format of the result."
    )


def input_format_option(command: Command) -> Command:
    """Add ``--input-format``."""
    return click.option(
        "--input-format", type=Choice((*GAME_FORMATS, "scenario")),
        help="What SOURCE is, when its name does not tell (standard input).",
    )(command)  # fmt: skip


def output_option(command: Command) -> Command:
    """Add ``-o FILE``."""
    return click.option("-o", "--output", metavar="FILE", help="Write the result to FILE (whole or not at all).")(
        command
    )


def digits_option(command: Command) -> Command:
    """Add ``--digits N``."""
    return click.option(
        "--digits", type=click.IntRange(1, 17), metavar="N", help="Significant digits in text; 17 prints all."
    )(command)


def seed_option(command: Command) -> Command:
    """Add ``--seed N``."""
    return click.option(
        "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, metavar="N",
        help="Seed of the search for continuous deals.",
    )(command)  # fmt: skip


def time_limit_option(command: Command) -> Command:
    """Add ``--time-limit S`` for searches on continuous levers."""
    return click.option(
        "--time-limit", type=click.FloatRange(0, min_open=True), callback=_finite, metavar="S",
        help="Stop searching continuous deals after S seconds with what was found and proved.",
    )(command)  # fmt: skip


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.", ctx, param)
    return value


def solution_option(command: Command) -> Command:
    """Add ``--solution RULE`` and ``--lotteries``."""
    lotteries = click.option("--lotteries", is_flag=True, help="Allow lotteries over deals.")
    words = "Bargaining rule of the headline deal; `bargain explain rule` names all."
    rule = click.option("--solution", type=Choice(RULES), metavar="RULE", help=words)
    return rule(lotteries(command))
