"""The report on a game that was given as a game: text, CSV, LaTeX, Markdown, and JSON that can be verified.

The JSON has ``"schema": "bargain-equilibria-1"``.  Two runs on the same game give the same bytes, apart from
``provenance``; numbers are strings ``"p/q"`` when they are exact and floats otherwise.

================  ======================================================================================================
``schema``        ``"bargain-equilibria-1"``; ``command`` ``"equilibria"``; ``concept`` ``"nash"``
``game``          ``title``, ``players``, ``actions`` ``{player: names}``, ``payoffs`` ``{player: nested lists}`` with
                  one axis per player in the players' order (null in games with more than a million payoffs), and
                  ``digest``: the SHA-256 of the canonical JSON of players, actions and payoffs
``equilibria``    ``[{"profile": {player: {action: probability}}, "payoffs": {player: number}, "regret": number}, ...]``
                  (supports only)
``components``    maximal Nash subsets: ``strategies`` ``{player: [{action: probability}, ...]}`` (corners),
                  ``equilibria`` (places in the list, from 0), ``dimension``, ``connected``
``complete``      true, false, or null: not known; ``reason``, ``method``, ``exact``, ``notes``
``certificate``   evidence beyond the profiles themselves, or null
``provenance``    versions, platform, time, duration and command line: the only part that differs between runs
================  ======================================================================================================

Tested by reading back what was written, and by golden pages.
"""

from __future__ import annotations

import csv
import io
import json
import math
import shlex
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bargain.games.interchange.stored import game_tree
from bargain.reports.components import component_tree
from bargain.reports.csv import harmless
from bargain.reports.equilibria import found_sections
from bargain.reports.names import counted
from bargain.reports.tables import Section

if TYPE_CHECKING:
    from bargain.results import Equilibria, GameReport, Profile

__all__ = ["SCHEMA", "game_sections", "render_solved_game", "solved_game_tree"]

SCHEMA = "bargain-equilibria-1"

CSV_COLUMNS = ("game", "table", "item", "player", "entry", "quantity", "value")

Tree = dict[str, Any]

_WRITERS = {"text": "text", "latex": "latex", "md": "markdown"}


def render_solved_game(report: GameReport, format: str = "text", digits: int | None = None) -> str:
    """Return a report on a game as text that ends with a newline.

    Parameters
    ----------
    report : GameReport
        What was found.
    format : {"text", "json", "csv", "latex", "md"}
        ``json`` and ``csv`` keep every digit; the others are for people.
    digits : int, optional
        Significant digits in the formats for people.
    """
    if format == "json":
        return json.dumps(solved_game_tree(report), indent=2, allow_nan=False) + "\n"
    if format == "csv":
        return _csv(report)
    name = _WRITERS[format]
    # The other formats' modules stay where they are: a small game takes less time than they do.
    write = getattr(import_module(f"bargain.reports.{name}"), f"{name}_sections")
    text: str = write(game_sections(report, digits))
    return text


def game_sections(report: GameReport, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report: what the game is, its equilibria, and how to get them again."""
    found = report.equilibria
    sizes = " x ".join(str(len(actions)) for actions in found.game.actions)
    players = counted(len(found.game.players), "player")
    size = f"Game: {players}, {sizes} actions. Method: {found.method}."
    title = " ".join((report.title or report.file or "A game").split())
    opening = Section("", body=(title, size), key="scenario")
    known = report.provenance
    parts = [report.file] if report.file else []
    parts += [f"bargain {known['bargain']}"] if "bargain" in known else []
    parts += [f"{known['seconds']:.1f} s"] if "seconds" in known else []
    named = report.file and not report.file.startswith("<")
    again = (f"Next: bargain show {shlex.quote(report.file)}",) if named else ()
    closing = Section("", body=(" | ".join(parts), *again) if parts else (), key="run")
    sections = (opening, *found_sections(found, digits, report.notes), closing)
    return tuple(section for section in sections if section)


def solved_game_tree(report: GameReport) -> Tree:
    """Return the object that the module describes."""
    found = report.equilibria
    return {
        "schema": SCHEMA,
        "command": "equilibria",
        "concept": "nash",
        "game": game_tree(found.game, report.title),
        "equilibria": [_profile(profile, found) for profile in found],
        "components": [_stored(component_tree(component, found)) for component in found.components],
        "complete": found.complete,
        "reason": found.reason,
        "method": found.method,
        "exact": found.exact,
        "notes": [*report.notes, *found.notes],
        "certificate": None,
        "provenance": _stored(report.provenance),
    }


def _profile(profile: Profile, found: Equilibria) -> Tree:
    game = found.game
    mixed = {
        player: {actions[a]: _number(strategy[a]) for a in support}
        for player, actions, strategy, support in zip(
            game.players, game.actions, profile.strategies, profile.supports, strict=True
        )
    }
    payoffs = dict(zip(game.players, map(_number, profile.payoffs), strict=True))
    return {"profile": mixed, "payoffs": payoffs, "regret": _number(profile.regret)}


def _number(value: Any) -> Any:
    """Return a number as the schema wants it: exact ones as text, floats as they are, and no negative zero."""
    if isinstance(value, (int, Fraction)):
        return str(value)
    plain = float(value) + 0.0
    return plain if math.isfinite(plain) else None


def _stored(value: Any) -> Any:
    """Return nested data with exact numbers as text; whole numbers that count something stay numbers."""
    if isinstance(value, dict):
        return {key: _stored(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_stored(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, str)) else _number(value)


def _csv(report: GameReport) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, CSV_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for record in _records(report.equilibria):
        row = {"game": report.title or report.file, **record}
        writer.writerow({column: harmless(cell) for column, cell in row.items()})
    return stream.getvalue()


def _records(found: Equilibria) -> Iterator[Tree]:
    for number, profile in enumerate(found, start=1):
        item = {"table": "equilibria", "item": str(number)}
        shown = _profile(profile, found)
        for player, strategy in shown["profile"].items():
            for action, chance in strategy.items():
                yield {**item, "player": player, "entry": action, "quantity": "probability", "value": chance}
        for player, payoff in shown["payoffs"].items():
            yield {**item, "player": player, "quantity": "payoff", "value": payoff}
        yield {**item, "quantity": "regret", "value": shown["regret"]}
    for number, component in enumerate(found.components, start=1):
        item = {"table": "components", "item": str(number)}
        yield {**item, "quantity": "dimension", "value": component.dimension}
        yield {**item, "quantity": "connected", "value": component.connected}
        for place in component.profiles:
            yield {**item, "quantity": "equilibrium", "value": place + 1}
