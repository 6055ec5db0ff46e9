"""Trees of formulas: values against Python's own arithmetic, bounds against random points, text read back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

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
    Text,
    children,
    depth,
    evaluate,
    fold,
    names,
    nodes,
    size,
)
from bargain.scenario.formula import kind, read_formula
from bargain.scenario.intervals import bounds
from bargain.scenario.notation import latex, symbol, text
from bargain.scenario.substitution import expanded_size, replace_text, substitute, text_comparisons

# ---- random trees, in the form that the reader gives them ---------------------------------------------------------------

NAMES = ("a", "beta", "E", "lambda_", "μ_x", "tariff")
Draw = Callable[[st.SearchStrategy[Any]], Any]

literals = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 0.0225, 1e22, 2.5e-7]) | st.floats(0, allow_infinity=False)
leaves = st.sampled_from(NAMES).map(Name) | literals.map(Number)
small_leaves = st.sampled_from(NAMES).map(Name) | st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0]).map(Number)
words = st.builds(
    Compare,
    st.sampled_from(["==", "!="]),
    st.sampled_from(["policy", "status"]).map(Name),
    st.text("abé'0 _-", max_size=5).map(Text),
)
exponents = st.sampled_from([2.0, 3.0, 0.5, 1.5]).map(Number)
kinds = st.sampled_from(["leaf", "sum", "sum", "product", "product", "power", "square", "call", "several", "choice"])
rows = st.lists(st.sampled_from([1, -1]), min_size=1, max_size=3)


@st.composite
def formulas(draw: Draw, leaves: st.SearchStrategy[Any], *, with_words: bool = False) -> Expression:
    """Draw a tree of at most five levels; ``with_words`` lets conditions compare names with quoted words."""
    return number(draw, leaves, 4, with_words)


def number(draw: Draw, leaves: st.SearchStrategy[Any], levels: int, with_words: bool) -> Expression:
    def part() -> Expression:
        return number(draw, leaves, levels - 1, with_words)

    match draw(kinds) if levels else "leaf":
        case "sum":
            signs = draw(rows)
            return added(part(), draw(st.sampled_from([1, -1])), [(part(), sign) for sign in signs[1:]])
        case "product":
            return multiplied(part(), [(part(), sign) for sign in draw(rows)])
        case "power":
            return Power(part(), part())
        case "square":
            return Power(part(), draw(exponents))
        case "call":
            return Call(draw(st.sampled_from(["log", "exp", "sqrt", "abs"])), (part(),))
        case "several":
            return Call(draw(st.sampled_from(["min", "max"])), (part(), *(part() for _ in draw(rows))))
        case "choice":
            return Choice(part(), condition(draw, leaves, levels - 1, with_words), part())
        case _:
            return cast(Expression, draw(leaves))


def condition(draw: Draw, leaves: st.SearchStrategy[Any], levels: int, with_words: bool) -> Expression:
    def part() -> Expression:
        return condition(draw, leaves, levels - 1, with_words)

    match draw(st.sampled_from(["compare", "compare", "words", "logic", "not", "choice"])) if levels > 0 else "compare":
        case "words" if with_words:
            return cast(Expression, draw(words))
        case "logic":
            operator = draw(st.sampled_from(["and", "or"]))
            items: list[Expression] = []
            for item in (part(), *(part() for _ in draw(rows))):
                # The reader flattens `a and (b and c)`.
                items += item.items if isinstance(item, Logic) and item.operator == operator else [item]
            return Logic(operator, tuple(items))
        case "not":
            return Not(part())
        case "choice":
            return Choice(part(), part(), part())
        case _:
            left, right = (number(draw, leaves, max(levels - 1, 0), with_words) for _ in range(2))
            return Compare(draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="])), left, right)


def added(first: Expression, sign: int, rest: list[tuple[Expression, int]]) -> Expression:
    items, signs = tuple(item for item, _ in rest), tuple(sign for _, sign in rest)
    if sign > 0 and not rest:
        return first
    if sign > 0 and isinstance(first, Sum):
        # The reader flattens `(a + b) + c`.
        return Sum(first.items + items, first.signs + signs)
    return Sum((first, *items), (sign, *signs))


def multiplied(first: Expression, rest: list[tuple[Expression, int]]) -> Expression:
    if isinstance(first, Sum) and first.signs == (-1,):
        # The reader takes `(-a)*b` for `-(a*b)`.
        return Sum((multiplied(first.items[0], rest),), (-1,))
    items, signs = tuple(item for item, _ in rest), tuple(sign for _, sign in rest)
    if isinstance(first, Product):
        return Product(first.items + items, first.signs + signs)
    return Product((first, *items), (1, *signs))


def placeless(tree: Expression) -> Expression:
    def combine(node: Expression, parts: Sequence[Expression]) -> Expression:
        fresh = iter(parts)
        changes: dict[str, Any] = {"start": 0, "end": 0}
        for name in (field.name for field in fields(node)):
            value = getattr(node, name)
            if isinstance(value, tuple) and value and not isinstance(value[0], int):
                changes[name] = tuple(next(fresh) for _ in value)
            elif name in ("base", "exponent", "left", "right", "item", "then", "condition", "otherwise"):
                changes[name] = next(fresh)
        return replace(node, **changes)

    return fold(tree, combine)


# ---- text -------------------------------------------------------------------------------------------------------------


@given(formulas(leaves, with_words=True))
@example(Sum((Sum((Name("a"),), (-1,)), Name("E")), (-1, 1)))
@example(Power(Power(Name("a"), Name("E")), Sum((Power(Name("a"), Name("E")),), (-1,))))
@example(Product((Name("a"), Product((Name("E"), Name("a")), (1, -1))), (1, -1)))
def test_text_is_read_back_as_the_same_tree(tree: Expression) -> None:
    assume(depth(tree) < 60 and len(text(tree)) <= 4000)
    assert placeless(read_formula(text(tree))) == tree


@given(formulas(leaves, with_words=True))
def test_the_place_of_every_part_holds_its_text(tree: Expression) -> None:
    assume(depth(tree) < 60 and len(text(tree)) <= 4000)
    formula = text(tree)
    for node in nodes(read_formula(formula)):
        if not isinstance(node, Text):
            assert placeless(read_formula(formula[node.start : node.end])) == placeless(node)


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("((a)*(b))+(c)", "a*b + c"),
        ("a-(b-c)", "a - (b - c)"),
        ("a+(b+c)", "a + (b + c)"),
        ("a/(b*c)", "a/(b*c)"),
        ("(a/b)*c", "a/b*c"),
        ("(a+b)*c^(2)", "(a + b)*c^2"),
        ("(-2)^2", "(-2)^2"),
        ("a^(-1)", "a^-1"),
        ("a^(b*c)", "a^(b*c)"),
        ("a^(b^c)", "a^b^c"),
        ("a*(-b)", "a*(-b)"),
        ("2.0*x + 0.0225 + 1e-9", "2*x + 0.0225 + 1e-09"),
        ("(a if (x>0) else (b))*2", "(a if x > 0 else b)*2"),
        ("not(a<b or c<d)", "not (a < b or c < d)"),
        ('policy == "it\'s"', 'policy == "it\'s"'),
    ],
)
def test_text_has_as_few_parentheses_as_the_meaning_allows(formula: str, written: str) -> None:
    assert text(read_formula(formula)) == written


def test_text_of_trees_that_no_formula_gives_keeps_their_value() -> None:
    minus = Number(-2.0)
    assert text(Power(minus, Number(2.0))) == "(-2)^2"
    assert text(Product((Name("x"), minus), (-1, 1))) == "1/x*(-2)"
    assert text(Sum((Name("x"), minus), (1, -1))) == "x - (-2)"
    assert text(Power(Name("x"), Sum((minus,), (-1,)))) == "x^(-(-2))"
    assert evaluate(Product((Name("x"), minus), (-1, 1)), {"x": 4.0}) == -0.5


# ---- values -----------------------------------------------------------------------------------------------------------


class Strict(float):
    """A float of Python's own arithmetic that refuses what is not a finite real number."""

    @staticmethod
    def checked(value: Any) -> Strict:
        if isinstance(value, complex) or not math.isfinite(value):
            raise ArithmeticError
        return Strict(value)

    def __neg__(self) -> Strict:
        return Strict(-float(self))

    def __abs__(self) -> Strict:
        return Strict(abs(float(self)))


def _operation(name: str) -> Callable[[Strict, Strict], Strict]:
    plain = getattr(float, name)
    return lambda left, right: Strict.checked(plain(float(left), float(right)))


for _name in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__"):
    setattr(Strict, _name, _operation(_name))


def _function(plain: Callable[[float], float]) -> Callable[[Strict], Strict]:
    return lambda value: Strict.checked(plain(value))


ORACLE = {
    "__builtins__": {},
    "Strict": Strict,
    "min": min,
    "max": max,
    "abs": abs,
    **{name: _function(getattr(math, name)) for name in ("log", "exp", "sqrt")},
}


def by_python(tree: Expression, values: Mapping[str, float]) -> float | bool | None:
    """Return the value that Python's ``eval`` finds for a formula of ours, or None where it finds none."""
    spelled = re.sub(r"(?<![\w.])\d[\d.]*(e[+-]\d+)?", lambda match: f"Strict({match.group()})", text(tree))
    try:
        return cast(float, eval(spelled.replace("^", "**"), {**ORACLE, **{k: Strict(v) for k, v in values.items()}}))
    except (ArithmeticError, ValueError):
        return None


def by_us(tree: Expression, values: Mapping[str, float]) -> float | bool | None:
    try:
        return evaluate(tree, values)
    except DomainError:
        return None


points = st.fixed_dictionaries(
    {name: st.sampled_from([-8.0, -1.0, 0.0, 0.5, 3.0]) | st.floats(-9, 9) for name in NAMES}
)


@given(formulas(small_leaves), points)
def test_values_are_those_of_python(tree: Expression, values: dict[str, float]) -> None:
    ours = by_us(tree, values)
    event("no value" if ours is None else "value")
    assert ours == by_python(tree, values)
    assert ours is None or (type(ours) is float and math.isfinite(ours))


@given(formulas(leaves), points)
def test_conditions_are_those_of_python(tree: Expression, values: dict[str, float]) -> None:
    condition = Logic("or", (Compare("<", tree, Number(1.0)), Not(Compare(">=", Number(2.0), tree))))
    ours = by_us(condition, values)
    assert ours == by_python(condition, values)
    assert ours is None or type(ours) is bool


# Formula, values, message, and the carets below the part that has no value.
NO_VALUE = [
    ("1 + log(x)", {"x": 0}, "log of 0; it needs a positive number", "    ^^^^^^"),
    ("log(-2.5)", {}, "log of -2.5; it needs a positive number", "^^^^^^^^^"),
    ("sqrt(x - 1)", {"x": 0}, "sqrt of -1; it needs a number of at least 0", "^^^^^^^^^^^"),
    ("a/b/x", {"a": 1, "b": 2, "x": 0}, "division by zero", "    ^"),
    ("a/(x - x)", {"a": 1, "x": 2}, "division by zero", "   ^^^^^"),
    ("x^-1", {"x": 0}, "0 to the power -1; a negative power needs a base other than 0", "^^^^"),
    ("x^1.5", {"x": -8}, "-8 to the power 1.5; a fractional power needs a base of at least 0", "^^^^^"),
    ("x^-0.5", {"x": -8}, "-8 to the power -0.5; a fractional power needs a base of at least 0", "^^^^^^"),
    ("2*exp(x)", {"x": 1000}, "the value is too large for a number", "  ^^^^^^"),
    ("x^x^x", {"x": 9}, "the value is too large for a number", "^^^^^"),
    ("x*x", {"x": 1e200}, "the value is too large for a number", "^^^"),
    ("x/y", {"x": 1e300, "y": 1e-300}, "the value is too large for a number", "^^^"),
    ("x + x", {"x": 1e308}, "the value is too large for a number", "^^^^^"),
    ("2*x", {"x": math.inf}, "`x` is not a finite number", "  ^"),
    ("2*x", {"x": math.nan}, "`x` is not a finite number", "  ^"),
    ("2*x", {"x": "free"}, "`x` is the word `free`, not a number", "  ^"),
    ("x", {"x": "free"}, "`x` is the word `free`, not a number", "^"),
    ("x == 'free'", {"x": 1}, "a word is compared with a number", "^^^^^^^^^^^"),
    ("x < y", {"x": "a", "y": "b"}, "words have no order; `<` needs numbers", "^^^^^"),
]


@pytest.mark.parametrize(("formula", "values", "message", "carets"), NO_VALUE)
def test_a_formula_without_a_value_says_which_part_and_why(
    formula: str, values: dict[str, float | str], message: str, carets: str
) -> None:
    with pytest.raises(DomainError) as caught:
        evaluate(read_formula(formula), values)
    error = caught.value
    assert error.message == str(error) == message
    assert (error.start, error.end) == (carets.index("^"), len(carets)) == (error.node.start, error.node.end)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("0^0", 1.0),
        ("0^0.5", 0.0),
        ("(-2)^3", -8.0),
        ("7 - 2 - 1", 4.0),
        ("8/2/2", 2.0),
        ("8/2*4", 16.0),
        ("min(3, 1, 2) + max(3, 5)", 6.0),
        ("abs(-3) + sqrt(16) + log(exp(2)) + exp(0)", 10.0),
        ("1 if 0 < 1 <= 1 else 2", 1.0),
        ("not 1 < 0", True),
        ("1 == 1 and 1 != 2 and 2 >= 1", True),
    ],
)
def test_values_known_by_heart(formula: str, expected: float | bool) -> None:
    value = evaluate(read_formula(formula), {})
    assert value == expected
    assert type(value) is type(expected)


def test_only_the_branch_that_is_taken_is_evaluated() -> None:
    assert evaluate(read_formula("log(x) if x > 0 else 7"), {"x": 0.0}) == 7.0
    assert evaluate(read_formula("x > 0 and log(x) > 0"), {"x": 0.0}) is False
    assert evaluate(read_formula("x <= 0 or log(x) > 0"), {"x": 0.0}) is True
    assert evaluate(read_formula("0 < x < 1/x"), {"x": 0.0}) is False


def test_words_are_compared_as_words() -> None:
    rule = read_formula("status == 'deal' and 'full' != deal.tariff", dotted=True)
    assert evaluate(rule, {"status": "deal", "deal.tariff": "none"}) is True
    assert evaluate(rule, {"status": "deal", "deal.tariff": "full"}) is False


def test_a_name_without_a_value_is_the_callers_mistake() -> None:
    with pytest.raises(KeyError, match="x"):
        evaluate(read_formula("2*x"), {})


# ---- bounds -----------------------------------------------------------------------------------------------------------

ends = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]) | st.floats(-5, 5)
boxes = st.fixed_dictionaries({name: st.tuples(ends, ends).map(lambda pair: (min(pair), max(pair))) for name in NAMES})


@given(formulas(small_leaves), boxes, st.data())
@example(Power(Name("a"), Number(2.0)), {"a": (-1.0, 2.0)}, None)
@example(Choice(Call("log", (Name("a"),)), Compare(">", Name("a"), Number(0.0)), Number(0.0)), {"a": (-1.0, 2.0)}, None)
def test_no_value_lies_outside_the_bounds(
    tree: Expression, box: dict[str, tuple[float, float]], data: st.DataObject | None
) -> None:
    found = bounds(tree, box)
    event("not proved" if found is None else "bounds")
    for k in range(6):
        if data is None:
            point = {name: low + (high - low) * k / 5 for name, (low, high) in box.items()}
        else:
            point = {
                name: data.draw(st.floats(low, high) | st.sampled_from([low, high]))
                for name, (low, high) in box.items()
            }
        if found is not None:
            # Not even a rounding error is allowed for.
            assert found[0] <= evaluate(tree, point) <= found[1]


@given(formulas(small_leaves), formulas(small_leaves), boxes, st.data())
def test_no_truth_lies_outside_the_bounds_of_a_condition(
    left: Expression, right: Expression, box: dict[str, tuple[float, float]], data: st.DataObject
) -> None:
    condition = Logic(
        "and",
        (Compare("<", left, right), Logic("or", (Compare("!=", Name("a"), left), Compare(">=", right, Name("E"))))),
    )
    found = bounds(condition, box)
    point = {name: data.draw(st.floats(low, high)) for name, (low, high) in box.items()}
    if found is not None:
        assert found in ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0))
        assert found[0] <= evaluate(condition, point) <= found[1]


@given(formulas(leaves), points)
def test_bounds_at_a_point_hold_its_value(tree: Expression, values: dict[str, float]) -> None:
    found = bounds(tree, {name: (value, value) for name, value in values.items()})
    if found is not None:
        assert found[0] <= evaluate(tree, values) <= found[1]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + y", (0, 5)),
        ("x - y", (-4, 1)),
        ("-x*y", (-6, 3)),
        ("x/y", (-1, 2)),
        ("abs(x)", (0, 2)),
        ("abs(-1 - y)", (2, 4)),
        ("max(x, y)", (1, 3)),
        ("min(x, y, 0.5)", (-1, 0.5)),
        ("sqrt(y + 1)", (math.sqrt(2), 2)),
        ("1 if x < 0 else 3", (1, 3)),
        ("1 if y < 0 else 3", (3, 3)),
        ("log(x) if y < 0 else 3", (3, 3)),
        ("x < y", (0, 1)),
        ("x < 3", (1, 1)),
        ("x >= 3", (0, 0)),
        ("x == 3 or x == 2.5", (0, 0)),
        ("x != 3 and y != 0", (1, 1)),
        ("not x < 3", (0, 0)),
        ("y == y", (0, 1)),
        ("2 == 2", (1, 1)),
        ("policy == 'strict'", (0, 1)),
        ("1/x if x > 0.5 else 0", (0, 2)),
        ("sqrt(x) if not x < 0 else 0", (0, math.sqrt(2))),
        ("sqrt(x) if 0 <= x <= 1 else 0", (0, 1)),
        ("sqrt(x) if 0 <= x and y > 2 else y", (0, 3)),
        ("0 if x < 0 or y > 2 else sqrt(x)", (0, math.sqrt(2))),
        ("x > 0.5 and 1/x > 0", (0, 1)),
        ("x < 0 or sqrt(x) >= 0", (1, 1)),
        ("5 if x > 0 and x < 0 else 1", (1, 1)),
        ("(log(x) if x > 0 and x < 0 else 2) if x < 1 else 3", (2, 3)),
        ("y*(2 if x == 1 else x)", (-3, 6)),
        ("1/x if x == 1 else 1", (1, 1)),
    ],
)
def test_bounds_known_by_heart(formula: str, expected: tuple[float, float]) -> None:
    found = bounds(read_formula(formula), {"x": (-1, 2), "y": (1, 3)})
    assert found == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x^2", (0, 4)),
        ("x^3", (-1, 8)),
        ("x^0", (1, 1)),
        ("y^-2", (1 / 9, 1)),
        ("y^x", (1 / 3, 9)),
        ("2^x", (0.5, 4)),
        ("exp(x)", (math.exp(-1), math.exp(2))),
        ("log(y)", (0, math.log(3))),
        ("(-y)^-1", (-1, -1 / 3)),
        ("(y - 1)^1.5", (0, 2**1.5)),
        ("(y - 1)^y", (0, 8)),
        ("exp(-y)", (math.exp(-3), math.exp(-1))),
    ],
)
def test_bounds_of_powers_and_their_kin_are_wider_by_rounding_only(formula: str, expected: tuple[float, float]) -> None:
    found = bounds(read_formula(formula), {"x": (-1, 2), "y": (1, 3)})
    assert found is not None
    assert found[0] <= expected[0] <= expected[1] <= found[1]
    assert found == pytest.approx(expected, rel=3e-15, abs=1e-300)


@pytest.mark.parametrize(
    "formula",
    [
        "log(x)",
        "log(x + 1)",
        "sqrt(x)",
        "1/x",
        "x^-1",
        "x^0.5",
        "x^y",
        "exp(1000*y)",
        "1e308*y*y",
        "(1e200*y)^2",
        "1/x if x > 0 else 0",
        "1 if log(x) > 0 else 2",
        "log(x) if y > 2 else 0",
        "y > 2 and log(x) > 0",
        "1e308 + 1e308*y",
        "log(x) if policy == 'strict' else 0",
        "log(x) if x != 0 else 0",
        "(y - 1)^(y - 2)",
    ],
)
def test_what_is_not_defined_everywhere_in_the_box_has_no_bounds(formula: str) -> None:
    assert bounds(read_formula(formula), {"x": (-1, 2), "y": (1, 3)}) is None


def test_signs_survive_the_widening_of_bounds() -> None:
    box = {"x": (-1.0, 1.0)}
    for formula in ["sqrt(x^2)", "sqrt(exp(x - 800))", "sqrt(log(2 + x))", "sqrt(-log(exp(-x^2)))", "log(exp(x))"]:
        assert bounds(read_formula(formula), box) is not None


def test_a_condition_on_a_shared_definition_guards_its_other_places() -> None:
    payoff = read_formula("-sales*tight^1.5 if tight > 0 else 0.5*tight")
    tree = substitute(payoff, {"tight": read_formula("controls - 0.3")})
    assert bounds(tree, {"controls": (0.0, 1.0), "sales": (5.0, 5.0)}) == pytest.approx((-5 * 0.7**1.5, 0.0), rel=1e-14)
    # The same words in two places are no such definition.
    apart = read_formula("(controls - 0.3)^1.5 if controls - 0.3 > 0 else 0")
    assert bounds(apart, {"controls": (0.0, 1.0)}) is None


def test_bounds_gives_up_on_boxes_that_are_none_and_on_endless_trees() -> None:
    assert bounds(Name("x"), {"x": (2.0, 1.0)}) is None
    assert bounds(Name("x"), {"x": (0.0, math.inf)}) is None
    assert bounds(Name("x"), {"x": (math.nan, 1.0)}) is None
    assert bounds(doubled(100), {"x": (0.0, 1.0)}) is None
    deep: Expression = Name("x")
    for _ in range(500):
        deep = Call("abs", (deep,))
    assert bounds(deep, {"x": (0.0, 1.0)}) is None


# ---- trees put into trees ---------------------------------------------------------------------------------------------


def doubled(steps: int) -> Expression:
    """Return the tree of ``a0 = x``, ``a1 = a0 + a0``, ``a2 = a1 + a1``, ...: 2^steps leaves when written out."""
    tree: Expression = Name("x")
    for _ in range(steps):
        tree = substitute(read_formula("a + a"), {"a": tree})
    return tree


def test_definitions_that_double_at_each_step_are_measured_and_evaluated_in_no_time() -> None:
    sizes = {"a0": 1}
    for k in range(1, 1001):
        sizes[f"a{k}"] = expanded_size(read_formula(f"a{k - 1} + a{k - 1}"), sizes)
    assert sizes["a1000"] == 2**1001 - 1
    tree = doubled(1000)
    assert size(tree) == 2**1001 - 1
    assert depth(tree) == 1001
    assert evaluate(tree, {"x": 1.0}) == 2.0**1000
    assert [node.name for node in names(tree)] == ["x"]
    assert kind(tree) == "number"
    assert evaluate(substitute(tree, {"x": Number(0.5)}), {}) == 2.0**999


def test_depth_is_no_limit() -> None:
    tree: Expression = Name("x")
    for _ in range(20_000):
        tree = Call("abs", (Choice(tree, Compare(">", Name("x"), Number(0.0)), Number(1.0)),))
    assert evaluate(tree, {"x": 3.0}) == 3.0
    assert size(tree) == 1 + 6 * 20_000
    assert len(names(tree)) == 20_001
    assert evaluate(substitute(tree, {"x": Number(2.0)}), {}) == 2.0


@given(formulas(small_leaves), formulas(small_leaves), points)
def test_substitution_and_evaluation_commute(outer: Expression, inner: Expression, values: dict[str, float]) -> None:
    value = by_us(inner, values)
    assume(value is not None)
    together = substitute(outer, {"a": inner})
    assert by_us(together, values) == by_us(outer, {**values, "a": cast(float, value)})
    assert size(together) == expanded_size(outer, {"a": size(inner)})


@given(formulas(small_leaves, with_words=True))
def test_substitution_of_nothing_gives_the_very_tree(tree: Expression) -> None:
    assert substitute(tree, {"another": Number(1.0)}) is tree
    assert sum(isinstance(node, Name) for node in nodes(tree)) == len(names(tree))
    assert size(tree) == fold(tree, lambda node, parts: 1 + sum(parts))
    assert all(node in nodes(tree) for child in nodes(tree) for node in children(child))


def test_every_kind_of_node_passes_a_substitution_on_to_its_parts() -> None:
    formula = "x + 2*x^x - min(x, 1)*(1 if not x > 0 or x == 3 and policy == 'a' else x)"
    replaced = substitute(read_formula(formula), {"x": Name("y")})
    assert text(replaced) == formula.replace("x", "y")


def test_substitution_is_not_repeated() -> None:
    swapped = substitute(read_formula("a - b"), {"a": Name("b"), "b": Name("a")})
    assert text(swapped) == "b - a"


def test_words_become_the_codes_of_levels() -> None:
    codes = {("policy", "free"): 0.0, ("policy", "strict"): 1.0, ("rule", "free"): 7.0}
    tree = read_formula("x if policy == 'strict' and 'free' != rule else y")
    assert [(name.name, word.value) for name, word in text_comparisons(tree)] == [
        ("policy", "strict"),
        ("rule", "free"),
    ]
    coded = replace_text(tree, lambda name, word: codes[name, word])
    assert text(coded) == "x if policy == 1 and 7 != rule else y"
    assert text_comparisons(coded) == ()
    assert evaluate(coded, {"x": 2.0, "y": 3.0, "policy": 1.0, "rule": 0.0}) == 2.0
    number = [node for node in nodes(coded) if node == Number(1.0, 15, 23)]
    assert number, "a code stands where its word stood"


def test_a_tree_without_words_is_not_touched() -> None:
    tree = read_formula("x if policy == 1 else y")
    assert replace_text(tree, lambda name, word: math.nan) is tree


def test_names_stand_in_the_order_of_the_formula() -> None:
    tree = read_formula("c if a < b else -a*d^e + max(f, 2)")
    assert [(node.name, node.start) for node in names(tree)] == [
        *(("c", 0), ("a", 5), ("b", 9), ("a", 17), ("d", 19), ("e", 21), ("f", 29)),
    ]


# ---- LaTeX ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("rent*tariff - dwl*tariff^2", r"\mathrm{rent}\, \mathrm{tariff} - \mathrm{dwl}\, \mathrm{tariff}^{2}"),
        ("-a*b", r"-a\, b"),
        ("a/b", r"\frac{a}{b}"),
        ("hop*x*y/25", r"\frac{\mathrm{hop}\, x\, y}{25}"),
        ("(a + b)/(c - 1)*d", r"\frac{\left(a + b\right)\, d}{c - 1}"),
        ("1/x", r"\frac{1}{x}"),
        ("2.0*3*x", r"2 \cdot 3\, x"),
        ("x*2", r"x \cdot 2"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a + (b - c)", "a + b - c"),
        ("a + (-b)", "a - b"),
        ("a*(b + c)", r"a\, \left(b + c\right)"),
        ("(a + b)^2", r"\left(a + b\right)^{2}"),
        ("(a^b)^c", r"\left(a^{b}\right)^{c}"),
        ("a^b^c", "a^{b^{c}}"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2", r"\left(-x\right)^{2}"),
        ("x_1^-0.5", "x_{1}^{-0.5}"),
        ("log(x)^2", r"\left(\log\left(x\right)\right)^{2}"),
        ("2*log(1 + x/100)", r"2\, \log\left(1 + \frac{x}{100}\right)"),
        ("sqrt(x + 1)^3", r"\sqrt{x + 1}^{3}"),
        ("abs(x - y)", r"\left|x - y\right|"),
        ("min(x, y, 1)", r"\min\left(x, y, 1\right)"),
        ("exp(-beta*t)", r"\exp\left(-\beta\, t\right)"),
        ("2.5e-7*x", r"2.5 \times 10^{-7}\, x"),
        ("1e22 + x", "10^{22} + x"),
        ("x^1e-7", "x^{10^{-7}}"),
        ("2.5e-7^x", r"\left(2.5 \times 10^{-7}\right)^{x}"),
        ("a if x > 0 else b", r"\begin{cases} a & \text{if } x > 0 \\ b & \text{otherwise} \end{cases}"),
        (
            "a if x > 0 else b if y <= 0 else c",
            r"\begin{cases} a & \text{if } x > 0 \\ b & \text{if } y \le 0 \\ c & \text{otherwise} \end{cases}",
        ),
        (
            "2*(a if x != 0 else b)",
            r"2\, \left(\begin{cases} a & \text{if } x \ne 0 \\ b & \text{otherwise} \end{cases}\right)",
        ),
        ("a >= 0 and (b == 0 or not c < 0)", r"a \ge 0 \text{ and } \left(b = 0 \text{ or } \text{not } c < 0\right)"),
        ("policy == 'a_b & c'", r"\mathrm{policy} = \text{a\_b \& c}"),
        ("policy == '~^#'", r"\mathrm{policy} = \text{\textasciitilde{}\textasciicircum{}\#}"),
    ],
)
def test_latex_is_what_a_typesetter_would_write(formula: str, expected: str) -> None:
    assert latex(read_formula(formula)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("beta", r"\beta"),
        ("Gamma", r"\Gamma"),
        ("α", r"\alpha"),
        ("λ", r"\lambda"),
        ("Ω", r"\Omega"),
        ("lambda_", r"\lambda"),
        ("x12", "x_{12}"),
        ("beta_us", r"\beta_{\mathrm{us}}"),
        ("jp_cut_2", r"\mathrm{jp}_{\mathrm{cut},2}"),
        ("x1_y2", r"x_{1,\mathrm{y2}}"),
        ("gain.US", r"\mathrm{gain}_{\mathrm{US}}"),
        ("関税", r"\mathrm{関税}"),
        ("ж", "ж"),
    ],
)
def test_names_become_symbols(name: str, expected: str) -> None:
    assert symbol(name) == expected


def test_latex_uses_the_symbols_it_is_given() -> None:
    tree = read_formula("tariff^2*rent")
    assert latex(tree, {"tariff": r"\tau^{*}"}) == r"{\tau^{*}}^{2}\, \mathrm{rent}"


def test_latex_of_negative_numbers() -> None:
    assert latex(Sum((Name("x"), Number(-2.0)), (1, 1))) == "x - 2"
    assert latex(Product((Number(-2.0), Name("x")), (1, 1))) == r"\left(-2\right)\, x"
    assert latex(Product((Name("x"),), (-1,))) == r"\frac{1}{x}"


@given(formulas(leaves))
def test_latex_has_balanced_braces_and_brackets(tree: Expression) -> None:
    written = re.sub(r"\\[&%$#_{}]", "", latex(tree))
    level = 0
    for sign in re.findall(r"[{}]", written):
        level += 1 if sign == "{" else -1
        assert level >= 0
    assert level == 0
    assert written.count(r"\left") == written.count(r"\right")
    assert written.count(r"\begin{cases}") == written.count(r"\end{cases}")
    assert "--" not in written
    assert "+ -" not in written
