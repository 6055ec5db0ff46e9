"""Formulas' trees on arrays of plain floats: fast values at many points, for searches that prove nothing.

Both branches of a conditional are worked out; what is undefined in the one that is not taken does not matter.  Tested
against evaluation point by point.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.scenario.expression import (
    Call,
    Choice,
    Compare,
    Expression,
    Logic,
    Name,
    Not,
    Number,
    Power,
    Product,
    Sum,
    fold,
)

__all__ = ["values_at"]

Array = NDArray[np.float64]


def values_at(expression: Expression, levels: Mapping[str, Array]) -> Any:
    """Return the values of a formula, not a number where it has none.

    Parameters
    ----------
    expression : Expression
        A number or a condition.
    levels : mapping
        An array for each name, all of one shape.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> values_at(read_formula("log(x) if x > 0 else -x"), {"x": np.array([-2.0, 1.0])})
    array([2., 0.])
    """

    def combine(node: Expression, parts: Sequence[Any]) -> Any:
        return levels[node.name] if isinstance(node, Name) else _combined(node, parts)

    with np.errstate(all="ignore"):
        return fold(expression, combine)


def _combined(node: Expression, parts: Sequence[Any]) -> Any:
    match node:
        case Number():
            return np.float64(node.value)
        case Sum():
            first = parts[0] if node.signs[0] > 0 else -parts[0]
            rest = zip(parts[1:], node.signs[1:], strict=True)
            return reduce(lambda total, pair: total + pair[0] if pair[1] > 0 else total - pair[0], rest, first)
        case Product():
            first = parts[0] if node.signs[0] > 0 else 1.0 / parts[0]
            rest = zip(parts[1:], node.signs[1:], strict=True)
            return reduce(lambda total, pair: total * pair[0] if pair[1] > 0 else total / pair[0], rest, first)
        case Power():
            return parts[0] ** parts[1]
        case Call():
            return _CALLS[node.function](parts)
        case Compare():
            return _COMPARISONS[node.operator](*parts)
        case Choice():
            return np.where(parts[1], parts[0], parts[2])
        case Not():
            return np.logical_not(parts[0])
        case Logic():
            return reduce(np.logical_and if node.operator == "and" else np.logical_or, parts)
        case _:
            raise ValueError(f"a payoff cannot hold {node!r} here")


_CALLS = {
    "log": lambda parts: np.log(parts[0]),
    "exp": lambda parts: np.exp(parts[0]),
    "sqrt": lambda parts: np.sqrt(parts[0]),
    "abs": lambda parts: np.abs(parts[0]),
    "max": lambda parts: reduce(np.maximum, parts),
    "min": lambda parts: reduce(np.minimum, parts),
}
_COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
