"""The text of a file that a user names: a regular file, read once, not too large, in UTF-8.

Every problem is one diagnostic that says what is wrong with the file.  Shared by the readers of scenarios
(:mod:`bargain.scenario.read`) and of game files (:mod:`bargain.games.interchange.files`).  Tested with hostile
files of both kinds.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from bargain.errors import Diagnostic, ScenarioError
from bargain.scenario.remarks import printable

__all__ = ["CONTROL", "decoded", "read_bytes"]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")
"""Characters that no file may hold; tabs and line feeds are none of them."""


def read_bytes(path: Path, name: str, limit: int) -> bytes:
    """Return the content of a regular file, at most one byte more than ``limit``."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _unreadable(name, "this is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise _unreadable(name, "this is not a regular file", "pipe it to standard input, `-`")
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except FileNotFoundError:
        raise _unreadable(name, "there is no such file") from None
    except (OSError, ValueError) as trouble:
        reason = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else "the name is not usable"
        raise _unreadable(name, f"the file cannot be read: {reason}") from None


def _unreadable(name: str, message: str, hint: str = "") -> ScenarioError:
    return ScenarioError([Diagnostic("BG001", message, hint=hint, file=printable(name))])


def decoded(content: bytes, name: str, limit: int, kind: str) -> str:
    """Return the text of a file in UTF-8 that is at most ``limit`` bytes long; ``kind`` is what it should be."""
    name = printable(name)
    if len(content) > limit:
        hint = f"{kind} has at most {limit // 1024} KiB"
        raise ScenarioError([Diagnostic("BG004", "the file is too large", hint=hint, file=name)])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "save it as UTF-8"
        raise ScenarioError([Diagnostic("BG003", "the file is in UTF-16", hint=hint, file=name)])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        before = content[content.rfind(b"\n", 0, trouble.start) + 1 : trouble.start]
        message = f"the file is not UTF-8 text: byte 0x{content[trouble.start]:02x}"
        column = len(before.decode("utf-8", "replace")) + 1
        remark = Diagnostic("BG003", message, "", "save it as UTF-8", file=name, line=line, column=column)
        raise ScenarioError([remark]) from None
