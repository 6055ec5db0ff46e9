"""Payoff sets of repeated games against plain enumeration, exact self-generation, quantecon and the theory's laws."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargain.equilibria.methods import equilibria
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results.repeated import RepeatedPayoffs
from bargain.time.repeated_game import repeated_payoffs

DILEMMA = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
DIRECTIONS = [(np.cos(t), np.sin(t)) for t in np.linspace(0, 2 * np.pi, 40, endpoint=False)]


def random_game(rng: np.random.Generator, rows: int, columns: int, top: int = 10) -> NormalFormGame:
    return NormalFormGame.from_payoffs(rng.integers(0, top, (2, rows, columns)).tolist())


# ---- an independent recursion: clip the polygon with each profile's incentive constraints, keep every corner -----------


def clipped(polygon, axis, level):
    """Return the part of a polygon (a list of points in order) where a coordinate is at least a level."""
    kept = []
    for k, point in enumerate(polygon):
        last = polygon[k - 1]
        if (point[axis] >= level) != (last[axis] >= level):
            share = (level - last[axis]) / (point[axis] - last[axis])
            other = last[1 - axis] + share * (point[1 - axis] - last[1 - axis])
            kept.append((level, other) if axis == 0 else (other, level))
        if point[axis] >= level:
            kept.append(point)
    return kept


def wrapped(points):
    """Return the hull by gift wrapping over sorted points."""
    points = sorted(set(points))
    if len(points) < 3:
        return points
    sides = []
    for row in (points, points[::-1]):
        side = []
        for point in row:
            while (
                len(side) > 1
                and (
                    (side[-1][0] - side[-2][0]) * (point[1] - side[-2][1])
                    - (side[-1][1] - side[-2][1]) * (point[0] - side[-2][0])
                )
                <= 0
            ):
                side.pop()
            side.append(point)
        sides += side[:-1]
    return sides


def all_promises(game: NormalFormGame, delta, promises, number=float):
    """Return the hull of everything that promises in a polygon make possible today."""
    worst = [min(point[i] for point in promises) for i in (0, 1)]
    rows, columns = game.num_actions
    table = game.exact_block(None, [range(rows), range(columns)])
    found = []
    for a in range(rows):
        for b in range(columns):
            pays = [number(table[0, a, b]), number(table[1, a, b])]
            best = [number(max(table[0, :, b])), number(max(table[1, a, :]))]
            kept = promises
            for i in (0, 1):
                kept = clipped(kept, i, worst[i] + (1 - delta) / delta * (best[i] - pays[i]))
            found += [tuple((1 - delta) * pays[i] + delta * w[i] for i in (0, 1)) for w in kept]
    return wrapped(found)


def all_payoffs(game: NormalFormGame, number=float):
    rows, columns = game.num_actions
    table = game.exact_block(None, [range(rows), range(columns)])
    return wrapped([(number(table[0, a, b]), number(table[1, a, b])) for a in range(rows) for b in range(columns)])


def support(points, direction) -> float:
    return max(float(x) * direction[0] + float(y) * direction[1] for x, y in points)


def far(first, second) -> float:
    return max(abs(support(first, d) - support(second, d)) for d in DIRECTIONS)


def check_generated(found: RepeatedPayoffs) -> None:
    """Check in Fractions that the corners generate themselves, from the definition."""
    game, delta, worst = found.game, found.delta, found.worst
    for corner, plan in zip(found.corners, found.plans, strict=True):
        (a, b), chances = plan.actions, [chance for _, chance in plan.promise]
        assert sum(chances) == 1
        assert min(chances) > 0
        block = game.exact_block(None, [range(size) for size in game.num_actions])
        best = max(block[0, :, b]), max(block[1, a, :])
        for i in (0, 1):
            promised = sum(chance * found.corners[k][i] for k, chance in plan.promise)
            assert promised == plan.promised[i]
            assert corner[i] == (1 - delta) * block[i, a, b] + delta * promised
            assert corner[i] >= (1 - delta) * best[i] + delta * worst[i]
            assert plan.slack[i] == corner[i] - (1 - delta) * best[i] - delta * worst[i]
            assert plan.temptation[i] == best[i] - block[i, a, b]


@pytest.mark.parametrize("delta", [0.05, 0.3, 0.5, 0.7, 0.9])
def test_plain_recursion_finds_the_same_set(delta: float) -> None:
    rng = np.random.default_rng(int(100 * delta))
    compared = 0
    for _ in range(10):
        game = random_game(rng, *rng.integers(1, 4, 2).tolist(), top=int(rng.integers(2, 12)))
        found = repeated_payoffs(game, delta)
        check_generated(found)
        plain = all_payoffs(game)
        for _ in range(1200):
            following = all_promises(game, delta, plain) if plain else []
            # Floats make no difference between a constraint that is just kept and one that is just missed.
            if not following or far(plain, following) < 1e-11:
                break
            plain = following
        if following:
            compared += 1
            assert found.gap < 1e-9
            assert far(found.corners, following) < 1e-6 * 12
        else:
            assert found.empty or knife_edge(game, found)
    assert compared > 3


def knife_edge(game: NormalFormGame, found: RepeatedPayoffs) -> bool:
    """Whether a set that floats lost has some player with no slack at all."""
    return any(0 in plan.slack for plan in found.plans)


@pytest.mark.parametrize("seed", range(12))
def test_exact_recursion_holds_the_set_and_keeps_a_fixed_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, 2, 3, top=5)
    delta = Fraction(int(rng.integers(1, 10)), 10)
    found = repeated_payoffs(game, delta)
    plain = all_payoffs(game, Fraction)
    for _ in range(5):
        plain = all_promises(game, delta, plain, Fraction)
        if not plain:
            assert found.empty
            return
        outer = RepeatedPayoffs(game, delta, tuple(plain), (), tuple(plain), 0.0, True, 0)
        assert all(outer.sustains(corner) for corner in found.corners)
    if found.exact:
        assert set(all_promises(game, delta, list(found.corners), Fraction)) == set(found.corners)


# quantecon's compiled code may write behind the ends of its arrays, so that it runs uncompiled and in a process of its own.
PEER = """
import json, sys
import numpy as np, quantecon.game_theory as qe
for line in sys.stdin:
    first, second, delta = json.loads(line)
    game = qe.NormalFormGame([qe.Player(np.array(first)), qe.Player(np.array(second).T)])
    try:
        hull = qe.RepeatedGame(game, delta).equilibrium_payoffs("abreu_sannikov", {"tol": 1e-6, "max_iter": 200})
        print(json.dumps(hull.points[hull.vertices].tolist()))
    except Exception:  # points and segments have no hull in scipy
        print("null")
"""


def test_quantecon_finds_the_same_sets() -> None:
    rng = np.random.default_rng(5)
    games = []
    while len(games) < 125:
        game = random_game(rng, 2, int(rng.integers(2, 4)))
        if len(equilibria(game, method="pure")):  # quantecon does not know the empty set
            games.append((game, float(rng.choice([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]))))
    lines = "".join(json.dumps([*game.payoffs.tolist(), delta]) + "\n" for game, delta in games)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", PEER]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment, check=True)
    compared = 0
    for (game, delta), line in zip(games, done.stdout.splitlines(), strict=True):
        theirs = json.loads(line)
        if theirs is not None:
            compared += 1
            assert far(repeated_payoffs(game, delta).corners, theirs) < 1e-4, (game.payoffs, delta)
    assert compared >= 50


def test_dilemma_by_hand() -> None:
    cooperation = repeated_payoffs(DILEMMA, 0.5)
    assert cooperation.exact
    assert cooperation.corners == ((1, 1), (Fraction(13, 3), 1), (3, 3), (1, Fraction(13, 3)))
    assert cooperation.sustains((3, 3))
    assert not cooperation.sustains((3.001, 3))
    assert cooperation.worst == (1, 1)
    assert cooperation.path(2, 3) == ((0, 0),) * 3
    # Below 1/2 mutual cooperation fails, but taking turns, with lotteries, holds down to 1/4.
    turns = repeated_payoffs(DILEMMA, 0.499)
    assert turns.corners == ((1, 1), (4, 1), (1, 4))
    assert turns.gap < 1e-11
    assert turns.sustains((3, 3)) is False
    assert repeated_payoffs(DILEMMA, 0.25).corners == ((1, 1), (4, 1), (1, 4))
    for delta in (0.01, 0.2, Fraction(249, 1000)):
        assert repeated_payoffs(DILEMMA, delta).corners == ((1, 1),)
    patient = repeated_payoffs(DILEMMA, 0.999)
    assert patient.exact
    assert patient.corners == cooperation.corners


def test_pennies_have_no_pure_equilibrium() -> None:
    pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    for delta in (0.01, 0.5, 0.999):
        found = repeated_payoffs(pennies, delta)
        assert found.empty
        assert found.exact
        assert found.worst is None
        assert found.reason == "no equilibrium in pure actions"
        assert found.sustains((0, 0)) is False


@pytest.mark.parametrize("delta", [0, 1, 1.5, -0.1, float("nan"), float("inf"), Fraction(1)])
def test_delta_outside_is_refused(delta: float) -> None:
    with pytest.raises(ValueError, match="more than 0 and less than 1"):
        repeated_payoffs(DILEMMA, delta)


def test_three_players_are_refused() -> None:
    with pytest.raises(UnsupportedGameError, match="two players"):
        repeated_payoffs(NormalFormGame.from_payoffs(np.zeros((3, 2, 2, 2)).tolist()), 0.5)


@pytest.mark.parametrize("delta", [0.01, 0.5, 0.999])
def test_degenerate_games(delta: float) -> None:
    constant = NormalFormGame.from_payoffs([[[2, 2], [2, 2]], [[7, 7], [7, 7]]])
    assert repeated_payoffs(constant, delta).corners == ((2, 7),)
    alone = NormalFormGame.from_payoffs([[[4]], [[5]]])
    assert repeated_payoffs(alone, delta).corners == ((4, 5),)
    decides = NormalFormGame.from_payoffs([[[1, 1, 1]], [[0, 3, 2]]])
    assert repeated_payoffs(decides, delta).corners == ((1, 3),)
    common = NormalFormGame.from_payoffs([[[1, 0], [0, 2]], [[1, 0], [0, 2]]])
    segment = repeated_payoffs(common, delta)
    assert segment.corners[-1] == (2, 2)
    assert len(segment.corners) == 2
    assert segment.exact


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from([1e-12, 1e12]), st.sampled_from([0.3, 0.5, 0.8]))
def test_units_do_not_matter(seed: int, unit: float, delta: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 9, (2, 3, 2))
    plain = repeated_payoffs(NormalFormGame.from_payoffs(table.tolist()), delta)
    exact = [[[Fraction(int(v)) * Fraction(unit) for v in row] for row in each] for each in table]
    scaled = repeated_payoffs(NormalFormGame.from_payoffs(exact), delta)
    assert scaled.corners == tuple((x * Fraction(unit), y * Fraction(unit)) for x, y in plain.corners)
    floats = repeated_payoffs(NormalFormGame.from_payoffs((table * unit).tolist()), delta)
    assert floats.empty or floats.gap <= 1e-9


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_laws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = random_game(rng, *rng.integers(1, 4, 2).tolist(), top=7)
    low, high = sorted(int(k) for k in rng.choice(np.arange(1, 20), 2, replace=False))
    small, large = (repeated_payoffs(game, Fraction(k, 20), max_steps=300) for k in (low, high))
    # With public draws the set grows with patience: nothing proved for the small one is refuted for the large one.
    assert all(large.sustains(corner) is not False for corner in small.corners)
    stage = equilibria(game, method="pure")
    for found in (small, large):
        check_generated(found)
        assert all(found.sustains(profile.payoffs) is not False for profile in stage)
        rows, columns = game.payoffs
        held = rows.max(axis=0).min(), columns.max(axis=1).min()
        hull = RepeatedPayoffs(game, found.delta, tuple(all_payoffs(game, Fraction)), (), (), 0.0, True, 0)
        for x, y in found.corners:
            assert hull.sustains((x, y))
            assert x >= held[0]
            assert y >= held[1]


def test_folk_theorem() -> None:
    """With patience the set fills the individually rational part of the feasible set (Fudenberg and Maskin 1986)."""
    rng = np.random.default_rng(11)
    for _ in range(12):
        game = random_game(rng, 3, 3)
        rows, columns = game.payoffs
        rational = all_payoffs(game)
        for i, level in ((0, rows.max(axis=0).min()), (1, columns.max(axis=1).min())):
            rational = clipped(rational, i, level)
        held = rows.max(axis=0).min(), columns.max(axis=1).min()
        interior = len(wrapped(rational)) > 2 and all(max(p[i] for p in rational) > held[i] + 1 for i in (0, 1))
        if interior:
            found = repeated_payoffs(game, 0.9999, max_steps=400)
            assert far(found.corners, rational) < 0.02
