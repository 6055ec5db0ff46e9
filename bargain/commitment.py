"""Who gains from commitment: from moving first when the talks fail, and from tied hands while they last.

The disagreement point is varied (status quo, equilibrium, optimal threats, one player committed first) and the deals
that follow are compared.  A limit on deals that binds is a commitment (Schelling 1956): it is moved a little, the
deal is found anew, and whose gain rises when the limit gets tighter is told.  Tested by games and ceilings solved
by hand, and against the shadow prices of the solved programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bargain.errors import LimitError, NotSolvedError, ScenarioError, UnsupportedGameError, UnsupportedProblemError
from bargain.payoffs.plain import values_at
from bargain.results import DisagreementPoint, Solution
from bargain.results.commitment import Ceiling, Commitment, DisagreementCase
from bargain.scenario.document import Constraint, Document
from bargain.scenario.expression import Compare

__all__ = ["SHARE", "commitment"]

SHARE = 0.05
"""How far a limit is moved, as a share of its right-hand side at the deal."""

_NOISE = 1e-6
"""Changes below this share of the gains are rounding of the search."""

_COMPARISON = re.compile(r"<=|>=|==|!=|<|>")

Resolve = Callable[[Mapping[str, Any]], Solution]


def commitment(
    document: Document,
    rule: str,
    points: Mapping[tuple[str, str | None], Callable[[], DisagreementPoint]],
    solve: Callable[[DisagreementPoint], Solution],
    resolve: Resolve,
    share: float = SHARE,
) -> Commitment:
    """Return the deals under other disagreement points and other limits.

    Parameters
    ----------
    document : Document
        The scenario.
    rule : str
        The bargaining rule.
    points : mapping of (kind, leader) to callable
        How each disagreement point is found, the scenario's own first.
    solve, resolve : callable
        Return the deal at a disagreement point, and with some entries of the scenario changed.
    share : float
        How far limits are moved, as a share of their right-hand side at the deal.

    Returns
    -------
    Commitment
        Other disagreement points that are not defined here are listed with the reason.

    Raises
    ------
    ValueError
        ``share`` does not lie between 0 and 1.
    BargainError
        The scenario's own deal cannot be found.

    References
    ----------
    Schelling (1956), "An essay on bargaining"; von Stackelberg (1934); Nash (1953), "Two-person cooperative games".
    """
    if not 0 < share < 1:
        raise ValueError(f"step: {share} is not a share of a limit; it must be more than 0 and less than 1")
    (own, leader), *others = points
    point = points[own, leader]()
    base = solve(point)
    cases = (
        DisagreementCase(own, leader, point, base),
        *(_case(kind, who, points[kind, who], solve) for kind, who in others),
    )
    ceilings: list[Ceiling] = []
    slack: list[str] = []
    untried: list[str] = []
    for place, limit in enumerate(document.constraints if base.agreed else ()):
        found = _ceiling(document, place, limit, base, resolve, share)
        if isinstance(found, Ceiling):
            ceilings.append(found)
        else:
            (slack if found else untried).append(limit.name)
    return Commitment(document, rule, cases, _leading(document, cases), tuple(ceilings), tuple(slack), tuple(untried))


def _case(
    kind: str,
    leader: str | None,
    find: Callable[[], DisagreementPoint],
    solve: Callable[[DisagreementPoint], Solution],
) -> DisagreementCase:
    try:
        point = find()
        return DisagreementCase(kind, leader, point, solve(point))
    except (UnsupportedGameError, UnsupportedProblemError, NotSolvedError, LimitError) as trouble:
        return DisagreementCase(kind, leader, None, None, str(trouble))


def _leading(document: Document, cases: tuple[DisagreementCase, ...]) -> tuple[float | None, ...]:
    nobody = next((case.payoffs for case in cases if case.kind == "nash"), None)
    found = []
    for i, player in enumerate(document.player_names):
        first = next((case.payoffs for case in cases if case.leader == player), None)
        found.append(None if first is None or nobody is None else first[i] - nobody[i])
    return tuple(found)


def _ceiling(
    document: Document, place: int, limit: Constraint, base: Solution, resolve: Resolve, share: float
) -> Ceiling | bool:
    """Return what a limit does; True when it does not bind, False when it cannot be moved."""
    sides = _sides(limit)
    if sides is None:
        return False
    left, sign, right = sides
    size = abs(_right_side(document, limit, base))
    step = share * size if size > 0 and np.isfinite(size) else share
    priced = next((each for each in base.binding if each.kind == "constraint" and each.name == limit.name), None)
    inwards = "-" if sign in ("<", "<=") else "+"
    outwards = "+" if inwards == "-" else "-"
    moved = {way: f"{left.strip()} {sign} ({right.strip()}) {way} {step!r}" for way in (inwards, outwards)}
    tighter, looser = (_change(base, resolve, {f"constraints.{place}.rule": moved[way]}) for way in (inwards, outwards))
    noise = _NOISE * max(abs(float(gain)) for gain in base.gains)
    if priced is None and not any(abs(value) > noise for change in (tighter, looser) if change for value in change):
        return True
    names = document.player_names
    changes = tighter or (tuple(-value for value in looser) if looser else ())
    return Ceiling(
        name=limit.name,
        rule=limit.source,
        line=limit.line,
        step=step,
        shadow=None if priced is None else priced.shadow,
        tighter=tighter,
        looser=looser,
        works_for=tuple(name for name, value in zip(names, changes, strict=False) if value > noise),
        works_against=tuple(name for name, value in zip(names, changes, strict=False) if value < -noise),
    )


def _sides(limit: Constraint) -> tuple[str, str, str] | None:
    """Return the two sides of a comparison and its sign; None when the limit is something else."""
    signs = _COMPARISON.findall(limit.source)
    if not isinstance(limit.expression, Compare) or len(signs) != 1 or signs[0] in ("==", "!="):
        return None
    left, right = limit.source.split(signs[0])
    return left, signs[0], right


def _right_side(document: Document, limit: Constraint, base: Solution) -> float:
    """Return the value of a limit's right-hand side at the deal."""
    if base.deal is None or not isinstance(limit.expression, Compare):
        return float("nan")
    values: dict[str, Any] = {each.name: np.float64(each.value) for each in document.parameters}
    for lever in document.levers:
        values[lever.name] = np.float64(lever.code(base.deal[lever.issue][lever.name]))
    for each in document.definitions:
        values[each.name] = values_at(each.expression, values)
    return float(values_at(limit.expression.right, values))


def _change(base: Solution, resolve: Resolve, changes: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Return the change of the gains; a limit that leaves no deal leaves no gains."""
    try:
        found = resolve(changes)
    except (NotSolvedError, LimitError, ScenarioError):
        return None
    if found.status in ("failed", "limit"):
        return None
    return tuple(float(new) - float(old) for new, old in zip(found.gains, base.gains, strict=True))
