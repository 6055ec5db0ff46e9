r"""Bargaining with side payments: a deal, and money that changes hands, of which a share may be lost on the way.

Of 1 unit given, :math:`1 - c` arrive; :math:`c = 0` is transferable utility.  For one deal with gains :math:`v` the
best payments are known: under Nash's rule there is a level :math:`m` such that everybody ends between :math:`w_i m` and
:math:`w_i m / (1 - c)`, whoever has less receives and whoever has more gives; under the egalitarian rule everybody ends
at :math:`p_i m`.  On finitely many deals this level is found for every efficient deal; on continuous levers payments
are further levers.  Source: Nash (1953) for transferable utility; Maggi (2016) for costly transfers.  Tested against
brute force over a fine grid of payments, and by the law that frictionless payments share the largest total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from bargain.errors import UnsupportedGameError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Certificate, Solution, Status
from bargain.solutions.answers import Question, no_deal, tied_outcomes
from bargain.solutions.egalitarian import egalitarian
from bargain.solutions.nash import nash
from bargain.solutions.rational import RELATIVE_TOLERANCE, efficient_gains

__all__ = ["RULES_WITH_TRANSFERS", "solve_with_transfers"]

RULES_WITH_TRANSFERS = ("nash", "egalitarian")

_ROUNDING = 1e-12
"""A surplus below this share of the sizes it is made of is none."""

_SAMPLES, _GROWTH, _TRIES = 256, 16.0, 4

Floats = NDArray[np.float64]


def solve_with_transfers(
    problem: BargainingProblem,
    rule: str = "nash",
    weights: Sequence[float] | None = None,
    *,
    cost: float = 0.0,
    parties: Sequence[bool] | None = None,
    seed: int = 0,
) -> Solution:
    """Return the deal and the side payments that a rule picks.

    Parameters
    ----------
    problem : BargainingProblem
        n players; finite or continuous deals.
    rule : {"nash", "egalitarian"}
        The rule; its weights as in :func:`bargain.solutions.rules.solve_problem`.
    weights : sequence of n positive numbers, optional
    cost : float
        The share of a payment that is lost, in [0, 1).
    parties : sequence of n bool, optional
        Who gives and receives; all by default.
    seed : int
        Seed of the search on continuous levers.

    Returns
    -------
    Solution
        ``payoffs`` and ``gains`` count the payments; ``transfers`` holds what each player receives less what it gives.

    Raises
    ------
    ValueError
        The cost is not in [0, 1), or fewer than two players are parties.
    UnsupportedGameError
        Side payments are not defined here for the rule, or the problem has lotteries and a cost.

    Examples
    --------
    One deal gives 4 and -1: nobody signs without a payment of 2.5.

    >>> deal = BargainingProblem.from_points([(0, 0), (4, -1)], (0, 0))
    >>> found = solve_with_transfers(deal)
    >>> found.gains, found.transfers
    ((1.5, 1.5), (-2.5, 2.5))
    """
    if not 0 <= cost < 1:
        raise ValueError(f"the cost of transfers is a share from 0 to below 1, not {cost:g}")
    if rule not in RULES_WITH_TRANSFERS:
        known = " and ".join(RULES_WITH_TRANSFERS)
        raise UnsupportedGameError(f"side payments are solved under the rules {known}, not under {rule}")
    taking = np.ones(problem.num_players, bool) if parties is None else np.asarray(parties, bool)
    if taking.shape != (problem.num_players,) or taking.sum() < 2:
        raise ValueError("side payments need two or more parties")
    if problem.lotteries:
        if cost > 0:
            raise UnsupportedGameError("side payments with a cost are not solved together with lotteries")
        # Without a cost the frontier is a plane already, so that no lottery adds anything.
        problem = replace(problem, lotteries=False)
    question = Question.ask(problem, rule, weights, seed, own_weights=rule == "nash")
    if isinstance(problem.feasible, FiniteDeals):
        return _finite(question, cost, taking)
    return _continuous(question, cost, taking)


def _finite(question: Question, cost: float, parties: NDArray[np.bool_]) -> Solution:
    deals = efficient_gains(question.problem)
    weights = np.array(question.weights)[parties]
    gains = deals.gains[:, parties]
    method = f"best payments for each of {len(deals)} efficient payoff vectors, cost {cost:g}"
    surplus = (1 - cost) * np.maximum(gains, 0).sum(axis=1) - np.maximum(-gains, 0).sum(axis=1)
    size = np.abs(gains).sum(axis=1) + deals.rounding.sum(axis=1)
    open_to_all = (surplus > _ROUNDING * size + deals.rounding.sum(axis=1)) & (deals.gains[:, ~parties] >= 0).all(
        axis=1
    )
    rows = np.flatnonzero(open_to_all)
    if not len(rows):
        nothing = Certificate("no deal with payments gives somebody more and nobody less", 0.0, 0.0, method=method)
        return no_deal(question, method, nothing)
    nash_rule = question.rule == "nash"
    upper = 1 - cost if nash_rule else 1.0
    level = water_level(gains[rows], weights, cost, upper)[:, None]
    after = np.clip(gains[rows], weights * level, weights * level / upper)
    objective = (weights * np.log(after)).sum(axis=1) if nash_rule else level[:, 0]
    best = int(np.argmax(objective))
    slack = RELATIVE_TOLERANCE * (1.0 if nash_rule else abs(objective[best]))
    chosen = deals.subset(rows[objective >= objective[best] - slack])
    outcomes, _, total = tied_outcomes(deals.subset(rows[[best]]))
    transfers = np.zeros(len(parties))
    transfers[parties] = after[best] - gains[rows[best]]
    claim = "no deal and payments are better by the rule"
    ties = max(total, len(chosen))
    evidence = {"cost": cost, "efficient": len(deals), "tied": ties}
    certificate = Certificate(claim, 0.0, RELATIVE_TOLERANCE, method=method, evidence=evidence)
    final = deals.gains[rows[best]] + transfers
    final[parties] = after[best]
    return Solution(
        question.problem,
        question.rule,
        method,
        Status.PROVED,
        tuple((final + question.problem.disagreement).tolist()),
        tuple(final.tolist()),
        deal=outcomes[0].deal,
        certificate=certificate,
        weights=question.shown,
        notes=() if ties == 1 else (f"{ties} deals tie, each with payments of its own; one is shown",),
        transfers=tuple(transfers.tolist()),
    )


def water_level(gains: Floats, weights: Floats, cost: float, upper: float) -> Floats:
    """Return for each row of gains (k, n) the level m at which what is given, less the cost, is what is received.

    Whoever has less than ``weights * m`` receives the difference; whoever has more than ``weights * m / upper`` gives
    it.  The balance is piecewise linear and rises with m, so that it is solved between two of its kinks.

    Examples
    --------
    >>> water_level(np.array([[4.0, -1.0]]), np.array([0.5, 0.5]), 0.0, 1.0)
    array([3.])
    """
    ratios = gains / weights
    kinks = np.sort(np.concatenate([ratios, upper * ratios, np.zeros((len(gains), 1))], axis=1), axis=1)

    def balance(levels: Floats) -> Floats:
        need = np.maximum(weights * levels[..., None] - gains[:, None], 0).sum(axis=-1)
        given = np.maximum(gains[:, None] - weights * levels[..., None] / upper, 0).sum(axis=-1)
        return np.asarray(need - (1 - cost) * given)

    values = balance(kinks)
    place = np.clip((values < 0).sum(axis=1), 1, kinks.shape[1] - 1)
    row = np.arange(len(gains))
    low, high = kinks[row, place - 1], kinks[row, place]
    below, above = values[row, place - 1], values[row, place]
    rise = np.where(above > below, above - below, 1.0)
    return np.asarray(low + (high - low) * np.where(above > below, -below / rise, 1.0))


def _continuous(question: Question, cost: float, parties: NDArray[np.bool_]) -> Solution:
    problem, deals = question.problem, question.problem.feasible
    assert isinstance(deals, ContinuousDeals)
    function = nash if question.rule == "nash" else egalitarian
    chance = np.random.default_rng(question.seed)
    points = chance.uniform(deals.lower, deals.upper, (_SAMPLES, deals.num_levers))
    for place, levels in deals.finite.items():
        points[:, place] = chance.choice(levels, _SAMPLES)
    gains = np.abs(deals.values(points) - np.array(problem.disagreement))
    room = float(gains.sum(axis=1).max())
    flows = _flows(np.flatnonzero(parties).tolist(), len(parties), cost)
    for _ in range(_TRIES):
        wider = replace(problem, feasible=_with_payments(deals, flows, room, cost))
        weights = question.weights if question.rule == "nash" or question.shown else None
        found = function(wider, weights, question.seed)
        if not found.agreed:
            return replace(found, problem=problem)
        deal, paid = found.deal
        if np.abs(paid).max(initial=0.0) < room * (1 - 1e-6):
            break
        room *= _GROWTH
    transfers = flows @ np.array(paid)
    return replace(
        found,
        problem=problem,
        deal=deal,
        ties=(),
        binding=tuple(limit for limit in found.binding if not limit.name.startswith("payment ")),
        transfers=tuple(transfers.tolist()),
        notes=(*found.notes, *(("several deals tie; one is shown",) if len(found.ties) > 1 else ())),
    )


def _flows(parties: Sequence[int], players: int, cost: float) -> Floats:
    """Return what each payment gives to each player, (n, q): signed payments without a cost, else one per pair."""
    pairs = [(parties[0], other) for other in parties[1:]] if cost == 0 else list(permutations(parties, 2))
    flows = np.zeros((players, len(pairs)))
    for column, (giver, taker) in enumerate(pairs):
        flows[giver, column] -= 1.0
        flows[taker, column] += 1 - cost
    return flows


def _with_payments(deals: ContinuousDeals, flows: Floats, room: float, cost: float) -> ContinuousDeals:
    """Return the deals with payments as further levers."""
    own, extra = deals.num_levers, flows.shape[1]

    def wide(values: Floats) -> Floats:
        return np.concatenate([values, np.zeros((*values.shape[:-1], extra))], axis=-1)

    def squares(values: Floats) -> Floats:
        padded = np.zeros((*values.shape[:-2], own + extra, own + extra))
        padded[..., :own, :own] = values
        return padded

    values, gradient, hessian = deals.values, deals.gradient, deals.hessian
    limit_values, limit_gradient, limit_hessian = deals.limit_values, deals.limit_gradient, deals.limit_hessian
    return ContinuousDeals(
        lower=np.concatenate([deals.lower, np.full(extra, -room if cost == 0 else 0.0)]),
        upper=np.concatenate([deals.upper, np.full(extra, room)]),
        values=lambda x: values(x[..., :own]) + x[..., own:] @ flows.T,
        gradient=lambda x: np.concatenate([gradient(x[:own]), flows], axis=-1),
        hessian=lambda x: squares(hessian(x[:own])),
        limits=deals.limits,
        limit_values=None if limit_values is None else lambda x: limit_values(x[..., :own]),
        limit_gradient=None if limit_gradient is None else lambda x: wide(limit_gradient(x[:own])),
        limit_hessian=None if limit_hessian is None else lambda x: squares(limit_hessian(x[:own])),
        finite=deals.finite,
        names=(*deals.names, *(f"payment {k + 1}" for k in range(extra))),
        status_quo=None if deals.status_quo is None else np.concatenate([deals.status_quo, np.zeros(extra)]),
        describe=lambda x: (deals.describe(x[:own]), tuple(float(paid) for paid in x[own:])),
    )
