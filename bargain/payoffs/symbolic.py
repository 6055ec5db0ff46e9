"""Formula trees to sympy expressions.

Every lever becomes a symbol with a name of our own (``x0``, ``x1``, ...), every parameter its number, every definition
the expression that it stands for; no text and no name of the user's ever reaches sympy, which would read or run it.
Quoted words are gone by now: the reader has put codes for them.  Tested against the plain evaluator of trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from sympy import Expr, S, Symbol
from sympy.logic.boolalg import false, true

from bargain.payoffs.algebra import call, constant, number, power, product, settled, total
from bargain.payoffs.nodes import AtMost, Both, Either, Equal, Less, Negation, Select
from bargain.scenario.arithmetic import COMPARISONS
from bargain.scenario.document import Document
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

__all__ = ["Translator", "both", "chosen", "compared", "either"]


class Translator:
    """Turns the formulas of one document into sympy expressions.

    Parameters
    ----------
    document : Document
        Its levers, parameters and definitions are the names that formulas may use.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        count = len(document.levers)
        self.symbols: tuple[Symbol, ...] = tuple(Symbol(f"x{place}", real=True) for place in range(count))
        self.indices: dict[Expr, int] = {symbol: place for place, symbol in enumerate(self.symbols)}

    def expression(self, formula: Expression) -> Expr:
        """Return the sympy expression of a formula; a condition gives a condition, or sympy's true or false.

        Raises
        ------
        ValueError
            The formula uses a name that the document does not know.
        """
        return fold(formula, self._combine)

    @cached_property
    def _names(self) -> dict[str, Expr]:
        names: dict[str, Expr] = {
            lever.name: symbol for lever, symbol in zip(self._document.levers, self.symbols, strict=True)
        }
        names |= {parameter.name: number(parameter.value) for parameter in self._document.parameters}
        # The dictionary grows while the definitions, which use earlier ones, are read.
        self.__dict__["_names"] = names
        for definition in self._document.definitions:
            names[definition.name] = self.expression(definition.expression)
        return names

    def _combine(self, node: Expression, items: Sequence[Expr]) -> Expr:
        match node:
            case Number():
                return number(node.value)
            case Name():
                if node.name not in self._names:
                    raise ValueError(f"`{node.name}` is neither a lever nor a parameter nor a definition")
                return self._names[node.name]
            case Sum():
                pairs = zip(items, node.signs, strict=True)
                return total(item if sign > 0 else product([S.NegativeOne, item]) for item, sign in pairs)
            case Product():
                pairs = zip(items, node.signs, strict=True)
                return product([item if sign > 0 else power(item, S.NegativeOne) for item, sign in pairs])
            case Power():
                return power(*items)
            case Call():
                return call(node.function, items)
            case Compare():
                return compared(node.operator, *items)
            case Logic():
                return both(items) if node.operator == "and" else either(items)
            case Not():
                return _negated(items[0])
            case Choice():
                return chosen(*items)
        raise ValueError(f"a formula cannot hold {node!r} here")


def compared(operator: str, left: Expr, right: Expr) -> Expr:
    """Return a comparison as a condition; of two numbers, its truth."""
    values = constant(left), constant(right)
    if values[0] is not None and values[1] is not None:
        return true if COMPARISONS[operator](*values) else false
    match operator:
        case "<":
            return settled(Less(left, right))
        case "<=":
            return settled(AtMost(left, right))
        case ">":
            return settled(Less(right, left))
        case ">=":
            return settled(AtMost(right, left))
        case "==":
            return settled(Equal(left, right))
        case _:
            return settled(Negation(Equal(left, right)))


def both(items: Sequence[Expr]) -> Expr:
    """Return the condition that all items hold."""
    # An item that is false at all levels makes the rest immaterial, even where that has no value.
    return _joined(Both, items, true, false)


def either(items: Sequence[Expr]) -> Expr:
    """Return the condition that at least one item holds."""
    return _joined(Either, items, false, true)


def chosen(then: Expr, condition: Expr, otherwise: Expr) -> Expr:
    """Return ``then if condition else otherwise``."""
    if condition is true or condition is false:
        return then if condition is true else otherwise
    return then if then == otherwise else settled(Select(condition, then, otherwise))


def _joined(kind: type[Expr], items: Sequence[Expr], neutral: Expr, decisive: Expr) -> Expr:
    if any(item is decisive for item in items):
        return decisive
    left = [item for item in items if item is not neutral]
    if not left:
        return neutral
    return left[0] if len(left) == 1 else settled(kind(*left))


def _negated(item: Expr) -> Expr:
    if item is true or item is false:
        return false if item is true else true
    return settled(Negation(item))
