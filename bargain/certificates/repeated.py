"""Whether payoffs of a repeated game are sustained as a plan says: a dozen inequalities per corner, in Fractions.

A set of payoffs is sustained when each corner arises from a profile played today and a draw among the corners tomorrow,
and no player gains by deviating once and going to its worst corner from then on (the one-shot deviation principle;
Abreu, Pearce and Stacchetti 1990).  Nothing here knows how the plans were found.  Tested with plans that were changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.games.normal_form import NormalFormGame
from bargain.results import Certificate
from bargain.results.repeated import Plan

__all__ = ["certify_sustained"]

Pair = tuple[Fraction, Fraction]


def certify_sustained(
    game: NormalFormGame, delta: Fraction, corners: Sequence[Pair], plans: Sequence[Plan]
) -> Certificate:
    """Check that each corner is what its plan pays, and that no player gains by deviating from it.

    Parameters
    ----------
    game : NormalFormGame
        The stage game, two players.
    delta : Fraction
        The common discount factor.
    corners : sequence of pairs of Fractions
        Payoffs per period.
    plans : sequence of Plan
        How each corner is sustained; only ``actions`` and ``promise`` are read.

    Returns
    -------
    Certificate
        ``gap`` is the largest shortfall, in payoffs per period: of an incentive, or of what a plan pays.
    """
    shortfalls: list[tuple[Fraction, dict[str, Any]]] = [(Fraction(0), {})]
    broken = _broken(game, delta, corners, plans)
    worst = [min((corner[i] for corner in corners), default=Fraction(0)) for i in (0, 1)]
    for place, (corner, plan) in enumerate(zip(corners, () if broken else plans, strict=not broken)):
        row, column = plan.actions
        for i in (0, 1):
            own = [range(game.num_actions[0]), [column]] if i == 0 else [[row], range(game.num_actions[1])]
            replies: list[Fraction] = game.exact_block(i, own).ravel().tolist()
            promised = sum((chance * corners[k][i] for k, chance in plan.promise), Fraction(0))
            pays = (1 - delta) * replies[plan.actions[i]] + delta * promised
            deviating = (1 - delta) * max(replies) + delta * worst[i]
            where = {"corner": place, "player": game.players[i]}
            shortfalls.append((abs(corner[i] - pays), {**where, "what": "the plan pays something else"}))
            shortfalls.append((deviating - pays, {**where, "what": "a deviation pays more"}))
    gap, witness = max(shortfalls, key=lambda each: each[0])
    return Certificate(
        claim=f"{len(corners)} payoffs are sustained at delta = {delta}",
        gap=float("inf") if broken else float(gap),
        tolerance=0.0,
        unit="payoffs per period",
        witness=broken or witness or None,
        method="one-shot deviations in exact arithmetic",
    )


def _broken(game: NormalFormGame, delta: Fraction, corners: Sequence[Pair], plans: Sequence[Plan]) -> str:
    """Return what makes the plans no plans at all; empty when nothing does."""
    if not 0 < delta < 1:
        return "delta does not lie between 0 and 1"
    if len(corners) != len(plans):
        return "corners and plans differ in number"
    for plan in plans:
        if any(not 0 <= action < size for action, size in zip(plan.actions, game.num_actions, strict=True)):
            return "a plan plays an action that does not exist"
        if any(not 0 <= k < len(corners) or chance < 0 for k, chance in plan.promise):
            return "a plan draws a corner that does not exist, or with a chance below 0"
        if sum(chance for _, chance in plan.promise) != 1:
            return "the chances of a plan do not add up to 1"
    return ""
