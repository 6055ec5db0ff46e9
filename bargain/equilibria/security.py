r"""What every player can be held to, and what it can secure.

The *minmax value* of player i is the least that the others can hold it to,
:math:`\min_q \max_{a_i} \sum_{a_{-i}} q(a_{-i}) u_i(a_i, a_{-i})`, where :math:`q` is a distribution over the others'
joint actions: with more than two players **the others may correlate** their actions.  By the minimax theorem it equals
the *maxmin value*, what player i can secure with a mixed strategy of its own.  (Opponents who mix independently may
be unable to hold a player down that far; that problem is not linear and is not solved here.)  Tested by duality, by
hand-solved games and by brute force over pure strategies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.separable import part_constants
from bargain.equilibria.zero_sum import MatrixGame, solve_matrix_game
from bargain.games.normal_form import NormalFormGame

__all__ = ["SecurityLevels", "security_levels"]


@dataclass(frozen=True, slots=True)
class SecurityLevels:
    """Minmax and maxmin values, one per player; iterating gives the minmax values.

    ``maxmin_strategies[i]`` secures ``maxmin[i]`` for player i, shape (m_i,).  ``punishments[i]`` is a distribution
    over the other players' joint actions, with one axis per other player in order, that holds player i to
    ``minmax[i]``; it is None for a game with parts and more than two players.  ``minmax[i] - maxmin[i]`` is the duality
    gap.
    """

    game: NormalFormGame
    minmax: tuple[float, ...]
    maxmin: tuple[float, ...]
    maxmin_strategies: tuple[NDArray[np.float64], ...]
    punishments: tuple[NDArray[np.float64] | None, ...]

    def __iter__(self) -> Iterator[float]:
        return iter(self.minmax)

    def __len__(self) -> int:
        return len(self.minmax)


def security_levels(game: NormalFormGame) -> SecurityLevels:
    """Return the minmax value of every player, against opponents who may correlate.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.

    Returns
    -------
    SecurityLevels
        Both values are recomputed from the strategies, in payoff units.

    References
    ----------
    von Neumann (1928); Maschler, Solan and Zamir (2013), *Game Theory*, chapters 4 and 10.

    Examples
    --------
    In matching pennies each side can be held to 0, by tossing a coin:

    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> [round(value, 9) for value in security_levels(pennies)]
    [0.0, 0.0]
    """
    solved = [_against_all(game, player) for player in range(game.num_players)]
    return SecurityLevels(
        game=game,
        minmax=tuple(each.conceded for each in solved),
        maxmin=tuple(each.secured for each in solved),
        maxmin_strategies=tuple(each.rows for each in solved),
        punishments=tuple(_punishment(game, player, each) for player, each in enumerate(solved)),
    )


def _against_all(game: NormalFormGame, player: int) -> MatrixGame:
    """Solve the matrix game of one player against all others together, part by part when there are parts."""
    if game.parts is None:
        return solve_matrix_game(np.moveaxis(game.payoffs[player], player, 0).reshape(game.num_actions[player], -1))
    solved = [_against_all(part.game, player) for part in game.parts]
    constant = float(part_constants(game)[player])
    rows = np.ones(game.num_actions[player])
    for part, each in zip(game.parts, solved, strict=True):
        rows = rows * each.rows[part.digits[player]]
    columns = np.ones(0)
    if game.num_players == 2:
        columns = np.ones(game.num_actions[1 - player])
        for part, each in zip(game.parts, solved, strict=True):
            columns = columns * each.columns[part.digits[1 - player]]
    secured = constant + sum(each.secured for each in solved)
    return MatrixGame(secured, constant + sum(each.conceded for each in solved), rows, columns)


def _punishment(game: NormalFormGame, player: int, solved: MatrixGame) -> NDArray[np.float64] | None:
    others = tuple(size for i, size in enumerate(game.num_actions) if i != player)
    return solved.columns.reshape(others) if solved.columns.size else None
