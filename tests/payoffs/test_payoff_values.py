"""Compiled payoffs against the plain evaluator of formulas and against finite differences."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bargain.payoffs.domain import PayoffDomainError
from bargain.payoffs.numeric import compile_payoffs
from bargain.scenario.expression import DomainError, evaluate
from bargain.scenario.formula import read_formula

NAMES = "abcd"


def plain(text, point, extra=()):
    return evaluate(read_formula(text), dict(zip(NAMES, point, strict=True)) | dict(extra))


def size(text, point):
    """Return a bound of the numbers met on the way to the value, to which rounding is relative."""
    loose = text.replace(" - ", " + ").replace("(-", "(")
    try:
        return 1 + abs(plain(text, point)) + abs(plain(loose, point))
    except DomainError:
        return math.inf


@given(st.data())
def test_values_are_those_of_the_plain_evaluator(build, any_formula, any_point, data):
    first, second = data.draw(any_formula), data.draw(any_formula)
    points = data.draw(st.lists(any_point, min_size=1, max_size=4))
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": first, "joint": second}, "JP": {"a": second}}))
    expected, scales = [], []
    for point in points:
        try:
            expected.append([plain(first, point) + plain(second, point), plain(second, point)])
        except DomainError:
            assume(False)
        scales.append(size(first, point) + size(second, point))
    assume(max(scales) < 1e9)
    found = payoffs.values(points)
    assert np.max(np.abs(found - expected) / np.array(scales)[:, None]) < 1e-11
    assert_allclose(payoffs.values(points[0]), found[0], rtol=1e-12, atol=1e-12 * scales[0])


@given(st.data())
def test_gradients_and_hessians_are_those_of_central_differences(build, smooth_formula, any_point, data):
    formulas = data.draw(st.tuples(smooth_formula, smooth_formula))
    point = np.array(data.draw(any_point))
    payoffs = compile_payoffs(build(NAMES, {"US": {"a": formulas[0]}, "JP": {"a": formulas[1], "joint": formulas[0]}}))
    gradient, hessian = payoffs.gradient(point), payoffs.hessian(point)
    scale = max(size(text, point) for text in formulas)
    assume(scale < 1e6 and np.max(np.abs(hessian)) < 1e6)
    step = 1e-4
    for lever in range(4):
        ahead, behind = point.copy(), point.copy()
        ahead[lever] += step
        behind[lever] -= step
        slope = (payoffs.values(ahead) - payoffs.values(behind)) / (2 * step)
        bend = (payoffs.gradient(ahead) - payoffs.gradient(behind)) / (2 * step)
        # The error of a central difference is about h^2 times the third derivative, plus rounding over h.
        shift = np.max(np.abs(payoffs.hessian(ahead) - payoffs.hessian(behind)))
        room = 1e-6 + 1e-3 * shift + 1e-9 * scale + 1e-6 * np.max(np.abs(gradient))
        assert_allclose(gradient[:, lever], slope, rtol=1e-5, atol=room)
        assert_allclose(hessian[:, lever, :], bend, rtol=1e-4, atol=10 * room)
    assert_allclose(hessian, np.swapaxes(hessian, 1, 2), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("abs(a - 2)", -1.0),
        ("min(a, b)", 1.0),
        ("max(a, b)", 0.0),
        ("min(3*a, b, a*a)", 2.0),
        ("a^2 if a < 2 else 5", 2.0),
        ("log(a - 5) if a > 5 else 7*a", 7.0),
        ("2^a", 2 * math.log(2)),
        ("a^a", 1.0),
        ("0^a", 0.0),
        ("(a - 1)^(b + a)", 0.0),
        ("(0 - 2)^2*a", 4.0),
    ],
)
def test_derivative_at_a_known_point(build, formula, slope):
    payoffs = compile_payoffs(build("ab", {"US": {"a": formula}}))
    assert_allclose(payoffs.gradient([1.0, 2.0])[0, 0], slope, rtol=1e-12)


def test_derivatives_take_many_points_at_once(build):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "a^2*b"}, "JP": {"b": "b^3"}}))
    points = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    assert payoffs.gradient(points).shape == (2, 2, 2, 2)
    assert payoffs.hessian(points).shape == (2, 2, 2, 2, 2)
    assert_allclose(payoffs.gradient(points)[1, 0], payoffs.gradient(points[1, 0]))
    assert_allclose(payoffs.hessian(points)[1, 0], [[[12.0, 10.0], [10.0, 0.0]], [[0.0, 0.0], [0.0, 36.0]]])


def test_a_branch_that_is_not_taken_may_be_undefined_and_nothing_is_warned_of(build):
    text = "log(a - 2) + sqrt(b - 2) if a > 2 and b > 2 else 1/(3 - a) + 0*b"
    payoffs = compile_payoffs(build("ab", {"US": {"a": text}}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = payoffs.values([[1.0, 1.0], [3.0, 3.0], [2.5, 1.0]])
        payoffs.gradient([1.0, 1.0])
        payoffs.hessian([1.0, 1.0])
    assert_allclose(found[:, 0], [0.5, math.log(1) + 1, 2.0])


def test_a_constant_branch_that_is_never_taken_may_be_undefined(build):
    payoffs = compile_payoffs(build("a", {"US": {"a": "a*(log(p) if p > 0 else 3)"}}, parameters={"p": -1.0}))
    assert payoffs.values([2.0])[0] == 6.0


@pytest.mark.parametrize("text", ["log(a - 2)", "1/(a - 1)", "exp(2000*a)", "a*log(0 - p)", "b + 10^(400*a)"])
def test_payoff_without_a_finite_value_names_player_heading_and_levels(build, lever, text):
    levers = [lever("a", [2.0, 1.0]), lever("b", ["low", "high"])]
    payoffs = compile_payoffs(build(levers, {"US": {"b": "a"}, "JP": {"a": text, "b": "1"}}, parameters={"p": 1.0}))
    message = r"the payoff of `JP` under `a` has no finite value at a = 1, b = high"
    with pytest.raises(PayoffDomainError, match=message):
        payoffs.values([[[1.0, 1.0]]])
    with pytest.raises(PayoffDomainError, match=message):
        payoffs.by_heading([1.0, 1.0])
    with pytest.raises(PayoffDomainError, match=message):
        payoffs.tensors([[1.0], [1.0]])


def test_first_point_without_a_finite_value_is_named(build):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "a*b"}, "JP": {"joint": "sqrt(a - b)"}}))
    with pytest.raises(PayoffDomainError, match=r"`JP` under `joint` has no finite value at a = 1, b = 1.5"):
        payoffs.values([[2.0, 1.0], [1.0, 1.5], [0.0, 3.0]])
    with pytest.raises(PayoffDomainError, match=r"`JP` under `joint` has no finite value at a = 0.5, b = 1.5"):
        payoffs.tensors([[2.0, 0.5], [0.25, 1.5]])


def test_levels_of_wrong_length_are_refused(build):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "a"}}))
    with pytest.raises(ValueError, match="levels need 2 entries"):
        payoffs.values([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="levels need 2 entries"):
        payoffs.values(1.0)


def test_unknown_name_is_refused(build):
    with pytest.raises(ValueError, match="`e` is neither a lever nor a parameter nor a definition"):
        compile_payoffs(build("ab", {"US": {"a": "a + e"}}))


def test_headings_add_up_in_the_order_of_issues(build):
    payoffs = compile_payoffs(
        build("ab", {"US": {"joint": "a*b", "b": "2*b"}, "JP": {"a": "a^2", "joint": "-a*b + 1"}})
    )
    shares = payoffs.by_heading([3.0, 5.0])
    assert shares == {"a": (0.0, 9.0), "b": (10.0, 0.0), "joint": (15.0, -14.0)}
    assert list(shares) == ["a", "b", "joint"]
    assert_allclose(np.sum(list(shares.values()), axis=0), payoffs.values([3.0, 5.0]))


def test_tables_are_read_by_level_in_the_scenarios_order_of_levers(build, lever):
    levers = [lever("a", [10.0, 0.0, 2.5]), lever("b", ["none", "full"]), "c"]
    table = (["b", "a"], (2, 3), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    payoffs = compile_payoffs(build(levers, {"US": {"a": "c"}, "JP": {"joint": table, "a": "a*c"}}))
    assert payoffs.terms[1].levers == (0, 1)
    for place, code in enumerate([10.0, 0.0, 2.5]):
        assert payoffs.values([code, 1.0, 2.0]).tolist() == [2.0, 4.0 + place + 2 * code]
        assert payoffs.by_heading([code, 0.0, 2.0])["joint"] == (0.0, 1.0 + place)
    many = payoffs.values([[10.0, 0.0, 1.0], [2.5, 1.0, 1.0], [0.0, 0.0, 1.0]])
    assert many[:, 1].tolist() == [1.0 + 10.0, 6.0 + 2.5, 2.0]
    assert payoffs.gradient([2.5, 1.0, 2.0]).tolist() == [[0.0, 0.0, 1.0], [2.0, 0.0, 2.5]]
    assert payoffs.edges == {(0, 1), (0, 2)}


@pytest.mark.parametrize("levels", [[3.0, 0.0], [[10.0, 0.0], [3.0, 0.0]]])
def test_table_knows_listed_levels_only(build, lever, levels):
    levers = [lever("a", [10.0, 0.0, 2.5]), "b"]
    payoffs = compile_payoffs(build(levers, {"US": {"a": (["a"], (3,), (1.0, 2.0, 3.0))}}))
    with pytest.raises(PayoffDomainError, match=r"lever `a` has no level 3 in a table.*levels are 10, 0, 2.5"):
        payoffs.values(levels)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_payoff_scales_values_and_derivatives(build, unit):
    texts = {"US": {"a": "a^2 - 3*a*b", "joint": "log(a)*b"}, "JP": {"b": "-b^1.5 + min(a, b)"}}
    scaled = {player: {key: f"unit*({text})" for key, text in entry.items()} for player, entry in texts.items()}
    once = compile_payoffs(build("ab", texts))
    other = compile_payoffs(build("ab", scaled, parameters={"unit": unit}))
    point = [1.25, 2.75]
    assert once.edges == other.edges
    assert_allclose(other.values(point), unit * once.values(point), rtol=1e-13)
    assert_allclose(other.gradient(point), unit * once.gradient(point), rtol=1e-13)
    assert_allclose(other.hessian(point), unit * once.hessian(point), rtol=1e-13)


def test_a_high_power_of_a_small_difference_keeps_its_digits(build):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "(a - 1000)^8 + b*(a - 1000)^6 + (a + b - 1001)^8"}}))
    assert_allclose(payoffs.values([1000.5, 2.0]), 0.5**8 + 2 * 0.5**6 + 1.5**8, rtol=1e-12)


def test_what_is_multiplied_out_keeps_its_single_levers_whole(build):
    payoffs = compile_payoffs(build("abc", {"US": {"a": "((a - 1000)^8 + b)*c"}}))
    assert payoffs.edges == {(0, 2), (1, 2)}
    assert_allclose(payoffs.values([1000.5, 2.0, 3.0]), 3 * (0.5**8 + 2), rtol=1e-14)


@pytest.mark.parametrize(
    "text", ["(-2*a)^3", "(-a)^2", "(-3*a*b)^-1", "(-(a - 5))^1.5", "(4*(a - 5)^3)^2", "(-1)^b*a", "(-a)^-3"]
)
def test_powers_of_negative_numbers(build, text):
    payoffs = compile_payoffs(build("ab", {"US": {"a": text}}))
    assert_allclose(payoffs.values([1.5, 3.0])[0], evaluate(read_formula(text), {"a": 1.5, "b": 3.0}), rtol=1e-14)


def test_payoffs_without_any_term_are_zero(build):
    payoffs = compile_payoffs(build("ab", {"US": {"a": "0"}, "JP": {"a": "a - a"}}))
    assert payoffs.values([[1.0, 2.0]]).tolist() == [[0.0, 0.0]]
    assert payoffs.gradient([1.0, 2.0]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    (term,) = payoffs.tensors([[1.0], [2.0]])
    assert term.levers == ()
    assert term.payoffs.tolist() == [0.0, 0.0]
