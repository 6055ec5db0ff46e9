"""The rules that need only the corners of the frontier: the same from the support function as from a list of deals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bargain.solutions.rational as rational
from bargain.games.bargaining import BargainingProblem
from bargain.solutions.rules import RULES, solve_problem


def linked_problem(seed: int) -> BargainingProblem:
    """Return a chain of two to four levers with payoffs in whole numbers; few values give ties and corners in line."""
    random = np.random.default_rng(seed)
    sizes = tuple(int(size) for size in random.integers(2, 5, int(random.integers(2, 5))))
    high = 3 if seed % 2 else 20
    terms: list[tuple[tuple[int, ...], Any]] = [
        ((k,), random.integers(-high, high + 1, (2, size)).tolist()) for k, size in enumerate(sizes)
    ]
    terms += [
        ((k, k + 1), random.integers(-high, high + 1, (2, *sizes[k : k + 2])).tolist()) for k in range(len(sizes) - 1)
    ]
    return BargainingProblem.factored(sizes, terms, random.integers(-2, 3, 2).tolist(), lotteries=True)


@pytest.mark.parametrize("rule", RULES)
def test_the_support_function_gives_what_the_list_gives(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [solve_problem(linked_problem(seed), rule) for seed in range(25)]
    monkeypatch.setattr(rational, "needs_support", lambda problem: True)
    for seed, expected in enumerate(listed):
        found = solve_problem(linked_problem(seed), rule)
        assert (found.payoffs, found.status) == (expected.payoffs, expected.status), (seed, found.method)
        assert "found among" in found.method or rule == "utilitarian"


@pytest.mark.parametrize("rule", RULES)
def test_a_package_of_ten_to_the_twelve_deals_is_solved(rule: str) -> None:
    random = np.random.default_rng(1)
    terms: list[tuple[tuple[int, ...], Any]] = [
        ((k, (k + 1) % 12), random.integers(-9, 10, (2, 11, 11)).tolist()) for k in range(12)
    ]
    solution = solve_problem(BargainingProblem.factored((11,) * 12, terms, (0, 0), lotteries=True), rule)
    assert solution.certificate is not None
    assert solution.certificate.holds
    assert min(solution.gains) > 0
    assert "10^12" in solution.method
