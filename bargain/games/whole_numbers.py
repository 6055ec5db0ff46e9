"""Payoffs and strategies as whole numbers over a common denominator.

Exact sums of products are many times faster in Python ints than in Fractions, and no less exact: a float is a dyadic
rational, so every payoff has such a form.  Tested through the exact expected payoffs and regrets of games.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["WholeNumbers", "as_fractions", "contract", "is_exact", "whole_strategy", "whole_table"]


class WholeNumbers(NamedTuple):
    """Object array of ints, and the positive int that all are to be divided by."""

    numerators: NDArray[np.object_]
    denominator: int


def whole_table(table: NDArray[Any]) -> WholeNumbers:
    """Return floats or Fractions as whole numbers over their least common denominator."""
    ratios = [value.as_integer_ratio() for value in table.ravel().tolist()]
    denominator = lcm(*{below for _, below in ratios})
    numerators = np.empty(len(ratios), dtype=object)
    numerators[:] = [above * (denominator // below) for above, below in ratios]
    return WholeNumbers(numerators.reshape(table.shape), denominator)


def whole_strategy(strategy: Sequence[Any], support: NDArray[np.intp]) -> WholeNumbers:
    """Return the probabilities of the actions in ``support``, ints or Fractions, as whole numbers."""
    chances = [strategy[a] for a in support]
    made = np.empty(len(chances), dtype=object)
    made[:] = [chance if isinstance(chance, Fraction) else Fraction(int(chance)) for chance in chances]
    return whole_table(made)


def as_fractions(values: NDArray[Any], denominator: int = 1) -> NDArray[np.object_]:
    """Return numbers, divided by ``denominator``, as Fractions; floats are taken as the dyadic rationals they are."""
    made = np.empty(values.size, dtype=object)
    made[:] = [
        Fraction(value) / denominator if denominator != 1 else Fraction(value) for value in values.ravel().tolist()
    ]
    return made.reshape(values.shape)


def contract(values: NDArray[Any], player: int, weights: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the sum over all axes but the player's, weighted with the others' probabilities."""
    for other in reversed(range(len(weights))):
        if other != player:
            values = np.moveaxis(values, other, -1) @ weights[other]
    return values


def is_exact(strategy: Any) -> bool:
    """Whether no probability is a float."""
    if isinstance(strategy, np.ndarray) and strategy.dtype != object:
        return bool(strategy.dtype.kind != "f")
    return not any(isinstance(p, (float, np.floating)) for p in strategy)
