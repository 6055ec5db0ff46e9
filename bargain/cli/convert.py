"""``bargain convert``: a game, or a negotiation domain, from one format to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bargain.cli import options
from bargain.cli.domains import is_domain, normalise_option, read_domain_sources, steps_option
from bargain.cli.games import game_kind, read_game_source
from bargain.cli.output import deliver, remark
from bargain.cli.source import read_source
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.games.interchange.domain import Domain
    from bargain.games.interchange.records import GameFile

__all__ = ["convert"]

_GAMES = ("nfg", "csv")
_SCENARIOS = ("toml", "json")
_DOMAINS = ("genius", "geniusweb", "negmas", "negolog")


@click.command(short_help="A game or a domain from one format to another.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.argument("target", metavar="TARGET")
@options.input_format_option
@click.option(
    "--to", "to", type=options.Choice((*_GAMES, *_SCENARIOS, *_DOMAINS)),
    help="Format of TARGET, when its name does not tell.",
)  # fmt: skip
@steps_option
@normalise_option
@click.option("--rounded", is_flag=True, help="Write numbers without a finite decimal as the nearest float.")
@options.quiet_color_debug
@click.pass_context
def convert(
    ctx: click.Context,
    sources: tuple[str, ...],
    target: str,
    input_format: str | None,
    to: str | None,
    steps: int | None,
    normalise_weights: bool,
    rounded: bool,
) -> None:
    """Write a game, or a scenario's no-agreement game, to a file of another format; or a negotiation domain.

    TARGET of a game ends with .nfg (Gambit) or .csv, or is - for standard output. A domain of GENIUS, NegMAS or NegoLog
    becomes a scenario (.toml, .json), or with --to a new folder of files for another program; so does a scenario whose
    payoffs add up over issues.

    \b
    Example:
      bargain convert game.efg game.nfg
      bargain convert battle-of-the-sexes - --to csv
      bargain convert laptop/ laptop.toml
      bargain convert laptop/ for-negmas/ --to negmas
    """
    if input_format is None and is_domain(*sources):
        domain = read_domain_sources(sources, steps, normalise_weights)
        _write_domain(domain, target, to or Path(target).suffix.removeprefix(".").lower(), rounded, ctx)
        return
    if to in _DOMAINS and len(sources) == 1 and game_kind(sources[0], input_format) is None:
        _write_domain(_domain_of_scenario(sources[0]), target, to, rounded, ctx)
        return
    kind = to or game_kind(target)
    if kind not in _GAMES:
        raise click.UsageError(f"The name '{target}' should end with .nfg or .csv, or --to should tell the format.")
    file = _read(sources, input_format)
    from bargain.games.interchange.files import game_text

    try:
        text = game_text(file.game, kind, file.title)
    except ValueError as trouble:
        raise _unwritable(target, trouble) from None
    deliver(text, target)


def _read(sources: Sequence[str], input_format: str | None) -> GameFile:
    if len(sources) > 1:
        raise click.UsageError("A game is read from one SOURCE.")
    kind = game_kind(sources[0], input_format)
    if kind is not None:
        return read_game_source(sources[0], kind)
    document = read_source(sources[0])
    from bargain.games.interchange.records import GameFile
    from bargain.pipeline import Scenario

    return GameFile(Scenario(document).game(), document.title or document.id, file=sources[0])


def _domain_of_scenario(source: str) -> Domain:
    document = read_source(source)
    from bargain.games.interchange.problem_domain import problem_domain
    from bargain.pipeline import Scenario

    return problem_domain(Scenario(document).problem(lotteries=False), document.title or document.id, source)


def _write_domain(domain: Domain, target: str, kind: str, rounded: bool, ctx: click.Context) -> None:
    if kind in _SCENARIOS:
        from bargain.games.interchange.domain_scenario import domain_scenario, scenario_text

        made = domain_scenario(domain)
        deliver(scenario_text(made, kind), target)
        notes: Sequence[str] = (*domain.notes, *made.notes)
    elif kind in _DOMAINS:
        from bargain.games.interchange.domain_writers import write_domain

        try:
            notes = (f"wrote {', '.join(write_domain(domain, target, kind, rounded=rounded))}",)
        except ScenarioError:
            raise
        except ValueError as trouble:
            raise _unwritable(target, trouble) from None
    else:
        message = f"'{target}' should end with .toml or .json for a scenario; or --to one of {', '.join(_DOMAINS)}."
        raise click.UsageError(message)
    if not ctx.meta.get("quiet"):
        for note in notes:
            remark(f"note: {note}")


def _unwritable(target: str, trouble: ValueError) -> ScenarioError:
    return ScenarioError([Diagnostic("BG090", f"cannot write `{target}`: {trouble}")])
