r"""Gains of the efficient deals, and the individually rational ones among them.

Every rule picks from the efficient deals, so all of them start here.  Gains over the disagreement point are exact when
the problem is (floats beside them carry full relative precision); for float data, a gain within the rounding error of
zero counts as zero.  Tested through the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.games.efficient_deals import EfficientDeals
from bargain.games.exact_numbers import FLOAT_INTEGERS
from bargain.games.finite_deals import FiniteDeals
from bargain.games.linked_deals import ChosenDeals
from bargain.games.payoff_units import rounding_units
from bargain.games.supported_deals import SupportedDeals

__all__ = [
    "RELATIVE_TOLERANCE",
    "RationalDeals",
    "Scalar",
    "efficient_gains",
    "gains_over_disagreement",
    "lottery_gains",
    "method_over",
    "needs_support",
    "rational_deals",
]

Floats = NDArray[np.float64]
Scalar = Fraction | float

RELATIVE_TOLERANCE = 1e-9
"""Values of a rule's objective that differ by at most this share are near: a tie for float data, and close enough to
be compared in exact numbers otherwise."""


AnyDeals = EfficientDeals | SupportedDeals | ChosenDeals

MOST_LISTED = 10**8
"""Lotteries over more deals than this are found by the support function, even where payoffs add up."""


@dataclass(frozen=True, eq=False)
class RationalDeals:
    """Some efficient payoff vectors of a problem, with their gains.

    ``rows`` are row numbers of ``efficient``; ``gains`` and ``rounding`` have shape (m, n); rounding is zero for exact
    problems.
    """

    problem: BargainingProblem
    efficient: AnyDeals
    rows: NDArray[np.intp]
    gains: Floats
    rounding: Floats

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ideal(self) -> Floats:
        """The largest gain of each player, (n,)."""
        return np.asarray(self.gains.max(axis=0))

    def exact_gain(self, index: int) -> tuple[Fraction, ...]:
        """Return the gains of one payoff vector without rounding."""
        default = self.problem.exact_disagreement
        if default is None:
            return tuple(Fraction(value) for value in self.gains[index].tolist())
        return tuple(payoff - value for payoff, value in zip(self.exact_payoffs(index), default, strict=True))

    def exact_payoffs(self, index: int) -> tuple[Fraction, ...]:
        """Return the payoffs of one payoff vector of an exact problem without rounding."""
        units = self.efficient.units
        counts = self.efficient.points[int(self.rows[index])].tolist()
        parts = zip(units.base, counts, units.unit, strict=True)
        return tuple(base + int(count) * unit for base, count, unit in parts)

    def scalar_gain(self, index: int) -> tuple[Scalar, ...]:
        """Return the gains of one payoff vector: Fractions for exact problems, else floats."""
        return self.exact_gain(index) if self.problem.exact else tuple(self.gains[index].tolist())

    def deal(self, index: int) -> tuple[int, ...]:
        """Return the first deal that reaches a payoff vector, as level indices."""
        return self.efficient.deals_of(int(self.rows[index]), 10_000)[0]

    def exact_ideal(self) -> tuple[Fraction, ...]:
        """Return the largest gain of each player without rounding."""
        best: list[Fraction] = []
        for i, largest in enumerate(self.ideal):
            near = np.flatnonzero(self.gains[:, i] >= largest - RELATIVE_TOLERANCE * abs(largest))
            best.append(max(self.exact_gain(int(k))[i] for k in near))
        return tuple(best)

    def largest(self, direction: Floats) -> float:
        """Return what direction @ gains is at most, over all deals of the problem; the direction is not negative."""
        listed = float((self.gains @ direction).max())
        if not isinstance(self.efficient, SupportedDeals):
            return listed
        support, units = self.efficient.support, self.efficient.units
        bound = support.best_bound(support.in_units(direction))
        default = self.problem.exact_disagreement or tuple(map(Fraction, self.problem.disagreement))
        start = np.array([float(base - value) for base, value in zip(units.base, default, strict=True)])
        return max(listed, bound + float(start @ direction))

    def subset(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> RationalDeals:
        """Return some of the payoff vectors."""
        return RationalDeals(self.problem, self.efficient, self.rows[keep], self.gains[keep], self.rounding[keep])


def efficient_gains(problem: BargainingProblem) -> RationalDeals:
    """Return all efficient payoff vectors with their gains, individually rational or not.

    For float data, gains within rounding of zero are set to zero.
    """
    assert isinstance(problem.feasible, FiniteDeals)
    return gains_over_disagreement(problem, problem.feasible.efficient)


def needs_support(problem: BargainingProblem) -> bool:
    """Return whether lotteries are found by the support function rather than from all efficient deals."""
    deals = problem.feasible
    return isinstance(deals, FiniteDeals) and not (deals.listable and deals.num_combinations <= MOST_LISTED)


def lottery_gains(problem: BargainingProblem) -> RationalDeals:
    """Return the gains of deals of which every efficient lottery of two players is a mixture."""
    assert isinstance(problem.feasible, FiniteDeals)
    if needs_support(problem):
        return gains_over_disagreement(problem, problem.feasible.supported)
    return efficient_gains(problem)


def method_over(deals: RationalDeals, template: str) -> str:
    """Return ``template`` with the number of deals, and how they were found where they are few of very many."""
    method = template.format(len(deals))
    if isinstance(deals.efficient, SupportedDeals):
        total = deals.efficient.deals.num_combinations
        among = f"{total:,}" if total < 10**6 else f"10^{len(str(total)) - 1}"
        method = f"{method}, found among {among} by {deals.efficient.support.description}"
    return method


def gains_over_disagreement(problem: BargainingProblem, efficient: AnyDeals) -> RationalDeals:
    """Return payoff vectors with their gains; for float data, gains within rounding of zero are zero."""
    deals = efficient.deals
    rows = np.arange(len(efficient))
    if problem.exact:
        gains = _exact_gains(problem, efficient)
        return RationalDeals(problem, efficient, rows, gains, np.zeros_like(gains))
    units = efficient.units
    gains, rounding = efficient.points, rounding_units(len(deals.terms)) * efficient.sizes
    if units.kind != "float":
        # Integer payoffs over a float disagreement point.
        base = np.array([float(value) for value in units.base])
        gains = base + gains.astype(float) * np.array([float(unit) for unit in units.unit])
        rounding = rounding_units(len(deals.terms)) * np.maximum(np.abs(gains), np.abs(base))
    default = np.array(problem.disagreement)
    gains = gains - default
    rounding = rounding + rounding_units(0) * np.abs(default)
    return RationalDeals(problem, efficient, rows, np.where(np.abs(gains) <= rounding, 0.0, gains), rounding)


def _exact_gains(problem: BargainingProblem, efficient: AnyDeals) -> Floats:
    """Return gains as floats whose relative error is a few units of rounding, and whose signs are right."""
    default = problem.exact_disagreement
    assert default is not None
    units = efficient.units
    deals = RationalDeals(problem, efficient, np.arange(len(efficient)), efficient.points, efficient.points)
    gains = np.empty(efficient.points.shape)
    for i, (base, unit, value) in enumerate(zip(units.base, units.unit, default, strict=True)):
        offset = base - value
        scale = offset.denominator * unit.denominator
        step, start = int(unit * scale), int(offset * scale)
        largest = int(efficient.points[:, i].max(initial=0)) * step + abs(start)
        if units.kind == "whole" and max(largest, scale) < FLOAT_INTEGERS:
            gains[:, i] = (efficient.points[:, i] * step + start) / scale
        else:
            gains[:, i] = [float(deals.exact_gain(k)[i]) for k in range(len(efficient))]
    return gains


def rational_deals(problem: BargainingProblem) -> RationalDeals:
    """Return the efficient payoff vectors that give nobody less than disagreement; empty when there are none."""
    deals = efficient_gains(problem)
    return deals.subset(np.flatnonzero((deals.gains >= 0).all(axis=1)))
