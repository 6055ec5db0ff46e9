r"""LaTeX tables for papers: booktabs, notes under the table (threeparttable), ready for ``\input``.

The preamble needs ``\usepackage{amsmath,booktabs,threeparttable}``.  Everything a scenario says is escaped here
and nowhere else; a percent sign in a label would otherwise comment out the rest of its row.  Tested by the property
that the escaped text holds no active character, and by reading it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from bargain.reports.footer import without_clock
from bargain.reports.tables import Formula, Section, Table, blocks

__all__ = ["escape_latex", "latex_sections", "latex_table"]

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # \textquotedbl is an error in the default encoding OT1.
    '"': r"\char34{}",
}
_COLUMNS = 9
_LONG_CELL = 45
_WITH_HEADER = ("agreement", "value", "equilibria", "players")
_SIGNED = re.compile(r"[-+]\d[\d.]*")
_SCIENTIFIC = re.compile(r"([-+]?\d[\d.]*)e([-+]?\d+)")


def escape_latex(text: str) -> str:
    """Return ``text`` so that LaTeX prints it as it stands; line breaks and control characters become spaces.

    Examples
    --------
    >>> print(escape_latex("50 % of A&B_1"))
    50 \\% of A\\&B\\_1
    """
    flat = "".join(character if character.isprintable() else " " for character in text)
    return "".join(_ESCAPES.get(character, character) for character in flat)


def latex_sections(sections: Sequence[Section]) -> str:
    """Return the sections in order: tables with notes, formulas aligned, the rest as lines."""
    header = [str(line) for section in sections if section.key == "scenario" for line in section.body]
    footer = [line for section in sections if section.key in ("certificate", "run") for line in _lines(section)]
    parts = ["% needs \\usepackage{amsmath,booktabs,threeparttable}"]
    for section in sections:
        if any(isinstance(item, Table) for item in section.body):
            notes = header if section.key in _WITH_HEADER else header[:1]
            parts.append(_environment(section, [*notes, *footer]))
        elif section.key not in ("scenario", "certificate", "run"):
            parts += _loose(section)
    if len(parts) == 1:
        parts += [f"\\noindent {escape_latex(line)}\\par" for line in (*header, *footer)]
    return "\n\n".join(parts) + "\n"


def _loose(section: Section) -> list[str]:
    """Return a section without tables: heading, lines, and neighbouring formulas in one alignment."""
    heading = f"{section.title}: {section.subtitle}" if section.subtitle else section.title
    parts = [f"\\noindent {escape_latex(heading)}\\par"] if heading else []
    for mathematics, items in groupby(section.body, lambda item: isinstance(item, Formula)):
        if mathematics:
            rows = " \\\\\n".join(" &".join(item.latex) for item in items if isinstance(item, Formula))
            parts.append(f"\\begin{{align*}}\n{rows}\n\\end{{align*}}")
        else:
            parts += [f"\\noindent {escape_latex(str(item).strip())}\\par" for item in items]
    return parts


def _lines(section: Section) -> list[str]:
    """Return a section's lines without what only helps at a terminal."""
    heading = f"{section.title}: {section.subtitle}" if section.subtitle else section.title
    lines = [
        without_clock(item).strip() for item in section.body if isinstance(item, str) and not item.startswith("Next: ")
    ]
    return [*([heading] if heading else []), *lines]


def _environment(section: Section, context: Sequence[str]) -> str:
    tables = [item for item in section.body if isinstance(item, Table)]
    own = [item.strip() for item in section.body if isinstance(item, str)]
    caption = f"{section.title}: {section.subtitle}" if section.subtitle else section.title
    notes = " ".join(escape_latex(line if line.endswith((".", ":")) else f"{line}.") for line in (*own, *context))
    body = "\n\n\\medskip\n\n".join(piece for table in tables for piece in _pieces(table))
    rows = [
        "\\begin{table}[htbp]",
        "\\centering",
        "\\begin{threeparttable}",
        f"\\caption{{{escape_latex(caption)}}}",
        body,
        "\\begin{tablenotes}\\footnotesize",
        f"\\item {notes}",
        "\\end{tablenotes}",
        "\\end{threeparttable}",
        "\\end{table}",
    ]
    return "\n".join(rows)


def _pieces(table: Table) -> list[str]:
    return [latex_table(piece) for piece in blocks(table.without_bars(), lambda piece: len(piece.columns) <= _COLUMNS)]


def latex_table(table: Table) -> str:
    """Return a ``tabular`` with booktabs rules, numbers to the right."""
    plain = table.without_bars()
    spec = "".join(_column_type(plain, k) for k in range(len(plain.columns)))
    lines = [
        f"\\begin{{tabular}}{{{spec}}}",
        "\\toprule",
        _row([column.heading for column in plain.columns]),
        "\\midrule",
    ]
    lines += [_row(row) if row else "\\addlinespace" for row in plain.rows]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"])


def _column_type(table: Table, k: int) -> str:
    """Return how a column is set; one with long texts becomes a paragraph, so that the table keeps to the page."""
    if table.columns[k].align == "right":
        return "r"
    longest = max((len(row[k]) for row in table.rows if row), default=0)
    return "l" if longest <= _LONG_CELL else r"p{0.3\linewidth}"


def _row(cells: Sequence[str]) -> str:
    return " & ".join(_cell(cell) for cell in cells) + r" \\"


def _cell(text: str) -> str:
    """Return a cell; signed numbers in math mode get a true minus, an indented name keeps its indent."""
    if _SIGNED.fullmatch(text):
        return f"${text}$"
    if power := _SCIENTIFIC.fullmatch(text):
        return rf"${power[1]} \times 10^{{{int(power[2])}}}$"
    body = text.lstrip(" ")
    escaped = escape_latex(body)
    if escaped.startswith("["):
        # After the end of a row, LaTeX would read an opening bracket as the row's extra space.
        escaped = f"{{}}{escaped}"
    return f"\\quad {escaped}" if body != text else escaped
