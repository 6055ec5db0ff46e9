"""Payoffs as sums over single levers and pairs of levers, in tables that a compiled search can read.

Levers that a term of three or more reads are merged into one with a level for every combination of theirs, until each
term reads two at most.  Levers stand in the order in which a search sets them: next comes the one most tied to those
before.  Tested against the sums of terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairwiseForm", "merged_levers", "pairwise_form", "tables_size"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Rows = NDArray[np.intp]
Terms = Sequence[tuple[tuple[int, ...], Any]]
Masks = Sequence[tuple[tuple[int, ...], Booleans]]

_MOST_LEVELS = 1_024
"""Levels that a merged lever may have."""

_MOST_ENTRIES = 4_000_000
"""Entries of the tables of all pairs, for one vector of weights."""


@dataclass(frozen=True, slots=True, eq=False)
class PairwiseForm:
    """Tables of V merged levers with up to D levels, for n players.

    ``groups`` are the levers merged into each and ``sizes`` the number of its levels; ``single`` (n, V, D) and ``pair``
    (n, V, V, D, D) are payoffs, each pair both ways, zero beyond a lever's levels; ``alone`` and ``together`` say what
    is allowed.
    """

    groups: tuple[tuple[int, ...], ...]
    shapes: tuple[tuple[int, ...], ...]
    sizes: Rows
    constant: Floats
    single: Floats
    pair: Floats
    alone: Booleans
    together: Booleans

    def deals(self, rows: Rows, num_levers: int) -> Rows:
        """Return deals (k, L) for levels of the merged levers (k, V)."""
        found = np.zeros((len(rows), num_levers), np.intp)
        for column, (levers, shape) in enumerate(zip(self.groups, self.shapes, strict=True)):
            found[:, levers] = np.stack(np.unravel_index(rows[:, column], shape), axis=1)
        return found


def merged_levers(sizes: Sequence[int], reads: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...] | None:
    """Return levers grouped so that every term and mask reads two groups at most; None when that takes too many levels.

    Examples
    --------
    >>> merged_levers((2, 3, 4), [(0, 1, 2), (0, 2)])
    ((0, 1), (2,))
    """
    groups: list[tuple[int, ...]] = [(lever,) for lever in range(len(sizes))]
    for levers in sorted(reads, key=len):
        while len(mine := [group for group in groups if set(group) & set(levers)]) > 2:
            first, second = sorted(mine, key=lambda group: (prod(sizes[k] for k in group), group))[:2]
            groups = [group for group in groups if group not in (first, second)]
            groups.append(tuple(sorted(first + second)))
    groups.sort()
    most = max((prod(sizes[k] for k in group) for group in groups), default=1)
    if not groups or most > max(_MOST_LEVELS, *sizes) or (len(groups) * most) ** 2 > _MOST_ENTRIES:
        return None
    return tuple(groups)


def tables_size(sizes: Sequence[int], reads: Sequence[tuple[int, ...]]) -> int:
    """Return the number of entries of the tables of one player; very large where levers cannot be merged."""
    groups = merged_levers(sizes, reads)
    if groups is None:
        return 2**62
    return int((len(groups) * max(prod(sizes[k] for k in group) for group in groups)) ** 2)


def pairwise_form(sizes: Sequence[int], groups: Sequence[tuple[int, ...]], terms: Terms, masks: Masks) -> PairwiseForm:
    """Return the tables of a set of deals.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    groups : sequence of tuples
        What :func:`merged_levers` gives.
    terms : sequence of (levers, array)
        Payoffs of shape (n, levels of those levers).
    masks : sequence of (levers, array of bool)
        Which combinations are allowed.
    """
    groups = _in_order(sizes, groups, terms)
    shapes = [tuple(sizes[lever] for lever in group) for group in groups]
    counts = np.array([prod(shape) for shape in shapes], np.intp)
    players, count, most = len(terms[0][1]), len(groups), int(counts.max())
    constant = np.zeros(players)
    single = np.zeros((players, count, most))
    pair = np.zeros((players, count, count, most, most))
    alone = np.ones((count, most), bool)
    together = np.ones((count, count, most, most), bool)
    for levers, payoffs in terms:
        places, table = _spread(levers, np.asarray(payoffs, float), groups, shapes)
        if not places:
            constant += table.reshape(players)
        elif len(places) == 1:
            single[:, places[0], : table.shape[1]] += table
        else:
            (i, j), (_, a, b) = places, table.shape
            pair[:, i, j, :a, :b] += table
            pair[:, j, i, :b, :a] += table.transpose(0, 2, 1)
    for levers, allowed in masks:
        places, table = _spread(levers, np.asarray(allowed, bool)[None], groups, shapes)
        if not places:
            alone &= bool(table.all())
        elif len(places) == 1:
            alone[places[0], : table.shape[1]] &= table[0]
        else:
            (i, j), (_, a, b) = places, table.shape
            together[i, j, :a, :b] &= table[0]
            together[j, i, :b, :a] &= table[0].T
    return PairwiseForm(tuple(groups), tuple(shapes), counts, constant, single, pair, alone, together)


def _spread(
    levers: tuple[int, ...], table: Any, groups: Sequence[tuple[int, ...]], shapes: Sequence[tuple[int, ...]]
) -> tuple[list[int], Any]:
    """Return the merged levers that a table is about, and it with one axis for each of them."""
    places = [k for k, group in enumerate(groups) if set(group) & set(levers)]
    order = sorted(range(len(levers)), key=lambda k: [(p, levers[k]) for p in places if levers[k] in groups[p]])
    turned = table.transpose(0, *(1 + k for k in order))
    full = [size for p in places for size in shapes[p]]
    inner = [size if lever in levers else 1 for p in places for lever, size in zip(groups[p], shapes[p], strict=True)]
    spread = np.broadcast_to(turned.reshape(len(table), *inner), (len(table), *full))
    return places, spread.reshape(len(table), *(prod(shapes[p]) for p in places))


def _in_order(sizes: Sequence[int], groups: Sequence[tuple[int, ...]], terms: Terms) -> list[tuple[int, ...]]:
    """Return the merged levers in the order of the search."""
    ties = np.zeros((len(groups), len(groups)))
    for levers, payoffs in terms:
        places = [k for k, group in enumerate(groups) if set(group) & set(levers)]
        if len(places) == 2:
            table = np.asarray(payoffs, float).reshape(len(payoffs), -1)
            # Every player counts alike, whatever the unit of the payoffs.
            ties[places[0], places[1]] += (np.ptp(table, axis=1) > 0).mean()
            ties[places[1], places[0]] = ties[places[0], places[1]]
    chosen: list[int] = []
    left = list(range(len(groups)))
    while left:
        before = ties[:, chosen].sum(axis=1)
        chosen.append(max(left, key=lambda k: (before[k], ties[k].sum(), -prod(sizes[a] for a in groups[k]), -k)))
        left.remove(chosen[-1])
    return [groups[k] for k in chosen]
