"""NegoLog's domain folders (Dogru et al. 2024): ``profileA.json``, ``profileB.json`` and, beside them, ``specs.json``.

The utility is the sum of ``issueWeights`` times ``issues``, both as they stand (``nenv/Preference.py``), and
``reservationValue`` is what a party gets without an agreement.  ``specs.json`` stores two solution points; their names
were read in ``nenv/BidSpace.py``: *Nash* is the largest product of the utilities themselves, whatever the reservation
values are, and *Kalai* is the largest **sum** of utilities, which is the utilitarian rule.  Tested with domains written
by hand.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bargain.games.interchange.domain import Domain, DomainIssue, Party, StoredPoint
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.json_parts import check_keys, good_name, named_values, numbers
from bargain.games.interchange.json_text import JsonFile, Written
from bargain.games.interchange.rationals import exact_number

__all__ = ["DIALECT", "is_profile", "is_specs", "negolog_domain", "negolog_trees"]

DIALECT = "NegoLog JSON"

_POINTS = (
    ("Nash", "nash", "zero", "NegoLog multiplies utilities, not gains: our rule with the disagreement point at zero"),
    ("Kalai", "utilitarian", "least", "NegoLog's Kalai is the largest sum of utilities, not the egalitarian solution"),
)


def is_profile(tree: Any) -> bool:
    """Return whether a JSON tree is a party's profile."""
    return isinstance(tree, dict) and "issueWeights" in tree and "issues" in tree


def is_specs(tree: Any) -> bool:
    """Return whether a JSON tree is what NegoLog stores about a domain."""
    return isinstance(tree, dict) and "NumberOfBids" in tree and ("Nash_A" in tree or "NashBid" in tree)


def negolog_domain(name: str, profiles: list[tuple[str, JsonFile]], specs: JsonFile | None = None) -> Domain:
    """Return a domain from its profiles, and the points of ``specs.json``.

    Raises
    ------
    GameFileError
        All that is wrong in all files.
    """
    findings = Findings()
    issues = _issues(profiles[0][1], findings)
    findings.stop()
    parties = []
    for party, file in profiles:
        with findings.kept():
            parties.append(_party(party, file, issues, findings))
    findings.stop()
    found = tuple(party for party in parties if party is not None)
    notes = ["weights and evaluations are taken as they stand, as NegoLog does"]
    files = tuple(file.source.file for _, file in profiles)
    domain = Domain(name, DIALECT, issues, found, tuple(notes), files=files)
    if specs is None:
        return domain
    points = _points(specs, domain, findings)
    findings.stop()
    title = specs.at(("Name",))
    shown = title if isinstance(title, str) and title.strip() and title.isprintable() else name
    return Domain(shown, DIALECT, issues, found, tuple(notes), points, (*files, specs.source.file))


def _issues(file: JsonFile, findings: Findings) -> tuple[DomainIssue, ...]:
    weights, tables = file.table(("issueWeights",), findings), file.table(("issues",), findings)
    found: list[DomainIssue] = []
    if weights is None or tables is None:
        return ()
    check_keys(file, tables, tuple(weights), ("issues",), "issue", findings)
    for name in weights:
        path = ("issues", name)
        if name not in tables or not good_name(file, name, path, findings):
            continue
        table = file.table(path, findings)
        if table is not None and named_values(file, tuple(table), path, name, findings):
            found.append(DomainIssue(name, tuple(table)))
    if not found and not findings.diagnostics:
        findings.add(file.source, "BG027", "the profile has no issues", file.span(("issues",)))
    return tuple(found)


def _party(name: str, file: JsonFile, issues: tuple[DomainIssue, ...], findings: Findings) -> Party | None:
    names = tuple(issue.name for issue in issues)
    reserved = file.number(("reservationValue",), findings)
    weights = numbers(file, ("issueWeights",), names, "issue", findings)
    tables = file.table(("issues",), findings)
    if tables is None or not check_keys(file, tables, names, ("issues",), "issue", findings):
        return None
    columns = [
        numbers(file, ("issues", issue.name), tuple(map(str, issue.values)), "value", findings) for issue in issues
    ]
    if weights is None or reserved is None or any(column is None for column in columns):
        return None
    evaluations = tuple(column for column in columns if column is not None)
    return Party(name, weights, evaluations, reserved, lines=(None,) * len(issues), file=file.source.file)


def _points(specs: JsonFile, domain: Domain, findings: Findings) -> tuple[StoredPoint, ...]:
    if len(domain.parties) != 2:
        return ()
    found = []
    for theirs, ours, basis, note in _POINTS:
        payoffs = [specs.at((f"{theirs}_{side}",)) for side in "AB"]
        if not all(isinstance(value, Written) for value in payoffs):
            continue
        exact = tuple(Fraction(exact_number(str(value))) for value in payoffs)
        found.append(StoredPoint(theirs, ours, exact, _bid(specs, theirs, domain, findings), basis, note))  # type: ignore[arg-type]
    return tuple(found)


def _bid(specs: JsonFile, theirs: str, domain: Domain, findings: Findings) -> tuple[int, ...] | None:
    path = (f"{theirs}Bid",)
    outcome = specs.at(path)
    if not isinstance(outcome, dict):
        return None
    try:
        return domain.indices({key: str(value) for key, value in outcome.items()})
    except ValueError as trouble:
        findings.add(specs.source, "BG027", f"the stored {theirs} outcome: {trouble}", specs.span(path, key=True))
        return None


def negolog_trees(domain: Domain) -> dict[str, Any]:
    """Return the trees of the files ``profileA.json`` and ``profileB.json``; see :mod:`.domain_writers`.

    Raises
    ------
    ValueError
        NegoLog cannot hold this domain.
    """
    if len(domain.parties) != 2:
        raise ValueError(f"NegoLog has two parties; this domain has {len(domain.parties)}")
    for issue in domain.issues:
        if issue.kind != "discrete":
            raise ValueError(f"NegoLog has discrete issues only; `{issue.name}` is {issue.kind}")
    trees = {}
    for side, party in zip("AB", domain.parties, strict=True):
        if party.bias:
            raise ValueError(f"NegoLog has no constant part of a utility; that of `{party.name}` is {party.bias}")
        if party.discount is not None:
            raise ValueError(f"NegoLog has no discount factor; `{party.name}` has {party.discount}")
        if party.reserved is None:
            raise ValueError(f"NegoLog needs a reservation value; `{party.name}` has none")
        names = [issue.name for issue in domain.issues]
        tables = zip(domain.issues, party.evaluations, strict=True)
        trees[f"profile{side}.json"] = {
            "reservationValue": party.reserved,
            "issueWeights": dict(zip(names, party.weights, strict=True)),
            "issues": {issue.name: dict(zip(issue.values, values, strict=True)) for issue, values in tables},
        }
    return trees
