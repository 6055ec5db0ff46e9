"""Figures of papers: SVG, PDF or PNG by the name of the file, and the same bytes for the same result.

This is the only module that knows matplotlib, and it is loaded when a figure is asked for.  Tested by drawing twice,
and by reading back what an SVG says.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

from bargain.errors import UnsupportedProblemError

if TYPE_CHECKING:
    from bargain.results import Report

__all__ = ["SUFFIXES", "enforcement_figure", "figure_bytes"]

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
