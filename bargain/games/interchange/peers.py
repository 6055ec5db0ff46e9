"""Games from and to nashpy, QuantEcon and pygambit, which need not be installed.

A peer is imported when one of these functions is called.  nashpy takes one matrix per player in our order of axes.
QuantEcon's array of a player has that player's *own* actions first and then those of the players after it, round the
table; ours has the first player's actions first in every array.  pygambit keeps rationals, and games go there and back
as ``.nfg`` text.  Tested on random games of two and three players with different numbers of actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np

from bargain.errors import UnsupportedGameError
from bargain.games.interchange.files import read_game_text
from bargain.games.interchange.nfg import nfg_text
from bargain.games.normal_form import NormalFormGame

__all__ = ["from_nashpy", "from_pygambit", "from_quantecon", "to_nashpy", "to_pygambit", "to_quantecon"]


def _peer(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise ImportError(f"{package} is not installed; `pip install {package}` adds it") from None


def to_nashpy(game: NormalFormGame) -> Any:
    """Return a two-player game as a ``nashpy.Game``.

    Parameters
    ----------
    game : NormalFormGame
        Payoffs become floats; names are lost.

    Raises
    ------
    UnsupportedGameError
        The game has not two players.
    ImportError
        nashpy is not installed.

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> to_nashpy(pennies).zero_sum
    True
    """
    if game.num_players != 2:
        raise UnsupportedGameError(f"nashpy takes games of two players; this one has {game.num_players}")
    return _peer("nashpy", "nashpy").Game(*(np.array(table) for table in game.payoffs))


def from_nashpy(
    game: Any, players: Sequence[str] | None = None, actions: Sequence[Sequence[str]] | None = None
) -> NormalFormGame:
    """Return a ``nashpy.Game`` as a game of ours; names may be given, as nashpy has none."""
    return NormalFormGame.from_payoffs(list(game.payoff_matrices), players, actions)


def to_quantecon(game: NormalFormGame) -> Any:
    """Return a game as a ``quantecon.game_theory.NormalFormGame``.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; payoffs become floats, names are lost.

    Raises
    ------
    ImportError
        quantecon is not installed.
    """
    peer = _peer("quantecon.game_theory", "quantecon")
    order = range(game.num_players)
    tables = [np.ascontiguousarray(game.payoffs[i].transpose(_round_table(i, len(order)))) for i in order]
    return peer.NormalFormGame([peer.Player(table) for table in tables])


def from_quantecon(
    game: Any, players: Sequence[str] | None = None, actions: Sequence[Sequence[str]] | None = None
) -> NormalFormGame:
    """Return a ``quantecon.game_theory.NormalFormGame`` as a game of ours; names may be given."""
    tables = [np.asarray(player.payoff_array) for player in game.players]
    count = len(tables)
    turned = [table.transpose(np.argsort(_round_table(i, count))) for i, table in enumerate(tables)]
    return NormalFormGame.from_payoffs(turned, players, actions)


def _round_table(player: int, count: int) -> tuple[int, ...]:
    """Return the players from ``player`` on, round the table: QuantEcon's order of axes."""
    return tuple((player + k) % count for k in range(count))


def to_pygambit(game: NormalFormGame, title: str = "") -> Any:
    """Return a game as a ``pygambit.Game``, with names and exact payoffs.

    Raises
    ------
    ImportError
        pygambit is not installed; it has no wheel for every system and is under the GPL.
    """
    peer = _peer("pygambit", "pygambit")
    text = nfg_text(game, title)
    if hasattr(peer, "read_nfg"):
        return peer.read_nfg(BytesIO(text.encode("utf-8")))
    return peer.Game.parse_game(text)


def from_pygambit(game: Any) -> NormalFormGame:
    """Return a ``pygambit.Game`` as a game of ours, with names and exact payoffs; a tree is read as its normal form."""
    text = game.to_nfg() if hasattr(game, "to_nfg") else game.write(format="nfg")
    return read_game_text(text if isinstance(text, str) else text.decode("utf-8"), "nfg", "pygambit").game
