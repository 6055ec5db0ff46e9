"""From a file, standard input, a text or a mapping to a checked document.

Only the file that is given is read, once, and only if it is a regular file of at most 1 MiB.  The text is scanned
before a parser sees it (:mod:`bargain.scenario.spans`); the parser's tree is changed by ``--set``, copied into plain
data (:mod:`bargain.scenario.tree`), and checked (:mod:`bargain.scenario.check`).  Tested with good files in both
formats and with the hostile ones of ``tests/security/refused``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from bargain.errors import Diagnostic, ScenarioError
from bargain.scenario.check import check
from bargain.scenario.document import Document
from bargain.scenario.json_spans import json_spans, json_string_positions
from bargain.scenario.overrides import apply_overrides, changed_tree
from bargain.scenario.remarks import Remarks, Source, printable
from bargain.scenario.scanner import KeySpans, Lines, Path, TextError
from bargain.scenario.spans import spans, string_positions
from bargain.scenario.text_file import CONTROL, decoded, read_bytes
from bargain.scenario.tree import canonical, normal_path, normal_spans

__all__ = ["MAX_BYTES", "apply_overrides", "read", "read_text", "read_tree"]

MAX_BYTES = 1024 * 1024
"""The largest size of a scenario file."""

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")

Overrides = Mapping[str, Any] | None


def read(source: str | os.PathLike[str], overrides: Overrides = None) -> Document:
    """Read and check a scenario file.

    Parameters
    ----------
    source : str or path
        A TOML or JSON file; ``"-"`` is standard input.
    overrides : mapping, optional
        Entries to change before the check, by path; see :func:`apply_overrides`.

    Returns
    -------
    Document
        With the warnings that do not stop a run.

    Raises
    ------
    ScenarioError
        All that is wrong, each with its place in the file.
    """
    if os.fspath(source) == "-":
        return read_text(
            decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>", MAX_BYTES, "a scenario"), "<stdin>", overrides
        )
    name = os.fspath(source)
    return read_text(
        decoded(read_bytes(FilePath(name), name, MAX_BYTES), name, MAX_BYTES, "a scenario"), name, overrides
    )


def read_text(text: str, file: str = "", overrides: Overrides = None) -> Document:
    r"""Check the text of a scenario; it is JSON if it begins with ``{`` or the file's name ends with ``.json``.

    Examples
    --------
    >>> read_text("format = 1\n[scenario", "talks.toml")
    Traceback (most recent call last):
    ...
    bargain.errors.ScenarioError: error[BG005]: `]` is missing after `[scenario`
      --> talks.toml:2:1
       |
     2 | [scenario
       | ^^^^^^^^^
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    source = Source(file=printable(file), text=text)
    if not text.strip():
        hint = "try `bargain init`"
        raise ScenarioError([Diagnostic("BG002", "this file is empty", hint=hint, file=source.file)])
    is_json = file.endswith(".json") or text.lstrip()[0] == "{"
    remarks = Remarks(source)
    try:
        _refuse_control(text)
        found, tree = _parsed(text, json_spans, json.loads) if is_json else _parsed(text, spans, tomllib.loads)
    except TextError as trouble:
        remarks.text_error(trouble.code, trouble.message, trouble.start, trouble.end, trouble.hint)
        raise ScenarioError(remarks.all()) from None
    positions = json_string_positions if is_json else string_positions
    remarks.source = replace(source, spans=normal_spans(found), positions=positions)
    return _checked(tree, remarks, overrides)


def read_tree(tree: Mapping[str, Any], file: str = "", overrides: Overrides = None) -> Document:
    """Check the tree of a scenario, which stays as it is.

    Parameters
    ----------
    tree : mapping
        What a TOML or JSON parser would return.
    file : str
        A name for messages.
    overrides : mapping, optional
        Entries to change before the check.

    Raises
    ------
    ScenarioError
        All that is wrong, by path.
    """
    return _checked(tree, Remarks(Source(file=printable(file))), overrides)


def _checked(tree: Any, remarks: Remarks, overrides: Overrides) -> Document:
    if not isinstance(tree, Mapping):
        remarks.error("BG012", "a scenario is a table of sections, not a list or a value", ())
        remarks.stop()
    if overrides:
        tree, changed = changed_tree(tree, overrides, remarks)
        # Names of the tree are normal only after the copy; paths that were set are normal already.
        remarks.source = replace(remarks.source, changed=frozenset(normal_path(path) for path in changed))
    return check(canonical(tree, remarks), remarks)


def _parsed(
    text: str, scan: Callable[[str], Mapping[Path, KeySpans]], parse: Callable[[str], Any]
) -> tuple[Mapping[Path, KeySpans], Any]:
    found = scan(text)
    try:
        return found, parse(text)
    except (ValueError, RecursionError) as trouble:
        message = str(trouble)
        place = _PLACE.search(message)
        at = Lines(text).position(int(place[1]), int(place[2])) if place and place[1] else len(text.rstrip()) - 1
        reason = _PLACE.sub("", message)
        double = re.search("overwrite|twice|namespace|already|mutate|extend", reason)
        words = "this key or table is given before, in another form" if double else f"cannot read this: {reason}"
        raise TextError("BG006" if double else "BG005", words, at, at + 1) from None


def _refuse_control(text: str) -> None:
    if match := CONTROL.search(text):
        message = f"the file has the control character U+{ord(match.group()):04X}"
        raise TextError("BG003", message, match.start(), match.end(), "save it as plain UTF-8 text")
