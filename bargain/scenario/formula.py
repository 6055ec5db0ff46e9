"""The formula language: text to trees, over a closed vocabulary, without ever running anything.

A formula is cut into tokens (:mod:`bargain.scenario.tokens`), its shape is checked (:mod:`bargain.scenario.shape`), and
only then does Python's parser see it, spelled out anew; what the parser returns is copied node by node into our own
tree, and any node that is not on the list is refused.  Nothing is compiled, called or looked up.  The tests read back
what :func:`bargain.scenario.notation.text` writes, compare values with Python's, state every message with its place,
and feed hostile text.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Literal

from bargain.scenario import arithmetic
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
    Text,
    children,
    fold,
)
from bargain.scenario.shape import check_shape
from bargain.scenario.tokens import NESTING, FormulaError, Token, normalise, tokenise, too_deep, unreadable

__all__ = ["FUNCTIONS", "RESERVED", "FormulaError", "Kind", "is_name", "kind", "normalise", "read_formula"]

FUNCTIONS = frozenset(arithmetic.FUNCTIONS)
"""The functions that a formula may call."""

RESERVED = FUNCTIONS | frozenset(keyword.kwlist)
"""The words that cannot be names of levers, parameters or definitions."""

Kind = Literal["number", "condition", "text"]

Items = tuple[Expression, ...]
Signs = tuple[int, ...]

_OTHER_NAMES = {"ln": "log", "absolute": "abs", "fabs": "abs", "minimum": "min", "maximum": "max", "root": "sqrt"}
_SEVERAL = frozenset({"max", "min"})
_NAME_HINT = "a name starts with a letter and has letters, digits and single underscores, at most 64 in all"
_KNOWN = f"the functions are {', '.join(sorted(FUNCTIONS))}"


def is_name(name: str) -> bool:
    """Return whether ``name`` can name a player, lever, parameter or definition.

    Names are compared in normal form (:func:`normalise`).  They start with a letter of any script and go on with
    letters, digits and single underscores, 64 characters at most, and are no word of the language.

    Examples
    --------
    >>> [is_name(name) for name in ("beta", "lambda_", "lambda", "log", "_x", "a__b", "2x")]
    [True, True, False, False, False, False, False]
    """
    form = normalise(name)
    return (
        0 < len(form) <= 64
        and form.isidentifier()
        and form[0].isalpha()
        and "__" not in form
        and all(character.isalpha() or character.isdecimal() or character == "_" for character in form)
        and form not in RESERVED
    )


def read_formula(formula: str, *, dotted: bool = False) -> Expression:
    """Return the tree of a formula.

    Parameters
    ----------
    formula : str
        For example ``"-hurt*tariff - bite*tariff^2"``; at most 4000 characters, nested at most 64 deep.
    dotted : bool
        Whether names such as ``gain.US`` are allowed (in ``[[expect]]`` rules).

    Returns
    -------
    Expression
        A number or a condition; see :func:`kind`.  Names are in normal form and not looked up anywhere.

    Raises
    ------
    FormulaError
        With code, message, place inside the formula, and hint.

    Notes
    -----
    ``^`` and ``**`` are powers and bind as in mathematics: ``-x^2`` is ``-(x^2)``.  A minus sign before a product
    belongs to the whole product, so that ``-a*b`` is ``-(a*b)``; in floating point these are the same number.

    Examples
    --------
    >>> read_formula("1 + x^2")  # doctest: +NORMALIZE_WHITESPACE
    Sum(items=(Number(value=1.0, start=0, end=1),
               Power(base=Name(name='x', start=4, end=5), exponent=Number(value=2.0, start=6, end=7), start=4, end=7)),
        signs=(1, 1), start=0, end=7)
    """
    tokens = tokenise(formula)
    check_shape(formula, tokens)
    tree = _Reader(formula, tokens, dotted).tree()
    if kind(tree) == "text":
        raise _lonely(tree)
    return tree


def kind(expression: Expression) -> Kind:
    """Return whether a tree is a number, a condition or a quoted word, having checked each of its parts.

    Raises
    ------
    FormulaError
        ``BG107``: a condition where a number is needed, a number where a condition is needed, or a quoted word that is
        not compared with a name by ``==`` or ``!=``.

    Examples
    --------
    >>> kind(read_formula("tariff <= 10 and hop > 0"))
    'condition'
    """
    return fold(expression, _kind)


def _kind(node: Expression, kinds: Sequence[Kind]) -> Kind:
    match node:
        case Text():
            return "text"
        case Number() | Name():
            return "number"
        case Compare() if "text" in kinds:
            word, other = (node.left, node.right) if kinds[0] == "text" else (node.right, node.left)
            if node.operator not in ("==", "!=") or not isinstance(other, Name):
                raise _lonely(word)
            return "condition"
        case Choice():
            _need("condition", node.condition, kinds[1])
            wanted: Kind = "condition" if kinds[0] == "condition" else "number"
            _need(wanted, node.then, kinds[0])
            _need(wanted, node.otherwise, kinds[2])
            return wanted
        case Logic() | Not():
            wanted = "condition"
        case _:
            wanted = "number"
    for part, found in zip(children(node), kinds, strict=True):
        _need(wanted, part, found)
    return "condition" if isinstance(node, Compare) else wanted


def _outer_kind(node: Expression) -> Kind:
    """Return what a node is if its parts are what they should be."""
    while isinstance(node, Choice):
        node = node.then
    if isinstance(node, Text):
        return "text"
    return "condition" if isinstance(node, Compare | Logic | Not) else "number"


def _need(wanted: Kind, part: Expression, found: Kind) -> None:
    if found == "text":
        raise _lonely(part)
    if found != wanted:
        hint = "write `1 if condition else 0` to count it" if wanted == "number" else "compare it, for example `x > 0`"
        raise FormulaError("BG107", f"a {found} stands where a {wanted} is needed", part.start, part.end, hint)


def _lonely(word: Expression) -> FormulaError:
    message = "a quoted word can only be compared with a name, by `==` or `!=`"
    return FormulaError("BG107", message, word.start, word.end, "for example `policy == 'strict'`")


class _Reader:
    """Copies Python's tree into ours; places are translated from the spelled-out text to the user's."""

    def __init__(self, source: str, tokens: Sequence[Token], dotted: bool) -> None:
        self.source = source
        self.dotted = dotted
        self.level = 0
        self.spelled = " ".join(token.text for token in tokens)
        # Python counts columns in bytes of UTF-8.
        self.starts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        column = 0
        for token in tokens:
            self.starts[column] = token.start
            column += len(token.text.encode())
            self.ends[column] = token.end
            column += 1
        # Where the parenthesis just before a place starts, and where the one just after a place ends.
        neighbours = list(pairwise(tokens))
        self.before = {right.start: left.start for left, right in neighbours if left.text == "("}
        self.after = {left.end: right.end for left, right in neighbours if right.text == ")"}

    def tree(self) -> Expression:
        try:
            parsed = ast.parse(self.spelled, mode="eval").body
        except SyntaxError:
            raise unreadable("its parts do not fit together", 0, len(self.source)) from None
        except (RecursionError, MemoryError):
            raise too_deep(0, len(self.source)) from None
        return self.read(parsed)

    def place(self, node: ast.expr) -> tuple[int, int]:
        return self.starts[node.col_offset], self.ends[node.end_col_offset or 0]

    def around(self, place: tuple[int, int]) -> tuple[int, int]:
        """Return the place of a part together with the parentheses around it."""
        start, end = place
        while start in self.before and end in self.after:
            start, end = self.before[start], self.after[end]
        return start, end

    def read(self, node: ast.expr) -> Expression:
        if self.level == NESTING:
            raise too_deep(*self.place(node))
        self.level += 1
        found = self._copy(node)
        self.level -= 1
        return found

    def _copy(self, node: ast.expr) -> Expression:
        start, end = self.place(node)
        match node:
            case ast.Constant(value=float(value)):
                return Number(value, start, end)
            case ast.Constant(value=str(value)):
                return Text(value, start, end)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self._product(node)
            case ast.BinOp(op=ast.Pow()):
                return Power(self.read(node.left), self.read(node.right), start, end)
            case ast.UnaryOp(op=ast.USub()):
                return Sum((self.read(node.operand),), (-1,), start, end)
            case ast.UnaryOp(op=ast.UAdd()):
                operand = self.read(node.operand)
                # The parts inside are checked with the whole tree; here that would be done anew for every sign.
                _need("number", operand, _outer_kind(operand))
                return operand
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.read(node.operand), start, end)
            case ast.Call():
                return self._call(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.IfExp():
                return Choice(self.read(node.body), self.read(node.test), self.read(node.orelse), start, end)
            case _:
                raise FormulaError("BG102", "this construct is not allowed in a formula", start, end)

    def _chain(self, node: ast.BinOp, up: type, down: type) -> tuple[Expression, Items, Signs]:
        """Return the first operand of ``a + b - c``, the others, and their signs; Python nests them to the left."""
        rest: list[tuple[ast.expr, int]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp) and isinstance(first.op, up | down):
            rest.append((first.right, 1 if isinstance(first.op, up) else -1))
            first = first.left
        rest.reverse()
        return self.read(first), tuple(self.read(operand) for operand, _ in rest), tuple(sign for _, sign in rest)

    def _sum(self, node: ast.BinOp) -> Sum:
        left, items, signs = self._chain(node, ast.Add, ast.Sub)
        if isinstance(left, Sum):
            return Sum(left.items + items, left.signs + signs, *self.place(node))
        return Sum((left, *items), (1, *signs), *self.place(node))

    def _product(self, node: ast.BinOp) -> Product | Sum:
        return self._times(*self._chain(node, ast.Mult, ast.Div), self.place(node))

    def _times(self, left: Expression, items: Items, signs: Signs, place: tuple[int, int]) -> Product | Sum:
        """Return ``left`` times ``items``, with the minus signs before ``left`` put before the whole product."""
        if isinstance(left, Sum) and left.signs == (-1,):
            inner = left.items[0]
            # In `(-a)*b` no part of the text is the product without its sign.
            start = self.around((inner.start, inner.end))[0] if left.start == place[0] else place[0]
            return Sum((self._times(inner, items, signs, (start, place[1])),), (-1,), *place)
        if isinstance(left, Product):
            return Product(left.items + items, left.signs + signs, *place)
        return Product((left, *items), (1, *signs), *place)

    def _name(self, node: ast.Name | ast.Attribute) -> Name:
        start, end = self.place(node)
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if parts and not (self.dotted and isinstance(inner, ast.Name)):
            hint = "names have no dots here; only [[expect]] rules read results such as `gain.US`"
            message = f"the dot in `{_shortened(self.source[start:end])}` is not allowed in a formula"
            raise FormulaError("BG102", message, start, end, hint)
        assert isinstance(inner, ast.Name)
        if inner.id in FUNCTIONS:
            raise unreadable(f"`{inner.id}` is a function", start, end, f"write its argument, `{inner.id}(...)`")
        if not all(map(is_name, (inner.id, *parts))):
            message = f"`{_shortened(self.source[start:end])}` is not allowed as a name"
            raise FormulaError("BG102", message, start, end, _NAME_HINT)
        return Name(".".join((inner.id, *reversed(parts))), start, end)

    def _call(self, node: ast.Call) -> Call:
        start, end = self.place(node)
        begin, stop = self.place(node.func)
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            called = self.source[begin:stop]
            raise FormulaError("BG103", f"there is no function `{_shortened(called)}`", begin, stop, _advice(called))
        function, count = node.func.id, len(node.args)
        if function in _SEVERAL and count < 2:
            message = f"`{function}` takes two or more arguments, not {count}"
            raise FormulaError("BG104", message, start, end, f"for example `{function}(a, b)`")
        if function not in _SEVERAL and count != 1:
            message = f"`{function}` takes one argument, not {count}"
            raise FormulaError("BG104", message, start, end, f"for example `{function}(a)`")
        return Call(function, tuple(self.read(argument) for argument in node.args), start, end)

    def _comparison(self, node: ast.Compare) -> Expression:
        operands = [self.read(operand) for operand in (node.left, *node.comparators)]
        signs = [_SIGNS[type(operator)] for operator in node.ops]
        start, end = self.place(node)
        if len(signs) == 1:
            return Compare(signs[0], operands[0], operands[1], start, end)
        places = [self.around(self.place(operand)) for operand in (node.left, *node.comparators)]
        links = tuple(
            Compare(sign, operands[k], operands[k + 1], places[k][0], places[k + 1][1]) for k, sign in enumerate(signs)
        )
        return Logic("and", links, start, end)

    def _logic(self, node: ast.BoolOp) -> Logic:
        word = "and" if isinstance(node.op, ast.And) else "or"
        items: tuple[Expression, ...] = ()
        for value in node.values:
            item = self.read(value)
            items += item.items if isinstance(item, Logic) and item.operator == word else (item,)
        return Logic(word, items, *self.place(node))


_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def _advice(function: str) -> str:
    if function.lower() in ("pow", "power"):
        return "write powers with `^`, for example `x^2`"
    word = _OTHER_NAMES.get(function.lower(), function.lower())
    near = get_close_matches(word, sorted(FUNCTIONS), 1)
    return f"did you mean `{near[0]}`? {_KNOWN}" if near else f"{_KNOWN}; write products with `*`"


def _shortened(words: str) -> str:
    return words if len(words) <= 60 else words[:57] + "..."
