"""Equilibria on intervals at the command line: text, JSON, CSV, verify, and scenarios without such levers."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main

DUOPOLY = """\
format = 1
[scenario]
id = "duopoly"
title = "Two firms and a market"
units = "bn USD"
[players.A]
name = "A"
[players.B]
name = "B"
[issues.a]
set_by = "A"
range = [0, 12]
status_quo = 0
unit = "t"
[issues.b]
set_by = "B"
range = [0, 12]
status_quo = 0
[payoffs.A]
joint = "a*(12.5 - a - b)"
[payoffs.B]
joint = "b*(12.5 - a - b)"
"""


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "duopoly.toml").write_text(DUOPOLY, encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_text_gives_levels_and_the_bound():
    page = run("equilibria", "duopoly.toml").stdout
    assert "ON THE INTERVALS" in page
    assert "1 pure equilibrium, proved: all of them" in page
    assert "a 4.17 t" in page
    assert "Gains at most" in page


def test_json_is_complete_and_verified():
    result = run("equilibria", "duopoly.toml", "--format", "json", "-o", "result.json")
    assert result.exit_code == 0
    found = json.loads(Path("result.json").read_text(encoding="utf-8"))["continuous"]
    assert found["complete"] is True
    (profile,) = found["profiles"]
    assert profile["terms"]["a"]["a"] == pytest.approx(12.5 / 3, rel=1e-9)
    assert profile["epsilon"] <= min(found["tolerances"].values())
    verified = run("verify", "result.json")
    assert verified.exit_code == 0
    assert "on the intervals: no deviation of B gains more than stated" in verified.output


def test_a_changed_level_is_refuted():
    run("equilibria", "duopoly.toml", "--format", "json", "-o", "result.json")
    tree = json.loads(Path("result.json").read_text(encoding="utf-8"))
    tree["continuous"]["profiles"][0]["terms"]["a"]["a"] = 4.4
    Path("result.json").write_text(json.dumps(tree), encoding="utf-8")
    assert run("verify", "result.json").exit_code != 0


def test_csv_has_a_row_for_every_level_and_bound():
    rows = run("equilibria", "duopoly.toml", "--format", "csv").stdout.splitlines()
    found = [row for row in rows if "continuous equilibria" in row]
    assert len(found) == 2 + 2 * 2


@pytest.mark.parametrize("format", ["latex", "md"])
def test_other_formats_have_the_section(format):
    assert "intervals" in run("equilibria", "duopoly.toml", "--format", format).stdout.lower()


def test_a_game_of_finite_levels_has_no_such_section():
    page = run("equilibria", "chicken", "--format", "json").stdout
    assert json.loads(page)["continuous"] is None
