"""One piece of work done by negmas, in a process of its own; started by ``bench_peers.py`` with NEGMAS_PYTHON.

Reads issues' values (issues, levels, players) from standard input as JSON; prints CPU seconds, memory and answers as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import tracemalloc

from negmas import make_issue, make_os
from negmas.preferences import LinearAdditiveUtilityFunction, kalai_points, ks_points, nash_points, pareto_frontier
from negmas.preferences.pareto_sampler.mobanos import MOBANOSParetoSampler


def main() -> None:
    table, whole = json.load(sys.stdin), sys.argv[1] == "all"
    issues = [make_issue([str(k) for k in range(len(values))], f"issue{n}") for n, values in enumerate(table)]
    space = make_os(issues)
    players = len(table[0][0])
    ufuns = [
        LinearAdditiveUtilityFunction(
            {f"issue{n}": {str(k): row[i] for k, row in enumerate(values)} for n, values in enumerate(table)},
            weights={f"issue{n}": 1.0 for n in range(len(table))},
            outcome_space=space,
            reserved_value=float(sum(sum(row[i] for row in values) / len(values) for values in table)),
        )
        for i in range(players)
    ]
    tracemalloc.start() if sys.argv[2] == "memory" else None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    answers = {}
    if whole:
        points, _ = pareto_frontier(ufuns, issues=issues)
        answers["frontier"] = sorted(map(list, points))
        rules = {"nash": nash_points, "kalai-smorodinsky": ks_points, "egalitarian": kalai_points}
        for name, rule in rules.items():
            found = rule(ufuns, points, issues=issues)
            answers[name] = list(found[0][0]) if found else None
    else:
        sampler = MOBANOSParetoSampler()
        sampler.init(*ufuns)
        outcomes = list(sampler.pareto_outcomes())
        answers["frontier"] = sorted([float(ufun(outcome)) for ufun in ufuns] for outcome in outcomes)
    seconds = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    peak = tracemalloc.get_traced_memory()[1] / 2**20 if sys.argv[2] == "memory" else None
    print(json.dumps({"seconds": seconds, "grown": grown, "traced": peak, "answers": answers}))


if __name__ == "__main__":
    main()
