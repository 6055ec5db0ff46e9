"""Where text goes: results to standard output or a file, remarks to standard error.

Our own text is ASCII; what a scenario says is printed as the stream can, and never as control characters.  A file is
written beside its place and moved there when it is complete, so that nobody finds half a result.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import click

from bargain.errors import Diagnostic, ScenarioError

__all__ = ["deliver", "printable", "progress_line", "remark", "show_diagnostic", "warn", "write_file"]

_HEADING = re.compile(r"^(NOT CERTIFIED|NO AGREEMENT|CERTIFIED|[A-Z][A-Z'-]+(?: [A-Z'-]+)*)(?=  |$)", re.M)
_FAILED = re.compile(r"^( *)(FAILED|REFUTED)\b", re.M)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return ``text`` with control characters and marks that turn the writing direction made visible.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _encodable(text: str, stream: IO[str]) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def deliver(text: str, output: str | None = None) -> None:
    """Write a result that ends with a newline to ``output``, or to standard output."""
    shown = printable(text)
    if output is None and sys.stdout is None:
        raise _unwritable("standard output is closed")
    if output is not None and output != "-":
        write_file(output, shown)
        return
    # Styles are dropped by click when the stream is not a terminal.
    styled = _HEADING.sub(lambda found: click.style(found[0], bold=True), shown)
    styled = _FAILED.sub(lambda found: found[1] + click.style(found[2], fg="red", bold=True), styled)
    click.echo(_encodable(styled, sys.stdout), nl=False)


def remark(text: str) -> None:
    """Write a remark to standard error."""
    click.echo(_encodable(printable(text), sys.stderr), err=True)


def show_diagnostic(diagnostic: Diagnostic) -> None:
    """Write a diagnostic to standard error."""
    headline, *rest = printable(diagnostic.render()).split("\n")
    kind, _, message = headline.partition(": ")
    styled = click.style(kind, fg="red" if diagnostic.severity == "error" else "yellow", bold=True)
    click.echo(_encodable("\n".join([f"{styled}: {message}", *rest]), sys.stderr) + "\n", err=True)


def warn(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Write the warnings of a scenario to standard error, unless the user wants quiet."""
    if not click.get_current_context().meta.get("quiet"):
        for diagnostic in diagnostics:
            show_diagnostic(diagnostic)


def write_file(path: str, content: str | bytes) -> None:
    """Write a whole file or nothing, texts as UTF-8.

    An existing file keeps its permissions, a device or pipe is written directly.

    Raises
    ------
    ScenarioError
        The file cannot be written there; nothing was changed.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if not path:
        raise _unwritable("`-o` needs the name of a file")
    try:
        # A link is followed, so that the file it points to is replaced and not the link.
        target = Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        raise _unwritable(f"cannot write `{path}`: this is not a path that can be followed") from None
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)
            return
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not os.access(target, os.W_OK):
            # Moving a new file there would need no right to write the old one.
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.is_file():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as trouble:
        raise _unwritable(f"cannot write `{path}`: {trouble.strerror}") from trouble
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _unwritable(message: str) -> ScenarioError:
    return ScenarioError([Diagnostic("BG090", message)])


def progress_line() -> Callable[[int, int], None] | None:
    """Return a function that shows progress on a terminal, or None where nobody watches."""
    if click.get_current_context().meta.get("quiet") or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        if done < total and done % max(1, total // 100):
            return
        line = f"{done} of {total} solved"
        # Spaces clear the line on every terminal; a control sequence would not.
        end = f"\r{' ' * len(line)}\r" if done >= total else ""
        sys.stderr.write(f"\r{line}{end}")
        sys.stderr.flush()

    return show
