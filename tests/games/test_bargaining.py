"""Bargaining problems: what can be given, what is refused, what stays exact."""

from fractions import Fraction

import numpy as np
import pytest

from bargain.games.bargaining import BargainingProblem, normalised_weights
from bargain.games.exact_numbers import read_numbers, recovered_ratio
from bargain.games.finite_deals import FiniteDeals


def test_points_keep_their_rows_and_disagreement():
    problem = BargainingProblem.from_points([(4, 1), (2, 3)], (0, 1))
    assert problem.feasible.payoffs([(0,), (1,)]).tolist() == [[4.0, 1.0], [2.0, 3.0]]
    assert problem.disagreement == (0.0, 1.0)
    assert problem.exact_disagreement == (0, 1)
    assert problem.players == ("player 1", "player 2")
    assert problem.weights == (0.5, 0.5)
    assert problem.feasible.describe((1,)) == 1


@pytest.mark.parametrize(
    ("points", "disagreement", "exact", "fractional"),
    [
        ([(4, 1)], (0, 0), True, False),
        ([(4, Fraction(1, 3))], (0, 0), True, True),
        ([(4, 1)], (0, Fraction(1, 3)), True, True),
        ([(4, 1.0)], (0, 0), False, False),
        ([(4, 1)], (0, 0.0), False, False),
        ([(4, Fraction(1, 3))], (0.5, 0), False, False),
        (np.array([[4, 1]]), np.array([0, 0]), True, False),
        (np.array([[4.0, 1.0]]), (0, 0), False, False),
        (np.array([[4, 1]], np.uint8), (0, 0), True, False),
    ],
)
def test_a_problem_is_exact_when_nothing_in_it_was_a_float(points, disagreement, exact, fractional):
    problem = BargainingProblem.from_points(points, disagreement)
    assert (problem.exact, problem.fractional) == (exact, fractional)


def test_integers_beyond_the_floats_stay_exact():
    big = 2**63 + 1
    problem = BargainingProblem.from_points([(big, -1), (big + 1, -2)], (big, -3))
    assert problem.feasible.exact_payoffs((0,)) == (big, -1)
    assert problem.exact_disagreement == (big, -3)


@pytest.mark.parametrize(
    ("points", "disagreement", "message"),
    [
        ([], (0, 0), "points: a table with one row per deal"),
        ([(1, 2), (3,)], (0, 0), "points: the rows have different lengths"),
        ([1, 2], (0, 0), "points: a table with one row per deal"),
        ([(1, float("nan"))], (0, 0), "points: a number is not finite"),
        ([(1, float("inf"))], (0, 0), "points: a number is not finite"),
        ([(1, 10**400)], (0, 0), "points: a number is too large for a float"),
        ([(1, Fraction(1, 10**400))], (0, 0), "points: a number is too small for a float"),
        ([("a", "b")], (0, 0), "points: numbers are needed, not str"),
        ([(1, 2j)], (0, 0), "points: numbers are needed, not complex"),
        ([(1,)], (0,), "bargaining needs two or more players"),
        ([(1, 2)], (0,), "2 numbers are needed, got 1"),
        ([(1, 2)], (0, float("nan")), "disagreement: a number is not finite"),
        ([(1, 2)], [(0, 0)], "disagreement: one number per player is needed"),
    ],
)
def test_wrong_numbers_are_refused_with_a_reason(points, disagreement, message):
    with pytest.raises(ValueError, match=message):
        BargainingProblem.from_points(points, disagreement)


def test_additive_issues_become_one_term_each():
    problem = BargainingProblem.additive([[(0, 0), (4, -1)], [(0, 0), (-1, 2), (1, 1)]], (0, 0))
    assert problem.feasible.sizes == (2, 3)
    assert problem.feasible.components == ((0,), (1,))
    assert problem.feasible.describe((1, 2)) == (1, 2)
    with pytest.raises(ValueError, match="issue 1: a table"):
        BargainingProblem.additive([[(0, 0)], [1, 2]], (0, 0))


def test_factored_terms_must_fit_their_levers():
    with pytest.raises(
        ValueError, match=r"term over levers \(0,\): the shape is \(3,\), the levers have \(2,\) levels"
    ):
        BargainingProblem.factored((2,), [((0,), [[1, 2, 3], [1, 2, 3]])], (0, 0))
    with pytest.raises(ValueError, match="levers are 0 to 0, each at most once"):
        BargainingProblem.factored((2,), [((1,), [[1, 2], [1, 2]])], (0, 0))


def test_weights_are_scaled_to_sum_to_one():
    problem = BargainingProblem.from_points([(1, 2)], (0, 0), weights=(11, 9))
    assert problem.weights == (0.55, 0.45)
    assert problem.exact_weights() == (Fraction(11, 20), Fraction(9, 20))
    assert problem.exact_weights((1 / 3, 2 / 3)) == (Fraction(1, 3), Fraction(2, 3))
    assert problem.exact_weights((2**0.5 / 2, 1 - 2**0.5 / 2)) is None


@pytest.mark.parametrize("weights", [(1,), (1, 0), (1, -1), (1, float("inf"))])
def test_wrong_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights:"):
        normalised_weights(weights, 2)


def test_simple_ratios_are_recovered_from_floats():
    assert [recovered_ratio(k / n) for n in range(1, 40) for k in range(1, n)] == [
        Fraction(k, n) for n in range(1, 40) for k in range(1, n)
    ]


def test_tables_of_unsigned_and_boolean_numbers_are_exact():
    assert read_numbers(np.array([2**63 + 1], np.uint64), "n").exact.tolist() == [2**63 + 1]
    assert read_numbers(np.array([True, False]), "n").exact.tolist() == [1, 0]


def test_players_and_payoffs_must_agree():
    deals = FiniteDeals((2,), (((0,), np.zeros((3, 2))),))
    with pytest.raises(ValueError, match="2 players, but payoffs for 3"):
        BargainingProblem(("A", "B"), deals, (0, 0))
