"""The Pareto-efficient deals of a finite set, without listing the whole set.

Separable components are enumerated one by one (or, where they are too large for that, swept lever by lever:
:mod:`bargain.games.pareto_elimination`) and reduced to their efficient combinations; these are added up, one
component after the other, and whatever is dominated is dropped on the way.  That loses nothing, because an efficient
deal is efficient in every component.  Deals with equal payoffs are kept together as one payoff vector with many *ways*
to reach it, so that ties cost no room until they are asked for.

Exact payoffs are counted in whole units of a common denominator, in which floats make no error up to 2**53; wider ones
stay Python's integers and are compared by rank.  Float payoffs that differ by their own rounding alone are merged.
Tested against brute force in exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.deal_ways import deals_of_all
from bargain.games.linked_deals import linked_deals
from bargain.games.pareto import undominated, undominated_up_to_rounding
from bargain.games.pareto_elimination import LinkedDeals
from bargain.games.payoff_units import PayoffUnits, payoff_units, rounding_units
from bargain.games.triangle_deals import ListedDeals

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["EfficientDeals", "Layer", "efficient_deals"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Term = tuple[tuple[int, ...], NDArray[Any]]

_EPSILON = float(np.finfo(float).eps)
_CHUNK = 2_000_000
"""Sums of payoff vectors that are formed at once."""

_REMEMBERED = 256
"""Lists of deals up to this length are kept while the ways to reach a payoff vector are followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Distinct payoff vectors with the ways to reach each.

    Vector k is reached by the ways ``starts[k]`` to ``starts[k + 1]``; a way is row ``left`` of the layer below (-1 for
    none) joined with combination or row ``right`` of a component. ``sizes`` are sums of absolute terms: what rounding
    is relative to.
    """

    points: NDArray[Any]
    sizes: Floats
    starts: Rows
    left: Rows
    right: Rows


@dataclass(frozen=True, slots=True, eq=False)
class EfficientDeals:
    """The efficient payoff vectors of a :class:`FiniteDeals`, ascending in the first player's payoff.

    ``points`` has shape (k, n), in ``units``; ``margin`` is what floats may be wrong by. ``linked`` holds the
    components that were not enumerated, ``counts`` the numbers of deals that are known by layer and row.
    """

    deals: FiniteDeals
    units: PayoffUnits
    margin: Floats
    components: tuple[tuple[tuple[int, ...], Layer], ...]
    sums: tuple[Layer, ...]
    linked: Mapping[tuple[int, ...], LinkedDeals | ListedDeals] = field(default_factory=dict)
    counts: dict[tuple[int, int], int] = field(default_factory=dict, repr=False)

    @property
    def points(self) -> NDArray[Any]:
        """The payoff vectors, in ``units``."""
        return self.sums[-1].points

    @property
    def sizes(self) -> Floats:
        """What the rounding of each payoff is relative to."""
        return self.sums[-1].sizes

    def __len__(self) -> int:
        return len(self.points)

    def count(self, row: int) -> int:
        """Return the number of deals that reach a payoff vector."""
        asked = [{row}]
        for depth in range(len(self.sums) - 1, 0, -1):
            below = (
                left for each in asked[-1] if (depth, each) not in self.counts for left, _ in self._ways(depth, each)
            )
            asked.append(set(below))
        for depth, rows in enumerate(reversed(asked)):
            for each in rows:
                if (depth, each) in self.counts:
                    continue
                self.counts[depth, each] = (
                    sum(self.counts[depth - 1, a] * self._combinations(depth, b) for a, b in self._ways(depth, each))
                    if depth
                    else self._combinations(0, each)
                )
        return self.counts[len(self.sums) - 1, row]

    def _ways(self, depth: int, row: int) -> zip[tuple[int, int]]:
        layer = self.sums[depth]
        ways = slice(layer.starts.item(row), layer.starts.item(row + 1))
        return zip(layer.left[ways].tolist(), layer.right[ways].tolist(), strict=True)

    def _combinations(self, depth: int, row: int) -> int:
        """Return the number of combinations of a component's levels that reach a row of it."""
        levers, layer = self.components[depth] if depth else (self.components[0][0], self.sums[0])
        first, last = int(layer.starts[row]), int(layer.starts[row + 1])
        if levers not in self.linked:
            return last - first
        return sum(self.linked[levers].count(each) for each in layer.right[first:last].tolist())

    def deals_of(self, row: int, limit: int) -> list[tuple[int, ...]]:
        """Return deals (a level index per lever) that reach a payoff vector, at most ``limit``, in canonical order."""
        only = self._only_deal(row)
        if only is not None:
            return [only][:limit]
        if self.count(row) <= limit:
            return list(map(tuple, deals_of_all(self, np.array([row])).tolist()))
        return sorted(map(tuple, self._reach(len(self.sums) - 1, row, limit, {}).tolist()))

    def _only_deal(self, row: int) -> tuple[int, ...] | None:
        """Return the deal that reaches a payoff vector when it is easily seen to be the only one."""
        deal = [0] * len(self.deals.sizes)
        for depth in reversed(range(len(self.sums))):
            layer, own = self.sums[depth], row
            levers, component = self.components[depth] if depth else (self.components[0][0], layer)
            if depth > 0:
                way = layer.starts.item(row)
                if layer.starts.item(row + 1) > way + 1:
                    return None
                row, own = layer.left.item(way), layer.right.item(way)
            first = component.starts.item(own)
            if component.starts.item(own + 1) > first + 1 or levers in self.linked:
                return None
            number = component.right.item(first)
            for lever in reversed(levers):
                number, deal[lever] = divmod(number, self.deals.sizes[lever])
        return tuple(deal)

    def _reach(self, depth: int, row: int, limit: int, known: dict[tuple[int, int], Rows]) -> Rows:
        """Return up to ``limit`` deals (m, L) that reach a row of a layer; later components are left at level 0."""
        if (depth, row) in known:
            return known[depth, row][:limit]
        layer = self.sums[depth]
        if depth == 0:
            return self._placed(np.zeros((1, len(self.deals.sizes)), np.intp), 0, row, limit)
        parts: list[Rows] = []
        missing = limit
        for way in range(int(layer.starts[row]), int(layer.starts[row + 1])):
            begun = self._reach(depth - 1, int(layer.left[way]), missing, known)
            parts.append(self._placed(begun, depth, int(layer.right[way]), missing))
            missing -= len(parts[-1])
            if missing <= 0:
                return np.concatenate(parts)
        found = np.concatenate(parts)
        if len(found) <= _REMEMBERED:
            known[depth, row] = found
        return found

    def _placed(self, begun: Rows, depth: int, row: int, limit: int) -> Rows:
        """Return up to ``limit`` deals: each one begun, with each combination that reaches a component's row."""
        levers, layer = self.components[depth] if depth else (self.components[0][0], self.sums[0])
        numbers = layer.right[layer.starts[row] : layer.starts[row + 1]]
        if levers in self.linked:
            found = [self.linked[levers].deals_of(each, limit) for each in numbers.tolist()]
            levels = np.concatenate(found)[:limit]
        else:
            shape = tuple(self.deals.sizes[lever] for lever in levers)
            numbers = numbers[:limit]
            levels = (
                np.stack(np.unravel_index(numbers, shape), axis=1) if shape else np.empty((len(numbers), 0), np.intp)
            )
        pairs = min(limit, len(begun) * len(levels))
        left, right = np.divmod(np.arange(pairs), len(levels))
        deals = begun[left]
        deals[:, levers] = levels[right]
        return deals


def efficient_deals(deals: FiniteDeals) -> EfficientDeals:
    """Return the efficient deals of a finite set.

    Raises
    ------
    LimitError
        A component, or the efficient set, would need more memory than ``deals.memory_limit``.
    """
    units = payoff_units(deals)
    relative = rounding_units(len(deals.terms)) if units.kind == "float" else 0.0
    linked = {levers: linked_deals(deals, units, levers) for levers in deals.components if not deals.lists(levers)}
    read_by = _terms_by_component(deals, units)
    counted = [
        (levers, linked[levers].points, np.arange(len(linked[levers].points)))
        if levers in linked
        else (levers, *_enumerated(deals, units, levers, read_by[levers]))
        for levers in deals.components
    ]
    # The first pass drops levels that are bad for everybody, whose size would blur all others.
    first_margin = np.zeros(deals.num_players)
    if relative:
        first_margin += relative * sum(np.abs(points).max(axis=0, initial=0.0) for _, points, _ in counted)
        first_margin += relative * sum(part.sizes.max(axis=0, initial=0.0) for part in linked.values())
    pruned = []
    for levers, points, allowed in counted:
        rows = _efficient(points, first_margin)
        pruned.append((levers, points[rows], allowed[rows]))
    sizes = [
        linked[levers].sizes[combinations]
        if levers in linked
        else _sizes(deals, read_by[levers] if relative else [], levers, combinations)
        for levers, _, combinations in pruned
    ]
    margin = relative * np.sum([size.max(axis=0, initial=0.0) for size in sizes], axis=0)
    layers = []
    for (levers, points, combinations), size in zip(pruned, sizes, strict=True):
        rows = _efficient(points, margin) if relative else np.arange(len(points))
        nothing = np.full(len(rows), -1)
        layers.append((levers, _grouped(units, points[rows], size[rows], nothing, combinations[rows])))
    layers.sort(key=lambda entry: (len(entry[1].points), entry[0]))
    sums = [layers[0][1]]
    for _, component in layers[1:]:
        sums.append(_added(deals, units, sums[-1], component, margin))
    found = EfficientDeals(deals, units, margin, tuple(layers), tuple(sums), linked)
    if units.kind != "float":
        return found
    # Sums in floats could not tell on the way; now that few are left, each is looked at.
    last = sums[-1]
    rows = undominated_up_to_rounding(last.points, relative * last.sizes)
    return EfficientDeals(deals, units, margin, tuple(layers), (*sums[:-1], _chosen(last, rows)), linked)


def _efficient(points: NDArray[Any], margin: Floats) -> Rows:
    return undominated(_ranks(points)) if points.dtype == object else undominated(points, margin)


def _ranks(points: NDArray[Any]) -> Floats:
    """Return the place of each payoff among those of its player: in the same order, and small enough for floats."""
    places = [np.unique(column, return_inverse=True)[1] for column in points.T]
    return np.array(places, float).T.reshape(points.shape)


def _chosen(layer: Layer, rows: Rows) -> Layer:
    counts = np.diff(layer.starts)[rows]
    starts = np.append(0, np.cumsum(counts))
    ways = np.repeat(layer.starts[rows] - starts[:-1], counts) + np.arange(starts[-1])
    return Layer(layer.points[rows], layer.sizes[rows], starts, layer.left[ways], layer.right[ways])


def _terms_by_component(deals: FiniteDeals, units: PayoffUnits) -> dict[tuple[int, ...], list[Term]]:
    """Return the terms of each component; constants belong to the first one."""
    owner = {lever: levers for levers in deals.components for lever in levers}
    found: dict[tuple[int, ...], list[Term]] = {levers: [] for levers in deals.components}
    for (read, _), payoffs in zip(deals.terms, units.terms, strict=True):
        found[owner[read[0]] if read else deals.components[0]].append((read, payoffs))
    return found


def _enumerated(
    deals: FiniteDeals, units: PayoffUnits, levers: tuple[int, ...], terms: list[Term]
) -> tuple[NDArray[Any], Rows]:
    """Return the payoffs of all allowed combinations of some levers, (m, n), and which combinations these are."""
    shape = tuple(deals.sizes[lever] for lever in levers)
    count = int(np.prod(shape, dtype=object)) if shape else 1
    needed = count * (3 * deals.num_players + 1) * 8
    if needed > deals.memory_limit:
        raise LimitError(
            f"{len(levers)} linked levers have {count:.3g} combinations, which need {needed / 2**30:.3g} GiB "
            f"(limit {deals.memory_limit / 2**30:.3g} GiB); take fewer or coarser levels, or raise memory_limit"
        )
    total = np.zeros((deals.num_players, *shape), object if units.kind == "wide" else float)
    for read, payoffs in terms:
        total = total + _spread(payoffs, read, levers, deals.sizes)
    points = total.reshape(deals.num_players, -1).T
    allowed = np.ones(shape, bool)
    for read, mask in deals.masks:
        if set(read) <= set(levers) and (read or levers == deals.components[0]):
            allowed = allowed & _spread(mask[None], read, levers, deals.sizes)[0]
    if allowed.all():
        return points, np.arange(count)
    rows = np.flatnonzero(allowed)
    return points[rows], rows


def _spread(values: NDArray[Any], read: tuple[int, ...], levers: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """Return a term's array with one axis per lever of the component, of length 1 where it does not read the lever."""
    order = np.argsort(read)
    turned = values.transpose(0, *(1 + order))
    return turned.reshape(len(values), *(sizes[lever] if lever in read else 1 for lever in levers))


def _sizes(deals: FiniteDeals, terms: list[Term], levers: tuple[int, ...], combinations: Rows) -> Floats:
    """Return the sums of absolute terms of some combinations of a component's levels, (k, n)."""
    sizes = np.zeros((len(combinations), deals.num_players))
    if not terms:
        return sizes
    shape = tuple(deals.sizes[lever] for lever in levers)
    levels = dict(zip(levers, np.unravel_index(combinations, shape) if shape else (), strict=True))
    for read, payoffs in terms:
        place: Any = (slice(None), *(levels[lever] for lever in read))
        sizes += np.abs(payoffs[place]).T
    return sizes


def _grouped(units: PayoffUnits, points: NDArray[Any], sizes: Floats, left: Rows, right: Rows) -> Layer:
    """Merge equal payoff vectors and sort them."""
    keys = _ranks(points) if units.kind == "wide" else points
    if units.kind == "float":
        # Rounded to a power of two just above the vector's own rounding error.
        _, exponents = np.frexp(sizes)
        grain = np.ldexp(2 * _EPSILON, exponents)
        keys = np.round(points / grain) * grain
    # The ways come in order, and a stable sort keeps it among equals.
    order = np.lexsort(keys.T[::-1])
    keys = keys[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(fresh)
    chosen = order[starts]
    return Layer(points[chosen], sizes[chosen], np.append(starts, len(order)), left[order], right[order])


def _added(deals: FiniteDeals, units: PayoffUnits, below: Layer, component: Layer, margin: Floats) -> Layer:
    """Return the efficient sums of two layers."""
    width = len(component.points)
    step = max(1, _CHUNK // max(1, width))
    rows, points = np.empty(0, np.intp), below.points[:0]
    for start in range(0, len(below.points), step):
        # One player after the other, so that each one's payoffs lie together.
        pairs = zip(below.points[start : start + step].T, component.points.T, strict=True)
        sums = np.stack([np.add.outer(own, more).ravel() for own, more in pairs]).T
        sums = np.concatenate([points, sums]) if len(points) else sums
        kept = _efficient(sums, margin)
        points = sums[kept]
        rows = np.append(rows, np.arange(start * width, start * width + len(sums) - len(rows)))[kept]
        if (needed := len(rows) * (5 * deals.num_players + 3) * 8) > deals.memory_limit:
            raise LimitError(
                f"{len(rows):.3g} efficient deals need {needed / 2**30:.3g} GiB (limit "
                f"{deals.memory_limit / 2**30:.3g} GiB); take fewer or coarser levels, or raise memory_limit"
            )
    left, right = np.divmod(rows, width) if width else (rows, rows)
    return _grouped(units, points, below.sizes[left] + component.sizes[right], left, right)
