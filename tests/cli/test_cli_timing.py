"""``bargain deadline`` and ``bargain offers``: the clock's options, every format, figures, trees, and refused changes."""

import copy
import csv
import io
import json

import pytest
from click.testing import CliRunner

import bargain as bg
from bargain.certificates.check import verify
from bargain.cli import main


def run(*arguments, code=0):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def stored(*arguments):
    return json.loads(run(*arguments, "--format", "json"))


@pytest.fixture(scope="module")
def talks(tmp_path_factory):
    """A finite scenario with a clock, an outside option and a pause that differs from the default."""
    place = tmp_path_factory.mktemp("talks") / "talks.toml"
    place.write_text(
        """format = 1
[scenario]
id = "talks"
title = "Ten coins"
units = "coins"
illustrative = true
[players.A]
[players.B]
[issues.share]
range = [0, 10]
steps = 11
status_quo = 0
[payoffs.A]
share = "share"
[payoffs.B]
share = "10 - share"
[disagreement]
kind = "fixed"
payoffs = { A = 0, B = 0 }
[time]
discount = { A = 0.9, B = 0.8 }
rounds = 4
first_proposer = "B"
breakdown = 0.1
meanwhile_payoffs = { A = 1, B = 0 }
at_deadline_payoffs = { A = 0, B = 2 }
outside = { A = 4 }
""",
        encoding="utf-8",
    )
    return str(place)


def test_the_table_of_a_deadline(talks):
    text = run("deadline", talks)
    assert "DEADLINE  4 offers; B opens, A proposes last" in text
    assert "WHAT THE DEADLINE DOES" in text
    assert "One round more, B proposes last" in text
    assert "CERTIFIED  proved" in text


def test_options_replace_what_the_file_says(talks):
    tree = stored(
        "deadline", talks, "--rounds", "2", "--first", "A", "--discount", "A=0.5,B=0.25", "--protocol", "random"
    )
    found = tree["deadline"]["talks"]
    assert (found["rounds"], found["first"], found["protocol"]) == (2, "A", "random")
    assert found["discount"] == {"A": 0.5, "B": 0.25}
    assert tree["provenance"]["changes"]["time"]["rounds"] == 2
    assert (
        stored("deadline", "prisoners-dilemma", "--rate", "0.05", "--round-days", "7", "--days", "20")["deadline"][
            "talks"
        ]["rounds"]
        == 3
    )


def test_without_a_clock_the_message_says_what_to_add(capsys):
    text = run("deadline", "prisoners-dilemma", code=2)
    assert "error[BG318]: the scenario does not say how time passes" in text
    assert "deadline_days = 90" in text
    assert "the talks have no deadline" in run("deadline", "rubinstein-1982", code=2)
    assert "is neither a number nor PLAYER=NUMBER" in run("offers", "stahl-1972", "--discount", "lots", code=2)
    assert "does not end with .svg, .pdf or .png" in run("deadline", "stahl-1972", "--figure", "plot.gif", code=2)


def test_talks_in_which_nobody_agrees_have_exit_code_one(talks):
    text = run("deadline", talks, "--set", "time.outside.A=11", "--rounds", "1", "--first", "B", code=1)
    assert "No deal: A takes its outside option." in text


@pytest.mark.parametrize("form", ["latex", "md"])
@pytest.mark.parametrize("command", ["deadline", "offers"])
def test_tables_for_papers(talks, command, form):
    text = run(command, talks, "--format", form)
    assert ("\\begin{tabular}" if form == "latex" else "| ---") in text


@pytest.mark.parametrize("command", ["deadline", "offers"])
def test_csv_holds_every_number_of_the_json_result(talks, command):
    rows = list(csv.DictReader(io.StringIO(run(command, talks, "--format", "csv"))))
    tree = stored(command, talks)[command]
    said = {float(row["value"]) for row in rows if row["table"] == command and row["quantity"] == "payoff"}
    groups = tree["rounds"] if command == "deadline" else tree["equilibria"]
    assert {value for each in groups for offer in each["offers"] for value in offer["payoffs"].values()} <= said


def test_figures_are_the_same_bytes_twice(talks, tmp_path):
    for command, suffix in (("deadline", "svg"), ("offers", "svg"), ("deadline", "pdf")):
        names = [tmp_path / f"{command}{k}.{suffix}" for k in (0, 1)]
        for name in names:
            run(command, talks, "--figure", str(name))
        first, second = (name.read_bytes() for name in names)
        assert first == second
        if suffix == "svg":
            assert b"A proposes" in first
            assert b"Gain" in first


def test_the_game_tree_is_written(talks, tmp_path):
    place = tmp_path / "tree.efg"
    run("deadline", talks, "--rounds", "1", "--efg", str(place))
    assert place.read_text(encoding="utf-8").startswith('EFG 2 R "Ten coins" { "A" "B" }\n')
    text = run("deadline", talks, "--rounds", "9", "--efg", str(place), code=3)
    assert "error[BG401]: the tree of 11 deals in 9 rounds has about 10^" in text


def numbers(tree, path=()):
    """Every number in a stored object, by its path."""
    if isinstance(tree, bool):
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from numbers(value, (*path, key))
    elif isinstance(tree, list):
        for key, value in enumerate(tree):
            yield from numbers(value, (*path, key))
    elif isinstance(tree, int | float):
        yield path


def changed(tree, path):
    other = copy.deepcopy(tree)
    table = other
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] += 1
    return other


@pytest.mark.parametrize("command", ["deadline", "offers"])
def test_a_result_with_any_number_changed_is_refused(command):
    """Numbers of the talks, payoffs, floors, levels, days: each by one.  Certificates and notes are not read."""
    tree = stored(command, "stahl-1972")
    assert all(check.holds or not check.checked for check in verify(tree))
    unread = {"certificates", "inside"}
    paths = [path for path in numbers(tree[command]) if not unread.intersection(map(str, path))]
    assert len(paths) > 20
    for path in paths[:: max(1, len(paths) // 40)]:
        other = {**tree, command: changed(tree[command], path)}
        assert any(check.refuted for check in verify(other)), path


def test_the_solve_report_has_a_section_on_the_clock(talks):
    assert "DEADLINE  4 offers; B opens, A proposes last" in run("solve", talks)
    tree = stored("solve", talks)
    assert tree["deadline"]["talks"]["rounds"] == 4
    assert "deadline" not in stored("solve", "prisoners-dilemma")
    assert not any(check.refuted for check in verify(tree))


def test_three_players_and_lotteries_by_scenario():
    scenario = bg.load("us-japan-korea").set({"time": {"discount": 0.9, "rounds": 3}})
    found = scenario.deadline(compare=False)
    assert all(check.holds for check in bg.verify(found))
    assert len({each.offers[0].proposer for each in found.rounds}) == 3


def test_the_clock_of_the_us_japan_talks():
    scenario = bg.load("us-japan-2025")
    talks = scenario.alternating_offers()
    assert (talks.rounds, round(float(talks.last_wait), 6)) == (13, round(90 / 7 - 12, 6))
    standing = scenario.payoffs.values((25, 10, 0, 0, 1.45, 0, 0, 0, 0))
    assert talks.meanwhile == pytest.approx(tuple(standing))
    assert talks.default == pytest.approx(scenario.disagreement().payoffs)
