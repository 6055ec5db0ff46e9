"""Talks before a deadline, solved backwards from the last round.

In the last round a proposer leaves the others what they get when time runs out; in the round before, what that is
worth to them; and so on.  A responder who is indifferent accepts, a proposer who is indifferent makes a deal, and where
no deal beats waiting, everybody waits: talks may end without a deal.  Source: Stahl (1972); with a chance of breakdown
and payoffs while talks last, Binmore, Rubinstein and Wolinsky (1986).  Tested against closed forms, against
enumeration in exact fractions, and against backward induction on exported game trees.
"""

from __future__ import annotations

from dataclasses import replace

from bargain.errors import LimitError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.results import Status
from bargain.results.timing import Deadline, Offer, Round
from bargain.solutions.effort import current
from bargain.time.proposals import Proposals, Proposing, prepared, proposals
from bargain.time.stationary import offers

__all__ = ["deadline"]


def deadline(game: AlternatingOffers, rounds: int | None = None, *, compare: bool = True, seed: int = 0) -> Deadline:
    """Solve talks with a last round backwards.

    Parameters
    ----------
    game : AlternatingOffers
        Talks of n players over deals, lotteries or continuous levers.
    rounds : int, optional
        The number of rounds, in place of the game's own.
    compare : bool
        Whether to solve also the talks with one round more, and those without a deadline.
    seed : int
        Seed of the search on continuous levers.

    Returns
    -------
    Deadline
        Every round with its proposer, the deal, the floors that it meets, and what it is worth.  PROVED for finite
        deals and lotteries; for continuous levers only where every proposal is proved, else CONVERGED.

    Raises
    ------
    ValueError
        Neither the game nor ``rounds`` says how many rounds there are.
    LimitError
        Time was up before the first round was reached.

    References
    ----------
    Stahl (1972), Bargaining Theory; Rubinstein (1982) for the limit of many rounds.

    Examples
    --------
    A dollar, three rounds, a discount factor of 9/10: who proposes last takes all that is then left.

    >>> from fractions import Fraction
    >>> from bargain.games.bargaining import BargainingProblem
    >>> dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0), lotteries=True)
    >>> talks = AlternatingOffers(dollar, discount=Fraction(9, 10), rounds=3)
    >>> [str(round.payoffs[0]) for round in deadline(talks).rounds]
    ['91/100', '9/10', '1']
    """
    if rounds is not None:
        game = replace(game, rounds=rounds)
    if game.rounds is None:
        raise ValueError("rounds: talks with a deadline need a number of rounds")
    game = prepared(game)
    ways = proposals(game, seed)
    found = _solved(game, ways)
    if not compare:
        return found
    try:
        longer = _solved(replace(game, rounds=(game.rounds or 0) + 1), ways, prove=False)
        endless = offers(game, options=False, limit=False, seed=seed, ways=ways)
    except LimitError:
        note = "time was up: talks with one round more, and without a deadline, were not solved"
        return replace(found, notes=(*found.notes, note))
    return replace(found, shifted=longer, unlimited=endless)


def _solved(game: AlternatingOffers, ways: Proposals, prove: bool = True) -> Deadline:
    assert game.rounds is not None
    talks = Proposing(game, ways)
    values = game.default
    backwards: list[Round] = []
    for number in reversed(range(game.rounds)):
        last = number == game.rounds - 1
        turns = (game.proposer(number),) if game.protocol == "alternating" else range(game.num_players)
        made = tuple(talks.offer(proposer, values, last=last) for proposer in turns)
        if ways.status is not Status.PROVED and current().expired():
            # A search that was cut short hands an inferior proposal on to all rounds before.
            raise LimitError(
                f"time was up after {len(backwards)} of {game.rounds} rounds, solved from the last; take fewer rounds, "
                "or more time"
            )
        values = talks.expected(made)
        backwards.append(Round(number, game.rounds - number, made, values, game.day(number)))
    # Deals are proved last, so that proofs take no time from the search.
    found = tuple(
        replace(each, offers=tuple(talks.named(offer, prove) for offer in each.offers)) for each in reversed(backwards)
    )
    return Deadline(game, _status(ways, found), ways.method, found, _agreement(game, found))


def _status(ways: Proposals, rounds: tuple[Round, ...]) -> Status:
    made: list[Offer] = [offer for each in rounds for offer in each.offers]
    return Status.PROVED if ways.status is Status.PROVED or all(offer.proved for offer in made) else ways.status


def _agreement(game: AlternatingOffers, rounds: tuple[Round, ...]) -> int | None:
    """Return the first round in which a deal is made; nobody may have left before."""
    if game.protocol != "alternating":
        return None
    for each in rounds:
        if each.offers[0].agreed:
            return each.number
        if each.offers[0].leaver is not None:
            return None
    return None
