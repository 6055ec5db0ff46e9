"""Entries of a tree changed before it is checked: what ``--set PATH=VALUE`` does.

Paths are those of error messages.  A path must exist, or be a key that the format knows, so that a slip of the pen
never adds an entry that nothing reads.  Tested with each kind of path, and that the given tree stays as it was.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from bargain.errors import ScenarioError
from bargain.scenario.formula import normalise
from bargain.scenario.remarks import Remarks, Source, choices, dotted
from bargain.scenario.scanner import Path, TextError, shortened
from bargain.scenario.schema import keys_at
from bargain.scenario.spans import spans

__all__ = ["apply_overrides", "changed_tree", "value_of"]

_PART = re.compile(r'\s*+(?:"([^"]*+)"\s*+|([^."]++))(?:\.|\Z)')
_MAX_LENGTH = 4000


def apply_overrides(tree: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a tree with some entries changed.

    Parameters
    ----------
    tree : mapping
        The tree of a scenario; it stays as it is.
    overrides : mapping
        New values by path, for example ``{"parameters.hop": 0.006}``.  A text is read as a TOML value if it is one
        (``"0.006"``, ``"true"``, ``"[0, 1]"``) and is a plain text otherwise.  A number for a parameter that is a table
        changes its ``value``.

    Raises
    ------
    ScenarioError
        ``BG209``: a path leads nowhere; all such paths at once, with the nearest that exist.

    Examples
    --------
    >>> apply_overrides({"parameters": {"hop": {"value": 0.004, "label": "motive"}}}, {"parameters.hop": "0.006"})
    {'parameters': {'hop': {'value': 0.006, 'label': 'motive'}}}
    """
    remarks = Remarks(Source(file="--set"))
    changed, _ = changed_tree(tree, overrides, remarks)
    if remarks.errors:
        raise ScenarioError(remarks.all())
    return changed


def changed_tree(
    tree: Mapping[str, Any], overrides: Mapping[str, Any], remarks: Remarks
) -> tuple[dict[str, Any], frozenset[Path]]:
    """Return the changed copy and the paths that were set; wrong paths are reported and left out."""
    copied: dict[str, Any] = deepcopy(dict(tree))
    done: set[Path] = set()
    for words, value in overrides.items():
        parts = _parts(str(words))
        if not parts:
            hint = "write for example `--set parameters.hop=0.006`"
            remarks.error("BG209", f"`{shortened(str(words))}` is not a path", (), hint)
            continue
        path = _set(copied, parts, value_of(value), remarks)
        if path is not None:
            done.add(path)
    return copied, frozenset(done)


def value_of(value: Any) -> Any:
    """Return what a text stands for: a TOML value if it is one, the text itself otherwise.

    Examples
    --------
    >>> value_of("[0, 2.5]"), value_of("nash"), value_of(3)
    ([0, 2.5], 'nash', 3)
    """
    if not isinstance(value, str) or len(value) > _MAX_LENGTH or "\n" in value:
        return value
    line = f"value = {value}"
    try:
        # The scanner guards the parser, as for files.
        spans(line)
        return tomllib.loads(line)["value"]
    except (TextError, ValueError) as trouble:
        # Infinite numbers are refused where the tree is checked; as texts they would be formulas.
        infinite = isinstance(trouble, TextError) and trouble.code == "BG007" and _is_float(value)
        return float(value) if infinite else value


def _is_float(words: str) -> bool:
    try:
        float(words)
    except ValueError:
        return False
    return True


def _parts(words: str) -> tuple[str, ...]:
    if len(words) > _MAX_LENGTH:
        return ()
    parts: list[str] = []
    at = 0
    while at < len(words):
        match = _PART.match(words, at)
        if match is None:
            return ()
        parts.append(normalise(match[1] if match[1] is not None else match[2].strip()))
        at = match.end()
    return () if words.endswith(".") else tuple(parts)


def _set(tree: dict[str, Any], parts: tuple[str, ...], value: Any, remarks: Remarks) -> Path | None:
    """Set one entry and return its path, or report that there is none."""
    table: Any = tree
    path: Path = ()
    for k, part in enumerate(parts):
        part = _spelled(part, table)
        here: str | int = part
        if isinstance(table, list) and part.isdecimal() and int(part) < len(table):
            here = int(part)
        elif len(path) == 2 and path[0] == "parameters" and not isinstance(table, dict) and part in keys_at(path):
            # A bare number becomes a table when more is said about it.
            tree["parameters"][path[1]] = table = {"value": table}
        elif not isinstance(table, dict) or (part not in table and part not in _settable(path, tree)):
            _report(parts, path, table, tree, remarks)
            return None
        path = (*path, here)
        if k + 1 < len(parts):
            if isinstance(table, dict):
                table.setdefault(here, {})
            table = table[here]
    last = path[-1]
    old = table.get(last) if isinstance(table, dict) else None
    if len(path) == 2 and path[0] == "parameters" and isinstance(old, dict) and not isinstance(value, Mapping):
        old["value"] = value
        return (*path, "value")
    table[last] = value
    return path


def _spelled(part: str, table: Any) -> str:
    """Return a key as the table spells it; the two code points of the Greek mu are one letter."""
    if part.isascii() or not isinstance(table, dict) or part in table:
        return part
    return next((key for key in table if normalise(str(key)) == part), part)


def _settable(path: Path, tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that a table may be given although it has them not."""
    if path[:1] == ("payoffs",) and len(path) == 2:
        return (*_keys(tree, "issues"), "joint")
    if path == ("disagreement", "payoffs") or path in (("time", "outside"), ("time", "discount"), ("time", "rate")):
        return _keys(tree, "players")
    return keys_at(path)


def _keys(tree: Mapping[str, Any], section: str) -> tuple[str, ...]:
    table = tree.get(section)
    return tuple(map(str, table)) if isinstance(table, Mapping) else ()


def _report(parts: tuple[str, ...], path: Path, table: Any, tree: Mapping[str, Any], remarks: Remarks) -> None:
    wanted = dotted(parts)
    wrong = parts[len(path)]
    known: tuple[str, ...] = ()
    if isinstance(table, dict):
        known = tuple(dict.fromkeys([*table, *_settable(path, tree)]))
    elif isinstance(table, list):
        known = tuple(str(k) for k in range(len(table)))
    near = remarks.nearest(wrong, known)
    if near:
        meant = dotted((*path, near, *parts[len(path) + 1 :]))
        hint = f"did you mean `{meant}`?"
    elif known:
        hint = f"`{dotted(path)}` has {choices(known)}" if path else f"a scenario has {choices(known)}"
    else:
        hint = f"`{dotted(path)}` is a value of its own"
    remarks.error("BG209", f"`--set {shortened(wanted, 80)}`: there is no such entry", (), hint)
