r"""Iterated dominance by single actions in separable games, part by part.

Let :math:`u_i(a) = c_i + \sum_k u_i^k(a^k)`, where all combinations of the parts' actions are played.  What action b
pays more than action a is at least :math:`\sum_k \min_{a_{-i}^k} [u_i^k(b_i^k, a_{-i}^k) - u_i^k(a_i^k, a_{-i}^k)]`,
and exactly that much in some column.  So b dominates a only if on some part :math:`b_i^k` dominates :math:`a_i^k`, and
then changing that part alone dominates a as well: *an action is dominated exactly when one of its parts is*.  All
combinations of what is left on the parts are left of the game, so that the next round is like the first.

Payoffs of the game are sums with rounding errors.  They are compared with the parts, entry by entry, and a round
counts only when every minimum is further from zero than the errors can reach.  Tested against the elimination in the
whole game.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.games.decomposition import largest_difference
from bargain.games.entries import taken
from bargain.games.normal_form import GamePart, NormalFormGame

__all__ = ["LinkedRounds", "Removed", "linked_rounds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_LARGEST = 1_000_000
"""Differences between two rows of a part's table, over all pairs, up to which parts are looked at."""

_EPS = float(np.finfo(float).eps)


class Removed(NamedTuple):
    """The actions of ``player`` that are dominated in ``round``, in increasing order, and what dominates them."""

    player: int
    round: int
    actions: Ints
    by: Ints


class LinkedRounds(NamedTuple):
    """The rounds that the parts prove, what is left of the game, and whether they prove that nothing else goes."""

    removed: tuple[Removed, ...]
    kept: list[Ints]
    rounds: int
    finished: bool


def linked_rounds(game: NormalFormGame, weak: bool = False) -> LinkedRounds | None:
    """Return as many rounds of elimination as the parts of a game prove; None when it has none that help.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    weak : bool
        Whether weakly dominated actions go too.

    Examples
    --------
    >>> from bargain.games.decomposition import combine
    >>> one = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> found = linked_rounds(combine([one, one]))
    >>> found.removed[0], found.kept[0]
    (Removed(player=0, round=1, actions=array([0, 1, 2]), by=array([3, 3, 3])), array([3]))
    """
    parts = game.parts or ()
    if len(parts) < 2 or game.fractions is not None or any(_work(part.game) > _LARGEST for part in parts):
        return None
    errors = [_error(game, i) for i in range(game.num_players)]
    if inf in errors:
        return None
    left = [_Part(part) for part in parts]
    kept = [np.arange(size) for size in game.num_actions]
    removed: list[Removed] = []
    for turn in range(1, sum(game.num_actions) + 2):
        beaten = [part.dominated(errors, weak) for part in left]
        if any(each is None for each in beaten):
            return LinkedRounds(tuple(removed), kept, turn - 1, False)
        steps = [_removed(parts, [each[i] for each in beaten if each], kept[i], i, turn) for i in range(len(kept))]
        steps = [step for step in steps if step.actions.size]
        if not steps:
            break
        for step in steps:
            kept[step.player] = np.setdiff1d(kept[step.player], step.actions, assume_unique=True)
        for part, each in zip(left, beaten, strict=True):
            part.remove(each or ())
        removed += steps
    return LinkedRounds(tuple(removed), kept, turn - 1, True)


def _work(part: NormalFormGame) -> int:
    return int(max(part.num_actions)) * int(np.prod(part.num_actions))


def _error(game: NormalFormGame, player: int) -> float:
    """Return a bound on how much a difference of payoffs differs from what the parts say; inf when it is no rounding.

    Sums of whole numbers are exact; for others the differences between game and parts have rounding errors themselves.
    """
    parts = game.parts or ()
    tables = [part.game.payoffs[player] for part in parts]
    with np.errstate(over="ignore", invalid="ignore"):
        constant = _first(game, player) - sum(_first(part.game, player, part.digits) for part in parts)
        difference = largest_difference(game, player, constant)
        size = abs(constant) + sum(float(np.abs(table).max()) for table in tables)
        whole = size <= 2.0**53 and constant % 1 == 0 and all((table % 1 == 0).all() for table in tables)
        slack = 0.0 if whole else 4 * (len(parts) + 4) * _EPS * size
        return 2 * (difference + slack) if difference <= slack < inf else inf


def _first(game: NormalFormGame, player: int, digits: Any = None) -> float:
    """Return the payoff of the first profile, or of the one that the first digits say."""
    place = (0,) * game.num_players if digits is None else tuple(each[0] for each in digits)
    return float(game.payoffs[(player, *place)])


class _Part:
    """What is left of a part: the actions of every player, and the payoffs."""

    def __init__(self, part: GamePart) -> None:
        self.tables = list(part.game.payoffs)
        self.kept = [np.arange(size) for size in part.game.num_actions]

    def dominated(self, errors: list[float], weak: bool) -> list[Ints] | None:
        """Return for every player and action the action that dominates it, or itself; None when errors may decide."""
        found = []
        for i, table in enumerate(self.tables):
            rows = np.moveaxis(table, i, 0).reshape(len(self.kept[i]), -1)
            with np.errstate(over="ignore"):
                gains = rows[:, None] - rows
                least = gains.min(axis=2)
            wins = least > errors[i]
            if weak and not errors[i]:
                wins = (least == 0) & (gains.max(axis=2) > 0) | wins
            elif errors[i]:
                open_pairs = (least >= -errors[i]) & ~wins.any(axis=0)
                if open_pairs.sum() > np.trace(open_pairs):
                    return None
            found.append(self._strongest(rows, wins, i))
        return found

    def _strongest(self, rows: Floats, wins: NDArray[np.bool_], player: int) -> Ints:
        """Return the rival with the largest sum of those that dominate: nothing dominates it."""
        with np.errstate(over="ignore"):
            order = np.argsort(-(rows * 2.0**-40).sum(axis=1), kind="stable")
        rivals = order[wins[order].argmax(axis=0)]
        own = self.kept[player]
        by = np.arange(int(own.max()) + 1)
        by[own] = own[np.where(wins.any(axis=0), rivals, np.arange(len(own)))]
        return by

    def remove(self, dominated: Any) -> None:
        """Take the dominated actions away."""
        stays = [np.flatnonzero(by[own] == own) for own, by in zip(self.kept, dominated, strict=True)]
        self.kept = [own[stay] for own, stay in zip(self.kept, stays, strict=True)]
        self.tables = [taken(table, stays) for table in self.tables]


def _removed(parts: Any, dominated: list[Ints], kept: Ints, player: int, turn: int) -> Removed:
    """Return the actions of the whole game that are dominated because a part is, each by those that dominate."""
    code = np.zeros(len(parts[0].digits[player]), dtype=np.intp)
    better = np.zeros(len(kept), dtype=np.intp)
    for part, by in zip(parts, dominated, strict=True):
        digits, count = part.digits[player], part.game.num_actions[player]
        code = code * count + digits
        better = better * count + by[digits[kept]]
    place = np.empty(len(code), dtype=np.intp)
    place[code] = np.arange(len(code))
    beaten = np.flatnonzero(better != code[kept])
    return Removed(player, turn, kept[beaten], place[better[beaten]])
