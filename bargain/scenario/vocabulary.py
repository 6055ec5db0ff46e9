"""The names that ``[[expect]]`` rules may read: results such as ``gain.US``, and parameters.

Whatever a rule names has to exist for this scenario, so that a misspelt rule is an error and never a failed
expectation.  A parameter called ``status`` is hidden by the result of that name.  Tested with rules over every name of
the vocabulary and with one file per mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bargain.scenario.document import Expectation, Lever
from bargain.scenario.expression import Expression, Name, Text, names
from bargain.scenario.names import Scope
from bargain.scenario.references import level_first, read_kind
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened
from bargain.scenario.schema import RULES
from bargain.scenario.substitution import text_comparisons

__all__ = ["STATUSES", "expectation", "vocabulary"]

STATUSES = ("proved", "converged", "limit", "failed", "no_deal")
"""What ``status`` may be."""

_PER_PLAYER = (
    "gain", "payoff", "disagreement", "linkage", "equilibrium", "critical", "enforced", "enforced_apart", "offers",
    "deadline",
)  # fmt: skip
_HINT = (
    "rules read gain.P, payoff.P, disagreement.P, deal.LEVER, linkage.P, linkage.total, equilibria.count, "
    "equilibria.complete, equilibrium.P, critical.P, critical.linked, critical.separate, enforced.P, enforced_apart.P, "
    "offers.P, deadline.P, status, nash.gain.P (or another rule), and parameters"
)


def vocabulary(scope: Scope) -> Iterator[str]:
    """Yield every result that a rule of this scenario may read."""
    yield "status"
    yield from ("linkage.total", "equilibria.count", "equilibria.complete", "critical.linked", "critical.separate")
    for what in _PER_PLAYER:
        yield from (f"{what}.{player}" for player in scope.players)
    yield from (f"deal.{lever}" for lever in scope.levers)
    for rule in RULES:
        prefix = rule.replace("-", "_")
        yield from (f"{prefix}.{what}.{player}" for what in ("gain", "payoff") for player in scope.players)
        yield from (f"{prefix}.deal.{lever}" for lever in scope.levers)


def expectation(table: dict[str, Any], path: Path, scope: Scope, remarks: Remarks) -> Expectation | None:
    """Return an expectation, or None after reporting what is wrong with its rule."""
    rule = table.get("rule")
    if rule is None:
        return None
    here = (*path, "rule")
    tree = read_kind(rule, here, "condition", remarks, dotted=True)
    if tree is None:
        scope.readable = False
        return None
    before = remarks.error_count
    _check(tree, here, scope, remarks)
    if remarks.error_count > before or table.get("name") is None:
        return None
    return Expectation(table["name"], tree, rule, remarks.line(here))


def _check(tree: Expression, path: Path, scope: Scope, remarks: Remarks) -> None:
    words = {id(name): word for name, word in text_comparisons(tree)}
    known = set(vocabulary(scope))
    for name in names(tree):
        scope.used.add(name.name)
        if name.name in known:
            _check_kind(name, words.get(id(name)), path, scope, remarks)
        elif name.name in scope.parameters:
            if id(name) in words:
                _wrong_kind(f"`{name.name}` is a number", "compare it with a number", words[id(name)], path, remarks)
        elif remarks.full:
            remarks.count(1)
        elif scope.complete:
            message, hint = _unknown(name.name, known, scope, remarks)
            remarks.error("BG208", message, path, hint, inside=(name.start, name.end))


def _unknown(name: str, known: set[str], scope: Scope, remarks: Remarks) -> tuple[str, str]:
    message = f"`{shortened(name)}` is not a result that a rule can read"
    if name in scope.levers:
        return message, f"write `deal.{name}` for the level that is agreed"
    if name in scope.definitions:
        return message, "rules read results and parameters, not definitions"
    return message, remarks.near(name, sorted(known | scope.parameters.keys())) or _HINT


def _check_kind(name: Name, word: Text | None, path: Path, scope: Scope, remarks: Remarks) -> None:
    """Check that words are compared with what is a word, and numbers with what is a number."""
    lever: Lever | None = None
    if name.name.split(".")[-2:-1] == ["deal"]:
        lever = scope.levers[name.name.split(".")[-1]]
        if lever is None:
            return
    is_word = name.name == "status" or (lever is not None and lever.named)
    if is_word and word is None:
        first = STATUSES[0] if lever is None else level_first(lever.levels)
        hint = f"write for example `{name.name} == '{first}'`"
        remarks.error("BG312", f"`{name.name}` is a word", path, hint, inside=(name.start, name.end))
    elif not is_word and word is not None:
        _wrong_kind(f"`{name.name}` is a number", "compare it with a number", word, path, remarks)
    elif word is not None and not (word.value in STATUSES if lever is None else lever.has(word.value)):
        if remarks.full:
            remarks.count(1)
            return
        allowed = STATUSES if lever is None else tuple(map(str, lever.levels or ()))
        hint = remarks.near(word.value, allowed) or f"it is one of {choices(allowed)}"
        message = f"`{name.name}` is never '{shortened(word.value)}'"
        remarks.error("BG207", message, path, hint, inside=(word.start, word.end))


def _wrong_kind(message: str, hint: str, word: Text, path: Path, remarks: Remarks) -> None:
    message = f"{message}, and '{shortened(word.value)}' is a word"
    remarks.error("BG312", message, path, hint, inside=(word.start, word.end))
