"""Sets of equilibria in reports: made by hand, in every format."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from bargain.games.normal_form import NormalFormGame
from bargain.pipeline import load
from bargain.reports import render
from bargain.reports.components import component_tree
from bargain.reports.solved_game import render_solved_game
from bargain.results import Component, Equilibria, GameReport, Profile, Report

ONE, NONE, HALF = Fraction(1), Fraction(0), Fraction(1, 2)

# Column does not care: against "up" every mixture of column is a best response, and "up" answers them all.
GAME = NormalFormGame.from_payoffs(
    [[[1, 1], [0, 1]], [[2, 2], [0, 1]]], ["Row", "Col"], [["up", "down"], ["left", "right"]]
)
UP, DOWN = (ONE, NONE), (NONE, ONE)
PROFILES = tuple(
    Profile(pair, GAME.expected_payoffs(pair), max(GAME.regrets(pair))) for pair in ((UP, UP), (UP, DOWN), (DOWN, DOWN))
)
COMPONENTS = (
    Component(((UP,), (UP, DOWN)), (0, 1), 1, 0),
    Component(((UP, DOWN), (DOWN,)), (1, 2), 1, 0),
)
FOUND = Equilibria(GAME, "by hand", PROFILES, True, "counted", exact=True, components=COMPONENTS)
REPORT = GameReport(FOUND, "Indifference", "game.nfg", (), {"bargain": "0", "seconds": 0.0})

PAGE = """\
COMPONENTS  2 maximal convex sets in 1 connected piece

  Set  Dimension  Equilibria  Connected  Player  Corner
  -----------------------------------------------------
  1    1          1, 2        1          Row     up
                                         Col     left
                                                 right

  2    1          2, 3        1          Row     up
                                                 down
                                         Col     right

  Every mixture of one player's corners with every mixture of the other's is an
    equilibrium.
"""


def test_the_hand_made_sets_are_equilibria():
    assert all(profile.regret == 0 for profile in FOUND)
    for component in COMPONENTS:
        middle = [[sum(column) / len(side) for column in zip(*side, strict=True)] for side in component.strategies]
        assert max(GAME.regrets(middle)) == 0


def test_the_page_shows_sets_that_are_no_points():
    assert PAGE in render_solved_game(REPORT)
    points = tuple(replace(component, dimension=0) for component in COMPONENTS)
    assert "COMPONENTS" not in render_solved_game(replace(REPORT, equilibria=replace(FOUND, components=points)))


def test_a_mixed_corner_is_written_as_a_mixture():
    mixed = replace(COMPONENTS[0], strategies=((UP,), (UP, (HALF, HALF))))
    page = render_solved_game(replace(REPORT, equilibria=replace(FOUND, components=(mixed,))))
    assert "1/2 left + 1/2 right" in page


def test_many_sets_are_cut_on_the_page_and_whole_in_json():
    many = replace(REPORT, equilibria=replace(FOUND, components=COMPONENTS * 40))
    assert "... and 30 more (--format json lists all)." in render_solved_game(many)
    assert len(json.loads(render_solved_game(many, "json"))["components"]) == 80


EXPECTED = {
    "strategies": {"Row": [{"up": "1"}], "Col": [{"left": "1"}, {"right": "1"}]},
    "equilibria": [0, 1],
    "dimension": 1,
    "connected": 0,
}


def test_json_of_a_game_has_the_corners_with_their_actions():
    tree = json.loads(render_solved_game(REPORT, "json"))
    assert tree["components"][0] == EXPECTED
    assert component_tree(COMPONENTS[1], FOUND)["strategies"] == {
        "Row": [{"up": 1}, {"down": 1}],
        "Col": [{"right": 1}],
    }


def test_csv_has_dimension_and_places():
    lines = render_solved_game(REPORT, "csv").splitlines()
    assert "Indifference,components,1,,,dimension,1" in lines
    assert "Indifference,components,2,,,equilibrium,3" in lines


def test_a_scenarios_report_has_them_too():
    scenario = load("battle-of-the-sexes")
    report = Report(scenario.document, scenario.disagreement(), equilibria=FOUND)
    assert PAGE in render(report, "text", "equilibria")
    tree = json.loads(render(report, "json", "equilibria"))
    shape = tree["equilibria"]["components"][0]
    assert shape == {**EXPECTED, "strategies": {"Row": [{"up": 1}], "Col": [{"left": 1}, {"right": 1}]}}


@pytest.mark.parametrize("format", ["latex", "md"])
def test_papers_and_notes_have_them_too(format):
    assert "maximal convex sets" in render_solved_game(REPORT, format)


def test_floats_and_names_that_look_like_formulas_are_kept_harmless():
    game = NormalFormGame.from_payoffs([[0.5, 1.5]], ["=A"], [["@x", "y"]])
    found = Equilibria(game, "by hand", (Profile(((0.0, 1.0),), (1.5,), 0.0),), True, "")
    report = GameReport(found, "-T")
    assert "'-T,equilibria,1,'=A,y,probability,1.0" in render_solved_game(report, "csv").splitlines()
    tree = json.loads(render_solved_game(report, "json"))
    assert tree["game"]["payoffs"] == {"=A": [0.5, 1.5]}
    assert tree["equilibria"] == [{"profile": {"=A": {"y": 1.0}}, "payoffs": {"=A": 1.5}, "regret": 0.0}]
