"""All efficient deals by elimination against the definition, applied to every deal in exact fractions."""

from dataclasses import replace

import numpy as np
import pytest
from linked_problems import KINDS, all_deals, chain_problem, linked_problem

import bargain.games.support_function as support_module
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.games.grouped_pareto import undominated_in_groups
from bargain.games.linked_deals import ChosenDeals, frontier_outlook
from bargain.games.pareto import undominated
from bargain.games.pareto_elimination import Outlook, efficient_linked_deals
from bargain.games.support_function import SupportFunction
from bargain.games.supported_deals import supported_frontier

PROBLEMS = 30


def efficient(payoffs):
    values = set(payoffs.values())
    best = {v for v in values if not any(w != v and all(a >= b for a, b in zip(w, v, strict=True)) for w in values)}
    return {deal for deal, value in payoffs.items() if value in best}


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_elimination_finds_all_efficient_deals_with_all_ways(kind, bounded):
    rng = np.random.default_rng(6)
    for _ in range(PROBLEMS):
        players = 2 if bounded else int(rng.integers(2, 5))
        problem = linked_problem(rng, kind, players)
        payoffs = {x: problem.feasible.exact_payoffs(x) for x in all_deals(problem)}
        support = SupportFunction(problem.feasible, "elimination")
        margin = np.zeros(players) if problem.exact else 1e-13 * support.reach
        known = supported_frontier(support) if bounded else ()
        outlook = frontier_outlook(known) if len(known) else None
        found = efficient_linked_deals(support, margin, outlook)
        listed = [tuple(deal) for row in range(len(found.points)) for deal in found.deals_of(row, 10**6).tolist()]
        assert sum(found.count(row) for row in range(len(found.points))) == len(listed) == len(set(listed))
        if problem.exact:
            assert set(listed) == efficient(payoffs)
        else:
            assert set(listed) >= efficient(payoffs)


@pytest.mark.parametrize("players", [2, 3])
def test_grouped_filter_is_the_filter_group_by_group(players):
    rng = np.random.default_rng(7)
    for _ in range(60):
        count = int(rng.integers(1, 60))
        points = rng.integers(0, 6, (count, players)).astype(float)
        groups = rng.integers(0, 4, count)
        margin = rng.integers(0, 2, players) * 0.5
        expected = [
            row
            for group in range(4)
            for row in np.flatnonzero(groups == group)[undominated(points[groups == group], margin)].tolist()
        ]
        assert sorted(undominated_in_groups(points, groups, margin).tolist()) == sorted(expected)


def test_ties_without_number_are_counted_and_listed_up_to_a_limit():
    problem = chain_problem(0, 30, 3, 4)
    flat = tuple((levers, np.zeros_like(payoffs)) for levers, payoffs in problem.feasible.terms)
    support = SupportFunction(replace(problem.feasible, terms=flat))
    found = efficient_linked_deals(support, np.zeros(2))
    chosen = ChosenDeals.of(support, [found])
    assert chosen.count(0) == 3**30
    assert len(chosen.deals_of(0, 50)) == 50


def test_a_limit_on_the_work_is_kept():
    problem = chain_problem(1, 12, 11, 6)
    with pytest.raises(LimitError, match="too many parts"):
        efficient_linked_deals(problem.feasible.support, np.zeros(2), most_rows=1_000)
    small = SupportFunction(replace(problem.feasible, memory_limit=problem.feasible.support.bytes))
    with pytest.raises(LimitError, match="do not fit into memory"):
        efficient_linked_deals(small, np.zeros(2))


def test_an_outlook_keeps_what_it_is_told_to_keep():
    problem = chain_problem(2, 8, 5, 3)
    support = SupportFunction(problem.feasible, "elimination")
    everything = efficient_linked_deals(support, np.zeros(2))
    least = np.sort(everything.points[:, 0])[len(everything.points) // 2]
    outlook = Outlook(np.eye(2), lambda most: most[:, 0] >= least)
    kept = efficient_linked_deals(support, np.zeros(2), outlook)
    expected = everything.points[everything.points[:, 0] >= least]
    assert sorted(map(tuple, kept.points.tolist())) == sorted(map(tuple, expected.tolist()))
    # Nothing can matter.
    assert not len(
        efficient_linked_deals(support, np.zeros(2), Outlook(np.eye(2), lambda most: most[:, 0] > 1e9)).points
    )


@pytest.mark.parametrize("method", ["elimination", "branch and bound"])
def test_a_part_that_varies_little_is_added_up_exactly_with_parts_that_vary_much(method, monkeypatch):
    """It is counted in floats, which rounded its sums with parts of 10^18: deals were lost (found by nightly)."""
    large = [[[10**18 + 1, 10**18 + 3], [10**18 + 3, 10**18 + 1]], [[10**18 + 3, 10**18 + 1], [10**18 + 1, 10**18 + 3]]]
    other = [[-(10**18) - 1, 0], [0, -(10**18) - 2]]
    problem = BargainingProblem.factored((2, 2, 2), [((0, 1), large), ((2,), other)], (0, 0))
    expected = problem.feasible.efficient
    with monkeypatch.context() as changed:
        changed.setattr(support_module, "_preferred", lambda *_: method)
        changed.setattr(support_module, "_LARGE_TABLE", 0)
        changed.setattr(FiniteDeals, "lists", lambda _, levers: len(levers) < 2)
        found = replace(problem.feasible).efficient
    assert found.points.tolist() == expected.points.tolist()
