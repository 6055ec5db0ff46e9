"""Deals that a single search misses, found by an independent referee's random scenarios."""

import math

import pytest

import bargain as bg
from bargain.solutions.smooth import ideal_point


def scenario(payoffs, levers, **more):
    """A scenario over continuous levers on [0, 1] with status quo 0 and formulas under `joint`."""
    tree = {
        "format": 1,
        "scenario": {"id": "drawn", "title": "Drawn at random", "illustrative": True},
        "players": {name: {"name": name} for name in payoffs},
        "issues": {lever: {"range": [0, 1], "status_quo": 0} for lever in levers},
        "payoffs": {name: {"joint": formula} for name, formula in payoffs.items()},
        **more,
    }
    return bg.load(tree)


PEAK = "exp(-((x - 0.437)^2 + (y - 0.713)^2)/0.0009)"


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_every_rule_finds_the_narrow_peak_of_mutual_gain(rule):
    narrow = scenario({"A": f"{PEAK} - 0.2*(x + y)", "B": f"{PEAK} - 0.1*(x + y)"}, "xy")
    solution = narrow.solve(rule)
    assert solution.agreed
    assert solution.gains == pytest.approx((0.77, 0.885), abs=1e-4)


def test_kalai_smorodinsky_on_continuous_levers_claims_no_price_of_a_limit():
    solution = bg.load("us-japan-2025").solve("kalai-smorodinsky")
    assert solution.binding
    assert all(limit.shadow is None for limit in solution.binding)


def test_kalai_smorodinsky_equalises_the_shares_of_the_best_ideal_point_found():
    flagship = bg.load("us-japan-2025")
    solution = flagship.solve("kalai-smorodinsky")
    shares = solution.gains / ideal_point(flagship.problem(), seed=5)
    assert shares[0] == pytest.approx(shares[1], abs=1e-6)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_limits_that_no_deal_keeps_leave_no_lottery(rule):
    players = "ABC"
    tree = {
        "format": 1,
        "scenario": {"id": "none", "title": "Nothing is allowed", "illustrative": True},
        "players": {name: {"name": name} for name in players},
        "issues": {"x": {"levels": [1, 2], "status_quo": 1}},
        "payoffs": {name: {"x": "x"} for name in players},
        "constraints": [{"name": "none", "rule": "x <= 0"}],
        "disagreement": {"kind": "fixed", "payoffs": dict.fromkeys(players, 0)},
        "solve": {"lotteries": True},
    }
    assert bg.load(tree).solve(rule).status is bg.Status.NO_DEAL


@pytest.mark.parametrize("offset", ["", " - 6.9", " + 1000"])
def test_a_constant_in_a_payoff_does_not_take_a_deal_away(offset):
    """Moving x down to 0.95 leaves B as it was and A better off."""
    payoffs = {"A": "2.839*exp(-20*(x - 0.41)^2)", "B": f"1.232*min(x, 0.95){offset}"}
    issues = {"x": {"range": [0, 1], "status_quo": 1}}
    solution = scenario(payoffs, "x", issues=issues).solve()
    assert solution.agreed
    assert solution.gains == pytest.approx((0.0056354332, 0.0), abs=1e-9)


SPIKE = "max(0, 1 - 10000*abs(x - 0.3001))"


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_a_payoff_that_moves_between_the_points_of_a_scan_only_is_no_constant(rule):
    """B gains on one part in 5000 of the range; a deal without a gain for B was called proved."""
    solution = scenario({"A": "x", "B": SPIKE}, "x").solve(rule)
    assert solution.gains[1] == pytest.approx(1.0 if rule in ("nash", "utilitarian") else 0.30017, abs=1e-6)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_nobody_loses_between_the_points_of_a_scan(rule):
    """The deal that A likes best costs B 1; it was called proved."""
    disagreement = {"kind": "fixed", "payoffs": {"A": 0, "B": 0}}
    solution = scenario({"A": "1 - (x - 0.3001)^2", "B": f"-{SPIKE}"}, "x", disagreement=disagreement).solve(rule)
    assert solution.gains == pytest.approx((1 - 1e-8, 0), abs=1e-10)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
def test_a_spike_of_mutual_gain_on_flat_ground_is_found(rule):
    solution = scenario({"A": SPIKE, "B": SPIKE}, "x").solve(rule)
    assert solution.gains == pytest.approx((1, 1), abs=1e-9)


def test_a_limit_that_is_kept_between_the_points_of_a_scan_only_leaves_deals():
    rule = {"name": "spike", "rule": f"2*{SPIKE} >= 1"}
    disagreement = {"kind": "fixed", "payoffs": {"A": 0, "B": 0}}
    solution = scenario({"A": "x", "B": "1 - x"}, "x", constraints=[rule], disagreement=disagreement).solve(
        "utilitarian"
    )
    assert solution.agreed
    assert abs(solution.deal["x"]["x"] - 0.3001) <= 0.5e-4 + 1e-12


def test_a_payoff_whose_parts_cancel_out_is_a_constant():
    """Parts that are no constants add up to one: A decides, and B neither gains nor loses."""
    solution = scenario({"A": "x - x^2", "B": "x*(1 - x) - x + x^2"}, "x").solve()
    assert solution.gains == pytest.approx((0.25, 0), abs=1e-9)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"])
@pytest.mark.parametrize("loss", ["2.74*z^4 - 2.94*z^2", "-0.05*z^2", "-40*z^2", "-z^3", "-2*(z - 0.3)^2"])
def test_a_deal_is_found_where_one_side_keeps_its_payoff_at_a_single_level(loss, rule):
    # A payoff without a slope where it is highest lets a climb stop a little way off, where it is lower.
    tree = {"A": loss, "B": "0.45*log(1 + 2.98*y) - 2.69*abs(y - 0.41)"}
    disagreement = {"kind": "fixed", "payoffs": {"A": 0, "B": -1.1}}
    issues = {
        "y": {"range": [0, 1], "status_quo": 0},
        "z": {"range": [0, 1], "status_quo": 0.3 if "0.3" in loss else 0},
    }
    solution = scenario(tree, "yz", disagreement=disagreement, issues=issues).solve(rule)
    assert solution.agreed
    assert solution.gains == pytest.approx((0.0, 1.1 + 0.45 * math.log(1 + 2.98 * 0.41)), abs=1e-7)
    assert solution.gains[0] >= -1e-12
