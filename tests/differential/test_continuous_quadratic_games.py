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


TERMS = ["x", "y", "x*y", "x^2", "y^2", "abs(x-y)", "max(x,2*y)", "exp(-x*y)", "sqrt(y+0.01)", "min(x,y,0.4)",
         "(x-0.5)^3", "x*y^2", "abs(x-0.5)", "abs(y-0.25)"]  # fmt: skip


def test_no_equilibrium_on_a_grid_is_missing_from_a_list_that_is_said_to_be_complete():
    random = np.random.default_rng(11)
    fine, marks = np.linspace(0, 1, 5001), np.linspace(0, 1, 41)
    complete = 0
    for _ in range(9):
        formulas = [
            " + ".join(f"({random.integers(-3, 4)})*{random.choice(TERMS)}" for _ in range(4)) for _ in range(2)
        ]
        game = ContinuousGame.from_formulas(
            ["A", "B"], {"x": ("A", 0, 1), "y": ("B", 0, 1)}, dict(zip("AB", formulas, strict=True))
        )
        found = continuous_equilibria(game, time_limit=20)
        complete += found.complete is True

        def gains(x, y, game=game):
            at = game.values([[x, y]])[0]
            first = game.values(np.stack([fine, np.full_like(fine, y)], axis=-1))[:, 0].max() - at[0]
            second = game.values(np.stack([np.full_like(fine, x), fine], axis=-1))[:, 1].max() - at[1]
            return first, second

        for profile in (*found, *found.rejected):
            sampled = gains(*profile.levels)
            for true, (_, bound) in zip(sampled, profile.gains, strict=True):
                assert true <= bound + 1e-12, formulas
        if found.complete:
            grid = game.values(np.stack(np.meshgrid(marks, marks, indexing="ij"), axis=-1))
            first, second = grid[..., 0], grid[..., 1]
            best = (first >= first.max(axis=0)) & (second >= second.max(axis=1)[:, None])
            for x, y in zip(*(marks[places] for places in np.nonzero(best)), strict=True):
                if max(gains(x, y)) <= 1e-13:
                    near = [np.abs(np.array(profile.levels) - (x, y)).max() for profile in found]
                    assert min(near, default=1.0) < 1e-4, (formulas, x, y)
    assert complete >= 2
