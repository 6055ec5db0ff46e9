"""``bargain verify``: a stored result, checked again by code that shares nothing with the solvers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bargain.cli import options
from bargain.cli.games import game_kind, read_game_source
from bargain.cli.output import deliver
from bargain.cli.program import DONE, NEGATIVE
from bargain.errors import Diagnostic, ScenarioError

if TYPE_CHECKING:
    from bargain.results import Certificate

__all__ = ["verify"]

_SCHEMAS = ("bargain-result-1", "bargain-equilibria-1")

_MAX_BYTES = 64 * 2**20


@click.command(short_help="Check a stored result again.")
@click.argument("result", metavar="RESULT.json")
@click.option(
    "--game", "source", metavar="FILE", help="The game's file (.nfg, .efg, .csv), when the result holds no payoffs."
)
@options.format_option(("text", "json"))
@options.output_option
@options.quiet_color_debug
@click.pass_context
def verify(ctx: click.Context, result: str, source: str | None, format: str, output: str | None) -> None:
    """Check a stored result again; exit code 1 if a claim is refuted.

    A claim that is too large to be checked says so: it is neither refuted, nor does it hold.  What no check reads, such
    as notes, is listed at the end.

    \b
    Example:
      bargain solve us-japan-2025 --format json -o deal.json
      bargain verify deal.json
      bargain equilibria large.nfg --format json -o large.json
      bargain verify large.json --game large.nfg
    """
    stored = _stored(result)
    game = None if source is None else _game(source, stored)
    from bargain.certificates.check import verify as check

    try:
        certificates = check(stored, game)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as trouble:
        _refuse(result, f"`{result}` is damaged: {type(trouble).__name__}: {trouble}")
    from bargain.certificates.unread import unread

    # Results of games have no parts that are left unread.
    left_out = unread(stored) if stored["schema"] == _SCHEMAS[0] else ()
    deliver(_WRITERS[format](certificates, left_out), output)
    ctx.exit(NEGATIVE if any(certificate.refuted for certificate in certificates) else DONE)


def _game(source: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a game file, for a result of a game."""
    kind = game_kind(source)
    if kind is None:
        raise click.BadParameter(f"'{source}' does not end with .nfg, .efg or .csv.", param_hint="--game")
    if stored["schema"] != _SCHEMAS[1]:
        raise click.UsageError("--game goes with results of game files; this result holds its scenario.")
    from bargain.games.interchange.stored import game_content

    return game_content(read_game_source(source, kind).game)


def _stored(name: str) -> dict[str, Any]:
    try:
        stored = json.loads(_bytes(name).decode("utf-8-sig"), parse_constant=_refused)
    except OSError as trouble:
        _refuse(name, f"cannot read `{name}`: {trouble.strerror}")
    except (ValueError, RecursionError) as trouble:
        _refuse(name, f"`{name}` is not JSON: {trouble}")
    if not isinstance(stored, dict) or stored.get("schema") not in _SCHEMAS:
        known = " or ".join(f'`"schema": "{schema}"`' for schema in _SCHEMAS)
        _refuse(name, f"`{name}` is not a result of bargain: it has no {known}")
    return stored


def _bytes(name: str) -> bytes:
    if name == "-":
        if sys.stdin is None:
            _refuse(name, "standard input is closed")
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        path = Path(name)
        # A device or a pipe could be read for ever.
        if path.exists() and not path.is_file():
            _refuse(name, f"`{name}` is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        _refuse(name, f"`{name}` is larger than {_MAX_BYTES // 2**20} MiB, more than any result")
    return content


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def _refuse(name: str, message: str) -> NoReturn:
    hint = "store one with `bargain solve SOURCE --format json -o RESULT.json`"
    raise ScenarioError([Diagnostic("BG091", message, hint=hint)]) from None


def _text(certificates: Sequence[Certificate], left_out: Sequence[str]) -> str:
    lines = [_line(certificate) for certificate in certificates]
    refuted = sum(certificate.refuted for certificate in certificates)
    count = sum(certificate.checked for certificate in certificates)
    left = len(certificates) - count
    verdict = f"REFUTED {refuted} of {count} claims." if refuted else f"All {count} claims hold."
    if left:
        verdict = verdict.replace("claims", "claims that were checked") + f" Not checked: {left}."
    unread = [f"Not read: {'; '.join(left_out)}."] if left_out else []
    return "\n".join([*lines, *unread, verdict]) + "\n"


def _line(certificate: Certificate) -> str:
    if certificate.holds:
        return f"holds    {certificate.claim} (gap {certificate.gap:.1e})"
    if not certificate.checked:
        return f"open     {certificate.claim} (not checked: {certificate.method})"
    gap = f"gap {certificate.gap:.3g} > {certificate.tolerance:.3g}, {certificate.unit}"
    line = f"REFUTED  {certificate.claim} ({gap})"
    return line if certificate.witness is None else f"{line}\n         witness: {certificate.witness}"


def _json(certificates: Sequence[Certificate], left_out: Sequence[str]) -> str:
    from bargain.reports.json import certificate_tree, dumps

    holds = not any(certificate.refuted for certificate in certificates)
    claims = [{**certificate_tree(certificate), "checked": certificate.checked} for certificate in certificates]
    checked = all(each.checked for each in certificates)
    return dumps({"holds": holds, "checked": checked, "claims": claims, "not_read": list(left_out)})


_WRITERS: dict[str, Callable[[Sequence[Certificate], Sequence[str]], str]] = {"text": _text, "json": _json}
