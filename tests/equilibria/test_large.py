"""One equilibrium of a game: regret zero from the definition, laws, and membership in the list of all."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.certificates.regret import certify_equilibrium, regret
from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.large import solve_one
from bargain.equilibria.pure import pure_equilibria
from bargain.equilibria.search import Search
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games

ONE = Search(all=False)


def without_pure_equilibria(rng, shape, top=None):
    """Draw games until one has no pure equilibrium."""
    while True:
        size = (2, *shape)
        game = NormalFormGame.from_payoffs(rng.random(size) if top is None else rng.integers(0, top, size))
        if not len(pure_equilibria(game, exactly=True).actions):
            return game


@given(bimatrix_games(max_actions=5))
def test_the_equilibrium_is_in_the_list_of_all(game):
    found = solve_one(game, ONE)
    assert len(found) == 1
    assert regret(game, found[0].strategies) == 0
    assert found[0].strategies in {profile.strategies for profile in extreme_equilibria(game)}


@pytest.mark.parametrize("top", [None, 2, 4, 100])
@pytest.mark.parametrize("shape", [(2, 2), (3, 7), (9, 9), (15, 14), (30, 40)])
def test_games_without_pure_equilibria_are_solved_exactly(shape, top):
    rng = np.random.default_rng([*shape, top or 0])
    for _ in range(5):
        game = without_pure_equilibria(rng, shape) if top is None else cyclic(rng, shape, top)
        found = solve_one(game, ONE)
        assert found.exact
        assert found.method == "lemke-howson"
        assert regret(game, found[0].strategies) == 0
        assert certify_equilibrium(game, found[0]).holds


def cyclic(rng, shape, top):
    """Integer payoffs of opposed players, whose game without saddle point has no pure equilibrium."""
    while True:
        table = rng.integers(0, top, shape)
        game = NormalFormGame.from_payoffs([table, top - table])
        if not len(pure_equilibria(game).actions):
            return game


def test_a_large_generic_game_is_solved():
    game = without_pure_equilibria(np.random.default_rng(0), (400, 300))
    found = solve_one(game, ONE)
    assert found.exact
    assert found.complete is None
    assert regret(game, found[0].strategies) == 0


def test_a_game_whose_only_equilibrium_uses_all_actions():
    game = NormalFormGame.from_payoffs([np.eye(60), -np.eye(60)])
    (profile,) = solve_one(game, ONE)
    assert profile.strategies == ((Fraction(1, 60),) * 60,) * 2


@pytest.mark.parametrize("scale", [1e-12, 1e12])
@pytest.mark.parametrize("size", [8, 40])
def test_the_unit_of_payoff_does_not_matter(scale, size):
    rng = np.random.default_rng(size)
    for _ in range(3):
        game = without_pure_equilibria(rng, (size, size))
        scaled = NormalFormGame.from_payoffs([game.payoffs[0] * scale, game.payoffs[1] * scale])
        one, two = solve_one(game, ONE)[0], solve_one(scaled, ONE)[0]
        assert one.supports == two.supports
        assert regret(scaled, two.strategies) == 0
        for mine, other in zip(one.strategies, two.strategies, strict=True):
            np.testing.assert_allclose([float(p) for p in mine], [float(p) for p in other], atol=1e-12)


@given(bimatrix_games(max_actions=5), st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(-5, 5))
def test_what_is_found_after_relabelling_and_affine_changes_is_an_equilibrium_before(game, seed, factor, offset):
    m, n = game.num_actions
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(m), rng.permutation(n)
    changed = NormalFormGame.from_payoffs(
        [factor * game.payoffs[0][np.ix_(rows, columns)] + offset, game.payoffs[1][np.ix_(rows, columns)]]
    )
    x, y = solve_one(changed, ONE)[0].strategies
    back = ([x[rows.tolist().index(a)] for a in range(m)], [y[columns.tolist().index(b)] for b in range(n)])
    assert regret(game, back) == 0


@given(bimatrix_games(max_actions=4))
def test_a_strictly_dominated_action_gets_probability_zero(game):
    first = np.vstack([game.payoffs[0], game.payoffs[0][:1] - 1])
    second = np.vstack([game.payoffs[1], game.payoffs[1][:1] + 1])
    larger = NormalFormGame.from_payoffs([first, second])
    profile = solve_one(larger, ONE)[0]
    assert profile.strategies[0][-1] == 0
    assert regret(larger, profile.strategies) == 0
    assert regret(game, [profile.strategies[0][:-1], profile.strategies[1]]) == 0


@given(bimatrix_games(max_actions=4))
def test_the_second_of_two_equal_actions_can_be_merged_with_the_first(game):
    tables = [np.concatenate([table, table[:, :1]], axis=1) for table in game.payoffs]
    x, y = solve_one(NormalFormGame.from_payoffs(tables), ONE)[0].strategies
    assert regret(game, [x, [y[0] + y[-1], *y[1:-1]]]) == 0


def test_idle_players_are_given_their_only_action():
    pennies = np.array([[1, -1], [-1, 1]])
    game = NormalFormGame.from_payoffs([pennies[:, None], np.zeros((2, 1, 2)), -pennies[:, None]])
    half = (Fraction(1, 2), Fraction(1, 2))
    assert solve_one(game, ONE)[0].strategies == (half, (Fraction(1),), half)


def test_three_players_without_a_pure_equilibrium_are_refused():
    tables = np.zeros((3, 2, 2, 2))
    tables[0], tables[1] = np.eye(2)[:, :, None], 1 - np.eye(2)[:, :, None]
    with pytest.raises(UnsupportedGameError, match="two players with a choice; here 3 have"):
        solve_one(NormalFormGame.from_payoffs(tables), ONE)


def test_at_the_time_limit_nothing_is_claimed():
    game = without_pure_equilibria(np.random.default_rng(0), (60, 60))
    found = solve_one(game, Search.start(all=False, time_limit=1e-9))
    assert len(found) == 0
    assert found.complete is None
    assert "stopped at the time limit" in found.reason
