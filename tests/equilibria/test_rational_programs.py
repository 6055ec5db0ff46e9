"""Zero-sum games in fractions: both sides hold exactly the value, whatever the units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.rational_programs import solve_rational_game

SMALL = st.one_of(st.integers(-1, 1), st.integers(-9, 9), st.fractions(-3, 3, max_denominator=6))


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
