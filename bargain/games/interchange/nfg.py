"""Gambit's ``.nfg``: games in strategic form, in both of its bodies, read and written exactly.

The header names players and strategies (or counts the strategies).  The body lists the payoffs of all profiles, the
first player's strategy running fastest (*payoff version*), or numbered outcomes and then the number of every profile's
outcome, 0 for the null outcome that pays nothing (*outcome version*).  The format is described in Gambit's manual.
Tested by round trips, by both bodies of the same game, and by hostile files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.interchange.rationals import Exact, exact_number, written
from bargain.games.interchange.records import GameFile, check_size, exact_game
from bargain.games.interchange.tokens import Tokens, distinct, quote
from bargain.games.interchange.troubles import GameText
from bargain.games.normal_form import NormalFormGame

__all__ = ["nfg_text", "read_nfg"]

_PLAIN = re.compile(r"[-+0-9\s]*")
_BLANKS = re.compile(r"[\s,]+")


def read_nfg(source: GameText) -> GameFile:
    r"""Read a game in strategic form.

    Parameters
    ----------
    source : GameText
        The text of the file.

    Raises
    ------
    GameFileError
        The text is not such a game, with the place.
    LimitError
        The game would need more memory than allowed.

    Examples
    --------
    >>> file = read_nfg(GameText('NFG 1 R "Dilemma" { "A" "B" } { 2 2 }\n3 3 5 0 0 5 1 1'))
    >>> file.game.exact[0].tolist() == [[3, 0], [5, 1]]
    True
    """
    tokens = Tokens(source)
    title = gambit_header(tokens, "NFG", "1")
    players = read_players(tokens)
    actions = _strategies(tokens, players)
    comment = tokens.take().text if tokens.here.kind == "text" else ""
    sizes = tuple(each if isinstance(each, int) else len(each) for each in actions)
    # Every payoff takes a character at least, so that counts larger than the file are a mistake of the file.
    if prod(sizes) > len(source.text):
        tokens.fail(f"the body is too short for {prod(sizes):,} profiles", code="BG022")
    check_size(len(players), sizes)
    read = _outcome_body if tokens.at("{") else _payoff_body
    payoffs = read(tokens, players, sizes)
    names = tuple(tuple(map(str, range(1, each + 1))) if isinstance(each, int) else each for each in actions)
    return GameFile(exact_game(source, players, names, payoffs), title, comment, "nfg", source.file)


def gambit_header(tokens: Tokens, kind: str, version: str) -> str:
    """Take the first words of a file of Gambit and return the title."""
    tokens.expect(kind, f"at the beginning of a .{kind.lower()} file")
    if tokens.here.text != version:
        tokens.fail(f"version {tokens.shown()} is not known; {kind} {version} is")
    tokens.take()
    if tokens.here.text not in ("R", "D"):
        tokens.fail(f"the kind of numbers is {tokens.shown()}; it must be R or D")
    tokens.take()
    return tokens.text("the title").text


def read_players(tokens: Tokens) -> tuple[str, ...]:
    """Take ``{ "A" "B" ... }``."""
    opening = tokens.expect("{", "before the players' names")
    names = []
    while not tokens.at("}"):
        names.append(tokens.name("a player's name or `}`"))
    tokens.take()
    if not names:
        tokens.fail("the game has no players", token=opening, code="BG022")
    return distinct(tokens, names, "players")


def _strategies(tokens: Tokens, players: Sequence[str]) -> list[int | tuple[str, ...]]:
    """Take the numbers of strategies, or their names."""
    opening = tokens.expect("{", "before the strategies")
    found: list[int | tuple[str, ...]] = []
    while not tokens.at("}"):
        if not tokens.at("{"):
            found.append(tokens.whole("the number of a player's strategies", 1))
            continue
        first = tokens.take()
        names = []
        while not tokens.at("}"):
            names.append(tokens.name("a strategy's name or `}`"))
        tokens.take()
        if not names:
            tokens.fail("a player has no strategies", token=first, code="BG022")
        found.append(distinct(tokens, names, "strategies of a player"))
    tokens.take()
    if len(found) != len(players):
        hint = "give one number, or one list of names, for every player"
        tokens.fail(f"strategies of {len(found)} players for {len(players)} players", hint, opening, "BG022")
    return found


def _payoff_body(tokens: Tokens, players: Sequence[str], sizes: Sequence[int]) -> NDArray[Any]:
    """Return the payoffs, players first, of a body that lists them all."""
    count = prod(sizes) * len(players)
    values = _all_at_once(tokens) or _one_by_one(tokens, count)
    if len(values) != count:
        profiles = f"{prod(sizes):,} profiles of {len(players)} players"
        tokens.fail(f"{len(values):,} payoffs; {profiles} have {count:,}", "", _last(tokens), "BG022")
    return _by_player(np.array(values, dtype=_type_of(values)).reshape(-1, len(players)).T, sizes)


def _last(tokens: Tokens) -> Any:
    """Return a mark at the end of the text."""
    end = len(tokens.source.text.rstrip())
    return tokens.here._replace(start=max(0, end - 1), end=end)


def _type_of(values: Sequence[Exact]) -> Any:
    """Return the array type that holds the numbers exactly."""
    whole = all(isinstance(value, int) and -(2**53) <= value <= 2**53 for value in values)
    return np.int64 if whole else object


def _all_at_once(tokens: Tokens) -> list[Exact]:
    """Return the numbers of the rest of the file the fast way, or nothing when something is unusual."""
    rest = tokens.source.text[tokens.here.start :]
    words = _BLANKS.sub(" ", rest).split()
    if "{" in rest or '"' in rest or ",," in rest:
        return []
    try:
        if _PLAIN.fullmatch(rest) and max(map(len, words), default=0) < 16:
            return [int(word) for word in words]
        known = {word: exact_number(word) for word in set(words)}
    except ValueError:
        return []
    return [known[word] for word in words]


def _one_by_one(tokens: Tokens, count: int) -> list[Exact]:
    values: list[Exact] = []
    while tokens.here.kind != "end":
        values.append(tokens.number("a payoff"))
        if len(values) > count:
            break
        if tokens.at(","):
            tokens.take()
    return values


def _outcome_body(tokens: Tokens, players: Sequence[str], sizes: Sequence[int]) -> NDArray[Any]:
    """Return the payoffs, players first, of a body with numbered outcomes."""
    tokens.take()
    outcomes: list[tuple[Exact, ...]] = [(0,) * len(players)]
    while not tokens.at("}"):
        outcomes.append(_outcome(tokens, len(players)))
    tokens.take()
    count = prod(sizes)
    chosen: list[int] = []
    while tokens.here.kind != "end":
        if len(chosen) == count:
            tokens.fail(f"more than {count:,} outcome numbers; there are {count:,} profiles", code="BG022")
        token = tokens.here
        place = tokens.whole("the number of an outcome")
        if place >= len(outcomes):
            tokens.fail(f"there is no outcome {place}; there are {len(outcomes) - 1}", token=token, code="BG022")
        chosen.append(place)
    if len(chosen) < count:
        tokens.fail(f"{len(chosen):,} outcome numbers for {count:,} profiles", "", _last(tokens), "BG022")
    flat = [value for outcome in outcomes for value in outcome]
    table = np.array(flat, dtype=_type_of(flat)).reshape(-1, len(players))
    return _by_player(table[chosen].T, sizes)


def _outcome(tokens: Tokens, count: int) -> tuple[Exact, ...]:
    """Take ``{ "name" a, b }``."""
    opening = tokens.expect("{", "before an outcome, or `}` after the last")
    tokens.text("an outcome's name")
    values: list[Exact] = []
    while not tokens.at("}"):
        if tokens.at(","):
            tokens.take()
            continue
        values.append(tokens.number("a payoff"))
    closing = tokens.take()
    if len(values) != count:
        span = opening._replace(end=closing.end)
        tokens.fail(f"{len(values)} payoffs for {count} players", "give one for every player", span, "BG022")
    return tuple(values)


def _by_player(table: NDArray[Any], sizes: Sequence[int]) -> NDArray[Any]:
    """Return payoffs of shape (n, m_1, ..., m_n) from rows in which the first player's strategy runs fastest."""
    made = table.reshape((len(table), *reversed(sizes)))
    return made.transpose((0, *range(len(sizes), 0, -1)))


def nfg_text(game: NormalFormGame, title: str = "", comment: str = "") -> str:
    """Return a game as the text of an ``.nfg`` file (payoff version).

    Fractions and whole numbers are written exactly, floats in the shortest form that reads back as the same float.

    Examples
    --------
    >>> print(nfg_text(NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]]), "Small"), end="")
    NFG 1 R "Small" { "1" "2" }
    <BLANKLINE>
    { { "0" }
    { "0" "1" }
    }
    ""
    <BLANKLINE>
    1/3 1
    0 2
    """
    exact = game.exact if game.exact is not None else game.fractions
    table = game.payoffs if exact is None else exact
    order = (*range(game.num_players, 0, -1), 0)
    rows = table.transpose(order).reshape(-1, game.num_players).tolist()
    strategies = "\n".join(f"{{ {' '.join(map(quote, names))} }}" for names in game.actions)
    header = f"NFG 1 R {quote(title)} {{ {' '.join(map(quote, game.players))} }}"
    body = "\n".join(" ".join(map(written, row)) for row in rows)
    return f"{header}\n\n{{ {strategies}\n}}\n{quote(comment)}\n\n{body}\n"
