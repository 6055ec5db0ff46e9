"""Rationalisable actions: best replies to beliefs by linear programs of their own, equilibria, published games."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bargain.equilibria.methods import equilibria
from bargain.equilibria.rationalisable import rationalisable
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import normal_form_games


def best_reply_to_some_belief(table, action):
    """Whether a distribution over the columns makes ``action`` a best row."""
    gains = table - table[action]
    found = linprog(
        np.zeros(table.shape[1]),
        A_ub=gains,
        b_ub=np.full(len(table), 1e-9),
        A_eq=np.ones((1, table.shape[1])),
        b_eq=[1],
        method="highs",
    )
    return found.status == 0


def brute_force(game):
    """Keep what is a best reply to a belief over what the others keep, until nothing changes."""
    kept = [list(range(size)) for size in game.num_actions]
    while True:
        next_kept = []
        for i in range(game.num_players):
            block = game.payoffs[i][np.ix_(*kept)]
            table = np.moveaxis(block, i, 0).reshape(len(kept[i]), -1)
            next_kept.append([a for k, a in enumerate(kept[i]) if best_reply_to_some_belief(table, k)])
        if next_kept == kept:
            return tuple(map(tuple, kept))
        kept = next_kept


@given(normal_form_games(players=st.integers(2, 3), max_actions=4))
@settings(max_examples=15)
def test_survivors_are_the_best_replies_to_beliefs(game):
    found = rationalisable(game)
    assert found.complete
    assert found.survivors == brute_force(game)


@given(normal_form_games(players=2, max_actions=4))
@settings(max_examples=15)
def test_every_equilibrium_lives_on_the_survivors(game):
    kept = rationalisable(game).survivors
    for profile in equilibria(game):
        for support, mine in zip(profile.supports, kept, strict=True):
            assert set(support) <= set(mine)


@given(normal_form_games(players=2, max_actions=4), st.sampled_from([1e-12, 1e12]))
@settings(max_examples=15)
def test_units_do_not_matter(game, factor):
    scaled = NormalFormGame.from_payoffs(game.payoffs * factor)
    assert rationalisable(scaled).survivors == rationalisable(game).survivors


def test_the_log_proves_every_step():
    game = NormalFormGame.from_payoffs([[[4, 0], [0, 4], [1, 1]], [[0, 1], [1, 0], [2, 0]]])
    (step,) = rationalisable(game).log
    assert (step.player, step.action) == (0, 2)
    assert sum(Fraction(weight) for _, weight in step.by) == 1
    mixed = sum(float(weight) * game.payoffs[0][b] for b, weight in step.by)
    assert (mixed > game.payoffs[0][2]).all()


def test_the_game_of_bernheim_in_which_one_action_is_never_a_best_reply():
    """Bernheim 1984; also Osborne and Rubinstein 1994, chapter 4: the fourth actions go, the rest stays."""
    first = [[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]]
    second = [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]]
    found = rationalisable(NormalFormGame.from_payoffs([first, second]))
    assert found.survivors == ((0, 1, 2), (0, 1, 2))
    assert [(step.player, step.action) for step in found.log] == [(1, 3), (0, 3)]


@pytest.mark.parametrize("players", [2, 3])
def test_three_players_are_told_that_beliefs_may_be_correlated(players):
    found = rationalisable(NormalFormGame.from_payoffs(np.zeros((players, *[2] * players))))
    assert bool(found.notes) == (players == 3)
