r"""Lotteries of two players: exact geometry on the upper right hull.

The efficient lotteries form a chain of segments, each mixing two deals, from the second player's best point to the
first's, cut off where somebody would lose.  On a segment with gains :math:`a` at its start and :math:`a + t\delta`
along it, the weighted Nash product is largest at
:math:`t^* = -(w_1 \delta_1 a_2 + w_2 \delta_2 a_1) / (\delta_1 \delta_2)`, a ratio of the data; rays and level lines
meet the chain in ratios too.  So exact problems have exact answers.
Tested against all segments between all deals, in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bargain.solutions.rational import RationalDeals, Scalar

__all__ = ["Node", "best_nodes", "blend", "chain", "frontier_chain", "highest_product", "normal", "on_ray"]

_SAME = 1e-12
"""For float data: a mixture this close to one of its ends is that end."""


@dataclass(frozen=True, slots=True)
class Node:
    """A point of the chain: gains, and the lottery over payoff vectors (index, probability) that gives them."""

    gains: tuple[Scalar, Scalar]
    mixture: tuple[tuple[int, Scalar], ...]


def frontier_chain(deals: RationalDeals) -> list[Node]:
    """Return the corners of the efficient frontier of all lotteries, the first player's payoff ascending."""
    points = sorted((Node(_pair(deals, index), ((index, 1),)) for index in range(len(deals))), key=_place)
    corners: list[Node] = []
    for node in points:
        # Points come by the first gain; whoever has no more of the second than this one is dominated.
        while corners and corners[-1].gains[1] <= node.gains[1]:
            corners.pop()
        while len(corners) > 1 and _below(corners[-2], corners[-1], node):
            corners.pop()
        corners.append(node)
    return corners


def _pair(deals: RationalDeals, index: int) -> tuple[Scalar, Scalar]:
    first, second = deals.scalar_gain(index)
    return first, second


def _place(node: Node) -> tuple[Scalar, Scalar, int]:
    # Of equal points the one that comes first among the deals stays.
    return *node.gains, -node.mixture[0][0]


def _below(a: Node, b: Node, c: Node) -> bool:
    """Whether b lies on or below the segment from a to c."""
    across = (b.gains[0] - a.gains[0]) * (c.gains[1] - a.gains[1])
    return bool(across >= (b.gains[1] - a.gains[1]) * (c.gains[0] - a.gains[0]))


def chain(deals: RationalDeals) -> list[Node]:
    """Return the corners of the efficient, individually rational lotteries; empty when there are none."""
    corners = _cut(frontier_chain(deals), 0)
    corners = _cut(corners[::-1], 1)[::-1]
    return corners if deals.problem.exact else [_without_rounding(node, deals) for node in corners]


def _without_rounding(node: Node, deals: RationalDeals) -> Node:
    """Set gains to zero that may be nothing but the rounding of the deals that are mixed."""
    rounding = 4 * deals.rounding[[index for index, _ in node.mixture]].max(axis=0)
    first, second = (0.0 if gain <= error else gain for gain, error in zip(node.gains, rounding, strict=True))
    return Node((first, second), node.mixture)


def _cut(corners: list[Node], player: int) -> list[Node]:
    """Drop the start of a chain up to where the player's gain, which rises along it, reaches zero."""
    kept = [node for node in corners if node.gains[player] >= 0]
    if not kept or len(kept) == len(corners) or kept[0].gains[player] == 0:
        return kept
    before = corners[len(corners) - len(kept) - 1]
    below, above = before.gains[player], kept[0].gains[player]
    node = blend(before, kept[0], -below / (above - below))
    gains = (0 * above, node.gains[1]) if player == 0 else (node.gains[0], 0 * above)
    return [Node(gains, node.mixture), *kept]


def blend(start: Node, end: Node, t: Scalar) -> Node:
    """Return the point that has moved by a share ``t`` from one point to another."""
    if not isinstance(t, float):
        t = min(max(t, type(t)(0)), type(t)(1))
    elif t < _SAME or t > 1 - _SAME:
        return start if t < _SAME else end
    chances: dict[int, Scalar] = {}
    for node, share in ((start, 1 - t), (end, t)):
        for index, chance in node.mixture:
            chances[index] = chances.get(index, 0) + share * chance
    first, second = (a + t * (b - a) for a, b in zip(start.gains, end.gains, strict=True))
    return Node((first, second), tuple((index, chance) for index, chance in chances.items() if chance > 0))


def highest_product(corners: Sequence[Node], weights: Sequence[Scalar]) -> Node:
    """Return the point of a chain with the largest weighted product of gains."""
    w1, w2 = weights
    for start, end in pairwise(corners):
        a1, a2 = start.gains
        d1, d2 = end.gains[0] - a1, end.gains[1] - a2
        if d1 <= 0 or d2 >= 0:
            continue  # an edge that is all rounding
        t = -(w1 * d1 * a2 + w2 * d2 * a1) / (d1 * d2 * (w1 + w2))
        if t <= 0:
            return start
        if t < 1:
            return blend(start, end, t)
    return corners[-1]


def on_ray(corners: Sequence[Node], direction: Sequence[Scalar]) -> Node:
    """Return the point of a chain with the largest least ratio of gain to ``direction``, and the other as large."""

    def lead(node: Node) -> Scalar:
        return node.gains[0] * direction[1] - node.gains[1] * direction[0]

    if lead(corners[0]) >= 0:
        return corners[0]
    for start, end in pairwise(corners):
        if lead(end) >= 0:
            return blend(start, end, -lead(start) / (lead(end) - lead(start)))
    return corners[-1]


def _times(weight: Scalar, gain: Scalar) -> Any:
    return weight * gain


def best_nodes(corners: Sequence[Node], weights: Sequence[Scalar], tolerance: float) -> list[Node]:
    """Return the corners with the largest weighted sum of gains; ``tolerance`` is relative, 0 for exact numbers."""
    totals = [_times(weights[0], node.gains[0]) + _times(weights[1], node.gains[1]) for node in corners]
    best = max(totals)
    return [node for node, total in zip(corners, totals, strict=True) if total >= best - tolerance * abs(best)]


def normal(corners: Sequence[Node], node: Node) -> tuple[Scalar, Scalar]:
    """Return the normal of a line that supports the frontier with these corners at a point of it."""
    for start, end in pairwise(corners):
        if node.gains[0] <= end.gains[0]:
            return start.gains[1] - end.gains[1], end.gains[0] - start.gains[0]
    if len(corners) > 1:
        start, end = corners[-2:]
        return start.gains[1] - end.gains[1], end.gains[0] - start.gains[0]
    return 1, 1
