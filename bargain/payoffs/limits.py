"""Limits on deals as gaps that must not be negative, or as conditions.

A rule such as ``cost <= 7.5 and share >= 2`` becomes two limits of one name.  A comparison over numbers becomes a gap
with derivatives; what has none (``or``, ``not``, ``!=``, named levels, a strict comparison over finitely many levels)
stays a condition, which holds or does not.  Whether a deal is allowed is decided up to rounding: a comparison may be
missed by a share :data:`TOLERANCE` of the sizes of the terms on its two sides, whatever their unit.
Tested against plain evaluation of the rules, and on rules that hold with equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sympy import Expr, S

from bargain.payoffs.algebra import call, number, product, total
from bargain.payoffs.expansion import lever_sets, summands
from bargain.payoffs.symbolic import Translator, both, compared, either
from bargain.scenario.document import Constraint, Document
from bargain.scenario.expression import Choice, Compare, Expression, Logic, Not

__all__ = ["TOLERANCE", "Limit", "read_limits"]

TOLERANCE = 1e-9
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_CLOSED = {"<": "<=", ">": ">="}


@dataclass(frozen=True, eq=False)
class Limit:
    """A limit on deals.

    Parameters
    ----------
    name : str
        The constraint's name in the scenario.
    kind : {"inequality", "equality", "condition"}
        Whether the gap must be at least zero, must be zero, or there is only a condition.
    levers : tuple of int
        The levers that it reads.
    line : int or None
        Where the rule stands in the file.
    reason : str
        Why the limit is there, as the file says.
    gap : sympy.Expr or None
        The better side less the worse side; None for a condition.
    holds : sympy.Expr
        The condition, up to rounding.
    """

    name: str
    kind: Literal["inequality", "equality", "condition"]
    levers: tuple[int, ...]
    line: int | None
    reason: str
    gap: Expr | None = field(repr=False)
    holds: Expr = field(repr=False)


def read_limits(document: Document, translator: Translator) -> tuple[Limit, ...]:
    """Return the limits of all constraints, in the order of the file.

    Raises
    ------
    ValueError
        A rule is not a condition, or uses an unknown name.
    """
    reader = _Reader(document, translator)
    return tuple(
        reader.limit(constraint, rule)
        for constraint in document.constraints
        for rule in reader.conjuncts(constraint.expression)
    )


class _Reader:
    def __init__(self, document: Document, translator: Translator) -> None:
        self._translator = translator
        self._levers = document.levers

    def conjuncts(self, rule: Expression) -> Iterator[Expression]:
        """Yield the conditions that must all hold."""
        if isinstance(rule, Logic) and rule.operator == "and":
            for item in rule.items:
                yield from self.conjuncts(item)
        else:
            yield rule

    def limit(self, constraint: Constraint, rule: Expression) -> Limit:
        kind: Literal["inequality", "equality", "condition"] = "condition"
        gap: Expr | None = None
        holds = self._holds(rule, True)
        levers = self._reads(holds)
        if isinstance(rule, Compare) and self._is_smooth(rule.operator, levers):
            kind = "equality" if rule.operator == "==" else "inequality"
            left, right = self._translator.expression(rule.left), self._translator.expression(rule.right)
            holds = self._compared(rule, _CLOSED.get(rule.operator, rule.operator))
            small, large = (left, right) if rule.operator in ("<", "<=") else (right, left)
            gap = total([large, product([S.NegativeOne, small])])
        return Limit(constraint.name, kind, levers, constraint.line, constraint.reason, gap, holds)

    def _is_smooth(self, operator: str, levers: tuple[int, ...]) -> bool:
        if operator == "!=" or any(self._levers[place].named for place in levers):
            return False
        # Over finitely many levels `tariff < 25` excludes 25; over an interval it is closed, or there is no best deal.
        return operator not in ("<", ">") or any(self._levers[place].continuous for place in levers)

    def _reads(self, expression: Expr) -> tuple[int, ...]:
        return tuple(sorted(lever_sets([expression], self._translator.indices)[expression]))

    def _holds(self, rule: Expression, wanted: bool) -> Expr:
        """Return the condition that a rule is true (or false, when that is wanted), up to rounding."""
        match rule:
            case Compare() as comparison:
                return self._compared(comparison, comparison.operator if wanted else _OPPOSITE[comparison.operator])
            case Not(item):
                return self._holds(item, not wanted)
            case Logic(operator, items):
                parts = [self._holds(item, wanted) for item in items]
                return both(parts) if (operator == "and") is wanted else either(parts)
            case Choice(then, condition, otherwise):
                first = both([self._holds(condition, True), self._holds(then, wanted)])
                second = both([self._holds(condition, False), self._holds(otherwise, wanted)])
                return either([first, second])
        raise ValueError(f"a limit on deals must be a condition, not {rule!r}")

    def _compared(self, rule: Compare, operator: str) -> Expr:
        left, right = self._translator.expression(rule.left), self._translator.expression(rule.right)
        size = total(call("abs", [item]) for item in (*summands(left), *summands(right)))
        slack = product([number(TOLERANCE), size])
        match operator:
            case "<=":
                return compared("<=", left, total([right, slack]))
            case ">=":
                return compared("<=", right, total([left, slack]))
            case "<":
                return compared("<", total([left, slack]), right)
            case ">":
                return compared("<", total([right, slack]), left)
        distance = call("abs", [total([left, product([S.NegativeOne, right])])])
        return compared("<=", distance, slack) if operator == "==" else compared("<", slack, distance)
