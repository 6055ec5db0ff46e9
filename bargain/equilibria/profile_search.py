"""The search of one support profile after the other, in compiled code.

Every profile is cut out of the payoff tensors, and its boxes are searched.  The search can be stopped after any number
of boxes and taken up again.  Compiled by numba on the first call.  Tested through
:mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bargain.equilibria.branching import DONE, search_boxes
from bargain.equilibria.compiled import entry, inner
from bargain.equilibria.multilinear import PLACE, ROWS, SIZE, START, Subgame
from bargain.equilibria.newton import ACTION, AT, OWNER, System

__all__ = ["search_profiles"]


@entry
def search_profiles(
    payoffs: Any,
    sizes: Any,
    masks: Any,
    place: Any,
    depth: Any,
    limit: Any,
    lowers: Any,
    uppers: Any,
    roots: Any,
    count: Any,
    homes: Any,
) -> Any:
    """Search the support profiles ``masks[place:]`` until the limit of boxes or a trouble.

    Parameters
    ----------
    payoffs : array of shape (n, profiles)
        Normalised payoffs, flat.
    sizes : int array of shape (n,)
        Numbers of actions.
    masks : int array of shape (k, n)
        Supports as bit masks.
    place, depth : int
        Where the search stands: the profile, and the height of its stack of boxes (0 when it has not begun).
    limit : int
        Boxes to be searched.
    lowers, uppers : arrays of shape (height, actions)
        The stack.
    roots : Roots
        Room for solutions, of which ``count`` are there; ``homes`` gets the profile of each.

    Returns
    -------
    tuple of int
        Outcome, place, depth, count, boxes used.
    """
    boxes = 0
    while place < masks.shape[0]:
        sub = _cut_out(payoffs, sizes, masks[place])
        system = _system(sub)
        if depth == 0:
            depth = 1
            for q in range(sizes.size):
                for k in range(sub.shape[SIZE, q]):
                    lowers[0, sub.shape[START, q] + k] = 1.0 if sub.shape[SIZE, q] == 1 else 0.0
                    uppers[0, sub.shape[START, q] + k] = 1.0
        first = count
        while first > 0 and homes[first - 1] == place:
            first -= 1
        outcome, depth, found, used = search_boxes(
            sub, system, lowers, uppers, depth, limit - boxes, roots, first, count
        )
        for k in range(count, found):
            homes[k] = place
        count = found
        boxes += used
        if outcome != DONE:
            return outcome, place, depth, count, boxes
        place += 1
    return DONE, place, 0, count, boxes


@inner
def _cut_out(payoffs: Any, sizes: Any, masks: Any) -> Any:
    """Return the subgame of a support profile."""
    players = sizes.size
    actions = np.empty((players, np.max(sizes)), np.int64)
    shape = np.zeros((4, players), np.int64)
    combinations, start = 1, 0
    for q in range(players):
        used = 0
        for a in range(sizes[q]):
            if masks[q] >> a & 1:
                actions[q, used] = a
                used += 1
        place = used
        for a in range(sizes[q]):
            if not masks[q] >> a & 1:
                actions[q, place] = a
                place += 1
        shape[ROWS, q], shape[SIZE, q], shape[START, q] = sizes[q], used, start
        combinations *= used
        start += used
    total = 0
    for q in range(players):
        shape[PLACE, q] = total
        total += sizes[q] * (combinations // shape[SIZE, q])
    tables = np.empty(total)
    for owner in range(players):
        _fill_table(payoffs, sizes, actions, shape, owner, tables)
    return Subgame(tables, shape)


@inner
def _fill_table(payoffs: Any, sizes: Any, actions: Any, shape: Any, owner: Any, tables: Any) -> Any:
    """Write the owner's payoffs: one row per action, one column per combination of the others' used actions."""
    players = sizes.size
    digits = np.zeros(players, np.int64)
    at = shape[PLACE, owner]
    for row in range(shape[ROWS, owner]):
        while True:
            place = 0
            for q in range(players):
                place = place * sizes[q] + actions[q, row if q == owner else digits[q]]
            tables[at] = payoffs[owner, place]
            at += 1
            q = players - 1
            while q >= 0:
                if q != owner:
                    digits[q] += 1
                    if digits[q] < shape[SIZE, q]:
                        break
                    digits[q] = 0
                q -= 1
            if q < 0:
                break


@inner
def _system(sub: Any) -> Any:
    """Return room for the conditions of a subgame."""
    players = sub.shape.shape[1]
    count = 0
    for q in range(players):
        count += sub.shape[SIZE, q] - 1
    terms = np.zeros((4, count), np.int64)
    e = 0
    for q in range(players):
        for k in range(1, sub.shape[SIZE, q]):
            terms[OWNER, e], terms[ACTION, e], terms[AT, e] = q, k, sub.shape[START, q] + k
            e += 1
    return System(terms, np.zeros((5, count, count)), np.zeros((3, count)), np.zeros((2, players, count + players)))
