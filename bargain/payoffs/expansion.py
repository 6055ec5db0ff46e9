"""A payoff formula as a sum of terms that each read as few levers as the algebra allows.

Products and whole powers of sums are multiplied out, where the number of products is small and known beforehand, and
what cancels is dropped; the sets of levers that remain are the formula's *terms* (THEORY section 1).  Multiplying out
costs accuracy (``(x - 1000)^8`` does not survive it), so that the result is written with the formula's own parts
wherever they fit: only a part that reads levers which no term joins is really multiplied out.
Tested by a numerical oracle: levers whose cross-differences do not vanish must be joined by a term.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import comb, prod

from sympy import Expr, Integer, S

from bargain.payoffs.algebra import MAX_WHOLE_EXPONENT, ROUNDING, constant, number, product, total
from bargain.payoffs.nodes import Shared, parts, postorder

__all__ = ["Effort", "LeverSet", "additive_terms", "lever_sets", "summands"]

MAX_PRODUCTS = 256
"""Products of sums are multiplied out only when they give at most so many products."""

MAX_MONOMIALS = 4096

MAX_EFFORT = 1_000_000
"""Monomials that may be added up in all formulas of a scenario; a product counts as :data:`_PRODUCT` of them."""

_PRODUCT = 20

LeverSet = tuple[int, ...]
Polynomial = dict[Expr, tuple[float, float]]
"""Monomial to its coefficient and to the sum of the absolute values of all numbers added up in it."""


def lever_sets(roots: Iterable[Expr], indices: Mapping[Expr, int]) -> dict[Expr, frozenset[int]]:
    """Return which levers each part of the expressions reads.

    Parameters
    ----------
    roots : iterable of sympy.Expr
        Expressions that may share parts.
    indices : mapping
        The index of each lever's symbol.

    Returns
    -------
    dict
        A frozenset of indices for every part.
    """
    found: dict[Expr, frozenset[int]] = {}
    for node in postorder(roots):
        if node in indices:
            found[node] = frozenset((indices[node],))
        else:
            found[node] = frozenset().union(*(found[part] for part in parts(node)))
    return found


@dataclass(slots=True)
class Effort:
    """How much may still be multiplied out; when nothing is left, formulas keep their own parts."""

    left: int = MAX_EFFORT

    def spend(self, count: int) -> bool:
        """Return whether so much is left, and take it."""
        if count > self.left:
            return False
        self.left -= count
        return True


def additive_terms(expression: Expr, indices: Mapping[Expr, int], effort: Effort | None = None) -> dict[LeverSet, Expr]:
    """Write an expression as a sum of terms, one for each set of levers.

    Parameters
    ----------
    expression : sympy.Expr
        A payoff in the levers' symbols.
    indices : mapping
        The index of each lever's symbol.
    effort : Effort, optional
        Shared by the formulas of a scenario.

    Returns
    -------
    dict
        Sorted lever indices to the term that reads just these; the terms add up to the expression.

    Examples
    --------
    >>> from sympy import symbols
    >>> a, b, c = symbols("x0 x1 x2", real=True)
    >>> terms = additive_terms((a + b) * (c + 1) - b, {a: 0, b: 1, c: 2})
    >>> sorted(terms)
    [(0, 2), (1,), (1, 2)]
    """
    effort = effort or Effort()
    full = _multiplied_out(expression, (), effort)
    reads = lever_sets([*full, expression], indices)
    joined = {reads[monomial] for monomial in full}
    sums: dict[frozenset[int], list[Expr]] = {}
    strays: list[Expr] = []
    for item in summands(expression):
        pieces = {item: reads[item]}
        if not _covered(reads[item], joined):
            atoms = {node for node in postorder([item]) if len(reads[node]) <= 1}
            pieces = _by_levers(_multiplied_out(item, atoms, effort), indices)
        for piece, levers in pieces.items():
            if _covered(levers, joined):
                sums.setdefault(levers, []).append(piece)
            else:
                strays.append(piece)
    if strays and _multiplied_out(total(strays), (), effort):
        # What should cancel does not, because too many products stopped one of the two expansions: take the other.
        sums = {}
        for piece, levers in _by_levers(full, indices).items():
            sums.setdefault(levers, []).append(piece)
    added = {tuple(sorted(levers)): total(items) for levers, items in sums.items()}
    return {levers: added[levers] for levers in sorted(added) if added[levers] is not S.Zero}


def _covered(levers: frozenset[int], joined: Collection[frozenset[int]]) -> bool:
    return len(levers) <= 1 or any(levers <= other for other in joined)


def summands(expression: Expr) -> list[Expr]:
    """Return the items of a sum as it is written, looking into sums that are shared parts."""
    items: list[Expr] = []
    waiting = [expression]
    while waiting:
        item = waiting.pop()
        inner = item.inner if isinstance(item, Shared) else item
        if inner.is_Add and len(items) + len(waiting) < MAX_MONOMIALS:
            waiting.extend(reversed(inner.args))
        elif isinstance(inner, Shared):
            waiting.append(inner)
        else:
            items.append(item)
    return items


def _by_levers(polynomial: Polynomial, indices: Mapping[Expr, int]) -> dict[Expr, frozenset[int]]:
    reads = lever_sets(polynomial, indices)
    return {product([number(value), monomial]): reads[monomial] for monomial, (value, _) in polynomial.items()}


def _multiplied_out(expression: Expr, atoms: Collection[Expr], effort: Effort) -> Polynomial:
    """Return the expression as a polynomial in its parts that are not sums, products or whole powers, or are atoms."""

    def into(node: Expr) -> tuple[Expr, ...]:
        if node in atoms:
            return ()
        if isinstance(node, Shared) or node.is_Add or node.is_Mul:
            return parts(node)
        return (node.base,) if _is_whole_power(node) else ()

    done: dict[Expr, Polynomial] = {}
    for node in postorder([expression], into):
        factors = [done[part] for part in into(node)]
        result: Polynomial | None = None
        if isinstance(node, Shared) and factors:
            result = factors[0]
        elif factors and node.is_Add:
            result = _added(factors) if effort.spend(sum(map(len, factors))) else None
        elif factors:
            result = _multiplied(factors * int(node.exp) if _is_whole_power(node) else factors, effort)
        if result is None or len(result) > MAX_MONOMIALS:
            coefficient, rest = node.as_coeff_Mul()
            value = constant(coefficient) or 0.0
            result = {rest: (value, abs(value))} if value else {}
        done[node] = result
    return done[expression]


def _is_whole_power(node: Expr) -> bool:
    # A power of a symbol is a monomial already, however large its exponent.
    if not (node.is_Pow and isinstance(node.exp, Integer) and 1 < node.exp <= MAX_WHOLE_EXPONENT):
        return False
    return bool(node.base.is_Add) or isinstance(node.base, Shared)


def _added(items: Iterable[Polynomial]) -> Polynomial:
    result: Polynomial = {}
    for item in items:
        for monomial, (value, size) in item.items():
            old_value, old_size = result.get(monomial, (0.0, 0.0))
            result[monomial] = (old_value + value, old_size + size)
    return {monomial: entry for monomial, entry in result.items() if abs(entry[0]) > ROUNDING * entry[1]}


def _multiplied(factors: list[Polynomial], effort: Effort) -> Polynomial | None:
    """Return the product, or None when it would have too many items."""
    # A polynomial to the k-th power has as many items as there are multisets of k of its items.
    repeated = Counter(map(id, factors))
    lengths = {id(factor): len(factor) for factor in factors}
    if prod(comb(lengths[key] + times - 1, times) for key, times in repeated.items()) > MAX_PRODUCTS:
        return None
    result: Polynomial = {S.One: (1.0, 1.0)}
    for factor in factors:
        if not effort.spend(_PRODUCT * len(result) * len(factor)):
            return None
        result = _added(
            {product([left, right]): (value * times, size * others)}
            for left, (value, size) in result.items()
            for right, (times, others) in factor.items()
        )
    return result
