r"""The set of all equilibria of a two-player game as a union of convex sets.

Every equilibrium is a convex combination of extreme ones, and the set of equilibria is the union of the *maximal Nash
subsets* :math:`\mathrm{conv}(X) \times \mathrm{conv}(Y)`, where every pair of X and Y is an extreme equilibrium and no
strategy can be added: the maximal complete bipartite subgraphs of the graph that joins x and y when (x, y) is an
equilibrium (Winkels 1979; Jansen 1981; Avis, Rosenberg, Savani and von Stengel 2010).  Subsets that share an extreme
equilibrium hang together, and the chains of them are the connected components of the set of equilibria.  Tested by
brute force over all subsets of vertices, and by random mixtures, which must be equilibria.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm

from bargain.equilibria.search import Search
from bargain.results import Component

__all__ = ["MAX_COMPONENTS", "dimension", "maximal_bicliques", "nash_subsets"]

MAX_COMPONENTS = 20_000
"""Maximal Nash subsets that are listed; there can be exponentially many."""

Strategy = tuple[Fraction, ...]


def nash_subsets(
    profiles: Sequence[tuple[Strategy, Strategy]], search: Search | None = None
) -> tuple[Component, ...] | None:
    """Return the maximal Nash subsets of a complete list of extreme equilibria.

    Parameters
    ----------
    profiles : sequence of pairs of exact strategies
        All extreme equilibria, each one once.
    search : Search, optional
        Its deadline stops the work.

    Returns
    -------
    tuple of Component or None
        In the order of their first profiles; None when there are more than :data:`MAX_COMPONENTS`, or at the
        deadline.

    Examples
    --------
    When the column player is indifferent and the row player prefers the first row, all mixtures of columns are
    equilibria:

    >>> one, zero = Fraction(1), Fraction(0)
    >>> subsets = nash_subsets([((one, zero), (one, zero)), ((one, zero), (zero, one))])
    >>> [(subset.profiles, subset.dimension) for subset in subsets]
    [((0, 1), 1)]
    """
    rows: dict[Strategy, int] = {}
    columns: dict[Strategy, int] = {}
    places: dict[tuple[int, int], int] = {}
    for place, (x, y) in enumerate(profiles):
        places[rows.setdefault(x, len(rows)), columns.setdefault(y, len(columns))] = place
    neighbours = [0] * len(rows)
    for a, b in places:
        neighbours[a] |= 1 << b
    connected = _connected(neighbours)
    own, other = list(rows), list(columns)
    made: list[tuple[tuple[int, ...], tuple[tuple[Strategy, ...], ...], int, int]] = []
    for found in maximal_bicliques(neighbours):
        if len(made) == MAX_COMPONENTS or (search is not None and search.expired):
            return None
        if found is None:
            continue
        left, right = found
        corners = [own[a] for a in left], [other[b] for b in right]
        members = tuple(sorted(places[a, b] for a in left for b in right))
        size = dimension(corners[0]) + dimension(corners[1])
        made.append((members, (tuple(corners[0]), tuple(corners[1])), size, connected[left[0]]))
    made.sort(key=lambda subset: subset[0])
    numbers: dict[int, int] = {}
    return tuple(
        Component(corners, members, size, numbers.setdefault(component, len(numbers)))
        for members, corners, size, component in made
    )


def maximal_bicliques(neighbours: Sequence[int]) -> Iterator[tuple[list[int], list[int]] | None]:
    """Yield the maximal complete bipartite subgraphs of a bipartite graph, each one once.

    Between them stands None for every subgraph that was found before, so that the caller can look at the clock.

    Parameters
    ----------
    neighbours : sequence of int
        For every node of the left side, the bits of the nodes of the right side that it is joined to; not 0.

    Notes
    -----
    These are the closed sets of the left side; Close-by-One lists each from its smallest generator (Kuznetsov 1993).
    """
    back = _transposed(neighbours)
    stack: list[tuple[int, int, int]] = []
    for start, right in enumerate(neighbours):
        stack.append((1 << start, right, start))
        while stack:
            left, right, last = stack.pop()
            # What all nodes of the right side are joined to, and what any of them is.
            closed, near = -1, 0
            for b in _bits(right):
                closed, near = closed & back[b], near | back[b]
            # A set that gains an earlier node than the one just added has been found from there.
            if (closed & ~left) & ((1 << last) - 1):
                yield None
                continue
            yield _bits(closed), _bits(right)
            later = (near & ~closed) >> (last + 1) << (last + 1)
            stack.extend((closed | 1 << a, right & neighbours[a], a) for a in reversed(_bits(later)))


def _transposed(neighbours: Sequence[int]) -> dict[int, int]:
    """Return, for every right node, the bits of the left nodes that it is joined to."""
    back: dict[int, int] = {}
    for a, right in enumerate(neighbours):
        for b in _bits(right):
            back[b] = back.get(b, 0) | 1 << a
    return back


def _bits(mask: int) -> list[int]:
    places = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places


def _connected(neighbours: Sequence[int]) -> list[int]:
    """Return, for every left node, the smallest left node of its connected component."""
    back = _transposed(neighbours)
    leader = [-1] * len(neighbours)
    for start in range(len(neighbours)):
        waiting = [start] if leader[start] < 0 else []
        while waiting:
            a = waiting.pop()
            if leader[a] < 0:
                leader[a] = start
                for b in _bits(neighbours[a]):
                    waiting += _bits(back.pop(b, 0))
    return leader


def dimension(corners: Sequence[Strategy]) -> int:
    """Return the dimension of the convex hull of some strategies, exactly."""
    if len(corners) <= 2:
        return len(corners) - 1
    # Probabilities add up to one: points are affinely independent when they are linearly, whatever they are scaled by.
    most = sum(map(any, zip(*corners, strict=True)))
    reduced: list[tuple[int, list[int]]] = []
    for corner in corners:
        row = _whole(corner)
        for c, other in reduced:
            if row[c]:
                row = _lowest([other[c] * a - row[c] * b for a, b in zip(row, other, strict=True)])
        pivot = next((c for c, value in enumerate(row) if value), None)
        if pivot is not None:
            reduced.append((pivot, row))
            if len(reduced) == most:
                break
    return len(reduced) - 1


def _whole(strategy: Strategy) -> list[int]:
    """Return whole numbers in the same proportions."""
    below = lcm(*(chance.denominator for chance in strategy))
    return _lowest([chance.numerator * (below // chance.denominator) for chance in strategy])


def _lowest(row: list[int]) -> list[int]:
    common = gcd(*row)
    return [value // common for value in row] if common > 1 else row
