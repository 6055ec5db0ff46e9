"""Writing negotiation domains for other programs: GENIUS XML, GENIUS-style JSON, NegMAS dumps and NegoLog profiles.

A domain is written only where its numbers survive: every number as the exact decimal, so that reading it back gives the
same utilities.  What a format cannot hold (a third number of parties, a constant part, a utility above 1 in GENIUS) is
refused with the reason; numbers without a finite decimal are written only on request, as the nearest float.  Tested by
round trips of random domains through every format, and by NegMAS where it is installed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from bargain.errors import Diagnostic, GameFileError
from bargain.games.interchange import geniusweb, negolog
from bargain.games.interchange.decimals import decimal_text
from bargain.games.interchange.domain import Domain
from bargain.games.interchange.genius_text import genius_texts
from bargain.games.interchange.negmas_text import negmas_trees
from bargain.scenario.remarks import printable

__all__ = ["WRITTEN", "domain_texts", "write_domain"]

WRITTEN = ("genius", "geniusweb", "negmas", "negolog")
"""Formats that are written."""

_TREES = {"geniusweb": geniusweb.geniusweb_trees, "negmas": negmas_trees, "negolog": negolog.negolog_trees}
_CROWDED = (".xml", ".json", ".yaml", ".yml")


def write_domain(
    domain: Domain, folder: str | os.PathLike[str], format: str, *, rounded: bool = False
) -> tuple[str, ...]:
    """Write a domain to a folder, which is made when it does not exist.

    Parameters
    ----------
    domain : Domain
        What is written.
    folder : str or path
        A new folder, or one without XML, JSON and YAML files.
    format : {"genius", "geniusweb", "negmas", "negolog"}
        The program that shall read it.
    rounded : bool
        Whether numbers without a finite decimal may be written as the nearest float.

    Returns
    -------
    tuple of str
        The names of the files.

    Raises
    ------
    ValueError
        The format is not known, or cannot hold this domain; nothing was written.
    GameFileError
        The folder holds files that would be taken for parts of the domain; nothing was written.
    OSError
        The folder cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from bargain.games.interchange.domain import DomainIssue, Party
    >>> from bargain.games.interchange.domain_files import read_domain
    >>> one, half = Fraction(1), Fraction(1, 2)
    >>> parties = [Party(name, (one,), (values,), half) for name, values in (("a", (one, half)), ("b", (half, one)))]
    >>> domain = Domain("sale", "made here", (DomainIssue("price", ("low", "high")),), tuple(parties))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_domain(domain, folder, "genius")
    ...     read_domain(folder).parties[1].evaluations == domain.parties[1].evaluations
    ('domain.xml', 'a.xml', 'b.xml')
    True
    """
    texts = domain_texts(domain, format, rounded=rounded)
    place = Path(folder)
    check_folder(place)
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(texts)


def check_folder(place: Path) -> None:
    """Refuse a folder in which the files of a domain would be mixed with others.

    Raises
    ------
    GameFileError
        It is a file, or holds XML, JSON or YAML files.
    """
    name = printable(str(place))
    if place.exists() and not place.is_dir():
        raise GameFileError([Diagnostic("BG092", f"`{name}` is a file; a domain is written to a folder")])
    if place.is_dir() and any(entry.suffix.lower() in _CROWDED for entry in place.iterdir()):
        message = f"the folder `{name}` has XML, JSON or YAML files already"
        raise GameFileError([Diagnostic("BG092", message, hint="name a new folder")])


def domain_texts(domain: Domain, format: str, *, rounded: bool = False) -> dict[str, str]:
    """Return the files of a domain by their names; see :func:`write_domain`."""
    if format not in WRITTEN:
        raise ValueError(f"unknown format {format!r}; known are {', '.join(WRITTEN)}")
    if format == "genius":
        return genius_texts(domain, file_names(domain, ".xml", "domain.xml"), rounded)
    trees = _TREES[format](domain)
    named = {} if format == "negolog" else dict(zip(trees, _json_names(domain), strict=True))
    return {named.get(name, name): json_text(tree, rounded) + "\n" for name, tree in trees.items()}


def _json_names(domain: Domain) -> list[str]:
    return ["domain.json", *file_names(domain, ".json", "domain.json")]


def file_names(domain: Domain, ending: str, taken: str) -> list[str]:
    """Return a name of a file for each party, sorted in the order of the parties."""
    stems = [re.sub(r"[^\w.-]+", "_", party.name).strip("._") or "party" for party in domain.parties]
    stems = [stem[:100] for stem in stems]
    names = [stem + ending for stem in stems]
    plain = all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) and name.lower() != taken for name in names)
    if plain and len({name.lower() for name in names}) == len(names) and sorted(names) == names:
        return names
    digits = len(str(len(stems)))
    return [f"{k:0{digits}d}-{stem}{ending}" for k, stem in enumerate(stems, 1)]


def json_text(value: Any, rounded: bool, indent: str = "") -> str:
    """Return a tree as JSON with exact decimals for fractions.

    Examples
    --------
    >>> json_text({"a": [Fraction(1, 8), None]}, rounded=False)
    '{\\n  "a": [\\n    0.125,\\n    null\\n  ]\\n}'
    """
    inner = indent + "  "
    if isinstance(value, Mapping):
        rows = [f"{json.dumps(_key(key))}: {json_text(item, rounded, inner)}" for key, item in value.items()]
        return _block("{", rows, "}", indent)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _block("[", [json_text(item, rounded, inner) for item in value], "]", indent)
    if isinstance(value, Fraction):
        return decimal_text(value, rounded)
    if value == float("-inf"):
        return "-Infinity"
    return json.dumps(value)


def _key(key: object) -> str:
    return decimal_text(key, rounded=True) if isinstance(key, Fraction) else str(key)


def _block(opening: str, rows: Sequence[str], closing: str, indent: str) -> str:
    if not rows:
        return opening + closing
    inner = f",\n{indent}  ".join(rows)
    return f"{opening}\n{indent}  {inner}\n{indent}{closing}"
