"""What the solving commands share: which rules to run, what to record, and what the exit code says.

This module is imported by commands when they run; it needs the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bargain.cli.program import DONE, NEGATIVE, UNCERTIFIED
from bargain.results import Status

if TYPE_CHECKING:
    # Names of types: a small game is solved without loading the records of deals.
    from bargain.results import Equilibria, Report, Solution
    from bargain.scenario.document import Document

__all__ = ["equilibria_exit_code", "exit_code", "marked", "rules", "with_command_line"]


def rules(document: Document, headline: str | None) -> tuple[str, ...]:
    """Return the scenario's rules with ``headline`` first."""
    wanted = document.solve.solutions
    return wanted if headline is None else (headline, *(rule for rule in wanted if rule != headline))


def with_command_line(report: Report, ctx: click.Context, changes: Mapping[str, Any] | None = None) -> Report:
    """Return the report with the command line in its provenance, and what it changed in the scenario."""
    known = {"argv": ctx.meta.get("argv", []), "changes": dict(changes or {})}
    return replace(report, provenance={**report.provenance, **known})


def exit_code(solution: Solution | None) -> int:
    """Return 0 for a certified deal, 1 for no deal, 3 for an answer that is not certified."""
    if solution is None or solution.status in (Status.FAILED, Status.LIMIT):
        return UNCERTIFIED
    if solution.certificate is not None and not solution.certificate.holds:
        return UNCERTIFIED
    return DONE if solution.agreed else NEGATIVE


def enforced_exit_code(report: Report) -> int:
    """Return the code of the best self-enforcing deal with linked enforcement, or of the deal when none was wanted."""
    found = report.enforcement
    if found is not None and found.best:
        return exit_code(found.best[0].solution)
    return exit_code(report.solution)


def equilibria_exit_code(found: Equilibria) -> int:
    """Return 0 when there are equilibria, 1 when it is proved that there are none of the kind, else 3."""
    if len(found):
        return DONE
    return NEGATIVE if found.complete else UNCERTIFIED


def marked(found: Equilibria, interrupted: bool) -> Equilibria:
    """Return the equilibria with a note that the search was interrupted, where it was not complete before."""
    if not interrupted or found.complete:
        return found
    return replace(found, notes=(*found.notes, "interrupted: these are the equilibria that were proved until then"))
