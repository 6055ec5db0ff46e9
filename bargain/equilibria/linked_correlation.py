r"""Optimal correlated equilibria of separable games, part by part.

Let :math:`u_i(a) = c_i + \sum_k u_i^k(a^k)`.  *The marginals of a correlated equilibrium are correlated equilibria of
the parts*: add up the constraints against changing :math:`a_i^k` to :math:`b_i^k` and nothing else, over all orders
with the same :math:`a_i^k`; what is left is the constraint of part k.  *The product of correlated equilibria of the
parts is one of the game*: given its order, a player expects the others' orders on part k to depend on its own order
on part k only, so that a deviation gains the sum of what it gains on the parts, each of which is at most 0.  The sum
of payoffs is a sum over parts, so the largest (smallest) sum is reached by the product of the parts' best (worst)
equilibria, and the parts' multipliers, put on deviations that change one part only, prove it.  Neither holds for
coarse correlated equilibria, and the smallest payoff is not a sum over parts; these are solved as a whole.  Tested
against the whole program.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.correlation_programs import Multipliers
from bargain.equilibria.incentives import Incentives, Rows
from bargain.equilibria.separable import part_constants
from bargain.games.exact_numbers import rounded_down, rounded_up
from bargain.games.normal_form import GamePart, NormalFormGame

__all__ = ["LinkedParts", "linked_bound", "linked_multipliers", "linked_parts"]

_LARGEST_EXACT = 20_000
"""Profiles up to which a distribution is multiplied out in Fractions."""

_EPS = float(np.finfo(float).eps)


class LinkedParts(NamedTuple):
    """The parts of a game, and whether its payoffs are exactly their sums."""

    sizes: tuple[int, ...]
    parts: tuple[GamePart, ...]
    exact: bool

    def product(
        self, distributions: Sequence[NDArray[Any]], exact: bool
    ) -> tuple[NDArray[Any], list[NDArray[np.intp]]]:
        """Return the distribution in which the parts are independent, and the actions of every player that it uses."""
        made: NDArray[Any] = np.full(self.sizes, Fraction(0)) if exact else np.zeros(self.sizes)
        used = [np.ones(size, dtype=bool) for size in self.sizes]
        for part, distribution in zip(self.parts, distributions, strict=True):
            positive = distribution != 0
            for i, digits in enumerate(part.digits):
                others = tuple(j for j in range(len(self.sizes)) if j != i)
                used[i] &= np.asarray(positive.any(axis=others))[digits]
        places = [np.flatnonzero(each) for each in used]
        block: Any = Fraction(1) if exact else 1.0
        for part, distribution in zip(self.parts, distributions, strict=True):
            numbers = distribution if exact else distribution.astype(float)
            block = block * numbers[np.ix_(*(digits[p] for digits, p in zip(part.digits, places, strict=True)))]
        made[np.ix_(*places)] = block
        return made, places


def linked_parts(game: NormalFormGame, exact: bool) -> LinkedParts | None:
    """Return the parts of a separable game; None when it has none, or when an exact answer asks for the whole game."""
    if game.parts is None or len(game.parts) < 2:
        return None
    small = prod(game.num_actions) <= _LARGEST_EXACT
    if exact and small and not game.rational:
        # The payoffs as given are rounded sums of the parts' payoffs.
        return None
    return LinkedParts(game.num_actions, game.parts, exact and small)


def linked_bound(
    game: NormalFormGame,
    parts: LinkedParts,
    bounds: Sequence[Any],
    proofs: Sequence[Multipliers],
    objective: str,
    exact: bool,
) -> Any:
    """Return the bound on the whole game: the sum of the parts' bounds, and what rounding the payoffs may add."""
    shift = part_constants(game)
    total = sum(shift, Fraction(0)) + sum(map(Fraction, bounds), Fraction(0))
    if exact:
        return total
    load = sum(
        float(Incentives(part.game.payoffs).loads(proof.rows, proof.weights.astype(float)).max())
        for part, proof in zip(parts.parts, proofs, strict=True)
    )
    constants = max(abs(float(constant)) for constant in shift)
    largest = constants + sum(float(np.abs(part.game.payoffs).max()) for part in parts.parts)
    spread = 0.0 if game.rational else 4 * len(bounds) * _EPS * largest * (game.num_players + 2 * load)
    if objective == "worst":
        return rounded_down(total - Fraction(spread))
    return rounded_up(total + Fraction(spread))


def linked_multipliers(parts: LinkedParts, proofs: Sequence[Multipliers]) -> Multipliers:
    """Return the parts' multipliers, put on the deviations of the whole game that change one part only."""
    rows, weights = Rows.none(), []
    for part, proof in zip(parts.parts, proofs, strict=True):
        for i, size in enumerate(parts.sizes):
            mine = np.flatnonzero((proof.rows.player == i) & (proof.weights != 0))
            digits = part.digits[i]
            sibling = _siblings(parts.parts, part, i, size)
            at, which = np.nonzero(digits[:, None] == proof.rows.told[mine][None])
            chosen = mine[which]
            instead = sibling[at, proof.rows.instead[chosen]]
            rows = rows.join(Rows(np.full(len(at), i, dtype=np.intp), at, instead))
            weights.append(proof.weights[chosen])
    return Multipliers(rows, np.concatenate(weights), None)


def _siblings(parts: Sequence[GamePart], part: GamePart, player: int, size: int) -> NDArray[np.intp]:
    """Return the action that differs from action a in this part only, where it is b: entry [a, b]."""
    rest = np.zeros(size, dtype=np.intp)
    for other in parts:
        if other is not part:
            rest = rest * other.game.num_actions[player] + other.digits[player]
    count = part.game.num_actions[player]
    place = np.zeros((int(rest.max()) + 1, count), dtype=np.intp)
    place[rest, part.digits[player]] = np.arange(size)
    return place[rest]
