"""The shape of a scenario: each kind of mistake has words of our own, and the JSON Schema says the same."""

import copy
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import ScenarioError
from bargain.scenario.json_schema import json_schema
from bargain.scenario.read import read_text, read_tree
from bargain.scenario.schema import DESCRIPTIONS, RULES, keys_at, shape_errors

FIXTURES = Path(__file__).parent / "fixtures"
TREE = tomllib.loads((FIXTURES / "us_japan_ux.toml").read_text(encoding="utf-8"))

BASE = """\
format = 1
[scenario]
id = "shape"
title = "Shape"
[players.A]
[players.B]
[issues.tariff]
range = [0, 25]
status_quo = 25
[parameters]
hurt = 0.4
[payoffs.A]
tariff = "-hurt*tariff"
[payoffs.B]
tariff = "tariff"
"""

# Each row: what is replaced, by what, and code, message, marked text and hint of the one diagnostic.
MISTAKES = [
    ("format = 1", "", "BG011", "`format` is missing in the scenario", None, "write `format = 1` at the top of the file"),
    ("format = 1", "format = 2", "BG013", "this version reads format 1, not 2", "2", "write `format = 1`; a newer program may read other formats"),
    ("format = 1", "format = 1.0", "BG013", "this version reads format 1, not 1.0", "1.0", "write `format = 1`; a newer program may read other formats"),
    ("format = 1", "format = true", "BG013", "this version reads format 1, not `true`", "true", "write `format = 1`; a newer program may read other formats"),
    ("title =", "titel =", "BG010", "`titel` is not a key of [scenario], and `title` is missing", "titel", "did you mean `title`?"),
    ("title =", "Title =", "BG010", "`Title` is not a key of [scenario], and `title` is missing", "Title", "did you mean `title`?"),
    ("status_quo =", "statusquo =", "BG010", "`statusquo` is not a key of [issues.tariff], and `status_quo` is missing", "statusquo", "did you mean `status_quo`?"),
    ("[parameters]", "[paramters]", "BG010", "`paramters` is not a key of the scenario", "paramters", "did you mean `parameters`?"),
    ("[players.A]", "[players.A]\ncolour = 1", "BG010", "`colour` is not a key of [players.A]", "colour", "its keys are name, power, disagreement"),
    ('tariff = "tariff"\n', 'tariff = "tariff"\n[solve]\nformat = 1\n', "BG010", "`format` is not a key of [solve]", "format", "keys that stand after a [table] belong to it; move `format` to the top of the file"),
    ('id = "shape"', "", "BG011", "`id` is missing in [scenario]", "scenario", 'a short name for files and tables, for example id = "us-japan-2025"'),
    ("status_quo = 25\n", "", "BG011", "`status_quo` is missing in [issues.tariff]", "tariff", "the level at which this stays if the talks fail"),
    ('title = "Shape"', "title = 3", "BG012", "`title` must be a text in quotes, not the number 3", "3", ""),
    ("[players.A]", "[players.A]\npower = '1'", "BG012", '`power` must be a number, not the text "1"', "'1'", ""),
    ("[players.A]", "[players]\nA = 1", "BG012", "`A` must be a table, not the number 1", "1", "write `[players.A]`"),
    ("range = [0, 25]", "range = 25", "BG012", "`range` must be a list, `[...]`, not the number 25", "25", ""),
    ("range = [0, 25]", "range = [0, '25']", "BG012", '`range, item 2` must be a number, not the text "25"', "'25'", ""),
    ("range = [0, 25]", "range = [0, 25]\nsteps = 2.5", "BG012", "`steps` must be a whole number, not the number 2.5", "2.5", ""),
    ("status_quo = 25", "status_quo = true", "BG012", "`status_quo` must be a number, or a text in quotes, not `true`", "true", ""),
    ("hurt = 0.4", "hurt = '2*x'", "BG012", '`hurt` must be a number, not the text "2*x"', "'2*x'", "a parameter is a number or a table with a `value`; formulas stand in [define]"),
    ('tariff = "tariff"', "tariff = [1]", "BG012", "`tariff` must be a formula in quotes, a number, or a table over levels, not a list", "[1]", ""),
    ("[parameters]", "[constraints]\nname = 'x'\nrule = 'tariff < 2'\n[parameters]", "BG012", "`constraints` must be a list, `[...]`, not a table", "constraints", "write each as a table of its own, `[[constraints]]`"),
    ("[parameters]", "[define]\nx = 3\n[parameters]", "BG012", "`x` must be a text in quotes, not the number 3", "3", "write the formula in quotes"),
    ("title =", "illustrative = 'yes'\ntitle =", "BG012", '`illustrative` must be `true` or `false`, not the text "yes"', "'yes'", ""),
    ('id = "shape"', 'id = "a b"', "BG013", '`id` is "a b"; only letters A to Z, digits, `-` and `_` are allowed', '"a b"', ""),
    ('title = "Shape"', 'title = ""', "BG013", "`title` is empty", '""', ""),
    ('title = "Shape"', f'title = "{"x" * 201}"', "BG013", "`title` has 201 characters; at most 200 are allowed", f'"{"x" * 201}"', ""),
    ("[players.A]", "[players.A]\npower = 0", "BG013", "`power` is 0; it must be at least 1e-06", "0", ""),
    ("[players.A]", "[players.A]\npower = 1e9", "BG013", "`power` is 1000000000.0; it must be at most 1e+06", "1e9", ""),
    ("range = [0, 25]", "range = [0, 25, 50]", "BG013", "`range` has 3 entries; at most 2 are allowed", "[0, 25, 50]", ""),
    ("range = [0, 25]", "range = [0]", "BG013", "`range` has 1 entries; it needs 2 or more", "[0]", ""),
    ("[parameters]", "[disagreement]\nkind = 'nahs'\n[parameters]", "BG013", '"nahs" is not a choice for `kind`', "'nahs'", "did you mean `nash`?"),
    ("[parameters]", "[solve]\nsolutions = ['rubinstein']\n[parameters]", "BG013", '"rubinstein" is not a choice for `solutions`', "'rubinstein'", f"choose one of {', '.join(RULES)}"),
    ("[parameters]", "[disagreement]\nkind = 'threat'\n[parameters]", "BG013", '"threat" is not a choice for `kind`', "'threat'", "did you mean `threats`?"),
    ("[parameters]", "[disagreement]\nkind = 'nash'\nselect = 'risk'\n[parameters]", "BG013", '"risk" is not a choice for `select`', "'risk'", "choose one of only, welfare-best, welfare-worst, egalitarian, payoff-dominant, risk-dominant"),
    ("[parameters]", "[models.trade]\nx = 1\n[parameters]", "BG016", "structural models (`models`) are not read by this version", "models", "write payoffs as formulas or tables under [payoffs]"),
    ("range = [0, 25]\nstatus_quo = 25", "range = [0, 25]\nlevers.a = {range = [0, 1], status_quo = 0}", "BG010", "an issue with `levers` has no key `range`", "range", "put `range` into the lever that it belongs to"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "message", "marked", "hint"), MISTAKES)
def test_each_mistake_of_shape_has_words_of_our_own(old, new, code, message, marked, hint):
    assert old in BASE
    text = BASE.replace(old, new, 1)
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "shape.toml")
    found = [d for d in caught.value.diagnostics if d.code in ("BG010", "BG011", "BG012", "BG013", "BG016")]
    (diagnostic,) = found
    assert (diagnostic.code, diagnostic.message, diagnostic.hint) == (code, message, hint)
    if marked is None:
        assert diagnostic.line is None
    else:
        row = text.split("\n")[diagnostic.line - 1]
        assert row[diagnostic.column - 1 :][: diagnostic.width] == marked[: diagnostic.width]
        assert diagnostic.width == len(marked)


def test_a_misspelt_key_hides_nothing_that_stands_below_it():
    text = BASE.replace("[issues.tariff]", "[isues.tariff]").replace("status_quo = 25", "status_quo = 30")
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "shape.toml")
    assert [(d.code, d.line, d.column) for d in caught.value.diagnostics] == [("BG010", 7, 2), ("BG302", 9, 14)]


def test_reserved_sections_are_accepted_with_a_warning():
    text = BASE + "[sweep.grid]\nx = 1\n[[coalitions]]\nmembers = ['A']\n"
    warnings = read_text(text).warnings
    assert [(w.code, w.severity, w.message) for w in warnings] == [
        ("BG015", "warning", f"`{name}` is reserved for a later version and not used")
        for name in ("sweep", "coalitions")
    ]


# ---- random damage --------------------------------------------------------------------------------------------------

odd = st.sampled_from(
    [None, True, 0, -1, 2.5, "", "x", "nash", [], [1], ["x", 2], {}, {"x": 1}, {"value": "x"}, {"levers": 3}]
)


def paths(tree, path=()):
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from paths(value, (*path, key))


PATHS = sorted(paths(TREE), key=str)


@given(
    st.lists(
        st.tuples(st.sampled_from(PATHS), odd, st.sampled_from(["replace", "remove", "misspell", "add"])), max_size=4
    )
)
def test_random_damage_never_shows_the_words_of_a_library(damage):
    tree = copy.deepcopy(TREE)
    for path, value, how in damage:
        table = tree
        try:
            for part in path[:-1]:
                table = table[part]
            if how == "replace":
                table[path[-1]] = value
            elif how == "remove":
                del table[path[-1]]
            elif how == "misspell":
                table[f"{path[-1]}s"] = table.pop(path[-1])
            else:
                table["extra"] = value
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    said, accepted = "", True
    try:
        read_tree(tree, "damaged")
    except ScenarioError as error:
        said, accepted = str(error), False
    assert accepted or said.startswith(("error[BG", "warning[BG"))
    assert "Input should" not in said
    assert "as it should be" not in said
    assert not accepted or shape_errors(tree) == []


# ---- the JSON Schema ------------------------------------------------------------------------------------------------


def test_the_json_schema_knows_every_key_of_the_format():
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert tuple(schema["properties"]) == keys_at(())
    assert schema["required"] == ["format", "scenario", "players", "issues", "payoffs"]
    single, several = schema["properties"]["issues"]["additionalProperties"]["oneOf"]
    assert set(single["properties"]) | set(several["properties"]) == set(keys_at(("issues", "x")))
    assert schema["properties"]["players"]["additionalProperties"]["properties"]["power"] == {
        "description": "bargaining weight; all are scaled to sum to one", "type": "number", "minimum": 1e-6, "maximum": 1e6,
    }  # fmt: skip


def test_every_description_is_of_a_key():
    schema = str(json_schema())
    for key, description in DESCRIPTIONS.items():
        assert f"'{key}': {{" in schema, key
        assert description in schema


def tables(node):
    """Yield every object of the schema that lists its keys."""
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for part in node.values():
            yield from tables(part)
    elif isinstance(node, list):
        for part in node:
            yield from tables(part)


def test_the_json_schema_refuses_unknown_keys_everywhere():
    found = list(tables(json_schema()))
    assert len(found) >= 10
    assert all(table["additionalProperties"] is False for table in found)
