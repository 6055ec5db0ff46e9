"""The default method: take the game apart until what is left is easy, and say what was proved.

1. Separable parts are solved one by one.
2. Strictly dominated actions are eliminated, which keeps the equilibria.
3. What is left between two players with a choice is enumerated exactly: small games basis by basis
   (:mod:`bargain.equilibria.extreme`), large ones by compiled code (:mod:`bargain.equilibria.enumeration`).  A zero-sum
   game too large for that is solved by linear programming, and another one gives one equilibrium
   (:mod:`bargain.equilibria.large`).
4. Among more players, all equilibria of small games are sought (``polynomial``); of larger ones all pure equilibria are
   listed, and mixed ones at the ends of some paths (``homotopy``).

Tested by comparing with every single method, and by the laws in ``tests/equilibria``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb
from typing import Any

from bargain.equilibria.components import nash_subsets
from bargain.equilibria.extreme import MAX_BASES, extreme_equilibria, many
from bargain.equilibria.late import on_demand
from bargain.equilibria.many_players import solve_many_players
from bargain.equilibria.profiles import (
    canonical,
    is_constant_sum,
    make_profile,
    pure_strategies,
    to_two_players,
    with_idle_players,
)
from bargain.equilibria.pure import pure_equilibria, pure_profiles, rounding_notes, solve_pure
from bargain.equilibria.search import Search
from bargain.equilibria.separable import solve_parts
from bargain.equilibria.vertices import num_bases, searchable_size
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction, eliminate_dominated
from bargain.results import Component, Equilibria, Profile

__all__ = ["active_players", "solve_auto", "solve_extreme"]

COMPILED_BASES = 20_000
"""Bases above which compiled code is worth loading: 8 x 8 games have 12,870."""

LARGEST_BASES = comb(40, 20)
"""Bases of a 20 x 20 game, the largest that is enumerated; it takes some seconds."""

_MAX_LABELS = 63

_solve_zero_sum = on_demand("zero_sum:solve_zero_sum")
_enumerate = on_demand("enumeration:enumerate_equilibria")
_solve_one = on_demand("large:solve_one")


def solve_auto(game: NormalFormGame, search: Search) -> Equilibria:
    """Return the equilibria of any game, as far as they can be found and proved."""
    if game.parts is not None and len(game.parts) > 1:
        return solve_parts(game, search, solve_auto)
    if not search.all:
        found = pure_equilibria(game, exactly=True)
        if len(found.actions):
            first = found._replace(actions=found.actions[:1])
            return Equilibria(
                game, "pure", pure_profiles(game, first, True), None, "one equilibrium was asked for", exact=True
            )
    reduction = eliminate_dominated(game)
    if _hard(reduction.game):
        reduction = eliminate_dominated(game, mixed=True)
    active = active_players(reduction.game)
    if len(active) > 2:
        return _many_players(search, reduction)
    if not active:
        return _settled(reduction)
    if len(active) == 2 and _too_large(reduction.game):
        return _large(game, search, reduction)
    if len(active) == 2 and not search.all and _bases(reduction.game) > COMPILED_BASES:
        return _one(game, search)
    return solve_extreme(game, search, reduction)


def active_players(game: NormalFormGame) -> tuple[int, ...]:
    """Return the players that have more than one action."""
    return tuple(i for i, size in enumerate(game.num_actions) if size > 1)


def solve_extreme(game: NormalFormGame, search: Search, reduction: Reduction | None = None) -> Equilibria:
    """Return all extreme equilibria of a game in which at most two players have a choice after elimination."""
    reduction = eliminate_dominated(game) if reduction is None else reduction
    active = active_players(reduction.game)
    if not active:
        return _settled(reduction)
    if len(active) == 1:
        return _alone(game, search, reduction)
    found = _between_two(reduction, lambda pair: _extreme(pair, search))
    if not search.all and len(found) > 1:
        one = "one equilibrium was asked for, and there are more"
        found = replace(found, profiles=found.profiles[:1], complete=False, reason=one, components=())
    return replace(found, notes=(*found.notes, *_notes(reduction)))


def _extreme(pair: NormalFormGame, search: Search) -> Equilibria:
    """Return all extreme equilibria of a two-player game, and the convex sets that they span when they are all."""
    m, n = pair.num_actions
    compiled = m + n <= _MAX_LABELS and COMPILED_BASES < num_bases(m, n) <= LARGEST_BASES
    found: Equilibria = _enumerate(pair, search) if compiled else extreme_equilibria(pair, search)
    if not (found.complete and search.all):
        return found
    why = "there are too many to list"
    try:
        subsets = nash_subsets([profile.strategies for profile in found], search)
    except KeyboardInterrupt:
        # The list of equilibria is complete, and not lost.
        subsets, why = None, "interrupted"
    if subsets is None:
        why = "time ran out" if search.expired else why
        return replace(found, notes=(*found.notes, f"maximal Nash subsets are not listed: {why}"))
    return replace(found, components=subsets)


def _hard(game: NormalFormGame) -> bool:
    return len(active_players(game)) > 2 or _too_large(game)


def _too_large(game: NormalFormGame) -> bool:
    sizes = [game.num_actions[i] for i in active_players(game)]
    limit = LARGEST_BASES if sum(sizes) <= _MAX_LABELS else MAX_BASES
    return len(sizes) == 2 and _bases(game) > limit


def _bases(game: NormalFormGame) -> int:
    sizes = [game.num_actions[i] for i in active_players(game)]
    return num_bases(sizes[0], sizes[1])


def _one(game: NormalFormGame, search: Search) -> Equilibria:
    found: Equilibria = _solve_one(game, search)
    return found


def _between_two(reduction: Reduction, solver: Callable[[NormalFormGame], Equilibria]) -> Equilibria:
    """Solve the game between the two players that have a choice, and return the answer for the original game."""
    active = active_players(reduction.game)
    found = solver(to_two_players(reduction.game, active))
    game = reduction.original
    if not reduction.log and game.num_players == 2:
        return replace(found, game=game)
    # Actions keep their order, so the profiles do too.
    profiles = tuple(_lifted_profile(profile, reduction, active) for profile in found)
    components = tuple(_lifted(component, reduction, active) for component in found.components)
    return replace(found, game=game, profiles=profiles, components=components)


def _lifted_profile(profile: Profile, reduction: Reduction, active: tuple[int, ...]) -> Profile:
    """Return an equilibrium of the game between two players as one of the original game."""
    strategies = reduction.lift(with_idle_players(reduction.game, active, profile.strategies))
    if reduction.original.num_players > 2:
        return make_profile(reduction.original, strategies)
    # An eliminated action is worse than another one whatever the others play, so that the regret stays the same.
    return replace(profile, strategies=strategies)


def _lifted(component: Component, reduction: Reduction, active: tuple[int, ...]) -> Component:
    """Return a component of the game between two players as one of the original game; idle players have one corner."""
    first = [corners[0] for corners in component.strategies]
    sides: list[list[Any]] = [[] for _ in reduction.survivors]
    for player, corners in zip(active, component.strategies, strict=True):
        for corner in corners:
            pair = [corner if other == player else first[k] for k, other in enumerate(active)]
            lifted = reduction.lift(with_idle_players(reduction.game, active, pair))
            sides[player].append(lifted[player])
    idle = reduction.lift(with_idle_players(reduction.game, active, first))
    return replace(component, strategies=tuple(tuple(side) or (idle[i],) for i, side in enumerate(sides)))


def _settled(reduction: Reduction) -> Equilibria:
    game = reduction.original
    strategies = pure_strategies(game.num_actions, [kept[0] for kept in reduction.survivors])
    return Equilibria(
        game=game,
        method="dominance",
        profiles=(make_profile(game, strategies),),
        complete=True,
        reason="iterated elimination of strictly dominated actions leaves one profile"
        if reduction.log
        else "no player has a choice",
        exact=True,
        notes=_notes(reduction),
    )


def _alone(game: NormalFormGame, search: Search, reduction: Reduction) -> Equilibria:
    """Return the best actions of the only player that has a choice; they are the corners of all equilibria."""
    found = pure_equilibria(reduction.game, exactly=True)
    count = len(found.actions)
    profiles = pure_profiles(reduction.game, found if search.all else found._replace(actions=found.actions[:1]), True)
    lifted = canonical(make_profile(game, reduction.lift(profile.strategies)) for profile in profiles)
    complete, reason = True, "all best actions of the only player that has a choice"
    if len(lifted) < count:
        complete = False
        reason = f"{count:,} best actions, of which the first {len(lifted):,} are listed"
    sides = tuple(
        tuple(dict.fromkeys(profile.strategies[player] for profile in lifted)) for player in range(game.num_players)
    )
    whole = Component(sides, tuple(range(len(lifted))), len(lifted) - 1, 0)
    return Equilibria(
        game=game,
        method="best response",
        profiles=lifted,
        complete=complete,
        reason=reason if search.all else "one equilibrium was asked for",
        exact=True,
        components=(whole,) if complete else (),
        notes=_notes(reduction),
    )


def _large(game: NormalFormGame, search: Search, reduction: Reduction) -> Equilibria:
    """Return what can be found in a two-player game that is too large to enumerate."""
    pair = to_two_players(reduction.game, active_players(reduction.game))
    if is_constant_sum(pair):
        found = _between_two(reduction, lambda two: _solve_zero_sum(two, search))
        return replace(found, notes=(*found.notes, *_notes(reduction)))
    if not search.all:
        return _one(game, search)
    m, n = pair.num_actions
    if searchable_size(m, n, MAX_BASES) >= 2:
        found = solve_extreme(game, search, reduction)
    else:
        found = solve_pure(game, search)
        reason = f"{found.reason}; the game is too large to enumerate ({many(num_bases(m, n))} bases)"
        found = replace(found, reason=reason, notes=(*found.notes, *_elimination_notes(reduction)))
    if len(found):
        return found
    # Every game has an equilibrium, and one can be found in any size.
    one = _one(game, search)
    return replace(one, complete=None, reason=f"one equilibrium was found by {one.method}; {found.reason}")


def _many_players(search: Search, reduction: Reduction) -> Equilibria:
    found = solve_many_players(reduction, search)
    return replace(found, notes=(*found.notes, *_notes(reduction)))


def _elimination_notes(reduction: Reduction) -> tuple[str, ...]:
    if not reduction.log:
        return ()
    count = len(reduction.log)
    rounds = reduction.log[-1].round
    return (f"{count} strictly dominated action{'s' * (count > 1)} eliminated in {rounds} round{'s' * (rounds > 1)}",)


def _notes(reduction: Reduction) -> tuple[str, ...]:
    """Return what was eliminated, and which pure profiles would be equilibria if rounding made no difference."""
    near = () if reduction.original.rational else rounding_notes(pure_equilibria(reduction.original))
    return (*_elimination_notes(reduction), *near)
