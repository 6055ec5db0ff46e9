r"""Stored Stackelberg outcomes: the followers' replies, how ties are broken, and that the leader cannot do better.

*Pure* commitment: the followers' replies to the leader's action are a pure equilibrium among themselves, the best one
for the leader (*strong* ties) or the worst one (*weak*); every action of the leader is tried.

*Mixed* commitment, to a strategy :math:`x` against one follower with a choice: let :math:`X(b)` be the strategies to
which :math:`b` is a best reply.  The vertices of :math:`X(b)` are, scaled, those of the follower's best-response
polytope at which :math:`b` is tight, and all of them are enumerated.  With strong ties the leader's optimum is the
largest :math:`u_L(x, b)` over them (Conitzer and Sandholm 2006).  With weak ties only regions with an interior count,
:math:`u_L(x, b)` is the least over the replies that pay the follower the same as :math:`b` everywhere, and the value is
a supremum that is approached from the interior (von Stengel and Zamir 2010).  Multipliers
``[{"reply": b, "instead": c, "weight": y}]``, where they are stored, give a bound without enumeration,

.. math:: u_L(x, b) \le \max_a \Big[ u_L(a, b) + \sum_c y_{bc} \, (u_F(a, b) - u_F(a, c)) \Big]
   \quad\text{for all } x \in X(b).

Tested against brute force over a grid of commitments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, listed, mapping
from bargain.certificates.games.completeness import stable_places
from bargain.certificates.games.pivots import vertices
from bargain.certificates.games.strategies import all_exact, defect, read_strategy
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import checked, left_open, optimal, slack, true
from bargain.certificates.games.work import FormError, TooLargeError, Work
from bargain.results import Certificate

__all__ = ["check_stackelberg"]

_BOUND = "no commitment gives the leader more"
_DUALITY = "weak duality, in fractions"
_VERTICES = "all vertices of the regions of best replies"


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a result says: the leader's strategy, the profile of replies with the leader's place at 0, and payoffs."""

    game: Table
    leader: int
    strategy: Strategy
    replies: tuple[int, ...]
    ties: str
    tolerance: float

    def pay(self, player: int, action: int) -> Fraction:
        return self.game.payoff(player, (*self.replies[: self.leader], action, *self.replies[self.leader + 1 :]))

    def mean(self, player: int) -> Fraction:
        return sum((p * self.pay(player, a) for a, p in self.strategy.items()), start=Fraction(0))


def check_stackelberg(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of a stored commitment."""
    if solution["commitment"] not in ("pure", "mixed") or solution["ties"] not in ("strong", "weak"):
        raise FormError("unknown kind of commitment or ties")
    leader = game.players.index(solution["leader"])
    followers = [i for i in range(len(game.players)) if i != leader]
    labels = by_name(solution["reply"], [game.players[i] for i in followers], "the reply")
    replies = [0] * len(game.players)
    for i, label in zip(followers, labels, strict=True):
        replies[i] = game.actions[i].index(label)
    strategy = read_strategy(solution["leader_strategy"], game.actions[leader])
    tolerance = slack(all_exact([solution["leader_strategy"], solution["payoffs"]]))
    claim = _Claim(game, leader, strategy, tuple(replies), solution["ties"], tolerance)
    stated = list(map(amount, by_name(solution["payoffs"], game.players, "the payoffs")))
    work.spend(len(strategy) * len(stated), game.bits)
    gap = max(abs(claim.mean(i) - value) / game.scale(i) for i, value in enumerate(stated))
    checks = [
        checked("the commitment is a distribution over its support", defect(strategy), tolerance, unit="probability"),
        checked("the strategies give these payoffs", gap, tolerance),
    ]
    attained = solution.get("attained", True)
    if attained not in (True, False, None):
        raise FormError("attained must be true, false or null")
    if solution["commitment"] == "pure":
        return checks + _pure(claim, attained, work)
    return checks + _mixed(claim, solution, attained, work)


def _pure(claim: _Claim, attained: bool | None, work: Work) -> list[Certificate]:
    game, leader = claim.game, claim.leader
    checks = [true("the commitment is pure, and attains its payoff", len(claim.strategy) == 1 and attained is True)]
    followers = [i for i in range(len(game.players)) if i != leader]
    stable = stable_places(game, followers, work)
    row, stride, size = game.payoffs[leader], game.strides[leader], game.sizes[leader]
    pays: dict[int, list[int]] = {}
    for place, settled in enumerate(stable):
        if settled:
            pays.setdefault(place // stride % size, []).append(row[place])
    (action, *_) = claim.strategy
    mine = game.place((*claim.replies[:leader], action, *claim.replies[leader + 1 :]))
    worst = {each: max(values) if claim.ties == "strong" else min(values) for each, values in pays.items()}
    best = max(worst, key=worst.__getitem__, default=action)
    over = Fraction(max(0, worst.get(best, row[mine]) - row[mine]), game.denominators[leader]) / game.scale(leader)
    own = worst.get(action)
    return [
        *checks,
        true("the replies are a pure equilibrium of the followers", stable[mine]),
        true(f"ties are broken as {claim.ties} says", own == row[mine]),
        checked(_BOUND, over, claim.tolerance, game.actions[leader][best], "every action tried"),
    ]


class _Regions:
    """Vertices of the regions of best replies of the one follower with a choice."""

    def __init__(self, claim: _Claim, work: Work) -> None:
        game, leader = claim.game, claim.leader
        choosing = [i for i, size in enumerate(game.sizes) if size > 1 and i != leader]
        if len(choosing) > 1:
            raise FormError("mixed commitment needs a single follower with a choice")
        self.follower = choosing[0] if choosing else (1 if leader == 0 and len(game.players) > 1 else 0)
        if len(game.players) == 1:
            raise FormError("there is no follower")
        self.claim, self.game, self.work = claim, game, work
        self.size, self.count = game.sizes[leader], game.sizes[self.follower]

    def whole(self, player: int) -> list[list[int]]:
        """Return a player's payoffs by leader's action and reply, over the player's denominator."""
        game, row = self.game, self.game.payoffs[player]
        one, two = game.strides[self.claim.leader], game.strides[self.follower]
        self.work.spend(self.size * self.count)
        return [[row[a * one + b * two] for b in range(self.count)] for a in range(self.size)]

    def corners(self, table: Sequence[Sequence[int]]) -> list[list[tuple[int, ...]]]:
        """Return for every reply the vertices of its region, as weights."""
        lowest = min(map(min, table))
        positive = [[value - lowest + 1 for value in row] for row in table]
        regions: list[list[tuple[int, ...]]] = [[] for _ in range(self.count)]
        for mask, weights in vertices(positive, self.work).items():
            for reply in range(self.count):
                if mask >> (self.size + reply) & 1:
                    regions[reply].append(weights)
        self.work.spend(sum(map(len, regions)) * self.size * self.count)
        return regions

    def bound(self) -> tuple[Fraction, list[bool]]:
        """Return the most that the leader can get, and which regions count: with weak ties, those with an interior."""
        theirs, mine = self.whole(self.follower), self.whole(self.claim.leader)
        regions = self.corners(theirs)
        columns = list(zip(*theirs, strict=True))
        values, counts = [], []
        for reply, corners in enumerate(regions):
            same = [other for other in range(self.count) if columns[other] == columns[reply]]
            inside = bool(corners) and (self.claim.ties == "strong" or self._interior(theirs, corners, reply, same))
            counts.append(inside)
            if inside:
                # With weak ties the worst of equal replies counts; the least of their maxima bounds the maximum.
                chosen = same if self.claim.ties == "weak" else [reply]
                values.append(min(max(_mean(mine, x, other) for x in corners) for other in chosen))
        return max(values) / self.game.denominators[self.claim.leader], counts

    def _interior(
        self, theirs: list[list[int]], corners: list[tuple[int, ...]], reply: int, same: Sequence[int]
    ) -> bool:
        """Whether the mean of the corners makes a reply strictly better than all that are not equal everywhere."""
        return all(
            other in same or any(_mean(theirs, x, reply) > _mean(theirs, x, other) for x in corners)
            for other in range(self.count)
        )


def _mean(table: Sequence[Sequence[int]], weights: Sequence[int], reply: int) -> Fraction:
    return Fraction(sum(w * row[reply] for w, row in zip(weights, table, strict=True)), sum(weights))


def _mixed(claim: _Claim, solution: Any, attained: bool | None, work: Work) -> list[Certificate]:
    game, leader = claim.game, claim.leader
    regions = _Regions(claim, work)
    # Replies need the follower's actions and the leader's own place only.
    values = [_reply(claim, regions.follower, b) for b in range(regions.count)]
    paid = [each.mean(regions.follower) for each in values]
    mine, reply = claim.mean(leader), claim.replies[regions.follower]
    regret = (max(paid) - paid[reply]) / game.scale(regions.follower)
    best = [each.mean(leader) for each, pay in zip(values, paid, strict=True) if pay == max(paid)]
    ties = max(best) - mine if claim.ties == "strong" else mine - min(best)
    checks = [checked("the follower's reply is a best one", regret, claim.tolerance)]
    gap = max(ties, Fraction(0)) / game.scale(leader)
    words = f"ties are broken as {claim.ties} says"
    if claim.ties == "strong" and attained is not True:
        raise FormError("with strong ties the optimum is attained")
    if attained is not None:
        holds = gap <= claim.tolerance
        checks.append(
            checked(words, gap, claim.tolerance)
            if attained
            else true("the payoff is approached, but not attained, by this strategy", not holds)
        )
    return checks + _best_mixed(claim, regions, solution, mine, reply)


def _reply(claim: _Claim, follower: int, action: int) -> _Claim:
    replies = (*claim.replies[:follower], action, *claim.replies[follower + 1 :])
    return _Claim(claim.game, claim.leader, claim.strategy, replies, claim.ties, claim.tolerance)


def _best_mixed(claim: _Claim, regions: _Regions, solution: Any, mine: Fraction, reply: int) -> list[Certificate]:
    scale, checks = claim.game.scale(claim.leader), []
    weak = claim.ties == "weak"
    if solution.get("multipliers") is not None:
        bound, method = _dual_bound(regions, solution["multipliers"]), _DUALITY
        gap = abs(bound - amount(solution["bound"])) / scale
        checks.append(checked("the multipliers give this bound", gap, claim.tolerance))
    elif solution.get("bound") is not None:
        raise FormError("a bound without multipliers")
    else:
        try:
            bound, counts = regions.bound()
        except TooLargeError as reason:
            return [left_open(_BOUND, f"too large: {reason}")]
        method = _VERTICES
        if weak:
            checks.append(true("the reply is strictly best somewhere near", counts[reply], None, method))
    gap = max(bound - mine, Fraction(0)) / scale
    if weak and gap > claim.tolerance:
        return [*checks, left_open(_BOUND, "weak ties: there is only an upper bound")]
    return [*checks, checked(_BOUND, gap, optimal(not claim.tolerance), method=method)]


def _dual_bound(regions: _Regions, stored: Any) -> Fraction:
    game, claim = regions.game, regions.claim
    prices: dict[int, list[tuple[int, Fraction]]] = {}
    labels = game.actions[regions.follower]
    for entry in listed(stored, "multipliers"):
        tree = mapping(entry, "a multiplier")
        weight = amount(tree["weight"])
        if weight <= 0:
            raise FormError("multipliers must be positive")
        prices.setdefault(labels.index(tree["reply"]), []).append((labels.index(tree["instead"]), weight))
    mine, theirs = regions.whole(claim.leader), regions.whole(regions.follower)
    own, other = game.denominators[claim.leader], game.denominators[regions.follower]
    regions.work.spend(regions.size * (regions.count + sum(map(len, prices.values()))), game.bits)

    def value(a: int, b: int) -> Fraction:
        terms = (y * Fraction(theirs[a][b] - theirs[a][c], other) for c, y in prices.get(b, ()))
        return sum(terms, start=Fraction(mine[a][b], own))

    return max(value(a, b) for b in range(regions.count) for a in range(regions.size))
