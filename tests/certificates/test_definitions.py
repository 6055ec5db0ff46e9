"""Certificates of the rules that are defined by an equation: they hold for our answers and refuse all others."""

import random
from dataclasses import replace

import numpy as np
import pytest

from bargain.certificates.definitions import BY_DEFINITION, definition_gap, gains_table
from bargain.certificates.polygons import polygon, vertices
from bargain.certificates.support import Support
from bargain.certificates.welfare import certify_solution, optimality
from bargain.games.bargaining import BargainingProblem
from bargain.solutions.reference_point import gupta_livne
from bargain.solutions.rules import RULES, rules_for, solve_problem

TWO = pytest.mark.parametrize("rule", BY_DEFINITION)
MANY = pytest.mark.parametrize("rule", [name for name in rules_for("lotteries", 3) if name in BY_DEFINITION])


def problems(seed, num_players, number, unit=1):
    rng = random.Random(seed)
    for _ in range(number):
        points = [tuple(rng.randint(-3, 9) for _ in range(num_players)) for _ in range(rng.randint(2, 8))]
        rows = points if unit == 1 else np.array(points) * unit
        yield BargainingProblem.from_points(rows, (0,) * num_players, lotteries=True)


def others(problem, solution):
    """What other rules choose from the same set, where that is something else, as claims of this rule."""
    for name in ("nash", "utilitarian", "equal-loss", "gupta-livne"):
        other = solve_problem(problem, name)
        distance = [abs(float(a - b)) for a, b in zip(other.gains, solution.gains, strict=True)]
        if max(distance) > 1e-4 * max(float(gain) for gain in solution.gains):
            yield replace(other, rule=solution.rule, weights=None)


def check_all(rule, drawn):
    refused = 0
    for problem in drawn:
        solution = solve_problem(problem, rule)
        assert certify_solution(solution).holds
        if not solution.agreed:
            continue
        for wrong in others(problem, solution):
            assert not certify_solution(wrong).holds
            refused += 1
    assert refused > 2


@TWO
@pytest.mark.parametrize("unit", [1, 1e-12])
def test_of_two_players_only_the_rules_own_lottery_is_certified(rule, unit):
    check_all(rule, problems(f"{rule} {unit}", 2, 5, unit))


@MANY
def test_of_three_players_only_the_rules_own_lottery_is_certified(rule):
    check_all(rule, problems(rule, 3, 2))


@TWO
def test_a_lottery_with_changed_chances_is_refused(rule):
    problem = BargainingProblem.from_points([(0, 9), (4, 8), (9, 1)], (0, 0), lotteries=True)
    solution = solve_problem(problem, rule)
    (first, p), (second, q) = solution.lottery
    moved = [p - 1e-4, q + 1e-4]
    rows = problem.feasible.payoffs([(first,), (second,)])
    payoffs = tuple((np.array(moved) @ rows).tolist())
    wrong = replace(
        solution, lottery=((first, moved[0]), (second, moved[1])), payoffs=payoffs, gains=payoffs, deal=None
    )
    assert certify_solution(solution).holds
    assert not certify_solution(wrong).holds


def test_the_reference_point_of_the_problem_is_what_is_checked():
    problem = BargainingProblem.from_points([(0, 9), (4, 8), (9, 1)], (0, 0), lotteries=True)
    solution = gupta_livne(problem, reference=(4, 1))
    assert certify_solution(solution).holds
    assert not certify_solution(replace(solution, problem=problem)).holds
    deals = replace(problem, lotteries=False)
    assert gupta_livne(deals, reference=(6, 0)).deal != gupta_livne(deals).deal
    assert certify_solution(gupta_livne(deals, reference=(6, 0))).holds
    assert not certify_solution(replace(gupta_livne(deals, reference=(6, 0)), problem=deals)).holds


def test_corners_from_the_support_function_are_those_of_the_list():
    rng = np.random.default_rng(4)
    for _ in range(20):
        problem = BargainingProblem.additive([rng.random((4, 2)) for _ in range(4)], (1.0, 1.0), lotteries=True)
        listed = problem.feasible.payoffs(list(np.ndindex(4, 4, 4, 4))) - 1.0
        found, expected = (polygon(table) for table in (vertices(Support(problem)), listed))
        assert found.corners == pytest.approx(expected.corners, abs=1e-9)
        assert found.ideal == pytest.approx(expected.ideal)


def test_huge_additive_sets_of_two_players_are_checked_by_the_support_function():
    rng = np.random.default_rng(3)
    problem = BargainingProblem.additive([rng.random((8, 2)) for _ in range(12)], [5.0, 5.0], lotteries=True)
    for rule in BY_DEFINITION:
        solution = solve_problem(problem, rule)
        assert optimality(solution).holds
        shifted = np.array(solution.gains, float) + np.array([1e-3, -1e-3])
        assert definition_gap(rule, gains_table(problem), shifted) > 1e-6


@pytest.mark.parametrize("unit", [1, 1e-12, 1e12])
def test_no_deal_is_certified_in_any_unit_where_a_player_always_loses_the_same(unit):
    problem = BargainingProblem.from_points([(-2 * unit, 7 * unit), (-2 * unit, unit)], (0, 0), lotteries=True)
    solution = solve_problem(problem, "equal-loss")
    assert not solution.agreed
    assert certify_solution(solution).holds


def test_every_rule_with_an_equation_is_in_the_table():
    assert set(BY_DEFINITION) == set(RULES) - {"nash", "kalai-smorodinsky", "egalitarian", "utilitarian"}
