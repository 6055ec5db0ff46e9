"""What the JSON dialects of domains share: names, tables of weights and of evaluations, and points that are stored.

Tested through the readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from bargain.games.interchange.domain import MOST_VALUES, DomainIssue, Value
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.json_text import JsonFile
from bargain.games.interchange.rationals import exact_number
from bargain.games.interchange.troubles import quoted
from bargain.scenario.scanner import Path

__all__ = ["check_keys", "good_name", "named_values", "numbers", "stored_payoffs", "value_key"]


def good_name(file: JsonFile, name: str, path: Path, findings: Findings) -> bool:
    """Return whether a name can be shown; note it otherwise."""
    if name.strip() and name.isprintable() and len(name) <= 1000:
        return True
    message = "a name is empty, longer than 1000 characters, or has characters that cannot be shown"
    findings.add(file.source, "BG022", message, file.span(path, key=True))
    return False


def named_values(file: JsonFile, names: Sequence[str], path: Path, issue: str, findings: Findings) -> bool:
    """Return whether values of an issue are distinct names in a sensible number; note it otherwise."""
    if not names or len(names) > MOST_VALUES:
        message = f"the issue {quoted(issue)} has {len(names):,} values; it needs 1 to {MOST_VALUES:,}"
        findings.add(file.source, "BG022", message, file.span(path))
        return False
    known: set[str] = set()
    for place, name in enumerate(names):
        if name in known:
            message = f"the issue {quoted(issue)} has the value {quoted(name)} twice"
            findings.add(file.source, "BG022", message, file.span((*path, place)))
            return False
        known.add(name)
    return all(good_name(file, name, path, findings) for name in names)


def check_keys(
    file: JsonFile, given: Mapping[str, object], wanted: Sequence[str], path: Path, what: str, findings: Findings
) -> bool:
    """Return whether a table has exactly the wanted keys; note every one that is missing or too much."""
    known = set(wanted)
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in known]
    if missing:
        shown = ", ".join(quoted(name) for name in missing[:5])
        message = f"`{'.'.join(map(str, path))}` lacks {shown}"
        findings.add(file.source, "BG027", message, file.span(path, key=True), f"it needs every {what} of the domain")
    for name in extra[:5]:
        message = f"{quoted(name)} is no {what} of the domain"
        hint = f"its {what}s are {', '.join(wanted[:8])}"
        findings.add(file.source, "BG027", message, file.span((*path, name), key=True), hint)
    return not missing and not extra


def numbers(
    file: JsonFile, path: Path, wanted: Sequence[str], what: str, findings: Findings
) -> tuple[Fraction, ...] | None:
    """Return the numbers of a table in the order of the wanted keys, or None after noting what is wrong."""
    table = file.table(path, findings)
    if table is None or not check_keys(file, table, wanted, path, what, findings):
        return None
    found = [file.number((*path, name), findings) for name in wanted]
    return None if any(value is None for value in found) else tuple(value for value in found if value is not None)


def value_key(value: Value) -> str:
    """Return a value as a key of a JSON table: numbers as Python's json writes them.

    Examples
    --------
    >>> value_key("red"), value_key(Fraction(3)), value_key(Fraction(1, 2))
    ('red', '3', '0.5')
    """
    if isinstance(value, str):
        return value
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def stored_payoffs(file: JsonFile, path: Path, count: int) -> tuple[Fraction, ...] | None:
    """Return a list of payoffs that a file stores beside the domain, or None when it is something else."""
    entry = file.at(path)
    if not isinstance(entry, list) or len(entry) != count:
        return None
    try:
        return tuple(Fraction(exact_number(str(value))) for value in entry)
    except ValueError:
        return None


def same_issues(first: Sequence[DomainIssue], second: Sequence[DomainIssue]) -> bool:
    """Return whether two lists have the same issues with the same values, in any order of issues."""
    return {issue.name: set(issue.values) for issue in first} == {issue.name: set(issue.values) for issue in second}
