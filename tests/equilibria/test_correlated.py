"""Correlated equilibria: the definition, Aumann's example, and their relation to Nash equilibria."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given

from bargain.equilibria.correlation import OBJECTIVES, correlated
from bargain.equilibria.methods import equilibria
from bargain.errors import LimitError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games

CHICKEN = NormalFormGame.from_payoffs([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])


def largest_violation(game, distribution):
    """From the definition, by loops."""
    worst = 0.0
    for i, size in enumerate(game.num_actions):
        for told, played in product(range(size), range(size)):
            gain = 0.0
            for profile in product(*map(range, game.num_actions)):
                if profile[i] == told:
                    other = (*profile[:i], played, *profile[i + 1 :])
                    gain += distribution[profile] * (game.payoffs[i][other] - game.payoffs[i][profile])
            worst = max(worst, gain)
    return worst


@pytest.mark.parametrize("objective", OBJECTIVES)
@given(game=normal_form_games(players=2, max_actions=3))
def test_no_order_is_worth_disobeying(objective, game):
    found = correlated(game, objective)
    assert found.distribution.min() >= 0
    assert found.distribution.sum() == pytest.approx(1)
    assert largest_violation(game, found.distribution) <= 1e-8 * max(1.0, *game.spans)
    assert found.violation <= 1e-8
    assert found.payoffs == pytest.approx([(found.distribution * table).sum() for table in game.payoffs])


@given(bimatrix_games(max_actions=3))
def test_nash_equilibria_lie_between_the_worst_and_the_best_correlated_one(game):
    best, worst = correlated(game).value, correlated(game, "worst").value
    fair = correlated(game, "egalitarian").value
    for profile in equilibria(game):
        assert worst - 1e-7 <= sum(profile.payoffs) <= best + 1e-7
        assert min(profile.payoffs) <= fair + 1e-7


def test_aumanns_chicken():
    """Aumann (1974): a public signal gives more than any mixture of Nash equilibria."""
    found = correlated(CHICKEN)
    np.testing.assert_allclose(found.distribution, [[0.5, 0.25], [0.25, 0]], atol=1e-9)
    assert found.value == pytest.approx(10.5)
    assert found.value > max(sum(profile.payoffs) for profile in equilibria(CHICKEN))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_do_not_change_the_distribution(scale):
    scaled = NormalFormGame.from_payoffs(CHICKEN.payoffs * scale)
    for objective in OBJECTIVES:
        np.testing.assert_allclose(
            correlated(scaled, objective).distribution, correlated(CHICKEN, objective).distribution, atol=1e-9
        )


def test_dominated_actions_get_probability_zero():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert correlated(game).distribution.tolist() == [[0, 0], [0, 1]]


def test_three_players():
    game = NormalFormGame.from_payoffs(np.random.default_rng(0).random((3, 2, 3, 2)))
    found = correlated(game, "egalitarian")
    assert found.distribution.shape == (2, 3, 2)
    assert largest_violation(game, found.distribution) <= 1e-8


def test_an_unknown_objective_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"unknown objective 'wellfare'; known are .*; did you mean 'welfare'"):
        correlated(CHICKEN, "wellfare")


def test_the_size_is_predicted():
    with pytest.raises(LimitError, match="coefficients, more than 20,000,000"):
        correlated(NormalFormGame.from_payoffs(np.random.default_rng(0).random((2, 300, 300))))
