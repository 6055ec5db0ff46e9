"""Branch and bound against enumeration in exact fractions, on dense linkages, and on sets that nobody enumerates."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from dense_problems import DENSE_KINDS, dense_problem, large_dense_problem
from linked_problems import all_deals

import bargain.games.branch_and_bound as branching
import bargain.games.support_function as support_module
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.branch_and_bound import BranchAndBound
from bargain.games.finite_deals import FiniteDeals
from bargain.games.pairwise_form import merged_levers
from bargain.games.support_function import SupportFunction
from bargain.games.triangle_deals import ListedDeals, triangle_deals

PROBLEMS = 12


def efficient(payoffs):
    values = set(payoffs.values())
    best = {v for v in values if not any(w != v and all(a >= b for a, b in zip(w, v, strict=True)) for w in values)}
    return {deal for deal, value in payoffs.items() if value in best}


@pytest.mark.parametrize("kind", DENSE_KINDS)
def test_maxima_and_all_their_deals_are_those_of_enumeration(kind):
    rng = np.random.default_rng(1)
    for _ in range(PROBLEMS):
        problem = dense_problem(rng, kind, int(rng.integers(2, 5)))
        deals = problem.feasible
        found, listed = SupportFunction(deals, "branch and bound"), SupportFunction(deals, "enumeration")
        for _ in range(3):
            weights = rng.integers(-3, 4, deals.num_players).tolist()
            if kind == "wide":
                weights = [weight * 10 ** int(rng.integers(0, 20)) for weight in weights]
            mine, expected = found.maximise(weights), listed.maximise(weights)
            assert (mine is None) == (expected is None)
            if mine is None:
                continue
            if problem.exact:
                assert mine.value == expected.value
            else:
                assert abs(mine.value - expected.value) <= mine.error
            scaled = found.whole_weights(weights) if problem.exact else found.in_units(np.array(weights, float))
            ties = sorted(map(tuple, listed.all_best(scaled, 10**6).tolist()))
            assert sorted(map(tuple, found.all_best(scaled, 10**6).tolist())) == ties
            assert found.count_best(scaled) == len(ties)
            assert len(found.all_best(scaled, 2)) == min(2, len(ties))
            bound = found.best_bound(np.array(found.in_units(np.array([weights], float))[0]))
            assert bound >= float(listed.best_bound(listed.in_units(np.array([weights], float))[0])) - 2 * mine.error


@pytest.mark.parametrize("kind", DENSE_KINDS)
def test_triangles_hold_all_efficient_deals_with_all_ways(kind):
    rng = np.random.default_rng(2)
    for _ in range(PROBLEMS):
        problem = dense_problem(rng, kind)
        payoffs = {x: problem.feasible.exact_payoffs(x) for x in all_deals(problem)}
        support = SupportFunction(problem.feasible, "branch and bound")
        margin = np.zeros(2) if problem.exact else 1e-13 * support.reach
        found = triangle_deals(support, margin)
        listed = [tuple(deal) for row in range(len(found.points)) for deal in found.deals_of(row, 10**6).tolist()]
        assert sum(found.count(row) for row in range(len(found.points))) == len(listed) == len(set(listed))
        if problem.exact:
            assert set(listed) == efficient(payoffs)
            assert len(found.points) == len({payoffs[deal] for deal in listed})
        else:
            assert set(listed) >= efficient(payoffs)


@pytest.mark.parametrize("kind", DENSE_KINDS)
def test_the_whole_problem_takes_this_way_and_says_the_same(kind, monkeypatch):
    rng = np.random.default_rng(3)
    searched = 0
    monkeypatch.setattr(support_module, "_LISTED", 0)
    monkeypatch.setattr(support_module, "_LARGE_TABLE", 0)
    for _ in range(PROBLEMS):
        problem = dense_problem(rng, kind)
        expected = problem.feasible.efficient
        with monkeypatch.context() as changed:
            changed.setattr(FiniteDeals, "lists", lambda _, levers: len(levers) < 2)
            found = replace(problem.feasible).efficient
        if problem.exact:
            assert found.points.tolist() == expected.points.tolist()
        else:
            size = np.abs(expected.points).max(initial=0.0)
            np.testing.assert_allclose(found.points, expected.points, rtol=0, atol=1e-13 * size)
        assert [found.count(k) for k in range(len(found))] == [expected.count(k) for k in range(len(expected))]
        for row in range(len(found)):
            assert found.deals_of(row, 10**6) == expected.deals_of(row, 10**6)
        searched += any(isinstance(part, ListedDeals) for part in found.linked.values())
    assert searched > PROBLEMS // 2


def test_dense_sets_are_searched_by_branch_and_bound_and_elimination_agrees():
    problem = large_dense_problem(4, 6, 8)
    support = SupportFunction(problem.feasible)
    assert support.method == "branch and bound"
    eliminated = SupportFunction(problem.feasible, "elimination")
    weights = np.random.default_rng(5).normal(size=(10, 2))
    assert support.points(support.best(weights)) == pytest.approx(eliminated.points(eliminated.best(weights)))
    program = SupportFunction(problem.feasible, "integer program")
    assert program.best_bound(weights[0]) == pytest.approx(
        support.best_bound(weights[0]), abs=2 * program.rounding(weights[:1])[0]
    )


@pytest.mark.parametrize("whole", [False, True])
def test_no_deal_of_a_set_of_ten_billion_beats_the_list(whole):
    problem = large_dense_problem(6, 10, 10, whole=whole)
    found = problem.feasible.efficient
    rng = np.random.default_rng(7)
    rows = rng.integers(0, 10, (200_000, 10))
    # Drawn deals, and the neighbours of efficient ones.
    mine = np.array([deal for row in range(len(found)) for deal in found.deals_of(row, 100)])
    near = np.repeat(mine, 100, axis=0)
    near[np.arange(len(near)), np.tile(np.repeat(np.arange(10), 10), len(mine))] = np.tile(
        np.arange(10), 10 * len(mine)
    )
    payoffs = problem.feasible.payoffs(np.concatenate([rows, near]))
    known = problem.feasible.payoffs(mine)
    for point in known:
        better = (payoffs >= point - 1e-9).all(axis=1) & (payoffs > point + 1e-9).any(axis=1)
        assert not better.any()
    listed = set(map(tuple, mine.tolist()))
    for row, point in zip(near.tolist(), payoffs[len(rows) :], strict=True):
        beaten = (known >= point - 1e-9).all(axis=1).any()
        assert beaten or tuple(row) in listed


def test_limits_say_what_is_proven(monkeypatch):
    problem = large_dense_problem(8, 9, 9)
    support = SupportFunction(problem.feasible, "branch and bound")
    monkeypatch.setattr(branching, "MOST_PARTS", 1_000)
    monkeypatch.setattr(branching, "PARTS_AT_ONCE", 500)
    with pytest.raises(LimitError, match=r"the best found has .*, and no deal has a weighted sum of payoffs above"):
        support.best(np.ones((1, 2)))
    with pytest.raises(LimitError, match="may be efficient, so that not all were listed"):
        support.engine.above(np.ones(2), 0.0)
    with pytest.raises(LimitError, match="stopped at 1000 parts"):
        _ = problem.feasible.efficient


def test_a_search_goes_on_where_it_stopped(monkeypatch):
    problem = large_dense_problem(9, 8, 6)
    support = SupportFunction(problem.feasible, "branch and bound")
    expected = support.best(np.ones((1, 2)))
    least = float(support.engine.values(np.ones(2), expected)[0]) - 6.0
    rows = support.engine.above(np.ones(2), least)
    monkeypatch.setattr(branching, "PARTS_AT_ONCE", 97)
    assert support.best(np.ones((1, 2))).tolist() == expected.tolist()
    assert support.engine.above(np.ones(2), least).tolist() == rows.tolist()
    assert len(rows) > 10


def test_too_many_ties_are_refused_and_not_cut_off(monkeypatch):
    problem = large_dense_problem(10, 8, 4)
    flat = tuple((levers, np.zeros_like(payoffs)) for levers, payoffs in problem.feasible.terms)
    support = SupportFunction(replace(problem.feasible, terms=flat, exact=None), "branch and bound")
    monkeypatch.setattr(branching, "MOST_DEALS", 1_000)
    with pytest.raises(LimitError, match="more than 1000 deals may be efficient"):
        triangle_deals(support, np.zeros(2))
    assert len(support.all_best(np.ones(2), 50)) == 50


def test_levers_of_long_terms_are_merged_or_refused():
    assert merged_levers((2, 3, 4), [(0, 1, 2), (0, 2)]) == ((0, 1), (2,))
    assert merged_levers((2,) * 4, [(0, 1), (2, 3)]) == ((0,), (1,), (2,), (3,))
    assert merged_levers((100, 100, 100), [(0, 1, 2)]) is None
    deals = FiniteDeals((40, 40, 40), (((0, 1, 2), np.zeros((2, 40, 40, 40))),))
    with pytest.raises(LimitError, match="branch and bound over 3 levers"):
        SupportFunction(deals, "branch and bound")
    with pytest.raises(LimitError, match="too many levels"):
        BranchAndBound(deals.sizes, deals.terms, ())


def test_a_limit_leaves_out_no_deal_that_only_exact_numbers_tell_from_the_best():
    """Floats cannot tell 10^18 + 4 from 10^18 + 3: what was found first filled the list, and was then struck out."""
    near = [[[10**18 * (i == 0) + i + j for j in range(3)] for i in range(3)]] * 2
    far = [[0, 10**18, 10**18]] * 2
    problem = BargainingProblem.factored((3, 3), [((0, 1), near), ((0,), far)], (0, 0))
    support = SupportFunction(problem.feasible, "branch and bound")
    for limit in (1, 2, 9):
        assert support.all_best((1, 1), limit).tolist() == [[2, 2]]


def fractions_without_common_denominator(seed):
    """Payoffs are whole numbers of some hundred digits in the units of a common denominator."""
    rng = np.random.default_rng(seed)
    terms = [
        (pair, [[[Fraction(int(a), int(b)) for a, b in row] for row in table] for table in drawn])
        for pair in itertools.combinations(range(4), 2)
        for drawn in [np.stack([rng.integers(-(10**6), 10**6, (2, 3, 3)), rng.integers(1, 10**6, (2, 3, 3))], axis=-1)]
    ]
    return BargainingProblem.factored((3,) * 4, terms, (0, 0))


@pytest.mark.parametrize("method", ["branch and bound", "elimination"])
def test_payoffs_of_hundreds_of_digits_are_compared_without_overflow(method, monkeypatch):
    for seed in range(3):
        problem = fractions_without_common_denominator(seed)
        expected = problem.feasible.efficient
        with monkeypatch.context() as changed:
            changed.setattr(support_module, "_preferred", lambda *_: method)
            changed.setattr(support_module, "_LARGE_TABLE", 0)
            changed.setattr(FiniteDeals, "lists", lambda _, levers: len(levers) < 2)
            found = replace(problem.feasible).efficient
        assert found.units.kind == "wide"
        assert found.points.tolist() == expected.points.tolist()
