r"""The defining claims of the rules for any number of players, as linear programs over the gains of deals.

A lottery is the lexicographic max-min of some index of each player (its share of a way, its loss with a minus) exactly
when nobody can be raised but by lowering somebody whose index is no higher: one program for each player.  Raiffa's
steps are taken as they are defined.  Nothing here is shared with the solvers.  Tested by claims that it must refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

__all__ = ["ideal_gains", "losses_gap", "mean_of_dictators", "steps_of_all_gap", "way_gap"]

Floats = NDArray[np.float64]

_OPTIONS: Any = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
_SLACK = 1e-11
_SAME = 1e-8
_NOTHING = 1e-9
_OPEN = 1e-9
_STEPS = 400


def _most(table: Floats, objective: Floats, least: Floats) -> Floats | None:
    """Return the gains of the lottery with the largest objective that gives everybody at least ``least``."""
    found = linprog(
        -(table @ objective),
        A_ub=-table.T,
        b_ub=_SLACK - least,
        A_eq=np.ones((1, len(table))),
        b_eq=[1.0],
        method="highs",
        options=_OPTIONS,
    )
    if found.status != 0:
        return None
    chances = np.maximum(np.asarray(found.x), 0.0)
    return np.asarray(chances @ table / chances.sum())


def _sized(table: Floats) -> tuple[Floats, Floats]:
    size = np.abs(table).max(axis=0)
    size = np.where(size > 0, size, 1.0)
    return table / size, size


def ideal_gains(table: Floats) -> Floats:
    """Return the largest gain of each player over individually rational lotteries; 0 for one who cannot gain."""
    scaled, size = _sized(table)
    count = table.shape[1]
    best = [_most(scaled, np.eye(count)[i], np.zeros(count)) for i in range(count)]
    most = np.array([0.0 if row is None else row[i] for i, row in enumerate(best)])
    return np.where(most > _NOTHING, most, 0.0) * size


def way_gap(table: Floats, gains: Floats, origin: Floats) -> float:
    """Return by how much the shares of the way from ``origin`` to the ideal gains miss the lexicographic max-min."""
    ideal = ideal_gains(table)
    way = ideal - origin
    going = way > _NOTHING * np.maximum(ideal, 1e-300)
    index = np.where(going, (gains - origin) / np.where(going, way, 1.0), np.inf)
    # Who starts at the ideal gain keeps it.
    kept = np.where((ideal > 0) & ~going, ideal - gains, 0.0) / np.where(ideal > 0, ideal, 1.0)
    return max(_fairness(table, gains, index, ideal, going), float(kept.max()))


def losses_gap(table: Floats, gains: Floats) -> float:
    """Return by how much the losses from the ideal gains miss the lexicographic min-max."""
    ideal = ideal_gains(table)
    index = (gains - ideal) / max(float(ideal.max()), 1e-300)
    return _fairness(table, gains, index, ideal, ideal > 0)


def _fairness(table: Floats, gains: Floats, index: Floats, ideal: Floats, going: NDArray[np.bool_]) -> float:
    """Return the largest share of an ideal gain by which somebody can be raised at no cost to those no higher."""
    scaled, size = _sized(table)
    mine = gains / size
    gap = 0.0
    for i in np.flatnonzero(going):
        protected = (index <= index[i] + _SAME) | ~going
        least = np.where(protected, np.minimum(mine, ideal / size), 0.0)
        least[i] = min(mine[i], 0.0)
        best = _most(scaled, np.eye(len(mine))[i], least)
        if best is not None:
            gap = max(gap, (float(best[i]) - mine[i]) * size[i] / ideal[i])
    return gap


def mean_of_dictators(table: Floats) -> Floats:
    """Return the mean of what the players who can gain would dictate."""
    ideal = ideal_gains(table)
    able = np.flatnonzero(ideal > 0).tolist()
    return np.asarray(np.mean([_dictated(table, ideal, able, i) for i in able], axis=0))


def _dictated(table: Floats, ideal: Floats, able: Sequence[int], dictator: int) -> Floats:
    """Return gains with the dictator's ideal, and the others' shares raised together, then those that still can be."""
    scaled, size = _sized(table)
    least = np.zeros(len(ideal))
    least[dictator] = ideal[dictator] / size[dictator] * (1 - 1e-11)
    free = [i for i in able if i != dictator]
    shares = ideal / size
    while free:
        level = _level(scaled, shares, free, least)
        for i in free:
            least[i] = max(least[i], level * shares[i] - _SLACK)
        tops = {i: _most(scaled, np.eye(len(ideal))[i], least) for i in free}
        raised = [i for i in free if tops[i] is not None and tops[i][i] > least[i] + _SAME * shares[i]]  # type: ignore[index]
        free = raised if len(raised) < len(free) else []
    found = _most(scaled, np.eye(len(ideal))[dictator], least)
    return (least if found is None else np.maximum(found, least)) * size


def _level(table: Floats, shares: Floats, free: Sequence[int], least: Floats) -> float:
    count, players = table.shape
    lead = np.zeros(players)
    lead[list(free)] = shares[list(free)]
    floor = np.where(lead > 0, 0.0, least)
    found = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.column_stack([-table.T, lead]),
        b_ub=_SLACK - floor,
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
        bounds=_last_free(count),
        method="highs",
        options=_OPTIONS,
    )
    return 0.0 if found.fun is None else -float(found.fun)


def _last_free(count: int) -> Any:
    return [(0.0, None)] * count + [(None, None)]


def steps_of_all_gap(table: Floats, gains: Floats) -> float:
    """Return the distance to where Raiffa's steps lead, as a share of the ideal gains."""
    ideal = ideal_gains(table)
    able = np.flatnonzero(ideal > 0)
    scaled, size = _sized(table)
    place = np.zeros(len(ideal))
    for _ in range(_STEPS):
        tops = [_most(scaled, np.eye(len(ideal))[i], place) for i in able]
        more = [0.0 if top is None else max(0.0, float(top[i]) - place[i]) for i, top in zip(able, tops, strict=True)]
        if max(m * size[i] / ideal[i] for m, i in zip(more, able, strict=True)) <= _OPEN:
            break
        place[able] += np.array(more) / len(able)
    return float((np.abs(gains - place * size) / np.where(ideal > 0, ideal, np.inf)).max())
