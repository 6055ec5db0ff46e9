"""One walk over the text of a scenario, before any parser sees it: places, limits, and plain words for slips.

The scanners of TOML (:mod:`bargain.scenario.spans`) and JSON (:mod:`bargain.scenario.json_spans`) share what is here: a
place in the text, the errors, and the limits that protect the parsers behind them.  Tested through the two scanners.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from bargain.errors import BargainError

__all__ = ["KeySpans", "Lines", "Path", "Scanner", "Span", "TextError", "shortened"]

Path = tuple[str | int, ...]
"""The way to an entry from the top of the tree: keys of tables and positions in arrays."""

MAX_KEY = 200
MAX_PARTS = 8
MAX_NESTING = 32
MAX_ENTRIES = 50_000
MAX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Span:
    """The characters ``[start, end)`` of a text, counted from 0."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KeySpans:
    """Where an entry's key and its value stand; a table that is spread over lines has no value span."""

    key: Span
    value: Span | None = None


class TextError(BargainError, ValueError):
    """A text is not TOML or JSON that we take; ``start`` and ``end`` are the characters to blame."""

    def __init__(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        super().__init__(message)


class Lines:
    """The lines of a text, to tell line and column (from 1, in characters) of a position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, position: int) -> tuple[int, int]:
        """Return line and column of a position.

        Examples
        --------
        >>> Lines("a = 1\\nb = 2").place(10)
        (2, 5)
        """
        line = bisect_right(self.starts, position)
        return line, position - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line without its end."""
        start = self.starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def position(self, line: int, column: int) -> int:
        """Return the position of a line and column, at most the end of the text."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + column - 1, len(self.text))


class Scanner:
    """A position in a text that moves forward, and the spans found so far."""

    most_entries: int = MAX_ENTRIES

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nesting = 0
        self.found: dict[Path, KeySpans] = {}

    def take(self, pattern: re.Pattern[str]) -> Span | None:
        """Move over what matches here and return its span, or stay and return None."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return Span(match.start(), match.end())

    def peek(self) -> str:
        """Return the next character, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def record(self, path: Path, spans: KeySpans) -> None:
        """Note where an entry stands."""
        if len(self.found) >= self.most_entries:
            message = f"the file has more than {self.most_entries} entries"
            raise TextError("BG004", message, spans.key.start, spans.key.end, "a scenario is a small file")
        self.found[path] = spans

    def descend(self) -> None:
        """Enter an array or a table within a value."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            message = f"arrays and tables are nested too deeply: at most {MAX_NESTING} levels"
            raise TextError("BG004", message, self.at, self.at + 1)

    def ascend(self) -> None:
        """Leave an array or a table within a value."""
        self.nesting -= 1

    def limit_key(self, start: int, end: int) -> None:
        """Refuse a key that is too long."""
        if end - start > MAX_KEY:
            message = f"this key is too long: {end - start} characters, at most {MAX_KEY}"
            raise TextError("BG004", message, start, end)

    def limit_number(self, start: int, end: int) -> None:
        """Refuse a number that no measurement needs."""
        if end - start > MAX_DIGITS:
            message = f"this number is too long: {end - start} characters, at most {MAX_DIGITS}"
            raise TextError("BG007", message, start, end)

    def rest(self, stop: str) -> Span:
        """Return the span from here to the next character of ``stop`` or the end of the line, without blanks."""
        end = self.at
        while end < len(self.text) and self.text[end] not in stop + "\n":
            end += 1
        return Span(self.at, self.at + max(1, len(self.text[self.at : end].rstrip())))

    def wrong(self, message: str, span: Span, hint: str = "", code: str = "BG005") -> TextError:
        """Return the error for the text at ``span``."""
        return TextError(code, message, span.start, span.end, hint)


def shortened(words: str, length: int = 40) -> str:
    """Return at most ``length`` characters of a text, with dots in place of what is left out.

    Examples
    --------
    >>> shortened("abcdefgh", 6)
    'abc...'
    """
    return words if len(words) <= length else words[: length - 3] + "..."
