"""The reports on talks with a clock: every offer before a deadline, what the deadline does, and offers without one.

Tested by reports of solved scenarios: a deal at once, delay, no deal at all, drawn proposers, several equilibria.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bargain.games.finite_deals import FiniteDeals
from bargain.reports.agreement import header, levels_table
from bargain.reports.clock import clock_phrase, course_phrase, gains_of
from bargain.reports.digits import number, number_format
from bargain.reports.footer import run_section
from bargain.reports.names import counted, joined, per_player
from bargain.reports.tables import Column, Item, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import Certificate, Deadline, Offer, Offers, Report, Round, StationaryOffers
    from bargain.scenario.document import Level

__all__ = ["deadline_sections", "offers_sections"]

Terms = Mapping[str, Mapping[str, "Level"]]

_FIRST, _LAST = 6, 8
_EQUILIBRIA = 12


def deadline_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on a deadline."""
    found = report.deadline
    if found is None:
        return (header(report), Section("Deadline", "not solved"), run_section(report, "deadline"))
    body: list[Item] = [_rounds(report, found, digits), *_course(report, found)]
    sections = (
        header(report),
        Section("Deadline", clock_phrase(report.document, found), tuple(body), "deadline"),
        _effect(report, found, digits),
        _deadline_terms(report, found, digits),
        _certified(found.certificates, found.status, found.notes),
        run_section(report, "deadline"),
    )  # fmt: skip
    return tuple(section for section in sections if section)


def offers_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on offers without a deadline."""
    found = report.offers
    if found is None:
        return (header(report), Section("Offers", "not solved"), run_section(report, "offers"))
    sections = (
        header(report),
        _offers(report, found, digits),
        _limit(report, found, digits),
        _options(report, found, digits),
        _offers_terms(report, found, digits),
        _certified(found.certificates, found.status, found.notes),
        run_section(report, "offers"),
    )
    return tuple(section for section in sections if section)


def _rounds(report: Report, found: Deadline, digits: int | None) -> Table:
    """Return a row for every round, or for the first and the last ones."""
    players = report.document.player_names
    days = found.game.round_days is not None
    values = [value for each in found.rounds for value in gains_of(report, each.payoffs)]
    spec = number_format(values, digits)
    shown = list(found.rounds)
    if len(shown) > _FIRST + _LAST + 2:
        shown = [*shown[:_FIRST], *shown[-_LAST:]]
    rows: list[tuple[str, ...]] = []
    for k, each in enumerate(shown):
        if len(shown) < len(found.rounds) and k == _FIRST:
            rows.append(())
        when = [f"{each.day:.10g}"] if days and each.day is not None else []
        gains = [number(value, spec) for value in gains_of(report, each.payoffs)]
        rows.append((*when, f"{each.remaining}", *_proposer(players, each), *gains, _remark(players, each)))
    headings = [*([Column("Day")] if days else []), Column("Left"), Column("Proposes", "left"), *column(*players)]
    return Table((*headings, Column("", "note")), tuple(rows)).without_empty()


def _proposer(players: Sequence[str], each: Round) -> tuple[str]:
    return (players[each.offers[0].proposer] if len(each.offers) == 1 else "drawn",)


def _remark(players: Sequence[str], each: Round) -> str:
    waiting = [offer for offer in each.offers if not offer.agreed]
    if not waiting:
        return ""
    if len(each.offers) > 1:
        return f"no deal when {joined(players[offer.proposer] for offer in waiting)} proposes"
    leaver = waiting[0].leaver
    return "no deal: waiting is better" if leaver is None else f"no deal: {players[leaver]} leaves"


def _course(report: Report, found: Deadline) -> list[str]:
    """Return what happens when everybody acts as the table says."""
    lines = [course_phrase(report.document, found)]
    unit = " a year" if report.document.units.endswith("/ yr") else ""
    lines.append(f"Each line: gains{unit} from that offer on, when it is reached.")
    if len(found.rounds) > _FIRST + _LAST + 2:
        cut = len(found.rounds) - _FIRST - _LAST
        lines.append(f"{counted(cut, 'round')} in the middle left out; --format csv lists all.")
    return lines


def _effect(report: Report, found: Deadline, digits: int | None) -> Section:
    """Return what the deadline does, against none and against one that comes a round later."""
    players = report.document.player_names
    lines = [("With the deadline", gains_of(report, found.payoffs), False)]
    without = None if found.unlimited is None else found.unlimited.payoffs
    if without is not None:
        lines.append(("Without a deadline", gains_of(report, without), False))
    if found.shifted is not None:
        last = found.shifted.last_proposer
        who = "" if last is None else f", {players[last]} proposes last"
        lines.append((f"One round more{who}", gains_of(report, found.shifted.payoffs), False))
    if len(lines) == 1:
        return Section("")
    if without is not None:
        effect = tuple(float(a) - float(b) for a, b in zip(found.payoffs, without, strict=True))
        lines.insert(2, ("Effect of the deadline", effect, True))
    spec = number_format([value for _, row, _ in lines for value in row], digits)
    rows = tuple((name, *(number(value, spec, signed=signed) for value in row)) for name, row, signed in lines)
    body: list[Item] = [Table((Column("Gain", "left"), *column(*players)), rows)]
    if found.unlimited is not None and without is None:
        body.append(f"Without a deadline {_how_many(found.unlimited)}: see `bargain offers`.")
    return Section("What the deadline does", "", tuple(body), "effect")


def _how_many(found: Offers) -> str:
    """Return how many equilibria there are, or were found."""
    count = len(found.equilibria)
    if found.complete:
        return f"there are {count} stationary equilibria" if count else "there is no stationary equilibrium"
    return f"{count or 'no'} stationary {'equilibria were' if count else 'equilibrium was'} found"


def _deadline_terms(report: Report, found: Deadline, digits: int | None) -> Section:
    document = report.document
    if found.last_proposer is None:
        return Section("")
    columns: list[tuple[str, tuple[Terms, ...]]] = [("No deal", (_standing(report),))]
    made = [each for each in found.rounds if each.offers[0].agreed]
    for each in made[:1] if len(made) == 1 else [*made[:1], *made[-1:]]:
        name = f"Day {each.day:.10g}" if each.day is not None else f"Round {each.number + 1}"
        columns.append((name, _deals(each.offers[0])))
    if found.unlimited is not None and (opening := found.unlimited.opening) is not None and opening.agreed:
        columns.append(("No deadline", _deals(opening)))
    if len(columns) == 1:
        return Section("")
    return Section("Terms", "what is agreed in the first and in the last round with a deal",
                   (levels_table(document, columns, digits),), "terms")  # fmt: skip


def _standing(report: Report) -> Terms:
    return report.document.terms(report.disagreement.levels or report.document.status_quo)


def _deals(offer: Offer) -> tuple[Terms, ...]:
    return tuple(deal for deal, _ in offer.lottery) if offer.lottery is not None else (offer.deal,)


def _offers(report: Report, found: Offers, digits: int | None) -> Section:
    game, players = found.game, report.document.player_names
    pace = f"one every {game.round_days:.10g} days, " if game.round_days is not None else ""
    turns = "who proposes is drawn each round" if game.protocol == "random" else f"{players[game.first]} opens"
    subtitle = f"{pace}no deadline; {turns}"
    if not found.equilibria:
        return Section("Offers", subtitle, (_none(found),), "offers")
    shown = found.equilibria[:_EQUILIBRIA]
    values = [value for each in found.equilibria for offer in each.offers for value in gains_of(report, offer.payoffs)]
    spec = number_format(values, digits)
    rows = [row for number_, each in enumerate(shown, start=1) for row in _proposals(report, each, spec, number_)]
    if found.advantage is not None:
        other = "the other" if len(players) == 2 else "being the last in turn"
        label = f"Opening rather than {other}"
        # Often far smaller than the gains themselves.
        fine = number_format(found.advantage, digits)
        rows.append(("", label, *(number(value, fine, signed=True) for value in found.advantage), ""))
    headings = (Column("#"), Column("Gain when", "left"), *column(*players), Column("", "note"))
    table = Table(headings, tuple(rows))
    body: list[Item] = [table if len(shown) > 1 else table.only(range(1, len(headings)))]
    if len(found.equilibria) > 1:
        more = "" if len(shown) == len(found.equilibria) else f"; the first {len(shown)} are shown"
        why = ": among few deals, small concessions are not to be had"
        one = ". With --lotteries there is one" if len(players) == 2 and found.complete else ""
        found_ = "" if found.complete else " were found"
        body.append(f"{len(found.equilibria)} stationary equilibria{found_}{more}{why if _few(found) else ''}{one}.")
    elif found.complete:
        body.append("There is no other equilibrium in stationary strategies.")
    return Section("Offers", subtitle, tuple(body), "offers")


def _few(found: Offers) -> bool:
    """Return whether deals are finitely many, so that offers jump."""
    problem = found.game.problem
    return isinstance(problem.feasible, FiniteDeals) and not problem.lotteries


def _none(found: Offers) -> str:
    if found.complete:
        return (
            "There is no equilibrium in stationary pure strategies over these deals: whatever is always offered, "
            "somebody would rather do something else. With --lotteries there is one; `bargain deadline` needs none."
        )
    return "No stationary equilibrium was found; that there is none is not proved."


def _proposals(report: Report, each: StationaryOffers, spec: str, rank: int) -> list[tuple[str, ...]]:
    players, rows = report.document.player_names, []
    for k, offer in enumerate(each.offers):
        gains = [number(value, spec) for value in gains_of(report, offer.payoffs)]
        remark = ""
        if not offer.agreed:
            remark = "no deal: waiting is better"
            if offer.leaver is not None:
                remark = f"no deal: {players[offer.leaver]} leaves"
        rows.append((f"{rank}" if k == 0 else "", f"{players[offer.proposer]} proposes", *gains, remark))
    return rows


def _limit(report: Report, found: Offers, digits: int | None) -> Section:
    if found.limit is None or found.limit_payoffs is None:
        return Section("")
    players, limit = report.document.player_names, found.limit
    rows = [("Short rounds", gains_of(report, found.limit_payoffs))]
    if found.payoffs is not None:
        rows.insert(0, ("These rounds", gains_of(report, found.payoffs)))
    spec = number_format([value for _, row in rows for value in row], digits)
    table = Table((Column("Gain", "left"), *column(*players)),
                  tuple((name, *(number(value, spec) for value in row)) for name, row in rows))  # fmt: skip
    weights = " / ".join(f"{p} {w:.3g}" for p, w in zip(players, limit.weights or (), strict=False))
    point = per_player(players, gains_of(report, found.game.short_round_point), digits)
    line = f"Disagreement point of that solution: gains of {point}."
    if _few(found):
        line += (
            " Over these deals offers come near it only where deals lie close together: when rounds are very short, "
            "many deals can be what is always offered. With --lotteries they do."
        )
    subtitle = f"the Nash solution with weights {weights}" if weights else "the Nash solution"
    return Section("When rounds are short", subtitle, (table, line), "limit")


def _options(report: Report, found: Offers, digits: int | None) -> Section:
    players = report.document.player_names
    lines = []
    for each in found.outside:
        without = per_player(players, gains_of(report, each.without), digits)
        gain = float(each.option) - report.disagreement.payoffs[each.player]
        spec = number_format([gain], digits)
        verb = (
            f"binds: without it, gains are {without}"
            if each.binds
            else "changes nothing: it is worth less than the deal"
        )
        lines.append(f"  Outside option of {players[each.player]} (gain {number(gain, spec)}) {verb}.")
    for inside in found.inside:
        slopes = per_player(players, inside.slopes, 3, signed=True)
        lines.append(f"  One more unit to {players[inside.player]} while talks last: {slopes}.")
    return (
        Section("Options", "outside: leaving for good; inside: while talks last", tuple(lines), "options")
        if lines
        else Section("")
    )


def _offers_terms(report: Report, found: Offers, digits: int | None) -> Section:
    if len(found.equilibria) != 1:
        return Section("")
    players = report.document.player_names
    columns: list[tuple[str, tuple[Terms, ...]]] = [("No deal", (_standing(report),))]
    columns += [
        (f"{players[offer.proposer]} proposes", _deals(offer)) for offer in found.equilibria[0].offers if offer.agreed
    ]
    if found.limit is not None and found.limit.deal is not None:
        columns.append(("Short rounds", (found.limit.deal,)))
    if len(columns) == 1:
        return Section("")
    return Section("Terms", "", (levels_table(report.document, columns, digits),), "terms")


def _certified(certificates: Sequence[Certificate], status: str, notes: Sequence[str]) -> Section:
    """Return the claims that were checked, and what is not proved."""
    if not certificates:
        return Section("Notes", "", tuple(f"  {note}" for note in notes), "certificate") if notes else Section("")
    failed = [each for each in certificates if each.refuted]
    title = "Not certified" if failed else "Certified"
    known = "proved" if status == "proved" else "every proposal is the best found; a better one is not excluded"
    lines = [f"  {each.claim} (gap {each.gap:.2g})" for each in (failed or certificates) if each.checked]
    lines += [f"  not checked: {each.claim} ({each.method})" for each in certificates if not each.checked]
    return Section(title, known, (*lines[:8], *(f"  {note}" for note in notes)), "certificate")
