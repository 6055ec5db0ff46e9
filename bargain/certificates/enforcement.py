"""A stored answer on enforcement, checked against the scenario: breaches, what follows, factors, self-enforcing deals.

Payoffs of deals, breaches and punishments are recomputed; an equilibrium to which players revert is checked for gains
by deviation; critical factors are checked by streams of payoffs just above and just below; of the best self-enforcing
deal it is checked that nobody breaks it and, by enumeration where deals are few and by a search otherwise, that no
better deal is kept.  Left open: minmax payoffs of large games.  Tested by results that pass and by changed ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from math import inf, prod

from bargain.certificates.breaches import Breaches, stream_surplus
from bargain.certificates.claims import TOLERANCE, Stored, claim, difference, guarded, lottery_of, number, row
from bargain.certificates.punishments import check_punishment
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.rivals import Answer, better_by, rivals
from bargain.results import Certificate

__all__ = ["check_enforcement"]

FEW_DEALS = 2_000
DRAWS = 150
MOST_RIVALS = 12
AGREED = ("proved", "converged", "limit")


def check_enforcement(replay: Replay, result: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return the certificates of the entry ``enforcement`` of a JSON result."""
    stored = result["enforcement"]
    court = _court(replay, stored["punishment"])
    checks = check_punishment(court, result, stored["punishment"], disagreement)
    checks.append(claim("the rule is that of the deal", float(stored["rule"] != result["rule"])))
    order = [best["linked"] for best in stored["best"]]
    checks.append(
        claim("self-enforcing deals are linked, then issue by issue", float(order not in ([], [True], [True, False])))
    )
    factors = None if stored["factors"] is None else row(stored["factors"], replay.document.player_names)
    if factors is not None:
        outside = [factor for factor in factors if not 0 < factor < 1]
        checks.append(claim("discount factors lie between 0 and 1", float(len(outside)), outside or None))
    deals = [codes for codes, _ in lottery_of(replay, result)] if result["status"] in AGREED else []
    for linked in (True, False):
        listed = stored["linked"] if linked else stored["separate"]
        for each in listed:
            words = f"{each['player']} breaking {'the deal' if each['issue'] is None else each['issue']}"
            checks += guarded(words, partial(_incentive, court, each, deals, factors, words))
        checks += _conclusions(stored, listed, linked)
    checks.append(claim("every player has its incentives", float(not _complete(replay, stored, bool(deals)))))
    for best in stored["best"]:
        words = f"the best deal that is kept {'linked' if best['linked'] else 'issue by issue'}"
        if factors is None:
            checks.append(claim(f"{words}: factors are given", 1.0))
        else:
            checks += guarded(words, partial(_best, court, result, best, disagreement, factors, words))
    for point in stored["path"]:
        words = f"the path at {point['delta']}"
        checks += guarded(words, partial(_point, court, result, point, disagreement, words))
    return checks


def _complete(replay: Replay, stored: Stored, agreed: bool) -> bool:
    """Whether there is one incentive a player, and none or one for each player and issue."""
    players, issues = replay.document.player_names, [issue.name for issue in replay.document.issues]
    linked, separate = ([(each["player"], each["issue"]) for each in stored[kind]] for kind in ("linked", "separate"))
    every = [(player, issue) for player in players for issue in issues]
    if not agreed:
        return not linked and not separate
    return linked == [(player, None) for player in players] and separate in ([], every)


def _court(replay: Replay, stored: Stored) -> Breaches:
    players, document = replay.document.player_names, replay.document
    draws = tuple((replay.codes(each["terms"]), number(each["probability"])) for each in stored["draws"])
    names = stored["snap_back"]
    moving = frozenset(
        place for place, lever in enumerate(replay.levers) if stored["kind"] != "snap_back" or lever.name in names
    )
    payoffs = None if stored["payoffs"] is None else row(stored["payoffs"], players)
    return Breaches(replay, draws, moving, payoffs, document.solve.lotteries)


def _incentive(
    court: Breaches, stored: Stored, deals: Sequence[Codes], factors: Sequence[float] | None, words: str
) -> list[Certificate]:
    """Check one incentive against the deals that may be drawn: it is that of one of them."""
    players = court.replay.document.player_names
    player, issue = players.index(stored["player"]), stored["issue"]
    payoff, breach = number(stored["payoff"]), number(stored["breach"])
    near = [deal for deal in deals if difference([court.at(deal)[player]], [payoff]) <= TOLERANCE]
    checks = [claim(f"{words}: the deal gives this payoff", float(not near))]
    if not near:
        return checks
    deal = near[0]
    breaches = [number(each) for each in stored["breaches"]]
    unseen = None if stored["unseen"] is None else number(stored["unseen"])
    sets, never = court.steps(player, issue)
    fits = len(sets) == len(breaches) and (unseen is None) == (not never) and breaches[0] == breach
    fits = fits and stored["lag"] == (None if never and never == sets[0] else len(sets) - 1)
    checks.append(claim(f"{words}: there is a breach for every lag", float(not fits)))
    gap, open_ones = 0.0, 0
    for levers, stated in zip(
        (*sets, *([never] if never else [])), (*breaches, *([unseen] if never else [])), strict=True
    ):
        low, high, proved = court.highest(player, levers, deal, float(stated or 0.0))
        top = high if proved else low
        size = max(abs(top), abs(payoff), 1e-300)
        # More than stated refutes; less does too where every level was tried.
        enumerated = all(court.replay.laid(k, deal[k], court.grid) is not None for k in levers)
        gap = max(
            gap,
            abs(top - float(stated or 0.0)) / size
            if proved and enumerated
            else max(0.0, top - float(stated or 0.0)) / size,
        )
        open_ones += not proved
    how = "search; the proof was not finished" if open_ones else "all levels tried, or bounded"
    gap = max(gap, abs(number(stored["bound"]) - breach) / max(abs(breach), abs(payoff), 1e-300) - 1e-6)
    checks.append(claim(f"{words}: no breach gains more than stated", gap, method=how))
    checks.append(claim(f"{words}: the breach gives what is stated", _realised(court, stored, player, deal, breach)))
    after = court.after(player, issue, deal)
    if after is not None:
        checks.append(claim(f"{words}: what follows it", difference([after], [number(stored["punishment"])])))
    checks += _factor(stored, breaches, unseen, None if factors is None else factors[player], words)
    return checks


def _realised(court: Breaches, stored: Stored, player: int, deal: Codes, breach: float) -> float:
    """Return how far the payoff of the stated breach is from what is stated; only own levers may move."""
    own = court.own(stored["player"], stored["issue"])
    codes = list(deal)
    for name, level in stored["terms"].items():
        place = next(k for k, lever in enumerate(court.replay.levers) if lever.name == name)
        if place not in own:
            return 1.0
        codes[place] = court.replay.levers[place].code(level)
    if not court.replay.possible(tuple(codes)):
        return 1.0
    return difference([court.at(tuple(codes))[player]], [breach])


def _factor(
    stored: Stored, breaches: Sequence[float], unseen: float | None, factor: float | None, words: str
) -> list[Certificate]:
    """Check the critical factor by streams just above and just below, and the surplus at the player's factor."""
    payoff, after = number(stored["payoff"]), number(stored["punishment"])
    values = [payoff, after, *breaches]
    span = max(max(values) - min(values), 1e-6 * max(map(abs, values)), 1e-300)

    def left(delta: float) -> float:
        return stream_surplus(payoff, breaches, after, unseen, delta) / span

    critical = None if stored["critical"] is None else number(stored["critical"])
    if critical is None:
        gap = max(0.0, left(1 - 1e-9) - 1e-9)
    else:
        inside = 0.0 if 0 <= critical < 1 else 1.0
        gap = inside + max(0.0, -left(min(critical + 1e-9, 1 - 1e-12)) - 1e-9)
        gap += max(0.0, left(critical * (1 - 1e-5))) if critical > 1e-6 else 0.0
    checks = [claim(f"{words}: the critical factor", gap)]
    if factor is not None:
        value = number(stored["surplus"])
        off = abs(left(factor) - value / span) + float(bool(stored["holds"]) != (value >= 0))
        checks.append(claim(f"{words}: what is lost by it at the factor given", off))
    return checks


def _conclusions(stored: Stored, listed: Sequence[Stored], linked: bool) -> list[Certificate]:
    """Check that the largest critical factor, and whether the deal holds, follow from the incentives."""
    values = [None if each["critical"] is None else number(each["critical"]) for each in listed]
    known = [value for value in values if value is not None]
    most = max(known) if known and len(known) == len(values) else None
    said = stored["critical" if linked else "critical_separate"]
    wrong = (said is None) != (most is None) or (most is not None and abs(number(said) - most) > TOLERANCE)
    holds = [each["holds"] for each in listed]
    verdict = None if not holds or None in holds else all(holds)
    wrong = wrong or stored["holds" if linked else "holds_separately"] != verdict
    if linked:
        binding = [
            each["player"]
            for each in listed
            if (each["critical"] is None if most is None else number(each["critical"]) == most > 0)
        ]
        wrong = wrong or list(stored["binding"]) != binding
    kind = "linked" if linked else "issue by issue"
    return [claim(f"whether the deal holds {kind} follows from the incentives", float(wrong))]


def _best(
    court: Breaches, result: Stored, stored: Stored, disagreement: Sequence[float], factors: Sequence[float], words: str
) -> list[Certificate]:
    players = court.replay.document.player_names
    cost = [u - v for u, v in zip(row(result["payoffs"], players), row(stored["payoffs"], players), strict=True)]
    size = max(map(abs, (*row(result["payoffs"], players), *row(stored["payoffs"], players), 1e-300)))
    off = max(abs(a - b) for a, b in zip(cost, row(stored["cost"], players), strict=True)) / size
    checks = [claim(f"{words}: the cost of enforcement", off)]
    # Where all levels are tried a breach gains nothing at all.
    slack, most = number(stored["slack"]), 0.0 if court.replay.count() is not None or court.grid else TOLERANCE
    wrong = not 0 <= slack <= most and stored["status"] != "limit"
    checks.append(claim(f"{words}: what a breach may still gain is within the tolerance", float(wrong)))
    return checks + _kept(court, result, stored, disagreement, factors, stored["linked"], words)


def _point(
    court: Breaches, result: Stored, stored: Stored, disagreement: Sequence[float], words: str
) -> list[Certificate]:
    delta = number(stored["delta"])
    checks = [claim(f"{words}: the factor lies between 0 and 1", float(not 0 < delta < 1))]
    factors = [delta] * len(court.replay.document.players)
    return checks + _kept(court, result, stored, disagreement, factors, True, words)


def _kept(
    court: Breaches, result: Stored, stored: Stored, disagreement: Sequence[float], factors: Sequence[float],
    linked: bool, words: str,
) -> list[Certificate]:  # fmt: skip
    """Check that a deal is possible, kept by everybody, and that no better one is found that is kept."""
    replay = court.replay
    players, status = replay.document.player_names, stored["status"]
    payoffs, gains = row(stored["payoffs"], players), row(stored["gains"], players)
    size = max([abs(value) for value in (*payoffs, *disagreement)] + [1e-300])
    off = max(abs(u - d - v) / size for u, d, v in zip(payoffs, disagreement, gains, strict=True))
    checks = [claim(f"{words}: gains are payoffs less disagreement payoffs", off)]
    lottery: Sequence[tuple[Codes, float]] = ()
    checks.append(claim(f"{words}: a deal or a lottery is given, or none", float(not _given(stored))))
    checks.append(claim(f"{words}: the status is known", float(status not in (*AGREED, "failed", "no_deal"))))
    if status in AGREED:
        lottery = lottery_of(replay, stored)
        means = [sum(chance * court.at(codes)[i] for codes, chance in lottery) for i in range(len(players))]
        checks.append(claim(f"{words}: the terms give these payoffs", difference(means, payoffs)))
        broken = [codes for codes, _ in lottery if not (replay.possible(codes) and replay.allowed(codes))]
        checks.append(claim(f"{words}: levels are possible and limits are kept", float(len(broken))))
        checks.append(claim(f"{words}: nobody is worse off than without a deal", max(0.0, *(-g for g in gains)) / size))
        worst = max((_temptation(court, codes, factors, linked, disagreement) for codes, _ in lottery), default=0.0)
        checks.append(claim(f"{words}: nobody gains by breaking it", worst if status != "limit" else 0.0))
    elif status == "no_deal":
        checks.append(claim(f"{words}: without a deal nobody gains", max(map(abs, gains)) / size))
    if status in (*AGREED, "no_deal"):
        checks += _no_better(court, result, lottery, disagreement, gains, factors, linked, status, words)
    return checks


def _given(stored: Stored) -> bool:
    """Whether there are terms where a deal is stated; a lottery beside a deal must be that deal for sure."""
    terms, lottery = stored["terms"], stored.get("lottery")
    if stored["status"] not in AGREED:
        return terms is None and lottery is None
    if terms is None or lottery is None:
        return terms is not lottery
    return all(each["terms"] == terms for each in lottery)


def _temptation(
    court: Breaches, deal: Codes, factors: Sequence[float], linked: bool, disagreement: Sequence[float]
) -> float:
    """Return the most that a breach gains, as a share of the span of the payoffs involved."""
    document = court.replay.document
    worst = 0.0
    for player, delta in enumerate(factors):
        for issue in [None] if linked else [each.name for each in document.issues]:
            after = court.after(player, issue, deal)
            if after is None:
                continue
            sets, never = court.steps(player, issue)
            u = court.at(deal)[player]
            # The lower bound found refutes; on intervals an upper bound was proved by the solver.
            most = [court.highest(player, levers, deal, inf)[0] for levers in (*sets, never)]
            left = stream_surplus(u, most[:-1], after, most[-1] if never else None, delta)
            values = (*most, u, after, disagreement[player])
            span = max(max(values) - min(values), 1e-6 * max(map(abs, values)), 1e-300)
            worst = max(worst, -left / span)
    return worst


def _no_better(
    court: Breaches, result: Stored, lottery: Sequence[tuple[Codes, float]], disagreement: Sequence[float],
    gains: Sequence[float], factors: Sequence[float], linked: bool, status: str, words: str,
) -> list[Certificate]:  # fmt: skip
    """Look for a better deal that everybody keeps."""
    replay = court.replay
    near = lottery[0][0] if lottery else replay.document.status_quo
    laid = [replay.laid(k, code) for k, code in enumerate(near)]
    finite = [each for each in laid if each is not None]
    everything = len(finite) == len(laid) and prod(map(len, finite)) <= FEW_DEALS
    deals = product(*finite) if everything else replay.some_deals(near, DRAWS)
    good = [
        rival
        for rival in rivals(replay, deals, disagreement)
        if min(rival[1]) >= -TOLERANCE * max(map(abs, (*rival[1], 1e-300)))
    ]
    players = replay.document.player_names
    weights = replay.document.weights if result["rule"] == "nash" else (1.0,) * len(players)
    mixed, agreed = replay.document.solve.lotteries, status != "no_deal"
    answer = Answer(result["rule"], tuple(gains), weights, agreed, mixed, everything, tuple(disagreement))
    if not everything:
        # A search takes only what would be better, and breaking deals on intervals is long to look for.
        good = [rival for rival in good if better_by(answer, [rival])[1] > TOLERANCE][:MOST_RIVALS]
    kept = [rival for rival in good if _temptation(court, rival[0], factors, linked, disagreement) <= 0.0]
    deal, gap = better_by(answer, kept)
    how = "all deals enumerated" if everything else f"single changes and {DRAWS} random deals; not a proof"
    return [claim(f"{words}: no better deal that is kept was found", gap, deal, how)]
