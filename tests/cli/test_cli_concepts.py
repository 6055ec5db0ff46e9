"""``bargain equilibria --concept``: each concept on a shipped game, options that do not fit, and stored results."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from bargain.cli import concepts, main
from bargain.equilibria.concepts import CONCEPTS
from bargain.equilibria.correlation import OBJECTIVES
from bargain.equilibria.selection import SELECTIONS
from bargain.pipeline import load
from bargain.scenario.schema import CHOICES


def run(*arguments):
    return CliRunner().invoke(main, ["equilibria", *arguments])


def test_names_are_those_of_the_rooms():
    assert ("nash", *CONCEPTS) == concepts.CONCEPTS
    assert concepts.OBJECTIVES == OBJECTIVES
    assert concepts.SELECTIONS == SELECTIONS
    assert {"all", *CHOICES["select"]} == set(SELECTIONS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--concept", "stackelberg", "--leader", "B"), "B commits to a mixed strategy first"),
        (("--concept", "stackelberg", "--commitment", "pure", "--ties", "weak"), "ties are broken against it (weak)"),
        (("--concept", "quantal-response"), "The branch approaches the profile above, of regret 0"),
        (
            ("--concept", "quantal-response", "--lambda", "2", "--lambda-unit", "span"),
            "lambda 2 times payoffs in units",
        ),
        (("--concept", "rationalisable"), "all that remains after 0 actions"),
        (("--concept", "security", "--exact"), "Held to, pure"),
        (("--concept", "correlated", "--objective", "worst"), "smallest sum of payoffs"),
        (("--select", "welfare-worst"), "of 3 equilibria was selected; welfare-worst"),
        (("--select", "all"), "3 equilibria, all of them"),
    ],
)
def test_each_concept_answers(arguments, words):
    result = run("chicken", *arguments)
    assert result.exit_code == 0, result.output
    assert words in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ties", "weak"), "--ties goes with concept stackelberg, not with nash"),
        (("--concept", "security", "--method", "pure"), "--method goes with concept nash, not with security"),
        (("--concept", "security", "--lambda", "1"), "--lambda goes with concept quantal-response"),
        (("--concept", "rationalisable", "--exact"), "not with rationalisable"),
        (("--concept", "stackelberg", "--leader", "Z"), "the players are A, B"),
        (("--concept", "quantal-response", "--lambda", "-1"), "-1"),
        (("--concept", "quantal-response", "--lambda", "nan"), "nan is not a finite number"),
        (("--concept", "stackleberg"), "Did you mean 'stackelberg'?"),
        (("--select", "best"), "--select"),
    ],
)
def test_options_that_do_not_fit_are_bad_usage(arguments, words):
    result = run("chicken", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_no_payoff_dominant_equilibrium_is_said_with_the_conflict():
    result = run("battle-of-the-sexes", "--select", "payoff-dominant")
    assert result.exit_code == 3
    assert "no equilibrium is payoff-dominant: B prefers number 3 to number 1" in result.output


def test_json_is_the_stored_form():
    tree = json.loads(run("chicken", "--concept", "stackelberg", "--format", "json").stdout)
    assert (tree["schema"], tree["concept"]) == ("bargain-equilibria-1", "stackelberg")
    assert tree["solution"]["payoffs"] == {"A": "7", "B": "2"}
    assert tree["provenance"]["argv"][1] == "chicken"
    again = json.loads(run("chicken", "--concept", "stackelberg", "--format", "json").stdout)
    assert {**again, "provenance": None} == {**tree, "provenance": None}


def test_csv_holds_the_whole_branch():
    result = run("stag-hunt", "--concept", "quantal-response", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len([row for row in rows if row["item"].startswith("branch/")]) > 50


def test_a_selected_list_verifies(tmp_path):
    stored = tmp_path / "result.json"
    result = run("battle-of-the-sexes", "--select", "welfare-best", "--format", "json", "-o", str(stored))
    assert result.exit_code == 0
    assert json.loads(stored.read_text())["equilibria"]["selection"] == "welfare-best"
    assert CliRunner().invoke(main, ["verify", str(stored)]).exit_code == 0


def test_a_result_with_threats_verifies_and_names_them(tmp_path):
    stored = tmp_path / "result.json"
    done = CliRunner().invoke(main, ["solve", "nash-threats-1953", "--format", "json", "-o", str(stored)])
    assert done.exit_code == 0
    threats = json.loads(stored.read_text())["disagreement"]["threats"]
    assert threats["A"] == {"a=bottom": 1}
    assert CliRunner().invoke(main, ["verify", str(stored)]).exit_code == 0


@pytest.mark.parametrize("how", ["payoff-dominant", "risk-dominant"])
def test_a_scenario_can_select_its_disagreement_point(how):
    point = load("stag-hunt", {"disagreement.kind": "nash", "disagreement.select": how}).disagreement()
    assert point.payoffs == {"payoff-dominant": (9.0, 9.0), "risk-dominant": (7.0, 7.0)}[how]
    assert point.note == f"1 of 3 equilibria of the no-agreement game: {how}"


@pytest.mark.parametrize("concept", concepts.CONCEPTS)
def test_results_of_games_with_foreign_names_verify_with_and_without_their_payoffs(concept, tmp_path):
    game, stored = tmp_path / "game.csv", tmp_path / "result.json"
    game.write_text(
        'Zo\u00eb \\ Bj\u00f8rn,links \u00e4,rechts\nob\u00e9n,"3, 2","1/3, 0"\nunten,"0, 0","1, 1"\n', encoding="utf-8"
    )
    assert run(str(game), "--concept", concept, "--format", "json", "-o", str(stored)).exit_code == 0
    assert CliRunner().invoke(main, ["verify", str(stored)]).exit_code == 0
    tree = json.loads(stored.read_text(encoding="utf-8"))
    tree["game"]["payoffs"] = None
    stored.write_text(json.dumps(tree), encoding="utf-8")
    alone = CliRunner().invoke(main, ["verify", str(stored)])
    assert "give the game's file with --game" in alone.stdout
    with_game = CliRunner().invoke(main, ["verify", str(stored), "--game", str(game)])
    assert with_game.exit_code == 0
    assert "claims hold" in with_game.stdout or "that were checked hold" in with_game.stdout
    assert with_game.stdout.count("holds ") > 2
    game.write_text(game.read_text(encoding="utf-8").replace("3, 2", "4, 2"), encoding="utf-8")
    other = CliRunner().invoke(main, ["verify", str(stored), "--game", str(game)])
    assert other.exit_code == 1
    assert "REFUTED  the game is the one that was solved" in other.stdout


def test_a_game_for_verify_must_be_a_game_file_and_fit_the_result(tmp_path):
    stored = tmp_path / "result.json"
    assert CliRunner().invoke(main, ["solve", "nash-barter-1950", "--format", "json", "-o", str(stored)]).exit_code == 0
    wrong = CliRunner().invoke(main, ["verify", str(stored), "--game", "game.toml"])
    assert (wrong.exit_code, "does not end with .nfg, .efg or .csv" in wrong.stderr) == (2, True)
    unneeded = CliRunner().invoke(main, ["verify", str(stored), "--game", "game.nfg"])
    assert (unneeded.exit_code, "--game goes with results of game files" in unneeded.stderr) == (2, True)
