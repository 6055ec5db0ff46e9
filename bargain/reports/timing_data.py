"""Talks with a clock as plain data for JSON and as records for CSV.

Fields of a result: ``deadline`` and ``offers``, each an object or absent.

- ``talks``: ``protocol``, ``first``, ``discount``, ``meanwhile``, ``at_deadline``, ``disagreement``, ``outside``
  (null for who cannot leave), ``powers`` (all ``{player: number}``), ``breakdown``, ``rounds`` (null: no deadline),
  ``last_wait`` (in rounds), ``round_days`` or null.
- an *offer*: ``proposer``, ``agreed``, ``payoffs``, ``floors`` (what no deal in this round is worth), ``leaver`` (who
  takes its outside option) or null, ``terms`` or ``lottery``, ``proved``.
- ``deadline``: ``talks``, ``status``, ``method``, ``agreement`` (number of the round of the first deal, or null),
  ``payoffs``, ``rounds`` ``[{"number", "remaining", "day", "payoffs", "offers"}, ...]``, ``one_round_more``
  (``last_proposer``, ``payoffs``, ``rounds``) or null, ``unlimited`` (as ``offers``: the same talks without end) or
  null, ``certificates``, ``notes``.
- ``offers``: ``talks``, ``status``, ``method``, ``complete``, ``payoffs`` or null (several equilibria, or none),
  ``advantage`` or null, ``equilibria`` ``[{"offers"}, ...]``, ``limit`` (``weights``, ``disagreement``, ``payoffs``,
  ``terms`` or ``lottery``) or null, ``outside`` ``[{"player", "option", "binds", "without"}, ...]``, ``inside``
  ``[{"player", "slopes"}, ...]``, ``certificates``, ``notes``.

Tested by reading back what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.games.alternating_offers import AlternatingOffers
    from bargain.results import Deadline, Offer, Offers
    from bargain.scenario.document import Document

__all__ = ["deadline_tree", "offers_tree", "timing_records"]

Tree = dict[str, Any]


def _by_player(players: Sequence[str], values: Sequence[Any] | None) -> Tree | None:
    return None if values is None else dict(zip(players, values, strict=True))


def _talks(game: AlternatingOffers, players: Sequence[str]) -> Tree:
    return {
        "protocol": game.protocol,
        "first": players[game.first],
        "discount": _by_player(players, game.discount),
        "meanwhile": _by_player(players, game.meanwhile),
        "at_deadline": _by_player(players, game.default),
        "disagreement": _by_player(players, game.disagreement),
        "outside": _by_player(players, game.outside),
        "powers": _by_player(players, game.powers),
        "breakdown": game.breakdown,
        "rounds": game.rounds,
        "last_wait": game.last_wait,
        "round_days": game.round_days,
    }


def _offer(offer: Offer, players: Sequence[str]) -> Tree:
    lottery = offer.lottery
    return {
        "proposer": players[offer.proposer],
        "agreed": offer.agreed,
        "payoffs": _by_player(players, offer.payoffs),
        "floors": _by_player(players, offer.floors),
        "leaver": None if offer.leaver is None else players[offer.leaver],
        "terms": offer.deal,
        "lottery": None if lottery is None else [{"probability": p, "terms": deal} for deal, p in lottery],
        "proved": offer.proved,
    }


def deadline_tree(found: Deadline, players: Sequence[str], certificates: Sequence[Tree]) -> Tree:
    """Return the field ``deadline`` of a result."""
    more = found.shifted
    last = None if more is None or more.last_proposer is None else players[more.last_proposer]
    return {
        "talks": _talks(found.game, players),
        "status": found.status,
        "method": found.method,
        "agreement": found.agreement,
        "payoffs": _by_player(players, found.payoffs),
        "rounds": _rounds(found, players),
        "one_round_more": None
        if more is None
        else {"last_proposer": last, "payoffs": _by_player(players, more.payoffs), "rounds": _rounds(more, players)},
        "unlimited": None if found.unlimited is None else offers_tree(found.unlimited, players, ()),
        "certificates": certificates,
        "notes": found.notes,
    }


def _rounds(found: Deadline, players: Sequence[str]) -> list[Tree]:
    return [
        {
            "number": each.number,
            "remaining": each.remaining,
            "day": each.day,
            "payoffs": _by_player(players, each.payoffs),
            "offers": [_offer(offer, players) for offer in each.offers],
        }
        for each in found.rounds
    ]


def offers_tree(found: Offers, players: Sequence[str], certificates: Sequence[Tree]) -> Tree:
    """Return the field ``offers`` of a result."""
    limit = found.limit
    return {
        "talks": _talks(found.game, players),
        "status": found.status,
        "method": found.method,
        "complete": found.complete,
        "payoffs": _by_player(players, found.payoffs),
        "advantage": _by_player(players, found.advantage),
        "equilibria": [{"offers": [_offer(offer, players) for offer in each.offers]} for each in found.equilibria],
        "limit": None
        if limit is None
        else {
            "weights": _by_player(players, limit.weights),
            "disagreement": _by_player(players, found.game.short_round_point),
            "payoffs": _by_player(players, found.limit_payoffs),
            "terms": limit.deal,
            "lottery": None
            if limit.lottery is None
            else [{"probability": p, "terms": deal} for deal, p in limit.lottery],
        },
        "outside": [
            {
                "player": players[each.player],
                "option": each.option,
                "binds": each.binds,
                "without": _by_player(players, each.without),
            }
            for each in found.outside
        ],
        "inside": [
            {"player": players[each.player], "slopes": _by_player(players, each.slopes)} for each in found.inside
        ],
        "certificates": certificates,
        "notes": found.notes,
    }


Record = dict[str, Any]


def timing_records(deadline: Deadline | None, offers: Offers | None, document: Document) -> Iterator[Record]:
    """Yield the rows of both in the table of :mod:`bargain.reports.csv`."""
    players, unit = document.player_names, document.units
    if deadline is not None:
        yield {"table": "deadline", "quantity": "status", "value": deadline.status.value}
        for each in deadline.rounds:
            item = {"table": "deadline", "item": f"round {each.number}"}
            if each.day is not None:
                yield {**item, "quantity": "day", "value": each.day, "unit": "days"}
            yield {**item, "quantity": "remaining", "value": each.remaining, "unit": "rounds"}
            yield from _per_player(players, each.payoffs, **item, quantity="value", unit=unit)
            for offer in each.offers:
                yield from _offered(offer, document, item)
        if deadline.shifted is not None:
            item = {"table": "deadline", "item": "one round more"}
            yield from _per_player(players, deadline.shifted.payoffs, **item, quantity="value", unit=unit)
    if offers is None:
        return
    yield {"table": "offers", "quantity": "status", "value": offers.status.value}
    for number, equilibrium in enumerate(offers.equilibria, start=1):
        for offer in equilibrium.offers:
            yield from _offered(offer, document, {"table": "offers", "item": f"equilibrium {number}"})
    for quantity, values in (
        ("advantage of opening", offers.advantage),
        ("limit of short rounds", offers.limit_payoffs),
    ):
        if values is not None:
            yield from _per_player(players, values, table="offers", quantity=quantity, unit=unit)
    for option in offers.outside:
        item = {"table": "offers", "item": f"outside option of {players[option.player]}"}
        yield {**item, "quantity": "binds", "value": str(option.binds).lower()}
        yield from _per_player(players, option.without, **item, quantity="payoff without it", unit=unit)
    for inside in offers.inside:
        item = {"table": "offers", "item": f"inside option of {players[inside.player]}"}
        yield from _per_player(players, inside.slopes, **item, quantity="slope")


def _offered(offer: Offer, document: Document, item: Record) -> Iterator[Record]:
    players = document.player_names
    entry = {**item, "entry": f"{players[offer.proposer]} proposes"}
    yield {**entry, "quantity": "agreed", "value": str(offer.agreed).lower()}
    yield from _per_player(players, offer.payoffs, **entry, quantity="payoff", unit=document.units)
    yield from _per_player(players, offer.floors, **entry, quantity="floor", unit=document.units)
    for deal, chance in offer.lottery or (((offer.deal, None),) if offer.agreed else ()):
        for lever in document.levers:
            quantity = "level" if chance is None else f"level with probability {float(chance)!r}"
            value = deal[lever.issue][lever.name]
            where = f"{item['item']}: {lever.issue}.{lever.name}"
            yield {**entry, "item": where, "quantity": quantity, "value": value, "unit": lever.unit}


def _per_player(players: Sequence[str], values: Sequence[Any], **fixed: Any) -> Iterator[Record]:
    for player, value in zip(players, values, strict=True):
        yield {"player": player, "value": value, **fixed}
