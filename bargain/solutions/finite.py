"""Choosing among finitely many deals: an objective of several columns, maximised one after the other.

Floats find, exact numbers decide: in every column the payoff vectors near the top are picked in floats, and exact
problems then compare these in exact arithmetic.  For float data the near ones are ties, and ties that are dominated by
more than rounding are dropped.  Tested against brute force in exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cmp_to_key
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.finite_deals import FiniteDeals
from bargain.games.pareto import undominated_up_to_rounding
from bargain.results import Certificate, Solution, Status
from bargain.solutions.answers import Question, no_deal, pure_answer
from bargain.solutions.bounded import BOUNDED_RULES, bounded_deals
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals, rational_deals

__all__ = ["Column", "best_deals", "finite_answer", "least_first"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of an objective over m payoff vectors.

    ``values`` (m,) are its float values and ``slack`` (m,) by how much each may fall short of the largest and still be
    near it; ``exact`` gives the value of one vector without rounding, or ``compare`` compares two of them.
    """

    values: Floats
    slack: Floats
    exact: Callable[[int], Any]
    compare: Callable[[int, int], int] | None = None


def best_deals(deals: RationalDeals, columns: list[Column]) -> RationalDeals:
    """Return the payoff vectors with the lexicographically largest columns."""
    rows = np.arange(len(deals))
    for column in columns:
        values = column.values[rows]
        top = int(np.argmax(values))
        rows = rows[values >= values[top] - column.slack[rows] - column.slack[rows[top]]]
        if deals.problem.exact and len(rows) > 1:
            rows = _exactly_best(rows, column)
    chosen = deals.subset(rows)
    if deals.problem.exact:
        return chosen
    return chosen.subset(undominated_up_to_rounding(chosen.gains, chosen.rounding))


def _exactly_best(rows: NDArray[np.intp], column: Column) -> NDArray[np.intp]:
    indices = [int(row) for row in rows]
    if column.compare is not None:
        order = cmp_to_key(column.compare)
        keys: list[Any] = [order(index) for index in indices]
    else:
        keys = [column.exact(index) for index in indices]
    best = max(keys)
    return rows[[not key < best for key in keys]]


def least_first(deals: RationalDeals, scales: Floats, exact_scales: tuple[Any, ...] | None) -> list[Column]:
    """Return the columns of the lexicographic max-min of gains divided by ``scales`` (n,).

    The first column is each vector's smallest ratio, the second its next smallest, and so on. ``exact_scales`` are the
    same numbers without rounding.
    """
    players = np.arange(len(scales))
    ratios, rounding = deals.gains / scales, deals.rounding / scales
    sorted_ratios = np.sort(ratios, axis=1)
    # The k-th smallest lies between those of the lower and of the upper ends, however large another player's unit is.
    unsure = np.maximum(
        np.sort(ratios + rounding, axis=1) - sorted_ratios, sorted_ratios - np.sort(ratios - rounding, axis=1)
    )
    known: dict[int, list[Any]] = {}

    def exact(index: int) -> list[Any]:
        if index not in known:
            gains = deals.exact_gain(index)
            assert exact_scales is not None
            known[index] = sorted(gain / scale for gain, scale in zip(gains, exact_scales, strict=True))
        return known[index]

    return [
        Column(
            sorted_ratios[:, k],
            RELATIVE_TOLERANCE * np.abs(sorted_ratios[:, k]) + unsure[:, k],
            lambda index, k=k: exact(index)[k],  # type: ignore[misc]
        )
        for k in players
    ]


def finite_answer(
    question: Question, objective: Callable[[RationalDeals], list[Column]], claim: str, unit: str
) -> Solution:
    """Return the deal with the best objective among the individually rational ones.

    Parameters
    ----------
    question : Question
        A problem with finitely many deals, and the rule's name.
    objective : callable
        Makes the columns for the individually rational, efficient payoff vectors.
    claim, unit : str
        What the certificate says, and the unit of its gap.
    """
    feasible = question.problem.feasible
    assert isinstance(feasible, FiniteDeals)
    total = feasible.num_combinations
    evidence: dict[str, Any] = {"deals": total, "exact": question.problem.exact}
    gap = 0.0
    if not feasible.listable and question.rule in BOUNDED_RULES and "efficient" not in vars(feasible):
        found = bounded_deals(question)
        deals, method, gap = found.deals, found.method, found.gap
        evidence |= {"compared": len(deals)}
    else:
        efficient = feasible.efficient
        method = f"compared {len(efficient)} efficient payoff vectors of {total} deals"
        evidence |= {"efficient": len(efficient)}
        deals = rational_deals(question.problem)
    if len(deals) == 0 or not (deals.gains > 0).any():
        nothing = Certificate("no deal gives somebody more and nobody less", 0.0, 0.0, method=method, evidence=evidence)
        return no_deal(question, method, nothing)
    chosen = best_deals(deals, objective(deals))
    tolerance = 0.0 if question.problem.exact else RELATIVE_TOLERANCE
    certificate = Certificate(claim, gap, tolerance, unit, method=method, evidence=evidence)
    answer = pure_answer(question, method, chosen, certificate)
    if certificate.holds:
        return answer
    # Nothing better is known, but nothing rules it out.
    most = f"by at most {gap:.1e} ({unit})" if isfinite(gap) else "by nobody knows how much"
    notes = (*answer.notes, f"a better deal may exist, {most}: the search was stopped")
    return replace(answer, status=Status.LIMIT, notes=notes)
