"""Theorems about equilibria, as laws that any correct method obeys."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated
from bargain.testing.strategies import bimatrix_games, normal_form_games


def strategies_of(found):
    return {profile.strategies for profile in found}


def rebuilt(game, tables):
    return NormalFormGame.from_payoffs(tables, game.players)


@given(bimatrix_games())
def test_every_two_player_game_has_an_equilibrium_and_all_have_regret_zero(game):
    """Nash (1951)."""
    found = equilibria(game, exact=True)
    assert len(found) >= 1
    assert found.complete is True
    assert all(max(game.regrets(profile.strategies)) == 0 for profile in found)
    assert all(sum(s) == 1 and min(s) >= 0 for profile in found for s in profile.strategies)


def test_generic_games_have_an_odd_number_of_equilibria():
    """Wilson (1971); Harsanyi (1973)."""
    rng = np.random.default_rng(1)
    counts = []
    for _ in range(60):
        found = equilibria(NormalFormGame.from_payoffs(rng.normal(size=(2, *rng.integers(1, 6, 2)))))
        assert not any("degenerate" in note for note in found.notes)
        counts.append(len(found))
    assert all(count % 2 == 1 for count in counts)
    assert max(counts) > 1


@given(
    game=bimatrix_games(),
    scales=st.tuples(*[st.sampled_from([Fraction(1, 10**12), Fraction(3, 7), Fraction(10**12)])] * 2),
    shifts=st.tuples(*[st.sampled_from([0, -5, 10**6])] * 2),
)
def test_positive_affine_changes_of_payoffs_keep_the_equilibria(game, scales, shifts):
    exact = [game.exact_block(i, [range(m) for m in game.num_actions]) for i in (0, 1)]
    changed = rebuilt(game, [scales[i] * exact[i] + shifts[i] for i in (0, 1)])
    assert strategies_of(equilibria(changed, exact=True)) == strategies_of(equilibria(game, exact=True))


@given(game=bimatrix_games(), scale=st.sampled_from([2.0**-40, 2.0**40]))
def test_float_units_keep_the_equilibria(game, scale):
    # Powers of two change no digit of the payoffs.
    assert strategies_of(equilibria(rebuilt(game, game.payoffs * scale), exact=True)) == strategies_of(
        equilibria(game, exact=True)
    )


@given(game=bimatrix_games(), other=st.integers(-8, 8), column=st.integers(0, 3))
def test_adding_a_number_to_a_column_of_ones_own_payoffs_keeps_the_equilibria(game, other, column):
    tables = game.payoffs.copy()
    tables[0][:, column % game.num_actions[1]] += other
    assert strategies_of(equilibria(rebuilt(game, tables), exact=True)) == strategies_of(equilibria(game, exact=True))


@given(game=bimatrix_games(), data=st.data())
def test_relabelling_actions_relabels_the_equilibria(game, data):
    orders = [data.draw(st.permutations(range(m))) for m in game.num_actions]
    changed = rebuilt(game, [table[np.ix_(*orders)] for table in game.payoffs])
    expected = {
        tuple(tuple(s[a] for a in order) for s, order in zip(profile.strategies, orders, strict=True))
        for profile in equilibria(game, exact=True)
    }
    assert strategies_of(equilibria(changed, exact=True)) == expected


@given(bimatrix_games())
def test_exchanging_the_players_exchanges_the_strategies(game):
    changed = NormalFormGame.from_payoffs([game.payoffs[1].T, game.payoffs[0].T])
    expected = {profile.strategies[::-1] for profile in equilibria(game, exact=True)}
    assert strategies_of(equilibria(changed, exact=True)) == expected


@given(bimatrix_games())
def test_eliminating_strictly_dominated_actions_keeps_the_equilibria(game):
    """Gale (1953)."""
    reduction = eliminate_dominated(game, mixed=True)
    lifted = {
        tuple(reduction.lift(profile.strategies))
        for profile in equilibria(reduction.game, method="extreme", exact=True)
    }
    assert strategies_of(equilibria(game, exact=True)) == lifted


@given(bimatrix_games(max_actions=3))
def test_adding_a_strictly_dominated_action_adds_no_equilibrium(game):
    worse = game.payoffs[0].min() - 1
    first = np.vstack([game.payoffs[0], np.full(game.num_actions[1], worse)])
    second = np.vstack([game.payoffs[1], game.payoffs[1][:1] + 1])
    larger = equilibria(NormalFormGame.from_payoffs([first, second]), exact=True)
    assert {(x[:-1], y) for x, y in strategies_of(larger)} == strategies_of(equilibria(game, exact=True))
    assert all(profile.strategies[0][-1] == 0 for profile in larger)


@given(bimatrix_games(max_actions=3, degenerate=False))
def test_mixtures_of_equilibria_that_share_a_strategy_are_equilibria(game):
    found = equilibria(game, exact=True)
    half = Fraction(1, 2)
    for one in found:
        for two in found:
            if one.strategies[1] == two.strategies[1]:
                middle = tuple(half * a + half * b for a, b in zip(one.strategies[0], two.strategies[0], strict=True))
                assert max(game.regrets((middle, one.strategies[1]))) == 0


@given(normal_form_games(players=st.integers(1, 4), max_actions=3))
def test_order_is_canonical_and_nothing_is_listed_twice(game):
    found = equilibria(game, exact=True)
    keys = [
        tuple((support, [-s[a] for a in support]) for s, support in zip(p.strategies, p.supports, strict=True))
        for p in found
    ]
    assert keys == sorted(keys)
    assert len(strategies_of(found)) == len(found)
    again = equilibria(game, exact=True)
    assert [profile.strategies for profile in again] == [profile.strategies for profile in found]


@given(normal_form_games(players=3, max_actions=3))
def test_three_players_are_complete_when_only_two_have_a_choice(game):
    found = equilibria(game, exact=True)
    active = [m for m in eliminate_dominated(game, mixed=True).game.num_actions if m > 1]
    assert found.complete is True or len(active) > 2
    if found.complete is True:
        assert len(found) >= 1
    assert all(max(game.regrets(profile.strategies)) == 0 for profile in found)


@given(bimatrix_games())
def test_idle_players_change_nothing(game):
    """A third player with a single action and constant payoffs."""
    tables = [*(table[:, None, :] for table in game.payoffs), np.zeros(game.num_actions)[:, None, :]]
    wide = NormalFormGame.from_payoffs([tables[0], tables[2], tables[1]])
    found = equilibria(wide, exact=True)
    assert {(p[0], p[2]) for p in strategies_of(found)} == strategies_of(equilibria(game, exact=True))


@pytest.mark.parametrize("exact", [True, False])
def test_floats_are_the_exact_numbers_rounded(exact):
    game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    mixed = equilibria(game, exact=exact)[1]
    if exact:
        assert mixed.strategies == ((Fraction(2, 3), Fraction(1, 3)), (Fraction(1, 3), Fraction(2, 3)))
        assert isinstance(mixed.payoffs[0], Fraction)
    else:
        assert mixed.strategies[0].tolist() == [2 / 3, 1 / 3]
        assert isinstance(mixed.payoffs[0], float)
        assert mixed.regret == 0.0
