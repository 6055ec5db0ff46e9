"""A stored answer over more deals than can be enumerated, proved by bounds.

Payoffs are laid out as tables over the few levers that each term reads; at the claimed deals and at drawn ones the
tables must agree with the formulas, evaluated one by one.  Then the answer is checked from the definitions, like one
that was never stored (:mod:`bargain.certificates.welfare`).  What is too large for that is left open.
Tested by changed answers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from bargain.certificates.claims import Stored, claim, difference, number, row
from bargain.certificates.replay import Replay
from bargain.certificates.welfare import optimality
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.build import bargaining_problem
from bargain.games.finite_deals import FiniteDeals
from bargain.payoffs.numeric import compile_payoffs
from bargain.results import Certificate, Solution, Status

__all__ = ["check_large"]

_DRAWN = 50

_PROVED = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")


def check_large(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return the certificate that no deal of a large finite set is better."""
    if stored["rule"] not in _PROVED:
        return []
    words = f"{stored['rule']}: no deal is better, by the rule's own measure"
    document = replay.document
    try:
        problem = bargaining_problem(
            compile_payoffs(document),
            disagreement,
            lotteries=document.solve.lotteries,
            weights=document.weights,
            grid=document.solve.grid,
        )
        assert isinstance(problem.feasible, FiniteDeals)
        solution = _solution(replay, stored, problem)
        apart = _apart(replay, problem.feasible, solution)
        found = optimality(solution)
    except LimitError as limit:
        return [Certificate(words, 0.0, 0.0, method=f"too large: {limit}", checked=False)]
    tables = claim(f"{stored['rule']}: payoffs in tables agree with the formulas", apart)
    if "looked at" in found.method and found.claim.startswith("no better deal was found"):
        why = str(found.evidence.get("not proved", "too many deals"))
        left = Certificate(words, found.gap, found.tolerance, found.unit, found.witness, why, checked=found.gap > 0)
        return [tables, left]
    return [tables, Certificate(words, found.gap, found.tolerance, found.unit, found.witness, found.method)]


def _solution(replay: Replay, stored: Stored, problem: BargainingProblem) -> Solution:
    players = replay.document.player_names
    agreed = stored["status"] in ("proved", "converged", "limit")
    weights = None if stored.get("weights") is None else row(stored["weights"], players)
    lottery: Any = None
    if agreed and stored.get("lottery") is not None:
        drawn = [(_described(replay, each["terms"]), number(each["probability"])) for each in stored["lottery"]]
        lottery = tuple(drawn)
    return Solution(
        problem,
        str(stored["rule"]),
        "stored",
        Status.PROVED if agreed else Status.NO_DEAL,
        row(stored["payoffs"], players),
        row(stored["gains"], players),
        deal=_described(replay, stored["terms"]) if agreed and lottery is None else None,
        lottery=lottery,
        weights=weights,
    )


def _described(replay: Replay, terms: Any) -> dict[str, dict[str, Any]]:
    """Return stored terms with every level written as the problem writes it."""
    codes = replay.codes(terms)
    deal: dict[str, dict[str, Any]] = {}
    for lever, code in zip(replay.levers, codes, strict=True):
        deal.setdefault(lever.issue, {})[lever.name] = lever.level(code)
    return deal


def _apart(replay: Replay, deals: FiniteDeals, solution: Solution) -> float:
    """Return how far payoffs from tables are from those from formulas, at the claimed deals and at drawn ones."""
    chance = random.Random(0)
    claimed = [solution.deal] if solution.deal is not None else [deal for deal, _ in solution.lottery or ()]
    indices = [deals.indices(deal) for deal in claimed]
    indices += [tuple(chance.randrange(size) for size in deals.sizes) for _ in range(_DRAWN)]
    worst = 0.0
    for place in indices:
        codes = replay.codes(deals.describe(place))
        formulas = replay.payoffs(codes)
        worst = max(worst, difference(deals.payoffs(place)[0].tolist(), formulas))
        worst = max(worst, float(bool(deals.allowed(place)[0]) != replay.allowed(codes)))
    return worst
