r"""From the supports that floats found to an exact equilibrium, or to a rigorous bound on what is missing.

The strategy of one player makes the other indifferent on a set of actions, which is a linear system in the payoffs as
given.  python-flint solves it exactly (by p-adic lifting: a system of 300 in about a second), and the answer counts
only when no probability is negative and the game itself says that the regret is zero.  Tested by regret from the
definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from bargain.equilibria.profiles import make_profile
from bargain.games.normal_form import NormalFormGame
from bargain.games.whole_numbers import whole_table
from bargain.results import Profile

__all__ = ["LARGEST_EXACT", "bounded_profile", "proved_profile"]

LARGEST_EXACT = 300
"""Supports up to this size are solved exactly; the integers of larger ones take too long."""

Strategy = tuple[Fraction, ...]


def proved_profile(game: NormalFormGame, supports: tuple[Sequence[int], Sequence[int]]) -> Profile | None:
    """Return the exact equilibrium of a two-player game on two equally large sets of actions, if there is one.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    supports : two sequences of int
        Actions that may be used; each player is made indifferent between all of them.

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> proved_profile(pennies, ([0, 1], [0, 1])).strategies[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    rows, columns = sorted(supports[0]), sorted(supports[1])
    if len(rows) != len(columns) or not rows or len(rows) > LARGEST_EXACT:
        return None
    first = _indifferent(_whole_block(game, 1, rows, columns).T, rows, game.num_actions[0])
    second = _indifferent(_whole_block(game, 0, rows, columns), columns, game.num_actions[1])
    if first is None or second is None:
        return None
    profile = make_profile(game, (first, second))
    return profile if profile.regret == 0 else None


def _whole_block(game: NormalFormGame, player: int, rows: Sequence[int], columns: Sequence[int]) -> NDArray[np.object_]:
    """Return a player's payoffs on a block as positive ints: shifted by the range less the smallest, and scaled."""
    table: NDArray[Any] = (game.payoffs if game.fractions is None else game.fractions)[player]
    block = table[np.ix_(rows, columns)]
    whole = whole_table(np.append(block.ravel(), [table.min(), table.max()])).numerators
    lowest, highest = whole[-2], whole[-1]
    made: NDArray[np.object_] = (whole[:-2] - lowest + (highest - lowest or 1)).reshape(block.shape)
    return made


def _indifferent(payoffs: NDArray[np.object_], support: Sequence[int], size: int) -> Strategy | None:
    """Return the strategy on ``support`` that makes all rows of ``payoffs`` pay the same; None when it has none."""
    k = len(support)
    try:
        solved: Any = fmpz_mat(k, k, payoffs.ravel().tolist()).solve(fmpz_mat(k, 1, [1] * k))
    except ZeroDivisionError:
        return None
    numerators, denominator = solved.numer_denom()
    weights = [int(weight) for weight in numerators.entries()]
    if denominator < 0:
        weights = [-weight for weight in weights]
    if min(weights) < 0:
        return None
    total = sum(weights)
    chances = dict(zip(support, weights, strict=True))
    return tuple(Fraction(chances.get(a, 0), total) for a in range(size))


def bounded_profile(game: NormalFormGame, strategies: Sequence[NDArray[np.float64]]) -> Profile:
    """Return a profile of floats with payoffs, and a regret that bounds the true one from above.

    The bound covers the rounding of its own computation and of probabilities that do not add up to exactly 1.
    """
    x, y = (np.clip(strategy, 0, None) for strategy in strategies)
    x, y = x / x.sum(), y / y.sum()
    payoffs, regrets = game.payoffs_and_regrets((x, y))
    worst = 0.0
    for player, (table, other) in enumerate(((game.payoffs[0], y), (game.payoffs[1], x))):
        largest = float(np.abs(table).max())
        terms = np.count_nonzero(x) + np.count_nonzero(y) + len(other) + 8
        worst = max(worst, float(regrets[player]) + 8 * terms * float(np.finfo(float).eps) * largest)
    for strategy in (x, y):
        strategy.setflags(write=False)
    return Profile((x, y), payoffs, worst)
