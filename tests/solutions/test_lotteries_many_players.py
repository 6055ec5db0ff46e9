"""Lotteries of many players: against exact geometry, an independent solver, and their own conditions."""

import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from bargain.games.bargaining import BargainingProblem
from bargain.results import Status
from bargain.solutions.barrier import fewer, largest_product
from bargain.solutions.frontier import frontier
from bargain.solutions.mixtures import LotteryPrograms
from bargain.solutions.rules import rules_for, solve_problem

SEEDS = range(12)


def random_points(seed, num_players=3, num_deals=10, integers=False):
    rng = np.random.default_rng(seed)
    if integers:
        return rng.integers(-2, 4, (num_deals, num_players))
    return rng.normal(size=(num_deals, num_players)) * 10.0 ** rng.integers(-3, 4, num_players)


def with_a_copy(points):
    """A third player whose payoffs are the first one's: it takes the same side in everything."""
    return [(*point, point[0]) for point in points]


@pytest.mark.parametrize("seed", SEEDS)
def test_programs_for_two_players_agree_with_exact_geometry(seed):
    """The engine of many players, run on two."""
    points = random_points(seed, 2, 12)
    d = points.mean(axis=0)
    problem = BargainingProblem.from_points(points, d, lotteries=True)
    programs = LotteryPrograms(points - d)
    found = {
        "nash": programs.largest_product(np.array([0.5, 0.5])).chances,
        "kalai-smorodinsky": programs.largest_least(programs.ideal, [0, 1]).mixture.chances,
        "utilitarian": programs.largest_sum(np.array([0.5, 0.5])).chances,
    }
    for rule, chances in found.items():
        expected = np.array(solve_problem(problem, rule).gains)
        assert np.allclose(chances @ (points - d) / programs.scale, expected / programs.scale, rtol=0, atol=1e-8), rule


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copied_player_weighs_as_much_as_its_weight(seed):
    """Kalai (1977): three players, two of them alike, are two players with weights 2 and 1."""
    points = random_points(seed, 2, 8)
    d = points.mean(axis=0)
    three = BargainingProblem.from_points(with_a_copy(points), (*d, d[0]), lotteries=True)
    two = BargainingProblem.from_points(points, d, lotteries=True)
    scale = np.ptp(points, axis=0)
    found = np.array(solve_problem(three).payoffs)
    expected = np.array(solve_problem(two, weights=(2, 1)).payoffs)
    assert np.allclose(found[:2] / scale, expected / scale, rtol=0, atol=1e-9)
    assert solve_problem(three).certificate.gap <= 1e-10
    for rule in ("kalai-smorodinsky", "utilitarian"):
        weights = (2, 1) if rule == "utilitarian" else None
        assert np.allclose(
            np.array(solve_problem(three, rule).payoffs)[:2] / scale,
            np.array(solve_problem(two, rule, weights).payoffs) / scale,
            rtol=0,
            atol=1e-9,
        )


def slsqp_product(gains):
    """The best Nash product over lotteries by another solver, from several starts."""
    count = len(gains)
    best = -np.inf
    rng = np.random.default_rng(0)
    start = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.column_stack([-gains.T, np.abs(gains).max(axis=0)]),
        b_ub=np.zeros(gains.shape[1]),
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * count + [(None, None)],
    ).x[:-1]
    for share in (1.0, 0.9, 0.7):
        p0 = share * start + (1 - share) * rng.dirichlet(np.ones(count))
        found = minimize(
            lambda p: -np.log(np.maximum(p @ gains, 1e-12)).sum(),
            p0,
            jac=lambda p: -gains @ (1 / np.maximum(p @ gains, 1e-12)),
            bounds=[(0, 1)] * count,
            constraints={"type": "eq", "fun": lambda p: p.sum() - 1, "jac": np.ones_like},
            method="SLSQP",
            options={"maxiter": 300, "ftol": 1e-14},
        )
        p = np.maximum(found.x, 0)
        values = p / p.sum() @ gains
        if (values > 0).all():
            best = max(best, float(np.log(values).sum()))
    return best


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("num_players", [3, 5])
def test_no_other_solver_finds_a_larger_nash_product(seed, num_players):
    points = random_points(seed, num_players)
    d = points.mean(axis=0) - 0.2 * points.std(axis=0)
    solution = solve_problem(BargainingProblem.from_points(points, d, lotteries=True))
    scale = np.ptp(points, axis=0)
    mine = float(np.log(np.array(solution.gains) / scale).sum())
    theirs = slsqp_product((points - d) / scale)
    assert theirs - 1e-7 <= mine
    assert mine - theirs <= 1e-4
    assert solution.certificate.gap <= 1e-10


def is_max_min_fair(gains, chosen, scales, tolerance=1e-7):
    """Nobody can be raised but by lowering somebody who has no more: one linear program a player."""
    ratios = chosen / scales
    for i in range(len(chosen)):
        lower = np.where(ratios <= ratios[i] + tolerance, chosen - tolerance * scales * 0.01, 0.0)
        lower[i] = 0.0
        result = linprog(
            -gains[:, i] / scales[i],
            A_ub=-(gains / scales).T,
            b_ub=-lower / scales + 1e-12,
            A_eq=np.ones((1, len(gains))),
            b_eq=[1.0],
        )
        assert result.status == 0
        if -result.fun > ratios[i] + 20 * tolerance:
            return False
    return True


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("integers", [False, True])
def test_kalai_smorodinsky_and_egalitarian_lotteries_are_max_min_fair(seed, integers):
    points = np.asarray(random_points(seed, 4, 9, integers), float)
    if not integers:
        points = points / np.abs(points).max(axis=0)
    d = points.mean(axis=0) - 0.1
    problem = BargainingProblem.from_points(points, d, lotteries=True)
    gains = points - d
    equal = solve_problem(problem, "egalitarian")
    assert is_max_min_fair(gains, np.array(equal.gains), np.ones(4))
    shares = solve_problem(problem, "kalai-smorodinsky")
    ideal = []
    for i in range(4):
        best = linprog(-gains[:, i], A_ub=-gains.T, b_ub=np.zeros(4), A_eq=np.ones((1, len(gains))), b_eq=[1.0])
        ideal.append(-best.fun)
    assert is_max_min_fair(gains, np.array(shares.gains), np.array(ideal))
    # A point that is fair for one rule and not for the other tells that the check can fail.
    if not np.allclose(equal.gains, shares.gains, atol=1e-3):
        assert not is_max_min_fair(gains, np.array(equal.gains), np.array(ideal))


@pytest.mark.parametrize("seed", SEEDS)
def test_exact_max_min_lotteries_are_exact(seed):
    rng = random.Random(seed)
    points = [tuple(Fraction(rng.randint(0, 9), rng.choice([1, 2, 3])) for _ in range(3)) for _ in range(6)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0, 0), lotteries=True), "egalitarian")
    assert all(isinstance(u, Fraction) for u in (*solution.payoffs, *(chance for _, chance in solution.lottery)))
    mean = tuple(sum(chance * points[deal][i] for deal, chance in solution.lottery) for i in range(3))
    assert mean == solution.payoffs
    assert sum(chance for _, chance in solution.lottery) == 1


def test_three_dictators_share_equally():
    for rule in rules_for("lotteries", 3):
        solution = solve_problem(BargainingProblem.from_points(np.eye(3, dtype=int), (0, 0, 0), True), rule)
        if rule == "utilitarian":
            assert [tie.deal for tie in solution.ties] == [0, 1, 2]
        else:
            assert solution.payoffs == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=1e-14)
            assert [deal for deal, _ in solution.lottery] == [0, 1, 2]


def test_lexicographic_continuation_goes_on_after_the_first_player_is_satisfied():
    """Player 1 gets 1 everywhere; the other two share what is left evenly."""
    points = [(1, 10, 0), (1, 0, 10)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0, 0), True), "egalitarian")
    assert solution.payoffs == (1.0, 5.0, 5.0)


@pytest.mark.parametrize("rule", rules_for("lotteries", 3))
def test_a_player_who_cannot_gain_is_left_out_and_does_not_lose(rule):
    """Player 3 is at its best without a deal; deals 0 and 1 together keep it there, deal 2 would hurt it."""
    points = [(4, 0, 0), (0, 4, 0), (9, 9, -1)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0, 0), lotteries=True), rule)
    assert solution.gains[2] == 0
    if rule != "utilitarian":
        assert solution.gains[:2] == pytest.approx((2, 2), abs=1e-9)


def test_a_player_kept_at_zero_by_mixing_gains_and_losses():
    """Deal 0 costs player 3 what deal 1 gives it, and no lottery gives it more."""
    points = [(6, 0, -1), (0, 2, 1), (0, 0, -2), (-9, -9, 2)]
    problem = BargainingProblem.from_points(points, (0, 0, Fraction(0)), lotteries=True)
    solution = solve_problem(problem)
    assert solution.status is Status.PROVED
    assert min(solution.gains) >= -1e-12
    assert solution.certificate.gap <= 1e-10


@pytest.mark.parametrize("num_players", [3, 6, 10])
def test_lotteries_use_at_most_as_many_deals_as_players(num_players):
    for seed in range(3):
        points = np.random.default_rng(seed).normal(size=(60, num_players))
        d = points.mean(axis=0) - 0.1 * points.std(axis=0)
        for rule in rules_for("lotteries", num_players):
            solution = solve_problem(BargainingProblem.from_points(points, d, lotteries=True), rule)
            assert solution.status is Status.PROVED
            assert len(solution.lottery) <= num_players
            assert sum(chance for _, chance in solution.lottery) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky"])
@pytest.mark.parametrize("seed", range(4))
def test_units_of_payoff_do_not_matter_to_lotteries_of_many_players(rule, seed):
    points = random_points(seed, 4, 12)
    d = points.mean(axis=0)
    unit = np.array([1e-12, 1e12, 1.0, 1e3])
    found = solve_problem(BargainingProblem.from_points(points * unit, d * unit, lotteries=True), rule)
    expected = solve_problem(BargainingProblem.from_points(points, d, lotteries=True), rule)
    scale = np.ptp(points, axis=0)
    assert np.allclose(np.array(found.gains) / unit / scale, np.array(expected.gains) / scale, rtol=0, atol=1e-9)


def test_utilitarian_lottery_is_held_by_individual_rationality():
    points = [(10, 10, -1), (0, 0, 1), (1, 1, 1)]
    solution = solve_problem(BargainingProblem.from_points(points, (0, 0, 0), lotteries=True), "utilitarian")
    assert solution.gains == pytest.approx((5.5, 5.5, 0.0), abs=1e-9)


def test_lottery_programs_say_when_nothing_is_individually_rational():
    problem = BargainingProblem.from_points([(1, -1, 0), (-2, 1, 0)], (0, 0, 0), lotteries=True)
    assert [solve_problem(problem, rule).status for rule in rules_for("lotteries", 3)] == [Status.NO_DEAL] * 8


def test_an_ill_scaled_comparison_of_players_does_not_claim_proof():
    """Equal gains of 1e-6 for a player whose payoffs range over 1e6 are beyond a linear program in floats."""
    rng = np.random.default_rng(8)
    points = rng.normal(size=(12, 3)) * [1e6, 1e-6, 1.0]
    solution = solve_problem(BargainingProblem.from_points(points, points.mean(axis=0), lotteries=True), "egalitarian")
    assert solution.status is Status.LIMIT
    assert solution.notes[0].startswith("the lottery is best only to within")
    assert not solution.certificate.holds


def test_frontier_of_many_players_keeps_the_extreme_deals():
    points = [(3, 0, 0), (0, 3, 0), (0, 0, 3), (1, 1, 1), (0.9, 0.9, 0.9), (2, 1, 0), (0, 3, 0), (2, 2, 0)]
    found = frontier(BargainingProblem.from_points(points, (0, 0, 0), lotteries=True))
    assert sorted(found.deals) == [0, 1, 2, 7]


def test_interior_points_solve_a_product_with_a_closed_form():
    p, prices = largest_product(np.eye(3), np.zeros((3, 0)), np.array([0.5, 0.3, 0.2]), np.ones(3) / 3)
    assert p == pytest.approx([0.5, 0.3, 0.2], abs=1e-12)
    assert prices.size == 0


def test_fewer_deals_keep_the_expected_gains():
    rng = np.random.default_rng(2)
    for _ in range(20):
        gains = rng.normal(size=(15, 3))
        chances = rng.dirichlet(np.ones(15))
        kept = fewer(gains, chances)
        assert np.count_nonzero(kept) <= 4
        assert np.allclose(kept @ gains, chances @ gains, rtol=0, atol=1e-12)
        assert kept.sum() == pytest.approx(1, abs=1e-14)
        assert (kept >= 0).all()
