"""A two-player stage game as the recursion of repeated-game payoffs needs it: payoffs, temptations, exact on demand.

Payoffs are scaled to the range 0 to 1 of every player, exactly; floats stand beside for the many profiles that need no
exact look.  Tested through :mod:`bargain.time.repeated_game`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

__all__ = ["Scale", "StageGame", "as_exact", "as_fraction", "stage_game"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """How one player's payoffs were shifted and scaled: payoff = low + span * scaled payoff."""

    low: Fraction
    span: Fraction

    def payoff(self, scaled: fmpq) -> Fraction:
        """Return the payoff that a scaled one stands for."""
        return self.low + self.span * as_fraction(scaled)

    def scaled(self, payoff: Fraction) -> fmpq:
        """Return the scaled payoff."""
        return as_exact((payoff - self.low) / self.span) if self.span else as_exact(payoff - self.low)


@dataclass(frozen=True, eq=False)
class StageGame:
    """The stage game with N = m_1 m_2 profiles, row by row.

    ``payoffs`` and ``best`` are floats of shape (N, 2), scaled: what a profile pays, and what each player's best reply
    to it pays.  ``minmax`` is the least that each best reply can pay, exactly.
    """

    game: NormalFormGame
    payoffs: Floats
    best: Floats
    scales: tuple[Scale, Scale]
    minmax: tuple[fmpq, fmpq]
    _kept: dict[int, tuple[tuple[fmpq, fmpq], tuple[fmpq, fmpq]]] = field(default_factory=dict, repr=False)

    def profile(self, place: int) -> tuple[int, int]:
        """Return the actions of a profile."""
        row, column = divmod(int(place), self.game.num_actions[1])
        return row, column

    def exact(self, place: int) -> tuple[tuple[fmpq, fmpq], tuple[fmpq, fmpq]]:
        """Return scaled payoffs and best-reply payoffs of a profile, exactly."""
        found = self._kept.get(place)
        if found is None:
            row, column = self.profile(place)
            pays = self._value(0, row, column), self._value(1, row, column)
            found = self._kept[place] = pays, (self._reply(0, column), self._reply(1, row))
        return found

    def _value(self, player: int, row: int, column: int) -> fmpq:
        return self.scales[player].scaled(self.game.exact_block(player, [[row], [column]]).item())

    def _reply(self, player: int, other: int) -> fmpq:
        ranks = self.game.ordinal(player)
        if player == 0:
            return self._value(0, int(ranks[:, other].argmax()), other)
        return self._value(1, other, int(ranks[other].argmax()))


def stage_game(game: NormalFormGame) -> StageGame:
    """Return the stage game of a repeated game of two players.

    Raises
    ------
    UnsupportedGameError
        There are not two players.
    """
    if game.num_players != 2:
        raise UnsupportedGameError(
            f"the payoff set of a repeated game is computed for two players; this game has {game.num_players}"
        )
    scales, minmax = [], []
    scaled, best = game.normalised(), np.empty(game.payoffs.shape)
    for player in (0, 1):
        ranks = game.ordinal(player)
        ends = (np.unravel_index(flat, ranks.shape) for flat in (ranks.argmin(), ranks.argmax()))
        low, high = (game.exact_block(player, [[int(a)] for a in end]).item() for end in ends)
        scales.append(Scale(low, high - low))
        best[player] = scaled[player].max(axis=player, keepdims=True)
        replies = ranks.max(axis=player)
        held = int(replies.argmin())
        reply = int(ranks[:, held].argmax() if player == 0 else ranks[held].argmax())
        place = [[reply], [held]] if player == 0 else [[held], [reply]]
        minmax.append(scales[player].scaled(game.exact_block(player, place).item()))
    return StageGame(
        game,
        scaled.reshape(2, -1).T.copy(),
        best.reshape(2, -1).T.copy(),
        (scales[0], scales[1]),
        (minmax[0], minmax[1]),
    )


def as_exact(value: Fraction) -> fmpq:
    """Return a Fraction as a number of python-flint."""
    return fmpq(value.numerator, value.denominator)


def as_fraction(value: fmpq) -> Fraction:
    """Return a number of python-flint as a Fraction."""
    return Fraction(int(value.p), int(value.q))
