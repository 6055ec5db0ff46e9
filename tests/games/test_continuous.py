"""Continuous deals: agreement with the payoffs they are made of, and clear refusals."""

import numpy as np
import pytest

from bargain.errors import UnsupportedGameError
from bargain.games.continuous import ContinuousDeals, DealLimit
from bargain.payoffs.numeric import compile_payoffs
from bargain.scenario.read import read_tree


def tree(**changes):
    base = {
        "format": 1,
        "scenario": {"id": "mixed", "title": "A tariff, a pledge and an option"},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            "tariff": {"set_by": "A", "range": [0, 25], "status_quo": 25},
            "option": {"set_by": "B", "levels": ["none", "some", "all"], "status_quo": "none"},
            "pledge": {"set_by": "B", "range": [0, 600], "status_quo": 0},
            "idle": {"set_by": "B", "range": [0, 1], "status_quo": 0.25},
        },
        "payoffs": {
            "A": {
                "tariff": "tariff - 0.02*tariff^2",
                "pledge": "log(1 + pledge)",
                "joint": "0.1*tariff if option == 'all' else 0",
            },
            "B": {"tariff": "-tariff", "pledge": "-0.01*pledge", "option": {"none": 0, "some": -1, "all": -4}},
        },
        "constraints": [{"name": "room", "rule": "pledge/100 + tariff <= 20"}],
    }
    return {**base, **changes}


PAYOFFS = compile_payoffs(read_tree(tree()))


def test_values_and_derivatives_are_those_of_the_payoffs_with_other_levers_fixed():
    deals = ContinuousDeals.from_payoffs(PAYOFFS, [0, 2], fixed=(25, 2, 0, 0.25))
    x, full = np.array([7.0, 120.0]), np.array([7.0, 2.0, 120.0, 0.25])
    assert deals.names == ("tariff", "pledge")
    assert deals.values(x).tolist() == PAYOFFS.values(full).tolist()
    assert deals.values(np.array([x, x])).shape == (2, 2)
    assert deals.gradient(x).tolist() == PAYOFFS.gradient(full)[:, [0, 2]].tolist()
    assert deals.hessian(x).tolist() == PAYOFFS.hessian(full)[:, [0, 2]][:, :, [0, 2]].tolist()
    assert deals.limit_values(x).tolist() == PAYOFFS.limit_values(full).tolist()
    assert deals.limit_gradient(x).tolist() == PAYOFFS.limit_gradient(full)[:, [0, 2]].tolist()
    assert deals.limit_hessian(x).shape == (1, 2, 2)
    assert [(limit.name, limit.kind) for limit in deals.limits] == [("room", "inequality")]


def test_finite_levers_are_listed_and_idle_ones_stay():
    deals = ContinuousDeals.from_payoffs(PAYOFFS, [0, 1, 2, 3])
    assert deals.names == ("tariff", "option", "pledge")
    assert {place: codes.tolist() for place, codes in deals.finite.items()} == {1: [0, 1, 2]}
    assert deals.status_quo.tolist() == [25, 0, 0]
    assert deals.describe(np.array([5.0, 2.0, 300.0])) == {
        "tariff": {"tariff": 5.0},
        "option": {"option": "all"},
        "pledge": {"pledge": 300.0},
        "idle": {"idle": 0.25},
    }


def test_limit_that_fixed_levers_keep_is_dropped_and_one_that_they_break_stays_broken():
    kept = ContinuousDeals.from_payoffs(PAYOFFS, [1], fixed=(5, 0, 0, 0))
    assert kept.limits == ()
    broken = ContinuousDeals.from_payoffs(PAYOFFS, [1], fixed=(25, 0, 0, 0))
    assert [limit.kind for limit in broken.limits] == ["condition"]
    assert broken.limit_values(np.array([1.0])).tolist() == [-1]


def test_condition_on_a_continuous_lever_is_refused_with_advice():
    rule = [{"name": "either", "rule": "tariff <= 5 or pledge >= 100"}]
    payoffs = compile_payoffs(read_tree(tree(constraints=rule)))
    with pytest.raises(UnsupportedGameError, match=r"`either`.*`tariff`, `pledge`.*`steps`"):
        ContinuousDeals.from_payoffs(payoffs, [0, 2])
    named = [{"name": "not all", "rule": "option != 'all'"}]
    mixed = ContinuousDeals.from_payoffs(compile_payoffs(read_tree(tree(constraints=named))), [0, 1])
    assert [limit.kind for limit in mixed.limits] == ["condition"]


PLAIN = {
    "values": lambda x: x,
    "gradient": lambda x: np.eye(x.size),
    "hessian": lambda x: np.zeros((x.size,) * 3),
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lower": [0, 2], "upper": [1, 1]}, "lever 1: lower end 2 is above upper end 1"),
        ({"lower": [0], "upper": [1, 1]}, "lower has 1 levels, upper has 2"),
        ({"lower": [0], "upper": [np.inf]}, "upper must be a list of finite numbers"),
        ({"lower": [0], "upper": [1], "names": ["a", "b"]}, "2 names for 1 levers"),
        ({"lower": [0], "upper": [1], "finite": {1: [0.0]}}, "finite: every key"),
        ({"lower": [0], "upper": [1], "status_quo": [0, 0]}, "status_quo has 2 levels"),
        ({"lower": [0], "upper": [1], "limits": (DealLimit("cap"),)}, "limits need limit_values"),
    ],
)
def test_incomplete_deals_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ContinuousDeals(**PLAIN, **options)


def test_unknown_kind_of_limit_is_refused():
    functions = {name: lambda x: x for name in ("limit_values", "limit_gradient", "limit_hessian")}
    with pytest.raises(ValueError, match=r"`cap`: kind 'soft' is not one of inequality, equality, condition"):
        ContinuousDeals([0], [1], **PLAIN, limits=(DealLimit("cap", "soft"),), **functions)
