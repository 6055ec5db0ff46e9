"""The bound on a player's best deviation: never below what dense sampling finds, and tight where it is finished."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.best_reply import best_reply
from bargain.equilibria.search import Search
from bargain.games.continuous_game import ContinuousGame

ONE = {
    "x*(1 - x)": 0.25,
    "x^3 - 2*x^2 + x": 4 / 27,
    "abs(x - 0.3) - x^2": 0.3,
    "2*min(x, 1 - x)": 1.0,
    "x if x < 0.7 else 0.2": 0.7,
    "-(x - 0.5)^4": 0.0,
    "sqrt(x) - x": 0.25,
    "exp(-90*(x - 0.1)^2) + 1.01*exp(-90*(x - 0.9)^2)": 1.01,
    "0*x + 3": 3.0,
    "x/(x + 0.001) - x": 1 + 0.001 - 2 * 0.001**0.5,
}


def alone(formula, levers=("x",)):
    return ContinuousGame.from_formulas(["A"], dict.fromkeys(levers, ("A", 0, 1)), {"A": formula})


@pytest.mark.parametrize(("formula", "most"), ONE.items())
def test_the_best_level_of_one_lever(formula, most):
    found = best_reply(alone(formula), 0, [0.0], 1e-9)
    assert found.finished
    assert found.low <= most + 1e-12
    assert found.high >= most - 1e-12
    assert found.high - found.low <= 1e-9


@pytest.mark.parametrize(
    ("formula", "most"),
    [
        ("-(x - 0.3)^2 - (y - 0.4)^2 - z^2 + 1.9*(x - 0.3)*(y - 0.4)", 0.0),
        ("x*y*z*(1 - x)*(1 - y)*(1 - z)", 1 / 64),
        ("-abs(x - y) - abs(x + y - 1) - max(z, x)", -0.5),
        ("-100*(y - x^2)^2 - (1 - x)^2 - z", 0.0),
    ],
)
def test_the_best_levels_of_three_levers(formula, most):
    found = best_reply(alone(formula, "xyz"), 0, [0.0, 0.0, 0.0], 1e-7)
    assert found.finished
    assert found.low - 1e-12 <= most <= found.high + 1e-12


terms = st.tuples(
    st.floats(-3, 3).map(lambda v: round(v, 2)),
    st.sampled_from(["x", "y", "x*y", "x^2", "y^2", "x^2*y", "abs(x-y)", "max(x,2*y)", "exp(-x*y)", "log(1+x)", "sqrt(y)",
                     "(x if x+y<0.8 else y)", "1/(0.1+x)", "min(x,y,0.4)"]),
)  # fmt: skip


@given(st.lists(terms, min_size=1, max_size=5), st.integers(0, 1000))
def test_no_sampled_deviation_exceeds_the_bound(summands, seed):
    formula = " + ".join(f"({factor})*{term}" for factor, term in summands)
    game = alone(formula, "xy")
    found = best_reply(game, 0, [0.5, 0.5], 1e-3, most=200)
    points = np.random.default_rng(seed).random((3000, 2))
    points[:50, 0], points[50:100, 1] = 0.0, 1.0
    highest = float(game.values(points).max())
    assert highest <= found.high + 1e-12 * abs(found.high)
    assert game.payoffs_at(found.levels)[0] == pytest.approx(found.low, rel=1e-9, abs=1e-9)


def test_finite_levels_are_tried_as_well():
    game = ContinuousGame.from_formulas(["A"], {"x": ("A", 0, 1), "m": ("A", [0, 1, 2])}, {"A": "m*(2 - m)*x - x^2/4"})
    found = best_reply(game, 0, [0.0, 0.0], 1e-9)
    assert found.levels == (1.0, 1.0)
    assert found.high == pytest.approx(0.75)


def test_a_limit_of_boxes_leaves_a_bound_that_is_right_but_wide():
    game = alone("-abs(sqrt(x) - y*x - 0.4) + abs(x - 0.31)*abs(y - 0.77)", "xy")
    short = best_reply(game, 0, [0.0, 0.0], 1e-12, most=30)
    long = best_reply(game, 0, [0.0, 0.0], 1e-4)
    assert not short.finished
    assert long.finished
    assert short.high >= long.low


def test_an_unbounded_payoff_has_no_bound():
    game = ContinuousGame.from_formulas(["A"], {"x": ("A", 0, 1)}, {"A": "1/x if x > 0 else 0"})
    found = best_reply(game, 0, [0.0], 1e-3, most=300)
    assert not found.finished
    assert found.high == np.inf


def test_the_clock_is_obeyed():
    game = alone("-abs(sqrt(x) - y*x - 0.4) + abs(x - 0.31)*abs(y - 0.77)", "xy")
    found = best_reply(game, 0, [0.0, 0.0], 1e-15, Search(time_limit=0.0, deadline=0.0))
    assert found.boxes <= 1
    assert not found.finished
