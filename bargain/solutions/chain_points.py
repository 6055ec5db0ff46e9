r"""Points of the frontier of two players' lotteries that rules pick: equal areas, equal lengths, and points on a line.

The chain of corners runs from the second player's best point to the first's; below it payoffs may be thrown away, down
to disagreement.  Seen from the disagreement point the area left of a point grows linearly along an edge, and so does
the length :math:`\int \sqrt{-du_1\, du_2}` of Perles and Maschler; so each point is found on one edge, by one division.
Exact corners give exact points wherever the lengths are multiples of a common root.
Tested against areas by integration, lengths by sums, and all segments between all deals.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import isqrt, sqrt

from bargain.solutions.hull import Node, blend
from bargain.solutions.rational import Scalar

__all__ = ["areas", "ends_mean", "equal_area", "equal_length", "ideal_of", "lengths", "on_line"]

Pair = tuple[Scalar, Scalar]


def ideal_of(corners: Sequence[Node]) -> Pair:
    """Return the largest gain of each player on the chain."""
    return corners[-1].gains[0], corners[0].gains[1]


def ends_mean(corners: Sequence[Node]) -> Pair:
    """Return the mean of the two points that the players would dictate: the ends of the chain."""
    (a1, a2), (b1, b2) = corners[0].gains, corners[-1].gains
    return (a1 + b1) / 2, (a2 + b2) / 2


def _sector(start: Node, end: Node) -> Scalar:
    """Return twice the area between the disagreement point and an edge."""
    return start.gains[1] * end.gains[0] - start.gains[0] * end.gains[1]


def areas(corners: Sequence[Node], node: Node) -> Pair:
    """Return twice the areas on the second and on the first player's side of the ray to a point of the chain.

    Both are parts of the set of gains that are not negative and at most those of a point of the chain.
    """
    left, right = corners[0].gains[0] * corners[0].gains[1], corners[-1].gains[0] * corners[-1].gains[1]
    for start, end in pairwise(corners):
        if end.gains[0] <= node.gains[0]:
            left += _sector(start, end)
        elif start.gains[0] >= node.gains[0]:
            right += _sector(start, end)
        else:
            left, right = left + _sector(start, node), right + _sector(node, end)
    return left, right


def equal_area(corners: Sequence[Node]) -> Node:
    """Return the point whose ray from disagreement halves the area below the chain."""
    sectors = [_sector(start, end) for start, end in pairwise(corners)]
    above, below = (corner.gains[0] * corner.gains[1] for corner in (corners[0], corners[-1]))
    # By convexity neither of the rectangles that are thrown away holds more than half.
    return _along(corners, sectors, (sum(sectors) + below - above) / 2)


def equal_length(corners: Sequence[Node]) -> Node:
    """Return the point that halves the length of Perles and Maschler."""
    parts = lengths(corners)
    return _along(corners, parts, sum(parts) / 2)


def lengths(corners: Sequence[Node]) -> list[Scalar]:
    """Return the lengths sqrt(rise times fall) of all edges, in a common unit: Fractions where that is possible."""
    wide, high = ideal_of(corners)
    squares = [
        ((end.gains[0] - start.gains[0]) / wide) * ((start.gains[1] - end.gains[1]) / high)
        for start, end in pairwise(corners)
    ]
    if squares and all(isinstance(square, Fraction) for square in squares):
        # Square roots that are multiples of one root have exact ratios.
        exact = [_rational_root(Fraction(square) * Fraction(squares[0])) for square in squares]
        known = [root for root in exact if root is not None]
        if len(known) == len(squares):
            return list(known)
    return [sqrt(max(square, 0)) for square in squares]


def _rational_root(square: Fraction) -> Fraction | None:
    top, bottom = isqrt(square.numerator), isqrt(square.denominator)
    return Fraction(top, bottom) if top * top == square.numerator and bottom * bottom == square.denominator else None


def _along(corners: Sequence[Node], parts: Sequence[Scalar], wanted: Scalar) -> Node:
    """Return the point at which the parts of the edges before it add up to ``wanted``."""
    for (start, end), part in zip(pairwise(corners), parts, strict=True):
        if wanted <= 0:
            return start
        if wanted < part:
            return blend(start, end, wanted / part)
        wanted -= part
    return corners[-1]


def on_line(corners: Sequence[Node], origin: Sequence[Scalar], direction: Sequence[Scalar]) -> Node:
    """Return the point of the chain on the line from a point below it in a direction that hurts nobody."""

    def lead(node: Node) -> Scalar:
        return (node.gains[0] - origin[0]) * direction[1] - (node.gains[1] - origin[1]) * direction[0]

    if lead(corners[0]) >= 0:
        return corners[0]
    for start, end in pairwise(corners):
        if lead(end) >= 0:
            return blend(start, end, -lead(start) / (lead(end) - lead(start)))
    return corners[-1]
