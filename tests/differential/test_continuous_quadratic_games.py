"""Random quadratic games on boxes against enumeration of active sets in exact fractions."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from bargain.equilibria.continuous import continuous_equilibria
from bargain.games.continuous_game import ContinuousGame


def random_game(random, players):
    linear = [int(v) for v in random.integers(-6, 7, players)]
    own = [int(v) for v in random.choice([-3, -2, -1, -1, -2, 1, 2], players)]
    cross = random.integers(-3, 4, (players, players))
    upper = [int(v) for v in random.integers(1, 4, players)]
    return linear, own, [[int(v) for v in row] for row in cross], upper


def payoff(data, i, x):
    linear, own, cross, _ = data
    return x[i] * (linear[i] + own[i] * x[i] + sum(cross[i][j] * x[j] for j in range(len(x)) if j != i))


def gain(data, i, x):
    """Return the exact gain from the best deviation: a quadratic is best at an end or at its vertex."""
    linear, own, cross, upper = data
    slope = Fraction(linear[i]) + sum(cross[i][j] * x[j] for j in range(len(x)) if j != i)
    levels = [Fraction(0), Fraction(upper[i])]
    if own[i] < 0 and 0 < slope / (-2 * own[i]) < upper[i]:
        levels.append(slope / (-2 * own[i]))
    return max(payoff(data, i, [*x[:i], level, *x[i + 1 :]]) for level in levels) - payoff(data, i, x)


def solved(matrix, right):
    """Solve a linear system in fractions; None when it is singular."""
    rows = [[*map(Fraction, row), Fraction(value)] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = next((r for r in range(k, size) if rows[r][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for r in range(size):
            if r != k:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def exact_equilibria(data):
    """Return all equilibria, or None when an active set has many solutions."""
    linear, own, cross, upper = data
    players = len(linear)
    found = set()
    for places in product(("lower", "upper", "inside"), repeat=players):
        matrix, right = [], []
        for i, place in enumerate(places):
            row = [0] * players
            if place == "inside":
                row = [cross[i][j] for j in range(players)]
                row[i] = 2 * own[i]
                right.append(-linear[i])
            else:
                row[i] = 1
                right.append(0 if place == "lower" else upper[i])
            matrix.append(row)
        x = solved(matrix, right)
        if x is None:
            return None
        if all(0 <= level <= top for level, top in zip(x, upper, strict=True)) and all(
            gain(data, i, x) == 0 for i in range(players)
        ):
            found.add(tuple(x))
    return sorted(found)


def as_game(data):
    linear, own, cross, upper = data
    names = [f"P{i}" for i in range(len(linear))]
    levers = {f"x{i}": (name, 0, upper[i]) for i, name in enumerate(names)}
    formulas = {}
    for i, name in enumerate(names):
        mixed = " + ".join([f"({cross[i][j]})*x{j}" for j in range(len(names)) if j != i] or ["0"])
        formulas[name] = f"x{i}*({linear[i]} + ({own[i]})*x{i} + {mixed})"
    return ContinuousGame.from_formulas(names, levers, formulas)


@pytest.mark.parametrize(("players", "games"), [(1, 10), (2, 36), (3, 10)])
def test_equilibria_of_random_quadratic_games(players, games):
    random = np.random.default_rng(2026 + players)
    complete = checked = 0
    for _ in range(games):
        data = random_game(random, players)
        expected = exact_equilibria(data)
        if expected is None:
            continue
        checked += 1
        found = continuous_equilibria(as_game(data))
        levels = [profile.levels for profile in found]
        assert len(levels) == len(expected), data
        if expected:
            assert np.array(levels) == pytest.approx(np.array(expected, dtype=float), abs=1e-6)
        for profile in (*found, *found.rejected):
            exact = [Fraction(level) for level in profile.levels]
            for i in range(players):
                true = gain(data, i, exact)
                assert Fraction(profile.gains[i][0]) <= true <= Fraction(profile.gains[i][1])
        complete += found.complete is True
    assert checked > games // 2
    assert complete > checked // 2
