r"""Games made of separable components, and how their strategies add up.

When every payoff is a sum of terms and no term ties two groups of levers together, the game splits into *parts*: an
action is one sub-action per part, and :math:`u_i(a) = c_i + \sum_k u_i^k(a^k)`.  A profile is an equilibrium of the
whole game exactly when its marginals on every part are an equilibrium of that part (Folmer, van Mouche and Ragland
1993), so that solving the parts solves the game.  Tested by that theorem against brute force on the whole game.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.normal_form import GamePart, NormalFormGame

__all__ = [
    "MEMORY_LIMIT",
    "GamePart",
    "combine",
    "join_strategies",
    "largest_difference",
    "marginals",
    "mixed_radix",
]

MEMORY_LIMIT = 2 * 2**30
"""Bytes that a payoff tensor may take."""

_EXACT_ENTRIES = 20_000
"""Fractions of the whole game are kept up to this number of payoffs; beyond, the parts alone are exact."""


_CACHED = 50_000
"""Payoffs that are compared with the sums at a time."""


def mixed_radix(sizes: Sequence[int]) -> tuple[NDArray[np.intp], ...]:
    """Return the digits of 0, 1, 2, ... in a system with the given bases, the last digit running fastest.

    Examples
    --------
    >>> [digit.tolist() for digit in mixed_radix((2, 3))]
    [[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]]
    """
    if not sizes:
        return ()
    return tuple(digit.astype(np.intp) for digit in np.unravel_index(np.arange(prod(sizes)), tuple(sizes)))


def combine(
    games: Sequence[NormalFormGame],
    digits: Sequence[Sequence[NDArray[np.intp]]] | None = None,
    *,
    constant: Sequence[float] | None = None,
    actions: Sequence[Sequence[str]] | None = None,
    action_levels: tuple[tuple[Mapping[int, float], ...], ...] | None = None,
    memory_limit: int = MEMORY_LIMIT,
) -> NormalFormGame:
    """Return the game in which all parts are played at once and payoffs add up.

    Parameters
    ----------
    games : sequence of NormalFormGame
        The parts, all with the same players.
    digits : sequence of sequences of int arrays, optional
        ``digits[k][i][a]`` is player i's action in part k when it plays action a of the whole game.  By default the
        actions are all combinations, those of the last part running fastest.
    constant : sequence of n numbers, optional
        Added to every payoff of each player.
    actions : sequence of sequence of str, optional
        Names of the actions; by default the parts' names joined by commas.
    action_levels : tuple, optional
        Passed on to the game.
    memory_limit : int
        Bytes that the payoff tensor may take.

    Raises
    ------
    LimitError
        The payoff tensor would not fit; nothing was allocated.

    Examples
    --------
    >>> one = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> combine([one, one])
    NormalFormGame(1, 2; 4 x 4 actions)
    """
    if not games:
        raise ValueError("no parts to combine")
    players = games[0].players
    if any(game.players != players for game in games):
        raise ValueError("all parts must have the same players, in the same order")
    count = len(players)
    if digits is None:
        radices = [mixed_radix([game.num_actions[i] for game in games]) for i in range(count)]
        digits = [[radices[i][k] for i in range(count)] for k in range(len(games))]
    sizes = tuple(len(each) for each in digits[0])
    _predict(count, sizes, memory_limit)
    parts = tuple(GamePart(game, tuple(each)) for game, each in zip(games, digits, strict=True))
    shift = [0] * count if constant is None else list(constant)
    payoffs = np.empty((count, *sizes))
    for i in range(count):
        payoffs[i] = float(shift[i])
        for part in parts:
            payoffs[i] += part.game.payoffs[i][np.ix_(*part.digits)]
    payoffs.setflags(write=False)
    fractions, rational = _exactly(parts, shift, sizes)
    return NormalFormGame(
        players=players,
        actions=_labels(parts, sizes) if actions is None else tuple(tuple(each) for each in actions),
        payoffs=payoffs,
        fractions=fractions,
        rational=rational,
        parts=parts,
        action_levels=action_levels,
    )


def join_strategies(game: NormalFormGame, marginal: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """Return the strategies of the whole game in which every player plays its parts independently.

    Parameters
    ----------
    game : NormalFormGame
        A game with parts.
    marginal : sequence over parts of profiles
        ``marginal[k][i]`` is player i's strategy in part k.

    Returns
    -------
    tuple of n arrays of floats, or tuples of Fractions when all marginals are exact
    """
    parts = _parts_of(game)
    exact = not any(_is_float(strategy) for profile in marginal for strategy in profile)
    joined: list[Any] = []
    for i, size in enumerate(game.num_actions):
        used = np.ones(size, dtype=bool)
        for part, profile in zip(parts, marginal, strict=True):
            used &= np.asarray(profile[i], dtype=bool)[part.digits[i]]
        strategy: Any = np.full(size, Fraction(0), dtype=object) if exact else np.zeros(size)
        strategy[used] = Fraction(1) if exact else 1.0
        for part, profile in zip(parts, marginal, strict=True):
            strategy[used] *= np.asarray(profile[i], dtype=object if exact else float)[part.digits[i][used]]
        joined.append(tuple(strategy) if exact else strategy)
    return tuple(joined)


def marginals(game: NormalFormGame, strategies: Sequence[Any]) -> tuple[tuple[NDArray[np.float64], ...], ...]:
    """Return the marginal profile on every part, the inverse of :func:`join_strategies` up to correlation."""
    return tuple(
        tuple(
            _sums(part.digits[i], np.asarray(strategy, dtype=float), part.game.num_actions[i])
            for i, strategy in enumerate(strategies)
        )
        for part in _parts_of(game)
    )


def largest_difference(game: NormalFormGame, player: int, constant: float) -> float:
    """Return by how much a player's payoffs differ at most from ``constant`` and the sums of the parts' payoffs."""
    parts = _parts_of(game)
    sizes = game.num_actions
    pieces = [
        part.game.payoffs[player][np.ix_(np.arange(part.game.num_actions[0]), *part.digits[1:])].reshape(
            part.game.num_actions[0], -1
        )
        for part in parts
    ]
    table = game.payoffs[player].reshape(sizes[0], -1)
    # Compared in blocks that fit into a cache.
    rows = max(1, _CACHED // table.shape[1])
    rest, piece = np.empty((2, rows, table.shape[1]))
    largest = 0.0
    for start in range(0, sizes[0], rows):
        count = min(rows, sizes[0] - start)
        np.subtract(table[start : start + count], constant, out=rest[:count])
        for part, each in zip(parts, pieces, strict=True):
            each.take(part.digits[0][start : start + count], 0, out=piece[:count], mode="clip")
            rest[:count] -= piece[:count]
        largest = max(largest, float(rest[:count].max()), -float(rest[:count].min()))
    return largest


def _sums(digits: NDArray[np.intp], weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(digits, weights=weights, minlength=size).astype(np.float64)


def _is_float(strategy: Sequence[Any]) -> bool:
    return any(isinstance(p, (float, np.floating)) for p in strategy)


def _parts_of(game: NormalFormGame) -> tuple[GamePart, ...]:
    if game.parts is None:
        raise ValueError("the game has no separable parts")
    return game.parts


def _predict(count: int, sizes: tuple[int, ...], limit: int) -> None:
    needed = 8 * count * prod(sizes)
    if needed > limit:
        shape = " x ".join(map(str, sizes))
        raise LimitError(
            f"the payoffs of a {shape} game with {count} players need {needed / 2**30:.1f} GiB, more than the limit of "
            f"{limit / 2**30:.1f} GiB; use fewer levels per lever or a coarser grid"
        )


def _labels(parts: Sequence[GamePart], sizes: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    labels = []
    for i, size in enumerate(sizes):
        names = [[part.game.actions[i][d] for d in part.digits[i]] for part in parts if part.game.num_actions[i] > 1]
        labels.append(tuple(map(", ".join, zip(*names, strict=True))) if names else ("-",) * size)
    return tuple(labels)


def _exactly(parts: Sequence[GamePart], constant: Sequence[Any], sizes: tuple[int, ...]) -> tuple[Any, bool]:
    """Return the payoffs in Fractions when floats do not hold them and the game is small, and whether it is exact."""
    if not all(part.game.rational for part in parts) or any(isinstance(value, float) for value in constant):
        return None, False
    largest = sum(float(np.abs(part.game.payoffs).max()) for part in parts) + max(abs(float(c)) for c in constant)
    whole = all(part.game.fractions is None and (part.game.payoffs % 1 == 0).all() for part in parts)
    if whole and largest <= 2**53 and all(c == int(c) for c in constant):
        return None, True
    if len(sizes) * prod(sizes) > _EXACT_ENTRIES:
        return None, False
    tables = []
    for i, shift in enumerate(constant):
        blocks = [part.game.exact_block(i, [range(m) for m in part.game.num_actions]) for part in parts]
        table = np.full(sizes, Fraction(shift), dtype=object)
        for part, block in zip(parts, blocks, strict=True):
            table = table + block[np.ix_(*part.digits)]
        tables.append(table)
    return np.stack(tables), True
