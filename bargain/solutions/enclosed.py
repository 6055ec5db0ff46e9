"""Scaled gains and limits of continuous deals over boxes of lever levels, with derivatives, between rigorous bounds.

A :class:`DealEnclosure` speaks of all L levers of the deals, finite ones included; boxes are arrays of shape (L, B).
:meth:`DealEnclosure.highest` maximises a weighted sum of gains and limits, taken apart along the linkage graph: each
part is small.  Tested through :mod:`bargain.solutions.global_bound`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from bargain.effort import OutOfTimeError, current
from bargain.games.deal_formulas import DealFormulas
from bargain.payoffs.enclosure import Formula
from bargain.payoffs.jets import Jet, constant, plus, times
from bargain.payoffs.linkage import components, edges
from bargain.payoffs.maximum import GRAIN, Maximisation
from bargain.payoffs.ranges import Range, add, reciprocal
from bargain.solutions.landscape import Array, Landscape
from bargain.solutions.starts import Survey

__all__ = ["DealEnclosure", "Highest", "scaled_sum"]

_ROOM = 1e-13
"""Relative room for the rounding of constants that are added up in plain floats."""


@dataclass(frozen=True, slots=True)
class Highest:
    """What a weighted sum exceeds nowhere, a point (L,) where it is high, and the work that it took."""

    bound: float
    levels: Array
    finished: bool
    boxes: int


def scaled_sum(parts: Sequence[tuple[float, Jet]], shift: float = 0.0) -> Jet:
    """Return the weighted sum of jets, and a number."""
    return reduce(plus, (times(constant(weight), jet) for weight, jet in parts), constant(shift))


@dataclass(frozen=True, eq=False)
class _Sum:
    """A weighted sum of formulas, as a function over boxes."""

    parts: tuple[tuple[float, Formula], ...]

    def over(self, low: Array, high: Array, moving: Sequence[int] = (), order: int = 0) -> Jet:
        """Return bounds of the value and its derivatives, as long as there is time."""
        spent = current()
        found = []
        for weight, part in self.parts:
            spent.check("all deals were bounded")
            found.append((weight, part.over(low, high, moving, order)))
        return scaled_sum(found)


@dataclass(frozen=True, eq=False)
class DealEnclosure:
    """Bounds of what a survey has scanned.

    Parameters
    ----------
    survey : Survey
        The scanned problem, with at least one region.
    formulas : DealFormulas
        Its payoffs and limits.
    """

    survey: Survey
    formulas: DealFormulas

    @cached_property
    def landscape(self) -> Landscape:
        """One of the landscapes: they share box, units and limits."""
        return self.survey.regions[0].landscape

    @cached_property
    def moving(self) -> tuple[int, ...]:
        """The levers that move on an interval."""
        return tuple(self.landscape.moving.tolist())

    @property
    def width(self) -> Array:
        """The length of every lever's range, shape (L,)."""
        return self.landscape.deals.upper - self.landscape.deals.lower

    @cached_property
    def known(self) -> tuple[int, ...]:
        """The scaled limits (in the order of the landscape) that have formulas."""
        return tuple(k for k, row in enumerate(self.landscape.rows) if self.formulas.limits[row] is not None)

    @cached_property
    def _gain_functions(self) -> list[_Sum]:
        return [_Sum(tuple((1.0, part) for part in parts)) for parts in self.formulas.payoffs]

    @cached_property
    def _limit_functions(self) -> list[_Sum | None]:
        found: list[_Sum | None] = []
        for row, unit in zip(self.landscape.rows, self.landscape.limit_unit, strict=True):
            parts = self.formulas.limits[row]
            found.append(None if parts is None else _Sum(tuple((1.0 / unit, part) for part in parts)))
        return found

    def gain(self, player: int, low: Array, high: Array, order: int) -> Jet:
        """Return bounds of a player's scaled gain."""
        payoff = self._gain_functions[player].over(low, high, self.moving, order)
        # A payoff and a disagreement payoff that are large beside the gain would not cancel once they are scaled.
        gain = plus(payoff, constant(-float(self.landscape.disagreement[player])))
        return times(Jet(reciprocal(Range(*[float(self.landscape.payoff_unit[player])] * 2)), order=2), gain)

    def limit(self, place: int, low: Array, high: Array, order: int) -> Jet:
        """Return bounds of a scaled limit."""
        function = self._limit_functions[place]
        assert function is not None
        return function.over(low, high, self.moving, order)

    @cached_property
    def bases(self) -> Array:
        """The levels of the finite levers in every combination that is allowed (others at their lower ends), (B, L)."""
        return np.array([region.landscape.base for region in self.survey.regions])

    def roots(self, levers: Sequence[int] | None = None) -> tuple[Array, Array]:
        """Return boxes with all deals, one for each combination of the finite levers in ``levers``: shape (L, B)."""
        deals = self.landscape.deals
        finite = [k for k in deals.finite if levers is None or k in levers]
        _, first = np.unique(self.bases[:, finite], axis=0, return_index=True)
        low = self.bases[np.sort(first)].T.copy()
        high = low.copy()
        for k in self.moving:
            low[k], high[k] = deals.lower[k], deals.upper[k]
        return low, high

    def highest(
        self,
        gain: Array,
        limit: Array,
        shift: float,
        near: Array,
        tolerance: float,
        most: int,
        expired: Callable[[], bool],
    ) -> Highest:
        """Bound ``gain @ v + limit @ g + shift`` over all deals, part by part.

        Parameters
        ----------
        gain, limit : arrays
            Weights of scaled gains and limits.
        shift : float
            A number to be added.
        near : array of shape (L,)
            Where the sum may be highest.
        tolerance : float
            How close the bound shall come to the highest value found.
        most : int
            Boxes for each part.
        expired : callable
            Whether time is up.
        """
        deals = self.landscape.deals
        weighted, total, size = self._weighted(gain, limit)
        total, size = total + shift, size + abs(shift)
        parts = _components(weighted, [*self.moving, *deals.finite], deals.num_levers)
        levels, finished, boxes = near.copy(), True, 0
        high = total
        for levers, function in parts:
            if expired():
                return Highest(np.inf, levels, False, boxes)
            own = tuple(k for k in self.moving if k in levers)
            work = Maximisation(function, own, near.copy(), GRAIN * self.width)
            try:
                work.see(near[:, None])
            except OutOfTimeError:
                return Highest(np.inf, levels, False, boxes)
            here = work.value
            lows, highs = self.roots(levers)
            work.add(lows, highs, np.full(lows.shape[1], np.inf))
            found = work.run(tolerance / len(parts), most, here, expired)
            high = add(Range(high, high), Range(found.high, found.high)).high
            size += abs(found.high)
            chosen = list(levers)
            levels[chosen] = np.array(found.levels)[chosen]
            finished, boxes = finished and found.finished, boxes + found.boxes
        bound = float(high) + _ROOM * size
        return Highest(bound, levels, finished, boxes)

    def _weighted(self, gain: Array, limit: Array) -> tuple[list[tuple[float, Formula]], float, float]:
        """Return formulas with weights, the constant of a weighted sum of scaled gains and limits, and its size."""
        found: list[tuple[float, Formula]] = []
        total, size = 0.0, 0.0
        for player in np.flatnonzero(gain):
            weight = float(gain[player]) / float(self.landscape.payoff_unit[player])
            found += [(weight, part) for part in self.formulas.payoffs[player]]
            total -= weight * float(self.landscape.disagreement[player])
            size += abs(weight * float(self.landscape.disagreement[player]))
        for place in np.flatnonzero(limit):
            weight = float(limit[place]) / float(self.landscape.limit_unit[place])
            found += [(weight, part) for part in self.formulas.limits[self.landscape.rows[place]] or ()]
        return found, total, size


def _components(
    weighted: Sequence[tuple[float, Formula]], levers: Sequence[int], count: int
) -> list[tuple[tuple[int, ...], _Sum]]:
    """Return groups of levers that no part ties to others, each with the sum of its parts; constants come last."""
    varies = set(levers)
    reads = [tuple(sorted(part.reads & varies)) for _, part in weighted]
    found = []
    for group in components(count, edges(reads)):
        chosen = tuple(item for item, used in zip(weighted, reads, strict=True) if used and used[0] in group)
        if chosen:
            found.append((group, _Sum(chosen)))
    still = tuple(item for item, used in zip(weighted, reads, strict=True) if not used)
    return [*found, ((), _Sum(still))] if still else found
