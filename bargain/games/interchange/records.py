"""A game with what its file says besides: title, comment, remarks; and the limits on its size.

Tested through the readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.interchange.troubles import GameText
from bargain.games.normal_form import NormalFormGame

__all__ = ["MEMORY_LIMIT", "GameFile", "check_size", "exact_game"]

MEMORY_LIMIT = 2 * 2**30
"""Bytes that the payoffs of a game may take."""

_MOST_PLAYERS = 30
_BYTES = 24


@dataclass(frozen=True, slots=True)
class GameFile:
    """A game read from a file.

    Parameters
    ----------
    game : NormalFormGame
        The game.
    title, comment : str
        What the file says about it, or nothing.
    format : {"nfg", "efg", "csv"}
        How it was written.
    file : str
        The file's name as it was given.
    notes : tuple of str
        What was done to get from the file to the game.
    """

    game: NormalFormGame
    title: str = ""
    comment: str = ""
    format: str = "nfg"
    file: str = ""
    notes: tuple[str, ...] = ()


def check_size(num_players: int, sizes: Sequence[int], *, bytes_each: int = _BYTES) -> None:
    """Refuse a game whose payoffs would not fit, before anything is made.

    Raises
    ------
    LimitError
        There are too many players, or the payoffs need more than the memory allowed; the message says how much.
    """
    if num_players > _MOST_PLAYERS:
        raise LimitError(f"the game has {num_players:,} players; games of at most {_MOST_PLAYERS} are taken")
    needed = prod(sizes) * num_players * bytes_each
    if needed > MEMORY_LIMIT:
        shown = " x ".join(f"{size:,}" for size in sizes)
        raise LimitError(
            f"the game has {shown} strategies: its {prod(sizes) * num_players:,} payoffs would need "
            f"{needed / 2**30:,.1f} GiB, more than the {MEMORY_LIMIT / 2**30:,.0f} GiB allowed; "
            "leave out strategies that are not needed"
        )


def exact_game(
    source: GameText, players: Sequence[str], actions: Sequence[Sequence[str]], payoffs: NDArray[Any]
) -> NormalFormGame:
    """Return the game with exact payoffs of shape (n, m_1, ..., m_n): whole numbers, or objects.

    Raises
    ------
    GameFileError
        The payoffs are no game, for example because a float cannot hold their range.
    """
    try:
        return NormalFormGame.from_payoffs(
            list(np.ascontiguousarray(payoffs)), tuple(players), tuple(map(tuple, actions))
        )
    except ValueError as trouble:
        source.fail_whole("BG021", str(trouble))
