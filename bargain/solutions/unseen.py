"""Where payoffs and limits move that a scan shows as constant.

A spike between the points of a scan leaves a payoff constant there: it would be left out of every promise and proof.
So where a formula reads levers that move, the part is searched for its highest and lowest levels by branch and bound
over boxes, and these join the scan.  Tested through the rules, on spikes of gain, loss and limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bargain.effort import current
from bargain.payoffs.enclosure import Formula
from bargain.payoffs.jets import Jet, minus
from bargain.payoffs.maximum import GRAIN, Maximisation
from bargain.solutions.landscape import Array, Landscape

__all__ = ["Unseen", "unseen_moves"]

_BOXES = 4_000
"""Boxes for each end of a part."""


@dataclass(frozen=True, eq=False)
class Unseen:
    """Points of the unit box, shape (k, m), at which something moves; ``settled`` where all that moves was found."""

    points: Array
    settled: bool


@dataclass(frozen=True, eq=False)
class _Opposite:
    """Minus a formula."""

    part: Formula

    def over(self, low: Array, high: Array, moving: Sequence[int] = (), order: int = 0) -> Jet:
        """Return bounds of the value and its derivatives."""
        return minus(self.part.over(low, high, moving, order))


def unseen_moves(frames: Sequence[Landscape], parts: Iterable[Formula], constant: float) -> Unseen:
    """Return where the parts of a payoff or limit are highest and lowest, if they move at all.

    Parameters
    ----------
    frames : sequence of Landscape
        One for each combination of finite levels.
    parts : iterable of Formula
        They add up to what looks constant.
    constant : float
        A part that moves by no more than this is constant.
    """
    found: list[Array] = []
    settled = True
    for part in parts:
        own = tuple(int(k) for k in frames[0].moving if int(k) in part.reads)
        if not own:
            continue
        for function in (part, _Opposite(part)):
            level, open_still = _highest(frames, function, own, part.reads, constant)
            settled = settled and not open_still
            if level is not None:
                found.append(frames[0].unplace(level))
    return Unseen(np.array(found).reshape(-1, frames[0].size), settled)


def _highest(
    frames: Sequence[Landscape],
    function: Formula | _Opposite,
    own: tuple[int, ...],
    reads: frozenset[int],
    least: float,
) -> tuple[Array | None, bool]:
    """Return where a function is higher than at the lower ends of its levers, and whether that is open."""
    deals = frames[0].deals
    bases = np.array([frame.base for frame in frames])
    finite = [k for k in deals.finite if k in reads]
    _, first = np.unique(bases[:, finite], axis=0, return_index=True)
    low = bases[np.sort(first)].T.copy()
    high = low.copy()
    high[list(own)] = deals.upper[list(own)][:, None]
    work = Maximisation(function, own, low[:, 0].copy(), GRAIN * (deals.upper - deals.lower))
    start = work.see(low).value
    lowest = float(np.min(start.high))
    work.add(low, high, np.full(low.shape[1], np.inf))
    top = work.run(least, _BOXES, expired=current().expired)
    if top.low > lowest + least:
        return np.array(top.levels), False
    return None, top.high > lowest + least
