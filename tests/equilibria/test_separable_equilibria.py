"""Folmer, van Mouche and Ragland (1993): equilibria of separable games are products of the parts' equilibria."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.certificates.regret import certify_equilibrium
from bargain.equilibria import pure, separable
from bargain.equilibria.methods import equilibria
from bargain.errors import CertificateError
from bargain.games import decomposition
from bargain.games.decomposition import combine, join_strategies, marginals
from bargain.games.normal_form import GamePart, NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games


@given(st.lists(bimatrix_games(max_actions=2), min_size=2, max_size=2))
def test_marginals_of_the_equilibria_of_the_whole_are_the_products_of_the_parts(parts):
    whole = combine(parts)
    found = equilibria(whole, exact=True)
    products = {
        join_strategies(whole, [profile.strategies for profile in chosen])
        for chosen in product(*(equilibria(part, exact=True) for part in parts))
    }
    assert {profile.strategies for profile in found} == products
    assert len(found) == len(products)
    assert found.complete is True
    assert all(max(whole.regrets(profile.strategies)) == 0 for profile in found)
    assert [profile.payoffs for profile in found] == [whole.expected_payoffs(p.strategies) for p in found]


@given(st.lists(bimatrix_games(max_actions=2), min_size=2, max_size=2))
def test_every_equilibrium_of_the_whole_has_marginals_that_are_equilibria_of_the_parts(parts):
    whole = combine(parts)
    for profile in equilibria(NormalFormGame.from_payoffs(whole.payoffs)):
        for part, marginal in zip(parts, marginals(whole, profile.strategies), strict=True):
            assert max(part.regrets(marginal)) <= 1e-9


@given(st.lists(normal_form_games(players=3, max_actions=2), min_size=2, max_size=2))
def test_pure_equilibria_of_three_player_games_are_products_too(parts):
    whole = combine(parts)
    apart = equilibria(NormalFormGame.from_payoffs(whole.payoffs), method="pure", exact=True)
    expected = {
        join_strategies(whole, [profile.strategies for profile in chosen])
        for chosen in product(*(equilibria(part, method="pure", exact=True) for part in parts))
    }
    assert {profile.strategies for profile in apart} == expected


def test_floats_are_checked_on_the_tensor_of_the_whole_game():
    rng = np.random.default_rng(0)
    whole = combine([NormalFormGame.from_payoffs(rng.random((2, 3, 3))) for _ in range(3)])
    found = equilibria(whole)
    assert found.complete is True
    assert found.method == "parts (dominance, extreme)"
    for profile in found:
        assert profile.regret >= max(whole.regrets(profile.strategies))
        assert certify_equilibrium(whole, profile).holds
    exact = equilibria(whole, exact=True)
    assert len(exact) == len(found)
    assert all(profile.regret == 0 for profile in exact)
    assert all(certify_equilibrium(whole, profile).holds for profile in exact)


def test_mixing_in_several_parts_is_noted():
    pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    whole = combine([pennies, pennies])
    found = equilibria(whole, exact=True)
    assert len(found) == 1
    assert "joint strategies with the same marginals" in found.notes[-1]
    half = Fraction(1, 2)
    # The same marginals, perfectly correlated.
    assert max(whole.regrets(((half, 0, 0, half), found[0].strategies[1]))) == 0


def test_beyond_the_cap_the_parts_are_given_and_the_list_is_not_complete(monkeypatch):
    monkeypatch.setattr(pure, "MAX_PROFILES", 4)
    sexes = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    found = equilibria(combine([sexes, sexes]))
    assert len(found) == 4
    assert found.complete is False
    assert found.reason == "9 products of the parts' equilibria, of which 4 are listed (too many to list)"
    assert [len(each) for each in found.parts] == [3, 3]


def test_one_equilibrium_is_a_product_of_first_ones():
    sexes = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    found = equilibria(combine([sexes, sexes]), all=False)
    assert [profile.pure for profile in found] == [(0, 0)]
    assert found.complete is not True


def test_parts_that_do_not_add_up_to_the_game_are_refused():
    part = NormalFormGame.from_payoffs([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]])
    single = NormalFormGame.from_payoffs([[[0.0]], [[0.0]]])
    digits = (np.arange(2), np.arange(2))
    zeros = (np.zeros(2, dtype=int), np.zeros(2, dtype=int))
    wrong = NormalFormGame(
        part.players, part.actions, 1 - part.payoffs, parts=(GamePart(part, digits), GamePart(single, zeros))
    )
    with pytest.raises(CertificateError, match="the parts do not add up to the game"):
        equilibria(wrong)


def test_a_part_that_is_not_complete_makes_the_whole_not_complete():
    rng = np.random.default_rng(2)
    three = NormalFormGame.from_payoffs(rng.integers(0, 3, (3, 2, 2, 2)))
    idle = NormalFormGame.from_payoffs(np.arange(6).reshape(3, 2, 1, 1))
    found = equilibria(combine([idle, three]))
    assert found.complete is not True
    assert found.reason.startswith("part 2 of 2: ")


@pytest.mark.parametrize("exact", [False, True])
def test_products_and_comparisons_in_small_blocks_give_the_same(monkeypatch, exact):
    rng = np.random.default_rng(4)
    game = combine([NormalFormGame.from_payoffs(rng.integers(0, 4, (2, 3, 4)) / 8) for _ in range(3)])
    once = equilibria(game, exact=exact)
    monkeypatch.setattr(separable, "_TOGETHER", 2)
    monkeypatch.setattr(decomposition, "_CACHED", 100)
    twice = equilibria(game, exact=exact)
    assert len(once) == len(twice) > 4
    for one, other in zip(once, twice, strict=True):
        assert (one.payoffs, one.regret) == (other.payoffs, other.regret)
        assert all(map(np.array_equal, one.strategies, other.strategies))
