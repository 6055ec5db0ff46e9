"""What ``Scenario.to_json`` of NegMAS 0.16 writes: an outcome space and one dump per utility function.

Read are ``LinearAdditiveUtilityFunction`` with tables and lines, ``AffineUtilityFunction`` and
``LinearUtilityFunction``, also within ``ExpDiscountedUFun`` and ``LinDiscountedUFun``; every other type is refused by
its name.  A reserved value of -Infinity (NegMAS's default) or NaN is no reserved value: the party falls back on its
least utility, as in NegMAS's own ``nash_points``.  Tested with domains written by hand and, where it is installed,
against NegMAS.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bargain.games.interchange.domain import MOST_VALUES, STEPS, Domain, DomainIssue, Line, Party, Value, grid
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.json_parts import check_keys, good_name, named_values, value_key
from bargain.games.interchange.json_text import JsonFile, Written
from bargain.games.interchange.rationals import exact_number
from bargain.games.interchange.troubles import quoted
from bargain.scenario.scanner import Path

__all__ = ["DIALECT", "is_outcome_space", "is_ufun", "negmas_domain"]

DIALECT = "NegMAS ufun dump"

_DISCOUNTED = ("ExpDiscountedUFun", "LinDiscountedUFun")
_AFFINE = ("AffineUtilityFunction", "LinearUtilityFunction")
_ADDITIVE = "LinearAdditiveUtilityFunction"
_LISTS = ("CategoricalIssue", "DiscreteCardinalIssue", "DiscreteOrdinalIssue", "SingletonIssue")
_RANGES = {"ContiguousIssue": "integer", "ContinuousIssue": "real"}
_SPACES = ("CartesianOutcomeSpace", "DiscreteCartesianOutcomeSpace")


def _type(tree: Any) -> str:
    kind = tree.get("type") if isinstance(tree, dict) else None
    return kind.rsplit(".", 1)[-1] if isinstance(kind, str) else ""


def is_outcome_space(tree: Any) -> bool:
    """Return whether a JSON tree is an outcome space of NegMAS."""
    return _type(tree).endswith("OutcomeSpace")


def is_ufun(tree: Any) -> bool:
    """Return whether a JSON tree is a utility function of NegMAS, of whatever type."""
    return _type(tree).endswith(("UtilityFunction", "UFun", "Adapter"))


def negmas_domain(space: JsonFile, parties: list[tuple[str, JsonFile]], name: str, *, steps: int = STEPS) -> Domain:
    """Return a domain from an outcome space and utility functions.

    Raises
    ------
    GameFileError
        All that is wrong in all files.
    """
    findings = Findings()
    issues = _issues(space, steps, findings)
    findings.stop()
    notes = ["weights and evaluations are taken as they stand, as NegMAS does"]
    if any(issue.kind == "real" for issue in issues):
        notes.append(f"a continuous issue stands on {steps} equally spaced values")
    found = []
    for default, file in parties:
        reader = _Reader(file, issues, findings)
        party = reader.party(default)
        notes += [f"{default}: {note}" for note in reader.notes]
        if party is not None:
            found.append(party)
    findings.stop()
    title = space.at(("name",))
    shown = title if isinstance(title, str) and title.strip() and title.isprintable() else name
    files = (space.source.file, *(file.source.file for _, file in parties))
    return Domain(shown, DIALECT, issues, tuple(found), tuple(notes), files=files)


def _issues(file: JsonFile, steps: int, findings: Findings) -> tuple[DomainIssue, ...]:
    kind = _type(file.tree)
    if kind not in _SPACES:
        message = f"the outcome space is a {quoted(kind)}"
        findings.add(file.source, "BG028", message, file.span(("type",)), f"{' or '.join(_SPACES)} is read")
        return ()
    listed = file.list(("issues",), findings)
    found: dict[str, DomainIssue] = {}
    for k in range(len(listed or ())):
        issue = _issue(file, ("issues", k), k, steps, findings)
        if issue is not None and issue.name in found:
            findings.add(
                file.source, "BG022", f"two issues are called {quoted(issue.name)}", file.span(("issues", k, "name"))
            )
        elif issue is not None:
            found[issue.name] = issue
    if listed == []:
        findings.add(file.source, "BG027", "the outcome space has no issues", file.span(("issues",)))
    return tuple(found.values())


def _issue(file: JsonFile, path: Path, k: int, steps: int, findings: Findings) -> DomainIssue | None:
    title, kind = file.at((*path, "name")), _type(file.at(path))
    name = title if isinstance(title, str) else f"issue {k + 1}"
    if not good_name(file, name, (*path, "name"), findings):
        return None
    given = file.list((*path, "values"), findings)
    if given is None:
        return None
    here = (*path, "values")
    if kind in _RANGES:
        if len(given) != 2:
            findings.add(file.source, "BG027", f"the range of {quoted(name)} has {len(given)} ends", file.span(here))
            return None
        low, high = file.number((*here, 0), findings), file.number((*here, 1), findings)
        if low is None or high is None:
            return None
        whole = _RANGES[kind] == "integer"
        if (
            low > high
            or (whole and (low.denominator, high.denominator) != (1, 1))
            or (whole and high - low >= MOST_VALUES)
        ):
            message = f"the range of {quoted(name)} runs from {float(low):.10g} to {float(high):.10g}"
            findings.add(
                file.source, "BG027", message, file.span(here), f"from low to high, at most {MOST_VALUES:,} values"
            )
            return None
        return DomainIssue(
            name, grid(low, high, int(high - low) + 1 if whole else steps), "integer" if whole else "real"
        )
    if kind not in _LISTS:
        message = f"the issue {quoted(name)} is a {quoted(kind)}"
        findings.add(
            file.source, "BG028", message, file.span((*path, "type")), f"read are {', '.join((*_LISTS, *_RANGES))}"
        )
        return None
    return _listed(file, name, given, here, findings)


def _listed(file: JsonFile, name: str, given: list[Any], path: Path, findings: Findings) -> DomainIssue | None:
    if all(isinstance(value, Written) for value in given):
        numbers = [file.number((*path, k), findings) for k in range(len(given))]
        ready = tuple(value for value in numbers if value is not None)
        words = [value_key(value) for value in ready]
        sound = len(ready) == len(given) and named_values(file, words, path, name, findings)
        return DomainIssue(name, ready) if sound else None
    if not all(isinstance(value, str) and not isinstance(value, Written) for value in given):
        message = f"the values of {quoted(name)} are not all texts or all numbers"
        findings.add(file.source, "BG027", message, file.span(path))
        return None
    words = [str(value) for value in given]
    return DomainIssue(name, tuple(words)) if named_values(file, words, path, name, findings) else None


class _Reader:
    """Reads one utility function; ``notes`` are remarks on what was done."""

    def __init__(self, file: JsonFile, issues: tuple[DomainIssue, ...], findings: Findings) -> None:
        self.file = file
        self.issues = issues
        self.findings = findings
        self.notes: list[str] = []

    def party(self, default: str) -> Party | None:
        """Return the party, or None after noting what is wrong."""
        path: Path = ()
        discount: Fraction | None = None
        while (kind := _type(self.file.at(path))) in _DISCOUNTED and len(path) < 8:
            if kind == "ExpDiscountedUFun":
                discount = self._optional((*path, "discount"))
            else:
                self.notes.append("linear discounting is not applied")
            path = (*path, "ufun")
        reserved, known = self._reserved()
        before = len(self.findings.diagnostics)
        columns = list(self._columns(path, kind))
        weights = self._weights(path)
        bias = self._optional((*path, "bias")) if self.file.at((*path, "bias")) is not None else Fraction(0)
        if len(self.findings.diagnostics) > before or weights is None or bias is None or not known:
            return None
        if reserved is None:
            self.notes.append("there is no reserved value; the disagreement point is the least utility, as in NegMAS")
        title = self.file.at(("name",))
        name = title if isinstance(title, str) and title.strip() and title.isprintable() else default
        stated = discount if discount is not None and 0 < discount < 1 else None
        evaluations = tuple(values for values, _ in columns)
        lines = tuple(line for _, line in columns)
        return Party(name, weights, evaluations, reserved, stated, bias, lines, self.file.source.file)

    def _optional(self, path: Path) -> Fraction | None:
        return self.file.number(path, self.findings)

    def _reserved(self) -> tuple[Fraction | None, bool]:
        """Return the reserved value (None when there is none), and whether it could be read."""
        value = self.file.at(("reserved_value",))
        if value is None or (isinstance(value, float) and value != float("inf")):
            # json reads -Infinity and NaN as floats; numbers are kept as text.
            return None, True
        found = self._optional(("reserved_value",))
        return found, found is not None

    def _weights(self, path: Path) -> tuple[Fraction, ...] | None:
        here = (*path, "weights")
        given = self.file.at(here)
        keys: list[str | int] = list(range(len(self.issues)))
        if isinstance(given, dict):
            keys = [issue.name for issue in self.issues]
            if not check_keys(self.file, given, [str(key) for key in keys], here, "issue", self.findings):
                return None
        elif self._length(here) is None:
            return None
        found = [self.file.number((*here, key), self.findings) for key in keys]
        return None if any(value is None for value in found) else tuple(value for value in found if value is not None)

    def _length(self, path: Path) -> int | None:
        given = self.file.list(path, self.findings)
        if given is not None and len(given) != len(self.issues):
            message = f"`{path[-1]}` has {len(given)} entries for {len(self.issues)} issues"
            self.findings.add(self.file.source, "BG027", message, self.file.span(path))
            return None
        return None if given is None else len(given)

    def _columns(self, path: Path, kind: str) -> Iterator[tuple[tuple[Fraction, ...], Line | None]]:
        """Yield the evaluations of every issue with the line that they lie on."""
        if kind in _AFFINE:
            for k, issue in enumerate(self.issues):
                yield self._on_line(issue, Line(Fraction(1), Fraction(0)), (*path, "weights", k))
            return
        if kind != _ADDITIVE:
            message = f"{quoted(kind)}: this utility function is not linear-additive, or not known"
            hint = f"read are {', '.join((_ADDITIVE, *_AFFINE, *_DISCOUNTED))}"
            self.findings.add(self.file.source, "BG028", message, self.file.span((*path, "type")), hint)
            return
        here: Path = (*path, "values")
        if not isinstance(self.file.at(here), dict) and self._length(here) is None:
            return
        for k, issue in enumerate(self.issues):
            key = issue.name if isinstance(self.file.at(here), dict) else k
            yield self._column((*here, key), issue)

    def _column(self, path: Path, issue: DomainIssue) -> tuple[tuple[Fraction, ...], Line | None]:
        kind = _type(self.file.at(path))
        if kind == "TableFun":
            return self._table((*path, "mapping"), issue), None
        if kind in ("AffineFun", "LinearFun", "ConstFun", "IdentityFun"):
            slope, start = Fraction(1), Fraction(0)
            if kind in ("AffineFun", "LinearFun"):
                slope = self._optional((*path, "slope")) or Fraction(0)
            elif kind == "ConstFun":
                slope = Fraction(0)
            if kind in ("AffineFun", "ConstFun"):
                start = self._optional((*path, "bias")) or Fraction(0)
            return self._on_line(issue, Line(slope, start), path)
        message = f"the issue {quoted(issue.name)} has a {quoted(kind)}, which is not read"
        hint = "read are TableFun, AffineFun, LinearFun, ConstFun and IdentityFun"
        self.findings.add(self.file.source, "BG028", message, self.file.span((*path, "type")), hint)
        return (), None

    def _on_line(self, issue: DomainIssue, line: Line, path: Path) -> tuple[tuple[Fraction, ...], Line | None]:
        if line.slope and any(isinstance(value, str) for value in issue.values):
            message = f"the issue {quoted(issue.name)} has names for values, and no line runs through them"
            self.findings.add(self.file.source, "BG027", message, self.file.span(path), "a TableFun")
            return (), None
        values = tuple(line.intercept if isinstance(value, str) else line.at(value) for value in issue.values)
        return values, line

    def _table(self, path: Path, issue: DomainIssue) -> tuple[Fraction, ...]:
        table = self.file.table(path, self.findings)
        if table is None:
            return ()
        places: dict[Value, str] = {}
        named = any(isinstance(value, str) for value in issue.values)
        for key in table:
            if named:
                places[key] = key
            else:
                try:
                    places[Fraction(exact_number(key))] = key
                except ValueError:
                    places[key] = key
        missing = [value_key(value) for value in issue.values if value not in places]
        if missing:
            shown = ", ".join(quoted(word) for word in missing[:5])
            message = f"the issue {quoted(issue.name)} has no evaluation of {shown}"
            self.findings.add(
                self.file.source, "BG027", message, self.file.span(path, key=True), "every value needs one"
            )
            return ()
        found = [self.file.number((*path, places[value]), self.findings) for value in issue.values]
        return tuple(value for value in found if value is not None)
