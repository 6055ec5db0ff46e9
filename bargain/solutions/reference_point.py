r"""Rules that start from a reference point and move towards the ideal point: Gupta-Livne, and the dictators' mean.

Source: Gupta and Livne (1988); the dictators' mean after Roth (1977) and Anbarci (1995). Tested against all segments
between deals in exact fractions, and through the Kalai-Smorodinsky solution, which is the special case of the
disagreement point as reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.chain_points import ends_mean, ideal_of, on_line
from bargain.solutions.finite import Column, finite_answer
from bargain.solutions.hull import Node
from bargain.solutions.line_programs import Along, along_the_line, dictators
from bargain.solutions.lottery_rules import chain_answer, no_weights, only_lotteries, programs_answer
from bargain.solutions.mixtures import LotteryPrograms
from bargain.solutions.rational import RELATIVE_TOLERANCE, RationalDeals, Scalar

__all__ = ["dictators_mean", "gupta_livne"]

_PROGRAMS = "linear programs over lotteries of {} deals"
_NEAR = 1e-9

Origin = Callable[[Sequence[Node]], Sequence[Scalar]]


def gupta_livne(
    problem: BargainingProblem,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    reference: Sequence[Any] | None = None,
) -> Solution:
    r"""Move from a reference point towards the ideal point, as far as possible.

    .. math:: \operatorname{lex\,max\,min}_{u \in S,\ u \ge d} \ \frac{u_i - r_i}{a_i - r_i},
        \qquad a_i = \max \{u_i : u \in S,\ u \ge d\}

    The reference point :math:`r` is where talks start from, for example what an expiring contract gives; it is no
    threat. If talks fail the players still fall back to :math:`d`, which counts here through the ideal point only.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up; deals or lotteries over them.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.
    reference : sequence of n numbers, optional
        Payoffs at the reference point, which some lottery (deal) must reach or exceed for everybody and which give
        nobody less than disagreement. The default is the problem's own ``reference``, or else the disagreement point,
        with which the rule is that of Kalai and Smorodinsky.

    Returns
    -------
    Solution
        For deals, and for lotteries of two players, exact when the problem is. NO_DEAL when nobody can gain without a
        loss to somebody.

    Raises
    ------
    ValueError
        Weights were given, the reference point does not fit, or the levers are continuous.

    References
    ----------
    Gupta and Livne (1988), "Resolving a conflict situation with a reference outcome: an axiomatic model".

    Examples
    --------
    From (4, 1) the line to the ideal point (8, 4) meets the frontier at (4.8, 1.6).

    >>> deals = BargainingProblem.from_points([(0, 4), (8, 0)], (0, 0), lotteries=True)
    >>> gupta_livne(deals).payoffs, gupta_livne(deals, reference=(4, 1)).payoffs
    ((4.0, 2.0), (4.8, 1.6))
    """
    no_weights("gupta-livne", weights)
    if reference is not None:
        problem = replace(problem, reference=tuple(reference))
    question = Question.ask(problem, "gupta-livne", None, seed)
    only_lotteries(question, deals_too=True)
    if not problem.lotteries:
        claim = "no deal goes further from the reference point towards the ideal gains, the smallest share first"
        return finite_answer(question, lambda deals: _columns(question, deals), claim, "share of the way")
    claim = "the deal is the last one on the way from the reference point to the ideal point"
    if problem.num_players > 2:
        return programs_answer(question, lambda found, deals: _from_reference(question, found), claim, _PROGRAMS)

    def origin(corners: Sequence[Node]) -> Sequence[Scalar]:
        return _feasible(question, corners)

    return _on_the_way(question, origin, claim)


def dictators_mean(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Start from the mean of what the players would dictate, and move towards the ideal point as far as possible.

    Player i as a dictator takes its ideal payoff :math:`a_i` and, among the lotteries that give it that, the one with
    the largest smallest share for the others (maximin). The mean of these n points is feasible; the deal is the last
    one on the way from it to :math:`a`. For two players this is the way from the *point of minimal expectations*, what
    each gets at the other's best point.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up, and lotteries.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.

    Returns
    -------
    Solution
        For lotteries of two players exact when the problem is. NO_DEAL when nobody can gain without a loss to somebody.

    Raises
    ------
    ValueError
        Weights were given; or the rule is not defined: no lotteries, continuous levers.

    References
    ----------
    Roth (1977), "Independence of irrelevant alternatives, and solutions to Nash's bargaining problem" (minimal
    expectations); Anbarci (1995), "Reference functions and balanced concessions in bargaining" (the way from a
    reference point that is made from the problem).

    Examples
    --------
    Player 1 would dictate (8, 2), player 2 (0, 4); their mean is (4, 3).

    >>> deals = BargainingProblem.from_points([(0, 4), (6, 3), (8, 2)], (0, 0), lotteries=True)
    >>> dictators_mean(deals).payoffs
    (4.8, 3.2)
    """
    no_weights("dictators-mean", weights)
    question = Question.ask(problem, "dictators-mean", None, seed)
    only_lotteries(question)
    claim = "the deal is the last one on the way from the mean of the dictators' points to the ideal point"
    if problem.num_players > 2:
        return programs_answer(question, _from_dictators, claim, _PROGRAMS)
    return _on_the_way(question, ends_mean, claim)


def _on_the_way(question: Question, origin: Origin, claim: str) -> Solution:
    def choose(corners: Sequence[Node]) -> Node:
        start = origin(corners)
        return on_line(corners, start, [a - r for a, r in zip(ideal_of(corners), start, strict=True)])

    def difference(corners: Sequence[Node], node: Node) -> float:
        start, ideal = origin(corners), ideal_of(corners)
        way = [a - r for a, r in zip(ideal, start, strict=True)]
        gone = [v - r for v, r in zip(node.gains, start, strict=True)]
        size = ideal[0] * ideal[1]
        return float((gone[0] * way[1] - gone[1] * way[0]) / size) if size > 0 else 0.0

    return chain_answer(question, choose, claim, difference, "distance from the line")


def _reference_gains(question: Question) -> tuple[Scalar, ...]:
    """Return the reference point as gains: Fractions for exact problems and references, else floats."""
    problem = question.problem
    given = problem.reference or problem.disagreement
    if not problem.reference:
        return (Fraction(0) if problem.exact else 0.0,) * problem.num_players
    if problem.exact and problem.exact_disagreement is not None:
        return tuple(Fraction(r) - d for r, d in zip(given, problem.exact_disagreement, strict=True))
    return tuple(float(r) - d for r, d in zip(given, problem.disagreement, strict=True))


def _refuse(question: Question, why: str) -> None:
    given = ", ".join(f"{float(value):g}" for value in question.problem.reference)
    raise ValueError(f"the reference point ({given}) {why}")


def _rational(question: Question, sizes: Sequence[float]) -> tuple[Scalar, ...]:
    """Return the reference gains, none of them negative."""
    gains = _reference_gains(question)
    if any(gain < -_NEAR * size for gain, size in zip(gains, sizes, strict=True)):
        _refuse(question, "gives somebody less than disagreement")
    return tuple(max(gain, 0 * gain) for gain in gains)


def _feasible(question: Question, corners: Sequence[Node]) -> tuple[Scalar, ...]:
    """Return the reference gains after checking that some lottery gives everybody as much."""
    ideal = ideal_of(corners)
    gains = _rational(question, [float(value) for value in ideal])
    slack = tuple(_NEAR * float(value) for value in ideal)
    inside = gains[0] <= ideal[0] + slack[0] and gains[1] <= ideal[1] + slack[1]
    for start, end in pairwise(corners):
        (a1, a2), (b1, b2) = start.gains, end.gains
        across = (b1 - a1) * (gains[1] - a2) - (b2 - a2) * (gains[0] - a1)
        inside = inside and float(across) <= _NEAR * float(ideal[0] * ideal[1])
    if not inside:
        _refuse(question, "gives more than can be agreed")
    return tuple(min(gain, top) for gain, top in zip(gains, ideal, strict=True))


def _from_reference(question: Question, programs: LotteryPrograms) -> Along:
    assert programs.ideal is not None
    start = np.array([float(gain) for gain in _rational(question, programs.scale.tolist())]) / programs.scale
    if programs.best_above(programs.gains[:, 0], start - _NEAR) is None:
        _refuse(question, "gives more than can be agreed")
    return _towards_ideal(programs, np.minimum(start, programs.ideal))


def _from_dictators(programs: LotteryPrograms, deals: RationalDeals) -> Along:
    assert programs.ideal is not None
    rows = dictators(programs)
    return _towards_ideal(programs, rows[programs.ideal > 0].mean(axis=0))


def _towards_ideal(programs: LotteryPrograms, start: NDArray[np.float64]) -> Along:
    assert programs.ideal is not None
    way = programs.ideal - start
    # Who starts at the ideal gain is held there.
    held = np.flatnonzero((programs.ideal > 0) & (way <= _NEAR * programs.ideal)).tolist()
    able = np.flatnonzero(programs.ideal > 0).tolist()
    found = along_the_line(programs, start, np.where(way > 0, way, 1.0), able, first=held)
    if len(held) < len(able):
        return found
    best = programs.best_above(programs.gains @ programs.ideal, start - _NEAR)
    return found if best is None else replace(found, chances=best[0])


def _columns(question: Question, deals: RationalDeals) -> list[Column]:
    ideal: Sequence[Any] = deals.exact_ideal() if deals.problem.exact else deals.ideal.tolist()
    start = _rational(question, deals.ideal.tolist())
    slack = [0 if deals.problem.exact else _NEAR * float(value) for value in ideal]
    near = (deals.gains >= np.array([float(r) for r in start]) * (1 - _NEAR) - np.array(slack, float)).all(axis=1)
    reached = any(
        all(v >= r - s for v, r, s in zip(deals.scalar_gain(int(k)), start, slack, strict=True))
        for k in np.flatnonzero(near)
    )
    if not reached:
        _refuse(question, "gives more than any deal does")
    # A player without any way to go has share zero in every deal that gives it all, which changes no comparison.
    way = [a - r if a - r > s else 0 for a, r, s in zip(ideal, start, slack, strict=True)]
    return _shares(deals, start, way)


def _shares(deals: RationalDeals, start: Sequence[Scalar], way: Sequence[Scalar]) -> list[Column]:
    sizes = np.array([float(length) if length else float(top) for length, top in zip(way, deals.ideal, strict=True)])
    sizes = np.where(sizes > 0, sizes, 1.0)
    exact_sizes = [
        length if length else (Fraction(1) if s <= 0 else Fraction(s)) for length, s in zip(way, sizes, strict=True)
    ]
    gone = (deals.gains - np.array([float(r) for r in start])) / sizes
    ordered = np.sort(gone, axis=1)
    rounding = (deals.rounding / sizes).max(axis=1) + 1e-15 * np.abs(deals.gains / sizes).max(axis=1)
    known: dict[int, list[Any]] = {}

    def exact(index: int) -> list[Any]:
        if index not in known:
            gains = deals.exact_gain(index)
            known[index] = sorted((v - r) / s for v, r, s in zip(gains, start, exact_sizes, strict=True))
        return known[index]

    def column(k: int) -> Callable[[int], Any]:
        return lambda index: exact(index)[k]

    return [
        Column(ordered[:, k], RELATIVE_TOLERANCE * np.abs(ordered[:, k]) + rounding, column(k))
        for k in range(gone.shape[1])
    ]
