"""How the clock of talks is put into words, and what the report on a deal says about it.

Tested through the reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from bargain.reports.names import counted, per_player
from bargain.reports.tables import Section

if TYPE_CHECKING:
    from bargain.results import Deadline, Report
    from bargain.scenario.document import Document

__all__ = ["clock_phrase", "course_phrase", "gains_of", "time_section"]


def time_section(report: Report, digits: int | None) -> Section:
    """Return what the report on a deal says about the clock."""
    players = report.document.player_names
    if report.deadline is not None:
        found = report.deadline
        gains = gains_of(report, found.payoffs)
        lines = [
            f"  With offers in turn: {per_player(players, gains, digits)}. {course_phrase(report.document, found)}"
        ]
        if found.unlimited is not None and found.unlimited.payoffs is not None:
            without = per_player(players, gains_of(report, found.unlimited.payoffs), digits)
            lines.append(f"  Without a deadline: {without}.")
        lines.append("  `bargain deadline` shows every offer.")
        return Section("Deadline", clock_phrase(report.document, found), tuple(lines), "time")
    if report.offers is not None and report.offers.payoffs is not None:
        gains = gains_of(report, report.offers.payoffs)
        line = f"  With offers in turn: {per_player(players, gains, digits)}. `bargain offers` shows them."
        return Section("Offers", "no deadline", (line,), "time")
    return Section("")


def gains_of(report: Report, payoffs: Sequence[float | Fraction]) -> tuple[float, ...]:
    """Return payoffs less what the players get without a deal."""
    return tuple(
        float(payoff) - float(default) for payoff, default in zip(payoffs, report.disagreement.payoffs, strict=True)
    )


def clock_phrase(document: Document, found: Deadline) -> str:
    """Return how many offers there are, how often, and who makes the first and the last."""
    game, players = found.game, document.player_names
    count = counted(len(found.rounds), "offer")
    pace = f", one every {game.round_days:.10g} days" if game.round_days is not None and len(found.rounds) > 1 else ""
    end = ""
    if game.round_days is not None:
        days = (len(found.rounds) - 1 + float(game.last_wait)) * game.round_days
        end = f" until day {days:.10g}"
    if found.last_proposer is None:
        return f"{count}{pace}{end}; who proposes is drawn each round"
    first, last = players[game.first], players[found.last_proposer]
    who = f"{first} opens and proposes last" if first == last else f"{first} opens, {last} proposes last"
    return f"{count}{pace}{end}; {who}"


def course_phrase(document: Document, found: Deadline) -> str:
    """Return when a deal is made, if everybody acts as the rounds say."""
    if found.last_proposer is None:
        return "Gains are expected values before the proposer is drawn."
    if found.agreement == 0:
        return "The first offer is accepted."
    if found.agreement is None:
        leavers = [each.offers[0].leaver for each in found.rounds if each.offers[0].leaver is not None]
        if leavers:
            return f"No deal: {document.player_names[leavers[0]]} takes its outside option."
        return "No deal is made before time runs out: waiting is better in every round."
    each = found.rounds[found.agreement]
    when = f"day {each.day:.10g}" if each.day is not None else f"round {found.agreement + 1}"
    risk = " Talks may break down first." if found.game.breakdown else ""
    return f"A deal is made on {when} and not before: until then waiting is better.{risk}"
