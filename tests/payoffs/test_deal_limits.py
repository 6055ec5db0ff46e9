"""Limits on deals: gaps, their derivatives, conditions and masks, against plain evaluation of the rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from bargain.errors import LimitError
from bargain.payoffs.domain import PayoffDomainError
from bargain.payoffs.numeric import compile_payoffs
from bargain.scenario.expression import evaluate
from bargain.scenario.formula import read_formula


def limited(build, levers, *rules, **more):
    limits = [(f"rule {place}", rule) for place, rule in enumerate(rules)]
    return compile_payoffs(
        build(levers, {"US": {levers[0] if isinstance(levers, str) else levers[0].name: "1"}}, limits=limits, **more)
    )


@pytest.mark.parametrize(
    ("rule", "kind", "gap"),
    [
        ("2*a <= 5", "inequality", 3.0),
        ("2*a < 5", "inequality", 3.0),
        ("a*b >= 2", "inequality", 1.0),
        ("a*b > 2", "inequality", 1.0),
        ("a + b == 4", "equality", 0.0),
        ("a != b", "condition", 1.0),
        ("a > 2 or b > 2", "condition", 1.0),
        ("not a > 2", "condition", 1.0),
        ("a > 2 if b > 5 else a > 3", "condition", -1.0),
        ("ceiling >= a + b", "inequality", 3.5),
        ("1 <= 2", "inequality", 1.0),
    ],
)
def test_kind_and_gap_of_a_rule(build, rule, kind, gap):
    payoffs = limited(build, "ab", rule, parameters={"ceiling": 7.5})
    (limit,) = payoffs.limits
    assert limit.kind == kind
    assert payoffs.limit_values([1.0, 3.0]) == pytest.approx([gap], abs=1e-15)
    assert bool(payoffs.allowed([1.0, 3.0])) is (gap >= 0)


def test_a_rule_with_and_becomes_several_limits_of_one_name(build):
    payoffs = limited(build, "ab", "0 <= a <= 2 and (a <= b and b <= 3)", "a != 1 and a == b")
    assert [(limit.name, limit.kind, limit.levers) for limit in payoffs.limits] == [
        ("rule 0", "inequality", (0,)),
        ("rule 0", "inequality", (0,)),
        ("rule 0", "inequality", (0, 1)),
        ("rule 0", "inequality", (1,)),
        ("rule 1", "condition", (0,)),
        ("rule 1", "equality", (0, 1)),
    ]
    assert payoffs.limit_values([[1.5, 2.5]]).tolist() == [[1.5, 0.5, 1.0, 0.5, 1.0, -1.0]]


def test_gradients_and_hessians_of_gaps(build):
    payoffs = limited(build, "ab", "a^2*b <= 10", "a == log(b)", "a < 1 or b < 1")
    assert_allclose(payoffs.limit_gradient([2.0, 4.0]), [[-16.0, -4.0], [1.0, -0.25], [0.0, 0.0]])
    expected = [[[-8.0, -4.0], [-4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0625]], [[0.0, 0.0], [0.0, 0.0]]]
    assert_allclose(payoffs.limit_hessian([2.0, 4.0]), expected)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_rounding_does_not_break_a_limit_in_any_unit(build, unit):
    payoffs = limited(
        build,
        "ab",
        "u*a + u*b <= 0.3*u",
        "u*(a + b) == 0.3*u",
        "u*a > 0.1*u or u*(a + b) <= 0.3*u",
        parameters={"u": unit},
    )
    assert 0.1 + 0.2 > 0.3
    assert payoffs.allowed([0.1, 0.2])
    assert not payoffs.allowed([0.1, 0.2 + 1e-8])


def test_strict_limit_excludes_its_bound_over_listed_levels(build, lever):
    payoffs = limited(build, [lever("a", [0.0, 10.0, 25.0]), lever("b", [0.1, 0.2])], "a < 25", "a + 10*b > 2")
    assert {limit.kind for limit in payoffs.limits} == {"condition"}
    assert payoffs.allowed([[10.0, 0.1], [25.0, 0.2], [0.0, 0.2]]).tolist() == [True, False, False]


def test_strict_limit_is_closed_over_an_interval(build):
    payoffs = limited(build, "ab", "a < 2", "b > 1")
    assert [limit.kind for limit in payoffs.limits] == ["inequality", "inequality"]
    assert payoffs.allowed([[2.0, 1.0], [2.1, 1.0], [2.0, 0.9]]).tolist() == [True, False, False]


def test_rules_over_named_levels_are_conditions_over_their_codes(build, lever):
    payoffs = limited(build, [lever("a", ["none", "partial", "full"]), lever("b")], "a >= 1", "a == 2 or b <= 1")
    assert [limit.kind for limit in payoffs.limits] == ["condition", "condition"]
    assert payoffs.allowed([[0.0, 1.0], [1.0, 1.0], [1.0, 2.0], [2.0, 2.0]]).tolist() == [False, True, False, True]


rules = st.recursive(
    st.tuples(
        st.sampled_from(["a", "b", "a + b", "a*b", "a - b"]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.integers(-4, 8).map(str),
    ).map(" ".join),
    lambda inner: st.one_of(
        inner.map(lambda rule: f"not ({rule})"),
        st.tuples(inner, inner).map(lambda pair: f"(({pair[0]}) and ({pair[1]}))"),
        st.tuples(inner, inner).map(lambda pair: f"(({pair[0]}) or ({pair[1]}))"),
    ),
    max_leaves=5,
)


@given(st.lists(rules, min_size=1, max_size=3))
def test_masks_and_allowed_agree_with_plain_evaluation(build, lever, texts):
    levels = [float(level) for level in range(4)]
    payoffs = limited(build, [lever("a", levels), lever("b", levels), lever("c", levels)], *texts)
    points = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    trees = [read_formula(text) for text in texts]
    expected = np.array(
        [all(evaluate(tree, dict(zip("abc", point, strict=True))) for tree in trees) for point in points.reshape(-1, 3)]
    ).reshape(4, 4, 4)
    assert_array_equal(payoffs.allowed(points), expected)
    combined = np.ones((4, 4, 4), dtype=bool)
    masks = payoffs.masks([levels] * 3)
    assert len({mask.levers for mask in masks}) == len(masks)
    for mask in masks:
        combined &= mask.allowed.reshape([4 if place in mask.levers else 1 for place in range(3)])
    assert_array_equal(combined, expected)


@pytest.mark.parametrize(
    ("rule", "holds"), [("a < 0 - 5", False), ("1 > 2", False), ("1 > 2 or 3 > 4", False), ("a - a >= 0", True)]
)
def test_a_rule_that_never_or_always_holds(build, lever, rule, holds):
    payoffs = limited(build, [lever("a", [0.0, 1.0])], rule)
    assert payoffs.allowed([[0.0], [1.0]]).tolist() == [holds, holds]
    assert all(np.all(mask.allowed) == holds for mask in payoffs.masks([[0.0, 1.0]]))


def test_no_limits_allow_everything(build):
    payoffs = limited(build, "ab")
    assert payoffs.limit_values([[1.0, 2.0]]).shape == (1, 0)
    assert payoffs.allowed([1.0, 2.0])
    assert payoffs.masks([[1.0], [2.0]]) == ()


def test_limit_without_a_finite_value_names_rule_and_levels(build):
    payoffs = limited(build, "ab", "a <= 5", "log(a - 1) <= b")
    with pytest.raises(PayoffDomainError, match=r"the limit `rule 1` has no finite value at a = 0.5, b = 2"):
        payoffs.limit_values([[2.0, 2.0], [0.5, 2.0]])
    with pytest.raises(PayoffDomainError, match="`rule 1`"):
        payoffs.allowed([0.5, 2.0])
    with pytest.raises(PayoffDomainError, match=r"`rule 1` has no finite value at a = 0.5, b = 2"):
        payoffs.masks([[2.0, 0.5], [2.0]])


def test_a_rule_is_not_asked_where_another_forbids_the_deal(build):
    payoffs = limited(build, "abc", "a > 2 and log(a - 2) <= b", "c <= 1")
    assert payoffs.allowed([[1.0, 1.0, 1.0], [2.5, 1.0, 1.0]]).tolist() == [False, True]
    masks = {mask.levers: mask.allowed.tolist() for mask in payoffs.masks([[1.0, 2.5, 9.0], [1.0, 3.0], [1.0]])}
    assert masks == {(0,): [False, True, True], (0, 1): [[False, False], [True, True], [False, True]], (2,): [True]}
    with pytest.raises(PayoffDomainError, match="`rule 0` has no finite value at a = 2, b = 1, c = 1"):
        payoffs.allowed([2.0, 1.0, 1.0])
    with pytest.raises(PayoffDomainError, match="`rule 0` has no finite value at a = 2, b = 1, c = 5"):
        payoffs.masks([[1.0, 2.0], [1.0], [5.0]])


def test_masks_predict_memory(build):
    payoffs = limited(build, "abcd", "a + b + c + d <= 9")
    with pytest.raises(LimitError, match="the limits on this grid would take"):
        payoffs.masks([np.linspace(1, 2, 1000)] * 4)


def test_a_rule_that_is_a_number_is_refused(build):
    with pytest.raises(ValueError, match="must be a condition"):
        limited(build, "a", "a + 1")
