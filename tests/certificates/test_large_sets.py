"""Certificates for sets that are too large to be looked at: what is right is proved, what was changed is refused."""

from dataclasses import replace
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from linked_problems import KINDS, all_deals, chain_problem, linked_problem

import bargain.certificates.support as supports
import bargain.certificates.welfare as welfare
from bargain.certificates.elimination import Factors
from bargain.certificates.welfare import certify_solution
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals
from bargain.solutions.rules import solve_problem

RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")


def exact_gains(problem, deal):
    default = problem.exact_disagreement or tuple(map(Fraction, problem.disagreement))
    return [u - d for u, d in zip(problem.feasible.exact_payoffs(deal), default, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_elimination_in_whole_numbers_is_exact(kind):
    rng = np.random.default_rng(10)
    for _ in range(20):
        problem = linked_problem(rng, kind, 3)
        weights = rng.random(3).tolist()
        deals = all_deals(problem)
        if deals:
            best = max(
                sum(Fraction(w) * v for w, v in zip(weights, exact_gains(problem, x), strict=True)) for x in deals
            )
            assert Factors(problem).exact_maximum(weights) == best


def test_elimination_is_exact_for_floats_of_all_sizes_and_levers_that_nothing_reads():
    rng = np.random.default_rng(12)
    for _ in range(30):
        tables = [rng.normal(size=(2, 3)) * 10.0 ** rng.integers(-323, 300, (2, 3)) for _ in range(2)]
        tables[0][0, 0] = 0.0
        deals = FiniteDeals((3, 4, 3), (((0,), tables[0]), ((2,), tables[1])))
        problem = BargainingProblem(("a", "b"), deals, (0.1, -0.3))
        weights = [float(weight) for weight in rng.choice([0.0, 0.1, 1.0, 1e-30], 2)]
        best = max(
            sum(Fraction(w) * v for w, v in zip(weights, exact_gains(problem, x), strict=True))
            for x in all_deals(problem)
        )
        assert Factors(problem).exact_maximum(weights) == best


@pytest.mark.parametrize("lotteries", [False, True])
@pytest.mark.parametrize("kind", ["integers", "fractions", "floats"])
def test_right_answers_hold_and_other_deals_are_refused(kind, lotteries):
    rng = np.random.default_rng(11)
    refused = 0
    for _ in range(10):
        problem = linked_problem(rng, kind, int(rng.integers(2, 4)), lotteries)
        with mock.patch.object(welfare, "MAX_DEALS", 0), mock.patch.object(supports, "FEW_COMBINATIONS", 0):
            for rule in RULES:
                solution = solve_problem(problem, rule)
                certificate = certify_solution(solution)
                assert certificate.holds
                assert "was found near" not in certificate.claim
                if not solution.agreed:
                    continue
                wrong = replace(solution, payoffs=tuple(payoff + 1 + abs(payoff) for payoff in solution.payoffs))
                assert not certify_solution(wrong).holds
                other = another(problem, solution, rng)
                if other is not None:
                    refused += 1
                    assert not certify_solution(other).holds
    assert refused > 10


def another(problem, solution, rng):
    """The same answer with another individually rational deal that the rule does not pick."""
    deals = all_deals(problem)
    for place in rng.permutation(len(deals)).tolist():
        gains = exact_gains(problem, deals[place])
        apart = max(abs(float(a) - float(b)) for a, b in zip(gains, solution.gains, strict=True))
        if min(gains) < 0 or deals[place] in {tie.deal for tie in solution.ties} or apart == 0:
            continue
        if solution.rule == "utilitarian" and float(sum(gains)) >= float(sum(solution.gains)) - 1e-9:
            continue
        payoffs = problem.feasible.exact_payoffs(deals[place])
        lottery = ((deals[place], 1.0),) if problem.lotteries else None
        return replace(
            solution,
            deal=deals[place],
            lottery=lottery,
            payoffs=tuple(map(float, payoffs)),
            gains=tuple(map(float, gains)),
        )
    return None


@pytest.mark.parametrize("lotteries", [False, True])
def test_trillions_of_deals_are_proved(lotteries):
    problem = chain_problem(0, 12, 11, 6, lotteries=lotteries)
    for rule in RULES:
        solution = solve_problem(problem, rule)
        certificate = certify_solution(solution)
        assert certificate.holds
        assert "was found near" not in certificate.claim
    if not lotteries:
        # One level of one lever is changed.
        moved = (*solution.deal[:-1], (solution.deal[-1] + 1) % 11)
        payoffs = tuple(problem.feasible.payoffs(moved)[0].tolist())
        assert not certify_solution(replace(solution, deal=moved, payoffs=payoffs, gains=payoffs)).holds
