"""Iterated dominance: against brute force, by an exact check of every step, and by the law of equal equilibria."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.games import dominance
from bargain.games.dominance import dominated_rows
from bargain.games.mixed_dominance import mixed_dominated_rows
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated
from bargain.testing.strategies import bimatrix_games, normal_form_games


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


def check_log(game, reduction):
    """Replay the log in Fractions: every step must be a domination in the game that the round before left."""
    exact = [game.exact_block(i, [range(size) for size in game.num_actions]) for i in range(game.num_players)]
    kept = [list(range(size)) for size in game.num_actions]
    for turn in range(1, max((step.round for step in reduction.log), default=0) + 1):
        steps = [step for step in reduction.log if step.round == turn]
        assert steps
        for step in steps:
            i = step.player
            others = list(product(*(kept[j] for j in range(game.num_players) if j != i)))
            assert sum(weight for _, weight in step.by) == 1
            assert all(weight > 0 and b in kept[i] and b != step.action for b, weight in step.by)
            gains = [
                sum(weight * exact[i][(*rest[:i], b, *rest[i:])] for b, weight in step.by)
                - exact[i][(*rest[:i], step.action, *rest[i:])]
                for rest in others
            ]
            if reduction.weak:
                assert min(gains) >= 0
                assert max(gains) > 0
            else:
                assert min(gains) > 0
        for step in steps:
            kept[step.player].remove(step.action)
    assert tuple(map(tuple, kept)) == reduction.survivors


@given(normal_form_games(players=st.integers(1, 3)), st.booleans(), st.booleans())
def test_every_step_of_the_log_is_a_domination_when_it_happens(game, mixed, weak):
    check_log(game, eliminate_dominated(game, mixed=mixed, weak=weak))


def test_the_log_of_float_games_is_exact_too():
    rng = np.random.default_rng(8)
    for scale in (1.0, 1e-12, 1e12):
        game = NormalFormGame.from_payoffs(rng.random((2, 30, 3)) * scale)
        reduction = eliminate_dominated(game, mixed=True)
        assert any(len(step.by) > 1 for step in reduction.log)
        check_log(game, reduction)


def simultaneous_weak_survivors(payoffs):
    """Maximal simultaneous elimination of actions that a single action weakly dominates, from the definition."""
    n = len(payoffs)
    kept = [list(range(size)) for size in payoffs[0].shape]

    def dominated(i, a):
        others = list(product(*(kept[j] for j in range(n) if j != i)))
        gains = [
            [payoffs[i][(*rest[:i], b, *rest[i:])] - payoffs[i][(*rest[:i], a, *rest[i:])] for rest in others]
            for b in kept[i]
        ]
        return any(min(each) >= 0 and max(each) > 0 for each in gains)

    while True:
        left = [[a for a in kept[i] if not dominated(i, a)] for i in range(n)]
        if left == kept:
            return tuple(map(tuple, kept))
        kept = left


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (2, 2, 3), (3, 1)])
def test_weak_survivors_equal_the_definition_of_maximal_simultaneous_elimination(shape):
    rng = np.random.default_rng([7, *shape])
    for _ in range(25):
        payoffs = rng.integers(0, 4, (len(shape), *shape))
        reduction = eliminate_dominated(NormalFormGame.from_payoffs(payoffs), weak=True)
        assert reduction.survivors == simultaneous_weak_survivors(payoffs)


def test_weak_elimination_may_lose_an_equilibrium_and_says_so():
    game = NormalFormGame.from_payoffs([[[1, 1], [1, 0]], [[1, 1], [1, 0]]])
    reduction = eliminate_dominated(game, weak=True)
    assert reduction.survivors == ((0,), (0,))
    assert not reduction.keeps_equilibria
    assert max(game.regrets([(0, 1), (1, 0)])) == 0
    assert eliminate_dominated(game).keeps_equilibria


@given(bimatrix_games())
def test_something_survives_weak_elimination_and_is_an_equilibrium_when_it_is_one_profile(game):
    reduction = eliminate_dominated(game, mixed=True, weak=True)
    assert all(reduction.survivors)
    if reduction.game.num_actions == (1, 1):
        assert max(game.regrets(reduction.lift([(1,), (1,)]))) == 0


def brute_force_mixed(table, weak):
    """Dominance by a mixture, from duality with all small supports: a vertex of the mixtures has as many actions as
    binding columns, so solving all square systems in Fractions is complete for strict dominance of tiny tables.
    """
    rows, columns = table.shape
    found = []
    for a in range(rows):
        others = [b for b in range(rows) if b != a]
        gains = [[Fraction(int(table[b][c] - table[a][c])) for c in range(columns)] for b in others]
        best = None
        # max e s.t. gains' w >= e, sum w = 1: vertices have |support| = |binding columns|.
        for size in range(1, min(len(others), columns) + 1):
            for support in combinations(range(len(others)), size):
                for tight in combinations(range(columns), size):
                    w = solve_fractions(
                        [[gains[b][c] for b in support] + [Fraction(-1), Fraction(0)] for c in tight]
                        + [[Fraction(1)] * size + [Fraction(0), Fraction(1)]]
                    )
                    if w is None or min(w[:size]) < 0:
                        continue
                    value = min(sum(w[k] * gains[b][c] for k, b in enumerate(support)) for c in range(columns))
                    best = value if best is None else max(best, value)
        if best is not None and best > 0:
            found.append(a)
    return found


def solve_fractions(rows):
    size = len(rows[0]) - 1
    for k in range(size):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                rows[i] = [v - rows[i][k] * p for v, p in zip(rows[i], rows[k], strict=True)]
    return [row[size] for row in rows[:size]]


@pytest.mark.parametrize("top", [2, 4, 9])
def test_mixed_dominance_equals_the_enumeration_of_all_mixtures(top, monkeypatch):
    rng = np.random.default_rng(top)
    count = 0
    for _ in range(40):
        table = rng.integers(0, top, (rng.integers(1, 5), rng.integers(1, 4)))
        every = np.arange(len(table))
        expected = brute_force_mixed(table, False)
        decided = mixed_dominated_rows(table.astype(float), every)
        assert [a for a, _ in decided.found] == expected
        assert not decided.undecided
        count += len(expected)
        monkeypatch.setattr("bargain.games.mixed_dominance._EXACT_FIRST", 0)
        by_program = mixed_dominated_rows(table.astype(float), every)
        assert [a for a, _ in by_program.found] == expected
        assert not by_program.undecided
        monkeypatch.undo()
    assert count


def test_weak_mixed_dominance_equals_a_search_for_full_beliefs():
    """Not weakly dominated by a mixture: best reply to some belief that gives every column a chance (Pearce 1984)."""
    rng = np.random.default_rng(3)
    linprog = pytest.importorskip("scipy.optimize").linprog
    for _ in range(40):
        table = rng.integers(0, 4, (4, 3)).astype(float)
        found = {a for a, _ in mixed_dominated_rows(table, np.arange(4), weak=True).found}
        for a in range(4):
            gains = np.delete(table, a, 0) - table[a]
            belief = linprog(np.zeros(3), A_ub=gains, b_ub=np.zeros(3), bounds=[(1, None)] * 3, method="highs")
            assert (a in found) == (belief.status == 2)


def test_what_neither_floats_nor_whole_numbers_decide_is_named(monkeypatch):
    """A little more than half of the first row beats the third by some 1e-16: whole numbers see it, floats cannot."""
    table = np.array([[4.0, 0.0], [0.0, 4.0], [2.0, np.nextafter(2.0, 0)], [0.0, 0.0]])
    game = NormalFormGame.from_payoffs([table, np.zeros((4, 2))])
    assert eliminate_dominated(game, mixed=True).survivors[0] == (0, 1)
    monkeypatch.setattr("bargain.games.mixed_dominance._EXACT_FIRST", 0)
    monkeypatch.setattr("bargain.games.mixed_dominance._EXACT_LAST", 0)
    monkeypatch.setattr("bargain.games.mixed_dominance._suggested", lambda gains, weak: None)
    assert eliminate_dominated(game, mixed=True).undecided == ((0, 2),)


@pytest.mark.parametrize("seed", range(6))
def test_sieved_dominance_equals_the_comparison_of_all_pairs(seed, monkeypatch):
    monkeypatch.setattr(dominance, "_SMALL", 0)
    rng = np.random.default_rng(seed)
    for trial in range(80):
        table = rng.integers(0, rng.integers(1, 30), (rng.integers(1, 40), rng.integers(1, 9)))
        if trial % 3 == 0:
            table = table.cumsum(axis=0) * (1.0 if trial % 2 else 1e-13)
        if trial % 5 == 0:
            table = np.asfortranarray(table)
        at_least = (table[:, None] >= table[None]).all(axis=2)
        for weak, above in (
            (False, (table[:, None] > table[None]).all(axis=2)),
            (True, at_least & (table[:, None] > table[None]).any(axis=2)),
        ):
            found = dominated_rows(table, weak)
            assert found.rows.tolist() == np.flatnonzero(above.any(axis=0)).tolist()
            assert above[found.by, found.rows].all()


def test_payoffs_near_the_largest_float_are_compared_without_overflow(monkeypatch):
    monkeypatch.setattr(dominance, "_SMALL", 0)
    rng = np.random.default_rng(0)
    table = rng.random((30, 40)) * 8e307
    table[7] = table.max(axis=0) * 1.01
    assert set(dominated_rows(table).rows.tolist()) == set(range(30)) - {7}


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
    game = NormalFormGame.from_payoffs(rng.random((2, 501, 500)))
    assert eliminate_dominated(game, mixed=True).untested == ("1", "2")
