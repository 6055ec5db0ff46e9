"""Arrays of expressions compiled to one numpy function.

Parts that occur more than once are computed once, across all entries of the array.  The generated code calls numpy's
elementwise functions only, so that the levers may be numbers or arrays of any shapes that broadcast, and an entry is
computed on no larger a grid than that of the levers that it reads.  Both branches of a conditional are computed; what
is infinite or undefined in the one that is not taken does not matter.  Tested against plain evaluation of the trees.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Float, Integer, Rational, S, Symbol
from sympy.logic.boolalg import BooleanFalse, BooleanTrue
from sympy.utilities.lambdify import lambdify

from bargain.payoffs.expansion import lever_sets
from bargain.payoffs.nodes import (
    AtMost,
    Both,
    Direction,
    Either,
    Equal,
    Exponential,
    Greatest,
    Least,
    Less,
    Logarithm,
    Magnitude,
    Negation,
    Select,
    Shared,
    Undefined,
    VariablePower,
    parts,
    postorder,
)

__all__ = ["CompiledArray"]

_NAMESPACE = {
    "absolute": np.absolute,
    "exp": np.exp,
    "inf": np.inf,
    "log": np.log,
    "logical_and": np.logical_and,
    "logical_not": np.logical_not,
    "logical_or": np.logical_or,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "nan": np.nan,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "where": np.where,
}
_CALLS: dict[type[Expr], str] = {
    Direction: "sign",
    Exponential: "exp",
    Logarithm: "log",
    Magnitude: "absolute",
    Negation: "logical_not",
    Select: "where",
}
_PAIRWISE: dict[type[Expr], str] = {
    Both: "logical_and",
    Either: "logical_or",
    Greatest: "maximum",
    Least: "minimum",
}
_INFIX: dict[type[Expr], str] = {AtMost: "<=", Equal: "==", Less: "<", VariablePower: "**"}

_DEEP = 12
"""A part of this depth is given a name, so that no expression of the generated code is deeply nested."""

_LONG = 64
"""Longer sums and products are written in halves."""


class CompiledArray:
    """An array of expressions as one function of the levers.

    Parameters
    ----------
    symbols : sequence of sympy.Symbol
        The levers.
    entries : mapping
        Index in the array to the expression that stands there; all other entries are 0.
    shape : tuple of int
        Shape of the array.

    Examples
    --------
    >>> from sympy import symbols
    >>> x, y = symbols("x0 x1", real=True)
    >>> slopes = CompiledArray([x, y], {(0, 1): 2 * x, (1, 0): x * y}, (2, 2))
    >>> slopes([np.float64(3.0), np.float64(5.0)])
    array([[ 0.,  6.],
           [15.,  0.]])
    """

    def __init__(self, symbols: Sequence[Symbol], entries: dict[tuple[int, ...], Expr], shape: tuple[int, ...]) -> None:
        self.places = tuple(entries)
        self._shape = shape
        self._symbols = tuple(symbols)
        self._flat = np.array([np.ravel_multi_index(place, shape) for place in entries], dtype=np.intp)
        code = _Code(list(entries.values()))
        self._held = tuple(code.names)
        self._function = _compile(symbols, list(entries.values()), code)

    def held(self, lengths: Sequence[int]) -> int:
        """Return how many numbers :meth:`each` holds for the parts that it names, on a grid of so many levels."""
        reads = lever_sets(self._held, {symbol: place for place, symbol in enumerate(self._symbols)})
        return sum(math.prod(lengths[lever] for lever in reads[part]) for part in self._held)

    def each(self, levels: Sequence[Any]) -> list[Any]:
        """Return the entries one by one, each of the shape to which the levers that it reads broadcast.

        Parameters
        ----------
        levels : sequence
            A numpy number or array for every lever.
        """
        with np.errstate(all="ignore"):
            return self._function(*levels)

    def __call__(self, levels: Sequence[Any]) -> NDArray[np.float64]:
        """Return the arrays at all points.

        Parameters
        ----------
        levels : sequence
            A numpy number or array for every lever, all of one shape.

        Returns
        -------
        ndarray, that shape followed by the array's
        """
        batch = np.shape(levels[0]) if len(levels) else ()
        result = np.zeros((*batch, math.prod(self._shape)))
        if self.places:
            values = self.each(levels)
            if batch:
                for place, value in zip(self._flat, values, strict=True):
                    result[..., place] = value
            else:
                result[self._flat] = values
        return result.reshape(*batch, *self._shape)


def _compile(symbols: Sequence[Symbol], expressions: list[Expr], code: _Code) -> Callable[..., list[Any]]:
    # Sympy sees symbols and code of our own making only; see the module `symbolic`.
    function: Callable[..., list[Any]] = lambdify(
        list(symbols),
        expressions,
        modules=[_NAMESPACE],
        printer=code,
        use_imps=False,
        cse=code.temporaries,
        docstring_limit=0,
    )
    return function


class _Assigned(Expr):  # type: ignore[misc]
    """The right-hand side of an assignment to the name that stands for its argument elsewhere."""


class _Code:
    """Writes expressions as Python code; ``names`` are the parts that the code has computed before."""

    def __init__(self, expressions: Sequence[Expr]) -> None:
        self.names: dict[Expr, Symbol] = {}
        uses = Counter(expressions)
        order = list(postorder(expressions))
        for node in order:
            uses.update(parts(node))
        depths: dict[Expr, int] = {}
        for node in order:
            depth = 1 + max((depths[part] for part in parts(node)), default=0)
            if depth > 1 and not isinstance(node, Shared) and (uses[node] > 1 or depth > _DEEP):
                self.names[node] = Symbol(f"s{len(self.names)}")
                depth = 1
            depths[node] = depth

    def temporaries(self, expressions: list[Expr]) -> tuple[list[tuple[Symbol, Expr]], list[Expr]]:
        """Return the assignments that come first, then the expressions."""
        return [(name, _Assigned(node)) for node, name in self.names.items()], expressions

    def doprint(self, node: Expr) -> str:
        """Return the code of one expression."""
        if isinstance(node, _Assigned):
            return self._code(node.args[0])
        return self._print(node)

    def _print(self, node: Expr) -> str:
        name = self.names.get(node)
        return self._code(node) if name is None else str(name.name)

    def _code(self, node: Expr) -> str:
        match node:
            case Shared():
                return self._print(node.inner)
            case Symbol():
                return str(node.name)
            case Integer() | Float() | Rational():
                return _number(node)
            case BooleanTrue() | BooleanFalse():
                return str(bool(node))
            case Undefined():
                return "nan"
        if node.is_Add:
            return _joined("+", [self._print(part) for part in node.args])
        if node.is_Mul:
            return self._quotient(node.args)
        if node.is_Pow:
            return self._power(*node.args)
        return self._call(node)

    def _call(self, node: Expr) -> str:
        kind = type(node)
        items = [self._print(part) for part in node.args]
        if kind in _CALLS:
            return f"{_CALLS[kind]}({', '.join(items)})"
        if kind in _INFIX:
            return f"({items[0]} {_INFIX[kind]} {items[1]})"
        return _paired(_PAIRWISE[kind], items)

    def _quotient(self, factors: Sequence[Expr]) -> str:
        above: list[str] = []
        below: list[str] = []
        for factor in factors:
            if factor.is_Pow and factor not in self.names and factor.exp.is_Rational and factor.exp < 0:
                below.append(self._power(factor.base, -factor.exp))
            else:
                above.append(self._print(factor))
        numerator = _joined("*", above) if above else "1.0"
        return f"({numerator}/{_joined('*', below)})" if below else numerator

    def _power(self, base: Expr, exponent: Expr) -> str:
        shown = self._print(base)
        if exponent is S.One:
            return shown
        if exponent is S.Half:
            return f"sqrt({shown})"
        if exponent.is_Rational and exponent < 0:
            return f"(1.0/{self._power(base, -exponent)})"
        if exponent.is_Integer and exponent <= 4 and shown.isidentifier():
            return f"({'*'.join([shown] * int(exponent))})"
        return f"({shown}**{_number(exponent)})"


def _joined(operator: str, items: Sequence[str]) -> str:
    """Return a sum or product; a long one in halves, because the parser nests items to the left."""
    if len(items) > _LONG:
        middle = len(items) // 2
        items = [_joined(operator, items[:middle]), _joined(operator, items[middle:])]
    return f"({f' {operator} '.join(items)})"


def _paired(function: str, items: Sequence[str]) -> str:
    """Return a function of two arguments over many, in halves, so that calls are not nested deeply."""
    if len(items) == 1:
        return items[0]
    middle = (len(items) + 1) // 2
    return f"{function}({_paired(function, items[:middle])}, {_paired(function, items[middle:])})"


def _number(value: Expr) -> str:
    try:
        shown = repr(float(value))
    except OverflowError:
        shown = "inf" if value > 0 else "-inf"
    return f"({shown})" if shown.startswith("-") else shown
