"""What comparing structures of talks hands back: each structure, the trade, the linkage terms, why there is no deal.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import Any

__all__ = [
    "BreakEven",
    "CrossDifference",
    "NoDealReasons",
    "Structure",
    "StructureKind",
    "Structures",
    "TermWorth",
    "Trade",
]

StructureKind = str
"""``"partition"``, ``"simultaneous"``, ``"myopic"`` or ``"anticipating"``."""

Tables = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure of talks with what it gives.

    ``tables`` are the blocks of issues, in the order of the talks for sequences. ``negotiated`` are the gains that the
    tables promise, added up; ``gains`` are those once all agreed levels stand. ``status`` is "solved"; for simultaneous
    tables also "none" (proved: no fixed point exists), "cycle" (the tables' answers go round for ever) or "limit" (they
    did not settle). ``agreed`` counts the tables with a deal; ``fixed_points`` holds the gains of every fixed point
    found, the shown one first, and ``complete`` says whether these are proved to be all (None where the question does
    not arise).
    """

    kind: StructureKind
    tables: Tables
    lottery: tuple[tuple[tuple[float, ...], float], ...]
    gains: tuple[float, ...]
    negotiated: tuple[float, ...]
    weights: tuple[float, ...]
    feasible: bool = True
    agreed: int = 0
    status: str = "solved"
    transfers: tuple[float, ...] | None = None
    fixed_points: tuple[tuple[float, ...], ...] = ()
    complete: bool | None = None
    note: str = ""

    @property
    def levels(self) -> tuple[float, ...] | None:
        """The level codes of all levers, or None when some table draws a lottery."""
        return self.lottery[0][0] if len(self.lottery) == 1 else None

    @property
    def total(self) -> float:
        """The sum of all players' gains."""
        return sum(self.gains)

    @property
    def log_product(self) -> float:
        """The logarithm of the weighted product of gains; minus infinity when somebody gains nothing or loses."""
        if min(self.gains) <= 0:
            return -inf
        return sum(weight * log(gain) for weight, gain in zip(self.weights, self.gains, strict=True))

    def losers(self, players: tuple[str, ...]) -> tuple[str, ...]:
        """Return the players who get less than without any deal."""
        size = max(abs(gain) for gain in (*self.gains, *self.negotiated)) or 1.0
        return tuple(name for name, gain in zip(players, self.gains, strict=True) if gain < -1e-9 * size)


@dataclass(frozen=True, slots=True)
class Structures:
    """All structures that were solved.

    ``partitions`` are ranked: feasible ones first, then by Nash product, then by total gain. ``complete`` is False
    when the work was interrupted.
    """

    partitions: tuple[Structure, ...] = ()
    simultaneous: tuple[Structure, ...] = ()
    sequences: tuple[Structure, ...] = ()
    complete: bool = True
    notes: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Structure, ...]:
        """Every structure: partitions, simultaneous tables, sequences."""
        return (*self.partitions, *self.simultaneous, *self.sequences)


@dataclass(frozen=True, slots=True)
class Trade:
    """What each side concedes and gains in a deal, heading by heading.

    ``changes`` holds for every heading of the payoffs (issues in order, then ``joint``: the linkage terms) each
    player's payoff in the deal less that at the no-agreement levels; ``transfers`` are side payments, received less
    given; ``offset`` is what the no-agreement levels give over the disagreement point. All add up to the gains.
    """

    changes: tuple[tuple[str, tuple[float, ...]], ...]
    transfers: tuple[float, ...] | None
    offset: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TermWorth:
    """What one linkage term of the payoffs is worth: joint gains of the package with and without it.

    ``last`` is what all terms give more than all but this one, ``first`` what this one alone gives more than none,
    ``shapley`` the mean over all orders (None where there are too many terms); ``players`` is ``last`` per player.
    """

    player: str
    heading: str
    issues: tuple[str, ...]
    text: str
    first: float
    last: float
    shapley: float | None
    players: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CrossDifference:
    """How much two issues are worth to the players together over what they are worth one by one, at the deal.

    Positive: complements; negative: substitutes; in the scenario's payoff unit.
    """

    issues: tuple[str, str]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """A number of the scenario at whose value a deal appears, all else as it is.

    ``value`` is the break-even value nearest to ``now`` on its side; ``scanned`` the values between which, and at how
    many points, it was looked for.
    """

    path: str
    now: float
    value: float
    deal: str
    scanned: tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class NoDealReasons:
    """Why there is no deal.

    ``blocking`` are the minimal sets of players whose individual rationality, when given up, would open a deal;
    ``gains`` and ``terms`` are those of the nearest miss: the deal in which somebody gains and the worst-off player
    loses least, as a share of what its payoff can move by (None when nobody gains in any deal). ``break_evens`` is None
    when they were not looked for; ``searched`` are the numbers that were varied.
    """

    blocking: tuple[tuple[str, ...], ...]
    gains: tuple[float, ...] | None = None
    terms: Any = None
    break_evens: tuple[BreakEven, ...] | None = None
    searched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
