"""In which order levers are eliminated, and how large the tables become.

Eliminating a lever ties all levers that are linked to it together; the *width* of an order is the largest number of
levers that one elimination ties together, and its least value over all orders is the treewidth of the linkage graph.
The next lever is the one that adds the fewest links (minimum fill), and of those the one with the smallest table.
Source: Bertele and Brioschi (1972); Dechter (1999).  Tested on graphs whose treewidth is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

__all__ = ["EliminationOrder", "elimination_order"]


@dataclass(frozen=True, slots=True)
class EliminationOrder:
    """Levers in the order of their elimination.

    ``scopes[k]`` holds the levers that the elimination of ``order[k]`` ties together, themselves in the order of their
    elimination; ``width`` is the largest number of them.  ``largest`` is the number of entries of the largest table
    and ``entries`` that of all tables together.
    """

    order: tuple[int, ...]
    scopes: tuple[tuple[int, ...], ...]
    width: int
    largest: int
    entries: int


def elimination_order(sizes: Sequence[int], read: Iterable[Sequence[int]]) -> EliminationOrder:
    """Return an elimination order of small width.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    read : iterable of sequences of int
        The levers that each term or mask reads.

    Returns
    -------
    EliminationOrder
        Optimal for trees; otherwise the width is an upper bound on the treewidth.

    References
    ----------
    Bertele and Brioschi (1972), "Nonserial dynamic programming"; Dechter (1999), "Bucket elimination: a unifying
    framework for reasoning".

    Examples
    --------
    A ring of four levers with ten levels each:

    >>> ring = elimination_order((10, 10, 10, 10), [(0, 1), (1, 2), (2, 3), (3, 0)])
    >>> ring.width, ring.largest
    (2, 1000)
    """
    linked: list[set[int]] = [set() for _ in sizes]
    for levers in read:
        for first, second in combinations(set(levers), 2):
            linked[first].add(second)
            linked[second].add(first)
    left = set(range(len(sizes)))
    cost = {lever: _cost(lever, linked, sizes) for lever in left}
    order: list[int] = []
    ties: list[set[int]] = []
    while left:
        lever = min(left, key=lambda each: (*cost[each], each))
        around = set(linked[lever])
        order.append(lever)
        ties.append(around)
        left.discard(lever)
        for each in around:
            linked[each] |= around
            linked[each] -= {each, lever}
        for each in around | {far for near in around for far in linked[near]}:
            cost[each] = _cost(each, linked, sizes)
    place = {lever: k for k, lever in enumerate(order)}
    scopes = tuple(tuple(sorted(around, key=place.__getitem__)) for around in ties)
    tables = [
        sizes[lever] * prod(sizes[each] for each in scope) for lever, scope in zip(order, scopes, strict=True)
    ] or [1]
    return EliminationOrder(tuple(order), scopes, max(map(len, scopes), default=0), max(tables), sum(tables))


def _cost(lever: int, linked: Sequence[set[int]], sizes: Sequence[int]) -> tuple[int, int]:
    """Return the number of links that eliminating a lever adds, and the size of its table."""
    around = linked[lever]
    present = sum(len(linked[each] & around) for each in around)
    return len(around) * (len(around) - 1) - present, sizes[lever] * prod(sizes[each] for each in around)
