"""Mistakes in the files of a domain: collected over all files, each with its place, and raised together.

Tested by the hostile domains in ``tests/games/interchange``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from bargain.errors import Diagnostic, GameFileError, ScenarioError
from bargain.games.interchange.troubles import GameText
from bargain.scenario.remarks import MAX_REMARKS, Remarks, Source, printable

__all__ = ["Findings"]

Span = tuple[int, int]


class Findings:
    """The mistakes found so far in one or several files."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.left_out = 0
        self.remarks: dict[GameText, Remarks] = {}

    def add(self, source: GameText, code: str, message: str, span: Span, hint: str = "") -> None:
        """Note a mistake that the characters ``span`` of a file make."""
        if len(self.diagnostics) >= MAX_REMARKS:
            self.left_out += 1
            return
        # The lines of a file are counted once.
        if source not in self.remarks:
            self.remarks[source] = Remarks(Source(file=printable(source.file), text=source.text))
        remarks = self.remarks[source]
        remarks.text_error(code, message, *span, hint)
        self.diagnostics.append(remarks.errors.pop())

    def add_whole(self, file: str, code: str, message: str, hint: str = "") -> None:
        """Note a mistake of a file as a whole."""
        self.diagnostics.append(Diagnostic(code, printable(message), hint=printable(hint), file=printable(file)))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Note the mistakes that are raised inside, and go on."""
        try:
            yield
        except ScenarioError as trouble:
            self.diagnostics += trouble.diagnostics

    def stop(self) -> None:
        """Raise everything if there is something.

        Raises
        ------
        GameFileError
            With every mistake.
        """
        if self.diagnostics:
            self.fail()

    def fail(self) -> NoReturn:
        """Raise everything."""
        more = f"and {self.left_out} more error{'s' if self.left_out > 1 else ''}"
        raise GameFileError([*self.diagnostics, *([Diagnostic("BG099", more)] if self.left_out else [])]) from None
