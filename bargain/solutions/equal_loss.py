r"""The equal-loss solution, lexicographic where losses cannot be equal.

Source: Chun (1988); lexicographic: Chun and Peters (1991); the players who would fall below disagreement stay at it:
Herrero and Marco (1993). Tested against brute force in exact fractions on deals, against all segments between deals on
lotteries, and by restricted monotonicity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.chain_points import ideal_of, on_line
from bargain.solutions.finite import Column, finite_answer
from bargain.solutions.hull import Node
from bargain.solutions.line_programs import Along, along_the_line
from bargain.solutions.lottery_rules import chain_answer, no_weights, only_lotteries, programs_answer
from bargain.solutions.mixtures import LotteryPrograms
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals

__all__ = ["equal_loss"]

_PROGRAMS = "linear programs over lotteries of {} deals"


def equal_loss(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Let all players fall equally far short of the most that each could hope for.

    .. math:: \operatorname{lex\,min\,max}_{u \in S,\ u \ge d} \ (a_i - u_i),
        \qquad a_i = \max \{u_i : u \in S,\ u \ge d\}

    The largest loss is made as small as possible, then the next largest, and so on. With lotteries and two players both
    losses are equal. Losses are compared between players, so the units of payoff matter.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up; deals or lotteries over them.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.

    Returns
    -------
    Solution
        All tied deals; for deals, and for lotteries of two players, exact when the problem is. NO_DEAL when nobody can
        gain without a loss to somebody.

    Raises
    ------
    ValueError
        Weights were given; or the levers are continuous.

    References
    ----------
    Chun (1988), "The equal-loss principle for bargaining problems"; Chun and Peters (1991), "The lexicographic
    equal-loss solution"; Herrero and Marco (1993), "Rational equal-loss solutions for bargaining problems".

    Examples
    --------
    Player 1 could hope for 8, player 2 for 4; both lose 2.

    >>> deals = BargainingProblem.from_points([(0, 4), (6, 2), (8, 0)], (0, 0), lotteries=True)
    >>> equal_loss(deals).payoffs
    (6.0, 2.0)
    """
    no_weights("equal-loss", weights)
    question = Question.ask(problem, "equal-loss", None, seed)
    only_lotteries(question, deals_too=True)
    if not problem.lotteries:
        claim = "no individually rational deal has smaller losses from the ideal gains, the largest first"
        return finite_answer(question, _columns, claim, "payoff")
    if problem.num_players > 2:
        return programs_answer(
            question, _smallest_losses, "no lottery has smaller losses, the largest first", _PROGRAMS
        )
    claim = "both lose the same from their ideal gains"
    return chain_answer(question, _equal_losses, claim, _difference, "difference of losses")


def _equal_losses(corners: Sequence[Node]) -> Node:
    return on_line(corners, ideal_of(corners), (1, 1))


def _difference(corners: Sequence[Node], node: Node) -> float:
    ideal = ideal_of(corners)
    first, second = (a - v for a, v in zip(ideal, node.gains, strict=True))
    return float((first - second) / max(ideal))


def _smallest_losses(programs: LotteryPrograms, deals: RationalDeals) -> Along:
    assert programs.ideal is not None
    direction = 1 / programs.scale
    able = np.flatnonzero(programs.ideal > 0).tolist()
    return along_the_line(programs, programs.ideal, direction / direction[able].max(), able)


def _columns(deals: RationalDeals) -> list[Column]:
    losses = deals.ideal - deals.gains
    order = np.argsort(-losses, axis=1)
    largest = np.take_along_axis(losses, order, axis=1)
    # A loss is a difference of gains, and may be off by what rounding did to either.
    size = np.abs(deals.ideal).max(initial=0.0)
    rounding = deals.rounding.max(axis=1) + deals.rounding.max(initial=0.0)
    ideal = deals.exact_ideal() if deals.problem.exact else ()
    known: dict[int, list[Fraction]] = {}

    def exact(index: int) -> list[Fraction]:
        if index not in known:
            known[index] = sorted(gain - top for gain, top in zip(deals.exact_gain(index), ideal, strict=True))
        return known[index]

    def column(k: int) -> Callable[[int], Any]:
        return lambda index: exact(index)[k]

    return [
        Column(-largest[:, k], RELATIVE_TOLERANCE * largest[:, k] + 1e-15 * size + rounding, column(k))
        for k in range(deals.gains.shape[1])
    ]
