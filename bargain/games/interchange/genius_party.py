"""One party's utility space of GENIUS: weights, evaluations, reserved value and discount factor.

The formulas are those of :mod:`bargain.games.interchange.genius`; utility spaces that are not linear-additive
(hyper-rectangles, constraints, triangular and Faratin evaluators) are refused by name.  Tested there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

from bargain.games.interchange.domain import DomainIssue, Line, Party
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.rationals import exact_number
from bargain.games.interchange.troubles import GameText, quoted
from bargain.games.interchange.xml_text import Element, XmlFile

__all__ = ["ROUNDING", "PartyReader", "Slot", "attribute", "declared_kind", "number"]

ROUNDING = Fraction(1, 10**6)
"""By how much weights may sum to more than one: files round them to some digits."""

_TINY = Fraction(1, 10**5)
_BENT = ("utility_function", "utility", "ufun", "hyperRectangle", "constraint", "rule", "exclusive_zero_outcome")

Kind = Literal["discrete", "integer", "real"]


@dataclass(frozen=True, slots=True)
class Slot:
    """An issue of the domain with its index in the files and, for a range, its ends."""

    index: int
    issue: DomainIssue
    low: Fraction | None = None
    high: Fraction | None = None


def attribute(source: GameText, element: Element, name: str, findings: Findings) -> str | None:
    """Return an attribute that is not empty, or None after noting that it is missing."""
    value = element.attributes.get(name)
    if value is None or not value.strip():
        message = f"`<{element.tag}>` has no {name}"
        findings.add(source, "BG027", message, element.span(source), f'<{element.tag} {name}="...">')
        return None
    if not value.isprintable() or len(value) > 1000:
        message = f"the {name} of `<{element.tag}>` is too long or has characters that cannot be shown"
        findings.add(source, "BG022", message, element.span(source, name), "at most 1000 printable characters")
        return None
    return value


def number(
    source: GameText, element: Element, name: str, findings: Findings, *, whole: bool = False
) -> Fraction | None:
    """Return an attribute that is a number, or None after noting what it is."""
    text = attribute(source, element, name, findings)
    if text is None:
        return None
    try:
        value = Fraction(exact_number(text.strip()))
        if not whole or value.denominator == 1:
            return value
        message = f"`{text}` is not a whole number"
    except ValueError as trouble:
        message = str(trouble)
    findings.add(source, "BG021", f"the {name} of `<{element.tag}>`: {message}", element.span(source, name))
    return None


def declared_kind(source: GameText, element: Element, names: tuple[str, ...], findings: Findings) -> Kind | None:
    """Return the kind of an issue, ``discrete`` by default, from the first of the attributes that is there."""
    name = next((name for name in names if name in element.attributes), None)
    kind = "discrete" if name is None else element.attributes[name].lower()
    if kind not in ("discrete", "integer", "real"):
        message = f"the type of the issue is {quoted(kind)}"
        findings.add(source, "BG027", message, element.span(source, name), "discrete, integer or real")
        return None
    return cast(Kind, kind)


def _nested(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _nested(child)


class PartyReader:
    """Reads one utility space; ``notes`` are remarks on what was done."""

    def __init__(self, file: XmlFile, slots: Mapping[int, Slot], findings: Findings) -> None:
        self.source = file.source
        self.root = file.root
        self.slots = slots
        self.findings = findings
        self.notes: list[str] = []

    def party(self, name: str, normalise_weights: bool) -> Party | None:
        """Return the party, or None after noting what is wrong."""
        root = self.root
        if root.tag != "utility_space":
            message = f"`<{root.tag}>` is not a utility space of GENIUS"
            self.source.fail("BG028", message, *root.span(self.source), "<utility_space> with the party's evaluations")
        self._refuse_bent(root)
        before = len(self.findings.diagnostics)
        reserved = self._single(root, "reservation")
        discount = self._single(root, "discount_factor")
        weights: dict[int, Fraction] = {}
        issues: dict[int, Element] = {}
        for objective in (element for element in _nested(root) if element.tag in ("objective", "utility_space")):
            self._collect(objective, weights, issues)
        if not issues:
            self.source.fail("BG027", "the utility space has no issues", *root.span(self.source))
        if len([element for element in _nested(root) if element.tag == "objective"]) > 1:
            self.notes.append("weights of nested objectives are ignored, as GENIUS does")
        columns = [self._column(slot, issues.get(slot.index), weights, root) for slot in self.slots.values()]
        if len(self.findings.diagnostics) > before or any(column is None for column in columns):
            return None
        ready = tuple(weights[index] for index in self.slots)
        if normalise_weights:
            ready = self._scaled(ready, root)
        evaluations = tuple(column[0] for column in columns if column is not None)
        lines = tuple(column[1] for column in columns if column is not None)
        stated = None if discount is None or not 0 < discount < 1 else discount
        party = Party(
            name, ready, evaluations, Fraction(0) if reserved is None else reserved, stated, Fraction(0), lines,
            self.source.file,
        )  # fmt: skip
        if reserved is None:
            self.notes.append("there is no reservation value; GENIUS takes 0")
        return self._additive(party, root)

    def _refuse_bent(self, root: Element) -> None:
        for element in _nested(root):
            if element.tag in _BENT:
                message = f"`<{element.tag}>`: this utility space is not linear-additive"
                hint = "only weighted sums of evaluations issue by issue are read"
                self.source.fail("BG028", message, *element.span(self.source), hint)

    def _single(self, root: Element, tag: str) -> Fraction | None:
        element = root.first(tag)
        return None if element is None else number(self.source, element, "value", self.findings)

    def _collect(self, objective: Element, weights: dict[int, Fraction], issues: dict[int, Element]) -> None:
        for element in objective.all("weight"):
            index = number(self.source, element, "index", self.findings, whole=True)
            weight = number(self.source, element, "value", self.findings)
            if weight is not None and weight < 0:
                message = f"the weight of issue {index} is negative"
                self.findings.add(self.source, "BG021", message, element.span(self.source, "value"), "zero or more")
            if index is not None:
                # A weight that cannot be read is no missing one as well.
                weights[int(index)] = weight or Fraction(0)
        for element in objective.all("issue"):
            index = number(self.source, element, "index", self.findings, whole=True)
            if index is None:
                continue
            if int(index) not in self.slots:
                known = ", ".join(map(str, self.slots))
                message = f"the domain has no issue with the index {index}"
                span = element.span(self.source, "index")
                self.findings.add(self.source, "BG027", message, span, f"its indices are {known}")
                continue
            if int(index) in issues:
                message = f"issue {index} is evaluated twice"
                self.findings.add(self.source, "BG027", message, element.span(self.source, "index"))
            issues[int(index)] = element

    def _column(
        self, slot: Slot, element: Element | None, weights: Mapping[int, Fraction], root: Element
    ) -> tuple[tuple[Fraction, ...], Line | None] | None:
        """Return the evaluations of an issue's values, with their line."""
        name = quoted(slot.issue.name)
        if element is None:
            message = f"the issue {name} (index {slot.index}) is not evaluated"
            self.findings.add(
                self.source, "BG027", message, root.span(self.source), "every issue of the domain needs it"
            )
            return None
        if slot.index not in weights:
            message = f"the issue {name} has no weight"
            hint = f'<weight index="{slot.index}" value="...">'
            self.findings.add(self.source, "BG027", message, element.span(self.source), hint)
            return None
        given = element.attributes.get("name")
        if given is not None and given.strip() != slot.issue.name.strip():
            self.notes.append(f"issue {slot.index} is called {quoted(given)} here and {name} in the domain")
        if element.first("item") is not None:
            return self._discrete(slot, element)
        if slot.issue.kind == "discrete":
            message = f"the issue {name} has no evaluations"
            self.findings.add(
                self.source, "BG027", message, element.span(self.source), '<item value="..." evaluation="1"/>'
            )
            return None
        line = self._line(slot, element)
        if line is None:
            return None
        return tuple(line.at(cast(Fraction, value)) for value in slot.issue.values), line

    def _discrete(self, slot: Slot, element: Element) -> tuple[tuple[Fraction, ...], None] | None:
        numeric = slot.issue.kind != "discrete"
        found: dict[str | Fraction, Fraction] = {}
        for item in element.all("item"):
            text = attribute(self.source, item, "value", self.findings)
            evaluation = item.attributes.get("evaluation")
            if text is None or evaluation is None or evaluation == "null":
                continue
            value = number(self.source, item, "value", self.findings) if numeric else text
            grade = number(self.source, item, "evaluation", self.findings)
            if value is not None and grade is not None:
                found[value] = grade
        missing = [value for value in slot.issue.values if value not in found]
        if missing:
            shown = ", ".join(quoted(str(value)) for value in missing[:5])
            message = f"the issue {quoted(slot.issue.name)} has no evaluation of {shown}"
            hint = "every value of the domain needs one, spelt as there"
            self.findings.add(self.source, "BG027", message, element.span(self.source), hint)
            return None
        if len(found) > len(slot.issue.values):
            self.notes.append(f"the issue {quoted(slot.issue.name)} evaluates values that the domain does not have")
        if numeric:
            self.notes.append(f"the {slot.issue.kind} issue {quoted(slot.issue.name)} is evaluated value by value")
        # As GENIUS: the largest of all that the file evaluates.
        largest = max(found.values())
        return tuple(found[v] / largest if largest >= _TINY else Fraction(0) for v in slot.issue.values), None

    def _line(self, slot: Slot, element: Element) -> Line | None:
        evaluator = element.first("evaluator")
        if evaluator is None:
            message = f"the {slot.issue.kind} issue {quoted(slot.issue.name)} has no evaluator"
            self.findings.add(
                self.source, "BG027", message, element.span(self.source), '<evaluator ftype="linear" .../>'
            )
            return None
        kind = evaluator.attributes.get("ftype", "linear").lower()
        if kind not in ("linear", "constant"):
            message = f"a {quoted(kind)} evaluator is not linear"
            self.findings.add(
                self.source,
                "BG028",
                message,
                evaluator.span(self.source, "ftype"),
                "linear and constant evaluators are read",
            )
            return None
        if slot.issue.kind == "integer" and "slope" in evaluator.attributes:
            slope = number(self.source, evaluator, "slope", self.findings)
            offset = number(self.source, evaluator, "offset", self.findings)
            low = slot.low
            if "lowerbound" in element.attributes:
                low = number(self.source, element, "lowerbound", self.findings, whole=True)
            if slope is None or offset is None or low is None:
                return None
            return Line(slope, offset - slope * low, clipped=True)
        start = number(self.source, evaluator, "parameter0", self.findings)
        if kind == "constant":
            # GENIUS does not cut a constant off.
            return None if start is None else Line(Fraction(0), start)
        slope = number(self.source, evaluator, "parameter1", self.findings)
        return None if slope is None or start is None else Line(slope, start, clipped=True)

    def _scaled(self, weights: tuple[Fraction, ...], root: Element) -> tuple[Fraction, ...]:
        total = sum(weights, Fraction(0))
        if total <= 0:
            self.source.fail("BG027", "the weights sum to zero and cannot be scaled", *root.span(self.source))
        return tuple(weight / total for weight in weights)

    def _additive(self, party: Party, root: Element) -> Party | None:
        """Refuse a party whose utilities GENIUS would cut off at 1."""
        if party.most <= 1 + ROUNDING:
            return party
        total = float(sum(party.weights, Fraction(0)))
        message = f"utilities reach {float(party.most):.6g} (weights sum to {total:.6g}), and GENIUS cuts them off at 1"
        hint = "a utility that is cut off is not linear-additive; scale the weights (--normalise-weights)"
        self.findings.add(self.source, "BG028", message, root.span(self.source), hint)
        return None
