r"""The two paths of Raiffa for two players: steps to the midpoint of the dictators' points, and the smooth path.

At an agreed point :math:`d` player 1 could still reach the edge of the frontier to its right, player 2 the edge above
it.  While these are two edges with slopes :math:`s` and :math:`1/q` that meet in :math:`K`, :math:`p = K - d` obeys
linear equations: a step is :math:`p \mapsto \tfrac12 (p_1 - q p_2,\ p_2 - s p_1)`, the smooth path
:math:`\dot p = -(p_1 + q p_2,\ p_2 + s p_1)`.  When both are one edge, either path ends at the middle of the part of it
that is still open.  Where :math:`p` is a direction that the equations keep (:math:`q p_2^2 = s p_1^2`), the path runs
straight to :math:`K`, and exact numbers stay exact.  Tested against plain iteration and a general solver of
differential equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import atanh, exp, expm1, sqrt

from bargain.solutions.chain_points import Pair, ideal_of
from bargain.solutions.hull import Node, blend
from bargain.solutions.rational import Scalar

__all__ = ["smooth_path", "stepwise_path"]

_NEAR = 1e-16
"""A corner nearer than this share of the ideal gains has been reached."""
_MOST_STEPS = 2_000
_HALVINGS = 200


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What both players could still reach from a point: the edge above it, and the edge to its right.

    ``slope`` is how fast the upper edge falls, ``inverse`` how fast the lower edge runs back (0 for the flat parts
    where payoffs are thrown away); ``corner`` is where their lines meet.
    """

    above: int
    beside: int
    slope: Scalar
    inverse: Scalar
    corner: Pair
    end: Scalar
    start: Scalar


class _Chain:
    """The chain with the flat parts at both of its ends; edge k runs from ``points[k]`` to ``points[k + 1]``."""

    def __init__(self, corners: Sequence[Node]) -> None:
        self.corners = corners
        wide, high = ideal_of(corners)
        nothing = 0 * wide
        self.points: list[Pair] = [(nothing, high), *(corner.gains for corner in corners), (wide, nothing)]
        self.ideal = (wide, high)

    def outlook(self, place: Pair) -> _Outlook:
        last = len(self.points) - 2
        above = max(k for k in range(last + 1) if self.points[k][0] <= place[0] or k == 0)
        beside = min(k for k in range(last + 1) if self.points[k + 1][1] <= place[1] or k == last)
        if above >= beside:
            return _Outlook(beside, beside, 0, 0, place, place[0], place[1])
        (a1, a2), (b1, b2) = self.points[above], self.points[above + 1]
        (c1, c2), (e1, e2) = self.points[beside], self.points[beside + 1]
        slope, inverse = (a2 - b2) / (b1 - a1), (e1 - c1) / (c2 - e2)
        # The lines x2 = b2 - slope (x1 - b1) and x1 = c1 - inverse (x2 - c2); neighbours share a corner.
        if beside == above + 1:
            corner: Pair = (b1, b2)
        else:
            high, far = b2 + slope * b1, c1 + inverse * c2
            less = 1 - slope * inverse
            corner = (far - inverse * high) / less, (high - slope * far) / less
        return _Outlook(above, beside, slope, inverse, corner, b1, c2)

    def middle(self, edge: int, place: Pair) -> Node:
        """Return the middle of the part of an edge that is not behind a point for either player."""
        if not 0 < edge < len(self.points) - 2:
            return self.corners[0] if edge == 0 else self.corners[-1]
        (a1, a2), (b1, b2) = self.points[edge], self.points[edge + 1]
        up, right = (place[0] - a1) / (b1 - a1), (a2 - place[1]) / (a2 - b2)
        return blend(self.corners[edge - 1], self.corners[edge], (up + right) / 2)

    def reached(self, view: _Outlook, place: Pair) -> bool:
        """Whether a corner is so near that floats do not tell the two points apart."""
        shares = ((k - x) / a for k, x, a in zip(view.corner, place, self.ideal, strict=True))
        return all(isinstance(share, float) and share <= _NEAR for share in shares)


def _straight(view: _Outlook, p: Pair) -> bool:
    """Whether the path keeps its direction, towards the corner."""
    return p[0] >= 0 and p[1] >= 0 and view.inverse * p[1] * p[1] == view.slope * p[0] * p[0]


def stepwise_path(corners: Sequence[Node]) -> Node:
    """Return the limit of the steps to the midpoint of the two points that the players would dictate."""
    if len(corners) == 1:
        return corners[0]
    chain = _Chain(corners)
    place: Pair = (0 * corners[0].gains[0], 0 * corners[0].gains[0])
    view = chain.outlook(place)
    for _ in range(_MOST_STEPS):
        if view.above == view.beside:
            return chain.middle(view.above, place)
        p = view.corner[0] - place[0], view.corner[1] - place[1]
        if view.beside == view.above + 1 and (_straight(view, p) or chain.reached(view, place)):
            return corners[view.above]
        place = place[0] + (p[0] + view.inverse * p[1]) / 2, place[1] + (p[1] + view.slope * p[0]) / 2
        view = chain.outlook(place)
    return corners[view.above]


def smooth_path(corners: Sequence[Node]) -> Node:
    """Return the end of the path that moves towards the midpoint of the two points that the players would dictate."""
    if len(corners) == 1:
        return corners[0]
    chain = _Chain(corners)
    place: Pair = (0 * corners[0].gains[0], 0 * corners[0].gains[0])
    # Every part of the path ends at a corner's payoff to one of the players.
    for _ in range(2 * len(chain.points) + 1):
        view = chain.outlook(place)
        if view.above == view.beside:
            return chain.middle(view.above, place)
        p = view.corner[0] - place[0], view.corner[1] - place[1]
        ends = view.corner[0] - view.end, view.corner[1] - view.start
        if _straight(view, p):
            if view.beside == view.above + 1:
                return corners[view.above]
            shares = [end / size if size > 0 else 0 * size for end, size in zip(ends, p, strict=True)]
            # What ends this part of the path is set to where it ends, so that rounding cannot prolong it.
            first = view.end if shares[0] >= shares[1] else view.corner[0] - shares[1] * p[0]
            second = view.start if shares[1] >= shares[0] else view.corner[1] - shares[0] * p[1]
            place = first, second
            continue
        if chain.reached(view, place):
            break
        upper_first, left = _leave(view, p, ends)
        # The coordinate that ends this part is known; the other one is what the path has left of it.
        known = view.end, view.start
        place = (
            known[0] if upper_first else view.corner[0] - left * p[0],
            view.corner[1] - left * p[1] if upper_first else known[1],
        )
    return corners[view.above]


def _leave(view: _Outlook, p: Pair, ends: Pair) -> tuple[bool, float]:
    """Return whether the path leaves the upper edge first, and the share of the other coordinate that is then left."""
    # In units of p the path is exp(-t) (cosh rt - pull sinh(rt) / r), with the two pulls below and r^2 their product.
    pulls = float(view.inverse * p[1] / p[0]), float(view.slope * p[0] / p[1])
    root = sqrt(pulls[0] * pulls[1])
    goals = float(ends[0] / p[0]), float(ends[1] / p[1])

    def left(player: int, t: float) -> float:
        gone = -expm1(-2 * root * t)
        pulled = pulls[player] * (gone / root if root > 0 else 2 * t)
        return exp((root - 1) * t) * (1 - (gone + pulled) / 2)

    if goals == (0.0, 0.0):
        # Neighbouring edges: the coordinate with the stronger pull is used up first.
        first = pulls[0] > pulls[1]
        strong = max(pulls)
        t = atanh(root / strong) / root if root > 0 else 1 / strong
        return first, left(int(first), t)
    t = _first_time(lambda time: min(left(player, time) - goals[player] for player in (0, 1)))
    first = left(0, t) - goals[0] <= left(1, t) - goals[1]
    return first, left(int(first), t)


def _first_time(ahead: Callable[[float], float]) -> float:
    """Return where a function that starts positive and falls reaches zero."""
    low, high = 0.0, 1.0
    while ahead(high) > 0 and high < 1e6:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if ahead(middle) > 0 else (low, middle)
    return high
