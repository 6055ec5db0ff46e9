"""Who gains from commitment: the deal under other disagreement points, and under tighter limits.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bargain.results.deals import DisagreementPoint, Solution
    from bargain.scenario.document import Document

__all__ = ["Ceiling", "Commitment", "DisagreementCase"]

Payoffs = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DisagreementCase:
    """The deal when the talks would end at another point.

    ``kind`` is one of "status_quo", "nash", "minmax", "threats", "fixed", or "commitment" with ``leader``, who chooses
    its levers first.  ``point`` and ``solution`` are None when the case is not defined here, for the ``reason``.
    """

    kind: str
    leader: str | None
    point: DisagreementPoint | None
    solution: Solution | None
    reason: str = ""

    @property
    def payoffs(self) -> Payoffs | None:
        """The payoffs in the end: of the deal, or of disagreement when there is none."""
        return None if self.solution is None else tuple(float(value) for value in self.solution.payoffs)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a limit on deals does to each player's gain.

    ``step`` is by how much the limit was moved, in the units of its formula; ``tighter`` and ``looser`` are the changes
    of the gains when it is moved inwards and outwards and the deal is found anew, None where there is no certified
    answer.  ``shadow`` is the change of each gain per unit of room at the deal (None where it is not known).
    """

    name: str
    rule: str
    line: int | None
    step: float
    shadow: Payoffs | None
    tighter: Payoffs | None
    looser: Payoffs | None
    works_for: tuple[str, ...]
    works_against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commitment:
    """Who gains from commitment.

    ``cases[0]`` is the scenario's own disagreement point.  ``leading[player]`` in the players' order is what a player
    gets in the deal when it commits itself first, less what it gets when nobody does (the equilibrium of the
    no-agreement game); None where one of the two is not known.  ``ceilings`` are the limits that bind, ``slack`` the
    names of those that do not, ``untried`` the names of those that are not one comparison of numbers.
    """

    document: Document
    rule: str
    cases: tuple[DisagreementCase, ...]
    leading: tuple[float | None, ...]
    ceilings: tuple[Ceiling, ...]
    slack: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
