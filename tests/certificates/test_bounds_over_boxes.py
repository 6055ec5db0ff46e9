"""Formulas over boxes, in columns and as functions: all agree with plain evaluation, and bounds hold everywhere."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import bargain as bg
from bargain.certificates.closures import function_of
from bargain.certificates.columns import Columns
from bargain.certificates.enclosures import Boxes
from bargain.certificates.highest import Part, highest
from bargain.certificates.joint import Joint
from bargain.certificates.replay import Replay
from bargain.scenario.expression import DomainError, evaluate
from bargain.scenario.formula import read_formula
from bargain.testing.strategies import formulas

NAMES = ("x", "y")
NUMBERS = st.floats(-3, 3).map(lambda value: round(value, 3))


def plain(tree, at):
    try:
        return float(evaluate(tree, at))
    except DomainError:
        return None


@given(formulas(NAMES), NUMBERS, NUMBERS)
def test_functions_have_the_values_of_plain_evaluation(text, x, y):
    tree, at = read_formula(text), {"x": x, "y": y}
    expected = plain(tree, at)
    if expected is None:
        with pytest.raises(DomainError):
            function_of(tree)(at)
    else:
        assert function_of(tree)(at) == expected


@given(formulas(NAMES), st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_columns_have_the_values_of_plain_evaluation_or_are_in_doubt(text, points):
    tree, table = read_formula(text), np.array(points)
    columns = Columns({"x": table[:, 0], "y": table[:, 1]}, {}, len(points))
    found = columns.value(tree)
    for place, (x, y) in enumerate(points):
        expected = plain(tree, {"x": x, "y": y})
        assert columns.doubt[place] or expected is not None
        if not columns.doubt[place]:
            assert found[place] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(formulas(NAMES), st.lists(NUMBERS, min_size=4, max_size=4), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_values_lie_within_the_bounds_over_a_box(text, ends, shares):
    tree = read_formula(text)
    low, high = np.minimum(ends[:2], ends[2:]), np.maximum(ends[:2], ends[2:])
    boxes = Boxes({name: (low[k : k + 1], high[k : k + 1]) for k, name in enumerate(NAMES)})
    least, greatest = (float(np.ravel(end)[0]) for end in boxes.bounds(tree))
    point = np.clip(low + np.array(shares) * (high - low), low, high)
    value = plain(tree, dict(zip(NAMES, point.tolist(), strict=True)))
    assume(value is not None)
    assert not math.isnan(least)
    assert not math.isnan(greatest)
    assert least <= value <= greatest


CONDITIONS = [
    ("log(x) if x > 1 else -x", (0.5, 3.0), (-1.0 - 1e-9, math.log(3.0) + 1e-9)),
    ("sqrt(x) if x >= 0 else 0", (-1.0, 4.0), (-1e-9, 2.0 + 1e-9)),
    ("x^2", (-2.0, 1.0), (-1e-9, 4.0 + 1e-9)),
    ("1/x", (1.0, 2.0), (0.5 - 1e-9, 1.0 + 1e-9)),
]


@pytest.mark.parametrize(("text", "box", "within"), CONDITIONS)
def test_bounds_are_tight_where_they_should_be(text, box, within):
    ends = Boxes({"x": (np.array([box[0]]), np.array([box[1]]))}).bounds(read_formula(text))
    least, greatest = (float(np.ravel(end)[0]) for end in ends)
    assert within[0] <= least <= greatest <= within[1]


def levers(*issues):
    tree = {
        "format": 1,
        "scenario": {"id": "t", "title": "T", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {f"x{k}": {**issue, "status_quo": 0} for k, issue in enumerate(issues)},
        "payoffs": {"A": {"x0": "-x0"}, "B": {"x0": "x0"}},
    }
    return bg.load(tree).document.levers


@pytest.mark.parametrize("seed", range(6))
def test_the_highest_value_is_that_of_a_dense_grid(seed):
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(-2, 2, 3).round(2)
    tree = read_formula(f"{a}*x0*x1 - {abs(b)}*x0^2 + sqrt(1 + x1)*{c} + 0.3*x0*x2")
    own = levers({"range": [0, 2]}, {"range": [0, 1]}, {"levels": [0, 1, 2, 5]})
    part = Part(tree, own)
    top, finished = highest(part, (0.0, 0.0, 0.0), 1e-7)
    grid = [(x, y, z) for x in np.linspace(0, 2, 41) for y in np.linspace(0, 1, 41) for z in (0, 1, 2, 5)]
    best = max(part.value(dict(zip(("x0", "x1", "x2"), each, strict=True))) for each in grid)
    assert finished
    assert best <= top + 1e-12
    assert top <= best + 5e-3


def test_many_finite_levers_are_split_between_their_levels():
    own = levers(*[{"levels": [0, 1, 3, 7]}] * 7)
    tree = read_formula(" + ".join(f"x{k}*(6 - x{k})" for k in range(7)))
    top, finished = highest(Part(tree, own), (0.0,) * 7, 1e-9)
    assert finished
    assert top == pytest.approx(7 * 9.0, abs=1e-6)


@pytest.mark.parametrize(("factor", "deal"), [(1.0, False), (1.9, False), (2.1, True), (4.0, True)])
def test_whether_a_deal_exists_on_intervals(factor, deal):
    tree = {
        "format": 1,
        "scenario": {"id": "t", "title": "T", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"x": {"range": [0, 2], "status_quo": 0}, "y": {"range": [0, 1], "status_quo": 0}},
        "payoffs": {"A": {"x": f"{factor}*x - 2*x", "y": "-2*y"}, "B": {"x": "x - 0.1*x^2", "y": "-y"}},
    }
    replay = Replay(bg.load(tree).document)
    assert Joint(replay, (0.0, 0.0)).deal_exists((0, 1), 5_000) is deal
    assert Joint(replay, (0.0, 0.0)).deal_exists((1,), 5_000) is True
