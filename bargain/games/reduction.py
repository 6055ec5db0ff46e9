r"""Iterated elimination of dominated actions, with the survivors and a log that proves every step.

Action :math:`a` of player :math:`i` is *strictly dominated* by a strategy :math:`\tau_i` when
:math:`u_i(\tau_i, a_{-i}) > u_i(a, a_{-i})` for every choice of the others' actions, and *weakly dominated* when it is
nowhere better and somewhere worse.  Every round removes, for all players at once, whatever is dominated in the game
that the round before left.

Strict elimination keeps the set of Nash equilibria, and its survivors do not depend on the order (Gale 1953; Osborne
and Rubinstein 1994, chapter 4).  Weak elimination may lose equilibria, though never all of them, and with another order
other actions may survive (Marx and Swinkels 1997); what is computed here is maximal simultaneous elimination (Moulin
1979).  No method of this package uses weak elimination to find all equilibria.

Payoffs are compared exactly as given, and every mixture in the log dominates exactly.  The parts of a separable game
say which of its actions are dominated (:mod:`bargain.games.linked_dominance`); what they leave open is looked up in the
whole game, like any game without parts.  Tested by brute force over all
actions, by an exact check of every step of the log, and by the law that the equilibria stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.dominance import dominated_rows
from bargain.games.entries import taken
from bargain.games.linked_dominance import LinkedRounds, linked_rounds
from bargain.games.mixed_dominance import candidates, mixed_dominated_rows
from bargain.games.normal_form import NormalFormGame

__all__ = ["Elimination", "Reduction", "eliminate_dominated"]

Kept = list[NDArray[np.intp]]

_LARGEST_PROGRAM = 250_000
"""Entries of one player's payoff table up to which domination by mixtures is tested."""

_LARGEST_WORK = 1_500_000
"""The same, times the number of programs: some seconds at most."""


_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Elimination:
    """One step: in ``round``, ``player`` gave up ``action``, dominated by the mixture ``by`` of (action, weight).

    Weights are exact and add up to 1; indices are those of the original game.  The mixture dominates in the game that
    the round before left, and its actions are in that game.
    """

    player: int
    action: int
    by: tuple[tuple[int, Fraction], ...]
    round: int


@dataclass(frozen=True, eq=False)
class Reduction:
    """A game after elimination: ``game`` has the actions ``survivors`` of ``original``; ``log`` tells why.

    ``untested`` names players with so many profiles that domination by mixtures was not tested for them, and
    ``undecided`` holds surviving (player, action) pairs for which neither dominance by a mixture nor its absence was
    proved.  Both are empty when only single actions were asked for.  After ``weak`` elimination equilibria may be
    missing, and another order may leave other survivors.
    """

    original: NormalFormGame
    game: NormalFormGame
    survivors: tuple[tuple[int, ...], ...]
    log: tuple[Elimination, ...]
    untested: tuple[str, ...] = ()
    undecided: tuple[tuple[int, int], ...] = ()
    weak: bool = False

    @property
    def keeps_equilibria(self) -> bool:
        """Whether the equilibria of ``game`` are those of ``original``, lifted: always, unless weakly dominated
        actions were eliminated.
        """
        return not (self.weak and self.log)

    def lift(self, strategies: Sequence[Any]) -> tuple[Any, ...]:
        """Return a profile of the reduced game as one of the original; eliminated actions get probability zero."""
        lifted: list[Any] = []
        for size, kept, strategy in zip(self.original.num_actions, self.survivors, strategies, strict=True):
            if isinstance(strategy, np.ndarray):
                full = np.zeros(size)
                full[list(kept)] = strategy
                lifted.append(full)
            else:
                chances = [_ZERO] * size
                for action, chance in zip(kept, strategy, strict=True):
                    chances[action] = chance
                lifted.append(tuple(chances))
        return tuple(lifted)


def eliminate_dominated(game: NormalFormGame, mixed: bool = False, weak: bool = False) -> Reduction:
    """Eliminate dominated actions until none is left.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    mixed : bool
        Whether to look for domination by mixed strategies too, by small linear programs, when no single action
        dominates any more.
    weak : bool
        Whether weakly dominated actions go too.  Then the survivors depend on the order of elimination (here: all at
        once in every round), and equilibria may be lost.

    Returns
    -------
    Reduction
        The reduced game, the survivors' indices in the original game, and the log.

    Notes
    -----
    Domination by single actions is found whenever it exists.  So is domination by mixtures, except for players and
    actions that the result names as untested or undecided.

    References
    ----------
    Moulin (1979), "Dominance solvable voting schemes"; Pearce (1984), "Rationalizable strategic behavior and the
    problem of perfection"; Marx and Swinkels (1997), "Order independence for iterated weak dominance".

    Examples
    --------
    In the prisoners' dilemma only defection survives:

    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> eliminate_dominated(dilemma).survivors
    ((1,), (1,))
    >>> eliminate_dominated(dilemma).log[0]
    Elimination(player=0, action=0, by=((1, Fraction(1, 1)),), round=1)
    """
    everyone = list(range(game.num_players))
    linked = linked_rounds(game, weak) or _nothing_removed(game)
    log = [step for removed in linked.removed for step in _steps(*removed)]
    kept = linked.kept
    # The tables of a large game take longer to cut out than all that the parts need.
    tables = [] if linked.finished and not mixed else [taken(game.ordinal(i), kept) for i in everyone]
    left = _Undecided(set(), set())
    concerned = [] if linked.finished else everyone
    for turn in range(linked.rounds + 1, sum(game.num_actions) + 1):
        steps = [step for i in concerned for step in _pure_steps(tables[i], i, kept, turn, weak)]
        if not steps and mixed:
            left = _Undecided(set(), set())
            steps = [step for i in everyone for step in _mixed_steps(game, i, kept, turn, weak, left)]
        if not steps:
            break
        log += steps
        gone = [[step.action for step in steps if step.player == i] for i in everyone]
        stays = [_others(each, lost) for each, lost in zip(kept, gone, strict=True)]
        kept = [each[stay] for each, stay in zip(kept, stays, strict=True)]
        tables = [taken(table, stays) for table in tables]
        # An action that was not dominated can become so only when the others lose actions.
        concerned = [i for i in everyone if any(lost for j, lost in enumerate(gone) if j != i)]
    survivors = tuple(tuple(map(int, each)) for each in kept)
    return Reduction(
        original=game,
        game=game.restrict(survivors) if log else game,
        survivors=survivors,
        log=tuple(log),
        untested=tuple(name for i, name in enumerate(game.players) if i in left.players),
        undecided=tuple(sorted(left.actions)),
        weak=weak,
    )


def _others(kept: NDArray[np.intp], gone: list[int]) -> NDArray[np.intp]:
    """Return the places of those that are not gone."""
    left = np.ones(int(kept[-1]) + 1, dtype=bool)
    left[gone] = False
    return np.flatnonzero(left[kept])


def _nothing_removed(game: NormalFormGame) -> LinkedRounds:
    return LinkedRounds((), [np.arange(size) for size in game.num_actions], 0, False)


def _steps(player: int, turn: int, actions: NDArray[np.intp], by: NDArray[np.intp]) -> list[Elimination]:
    """Return the steps by which single actions ``by`` dominate others."""
    rivals = by.tolist()
    alone = {b: ((b, _ONE),) for b in rivals}
    return [Elimination(player, a, alone[b], turn) for a, b in zip(actions.tolist(), rivals, strict=True)]


def _pure_steps(table: NDArray[Any], player: int, kept: Kept, turn: int, weak: bool) -> list[Elimination]:
    """Return what single actions dominate in the game that is left."""
    found = dominated_rows(_rows(table, player), weak)
    own = kept[player]
    return _steps(player, turn, own[found.rows], own[found.by])


@dataclass(slots=True)
class _Undecided:
    """Players not tested, and (player, action) pairs not decided, in the last round that looked at mixtures."""

    players: set[int]
    actions: set[tuple[int, int]]


def _mixed_steps(
    game: NormalFormGame, player: int, kept: Kept, turn: int, weak: bool, left: _Undecided
) -> list[Elimination]:
    """Return what mixtures dominate.

    All may go at once: what a dominated action helps to dominate is also dominated by mixtures of undominated ones.
    """
    block = game.restrict([list(map(int, each)) for each in kept])
    scaled = _rows(block.normalised()[player], player)
    rows = candidates(scaled, weak) if scaled.size <= _LARGEST_PROGRAM else np.arange(len(scaled))
    if scaled.size > _LARGEST_PROGRAM or scaled.size * len(rows) > _LARGEST_WORK:
        left.players.add(player)
        return []
    source = block.payoffs if block.fractions is None else block.fractions
    found, undecided = mixed_dominated_rows(_rows(source[player], player), rows, weak)
    left.actions.update((player, int(kept[player][a])) for a in undecided)
    return [
        Elimination(player, int(kept[player][a]), tuple((int(kept[player][b]), w) for b, w in by), turn)
        for a, by in found
    ]


def _rows(table: NDArray[Any], player: int) -> NDArray[Any]:
    """Return one row per action of the player and one column per choice of the others."""
    return np.moveaxis(table, player, 0).reshape(table.shape[player], -1)
