r"""All Pareto-efficient deals of linked levers, by eliminating one lever after the other.

As in variable elimination, but every entry of a table holds the payoff vectors that are efficient given the levels of
the levers that are still to come, instead of one number: a deal is efficient only when each of its parts is.  A part is
also dropped when no completion of it can matter; what its completions can reach at most is known from the support
function in several directions.  Equal payoff vectors are kept as one with many ways to reach it.
Source: Rollon and Larrosa (2006), "Bucket elimination for multiobjective optimization problems".  Tested against
enumeration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.elimination import Elimination
from bargain.games.grouped_pareto import undominated_in_groups

if TYPE_CHECKING:
    from bargain.games.support_function import SupportFunction

__all__ = ["LinkedDeals", "Outlook", "efficient_linked_deals", "shifted_points"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_CHUNK = 1_000_000
"""Sums of payoff vectors that are formed at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Which parts of deals may matter.

    ``directions`` (b, n) are weights in ``units``; ``keep`` is given the most that any completion of each of k parts
    reaches in these directions, (k, b), and says which parts stay.
    """

    directions: Floats
    keep: Callable[[Floats], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class _Message:
    """Payoff vectors (k, n) by the levels of the levers in ``scope``: those of group g are rows starts[g]:starts[g+1].

    ``sizes`` (k, n) are sums of absolute terms, what rounding is relative to (no columns where nothing is rounded).
    Row k is reached by the ways ``ways[k]:ways[k + 1]``; a way joins row ``left`` of the first message below with row
    ``right`` of the second, or takes level ``right`` of the lever that is eliminated.
    """

    scope: tuple[int, ...]
    points: NDArray[Any]
    sizes: Floats
    starts: Rows
    ways: Rows
    left: Rows
    right: Rows
    lever: int | None
    below: tuple[_Message, ...]


class LinkedDeals:
    """Distinct efficient payoff vectors ``points`` (k, n), in ``units``, and the deals that reach them."""

    def __init__(self, last: _Message, num_levers: int) -> None:
        self._last = last
        self._num_levers = num_levers

    @property
    def points(self) -> NDArray[Any]:
        """The payoff vectors."""
        return self._last.points

    @property
    def sizes(self) -> Floats:
        """What the rounding of each payoff is relative to."""
        last = self._last
        return last.sizes if last.sizes.shape[1] else np.zeros(last.points.shape)

    def shifted(self, base: Sequence[int] | None, wide: bool) -> LinkedDeals:
        """Return the same deals with payoffs that are larger by ``base``, as Python's integers where it is ``wide``."""
        if base is None:
            return self
        return LinkedDeals(replace(self._last, points=shifted_points(self.points, base, wide)), self._num_levers)

    @cached_property
    def _counts(self) -> dict[tuple[int, int], int]:
        return {}

    def count(self, row: int) -> int:
        """Return the number of deals that reach a payoff vector."""
        return self._count(self._last, row)

    def _count(self, message: _Message, row: int) -> int:
        key = (id(message), row)
        if not message.below:
            return 1
        if key not in self._counts:
            total = 0
            for way in range(message.ways[row], message.ways[row + 1]):
                ways = self._count(message.below[0], int(message.left[way]))
                total += (
                    ways if message.lever is not None else ways * self._count(message.below[1], int(message.right[way]))
                )
            self._counts[key] = total
        return self._counts[key]

    def deals_of(self, row: int, limit: int) -> Rows:
        """Return up to ``limit`` deals (m, L) that reach a payoff vector."""
        return self._deals(self._last, row, limit)

    def _deals(self, message: _Message, row: int, limit: int) -> Rows:
        if not message.below:
            return np.zeros((1, self._num_levers), np.intp)
        parts: list[Rows] = []
        missing = limit
        for way in range(message.ways[row], message.ways[row + 1]):
            found = self._deals(message.below[0], int(message.left[way]), missing)
            if message.lever is not None:
                found = found.copy()
                found[:, message.lever] = message.right[way]
            else:
                other = self._deals(message.below[1], int(message.right[way]), missing)
                # Levers that are not set yet stand at zero, so that deals of disjoint levers add up.
                found = (found[:, None] + other[None]).reshape(-1, self._num_levers)[:missing]
            parts.append(found)
            missing -= len(found)
            if missing <= 0:
                break
        return np.concatenate(parts)


def shifted_points(points: NDArray[Any], base: Sequence[int], wide: bool) -> NDArray[Any]:
    """Return whole numbers that are larger by ``base``: in floats, or as Python's integers where it is ``wide``."""
    if not wide:
        return np.asarray(points + np.array(base, points.dtype))
    # A part that varies little is counted in floats, which cannot hold its sums with parts that vary much.
    whole = np.vectorize(int, otypes=[object])(points) if points.size else points.astype(object)
    return np.asarray(whole + np.array([int(value) for value in base], object))


def efficient_linked_deals(
    support: SupportFunction, margin: Floats, outlook: Outlook | None = None, most_rows: int | None = None
) -> LinkedDeals:
    """Return the efficient deals among those that an outlook keeps.

    Parameters
    ----------
    support : SupportFunction
        Of the deals, by elimination.
    margin : array of shape (n,)
        How much more (in ``units``) a player must get before it counts; zero for exact payoffs.
    outlook : Outlook, optional
        Which parts of deals may matter; all by default.
    most_rows : int, optional
        Parts of deals that may be looked at.

    Raises
    ------
    LimitError
        The payoff vectors do not fit into memory, or too many parts would be looked at.
    """
    engine = support.engine
    above: tuple[Any, ...] = ()
    if outlook is not None:
        above = engine.outside(engine.run(np.asarray(outlook.directions, float), np.inf))
    return _Sweep(support, engine, margin, outlook, above, most_rows).run()


class _Sweep:
    def __init__(
        self,
        support: SupportFunction,
        engine: Elimination,
        margin: Floats,
        outlook: Outlook | None,
        above: tuple[Any, ...],
        most_rows: int | None,
    ) -> None:
        self.rows_left = most_rows
        self.engine, self.margin, self.outlook, self.above = engine, margin, outlook, above
        self.sizes = support.deals.sizes
        self.wide = support.units.kind == "wide"
        self.grain = support.units.kind == "float"
        self.num_players = support.deals.num_players
        self.bytes_left = support.deals.memory_limit
        self.place = {lever: k for k, lever in enumerate(engine.plan.order)}
        self.constant = engine.constant

    def run(self) -> LinkedDeals:
        waiting: list[list[_Message]] = [[] for _ in self.engine.steps]
        roots: list[_Message] = []
        for k, step in enumerate(self.engine.steps):
            below = sorted(waiting[k], key=lambda message: len(message.points))
            waiting[k] = []
            message = below[0] if below else self._nothing()
            for other in below[1:]:
                message = self._joined(message, other)
            message = self._eliminated(k, message)
            (waiting[self.place[step.scope[0]]] if step.scope else roots).append(message)
        last = roots[0] if roots else self._nothing()
        # What the trees of levers that are not joined yet can add at most.
        alone = [self._most(root.points).max(axis=0, initial=-np.inf) for root in roots]
        for k, other in enumerate(roots[1:], 2):
            last = self._joined(last, other, np.sum(alone[k:], axis=0))
        shifted = last.points + self.constant if len(last.points) else last.points
        sizes = last.sizes + np.abs(self.constant) if self.grain else last.sizes
        kept = _Message((), shifted, sizes, last.starts, last.ways, last.left, last.right, last.lever, last.below)
        return LinkedDeals(kept, len(self.sizes))

    def _nothing(self) -> _Message:
        zero = np.zeros((1, self.num_players), object if self.wide else float)
        one = np.arange(2)
        none = np.zeros((1, self.num_players if self.grain else 0))
        return _Message((), zero, none, one, one, np.zeros(1, np.intp), np.zeros(1, np.intp), None, ())

    def _groups(self, scope: tuple[int, ...], message: _Message) -> Rows:
        """Return for every combination of levels of ``scope`` the group of a message that it belongs to."""
        inner = [self.sizes[lever] for lever in message.scope]
        shape = [self.sizes[lever] if lever in message.scope else 1 for lever in scope]
        numbers = np.arange(int(np.prod(inner, dtype=object))).reshape(inner)
        axes = sorted(range(len(inner)), key=lambda a: scope.index(message.scope[a]))
        turned = numbers.transpose(axes).reshape(shape)
        return np.broadcast_to(turned, [self.sizes[lever] for lever in scope]).ravel()

    def _most(self, points: NDArray[Any]) -> Floats:
        if self.outlook is None:
            return np.zeros((len(points), 0))
        return np.asarray(points.astype(float) @ self.outlook.directions.T)

    def _joined(self, first: _Message, second: _Message, rest: Floats | None = None) -> _Message:
        """Return the efficient sums of two messages; with ``rest``, those that may matter when so much is added."""
        scope = tuple(sorted({*first.scope, *second.scope}, key=self.place.__getitem__))
        one, two = self._groups(scope, first), self._groups(scope, second)
        many, times = np.diff(first.starts)[one], np.diff(second.starts)[two]
        parts = []
        for low, high in _chunks(many * times):
            count = (many * times)[low:high]
            group = np.repeat(np.arange(low, high), count)
            inside = np.arange(len(group)) - np.repeat(np.cumsum(count) - count, count)
            left, right = np.divmod(inside, times[group])
            left, right = left + first.starts[one[group]], right + second.starts[two[group]]
            points = first.points[left] + second.points[right]
            sizes = first.sizes[left] + second.sizes[right]
            if self.outlook is not None and rest is not None:
                kept = self.outlook.keep(self._most(points + self.constant) + rest)
                points, sizes = points[kept], sizes[kept]
                group, left, right = group[kept], left[kept], right[kept]
            parts.append(self._efficient(points, sizes, group, left, right))
        return self._message(scope, parts, len(one), None, (first, second))

    def _eliminated(self, k: int, message: _Message) -> _Message:
        """Add a step's own terms to a message, and take the efficient vectors over the levels of its lever."""
        step = self.engine.steps[k]
        full = (step.lever, *step.scope)
        shape = [self.sizes[lever] for lever in full]
        own, own_sizes = self._own_terms(k, shape)
        inner = self._groups(full, message)
        allowed = self._allowed(k, shape)
        count = np.where(allowed, np.diff(message.starts)[inner], 0)
        total = len(inner) // shape[0]
        # Rows are formed scope by scope, so that all levels of the lever meet in one chunk.
        by_scope = np.arange(len(inner)).reshape(shape[0], total).T
        parts = []
        for low, high in _chunks(count[by_scope].sum(axis=1)):
            cells = by_scope[low:high].ravel()
            many = count[cells]
            cell = np.repeat(cells, many)
            inside = np.arange(len(cell)) - np.repeat(np.cumsum(many) - many, many)
            left = message.starts[inner[cell]] + inside
            level, group = np.divmod(cell, total)
            points = message.points[left] + own[cell]
            sizes = message.sizes[left] + (own_sizes[cell] if self.grain else 0)
            if self.outlook is not None:
                most = self._most(points + self.constant)
                most += self.above[k].reshape(len(self.above[k]), -1)[:, group].T
                kept = self.outlook.keep(most)
                points, sizes = points[kept], sizes[kept]
                group, left, level = group[kept], left[kept], level[kept]
            parts.append(self._efficient(points, sizes, group, left, level))
        return self._message(step.scope, parts, total, step.lever, (message,))

    def _own_terms(self, k: int, shape: list[int]) -> tuple[NDArray[Any], Floats]:
        """Return a step's terms added up over its lever and scope, (cells, n), and the sums of their sizes."""
        step = self.engine.steps[k]
        total = np.zeros((self.num_players, *shape), object if self.wide else float)
        sizes = np.zeros((self.num_players, *shape) if self.grain else 0)
        for scope, payoffs in step.terms:
            inner = (self.sizes[lever] if lever in scope else 1 for lever in step.scope)
            spread = payoffs.reshape(self.num_players, shape[0], *inner)
            total = total + spread
            sizes = sizes + np.abs(spread) if self.grain else sizes
        return total.reshape(self.num_players, -1).T, sizes.reshape(self.num_players, -1).T

    def _allowed(self, k: int, shape: list[int]) -> NDArray[np.bool_]:
        step = self.engine.steps[k]
        total = np.ones(shape, bool)
        for scope, mask in step.masks:
            inner = (self.sizes[lever] if lever in scope else 1 for lever in step.scope)
            total = total & mask.reshape(shape[0], *inner)
        return total.ravel() if not self.engine.never else np.zeros(total.size, bool)

    def _efficient(self, points: NDArray[Any], sizes: Floats, group: Rows, left: Rows, right: Rows) -> tuple[Any, ...]:
        if self.rows_left is not None:
            self.rows_left -= len(points)
            if self.rows_left < 0:
                raise LimitError("too many parts of deals may matter")
        keys = _ranks(points) if self.wide else points
        rows = undominated_in_groups(keys, group, self.margin)
        return points[rows], sizes[rows], group[rows], left[rows], right[rows]

    def _message(
        self, scope: tuple[int, ...], parts: list[Any], count: int, lever: int | None, below: tuple[_Message, ...]
    ) -> _Message:
        """Merge equal payoff vectors of a group, and remember every way to reach them."""
        points, sizes, group, left, right = (np.concatenate(each) for each in zip(*parts, strict=True))
        needed = len(points) * (self.num_players + 3) * 8
        self.bytes_left -= needed
        if self.bytes_left < 0:
            raise LimitError(
                "the efficient deals do not fit into memory; take fewer or coarser levels, raise memory_limit, "
                "or ask for one rule"
            )
        keys = _ranks(points) if self.wide else self._rounded(points, sizes)
        order = np.lexsort((right, left, *keys.T[::-1], group))
        keys, group = keys[order], group[order]
        fresh = np.ones(len(order), bool)
        fresh[1:] = (keys[1:] != keys[:-1]).any(axis=1) | (group[1:] != group[:-1])
        first = np.flatnonzero(fresh)
        starts = np.searchsorted(group[first], np.arange(count + 1))
        ways = np.append(first, len(order))
        chosen = order[first]
        return _Message(scope, points[chosen], sizes[chosen], starts, ways, left[order], right[order], lever, below)

    def _rounded(self, points: Floats, sizes: Floats) -> Floats:
        """Return payoffs rounded just above their own rounding error, so that equal sums count as equal."""
        if not self.grain:
            return points
        _, exponents = np.frexp(sizes)
        grain = np.ldexp(2 * float(np.finfo(float).eps), exponents)
        return np.asarray(np.round(points / grain) * grain)


def _chunks(counts: Rows) -> list[tuple[int, int]]:
    """Return ranges whose counts add up to about :data:`_CHUNK` each."""
    ends = np.cumsum(counts)
    bounds = [0]
    while bounds[-1] < len(counts):
        done = ends[bounds[-1] - 1] if bounds[-1] else 0
        bounds.append(max(bounds[-1] + 1, int(np.searchsorted(ends, done + _CHUNK, side="right"))))
    return list(pairwise(bounds)) or [(0, 0)]


def _ranks(points: NDArray[Any]) -> Floats:
    places = [np.unique(column, return_inverse=True)[1] for column in points.T]
    return np.array(places, float).T.reshape(points.shape)
