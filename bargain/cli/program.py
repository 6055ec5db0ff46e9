"""The program around the commands: how errors become messages and exit codes.

========  ==============================================================================================
exit      meaning
========  ==============================================================================================
0         an agreement was found and certified; a check passed
1         a clean negative answer: no deal, an ``[[expect]]`` rule failed, ``verify`` refuted a claim
2         bad usage or a bad scenario
3         the solver could not certify an answer within its limits; the best effort is printed and marked
70        an error in this program
130       interrupted
141       whoever read the output stopped reading
========  ==============================================================================================

Results go to standard output, everything else to standard error.  Tested in subprocesses: no input, however bad,
prints a traceback.
"""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from bargain.cli.output import remark, show_diagnostic
from bargain.errors import (
    BargainError,
    CertificateError,
    Diagnostic,
    LimitError,
    NotSolvedError,
    ScenarioError,
    UnsupportedGameError,
    UnsupportedProblemError,
)
from bargain.version import __version__

__all__ = ["BAD_INPUT", "COMMANDS", "DONE", "INTERRUPTED", "NEGATIVE", "UNCERTIFIED", "main"]

COMMANDS = (
    "solve",
    "linkage",
    "deadline",
    "offers",
    "compare",
    "enforce",
    "commit",
    "equilibria",
    "show",
    "check",
    "test",
    "verify",
    "convert",
    "domain",
    "init",
    "catalog",
    "explain",
    "schema",
)
"""The commands in the order in which a newcomer meets them; each stands in the file of its name."""

DONE, NEGATIVE, BAD_INPUT, UNCERTIFIED = 0, 1, 2, 3
_INTERNAL, INTERRUPTED, _BROKEN_PIPE = 70, 130, 141

_CODES: tuple[tuple[type[BargainError], str, int], ...] = (
    (LimitError, "BG401", UNCERTIFIED),
    (UnsupportedGameError, "BG402", BAD_INPUT),
    (UnsupportedProblemError, "BG402", BAD_INPUT),
    (NotSolvedError, "BG403", UNCERTIFIED),
    (CertificateError, "BG404", NEGATIVE),
)


class Program(click.Group):
    """A group of commands in which every exception has its message and its exit code.

    ``later`` are the names of commands that are loaded when they are asked for, and not before.
    """

    def __init__(self, *arguments: Any, later: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.later = tuple(later)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the command line for the provenance of results."""
        ctx.meta["argv"] = list(args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        name = str(args[0])
        known = self.list_commands(ctx)
        near = [] if name in known else difflib.get_close_matches(name, known, n=1)
        if near and not name.startswith("-"):
            ctx.fail(f"No such command '{name}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a newcomer meets them."""
        return list(dict.fromkeys((*self.later, *self.commands)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command that was asked for, and no other."""
        if cmd_name in self.later and cmd_name not in self.commands:
            self.add_command(getattr(import_module(f"bargain.cli.{cmd_name}"), cmd_name))
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn exceptions into messages and exit codes."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            _stop_writing()
            ctx.exit(_BROKEN_PIPE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except Exception as trouble:
            _report(ctx, trouble)


def _report(ctx: click.Context, trouble: Exception) -> NoReturn:
    if ctx.meta.get("debug"):
        remark(traceback.format_exc().rstrip())
    if isinstance(trouble, ScenarioError):
        for diagnostic in trouble.diagnostics:
            show_diagnostic(diagnostic)
        ctx.exit(BAD_INPUT)
    for kind, code, status in _CODES:
        if isinstance(trouble, kind):
            show_diagnostic(Diagnostic(code, str(trouble)))
            ctx.exit(status)
    if isinstance(trouble, MemoryError):
        show_diagnostic(Diagnostic("BG401", "the machine has too little memory for this scenario"))
        ctx.exit(UNCERTIFIED)
    if isinstance(trouble, OSError):
        show_diagnostic(Diagnostic("BG090", f"the result cannot be written: {trouble.strerror or trouble}"))
        ctx.exit(BAD_INPUT)
    remark(
        f"error: this is a mistake in bargain {__version__}, not in your input: {type(trouble).__name__}: {trouble}\n"
        "Please report it with the scenario and this command line; --debug prints the details."
    )
    ctx.exit(_INTERNAL)


def _stop_writing() -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue


@click.group(cls=Program, later=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="bargain", message="%(prog)s %(version)s")
def main() -> None:
    """Bargaining over linked issues: tariffs, pledges and cost-sharing on one table.

    SOURCE is a scenario file (TOML or JSON), the name of a shipped scenario (see `bargain catalog`), or - for
    standard input.  Some commands take game files too: .nfg, .efg (Gambit) and .csv;
    and negotiation domains of GENIUS, NegMAS and NegoLog (see `bargain domain`).

    \b
    Example:
      bargain solve us-japan-2025
      bargain init my-talks.toml && bargain solve my-talks.toml

    \b
    Exit codes: 0 agreement or passed, 1 no deal or failed, 2 bad input,
    3 not certified, 130 interrupted.
    """
