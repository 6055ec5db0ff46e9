r"""The rules on lotteries over deals: which program to call, and how its answer becomes a few deals with probabilities.

Two players are solved by exact geometry (:mod:`bargain.solutions.hull`), more by programs
(:mod:`bargain.solutions.mixtures`) whose last step, the probabilities on the few deals that are drawn, is solved again
as linear equations: in exact numbers when the problem is exact.  Tested against oracles that share nothing with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.games.supported_deals import SupportedDeals, supported_deals
from bargain.results import Certificate, Solution
from bargain.solutions.answers import MAX_TIES, Question, lottery_answer, no_deal
from bargain.solutions.barrier import fewer
from bargain.solutions.columns import ColumnPrograms
from bargain.solutions.equations import solved_chances
from bargain.solutions.finite import Column, best_deals
from bargain.solutions.hull import Node, best_nodes, chain, frontier_chain, highest_product, normal, on_ray
from bargain.solutions.mixtures import PROGRAM_TOLERANCE, LotteryPrograms, MaxMin, Mixture
from bargain.solutions.rational import (
    RELATIVE_TOLERANCE,
    RationalDeals,
    Scalar,
    efficient_gains,
    gains_over_disagreement,
    lottery_gains,
    method_over,
    needs_support,
)

__all__ = ["egalitarian_lottery", "kalai_smorodinsky_lottery", "nash_lottery", "utilitarian_lottery"]

Floats = NDArray[np.float64]

_HULL = "exact geometry of the upper hull of {} deals"
_LP = "linear programs over lotteries of {} deals"
_COLUMNS = "column generation over lotteries of {} deals"
_TOLERANCE = 1e-9
_THIN = 1e-3
"""Share of a player's payoff range below which a gain is too small for a linear program to fix it exactly."""
_NO_LOTTERY = "no lottery gives somebody more and nobody less"


def nash_lottery(question: Question) -> Solution:
    """Return the Nash solution over lotteries."""
    if question.problem.num_players == 2:
        return _on_chain(question, lambda corners: highest_product(corners, question.scalar_weights))
    programs, deals_of = _programs(question)
    if programs.ideal is None or not programs.ideal.any():
        return _no_lottery(question, method_over(deals_of(), _COLUMNS))
    found = programs.largest_product(np.array(question.weights))
    return _mixed(question, deals_of(), found, _COLUMNS, "log of the Nash product", found.gap)


def kalai_smorodinsky_lottery(question: Question) -> Solution:
    """Return the Kalai-Smorodinsky solution over lotteries."""
    if question.problem.num_players == 2:
        # On the chain the ideal gains are those of its ends.
        return _on_chain(question, lambda corners: on_ray(corners, (corners[-1].gains[0], corners[0].gains[1])))
    programs, deals_of = _programs(question)
    if programs.ideal is None or not programs.ideal.any():
        return _no_lottery(question, method_over(deals_of(), _LP))
    able = np.flatnonzero(programs.ideal > 0).tolist()
    return _max_min(question, deals_of, programs, np.where(programs.ideal > 0, programs.ideal, 1.0), able)


def egalitarian_lottery(question: Question) -> Solution:
    """Return the egalitarian or proportional solution over lotteries."""
    if question.problem.num_players == 2:
        return _on_chain(question, lambda corners: on_ray(corners, question.scalar_weights))
    programs, deals_of = _programs(question)
    if programs.ideal is None or not programs.ideal.any():
        return _no_lottery(question, method_over(deals_of(), _LP))
    # Players who cannot gain would stop the first program at zero, whatever the others get.
    able = np.flatnonzero(programs.ideal > 0).tolist()
    scales = np.array(question.weights) / programs.scale
    return _max_min(question, deals_of, programs, scales / scales.max(), able)


def utilitarian_lottery(question: Question) -> Solution:
    """Return a utilitarian solution over lotteries: a deal without a lottery wherever one is as good."""
    weights = np.array(question.weights)
    if question.problem.num_players == 2:
        deals = lottery_gains(question.problem)
        corners = chain(deals)
        if not corners or not any(gain > 0 for gain in (*corners[0].gains, *corners[-1].gains)):
            return _no_lottery(question, method_over(deals, _HULL))
        # A float zero would turn exact totals into floats.
        tolerance = 0 if question.problem.exact else RELATIVE_TOLERANCE
        nodes = best_nodes(corners, question.scalar_weights, tolerance)
        best, template = float(np.dot(weights, np.array(nodes[0].gains, float))), _HULL
        direction = np.array(normal(frontier_chain(deals), nodes[0]), float)
    else:
        programs, deals_of = _programs(question)
        if programs.ideal is None or not programs.ideal.any():
            return _no_lottery(question, method_over(deals_of(), _LP))
        found = programs.largest_sum(weights)
        deals, direction = deals_of(), found.normal
        best, template = float(weights @ (deals.gains.T @ found.chances)), _LP
    listed = _with_ties(question, deals, direction)
    rational = listed.subset(np.flatnonzero((listed.gains >= 0).all(axis=1)))
    if len(rational):
        pure = best_deals(rational, [_total(question, rational)])
        if (pure.gains @ weights).max() >= best - RELATIVE_TOLERANCE * abs(best):
            return _deals_without_lottery(question, listed, pure, method_over(deals, template))
    if question.problem.num_players == 2:
        return _on_chain(question, lambda _: nodes[0])
    return _mixed(question, deals, found, _LP, "weighted payoff", found.gap / best)


def _programs(question: Question) -> tuple[LotteryPrograms, Callable[[], RationalDeals]]:
    """Return the programs over all lotteries, and a function that gives the deals that they have looked at."""
    if needs_support(question.problem):
        programs = ColumnPrograms(question.problem)
        return programs, lambda: programs.deals
    deals = efficient_gains(question.problem)
    return LotteryPrograms(deals.gains), lambda: deals


def _with_ties(question: Question, deals: RationalDeals, direction: Floats) -> RationalDeals:
    """Add what the support function finds for the rule's weights, and on the plane that holds a lottery up.

    Only there can a deal without a lottery be as good as the best lottery.
    """
    known = deals.efficient
    if not isinstance(known, SupportedDeals):
        return deals
    support = known.support
    shares: tuple[Scalar, ...] = question.exact_weights or question.weights
    own: Any = support.whole_weights(shares) if support.exact else support.in_units(np.array(question.weights))
    rows, weights = known.rows, list(known.weights)
    seen = set(map(tuple, known.points.tolist()))
    for each in (own, support.in_units(direction / np.abs(direction).max())):
        found = support.all_best(each, MAX_TIES)
        fresh = []
        for k, point in enumerate(map(tuple, support.points(found).tolist())):
            if point not in seen:
                seen.add(point)
                fresh.append(k)
        rows = np.concatenate([rows, found[fresh]])
        weights += [each] * len(fresh)
    return gains_over_disagreement(question.problem, supported_deals(support, rows, weights))


def _total(question: Question, deals: RationalDeals) -> Column:
    weights = np.array(question.weights)
    exact_weights = question.exact_weights or tuple(Fraction(weight) for weight in question.weights)
    totals = deals.gains @ weights

    def exact(index: int) -> Fraction:
        pairs = zip(exact_weights, deals.exact_gain(index), strict=True)
        return sum((weight * gain for weight, gain in pairs), start=Fraction(0))

    return Column(totals, RELATIVE_TOLERANCE * np.abs(totals) + deals.rounding @ weights, exact)


def _deals_without_lottery(question: Question, deals: RationalDeals, pure: RationalDeals, method: str) -> Solution:
    indices = np.searchsorted(deals.rows, pure.rows).tolist()
    certificate = Certificate(
        "no individually rational lottery has a larger sum of payoffs",
        0.0,
        0.0 if question.problem.exact else RELATIVE_TOLERANCE,
        "fraction of the weighted gains",
        method=method,
        evidence={"normal": question.weights},
    )
    return lottery_answer(question, certificate.method, deals, [(indices[0], Fraction(1))], certificate, indices[1:])


def _no_lottery(question: Question, method: str) -> Solution:
    return no_deal(question, method, Certificate(_NO_LOTTERY, 0.0, 0.0, method=method))


def _on_chain(question: Question, choose: Callable[[Sequence[Node]], Node]) -> Solution:
    """Return the point that a rule chooses from the efficient, individually rational lotteries of two players."""
    deals = lottery_gains(question.problem)
    method = method_over(deals, _HULL)
    corners = chain(deals)
    if not corners or not any(gain > 0 for gain in (*corners[0].gains, *corners[-1].gains)):
        return _no_lottery(question, method)
    node = choose(corners)
    gains = np.array(node.gains, float)
    if question.rule == "nash" and (gains > 0).all():
        direction = np.array(question.weights) / gains
    else:
        direction = np.array(normal(frontier_chain(deals), node), float)
        ideal = np.array([corners[-1].gains[0], corners[0].gains[1]], float)
        direction = direction / (direction @ ideal) if direction @ ideal > 0 else direction
    gap = max(0.0, deals.largest(direction) - float(direction @ gains))
    return lottery_answer(question, method, deals, node.mixture, _certificate(question, method, direction, gap))


def _certificate(question: Question, method: str, direction: Floats, gap: float, unit: str = "") -> Certificate:
    claims = {
        "nash": "no lottery has a larger Nash product",
        "kalai-smorodinsky": "no lottery gives larger shares of the ideal gains, the smallest first",
        "egalitarian": "no lottery gives larger gains, the smallest first",
        "utilitarian": "no individually rational lottery has a larger sum of payoffs",
    }
    units = {"nash": "log of the Nash product"}
    evidence = {"normal": tuple(direction.tolist()), "exact": question.problem.exact}
    unit = unit or units.get(question.rule, "share of the ideal gain")
    return Certificate(claims[question.rule], gap, _TOLERANCE, unit, method=method, evidence=evidence)


def _max_min(
    question: Question,
    deals_of: Callable[[], RationalDeals],
    programs: LotteryPrograms,
    scales: Floats,
    players: Sequence[int],
) -> Solution:
    found: MaxMin = programs.largest_least(scales, players)
    deals = deals_of()
    method = method_over(deals, _LP)
    # Where a gain that matters is a tiny share of the player's range, the programs' own tolerance blurs it.
    smallest = min(level * scales[i] for held, level in found.stages for i in held)
    blur = PROGRAM_TOLERANCE / max(smallest, 1e-300) if smallest < _THIN else 0.0
    gap = max(0.0, found.mixture.gap, blur)
    certificate = _certificate(question, method, found.mixture.normal, gap, "share of a gain")
    chances = fewer(programs.gains, found.mixture.chances)
    chosen = np.flatnonzero(chances).tolist()
    ratios: list[tuple[int, int, Scalar]] = []
    exact_scales = _exact_scales(question, deals, programs)
    for number, (held, _) in enumerate(found.stages):
        ratios += [(i, number, exact_scales[i] if exact_scales else float(scales[i])) for i in held]
    columns = [deals.exact_gain(k) if exact_scales else tuple(programs.gains[k].tolist()) for k in chosen]
    levels = [level for _, level in found.stages]
    solved = solved_chances(columns, ratios, chances[chosen].tolist(), levels)
    whole = sum(chance for chance in solved if chance > 0)
    mixture = [(index, chance / whole) for index, chance in zip(chosen, solved, strict=True) if chance > 0]
    return lottery_answer(question, method, deals, mixture, certificate)


def _exact_scales(question: Question, deals: RationalDeals, programs: LotteryPrograms) -> tuple[Fraction, ...] | None:
    """Return the scales of the rule without rounding where they are known."""
    if not question.problem.exact:
        return None
    if question.rule == "egalitarian":
        return question.exact_weights
    assert programs.ideal is not None
    ideal = []
    for player, chances in enumerate(programs.best):
        # The ideal gain itself is known exactly when a deal without a lottery attains it.
        likely = int(chances.argmax())
        gains = deals.exact_gain(likely)
        if min(gains) < 0 or abs(float(gains[player]) / programs.scale[player] - programs.ideal[player]) > 1e-9:
            return None
        ideal.append(gains[player])
    return tuple(ideal)


def _mixed(question: Question, deals: RationalDeals, found: Mixture, template: str, unit: str, gap: float) -> Solution:
    method = method_over(deals, template)
    scale = np.abs(deals.gains).max(axis=0)
    few = fewer(deals.gains / np.where(scale > 0, scale, 1.0), found.chances)
    mixture = [(int(k), float(few[k])) for k in np.flatnonzero(few)]
    certificate = _certificate(question, method, found.normal, max(0.0, gap), unit)
    return lottery_answer(question, method, deals, mixture, certificate)
