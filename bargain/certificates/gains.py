"""What a solution claims to give, computed again from the deal that it names.

Nothing here comes from a solver: a deal is looked up in the problem, its payoffs are added up from the terms (or
computed by the payoff functions), and the expected payoffs of a lottery are their mean.  Tested through the checks that
use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Solution

__all__ = ["Claim", "all_gains", "keeps_limits", "levels_of", "read_claim", "reference_gains", "spans", "weights_of"]

Floats = NDArray[np.float64]

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """The gains that a solution really gives.

    ``gains`` has shape (n,); ``exact`` holds the same without rounding where the problem is exact; ``problem_found``
    says what is wrong with the deal itself, or is empty.
    """

    gains: Floats
    exact: tuple[Fraction, ...] | None
    problem_found: str = ""


def weights_of(solution: Solution) -> Floats:
    """Return the weights that the rule used: the solution's own, else the problem's (Nash) or equal ones."""
    if solution.weights is not None:
        return np.array(solution.weights, float)
    if solution.rule == "nash":
        return np.array(solution.problem.weights, float)
    return np.full(solution.problem.num_players, 1 / solution.problem.num_players)


def reference_gains(problem: BargainingProblem) -> Floats:
    """Return the gains at the reference point of a problem; zero when it has none."""
    if not problem.reference:
        return np.zeros(problem.num_players)
    given = np.array([float(value) for value in problem.reference])
    return np.asarray(given - np.array(problem.disagreement))


def read_claim(solution: Solution) -> Claim:
    """Look up the deal or lottery of a solution and compute what it gives."""
    problem = solution.problem
    nothing = Claim(np.full(problem.num_players, -np.inf), None)
    if not solution.agreed:
        zero = (Fraction(0),) * problem.num_players
        return Claim(np.zeros(problem.num_players), zero if problem.exact else None)
    parts = solution.lottery if solution.lottery is not None else ((solution.deal, Fraction(1)),)
    chances = [Fraction(chance) for _, chance in parts]
    if any(chance <= 0 for chance in chances) or abs(float(sum(chances)) - 1) > 1e-12:
        return Claim(nothing.gains, None, "the probabilities are not positive or do not add up to one")
    try:
        rows = [_payoffs(problem, deal) for deal, _ in parts]
    except (KeyError, TypeError, ValueError, IndexError):
        return Claim(nothing.gains, None, "there is no such deal")
    if not all(_allowed(problem, deal) for deal, _ in parts):
        return Claim(nothing.gains, None, "the deal breaks a limit")
    default = problem.exact_disagreement or tuple(Fraction(value) for value in problem.disagreement)
    mean = [sum((c * row[i] for c, row in zip(chances, rows, strict=True)), Fraction(0)) for i in range(len(default))]
    whole = sum(chances)
    exact = tuple(value / whole - zero for value, zero in zip(mean, default, strict=True))
    return Claim(np.array([float(value) for value in exact]), exact if problem.exact else None)


def _payoffs(problem: BargainingProblem, deal: Any) -> tuple[Fraction, ...]:
    feasible = problem.feasible
    if isinstance(feasible, FiniteDeals):
        return feasible.exact_payoffs(feasible.indices(deal))
    values = np.asarray(feasible.values(levels_of(feasible, deal)), float)
    if not np.isfinite(values).all():
        raise ValueError("a payoff is not finite")
    return tuple(Fraction(value) for value in values.tolist())


def _allowed(problem: BargainingProblem, deal: Any) -> bool:
    feasible = problem.feasible
    if isinstance(feasible, FiniteDeals):
        return bool(feasible.allowed(feasible.indices(deal))[0])
    return bool(keeps_limits(feasible, levels_of(feasible, deal)[None])[0])


def levels_of(deals: ContinuousDeals, deal: Any) -> Floats:
    """Return the level of each lever in a described deal, as the payoff functions take it."""
    if not isinstance(deal, dict):
        levels = np.array([float(level) for level in deal])
    else:
        named = {lever: level for issue in deal.values() for lever, level in issue.items()}
        levels = np.array([_code(deals, place, named[name], deal) for place, name in enumerate(deals.names)])
    if levels.shape != deals.lower.shape:
        raise ValueError("wrong number of levels")
    return levels


def _code(deals: ContinuousDeals, place: int, level: Any, deal: Any) -> float:
    if not isinstance(level, str):
        return float(level)
    # A named level: the code whose description names it.
    for code in deals.finite[place].tolist():
        trial = np.array(deals.lower, float)
        trial[place] = code
        described = {lever: found for issue in deals.describe(trial).values() for lever, found in issue.items()}
        if described[deals.names[place]] == level:
            return float(code)
    raise ValueError(f"no level {level!r}")


def keeps_limits(deals: ContinuousDeals, levels: Floats, slack: float = 1e-7) -> NDArray[np.bool_]:
    """Return for levels (k, L) whether they lie in the box, on finite levels, and keep all limits."""
    size = np.maximum(deals.upper - deals.lower, 1e-300)
    inside = ((levels >= deals.lower - slack * size) & (levels <= deals.upper + slack * size)).all(axis=1)
    for place, codes in deals.finite.items():
        inside &= (np.abs(levels[:, place, None] - codes) <= slack * size[place]).any(axis=1)
    if deals.limits and deals.limit_values is not None:
        values = np.asarray(deals.limit_values(levels), float)
        for k, limit in enumerate(deals.limits):
            room = slack * max(1.0, float(np.abs(values[:, k]).max(initial=0.0)))
            inside &= np.abs(values[:, k]) <= room if limit.kind == "equality" else values[:, k] >= -room
    return np.asarray(inside)


def all_gains(problem: BargainingProblem) -> Iterator[tuple[NDArray[np.intp], Floats, Floats]]:
    """Yield all allowed deals in chunks, in canonical order.

    Level indices (m, L), gains (m, n), and how far rounding may have moved each gain (m, n).
    """
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    total = deals.num_combinations
    # Levers of one level get no axis: arrays have 64 at most.
    free = [lever for lever, size in enumerate(deals.sizes) if size > 1]
    for start in range(0, total, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, total))
        indices = np.zeros((len(numbers), len(deals.sizes)), np.intp)
        if free:
            indices[:, free] = np.stack(np.unravel_index(numbers, [deals.sizes[lever] for lever in free]), axis=1)
        indices = indices[deals.allowed(indices)]
        yield indices, deals.payoffs(indices) - problem.disagreement, _rounding(problem, indices)


def _rounding(problem: BargainingProblem, indices: NDArray[np.intp]) -> Floats:
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    size = np.tile(np.abs(np.array(problem.disagreement)), (len(indices), 1))
    for levers, payoffs in deals.terms:
        place: Any = (slice(None), *(indices[:, lever] for lever in levers))
        size += np.abs(payoffs[place]).T
    return 4 * (len(deals.terms) + 1) * float(np.finfo(float).eps) * size


def spans(problem: BargainingProblem, gains: Floats) -> Floats:
    """Return each player's payoff range, from gains (k, n) and the disagreement point; 1 for a player without any."""
    span = np.maximum(gains.max(axis=0, initial=0.0), 0.0) - np.minimum(gains.min(axis=0, initial=0.0), 0.0)
    return np.where(span > 0, span, 1.0)
