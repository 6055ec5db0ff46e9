r"""The game of a stored result: payoffs as whole numbers over one denominator per player, in plain Python.

Payoffs stand in one flat list per player, the last player's action running fastest.  Expected payoffs and regret follow
the definition, :math:`\sum_a \prod_i \sigma_i(a_i) u_i(a)`, profile by profile.  Tested against ``NormalFormGame``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, common, is_exact, listed, mapping, names
from bargain.certificates.games.work import FormError, TooLargeError, Work

__all__ = ["MOST_PAYOFFS", "Strategy", "Table", "game_digest", "read_table"]

MOST_PAYOFFS = 4_000_000
"""Payoffs that are read: those of two players with 1,400 actions each."""
_MOST_PLAYERS = 50

Strategy = dict[int, Fraction]
"""Positive probabilities by action."""


@dataclass(frozen=True, slots=True)
class Table:
    """A game: ``payoffs[i][place]`` over ``denominators[i]`` is what player i gets.

    ``strides[i]`` is how far two neighbouring actions of player i lie apart in the lists.  ``exact`` says whether the
    payoffs were given as exact numbers, so that ties are meant.
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    payoffs: tuple[Sequence[int], ...]
    denominators: tuple[int, ...]
    exact: bool = True

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of actions of every player."""
        return tuple(map(len, self.actions))

    @property
    def strides(self) -> tuple[int, ...]:
        """The distance of two neighbouring actions of every player."""
        return tuple(prod(self.sizes[i + 1 :]) for i in range(len(self.players)))

    @property
    def bits(self) -> int:
        """The length of the longest payoff."""
        return max(max(max(row).bit_length(), min(row).bit_length()) for row in self.payoffs)

    def span(self, player: int) -> Fraction:
        """Return the largest payoff of a player less the smallest."""
        return Fraction(max(self.payoffs[player]) - min(self.payoffs[player]), self.denominators[player])

    def scale(self, player: int) -> Fraction:
        """Return what gaps of a player are divided by: its payoff range.

        Where the range is so small a part of the payoffs that floats round by more, it is that rounding.
        """
        highest, lowest = max(self.payoffs[player]), min(self.payoffs[player])
        size = Fraction(max(abs(highest), abs(lowest)), self.denominators[player] * 100_000)
        return max(self.span(player), size) or Fraction(1)

    def place(self, profile: Sequence[int]) -> int:
        """Return where the payoffs of a profile of actions stand."""
        return sum(action * stride for action, stride in zip(profile, self.strides, strict=True))

    def payoff(self, player: int, profile: Sequence[int]) -> Fraction:
        """Return what a player gets from a profile of actions."""
        return Fraction(self.payoffs[player][self.place(profile)], self.denominators[player])

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """Yield all profiles of actions, in the order of the lists."""
        return product(*map(range, self.sizes))

    def restrict(self, kept: Sequence[Sequence[int]]) -> Table:
        """Return the game in which every player has only some of its actions."""
        places = [self.place(profile) for profile in product(*kept)]
        actions = tuple(tuple(labels[a] for a in own) for labels, own in zip(self.actions, kept, strict=True))
        payoffs = tuple([row[place] for place in places] for row in self.payoffs)
        return replace(self, actions=actions, payoffs=payoffs)

    def values(self, player: int, strategies: Sequence[Strategy], work: Work) -> list[Fraction]:
        """Return what each action of a player pays against the others' strategies."""
        stride, strides = self.strides[player], self.strides
        others = [i for i in range(len(self.players)) if i != player]
        weights, denominator = [], self.denominators[player]
        for i in others:
            numerators, shared = common(strategies[i].values())
            denominator *= shared
            weights.append(list(zip((a * strides[i] for a in strategies[i]), numerators, strict=True)))
        size = self.sizes[player]
        work.spend(size * prod(map(len, weights)), denominator.bit_length() + self.bits)
        row, sums = self.payoffs[player], [0] * size
        for draw in product(*weights):
            base, weight = sum(step for step, _ in draw), prod(chance for _, chance in draw)
            for action in range(size):
                sums[action] += weight * row[base + action * stride]
        # Here the sums are reduced, and the caller takes their mean.
        work.reduce(4 * size, denominator.bit_length() + self.bits)
        return [Fraction(total, denominator) for total in sums]


def read_table(stored: Any, work: Work) -> Table:
    """Return the game as it stands in a result.

    Raises
    ------
    FormError
        It is not a game: names that stand twice, a ragged table, what is no number.
    TooLargeError
        It has more than four million payoffs.
    """
    tree = mapping(stored, "the game")
    players = names(tree["players"], "the players")
    if len(players) > _MOST_PLAYERS:
        raise TooLargeError(f"more than {_MOST_PLAYERS} players")
    actions = tuple(
        names(labels, f"the actions of {player}")
        for player, labels in zip(players, by_name(tree["actions"], players, "the actions"), strict=True)
    )
    sizes = tuple(map(len, actions))
    count = len(players) * prod(sizes)
    if count > MOST_PAYOFFS:
        raise TooLargeError(f"a game of more than {MOST_PAYOFFS:,} payoffs")
    work.spend(count)
    rows, denominators, exact = [], [], True
    for player, nested in zip(players, by_name(tree["payoffs"], players, "the payoffs"), strict=True):
        entries = list(_flat(nested, sizes, f"the payoffs of {player}"))
        exact = exact and all(map(is_exact, entries))
        whole, shared = common(map(amount, entries))
        work.spend(len(whole), max(max(whole).bit_length(), min(whole).bit_length()))
        rows.append(whole)
        denominators.append(shared)
    return Table(players, actions, tuple(rows), tuple(denominators), exact)


def _flat(nested: Any, sizes: Sequence[int], what: str) -> Iterator[Any]:
    if not sizes:
        yield nested
        return
    entries = listed(nested, what)
    if len(entries) != sizes[0]:
        raise FormError(f"{what}: {len(entries)} entries where there are {sizes[0]} actions")
    for entry in entries:
        yield from _flat(entry, sizes[1:], what)


def game_digest(stored: Any) -> str:
    """Return the SHA-256 of a game's players, actions and payoffs as JSON with sorted keys and no spaces, in UTF-8.

    Examples
    --------
    >>> game_digest({"players": ["1"], "actions": {"1": ["a"]}, "payoffs": {"1": ["1/2"]}})[:8]
    'bf7b8335'
    """
    tree = {part: stored[part] for part in ("players", "actions", "payoffs")}
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
