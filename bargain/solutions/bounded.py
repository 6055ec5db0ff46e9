r"""The best deals of a rule among more deals than can be listed.

The rule's lottery comes first: it bounds what any deal reaches, and its supporting weights turn the bound on weighted
gains of a part of a deal, :math:`b = \max \lambda \cdot v` over its completions, into a bound on the rule's objective:
:math:`\sum_i w_i \log(w_i b / \lambda_i)` for the Nash product, :math:`b / \lambda \cdot s` for the least share of
:math:`s`, and so on.  All deals that reach a level just below the lottery are then found by elimination, dropping every
part that cannot; where there are none, the level is lowered.  Nothing that could be better is dropped, so the best of
what is found is the rule's choice, with all its ties.  When too many parts would have to be looked at, the best deal
known is given with its proven distance to the lottery; when time is up before there is a lottery, with its distance to
what the tables of single levers and pairs allow at most.  Source: Geoffrion (1974), Lagrangian bounds.  Tested against
enumeration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bargain.effort import OutOfTimeError, current
from bargain.errors import LimitError
from bargain.games.finite_deals import FiniteDeals
from bargain.games.linked_deals import ChosenDeals
from bargain.games.pareto_elimination import LinkedDeals, Outlook, efficient_linked_deals
from bargain.games.payoff_units import rounding_units
from bargain.games.support_function import BRANCHING, ELIMINATION, SupportFunction
from bargain.games.supported_deals import supported_deals
from bargain.games.triangle_deals import ListedDeals
from bargain.solutions.answers import Question
from bargain.solutions.columns import ColumnPrograms
from bargain.solutions.mixtures import Mixture
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals, gains_over_disagreement, rational_deals

__all__ = ["BOUNDED_RULES", "BoundedDeals", "bounded_deals"]

Floats = NDArray[np.float64]
Bound = Callable[[Floats], Floats]

BOUNDED_RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")

_LEVELS = (1e-4, 2e-3, 2e-2, 0.1, 0.5, np.inf)
"""How far below the lottery the levels are, as shares of it (in the log of the Nash product)."""

_MOST_ROWS = 20_000_000
"""Parts of deals that are looked at for one level."""

_MOST_DIRECTIONS = 24
_MIXED = 12
"""Random weights from which climbs start when there is no time for a search."""

_NEAR = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class BoundedDeals:
    """Individually rational, efficient deals among which the rule's choice is (unless ``gap`` is positive).

    ``gap`` is by how much the objective of the best deal of all may exceed that of the best one here, in the unit of
    the rule's certificate.
    """

    deals: RationalDeals
    method: str
    gap: float = 0.0


def bounded_deals(question: Question) -> BoundedDeals:
    """Return the deals that a rule has to choose from; none when nobody can gain.

    Raises
    ------
    LimitError
        The linkage graph is too dense, or no individually rational deal was found before a limit.
    """
    try:
        return _found(question)
    except OutOfTimeError:
        known = _best_known(question)
        if known is None:
            raise
        return known


def _found(question: Question) -> BoundedDeals:
    problem = question.problem
    assert isinstance(problem.feasible, FiniteDeals)
    support = problem.feasible.support
    if support.method != ELIMINATION and problem.num_players == 2:
        # All efficient deals of two players are found faster than one rule's deals by elimination.
        deals = rational_deals(problem)
        count = len(problem.feasible.efficient)
        return BoundedDeals(deals, f"compared {count} efficient payoff vectors, all found by branch and bound")
    if support.method not in (ELIMINATION, BRANCHING):
        raise LimitError(
            f"these levers are linked too densely to be eliminated one by one (width {support.width}); "
            "negotiate fewer linked issues at once, take coarser levels, raise memory_limit, or allow lotteries"
        )
    programs = ColumnPrograms(problem)
    method = f"bounds from {support.description} on {problem.feasible.num_combinations} deals"
    if problem.exact and (programs.ideal is None or not programs.ideal.all()):
        # To programs in floats a gain that is tiny beside the payoffs is no gain; exact payoffs tell.
        try:
            count = len(problem.feasible.efficient)
            return BoundedDeals(rational_deals(problem), f"compared {count} efficient payoff vectors, added up exactly")
        except LimitError:
            if programs.ideal is None or not programs.ideal.any():
                # Whether anybody can gain is then not known.
                raise
    if programs.ideal is None or not programs.ideal.any():
        return BoundedDeals(programs.deals.subset(np.zeros(0, np.intp)), method)
    return _Search(question, programs, method).run()


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    """What is known without any search, in place of the lottery's programs: scales of gains (n,), and weights."""

    support: SupportFunction
    ideal: Floats
    scale: Floats
    weights: list[Floats]


def _best_known(question: Question) -> BoundedDeals | None:
    """Return the best deals that climbs find, with a proven gap; None where these are not enough for the rule."""
    feasible = question.problem.feasible
    assert isinstance(feasible, FiniteDeals)
    support = feasible.support
    if support.method != BRANCHING or question.rule == "kalai-smorodinsky":
        # Shares of ideal gains need these gains first.
        return None
    count = question.problem.num_players
    reach = np.where(support.reach > 0, support.reach, 1.0).astype(float)
    rows = np.vstack([np.eye(count) + 1e-3, np.ones(count), np.random.default_rng(0).random((_MIXED, count))]) / reach
    start = _Start(support, np.ones(count), reach * [float(unit) for unit in support.units.unit], list(rows))
    return _Search(question, start, f"climbs from many deals by {support.description}").best_known(rows)


class _Search:
    def __init__(self, question: Question, programs: ColumnPrograms | _Start, method: str) -> None:
        assert programs.ideal is not None
        self.question, self.problem, self.programs, self.method = question, question.problem, programs, method
        self.support = programs.support
        self.able = programs.ideal > 0
        self.weights = np.array(question.weights)
        units, problem = self.support.units, self.problem
        default = problem.exact_disagreement or tuple(map(Fraction, problem.disagreement))
        self.unit = np.array([float(unit) for unit in units.unit])
        self.start = np.array([float(base - value) for base, value in zip(units.base, default, strict=True)])
        self.margin = np.zeros(problem.num_players)
        if units.kind == "float":
            self.margin += rounding_units(len(self.support.deals.terms)) * self.support.reach.astype(float)

    def run(self) -> BoundedDeals:
        parts: list[LinkedDeals | ListedDeals] = []
        scales = self.weights
        if self.question.rule == "kalai-smorodinsky":
            ideals, scales = self._ideals()
            parts += ideals
            if not (scales > 0).any():
                return BoundedDeals(self._rational(parts), self.method)
        best, mixture = self._lottery(scales)
        directions = self._directions(mixture)
        bound = self._bound(directions, scales)
        for level in _LEVELS:
            least = best - level if self.question.rule == "nash" else best - level * abs(best)
            try:
                found = self._above(directions, bound, least)
            except LimitError:
                return self._stopped(best, mixture, scales)
            deals = self._rational([*parts, found])
            if level == np.inf or (len(deals) and self._values(deals, scales).max() >= least):
                return BoundedDeals(deals, self.method)
        raise AssertionError("the last level takes everything")

    def best_known(self, weights: Floats) -> BoundedDeals | None:
        """Return the best deals that climbs under some weights in ``units`` find, and what they may fall short by."""
        engine, scales = self.support.engine, self.weights
        found = np.unique(np.concatenate([engine.climbed(row) for row in weights]), axis=0)
        deals = self._rational([ListedDeals.of(self.support, found, self.margin)])
        deals = deals.subset(np.flatnonzero((deals.gains > 0).any(axis=1)))
        if not len(deals):
            return None
        values = self._values(deals, scales)
        best = deals.gains[int(values.argmax())]
        if self.question.rule == "nash" and (best > 0).all():
            # Under these weights no lottery is better than the deal, were it on the frontier.
            self.programs.weights.append(scales / best * self.unit)
        directions = self._directions(None)
        in_units, offset = directions * self.unit, directions @ self.start
        slack = 4 * self.support.rounding(in_units) + 1e-12 * np.abs(offset)
        most = np.maximum(np.array([engine.ceiling(row) for row in in_units]) + offset + slack, 0.0)
        top = float(self._bound(directions, scales)(most[None])[0])
        return BoundedDeals(deals, f"{self.method}; stopped when time was up", self._gap(top, float(values.max())))

    def _gap(self, most: float, value: float) -> float:
        gap = most - value if self.question.rule == "nash" else (most - value) / max(abs(most), 1e-300)
        return max(gap, 0.0)

    def _lottery(self, scales: Floats) -> tuple[float, Mixture]:
        """Return the rule's objective at its lottery, and the lottery."""
        programs, rule = self.programs, self.question.rule
        assert isinstance(programs, ColumnPrograms)
        if rule == "nash":
            mixture = programs.largest_product(self.weights)
            gains = programs.deals.gains.T @ mixture.chances
            share = np.where(self.able, self.weights, 0.0)
            share = share / share.sum()
            return float(share[self.able] @ np.log(gains[self.able])) + mixture.gap, mixture
        if rule == "utilitarian":
            mixture = programs.largest_sum(self.weights)
            return float(self.weights @ (programs.deals.gains.T @ mixture.chances)), mixture
        players = np.flatnonzero(self.able & (scales > 0))
        own = scales / programs.scale
        unit = float(own[players].max())
        found = programs.largest_least(np.where(own > 0, own, unit) / unit, players.tolist())
        return found.stages[0][1] / unit, found.mixture

    def _directions(self, mixture: Mixture | None) -> Floats:
        """Return weights of gains, of which the last n are those of a single player each."""
        size = self.programs.scale
        rows = [] if mixture is None else [np.maximum(mixture.normal, 0.0)]
        rows += [np.maximum(weights, 0.0) / self.unit for weights in self.programs.weights[::-1]]
        rows = [row * size / (row * size).max() / size for row in rows[:_MOST_DIRECTIONS] if (row * size).max() > 0]
        return np.vstack([*rows, np.diag(1 / size)])

    def _bound(self, directions: Floats, scales: Floats) -> Bound:
        """Return what the rule's objective is at most, from the largest weighted gains (k, b)."""
        rule, weights, able = self.question.rule, self.weights, self.able
        positive = (directions[:, able] > 0).all(axis=1)
        if rule == "nash":
            share = weights[able] / weights[able].sum()
            fixed = np.log(share / np.where(directions[:, able] > 0, directions[:, able], 1.0)) @ share

            def product(most: Floats) -> Floats:
                logs = np.log(np.maximum(most[:, positive], 1e-300)) + fixed[positive]
                single = np.log(np.maximum(most[:, -len(able) :] * self.programs.scale, 1e-300))[:, able] @ share
                return np.asarray(np.minimum(logs.min(axis=1, initial=np.inf), single))

            return product
        if rule == "utilitarian":
            ratios = (weights / np.where(directions > 0, directions, 1.0)).max(axis=1)
            every = (directions > 0).all(axis=1)

            def total(most: Floats) -> Floats:
                single = most[:, -len(able) :] @ (weights * self.programs.scale)
                return np.asarray(np.minimum((most[:, every] * ratios[every]).min(axis=1, initial=np.inf), single))

            return total
        used = np.where(able & (scales > 0), scales, 0.0)
        size = directions @ used

        def least(most: Floats) -> Floats:
            return np.asarray((most[:, size > 0] / size[size > 0]).min(axis=1))

        return least

    def _values(self, deals: RationalDeals, scales: Floats) -> Floats:
        """Return the rule's objective of each deal."""
        rule, able = self.question.rule, self.able
        if rule == "nash":
            share = self.weights[able] / self.weights[able].sum()
            with np.errstate(divide="ignore"):
                return np.asarray(np.log(deals.gains[:, able]) @ share)
        if rule == "utilitarian":
            return np.asarray(deals.gains @ self.weights)
        used = able & (scales > 0)
        return np.asarray((deals.gains[:, used] / scales[used]).min(axis=1))

    def _ideals(self) -> tuple[list[LinkedDeals | ListedDeals], Floats]:
        """Return the deals that give some player the most without loss to others, and what they give."""
        assert self.programs.ideal is not None
        parts: list[LinkedDeals | ListedDeals] = []
        ideal = np.zeros(len(self.able))
        directions = self._directions(None)
        for player in np.flatnonzero(self.able).tolist():
            weight = directions[:, player]

            def bound(most: Floats, weight: Floats = weight) -> Floats:
                return np.asarray((most[:, weight > 0] / weight[weight > 0]).min(axis=1))

            best = float(self.programs.ideal[player] * self.programs.scale[player])
            for level in _LEVELS:
                least = best - level * best if level < np.inf else 0.0
                try:
                    found = self._above(directions, bound, least)
                except LimitError:
                    raise LimitError(
                        "the ideal gains were not found before the search grew too large; take coarser levels, "
                        "negotiate fewer linked issues at once, or allow lotteries"
                    ) from None
                deals = self._rational([found])
                if len(deals) and deals.gains[:, player].max() >= least:
                    parts.append(found)
                    ideal[player] = deals.gains[:, player].max()
                    break
        return parts, ideal

    def _above(self, directions: Floats, bound: Bound, least: float) -> LinkedDeals | ListedDeals:
        """Return all individually rational, efficient deals whose objective may reach a level."""
        in_units = directions * self.unit
        offset = directions @ self.start
        slack = 4 * self.support.rounding(in_units) + 1e-12 * np.abs(offset)
        near = (
            10 * RELATIVE_TOLERANCE * max(1.0, abs(least))
            if self.question.rule == "nash"
            else 10 * RELATIVE_TOLERANCE * abs(least)
        )
        near = near if np.isfinite(least) else 0.0
        count = len(self.able)

        def keep(most: Floats) -> NDArray[np.bool_]:
            reached = most + offset + slack
            kept = (reached[:, -count:] >= 0).all(axis=1) & (reached >= 0).all(axis=1)
            if np.isfinite(least):
                kept[kept] = bound(reached[kept]) >= least - near
            return np.asarray(kept)

        if self.support.method == BRANCHING:
            return self._branched(in_units, offset, slack, bound, least - near)
        return efficient_linked_deals(self.support, self.margin, Outlook(in_units, keep), _MOST_ROWS)

    def _branched(self, in_units: Floats, offset: Floats, slack: Floats, bound: Bound, least: float) -> ListedDeals:
        """Return all deals whose objective may reach a level: those weights are searched that leave least room."""
        most = offset + np.abs(in_units) @ self.support.reach.astype(float) + slack
        tops = np.array([self.support.best_bound(row) for row in in_units])
        room, levels = np.full(len(tops), np.inf), np.zeros(len(tops))
        height = in_units @ self.support.reach.astype(float)
        # Payoffs that no deal moves from zero tell no deals apart.
        for k in np.flatnonzero(height > 0).tolist():
            levels[k] = (_least_reach(bound, most, k, least) if np.isfinite(least) else 0.0) - offset[k] - slack[k]
            room[k] = (tops[k] - levels[k]) / height[k]
        best = int(room.argmin())
        return ListedDeals.of(self.support, self.support.engine.above(in_units[best], levels[best]), self.margin)

    def _rational(self, parts: list[LinkedDeals | ListedDeals]) -> RationalDeals:
        deals = gains_over_disagreement(self.problem, ChosenDeals.of(self.support, parts))
        return deals.subset(np.flatnonzero((deals.gains >= 0).all(axis=1)))

    def _stopped(self, best: float, mixture: Mixture, scales: Floats) -> BoundedDeals:
        """Return the best deals known when a limit stops the search, with what they may fall short by."""
        assert isinstance(self.programs, ColumnPrograms)
        known = self.programs.deals
        normal = self.support.in_units(np.maximum(mixture.normal, 0.0))
        height = float(np.abs(normal) @ self.support.reach.astype(float))
        rows = [known.efficient.rows]  # type: ignore[union-attr]
        try:
            rows += [self.support.near_best(normal, share * height, _NEAR) for share in (1e-3, 1e-2, 0.1)]
        except OutOfTimeError:
            rows += [self.support.engine.climbed(normal)]
        found = np.unique(np.concatenate(rows), axis=0)
        deals = gains_over_disagreement(self.problem, supported_deals(self.support, found, [None] * len(found)))
        deals = deals.subset(np.flatnonzero((deals.gains >= 0).all(axis=1) & (deals.gains > 0).any(axis=1)))
        if not len(deals):
            raise LimitError(
                "no individually rational deal was found before the search grew too large; take coarser levels, "
                "negotiate fewer linked issues at once, or allow lotteries"
            )
        why = "when time was up" if current().expired() else f"at {_MOST_ROWS} parts of deals"
        gap = self._gap(best, float(self._values(deals, scales).max()))
        return BoundedDeals(deals, f"{self.method}; stopped {why}", gap)


def _least_reach(bound: Bound, most: Floats, place: int, least: float) -> float:
    """Return weighted gains below which a deal cannot reach a level; the bound grows with the gains."""
    row = most[None].copy()
    low, high = 0.0, float(most[place])
    for _ in range(60):
        row[0, place] = middle = (low + high) / 2
        low, high = (low, middle) if bound(row)[0] >= least else (middle, high)
    return low
