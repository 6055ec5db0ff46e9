"""Stored strategies and profiles read back, and the order in which they must stand.

A strategy is stored as ``{action: probability}`` over its support.  Profiles stand in the order of the first player's
strategy, then of the second's, and so on; strategies by their supports, then by probabilities, higher ones first.
Tested through the checks of equilibria.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, common, is_exact, mapping
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.work import FormError

__all__ = ["all_exact", "defect", "in_order", "key", "read_profile", "read_strategy", "written"]


def read_strategy(stored: Any, actions: Sequence[str]) -> Strategy:
    """Return a strategy in the order of the actions.

    Raises
    ------
    FormError
        An action is not the player's, or what stands at it is no number.
    TooLargeError
        The common denominator is huge.
    """
    chances = mapping(stored, "a strategy")
    places = {label: place for place, label in enumerate(actions)}
    unknown = [label for label in chances if label not in places]
    if unknown:
        raise FormError(f"there is no action {unknown[0][:40]!a}")
    read = {places[label]: amount(chance) for label, chance in chances.items()}
    if not read:
        raise FormError("a strategy without actions")
    # Sums of probabilities with huge different denominators would take for ever.
    common(read.values())
    return {place: read[place] for place in sorted(read)}


def read_profile(stored: Any, game: Table) -> tuple[Strategy, ...]:
    """Return one strategy per player."""
    strategies = by_name(stored, game.players, "a profile")
    return tuple(read_strategy(each, actions) for each, actions in zip(strategies, game.actions, strict=True))


def all_exact(stored: Any) -> bool:
    """Whether all numbers of a stored strategy or profile are exact."""
    if isinstance(stored, dict):
        return all(map(all_exact, stored.values()))
    if isinstance(stored, list):
        return all(map(all_exact, stored))
    return is_exact(stored)


def defect(strategy: Strategy) -> Fraction:
    """Return how far a strategy is from being a distribution over just its support."""
    lowest = min(strategy.values())
    # Supports only: what is listed must be positive.
    return max(abs(sum(strategy.values(), start=Fraction(0)) - 1), -lowest if lowest else Fraction(1))


def key(profile: Sequence[Strategy]) -> Any:
    """Return what profiles are ordered by."""
    return tuple((tuple(strategy), tuple(-chance for chance in strategy.values())) for strategy in profile)


def in_order(profiles: Sequence[Sequence[Strategy]]) -> int | None:
    """Return the place of the first profile that does not come after the one before it, counted from 0, or None."""
    keys = [key(profile) for profile in profiles]
    return next((place for place in range(1, len(keys)) if not keys[place - 1] < keys[place]), None)


def written(profile: Sequence[Strategy], game: Table) -> dict[str, dict[str, str]]:
    """Return a profile as it is stored, for a witness."""
    return {
        player: {labels[action]: str(chance) for action, chance in strategy.items()}
        for player, labels, strategy in zip(game.players, game.actions, profile, strict=True)
    }
