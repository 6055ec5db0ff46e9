r"""Bargaining problems: what the players can reach together, and what they get without a deal.

A bargaining problem (Nash 1950) is a feasible set :math:`S` of payoff vectors with a disagreement point :math:`d`.
Here :math:`S` is finite (deals), the convex hull of that (lotteries over deals), or the image of continuous levers.
The *gain* of a player is its payoff less its disagreement payoff; a deal is *individually rational* when no gain is
negative.  The object knows these definitions; the rules that pick a deal live in :mod:`bargain.solutions`.
Tested through every rule against brute force in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from bargain.games.exact_numbers import NumberTable, as_fractions, read_numbers, recovered_ratio
from bargain.games.finite_deals import FiniteDeals

if TYPE_CHECKING:
    from bargain.games.continuous import ContinuousDeals

__all__ = ["BargainingProblem", "normalised_weights"]


@dataclass(frozen=True, eq=False)
class BargainingProblem:
    """A feasible set, a disagreement point and bargaining weights, for n players.

    Most users call :meth:`from_points`, :meth:`additive` or :meth:`factored`, or take ``scenario.problem()``.

    Parameters
    ----------
    players : tuple of str
        The players' names.
    feasible : FiniteDeals or ContinuousDeals
        What can be agreed.
    disagreement : tuple of float
        Payoffs without a deal.
    exact_disagreement : tuple of Fraction, optional
        The same without rounding, when it was given in integers or Fractions.
    lotteries : bool
        Whether the players may agree on a lottery over deals.
    weights : tuple of float
        Bargaining weights of the Nash solution; they are scaled to sum to one, and equal by default.
    reference : tuple of numbers
        Payoffs at the reference point of the Gupta-Livne solution; empty when there is none.

    Raises
    ------
    ValueError
        Numbers of players do not agree, or a number is not finite or not positive where it must be.
    """

    players: tuple[str, ...]
    feasible: FiniteDeals | ContinuousDeals
    disagreement: tuple[float, ...]
    exact_disagreement: tuple[Fraction, ...] | None = None
    lotteries: bool = False
    weights: tuple[float, ...] = ()
    reference: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "players", tuple(self.players))
        set_field(self, "disagreement", tuple(float(value) for value in self.disagreement))
        if len(self.players) < 2:
            raise ValueError("bargaining needs two or more players")
        if len(self.disagreement) != len(self.players):
            raise ValueError(f"disagreement: {len(self.players)} numbers are needed, got {len(self.disagreement)}")
        if not all(isfinite(value) for value in self.disagreement):
            raise ValueError("disagreement: a number is not finite")
        set_field(self, "reference", tuple(self.reference))
        if self.reference and len(self.reference) != len(self.players):
            raise ValueError(f"reference: {len(self.players)} numbers are needed, got {len(self.reference)}")
        if not all(isfinite(value) for value in self.reference):
            raise ValueError("reference: a number is not finite")
        if isinstance(self.feasible, FiniteDeals) and self.feasible.num_players != len(self.players):
            raise ValueError(f"{len(self.players)} players, but payoffs for {self.feasible.num_players}")
        weights = tuple(self.weights) if self.weights is not None else ()
        set_field(self, "weights", normalised_weights(weights or (1,) * self.num_players, self.num_players))

    @property
    def num_players(self) -> int:
        """The number of players n."""
        return len(self.players)

    @property
    def exact(self) -> bool:
        """Whether every payoff and the disagreement point were given in integers or Fractions."""
        finite = isinstance(self.feasible, FiniteDeals) and self.feasible.exact is not None
        return finite and self.exact_disagreement is not None

    @property
    def fractional(self) -> bool:
        """Whether answers are Fractions: the problem is exact, and a Fraction was among its numbers."""
        return self.exact and isinstance(self.feasible, FiniteDeals) and self.feasible.fractional

    @classmethod
    def from_points(
        cls,
        points: ArrayLike | Sequence[Sequence[Any]],
        disagreement: Sequence[Any],
        lotteries: bool = False,
        *,
        players: Sequence[str] | None = None,
        weights: Sequence[Any] | None = None,
    ) -> BargainingProblem:
        """Make a problem from a list of deals.

        Parameters
        ----------
        points : array of shape (k, n), or rows of floats, integers or Fractions
            The payoffs of each deal; a deal is known by its row number.
        disagreement : sequence of n numbers
            Payoffs without a deal.
        lotteries : bool
            Whether lotteries over the deals are allowed.
        players : sequence of str, optional
            Names; "player 1", "player 2", ... by default.
        weights : sequence of n positive numbers, optional
            Bargaining weights.

        Raises
        ------
        ValueError
            ``points`` is not a table of finite numbers with at least one row.

        Examples
        --------
        >>> problem = BargainingProblem.from_points([(4, 1), (2, 3), (0, 4)], disagreement=(0, 0))
        >>> problem.num_players, problem.exact
        (2, True)
        """
        table = read_numbers(points, "points")
        if table.floats.ndim != 2 or len(table.floats) == 0:
            raise ValueError("points: a table with one row per deal and one column per player is needed")
        column = NumberTable(table.floats.T, None if table.exact is None else table.exact.T, table.fractional)
        terms = [((0,), column)]
        return cls._finite((len(table.floats),), terms, disagreement, lotteries, players, weights, listed=True)

    @classmethod
    def additive(
        cls,
        issues: Sequence[ArrayLike | Sequence[Sequence[Any]]],
        disagreement: Sequence[Any],
        lotteries: bool = False,
        *,
        players: Sequence[str] | None = None,
        weights: Sequence[Any] | None = None,
    ) -> BargainingProblem:
        """Make a problem of separable issues, whose payoffs add up.

        Parameters
        ----------
        issues : list of (levels, n) arrays
            The payoffs of each level of each issue; a deal is a tuple of level indices, one per issue.
        disagreement, lotteries, players, weights
            As in :meth:`from_points`.

        Examples
        --------
        Neither issue helps both players; the package does (Tollison and Willett 1979).

        >>> package = BargainingProblem.additive([[(0, 0), (4, -1)], [(0, 0), (-1, 2)]], disagreement=(0, 0))
        >>> package.feasible.payoffs((1, 1)).tolist()
        [[3.0, 1.0]]
        """
        terms = []
        for number, issue in enumerate(issues):
            table = read_numbers(issue, f"issue {number}")
            if table.floats.ndim != 2 or len(table.floats) == 0:
                raise ValueError(f"issue {number}: a table with one row per level and one column per player is needed")
            exact = None if table.exact is None else table.exact.T
            terms.append(((number,), NumberTable(table.floats.T, exact, table.fractional)))
        sizes = tuple(table.floats.shape[1] for _, table in terms)
        return cls._finite(sizes, terms, disagreement, lotteries, players, weights)

    @classmethod
    def factored(
        cls,
        sizes: Sequence[int],
        terms: Sequence[tuple[Sequence[int], Any]],
        disagreement: Sequence[Any],
        lotteries: bool = False,
        *,
        players: Sequence[str] | None = None,
        weights: Sequence[Any] | None = None,
    ) -> BargainingProblem:
        """Make a problem whose payoffs are a sum of terms, each of which reads some levers.

        Parameters
        ----------
        sizes : sequence of int
            Number of levels of each lever; a deal is a tuple of level indices.
        terms : list of (levers, array) pairs
            The array has shape (n, levels of the first lever read, levels of the second, ...);
            it is what the term gives to each player.
        disagreement, lotteries, players, weights
            As in :meth:`from_points`.

        Examples
        --------
        Two levers that pay only when both are moved:

        >>> both = BargainingProblem.factored((2, 2), [((0, 1), [[[0, 0], [0, 3]], [[0, 0], [0, 2]]])], (0, 0))
        >>> both.feasible.payoffs((1, 1)).tolist()
        [[3.0, 2.0]]
        """
        tables = [
            (tuple(levers), read_numbers(values, f"term over levers {tuple(levers)}")) for levers, values in terms
        ]
        return cls._finite(tuple(sizes), tables, disagreement, lotteries, players, weights)

    @classmethod
    def _finite(
        cls,
        sizes: tuple[int, ...],
        terms: Sequence[tuple[tuple[int, ...], NumberTable]],
        disagreement: Sequence[Any],
        lotteries: bool,
        players: Sequence[str] | None,
        weights: Sequence[Any] | None,
        listed: bool = False,
    ) -> BargainingProblem:
        default = read_numbers(disagreement, "disagreement")
        if default.floats.ndim != 1:
            raise ValueError("disagreement: one number per player is needed")
        exact = default.exact is not None and all(table.exact is not None for _, table in terms)
        deals = FiniteDeals(
            sizes,
            tuple((levers, table.floats) for levers, table in terms),
            exact=tuple(table.exact for _, table in terms if table.exact is not None) if exact else None,
            fractional=exact and (default.fractional or any(table.fractional for _, table in terms)),
            listed=listed,
        )
        names = tuple(players) if players is not None else tuple(f"player {k + 1}" for k in range(deals.num_players))
        return cls(
            names,
            deals,
            tuple(default.floats.tolist()),
            as_fractions(default.exact.tolist()) if exact and default.exact is not None else None,
            lotteries,
            () if weights is None else tuple(weights),
        )

    def exact_weights(self, weights: Sequence[float] | None = None) -> tuple[Fraction, ...] | None:
        """Return weights (the problem's own by default) as simple ratios that sum to one, or None."""
        ratios = [recovered_ratio(weight) for weight in (self.weights if weights is None else weights)]
        known = [ratio for ratio in ratios if ratio is not None]
        return tuple(known) if len(known) == len(ratios) and sum(known) == 1 else None


def normalised_weights(weights: Sequence[Any], num_players: int) -> tuple[float, ...]:
    """Return weights scaled to sum to one.

    Raises
    ------
    ValueError
        There is not one positive finite number per player.

    Examples
    --------
    >>> normalised_weights([1, 3], 2)
    (0.25, 0.75)
    """
    values = [float(weight) for weight in np.asarray(weights, dtype=object).ravel()]
    if len(values) != num_players:
        raise ValueError(f"weights: {num_players} numbers are needed, got {len(values)}")
    if not all(isfinite(value) and value > 0 for value in values):
        raise ValueError("weights: every weight must be a positive finite number")
    whole = sum(Fraction(value) for value in values)
    return tuple(float(Fraction(value) / whole) for value in values)
