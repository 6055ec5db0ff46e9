"""What a scenario file says, checked and frozen.

A :class:`Document` is the result of reading: names are known, levels are laid out, formulas are trees.  It knows no
sympy and no numpy.  Nothing here computes payoffs; see :mod:`bargain.payoffs`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bargain.errors import Diagnostic
from bargain.scenario.expression import Expression

__all__ = [
    "Constraint",
    "Definition",
    "Disagreement",
    "Document",
    "Enforcement",
    "Expectation",
    "Issue",
    "Level",
    "Lever",
    "Parameter",
    "PayoffEntry",
    "PayoffTable",
    "Player",
    "SolveOptions",
    "Timing",
]

Level = float | str
"""A level as the user writes it: a number, or the name of a named level."""


@dataclass(frozen=True, slots=True)
class Player:
    """A party at the table: ``power`` is its weight before scaling, ``disagreement`` its own formula if any."""

    name: str
    label: str
    power: float = 1.0
    disagreement: Expression | None = None


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that can be moved.

    ``levels`` are the finitely many levels in the file's order (numbers ascending when laid out from a range), or None
    when the lever is continuous on ``[lower, upper]``.  Formulas see a number, the *code* of a level: the level itself,
    or the position (0, 1, ...) of a named one.
    """

    name: str
    issue: str
    label: str
    unit: str
    status_quo: Level
    lower: float
    upper: float
    levels: tuple[Level, ...] | None = None
    set_by: str | None = None
    _places: Mapping[Level, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A formula may name one of thousands of levels thousands of times.
        object.__setattr__(self, "_places", {level: place for place, level in enumerate(self.levels or ())})

    @property
    def continuous(self) -> bool:
        """Whether the lever moves on an interval."""
        return self.levels is None

    @property
    def named(self) -> bool:
        """Whether the levels are names."""
        return self.levels is not None and isinstance(self.levels[0], str)

    def has(self, level: Level) -> bool:
        """Return whether ``level`` is one of the listed levels."""
        return level in self._places

    def code(self, level: Level) -> float:
        """Return the number that formulas see for ``level``."""
        if isinstance(level, str):
            if level not in self._places:
                raise ValueError(f"lever `{self.name}` has no level `{level}`")
            return float(self._places[level])
        return float(level)

    def level(self, code: float) -> Level:
        """Return the level whose code is ``code``."""
        if self.named:
            assert self.levels is not None
            return self.levels[round(code)]
        return float(code)

    @property
    def codes(self) -> tuple[float, ...] | None:
        """The codes of all levels, or None for a continuous lever."""
        return None if self.levels is None else tuple(self.code(level) for level in self.levels)


@dataclass(frozen=True, slots=True)
class Issue:
    """One or several levers that are talked about together; ``parties`` are the players whom it concerns."""

    name: str
    label: str
    levers: tuple[Lever, ...]
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number with, where known, a plausible range, a unit and a source."""

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    label: str = ""
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A shared sub-expression of ``[define]``; it may use parameters, levers and earlier definitions."""

    name: str
    expression: Expression
    source: str


@dataclass(frozen=True, slots=True)
class PayoffTable:
    """Payoffs listed level by level: ``values`` in C order over the levels of ``levers`` (shape ``shape``)."""

    levers: tuple[str, ...]
    shape: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PayoffEntry:
    """What one player gets under one heading (an issue's name or ``joint``): a formula or a table."""

    player: str
    heading: str
    source: str
    expression: Expression | None = None
    table: PayoffTable | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A limit on deals: a condition over levers and parameters; ``line`` is where its rule stands, or None."""

    name: str
    expression: Expression
    source: str
    reason: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A rule over results that ``bargain test`` checks."""

    name: str
    expression: Expression
    source: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What happens without a deal: a kind, fixed payoffs where given, and how one of several equilibria is chosen."""

    kind: str = "status_quo"
    payoffs: tuple[float, ...] | None = None
    select: str = "welfare-best"


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """What ``[solve]`` asks for: rules (the first is the headline), lotteries, and the grid for continuous levers."""

    solutions: tuple[str, ...] = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")
    lotteries: bool = False
    compare: str = "linkage"
    grid: int = 11


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock of the talks, from ``[time]``; every tuple of numbers is in the players' order.

    ``discount`` holds the factors from one offer to the next, ``rounds`` the number of offers until time runs out (None
    without a deadline), and ``last_wait`` the length of the wait from the last offer to the deadline, in rounds: less
    than one when the deadline falls between two offers.  ``rate`` (a year), ``round_days`` and ``deadline_days`` are
    None when the file counts in rounds.  ``meanwhile`` and ``at_deadline`` are the codes of levels that stand while
    talks last and when time has run out, by lever; levers that are not named stand as they do without a deal.  Given
    payoffs take their place.  ``outside`` has None for a player without an outside option.
    """

    discount: tuple[float, ...]
    first_proposer: str
    rounds: int | None = None
    last_wait: float = 1.0
    protocol: str = "alternating"
    breakdown: float = 0.0
    rate: tuple[float, ...] | None = None
    round_days: float | None = None
    deadline_days: float | None = None
    meanwhile: tuple[tuple[str, float], ...] = ()
    meanwhile_payoffs: tuple[float, ...] | None = None
    at_deadline: tuple[tuple[str, float], ...] = ()
    at_deadline_payoffs: tuple[float, ...] | None = None
    outside: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What follows a breach of the deal, from ``[enforcement]``.

    ``discount`` holds the factors from one period to the next in the players' order, or None when the file gives
    none; ``snap_back`` the levers that return to their levels without a deal; ``breach`` the player who can break a
    lever that nobody sets alone; ``lag`` the number of periods until a breach of an issue is seen (0: it is answered in
    the next period); ``unobserved`` the issues whose breach nobody sees.
    """

    punishment: str = "nash"
    snap_back: tuple[str, ...] = ()
    discount: tuple[float, ...] | None = None
    rate: tuple[float, ...] | None = None
    period_days: float | None = None
    breach: tuple[tuple[str, str], ...] = ()
    lag: tuple[tuple[str, int], ...] = ()
    unobserved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole scenario; ``tree`` is the canonical parsed tree from which it was made."""

    id: str
    title: str
    units: str
    description: str
    sources: tuple[str, ...]
    players: tuple[Player, ...]
    issues: tuple[Issue, ...]
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    payoffs: tuple[PayoffEntry, ...]
    constraints: tuple[Constraint, ...]
    disagreement: Disagreement
    solve: SolveOptions
    expectations: tuple[Expectation, ...]
    tree: Mapping[str, Any] = field(repr=False, hash=False)
    warnings: tuple[Diagnostic, ...] = ()
    file: str = ""
    time: Timing | None = None
    enforcement: Enforcement | None = None

    @property
    def player_names(self) -> tuple[str, ...]:
        """The players' names in the file's order; every payoff vector has this order."""
        return tuple(player.name for player in self.players)

    @property
    def levers(self) -> tuple[Lever, ...]:
        """All levers, issue by issue, in the file's order; every vector of levels has this order."""
        return tuple(lever for issue in self.issues for lever in issue.levers)

    @property
    def status_quo(self) -> tuple[float, ...]:
        """The codes of the status-quo levels, one per lever."""
        return tuple(lever.code(lever.status_quo) for lever in self.levers)

    @property
    def weights(self) -> tuple[float, ...]:
        """Bargaining weights: the players' powers scaled to sum to one."""
        total = sum(player.power for player in self.players)
        return tuple(player.power / total for player in self.players)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical tree, so that comments and the order of keys do not change it."""
        text = json.dumps(self.tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def terms(self, codes: tuple[float, ...]) -> dict[str, dict[str, Level]]:
        """Return a vector of level codes as ``{issue: {lever: level}}``."""
        values = iter(codes)
        return {issue.name: {lever.name: lever.level(next(values)) for lever in issue.levers} for issue in self.issues}
