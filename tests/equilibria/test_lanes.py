"""The loops in machine vectors against numpy, on columns of every length."""

import numpy as np
import pytest
from numba import njit

from bargain.equilibria import lanes

WIDTHS = [4, 8, 12, 64]


@njit
def largest_size(values, start, width):
    return lanes.largest_size(values, start, width)


@njit
def largest_product(a, i, b, j, width):
    return lanes.largest_product(a, i, b, j, width)


@njit
def only_reaching(a, i, b, j, least, width):
    return lanes.only_reaching(a, i, b, j, least, width)


@njit
def at_most(values, limit, width):
    return lanes.at_most(values, limit, width)


@njit
def invert(values, start, inverse, start_inverse, count, width):
    return lanes.invert(values, start, inverse, start_inverse, count, width)


@njit
def scale_column(values, source, target, factor, width):
    lanes.scale_column(values, source, target, factor, width)


@njit
def pivot_columns(tables, source, target, column, factors, weights, count, width):
    return lanes.pivot_columns(tables, source, target, column, factors, weights, count, width)


@njit
def pivot_whole_columns(tables, source, target, column, factors, pivot, inverse, count, width):
    return lanes.pivot_whole_columns(tables, source, target, column, factors, pivot, inverse, count, width)


@njit
def write_ratios(tables, above, below, ratios, count, width):
    return lanes.write_ratios(tables, above, below, ratios, count, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_columns_are_measured_and_searched(width):
    rng = np.random.default_rng(width)
    for _ in range(50):
        a, b = rng.normal(size=(2, width + 3))
        start = int(rng.integers(0, 4))
        products = a[start : start + width] * b[:width]
        assert largest_size(a, start, width) == np.abs(a[start : start + width]).max()
        assert largest_product(a, start, b, 0, width) == max(0.0, products.max())
        least = float(np.sort(products)[-rng.integers(1, 3)])
        reaching = np.flatnonzero(products >= least)
        assert only_reaching(a, start, b, 0, least, width) == (reaching[0] if len(reaching) == 1 else -1)
        assert only_reaching(a, start, b, 0, products.max() * 2 + 1e9, width) == -1
        limit = float(a[rng.integers(0, width)])
        assert int(at_most(a, limit, width)) == sum(1 << k for k in range(width) if a[k] <= limit)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_not_a_number_is_passed_over(width):
    a, ones = np.arange(1.0, width + 1), np.ones(width)
    a[width // 2] = np.nan
    assert largest_size(a, 0, width) == width
    assert largest_product(a, 0, ones, 0, width) == width
    assert only_reaching(a, 0, ones, 0, width - 0.5, width) == width - 1
    assert not int(at_most(a, 1e9, width)) >> (width // 2) & 1


@pytest.mark.parametrize("count", [1, 3, 4, 7, 11, 62])
def test_padding_takes_no_part(count):
    width = -(-(count + 1) // lanes.LANES) * lanes.LANES
    rng = np.random.default_rng(count)
    values, entering, made = rng.uniform(0.1, 2, width), rng.normal(size=width), np.full(width, np.nan)
    values[count:] = -7.0
    assert invert(values, 0, made, 0, count, width) == values[:count].min()
    assert (made[:count] == 1 / values[:count]).all()
    assert (made[count:] == 0).all()
    entering[count:] = 5.0
    table, ratios = np.concatenate([values, entering]), np.full(width, np.nan)
    expected = np.where(entering[:count] > 0, values[:count] / np.abs(entering[:count]), lanes.HUGE)
    assert write_ratios(table, 0, width, ratios, count, width) == min(expected.min(), lanes.HUGE)
    assert (ratios[:count] == expected).all()
    assert (ratios[count:] == lanes.HUGE).all()


@pytest.mark.parametrize(("columns", "width"), [(1, 4), (5, 8), (20, 24)])
def test_multiples_of_a_column_are_subtracted(columns, width):
    rng = np.random.default_rng(columns)
    old, factors = rng.normal(size=(columns, width)), rng.normal(size=columns)
    weights = rng.integers(0, 2, columns).astype(float)
    tables = np.concatenate([old.ravel(), np.zeros(columns * width)])
    largest, norm = pivot_columns(tables, 0, columns * width, 0, factors, weights, columns, width)
    made = tables[columns * width :].reshape(columns, width)
    assert np.abs(made - (old - factors[:, None] * old[0])).max() < 1e-14
    assert largest == np.abs(made).max()
    assert norm == pytest.approx((weights[:, None] * np.abs(made)).sum(axis=0).max(), rel=1e-14)
    scale_column(tables, 0, columns * width, -2.5, width)
    assert (tables[columns * width :][:width] == -2.5 * old[0]).all()


def test_whole_numbers_stay_exact():
    rng = np.random.default_rng(3)
    columns, width, determinant, pivot = 7, 12, 6, 30
    old = rng.integers(-(10**5), 10**5, (columns, width)) * determinant
    factors = rng.integers(-(10**5), 10**5, columns)
    tables = np.concatenate([old.ravel(), np.zeros(columns * width, int)]).astype(float)
    largest = pivot_whole_columns(
        tables, 0, columns * width, 0, factors.astype(float), float(pivot), 1 / determinant, columns, width
    )
    expected = (old * pivot - factors[:, None] * old[0]) // determinant
    assert (tables[columns * width :].reshape(columns, width) == expected).all()
    assert largest == np.abs(expected).max()
