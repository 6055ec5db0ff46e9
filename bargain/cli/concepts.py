"""The options of ``bargain equilibria`` that choose a solution concept, and the report on it.

The options stand here so that the command itself stays as it is; a test compares the names with those of the rooms.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from bargain.cli import options

if TYPE_CHECKING:
    from bargain.games.normal_form import NormalFormGame

__all__ = ["CONCEPTS", "OBJECTIVES", "SELECTIONS", "asked_concept", "concept_options", "concept_report"]

_OTHERS = ("correlated", "coarse-correlated", "stackelberg", "quantal-response", "rationalisable", "security")
CONCEPTS = ("nash", *_OTHERS)
OBJECTIVES = ("welfare", "egalitarian", "worst")
SELECTIONS = ("all", "only", "welfare-best", "welfare-worst", "egalitarian", "payoff-dominant", "risk-dominant")

_BELONGS = {
    "leader": ("stackelberg",),
    "commitment": ("stackelberg",),
    "ties": ("stackelberg",),
    "lambda": ("quantal-response",),
    "lambda-unit": ("quantal-response",),
    "objective": ("correlated", "coarse-correlated"),
    "select": ("nash",),
    "method": ("nash",),
    "time-limit": ("nash", "correlated", "coarse-correlated"),
    "exact": ("nash", "correlated", "coarse-correlated", "stackelberg", "security"),
}
"""Which concepts an option means something for."""

_KEY = "bargain.concept"


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    name = next(each for each in param.opts if each.startswith("--"))[2:]
    ctx.meta.setdefault(_KEY, {})[name] = value


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.", ctx, param)
    _remember(ctx, param, value)


def _option(name: str, help: str, choices: tuple[str, ...] | None = None, **more: Any) -> Any:
    kind: Any = {} if choices is None else {"type": options.Choice(choices), "metavar": name.upper()}
    return click.option(f"--{name}", help=help, expose_value=False, **{"callback": _remember, **kind, **more})


def concept_options(command: options.Command) -> options.Command:
    """Add ``--concept`` and the options of the concepts."""
    shared = (
        _option("concept", f"One of {', '.join(CONCEPTS)}.", CONCEPTS, default="nash", show_default=True),
        _option("select", f"Which equilibria to report: {', '.join(SELECTIONS)}.", SELECTIONS, default="all"),
        _option("leader", "Stackelberg: the player who commits first (default: the first).", metavar="PLAYER"),
        _option("commitment", "Stackelberg: pure or mixed (default).", ("pure", "mixed")),
        _option("ties", "Stackelberg: ties are broken for the leader, strong (default), or weak.", ("strong", "weak")),
        _option(
            "lambda", "Quantal response: rationality; without it the whole branch is followed.",
            type=click.FloatRange(0), metavar="X", callback=_finite,
        ),
        _option(
            "lambda-unit", "Quantal response: lambda per unit of payoff (default) or per span of each player's.",
            ("payoff", "span"),
        ),
        _option("objective", f"Correlated: {', '.join(OBJECTIVES)} (default: welfare).", OBJECTIVES),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def asked_concept(ctx: click.Context) -> dict[str, Any]:
    """Return what was asked: ``concept``, and the concept's own options that were given.

    Raises
    ------
    click.UsageError
        An option was given that the concept does not have.
    """
    given = {key: value for key, value in ctx.meta[_KEY].items() if value is not None}
    concept = given.pop("concept")
    plain = {name.replace("_", "-"): value for name, value in ctx.params.items()}
    for name, concepts in _BELONGS.items():
        source = ctx.get_parameter_source(name.replace("-", "_"))
        typed = source is not None and source.name == "COMMANDLINE"
        if typed and concept not in concepts:
            raise click.UsageError(f"--{name} goes with concept {' or '.join(concepts)}, not with {concept}.", ctx)
    if plain.get("exact") and concept != "nash":
        given["exact"] = True
    if plain.get("time-limit") is not None:
        given["time-limit"] = plain["time-limit"]
    return {"concept": concept, **{key: value for key, value in given.items() if concept in _BELONGS.get(key, ())}}


def concept_report(
    ctx: click.Context,
    game: NormalFormGame,
    asked: Mapping[str, Any],
    title: str,
    style: tuple[str, int | None],
    notes: tuple[str, ...] = (),
    started: tuple[float, float] | None = None,
) -> tuple[str, int]:
    """Solve a game by a concept other than Nash equilibrium.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    game : NormalFormGame
        From a scenario or from a game file.
    asked : mapping
        What :func:`asked_concept` returned.
    title : str
        What the game is called in the report.
    style : (str, int or None)
        Format and digits.
    notes : tuple of str
        Remarks on the game, to stand before those of the concept.
    started : (float, float), optional
        ``time.time()`` and ``time.perf_counter()`` when the work began.

    Returns
    -------
    (str, int)
        The report and the exit code.
    """
    from dataclasses import replace

    from bargain.cli.program import DONE
    from bargain.equilibria.concepts import solve_concept
    from bargain.provenance import loaded_versions, origin
    from bargain.reports.concepts import render_concept

    begun = started or (time.time(), time.perf_counter())
    named = {"lambda": "rationality", "lambda-unit": "unit", "time-limit": "time_limit"}
    chosen = {named.get(key, key): value for key, value in asked.items() if key not in ("concept", "select")}
    leader = chosen.get("leader")
    if leader is not None and leader not in game.players:
        raise click.BadParameter(
            f"there is no player {leader!r}; the players are {', '.join(game.players)}.", ctx, param_hint="--leader"
        )
    answer = solve_concept(game, asked["concept"], **chosen)
    answer = replace(answer, notes=(*notes, *answer.notes))
    versions = loaded_versions("numpy", "flint", "scipy", "numba", "nashpy")
    known = {**origin(0, begun, versions), "argv": ctx.meta.get("argv", [])}
    return render_concept(answer, *style, title, known), DONE
