"""Certificates of offers: floors follow from the next round, deals exist, nobody prefers waiting, none is better.

Every claim starts from the definitions (:mod:`bargain.certificates.rounds`, :mod:`bargain.certificates.proposals`) and
imports no solver; exact talks over deals are checked in fractions, with tolerance zero.  Tested on results of every
kind, and by results with one number changed, each of which must be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bargain.certificates.gains import levels_of
from bargain.certificates.proposals import Rivals
from bargain.certificates.rounds import Claimed, Clock, misses, worth
from bargain.certificates.welfare import feasibility
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.continuous import ContinuousDeals
from bargain.results import Certificate, Deadline, Offer, Offers, Solution, Status

__all__ = ["certify_deadline", "certify_offers"]

_TOLERANCE = 1e-7
_RANGE = "fraction of the payoff range"
_FLOORS = "no deal is worth in every round what the next round, waiting and leaving give"
_BETTER = "no feasible deal that meets the floors gives a proposer more"


def certify_deadline(result: Deadline, seed: int = 0) -> tuple[Certificate, ...]:
    """Check talks before a deadline, round by round.

    Parameters
    ----------
    result : Deadline
        Ours or a stranger's.
    seed : int
        Seed of the deals that are drawn on continuous levers.

    Examples
    --------
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.results import Round
    >>> dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0))
    >>> talks = AlternatingOffers(dollar, discount=0.5, rounds=1)
    >>> modest = Offer(0, (0, 1), (0, 0), deal=1)
    >>> checks = certify_deadline(Deadline(talks, Status.PROVED, "a guess", (Round(0, 1, (modest,), (0, 1)),)))
    >>> [check.holds for check in checks], checks[-1].witness
    ([True, True, True, True, False], 0)
    """
    rounds = result.rounds
    whole = [each.number for each in rounds] == list(range(result.game.rounds or 0))
    book = _Book(result.game, seed)
    turns = []
    for k, each in enumerate(rounds):
        last = k == len(rounds) - 1
        following: Sequence[Any] = result.game.default if last else rounds[k + 1].payoffs
        turns += [(offer, following, last) for offer in each.offers]
        whole &= _turns(result.game, each.number) == [offer.proposer for offer in each.offers]
        said = worth(book.clock, [_claimed(offer) for offer in each.offers])
        whole &= all(
            abs(a - b) <= _TOLERANCE * span for a, b, span in zip(said, each.payoffs, book.clock.spans, strict=True)
        )
    order = Certificate(
        "every round is there, with its proposer and what it is worth", float(not whole), 0.0, "yes or no"
    )
    return (order, *book.check(turns))


def certify_offers(result: Offers, seed: int = 0) -> tuple[Certificate, ...]:
    """Check stationary offers: played once more, everybody does the same; parameters as in :func:`certify_deadline`."""
    game, checks = result.game, []
    for number, each in enumerate(result.equilibria, start=1):
        book = _Book(game, seed)
        offers = each.offers
        claimed = [_claimed(offer) for offer in offers]
        drawn = worth(book.clock, claimed) if game.protocol == "random" else ()
        turns = [(offer, drawn or offers[(offer.proposer + 1) % len(offers)].payoffs, False) for offer in offers]
        which = f"equilibrium {number}: " if len(result.equilibria) > 1 else ""
        order = [offer.proposer for offer in offers] == list(range(game.num_players))
        checks.append(Certificate(f"{which}every player's offer is there", float(not order), 0.0, "yes or no"))
        checks += book.check(turns, which)
    return tuple(checks)


def _turns(game: AlternatingOffers, number: int) -> list[int]:
    return [game.proposer(number)] if game.protocol == "alternating" else list(range(game.num_players))


def _claimed(offer: Offer) -> Claimed:
    return Claimed(offer.proposer, offer.payoffs, offer.floors, offer.agreed, offer.leaver)


@dataclass
class _Book:
    """The rules of some talks, and the deals that offers are compared with."""

    game: AlternatingOffers
    seed: int

    def __post_init__(self) -> None:
        game = self.game
        self.rivals = Rivals(game.problem, game.exact, self.seed)
        sizes = np.abs(np.array([game.disagreement, game.meanwhile, game.default], float)).max(axis=0)
        spans = np.maximum(self.rivals.span, 1e-7 * sizes)
        self.clock = Clock(
            game.discount, game.meanwhile, game.default, game.disagreement, game.outside, game.breakdown,
            int(game.last_wait) if game.exact else game.last_wait, game.first, game.protocol, game.powers,
            tuple(spans.tolist()), game.exact,
        )  # fmt: skip

    def check(self, turns: Iterable[tuple[Offer, Sequence[Any], bool]], which: str = "") -> list[Certificate]:
        """Return the certificates of some offers, each with what the next round is worth and whether it is the last."""
        floors, rational, exists, better = 0.0, 0.0, 0.0, 0.0
        witness, unknown = None, False
        seen: dict[Any, tuple[float | None, Any]] = {}
        tolerance = 0.0 if self.game.exact else _TOLERANCE
        for offer, following, last in turns:
            away, short = misses(self.clock, _claimed(offer), following, last)
            floors, rational = max(floors, away), max(rational, short)
            if offer.agreed:
                exists = max(exists, self._exists(offer))
            key = (offer.proposer, offer.payoffs, offer.floors)
            if key not in seen:
                seen[key] = self._better(offer)
            gap, deal = seen[key]
            unknown |= gap is None
            if gap is not None and gap > better:
                better, witness = gap, deal
        # Prices on lotteries are found in floats, also for exact talks.
        priced = self.game.problem.lotteries or not self.game.exact
        return [
            Certificate(which + _FLOORS, floors, tolerance, _RANGE, method="recomputed"),
            Certificate(f"{which}the deals exist and give these payoffs", exists, 1e-9, _RANGE, method="looked up"),
            Certificate(f"{which}nobody gets less from a deal than without one", rational, tolerance, _RANGE),
            Certificate(
                which + _BETTER, better, _TOLERANCE if priced else 0.0, _RANGE, witness, self.rivals.method,
                checked=not unknown,
            ),
        ]  # fmt: skip

    def _exists(self, offer: Offer) -> float:
        problem = self.game.problem
        gains = tuple(u - d for u, d in zip(offer.payoffs, self.game.disagreement, strict=True))
        claim = Solution(problem, "nash", "offer", Status.PROVED, offer.payoffs, gains, offer.deal, offer.lottery)
        return feasibility(claim).gap

    def _better(self, offer: Offer) -> tuple[float | None, Any]:
        deals = self.game.problem.feasible
        levels = levels_of(deals, offer.deal) if isinstance(deals, ContinuousDeals) and offer.agreed else None
        found = self.rivals.beating(offer.proposer, offer.payoffs, offer.floors, levels)
        return found.gap, found.deal
