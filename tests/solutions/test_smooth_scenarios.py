"""The two worked scenarios of the specification, solved from their files with exact derivatives."""

import numpy as np
import pytest

from bargain.games.build import bargaining_problem
from bargain.payoffs.numeric import compile_payoffs
from bargain.results import Status
from bargain.scenario.read import read_tree
from bargain.solutions.smooth import ideal_point, maximise_least, maximise_product, maximise_sum, nearest_miss


def us_japan(room=7.5):
    return {
        "format": 1,
        "scenario": {"id": "us-japan", "title": "Tariff, investment and host-nation support", "units": "bn USD / yr"},
        "players": {"US": {"name": "United States", "power": 0.55}, "JP": {"name": "Japan", "power": 0.45}},
        "issues": {
            "tariff": {"set_by": "US", "range": [2.5, 25], "status_quo": 25},
            "pledge": {"set_by": "JP", "range": [0, 600], "status_quo": 0},
            "host": {"set_by": "JP", "range": [1.4, 4.0], "status_quo": 1.4},
        },
        "payoffs": {
            "US": {
                "tariff": "tariff - 0.0225*tariff^2",
                "pledge": "6*log(1 + pledge/100)",
                "host": "1.2*(host - 1.4)",
            },
            "JP": {
                "tariff": "-0.45*tariff - 0.012*tariff^2",
                "pledge": "-0.011*pledge",
                "host": "-(host - 1.4) + 1.1*log(host/1.4)",
                "joint": "0.004*pledge*tariff/25",
            },
        },
        "constraints": [{"name": "fiscal room", "rule": f"0.011*pledge + (host - 1.4) <= {room!r}"}],
    }


CHIPS = {
    "format": 1,
    "scenario": {"id": "chips", "title": "Chip controls, plant subsidies and base costs", "units": "bn USD / yr"},
    "players": {
        "US": {"name": "United States", "power": 0.4},
        "JP": {"name": "Japan", "power": 0.3},
        "KR": {"name": "Korea", "power": 0.3},
    },
    "issues": {
        "controls": {"set_by": "US", "range": [0, 1], "status_quo": 0.3},
        "subsidy": {"set_by": "US", "range": [0, 40], "status_quo": 0},
        "bases": {"set_by": "KR", "range": [1, 3], "status_quo": 1},
    },
    "define": {"tight": "controls - 0.3", "crowd": "subsidy^2/160"},
    "payoffs": {
        "US": {
            "controls": "9*sqrt(controls) - 9*sqrt(0.3)",
            "subsidy": "-0.25*subsidy - 0.1*crowd",
            "bases": "1.3*(bases - 1)",
            "joint": "0.05*subsidy*tight",
        },
        "JP": {"controls": "-3*tight", "subsidy": "0.25*0.4*subsidy"},
        "KR": {
            "controls": "-5*tight^1.5 if tight > 0 else 0.5*tight",
            "subsidy": "0.25*0.6*subsidy",
            "bases": "-(bases - 1) + 0.6*log(bases)",
        },
    },
}


def table(tree, issues):
    document = read_tree(tree)
    payoffs = compile_payoffs(document)
    default = payoffs.values(document.status_quo)
    return bargaining_problem(payoffs, default, issues=issues, weights=document.weights)


def gains(problem, found):
    return found.payoffs - np.array(problem.disagreement)


ALL = ("tariff", "pledge", "host")


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        (("tariff",), (0.16, 3.59)),
        (("tariff", "pledge"), (8.43, 7.48)),
        (("tariff", "host"), (2.53, 6.69)),
        (ALL, (9.605, 7.958)),
    ],
)
def test_nash_solution_of_the_us_japan_tables(issues, expected):
    problem = table(us_japan(), issues)
    found = maximise_product(problem, problem.weights)
    assert gains(problem, found) == pytest.approx(expected, abs=0.006 if issues != ALL else 0.0006)
    assert found.residual < 1e-12
    assert found.status is Status.PROVED


def test_terms_of_the_us_japan_package():
    problem = table(us_japan(), ALL)
    deal = problem.feasible.describe(maximise_product(problem, problem.weights).x)
    assert list(deal) == ["tariff", "pledge", "host"]
    assert deal["tariff"]["tariff"] == pytest.approx(9.11, abs=0.005)
    assert deal["pledge"]["pledge"] == pytest.approx(445.5, abs=0.05)
    assert deal["host"]["host"] == 4.0


@pytest.mark.parametrize("issues", [("pledge",), ("host",), ("pledge", "host")])
def test_japan_pays_for_nothing_without_the_tariff(issues):
    problem = table(us_japan(), issues)
    for rule in (maximise_product, maximise_least, maximise_sum):
        assert rule(problem, problem.weights) is None
    assert ideal_point(problem).tolist() == [0, 0]
    assert nearest_miss(problem).status is Status.NO_DEAL


def test_other_rules_on_the_us_japan_package():
    problem = table(us_japan(), ALL)
    ideal = ideal_point(problem)
    assert ideal == pytest.approx((13.37, 14.63), abs=0.006)
    kalai_smorodinsky = maximise_least(problem, ideal)
    assert gains(problem, kalai_smorodinsky) == pytest.approx((8.33, 9.12), abs=0.006)
    assert kalai_smorodinsky.x == pytest.approx((7.52, 421.0, 4.0), abs=0.05)
    assert gains(problem, maximise_least(problem, (1, 1))) == pytest.approx((8.75, 8.75), abs=0.006)


def test_fiscal_room_of_japan_is_a_commitment():
    problem = table(us_japan(), ALL)
    found = maximise_product(problem, problem.weights)
    shadow = {item.name: item.shadow for item in found.binding}
    assert sorted(shadow) == ["fiscal room", "host"]
    assert shadow["fiscal room"] == pytest.approx((0.56, -0.42), abs=0.006)
    step = 1e-4
    ends = [maximise_product(table(us_japan(7.5 + h), ALL), problem.weights).payoffs for h in (-step, step)]
    assert shadow["fiscal room"] == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("issues", [("controls",), ("subsidy",), ("bases",), ("controls", "bases")])
def test_no_single_issue_helps_all_three_countries(issues):
    problem = table(CHIPS, issues)
    for rule in (maximise_product, maximise_least, maximise_sum):
        assert rule(problem, problem.weights) is None


@pytest.mark.parametrize(
    ("issues", "total"),
    [(("controls", "subsidy"), 0.28), (("subsidy", "bases"), 1.16), (("controls", "subsidy", "bases"), 1.67)],
)
def test_packages_of_three_countries(issues, total):
    problem = table(CHIPS, issues)
    found = maximise_product(problem, problem.weights)
    assert gains(problem, found).sum() == pytest.approx(total, abs=0.006)
    assert found.residual < 1e-10
    if len(issues) == 3:
        assert gains(problem, found) == pytest.approx((0.58, 0.77, 0.32), abs=0.006)


def test_no_point_of_a_fine_grid_beats_the_package_of_three_countries():
    problem = table(CHIPS, None)
    axes = [
        np.linspace(low, high, 81) for low, high in zip(problem.feasible.lower, problem.feasible.upper, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    over = problem.feasible.values(points) - np.array(problem.disagreement)
    over = over[(over >= 0).all(1)]
    weights = np.array(problem.weights)
    best = (gains(problem, maximise_product(problem, weights)) ** weights).prod()
    assert best >= (over**weights).prod(1).max()
    ideal = ideal_point(problem)
    assert (ideal >= over.max(0)).all()
    least = gains(problem, maximise_least(problem, ideal)) / ideal
    assert least.min() >= (over / ideal).min(1).max()
    assert gains(problem, maximise_sum(problem, (1, 1, 1))).sum() >= over.sum(1).max()
