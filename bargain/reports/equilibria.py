"""The report on the no-agreement game: who plays what with which probability, what it pays, and whether that is all.

Tested by games with known equilibria, pure and mixed, exact and not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bargain.reports.components import component_section
from bargain.reports.digits import fraction, number, number_format
from bargain.reports.footer import expectation_lines, run_section
from bargain.reports.names import counted, per_player, title
from bargain.reports.tables import Column, Item, Section, Table, column

if TYPE_CHECKING:
    from bargain.results import Equilibria, Profile, Report
    from bargain.scenario.document import Document

__all__ = ["completeness", "equilibria_sections", "found_sections", "grid_phrase", "short_lines"]

_SHORT = 3
_LONG = 200


def equilibria_sections(report: Report, digits: int | None = None) -> tuple[Section, ...]:
    """Return the sections of the report on the no-agreement game."""
    found = report.equilibria
    opening = Section("", body=(title(report.document), _size(found)), key="scenario")
    listed = () if found is None else found_sections(found, digits, (grid_phrase(report.document),))
    expected = Section("", body=tuple(expectation_lines(report)), key="expectations")
    unsolved = (Section("Equilibria", key="equilibria"),) if found is None else ()
    sections = (opening, *unsolved, *listed, expected, run_section(report, "equilibria"))
    return tuple(section for section in sections if section)


def found_sections(found: Equilibria, digits: int | None, remarks: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the list of equilibria and, where there are such, the sets that they span."""
    body: list[Item] = [_table(found, digits)] if len(found) else []
    body += [f"... and {len(found) - _LONG} more (--format json lists all)."] if len(found) > _LONG else []
    body += [f"  {note}" for note in (*remarks, *found.notes) if note]
    heading = Section("Equilibria", completeness(found), tuple(body), "equilibria")
    return heading, component_section(found, digits)


def _size(found: Equilibria | None) -> str:
    if found is None:
        return "The no-agreement game was not solved."
    sizes = " x ".join(str(len(actions)) for actions in found.game.actions)
    return f"No-agreement game: {counted(len(found.game.players), 'player')}, {sizes} actions. Method: {found.method}."


def grid_phrase(document: Document) -> str:
    """Return on which levels the game was played, when a lever that moves on an interval takes part in it."""
    moving = any(lever.continuous and lever.set_by for lever in document.levers)
    return (
        f"Levers on a range stand on {document.solve.grid} equally spaced levels and the status quo." if moving else ""
    )


def completeness(found: Equilibria) -> str:
    """Return how many equilibria there are and whether these are all."""
    number_found = counted(len(found), "equilibrium", "equilibria") if len(found) else "no equilibrium"
    known = {True: "all of them", False: "not all of them", None: "there may be more"}[found.complete]
    reason = f": {found.reason}" if found.reason else ""
    return f"{number_found}, {known}{reason}"


def _table(found: Equilibria, digits: int | None) -> Table:
    """Return a group of rows per equilibrium: player, action, probability, payoff, regret."""
    payoffs = number_format([float(u) for profile in found for u in profile.payoffs], digits)
    rows: list[tuple[str, ...]] = []
    for k, profile in enumerate(found.profiles[:_LONG], start=1):
        rows += [()] if rows else []
        rows += _profile_rows(str(k), profile, found, payoffs, digits)
    headings = (Column("No.", "left"), Column("Player", "left"), Column("Action", "left"))
    return Table((*headings, *column("Probability", "Payoff", "Regret")), tuple(rows))


def _profile_rows(
    label: str, profile: Profile, found: Equilibria, spec: str, digits: int | None
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    probability = f".{digits or 4}g"
    for i, (player, actions) in enumerate(zip(found.game.players, found.game.actions, strict=True)):
        payoff = fraction(profile.payoffs[i]) if found.exact else number(profile.payoffs[i], spec)
        for first, action in enumerate(profile.supports[i]):
            chance = fraction(profile.strategies[i][action], probability)
            regret = _regret(profile) if not rows else ""
            shown = (label if not rows else "", player, actions[action], chance, payoff, regret)
            rows.append(shown if first == 0 else ("", "", actions[action], chance))
    return rows


def _regret(profile: Profile) -> str:
    return "0" if profile.regret == 0 else f"{float(profile.regret):.1e}"


def short_lines(found: Equilibria, document: Document, digits: int | None) -> tuple[str, tuple[str, ...]]:
    """Return the subtitle and the lines that stand in for the whole table in a report on a deal."""
    lines = [f"  {_short(profile, found, digits)}" for profile in found.profiles[:_SHORT]]
    if len(found) > _SHORT:
        lines.append(f"  ... and {len(found) - _SHORT} more (bargain equilibria lists all)")
    grid = grid_phrase(document)
    return completeness(found), (*lines, *([f"  {grid}"] if grid else []))


def _short(profile: Profile, found: Equilibria, digits: int | None) -> str:
    game = found.game
    parts = []
    for player, actions, strategy, support in zip(
        game.players, game.actions, profile.strategies, profile.supports, strict=True
    ):
        if len(actions) == 1 and actions[0] == "-":
            continue
        if len(support) > 2:
            parts.append(f"{player} mixes {len(support)} actions")
        else:
            shown = [actions[a] if len(support) == 1 else f"{fraction(strategy[a])} {actions[a]}" for a in support]
            parts.append(f"{player} {' + '.join(shown)}")
    payoffs = per_player(game.players, [float(u) for u in profile.payoffs], digits)
    return f"{'; '.join(parts) or 'no player sets a lever'}: pays {payoffs}; regret {_regret(profile)}"
