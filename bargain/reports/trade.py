"""The trade in words and numbers: what each side concedes and gains, and what ties the issues together.

Sections of the report on linkage: the trade, the linkage terms of the payoffs, the cross-effects of issues at the deal.
Tested by reports of solved scenarios whose numbers were worked by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bargain.reports.digits import number, number_format
from bargain.reports.names import all_players, issue_label, joined
from bargain.reports.tables import Column, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import CrossDifference, Linkage, TermWorth, Trade
    from bargain.scenario.document import Document

__all__ = ["cross_section", "terms_section", "trade_section", "trade_sentences"]

_NOISE = 1e-9


def trade_section(document: Document, linkage: Linkage, digits: int | None) -> Section:
    """Return what each side concedes and gains in the package, heading by heading."""
    trade = linkage.trade
    if trade is None or not linkage.package.agreed:
        return Section("")
    players = document.player_names
    gains = linkage.package.gains
    rows = [(heading_label(document, heading), values) for heading, values in trade.changes]
    if trade.transfers is not None:
        rows.append(("Side payments", trade.transfers))
    if any(trade.offset):
        rows.append(("No-agreement levels over disagreement", trade.offset))
    spec = number_format([value for _, values in rows for value in values] + list(gains), digits)
    cells = [(name, *(number(value, spec, signed=True) for value in (*values, sum(values)))) for name, values in rows]
    cells.append(("Gain", *(number(value, spec, signed=True) for value in (*gains, sum(gains)))))
    headings = (Column("Change of payoff", "left"), *column(*players, all_players(len(players))))
    sentences = trade_sentences(document, trade, spec)
    return Section(
        "Trade",
        "what each side concedes and gains in the package",
        (Table(headings, tuple(cells)), *sentences),
        "trade",
    )


def heading_label(document: Document, heading: str) -> str:
    """Return what people read for a heading of the payoffs."""
    if heading == "joint":
        return "Linkage terms"
    return next((issue_label(issue) for issue in document.issues if issue.name == heading), heading)


def trade_sentences(document: Document, trade: Trade, spec: str) -> tuple[str, ...]:
    """Return a sentence a player: what it concedes and what it gains, at the precision shown.

    A change that rounds to nothing is left out.
    """
    sentences = []
    size = max([abs(value) for _, values in trade.changes for value in values] + [0.0])
    for place, player in enumerate(document.players):
        issues = [(heading, values[place]) for heading, values in trade.changes if heading != "joint"]
        shown = [
            (heading, value) for heading, value in issues if abs(value) > _NOISE * size and float(number(value, spec))
        ]
        lost = _listed(document, [(heading, -value) for heading, value in shown if value < 0], spec)
        won = _listed(document, [(heading, value) for heading, value in shown if value > 0], spec)
        parts = ([f"concedes {lost}"] if lost else []) + ([f"gains {won}"] if won else [])
        sentence = f"{player.label or player.name} {' and '.join(parts) or 'neither concedes nor gains on any issue'}"
        joint = sum(values[place] for heading, values in trade.changes if heading == "joint")
        if abs(joint) > _NOISE * size and float(number(joint, spec)):
            sentence += f"; linkage terms {'add' if joint > 0 else 'take'} {number(abs(joint), spec)}"
        if trade.transfers is not None and float(number(trade.transfers[place], spec)):
            paid = trade.transfers[place]
            sentence += f"; it {'receives' if paid > 0 else 'pays'} {number(abs(paid), spec)}"
        sentences.append(f"{sentence}.")
    return tuple(sentences)


def _listed(document: Document, shares: Sequence[tuple[str, float]], spec: str) -> str:
    ordered = sorted(shares, key=lambda share: -share[1])
    return (
        joined([f"{number(value, spec)} on {heading_label(document, name)}" for name, value in ordered])
        if ordered
        else ""
    )


def terms_section(document: Document, terms: Sequence[TermWorth] | None, digits: int | None) -> Section:
    """Return what each linkage term of the payoffs is worth."""
    if not terms:
        return Section("")
    shares = [each.shapley for each in terms if each.shapley is not None]
    spec = number_format([*shares, *(value for each in terms for value in (each.first, each.last))], digits)
    rows = []
    for each in terms:
        name = f"{each.player}: {' - '.join(each.issues)}"
        values = (each.first, each.last, *((each.shapley,) if each.shapley is not None else ()))
        cells = [number(value, spec, signed=True) for value in values]
        rows.append((name, *cells, *[""] * (3 - len(cells)), each.text))
    headings = (Column("Term", "left"), *column("First", "Last", "Shapley"), Column("Formula", "left", plain=True))
    subtitle = "what the linkage terms add to the joint gain: each alone, each last, and on average"
    return Section("Linkage terms", subtitle, (Table(headings, tuple(rows)),), "terms of linkage")


def cross_section(document: Document, matrix: Sequence[CrossDifference] | None, digits: int | None) -> Section:
    """Return which issues are complements and which substitutes at the deal."""
    if not matrix:
        return Section("")
    spec = number_format([value for each in matrix for value in each.values], digits)
    players = document.player_names
    rows = []
    for each in matrix:
        words = [
            f"{'complements' if value > 0 else 'substitutes'} for {player}"
            for player, value in zip(players, each.values, strict=True)
            if float(number(value, spec))
        ]
        cells = [number(value, spec, signed=True) for value in each.values]
        rows.append((" - ".join(each.issues), *cells, ", ".join(words) or "no effect at the deal"))
    headings = (Column("Issues", "left"), *column(*players), Column("", "note"))
    subtitle = "what two issues are worth together over what they are worth one by one, at the deal"
    return Section("Linkage matrix", subtitle, (Table(headings, tuple(rows)),), "matrix")
