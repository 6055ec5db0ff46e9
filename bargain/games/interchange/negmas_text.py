"""A domain as what ``Scenario.to_json`` of NegMAS writes: the outcome space and one dump per utility function.

Tested by round trips, and by NegMAS itself where it is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bargain.games.interchange.decimals import has_decimal, odd_part
from bargain.games.interchange.domain import Domain, DomainIssue, Party
from bargain.games.interchange.genius_text import on_line
from bargain.games.interchange.json_parts import value_key

__all__ = ["negmas_trees"]


def negmas_trees(domain: Domain) -> dict[str, Any]:
    """Return the trees of the files: first the outcome space, then the parties.

    Raises
    ------
    ValueError
        NegMAS cannot hold the domain.
    """
    trees: dict[str, Any] = {
        "domain.json": {
            "issues": [_issue(issue) for issue in domain.issues],
            "name": domain.name,
            "path": None,
            "type": "CartesianOutcomeSpace",
        }
    }
    for number, party in enumerate(domain.parties, 1):
        trees[f"party{number}.json"] = _party(domain, party)
    return trees


def _issue(issue: DomainIssue) -> dict[str, Any]:
    ends = [issue.values[0], issue.values[-1]]
    if issue.kind == "integer":
        return {"name": issue.name, "type": "ContiguousIssue", "values": ends}
    if issue.kind == "real":
        return {"n_levels": len(issue.values), "name": issue.name, "type": "ContinuousIssue", "values": ends}
    named = isinstance(issue.values[0], str)
    kind = "CategoricalIssue" if named else "DiscreteCardinalIssue"
    return {"name": issue.name, "type": kind, "values": list(issue.values)}


def _party(domain: Domain, party: Party) -> dict[str, Any]:
    if party.discount is not None:
        raise ValueError(f"NegMAS discounts by steps; the discount factor of `{party.name}` would mean something else")
    if party.bias:
        raise ValueError(
            f"a dump of NegMAS 0.16 loses the constant part of a utility; that of `{party.name}` is {party.bias}"
        )
    parts = list(_parts(domain, party))
    return {
        "name": party.name,
        "reserved_outcome": None,
        "reserved_value": float("-inf") if party.reserved is None else party.reserved,
        "type": "LinearAdditiveUtilityFunction",
        "values": [function for _, function in parts],
        "weights": [weight for weight, _ in parts],
    }


def _parts(domain: Domain, party: Party) -> Iterator[tuple[Fraction, dict[str, Any]]]:
    """Yield every issue's weight and value function, scaled so that both are finite decimals where that can be."""
    for k, issue in enumerate(domain.issues):
        weight, values = party.weights[k], party.evaluations[k]
        line = on_line(issue, values) if issue.kind != "discrete" else None
        if issue.kind == "real" and line is None:
            raise ValueError(f"NegMAS has no line that is cut off; `{issue.name}` has one for `{party.name}`")
        numbers = [line.slope, line.intercept] if line is not None else list(values)
        scale = odd_part(numbers)
        if not has_decimal(weight / scale):
            scale = 1
        if scale == 1 and weight and not all(map(has_decimal, (weight, *numbers))):
            # The products may be finite where the factors are not.
            numbers, weight = [weight * value for value in numbers], Fraction(1)
        numbers, weight = [value * scale for value in numbers], weight / scale
        if line is not None:
            yield weight, {"bias": numbers[1], "slope": numbers[0], "type": "AffineFun"}
        else:
            table = {value_key(value): number for value, number in zip(issue.values, numbers, strict=True)}
            yield weight, {"mapping": table, "type": "TableFun"}
