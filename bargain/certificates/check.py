"""``verify``: certificates for any result, made from the definitions by code that imports no solver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bargain.certificates.late import on_demand
from bargain.results import Certificate, Deadline, Equilibria, Offers, Solution

__all__ = ["verify"]

_GAME_SCHEMA = "bargain-equilibria-1"

_certify_deadline = on_demand("timing:certify_deadline")
_certify_equilibria = on_demand("equilibria:certify_equilibria")
_certify_offers = on_demand("timing:certify_offers")
_certify_solution = on_demand("welfare:certify_solution")
_verify_game_result = on_demand("games.stored:verify_game_result")
_verify_stored = on_demand("stored:verify_stored")


def verify(
    result: Solution | Equilibria | Deadline | Offers | Mapping[str, Any], game: Mapping[str, Any] | None = None
) -> tuple[Certificate, ...]:
    """Check a result again, from the definitions.

    Parameters
    ----------
    result : Solution, Equilibria, Deadline, Offers or mapping
        What a solver handed back, or a stored JSON result.
    game : mapping, optional
        ``players``, ``actions`` and ``payoffs`` of the game that a stored result of a game is about, for results that
        hold no payoffs because they are too many (:func:`bargain.games.interchange.stored.game_content`).

    Returns
    -------
    tuple of Certificate
        One for a solution, one for every equilibrium of a list and for what is claimed about the list, one for every
        claim of a stored result; each says by its ``holds`` whether the claim is true.  What is too large to be checked
        says ``checked=False``: it does not hold, and is not ``refuted`` either.

    Raises
    ------
    TypeError
        There is no check for this kind of object, or a game was given that it does not need.

    Examples
    --------
    >>> from bargain.games.normal_form import NormalFormGame
    >>> from bargain.results import Profile
    >>> game = NormalFormGame.from_payoffs([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    >>> wrong = Profile(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0), 0.0)
    >>> [check.holds for check in verify(Equilibria(game, "a guess", (wrong,), None, "not searched"))]
    [False]
    """
    if isinstance(result, Mapping) and result.get("schema") == _GAME_SCHEMA:
        found: tuple[Certificate, ...] = _verify_game_result(result, game)
        return found
    if game is not None:
        raise TypeError("only a stored result of a game can be checked against a game")
    if isinstance(result, Solution):
        return (_certify_solution(result),)
    if isinstance(result, Equilibria):
        return tuple(_certify_equilibria(result))
    if isinstance(result, Deadline):
        return tuple(_certify_deadline(result))
    if isinstance(result, Offers):
        return tuple(_certify_offers(result))
    if isinstance(result, Mapping):
        return tuple(_verify_stored(result))
    raise TypeError(
        f"cannot verify a {type(result).__name__}; "
        "a Solution, Equilibria, Deadline, Offers or a stored result is needed"
    )
