"""The support function by every method against all deals looked at one by one, in exact fractions."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from linked_problems import KINDS, all_deals, chain_problem, linked_problem

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.elimination_order import elimination_order
from bargain.games.support_function import SupportFunction
from bargain.games.supported_deals import supported_frontier

PROBLEMS = 40


def weighted(weights, payoffs):
    return sum(Fraction(w) * Fraction(u) for w, u in zip(weights, payoffs, strict=True))


@pytest.mark.parametrize("method", ["enumeration", "elimination"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_maximum_is_that_of_all_deals(kind, method):
    rng = np.random.default_rng(1)
    for _ in range(PROBLEMS):
        players = int(rng.integers(2, 6))
        problem = linked_problem(rng, kind, players)
        weights = [int(weight) * 10 ** int(rng.integers(0, 20)) for weight in rng.integers(0, 4, players)]
        values = {x: weighted(weights, problem.feasible.exact_payoffs(x)) for x in all_deals(problem)}
        support = SupportFunction(problem.feasible, method)
        found = support.maximise(weights)
        if not values:
            assert found is None
            continue
        assert found.deal in values
        if problem.exact:
            assert (found.value, found.error) == (max(values.values()), 0.0)
        else:
            assert float(max(values.values())) - found.value <= found.error + 1e-12 * abs(found.value)
            scale = max(abs(float(value)) for value in values.values()) or 1.0
            assert found.error <= 1e-11 * scale + 1e-10 * sum(weights) * float(support.reach.max())


@pytest.mark.parametrize("method", ["enumeration", "elimination"])
def test_all_deals_that_attain_the_maximum_are_listed_and_counted(method):
    rng = np.random.default_rng(2)
    most = 0
    for _ in range(60):
        problem = linked_problem(rng, ("integers", "fractions")[int(rng.integers(2))], 2)
        weights = [int(weight) for weight in rng.integers(0, 3, 2)]
        values = {x: weighted(weights, problem.feasible.exact_payoffs(x)) for x in all_deals(problem)}
        support = SupportFunction(problem.feasible, method)
        whole = support.whole_weights(weights)
        best = sorted(x for x, value in values.items() if value == max(values.values()))
        assert sorted(map(tuple, support.all_best(whole, 10**6).tolist())) == best
        assert support.count_best(whole) == len(best)
        assert len(support.all_best(whole, 2)) == min(2, len(best))
        most = max(most, len(best))
    assert most > 5


def test_near_best_deals_are_those_within_the_slack():
    rng = np.random.default_rng(3)
    for _ in range(20):
        problem = linked_problem(rng, "tiny units", 2)
        deals = all_deals(problem)
        if not deals:
            continue
        totals = problem.feasible.payoffs(deals).sum(axis=1)
        slack = 0.3 * np.ptp(totals)
        support = SupportFunction(problem.feasible, "elimination")
        found = support.near_best(np.ones(2), slack, 10**6)
        expected = [x for x, total in zip(deals, totals, strict=True) if total >= totals.max() - slack]
        assert sorted(map(tuple, found.tolist())) == expected


def test_the_integer_program_agrees_with_elimination():
    rng = np.random.default_rng(4)
    for _ in range(12):
        problem = linked_problem(rng, "integers", 3)
        weights = [int(weight) for weight in rng.integers(0, 4, 3)]
        one = SupportFunction(problem.feasible, "integer program").maximise(weights)
        two = SupportFunction(problem.feasible, "elimination").maximise(weights)
        assert (one is None) == (two is None)
        if one is not None:
            assert problem.feasible.allowed(one.deal)[0]
            assert abs(one.value - float(two.value)) <= 1e-6


def test_predicted_memory_decides_which_method_is_used():
    problem = chain_problem(0, 12, 11, 6)
    chosen = SupportFunction(problem.feasible)
    assert (chosen.method, chosen.bytes < 10**7) == ("elimination", True)
    assert "variable elimination over 12 levers" in chosen.description
    tight = replace(problem.feasible, memory_limit=chosen.bytes - 1)
    with pytest.raises(LimitError, match="width"):
        SupportFunction(tight, "elimination")
    pairs = [((i, j), np.random.default_rng(i * 20 + j).integers(0, 9, (2, 4, 4))) for i in range(9) for j in range(i)]
    dense = BargainingProblem.factored((4,) * 9, [((a, b), t) for (a, b), t in pairs], (0, 0)).feasible
    dense = replace(dense, memory_limit=2**20)
    support = SupportFunction(dense)
    assert support.method == "branch and bound"
    assert support.exact
    assert not SupportFunction(dense, "integer program").exact
    assert SupportFunction(BargainingProblem.from_points([(1, 2)], (0, 0)).feasible).method == "enumeration"
    with pytest.raises(ValueError, match="unknown method"):
        SupportFunction(dense, "magic")


@pytest.mark.parametrize(
    ("links", "width"),
    [
        ([(k, k + 1) for k in range(9)], 1),
        ([(0, k) for k in range(1, 10)], 1),
        ([(k, (k + 1) % 10) for k in range(10)], 2),
        ([(i, j) for i in range(5) for j in range(i)], 4),
        ([(i, j) for i in range(4) for j in range(4, 8)], 4),
        ([], 0),
    ],
    ids=["path", "star", "ring", "complete", "bipartite", "none"],
)
def test_the_width_of_known_graphs(links, width):
    plan = elimination_order((2,) * 10, links)
    assert plan.width == width
    assert sorted(plan.order) == list(range(10))


def hull(points):
    kept = []
    for point in sorted(set(points)):
        while kept and kept[-1][1] <= point[1]:
            kept.pop()
        while len(kept) > 1 and (kept[-1][0] - kept[-2][0]) * (point[1] - kept[-2][1]) >= (
            kept[-1][1] - kept[-2][1]
        ) * (point[0] - kept[-2][0]):
            kept.pop()
        kept.append(point)
    return kept


@pytest.mark.parametrize("kind", KINDS)
def test_the_supported_frontier_is_the_upper_right_hull(kind):
    rng = np.random.default_rng(5)
    for _ in range(PROBLEMS):
        problem = linked_problem(rng, kind, 2)
        payoffs = {x: problem.feasible.exact_payoffs(x) for x in all_deals(problem)}
        corners = hull(payoffs.values())
        found = supported_frontier(SupportFunction(problem.feasible, "elimination"))
        points = [problem.feasible.exact_payoffs(row) for row in found.rows.tolist()]
        if not problem.exact:
            size = max([abs(float(value)) for point in corners for value in point] + [1e-300])
            assert len(points) == len(corners)
            assert np.allclose(np.array(points, float) / size, np.array(corners, float) / size, atol=1e-12)
            continue
        assert points == corners
        for row, corner in enumerate(corners):
            same = sorted(x for x, value in payoffs.items() if value == corner)
            assert (found.deals_of(row, 10**6), found.count(row)) == (same, len(same))


def test_points_on_an_edge_are_not_corners():
    diagonal = [((k,), [[0, 1], [1, 0]]) for k in range(14)] + [((0, 1), np.zeros((2, 2, 2), int))]
    found = supported_frontier(BargainingProblem.factored((2,) * 14, diagonal, (0, 0)).feasible.support)
    assert found.points.tolist() == [[0.0, 14.0], [14.0, 0.0]]


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_the_unit_of_payoff_does_not_matter(factor):
    problem = chain_problem(3, 10, 7, 3)
    scaled = replace(
        problem.feasible, terms=tuple((levers, factor * payoffs) for levers, payoffs in problem.feasible.terms)
    )
    assert supported_frontier(SupportFunction(scaled)).rows.tolist() == problem.feasible.supported.rows.tolist()


def test_directions_are_checked():
    deals = BargainingProblem.from_points([(1, 2)], (0, 0)).feasible
    for wrong in ((1,), (1, math.nan)):
        with pytest.raises(ValueError, match="2 finite numbers"):
            deals.support.maximise(wrong)
