"""Security levels: duality, hand-solved games, and parts that add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.equilibria.security import security_levels
from bargain.games.decomposition import combine
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import normal_form_games


@given(normal_form_games(players=st.integers(1, 3), max_actions=3))
def test_what_a_player_secures_is_what_it_can_be_held_to(game):
    levels = security_levels(game)
    assert len(levels) == game.num_players
    for i, (high, low) in enumerate(zip(levels.minmax, levels.maxmin, strict=True)):
        assert 0 <= high - low <= 1e-8 * max(1.0, game.spans[i])
        table = np.moveaxis(game.payoffs[i], i, 0).reshape(game.num_actions[i], -1)
        assert (levels.maxmin_strategies[i] @ table).min() == pytest.approx(low, abs=1e-8)
        assert (table @ levels.punishments[i].ravel()).max() == pytest.approx(high, abs=1e-8)
        assert table.min(axis=1).max() <= high + 1e-8
        assert low <= table.max(axis=0).min() + 1e-8


@given(normal_form_games(players=2, max_actions=3))
def test_no_equilibrium_pays_less_than_the_security_level(game):
    levels = security_levels(game)
    for profile in equilibria(game):
        for payoff, low in zip(profile.payoffs, levels.maxmin, strict=True):
            assert payoff >= low - 1e-8


def test_the_prisoners_dilemma_secures_the_punishment():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert tuple(security_levels(game)) == (1.0, 1.0)


def test_opponents_who_correlate_hold_a_player_down_further_than_independent_ones():
    """Player 3 wins unless the others coordinate; independent mixing leaves 1/2, a joint coin 0."""
    third = np.zeros((2, 2, 2))
    third[0, 0] = [1, -1]
    third[1, 1] = [-1, 1]
    third[0, 1] = third[1, 0] = 2
    game = NormalFormGame.from_payoffs([np.zeros((2, 2, 2))] * 2 + [third])
    levels = security_levels(game)
    assert levels.minmax[2] == pytest.approx(0)
    np.testing.assert_allclose(levels.punishments[2], [[0.5, 0], [0, 0.5]], atol=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_carry_through(scale):
    game = NormalFormGame.from_payoffs(np.random.default_rng(3).random((2, 4, 4)))
    scaled = NormalFormGame.from_payoffs(game.payoffs * scale)
    np.testing.assert_allclose(
        security_levels(scaled).minmax, np.array(security_levels(game).minmax) * scale, rtol=1e-8
    )


@pytest.mark.parametrize("players", [2, 3])
def test_levels_of_separable_parts_add_up(players):
    rng = np.random.default_rng(players)
    parts = [NormalFormGame.from_payoffs(rng.integers(0, 9, (players, *[2] * players))) for _ in range(2)]
    whole = combine(parts, constant=[3] * players)
    apart = NormalFormGame.from_payoffs(whole.payoffs)
    np.testing.assert_allclose(security_levels(whole).minmax, security_levels(apart).minmax, atol=1e-8)
    np.testing.assert_allclose(security_levels(whole).maxmin, security_levels(apart).maxmin, atol=1e-8)
    for i, strategy in enumerate(security_levels(whole).maxmin_strategies):
        table = np.moveaxis(whole.payoffs[i], i, 0).reshape(whole.num_actions[i], -1)
        assert (strategy @ table).min() == pytest.approx(security_levels(apart).maxmin[i], abs=1e-8)
