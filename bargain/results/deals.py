"""What bargaining rules and structures of talks hand back.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.results.certificate import Certificate, Status

if TYPE_CHECKING:
    # Only names of types: a game file is solved without loading what scenarios and bargaining need.
    from bargain.games.bargaining import BargainingProblem
    from bargain.results.structures import CrossDifference, Structures, TermWorth, Trade

__all__ = ["Binding", "DisagreementPoint", "Frontier", "Linkage", "Outcome", "Separate", "Solution", "SubPackage"]

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """A deal with what it gives: ``deal`` as the problem describes it, payoffs in the players' order."""

    deal: Any
    payoffs: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that holds the deal back, with what one more unit of it would give to each player (None when not
    computed).

    ``kind`` is "constraint" (``name`` is its name; ``line`` where its rule stands) or "bound" (``name`` is a lever).
    """

    kind: str
    name: str
    shadow: tuple[float, ...] | None = None
    line: int | None = None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """The point that a rule picks from a bargaining problem.

    ``deal`` is the chosen pure deal (None for a lottery or when there is no deal); ``lottery`` holds (deal,
    probability) pairs when the problem allows lotteries; ``ties`` holds every deal that satisfies the rule equally
    well, the chosen one first. With status NO_DEAL the payoffs are the disagreement payoffs.  ``transfers`` holds what
    each player receives in side payments less what it gives (None without side payments); payoffs count it.
    """

    problem: BargainingProblem
    rule: str
    method: str
    status: Status
    payoffs: tuple[Number, ...]
    gains: tuple[Number, ...]
    deal: Any = None
    lottery: tuple[tuple[Any, Number], ...] | None = None
    ties: tuple[Outcome, ...] = ()
    certificate: Certificate | None = None
    weights: tuple[float, ...] | None = None
    binding: tuple[Binding, ...] = ()
    notes: tuple[str, ...] = ()
    transfers: tuple[float, ...] | None = None

    @property
    def agreed(self) -> bool:
        """Whether there is a deal."""
        return self.status in (Status.PROVED, Status.CONVERGED, Status.LIMIT)


@dataclass(frozen=True, slots=True)
class Frontier:
    """Pareto-efficient deals: ``payoffs`` is a (k, n) array in the order of the first player's payoff, ``deals`` the
    k deals.

    With lotteries these are the extreme points of the efficient frontier of the convex hull (2 players), and every
    efficient lottery mixes neighbours.
    """

    payoffs: Any
    deals: tuple[Any, ...]
    lotteries: bool = False

    def __len__(self) -> int:
        return len(self.deals)


@dataclass(frozen=True, slots=True)
class DisagreementPoint:
    """What the players get without a deal, and the levels that then stand.

    ``levels`` are level codes, one per lever, or None when no single vector of levels stands for it (mixed
    equilibria, fixed numbers, security levels). ``note`` says how it was chosen, for example "1 of 3 equilibria:
    welfare-best". ``threats`` gives, for that kind, every player's probabilities by the names of its actions.
    """

    kind: str
    payoffs: tuple[float, ...]
    levels: tuple[float, ...] | None
    note: str = ""
    threats: Mapping[str, Mapping[str, Number]] | None = None


@dataclass(frozen=True, slots=True)
class SubPackage:
    """The solution when only ``issues`` are on the table and all others stay at their no-agreement levels.

    ``lottery`` holds (level codes of all levers, probability) pairs: a single pair for a pure deal, the no-agreement
    levels when there is no deal.  Gains count side payments.
    """

    issues: tuple[str, ...]
    solution: Solution
    lottery: tuple[tuple[tuple[float, ...], float], ...]
    gains: tuple[float, ...]

    @property
    def agreed(self) -> bool:
        """Whether there is a deal."""
        return self.solution.agreed

    @property
    def levels(self) -> tuple[float, ...] | None:
        """The level codes of all levers, or None when the deal is a lottery."""
        return self.lottery[0][0] if len(self.lottery) == 1 else None

    @property
    def total(self) -> float:
        """The sum of all players' gains."""
        return sum(self.gains)


@dataclass(frozen=True, slots=True)
class Separate:
    """All issues settled table by table, each table holding the others at their no-agreement levels.

    ``negotiated`` are the gains that the tables promise, added up; ``gains`` are the gains once all tables' levels
    stand together, so that linkage terms count (expected gains when tables draw lotteries); ``feasible`` is False when
    the tables' deals break a joint constraint together.
    """

    tables: tuple[SubPackage, ...]
    lottery: tuple[tuple[tuple[float, ...], float], ...]
    gains: tuple[float, ...]
    negotiated: tuple[float, ...]
    feasible: bool

    @property
    def levels(self) -> tuple[float, ...] | None:
        """The level codes of all levers, or None when some table draws a lottery."""
        return self.lottery[0][0] if len(self.lottery) == 1 else None


@dataclass(frozen=True, slots=True)
class Linkage:
    """What linking the issues is worth.

    ``value`` is gain(package) - gain(separate) per player; ``subpackages`` holds the solved subsets of issues (all of
    them when attribution is asked for); ``attribution`` is each issue's Shapley share of the joint gain, or None.
    ``marginal`` holds for each issue what it adds first (alone) and last (to all others); ``trade`` what each side
    concedes and gains in the package; ``terms`` the worth of the linkage terms; ``matrix`` the cross-differences of
    issues at the deal; ``smallest`` the packages of fewest issues that find a deal, known when all were solved;
    ``structures`` the other structures, where they were asked for. ``cost`` is the share of a side payment that is
    lost, None when side payments are not allowed; ``complete`` is False when the work was interrupted.
    """

    players: tuple[str, ...]
    package: SubPackage
    separate: Separate
    subpackages: tuple[SubPackage, ...]
    value: tuple[float, ...]
    attribution: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()
    structures: Structures | None = None
    trade: Trade | None = None
    marginal: Mapping[str, tuple[float, float]] | None = None
    terms: tuple[TermWorth, ...] | None = None
    matrix: tuple[CrossDifference, ...] | None = None
    smallest: tuple[tuple[str, ...], ...] | None = None
    cost: float | None = None
    complete: bool = True

    @property
    def total(self) -> float:
        """The value of linkage summed over the players."""
        return sum(self.value)
