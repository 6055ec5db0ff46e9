"""JSON and CSV: every digit, no surprises for a parser."""

import csv
import io
import json
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.reports import render
from bargain.reports.csv import COLUMNS
from bargain.reports.json import dumps, plain
from bargain.results import Certificate, Outcome

REQUIRED = {
    "schema", "command", "scenario", "inputs", "status", "rule", "terms", "gains", "payoffs", "disagreement",
    "equilibria", "linkage", "alternatives", "binding", "certificate", "expectations", "provenance",
}  # fmt: skip


def refuse_constants(name):
    raise AssertionError(f"{name} is not JSON")


def parsed(text):
    return json.loads(text, parse_constant=refuse_constants)


def test_json_has_the_documented_fields(report):
    tree = parsed(render(report, "json"))
    assert set(tree) >= REQUIRED
    assert tree["schema"] == "bargain-result-1"
    assert tree["status"] == "converged"
    assert tree["terms"] == {"tariff": {"tariff": 9.1139}, "pledge": {"pledge": 445.53}, "host": {"host": 4.0}}
    assert tree["gains"] == {"US": 9.605, "JP": 7.958}
    assert tree["disagreement"]["payoffs"] == {"US": 1.0, "JP": 1.0}
    assert tree["scenario"]["digest"] == report.document.digest
    assert tree["inputs"] == report.document.tree
    assert tree["binding"][0]["shadow"] == {"US": 0.56, "JP": -0.42}
    assert tree["linkage"]["value"]["US"] == 9.605 - 0.16
    assert tree["linkage"]["separate"]["terms"]["tariff"] == {"tariff": 21.44}
    assert tree["certificate"]["holds"] is True
    assert [each["rule"] for each in tree["alternatives"]] == ["kalai-smorodinsky", "egalitarian"]
    assert tree["expectations"][1]["holds"] is False


def test_json_equilibria_are_labelled_supports(report):
    profiles = parsed(render(report, "json", "equilibria"))["equilibria"]["profiles"]
    assert profiles[0]["strategies"]["US"] == [{"action": "tariff=25", "probability": 1.0}]
    assert profiles[1]["strategies"]["US"][0] == {"action": "tariff=2.5", "probability": "1/3"}
    assert profiles[1]["payoffs"] == {"US": "1/2", "JP": "-7/3"}
    assert profiles[1]["regret"] == 0


def test_json_without_a_deal_keeps_the_levels_that_stand(refused):
    tree = parsed(render(refused, "json"))
    assert tree["status"] == "no_deal"
    assert tree["terms"]["tariff"] == {"tariff": 25.0}
    assert tree["gains"] == {"US": 0.0, "JP": 0.0}


def test_json_lottery_has_no_single_terms(report, document):
    deal = document.terms((2.5, 600.0, 4.0))
    drawn = replace(report.solution, deal=None, lottery=((deal, Fraction(3, 5)), (deal, Fraction(2, 5))))
    tree = parsed(render(replace(report, solution=drawn, terms=None), "json"))
    assert tree["terms"] is None
    assert [each["probability"] for each in tree["lottery"]] == ["3/5", "2/5"]


def test_two_runs_differ_in_provenance_only(report):
    later = replace(report, provenance={**report.provenance, "started": "2026-01-02T00:00:00Z", "seconds": 7.0})
    first, second = (parsed(render(each, "json")) for each in (report, later))
    assert first.pop("provenance") != second.pop("provenance")
    assert dumps(first) == dumps(second)


def test_equilibria_alone_have_no_status(report):
    tree = parsed(
        render(replace(report, solution=None, linkage=None, terms=None, alternatives=()), "json", "equilibria")
    )
    assert tree["status"] is None
    assert tree["equilibria"]["complete"] is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.1), 0.1),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        (float("inf"), None),
        (Fraction(4, 2), 2),
        (Fraction(-1, 3), "-1/3"),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        (Outcome({"x": {"y": "full"}}, (1.0, Fraction(1, 2))), {"deal": {"x": {"y": "full"}}, "payoffs": [1.0, "1/2"]}),
        (Certificate, str(Certificate)),
    ],
)
def test_plain_data(value, expected):
    assert plain(value) == expected


def test_negative_zero_is_written_as_zero():
    assert dumps([-0.0]) == dumps([0.0])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_exactly(value):
    assert parsed(dumps([value]))[0] == value


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.fractions(), st.lists))
def test_whatever_a_witness_holds_is_valid_ascii_json(value):
    text = dumps({"witness": value})
    assert text.isascii()
    parsed(text)


def rows(report, command="solve"):
    return list(csv.DictReader(io.StringIO(render(report, "csv", command))))


def test_csv_holds_the_numbers_of_the_result_with_every_digit(report):
    table = rows(report)
    assert list(table[0]) == list(COLUMNS)
    gains = {
        row["player"]: float(row["value"])
        for row in table
        if (row["table"], row["rule"], row["quantity"]) == ("solution", "nash", "gain")
    }
    assert gains == {"US": 9.605, "JP": 7.958}
    level = next(row for row in table if row["rule"] == "nash" and row["item"] == "pledge.pledge")
    assert (float(level["value"]), level["unit"]) == (445.53, "bn USD")
    value = [float(row["value"]) for row in table if row["quantity"] == "value of linkage"]
    assert math.isclose(sum(value), report.linkage.total)


def test_csv_is_rectangular_and_names_its_scenario(report):
    for command in ("solve", "linkage", "equilibria"):
        table = rows(report, command)
        assert all(None not in row and None not in row.values() for row in table)
        assert {row["scenario"] for row in table} == {"us-japan"}


def test_csv_quotes_labels_that_hold_commas_and_quotes(report, document):
    awkward = replace(document, id='a,"b"\nc')
    assert {row["scenario"] for row in rows(replace(report, document=awkward))} == {'a,"b"\nc'}


def test_csv_of_equilibria_lists_supports_only(report):
    chances = [row for row in rows(report, "equilibria") if row["quantity"] == "probability"]
    assert [row["value"] for row in chances if row["item"] == "2" and row["player"] == "US"] == ["1/3", "2/3"]
    assert not [row for row in rows(report, "equilibria") if row["table"] == "solution"]


@pytest.mark.parametrize("text", ["=1+1", "+lim", "-x", "@SUM(A1)", "\t=1", "\n=1", '=HYPERLINK("x")', "-1+cmd|x"])
def test_no_spreadsheet_takes_a_text_of_the_scenario_for_a_formula(report, document, text):
    result = replace(report.expectations[0], name=text)
    awkward = replace(report, document=replace(document, id=text, units=text), expectations=(result,))
    table = rows(awkward)
    assert {row["scenario"] for row in table} == {f"'{text}"}
    assert next(row["unit"] for row in table if row["quantity"] == "payoff") == f"'{text}"
    assert next(row["item"] for row in table if row["table"] == "expectations") == f"'{text}"


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "a\nb"])
def test_every_kind_of_line_break_stays_in_its_cell(report, document, text):
    table = rows(replace(report, document=replace(document, units=text)))
    assert {row["unit"] for row in table if row["quantity"] == "payoff"} == {"a\nb"}


def test_negative_numbers_and_fractions_stay_numbers(report, document):
    numbers = replace(report.solution, gains=(-1e-9, Fraction(-7, 3)), payoffs=(-2.5, 1e21))
    values = [row["value"] for row in rows(replace(report, solution=numbers)) if row["rule"] == "nash"]
    assert {"-1e-09", "-7/3", "-2.5", "1e+21"} <= set(values)


def test_csv_lists_ties(report, document):
    other = document.terms((9.1139, 300.0, 4.0))
    tied = replace(report.solution, ties=(report.solution.ties[0], Outcome(other, (10.6, Fraction(9)))))
    table = [row for row in rows(replace(report, solution=tied)) if row["table"] == "ties"]
    assert {row["entry"] for row in table} == {"tie 1", "tie 2"}
    second = {row["player"] or row["item"]: row["value"] for row in table if row["entry"] == "tie 2"}
    assert second == {"US": "10.6", "JP": "9", "tariff.tariff": "9.1139", "pledge.pledge": "300.0", "host.host": "4.0"}
    assert not [row for row in rows(report) if row["table"] == "ties"]
