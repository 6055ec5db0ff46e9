"""Solution points that another program stores with a negotiation domain, beside what our rules pick.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bargain.results.deals import Number

__all__ = ["PointComparison"]


@dataclass(frozen=True, slots=True)
class PointComparison:
    """A stored point and the deal of our rule.

    Parameters
    ----------
    theirs, ours : str
        The point's name in the file, and the rule of ours that says the same (None: we have none).
    basis : str
        The disagreement point that goes with it, in words.
    disagreement : tuple of numbers
        That point.
    stored_payoffs, payoffs : tuple of numbers
        As the file says, and what our rule gives (None without a rule).
    stored_deal, deal : mapping or None
        The outcomes as ``{issue: value}``; None where there is none.
    same : bool or None
        Whether the stored payoffs are those of our deal, or of one that our rule ranks equal; None without a rule.
    as_good : bool or None
        Whether the stored payoffs are worth as much by what the rule makes largest, so that the two only choose
        differently among equals; None where that is not one number.
    sound : bool or None
        Whether the stored payoffs are those of the stored outcome; None where no outcome is stored.
    note : str
        What the other program computes under this name.
    """

    theirs: str
    ours: str | None
    basis: str
    disagreement: tuple[Number, ...]
    stored_payoffs: tuple[Number, ...]
    payoffs: tuple[Number, ...] | None
    stored_deal: Any
    deal: Any
    same: bool | None
    as_good: bool | None
    sound: bool | None
    note: str = ""
