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
    "Expectation",
    "Issue",
    "Level",
    "Lever",
    "Parameter",
    "PayoffEntry",
    "PayoffTable",
    "Player",
    "SolveOptions",
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
