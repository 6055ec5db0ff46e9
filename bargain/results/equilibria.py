"""What methods for games hand back: profiles, sets of equilibria, and answers of other concepts.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.results.certificate import Status

if TYPE_CHECKING:
    # Only names of types: a game file is solved without loading what scenarios and bargaining need.
    from bargain.games.continuous_game import ContinuousGame
    from bargain.games.normal_form import NormalFormGame

__all__ = ["Component", "ConceptAnswer", "ContinuousEquilibria", "ContinuousProfile", "Equilibria", "Profile"]

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Profile:
    """One strategy per player.

    ``strategies[i]`` is player i's distribution over its actions (numpy array of floats, or tuple of Fractions when
    exact), ``payoffs`` the expected payoffs, ``regret`` the largest gain that any player has from deviating alone, in
    payoff units.
    """

    strategies: tuple[Any, ...]
    payoffs: tuple[Number, ...]
    regret: Number

    @property
    def pure(self) -> tuple[int, ...] | None:
        """The action of every player when all are pure, else None."""
        supports = self.supports
        return tuple(s[0] for s in supports) if all(len(s) == 1 for s in supports) else None

    @property
    def supports(self) -> tuple[tuple[int, ...], ...]:
        """The actions that each player uses with positive probability."""
        return tuple(tuple(a for a, p in enumerate(strategy) if p > 0) for strategy in self.strategies)


@dataclass(frozen=True, slots=True)
class Component:
    """A maximal Nash subset of a two-player game: a convex set of equilibria that no larger one contains.

    ``strategies[i]`` holds the corners of player i's side; every pair of mixtures of the corners is an equilibrium.
    ``profiles`` are the places of the corner pairs in the list of equilibria, ``dimension`` is the dimension of the
    set (0 for a single equilibrium), and ``connected`` is the number of the connected component of the set of all
    equilibria to which it belongs, counted from 0.
    """

    strategies: tuple[tuple[Any, ...], ...]
    profiles: tuple[int, ...]
    dimension: int
    connected: int


@dataclass(frozen=True, slots=True)
class Equilibria:
    """Equilibria of a game, in canonical order.

    ``complete`` is True (proved: these are all; in a degenerate game, all extreme ones), False (known not to be all)
    or None (not known); ``reason`` says how that is known.  ``components`` are the maximal Nash subsets when they were
    computed.  ``parts`` holds the equilibria of the separable parts when their products are too many to be listed.
    ``selection`` says by which criterion the list was narrowed, and is empty when it was not.
    """

    game: NormalFormGame
    method: str
    profiles: tuple[Profile, ...]
    complete: bool | None
    reason: str
    exact: bool = False
    components: tuple[Component, ...] = ()
    parts: tuple[Equilibria, ...] = ()
    notes: tuple[str, ...] = ()
    selection: str = ""

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.profiles)

    def __len__(self) -> int:
        return len(self.profiles)

    def __getitem__(self, index: int) -> Profile:
        return self.profiles[index]


@dataclass(frozen=True, slots=True)
class ContinuousProfile:
    """Levels of all levers in a game on intervals, with what any player could gain by deviating alone.

    ``levels`` are codes in the game's order of levers, ``terms`` the same as a user sees them.  ``gains[i]`` is a pair:
    what player i gains by the best deviation found, and what none of its deviations exceeds, in payoff units; both are
    rigorous.  ``epsilon`` is the largest of the upper numbers, ``deviation`` the best one found (player, levels).  The
    status is PROVED (an epsilon-equilibrium to the tolerance asked for), LIMIT (work stopped before that was decided)
    or FAILED (somebody gains more than the tolerance).
    """

    levels: tuple[float, ...]
    terms: Any
    payoffs: tuple[float, ...]
    gains: tuple[tuple[float, float], ...]
    epsilon: float
    deviation: tuple[int, tuple[float, ...]]
    status: Status


@dataclass(frozen=True, slots=True)
class ContinuousEquilibria:
    """Pure equilibria of a game on intervals, by their levels.

    ``tolerances[i]`` is what player i may gain in an equilibrium, in payoff units.  ``profiles`` are PROVED or LIMIT;
    ``rejected`` satisfy the first-order conditions, but somebody gains by deviating further away.  ``complete`` is True
    (proved: these are all pure equilibria), False or None (not known), with the reason.
    """

    game: ContinuousGame
    method: str
    profiles: tuple[ContinuousProfile, ...]
    rejected: tuple[ContinuousProfile, ...]
    tolerances: tuple[float, ...]
    complete: bool | None
    reason: str
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[ContinuousProfile]:
        return iter(self.profiles)

    def __len__(self) -> int:
        return len(self.profiles)

    def __getitem__(self, index: int) -> ContinuousProfile:
        return self.profiles[index]


@dataclass(frozen=True, slots=True)
class ConceptAnswer:
    """What a solution concept other than Nash equilibrium says about a game.

    ``solution`` is the answer with players and actions called by their names, as results are stored; its numbers are
    floats, or Fractions where they are exact.
    """

    game: NormalFormGame
    concept: str
    solution: Mapping[str, Any]
    notes: tuple[str, ...] = ()
