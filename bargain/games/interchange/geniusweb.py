"""GENIUS-style JSON, as GeniusWeb writes it and NegMAS reads it: ``LinearAdditiveUtilitySpace`` files.

The utility is the sum of ``issueWeights`` times ``issueUtilities``, as they stand.  ``reservationBid`` is an outcome: a
party's reserved value is its utility of that outcome, as in ``from_geniusweb_json_str`` of NegMAS (which also reads
``reserved_value`` and ``discount_factor``).  Other utility spaces of GeniusWeb are refused by name.  Tested with
domains written by hand and, where it is installed, against NegMAS.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bargain.games.interchange.domain import Domain, DomainIssue, Party
from bargain.games.interchange.findings import Findings
from bargain.games.interchange.json_parts import check_keys, good_name, named_values, numbers, same_issues
from bargain.games.interchange.json_text import JsonFile
from bargain.games.interchange.troubles import quoted
from bargain.scenario.scanner import Path

__all__ = ["DIALECT", "ROOT", "geniusweb_domain", "geniusweb_trees", "is_domain", "is_utility_space"]

DIALECT = "GENIUS-style JSON (GeniusWeb, NegMAS)"
ROOT = "LinearAdditiveUtilitySpace"

_DISCRETE = ("discreteutils", "DiscreteValueSetUtilities")


def is_domain(tree: Any) -> bool:
    """Return whether a JSON tree is a domain of GeniusWeb."""
    return isinstance(tree, dict) and "issuesValues" in tree


def is_utility_space(tree: Any) -> bool:
    """Return whether a JSON tree is a utility space of GeniusWeb, of whatever kind."""
    return (
        isinstance(tree, dict) and len(tree) == 1 and next(iter(tree)).endswith(("UtilitySpace", "Profile", "Ordering"))
    )


def geniusweb_domain(domain: JsonFile | None, parties: list[tuple[str, JsonFile]], name: str) -> Domain:
    """Return a domain from its file, or from the copy of it in the parties' files.

    Raises
    ------
    GameFileError
        All that is wrong in all files.
    """
    findings = Findings()
    for _, file in parties:
        kind = next(iter(file.tree), "")
        if kind != ROOT:
            message = f"{quoted(kind)}: this kind of utility is not linear-additive"
            findings.add(file.source, "BG028", message, file.span((kind,), key=True), f"`{ROOT}` is read")
    findings.stop()
    own = [(file, (ROOT, "domain")) for _, file in parties if isinstance(file.at((ROOT, "domain")), dict)]
    first = (domain, ()) if domain is not None else own[0] if own else None
    if first is None:
        _, file = parties[0]
        findings.add(
            file.source, "BG027", "there is no domain file, and no `domain` in here", file.span((ROOT,), key=True)
        )
        findings.fail()
    issues = _issues(first[0], first[1], findings)
    findings.stop()
    for file, path in own:
        if file is not first[0] and not same_issues(_issues(file, path, findings), issues):
            message = "the `domain` in this file has other issues or values than the domain"
            findings.add(file.source, "BG027", message, file.span(path, key=True))
    found = [_party(party, file, issues, findings) for party, file in parties]
    findings.stop()
    title = first[0].at((*first[1], "name"))
    shown = title if isinstance(title, str) and title.strip() and title.isprintable() else name
    ready = tuple(party for party in found if party is not None)
    notes = ["weights and evaluations are taken as they stand"]
    notes += [
        f"{party.name}: weights sum to {float(sum(party.weights)):.10g}; GeniusWeb asks for exactly 1"
        for party in ready
        if sum(party.weights) != 1
    ]
    files = tuple(file.source.file for file in ([domain] if domain is not None else []) + [f for _, f in parties])
    return Domain(shown, DIALECT, issues, ready, tuple(notes), files=files)


def _issues(file: JsonFile, path: Path, findings: Findings) -> tuple[DomainIssue, ...]:
    table = file.table((*path, "issuesValues"), findings)
    found = []
    for name in table or ():
        here = (*path, "issuesValues", name)
        if not good_name(file, name, here, findings):
            continue
        values = file.at((*here, "values"))
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            message = f"the issue {quoted(name)} is not a list of values"
            findings.add(
                file.source, "BG028", message, file.span(here, key=True), 'discrete issues are read: {"values": [...]}'
            )
        elif named_values(file, [str(value) for value in values], (*here, "values"), name, findings):
            found.append(DomainIssue(name, tuple(str(value) for value in values)))
    if table is not None and not found and not findings.diagnostics:
        findings.add(file.source, "BG027", "the domain has no issues", file.span((*path, "issuesValues"), key=True))
    return tuple(found)


def _party(default: str, file: JsonFile, issues: tuple[DomainIssue, ...], findings: Findings) -> Party | None:
    names = tuple(issue.name for issue in issues)
    weights = numbers(file, (ROOT, "issueWeights"), names, "issue", findings)
    tables = file.table((ROOT, "issueUtilities"), findings)
    if tables is None or not check_keys(file, tables, names, (ROOT, "issueUtilities"), "issue", findings):
        return None
    columns: list[tuple[Fraction, ...] | None] = []
    for issue in issues:
        path: Path = (ROOT, "issueUtilities", issue.name)
        kind = next((kind for kind in _DISCRETE if file.at((*path, kind)) is not None), None)
        if kind is None:
            given = ", ".join(file.at(path)) if isinstance(file.at(path), dict) else "something else"
            message = f"the issue {quoted(issue.name)} has {quoted(given)}, which is not read"
            findings.add(file.source, "BG028", message, file.span(path, key=True), f"one of {', '.join(_DISCRETE)}")
            columns.append(None)
            continue
        wanted = tuple(map(str, issue.values))
        columns.append(numbers(file, (*path, kind, "valueUtilities"), wanted, "value", findings))
    if weights is None or any(column is None for column in columns):
        return None
    title = file.at((ROOT, "name"))
    name = title if isinstance(title, str) and title.strip() and title.isprintable() else default
    evaluations = tuple(column for column in columns if column is not None)
    party = Party(name, weights, evaluations, lines=(None,) * len(issues), file=file.source.file)
    return _with_reserve(party, file, issues, findings)


def _with_reserve(party: Party, file: JsonFile, issues: tuple[DomainIssue, ...], findings: Findings) -> Party | None:
    reserved, discount = party.reserved, party.discount
    path: Path = (ROOT, "reservationBid", "issuevalues")
    if isinstance(outcome := file.at(path), dict):
        try:
            place = Domain("", "", issues, ()).indices({key: str(value) for key, value in outcome.items()})
        except ValueError as trouble:
            findings.add(file.source, "BG027", f"the reservation bid: {trouble}", file.span(path, key=True))
            return None
        reserved = party.utility(place)
    elif file.at((ROOT, "reserved_value")) is not None:
        reserved = file.number((ROOT, "reserved_value"), findings)
    if file.at((ROOT, "discount_factor")) is not None:
        discount = file.number((ROOT, "discount_factor"), findings)
        discount = discount if discount is not None and 0 < discount < 1 else None
    return Party(
        party.name, party.weights, party.evaluations, reserved, discount, lines=party.lines, file=party.file
    )  # fmt: skip


def geniusweb_trees(domain: Domain) -> dict[str, Any]:
    """Return the trees of the files to write, by their names; see :mod:`.domain_writers`.

    Raises
    ------
    ValueError
        The format cannot hold this domain.
    """
    for issue in domain.issues:
        if issue.kind != "discrete":
            raise ValueError(f"GENIUS-style JSON has discrete issues only here; `{issue.name}` is {issue.kind}")
    body = {
        "name": domain.name,
        "issuesValues": {issue.name: {"values": list(issue.values)} for issue in domain.issues},
    }
    trees: dict[str, Any] = {"domain.json": body}
    for number, party in enumerate(domain.parties, 1):
        if party.bias:
            raise ValueError(
                f"GENIUS-style JSON has no constant part of a utility; that of `{party.name}` is {party.bias}"
            )
        tables = zip(domain.issues, party.evaluations, strict=True)
        space: dict[str, Any] = {
            "issueUtilities": {
                issue.name: {_DISCRETE[0]: {"valueUtilities": dict(zip(issue.values, values, strict=True))}}
                for issue, values in tables
            },
            "issueWeights": {issue.name: w for issue, w in zip(domain.issues, party.weights, strict=True)},
            "domain": body,
            "name": party.name,
        }
        if party.reserved is not None:
            space["reserved_value"] = party.reserved
        if party.discount is not None:
            space["discount_factor"] = party.discount
        trees[f"party{number}.json"] = {ROOT: space}
    return trees
