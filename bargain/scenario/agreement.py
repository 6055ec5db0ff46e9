"""Players' weights, limits on deals, what happens without a deal, and what to compute.

A limit that the status quo breaks is a warning where the status quo is the disagreement point: then no talks start from
an allowed place.  Tested with one file per mistake and kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bargain.scenario import arithmetic
from bargain.scenario.document import Constraint, Disagreement, Player, SolveOptions
from bargain.scenario.domains import Domains
from bargain.scenario.expression import Compare, DomainError, Expression, Logic, Not, evaluate, names
from bargain.scenario.intervals import bounds
from bargain.scenario.names import Scope
from bargain.scenario.references import formula_in_scope
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened
from bargain.scenario.schema import LATER_RULES

__all__ = ["constraint", "disagreement", "player", "solve_options"]

TOLERANCE = 1e-9
"""How far a limit may be missed, relative to the sizes of its two sides."""


def player(name: str, table: Any, scope: Scope, remarks: Remarks) -> Player | None:
    """Return a player; a formula for its disagreement payoff reads parameters only."""
    if not isinstance(table, dict):
        return None
    power, own = table.get("power", 1.0), table.get("disagreement")
    tree = None
    if own is not None:
        barred = frozenset(scope.levers) | scope.definitions.keys()
        inner = Scope(parameters=scope.parameters, complete=scope.complete, used=scope.used, barred=barred)
        tree = formula_in_scope(own, ("players", name, "disagreement"), "number", inner, remarks)
        scope.readable = scope.readable and inner.readable
    return Player(name, table.get("name") or name, 1.0 if power is None else float(power), tree)


def constraint(
    table: dict[str, Any], path: Path, domains: Domains, scope: Scope, remarks: Remarks
) -> Constraint | None:
    """Return a limit on deals, or None after reporting what is wrong with its rule."""
    rule, name = table.get("rule"), table.get("name")
    if rule is None:
        return None
    here = (*path, "rule")
    tree = formula_in_scope(rule, here, "condition", scope, remarks)
    if tree is None:
        return None
    written = domains.check(tree, here, f"the limit `{name}`")
    if written is not None:
        known = {key: value for key, value in scope.parameters.items() if value is not None}
        levers = [each for each in scope.levers.values() if each is not None]
        box = {key: (value, value) for key, value in known.items()} | {
            each.name: (each.lower, each.upper) for each in levers
        }
        # Equal up to rounding is equal.
        never = bounds(written, box) == (0.0, 0.0) and not _holds(written, known | _status_quo(scope))
        if never:
            remarks.warning("BG317", f"no levels satisfy the limit `{name}`", here, "then there can be no deal")
    return None if name is None else Constraint(name, tree, rule, table.get("why") or "", remarks.line(here))


def disagreement(
    tree: dict[str, Any],
    players: Sequence[Player | None],
    limits: Sequence[Constraint | None],
    scope: Scope,
    domains: Domains,
    remarks: Remarks,
) -> Disagreement:
    """Return what happens without a deal; payoffs given under the players are the kind `fixed`."""
    table = tree.get("disagreement") or {}
    kind, given = table.get("kind"), table.get("payoffs")
    entries = (tree.get("players") or {}).items()
    own = [name for name, entry in entries if isinstance(entry, dict) and "disagreement" in entry]
    if given is not None and kind not in (None, "fixed"):
        message = f"disagreement payoffs are given, but the kind is `{kind}`"
        hint = 'write kind = "fixed", or leave the payoffs out'
        remarks.error("BG316", message, ("disagreement", "payoffs"), hint, key=True)
    elif own and (given is not None or kind not in (None, "fixed")):
        path = ("players", own[0], "disagreement")
        also = "[disagreement] gives payoffs too" if given is not None else f"the kind is `{kind}`"
        message = f"a player's own disagreement payoff is given, but {also}"
        remarks.error("BG316", message, path, "leave one out", key=True)
    elif own and given is None:
        values = dict.fromkeys(own) | _own_values(players, scope, remarks)
        return _fixed(values, ("players", own[0], "disagreement"), scope, remarks)
    elif kind == "fixed":
        where = ("disagreement",) if given is None else ("disagreement", "payoffs")
        return _fixed(given or {}, where, scope, remarks)
    if "disagreement" not in tree or kind == "status_quo":
        _check_status_quo(limits, scope, domains, remarks)
    return Disagreement(kind or "status_quo", None, table.get("select") or "welfare-best")


def _fixed(values: Mapping[str, float | None], path: Path, scope: Scope, remarks: Remarks) -> Disagreement:
    for name in values:
        if scope.players and name not in scope.players:
            hint = remarks.near(name, scope.players) or f"the players are {choices(scope.players)}"
            remarks.error("BG205", f"there is no player `{shortened(name)}`", (*path, name), hint, key=True)
    missing = [name for name in scope.players if name not in values]
    if missing:
        message = f"the disagreement payoff of {choices(missing)} is missing"
        remarks.error("BG316", message, path, "give one number for every player", key=True)
    numbers = [values.get(name) for name in scope.players]
    return Disagreement("fixed", tuple(0.0 if value is None else float(value) for value in numbers))


def _own_values(players: Sequence[Player | None], scope: Scope, remarks: Remarks) -> dict[str, float | None]:
    """Return the payoffs that players give themselves; None where one cannot be read, which has been reported."""
    values: dict[str, float | None] = {}
    known = {name: value for name, value in scope.parameters.items() if value is not None}
    for each in players:
        if each is None or each.disagreement is None:
            continue
        values[each.name] = None
        if all(name.name in known for name in names(each.disagreement)):
            try:
                values[each.name] = float(evaluate(each.disagreement, known))
            except DomainError as trouble:
                message = f"the disagreement payoff of {each.name} has no value: {trouble.message}"
                place = (trouble.start, trouble.end)
                remarks.error("BG307", message, ("players", each.name, "disagreement"), inside=place)
    return values


def _check_status_quo(limits: Sequence[Constraint | None], scope: Scope, domains: Domains, remarks: Remarks) -> None:
    known = _status_quo(scope) | {name: value for name, value in scope.parameters.items() if value is not None}
    for k, limit in enumerate(limits):
        written = None if limit is None else domains.expanded(limit.expression, ("define",))
        if limit is None or written is None or any(name.name not in known for name in names(written)):
            continue
        if not _holds(written, known):
            hint = "without a deal the levers stay at the status quo, which this limit forbids"
            message = f"the status quo breaks the limit `{limit.name}`"
            remarks.warning("BG315", message, ("constraints", k, "rule"), hint)


def _status_quo(scope: Scope) -> dict[str, float]:
    return {each.name: each.code(each.status_quo) for each in scope.levers.values() if each is not None}


def _holds(condition: Expression, values: dict[str, float]) -> bool:
    """Return whether a condition holds, or is missed by rounding only."""
    try:
        match condition:
            case Logic(operator="and"):
                return all(_holds(item, values) for item in condition.items)
            case Logic():
                return any(_holds(item, values) for item in condition.items)
            case Compare() if condition.operator in ("<=", ">=", "=="):
                left, right = (float(evaluate(side, values)) for side in (condition.left, condition.right))
                near = abs(left - right) <= TOLERANCE * max(abs(left), abs(right))
                return near or arithmetic.compare(condition.operator, left, right)
            case Not() | _:
                return bool(evaluate(condition, values))
    except DomainError:
        # Where the rule has no value is reported with the rule.
        return True


def solve_options(table: dict[str, Any], remarks: Remarks) -> SolveOptions:
    """Return what to compute; solutions of a later version are left out with a warning."""
    asked: dict[str, int] = {}
    for k, rule in enumerate(table.get("solutions") or ()):
        if rule is not None:
            asked.setdefault(rule, k)
    for rule in LATER_RULES:
        if rule in asked:
            message = f"the solution `{rule}` is reserved for a later version and not used"
            remarks.warning("BG015", message, ("solve", "solutions", asked.pop(rule)))
    default = SolveOptions()
    lotteries, grid = table.get("lotteries"), table.get("grid")
    return SolveOptions(
        tuple(asked) or default.solutions,
        default.lotteries if lotteries is None else lotteries,
        table.get("compare") or default.compare,
        default.grid if grid is None else grid,
    )
