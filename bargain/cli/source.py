"""From the SOURCE on the command line to a checked document, with its warnings said."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bargain.cli.domains import domain_document, is_domain
from bargain.cli.output import warn
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.scenario.document import Document

__all__ = ["exists", "is_folder", "read_source", "resolve"]

_LISTED = 2000


def exists(source: str) -> bool:
    """Return whether ``source`` is a file, a pipe or a device; a folder is not."""
    try:
        return Path(source).exists() and not Path(source).is_dir()
    except (OSError, ValueError):
        return False


def resolve(source: str) -> str:
    """Return what is to be read: standard input, an existing file, or a shipped scenario's file.

    Raises
    ------
    ScenarioError
        There is neither; one diagnostic with the nearest names.
    """
    if source == "-" and sys.stdin is None:
        raise ScenarioError([Diagnostic("BG001", "standard input is closed", hint="name a file instead of `-`")])
    if source.lower().endswith((".nfg", ".efg", ".csv")):
        hint = f"`bargain equilibria {source}` finds its equilibria"
        raise ScenarioError([Diagnostic("BG001", f"`{source}` is a game file, not a scenario", hint=hint)])
    if source == "-" or exists(source):
        return source
    from bargain import catalog

    try:
        return str(catalog.find(source))
    except ScenarioError as trouble:
        diagnostic = trouble.diagnostics[0]
        if is_folder(source):
            diagnostic = replace(diagnostic, message=f"`{source}` is a folder, not a scenario file")
        near = _nearby_files(source)
        if not near:
            raise ScenarioError([diagnostic]) from None
        shipped = [name for name in diagnostic.hint.split("`")[1::2] if name in catalog.names()]
        names = " or ".join(f"`{name}`" for name in (*near, *shipped))
        raise ScenarioError([replace(diagnostic, hint=f"did you mean {names}?")]) from None


def is_folder(source: str) -> bool:
    """Return whether ``source`` is a folder."""
    try:
        return Path(source).is_dir()
    except (OSError, ValueError):
        return False


def _nearby_files(source: str) -> list[str]:
    """Return scenario files in the same folder whose names are near."""
    path = Path(source)
    try:
        if path.is_dir():
            found = [entry for entry in sorted(path.iterdir())[:_LISTED] if entry.suffix in (".toml", ".json")]
            return [str(entry) for entry in found[:3]]
        names = [entry.name for entry in sorted(path.parent.iterdir())[:_LISTED] if entry.suffix in (".toml", ".json")]
    except (OSError, ValueError):
        return []
    near = difflib.get_close_matches(path.name, names, n=2, cutoff=0.6)
    near += [name for name in names if Path(name).stem == path.name and name not in near]
    return [str(path.with_name(name)) for name in near]


def read_source(source: str, overrides: Mapping[str, Any] | None = None, *more: str) -> Document:
    """Read and check a scenario; its warnings go to standard error.

    A negotiation domain of another program (a folder, or several files) is read as a scenario.

    Raises
    ------
    ScenarioError
        The scenario cannot be used.
    """
    if is_domain(source, *more):
        made = domain_document((source, *more), overrides)
        warn(made.warnings)
        return made
    place = resolve(source)
    from bargain.scenario.read import read

    document: Document = read(place, overrides or None)
    warn(document.warnings)
    # A shipped scenario is called by its name, wherever its file is installed.
    return document if place == source else replace(document, file=source)
