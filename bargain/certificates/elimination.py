r"""The largest weighted sum of gains over sets of deals too large to look at, by elimination in whole numbers.

A few lines of dynamic programming of their own, which share nothing with the solver's: the lever whose table is
smallest goes next, its tables are added up and maximised over it, and the best levels are remembered.  Floats find;
what is claimed is computed again with every payoff as the exact fraction that it is.  Source: Bertele and Brioschi
(1972).  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals

__all__ = ["MAX_ENTRIES", "EliminatedLever", "Factors", "eliminated"]

Floats = NDArray[np.float64]
Factor = tuple[tuple[int, ...], NDArray[Any]]

MAX_ENTRIES = 1_000_000
"""Entries of the largest table that is made."""


class EliminatedLever:
    """One step: the lever, the levers that its table is about besides, and the table, the lever's axis first."""

    def __init__(self, lever: int, others: tuple[int, ...], table: NDArray[Any]) -> None:
        self.lever, self.others, self.table = lever, others, table


def eliminated(sizes: Sequence[int], factors: Sequence[Factor]) -> tuple[Any, list[EliminatedLever]]:
    """Return the maximum over all levels of the sum of factors, and the steps that lead there.

    Raises
    ------
    LimitError
        A table would have more than :data:`MAX_ENTRIES` entries.
    """
    left = list(factors)
    steps: list[EliminatedLever] = []
    waiting = set(range(len(sizes)))
    while waiting:
        tied = {k: {other for levers, _ in left if k in levers for other in levers} - {k} for k in waiting}
        lever = min(waiting, key=lambda k: (prod(sizes[each] for each in tied[k]) * sizes[k], k))
        others = tuple(sorted(tied[lever]))
        shape = [sizes[each] for each in (lever, *others)]
        if prod(shape) > MAX_ENTRIES:
            raise LimitError(f"a table of {prod(shape)} entries is too large to be checked (limit {MAX_ENTRIES})")
        mine = [factor for factor in left if lever in factor[0]]
        table: Any = np.zeros(shape, mine[0][1].dtype if mine else float)
        for factor in mine:
            table = table + _laid_out(factor, (lever, *others), sizes)
        steps.append(EliminatedLever(lever, others, table))
        left = [factor for factor in left if lever not in factor[0]] + [(others, np.asarray(table.max(axis=0)))]
        waiting.discard(lever)
    total: Any = sum(value.item() for _, value in left)
    return total, steps


def _laid_out(factor: Factor, levers: tuple[int, ...], sizes: Sequence[int]) -> NDArray[Any]:
    read, table = factor
    order = sorted(range(len(read)), key=lambda k: levers.index(read[k]))
    return table.transpose(order).reshape([sizes[each] if each in read else 1 for each in levers])


class Factors:
    """The gains of a problem as tables over few levers, in floats and in whole numbers."""

    def __init__(self, problem: BargainingProblem) -> None:
        deals = problem.feasible
        assert isinstance(deals, FiniteDeals)
        self.problem, self.deals = problem, deals
        self._exact = deals.exact if deals.exact is not None else tuple(table for _, table in deals.terms)
        default = problem.exact_disagreement or tuple(map(Fraction, problem.disagreement))
        self._default = default
        self._whole: list[list[NDArray[Any]]] | None = None
        self._denominators: list[int] = []

    def maximum(self, weights: Sequence[float]) -> tuple[float, list[EliminatedLever]]:
        """Return the largest weights @ gains in floats, and the steps."""
        factors: list[Factor] = [
            (levers, np.tensordot(np.asarray(weights, float), table, 1)) for levers, table in self.deals.terms
        ]
        factors += [(levers, np.where(mask, 0.0, -np.inf)) for levers, mask in self.deals.masks]
        factors.append(((), np.array(-float(np.dot(weights, self.problem.disagreement)))))
        total, steps = eliminated(self.deals.sizes, factors)
        return float(total), steps

    def exact_maximum(self, weights: Sequence[float]) -> Fraction:
        """Return the largest weights @ gains without rounding; the weights are the fractions that floats are."""
        if self._whole is None:
            self._whole = [[self._counted(table[i : i + 1], i) for table in self._exact] for i in range(len(weights))]
        assert self._whole is not None
        ratios = [Fraction(w) / d for w, d in zip(weights, self._denominators, strict=True)]
        common = lcm(*(ratio.denominator for ratio in ratios))
        scales = [int(ratio * common) for ratio in ratios]
        factors: list[Factor] = []
        reach = 1
        for k, (levers, _) in enumerate(self.deals.terms):
            parts = [scale * own[k] for scale, own in zip(scales, self._whole, strict=True)]
            table = np.asarray(sum(parts[1:], start=parts[0]), object)
            reach += max(abs(int(table.max())), abs(int(table.min())))
            factors.append((levers, table))
        # A combination that is not allowed loses more than everything else can make up for.
        loss = 2 * reach * (1 + len(self.deals.masks))
        for levers, mask in self.deals.masks:
            table = np.zeros(mask.shape, object)
            table[~mask] = -loss
            factors.append((levers, table))
        total, _ = eliminated(self.deals.sizes, factors)
        zero = sum((Fraction(w) * d for w, d in zip(weights, self._default, strict=True)), Fraction(0))
        return Fraction(int(total), common) - zero

    def _counted(self, table: NDArray[Any], player: int) -> NDArray[Any]:
        if len(self._denominators) <= player:
            values = [Fraction(value) for own in self._exact for value in own[player : player + 1].ravel().tolist()]
            self._denominators.append(lcm(*{value.denominator for value in values}))
        scale = self._denominators[player]
        flat = [int(Fraction(value) * scale) for value in table.ravel().tolist()]
        return np.array(flat, object).reshape(table.shape[1:])
