"""Stored numbers on linkage that follow from others in the same result: first and last values, products, promises.

What an issue adds first and last and the smallest packages follow from the packages; the Nash product, the losers, the
value against the package and (except where tables look ahead) what tables promise follow from the levels and gains of a
structure; sums of a linkage term's worth must add up.  Nothing here knows a solver.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import exp, log

from bargain.certificates.agreements import AGREED
from bargain.certificates.claims import Stored, claim, difference, lottery_of, number, row
from bargain.certificates.replay import Codes, Replay
from bargain.results import Certificate

__all__ = ["check_margins", "check_term_sums", "check_what_follows"]

_KINDS = {"partitions": ("partition",), "simultaneous": ("simultaneous",), "sequences": ("myopic", "anticipating")}

_STILL = 1e-6
"""Tables on intervals stand still to this share of a lever's range; what they promise is as near, so it is compared to
a hundredth of the usual precision."""

Tables = Mapping[tuple[str, ...], Stored]


def check_margins(linkage: Stored, tables: Tables, whole: tuple[str, ...]) -> list[Certificate]:
    """Return the certificates of what issues add first and last, and of the smallest packages."""
    checks = []
    totals = {issues: number(each["total"]) for issues, each in tables.items()} | {(): 0.0}
    size = max(map(abs, totals.values()), default=0.0) or 1.0
    if linkage.get("marginal") is not None:
        gaps = [float(set(linkage["marginal"]) != set(whole))]
        for issue, each in linkage["marginal"].items():
            rest = tuple(other for other in whole if other != issue)
            gaps += [
                abs(number(each["first"]) - totals[(issue,)]) / size,
                abs(number(each["last"]) - totals[whole] + totals[rest]) / size,
            ]
        checks.append(claim("linkage: what issues add first and last follows from the packages", max(gaps)))
    if linkage.get("smallest") is not None:
        found: list[tuple[str, ...]] = []
        for count in range(1, len(whole) + 1):
            found = [each for each in combinations(whole, count) if tables[each]["status"] in AGREED]
            if found:
                break
        wrong = [tuple(each) for each in linkage["smallest"]] != found
        checks.append(claim("linkage: the smallest packages are those of the fewest issues", float(wrong)))
    return checks


def check_term_sums(replay: Replay, linkage: Stored) -> list[Certificate]:
    """Return the certificate that the worth of linkage terms adds up; the packages without a term are not solved."""
    terms = linkage.get("terms")
    if not terms:
        return []
    players = replay.document.player_names
    headings = {(entry.player, entry.heading) for entry in replay.document.payoffs}
    issues = {issue.name for issue in replay.document.issues}
    gaps = []
    for each in terms:
        value, first, last = row(each["value"], players), number(each["first"]), number(each["last"])
        size = max([abs(amount) for amount in (*value, first, last)] + [1e-300])
        gaps.append(abs(sum(value) - last) / size)
        unknown = (each["player"], each["heading"]) not in headings or not issues.issuperset(each["issues"])
        gaps.append(float(unknown or len(set(each["issues"])) < 2))
        if len(terms) == 1:
            gaps += [abs(first - last) / size, abs(number(each["shapley"]) - last) / size]
        elif len(terms) == 2:
            gaps.append(abs(number(each["shapley"]) - (first + last) / 2) / size)
    return [claim("linkage: the worth of linkage terms adds up", max(gaps), method="sums only; not solved again")]


def check_what_follows(
    replay: Replay, linkage: Stored, standing: Codes, start: Sequence[float], most: int
) -> list[Certificate]:
    """Return the certificates of what follows from the levels and gains of every structure (``most`` of each kind)."""
    package = row(linkage["package"]["gains"], replay.document.player_names)
    checks = []
    for kind, known in _KINDS.items():
        each_kind = linkage["structures"][kind][:most]
        if not each_kind:
            continue
        gaps = [_figures(replay, each, package) + float(each["kind"] not in known) for each in each_kind]
        checks.append(claim(f"structures: the figures of {kind} follow from their gains", max(gaps)))
        if kind != "partitions":
            gaps = [_promises(replay, each, standing, start) for each in each_kind if each["status"] == "solved"]
            checks.append(claim(f"structures: {kind} promise what their levels give", max([*gaps, 0.0])))
    return checks


def _figures(replay: Replay, each: Stored, package: Sequence[float]) -> float:
    """Return by how much product, value and losers of a structure, and the first of its fixed points, are off."""
    players = replay.document.player_names
    gains = row(each["gains"], players)
    again = [whole - part for whole, part in zip(package, gains, strict=True)]
    value = row(each["value"], players)
    size = max([abs(amount) for amount in (*package, *gains)] + [1e-300])
    off = max(abs(a - b) for a, b in zip(again, value, strict=True)) / size
    stated = None if each["product"] is None else number(each["product"])
    if min(gains) > 0:
        weights = replay.document.weights
        product = exp(sum(weight * log(gain) for weight, gain in zip(weights, gains, strict=True)))
        off += 1.0 if stated is None else difference([product], [stated])
    elif stated is not None:
        off += 1.0
    near = {name for name, gain in zip(players, gains, strict=True) if gain < 0}
    sure = {name for name, gain in zip(players, gains, strict=True) if gain < -1e-6 * size}
    off += float(not sure <= set(each["losers"]) <= near)
    if each["status"] == "solved" and each["kind"] == "simultaneous":
        off += difference(row(each["fixed_points"][0], players), gains)
    return off


def _promises(replay: Replay, each: Stored, standing: Codes, start: Sequence[float]) -> float:
    """Return by how much the number of tables with a deal, and what they promise, are off.

    Every table promises what its levels give over its own failure; in a myopic sequence these sums telescope to the
    gains.  What an anticipating table gains rests on what would follow its failure, which is not solved again.
    """
    players = replay.document.player_names
    ((levels, _),) = lottery_of(replay, each)
    surely, maybe = 0, 0
    negotiated = list(start)
    payoffs = replay.payoffs(levels)
    largest = max(map(abs, payoffs), default=0.0)
    for block in each["tables"]:
        own = [k for k, lever in enumerate(replay.levers) if lever.issue in block]
        moved = [abs(levels[k] - standing[k]) / ((replay.levers[k].upper - replay.levers[k].lower) or 1.0) for k in own]
        surely += max(moved, default=0.0) > _STILL
        maybe += max(moved, default=0.0) > 0
        failed = replay.payoffs(tuple(standing[k] if k in own else code for k, code in enumerate(levels)))
        largest = max(largest, *map(abs, failed))
        negotiated = [sum(parts) - before for *parts, before in zip(negotiated, payoffs, failed, strict=True)]
    if any(start):
        # The no-agreement levels give other payoffs than disagreement, so that a table may gain by agreeing on them.
        maybe = len(each["tables"])
    agreed = each["agreed"]
    off = float(isinstance(agreed, bool) or not surely <= agreed <= maybe)
    if each["kind"] == "anticipating":
        return off
    paid = (0.0,) * len(players) if each["transfers"] is None else row(each["transfers"], players)
    again = [value + received for value, received in zip(negotiated, paid, strict=True)]
    if each["kind"] == "myopic":
        again = list(row(each["gains"], players))
    if agreed == 0:
        again = [0.0] * len(players)
    stated = row(each["negotiated"], players)
    size = max([largest, *map(abs, again), 1e-300])
    precision = 1.0 if all(lever.codes is not None for lever in replay.levers) or each["kind"] == "myopic" else 0.01
    return off + precision * max(abs(a - b) for a, b in zip(again, stated, strict=True)) / size
