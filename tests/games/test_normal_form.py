"""Games in normal form: what is accepted, what is refused, and the definitions of payoff, best response and regret."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.games.normal_form import NormalFormGame

DILEMMA = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])


def test_payoffs_have_the_player_first_and_one_axis_per_player_in_order():
    game = NormalFormGame.from_payoffs([np.arange(6).reshape(2, 3), -np.arange(6).reshape(2, 3)])
    assert game.payoffs.shape == (2, 2, 3)
    assert game.payoffs[0, 1, 2] == 5
    assert game.payoffs[1, 1, 2] == -5
    assert game.num_actions == (2, 3)


def test_arrays_are_immutable_and_independent_of_what_was_given():
    table = np.zeros((2, 2))
    game = NormalFormGame.from_payoffs([table, table])
    table[0, 0] = 7
    assert game.payoffs[0, 0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0, 0, 0] = 1
    mine = np.zeros((1, 2))
    direct = NormalFormGame(("a",), (("x", "y"),), mine)
    mine[0, 0] = 9
    assert direct.payoffs[0, 0] == 0


def test_repr_names_players_and_sizes():
    assert repr(DILEMMA) == "NormalFormGame(1, 2; 2 x 2 actions)"


@pytest.mark.parametrize("entry", ["1/3", Fraction(1, 3)])
def test_fractions_stay_exact(entry):
    game = NormalFormGame.from_payoffs([[[entry, 0]], [[1, 2]]])
    assert game.rational
    assert game.exact[0, 0, 0] == Fraction(1, 3)
    assert game.expected_payoffs([(1,), (Fraction(1, 2), Fraction(1, 2))]) == (Fraction(1, 6), Fraction(3, 2))


def test_ints_floats_decimals_and_large_integers_are_read_as_given():
    huge = 10**20
    game = NormalFormGame.from_payoffs([[[huge + 1, huge]], [[Decimal("0.1"), "0.5"]]])
    assert game.exact[0, 0, 0] - game.exact[0, 0, 1] == 1
    assert game.exact[1, 0, 0] == Fraction(1, 10)
    large = NormalFormGame.from_payoffs([np.array([[2**60 + 1, 2**60]]), np.array([[0, 1]])])
    assert large.exact[0, 0, 0] - large.exact[0, 0, 1] == 1
    assert NormalFormGame.from_payoffs([[[1.0, 2]], [[1, 2]]]).exact is None


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        ([], "no payoffs: give one array per player"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], "payoffs of player 1: ragged lists; every row must have the same length"),
        (
            [[[1, 2]], [[1, float("nan")]]],
            r"payoffs of player 2: entry \(0, 1\) is nan; payoffs must be finite numbers",
        ),
        ([[[1, float("inf")]], [[1, 2]]], r"payoffs of player 1: entry \(0, 1\) is inf"),
        ([np.array([[np.nan, 1]]), np.ones((1, 2))], r"payoffs of player 1: entry \(0, 0\) is nan"),
        ([[[]], [[]]], "payoffs of player 1: empty"),
        ([[[1]]], "1 arrays of payoffs need 1 axes each; they have 2"),
        ([[1, 2], [1, 2]], "2 arrays of payoffs need 2 axes each; they have 1"),
        ([np.ones((2, 2)), np.ones((2, 3))], r"payoffs of player 2 have shape \(2, 3\), others have \(2, 2\)"),
        ([[["one"]], [[1]]], r"entry \(0, 0\) is 'one', which is not a finite real number"),
        ([[["1/0"]], [[1]]], r"entry \(0, 0\) is '1/0', which is not a finite real number"),
        ([[["nan"]], [[1]]], r"entry \(0, 0\) is 'nan', which is not a finite real number"),
        ([[[1j]], [[1]]], r"entry \(0, 0\) is 1j, which is not a finite real number"),
        ([[[None]], [[1]]], r"entry \(0, 0\) is None, which is not a finite real number"),
        ([[[10**400]], [[1]]], r"entry \(0, 0\) is too large for a float"),
        ([[[1e308, -1e308]], [[1, 1]]], "payoffs range over more than a float can hold"),
    ],
)
def test_bad_payoffs_are_refused_with_a_reason(payoffs, message):
    with pytest.raises(ValueError, match=message):
        NormalFormGame.from_payoffs(payoffs)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"players": ["a"]}, "2 arrays of payoffs for 1 players"),
        ({"players": ["a", "a"]}, "two players have the same name"),
        ({"actions": [["x", "y"]]}, "actions of 1 players are named, but there are 2 players"),
        ({"actions": [["x", "x"], ["x", "y"]]}, "two actions of player 1 have the same name"),
        ({"actions": [["x"], ["x", "y"]]}, r"payoffs have shape \(2, 2, 2\); players and actions ask for \(2, 1, 2\)"),
    ],
)
def test_bad_names_are_refused_with_a_reason(names, message):
    with pytest.raises(ValueError, match=message):
        NormalFormGame.from_payoffs([np.eye(2), np.eye(2)], **names)


def test_expected_payoffs_and_regrets_match_the_sum_over_profiles():
    rng = np.random.default_rng(1)
    game = NormalFormGame.from_payoffs(rng.integers(-9, 9, (3, 2, 3, 2)))
    strategies = [
        (Fraction(1, 4), Fraction(3, 4)),
        (Fraction(1, 2), Fraction(0), Fraction(1, 2)),
        (Fraction(2, 5), Fraction(3, 5)),
    ]

    def payoff(player, profile):
        return sum(
            profile[0][a] * profile[1][b] * profile[2][c] * Fraction(int(game.payoffs[player, a, b, c]))
            for a, b, c in product(range(2), range(3), range(2))
        )

    expected = tuple(payoff(i, strategies) for i in range(3))
    assert game.expected_payoffs(strategies) == expected
    for i, size in enumerate(game.num_actions):
        deviations = []
        for a in range(size):
            changed = list(strategies)
            changed[i] = tuple(Fraction(int(a == b)) for b in range(size))
            deviations.append(payoff(i, changed))
        assert game.regrets(strategies)[i] == max(deviations) - expected[i]
        assert list(game.deviation_payoffs(i, strategies)) == deviations
    floats = [np.array(s, dtype=float) for s in strategies]
    assert game.expected_payoffs(floats) == pytest.approx([float(u) for u in expected])


def test_best_responses_of_floats_allow_for_rounding_and_exact_ones_do_not():
    nearly = [[0.1 + 0.2], [0.3], [0.0]]
    floats = NormalFormGame.from_payoffs([nearly, [[0.0], [0.0], [0.0]]])
    assert floats.best_responses(0, [[1.0, 0.0, 0.0], [1.0]]) == (0, 1)
    assert floats.best_responses(0, [(1, 0, 0), (1,)]) == (0,)
    exact = NormalFormGame.from_payoffs([[["3/10"], ["3/10"]], [[0], [0]]])
    assert exact.best_responses(0, [(1, 0), (1,)]) == (0, 1)


def test_normalised_payoffs_keep_the_digits_of_a_large_offset():
    base = 10**20
    game = NormalFormGame.from_payoffs([[[base, base + 1, base + 4]], [[1e6, 1e6 + 0.5, 1e6 + 1]]])
    np.testing.assert_array_equal(game.normalised()[0, 0], [0, 0.25, 1])
    np.testing.assert_array_equal(game.normalised()[1, 0], [0, 0.5, 1])
    assert not NormalFormGame.from_payoffs([[[5, 5]], [[0, 1]]]).normalised()[0].any()


@given(
    scale=st.sampled_from([1e-12, 1e-3, 7.0, 1e12]),
    table=st.lists(st.integers(-5, 5), min_size=6, max_size=6).filter(lambda v: len(set(v)) > 1),
)
def test_normalised_payoffs_do_not_depend_on_units(scale, table):
    payoffs = np.array(table, float).reshape(2, 3)
    one = NormalFormGame.from_payoffs([payoffs, payoffs]).normalised()
    other = NormalFormGame.from_payoffs([payoffs * scale, payoffs]).normalised()
    np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-15)


def test_restrict_keeps_the_chosen_actions_in_the_order_given():
    game = NormalFormGame.from_payoffs([[["1/3", 2, 3]], [[4, 5, 6]]], actions=[["r"], ["a", "b", "c"]])
    smaller = game.restrict([[0], [2, 0]])
    assert smaller.actions == (("r",), ("c", "a"))
    assert smaller.exact[0].tolist() == [[3, Fraction(1, 3)]]


def test_wrong_number_of_probabilities_is_refused():
    with pytest.raises(ValueError, match=r"strategies over \(1, 2\) actions for a game with \(2, 2\)"):
        DILEMMA.regrets([[1.0], [1.0, 0.0]])


def test_payoff_ranges_are_those_of_the_numbers_as_given():
    """Floats near 10**17 are multiples of 16: here they are all the same."""
    game = NormalFormGame.from_payoffs([[[10**17 + 3, 10**17], [10**17 + 1, 10**17 + 2]], [[5, 5], [5, 5]]])
    assert game.payoffs[0].min() == game.payoffs[0].max()
    assert game.spans == (3.0, 0.0)
    assert game.restrict([[0, 1], [1]]).spans == (2.0, 0.0)
