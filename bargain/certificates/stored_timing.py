"""Stored talks with a clock, checked against the scenario inside the result.

The numbers of the talks are read again from the section ``[time]``, payoffs while talks last and at the deadline from
the formulas; every round is played again (:mod:`bargain.certificates.rounds`); every deal is priced by the formulas;
and a search looks for a better proposal: among all deals when they are few, else among single changes and random ones.
Tested by results that pass, and by results with one number changed, which must be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from bargain.certificates.agreements import competing
from bargain.certificates.claims import Lottery, Stored, claim, difference, expected, lottery_of, number, row
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.rounds import Claimed, Clock, misses, worth
from bargain.certificates.short_rounds import check_limit
from bargain.results import Certificate

__all__ = ["check_deadline", "check_offers"]

_DRAWS = 100
_SEARCHED = 12
_SLACK = 1e-9


def check_deadline(replay: Replay, stored: Stored, disagreement: Sequence[float], standing: Any) -> list[Certificate]:
    """Return the certificates of the field ``deadline`` of a result.

    Parameters
    ----------
    replay : Replay
        The scenario.
    stored : mapping
        The field.
    disagreement : sequence of n floats
        Payoffs without a deal.
    standing : mapping or None
        The levels that stand without a deal, where there are such.
    """
    claims = _rounds("deadline", replay, stored, disagreement, standing, 0)
    more = stored["one_round_more"]
    if more is not None:
        talks = {**stored["talks"], "rounds": stored["talks"]["rounds"] + 1}
        longer = {**more, "talks": talks, "agreement": None}
        claims += _rounds("one round more", replay, longer, disagreement, standing, 1)
    if stored["unlimited"] is not None:
        claims += check_offers(replay, stored["unlimited"], disagreement, standing, "without a deadline")
    return claims


def _rounds(
    what: str, replay: Replay, stored: Stored, disagreement: Sequence[float], standing: Any, more: int
) -> list[Certificate]:
    """Return the certificates of all rounds, of which there are ``more`` than the scenario says."""
    rounds = stored["rounds"]
    book = _Book(replay, stored["talks"], disagreement, standing, [o for each in rounds for o in each["offers"]])
    wrong, turns, days = float(len(rounds) != stored["talks"]["rounds"]), [], stored["talks"]["round_days"]
    for k, each in enumerate(rounds):
        offers = [book.claimed(offer) for offer in each["offers"]]
        last = k + 1 == len(rounds)
        following = book.clock.default if last else row(rounds[k + 1]["payoffs"], book.players)
        turns += [(offer, claimed, following, last) for offer, claimed in zip(each["offers"], offers, strict=True)]
        turn = range(len(book.players)) if book.drawn else [(book.clock.first + k) % len(book.players)]
        day = None if days is None else k * days
        place = (each["number"], each["remaining"], each["day"]) == (k, len(rounds) - k, day)
        in_turn = [offer.proposer for offer in offers] == list(turn)
        wrong = max(wrong, book.apart(row(each["payoffs"], book.players), worth(book.clock, offers)))
        wrong = max(wrong, float(not (place and in_turn)))
    same = book.apart(row(stored["payoffs"], book.players), row(rounds[0]["payoffs"], book.players))
    said = stored["agreement"] if not more else stored["last_proposer"]
    right = _first_deal(book, rounds) if not more else book.players[turns[-1][1].proposer]
    right = None if more and book.drawn else right
    return [
        *book.numbers(more),
        claim(f"{what}: every round is there, with its proposer and what it is worth", wrong),
        claim(f"{what}: the payoffs and the first deal are those of the rounds", max(same, float(said != right))),
        *book.check(what, turns),
    ]


def _first_deal(book: _Book, rounds: Sequence[Stored]) -> int | None:
    """Return the first round in which a deal is made, if nobody has left before."""
    for k, each in enumerate(rounds):
        if book.drawn or (not each["offers"][0]["agreed"] and each["offers"][0]["leaver"] is not None):
            return None
        if each["offers"][0]["agreed"]:
            return k
    return None


def check_offers(
    replay: Replay, stored: Stored, disagreement: Sequence[float], standing: Any, what: str = "offers"
) -> list[Certificate]:
    """Return the certificates of the field ``offers`` of a result; parameters as in :func:`check_deadline`."""
    made = [offer for each in stored["equilibria"] for offer in each["offers"]]
    book = _Book(replay, stored["talks"], disagreement, standing, made)
    turns, wrong = [], 0.0
    found = []
    for each in stored["equilibria"]:
        offers = [book.claimed(offer) for offer in each["offers"]]
        found.append(offers)
        drawn = worth(book.clock, offers) if book.drawn else ()
        wrong = max(wrong, float([offer.proposer for offer in offers] != list(range(len(book.players)))))
        for offer, claimed in zip(each["offers"], offers, strict=True):
            turns.append((offer, claimed, drawn or offers[(claimed.proposer + 1) % len(offers)].payoffs, False))
    checks = [
        *book.numbers(None),
        claim(f"{what}: every player's offer is there", wrong),
        *book.check(what, turns),
    ]
    if len(found) == 1:
        checks.append(claim(f"{what}: payoffs and advantage follow from the offers", _follows(book, stored, found[0])))
    elif stored["payoffs"] is not None or stored["advantage"] is not None:
        checks.append(claim(f"{what}: payoffs and advantage follow from the offers", 1.0))
    if stored["complete"]:
        words = f"{what}: there is no other stationary equilibrium"
        checks.append(Certificate(words, float("inf"), 0.0, method="talks are not solved again", checked=False))
    if stored["limit"] is not None:
        checks += check_limit(replay, stored["limit"], book.clock)
    if stored["outside"]:
        checks.append(claim(f"{what}: outside options are the scenario's", _options(book, stored)))
        words = f"{what}: payoffs without an outside option"
        checks.append(Certificate(words, float("inf"), 0.0, method="talks are not solved again", checked=False))
    if stored["inside"]:
        words = f"{what}: what a little more while talks last gives"
        checks.append(Certificate(words, float("inf"), 0.0, method="talks are not solved again", checked=False))
    return checks


def _options(book: _Book, stored: Stored) -> float:
    """Return how far outside options are from those of the clock, and from what they are said to do."""
    gaps = [float([each["player"] for each in stored["outside"]] != book.leavers)]
    for each in stored["outside"]:
        option = book.clock.outside[book.players.index(each["player"])]
        gaps.append(book.apart([number(each["option"])], [option]))
        moved = book.apart(row(each["without"], book.players), row(stored["payoffs"], book.players))
        gaps.append(float(bool(each["binds"]) != (moved > 1e-7)) if not 1e-8 < moved < 1e-6 else 0.0)
    return max(gaps)


def _follows(book: _Book, stored: Stored, offers: Sequence[Claimed]) -> float:
    count = len(offers)
    payoffs = worth(book.clock, offers) if book.drawn else offers[book.clock.first].payoffs
    gap = book.apart(payoffs, row(stored["payoffs"], book.players))
    if book.drawn:
        return max(gap, float(stored["advantage"] is not None))
    more = [offers[i].payoffs[i] - offers[(i + 1) % count].payoffs[i] for i in range(count)]
    return max(gap, book.apart(more, row(stored["advantage"], book.players)))


class _Book:
    """The numbers of stored talks, and the checks of offers made by them."""

    def __init__(
        self, replay: Replay, talks: Stored, disagreement: Sequence[float], standing: Any, offers: Sequence[Stored]
    ) -> None:
        self.replay, self.talks, self.players = replay, talks, replay.document.player_names
        self.standing: Codes = replay.document.status_quo if standing is None else replay.codes(standing)
        outside = tuple(
            None if talks["outside"][player] is None else number(talks["outside"][player]) for player in self.players
        )
        numbers = {key: row(talks[key], self.players) for key in ("discount", "meanwhile", "at_deadline", "powers")}
        rows = [numbers["meanwhile"], numbers["at_deadline"], tuple(disagreement)]
        rows += [row(offer["payoffs"], self.players) for offer in offers]
        sizes = [max(abs(values[i]) for values in rows) for i in range(len(self.players))]
        self.clock = Clock(
            numbers["discount"], numbers["meanwhile"], numbers["at_deadline"], tuple(disagreement), outside,
            number(talks["breakdown"]), number(talks["last_wait"]), self.players.index(talks["first"]),
            talks["protocol"], numbers["powers"], tuple(size or 1.0 for size in sizes),
        )  # fmt: skip

    @property
    def drawn(self) -> bool:
        """Whether who proposes is drawn."""
        return self.clock.protocol == "random"

    @property
    def leavers(self) -> list[str]:
        """Who has an outside option."""
        return [player for player, option in zip(self.players, self.clock.outside, strict=True) if option is not None]

    def apart(self, one: Sequence[float], other: Sequence[float]) -> float:
        """Return the largest difference as a share of the players' payoffs."""
        sizes = self.clock.spans if len(one) == len(self.clock.spans) else (max(self.clock.spans),) * len(one)
        return max(abs(a - b) / size for a, b, size in zip(one, other, sizes, strict=True))

    def claimed(self, offer: Stored) -> Claimed:
        """Return a stored offer."""
        leaver = None if offer["leaver"] is None else self.players.index(offer["leaver"])
        payoffs, floors = row(offer["payoffs"], self.players), row(offer["floors"], self.players)
        return Claimed(self.players.index(offer["proposer"]), payoffs, floors, bool(offer["agreed"]), leaver)

    def numbers(self, more: int | None) -> list[Certificate]:
        """Return the certificate that the clock is the scenario's, with ``more`` rounds or (None) without end."""
        timing, clock = self.replay.document.time, self.clock
        words = "the clock is the scenario's"
        if timing is None:
            return [claim(words, 1.0)]
        outside = timing.outside or (None,) * len(self.players)
        pairs = [
            (clock.discount, timing.discount),
            (clock.meanwhile, self._standing(timing.meanwhile, timing.meanwhile_payoffs)),
            (clock.default, self._standing(timing.at_deadline, timing.at_deadline_payoffs)),
            (clock.powers, self.replay.document.weights),
            ((clock.breakdown, clock.last_wait), (timing.breakdown, timing.last_wait)),
        ]
        gap = max(difference(mine, theirs) for mine, theirs in pairs)
        same = (
            self.talks["first"] == timing.first_proposer
            and clock.protocol == timing.protocol
            and clock.outside == tuple(outside)
            and self.talks["round_days"] == timing.round_days
            and self.talks["rounds"] == (None if more is None or timing.rounds is None else timing.rounds + more)
            and row(self.talks["disagreement"], self.players) == clock.disagreement
        )
        return [claim(words, max(gap, float(not same)))]

    def _standing(self, levels: Sequence[tuple[str, float]], given: tuple[float, ...] | None) -> tuple[float, ...]:
        if given is not None:
            return given
        if not levels:
            return tuple(self.clock.disagreement)
        named = dict(zip((lever.name for lever in self.replay.levers), self.standing, strict=True)) | dict(levels)
        return self.replay.payoffs(tuple(named.values()))

    def check(self, what: str, turns: Sequence[tuple[Stored, Claimed, Sequence[Any], bool]]) -> list[Certificate]:
        """Return the certificates of some offers, each with what the next round is worth and whether it is the last."""
        floors, rational, priced, better, deal = 0.0, 0.0, 0.0, 0.0, None
        step = max(1, len(turns) // _SEARCHED)
        method = ""
        for k, (offer, claimed, following, last) in enumerate(turns):
            away, short = misses(self.clock, claimed, following, last)
            floors, rational = max(floors, away), max(rational, short)
            lottery = lottery_of(self.replay, offer) if claimed.agreed else ()
            priced = max(priced, self._priced(claimed, lottery))
            if k % step == 0 or k + 1 == len(turns):
                near = lottery[0][0] if lottery else self.standing
                gap, found, method = self._better(claimed, near)
                if gap > better:
                    better, deal = gap, found
        return [
            claim(f"{what}: no deal is worth what the next round, waiting and leaving give", floors),
            claim(f"{what}: the deals can be made and give these payoffs", priced),
            claim(f"{what}: nobody gets less from a deal than without one", rational),
            claim(f"{what}: no better proposal was found", better, deal, method),
        ]

    def _priced(self, claimed: Claimed, lottery: Lottery) -> float:
        if not claimed.agreed:
            return 0.0
        chances = [chance for _, chance in lottery]
        if min(chances) <= 0 or abs(sum(chances) - 1) > _SLACK:
            return 1.0
        if not all(self.replay.possible(codes) and self.replay.allowed(codes) for codes, _ in lottery):
            return 1.0
        return difference(claimed.payoffs, expected(self.replay, lottery))

    def _better(self, claimed: Claimed, near: Codes) -> tuple[float, Any, str]:
        """Return by what share of its payoffs' range the proposer could do better, by which deal, and how sought."""
        default = self.clock.disagreement
        found, everything = competing(self.replay, default, near, draws=_DRAWS)
        method = "all deals enumerated" if everything else f"single changes and {_DRAWS} random deals; not a proof"
        payoffs = [(codes, tuple(g + d for g, d in zip(gains, default, strict=True))) for codes, gains in found]
        if not payoffs:
            return 0.0, None, method
        k = claimed.proposer
        others = [i for i in range(len(default)) if i != k]
        spans = [max(u[i] for _, u in payoffs) - min(u[i] for _, u in payoffs) or 1.0 for i in range(len(default))]
        if self.replay.document.solve.lotteries and len(default) == 2:
            return self._lottery(claimed, [u for _, u in payoffs], spans), None, f"{method}; prices on the floor"
        slack = 0.0 if everything else _SLACK
        meeting = [
            (u[k] - claimed.payoffs[k], codes)
            for codes, u in payoffs
            if all(u[i] >= claimed.floors[i] + slack * spans[i] for i in others)
            # A floor that a deal meets by less than rounding may be met by none.
            and all(u[i] > claimed.floors[i] + _SLACK * spans[i] or u[i] >= claimed.floors[i] for i in others)
        ]
        top = max(meeting, default=(0.0, None), key=lambda item: item[0])
        return max(0.0, top[0]) / spans[k], top[1], method

    @staticmethod
    def _lottery(claimed: Claimed, rows: Sequence[Sequence[float]], spans: Sequence[float]) -> float:
        """Return by how much a mixture of two deals that meets the floor beats a proposal of one of two players."""
        k, other = claimed.proposer, 1 - claimed.proposer
        mine, floor = claimed.payoffs[k], claimed.floors[other]
        points = sorted(((u[other] - floor) / spans[other], (u[k] - mine) / spans[k]) for u in rows)
        above = [(x, y) for x, y in points if x >= -_SLACK]
        below = [(x, y) for x, y in points if x < -_SLACK]
        best = max((y for _, y in above), default=0.0)
        for (x0, y0), (x1, y1) in product(_upper(below), _upper(above)):
            best = max(best, y0 + (y1 - y0) * -x0 / (x1 - x0))
        return max(0.0, best)


def _upper(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of the upper hull of points in order."""
    corners: list[tuple[float, float]] = []
    for point in points:
        while len(corners) > 1 and (
            (corners[-1][0] - corners[-2][0]) * (point[1] - corners[-2][1])
            >= (corners[-1][1] - corners[-2][1]) * (point[0] - corners[-2][0])
        ):
            corners.pop()
        corners.append(point)
    return corners
