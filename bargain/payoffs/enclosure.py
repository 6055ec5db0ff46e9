"""A payoff as a function that can be asked for rigorous bounds over boxes of levels, with derivatives.

A :class:`Formula` is a tree in the names of levers, with tables for what is listed level by level; parameters and
definitions have been put in.  It answers at a point in plain floats, and over many boxes at once with a
:class:`bargain.payoffs.jets.Jet`.  Nothing here needs sympy.  Tested against plain evaluation at random points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.payoffs.jets import (
    Jet,
    Truth,
    absolute,
    choose,
    constant,
    exp,
    log,
    maximum,
    minus,
    plus,
    raised,
    times,
)
from bargain.payoffs.plain import values_at
from bargain.payoffs.ranges import Range
from bargain.scenario.expression import (
    Call,
    Choice,
    Compare,
    DomainError,
    Expression,
    Logic,
    Name,
    Not,
    Number,
    Power,
    Product,
    Sum,
    children,
    evaluate,
    names,
    nodes,
)

__all__ = ["Formula", "LevelTable"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LevelTable:
    """Payoffs listed over the levels of finite levers: one axis of ``values`` for each lever, in the order of codes."""

    levers: tuple[int, ...]
    codes: tuple[tuple[float, ...], ...]
    values: Array

    def at(self, levels: Array) -> Array:
        """Return the payoffs at levels of shape (L, ...), which must be listed."""
        places = []
        for lever, codes in zip(self.levers, self.codes, strict=True):
            match = np.equal.outer(levels[lever], np.array(codes))
            if not match.any(axis=-1).all():
                raise ValueError(f"a table of payoffs lists no such level of lever {lever}")
            places.append(match.argmax(axis=-1))
        return np.asarray(self.values[tuple(places)])


@dataclass(frozen=True, eq=False)
class Formula:
    """A payoff in the levels of L levers.

    Parameters
    ----------
    expression : Expression
        A number; its names are those of levers.
    levers : sequence of str
        The names of all levers, in the order of every vector of levels.
    tables : sequence of LevelTable
        What is added to the formula.

    Raises
    ------
    ValueError
        The formula uses a name that is not a lever's.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> profit = Formula(read_formula("q*(10 - q - r)"), ("q", "r"))
    >>> profit.value([3.0, 4.0])
    9.0
    >>> jet = profit.over(np.array([[2.0], [3.0]]), np.array([[3.0], [3.0]]), (0,), order=1)
    >>> [round(float(end[0]), 9) for end in jet.value], [round(float(end[0]), 9) for end in jet.slopes[0]]
    ([8.0, 15.0], [1.0, 3.0])
    """

    expression: Expression
    levers: tuple[str, ...]
    tables: tuple[LevelTable, ...] = ()
    _steps: tuple[tuple[int, Expression], ...] = field(init=False, repr=False)
    _known: Mapping[int, Any] = field(init=False, repr=False)
    _constants: Mapping[int, tuple[Jet, tuple[tuple[int, int], ...]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "levers", tuple(self.levers))
        unknown = sorted({name.name for name in names(self.expression)} - set(self.levers))
        if unknown:
            raise ValueError(f"`{unknown[0]}` is not a lever; there are {', '.join(self.levers)}")
        reads: dict[int, bool] = {}
        known: dict[int, Any] = {}
        steps = []
        constants = {}
        with np.errstate(all="ignore"):
            for node in reversed(_leaves_last(self.expression)):
                reads[id(node)] = isinstance(node, Name) or any(reads[id(part)] for part in children(node))
                if isinstance(node, Power) and not reads[id(node.exponent)]:
                    # Whether an exponent is whole decides what powers there are, so that it is not an interval.
                    known[id(node.exponent)] = _exactly(node.exponent, known[id(node.exponent)])
                if reads[id(node)]:
                    steps.append((id(node), node))
                    if isinstance(node, Sum | Product):
                        constants[id(node)] = _gathered(node, known)
                else:
                    # What reads no lever is worked out once.
                    known[id(node)] = _combined(node, [known[id(part)] for part in children(node)])
        object.__setattr__(self, "_steps", tuple(steps))
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_constants", constants)

    @property
    def reads(self) -> frozenset[int]:
        """The levers on which the payoff depends."""
        used = {name.name for name in names(self.expression)}
        listed = {lever for table in self.tables for lever in table.levers}
        return frozenset(place for place, name in enumerate(self.levers) if name in used) | listed

    @property
    def jumps(self) -> bool:
        """Whether the formula has a conditional, where the payoff may jump."""
        return any(isinstance(node, Choice) for node in nodes(self.expression))

    def value(self, levels: Sequence[float]) -> float:
        """Return the payoff at one vector of levels, evaluated in plain floats.

        Raises
        ------
        DomainError
            The payoff is not a finite number there.
        """
        point = [float(level) for level in levels]
        found = float(evaluate(self.expression, dict(zip(self.levers, point, strict=True))))
        return found + sum(float(table.at(np.array(point))) for table in self.tables)

    def values(self, levels: Array) -> Array:
        """Return the payoffs at many points, in plain floats: shape (L, B) to (B,); not a number where undefined."""
        found = values_at(self.expression, dict(zip(self.levers, levels, strict=True)))
        total = np.array(np.broadcast_to(found, levels.shape[1:]), dtype=float)
        return total + sum(table.at(levels) for table in self.tables)

    def over(self, low: Array, high: Array, moving: Sequence[int] = (), order: int = 0) -> Jet:
        """Return bounds of the payoff and its derivatives over boxes.

        Parameters
        ----------
        low, high : arrays of shape (L, B)
            Ends of each lever's interval in each of B boxes; finite levers have equal ends.
        moving : sequence of int
            The levers in which derivatives are wanted.
        order : int
            How many derivatives: 0, 1 or 2.

        Returns
        -------
        Jet
            Its arrays have shape (B,) or are plain numbers where nothing varies.
        """
        wanted = {self.levers[lever]: lever for lever in moving}
        places = {name: place for place, name in enumerate(self.levers)}
        done = dict(self._known)
        with np.errstate(all="ignore"):
            for key, node in self._steps:
                if isinstance(node, Name):
                    place = places[node.name]
                    slopes = {place: Range(1.0, 1.0)} if order and node.name in wanted else {}
                    done[key] = Jet(Range(low[place], high[place]), slopes, order=order)
                elif isinstance(node, Sum | Product):
                    start, rest = self._constants[key]
                    join = _added if isinstance(node, Sum) else _multiplied
                    done[key] = reduce(join, [(done[part], sign) for part, sign in rest], start)
                else:
                    done[key] = _combined(node, [done[id(part)] for part in children(node)])
            found: Jet = done[id(self.expression)]
            for table in self.tables:
                listed = table.at(low)
                found = plus(found, Jet(Range(listed, listed), order=order))
        return found


def _exactly(expression: Expression, jet: Jet) -> Jet:
    """Return a constant as the float that it is evaluated to."""
    try:
        return constant(float(evaluate(expression, {})))
    except DomainError:
        return jet


def _leaves_last(expression: Expression) -> list[Expression]:
    """Return every node once, each before its parts."""
    order: list[Expression] = []
    seen: set[int] = set()
    stack = [(expression, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((part, False) for part in children(node))
    return order[::-1]


def _gathered(node: Sum | Product, known: Mapping[int, Any]) -> tuple[Jet, tuple[tuple[int, int], ...]]:
    """Return the constant items of a sum or product put together, and the others with their signs."""
    pairs = [(id(item), sign) for item, sign in zip(node.items, node.signs, strict=True)]
    first, join = (_ZERO, _added) if isinstance(node, Sum) else (_ONE, _multiplied)
    constants = [(known[key], sign) for key, sign in pairs if key in known]
    return reduce(join, constants, first), tuple((key, sign) for key, sign in pairs if key not in known)


def _added(total: Jet, item: tuple[Jet, int]) -> Jet:
    part, sign = item
    signed = part if sign > 0 else minus(part)
    return signed if total is _ZERO else plus(total, signed)


def _multiplied(total: Jet, item: tuple[Jet, int]) -> Jet:
    part, sign = item
    factor = part if sign > 0 else raised(part, constant(-1.0))
    return factor if total is _ONE else times(total, factor)


_ZERO, _ONE = constant(0.0), constant(1.0)


def _combined(node: Expression, parts: Sequence[Any]) -> Any:
    """Return the jet of a node, or the truth of a condition, from those of its parts."""
    match node:
        case Number():
            return constant(node.value)
        case Sum():
            return reduce(_added, zip(parts, node.signs, strict=True), _ZERO)
        case Product():
            return reduce(_multiplied, zip(parts, node.signs, strict=True), _ONE)
        case Power():
            return raised(*parts)
        case Call():
            return _CALLS[node.function](parts)
        case Choice():
            then, truth, otherwise = parts
            return choose(truth, then, otherwise)
        case _:
            return _condition(node, parts)


_CALLS: dict[str, Callable[[Sequence[Any]], Jet]] = {
    "log": lambda parts: log(parts[0]),
    "exp": lambda parts: exp(parts[0]),
    "sqrt": lambda parts: raised(parts[0], constant(0.5)),
    "abs": lambda parts: absolute(parts[0]),
    "max": lambda parts: reduce(maximum, parts),
    "min": lambda parts: minus(reduce(maximum, map(minus, parts))),
}


def _condition(node: Expression, parts: Sequence[Any]) -> Truth:
    match node:
        case Compare():
            left, right = parts
            certain, possible = _compared(node.operator, left.value, right.value)
            apart = (left.value.high < right.value.low) | (left.value.low > right.value.high)
            return Truth(certain, possible, apart, frozenset((*left.slopes, *right.slopes)))
        case Not():
            (item,) = parts
            return Truth(np.logical_not(item.possible), np.logical_not(item.certain), item.steady, item.reads)
        case Logic():
            join = np.logical_and if node.operator == "and" else np.logical_or
            return Truth(
                reduce(join, (part.certain for part in parts)),
                reduce(join, (part.possible for part in parts)),
                # One steady item that decides would do; all of them are asked for, which is simpler and safe.
                reduce(np.logical_and, (part.steady for part in parts)),
                frozenset().union(*(part.reads for part in parts)),
            )
        case _:
            raise ValueError(f"a payoff cannot hold {node!r} here")


def _compared(sign: str, left: Range, right: Range) -> tuple[Any, Any]:
    match sign:
        case "<":
            return left.high < right.low, left.low < right.high
        case "<=":
            return left.high <= right.low, left.low <= right.high
        case ">" | ">=":
            return _compared("<" if sign == ">" else "<=", right, left)
        case "==":
            same = (left.low == left.high) & (right.low == right.high) & (left.low == right.low)
            return same, (left.low <= right.high) & (right.low <= left.high)
        case _:
            certain, possible = _compared("==", left, right)
            return np.logical_not(possible), np.logical_not(certain)
