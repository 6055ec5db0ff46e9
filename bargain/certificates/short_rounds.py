"""The stored limit of short rounds: the Nash solution with weights and a disagreement point that follow from the clock.

Weights and point are worked out again from the discount factors and the risk of breakdown, the deal is priced by the
formulas, and a search looks for one with a larger Nash product.  Tested through
:mod:`bargain.certificates.stored_timing`.
"""

from __future__ import annotations

from math import inf, log

from bargain.certificates.agreements import competing
from bargain.certificates.claims import Stored, claim, difference, expected, lottery_of, row
from bargain.certificates.replay import Replay
from bargain.certificates.rivals import Answer, better_by
from bargain.certificates.rounds import Clock
from bargain.results import Certificate

__all__ = ["check_limit"]


def check_limit(replay: Replay, stored: Stored, clock: Clock) -> list[Certificate]:
    """Return the certificates of the field ``limit`` of stored offers."""
    players = replay.document.player_names
    weights, point = row(stored["weights"], players), row(stored["disagreement"], players)
    risk = -log(1 - clock.breakdown)
    hazards = [-log(factor) + risk for factor in clock.discount]
    rows = zip(clock.discount, clock.meanwhile, clock.disagreement, hazards, strict=True)
    right = tuple((risk * d - log(f) * m) / hazard for f, m, d, hazard in rows)
    shares = [1 / hazard for hazard in hazards]
    if clock.protocol == "random":
        shares = [share * power for share, power in zip(shares, clock.powers, strict=True)]
    whole = sum(shares)
    gap = max(difference(point, right), difference(weights, [share / whole for share in shares]))
    checks = [claim("short rounds: weights and disagreement point follow from the clock", gap)]
    unknown = stored["payoffs"] is None
    payoffs = point if unknown else row(stored["payoffs"], players)
    if stored["terms"] is None and stored["lottery"] is None:
        return [*checks, claim("short rounds: without a deal the point itself", difference(payoffs, point))]
    lottery = lottery_of(replay, stored)
    nash = expected(replay, lottery)
    pairs = zip(clock.outside, nash, strict=True)
    bound = any(o is not None and o - u > 1e-9 * max(abs(o), abs(u)) for o, u in pairs)
    if bound:
        words = "short rounds: payoffs with the outside option that binds"
        checks.append(Certificate(words, inf, 0.0, method="talks are not solved again", checked=False))
    else:
        gap = inf if unknown else difference(payoffs, nash)
        checks.append(claim("short rounds: the deal gives these payoffs", gap))
    gains = tuple(u - d for u, d in zip(nash, point, strict=True))
    found, everything = competing(replay, point, lottery[0][0])
    mixed = replay.document.solve.lotteries
    deal, better = better_by(Answer("nash", gains, weights, True, mixed, everything, point), found)
    how = "all deals enumerated" if everything else "single changes and random deals; not a proof"
    return [*checks, claim("short rounds: no deal with a larger Nash product was found", better, deal, how)]
