"""Everything that a run has to say, for reports.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Only names of types: a game file is solved without loading what scenarios and bargaining need.
    from bargain.results.deals import DisagreementPoint, Linkage, Solution
    from bargain.results.enforcement import Enforcement
    from bargain.results.equilibria import ContinuousEquilibria, Equilibria
    from bargain.results.structures import NoDealReasons
    from bargain.results.timing import Deadline, Offers
    from bargain.scenario.document import Document, Level

__all__ = ["ExpectationResult", "GameReport", "Report"]


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
    """Everything that one run has to say about a scenario; parts that were not asked for are None.

    ``notes`` say what was asked for and could not be done.
    """

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
    no_deal: NoDealReasons | None = None
    notes: tuple[str, ...] = ()
    enforcement: Enforcement | None = None
    deadline: Deadline | None = None
    offers: Offers | None = None


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
