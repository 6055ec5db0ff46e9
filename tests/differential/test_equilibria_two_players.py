"""All extreme equilibria of two-player games against an independent exact enumeration, nashpy and quantecon.

The oracle below solves every set of m of the m + n inequalities of a best-response polytope in Fractions and pairs the
feasible points by their labels: nothing is shared with the code under test.
"""

from fractions import Fraction
from itertools import combinations

import nashpy
import numpy as np
import pytest

from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.methods import equilibria
from bargain.games.normal_form import NormalFormGame

ONE, ZERO = Fraction(1), Fraction(0)


def solve_fractions(rows, right):
    table = [[*row, b] for row, b in zip(rows, right, strict=True)]
    size = len(table)
    for k in range(size):
        pivot = next((r for r in range(k, size) if table[r][k] != 0), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [value / table[k][k] for value in table[k]]
        for r in range(size):
            if r != k and table[r][k] != 0:
                table[r] = [a - table[r][k] * b for a, b in zip(table[r], table[k], strict=True)]
    return tuple(row[size] for row in table)


def labelled_vertices(payoffs):
    """Vertices of {x >= 0 : x W <= 1} except 0, with labels: used rows complement, then tight columns."""
    m, n = len(payoffs), len(payoffs[0])
    inequalities = [([ONE if i == k else ZERO for i in range(m)], ZERO) for k in range(m)]
    inequalities += [([payoffs[i][j] for i in range(m)], ONE) for j in range(n)]
    found = {}
    for chosen in combinations(range(m + n), m):
        x = solve_fractions([inequalities[k][0] for k in chosen], [inequalities[k][1] for k in chosen])
        if x is None or min(x) < 0 or max(x) == 0 or x in found:
            continue
        values = [sum(a * b for a, b in zip(x, row, strict=True)) for row, _ in inequalities[m:]]
        if max(values) <= 1:
            found[x] = {k for k in range(m) if x[k] == 0} | {m + j for j in range(n) if values[j] == 1}
    return found


def oracle(first, second):
    """All extreme equilibria of the payoffs as given, as a set of pairs of exact strategies."""
    m, n = np.shape(first)

    def positive(table):
        exact = [[Fraction(value) for value in row] for row in np.asarray(table, dtype=object).tolist()]
        lowest = min(min(row) for row in exact)
        return [[value - lowest + 1 for value in row] for row in exact]

    own = labelled_vertices(positive(second))
    other = labelled_vertices([list(column) for column in zip(*positive(first), strict=True)])
    pairs = set()
    for x, x_labels in own.items():
        for y, y_labels in other.items():
            # In the second polytope the own labels are the columns; both are numbered rows first.
            shifted = {m + k if k < n else k - n for k in y_labels}
            if len(x_labels | shifted) == m + n:
                pairs.add((tuple(p / sum(x) for p in x), tuple(p / sum(y) for p in y)))
    return pairs


def ours(first, second, **options):
    found = equilibria(NormalFormGame.from_payoffs([first, second]), exact=True, **options)
    assert found.complete is True
    assert all(profile.regret == 0 for profile in found)
    pairs = {profile.strategies for profile in found}
    assert len(pairs) == len(found)
    return pairs


def unreduced(first, second):
    """The enumeration alone, without eliminating dominated actions first."""
    found = extreme_equilibria(NormalFormGame.from_payoffs([first, second]))
    return {profile.strategies for profile in found}


def shape_of(rng, largest=4):
    return tuple(int(size) for size in rng.integers(1, largest + 1, 2))


def with_duplicates(rng, tables):
    row, column = rng.integers(tables[0].shape[0]), rng.integers(tables[0].shape[1])
    tables = [np.vstack([table, table[row]]) for table in tables]
    return [np.column_stack([table, table[:, column]]) for table in tables]


def with_constant_rows(rng, tables):
    first, second = (table.copy() for table in tables)
    first[rng.integers(first.shape[0])] = 1
    second[:, rng.integers(second.shape[1])] = 1
    return [first, second]


def units_of_rounding_apart(rng):
    """Rows of the first and columns of the second player that floats can hardly tell apart: near-singular systems."""
    first = rng.integers(0, 8, (1, 3)) / 8 + rng.integers(0, 4, (3, 3)) * 2.0**-53
    second = rng.integers(0, 8, (3, 1)) / 8 + rng.integers(0, 4, (3, 3)) * 2.0**-53
    # One more row and column, out of reach, to stretch the range.
    first, second = (np.pad(table, ((0, 1), (0, 1))) for table in (first, second))
    first[3], second[:, 3] = -1.0, -1.0
    first[:3, 3], second[3, :3] = rng.random(3), rng.random(3)
    first[rng.integers(4), 3] = 0.5
    return [first, second]


KINDS = {
    "floats": lambda rng: list(rng.random((2, *shape_of(rng)))),
    "zero and one": lambda rng: list(rng.integers(0, 2, (2, *shape_of(rng)))),
    "zero to three": lambda rng: list(rng.integers(0, 4, (2, *shape_of(rng)))),
    "zero to ninety-nine": lambda rng: list(rng.integers(0, 100, (2, *shape_of(rng)))),
    "duplicated rows and columns": lambda rng: with_duplicates(rng, rng.random((2, *shape_of(rng, 3)))),
    "duplicates of small integers": lambda rng: with_duplicates(rng, rng.integers(0, 3, (2, *shape_of(rng, 3)))),
    "constant rows": lambda rng: with_constant_rows(rng, rng.random((2, *shape_of(rng)))),
    "one row": lambda rng: list(rng.integers(0, 3, (2, 1, rng.integers(1, 6)))),
    "one column": lambda rng: list(rng.random((2, rng.integers(1, 6), 1))),
    "all constant": lambda rng: [np.full(shape_of(rng), 3.5)] * 2,
    "one player constant": lambda rng: [np.zeros((3, 3)), rng.integers(0, 4, (3, 3))],
    "tiny units": lambda rng: list(rng.random((2, 3, 3)) * 1e-12),
    "huge units": lambda rng: list(rng.integers(0, 4, (2, 3, 3)) * 1e12),
    "large offset": lambda rng: list(rng.random((2, 3, 3)) + 1e6),
    "offset of small integers": lambda rng: list(rng.integers(0, 3, (2, 3, 3)) + 1e6),
    "wide range": lambda rng: list(rng.random((2, 3, 3)) * 10.0 ** rng.integers(-6, 7, (2, 3, 3))),
    "units of rounding apart": units_of_rounding_apart,
    "nearly equal": lambda rng: list(1 + rng.integers(0, 3, (2, 3, 3)) * 2.0**-52),
}


@pytest.mark.parametrize("kind", KINDS)
def test_extreme_equilibria_equal_exact_brute_force(kind):
    rng = np.random.default_rng(list(kind.encode()))
    for _ in range(32):
        first, second = KINDS[kind](rng)
        expected = oracle(first, second)
        assert ours(first, second) == expected, (first.tolist(), second.tolist())
        assert unreduced(first, second) == expected


@pytest.mark.parametrize("top", [2, 4, None])
def test_extreme_equilibria_of_five_by_five_games_equal_exact_brute_force(top):
    rng = np.random.default_rng([5, top or 0])
    for _ in range(3):
        first, second = rng.random((2, 5, 5)) if top is None else rng.integers(0, top, (2, 5, 5))
        assert ours(first, second) == oracle(first, second)


def test_the_nearly_singular_game_of_wide_payoffs_is_complete():
    """Payoffs that span 3e6: a fixed perturbation loses equilibria of such games."""
    rng = np.random.default_rng(36)
    for _ in range(4):
        first, second = np.round(rng.random((2, 4, 5)) ** 6 * 3e6)
        assert ours(first, second) == oracle(first, second)


def nearest_distances(mine, theirs):
    flat = np.array([np.concatenate([np.array(s, float) for s in pair]) for pair in mine])
    return [float(np.abs(flat - np.concatenate(pair)).max(axis=1).min()) for pair in theirs]


def assert_same_equilibria(mine, theirs):
    assert len(mine) == len(theirs)
    assert max(nearest_distances(mine, theirs)) < 1e-7


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (4, 4), (5, 4)])
def test_generic_games_agree_with_nashpy_vertex_enumeration(shape):
    rng = np.random.default_rng(shape)
    for _ in range(104):
        first, second = rng.random((2, *shape))
        theirs = list(nashpy.Game(first + 1, second + 1).vertex_enumeration())
        assert_same_equilibria(ours(first, second), theirs)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 5), (5, 5), (6, 6), (7, 8)])
def test_generic_games_agree_with_quantecon(shape):
    quantecon = pytest.importorskip("quantecon.game_theory")
    rng = np.random.default_rng([9, *shape])
    for _ in range(6):
        first, second = rng.random((2, *shape))
        peer = quantecon.NormalFormGame((quantecon.Player(first), quantecon.Player(second.T)))
        mine = ours(first, second)
        assert_same_equilibria(mine, quantecon.vertex_enumeration(peer))
        if max(shape) <= 5:
            assert_same_equilibria(mine, quantecon.support_enumeration(peer))


def test_degenerate_games_contain_every_equilibrium_that_quantecon_finds_on_supports():
    quantecon = pytest.importorskip("quantecon.game_theory")
    rng = np.random.default_rng(11)
    for _ in range(25):
        first, second = rng.integers(0, 4, (2, 4, 4)).astype(float)
        peer = quantecon.NormalFormGame((quantecon.Player(first), quantecon.Player(second.T)))
        theirs = quantecon.support_enumeration(peer)
        if theirs:
            assert max(nearest_distances(ours(first, second), theirs)) < 1e-9


@pytest.mark.parametrize("method", ["nashpy-support", "nashpy-vertex"])
def test_nashpy_methods_find_all_equilibria_of_generic_games(method):
    """nashpy's own support enumeration finds 595 of 642 equilibria of 400 such games."""
    rng = np.random.default_rng(4)
    for shape in [(3, 3)] * 20 + [(4, 4)] * 8:
        first, second = rng.normal(size=(2, *shape))
        found = equilibria(NormalFormGame.from_payoffs([first, second]), method=method, exact=True)
        assert {profile.strategies for profile in found} == ours(first, second)
        assert found.complete is None
