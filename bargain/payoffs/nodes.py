"""The nodes that sympy does not have, or whose own form is not safe to build from a stranger's formula.

Sympy's ``exp``, ``Abs``, ``Min`` and ``Piecewise`` search their arguments for rewritings, which may fail, and which
takes exponential time when parts are shared (a chain of 12 definitions is enough).  The nodes here are never rewritten.
Walks visit a shared part once and keep their own stack.  Tested through the formulas that are built of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sympy import Dummy, Expr

__all__ = [
    "AtMost",
    "Both",
    "Condition",
    "Direction",
    "Either",
    "Equal",
    "Exponential",
    "Greatest",
    "Least",
    "Less",
    "Logarithm",
    "Magnitude",
    "Negation",
    "Select",
    "Shared",
    "Undefined",
    "VariablePower",
    "parts",
    "postorder",
]


class _Node(Expr):  # type: ignore[misc]
    """A node that sympy never rewrites."""

    is_commutative = True
    is_real = True


class Shared(Dummy):  # type: ignore[misc]
    """A large part, which sympy takes for a real symbol; equal parts are one object."""

    inner: Expr

    def __new__(cls, inner: Expr) -> Shared:
        """Wrap an expression; :func:`bargain.payoffs.algebra.settled` sees to it that equal parts are one object."""
        node: Shared = Dummy.__new__(cls, "shared", real=True)
        node.inner = inner
        return node


class VariablePower(_Node):
    """``VariablePower(base, exponent)``: a power whose exponent reads a lever."""


class Undefined(_Node):
    """A constant without a value, such as ``log(-1)``: it only matters where its branch is taken."""


class Exponential(_Node):
    """The exponential function."""


class Logarithm(_Node):
    """The natural logarithm."""


class Magnitude(_Node):
    """The absolute value."""


class Direction(_Node):
    """The sign: -1, 0 or 1."""


class Least(_Node):
    """The least of the arguments."""


class Greatest(_Node):
    """The greatest of the arguments."""


class Select(_Node):
    """``Select(condition, then, otherwise)``."""


class Condition(_Node):
    """True or false; as an expression its derivative is zero."""


class Less(Condition):
    """``left < right``."""


class AtMost(Condition):
    """``left <= right``."""


class Equal(Condition):
    """``left == right``."""


class Both(Condition):
    """All arguments hold."""


class Either(Condition):
    """At least one argument holds."""


class Negation(Condition):
    """The argument does not hold."""


def parts(node: Expr) -> tuple[Expr, ...]:
    """Return what a node is made of, looking into shared parts."""
    return (node.inner,) if isinstance(node, Shared) else node.args


def postorder(roots: Iterable[Expr], into: Callable[[Expr], Sequence[Expr]] = parts) -> Iterator[Expr]:
    """Yield every part of the expressions once, parts before what is made of them."""
    seen: set[Expr] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(into(node)))
