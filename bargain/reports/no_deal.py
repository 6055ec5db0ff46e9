"""Why there is no deal, in words: who blocks, the nearest miss, and which number would have to change.

Tested by scenarios without a deal whose reasons were worked out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bargain.reports.digits import number
from bargain.reports.names import joined, per_player, terms_phrase

if TYPE_CHECKING:
    from bargain.results import BreakEven, NoDealReasons, Report

__all__ = ["no_deal_lines"]

_SHOWN = 8


def no_deal_lines(report: Report, digits: int | None) -> tuple[str, ...]:
    """Return the reasons as sentences; none where they were not looked for."""
    reasons = report.no_deal
    if reasons is None:
        return ()
    lines = [_blocking(reasons)]
    if reasons.gains is not None and max(reasons.gains) > 0 and min(reasons.gains) < 0:
        terms = reasons.terms
        players = report.document.player_names
        where = f" ({terms_phrase(report.document, terms, digits)})" if isinstance(terms, Mapping) else ""
        lines.append(f"Nearest miss: {per_player(players, reasons.gains, digits, signed=True)}{where}.")
    if reasons.break_evens is None:
        lines.append("`bargain solve --break-even` looks for the numbers at which a deal appears.")
    elif not reasons.searched:
        lines.append("There is no number to vary: no parameter that can move, and no lever with a range.")
    elif not reasons.break_evens:
        count = len(reasons.searched)
        lines.append(f"No single number makes a deal: {count} were varied over their ranges ({_ranges()}).")
    else:
        lines += [_even(each) for each in reasons.break_evens]
        lines.append(f"{len(reasons.searched)} numbers were varied, one at a time ({_ranges()}).")
    return (*lines, *(f"Note: {note}." for note in reasons.notes))


def _ranges() -> str:
    return "declared ranges, else a quarter to four times; scanned, so that a deal in between may be missed"


def _blocking(reasons: NoDealReasons) -> str:
    if not reasons.blocking:
        return "Nobody's consent alone is missing: no deal makes anybody better off, whoever had to agree."
    sets = [joined(each) for each in reasons.blocking[:_SHOWN]]
    what = ", or without that of ".join(sets)
    return f"Blocking: there would be a deal without the consent of {what}."


def _even(each: BreakEven) -> str:
    name = each.path.removeprefix("parameters.")
    # Known to about a millionth of the scanned range; digits beyond that say nothing.
    near, far, _ = each.scanned
    value = 0.0 if abs(each.value) <= 2e-6 * abs(far - near) else each.value
    shown = f"{value:.4g}"
    return f"A deal appears if {name} goes {each.deal} {shown} (now {number(each.now, '.4g')})."
