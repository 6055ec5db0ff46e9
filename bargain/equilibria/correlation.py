r"""Correlated equilibria by linear programming.

A distribution :math:`\pi` over profiles is a *correlated equilibrium* when no player gains by deviating from what it is
told to play: :math:`\sum_{a_{-i}} \pi(a_i, a_{-i}) [u_i(b_i, a_{-i}) - u_i(a_i, a_{-i})] \le 0` for all
:math:`a_i, b_i` (Aumann 1974).  These are linear constraints, so that the best or the worst one is a linear program.
Tested by the definition, by the nesting of Nash inside correlated equilibria, and by Aumann's game of chicken.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack, vstack

from bargain.equilibria.programs import minimise
from bargain.errors import LimitError
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction, eliminate_dominated

__all__ = ["OBJECTIVES", "Correlated", "correlated"]

OBJECTIVES = ("welfare", "egalitarian", "worst")

_MAX_COEFFICIENTS = 20_000_000
"""Coefficients of the incentive constraints; more need more than about 1 GiB."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correlated:
    """A correlated equilibrium.

    ``distribution`` has shape (m_1, ..., m_n) and adds up to 1.  ``violation`` is the largest amount by which an
    incentive constraint is violated, recomputed from the definition, as a fraction of that player's payoff range.
    ``value`` is the objective: the sum of payoffs (largest or smallest), or the smallest payoff.
    """

    game: NormalFormGame
    objective: str
    distribution: Floats
    payoffs: tuple[float, ...]
    value: float
    violation: float


def correlated(game: NormalFormGame, objective: str = "welfare", time_limit: float | None = None) -> Correlated:
    """Return the best or worst correlated equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    objective : {"welfare", "egalitarian", "worst"}
        Largest sum of payoffs, largest smallest payoff, or smallest sum of payoffs; payoffs in their own units.
    time_limit : float, optional
        Seconds for the linear program.

    Raises
    ------
    ValueError
        The objective is not known.
    LimitError
        The program would be too large, or the time was not enough.

    Notes
    -----
    Strictly dominated actions are eliminated first: no correlated equilibrium uses them.

    Examples
    --------
    Aumann's chicken, where the best correlated equilibrium beats the pure ones:

    >>> chicken = NormalFormGame.from_payoffs([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> round(correlated(chicken).value, 9)
    10.5
    """
    if objective not in OBJECTIVES:
        nearest = get_close_matches(objective, OBJECTIVES, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"unknown objective {objective!r}; known are {', '.join(OBJECTIVES)}{hint}")
    reduction = eliminate_dominated(game)
    solved = _solve(reduction.game, objective, time_limit)
    distribution = np.zeros(game.num_actions)
    distribution[np.ix_(*map(list, reduction.survivors))] = solved
    distribution.setflags(write=False)
    payoffs = tuple(float((distribution * table).sum()) for table in game.payoffs)
    value = min(payoffs) if objective == "egalitarian" else sum(payoffs)
    return Correlated(game, objective, distribution, payoffs, value, _violation(game, reduction, distribution))


def _solve(game: NormalFormGame, objective: str, time_limit: float | None) -> Floats:
    coefficients = sum(m * (m - 1) * prod(game.num_actions) // m for m in game.num_actions)
    if coefficients > _MAX_COEFFICIENTS:
        raise LimitError(
            f"correlated equilibria of this game need {coefficients:,} coefficients, more than {_MAX_COEFFICIENTS:,}; "
            "use a coarser grid or solve separable parts one by one"
        )
    scaled = game.normalised()
    count = prod(game.num_actions)
    rows: Any = vstack([_incentives(scaled[i], i) for i in range(game.num_players)], format="csr")
    flat = game.payoffs.reshape(game.num_players, -1)
    scale = max(game.spans) or 1.0
    centred = (flat - flat.mean(axis=1, keepdims=True)) / scale
    if objective == "egalitarian":
        # The last variable is t, with t <= u_i for every player i, in units of the largest range.
        level = (flat - flat.mean(axis=1).min()) / scale
        rows = hstack([rows, csr_array((rows.shape[0], 1))], format="csr")
        rows = vstack([rows, csr_array(np.column_stack([-level, np.ones(game.num_players)]))], format="csr")
        cost, free = np.append(np.zeros(count), -1.0), 1
    else:
        cost, free = centred.sum(axis=0) * (1 if objective == "worst" else -1), 0
    equal = csr_array(np.append(np.ones(count), np.zeros(free))[None])
    solved = minimise(cost, (rows, np.zeros(rows.shape[0])), (equal, np.ones(1)), free, time_limit)
    weights = np.clip(solved.x[:count], 0, None)
    distribution: Floats = (weights / weights.sum()).reshape(game.num_actions)
    return distribution


def _incentives(table: Floats, player: int) -> Any:
    """Return the constraints of one player as a sparse matrix: one row per pair of told and played action."""
    m = table.shape[player]
    index = np.moveaxis(np.arange(table.size).reshape(table.shape), player, 0).reshape(m, -1)
    own = np.moveaxis(table, player, 0).reshape(m, -1)
    told, played = np.nonzero(~np.eye(m, dtype=bool))
    gains = own[played] - own[told]
    line = np.repeat(np.arange(len(told)), own.shape[1])
    return coo_array((gains.ravel(), (line, index[told].ravel())), shape=(len(told), table.size))


def _violation(game: NormalFormGame, reduction: Reduction, distribution: Floats) -> float:
    """Return the largest gain from disobeying an order, weighted by the order's probability, from the definition."""
    worst = 0.0
    for player, span in enumerate(game.spans):
        if span == 0:
            continue
        table = np.moveaxis(game.payoffs[player], player, 0).reshape(game.num_actions[player], -1)
        orders = np.moveaxis(distribution, player, 0).reshape(game.num_actions[player], -1)
        told = np.array(reduction.survivors[player])
        used = np.flatnonzero(orders.any(axis=0))
        gains = orders[told][:, used] @ table[:, used].T
        obeyed = (orders[told][:, used] * table[told][:, used]).sum(axis=1)
        worst = max(worst, float((gains - obeyed[:, None]).max()) / span)
    return max(0.0, worst)
