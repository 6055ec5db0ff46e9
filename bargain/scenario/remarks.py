"""Remarks about a scenario: collected while it is checked, each with its place in the file.

A remark about a formula points inside the string that holds it.  Nothing from the file reaches a terminal as it is:
control and invisible characters are shown as question marks.  Tested by the messages of ``tests/scenario`` and
``tests/security``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal

from bargain.errors import Diagnostic, ScenarioError
from bargain.scenario.scanner import KeySpans, Lines, Path, Span, shortened

__all__ = ["MAX_REMARKS", "Remarks", "Source", "choices", "dotted", "printable"]

Part = tuple[int, int]
"""The characters ``[start, end)`` of an entry that is a text."""

MAX_REMARKS = 50
_SHOWN_COLUMNS = 240
# Suggestions are looked for among words of about the same length, and not among thousands.
_LENGTHS = 4
_COMPARED = 300
_PLAIN_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Source:
    """What is known about where the entries of a tree come from.

    ``spans`` are places in ``text``; ``positions`` tells where the characters of a string stand in its source.
    Entries below the paths of ``changed`` come from ``--set``.  ``renamed`` maps a path with a corrected key to the
    key that is in the file.
    """

    file: str = ""
    text: str = ""
    spans: Mapping[Path, KeySpans] = field(default_factory=dict)
    positions: Callable[[str], tuple[int, ...]] | None = None
    changed: frozenset[Path] = frozenset()
    renamed: Mapping[Path, str] = field(default_factory=dict)

    def is_changed(self, path: Path) -> bool:
        """Return whether the entry was given by ``--set``."""
        return bool(self.changed) and any(path[:length] in self.changed for length in range(1, len(path) + 1))

    def find(self, path: Path, *, key: bool = False, inside: Part | None = None) -> Span | None:
        """Return the place of an entry, of a part of its text, or of the nearest table around it."""
        path = tuple(self.renamed.get(path[: k + 1], part) for k, part in enumerate(path))
        if path in self.spans:
            found = self.spans[path]
            span = found.key if key or found.value is None else found.value
            return span if inside is None else self._within(span, inside)
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans[path].key if path else None

    def _within(self, span: Span, inside: Part) -> Span:
        source = self.text[span.start : span.end]
        if self.positions is None or source[:1] not in ("'", '"'):
            return span
        places = self.positions(source)
        start, end = (min(position, len(places) - 1) for position in inside)
        # The end of a part is the end of its last character, which an escape may write with several.
        return Span(span.start + places[start], span.start + places[end])


class Remarks:
    """Errors and warnings about one scenario, in the order in which they were found."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = Lines(source.text)
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self.left_out: dict[Literal["error", "warning"], int] = {"error": 0, "warning": 0}

    @property
    def full(self) -> bool:
        """Whether further errors are only counted."""
        return len(self.errors) >= MAX_REMARKS

    @property
    def error_count(self) -> int:
        """The number of errors so far."""
        return len(self.errors) + self.left_out["error"]

    def error(
        self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False, inside: Part | None = None
    ) -> None:
        """Add an error at the value (or the key) of an entry, or at some characters inside its text."""
        if self.full:
            self.left_out["error"] += 1
        else:
            self.errors.append(self._remark("error", code, message, path, hint, key, inside))

    def warning(
        self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False, inside: Part | None = None
    ) -> None:
        """Add a warning; see :meth:`error`."""
        if len(self.warnings) >= MAX_REMARKS:
            self.left_out["warning"] += 1
        else:
            self.warnings.append(self._remark("warning", code, message, path, hint, key, inside))

    def count(self, errors: int) -> None:
        """Count errors that are not written out."""
        self.left_out["error"] += errors

    def text_error(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        """Add an error at some characters of the file."""
        remark = Diagnostic(code, printable(message), "", printable(hint), "error", self.source.file)
        self.errors.append(self._placed(remark, Span(start, end)))

    def line(self, path: Path) -> int | None:
        """Return the line of an entry's value, or None when it has no text."""
        span = None if self.source.is_changed(path) else self.source.find(path)
        return None if span is None else self.lines.place(span.start)[0]

    def near(self, word: str, known: Iterable[str]) -> str:
        """Return ``did you mean ...?`` with the nearest of the known words, or nothing."""
        found = self.nearest(word, known)
        return f"did you mean `{found}`?" if found else ""

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Return the known word that is most like ``word``, or nothing when none is."""
        if self.full or len(word) > 64:
            return ""
        alike = [candidate for candidate in known if abs(len(candidate) - len(word)) <= _LENGTHS]
        if len(alike) > _COMPARED:
            alike = [candidate for candidate in alike if candidate[:1].casefold() == word[:1].casefold()][:_COMPARED]
        # Case is a frequent slip, and difflib counts it as full misses.
        candidates = {candidate.casefold(): candidate for candidate in alike}
        found = get_close_matches(word.casefold(), candidates, 1)
        return candidates[found[0]] if found else ""

    def all(self) -> tuple[Diagnostic, ...]:
        """Return errors and warnings in the order of the file."""
        everything = [*self.errors, *self.warnings]
        everything.sort(key=lambda remark: (remark.line or 0, remark.column or 0, remark.severity, remark.code))
        for severity, count in self.left_out.items():
            if count:
                more = f"and {count} more {severity}{'s' if count > 1 else ''}"
                everything.append(Diagnostic("BG099", more, severity=severity, file=self.source.file))
        return tuple(everything)

    def stop(self) -> None:
        """Raise everything if there is an error."""
        if self.errors:
            raise ScenarioError(self.all())

    def _remark(
        self,
        severity: Literal["error", "warning"],
        code: str,
        message: str,
        path: Path,
        hint: str,
        key: bool,
        inside: Part | None,
    ) -> Diagnostic:
        changed = self.source.is_changed(path)
        file = "--set" if changed else self.source.file
        remark = Diagnostic(code, printable(message), printable(dotted(path)), printable(hint), severity, file)
        span = None if changed else self.source.find(path, key=key, inside=inside)
        return remark if span is None else self._placed(remark, span)

    def _placed(self, remark: Diagnostic, span: Span) -> Diagnostic:
        line, column = self.lines.place(span.start)
        row = self.lines.line(line)
        width = max(1, min(span.end - span.start, len(row) - column + 1))
        # A line of a megabyte is not shown; one of some hundred characters is, as far as the caret is in sight.
        shown = printable(row[:_SHOWN_COLUMNS]) if column <= _SHOWN_COLUMNS else ""
        width = min(width, max(1, _SHOWN_COLUMNS - column + 1))
        return replace(remark, line=line, column=column, width=width, source=shown)


def dotted(path: Path) -> str:
    """Return a path as ``--set`` takes it.

    Examples
    --------
    >>> dotted(("payoffs", "US", "tariff", "2.5"))
    'payoffs.US.tariff."2.5"'
    """
    return ".".join(str(p) if isinstance(p, int) or _PLAIN_KEY.fullmatch(p) else f'"{shortened(p)}"' for p in path)


def printable(words: str) -> str:
    """Return the text with every character that is not for display shown as ``?``; tabs stay.

    Examples
    --------
    >>> printable("red \\x1b[31malert")
    'red ?[31malert'
    """
    if words.isprintable():
        return words
    return "".join(map(_shown, words))


def _shown(character: str) -> str:
    if character == "\t" or character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "?"


def choices(words: Iterable[str], limit: int = 12) -> str:
    """Return a list for a hint: ``a, b, c``, with at most ``limit`` of the words."""
    listed = [shortened(word) for word in words]
    return ", ".join(listed[:limit]) + (f", ... ({len(listed)} in all)" if len(listed) > limit else "")
