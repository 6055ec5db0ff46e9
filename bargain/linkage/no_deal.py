"""Why there is no deal: who blocks, how near the nearest miss is, and what number would have to change.

A set of players *blocks* when giving up their individual rationality, and nobody else's, would open a deal; the minimal
such sets are found by dropping players from the problem.  The *nearest miss* is the deal in which somebody gains and
the worst-off player loses least (as a share of what each player's payoff can move by).  *Break-even values* are looked
for number by number: a scan over a stated range, then bisection between the nearest value with a deal and its
neighbour without one; nothing is assumed to be monotone, so a deal between two scanned values may be missed.  Tested
against brute force over all deals, and by scenarios whose break-even values are known in closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import BargainError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals
from bargain.linkage.partitions import Progress
from bargain.results import BreakEven, NoDealReasons
from bargain.scenario.document import Document
from bargain.solutions.rational import efficient_gains
from bargain.solutions.rules import solve_problem
from bargain.solutions.smooth import nearest_miss

__all__ = ["blocking_players", "break_evens", "explain_no_deal", "numbers_to_vary"]

_MOST_PLAYERS = 8
"""With more players not all sets of them are tried."""

SCANNED = 8
"""Values tried on each side of the present one before bisection."""

_HALVINGS = 40
_PRECISE = 1e-6
"""Bisection ends when the break-even value is known to this share of the scanned range."""

_FACTOR = 4.0
"""Numbers without a declared range are tried from a quarter to four times their value."""


def explain_no_deal(problem: BargainingProblem, seed: int = 0) -> NoDealReasons:
    """Return who blocks, and the nearest miss; break-even values are left to :func:`break_evens`.

    Examples
    --------
    >>> reasons = explain_no_deal(BargainingProblem.from_points([(0, 0), (3, -1), (-1, 1)], (0, 0)))
    >>> reasons.blocking, reasons.gains
    ((('player 1',), ('player 2',)), (-1.0, 1.0))
    """
    blocking, notes = blocking_players(problem, seed)
    gains, deal = _nearest(problem, seed)
    return NoDealReasons(blocking, gains, deal, notes=notes)


def blocking_players(problem: BargainingProblem, seed: int = 0) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the minimal sets of players who block, and notes."""
    players = range(problem.num_players)
    found: list[tuple[int, ...]] = []
    if problem.num_players > _MOST_PLAYERS:
        return (), (f"who blocks is looked for with up to {_MOST_PLAYERS} players",)
    for size in range(1, problem.num_players):
        for dropped in combinations(players, size):
            if any(set(smaller) <= set(dropped) for smaller in found):
                continue
            if _opens(problem, [player for player in players if player not in dropped], seed):
                found.append(dropped)
    notes: tuple[str, ...] = ()
    if isinstance(problem.feasible, ContinuousDeals):
        notes = ("on continuous levers who blocks is found by search, not proved",)
    return tuple(tuple(problem.players[player] for player in each) for each in found), notes


def _opens(problem: BargainingProblem, kept: Sequence[int], seed: int) -> bool:
    """Return whether the players who are kept can agree when nobody else has to consent."""
    # One player alone is doubled, since bargaining needs two.
    rows = list(kept) if len(kept) > 1 else [kept[0], kept[0]]
    feasible = problem.feasible
    if isinstance(feasible, FiniteDeals):
        exact = None if feasible.exact is None else tuple(term[rows] for term in feasible.exact)
        terms = tuple((levers, values[rows]) for levers, values in feasible.terms)
        smaller: FiniteDeals | ContinuousDeals = replace(feasible, terms=terms, exact=exact)
    else:
        values, gradient, hessian = feasible.values, feasible.gradient, feasible.hessian
        smaller = replace(
            feasible,
            values=lambda x: values(x)[..., rows],
            gradient=lambda x: gradient(x)[rows],
            hessian=lambda x: hessian(x)[rows],
        )
    default = problem.exact_disagreement
    less = BargainingProblem(
        tuple(f"{place}" for place in range(len(rows))),
        smaller,
        tuple(problem.disagreement[row] for row in rows),
        None if default is None else tuple(default[row] for row in rows),
        problem.lotteries,
    )
    return solve_problem(less, "nash", seed=seed).agreed


def _nearest(problem: BargainingProblem, seed: int) -> tuple[tuple[float, ...] | None, Any]:
    if isinstance(problem.feasible, ContinuousDeals):
        point = nearest_miss(problem, seed)
        if point is None:
            return None, None
        moved = point.payoffs - problem.disagreement
        if moved.max() <= _PRECISE * np.abs(moved).max():
            # Next to no change at all everybody loses as little as one likes: that is no near miss.
            return None, None
        return tuple(moved.tolist()), problem.feasible.describe(point.x)
    deals = efficient_gains(problem)
    rows = np.flatnonzero((deals.gains > 0).any(axis=1))
    if not len(rows):
        return None, None
    gains: NDArray[np.float64] = deals.gains[rows]
    spans = np.ptp(deals.gains, axis=0)
    worst = (gains / np.where(spans > 0, spans, 1.0)).min(axis=1)
    best = int(np.argmax(worst))
    deal = problem.feasible.describe(deals.deal(int(rows[best])))
    return tuple(gains[best].tolist()), deal


def numbers_to_vary(document: Document) -> Iterator[tuple[str, float, float, float]]:
    """Yield (path, value now, lower, upper) of every number that break-even values are looked for.

    Parameters in their declared range (widened to hold the value), else from a quarter to four times their value; ends
    of the ranges of continuous levers, moved outwards by up to the width of the range.
    """
    for parameter in document.parameters:
        value = parameter.value
        if parameter.lower is not None and parameter.upper is not None:
            low, high = min(parameter.lower, value), max(parameter.upper, value)
        elif value == 0:
            low, high = -1.0, 1.0
        else:
            low, high = sorted((value / _FACTOR, value * _FACTOR))
        if low < high:
            yield f"parameters.{parameter.name}", value, low, high
    for issue in document.issues:
        for lever in issue.levers:
            if lever.continuous:
                width = lever.upper - lever.lower
                yield f"{lever.name}: lower end", lever.lower, lever.lower - width, lever.lower
                yield f"{lever.name}: upper end", lever.upper, lever.upper, lever.upper + width


def break_evens(
    document: Document,
    agrees: Callable[[Mapping[str, Any]], bool],
    progress: Progress | None = None,
) -> tuple[tuple[BreakEven, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the values at which a deal appears, what was searched, and notes.

    Parameters
    ----------
    document : Document
        A scenario without a deal.
    agrees : callable
        Whether there is a deal after the changes of a mapping from paths to values.
    progress : callable, optional
        Called as ``progress(done, total)`` after each number.
    """
    wanted = list(numbers_to_vary(document))
    found: list[BreakEven] = []
    searched, notes = [], []
    for done, (path, now, low, high) in enumerate(wanted, start=1):
        try:
            opens = partial(_open, agrees, _changes(document, path))
            for end in (low, high):
                if end != now:
                    value = _break_even(opens, now, end)
                    searched.append(path)
                    if value is not None:
                        word = "below" if end < now else "above"
                        found.append(BreakEven(path, now, value, word, (now, end, SCANNED)))
        except KeyboardInterrupt:
            notes.append(f"interrupted: {done - 1} of {len(wanted)} numbers were varied")
            break
        if progress is not None:
            progress(done, len(wanted))
    return tuple(found), tuple(dict.fromkeys(searched)), tuple(notes)


def _open(
    agrees: Callable[[Mapping[str, Any]], bool], changes: Callable[[float], Mapping[str, Any]], value: float
) -> bool:
    try:
        return agrees(changes(value))
    except BargainError:
        # A value at which the scenario makes no sense gives no deal.
        return False


def _changes(document: Document, path: str) -> Callable[[float], Mapping[str, Any]]:
    """Return what to set for a value of the number at ``path``."""
    name, _, end = path.partition(": ")
    if not end:
        return lambda value: {path: value}
    lever = next(lever for lever in document.levers if lever.name == name)
    issue = next(issue for issue in document.issues if issue.name == lever.issue)
    where = f"issues.{issue.name}"
    where = where if len(issue.levers) == 1 and issue.name == lever.name else f"{where}.levers.{name}"
    if end == "lower end":
        return lambda value: {f"{where}.range": [value, lever.upper]}
    return lambda value: {f"{where}.range": [lever.lower, value]}


def _break_even(agreed: Callable[[float], bool], now: float, end: float) -> float | None:
    """Return the value nearest to ``now`` in a scan towards ``end`` at which a deal appears."""
    before = now
    for step in range(1, SCANNED + 1):
        value = now + (end - now) * step / SCANNED
        if agreed(value):
            break
        before = value
    else:
        return None
    without, with_deal = before, value
    for _ in range(_HALVINGS):
        if abs(with_deal - without) <= _PRECISE * abs(end - now):
            break
        middle = 0.5 * (without + with_deal)
        without, with_deal = (without, middle) if agreed(middle) else (middle, with_deal)
    return with_deal
