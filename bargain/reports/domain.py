"""A negotiation domain of another program: what was read from its files, and its stored points beside our rules.

The JSON form has ``"schema": "bargain-domain-1"`` with ``name``, ``dialect``, ``files``, ``outcomes`` (their number),
``issues`` (``name``, ``kind``, ``values``), ``parties`` (``name``, ``disagreement``, ``reserved`` or null, ``discount``
or null, ``least`` and ``most`` utility, ``weights`` ``{issue: weight}``), ``notes``, and ``points``: ``theirs``,
``ours`` (a rule, or null), ``basis``, ``disagreement``, ``stored`` and ``solved`` (``payoffs`` ``{party: number}``,
``deal`` ``{issue: value}`` or null), ``same``, ``as_good`` (equal by what the rule makes largest), ``sound`` (they are
the payoffs of the stored outcome), ``note``.  Numbers are exact, fractions as ``"p/q"``.  Tested by golden pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bargain.reports.digits import number, number_format
from bargain.reports.json import dumps
from bargain.reports.names import counted
from bargain.reports.tables import Column, Item, Section, Table, column
from bargain.reports.text import text_sections

if TYPE_CHECKING:
    from bargain.games.interchange.domain import Domain
    from bargain.results import PointComparison

__all__ = ["SCHEMA", "domain_tree", "render_domain"]

SCHEMA = "bargain-domain-1"

_SHOWN = 60


def render_domain(
    domain: Domain, points: Sequence[PointComparison], format: str = "text", digits: int | None = None
) -> str:
    """Return a domain and its points as text that ends with a newline.

    Parameters
    ----------
    domain : Domain
        What was read.
    points : sequence of PointComparison
        Its stored points beside our rules.
    format : {"text", "json"}
        Text for people, or one JSON object.
    digits : int, optional
        Significant digits in text.
    """
    if format == "json":
        return dumps(domain_tree(domain, points))
    size = f"{domain.dialect}, {counted(len(domain.parties), 'party', 'parties')}, "
    size += f"{counted(len(domain.issues), 'issue')}, {_count(domain.outcomes)} outcomes"
    sections = [Section("", body=(domain.name, size), key="scenario")]
    sections.append(Section("Parties", "", (_parties(domain, digits),), "players"))
    sections.append(Section("Issues", "", (_issues(domain, digits),), "levers"))
    if points:
        sections.append(Section("Stored points", "beside our rules", tuple(_points(domain, points, digits)), "points"))
    if domain.notes:
        sections.append(Section("Notes", "", tuple(f"  {note}" for note in domain.notes), "notes"))
    return text_sections(sections)


def _count(outcomes: int) -> str:
    return f"{outcomes:,}" if outcomes < 10**12 else f"10^{len(str(outcomes)) - 1}"


def _parties(domain: Domain, digits: int | None) -> Table:
    rows = []
    for party in domain.parties:
        values = (party.disagreement, party.least, party.most)
        spec = number_format(values, digits)
        discount = "" if party.discount is None else f"{float(party.discount):.4g}"
        reserved = " (no reserved value)" if party.reserved is None else ""
        rows.append((party.name + reserved, *(number(value, spec) for value in values), discount))
    headings = column("no deal", "least", "most", "discount (not applied)")
    return Table((Column("party", "left"), *headings), tuple(rows)).without_empty()


def _issues(domain: Domain, digits: int | None) -> Table:
    weights = [[party.weights[k] for party in domain.parties] for k in range(len(domain.issues))]
    specs = [number_format(list(col), digits) for col in zip(*weights, strict=True)]
    rows = []
    for issue, row in zip(domain.issues[:_SHOWN], weights, strict=False):
        first, last = issue.values[0], issue.values[-1]
        ends = f"{first} .. {last}" if isinstance(first, str) else f"{float(first):.6g} .. {float(last):.6g}"
        words = ", ".join(str(value) for value in issue.values) if issue.kind == "discrete" else ends
        words = words if len(words) <= 40 else f"{words[:37]}..."
        shares = (number(weight, spec) for weight, spec in zip(row, specs, strict=True))
        rows.append((issue.name, issue.kind, f"{len(issue.values):,}", *shares, words))
    if len(domain.issues) > _SHOWN:
        rows.append((f"... {len(domain.issues) - _SHOWN} more",))
    names = (Column(f"weight {party.name}") for party in domain.parties)
    return Table(
        (Column("issue", "left"), Column("kind", "left"), *column("values"), *names, Column("", "note")), tuple(rows)
    )


def _points(domain: Domain, points: Sequence[PointComparison], digits: int | None) -> list[Item]:
    rows: list[tuple[str, ...]] = []
    remarks: list[str] = []
    for point in points:
        named = (
            f"their {point.theirs} (= our {point.ours})" if point.ours else f"their {point.theirs} (no rule of ours)"
        )
        spec = number_format([*point.stored_payoffs, *(point.payoffs or ())], digits)
        stored = ", ".join(number(value, spec) for value in point.stored_payoffs)
        ours = "" if point.payoffs is None else ", ".join(number(value, spec) for value in point.payoffs)
        verdict = (
            "" if point.same is None else "the same" if point.same else "as good" if point.as_good else "DIFFERENT"
        )
        rows.append((named, stored, ours, verdict))
        remarks += _remarks(point)
    headings = column(f"theirs ({', '.join(domain.players)})", "ours")
    table = Table((Column("point", "left"), *headings, Column("", "note")), tuple(rows))
    return [table, *dict.fromkeys(f"  {remark}" for remark in remarks)]


def _remarks(point: PointComparison) -> list[str]:
    said = [f"{point.theirs}: {point.note}"] if point.note else []
    if point.ours:
        said.append(f"{point.theirs}: our {point.ours} takes {point.basis} for the disagreement point")
    if point.same is False and point.deal is not None:
        said.append(f"{point.theirs}: ours is {_deal(point.deal)}; theirs is {_deal(point.stored_deal)}")
    if point.sound is False:
        said.append(f"{point.theirs}: the stored payoffs are NOT those of the stored outcome")
    return said


def _deal(deal: Mapping[str, Any] | None) -> str:
    if deal is None:
        return "not stored"
    words = ", ".join(f"{name} = {value if isinstance(value, str) else f'{value:.6g}'}" for name, value in deal.items())
    return words if len(words) <= 300 else f"{words[:297]}..."


def domain_tree(domain: Domain, points: Sequence[PointComparison]) -> dict[str, Any]:
    """Return the object that the module describes."""
    names = [issue.name for issue in domain.issues]
    return {
        "schema": SCHEMA,
        "name": domain.name,
        "dialect": domain.dialect,
        "files": domain.files,
        "outcomes": domain.outcomes,
        "issues": [{"name": issue.name, "kind": issue.kind, "values": issue.values} for issue in domain.issues],
        "parties": [
            {
                "name": party.name,
                "disagreement": party.disagreement,
                "reserved": party.reserved,
                "discount": party.discount,
                "least": party.least,
                "most": party.most,
                "weights": dict(zip(names, party.weights, strict=True)),
            }
            for party in domain.parties
        ],
        "notes": domain.notes,
        "points": [_point_tree(domain, point) for point in points],
    }


def _point_tree(domain: Domain, point: PointComparison) -> dict[str, Any]:
    def named(payoffs: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(domain.players, payoffs, strict=True))

    solved = None if point.payoffs is None else {"payoffs": named(point.payoffs), "deal": point.deal}
    return {
        "theirs": point.theirs,
        "ours": point.ours,
        "basis": point.basis,
        "disagreement": named(point.disagreement),
        "stored": {"payoffs": named(point.stored_payoffs), "deal": point.stored_deal},
        "solved": solved,
        "same": point.same,
        "as_good": point.as_good,
        "sound": point.sound,
        "note": point.note,
    }
