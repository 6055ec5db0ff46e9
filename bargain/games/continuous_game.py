r"""Games on intervals: players set levers that move continuously, and possibly some with finitely many levels.

Player :math:`i` chooses the levels :math:`x_i` of its own levers in a box (times a finite set) to maximise its payoff
:math:`u_i(x_i, x_{-i})`.  A profile is an equilibrium when nobody gains by changing its own levels, and an
:math:`\varepsilon`-equilibrium when nobody gains more than :math:`\varepsilon` [Rosen1965]_.

The object knows what the game is: payoffs at points, their bounds over boxes, and each player's slopes in its own
levers.  How equilibria are found stands in :mod:`bargain.equilibria.continuous`.  Tested against the scenario's
compiled payoffs and derivatives.

References
----------
.. [Rosen1965] J. B. Rosen, Existence and uniqueness of equilibrium points for concave n-person games, Econometrica 33,
   1965.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bargain.games.deal_formulas import payoff_formula
from bargain.payoffs.enclosure import Formula
from bargain.scenario.document import Document
from bargain.scenario.formula import read_formula

__all__ = ["ContinuousGame", "GameLever"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GameLever:
    """A lever and the player who sets it (its position): an interval, or finitely many ``levels`` (codes)."""

    name: str
    owner: int
    lower: float
    upper: float
    levels: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        ends = (self.lower, self.upper, *(self.levels or ()))
        if not all(map(math.isfinite, ends)) or self.lower > self.upper:
            raise ValueError(f"lever `{self.name}`: [{self.lower:g}, {self.upper:g}] is not an interval of numbers")

    @property
    def moves(self) -> bool:
        """Whether the lever moves on an interval of positive length."""
        return self.levels is None and self.lower < self.upper

    @property
    def choices(self) -> tuple[float, ...]:
        """The levels that are tried one by one: all of a finite lever; of an interval, its lower end."""
        return self.levels or (self.lower,)


@dataclass(frozen=True, eq=False)
class ContinuousGame:
    """A game of n players over L levers, each set by one of them.

    Parameters
    ----------
    players : sequence of n str
        Names.
    levers : sequence of L GameLever
        What is set, by whom, on which interval or levels.
    payoffs : sequence of n Formula
        One payoff a player, in all levers.
    describe : callable, optional
        Turns L level codes into levels as a user sees them; ``{lever: level}`` by default.

    Raises
    ------
    ValueError
        Numbers do not fit, or a lever has no such owner.

    Examples
    --------
    Two firms choose quantities; the price is 12 less the sum of both, and there are no costs [Cournot 1838].

    >>> duopoly = ContinuousGame.from_formulas(
    ...     ["A", "B"],
    ...     {"a": ("A", 0, 12), "b": ("B", 0, 12)},
    ...     {"A": "a*(12 - a - b)", "B": "b*(12 - a - b)"},
    ... )
    >>> duopoly.payoffs_at([4, 4])
    (16.0, 16.0)
    >>> [lever.name for lever in duopoly.levers if lever.owner == 1]
    ['b']
    """

    players: tuple[str, ...]
    levers: tuple[GameLever, ...]
    payoffs: tuple[Formula, ...]
    describe: Callable[[Sequence[float]], Any] | None = None

    def __post_init__(self) -> None:
        for name in ("players", "levers", "payoffs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.players or len(self.players) != len(self.payoffs):
            raise ValueError(f"{len(self.payoffs)} payoffs for {len(self.players)} players")
        names = tuple(lever.name for lever in self.levers)
        for lever in self.levers:
            if not 0 <= lever.owner < len(self.players):
                raise ValueError(f"lever `{lever.name}` is set by player {lever.owner}; there are {len(self.players)}")
        if any(formula.levers != names for formula in self.payoffs):
            raise ValueError("every payoff must be a formula in the game's levers, in their order")

    @classmethod
    def from_formulas(
        cls,
        players: Sequence[str],
        levers: Mapping[str, tuple[str, float, float] | tuple[str, Sequence[float]]],
        payoffs: Mapping[str, str],
    ) -> ContinuousGame:
        """Return the game of formulas.

        Parameters
        ----------
        players : sequence of str
            Names.
        levers : mapping
            Name to ``(player, lower, upper)`` for an interval, or ``(player, levels)`` for a finite lever.
        payoffs : mapping
            Player to the formula of its payoff, in the formula language of scenarios.

        Raises
        ------
        ValueError
            A name is not known, or a formula cannot be read.
        """
        places = {name: place for place, name in enumerate(players)}
        unknown = {item[0] for item in levers.values()} - set(places) | set(payoffs) ^ set(places)
        if unknown:
            raise ValueError(f"`{min(unknown)}` needs to be a player with a payoff; players are {', '.join(players)}")
        made = []
        for name, (owner, *ends) in levers.items():
            if len(ends) == 2:
                made.append(GameLever(name, places[owner], float(ends[0]), float(ends[1])))  # type: ignore[arg-type]
            else:
                levels = tuple(float(level) for level in ends[0])  # type: ignore[union-attr]
                made.append(GameLever(name, places[owner], min(levels), max(levels), levels))
        return cls(
            tuple(players), tuple(made), tuple(Formula(read_formula(payoffs[name]), tuple(levers)) for name in players)
        )

    @classmethod
    def from_document(cls, document: Document) -> ContinuousGame:
        """Return the no-agreement game of a scenario: every player sets its own levers, all at once.

        Levers that nobody sets stand at their status quo; limits on deals do not bind here.
        """
        players = document.player_names
        kept = [place for place, lever in enumerate(document.levers) if lever.set_by in players]
        levers = []
        for place in kept:
            lever = document.levers[place]
            codes = lever.codes
            ends = (lever.lower, lever.upper) if codes is None else (min(codes), max(codes))
            levers.append(GameLever(lever.name, players.index(str(lever.set_by)), *ends, codes))
        payoffs = tuple(payoff_formula(document, player, kept, document.status_quo) for player in players)

        def describe(levels: Sequence[float]) -> dict[str, dict[str, Any]]:
            codes = list(document.status_quo)
            for place, level in zip(kept, levels, strict=True):
                codes[place] = float(level)
            return document.terms(tuple(codes))

        return cls(players, tuple(levers), payoffs, describe)

    @cached_property
    def moving(self) -> tuple[int, ...]:
        """The levers that move on intervals."""
        return tuple(place for place, lever in enumerate(self.levers) if lever.moves)

    def owned(self, player: int) -> tuple[int, ...]:
        """Return the levers that a player sets and that move on intervals."""
        return tuple(place for place in self.moving if self.levers[place].owner == player)

    def choices(self, player: int | None = None) -> list[dict[int, float]]:
        """Return the combinations of levels of the finite levers: a player's own, or all."""
        finite = [place for place, lever in enumerate(self.levers) if not lever.moves and player in (None, lever.owner)]
        combinations = product(*(self.levers[place].choices for place in finite))
        return [dict(zip(finite, levels, strict=True)) for levels in combinations]

    @property
    def box(self) -> tuple[Array, Array]:
        """Lower and upper ends of all levers."""
        return np.array([lever.lower for lever in self.levers]), np.array([lever.upper for lever in self.levers])

    def payoffs_at(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return the payoff of every player at one vector of L level codes, in plain floats."""
        return tuple(formula.value(levels) for formula in self.payoffs)

    def values(self, levels: ArrayLike) -> Array:
        """Return payoffs at many points: shape (..., L) to (..., n); not a number where a payoff is undefined."""
        points = np.asarray(levels, dtype=float)
        columns = points.reshape(-1, points.shape[-1]).T
        found = [formula.values(columns) for formula in self.payoffs]
        return np.stack(found, axis=-1).reshape(*points.shape[:-1], len(self.players))

    def own_slopes(self, levels: ArrayLike) -> Array:
        """Return, at one vector of levels, each moving lever's effect on the payoff of the player who sets it.

        Returns
        -------
        ndarray, one entry for each lever in ``moving``
        """
        column = np.asarray(levels, dtype=float)[:, None]
        slopes = []
        for lever in self.moving:
            jet = self.payoffs[self.levers[lever].owner].over(column, column, (lever,), order=1)
            low, high = jet.slopes.get(lever, (0.0, 0.0))
            slopes.append(float(np.ravel((low + high) / 2)[0]))
        return np.array(slopes)

    def described(self, levels: Sequence[float]) -> Any:
        """Return levels as a user sees them."""
        plain = [float(level) for level in levels]
        if self.describe is not None:
            return self.describe(plain)
        return {lever.name: level for lever, level in zip(self.levers, plain, strict=True)}
