"""``bargain linkage --structures``, ``bargain compare`` and the reasons for no deal, as the user meets them."""

import csv
import io
import json

import pytest
from by_hand import drawn, horn_wolinsky
from click.testing import CliRunner

from bargain.cli import main

STUCK = {
    "format": 1,
    "scenario": {"id": "stuck", "title": "Stuck", "illustrative": True},
    "players": {"A": {"name": "A"}, "B": {"name": "B"}},
    "issues": {"t": {"levels": [0, 1], "status_quo": 0}},
    "parameters": {"cost": {"value": 2, "range": [-1, 3]}},
    "payoffs": {"A": {"t": "t"}, "B": {"t": "-cost*t"}},
}


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trees = {"hub": horn_wolinsky({"levels": [0, 1.5, 3]}), "drawn": drawn(2, issues=3)[0], "stuck": STUCK}
    for name, tree in trees.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(tree))


def run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("structures", ["separate", "subpackages", "partitions", "simultaneous", "sequences", "all"])
def test_every_kind_of_structure_has_its_section_in_every_format(structures):
    wanted = {
        "partitions": ["PARTITIONS"], "simultaneous": ["SIMULTANEOUS TABLES"],
        "sequences": ["MYOPIC SEQUENCES", "ANTICIPATING SEQUENCES"],
    }  # fmt: skip
    wanted["all"] = [title for titles in wanted.values() for title in titles]
    text = run("linkage", "hub.json", "--structures", structures).stdout
    for title in wanted["all"]:
        assert (title in text) == (title in wanted.get(structures, []))
    for format in ("latex", "md"):
        assert run("linkage", "hub.json", "--structures", structures, "--format", format).exit_code == 0
    tree = json.loads(run("linkage", "hub.json", "--structures", structures, "--format", "json").stdout)
    rows = list(
        csv.DictReader(io.StringIO(run("linkage", "hub.json", "--structures", structures, "--format", "csv").stdout))
    )
    found = tree["linkage"]["structures"]
    listed = {(row["item"], row["entry"]) for row in rows if row["table"] == "structures"}
    stored = [] if found is None else [*found["partitions"], *found["simultaneous"], *found["sequences"]]
    assert len(listed) == len(stored)


def test_only_the_tables_that_were_named_are_solved():
    result = run("linkage", "drawn.json", "--structures", "simultaneous", "--tables", "i0+i2,i1", "--format", "json")
    (each,) = json.loads(result.stdout)["linkage"]["structures"]["simultaneous"]
    assert each["tables"] == [["i0", "i2"], ["i1"]]
    wrong = run("linkage", "drawn.json", "--structures", "simultaneous", "--tables", "i0,i1")
    assert wrong.exit_code == 2
    assert "Invalid value for --tables: every issue needs a table; i2 has none" in wrong.output


def test_transfers_are_a_share_below_one():
    paid = json.loads(run("linkage", "hub.json", "--transfers", "0.5", "--format", "json").stdout)
    assert paid["linkage"]["transfers"] == {"cost": 0.5}
    assert set(paid["transfers"]) == {"H", "A", "B"}
    assert "side payments with a cost of 50 %" in " ".join(
        run("linkage", "hub.json", "--transfers", "0.5").stdout.split()
    )
    assert run("linkage", "hub.json", "--transfers", "1").exit_code == 2
    refused = run("linkage", "hub.json", "--transfers", "0", "--solution", "utilitarian")
    assert refused.exit_code == 2
    assert "not under utilitarian" in refused.output


def test_no_deal_is_explained_and_break_even_values_are_found():
    page = run("solve", "stuck.json")
    assert page.exit_code == 1
    assert "Blocking: there would be a deal without the consent of B.\n" in page.stdout
    assert "Nearest miss: A +1, B -2 (t 1)." in page.stdout
    looked = run("solve", "stuck.json", "--break-even").stdout
    assert "A deal appears if cost goes below " in looked
    tree = json.loads(run("solve", "stuck.json", "--break-even", "--format", "json").stdout)
    (even,) = tree["no_deal"]["break_evens"]
    assert even["value"] == pytest.approx(0, abs=1e-5)
    rows = list(csv.DictReader(io.StringIO(run("solve", "stuck.json", "--break-even", "--format", "csv").stdout)))
    assert any(row["quantity"] == "break-even" and row["item"] == "parameters.cost" for row in rows)
    assert "no_deal" not in json.loads(run("solve", "hub.json", "--format", "json").stdout)


def test_a_scenario_compared_with_itself_changes_nothing():
    tree = json.loads(run("compare", "drawn.json", "drawn.json", "--format", "json").stdout)
    assert tree["inputs"] == []
    assert all(
        row["difference"] in (0, None) for name in ("terms", "gains", "payoffs", "linkage") for row in tree[name]
    )
    assert "The two have the same inputs." in run("compare", "drawn.json", "drawn.json").stdout


def test_a_change_is_compared_and_a_stored_result_compares_like_a_fresh_one():
    assert (
        run("solve", "stuck.json", "--set", "parameters.cost=-0.5", "--format", "json", "-o", "after.json").exit_code
        == 0
    )
    fresh = run("compare", "stuck.json", "--set", "parameters.cost=-0.5", "--format", "json")
    kept = run("compare", "stuck.json", "after.json", "--format", "json")
    assert json.loads(fresh.stdout) == json.loads(kept.stdout)
    tree = json.loads(fresh.stdout)
    assert tree["inputs"] == [{"path": "parameters.cost.value", "first": 2, "second": -0.5}]
    gains = {row["item"]: (row["first"], row["second"], row["difference"]) for row in tree["gains"]}
    assert gains == {"A": (0.0, 1.0, 1.0), "B": (0.0, 0.5, 0.5)}
    for format in ("text", "csv", "latex", "md"):
        page = run("compare", "stuck.json", "after.json", "--format", format)
        assert page.exit_code == 0
        assert "parameters.cost.value" in page.stdout.replace("\\", "")


def test_compare_needs_two_sides():
    alone = run("compare", "stuck.json")
    assert alone.exit_code == 2
    assert "give a second scenario or result, or a change with --set" in alone.output
    run("solve", "hub.json", "--format", "json", "-o", "stored.json")
    both = run("compare", "stuck.json", "stored.json", "--set", "parameters.cost=1")
    assert both.exit_code == 2
    assert "`stored.json` is a stored result" in both.output


def test_numbers_in_two_units_have_no_difference():
    tree = json.loads(run("compare", "tollison-willett-1979", "nash-in-nash-1988", "--format", "json").stdout)
    rows = {row["item"]: row for row in tree["gains"]}
    assert (rows["A"]["unit"], rows["A"]["difference"]) == ("utility / bn USD", None)


def test_two_blocking_players_and_nothing_to_vary_are_said_clearly():
    change = "payoffs.B.finance.reformed=0.5"
    page = " ".join(run("solve", "tollison-willett-1979", "--set", change, "--break-even").stdout.split())
    assert "without the consent of A, or without that of B." in page
    assert "There is no number to vary" in page
    assert "0 were varied" not in page
