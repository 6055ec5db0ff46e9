r"""The best self-enforcing deal among finitely many: every deal's incentives at once, on payoff tensors.

A deal is kept at discount factors :math:`\delta_i` when no temptation pays (:mod:`bargain.time.critical`); what is left
is a bargaining problem like any other, and every rule picks from it.  With lotteries the players draw among
self-enforcing deals: whatever is drawn must be kept once it is drawn.  The set of such deals only grows with the
factor, so that along a path of factors efficient deals are updated and never found anew.  Tested deal by deal against
:mod:`bargain.time.incentives`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.pareto import undominated
from bargain.payoffs.numeric import Payoffs
from bargain.payoffs.tensors import total_tensor
from bargain.results import Outcome, Solution
from bargain.scenario.document import Document
from bargain.solutions.rules import solve_problem
from bargain.time.deviations import Codes
from bargain.time.incentives import Court
from bargain.time.temptations import Temptation, temptations

__all__ = ["ListedDeals"]

Array = NDArray[np.float64]

MOST_DEALS = 2**23
"""Deals that are all looked at."""

_ROUNDING = 1e-12
"""A breach that gains less than this share of the span of the payoffs gains nothing."""


@dataclass(frozen=True, eq=False)
class ListedDeals:
    """All deals of a scenario with finitely many, and whether they are kept.

    Parameters
    ----------
    court : Court
        Payoffs, breaches and what follows them; all levers stand on finitely many levels.
    disagreement : sequence of float
        Payoffs without a deal.
    linked : bool
        Whether a breach anywhere is answered everywhere.

    Raises
    ------
    LimitError
        There are more than :data:`MOST_DEALS` deals.
    """

    court: Court
    disagreement: Sequence[float]
    linked: bool

    def __post_init__(self) -> None:
        count = prod(self.shape)
        if count > MOST_DEALS:
            raise LimitError(
                f"there are {count} deals, and the best that is self-enforcing is looked for among {MOST_DEALS} at "
                "most; use fewer levels, or levers on ranges"
            )

    @property
    def document(self) -> Document:
        """The scenario."""
        return self.court.document

    @property
    def payoffs(self) -> Payoffs:
        """The compiled payoffs."""
        return self.court.payoffs

    @cached_property
    def levels(self) -> list[Array]:
        """The levels of each lever."""
        return [levels for levels in self.court.deviations.levels if levels is not None]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many levels each lever has."""
        return tuple(map(len, self.levels))

    @cached_property
    def tensor(self) -> Array:
        """Payoffs of all deals, shape (n, *shape)."""
        return self._tensor({})

    def _tensor(self, moved: Mapping[int, float]) -> Array:
        """Return payoffs of all deals with some levers moved; their axes have length one."""
        columns = [np.array([moved[k]]) if k in moved else levels for k, levels in enumerate(self.levels)]
        terms = self.payoffs.tensors(columns)
        return total_tensor(terms, list(map(len, columns)), range(len(columns)))

    @cached_property
    def _spans(self) -> Array:
        flat = self.tensor.reshape(len(self.tensor), -1)
        return np.asarray(np.maximum(np.ptp(flat, axis=1), 1e-300))

    @cached_property
    def _temptations(self) -> list[tuple[Temptation, list[Array], Array]]:
        """Temptations with the best breaches for each lag, then unseen, and the payoffs once they are answered."""
        listed = []
        for temptation in temptations(self.document, self.linked):
            mine = self.tensor[temptation.player]
            sets = [*temptation.steps, temptation.unseen]
            known = {each: mine.max(axis=tuple(each), keepdims=True) if each else mine for each in dict.fromkeys(sets)}
            listed.append((temptation, [known[each] for each in sets], self._after(temptation)))
        return listed

    def _after(self, temptation: Temptation) -> Array:
        """Return what the player gets once a breach is answered, for all deals."""
        player = temptation.player
        draws, constant = self.court.reversion.parts(self.payoffs, player, temptation.issue)
        total = np.full([1] * len(self.shape), float(constant))
        for levels, chance in draws:
            total = total + float(chance) * self._tensor(levels)[player]
        return total

    def kept(self, factors: Sequence[float]) -> NDArray[np.bool_]:
        """Return which deals nobody breaks at these discount factors, one for each player; shape as ``shape``."""
        held = np.ones(self.shape, dtype=bool)
        for temptation, breaches, answered in self._temptations:
            u = self.tensor[temptation.player]
            delta, slack = factors[temptation.player], _ROUNDING * self._spans[temptation.player]
            *seen, never = breaches
            for horizon in range(len(seen)):
                worth = sum(delta**k * seen[horizon - k] for k in range(horizon + 1)) * (1 - delta)
                held &= u - worth - delta ** (horizon + 1) * answered >= -slack
            if temptation.unseen:
                held &= never <= u + slack
        return held

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        allowed = np.ones(self.shape, dtype=bool)
        for mask in self.payoffs.masks(self.levels):
            order = np.argsort(mask.levers)
            thin = [self.shape[k] if k in mask.levers else 1 for k in range(len(self.shape))]
            allowed &= mask.allowed.transpose(order).reshape(thin)
        return allowed

    def best(self, factors: Sequence[float], rule: str, weights: Sequence[float] | None) -> Solution:
        """Return the deal that a rule picks from those that nobody breaks."""
        rows = np.flatnonzero(self.kept(factors) & self._allowed)
        return self._pick(rows, rule, weights)

    def path(self, deltas: Sequence[float], rule: str, weights: Sequence[float] | None) -> list[tuple[float, Solution]]:
        """Return the best self-enforcing deal at each of several common factors, given in ascending order."""
        known, before = np.empty(0, dtype=np.intp), np.zeros(prod(self.shape), dtype=bool)
        useful = (self._allowed & self._rational).ravel()
        found = []
        for delta in sorted(deltas):
            held = self.kept([delta] * len(self.tensor)).ravel() & useful
            # What was kept is kept, so that only new deals can add to the efficient ones.
            rows = np.concatenate([known, np.flatnonzero(held & ~before)])
            known, before = self._efficient(rows), before | held
            found.append((delta, self._pick(np.sort(known), rule, weights)))
        return found

    @cached_property
    def _rational(self) -> NDArray[np.bool_]:
        """Which deals matter to the rules: with lotteries all, else those that leave nobody worse off."""
        if self.document.solve.lotteries:
            return np.ones(self.shape, dtype=bool)
        point = np.asarray(self.disagreement, dtype=float)
        slack = 1e-9 * np.maximum(self._spans, np.abs(point))
        shift = (slice(None), *[None] * len(self.shape))
        return np.asarray((self.tensor - point[shift] >= -slack[shift]).all(axis=0))

    def _efficient(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the deals that no other of these dominates by more than rounding, ties included."""
        points = self._points(rows)
        return rows[undominated(points, _ROUNDING * self._spans)] if len(rows) else rows

    def _points(self, rows: NDArray[np.intp]) -> Array:
        return self.tensor.reshape(len(self.tensor), -1)[:, rows].T

    def _pick(self, rows: NDArray[np.intp], rule: str, weights: Sequence[float] | None) -> Solution:
        """Return the deal that a rule picks from some of the deals, with its terms."""
        names, options = self.document.player_names, self.document.solve
        points = self._points(rows)
        if not len(rows):
            # Nothing but the disagreement point is left to agree on.
            points = np.array([self.disagreement], dtype=float)
        problem = BargainingProblem.from_points(
            points, self.disagreement, options.lotteries, players=names, weights=self.document.weights
        )
        solution = solve_problem(problem, rule, weights)
        terms = {k: self._terms(int(rows[k])) for k in _named(solution)}
        lottery = None if solution.lottery is None else tuple((terms[k], chance) for k, chance in solution.lottery)
        ties = tuple(Outcome(terms[tie.deal], tie.payoffs) for tie in solution.ties if tie.deal in terms)
        deal = None if solution.deal is None else terms[solution.deal]
        return replace(solution, deal=deal, lottery=lottery, ties=ties)

    def _terms(self, row: int) -> Any:
        return self.document.terms(self.codes(row))

    def codes(self, row: int) -> Codes:
        """Return the level codes of one deal by its number."""
        places = np.unravel_index(row, self.shape)
        return tuple(float(levels[place]) for levels, place in zip(self.levels, places, strict=True))


def _named(solution: Solution) -> set[int]:
    """Return the numbers of the deals that a solution names."""
    if not solution.agreed:
        return set()
    named = {tie.deal for tie in solution.ties if isinstance(tie.deal, int)}
    named |= {deal for deal, _ in solution.lottery or ()}
    return named | ({solution.deal} if solution.deal is not None else set())
