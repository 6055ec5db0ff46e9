"""How long payoffs take: compiling, one point, many points, and the tensors of a large linked game.

Run with ``pytest benchmarks/payoffs/bench_payoff_tensors.py``.
"""

import numpy as np
import pytest

from bargain.payoffs.numeric import compile_payoffs
from bargain.payoffs.tensors import total_tensor
from bargain.scenario.read import read_tree

LEVERS = 9


def tree(levers, levels=None):
    """Return a scenario of two players with about 20 terms over the levers l0, l1, ..."""
    names = [f"l{k}" for k in range(levers)]
    issue = {"range": [1, 10], "status_quo": 1} | ({} if levels is None else {"steps": levels})
    own = {
        "US": {name: f"{k + 1}*{name} - 0.{k + 1}*{name}^2 + 2*log(1 + {name}/10)" for k, name in enumerate(names)},
        "JP": {name: f"-{k + 1}*{name}^1.5 + sqrt({name})*3" for k, name in enumerate(names)},
    }
    pairs = [f"0.0{k + 1}*{names[k]}*{names[(k + 2) % levers]}^2" for k in range(levers)]
    own["US"]["joint"] = " + ".join(pairs) + f" - min({names[0]}, {names[1]}) + (l0 + l1)*(l2 + 1)"
    own["JP"]["joint"] = " - ".join(pairs[::-1]) + f" + exp(-{names[0]}*{names[-1]}/50)*{names[2]}"
    return {
        "format": 1,
        "scenario": {"id": "bench", "title": "Benchmark"},
        "players": {"US": {"name": "US"}, "JP": {"name": "Japan"}},
        "issues": {name: issue | {"set_by": "US" if k % 2 else "JP"} for k, name in enumerate(names)},
        "payoffs": own,
        "constraints": [{"name": "room", "rule": " + ".join(names) + " <= 80"}],
    }


@pytest.fixture(scope="module")
def document():
    return read_tree(tree(LEVERS))


def test_compile_values_gradient_and_hessian_of_nine_levers(benchmark, document):
    def compiled():
        payoffs = compile_payoffs(document)
        point = np.full(LEVERS, 2.0)
        return payoffs.values(point), payoffs.gradient(point), payoffs.hessian(point), payoffs.limit_values(point)

    values, *_ = benchmark(compiled)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", ["values", "gradient", "hessian", "limit_values", "limit_gradient", "allowed"])
def test_one_point(benchmark, document, name):
    function = getattr(compile_payoffs(document), name)
    point = np.full(LEVERS, 2.0)
    function(point)
    benchmark(function, point)


def test_a_hundred_thousand_points(benchmark, document):
    payoffs = compile_payoffs(document)
    points = np.random.default_rng(1).uniform(1, 10, size=(100_000, LEVERS))
    payoffs.values(points[0])
    assert benchmark(payoffs.values, points).shape == (100_000, 2)


def test_linked_game_of_a_thousand_by_a_thousand(benchmark):
    """Two players with three levers of ten levels each: 10^6 profiles."""
    payoffs = compile_payoffs(read_tree(tree(6, levels=10)))
    codes = [np.array(lever.codes) for lever in payoffs.levers]
    payoffs.tensors([column[:1] for column in codes])
    order = [lever for player in ("JP", "US") for lever in range(6) if payoffs.levers[lever].set_by == player]

    def built():
        return total_tensor(payoffs.tensors(codes), [10] * 6, order).reshape(2, 1000, 1000)

    assert benchmark(built).shape == (2, 1000, 1000)
