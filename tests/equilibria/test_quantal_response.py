"""Logit equilibria: all roots of the scalar equation in 2x2 games, an integrated branch, closed forms, and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from bargain.equilibria.logit import LogitSystem
from bargain.equilibria.methods import equilibria
from bargain.equilibria.quantal_response import quantal_branch, quantal_response
from bargain.errors import LimitError, NotSolvedError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games

PENNIES = NormalFormGame.from_payoffs([[[9, 0], [0, 1]], [[0, 1], [1, 0]]])


def logistic(x):
    return float(1 / (1 + np.exp(-np.clip(x, -700, 700))))


def replies(game, rationality, p):
    """Return q, player 2's logit reply to p, and player 1's reply to q (probabilities of the first actions)."""
    first, second = game.payoffs
    q = logistic(rationality * np.dot([p, 1 - p], second[:, 0] - second[:, 1]))
    return q, logistic(rationality * np.dot([q, 1 - q], first[0] - first[1]))


def all_roots(game, rationality):
    """Return every p that is the reply to the reply to itself: sign changes on a fine grid, then Brent's method."""

    def excess(p):
        return replies(game, rationality, p)[1] - p

    grid = np.linspace(0, 1, 1001)
    values = [excess(p) for p in grid]
    return [
        brentq(excess, a, b, xtol=1e-15)
        for a, b, left, right in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True)
        if left * right <= 0 and left != right
    ]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("rationality", [0.3, 2.0, 9.0])
def test_two_by_two_games_agree_with_scalar_root_finding(seed, rationality):
    game = NormalFormGame.from_payoffs(np.random.default_rng(seed).normal(size=(2, 2, 2)))
    found = quantal_response(game, rationality)
    p, q = (float(strategy[0]) for strategy in found.strategies)
    roots = all_roots(game, rationality)
    assert min(abs(root - p) for root in roots) < 1e-9
    assert replies(game, rationality, p)[0] == pytest.approx(q, abs=1e-10)
    if len(roots) > 1:
        # Nothing but a fine walk in lambda tells which root the branch from the centre leads to.
        here = 0.5
        for lam in np.linspace(0, rationality, 800)[1:]:
            here = brentq_near(game, lam, here)
        assert p == pytest.approx(here, abs=1e-8)


def brentq_near(game, lam, here):
    for _ in range(200):
        reply = replies(game, lam, here)[1]
        if abs(reply - here) < 1e-13:
            break
        step = 1e-7
        slope = (replies(game, lam, here + step)[1] - replies(game, lam, here - step)[1]) / (2 * step) - 1
        here -= (reply - here) / slope
    return here


@pytest.mark.parametrize(("players", "size"), [(2, 3), (2, 4), (3, 2), (3, 3), (4, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_the_branch_agrees_with_an_integrated_differential_equation(players, size, seed):
    """Where the branch does not turn back, d log p / d lambda follows from the implicit function theorem."""
    game = NormalFormGame.from_payoffs(np.random.default_rng(seed).random((players, *[size] * players)))
    system = LogitSystem(game.payoffs)
    target = 4.0
    if quantal_branch(game, upto=target).turns:
        pytest.skip("the branch turns back")

    def slope(lam, y):
        slopes = system.equations(np.append(y, lam))[1]
        return -np.linalg.solve(slopes[:, :-1], slopes[:, -1])

    walked = solve_ivp(slope, (0, target), system.centre[:-1], rtol=1e-10, atol=1e-12).y[:, -1]
    found = np.concatenate(quantal_response(game, target).strategies)
    np.testing.assert_allclose(found, np.exp(walked), atol=1e-7)


def test_derivatives_agree_with_differences():
    rng = np.random.default_rng(1)
    system = LogitSystem(rng.random((3, 2, 3, 2)))
    point = system.centre + 0.1 * rng.normal(size=8)
    point[-1] = 2.5
    differences = [
        (system.equations(point + 1e-6 * unit)[0] - system.equations(point - 1e-6 * unit)[0]) / 2e-6
        for unit in np.eye(8)
    ]
    np.testing.assert_allclose(system.equations(point)[1], np.transpose(differences), atol=1e-8)


@pytest.mark.parametrize("rationality", [0.0, 0.5, 3.0, 40.0, 1e4])
def test_dominance_has_a_closed_form(rationality):
    """When a player gains 2 by its second action whatever the others do, the odds are e to the 2 lambda."""
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 2]], [[3, 5], [0, 2]]])
    found = quantal_response(game, rationality)
    for strategy in found.strategies:
        assert strategy[1] == pytest.approx(1 / (1 + np.exp(-2 * rationality)), rel=1e-12)


def test_raising_ones_own_payoff_moves_oneself_against_the_prediction_of_nash():
    """McKelvey and Palfrey 1995, section 4: in asymmetric matching pennies Nash has player 1 at 1/2 whatever it earns."""
    shares = [quantal_response(PENNIES, lam).strategies[0][0] for lam in (0.0, 0.5, 1.0, 2.0)]
    assert shares[0] == 0.5
    assert min(shares[1:]) > 0.5
    branch = quantal_branch(PENNIES)
    assert [list(map(str, each)) for each in branch.limit.strategies] == [["1/2", "1/2"], ["1/10", "9/10"]]


def test_a_branch_that_turns_back_is_followed_round_its_turns():
    game = NormalFormGame.from_payoffs(np.random.default_rng(1).random((2, 10, 10)))
    branch = quantal_branch(game)
    assert len(branch.turns) == 2
    assert np.diff(branch.rationality).min() < 0
    assert branch.residual < 1e-9
    assert branch.limit.regret == 0


def test_a_branch_goes_straight_on_where_others_cross_it():
    """In a symmetric coordination game the branch stays in the middle, and two others leave it at lambda = 2."""
    branch = quantal_branch(NormalFormGame.from_payoffs([np.eye(2), np.eye(2)]))
    np.testing.assert_allclose(np.hstack(branch.strategies), 0.5, atol=1e-9)
    assert any("other branches" in note for note in branch.notes)


def test_a_branch_is_not_left_for_another_one_near_by():
    """Two branches nearly meet near lambda = 25; a long step there lands on the other one and runs back below zero."""
    first = ["00101101", "00011111", "00100010", "11101100", "01001010", "10010110", "01011001", "01101111"]
    second = ["11100100", "11111010", "11101101", "11010000", "10000001", "11100001", "00010111", "11111110"]
    branch = quantal_branch(NormalFormGame.from_payoffs([[list(map(int, row)) for row in t] for t in (first, second)]))
    assert branch.rationality.min() == 0
    assert branch.residual < 1e-9
    assert float(branch.limit.regret) < 1e-5


def test_the_limit_says_when_a_player_has_not_settled():
    """One player's payoffs are a millionth of the other's, so that one lambda cannot suit both."""
    first, second = (np.random.default_rng(seed).normal(size=(3, 3)) for seed in (1, 2))
    small = NormalFormGame.from_payoffs([first, second * 1e-6])
    assert any("has not settled for 2" in note for note in quantal_branch(small).notes)
    assert not any("has not settled" in note for note in quantal_branch(small, "span").notes)


def test_the_stag_hunt_selects_the_risk_dominant_equilibrium():
    hunt = NormalFormGame.from_payoffs([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    assert quantal_branch(hunt).limit.pure == (1, 1)
    safer = NormalFormGame.from_payoffs([[[4, 0], [1, 1]], [[4, 1], [0, 1]]])
    assert quantal_branch(safer).limit.pure == (0, 0)


@given(normal_form_games(players=st.integers(1, 3), max_actions=3))
def test_at_zero_everything_is_equally_likely(game):
    found = quantal_response(game, 0.0)
    for strategy in found.strategies:
        np.testing.assert_allclose(strategy, 1 / len(strategy), rtol=1e-14)


@given(normal_form_games(players=st.integers(1, 3), max_actions=3), st.floats(0.1, 20))
@settings(max_examples=15)
def test_the_answer_is_a_fixed_point_by_definition(game, rationality):
    found = quantal_response(game, rationality)
    for i, strategy in enumerate(found.strategies):
        pays = rationality * np.asarray(game.deviation_payoffs(i, found.strategies), dtype=float)
        weights = np.exp(pays - pays.max())
        np.testing.assert_allclose(strategy, weights / weights.sum(), atol=1e-9)
    assert found.residual < 1e-9


@given(bimatrix_games(max_actions=3), st.sampled_from([1e-12, 0.25, 1e12]), st.floats(0.1, 10))
@settings(max_examples=15)
def test_payoffs_times_c_need_lambda_divided_by_c_and_spans_need_nothing(game, factor, rationality):
    scaled = NormalFormGame.from_payoffs(game.payoffs * factor)
    for unit, lam in (("payoff", rationality / factor), ("span", rationality)):
        first, second = quantal_response(game, rationality, unit), quantal_response(scaled, lam, unit)
        for one, other in zip(first.strategies, second.strategies, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-8)


@given(bimatrix_games(max_actions=3))
@settings(max_examples=15)
def test_in_spans_affine_payoffs_do_not_matter(game):
    changed = NormalFormGame.from_payoffs([4 * game.payoffs[0] - 3, game.payoffs[1] / 2 + 7])
    for one, other in zip(
        quantal_response(game, 3.0, "span").strategies, quantal_response(changed, 3.0, "span").strategies, strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-8)


@given(bimatrix_games(max_actions=3), st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_names_and_order_do_not_matter(game, random):
    orders = [random.sample(range(size), size) for size in game.num_actions]
    turned = NormalFormGame.from_payoffs([game.payoffs[1][np.ix_(*orders)].T, game.payoffs[0][np.ix_(*orders)].T])
    first, second = quantal_response(game, 2.0), quantal_response(turned, 2.0)
    for i in (0, 1):
        np.testing.assert_allclose(first.strategies[i][orders[i]], second.strategies[1 - i], atol=1e-8)


@pytest.mark.parametrize("seed", range(25))
def test_the_branch_ends_at_an_equilibrium(seed):
    rng = np.random.default_rng(seed)
    shape = [(2, 2), (3, 3), (2, 4), (2, 2, 2), (5, 5)][seed % 5]
    game = NormalFormGame.from_payoffs(rng.normal(size=(len(shape), *shape)))
    limit = quantal_branch(game).limit
    assert float(limit.regret) <= 2e-6 * max(game.spans)
    if len(shape) == 2:
        assert limit.regret == 0
        listed = [tuple(map(tuple, profile.strategies)) for profile in equilibria(game, exact=True)]
        assert tuple(tuple(p * 1 for p in each) for each in limit.strategies) in listed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rationality": -1.0}, "must be a finite number"),
        ({"rationality": float("nan")}, "must be a finite number"),
        ({"rationality": float("inf")}, "must be a finite number"),
        ({"unit": "euro"}, "unit is 'euro'"),
    ],
)
def test_wrong_questions_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        quantal_response(PENNIES, **options)


def test_large_games_are_refused_with_the_size():
    with pytest.raises(LimitError, match="1002 actions"):
        quantal_response(NormalFormGame.from_payoffs(np.zeros((2, 2, 1000))))


def test_a_branch_cannot_be_followed_to_any_lambda_and_says_so():
    game = NormalFormGame.from_payoffs([[[1, 5], [3, 7]], [[2, 6], [4, 8]]])
    with pytest.raises(NotSolvedError, match="could not be followed beyond"):
        quantal_response(game, 1e300)
