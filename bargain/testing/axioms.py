"""The axioms of bargaining theory as checks of any rule, and the definition of equilibrium as a check of any profile.

A *rule* here is a callable ``rule(points, disagreement)`` that takes the payoffs of finitely many deals as a (k, n)
array and the disagreement point as an (n,) array, and returns the chosen payoff vectors as a (t, n) array: all tied
ones, none when there is no deal.  :func:`named_rule` gives ours in this form; your own rule needs no class of ours.
Each check raises ``AssertionError`` with the counterexample.  The checks compute everything from the definitions.

References
----------
Nash (1950); Kalai and Smorodinsky (1975); Kalai (1977); Roth (1979), *Axiomatic Models of Bargaining*; Shapley (1953).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.games.normal_form import NormalFormGame
from bargain.pipeline import solve

__all__ = [
    "assert_same_choice",
    "check_anonymity",
    "check_equilibrium",
    "check_independence_of_irrelevant_alternatives",
    "check_individual_rationality",
    "check_pareto_efficiency",
    "check_scale_invariance",
    "check_shapley_axioms",
    "named_rule",
]

Floats = NDArray[np.float64]
Rule = Callable[[Floats, Floats], ArrayLike]

RELATIVE_TOLERANCE = 1e-9
"""Two payoffs are the same when they differ by at most this share of the player's payoff span."""


def named_rule(name: str, weights: Sequence[float] | None = None, lotteries: bool = False) -> Rule:
    """Return one of our rules as a function of points and disagreement point.

    Examples
    --------
    >>> nash = named_rule("nash")
    >>> nash(np.array([[4.0, 1.0], [2.0, 3.0]]), np.zeros(2)).tolist()
    [[2.0, 3.0]]
    """

    def rule(points: Floats, disagreement: Floats) -> ArrayLike:
        problem = BargainingProblem.from_points(points, disagreement.tolist(), lotteries=lotteries)
        solution = solve(problem, name, weights)
        if not solution.agreed:
            return np.empty((0, points.shape[1]))
        if lotteries:
            return np.array([solution.payoffs], float)
        return np.array([tie.payoffs for tie in solution.ties], float)

    return rule


def assert_same_choice(first: ArrayLike, second: ArrayLike, span: ArrayLike = 1.0, claim: str = "") -> None:
    """Assert that two sets of payoff vectors are the same, up to order, repeats and rounding relative to ``span``."""
    ours, theirs = (np.unique(np.round(_rows(rows) / np.asarray(span, float), 9), axis=0) for rows in (first, second))
    same = len(ours) == len(theirs) and np.allclose(ours, theirs, rtol=0, atol=10 * RELATIVE_TOLERANCE)
    assert same, f"{claim}: {_rows(first).tolist()} against {_rows(second).tolist()}"


def check_individual_rationality(rule: Rule, points: ArrayLike, disagreement: ArrayLike) -> None:
    """Nobody gets less than by disagreeing."""
    deals, default = _problem(points, disagreement)
    for chosen in _rows(rule(deals, default)):
        short = default - chosen > RELATIVE_TOLERANCE * _span(deals, default)
        assert not short.any(), f"{chosen.tolist()} gives somebody less than {default.tolist()}"


def check_pareto_efficiency(rule: Rule, points: ArrayLike, disagreement: ArrayLike) -> None:
    """No deal gives somebody more and nobody less than a chosen one; a deal is chosen when one is worth having."""
    deals, default = _problem(points, disagreement)
    slack = RELATIVE_TOLERANCE * _span(deals, default)
    choice = _rows(rule(deals, default))
    for chosen in choice:
        better = (deals >= chosen).all(axis=1) & (deals > chosen + slack).any(axis=1)
        assert not better.any(), f"{chosen.tolist()} is dominated by {deals[better][0].tolist()}"
    worth = (deals >= default).all(axis=1) & (deals > default + slack).any(axis=1)
    assert len(choice) or not worth.any(), f"no deal chosen, but {deals[worth][:1].tolist()} is worth having"


def check_scale_invariance(
    rule: Rule, points: ArrayLike, disagreement: ArrayLike, scale: ArrayLike, shift: ArrayLike = 0.0
) -> None:
    """A positive affine change of each player's payoffs changes the choice in the same way."""
    deals, default = _problem(points, disagreement)
    factor, offset = np.asarray(scale, float), np.asarray(shift, float)
    changed = _rows(rule(deals * factor + offset, default * factor + offset))
    expected = _rows(rule(deals, default)) * factor + offset
    assert_same_choice(changed, expected, _span(deals, default) * np.abs(factor), "not invariant to units")


def check_anonymity(rule: Rule, points: ArrayLike, disagreement: ArrayLike, order: Sequence[int]) -> None:
    """Renaming the players renames the choice; on a symmetric problem this is the axiom of symmetry."""
    deals, default = _problem(points, disagreement)
    renamed = list(order)
    changed = rule(deals[:, renamed], default[renamed])
    expected = _rows(rule(deals, default))[:, renamed]
    assert_same_choice(changed, expected, _span(deals, default)[renamed], "depends on the players' names")


def check_independence_of_irrelevant_alternatives(
    rule: Rule, points: ArrayLike, disagreement: ArrayLike, kept: Sequence[bool]
) -> None:
    """Deals that were not chosen can be taken away without changing the choice (an axiom of Nash's, not of others')."""
    deals, default = _problem(points, disagreement)
    choice = _rows(rule(deals, default))
    chosen = np.array([any(np.array_equal(deal, best) for best in choice) for deal in deals], bool)
    fewer = deals[np.asarray(kept, bool) | chosen]
    if len(choice):
        assert_same_choice(
            rule(fewer, default), choice, _span(deals, default), "depends on deals that it does not choose"
        )


def check_equilibrium(game: NormalFormGame, strategies: Sequence[ArrayLike], epsilon: float = 0.0) -> None:
    """No player gains more than ``epsilon`` (in payoff units) by deviating alone, computed from the definition."""
    profile = [np.asarray(strategy, float) for strategy in strategies]
    for player in range(game.num_players):
        values = game.payoffs[player]
        for other in reversed(range(game.num_players)):
            if other != player:
                values = np.tensordot(values, profile[other], axes=(other, 0))
        gain = float(values.max() - values @ profile[player])
        assert gain <= epsilon, f"player {game.players[player]} gains {gain} with action {int(values.argmax())}"


def check_shapley_axioms(
    worth: Mapping[tuple[str, ...], float], shares: Mapping[str, float], tol: float = 1e-9
) -> None:
    """Shares add up, members who contribute alike get alike, and a member gets its worth when it adds just that.

    Parameters
    ----------
    worth : mapping
        Worth of every non-empty coalition, keyed by the tuple of its members in the order of ``shares``.
    shares : mapping
        The share of every member.
    tol : float
        Allowed difference, as a fraction of the largest worth.
    """
    members = tuple(shares)
    slack = tol * max(1e-300, max(abs(value) for value in worth.values()))

    def value(*names: str) -> float:
        return worth[tuple(name for name in members if name in names)] if names else 0.0

    assert abs(sum(shares.values()) - value(*members)) <= slack, "shares do not add up"
    for first, second in combinations(members, 2):
        rest = [name for name in members if name not in (first, second)]
        sets = [subset for size in range(len(rest) + 1) for subset in combinations(rest, size)]
        if all(abs(value(*s, first) - value(*s, second)) <= slack for s in sets):
            assert abs(shares[first] - shares[second]) <= 10 * slack, f"{first} and {second} are alike"
    for member in members:
        rest = [name for name in members if name != member]
        sets = [subset for size in range(len(rest) + 1) for subset in combinations(rest, size)]
        if all(abs(value(*s, member) - value(*s) - value(member)) <= slack for s in sets):
            assert abs(shares[member] - value(member)) <= 10 * slack, f"{member} is a dummy"


def _rows(choice: Any) -> Floats:
    rows = np.asarray(choice, float)
    return rows.reshape(-1, rows.shape[-1]) if rows.size else np.empty((0, rows.shape[-1] if rows.ndim else 0))


def _problem(points: ArrayLike, disagreement: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(points, float), np.asarray(disagreement, float)


def _span(deals: Floats, default: Floats) -> Floats:
    spread = np.ptp(np.vstack([deals, default]), axis=0)
    return np.where(spread > 0, spread, 1.0)
