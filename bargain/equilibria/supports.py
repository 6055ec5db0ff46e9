"""Support profiles that can carry an equilibrium: those without a conditionally dominated action.

On a support profile every used action has positive probability.  So when another action pays a player at least as much
against every combination of the others' used actions, and more against one, it is strictly better, and the profile
carries no equilibrium (Porter, Nudelman and Shoham 2008, with weak domination, which full supports allow).  Payoffs are
compared exactly.  Compiled by numba on the first call.  Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.compiled import entry, inner
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
        Any number of players, each with at most 60 actions.

    Examples
    --------
    In a coordination game only the full support can carry a mixed equilibrium:

    >>> surviving_supports(NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])).tolist()
    [[3, 3]]
    """
    sizes = np.array(game.num_actions, dtype=np.int64)
    ranks = np.stack([game.ordinal(i).astype(np.float64).ravel() for i in range(game.num_players)])
    kept = np.zeros((num_support_profiles(game), len(sizes)), dtype=np.int64)
    found: NDArray[np.int64] = kept[: _survivors(ranks, sizes, kept)]
    order = sorted(range(len(found)), key=lambda k: sum(int(mask).bit_count() for mask in found[k]))
    return found[order]


@entry
def _survivors(ranks: Any, sizes: Any, kept: Any) -> int:
    """Write the surviving profiles into ``kept`` and return their number."""
    players = sizes.size
    masks = np.ones(players, np.int64)
    count = 0
    while True:
        mixing = False
        for q in range(players):
            mixing = mixing or masks[q] & (masks[q] - 1) != 0
        if mixing and not _excluded(ranks, sizes, masks):
            for q in range(players):
                kept[count, q] = masks[q]
            count += 1
        place = players - 1
        while place >= 0 and masks[place] == (1 << sizes[place]) - 1:
            masks[place] = 1
            place -= 1
        if place < 0:
            return count
        masks[place] += 1


@inner
def _excluded(ranks: Any, sizes: Any, masks: Any) -> bool:
    """Whether some used action is worse than another against all that the others may do."""
    for owner in range(sizes.size):
        for used in range(sizes[owner]):
            if masks[owner] >> used & 1:
                for other in range(sizes[owner]):
                    if other != used and _worse(ranks, sizes, masks, owner, used, other):
                        return True
    return False


@inner
def _worse(ranks: Any, sizes: Any, masks: Any, owner: int, used: int, other: int) -> bool:
    players = sizes.size
    digits = np.zeros(players, np.int64)
    for q in range(players):
        if q != owner:
            while not masks[q] >> digits[q] & 1:
                digits[q] += 1
    once = False
    while True:
        one, two = 0, 0
        for q in range(players):
            one = one * sizes[q] + (used if q == owner else digits[q])
            two = two * sizes[q] + (other if q == owner else digits[q])
        if ranks[owner, two] < ranks[owner, one]:
            return False
        once = once or ranks[owner, two] > ranks[owner, one]
        place = players - 1
        while place >= 0:
            if place != owner:
                digits[place] += 1
                while digits[place] < sizes[place] and not masks[place] >> digits[place] & 1:
                    digits[place] += 1
                if digits[place] < sizes[place]:
                    break
                digits[place] = 0
                while not masks[place] >> digits[place] & 1:
                    digits[place] += 1
            place -= 1
        if place < 0:
            return once
