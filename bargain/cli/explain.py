"""``bargain explain``: every code and every word of the output, with formula and reference."""

from __future__ import annotations

import difflib
import textwrap
from typing import Any

import click

from bargain.cli import options
from bargain.cli.output import deliver

__all__ = ["explain", "explanations"]

_PAGE = 80


@click.command(short_help="An error code or a word of the output.")
@click.argument("word", metavar="[CODE|WORD]", nargs=-1)
@options.quiet_color_debug
def explain(word: tuple[str, ...]) -> None:
    """Explain an error code or a word of the output; without one, list them.

    \b
    Example:
      bargain explain BG201
      bargain explain shadow price
    """
    entries = explanations()
    deliver(_entry(_find(" ".join(word), entries)) if word else _listing(entries))


def explanations() -> dict[str, dict[str, Any]]:
    """Return all entries by their name: codes first, then words."""
    import tomllib
    from importlib.resources import files

    text = (files("bargain.cli") / "explanations.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    return {name: {"name": name, **entry} for part in ("codes", "words") for name, entry in tree[part].items()}


def _find(word: str, entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    names = {_normal(alias): entry for entry in entries.values() for alias in entry.get("aliases", ())}
    names |= {_normal(name): entry for name, entry in entries.items()}
    wanted = _normal(word)
    for form in (wanted, wanted.removesuffix("s"), f"{wanted.removesuffix('ies')}y"):
        if form in names:
            return names[form]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.6)
    near += [name for name in names if wanted and wanted in name and name not in near][:3]
    titles = list(dict.fromkeys(names[name]["name"] for name in near))
    hint = f" Did you mean {' or '.join(repr(title) for title in titles)}?" if titles else ""
    raise click.UsageError(f"There is no entry for '{word}'.{hint} `bargain explain` lists all.")


def _normal(word: str) -> str:
    return word.strip().lower().replace("-", " ").replace("_", " ")


def _entry(entry: dict[str, Any]) -> str:
    parts = [f"{entry['name'].upper() if 'meaning' not in entry else entry['name']}  {entry['title']}", ""]
    for key in ("meaning", "definition", "text"):
        parts += [*_wrapped(entry[key]), ""] if key in entry else []
    if "formula" in entry:
        parts += [f"    {line}" for line in entry["formula"].strip().splitlines()] + [""]
    labels = (("fix", "What to do"), ("reference", "Reference"))
    for key, label in labels:
        parts += [*_wrapped(f"{label}: {entry[key]}"), ""] if key in entry else []
    if entry.get("see"):
        parts += [f"  See also: {', '.join(entry['see'])}", ""]
    return "\n".join(parts[:-1]) + "\n"


def _wrapped(text: str) -> list[str]:
    flat = " ".join(text.split())
    return textwrap.wrap(flat, _PAGE, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def _listing(entries: dict[str, dict[str, Any]]) -> str:
    width = max(len(name) for name in entries)
    return "".join(f"{name:<{width}}  {entry['title']}\n" for name, entry in entries.items())
