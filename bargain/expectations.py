"""The ``[[expect]]`` rules of a scenario, checked against what was solved.

A rule is a condition over dotted names such as ``gain.US`` or ``linkage.total``.  It is read by the formula reader
and evaluated in plain Python, so that a scenario is a test of its own and of the solvers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bargain.equilibria.selection import select
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.results import Deadline, Equilibria, ExpectationResult, Linkage, Offers, Report, Solution
from bargain.results.enforcement import Enforcement
from bargain.scenario.document import Document, Expectation
from bargain.scenario.expression import DomainError, evaluate, names

__all__ = ["Sources", "expectations"]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where numbers come from that the report does not hold yet; each is called only when a rule reads them."""

    solve: Callable[[str], Solution]
    linkage: Callable[[], Linkage]
    equilibria: Callable[[], Equilibria]
    enforcement: Callable[[], Enforcement]
    offers: Callable[[], Offers] | None = None
    deadline: Callable[[], Deadline] | None = None


def expectations(document: Document, report: Report, sources: Sources) -> tuple[ExpectationResult, ...]:
    """Check every rule of ``document`` against ``report``, solving more where a rule reads more."""
    read = {node.name for rule in document.expectations for node in names(rule.expression)}
    known: dict[str, Any] = {parameter.name: parameter.value for parameter in document.parameters}
    if report.solution is not None:
        known |= _facts(document, report, report.solution, sources, read)
    return tuple(_check(rule, known) for rule in document.expectations)


def _check(rule: Expectation, known: Mapping[str, Any]) -> ExpectationResult:
    values: dict[str, Any] = {node.name: known.get(node.name) for node in names(rule.expression)}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        return ExpectationResult(rule.name, rule.source, False, values, rule.line, f"no value for {', '.join(missing)}")
    try:
        return ExpectationResult(rule.name, rule.source, bool(evaluate(rule.expression, values)), values, rule.line)
    except DomainError as trouble:
        return ExpectationResult(rule.name, rule.source, False, values, rule.line, str(trouble))


def _facts(
    document: Document, report: Report, solution: Solution, sources: Sources, wanted: Collection[str]
) -> dict[str, Any]:
    """Return every number that a rule may read, by its dotted name."""
    players = document.player_names
    facts: dict[str, Any] = {"status": solution.status.value, **_outcome("", solution, players)}
    facts |= _per_player("disagreement", players, report.disagreement.payoffs)
    solved = {each.rule: each for each in (solution, *report.alternatives)}
    for prefix in sorted({name.split(".")[0] for name in wanted if name.count(".") == 2}):
        rule = prefix.replace("_", "-")
        facts |= _outcome(f"{prefix}.", solved[rule] if rule in solved else sources.solve(rule), players)
    if any(name.startswith("linkage.") for name in wanted):
        worth = report.linkage if report.linkage is not None else sources.linkage()
        facts |= {"linkage.total": worth.total, **_per_player("linkage", players, worth.value)}
    if any(name.startswith(("equilibria.", "equilibrium.")) for name in wanted):
        found = report.equilibria if report.equilibria is not None else sources.equilibria()
        facts |= {"equilibria.count": float(len(found)), "equilibria.complete": 1.0 if found.complete else 0.0}
        # Without a selected equilibrium the rule fails for want of a value, and says so.
        with suppress(NotSolvedError, UnsupportedGameError):
            facts |= _per_player("equilibrium", players, select(found, document.disagreement.select).payoffs)
    for what, source in (("offers", sources.offers), ("deadline", sources.deadline)):
        if source is not None and any(name.startswith(f"{what}.") for name in wanted):
            # Without a clock, or with several equilibria, the rule fails for want of a value.
            with suppress(NotSolvedError, ValueError):
                facts |= _per_player(what, players, source().payoffs or ())
    if any(name.startswith(("critical.", "enforced.", "enforced_apart.")) for name in wanted):
        known = report.enforcement
        # The report on a deal has the linked incentives only.
        facts |= _kept(known if known is not None and known.separate else sources.enforcement())
    return facts


def _kept(found: Enforcement) -> dict[str, Any]:
    """Return critical factors, 1 where no factor below 1 is enough, and payoffs of the best self-enforcing deals."""
    factors = {"linked": found.critical, "separate": found.critical_separate if found.separate else None}
    factors |= {each.player: each.critical for each in found.linked}
    known = {name: 1.0 if factor is None else float(factor) for name, factor in factors.items()}
    facts: dict[str, Any] = {f"critical.{name}": factor for name, factor in known.items()}
    for deal in found.best:
        facts |= _per_player("enforced" if deal.linked else "enforced_apart", found.players, deal.solution.payoffs)
    return facts


def _per_player(prefix: str, players: Sequence[str], values: Sequence[Any]) -> dict[str, float]:
    return {f"{prefix}.{player}": float(value) for player, value in zip(players, values, strict=True)}


def _outcome(prefix: str, solution: Solution, players: Sequence[str]) -> dict[str, Any]:
    facts: dict[str, Any] = _per_player(f"{prefix}payoff", players, solution.payoffs)
    facts |= _per_player(f"{prefix}gain", players, solution.gains)
    if solution.deal is not None:
        for levers in solution.deal.values():
            facts |= {f"{prefix}deal.{lever}": level for lever, level in levers.items()}
    return facts
