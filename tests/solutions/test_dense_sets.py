"""Rules and frontiers of densely linked levers against the same problems enumerated."""

from dataclasses import replace

import numpy as np
import pytest
from dense_problems import DENSE_KINDS, dense_problem, large_dense_problem
from linked_problems import again

import bargain.games.support_function as support_module
from bargain.errors import NotSolvedError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.games.integer_program import IntegerProgram
from bargain.solutions.bounded import BOUNDED_RULES
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import solve_problem

PROBLEMS = 6


@pytest.fixture
def dense(monkeypatch):
    """Let small sets count as too large to be enumerated."""

    def change(context):
        context.setattr(support_module, "_LISTED", 0)
        context.setattr(support_module, "_LARGE_TABLE", 0)
        context.setattr(support_module, "_preferred", lambda *_: "branch and bound")
        context.setattr(FiniteDeals, "lists", lambda _, levers: len(levers) < 2)

    return change


def same(found, expected, rule):
    assert found.status is expected.status, (rule, found, expected)
    if expected.agreed:
        size = np.abs(np.array(expected.payoffs, float)).max() + 1e-300
        assert np.array(found.payoffs, float) == pytest.approx(np.array(expected.payoffs, float), abs=1e-9 * size)
        assert {str(each.deal) for each in found.ties} == {str(each.deal) for each in expected.ties}


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("kind", DENSE_KINDS)
def test_rules_pick_the_deals_of_enumeration(kind, players, dense, monkeypatch):
    rng = np.random.default_rng(11)
    drawn = searched = 0
    while searched < PROBLEMS:
        # Exact problems without gains are answered by their efficient deals: enough others must be searched.
        assert drawn < 10 * PROBLEMS
        drawn += 1
        problem = dense_problem(rng, kind, players)
        for rule in BOUNDED_RULES:
            expected = solve_problem(again(problem), rule)
            with monkeypatch.context() as context:
                dense(context)
                found = solve_problem(again(problem), rule)
            same(found, expected, rule)
        searched += "branch and bound" in found.method and expected.agreed


@pytest.mark.parametrize("kind", ["integers", "ties", "fractions", "floats", "huge units", "tiny units"])
def test_programs_find_the_payoffs_of_the_exact_frontier(kind):
    rng = np.random.default_rng(12)
    for _ in range(4):
        problem = dense_problem(rng, kind)
        expected = frontier(problem, distinct=True)
        found = frontier(problem, method="epsilon-constraint")
        size = np.abs(expected.payoffs).max(initial=0.0)
        np.testing.assert_allclose(found.payoffs, expected.payoffs, rtol=0, atol=1e-12 * size)


def test_programs_refuse_what_they_cannot_do():
    problem = large_dense_problem(1, 3, 3, players=3)
    with pytest.raises(NotSolvedError, match="two players"):
        frontier(problem, method="epsilon-constraint")
    with pytest.raises(NotSolvedError, match="without lotteries"):
        frontier(replace(problem, lotteries=True), method="epsilon-constraint")
    with pytest.raises(ValueError, match="'guess' is unknown; known: exact, epsilon-constraint"):
        frontier(problem, method="guess")


def test_a_floor_keeps_what_reaches_it():
    deals = large_dense_problem(2, 3, 4).feasible
    program = IntegerProgram(deals.sizes, deals.terms, ())
    grid = np.indices(deals.sizes).reshape(3, -1).T
    payoffs = deals.payoffs(grid)
    floor = float(np.median(payoffs[:, 1]))
    row, bound = program.maximise(np.array([1.0, 0.0]), floor=(np.array([0.0, 1.0]), floor))
    best = payoffs[payoffs[:, 1] >= floor, 0].max()
    assert deals.payoffs(row)[0, 0] == pytest.approx(best)
    assert bound == pytest.approx(best, rel=1e-6)
    assert program.maximise(np.array([1.0, 0.0]), floor=(np.array([0.0, 1.0]), payoffs[:, 1].max() + 1))[0] is None


@pytest.mark.parametrize("whole", [False, True])
def test_rules_on_ten_billion_deals_pick_from_the_frontier(whole):
    problem = large_dense_problem(3, 10, 10, whole=whole)
    points = frontier(again(problem), distinct=True).payoffs
    gains = points - np.array(problem.disagreement)
    gains = gains[(gains >= 0).all(axis=1)]
    best = {
        "nash": gains.prod(axis=1),
        "kalai-smorodinsky": (gains / gains.max(axis=0)).min(axis=1),
        "egalitarian": gains.min(axis=1),
        "utilitarian": gains.sum(axis=1),
    }
    for rule, values in best.items():
        answer = solve_problem(problem, rule)
        assert answer.certificate.holds
        assert tuple(map(float, answer.gains)) == pytest.approx(tuple(gains[values.argmax()]), rel=1e-9)


def test_three_players_on_a_hundred_million_deals():
    problem = large_dense_problem(4, 8, 10, players=3)
    answer = solve_problem(problem, "nash")
    assert answer.certificate.holds
    assert "branch and bound" in answer.method
    rng = np.random.default_rng(0)
    drawn = problem.feasible.payoffs(rng.integers(0, 10, (100_000, 8)))
    drawn = drawn[(drawn > 0).all(axis=1)]
    assert drawn.prod(axis=1).max() <= np.prod(np.array(answer.payoffs, float))


@pytest.mark.parametrize("rule", BOUNDED_RULES)
def test_a_player_whom_no_deal_moves_does_not_guide_the_search(rule, dense, monkeypatch):
    """Its payoffs list every deal; that they do not move was no number (0/0) and taken for the tightest bound."""
    pairs = [(0, 1), (0, 2), (1, 2)]
    rng = np.random.default_rng(3)
    terms = [(pair, np.concatenate([rng.normal(size=(2, 4, 4)), np.zeros((1, 4, 4))])) for pair in pairs]
    problem = BargainingProblem.factored((4, 4, 4), terms, (-1.0, -1.0, 0.0))
    expected = solve_problem(again(problem), rule)
    with monkeypatch.context() as context:
        dense(context)
        same(solve_problem(again(problem), rule), expected, rule)
