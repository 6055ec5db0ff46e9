"""Zero-sum games: the minimax theorem, units, and agreement with the exact enumeration."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.equilibria.profiles import is_constant_sum
from bargain.equilibria.zero_sum import solve_matrix_game
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame


def zero_sum(table, total=0):
    table = np.asarray(table)
    return NormalFormGame.from_payoffs([table, total - table])


@given(st.lists(st.integers(-9, 9), min_size=12, max_size=12), st.sampled_from([(3, 4), (2, 6), (12, 1), (1, 12)]))
def test_value_equals_that_of_every_extreme_equilibrium(numbers, shape):
    """von Neumann (1928)."""
    game = zero_sum(np.array(numbers).reshape(shape))
    found = equilibria(game, method="zero-sum", exact=True)
    assert len(found) == 1
    assert found[0].regret == 0
    values = {profile.payoffs[0] for profile in equilibria(game, method="extreme", exact=True)}
    assert values == {found[0].payoffs[0]}


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e12])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_units_do_not_matter(scale, offset):
    """nashpy's program is wrong in units of 1e-9."""
    table = np.array([[1.0, -1.0, 0.5], [-1.0, 1.0, 0.25]])
    expected = equilibria(zero_sum(table), method="zero-sum")[0]
    found = equilibria(zero_sum((table + offset) * scale, total=0), method="zero-sum")[0]
    for mine, theirs in zip(found.strategies, expected.strategies, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-9)


def test_payoffs_that_add_up_to_another_constant_are_zero_sum():
    assert equilibria(zero_sum([[1, 0], [0, 1]], total=1), method="zero-sum", exact=True)[0].payoffs == (
        Fraction(1, 2),
        Fraction(1, 2),
    )


def test_both_bounds_of_a_matrix_game_are_recomputed_and_meet():
    table = np.random.default_rng(0).random((30, 40))
    solved = solve_matrix_game(table)
    assert solved.secured == pytest.approx((solved.rows @ table).min(), abs=1e-12)
    assert solved.conceded == pytest.approx((table @ solved.columns).max(), abs=1e-12)
    assert 0 <= solved.conceded - solved.secured < 1e-9


def test_a_saddle_point_is_found_exactly():
    solved = solve_matrix_game(np.array([[0.1, 0.3], [0.2, 0.4]]))
    assert solved.secured == solved.conceded == 0.2
    assert solved.rows.tolist() == [0, 1]
    assert solved.columns.tolist() == [1, 0]


def test_a_large_zero_sum_game_is_solved_by_the_default_method():
    table = np.random.default_rng(1).random((40, 40))
    found = equilibria(zero_sum(table))
    assert found.method == "zero-sum"
    assert found.complete is None
    assert found[0].regret <= 1e-9
    assert "the value for player 1 is" in found.notes[0]


def test_other_games_are_refused_with_advice():
    game = NormalFormGame.from_payoffs([[[1, 0]], [[1, 0]]])
    with pytest.raises(UnsupportedGameError, match="payoffs add up to a constant; use method `auto` or `extreme`"):
        equilibria(game, method="zero-sum")
    assert not is_constant_sum(NormalFormGame.from_payoffs(np.zeros((3, 1, 1, 1))))
    assert is_constant_sum(NormalFormGame.from_payoffs([[["1/3", 0]], [["2/3", 1]]]))
