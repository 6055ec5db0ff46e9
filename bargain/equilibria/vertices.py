r"""All vertices of a best-response polytope, in exact arithmetic.

For the player with strategies :math:`x` and the other player's payoffs :math:`W > 0` (rows: x's actions), the polytope
is :math:`P = \{x \ge 0 : x^T W \le 1\}`.  A vertex other than 0 is fixed by its support :math:`S` and some :math:`|S|`
tight columns :math:`J` with :math:`W_{SJ}` regular (von Stengel 2002), so that all vertices are found from all such
pairs:

1. pairs are listed by size; a column that another one beats on :math:`S`, or equals there, cannot be needed and is left
   out (compared exactly);
2. floats solve the systems in batches and discard a pair only when a negative entry or a violated column is larger than
   a rigorous bound on the error (from the residual and an approximate inverse);
3. every other pair is solved in integers, which alone decide about signs, tight columns and singular systems.

Tested against an independent exact enumeration on degenerate and generic games.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import solve
from bargain.equilibria.search import Search

__all__ = ["Vertex", "Vertices", "enumerate_vertices", "num_bases", "searchable_size"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_ZERO = Fraction(0)

_CHUNK = 1_000_000
"""Numbers in one batch of systems."""


class Vertex(NamedTuple):
    """A vertex other than 0: its support, its tight columns, and whole numbers ``weights`` on the support.

    The weights are proportional to probabilities; with them every tight column adds up to ``level``.
    """

    support: tuple[int, ...]
    tight: tuple[int, ...]
    weights: tuple[int, ...]
    level: int

    def place(self) -> tuple[tuple[int, ...], list[Fraction]]:
        """Return what vertices are ordered by: supports, then probabilities, higher ones first."""
        total = sum(self.weights)
        return self.support, [Fraction(-weight, total) for weight in self.weights]

    def strategy(self, size: int) -> tuple[Fraction, ...]:
        """Return the vertex scaled to a probability distribution over all ``size`` rows."""
        total = sum(self.weights)
        chances = [_ZERO] * size
        for a, weight in zip(self.support, self.weights, strict=True):
            chances[a] = Fraction(weight, total)
        return tuple(chances)


@dataclass(slots=True)
class Vertices:
    """The vertices that were found.

    ``largest`` is the size up to which all supports were searched; ``finished`` says whether that is all of them, and
    ``interrupted`` whether the search was stopped from the keyboard.
    """

    found: list[Vertex] = field(default_factory=list)
    largest: int = 0
    finished: bool = False
    interrupted: bool = False

    @property
    def supports(self) -> list[tuple[int, ...]]:
        """The supports of the vertices."""
        return [vertex.support for vertex in self.found]

    @property
    def tight(self) -> list[tuple[int, ...]]:
        """The tight columns of the vertices."""
        return [vertex.tight for vertex in self.found]

    @property
    def degenerate(self) -> bool:
        """Whether some strategy has more best responses than actions in its support."""
        return any(len(vertex.tight) > len(vertex.support) for vertex in self.found)


def num_bases(num_rows: int, num_columns: int) -> int:
    """Return the number of pairs of equally large sets of rows and columns, the empty pair included."""
    return comb(num_rows + num_columns, num_columns)


def searchable_size(num_rows: int, num_columns: int, cap: int) -> int:
    """Return the size up to which all supports can be searched with at most ``cap`` bases."""
    spent, size = 0, 0
    while size < min(num_rows, num_columns):
        spent += comb(num_rows, size + 1) * comb(num_columns, size + 1)
        if spent > cap:
            break
        size += 1
    return size


def enumerate_vertices(
    whole: NDArray[np.object_], scale: int, cap: int, search: Search, within: Collection[tuple[int, ...]] | None = None
) -> Vertices:
    """Return the vertices of the polytope of strategies over the rows.

    Parameters
    ----------
    whole : object array of shape (m, n)
        The other player's payoffs as positive integers between ``scale`` and twice ``scale``.
    scale : int
        What they are divided by in floats.
    cap : int
        The search stops before the support size that would take the number of bases beyond it.
    search : Search
        Its deadline stops the search; so does an interrupt from the keyboard.
    within : collection of tuple of int, optional
        Only supports inside one of these sets of rows are wanted.
    """
    found, (m, n) = Vertices(), whole.shape
    try:
        _enumerate(whole, scale, searchable_size(m, n, cap), search, within, found)
    except KeyboardInterrupt:
        found.interrupted = True
    return found


def _enumerate(
    whole: NDArray[np.object_],
    scale: int,
    last: int,
    search: Search,
    within: Collection[tuple[int, ...]] | None,
    found: Vertices,
) -> None:
    """Find the vertices with supports of up to ``last`` rows."""
    table = np.frompyfunc(lambda value: value / scale, 1, 1)(whole).astype(float)
    values: list[int] = whole.ravel().tolist()
    order = {value: rank for rank, value in enumerate(sorted(set(values)))}
    ranks = np.array([order[value] for value in values], dtype=np.int64).reshape(whole.shape)
    pairs = _Pairs(whole, found, search)
    for size in range(1, last + 1):
        row_sets = _subsets(len(whole), size) if within is None else _subsets_within(within, size)
        for rows, columns in _pairs(ranks, row_sets):
            candidate, regular = _filter(table, rows, columns)
            for chosen in (candidate & regular, candidate & ~regular):
                pairs.decide(rows[chosen], columns[chosen])
            if search.expired:
                return
        found.largest = size
    found.finished = last == min(whole.shape)


def _pairs(ranks: NDArray[np.int64], row_sets: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield batches of pairs of row sets and equally large column sets, without columns that cannot be needed."""
    n, size = ranks.shape[1], row_sets.shape[1]
    column_sets = _subsets(n, size)
    step = max(1, _CHUNK // max(size * n * n, size * len(column_sets)))
    for start in range(0, len(row_sets), step):
        rows = row_sets[start : start + step]
        block = ranks[rows]
        # beats[s, j, l]: on row set s, column l pays at least as much as j everywhere.
        beats = _all(block[:, :, None, :] >= block[:, :, :, None], 1)
        equal: Bools = beats & beats.transpose(0, 2, 1)
        needed = _all(~(beats & ~equal | np.tril(equal, -1)), 2)
        which, what = np.nonzero(_all(needed[:, column_sets], 2))
        batch = max(1, _CHUNK // (size * (size + n)))
        for first in range(0, len(which), batch):
            part = slice(first, first + batch)
            yield rows[which[part]], column_sets[what[part]]


def _all(truths: Bools, axis: int) -> Bools:
    return np.asarray(truths.all(axis=axis))


def _subsets(count: int, size: int) -> Ints:
    return np.array(list(combinations(range(count), size)), dtype=np.intp).reshape(-1, size)


def _subsets_within(within: Collection[tuple[int, ...]], size: int) -> Ints:
    subsets = {subset for members in within for subset in combinations(members, size)}
    return np.array(sorted(subsets), dtype=np.intp).reshape(-1, size)


def _filter(table: Floats, rows: Ints, columns: Ints) -> tuple[Bools, Bools]:
    """Return which pairs may give a vertex, and which systems are proved regular.

    A pair that is not a candidate is proved to give none.
    """
    size = rows.shape[1]
    systems = table[rows[:, :, None], columns[:, None, :]]
    inverses, solvable = _inverses(systems)
    x = inverses.sum(axis=1)
    # Entries of the table lie in [1, 2] and carry half a unit of rounding; c bounds that and a sum of `size` products.
    c = (size + 4) * np.finfo(float).eps
    total = np.abs(x).sum(axis=1)
    growth = np.abs(inverses).sum(axis=1).max(axis=1)
    defect = np.abs(np.eye(size) - systems @ inverses).sum(axis=1).max(axis=1) + 2 * size * c * growth
    residual = np.abs(1 - np.einsum("bs,bsj->bj", x, systems)).max(axis=1) + c * (2 * total + 1)
    regular = solvable & (defect < 0.5)
    error = np.where(regular, residual * growth / np.where(regular, 1 - defect, 1.0), np.inf)
    candidate = ~regular | (x > -error[:, None]).all(axis=1)
    kept = np.flatnonzero(candidate & regular)
    values = np.einsum("bs,bsj->bj", x[kept], table[rows[kept]]).max(axis=1, initial=0)
    candidate[kept] = values <= 1 + 2 * size * error[kept] + c * (2 * total[kept] + 1)
    return candidate, regular


def _inverses(systems: Floats) -> tuple[Floats, Bools]:
    """Return approximate inverses, and where there are any."""
    sign, _ = np.linalg.slogdet(systems)
    solvable: Bools = sign != 0
    systems = np.where(solvable[:, None, None], systems, np.eye(systems.shape[1]))
    try:
        return np.linalg.inv(systems).astype(np.float64), solvable
    except np.linalg.LinAlgError:
        # Nothing is claimed about this batch: all of it is decided exactly.
        return np.zeros(systems.shape), np.zeros(len(systems), dtype=bool)


class _Pairs:
    """Decides about pairs exactly, and each vertex only once, until time is up; pure strategies take next to none."""

    def __init__(self, whole: NDArray[np.object_], vertices: Vertices, search: Search) -> None:
        self.table: list[list[int]] = whole.tolist()
        self.vertices, self.search = vertices, search
        self.known: dict[tuple[int, ...], list[set[int]]] = {}

    def decide(self, rows: Ints, columns: Ints) -> None:
        for support, tight in zip(rows.tolist(), columns.tolist(), strict=True):
            known = self.known.setdefault(tuple(support), [])
            # Columns that are all tight at a known vertex with this support fix that vertex, or nothing.
            if not any(best.issuperset(tight) for best in known):
                if len(support) > 1 and self.search.expired:
                    return
                self._solve(tuple(support), tight, known)

    def _solve(self, support: tuple[int, ...], tight: list[int], known: list[set[int]]) -> None:
        lines = [self.table[a] for a in support]
        solved = solve([[*(line[j] for line in lines), 1] for j in tight])
        if solved is None or min(solved[0]) <= 0:
            return
        weights, level = solved
        values = [sum(p * u for p, u in zip(weights, column, strict=True)) for column in zip(*lines, strict=True)]
        if max(values) > level:
            return
        best = [j for j, value in enumerate(values) if value == level]
        known.append(set(best))
        self.vertices.found.append(Vertex(support, tuple(best), tuple(weights), level))
