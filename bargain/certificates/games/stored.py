"""A stored result of a game, checked against the game inside it: schema ``bargain-equilibria-1``.

The game's digest is recomputed, then every claim of the concept from its definition, in plain Python fractions.  What
needs more than a fixed number of steps is left open and says so: it is then neither refuted, nor does it hold.
Not checked: titles, notes, methods, reasons and provenance.  Tested by results that hold and by hundreds
of changed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bargain.certificates.games.amounts import mapping
from bargain.certificates.games.commitment import check_stackelberg
from bargain.certificates.games.correlation import check_correlated
from bargain.certificates.games.elimination import check_elimination
from bargain.certificates.games.equilibria import check_equilibria
from bargain.certificates.games.quantal import check_quantal
from bargain.certificates.games.table import Table, game_digest, read_table
from bargain.certificates.games.verdicts import guarded, left_open, true
from bargain.certificates.games.work import TooLargeError, Work
from bargain.certificates.games.zero_sum import check_security, check_zero_sum
from bargain.results import Certificate

__all__ = ["GAME_SCHEMA", "verify_game_result"]

GAME_SCHEMA = "bargain-equilibria-1"

_SOLUTIONS: dict[str, Callable[[Any, Table, Work], list[Certificate]]] = {
    "correlated": lambda solution, game, work: check_correlated(solution, game, coarse=False, work=work),
    "coarse-correlated": lambda solution, game, work: check_correlated(solution, game, coarse=True, work=work),
    "zero-sum": check_zero_sum,
    "stackelberg": check_stackelberg,
    "quantal-response": check_quantal,
    "rationalisable": check_elimination,
    "security": check_security,
}


def verify_game_result(stored: Mapping[str, Any], game: Mapping[str, Any] | None = None) -> tuple[Certificate, ...]:
    """Return a certificate for every claim of a stored result of a game.

    Parameters
    ----------
    stored : mapping
        A result with ``"schema": "bargain-equilibria-1"``.
    game : mapping, optional
        Players, actions and payoffs, when the result holds none because they are too many.

    Returns
    -------
    tuple of Certificate
        Claims that hold, claims that are refuted, and claims that are not checked.

    Examples
    --------
    >>> game = {"players": ["1"], "actions": {"1": ["stay", "go"]}, "payoffs": {"1": ["1", "2"]}}
    >>> stored = {"schema": "bargain-equilibria-1", "command": "equilibria", "concept": "nash", "game": game}
    >>> stored |= {"components": [], "complete": True, "exact": True}
    >>> game["digest"] = game_digest(game)
    >>> stored["equilibria"] = [{"profile": {"1": {"go": "1"}}, "payoffs": {"1": "2"}, "regret": "0"}]
    >>> all(check.holds for check in verify_game_result(stored))
    True
    >>> stored["equilibria"][0]["profile"] = {"1": {"stay": "1"}}
    >>> [check.claim for check in verify_game_result(stored) if check.refuted][0]
    'the strategies give these payoffs'
    """
    work = Work()
    kind = true("command and concept are known", stored.get("command") == "equilibria" and _known(stored))
    checks = [kind]
    if not kind.holds:
        return tuple(checks)
    checks += guarded("the game", partial(_heading, stored, game))
    if not all(check.holds for check in checks):
        return tuple(checks)
    tree = stored["game"] if game is None else {**game, "digest": stored["game"]["digest"]}
    try:
        table = read_table(tree, work)
    except TooLargeError as reason:
        return (*checks, left_open("all other claims", f"too large: {reason}"))
    except (ValueError, TypeError, KeyError) as trouble:
        return (*checks, true("the game is a game", False, str(trouble)))
    return (*checks, *guarded(f"the {stored['concept']} result", partial(_claims, stored, table, work)))


def _known(stored: Mapping[str, Any]) -> bool:
    concept = stored.get("concept")
    return isinstance(concept, str) and (concept == "nash" or concept in _SOLUTIONS)


def _heading(stored: Mapping[str, Any], game: Mapping[str, Any] | None) -> list[Certificate]:
    tree = mapping(stored["game"], "the game")
    words = "the game is the one that was solved"
    if tree["payoffs"] is None and game is None:
        return [left_open(words, "the result holds no payoffs; give the game's file with --game")]
    return [true(words, game_digest(tree if game is None else game) == tree["digest"], None, "SHA-256")]


def _claims(stored: Mapping[str, Any], game: Table, work: Work) -> list[Certificate]:
    if stored["concept"] == "nash":
        return check_equilibria(stored, game, work)
    return _SOLUTIONS[stored["concept"]](mapping(stored["solution"], "the solution"), game, work)
