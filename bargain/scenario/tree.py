"""The tree of a scenario as plain data: tables, arrays, texts, booleans and finite numbers, and nothing else.

Whatever a parser or a caller hands over is copied into this form, once; infinite numbers, dates, invisible characters
and nesting without end do not get past it.  Keys are in normal form (NFKC), as names in formulas are.  Tested with the
files of ``tests/security/refused`` and with Python objects that are no data.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from bargain.scenario.formula import normalise
from bargain.scenario.remarks import Remarks
from bargain.scenario.scanner import MAX_ENTRIES, MAX_NESTING, KeySpans, Path

__all__ = ["canonical", "normal_path", "normal_spans"]

# Soft hyphen and the two joiners that some scripts need; other format characters can hide or reorder text.
_HARMLESS = frozenset("\N{SOFT HYPHEN}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def canonical(tree: Mapping[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return a copy of the tree as plain data; what cannot be copied is reported and left as None.

    Raises
    ------
    ScenarioError
        Keys cannot be copied.
    """
    copy = _Copy(remarks)
    copied: dict[str, Any] = copy.table(tree, ())
    if copy.lost_keys:
        # What stood under such keys would be reported as missing.
        remarks.stop()
    return copied


class _Copy:
    def __init__(self, remarks: Remarks) -> None:
        self.remarks = remarks
        self.count = 0
        self.lost_keys = False

    def value(self, value: Any, path: Path) -> Any:
        self.count += 1
        if len(path) > MAX_NESTING + 1 or self.count > 2 * MAX_ENTRIES:
            if self.count <= 2 * MAX_ENTRIES or self.count == 2 * MAX_ENTRIES + 1:
                self.remarks.error("BG004", "the scenario is too large or nested too deeply", path[:1])
            return None
        match value:
            case bool():
                return value
            case str():
                return self.text(value, path)
            case Integral() | Real():
                return self.number(value, path)
            case Mapping():
                return self.table(value, path)
            case list() | tuple():
                return [self.value(item, (*path, k)) for k, item in enumerate(value)]
            case _:
                message = f"a scenario has no values of the type {type(value).__name__}"
                self.remarks.error("BG008", message, path, "use numbers, texts, booleans, lists and tables")
                return None

    def number(self, value: Any, path: Path) -> float | None:
        try:
            number = float(value)
        except (OverflowError, ValueError):
            number = math.inf
        if not math.isfinite(number):
            message = "this is not a finite number, or too large a one"
            self.remarks.error("BG007", message, path, "write a finite number")
            return None
        return int(value) if isinstance(value, Integral) else number

    def text(self, value: str, path: Path) -> str | None:
        if not value.isprintable():
            for place, character in enumerate(value):
                if character not in _HARMLESS and unicodedata.category(character) in _HIDDEN:
                    message = f"this text has the invisible character U+{ord(character):04X}"
                    self.remarks.error("BG009", message, path, "leave it out", inside=(place, place + 1))
                    return None
        return value

    def table(self, table: Mapping[Any, Any], path: Path) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, value in table.items():
            if not isinstance(key, str):
                self.remarks.error("BG008", f"a key is a text, not {type(key).__name__}", path)
                self.lost_keys = True
                continue
            name = normalise(key)
            here = (*path, name)
            if any(unicodedata.category(character) in _HIDDEN for character in name if not character.isprintable()):
                self.remarks.error("BG009", "this key has an invisible character", here, "leave it out", key=True)
                self.lost_keys = True
            elif name in copied:
                message = f"`{name}` is given twice, in two spellings of the same name"
                self.remarks.error("BG006", message, here, key=True)
            else:
                copied[name] = self.value(value, here)
        return copied


def normal_path(path: Path) -> Path:
    """Return a path with its keys in normal form."""
    return tuple(part if isinstance(part, int) or part.isascii() else normalise(part) for part in path)


def normal_spans(spans: Mapping[Path, KeySpans]) -> dict[Path, KeySpans]:
    """Return spans by paths in normal form."""
    return {normal_path(path): where for path, where in spans.items()}
