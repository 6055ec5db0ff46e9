"""Iterated strict dominance: against brute force, and by the law that equilibria stay the same."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated


def brute_force_survivors(payoffs):
    """Eliminate one strictly dominated action at a time, from the definition, until none is left."""
    n = len(payoffs)
    kept = [list(range(size)) for size in payoffs[0].shape]

    def dominated(i, a):
        others = list(product(*(kept[j] for j in range(n) if j != i)))

        def value(own, rest):
            return payoffs[i][(*rest[:i], own, *rest[i:])]

        return any(all(value(b, rest) > value(a, rest) for rest in others) for b in kept[i])

    while True:
        step = next(((i, a) for i in range(n) for a in kept[i] if dominated(i, a)), None)
        if step is None:
            return tuple(map(tuple, kept))
        kept[step[0]].remove(step[1])


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (2, 2, 3), (3, 1)])
@pytest.mark.parametrize("top", [3, 20])
def test_survivors_equal_one_by_one_elimination(shape, top):
    rng = np.random.default_rng([top, *shape])
    eliminated = 0
    for _ in range(25):
        payoffs = rng.integers(0, top, (len(shape), *shape))
        reduction = eliminate_dominated(NormalFormGame.from_payoffs(payoffs))
        assert reduction.survivors == brute_force_survivors(payoffs)
        eliminated += len(reduction.log)
    assert eliminated


def test_weakly_dominated_actions_stay():
    game = NormalFormGame.from_payoffs([[[1, 1], [1, 0]], [[1, 1], [1, 1]]])
    assert eliminate_dominated(game, mixed=True).survivors == ((0, 1), (0, 1))


def test_duplicated_actions_stay():
    game = NormalFormGame.from_payoffs([[[2, 2], [2, 2], [0, 0]], [[1, 0], [1, 0], [1, 0]]])
    assert eliminate_dominated(game).survivors == ((0, 1), (0,))


def test_only_a_mixture_dominates_in_the_textbook_example():
    """Osborne and Rubinstein (1994), example 61.1: the third row is beaten by half the first and half the second."""
    game = NormalFormGame.from_payoffs([[[4, 0], [0, 4], [1, 1]], [[1, 0], [0, 1], [0, 0]]])
    assert eliminate_dominated(game).survivors[0] == (0, 1, 2)
    reduction = eliminate_dominated(game, mixed=True)
    assert reduction.survivors[0] == (0, 1)
    (step,) = reduction.log
    assert (step.player, step.action) == (0, 2)
    weights = dict(step.by)
    mixture = sum(weight * game.payoffs[0, b] for b, weight in weights.items())
    assert sum(weights.values()) == pytest.approx(1)
    assert (mixture > game.payoffs[0, 2]).all()


@given(st.lists(st.integers(0, 9), min_size=24, max_size=24))
def test_every_step_of_the_log_is_a_domination_when_it_happens(numbers):
    game = NormalFormGame.from_payoffs(np.array(numbers).reshape(2, 4, 3))
    reduction = eliminate_dominated(game, mixed=True)
    kept = [set(range(4)), set(range(3))]
    for turn, step in enumerate(reduction.log):
        table = np.moveaxis(game.payoffs[step.player], step.player, 0)
        # Steps of one round and player are simultaneous, so the others' actions are those left before that round.
        others = sorted(kept[1 - step.player])
        mixture = sum(weight * table[b] for b, weight in step.by)
        assert (mixture[others] > table[step.action][others]).all(), turn
        kept[step.player].remove(step.action)
    assert tuple(tuple(sorted(each)) for each in kept) == reduction.survivors


def test_scale_and_offset_do_not_change_what_is_eliminated():
    rng = np.random.default_rng(5)
    for _ in range(10):
        payoffs = rng.integers(0, 9, (2, 4, 4)).astype(float)
        expected = eliminate_dominated(NormalFormGame.from_payoffs(payoffs), mixed=True).survivors
        for scale, offset in ((1e-12, 0), (1e12, 0), (1, 1e6)):
            game = NormalFormGame.from_payoffs(payoffs * scale + offset)
            assert eliminate_dominated(game, mixed=True).survivors == expected


def test_payoffs_that_differ_only_as_fractions_are_compared_exactly():
    game = NormalFormGame.from_payoffs([[[10**20], [10**20 + 1]], [[0], [0]]])
    assert eliminate_dominated(game).survivors == ((1,), (0,))


def test_lift_puts_probability_zero_on_what_was_eliminated():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    reduction = eliminate_dominated(game)
    assert reduction.lift([(1,), (1,)]) == ((0, 1), (0, 1))
    assert [each.tolist() for each in reduction.lift([np.ones(1), np.ones(1)])] == [[0, 1], [0, 1]]


def test_players_whose_tables_are_too_large_for_programs_are_named():
    rng = np.random.default_rng(0)
    game = NormalFormGame.from_payoffs(rng.random((2, 150, 150)))
    assert eliminate_dominated(game, mixed=True).untested == ("1", "2")
