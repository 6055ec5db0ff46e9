"""Every rule on finite deals against brute force in exact fractions, on more than a thousand random problems.

The oracle below is the definition of each rule, applied to every deal, in `fractions.Fraction`; it shares nothing with
the package.
"""

import math
import os
import random
from fractions import Fraction

import numpy as np
import pytest

from bargain.games.bargaining import BargainingProblem
from bargain.results import Status
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import RULES, rules_for, solve_problem

PROBLEMS_PER_KIND = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
"""At night 3,300 problems in all, of two to five players; eleven times this number."""

DEALS = rules_for("deals")


def dominates(a, b):
    return all(x >= y for x, y in zip(a, b, strict=True)) and any(x > y for x, y in zip(a, b, strict=True))


def pareto(points):
    return [k for k, point in enumerate(points) if not any(dominates(other, point) for other in points)]


def rational(points, d):
    return [k for k, point in enumerate(points) if all(u >= v for u, v in zip(point, d, strict=True))]


def gains(point, d):
    return [Fraction(u) - Fraction(v) for u, v in zip(point, d, strict=True)]


def ideal_gains(points, d):
    return [max(Fraction(points[k][i]) - d[i] for k in rational(points, d)) for i in range(len(d))]


def power_weights(weights):
    """Whole numbers in the ratio of the weights."""
    common = math.lcm(*(weight.denominator for weight in weights))
    return [int(weight * common) for weight in weights]


def nash_key(points, d, weights):
    ideal = ideal_gains(points, d)
    powers = power_weights(weights)

    def key(k):
        v = gains(points[k], d)
        product = Fraction(1)
        for gain, top, power in zip(v, ideal, powers, strict=True):
            if gain > 0:
                product *= (gain / top) ** power
        return (sum(power for gain, power in zip(v, powers, strict=True) if gain > 0), product)

    return key


def kalai_smorodinsky_key(points, d, weights):
    ideal = ideal_gains(points, d)
    return lambda k: sorted(gain / top for gain, top in zip(gains(points[k], d), ideal, strict=True) if top > 0)


def egalitarian_key(points, d, weights):
    return lambda k: sorted(gain / Fraction(w) for gain, w in zip(gains(points[k], d), weights, strict=True))


def utilitarian_key(points, d, weights):
    return lambda k: sum(Fraction(w) * u for w, u in zip(weights, points[k], strict=True))


def equal_loss_key(points, d, weights):
    ideal = ideal_gains(points, d)
    return lambda k: sorted(gain - top for gain, top in zip(gains(points[k], d), ideal, strict=True))


KEYS = {
    "nash": nash_key,
    "kalai-smorodinsky": kalai_smorodinsky_key,
    "egalitarian": egalitarian_key,
    "utilitarian": utilitarian_key,
    "equal-loss": equal_loss_key,
    # Without a reference point the rule starts from disagreement.
    "gupta-livne": kalai_smorodinsky_key,
}


def brute_force(rule, points, d, weights):
    """Return the row numbers of all deals that the rule ranks first; empty for no deal."""
    rows = rational(points, d)
    if not any(u > v for k in rows for u, v in zip(points[k], d, strict=True)):
        return []
    key = KEYS[rule](points, d, weights)
    best = max(key(k) for k in rows)
    return [k for k in rows if key(k) == best]


def draw(rng, kind):
    """Draw points, disagreement and weights as exact numbers: many ties, repeats, players who cannot gain."""
    num_players = rng.choice([2, 2, 2, 3, 3, 4, 5])
    num_deals = rng.randint(1, 14)
    top = rng.choice([1, 2, 3, 6, 20])
    if kind == "fractions":
        number = lambda: Fraction(rng.randint(-top, top), rng.choice([1, 2, 3, 7]))  # noqa: E731
    elif kind == "beyond floats":
        number = lambda: 2**60 + rng.randint(-top, top)  # noqa: E731
    elif kind == "wide fractions":
        number = lambda: Fraction(rng.randint(-top, top), 1) + Fraction(rng.randint(0, 2), 10**25 + 7)  # noqa: E731
    else:
        number = lambda: rng.randint(-top, top)  # noqa: E731
    points = [tuple(number() for _ in range(num_players)) for _ in range(num_deals)]
    points += [rng.choice(points) for _ in range(rng.choice([0, 0, 1, 2]))]
    place = rng.choice(["inside", "low", "a deal", "high", "no gain"])
    columns = list(zip(*points, strict=True))
    if place == "inside":
        d = [rng.choice(column) for column in columns]
    elif place == "low":
        d = [min(column) - rng.randint(0, 2) for column in columns]
    elif place == "a deal":
        d = list(rng.choice(points))
    elif place == "high":
        d = [max(column) - rng.randint(-1, 1) for column in columns]
    else:
        stuck = rng.randrange(num_players)
        d = [max(column) if i == stuck else min(column) for i, column in enumerate(columns)]
    weights = [rng.randint(1, 4) for _ in range(num_players)] if rng.random() < 0.5 else [1] * num_players
    return points, d, weights


def check(problem, points, d, weights):
    total = sum(weights)
    assert sorted(frontier(problem).deals) == pareto(points)
    for rule in DEALS:
        given = weights if RULES[rule].weighted else None
        solution = solve_problem(problem, rule, given)
        expected = brute_force(rule, points, d, [Fraction(w, total) for w in weights])
        assert [tie.deal for tie in solution.ties] == expected, rule
        assert (solution.status is Status.NO_DEAL) == (not expected)
        if expected:
            assert solution.deal == expected[0]
        yield rule, solution, points[expected[0]] if expected else tuple(d)


@pytest.mark.parametrize("kind", ["integers", "fractions", "beyond floats", "wide fractions"])
@pytest.mark.parametrize("seed", range(2))
def test_exact_problems_equal_brute_force(kind, seed):
    rng = random.Random(f"{kind} {seed}")
    for _ in range(PROBLEMS_PER_KIND // 2):
        points, d, weights = draw(rng, kind)
        problem = BargainingProblem.from_points(points, d)
        assert problem.exact
        for _, solution, payoffs in check(problem, points, d, weights):
            if problem.fractional:
                assert solution.payoffs == payoffs
                assert all(isinstance(u, Fraction) for u in solution.payoffs)
            else:
                assert solution.payoffs == tuple(float(u) for u in payoffs)
                assert solution.gains == tuple(float(u - v) for u, v in zip(payoffs, d, strict=True))


@pytest.mark.parametrize("kind", ["integers", "fractions"])
@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12, "different"])
def test_float_problems_in_any_unit_have_the_deals_and_ties_of_the_exact_problem(kind, unit):
    rng = random.Random(f"{kind} {unit}")
    for _ in range(PROBLEMS_PER_KIND // 2):
        points, d, weights = draw(rng, kind)
        units = [10.0 ** rng.randint(-12, 12) if unit == "different" else unit for _ in d]
        floats = np.array(points, float) * units
        problem = BargainingProblem.from_points(floats, np.array(d, float) * units)
        assert not problem.exact
        total = sum(weights)
        assert sorted(frontier(problem).deals) == pareto(points)
        for rule in DEALS:
            if unit == "different" and "scale-invariance" not in RULES[rule].axioms:
                continue  # these compare players, so they depend on the ratio of units
            solution = solve_problem(problem, rule, weights if RULES[rule].weighted else None)
            expected = brute_force(rule, points, d, [Fraction(w, total) for w in weights])
            assert [tie.deal for tie in solution.ties] == expected, (rule, points, d, weights)


def test_float_problems_with_a_large_offset_have_the_same_deals():
    rng = random.Random(11)
    for _ in range(PROBLEMS_PER_KIND):
        points, d, weights = draw(rng, "integers")
        offset = np.array([rng.choice([-1e6, 1e6, 3e5]) for _ in d])
        # Multiples of 0.1 far from zero: their floats carry rounding errors of 1e-10 and more.
        problem = BargainingProblem.from_points(np.array(points) * 0.1 + offset, np.array(d) * 0.1 + offset)
        for rule in DEALS:
            solution = solve_problem(problem, rule, weights if RULES[rule].weighted else None)
            expected = brute_force(rule, points, d, [Fraction(w, sum(weights)) for w in weights])
            assert [tie.deal for tie in solution.ties] == expected, (rule, points, d, weights)


def random_terms(rng, num_players, sizes):
    """Draw terms over random sets of levers, some of them linking two or three."""
    terms = []
    for _ in range(rng.randint(1, 5)):
        levers = rng.sample(range(len(sizes)), rng.randint(0, min(3, len(sizes))))
        shape = (num_players, *(sizes[lever] for lever in levers))
        terms.append((tuple(levers), np.array([rng.randint(-3, 3) for _ in range(int(np.prod(shape)))]).reshape(shape)))
    return terms


@pytest.mark.parametrize("as_floats", [False, True], ids=["integers", "tenths as floats"])
def test_factored_problems_equal_the_enumeration_of_all_their_deals(as_floats):
    rng = random.Random(5)
    for _ in range(PROBLEMS_PER_KIND):
        num_players = rng.choice([2, 2, 3, 4])
        sizes = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
        terms = random_terms(rng, num_players, sizes)
        deals = list(np.ndindex(*sizes))
        points = [
            tuple(
                sum(int(table[(i, *(deal[lever] for lever in levers))]) for levers, table in terms)
                for i in range(num_players)
            )
            for deal in deals
        ]
        d = (
            points[rng.randrange(len(points))]
            if rng.random() < 0.7
            else tuple(rng.randint(-4, 2) for _ in range(num_players))
        )
        # A tenth has no exact float, and sums of tenths differ by the order in which they are added.
        unit = 0.1 if as_floats else 1
        problem = BargainingProblem.factored(
            sizes, [(levers, table * unit) for levers, table in terms], [v * unit for v in d]
        )
        assert sorted(frontier(problem).deals) == [deals[k] for k in pareto(points)]
        for rule in DEALS:
            solution = solve_problem(problem, rule)
            expected = brute_force(rule, points, d, [Fraction(1, num_players)] * num_players)
            assert [tie.deal for tie in solution.ties] == [deals[k] for k in expected], (rule, points, d)
            for tie in solution.ties:
                assert tie.payoffs == pytest.approx([float(u) * unit for u in points[deals.index(tie.deal)]], abs=1e-12)


def test_weights_without_a_simple_ratio_are_compared_to_many_digits():
    """gains (2, 8) against (4, 4): with weights (w, 1 - w) the first is better iff w < 1/2."""
    for shift, expected in ((-1e-15, 0), (1e-15, 1)):
        weights = (0.5 + shift, 0.5 - shift)
        assert solve_problem(BargainingProblem.from_points([(2, 8), (4, 4)], (0, 0)), "nash", weights).deal == expected


@pytest.mark.parametrize("third", [[], [0.5]])
def test_the_rounding_of_one_player_in_large_units_hides_no_gain_of_another(third):
    """Equal gains compare units: a gain of 1e-12 is more than none, whatever the rounding of payoffs of 1e12 is."""
    problem = BargainingProblem.from_points(
        [(0.0, 1.8e12, *third), (1e-12, 0.8e12, *third)], (0.0, 0.0, *(third and [0]))
    )
    assert solve_problem(problem, "egalitarian").deal == 1
