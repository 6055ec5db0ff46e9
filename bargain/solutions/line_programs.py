r"""Lotteries of three or more players that lie as far as possible along a line, the players who lag behind first.

Maximise :math:`t` such that every free player gets at least :math:`o_i + t\,d_i`, those who cannot be raised further
are held, and so on: the lexicographic max-min of :math:`(v_i - o_i)/d_i` over lotteries that give nobody less than
disagreement.  With the origin :math:`o` at a reference point it moves towards the ideal point; with the origin at the
ideal point and equal directions it shares losses.  Weak duality bounds each level.  Tested against the support function
and exact two-player geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.errors import NotSolvedError
from bargain.solutions.barrier import fewer
from bargain.solutions.mixtures import PROGRAM_TOLERANCE, LotteryPrograms

__all__ = ["Along", "along_the_line", "dictators"]

Floats = NDArray[np.float64]

_OPTIONS: Any = {
    "primal_feasibility_tolerance": PROGRAM_TOLERANCE,
    "dual_feasibility_tolerance": PROGRAM_TOLERANCE,
    "presolve": True,
}
_HELD = (1e-11, 1e-10, 1e-9, 1e-8)
"""By how much players who are held may fall short while others are raised, in units of the programs' ``scale``."""
_HOLDS = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """Probabilities (k,) of the vectors, a normal (n,) of the first level, and by what share of it that may be low."""

    chances: Floats
    normal: Floats
    gap: float


def along_the_line(
    programs: LotteryPrograms, origin: Floats, direction: Floats, players: Sequence[int], first: Sequence[int] = ()
) -> Along:
    """Return the lexicographic max-min of (gain - origin) / direction over individually rational lotteries.

    Parameters
    ----------
    programs : LotteryPrograms
        The payoff vectors, in units of its ``scale``.
    origin, direction : arrays of shape (n,)
        In the same units; directions of ``players`` are positive.
    players : sequence of int
        Who is raised.
    first : sequence of int
        Players held at ``origin`` from the start.
    """
    count = len(origin)
    least = np.zeros(count)
    least[list(first)] = origin[list(first)]
    free = [i for i in players if i not in first]
    chances, normal, gap = programs.best[0], direction, 0.0
    number = 0
    while free:
        level, chances, prices, floors = _raise(programs.gains, origin, direction, free, least)
        shares = prices * direction
        held = [i for i in free if shares[i] > _HOLDS * float(shares.max())] or free
        size = float(prices[free] @ direction[free])
        if size > 0:
            total = prices + floors
            bound = float((programs.gains @ total).max() - floors @ least - prices[free] @ origin[free]) / size
            gap = max(gap, (bound - level) * float(direction[free].max()))
            if number == 0:
                normal = total
        for i in held:
            least[i] = max(least[i], origin[i] + level * direction[i])
        free = [i for i in free if i not in held]
        number += 1
    return Along(fewer(programs.gains, chances), normal / programs.scale, gap)


def _raise(
    gains: Floats, origin: Floats, direction: Floats, free: Sequence[int], least: Floats
) -> tuple[float, Floats, Floats, Floats]:
    """Maximise t; return it, the probabilities, the multipliers of the free players' levels, and of the floors."""
    count, players = gains.shape
    lead = np.zeros(players)
    lead[list(free)] = direction[list(free)]
    rows = list(free)
    for slack in _HELD:
        result = linprog(
            np.append(np.zeros(count), -1.0),
            A_ub=np.vstack([np.column_stack([-gains.T[rows], lead[rows]]), np.column_stack([-gains.T, 0 * lead])]),
            b_ub=np.concatenate([-origin[rows], np.where(least > 0, slack, 0.0) - least]),
            A_eq=np.append(np.ones(count), 0.0)[None],
            b_eq=[1.0],
            bounds=_free_last(count),
            method="highs",
            options=_OPTIONS,
        )
        if result.status == 0:
            prices = np.zeros(players)
            marginals = np.maximum(-np.asarray(result.ineqlin.marginals), 0.0)
            prices[rows] = marginals[: len(rows)]
            chances = np.maximum(np.asarray(result.x)[:-1], 0.0)
            return float(np.asarray(result.x)[-1]), chances / chances.sum(), prices, marginals[len(rows) :]
    raise NotSolvedError(f"a linear program over lotteries was not solved: {result.message}")


def _free_last(count: int) -> Any:
    return [(0.0, None)] * count + [(None, None)]


def dictators(programs: LotteryPrograms) -> Floats:
    """Return what each player would dictate, (n, n): the most for itself, then the largest shares for the others."""
    assert programs.ideal is not None
    able = np.flatnonzero(programs.ideal > 0).tolist()
    rows = np.zeros((len(programs.ideal), len(programs.ideal)))
    for i in able:
        origin = np.where(np.arange(len(programs.ideal)) == i, programs.ideal, 0.0)
        found = along_the_line(programs, origin, programs.ideal, able, first=(i,))
        chances = found.chances if len(able) > 1 else programs.best[i]
        rows[i] = chances @ programs.gains
    return rows
