"""Derivatives of payoff expressions with respect to levers, as sympy expressions.

Sympy's own ``diff`` walks a formula as a tree and by recursion: parts that definitions share are derived again at each
place, and a chain of 60 definitions passes Python's limit of recursion.  Here each shared part is derived once, from
the leaves up.  Where a formula has a kink (``abs``, ``min``, ``max``, a conditional) the derivative is that of the
branch taken, and that of the earlier argument on a tie.  Tested against central differences and sympy's ``diff``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sympy import Expr, S

from bargain.effort import current
from bargain.errors import LimitError
from bargain.payoffs.algebra import UNDEFINED, constant, number, power, product, settled, total
from bargain.payoffs.nodes import (
    Direction,
    Equal,
    Exponential,
    Greatest,
    Least,
    Logarithm,
    Magnitude,
    Select,
    Shared,
    VariablePower,
    parts,
    postorder,
)

__all__ = ["Derivatives"]

MOST_PARTS = 2_000_000
"""Parts of all derivatives of one scenario: some seconds and less than a gigabyte."""


class Derivatives:
    """Derivatives that remember what they have derived, so that terms and orders share the work.

    Examples
    --------
    >>> from sympy import symbols
    >>> x = symbols("x0", real=True)
    >>> Derivatives().of(x**3 + 2*x, x)
    3.0*x0**2 + 2.0
    """

    def __init__(self, most: int = MOST_PARTS) -> None:
        self._known: dict[tuple[Expr, Expr], Expr] = {}
        self._left = most

    def spend(self, count: int) -> None:
        """Count parts of derivatives, here or where they are put together; look at the clock too."""
        current().check("payoffs and limits were differentiated")
        self._left -= count
        if self._left < 0:
            raise LimitError(
                "the derivatives of these payoffs have too many parts; "
                "give levers `steps` or `levels`, or negotiate fewer linked issues at once"
            )

    def of(self, expression: Expr, symbol: Expr) -> Expr:
        """Return the derivative of an expression with respect to a symbol.

        Raises
        ------
        LimitError
            All derivatives so far have more parts than allowed, or time is up.
        """
        known = self._known
        known[symbol, symbol] = S.One

        def into(node: Expr) -> tuple[Expr, ...]:
            return () if (node, symbol) in known else parts(node)

        for node in postorder([expression], into):
            if (node, symbol) not in known:
                slopes = [known[part, symbol] for part in parts(node)]
                moving = sum(slope is not S.Zero for slope in slopes)
                self.spend(1 + len(slopes) * moving)
                known[node, symbol] = _slope(node, slopes) if moving else S.Zero
        return known[expression, symbol]


def _slope(node: Expr, slopes: Sequence[Expr]) -> Expr:
    """Return the derivative of a node from the derivatives of its parts, not all zero."""
    if node.is_Add:
        return total(slopes)
    if node.is_Mul:
        return _product_rule(node.args, slopes)
    match node:
        case Shared():
            return slopes[0]
        case Exponential():
            return product([slopes[0], node])
        case Logarithm():
            return product([slopes[0], power(node.args[0], S.NegativeOne)])
        case Magnitude():
            return product([slopes[0], Direction(node.args[0])])
        case Direction():
            return S.Zero
        case Select():
            return _select(node.args[0], slopes[1], slopes[2])
        case Least() | Greatest():
            return _extreme(node, slopes)
        case VariablePower():
            return _variable_power(node, *slopes)
    if node.is_Pow:
        base, exponent = node.args
        return product([exponent, power(base, exponent - 1), slopes[0]])
    return S.Zero  # a condition


def _product_rule(factors: Sequence[Expr], slopes: Sequence[Expr]) -> Expr:
    return total(
        product([*factors[:place], slope, *factors[place + 1 :]])
        for place, slope in enumerate(slopes)
        if slope is not S.Zero
    )


def _select(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    return then if then == otherwise else settled(Select(condition, then, otherwise))


def _extreme(node: Expr, slopes: Sequence[Expr]) -> Expr:
    """Return the slope of the first argument that attains the extreme."""
    result = slopes[-1]
    for argument, slope in zip(reversed(node.args[:-1]), reversed(slopes[:-1]), strict=True):
        result = _select(Equal(argument, node), slope, result)
    return result


def _variable_power(node: Expr, base_slope: Expr, exponent_slope: Expr) -> Expr:
    base, exponent = node.args
    by_base = product([exponent, power(base, total([exponent, S.NegativeOne])), base_slope])
    value = constant(base)
    if value is None:
        # 0^y is 0 for all y > 0, so that it does not grow with y; the logarithm would say otherwise.
        growth = _select(Equal(base, S.Zero), S.Zero, product([node, Logarithm(base)]))
    elif value > 0:
        growth = product([node, number(math.log(value))])
    else:
        growth = S.Zero if value == 0 else UNDEFINED
    return total([by_base, product([growth, exponent_slope])])
