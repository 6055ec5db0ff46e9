"""Reading scenarios: what a good file becomes, in each form of input, and what `--set` changes."""

import io
import json
import math
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import ScenarioError
from bargain.scenario.document import Disagreement, PayoffTable, SolveOptions
from bargain.scenario.expression import evaluate
from bargain.scenario.levels import spaced
from bargain.scenario.notation import text as written
from bargain.scenario.overrides import value_of
from bargain.scenario.read import apply_overrides, read, read_text, read_tree

FIXTURES = Path(__file__).parent / "fixtures"
US_JAPAN = FIXTURES / "us_japan_ux.toml"
THREE = FIXTURES / "us_jp_kr_ux.toml"

SMALL = """\
format = 1

[scenario]
id = "small"
title = "A small case"

[players.A]
[players.B]
name = "Beta"
power = 3

[issues.tariff]
set_by = "A"
unit = "%"
range = [0, 25]
steps = 6
status_quo = 12

[issues.security]
label = "Security"
parties = ["A", "B"]

[issues.security.levers.host]
set_by = "B"
range = [1, 3]
status_quo = 1

[issues.security.levers.access]
levels = ["closed", "partial", "open"]
status_quo = "closed"

[issues.quota]
levels = [10, 5, 7.5]
status_quo = 5

[parameters]
hurt = { value = 0.4, range = [0.2, 0.6], unit = "bn", label = "Harm", source = "made up" }
S = 2

[define]
relief = "25 - tariff"
twice = "2*relief"

[payoffs.B]
quota = { 5 = 0, 10 = -1, "7.5" = 2 }

[payoffs.A]
tariff = "-hurt*twice + S"
security = "log(host) + (1 if access == 'open' else 0)"
joint = 1.5

[[constraints]]
name = "room"
rule = "host <= 2.5"
why = "the ceiling"

[[expect]]
name = "gains"
rule = "gain.A >= 0 and status != 'failed'"
"""


def warned(document):
    return [(warning.code, warning.path, warning.line) for warning in document.warnings]


def diagnostics(text, file="s.toml", overrides=None):
    with pytest.raises(ScenarioError) as caught:
        read_text(text, file, overrides)
    return caught.value.diagnostics


# ---- a good file ----------------------------------------------------------------------------------------------------


def test_a_document_says_what_the_file_says():
    document = read_text(SMALL, "small.toml")
    assert (document.id, document.title, document.units, document.file) == ("small", "A small case", "", "small.toml")
    assert [(p.name, p.label, p.power) for p in document.players] == [("A", "A", 1.0), ("B", "Beta", 3.0)]
    assert document.weights == (0.25, 0.75)
    assert [issue.name for issue in document.issues] == ["tariff", "security", "quota"]
    assert [issue.label for issue in document.issues] == ["tariff", "Security", "quota"]
    assert document.issues[0].parties == ("A", "B")
    assert [lever.name for lever in document.levers] == ["tariff", "host", "access", "quota"]
    assert [lever.set_by for lever in document.levers] == ["A", "B", None, None]
    tariff, host, access, quota = document.levers
    assert tariff.levels == (0, 5, 10, 12, 15, 20, 25)
    assert (host.continuous, host.lower, host.upper) == (True, 1.0, 3.0)
    assert (access.named, access.codes, access.lower, access.upper) == (True, (0, 1, 2), 0, 2)
    assert (quota.levels, quota.lower, quota.upper) == ((10, 5, 7.5), 5, 10)
    assert document.status_quo == (12, 1, 0, 5)
    hurt, s = document.parameters
    assert (hurt.value, hurt.lower, hurt.upper, hurt.unit, hurt.source) == (0.4, 0.2, 0.6, "bn", "made up")
    assert (s.name, s.value, s.lower) == ("S", 2.0, None)
    assert [(d.name, d.source) for d in document.definitions] == [("relief", "25 - tariff"), ("twice", "2*relief")]
    assert document.solve == SolveOptions()
    assert document.disagreement == Disagreement()
    assert warned(document) == []


def test_payoffs_stand_in_the_order_of_players_and_keep_their_text():
    document = read_text(SMALL)
    assert [(entry.player, entry.heading) for entry in document.payoffs] == [
        ("A", "tariff"), ("A", "security"), ("A", "joint"), ("B", "quota"),
    ]  # fmt: skip
    assert document.payoffs[0].source == "-hurt*twice + S"
    assert (document.payoffs[2].source, written(document.payoffs[2].expression)) == ("1.5", "1.5")
    assert document.payoffs[3].source == "{ 5 = 0, 10 = -1, 7.5 = 2 }"


def test_a_table_is_read_in_the_order_of_the_levels_not_of_the_file():
    assert read_text(SMALL).payoffs[3].table == PayoffTable(("quota",), (3,), (-1.0, 0.0, 2.0))


def test_nested_tables_are_read_in_the_order_of_the_levers():
    text = SMALL.replace("range = [1, 3]\nstatus_quo = 1", "levels = [1, 2]\nstatus_quo = 1").replace(
        "[payoffs.B]\n",
        "[payoffs.B]\nsecurity = { 2 = { open = 6, closed = 4, partial = 5 }, 1 = { closed = 1, partial = 2, open = 3 } }\n",
    )
    (table,) = [entry.table for entry in read_text(text).payoffs if entry.player == "B" and entry.heading == "security"]
    assert table == PayoffTable(("host", "access"), (2, 3), (1, 2, 3, 4, 5, 6))


def test_quoted_words_become_codes_of_levels():
    (security,) = [entry for entry in read_text(SMALL).payoffs if entry.heading == "security"]
    assert written(security.expression) == "log(host) + (1 if access == 2 else 0)"
    assert evaluate(security.expression, {"host": 1.0, "access": 2.0}) == 1.0


def test_rules_and_limits_know_their_lines():
    document = read_text(SMALL)
    lines = SMALL.split("\n")
    assert lines[document.constraints[0].line - 1] == 'rule = "host <= 2.5"'
    assert lines[document.expectations[0].line - 1].startswith('rule = "gain.A')
    assert (document.constraints[0].reason, document.constraints[0].source) == ("the ceiling", "host <= 2.5")
    # Words in rules are compared with results, which are words too.
    assert "status != 'failed'" in written(document.expectations[0].expression)


@pytest.mark.parametrize(
    "name", ["beta", "gamma", "zeta", "E", "I", "N", "O", "Q", "S", "lambda_", "pi", "Symbol", "β"]
)
def test_names_that_trip_other_programs_belong_to_the_user(name):
    text = SMALL.replace("S = 2", f'"{name}" = 2').replace("+ S", f"+ {name}*tariff")
    assert [parameter.name for parameter in read_text(text).parameters] == ["hurt", name]


def test_two_code_points_of_one_letter_are_one_name():
    text = SMALL.replace("S = 2", '"\N{MICRO SIGN}" = 2').replace("+ S", "+ \N{GREEK SMALL LETTER MU}")
    assert read_text(text).parameters[1].name == "\N{GREEK SMALL LETTER MU}"


def test_players_disagreement_payoffs_are_the_kind_fixed():
    text = SMALL.replace("[players.A]", '[players.A]\ndisagreement = "2*hurt - 1"').replace(
        "power = 3", "disagreement = 5"
    )
    document = read_text(text)
    assert document.disagreement.kind == "fixed"
    assert document.disagreement.payoffs == pytest.approx((-0.2, 5.0), abs=1e-15)
    assert written(document.players[0].disagreement) == "2*hurt - 1"


def test_disagreement_numbers_stand_in_the_order_of_players():
    text = SMALL + '[disagreement]\nkind = "fixed"\npayoffs = { B = 2, A = 1 }\n'
    assert read_text(text).disagreement.payoffs == (1.0, 2.0)


def test_solve_options_are_taken():
    text = SMALL + '[solve]\nsolutions = ["egalitarian", "nash"]\ncompare = "none"\nlotteries = true\ngrid = 5\n'
    assert read_text(text).solve == SolveOptions(("egalitarian", "nash"), True, "none", 5)


# ---- the worked files of the specification --------------------------------------------------------------------------


def test_the_us_japan_file_reads_and_warns_of_what_is_reserved():
    document = read(US_JAPAN)
    assert document.player_names == ("US", "JP")
    assert [lever.name for lever in document.levers] == ["tariff", "pledge", "host"]
    assert document.status_quo == (25.0, 0.0, 1.4)
    line = document.constraints[0].line
    assert US_JAPAN.read_text(encoding="utf-8").split("\n")[line - 1].startswith('rule = "cost*pledge')
    assert warned(document) == [("BG015", "sweep", 84)]
    values = {parameter.name: parameter.value for parameter in document.parameters}
    joint = next(entry.expression for entry in document.payoffs if entry.heading == "joint")
    assert evaluate(joint, {**values, "pledge": 500.0, "tariff": 25.0}) == 2.0


def test_the_three_country_file_reads_and_warns_of_what_is_reserved():
    document = read(THREE)
    assert document.player_names == ("US", "JP", "KR")
    assert document.issues[2].parties == ("US", "KR")
    assert document.solve.solutions == ("nash",)
    assert [code for code, _, _ in warned(document)] == ["BG015"] * 3
    assert [path for _, path, _ in warned(document)] == ["coalitions", "solve.solutions.1", "solve.solutions.2"]


# ---- forms of input -------------------------------------------------------------------------------------------------


def test_json_mapping_and_standard_input_give_the_same_document(tmp_path, monkeypatch):
    expected = read_text(SMALL)
    tree = tomllib.loads(SMALL)
    as_json = tmp_path / "small.json"
    as_json.write_text(json.dumps(tree), encoding="utf-8")
    assert read(as_json).digest == read_tree(tree).digest == expected.digest
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SMALL.encode())))
    assert (read("-").digest, read_text(json.dumps(tree)).payoffs) == (expected.digest, expected.payoffs)


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    document = read(path)
    assert document.digest == read_text(SMALL).digest
    assert document.constraints[0].line == read_text(SMALL).constraints[0].line


def test_comments_and_the_order_of_keys_do_not_change_the_digest():
    moved = SMALL.replace('id = "small"\ntitle = "A small case"', 'title = "A small case"  # moved\nid = "small"')
    assert read_text(moved).digest == read_text(SMALL).digest
    assert read_text(SMALL.replace("S = 2", "S = 2.5")).digest != read_text(SMALL).digest


def test_the_tree_of_a_document_reads_to_the_same_document():
    document = read_text(SMALL)
    again = read_tree(document.tree)
    assert (again.digest, again.levers, again.parameters) == (document.digest, document.levers, document.parameters)
    assert again.constraints[0].line is None


def test_a_mapping_is_not_changed_and_its_mistakes_are_named_by_path():
    tree = tomllib.loads(SMALL)
    tree["parameters"]["S"] = math.nan
    tree["players"]["A"] = {"power": object()}
    before = json.dumps(tree, default=str)
    with pytest.raises(ScenarioError) as caught:
        read_tree(tree, "mine")
    assert json.dumps(tree, default=str) == before
    assert [d.render().split("\n")[:2] for d in caught.value.diagnostics] == [
        ["error[BG007]: this is not a finite number, or too large a one", "  --> mine: parameters.S"],
        ["error[BG008]: a scenario has no values of the type object", "  --> mine: players.A.power"],
    ]


def test_a_mapping_that_contains_itself_is_refused():
    tree = tomllib.loads(SMALL)
    tree["sweep"] = tree
    with pytest.raises(ScenarioError, match="nested too deeply"):
        read_tree(tree)


def test_exact_numbers_and_tuples_are_accepted():
    tree = tomllib.loads(SMALL)
    tree["parameters"]["S"] = Fraction(1, 4)
    tree["issues"]["tariff"]["range"] = (0, 25)
    assert read_tree(tree).parameters[1].value == 0.25


# ---- levels ---------------------------------------------------------------------------------------------------------


@given(st.integers(-1000, 1000), st.integers(1, 2000), st.integers(0, 4), st.integers(2, 50))
def test_levels_from_a_range_are_the_nearest_floats_to_exact_fractions(low, width, decimals, count):
    first, last = low / 10**decimals, (low + width) / 10**decimals
    exact = [Fraction(low, 10**decimals) + Fraction(width * k, 10**decimals * (count - 1)) for k in range(count)]
    assert spaced(first, last, count) == tuple(float(level) for level in exact)


@pytest.mark.parametrize(
    ("status_quo", "levels"),
    [
        (0.3, (0, 0.1, 0.2, 0.3, 0.4)),
        (0.30000000000000004, (0, 0.1, 0.2, 0.30000000000000004, 0.4)),
        (0.25, (0, 0.1, 0.2, 0.25, 0.3, 0.4)),
    ],
)
def test_the_status_quo_is_one_of_the_levels(status_quo, levels):
    text = SMALL.replace(
        "range = [0, 25]\nsteps = 6\nstatus_quo = 12", f"range = [0, 0.4]\nsteps = 5\nstatus_quo = {status_quo!r}"
    )
    lever = read_text(text).levers[0]
    assert lever.levels == levels
    assert lever.status_quo in lever.levels


# ---- overrides ------------------------------------------------------------------------------------------------------

TREE = tomllib.loads(SMALL)


@pytest.mark.parametrize(
    ("path", "value", "place", "expected"),
    [
        ("parameters.hurt", "0.5", ("parameters", "hurt", "value"), 0.5),
        ("parameters.hurt.value", 0.5, ("parameters", "hurt", "value"), 0.5),
        ("parameters.S", -3, ("parameters", "S"), -3),
        ("parameters.S.range", "[1, 3]", ("parameters", "S"), {"value": 2, "range": [1, 3]}),
        ("players.A.power", "2", ("players", "A", "power"), 2),
        ("issues.tariff.status_quo", "10", ("issues", "tariff", "status_quo"), 10),
        ("issues.security.levers.access.status_quo", "open", ("issues", "security", "levers", "access", "status_quo"), "open"),
        ("payoffs.B.joint", "hurt*tariff", ("payoffs", "B", "joint"), "hurt*tariff"),
        ('payoffs.B.quota."7.5"', "3", ("payoffs", "B", "quota", "7.5"), 3),
        ("disagreement.kind", "nash", ("disagreement",), {"kind": "nash"}),
        ("solve.lotteries", "true", ("solve",), {"lotteries": True}),
        ("solve.solutions", '["nash"]', ("solve",), {"solutions": ["nash"]}),
        ("constraints.0.rule", "host <= 2", ("constraints", 0, "rule"), "host <= 2"),
        ("scenario.title", "2025-04-02", ("scenario", "title"), "2025-04-02"),
    ],
)  # fmt: skip
def test_set_changes_one_entry_and_not_the_tree_that_was_given(path, value, place, expected):
    before = json.dumps(TREE)
    changed = apply_overrides(TREE, {path: value})
    assert json.dumps(TREE) == before
    found = changed
    for part in place:
        found = found[part]
    assert found == expected
    assert type(found) is type(expected)
    read_tree(changed)


@pytest.mark.parametrize("spelling", ["\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"])
def test_set_finds_a_name_in_either_of_its_spellings(spelling):
    text = SMALL.replace("S = 2", '"\N{MICRO SIGN}" = 2').replace("+ S", "+ \N{MICRO SIGN}")
    assert read_text(text, overrides={f"parameters.{spelling}": 5}).parameters[1].value == 5.0


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("parameters.hrut", "`--set parameters.hrut`: there is no such entry", "did you mean `parameters.hurt`?"),
        ("parameter.hurt", "`--set parameter.hurt`: there is no such entry", "did you mean `parameters.hurt`?"),
        ("players.A.pwer", "`--set players.A.pwer`: there is no such entry", "did you mean `players.A.power`?"),
        ("players.C.power", "`--set players.C.power`: there is no such entry", "`players` has A, B"),
        ("issues.tariff.range.2", "`--set issues.tariff.range.2`: there is no such entry", "`issues.tariff.range` has 0, 1"),
        ("parameters.S.x", "`--set parameters.S.x`: there is no such entry", "`parameters.S` is a value of its own"),
        ("parameters..S", "`parameters..S` is not a path", "write for example `--set parameters.hop=0.006`"),
        ("", "`` is not a path", "write for example `--set parameters.hop=0.006`"),
    ],
)  # fmt: skip
def test_set_to_nowhere_is_an_error_with_a_suggestion(path, message, hint):
    with pytest.raises(ScenarioError) as caught:
        apply_overrides(TREE, {path: 1})
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.hint) == ("BG209", message, hint)
    with pytest.raises(ScenarioError) as caught:
        read_text(SMALL, "s.toml", {path: 1})
    assert [d.message for d in caught.value.diagnostics] == [message]


def test_a_bad_value_of_set_is_reported_at_set_and_not_in_the_file():
    found = diagnostics(
        SMALL, overrides={"issues.tariff.status_quo": "30", "parameters.S": "inf", "solve.grid": "fine"}
    )
    assert [d.render() for d in found] == [
        'error[BG012]: `grid` must be a whole number, not the text "fine"\n  --> --set: solve.grid',
        "error[BG302]: the status quo of `tariff` is 30 %, outside its range\n  --> --set: issues.tariff.status_quo\n"
        "   = help: its range is 0 to 25 %",
        "error[BG007]: this is not a finite number, or too large a one\n  --> --set: parameters.S\n   = help: write a finite number",
    ] or sorted(d.code for d in found) == ["BG007", "BG012", "BG302"]


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), st.booleans()))
def test_numbers_and_booleans_survive_the_command_line(value):
    spelled = str(value).lower() if isinstance(value, bool) else repr(value).replace("e+", "e")
    assert value_of(spelled) == value
    assert type(value_of(spelled)) is type(value)


@given(st.text(max_size=20))
def test_any_text_of_set_is_a_value_or_itself(text):
    value = value_of(text)
    if isinstance(value, float) and not math.isfinite(value):
        # Refused when the tree is checked.
        assert text.strip("+-").lower() in ("inf", "nan") or "e" in text.lower()
    else:
        assert value == text or tomllib.loads(f"value = {text}")["value"] == value
