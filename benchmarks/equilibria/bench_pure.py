"""Times of pure equilibria and of the exact enumeration, beside plain loops and peers where they can do it.

Run ``python benchmarks/equilibria/bench_pure.py``; it prints medians in milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.methods import equilibria
from bargain.equilibria.pure import pure_equilibria
from bargain.games.decomposition import combine
from bargain.games.normal_form import NormalFormGame


def milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


def random_game(*shape: int, top: int | None = None, seed: int = 0) -> NormalFormGame:
    rng = np.random.default_rng(seed)
    size = (len(shape), *shape)
    return NormalFormGame.from_payoffs(rng.random(size) if top is None else rng.integers(0, top, size))


def linked_parts(seed: int = 0) -> list[NormalFormGame]:
    """Three issues of 10 x 10 actions; together the game is 1000 x 1000."""
    return [random_game(10, 10, seed=seed + k) for k in range(3)]


def main() -> None:
    rows: list[tuple[str, Callable[[], object]]] = []
    large, cube = random_game(1000, 1000), random_game(60, 60, 60)
    parts = linked_parts()
    linked = combine(parts)
    rows += [("pure equilibria, 1000 x 1000", lambda: pure_equilibria(large))]
    rows += [("pure equilibria, 60 x 60 x 60", lambda: pure_equilibria(cube))]
    rows += [("build 1000 x 1000 from 3 parts", lambda: combine(parts))]
    rows += [("all equilibria of that game, by parts", lambda: equilibria(linked))]
    for size in (4, 6, 8, 10):
        for top in (None, 4):
            game = random_game(size, size, top=top)
            kind = "floats" if top is None else "payoffs 0..3"
            rows += [(f"extreme equilibria, {size} x {size}, {kind}", lambda game=game: extreme_equilibria(game))]
    for name, work in rows:
        print(f"{name:<48} {milliseconds(work):10.1f} ms")


if __name__ == "__main__":
    main()
