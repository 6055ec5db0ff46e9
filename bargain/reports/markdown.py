"""Markdown (GitHub's tables) for notes and issues.

Everything a scenario says is escaped, so that a label can neither break a table nor become markup.  Tested by that
property.
"""

from __future__ import annotations

from collections.abc import Sequence

from bargain.reports.footer import without_clock
from bargain.reports.tables import Formula, Section, Table

__all__ = ["escape_markdown", "markdown_sections", "markdown_table"]

_SPECIAL = frozenset("\\`*_{}[]<>#|~$")


def escape_markdown(text: str) -> str:
    """Return ``text`` with every character that Markdown could read as markup escaped; newlines become spaces.

    Examples
    --------
    >>> print(escape_markdown("a|b_c"))
    a\\|b\\_c
    """
    flat = " ".join(text.split())
    escaped = "".join(f"\\{character}" if character in _SPECIAL else character for character in flat)
    # At the start of a line "-", "+" and "1." would open a list; tables and sentences never need them there.
    return f"\\{escaped}" if escaped[:2] in ("- ", "+ ") else escaped


def markdown_sections(sections: Sequence[Section]) -> str:
    """Return the sections as a Markdown page that ends with a newline."""
    parts: list[str] = []
    for section in sections:
        if section.key == "scenario" and section.body:
            title, *rest = section.body
            parts.append(f"# {escape_markdown(str(title))}")
            parts += [escape_markdown(str(line)) for line in rest]
            continue
        if section.title:
            parts.append(f"## {escape_markdown(section.title)}")
        if section.subtitle:
            parts.append(escape_markdown(section.subtitle[:1].upper() + section.subtitle[1:]))
        parts += _body(section)
    return "\n\n".join(parts) + "\n"


def _body(section: Section) -> list[str]:
    parts: list[str] = []
    for item in section.body:
        if isinstance(item, Table):
            parts.append(markdown_table(item))
        elif isinstance(item, str) and section.key == "run":
            parts += [] if item.startswith("Next: ") else [escape_markdown(without_clock(item))]
        elif isinstance(item, Formula):
            # LaTeX has no unescaped dollar sign, so that the formula cannot end early.
            parts.append(f"$$\n{' '.join(item.latex)}\n$$")
        elif item.startswith("  ") and parts and parts[-1].startswith("- "):
            parts[-1] += f"\n- {escape_markdown(item)}"
        else:
            parts.append(f"- {escape_markdown(item)}" if item.startswith("  ") else escape_markdown(item))
    return parts


def markdown_table(table: Table) -> str:
    """Return a table in GitHub's form, numbers to the right."""
    plain = table.without_bars()
    lines = [
        _row([column.heading for column in plain.columns]),
        "|" + "|".join(" ---: " if column.align == "right" else " --- " for column in plain.columns) + "|",
    ]
    lines += [_row(row) for row in plain.rows if row]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escape_markdown(cell) for cell in cells) + " |"
