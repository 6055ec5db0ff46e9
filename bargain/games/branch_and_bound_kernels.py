"""Compiled searches through deals whose payoffs, under given weights, are sums over single levers and pairs of them.

A depth-first search sets one lever after the other.  What a part of a deal can still reach is bounded by splitting
every table of a pair that is not set yet between its two levers, so that each lever chooses alone.  The state of a
search is in arrays of the caller, so that it can be stopped and taken up again.  Source: Lawler and Wood (1966),
"Branch-and-bound methods: a survey"; Schiex (2000), soft arc consistency, for the splits.  Compiled when first called.
Tested against enumeration through :mod:`bargain.games.branch_and_bound`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["DONE", "FULL", "STOPPED", "ascend", "search", "worth"]

DONE, FULL, STOPPED = 0, 1, 2


@njit(cache=True)
def _extend(sizes: Any, pair: Any, share: Any, alone: Any, depth: int, level: int) -> tuple[float, float]:
    """Set one more lever: fill ``alone[depth + 1]``; return what the next lever and all later ones give at most."""
    following = 0.0
    rest = 0.0
    for other in range(depth + 1, len(sizes)):
        most = -np.inf
        for k in range(sizes[other]):
            value = alone[depth, other, k] + pair[depth, other, level, k]
            alone[depth + 1, other, k] = value
            most = max(most, value + share[depth + 1, other, k])
        if other == depth + 1:
            following = most
        else:
            rest += most
    return following, rest


@njit(cache=True)
def search(
    sizes: Any,
    pair: Any,
    share: Any,
    alone: Any,
    levels: Any,
    value: Any,
    rest: Any,
    depth: int,
    cut: float,
    step: float,
    found: Any,
    count: int,
    budget: int,
) -> tuple[int, int, float, int, int]:
    """Find deals worth ``cut`` or more.

    With a positive ``step`` every deal found raises the cut to its value plus the step, and only the last is kept;
    otherwise rows of ``found`` are filled.  Returns why the search came back, the depth, the cut, the number of deals,
    and the parts of deals looked at; called again with these it goes on.
    """
    last = len(sizes) - 1
    parts = 0
    while depth >= 0:
        if parts >= budget:
            return STOPPED, depth, cut, count, parts
        if step <= 0 and count + sizes[last] > len(found):
            return FULL, depth, cut, count, parts
        levels[depth] += 1
        level = levels[depth]
        if level >= sizes[depth]:
            levels[depth] = -1
            depth -= 1
            continue
        parts += 1
        own = value[depth] + alone[depth, depth, level]
        if depth == last:
            if own >= cut:
                place = 0 if step > 0 else count
                found[place] = levels
                count = place + 1
                if step > 0:
                    cut = own + step
            continue
        # The cheap bound first: the splits of one lever less.
        if own + share[depth, depth, level] + rest[depth] < cut:
            continue
        following, later = _extend(sizes, pair, share, alone, depth, level)
        if own + following + later < cut:
            continue
        depth += 1
        value[depth] = own
        rest[depth] = later
        levels[depth] = -1
    return DONE, depth, cut, count, parts


@njit(cache=True)
def worth(single: Any, pair: Any, levels: Any) -> float:
    """Return the value of a deal."""
    total = 0.0
    for lever in range(len(levels)):
        total += single[lever, levels[lever]]
        for other in range(lever):
            total += pair[other, lever, levels[other], levels[lever]]
    return total


@njit(cache=True)
def ascend(sizes: Any, single: Any, pair: Any, starts: Any) -> tuple[Any, Any]:
    """Return deals from which changing one lever gains nothing, one for each start, and their values.

    Pairs are read both ways.
    """
    found = starts.copy()
    values = np.zeros(len(found))
    for row in range(len(found)):
        levels = found[row]
        changed = True
        rounds = 0
        while changed and rounds < 50:
            changed = False
            rounds += 1
            for lever in range(len(sizes)):
                best = -np.inf
                choice = levels[lever]
                for k in range(sizes[lever]):
                    total = single[lever, k]
                    for other in range(len(sizes)):
                        if other != lever:
                            total += pair[lever, other, k, levels[other]]
                    if total > best:
                        best = total
                        choice = k
                if choice != levels[lever]:
                    levels[lever] = choice
                    changed = True
        values[row] = worth(single, pair, levels)
    return found, values
