"""What a tree means: the checks that need more than one entry, and the frozen document that comes out.

The order is that of the file: players, issues and levers, parameters, definitions, payoffs, limits, disagreement,
rules.  Each step reports everything that it finds and goes on with what it could read, so that one round mends a file.
Tested with one file per mistake, and by the shipped scenarios.
"""

from __future__ import annotations

from typing import Any

from bargain.scenario.agreement import constraint, disagreement, player, solve_options
from bargain.scenario.document import Definition, Document, Issue, Lever, Parameter, PayoffEntry
from bargain.scenario.domains import Domains
from bargain.scenario.expression import names
from bargain.scenario.levels import lever
from bargain.scenario.names import Scope, declared, lever_tables
from bargain.scenario.references import formula_in_scope
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened
from bargain.scenario.structure import checked_structure
from bargain.scenario.tables import MAX_CELLS, payoff_table, table_text
from bargain.scenario.timing import enforcement, timing
from bargain.scenario.vocabulary import expectation

__all__ = ["check"]

MAX_LEVERS = 256
MAX_LEVELS = 100_000
MAX_CHARACTERS = 300_000
"""The largest number of characters of all formulas of a file; reading them takes some seconds."""


def check(tree: dict[str, Any], remarks: Remarks) -> Document:
    """Return the document that a canonical tree stands for.

    Raises
    ------
    ScenarioError
        Everything that is wrong, with places as far as ``remarks`` knows them.
    """
    sound = checked_structure(tree, remarks)
    _limit_formulas(sound, remarks)
    scope = declared(sound, remarks)
    issues = _issues(sound, scope, remarks)
    parameters = _parameters(sound, scope, remarks)
    definitions = _definitions(sound, scope, remarks)
    domains = Domains(scope, remarks)
    payoffs = _payoffs(sound, issues, domains, scope, remarks)
    limits = [constraint(table, path, domains, scope, remarks) for path, table in _rows(sound, "constraints")]
    players = [player(name, table, scope, remarks) for name, table in (sound.get("players") or {}).items()]
    point = disagreement(sound, players, limits, scope, domains, remarks)
    rules = [expectation(table, path, scope, remarks) for path, table in _rows(sound, "expect")]
    options = solve_options(sound.get("solve") or {}, remarks)
    clock = timing(sound.get("time"), scope, remarks)
    breach = enforcement(sound.get("enforcement"), scope, remarks)
    _warn_of_unused(sound, scope, payoffs, domains, remarks)
    remarks.stop()
    about = tree["scenario"]
    return Document(
        id=about["id"],
        title=about["title"],
        units=about.get("units", ""),
        description=about.get("description", ""),
        sources=tuple(about.get("sources", ())),
        players=tuple(each for each in players if each is not None),
        issues=tuple(issues.values()),
        parameters=parameters,
        definitions=definitions,
        payoffs=payoffs,
        constraints=tuple(each for each in limits if each is not None),
        disagreement=point,
        solve=options,
        expectations=tuple(each for each in rules if each is not None),
        tree=tree,
        warnings=remarks.all(),
        file=remarks.source.file,
        time=clock,
        enforcement=breach,
    )


def _limit_formulas(tree: dict[str, Any], remarks: Remarks) -> None:
    """Refuse a file whose formulas together would take long to read."""
    formulas = [*(tree.get("define") or {}).values()]
    formulas += [entry for table in (tree.get("payoffs") or {}).values() for entry in (table or {}).values()]
    formulas += [row.get("rule") for section in ("constraints", "expect") for _, row in _rows(tree, section)]
    formulas += [player.get("disagreement") for player in (tree.get("players") or {}).values() if player]
    characters = sum(len(formula) for formula in formulas if isinstance(formula, str))
    if characters > MAX_CHARACTERS:
        message = f"the formulas have {characters} characters in all; at most {MAX_CHARACTERS} are allowed"
        remarks.error("BG014", message, (), "name parts that several formulas share in [define]")
        remarks.stop()


def _rows(tree: dict[str, Any], section: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the tables of an array with their paths; one that is spoilt is empty."""
    return [((section, k), table or {}) for k, table in enumerate(tree.get(section) or ())]


def _issues(tree: dict[str, Any], scope: Scope, remarks: Remarks) -> dict[str, Issue]:
    """Return the issues; those of which a lever is spoilt have only the others."""
    if not _within_limits(tree, scope, remarks):
        return {}
    issues: dict[str, Issue] = {}
    for name, table in (tree.get("issues") or {}).items():
        if not isinstance(table, dict):
            continue
        levers: list[Lever] = []
        for lever_name, path, entry in lever_tables(name, table):
            if isinstance(entry, dict):
                _check_player(entry.get("set_by"), (*path, "set_by"), scope, remarks)
                made = lever(lever_name, name, entry, path, remarks)
                scope.levers[lever_name] = made
                levers += [made] if made is not None else []
        parties = _parties(table, ("issues", name, "parties"), scope, remarks)
        issues[name] = Issue(name, table.get("label") or name, tuple(levers), parties)
    return issues


def _within_limits(tree: dict[str, Any], scope: Scope, remarks: Remarks) -> bool:
    count = sum(len(levers) for levers in scope.issues.values())
    levels = 0
    for name, issue in (tree.get("issues") or {}).items():
        for _, _, table in lever_tables(name, issue):
            if isinstance(table, dict):
                levels += max(table.get("steps") or 0, len(table.get("levels") or ()))
    if count > MAX_LEVERS:
        message = f"the scenario has {count} levers; at most {MAX_LEVERS} are allowed"
        remarks.error("BG014", message, ("issues",), key=True)
    if levels > MAX_LEVELS:
        message = f"the levers have {levels} levels in all; at most {MAX_LEVELS} are allowed"
        remarks.error("BG014", message, ("issues",), "use fewer `steps`, or leave them out", key=True)
    return count <= MAX_LEVERS and levels <= MAX_LEVELS


def _check_player(name: str | None, path: Path, scope: Scope, remarks: Remarks, *, key: bool = False) -> bool:
    if name is None or name in scope.players:
        return name is not None
    if scope.players:
        hint = remarks.near(name, scope.players) or f"the players are {choices(scope.players)}"
        remarks.error("BG205", f"there is no player `{shortened(name)}`", path, hint, key=key)
    return False


def _parties(table: dict[str, Any], path: Path, scope: Scope, remarks: Remarks) -> tuple[str, ...]:
    given = table.get("parties")
    if given is None:
        return tuple(scope.players)
    known = [_check_player(name, (*path, k), scope, remarks) for k, name in enumerate(given)]
    if all(known) and len(set(given)) < len(given):
        remarks.error("BG202", "a player is named twice", path, "name each party once")
    return tuple(name for name in scope.players if name in given)


def _parameters(tree: dict[str, Any], scope: Scope, remarks: Remarks) -> tuple[Parameter, ...]:
    found = []
    for name, entry in (tree.get("parameters") or {}).items():
        if entry is None:
            continue
        table = entry if isinstance(entry, dict) else {"value": entry}
        value, limits = table.get("value"), table.get("range")
        if value is None:
            continue
        if name in scope.parameters:
            scope.parameters[name] = float(value)
        low = high = None
        if limits is not None and None not in limits:
            low, high = (float(end) for end in limits)
            _check_range(name, float(value), low, high, table.get("unit") or "", remarks)
        words = {key: table.get(key) or "" for key in ("label", "unit", "source")}
        found.append(Parameter(name, float(value), low, high, **words))
    return tuple(found)


def _check_range(name: str, value: float, low: float, high: float, unit: str, remarks: Remarks) -> None:
    path = ("parameters", name)
    limits = f"{low:.10g} to {f'{high:.10g} {unit}'.rstrip()}"
    if low > high:
        message = f"the range of `{name}` runs from {limits}"
        remarks.error("BG301", message, (*path, "range"), f"write `range = [{high:.10g}, {low:.10g}]`")
    elif not low <= value <= high:
        message = f"`{name}` is {f'{value:.10g} {unit}'.rstrip()}, outside its range"
        remarks.error("BG303", message, (*path, "value"), f"its range is {limits}")


def _definitions(tree: dict[str, Any], scope: Scope, remarks: Remarks) -> tuple[Definition, ...]:
    found = []
    for name, formula in (tree.get("define") or {}).items():
        made = None if formula is None else formula_in_scope(formula, ("define", name), "number", scope, remarks)
        scope.definitions[name] = made
        if made is not None:
            found.append(Definition(name, made, formula))
    return tuple(found)


def _payoffs(
    tree: dict[str, Any], issues: dict[str, Issue], domains: Domains, scope: Scope, remarks: Remarks
) -> tuple[PayoffEntry, ...]:
    found: list[PayoffEntry | None] = []
    cells = 0
    for name, table in (tree.get("payoffs") or {}).items():
        if not _check_player(name, ("payoffs", name), scope, remarks, key=True) or table is None:
            continue
        for heading, entry in table.items():
            path = ("payoffs", name, heading)
            if entry is None or not _check_heading(name, heading, path, issues, scope, remarks):
                continue
            made = _payoff(name, heading, entry, issues.get(heading), domains, scope, remarks)
            found.append(made)
            cells += len(made.table.values) if made is not None and made.table is not None else 0
    if cells > MAX_CELLS:
        message = f"the tables have {cells} payoffs; at most {MAX_CELLS} are allowed"
        remarks.error("BG014", message, ("payoffs",), key=True)
    order = {name: k for k, name in enumerate(scope.players)}
    return tuple(sorted((entry for entry in found if entry is not None), key=lambda entry: order[entry.player]))


def _check_heading(
    name: str, heading: str, path: Path, issues: dict[str, Issue], scope: Scope, remarks: Remarks
) -> bool:
    if heading == "joint":
        return True
    if heading not in scope.issues:
        if scope.issues:
            owner = next((issue for issue, levers in scope.issues.items() if heading in levers), None)
            hint = f"`{heading}` is a lever of the issue `{owner}`" if owner else ""
            hint = hint or remarks.near(heading, [*scope.issues, "joint"])
            headings = dict.fromkeys([*scope.issues, "joint"])
            if not hint:
                hint = f"the headings are {choices(headings)}"
                hint += "" if "joint" in hint else "; what reads several issues goes under `joint`"
            remarks.error("BG206", f"there is no issue `{shortened(heading)}`", path, hint, key=True)
        return False
    issue = issues.get(heading)
    if issue is not None and issue.parties and name not in issue.parties:
        hint = f"its parties are {choices(issue.parties)}"
        remarks.error("BG313", f"`{name}` is not a party to `{heading}` and has no payoff there", path, hint, key=True)
        return False
    return True


def _payoff(
    name: str, heading: str, entry: Any, issue: Issue | None, domains: Domains, scope: Scope, remarks: Remarks
) -> PayoffEntry | None:
    path = ("payoffs", name, heading)
    if isinstance(entry, dict):
        if heading == "joint":
            hint = "write `joint` as a formula, for example \"0.5 if access == 'open' else 0\""
            remarks.error("BG310", "a table stands under an issue, not under `joint`", path, hint, key=True)
            return None
        if issue is None or len(issue.levers) < len(scope.issues[heading]):
            return None
        scope.used.update(each.name for each in issue.levers)
        table = payoff_table(entry, issue.levers, path, remarks)
        return None if table is None else PayoffEntry(name, heading, table_text(entry), table=table)
    made = formula_in_scope(entry, path, "number", scope, remarks)
    if made is None:
        return None
    domains.check(made, path, f"the payoff of {name}")
    return PayoffEntry(name, heading, entry if isinstance(entry, str) else repr(entry), made)


def _warn_of_unused(
    tree: dict[str, Any], scope: Scope, payoffs: tuple[PayoffEntry, ...], domains: Domains, remarks: Remarks
) -> None:
    """Warn of names that nothing reads; only when everything could be read."""
    if not scope.readable or not scope.complete or remarks.errors:
        return
    for section, known in (("parameters", scope.parameters), ("define", scope.definitions)):
        for name in known:
            if name not in scope.used:
                kind = "parameter" if section == "parameters" else "definition"
                hint = remarks.near(name, sorted(scope.used)) or "use it in a formula, or leave it out"
                remarks.warning("BG304", f"the {kind} `{name}` is not used", (section, name), hint, key=True)
    read: set[str] = set()
    for entry in payoffs:
        read.update(entry.table.levers if entry.table is not None else ())
        written = domains.expanded(entry.expression, ("define",)) if entry.expression is not None else None
        read.update(name.name for name in names(written) if name.name in scope.levers) if written is not None else None
    for issue, table in (tree.get("issues") or {}).items():
        for name, path, _ in lever_tables(issue, table):
            if name not in read:
                message = f"no payoff reads the lever `{name}`"
                remarks.warning("BG305", message, path, "nobody gains by moving it", key=True)
    for name in scope.players:
        if not any(entry.player == name for entry in payoffs):
            hint = f"write `[payoffs.{name}]`; without it, `{name}` does not care"
            remarks.warning("BG306", f"the player `{name}` has no payoffs", ("players", name), hint, key=True)
