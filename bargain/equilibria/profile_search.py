r"""All solutions of the indifference conditions of one support profile, each one proved and decided.

Boxes come from ``branching``.  When a box may hold a solution, Newton's method is run to its end, and an interval
around the end that covers the whole box is proved to hold exactly one solution, so that the box is done; otherwise its
halves are searched.  So when no box is left, the list is complete.  The search can be stopped after any number of boxes
and taken up again.  Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.branching import CANDIDATE, SINGULAR, search_boxes
from bargain.equilibria.multilinear import MARGIN, ROWS, SIZE, START, Subgame, advantage
from bargain.equilibria.newton import AT, OUTWARD, PIVOT, PRODUCT, SHIFT, SPREAD, WEIGHT, linearise
from bargain.equilibria.subgames import Bench

__all__ = ["ProfileSearch", "Solution"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solution:
    """A point near the only solution in a box: the radii of a box that holds it, and of one that holds no other.

    Radii belong to the places of ``terms[AT]``; the first probability of a player follows from the others.  ``proved``
    says that the solution is an equilibrium on this support; otherwise a probability or an advantage cannot be told
    from zero.
    """

    center: Floats
    tight: Floats
    alone: Floats
    proved: bool


@dataclass(slots=True)
class ProfileSearch:
    """The search of one support profile, of which ``depth`` boxes are left."""

    sub: Subgame
    bench: Bench
    depth: int = 1
    solutions: list[Solution] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench.lowers[0] = self.bench.least
        self.bench.uppers[0] = 1.0

    def advance(self, limit: int) -> tuple[int, int]:
        """Search up to ``limit`` boxes; return the outcome, DONE, LIMIT or SINGULAR, and the number of boxes."""
        bench, boxes = self.bench, 0
        while True:
            outcome, self.depth, used, tiny = search_boxes(
                self.sub,
                bench.system,
                bench.lowers,
                bench.uppers,
                self.depth,
                limit - boxes,
                bench.lower,
                bench.upper,
                *bench.room,
            )
            boxes += used
            if outcome != CANDIDATE:
                return outcome, boxes
            if self._settled():
                self.depth -= 2
            elif tiny:
                return SINGULAR, boxes

    def _settled(self) -> bool:
        """Whether the box holds exactly one solution, which is then written down, or known already."""
        terms, vectors = self.bench.system.terms, self.bench.system.vectors
        lower, upper, at = self.bench.lower, self.bench.upper, terms[AT]
        center = self._middle()
        if not self._root(center):
            return False
        cover = 1.02 * np.maximum(np.maximum(upper - center, center - lower)[at], 0.0) + 1e-9
        if cover.max() > 1.0 or not self._holds_one(center, cover):
            return False
        radius = np.empty(at.size)
        radius[terms[PIVOT]] = 3 * (np.abs(vectors[SHIFT]) + 4 * MARGIN * vectors[WEIGHT])
        if not self._holds_one(center, radius):
            radius = cover
        self._add(center, radius, cover)
        return True

    def _middle(self) -> Floats:
        """Return a point of the box whose probabilities add up to one."""
        lower, upper, starts = self.bench.lower, self.bench.upper, self.sub.shape[START]
        least, most = np.add.reduceat(lower, starts), np.add.reduceat(upper, starts)
        gap = most - least
        share = np.divide(1.0 - least, gap, out=np.zeros_like(gap), where=gap > 0)
        middle: Floats = lower + np.repeat(share, self.sub.shape[SIZE]) * (upper - lower)
        return middle

    def _root(self, center: Floats) -> bool:
        """Move the center towards a solution by Newton's method in floats; return whether it seems to have arrived."""
        bench, system, last, step = self.bench, self.bench.system, 0.5, 1.0
        for _ in range(8):
            if linearise(self.sub, system, center, center, center, center, center, bench.work) < bench.first.size:
                return False
            shifts = np.empty(bench.first.size)
            shifts[system.terms[PIVOT]] = system.vectors[SHIFT]
            center[system.terms[AT]] -= shifts
            np.add.at(center, bench.first, shifts)
            step = float(np.abs(shifts).max())
            if step < 1e-14 or step > 0.5 * last:
                break
            last = step
        return step < 1e-11

    def _box(self, center: Floats, radius: Floats) -> tuple[Floats, Floats]:
        """Return the strategies that have all variables within ``radius`` of the center, rounded outwards."""
        spread = np.zeros(center.size)
        np.add.at(spread, self.bench.first, radius)
        spread[self.bench.system.terms[AT]] = radius
        spread += OUTWARD * np.repeat(self.sub.shape[SIZE], self.sub.shape[SIZE])
        return center - spread, center + spread

    def _holds_one(self, center: Floats, radius: Floats) -> bool:
        """Whether exactly one solution has all variables within ``radius`` of the center: a map sends it inside."""
        system, count = self.bench.system, radius.size
        lower, upper = self._box(center, radius)
        if linearise(self.sub, system, center, lower, upper, lower, upper, self.bench.work) < count:
            return False
        pivots = system.terms[PIVOT]
        off = system.blocks[:, PRODUCT * count : (PRODUCT + 1) * count].copy()
        off[np.arange(count), pivots] -= 1.0
        spread = system.blocks[:, SPREAD * count : (SPREAD + 1) * count]
        bound = np.abs(system.vectors[SHIFT]) + 2 * MARGIN * system.vectors[WEIGHT] + (np.abs(off) + spread) @ radius
        return bool((bound < 0.99 * radius[pivots]).all())

    def _add(self, center: Floats, tight: Floats, alone: Floats) -> None:
        """Write the solution down unless it is known already or no equilibrium."""
        proved = self._decided(*self._box(center, tight))
        if proved is None:
            return
        at = self.bench.system.terms[AT]
        for old in self.solutions:
            gaps = np.abs(center - old.center)[at]
            if (gaps + tight <= old.alone).all():
                return
            if not (gaps > tight + old.tight).any():
                proved = False
        self.solutions.append(Solution(center, tight, alone, proved))

    def _decided(self, lower: Floats, upper: Floats) -> bool | None:
        """Say whether the solution in a small box is an equilibrium; None when it is none, False when unclear."""
        sub, work = self.sub, self.bench.work
        mixed = np.repeat(sub.shape[SIZE] > 1, sub.shape[SIZE])
        if (upper[mixed] < 0.0).any():
            return None
        proved = bool((lower[mixed] > 0.0).all())
        for owner in range(sub.shape.shape[1]):
            for action in range(sub.shape[SIZE, owner], sub.shape[ROWS, owner]):
                advantage(sub, owner, action, lower, upper, work)
                if work[0, 0] > MARGIN:
                    return None
                proved = proved and bool(work[1, 0] < -MARGIN)
        return proved
