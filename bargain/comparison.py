"""Solution points that other programs store with their domains, compared with the deals of our rules.

Names are not taken at their word: NegMAS's ``kalai`` is the egalitarian solution, NegoLog's *Kalai* the utilitarian.
Each stored point knows the rule that says the same and the disagreement point that goes with it
(:mod:`bargain.games.interchange`); here both are solved and compared in fractions.  Tested with points worked out by
hand, right and wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from bargain.games.interchange.domain import Domain, StoredPoint
from bargain.results import PointComparison, Solution
from bargain.solutions.rules import solve_problem

__all__ = ["compare_points"]

_TOLERANCE = Fraction(1, 10**9)
"""Stored points are floats: payoffs agree within this part of the largest one."""

_WORTH: Mapping[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "nash": lambda gains: prod(gains, start=Fraction(1)),
    "egalitarian": min,
    "utilitarian": lambda gains: sum(gains, Fraction(0)),
}
"""What a rule makes largest, in gains."""

_BASIS = {
    "reserved": "the reserved values",
    "floor": "the reserved values, or a party's least utility where that is higher",
    "zero": "zero",
    "least": "every party's least utility",
}


def compare_points(domain: Domain) -> tuple[PointComparison, ...]:
    """Return each stored point of a domain beside the deal of our rule.

    Parameters
    ----------
    domain : Domain
        With the points that its files hold.

    Raises
    ------
    LimitError
        Our solution would need too much memory.

    Examples
    --------
    >>> from bargain.games.interchange.domain import DomainIssue, Party
    >>> one = Fraction(1)
    >>> a = Party("a", (one,), ((Fraction(4), Fraction(2), Fraction(1)),), Fraction(0))
    >>> b = Party("b", (one,), ((Fraction(1), Fraction(2), Fraction(3)),), Fraction(0))
    >>> issue = DomainIssue("deal", ("x", "y", "z"))
    >>> stored = StoredPoint("Kalai", "utilitarian", (Fraction(4), Fraction(1)), (0,), "zero")
    >>> (point,) = compare_points(Domain("d", "made here", (issue,), (a, b), points=(stored,)))
    >>> point.same, point.deal
    (True, {'deal': 'x'})
    """
    solved: dict[tuple[str, tuple[Fraction, ...]], Solution] = {}
    return tuple(_compared(domain, point, solved) for point in domain.points)


def _compared(
    domain: Domain, point: StoredPoint, solved: dict[tuple[str, tuple[Fraction, ...]], Solution]
) -> PointComparison:
    disagreement = _disagreement(domain, point.basis)
    solution = None
    if point.ours is not None:
        key = (point.ours, disagreement)
        if key not in solved:
            solved[key] = solve_problem(domain.problem(disagreement), point.ours)
        solution = solved[key]
    agreed = solution is not None and solution.agreed
    return PointComparison(
        theirs=point.theirs,
        ours=point.ours,
        basis=_BASIS[point.basis],
        disagreement=disagreement,
        stored_payoffs=point.payoffs,
        payoffs=None if solution is None else solution.payoffs,
        stored_deal=None if point.deal is None else _outcome(domain, point.deal),
        deal=_words(solution.deal) if solution is not None and agreed else None,
        same=None if solution is None else _same(point.payoffs, solution),
        as_good=_as_good(point, disagreement, solution),
        sound=None if point.deal is None else _near(point.payoffs, domain.utilities(point.deal)),
        note=point.note,
    )


def _disagreement(domain: Domain, basis: str) -> tuple[Fraction, ...]:
    if basis == "zero":
        return (Fraction(0),) * len(domain.parties)
    if basis == "least":
        return tuple(party.least for party in domain.parties)
    if basis == "floor":
        return tuple(max(party.disagreement, party.least) for party in domain.parties)
    return tuple(party.disagreement for party in domain.parties)


def _outcome(domain: Domain, deal: Sequence[int]) -> dict[str, Any]:
    chosen = {issue.name: issue.values[k] for issue, k in zip(domain.issues, deal, strict=True)}
    return {name: value if isinstance(value, str) else float(value) for name, value in chosen.items()}


def _words(deal: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a deal as ``{issue: value}``: every issue of a domain has one lever of its own name."""
    return {issue: levels[issue] for issue, levels in deal.items()}


def _same(stored: Sequence[Fraction], solution: Solution) -> bool:
    ours = [solution.payoffs, *(outcome.payoffs for outcome in solution.ties)]
    return any(_near(stored, payoffs) for payoffs in ours)


def _as_good(point: StoredPoint, disagreement: Sequence[Fraction], solution: Solution | None) -> bool | None:
    """Return whether the stored payoffs are worth as much as ours by what the rule makes largest."""
    worth = _WORTH.get(point.ours or "")
    if worth is None or solution is None:
        return None
    theirs, ours = (
        [Fraction(u) - r for u, r in zip(payoffs, disagreement, strict=True)]
        for payoffs in (point.payoffs, solution.payoffs)
    )
    scale = max(map(abs, (*theirs, *ours)), default=Fraction(0))
    # A product of two losses is no gain.
    rational = min(theirs) >= -_TOLERANCE * scale
    return rational and _near([worth(theirs)], [worth(ours)])


def _near(stored: Sequence[Any], payoffs: Sequence[Any]) -> bool:
    pairs = [(Fraction(a), Fraction(b)) for a, b in zip(stored, payoffs, strict=True)]
    size = max(max(abs(a), abs(b)) for a, b in pairs)
    return all(abs(a - b) <= _TOLERANCE * size for a, b in pairs)
