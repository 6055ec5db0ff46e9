"""Equilibria in exact fractions: linear subgames solved exactly, other solutions guessed from floats and then proved.

When only two players mix, each one's indifference conditions are linear in the other's strategy, and are solved in
rationals.  A solution of other conditions may be rational too; a guess is one when it fulfils the conditions exactly.
Tested through :mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from bargain.games.normal_form import NormalFormGame

__all__ = ["NONE", "indifferent", "linear_solution", "near_rational"]

NONE = "none"
"""There is no equilibrium on the support profile; in contrast to None, which means that this is not known."""

Exact = tuple[tuple[Fraction, ...], ...]
Supports = Sequence[Sequence[int]]

_DENOMINATOR = 10_000


def linear_solution(game: NormalFormGame, supports: Supports) -> Exact | str | None:
    """Return the only solution of the conditions of a profile in which two players mix.

    Returns
    -------
    exact strategies, ``NONE`` or None
        Strategies with these supports that make all used actions pay the same (unused ones were not looked at);
        :data:`NONE` when there are none; None when there may be infinitely many.

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> linear_solution(pennies, [(0, 1), (0, 1)])[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    mixing = [i for i, support in enumerate(supports) if len(support) > 1]
    if len(mixing) != 2:
        return None
    block = {i: game.exact_block(i, supports) for i in mixing}
    axis = tuple(i for i in range(game.num_players) if i not in mixing)
    one, two = mixing
    sides = [_weights(block[two].squeeze(axis)), _weights(block[one].squeeze(axis).T)]
    if any(isinstance(side, str) for side in sides):
        return NONE
    if sides[0] is None or sides[1] is None:
        return None
    chances: dict[int, Any] = dict(zip(mixing, sides, strict=True))
    return _padded(game, supports, [chances.get(i, (Fraction(1),)) for i in range(game.num_players)])


def _weights(payoffs: NDArray[Any]) -> tuple[Fraction, ...] | str | None:
    """Return positive weights of the rows that make all columns pay the same; NONE, or None for infinitely many."""
    rows, columns = payoffs.shape
    system = fmpq_mat(columns, rows + 1)
    for r in range(rows):
        system[0, r] = fmpq(1)
        for c in range(1, columns):
            gap = Fraction(payoffs[r, c]) - Fraction(payoffs[r, 0])
            system[c, r] = fmpq(gap.numerator, gap.denominator)
    system[0, rows] = fmpq(1)
    reduced, rank = system.rref()
    if any(all(reduced[k, r] == 0 for r in range(rows)) and reduced[k, rows] != 0 for k in range(columns)):
        return NONE
    if rank < rows:
        return None
    found = tuple(Fraction(int(reduced[r, rows].p), int(reduced[r, rows].q)) for r in range(rows))
    return found if min(found) > 0 else NONE


def _padded(game: NormalFormGame, supports: Supports, chances: Sequence[Sequence[Fraction]]) -> Exact:
    strategies = []
    for size, support, weights in zip(game.num_actions, supports, chances, strict=True):
        full = [Fraction(0)] * size
        for action, weight in zip(support, weights, strict=True):
            full[action] = weight
        strategies.append(tuple(full))
    return tuple(strategies)


def near_rational(game: NormalFormGame, supports: Supports, center: NDArray[Any], radius: NDArray[Any]) -> Exact | None:
    """Return the rational solution in a box that holds exactly one solution, if a guess succeeds.

    Parameters
    ----------
    center : array
        Probabilities of the used actions, player after player; those of the first used actions follow from the others.
    radius : array
        How far from them the solution can be, without those of the first used actions.
    """
    chances, at, room = [], 0, iter(radius)
    for support in supports:
        rest = []
        for k in range(at + 1, at + len(support)):
            guess = Fraction(float(center[k])).limit_denominator(_DENOMINATOR)
            if abs(float(guess - Fraction(float(center[k])))) > next(room):
                return None
            rest.append(guess)
        chances.append((1 - sum(rest, Fraction(0)), *rest))
        at += len(support)
    strategies = _padded(game, supports, chances)
    return strategies if indifferent(game, supports, strategies) else None


def indifferent(game: NormalFormGame, supports: Supports, strategies: Exact) -> bool:
    """Whether all actions of every player's support pay exactly the same."""
    for i, support in enumerate(supports):
        if len(support) > 1:
            values = game.deviation_payoffs(i, strategies)[np.asarray(support)]
            if any(value != values[0] for value in values):
                return False
    return True
