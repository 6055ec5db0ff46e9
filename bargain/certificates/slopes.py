"""Derivatives of formulas' trees as trees, for checks that share no code with the solvers.

The slope of ``min``, ``max`` and ``abs`` is that of the argument that counts, written as a conditional, so that bounds
of it over a box hold Clarke's generalised gradient.  A conditional may jump: there is no slope then.  Tested against
differences of values.
"""

from __future__ import annotations

from collections.abc import Sequence

from bargain.scenario.expression import (
    Call,
    Choice,
    Compare,
    Expression,
    Name,
    Number,
    Power,
    Product,
    Sum,
    fold,
)

__all__ = ["NoSlopeError", "slope"]

Pair = tuple[Expression, Expression | None]
"""A part with its slope; None is a slope of zero."""


class NoSlopeError(ValueError):
    """The formula may jump when the lever moves."""


def slope(expression: Expression, name: str) -> Expression:
    """Return the derivative of a formula with respect to a name.

    Raises
    ------
    NoSlopeError
        A condition reads the name.

    Examples
    --------
    >>> from bargain.scenario.expression import evaluate
    >>> from bargain.scenario.formula import read_formula
    >>> evaluate(slope(read_formula("x^2*y - y/x"), "x"), {"x": 2.0, "y": 1.0})
    4.25
    """

    def combine(node: Expression, parts: Sequence[tuple[Expression, Expression | None]]) -> Pair:
        if isinstance(node, Name):
            return node, Number(1.0) if node.name == name else None
        if not any(part is not None for _, part in parts):
            return node, None
        return node, _slope(node, parts)

    found = fold(expression, combine)[1]
    return Number(0.0) if found is None else found


def _slope(node: Expression, parts: Sequence[Pair]) -> Expression:
    match node:
        case Sum():
            kept = [(part, sign) for (_, part), sign in zip(parts, node.signs, strict=True) if part is not None]
            return Sum(tuple(part for part, _ in kept), tuple(sign for _, sign in kept))
        case Product():
            return _product(node, parts)
        case Power():
            return _power(*parts)
        case Call():
            return _call(node, parts)
        case Choice() if parts[1][1] is None:
            then, _, otherwise = (Number(0.0) if part is None else part for _, part in parts)
            return Choice(then, node.condition, otherwise)
        case _:
            raise NoSlopeError("the formula may jump when the lever moves")


def _product(node: Product, parts: Sequence[Pair]) -> Expression:
    items, signs = [], []
    for place, ((item, part), sign) in enumerate(zip(parts, node.signs, strict=True)):
        if part is None:
            continue
        if sign > 0:
            items.append(Product((*node.items[:place], part, *node.items[place + 1 :]), node.signs))
        else:
            items.append(Product((*node.items, part, item), (*node.signs, 1, -1)))
        signs.append(sign)
    return Sum(tuple(items), tuple(signs))


def _power(base: Pair, exponent: Pair) -> Expression:
    below, by_base = base
    above, by_exponent = exponent
    items: list[Expression] = []
    if by_base is not None:
        less = Number(above.value - 1) if isinstance(above, Number) else Sum((above, Number(1.0)), (1, -1))
        items.append(Product((above, Power(below, less), by_base), (1, 1, 1)))
    if by_exponent is not None:
        items.append(Product((Power(below, above), Call("log", (below,)), by_exponent), (1, 1, 1)))
    return Sum(tuple(items), (1,) * len(items))


def _call(node: Call, parts: Sequence[Pair]) -> Expression:
    inner, part = parts[0]
    zero = Number(0.0)
    if node.function in ("min", "max"):
        sign = "<=" if node.function == "min" else ">="
        best, found = inner, part or zero
        for item, other in parts[1:]:
            found = Choice(found, Compare(sign, best, item), other or zero)
            best = Call(node.function, (best, item))
        return found
    moved = part or zero
    match node.function:
        case "log":
            return Product((moved, inner), (1, -1))
        case "exp":
            return Product((node, moved), (1, 1))
        case "sqrt":
            return Product((moved, Number(2.0), node), (1, -1, -1))
        case _:
            return Choice(moved, Compare(">=", inner, zero), Sum((moved,), (-1,)))
