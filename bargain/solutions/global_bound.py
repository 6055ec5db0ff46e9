r"""A proof that no deal on continuous levers is better than the one found, or how much better one could be at most.

First the objective is bounded by prices on gains and limits (:mod:`bargain.solutions.lagrangian`): the Lagrangian
falls apart along the linkage graph, and each part is maximised by itself.  Where payoffs are concave, and often where
they are not, this meets the value found (strong duality).  Where a gap is left, branch and bound over all levers
together (:mod:`bargain.solutions.boxes`) closes it or makes it smaller.  Points met on the way that are better than the
solution are climbed from, and the proof goes on from there.

The bound is rigorous: interval arithmetic, rounded outwards.  It says nothing about deals made from callables, which
have no formulas.  Tested against dense grids on random problems, closed forms, and hostile ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bargain.effort import Effort, current
from bargain.solutions.boxes import BoxSearch
from bargain.solutions.enclosed import DealEnclosure
from bargain.solutions.lagrangian import Lagrangian, lagrangian
from bargain.solutions.landscape import Array, Landscape
from bargain.solutions.search import Optimum, climbed_from
from bargain.solutions.starts import Survey

__all__ = ["SHARE_TOLERANCE", "TOLERANCE", "GlobalBound", "Prover"]

TOLERANCE = 1e-7
"""Scaled objective by which a deal may be better than the one that is called proved."""

SHARE_TOLERANCE = 10 * TOLERANCE
"""The same for shares of ideal gains, which are themselves known up to a tolerance."""

_PART_BOXES = 20_000
_BOXES = 20_000
_WORK = 400_000
_RESTARTS = 6
_CLIMBS = (1, 4, 16, 64)
_CLOSE = 0.9
_CLEAN = 1e-9


@dataclass(frozen=True, eq=False)
class GlobalBound:
    """What no individually rational deal exceeds.

    Attributes
    ----------
    value, bound : float
        The scaled objective of the solution, and what it is nowhere more than.
    tolerance : float
        The largest gap with which the solution is called proved.
    boxes : int
        How many boxes of levels were looked at.
    separate : bool
        Whether the bound comes from parts that were bounded one by one.
    stopped : bool
        Whether time was up before the work was done.
    gain_prices, limit_prices : arrays of shape (n,) and (c,)
        Weights of the payoffs and of all limits of the deals in the Lagrangian, in their units.
    levels : array of shape (L,)
        The solution.
    """

    value: float
    bound: float
    tolerance: float
    boxes: int
    separate: bool
    stopped: bool
    gain_prices: Array
    limit_prices: Array
    levels: Array

    @property
    def gap(self) -> float:
        """By how much a deal could be better at most; infinite when nothing is known."""
        return max(0.0, self.bound - self.value)

    @property
    def proved(self) -> bool:
        """Whether the solution is the best up to the tolerance."""
        return self.gap <= self.tolerance


class Prover:
    """Proves solutions of programs over one scanned problem.

    Parameters
    ----------
    survey : Survey
        The scanned problem.
    """

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self._effort: Effort = current()

    @cached_property
    def enclosure(self) -> DealEnclosure | None:
        """Bounds of gains and limits, or None where the deals have no formulas or no proof is wanted."""
        deals = self.survey.regions[0].landscape.deals if self.survey.regions else None
        if deals is None or deals.formulas is None or not self._effort.prove:
            return None
        return DealEnclosure(self.survey, deals.formulas())

    def prove(self, optimum: Optimum) -> tuple[Optimum, GlobalBound | None]:
        """Return the solution, or a better one that was met on the way, and what is known about all other deals.

        Parameters
        ----------
        optimum : Optimum
            The best solution that a search has found.
        """
        if not optimum.broken <= _CLEAN or self._effort.expired() or self.enclosure is None:
            return optimum, None
        with np.errstate(all="ignore"):
            attempt = _Attempt(self.enclosure, self.survey, optimum, self._effort)
            found = attempt.run()
        best = attempt.best
        if best is not optimum:
            # What ties with it was not looked for.
            best = replace(best, starts=optimum.starts + attempt.climbs, agree=1)
            best = replace(best, ties=(best,))
        return best, found


class _Attempt:
    """The attempt to prove that a solution is the best; ``best`` becomes a better one when one is met."""

    def __init__(self, enclosure: DealEnclosure, survey: Survey, best: Optimum, effort: Effort) -> None:
        self.enclosure, self.survey, self.effort = enclosure, survey, effort
        self.best, self.program = best, best.program
        self.climbs = self.steps = 0

    def run(self) -> GlobalBound | None:
        """Bound the objective, part by part first; start again from every better solution."""
        work: BoxSearch | None = None
        found: GlobalBound | None = None
        for _ in range(_RESTARTS):
            prices, before = lagrangian(self.best), self.best
            if prices is None:
                return None
            found = self._apart(prices)
            if found.proved or self.effort.expired():
                return found
            if self.best is not before:
                continue
            if work is None:
                work = BoxSearch(self.enclosure, self.program, prices, self.best.x, self.best.worth, _CLOSE * TOLERANCE)
                work.start()
            # What is known of boxes stays true; new prices only change how later ones are bounded.
            work.lagrangian, work.best, work.value = prices, self.best.x, max(work.value, self.best.worth)
            together = self._together(work, prices)
            found = together if together.bound < found.bound else found
            if self.best is before:
                break
        return found

    def _apart(self, prices: Lagrangian) -> GlobalBound:
        apart = self.enclosure.highest(
            prices.gain,
            prices.limit,
            prices.constant,
            self.best.x,
            TOLERANCE / 4,
            _PART_BOXES,
            self.effort.expired,
        )
        found = self._result(prices, apart.bound, apart.boxes, True)
        if not found.proved:
            self._climb(apart.levels)
        return found

    def _together(self, work: BoxSearch, prices: Lagrangian) -> GlobalBound:
        """Branch over all levers together."""
        size = max(1, len(self.enclosure.moving))
        most = min(_BOXES, max(256, _WORK // size**2))
        work.run(most, self.effort.expired, self._look)
        return self._result(prices, max(work.bound, self.best.worth), work.boxes, False)

    def _result(self, prices: Lagrangian, bound: float, boxes: int, separate: bool) -> GlobalBound:
        landscape = self.best.landscape
        limits = np.zeros(len(landscape.deals.limits))
        limits[landscape.rows] = prices.limit / landscape.limit_unit
        gains = prices.gain / landscape.payoff_unit
        return GlobalBound(
            self.best.worth,
            bound,
            TOLERANCE,
            boxes,
            separate,
            self.effort.expired(),
            gains,
            limits,
            self.best.x,
        )

    def _look(self, levels: Array) -> bool:
        """Return whether one of some points, shape (B, L), led to a better solution."""
        if not len(levels):
            return False
        self.steps += 1
        landscape = self.best.landscape
        gains = (landscape.deals.values(levels) - landscape.disagreement) / landscape.payoff_unit
        worth = self._worth(levels, gains)
        place = int(np.argmax(worth))
        if worth[place] > self.best.worth + TOLERANCE:
            return self._climb(levels[place])
        # Now and then the middle of the box with the highest bound is climbed from, whatever it is worth.
        return self.steps in _CLIMBS and self._climb(levels[0])

    def _worth(self, levels: Array, gains: Array) -> Array:
        """Return the objective at points, minus infinity where a limit or promise is broken."""
        landscape, program = self.best.landscape, self.program
        kept = (gains[:, program.rows] >= 0).all(axis=1) & (program.shortfall(gains) <= 0)
        if landscape.rows.size and landscape.deals.limit_values is not None:
            values = landscape.deals.limit_values(levels)[:, landscape.rows]
            kept &= landscape.broken(values / landscape.limit_unit) <= 0
        return np.where(kept, program.worth(gains), -np.inf)

    def _climb(self, levels: Array) -> bool:
        """Return whether a climb from some levels ends at a better solution."""
        self.climbs += 1
        landscape = self._landscape(levels)
        if landscape is None or self.effort.expired():
            return False
        end = climbed_from(landscape, self.program, landscape.unplace(levels), self.survey.seed)
        if end is None or end.broken > _CLEAN or not end.worth > self.best.worth + TOLERANCE / 10:
            return False
        self.best = end
        return True

    def _landscape(self, levels: Array) -> Landscape | None:
        places = list(self.best.landscape.deals.finite)
        for region in self.survey.regions:
            if np.array_equal(region.landscape.base[places], levels[places]):
                return region.landscape
        return None
