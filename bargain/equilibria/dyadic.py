"""Profiles of floats whose regret is known exactly, because the floats add up to one without rounding.

Tested with the methods that hand such profiles back.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import nextafter

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.profiles import make_profile
from bargain.games.normal_form import NormalFormGame
from bargain.results import Profile

__all__ = ["dyadic_profile"]


def dyadic_profile(game: NormalFormGame, strategies: Sequence[NDArray[np.float64]]) -> Profile:
    """Return floats that add up to one exactly, with their exact regret rounded up.

    Multiples of 2**-53 are floats, and so is one less their sum; so the regret of the floats that are handed back is
    known without any rounding but the last.

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> dyadic_profile(pennies, [np.array([0.5, 0.5]), np.array([0.25, 0.75])]).regret
    0.5000000000000001
    """
    exact, floats = [], []
    for strategy in strategies:
        chances = [Fraction(max(0, round(float(p) * 2**53)), 2**53) for p in strategy]
        largest = chances.index(max(chances))
        chances[largest] += 1 - sum(chances, Fraction(0))
        exact.append(tuple(chances))
        values = np.array([float(p) for p in chances])
        values.setflags(write=False)
        floats.append(values)
    proved = make_profile(game, exact)
    regret = float(proved.regret)
    return Profile(
        tuple(floats),
        tuple(float(u) for u in proved.payoffs),
        nextafter(regret, float("inf")) if proved.regret else 0.0,
    )
