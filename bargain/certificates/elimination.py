r"""The largest weighted sum of gains over sets of deals too large to look at, by elimination in whole numbers.

A few lines of dynamic programming of their own, which share nothing with the solver's: the lever whose table is
smallest goes next, its tables are added up and maximised over it, and the best levels are remembered.  Floats find;
what is claimed is computed again with every payoff as the exact fraction that it is.  Source: Bertele and Brioschi
(1972).  Tested against enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals

__all__ = ["MAX_ENTRIES", "EliminatedLever", "Factors", "eliminated", "order_of"]

Floats = NDArray[np.float64]
Factor = tuple[tuple[int, ...], NDArray[Any]]

MAX_ENTRIES = 1_000_000
"""Entries of the largest table that is made."""


_DIGITS = 53
"""Binary digits of a float."""


class EliminatedLever:
    """One step: the lever, the levers that its table is about besides, and the table, the lever's axis first."""

    def __init__(self, lever: int, others: tuple[int, ...], table: NDArray[Any]) -> None:
        self.lever, self.others, self.table = lever, others, table


def order_of(sizes: Sequence[int], reads: Sequence[Sequence[int]]) -> list[tuple[int, tuple[int, ...]]]:
    """Return the order in which levers go, each with the other levers that its table is about.

    Parameters
    ----------
    sizes : sequence of int
        Number of levels of each lever.
    reads : sequences of int
        The levers that each factor reads.

    Raises
    ------
    LimitError
        A table would have more than :data:`MAX_ENTRIES` entries.
    """
    tied = {k: {other for levers in reads if k in levers for other in levers} - {k} for k in range(len(sizes))}
    order = []
    while tied:
        entries = {k: prod(sizes[each] for each in others) * sizes[k] for k, others in tied.items()}
        lever = min(entries, key=lambda k: (entries[k], k))
        if entries[lever] > MAX_ENTRIES:
            raise LimitError(f"a table of {entries[lever]} entries is too large to be checked (limit {MAX_ENTRIES})")
        others = tied.pop(lever)
        for each in others:
            tied[each] = (tied[each] | others) - {each, lever}
        order.append((lever, tuple(sorted(others))))
    return order


def eliminated(
    sizes: Sequence[int], factors: Sequence[Factor], order: Sequence[tuple[int, tuple[int, ...]]]
) -> tuple[Any, list[EliminatedLever]]:
    """Return the maximum over all levels of the sum of factors, and the steps that lead there in an order."""
    left = list(factors)
    steps: list[EliminatedLever] = []
    for lever, others in order:
        # Small tables first: little is then added to much only once.
        mine = sorted((factor for factor in left if lever in factor[0]), key=lambda factor: factor[1].size)
        parts = [_laid_out(factor, (lever, *others), sizes) for factor in mine]
        table: Any = sum(parts[1:], start=parts[0]) if parts else np.zeros(sizes[lever], int)
        steps.append(EliminatedLever(lever, others, table))
        left = [factor for factor in left if lever not in factor[0]] + [(others, np.asarray(table.max(axis=0)))]
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
        self._whole: list[tuple[int, list[NDArray[Any]]]] = []
        self._reads = [levers for levers, _ in (*deals.terms, *deals.masks)]
        self._flat = np.concatenate([table.reshape(len(table), -1) for _, table in deals.terms], axis=1)
        self._ends = np.cumsum([table[0].size for _, table in deals.terms])[:-1]

    @cached_property
    def _order(self) -> list[tuple[int, tuple[int, ...]]]:
        return order_of(self.deals.sizes, self._reads)

    def maximum(self, weights: Sequence[float]) -> tuple[float, list[EliminatedLever]]:
        """Return the largest weights @ gains in floats, and the steps."""
        tables = np.split(np.asarray(weights, float) @ self._flat, self._ends)
        factors: list[Factor] = [
            (levers, own.reshape(table.shape[1:]))
            for own, (levers, table) in zip(tables, self.deals.terms, strict=True)
        ]
        factors += [(levers, np.where(mask, 0.0, -np.inf)) for levers, mask in self.deals.masks]
        factors.append(((), np.array(-float(np.dot(weights, self.problem.disagreement)))))
        total, steps = eliminated(self.deals.sizes, factors, self._order)
        return float(total), steps

    def exact_maximum(self, weights: Sequence[float]) -> Fraction:
        """Return the largest weights @ gains without rounding; the weights are the fractions that floats are."""
        if not self._whole:
            self._whole = [_counted([table[i : i + 1] for table in self._exact]) for i in range(len(weights))]
        ratios = [Fraction(w) / d for w, (d, _) in zip(weights, self._whole, strict=True)]
        common = lcm(*(ratio.denominator for ratio in ratios))
        scales = [int(ratio * common) for ratio in ratios]
        factors: list[Factor] = []
        reach = 1
        for k, (levers, _) in enumerate(self.deals.terms):
            parts = [scale * own[k] for scale, (_, own) in zip(scales, self._whole, strict=True) if scale]
            parts = parts or [np.zeros_like(self._whole[0][1][k])]
            table = np.asarray(sum(parts[1:], start=parts[0]), object)
            reach += max(abs(int(table.max())), abs(int(table.min())))
            factors.append((levers, table))
        # A combination that is not allowed loses more than everything else can make up for.
        loss = 2 * reach * (1 + len(self.deals.masks))
        for levers, mask in self.deals.masks:
            table = np.zeros(mask.shape, object)
            table[~mask] = -loss
            factors.append((levers, table))
        total, _ = eliminated(self.deals.sizes, factors, self._order)
        zero = sum((Fraction(w) * d for w, d in zip(weights, self._default, strict=True)), Fraction(0))
        return Fraction(int(total), common) - zero


def _counted(tables: Sequence[NDArray[Any]]) -> tuple[int, list[NDArray[Any]]]:
    """Return one player's tables in whole numbers, and what these are to be divided by."""
    if all(table.dtype.kind == "f" for table in tables):
        common, numbers = _dyadic(np.concatenate([table.ravel() for table in tables]))
    else:
        common, numbers = _over_denominator([value for table in tables for value in table.ravel().tolist()])
    counts = np.empty(len(numbers), object)
    counts[:] = numbers
    ends = np.cumsum([table.size for table in tables])
    return common, [part.reshape(table.shape[1:]) for part, table in zip(np.split(counts, ends), tables, strict=False)]


def _dyadic(values: Floats) -> tuple[int, list[int]]:
    """Return the power of two by which floats are to be multiplied to be whole, and what they are then."""
    shares, exponents = np.frexp(values)
    digits = np.ldexp(shares, _DIGITS).astype(np.int64)
    least = int(exponents[digits != 0].min(initial=_DIGITS))
    moved = np.where(digits != 0, exponents - least, 0)
    return 2 ** (_DIGITS - least), [whole << by for whole, by in zip(digits.tolist(), moved.tolist(), strict=True)]


def _over_denominator(values: Sequence[Any]) -> tuple[int, list[int]]:
    """Return the least common denominator of integers and Fractions, and their numerators over it."""
    common = lcm(*{int(value.denominator) for value in values})
    return common, [int(value.numerator) * (common // int(value.denominator)) for value in values]
