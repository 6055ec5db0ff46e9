"""Exact linear algebra on small systems: floats propose, integers decide.

Payoffs as given (floats are dyadic rationals) are multiplied by a common denominator, so that every number is a Python
int of any length, and systems are solved by fraction-free elimination (Bareiss 1968), in which all divisions are exact.
Tested against Fractions and by substituting the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.games.normal_form import NormalFormGame
from bargain.games.whole_numbers import whole_table

__all__ = ["PositivePayoffs", "positive_integers", "positive_payoffs", "prove", "solve"]

_TIGHT = 1e-7
"""Probabilities and slacks below this may be zero; it only selects systems to solve, the exact answers decide."""

_LARGEST_SYSTEM = 60
"""Supports up to this size are solved exactly; the integers of larger ones grow too long."""


class PositivePayoffs(NamedTuple):
    """A player's payoffs u as integers ``table`` = u * ``denominator`` - ``offset``, between ``scale`` and twice that.

    ``scale`` is the payoff range times the denominator, and 1 for constant payoffs.
    """

    table: NDArray[np.object_]
    scale: int
    offset: int
    denominator: int


def positive_payoffs(game: NormalFormGame, player: int) -> PositivePayoffs:
    """Return a player's payoffs as positive integers, a positive affine image with the same best responses."""
    whole, denominator = whole_table((game.payoffs if game.fractions is None else game.fractions)[player])
    lowest: int = whole.min()
    scale: int = whole.max() - lowest or 1
    return PositivePayoffs(whole - lowest + scale, scale, lowest - scale, denominator)


def positive_integers(game: NormalFormGame, player: int) -> tuple[NDArray[np.object_], int]:
    """Return the table and the scale of :func:`positive_payoffs`."""
    return positive_payoffs(game, player)[:2]


def solve(rows: Sequence[Sequence[int]]) -> tuple[list[int], int] | None:
    """Solve a linear system with a unique solution, exactly.

    Parameters
    ----------
    rows : sequence of sequences of k + 1 ints
        Coefficients and right-hand side of each of k or more equations.

    Returns
    -------
    (list of k ints, int) or None
        Numerators and the common positive denominator; None when there is no solution or more than one.

    Examples
    --------
    >>> solve([[1, 1, 3], [1, -1, 1]])
    ([4, 2], 2)
    """
    table = [list(row) for row in rows]
    size = len(table[0]) - 1
    previous = 1
    for k in range(size):
        pivot = next((i for i in range(k, len(table)) if table[i][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        top = table[k]
        head = top[k]
        for i, row in enumerate(table):
            if i != k:
                factor = row[k]
                table[i] = [(head * a - factor * b) // previous for a, b in zip(row, top, strict=True)]
        previous = head
    if any(row[size] for row in table[size:]):
        return None
    sign = 1 if previous > 0 else -1
    return [sign * table[k][size] for k in range(size)], sign * previous


def prove(game: NormalFormGame, strategies: Sequence[Any]) -> tuple[tuple[Fraction, ...], ...] | None:
    """Return the exact equilibrium of a two-player game next to an approximate one, if it can be found.

    The strategies are re-solved on their supports from the indifference of the other player, and the result is
    returned only when its regret is exactly zero.
    """
    supports, tight = [], []
    for player in (0, 1):
        chances = np.asarray(strategies[player], dtype=float)
        supports.append([int(a) for a in np.flatnonzero(chances > _TIGHT)])
        scaled = game.normalised()[player]
        values = scaled @ strategies[1] if player == 0 else np.asarray(strategies[0]) @ scaled
        tight.append([int(a) for a in np.flatnonzero(values >= values.max() - _TIGHT)])
    if not all(supports) or max(map(len, supports)) > _LARGEST_SYSTEM:
        return None
    whole = [positive_integers(game, player)[0] for player in (0, 1)]
    found = []
    for player, other in ((0, 1), (1, 0)):
        table = whole[other] if player == 0 else whole[other].T
        strategy = next(
            filter(None, (_on_support(table, supports[player], best) for best in (tight[other], supports[other]))), None
        )
        if strategy is None:
            return None
        found.append(strategy)
    profile = (found[0], found[1])
    return profile if max(game.regrets(profile)) == 0 else None


def _on_support(table: NDArray[Any], support: Sequence[int], best: Sequence[int]) -> tuple[Fraction, ...] | None:
    """Return the strategy on ``support`` (rows) that makes ``best`` columns pay the same, if unique and positive."""
    solved = solve([[*(table[a, b] for a in support), 1] for b in best])
    if solved is None or min(solved[0]) <= 0:
        return None
    chances = dict(zip(support, solved[0], strict=True))
    total = sum(solved[0])
    return tuple(Fraction(chances.get(a, 0), total) for a in range(len(table)))
