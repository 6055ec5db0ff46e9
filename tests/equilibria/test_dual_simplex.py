"""The dual simplex method on a dense table, against HiGHS and by the correlated equilibria that it finds."""

import numpy as np
import pytest
from scipy.optimize import linprog

from bargain.equilibria import sifting
from bargain.equilibria.correlation import correlated
from bargain.equilibria.dual_simplex import best_vertex
from bargain.games.normal_form import NormalFormGame


@pytest.mark.parametrize("whole", [False, True])
def test_vertices_and_multipliers_are_those_of_highs(whole):
    rng = np.random.default_rng([3, whole])
    solved = 0
    for _ in range(150):
        count, size = int(rng.integers(1, 15)), int(rng.integers(1, 12))
        if whole:
            rows, objective = rng.integers(-3, 4, (count, size)).astype(float), rng.integers(0, 4, size).astype(float)
        else:
            rows, objective = rng.normal(size=(count, size)) - 0.3, rng.random(size)
        expected = linprog(-objective, rows, np.zeros(count), np.ones((1, size)), [1.0])
        found = best_vertex(objective, rows, 200)
        if expected.status == 2:
            assert found is None
            continue
        solved += 1
        assert found.value == pytest.approx(-expected.fun, abs=1e-9)
        assert objective @ found.weights == pytest.approx(found.value, abs=1e-9)
        assert found.weights.min() >= 0
        assert found.weights.sum() == pytest.approx(1)
        assert (rows @ found.weights).max() <= 1e-9
        # Weak duality: no column is worth more than the value.
        assert found.multipliers.min() >= 0
        assert (objective - found.multipliers @ rows).max() <= found.value + 1e-9
    assert solved > 50


def test_too_many_pivots_are_given_up():
    assert best_vertex(np.array([3.0, 1.0]), np.array([[1.0, -2.0]]), 1) is None


@pytest.mark.parametrize("unit", [1.0, 1e-12, 1e12])
@pytest.mark.parametrize("objective", ["welfare", "worst"])
def test_correlated_equilibria_are_those_found_by_highs(monkeypatch, unit, objective):
    rng = np.random.default_rng(9)
    called = []

    def counted(*given):
        called.append(by_pivots(*given))
        return called[-1]

    by_pivots = sifting._by_pivots
    for k in range(14):
        shape = (2, *rng.integers(2, 8, 2)) if k % 3 else (3, *rng.integers(2, 4, 3))
        table = rng.random(shape) if k % 2 else rng.integers(0, 4, shape)
        game = NormalFormGame.from_payoffs(table * unit)
        span = max(game.spans)
        monkeypatch.setattr(sifting, "_by_pivots", counted)
        found = correlated(game, objective)
        monkeypatch.setattr(sifting, "_by_pivots", lambda *_: None)
        expected = correlated(game, objective)
        assert found.value == pytest.approx(expected.value, abs=1e-11 * span)
        assert found.bound == pytest.approx(found.value, abs=1e-10 * span)
        assert found.violation <= 1e-12
    assert sum(each is not None for each in called) > 5
