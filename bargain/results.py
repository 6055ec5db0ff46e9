"""What methods hand back: frozen, labelled records that carry their own status and certificate.

Nothing in this module computes anything; reports format these records and certificates check them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Only names of types: a game file is solved without loading what scenarios and bargaining need.
    from bargain.games.bargaining import BargainingProblem
    from bargain.games.continuous_game import ContinuousGame
    from bargain.games.normal_form import NormalFormGame
    from bargain.scenario.document import Document, Level

__all__ = [
    "Binding",
    "Certificate",
    "Component",
    "ConceptAnswer",
    "ContinuousEquilibria",
    "ContinuousProfile",
    "DisagreementPoint",
    "Equilibria",
    "ExpectationResult",
    "Frontier",
    "GameReport",
    "Linkage",
    "Outcome",
    "Profile",
    "Report",
    "Separate",
    "Solution",
    "Status",
    "SubPackage",
]

Number = float | Fraction


class Status(StrEnum):
    """How far an answer can be trusted.

    PROVED : the answer is optimal, and the certificate proves it (a global bound, or complete enumeration).
    CONVERGED : the local optimality conditions hold to the stated tolerance; a better deal elsewhere is not excluded.
    LIMIT : a limit of time, memory or steps stopped the work; the best answer so far is given.
    FAILED : no answer that satisfies the conditions was found.
    NO_DEAL : it is proved or, for continuous levers, found by search that no deal gives anybody more and nobody less
    than disagreement.
    """

    PROVED = "proved"
    CONVERGED = "converged"
    LIMIT = "limit"
    FAILED = "failed"
    NO_DEAL = "no_deal"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A claim, checked from its definition.

    ``gap`` is how far the claim is from being true (0 = exactly true) in ``unit``; the claim holds when it is at most
    ``tolerance``. ``witness`` is the deviation or deal that comes nearest to refuting it.  ``checked`` is False when
    the claim was left open, for the reason in ``method``: it is then neither refuted, nor does it hold.
    """

    claim: str
    gap: float
    tolerance: float
    unit: str = "fraction of the payoff range"
    witness: Any = None
    method: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = True

    @property
    def holds(self) -> bool:
        """Whether the claim is true within its tolerance; a gap that is not a number does not hold."""
        return self.checked and bool(self.gap <= self.tolerance)

    @property
    def refuted(self) -> bool:
        """Whether the claim was checked and is false; a claim that was not checked neither holds nor is refuted."""
        return self.checked and not self.holds


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
    well, the chosen one first. With status NO_DEAL the payoffs are the disagreement payoffs.
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
    levels when there is no deal.
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
    """

    players: tuple[str, ...]
    package: SubPackage
    separate: Separate
    subpackages: tuple[SubPackage, ...]
    value: tuple[float, ...]
    attribution: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The value of linkage summed over the players."""
        return sum(self.value)


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One ``[[expect]]`` rule, whether it held, and the numbers that it read."""

    name: str
    rule: str
    holds: bool
    values: Mapping[str, Any]
    line: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run has to say about a scenario; parts that were not asked for are None."""

    document: Document
    disagreement: DisagreementPoint
    solution: Solution | None = None
    alternatives: tuple[Solution, ...] = ()
    equilibria: Equilibria | None = None
    linkage: Linkage | None = None
    expectations: tuple[ExpectationResult, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, Level]] | None = None
    continuous: ContinuousEquilibria | None = None


@dataclass(frozen=True, slots=True)
class GameReport:
    """What was found about a game that was given as a game, not as a scenario.

    ``title`` is what its file calls it, ``file`` the file's name as the user gave it, and ``notes`` say how the game
    was made from the file.
    """

    equilibria: Equilibria
    title: str = ""
    file: str = ""
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
