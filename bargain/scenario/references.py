"""Formulas read in their scenario: each name is known, each quoted word is a level, each formula is of the right kind.

Quoted words become the codes of the levels that they name, so that later stages see numbers only.  Tested with one
file per mistake.
"""

from __future__ import annotations

from typing import Literal

from bargain.scenario.expression import Expression, Name, Number, Text, names
from bargain.scenario.formula import FormulaError, kind, read_formula
from bargain.scenario.names import Scope
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened
from bargain.scenario.substitution import replace_text, text_comparisons

__all__ = ["Wanted", "formula_in_scope", "level_first", "read_kind"]

Wanted = Literal["number", "condition"]


def read_kind(formula: str, path: Path, wanted: Wanted, remarks: Remarks, *, dotted: bool = False) -> Expression | None:
    """Return the tree of a formula that is a number or a condition, or None after reporting why there is none."""
    try:
        tree = read_formula(formula, dotted=dotted)
        found = kind(tree)
    except FormulaError as trouble:
        place = (trouble.start, trouble.end)
        remarks.error(trouble.code, trouble.message, path, trouble.hint, inside=place)
        return None
    if found != wanted:
        hint = "write a comparison, for example `x <= 10`"
        hint = hint if wanted == "condition" else "write `1 if ... else 0` to count it"
        message = f"this must be a {wanted}, and it is a {found}"
        remarks.error("BG107", message, path, hint, inside=(tree.start, tree.end))
        return None
    return tree


def formula_in_scope(
    formula: str | float, path: Path, wanted: Wanted, scope: Scope, remarks: Remarks
) -> Expression | None:
    """Return the tree of a formula over levers, parameters and definitions, with level codes for quoted words."""
    if not isinstance(formula, str):
        return Number(float(formula))
    tree = read_kind(formula, path, wanted, remarks)
    if tree is None:
        scope.readable = False
        return None
    before = remarks.error_count
    pairs = text_comparisons(tree)
    compared = {id(name) for name, _ in pairs}
    for name in names(tree):
        _check_name(name, path, scope, remarks, in_words=id(name) in compared)
    for name, word in pairs:
        _check_word(name, word, path, scope, remarks)
    unknown = any(scope.levers.get(name.name) is None for name, _ in pairs)
    if remarks.error_count > before or unknown:
        return None
    return replace_text(tree, lambda lever, word: _code(scope, lever, word))


def _code(scope: Scope, lever: str, word: str) -> float:
    found = scope.levers[lever]
    assert found is not None
    return found.code(word)


def _check_name(name: Name, path: Path, scope: Scope, remarks: Remarks, *, in_words: bool) -> None:
    place = (name.start, name.end)
    scope.used.add(name.name)
    if name.name in scope.levers:
        lever = scope.levers[name.name]
        if lever is not None and lever.named and not in_words:
            first = level_first(lever.levels)
            message = f"the levels of `{name.name}` are names, not numbers"
            hint = f"compare it, for example `{name.name} == '{first}'`"
            remarks.error("BG312", message, path, hint, inside=place)
    elif name.name not in scope.parameters and name.name not in scope.definitions and scope.complete:
        scope.readable = False
        if remarks.full:
            remarks.count(1)
            return
        code, message, hint = _undefined(name.name, path, scope, remarks)
        remarks.error(code, message, path, hint, inside=place)


def level_first(levels: tuple[float | str, ...] | None) -> str:
    """Return the first level's name, for an example."""
    return str(levels[0]) if levels else ""


def _undefined(name: str, path: Path, scope: Scope, remarks: Remarks) -> tuple[str, str, str]:
    if name in scope.later:
        if path == ("define", name):
            return "BG210", f"`{name}` is defined by itself", "a definition may use those that stand before it"
        return "BG210", f"`{name}` is used before it is defined", "a definition may use those that stand before it"
    if name in scope.barred:
        return "BG201", f"`{name}` cannot be read here", "a disagreement payoff reads parameters only"
    message = f"`{shortened(name)}` is not defined"
    if name in scope.issues:
        return "BG201", message, f"`{name}` is an issue; its levers are {choices(scope.issues[name])}"
    if name in scope.players:
        return "BG201", message, f"`{name}` is a player; formulas read levers, parameters and definitions"
    hint = remarks.near(name, scope.known)
    return "BG201", message, hint or f"give it a value under [parameters], for example `{shortened(name)} = 1.0`"


def _check_word(name: Name, word: Text, path: Path, scope: Scope, remarks: Remarks) -> None:
    lever = scope.levers.get(name.name)
    if name.name in scope.levers and lever is None:
        return
    place = (word.start, word.end)
    if lever is None or not lever.named:
        if name.name in scope.known:
            message = f"`{name.name}` is a number and has no level '{shortened(word.value)}'"
            remarks.error("BG312", message, path, "compare it with a number", inside=place)
    elif not lever.has(word.value):
        if remarks.full:
            remarks.count(1)
            return
        known = [str(level) for level in lever.levels or ()]
        message = f"`{name.name}` has no level '{shortened(word.value)}'"
        hint = remarks.near(word.value, known) or f"its levels are {choices(known)}"
        remarks.error("BG207", message, path, hint, inside=place)
