"""A domain as GENIUS XML: the domain's file and one utility space per party.

GENIUS divides discrete evaluations by their largest, so that they are written with the largest equal to 1 and the
factor goes into the weight; where that gives no finite decimals, whole numbers are written.  Tested by round trips.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast
from xml.sax.saxutils import quoteattr

from bargain.games.interchange.decimals import decimal_text, has_decimal, odd_part
from bargain.games.interchange.domain import Domain, DomainIssue, Line, Party
from bargain.games.interchange.genius_party import ROUNDING

__all__ = ["genius_texts", "on_line"]


def genius_texts(domain: Domain, names: Sequence[str], rounded: bool) -> dict[str, str]:
    """Return the files of a domain by their names.

    Raises
    ------
    ValueError
        GENIUS cannot hold the domain.
    """
    texts = {"domain.xml": _domain(domain, rounded)}
    for name, party in zip(names, domain.parties, strict=True):
        texts[name] = _party(domain, party, rounded)
    return texts


def _domain(domain: Domain, rounded: bool) -> str:
    rows = ["<negotiation_template>", f'  <utility_space number_of_issues="{len(domain.issues)}">']
    rows.append(_objective(domain, "    "))
    for number, issue in enumerate(domain.issues, 1):
        rows += _issue(issue, number, None, rounded, "      ")
    rows += ["    </objective>", "  </utility_space>", "</negotiation_template>"]
    return "\n".join(rows) + "\n"


def _objective(domain: Domain, indent: str) -> str:
    return f'{indent}<objective index="0" type="objective" etype="objective" name={quoteattr(domain.name)}>'


def _party(domain: Domain, party: Party, rounded: bool) -> str:
    if party.bias:
        raise ValueError(f"GENIUS has no constant part of a utility; that of `{party.name}` is {party.bias}")
    if party.reserved is None:
        raise ValueError(f"GENIUS takes 0 for a missing reservation value, and `{party.name}` falls back on its least")
    if party.most > 1 + ROUNDING:
        raise ValueError(f"GENIUS cuts utilities off at 1; those of `{party.name}` reach {float(party.most):.6g}")
    rows = ["<utility_space>", _objective(domain, "  ")]
    weights = []
    for k, issue in enumerate(domain.issues):
        scale, body = _evaluations(issue, party, k, rounded)
        weight = party.weights[k] * scale
        if weight < 0:
            raise ValueError(f"GENIUS takes weights of zero or more; that of `{issue.name}` is negative")
        weights.append(f'    <weight index="{k + 1}" value="{decimal_text(weight, rounded)}"/>')
        rows += _issue(issue, k + 1, body, rounded, "    ")
    rows += [*weights, "  </objective>"]
    if party.discount is not None:
        rows.append(f'  <discount_factor value="{decimal_text(party.discount, rounded)}"/>')
    rows += [f'  <reservation value="{decimal_text(party.reserved, rounded)}"/>', "</utility_space>"]
    return "\n".join(rows) + "\n"


def _issue(issue: DomainIssue, number: int, body: tuple[str, ...] | None, rounded: bool, indent: str) -> list[str]:
    """Return the lines of an issue: in the domain without ``body``, in a utility space with it."""
    kind = issue.kind
    opening = f'<issue index="{number}" type="{kind}" etype="{kind}" vtype="{kind}" name={quoteattr(issue.name)}'
    if kind == "discrete":
        values = [quoteattr(str(value) if isinstance(value, str) else decimal_text(value)) for value in issue.values]
        grades = [f' evaluation="{grade}"' for grade in body] if body is not None else [""] * len(values)
        items = [
            f'{indent}  <item index="{k}" value={value}{grade}/>'
            for k, (value, grade) in enumerate(zip(values, grades, strict=True), 1)
        ]
        return [f"{indent}{opening}>", *items, f"{indent}</issue>"]
    low, high = (decimal_text(cast(Fraction, issue.values[k]), rounded) for k in (0, -1))
    ends = f'lowerbound="{low}" upperbound="{high}"'
    inner = [f"{indent}  {line}" for line in body or ()]
    if kind == "integer":
        return [f"{indent}{opening} {ends}>", *inner, f"{indent}</issue>"]
    return [f"{indent}{opening}>", f"{indent}  <range {ends}/>", *inner, f"{indent}</issue>"]


def _evaluations(issue: DomainIssue, party: Party, k: int, rounded: bool) -> tuple[Fraction, tuple[str, ...]]:
    """Return by what the weight grows, and the evaluations as texts."""
    values = party.evaluations[k]
    if min(values) < 0:
        raise ValueError(
            f"GENIUS takes evaluations of zero or more; `{issue.name}` has {min(values)} for `{party.name}`"
        )
    largest = max(values)
    if issue.kind == "discrete":
        if not largest:
            return Fraction(1), ("0",) * len(values)
        shares = [value / largest for value in values]
        if all(map(has_decimal, shares)) or rounded:
            return largest, tuple(decimal_text(share, rounded) for share in shares)
        whole = odd_part(shares)
        return largest, tuple(decimal_text(share * whole) for share in shares)
    line = party.lines[k] if party.lines else None
    scale = max(largest, Fraction(1))
    if line is None or (not line.clipped and scale > 1):
        line = on_line(issue, [value / scale for value in values])
    else:
        scale = Fraction(1)
    if line is None:
        raise ValueError(f"GENIUS takes lines on {issue.kind} issues; `{issue.name}` has none for `{party.name}`")
    return scale, (_evaluator(issue, line, rounded),)


def _evaluator(issue: DomainIssue, line: Line, rounded: bool) -> str:
    slope = decimal_text(line.slope, rounded)
    if issue.kind == "integer":
        offset = line.intercept + line.slope * cast(Fraction, issue.values[0])
        return f'<evaluator ftype="linear" slope="{slope}" offset="{decimal_text(offset, rounded)}"/>'
    start = decimal_text(line.intercept, rounded)
    return f'<evaluator ftype="linear" parameter0="{start}" parameter1="{slope}"/>'


def on_line(issue: DomainIssue, values: Sequence[Fraction]) -> Line | None:
    """Return the line through the evaluations of an issue with numbers for values, or None."""
    places = [value for value in issue.values if not isinstance(value, str)]
    if len(places) < len(values):
        return None
    slope = (values[-1] - values[0]) / (places[-1] - places[0]) if len(places) > 1 else Fraction(0)
    line = Line(slope, values[0] - slope * places[0])
    return line if all(line.at(place) == value for place, value in zip(places, values, strict=True)) else None
