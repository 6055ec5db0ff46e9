"""Exact linear programs: feasible, dual feasible, of equal value; HiGHS agrees, also on which ones are infeasible."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from bargain.errors import NotSolvedError
from bargain.games.exact_programs import maximise

SMALL = st.one_of(st.integers(-1, 1), st.integers(-9, 9), st.fractions(-3, 3, max_denominator=6))


@st.composite
def programs(draw):
    size, count = draw(st.integers(1, 5)), draw(st.integers(0, 6))
    row = st.lists(SMALL, min_size=size, max_size=size)
    rows = [draw(row) for _ in range(count)]
    limits = [draw(SMALL) for _ in range(count)]
    if rows and draw(st.booleans()):
        rows.append([-value for value in rows[0]])
        limits.append(-limits[0])
    return draw(row), [*rows, [1] * size], [*limits, 7]


@given(programs())
def test_the_multipliers_prove_the_optimum_and_highs_agrees(program):
    objective, rows, limits = program
    found = maximise(objective, rows, limits)
    peer = linprog(
        -np.array(objective, float), A_ub=np.array(rows, float), b_ub=np.array(limits, float), method="highs"
    )
    if found is None:
        assert peer.status == 2
        return
    assert float(found.value) == pytest.approx(-peer.fun, abs=1e-7)
    assert min(found.x) >= 0
    assert min(found.multipliers) >= 0
    assert all(
        sum(a * x for a, x in zip(row, found.x, strict=True)) <= limit for row, limit in zip(rows, limits, strict=True)
    )
    assert sum(c * x for c, x in zip(objective, found.x, strict=True)) == found.value
    assert sum(y * limit for y, limit in zip(found.multipliers, limits, strict=True)) == found.value
    for j, cost in enumerate(objective):
        assert sum(y * row[j] for y, row in zip(found.multipliers, rows, strict=True)) >= cost


def test_an_unbounded_program_is_refused():
    with pytest.raises(NotSolvedError, match="unbounded"):
        maximise([1, 1], [[1, -1]], [1])


def test_a_cycling_example_of_the_textbooks_ends():
    """Chvatal 1983, page 31: the largest-coefficient rule cycles here."""
    found = maximise(
        [10, -57, -9, -24],
        [
            [Fraction(1, 2), Fraction(-11, 2), Fraction(-5, 2), 9],
            [Fraction(1, 2), Fraction(-3, 2), Fraction(-1, 2), 1],
            [1, 0, 0, 0],
        ],
        [0, 0, 1],
    )
    assert found.value == 1


def test_a_value_that_is_enough_ends_the_search():
    rng = np.random.default_rng(4)
    rows, limits, objective = rng.integers(1, 9, (6, 6)), rng.integers(1, 99, 6), [Fraction(1, 2)] * 6
    best = maximise(objective, rows.tolist(), limits.tolist())
    enough = best.value * Fraction(2, 3)
    tried = []
    found = maximise(objective, rows.tolist(), limits.tolist(), lambda value: tried.append(value) or value >= enough)
    assert tried == sorted(tried)
    assert tried[0] == 0
    assert found.value == tried[-1] >= enough
    assert all(value < enough for value in tried[:-1])
    assert sum(found.x) / 2 == found.value
