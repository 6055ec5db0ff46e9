r"""Where each key and value of a JSON text stands.

:mod:`json` is the authority for values; this scanner walks over the text first, so that JSON has the same places,
limits and refusals (keys given twice, ``NaN``) as TOML.  Tested like :mod:`bargain.scenario.spans`: the text at every
value span parses to the value that :mod:`json` gave.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bargain.scenario.scanner import KeySpans, Path, Scanner, Span, shortened

__all__ = ["json_spans", "json_string_positions"]

_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\n]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z+-][A-Za-z]*")
_COLON = re.compile(":")
_COMMA = re.compile(",")


def json_spans(text: str, *, foreign: bool = False) -> Mapping[Path, KeySpans]:
    """Return where the keys and values of a JSON text stand, by their paths.

    Parameters
    ----------
    text : str
        The text.
    foreign : bool
        Whether it is another program's file: these may be larger, and hold ``null`` and Python's ``Infinity``.

    Raises
    ------
    TextError
        As :func:`bargain.scenario.spans.spans`.

    Examples
    --------
    >>> text = '{"parameters": {"hop": 0.004}}'
    >>> found = json_spans(text)[("parameters", "hop")].value
    >>> text[found.start:found.end]
    '0.004'
    """
    return (_Foreign if foreign else _Json)(text).scan()


class _Json(Scanner):
    words: tuple[str, ...] = ("true", "false")

    def scan(self) -> dict[Path, KeySpans]:
        self.take(_BLANK)
        self.value(())
        self.take(_BLANK)
        if self.at < len(self.text):
            extra = self.rest("")
            raise self.wrong(f"`{self.shown(extra)}` stands after the end of the object", extra)
        return self.found

    def shown(self, span: Span) -> str:
        return shortened(self.text[span.start : span.end])

    def value(self, path: Path) -> Span:
        start = self.at
        match self.peek():
            case '"':
                self.string()
            case "{":
                self.object(path)
            case "[":
                self.array(path)
            case _:
                self.scalar()
        return Span(start, self.at)

    def string(self) -> Span:
        span = self.take(_STRING)
        if span is None:
            raise self.wrong("this text is not closed on its line, or has a wrong escape", self.rest(",]}"))
        return span

    def object(self, path: Path) -> None:
        opening = Span(self.at, self.at + 1)
        self.descend()
        self.at += 1
        self.take(_BLANK)
        while self.peek() != "}":
            self.entry(path)
            self.separator("}", opening)
        self.at += 1
        self.ascend()

    def entry(self, path: Path) -> None:
        if self.peek() != '"':
            raise self.wrong("a key in quotes is missing here", Span(self.at, self.at + 1))
        span = self.string()
        self.limit_key(span.start, span.end)
        key = (*path, str(json.loads(self.text[span.start : span.end])))
        if key in self.found:
            line = self.text.count("\n", 0, self.found[key].key.start) + 1
            message = f"`{self.shown(span)}` is given twice; it stands in line {line} already"
            raise self.wrong(message, span, "", "BG006")
        self.take(_BLANK)
        if not self.take(_COLON):
            raise self.wrong(f"`:` is missing after {self.shown(span)}", span)
        self.take(_BLANK)
        # A key is known before its value is, so that a second one within the value is not taken for it.
        self.record(key, KeySpans(span))
        self.record(key, KeySpans(span, self.value(key)))

    def array(self, path: Path) -> None:
        opening = Span(self.at, self.at + 1)
        self.descend()
        self.at += 1
        self.take(_BLANK)
        count = 0
        while self.peek() != "]":
            value = self.value((*path, count))
            self.record((*path, count), KeySpans(value, value))
            count += 1
            self.separator("]", opening)
        self.at += 1
        self.ascend()

    def separator(self, closing: str, opening: Span) -> None:
        """Move over a comma to the next item, or to the closing bracket."""
        self.take(_BLANK)
        if self.peek() == closing:
            return
        if not self.peek():
            raise self.wrong(f"the bracket `{self.shown(opening)}` is never closed", opening)
        comma = self.take(_COMMA)
        if comma is None:
            raise self.wrong(f"a comma or `{closing}` is missing before this", self.rest(",]}"))
        self.take(_BLANK)
        if self.peek() == closing:
            raise self.wrong("an item is missing after this comma", comma, "leave the last comma out")

    def scalar(self) -> None:
        if span := self.take(_NUMBER):
            self.limit_number(span.start, span.end)
            return
        span = self.take(_WORD)
        if span is None:
            raise self.wrong("a value is missing here", Span(self.at, self.at + 1))
        word = self.text[span.start : span.end]
        if word in self.words:
            return
        if word.lstrip("+-") in ("NaN", "Infinity"):
            message = f"`{word}` is not a number that a scenario can use"
            raise self.wrong(message, span, "write a finite number", "BG007")
        if word == "null":
            raise self.wrong("`null` has no meaning in a scenario", span, "leave the entry out", "BG008")
        raise self.wrong(f"cannot read the value `{shortened(word)}`", span, f'text stands in quotes: "{word}"')


class _Foreign(_Json):
    words = ("true", "false", "null", "Infinity", "-Infinity", "NaN")
    most_entries = 1_000_000


_PIECE = re.compile(r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.|.", re.DOTALL)


def json_string_positions(source: str) -> tuple[int, ...]:
    r"""Return where in the source of a JSON string each character of its value stands, and where the value ends.

    Examples
    --------
    >>> json_string_positions('"a\\u00b5b"')
    (1, 2, 8, 9)
    """
    end = len(source) - 1
    return (*(match.start() for match in _PIECE.finditer(source, 1, end)), end)
