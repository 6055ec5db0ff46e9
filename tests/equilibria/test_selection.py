"""Selection: the definitions on random games, the stag hunt, and refusals that name the conflict."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.equilibria.selection import SELECTIONS, choose, select
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games

HUNT = NormalFormGame.from_payoffs([[[9, 0], [8, 7]], [[9, 8], [0, 7]]])
SEXES = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])


def dominates(first, second):
    return all(a >= b for a, b in zip(first, second, strict=True)) and any(
        a > b for a, b in zip(first, second, strict=True)
    )


@given(bimatrix_games(max_actions=3))
def test_payoff_dominance_by_definition(game):
    found = equilibria(game, exact=True)
    best = [
        k
        for k, profile in enumerate(found)
        if all(dominates(profile.payoffs, other.payoffs) for j, other in enumerate(found) if j != k)
    ]
    if best:
        assert choose(found, "payoff-dominant").places == (best[0],)
    else:
        with pytest.raises(NotSolvedError, match="no equilibrium is payoff-dominant"):
            choose(found, "payoff-dominant")


@given(st.lists(st.integers(-4, 4), min_size=8, max_size=8), st.sampled_from([1e-12, 1.0, 1e12]))
def test_risk_dominance_by_the_product_of_losses(numbers, factor):
    payoffs = np.array(numbers, float).reshape(2, 2, 2) * factor
    game = NormalFormGame.from_payoffs(payoffs)
    losses = {
        (a, b): (payoffs[0, a, b] - payoffs[0, 1 - a, b], payoffs[1, a, b] - payoffs[1, a, 1 - b])
        for a, b in product(range(2), repeat=2)
    }
    strict = {pair: Fraction(x) * Fraction(y) for pair, (x, y) in losses.items() if min(x, y) > 0}
    found = equilibria(game, exact=True)
    if len(strict) == 2 and len(set(strict.values())) == 2:
        assert select(found, "risk-dominant").pure == max(strict, key=strict.get)
    elif len(strict) == 2:
        with pytest.raises(NotSolvedError, match="neither"):
            choose(found, "risk-dominant")


@given(bimatrix_games(max_actions=3))
def test_sums_and_minima(game):
    found = equilibria(game, exact=True)
    sums = [sum(profile.payoffs) for profile in found]
    assert sum(select(found, "welfare-best").payoffs) == max(sums)
    assert sum(select(found, "welfare-worst").payoffs) == min(sums)
    assert min(select(found, "egalitarian").payoffs) == max(min(profile.payoffs) for profile in found)
    assert choose(found, "all").profiles == found.profiles


def test_the_stag_hunt_of_aumann_divides_the_two_criteria():
    """Aumann 1990: (9, 9) pays both more, (7, 7) is safer: losses 7 x 7 against 1 x 1."""
    found = equilibria(HUNT, exact=True)
    assert select(found, "payoff-dominant").payoffs == (9, 9)
    assert select(found, "risk-dominant").payoffs == (7, 7)


def test_dominated_actions_do_not_stand_in_the_way_of_risk_dominance():
    game = NormalFormGame.from_payoffs([[[9, 0, 5], [8, 7, 5], [-1, -1, -1]], [[9, 8, -1], [0, 7, -1], [0, 0, -1]]])
    found = equilibria(game, exact=True)
    assert select(found, "risk-dominant").pure == (1, 1)


def test_one_profile_left_by_dominance_is_risk_dominant():
    dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert select(equilibria(dilemma, exact=True), "risk-dominant").pure == (1, 1)


@pytest.mark.parametrize(
    ("game", "how", "error", "words"),
    [
        (SEXES, "payoff-dominant", NotSolvedError, "prefers number"),
        (SEXES, "risk-dominant", NotSolvedError, "both 2"),
        (SEXES, "only", NotSolvedError, "there are 3 equilibria"),
        (
            NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]),
            "risk-dominant",
            UnsupportedGameError,
            "this game has 0 of them",
        ),
        (
            NormalFormGame.from_payoffs([np.eye(3), np.eye(3)]),
            "risk-dominant",
            UnsupportedGameError,
            "this one is 3 x 3",
        ),
        (NormalFormGame.from_payoffs([np.eye(2), np.eye(2)]), "payoff-dominant", NotSolvedError, "the same"),
        (SEXES, "payof-dominant", ValueError, "did you mean 'payoff-dominant'"),
    ],
)
def test_what_cannot_be_selected_is_refused_with_the_reason(game, how, error, words):
    with pytest.raises(error, match=words):
        choose(equilibria(game, exact=True), how)


def test_an_incomplete_list_is_said_to_be_one():
    game = NormalFormGame.from_payoffs([np.eye(2).repeat(2).reshape(2, 2, 2)] * 3)
    found = equilibria(game)
    assert found.complete is not True
    assert "need not be all" in choose(found, "welfare-best").reason


def test_every_criterion_is_listed():
    assert len(SELECTIONS) == len(set(SELECTIONS)) == 7
