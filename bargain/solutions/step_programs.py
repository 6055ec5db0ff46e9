r"""The steps of Raiffa for three or more players, over lotteries.

From an agreed point :math:`d` every player could still reach :math:`a_i(d) = \max \{v_i : v_{-i} \ge d_{-i}\}`, a linear
program; the step goes to the mean of the points that the players would dictate.  Each step leaves at most
:math:`(n-1)/n` of what is open.  Where nobody can be raised any more, the point is efficient.  Tested against plain
iteration on sets with a closed form, and against the certificate's own programs.
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


def stepwise_lottery(programs: LotteryPrograms) -> Along:
    """Return a lottery at the limit of the steps; its ``gap`` is the largest share of an ideal gain still open there.

    Players who cannot gain at all take no part.
    """
    assert programs.ideal is not None
    able = np.flatnonzero(programs.ideal > 0).tolist()
    place = np.zeros(len(programs.ideal))
    for _ in range(_MOST_STEPS):
        step = _open(programs, place, able)
        if (step[able] / programs.ideal[able]).max() <= _REACHED:
            break
        place = place + step / len(able)
    objective = np.where(programs.ideal > 0, 1 / np.where(programs.ideal > 0, programs.ideal, 1.0), 0.0)
    found = programs.best_above(programs.gains @ objective, place)
    if found is None:
        found = programs.best_above(programs.gains @ objective, place * (1 - 1e-10))
    assert found is not None
    chances, prices = found
    still = _open(programs, chances @ programs.gains, able)
    gap = float((still[able] / programs.ideal[able]).max())
    return Along(fewer(programs.gains, chances), (objective + np.maximum(prices, 0.0)) / programs.scale, gap)


def _open(programs: LotteryPrograms, place: Floats, able: list[int]) -> Floats:
    """Return how much more each player could get while nobody falls below a point."""
    step = np.zeros(len(place))
    for i in able:
        found = programs.best_above(programs.gains[:, i], place)
        if found is not None:
            step[i] = max(0.0, float(programs.gains[:, i] @ found[0]) - place[i])
    return step
