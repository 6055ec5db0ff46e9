"""Every command on a real scenario: what it prints, where, and its exit code."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main
from bargain.cli.init import SHIPPED, TEMPLATES

ROOT = Path(__file__).parents[2]

TALKS = """\
format = 1
[scenario]
id = "talks"
title = "Tariff cut for an investment"
units = "bn USD"
[players.A]
name = "Importer"
[players.B]
name = "Exporter"
[issues.tariff]
set_by = "A"
levels = ["high", "low"]
status_quo = "high"
[issues.pledge]
set_by = "B"
unit = "bn USD"
levels = [0, 10]
status_quo = 0
[parameters]
gain = 3
[payoffs.A]
tariff = { high = 0, low = -1 }
pledge = "0.2*pledge"
[payoffs.B]
tariff = "gain if tariff == 'low' else 0"
pledge = "-0.1*pledge"
[[expect]]
name = "both gain"
rule = "gain.A > 0 and gain.B > 0"
"""


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talks.toml").write_text(TALKS, encoding="utf-8")


def run(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def solved(*arguments):
    return json.loads(run("solve", *arguments, "--format", "json").stdout)


def test_solve_finds_the_deal():
    result = run("solve", "talks.toml")
    assert result.exit_code == 0, result.output
    assert "AGREEMENT  Nash bargaining, equal power" in result.stdout
    assert "\nCERTIFIED" in result.stdout
    assert "Next: bargain linkage talks.toml" in result.stdout
    assert result.stderr == ""


def test_solve_as_json_is_the_documented_object():
    tree = solved("talks.toml")
    assert tree["schema"] == "bargain-result-1"
    assert tree["status"] == "proved"
    assert tree["terms"] == {"tariff": {"tariff": "low"}, "pledge": {"pledge": 10.0}}
    assert tree["gains"] == {"A": 1.0, "B": 2.0}
    assert tree["linkage"]["value"] == {"A": 1.0, "B": 2.0}
    assert tree["certificate"]["holds"] is True
    assert tree["provenance"]["argv"] == ["solve", "talks.toml", "--format", "json"]


def test_solve_is_byte_stable_apart_from_provenance():
    first, second = solved("talks.toml", "--seed", "3"), solved("talks.toml", "--seed", "3")
    for tree in (first, second):
        del tree["provenance"]
    assert json.dumps(first) == json.dumps(second)


def test_standard_input_and_json_scenarios():
    assert run("solve", "-", input=TALKS).exit_code == 0
    inputs = solved("talks.toml")["inputs"]
    result = run("solve", "-", "--format", "json", input=json.dumps(inputs))
    assert json.loads(result.stdout)["gains"] == {"A": 1.0, "B": 2.0}


def test_no_deal_is_an_answer_with_exit_code_1():
    result = run("solve", "talks.toml", "--set", "parameters.gain=-3")
    assert result.exit_code == 1
    assert "NO AGREEMENT" in result.stdout
    assert solved("talks.toml", "--set", "parameters.gain=-3")["status"] == "no_deal"


def test_set_changes_the_scenario_and_shows_in_the_inputs():
    tree = solved("talks.toml", "--set", "parameters.gain=5", "--set", "players.A.power=3")
    assert tree["gains"]["B"] == 4.0
    assert tree["inputs"]["parameters"]["gain"] == 5


def test_a_wrong_path_in_set_is_refused_with_a_suggestion():
    result = run("solve", "talks.toml", "--set", "parameters.gian=5")
    assert result.exit_code == 2
    assert "gain" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("rule", ["kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_the_headline_rule_can_be_chosen(rule):
    tree = solved("talks.toml", "--solution", rule)
    assert tree["rule"] == rule
    assert rule not in [other["rule"] for other in tree["alternatives"]]
    assert "nash" in [other["rule"] for other in tree["alternatives"]]


def test_lotteries_are_an_option_that_the_inputs_record():
    tree = solved("talks.toml", "--lotteries")
    assert tree["inputs"]["solve"]["lotteries"] is True
    assert tree["gains"]["A"] + tree["gains"]["B"] >= 3 - 1e-6
    assert tree["lottery"]


@pytest.mark.parametrize("format", ["text", "json", "csv", "latex", "md"])
@pytest.mark.parametrize("command", ["solve", "linkage", "equilibria"])
def test_every_format_of_every_solving_command(command, format):
    result = run(command, "talks.toml", "--format", format)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("\n")
    assert "np.float64" not in result.stdout
    assert not re.search(r"\b(nan|inf|infinity)\b", result.stdout, re.IGNORECASE)


def test_output_goes_to_a_file_and_nothing_else_does():
    result = run("solve", "talks.toml", "--format", "json", "-o", "deal.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(Path("deal.json").read_text(encoding="utf-8"))["status"] == "proved"


def test_a_bad_scenario_writes_no_file():
    Path("bad.toml").write_text(TALKS.replace("0.2*pledge", "0.2*plege"), encoding="utf-8")
    result = run("solve", "bad.toml", "-o", "deal.txt")
    assert result.exit_code == 2
    assert "error[BG201]" in result.stderr
    assert "^^^^^" in result.stderr
    assert not Path("deal.txt").exists()


def test_warnings_go_to_standard_error_unless_quiet():
    Path("spare.toml").write_text(TALKS.replace("gain = 3", "gain = 3\nspare = 1"), encoding="utf-8")
    result = run("solve", "spare.toml")
    assert result.exit_code == 0
    assert "warning[BG3" in result.stderr
    assert "warning" not in result.stdout
    assert run("solve", "spare.toml", "--quiet").stderr == ""
    assert run("check", "spare.toml").exit_code == 0
    assert run("check", "spare.toml", "--strict").exit_code == 2


def test_linkage_attributes_the_gain():
    result = run("linkage", "talks.toml")
    assert "PACKAGES  3 packages solved" in result.stdout
    assert "A and B gain from linking the issues." in result.stdout
    assert "ATTRIBUTION" in result.stdout
    assert "ATTRIBUTION" not in run("linkage", "talks.toml", "--attribution", "none").stdout


def test_equilibria_says_whether_that_is_all():
    result = run("equilibria", "talks.toml")
    assert "1 equilibrium, all of them" in result.stdout
    assert "tariff=high" in result.stdout


def test_equilibria_can_be_exact():
    tree = json.loads(run("equilibria", "battle-of-the-sexes", "--exact", "--format", "json").stdout)
    chances = [each["probability"] for each in tree["equilibria"]["profiles"][1]["strategies"]["A"]]
    assert chances == ["2/3", "1/3"]


def test_a_method_that_does_not_take_the_game_is_bad_usage():
    result = run("equilibria", "talks.toml", "--method", "zero-sum")
    assert result.exit_code == 2
    assert "error[BG402]" in result.stderr


def test_check_reports_all_files_and_all_errors():
    Path("bad.toml").write_text(TALKS.replace("0.2*pledge", "0.2*plege").replace('set_by = "B"', 'set_by = "C"'))
    result = run("check", "talks.toml", "bad.toml", "nowhere.toml")
    assert result.exit_code == 2
    assert "talks.toml: ok (2 players, 2 issues, 2 levers, 1 parameter, 1 expectation)" in result.stdout
    assert "bad.toml: 2 errors" in result.stdout
    assert "nowhere.toml: 1 error" in result.stdout
    assert result.stderr.count("error[") == 3


def test_check_for_machines():
    Path("bad.toml").write_text(TALKS.replace("0.2*pledge", "0.2*plege"))
    tree = json.loads(run("check", "bad.toml", "--format", "json").stdout)
    (diagnostic,) = tree["files"][0]["diagnostics"]
    assert (diagnostic["code"], diagnostic["line"]) == ("BG201", 23)
    annotation = run("check", "bad.toml", "--format", "github").stdout
    assert annotation.startswith("::error file=bad.toml,line=23,col=")


@pytest.mark.parametrize("command", [("check", "--expect"), ("test",)])
def test_a_violated_expectation_is_exit_code_1_and_named(command):
    assert run(*command, "talks.toml").exit_code == 0
    Path("bad.toml").write_text(TALKS.replace("gain.A > 0 and", "gain.A > 7 and"), encoding="utf-8")
    result = run(*command, "talks.toml", "bad.toml")
    assert result.exit_code == 1
    assert "FAILED  both gain (line 29): gain.A > 7 and gain.B > 0" in result.stdout
    assert "gain.A = 1.0" in result.stdout


def test_expectations_for_machines():
    tree = json.loads(run("test", "talks.toml", "--format", "json").stdout)
    assert tree["files"][0]["expectations"][0]["holds"] is True
    checked = json.loads(run("check", "--expect", "talks.toml", "--format", "json").stdout)
    assert checked["files"][0]["expectations"] == tree["files"][0]["expectations"]
    Path("bad.toml").write_text(TALKS.replace("gain.A > 0 and", "gain.A > 7 and"), encoding="utf-8")
    annotation = run("check", "--expect", "bad.toml", "--format", "github").stdout
    assert annotation.startswith("::error file=bad.toml,line=29,col=1,title=expect::expectation `both gain`")


def test_a_stored_result_is_verified_and_a_changed_one_refuted():
    run("solve", "talks.toml", "--format", "json", "-o", "deal.json")
    result = run("verify", "deal.json")
    assert result.exit_code == 0, result.output
    assert "claims hold." in result.stdout
    tree = json.loads(Path("deal.json").read_text())
    tree["gains"]["A"] += 0.5
    Path("deal.json").write_text(json.dumps(tree))
    result = run("verify", "deal.json")
    assert result.exit_code == 1, result.output
    assert "REFUTED" in result.stdout
    assert json.loads(run("verify", "deal.json", "--format", "json").stdout)["holds"] is False
    assert run("verify", "-", input=json.dumps(tree)).exit_code == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": "bargain-result-2"}', '{"gap": NaN}', "[" * 100_000, "\x00"]
)
def test_what_is_no_result_is_refused(text):
    Path("deal.json").write_text(text)
    result = run("verify", "deal.json")
    assert result.exit_code == 2
    assert "error[BG091]" in result.stderr


@pytest.mark.parametrize("path", [("inputs",), ("gains",), ("terms",), ("payoffs",), ("disagreement",)])
@pytest.mark.parametrize("value", [None, 7, [], {}, "x"])
def test_a_damaged_result_is_never_verified(path, value):
    run("solve", "talks.toml", "--format", "json", "-o", "deal.json")
    tree = json.loads(Path("deal.json").read_text())
    tree[path[0]] = value
    Path("deal.json").write_text(json.dumps(tree))
    result = run("verify", "deal.json")
    assert result.exit_code in (1, 2), result.output


def test_show_prints_the_game():
    result = run("show", "talks.toml")
    assert result.exit_code == 0
    assert "A.pledge = 0.2*pledge" in result.stdout
    assert "high, low" in result.stdout


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_solves_at_once(name):
    assert run("init", "mine.toml", "--template", name).stdout == "mine.toml\n"
    # The shipped scenarios are solved, with their expectations, by the tests of the catalog.
    arguments = ("--strict",) if name in SHIPPED else ("--strict", "--expect")
    result = run("check", *arguments, "mine.toml")
    assert result.exit_code == 0, result.output
    assert name in SHIPPED or run("solve", "mine.toml").exit_code == 0


def test_init_never_replaces_a_file_unless_told_to():
    result = run("init", "talks.toml")
    assert result.exit_code == 2
    assert "error[BG092]" in result.stderr
    assert Path("talks.toml").read_text() == TALKS
    assert run("init", "talks.toml", "--force").exit_code == 0


def test_init_makes_the_folder():
    assert run("init", "new/folder").stdout == f"{Path('new/folder/two-issue.toml')}\n"
    assert run("check", "new/folder/two-issue.toml").exit_code == 0


def test_catalog_lists_and_prints():
    listed = run("catalog").stdout
    assert "us-japan-2025" in listed
    names = [row["name"] for row in json.loads(run("catalog", "--format", "json").stdout)]
    assert "us-japan-2025" in names
    printed = run("catalog", "us-japan-2025").stdout
    assert run("check", "-", input=printed).exit_code == 0
    assert run("catalog", "us-japn-2025").exit_code == 2


def test_schema_is_json():
    assert "players" in json.loads(run("schema").stdout)["properties"]


def test_hostile_labels_reach_the_terminal_as_text():
    Path("bad.toml").write_text(TALKS.replace('"Importer"', '"\\u001b[31mred"'), encoding="utf-8")
    for command in ("solve", "show", "check"):
        assert "\x1b" not in run(command, "bad.toml").output


def test_a_console_without_utf8_prints_everything():
    Path("talks.toml").write_text(TALKS.replace("Tariff cut for", "関税 –"), encoding="utf-8")
    for encoding in ("ascii", "cp932", "cp1252"):
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", "show", "talks.toml"],
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        )
        assert done.returncode == 0, done.stderr
        assert b"PAYOFFS" in done.stdout


def stored_game(**changes):
    """A result for a game in which only the first player chooses."""
    game = {"title": "", "players": ["A"], "actions": {"A": ["go", "stay"]}, "payoffs": {"A": ["2", "1/3"]}}
    canonical = {part: game[part] for part in ("players", "actions", "payoffs")}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    game["digest"] = hashlib.sha256(text.encode()).hexdigest()
    entry = {"profile": {"A": {"go": "1"}}, "payoffs": {"A": "2"}, "regret": "0"}
    head = {"schema": "bargain-equilibria-1", "command": "equilibria", "concept": "nash", "game": game}
    return {**head, "equilibria": [entry], "components": [], "complete": True, "exact": True, **changes}


def test_a_stored_game_is_verified_and_a_changed_one_refuted():
    result = run("verify", "-", input=json.dumps(stored_game()))
    assert result.exit_code == 0, result.output
    assert "holds    complete: no equilibrium is missing" in result.stdout
    assert result.stdout.endswith("claims hold.\n")
    result = run("verify", "-", input=json.dumps(stored_game(complete=False)))
    assert result.exit_code == 1
    assert "REFUTED  not complete: an equilibrium is missing" in result.stdout


def test_what_is_not_checked_is_said():
    stored = stored_game()
    stored["game"]["payoffs"] = None
    result = run("verify", "-", input=json.dumps(stored))
    assert result.exit_code == 0
    assert "open     the game is the one that was solved (not checked: the result holds no payoffs" in result.stdout
    assert "claims that were checked hold. Not checked: 1." in result.stdout
    tree = json.loads(run("verify", "-", "--format", "json", input=json.dumps(stored)).stdout)
    assert (tree["holds"], tree["checked"]) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "bargain-equilibria-1"}',
        '{"schema": "bargain-equilibria-1", "command": "equilibria", "concept": "nash", "game": ' + "[" * 5000,
        '{"schema": "bargain-equilibria-1", "concept": ["nash"], "game": {}}',
        json.dumps(stored_game(game=[])),
        json.dumps(stored_game(exact="1/" + "9" * 10**6)),
        json.dumps(stored_game(equilibria={"a": 1e300})),
        json.dumps(stored_game(complete="NaN")),
        '{"schema": "bargain-equilibria-1", "command": ' + "9" * 5000 + "}",
    ],
    ids=range(8),
)
def test_hostile_games_are_refused_in_words(text):
    result = run("verify", "-", input=text)
    assert result.exit_code in (1, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)
