"""Formulas as sums of parts that read few levers each, for bounds that take a sum apart.

A sum is split into its items, and a constant factor is taken to every item of a sum.  Nothing is multiplied out.
Tested against plain evaluation: the parts add up to the formula.
"""

from __future__ import annotations

from collections.abc import Set

from bargain.scenario.expression import Expression, Number, Product, Sum, names

__all__ = ["additive_parts"]


def additive_parts(expression: Expression, levers: Set[str]) -> list[Expression]:
    """Return formulas that add up to ``expression``, each as small as a look at sums and constant factors makes it.

    Parameters
    ----------
    expression : Expression
        A number.
    levers : set of str
        The names that vary; all others are constant.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> parts = additive_parts(read_formula("2*(x - y/3) + x*y"), {"x", "y"})
    >>> [sorted(name.name for name in names(part)) for part in parts]
    [['x'], ['y'], ['x', 'y']]
    """
    found: list[Expression] = []
    stack = [expression]
    while stack:
        item = stack.pop()
        pieces = _pieces(item, levers)
        if pieces is None:
            found.append(item)
        else:
            stack.extend(reversed(pieces))
    return found


def _pieces(item: Expression, levers: Set[str]) -> list[Expression] | None:
    """Return the items of a sum, or of a sum times a constant; None where there is nothing to split."""
    if isinstance(item, Sum):
        if len(item.items) == 1 and item.signs[0] > 0:
            return [item.items[0]]
        if len(item.items) == 1 and isinstance(item.items[0], Sum):
            inner = item.items[0]
            return [_signed(part, -sign) for part, sign in zip(inner.items, inner.signs, strict=True)]
        if len(item.items) == 1:
            return _scaled(item.items[0], levers, -1.0)
        return [_signed(part, sign) for part, sign in zip(item.items, item.signs, strict=True)]
    return _scaled(item, levers, 1.0)


def _scaled(item: Expression, levers: Set[str], factor: float) -> list[Expression] | None:
    """Return the items of ``factor`` times a product of constants with one sum."""
    if not isinstance(item, Product):
        return None
    varying = [place for place, part in enumerate(item.items) if _reads(part, levers)]
    if len(varying) != 1 or item.signs[varying[0]] < 0:
        return None
    place = varying[0]
    inner = item.items[place]
    pieces = _pieces(inner, levers) if isinstance(inner, Sum | Product) else None
    if pieces is None:
        return None
    others = (Number(factor), *item.items[:place], *item.items[place + 1 :])
    signs = (1, *item.signs[:place], *item.signs[place + 1 :])
    return [Product((*others, part), (*signs, 1)) for part in pieces]


def _signed(part: Expression, sign: int) -> Expression:
    return part if sign > 0 else Sum((part,), (-1,))


def _reads(item: Expression, levers: Set[str]) -> bool:
    return any(name.name in levers for name in names(item))
