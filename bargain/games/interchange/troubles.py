"""How a mistake in a game file is said: one diagnostic with line, column, the line itself and what would be right.

Tested by the messages of the hostile files in ``tests/games/interchange``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from bargain.errors import Diagnostic, GameFileError
from bargain.scenario.remarks import Remarks, Source, printable
from bargain.scenario.scanner import shortened

__all__ = ["GameText", "quoted"]


@dataclass(frozen=True, slots=True)
class GameText:
    """The text of a game file with its name, so that a mistake can be shown where it stands."""

    text: str
    file: str = ""

    def fail(self, code: str, message: str, start: int, end: int, hint: str = "") -> NoReturn:
        """Raise the mistake that the characters ``[start, end)`` make.

        Raises
        ------
        GameFileError
            Always.
        """
        remarks = Remarks(Source(file=printable(self.file), text=self.text))
        remarks.text_error(code, message, start, end, hint)
        raise GameFileError(remarks.errors) from None

    def fail_whole(self, code: str, message: str, hint: str = "") -> NoReturn:
        """Raise a mistake of the file as a whole."""
        place = printable(self.file)
        raise GameFileError([Diagnostic(code, printable(message), hint=printable(hint), file=place)]) from None


def quoted(name: str) -> str:
    """Return a name for a message: in quotes, and cut when it is long."""
    return f"`{shortened(name)}`"
