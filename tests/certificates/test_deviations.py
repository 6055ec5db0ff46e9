"""The independent check of equilibria on intervals: true results pass, changed ones fail, and bounds are bounds."""

import copy
import json

import numpy as np
import pytest

from bargain.certificates.deviations import check_continuous, highest_payoff
from bargain.certificates.replay import Replay
from bargain.certificates.slopes import NoSlopeError, slope
from bargain.pipeline import Scenario, load
from bargain.reports.continuous import continuous_tree
from bargain.reports.json import dumps
from bargain.scenario.expression import evaluate
from bargain.scenario.formula import read_formula
from bargain.scenario.read import read_tree


def tree(us, jp, us_range=(0, 12), mode=None):
    issues = {
        "a": {"set_by": "US", "range": list(us_range), "status_quo": us_range[0]},
        "b": {"set_by": "JP", "range": [0, 12], "status_quo": 0},
        "c": {"range": [0, 1], "status_quo": 0},
    }
    payoffs = {"US": {"joint": us}, "JP": {"joint": jp}}
    if mode is not None:
        issues["mode"] = {"set_by": "US", "levels": ["low", "high"], "status_quo": "low"}
        payoffs["US"]["mode"] = mode
    return {
        "format": 1,
        "scenario": {"id": "duopoly", "title": "Duopoly"},
        "players": {"US": {"name": "US"}, "JP": {"name": "Japan"}},
        "parameters": {"demand": {"value": 12}},
        "define": {"price": "demand - a - b"},
        "issues": issues,
        "payoffs": payoffs,
    }


COURNOT = tree("a*price + 3*c", "b*price")
WAVES = tree("-(a^2 - 1)^2 + 0.1*a", "-abs(b - a)", us_range=(-2, 2), mode={"low": 0, "high": -1})


def solved(source):
    scenario = Scenario(read_tree(source))
    stored = json.loads(dumps(continuous_tree(scenario.continuous_equilibria())))
    return Replay(scenario.document), stored


@pytest.mark.parametrize("source", [COURNOT, WAVES])
def test_true_results_hold(source):
    replay, stored = solved(source)
    assert stored["profiles"]
    checks = check_continuous(replay, stored)
    assert checks
    assert all(check.holds for check in checks), [check for check in checks if not check.holds]
    assert any(check.method == "interval branch and bound" for check in checks)


def test_the_shipped_scenario_holds():
    scenario = load("us-japan-2025")
    stored = json.loads(dumps(continuous_tree(scenario.continuous_equilibria())))
    checks = check_continuous(Replay(scenario.document), stored)
    assert all(check.holds for check in checks)
    assert sum(check.method == "interval branch and bound" for check in checks) == 2


def changed(stored, path, value):
    other = copy.deepcopy(stored)
    place = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return other


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("profiles", 0, "terms", "a", "a"), 4.3),
        (("profiles", 0, "terms", "b", "b"), 3.9),
        (("profiles", 0, "terms", "c", "c"), 1.0),
        (("profiles", 0, "payoffs", "US"), 16.1),
        (("profiles", 0, "gains", "US", "bound"), 1.0),
        (("profiles", 0, "epsilon"), -1.0),
    ],
)
def test_changed_results_fail(path, value):
    replay, stored = solved(COURNOT)
    assert not all(check.holds for check in check_continuous(replay, changed(stored, path, value)))


def test_a_first_order_point_that_is_not_an_equilibrium_fails():
    replay, stored = solved(WAVES)
    promoted = copy.deepcopy(stored["rejected"][0])
    promoted["status"] = "proved"
    for gains in promoted["gains"].values():
        gains["bound"] = 0.0
    promoted["epsilon"] = 0.0
    checks = check_continuous(replay, {**stored, "profiles": [promoted]})
    refuted = [check for check in checks if not check.holds]
    assert any("no deviation of US gains more" in check.claim for check in refuted)


def test_a_deviation_that_does_not_gain_fails():
    replay, stored = solved(WAVES)
    place = stored["rejected"][0]
    same = changed(stored, ("rejected", 0, "deviation", "terms"), place["terms"])
    assert not all(check.holds for check in check_continuous(replay, same))


def test_the_bound_is_never_below_a_sampled_payoff():
    source = tree("sqrt(a) - a*b/9 - abs(a - 5)/7 + min(a, 3)", "b*price", mode={"low": 0, "high": 0.25})
    document = read_tree(source)
    replay = Replay(document)
    codes = (1.0, 2.0, 0.0, 0.0)
    payoff = replay.payoffs(codes)[0]
    found, most, _, witness = highest_payoff(document, "US", codes, payoff, 1e-6)
    sampled = max(
        replay.payoffs((float(a), 2.0, 0.0, mode))[0] for a in np.linspace(0, 12, 2001) for mode in (0.0, 1.0)
    )
    assert sampled <= most
    # The claim that nothing is gained is refuted by levels that are shown.
    assert found > payoff + 1e-6
    assert replay.payoffs((witness["a"], 2.0, 0.0, witness["mode"]))[0] == pytest.approx(found)


@pytest.mark.parametrize(
    "text",
    [
        "x^2*y - y/x",
        "log(x)*exp(-y*x) + sqrt(x + y)",
        "x^y - 2^x",
        "max(x, y, 1) + min(x, 2)",
        "abs(x - y)*x/(x + y)^2",
    ],
)
@pytest.mark.parametrize("x", [0.4, 1.7, 2.6])
def test_slopes_agree_with_differences(text, x):
    formula, step = read_formula(text), 1e-6
    near = [float(evaluate(formula, {"x": x + move, "y": 1.3})) for move in (-step, step)]
    exact = float(evaluate(slope(formula, "x"), {"x": x, "y": 1.3}))
    assert exact == pytest.approx((near[1] - near[0]) / (2 * step), rel=1e-6, abs=1e-8)


def test_a_jump_has_no_slope():
    with pytest.raises(NoSlopeError):
        slope(read_formula("1 if x > y else 0"), "x")
    assert evaluate(slope(read_formula("x if y > 0 else 0"), "x"), {"x": 2.0, "y": 1.0}) == 1.0
