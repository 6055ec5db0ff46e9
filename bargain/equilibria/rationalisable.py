r"""Rationalisable actions: what remains when everybody knows that nobody plays a dominated action.

An action is *rationalisable* when it survives the iterated elimination of actions that are never a best reply to any
belief about the others.  With two players these are exactly the actions that survive iterated strict dominance by mixed
strategies (Bernheim 1984; Pearce 1984).  With more, the same elimination gives the *correlated* rationalisable actions:
beliefs may tie the others' actions together; independent beliefs may rule out more.  Tested by brute force on beliefs
and by the law that every equilibrium lives on the survivors.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Elimination, eliminate_dominated

__all__ = ["Rationalisable", "rationalisable"]


@dataclass(frozen=True, slots=True)
class Rationalisable:
    """The rationalisable actions and the proof that the others are not.

    ``survivors[i]`` are the actions of player i that remain, ``log`` the eliminations in order, each with the mixture
    that dominates.  ``complete`` is False when dominance by mixtures was not tested for the players in ``untested``, so
    that some survivors may not be rationalisable.
    """

    game: NormalFormGame
    survivors: tuple[tuple[int, ...], ...]
    log: tuple[Elimination, ...]
    untested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every survivor is known to be rationalisable (floats: up to the margin of the elimination)."""
        return not self.untested


def rationalisable(game: NormalFormGame) -> Rationalisable:
    """Return the rationalisable actions of every player.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; with three or more, beliefs may be correlated.

    References
    ----------
    Bernheim (1984), "Rationalizable strategic behavior"; Pearce (1984); Osborne and Rubinstein (1994), chapter 4.

    Examples
    --------
    The third row is worse than an even mixture of the other two, though neither alone is better:

    >>> game = NormalFormGame.from_payoffs([[[4, 0], [0, 4], [1, 1]], [[0, 1], [1, 0], [2, 0]]])
    >>> rationalisable(game).survivors
    ((0, 1), (0, 1))
    """
    reduction = eliminate_dominated(game, mixed=True)
    notes = []
    if sum(size > 1 for size in game.num_actions) > 2:
        notes.append("beliefs about several opponents may be correlated; independent ones may rule out more actions")
    if reduction.untested:
        notes.append(
            f"dominance by mixed strategies was not tested for {', '.join(reduction.untested)}: too many profiles"
        )
    return Rationalisable(game, reduction.survivors, reduction.log, tuple(reduction.untested), tuple(notes))
