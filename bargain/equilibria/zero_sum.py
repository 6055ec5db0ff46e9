r"""Zero-sum games of two players by linear programming, certified by the duality gap.

Player 1's program is :math:`\max v` subject to :math:`x^T A \ge v`, :math:`x` a distribution; player 2's strategy is
its dual (von Neumann 1928; Dantzig 1951).  Games whose payoffs add up to any constant are zero-sum too.  Payoffs are
scaled to [0, 1] first, so that units do not matter.  Tested by the minimax theorem and against the extreme equilibria.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import prove
from bargain.equilibria.profiles import make_profile
from bargain.equilibria.programs import minimise
from bargain.equilibria.search import Search
from bargain.errors import NotSolvedError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria

__all__ = ["MatrixGame", "solve_matrix_game", "solve_zero_sum"]

Floats = NDArray[np.float64]

GAP_TOLERANCE = 1e-7
"""Largest duality gap of an answer, as a fraction of the payoff range."""


class MatrixGame(NamedTuple):
    """A solved matrix game: what the row player secures, what the column player holds it to, and with which strategies.

    The value lies between ``secured`` and ``conceded``; their difference is the duality gap.
    """

    secured: float
    conceded: float
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]


def solve_matrix_game(payoffs: Floats, time_limit: float | None = None) -> MatrixGame:
    """Solve the zero-sum game in which the row player gets ``payoffs`` and the column player loses as much.

    Parameters
    ----------
    payoffs : array of shape (m, n)
        Payoffs of the row player.
    time_limit : float, optional
        Seconds for the linear program.

    Returns
    -------
    MatrixGame
        Both bounds are recomputed from the strategies.

    Raises
    ------
    NotSolvedError
        The linear program was not solved.
    """
    lowest = payoffs.min()
    span = payoffs.max() - lowest
    column_best, row_best = payoffs.max(axis=0), payoffs.min(axis=1)
    if column_best.min() == row_best.max():
        # A saddle point in pure strategies is exact and needs no program.
        rows, columns = np.zeros(len(payoffs)), np.zeros(payoffs.shape[1])
        rows[row_best.argmax()] = columns[column_best.argmin()] = 1.0
    else:
        rows, columns = _programs((payoffs - lowest) / span, time_limit)
    secured, conceded = float((rows @ payoffs).min()), float((payoffs @ columns).max())
    return MatrixGame(min(secured, conceded), max(secured, conceded), rows, columns)


def solve_zero_sum(game: NormalFormGame, search: Search) -> Equilibria:
    """Return one equilibrium of a two-player zero-sum game and the game's value."""
    solved = solve_matrix_game(game.normalised()[0], search.remaining)
    gap = solved.conceded - solved.secured
    if gap > GAP_TOLERANCE:
        raise NotSolvedError(f"zero-sum: the duality gap is {gap:.1e} of the payoff range; use method `extreme`")
    proof = prove(game, (solved.rows, solved.columns))
    profile = make_profile(game, (solved.rows, solved.columns) if proof is None else proof)
    value = float(profile.payoffs[0])
    certified = "exactly" if proof is not None else f"duality gap {gap:.1e} of the payoff range"
    return Equilibria(
        game=game,
        method="zero-sum",
        profiles=(profile,),
        complete=None,
        reason="one equilibrium by linear programming; all others pay the same",
        exact=proof is not None,
        notes=(f"the value for player {game.players[0]} is {value:.12g} ({certified})",),
    )


def _programs(scaled: Floats, time_limit: float | None) -> tuple[Floats, Floats]:
    """Return both players' strategies, the second from the dual when that is good enough."""
    rows, duals = _row_program(scaled, time_limit)
    columns = _distribution(duals)
    if (scaled @ columns).max() - (rows @ scaled).min() > GAP_TOLERANCE / 100:
        columns = _row_program(1 - scaled.T, time_limit)[0]
    return rows, columns


def _row_program(scaled: Floats, time_limit: float | None) -> tuple[Floats, Floats]:
    m, n = scaled.shape
    solved = minimise(
        np.append(np.zeros(m), -1.0),
        upper=(np.column_stack([-scaled.T, np.ones(n)]), np.zeros(n)),
        equal=(np.append(np.ones(m), 0.0)[None], np.ones(1)),
        free=1,
        time_limit=time_limit,
    )
    return _distribution(solved.x[:-1]), -solved.upper_duals


def _distribution(weights: Floats) -> NDArray[np.float64]:
    clipped = np.clip(weights, 0, None)
    total = clipped.sum()
    uniform = np.full(len(clipped), 1 / len(clipped))
    distribution: NDArray[np.float64] = clipped / total if total > 0 else uniform
    return distribution
