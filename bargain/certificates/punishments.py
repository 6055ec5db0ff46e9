"""What follows a breach, in a stored answer on enforcement: is it what its kind says?

The levels without a deal are those of the disagreement point; an equilibrium must give its payoffs, be drawn
independently, and tempt nobody to leave it; minmax payoffs lie between pure security levels.  Left open: equilibria
whose levels are too many to be listed, and minmax payoffs of large games.  Tested by changed answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from math import prod

from bargain.certificates.breaches import Breaches
from bargain.certificates.claims import Stored, claim, difference, guarded
from bargain.certificates.replay import Codes
from bargain.results import Certificate

__all__ = ["check_punishment"]

KINDS = ("nash", "minmax", "no_agreement", "snap_back")
MOST_TRIED = 40_000
"""Profiles of levels that are tried."""


def check_punishment(
    court: Breaches, result: Stored, stored: Stored, disagreement: Sequence[float]
) -> list[Certificate]:
    """Check that what follows a breach is what its kind says."""
    replay, kind = court.replay, stored["kind"]
    checks = [claim("the punishment is of a known kind", float(kind not in KINDS))]
    total = abs(sum(chance for _, chance in court.draws) - 1) if court.draws else 0.0
    checks.append(claim("the chances of what follows a breach add up", total))
    if kind in ("no_agreement", "snap_back"):
        terms = result["disagreement"]["terms"]
        stands = replay.document.status_quo if terms is None else replay.codes(terms)
        away = [codes for codes, _ in court.draws if codes != stands]
        words = "what follows a breach are the levels without a deal"
        checks.append(claim(words, float(len(away) + (kind == "snap_back" and not stored["snap_back"]))))
        if kind == "no_agreement":
            gap = 1.0 if court.payoffs is None else difference(court.payoffs, disagreement)
            checks.append(claim("what follows a breach are the disagreement payoffs", gap))
        else:
            wrong = court.payoffs is not None or set(stored["snap_back"]) != set(court.options.snap_back)
            checks.append(claim("the levers that snap back are the scenario's", float(wrong)))
    elif kind == "nash":
        checks += guarded("the equilibrium that follows a breach", partial(_equilibrium, court))
    else:
        checks += guarded("the minmax payoffs", partial(_minmax, court))
    return checks


def _equilibrium(court: Breaches) -> list[Certificate]:
    """Check that the levels that follow a breach give the payoffs, are drawn independently, and tempt nobody."""
    replay, players = court.replay, court.replay.document.player_names
    if not court.draws:
        note = "too many levels to be listed"
        return [Certificate("an equilibrium follows a breach", 0.0, 0.0, method=note, checked=False)]
    given = court.payoffs or ()
    means = [sum(chance * court.at(codes)[i] for codes, chance in court.draws) for i in range(len(players))]
    checks = [claim("the equilibrium gives the payoffs that follow a breach", difference(given, means))]
    own = [tuple(k for k, lever in enumerate(replay.levers) if lever.set_by == name) for name in players]
    checks.append(claim("the players draw independently", _dependence(court, own)))
    for i, levers in enumerate(own):
        size = max(abs(means[i]), 1e-300)
        if len(court.draws) == 1:
            codes = court.draws[0][0]
            finite = all(replay.laid(k, codes[k], court.grid) is not None for k in levers)
            stated = means[i] if finite else means[i] + 1e-6 * size
            low, high, proved = court.highest(i, levers, codes, stated)
            gap = max(0.0, (high if proved else low) - stated) / max(size, abs(high if proved else low))
        else:
            gap = max(0.0, _best_against(court, i, levers) - means[i]) / size
        checks.append(claim(f"{players[i]} gains nothing by leaving the equilibrium", gap))
    return checks


def _best_against(court: Breaches, player: int, levers: Sequence[int]) -> float:
    """Return the most that a player gets by any levels of its own against what the others draw."""
    start = court.draws[0][0]
    laid = [court.replay.laid(k, start[k], True) or () for k in levers]
    if prod(map(len, laid)) * len(court.draws) > MOST_TRIED:
        raise ValueError("too many levels to be tried against a mixed equilibrium")
    totals = []
    for choice in product(*laid):
        moved = ((court.moved(codes, levers, choice), chance) for codes, chance in court.draws)
        totals.append(sum(chance * court.at(codes)[player] for codes, chance in moved))
    return max(totals)


def _dependence(court: Breaches, own: Sequence[Sequence[int]]) -> float:
    """Return how far the draws are from independent draws of the players."""
    marginals: list[dict[Codes, float]] = []
    for levers in own:
        shares: dict[Codes, float] = {}
        for codes, chance in court.draws:
            key = tuple(codes[k] for k in levers)
            shares[key] = shares.get(key, 0.0) + chance
        marginals.append(shares)
    gaps = [
        abs(
            chance
            - prod(shares[tuple(codes[k] for k in levers)] for levers, shares in zip(own, marginals, strict=True))
        )
        for codes, chance in court.draws
    ]
    return max(gaps)


def _minmax(court: Breaches) -> list[Certificate]:
    """Check minmax payoffs between what a player gets in pure strategies, where levels are few."""
    replay, players = court.replay, court.replay.document.player_names
    stands, given = replay.document.status_quo, court.payoffs or ()
    own = {name: [k for k, lever in enumerate(replay.levers) if lever.set_by == name] for name in players}
    laid = {k: replay.laid(k, stands[k], True) or () for levers in own.values() for k in levers}
    if prod(map(len, laid.values())) > MOST_TRIED:
        open_claim = "minmax payoffs lie between pure security levels"
        return [Certificate(open_claim, 0.0, 0.0, method="the game is too large to be tried", checked=False)]
    checks = []
    for i, name in enumerate(players):
        mine, others = own[name], [k for k in laid if k not in own[name]]
        table = [
            [
                court.at(court.moved(court.moved(stands, mine, a), others, b))[i]
                for b in product(*(laid[k] for k in others))
            ]
            for a in product(*(laid[k] for k in mine))
        ]
        low, high = max(map(min, table)), min(map(max, zip(*table, strict=True)))
        size = max(abs(low), abs(high), 1e-300)
        gap = max(0.0, low - given[i], given[i] - high) / size
        checks.append(claim(f"the minmax payoff of {name} lies between its pure security levels", gap))
    return checks
