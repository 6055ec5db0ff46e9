"""Laws of linkage for separable payoffs: sums of sets, slopes of frontiers, neutrality of payments."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import bargain as bg
from bargain.testing.strategies import scenario_trees


@given(scenario_trees(max_issues=3, linked=False))
def test_minkowski_the_package_of_separable_issues_is_the_sum_of_the_tables(tree):
    """Every gain vector of the package is a sum of gain vectors of the issues, and every such sum is one of its own."""
    assume(not tree.get("constraints"))
    scenario = bg.load(tree)
    default = np.array(scenario.disagreement().payoffs)

    def gains(issues=None):
        deals = scenario.problem(issues=issues).feasible
        rows = list(itertools.product(*map(range, deals.sizes)))
        return {tuple(np.round(row, 9) + 0.0) for row in deals.payoffs(rows) - default}

    single = [gains([issue.name]) for issue in scenario.document.issues]
    sums = {tuple(np.round(np.sum(choice, axis=0), 9) + 0.0) for choice in itertools.product(*single)}
    assert sums == gains()


def shared(slope_a, slope_b):
    """Two issues with frontiers slope*u1 + u2 <= slope: a unit is shared, worth 1 to the first and slope to the second."""
    levels = {"range": [0, 1], "status_quo": 0}
    return {
        "format": 1,
        "scenario": {"id": "slopes", "title": "Slopes", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            name: {"levers": {f"{name}_a": dict(levels), f"{name}_b": dict(levels)}} for name in ("goods", "services")
        },
        "payoffs": {
            "A": {"goods": "goods_a", "services": "services_a"},
            "B": {"goods": f"{slope_a}*goods_b", "services": f"{slope_b}*services_b"},
        },
        "constraints": [{"name": name, "rule": f"{name}_a + {name}_b <= 1"} for name in ("goods", "services")],
    }


@pytest.mark.parametrize("slopes", [(1, 1), (2, 2), (0.5, 2), (1, 3), (2, 0.5)])
def test_linking_gains_iff_the_slopes_of_the_frontiers_differ_horstmann_markusen_robles_2005(slopes):
    value = bg.load(shared(*slopes)).linkage().value
    if slopes[0] == slopes[1]:
        assert value == pytest.approx((0, 0), abs=1e-6)
    else:
        assert min(value) > -1e-6
        assert max(value) > 1e-3


@given(st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=1, max_size=4), st.booleans())
def test_frictionless_payments_make_linkage_of_surplus_issues_neutral_and_structures_alike(issues, costly):
    """Maggi (2016), without any lever for payments: every structure gives half of the total surplus to each."""
    assume(all(a + b >= 0 for a, b in issues))
    names = [f"i{k}" for k in range(len(issues))]
    tree = {
        "format": 1,
        "scenario": {"id": "maggi", "title": "Payments", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {name: {"levels": [0, 1], "status_quo": 0} for name in names},
        "payoffs": {
            "A": {name: f"{a}*{name}" for name, (a, _) in zip(names, issues, strict=True)},
            "B": {name: f"{b}*{name}" for name, (_, b) in zip(names, issues, strict=True)},
        },
    }
    worth = bg.load(tree).linkage("partitions", transfers=0.4 if costly else 0.0)
    share = sum(a + b for a, b in issues) / 2
    if not costly:
        for each in worth.structures.partitions:
            assert each.gains == pytest.approx((share, share), abs=1e-10)
        assert worth.value == pytest.approx((0, 0), abs=1e-10)
    else:
        # With a cost the package is at least as good by the Nash product as any structure.
        best = max((each.log_product for each in worth.structures.partitions), default=-math.inf)
        package = worth.structures.partitions[0].log_product
        assert package >= best - 1e-9


def test_tollison_willett_turning_payments_off_makes_linkage_valuable():
    scenario = bg.load("tollison-willett-1979")
    assert scenario.linkage().total == 4
    assert scenario.linkage(transfers=0.0).total == pytest.approx(0)
    # At a cost of 60 % finance no longer passes alone: 2 * 0.4 < 1.
    tables = scenario.linkage(transfers=0.6).separate.tables
    assert [table.agreed for table in tables] == [True, False]


def test_no_pain_no_gain_horstmann_markusen_robles_2005():
    """With payments, adding an issue on which a country alone loses helps it: (1, 1) becomes 2.25 each."""
    tree = {
        "format": 1,
        "scenario": {"id": "pain", "title": "No pain no gain", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {name: {"levels": [0, 1], "status_quo": 0} for name in ("first", "second")},
        "payoffs": {"A": {"first": "first", "second": "-0.5*second"}, "B": {"first": "first", "second": "3*second"}},
    }
    worth = bg.load(tree).linkage("subpackages", transfers=0.0)
    totals = {each.issues: each.gains for each in worth.subpackages}
    assert totals[("first",)] == pytest.approx((1, 1))
    assert worth.package.gains == pytest.approx((2.25, 2.25))


@given(scenario_trees(max_issues=3, linked=True))
def test_no_structure_that_hurts_nobody_has_a_larger_nash_product_than_the_package(tree):
    worth = bg.load(tree).linkage("all")
    package = worth.structures.partitions
    whole = next(each for each in package if len(each.tables) == 1)
    for each in worth.structures.all:
        if each.feasible and each.status == "solved" and min(each.gains) > 0:
            assert each.log_product <= whole.log_product + 1e-9
        assert each.kind != "myopic" or min(each.gains) >= -1e-9
