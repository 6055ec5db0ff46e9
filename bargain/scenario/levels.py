"""Levers: the levels at which each can stand, and the status quo among them.

Levels laid out from a range are the nearest floats to the exact decimal fractions, so that 0, 0.1, ..., 1 are what they
look like.  Tested against fractions, and with one file per mistake.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from bargain.scenario.document import Level, Lever
from bargain.scenario.formula import normalise
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened

__all__ = ["level_text", "lever", "spaced"]

_LOOKS_LIKE_NUMBER = re.compile(r"\s*[+-]?[0-9.][0-9.,_eE+-]*\s*")


def lever(name: str, issue: str, table: dict[str, Any], path: Path, remarks: Remarks) -> Lever | None:
    """Return a lever, or None after reporting why it cannot be one."""
    given = {key for key in ("range", "levels", "steps") if key in table}
    if given in ({"levels"}, {"range"}, {"range", "steps"}):
        if any(table[key] is None for key in given) or table.get("status_quo") is None:
            return None
        reader = _listed if "levels" in given else _ranged
        laid_out = reader(name, table, path, remarks)
        if laid_out is None:
            return None
        levels, status_quo, lower, upper = laid_out
        words = {key: table.get(key) or "" for key in ("label", "unit")}
        label = words["label"] or name
        return Lever(name, issue, label, words["unit"], status_quo, lower, upper, levels, table.get("set_by") or None)
    hint = "write `range = [lowest, highest]`, or `levels = [...]` with numbers or names"
    if "levels" in given:
        extra = "steps" if "range" not in given else "range"
        remarks.error("BG311", f"`{name}` has both `levels` and `{extra}`", (*path, extra), "leave one out", key=True)
    elif "steps" in given:
        remarks.error("BG311", f"`{name}` has `steps` but no `range`", (*path, "steps"), hint, key=True)
    else:
        remarks.error("BG311", f"`{name}` has neither `range` nor `levels`", path, hint, key=True)
    return None


LaidOut = tuple[tuple[Level, ...] | None, Level, float, float]


def level_text(level: Level, unit: str = "") -> str:
    """Return a level with its unit, as messages show it."""
    shown = level if isinstance(level, str) else f"{level:.10g}"
    return f"{shown} {unit}".rstrip()


def _ranged(name: str, table: dict[str, Any], path: Path, remarks: Remarks) -> LaidOut | None:
    if None in table["range"]:
        return None
    low, high = (float(end) for end in table["range"])
    unit = table.get("unit") or ""
    if not low < high or not math.isfinite(high - low):
        message = f"the range of `{name}` runs from {low:.10g} to {level_text(high, unit)}"
        hint = "choose a narrower range" if low < high else "for a single level write `levels = [...]`"
        hint = f"write `range = [{high:.10g}, {low:.10g}]`" if low > high else hint
        remarks.error("BG301", message, (*path, "range"), hint)
        return None
    level = table["status_quo"]
    if isinstance(level, str):
        message = f'the status quo of `{name}` must be a number, not the text "{shortened(level)}"'
        remarks.error("BG302", message, (*path, "status_quo"), f"its range is {low:.10g} to {level_text(high, unit)}")
        return None
    level = float(level)
    if not low <= level <= high:
        message = f"the status quo of `{name}` is {level_text(level, unit)}, outside its range"
        remarks.error("BG302", message, (*path, "status_quo"), f"its range is {low:.10g} to {level_text(high, unit)}")
        return None
    if "steps" not in table:
        return None, level, low, high
    return _with(spaced(low, high, table["steps"]), level), level, low, high


def spaced(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return ``count`` equally spaced levels from ``low`` to ``high``, read as decimal fractions.

    Examples
    --------
    >>> spaced(0, 1, 11)[3]
    0.3
    """
    first, last = Fraction(repr(low)), Fraction(repr(high))
    scale = math.lcm(first.denominator, last.denominator)
    start, end = int(first * scale), int(last * scale)
    # The quotient of whole numbers is rounded correctly.
    return tuple((start * (count - 1) + k * (end - start)) / (scale * (count - 1)) for k in range(count))


def _with(levels: tuple[float, ...], status_quo: float) -> tuple[float, ...]:
    """Return the levels with the status quo, which takes the place of a level that differs by rounding only."""
    near = 1e-9 * (levels[-1] - levels[0])
    apart = [level for level in levels if abs(level - status_quo) > near]
    return tuple(sorted([*apart, status_quo]))


def _listed(name: str, table: dict[str, Any], path: Path, remarks: Remarks) -> LaidOut | None:
    given, level = table["levels"], table["status_quo"]
    if None in given:
        return None
    named = isinstance(given[0], str)
    levels: tuple[Level, ...] = tuple(normalise(item) if isinstance(item, str) else float(item) for item in given)
    if not _distinct(name, levels, (*path, "levels"), remarks):
        return None
    level = normalise(level) if isinstance(level, str) else float(level)
    if level not in levels:
        shown = level_text(level, table.get("unit") or "")
        message = f"the status quo of `{name}` is {shortened(shown)}, which is none of its levels"
        words = [item if isinstance(item, str) else f"{item:.10g}" for item in levels]
        hint = remarks.near(str(level), words) if named else ""
        remarks.error("BG302", message, (*path, "status_quo"), hint or f"its levels are {choices(words)}")
        return None
    if named:
        return levels, level, 0.0, float(len(levels) - 1)
    numbers = [float(item) for item in levels]
    return levels, level, min(numbers), max(numbers)


def _distinct(name: str, levels: tuple[Level, ...], path: Path, remarks: Remarks) -> bool:
    seen: set[Level] = set()
    for k, level in enumerate(levels):
        trouble, hint = "", ""
        if isinstance(level, str) != isinstance(levels[0], str):
            trouble, hint = "mixes numbers and names", "write all levels as numbers, or all as names"
        elif level in seen:
            trouble = f"has the level {shortened(level_text(level))} twice"
        elif isinstance(level, str):
            trouble, hint = _level_name(level)
        if trouble:
            remarks.error("BG311", f"`{name}` {trouble}", (*path, k), hint)
            return False
        seen.add(level)
    return True


def _level_name(level: str) -> tuple[str, str]:
    if _LOOKS_LIKE_NUMBER.fullmatch(level):
        return f'has the name "{shortened(level)}" for a level', "write numbers without quotes"
    if not level.strip() or len(level) > 64 or not level.isprintable():
        return "has a level without a usable name", "a name of a level has 1 to 64 characters on one line"
    if "\\" in level or "'" in level or '"' in level:
        hint = "leave quotes and backslashes out, so that formulas can name it in quotes"
        return f"has the level {shortened(level)}", hint
    return "", ""
