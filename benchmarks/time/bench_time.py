"""Time talks with a clock and what keeps a deal: deadlines, the path of self-enforcing deals, repeated-game payoff sets.

Run ``python benchmarks/time/bench_time.py``.  CPU seconds, the best of three runs.  Payoff sets are timed beside
quantecon's Abreu-Sannikov method where it is installed, in a process of its own and with its compilation left out; the
largest distance between the two sets' support in 64 directions is shown, relative to the payoff range.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import bargain as bg

ROUNDS, DEALS, FACTORS = 200, 100_000, 50

PEER = """
import json, sys, time
import numpy as np
from quantecon.game_theory import NormalFormGame, Player
from quantecon.game_theory.repeated_game import RepeatedGame
tables, delta = json.loads(sys.stdin.read())
def solve(a, b):
    game = NormalFormGame((Player(np.array(a)), Player(np.array(b).T.copy())))
    return RepeatedGame(game, delta).equilibrium_payoffs()
solve([[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]])
start = time.process_time()
hull = solve(*tables)
print(json.dumps([time.process_time() - start, hull.points[hull.vertices].tolist()]))
"""


def seconds(action: Callable[[], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def circle(count: int) -> np.ndarray:
    """Efficient deals on a quarter of a circle."""
    angle = np.linspace(0, np.pi / 2, count)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def deadlines() -> None:
    for name, points in (
        ("all efficient", circle(DEALS)),
        ("uniform", np.random.default_rng(0).random((DEALS, 2))),
    ):

        def last_rounds(points: np.ndarray = points) -> None:
            problem = bg.BargainingProblem.from_points(points, (0.0, 0.0))
            bg.deadline(bg.AlternatingOffers(problem, discount=0.99, rounds=ROUNDS), compare=False)

        print(f"deadline, {ROUNDS} rounds, {DEALS} deals, {name:14} {seconds(last_rounds):8.3f}")


def talks(levels: int = 10) -> bg.Scenario:
    """Three linked issues a side with ten levels each: a game of 1000 x 1000 actions."""
    levers = {f"{side}{k}": side.upper() for side in "ab" for k in range(3)}
    issues = {
        name: {"set_by": player, "levels": list(range(levels)), "status_quo": 0} for name, player in levers.items()
    }
    own = {"A": "a0 + a1 + a2", "B": "b0 + b1 + b2"}
    other = {"A": own["B"], "B": own["A"]}
    joint = {player: f"0.9*({other[player]}) - ({own[player]}) - 0.004*({own[player]})^2" for player in "AB"}
    return bg.load(
        {
            "format": 1,
            "scenario": {"id": "path", "title": "Three issues a side"},
            "players": {"A": {}, "B": {}},
            "issues": issues,
            "payoffs": {player: {"joint": formula} for player, formula in joint.items()},
        }
    )


def paths() -> None:
    scenario = talks()
    factors = np.linspace(0.5, 0.99, FACTORS).tolist()
    scenario.game()
    took = seconds(lambda: scenario.enforcement(path=factors, punishment="no_agreement"), 1)
    print(f"path of self-enforcing deals, 1000x1000, {FACTORS} factors {took:8.3f}")


def payoff_sets() -> None:
    rng = np.random.default_rng(0)
    for size, delta in ((2, 0.5), (10, 0.5), (30, 0.7), (100, 0.9)):
        tables = rng.integers(0, 100, (2, size, size))
        game = bg.NormalFormGame.from_payoffs(list(tables))
        ours = seconds(lambda game=game, delta=delta: bg.repeated_payoffs(game, delta), 1)
        line = f"payoff set, {size}x{size}, factor {delta} {ours:8.3f}"
        if importlib.util.find_spec("quantecon"):
            line += _beside(bg.repeated_payoffs(game, delta), tables, delta, ours)
        print(line)


def _beside(found: bg.RepeatedPayoffs, tables: np.ndarray, delta: float, ours: float) -> str:
    given = json.dumps([tables.astype(float).tolist(), delta])
    run = subprocess.run([sys.executable, "-c", PEER], input=given, capture_output=True, text=True, check=False)
    if run.returncode:
        return f"   quantecon failed: {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else run.returncode}"
    took, points = json.loads(run.stdout)
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    directions = np.column_stack([np.cos(angle), np.sin(angle)])
    if not found.corners:
        return f"   quantecon {took:8.3f}   ours is empty: {found.empty}"
    corners = np.array([[float(value) for value in corner] for corner in found.corners])
    apart = np.abs((directions @ corners.T).max(axis=1) - (directions @ np.array(points).T).max(axis=1)).max()
    return f"   quantecon {took:8.3f}   ratio {took / ours:6.2f}   apart {apart / np.ptp(tables):.1e}"


if __name__ == "__main__":
    deadlines()
    paths()
    payoff_sets()
