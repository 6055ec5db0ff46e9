"""Support profiles that can carry an equilibrium: those without a conditionally dominated action.

On a support profile every used action has positive probability.  So when another action pays a player at least as much
against every combination of the others' used actions, and more against one, it is strictly better, and the profile
carries no equilibrium (Porter, Nudelman and Shoham 2008, with weak domination, which full supports allow).  Payoffs are
compared exactly.  Tested against one profile after the other and through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bargain.games.normal_form import NormalFormGame

__all__ = ["members", "num_support_profiles", "surviving_supports"]


def num_support_profiles(game: NormalFormGame) -> int:
    """Return the number of support profiles."""
    count = 1
    for size in game.num_actions:
        count *= 2**size - 1
    return count


def members(mask: int) -> tuple[int, ...]:
    """Return the actions of a support that is given as a bit mask.

    Examples
    --------
    >>> members(0b101)
    (0, 2)
    """
    return tuple(a for a in range(int(mask).bit_length()) if mask >> a & 1)


def surviving_supports(game: NormalFormGame) -> NDArray[np.int64]:
    """Return the support profiles with a mixing player that are not excluded, as bit masks of shape (k, n).

    Parameters
    ----------
    game : NormalFormGame
        Any number of players, as long as there is room for one number per support profile.

    Returns
    -------
    int array of shape (k, n)
        Smaller supports come first.

    Examples
    --------
    In a coordination game only the full support can carry a mixed equilibrium:

    >>> surviving_supports(NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])).tolist()
    [[3, 3]]
    """
    sizes = game.num_actions
    kept = np.ones([2**size - 1 for size in sizes], dtype=bool)
    used = np.zeros(kept.shape, dtype=np.int64)
    for owner, size in enumerate(sizes):
        masks = np.arange(1, 2**size, dtype=np.int64)
        along = [-1 if q == owner else 1 for q in range(len(sizes))]
        used += (masks[:, None] >> np.arange(size) & 1).sum(axis=1).reshape(along)
        worse = np.expand_dims(_worse_actions(np.moveaxis(game.ordinal(owner), owner, 0)), owner)
        kept &= worse & masks.reshape(along) == 0
    kept &= used > len(sizes)
    found = np.argwhere(kept) + 1
    return found[np.argsort(used[kept], kind="stable")]


def _worse_actions(ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a bit mask of the owner's excluded actions for every combination of the others' supports.

    ``ranks`` has the owner's actions on its first axis; the result has the other axes, with supports for actions.
    """
    worse = np.zeros([2**size - 1 for size in ranks.shape[1:]], dtype=np.int64)
    for action, row in enumerate(ranks):
        excluded = np.zeros(worse.shape, dtype=bool)
        for other, better in enumerate(ranks):
            if other != action:
                excluded |= _everywhere(better >= row) & ~_everywhere(better <= row)
        worse |= excluded.astype(np.int64) << action
    return worse


def _everywhere(table: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for every combination of supports whether ``table`` is true on all of it."""
    for axis, size in enumerate(table.shape):
        rows = np.moveaxis(table, axis, 0)
        made = np.empty((2**size - 1, *rows.shape[1:]), dtype=bool)
        for mask in range(1, 2**size):
            rest, lowest = mask & (mask - 1), (mask & -mask).bit_length() - 1
            made[mask - 1] = rows[lowest] & made[rest - 1] if rest else rows[lowest]
        table = np.moveaxis(made, 0, axis)
    return table
