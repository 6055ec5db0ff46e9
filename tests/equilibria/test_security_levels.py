"""Security levels: duality, hand-solved games, and parts that add up."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.equilibria.security import independent_bounds, pure_levels, security_levels
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
    """Player 3 wins unless the others coordinate; independent mixing leaves 1, a joint coin 0."""
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


@given(normal_form_games(players=st.integers(1, 3), max_actions=3))
def test_exact_levels_are_held_from_both_sides(game):
    levels, near = security_levels(game, exact=True), security_levels(game)
    assert levels.exact
    assert levels.minmax == levels.maxmin
    for i, value in enumerate(levels):
        table = np.moveaxis(game.exact_block(i, [range(m) for m in game.num_actions]), i, 0)
        table = table.reshape(game.num_actions[i], -1)
        assert (levels.maxmin_strategies[i] @ table).min() == value
        assert (table @ levels.punishments[i].ravel()).max() == value
        assert float(value) == pytest.approx(near.minmax[i], abs=1e-8)


@given(normal_form_games(players=st.integers(1, 3), max_actions=3))
def test_pure_levels_by_brute_force(game):
    levels = pure_levels(game)
    for i in range(game.num_players):
        table = np.moveaxis(game.payoffs[i], i, 0).reshape(game.num_actions[i], -1)
        assert levels.minmax[i] == table.max(axis=0).min()
        assert levels.maxmin[i] == table.min(axis=1).max()
        assert game.payoffs[(i, *levels.punishments[i])] == levels.minmax[i]
        assert table[levels.actions[i]].min() == levels.maxmin[i]


@given(normal_form_games(players=3, max_actions=2))
def test_no_independent_punishment_on_a_grid_beats_the_lower_bound(game):
    grid = [np.array([p, 1 - p]) for p in np.linspace(0, 1, 21)]
    for i in range(3):
        low, high = independent_bounds(game, i)
        slack = 1e-8 * max(1.0, game.spans[i])
        table = np.moveaxis(game.payoffs[i], i, 0)
        sizes = table.shape[1:]
        mixtures = [grid if size == 2 else [np.full(size, 1 / size)] for size in sizes]
        best = min((table @ q @ p).max() for p in mixtures[0] for q in mixtures[1]) if max(sizes) <= 2 else np.inf
        assert low - slack <= high
        assert low - slack <= best
        assert high <= pure_levels(game).minmax[i] + slack


def test_independent_punishments_leave_more_than_a_joint_coin():
    """The game above, on a fine grid of independent mixtures: the least that they leave is 1, without mixing at all."""
    third = np.zeros((2, 2, 2))
    third[0, 0] = [1, -1]
    third[1, 1] = [-1, 1]
    third[0, 1] = third[1, 0] = 2
    game = NormalFormGame.from_payoffs([np.zeros((2, 2, 2))] * 2 + [third])
    p, q = np.meshgrid(np.linspace(0, 1, 201), np.linspace(0, 1, 201))
    apart = 2 * (p * (1 - q) + (1 - p) * q)
    left = np.maximum(p * q - (1 - p) * (1 - q), (1 - p) * (1 - q) - p * q) + apart
    assert left.min() == pytest.approx(1)
    assert independent_bounds(game, 2) == pytest.approx((0, 1))


def held(game, levels, player):
    """What strategy and punishment hold in fractions, when their weights are divided by their sum."""
    exact = np.moveaxis(game.exact_block(player, [range(size) for size in game.num_actions]), player, 0)
    table = exact.reshape(len(exact), -1)
    rows, columns = (
        [Fraction(p) for p in np.ravel(each[player])] for each in (levels.maxmin_strategies, levels.punishments)
    )
    low = min(sum(p * u for p, u in zip(rows, column, strict=True)) for column in table.T)
    high = max(sum(q * u for q, u in zip(columns, row, strict=True)) for row in table)
    return low / sum(rows), high / sum(columns)


def integers_beyond_floats(rng):
    return NormalFormGame.from_payoffs((rng.integers(0, 4, (2, 3, 4)).astype(object) + 10**17).tolist())


def thirds(rng):
    whole = rng.integers(0, 4, (2, 3, 4)).astype(object)
    return NormalFormGame.from_payoffs((whole * Fraction(1, 3) + 10**9).tolist())


def rounded_sums_of_parts(rng):
    return combine([NormalFormGame.from_payoffs(rng.random((2, 2, 3))) for _ in range(3)], constant=[1e6, 0.1])


@pytest.mark.parametrize("make", [integers_beyond_floats, thirds, rounded_sums_of_parts])
def test_levels_are_bounds_for_the_payoffs_as_given(make):
    rng = np.random.default_rng(6)
    for _ in range(8):
        game = make(rng)
        levels = security_levels(game)
        for player in (0, 1):
            low, high = held(game, levels, player)
            assert levels.maxmin[player] <= low <= high <= levels.minmax[player]
            assert levels.minmax[player] - levels.maxmin[player] <= 1e-9 + 1e-14 * np.abs(game.payoffs).max()
