"""What the recursion of repeated-game payoffs hands back: a set, how its corners are sustained, and how sure it is.

Frozen records; nothing here computes more than whether a point lies in a polygon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.games.normal_form import NormalFormGame

__all__ = ["Plan", "RepeatedPayoffs"]

Pair = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a corner of the payoff set is sustained.

    The players play ``actions`` today; if both do, tomorrow's corner is drawn from ``promise``, pairs of a corner's
    place and its chance, worth ``promised`` on average.  A player that deviates alone is held to its worst payoff from
    tomorrow on: play goes to the corner that is worst for it.  ``temptation`` is what each player could gain today by
    its best deviation, ``slack`` what remains of its incentive to keep to the plan, in payoffs per period: delta times
    (promised less worst payoff) less (1 - delta) times temptation.
    """

    actions: tuple[int, int]
    promise: tuple[tuple[int, Fraction], ...]
    promised: Pair
    temptation: Pair
    slack: Pair


@dataclass(frozen=True, slots=True)
class RepeatedPayoffs:
    """The payoffs that pure subgame-perfect equilibria of an infinitely repeated game sustain, per period.

    ``corners`` are extreme points in counterclockwise order, exactly, and ``plans`` how each is sustained: every payoff
    in their hull is proved to be sustained.  ``bounds`` are the corners of a set that is proved to hold every payoff
    that can be sustained; ``gap`` is how far it reaches beyond the hull of ``corners``, as a share of the payoff range.
    ``exact`` says that the two are the same set.  No corners and no bounds: there is no equilibrium in pure actions.
    """

    game: NormalFormGame
    delta: Fraction
    corners: tuple[Pair, ...]
    plans: tuple[Plan, ...]
    bounds: tuple[Pair, ...]
    gap: float
    exact: bool
    steps: int
    reason: str = ""

    @property
    def worst(self) -> Pair | None:
        """The worst sustained payoff of each player, with which deviations are punished; None without a corner."""
        if not self.corners:
            return None
        return min(x for x, _ in self.corners), min(y for _, y in self.corners)

    @property
    def empty(self) -> bool:
        """Whether it is proved that no equilibrium in pure actions exists."""
        return not self.bounds

    def sustains(self, payoffs: Sequence[Any]) -> bool | None:
        """Whether a pair of payoffs per period is sustained; None when it lies in the gap of what is known.

        Parameters
        ----------
        payoffs : sequence of 2 numbers
            Floats, ints or Fractions, compared exactly as they stand.
        """
        point = Fraction(payoffs[0]), Fraction(payoffs[1])
        if _holds(self.corners, point):
            return True
        return None if _holds(self.bounds, point) else False

    def path(self, corner: int, periods: int) -> tuple[tuple[int, int], ...]:
        """Return what is played in the first periods from a corner on, if every draw takes its likeliest corner."""
        played = []
        for _ in range(periods):
            plan = self.plans[corner]
            played.append(plan.actions)
            corner = max(plan.promise, key=lambda draw: draw[1])[0]
        return tuple(played)


def _holds(corners: Sequence[Pair], point: Pair) -> bool:
    """Whether a point lies in the hull of corners in counterclockwise order."""
    if not corners:
        return False
    if len(corners) == 1:
        return corners[0] == point
    edges = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    turns = [(q[0] - p[0]) * (point[1] - p[1]) - (q[1] - p[1]) * (point[0] - p[0]) for p, q in edges]
    if min(turns) < 0:
        return False
    low, high = min(corners), max(corners)
    return low[0] <= point[0] <= high[0] and min(y for _, y in corners) <= point[1] <= max(y for _, y in corners)
