"""How far an answer can be trusted, and claims that were checked.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Certificate", "Status"]


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
