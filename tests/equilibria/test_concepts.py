"""One entry to all concepts: labelled answers, refusals, and the report in every format."""

import csv
import io
import json
from fractions import Fraction

import numpy as np
import pytest

from bargain.equilibria.concepts import CONCEPTS, solve_concept
from bargain.equilibria.methods import equilibria
from bargain.equilibria.selection import selected
from bargain.games.normal_form import NormalFormGame
from bargain.reports.concepts import render_concept

CHICKEN = NormalFormGame.from_payoffs(
    [[[6, 2], [7, 0]], [[6, 7], [2, 0]]], players=["Ann", "Bob"], actions=[["swerve", "straight"]] * 2
)
THREE = NormalFormGame.from_payoffs(np.arange(24.0).reshape(3, 2, 2, 2) % 7)
SOLVED = [name for name in CONCEPTS if name != "coarse-correlated"]


@pytest.mark.parametrize("concept", SOLVED)
@pytest.mark.parametrize("format", ["text", "json", "csv", "md", "latex"])
def test_every_concept_has_a_report_in_every_format(concept, format):
    answer = solve_concept(CHICKEN, concept)
    page = render_concept(answer, format, title="Chicken")
    assert page.endswith("\n")
    assert "Chicken" in page
    if format == "json":
        tree = json.loads(page)
        assert list(tree)[:5] == ["schema", "command", "concept", "game", "solution"]
        assert (tree["schema"], tree["concept"]) == ("bargain-equilibria-1", concept)
        assert tree["game"]["payoffs"]["Ann"] == [["6", "2"], ["7", "0"]]
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(page)))
        assert rows
        assert {row["concept"] for row in rows} == {concept}


def test_stackelberg_is_called_by_name():
    solution = solve_concept(CHICKEN, "stackelberg", leader="Bob", commitment="pure").solution
    assert solution["leader_strategy"] == {"straight": 1}
    assert solution["reply"] == {"Ann": "swerve"}
    assert solution["payoffs"] == {"Ann": 2, "Bob": 7}


def test_exact_numbers_are_text_in_json():
    answer = solve_concept(CHICKEN, "security", exact=True)
    assert all(isinstance(value, Fraction) for value in answer.solution["minmax"].values())
    assert json.loads(render_concept(answer, "json"))["solution"]["minmax"] == {"Ann": "2", "Bob": "2"}


def test_punishments_name_the_others_only():
    solution = solve_concept(THREE, "security").solution
    for player, table in solution["punishments"].items():
        assert sum(each["probability"] for each in table) == 1
        assert all(player not in each["profile"] for each in table)
    assert set(solution["independent_minmax_bounds"]) == set(THREE.players)


def test_a_branch_has_a_row_per_point_and_a_heading_per_number():
    solution = solve_concept(CHICKEN, "quantal-response").solution
    assert solution["columns"] == ["lambda", "Ann: swerve", "Ann: straight", "Bob: swerve", "Bob: straight"]
    assert solution["branch"][0] == pytest.approx([0, 0.5, 0.5, 0.5, 0.5])
    assert solve_concept(CHICKEN, "quantal-response", rationality=2.0).solution["branch"] is None


def test_a_correlated_equilibrium_pays_what_its_distribution_pays():
    solution = solve_concept(CHICKEN, "correlated", objective="welfare").solution
    mean = sum(
        each["probability"] * CHICKEN.payoffs[0][tuple(CHICKEN.actions[0].index(a) for a in each["profile"].values())]
        for each in solution["distribution"]
    )
    assert solution["payoffs"]["Ann"] == pytest.approx(mean)
    assert solution["value"] == pytest.approx(10.5)


def test_eliminations_are_shown_in_words():
    dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    page = render_concept(solve_concept(dilemma, "rationalisable"), "text")
    assert "2 actions eliminated" in page
    assert page.isascii()


def test_a_name_that_looks_like_a_formula_is_harmless_in_a_spreadsheet():
    game = NormalFormGame.from_payoffs([[[1, 0]], [[0, 1]]], players=["=A", "B"], actions=[["=1+1"], ["x", "y"]])
    for row in csv.reader(io.StringIO(render_concept(solve_concept(game, "stackelberg"), "csv", title="=2+2"))):
        assert not any(cell.startswith("=") for cell in row)


@pytest.mark.parametrize(
    ("concept", "options", "error", "words"),
    [
        ("stackleberg", {}, ValueError, "did you mean 'stackelberg'"),
        ("stackelberg", {"leader": "Zoe"}, ValueError, "no player 'Zoe'"),
        ("rationalisable", {"leader": "Ann"}, TypeError, "leader"),
    ],
)
def test_wrong_questions_are_refused(concept, options, error, words):
    with pytest.raises(error, match=words):
        solve_concept(CHICKEN, concept, **options)


def test_a_narrowed_list_says_so():
    found = equilibria(CHICKEN, exact=True)
    assert selected(found, "all") is found
    best = selected(found, "welfare-best")
    assert (len(best), best.selection, best.complete) == (1, "welfare-best", False)
    assert "of 3 equilibria" in best.reason
