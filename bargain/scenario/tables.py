"""Payoffs listed level by level, in tables over the levels of an issue's levers.

Every level must be there once.  Tables of an issue with several levers nest in the order of the levers.  Tested with
one file per mistake and by comparison with the same payoffs as formulas.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from bargain.scenario.document import Lever, PayoffTable
from bargain.scenario.levels import level_text
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened

__all__ = ["MAX_CELLS", "payoff_table", "table_text"]

MAX_CELLS = 50_000


def payoff_table(table: dict[str, Any], levers: Sequence[Lever], path: Path, remarks: Remarks) -> PayoffTable | None:
    """Return a table's payoffs in C order over the levels of ``levers``, or None after reporting what is wrong."""
    for lever in levers:
        if lever.levels is None:
            message = f"a table needs levels, and `{lever.name}` moves freely in its range"
            remarks.error("BG310", message, path, "write a formula, or give the lever `steps` or `levels`", key=True)
            return None
    reader = _Reader([_Axis(lever) for lever in levers], remarks)
    if not reader.collect(table, 0, path):
        return None
    shape = tuple(len(axis.levels) for axis in reader.axes)
    return PayoffTable(tuple(lever.name for lever in levers), shape, tuple(reader.values))


class _Axis:
    """A lever's levels by the keys that name them."""

    def __init__(self, lever: Lever) -> None:
        self.lever = lever
        self.levels = lever.levels or ()
        self.places = {level: place for place, level in enumerate(self.levels)}

    @cached_property
    def words(self) -> list[str]:
        return [level_text(level) for level in self.levels]

    def place(self, key: str) -> int | None:
        """Return the position of the level that a key names."""
        if self.lever.named:
            return self.places.get(key)
        try:
            return self.places.get(float(key))
        except ValueError:
            return None

    def advice(self, key: str, value: Any, remarks: Remarks) -> str:
        """Return what to say about a key that names no level."""
        if not self.lever.named and key.lstrip("+-").isdecimal() and isinstance(value, dict) and len(value) == 1:
            return f'a level with a decimal point stands in quotes, "{key}.{next(iter(value))}"'
        near = remarks.near(key, self.words) if self.lever.named else ""
        return near or f"its levels are {choices(self.words)}"


class _Reader:
    """Collects the payoffs of nested tables in C order."""

    def __init__(self, axes: list[_Axis], remarks: Remarks) -> None:
        self.axes = axes
        self.remarks = remarks
        self.values: list[float] = []

    def collect(self, table: dict[str, Any], depth: int, path: Path) -> bool:
        """Append the payoffs of a table and of the tables in it; return whether all are there."""
        axis = self.axes[depth]
        rows: dict[int, str] = {}
        for key, value in table.items():
            if self.remarks.full:
                return False
            place = axis.place(key)
            here = (*path, key)
            if place is None:
                message = f"`{axis.lever.name}` has no level `{shortened(key)}`"
                self.remarks.error("BG207", message, here, axis.advice(key, value, self.remarks), key=True)
            elif place in rows:
                self.remarks.error("BG309", f"`{key}` gives the level {axis.words[place]} again", here, key=True)
            else:
                rows[place] = key
        sound = len(rows) == len(table) and self.is_complete(rows, axis, path)
        for place in sorted(rows):
            sound = self.cell(table[rows[place]], depth + 1, (*path, rows[place])) and sound
        return sound

    def is_complete(self, rows: Collection[int], axis: _Axis, path: Path) -> bool:
        if len(rows) == len(axis.levels):
            return True
        missing = [word for place, word in enumerate(axis.words) if place not in rows]
        noun = "level" if len(missing) == 1 else "levels"
        message = f"the table of `{axis.lever.name}` lacks the {noun} {choices(missing, 6)}"
        self.remarks.error("BG309", message, path, "every level needs a payoff", key=True)
        return False

    def cell(self, value: Any, depth: int, path: Path) -> bool:
        if value is None or self.remarks.full:
            return False
        if depth < len(self.axes):
            if isinstance(value, dict):
                return self.collect(value, depth, path)
            axis = self.axes[depth]
            hint = f"its levels are {choices(axis.words)}"
            self.remarks.error("BG310", f"this level needs a table over the levels of `{axis.lever.name}`", path, hint)
            return False
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.values.append(float(value))
            return True
        hint = "formulas stand for the whole issue: write one in place of the table"
        self.remarks.error("BG310", "a payoff in a table is a number", path, hint)
        return False


def table_text(table: dict[str, Any]) -> str:
    """Return a table as the file might write it.

    Examples
    --------
    >>> table_text({"none": 4, "full": {"0": 1.5}})
    '{ none = 4, full = { 0 = 1.5 } }'
    """
    cells = (f"{key} = {table_text(value) if isinstance(value, dict) else value}" for key, value in table.items())
    return f"{{ {', '.join(cells)} }}"
