"""What can go wrong, and how it is said.

Bad input is described by :class:`Diagnostic` records: a code that ``bargain explain`` knows, the place in the file,
what is wrong, and what would be right.  They are raised together, so that a user mends a file in one round.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

__all__ = [
    "BargainError",
    "CertificateError",
    "Diagnostic",
    "GameFileError",
    "LimitError",
    "NotSolvedError",
    "ScenarioError",
    "UnsupportedGameError",
    "UnsupportedProblemError",
]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark about one place of a scenario file.

    Parameters
    ----------
    code : str
        ``BGnnn``; the first digit tells the kind (0 file, 1 formula, 2 names, 3 sense, 4 solver).
    message : str
        What is wrong, in one line.
    path : str
        Where it stands in the scenario's tree, for example ``payoffs.US.joint``.
    hint : str
        What would be right, or empty.
    severity : {"error", "warning"}
        Warnings do not stop a run unless it is strict.
    file : str
        The file's name as the user gave it.
    line, column : int or None
        Counted from 1, in characters; None when the place has no text (a scenario given as a dict).
    width : int
        Number of characters to underline.
    source : str
        The line of the file, to be shown above the caret.
    """

    code: str
    message: str
    path: str = ""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    file: str = ""
    line: int | None = None
    column: int | None = None
    width: int = 1
    source: str = ""

    def render(self) -> str:
        """Return the remark as text: headline, place, the line with a caret, and the hint."""
        # A name with a line break in it must not be able to write lines of its own.
        message, file, hint = (text.replace("\n", "\\n") for text in (self.message, self.file, self.hint))
        rows = [f"{self.severity}[{self.code}]: {message}"]
        if self.line is not None and self.column is not None:
            rows.append(f"  --> {file}:{self.line}:{self.column}")
            if self.source:
                gutter = " " * len(str(self.line))
                # A tab is kept in the caret's line, so that the caret stands under the character in any terminal.
                lead = "".join("\t" if c == "\t" else " " for c in self.source[: self.column - 1])
                rows += [
                    f" {gutter} |",
                    f" {self.line} | {self.source}",
                    f" {gutter} | {lead}{'^' * max(1, self.width)}",
                ]
        elif file or self.path:
            rows.append(f"  --> {': '.join(part for part in (file, self.path) if part)}")
        if hint:
            rows.append(f"   = help: {hint}")
        return "\n".join(rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the remark as plain data for the JSON format."""
        return asdict(self)

    def in_file(self, file: str) -> Diagnostic:
        """Return the same remark with the file's name set."""
        return replace(self, file=file)


class BargainError(Exception):
    """The parent of all errors that this package raises on purpose."""


class ScenarioError(BargainError):
    """A scenario cannot be used; ``diagnostics`` holds every reason at once."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(d.render() for d in self.diagnostics))


class GameFileError(ScenarioError, ValueError):
    """A file does not hold a game that can be read; ``diagnostics`` says what is wrong and where."""


class UnsupportedGameError(BargainError, ValueError):
    """A method was asked for a game that it does not take."""


class UnsupportedProblemError(BargainError, ValueError):
    """A bargaining rule was asked for a kind of problem that it is not defined for."""


class NotSolvedError(BargainError):
    """A method stopped without an answer that it could stand for."""


class LimitError(BargainError, MemoryError):
    """The work would need more memory or time than allowed; the message says how much and what to do instead."""


class CertificateError(BargainError):
    """A claim was checked and is not true."""
