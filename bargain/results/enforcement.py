"""Whether a deal holds once it is signed: what a breach gains, how patient the players must be, and what they can keep.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only names of types: a game file is solved without loading what scenarios and bargaining need.
    from bargain.results.deals import Solution
    from bargain.scenario.document import Level

__all__ = ["EnforcedDeal", "Enforcement", "Incentive", "PathPoint", "PunishmentPayoffs"]

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Incentive:
    """What one player could gain by breaking a deal on one issue, or on all at once (``issue`` is None).

    Parameters
    ----------
    player, issue : str
        Who breaks what.
    payoff, breach, punishment : number
        A period: from the deal, from the best breach while it lasts, once it is answered.
    bound : float
        What no breach exceeds; the same as ``breach`` where all levels were tried.
    critical : number, optional
        The least discount factor at which the player keeps the deal; None when no factor below 1 is enough.
    terms : mapping
        What the best breach sets: ``{lever: level}``, only levers that differ from the deal.
    lag : int, optional
        Periods until this breach is seen; None when it is never seen.
    breaches : tuple of numbers
        The most a period by breaking what is seen 0, 1, ... periods later or not before; ``breach`` is the first.
    unseen : number, optional
        The most by breaking only what nobody ever sees; None when there is no such issue.
    factor : float, optional
        The player's discount factor.
    surplus : float, optional
        At that factor, what the player loses by the most tempting breach, as a payoff a period: the deal holds when it
        is not negative.
    """

    player: str
    issue: str | None
    payoff: Number
    breach: Number
    punishment: Number
    bound: float
    critical: Number | None
    terms: Mapping[str, Level]
    lag: int | None = 0
    breaches: tuple[Number, ...] = ()
    unseen: Number | None = None
    factor: float | None = None
    surplus: float | None = None

    @property
    def gain(self) -> Number:
        """What the breach gains at once."""
        return self.breach - self.payoff

    @property
    def holds(self) -> bool | None:
        """Whether the player keeps the deal at its factor; None when no factor is given."""
        return None if self.surplus is None else self.surplus >= 0


@dataclass(frozen=True, slots=True)
class PunishmentPayoffs:
    """What follows a breach: the kind, the payoffs where they do not depend on the deal, and how they were found.

    ``draws`` are the levels that then stand, as (levels of all levers by issue, probability) pairs.
    """

    kind: str
    payoffs: tuple[Number, ...] | None
    note: str
    draws: tuple[tuple[Mapping[str, Mapping[str, Level]], Number], ...] = ()
    snap_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnforcedDeal:
    """The best deal that nobody breaks at some discount factors, under one kind of enforcement.

    ``linked`` tells whether a breach anywhere is answered everywhere.  ``cost`` is what enforcement takes from each
    player: its payoff in the headline deal less that in this one.  ``slack`` bounds what a breach could still gain,
    as a fraction of the span of the payoffs involved (0 where all levels were tried).  ``binding`` are the incentives
    that hold the deal back.
    """

    linked: bool
    factors: tuple[float, ...]
    solution: Solution
    cost: tuple[float, ...]
    slack: float = 0.0
    binding: tuple[Incentive, ...] = ()
    rounds: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathPoint:
    """The best self-enforcing deal at one discount factor that all players share."""

    delta: float
    status: str
    payoffs: tuple[float, ...]
    gains: tuple[float, ...]
    terms: Mapping[str, Mapping[str, Level]] | None = None
    lottery: tuple[tuple[Mapping[str, Mapping[str, Level]], Number], ...] | None = None


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Whether the headline deal is self-enforcing, and what is the best deal that is.

    ``linked`` has one incentive a player (a breach anywhere is answered everywhere), ``separate`` one for each player
    and issue.  A lottery holds when every deal that it can draw holds; then the incentives are those of the deal that
    is hardest to keep for that player.  ``best`` has at most two deals: linked, and issue by issue.
    """

    players: tuple[str, ...]
    rule: str
    punishment: PunishmentPayoffs
    linked: tuple[Incentive, ...]
    separate: tuple[Incentive, ...]
    factors: tuple[float, ...] | None = None
    best: tuple[EnforcedDeal, ...] = ()
    path: tuple[PathPoint, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def critical(self) -> Number | None:
        """The least common discount factor at which nobody breaks the deal, linked; None when there is none."""
        return _largest(self.linked)

    @property
    def critical_separate(self) -> Number | None:
        """The same when every issue is enforced on its own."""
        return _largest(self.separate)

    @property
    def binding(self) -> tuple[str, ...]:
        """The players who must be the most patient, under linked enforcement; none when nobody is tempted."""
        if self.critical is None:
            return tuple(each.player for each in self.linked if each.critical is None)
        most = self.critical
        return tuple(each.player for each in self.linked if each.critical == most and most > 0)

    @property
    def holds(self) -> bool | None:
        """Whether everybody keeps the headline deal at the factors given, linked."""
        return _all_hold(self.linked)

    @property
    def holds_separately(self) -> bool | None:
        """The same when every issue is enforced on its own."""
        return _all_hold(self.separate)


def _largest(incentives: tuple[Incentive, ...]) -> Number | None:
    values = [each.critical for each in incentives]
    known = [value for value in values if value is not None]
    return None if not known or len(known) < len(values) else max(known)


def _all_hold(incentives: tuple[Incentive, ...]) -> bool | None:
    if not incentives or any(each.surplus is None for each in incentives):
        return None
    return all(each.holds for each in incentives)
