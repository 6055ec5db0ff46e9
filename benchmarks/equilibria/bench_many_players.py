"""Times of equilibria of games with three and more players, beside pygambit's ``enumpoly`` when it is installed.

Run ``python benchmarks/equilibria/bench_many_players.py``; it prints CPU seconds and whether the answers agree.  Compilation is
timed apart, by a first small game.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from bargain.equilibria.homotopy import homotopy_equilibria
from bargain.equilibria.polynomial import polynomial_equilibria
from bargain.games.interchange.peers import to_pygambit
from bargain.games.normal_form import NormalFormGame

ALL = ((2, 2, 2), (3, 3, 3), (4, 4, 4), (3, 3, 3, 3), (2, 2, 2, 2, 2))
SOME = ((10, 10, 10), (5, 5, 5, 5), (3, 3, 3, 3, 3))
GAMES = 6


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


def random_game(shape: tuple[int, ...], seed: int) -> NormalFormGame:
    return NormalFormGame.from_payoffs(np.random.default_rng(seed).random((len(shape), *shape)))


def by_gambit(game: NormalFormGame) -> list[np.ndarray]:
    import pygambit

    peer = to_pygambit(game)
    found = []
    for profile in pygambit.nash.enumpoly_solve(peer).equilibria:
        names = zip(game.players, game.actions, strict=True)
        found.append(np.array([float(profile[player][action]) for player, actions in names for action in actions]))
    return found


def agree(game: NormalFormGame, others: list[np.ndarray]) -> bool:
    points = [np.concatenate([np.asarray(s, float) for s in p.strategies]) for p in polynomial_equilibria(game)]
    return len(points) == len(others) and all(min(np.abs(p - q).max() for q in others) < 1e-5 for p in points)


def main() -> None:
    first, _ = seconds(lambda: polynomial_equilibria(random_game((3, 3, 3), 0)))
    print(f"first call, with compilation or from its cache: {first:.1f} s")
    peer = importlib.util.find_spec("pygambit") is not None
    if not peer:
        print(
            "pygambit is not installed: its column is left out (`pip install --pre pygambit` finds wheels of version 17)"
        )
    for shape in ALL:
        games = [random_game(shape, seed) for seed in range(GAMES)]
        ours = [seconds(lambda game=game: polynomial_equilibria(game)) for game in games]
        complete = sum(found.complete is True for _, found in ours)
        line = f"all, {shape!s:<18} median {median(t for t, _ in ours):8.3f} s  {complete}/{GAMES} proved complete"
        if peer and len(shape) == 3:
            theirs = [seconds(lambda game=game: by_gambit(game)) for game in games]
            same = sum(agree(game, found) for game, (_, found) in zip(games, theirs, strict=True))
            line += f"  enumpoly {median(t for t, _ in theirs):8.3f} s, the same set in {same}/{GAMES}"
        print(line, flush=True)
    for shape in SOME:
        larger = [random_game(shape, seed) for seed in range(3)]
        answers = [seconds(lambda game=game: homotopy_equilibria(game)) for game in larger]
        worst = max(float(profile.regret) for _, found in answers for profile in found)
        print(f"some, {shape!s:<17} median {median(t for t, _ in answers):8.3f} s  largest regret {worst:.1e}")


if __name__ == "__main__":
    main()
