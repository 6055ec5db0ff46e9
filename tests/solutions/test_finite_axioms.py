"""Laws of bargaining theory on finite deals, which need no convexity."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bargain.games.bargaining import BargainingProblem
from bargain.results import Status
from bargain.solutions.rules import RULES, rules_for, solve_problem

SEVERAL = st.integers(2, 4)
NUMBERS = st.integers(-16, 16).map(lambda eighths: eighths / 8)


@st.composite
def finite_problems(draw, players=SEVERAL, max_deals=9):
    """Points and disagreement in multiples of 1/8: exact in floats, with many ties."""
    count = draw(players)
    points = draw(st.lists(st.tuples(*[NUMBERS] * count), min_size=1, max_size=max_deals))
    disagreement = draw(st.tuples(*[st.integers(-16, 4).map(lambda eighths: eighths / 8)] * count))
    return np.array(points), np.array(disagreement)


def choice(points, disagreement, rule, weights=None):
    """All tied deals of a rule; empty for no deal."""
    return [tie.deal for tie in solve_problem(BargainingProblem.from_points(points, disagreement), rule, weights).ties]


EVERY_RULE = pytest.mark.parametrize("rule", rules_for("deals"))


@EVERY_RULE
@given(finite_problems())
def test_nobody_loses_and_nothing_dominates(rule, problem):
    points, d = problem
    rational = points[(points >= d).all(axis=1)]
    chosen = choice(points, d, rule)
    assert bool(chosen) == bool((rational > d).any())
    for deal in chosen:
        assert (points[deal] >= d).all()
        assert not ((points >= points[deal]).all(axis=1) & (points > points[deal]).any(axis=1)).any()


@pytest.mark.parametrize("rule", [name for name in rules_for("deals") if "scale-invariance" in RULES[name].axioms])
@given(
    finite_problems(), st.lists(st.integers(-12, 12), min_size=4, max_size=4), st.lists(NUMBERS, min_size=4, max_size=4)
)
def test_units_and_zeros_of_payoffs_do_not_matter(rule, problem, exponents, shifts):
    points, d = problem
    unit = 10.0 ** np.array(exponents[: len(d)])
    shift = np.array(shifts[: len(d)]) * unit
    assert choice(points * unit + shift, d * unit + shift, rule) == choice(points, d, rule)


@EVERY_RULE
@given(finite_problems(), st.sampled_from([1e-12, 1e-3, 7.0, 1e12]))
def test_a_common_unit_does_not_matter_to_any_rule(rule, problem, unit):
    points, d = problem
    assert choice(points * unit, d * unit, rule) == choice(points, d, rule)


@EVERY_RULE
@given(finite_problems(), st.randoms(use_true_random=False))
def test_renaming_players_and_deals_renames_the_answer(rule, problem, random):
    points, d = problem
    players, deals = list(range(len(d))), list(range(len(points)))
    random.shuffle(players)
    random.shuffle(deals)
    renamed = choice(points[deals][:, players], d[players], rule)
    assert sorted(deals[k] for k in renamed) == choice(points, d, rule)


@EVERY_RULE
@given(finite_problems(players=st.just(2)))
def test_a_symmetric_problem_has_a_symmetric_set_of_answers(rule, problem):
    points, d = problem
    both = np.concatenate([points, points[:, ::-1]])
    chosen = {tuple(both[deal]) for deal in choice(both, np.full(2, d.max()), rule)}
    assert {point[::-1] for point in chosen} == chosen


@pytest.mark.parametrize("rule", ["nash", "egalitarian", "utilitarian"])
@given(finite_problems(), st.data())
def test_deals_that_were_not_chosen_are_irrelevant(rule, problem, data):
    """The ideal point decides between deals that leave somebody without a gain, so Nash needs a positive product."""
    points, d = problem
    chosen = choice(points, d, rule)
    assume(chosen)
    assume(rule != "nash" or (points[chosen[0]] > d).all())
    kept = sorted({*chosen, *data.draw(st.lists(st.integers(0, len(points) - 1)))})
    assert [kept[k] for k in choice(points[kept], d, rule)] == chosen


def test_kalai_smorodinsky_depends_on_irrelevant_alternatives():
    points = np.array([(10.0, 1.0), (5.0, 3.0), (4.0, 6.0)])
    assert choice(points, (0, 0), "kalai-smorodinsky") == [1]
    assert choice(points[1:], (0, 0), "kalai-smorodinsky") == [1]


def test_midpoint_domination_fails_without_lotteries():
    solution = solve_problem(BargainingProblem.from_points([(4, 0), (1, 1), (0, 4)], (0, 0)))
    assert solution.gains == (1.0, 1.0)


@given(finite_problems(), st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_weighted_nash_is_nash_of_replicated_players(problem, powers):
    """Kalai (1977): weights are what players get when they are copied that many times."""
    points, d = problem
    powers = powers[: len(d)]
    copies = np.repeat(np.arange(len(d)), powers)
    assume(not len(choice(points, d, "nash")) or (points[choice(points, d, "nash")[0]] > d).all())
    assert choice(points, d, "nash", powers) == choice(points[:, copies], d[copies], "nash")


@EVERY_RULE
@given(finite_problems())
def test_exact_problems_and_their_floats_agree(rule, problem):
    points, d = problem
    exact = [[Fraction(value) for value in point] for point in points.tolist()]
    found = solve_problem(BargainingProblem.from_points(exact, [Fraction(value) for value in d.tolist()]), rule)
    assert [tie.deal for tie in found.ties] == choice(points, d, rule)
    if found.status is not Status.NO_DEAL:
        assert found.payoffs == tuple(exact[found.deal])


@EVERY_RULE
@given(st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_package_of_separable_issues_is_the_list_of_all_combinations(rule, issues):
    package = BargainingProblem.additive(issues, (0.0, 0.0))
    deals = list(np.ndindex(*package.feasible.sizes))
    listed = BargainingProblem.from_points(package.feasible.payoffs(deals), (0.0, 0.0))
    assert [tie.deal for tie in solve_problem(package, rule).ties] == [
        deals[tie.deal] for tie in solve_problem(listed, rule).ties
    ]
