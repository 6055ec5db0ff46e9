r"""Which rows of a table does another single row beat?  Exact comparisons only, in a few vectorised passes.

Row :math:`b` *strictly* dominates row :math:`a` when it is larger in every column, and *weakly* when it is nowhere
smaller and somewhere larger.  Most pairs are refuted by a few columns, so that a thousand rows are compared in
milliseconds:

1. a row that is (strictly; for weak dominance: alone) the best one in some column is not dominated;
2. the rows with the largest sums are tried on all others, because they dominate most;
3. the remaining pairs of a row and a rival that nothing dominates so far are sieved by the columns in which the row
   comes nearest to the best one, out of some columns in scattered order, then by all of these;
4. what remains is compared in full, one rival per row at a time.

Tested against the comparison of all pairs in all columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dominated", "dominated_rows", "may_be_dominated"]

Table = NDArray[Any]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_SMALL = 50_000
"""Comparisons up to which all pairs are compared at once."""

_CHAMPIONS = 6
"""Rows that are tried on all others."""

_PROBES = 96
_OWN = 4
"""Columns that are compared before whole rows are, and how many of them are chosen for every row."""

_STAGE = 6
"""Columns of the first stage in which the remaining pairs are compared; the stages double."""

_BLOCK = 128
"""Rows whose rivals are looked at together."""


class Dominated(NamedTuple):
    """Dominated rows in increasing order, and for each of them a row that dominates it."""

    rows: Ints
    by: Ints


def dominated_rows(table: Table, weak: bool = False) -> Dominated:
    """Return all rows that another row dominates.

    Parameters
    ----------
    table : array of shape (k, c)
        Numbers that compare exactly: floats or ints.
    weak : bool
        Whether weak dominance is asked for.

    Examples
    --------
    >>> dominated_rows(np.array([[3, 1], [0, 4], [2, 0]]))
    Dominated(rows=array([2]), by=array([0]))
    """
    if weak:
        return _of_distinct_rows(table)
    return _dominated(table, weak)


def may_be_dominated(table: Table, weak: bool = False) -> Ints:
    """Return the rows that no column shows to be undominated, by mixtures of rows either.

    A row that is the best one in some column is not strictly dominated; one that is alone the best is not weakly.
    """
    best = table == table.max(axis=0)
    if weak:
        best &= best.sum(axis=0) == 1
    return np.flatnonzero(~best.any(axis=1))


def _of_distinct_rows(table: Table) -> Dominated:
    """Return the weakly dominated rows; equal rows are looked at once, since neither dominates the other."""
    first: dict[bytes, int] = {}
    # Equal rows have equal sums, so that rows with a sum of their own need not be looked at.
    _, place, count = np.unique(_sums(table), return_inverse=True, return_counts=True)
    shared = (count[place] > 1).tolist()
    # Adding zero makes one zero of the two that floats have.
    group = [first.setdefault((row + 0).tobytes(), a) if shared[a] else a for a, row in enumerate(table)]
    kept = np.unique(np.array(group, dtype=np.intp))
    found = _dominated(table if len(kept) == len(table) else table[kept], True)
    beaten = dict(zip(kept[found.rows].tolist(), kept[found.by].tolist(), strict=True))
    rows = [a for a, leader in enumerate(group) if leader in beaten]
    by = [beaten[group[a]] for a in rows]
    return Dominated(np.array(rows, dtype=np.intp), np.array(by, dtype=np.intp))


def _dominated(table: Table, weak: bool) -> Dominated:
    """Return the dominated rows of a table; for weak dominance its rows are distinct."""
    beats = np.greater_equal if weak else np.greater
    k, c = table.shape
    winner = np.full(k, -1, dtype=np.intp)
    if k * k * c <= _SMALL:
        above: Bools = np.asarray(beats(table[:, None, :], table[None, :, :]).all(axis=2))
        above[np.arange(k), np.arange(k)] = False
        some = above.any(axis=0)
        winner[some] = above.argmax(axis=0)[some]
    else:
        _decide(table, beats, may_be_dominated(table, weak), winner)
    rows = np.flatnonzero(winner >= 0)
    return Dominated(rows, winner[rows])


def _decide(table: Table, beats: np.ufunc, open_rows: Ints, winner: Ints) -> None:
    """Note for every open row that is dominated a row that dominates it."""
    # Neighbouring columns are alike in games made of issues, so the probes are scattered, always in the same way.
    order = np.random.default_rng(0).permutation(table.shape[1])[:_PROBES]
    probes = np.ascontiguousarray(table[:, order])
    # Rounded sums in one and the same order respect dominance: who dominates has no smaller sum.
    sums = _sums(table)
    strongest = np.argsort(-sums, kind="stable")
    for champion in strongest[:_CHAMPIONS]:
        if winner[champion] < 0:
            weaker = open_rows[open_rows != champion]
            weaker = weaker[beats(probes[champion], probes[weaker]).all(axis=1)]
            weaker = weaker[_all_columns(table, beats, np.full(weaker.size, champion), weaker)]
            winner[weaker] = champion
            open_rows = open_rows[winner[open_rows] < 0]
    rivals = strongest
    open_rows = open_rows[np.argsort(-sums[open_rows], kind="stable")]
    for start in range(0, open_rows.size, _BLOCK):
        block = open_rows[start : start + _BLOCK]
        # What a dominated row dominates, an undominated one dominates too.
        rivals = rivals[winner[rivals] < 0]
        stronger = rivals[sums[rivals] >= sums[block[-1]]]
        _settle(table, beats, _sieve(probes, beats, block, stronger), winner)


def _sums(table: Table) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        sums: NDArray[np.float64] = table.sum(axis=1, dtype=float)
    if not np.isfinite(sums).all():
        sums = (table * 2.0**-40).sum(axis=1)
    return sums


def _sieve(probes: Table, beats: np.ufunc, open_rows: Ints, rivals: Ints) -> tuple[Ints, Ints]:
    """Return pairs of an open row and a rival that beats it in all probes, grouped by rows, strong rivals first."""
    by_column = np.ascontiguousarray(probes[rivals].T)
    passed = np.ones((open_rows.size, rivals.size), dtype=bool)
    for column in _nearest(probes, open_rows):
        passed &= beats(by_column[column], probes[open_rows, column][:, None])
    which, what = np.divmod(np.flatnonzero(passed), rivals.size)
    low, high = open_rows[which], rivals[what]
    others = low != high
    low, high = low[others], high[others]
    start, width = 0, _STAGE
    while start < probes.shape[1] and low.size:
        part = slice(start, start + width)
        stays = beats(probes[high, part], probes[low, part]).all(axis=1)
        low, high, start, width = low[stays], high[stays], start + width, 2 * width
    return low, high


def _nearest(probes: Table, rows: Ints) -> Iterator[Ints]:
    """Yield columns for every row, in which it comes nearest to the best row: few rivals beat it there."""
    with np.errstate(over="ignore"):
        lag = np.asarray(probes.max(axis=0) - probes[rows], dtype=float)
    for _ in range(min(_OWN, probes.shape[1])):
        column = lag.argmin(axis=1)
        lag[np.arange(rows.size), column] = np.inf
        yield column


def _settle(table: Table, beats: np.ufunc, pairs: tuple[Ints, Ints], winner: Ints) -> None:
    """Compare the pairs in full, one rival per row at a time, and note the first that dominates."""
    low, high = pairs
    while low.size:
        first = np.flatnonzero(np.append(True, low[1:] != low[:-1]))
        won = _all_columns(table, beats, high[first], low[first])
        winner[low[first[won]]] = high[first[won]]
        stays = winner[low] < 0
        stays[first] = False
        low, high = low[stays], high[stays]


def _all_columns(table: Table, beats: np.ufunc, high: Ints, low: Ints) -> Bools:
    """Return for every pair of rows whether the first beats the second in all columns."""
    if high.size and (high == high[0]).all():
        high = high[:1]
    if table.flags.c_contiguous:
        found: Bools = beats(table[high], table[low]).all(axis=1)
    else:
        columns = table.T
        found = beats(columns[:, high], columns[:, low]).all(axis=0)
    return found
