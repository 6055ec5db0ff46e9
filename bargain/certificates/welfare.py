r"""Certificates of bargaining solutions: is the deal real, does nobody lose, is it efficient, is it the rule's choice?

Every check starts from the definitions and imports no solver.  Finite deals are looked at one by one
(:mod:`bargain.certificates.enumeration`), lotteries are bounded by the support function
(:mod:`bargain.certificates.support`), continuous levers are searched for a refutation
(:mod:`bargain.certificates.sampling`).  Any solution can be checked, ours or a stranger's.  Tested on every rule by
worse points, each of which must be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.bounding import contenders
from bargain.certificates.definitions import BY_DEFINITION, definition_gap, gains_table
from bargain.certificates.enumeration import MAX_DEALS, TOLERANCE, best_rival, dominating_rival
from bargain.certificates.gains import Claim, levels_of, read_claim, reference_gains, weights_of
from bargain.certificates.neighbours import LargeSet, nearby_rival
from bargain.certificates.sampling import sampled_rival
from bargain.certificates.support import lottery_gap, no_lottery_gap
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals
from bargain.results import Certificate, Solution

__all__ = ["certify_solution", "efficiency", "feasibility", "individual_rationality", "optimality"]

Floats = NDArray[np.float64]

_PAYOFF_TOLERANCE = 1e-9
_LOTTERY_TOLERANCE = 1e-7
_SEARCH_TOLERANCE = 1e-6
_RANGE = "fraction of the payoff range"

_CLAIMS = {
    "nash": ("no individually rational deal has a larger Nash product", "log of the Nash product"),
    "kalai-smorodinsky": ("no deal gives larger shares of the ideal gains, the smallest first", "share of the gain"),
    "egalitarian": ("no deal gives larger gains, the smallest first", "share of the gain"),
    "utilitarian": ("no individually rational deal has a larger sum of payoffs", "fraction of the summed gains"),
    "equal-area": ("the ray to the deal halves the area of what could be agreed", "fraction of the area"),
    "perles-maschler": ("the deal halves the length of the frontier", "fraction of the length"),
    "discrete-raiffa": ("the steps to the mean of the dictators' points lead to this deal", "share of the ideal gain"),
    "continuous-raiffa": ("the path to the mean of the dictators' points ends at this deal", "share of the ideal gain"),
    "equal-loss": ("no deal has smaller losses from the ideal gains, the largest first", "share of the ideal gain"),
    "gupta-livne": ("no deal goes further from the reference to the ideal point", "share of the ideal gain"),
    "dictators-mean": ("no deal goes further from the dictators' mean to the ideal point", "share of the ideal gain"),
    "no-deal": ("no deal gives somebody more and nobody less", _RANGE),
}


def certify_solution(solution: Solution, seed: int = 0) -> Certificate:
    """Check a solution from the definitions.

    Parameters
    ----------
    solution : Solution
        Ours or a stranger's; the rule is read from its ``rule``, the weights from its ``weights``.
    seed : int
        Seed of the search on continuous levers.

    Returns
    -------
    Certificate
        The rule's own claim when everything holds; otherwise the first claim that does not hold, of: the deal exists
        and gives these payoffs, nobody loses, it is efficient, the rule picks it.

    Raises
    ------
    ValueError
        The rule is not known.

    Examples
    --------
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.results import Status
    >>> problem = BargainingProblem.from_points([(4, 1), (2, 3), (0, 4)], (0, 0))
    >>> right = Solution(problem, "nash", "a guess", Status.PROVED, (2.0, 3.0), (2.0, 3.0), deal=1)
    >>> wrong = Solution(problem, "nash", "a guess", Status.PROVED, (4.0, 1.0), (4.0, 1.0), deal=0)
    >>> certify_solution(right).holds, certify_solution(wrong).holds, certify_solution(wrong).witness
    (True, False, 1)
    """
    if solution.rule not in _CLAIMS or solution.rule == "no-deal":
        raise ValueError(f"no check for rule {solution.rule!r}; known are {', '.join(list(_CLAIMS)[:-1])}")
    passed: dict[str, Any] = {}
    for check in (feasibility, individual_rationality, efficiency):
        certificate = check(solution)
        if not certificate.holds:
            return certificate
        passed[check.__name__] = certificate.gap
    return optimality(solution, seed, passed)


def feasibility(solution: Solution) -> Certificate:
    """Check that the deal or lottery exists, keeps all limits, and gives the payoffs and gains that are reported."""
    problem = solution.problem
    claim = read_claim(solution)
    text = "the deal exists and gives these payoffs"
    if claim.problem_found:
        return Certificate(text, np.inf, _PAYOFF_TOLERANCE, _RANGE, witness=claim.problem_found, method="looked up")
    gains = np.array([float(gain) for gain in solution.gains])
    payoffs = np.array([float(payoff) for payoff in solution.payoffs]) - np.array(problem.disagreement)
    size = np.maximum(np.abs(claim.gains), _sizes(solution) * 1e-3)
    # Payoffs are floats of their own size, and gains may be a small difference of such.
    size = np.where(size > 0, size, 1.0)
    large = 1e-7 * np.maximum(np.abs(np.array(problem.disagreement)), np.abs(payoffs))
    wrong = np.maximum(np.abs(gains - claim.gains), np.abs(payoffs - claim.gains)) / np.maximum(size, large)
    return Certificate(text, float(wrong.max()), _PAYOFF_TOLERANCE, _RANGE, method="payoffs computed again")


def individual_rationality(solution: Solution) -> Certificate:
    """Check that nobody gets less than by disagreeing."""
    claim = read_claim(solution)
    short = np.maximum(-claim.gains, 0.0) / np.maximum(_sizes(solution), 1e-300)
    exact = claim.exact is not None and solution.lottery is None
    witness = solution.problem.players[int(short.argmax())] if short.max() > 0 else None
    return Certificate(
        "nobody gets less than by disagreeing",
        float(short.max()),
        0.0 if exact else _PAYOFF_TOLERANCE,
        _RANGE,
        witness,
        "payoffs computed again",
    )


def efficiency(solution: Solution) -> Certificate:
    """Check that no deal gives somebody more and nobody less (for continuous levers: that a search finds none)."""
    problem, feasible = solution.problem, solution.problem.feasible
    claim = read_claim(solution)
    text = "no deal gives somebody more and nobody less than the agreed one"
    if not solution.agreed or not isinstance(feasible, FiniteDeals):
        # A search for deals that give everybody more is part of the check of optimality.
        return Certificate(text, 0.0, _PAYOFF_TOLERANCE, _RANGE, method="part of the rule's claim")
    if problem.lotteries:
        gap, _ = lottery_gap(problem, claim.gains, "efficiency", weights_of(solution))
        return Certificate(text, gap, _LOTTERY_TOLERANCE, _RANGE, method="support function of all lotteries")
    if feasible.num_combinations > MAX_DEALS:
        return Certificate(text, 0.0, _PAYOFF_TOLERANCE, _RANGE, method="part of the rule's claim")
    rival = dominating_rival(problem, claim)
    witness = None if rival.deal is None else feasible.describe(rival.deal)
    method = f"{rival.looked_at} deals looked at one by one"
    return Certificate(text, rival.gap, 0.0 if rival.exact else TOLERANCE, _RANGE, witness, method)


def optimality(solution: Solution, seed: int = 0, passed: Mapping[str, Any] | None = None) -> Certificate:
    """Check that the rule picks this deal, or that there is no deal.

    Parameters
    ----------
    solution : Solution
        The claim.
    seed : int
        Seed of the search on continuous levers.
    passed : mapping, optional
        Gaps of the other checks, kept in the evidence.

    Notes
    -----
    Of more than two million deals only those are looked at that bounds by elimination do not rule out. Where these are
    too many, deals near the claimed one and drawn ones are looked at; the certificate then says that nothing better was
    found.
    """
    feasible = solution.problem.feasible
    rule = solution.rule if solution.agreed else "no-deal"
    evidence: dict[str, Any] = dict(passed or {})
    claim = read_claim(solution)
    if isinstance(feasible, ContinuousDeals):
        return _sampled(solution, claim, rule, seed, evidence)
    if solution.problem.lotteries:
        return _of_lottery(solution, claim, rule, evidence)
    if feasible.num_combinations > MAX_DEALS:
        return _of_large_set(solution, claim, rule, seed, evidence)
    weights = weights_of(solution)
    ratios = solution.problem.exact_weights(tuple(weights.tolist()))
    rival = best_rival(solution.problem, claim, rule, weights, ratios)
    text, unit = _CLAIMS[rule]
    evidence |= {"deals": rival.looked_at, "exact": rival.exact}
    witness = None if rival.deal is None else feasible.describe(rival.deal)
    method = f"{rival.looked_at} deals looked at one by one"
    return Certificate(text, max(0.0, rival.gap), 0.0 if rival.exact else TOLERANCE, unit, witness, method, evidence)


def _of_lottery(solution: Solution, claim: Claim, rule: str, evidence: dict[str, Any]) -> Certificate:
    text, unit = _CLAIMS[rule]
    method = "support function of all lotteries"
    if rule == "no-deal":
        return Certificate(text, no_lottery_gap(solution.problem), _LOTTERY_TOLERANCE, unit, None, method, evidence)
    if rule in BY_DEFINITION:
        gap = definition_gap(rule, gains_table(solution.problem), claim.gains, reference_gains(solution.problem))
        method = "the rule's equation, from its definition"
        return Certificate(_of_lotteries(text), gap, _LOTTERY_TOLERANCE, unit, None, method, evidence)
    gap, normal = lottery_gap(solution.problem, claim.gains, rule, weights_of(solution))
    evidence |= {"normal": tuple(normal.tolist())}
    return Certificate(_of_lotteries(text), gap, _LOTTERY_TOLERANCE, unit, None, method, evidence)


def _of_lotteries(text: str) -> str:
    """Return a claim about deals as one about lotteries; an ideal gain stays one."""
    return text.replace("no deal", "no lottery").replace("the deal", "the lottery").replace("this deal", "this lottery")


def _of_large_set(solution: Solution, claim: Claim, rule: str, seed: int, evidence: dict[str, Any]) -> Certificate:
    # A better deal nearby refutes the claim at once; a claim far from the best has very many contenders.
    found: LargeSet = nearby_rival(solution, claim, rule, weights_of(solution), seed)
    if found.gap <= TOLERANCE:
        try:
            return _of_contenders(solution, claim, rule, evidence)
        except LimitError as limit:
            evidence |= {"not proved": str(limit)}
    _, unit = _CLAIMS[rule]
    text = "no better deal was found near this one or at random"
    method = f"{found.looked_at} of {found.total} deals looked at"
    evidence |= {"bound": found.bound, "seed": seed}
    return Certificate(text, found.gap, TOLERANCE, unit, found.deal, method, evidence)


def _of_contenders(solution: Solution, claim: Claim, rule: str, evidence: dict[str, Any]) -> Certificate:
    """Compare the claim with every deal that bounds do not rule out."""
    problem, feasible = solution.problem, solution.problem.feasible
    assert isinstance(feasible, FiniteDeals)
    weights = weights_of(solution)
    rows = contenders(problem, claim.gains, rule, weights)
    text, unit = _CLAIMS[rule]
    method = f"{len(rows)} of {feasible.num_combinations} deals looked at; bounds by elimination rule out the others"
    evidence |= {"deals": len(rows)}
    if not len(rows):
        return Certificate(text, 0.0, TOLERANCE, unit, None, method, evidence)
    exact = [feasible.exact_payoffs(row) for row in rows.tolist()]
    listed = BargainingProblem.from_points(
        exact if problem.exact else [[float(value) for value in row] for row in exact],
        problem.exact_disagreement if problem.exact and problem.exact_disagreement else problem.disagreement,
    )
    rival = best_rival(listed, claim, rule, weights, problem.exact_weights(tuple(weights.tolist())))
    witness = None if rival.deal is None else feasible.describe(rows[rival.deal[0]].tolist())
    tolerance = 0.0 if rival.exact else TOLERANCE
    return Certificate(text, max(0.0, rival.gap), tolerance, unit, witness, method, evidence)


def _sampled(solution: Solution, claim: Claim, rule: str, seed: int, evidence: dict[str, Any]) -> Certificate:
    deals = solution.problem.feasible
    assert isinstance(deals, ContinuousDeals)
    levels = None if solution.deal is None else levels_of(deals, solution.deal)
    rival = sampled_rival(solution.problem, levels, claim.gains, rule, weights_of(solution), seed)
    text = "a search found no better deal" if solution.agreed else "a search found no deal that helps somebody"
    _, unit = _CLAIMS[rule]
    evidence |= {"seed": seed, "proves": "nothing global: a better deal elsewhere is not excluded"}
    witness = None if rival.levels is None else deals.describe(rival.levels)
    method = f"{rival.looked_at} deals drawn"
    return Certificate(text, rival.gap, _SEARCH_TOLERANCE, unit, witness, method, evidence)


def _sizes(solution: Solution) -> Floats:
    """Return each player's payoff range (finite deals) or size of gain (continuous levers), at least that of d."""
    problem = solution.problem
    if isinstance(problem.feasible, FiniteDeals):
        ranges = [np.ptp(payoffs.reshape(len(payoffs), -1), axis=1) for _, payoffs in problem.feasible.terms]
        size = np.sum(ranges, axis=0)
        return np.where(size > 0, size, 1.0)
    size = np.abs(np.array([float(gain) for gain in solution.gains]))
    return np.asarray(
        np.maximum(size, 1e-6 * np.maximum(np.abs(np.array(problem.disagreement)), size.max(initial=0.0)))
    )
