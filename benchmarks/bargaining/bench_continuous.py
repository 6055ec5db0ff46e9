"""Speed of bargaining over continuous levers and of building large linked games; run it as a script.

Prints CPU milliseconds, best of several runs, with formulas already compiled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bargain.games.build import bargaining_problem, normal_form
from bargain.payoffs.numeric import Payoffs, compile_payoffs
from bargain.scenario.read import read_tree
from bargain.solutions.smooth import ideal_point, maximise_least, maximise_product, maximise_sum


def best_of(call: Callable[[], Any], runs: int = 7) -> float:
    """Return the least CPU time of a call in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def payoffs_of(issues: dict[str, Any], payoffs: dict[str, Any], rule: str | None = None) -> Payoffs:
    tree = {
        "format": 1,
        "scenario": {"id": "bench", "title": "Benchmark"},
        "players": {name: {"name": name} for name in payoffs},
        "issues": issues,
        "payoffs": payoffs,
    }
    if rule is not None:
        tree["constraints"] = [{"name": "room", "rule": rule}]
    return compile_payoffs(read_tree(tree))


def package() -> Payoffs:
    """Nine continuous levers in seven issues, linked across issues, with one limit."""
    lever = {"range": [0, 1], "status_quo": 0}
    issues: dict[str, Any] = {f"issue{k}": {"set_by": "US" if k % 2 else "JP", **lever} for k in range(5)}
    for k in (5, 6):
        issues[f"issue{k}"] = {"levers": {f"part{k}{s}": {"set_by": "US", **lever} for s in "ab"}}
    us = {f"issue{k}": f"{1 + k / 4}*log(1 + 3*issue{k})" for k in (0, 2, 4)}
    us |= {f"issue{k}": f"-{0.4 + k / 10}*issue{k} - 0.3*issue{k}^2" for k in (1, 3)}
    us |= {f"issue{k}": f"-0.5*part{k}a - 0.2*part{k}a^2 + sqrt(0.1 + part{k}b)" for k in (5, 6)}
    jp = {f"issue{k}": f"-{0.6 + k / 8}*issue{k} - 0.4*issue{k}^2" for k in (0, 2, 4)}
    jp |= {f"issue{k}": f"{0.9 + k / 5}*log(1 + 2*issue{k})" for k in (1, 3)}
    jp |= {f"issue{k}": f"0.8*part{k}a - 0.6*part{k}b - 0.2*part{k}b^2" for k in (5, 6)}
    us["joint"], jp["joint"] = "-0.3*issue0*issue1 + 0.2*issue2*part5b", "0.2*issue3*issue4 + 0.1*part6a*issue0"
    return payoffs_of(issues, {"US": us, "JP": jp}, "issue0 + issue2 + part5a + part6b <= 1.5")


def linked_game() -> Payoffs:
    """Two sides with three levers of ten levels each, all linked: 1000 x 1000 actions."""
    names = [f"{side}{k}" for side in "ab" for k in range(3)]
    issues = {name: {"set_by": name[0].upper(), "levels": list(range(10)), "status_quo": 0} for name in names}
    own = {name: f"0.3*{name} - 0.02*{name}^2" for name in names}
    joint = "0.01*a0*b0 + 0.02*a1*b1 - 0.01*a2*b2 + 0.001*a0*a1*b2 + 0.01*b0*b1"
    return payoffs_of(issues, {"A": {**own, "joint": joint}, "B": {**own, "joint": f"-0.5*({joint})"}})


def separable_game() -> Payoffs:
    """The same size in three separable parts."""
    names = [f"{side}{k}" for side in "ab" for k in range(3)]
    issues = {name: {"set_by": name[0].upper(), "levels": list(range(10)), "status_quo": 0} for name in names}
    joint = "0.01*a0*b0 + 0.02*a1*b1 - 0.01*a2*b2"
    return payoffs_of(issues, {"A": {"joint": joint}, "B": {"joint": f"-0.5*({joint})"}})


def main() -> None:
    payoffs = package()
    default = payoffs.values(payoffs.document.status_quo)
    whole = bargaining_problem(payoffs, default)
    rows: list[tuple[str, Callable[[], Any]]] = [
        ("Nash, 9 levers", lambda: maximise_product(whole, (0.55, 0.45))),
        ("ideal point, 9 levers", lambda: ideal_point(whole)),
        ("least gain, 9 levers", lambda: maximise_least(whole, (1, 1))),
        ("sum, 9 levers", lambda: maximise_sum(whole, (1, 1))),
    ]
    for issue in ("issue0", "issue5"):
        alone = bargaining_problem(payoffs, default, issues=[issue])
        rows.append((f"Nash, {issue} alone", lambda alone=alone: maximise_product(alone, (0.55, 0.45))))  # type: ignore[misc]
    linked, apart = linked_game(), separable_game()
    rows += [
        ("build 1000 x 1000 linked game", lambda: normal_form(linked)),
        ("build 1000 x 1000 game of 3 parts", lambda: normal_form(apart)),
    ]
    for name, call in rows:
        call()
        print(f"{name:36} {best_of(call):8.1f} ms")


if __name__ == "__main__":
    main()
