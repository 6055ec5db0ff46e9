"""Figures of papers: SVG, PDF or PNG by the name of the file, and the same bytes for the same result.

This is the only module that knows matplotlib, and it is loaded when a figure is asked for.  Tested by drawing twice,
and by reading back what an SVG says.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

from bargain.errors import UnsupportedProblemError

if TYPE_CHECKING:
    from bargain.results import Deadline, Offers, Report

__all__ = ["SUFFIXES", "deadline_figure", "enforcement_figure", "figure_bytes", "offers_figure"]

SUFFIXES = (".svg", ".pdf", ".png")

_STYLE: Any = {
    "svg.hashsalt": "bargain",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOURS = ("#1b4f8a", "#b3472b", "#3d7a3d", "#7a4f9a", "#8a7a1b", "#4f4f4f")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_NO_DATE: dict[str, dict[str, Any]] = {
    ".svg": {"Date": None}, ".pdf": {"CreationDate": None, "ModDate": None}, ".png": {"Software": None},
}  # fmt: skip


def figure_bytes(figure: Figure, name: str) -> bytes:
    """Return a figure as the content of a file of this name.

    Raises
    ------
    ValueError
        The name does not end with .svg, .pdf or .png.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"a figure is an .svg, .pdf or .png file, and `{name}` is none of them")
    stream = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(stream, format=suffix[1:], metadata=_NO_DATE[suffix], dpi=200)
    return stream.getvalue()


def enforcement_figure(report: Report) -> Figure:
    """Draw what every player gains from the best self-enforcing deal, by discount factor.

    Dashed lines are the gains from the deal if it were binding; the dotted one is the factor from which it is kept.
    """
    found = report.enforcement
    if found is None or not found.path or report.solution is None:
        raise UnsupportedProblemError("there is no path of self-enforcing deals to draw")
    across = [each.delta for each in found.path]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.0, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for i, player in enumerate(found.players):
            colour, marker = _COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)]
            gains = [each.gains[i] for each in found.path]
            axes.plot(across, gains, color=colour, marker=marker, markersize=3.5, linewidth=1.0, label=player)
            axes.axhline(float(report.solution.gains[i]), color=colour, linestyle="--", linewidth=0.8)
        axes.plot([], [], color="0.4", linestyle="--", linewidth=0.8, label="binding deal")
        if found.critical is not None and across[0] <= found.critical <= across[-1]:
            axes.axvline(float(found.critical), color="0.4", linestyle=":", linewidth=1.0, label="kept from here on")
        unit = f", {report.document.units}" if report.document.units else ""
        axes.set_xlabel("Discount factor a period")
        axes.set_ylabel(f"Gain{unit}")
        axes.legend(frameon=False)
    return figure


def deadline_figure(report: Report) -> Figure:
    """Draw what every player gains from the deal of each round, until time runs out.

    A marker's shape tells who proposes in the round; a dashed line is the gain without a deadline.
    """
    found = report.deadline
    if found is None:
        raise UnsupportedProblemError("there is no deadline to draw")
    players = report.document.player_names
    default = report.disagreement.payoffs
    days = found.game.round_days
    across = [float(each.number if each.day is None else each.day) for each in found.rounds]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.0, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for i, player in enumerate(players):
            gains = [float(each.payoffs[i]) - float(default[i]) for each in found.rounds]
            colour = _COLOURS[i % len(_COLOURS)]
            axes.plot(across, gains, color=colour, linewidth=0.8, label=player)
            _mark(axes, found, across, gains, colour)
            without = None if found.unlimited is None else found.unlimited.payoffs
            if without is not None:
                axes.axhline(float(without[i]) - float(default[i]), color=colour, linestyle="--", linewidth=0.8)
        _proposers(axes, found, players)
        unit = f", {report.document.units}" if report.document.units else ""
        axes.set_xlabel("Day" if days is not None else "Round")
        axes.set_ylabel(f"Gain{unit}")
        axes.legend(frameon=False, ncols=2)
    return figure


def _mark(axes: Any, found: Deadline, across: Sequence[float], gains: Sequence[float], colour: str) -> None:
    """Set a marker for every round, filled where a deal is made."""
    for x, gain, each in zip(across, gains, found.rounds, strict=True):
        drawn = len(each.offers) > 1
        marker = "." if drawn else _MARKERS[each.offers[0].proposer % len(_MARKERS)]
        filled = all(offer.agreed for offer in each.offers)
        axes.plot(
            [x], [gain], marker=marker, color=colour, markersize=4.5, markerfacecolor=colour if filled else "white"
        )


def _proposers(axes: Any, found: Deadline, players: Sequence[str]) -> None:
    if found.last_proposer is None:
        return
    for proposer in sorted({each.offers[0].proposer for each in found.rounds}):
        marker = _MARKERS[proposer % len(_MARKERS)]
        axes.plot(
            [], [], marker=marker, color="0.4", linestyle="none", markersize=4.5, label=f"{players[proposer]} proposes"
        )
    if found.unlimited is not None and found.unlimited.payoffs is not None:
        axes.plot([], [], color="0.4", linestyle="--", linewidth=0.8, label="no deadline")


def offers_figure(report: Report) -> Figure:
    """Draw the offers of two players, the point that they approach when rounds are short, and what can be agreed."""
    found = report.offers
    if found is None:
        raise UnsupportedProblemError("there are no offers to draw")
    players = report.document.player_names
    if len(players) != 2:
        raise UnsupportedProblemError("offers are drawn for two players")
    default = report.disagreement.payoffs

    def gains(payoffs: Sequence[Any]) -> tuple[float, float]:
        return float(payoffs[0]) - float(default[0]), float(payoffs[1]) - float(default[1])

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 4.2), layout="constrained")
        axes = figure.add_subplot()
        if found.frontier:
            axes.plot(
                *zip(*map(gains, found.frontier), strict=True), color="0.6", linewidth=1.0, label="efficient deals"
            )
        _points(axes, found, players, gains)
        unit = f", {report.document.units}" if report.document.units else ""
        axes.set_xlabel(f"Gain of {players[0]}{unit}")
        axes.set_ylabel(f"Gain of {players[1]}{unit}")
        axes.legend(frameon=False)
    return figure


def _points(axes: Any, found: Offers, players: Sequence[str], gains: Any) -> None:
    for number, each in enumerate(found.equilibria):
        for offer in each.offers:
            i = offer.proposer
            label = f"{players[i]} proposes" if number == 0 else None
            x, y = gains(offer.payoffs)
            axes.plot([x], [y], marker=_MARKERS[i], color=_COLOURS[i], linestyle="none", label=label)
    if found.limit_payoffs is not None:
        place = ([value] for value in gains(found.limit_payoffs))
        axes.plot(*place, marker="x", color="black", linestyle="none", label="short rounds (Nash)")
    place = ([value] for value in gains(found.game.waiting))
    axes.plot(*place, marker="+", color="black", linestyle="none", label="no deal")
