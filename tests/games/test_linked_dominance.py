"""Iterated dominance part by part, against the elimination in the whole game and an exact check of every step."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.games.decomposition import combine
from bargain.games.linked_dominance import linked_rounds
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated


def by_the_whole(game, weak=False):
    """Return what elimination finds without the parts."""
    plain = NormalFormGame(game.players, game.actions, game.payoffs, game.fractions, game.rational)
    return eliminate_dominated(plain, weak=weak)


def the_same(game, weak=False):
    """Compare with the whole game: the same actions go in the same rounds, and what is said to dominate them does."""
    found, whole = eliminate_dominated(game, weak=weak), by_the_whole(game, weak)
    steps = [(step.player, step.action, step.round) for step in found.log]
    assert steps == [(step.player, step.action, step.round) for step in whole.log]
    assert found.survivors == whole.survivors
    assert (found.game.payoffs == whole.game.payoffs).all()
    kept = [list(range(size)) for size in game.num_actions]
    for turn in range(1, steps[-1][2] + 1 if steps else 1):
        batch = [step for step in found.log if step.round == turn]
        for step in batch:
            ((b, weight),) = step.by
            assert weight == 1
            assert b in kept[step.player]
            others = [each for j, each in enumerate(kept) if j != step.player]
            table = np.moveaxis(game.ordinal(step.player), step.player, 0)
            better, worse = (table[a][np.ix_(*others)] if others else table[a] for a in (b, step.action))
            assert ((better >= worse).all() and (better > worse).any()) if weak else (better > worse).all()
        for step in batch:
            kept[step.player].remove(step.action)
    return len(steps)


def whole_numbers(rng, shape):
    return rng.integers(0, 4, shape)


def floats(rng, shape):
    return rng.random(shape) + 0.5 * rng.random((shape[0], shape[1], *[1] * (len(shape) - 2)))


def duplicated(rng, shape):
    table = floats(rng, shape)
    return np.take(table, rng.integers(0, shape[1], shape[1]), axis=1)


def tenths(rng, shape):
    return rng.integers(0, 5, shape) / 10


@pytest.mark.parametrize("kind", [whole_numbers, floats, duplicated, tenths])
@pytest.mark.parametrize("unit", [1.0, 1e-12, 1e12])
@pytest.mark.parametrize("weak", [False, True])
def test_the_parts_give_what_the_whole_game_gives(kind, unit, weak):
    rng = np.random.default_rng([len(kind.__name__), int(weak), int(unit)])
    gone = 0
    for _ in range(12):
        players, count = int(rng.integers(1, 4)), int(rng.integers(2, 4))
        shapes = [(players, *rng.integers(1, 5 if players < 3 else 3, players)) for _ in range(count)]
        games = [NormalFormGame.from_payoffs(kind(rng, shape) * unit) for shape in shapes]
        gone += the_same(combine(games, constant=(rng.random(players) * unit).tolist()), weak)
        gone += the_same(combine(games), weak)
    assert gone


@given(st.data(), st.booleans())
def test_actions_in_any_order_give_the_same(data, weak):
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    shapes = rng.integers(1, 4, (2, 2))
    games = [NormalFormGame.from_payoffs(rng.integers(0, 3, (2, *shape))) for shape in shapes]
    orders = [rng.permutation(int(size)) for size in shapes.prod(axis=0)]
    digits = [[np.arange(size)[order] for size, order in zip(shapes.prod(axis=0), orders, strict=True)]]
    codes = digits[0]
    parts = [[codes[i] // shapes[1, i] for i in range(2)], [codes[i] % shapes[1, i] for i in range(2)]]
    the_same(combine(games, parts), weak)


def test_linked_issues_are_decided_by_their_parts():
    rng = np.random.default_rng(3)
    games = [NormalFormGame.from_payoffs(floats(rng, (2, 5, 4))) for _ in range(3)]
    found = linked_rounds(combine(games))
    assert found.finished
    assert found.rounds > 1
    left = [eliminate_dominated(game).game.num_actions for game in games]
    assert [len(each) for each in found.kept] == np.prod(left, axis=0).tolist()


def test_what_rounding_may_have_decided_is_left_to_the_whole_game():
    """In the first part the rows tie but for less than the rounding of sums with the second, where they vanish."""
    small = NormalFormGame.from_payoffs([[[1e-17, 1e-17], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    large = NormalFormGame.from_payoffs([[[1.5, 2.0], [2.5, 3.0]], [[1.0, 3.0], [1.0, 3.0]]])
    game = combine([small, large])
    found = linked_rounds(game)
    assert not found.finished
    assert found.removed == ()
    assert eliminate_dominated(game).survivors == by_the_whole(game).survivors == ((1, 3), (1, 3))


def test_parts_that_do_not_add_up_to_the_game_are_not_used():
    rng = np.random.default_rng(5)
    game = combine([NormalFormGame.from_payoffs(floats(rng, (2, 3, 3))) for _ in range(2)])
    payoffs = game.payoffs.copy()
    payoffs[0, 0] += 10.0
    changed = NormalFormGame(game.players, game.actions, payoffs, parts=game.parts)
    assert linked_rounds(changed) is None
    assert eliminate_dominated(changed).survivors == by_the_whole(changed).survivors
    assert eliminate_dominated(changed).survivors[0] == (0,)


def test_mixtures_are_looked_for_after_the_parts_are_done():
    rock = np.array([[4, 0], [0, 4], [1, 1], [0, 0]])
    one = NormalFormGame.from_payoffs([rock, np.array([[1, 0], [0, 1], [0, 0], [0, 0]])])
    game = combine([one, one])
    pure, mixed = eliminate_dominated(game), eliminate_dominated(game, mixed=True)
    assert [len(each) for each in pure.survivors] == [9, 4]
    assert [len(each) for each in mixed.survivors] == [4, 4]
    assert mixed.log[: len(pure.log)] == pure.log
    assert {step.round for step in mixed.log[len(pure.log) :]} == {pure.log[-1].round + 1}


def test_payoffs_near_the_largest_float_do_not_overflow():
    rng = np.random.default_rng(7)
    games = [NormalFormGame.from_payoffs(floats(rng, (2, 3, 3)) * 4e307) for _ in range(2)]
    the_same(combine(games))


def test_games_with_fractions_and_games_without_parts_are_left_alone():
    thirds = NormalFormGame.from_payoffs([[["1/3", "2/3"], [0, 0]], [[0, 0], [0, 0]]])
    game = combine([thirds, thirds])
    assert linked_rounds(game) is None
    assert linked_rounds(thirds) is None
    assert eliminate_dominated(game).survivors == ((0,), (0, 1, 2, 3))
    assert eliminate_dominated(game).log[0].by[0][1] == Fraction(1)


def test_what_is_left_for_three_players_is_a_product():
    rng = np.random.default_rng(11)
    gone = 0
    for _ in range(10):
        game = combine([NormalFormGame.from_payoffs(floats(rng, (3, 2, 3, 2))) for _ in range(2)])
        gone += the_same(game)
        for i, kept in enumerate(linked_rounds(game).kept):
            digits = [{int(part.digits[i][a]) for a in kept} for part in game.parts]
            assert len(kept) == len(list(product(*digits)))
    assert gone
