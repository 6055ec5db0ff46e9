"""Axioms of rules on lotteries: what may not change, or not hurt, when the set or the disagreement point changes.

A *rule* is a callable as in :mod:`bargain.testing.axioms`, on lotteries over the points: one chosen payoff vector.
Payoffs may be thrown away down to disagreement: every check adds the corners for that.  Each check raises
``AssertionError`` with the counterexample, and computes everything from the definitions.

References
----------
Roth (1979), *Axiomatic Models of Bargaining*; Thomson (1987), "Monotonicity of bargaining solutions with respect to the
disagreement point"; Perles and Maschler (1981); Salonen (1988); Sobel (1981), "Distortion of utilities and the
bargaining problem" (midpoint domination).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "check_disagreement_monotonicity",
    "check_individual_monotonicity",
    "check_midpoint_domination",
    "check_midpoint_steps",
    "check_monotonicity",
    "check_restricted_monotonicity",
    "check_superadditivity",
    "with_disposal",
]

Floats = NDArray[np.float64]
Rule = Callable[[Floats, Floats], ArrayLike]

TOLERANCE = 1e-9
"""Payoffs may miss a promise by this share of the player's payoff span."""


def with_disposal(points: ArrayLike, disagreement: ArrayLike) -> Floats:
    """Return the points (k, n) that are individually rational, with what is left when payoffs are thrown away.

    Examples
    --------
    >>> with_disposal([(2, 1), (-1, 5)], (0, 0)).tolist()
    [[2.0, 1.0], [0.0, 1.0], [2.0, 0.0], [0.0, 0.0]]
    """
    deals, default = np.asarray(points, float), np.asarray(disagreement, float)
    kept = deals[(deals >= default).all(axis=1)]
    for player in range(len(default)):
        lowered = kept.copy()
        lowered[:, player] = default[player]
        kept = np.concatenate([kept, lowered])
    return kept if len(kept) else default[None]


def _choice(rule: Rule, points: Floats, default: Floats) -> Floats:
    chosen = np.asarray(rule(points, default), float)
    # Without a deal the players get their disagreement payoffs.
    return np.array(chosen.reshape(-1, len(default))[0]) if chosen.size else default


def _span(*tables: Any) -> Floats:
    spread = np.ptp(np.vstack(tables), axis=0)
    return np.where(spread > 0, spread, 1.0)


def _promise(least: Floats, found: Floats, span: Floats, claim: str) -> None:
    short = (least - found) / span
    player = int(short.argmax())
    assert short[player] <= TOLERANCE, f"{claim}: player {player + 1} gets {found[player]}, less than {least[player]}"


def check_midpoint_domination(rule: Rule, points: ArrayLike, disagreement: ArrayLike) -> None:
    """Everybody gets at least the n-th part of its ideal gain."""
    default = np.asarray(disagreement, float)
    deals = with_disposal(points, default)
    ideal = deals.max(axis=0)
    _promise(default + (ideal - default) / len(default), _choice(rule, deals, default), _span(deals), "midpoint")


def check_midpoint_steps(rule: Rule, points: ArrayLike, disagreement: ArrayLike) -> None:
    """Settling on the mean of the dictators' points first, as the new disagreement point, does not change the deal."""
    default = np.asarray(disagreement, float)
    deals = with_disposal(points, default)
    middle = default + (deals.max(axis=0) - default) / len(default)
    before, after = _choice(rule, deals, default), _choice(rule, deals, middle)
    assert (np.abs(before - after) <= TOLERANCE * _span(deals)).all(), f"{before.tolist()} then {after.tolist()}"


def check_disagreement_monotonicity(
    rule: Rule, points: ArrayLike, disagreement: ArrayLike, player: int, rise: float
) -> None:
    """A player does not lose when its own disagreement payoff rises, as long as there is a deal worth having."""
    default = np.asarray(disagreement, float)
    deals = with_disposal(points, default)
    better = default + rise * np.eye(len(default))[player]
    rational = (deals >= better).all(axis=1)
    if not (deals[rational] > better).all(axis=1).any():
        return
    before, after = _choice(rule, deals, default), _choice(rule, deals, better)
    assert before[player] - after[player] <= TOLERANCE * _span(deals)[player], f"{before[player]} then {after[player]}"


def check_monotonicity(rule: Rule, points: ArrayLike, more: ArrayLike, disagreement: ArrayLike) -> None:
    """The smallest gain does not fall when the set grows."""
    default = np.asarray(disagreement, float)
    small = with_disposal(points, default)
    large = np.vstack([small, with_disposal(more, default)])
    before, after = (_choice(rule, deals, default) - default for deals in (small, large))
    assert before.min() - after.min() <= TOLERANCE * _span(large).max(), f"{before.tolist()} then {after.tolist()}"


def check_individual_monotonicity(
    rule: Rule, points: ArrayLike, more: ArrayLike, disagreement: ArrayLike, player: int
) -> None:
    """A player does not lose when the set grows and the others' ideal payoffs stay (two players)."""
    default = np.asarray(disagreement, float)
    small = with_disposal(points, default)
    extra = with_disposal(more, default)
    others = np.arange(len(default)) != player
    extra = extra[(extra[:, others] <= small[:, others].max(axis=0)).all(axis=1)]
    large = np.vstack([small, extra])
    before, after = _choice(rule, small, default), _choice(rule, large, default)
    assert before[player] - after[player] <= TOLERANCE * _span(large)[player], f"{before[player]} then {after[player]}"


def check_restricted_monotonicity(rule: Rule, points: ArrayLike, more: ArrayLike, disagreement: ArrayLike) -> None:
    """Nobody loses when the set grows and all ideal payoffs stay (two players)."""
    default = np.asarray(disagreement, float)
    small = with_disposal(points, default)
    extra = with_disposal(more, default)
    large = np.vstack([small, extra[(extra <= small.max(axis=0)).all(axis=1)]])
    _promise(_choice(rule, small, default), _choice(rule, large, default), _span(large), "more deals, the same ideals")


def check_superadditivity(rule: Rule, first: ArrayLike, second: ArrayLike) -> None:
    """Nobody gets less from two problems together than from each alone; no payoff is below disagreement, which is 0."""
    one, other = (np.asarray(points, float) for points in (first, second))
    zero = np.zeros(one.shape[1])
    one, other = with_disposal(one, zero), with_disposal(other, zero)
    both = (one[:, None] + other[None]).reshape(-1, one.shape[1])
    apart = _choice(rule, one, zero) + _choice(rule, other, zero)
    _promise(apart, _choice(rule, both, zero), _span(both), "two problems together")
