"""Negotiation domains on the command line: which sources are domains, and how they become scenarios.

Imports of numerical code wait until a domain is read, so that a command on a scenario does not load it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bargain.errors import Diagnostic

if TYPE_CHECKING:
    from bargain.games.interchange.domain import Domain
    from bargain.scenario.document import Document

__all__ = ["domain_document", "is_domain", "normalise_option", "read_domain_sources", "steps_option"]

_ENDINGS = (".xml", ".json", ".yaml", ".yml")
_LISTED = 2000

Command = TypeVar("Command", bound=Callable[..., Any])


def is_domain(*sources: str) -> bool:
    """Return whether sources are a domain: several files, an .xml file, or a folder with files of a domain."""
    if len(sources) != 1:
        return True
    (source,) = sources
    if source.lower().endswith(".xml"):
        return True
    try:
        if not Path(source).is_dir():
            return False
        endings = {entry.suffix.lower() for entry in sorted(Path(source).iterdir())[:_LISTED]}
    except (OSError, ValueError):
        return False
    return ".toml" not in endings and not endings.isdisjoint(_ENDINGS)


def read_domain_sources(sources: Sequence[str], steps: int | None = None, normalise_weights: bool = False) -> Domain:
    """Read a domain from a folder or from its files.

    Raises
    ------
    ScenarioError
        All that is wrong in the files.
    """
    from bargain.games.interchange.domain import STEPS
    from bargain.games.interchange.domain_files import read_domain

    return read_domain(*sources, steps=steps or STEPS, normalise_weights=normalise_weights)


def domain_document(sources: Sequence[str], overrides: Mapping[str, Any] | None = None) -> Document:
    """Return a domain as a checked scenario, with warnings about what a scenario leaves out.

    Raises
    ------
    ScenarioError
        The domain cannot be read, or ``overrides`` do not fit.
    """
    domain = read_domain_sources(sources)
    from bargain.games.interchange.domain_scenario import domain_scenario
    from bargain.scenario.read import read_tree

    made = domain_scenario(domain)
    document = read_tree(made.tree, sources[0], overrides or None)
    said = [note for note in made.notes if note.startswith("discount factor")]
    if click.get_current_context().info_name == "linkage":
        said.append("a domain has no status quo: separate talks hold the other issues at their first values")
    remarks = [Diagnostic("BG029", note, severity="warning", file=sources[0]) for note in said]
    return replace(document, warnings=(*document.warnings, *remarks))


def steps_option(command: Command) -> Command:
    """Add ``--steps N``."""
    return click.option(
        "--steps", type=click.IntRange(2, 10_001), metavar="N",
        help="Values that stand for an issue on an interval (21, as in GENIUS).",
    )(command)  # fmt: skip


def normalise_option(command: Command) -> Command:
    """Add ``--normalise-weights``."""
    return click.option(
        "--normalise-weights", is_flag=True, help="GENIUS XML: divide each party's weights by their sum."
    )(command)
