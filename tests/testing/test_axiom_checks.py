"""The test kit tests itself: each check passes on a rule that has the property and fails on one that has not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargain.games.bargaining import BargainingProblem
from bargain.games.normal_form import NormalFormGame
from bargain.pipeline import Scenario
from bargain.scenario.formula import read_formula
from bargain.testing import axioms, strategies

DEALS = [(8.0, 1.0), (3.0, 2.0), (1.0, 3.0), (0.0, 0.0)]
DEFAULT = (0.0, 0.0)


def dictator(points, disagreement):
    """The best deal for the first player, whatever the other gets."""
    return points[points[:, 0] == points[:, 0].max()]


def worst(points, disagreement):
    """The rational deal with the least sum."""
    rational = points[(points >= disagreement).all(axis=1)]
    return rational[rational.sum(axis=1) == rational.sum(axis=1).min()]


@given(strategies.deal_points(players=st.integers(2, 4)))
@pytest.mark.parametrize("name", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_named_rules_are_rational_efficient_and_anonymous(name, drawn):
    points, disagreement = drawn
    rule = axioms.named_rule(name)
    axioms.check_individual_rationality(rule, points, disagreement)
    axioms.check_pareto_efficiency(rule, points, disagreement)
    axioms.check_anonymity(rule, points, disagreement, list(reversed(range(len(disagreement)))))


@given(strategies.deal_points(players=st.integers(2, 4)), st.integers(-40, 40), st.data())
@pytest.mark.parametrize("name", ["nash", "kalai-smorodinsky"])
def test_nash_and_kalai_smorodinsky_do_not_depend_on_units(name, drawn, power, data):
    points, disagreement = drawn
    count = len(disagreement)
    scale = data.draw(st.lists(st.sampled_from([0.25, 1.0, 8.0]), min_size=count, max_size=count))
    axioms.check_scale_invariance(axioms.named_rule(name), points, disagreement, np.array(scale) * 2.0**power)


@given(strategies.deal_points(feasible=True), st.data())
def test_nash_does_not_depend_on_deals_that_it_does_not_choose(drawn, data):
    points, disagreement = drawn
    kept = data.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points)))
    rule = axioms.named_rule("nash")
    axioms.check_independence_of_irrelevant_alternatives(rule, points, disagreement, kept)


def test_checks_fail_on_rules_without_the_property():
    with pytest.raises(AssertionError, match="less than"):
        axioms.check_individual_rationality(dictator, [(8.0, -1.0), (1.0, 1.0)], DEFAULT)
    with pytest.raises(AssertionError, match="dominated"):
        axioms.check_pareto_efficiency(worst, DEALS, DEFAULT)
    with pytest.raises(AssertionError, match="worth having"):
        axioms.check_pareto_efficiency(lambda points, disagreement: points[:0], DEALS, DEFAULT)
    with pytest.raises(AssertionError, match="names"):
        axioms.check_anonymity(dictator, DEALS, DEFAULT, [1, 0])
    with pytest.raises(AssertionError, match="units"):
        axioms.check_scale_invariance(axioms.named_rule("egalitarian"), DEALS, DEFAULT, (1.0, 10.0))
    # Without (1, 3) the second player's ideal gain is 2, so its deal (3, 2) counts for less.
    rule, kept = axioms.named_rule("kalai-smorodinsky"), [True, True, False, True]
    with pytest.raises(AssertionError, match="does not choose"):
        axioms.check_independence_of_irrelevant_alternatives(rule, DEALS, DEFAULT, kept)


def test_equilibrium_check_names_the_player_and_the_gain():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    axioms.check_equilibrium(game, [[0, 1], [0, 1]])
    with pytest.raises(AssertionError, match=r"gains 2\.0 with action 1"):
        axioms.check_equilibrium(game, [[1, 0], [1, 0]])


@given(
    strategies.normal_form_games(players=st.integers(2, 3)),
    strategies.bargaining_problems(),
    strategies.additive_problems(),
)
def test_strategies_draw_what_they_say(game, problem, additive):
    assert isinstance(game, NormalFormGame)
    assert np.isfinite(game.payoffs).all()
    assert isinstance(problem, BargainingProblem)
    assert isinstance(additive, BargainingProblem)


@settings(max_examples=25)
@given(strategies.scenarios(players=st.integers(2, 3), linked=st.booleans()), strategies.formulas(["x", "y"]))
def test_drawn_scenarios_load_without_remarks_and_formulas_can_be_read(scenario, formula):
    assert isinstance(scenario, Scenario)
    assert all(warning.code.startswith("BG3") for warning in scenario.document.warnings)
    assert read_formula(formula)


def test_degenerate_games_repeat_an_action():
    @settings(max_examples=20, database=None)
    @given(strategies.bimatrix_games(degenerate=True))
    def repeats(game):
        tables = game.payoffs
        found = False
        for axis in (1, 2):
            moved = np.moveaxis(tables, axis, 0)
            found |= any(np.array_equal(moved[a], moved[b]) for a in range(len(moved)) for b in range(a))
        assert found

    repeats()
