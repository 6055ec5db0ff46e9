"""The compiled functions behind payoffs and limits, each made when it is first asked for.

Terms are derived one by one: a term reads few levers, so that most entries of a Hessian are known to be zero without
deriving anything, and terms of several players or headings share what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, S

from bargain.payoffs.algebra import total
from bargain.payoffs.compiled import CompiledArray
from bargain.payoffs.derivative import Derivatives
from bargain.payoffs.limits import Limit
from bargain.payoffs.symbolic import Translator, chosen
from bargain.payoffs.tables import LevelIndex
from bargain.scenario.document import Document

__all__ = ["PayoffFunctions", "PayoffTerm", "TableTerm"]

Place = tuple[int, ...]

_ENTRY = 20
"""What an entry of a Hessian costs, in parts of derivatives."""


@dataclass(frozen=True, eq=False)
class PayoffTerm:
    """What one player gets under one heading from one set of levers.

    Parameters
    ----------
    player : int
        Position among the players.
    heading : str
        The issue's name, or ``joint``.
    levers : tuple of int
        The levers that it reads, ascending.
    expression : sympy.Expr or None
        The term of a formula, in the symbols ``x0``, ``x1``, ... of the levers.
    table : ndarray or None
        The payoffs of a table, with one axis for each lever.
    """

    player: int
    heading: str
    levers: tuple[int, ...]
    expression: Expr | None = None
    table: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class TableTerm:
    """A table with the positions of its levers' codes."""

    player: int
    heading: str
    levers: tuple[int, ...]
    payoffs: NDArray[np.float64]
    indices: tuple[LevelIndex, ...]

    def at(self, columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the payoffs at the points whose codes the columns hold, lever by lever."""
        positions = tuple(index.of(columns[lever]) for lever, index in zip(self.levers, self.indices, strict=True))
        return np.asarray(self.payoffs[positions])

    def on(self, codes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the payoffs on the grid of the given codes of each lever."""
        positions = (index.of(codes[lever]) for lever, index in zip(self.levers, self.indices, strict=True))
        return np.asarray(self.payoffs[np.ix_(*positions)])


class PayoffFunctions:
    """Compiles what :class:`bargain.payoffs.numeric.Payoffs` calls.

    Parameters
    ----------
    document : Document
        For the levers and headings.
    terms : sequence of PayoffTerm
        Terms of formulas and tables.
    limits : sequence of Limit
        Limits on deals.
    translator : Translator
        It owns the levers' symbols.
    """

    def __init__(
        self, document: Document, terms: Sequence[PayoffTerm], limits: Sequence[Limit], translator: Translator
    ) -> None:
        self._terms = tuple(terms)
        self._limits = tuple(limits)
        self._symbols = translator.symbols
        self._derivatives = Derivatives()
        self._num_players = len(document.players)
        named = [issue.name for issue in document.issues]
        used = dict.fromkeys(term.heading for term in terms)
        self.headings = (*(name for name in named if name in used), *(name for name in used if name not in named))
        lever_sets = sorted({term.levers for term in terms}, key=lambda levers: (len(levers), levers))
        self.lever_sets = tuple(lever_sets) or ((),)
        self.tables = tuple(
            TableTerm(
                term.player,
                term.heading,
                term.levers,
                term.table,
                tuple(LevelIndex(document.levers[lever]) for lever in term.levers),
            )
            for term in terms
            if term.table is not None
        )

    @cached_property
    def values(self) -> CompiledArray:
        """Payoffs, (n,)."""
        entries = [((term.player,), term.expression) for term in self._terms if term.expression is not None]
        return self._compiled(entries, (self._num_players,))

    @cached_property
    def blocks(self) -> CompiledArray:
        """Payoffs by set of levers, (number of sets, n)."""
        places = {levers: place for place, levers in enumerate(self.lever_sets)}
        entries = [((places[term.levers], term.player), term.expression) for term in self._formulas()]
        return self._compiled(entries, (len(places), self._num_players))

    @cached_property
    def by_heading(self) -> CompiledArray:
        """Payoffs by heading, (number of headings, n)."""
        places = {heading: place for place, heading in enumerate(self.headings)}
        entries = [((places[term.heading], term.player), term.expression) for term in self._formulas()]
        return self._compiled(entries, (len(places), self._num_players))

    @cached_property
    def gradient(self) -> CompiledArray:
        """First derivatives of the payoffs, (n, L)."""
        terms = self._formulas()
        entries = [entry for term in terms for entry in self._slopes((term.player,), term.levers, term.expression)]
        return self._compiled(entries, (self._num_players, len(self._symbols)))

    @cached_property
    def hessian(self) -> CompiledArray:
        """Second derivatives of the payoffs, (n, L, L)."""
        terms = self._formulas()
        entries = [entry for term in terms for entry in self._bends((term.player,), term.levers, term.expression)]
        return self._compiled(entries, (self._num_players, len(self._symbols), len(self._symbols)))

    @cached_property
    def limits(self) -> CompiledArray:
        """Gaps of the limits, (c,)."""
        entries = [
            ((place,), chosen(S.One, limit.holds, S.NegativeOne) if limit.gap is None else limit.gap)
            for place, limit in enumerate(self._limits)
        ]
        return self._compiled(entries, (len(self._limits),))

    @cached_property
    def broken(self) -> CompiledArray:
        """Whether each limit is broken by more than rounding, 1 or 0, (c,)."""
        entries = [((place,), chosen(S.Zero, limit.holds, S.One)) for place, limit in enumerate(self._limits)]
        return self._compiled(entries, (len(self._limits),))

    @cached_property
    def limit_gradient(self) -> CompiledArray:
        """First derivatives of the gaps, (c, L)."""
        entries = [entry for place, limit in self._gaps() for entry in self._slopes((place,), limit.levers, limit.gap)]
        return self._compiled(entries, (len(self._limits), len(self._symbols)))

    @cached_property
    def limit_hessian(self) -> CompiledArray:
        """Second derivatives of the gaps, (c, L, L)."""
        entries = [entry for place, limit in self._gaps() for entry in self._bends((place,), limit.levers, limit.gap)]
        return self._compiled(entries, (len(self._limits), len(self._symbols), len(self._symbols)))

    def _formulas(self) -> Iterable[PayoffTerm]:
        return (term for term in self._terms if term.expression is not None)

    def _gaps(self) -> Iterable[tuple[int, Limit]]:
        return ((place, limit) for place, limit in enumerate(self._limits) if limit.gap is not None)

    def _slopes(self, at: Place, levers: Place, expression: Expr) -> list[tuple[Place, Expr]]:
        return [((*at, lever), self._derivatives.of(expression, self._symbols[lever])) for lever in levers]

    def _bends(self, at: Place, levers: Place, expression: Expr) -> list[tuple[Place, Expr]]:
        bends: list[tuple[Place, Expr]] = []
        for row, (_, slope) in zip(levers, self._slopes(at, levers, expression), strict=True):
            for column in levers:
                if column <= row:
                    self._derivatives.spend(_ENTRY)
                    bend = self._derivatives.of(slope, self._symbols[column])
                    bends += [((*at, row, column), bend)] + [((*at, column, row), bend)] * (column < row)
        return bends

    def _compiled(self, entries: Iterable[tuple[Place, Expr | None]], shape: tuple[int, ...]) -> CompiledArray:
        sums: dict[Place, list[Expr]] = {}
        for place, expression in entries:
            sums.setdefault(place, []).append(expression)
        added = {place: total(items) for place, items in sums.items()}
        kept = {place: expression for place, expression in added.items() if expression is not S.Zero}
        return CompiledArray(self._symbols, kept, shape)
