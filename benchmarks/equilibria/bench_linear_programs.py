"""Zero-sum and correlated games: ours beside HiGHS, nashpy and quantecon, in one process.

Run ``python benchmarks/equilibria/bench_linear_programs.py [--sizes 100 200 500] [--correlated 30 60 100] [--repeats 3]``.
It prints medians of CPU seconds, the ratio of the best peer to ours, and by how much the answers differ.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import nashpy
import numpy as np
from quantecon.game_theory.lemke_howson import lemke_howson  # noqa: F401  (loads the compiled room)
from quantecon.optimize import minmax
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from bargain.equilibria.correlation import coarse_correlated, correlated
from bargain.equilibria.incentives import Incentives
from bargain.equilibria.zero_sum import solve_matrix_game
from bargain.games.decomposition import combine
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated


def seconds(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Return the median of CPU seconds, and the last answer."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        answer = work()
        times.append(time.process_time() - started)
    return median(times), answer


def highs_value(table: np.ndarray, method: str) -> float:
    """The value of a matrix game by one program, as a user of scipy would write it."""
    m, n = table.shape
    solved = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=np.column_stack([-table.T, np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=np.append(np.ones(m), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * m + [(None, None)],
        method=method,
    )
    return -solved.fun


def nashpy_value(table: np.ndarray) -> float:
    x, y = nashpy.Game(table).linear_program()
    return float(x @ table @ y)


def zero_sum_peers(size: int, slow: int) -> dict[str, Callable[[np.ndarray], float]]:
    """The peers that are not hopeless at this size."""
    peers: dict[str, Callable[[np.ndarray], float]] = {
        "HiGHS ipm": lambda table: highs_value(table, "highs-ipm"),
        "quantecon": lambda table: minmax(table)[0],
    }
    if size <= slow:
        peers["HiGHS"] = lambda table: highs_value(table, "highs")
        peers["nashpy"] = nashpy_value
    return peers


def report(name: str, ours: float, peers: dict[str, float], difference: float, proof: str) -> None:
    best = min(peers.values())
    beside = ", ".join(f"{peer} {spent:.3f}" for peer, spent in peers.items())
    print(
        f"{name:<34} ours {ours:8.4f}   x{best / ours:6.1f}   {beside}; differ by {difference:.0e}; {proof}", flush=True
    )


def bench_zero_sum(size: int, repeats: int, slow: int) -> None:
    table = np.random.default_rng(size).random((size, size))
    ours, solved = seconds(lambda: solve_matrix_game(table), repeats)
    found = {
        name: seconds(lambda peer=peer: peer(table), repeats if size < 300 else 1)
        for name, peer in zero_sum_peers(size, slow).items()
    }
    value = (solved.secured + solved.conceded) / 2
    difference = max(abs(answer - value) for _, answer in found.values())
    gap = f"our gap {solved.conceded - solved.secured:.0e}"
    report(f"zero-sum {size} x {size}", ours, {name: spent for name, (spent, _) in found.items()}, difference, gap)


def whole_program(game: NormalFormGame, coarse: bool) -> float:
    """The welfare-best equilibrium by HiGHS from all constraints at once."""
    incentives = Incentives(np.asarray(game.payoffs), coarse)
    rows = incentives.all_rows()
    count = game.payoffs[0].size
    row, column, value = incentives.entries(rows, np.arange(count))
    matrix = vstack([csr_array((value, (row, column)), shape=(len(rows.player), count))], format="csc")
    welfare = game.payoffs.sum(axis=0).ravel()
    solved = linprog(-welfare, A_ub=matrix, b_ub=np.zeros(len(rows.player)), A_eq=np.ones((1, count)), b_eq=[1.0])
    return -solved.fun


def mixed_games(size: int, count: int) -> list[NormalFormGame]:
    """Random games whose best profile is no equilibrium, so that there is something to solve."""
    games, seed = [], 0
    while len(games) < count:
        game = NormalFormGame.from_payoffs(np.random.default_rng(seed).random((2, size, size)))
        i, j = np.unravel_index(game.payoffs.sum(axis=0).argmax(), (size, size))
        if game.payoffs[0][:, j].argmax() != i or game.payoffs[1][i].argmax() != j:
            games.append(game)
        seed += 1
    return games


def bench_correlated(size: int, repeats: int, slow: int) -> None:
    games = mixed_games(size, repeats)
    for solver in (correlated, coarse_correlated):
        coarse = solver is coarse_correlated
        timed = [seconds(lambda game=game, solver=solver: solver(game), 1) for game in games]
        found = timed[0][1]
        peers, difference = {"(none in time)": float("nan")}, float("nan")
        if size <= slow:
            spent, value = seconds(lambda coarse=coarse: whole_program(games[0], coarse), 1)
            peers, difference = {"HiGHS, whole program": spent}, abs(value - found.value)
        violation = max(each.violation for _, each in timed)
        gap = max(abs(each.bound - each.value) for _, each in timed)
        proof = f"violation {violation:.0e}, our gap {gap:.0e}, slowest {max(spent for spent, _ in timed):.2f} s"
        report(f"{found.concept} {size} x {size}", median(spent for spent, _ in timed), peers, difference, proof)


def linked_issues(seed: int, weight: float = 0.12) -> NormalFormGame:
    """Three linked issues of 10 x 10 actions; the more own costs weigh, the more goes by dominance."""
    rng = np.random.default_rng(seed)
    parts = [
        NormalFormGame.from_payoffs(
            rng.random((2, 10, 10))
            + weight * np.stack([rng.permutation(10)[:, None] + np.zeros(10), rng.permutation(10) + np.zeros((10, 1))])
        )
        for _ in range(3)
    ]
    return combine(parts)


def bench_linked(repeats: int) -> None:
    linked = linked_issues(1)
    plain = NormalFormGame.from_payoffs(linked.payoffs)
    for name, game in (("by parts", linked), ("without parts", plain)):
        dominance, reduction = seconds(lambda game=game: eliminate_dominated(game), 1)
        ours, found = seconds(lambda game=game: correlated(game), repeats if name == "by parts" else 1)
        own = ours if name == "by parts" else ours - dominance
        proof, _ = seconds(lambda found=found: found._proof(), 1)
        print(
            f"correlated, 3 linked issues, {name}: {own:.4f} s beside {dominance:.3f} s of dominance "
            f"({' x '.join(map(str, reduction.game.num_actions))} left); multipliers of the whole game {proof:.3f} s; "
            f"violation {found.violation:.0e}, gap {abs(found.bound - found.value):.0e}",
            flush=True,
        )


def bench_dominance(repeats: int) -> None:
    """Iterated dominance of linked issues: from hardly any dominated action to hardly any other one."""
    for weight in (0.0, 0.06, 0.12, 0.2, 0.5):
        games = [linked_issues(seed, weight) for seed in range(1, 1 + repeats)]
        for name, weak in (("strict", False), ("weak", True)):
            medians = []
            for parts in (True, False):
                given = [game if parts else NormalFormGame.from_payoffs(game.payoffs) for game in games]
                timed = [
                    seconds(lambda game=game, weak=weak: eliminate_dominated(game, weak=weak), 3) for game in given
                ]
                medians.append(median(spent for spent, _ in timed))
            left = ", ".join(" x ".join(map(str, found.game.num_actions)) for _, found in timed)
            print(
                f"iterated {name:<6} dominance, 3 linked issues, costs {weight:4.2f}: {medians[0]:.4f} s, "
                f"without parts {medians[1]:.4f} s; left {left}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[30, 100, 300])
    parser.add_argument("--correlated", type=int, nargs="*", default=[10, 30, 100])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--slow", type=int, default=300, help="largest zero-sum game for HiGHS simplex and nashpy")
    parser.add_argument("--slow-correlated", type=int, default=30, help="largest game for the whole correlated program")
    chosen = parser.parse_args()
    minmax(np.eye(3))
    for size in chosen.sizes:
        bench_zero_sum(size, chosen.repeats, chosen.slow)
    for size in chosen.correlated:
        bench_correlated(size, chosen.repeats, chosen.slow_correlated)
    bench_linked(chosen.repeats)
    bench_dominance(chosen.repeats)


if __name__ == "__main__":
    main()
