"""Strict dominance by pure actions, step by step in whole numbers.

An action that another one strictly beats against all surviving actions of the others is in no equilibrium, so what is
found in the reduced game is all there is.  For two players the extreme equilibria are the same ones, too: strategies
that do not use an action are a face of the polytope, whose vertices are vertices of it, and a reply that is strictly
beaten is nowhere a best one, so that leaving out its constraint changes nothing.  Each step is decided here, so no log
needs to be trusted.  Tested by brute force.
"""

from __future__ import annotations

from itertools import product

from bargain.certificates.games.table import Table
from bargain.certificates.games.work import Work

__all__ = ["Survivors", "rows_against", "undominated"]

Survivors = tuple[tuple[int, ...], ...]


def rows_against(game: Table, player: int, kept: Survivors) -> dict[int, list[int]]:
    """Return what each surviving action of a player pays against all surviving actions of the others."""
    strides, own = game.strides, game.strides[player]
    others = [[a * strides[i] for a in each] for i, each in enumerate(kept) if i != player]
    places = [sum(steps) for steps in product(*others)]
    row = game.payoffs[player]
    return {action: [row[place + action * own] for place in places] for action in kept[player]}


def undominated(game: Table, work: Work) -> Survivors:
    """Return the actions that survive iterated elimination of actions strictly dominated by pure ones.

    Examples
    --------
    >>> dilemma = Table(("1", "2"), (("c", "d"), ("c", "d")), ([3, 0, 5, 1], [3, 5, 0, 1]), (1, 1))
    >>> undominated(dilemma, Work())
    ((1,), (1,))
    """
    kept = tuple(tuple(range(size)) for size in game.sizes)
    settled = 0
    player = 0
    while settled < len(kept):
        left = _survivors(game, player, kept, work) if len(kept[player]) > 1 else kept[player]
        settled = settled + 1 if left == kept[player] else 1
        kept = (*kept[:player], left, *kept[player + 1 :])
        player = (player + 1) % len(kept)
    return kept


def _survivors(game: Table, player: int, kept: Survivors, work: Work) -> tuple[int, ...]:
    rows = rows_against(game, player, kept)
    length = len(next(iter(rows.values())))
    work.spend(len(rows) * length, game.bits)
    lowest = {action: min(row) for action, row in rows.items()}
    left = list(rows)
    for weak in rows:
        for strong in left:
            work.spend(1)
            if lowest[strong] <= lowest[weak]:
                continue
            # Most pairs fail early; only what was compared is counted.
            pairs = enumerate(zip(rows[strong], rows[weak], strict=True))
            agreed = next((place for place, (mine, other) in pairs if mine <= other), length)
            work.spend(agreed)
            if agreed == length:
                left.remove(weak)
                break
    return tuple(left)
