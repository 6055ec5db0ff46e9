"""``bargain test``: a scenario's own ``[[expect]]`` rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from bargain.cli import options
from bargain.cli.output import deliver
from bargain.cli.program import DONE, NEGATIVE
from bargain.cli.source import read_source

if TYPE_CHECKING:
    from bargain.results import ExpectationResult
    from bargain.scenario.document import Document

__all__ = ["rule_lines", "run_rules", "test"]

Outcome = tuple["Document", "tuple[ExpectationResult, ...]"]


@click.command(short_help="A scenario's own [[expect]] rules.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@options.overrides_option
@options.format_option(("text", "json"))
@options.output_option
@options.quiet_color_debug
@click.pass_context
def test(
    ctx: click.Context, sources: Sequence[str], overrides: Mapping[str, Any], format: str, output: str | None
) -> None:
    """Solve scenarios and check their [[expect]] rules; exit code 1 if one fails.

    \b
    Example:
      bargain test us-japan-2025
      bargain test scenarios/*.toml
    """
    outcomes = [(document, run_rules(document)) for document in (read_source(each, overrides) for each in sources)]
    deliver(_WRITERS[format](outcomes), output)
    ctx.exit(DONE if all(rule.holds for _, rules in outcomes for rule in rules) else NEGATIVE)


def run_rules(document: Document) -> tuple[ExpectationResult, ...]:
    """Solve what the rules of a scenario read, and check them."""
    from bargain.pipeline import Scenario, run

    return run(Scenario(document), document.solve.solutions[:1], equilibria=False, linkage=False).expectations


def rule_lines(rules: Sequence[ExpectationResult]) -> list[str]:
    """Return a line per rule, and for one that fails the numbers that it read."""
    lines: list[str] = []
    for rule in rules:
        where = f" (line {rule.line})" if rule.line is not None else ""
        lines.append(f"  {'ok    ' if rule.holds else 'FAILED'}  {rule.name}{where}: {rule.rule}")
        if not rule.holds:
            read = rule.error or ", ".join(f"{name} = {value}" for name, value in rule.values.items())
            lines.append(f"          {read}")
    return lines


def _text(outcomes: Sequence[Outcome]) -> str:
    lines: list[str] = []
    for document, rules in outcomes:
        held = sum(rule.holds for rule in rules)
        verdict = f"{held} of {len(rules)} rules hold" if rules else "no [[expect]] rules to check"
        lines += [f"{document.file or document.id}: {verdict}", *rule_lines(rules)]
    return "\n".join(lines) + "\n"


def _json(outcomes: Sequence[Outcome]) -> str:
    from bargain.reports.json import dumps

    files = [{"scenario": each.id, "file": each.file, "expectations": rules} for each, rules in outcomes]
    return dumps({"schema": "bargain-test-1", "files": files})


_WRITERS: dict[str, Callable[[Sequence[Outcome]], str]] = {"text": _text, "json": _json}
