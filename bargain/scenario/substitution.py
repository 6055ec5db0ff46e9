"""Trees put into trees: definitions and parameters for their names, level codes for quoted words.

Replacements are shared, not copied.  A chain of definitions such as ``a1 = a0 + a0``, ``a2 = a1 + a1``, ... therefore
costs nothing here, but whoever writes the tree out pays for every copy: :func:`expanded_size` tells the length
beforehand.  The tests compare values before and after, and time chains of definitions that double at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

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
    nodes,
)

__all__ = ["expanded_size", "replace_text", "substitute", "text_comparisons"]


def expanded_size(expression: Expression, sizes: Mapping[str, int]) -> int:
    """Return the number of nodes after each name of ``sizes`` is replaced by a tree of that many nodes.

    Nothing is replaced, so that a chain of definitions that doubles at each step is measured in no time.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> expanded_size(read_formula("a + a"), {"a": 10**30}) == 2 * 10**30 + 1
    True
    """

    def combine(node: Expression, parts: Sequence[int]) -> int:
        return sizes.get(node.name, 1) if isinstance(node, Name) else 1 + sum(parts)

    return fold(expression, combine)


def substitute(expression: Expression, mapping: Mapping[str, Expression]) -> Expression:
    """Return the tree with each name of ``mapping`` replaced by its tree.

    Replacements are shared, not copied, and not searched again.  They keep the ``start`` and ``end`` of the formula
    that they come from.
    """

    def combine(node: Expression, parts: Sequence[Expression]) -> Expression:
        return mapping.get(node.name, node) if isinstance(node, Name) else _with_parts(node, parts)

    return fold(expression, combine)


def replace_text(expression: Expression, resolve: Callable[[str, str], float]) -> Expression:
    """Return the tree with each quoted word replaced by the number ``resolve(name, word)``.

    ``name`` is the name that the word is compared with.  What ``resolve`` raises is passed on; to report all words that
    do not fit, look at :func:`text_comparisons` first.
    """

    def combine(node: Expression, parts: Sequence[Expression]) -> Expression:
        pair = _words(node)
        if pair is None:
            return _with_parts(node, parts)
        name, word = pair
        code = Number(float(resolve(name.name, word.value)), word.start, word.end)
        return _with_parts(node, [code if isinstance(part, Text) else part for part in parts])

    return fold(expression, combine)


def text_comparisons(expression: Expression) -> tuple[tuple[Name, Text], ...]:
    """Return the pairs of a name and the quoted word that it is compared with, in the order of the formula."""
    pairs = (_words(node) for node in nodes(expression) if isinstance(node, Compare))
    return tuple(pair for pair in pairs if pair is not None)


def _words(node: Expression) -> tuple[Name, Text] | None:
    if isinstance(node, Compare):
        if isinstance(node.left, Name) and isinstance(node.right, Text):
            return node.left, node.right
        if isinstance(node.left, Text) and isinstance(node.right, Name):
            return node.right, node.left
    return None


def _with_parts(node: Expression, parts: Sequence[Expression]) -> Expression:
    if all(old is new for old, new in zip(children(node), parts, strict=True)):
        return node
    match node:
        case Sum() | Product() | Logic():
            return replace(node, items=tuple(parts))
        case Call():
            return replace(node, arguments=tuple(parts))
        case Power():
            return replace(node, base=parts[0], exponent=parts[1])
        case Compare():
            return replace(node, left=parts[0], right=parts[1])
        case Choice():
            return replace(node, then=parts[0], condition=parts[1], otherwise=parts[2])
        case Not():
            return replace(node, item=parts[0])
        case _:
            return node
