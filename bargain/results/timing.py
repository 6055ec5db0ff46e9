"""What talks with a clock hand back: offers round by round before a deadline, and stationary offers without one.

Frozen records; nothing here computes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.results.certificate import Certificate, Status

if TYPE_CHECKING:
    from bargain.games.alternating_offers import AlternatingOffers
    from bargain.results.deals import Solution

__all__ = ["Deadline", "InsideWorth", "Offer", "Offers", "OutsideWorth", "Round", "StationaryOffers"]

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Offer:
    """What happens in a round in which one player proposes.

    ``floors`` are the payoffs when the round ends without a deal; every responder gets at least that.  ``payoffs`` are
    those of the deal, or the floors when no deal is made: ``agreed`` is then False, and ``leaver`` names the player who
    takes its outside option (None: everybody waits).  ``lottery`` holds (deal, probability) pairs.  ``proved`` says
    whether no feasible deal that meets the floors gives the proposer more.
    """

    proposer: int
    payoffs: tuple[Number, ...]
    floors: tuple[Number, ...]
    agreed: bool = True
    deal: Any = None
    lottery: tuple[tuple[Any, Number], ...] | None = None
    leaver: int | None = None
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """One round before a deadline: ``payoffs`` are what it is worth when it is reached, before anybody is drawn.

    ``offers`` has one entry when the players propose in turn, and one for every player when one is drawn.
    """

    number: int
    remaining: int
    offers: tuple[Offer, ...]
    payoffs: tuple[Number, ...]
    day: float | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Talks with a last round, solved backwards; payoffs are in the players' order.

    ``rounds`` are in calendar order.  ``agreement`` is the number of the first round in which a deal is made when the
    players propose in turn (None: there is none, or who proposes is drawn).  ``shifted`` are the same talks with one
    round more, so that another player proposes last (None: not asked for); ``unlimited`` those without a deadline.
    """

    game: AlternatingOffers
    status: Status
    method: str
    rounds: tuple[Round, ...]
    agreement: int | None = None
    shifted: Deadline | None = None
    unlimited: Offers | None = None
    certificates: tuple[Certificate, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def payoffs(self) -> tuple[Number, ...]:
        """What the talks are worth when they begin."""
        return self.rounds[0].payoffs

    @property
    def last_proposer(self) -> int | None:
        """Who makes the last offer, or None when that is drawn."""
        last = self.rounds[-1].offers
        return last[0].proposer if len(last) == 1 else None


@dataclass(frozen=True, slots=True)
class StationaryOffers:
    """What each player proposes whenever its turn comes, in the players' order."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class OutsideWorth:
    """An outside option: ``binds`` says whether it changes what is agreed, ``without`` the payoffs without it."""

    player: int
    option: Number
    binds: bool
    without: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class InsideWorth:
    """What one more unit of payoff while talks last gives to everybody, when the first proposer opens."""

    player: int
    slopes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """Talks without a deadline in which everybody always makes the same offer.

    ``equilibria`` holds all that were found; ``complete`` is True when there are no others in stationary strategies in
    which who is indifferent accepts, None when that is not known.  ``limit`` is the Nash solution that offers approach
    when rounds are short, ``limit_payoffs`` the same with the outside options that then bind.
    ``frontier`` holds payoffs of efficient deals of two players in order, for a figure, where they were asked for.
    """

    game: AlternatingOffers
    status: Status
    method: str
    equilibria: tuple[StationaryOffers, ...]
    complete: bool | None = None
    limit: Solution | None = None
    limit_payoffs: tuple[Number, ...] | None = None
    outside: tuple[OutsideWorth, ...] = ()
    inside: tuple[InsideWorth, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    notes: tuple[str, ...] = ()
    frontier: tuple[tuple[float, ...], ...] = ()

    @property
    def opening(self) -> Offer | None:
        """The first offer, when there is one equilibrium and the players propose in turn."""
        if len(self.equilibria) != 1 or self.game.protocol != "alternating":
            return None
        return self.equilibria[0].offers[self.game.first]

    @property
    def payoffs(self) -> tuple[Number, ...] | None:
        """What the talks are worth when they begin, when there is one equilibrium."""
        if len(self.equilibria) != 1:
            return None
        offers = self.equilibria[0].offers
        if self.game.protocol == "alternating":
            return offers[self.game.first].payoffs
        powers = self.game.powers
        return tuple(
            sum((power * offer.payoffs[i] for power, offer in zip(powers, offers, strict=True)), start=0 * powers[0])
            for i in range(self.game.num_players)
        )

    @property
    def advantage(self) -> tuple[Number, ...] | None:
        """What each player gains by opening the talks rather than being the last in turn; None unless one is known."""
        if len(self.equilibria) != 1 or self.game.protocol != "alternating":
            return None
        offers = self.equilibria[0].offers
        count = len(offers)
        return tuple(offers[i].payoffs[i] - offers[(i + 1) % count].payoffs[i] for i in range(count))
