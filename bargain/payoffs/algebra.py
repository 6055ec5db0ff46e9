"""Sums, products and powers as sympy objects that are safe to build from a stranger's formula.

Sympy folds constants eagerly, with whole numbers of unlimited length; here every constant is folded in plain floats
before sympy sees it, so that no formula can make a number that fills the memory.  What sympy asks about a sum or a
power it asks of all its parts, each time it meets them; a large part is therefore wrapped as a node that it does not
look into.  Tested against plain evaluation of the formula's tree, and by formulas whose folded value would be
astronomically long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from weakref import WeakValueDictionary

from sympy import Add, Expr, Float, I, Integer, Mul, Pow, Rational, S

from bargain.payoffs.nodes import Exponential, Greatest, Least, Logarithm, Magnitude, Shared, Undefined, VariablePower
from bargain.scenario import arithmetic

__all__ = [
    "MAX_WHOLE_EXPONENT",
    "ROUNDING",
    "UNDEFINED",
    "call",
    "constant",
    "number",
    "power",
    "product",
    "settled",
    "total",
]

MAX_WHOLE_EXPONENT = 64
"""Whole exponents up to this size stay whole numbers, so that powers multiply out and differentiate cleanly."""

ROUNDING = 1e-14
"""A coefficient below this share of the numbers that were added up in it is rounding, and taken as zero."""

_LARGE = 100
_DEEP = 20
_NOT_REAL = {S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity, I}


UNDEFINED = Undefined()
_FUNCTIONS = {"log": Logarithm, "exp": Exponential, "abs": Magnitude, "min": Least, "max": Greatest}
_SHARED: WeakValueDictionary[Expr, Shared] = WeakValueDictionary()


def number(value: float) -> Expr:
    """Return a float as a sympy number; 0 and plus or minus 1 are exact, so that they vanish from products."""
    if value in (0.0, 1.0, -1.0):
        return Integer(int(value))
    return Float(value)


def constant(expression: Expr) -> float | None:
    """Return the float that a sympy number stands for (infinite when it is out of range), or None."""
    if not expression.is_Number:
        return None
    try:
        return float(expression)
    except OverflowError:
        return math.inf


def total(items: Iterable[Expr]) -> Expr:
    """Return the sum; coefficients of one product are added as floats, and what cancels up to rounding is dropped."""
    values: dict[Expr, float] = {}
    sizes: dict[Expr, float] = {}
    for item in items:
        for summand in Add.make_args(item):
            coefficient, rest = summand.as_coeff_Mul()
            value = constant(coefficient) or 0.0
            values[rest] = values.get(rest, 0.0) + value
            sizes[rest] = sizes.get(rest, 0.0) + abs(value)
    kept = [
        rest if value == 1.0 else Mul(number(value), rest)
        for rest, value in values.items()
        if rest is S.One or abs(value) > ROUNDING * sizes[rest]
    ]
    return settled(Add(*kept)) if all(map(math.isfinite, values.values())) else UNDEFINED


def product(factors: Sequence[Expr]) -> Expr:
    """Return the product; coefficients are multiplied as floats."""
    coefficient = 1.0
    others: list[Expr] = []
    for factor in factors:
        number_part, rest = factor.as_coeff_Mul()
        coefficient *= constant(number_part) or 0.0
        if rest is not S.One:
            others.append(rest)
    if not math.isfinite(coefficient):
        return UNDEFINED
    return settled(Mul(number(coefficient), *others))


def power(base: Expr, exponent: Expr) -> Expr:
    """Return ``base ^ exponent``."""
    fixed_base, fixed_exponent = constant(base), constant(exponent)
    if fixed_exponent is None:
        return settled(VariablePower(base, exponent))
    if fixed_base is not None:
        return _fold(arithmetic.power, fixed_base, fixed_exponent)
    # The size of the coefficient is taken out in floats: sympy would raise whole numbers to whole powers.
    number_part, rest = base.as_coeff_Mul()
    coefficient = constant(number_part) or 0.0
    if not math.isfinite(fixed_exponent) or not math.isfinite(coefficient):
        return UNDEFINED
    outside = _fold(arithmetic.power, abs(coefficient), fixed_exponent)
    inside = rest if coefficient > 0 else Mul(S.NegativeOne, rest)
    return product([outside, settled(Pow(inside, _exponent(fixed_exponent)))])


def call(function: str, arguments: Sequence[Expr]) -> Expr:
    """Return a function of the formula language applied to its arguments."""
    values = [constant(argument) for argument in arguments]
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return _fold(arithmetic.FUNCTIONS[function], *known)
    if function == "sqrt":
        return power(arguments[0], S.Half)
    return settled(_FUNCTIONS[function](*arguments))


def settled(expression: Expr) -> Expr:
    """Return the expression fit for further use.

    Infinite and complex numbers, which sympy may make of parts that cancel, become the undefined constant, other
    numbers floats; a large expression is wrapped.
    """
    for part in (expression, *expression.args):
        if part in _NOT_REAL or (part.is_Mul and not _NOT_REAL.isdisjoint(part.args)):
            return UNDEFINED
    if expression.is_Number:
        value = constant(expression)
        return number(value) if value is not None and math.isfinite(value) else UNDEFINED
    if not _is_large(expression):
        return expression
    known = _SHARED.get(expression)
    if known is None:
        known = _SHARED[expression] = Shared(expression)
    return known


def _exponent(value: float) -> Expr:
    if value.is_integer() and abs(value) <= MAX_WHOLE_EXPONENT:
        return Integer(int(value))
    if (2 * value).is_integer() and abs(value) <= MAX_WHOLE_EXPONENT:
        return Rational(int(2 * value), 2)
    return Float(value)


def _fold(function: Callable[..., float], *values: float) -> Expr:
    try:
        value = function(*values)
    except ArithmeticError:
        return UNDEFINED
    return number(value) if math.isfinite(value) else UNDEFINED


def _is_large(expression: Expr) -> bool:
    stack = [(expression, 1)]
    visited = 0
    while stack:
        node, depth = stack.pop()
        visited += 1
        if visited > _LARGE or depth > _DEEP:
            return True
        stack.extend((part, depth + 1) for part in node.args)
    return False
