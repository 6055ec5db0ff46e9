"""``bargain check``: every mistake of a scenario at once, without solving anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from bargain.cli import options
from bargain.cli.domains import domain_document, is_domain
from bargain.cli.games import game_kind, read_game_source, without_overrides
from bargain.cli.output import deliver, show_diagnostic
from bargain.cli.program import BAD_INPUT, DONE, NEGATIVE
from bargain.cli.source import resolve
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.games.interchange.records import GameFile
    from bargain.results import ExpectationResult
    from bargain.scenario.document import Document

__all__ = ["check"]


@click.command(short_help="Every mistake in a scenario at once.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@options.overrides_option
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--expect", is_flag=True, help="Also solve and check the [[expect]] rules; exit code 1 if one fails.")
@options.format_option(("text", "json", "github"))
@options.output_option
@options.quiet_color_debug
@click.pass_context
def check(
    ctx: click.Context,
    sources: Sequence[str],
    overrides: dict[str, object],
    strict: bool,
    expect: bool,
    format: str,
    output: str | None,
) -> None:
    """Report every mistake in scenario files, and the first in game files, with the place and what would be right.

    \b
    Example:
      bargain check talks.toml
      bargain check --strict --format github scenarios/*.toml
    """
    checked = [_read(source, overrides) for source in sources]
    if format == "text":
        _show(ctx, [diagnostic for each in checked for diagnostic in each.diagnostics])
    if expect:
        checked = [_with_rules(each) for each in checked]
    deliver(_WRITERS[format](checked), output)
    ctx.exit(max(_exit_code(each, strict) for each in checked))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about one source; ``rules`` are its ``[[expect]]`` rules where they were run."""

    source: str
    document: Document | None
    diagnostics: tuple[Diagnostic, ...]
    rules: tuple[ExpectationResult, ...] = ()
    game: GameFile | None = None

    @property
    def usable(self) -> bool:
        """Whether the source could be read."""
        return self.document is not None or self.game is not None


def _read(source: str, overrides: dict[str, object]) -> Checked:
    try:
        kind = game_kind(source)
        if kind is not None:
            without_overrides(overrides)
            return Checked(source, None, (), game=read_game_source(source, kind))
        if is_domain(source):
            made = domain_document((source,), overrides)
            return Checked(source, made, made.warnings)
        place = resolve(source)
        from bargain.scenario.read import read

        document = read(place, overrides or None)
    except ScenarioError as trouble:
        return Checked(source, None, trouble.diagnostics)
    return Checked(source, document, document.warnings)


def _with_rules(checked: Checked) -> Checked:
    from bargain.cli.test import run_rules

    return checked if checked.document is None else replace(checked, rules=run_rules(checked.document))


def _show(ctx: click.Context, diagnostics: Sequence[Diagnostic]) -> None:
    for diagnostic in diagnostics:
        if diagnostic.severity == "error" or not ctx.meta.get("quiet"):
            show_diagnostic(diagnostic)


def _exit_code(checked: Checked, strict: bool) -> int:
    if any(strict or diagnostic.severity == "error" for diagnostic in checked.diagnostics):
        return BAD_INPUT
    return DONE if all(rule.holds for rule in checked.rules) else NEGATIVE


def _text(checked: Sequence[Checked]) -> str:
    from bargain.cli.test import rule_lines

    lines = [line for each in checked for line in (_headline(each), *rule_lines(each.rules))]
    return "\n".join(lines) + "\n"


def _headline(checked: Checked) -> str:
    # A file's name may hold a line break, which must not begin a line of its own.
    source = checked.source.replace("\n", "\\n").replace("\r", "\\r")
    return f"{source}: {_verdict(checked)}"


def _verdict(checked: Checked) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in checked.diagnostics)
    counts = [(errors, "error"), (len(checked.diagnostics) - errors, "warning")]
    found = ", ".join(_counted(count, noun) for count, noun in counts if count)
    if checked.game is not None:
        game = checked.game.game
        return f"ok ({_counted(game.num_players, 'player')}, {' x '.join(map(str, game.num_actions))} actions)"
    if checked.document is None:
        return found
    parts = ("players", "issues", "levers", "parameters", "constraints", "expectations")
    sizes = [(len(getattr(checked.document, part)), part.removesuffix("s")) for part in parts]
    size = ", ".join(_counted(count, noun) for count, noun in sizes if count)
    return f"ok ({size})" + (f"; {found}" if found else "")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _json(checked: Sequence[Checked]) -> str:
    from bargain.reports.json import dumps

    files = [
        {
            "source": each.source,
            "ok": each.usable,
            "diagnostics": [diagnostic.as_dict() for diagnostic in each.diagnostics],
            "expectations": each.rules,
        }
        for each in checked
    ]
    return dumps({"schema": "bargain-check-1", "files": files})


def _github(checked: Sequence[Checked]) -> str:
    found = [(each.source, diagnostic) for each in checked for diagnostic in each.diagnostics]
    found += [(each.source, _failed(each, rule)) for each in checked for rule in each.rules if not rule.holds]
    return "".join(f"{_annotation(source, diagnostic)}\n" for source, diagnostic in found)


def _failed(checked: Checked, rule: ExpectationResult) -> Diagnostic:
    message = f"expectation `{rule.name}` does not hold: {rule.rule}"
    return Diagnostic("expect", message, file=checked.source, line=rule.line, column=1)


def _annotation(source: str, diagnostic: Diagnostic) -> str:
    """Return a workflow command; its syntax wants percent signs and line breaks escaped."""
    message = f"{diagnostic.message}. {diagnostic.hint}" if diagnostic.hint else diagnostic.message
    message = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    place = f",line={diagnostic.line},col={diagnostic.column}" if diagnostic.line is not None else ""
    file = (diagnostic.file or source).replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    file = file.replace("\r", "%0D").replace("\n", "%0A")
    return f"::{diagnostic.severity} file={file}{place},title={diagnostic.code}::{message}"


_WRITERS: dict[str, Callable[[Sequence[Checked]], str]] = {"text": _text, "json": _json, "github": _github}
