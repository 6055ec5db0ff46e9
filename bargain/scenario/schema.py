"""The shape of a scenario file: which keys there are, of which type and in which bounds.

The shape is data for pydantic's validation engine, ``pydantic_core``; the rest of pydantic, which takes three times as
long to load, is needed only for the JSON Schema (:mod:`bargain.scenario.json_schema`).  What a shape cannot say (names,
levels, tables, formulas) is checked in :mod:`bargain.scenario.check`.  The engine's own messages are never shown:
:mod:`bargain.scenario.structure` has words of our own for each.  Tested by the shipped scenarios and by files with one
mistake each.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, ValidationError
from pydantic_core import core_schema as shape

__all__ = ["CHOICES", "DESCRIPTIONS", "LATER_RULES", "RULES", "SCENARIO", "keys_at", "shape_errors"]

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
"""The bargaining rules that ``solve.solutions`` may name."""

LATER_RULES = ("shapley", "core", "nucleolus")
"""Solutions of a later version; files may name them, and they are not used."""

CHOICES = {
    "kind": ("status_quo", "fixed", "nash", "minmax", "threats"),
    "select": ("only", "welfare-best", "welfare-worst", "egalitarian", "payoff-dominant", "risk-dominant"),
    "compare": ("linkage", "none"),
    "solutions": RULES,
    "protocol": ("alternating", "random"),
    "punishment": ("nash", "minmax", "no_agreement", "snap_back"),
}
"""The words that an entry may be, by its key."""

MAX_LEVELS = 10_001

DESCRIPTIONS = {
    "format": "version of the format",
    "illustrative": "whether the numbers are made up",
    "units": "unit of all payoffs",
    "sources": "where the numbers come from",
    "power": "bargaining weight; all are scaled to sum to one",
    "parties": "the players whom the issue concerns",
    "levers": "the levers of an issue with several",
    "set_by": "the player who moves the lever when there is no agreement",
    "range": "lowest and highest value",
    "steps": "number of equally spaced levels, both ends included",
    "levels": "numbers or names",
    "status_quo": "the level if the talks fail",
    "define": "shared sub-expressions, in order",
    "payoffs": "by player",
    "constraints": "limits on deals",
    "rule": "a condition, for example tariff <= 10",
    "select": "which of several equilibria is the disagreement point",
    "solutions": "bargaining rules; the first gives the headline",
    "compare": "whether to compare with separate talks",
    "lotteries": "whether a deal may be a lottery",
    "grid": "levels that stand for a continuous lever where levels are listed",
    "expect": "rules over results that `bargain test` checks",
    "time": "the clock of the talks: discounting, rounds, deadline",
    "rate": "discount rate a year; a number, or a table by player",
    "discount": "discount factor from one round or period to the next; a number, or a table by player",
    "round_days": "days between two offers",
    "deadline_days": "days until time runs out",
    "rounds": "number of offers until time runs out",
    "first_proposer": "the player who makes the first offer",
    "protocol": "whether players propose in turn, or one is drawn each round by power",
    "breakdown": "chance that talks break down after a refusal",
    "meanwhile": "levels while talks last; the others stand as without a deal",
    "meanwhile_payoffs": "payoffs while talks last, by player",
    "at_deadline": "levels when time has run out; the others stand as without a deal",
    "at_deadline_payoffs": "payoffs when time has run out, by player",
    "outside": "payoffs of a player who walks away from the talks",
    "enforcement": "what follows a breach of the deal",
    "punishment": "what a breach brings: equilibrium, minmax, no agreement, or some levers snap back",
    "snap_back": "levers that return to their levels without a deal",
    "period_days": "days between two chances to break the deal",
    "breach": "the player who can break a lever that nobody sets alone",
    "lag": "periods until a breach of an issue is seen",
    "unobserved": "issues whose breach nobody sees",
    "sweep": "reserved for a later version",
    "coalitions": "reserved for a later version",
}
"""What each key is for, where its name does not say it."""


def _text(longest: int, shortest: int = 0, pattern: str | None = None) -> CoreSchema:
    return shape.str_schema(min_length=shortest or None, max_length=longest, pattern=pattern)


def _list(item: CoreSchema, shortest: int = 0, longest: int | None = None) -> CoreSchema:
    return shape.list_schema(item, min_length=shortest or None, max_length=longest)


def _names(item: CoreSchema, fewest: int = 0, most: int | None = None) -> CoreSchema:
    """Return the shape of a table whose keys are names of the user's."""
    return shape.dict_schema(shape.str_schema(), item, min_length=fewest or None, max_length=most)


def _table(required: dict[str, CoreSchema], optional: dict[str, CoreSchema]) -> CoreSchema:
    """Return the shape of a table whose keys are ours."""
    fields = {key: shape.typed_dict_field(part, required=True) for key, part in required.items()}
    fields |= {key: shape.typed_dict_field(part, required=False) for key, part in optional.items()}
    return shape.typed_dict_schema(fields, extra_behavior="forbid")


def _either(kind: str, *parts: CoreSchema) -> CoreSchema:
    """Return the shape of an entry of one of several types; ``kind`` is the kind of mistake when it is of none."""
    return shape.union_schema(list(parts), custom_error_type=kind, custom_error_message=kind)


def _issue_kind(value: Any) -> str:
    return "<levers>" if isinstance(value, dict) and "levers" in value else "<lever>"


def _parameter_kind(value: Any) -> str:
    return "<table>" if isinstance(value, dict) else "<number>"


_NUMBER = shape.float_schema(allow_inf_nan=False)
_SHORT, _LABEL, _PROSE, _FORMULA = _text(60), _text(200), _text(10_000), shape.str_schema()
_TITLE = _text(200, shortest=1)
_NUMBER_OR_TEXT = _either("number_or_text", _NUMBER, shape.str_schema())
_PAYOFF = _either("payoff", _NUMBER, shape.str_schema(), _names(shape.any_schema()))
_RANGE = _list(_NUMBER, 2, 2)

_ABOUT = _table(
    {"id": _text(64, pattern="^[A-Za-z0-9_-]+$"), "title": _TITLE},
    {"units": _LABEL, "description": _PROSE, "sources": _list(_PROSE, 0, 200), "illustrative": shape.bool_schema()},
)
_PLAYER = _table({}, {"name": _LABEL, "power": shape.float_schema(ge=1e-6, le=1e6), "disagreement": _NUMBER_OR_TEXT})
_LEVER = {
    "label": _LABEL,
    "set_by": shape.str_schema(),
    "unit": _SHORT,
    "range": _RANGE,
    "steps": shape.int_schema(ge=2, le=MAX_LEVELS),
    "levels": _list(_NUMBER_OR_TEXT, 1, MAX_LEVELS),
}
_PARTIES = _list(shape.str_schema(), 1, 26)
_LEVER_TABLE = _table({"status_quo": _NUMBER_OR_TEXT}, _LEVER)
_LEVER_ISSUE = _table({"status_quo": _NUMBER_OR_TEXT}, {**_LEVER, "parties": _PARTIES})
_LEVERS_ISSUE = _table({"levers": _names(_LEVER_TABLE, 1, 64)}, {"label": _LABEL, "parties": _PARTIES})
_ISSUE = shape.tagged_union_schema({"<lever>": _LEVER_ISSUE, "<levers>": _LEVERS_ISSUE}, _issue_kind)
_PARAMETER_TABLE = _table({"value": _NUMBER}, {"range": _RANGE, "label": _LABEL, "unit": _SHORT, "source": _PROSE})
_PARAMETER = shape.tagged_union_schema({"<number>": _NUMBER, "<table>": _PARAMETER_TABLE}, _parameter_kind)
_CONSTRAINT = _table({"name": _TITLE, "rule": _FORMULA}, {"why": _PROSE})
_EXPECT = _table({"name": _TITLE, "rule": _FORMULA}, {})
_DISAGREEMENT = _table(
    {"kind": shape.literal_schema(list(CHOICES["kind"]))},
    {"payoffs": _names(_NUMBER), "select": shape.literal_schema(list(CHOICES["select"]))},
)
_SOLVE = _table(
    {},
    {
        "solutions": _list(shape.literal_schema([*RULES, *LATER_RULES]), 1, 16),
        "compare": shape.literal_schema(list(CHOICES["compare"])),
        "lotteries": shape.bool_schema(),
        "grid": shape.int_schema(ge=2, le=101),
    },
)

_BY_PLAYER = _names(_NUMBER)
_NUMBER_OR_PLAYERS = _either("number_or_players", _NUMBER, _BY_PLAYER)
_STANDING = _names(_NUMBER_OR_TEXT)
_DAYS = shape.float_schema(gt=0, le=1e6, allow_inf_nan=False)
_TIME = _table(
    {},
    {
        "rate": _NUMBER_OR_PLAYERS,
        "discount": _NUMBER_OR_PLAYERS,
        "round_days": _DAYS,
        "deadline_days": _DAYS,
        "rounds": shape.int_schema(ge=1, le=10_000),
        "first_proposer": shape.str_schema(),
        "protocol": shape.literal_schema(list(CHOICES["protocol"])),
        "breakdown": shape.float_schema(ge=0, lt=1, allow_inf_nan=False),
        "meanwhile": _STANDING,
        "meanwhile_payoffs": _BY_PLAYER,
        "at_deadline": _STANDING,
        "at_deadline_payoffs": _BY_PLAYER,
        "outside": _BY_PLAYER,
    },
)
_ENFORCEMENT = _table(
    {},
    {
        "punishment": shape.literal_schema(list(CHOICES["punishment"])),
        "snap_back": _list(shape.str_schema(), 1, 256),
        "rate": _NUMBER_OR_PLAYERS,
        "discount": _NUMBER_OR_PLAYERS,
        "period_days": _DAYS,
        "breach": _names(shape.str_schema()),
        "lag": _names(shape.int_schema(ge=0, le=1000)),
        "unobserved": _list(shape.str_schema(), 0, 64),
    },
)

SCENARIO = _table(
    {
        "format": shape.int_schema(ge=1, le=1),
        "scenario": _ABOUT,
        "players": _names(_PLAYER, 2, 26),
        "issues": _names(_ISSUE, 1, 64),
        "payoffs": _names(_names(_PAYOFF)),
    },
    {
        "parameters": _names(_PARAMETER, 0, 1000),
        "define": _names(_FORMULA, 0, 1000),
        "constraints": _list(_CONSTRAINT, 0, 200),
        "disagreement": _DISAGREEMENT,
        "solve": _SOLVE,
        "expect": _list(_EXPECT, 0, 500),
        "time": _TIME,
        "enforcement": _ENFORCEMENT,
        "sweep": shape.any_schema(),
        "coalitions": shape.any_schema(),
        "$schema": shape.str_schema(),
    },
)
"""The shape of the whole tree, as ``pydantic_core`` takes it."""

_VALIDATOR = SchemaValidator(SCENARIO)

_TABLES: dict[tuple[str, ...], tuple[CoreSchema, ...]] = {
    (): (SCENARIO,),
    ("scenario",): (_ABOUT,),
    ("players", "*"): (_PLAYER,),
    ("issues", "*"): (_LEVERS_ISSUE, _LEVER_ISSUE),
    ("issues", "*", "levers", "*"): (_LEVER_TABLE,),
    ("parameters", "*"): (_PARAMETER_TABLE,),
    ("constraints", "*"): (_CONSTRAINT,),
    ("disagreement",): (_DISAGREEMENT,),
    ("solve",): (_SOLVE,),
    ("time",): (_TIME,),
    ("enforcement",): (_ENFORCEMENT,),
    ("expect", "*"): (_EXPECT,),
}


def keys_at(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the table at ``path`` may have, or nothing where the keys are names.

    Examples
    --------
    >>> keys_at(("players", "US"))
    ('name', 'power', 'disagreement')
    """
    for pattern, tables in _TABLES.items():
        if len(pattern) == len(path) and all(a in ("*", b) for a, b in zip(pattern, path, strict=True)):
            return tuple(dict.fromkeys(key for table in tables for key in table["fields"]))
    return ()


def shape_errors(tree: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...], dict[str, Any]]]:
    """Return what is wrong with the shape of a tree: the kind of mistake, its path, and the bound that it breaks.

    Examples
    --------
    >>> [(kind, path) for kind, path, _ in shape_errors({"solve": {"grid": "fine"}}) if kind != "missing"]
    [('int_type', ('solve', 'grid'))]
    """
    try:
        _VALIDATOR.validate_python(tree, strict=True)
    except ValidationError as trouble:
        found = trouble.errors(include_url=False, include_input=False)
        return [(error["type"], _without_tags(error["loc"]), error.get("ctx", {})) for error in found]
    return []


def _without_tags(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    # Only here the path names the kind of an issue or parameter.
    tagged = len(loc) > 2 and loc[0] in ("issues", "parameters") and str(loc[2]).startswith("<")
    return loc[:2] + loc[3:] if tagged else loc
