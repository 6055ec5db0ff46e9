"""Exact linear programs: feasible, dual feasible, of equal value; HiGHS agrees, also on which ones are infeasible."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from bargain.equilibria.rational_programs import maximise, solve_rational_game
from bargain.errors import NotSolvedError

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


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(SMALL, min_size=n, max_size=n), min_size=1, max_size=5)))
def test_the_value_is_what_both_sides_can_hold(payoffs):
    solved = solve_rational_game(payoffs)
    columns = list(zip(*payoffs, strict=True))
    assert sum(solved.rows) == sum(solved.columns) == 1
    assert min(solved.rows) >= 0
    assert min(solved.columns) >= 0
    assert min(sum(p * u for p, u in zip(solved.rows, column, strict=True)) for column in columns) == solved.value
    assert max(sum(q * u for q, u in zip(solved.columns, row, strict=True)) for row in payoffs) == solved.value


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_do_not_matter(scale):
    payoffs = np.random.default_rng(5).integers(-9, 9, (4, 4)).astype(float)
    near = solve_rational_game((payoffs * scale).tolist())
    assert float(near.value) == pytest.approx(float(solve_rational_game(payoffs.tolist()).value) * scale, rel=1e-9)
