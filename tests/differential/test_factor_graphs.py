"""Every answer for sets of deals that are not listed equals the answer from listing all deals.

The listed answers are compared with oracles of their own in the other files of this folder.
"""

import os
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from linked_problems import KINDS, again, chain_problem, linked_problem

import bargain.solutions.bounded as bounded
import bargain.solutions.lotteries as lotteries
import bargain.solutions.rational as rational
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.games.support_function import SupportFunction
from bargain.results import Status
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import solve_problem

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PROBLEMS = 200 if NIGHTLY else 40
MOST = 100_000 if NIGHTLY else 400
RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")


def unlisted(problem):
    """The same problem, with a support function by elimination."""
    fresh = again(problem)
    vars(fresh.feasible)["support"] = SupportFunction(fresh.feasible, "elimination")
    return fresh


@pytest.mark.parametrize("kind", KINDS)
def test_deals_without_lotteries(kind):
    rng = np.random.default_rng(8)
    agreed = 0
    for _ in range(PROBLEMS):
        problem = linked_problem(rng, kind, int(rng.integers(2, 5)), most=MOST)
        listed = [solve_problem(again(problem), rule) for rule in RULES]
        with (
            mock.patch.object(FiniteDeals, "listable", False),
            mock.patch.object(FiniteDeals, "lists", lambda deals, levers: len(levers) < 2),
        ):
            found = [solve_problem(unlisted(problem), rule) for rule in RULES]
            efficient = frontier(unlisted(problem))
        for one, two in zip(listed, found, strict=True):
            assert (two.status, two.deal, two.payoffs) == (one.status, one.deal, one.payoffs)
            assert two.ties == one.ties
            agreed += one.status == Status.PROVED
        assert efficient.deals == frontier(problem).deals
        assert np.array_equal(efficient.payoffs, frontier(problem).payoffs)
    assert agreed > PROBLEMS


@pytest.mark.parametrize("kind", KINDS)
def test_lotteries(kind):
    rng = np.random.default_rng(9)
    for _ in range(PROBLEMS // 3):
        players = int(rng.integers(2, 6))
        problem = linked_problem(rng, kind, players, lotteries=True, most=min(MOST, 20_000))
        listed = [solve_problem(again(problem), rule) for rule in RULES]
        with (
            mock.patch.object(rational, "needs_support", return_value=True),
            mock.patch.object(lotteries, "needs_support", return_value=True),
        ):
            found = [solve_problem(unlisted(problem), rule) for rule in RULES]
            corners = frontier(unlisted(problem)) if players == 2 else None
        unit = np.abs([float(value) for one in listed for value in one.payoffs]).max() or 1.0
        for one, two in zip(listed, found, strict=True):
            assert two.agreed == one.agreed
            close = np.abs(np.array(one.payoffs, float) - np.array(two.payoffs, float)) / unit
            assert close.max() <= (1e-9 if players == 2 else 1e-7)
            assert [tie.deal for tie in two.ties] == [tie.deal for tie in one.ties]
            if problem.exact and players == 2:
                assert two.payoffs == one.payoffs
        if corners is not None:
            assert corners.deals == frontier(problem).deals


def test_a_frontier_of_three_players_lotteries_says_that_it_is_not_listed():
    problem = chain_problem(0, 9, 11, 3, players=3, lotteries=True)
    with pytest.raises(LimitError, match="a rule still finds its lottery"):
        frontier(problem)


@pytest.mark.parametrize("rule", ["nash", "egalitarian"])
def test_a_search_that_is_stopped_says_how_much_better_a_deal_might_be(rule):
    problem = chain_problem(5, 9, 7, 5, players=3)
    proved = solve_problem(again(problem), rule)
    assert proved.status == Status.PROVED
    with mock.patch.object(bounded, "_MOST_ROWS", 0):
        stopped = solve_problem(again(problem), rule)
    assert stopped.status == Status.LIMIT
    assert "may exist" in stopped.notes[-1]
    assert stopped.certificate.gap > 0
    best, known = np.array(proved.gains), np.array(stopped.gains)
    assert (known >= 0).all()
    if rule == "nash":
        assert np.log(best).mean() - np.log(known).mean() <= stopped.certificate.gap + 1e-12
    if rule == "egalitarian":
        assert 1 - known.min() / best.min() <= stopped.certificate.gap + 1e-12


def test_ideal_gains_that_are_not_found_leave_no_answer():
    with mock.patch.object(bounded, "_MOST_ROWS", 0), pytest.raises(LimitError, match="ideal gains"):
        solve_problem(chain_problem(5, 9, 7, 5, players=3), "kalai-smorodinsky")


def test_all_efficient_deals_of_three_players_on_a_dense_graph_are_refused_with_advice():
    pairs = [(i, j) for i in range(12) for j in range(i)]
    rng = np.random.default_rng(0)
    terms = [(pair, rng.normal(size=(3, 10, 10))) for pair in pairs]
    dense = BargainingProblem.factored((10,) * 12, terms, (0, 0, 0))
    with pytest.raises(LimitError, match="take fewer or coarser levels"):
        frontier(dense)


def test_a_dense_graph_of_two_players_is_solved():
    pairs = [(i, j) for i in range(9) for j in range(i)]
    rng = np.random.default_rng(0)
    dense = BargainingProblem.factored((10,) * 9, [(pair, rng.normal(size=(2, 10, 10))) for pair in pairs], (0, 0))
    solution = solve_problem(dense)
    assert solution.status is Status.PROVED
    assert "branch and bound" in solution.method


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("mixed", [False, True])
def test_units_of_payoff_do_not_matter(factor, mixed):
    problem = chain_problem(4, 9, 9, 3, lotteries=mixed)
    terms = tuple((levers, factor * payoffs) for levers, payoffs in problem.feasible.terms)
    scaled = replace(problem, feasible=replace(problem.feasible, terms=terms))
    for rule in RULES:
        one, two = solve_problem(problem, rule), solve_problem(scaled, rule)
        assert (one.status, one.deal) == (two.status, two.deal)
        if mixed and one.lottery is not None:
            assert [deal for deal, _ in one.lottery] == [deal for deal, _ in two.lottery]


def test_a_gain_that_is_tiny_beside_the_payoffs_is_a_deal():
    """A gain of 7 in payoffs of 1e18, at the other's disagreement payoff, is nothing to floats (found by nightly)."""
    rng = np.random.default_rng(8)
    for _ in range(107):
        problem = linked_problem(rng, "wide", int(rng.integers(2, 5)), most=100_000)
    with (
        mock.patch.object(FiniteDeals, "listable", False),
        mock.patch.object(FiniteDeals, "lists", lambda deals, levers: len(levers) < 2),
    ):
        solution = solve_problem(unlisted(problem), "nash")
    assert solution.gains == (7, 0)


def test_a_deal_that_two_searches_add_up_in_other_orders_is_no_tie_with_itself():
    """The searches for ideal gains and for shares found it with payoffs that differ by rounding (found by nightly)."""
    rng = np.random.default_rng(8)
    for _ in range(7):
        problem = linked_problem(rng, "tiny units", int(rng.integers(2, 5)), most=100_000)
    with (
        mock.patch.object(FiniteDeals, "listable", False),
        mock.patch.object(FiniteDeals, "lists", lambda deals, levers: len(levers) < 2),
    ):
        solution = solve_problem(unlisted(problem), "kalai-smorodinsky")
    assert [tie.deal for tie in solution.ties] == [solution.deal]
