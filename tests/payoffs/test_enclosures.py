"""Bounds of values and derivatives over boxes, against plain evaluation and against derivatives of the trees."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.certificates.slopes import NoSlopeError, slope
from bargain.payoffs import ranges
from bargain.payoffs.enclosure import Formula, LevelTable
from bargain.payoffs.jets import Jet
from bargain.payoffs.ranges import Range
from bargain.payoffs.upper_bounds import _row_curvature
from bargain.scenario.expression import DomainError, evaluate
from bargain.scenario.formula import read_formula

FORMULAS = [
    "x*(10 - x - y)",
    "log(1 + x^2)*exp(-y) + sqrt(x + y)",
    "x/(x + y) - 0.1*x",
    "max(x, y) - abs(x - 2)",
    "min(x^3, y^1.5, 2)",
    "(x if x < y else y)*x",
    "x^y + 2^x/3",
    "1/(x + 1)^3 + x^-1",
    "-(x - y)^4",
    "x*x - 2*x*y^2 if x + y > 1 and not x == y else 3",
    "exp(-10*(x - 1)^2) + min(0.3, abs(y - x)/2)",
    "(x - 1)^3/(y^2 + 0.1)^0.5",
]


def evaluated(expression, x, y):
    return float(evaluate(expression, {"x": x, "y": y}))


@pytest.mark.parametrize("text", FORMULAS)
def test_values_and_derivatives_lie_within_the_bounds(text):
    random = np.random.default_rng(len(text))
    formula = Formula(read_formula(text), ("x", "y"))
    centre, reach = random.uniform(0.5, 3, (2, 40)), random.uniform(0, 0.4, (2, 40))
    low, high = centre - reach, centre + reach
    jet = formula.over(low, high, (0, 1), order=2)
    trees = {}
    for place, name in enumerate("xy"):
        try:
            trees[(place,)] = slope(formula.expression, name)
            for other in range(place, 2):
                trees[(place, other)] = slope(trees[(place,)], "xy"[other])
        except NoSlopeError:
            # The second derivative of a kink is not defined; the first is still checked.
            continue
    smooth = not any(word in text for word in ("min", "max", "abs", "if"))
    for _ in range(4):
        point = low + (high - low) * random.random((2, 40))
        for k in range(40):
            value = evaluated(formula.expression, *point[:, k])
            ends = [float(np.broadcast_to(end, 40)[k]) for end in jet.value]
            assert ends[0] <= value <= ends[1]
            for key, tree in trees.items():
                if len(key) == 2 and not smooth:
                    continue
                bound = (
                    jet.slopes.get(key[0], Range(0.0, 0.0)) if len(key) == 1 else jet.bends.get(key, Range(0.0, 0.0))
                )
                ends = [float(np.broadcast_to(end, 40)[k]) for end in bound]
                exact = evaluated(tree, *point[:, k])
                room = 1e-9 * (1 + abs(exact))
                assert ends[0] - room <= exact <= ends[1] + room


@pytest.mark.parametrize("text", FORMULAS)
def test_bounds_of_small_boxes_are_tight(text):
    formula = Formula(read_formula(text), ("x", "y"))
    point = np.array([[1.37], [2.11]])
    low, high = formula.over(point, point).value
    value = formula.value(point[:, 0])
    assert float(np.ravel(high - low)[0]) <= 1e-13 * max(1, abs(value))
    assert formula.values(point)[0] == pytest.approx(value, rel=1e-14)


def test_a_kink_has_the_hull_of_both_slopes_and_no_known_curvature():
    jet = Formula(read_formula("abs(x)"), ("x",)).over(np.array([[-1.0]]), np.array([[2.0]]), (0,), order=2)
    assert [float(np.ravel(end)[0]) for end in jet.slopes[0]] == [-1.0, 1.0]
    assert [float(np.ravel(end)[0]) for end in jet.bends[0, 0]] == [-np.inf, np.inf]


def test_a_jump_has_no_known_slope():
    jet = Formula(read_formula("1 if x < 0.5 else 0"), ("x",)).over(np.array([[0.0]]), np.array([[1.0]]), (0,), order=1)
    assert [float(np.ravel(end)[0]) for end in jet.slopes[0]] == [-np.inf, np.inf]
    assert [float(np.ravel(end)[0]) for end in jet.value] == [0.0, 1.0]


@pytest.mark.parametrize("text", ["1/x", "x^-3", "min(1/x, 5)"])
def test_a_pole_has_no_known_slope(text):
    # Between -1 and 1 the value leaps; the mean value theorem must not be used.
    jet = Formula(read_formula(text), ("x",)).over(np.array([[-1.0]]), np.array([[1.0]]), (0,), order=1)
    assert float(np.ravel(jet.slopes[0].high)[0]) == np.inf


def ends_of(text, low, high, order=1):
    jet = Formula(read_formula(text), ("x",)).over(np.array([[low]]), np.array([[high]]), (0,), order=order)
    return [float(np.ravel(end)[0]) for end in jet.value], [float(np.ravel(end)[0]) for end in jet.slopes[0]]


@pytest.mark.parametrize("text", ["abs(x - 0.5)", "max(x, 0.5)", "-min(x, 0.5)"])
def test_a_kink_at_the_rim_of_a_box_counts_with_what_lies_beyond(text):
    # Or else both boxes next to the kink would be struck out as rising and falling, and the peak between them lost.
    slopes = [ends_of(text, *box)[1] for box in ((0.0, 0.5), (0.5, 1.0))]
    assert slopes[0] == slopes[1]
    assert slopes[0][0] < slopes[0][1]


def test_a_jump_at_the_rim_of_a_box_has_no_known_slope():
    value, slopes = ends_of("x if x <= 0.5 else 0", 0.0, 0.5)
    assert value == [0.0, 0.5]
    assert slopes == [-np.inf, np.inf]


def test_a_condition_on_other_levers_is_no_jump():
    formula = Formula(read_formula("x if y <= 0.5 else -2*x"), ("x", "y"))
    jet = formula.over(np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]]), (0,), order=1)
    assert [float(np.ravel(end)[0]) for end in jet.slopes[0]] == pytest.approx([-2.0, 1.0])


@pytest.mark.parametrize("text", ["x^(1 + 1)", "x^2.0", "x^(6/3)", "(-x)^2"])
def test_whole_powers_of_negative_numbers(text):
    value, _ = ends_of(text, -3.0, -2.0)
    assert value == pytest.approx([4.0, 9.0])


def test_a_power_with_a_moving_exponent_says_nothing_of_negative_bases():
    formula = Formula(read_formula("x^m"), ("x", "m"))
    low, high = np.array([[-3.0], [2.0]]), np.array([[-2.0], [2.0]])
    value = formula.over(low, high, (0,), order=1).value
    assert float(np.ravel(value.low)[0]) <= 4.0
    assert float(np.ravel(value.high)[0]) >= 9.0


def test_tables_are_added_level_by_level():
    table = LevelTable((1,), ((0.0, 1.0, 2.0),), np.array([5.0, 7.0, 11.0]))
    formula = Formula(read_formula("2*x"), ("x", "m"), (table,))
    assert formula.value([1.0, 2.0]) == 13.0
    assert formula.values(np.array([[1.0, 2.0], [0.0, 1.0]])).tolist() == [7.0, 11.0]
    assert formula.reads == {0, 1}
    with pytest.raises(ValueError, match="lists no such level"):
        formula.value([1.0, 1.5])


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="`z` is not a lever; there are x, y"):
        Formula(read_formula("x*z"), ("x", "y"))


numbers = st.floats(-1e6, 1e6)
intervals = st.tuples(numbers, numbers).map(lambda ends: Range(np.float64(min(ends)), np.float64(max(ends))))


@given(intervals, intervals, st.floats(0, 1), st.floats(0, 1))
def test_sums_and_products_hold_the_exact_ones(left, right, share, other):
    one = min(max(left.low + share * (left.high - left.low), left.low), left.high)
    two = min(max(right.low + other * (right.high - right.low), right.low), right.high)
    exact = Fraction(float(one)), Fraction(float(two))
    total, product, quotient = ranges.add(left, right), ranges.multiply(left, right), None
    assert Fraction(float(total.low)) <= exact[0] + exact[1] <= Fraction(float(total.high))
    assert Fraction(float(product.low)) <= exact[0] * exact[1] <= Fraction(float(product.high))
    squared = ranges.square(left)
    assert Fraction(float(squared.low)) <= exact[0] ** 2 <= Fraction(float(squared.high))
    with np.errstate(all="ignore"):
        quotient = ranges.reciprocal(right)
    if exact[1] and np.isfinite(quotient.low) and np.isfinite(quotient.high):
        assert Fraction(float(quotient.low)) <= 1 / exact[1] <= Fraction(float(quotient.high))


@given(intervals, st.floats(0, 1), st.sampled_from([0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, 1.7]))
def test_powers_hold_the_power_of_every_point(base, share, exponent):
    point = float(min(max(base.low + share * (base.high - base.low), base.low), base.high))
    with np.errstate(all="ignore"):
        found = ranges.power(base, exponent)
    try:
        value = evaluate(read_formula("x^y"), {"x": point, "y": exponent})
    except DomainError:
        return
    assert float(found.low) <= value <= float(found.high)


def test_curvatures_of_many_levers_have_room_for_rounding():
    # Each of many small parts is lost beside 1.5, which then cancels.
    small, count = 0.45 * np.finfo(float).eps, 80
    parts = [small] * (count - 2) + [1.5]
    bends = {(0, other): Range(*[np.array([part])] * 2) for other, part in enumerate(parts, 1)}
    bends[0, 0] = Range(*[np.array([-1.5])] * 2)
    width = {lever: np.ones(1) for lever in range(count)}
    found = _row_curvature(Jet(Range(0.0, 0.0), {}, bends, 2), 0, tuple(range(count)), width)
    assert Fraction(float(found[0])) >= sum(map(Fraction, parts)) - Fraction(3, 2)
