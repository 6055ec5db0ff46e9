"""Time the rules on a million deals: six additive issues of ten levels, and a list of a million points.

Run ``python benchmarks/bargaining/bench_additive.py``.  Shown are the best of several runs in seconds, for the frontier
and all four rules together, and for comparison the payoffs of all deals enumerated by numpy, without solving anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import solve_problem

SEED = 1


def best(action: Callable[[], object], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def everything(problem: BargainingProblem) -> None:
    frontier(problem)
    for rule in ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian"):
        solve_problem(problem, rule)


def main() -> None:
    rng = np.random.default_rng(SEED)
    print(f"{'problem':<44}{'efficient':>10}{'seconds':>10}")
    for players in (2, 3):
        issues = [rng.random((10, players)) for _ in range(6)]
        default = np.sum([issue.mean(axis=0) for issue in issues], axis=0)
        for lotteries in (False, True):
            problem = BargainingProblem.additive(issues, default, lotteries)
            rules = "lotteries" if lotteries else "deals"
            seconds = best(lambda: everything(BargainingProblem.additive(issues, default, lotteries)))  # noqa: B023
            print(
                f"{f'6 issues x 10 levels, {players} players, {rules}':<44}{len(problem.feasible.efficient):>10}{seconds:>10.4f}"
            )
        whole = [rng.integers(0, 10, (10, players)) for _ in range(6)]
        seconds = best(lambda: everything(BargainingProblem.additive(whole, [20] * players)))  # noqa: B023
        print(f"{f'the same in integers (ties), {players} players':<44}{'':>10}{seconds:>10.4f}")
        points = rng.random((10**6, players))
        seconds = best(lambda: everything(BargainingProblem.from_points(points, [0.3] * players)), runs=3)  # noqa: B023
        print(f"{f'10^6 listed points, {players} players':<44}{'':>10}{seconds:>10.4f}")
        seconds = best(lambda: sum_of_all(issues), runs=3)  # noqa: B023
        print(f"{f'numpy: payoffs of all 10^6 deals, {players} players':<44}{'':>10}{seconds:>10.4f}")


def sum_of_all(issues: list[np.ndarray]) -> np.ndarray:
    total = np.zeros((1, issues[0].shape[1]))
    for issue in issues:
        total = (total[:, None] + issue[None]).reshape(-1, issue.shape[1])
    return total


if __name__ == "__main__":
    main()
