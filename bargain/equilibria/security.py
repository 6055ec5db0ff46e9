r"""What every player can be held to, and what it can secure.

The *minmax value* of player i is the least that the others can hold it to,
:math:`\min_q \max_{a_i} \sum_{a_{-i}} q(a_{-i}) u_i(a_i, a_{-i})`, where :math:`q` is a distribution over the others'
joint actions: with more than two players **the others may correlate** their actions.  By the minimax theorem it equals
the *maxmin value*, what player i can secure with a mixed strategy of its own.  In *pure* strategies the others can only
be sure to hold i to :math:`\min_{a_{-i}} \max_{a_i} u_i`, and i can only secure :math:`\max_{a_i} \min_{a_{-i}} u_i`.
Three or more players who mix *independently* may be unable to hold a player down as far as if they correlate; that
problem is not linear (nor easy: Borgs et al. 2010), so that only bounds are given: the correlated value from below, the
best independent punishment that was found from above.  Small games are solved in fractions.  Tested by duality, by
hand-solved games, by brute force over pure strategies and over grids of independent ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.late import on_demand
from bargain.equilibria.rational_programs import solve_rational_game
from bargain.equilibria.separable import part_constants
from bargain.games.exact_numbers import rounded_down, rounded_up
from bargain.games.normal_form import NormalFormGame

__all__ = ["EXACT_SIZE", "PureLevels", "SecurityLevels", "independent_bounds", "pure_levels", "security_levels"]

EXACT_SIZE = 400
"""Profiles up to which ``exact=None`` means fractions."""

_ROUNDS = 20
"""Rounds of improving independent punishments; each one takes a small program per opponent."""

Number = float | Fraction

_solve_matrix_game = on_demand("zero_sum:solve_matrix_game")
_solve_against_others = on_demand("zero_sum:solve_against_others")


@dataclass(frozen=True, slots=True)
class SecurityLevels:
    """Minmax and maxmin values, one per player; iterating gives the minmax values.

    ``maxmin_strategies[i]`` secures ``maxmin[i]`` for player i, shape (m_i,).  ``punishments[i]`` is a distribution
    over the other players' joint actions, with one axis per other player in order, that holds player i to
    ``minmax[i]``; it is None for a game with parts and more than two players.  ``minmax[i] - maxmin[i]`` is the duality
    gap, zero when the numbers are ``exact`` (Fractions).
    """

    game: NormalFormGame
    minmax: tuple[Number, ...]
    maxmin: tuple[Number, ...]
    maxmin_strategies: tuple[NDArray[Any], ...]
    punishments: tuple[NDArray[Any] | None, ...]
    exact: bool = False

    def __iter__(self) -> Iterator[Number]:
        return iter(self.minmax)

    def __len__(self) -> int:
        return len(self.minmax)


@dataclass(frozen=True, slots=True)
class PureLevels:
    """What every player can be held to, and can secure, in pure strategies, with the actions that do it.

    ``punishments[i]`` holds the others' actions, with i's best reply in its own place; ``actions[i]`` is what player i
    plays to secure ``maxmin[i]``.
    """

    minmax: tuple[float, ...]
    maxmin: tuple[float, ...]
    punishments: tuple[tuple[int, ...], ...]
    actions: tuple[int, ...]


def security_levels(game: NormalFormGame, exact: bool | None = False) -> SecurityLevels:
    """Return the minmax value of every player, against opponents who may correlate.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    exact : bool or None
        Whether to answer in Fractions; None does so up to 400 profiles.

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
    size = game.payoffs[0].size
    if exact or (exact is None and size <= EXACT_SIZE):
        return _exact_levels(game)
    solved = [_against_all(game, player) for player in range(game.num_players)]
    return SecurityLevels(
        game=game,
        minmax=tuple(each.conceded for each in solved),
        maxmin=tuple(each.secured for each in solved),
        maxmin_strategies=tuple(each.rows for each in solved),
        punishments=tuple(_punishment(game, player, each) for player, each in enumerate(solved)),
    )


def pure_levels(game: NormalFormGame) -> PureLevels:
    """Return the minmax and maxmin values of every player in pure strategies.

    Examples
    --------
    In matching pennies a player that has to show its coin first loses:

    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> pure_levels(pennies).minmax, pure_levels(pennies).maxmin
    ((1.0, 1.0), (-1.0, -1.0))
    """
    minmax, maxmin, punishments, actions = [], [], [], []
    for player in range(game.num_players):
        ranks = np.moveaxis(game.ordinal(player), player, 0).reshape(game.num_actions[player], -1)
        pays = np.moveaxis(game.payoffs[player], player, 0).reshape(ranks.shape)
        column, row = int(ranks.max(axis=0).argmin()), int(ranks.min(axis=1).argmax())
        reply = int(ranks[:, column].argmax())
        others = [size for i, size in enumerate(game.num_actions) if i != player]
        told = [int(k) for k in np.unravel_index(column, others)] if others else []
        minmax.append(float(pays[reply, column]))
        maxmin.append(float(pays[row, int(ranks[row].argmin())]))
        punishments.append((*told[:player], reply, *told[player:]))
        actions.append(row)
    return PureLevels(tuple(minmax), tuple(maxmin), tuple(punishments), tuple(actions))


def independent_bounds(game: NormalFormGame, player: int) -> tuple[float, float]:
    """Return bounds on what a player can be held to by opponents who mix independently.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; with two the bounds are the value, up to the duality gap.
    player : int
        Who is held down.

    Returns
    -------
    (float, float)
        The correlated minmax value, and the payoff that the best independent punishment found leaves.

    References
    ----------
    Borgs, Chayes, Immorlica, Kalai, Mirrokni and Papadimitriou (2010), "The myth of the folk theorem".
    """
    table = np.moveaxis(game.payoffs[player], player, 0)
    joint = _solve_against_others(game, player)
    if table.ndim <= 2:
        return joint.secured, joint.conceded
    pure = pure_levels(game).punishments[player]
    told = [np.eye(size)[a] for i, (size, a) in enumerate(zip(game.num_actions, pure, strict=True)) if i != player]
    chances = joint.columns.reshape(table.shape[1:])
    spread = [chances.sum(axis=tuple(k for k in range(chances.ndim) if k != j)) for j in range(chances.ndim)]
    return joint.secured, min(_improved(table, start) for start in (told, spread))


def _improved(table: NDArray[np.float64], mixtures: list[NDArray[np.float64]]) -> float:
    """Return what is left after each opponent in turn has done its best, given the others, until nothing changes."""
    best = float(_left(table, mixtures, None).max())
    for _ in range(_ROUNDS):
        before = best
        for j in range(len(mixtures)):
            trial = list(mixtures)
            trial[j] = _solve_matrix_game(_left(table, mixtures, j)).columns
            left = float(_left(table, trial, None).max())
            if left < best:
                best, mixtures = left, trial
        if best >= before - 1e-12 * float(np.ptp(table)):
            break
    return best


def _left(table: NDArray[np.float64], mixtures: list[NDArray[np.float64]], free: int | None) -> NDArray[np.float64]:
    """Return the player's payoffs per own action (and per action of opponent ``free``) against the mixtures."""
    for j in reversed(range(len(mixtures))):
        if j != free:
            table = np.moveaxis(table, 1 + j, -1) @ mixtures[j]
    return table


def _exact_levels(game: NormalFormGame) -> SecurityLevels:
    solved = []
    for player in range(game.num_players):
        block = np.moveaxis(game.exact_block(player, [range(size) for size in game.num_actions]), player, 0)
        solved.append(solve_rational_game(block.reshape(len(block), -1).tolist()))
    others = [tuple(m for i, m in enumerate(game.num_actions) if i != player) for player in range(game.num_players)]
    values = tuple(each.value for each in solved)
    return SecurityLevels(
        game=game,
        minmax=values,
        maxmin=values,
        maxmin_strategies=tuple(np.array(each.rows, dtype=object) for each in solved),
        punishments=tuple(
            np.array(each.columns, dtype=object).reshape(shape) for each, shape in zip(solved, others, strict=True)
        ),
        exact=True,
    )


def _against_all(game: NormalFormGame, player: int) -> Any:
    """Solve the matrix game of one player against all others together, part by part when there are parts."""
    if game.parts is None:
        return _solve_against_others(game, player)
    solved = [_against_all(part.game, player) for part in game.parts]
    rows = np.ones(game.num_actions[player])
    for part, each in zip(game.parts, solved, strict=True):
        rows = rows * each.rows[part.digits[player]]
    columns = np.ones(0)
    if game.num_players == 2:
        columns = np.ones(game.num_actions[1 - player])
        for part, each in zip(game.parts, solved, strict=True):
            columns = columns * each.columns[part.digits[1 - player]]
    constant = part_constants(game)[player]
    slack = Fraction(0 if game.rational else _rounding_of_sums(game, player))
    low = constant + sum((Fraction(each.secured) for each in solved), Fraction(0)) - slack
    high = constant + sum((Fraction(each.conceded) for each in solved), Fraction(0)) + slack
    return solved[0]._replace(secured=rounded_down(low), conceded=rounded_up(high), rows=rows, columns=columns)


def _rounding_of_sums(game: NormalFormGame, player: int) -> float:
    """Return what rounding may change in payoffs and probabilities that come from parts."""
    largest = abs(float(part_constants(game)[player]))
    largest += sum(float(np.abs(part.game.payoffs[player]).max()) for part in game.parts or ())
    return 4 * len(game.parts or ()) * float(np.finfo(float).eps) * largest


def _punishment(game: NormalFormGame, player: int, solved: Any) -> NDArray[np.float64] | None:
    others = tuple(size for i, size in enumerate(game.num_actions) if i != player)
    return solved.columns.reshape(others) if solved.columns.size else None
