"""``bargain enforce`` as the user meets it: formats, exit codes, bad options, figures."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bargain.cli import main


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_text_says_who_binds_and_from_which_factor_the_deal_holds():
    done = run("enforce", "bernheim-whinston-1990")
    assert done.exit_code == 0
    said = " ".join(done.output.split())
    assert "The deal holds at discount factors from 0.5833 on" in said
    assert "A and B bind" in said
    assert "Issue by issue it would take 0.6667." in said
    assert (
        "At a discount factor of 0.6 the deal holds when a breach is answered everywhere, but not issue by issue"
        in said
    )
    assert all(len(line) <= 80 for line in done.output.splitlines() if not line.startswith("Next: "))


@pytest.mark.parametrize(("delta", "code"), [("0.5", 0), ("0.49", 1)])
def test_exit_code_tells_whether_a_deal_can_be_kept(delta, code):
    assert run("enforce", "prisoners-dilemma", "--delta", delta).exit_code == code


@pytest.mark.parametrize("format", ["text", "json", "csv", "latex", "md"])
def test_every_format_has_the_critical_factor(format):
    done = run("enforce", "folmer-van-mouche-ragland-1993", "--delta", "0.6", "--format", format)
    assert done.exit_code == 0
    assert ("1/3" if format in ("json", "csv") else "0.3333") in done.output


def test_csv_has_one_value_a_row():
    rows = list(
        csv.DictReader(
            io.StringIO(run("enforce", "prisoners-dilemma", "--path", "0.4:0.6:3", "--format", "csv").output)
        )
    )
    critical = {
        row["player"]: row["value"] for row in rows if row["quantity"] == "critical" and row["item"] == "linked"
    }
    assert critical == {"A": "1/2", "B": "1/2"}
    statuses = [row["value"] for row in rows if row["table"] == "enforcement path" and row["quantity"] == "status"]
    assert statuses == ["no_deal", "proved", "proved"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--delta", "1"), "is not a discount factor"),
        (("--delta", "nan"), "is not a discount factor"),
        (("--path", "0.5:0.4:3"), "0 < FROM < TO < 1"),
        (("--path", "0.5"), "is not FROM:TO:COUNT"),
        (("--figure", "path.svg"), "give both"),
        (("--path", "0.4:0.6:3", "--figure", "path.bmp"), "does not end with"),
        (("--punishment", "mercy"), "is not one of"),
        (("--punishment", "snap_back"), "snap_back"),
    ],
)
def test_bad_options_are_explained(options, words):
    done = run("enforce", "prisoners-dilemma", *options)
    assert done.exit_code == 2
    assert words in done.output


def test_figure_is_the_same_twice_and_names_the_players(tmp_path):
    names = [str(tmp_path / name) for name in ("one.svg", "two.svg")]
    for name in names:
        assert run("enforce", "prisoners-dilemma", "--path", "0.3:0.8:6", "--figure", name).exit_code == 0
    first, second = (Path(name).read_bytes() for name in names)
    assert first == second
    assert b"Discount factor" in first
    assert b"kept from here on" in first


def test_stored_result_is_verified(tmp_path):
    place = str(tmp_path / "kept.json")
    assert run("enforce", "prisoners-dilemma", "--delta", "0.6", "--format", "json", "-o", place).exit_code == 0
    assert run("verify", place).exit_code == 0
    stored = json.loads(Path(place).read_text())
    assert stored["enforcement"]["critical"] == "1/2"
    stored["enforcement"]["linked"][0]["critical"] = "2/5"
    Path(place).write_text(json.dumps(stored))
    assert run("verify", place).exit_code == 1


def test_no_deal_has_nothing_to_break():
    done = run("enforce", "matching-pennies")
    assert done.exit_code == 1
    assert "no deal that could be broken" in done.output


def test_lottery_is_kept_when_every_drawn_deal_is():
    done = run("enforce", "battle-of-the-sexes", "--delta", "0.5")
    assert done.exit_code == 0
    assert "every deal that it may draw" in " ".join(done.output.split())
