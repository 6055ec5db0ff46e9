"""``bargain init``: a scenario of one's own that solves at once."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bargain.cli import options
from bargain.cli.output import deliver, remark, write_file
from bargain.errors import Diagnostic, ScenarioError

__all__ = ["SHIPPED", "TEMPLATES", "init", "template"]

SHIPPED = {"us-japan": "us-japan-2025", "three-country": "us-japan-korea"}
"""Templates that are copies of shipped scenarios."""

TEMPLATES = (*SHIPPED, "two-issue", "matrix")


@click.command(short_help="Start a scenario of your own.")
@click.argument("target", metavar="[DIR|FILE.toml]", default=".")
@click.option(
    "--template",
    "name",
    type=options.Choice(TEMPLATES),
    default="two-issue",
    show_default=True,
    help="What to start from.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@options.quiet_color_debug
@click.pass_context
def init(ctx: click.Context, target: str, name: str, force: bool) -> None:
    """Write a scenario that is ready to solve and to change.

    \b
    Example:
      bargain init my-talks.toml --template us-japan
      bargain solve my-talks.toml
    """
    path = _place(target, name)
    if path.exists() and not force:
        hint = "choose another name, or replace it with --force"
        raise ScenarioError([Diagnostic("BG092", f"`{path}` exists already", hint=hint)])
    _make_folder(path.parent)
    write_file(str(path), template(name))
    deliver(f"{path}\n")
    if not ctx.meta.get("quiet"):
        again = shlex.quote(str(path))
        remark(f"Next: bargain solve {again} | bargain show {again}")


def template(name: str) -> str:
    """Return the text of a template."""
    from importlib.resources import files

    from bargain import catalog

    if name in SHIPPED:
        return catalog.find(SHIPPED[name]).read_text(encoding="utf-8")
    return (files("bargain.cli") / "templates" / f"{name}.toml").read_text(encoding="utf-8")


def _place(target: str, name: str) -> Path:
    path = Path(target)
    return path if path.suffix == ".toml" and not path.is_dir() else path / f"{name}.toml"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        message = f"cannot make the folder `{folder}`: {trouble.strerror}"
        raise ScenarioError([Diagnostic("BG090", message)]) from trouble
