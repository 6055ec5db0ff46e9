r"""Optimal strategies of matrix games in exact fractions.

On supports of equal size the strategies are the solution of linear equations: every action in the support pays the
same, and probabilities add up to 1 (Shapley and Snow 1950).  Floats name the supports, python-flint solves the
equations for the payoffs as given (floats are dyadic rationals), and the answer counts only when its regret is
exactly zero.  Tested against exact enumeration.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from bargain.games.normal_form import NormalFormGame
from bargain.games.whole_numbers import whole_table

__all__ = ["prove_matrix_game"]

_TIGHT = 1e-9
"""Probabilities below this may be zero; it only selects systems to solve, the exact answers decide."""

_LARGEST_SYSTEM = 60
"""Supports up to this size are solved exactly; the integers of larger ones grow too long."""


def prove_matrix_game(
    game: NormalFormGame, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> tuple[tuple[Fraction, ...], ...] | None:
    """Return the exact optimal strategies next to approximate ones; None when the supports are no proof.

    Parameters
    ----------
    game : NormalFormGame
        Two players whose payoffs add up to a constant.
    rows, columns : arrays of shape (m,) and (n,)
        Approximate strategies.
    """
    supports = [np.flatnonzero(each > _TIGHT) for each in (rows, columns)]
    size = len(supports[0])
    if size != len(supports[1]) or not 0 < size <= _LARGEST_SYSTEM:
        return None
    source = game.payoffs if game.fractions is None else game.fractions
    whole = whole_table(source[0][np.ix_(*supports)]).numerators
    strategies = []
    for table, support, count in ((whole.T, supports[0], len(rows)), (whole, supports[1], len(columns))):
        chances = _indifferent(table)
        if chances is None:
            return None
        strategy = [Fraction(0)] * count
        for action, chance in zip(support.tolist(), chances, strict=True):
            strategy[action] = chance
        strategies.append(tuple(strategy))
    profile = (strategies[0], strategies[1])
    return profile if max(game.regrets(profile)) == 0 else None


def _indifferent(table: NDArray[Any]) -> list[Fraction] | None:
    """Return the positive weights, adding up to 1, that make all rows pay the same; None when there are none."""
    size = len(table)
    equations = [[*map(int, row), -1] for row in (table - table.min()).tolist()] + [[1] * size + [0]]
    try:
        solved = fmpz_mat(equations).solve(fmpz_mat([[0]] * size + [[1]]))
    except ZeroDivisionError:
        return None
    weights = [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(size)]
    return weights if min(weights) > 0 else None
