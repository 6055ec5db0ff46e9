"""Stored structures of talks, checked: partitions, simultaneous tables, sequences, side payments, the trade.

Partitions are put together again from the packages of their tables; of all structures the levels must give the gains,
and limits be kept or broken as stated.  A fixed point of simultaneous tables must not be beaten at any table by deals
that a short search finds.  Nothing here knows a solver.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import log, prod

from bargain.certificates.agreements import AGREED, competing
from bargain.certificates.claims import Lottery, Stored, claim, difference, expected, lottery_of, number, row
from bargain.certificates.consequences import check_what_follows
from bargain.certificates.fixed_points import check_fixed_points
from bargain.certificates.flags import check_structure_flags
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.rivals import Answer, better_by
from bargain.results import Certificate

__all__ = ["check_payments", "check_structures", "check_trade", "together"]

_MOST_CHECKED = 5_000
"""Structures whose payoffs are computed again; the first so many of each kind."""

_MOST_SEARCHED, _FEW, _DRAWS = 30, 200, 20
"""Fixed points whose tables are searched for better deals."""

Tables = Mapping[tuple[str, ...], Stored]


def together(replay: Replay, blocks: Sequence[Sequence[str]], draws: Sequence[Lottery]) -> Lottery:
    """Return the joint lottery of tables that draw independently."""
    owner = [next(t for t, block in enumerate(blocks) if lever.issue in block) for lever in replay.levers]
    return tuple(
        (tuple(draw[t][0][k] for k, t in enumerate(owner)), prod(chance for _, chance in draw))
        for draw in product(*draws)
    )


def check_structures(
    replay: Replay, stored: Stored, tables: Tables, standing: Codes, disagreement: Sequence[float]
) -> list[Certificate]:
    """Return the certificates of all structures of a result."""
    linkage = stored["linkage"]
    found = linkage["structures"]
    kinds = ("partitions", "simultaneous", "sequences")
    checks = [
        claim(
            f"structures: {kind} give the gains stated",
            max([_wrong(replay, each, disagreement) for each in found[kind][:_MOST_CHECKED]] + [0.0]),
        )
        for kind in kinds
        if found[kind]
    ]
    start = [u - d for u, d in zip(replay.payoffs(standing), disagreement, strict=True)]
    if found["partitions"]:
        gaps = [_apart(replay, each, tables, start) for each in found["partitions"][:_MOST_CHECKED]]
        checks.append(claim("structures: partitions are their tables' packages together", max(gaps)))
    if found["simultaneous"] and linkage["transfers"] is None:
        settled = [each for each in found["simultaneous"] if each["status"] == "solved"][:_MOST_SEARCHED]
        gaps = [_reopened(replay, stored, each, standing, start) for each in settled]
        words = "structures: no better deal was found at any simultaneous table, given the others"
        checks.append(claim(words, max([*gaps, 0.0]), method="a short search; not a proof"))
    checks += check_what_follows(replay, linkage, standing, start, _MOST_CHECKED)
    powers = replay.document.weights
    checks += check_fixed_points(replay, stored, found["simultaneous"], standing, tuple(start), powers)
    checks += check_structure_flags(replay, found)
    return [*checks, *_product(replay, stored, [each for kind in kinds for each in found[kind]])]


def _wrong(replay: Replay, each: Stored, disagreement: Sequence[float]) -> float:
    """Return by how much the stated gains, limits and sums are off."""
    players = replay.document.player_names
    seated = sorted(name for table in each["tables"] for name in table)
    if seated != sorted(issue.name for issue in replay.document.issues):
        return 1.0
    gains = row(each["gains"], players)
    lottery = lottery_of(replay, each)
    off = abs(sum(gains) - number(each["total"])) / max([abs(gain) for gain in gains] + [1e-300])
    if each["status"] != "solved" or each["agreed"] == 0:
        return off + max(abs(gain) for gain in gains)
    paid = (0.0,) * len(players) if each["transfers"] is None else row(each["transfers"], players)
    payoffs = expected(replay, lottery)
    again = [u + p for u, p in zip(payoffs, paid, strict=True)]
    stated = [v + d for v, d in zip(gains, disagreement, strict=True)]
    possible = all(replay.possible(codes) for codes, _ in lottery)
    kept = all(replay.allowed(codes) for codes, _ in lottery)
    lied = not possible or kept != bool(each["feasible"])
    return off + difference(again, stated) + float(lied) + abs(sum(chance for _, chance in lottery) - 1.0)


def _apart(replay: Replay, each: Stored, tables: Tables, start: Sequence[float]) -> float:
    """Put a partition together from its tables and compare."""
    players = replay.document.player_names
    blocks = [tuple(block) for block in each["tables"]]
    solved = [tables[block] for block in blocks]
    again = together(replay, blocks, [lottery_of(replay, table) for table in solved])
    promised = [row(table["gains"], players) for table in solved if table["status"] in AGREED]
    negotiated = [
        sum(gains[i] for gains in promised) - max(0, len(promised) - 1) * start[i] for i in range(len(players))
    ]
    sums: dict[Codes, float] = {}
    for sign, lottery in ((1.0, lottery_of(replay, each)), (-1.0, again)):
        for codes, chance in lottery:
            sums[codes] = sums.get(codes, 0.0) + sign * chance
    counted = float(len(promised) != each["agreed"])
    return max(map(abs, sums.values())) + counted + difference(negotiated, row(each["negotiated"], players))


def _reopened(replay: Replay, stored: Stored, each: Stored, standing: Codes, start: Sequence[float]) -> float:
    """Return by how much some table could do better while the others' agreements stand."""
    players = replay.document.player_names
    levels = replay.codes(each["terms"])
    rule, weights = str(stored["rule"]), stored.get("weights")
    given = (1.0,) * len(players) if weights is None else row(weights, players)
    worst = 0.0
    for block in each["tables"]:
        own = [k for k, lever in enumerate(replay.levers) if lever.issue in block]
        fallen = tuple(standing[k] if k in own else code for k, code in enumerate(levels))
        default = [u - s for u, s in zip(replay.payoffs(fallen), start, strict=True)]
        gains = tuple(u - d for u, d in zip(replay.payoffs(levels), default, strict=True))
        # Where the no-agreement levels give more than disagreement, a table may gain by agreeing on just these.
        agreed = levels != fallen or (min(gains) >= 0 and max(gains) > 0)
        rivals, everything = competing(replay, default, levels, own, _FEW, _DRAWS)
        answer = Answer(
            rule, gains if agreed else (0.0,) * len(players), given, agreed, False, everything, tuple(default)
        )
        shortfall = max(0.0, *(-gain for gain in gains)) / max([abs(value) for value in default] + [1e-300])
        worst = max(worst, better_by(answer, rivals)[1], shortfall if agreed else 0.0)
    return worst


def _product(replay: Replay, stored: Stored, structures: Sequence[Stored]) -> list[Certificate]:
    """The package has the largest Nash product of all outcomes that keep the limits."""
    players = replay.document.player_names
    package = row(stored["linkage"]["package"]["gains"], players)
    if stored["rule"] != "nash" or min(package) <= 0:
        return []
    powers = replay.document.weights

    def product_of(gains: Sequence[float]) -> float:
        return sum(power * log(gain) for power, gain in zip(powers, gains, strict=True))

    rows = [row(each["gains"], players) for each in structures if each["feasible"] and each["status"] == "solved"]
    gaps = [product_of(gains) - product_of(package) for gains in rows if min(gains) > 0]
    return [claim("structures: none has a larger Nash product than the package", max([*gaps, 0.0]))]


def check_payments(replay: Replay, linkage: Stored) -> list[Certificate]:
    """Return the certificate that what is received at every table is what is given, less the cost."""
    if linkage.get("transfers") is None:
        return []
    cost, worst = number(linkage["transfers"]["cost"]), 0.0
    for each in linkage["subpackages"]:
        if each.get("transfers") is None:
            continue
        paid = row(each["transfers"], replay.document.player_names)
        received, given = sum(max(0.0, value) for value in paid), sum(max(0.0, -value) for value in paid)
        worst = max(worst, abs(received - (1 - cost) * given) / max(given, received, 1e-300))
    return [claim("linkage: side payments balance, less their cost", worst + float(not 0 <= cost < 1))]


def check_trade(replay: Replay, linkage: Stored, standing: Codes) -> list[Certificate]:
    """Return the certificates of the trade and of the linkage matrix."""
    players = replay.document.player_names
    package = linkage["package"]
    checks = []
    if linkage.get("trade") is not None:
        checks += _changes(replay, linkage, standing)
    if linkage.get("trade") is not None and package["status"] in AGREED:
        trade = linkage["trade"]
        parts = [*trade["changes"].values(), trade["offset"], *([trade["transfers"]] if trade["transfers"] else [])]
        sums = [sum(number(part[player]) for part in parts) for player in players]
        checks.append(
            claim("linkage: the trade adds up to the gains", difference(sums, row(package["gains"], players)))
        )
    if linkage.get("matrix") and package.get("terms") is not None:
        levels = replay.codes(package["terms"])
        again: list[float] = []
        stated: list[float] = []
        size = 1e-300
        for each in linkage["matrix"]:
            corners = [
                replay.payoffs(
                    tuple(
                        standing[k] if lever.issue in off else code
                        for k, (lever, code) in enumerate(zip(replay.levers, levels, strict=True))
                    )
                )
                for off in ((), each["issues"][:1], each["issues"][1:], each["issues"])
            ]
            again += [a - b - c + d for a, b, c, d in zip(*corners, strict=True)]
            stated += row(each["difference"], players)
            size = max([size, *(abs(value) for corner in corners for value in corner)])
        gap = max(abs(a - b) for a, b in zip(again, stated, strict=True)) / size
        checks.append(claim("linkage: the linkage matrix is that of the deal", gap))
    return checks


def _changes(replay: Replay, linkage: Stored, standing: Codes) -> list[Certificate]:
    """Return the certificate that the trade is what payoffs change by, heading by heading; nothing without a deal."""
    players, trade, package = replay.document.player_names, linkage["trade"], linkage["package"]
    agreed = package["status"] in AGREED
    before = replay.headings(standing)
    after = [(replay.headings(codes), chance) for codes, chance in lottery_of(replay, package)] if agreed else []
    paid = dict.fromkeys(players, 0.0) if package.get("transfers") is None else package["transfers"]
    off = 0.0
    size = max([abs(value) for value in before.values()] + [1e-300])
    for found, _ in after:
        size = max([size, *map(abs, found.values())])
    nothing = dict.fromkeys(players, 0.0)
    # A heading under which nobody gets anything may be left out.
    for heading in {*trade["changes"], *(heading for _, heading in before)}:
        for player, stated in zip(players, row(trade["changes"].get(heading, nothing), players), strict=True):
            key = (player, heading)
            moved = sum(chance * (found.get(key, 0.0) - before.get(key, 0.0)) for found, chance in after)
            off = max(off, abs(stated - moved) / size)
    if trade["transfers"] is not None:
        stated_paid = row(trade["transfers"], players)
        off = max(
            [off, *(abs(a - number(paid[player])) / size for a, player in zip(stated_paid, players, strict=True))]
        )
    if not agreed:
        off = max([off, *(abs(value) / size for value in row(trade["offset"], players))])
    off = max(off, float((trade["transfers"] is None) == (linkage.get("transfers") is not None and agreed)))
    return [claim("linkage: the trade is what payoffs change by", off)]
