r"""All pure equilibria of a game with any number of players, from the whole payoff tensor at once.

A pure profile is an equilibrium when every player's action attains the maximum along its own axis.  Once few profiles
are left, the other players' maxima are compared at these only, so that large tensors are read little more than once,
and no compiled code is needed.  Exact payoffs are
compared exactly.  Float payoffs may carry rounding from the formulas that made them, so a difference of a few units of
rounding counts as a tie, and the regret of every profile says what that was worth.  Tested by brute force.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.profiles import pure_strategies
from bargain.equilibria.search import Search
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["MAX_PROFILES", "PureProfiles", "pure_equilibria", "pure_profiles", "solve_pure"]

MAX_PROFILES = 10_000
"""Equilibria that are listed; a game with constant payoffs has as many as it has profiles."""

_MAX_NUMBERS = 20_000_000
"""Probabilities in all listed strategies together."""


_FEW = 16
"""Profiles are looked at one by one when at most one in so many is left."""


class PureProfiles(NamedTuple):
    """Pure equilibria: ``actions`` has shape (k, n), ``regrets`` has shape (k,), in payoff units."""

    actions: NDArray[np.intp]
    regrets: NDArray[np.float64]


def pure_equilibria(game: NormalFormGame, exactly: bool = False) -> PureProfiles:
    """Return all pure equilibria in the order of the actions.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    exactly : bool
        Whether float payoffs, too, tie only when they are equal.

    Returns
    -------
    PureProfiles
        Actions and regrets; a regret is zero unless float payoffs tied within rounding.

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    >>> pure_equilibria(game).actions.tolist()
    [[0, 0], [1, 1]]
    """
    tables = [game.ordinal(player) for player in range(game.num_players)]
    mask = np.ones((1,) * len(tables), dtype=bool)
    best: list[NDArray[Any]] = []
    places: tuple[NDArray[np.intp], ...] | None = None
    for player, values in enumerate(tables):
        best.append(values.max(axis=player, keepdims=True))
        slack = 0.0 if exactly or game.fractions is not None else game.rounding[player]
        least = best[player] - slack if slack else best[player]
        if places is None:
            mask = mask & (values >= least)
            # From then on only the profiles that are left are looked at.
            if np.count_nonzero(mask) * _FEW <= mask.size:
                places = np.unravel_index(np.flatnonzero(mask), mask.shape)
        else:
            stays = values[places] >= least[_along(places, player)]
            places = tuple(each[stays] for each in places)
    places = np.nonzero(mask) if places is None else places
    regrets = np.zeros(len(places[0]))
    if not (exactly or game.rational or game.fractions is not None):
        for player, values in enumerate(tables):
            np.maximum(regrets, best[player][_along(places, player)] - values[places], out=regrets)
    return PureProfiles(np.stack(places, axis=1), regrets)


def _along(places: tuple[NDArray[np.intp], ...], player: int) -> tuple[Any, ...]:
    """Return where the player's best payoffs against these profiles stand; their axis ``player`` has length 1."""
    return tuple(0 if i == player else each for i, each in enumerate(places))


def pure_profiles(game: NormalFormGame, found: PureProfiles, exact: bool) -> tuple[Profile, ...]:
    """Return the profiles of pure equilibria, the first ones when there are too many to list."""
    profiles = []
    for actions, regret in zip(found.actions[: listable(game)], found.regrets, strict=False):
        place = tuple(int(a) for a in actions)
        if exact:
            payoffs = tuple(game.exact_block(None, [[a] for a in place]).ravel())
            profiles.append(Profile(pure_strategies(game.num_actions, place), payoffs, payoffs[0] * 0))
        else:
            values = tuple(float(table[place]) for table in game.payoffs)
            profiles.append(Profile(tuple(map(_unit, game.num_actions, place)), values, float(regret)))
    return tuple(profiles)


def listable(game: NormalFormGame) -> int:
    """Return how many equilibria of a game are listed at most."""
    return max(1, min(MAX_PROFILES, _MAX_NUMBERS // sum(game.num_actions)))


def solve_pure(game: NormalFormGame, search: Search) -> Equilibria:
    """Return the pure equilibria; see :func:`pure_equilibria`."""
    found = pure_equilibria(game, exactly=search.exact)
    count = len(found.actions)
    profiles = pure_profiles(game, found, search.exact)
    if not search.all:
        profiles = profiles[:1]
        found = found._replace(regrets=found.regrets[:1])
    complete: bool | None
    if count == 0:
        # Every finite game has an equilibrium (Nash 1951), so there must be mixed ones.
        complete, reason = False, "there is no pure equilibrium, so there are mixed ones, which were not searched"
    elif len(profiles) < count and search.all:
        complete, reason = False, f"{count:,} pure equilibria, of which the first {len(profiles):,} are listed"
    elif not search.all:
        complete, reason = (None if count == 1 else False), "one equilibrium was asked for"
    else:
        complete, reason = None, "all pure equilibria are listed; mixed ones were not searched"
    return Equilibria(game, "pure", profiles, complete, reason, search.exact, notes=rounding_notes(found))


def rounding_notes(found: PureProfiles) -> tuple[str, ...]:
    """Return a note when payoffs tied only within rounding."""
    near = int(np.count_nonzero(found.regrets))
    if not near:
        return ()
    what = "pure profile is an equilibrium" if near == 1 else "pure profiles are equilibria"
    return (f"{near} {what} only up to rounding of the payoffs (largest regret {found.regrets.max():.1e})",)


def _unit(size: int, action: int) -> NDArray[np.float64]:
    strategy = np.zeros(size)
    strategy[action] = 1.0
    strategy.setflags(write=False)
    return strategy
