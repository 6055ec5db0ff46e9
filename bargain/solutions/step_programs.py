r"""The steps of Raiffa for three or more players, over lotteries.

From an agreed point :math:`d` every player could still reach :math:`a_i(d) = \max \{v_i : v_{-i} \ge d_{-i}\}`, a
linear program; the step goes to the mean of the points that the players would dictate.  Each step leaves at most
:math:`(n-1)/n` of what is open.  Where nobody can be raised any more, the point is efficient.  Only the right hand side
of a program changes from step to step, so its basis stays optimal for as long as it stays feasible, and a few linear
equations do for most steps.  Tested against plain iteration on sets with a closed form, and against the certificate's
own programs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bargain.solutions.barrier import fewer
from bargain.solutions.line_programs import Along
from bargain.solutions.mixtures import LotteryPrograms

__all__ = ["stepwise_lottery"]

Floats = NDArray[np.float64]

_REACHED = 1e-10
"""What may be left open, as a share of the ideal gains."""
_MOST_STEPS = 600
_BASIC = 1e-7
"""A variable above this is surely in the basis."""
_ROUNDING = 1e-13
_WORST_CONDITION = 1e8


def stepwise_lottery(programs: LotteryPrograms) -> Along:
    """Return a lottery at the limit of the steps; its ``gap`` is the largest share of an ideal gain still open there.

    Players who cannot gain at all take no part.
    """
    assert programs.ideal is not None
    able = np.flatnonzero(programs.ideal > 0).tolist()
    tops = [_Top(programs, i) for i in able]
    place = np.zeros(len(programs.ideal))
    for _ in range(_MOST_STEPS):
        step = np.array([top.above(place) for top in tops])
        if (step / programs.ideal[able]).max() <= _REACHED:
            break
        place[able] += step / len(able)
    objective = np.where(programs.ideal > 0, 1 / np.where(programs.ideal > 0, programs.ideal, 1.0), 0.0)
    found = programs.best_above(programs.gains @ objective, place)
    if found is None:
        found = programs.best_above(programs.gains @ objective, place * (1 - 1e-10))
    assert found is not None
    chances, prices = found
    end = chances @ programs.gains
    gap = max(_Top(programs, i).above(end) / programs.ideal[i] for i in able)
    return Along(fewer(programs.gains, chances), (objective + np.maximum(prices, 0.0)) / programs.scale, float(gap))


class _Top:
    """How much more one player could get while nobody falls below a point, for one point after the other."""

    def __init__(self, programs: LotteryPrograms, player: int) -> None:
        self.programs = programs
        self.player = player
        self.basis: tuple[Floats, Floats] | None = None

    def above(self, place: Floats) -> float:
        right = np.append(place, 1.0)
        if self.basis is not None:
            system, objective = self.basis
            values = np.linalg.solve(system, right)
            if values.min() >= -_ROUNDING:
                return max(0.0, float(objective @ values) - float(place[self.player]))
        found = self.programs.best_above(self.programs.gains[:, self.player], place)
        if found is None:
            return 0.0
        self.basis = self._basis(found[0], place)
        return max(0.0, float(self.programs.gains[:, self.player] @ found[0] - place[self.player]))

    def _basis(self, chances: Floats, place: Floats) -> tuple[Floats, Floats] | None:
        """Return the equations of the basic variables and their objective; None where the program is degenerate."""
        gains = self.programs.gains
        used, loose = np.flatnonzero(chances > _BASIC), np.flatnonzero(chances @ gains - place > _BASIC)
        if len(used) + len(loose) != len(place) + 1:
            return None
        slacks = np.zeros((len(place) + 1, len(loose)))
        slacks[loose, range(len(loose))] = -1.0
        system = np.column_stack([np.vstack([gains[used].T, np.ones(len(used))]), slacks])
        if np.linalg.cond(system) > _WORST_CONDITION:
            return None
        return system, np.concatenate([gains[used, self.player], np.zeros(len(loose))])
