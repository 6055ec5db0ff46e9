"""What a scenario means: names, levels, tables, formulas and their domains, each mistake with its place and advice."""

from itertools import product
from math import isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bargain.errors import ScenarioError
from bargain.scenario.expression import DomainError, evaluate
from bargain.scenario.formula import read_formula
from bargain.scenario.read import read_text, read_tree

BASE = """\
format = 1
[scenario]
id = "meaning"
title = "Meaning"
[players.A]
[players.B]
[issues.tariff]
set_by = "A"
unit = "%"
range = [0, 25]
status_quo = 25
[issues.access]
levels = ["closed", "partial", "open"]
status_quo = "closed"
[issues.base]
levers.host = { range = [1, 3], steps = 3, status_quo = 1 }
levers.troops = { levels = [0, 2.5], status_quo = 0 }
[parameters]
hurt = 0.4
[define]
relief = "25 - tariff"
[payoffs.A]
tariff = "-hurt*tariff"
access = { closed = 0, partial = 1, open = 2 }
base = "host*troops"
[payoffs.B]
tariff = "0.1*relief"
"""


def diagnostics(text):
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "meaning.toml")
    return caught.value.diagnostics


def marked(text, diagnostic):
    row = text.split("\n")[diagnostic.line - 1]
    return row[diagnostic.column - 1 :][: diagnostic.width]


NAME = "a name starts with a letter and has letters, digits and single underscores, at most 64 in all"
GUARD = "guard it, for example `... if x > 0 else 0`, or narrow the levels"
RULES = (
    "rules read gain.P, payoff.P, disagreement.P, deal.LEVER, linkage.P, linkage.total, equilibria.count, "
    "equilibria.complete, equilibrium.P, critical.P, critical.linked, critical.separate, enforced.P, enforced_apart.P, "
    "offers.P, deadline.P, status, nash.gain.P (or another rule), and parameters"
)
EXPECT = "[payoffs.A]", "[[expect]]\nname = 'e'\nrule = \"{}\"\n[payoffs.A]"
LIMIT = "[payoffs.A]", "[[constraints]]\nname = 'room'\nrule = \"{}\"\n[payoffs.A]"
TARIFF = '"-hurt*tariff"', '"{}"'
TABLE = "{ closed = 0, partial = 1, open = 2 }"
RANGE = "range = [0, 25]\nstatus_quo = 25"


def formula(text):
    return TARIFF[0], TARIFF[1].format(text)


def expect(text):
    return EXPECT[0], EXPECT[1].format(text)


def limit(text):
    return LIMIT[0], LIMIT[1].format(text)


# Each row: what is replaced, by what; code, message, marked text and hint of the one diagnostic.
MISTAKES = [
    # names
    (*formula("-hurt*tarrif"), "BG201", "`tarrif` is not defined", "tarrif", "did you mean `tariff`?"),
    (*formula("-Hurt*tariff"), "BG201", "`Hurt` is not defined", "Hurt", "did you mean `hurt`?"),
    (*formula("tariff*pi"), "BG201", "`pi` is not defined", "pi", "give it a value under [parameters], for example `pi = 1.0`"),
    (*formula("base + tariff"), "BG201", "`base` is not defined", "base", "`base` is an issue; its levers are host, troops"),
    (*formula("A + tariff"), "BG201", "`A` is not defined", "A", "`A` is a player; formulas read levers, parameters and definitions"),
    ("[players.A]", "[players.A]\ndisagreement = 'tariff'\n[players.C]\ndisagreement = 0", "BG201", "`tariff` cannot be read here", "tariff", "a disagreement payoff reads parameters only"),
    ("hurt = 0.4", "hurt = 0.4\nhost = 1", "BG202", "`host` is the name of a lever already", "host", "give the parameter another name"),
    ("relief =", "hurt = '1'\nrelief =", "BG202", "`hurt` is the name of a parameter already", "hurt", "give the definition another name"),
    ("levers.host =", "levers.access =", "BG202", "`access` is the name of a lever already", "access", "give the lever another name"),
    ("[issues.access]", "parties = ['A', 'A']\n[issues.access]", "BG202", "a player is named twice", "['A', 'A']", "name each party once"),
    ("hurt = 0.4", "hurt = 0.4\nmax = 1", "BG203", "`max` is the name of a function", "max", "write for example `max_`"),
    ("hurt = 0.4", "hurt = 0.4\nif = 1", "BG203", "`if` is a reserved word", "if", "write for example `if_`"),
    ("[players.B]", "[players.B]\n[players.total]", "BG203", "`total` stands for the sum over players", "total", "choose another name"),
    ("[players.B]", "[players.B]\n[players.1st]", "BG204", "`1st` cannot be a name", "1st", NAME),
    ("hurt = 0.4", "hurt = 0.4\na-b = 1", "BG204", "`a-b` cannot be a name", "a-b", NAME),
    ('set_by = "A"', 'set_by = "a"', "BG205", "there is no player `a`", '"a"', "did you mean `A`?"),
    ("[issues.access]", "parties = ['A', 'Q']\n[issues.access]", "BG205", "there is no player `Q`", "'Q'", "the players are A, B"),
    ("[payoffs.B]", "[payoffs.US]\ntariff = '1'\n[payoffs.B]", "BG205", "there is no player `US`", "US", "the players are A, B"),
    ("[define]", "[disagreement]\nkind = 'fixed'\npayoffs = { A = 1, B = 2, C = 3 }\n[define]", "BG205", "there is no player `C`", "C", "the players are A, B"),
    ("access = {", "acces = {", "BG206", "there is no issue `acces`", "acces", "did you mean `access`?"),
    ('base = "host', 'host = "host', "BG206", "there is no issue `host`", "host", "`host` is a lever of the issue `base`"),
    ('base = "host', 'linked = "host', "BG206", "there is no issue `linked`", "linked", "the headings are tariff, access, base, joint"),
    ("partial = 1", "partail = 1", "BG207", "`access` has no level `partail`", "partail", "did you mean `partial`?"),
    (*formula("tariff if access == 'opened' else 0"), "BG207", "`access` has no level 'opened'", "'opened'", "did you mean `open`?"),
    (*formula("tariff if access != 'zzz' else 0"), "BG207", "`access` has no level 'zzz'", "'zzz'", "its levels are closed, partial, open"),
    # tables
    ('base = "host*troops"', "base = { 1 = { 0 = 0, 2.5 = 1 } }", "BG207", "`troops` has no level `2`", "2", 'a level with a decimal point stands in quotes, "2.5"'),
    ("partial = 1, ", "", "BG309", "the table of `access` lacks the level partial", "access", "every level needs a payoff"),
    (TABLE, "{}", "BG309", "the table of `access` lacks the levels closed, partial, open", "access", "every level needs a payoff"),
    ('base = "host*troops"', 'base = { 1 = { 0 = 0, "2.5" = 1, "2.50" = 2 }, 2 = { 0 = 0, "2.5" = 1 }, 3 = { 0 = 0, "2.5" = 1 } }', "BG309", "`2.50` gives the level 2.5 again", '"2.50"', ""),
    ('base = "host*troops"', 'base = { 1 = 2, 2 = { 0 = 0, "2.5" = 1 }, 3 = { 0 = 0, "2.5" = 1 } }', "BG310", "this level needs a table over the levels of `troops`", "2", "its levels are 0, 2.5"),
    ('tariff = "-hurt*tariff"', "tariff = { 0 = 1, 25 = 2 }", "BG310", "a table needs levels, and `tariff` moves freely in its range", "tariff", "write a formula, or give the lever `steps` or `levels`"),
    ("open = 2 }", "open = '2*hurt' }", "BG310", "a payoff in a table is a number", "'2*hurt'", "formulas stand for the whole issue: write one in place of the table"),
    ('base = "host*troops"', "joint = { closed = 1 }", "BG310", "a table stands under an issue, not under `joint`", "joint", "write `joint` as a formula, for example \"0.5 if access == 'open' else 0\""),
    # definitions
    ("relief = ", "a = '2*relief'\nrelief = ", "BG210", "`relief` is used before it is defined", "relief", "a definition may use those that stand before it"),
    ('"25 - tariff"', '"25 - relief"', "BG210", "`relief` is defined by itself", "relief", "a definition may use those that stand before it"),
    ('"25 - tariff"', '"tariff < 25"', "BG107", "this must be a number, and it is a condition", "tariff < 25", "write `1 if ... else 0` to count it"),
    (*formula("tariff > 3"), "BG107", "this must be a number, and it is a condition", "tariff > 3", "write `1 if ... else 0` to count it"),
    (*limit("host + 1"), "BG107", "this must be a condition, and it is a number", "host + 1", "write a comparison, for example `x <= 10`"),
    # levels
    ("range = [0, 25]", "range = [25, 0]", "BG301", "the range of `tariff` runs from 25 to 0 %", "[25, 0]", "write `range = [0, 25]`"),
    ("range = [0, 25]", "range = [25, 25]", "BG301", "the range of `tariff` runs from 25 to 25 %", "[25, 25]", "for a single level write `levels = [...]`"),
    ("hurt = 0.4", "hurt = { value = 0.4, range = [1, 0] }", "BG301", "the range of `hurt` runs from 1 to 0", "[1, 0]", "write `range = [0, 1]`"),
    (RANGE, "range = [0, 25]\nstatus_quo = 30", "BG302", "the status quo of `tariff` is 30 %, outside its range", "30", "its range is 0 to 25 %"),
    (RANGE, "range = [0, 25]\nstatus_quo = 'high'", "BG302", "the status quo of `tariff` must be a number, not the text \"high\"", "'high'", "its range is 0 to 25 %"),
    ('status_quo = "closed"', 'status_quo = "close"', "BG302", "the status quo of `access` is close, which is none of its levels", '"close"', "did you mean `closed`?"),
    ("[0, 2.5], status_quo = 0", "[0, 2.5], status_quo = 1", "BG302", "the status quo of `troops` is 1, which is none of its levels", "1", "its levels are 0, 2.5"),
    ("hurt = 0.4", "hurt = { value = 0.4, range = [0.5, 1], unit = 'bn' }", "BG303", "`hurt` is 0.4 bn, outside its range", "0.4", "its range is 0.5 to 1 bn"),
    ("range = [0, 25]\n", "", "BG311", "`tariff` has neither `range` nor `levels`", "tariff", "write `range = [lowest, highest]`, or `levels = [...]` with numbers or names"),
    ("range = [0, 25]\n", "steps = 3\n", "BG311", "`tariff` has `steps` but no `range`", "steps", "write `range = [lowest, highest]`, or `levels = [...]` with numbers or names"),
    ("range = [0, 25]\n", "range = [0, 25]\nlevels = [0, 25]\n", "BG311", "`tariff` has both `levels` and `range`", "range", "leave one out"),
    ("range = [0, 25]\n", "levels = [0, 25]\nsteps = 2\n", "BG311", "`tariff` has both `levels` and `steps`", "steps", "leave one out"),
    ("[0, 2.5], status", "[0, 2.5, 0.0], status", "BG311", "`troops` has the level 0 twice", "0.0", ""),
    ("[0, 2.5], status", "[0, 'many'], status", "BG311", "`troops` mixes numbers and names", "'many'", "write all levels as numbers, or all as names"),
    ("[0, 2.5], status_quo = 0", "['0', '2.5'], status_quo = '0'", "BG311", '`troops` has the name "0" for a level', "'0'", "write numbers without quotes"),
    ("[0, 2.5], status_quo = 0", "['a', \"it's\"], status_quo = 'a'", "BG311", "`troops` has the level it's", "\"it's\"", "leave quotes and backslashes out, so that formulas can name it in quotes"),
    # words against numbers
    (*formula("access*2 + tariff"), "BG312", "the levels of `access` are names, not numbers", "access", "compare it, for example `access == 'closed'`"),
    (*formula("1 if access == 2 else tariff"), "BG312", "the levels of `access` are names, not numbers", "access", "compare it, for example `access == 'closed'`"),
    (*formula("1 if tariff == 'high' else 0"), "BG312", "`tariff` is a number and has no level 'high'", "'high'", "compare it with a number"),
    (*formula("tariff if hurt == 'high' else 0"), "BG312", "`hurt` is a number and has no level 'high'", "'high'", "compare it with a number"),
    # domains
    (*formula("log(tariff)"), "BG307", "the payoff of A has no value at tariff = 0 %: log of 0; it needs a positive number", "log(tariff)", GUARD),
    (*formula("sqrt(host - 2) + tariff"), "BG307", "the payoff of A has no value at tariff = 25 %, host = 1: sqrt of -1; it needs a number of at least 0", "sqrt(host - 2)", GUARD),
    (*formula("1/(tariff - 3.3)"), "BG307", "the payoff of A has no value at tariff = 3.3 %: division by zero", "tariff - 3.3", GUARD),
    (*formula("tariff/(host - 2)"), "BG307", "the payoff of A has no value at tariff = 0 %, host = 2: division by zero", "host - 2", GUARD),
    (*formula("tariff/(1 if access == 'closed' else 0)"), "BG307", "the payoff of A has no value at tariff = 0 %, access = partial: division by zero", "1 if access == 'closed' else 0", GUARD),
    (*formula("log(-hurt) + tariff"), "BG307", "the payoff of A has no value at tariff = 25 %: log of -0.4; it needs a positive number", "log(-hurt)", GUARD),
    (*limit("sqrt(troops - 1) <= 2"), "BG307", "the limit `room` has no value at troops = 0: sqrt of -1; it needs a number of at least 0", "sqrt(troops - 1)", GUARD),
    ("[players.A]", "[players.A]\ndisagreement = 'log(hurt - 1)'\n[players.C]\ndisagreement = 1", "BG307", "the disagreement payoff of A has no value: log of -0.6; it needs a positive number", "log(hurt - 1)", ""),
    # parties and disagreement
    ("[issues.access]", "parties = ['A']\n[issues.access]", "BG313", "`B` is not a party to `tariff` and has no payoff there", "tariff", "its parties are A"),
    ("[define]", "[disagreement]\nkind = 'fixed'\n[define]", "BG316", "the disagreement payoff of A, B is missing", "disagreement", "give one number for every player"),
    ("[define]", "[disagreement]\nkind = 'fixed'\npayoffs.A = 1\n[define]", "BG316", "the disagreement payoff of B is missing", "payoffs", "give one number for every player"),
    ("[define]", "[disagreement]\nkind = 'nash'\npayoffs = { A = 1, B = 1 }\n[define]", "BG316", "disagreement payoffs are given, but the kind is `nash`", "payoffs", 'write kind = "fixed", or leave the payoffs out'),
    ("[players.A]", "[players.A]\ndisagreement = 1", "BG316", "the disagreement payoff of B is missing", "disagreement", "give one number for every player"),
    ("[players.A]", "[disagreement]\nkind = 'minmax'\n[players.A]\ndisagreement = 1", "BG316", "a player's own disagreement payoff is given, but the kind is `minmax`", "disagreement", "leave one out"),
    # rules over results
    (*expect("gian.A > 0"), "BG208", "`gian.A` is not a result that a rule can read", "gian.A", "did you mean `gain.A`?"),
    (*expect("nash_.gain.A > 0"), "BG208", "`nash_.gain.A` is not a result that a rule can read", "nash_.gain.A", "did you mean `nash.gain.A`?"),
    (*expect("tariff > 0"), "BG208", "`tariff` is not a result that a rule can read", "tariff", "write `deal.tariff` for the level that is agreed"),
    (*expect("relief > 0"), "BG208", "`relief` is not a result that a rule can read", "relief", "rules read results and parameters, not definitions"),
    (*expect("shapley.of.everything.A > 0"), "BG208", "`shapley.of.everything.A` is not a result that a rule can read", "shapley.of.everything.A", RULES),
    (*expect("deal.access == 'opne'"), "BG207", "`deal.access` is never 'opne'", "'opne'", "did you mean `open`?"),
    (*expect("status == 'optimal'"), "BG207", "`status` is never 'optimal'", "'optimal'", "it is one of proved, converged, limit, failed, no_deal"),
    (*expect("deal.tariff == 'low'"), "BG312", "`deal.tariff` is a number, and 'low' is a word", "'low'", "compare it with a number"),
    (*expect("hurt == 'low'"), "BG312", "`hurt` is a number, and 'low' is a word", "'low'", "compare it with a number"),
    (*expect("deal.access > 0"), "BG312", "`deal.access` is a word", "deal.access", "write for example `deal.access == 'closed'`"),
    (*expect("gain.A"), "BG107", "this must be a condition, and it is a number", "gain.A", "write a comparison, for example `x <= 10`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "message", "mark", "hint"), MISTAKES)
def test_each_mistake_is_told_with_its_place_and_advice(old, new, code, message, mark, hint):
    assert old in BASE
    text = BASE.replace(old, new, 1)
    errors = [diagnostic for diagnostic in diagnostics(text) if diagnostic.severity == "error"]
    first = [diagnostic for diagnostic in errors if diagnostic.message == message]
    assert first, [diagnostic.message for diagnostic in errors]
    assert (first[0].code, marked(text, first[0]), first[0].hint) == (code, mark, hint)
    # A mistake brings no others of its kind in its train.
    assert len(errors) <= 2


# ---- warnings -------------------------------------------------------------------------------------------------------

WARNINGS = [
    ("hurt = 0.4", "hurt = 0.4\nhurtt = 1", "BG304", "the parameter `hurtt` is not used", "hurtt", "did you mean `hurt`?"),
    ("relief =", "zz = '1'\nrelief =", "BG304", "the definition `zz` is not used", "zz", "use it in a formula, or leave it out"),
    ('base = "host*troops"', 'base = "host"', "BG305", "no payoff reads the lever `troops`", "troops", "nobody gains by moving it"),
    ("[players.B]", "[players.B]\n[players.C]", "BG306", "the player `C` has no payoffs", "C", "write `[payoffs.C]`; without it, `C` does not care"),
    (*formula("hurt/(tariff^3 - 7*tariff^2 - 0.1)"), "BG308", "it is not proved that the payoff of A has a value everywhere; open: tariff near 7.002039628 %", '"hurt/(tariff^3 - 7*tariff^2 - 0.1)"', "no level was found where it has none; a condition such as `... if x > 0 else 0` makes it certain"),
    (*limit("tariff <= 20"), "BG315", "the status quo breaks the limit `room`", '"tariff <= 20"', "without a deal the levers stay at the status quo, which this limit forbids"),
    (*limit("tariff + host < 1"), "BG317", "no levels satisfy the limit `room`", '"tariff + host < 1"', "then there can be no deal"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "message", "mark", "hint"), WARNINGS)
def test_what_is_odd_but_possible_is_a_warning(old, new, code, message, mark, hint):
    text = BASE.replace(old, new, 1)
    found = {w.message: w for w in read_text(text, "meaning.toml").warnings}
    assert message in found, list(found)
    warning = found[message]
    assert (warning.code, warning.severity, marked(text, warning), warning.hint) == (code, "warning", mark, hint)


def test_a_good_file_has_no_warnings():
    assert read_text(BASE).warnings == ()


def test_a_status_quo_outside_a_limit_matters_only_where_it_is_the_disagreement_point():
    text = BASE.replace(*limit("tariff <= 20")) + "[disagreement]\nkind = 'minmax'\n"
    assert read_text(text).warnings == ()


def test_a_limit_missed_by_rounding_is_kept():
    # 0.1 + 0.2 is not 0.3 in floats.
    text = BASE.replace(*limit("hurt - 0.1 - 0.1 == 0.2 and tariff/25 + 0.1 + 0.2 <= 1.3 and host >= 1"))
    assert [warning.code for warning in read_text(text).warnings] == []


# ---- all at once ----------------------------------------------------------------------------------------------------


def test_the_messages_of_the_specification():
    text = BASE.replace('"-hurt*tariff"', '"-hurt*tariff - 2hurt*tariff^2"').replace(
        '"0.1*relief"', '"0.1*hurt*tarrif/25"'
    )
    text = text.replace('"host*troops"', '"-host*troops.__class__"')
    shown = "\n\n".join(diagnostic.render() for diagnostic in diagnostics(text))
    assert (
        shown
        == """\
error[BG101]: cannot read this formula: an operator is missing between `2` and `hurt`
  --> meaning.toml:23:26
    |
 23 | tariff = "-hurt*tariff - 2hurt*tariff^2"
    |                          ^
   = help: write products with `*`, powers with `^`, for example `2*x^2`

error[BG102]: the dot in `troops.__class__` is not allowed in a formula
  --> meaning.toml:25:15
    |
 25 | base = "-host*troops.__class__"
    |               ^^^^^^^^^^^^^^^^
   = help: names have no dots here; only [[expect]] rules read results such as `gain.US`

error[BG201]: `tarrif` is not defined
  --> meaning.toml:27:20
    |
 27 | tariff = "0.1*hurt*tarrif/25"
    |                    ^^^^^^
   = help: did you mean `tariff`?"""
    )


def test_every_mistake_of_a_file_is_reported_in_the_order_of_the_file():
    text = (
        BASE.replace("title =", "titel =")
        .replace("range = [0, 25]", "range = [25, 0]")
        .replace('status_quo = "closed"', 'status_quo = "shut"')
        .replace("-hurt*tariff", "-hrut*tariff")
        .replace("host*troops", "host*troops^^2")
    )
    found = [(diagnostic.code, diagnostic.line) for diagnostic in diagnostics(text)]
    assert found == [("BG010", 4), ("BG301", 10), ("BG302", 14), ("BG201", 23), ("BG101", 25)]


def test_more_than_fifty_errors_are_counted():
    text = BASE + "".join(f"joint{k} = '1'\n" for k in range(60))
    found = diagnostics(text)
    assert [diagnostic.code for diagnostic in found] == ["BG206"] * 50 + ["BG099"]
    assert found[-1].message == "and 10 more errors"


@pytest.mark.parametrize(
    ("string", "line", "column"),
    [
        ("'-hurt*tarrif'", 23, 17),
        ('"-hurt*tarrif"', 23, 17),
        ('"-hurt\\u002atarrif"', 23, 22),
        ('"""-hurt*tarrif"""', 23, 19),
        ('"""\n  -hurt *\n  tarrif"""', 25, 3),
        ('"""-hurt \\\n    * tarrif"""', 24, 7),
        ("'''\n-hurt * tarrif'''", 24, 9),
        ('"β*tarrif"', 23, 13),
    ],
)
def test_the_caret_stands_under_the_name_in_every_kind_of_string(string, line, column):
    text = BASE.replace('"-hurt*tariff"', string).replace("hurt = 0.4", "hurt = 0.4\nβ = 1".replace("β", '"β"'))
    text = text.replace('hurt = 0.4\n"β" = 1', "hurt = 0.4") if "β" not in string else text
    shift = 1 if "β" in string else 0
    found = [d for d in diagnostics(text) if d.code == "BG201"]
    assert [(d.line - shift, d.column, marked(text, d)) for d in found] == [(line, column, "tarrif")]


# ---- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        "gain.A > 0 and payoff.B <= 3 and disagreement.A == 0",
        "linkage.total > 0 and linkage.A >= linkage.B",
        "equilibria.count == 1 and equilibria.complete == 1 and equilibrium.A < 2",
        "status == 'proved' or status != 'no_deal'",
        "deal.tariff < 10 and deal.host == 1 and deal.access == 'open'",
        "nash.gain.A > kalai_smorodinsky.gain.A and egalitarian.payoff.B == utilitarian.payoff.B",
        "kalai_smorodinsky.deal.access != 'closed' and hurt < 1",
        "abs(gain.A - gain.B) <= 1e-6",
    ],
)
def test_rules_may_read_every_result(rule):
    (expectation,) = read_text(BASE.replace(*expect(rule))).expectations
    assert expectation.source == rule


# ---- domains --------------------------------------------------------------------------------------------------------


def test_a_definition_is_checked_where_it_is_used():
    text = BASE.replace('relief = "25 - tariff"', 'relief = "25 - tariff"\nroot = "sqrt(tariff - 4)"')
    guarded = text.replace('"-hurt*tariff"', '"hurt*root if tariff > 4 else 0"')
    assert read_text(guarded).warnings == ()
    (diagnostic,) = diagnostics(text.replace('"-hurt*tariff"', '"hurt*root"'))
    assert (diagnostic.code, diagnostic.path, marked(text, diagnostic)) == ("BG307", "define.root", "sqrt(tariff - 4)")
    assert diagnostic.message == (
        "the payoff of A has no value at tariff = 0 %, in payoffs.A.tariff: sqrt of -4; it needs a number of at least 0"
    )


def test_definitions_that_grow_without_bound_are_refused_at_the_first_that_is_too_large():
    chain = "".join(f'd{k} = "d{k - 1}*d{k - 1}"\n' for k in range(1, 50))
    text = BASE.replace("[payoffs.A]", f'd0 = "tariff"\n{chain}[payoffs.A]').replace("-hurt*tariff", "d49")
    assert [(d.code, d.path) for d in diagnostics(text)][:1] == [("BG314", "define.d14")]


POINTS = {"x": [-1.0, 0.0, 0.5, 2.0], "y": [0.0, 1.0, 3.0]}
shapes = st.sampled_from(
    ["({a} + {b})", "({a} - {b})", "{a}*{b}", "({a})/({b})", "log({a})", "sqrt({a})", "({a})^({b})", "exp({a})", "({a} if {a} > {b} else {b})"]
)  # fmt: skip
formulas = st.recursive(
    st.sampled_from(["x", "y", "0", "1", "2", "0.5", "3"]),
    lambda inner: st.builds(lambda shape, a, b: shape.format(a=a, b=b), shapes, inner, inner),
    max_leaves=6,
)


@given(formulas)
def test_a_formula_is_refused_exactly_where_it_has_no_value_at_some_level(text):
    tree = read_formula(text)
    undefined = []
    for x, y in product(*POINTS.values()):
        try:
            evaluate(tree, {"x": x, "y": y})
        except DomainError:
            undefined.append((x, y))
    scenario = {
        "format": 1,
        "scenario": {"id": "d", "title": "Domain"},
        "players": {"A": {}, "B": {}},
        "issues": {name: {"levels": levels, "status_quo": levels[0]} for name, levels in POINTS.items()},
        "payoffs": {"A": {"joint": text}, "B": {}},
    }
    try:
        read_tree(scenario)
    except ScenarioError as error:
        assert [d.code for d in error.diagnostics if d.severity == "error"] == ["BG307"]  # noqa: PT017
        assert undefined
    else:
        assert not undefined


@given(formulas, st.sampled_from([-1.0, 0.0, 0.25, 1.0]), st.sampled_from([0.0, 0.5, 3.0]))
def test_a_formula_of_free_levers_that_passes_without_warning_has_a_value_at_any_level(text, x, y):
    tree = read_formula(text)
    scenario = {
        "format": 1,
        "scenario": {"id": "d", "title": "Domain"},
        "players": {"A": {}, "B": {}},
        "issues": {"x": {"range": [-1, 1], "status_quo": 1}, "y": {"range": [0, 3], "status_quo": 3}},
        "payoffs": {"A": {"joint": text}, "B": {"joint": "x + y"}},
    }
    try:
        document = read_tree(scenario)
    except ScenarioError:
        assume(False)
    if not any(warning.code == "BG308" for warning in document.warnings):
        # `evaluate` raises DomainError where there is no value.
        assert isfinite(evaluate(tree, {"x": x, "y": y}))


def test_the_heading_for_linkages_is_named_however_many_issues_there_are():
    text = [
        "format = 1",
        "[scenario]",
        'id = "many"',
        'title = "Many"',
        'units = "points"',
        "[players.A]",
        "[players.B]",
    ]
    for k in range(13):
        text += [f"[issues.i{k}]", 'set_by = "A"', "levels = [0, 1]", "status_quo = 0"]
    for player in "AB":
        text += [f"[payoffs.{player}]", 'linkage = "i0 * i1"']
    with pytest.raises(ScenarioError, match="what reads several issues goes under `joint`"):
        read_text("\n".join(text))
