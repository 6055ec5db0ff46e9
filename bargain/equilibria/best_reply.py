"""The most that a player can get by any deviation of its own, between rigorous bounds.

The payoff is maximised over the player's own levels by interval branch and bound (:mod:`bargain.payoffs.maximum`).
Tested against dense sampling and closed forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bargain.equilibria.search import Search
from bargain.games.continuous_game import ContinuousGame
from bargain.payoffs.maximum import GRAIN, MOST_BOXES, Maximisation, Maximum

__all__ = ["MOST_BOXES", "BestReply", "best_reply"]

BestReply = Maximum
"""The best deviation found, with the bounds on what a deviation pays."""


def best_reply(
    game: ContinuousGame,
    player: int,
    levels: Sequence[float],
    tolerance: float,
    search: Search | None = None,
    also: Iterable[Sequence[float]] = (),
    most: int = MOST_BOXES,
    standing: float | None = None,
) -> BestReply:
    """Bound what a player can get against the others' levels.

    Parameters
    ----------
    game : ContinuousGame
        The game.
    player : int
        Who deviates.
    levels : sequence of L floats
        Levels of all players.
    tolerance : float
        How close the bounds shall come, in payoff units.
    search : Search, optional
        The clock.
    also : sequence of sequences of L floats
        Further profiles of which the player's own levels are tried.
    most : int
        Boxes that may be looked at.
    standing : float, optional
        What the player gets at ``levels`` at most.  Once that is beaten, a hundredth of the boxes is enough.

    Returns
    -------
    BestReply
        When time or boxes run out, ``high`` is the bound reached by then.

    Examples
    --------
    The best reply of a Cournot duopolist to 4 is 4 where demand is 12 less the sum:

    >>> duopoly = ContinuousGame.from_formulas(
    ...     ["A", "B"], {"a": ("A", 0, 12), "b": ("B", 0, 12)}, {"A": "a*(12 - a - b)", "B": "b*(12 - a - b)"}
    ... )
    >>> reply = best_reply(duopoly, 0, [1.0, 4.0], 1e-9)
    >>> round(reply.levels[0], 4), round(reply.high, 6)
    (4.0, 16.0)
    """
    lower, upper = game.box
    work = Maximisation(
        game.payoffs[player], game.owned(player), np.array(levels, dtype=float), GRAIN * (upper - lower)
    )
    for other in (levels, *also):
        point = work.best.copy()
        mine = [place for place, lever in enumerate(game.levers) if lever.owner == player]
        point[mine] = np.asarray(other, dtype=float)[mine]
        work.see(point[:, None])
    roots = []
    for chosen in game.choices(player):
        low, high = np.array(levels, dtype=float), np.array(levels, dtype=float)
        for place in work.own:
            low[place], high[place] = lower[place], upper[place]
        for place, level in chosen.items():
            low[place] = high[place] = level
        roots.append((low, high))
    low, high = (np.array(ends).T for ends in zip(*roots, strict=True))
    work.add(low, high, np.full(low.shape[1], np.inf))
    expired = None if search is None else lambda: search.expired
    return work.run(tolerance, most, np.inf if standing is None else standing, expired)
