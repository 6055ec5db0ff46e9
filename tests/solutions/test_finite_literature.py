"""Worked numbers for finite deals: published examples, known deviations of other tools, and answers worth pinning."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import DealLabels, FiniteDeals
from bargain.results import Status
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import AXIOMS, RULES, rules_for, solve_problem

# Nash (1950), "The bargaining problem": utilities to Bill and Jack; Bill owns the first five goods, Jack the others.
BILLS = {"book": (2, 4), "whip": (2, 2), "ball": (2, 1), "bat": (2, 2), "box": (4, 1)}
JACKS = {"pen": (10, 1), "toy": (4, 1), "knife": (6, 2), "hat": (2, 2)}


def barter():
    """Every good is an issue: it stays or it changes hands."""
    given = [[(0, 0), (-bill, jack)] for bill, jack in BILLS.values()]
    taken = [[(0, 0), (bill, -jack)] for bill, jack in JACKS.values()]
    return BargainingProblem.additive(given + taken, (0, 0), players=("Bill", "Jack"))


def test_barter_of_nash_1950():
    solution = solve_problem(barter())
    goods = [*BILLS, *JACKS]
    traded = {good for good, moves in zip(goods, solution.deal, strict=True) if moves}
    assert traded == {"book", "whip", "ball", "bat", "pen", "toy", "knife"}
    assert solution.gains == (12.0, 5.0)
    assert prod(solution.gains) == 60
    assert solution.status is Status.PROVED


def test_second_best_barter_has_product_56():
    problem = barter()
    gains = problem.feasible.payoffs(np.stack(np.unravel_index(np.arange(512), (2,) * 9), axis=1))
    products = np.prod(gains[(gains >= 0).all(axis=1)], axis=1)
    assert sorted(set(products.tolist()))[-2:] == [56.0, 60.0]


def test_no_single_good_of_the_barter_trades_alone():
    for good in (*BILLS.values(), *JACKS.values()):
        moves = (-good[0], good[1]) if good in BILLS.values() else (good[0], -good[1])
        alone = BargainingProblem.additive([[(0, 0), moves]], (0, 0))
        assert solve_problem(alone).status is Status.NO_DEAL


def test_tollison_willett_1979_issues_that_fail_alone_pass_together():
    first, second = [(0, 0), (4, -1)], [(0, 0), (-1, 2)]
    for issue in (first, second):
        assert solve_problem(BargainingProblem.additive([issue], (0, 0))).status is Status.NO_DEAL
    assert solve_problem(BargainingProblem.additive([first, second], (0, 0))).payoffs == (3.0, 1.0)


def test_disagreement_below_the_minimum_of_the_set_is_kept():
    """Products over (0, 0) are 4 and 4.8; over the least payoffs (1, 1.2) both would be zero."""
    solution = solve_problem(BargainingProblem.from_points([(1, 4), (4, 1.2)], (0, 0)))
    assert solution.payoffs == (4.0, 1.2)


def test_kalai_smorodinsky_ideal_is_taken_on_individually_rational_deals():
    """The deal (100, -1) is nobody's to hope for."""
    points = [(100, -1), (4, 1), (3, 2), (1, 3)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0)), "kalai-smorodinsky")
    assert solution.payoffs == (3.0, 2.0)


def test_kalai_smorodinsky_of_three_players_is_max_min_not_least_spread():
    """Equal shares of one quarter lose to unequal shares of at least one half."""
    points = [(4, 0, 0), (0, 4, 0), (0, 0, 4), (1, 1, 1), (2, 3, 3)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0, 0)), "kalai-smorodinsky")
    assert solution.payoffs == (2.0, 3.0, 3.0)


def test_deals_with_equal_payoffs_are_all_reported_in_canonical_order():
    for rule in rules_for("deals"):
        solution = solve_problem(BargainingProblem.from_points([(1, 0), (2, 2), (0, 1), (2, 2)], (0, 0)), rule)
        assert [tie.deal for tie in solution.ties] == [1, 3]
        assert solution.deal == 1


def test_five_players_in_tiny_units_have_the_same_deal():
    rng = np.random.default_rng(4)
    points = rng.integers(0, 9, (200, 5))
    for rule in rules_for("deals", 5):
        expected = solve_problem(BargainingProblem.from_points(points, [1] * 5), rule)
        found = solve_problem(BargainingProblem.from_points(points * 0.002, [0.002] * 5), rule)
        assert [tie.deal for tie in found.ties] == [tie.deal for tie in expected.ties]


@pytest.mark.parametrize("disagreement", [(5, 5), (1.5, 1.25), (3, 1), (1, 4), (2, 1.5)])
def test_no_deal_is_an_answer_with_the_disagreement_payoffs(disagreement):
    for lotteries in (False, True):
        problem = BargainingProblem.from_points([(3, 1), (1, 2)], disagreement, lotteries)
        for rule in rules_for("lotteries" if lotteries else "deals"):
            solution = solve_problem(problem, rule)
            assert (solution.status is Status.NO_DEAL) == (disagreement != (1.5, 1.25) or not lotteries)
            if not solution.agreed:
                assert solution.payoffs == tuple(map(float, disagreement))
                assert solution.gains == (0.0, 0.0)
                assert (solution.deal, solution.lottery, solution.ties) == (None, None, ())


def test_a_deal_equal_to_disagreement_is_no_deal():
    for lotteries in (False, True):
        problem = BargainingProblem.from_points([(1, 2), (0, 9)], (1, 2), lotteries)
        assert solve_problem(problem).status is Status.NO_DEAL


def test_no_deal_of_fractions_gives_fractions():
    solution = solve_problem(BargainingProblem.from_points([(Fraction(1, 3), 0)], (1, 1)))
    assert solution.payoffs == (Fraction(1), Fraction(1))
    assert all(isinstance(u, Fraction) for u in (*solution.payoffs, *solution.gains))


def test_when_somebody_must_go_empty_the_heavier_players_gain():
    points = [(9, 0, 0), (1, 1, 0), (0, 1, 1)]
    # With equal numbers of gainers, shares of the ideal gains (9, 1, 1) decide: 1/9 against 1.
    assert solve_problem(BargainingProblem.from_points(points, (0, 0, 0))).deal == 2
    assert solve_problem(BargainingProblem.from_points(points, (0, 0, 0)), weights=(2, 1, 1)).deal == 1


def test_weights_move_the_nash_deal_and_the_proportional_one():
    deals = BargainingProblem.from_points([(8, 1), (3, 2), (1, 3)], (0, 0))
    assert [solve_problem(deals, "nash", w).deal for w in [(1, 1), (9, 1), (1, 9)]] == [0, 0, 2]
    assert [solve_problem(deals, "egalitarian", w).deal for w in [(1, 1), (9, 1), (1, 3)]] == [1, 0, 2]
    assert [solve_problem(deals, "utilitarian", w).deal for w in [(1, 1), (1, 9)]] == [0, 2]


def test_problem_weights_are_the_default_of_nash_alone():
    deals = BargainingProblem.from_points([(8, 1), (3, 2), (1, 3)], (0, 0), weights=(1, 9))
    assert solve_problem(deals, "nash").payoffs == (1.0, 3.0)
    assert solve_problem(deals, "nash").weights == (0.1, 0.9)
    assert solve_problem(deals, "egalitarian").payoffs == (3.0, 2.0)
    assert solve_problem(deals, "egalitarian").weights is None


def test_kalai_smorodinsky_takes_no_weights():
    with pytest.raises(ValueError, match="kalai-smorodinsky takes no weights"):
        solve_problem(BargainingProblem.from_points([(1, 1)], (0, 0)), "kalai-smorodinsky", (1, 2))


def test_unknown_rules_are_refused_with_the_nearest_name():
    problem = BargainingProblem.from_points([(1, 1)], (0, 0))
    with pytest.raises(ValueError, match="unknown rule 'kalai'; did you mean 'kalai-smorodinsky'"):
        solve_problem(problem, "kalai")
    with pytest.raises(
        ValueError, match=r"unknown rule 'xyz'\. Known: nash, kalai-smorodinsky, egalitarian, utilitarian"
    ):
        solve_problem(problem, "xyz")


def test_the_table_of_rules_is_complete():
    for name, rule in RULES.items():
        assert rule.name == name
        assert set(rule.axioms) <= set(AXIOMS)
        assert rule.source
        assert rule.title


def test_ten_to_the_forty_additive_deals_are_solved_with_all_ties_counted():
    """A hundred and thirty-three coins: every balanced division of the even ones ties."""
    issue = [(0, 1), (1, 0)]
    problem = BargainingProblem.additive([issue] * 133, (0, 0))
    solution = solve_problem(problem)
    assert sorted(solution.payoffs) == [66.0, 67.0]
    assert len(solution.ties) == 10_000
    assert solution.notes[0].endswith("deals tie; 10000 of them are listed")
    assert problem.feasible.num_combinations == 2**133
    assert len(frontier(problem, distinct=True)) == 134
    with pytest.raises(LimitError, match=r"134 payoff vectors; frontier\(problem, distinct=True\)"):
        frontier(problem)


def test_masks_restrict_the_deals():
    allowed = np.array([[True, False], [True, True]])
    table = np.array([[[0.0, 5.0], [1.0, 2.0]], [[0.0, 5.0], [2.0, 1.0]]])
    deals = FiniteDeals((2, 2), (((0, 1), table),), (((0, 1), allowed),))
    problem = BargainingProblem(("A", "B"), deals, (0, 0))
    assert [tie.deal for tie in solve_problem(problem).ties] == [(1, 0), (1, 1)]
    assert frontier(problem).payoffs.tolist() == [[1.0, 2.0], [2.0, 1.0]]
    nothing = FiniteDeals((2,), (((0,), np.ones((2, 2))),), (((0,), np.zeros(2, bool)),))
    for lotteries in (False, True):
        empty = BargainingProblem(("A", "B"), nothing, (0, 0), lotteries=lotteries)
        assert {solve_problem(empty, r).status for r in rules_for("lotteries" if lotteries else "deals")} == {
            Status.NO_DEAL
        }
        assert len(frontier(empty)) == 0


def test_deals_of_a_scenario_carry_their_names():
    labels = DealLabels(("trade",), ("tariff",), (("none", "full"),), {"aid": {"pledge": 5.0}})
    deals = FiniteDeals((2,), (((0,), np.array([[0.0, 2.0], [0.0, 1.0]])),), labels=labels)
    solution = solve_problem(BargainingProblem(("A", "B"), deals, (0.0, 0.0)))
    assert solution.deal == {"aid": {"pledge": 5.0}, "trade": {"tariff": "full"}}
    assert frontier(solution.problem).deals == (solution.deal,)


def test_gains_of_ten_players_do_not_underflow():
    points = np.full((2, 10), 1e-60)
    points[1] *= 2
    assert solve_problem(BargainingProblem.from_points(points, [0.0] * 10)).deal == 1


def test_a_penalty_that_cannot_be_agreed_does_not_blur_small_gains():
    """Payoffs of -1e9 stand for what is out of the question; gains of 1e-4 still count."""
    points = [(-1e9, 5.0), (1e-4, 1.0), (2e-4, 0.6), (0.0, 3.0)]
    for rule, deal in (("nash", 2), ("kalai-smorodinsky", 1), ("egalitarian", 2)):
        assert solve_problem(BargainingProblem.from_points(points, (0.0, 0.0)), rule).deal == deal


def test_frontier_lists_every_efficient_deal_with_repeats():
    problem = BargainingProblem.from_points([(0, 4), (1, 1), (2, 3), (4, 0), (2, 3)], (0, 0))
    found = frontier(problem)
    assert found.payoffs.tolist() == [[0.0, 4.0], [2.0, 3.0], [2.0, 3.0], [4.0, 0.0]]
    assert found.deals == (0, 2, 4, 3)
    assert len(found) == 4
