"""Compiled payoffs: values, derivatives and grids of all players, with the limits on deals.

:func:`compile_payoffs` turns a checked document into :class:`Payoffs`.  Formulas are split into additive terms at once;
each function is compiled when it is first called, so that a question that needs no derivatives does not pay for them.
Tested against plain evaluation of the formulas' trees, central differences, and values point by point.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bargain.payoffs.checking import LimitChecker
from bargain.payoffs.domain import PayoffDomainError, described
from bargain.payoffs.expansion import Effort, additive_terms
from bargain.payoffs.functions import PayoffFunctions, PayoffTerm
from bargain.payoffs.limits import Limit, read_limits
from bargain.payoffs.linkage import components, cross_issue, edges
from bargain.payoffs.symbolic import Translator
from bargain.payoffs.tables import read_table
from bargain.payoffs.tensors import MEMORY_LIMIT, TensorMask, TensorTerm, check_axes, check_memory, on_grid
from bargain.scenario.document import Document, Lever

__all__ = ["PayoffTerm", "Payoffs", "compile_payoffs"]

FloatArray = NDArray[np.float64]
Columns = list[FloatArray]


def compile_payoffs(document: Document) -> Payoffs:
    """Read payoffs and limits off a document.

    Parameters
    ----------
    document : Document
        Checked; quoted words in its formulas are replaced by codes.

    Returns
    -------
    Payoffs
        Its functions are compiled when they are first called.

    Raises
    ------
    ValueError
        A formula uses an unknown name.

    Examples
    --------
    >>> from bargain.scenario.read import read_tree
    >>> payoffs = compile_payoffs(read_tree({
    ...     "format": 1,
    ...     "scenario": {"id": "pledge", "title": "A tariff for a pledge"},
    ...     "players": {"US": {"name": "US"}, "JP": {"name": "Japan"}},
    ...     "issues": {
    ...         "tariff": {"set_by": "US", "levels": [0, 10, 25], "status_quo": 25},
    ...         "pledge": {"set_by": "JP", "levels": [0, 500], "status_quo": 0},
    ...     },
    ...     "payoffs": {
    ...         "US": {"tariff": "0.2*tariff", "pledge": "0.01*pledge"},
    ...         "JP": {"tariff": "-0.5*tariff", "joint": "-0.0001*pledge*tariff"},
    ...     },
    ... }))
    >>> payoffs.values([10, 500])
    array([ 7. , -5.5])
    >>> payoffs.edges
    frozenset({(0, 1)})
    """
    translator = Translator(document)
    places = {name: place for place, name in enumerate(document.player_names)}
    terms: list[PayoffTerm] = []
    effort = Effort()
    for entry in document.payoffs:
        player = places[entry.player]
        if entry.table is not None:
            levers, payoffs = read_table(document, entry.table)
            terms.append(PayoffTerm(player, entry.heading, levers, table=payoffs))
        if entry.expression is not None:
            split = additive_terms(translator.expression(entry.expression), translator.indices, effort)
            terms += [PayoffTerm(player, entry.heading, levers, expression) for levers, expression in split.items()]
    limits = read_limits(document, translator)
    return Payoffs(document, tuple(terms), limits, PayoffFunctions(document, terms, limits, translator))


@dataclass(frozen=True, eq=False)
class Payoffs:
    """Payoffs of n players in L levers; made by :func:`compile_payoffs`.

    Levels are given as codes (see :class:`bargain.scenario.document.Lever`), in the scenario's order of levers; payoffs
    are in the scenario's unit, in its order of players.

    Parameters
    ----------
    document : Document
        What the scenario says.
    terms : tuple of PayoffTerm
        Every payoff is the sum of its player's terms.
    limits : tuple of Limit
        The limits on deals, comparison by comparison.
    """

    document: Document
    terms: tuple[PayoffTerm, ...]
    limits: tuple[Limit, ...]
    _functions: PayoffFunctions = field(repr=False)

    @property
    def players(self) -> tuple[str, ...]:
        """The names of the players."""
        return self.document.player_names

    @cached_property
    def levers(self) -> tuple[Lever, ...]:
        """The levers, in the order of every vector of levels."""
        return self.document.levers

    @cached_property
    def edges(self) -> frozenset[tuple[int, int]]:
        """The linkage graph: pairs of levers that some payoff term reads together, the smaller index first."""
        return edges(term.levers for term in self.terms)

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """The separable components: levers that linkage joins; limits on deals are not counted."""
        return components(len(self.levers), self.edges)

    def without(self, places: Collection[int]) -> Payoffs:
        """Return the payoffs with some of the ``terms``, given by their places, left out; limits stay."""
        kept = tuple(term for place, term in enumerate(self.terms) if place not in places)
        functions = PayoffFunctions(self.document, kept, self.limits, Translator(self.document))
        return Payoffs(self.document, kept, self.limits, functions)

    @cached_property
    def _checker(self) -> LimitChecker:
        return LimitChecker(self.levers, self.limits, self._functions)

    def values(self, levels: ArrayLike) -> FloatArray:
        """Return the payoffs.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray, shape (..., n)

        Raises
        ------
        PayoffDomainError
            A payoff is not finite (the message names player, heading and levels), or a table lists no such level.
        """
        columns = self._columns(levels)
        payoffs = self._functions.values(columns)
        for table in self._functions.tables:
            payoffs[..., table.player] += table.at(columns)
        if not np.isfinite(payoffs).all():
            *where, player = np.argwhere(~np.isfinite(payoffs))[0].tolist()
            raise self._no_payoff(player, [column[tuple(where)] for column in columns])
        return payoffs

    def gradient(self, levels: ArrayLike) -> FloatArray:
        """Return the first derivatives with respect to all levers, zero for what a table adds.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray, shape (..., n, L)
            Infinite where a payoff is infinitely steep.
        """
        return self._functions.gradient(self._columns(levels))

    def hessian(self, levels: ArrayLike) -> FloatArray:
        """Return the second derivatives with respect to all levers.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray, shape (..., n, L, L)
        """
        return self._functions.hessian(self._columns(levels))

    def linkage_matrix(self, levels: ArrayLike) -> FloatArray:
        """Return the cross-partials between levers of different issues; all other entries are zero.

        A positive entry says that the two levers are complements for that player, a negative one that they are
        substitutes.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray, shape (..., n, L, L)
        """
        return np.where(cross_issue(self.document), self.hessian(levels), 0.0)

    def by_heading(self, levels: Sequence[float]) -> dict[str, tuple[float, ...]]:
        """Return what each player gets under each heading (issues in order, then ``joint``).

        Parameters
        ----------
        levels : sequence of L floats
            Codes.

        Returns
        -------
        dict
            Heading to one payoff a player.
        """
        columns = self._columns(levels)
        shares = self._shares(columns)
        if not np.isfinite(shares).all():
            raise self._no_payoff(int(np.argwhere(~np.isfinite(shares))[0, 1]), columns)
        return {heading: tuple(share.tolist()) for heading, share in zip(self._functions.headings, shares, strict=True)}

    def limit_values(self, levels: ArrayLike) -> FloatArray:
        """Return the gaps of all limits.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray, shape (..., c)
            At least zero where an inequality holds, zero where an equality holds; 1 or -1 for a condition.

        Raises
        ------
        PayoffDomainError
            A gap is not finite; the message names the limit and the levels.
        """
        return self._checker.gaps(self._columns(levels))

    def limit_gradient(self, levels: ArrayLike) -> FloatArray:
        """Return the first derivatives of the gaps, shape (..., c, L); zero for conditions."""
        return self._functions.limit_gradient(self._columns(levels))

    def limit_hessian(self, levels: ArrayLike) -> FloatArray:
        """Return the second derivatives of the gaps, shape (..., c, L, L); zero for conditions."""
        return self._functions.limit_hessian(self._columns(levels))

    def allowed(self, levels: ArrayLike) -> NDArray[np.bool_]:
        """Return whether deals keep all limits, up to rounding.

        Parameters
        ----------
        levels : array_like, shape (..., L)
            Codes.

        Returns
        -------
        ndarray of bool, shape (...)
        """
        return self._checker.allowed(self._columns(levels))

    def tensors(self, codes: Sequence[ArrayLike], limit: int = MEMORY_LIMIT) -> tuple[TensorTerm, ...]:
        """Return the payoffs on a grid, one term for each distinct set of levers.

        Parameters
        ----------
        codes : sequence of L arrays
            The codes of the levels of each lever.
        limit : int
            Bytes that may be used.

        Returns
        -------
        tuple of TensorTerm
            Constants are a term without levers.

        Raises
        ------
        LimitError
            The arrays would not fit.
        PayoffDomainError
            A payoff is not finite.
        """
        columns = self._grid(codes)
        functions = self._functions
        players = len(self.players)
        shapes = {levers: tuple(len(columns[lever]) for lever in levers) for levers in functions.lever_sets}
        sizes = [prod(shape) for shape in shapes.values()]
        # The arrays exist twice while they are gathered, and the largest needs temporary ones.
        needed = 2 * players * sum(sizes) + 2 * max(sizes) + functions.blocks.held([len(each) for each in columns])
        check_memory("the payoffs on this grid", 8 * needed, limit)
        check_axes(shapes)
        results = {levers: np.zeros((players, *shape)) for levers, shape in shapes.items()}
        reads = [functions.lever_sets[place] for place, _ in functions.blocks.places]
        found = on_grid(functions.blocks, reads, columns)
        for (_, player), levers, payoffs in zip(functions.blocks.places, reads, found, strict=True):
            results[levers][player] = payoffs
        for table in functions.tables:
            results[table.levers][table.player] += table.on(columns)
        for levers, block in results.items():
            if not np.isfinite(block).all():
                player, *places = np.argwhere(~np.isfinite(block))[0].tolist()
                raise self._no_payoff(player, self._point(columns, levers, places))
        return tuple(TensorTerm(levers, block) for levers, block in results.items())

    def masks(self, codes: Sequence[ArrayLike], limit: int = MEMORY_LIMIT) -> tuple[TensorMask, ...]:
        """Return which combinations of levels the limits allow, one mask for each distinct set of levers.

        Parameters
        ----------
        codes : sequence of L arrays
            The codes of the levels of each lever.
        limit : int
            Bytes that may be used.

        Returns
        -------
        tuple of TensorMask
            A deal is allowed when every mask allows it.

        Raises
        ------
        LimitError
            The arrays would not fit.
        PayoffDomainError
            A limit has no finite value.
        """
        return self._checker.masks(self._grid(codes), limit)

    def _columns(self, levels: ArrayLike) -> Columns:
        """Return one number or array for each lever."""
        array = np.asarray(levels, dtype=float)
        if array.ndim == 0 or array.shape[-1] != len(self.levers):
            raise ValueError(f"levels need {len(self.levers)} entries in the last dimension, not shape {array.shape}")
        return list(np.moveaxis(array, -1, 0)) if array.ndim > 1 else list(array)

    def _grid(self, codes: Sequence[ArrayLike]) -> Columns:
        columns = [np.asarray(column, dtype=float) for column in codes]
        if len(columns) != len(self.levers):
            raise ValueError(f"a grid needs the codes of {len(self.levers)} levers, not of {len(columns)}")
        for lever, column in zip(self.levers, columns, strict=True):
            if column.ndim != 1 or not len(column):
                raise ValueError(f"the codes of lever `{lever.name}` must be one or more numbers in one dimension")
        return columns

    def _shares(self, columns: Columns) -> FloatArray:
        """Return payoffs by heading at one point, shape (number of headings, n)."""
        shares = self._functions.by_heading(columns)
        for table in self._functions.tables:
            shares[self._functions.headings.index(table.heading), table.player] += table.at(columns)
        return shares

    def _point(self, columns: Columns, levers: Sequence[int], places: Sequence[int]) -> Columns:
        """Return a point of a grid as numbers; levers that do not matter are at their first level."""
        chosen = dict(zip(levers, places, strict=True))
        return [column[chosen.get(lever, 0)] for lever, column in enumerate(columns)]

    def _no_payoff(self, player: int, point: Columns) -> PayoffDomainError:
        broken = ~np.isfinite(self._shares(point)[:, player])
        headings = [f"`{name}`" for name, is_broken in zip(self._functions.headings, broken, strict=True) if is_broken]
        where = f"under {' and '.join(headings)}" if headings else "over all headings"
        levels = described(self.levers, map(float, point))
        return PayoffDomainError(f"the payoff of `{self.players[player]}` {where} has no finite value at {levels}")
