"""Deals found by bargain, by negmas and by numpy's plain enumeration: CPU seconds, memory, and whether answers agree.

Run ``python benchmarks/bargaining/bench_peers.py``; with NEGMAS_PYTHON set to a Python that has negmas (0.16 or later),
negmas does what it can in a process of its own.  Seconds are the best of several runs, on problems that remember
nothing, imports and compilation left out; memory is the peak that tracemalloc sees, measured in another run.
Every work of the table is one thread.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench_linked import chain, frontier_nash_certificate

from bargain.games.bargaining import BargainingProblem
from bargain.games.pareto import undominated
from bargain.solutions.frontier import frontier
from bargain.solutions.rules import solve_problem

SEED = 1
RULES = ("nash", "kalai-smorodinsky", "egalitarian")
Make = Callable[[], BargainingProblem]


def measured(make: Callable[[], Any], action: Callable[[Any], object], runs: int = 3) -> tuple[float, float]:
    """Return the least CPU seconds of a call and the peak of its memory in MB, problems made anew each time."""
    times = []
    for _ in range(runs):
        subject = make()
        start = time.process_time()
        action(subject)
        times.append(time.process_time() - start)
    subject = make()
    tracemalloc.start()
    action(subject)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return min(times), peak


def negmas(table: Any, what: str) -> dict[str, Any] | str:
    """Return what negmas needs and answers, or why it does not."""
    python = os.environ.get("NEGMAS_PYTHON")
    if not python:
        return "NEGMAS_PYTHON is not set"
    script = str(Path(__file__).with_name("negmas_work.py"))
    given = json.dumps([values.tolist() for values in table])
    answers: dict[str, Any] = {}
    # Tracing is slow, and the method for additive payoffs is no hog.
    for mode in ("memory", "seconds") if what == "all" else ("seconds",):
        done = subprocess.run([python, script, what, mode], input=given, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip().splitlines()[-1]
        answers |= {k: v for k, v in json.loads(done.stdout.splitlines()[-1]).items() if v is not None}
    return answers


def show(work: str, bar: str, mine: tuple[float, float], theirs: str) -> None:
    print(f"{work:<62}{bar:>7}{mine[0]:>9.4f}{mine[1]:>8.1f}  {theirs}", flush=True)


def compared(mine: tuple[float, float], found: dict[str, Any] | str, answers: dict[str, Any]) -> str:
    if isinstance(found, str):
        return f"negmas: {found}"
    same = [name for name, value in answers.items() if _close(found["answers"].get(name), value)]
    other = [name for name in answers if name not in same]
    words = f"negmas {found['seconds']:.2f} s ({found['seconds'] / mine[0]:.0f} x), "
    words += f"{found['traced']:.0f} MB traced, " if "traced" in found else ""
    words += f"process grown by {found['grown']:.0f} MB; same: {', '.join(same) or 'nothing'}"
    return words + (f"; other: {', '.join(other)}" if other else "")


def _close(first: Any, second: Any) -> bool:
    return first is not None and np.shape(first) == np.shape(second) and np.allclose(first, second, rtol=1e-9)


def everything(problem: BargainingProblem) -> dict[str, Any]:
    found: dict[str, Any] = {"frontier": sorted(frontier(problem).payoffs.tolist())}
    return found | {rule: list(map(float, solve_problem(problem, rule).payoffs)) for rule in RULES}


def enumerated(issues: list[np.ndarray]) -> np.ndarray:
    """The naive way: the payoffs of all deals, and the efficient ones among them."""
    total = np.zeros((1, issues[0].shape[1]))
    for issue in issues:
        total = (total[:, None] + issue[None]).reshape(-1, issue.shape[1])
    return np.asarray(total[undominated(total)])


def additive(players: int, count: int) -> tuple[list[np.ndarray], Make]:
    rng = np.random.default_rng(SEED)
    issues = [rng.random((10, players)) for _ in range(count)]
    default = np.sum([issue.mean(axis=0) for issue in issues], axis=0)
    return issues, lambda: BargainingProblem.additive(issues, default)


def dense(players: int = 2) -> BargainingProblem:
    """Ten issues with ten values; every pair of them interacts."""
    rng = np.random.default_rng(SEED)
    pairs = itertools.combinations(range(10), 2)
    terms = [(pair, rng.normal(size=(players, 10, 10))) for pair in pairs]
    return BargainingProblem.factored((10,) * 10, terms, (0.0,) * players)


def all_deals_by_numpy(levers: int = 6) -> np.ndarray:
    """Payoffs of all deals of a part of the dense set."""
    rng = np.random.default_rng(SEED)
    total = np.zeros((2, *(10,) * levers))
    for first, second in itertools.combinations(range(levers), 2):
        total += rng.normal(size=(2, 10, 10)).reshape(2, *(10 if k in (first, second) else 1 for k in range(levers)))
    points = total.reshape(2, -1).T
    return points[undominated(points)]


def main() -> None:
    print(f"{'work':<62}{'bar, s':>7}{'CPU s':>9}{'MB':>8}")
    for players, bar in ((2, ".01"), (3, ".05")):
        issues, make = additive(players, 6)
        mine = measured(make, everything, 5)
        # Given reserved values, negmas leaves out efficient deals below them.
        answers = everything(make())
        default = np.array(make().disagreement)
        rational = [point for point in answers["frontier"] if (np.array(point) >= default).all()]
        theirs = compared(mine, negmas(issues, "all"), answers | {"frontier": rational})
        show(f"10^6 additive, {players} players: frontier, {len(RULES)} rules", bar, mine, theirs)
        naive = measured(lambda: issues, enumerated)  # noqa: B023
        assert _close(sorted(enumerated(issues).tolist()), answers["frontier"])
        show("   numpy: all payoffs, efficient ones", "", naive, f"{naive[0] / mine[0]:.0f} x; same frontier")
    issues, make = additive(2, 40)
    mine = measured(make, frontier)
    theirs = compared(mine, negmas(issues, "additive"), {"frontier": sorted(frontier(make()).payoffs.tolist())})
    show("10^40 additive, 2 players: all efficient deals", ".3", mine, theirs)
    for levers, levels, extra, bar in ((12, 11, 8, ".2"), (20, 21, 6, ".5")):
        subject = lambda: chain(levers, levels, extra, 2, True)  # noqa: B023, E731
        mine = measured(subject, frontier_nash_certificate)
        words = f"{levers} levers x {levels} levels, width {subject().feasible.support.width}"
        show(f"{words}: frontier, Nash lottery, proved", bar, mine, "none can")
    mine = measured(dense, frontier)
    naive = measured(lambda: None, lambda _: all_deals_by_numpy())
    show("10 issues x 10 values, dense (10^10): all efficient deals", "2", mine, "none can")
    show("   numpy: all payoffs, 6 of the 10 issues (10^6)", "", naive, f"x 10^4 for all: {naive[0] * 1e4:.0f} s")
    small = measured(lambda: None, lambda _: frontier(dense_part(6)))
    assert _close(sorted(all_deals_by_numpy().tolist()), sorted(frontier(dense_part(6)).payoffs.tolist()))
    show("   bargain on these 6: the same deals", "", small, f"numpy takes {naive[0] / small[0]:.1f} x")
    for rule in RULES:
        show(f"   {rule} on the 10^10", "", measured(dense, lambda each: solve_problem(each, rule)), "")  # noqa: B023


def dense_part(levers: int) -> BargainingProblem:
    rng = np.random.default_rng(SEED)
    pairs = itertools.combinations(range(levers), 2)
    return BargainingProblem.factored(
        (10,) * levers, [(pair, rng.normal(size=(2, 10, 10))) for pair in pairs], (0.0, 0.0)
    )


if __name__ == "__main__":
    sys.exit(main())
