"""Is an equilibrium of the no-agreement game missing?  All extreme ones are enumerated and looked up in the list.

The replay knows payoffs up to rounding only, so they are rounded to steps of 2^-36 of each player's range, which makes
near ties ties.  An equilibrium that no such rounding makes or unmakes is *robust*: its players mix equally many
actions, all clearly used, and all others are clearly worse.  A robust one that is not listed refutes the list.
Another one leaves the claim open: in a degenerate game the extreme equilibria depend on how sums are rounded, and
where separable parts are mixed a list holds their products.  Tested by lists from which one was taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from bargain.certificates.claims import claim
from bargain.certificates.games.completeness import extreme_equilibria
from bargain.certificates.games.dominance import undominated
from bargain.certificates.games.strategies import written
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import left_open
from bargain.certificates.games.work import TooLargeError, Work
from bargain.results import Certificate

__all__ = ["MOST_ENUMERATED", "none_missing", "rounded_game"]

MOST_ENUMERATED = 10_000_000
"""Operations on the enumeration of equilibria: about two seconds."""

_STEPS = 2**36
_CLEARLY, _CLOSE = Fraction(1, 10_000), 1e-4
"""Share of the payoff range by which unused actions are worse, and distance up to which two profiles are the same."""

_USED = Fraction(1, 1_000)


def rounded_game(players: Sequence[str], actions: Sequence[Sequence[Any]], values: Sequence[Sequence[float]]) -> Table:
    """Return a game whose payoffs are whole steps of 2^-36 of each player's range.

    Parameters
    ----------
    players : sequence of str
        Names.
    actions : sequence of sequences
        Every player's actions.
    values : sequence of (n,) floats
        Payoffs of all profiles, the last player's action running fastest.
    """
    rows = []
    for column in zip(*values, strict=True):
        low, span = min(column), max(column) - min(column)
        rows.append([round((value - low) / span * _STEPS) if span else 0 for value in column])
    names = tuple(tuple(map(str, own)) for own in actions)
    return Table(tuple(players), names, tuple(rows), (1,) * len(rows), exact=False)


def none_missing(game: Table, listed: Sequence[Sequence[Mapping[int, float]]]) -> list[Certificate]:
    """Return the certificate that every extreme equilibrium is in the list, as probabilities by places of actions."""
    words, method = "no equilibrium is missing", "all vertices of both best-response polytopes"
    work = Work(MOST_ENUMERATED)
    try:
        kept = undominated(game, work)
        if sum(len(own) > 1 for own in kept) > 2:
            return [left_open(words, "with three or more players that choose this is not decided")]
        found = list(extreme_equilibria(game, kept, work))
    except TooLargeError as reason:
        return [left_open(words, f"too large: {reason}")]
    missing = [each for each in found if not any(_close(each, other) for other in listed)]
    robust = next((each for each in missing if _robust(game, each)), None)
    if missing and robust is None:
        return [left_open(words, "the game is degenerate, so that it depends on how payoffs are rounded")]
    return [claim(words, float(bool(missing)), None if robust is None else written(robust, game), method)]


def _close(first: Sequence[Mapping[int, Any]], second: Sequence[Mapping[int, Any]]) -> bool:
    return all(
        abs(float(one.get(action, 0)) - float(two.get(action, 0))) <= _CLOSE
        for one, two in zip(first, second, strict=True)
        for action in {*one, *two}
    )


def _robust(game: Table, profile: Sequence[Strategy]) -> bool:
    if len({len(strategy) for strategy in profile if len(strategy) > 1}) > 1:
        return False
    for player, strategy in enumerate(profile):
        values = game.values(player, profile, Work())
        if any(
            max(values) - value < _CLEARLY * _STEPS for action, value in enumerate(values) if action not in strategy
        ):
            return False
    return all(chance >= _USED for strategy in profile for chance in strategy.values())
