"""Finitely many deals: every lever has a finite list of levels, and payoffs are sums of terms that read some levers.

A deal is a tuple of level indices, one per lever. ``terms`` add up to the payoffs, ``masks`` say which combinations are
allowed; the set is never listed as a whole.  Levers that no chain of terms and masks ties together belong to different
separable *components*.  Tested against sums over all deals computed one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bargain.games.efficient_deals import EfficientDeals, efficient_deals
from bargain.games.exact_numbers import as_fractions
from bargain.games.support_function import SupportFunction
from bargain.games.supported_deals import SupportedDeals, supported_frontier
from bargain.scenario.document import Level

__all__ = ["DealLabels", "FiniteDeals"]

LISTED_COMBINATIONS = 2**20
"""A component of two or more levers with more combinations is not enumerated."""

Term = tuple[tuple[int, ...], NDArray[np.float64]]
Mask = tuple[tuple[int, ...], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class DealLabels:
    """Names for a tuple of level indices.

    Parameters
    ----------
    issues, levers : tuple of str
        The issue and the name of each lever in the problem.
    levels : tuple of tuples
        The levels of each lever, as the user writes them.
    fixed : mapping
        ``{issue: {lever: level}}`` for levers that are not in the problem. Where it also names levers that are, their
        level is replaced; so it can set the order in which a deal lists its issues.

    Examples
    --------
    >>> labels = DealLabels(("trade",), ("tariff",), ((0.0, 25.0),), {"aid": {"pledge": 5.0}})
    >>> labels.describe((1,))
    {'aid': {'pledge': 5.0}, 'trade': {'tariff': 25.0}}
    """

    issues: tuple[str, ...]
    levers: tuple[str, ...]
    levels: tuple[tuple[Level, ...], ...]
    fixed: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)

    def describe(self, indices: Sequence[int]) -> dict[str, dict[str, Level]]:
        """Return the deal as ``{issue: {lever: level}}``."""
        deal = {issue: dict(levels) for issue, levels in self.fixed.items()}
        for issue, lever, levels, index in zip(self.issues, self.levers, self.levels, indices, strict=True):
            deal.setdefault(issue, {})[lever] = levels[index]
        return deal

    def indices(self, deal: Mapping[str, Mapping[str, Level]]) -> tuple[int, ...]:
        """Return the level indices of a described deal; the inverse of :meth:`describe`."""
        return tuple(
            levels.index(deal[issue][lever])
            for issue, lever, levels in zip(self.issues, self.levers, self.levels, strict=True)
        )


@dataclass(frozen=True, eq=False)
class FiniteDeals:
    """A finite feasible set in factored form, for n players and L levers.

    Parameters
    ----------
    sizes : tuple of int
        Number of levels of each lever.
    terms : tuple of (levers, payoffs)
        ``payoffs`` has shape (n, *levels of those levers); the payoffs of a deal are the sum over terms. A term of no
        levers is a constant of shape (n,).
    masks : tuple of (levers, allowed)
        Boolean arrays of shape (*levels of those levers,); a deal is allowed when all masks say so.
    labels : DealLabels, optional
        Names for deals; without them a deal is the tuple of its level indices.
    exact : tuple of arrays, optional
        The payoffs of each term as integers or Fractions, where nothing was rounded.
    fractional : bool
        Whether answers are given as Fractions.
    listed : bool
        Whether deals are rows of a list: then a deal is its row number.
    memory_limit : int
        Bytes that finding the efficient deals may take.

    Raises
    ------
    ValueError
        Shapes do not fit, a lever has no level, or a payoff is not finite.

    Examples
    --------
    Two issues with two levels each, whose payoffs add up:

    >>> deals = FiniteDeals((2, 2), (((0,), [[0, 3], [0, -1]]), ((1,), [[0, -1], [0, 3]])))
    >>> deals.payoffs([(1, 1)]).tolist(), deals.components
    ([[2.0, 2.0]], ((0,), (1,)))
    """

    sizes: tuple[int, ...]
    terms: tuple[Term, ...]
    masks: tuple[Mask, ...] = ()
    labels: DealLabels | None = None
    exact: tuple[NDArray[Any], ...] | None = None
    fractional: bool = False
    listed: bool = False
    memory_limit: int = 2 * 2**30

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "sizes", tuple(int(size) for size in self.sizes))
        if any(size < 1 for size in self.sizes):
            raise ValueError("every lever needs at least one level")
        if not self.terms:
            raise ValueError("payoffs need at least one term (a constant will do)")
        terms = tuple((_plain(levers), np.asarray(payoffs, float)) for levers, payoffs in self.terms)
        masks = tuple((_plain(levers), np.asarray(allowed, bool)) for levers, allowed in self.masks)
        players = {payoffs.shape[:1] for _, payoffs in terms}
        if len(players) > 1:
            raise ValueError("terms have payoffs for different numbers of players")
        for levers, payoffs in terms:
            self._check_shape("term", levers, payoffs.shape[1:])
            if not np.isfinite(payoffs).all():
                raise ValueError(f"a payoff of the term over levers {levers} is not finite")
        for levers, allowed in masks:
            self._check_shape("mask", levers, allowed.shape)
        set_field(self, "terms", terms)
        set_field(self, "masks", masks)

    def _check_shape(self, what: str, levers: tuple[int, ...], shape: tuple[int, ...]) -> None:
        if len(set(levers)) < len(levers) or any(not 0 <= lever < len(self.sizes) for lever in levers):
            raise ValueError(f"{what} over levers {levers}: levers are 0 to {len(self.sizes) - 1}, each at most once")
        expected = tuple(self.sizes[lever] for lever in levers)
        if shape != expected:
            raise ValueError(f"{what} over levers {levers}: the shape is {shape}, the levers have {expected} levels")

    @property
    def num_players(self) -> int:
        """The number of players n."""
        return len(self.terms[0][1])

    @property
    def num_combinations(self) -> int:
        """The number of combinations of levels, allowed or not."""
        return prod(self.sizes)

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Levers grouped by what terms and masks tie together, in order of their first lever."""
        group = list(range(len(self.sizes)))
        for levers, _ in (*self.terms, *self.masks):
            joined = {group[lever] for lever in levers}
            if joined:
                group = [min(joined) if name in joined else name for name in group]
        names = sorted(set(group))
        return tuple(tuple(k for k, name in enumerate(group) if name == wanted) for wanted in names) or ((),)

    @cached_property
    def efficient(self) -> EfficientDeals:
        """The Pareto-efficient deals; see :mod:`bargain.games.efficient_deals`."""
        return efficient_deals(self)

    def lists(self, levers: Sequence[int]) -> bool:
        """Return whether a component has few enough combinations to be enumerated."""
        return len(levers) < 2 or prod(self.sizes[lever] for lever in levers) <= LISTED_COMBINATIONS

    @property
    def listable(self) -> bool:
        """Whether every component has few enough combinations to be enumerated."""
        return all(map(self.lists, self.components))

    @cached_property
    def support(self) -> SupportFunction:
        """The support function; see :mod:`bargain.games.support_function`."""
        return SupportFunction(self)

    @cached_property
    def supported(self) -> SupportedDeals:
        """The extreme points of the frontier of two players' lotteries; see :mod:`bargain.games.supported_deals`."""
        return supported_frontier(self.support)

    def payoffs(self, indices: ArrayLike) -> NDArray[np.float64]:
        """Return the payoffs (k, n) of deals given as level indices (k, L), terms added in their order."""
        rows = np.asarray(indices, np.intp).reshape(-1, len(self.sizes))
        total = np.zeros((len(rows), self.num_players))
        for levers, payoffs in self.terms:
            place: Any = (slice(None), *(rows[:, lever] for lever in levers))
            total += payoffs[place].T
        return total

    def exact_payoffs(self, deal: Sequence[int]) -> tuple[Fraction, ...]:
        """Return the payoffs of one deal without rounding; floats count as the dyadic fractions that they are."""
        total = [Fraction(0)] * self.num_players
        arrays = self.exact if self.exact is not None else tuple(payoffs for _, payoffs in self.terms)
        for (levers, _), payoffs in zip(self.terms, arrays, strict=True):
            place: Any = (slice(None), *(deal[lever] for lever in levers))
            row = payoffs[place]
            total = [sofar + value for sofar, value in zip(total, as_fractions(row.tolist()), strict=True)]
        return tuple(total)

    def allowed(self, indices: ArrayLike) -> NDArray[np.bool_]:
        """Return for deals given as level indices (k, L) whether all masks allow them."""
        rows = np.asarray(indices, np.intp).reshape(-1, len(self.sizes))
        result = np.ones(len(rows), bool)
        for levers, allowed in self.masks:
            result &= allowed[tuple(rows[:, lever] for lever in levers)]
        return result

    def describe(self, indices: Sequence[int]) -> Any:
        """Return a deal as the user sees it: names, a row number, or the tuple of level indices."""
        if self.labels is not None:
            return self.labels.describe(indices)
        return int(indices[0]) if self.listed else tuple(map(int, indices))

    def indices(self, deal: Any) -> tuple[int, ...]:
        """Return the level indices of a described deal; the inverse of :meth:`describe`.

        Raises
        ------
        ValueError
            There is no such deal.
        """
        if self.labels is not None:
            found: Sequence[int] = self.labels.indices(deal)
        else:
            found = (deal,) if self.listed else deal
        if len(found) != len(self.sizes) or any(not 0 <= k < size for k, size in zip(found, self.sizes, strict=True)):
            raise ValueError(f"there is no deal {deal!r}")
        return tuple(int(index) for index in found)


def _plain(levers: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(lever) for lever in levers)
