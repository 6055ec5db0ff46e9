"""Games in which three or more players have a choice: all equilibria of small ones, some of larger ones.

Dominated actions are gone when this module gets a game. Small games are handed to ``polynomial``, which proves that
its list is complete or says why not; of larger ones all pure equilibria are listed, and those at the ends of some
paths of logit equilibria (``homotopy``). Tested with both methods and by the laws in ``tests/equilibria``.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from bargain.equilibria.late import on_demand
from bargain.equilibria.profiles import canonical, is_exact, make_profile
from bargain.equilibria.pure import pure_equilibria, pure_profiles
from bargain.equilibria.search import Search
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction
from bargain.results import Equilibria, Profile

__all__ = ["SMALL", "is_small", "lifted", "solve_many_players", "solve_reduced"]

SMALL = 9
"""Free probabilities of all players together up to which all equilibria are sought: a 4 x 4 x 4 game has nine."""

_MOST_SUPPORTS = 20_000

_polynomial = on_demand("polynomial:polynomial_equilibria")
_homotopy = on_demand("homotopy:homotopy_equilibria")


def is_small(game: NormalFormGame) -> bool:
    """Whether all equilibria are sought by default."""
    free = sum(size - 1 for size in game.num_actions)
    return free <= SMALL and prod(2**size - 1 for size in game.num_actions) <= _MOST_SUPPORTS


def solve_many_players(reduction: Reduction, search: Search) -> Equilibria:
    """Return the equilibria of a game with many players, as far as they can be found and proved.

    Parameters
    ----------
    reduction : Reduction
        The game after elimination of dominated actions, and how to go back.
    search : Search
        What is wanted.

    Returns
    -------
    Equilibria
        Of the original game.
    """
    if is_small(reduction.game):
        found = solve_reduced("polynomial", reduction, search)
        if len(found) or search.expired or search.exact:
            return found
    return _pure_and_paths(reduction, search)


def solve_reduced(method: str, reduction: Reduction, search: Search) -> Equilibria:
    """Solve the reduced game by one method and return the answer for the original game."""
    solver = {"polynomial": _polynomial, "homotopy": _homotopy}[method]
    found: Equilibria = solver(reduction.game, search)
    return replace(found, game=reduction.original, profiles=lifted(reduction, found.profiles))


def lifted(reduction: Reduction, profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    """Return equilibria of the reduced game as equilibria of the original one.

    An eliminated action is never better than all others, so the regret stays the same.
    """
    if not reduction.log:
        return profiles
    made = []
    for profile in profiles:
        strategies = reduction.lift(profile.strategies)
        if is_exact(profile):
            made.append(make_profile(reduction.original, strategies))
        else:
            made.append(Profile(strategies, profile.payoffs, profile.regret))
    return tuple(made)


def _pure_and_paths(reduction: Reduction, search: Search) -> Equilibria:
    """Return all pure equilibria, and mixed ones at the ends of paths."""
    game = reduction.original
    found = pure_equilibria(game, exactly=True)
    pure = pure_profiles(game, found, exact=True)
    if (pure and not search.all) or len(pure) < len(found.actions):
        reason = f"{len(found.actions):,} pure equilibria, of which the first {len(pure):,} are listed"
        if not search.all:
            return Equilibria(game, "pure", pure[:1], None, "one equilibrium was asked for", exact=True)
        return Equilibria(game, "pure", pure, False, reason, exact=True)
    ends = solve_reduced("homotopy", reduction, search)
    mixed = [profile for profile in ends if profile.pure is None]
    listed = f"all pure equilibria are listed ({len(pure)})" if pure else "there is no pure equilibrium"
    profiles = canonical((*pure, *mixed))
    return Equilibria(
        game=game,
        method="pure, homotopy",
        profiles=profiles,
        complete=None if profiles else False,
        reason=f"{listed}; of the mixed ones, {ends.reason}",
        exact=all(map(is_exact, profiles)),
    )
