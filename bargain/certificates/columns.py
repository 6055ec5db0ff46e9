"""Formulas evaluated at many deals at once: the same operations as for one deal, on columns of levels.

The order of operations is that of :func:`bargain.scenario.expression.evaluate`, so that values differ by the rounding
of powers, logarithms and exponentials at most.  Where a number may have no value, the row is left to plain evaluation.
Tested against it, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    depth,
    size,
)

__all__ = ["Columns", "WordError"]

_CALLS: dict[str, Callable[..., Any]] = {
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "min": lambda *parts: reduce(np.minimum, parts),
    "max": lambda *parts: reduce(np.maximum, parts),
}
_COMPARED: dict[str, Callable[..., Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_DEEPEST, _LONGEST = 120, 50_000


class WordError(ValueError):
    """A formula is too long, or holds words, which have no columns."""


class Columns:
    """The values of formulas at m deals.

    Attributes
    ----------
    doubt : array of shape (m,)
        The rows where some part may have no value; their values mean nothing.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> columns = Columns({"x": np.array([1.0, -4.0])}, {}, 2)
    >>> columns.value(read_formula("sqrt(x) + 1")).tolist()[0], columns.doubt.tolist()
    (2.0, [False, True])
    """

    def __init__(self, known: Mapping[str, Any], definitions: Mapping[str, Expression], count: int) -> None:
        self._known, self._definitions = dict(known), definitions
        self.doubt: NDArray[np.bool_] = np.zeros(count, bool)

    def value(self, formula: Expression) -> NDArray[np.float64]:
        """Return the values (m,) of a formula.

        Raises
        ------
        WordError
            The formula cannot be evaluated in this way.
        """
        if size(formula) > _LONGEST or depth(formula) > _DEEPEST:
            raise WordError("the formula is too long")
        with np.errstate(all="ignore"):
            found = np.array(np.broadcast_to(np.asarray(self._value(formula), float), self.doubt.shape))
        self.doubt |= ~np.isfinite(found)
        return found

    def _value(self, node: Expression) -> Any:
        match node:
            case Number():
                return node.value
            case Name():
                if node.name not in self._known:
                    self._known[node.name] = self.value(self._definitions[node.name])
                return self._known[node.name]
            case Sum():
                parts = [self._value(item) for item in node.items]
                signed = [part if sign > 0 else -part for part, sign in zip(parts, node.signs, strict=True)]
                return reduce(lambda total, part: total + part, signed)
            case Product():
                return self._product([self._value(item) for item in node.items], node.signs)
            case Power():
                return self._sure(np.power(self._sure(self._value(node.base)), self._sure(self._value(node.exponent))))
            case Call():
                return self._sure(_CALLS[node.function](*[self._sure(self._value(each)) for each in node.arguments]))
            case _:
                return self._condition(node)

    def _condition(self, node: Expression) -> Any:
        match node:
            case Choice():
                return np.where(self._value(node.condition), self._value(node.then), self._value(node.otherwise))
            case Compare():
                return _COMPARED[node.operator](*[self._sure(self._value(each)) for each in (node.left, node.right)])
            case Not():
                return np.logical_not(self._value(node.item))
            case Logic():
                join = np.logical_and if node.operator == "and" else np.logical_or
                return reduce(join, [self._value(item) for item in node.items])
            case _:
                raise WordError(f"{node!r} has no columns")

    def _product(self, parts: Sequence[Any], signs: Sequence[int]) -> Any:
        total = parts[0] if signs[0] > 0 else 1.0 / self._sure(np.asarray(parts[0], float))
        for part, sign in zip(parts[1:], signs[1:], strict=True):
            total = total * part if sign > 0 else total / self._sure(np.asarray(part, float))
        return self._sure(total)

    def _sure(self, values: Any) -> Any:
        """Remember rows where a value is not finite: what is made of it may look as if it were."""
        self.doubt |= ~np.isfinite(values)
        return values
