"""The report on a solution concept other than Nash equilibrium: text, Markdown, LaTeX, CSV and JSON.

The JSON is ``"schema": "bargain-equilibria-1"`` with ``concept``, ``game``, ``solution``, ``notes`` and
``provenance``; numbers are strings ``"p/q"`` when they are exact and floats otherwise.  Tested by reading back what was
written, and by the words of every concept.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.games.interchange.stored import game_tree
from bargain.reports.digits import fraction, number, number_format
from bargain.reports.latex import latex_sections
from bargain.reports.markdown import markdown_sections
from bargain.reports.names import counted
from bargain.reports.tables import Column, Item, Section, Table, column
from bargain.reports.text import text_sections

if TYPE_CHECKING:
    from bargain.results import ConceptAnswer

__all__ = ["concept_sections", "concept_tree", "render_concept"]

SCHEMA = "bargain-equilibria-1"

_WRITERS = {"text": text_sections, "latex": latex_sections, "md": markdown_sections}
_SHOWN = 200
_STEPS = 20

Tree = dict[str, Any]


def render_concept(
    answer: ConceptAnswer,
    format: str = "text",
    digits: int | None = None,
    title: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> str:
    """Return the report as text that ends with a newline.

    Parameters
    ----------
    answer : ConceptAnswer
        What was found.
    format : {"text", "json", "csv", "latex", "md"}
        ``json`` and ``csv`` keep every digit; the others are for people.
    digits : int, optional
        Significant digits in the formats for people.
    title : str
        What the game is called.
    provenance : mapping, optional
        Versions, time and command line, for JSON.
    """
    if format == "json":
        return json.dumps(concept_tree(answer, title, provenance or {}), indent=2, allow_nan=False) + "\n"
    if format == "csv":
        return _csv(answer, title)
    return _WRITERS[format](concept_sections(answer, digits, title))


def concept_tree(answer: ConceptAnswer, title: str, provenance: Mapping[str, Any]) -> Tree:
    """Return the object that is stored as JSON."""
    return {
        "schema": SCHEMA,
        "command": "equilibria",
        "concept": answer.concept,
        "game": game_tree(answer.game, title),
        "solution": _stored(answer.solution),
        "notes": list(answer.notes),
        "provenance": {key: _plain(value) for key, value in provenance.items()},
    }


def _stored(value: Any) -> Any:
    """Return nested data with exact numbers as text, floats as they are, and counts as integers."""
    if isinstance(value, Mapping):
        return {str(key): _stored(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stored(item) for item in value]
    if isinstance(value, Fraction):
        return str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "tolist"):
        return _stored(value.tolist())
    return float(value) + 0.0 if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    return _stored(value) if isinstance(value, Mapping | list | tuple | int | float | str) else str(value)


def concept_sections(answer: ConceptAnswer, digits: int | None = None, title: str = "") -> tuple[Section, ...]:
    """Return the sections of the report: what the game is, and the answer."""
    game = answer.game
    sizes = " x ".join(str(len(actions)) for actions in game.actions)
    size = f"Game: {counted(len(game.players), 'player')}, {sizes} actions."
    opening = Section("", body=(" ".join(title.split()) or "A game", size), key="scenario")
    heading, subtitle, body = _BUILDERS[answer.concept](answer.solution, digits)
    notes = tuple(f"  {note}" for note in answer.notes)
    return (opening, Section(heading, subtitle, (*body, *notes), answer.concept))


Parts = tuple[str, str, tuple[Item, ...]]


def _stackelberg(solution: Mapping[str, Any], digits: int | None) -> Parts:
    leader = solution["leader"]
    kind = {"pure": "an action", "mixed": "a mixed strategy"}[solution["commitment"]]
    ties = {"strong": "ties are broken for it (strong)", "weak": "ties are broken against it (weak)"}[solution["ties"]]
    mixes = {leader: solution["leader_strategy"], **{player: {a: 1} for player, a in solution["reply"].items()}}
    ordered = {player: mixes[player] for player in solution["payoffs"]}
    return (
        "Stackelberg",
        f"{leader} commits to {kind} first; {ties}",
        (_mixes(ordered, solution["payoffs"], digits),),
    )


def _quantal_response(solution: Mapping[str, Any], digits: int | None) -> Parts:
    unit = "per unit of payoff" if solution["unit"] == "payoff" else "times payoffs in units of each player's range"
    if solution["branch"] is None:
        subtitle = f"logit, lambda {solution['lambda']:.6g} {unit}; residual {solution['residual']:.1e}"
        return "Quantal response", subtitle, (_mixes(solution["profile"], solution["payoffs"], digits),)
    limit = solution["limit"]
    regret = "0" if limit["regret"] == 0 else f"{float(limit['regret']):.1e}"
    subtitle = (
        f"logit, followed from lambda 0 to {solution['lambda']:.6g} {unit} in {len(solution['branch'])} points; "
        f"residual {solution['residual']:.1e}"
    )
    lines = (
        f"  The branch approaches the profile above, of regret {regret}.",
        *(f"  It turns back at lambda {turn:.6g}." for turn in solution["turns"]),
        "  All points: --format csv or json. One point: --lambda X.",
    )
    return "Quantal response", subtitle, (_mixes(limit["profile"], limit["payoffs"], digits), *lines)


def _rationalisable(solution: Mapping[str, Any], digits: int | None) -> Parts:
    rows = [
        (player if k == 0 else "", action)
        for player, actions in solution["survivors"].items()
        for k, action in enumerate(actions)
    ]
    kept = Table((Column("Player", "left"), Column("Action", "left")), tuple(rows))
    gone = solution["eliminated"]
    kinds = "all that remains" if solution["complete"] else "what was not ruled out"
    subtitle = f"{kinds} after {counted(len(gone), 'action')} eliminated by strict dominance, pure or mixed"
    if not gone:
        return "Rationalisable actions", subtitle, (kept,)
    steps = [(str(step["round"]), step["player"], step["action"], _words(step["by"], digits)) for step in gone[:_STEPS]]
    headings = (*column("Round"), Column("Player", "left"), Column("Eliminated", "left"), Column("Worse than", "left"))
    more = (f"  ... and {len(gone) - _STEPS} more (--format json lists all).",) if len(gone) > _STEPS else ()
    return "Rationalisable actions", subtitle, (kept, "  Why the others are not:", Table(headings, tuple(steps)), *more)


def _security(solution: Mapping[str, Any], digits: int | None) -> Parts:
    names = ("minmax", "maxmin", "pure_minmax", "pure_maxmin")
    exact = any(isinstance(value, Fraction) for value in solution["minmax"].values())
    spec = number_format([float(value) for name in names for value in solution[name].values()], digits)
    rows = tuple(
        (player, *(_shown(solution[name][player], spec, exact) for name in names)) for player in solution["minmax"]
    )
    headings = (Column("Player", "left"), *column("Held to", "Secures", "Held to, pure", "Secures, pure"))
    body: list[Item] = [Table(headings, rows), "  What secures it:", _mixes(solution["maxmin_strategies"], {}, digits)]
    for player, (low, high) in solution.get("independent_minmax_bounds", {}).items():
        bounds = f"{number(low, spec)} and {number(high, spec)}"
        body.append(f"  Others who mix independently hold {player} to between {bounds}.")
    return "Security levels", "what the others can hold each player to, and what it can secure", tuple(body)


def _correlated(solution: Mapping[str, Any], digits: int | None) -> Parts:
    players = tuple(solution["payoffs"])
    rows = [
        (*(each["profile"][player] for player in players), fraction(each["probability"], f".{digits or 4}g"))
        for each in solution["distribution"][:_SHOWN]
    ]
    table = Table((*(Column(player, "left") for player in players), *column("Probability")), tuple(rows))
    spec = number_format([float(value) for value in solution["payoffs"].values()], digits)
    pays = ", ".join(f"{player} {number(value, spec)}" for player, value in solution["payoffs"].items())
    more = len(solution["distribution"]) - _SHOWN
    cut = (f"  ... and {more} more (--format json lists all).",) if more > 0 else ()
    subtitle = f"best for {solution['objective']}" if solution["objective"] != "worst" else "smallest sum of payoffs"
    violation = f"largest violation {float(solution['violation']):.1e} of a payoff range"
    return "Correlated equilibrium", f"{subtitle}; {violation}", (table, *cut, f"  Pays {pays}.")


def _coarse_correlated(solution: Mapping[str, Any], digits: int | None) -> Parts:
    return ("Coarse correlated equilibrium", *_correlated(solution, digits)[1:])


_BUILDERS: dict[str, Callable[[Mapping[str, Any], int | None], Parts]] = {
    "stackelberg": _stackelberg,
    "quantal-response": _quantal_response,
    "rationalisable": _rationalisable,
    "security": _security,
    "correlated": _correlated,
    "coarse-correlated": _coarse_correlated,
}


def _mixes(mixes: Mapping[str, Mapping[str, Any]], payoffs: Mapping[str, Any], digits: int | None) -> Table:
    """Return rows of player, action, probability and payoff."""
    exact = any(isinstance(value, Fraction) for value in payoffs.values())
    spec = number_format([float(value) for value in payoffs.values()], digits)
    rows = [
        (
            player if k == 0 else "",
            action,
            fraction(chance, f".{digits or 4}g"),
            _shown(payoffs[player], spec, exact) if k == 0 and player in payoffs else "",
        )
        for player, mix in mixes.items()
        for k, (action, chance) in enumerate(mix.items())
    ]
    table = Table((Column("Player", "left"), Column("Action", "left"), *column("Probability", "Payoff")), tuple(rows))
    return table if payoffs else table.only(range(3))


def _shown(value: Any, spec: str, exact: bool) -> str:
    return fraction(value) if exact and isinstance(value, Fraction) else number(value, spec)


def _words(mix: Mapping[str, Any], digits: int | None) -> str:
    spec = f".{digits or 4}g"
    return " + ".join(action if chance == 1 else f"{fraction(chance, spec)} {action}" for action, chance in mix.items())


def _csv(answer: ConceptAnswer, title: str) -> str:
    """Return every number in a long table: where it stands in the solution, and its value."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("game", "concept", "item", "value"))
    for place, value in _leaves(_stored(answer.solution)):
        writer.writerow((_harmless(title), answer.concept, _harmless(place), _harmless(value)))
    return stream.getvalue()


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{place}/{key}" if place else key)
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from _leaves(item, f"{place}/{k}")
    else:
        yield place, "" if value is None else value


def _harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    text = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\n") and not _is_number(cell)
    return f"'{cell}" if text else cell


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace("/", "", 1).isdigit()
