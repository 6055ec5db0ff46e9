r"""The largest weighted sum of payoffs over all deals, by eliminating one lever after the other.

Each step adds up the tables that read a lever, over the levels of all levers that they read, and keeps the largest
value over the levels of that lever: a table on fewer levers.  Going back through the steps gives a deal that attains
the maximum, and all such deals when every level that attains it is followed.  Many weights are done at once.  Numbers
are floats, 64-bit integers, or Python's integers; the caller sees to it that whole numbers fit.
Source: Bertele and Brioschi (1972); Dechter (1999).  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.elimination_order import EliminationOrder

__all__ = ["Eliminated", "Elimination", "as_kind"]

Rows = NDArray[np.intp]
Table = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What the elimination of one lever adds up: each term with the levers that it reads besides, and masks alike."""

    lever: int
    scope: tuple[int, ...]
    terms: tuple[tuple[tuple[int, ...], Table], ...]
    masks: tuple[tuple[tuple[int, ...], NDArray[np.bool_]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Eliminated:
    """The tables of a finished pass for b vectors of weights: what is needed to find deals.

    ``values`` (b,) are the maxima; ``factors[k]`` are the tables that step k adds up, each with its scope.
    """

    values: Table
    factors: tuple[tuple[tuple[tuple[int, ...], Table], ...], ...]


class Elimination:
    """Variable elimination over the levers of a set of deals.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    plan : EliminationOrder
        The order.
    terms : sequence of (levers, array)
        Payoffs of shape (n, levels of those levers).
    masks : sequence of (levers, array of bool)
        Which combinations are allowed.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        plan: EliminationOrder,
        terms: Sequence[tuple[tuple[int, ...], Table]],
        masks: Sequence[tuple[tuple[int, ...], NDArray[np.bool_]]],
    ) -> None:
        self.sizes = tuple(sizes)
        self.plan = plan
        self._place = {lever: k for k, lever in enumerate(plan.order)}
        self.constant: Any = sum((payoffs for levers, payoffs in terms if not levers), start=0)
        self.never = any(not allowed.all() for levers, allowed in masks if not levers)
        buckets: list[dict[tuple[int, ...], Table]] = [{} for _ in plan.order]
        for levers, payoffs in terms:
            if levers:
                order, turned = self._turned(levers, payoffs, 1)
                mine = buckets[self._place[order[0]]]
                mine[order] = mine[order] + turned if order in mine else turned
        kept: list[dict[tuple[int, ...], NDArray[np.bool_]]] = [{} for _ in plan.order]
        for levers, allowed in masks:
            if levers:
                order, turned = self._turned(levers, allowed, 0)
                mine = kept[self._place[order[0]]]
                mine[order] = mine[order] & turned if order in mine else turned
        self.steps = tuple(
            _Step(lever, scope, _rest(bucket), _rest(limits))
            for lever, scope, bucket, limits in zip(plan.order, plan.scopes, buckets, kept, strict=True)
        )
        self._converted: dict[Any, list[list[tuple[tuple[int, ...], Table]]]] = {}

    def _turned(self, levers: tuple[int, ...], values: Table, lead: int) -> tuple[tuple[int, ...], Table]:
        """Return the levers in the order of elimination, and the array with its axes in that order."""
        order = sorted(range(len(levers)), key=lambda k: self._place[levers[k]])
        axes = [*range(lead), *(lead + k for k in order)]
        return tuple(levers[k] for k in order), np.ascontiguousarray(values.transpose(axes))

    def _terms(self, kind: Any) -> list[list[tuple[tuple[int, ...], Table]]]:
        if kind not in self._converted:
            self._converted[kind] = [
                [(scope, as_kind(payoffs, kind)) for scope, payoffs in step.terms] for step in self.steps
            ]
        return self._converted[kind]

    def run(self, weights: Table, penalty: Any) -> Eliminated:
        """Eliminate all levers for weights of shape (b, n).

        Parameters
        ----------
        weights : array of shape (b, n)
            Their type decides in which numbers the work is done.
        penalty : number
            What a combination that is not allowed loses: infinity for floats.
        """
        count, kind = len(weights), weights.dtype
        waiting: list[list[tuple[tuple[int, ...], Table]]] = [[] for _ in self.steps]
        values = np.zeros(count, kind)
        if not isinstance(self.constant, int):
            values = values + weights @ as_kind(self.constant, kind)
        if self.never:
            values = values - penalty
        factors = []
        for k, (step, terms) in enumerate(zip(self.steps, self._terms(kind), strict=True)):
            mine = [(scope, np.tensordot(weights, payoffs, 1)) for scope, payoffs in terms]
            mine += [(scope, _penalised(allowed, penalty, kind)) for scope, allowed in step.masks]
            mine += waiting[k]
            if not mine:
                mine = [((), np.zeros((1, self.sizes[step.lever]), kind))]
            factors.append(tuple(mine))
            spread = [self._spread(step, scope, table) for scope, table in sorted(mine, key=_size)]
            largest = reduce(np.add, spread).max(axis=1)
            if step.scope:
                waiting[self._place[step.scope[0]]].append((step.scope[1:], largest))
            else:
                values = values + largest.reshape(-1)
        return Eliminated(values, tuple(factors))

    def _spread(self, step: _Step, scope: tuple[int, ...], table: Table) -> Table:
        """Return a table (b, levels of the lever, levels of its scope) with an axis for every lever of the step."""
        shape = (self.sizes[lever] if lever in scope else 1 for lever in step.scope)
        return table.reshape(len(table), self.sizes[step.lever], *shape)

    def outside(self, found: Eliminated) -> tuple[Table, ...]:
        """Return for every step the largest value of all that is not below it: (b, levels of its scope).

        Added to what a choice of the levers eliminated up to there gives, it is the largest value of any completion,
        constants left out.
        """
        count = len(found.values)
        above: list[Table] = [np.zeros(0)] * len(self.steps)
        waiting: list[list[int]] = [[] for _ in self.steps]
        for k, step in enumerate(self.steps):
            if step.scope:
                waiting[self._place[step.scope[0]]].append(k)
        roots = {
            k: self._total(k, found).max(axis=1).reshape(-1) for k, step in enumerate(self.steps) if not step.scope
        }
        for k in reversed(range(len(self.steps))):
            step = self.steps[k]
            if not step.scope:
                others = [values for root, values in roots.items() if root != k]
                above[k] = reduce(np.add, others, np.zeros(count, found.values.dtype))
            for place, child in enumerate(waiting[k]):
                own = len(found.factors[k]) - len(waiting[k]) + place
                total = self._total(k, found, own) + above[k].reshape(len(above[k]), 1, *above[k].shape[1:])
                axes = tuple(2 + a for a, lever in enumerate(step.scope) if lever not in self.steps[child].scope)
                largest = total.max(axis=axes)
                above[child] = np.broadcast_to(largest, (count, *largest.shape[1:]))
        return tuple(above)

    def _total(self, k: int, found: Eliminated, without: int = -1) -> Table:
        """Return the sum of a step's factors over its lever and the whole of its scope."""
        step = self.steps[k]
        shape = (len(found.values), *(self.sizes[lever] for lever in (step.lever, *step.scope)))
        total = np.zeros(shape, found.values.dtype)
        for place, (scope, table) in enumerate(found.factors[k]):
            if place != without:
                total += self._spread(step, scope, table)
        return total

    def deals(self, found: Eliminated) -> Rows:
        """Return one deal (b, L) with the largest value for each of the weights."""
        count = len(found.values)
        rows = np.zeros((count, len(self.sizes)), np.intp)
        for step, factors in zip(reversed(self.steps), reversed(found.factors), strict=True):
            rows[:, step.lever] = self._levels(factors, rows, np.arange(count)).argmax(axis=1)
        return rows

    def _levels(self, factors: Sequence[tuple[tuple[int, ...], Table]], rows: Rows, which: Rows) -> Table:
        """Return what each level of a step's lever gives, (k, levels), where later levers are set already."""
        total: Any = 0
        for scope, table in factors:
            first = which if len(table) > 1 else np.zeros_like(which)
            place: Any = (first[:, None], np.arange(table.shape[1])[None], *(rows[:, lever, None] for lever in scope))
            total = total + table[place]
        return np.asarray(total)

    def all_deals(self, found: Eliminated, limit: int, slack: Any = 0) -> Rows:
        """Return the deals whose value is within ``slack`` of the largest, for one vector of weights.

        At most ``limit`` of them, each a row of level indices; with slack zero every one attains the maximum. With a
        slack, what is nearest to the maximum is followed first.
        """
        rows = np.zeros((1, len(self.sizes)), np.intp)
        lost = np.zeros(1, found.values.dtype)
        for step, factors in zip(reversed(self.steps), reversed(found.factors), strict=True):
            values = self._levels(factors, rows, np.zeros(len(rows), np.intp))
            short = values.max(axis=1)[:, None] - values + lost[:, None]
            who, level = np.nonzero(short <= slack)
            if len(who) > limit:
                nearest = np.sort(np.argsort(short[who, level], kind="stable")[:limit])
                who, level = who[nearest], level[nearest]
            rows, lost = rows[who], short[who, level]
            rows[:, step.lever] = level
        return rows

    def count(self, found: Eliminated, slack: Any = 0) -> int:
        """Return the number of deals with the largest value, for one vector of weights.

        With a slack, levels that fall short by no more than it count as well.
        """
        waiting: list[list[tuple[tuple[int, ...], Table]]] = [[] for _ in self.steps]
        total = 1
        for k, (step, factors) in enumerate(zip(self.steps, found.factors, strict=True)):
            values = reduce(np.add, [self._spread(step, *each) for each in sorted(factors, key=_size)])
            ways = (values >= values.max(axis=1, keepdims=True) - slack).astype(object)
            for scope, counted in waiting[k]:
                ways = ways * self._spread(step, scope, counted)
            counted = ways.sum(axis=1)
            if step.scope:
                waiting[self._place[step.scope[0]]].append((step.scope[1:], counted))
            else:
                total *= int(counted.reshape(-1)[0])
        return total


def _rest(bucket: dict[tuple[int, ...], Any]) -> tuple[tuple[tuple[int, ...], Any], ...]:
    return tuple((order[1:], values) for order, values in bucket.items())


def _size(factor: tuple[tuple[int, ...], Table]) -> int:
    return factor[1].size


def _penalised(allowed: NDArray[np.bool_], penalty: Any, kind: Any) -> Table:
    table = np.zeros(allowed.shape, kind)
    table[~allowed] = -penalty
    return table[None]


def as_kind(payoffs: Table, kind: Any) -> Table:
    """Return payoffs as numbers of a kind; whole numbers in floats become integers first, so that sums stay exact."""
    whole = np.dtype(kind) == object and payoffs.dtype != object
    return payoffs.astype(np.int64).astype(kind) if whole else payoffs.astype(kind)
