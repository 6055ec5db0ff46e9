"""Games as plain data for JSON: what a stored result says about its game, and the digest that names it.

The digest is the SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of players, actions and payoffs, so that
titles and layouts do not change it.  Tested by reading the data back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bargain.games.interchange.rationals import exact_number
from bargain.games.normal_form import NormalFormGame

__all__ = ["MOST_STORED", "game_content", "game_from_tree", "game_tree"]

MOST_STORED = 1_000_000
"""Numbers up to which the payoffs of a game are stored with its result."""


def game_tree(game: NormalFormGame, title: str = "") -> dict[str, Any]:
    """Return a game as plain data.

    Returns
    -------
    dict
        ``title``; ``players``; ``actions`` ``{player: names}``; ``payoffs`` ``{player: nested lists}`` with one axis
        per player in the players' order, ``"p/q"`` strings when the payoffs are exact, else floats, and None in games
        with more than a million payoffs; ``digest``.

    Examples
    --------
    >>> tree = game_tree(NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]]), "Small")
    >>> tree["payoffs"]
    {'1': [['1/3', '0']], '2': [['1', '2']]}
    >>> tree["digest"][:8]
    '82b2bfb8'
    """
    content = game_content(game)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    kept = content["payoffs"] if game.payoffs.size <= MOST_STORED else None
    return {"title": title, **content, "payoffs": kept, "digest": digest}


def game_content(game: NormalFormGame) -> dict[str, Any]:
    """Return what the digest of a game names: ``players``, ``actions`` and all ``payoffs``, however many.

    Examples
    --------
    >>> game_content(NormalFormGame.from_payoffs([[[0.5]], [[2]]]))["payoffs"]
    {'1': [[0.5]], '2': [[2.0]]}
    """
    exact = game.exact
    tables = [_texts(table.tolist()) for table in exact] if exact is not None else game.payoffs.tolist()
    return {
        "players": list(game.players),
        "actions": dict(zip(game.players, map(list, game.actions), strict=True)),
        "payoffs": dict(zip(game.players, tables, strict=True)),
    }


def _texts(values: Any) -> Any:
    return [_texts(value) for value in values] if isinstance(values, list) else str(values)


def game_from_tree(tree: Mapping[str, Any]) -> NormalFormGame:
    """Return the game that :func:`game_tree` stored with its payoffs.

    Raises
    ------
    ValueError
        The payoffs are missing, or the data are no game.

    Examples
    --------
    >>> game_from_tree(game_tree(NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]]))).exact[0, 0, 0]
    Fraction(1, 3)
    """
    players: Sequence[str] = tree["players"]
    if tree["payoffs"] is None:
        raise ValueError("the payoffs are not stored, because the game is too large; read them from its file")
    tables = [_numbers(tree["payoffs"][player]) for player in players]
    return NormalFormGame.from_payoffs(tables, players, [tree["actions"][player] for player in players])


def _numbers(values: Any) -> Any:
    if isinstance(values, list):
        return [_numbers(value) for value in values]
    return exact_number(values) if isinstance(values, str) else values
