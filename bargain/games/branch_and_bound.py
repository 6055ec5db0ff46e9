r"""The largest weighted sum of payoffs, and all deals near it, by branch and bound.

For levers that are linked so densely that elimination does not fit into memory, as when every pair of ten interacts.
Deals that cannot be improved by one lever give a first value; a depth-first search then proves it, or finds better
(:mod:`bargain.games.branch_and_bound_kernels`).  Bounds are computed in floats with a margin for their rounding; whole
numbers too large for that are compared once more without rounding, among the deals within the margin.  A search that
grows too large, or runs out of time, raises an error that says what is proven.  Source: Lawler and Wood (1966).
Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.effort import OutOfTimeError, current, interrupt
from bargain.errors import LimitError
from bargain.games.branch_and_bound_kernels import DONE, FULL, STOPPED, ascend, search, worth
from bargain.games.elimination import Eliminated
from bargain.games.pairwise_form import Masks, Terms, merged_levers, pairwise_form

__all__ = ["BranchAndBound", "Branched"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MOST_PARTS = 1_000_000_000
"""Parts of deals that one search looks at: about a minute."""

MOST_DEALS = 2_000_000
"""Deals that one search lists."""

PARTS_AT_ONCE = 1_000_000
"""After so many parts, some hundredths of a second, the clock is looked at, and a user can interrupt."""

OVERDUE = 3
"""A search ended, beside the reasons that its kernel has, because time was up."""

_MOST_BITS = 400
"""Larger whole numbers are divided before they become floats."""

_STARTS = 64
_EPSILON = float(np.finfo(float).eps)
_LEAST = -float(np.finfo(float).max)
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Branched(Eliminated):
    """The largest values for b vectors of weights, with a deal (b, L) that reaches each."""

    weights: NDArray[Any]
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What a search reads for one vector of weights; ``size`` is what rounding is relative to.

    All numbers are weighted payoffs over 2 to the power ``exponent``.
    """

    constant: float
    single: Floats
    pair: Floats
    share: Floats
    size: float
    slack: float
    exponent: int


class BranchAndBound:
    """Branch and bound over the levers of a set of deals; takes the place of an elimination.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    terms : sequence of (levers, array)
        Payoffs of shape (n, levels of those levers).
    masks : sequence of (levers, array of bool)
        Which combinations are allowed.

    Raises
    ------
    LimitError
        A term reads so many levers that the tables would not fit.
    """

    def __init__(self, sizes: Sequence[int], terms: Terms, masks: Masks) -> None:
        self.sizes, self.terms = tuple(sizes), tuple(terms)
        groups = merged_levers(sizes, [levers for levers, _ in (*terms, *masks)])
        if groups is None:
            raise LimitError("a term reads too many levels for branch and bound; take coarser levels")
        self._exponent = _exponent([payoffs for _, payoffs in terms])
        plain = [(levers, _plain(payoffs, self._exponent)) for levers, payoffs in terms]
        self.form = pairwise_form(sizes, groups, plain, masks)
        self.reach = np.sum([np.abs(payoffs).reshape(len(payoffs), -1).max(axis=1) for _, payoffs in plain], axis=0)
        self._integral = not self._exponent and all(
            bool((payoffs == np.rint(np.asarray(payoffs, float))).all()) for _, payoffs in terms
        )
        self._operations = 2 * len(terms) + 2 * len(self.reach) + 4 * len(sizes) + 8
        random = np.random.default_rng(0)
        counts = self.form.sizes
        self._starts = np.stack([random.integers(0, size, _STARTS) for size in counts], axis=1).astype(np.intp)

    def run(self, weights: NDArray[Any], penalty: Any) -> Branched:
        """Find the largest value for weights of shape (b, n), whose type decides in which numbers values are compared.

        Where no deal is allowed the value is that of the first deal less ``penalty``.
        """
        found = [self._best(row, penalty) for row in weights]
        values = np.array([value for value, _ in found], weights.dtype)
        return Branched(values, (), weights, np.array([row for _, row in found]).reshape(len(weights), -1))

    def deals(self, found: Branched) -> Rows:
        """Return one deal (b, L) with the largest value for each of the weights."""
        return found.rows

    def all_deals(self, found: Branched, limit: int, slack: Any = 0) -> Rows:
        """Return up to ``limit`` deals whose value is within ``slack`` of the largest, for one vector of weights."""
        return self.above(found.weights[0], found.values[0] - slack, limit)

    def count(self, found: Branched, slack: Any = 0) -> int:
        """Return the number of deals within ``slack`` of the largest value, for one vector of weights."""
        return len(self.above(found.weights[0], found.values[0] - slack))

    def above(self, weights: NDArray[Any], least: Any, limit: int | None = None) -> Rows:
        """Return the deals (k, L) with a weighted sum of payoffs of ``least`` or more, up to rounding for floats.

        Parameters
        ----------
        weights : array of shape (n,)
            Weights of payoffs; integers are compared without rounding.
        least : number
            The least value.
        limit : int, optional
            More deals are not wanted; otherwise all are listed.

        Raises
        ------
        LimitError
            There are too many deals, too many parts of deals were looked at, or time was up.
        """
        tables = self._tables(weights)
        aim = _number(least, tables.exponent)
        room = tables.slack + _EPSILON * abs(aim)
        exact = weights.dtype != np.float64
        # Deals that only exact numbers tell apart must all be seen before some are left out.
        blurred = exact and not (self._integral and not tables.exponent and room < 0.25)
        most = MOST_DEALS if limit is None or blurred else limit
        found, why = self._searched(tables, aim - room, 0.0, most)
        rows = self.form.deals(found, len(self.sizes))
        if exact:
            rows = rows[np.array(self.values(weights, rows) >= least, bool)]
        if why == OVERDUE:
            raise OutOfTimeError(
                "time was up before all deals were listed that may be efficient; allow more time, take coarser "
                "levels, or negotiate fewer linked issues at once"
            )
        if why == STOPPED or (why == FULL and (limit is None or len(rows) < limit)):
            what = f"{MOST_DEALS} deals" if why == FULL else f"{MOST_PARTS} parts of deals"
            raise LimitError(
                f"more than {what} may be efficient, so that not all were listed; "
                "take coarser levels, negotiate fewer linked issues at once, or ask for lotteries"
            )
        return rows[:limit]

    def values(self, weights: NDArray[Any], rows: Rows) -> NDArray[Any]:
        """Return the weighted sums of the payoffs of deals (k, L), in the numbers of the weights."""
        total = np.zeros(len(rows), weights.dtype)
        for levers, payoffs in self.terms:
            place: Any = (slice(None), *(rows[:, lever] for lever in levers))
            own = payoffs[place] if levers else np.broadcast_to(payoffs[:, None], (len(payoffs), len(rows)))
            total = total + weights @ _counted(own, weights.dtype)
        return total

    def _best(self, weights: NDArray[Any], penalty: Any) -> tuple[Any, Rows]:
        """Return the largest value and a deal that has it."""
        tables = self._tables(weights)
        whole = self._integral and not tables.exponent and tables.slack < 0.25
        whole = whole and bool((weights == np.rint(weights.astype(float))).all())
        # Nothing lies between whole numbers.
        step = 1.0 - tables.slack if whole else _EPSILON * tables.size + _TINY
        start = self._ascended(tables)
        cut = _LEAST if start is None else worth(tables.single, tables.pair, start[0]) + step
        found, why = self._searched(tables, cut, step, 1)
        if why != DONE:
            error = OutOfTimeError if why == OVERDUE else LimitError
            raise error(self._unfinished(tables, found if len(found) else start, why))
        best = found if len(found) else start
        if best is None:
            return -penalty, np.zeros(len(self.sizes), np.intp)
        rows = self.form.deals(best, len(self.sizes))
        value = self.values(weights, rows)[0]
        if weights.dtype == np.float64 or whole:
            return value, rows[0]
        near = self.above(weights, value)
        values = self.values(weights, near).tolist()
        place = max(range(len(near)), key=values.__getitem__)
        return values[place], near[place]

    def _tables(self, weights: NDArray[Any]) -> _Tables:
        """Return payoffs under weights, and how tables of pairs are split between their levers."""
        exponent, form = _exponent([weights]), self.form
        plain = _plain(weights, exponent)
        size = float(np.abs(plain) @ self.reach) + _TINY
        single = np.where(form.alone, np.tensordot(plain, form.single, 1), -np.inf)
        pair = np.tensordot(plain, form.pair, 1)
        single[np.arange(single.shape[1])[None] >= form.sizes[:, None]] = -np.inf
        real = np.isfinite(single)
        inside = real[:, None, :, None] & real[None, :, None, :] & form.together
        part = _splits(np.where(inside, pair, -4.0 * size))
        count = len(form.sizes)
        share = np.zeros((count + 1, count, single.shape[1]))
        for depth in range(count):
            for lever in range(depth, count):
                share[depth, lever] = sum(part[lever, other] for other in range(depth, count) if other != lever)
        tied = np.where(form.together, pair, -np.inf)
        slack = self._operations * _EPSILON * size
        return _Tables(float(plain @ form.constant), single, tied, share, size, slack, exponent + self._exponent)

    def _ascended(self, tables: _Tables) -> Rows | None:
        """Return a good deal (1, V), or None when no start led to one that is allowed."""
        found, values = ascend(self.form.sizes, tables.single, tables.pair, self._starts)
        best = int(values.argmax())
        return found[best : best + 1] if values[best] > -np.inf else None

    def _searched(self, tables: _Tables, cut: float, step: float, limit: int) -> tuple[Rows, int]:
        """Return what a search finds, (k, V), and why it ended."""
        try:
            return self._stepped(tables, cut, step, limit)
        except KeyboardInterrupt:
            if not interrupt():
                raise
            return np.zeros((0, len(self.form.sizes)), np.intp), OVERDUE

    def _stepped(self, tables: _Tables, cut: float, step: float, limit: int) -> tuple[Rows, int]:
        count, most = tables.single.shape
        alone = np.zeros((count, count, most))
        alone[0] = tables.single
        levels, value, rest = np.full(count, -1), np.zeros(count), np.zeros(count)
        rest[0] = (tables.single + tables.share[0]).max(axis=1)[1:].sum()
        room = max(2 * int(self.form.sizes[-1]), min(limit, 1_000) + int(self.form.sizes[-1]))
        found = np.zeros((room, count), np.intp)
        # The constant is left out of the search.
        cut = max(cut - (tables.constant if step <= 0 else 0.0), _LEAST)
        depth, kept, parts = 0, 0, 0
        while True:
            state = (alone, levels, value, rest, depth, cut, step, found, kept)
            why, depth, cut, kept, more = search(self.form.sizes, tables.pair, tables.share, *state, PARTS_AT_ONCE)
            parts += more
            if why == DONE or (step <= 0 and kept >= limit):
                why = DONE if why == DONE and (step > 0 or kept <= limit) else FULL
                return found[: min(kept, limit)], why
            if parts >= MOST_PARTS:
                return found[:kept], STOPPED
            if current().expired():
                return found[:kept], OVERDUE
            if why == FULL:
                found = np.concatenate([found, np.zeros_like(found)])

    def climbed(self, weights: Floats) -> Rows:
        """Return deals (k, L) that no change of one lever makes better for weights (n,), without a search."""
        tables = self._tables(weights)
        found, values = ascend(self.form.sizes, tables.single, tables.pair, self._starts)
        rows = self.form.deals(found[values > -np.inf], len(self.sizes))
        return np.asarray(np.unique(rows, axis=0))

    def ceiling(self, weights: Floats) -> float:
        """Return a number that no deal's weighted payoffs exceed, for weights (n,), without a search."""
        tables = self._tables(weights)
        return _top(tables) * 2.0**tables.exponent

    def _unfinished(self, tables: _Tables, best: Rows | None, why: int) -> str:
        top = _top(tables)
        known = "no deal was found"
        if best is not None:
            known = f"the best found has {worth(tables.single, tables.pair, best[0]) + tables.constant:.6g}"
        return (
            f"branch and bound stopped {'when time was up' if why == OVERDUE else f'at {MOST_PARTS} parts of deals'}: "
            f"{known}, and no deal has a weighted sum of payoffs above {top:.6g}; take coarser levels or negotiate "
            "fewer linked issues at once"
        )


def _top(tables: _Tables) -> float:
    """Return what no deal is worth more than, before any lever is set."""
    return tables.constant + float((tables.single + tables.share[0]).max(axis=1).sum()) + tables.slack


def _exponent(tables: Sequence[NDArray[Any]]) -> int:
    """Return the power of two by which whole numbers are divided, so that products of them are floats; mostly zero."""
    wide = [table for table in tables if table.dtype == object]
    most = max((int(abs(value)).bit_length() for table in wide for value in table.ravel()), default=0)
    return max(0, most - _MOST_BITS)


def _plain(table: NDArray[Any], exponent: int) -> Floats:
    """Return numbers over 2 to a power as floats."""
    if not exponent:
        return np.asarray(table, float)
    return np.array([_number(value, exponent) for value in table.ravel().tolist()]).reshape(table.shape)


def _number(value: Any, exponent: int) -> float:
    return float(Fraction(value) / 2**exponent) if exponent else float(value)


def _splits(pair: Floats) -> Floats:
    """Return shares (V, V, D) of pairs' tables: that of either lever's level add up to the table's entry or more.

    Each takes half of the most that its level can give, and then no more than the other leaves to it.
    """
    half: Floats = pair.max(axis=3) / 2
    count = len(pair)
    for first in range(count):
        for second in range(first + 1, count):
            half[first, second] = (pair[first, second] - half[second, first][None, :]).max(axis=1)
            half[second, first] = (pair[first, second] - half[first, second][:, None]).max(axis=0)
    return half


def _counted(payoffs: NDArray[Any], kind: Any) -> NDArray[Any]:
    """Return payoffs as numbers of a kind; whole numbers in floats become integers first."""
    if kind == np.float64 or payoffs.dtype == object:
        return payoffs.astype(kind)
    return payoffs.astype(np.int64).astype(kind)
