"""Times of one equilibrium of large generic games, of dominance and of pure equilibria, beside peers.

Run ``python benchmarks/equilibria/bench_large.py --games 20 --size 1000``; it prints medians and ratios in CPU seconds.
Every game is solved by ours and by quantecon's Lemke-Howson with capped labels (Codenotti, De Rossi and Pagan 2008) in
the same process, one after the other, and both answers are checked by the same regret.  Compilation is not counted: a
small game is solved first.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from quantecon.game_theory import NormalFormGame as PeerGame
from quantecon.game_theory import Player, lemke_howson

from bargain.equilibria.large import solve_one
from bargain.equilibria.pure import pure_equilibria
from bargain.equilibria.search import Search
from bargain.games.decomposition import combine
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def typical(work: Callable[[], Any], repeats: int = 5) -> float:
    return median(seconds(work)[0] for _ in range(repeats))


def random_game(seed: int, *shape: int) -> NormalFormGame:
    return NormalFormGame.from_payoffs(np.random.default_rng(seed).random((len(shape), *shape)))


def linkage_shaped(seed: int, strength: float = 0.05) -> NormalFormGame:
    """Three issues of 10 x 10 that add up to 1000 x 1000, and a linkage term that no part has."""
    rng = np.random.default_rng(seed)
    payoffs = combine([random_game(10 * seed + k, 10, 10) for k in range(3)]).payoffs.copy()
    for table in payoffs:
        table += strength * rng.standard_normal((1000, 3)) @ rng.standard_normal((3, 1000))
    return NormalFormGame.from_payoffs(payoffs)


def peer(game: NormalFormGame) -> tuple[Any, ...]:
    first, second = game.payoffs
    found: Any = lemke_howson(PeerGame([Player(first.copy()), Player(second.T.copy())]), capping=10)
    return tuple(found)


def plain(game: NormalFormGame) -> Any:
    """Return the pure equilibria as anybody would write them in numpy."""
    mask = np.ones(game.num_actions, dtype=bool)
    for player, table in enumerate(game.payoffs):
        mask &= table == table.max(axis=player, keepdims=True)
    return np.argwhere(mask)


def one_equilibrium(games: int, size: int, peers: bool) -> None:
    warm = random_game(1, 14, 14)
    solve_one(warm, Search(all=False))
    peer(warm)
    ours, theirs = [], []
    print(f"one equilibrium, {size} x {size} generic floats, CPU seconds")
    for seed in range(games):
        game = random_game(seed, size, size)
        mine, found = seconds(lambda game=game: solve_one(game, Search(all=False)))
        ours.append(mine)
        worst = [float(found[0].regret)]
        if peers:
            other, answer = seconds(lambda game=game: peer(game))
            theirs.append(other)
            worst.append(max(map(float, game.regrets(answer))))
        line = f"  game {seed:3d}: ours {mine:8.3f}" + (f"  quantecon {theirs[-1]:8.3f}" if peers else "")
        regrets = ", ".join(f"{each:.1e}" for each in worst)
        print(f"{line}  {found.method}, supports {len(found[0].supports[0])}, regrets {regrets}", flush=True)
    print(f"  median ours {median(ours):.3f}, largest {max(ours):.3f}")
    if peers:
        ratio = median(other / mine for mine, other in zip(ours, theirs, strict=True))
        print(f"  median quantecon {median(theirs):.3f}, largest {max(theirs):.3f}; median of the ratios {ratio:.1f}")


def others() -> None:
    print("iterated strict dominance, 1000 x 1000, CPU milliseconds")
    for name, game in (("generic", random_game(0, 1000, 1000)), ("linkage-shaped", linkage_shaped(0))):
        print(f"  {name:<16} {1000 * typical(lambda game=game: eliminate_dominated(game)):8.1f}")
    print("pure equilibria, CPU milliseconds: ours, plain numpy, ratio")
    for shape in ((3000, 3000), (60, 60, 60)):
        game = random_game(0, *shape)
        assert (pure_equilibria(game, exactly=True).actions == plain(game)).all()
        mine, other = typical(lambda game=game: pure_equilibria(game)), typical(lambda game=game: plain(game))
        print(f"  {' x '.join(map(str, shape)):<16} {1000 * mine:8.2f} {1000 * other:8.2f} {other / mine:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=20)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--alone", action="store_true", help="without quantecon, which takes most of the time")
    chosen = parser.parse_args()
    others()
    one_equilibrium(chosen.games, chosen.size, not chosen.alone)


if __name__ == "__main__":
    main()
