"""From a bargaining problem to a negotiation domain: the way in which scenarios get to other programs.

A domain is a sum over issues, so that a problem with linkage terms, limits on deals or continuous levers has none, and
is refused with the reason.  Floats count as the decimals that they are written as.  Tested by round trips through
domains.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.errors import UnsupportedGameError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import DealLabels, FiniteDeals
from bargain.games.interchange.domain import Domain, DomainIssue, Party, Value

__all__ = ["DIALECT", "problem_domain"]

DIALECT = "bargain"


def problem_domain(problem: BargainingProblem, name: str, file: str = "") -> Domain:
    """Return a bargaining problem as a negotiation domain; the disagreement point becomes the reserved values.

    Parameters
    ----------
    problem : BargainingProblem
        Over finitely many deals, with payoffs that add up over levers.
    name : str
        What the domain is called.
    file : str
        Where the problem comes from.

    Raises
    ------
    UnsupportedGameError
        Payoffs tie levers together, deals are limited, or a lever is continuous.

    Examples
    --------
    >>> package = BargainingProblem.additive([[(0, 0), (4, -1)], [(0, 0), (-1, 2)]], disagreement=(0, 0))
    >>> domain = problem_domain(package, "package")
    >>> [str(utility) for utility in domain.utilities((1, 1))]
    ['3', '1']
    """
    deals = problem.feasible
    if not isinstance(deals, FiniteDeals):
        raise UnsupportedGameError("a domain has finitely many values of each issue, and a lever moves on an interval")
    if any(not allowed.all() for _, allowed in deals.masks):
        raise UnsupportedGameError("a domain allows every combination of values, and deals are limited here")
    names, values = _issues(deals)
    tables = [[[Fraction(0)] * size for size in deals.sizes] for _ in problem.players]
    exact: Sequence[Any] = deals.exact if deals.exact is not None else [payoffs for _, payoffs in deals.terms]
    for (levers, _), payoffs in zip(deals.terms, exact, strict=True):
        read = [lever for lever in levers if deals.sizes[lever] > 1] or list(levers[:1]) or [0]
        if len(read) > 1:
            shown = " and ".join(f"`{names[lever]}`" for lever in read[:3])
            raise UnsupportedGameError(f"a domain is a sum over issues, and payoffs here tie {shown} together")
        for i, row in enumerate(payoffs):
            flat = row.ravel().tolist() if hasattr(row, "ravel") else [row]
            column = tables[i][read[0]]
            for k in range(len(column)):
                column[k] += _decimal(flat[k if len(flat) > 1 else 0])
    point: Sequence[Any] = problem.exact_disagreement or problem.disagreement
    ones = (Fraction(1),) * len(names)
    parties = tuple(
        Party(player, ones, tuple(map(tuple, table)), _decimal(value), lines=(None,) * len(names), file=file)
        for player, table, value in zip(problem.players, tables, point, strict=True)
    )
    issues = tuple(DomainIssue(issue, levels) for issue, levels in zip(names, values, strict=True))
    return Domain(name, DIALECT, issues, parties, files=(file,) if file else ())


def _issues(deals: FiniteDeals) -> tuple[list[str], list[tuple[Value, ...]]]:
    labels: DealLabels | None = deals.labels
    if labels is None:
        return (
            [f"issue {k + 1}" for k in range(len(deals.sizes))],
            [tuple(f"value {k + 1}" for k in range(size)) for size in deals.sizes],
        )
    pairs = zip(labels.issues, labels.levers, strict=True)
    names = [issue if issue == lever else f"{issue}.{lever}" for issue, lever in pairs]
    return names, [tuple(v if isinstance(v, str) else _decimal(v) for v in levels) for levels in labels.levels]


def _decimal(value: Any) -> Fraction:
    """Return a number exactly; a float is the decimal that it is written as."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
