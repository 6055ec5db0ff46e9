r"""Iterated elimination of strictly dominated actions, with the survivors and a log that proves every step.

Action :math:`a` of player :math:`i` is *strictly dominated* by a strategy :math:`\tau_i` when
:math:`u_i(\tau_i, a_{-i}) > u_i(a, a_{-i})` for every choice of the others' actions.  Eliminating such actions, in any
order, keeps the set of Nash equilibria (Gale 1953; Osborne and Rubinstein 1994, chapter 4); eliminating *weakly*
dominated ones does not, and is not offered.  Domination by a single action compares payoffs exactly as given;
domination by a mixture is found by a linear program and counts only when its margin is far above rounding, so that no
action is eliminated in error.  Tested by brute force and by the law that the equilibria stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.games.normal_form import NormalFormGame

__all__ = ["Elimination", "Reduction", "eliminate_dominated"]

Step = tuple[int, tuple[tuple[int, float], ...]]

MARGIN = 1e-9
"""A mixture dominates only when it is better everywhere by this fraction of the payoff range."""

_LARGEST_PROGRAM = 20_000
"""Entries of one player's payoff table up to which domination by mixtures is tested."""

_LARGEST_WORK = 4_000_000
"""The same, times the number of programs: about a second."""

_PROBES = 8
"""Columns looked at first, to discard most would-be dominators cheaply."""


@dataclass(frozen=True, slots=True)
class Elimination:
    """One step: in ``round``, ``player`` gave up ``action``, dominated by the mixture ``by`` of (action, weight).

    Indices are those of the original game.
    """

    player: int
    action: int
    by: tuple[tuple[int, float], ...]
    round: int


@dataclass(frozen=True, eq=False)
class Reduction:
    """A game after elimination: ``game`` has the actions ``survivors`` of ``original``; ``log`` tells why.

    ``untested`` names players with so many profiles that domination by mixtures was not tested for them.
    """

    original: NormalFormGame
    game: NormalFormGame
    survivors: tuple[tuple[int, ...], ...]
    log: tuple[Elimination, ...]
    untested: tuple[str, ...] = ()

    def lift(self, strategies: Sequence[Any]) -> tuple[Any, ...]:
        """Return a profile of the reduced game as one of the original; eliminated actions get probability zero."""
        lifted: list[Any] = []
        for size, kept, strategy in zip(self.original.num_actions, self.survivors, strategies, strict=True):
            if isinstance(strategy, np.ndarray):
                full = np.zeros(size)
                full[list(kept)] = strategy
                lifted.append(full)
            else:
                chances = dict(zip(kept, strategy, strict=True))
                lifted.append(tuple(chances.get(a, Fraction(0)) for a in range(size)))
        return tuple(lifted)


def eliminate_dominated(game: NormalFormGame, mixed: bool = False) -> Reduction:
    """Eliminate strictly dominated actions until none is left.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    mixed : bool
        Whether to look for domination by mixed strategies too, one small linear program per action.

    Returns
    -------
    Reduction
        The reduced game, the survivors' indices in the original game, and the log.

    Notes
    -----
    An action that is a best response to some actions of the others cannot be dominated, so only the rest is tested.

    Examples
    --------
    In the prisoners' dilemma only defection survives:

    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> eliminate_dominated(dilemma).survivors
    ((1,), (1,))
    """
    tables = [game.ordinal(i) for i in range(game.num_players)]
    kept = [np.arange(size) for size in game.num_actions]
    log: list[Elimination] = []
    untested: set[str] = set()
    changed, turn = True, 0
    while changed:
        changed, turn = False, turn + 1
        for i in range(game.num_players):
            table = _rows(tables[i], i, kept)
            steps: list[Step] = [(a, ((b, 1.0),)) for a, b in _dominated_by_pure(table)]
            if mixed and not steps:
                if table.size > _LARGEST_PROGRAM or table.size * len(_never_best(table)) > _LARGEST_WORK:
                    untested.add(game.players[i])
                else:
                    steps = _dominated_by_mixed(_scaled(game, i, kept))
            for a, by in steps:
                mixture = tuple((int(kept[i][b]), weight) for b, weight in by)
                log.append(Elimination(i, int(kept[i][a]), mixture, turn))
            if steps:
                kept[i] = np.delete(kept[i], [a for a, _ in steps])
                changed = True
    survivors = tuple(tuple(map(int, each)) for each in kept)
    reduced = game.restrict(survivors) if log else game
    names = tuple(name for name in game.players if name in untested)
    return Reduction(game, reduced, survivors, tuple(log), names)


def _rows(table: NDArray[Any], player: int, kept: Sequence[NDArray[np.int_]]) -> NDArray[Any]:
    """Return one row per action of the player and one column per choice of the others."""
    if any(len(each) < size for each, size in zip(kept, table.shape, strict=True)):
        table = table[np.ix_(*kept)]
    return np.moveaxis(table, player, 0).reshape(table.shape[player], -1)


def _scaled(game: NormalFormGame, player: int, kept: Sequence[NDArray[np.int_]]) -> NDArray[np.float64]:
    block = game.restrict([list(map(int, each)) for each in kept])
    return _rows(block.normalised()[player], player, [np.arange(m) for m in block.num_actions])


def _never_best(table: NDArray[Any]) -> NDArray[np.intp]:
    """Return the rows that are not the first best one in any column; only these can be dominated."""
    best = np.zeros(len(table), dtype=bool)
    best[table.argmax(axis=0)] = True
    return np.flatnonzero(~best)


def _dominated_by_pure(table: NDArray[Any]) -> list[tuple[int, int]]:
    """Return (dominated row, dominating row) pairs, one for every dominated row."""
    candidates = _never_best(table)
    if not candidates.size:
        return []
    probes = np.unique(np.linspace(0, table.shape[1] - 1, _PROBES).astype(int))
    probe = np.ascontiguousarray(table[:, probes])
    order = np.argsort(-table.astype(float).sum(axis=1), kind="stable")
    pairs = []
    for a in candidates:
        rivals = order[(probe[order] > probe[a]).all(axis=1)]
        for b in rivals:
            if (table[b] > table[a]).all():
                pairs.append((int(a), int(b)))
                break
    return pairs


def _dominated_by_mixed(table: NDArray[np.float64]) -> list[Step]:
    """Return all rows that mixtures of the others dominate.

    They may go at once: what a dominated row helped to dominate is also dominated by mixtures of undominated rows.
    """
    steps: list[Step] = []
    for a in _never_best(table):
        others = np.delete(np.arange(len(table)), a)
        # Maximise the margin e subject to sum_b w_b (u_b - u_a) >= e in every column.
        gains = (table[others] - table[a]).T
        program = linprog(
            np.append(np.zeros(len(others)), -1.0),
            A_ub=np.column_stack([-gains, np.ones(len(gains))]),
            b_ub=np.zeros(len(gains)),
            A_eq=np.append(np.ones(len(others)), 0.0)[None],
            b_eq=[1.0],
            bounds=[(0, 1)] * len(others) + [(None, None)],
            method="highs",
        )
        if program.status != 0 or program.x is None:
            continue
        weights = np.clip(program.x[:-1], 0, None)
        weights /= weights.sum()
        if (gains @ weights).min() > MARGIN:
            steps.append((int(a), tuple((int(others[k]), float(weights[k])) for k in np.flatnonzero(weights))))
    return steps
