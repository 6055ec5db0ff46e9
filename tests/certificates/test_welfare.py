"""Certificates of bargaining solutions: they hold for every rule's choice, and refuse every kind of worse point."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from bargain.certificates.support import Support, lottery_gap
from bargain.certificates.welfare import (
    certify_solution,
    efficiency,
    feasibility,
    individual_rationality,
    optimality,
)
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals, DealLimit
from bargain.results import Solution, Status
from bargain.solutions.rules import rules_for, solve_problem

EVERY_RULE = pytest.mark.parametrize("rule", rules_for("deals"))
POINTS = [(9, 1), (7, 4), (5, 5), (4, 7), (1, 9), (6, 3), (2, 2), (-1, 20)]


def claimed(problem, rule, deal=None, lottery=None, weights=None, status=Status.PROVED):
    """A solution as a stranger might claim it; payoffs and gains are right for the deal."""
    parts = lottery if lottery is not None else [(deal, 1)]
    mean = np.zeros(problem.num_players)
    for named, chance in parts:
        mean = mean + float(chance) * problem.feasible.payoffs([problem.feasible.indices(named)])[0]
    gains = mean - np.array(problem.disagreement)
    return Solution(
        problem, rule, "claimed", status, tuple(mean.tolist()), tuple(gains.tolist()), deal, None if lottery is None else tuple(lottery), weights=weights
    )  # fmt: skip


@EVERY_RULE
@pytest.mark.parametrize("unit", [1, Fraction(1, 3), 1e-12, 0.1, 1e12])
def test_of_all_deals_only_the_rules_own_are_certified(rule, unit):
    problem = BargainingProblem.from_points([(u * unit, v * unit) for u, v in POINTS], (0 * unit, 0 * unit))
    ties = {tie.deal for tie in solve_problem(problem, rule).ties}
    assert certify_solution(solve_problem(problem, rule)).holds
    verdicts = {deal: certify_solution(claimed(problem, rule, deal)).holds for deal in range(len(POINTS))}
    assert {deal for deal, holds in verdicts.items() if holds} == ties


@EVERY_RULE
def test_a_deal_that_costs_somebody_is_refused(rule):
    problem = BargainingProblem.from_points(POINTS, (0, 0))
    certificate = certify_solution(claimed(problem, rule, 7))
    assert not certificate.holds
    assert certificate.claim == "nobody gets less than by disagreeing"
    assert certificate.witness == "player 1"


@EVERY_RULE
def test_a_dominated_deal_is_refused_with_the_deal_that_dominates_it(rule):
    problem = BargainingProblem.from_points(POINTS, (0, 0))
    certificate = certify_solution(claimed(problem, rule, 5))
    assert not certificate.holds
    assert certificate.witness == 1
    assert efficiency(claimed(problem, rule, 1)).holds


@EVERY_RULE
def test_wrong_payoffs_wrong_gains_and_unknown_deals_are_refused(rule):
    problem = BargainingProblem.from_points(POINTS, (0, 0))
    right = solve_problem(problem, rule)
    assert feasibility(right).holds
    for wrong in (
        replace(right, payoffs=(right.payoffs[0] + 1e-6, right.payoffs[1])),
        replace(right, gains=(right.gains[0], right.gains[1] - 1e-6)),
        replace(right, deal=len(POINTS)),
        replace(right, deal=None),
        replace(right, deal=(1, 2)),
    ):
        assert not feasibility(wrong).holds
        assert not certify_solution(wrong).holds


def test_a_deal_that_a_mask_forbids_is_refused():
    table = np.array([[0.0, 3.0, 2.0], [0.0, 3.0, 2.0]])
    free = BargainingProblem.from_points(table.T, (0, 0))
    limited = replace(free, feasible=replace(free.feasible, masks=(((0,), np.array([True, False, True])),)))
    assert certify_solution(claimed(free, "nash", 1)).holds
    assert certify_solution(claimed(limited, "nash", 1)).witness == "the deal breaks a limit"
    assert certify_solution(claimed(limited, "nash", 2)).holds


@pytest.mark.parametrize("lotteries", [False, True])
@EVERY_RULE
def test_no_deal_is_certified_only_where_there_is_none(rule, lotteries):
    hopeless = BargainingProblem.from_points([(3, 1), (1, 2)], (3, 2), lotteries)
    assert certify_solution(solve_problem(hopeless, rule)).holds
    hopeful = BargainingProblem.from_points([(3, 1), (1, 2), (3, 3)], (3, 2), lotteries)
    lie = replace(solve_problem(hopeless, rule), problem=hopeful)
    certificate = certify_solution(lie)
    assert not certificate.holds
    assert lotteries or certificate.witness == 2


def test_no_deal_is_refused_where_a_lottery_helps():
    mixed = BargainingProblem.from_points([(4, 0), (0, 4)], (1, 1), lotteries=True)
    pure = BargainingProblem.from_points([(4, 0), (0, 4)], (1, 1))
    nothing = solve_problem(pure)
    assert certify_solution(nothing).holds
    assert not certify_solution(replace(nothing, problem=mixed)).holds


@EVERY_RULE
@pytest.mark.parametrize("num_players", [2, 3, 4])
def test_lotteries_are_certified_and_their_neighbours_refused(rule, num_players):
    rng = np.random.default_rng(num_players)
    points = rng.random((12, num_players))
    problem = BargainingProblem.from_points(points, points.mean(axis=0) - 0.05, lotteries=True)
    right = solve_problem(problem, rule)
    assert certify_solution(right).holds
    deals = [deal for deal, _ in right.lottery]
    chances = np.array([float(chance) for _, chance in right.lottery])
    if len(deals) > 1:
        shifted = chances + 0.02 * np.where(np.arange(len(deals)) == 0, 1, -1 / (len(deals) - 1))
        moved = claimed(problem, rule, lottery=list(zip(deals, shifted.tolist(), strict=True)))
        assert not certify_solution(moved).holds
    worst = int(points.sum(axis=1).argmin())
    blurred = claimed(
        problem, rule, lottery=[*((d, 0.95 * c) for d, c in zip(deals, chances.tolist(), strict=True)), (worst, 0.05)]
    )
    assert not certify_solution(blurred).holds


@EVERY_RULE
def test_probabilities_that_do_not_add_up_are_refused(rule):
    problem = BargainingProblem.from_points([(4, 0), (0, 4)], (0, 0), lotteries=True)
    for lottery in ([(0, 0.5), (1, 0.6)], [(0, 1.5), (1, -0.5)]):
        certificate = certify_solution(claimed(problem, rule, lottery=lottery))
        assert not certificate.holds
        assert "probabilities" in certificate.witness


def test_nash_gap_of_a_lottery_bounds_what_others_add():
    """At gains (3, 1) of the set u + v <= 4, moving to (2, 2) adds log(4/3); the gap is at least that."""
    problem = BargainingProblem.from_points([(4, 0), (0, 4)], (0, 0), lotteries=True)
    gap, normal = lottery_gap(problem, np.array([3.0, 1.0]), "nash", np.array([0.5, 0.5]))
    assert 2 * gap == pytest.approx(4 * 0.5 / 1 * 2 - 2)
    assert 2 * gap >= np.log(4 / 3)
    assert normal == pytest.approx([1 / 6, 1 / 2])


@EVERY_RULE
def test_answers_of_one_rule_are_not_certified_for_another(rule):
    problem = BargainingProblem.from_points([(10, 1), (5, 3), (4, 4), (2, 6)], (0, 0))
    picks = {name: solve_problem(problem, name) for name in rules_for("deals")}
    for name, solution in picks.items():
        other = replace(solution, rule=rule, weights=picks[rule].weights)
        assert certify_solution(other).holds == (solution.deal in {tie.deal for tie in picks[rule].ties}), name


def test_weights_of_the_solution_are_the_ones_that_are_checked():
    problem = BargainingProblem.from_points([(8, 1), (3, 2), (1, 3)], (0, 0))
    for rule in ("nash", "egalitarian", "utilitarian"):
        solution = solve_problem(problem, rule, (1, 9))
        assert certify_solution(solution).holds
        assert not certify_solution(replace(solution, weights=(0.9, 0.1))).holds


def test_exact_problems_are_checked_without_tolerance():
    tiny = Fraction(1, 10**30)
    problem = BargainingProblem.from_points([(2, 2), (2 + tiny, 2 - tiny / 2)], (0, 0))
    for rule in ("nash", "utilitarian"):
        assert solve_problem(problem, rule).deal == 1
        assert certify_solution(solve_problem(problem, rule)).tolerance == 0
        refused = certify_solution(claimed(problem, rule, 0))
        assert not refused.holds
        assert refused.gap > 0


def test_exact_individual_rationality_has_no_tolerance():
    problem = BargainingProblem.from_points([(2, 2), (3, -Fraction(1, 10**30))], (0, 0))
    assert not individual_rationality(claimed(problem, "utilitarian", 1)).holds


@EVERY_RULE
def test_additive_problems_too_large_to_list_are_searched(rule):
    rng = np.random.default_rng(3)
    problem = BargainingProblem.additive([rng.random((8, 2)) for _ in range(12)], [5.0, 5.0])
    right = solve_problem(problem, rule)
    certificate = optimality(right)
    assert certificate.holds
    assert "of 68719476736 deals looked at" in certificate.method
    worse = list(right.deal)
    worse[0] = int(rng.integers(0, 8)) if worse[0] != 0 else 1
    worse[1] = 0 if worse[1] else 1
    assert not certify_solution(claimed(problem, rule, tuple(worse))).holds


@EVERY_RULE
def test_lotteries_over_additive_problems_too_large_to_list_are_bounded(rule):
    rng = np.random.default_rng(3)
    problem = BargainingProblem.additive([rng.random((8, 2)) for _ in range(12)], [5.0, 5.0], lotteries=True)
    right = solve_problem(problem, rule)
    assert certify_solution(right).holds
    deal, other = right.lottery[0][0], tuple(0 for _ in range(12))
    assert not certify_solution(claimed(problem, rule, lottery=[(deal, 0.9), (other, 0.1)])).holds


def test_support_function_is_the_largest_sum_over_all_deals():
    rng = np.random.default_rng(1)
    terms = [((0, 1), rng.normal(size=(3, 2, 3))), ((2,), rng.normal(size=(3, 4))), ((), rng.normal(size=3))]
    problem = BargainingProblem.factored((2, 3, 4), terms, [0.1, 0.2, 0.3])
    support = Support(problem)
    everything = np.stack(np.unravel_index(np.arange(24), (2, 3, 4)), axis=1)
    gains = problem.feasible.payoffs(everything) - np.array(problem.disagreement)
    for direction in rng.random((10, 3)):
        best = support.best(direction * support.size)
        assert float(direction * support.size @ best) == pytest.approx(float((gains @ direction).max()), abs=1e-12)


def hyperbola(limit=False):
    """Two levers in [0, 1]: x pays player 1, y pays player 2, and x + y <= 1.2 where there is a limit."""
    more = {
        "limits": (DealLimit("budget"),),
        "limit_values": lambda x: 1.2 - x.sum(axis=-1, keepdims=True),
        "limit_gradient": lambda x: -np.ones((1, 2)),
        "limit_hessian": lambda x: np.zeros((1, 2, 2)),
    }
    return ContinuousDeals(
        lower=[0.0, 0.0],
        upper=[1.0, 1.0],
        values=lambda x: np.stack([2 * x[..., 0] - x[..., 1] ** 2, 2 * x[..., 1] - x[..., 0] ** 2], axis=-1),
        gradient=lambda x: np.array([[2.0, -2 * x[1]], [-2 * x[0], 2.0]]),
        hessian=lambda x: np.array([[[0.0, 0.0], [0.0, -2.0]], [[-2.0, 0.0], [0.0, 0.0]]]),
        **(more if limit else {}),
    )


@pytest.mark.parametrize("rule", rules_for("levers"))
@pytest.mark.parametrize("limit", [False, True])
def test_deals_on_continuous_levers_are_searched_for_a_better_one(rule, limit):
    problem = BargainingProblem(("A", "B"), hyperbola(limit), (0.0, 0.0))
    right = solve_problem(problem, rule)
    certificate = certify_solution(right)
    assert certificate.holds
    assert certificate.evidence["proves"].startswith("nothing global")
    x = np.array([0.3, 0.3])
    values = tuple(problem.feasible.values(x).tolist())
    worse = replace(right, deal=(0.3, 0.3), payoffs=values, gains=values)
    assert not certify_solution(worse).holds
    if limit:
        outside = np.array([0.9, 0.9])
        values = tuple(problem.feasible.values(outside).tolist())
        broken = replace(right, deal=(0.9, 0.9), payoffs=values, gains=values)
        assert certify_solution(broken).witness == "the deal breaks a limit"


def test_no_deal_on_continuous_levers_is_refuted_by_a_deal():
    problem = BargainingProblem(("A", "B"), hyperbola(), (3.0, 3.0))
    assert certify_solution(solve_problem(problem)).holds
    hopeful = BargainingProblem(("A", "B"), hyperbola(), (0.0, 0.0))
    assert not certify_solution(replace(solve_problem(problem), problem=hopeful)).holds


def test_unknown_rules_cannot_be_certified():
    problem = BargainingProblem.from_points(POINTS, (0, 0))
    with pytest.raises(ValueError, match="no check for rule 'raiffa'; known are nash, kalai-smorodinsky"):
        certify_solution(claimed(problem, "raiffa", 0))


@pytest.mark.parametrize("rule", rules_for("deals", 2))
def test_a_gain_that_is_rounding_alone_makes_nobody_a_gainer(rule):
    # 0.1 + 0.2 is more than 0.3 in floats: player 1 gets the same from every deal, its disagreement payoff.
    terms = [((0,), [[0.1, 0.1], [0.0, 1.0]]), ((), [0.2, 0.0])]
    solution = solve_problem(BargainingProblem.factored((2,), terms, (0.3, 0.0)), rule)
    assert solution.gains == (0.0, 1.0)
    assert certify_solution(solution).holds


@pytest.mark.parametrize("lotteries", [False, True])
def test_more_levers_of_one_level_than_arrays_have_axes(lotteries):
    issues = [[(0, 0)]] * 67 + [[(0, 3), (3, 0), (1, 1)]] * 3
    problem = BargainingProblem.additive(issues, (0, 0), lotteries)
    solution = solve_problem(problem)
    assert solution.payoffs == ((4.5, 4.5) if lotteries else (3.0, 6.0))
    assert certify_solution(solution).holds
    found = problem.feasible.support.maximise((1, 1))
    assert found is not None
    assert found.value == 9
