"""A proof that no deal on continuous levers gives somebody more and nobody less, or a deal that does.

Prices on gains and limits bound the least gain of all players over all deals: where the bound is negative nobody can
agree to anything, and where it is zero no player with a price can gain.  What is left open is bounded player by player,
by branch and bound; points that give a gain are climbed from.  Tested on problems without a deal, and on narrow peaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bargain.effort import current
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.solutions.boxes import BoxSearch
from bargain.solutions.enclosed import DealEnclosure
from bargain.solutions.gainers import raised_together
from bargain.solutions.global_bound import TOLERANCE, Prover
from bargain.solutions.lagrangian import Lagrangian, lagrangian
from bargain.solutions.landscape import Array
from bargain.solutions.program import Program
from bargain.solutions.search import Optimum, search
from bargain.solutions.starts import Survey, survey

__all__ = ["Exclusion", "exclude_deals"]

_PART_BOXES = 20_000
_BOXES = 20_000
_WORK = 400_000
_GAIN = 1e-6
"""Scaled gain that is worth a deal; smaller ones may be rounding."""


@dataclass(frozen=True, eq=False)
class Exclusion:
    """What no individually rational deal gives anybody.

    Attributes
    ----------
    gap : float
        No deal without losers gives any player a larger gain (as a fraction of the player's largest gain, or payoff
        span); infinite where nothing is known.
    boxes : int
        How many boxes of levels were looked at.
    deal : array of shape (L,) or None
        Levels that do help somebody, where they were met.
    """

    gap: float
    boxes: int = 0
    deal: Array | None = None

    @property
    def proved(self) -> bool:
        """Whether nobody can gain, up to the tolerance."""
        return self.deal is None and self.gap <= TOLERANCE


def exclude_deals(problem: BargainingProblem, seed: int = 0) -> Exclusion | None:
    """Try to prove that there is no deal.

    Parameters
    ----------
    problem : BargainingProblem
        Over continuous deals.
    seed : int
        Moves the points from which searches start.

    Returns
    -------
    Exclusion or None
        None where the deals have no formulas, or no proof is wanted.
    """
    deals = problem.feasible
    assert isinstance(deals, ContinuousDeals)
    with np.errstate(all="ignore"):
        scan = survey(deals, [float(value) for value in problem.disagreement], seed)
        if not scan.regions:
            # Conditions on finite levers alone forbid every combination.
            return Exclusion(0.0)
        prover = Prover(scan)
        if prover.enclosure is None:
            return None
        least = None if scan.hopeless or not scan.moved else raised_together(scan, scan.moved)
        if least is None:
            return _all_struck_out(scan, prover.enclosure)
        return _player_by_player(scan, prover, prover.enclosure, least)


def _player_by_player(scan: Survey, prover: Prover, enclosure: DealEnclosure, least: Optimum) -> Exclusion:
    tops, boxes = np.full(scan.payoff_unit.size, np.inf), 0
    still = [i for i in range(tops.size) if i not in scan.moved]
    tops[still] = scan.constant_gains[still]
    prices = lagrangian(least)
    if prices is not None:
        apart = enclosure.highest(
            prices.gain, prices.limit, prices.constant, least.x, TOLERANCE / 100, _PART_BOXES, current().expired
        )
        boxes += apart.boxes
        if apart.bound < 0:
            return Exclusion(0.0, boxes)
        priced = np.flatnonzero(prices.gain > 0)
        # Nobody loses, so that what is left of the bound is the most that one player can have.
        tops[priced] = np.minimum(tops[priced], apart.bound / prices.gain[priced])
    for player in scan.moved:
        if tops[player] <= TOLERANCE:
            continue
        program = Program.total(np.eye(tops.size)[player], np.array(scan.moved))
        found = search(scan, program, [(least.landscape, least.z)])
        if found is None:
            return _all_struck_out(scan, enclosure)
        best, bound = prover.prove(found)
        if best.worth > _GAIN and best.broken <= 0:
            return Exclusion(np.inf, boxes, best.x)
        if bound is None:
            return Exclusion(np.inf, boxes)
        boxes += bound.boxes
        tops[player] = min(tops[player], bound.bound)
    return Exclusion(max(0.0, float(tops.max(initial=0.0))), boxes)


def _all_struck_out(scan: Survey, enclosure: DealEnclosure) -> Exclusion:
    """Branch over boxes without prices: every box is struck out when no deal keeps limits and promises."""
    players = scan.payoff_unit.size
    program = Program.total(np.ones(players), np.arange(players))
    plain = Lagrangian(np.ones(players), np.zeros(enclosure.landscape.rows.size), 0.0, ())
    low, high = enclosure.roots()
    middle = (low + (high - low) / 2)[:, 0]
    work = BoxSearch(enclosure, program, plain, middle, 0.0, TOLERANCE)
    work.start()
    most = min(_BOXES, max(256, _WORK // max(1, len(enclosure.moving)) ** 2))
    work.run(most, current().expired, lambda _: False)
    return Exclusion(max(0.0, work.bound), work.boxes)
