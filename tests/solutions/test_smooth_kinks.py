"""Rules over continuous levers whose payoffs have kinks: known solutions, dense grids and re-solved problems."""

import numpy as np
import pytest

from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals, DealLimit
from bargain.results import Status
from bargain.solutions.kinks import Pieces
from bargain.solutions.smooth import ideal_point, maximise_least, maximise_product, maximise_sum


class Extremes:
    """Functions that are the least (or greatest) of quadratic pieces c + g.x + x'Qx/2."""

    def __init__(self, rows, size, pick=np.argmin):
        self.rows, self.size, self.pick = rows, size, pick

    def _all(self, row, x):
        return np.stack([c + x @ g + 0.5 * np.einsum("...i,ij,...j->...", x, q, x) for c, g, q in row], -1)

    def values(self, x):
        x = np.asarray(x, float)
        best = np.min if self.pick is np.argmin else np.max
        columns = [best(self._all(row, x), axis=-1) for row in self.rows]
        return np.stack(columns, -1) if columns else np.empty((*x.shape[:-1], 0))

    def _active(self, x):
        return [row[int(self.pick(self._all(row, x)))] for row in self.rows]

    def gradient(self, x):
        return np.array([g + q @ x for _, g, q in self._active(x)]).reshape(len(self.rows), self.size)

    def hessian(self, x):
        return np.array([q for _, _, q in self._active(x)]).reshape(len(self.rows), self.size, self.size)


def piece(constant, slope, bend=None):
    slope = np.array(slope, float)
    return constant, slope, np.zeros((slope.size, slope.size)) if bend is None else np.array(bend, float)


def problem(rows, default, limits=(), upper=None, pick=np.argmin):
    size = rows[0][0][1].size
    gains, rules = Extremes(rows, size, pick), Extremes(list(limits), size)
    feasible = ContinuousDeals(
        np.zeros(size),
        np.ones(size) if upper is None else upper,
        gains.values,
        gains.gradient,
        gains.hessian,
        tuple(DealLimit(f"limit {k}") for k in range(len(limits))),
        rules.values,
        rules.gradient,
        rules.hessian,
    )
    return BargainingProblem(tuple(f"P{k}" for k in range(len(rows))), feasible, tuple(default))


def test_nash_solution_at_the_edge_of_a_plateau():
    # u1 = min(x, 0.6), u2 = 1 - x: beyond 0.6 the first player wants nothing more.
    bargaining = problem([[piece(0, [1]), piece(0.6, [0])], [piece(1, [-1])]], (0, 0))
    found = maximise_product(bargaining, (0.8, 0.2))
    assert found.payoffs == pytest.approx((0.6, 0.4), abs=1e-10)
    assert found.status is Status.CONVERGED
    assert "kink" in found.notes[0]
    # With equal weights the solution lies on the smooth part.
    smooth = maximise_product(bargaining, (0.5, 0.5))
    assert smooth.payoffs == pytest.approx((0.5, 0.5), abs=1e-10)
    assert not smooth.notes


def test_nash_solution_at_the_top_of_an_absolute_value():
    # u1 = 1 - |x - 0.3|, u2 = 0.5 - x: at 0.3 the slopes of the log product are 0.9 - 0.1/0.2 and -0.9 - 0.1/0.2.
    bargaining = problem([[piece(0.7, [1]), piece(1.3, [-1])], [piece(0.5, [-1])]], (0, 0))
    found = maximise_product(bargaining, (0.9, 0.1))
    assert found.x == pytest.approx((0.3,), abs=1e-10)
    assert found.residual < 1e-9


def test_solution_slides_along_a_kink_to_the_right_place():
    # u1 = min(x + y, 1) and u2 = 2 - x^2 - 2y^2: on the kink x + y = 1 the cheapest point is (2/3, 1/3).
    bargaining = problem([[piece(0, [1, 1]), piece(1, [0, 0])], [piece(2, [0, 0], [[-2, 0], [0, -4]])]], (0, 0))
    found = maximise_product(bargaining, (0.9, 0.1))
    assert found.x == pytest.approx((2 / 3, 1 / 3), abs=1e-9)
    assert found.residual < 1e-9


def test_kink_of_a_limit():
    # min(0.8 - x, 1.2 - 2x) >= 0 caps x at 0.6.
    cap = [[piece(0.8, [-1]), piece(1.2, [-2])]]
    found = maximise_product(problem([[piece(0, [1])], [piece(2, [-1])]], (0, 0), cap), (0.9, 0.1))
    assert found.x == pytest.approx((0.6,), abs=1e-10)


def test_shadow_of_a_bound_at_a_kink():
    rows = [[piece(0, [1, 1, 1]), piece(1, [0, 0, 0.3])], [piece(2, [0, 0, 0.1], np.diag([-2.0, -4.0, 0.0]))]]

    def solved(ceiling):
        return maximise_product(problem(rows, (0, 0), upper=[1, 1, ceiling]), (0.9, 0.1))

    found, step = solved(0.2), 1e-5
    assert "kink" in found.notes[0]
    (bound,) = found.binding
    assert bound.name == "x2"
    difference = (solved(0.2 + step).payoffs - solved(0.2 - step).payoffs) / (2 * step)
    assert bound.shadow == pytest.approx(difference, abs=1e-6)


@pytest.mark.parametrize("seed", range(16))
def test_no_deal_on_a_dense_grid_beats_a_solution_with_kinks(seed):
    rng = np.random.default_rng(seed)
    size, players, pieces = int(rng.integers(1, 4)), int(rng.integers(2, 5)), int(rng.integers(2, 4))

    def one(first):
        a = rng.normal(size=(size, size))
        return piece(rng.normal() * 0.3 * (not first), rng.normal(size=size) * 1.5, -(a @ a.T) / size)

    rows = [[one(k == 0) for k in range(pieces)] for _ in range(players)]
    trial = problem(rows, (0,) * players)
    default = trial.feasible.values(np.full(size, rng.uniform())) - 0.05 * (rng.random() < 0.5)
    bargaining = problem(rows, default)
    axes = [np.linspace(0, 1, {1: 2001, 2: 151, 3: 41}[size])] * size
    gains = bargaining.feasible.values(np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, size)) - default
    gains = gains[(gains >= 0).all(1)]
    weights = rng.uniform(0.2, 1, players)
    weights /= weights.sum()
    found = maximise_product(bargaining, weights)
    if found is None:
        assert not (gains > 1e-6).any()
        return
    assert found.residual < 1e-8
    assert ((found.payoffs - default) ** weights).prod() >= (gains**weights).prod(1).max(initial=0) * (1 - 1e-9)
    least, total = maximise_least(bargaining, np.ones(players)), maximise_sum(bargaining, weights)
    assert (least.payoffs - default).min() >= gains.min(1).max(initial=0) - 1e-9
    assert (total.payoffs - default) @ weights >= (gains @ weights).max(initial=0) - 1e-9
    assert max(least.residual, total.residual) < 1e-6
    assert (ideal_point(bargaining) >= gains.max(0, initial=0) - 1e-6).all()


@pytest.mark.parametrize("seed", range(6))
def test_valleys_are_not_mistaken_for_solutions(seed):
    # Payoffs that are the greatest of two pieces have a kink at the bottom, where no solution can be.
    rng = np.random.default_rng(seed)
    rows = [[piece(rng.uniform(0, 0.5), rng.normal(size=2)) for _ in range(2)] for _ in range(2)]
    trial = problem(rows, (0, 0), pick=np.argmax)
    points = np.stack(np.meshgrid(*[np.linspace(0, 1, 201)] * 2, indexing="ij"), -1).reshape(-1, 2)
    payoffs = trial.feasible.values(points)
    default = payoffs.min(0) + 0.3 * np.ptp(payoffs, axis=0)
    gains = payoffs - default
    best = np.sqrt(np.where((gains >= 0).all(1), gains[:, 0] * gains[:, 1], 0)).max()
    found = maximise_product(problem(rows, default, pick=np.argmax), (0.5, 0.5))
    assert np.sqrt((found.payoffs - default).prod()) >= best * (1 - 1e-9)


def test_pieces_show_both_sides_of_a_kink():
    bargaining = problem([[piece(0, [1]), piece(0.6, [0])], [piece(1, [-1])]], (0, 0))

    class Plain:
        size, levers, payoff_unit = 1, 1, np.ones(2)
        equality = np.empty(0, bool)

        def values(self, z):
            return bargaining.feasible.values(z), np.empty(0)

        def slopes(self, z):
            return bargaining.feasible.gradient(z), np.empty((0, 1))

        def bends(self, z):
            return bargaining.feasible.hessian(z), np.empty((0, 1, 1))

    near, far = Pieces(Plain(), np.array([0.6]), 1e-3), Pieces(Plain(), np.array([0.3]), 1e-3)
    assert [source.place for source in near.sources] == [0, 1, 0]
    assert [source.place for source in far.sources] == [0, 1]
