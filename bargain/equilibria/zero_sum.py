r"""Zero-sum games of two players by linear programming, certified by the duality gap.

Player 1's program is :math:`\max v` subject to :math:`x^T A \ge v`, :math:`x` a distribution; player 2's strategy is
its dual (von Neumann 1928; Dantzig 1951).  Games whose payoffs add up to any constant are zero-sum too.  Payoffs are
scaled to [0, 1] first, so that units do not matter.  HiGHS is the reference; larger games are solved by interior points
first, and by HiGHS when their duality gap is not small.  Whatever found the strategies, what they secure is recomputed
with roundings counted against them.  Tested by the minimax theorem, by HiGHS, and against the extreme equilibria.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.exact_matrix_games import prove_matrix_game
from bargain.equilibria.integers import prove
from bargain.equilibria.interior_point import interior_point
from bargain.equilibria.profiles import is_constant_sum, make_profile
from bargain.equilibria.programs import minimise
from bargain.equilibria.rational_programs import solve_rational_game
from bargain.equilibria.search import Search
from bargain.errors import LimitError, NotSolvedError, UnsupportedGameError
from bargain.games.exact_numbers import rounded_down
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria

__all__ = ["MatrixGame", "ZeroSum", "solve_against_others", "solve_matrix_game", "solve_zero_sum", "zero_sum_value"]

Floats = NDArray[np.float64]

GAP_TOLERANCE = 1e-7
"""Largest duality gap of an answer, as a fraction of the payoff range."""

_GOOD_GAP = 1e-10
"""Largest duality gap, as a fraction of the payoff range, with which the interior-point method is content."""

_SMALL = 900
"""Payoffs up to which the simplex method is as fast."""

_EXACT_PRODUCTS = 500
"""Products up to which what a strategy secures is computed in Fractions."""

_PROVED_BY_SIMPLEX = 10_000
"""Payoffs up to which a game is solved again by the simplex method when the first answer cannot be made exact."""

_RATIONAL = 400
"""Payoffs up to which a game that floats do not settle is solved in fractions."""

_METHODS = ("auto", "highs", "interior-point")


class MatrixGame(NamedTuple):
    """A solved matrix game: what the row player secures, what the column player holds it to, and with which strategies.

    The value lies between ``secured`` and ``conceded``; their difference is the duality gap.
    """

    secured: float
    conceded: float
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZeroSum:
    """The value of a constant-sum game for its first player, with optimal strategies.

    ``strategies[0]`` secures ``secured`` for the first player, and ``strategies[1]`` holds it to ``conceded``; the
    value lies between them.  When ``exact``, all numbers are Fractions and the three are equal.
    """

    game: NormalFormGame
    value: Any
    secured: Any
    conceded: Any
    strategies: tuple[Any, Any]
    exact: bool = False
    notes: tuple[str, ...] = ()


def zero_sum_value(game: NormalFormGame, exact: bool = False, time_limit: float | None = None) -> ZeroSum:
    """Return the value of a two-player game whose payoffs add up to a constant.

    Floats may add up to one up to rounding only: what counts is what the first player gets.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    exact : bool
        Whether to look for value and strategies in fractions.  Where they are too long, the answer is in floats, with
        a note.
    time_limit : float, optional
        Seconds for the linear program.

    Raises
    ------
    UnsupportedGameError
        The payoffs do not add up to a constant.
    NotSolvedError, LimitError
        The linear program was not solved, or not in time.

    References
    ----------
    J. von Neumann (1928), "Zur Theorie der Gesellschaftsspiele".

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[3, -1], [-2, 1]], [[-3, 1], [2, -1]]])
    >>> solved = zero_sum_value(game, exact=True)
    >>> solved.value, solved.strategies[0]
    (Fraction(1, 7), (Fraction(3, 7), Fraction(4, 7)))
    """
    if not is_constant_sum(game):
        raise UnsupportedGameError("zero-sum: the payoffs of two players must add up to a constant")
    clock = Search.start(time_limit=time_limit)
    solved = solve_against_others(game, 0, clock.remaining)
    if exact:
        twin = _of_first_player(game)
        proof = _proof(twin, solved, clock.remaining)
        if proof is not None:
            value = twin.expected_payoffs(proof)[0]
            return ZeroSum(game, value, value, value, (proof[0], proof[1]), exact=True)
    secured, conceded = solved.secured, solved.conceded
    notes = ("the exact solution was not found; the bounds are proved",) if exact else ()
    middle = secured + (conceded - secured) / 2
    return ZeroSum(game, middle, secured, conceded, (solved.rows, solved.columns), notes=notes)


def solve_matrix_game(payoffs: Floats, time_limit: float | None = None, method: str = "auto") -> MatrixGame:
    """Solve the zero-sum game in which the row player gets ``payoffs`` and the column player loses as much.

    Parameters
    ----------
    payoffs : array of shape (m, n)
        Payoffs of the row player.
    time_limit : float, optional
        Seconds for the linear program.
    method : {"auto", "highs", "interior-point"}
        ``"highs"`` is the reference; ``"auto"`` uses interior points for games that are not small, and HiGHS when they
        do not succeed.

    Returns
    -------
    MatrixGame
        Both bounds are recomputed from the strategies, with roundings counted against them.

    Raises
    ------
    NotSolvedError
        The linear program was not solved.
    LimitError
        The time was not enough.
    """
    if method not in _METHODS:
        raise ValueError(f"unknown method {method!r}; known are {', '.join(_METHODS)}")
    lowest = payoffs.min()
    span = payoffs.max() - lowest
    column_best, row_best = payoffs.max(axis=0), payoffs.min(axis=1)
    if column_best.min() == row_best.max():
        # A saddle point in pure strategies is exact and needs no program.
        rows, columns = np.zeros(len(payoffs)), np.zeros(payoffs.shape[1])
        rows[row_best.argmax()] = columns[column_best.argmin()] = 1.0
        value = float(row_best.max())
        return MatrixGame(value, value, rows, columns)
    rows, columns = _strategies((payoffs - lowest) / span, time_limit, method)
    secured = secured_by(payoffs, rows)
    return MatrixGame(secured, max(secured, -secured_by(-payoffs.T, columns)), rows, columns)


def solve_against_others(game: NormalFormGame, player: int, time_limit: float | None = None) -> MatrixGame:
    """Solve the zero-sum game of one player against all others together, who may correlate; parts are not looked at.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; the bounds hold for its payoffs as given, also where floats cannot hold them.
    player : int
        The row player.
    time_limit : float, optional
        Seconds for the linear program.
    """
    payoffs = np.moveaxis(game.payoffs[player], player, 0).reshape(game.num_actions[player], -1)
    if game.fractions is None:
        return solve_matrix_game(payoffs, time_limit)
    scaled = np.moveaxis(game.normalised()[player], player, 0).reshape(payoffs.shape)
    found = solve_matrix_game(scaled, time_limit)
    # The floats are the payoffs, rounded.
    rounding = Fraction(float(np.abs(payoffs).max())) * Fraction(float(np.finfo(float).eps))
    secured = rounded_down(Fraction(secured_by(payoffs, found.rows)) - rounding)
    conceded = -rounded_down(Fraction(secured_by(-payoffs.T, found.columns)) - rounding)
    return MatrixGame(secured, conceded, found.rows, found.columns)


def secured_by(payoffs: Floats, rows: Floats) -> float:
    """Return a number that the strategy ``rows`` secures, whatever the rounding errors; the largest known one.

    All columns are compared in floats, and the lowest ones again in fractions, or in extended precision when they are
    many.

    Examples
    --------
    >>> secured_by(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([0.5, 0.5]))
    1.5
    """
    used = np.flatnonzero(rows)
    chances, table = rows[used], payoffs[used]
    low = table.min()
    shifted = table - low
    sums = chances @ shifted
    slack = 2 * (len(used) + 4) * float(np.finfo(float).eps)
    near = np.flatnonzero(sums * (1 - slack) <= sums.min() * (1 + slack))
    if len(used) * len(near) <= _EXACT_PRODUCTS:
        weights = [Fraction(chance) for chance in chances.tolist()]
        columns = table[:, near].T.tolist()
        value = min(sum(w * Fraction(u) for w, u in zip(weights, column, strict=True)) for column in columns)
        return rounded_down(Fraction(value) / sum(weights))
    wide = chances.astype(np.longdouble)
    exactly = wide @ (table[:, near].astype(np.longdouble) - np.longdouble(low))
    small = (len(used) + 4) * np.finfo(np.longdouble).eps
    per_chance = exactly.min() * (1 - small) / (wide.sum() * (1 + small))
    return rounded_down(Fraction(*np.longdouble(per_chance).as_integer_ratio()) + Fraction(float(low)))


def solve_zero_sum(game: NormalFormGame, search: Search) -> Equilibria:
    """Return one equilibrium of a two-player zero-sum game and the game's value."""
    solved = solve_matrix_game(game.normalised()[0], search.remaining)
    gap = solved.conceded - solved.secured
    if gap > GAP_TOLERANCE:
        raise NotSolvedError(f"zero-sum: the duality gap is {gap:.1e} of the payoff range; use method `extreme`")
    proof = _proof(game, solved, search.remaining)
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


def _proof(
    game: NormalFormGame, solved: MatrixGame, time_limit: float | None
) -> tuple[tuple[Fraction, ...], ...] | None:
    """Return exact optimal strategies, from the corners that the simplex method finds when the first ones are not."""
    proof = prove_matrix_game(game, solved.rows, solved.columns) or prove(game, (solved.rows, solved.columns))
    if proof is not None:
        return proof
    if game.payoffs[0].size <= _RATIONAL:
        # Payoffs that differ by less than the tolerance of floats leave their support in doubt.
        found = solve_rational_game(game.exact_block(0, [range(size) for size in game.num_actions]).tolist())
        profile = (found.rows, found.columns)
        return profile if max(game.regrets(profile)) == 0 else None
    if not _SMALL < game.payoffs[0].size <= _PROVED_BY_SIMPLEX:
        return None
    try:
        corner = solve_matrix_game(game.normalised()[0], time_limit, method="highs")
    except (LimitError, NotSolvedError):
        return None
    return prove_matrix_game(game, corner.rows, corner.columns) or prove(game, (corner.rows, corner.columns))


def _of_first_player(game: NormalFormGame) -> NormalFormGame:
    """Return the game in which the second player loses exactly what the first one gets."""
    first, exact = game.payoffs[0], None if game.fractions is None else game.fractions[0]
    return NormalFormGame(
        players=game.players,
        actions=game.actions,
        payoffs=np.stack([first, -first]),
        fractions=None if exact is None else np.stack([exact, -exact]),
        rational=game.rational,
    )


def _strategies(scaled: Floats, time_limit: float | None, method: str) -> tuple[Floats, Floats]:
    """Return both players' strategies."""
    deadline = None if time_limit is None else time.monotonic() + time_limit
    small = method == "auto" and scaled.size <= _SMALL
    if method == "highs" or small:
        found = _programs(scaled, time_limit)
        if method == "highs" or _gap(scaled, found) <= _GOOD_GAP / 100:
            return found
        polished = interior_point(scaled, _GOOD_GAP, deadline)
        return found if polished is None else min(found, polished, key=lambda pair: _gap(scaled, pair))
    polished = interior_point(scaled, _GOOD_GAP, deadline)
    if polished is not None:
        return polished
    if method == "interior-point":
        raise NotSolvedError(f"interior-point: the duality gap stays above {_GOOD_GAP:.0e}; use method `highs`")
    return _programs(scaled, None if deadline is None else max(0.0, deadline - time.monotonic()))


def _gap(scaled: Floats, pair: tuple[Floats, Floats]) -> float:
    return float((scaled @ pair[1]).max() - (pair[0] @ scaled).min())


def _programs(scaled: Floats, time_limit: float | None) -> tuple[Floats, Floats]:
    """Return both players' strategies, the second from the dual when that is good enough."""
    clock = Search.start(time_limit=time_limit)
    rows, duals = _row_program(scaled, clock.remaining)
    columns = _distribution(duals)
    if _gap(scaled, (rows, columns)) > GAP_TOLERANCE / 100:
        columns = _row_program(1 - scaled.T, clock.remaining)[0]
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
