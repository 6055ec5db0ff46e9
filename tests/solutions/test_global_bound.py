"""Bounds on all deals over continuous levers: never below a dense grid, closed where they should be, honest where not."""

import json
import random
from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.reports import render
from bargain.results import Status
from bargain.solutions.effort import effort
from bargain.solutions.gainers import only
from bargain.solutions.global_bound import Prover
from bargain.solutions.program import Program
from bargain.solutions.search import search
from bargain.solutions.starts import survey

RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")


def scenario(payoffs, levers, **more):
    """A scenario over levers on [0, 1] with status quo 0 and formulas under `joint`."""
    tree = {
        "format": 1,
        "scenario": {"id": "drawn", "title": "Drawn at random", "illustrative": True},
        "players": {name: {"name": name} for name in payoffs},
        "issues": {lever: {"range": [0, 1], "status_quo": 0} for lever in levers},
        "payoffs": {name: {"joint": formula} for name, formula in payoffs.items()},
        **more,
    }
    return bg.load(tree)


def number(chance):
    return round(chance.uniform(0.2, 3), 2)


def of_one(chance, x):
    a, b, c = number(chance), number(chance), round(chance.random(), 2)
    return chance.choice(
        [
            f"{a}*{x}",
            f"-{a}*{x}",
            f"{a}*({x} - {c})^2",
            f"-{a}*({x} - {c})^2",
            f"{a}*log(1 + {b}*{x})",
            f"-{a}*exp({x})",
            f"{a}*sqrt({x})",
            f"-{a}*abs({x} - {c})",
            f"{a}*min({x}, {c})",
            f"-{a}*max({x}, {c})",
            f"{a}*exp(-30*({x} - {c})^2)",
            f"({a}*{x} if {x} < {c} else {b}*(1 - {x}))",
            f"{a}*{x}^4 - {b}*{x}^2",
        ]
    )


def of_two(chance, x, y):
    a = number(chance)
    return chance.choice(
        [
            f"{a}*{x}*{y}",
            f"-{a}*{x}*{y}",
            f"{a}*min({x}, {y})",
            f"-{a}*({x} - {y})^2",
            f"-{a}*abs({x} + {y} - 1)",
            f"{a}*{x}/(1 + {y})",
        ]
    )


def drawn(seed):
    chance = random.Random(seed)
    levers = [f"x{k}" for k in range(chance.choice([1, 1, 2, 2, 3]))]
    payoffs = {}
    for player in "ABC"[: chance.choice([2, 2, 3])]:
        parts = [of_one(chance, chance.choice(levers)) for _ in range(chance.randint(1, 3))]
        if len(levers) > 1:
            parts += [of_two(chance, *chance.sample(levers, 2)) for _ in range(chance.randint(0, 2))]
        payoffs[player] = " + ".join(f"({part})" for part in parts)
    more = {}
    if chance.random() < 0.3:
        more["constraints"] = [{"name": "c", "rule": f"{levers[0]}^2 + {levers[-1]} >= {chance.uniform(0.1, 1):.2f}"}]
    if len(levers) > 1 and chance.random() < 0.2:
        issues = {lever: {"range": [0, 1], "status_quo": 0} for lever in levers}
        more["issues"] = {**issues, levers[-1]: {"levels": [0, 0.4, 1], "status_quo": 0}}
    return scenario(payoffs, levers, **more)


def on_a_grid(problem):
    """Scaled by nothing: gains of the individually rational deals on a grid, shape (k, n)."""
    deals = problem.feasible
    count = {1: 4001, 2: 121, 3: 31}[deals.num_levers]
    axes = [deals.finite.get(k, np.linspace(0, 1, count)) for k in range(deals.num_levers)]
    levels = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, deals.num_levers)
    gains = deals.values(levels) - np.array(problem.disagreement)
    kept = (gains >= 0).all(axis=1)
    if deals.limits:
        kept &= (deals.limit_values(levels) >= 0).all(axis=1)
    return gains[kept]


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("kind", ["product", "sum", "least"])
def test_no_deal_on_a_dense_grid_exceeds_the_bound(seed, kind):
    problem = drawn(1000 + seed).problem()
    deals = problem.feasible
    scan = survey(deals, problem.disagreement)
    gains = on_a_grid(problem) / scan.payoff_unit
    ones, rows = only(np.ones(scan.payoff_unit.size), scan.moved), np.array(scan.moved)
    if scan.hopeless or not len(gains):
        pytest.skip("no individually rational deal on the grid")
    program = {
        "product": Program.product(ones / ones.sum(), rows),
        "sum": Program.total(ones, rows),
        "least": Program.least(ones, np.zeros(ones.size), rows),
    }[kind]
    with np.errstate(all="ignore"):
        found = search(scan, program)
        if found is None or not np.isfinite(found.worth):
            pytest.skip("nothing to be proved")
        best, bound = Prover(scan).prove(found)
        on_grid = float(program.worth(gains).max())
    assert best.worth >= found.worth
    if bound is not None:
        assert on_grid <= bound.bound + 1e-12
    if bound is not None and bound.proved:
        assert on_grid <= best.worth + bound.tolerance + 1e-12


@pytest.mark.parametrize("rule", RULES)
def test_concave_payoffs_are_proved_without_branching_over_all_levers(rule):
    payoffs = {"A": "2*sqrt(x + 0.1) - y^2 + 0.3*z", "B": "-x + log(1 + 3*y) - 0.1*(y - z)^2"}
    solution = scenario(payoffs, "xyz").solve(rule)
    assert solution.status is Status.PROVED
    assert all(bound["separate"] for bound in solution.certificate.evidence["bounds"])
    assert solution.certificate.gap <= 1e-8


@pytest.mark.parametrize("rule", RULES)
def test_the_shipped_deal_between_the_united_states_and_japan_is_proved(rule):
    solution = bg.load("us-japan-2025").solve(rule)
    assert solution.status is Status.PROVED
    assert solution.certificate.holds


def test_a_convex_frontier_is_closed_by_branching_where_prices_alone_leave_a_gap():
    # Gains (x, (1 - x)^2): the product x (1 - x)^2 is largest at 1/3, but no price supports the convex frontier there.
    solution = scenario({"A": "x", "B": "(1 - x)^2"}, "x", disagreement=fixed(0, 0)).solve()
    assert solution.status is Status.PROVED
    assert not solution.certificate.evidence["bounds"][0]["separate"]
    assert solution.gains == pytest.approx((1 / 3, 4 / 9), abs=1e-8)


def fixed(*payoffs):
    return {"kind": "fixed", "payoffs": dict(zip("ABC", payoffs, strict=False))}


def test_a_point_that_the_search_misses_is_found_by_the_proof():
    """A bump in four levers that is a millionth of the box, and that no start falls into."""
    bump = "4*exp(-900*((x - 0.837)^2 + (y - 0.213)^2 + (z - 0.619)^2))"
    smooth = scenario({"A": f"1 + {bump} - 0.1*x", "B": f"1 + {bump} + 0.05*y"}, "xyz", disagreement=fixed(0, 0))
    solution = smooth.solve()
    assert solution.status is Status.PROVED
    assert min(solution.gains) > 4.8


@pytest.mark.parametrize("unit", [1e-12, 1e12])
@pytest.mark.parametrize("rule", RULES)
def test_the_unit_of_payoff_does_not_matter(rule, unit):
    payoffs = {"A": "2*x - y^2 + 0.5*x*y", "B": "-x^2 + log(1 + 2*y)"}
    plain = scenario(payoffs, "xy").solve(rule)
    scaled = scenario({name: f"{unit!r}*({formula})" for name, formula in payoffs.items()}, "xy").solve(rule)
    assert plain.status is scaled.status is Status.PROVED
    assert np.array(scaled.gains) / unit == pytest.approx(plain.gains, rel=1e-7)


@pytest.mark.parametrize("rule", RULES)
def test_flat_payoffs_idle_players_and_levers_that_make_up_for_each_other_are_proved(rule):
    payoffs = {"A": "2*(x + y) - (x + y)^2", "B": "1 - 0.5*x - 0.5*y", "C": "2"}
    solution = scenario(payoffs, "xyz", disagreement=fixed(0, 0, 1)).solve(rule)
    assert solution.status is Status.PROVED


def test_what_cannot_be_closed_is_called_local_with_the_gap_that_is_proved():
    # Every point of a ridge along a kink is as good, and boxes along it are bounded only to the first order.
    solution = scenario({"A": "min(x + y, 0.7)", "B": "1 - 0.5*x - 0.5*y"}, "xy", disagreement=fixed(0, 0)).solve()
    assert solution.status is Status.CONVERGED
    assert solution.certificate.holds
    assert any(note.startswith("local: it is proved") for note in solution.notes)
    bound = solution.certificate.evidence["bounds"][0]
    assert 1e-7 < bound["bound"] - bound["value"] < 1e-2
    assert np.prod(solution.gains) == pytest.approx(0.7 * 0.65, abs=1e-8)


@pytest.mark.parametrize("rule", RULES)
def test_a_limit_that_is_an_equation_is_kept_and_the_deal_proved(rule):
    limits = [{"name": "budget", "rule": "x^2 + y == 0.8"}]
    solution = scenario({"A": "x + 0.2*y", "B": "2*y - y^2 + 0.1*x"}, "xy", constraints=limits).solve(rule)
    levels = [level for issue in solution.deal.values() for level in issue.values()]
    assert levels[0] ** 2 + levels[1] == pytest.approx(0.8, abs=1e-8)
    assert solution.status is Status.PROVED


def test_finite_levers_beside_continuous_ones_are_branched_over():
    issues = {"x": {"range": [0, 1], "status_quo": 0}, "mode": {"levels": [0, 1, 2], "status_quo": 0}}
    payoffs = {"A": "x*(1 + mode) - x^2", "B": "1 - x + 0.2*mode*(2 - mode)"}
    solution = scenario(payoffs, [], issues=issues, disagreement=fixed(0, 0)).solve()
    assert solution.status is Status.PROVED
    grid = [
        (x * (1 + mode) - x * x) * (1 - x + 0.2 * mode * (2 - mode))
        for x in np.linspace(0, 1, 2001)
        for mode in (0, 1, 2)
    ]
    assert np.prod(solution.gains) >= max(grid) - 1e-9


@pytest.mark.parametrize("rule", RULES)
def test_that_there_is_no_deal_is_proved(rule):
    solution = scenario({"A": "x - x^2 - y", "B": "-x + 0.5*y"}, "xy").solve(rule)
    assert solution.status is Status.NO_DEAL
    assert solution.certificate.claim == "no deal gives somebody more and nobody less"
    assert solution.certificate.holds


def test_limits_that_cannot_be_kept_are_proved_to_leave_no_deal():
    limits = [{"name": "much", "rule": "x^2 + y^2 >= 2.5"}]
    solution = scenario({"A": "x", "B": "y"}, "xy", constraints=limits).solve()
    assert solution.status is Status.NO_DEAL
    assert solution.certificate.claim == "no deal gives somebody more and nobody less"


def dollar():
    feasible = ContinuousDeals(
        lower=[0.0],
        upper=[1.0],
        values=lambda x: np.concatenate([x, 1 - x], axis=-1),
        gradient=lambda x: np.array([[1.0], [-1.0]]),
        hessian=lambda x: np.zeros((2, 1, 1)),
    )
    return BargainingProblem(("A", "B"), feasible, (0.0, 0.0))


def test_deals_without_formulas_are_called_local():
    solution = bg.solve(dollar())
    assert solution.status is Status.CONVERGED
    assert any(note.startswith("local:") for note in solution.notes)


def test_no_proof_is_made_where_none_is_wanted():
    with effort(prove=False):
        solution = bg.load("us-japan-2025").solve()
    assert solution.status is Status.CONVERGED
    assert "bounds" not in solution.certificate.evidence


def test_gains_in_their_units_lie_within_their_bounds():
    chance = random.Random(8)
    for _ in range(60):
        default = {"A": -chance.uniform(0.1, 3), "B": -chance.uniform(1, 3)}
        problem = scenario({"A": "x", "B": "-x"}, "x", disagreement={"kind": "fixed", "payoffs": default}).problem()
        scan = survey(problem.feasible, problem.disagreement)
        enclosure = Prover(scan).enclosure
        for level in np.arange(9) / 8:
            point = np.array([[level]])
            for player, (name, sign) in enumerate((("A", 1), ("B", -1))):
                exact = (sign * Fraction(level) - Fraction(default[name])) / Fraction(float(scan.payoff_unit[player]))
                found = enclosure.gain(player, point, point, 0).value
                assert Fraction(float(np.min(found.low))) <= exact <= Fraction(float(np.max(found.high)))


def test_no_deal_that_was_not_looked_for_to_the_end_says_so():
    with effort(time_limit=0):
        solution = scenario({"A": "x - 1.1*y", "B": "y - 1.1*x"}, "xy").solve()
    assert solution.status is Status.NO_DEAL
    assert any("time was up" in note for note in solution.notes)


def test_no_deal_without_any_proof_is_called_open():
    never = {"constraints": [{"name": "sum", "rule": "x + y >= 3"}]}
    with effort(prove=False):
        solution = scenario({"A": "x - y", "B": "y - x/2"}, "xy", **never).solve()
    assert solution.status is Status.NO_DEAL
    assert solution.certificate is None
    assert any("not excluded" in note for note in solution.notes)


def test_a_search_that_is_out_of_time_says_so():
    with effort(time_limit=1e-9):
        solution = bg.load("us-japan-2025").solve()
    assert solution.status is Status.LIMIT
    assert any("time was up" in note for note in solution.notes)


def stored(payoffs):
    report = bg.run(scenario(payoffs, "xy", solve={"solutions": list(RULES)}), linkage=False, equilibria=False)
    return json.loads(render(report, "json", "solve"))


def refused(result):
    return [check.claim for check in bg.verify(result) if check.refuted]


def test_a_proved_deal_is_proved_again_and_a_changed_one_is_refused():
    result = stored({"A": "2*x - y", "B": "log(1 + 2*y) - x^2"})
    assert result["status"] == "proved"
    assert not refused(result)
    worse = json.loads(json.dumps(result))
    bound = worse["certificate"]["evidence"]["bounds"][0]
    bound["prices"]["A"] *= 1.01
    assert refused(worse) == ["nash: no deal is better by more than stated"]
    bound["prices"]["A"] *= -1
    assert refused(worse)
    del worse["certificate"]["evidence"]["bounds"]
    assert "nash: the status fits the certificate" in refused(worse)
