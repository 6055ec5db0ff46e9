"""The stored answer of one rule, checked: a deal, a lottery, or no deal.

Terms give payoffs, payoffs give gains, limits are kept, nobody loses and somebody gains, weights are the scenario's,
ties are as good as the deal, what is said to bind binds, the certificate's own numbers agree with its verdict, and a
search finds nothing better; of sets too large to be searched, bounds rule the rest out.  Not checked: shadow prices
and the text of notes.  Tested by changed answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from bargain.certificates.bounds import check_bound
from bargain.certificates.claims import (
    BY_DEFINITION,
    Lottery,
    Stored,
    claim,
    difference,
    lottery_of,
    number,
    paid_out,
    row,
)
from bargain.certificates.late import on_demand
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.rivals import FEW_DEALS, Answer, Rival, better_by, largest_lottery, rivals
from bargain.results import Certificate

__all__ = ["check_answer", "competing"]

RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian", *BY_DEFINITION)
AGREED = ("proved", "converged", "limit")
DRAWS = 2_000

MOST_TOLERANCE = 1e-5
"""The largest gap with which anything may be called proved."""

RESIDUALS = (
    "above",
    "difference of areas",
    "difference of lengths",
    "distance to plain steps",
    "difference of losses",
    "distance from the line",
)
"""By how much an answer misses the equations of its rule: the certificate's gap is the largest."""

_check_large = on_demand("large:check_large")


def check_answer(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return the certificates of one rule's answer."""
    players, rule, status = replay.document.player_names, str(stored["rule"]), stored["status"]
    payoffs, gains = row(stored["payoffs"], players), row(stored["gains"], players)
    size = max([abs(value) for value in (*payoffs, *disagreement)] + [1e-300])
    differences = (abs(u - d - v) / size for u, d, v in zip(payoffs, disagreement, gains, strict=True))
    known = rule in RULES and status in (*AGREED, "failed", "no_deal")
    checks = [
        claim(f"{rule}: rule and status are known", float(not known)),
        claim(f"{rule}: gains are payoffs less disagreement payoffs", max(differences)),
        claim(f"{rule}: the weights are the scenario's", _weights(replay, stored)),
        claim(f"{rule}: the status fits the certificate", _unfit(replay, stored)),
    ]
    if status not in AGREED:
        if status == "no_deal":
            checks.append(claim(f"{rule}: without a deal nobody gains", max(abs(gain) for gain in gains) / size))
            checks.append(claim(f"{rule}: without a deal the no-agreement levels stand", _moved(replay, stored)))
            checks += _no_better(replay, stored, ((replay.document.status_quo, 1.0),), disagreement, gains)
            checks += _large(replay, stored, disagreement)
        return checks
    lottery = lottery_of(replay, stored)
    broken = [codes for codes, _ in lottery if not (replay.possible(codes) and replay.allowed(codes))]
    total = abs(sum(chance for _, chance in lottery) - 1) + sum(-min(chance, 0.0) for _, chance in lottery)
    given = difference(payoffs, paid_out(replay, stored, lottery)) + _double(replay, stored, lottery)
    shortfall = max(0.0, *(-gain for gain in gains)) / size
    return [
        *checks,
        claim(f"{rule}: the terms give these payoffs", given + total),
        claim(f"{rule}: levels are possible and limits are kept", float(len(broken)), broken[0] if broken else None),
        claim(f"{rule}: nobody is worse off than without a deal", shortfall),
        claim(f"{rule}: somebody gains", float(max(gains) <= 0)),
        claim(f"{rule}: what is said to bind binds", _slack(replay, stored, lottery)),
        *_ties(replay, stored, disagreement),
        *_no_better(replay, stored, lottery, disagreement, gains),
        *_large(replay, stored, disagreement),
        *check_bound(replay, stored, disagreement, gains, _given(replay, stored)),
    ]


def competing(
    replay: Replay,
    disagreement: Sequence[float],
    near: Codes,
    levers: Sequence[int] | None = None,
    few: int = FEW_DEALS,
    draws: int = DRAWS,
) -> tuple[list[Rival], bool]:
    """Return deals that could be better, and whether they are all; other levers than ``levers`` stay as in ``near``.

    Up to ``few`` deals are all tried; of more, those one lever away from ``near`` and ``draws`` random ones.
    Where lotteries are allowed, continuous levers are laid out on the grid of the scenario.
    """
    choices = [
        (code,) if levers is not None and k not in levers else replay.laid(k, code) for k, code in enumerate(near)
    ]
    finite = [each for each in choices if each is not None]
    count = prod(len(each) for each in finite)
    everything = len(finite) == len(choices) and count <= few
    deals: Iterator[Codes] = product(*finite) if everything else replay.some_deals(near, draws, levers=levers)
    return rivals(replay, deals, disagreement), everything


def _large(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return what bounds say about finite sets of deals that are too large to be enumerated."""
    levels = [replay.laid(k, code) for k, code in enumerate(replay.document.status_quo)]
    if not all(levels) or prod(len(each) for each in levels if each) <= FEW_DEALS:
        return []
    return list(_check_large(replay, stored, disagreement))


def _given(replay: Replay, stored: Stored) -> tuple[float, ...]:
    if stored.get("weights") is None:
        return (1.0,) * len(replay.document.players)
    return row(stored["weights"], replay.document.player_names)


def _weights(replay: Replay, stored: Stored) -> float:
    """Nash's rule takes the players' powers; the others weigh all players alike."""
    given = _given(replay, stored)
    own = replay.document.weights if stored["rule"] == "nash" else (1.0 / len(given),) * len(given)
    return difference([weight / sum(given) for weight in given], own)


def _unfit(replay: Replay, stored: Stored) -> float:
    """An answer is proved only by a certificate that holds; over continuous levers it needs bounds to be checked."""
    certificate = stored.get("certificate")
    if certificate is None:
        return float(stored["status"] == "proved")
    gap, tolerance = (float("inf") if value is None else number(value) for value in _verdict(certificate))
    if not 0 <= tolerance <= MOST_TOLERANCE or _miscounted(replay, certificate.get("evidence") or {}, gap):
        return 1.0
    if bool(certificate["holds"]) != (gap <= tolerance):
        return 1.0
    alone = replay.count() is None and not replay.document.solve.lotteries
    bounded = bool((certificate.get("evidence") or {}).get("bounds"))
    return float(stored["status"] == "proved" and ((alone and not bounded) or not certificate["holds"]))


def _miscounted(replay: Replay, evidence: Stored, gap: float) -> bool:
    """Whether the number of deals is not the scenario's, a bound is out of place, or a residual is above the gap."""
    count = replay.count()
    if count is not None and evidence.get("deals", count) != count and not replay.document.solve.lotteries:
        return True
    for bound in evidence.get("bounds") or ():
        value, most = number(bound["value"]), number(bound["bound"])
        if not -MOST_TOLERANCE <= most - value <= MOST_TOLERANCE + gap:
            return True
    residuals = [number(evidence[name]) for name in RESIDUALS if evidence.get(name) is not None]
    return any(not 0 <= residual <= gap * (1 + 1e-9) + 1e-15 for residual in residuals)


def _verdict(certificate: Stored) -> tuple[object, object]:
    return certificate["gap"], certificate["tolerance"]


def _moved(replay: Replay, stored: Stored) -> float:
    """Return 1 unless no terms are stated, or (for the headline) those that stand without agreement."""
    terms = stored["terms"]
    if stored.get("lottery") is not None or stored.get("ties"):
        return 1.0
    if terms is None:
        return float("disagreement" in stored)
    standing = stored["disagreement"]["terms"] if "disagreement" in stored else None
    fallback = replay.document.status_quo if standing is None else replay.codes(standing)
    return float(replay.codes(terms) != fallback)


def _slack(replay: Replay, stored: Stored, lottery: Lottery) -> float:
    """Return how far the deal is from the bounds and limits that are said to hold it back."""
    gaps = [0.0]
    for limit in stored.get("binding") or ():
        for codes, _ in lottery:
            gaps.append(replay.slack(limit["kind"], limit["name"], limit["side"], codes))
    # Levels are found with less precision than payoffs, which are flat at an optimum.
    return max(gaps) / 10


def _ties(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Every tied deal gives the payoffs stated, and the search finds that the chosen one is not better."""
    players, rule = replay.document.player_names, stored["rule"]
    if not stored["ties"]:
        return []
    if replay.document.solve.lotteries:
        return _mixed_ties(replay, stored)
    chosen = Answer(
        rule, row(stored["gains"], players), _given(replay, stored), True, False, False, tuple(disagreement)
    )
    wrong, worse = 0.0, 0.0
    for tie in stored["ties"]:
        codes = replay.codes(tie["terms"])
        payoffs = replay.payoffs(codes)
        wrong = max(wrong, difference(payoffs, row(tie["payoffs"], players)), float(not replay.allowed(codes)))
        gains = tuple(u - d for u, d in zip(payoffs, disagreement, strict=True))
        equal = Answer(rule, gains, chosen.weights, True, False, False, tuple(disagreement))
        worse = max(worse, better_by(equal, [(codes, chosen.gains)])[1])
    first = replay.codes(stored["ties"][0]["terms"])
    return [
        claim(f"{rule}: tied deals give the payoffs stated", wrong + float(first != replay.codes(stored["terms"]))),
        claim(f"{rule}: tied deals are as good", worse),
    ]


def _mixed_ties(replay: Replay, stored: Stored) -> list[Certificate]:
    """Where lotteries are drawn a tie is the lottery itself, first, or a deal that gives what is stated."""
    players, rule = replay.document.player_names, stored["rule"]
    lottery = lottery_of(replay, stored)
    chosen = row(stored["payoffs"], players)
    wrong = 0.0
    for place, tie in enumerate(stored["ties"]):
        payoffs = row(tie["payoffs"], players)
        codes = None if tie["terms"] is None else replay.codes(tie["terms"])
        wrong = max(wrong, difference(payoffs, chosen if codes is None else replay.payoffs(codes)))
        if place == 0:
            alone = lottery[0][0] if len(lottery) == 1 else None
            wrong = max(wrong, float(codes != alone), difference(payoffs, chosen))
        elif codes is not None:
            wrong = max(wrong, float(not replay.allowed(codes)))
            if rule == "utilitarian":
                wrong = max(wrong, difference([sum(payoffs)], [sum(chosen)]))
    return [claim(f"{rule}: tied deals give the payoffs stated", wrong)]


def _double(replay: Replay, stored: Stored, lottery: Lottery) -> float:
    """Return 1 when terms are stated beside a lottery and are not its only deal."""
    if stored.get("lottery") is None or stored.get("terms") is None:
        return 0.0
    return float(len(lottery) > 1 or replay.codes(stored["terms"]) != lottery[0][0])


def _no_better(
    replay: Replay, stored: Stored, lottery: Lottery, disagreement: Sequence[float], gains: Sequence[float]
) -> list[Certificate]:
    """Return how much better, by the rule's own objective, the best deal is that a search finds."""
    found, everything = competing(replay, disagreement, lottery[0][0])
    mixed = replay.document.solve.lotteries
    agreed = stored["status"] != "no_deal"
    answer = Answer(
        stored["rule"], tuple(gains), _given(replay, stored), agreed, mixed, everything, tuple(disagreement)
    )
    deal, gap = better_by(answer, found)
    how = "all deals enumerated" if everything else f"single changes and {DRAWS} random deals; not a proof"
    words = f"{stored['rule']}: no better deal was found"
    if stored["status"] == "limit" and (stored.get("certificate") or {}).get("gap", 0.0) is None:
        # A search that was stopped before it knew anything of its deal does not say that the deal is the best.
        return [Certificate(words, gap, 0.0, method="not claimed: the search was stopped", checked=False)]
    checks = [claim(words, gap, deal, how)]
    normal = ((stored.get("certificate") or {}).get("evidence") or {}).get("normal")
    if normal is None or not (agreed and mixed and everything):
        return checks
    rows = list(zip(*(own for _, own in found), strict=True))
    return [
        *checks,
        claim(f"{stored['rule']}: the stated normal supports the lottery", _unsupported(rows, normal, gains)),
    ]


def _unsupported(rows: Sequence[Sequence[float]], normal: Sequence[object], gains: Sequence[float]) -> float:
    """Return by how much some individually rational lottery is further along a normal, as a share of its size."""
    # Gains are counted in units of each player's largest, so that the program is well scaled.
    spans = [max(map(abs, own), default=0.0) or 1.0 for own in rows]
    steep = [number(value) * span for value, span in zip(normal, spans, strict=True)]
    size = max(map(abs, steep))
    if not size > 0:
        return 1.0
    shares = [[value / span for value in own] for own, span in zip(rows, spans, strict=True)]
    reached = sum(s * v / span for s, v, span in zip(steep, gains, spans, strict=True)) / size
    return max(0.0, largest_lottery(shares, [value / size for value in steep]) - reached)
