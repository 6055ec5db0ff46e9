r"""Is a lottery optimal for its rule? The support function answers.

:math:`h(\lambda) = \max_x \lambda \cdot v(x)` over all deals is computed component by component, by looking at every
combination of each separable component, or by an elimination in whole numbers where a component is too large for that.
For the Nash solution :math:`h(\lambda) - \lambda \cdot v` with :math:`\lambda_i = w_i / v_i` bounds the log product of
any lottery. The other claims are linear programs over lotteries, solved by adding the deals that :math:`h` finds until
it finds none; the bound comes from :math:`h`, not from the program. Tested by claims that it must refuse, and against
enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.certificates.elimination import Factors
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals

__all__ = ["MAX_COMBINATIONS", "EliminatedSupport", "Support", "lottery_gap", "no_lottery_gap", "support_of"]

Floats = NDArray[np.float64]

MAX_COMBINATIONS = 4_000_000
"""Combinations of levels that are looked at in one component."""

FEW_COMBINATIONS = 300_000
"""Up to so many combinations in every component, all are looked at; beyond, levers are eliminated."""

_ENTERING = 1e-11
_ROUNDS = 500
_OPTIONS: Any = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


class Support:
    """The support function of all lotteries over the deals of a problem.

    Attributes
    ----------
    size : array of shape (n,)
        Sum over components of the payoff range, by which gains are divided; the gain itself where all are the same.
    proof : array of shape (n,)
        The weights that prove the last bound of :meth:`largest`.
    """

    size: Floats
    empty: bool
    proof: Floats

    def __init__(self, problem: BargainingProblem) -> None:
        deals = problem.feasible
        assert isinstance(deals, FiniteDeals)
        self.blocks = [_block(deals, levers) for levers in deals.components]
        self.empty = any(len(block) == 0 for block in self.blocks)
        spread = np.zeros(problem.num_players)
        if not self.empty:
            spread += sum(np.ptp(block, axis=0) for block in self.blocks)
        # Constants and the disagreement point are taken off before anything is rounded to the size of the gains.
        low = [block.min(axis=0, initial=np.inf) for block in self.blocks]
        # A player who gets the same from all deals is measured by what that is.
        same = np.zeros_like(spread) if self.empty else np.abs(np.sum(low, axis=0) - np.array(problem.disagreement))
        self.size = np.where(spread > 0, spread, np.where(same > 0, same, 1.0))
        if not self.empty:
            self.blocks = [(block - least) / self.size for block, least in zip(self.blocks, low, strict=True)]
            self.base = (np.sum(low, axis=0) - np.array(problem.disagreement)) / self.size

    def best(self, direction: Floats) -> Floats:
        """Return the gains (n,), in units of ``size``, of a deal with the largest direction @ gains."""
        chosen = [block[int((block @ direction).argmax())] for block in self.blocks]
        return np.asarray(self.base + np.sum(chosen, axis=0))

    def value(self, direction: Floats) -> float:
        """Return what no deal's direction @ gains (in units of ``size``) exceeds."""
        return float(direction @ self.best(direction))

    def largest(self, objective: Floats, lower: Floats, start: Sequence[Floats]) -> float:
        """Return a bound on objective @ v over lotteries with gains v of at least ``lower`` (units of ``size``).

        ``start`` holds gains of lotteries, some mixture of which is at least ``lower``.
        """
        columns = list(start)
        bound, proof = np.inf, np.zeros(len(objective))
        for _ in range(_ROUNDS):
            table = np.array(columns)
            solved = linprog(
                -(table @ objective),
                A_ub=-table.T,
                b_ub=1e-12 - lower,
                A_eq=np.ones((1, len(columns))),
                b_eq=[1.0],
                method="highs",
                options=_OPTIONS,
            )
            if solved.status != 0:
                break
            prices = np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0)
            entering = self.best(objective + prices)
            # Weak duality: this bounds every lottery, however well the program was solved.
            if (now := float((objective + prices) @ entering - prices @ lower)) < bound:
                bound, proof = now, prices
            if bound + float(np.asarray(solved.fun)) <= _ENTERING * max(1.0, abs(bound)):
                break
            columns.append(entering)
        self.proof = objective + proof
        return bound if bound == np.inf else self.value(self.proof) - float(proof @ lower)

    def least_gain(self) -> tuple[float, list[Floats]]:
        """Return a bound on the largest least gain (units of ``size``) of any lottery, and the deals that it mixes."""
        count = len(self.size)
        columns = [self.best(np.eye(count)[i]) for i in range(count)]
        bound = np.inf
        for _ in range(_ROUNDS):
            table = np.array(columns)
            solved = linprog(
                np.append(np.zeros(len(columns)), -1.0),
                A_ub=np.column_stack([-table.T, np.ones(count)]),
                b_ub=np.zeros(count),
                A_eq=np.append(np.ones(len(columns)), 0.0)[None],
                b_eq=[1.0],
                bounds=_free_last(len(columns)),
                method="highs",
                options=_OPTIONS,
            )
            if solved.status != 0:
                break
            prices = np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0)
            prices = prices / prices.sum()
            entering = self.best(prices)
            bound = min(bound, float(prices @ entering))
            if bound + float(np.asarray(solved.fun)) <= _ENTERING:
                break
            columns.append(entering)
        return bound, columns


class EliminatedSupport(Support):
    """The same for components that are too large to be looked at combination by combination."""

    def __init__(self, problem: BargainingProblem) -> None:
        self.factors = Factors(problem)
        spread = np.zeros(problem.num_players)
        for _, payoffs in self.factors.deals.terms:
            spread += np.ptp(payoffs.reshape(len(payoffs), -1), axis=1)
        self.size = np.where(spread > 0, spread, 1.0)
        self.empty = self.factors.maximum([0.0] * problem.num_players)[0] == -np.inf

    def best(self, direction: Floats) -> Floats:
        """Return the gains (n,), in units of ``size``, of a deal with the largest direction @ gains."""
        _, steps = self.factors.maximum((direction / self.size).tolist())
        deal = [0] * len(self.factors.deals.sizes)
        for step in reversed(steps):
            place: Any = (slice(None), *(deal[lever] for lever in step.others))
            deal[step.lever] = int(step.table[place].argmax())
        payoffs = self.factors.deals.exact_payoffs(deal)
        default = self.factors.problem.exact_disagreement or tuple(map(Fraction, self.factors.problem.disagreement))
        return np.array([float(u - d) for u, d in zip(payoffs, default, strict=True)]) / self.size

    def value(self, direction: Floats) -> float:
        """Return what no deal's direction @ gains (in units of ``size``) exceeds, computed in whole numbers."""
        return float(self.factors.exact_maximum((direction / self.size).tolist()))


def support_of(problem: BargainingProblem) -> Support:
    """Return the support function, by looking at all combinations of each component where they are few."""
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    counts = (prod(deals.sizes[lever] for lever in levers) for levers in deals.components)
    return Support(problem) if max(counts, default=1) <= FEW_COMBINATIONS else EliminatedSupport(problem)


def _free_last(count: int) -> Any:
    return [(0.0, None)] * count + [(None, None)]


def _block(deals: FiniteDeals, levers: tuple[int, ...]) -> Floats:
    """Return the payoffs (m, n) of all allowed combinations of a component, from the terms that read it."""
    shape = tuple(deals.sizes[lever] for lever in levers)
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if count > MAX_COMBINATIONS:
        raise LimitError(f"a component of {count} combinations is too large to be checked (limit {MAX_COMBINATIONS})")
    numbers = np.unravel_index(np.arange(count), shape) if shape else ()
    levels = dict(zip(levers, numbers, strict=True))
    total = np.zeros((count, deals.num_players))
    allowed = np.ones(count, bool)
    first = levers == deals.components[0]
    for read, payoffs in deals.terms:
        if (read and read[0] in levels) or (not read and first):
            place: Any = (slice(None), *(levels[lever] for lever in read))
            total += payoffs[place].T
    for read, mask in deals.masks:
        if (read and read[0] in levels) or (not read and first):
            allowed &= mask[tuple(levels[lever] for lever in read)]
    return total[allowed]


def no_lottery_gap(problem: BargainingProblem) -> float:
    """Return a bound on what some lottery gives somebody, nobody losing, as a share of the players' ranges."""
    support = support_of(problem)
    if support.empty:
        return 0.0
    count = problem.num_players
    least, columns = support.least_gain()
    if least < -1e-9:
        return 0.0
    return max(0.0, support.largest(np.ones(count), np.full(count, min(0.0, least - 1e-10)), columns))


def lottery_gap(problem: BargainingProblem, gains: Floats, rule: str, weights: Floats) -> tuple[float, Floats]:
    """Return by how much some lottery beats the claimed gains according to a rule, and the normal that bounds it.

    Parameters
    ----------
    problem : BargainingProblem
        A finite problem with lotteries.
    gains : array of shape (n,)
        What the lottery gives over disagreement.
    rule : str
        "nash" (gap in the log of the Nash product), "kalai-smorodinsky" or "egalitarian" (largest share by which a
        player could be raised without lowering anybody who has no more), "utilitarian" (share of the sum of gains), or
        "efficiency" (sum over players of what could be added, as shares of their ranges).
    weights : array of shape (n,)
        The rule's weights.
    """
    support = support_of(problem)
    mine = gains / support.size
    count = len(mine)
    zero = np.minimum(mine, 0.0)
    if rule == "efficiency":
        return max(0.0, support.largest(np.ones(count), mine, [mine]) - float(mine.sum())), np.ones(count)
    if rule == "utilitarian":
        objective = weights * support.size
        objective = objective / objective.max()
        best = support.largest(objective, zero, [mine])
        return max(0.0, best - float(objective @ mine)) / max(best, 1e-300), objective / support.size
    able = np.array([support.largest(np.eye(count)[i], zero, [mine]) for i in range(count)])
    gaining = able > 1e-8
    if rule == "nash":
        return _product_gap(support, mine, weights, gaining, zero)
    scales = able if rule == "kalai-smorodinsky" else weights / support.size
    return _fairness_gap(support, mine, scales, gaining), scales


def _product_gap(
    support: Support, mine: Floats, weights: Floats, gaining: NDArray[np.bool_], zero: Floats
) -> tuple[float, Floats]:
    if (mine[gaining] <= 0).any():
        return np.inf, weights
    normal = np.where(gaining, weights / np.where(gaining, mine, 1.0), 0.0)
    normal = normal / weights[gaining].sum()
    gap = support.value(normal) - 1
    if gap > 1e-10:
        # Where somebody is held at zero, only individually rational lotteries count.
        gap = support.largest(normal, zero, [mine]) - 1
    return max(0.0, gap), normal / support.size


def _fairness_gap(support: Support, mine: Floats, scales: Floats, gaining: NDArray[np.bool_]) -> float:
    """Max-min fairness: nobody can be raised but by lowering somebody who has no more.

    On a convex set this is the lexicographic max-min.
    """
    count = len(mine)
    ratios = mine / np.where(scales > 0, scales, 1.0)
    gap = 0.0
    for i in np.flatnonzero(gaining):
        protected = (ratios <= ratios[i] * (1 + 1e-9) + 1e-12) | ~gaining
        lower = np.where(protected, mine, np.minimum(mine, 0.0))
        lower[i] = min(mine[i], 0.0)
        best = support.largest(np.eye(count)[i], lower, [mine])
        gap = max(gap, (best - float(mine[i])) / max(best, 1e-300))
    return gap
