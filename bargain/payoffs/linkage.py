"""The linkage graph: which levers some payoff term reads together, and what separates into components.

Nobody declares linkage; it is read off the additive terms of the formulas (THEORY section 1).  Nothing that happens
in one component changes what anybody wants in another (Folmer, van Mouche and Ragland 1993).  Tested on known
formulas, and by cross-differences of payoffs, which must vanish between levers that the graph does not join.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bargain.scenario.document import Document

__all__ = ["components", "cross_issue", "edges"]


def edges(lever_sets: Iterable[tuple[int, ...]]) -> frozenset[tuple[int, int]]:
    """Return the pairs of levers that some term reads together, the smaller index first.

    Examples
    --------
    >>> sorted(edges([(0,), (0, 2, 3)]))
    [(0, 2), (0, 3), (2, 3)]
    """
    return frozenset(pair for levers in lever_sets for pair in combinations(sorted(levers), 2))


def components(num_levers: int, joined: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return the connected components of the linkage graph.

    Parameters
    ----------
    num_levers : int
        Levers are numbered from 0; a lever without linkage is a component of its own.
    joined : iterable of pairs
        The edges.

    Returns
    -------
    tuple of tuple of int
        Each sorted, in the order of their first levers.

    Examples
    --------
    >>> components(5, [(0, 2), (2, 3)])
    ((0, 2, 3), (1,), (4,))
    """
    leader = list(range(num_levers))

    def find(lever: int) -> int:
        while leader[lever] != lever:
            leader[lever] = leader[leader[lever]]
            lever = leader[lever]
        return lever

    for first, second in joined:
        low, high = sorted((find(first), find(second)))
        leader[high] = low
    groups: dict[int, list[int]] = {}
    for lever in range(num_levers):
        groups.setdefault(find(lever), []).append(lever)
    return tuple(tuple(group) for group in groups.values())


def cross_issue(document: Document) -> NDArray[np.bool_]:
    """Return which pairs of levers belong to different issues, as an (L, L) array."""
    issues = np.array([lever.issue for lever in document.levers], dtype=object)
    return np.asarray(issues[:, None] != issues[None, :], dtype=bool)
