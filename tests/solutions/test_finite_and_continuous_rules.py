"""The rules on continuous levers, through the same door: closed forms, and what cannot be asked."""

from itertools import pairwise

import numpy as np
import pytest

from bargain.errors import NotSolvedError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.results import Status
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import rules_for, solve_problem


def pie(players=2):
    """Player 1 gets x of a pie worth 3 to it, player 2 the rest of one worth 2."""
    worth = np.array([3.0, 2.0, 1.0][:players])

    def values(x):
        shares = np.concatenate([x, 1 - x.sum(axis=-1, keepdims=True)], axis=-1)
        return worth * shares

    slopes = np.vstack([np.eye(players - 1), -np.ones(players - 1)]) * worth[:, None]
    return ContinuousDeals(
        lower=np.zeros(players - 1),
        upper=np.ones(players - 1),
        values=values,
        gradient=lambda x: slopes,
        hessian=lambda x: np.zeros((players, players - 1, players - 1)),
    )


@pytest.mark.parametrize(
    ("rule", "weights", "expected"),
    [
        ("nash", None, (1.5, 1.0)),
        ("nash", (2, 1), (2.0, 2 / 3)),
        ("kalai-smorodinsky", None, (1.5, 1.0)),
        ("egalitarian", None, (1.2, 1.2)),
        ("utilitarian", None, (3.0, 0.0)),
    ],
)
def test_division_of_a_pie_has_its_closed_form(rule, weights, expected):
    solution = solve_problem(BargainingProblem(("A", "B"), pie(), (0.0, 0.0)), rule, weights)
    assert solution.status is Status.CONVERGED
    assert solution.payoffs == pytest.approx(expected, abs=1e-8)
    assert solution.deal == pytest.approx((expected[0] / 3,), abs=1e-8)
    assert solution.ties[0].deal == solution.deal
    assert solution.certificate.holds


def test_no_deal_on_continuous_levers_has_the_disagreement_payoffs():
    for rule in rules_for("levers"):
        solution = solve_problem(BargainingProblem(("A", "B"), pie(), (2.0, 1.9)), rule)
        assert solution.status is Status.NO_DEAL
        assert solution.payoffs == (2.0, 1.9)


def test_lotteries_over_continuous_levers_need_a_grid():
    problem = BargainingProblem(("A", "B"), pie(), (0.0, 0.0), lotteries=True)
    with pytest.raises(ValueError, match="put the continuous levers on a grid first"):
        solve_problem(problem)


def test_frontier_of_a_pie_is_the_line_between_the_players():
    found = frontier(BargainingProblem(("A", "B"), pie(), (0.0, 0.0)))
    assert len(found) > 10
    assert np.allclose(found.payoffs[:, 0] / 3 + found.payoffs[:, 1] / 2, 1, atol=1e-8)
    assert all(a < b for a, b in pairwise(found.payoffs[:, 0].tolist()))
    with pytest.raises(NotSolvedError, match="two players only"):
        frontier(BargainingProblem(("A", "B", "C"), pie(3), (0.0, 0.0, 0.0)))
