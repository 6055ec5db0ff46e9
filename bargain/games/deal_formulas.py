"""The payoffs and limits of deals as sums of formulas, which can be asked for rigorous bounds over boxes of levels.

Every part reads few levers, so that a bound can take a sum apart where nothing ties its levers together.  Tested
against the compiled payoffs and limits at random levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.payoffs.additive import additive_parts
from bargain.payoffs.enclosure import Formula, LevelTable
from bargain.scenario.document import Document
from bargain.scenario.expression import Compare, Expression, Logic, Number, Sum
from bargain.scenario.expression import names as expression_names
from bargain.scenario.substitution import substitute

__all__ = ["DealFormulas", "payoff_formula"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DealFormulas:
    """Payoffs and limits of deals over L levers.

    Parameters
    ----------
    payoffs : tuple of tuples of Formula
        For each player, parts that add up to its payoff.
    limits : tuple of (tuple of Formula, or None)
        For each limit, parts that add up to its gap (at least 0, or exactly 0, where it is kept); None for a condition.

    Examples
    --------
    >>> from bargain.scenario.formula import read_formula
    >>> share = Formula(read_formula("share"), ("share",))
    >>> rest = Formula(read_formula("1 - share"), ("share",))
    >>> dollar = DealFormulas(((share,), (rest,)))
    >>> [part.value([0.25]) for parts in dollar.payoffs for part in parts]
    [0.25, 0.75]
    """

    payoffs: tuple[tuple[Formula, ...], ...]
    limits: tuple[tuple[Formula, ...] | None, ...] = ()

    @classmethod
    def from_document(
        cls, document: Document, kept: Sequence[int], fixed: Sequence[float], limits: Sequence[int | None]
    ) -> DealFormulas:
        """Return the formulas of a scenario in some of its levers.

        Parameters
        ----------
        document : Document
            The scenario.
        kept : sequence of int
            The levers that may move.
        fixed : sequence of float
            Level codes of all levers, for those that do not move.
        limits : sequence of (int or None)
            Which comparisons of the constraints are wanted, counted through all constraints; None for a condition.
        """
        names = tuple(document.levers[place].name for place in kept)
        known = _known(document, kept, fixed)
        rules = [rule for constraint in document.constraints for rule in _conjuncts(constraint.expression)]

        def split(expressions: Sequence[Expression]) -> tuple[Formula, ...]:
            return tuple(Formula(part, names) for part in _grouped(expressions, frozenset(names)))

        payoffs = []
        for player in document.player_names:
            entries = [entry for entry in document.payoffs if entry.player == player]
            parts = [substitute(entry.expression, known) for entry in entries if entry.expression is not None]
            tables = _tables(document, player, kept, fixed)
            listed = tuple(Formula(Number(0.0), names, (table,)) for table in tables)
            payoffs.append((*split(parts), *listed))
        gaps = [None if place is None else split([_gap(substitute(rules[place], known))]) for place in limits]
        return cls(tuple(payoffs), tuple(gaps))


def payoff_formula(document: Document, player: str, kept: Sequence[int], fixed: Sequence[float]) -> Formula:
    """Return a player's whole payoff in the levers that are kept, with the others at their ``fixed`` level codes."""
    known = _known(document, kept, fixed)
    entries = [entry for entry in document.payoffs if entry.player == player]
    formulas = [substitute(entry.expression, known) for entry in entries if entry.expression is not None]
    total = Sum(tuple(formulas), (1,) * len(formulas)) if formulas else Number(0.0)
    names = tuple(document.levers[place].name for place in kept)
    return Formula(total, names, _tables(document, player, kept, fixed))


def _grouped(expressions: Sequence[Expression], levers: frozenset[str]) -> list[Expression]:
    """Return the additive parts of a sum, those that read the same levers put together."""
    groups: dict[frozenset[str], list[Expression]] = {}
    for expression in expressions:
        for part in additive_parts(expression, levers):
            reads = frozenset(name.name for name in expression_names(part)) & levers
            groups.setdefault(reads, []).append(part)
    return [Sum(tuple(parts), (1,) * len(parts)) if len(parts) > 1 else parts[0] for parts in groups.values()]


def _known(document: Document, kept: Sequence[int], fixed: Sequence[float]) -> dict[str, Expression]:
    """Return what to put in for parameters, levers that stand still, and definitions."""
    chosen = set(kept)
    known: dict[str, Expression] = {entry.name: Number(entry.value) for entry in document.parameters}
    for place, (lever, code) in enumerate(zip(document.levers, fixed, strict=True)):
        if place not in chosen:
            known[lever.name] = Number(float(code))
    for definition in document.definitions:
        known[definition.name] = substitute(definition.expression, known)
    return known


def _conjuncts(rule: Expression) -> Iterator[Expression]:
    """Yield the conditions that must all hold, in the order of :func:`bargain.payoffs.limits.read_limits`."""
    if isinstance(rule, Logic) and rule.operator == "and":
        for item in rule.items:
            yield from _conjuncts(item)
    else:
        yield rule


def _gap(rule: Expression) -> Expression:
    """Return the better side of a comparison less the worse side."""
    if not isinstance(rule, Compare):
        raise ValueError("a limit with a gap is a comparison")
    small, large = (rule.left, rule.right) if rule.operator in ("<", "<=") else (rule.right, rule.left)
    return Sum((large, small), (1, -1))


def _tables(document: Document, player: str, kept: Sequence[int], fixed: Sequence[float]) -> tuple[LevelTable, ...]:
    entries = [entry.table for entry in document.payoffs if entry.player == player and entry.table is not None]
    return tuple(_table(document, entry.levers, np.array(entry.values), kept, fixed) for entry in entries)


def _table(
    document: Document, names: Sequence[str], values: Array, kept: Sequence[int], fixed: Sequence[float]
) -> LevelTable:
    """Return a table over the levers that are kept, with the others at their fixed levels."""
    places = {lever.name: place for place, lever in enumerate(document.levers)}
    codes = [document.levers[places[name]].codes or () for name in names]
    table = values.reshape([len(each) for each in codes])
    levers: list[int] = []
    axes: list[tuple[float, ...]] = []
    for axis in reversed(range(len(names))):
        place = places[names[axis]]
        if place in kept:
            levers.insert(0, list(kept).index(place))
            axes.insert(0, tuple(codes[axis]))
        else:
            table = np.asarray(table.take(codes[axis].index(float(fixed[place])), axis=axis))
    return LevelTable(tuple(levers), tuple(axes), table)
