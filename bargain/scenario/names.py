"""The names that a scenario declares: players, issues, levers, parameters and definitions, and their clashes.

Levers, parameters and definitions are what formulas read, so that no two of them share a name.  Tested through
:mod:`bargain.scenario.check` with one file per clash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bargain.scenario.document import Lever
from bargain.scenario.expression import Expression
from bargain.scenario.formula import FUNCTIONS, RESERVED, is_name
from bargain.scenario.remarks import Remarks
from bargain.scenario.scanner import Path, shortened

__all__ = ["Scope", "declared", "lever_tables"]

_NAME_HINT = "a name starts with a letter and has letters, digits and single underscores, at most 64 in all"


@dataclass
class Scope:
    """What is declared, and what is known of it: None stands for something that an earlier error spoilt.

    ``complete`` is false when a section that declares names could not be read: then nothing is called undefined.
    ``used`` collects the names that formulas read; ``readable`` is false once a formula could not be read.  ``barred``
    are names that exist but cannot be read in this place.
    """

    players: dict[str, None] = field(default_factory=dict)
    issues: dict[str, tuple[str, ...]] = field(default_factory=dict)
    levers: dict[str, Lever | None] = field(default_factory=dict)
    parameters: dict[str, float | None] = field(default_factory=dict)
    definitions: dict[str, Expression | None] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    complete: bool = True
    readable: bool = True
    used: set[str] = field(default_factory=set)

    @property
    def known(self) -> list[str]:
        """All names that a formula may read at this point."""
        return [*self.levers, *self.parameters, *self.definitions]


def declared(tree: dict[str, Any], remarks: Remarks) -> Scope:
    """Return the names that a tree declares; levers, values and definitions are still to be filled in."""
    scope = Scope()
    sections = {name: tree.get(name) for name in ("players", "issues", "parameters", "define")}
    needed = sections["players"] is not None and sections["issues"] is not None
    scope.complete = needed and all(tree.get(name, 0) is not None for name in sections)
    for name in sections["players"] or {}:
        _check_name(name, ("players", name), remarks, "total")
        scope.players[name] = None
    for name, issue in (sections["issues"] or {}).items():
        _check_name(name, ("issues", name), remarks, "joint")
        scope.complete = scope.complete and issue is not None
        scope.issues[name] = tuple(lever for lever, _, _ in lever_tables(name, issue))
    seen: dict[str, str] = {}
    for name, kind, path in _formula_names(sections):
        if name in seen:
            message = f"`{name}` is the name of a {seen[name]} already"
            remarks.error("BG202", message, path, f"give the {kind} another name", key=True)
            continue
        seen[name] = kind
        own_issue = path[1] if kind == "lever" else None
        if kind == "lever" and name in scope.issues and own_issue != name:
            remarks.error("BG202", f"`{name}` is the name of another issue already", path, "rename the lever", key=True)
        if path[0] != "issues" or len(path) > 2:
            _check_name(name, path, remarks)
        if kind == "lever":
            scope.levers[name] = None
        elif kind == "parameter":
            scope.parameters[name] = None
    scope.later = frozenset(sections["define"] or {})
    return scope


def lever_tables(issue: str, table: Any) -> Iterator[tuple[str, Path, Any]]:
    """Yield name, path and table of each lever of an issue."""
    if isinstance(table, dict) and "levers" in table:
        for name, lever in (table["levers"] or {}).items():
            yield name, ("issues", issue, "levers", name), lever
    else:
        yield issue, ("issues", issue), table


def _formula_names(sections: dict[str, Any]) -> Iterator[tuple[str, str, Path]]:
    for issue, table in (sections["issues"] or {}).items():
        for name, path, _ in lever_tables(issue, table):
            yield name, "lever", path
    for name in sections["parameters"] or {}:
        yield name, "parameter", ("parameters", name)
    for name in sections["define"] or {}:
        yield name, "definition", ("define", name)


def _check_name(name: str, path: Path, remarks: Remarks, reserved: str = "") -> None:
    if name in FUNCTIONS:
        remarks.error("BG203", f"`{name}` is the name of a function", path, f"write for example `{name}_`", key=True)
    elif name in RESERVED:
        remarks.error("BG203", f"`{name}` is a reserved word", path, f"write for example `{name}_`", key=True)
    elif reserved and name == reserved:
        what = "payoffs that tie issues together" if name == "joint" else "the sum over players"
        remarks.error("BG203", f"`{name}` stands for {what}", path, "choose another name", key=True)
    elif not is_name(name):
        remarks.error("BG204", f"`{shortened(name)}` cannot be a name", path, _NAME_HINT, key=True)
