"""Profiles with payoffs and regret from the game's definition, their canonical order, and the same in floats.

Profiles are ordered by the first player's strategy, then by the second's, and so on; strategies by their supports, then
by probabilities, higher ones first.  So pure equilibria stand in the order of their actions.  Tested with every method.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from bargain.games.normal_form import NormalFormGame
from bargain.results import Component, Profile

__all__ = [
    "canonical",
    "is_constant_sum",
    "is_exact",
    "make_profile",
    "pure_strategies",
    "rounded",
    "rounded_component",
    "to_two_players",
    "with_idle_players",
]


def make_profile(game: NormalFormGame, strategies: Sequence[Any]) -> Profile:
    """Return a profile with payoffs and regret; exact when the strategies are tuples of Fractions."""
    payoffs, regrets = game.payoffs_and_regrets(strategies)
    return Profile(tuple(strategies), payoffs, max(regrets))


def is_constant_sum(game: NormalFormGame) -> bool:
    """Whether the payoffs of two players add up to the same number everywhere (floats: up to rounding)."""
    if game.num_players != 2:
        return False
    if game.fractions is not None:
        total = game.fractions[0] + game.fractions[1]
        return bool((total == total[0, 0]).all())
    sums = game.payoffs[0] + game.payoffs[1]
    return bool(sums.max() - sums.min() <= sum(game.rounding))


def pure_strategies(sizes: Sequence[int], actions: Sequence[int]) -> tuple[tuple[Fraction, ...], ...]:
    """Return a profile of actions as exact strategies."""
    zero, one = Fraction(0), Fraction(1)
    return tuple((zero,) * a + (one,) + (zero,) * (m - a - 1) for m, a in zip(sizes, actions, strict=True))


def is_exact(profile: Profile) -> bool:
    """Whether the strategies are exact."""
    return all(isinstance(strategy, tuple) for strategy in profile.strategies)


def rounded(profile: Profile) -> Profile:
    """Return the profile in floats; payoffs and regret are those of the exact profile, rounded."""
    if not is_exact(profile):
        return profile
    strategies = tuple(_rounded(strategy) for strategy in profile.strategies)
    return Profile(strategies, tuple(float(u) for u in profile.payoffs), float(profile.regret))


def rounded_component(component: Component) -> Component:
    """Return the component with its corners in floats."""
    return replace(component, strategies=tuple(tuple(map(_rounded, side)) for side in component.strategies))


def _rounded(strategy: Sequence[Any]) -> Any:
    floats = np.zeros(len(strategy))
    for a, p in enumerate(strategy):
        if p:
            floats[a] = float(p)
    floats.setflags(write=False)
    return floats


def canonical(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """Return the profiles in canonical order, each one once."""
    keyed = sorted(((_place(profile), profile) for profile in profiles), key=lambda pair: pair[0])
    return tuple(profile for k, (place, profile) in enumerate(keyed) if k == 0 or place != keyed[k - 1][0])


def _place(profile: Profile) -> tuple[Any, ...]:
    return tuple(
        (support, tuple(-strategy[a] for a in support))
        for strategy, support in zip(profile.strategies, profile.supports, strict=True)
    )


def to_two_players(game: NormalFormGame, active: Sequence[int]) -> NormalFormGame:
    """Return the game between the two players that have a choice, all others having a single action."""
    axis = tuple(1 + i for i in range(game.num_players) if i not in active)
    pair = list(active)
    return NormalFormGame(
        players=tuple(game.players[i] for i in pair),
        actions=tuple(game.actions[i] for i in pair),
        payoffs=game.payoffs[pair].squeeze(axis),
        fractions=None if game.fractions is None else game.fractions[pair].squeeze(axis),
        rational=game.rational,
    )


def with_idle_players(game: NormalFormGame, active: Sequence[int], strategies: Sequence[Any]) -> tuple[Any, ...]:
    """Return the strategies of the active players with those of the players that have a single action."""
    chosen = dict(zip(active, strategies, strict=True))
    exact = all(isinstance(strategy, tuple) for strategy in strategies)
    idle: Any = (Fraction(1),) if exact else np.ones(1)
    return tuple(chosen.get(i, idle) for i in range(game.num_players))
