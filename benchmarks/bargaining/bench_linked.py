"""Time linked levers: frontier, rules and certificates on sets of 10^8 to 10^40 deals that nobody lists.

Run ``python benchmarks/bargaining/bench_linked.py``.  Shown are CPU seconds, the best of three runs, each on a problem
that remembers nothing, and below them the time that numpy needs to add up the payoffs of all deals of a set of 10^7,
from which the naive limit of larger sets follows.  No other package that we know of takes payoffs in which issues
interact; additive ones are compared with negmas by ``bench_peers.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bargain.certificates.welfare import certify_solution
from bargain.games.bargaining import BargainingProblem
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import rules_for, solve_problem

SEED = 0


def chain(levers: int, levels: int, extra: int, players: int, lotteries: bool) -> BargainingProblem:
    """Levers in a chain, with some links more between near ones."""
    rng = np.random.default_rng(SEED)
    links = [(k, k + 1) for k in range(levers - 1)]
    while extra:
        first, second = sorted(int(k) for k in rng.choice(levers, 2, replace=False))
        if second - first <= 3 and (first, second) not in links:
            links.append((first, second))
            extra -= 1
    terms = [((k,), rng.normal(size=(players, levels))) for k in range(levers)]
    terms += [(link, 0.3 * rng.normal(size=(players, levels, levels))) for link in links]
    return BargainingProblem.factored((levels,) * levers, terms, (0.0,) * players, lotteries)


def seconds(problem: BargainingProblem, action: Callable[[BargainingProblem], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        fresh = replace(problem, feasible=replace(problem.feasible))
        start = time.process_time()
        action(fresh)
        times.append(time.process_time() - start)
    return min(times)


def frontier_nash_certificate(problem: BargainingProblem) -> None:
    frontier(problem)
    assert certify_solution(solve_problem(problem, "nash")).holds


def frontier_and_nash(problem: BargainingProblem) -> None:
    frontier(problem)
    assert solve_problem(problem, "nash").certificate.holds


def rules(problem: BargainingProblem) -> None:
    for rule in rules_for("deals", problem.num_players):
        solve_problem(problem, rule)


def show(name: str, problem: BargainingProblem, action: Callable[[BargainingProblem], object]) -> None:
    size = f"10^{np.log10(float(problem.feasible.num_combinations)):.0f}"
    print(f"{name:<66}{size:>8}{seconds(problem, action):>10.3f}", flush=True)


def main() -> None:
    print(f"{'work':<66}{'deals':>8}{'seconds':>10}")
    for levers, levels, extra in ((12, 11, 8), (20, 21, 6)):
        problem = chain(levers, levels, extra, 2, True)
        what = f"{levers} levers x {levels} levels, width {problem.feasible.support.width}, 2 players"
        show(f"{what}: frontier, Nash with its gap", problem, frontier_and_nash)
        show(f"{what}: and proved again", problem, frontier_nash_certificate)
        show(f"{what}: all efficient deals", replace(problem, lotteries=False), frontier)
        show(f"{what}: all rules, deals", replace(problem, lotteries=False), rules)
    for players in (3, 5):
        problem = chain(12, 11, 8, players, True)
        what = f"12 levers x 11 levels, width {problem.feasible.support.width}, {players} players"
        show(f"{what}: Nash lottery", problem, lambda each: solve_problem(each, "nash"))
        show(f"{what}: Nash deal", replace(problem, lotteries=False), lambda each: solve_problem(each, "nash"))
    rng = np.random.default_rng(SEED)
    issues = [rng.random((10, 2)) for _ in range(40)]
    many = BargainingProblem.additive(issues, np.sum([issue.mean(axis=0) for issue in issues], axis=0))
    show("40 additive issues x 10 values: all efficient deals", many, lambda each: each.feasible.efficient)
    show("40 additive issues x 10 values: Nash lottery", replace(many, lotteries=True), frontier_and_nash)
    for players in (2, 3):
        issues = [rng.random((10, players)) for _ in range(6)]
        small = BargainingProblem.additive(issues, np.sum([issue.mean(axis=0) for issue in issues], axis=0))
        show(f"6 additive issues x 10 values, {players} players: frontier, all rules", small, rules)
    naive = seconds(small, lambda _: add_up_all())
    print(f"{'numpy: payoffs of 10^7 deals of 7 issues added up, 2 players':<66}{'10^7':>8}{naive:>10.3f}")


def add_up_all() -> None:
    rng = np.random.default_rng(SEED)
    total = np.zeros((1, 2))
    for _ in range(7):
        total = (total[:, None] + rng.random((10, 2))[None]).reshape(-1, 2)


if __name__ == "__main__":
    main()
