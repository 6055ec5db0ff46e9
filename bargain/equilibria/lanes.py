r"""Compiled loops over columns of numbers, four at a time, for the walks over vertices of polytopes.

Columns of a dictionary are short, and loops that a compiler makes wide by itself spend most of their time on the ends
of such columns.  So columns are padded to a multiple of four, and these loops are written in machine vectors.  Offsets
count numbers from the start of an array.  Rounding: every result carries the usual relative error of 2**-53 per
operation; products and sums may be fused.  A maximum passes over what is not a number.  Tested against numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

__all__ = [
    "LANES",
    "at_most",
    "invert",
    "largest_product",
    "largest_size",
    "only_reaching",
    "pivot_columns",
    "pivot_whole_columns",
    "scale_column",
    "write_ratios",
]

LANES = 4
"""Numbers that are handled at once; columns have a multiple of it."""

HUGE = 1e300
"""Stands for a row that puts no limit on the entering variable."""

_REAL, _WORD, _SMALL = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(_REAL, LANES)
_FUSED = ("contract",)

_intrinsic: Callable[[Any], Any] = intrinsic

cgutils: Any = untyped
_pair: Any = types.UniTuple


class _Builder:
    """Machine code for vectors, on top of the builder that numba hands over."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder = builder
        self.arguments = [
            context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
            for kind, value in zip(signature.args, arguments, strict=True)
        ]

    def vector(self, value: float) -> Any:
        return ir.Constant(_VECTOR, [value] * LANES)

    def splat(self, value: Any) -> Any:
        """Return a vector of equal numbers."""
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        single = self.builder.insert_element(undefined, value, ir.Constant(_SMALL, 0))
        return self.builder.shuffle_vector(single, undefined, ir.Constant(ir.VectorType(_SMALL, LANES), [0] * LANES))

    def variable(self, value: Any) -> Any:
        return cgutils.alloca_once_value(self.builder, value)

    def number(self, data: Any, offset: Any) -> Any:
        return self.builder.load(self.builder.gep(data, [offset]))

    def place(self, data: Any, *offsets: Any) -> Any:
        for offset in offsets:
            data = self.builder.gep(data, [offset])
        return self.builder.bitcast(data, _VECTOR.as_pointer())

    def load(self, data: Any, *offsets: Any) -> Any:
        return self.builder.load(self.place(data, *offsets), align=8)

    def store(self, value: Any, data: Any, *offsets: Any) -> None:
        self.builder.store(value, self.place(data, *offsets), align=8)

    def apply(self, name: str, value: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.v{LANES}f64")
        return self.builder.call(function, [value])

    def raise_to(self, variable: Any, value: Any, sign: str = ">") -> None:
        """Replace the variable's numbers by larger ones (or smaller ones, with "<")."""
        held = self.builder.load(variable)
        better = self.builder.fcmp_ordered(sign, value, held)
        self.builder.store(self.builder.select(better, value, held), variable)

    def best(self, variable: Any, sign: str = ">") -> Any:
        """Return the largest (smallest) number of a vector."""
        held = self.builder.load(variable)
        found = self.builder.extract_element(held, ir.Constant(_SMALL, 0))
        for lane in range(1, LANES):
            value = self.builder.extract_element(held, ir.Constant(_SMALL, lane))
            found = self.builder.select(self.builder.fcmp_ordered(sign, value, found), value, found)
        return found

    def inside(self, start: Any, count: Any) -> Any:
        """Return for each lane whether its place from ``start`` on is below ``count``."""
        kind = ir.VectorType(_WORD, LANES)
        left = self.builder.sub(count, start)
        undefined = ir.Constant(kind, ir.Undefined)
        single = self.builder.insert_element(undefined, left, ir.Constant(_SMALL, 0))
        spread = self.builder.shuffle_vector(single, undefined, ir.Constant(ir.VectorType(_SMALL, LANES), [0] * LANES))
        return self.builder.icmp_signed("<", ir.Constant(kind, list(range(LANES))), spread)

    def add_bits(self, variable: Any, truths: Any, start: Any) -> None:
        """Set the bits from ``start`` on of a word."""
        bits = self.builder.zext(self.builder.bitcast(truths, ir.IntType(LANES)), _WORD)
        held = self.builder.load(variable)
        self.builder.store(self.builder.or_(held, self.builder.shl(bits, start)), variable)

    @contextmanager
    def steps(self, width: Any) -> Iterator[Any]:
        """Loop over the first places of the vectors of a column."""
        count = self.builder.sdiv(width, ir.Constant(width.type, LANES))
        with cgutils.for_range(self.builder, count) as loop:
            yield self.builder.mul(loop.index, ir.Constant(width.type, LANES))


@_intrinsic
def largest_size(typing_context: Any, values: Any, start: Any, width: Any) -> Any:
    """largest_size(values, start, width): the largest absolute value of a column."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, first, size = code.arguments
        best = code.variable(code.vector(0.0))
        with code.steps(size) as k:
            code.raise_to(best, code.apply("fabs", code.load(data, first, k)))
        return code.best(best)

    return types.float64(values, types.intp, types.intp), generate


@_intrinsic
def largest_product(typing_context: Any, a: Any, start_a: Any, b: Any, start_b: Any, width: Any) -> Any:
    """largest_product(a, start_a, b, start_b, width): the largest product of numbers side by side, at least 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        left, start_left, right, start_right, size = code.arguments
        best = code.variable(code.vector(0.0))
        with code.steps(size) as k:
            code.raise_to(best, builder.fmul(code.load(left, start_left, k), code.load(right, start_right, k)))
        return code.best(best)

    return types.float64(a, types.intp, b, types.intp, types.intp), generate


@_intrinsic
def only_reaching(typing_context: Any, a: Any, start_a: Any, b: Any, start_b: Any, least: Any, width: Any) -> Any:
    """only_reaching(a, start_a, b, start_b, least, width): the place of the only product of at least ``least``, or -1.

    There may be at most 64 of them.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        left, start_left, right, start_right, limit, size = code.arguments
        bits = code.variable(ir.Constant(_WORD, 0))
        level = code.splat(limit)
        with code.steps(size) as k:
            product = builder.fmul(code.load(left, start_left, k), code.load(right, start_right, k))
            code.add_bits(bits, builder.fcmp_ordered(">=", product, level), k)
        word = builder.load(bits)
        rest = builder.and_(word, builder.sub(word, ir.Constant(_WORD, 1)))
        zero = ir.Constant(_WORD, 0)
        single = builder.and_(builder.icmp_unsigned("!=", word, zero), builder.icmp_unsigned("==", rest, zero))
        place = builder.cttz(word, ir.Constant(ir.IntType(1), 0))
        return builder.select(single, place, ir.Constant(_WORD, -1))

    return types.int64(a, types.intp, b, types.intp, types.float64, types.intp), generate


@_intrinsic
def at_most(typing_context: Any, values: Any, limit: Any, width: Any) -> Any:
    """at_most(values, limit, width): the bits of the numbers that are at most ``limit``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, most, size = code.arguments
        bits = code.variable(ir.Constant(_WORD, 0))
        level = code.splat(most)
        with code.steps(size) as k:
            code.add_bits(bits, builder.fcmp_ordered("<=", code.load(data, k), level), k)
        return builder.load(bits)

    return types.uint64(values, types.float64, types.intp), generate


@_intrinsic
def invert(
    typing_context: Any, values: Any, start: Any, inverse: Any, start_inverse: Any, count: Any, width: Any
) -> Any:
    """invert(values, start, inverse, start_inverse, count, width): write one over each of ``count`` numbers.

    Writes zeros behind them; returns the smallest of the numbers.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, first, made, first_made, number, size = code.arguments
        least = code.variable(code.vector(HUGE))
        with code.steps(size) as k:
            inside, value = code.inside(k, number), code.load(data, first, k)
            code.raise_to(least, builder.select(inside, value, code.vector(HUGE)), "<")
            divided = builder.fdiv(code.vector(1.0), value)
            code.store(builder.select(inside, divided, code.vector(0.0)), made, first_made, k)
        return code.best(least, "<")

    return types.float64(values, types.intp, inverse, types.intp, types.intp, types.intp), generate


@_intrinsic
def scale_column(typing_context: Any, values: Any, source: Any, target: Any, factor: Any, width: Any) -> Any:
    """scale_column(values, source, target, factor, width): write a multiple of a column."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, old, new, multiple, size = code.arguments
        spread = code.splat(multiple)
        with code.steps(size) as k:
            code.store(builder.fmul(code.load(data, old, k), spread), data, new, k)
        return context.get_dummy_value()

    return types.void(values, types.intp, types.intp, types.float64, types.intp), generate


@_intrinsic
def pivot_columns(
    typing_context: Any,
    tables: Any,
    source: Any,
    target: Any,
    column: Any,
    factors: Any,
    weights: Any,
    count: Any,
    width: Any,
) -> Any:
    """pivot_columns(tables, source, target, column, factors, weights, count, width): subtract multiples of a column.

    Returns the largest absolute value written, and the largest weighted sum of absolute values of a row.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, old, new, entering, multiples, shares, number, size = code.arguments
        largest, norm = code.variable(code.vector(0.0)), code.variable(code.vector(0.0))
        total = code.variable(code.vector(0.0))
        with code.steps(size) as k:
            subtracted = code.load(data, entering, k)
            builder.store(code.vector(0.0), total)
            with cgutils.for_range(builder, number) as loop:
                j, shift = loop.index, builder.add(builder.mul(loop.index, size), k)
                product = builder.fmul(code.splat(code.number(multiples, j)), subtracted, flags=_FUSED)
                value = builder.fsub(code.load(data, old, shift), product, flags=_FUSED)
                code.store(value, data, new, shift)
                absolute = code.apply("fabs", value)
                code.raise_to(largest, absolute)
                share = builder.fmul(code.splat(code.number(shares, j)), absolute, flags=_FUSED)
                builder.store(builder.fadd(builder.load(total), share, flags=_FUSED), total)
            code.raise_to(norm, builder.load(total))
        return context.make_tuple(builder, signature.return_type, [code.best(largest), code.best(norm)])

    real, place = types.float64, types.intp
    made = _pair(real, 2)
    return made(tables, place, place, place, factors, weights, place, place), generate


@_intrinsic
def pivot_whole_columns(
    typing_context: Any,
    tables: Any,
    source: Any,
    target: Any,
    column: Any,
    factors: Any,
    pivot: Any,
    inverse: Any,
    count: Any,
    width: Any,
) -> Any:
    """pivot_whole_columns(tables, source, target, column, factors, pivot, inverse, count, width): without fractions.

    Writes (pivot * old - factor * entering) * inverse, rounded to a whole number; returns the largest absolute value.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, old, new, entering, multiples, head, below, number, size = code.arguments
        largest, heads, belows = code.variable(code.vector(0.0)), code.splat(head), code.splat(below)
        with code.steps(size) as k:
            subtracted = code.load(data, entering, k)
            with cgutils.for_range(builder, number) as loop:
                j, shift = loop.index, builder.add(builder.mul(loop.index, size), k)
                product = builder.fmul(code.splat(code.number(multiples, j)), subtracted, flags=_FUSED)
                kept = builder.fmul(code.load(data, old, shift), heads, flags=_FUSED)
                difference = builder.fsub(kept, product, flags=_FUSED)
                value = code.apply("rint", builder.fmul(difference, belows, flags=_FUSED))
                code.store(value, data, new, shift)
                code.raise_to(largest, code.apply("fabs", value))
        return code.best(largest)

    real, place = types.float64, types.intp
    return real(tables, place, place, place, factors, real, real, place, place), generate


@_intrinsic
def write_ratios(typing_context: Any, tables: Any, above: Any, below: Any, ratios: Any, count: Any, width: Any) -> Any:
    """write_ratios(tables, above, below, ratios, count, width): divide a column by the positive numbers of another.

    Writes :data:`HUGE` where the number is not positive, and behind ``count`` numbers; returns the smallest ratio.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Builder(context, builder, signature, arguments)
        data, over, under, made, number, size = code.arguments
        least = code.variable(code.vector(HUGE))
        with code.steps(size) as k:
            divisor = code.load(data, under, k)
            limits = builder.and_(builder.fcmp_ordered(">", divisor, code.vector(0.0)), code.inside(k, number))
            ratio = builder.fdiv(code.load(data, over, k), builder.select(limits, divisor, code.vector(1.0)))
            ratio = builder.select(limits, ratio, code.vector(HUGE))
            code.store(ratio, made, k)
            code.raise_to(least, ratio, "<")
        return code.best(least, "<")

    return types.float64(tables, types.intp, types.intp, ratios, types.intp, types.intp), generate
