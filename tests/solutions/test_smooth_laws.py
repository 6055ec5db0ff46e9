"""Closed forms, changes of units, dense grids and an independent solver for the rules over continuous levers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, NonlinearConstraint, minimize

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals, DealLimit
from bargain.results import Status
from bargain.solutions.smooth import ideal_point, maximise_least, maximise_product, maximise_sum, nearest_miss


class Quadratics:
    """Functions c + g.x + x'Qx/2, given as rows (c, g, Q)."""

    def __init__(self, rows, size):
        self.rows, self.size = rows, size

    def values(self, x):
        x = np.asarray(x, float)
        columns = [c + x @ g + 0.5 * np.einsum("...i,ij,...j->...", x, q, x) for c, g, q in self.rows]
        return np.stack(columns, -1) if columns else np.empty((*x.shape[:-1], 0))

    def gradient(self, x):
        return np.array([g + q @ x for _, g, q in self.rows]).reshape(len(self.rows), self.size)

    def hessian(self, x):
        return np.array([q for _, _, q in self.rows]).reshape(len(self.rows), self.size, self.size)


def quadratic(slope, bend=None, constant=0.0):
    slope = np.array(slope, float)
    return constant, slope, np.zeros((slope.size, slope.size)) if bend is None else np.array(bend, float)


def deals(payoffs, limits=(), kinds=None, lower=None, upper=None, **options):
    size = payoffs[0][1].size
    gains, rules = Quadratics(payoffs, size), Quadratics(list(limits), size)
    kinds = kinds or ["inequality"] * len(limits)
    return ContinuousDeals(
        np.zeros(size) if lower is None else lower,
        np.ones(size) if upper is None else upper,
        gains.values,
        gains.gradient,
        gains.hessian,
        tuple(DealLimit(f"limit {k}", kind) for k, kind in enumerate(kinds)),
        rules.values,
        rules.gradient,
        rules.hessian,
        **options,
    )


def problem(feasible, disagreement):
    names = tuple(f"P{k}" for k in range(len(disagreement)))
    return BargainingProblem(names, feasible, tuple(disagreement))


def grid(size, count):
    axes = [np.linspace(0, 1, count)] * size
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, size)


def random_problem(rng, size, players, concave):
    def row():
        a = rng.normal(size=(size, size))
        return 0.0, rng.normal(size=size) * 1.5, -(a @ a.T) / size if concave else a + a.T

    limits = [
        (rng.uniform(0.2, 0.8), rng.normal(size=size), -np.eye(size) * rng.uniform()) for _ in range(rng.integers(3))
    ]
    feasible = deals([row() for _ in range(players)], limits, status_quo=np.zeros(size))
    default = feasible.values(np.full(size, rng.uniform() * (rng.random() < 0.5))) - 0.1 * (rng.random() < 0.5)
    return problem(feasible, default)


def gains_of(found, bargaining):
    return found.payoffs - np.array(bargaining.disagreement)


DOLLAR = deals([quadratic([1]), quadratic([-1], constant=1.0)])


@pytest.mark.parametrize("weight", [0.5, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("default", [(0.0, 0.0), (0.1, 0.3), (-0.2, 0.1)])
def test_weighted_nash_solution_of_splitting_a_dollar(weight, default):
    found = maximise_product(problem(DOLLAR, default), (weight, 1 - weight))
    share = min(1.0, default[0] + weight * (1 - sum(default)))
    assert found.payoffs == pytest.approx((share, 1 - share), abs=1e-9)
    assert found.residual < 1e-12
    assert found.status is Status.CONVERGED


def test_nash_solution_of_an_exchange_of_two_goods_with_cobb_douglas_utilities():
    # u1 = (xy)^(1/2), u2 = ((1-x)(1-y))^(1/2): the contract curve is the diagonal, where payoffs are shares of the cake.
    def values(x):
        return np.stack([np.sqrt(x[..., 0] * x[..., 1]), np.sqrt((1 - x[..., 0]) * (1 - x[..., 1]))], -1)

    def gradient(x):
        a, b = x
        return 0.5 * np.array(
            [
                [np.sqrt(b / a), np.sqrt(a / b)],
                [-np.sqrt((1 - b) / (1 - a)), -np.sqrt((1 - a) / (1 - b))],
            ]
        )

    def hessian(x):
        def one(a, b):
            cross = 0.25 / np.sqrt(a * b)
            return [[-0.25 * np.sqrt(b) * a**-1.5, cross], [cross, -0.25 * np.sqrt(a) * b**-1.5]]

        return np.array([one(*x), one(*(1 - x))])

    feasible = ContinuousDeals([0, 0], [1, 1], values, gradient, hessian)
    for weight in (0.5, 0.25):
        found = maximise_product(problem(feasible, (0, 0)), (weight, 1 - weight))
        assert found.x == pytest.approx((weight, weight), abs=1e-9)
    equal = maximise_least(problem(feasible, (0, 0)), (1, 1))
    assert equal.x == pytest.approx((0.5, 0.5), abs=1e-9)


def test_kalai_smorodinsky_on_a_quarter_disc():
    # x^2 + y^2 <= 1: the solution lies on the ray through the ideal point (1, 1).
    feasible = deals([quadratic([1, 0]), quadratic([0, 1])], [quadratic([0, 0], -2 * np.eye(2), 1.0)])
    bargaining = problem(feasible, (0, 0))
    ideal = ideal_point(bargaining)
    assert ideal == pytest.approx((1, 1), abs=1e-9)
    assert maximise_least(bargaining, ideal).payoffs == pytest.approx((0.5**0.5,) * 2, abs=1e-9)
    utilitarian = maximise_sum(bargaining, (3, 4))
    assert utilitarian.payoffs == pytest.approx((0.6, 0.8), abs=1e-9)
    assert utilitarian.binding[0].name == "limit 0"


def test_ideal_point_is_taken_over_individually_rational_deals():
    assert ideal_point(problem(DOLLAR, (0.0, 0.2))) == pytest.approx((0.8, 0.8), abs=1e-9)


@pytest.mark.parametrize("unit", [(1e-12, 1e-12), (1e12, 1e12), (1e-9, 1e9)])
@pytest.mark.parametrize("seed", range(3))
def test_units_of_payoffs_and_levers_change_no_deal(unit, seed):
    rng = np.random.default_rng(seed)
    bargaining = random_problem(rng, 3, 2, concave=True)
    base, size, unit = bargaining.feasible, 1e6, np.array(unit)
    scaled = replace(
        base,
        lower=base.lower * size,
        upper=base.upper * size,
        values=lambda x: base.values(x / size) * unit,
        gradient=lambda x: base.gradient(x / size) / size * unit[:, None],
        hessian=lambda x: base.hessian(x / size) / size**2 * unit[:, None, None],
        limit_values=lambda x: base.limit_values(x / size) * 1e-9,
        limit_gradient=lambda x: base.limit_gradient(x / size) / size * 1e-9,
        limit_hessian=lambda x: base.limit_hessian(x / size) / size**2 * 1e-9,
    )
    other = problem(scaled, np.array(bargaining.disagreement) * unit)
    found, again = maximise_product(bargaining, (0.4, 0.6)), maximise_product(other, (0.4, 0.6))
    assert (found is None) == (again is None)
    if found is not None:
        assert again.x / size == pytest.approx(found.x, abs=1e-8)
        assert ideal_point(other) / unit == pytest.approx(ideal_point(bargaining), rel=1e-8)


@pytest.mark.parametrize("players", [2, 3, 4])
def test_symmetric_problem_has_a_symmetric_solution(players):
    # Everybody has a lever that costs its owner x^2 and gives each other player one unit of payoff.
    bend = [np.diag([-2.0 * (k == i) for k in range(players)]) for i in range(players)]
    payoffs = [quadratic([float(k != i) for k in range(players)], bend[i]) for i in range(players)]
    bargaining = problem(deals(payoffs), (0.0,) * players)
    for found in (
        maximise_product(bargaining, (1,) * players),
        maximise_least(bargaining, (1,) * players),
        maximise_sum(bargaining, (1,) * players),
    ):
        # The joint optimum has x = (n - 1) / 2 for each, cut at 1.
        assert found.x == pytest.approx((min(1, (players - 1) / 2),) * players, abs=1e-8)
        assert np.ptp(found.payoffs) < 1e-8


@pytest.mark.parametrize("concave", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_no_deal_on_a_dense_grid_is_better(seed, concave):
    rng = np.random.default_rng(seed)
    size, players = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    bargaining = random_problem(rng, size, players, concave)
    points = grid(size, {1: 2001, 2: 151, 3: 41}[size])
    gains = bargaining.feasible.values(points) - np.array(bargaining.disagreement)
    rational = (gains >= 0).all(1) & (bargaining.feasible.limit_values(points) >= 0).all(1)
    weights = rng.uniform(0.2, 1, players)
    weights /= weights.sum()
    found = maximise_product(bargaining, weights)
    if found is None:
        assert not (gains[rational] > 1e-6).any()
        return
    own = gains_of(found, bargaining)
    assert own.min() >= -1e-12
    assert bargaining.feasible.limit_values(found.x).min(initial=0) >= -1e-10
    assert found.residual < 1e-9
    best = (np.maximum(gains[rational], 0) ** weights).prod(1).max(initial=0)
    assert (np.maximum(own, 0) ** weights).prod() >= best * (1 - 1e-9)
    least = gains_of(maximise_least(bargaining, np.ones(players)), bargaining)
    assert least.min() >= gains[rational].min(1).max(initial=0) - 1e-9
    total = gains_of(maximise_sum(bargaining, weights), bargaining) @ weights
    assert total >= (gains[rational] @ weights).max(initial=0) - 1e-9
    assert (ideal_point(bargaining) >= gains[rational].max(0) - 1e-6).all()


@pytest.mark.parametrize("seed", range(4))
def test_trust_region_solver_agrees_on_six_levers(seed):
    rng = np.random.default_rng(100 + seed)
    bargaining = random_problem(rng, 6, 3, concave=True)
    feasible, default = bargaining.feasible, np.array(bargaining.disagreement)
    found = maximise_product(bargaining, (0.2, 0.3, 0.5))
    assert found is not None
    weights, start = np.array([0.2, 0.3, 0.5]), np.clip(found.x + rng.uniform(-0.03, 0.03, 6), 0.01, 0.99)
    for _ in range(50):
        # Walk the start towards the solution until everybody gains there.
        if (feasible.values(start) > default).all():
            break
        start = 0.7 * start + 0.3 * found.x
    limits = [NonlinearConstraint(lambda x: feasible.values(x) - default, 1e-9, np.inf, jac=feasible.gradient)]
    if feasible.limits:
        limits.append(NonlinearConstraint(feasible.limit_values, 0, np.inf, jac=feasible.limit_gradient))
    other = minimize(
        lambda x: -weights @ np.log(np.maximum(feasible.values(x) - default, 1e-12)),
        start,
        jac=lambda x: -(weights / np.maximum(feasible.values(x) - default, 1e-12)) @ feasible.gradient(x),
        hess=lambda x: np.zeros((6, 6)),
        method="trust-constr",
        bounds=Bounds(0, 1),
        constraints=limits,
        options={"gtol": 1e-9, "xtol": 1e-12, "maxiter": 400},
    )
    assert weights @ np.log(gains_of(found, bargaining)) >= -other.fun - 1e-7


@pytest.mark.parametrize("seed", range(10))
def test_many_local_optima_on_one_lever(seed):
    rng = np.random.default_rng(seed)
    height, speed, phase, slope = (rng.uniform(low, high, 2) for low, high in ((0.2, 1), (8, 20), (0, 6), (-0.5, 0.5)))

    def values(x):
        return height * np.sin(speed * x + phase) + slope * x

    feasible = ContinuousDeals(
        [0],
        [1],
        values,
        lambda x: (height * speed * np.cos(speed * x + phase) + slope)[:, None],
        lambda x: (-height * speed**2 * np.sin(speed * x + phase))[:, None, None],
    )
    points = np.linspace(0, 1, 20001)[:, None]
    bargaining = problem(feasible, values(np.array([0.4])))
    gains = values(points) - np.array(bargaining.disagreement)
    rational = gains[(gains >= 0).all(1)]
    found = maximise_product(bargaining, (0.5, 0.5))
    best = np.sqrt(rational.prod(1)).max(initial=0)
    if found is None:
        assert best < 1e-7
    else:
        assert np.sqrt(np.maximum(gains_of(found, bargaining), 0).prod()) >= best * (1 - 1e-9)
        assert (gains_of(maximise_least(bargaining, (1, 1)), bargaining)).min() >= rational.min(1).max() - 1e-9


def test_equation_is_kept_exactly():
    # Shares of three players add up to one; the weighted Nash solution gives each its weight.
    payoffs = [quadratic(row) for row in np.eye(3)]
    feasible = deals(payoffs, [quadratic([1, 1, 1], constant=-1.0)], ["equality"])
    found = maximise_product(problem(feasible, (0, 0, 0)), (0.2, 0.3, 0.5))
    assert found.payoffs == pytest.approx((0.2, 0.3, 0.5), abs=1e-9)
    assert abs(feasible.limit_values(found.x)[0]) < 1e-14


def test_curved_equation():
    # On the circle x^2 + y^2 = 1 the largest product xy is at 45 degrees.
    feasible = deals([quadratic([1, 0]), quadratic([0, 1])], [quadratic([0, 0], 2 * np.eye(2), -1.0)], ["equality"])
    found = maximise_product(problem(feasible, (0, 0)), (0.5, 0.5))
    assert found.x == pytest.approx((0.5**0.5,) * 2, abs=1e-9)


def test_limits_that_contradict_each_other_leave_no_deal():
    feasible = deals(
        [quadratic([1]), quadratic([-1], constant=1.0)], [quadratic([1], constant=-0.7), quadratic([-1], constant=0.3)]
    )
    for answer in (maximise_product, maximise_least, maximise_sum):
        assert answer(problem(feasible, (0, 0)), (1, 1)) is None
    assert ideal_point(problem(feasible, (0, 0))).tolist() == [0, 0]


def test_limit_that_no_lever_moves():
    kept, broken = (
        deals([quadratic([1]), quadratic([-1], constant=1.0)], [quadratic([0], constant=c)]) for c in (1.0, -1.0)
    )
    assert maximise_product(problem(kept, (0, 0)), (1, 1)).payoffs == pytest.approx((0.5, 0.5))
    assert maximise_product(problem(broken, (0, 0)), (1, 1)) is None


def test_box_with_fixed_levers():
    feasible = deals([quadratic([1, 2]), quadratic([-1, 1], constant=1.0)], lower=[0, 0.25], upper=[1, 0.25])
    found = maximise_product(problem(feasible, (0.5, 0.25)), (0.5, 0.5))
    assert found.x == pytest.approx((0.5, 0.25), abs=1e-9)
    point = deals([quadratic([1]), quadratic([1])], lower=[0.5], upper=[0.5])
    assert maximise_product(problem(point, (0.25, 0.0)), (0.5, 0.5)).payoffs.tolist() == [0.5, 0.5]
    assert maximise_least(problem(point, (0.25, 0.0)), (1, 1)).x.tolist() == [0.5]
    assert maximise_product(problem(point, (0.5, 0.5)), (0.5, 0.5)) is None
    assert maximise_product(problem(point, (0.6, 0.0)), (0.5, 0.5)) is None


def test_player_whom_no_lever_touches_is_no_obstacle():
    payoffs = [quadratic([1]), quadratic([-1], constant=1.0), quadratic([0], constant=5.0)]
    bargaining = problem(deals(payoffs), (0.0, 0.0, 5.0))
    for found in (maximise_product(bargaining, (1, 1, 1)), maximise_least(bargaining, (1, 1, 1))):
        assert found.payoffs == pytest.approx((0.5, 0.5, 5.0), abs=1e-9)
    assert maximise_product(problem(deals(payoffs), (0.0, 0.0, 5.1)), (1, 1, 1)) is None


def test_player_who_can_only_lose_is_held_harmless():
    # The third player loses from the second lever only; the first two split a dollar with the first.
    payoffs = [quadratic([1, 0.5]), quadratic([-1, 0.5], constant=1.0), quadratic([0, -1])]
    bargaining = problem(deals(payoffs), (0.0, 0.0, 0.0))
    assert ideal_point(bargaining) == pytest.approx((1, 1, 0), abs=1e-9)
    for found in (
        maximise_product(bargaining, (0.5, 0.5, 1.0)),
        maximise_least(bargaining, (1, 1, 1)),
        maximise_least(bargaining, (1, 1, 0)),
    ):
        assert found.payoffs == pytest.approx((0.5, 0.5, 0.0), abs=1e-9)


def test_least_gain_goes_on_when_one_player_cannot_be_raised_further():
    # The third player gains at most 0.3; the others share one dollar that does not concern it.
    payoffs = [quadratic([1, 0]), quadratic([-1, 0], constant=1.0), quadratic([0, 1], [[0, 0], [0, -2]], 0.05)]
    found = maximise_least(problem(deals(payoffs), (0.0, 0.0, 0.0)), (1, 1, 1))
    assert found.payoffs == pytest.approx((0.5, 0.5, 0.3), abs=1e-8)
    assert found.evidence["stages"] == 2


def test_thin_set_of_rational_deals_is_not_taken_for_a_deal():
    # The first gains x, the second loses x^2: rounding alone could make a small x look harmless.
    payoffs = [quadratic([1]), quadratic([0], [[-2]])]
    bargaining = problem(deals(payoffs, lower=[-0.3]), (0.0, 0.0))
    for answer in (maximise_product, maximise_least, maximise_sum):
        assert answer(bargaining, (1, 1)) is None
    assert ideal_point(bargaining).tolist() == [0, 0]
    miss = nearest_miss(bargaining)
    assert miss.status is Status.NO_DEAL
    assert miss.payoffs == pytest.approx((0, 0), abs=1e-4)


@pytest.mark.parametrize(
    ("payoffs", "expected"),
    [
        # The second loses unless y = 0; unless y = 0.3; unless x = y.
        ([quadratic([1, -1]), quadratic([0, 0], [[0, 0], [0, -2]])], (1, 0)),
        ([quadratic([1, -1]), quadratic([0, 0.6], [[0, 0], [0, -2]], -0.09)], (0.7, 0)),
        ([quadratic([1, 1]), quadratic([0, 0], [[-2, 2], [2, -2]])], (2, 0)),
    ],
)
def test_deal_on_a_thin_set_is_found(payoffs, expected):
    bargaining = problem(deals(payoffs, status_quo=np.zeros(2)), (0.0, 0.0))
    assert ideal_point(bargaining) == pytest.approx(expected, abs=1e-6)
    for answer in (maximise_product, maximise_least, maximise_sum):
        found = answer(bargaining, (1, 1))
        assert found.payoffs == pytest.approx(expected, abs=1e-6)
        assert found.payoffs.min() >= -1e-13


def test_rounding_of_large_payoffs_is_not_taken_for_a_gain():
    # Payoffs of a million that differ by thousandths; without the dollar between them nobody can gain.
    pays = [quadratic([1e-3], constant=1e6), quadratic([-1e-3], constant=1e6)]
    assert maximise_product(problem(deals(pays), (1e6, 1e6)), (1, 1)) is None
    dollar = [pays[0], quadratic([-1e-3], constant=1e6 + 1e-3)]
    found = maximise_product(problem(deals(dollar), (1e6, 1e6)), (1, 1))
    assert found.x == pytest.approx((0.5,), abs=1e-6)


def test_levers_that_make_up_for_each_other_give_one_deal_and_a_note():
    both = deals([quadratic([1, 1]), quadratic([-1, -1], constant=1.0)])
    found = maximise_product(problem(both, (0, 0)), (0.5, 0.5))
    assert found.payoffs == pytest.approx((0.5, 0.5), abs=1e-9)
    assert len(found.ties) == 1
    assert "make up for each other" in found.notes[-1]


def test_jump_is_approached_and_the_answer_says_that_it_is_not_certain():
    # The first player gets x up to 0.6 and half a dollar less beyond.
    feasible = ContinuousDeals(
        [0],
        [1],
        lambda x: np.concatenate([np.where(x <= 0.6, x, x - 0.5), 1 - x], -1),
        lambda x: np.array([[1.0], [-1.0]]),
        lambda x: np.zeros((2, 1, 1)),
    )
    found = maximise_product(problem(feasible, (0, 0)), (0.9, 0.1))
    assert found.x == pytest.approx((0.6,), abs=1e-6)
    assert found.status is Status.LIMIT
    assert "may jump" in found.notes[-1]


def test_nearest_miss_has_the_largest_least_gain():
    miss = nearest_miss(problem(DOLLAR, (0.7, 0.7)))
    assert miss.payoffs == pytest.approx((0.5, 0.5), abs=1e-9)
    assert maximise_product(problem(DOLLAR, (0.7, 0.7)), (1, 1)) is None


def test_two_groups_who_can_gain_but_not_together():
    # Gains (x - 3xy, y - 3xy) on x, y in [0, 1] minus a cost: both axes help one side and leave the other at zero.
    cross = [[0, -3], [-3, 0]]
    bargaining = problem(
        deals([quadratic([1, 0], cross), quadratic([0, 1], cross)], [quadratic([0, 0], [[0, -1], [-1, 0]])]), (0, 0)
    )
    found = maximise_product(bargaining, (0.3, 0.7))
    assert found.payoffs == pytest.approx((0, 1), abs=1e-6)


@pytest.mark.parametrize("rule", [maximise_product, maximise_least, maximise_sum])
@pytest.mark.parametrize("seed", range(4))
def test_shadow_of_a_limit_is_the_change_of_the_solution_when_it_is_relaxed(rule, seed):
    rng = np.random.default_rng(seed)
    bend = [-np.diag(rng.uniform(0.5, 1.5, 4)) for _ in range(2)]
    slope = rng.uniform(0.3, 1.2, 4)
    payoffs = [quadratic(slope * [1, 1, -1, -0.5], bend[0]), quadratic(slope * [-0.4, -0.6, 1, 1], bend[1])]

    def solved(room, ceiling):
        limit = quadratic(-rng_slope, constant=room)
        upper = np.array([1.0, 1.0, 1.0, ceiling])
        return rule(problem(deals(payoffs, [limit], upper=upper), (0, 0)), (0.45, 0.55))

    rng_slope = rng.uniform(0.5, 1.0, 4)
    room = 0.35
    found = solved(room, 0.2)
    step = 1e-5
    by_name = {item.name: item for item in found.binding}
    assert by_name
    for name, item in by_name.items():
        more = solved(room + step * (name == "limit 0"), 0.2 + step * (name == "x3"))
        less = solved(room - step * (name == "limit 0"), 0.2 - step * (name == "x3"))
        if name in ("limit 0", "x3"):
            assert item.shadow == pytest.approx((more.payoffs - less.payoffs) / (2 * step), abs=2e-5)


def test_shadow_through_the_stages_of_a_lexicographic_solution():
    # Stage 1 settles the third player at y's ceiling; stage 2 splits what is left of x.
    payoffs = [quadratic([1, 0.2]), quadratic([-1, 0.2], constant=1.0), quadratic([0, 1])]

    def solved(ceiling):
        return maximise_least(problem(deals(payoffs, upper=[1.0, ceiling]), (0, 0, 0)), (1, 1, 1))

    found = solved(0.3)
    assert found.payoffs == pytest.approx((0.56, 0.56, 0.3), abs=1e-8)
    (bound,) = (item for item in found.binding if item.name == "x1")
    assert (bound.kind, bound.side) == ("bound", "upper")
    assert bound.shadow == pytest.approx((0.2, 0.2, 1.0), abs=1e-6)


def test_two_equally_good_deals_are_both_reported_in_order():
    # u = (1 - (x^2 - 1)^2) for both: the best deals are x = -1 and x = 1.
    def values(x):
        return np.concatenate([1 - (x**2 - 1) ** 2] * 2, axis=-1)

    feasible = ContinuousDeals(
        [-2],
        [2],
        values,
        lambda x: np.array([-4 * x * (x**2 - 1)] * 2),
        lambda x: (4 - 12 * x**2).reshape(1, 1, 1).repeat(2, 0),
    )
    found = maximise_product(problem(feasible, (0, 0)), (0.5, 0.5))
    assert np.array(found.ties).ravel() == pytest.approx((-1, 1), abs=1e-8)
    assert found.x == pytest.approx((-1,), abs=1e-8)
    assert "2 deals" in found.notes[-1]


@pytest.mark.parametrize("seed", range(6))
def test_mixed_problem_finds_the_best_of_all_combinations(seed):
    rng = np.random.default_rng(seed)
    size, levels = 4, {0: np.array([0.0, 1.0, 2.0]), 2: np.linspace(-1, 1, 5)}
    a = rng.normal(size=(2, size, size))
    payoffs = [(0.0, rng.normal(size=size), a[k] + a[k].T - np.diag([0, 4, 0, 4])) for k in range(2)]
    limit = [quadratic(rng.normal(size=size), constant=0.5)]
    box = {"lower": [0, 0, -1, 0], "upper": [2, 1, 1, 1]}
    feasible = deals(payoffs, limit, **box, finite=levels, status_quo=np.zeros(size))
    default = feasible.values(np.array([1.0, 0.5, 0.0, 0.5])) - 0.1
    bargaining = problem(feasible, default)
    axes = [levels[0], np.linspace(0, 1, 61), levels[2], np.linspace(0, 1, 61)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, size)
    gains = feasible.values(points) - default
    gains = gains[(gains >= 0).all(1) & (feasible.limit_values(points) >= 0).all(1)]
    found = maximise_product(bargaining, (0.5, 0.5))
    assert all(found.x[place] in choices for place, choices in levels.items())
    assert np.sqrt(gains_of(found, bargaining).prod()) >= np.sqrt(gains.prod(1)).max() * (1 - 1e-9)
    assert gains_of(maximise_least(bargaining, (1, 1)), bargaining).min() >= gains.min(1).max() - 1e-9
    assert (ideal_point(bargaining) >= gains.max(0) - 1e-9).all()


def test_condition_on_finite_levels_excludes_combinations():
    # Level 1 of the second lever is better for both but forbidden.
    payoffs = [quadratic([1, 1]), quadratic([-1, 1], constant=1.0)]
    feasible = deals(payoffs, [quadratic([0, -1], constant=0.5)], ["condition"], finite={1: [0.0, 1.0]})
    found = maximise_product(problem(feasible, (0, 0)), (0.5, 0.5))
    assert found.x == pytest.approx((0.5, 0.0), abs=1e-9)


def test_too_many_combinations_are_refused_with_advice():
    payoffs = [quadratic(np.ones(4)), quadratic(-np.ones(4), constant=2.0)]
    feasible = deals(payoffs, finite={k: np.linspace(0, 1, 8) for k in range(3)})
    with pytest.raises(LimitError, match=r"512 combinations.*`steps`"):
        maximise_product(problem(feasible, (0, 0)), (0.5, 0.5))


def test_search_is_deterministic_and_seed_and_start_do_not_change_the_deal():
    bargaining = random_problem(np.random.default_rng(0), 3, 2, concave=True)
    first, again = (maximise_product(bargaining, (1, 1)) for _ in range(2))
    assert first.x.tobytes() == again.x.tobytes()
    assert maximise_product(bargaining, (1, 1), seed=7).x == pytest.approx(first.x, abs=1e-8)
    assert maximise_product(bargaining, (1, 1), start=first.x).x == pytest.approx(first.x, abs=1e-8)


def test_misuse_is_refused():
    bargaining = problem(DOLLAR, (0, 0))
    with pytest.raises(ValueError, match="3 weights for 2 players"):
        maximise_product(bargaining, (1, 1, 1))
    with pytest.raises(ValueError, match="weights must be positive"):
        maximise_product(bargaining, (1, 0))
    with pytest.raises(ValueError, match="scales must be non-negative"):
        maximise_least(bargaining, (1, -1))
    finite = BargainingProblem.from_points([(1, 1)], (0, 0))
    with pytest.raises(TypeError, match="continuous deals, not FiniteDeals"):
        maximise_product(finite, (1, 1))
    broken = replace(DOLLAR, values=lambda x: np.full((*x.shape[:-1], 2), np.nan))
    with pytest.raises(ValueError, match="not a finite number"):
        maximise_product(problem(broken, (0, 0)), (1, 1))


@given(
    st.lists(st.integers(-8, 8), min_size=4, max_size=4),
    st.lists(st.integers(1, 8), min_size=4, max_size=4),
    st.integers(1, 7),
)
def test_nash_solution_of_separable_levers_satisfies_the_axioms(slopes, bends, share):
    slopes, bends = np.array(slopes).reshape(2, 2) / 4.0, np.array(bends).reshape(2, 2) / 8.0
    payoffs = [quadratic(slopes[i], -np.diag(bends[i])) for i in range(2)]
    bargaining = problem(deals(payoffs), (0.0, 0.0))
    weights = (share / 8, 1 - share / 8)
    found = maximise_product(bargaining, weights)
    swapped = maximise_product(problem(deals(payoffs[::-1]), (0.0, 0.0)), weights[::-1])
    assert (found is None) == (swapped is None)
    if found is None:
        # Nobody can gain at the margin of the status quo without loss to the other, or only by less than a millionth.
        points = grid(2, 41)
        gains = bargaining.feasible.values(points)
        assert not ((gains >= 0).all(1) & (gains > 1e-5).any(1)).any()
        return
    assert swapped.payoffs[::-1] == pytest.approx(found.payoffs, abs=1e-7)
    assert (found.payoffs >= 0).all()
    better = bargaining.feasible.values(grid(2, 41))
    assert not (better > found.payoffs + 1e-9).all(1).any()
