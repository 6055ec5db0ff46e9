"""JSON of other programs: the tree with the place of every entry, and numbers exactly as they are written.

The scanner of scenario files walks over the text first, so that keys given twice, deep nesting and long numbers are
refused with their place.  Tested through the readers and with hostile files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bargain.games.interchange.findings import Findings
from bargain.games.interchange.rationals import exact_number
from bargain.games.interchange.troubles import GameText
from bargain.scenario.json_spans import json_spans
from bargain.scenario.scanner import KeySpans, Path, TextError

__all__ = ["JsonFile", "Written", "read_json"]

_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class Written(str):
    """A number as its digits stand in the file."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A JSON file: ``tree`` holds its numbers as :class:`Written`."""

    source: GameText
    tree: Any
    spans: Mapping[Path, KeySpans]

    def span(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Return the characters of an entry's value (or key), or of the nearest entry around it."""
        while path and path not in self.spans:
            path = path[:-1]
        if not path:
            return 0, 1
        found = self.spans[path]
        span = found.key if key or found.value is None else found.value
        end = self.source.text.find("\n", span.start, span.end)
        return span.start, span.end if end < 0 else end

    def at(self, path: Path) -> Any:
        """Return an entry, or None where there is none."""
        here = self.tree
        for part in path:
            if isinstance(here, dict):
                here = here.get(part)
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                here = here[part]
            else:
                return None
        return here

    def table(self, path: Path, findings: Findings) -> dict[str, Any] | None:
        """Return an entry that is an object, or None after noting what it is."""
        value = self.at(path)
        if isinstance(value, dict):
            return value
        self.wrong(path, findings, "an object `{...}`", value)
        return None

    def list(self, path: Path, findings: Findings) -> list[Any] | None:
        """Return an entry that is a list, or None after noting what it is."""
        value = self.at(path)
        if isinstance(value, list):
            return value
        self.wrong(path, findings, "a list `[...]`", value)
        return None

    def number(self, path: Path, findings: Findings) -> Fraction | None:
        """Return an entry that is a finite number, or None after noting what it is."""
        value = self.at(path)
        if not isinstance(value, Written):
            self.wrong(path, findings, "a number", value)
            return None
        try:
            return Fraction(exact_number(str(value)))
        except ValueError as trouble:
            findings.add(self.source, "BG021", str(trouble), self.span(path), "a finite decimal number")
            return None

    def wrong(self, path: Path, findings: Findings, wanted: str, value: Any) -> None:
        """Note that an entry is missing or of another type than wanted."""
        name = ".".join(map(str, path)) or "the file"
        if value is None and path not in self.spans:
            findings.add(self.source, "BG027", f"`{name}` is missing; it should be {wanted}", self.span(path, key=True))
            return
        kind = "a number" if isinstance(value, Written) else _KINDS.get(type(value), "not a finite number")
        findings.add(self.source, "BG027", f"`{name}` is {kind}; it should be {wanted}", self.span(path))


def read_json(source: GameText) -> JsonFile:
    """Return a JSON text with its places.

    Raises
    ------
    GameFileError
        The text is not JSON that we take; with the place.

    Examples
    --------
    >>> file = read_json(GameText('{"weight": 0.10}'))
    >>> file.number(("weight",), Findings())
    Fraction(1, 10)
    """
    try:
        spans = json_spans(source.text, foreign=True)
        tree = json.loads(source.text, parse_float=Written, parse_int=Written)
    except TextError as trouble:
        source.fail(trouble.code, trouble.message, trouble.start, trouble.end, trouble.hint)
    except (ValueError, RecursionError) as trouble:
        source.fail("BG005", f"cannot read this: {trouble}", 0, 1)
    return JsonFile(source, tree, spans)
