"""From a negotiation domain to a scenario: payoff tables over the issues' values, in a file that every command reads.

Issues and parties get names that formulas can use and keep their own as labels; values keep their names as far as a
level can have them, and every change is told.  A domain does not say what stands on an issue that a deal leaves out:
the scenario's status quo is each issue's first value, no player sets anything alone, and separate talks are not
compared.  Utilities become the nearest floats; by how much that moves a deal's utility at most is told.  Tested by
solving domains both ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from bargain.errors import LimitError
from bargain.games.interchange.domain import Domain, DomainIssue, Party, Value
from bargain.scenario.formula import FUNCTIONS, RESERVED, is_name, normalise
from bargain.scenario.levels import level_text
from bargain.scenario.schema import MAX_LEVELS

__all__ = ["ScenarioOfDomain", "domain_scenario", "scenario_text"]

_TAKEN = FUNCTIONS | RESERVED | {"total", "joint", "all", "issue"}
_NUMBER_LIKE = re.compile(r"\s*[+-]?[0-9.][0-9.,_eE+-]*\s*")
_LONGEST_NAME = 64
_MOST_ISSUES = 64
_MOST_PLAYERS = 26


@dataclass(frozen=True, slots=True)
class ScenarioOfDomain:
    """A scenario's tree, with the names that issues and parties have in it, and remarks."""

    tree: dict[str, Any]
    issues: Mapping[str, str]
    players: Mapping[str, str]
    notes: tuple[str, ...]


def domain_scenario(domain: Domain) -> ScenarioOfDomain:
    """Return a domain as the tree of a scenario.

    Raises
    ------
    LimitError
        The domain has more issues, parties or values than a scenario can have; the problem itself
        (:meth:`Domain.problem`) can still be solved in Python.

    Examples
    --------
    >>> issue = DomainIssue("Price / unit", ("low", "high"))
    >>> one, half = Fraction(1), Fraction(1, 2)
    >>> buyer, seller = Party("b", (one,), ((one, half),)), Party("s", (one,), ((half, one),))
    >>> tree = domain_scenario(Domain("sale", "made here", (issue,), (buyer, seller))).tree
    >>> tree["issues"]["Price_unit"]["label"], tree["payoffs"]["b"]
    ('Price / unit', {'Price_unit': {'low': 1.0, 'high': 0.5}})
    """
    _check_size(domain)
    notes: list[str] = []
    issues = _names([issue.name for issue in domain.issues], "issue", notes)
    players = _names(domain.players, "party", notes)
    levels = {issue.name: _levels(issue, notes) for issue in domain.issues}
    discounted = [party for party in domain.parties if party.discount is not None]
    notes += [f"discount factor {float(p.discount or 1):.10g} of {p.name} is not applied" for p in discounted]
    lost = max(_rounding(party) for party in domain.parties)
    if lost:
        notes.append(f"utilities are rounded to floats, which moves that of a deal by at most {float(lost):.1g}")
    tree: dict[str, Any] = {"format": 1, "scenario": _about(domain, notes), "players": {}, "issues": {}, "payoffs": {}}
    for party in domain.parties:
        name = players[party.name]
        tree["players"][name] = {"name": _cut(party.name, 200)}
        tree["payoffs"][name] = _payoffs(domain, party, issues, levels)
    for issue in domain.issues:
        listed = levels[issue.name]
        entry = {"levels": list(listed), "status_quo": listed[0]}
        tree["issues"][issues[issue.name]] = {"label": _cut(issue.name, 200), **entry}
    stands = {players[party.name]: float(party.disagreement) for party in domain.parties}
    tree["disagreement"] = {"kind": "fixed", "payoffs": stands}
    tree["solve"] = {"compare": "none"}
    return ScenarioOfDomain(tree, issues, players, tuple(notes))


def _check_size(domain: Domain) -> None:
    sizes = (
        (len(domain.issues), _MOST_ISSUES, "issues"),
        (len(domain.parties), _MOST_PLAYERS, "parties"),
        (max(len(issue.values) for issue in domain.issues), MAX_LEVELS, "values of an issue"),
    )
    for count, most, what in sizes:
        if count > most:
            raise LimitError(
                f"the domain has {count:,} {what}; a scenario has at most {most:,}. "
                "In Python, `bargain.read_domain(...).problem()` has no such limit"
            )


def _about(domain: Domain, notes: Sequence[str]) -> dict[str, Any]:
    ident = re.sub(r"[^A-Za-z0-9_-]+", "-", domain.name).strip("-")[:_LONGEST_NAME] or "domain"
    text = " ".join(f"{note[0].upper()}{note[1:]}." for note in (*domain.notes, *notes))
    reserved = "The disagreement point is the parties' reserved values. "
    quo = "The status quo of each issue is only its first value: the domain does not say what stands without a deal. "
    files = ", ".join(Path(file).name for file in domain.files)
    return {
        "id": ident,
        "title": _cut(domain.name, 200),
        "units": "utility",
        "description": _cut(reserved + quo + text, 10_000),
        "sources": [_cut(f"{domain.dialect}: {files}" if files else domain.dialect, 10_000)],
    }


def _payoffs(
    domain: Domain, party: Party, issues: Mapping[str, str], levels: Mapping[str, Sequence[str | float]]
) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for issue, weight, values in zip(domain.issues, party.weights, party.evaluations, strict=True):
        keys = [level if isinstance(level, str) else _number(level) for level in levels[issue.name]]
        entries[issues[issue.name]] = {key: float(weight * v) for key, v in zip(keys, values, strict=True)}
    if party.bias:
        entries["joint"] = float(party.bias)
    return entries


def _rounding(party: Party) -> Fraction:
    """Return by how much rounding to floats can move a deal's utility, added up over issues."""
    lost = abs(Fraction(float(party.bias)) - party.bias)
    for weight, values in zip(party.weights, party.evaluations, strict=True):
        lost += max(abs(Fraction(float(weight * value)) - weight * value) for value in values)
    return max(lost, abs(Fraction(float(party.disagreement)) - party.disagreement))


def _names(given: Sequence[str], kind: str, notes: list[str]) -> dict[str, str]:
    """Return for every name one that formulas can use, all different."""
    made: dict[str, str] = {}
    used: set[str] = set()
    for name in given:
        plain = re.sub(r"\W+|_+", "_", normalise(name)).strip("_")
        plain = plain if plain[:1].isalpha() else f"{kind}_{plain}".strip("_")
        plain = plain[:_LONGEST_NAME].rstrip("_")
        if plain in _TAKEN or not is_name(plain):
            plain = f"{kind}_{plain}"[:_LONGEST_NAME] if is_name(f"{kind}_{plain}"[:_LONGEST_NAME]) else kind
        made[name] = _free(plain, used, "_")
        used.add(made[name])
    changed = [(old, new) for old, new in made.items() if old != new]
    if changed:
        shown = ", ".join(f"{_cut(old, 40)} = {new}" for old, new in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        noun = {"issue": "issues", "party": "parties"}[kind]
        notes.append(f"{noun} have names that formulas can use: {shown}{more}")
    return made


def _free(name: str, used: Collection[str], joint: str) -> str:
    number, free = 2, name
    while free in used:
        free = f"{name[: _LONGEST_NAME - 6]}{joint}{number}"
        number += 1
    return free


def _levels(issue: DomainIssue, notes: list[str]) -> tuple[str | float, ...]:
    """Return the levels of an issue: numbers where all values are numbers, else names that a level can have."""
    numbers = _numbers(issue.values)
    if numbers is not None:
        return numbers
    made: list[str] = []
    used: set[str] = set()
    changed = []
    for value in issue.values:
        text = str(value)
        plain = normalise(re.sub(r"['\"\\]", "", text)).strip() or "value"
        plain = f"value {plain}" if _NUMBER_LIKE.fullmatch(plain) else plain
        plain = _free(_cut(plain, _LONGEST_NAME), used, " ")
        used.add(plain)
        made.append(plain)
        if plain != text:
            changed.append(f"{_cut(text, 30)} = {plain}")
    if changed:
        shown = "; ".join(changed[:2]) + (f" and {len(changed) - 2} more" if len(changed) > 2 else "")
        notes.append(f"values of {_cut(issue.name, 40)} have names that levels can have: {shown}")
    return tuple(made)


def _numbers(values: Sequence[Value]) -> tuple[float, ...] | None:
    """Return values as floats when all are plain numbers that stay different, else None."""
    try:
        found = tuple(float(value) for value in values)
    except (ValueError, OverflowError):
        return None
    plain = all(
        not isinstance(value, str) or level_text(number) == value for value, number in zip(values, found, strict=True)
    )
    apart = len(set(found)) == len(found) and all(abs(number) < 1e300 for number in found)
    return found if plain and apart else None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."


def scenario_text(made: ScenarioOfDomain, format: str = "toml") -> str:
    """Return a scenario's tree as the text of a file.

    Parameters
    ----------
    made : ScenarioOfDomain
        What :func:`domain_scenario` returned.
    format : {"toml", "json"}
        Of the text.

    Raises
    ------
    ValueError
        The format is none of these.
    """
    if format == "json":
        return json.dumps(made.tree, indent=2, ensure_ascii=True) + "\n"
    if format != "toml":
        raise ValueError(f"unknown format {format!r}; known are toml, json")
    tree = made.tree
    lines = ["format = 1", "", "[scenario]", *_entries(tree["scenario"])]
    for name, player in tree["players"].items():
        lines += ["", f"[players.{_key(name)}]", *_entries(player)]
    for name, issue in tree["issues"].items():
        lines += ["", f"[issues.{_key(name)}]", *_entries(issue)]
    for name, payoffs in tree["payoffs"].items():
        lines += ["", f"[payoffs.{_key(name)}]", *_entries(payoffs)]
    lines += ["", "[disagreement]", *_entries(tree["disagreement"]), "", "[solve]", *_entries(tree["solve"])]
    return "\n".join(lines) + "\n"


def _entries(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_entries(value))} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return _number(value)


def _number(value: float) -> str:
    """Return a number in its shortest form that reads back as the same float."""
    return repr(value).removesuffix(".0")
