"""The shape of a tree compared with the format: unknown and missing keys, wrong types, values out of bounds.

A misspelt key shows twice, as one key too many and one too few; here it is one remark, and the entry is then checked
under the name that was meant.  Every kind of mistake has words of our own.  Tested with one file per kind, and with
random damage to a good tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bargain.scenario.remarks import MAX_REMARKS, Remarks, choices, dotted
from bargain.scenario.scanner import Path, shortened
from bargain.scenario.schema import CHOICES, keys_at, shape_errors

__all__ = ["checked_structure"]

Found = tuple[str, Path, dict[str, Any]]

_TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "`true` or `false`",
    "string_type": "a text in quotes",
    "list_type": "a list, `[...]`",
    "dict_type": "a table",
    "number_or_text": "a number, or a text in quotes",
    "number_or_players": "a number, or a table of one number for each player",
    "payoff": "a formula in quotes, a number, or a table over levels",
}
_WHY = {
    "format": "write `format = 1` at the top of the file",
    "scenario": 'write `[scenario]` with `id = "..."` and `title = "..."`',
    "id": 'a short name for files and tables, for example id = "us-japan-2025"',
    "title": "one line that says what is at stake",
    "players": "write a table for each player, for example `[players.US]`",
    "issues": "write a table for each issue, for example `[issues.tariff]`",
    "payoffs": "write a table for each player, for example `[payoffs.US]`",
    "status_quo": "the level at which this stays if the talks fail",
    "value": "a parameter is a number, or a table with a `value`",
    "kind": 'write kind = "status_quo", "fixed", "nash", "minmax" or "threats"',
    "rule": 'a condition, for example rule = "tariff <= 10"',
    "name": "a name that reports can show",
}
_RESERVED = ("sweep", "coalitions")


def checked_structure(tree: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Return the tree with misspelt keys put right and unusable entries set to None; report all that is wrong."""
    found = _errors(tree)
    if found:
        tree = deepcopy(tree)
        if _mend(tree, found, remarks):
            found = _errors(tree)
        for number, (kind, path, bounds) in enumerate(found):
            if remarks.full:
                remarks.count(len(found) - number)
                break
            _report(tree, kind, path, bounds, remarks)
        for kind, path, _ in found:
            # What is missing is absent already; too few names still are names that can be checked.
            if kind != "missing" and not (kind == "too_short" and isinstance(_at(tree, path), dict)):
                _forget(tree, path)
    for name in _RESERVED:
        if tree.get(name) is not None:
            message = f"`{name}` is reserved for a later version and not used"
            remarks.warning("BG015", message, (name,), key=True)
    return tree


def _errors(tree: dict[str, Any]) -> list[Found]:
    # What has become None was reported when the tree was copied.
    return [each for each in shape_errors(tree) if each[0] == "missing" or _at(tree, each[1]) is not None]


def _mend(tree: dict[str, Any], found: Iterable[Found], remarks: Remarks) -> bool:
    """Rename keys that are near a key of the format; return whether there were any."""
    missing = {path for kind, path, _ in found if kind == "missing"}
    renamed: dict[Path, str] = {}
    extra = [path for kind, path, _ in found if kind == "extra_forbidden" and not remarks.source.is_changed(path)]
    for *above, wrong in extra[:MAX_REMARKS]:
        path = (*above, wrong)
        table = _at(tree, tuple(above))
        absent = {k.casefold(): k for k in keys_at(tuple(above)) if k not in table and (*above, k) not in renamed}
        lacking = {k: name for k, name in absent.items() if (*above, name) in missing}
        right = remarks.nearest(str(wrong), lacking.values()) or remarks.nearest(str(wrong), absent.values())
        if right:
            also = f", and `{right}` is missing" if (*above, right) in missing else ""
            message = f"`{shortened(str(wrong))}` is not a key of {_table_name(tuple(above))}{also}"
            remarks.error("BG010", message, path, f"did you mean `{right}`?", key=True)
            table[right] = table.pop(wrong)
            renamed[(*above, right)] = str(wrong)
    if renamed:
        remarks.source = replace(remarks.source, renamed=renamed)
    return bool(renamed)


def _report(tree: dict[str, Any], kind: str, path: Path, bounds: dict[str, Any], remarks: Remarks) -> None:
    name = str(path[-1]) if path else ""
    owner = next((part for part in reversed(path) if isinstance(part, str)), "")
    value = _at(tree, path)
    if kind == "extra_forbidden":
        _unknown_key(tree, path, remarks)
    elif kind == "missing":
        remarks.error("BG011", f"`{name}` is missing in {_table_name(path[:-1])}", path, _WHY.get(name, ""), key=True)
    elif name == "format" and len(path) == 1:
        hint = "write `format = 1`; a newer program may read other formats"
        remarks.error("BG013", f"this version reads format 1, not {_shown(value)}", path, hint)
    elif kind == "literal_error":
        known = CHOICES.get(owner, ())
        hint = remarks.near(str(value), known) or f"choose one of {choices(known)}"
        remarks.error("BG013", f"{_shown(value)} is not a choice for `{owner}`", path, hint)
    elif kind in _TYPES:
        message = f"`{_spoken(path)}` must be {_TYPES[kind]}, not {_kind_of(value)}"
        remarks.error("BG012", message, path, _type_hint(path))
    else:
        remarks.error("BG013", f"`{_spoken(path)}` {_bound(kind, bounds, value)}", path)


def _unknown_key(tree: dict[str, Any], path: Path, remarks: Remarks) -> None:
    *above, name = path
    if path == ("models",):
        hint = "write payoffs as formulas or tables under [payoffs]"
        remarks.error("BG016", "structural models (`models`) are not read by this version", path, hint, key=True)
        return
    if len(path) == 3 and path[0] == "issues" and "levers" in _at(tree, tuple(above)):
        message, hint = f"an issue with `levers` has no key `{name}`", f"put `{name}` into the lever that it belongs to"
    else:
        message = f"`{shortened(str(name))}` is not a key of {_table_name(tuple(above))}"
        hint = f"its keys are {choices(keys_at(tuple(above)), 20)}"
    if len(path) > 1 and name in keys_at(()):
        hint = f"keys that stand after a [table] belong to it; move `{name}` to the top of the file"
    remarks.error("BG010", message, path, hint, key=True)


def _bound(kind: str, bounds: dict[str, Any], value: Any) -> str:
    match kind:
        case "greater_than_equal":
            return f"is {_shown(value)}; it must be at least {bounds['ge']:g}"
        case "greater_than":
            return f"is {_shown(value)}; it must be more than {bounds['gt']:g}"
        case "less_than":
            return f"is {_shown(value)}; it must be less than {bounds['lt']:g}"
        case "less_than_equal":
            return f"is {_shown(value)}; it must be at most {bounds['le']:g}"
        case "too_short":
            return f"has {len(value)} entries; it needs {bounds['min_length']} or more"
        case "too_long":
            return f"has {len(value)} entries; at most {bounds['max_length']} are allowed"
        case "string_too_short":
            return "is empty"
        case "string_too_long":
            return f"has {len(value)} characters; at most {bounds['max_length']} are allowed"
        case "string_pattern_mismatch":
            return f"is {_shown(value)}; only letters A to Z, digits, `-` and `_` are allowed"
        case _:
            return f"is not as it should be ({kind})"


def _type_hint(path: Path) -> str:
    match path:
        case ("constraints" | "expect",):
            return f"write each as a table of its own, `[[{path[0]}]]`"
        case ("players" | "issues", name):
            return f"write `[{path[0]}.{name}]`"
        case ("define", _):
            return "write the formula in quotes"
        case ("parameters", _):
            return "a parameter is a number or a table with a `value`; formulas stand in [define]"
        case _:
            return ""


def _table_name(path: Path) -> str:
    return f"[{dotted(path)}]" if path else "the scenario"


def _spoken(path: Path) -> str:
    """Return the last part of a path that says what it is: a key, or a list's key and position from 1."""
    if len(path) > 1 and isinstance(path[-1], int):
        return f"{path[-2]}, item {path[-1] + 1}"
    return shortened(str(path[-1])) if path else "scenario"


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {shortened(str(value), 20)}"
        case str():
            return f'the text "{shortened(value)}"'
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "this"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'"{shortened(value)}"' if isinstance(value, str) else shortened(str(value), 20)


def _at(tree: Any, path: Path) -> Any:
    """Return the entry at a path, or None."""
    for part in path:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _forget(tree: Any, path: Path) -> None:
    if path and _at(tree, path) is not None:
        _at(tree, path[:-1])[path[-1]] = None
