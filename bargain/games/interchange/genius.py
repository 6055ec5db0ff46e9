"""GENIUS XML (Lin et al. 2014): a domain file and one utility space per party, with the numbers of GENIUS 10.4.

What GENIUS computes was read in its source (``genius.core.utility``).  A *discrete* evaluation is divided by the
largest of its issue, and is 0 when that is below 0.00001 (``EvaluatorDiscrete.normalize``); an *integer* issue has
``offset + slope * (value - lowerbound)`` and a *real* one ``parameter0 + parameter1 * value``, both cut off at 0 and 1
and not divided; the utility is the sum of these times the issues' weights, which are taken as they stand in the file
(``AdditiveUtilitySpace.getUtility``).  GENIUS cuts a utility off at 1; where weights let it pass 1 by more than
rounding, that would not be linear-additive, and the file is refused.  Tested against utilities worked out by hand and,
where it is installed, against NegMAS.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from bargain.games.interchange.domain import MOST_VALUES, STEPS, Domain, DomainIssue, Party, Value, grid
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.genius_party import PartyReader, Slot, attribute, declared_kind, number
from bargain.games.interchange.troubles import GameText, quoted
from bargain.games.interchange.xml_text import Element, XmlFile

__all__ = ["DIALECT", "genius_domain"]

DIALECT = "GENIUS XML"


def genius_domain(
    domain: XmlFile,
    parties: list[tuple[str, XmlFile]],
    *,
    steps: int = STEPS,
    normalise_weights: bool = False,
) -> Domain:
    """Return a domain from its file and its parties' files.

    Parameters
    ----------
    domain : XmlFile
        The file whose root is ``negotiation_template`` (or a ``utility_space`` without evaluations).
    parties : list of (name, XmlFile)
        The parties' utility spaces.
    steps : int
        Values that stand for a real issue.
    normalise_weights : bool
        Whether each party's weights are divided by their sum; GENIUS does not do so when it reads a file.

    Raises
    ------
    GameFileError
        All that is wrong in all files, each with its place.
    """
    findings = Findings()
    name, slots = _slots(domain.source, domain.root, steps, findings)
    findings.stop()
    notes = [
        "evaluations of discrete issues are divided by the issue's largest, as GENIUS does",
        "weights are scaled to sum to one, which GENIUS does not do"
        if normalise_weights
        else "weights are taken as they stand, as GENIUS 10.4 does",
    ]
    if any(slot.issue.kind == "real" for slot in slots.values()):
        notes.append(f"a real issue stands on {steps} equally spaced values")
    found = []
    for party_name, file in parties:
        with findings.kept():
            reader = PartyReader(file, slots, findings)
            party = reader.party(party_name, normalise_weights)
            notes += [f"{party_name}: {note}" for note in reader.notes]
            if party is not None:
                found.append(party)
    findings.stop()
    notes += _warnings(found)
    issues = tuple(slot.issue for slot in slots.values())
    files = (domain.source.file, *(file.source.file for _, file in parties))
    return Domain(name, DIALECT, issues, tuple(found), tuple(notes), files=files)


def _warnings(parties: list[Party]) -> Iterator[str]:
    for party in parties:
        if party.most > 1:
            over = float(party.most - 1)
            yield f"{party.name}: GENIUS cuts utilities off at 1; they pass it by up to {over:.1g}, which is kept here"


def _slots(source: GameText, root: Element, steps: int, findings: Findings) -> tuple[str, dict[int, Slot]]:
    """Return the domain's name and its issues by their index."""
    space = root.first("utility_space") if root.tag == "negotiation_template" else root
    if space is None or space.tag != "utility_space":
        message = f"`<{root.tag}>` is not a domain of GENIUS"
        source.fail("BG028", message, *root.span(source), "`<negotiation_template>` with a `<utility_space>` in it")
    objective = space.first("objective")
    if objective is None:
        source.fail("BG027", "the `<objective>` with the issues is missing", *space.span(source))
    slots: dict[int, Slot] = {}
    names: set[str] = set()
    for element in issue_elements(objective):
        slot = _slot(source, element, steps, findings)
        if slot is None:
            continue
        if slot.index in slots:
            message = f"two issues have the index {slot.index}"
            findings.add(source, "BG027", message, element.span(source, "index"), "give each issue an index of its own")
        elif slot.issue.name in names:
            message = f"two issues are called {quoted(slot.issue.name)}"
            findings.add(source, "BG022", message, element.span(source, "name"))
        slots[slot.index] = slot
        names.add(slot.issue.name)
    if not slots and not findings.diagnostics:
        source.fail("BG027", "the domain has no issues", *objective.span(source))
    return objective.attributes.get("name", "") or "domain", slots


def issue_elements(objective: Element) -> Iterator[Element]:
    """Yield the issues below an objective in GENIUS' order: those of nested objectives first."""
    for nested in objective.all("objective"):
        yield from issue_elements(nested)
    yield from objective.all("issue")


def _slot(source: GameText, element: Element, steps: int, findings: Findings) -> Slot | None:
    name = attribute(source, element, "name", findings)
    index = number(source, element, "index", findings, whole=True)
    kind = declared_kind(source, element, ("type", "vtype"), findings)
    if name is None or index is None or kind is None:
        return None
    values: tuple[Value, ...] | None
    low = high = None
    if kind == "discrete":
        values = _items(source, element, name, findings)
    else:
        place = element if kind == "integer" and "lowerbound" in element.attributes else element.first("range")
        if place is None:
            message = f"the {kind} issue {quoted(name)} has no range"
            findings.add(source, "BG027", message, element.span(source), '<range lowerbound="0" upperbound="1"/>')
            return None
        low = number(source, place, "lowerbound", findings, whole=kind == "integer")
        high = number(source, place, "upperbound", findings, whole=kind == "integer")
        if low is None or high is None or not _ordered(source, place, name, low, high, findings):
            return None
        if kind == "integer" and high - low >= MOST_VALUES:
            count = int(high - low) + 1
            message = f"the integer issue {quoted(name)} has {count:,} values; at most {MOST_VALUES:,} are taken"
            findings.add(source, "BG004", message, place.span(source, "upperbound"))
            return None
        values = grid(low, high, int(high - low) + 1 if kind == "integer" else steps)
    return None if values is None else Slot(int(index), DomainIssue(name, values, kind), low, high)


def _ordered(source: GameText, place: Element, name: str, low: Fraction, high: Fraction, findings: Findings) -> bool:
    if low > high or max(abs(low), abs(high)) >= 10**15:
        message = f"the range of {quoted(name)} runs from {float(low):.10g} to {float(high):.10g}"
        findings.add(source, "BG027", message, place.span(source, "lowerbound"), "from the lowest to the highest value")
        return False
    return True


def _items(source: GameText, element: Element, name: str, findings: Findings) -> tuple[str, ...] | None:
    values: list[str] = []
    known: set[str] = set()
    items = element.all("item")
    if len(items) > MOST_VALUES:
        message = f"the issue {quoted(name)} has {len(items):,} values; at most {MOST_VALUES:,} are taken"
        findings.add(source, "BG004", message, element.span(source))
        return None
    for item in items:
        value = attribute(source, item, "value", findings)
        if value is None:
            return None
        if value in known:
            message = f"the issue {quoted(name)} has the value {quoted(value)} twice"
            findings.add(source, "BG022", message, item.span(source, "value"))
        known.add(value)
        values.append(value)
    if not values:
        findings.add(
            source, "BG027", f"the issue {quoted(name)} has no values", element.span(source), "<item value=.../>"
        )
        return None
    return tuple(values)
