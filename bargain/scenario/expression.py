"""The tree of a formula: what a reader makes of the text, before any number or symbol is put in.

The nodes are plain frozen records.  Sums and products are flat (``a - b + c`` is one :class:`Sum` of three items), so
that a sum of hundreds of terms is no deeper than its deepest term.  Every node knows the half-open range of characters
``[start, end)`` of the formula that it came from.

This module evaluates a tree in plain Python floats.  It is used to check domains when a file is read, by the
``[[expect]]`` rules, and by the certificates, which must not share the compiled payoffs with the solvers.

Substitution (:mod:`bargain.scenario.substitution`) shares subtrees, so that a tree may be a graph whose written-out
form is astronomically long.  Every function here visits a shared node once and keeps its own stack, so that neither
sharing nor depth can exhaust the machine.  The tests compare the values with those of Python's own arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bargain.errors import BargainError
from bargain.scenario import arithmetic

__all__ = [
    "Call",
    "Choice",
    "Compare",
    "DomainError",
    "Expression",
    "Logic",
    "Name",
    "Not",
    "Number",
    "Power",
    "Product",
    "Sum",
    "Text",
    "children",
    "depth",
    "evaluate",
    "fold",
    "names",
    "nodes",
    "size",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A finite literal."""

    value: float
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A lever, parameter, definition or (in rules) a dotted result such as ``gain.US``."""

    name: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted word: the name of a level or a status; it may only be compared."""

    value: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Sum:
    """``items[0]*signs[0] + items[1]*signs[1] + ...`` with signs +1 or -1; also the unary minus."""

    items: tuple[Expression, ...]
    signs: tuple[int, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Product:
    """``items[0]**signs[0] * items[1]**signs[1] * ...`` with signs +1 (times) or -1 (divided by)."""

    items: tuple[Expression, ...]
    signs: tuple[int, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Power:
    """``base ^ exponent``; right-associative, and it binds tighter than a minus sign on its left."""

    base: Expression
    exponent: Expression
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the closed vocabulary: log, exp, sqrt, abs, min, max."""

    function: str
    arguments: tuple[Expression, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right`` with one of ``< <= > >= == !=``."""

    operator: str
    left: Expression
    right: Expression
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more conditions (a chained comparison is an ``and``)."""

    operator: str
    items: tuple[Expression, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """``not condition``."""

    item: Expression
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """``then if condition else otherwise``."""

    then: Expression
    condition: Expression
    otherwise: Expression
    start: int = 0
    end: int = 0


Expression = Number | Name | Text | Sum | Product | Power | Call | Compare | Logic | Not | Choice

Result = TypeVar("Result")


class DomainError(BargainError, ArithmeticError):
    """A formula has no finite real value at these levels; ``node`` is the part that has none.

    Parameters
    ----------
    message : str
        What is wrong, for example ``log of -1; it needs a positive number``.
    node : Expression
        The part of the tree; ``start`` and ``end`` are its place in the formula.
    """

    def __init__(self, message: str, node: Expression) -> None:
        self.message = message
        self.node = node
        self.start = node.start
        self.end = node.end
        super().__init__(message)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the parts of a node in the order in which they are written."""
    match node:
        case Sum() | Product() | Logic():
            return node.items
        case Call():
            return node.arguments
        case Power():
            return (node.base, node.exponent)
        case Compare():
            return (node.left, node.right)
        case Choice():
            return (node.then, node.condition, node.otherwise)
        case Not():
            return (node.item,)
        case _:
            return ()


def fold(expression: Expression, combine: Callable[[Expression, Sequence[Result]], Result]) -> Result:
    """Return ``combine(node, results of its parts)`` of the root, computed from the leaves up.

    A node that is shared is combined once; the depth of the tree is no limit.
    """
    done: dict[int, Result] = {}
    stack = [expression]
    while stack:
        node = stack[-1]
        parts = children(node)
        waiting = [part for part in parts if id(part) not in done]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        stack.pop()
        if id(node) not in done:
            done[id(node)] = combine(node, [done[id(part)] for part in parts])
    return done[id(expression)]


def nodes(expression: Expression) -> tuple[Expression, ...]:
    """Return all nodes, parents first and otherwise in the order of the formula, shared nodes once."""
    seen: set[int] = set()
    found: list[Expression] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            found.append(node)
            stack.extend(reversed(children(node)))
    return tuple(found)


def names(expression: Expression) -> tuple[Name, ...]:
    """Return the names of a tree in the order in which they are written, each place once.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> [node.name for node in names(read_formula("rent*tariff - dwl*tariff^2"))]
    ['rent', 'tariff', 'dwl', 'tariff']
    """
    return tuple(node for node in nodes(expression) if isinstance(node, Name))


def size(expression: Expression) -> int:
    """Return the number of nodes of the tree as it would be written out."""
    return fold(expression, lambda _, parts: 1 + sum(parts))


def depth(expression: Expression) -> int:
    """Return the number of nodes on the longest way from the root to a leaf."""
    return fold(expression, lambda _, parts: 1 + max(parts, default=0))


def evaluate(expression: Expression, values: Mapping[str, float | str]) -> float | bool:
    """Return the value of a formula, or whether a condition holds.

    Parameters
    ----------
    expression : Expression
        A number or a condition; its kinds are taken as checked (:func:`bargain.scenario.formula.kind`).
    values : Mapping
        A number for each name, or a word for a name that is compared with words only.

    Returns
    -------
    float or bool
        Always finite.  Only the branch of a conditional that is taken is evaluated, and ``and`` and ``or`` stop early.

    Raises
    ------
    DomainError
        The value is not a finite real number.
    KeyError
        A name has no value.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> evaluate(read_formula("-2^2 + 3*x"), {"x": 2.0})
    2.0
    """
    done: dict[int, float | bool] = {}
    stack: list[tuple[Expression, _Steps]] = []
    wanted = expression
    while True:
        # Leaves and shared nodes are answered at once; any other node puts its own steps on the stack.
        value: Any = None
        if isinstance(wanted, Number | Text):
            value = wanted.value
        elif isinstance(wanted, Name):
            value = _look_up(wanted, values, comparing=bool(stack) and isinstance(stack[-1][0], Compare))
        elif id(wanted) in done:
            value = done[id(wanted)]
        else:
            stack.append((wanted, _steps(wanted)))
        while stack:
            node, steps = stack[-1]
            try:
                wanted = steps.send(value)
                break
            except StopIteration as stop:
                value = done[id(node)] = stop.value
                stack.pop()
            except DomainError:
                raise
            except ArithmeticError as trouble:
                raise DomainError(str(trouble), node) from None
        else:
            return value  # type: ignore[no-any-return]


_Steps = Generator[Expression, Any, float | bool]


def _look_up(name: Name, values: Mapping[str, float | str], *, comparing: bool) -> float | str:
    value = values[name.name]
    if not isinstance(value, str):
        number = float(value)
        if math.isfinite(number):
            return number
        raise DomainError(f"`{name.name}` is not a finite number", name)
    if comparing:
        return value
    raise DomainError(f"`{name.name}` is the word `{value}`, not a number", name)


def _steps(node: Expression) -> _Steps:
    """Yield the parts whose values the node needs, one after the other, and return its own value."""
    match node:
        case Logic():
            for item in node.items:
                if bool((yield item)) is (node.operator == "or"):
                    return node.operator == "or"
            return node.operator == "and"
        case Choice():
            branch = node.then if (yield node.condition) else node.otherwise
            value: float | bool = yield branch
            return value
        case _:
            parts = []
            for part in children(node):
                parts += [(yield part)]
            return _combine(node, parts)


def _combine(node: Expression, parts: list[Any]) -> float | bool:
    match node:
        case Sum():
            total = parts[0] if node.signs[0] > 0 else -parts[0]
            for part, sign in zip(parts[1:], node.signs[1:], strict=True):
                total = arithmetic.add(total, part if sign > 0 else -part)
            return float(total)
        case Product():
            total = parts[0] if node.signs[0] > 0 else _divide(1.0, parts[0], node.items[0])
            for item, part, sign in zip(node.items[1:], parts[1:], node.signs[1:], strict=True):
                total = arithmetic.multiply(total, part) if sign > 0 else _divide(total, part, item)
            return float(total)
        case Power():
            return arithmetic.power(*parts)
        case Call():
            return arithmetic.FUNCTIONS[node.function](*parts)
        case Compare():
            return arithmetic.compare(node.operator, *parts)
        case Not():
            return not parts[0]
        case _:
            raise TypeError(f"not a formula: {node!r}")


def _divide(left: float, right: float, divisor: Expression) -> float:
    # A division by zero is shown at the divisor, which may be one of many.
    if right == 0:
        raise DomainError("division by zero", divisor)
    return arithmetic.divide(left, right)
