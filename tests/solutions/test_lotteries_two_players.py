"""Lotteries of two players against an exact oracle: every segment between two deals, in fractions."""

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest

from bargain.games.bargaining import BargainingProblem
from bargain.results import Status
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import RULES, solve_problem

CLASSIC = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")
"""The rules with an objective; the others have oracles of their own in test_division_rules.py."""


def segments(points):
    """Every point of the convex hull's boundary lies on one of these."""
    return [*((p, p) for p in points), *itertools.combinations(points, 2)]


def clipped(a, b):
    """The part of a segment of gains where nobody loses, as its two ends; None when there is none."""
    low, high = Fraction(0), Fraction(1)
    for x, y in zip(a, b, strict=True):
        if x == y:
            if x < 0:
                return None
            continue
        t = x / (x - y)
        low, high = (max(low, t), high) if y > x else (low, min(high, t))
    if low > high:
        return None
    return tuple(tuple(x + t * (y - x) for x, y in zip(a, b, strict=True)) for t in (low, high))


def along(a, b, t):
    return tuple(x + t * (y - x) for x, y in zip(a, b, strict=True))


def candidates(gains, rule, weights, ideal):
    """The points of the individually rational segments among which the rule's choice must be."""
    for a, b in filter(None, (clipped(*segment) for segment in segments(gains))):
        yield a
        yield b
        d1, d2 = b[0] - a[0], b[1] - a[1]
        if rule == "nash" and d1 * d2 < 0:
            w1, w2 = weights
            t = -(w1 * d1 * a[1] + w2 * d2 * a[0]) / (d1 * d2 * (w1 + w2))
            if 0 < t < 1:
                yield along(a, b, t)
        if rule in ("kalai-smorodinsky", "egalitarian"):
            s1, s2 = ideal if rule == "kalai-smorodinsky" else weights
            across = d1 * s2 - d2 * s1
            if across:
                t = (a[1] * s1 - a[0] * s2) / across
                if 0 < t < 1:
                    yield along(a, b, t)


def oracle(points, d, rule, weights):
    """The best value of the rule over all lotteries, and the gains that attain it."""
    gains = [tuple(Fraction(u) - v for u, v in zip(point, d, strict=True)) for point in points]
    ends = [end for part in filter(None, (clipped(*s) for s in segments(gains))) for end in part]
    if not any(x > 0 for end in ends for x in end):
        return None
    ideal = tuple(max(end[i] for end in ends) for i in (0, 1))
    keys = {
        "nash": lambda v: nash_value(v, ideal, weights),
        "kalai-smorodinsky": lambda v: sorted(x / a for x, a in zip(v, ideal, strict=True) if a > 0),
        "egalitarian": lambda v: sorted(x / Fraction(w) for x, w in zip(v, weights, strict=True)),
        "utilitarian": lambda v: sum(w * x for w, x in zip(weights, v, strict=True)),
    }
    found = set(candidates(gains, rule, weights, ideal))
    best = max(map(keys[rule], found))
    return {v for v in found if keys[rule](v) == best}


def nash_value(v, ideal, weights):
    product = Fraction(1)
    for gain, top, power in zip(v, ideal, weights, strict=True):
        if top > 0:
            product *= gain**power
    # A player who cannot gain is left out, but the others' gains count.
    return product, sum(v) if product == 0 else 0


def draw(rng):
    top = rng.choice([1, 3, 8, 30])
    number = (
        (lambda: Fraction(rng.randint(-top, top), rng.choice([1, 2, 3])))
        if rng.random() < 0.5
        else (lambda: rng.randint(-top, top))
    )
    points = [(number(), number()) for _ in range(rng.randint(1, 8))]
    points += [rng.choice(points)] * rng.choice([0, 0, 1])
    columns = list(zip(*points, strict=True))
    kind = rng.choice(["inside", "low", "a deal", "one stuck"])
    if kind == "inside":
        d = tuple(Fraction(sum(column), len(column)) for column in columns)
    elif kind == "low":
        d = tuple(min(column) - 1 for column in columns)
    elif kind == "a deal":
        d = rng.choice(points)
    else:
        d = (max(columns[0]), min(columns[1]))
    return points, d, rng.choice([(1, 1), (1, 1), (1, 2), (3, 2)])


@pytest.mark.parametrize("rule", CLASSIC)
@pytest.mark.parametrize("seed", range(2))
def test_exact_lotteries_equal_the_oracle(rule, seed):
    rng = random.Random(f"{rule} {seed}")
    for _ in range(60):
        points, d, weights = draw(rng)
        if not RULES[rule].weighted:
            weights = (1, 1)
        given = weights if RULES[rule].weighted else None
        problem = BargainingProblem.from_points([tuple(map(Fraction, p)) for p in points], d, lotteries=True)
        solution = solve_problem(problem, rule, given)
        expected = oracle(points, d, rule, weights)
        if expected is None:
            assert solution.status is Status.NO_DEAL
            continue
        assert solution.status is Status.PROVED
        assert solution.gains in expected, (points, d, weights)
        assert rule == "utilitarian" or len(expected) == 1
        check_lottery(solution, points, d)


def check_lottery(solution, points, d):
    """The lottery gives what is reported, on at most two deals, exactly."""
    assert len(solution.lottery) <= 2
    assert sum(chance for _, chance in solution.lottery) == 1
    assert all(isinstance(chance, Fraction) and chance > 0 for _, chance in solution.lottery)
    mean = tuple(sum(chance * points[deal][i] for deal, chance in solution.lottery) for i in (0, 1))
    assert mean == solution.payoffs == tuple(g + v for g, v in zip(solution.gains, d, strict=True))
    assert [deal for deal, _ in solution.lottery] == sorted(deal for deal, _ in solution.lottery)
    assert (solution.deal is not None) == (len(solution.lottery) == 1)


def rules_and_units():
    """Every rule in a common unit, and in different units those that do not compare players."""
    for rule in RULES.values():
        yield from ((rule.name, unit) for unit in (1e-12, 1.0, 1e12))
        if "scale-invariance" in rule.axioms:
            yield rule.name, (1e-9, 1e6)


@pytest.mark.parametrize(("rule", "unit"), list(rules_and_units()))
def test_float_lotteries_in_any_unit_equal_the_exact_ones(rule, unit):
    rng = random.Random(f"{rule} {unit}")
    for _ in range(50):
        points, d, weights = draw(rng)
        given = weights if RULES[rule].weighted else None
        exact = solve_problem(
            BargainingProblem.from_points([tuple(map(Fraction, p)) for p in points], d, True), rule, given
        )
        floats = np.array(points, float) * unit
        found = solve_problem(
            BargainingProblem.from_points(floats, np.array(d, float) * unit, lotteries=True), rule, given
        )
        assert found.status is exact.status
        if rule != "utilitarian" or len(exact.ties) == 1:
            assert np.allclose(np.array(found.payoffs) / unit, np.array(exact.payoffs, float), rtol=0, atol=1e-9 * 60)


def test_utilitarian_lottery_lists_every_pure_deal_of_the_best_edge():
    problem = BargainingProblem.from_points([(0, 3), (1, 2), (3, 0), (2, 1), (0, 0), (1, 2)], (0, 0), lotteries=True)
    solution = solve_problem(problem, "utilitarian")
    assert [tie.deal for tie in solution.ties] == [0, 1, 2, 3, 5]
    assert solution.lottery == ((0, 1.0),)


def test_utilitarian_lottery_where_no_pure_deal_is_acceptable():
    """d = (1, 1) cuts both deals off: the best lottery stands where player 2 is just kept."""
    problem = BargainingProblem.from_points([(6, 0), (0, 4)], (1, Fraction(1)), lotteries=True)
    solution = solve_problem(problem, "utilitarian")
    assert solution.payoffs == (Fraction(9, 2), 1)
    assert solution.lottery == ((0, Fraction(3, 4)), (1, Fraction(1, 4)))


def test_counterexample_of_kalai_and_smorodinsky_1975():
    small = [(0, 1), (Fraction(3, 4), Fraction(3, 4)), (1, 0)]
    large = [(0, 1), (1, Fraction(7, 10)), (1, 0)]
    for rule in ("nash", "kalai-smorodinsky"):
        assert solve_problem(BargainingProblem.from_points(small, (0, 0), True), rule).payoffs == (Fraction(3, 4),) * 2
    # The larger set contains the smaller one, and player 2 loses under Nash's rule.
    assert solve_problem(BargainingProblem.from_points(large, (0, 0), True), "nash").payoffs == (1, Fraction(7, 10))
    found = solve_problem(BargainingProblem.from_points(large, (0, 0), True), "kalai-smorodinsky")
    assert found.payoffs == (Fraction(10, 13),) * 2
    assert [round(float(u), 3) for u in found.payoffs] == [0.769, 0.769]


def test_dollar_with_an_outside_option():
    dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, Fraction(1, 5)), lotteries=True)
    assert solve_problem(dollar).payoffs == (Fraction(2, 5), Fraction(3, 5))
    assert solve_problem(dollar, weights=(1, 3)).payoffs == (Fraction(1, 5), Fraction(4, 5))


def test_barter_of_nash_1950_with_lotteries_gives_a_larger_product():
    bill = [(-2, 4), (-2, 2), (-2, 1), (-2, 2), (-4, 1)]
    jack = [(10, -1), (4, -1), (6, -2), (2, -2)]
    problem = BargainingProblem.additive([[(0, 0), good] for good in bill + jack], (0, 0), lotteries=True)
    solution = solve_problem(problem)
    assert solution.gains[0] * solution.gains[1] >= 60
    assert solution.certificate.gap <= 1e-12


@pytest.mark.parametrize("rule", CLASSIC)
def test_additive_lotteries_are_the_minkowski_sum_of_the_issues_hulls(rule):
    """All combinations of the corners of the issues' hulls, listed as deals, give the same answer."""
    rng = random.Random(rule)
    for _ in range(25):
        issues = [[(rng.randint(-4, 6), rng.randint(-4, 6)) for _ in range(rng.randint(1, 4))] for _ in range(3)]
        package = BargainingProblem.additive(issues, (0, 0), lotteries=True)
        sums = [tuple(map(sum, zip(*choice, strict=True))) for choice in itertools.product(*issues)]
        expected = oracle(sums, (0, 0), rule, (1, 1))
        solution = solve_problem(package, rule)
        assert (solution.status is Status.NO_DEAL) == (expected is None)
        if expected is not None:
            assert any(np.allclose(solution.gains, np.array(v, float), rtol=0, atol=1e-12) for v in expected)


def test_frontier_of_lotteries_has_the_corners_of_the_upper_hull():
    points = [(0, 4), (1, 1), (2, 3), (4, 0), (1, 3), (3, 2), (2, 3), (-1, 4)]
    found = frontier(BargainingProblem.from_points(points, (0, 0), lotteries=True))
    assert found.lotteries
    assert found.payoffs.tolist() == [[0.0, 4.0], [2.0, 3.0], [3.0, 2.0], [4.0, 0.0]]
    assert found.deals == (0, 2, 5, 3)
