"""The shipped scenarios: where they are, what they are called.

Each is a TOML file in ``models/<shelf>/<name>.toml``; its name is unique over all shelves.  This module is light: it
reads titles with a plain scan and loads no numerical library.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bargain.errors import Diagnostic, ScenarioError

__all__ = ["Entry", "entries", "find", "names", "root"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A shipped scenario: its name, its shelf (``deals`` or ``classic``), its title and its file."""

    name: str
    shelf: str
    title: str
    path: Path


def root() -> Path:
    """Return the folder of shipped scenarios: installed, or beside a checkout.

    Examples
    --------
    >>> (root() / "README.md").is_file()
    True
    """
    installed = Path(str(files("bargain") / "models"))
    return installed if installed.is_dir() else Path(__file__).parents[1] / "models"


def _paths() -> list[Path]:
    return sorted(root().glob("*/*.toml"))


def names() -> tuple[str, ...]:
    """Return the names of all shipped scenarios, shelf by shelf.

    Examples
    --------
    >>> "us-japan-2025" in names()
    True
    """
    return tuple(path.stem for path in _paths())


def entries() -> tuple[Entry, ...]:
    """Return all shipped scenarios with their titles."""
    return tuple(Entry(path.stem, path.parent.name, _title(path), path) for path in _paths())


def find(name: str) -> Path:
    """Return the file of the shipped scenario ``name``.

    Raises
    ------
    ScenarioError
        No scenario has this name; the diagnostic suggests the nearest ones.

    Examples
    --------
    >>> find("us-japan-2025").name
    'us-japan-2025.toml'
    """
    paths = {path.stem: path for path in _paths()}
    if name in paths:
        return paths[name]
    near = difflib.get_close_matches(name, paths, n=3, cutoff=0.5)
    near += [known for known in paths if name and known.startswith(name) and known not in near]
    hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "`bargain catalog` lists them all"
    raise ScenarioError([Diagnostic("BG001", f"there is no file and no shipped scenario named `{name}`", hint=hint)])


def _title(path: Path) -> str:
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]["title"])
