"""The best proposal: the deal that a proposer likes best among those that give every responder its floor.

One question, answered on every kind of feasible set: :mod:`bargain.time.listed` (finitely many deals),
:mod:`bargain.time.mixed` (lotteries over them) and :mod:`bargain.time.levers` (continuous levers).  Of deals that give
the proposer the same, the one that is best for the next player in turn is proposed, then for the one after that, so
that proposals are efficient.  Tested against enumeration in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from sys import float_info
from typing import Any, Protocol

from bargain.games.alternating_offers import AlternatingOffers, Number
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Status
from bargain.results.timing import Offer
from bargain.time.levers import LeverProposals
from bargain.time.listed import ListedProposals
from bargain.time.mixed import ChainProposals, ProgramProposals

__all__ = ["Proposals", "Proposing", "prepared", "proposals"]


class Proposals(Protocol):
    """Best proposals on one feasible set."""

    method: str
    status: Status
    exact: bool
    spans: tuple[float, ...]

    def best(self, proposer: int, floors: Sequence[Number]) -> tuple[tuple[Number, ...], Any] | None:
        """Return the payoffs of the best proposal and a key for the deal; None when no deal meets the floors.

        The proposer's own floor does not count.
        """
        ...

    def describe(self, key: Any) -> tuple[Any, tuple[tuple[Any, Number], ...] | None]:
        """Return the deal and the lottery that a key stands for."""
        ...

    def proved(self, key: Any) -> bool:
        """Return whether it is proved that no deal that meets the floors is better for the proposer."""
        ...


def prepared(game: AlternatingOffers) -> AlternatingOffers:
    """Return the talks in the numbers in which best proposals are found: floats where that needs linear programs."""
    return game.rounded() if game.exact and game.problem.lotteries and game.num_players > 2 else game


def proposals(game: AlternatingOffers, seed: int = 0) -> Proposals:
    """Return the way to find best proposals on the feasible set of some talks.

    Parameters
    ----------
    game : AlternatingOffers
        Talks over deals, lotteries or continuous levers.
    seed : int
        Seed of the search on continuous levers.
    """
    problem = game.problem
    if not isinstance(problem.feasible, FiniteDeals):
        return LeverProposals(problem, seed)
    if not problem.lotteries:
        return ListedProposals(problem, game.exact)
    return ChainProposals(problem, game.exact) if problem.num_players == 2 else ProgramProposals(problem)


@dataclass(frozen=True, eq=False)
class Proposing:
    """Rounds of some talks: what is proposed when it is known what the next round is worth."""

    game: AlternatingOffers
    ways: Proposals

    def offer(self, proposer: int, values: Sequence[Number], *, last: bool = False) -> Offer:
        """Return what happens when a player proposes; the deal is a key, see :meth:`named`.

        Parameters
        ----------
        proposer : int
            Who proposes.
        values : sequence of n numbers
            What the next round is worth.
        last : bool
            Whether no round follows.

        Notes
        -----
        A responder who is indifferent accepts, and a proposer who is indifferent makes a deal.
        """
        without = self.game.no_deal(values, proposer, last=last)
        floors = without.payoffs
        best = self.ways.best(proposer, floors)
        if best is None or best[0][proposer] < floors[proposer] - self._slack(proposer, values):
            return Offer(proposer, floors, floors, False, leaver=without.leaver)
        payoffs, key = best
        return Offer(proposer, payoffs, floors, True, key, proved=self.ways.status is Status.PROVED)

    def named(self, offer: Offer, prove: bool = True) -> Offer:
        """Return an offer with its deal named and, where that takes work and is wanted, proved."""
        if not offer.agreed:
            return offer
        deal, lottery = self.ways.describe(offer.deal)
        proved = offer.proved or (prove and self.ways.proved(offer.deal))
        return replace(offer, deal=deal, lottery=lottery, proved=proved)

    def _slack(self, proposer: int, values: Sequence[Number]) -> Number:
        """Return by how much a floor may be wrong in floats, so that an indifferent proposer is known to be so."""
        game = self.game
        if game.exact:
            return 0
        row = (values[proposer], game.meanwhile[proposer], game.disagreement[proposer])
        return max(1e-12 * self.ways.spans[proposer], 4 * float_info.epsilon * max(abs(float(value)) for value in row))

    def expected(self, offers: Sequence[Offer]) -> tuple[Number, ...]:
        """Return what a round is worth before the proposer is drawn; for a single offer, what that gives."""
        if len(offers) == 1:
            return offers[0].payoffs
        powers = self.game.powers
        return tuple(
            sum((power * offer.payoffs[i] for power, offer in zip(powers, offers, strict=True)), start=0 * powers[0])
            for i in range(self.game.num_players)
        )
