"""The most that a player gets by breaking a deal with some of its own levers, all other levers standing as agreed.

Levers with finitely many levels are tried at all of them, group by group where payoffs do not tie them together;
levers on intervals are maximised between rigorous bounds (:mod:`bargain.equilibria.best_reply`).  Limits on deals do
not bind a player that breaks one.  Tested against brute force, dense grids and closed forms.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.best_reply import best_reply
from bargain.errors import LimitError
from bargain.games.build import grid_levels
from bargain.games.continuous_game import ContinuousGame, GameLever
from bargain.games.deal_formulas import payoff_formula
from bargain.payoffs.linkage import components, edges
from bargain.payoffs.maximum import Maximum
from bargain.payoffs.numeric import Payoffs
from bargain.payoffs.tensors import TensorTerm, total_tensor

__all__ = ["Breach", "Deviations"]

Array = NDArray[np.float64]
Codes = tuple[float, ...]

MOST_COMBINATIONS = 2**24
"""Combinations of levels of tied levers of one player that are tried."""

_TOLERANCE = 1e-11
"""How close the bounds on continuous levers shall come, as a share of the size of the payoffs."""


@dataclass(frozen=True, slots=True)
class Breach:
    """The best breach found: level codes of all levers, its payoff, and what no breach by these levers exceeds."""

    codes: Codes
    payoff: float
    bound: float


@dataclass(frozen=True, eq=False)
class Deviations:
    """Breaches of deals in one scenario.

    Parameters
    ----------
    payoffs : Payoffs
        Compiled payoffs.
    standing : sequence of float
        Level codes without a deal: levels on a grid include them.
    laid : bool
        Whether continuous levers stand on the scenario's grid (where lotteries over deals are drawn).

    Examples
    --------
    >>> from bargain import catalog
    >>> from bargain.payoffs.numeric import compile_payoffs
    >>> from bargain.scenario.read import read
    >>> document = read(catalog.find("prisoners-dilemma"))
    >>> deviations = Deviations(compile_payoffs(document), document.status_quo, False)
    >>> deviations.best(0, {0}, (0.0, 0.0))
    Breach(codes=(1.0, 0.0), payoff=5.0, bound=5.0)
    """

    payoffs: Payoffs
    standing: Sequence[float]
    laid: bool

    @cached_property
    def levels(self) -> tuple[Array | None, ...]:
        """The levels of each lever, or None where it moves on an interval."""
        grid = self.payoffs.document.solve.grid
        return tuple(
            grid_levels(lever, grid, float(code)) if self.laid or not lever.continuous else None
            for lever, code in zip(self.payoffs.levers, self.standing, strict=True)
        )

    def best(self, player: int, levers: Collection[int], deal: Codes) -> Breach:
        """Return the best breach of a deal by some of a player's levers; leaving them as agreed counts as one.

        Parameters
        ----------
        player : int
            Whose payoff is maximised.
        levers : collection of int
            The levers that may move.
        deal : tuple of float
            Level codes of all levers.

        Raises
        ------
        LimitError
            Too many combinations of finite levels.
        """
        codes = tuple(float(code) for code in deal)
        stays = float(self.payoffs.values(codes)[player])
        if not levers:
            return Breach(codes, stays, stays)
        if all(self.levels[lever] is not None for lever in levers):
            found = self._tried(player, sorted(levers), codes)
            payoff = float(self.payoffs.values(found)[player])
            return Breach(found, payoff, payoff) if payoff > stays else Breach(codes, stays, stays)
        return self._bounded(player, sorted(levers), codes, stays)

    def _tried(self, player: int, levers: Sequence[int], deal: Codes) -> Codes:
        """Return the best levels of finite levers, tied ones together."""
        columns = [np.array([code]) for code in deal]
        for lever in levers:
            levels = self.levels[lever]
            assert levels is not None
            columns[lever] = levels
        terms = [TensorTerm(term.levers, term.payoffs[player : player + 1]) for term in self.payoffs.tensors(columns)]
        ties = {(a, b) for term in terms for a in term.levers for b in term.levers if a < b}
        found = list(deal)
        for group in components(len(deal), frozenset(pair for pair in ties if set(pair) <= set(levers))):
            moving = [lever for lever in group if lever in levers]
            if not moving:
                continue
            count = prod(len(columns[lever]) for lever in moving)
            if count > MOST_COMBINATIONS:
                raise LimitError(f"a breach by {len(moving)} tied levers has {count} combinations of levels")
            read = [_along(term, set(moving)) for term in terms if set(moving).intersection(term.levers)]
            if not read:
                continue
            total = total_tensor(read, [len(column) for column in columns], moving)[0]
            best = np.unravel_index(int(total.argmax()), total.shape)
            for lever, place in zip(moving, best, strict=True):
                found[lever] = float(columns[lever][place])
        return tuple(found)

    def _bounded(self, player: int, levers: Sequence[int], deal: Codes, stays: float) -> Breach:
        """Return the best levels of levers some of which move on intervals, with a bound on all others.

        Levers that nothing ties together add their gains, so that each group is maximised by itself.
        """
        ties = edges(
            tuple(lever for lever in term.levers if lever in levers)
            for term in self.payoffs.terms
            if term.player == player
        )
        found, bound = list(deal), stays
        for group in components(len(deal), ties):
            moving = [lever for lever in group if lever in levers]
            if moving:
                reply = self._reply(player, moving, deal, stays)
                bound += max(0.0, reply.high - stays)
                if reply.low > stays:
                    for place, level in zip(moving, reply.levels, strict=True):
                        found[place] = float(level)
        found = self._tidied(player, levers, found)
        payoff = float(self.payoffs.values(found)[player])
        if payoff <= stays:
            return Breach(deal, stays, max(stays, bound))
        return Breach(tuple(found), payoff, max(payoff, bound))

    def _tidied(self, player: int, levers: Sequence[int], found: list[float]) -> list[float]:
        """Return levels at the end of their range where that pays as much up to rounding."""
        for place in levers:
            lever = self.payoffs.levers[place]
            for end in (lever.lower, lever.upper) if self.levels[place] is None else ():
                other = [*found[:place], end, *found[place + 1 :]]
                now, then = (float(self.payoffs.values(codes)[player]) for codes in (found, other))
                found = other if then >= now - _TOLERANCE * abs(now) else found
        return found

    def _reply(self, player: int, levers: Sequence[int], deal: Codes, stays: float) -> Maximum:
        """Return the best levels of some tied levers, all others standing as agreed."""
        document = self.payoffs.document
        chosen = []
        for place in levers:
            lever, levels = document.levers[place], self.levels[place]
            listed = None if levels is None else tuple(levels.tolist())
            low, high = (lever.lower, lever.upper) if listed is None else (min(listed), max(listed))
            chosen.append(GameLever(lever.name, 0, low, high, listed))
        name = document.player_names[player]
        game = ContinuousGame((name,), tuple(chosen), (payoff_formula(document, name, levers, deal),))
        size = max(abs(stays), abs(float(self.payoffs.values(tuple(self.standing))[player])), 1e-300)
        return best_reply(game, 0, [deal[place] for place in levers], _TOLERANCE * size)


def _along(term: TensorTerm, moving: set[int]) -> TensorTerm:
    """Return a term over the levers that move; the others have one level, or belong to no group of it."""
    kept = tuple(lever for lever in term.levers if lever in moving)
    places: list[int | slice] = [slice(None) if lever in moving else 0 for lever in term.levers]
    return TensorTerm(kept, term.payoffs[(slice(None), *places)])
