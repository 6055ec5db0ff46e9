"""The stored value of linkage, checked: every sub-package, separate talks, and how the issues share the joint gain.

Each sub-package's terms must give its gains, hurt nobody, keep the limits, leave the levers of other issues where they
stand without agreement, and not be beaten by a deal that a short search finds.  Separate talks are put together again
from the single issues, and the Shapley shares are recomputed.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from math import factorial

from bargain.certificates.agreements import AGREED, competing
from bargain.certificates.claims import (
    Lottery,
    Stored,
    claim,
    difference,
    expected,
    lottery_of,
    number,
    paid_out,
    row,
)
from bargain.certificates.consequences import check_margins, check_term_sums
from bargain.certificates.flags import check_flags
from bargain.certificates.partitions import check_payments, check_structures, check_trade, together
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.rivals import Answer, better_by
from bargain.results import Certificate

__all__ = ["check_linkage"]

_FEW, _DRAWS = 200, 20
"""So many or fewer deals on a sub-package's issues are all tried; otherwise so many random ones."""

_MOST_CHECKED = 200
"""Sub-packages that are searched for better deals; the first so many."""

Issues = tuple[str, ...]


def check_linkage(replay: Replay, stored: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return the certificates of the value of linkage."""
    players, linkage = replay.document.player_names, stored["linkage"]
    package, separate = (row(linkage[part]["gains"], players) for part in ("package", "separate"))
    size = max([abs(value) for value in (*package, *separate)] + [1e-300])
    value = row(linkage["value"], players)
    sums = max(abs(p - s - v) for p, s, v in zip(package, separate, value, strict=True)) / size
    tables = {tuple(each["issues"]): each for each in linkage["subpackages"]}
    whole = tuple(issue.name for issue in replay.document.issues)
    standing = _standing(replay, stored)
    checks = [
        claim("linkage: value is package less separate", sums),
        claim("linkage: the total adds up", abs(sum(value) - number(linkage["total"])) / size),
        claim("linkage: the package is the deal on all issues", _package_gap(replay, stored, tables, whole, size)),
        *_attribution(linkage, tables, whole, size),
        *_marginal(linkage, tables, whole, size),
    ]
    checks += _tables(replay, stored, tables.values(), standing, disagreement)
    checks += _separate(replay, linkage, tables, standing, disagreement)
    checks += [*check_payments(replay, linkage), *check_trade(replay, linkage, standing)]
    checks += [*check_margins(linkage, tables, whole), *check_term_sums(replay, linkage)]
    checks += check_flags(replay, linkage)
    if linkage.get("structures") is not None:
        checks += check_structures(replay, stored, tables, standing, disagreement)
    return checks


def _standing(replay: Replay, stored: Stored) -> Codes:
    """Return the levels that stand without agreement."""
    terms = stored["disagreement"]["terms"]
    return replay.document.status_quo if terms is None else replay.codes(terms)


def _package_gap(replay: Replay, stored: Stored, tables: dict[Issues, Stored], whole: Issues, size: float) -> float:
    players = replay.document.player_names
    package, headline = stored["linkage"]["package"], stored.get("gains") or stored["linkage"]["package"]["gains"]
    same = tuple(package["issues"]) == whole and whole in tables and package == tables[whole]
    agrees = stored.get("status") in (None, package["status"])
    gaps = (abs(a - b) for a, b in zip(row(package["gains"], players), row(headline, players), strict=True))
    return max(gaps) / size + float(not (same and agrees))


def _tables(
    replay: Replay, stored: Stored, tables: Iterable[Stored], standing: Codes, disagreement: Sequence[float]
) -> list[Certificate]:
    wrong, broken, better = 0.0, 0.0, 0.0
    witness = None
    for place, each in enumerate(tables):
        gains, agreed = row(each["gains"], replay.document.player_names), each["status"] in AGREED
        lottery = lottery_of(replay, each)
        payoffs = paid_out(replay, each, lottery) if agreed else tuple(disagreement)
        scale = max([abs(value) for value in (*payoffs, *disagreement)] + [1e-300])
        differences = [abs(u - d - v) for u, d, v in zip(payoffs, disagreement, gains, strict=True)]
        wrong = max(wrong, *(gap / scale for gap in differences), abs(sum(gains) - number(each["total"])) / scale)
        wrong += float(max(gains) <= 0 if agreed else each["status"] not in ("no_deal", "failed"))
        broken = max(broken, _broken(replay, each, lottery, standing, agreed), *(-gain / scale for gain in gains))
        if place < _MOST_CHECKED and each["status"] != "failed":
            deal, gap = _better(replay, stored, each, lottery[0][0], disagreement)
            better, witness = (gap, deal) if gap > better else (better, witness)
    return [
        claim("linkage: the terms of every sub-package give its gains", wrong),
        claim("linkage: sub-packages keep the limits, and off the table nothing moves", broken),
        claim("linkage: no better deal was found for any sub-package", better, witness, "a short search; not a proof"),
    ]


def _moving(replay: Replay, each: Stored) -> list[int]:
    issues = set(each["issues"])
    if not issues <= {issue.name for issue in replay.document.issues}:
        raise ValueError("a sub-package has an issue that the scenario has not")
    return [k for k, lever in enumerate(replay.levers) if lever.issue in issues]


def _broken(replay: Replay, each: Stored, lottery: Lottery, standing: Codes, agreed: bool) -> float:
    moving = _moving(replay, each) if agreed else []
    for codes, _ in lottery:
        if any(code != standing[k] for k, code in enumerate(codes) if k not in moving):
            return 1.0
        if agreed and not (replay.possible(codes) and replay.allowed(codes)):
            return 1.0
    return abs(sum(chance for _, chance in lottery) - 1.0)


def _better(
    replay: Replay, stored: Stored, each: Stored, near: Codes, disagreement: Sequence[float]
) -> tuple[Codes | None, float]:
    players = replay.document.player_names
    rule, weights = stored.get("rule") or replay.document.solve.solutions[0], stored.get("weights")
    found, everything = competing(replay, disagreement, near, _moving(replay, each), _FEW, _DRAWS)
    given = (1.0,) * len(players) if weights is None else row(weights, players)
    mixed = replay.document.solve.lotteries
    gains, agreed = row(each["gains"], players), each["status"] in AGREED
    answer = Answer(str(rule), gains, given, agreed, mixed, everything, tuple(disagreement))
    return better_by(answer, found)


def _separate(
    replay: Replay, linkage: Stored, tables: dict[Issues, Stored], standing: Codes, disagreement: Sequence[float]
) -> list[Certificate]:
    """Put the single-issue tables together again."""
    players, stored = replay.document.player_names, linkage["separate"]
    single = [tables[(issue.name,)] for issue in replay.document.issues]
    draws = [lottery_of(replay, each) for each in single]
    joint = together(replay, [(issue.name,) for issue in replay.document.issues], draws)
    promised = [row(each["gains"], players) for each in single if each["status"] in AGREED]
    gains, start = (0.0,) * len(players), (0.0,) * len(players)
    if promised:
        payoffs = expected(replay, joint)
        paid = [row(each["transfers"], players) for each in single if each.get("transfers") is not None]
        received = [sum(each[i] for each in paid) for i in range(len(players))]
        gains = tuple(u + p - d for u, p, d in zip(payoffs, received, disagreement, strict=True))
        start = tuple(u - d for u, d in zip(replay.payoffs(standing), disagreement, strict=True))
    negotiated = [sum(each[i] for each in promised) - max(0, len(promised) - 1) * start[i] for i in range(len(players))]
    size = max([abs(value) for value in (*gains, *negotiated, *disagreement, *start)] + [1e-300])
    stated = lottery_of(replay, stored)
    feasible = not promised or all(replay.allowed(codes) for codes, _ in joint)
    sums = {codes: 0.0 for codes, _ in (*stated, *joint)}
    for sign, lottery in ((1.0, stated), (-1.0, joint)):
        for codes, chance in lottery:
            sums[codes] += sign * chance
    gap = partial(_gap, size=size)
    return [
        claim("linkage: separate talks are the single issues together", max(abs(each) for each in sums.values())),
        claim("linkage: separate talks give the gains stated", gap(gains, row(stored["gains"], players))),
        claim("linkage: the tables promise the gains stated", gap(negotiated, row(stored["negotiated"], players))),
        claim("linkage: separate deals can be carried out as stated", float(bool(stored["feasible"]) != feasible)),
    ]


def _gap(first: Sequence[float], second: Sequence[float], size: float) -> float:
    return max(abs(a - b) for a, b in zip(first, second, strict=True)) / size


def _marginal(linkage: Stored, tables: dict[Issues, Stored], whole: Issues, size: float) -> list[Certificate]:
    """Check what each issue is said to add first, alone, and last, to all others."""
    if not linkage.get("marginal"):
        return []
    worth = {frozenset(issues): number(each["total"]) for issues, each in tables.items()} | {frozenset(): 0.0}
    wrong = float(set(linkage["marginal"]) != set(whole))
    for issue in set(whole) & set(linkage["marginal"]):
        alone, others, everything = frozenset((issue,)), frozenset(whole) - {issue}, frozenset(whole)
        if not {alone, others, everything} <= set(worth):
            wrong = max(wrong, 1.0)
            continue
        stated = linkage["marginal"][issue]
        right = (worth[alone], worth[everything] - worth[others])
        wrong = max(wrong, _gap([number(stated["first"]), number(stated["last"])], right, size))
    return [claim("linkage: what each issue adds first and last is what the sub-packages say", wrong)]


def _attribution(linkage: Stored, tables: dict[Issues, Stored], whole: Issues, size: float) -> list[Certificate]:
    if not linkage["attribution"]:
        return []
    joint = sum(number(value) for value in linkage["package"]["gains"].values())
    shares = {issue: number(share) for issue, share in linkage["attribution"].items()}
    checks = [claim("linkage: the attribution adds up to the joint gain", abs(sum(shares.values()) - joint) / size)]
    worth = {frozenset(issues): number(each["total"]) for issues, each in tables.items()} | {frozenset(): 0.0}
    if len(worth) != 2 ** len(whole):
        return [*checks, claim("linkage: every sub-package that the attribution needs is there", 1.0)]
    again = dict.fromkeys(whole, 0.0)
    for coalition, value in worth.items():
        # A set of issues counts for its members as what they complete, against all others as what they find.
        before, after = len(coalition), len(whole) - len(coalition)
        for issue in whole:
            if issue in coalition:
                again[issue] += value * factorial(before - 1) * factorial(after) / factorial(len(whole))
            else:
                again[issue] -= value * factorial(before) * factorial(after - 1) / factorial(len(whole))
    unequal = difference([*again.values(), joint], [*(shares[issue] for issue in whole), joint])
    return [*checks, claim("linkage: the attribution is the Shapley value", unequal)]
