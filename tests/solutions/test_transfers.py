"""Bargaining with side payments against a fine grid of payments, and the laws of transferable utility."""

import itertools
import math
import random

import numpy as np
import pytest

import bargain as bg
from bargain.errors import UnsupportedGameError
from bargain.results import Status
from bargain.solutions.transfers import solve_with_transfers

COST = [0.0, 0.1, 0.5, 0.9]


def problem(seed, players=2):
    chance = random.Random(seed)
    points = [tuple(chance.randint(-16, 16) / 4 for _ in range(players)) for _ in range(chance.randint(1, 8))]
    weights = [chance.choice([1, 1, 2]) for _ in range(players)]
    return bg.BargainingProblem.from_points(points, (0,) * players, weights=weights), points


def reachable(points, cost, steps=400):
    """Every outcome of two players after a payment either way, on a grid."""
    for u, v in points:
        for paid in np.linspace(0, max(u, 0), steps):
            yield u - paid, v + (1 - cost) * paid
        for paid in np.linspace(0, max(v, 0), steps):
            yield u + (1 - cost) * paid, v - paid


@pytest.mark.parametrize("cost", COST)
@pytest.mark.parametrize("seed", range(25))
def test_two_players_are_never_beaten_by_a_grid_of_payments(seed, cost):
    asked, points = problem(seed)
    found = solve_with_transfers(asked, cost=cost)
    rational = [end for end in reachable(points, cost) if min(end) > 1e-9]

    def merit(gains):
        return sum(w * math.log(g) for w, g in zip(asked.weights, gains, strict=True))

    if not found.agreed:
        assert not rational
        return
    assert merit(found.gains) >= max(map(merit, rational), default=-math.inf) - 1e-12
    least = solve_with_transfers(asked, "egalitarian", cost=cost)
    assert min(least.gains) >= max(map(min, rational), default=0.0) - 1e-12
    for each in (found, least):
        chosen = points[each.deal]
        assert each.gains == pytest.approx([v + p for v, p in zip(chosen, each.transfers, strict=True)])
        given, received = (sum(max(0.0, s * p) for p in each.transfers) for s in (-1, 1))
        assert received == pytest.approx((1 - cost) * given, abs=1e-12)


@pytest.mark.parametrize("seed", range(25))
def test_three_players_cannot_improve_by_any_further_payment(seed):
    asked, _ = problem(seed, 3)
    for cost in COST:
        found = solve_with_transfers(asked, cost=cost)
        if not found.agreed:
            continue
        value = sum(w * math.log(g) for w, g in zip(asked.weights, found.gains, strict=True))
        for giver, taker in itertools.permutations(range(3), 2):
            gains = list(found.gains)
            # Undoing a payment is free of cost up to what was paid, so only new ones are tried.
            if found.transfers[giver] > 0 or found.transfers[taker] < 0:
                continue
            gains[giver] -= 1e-4
            gains[taker] += 1e-4 * (1 - cost)
            if min(gains) > 0:
                assert sum(w * math.log(g) for w, g in zip(asked.weights, gains, strict=True)) <= value + 1e-9


@pytest.mark.parametrize("seed", range(25))
def test_frictionless_payments_share_the_largest_total_by_weight(seed):
    asked, points = problem(seed, 2 + seed % 2)
    total = max(map(sum, points))
    found = solve_with_transfers(asked)
    if total <= 0:
        assert found.status is Status.NO_DEAL
    else:
        assert found.gains == pytest.approx([w * total for w in asked.weights])


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_payoff_does_not_matter(unit):
    asked, points = problem(3)
    scaled = bg.BargainingProblem.from_points(
        [[unit * u for u in row] for row in points], (0.0, 0.0), weights=asked.weights
    )
    for cost in COST:
        first, second = (solve_with_transfers(each, cost=cost) for each in (asked, scaled))
        assert second.deal == first.deal
        assert [g / unit for g in second.gains] == pytest.approx(first.gains)


def test_continuous_levers_pay_as_finite_ones_do():
    tree = {
        "format": 1,
        "scenario": {"id": "pay", "title": "Pay", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"x": {"range": [0, 4], "status_quo": 0}},
        "payoffs": {"A": {"x": "4*x"}, "B": {"x": "-x^2"}},
    }
    scenario = bg.load(tree)
    # The largest total 4x - x^2 is 4 at x = 2; it is halved.
    found = solve_with_transfers(scenario.problem())
    assert found.gains == pytest.approx((2, 2), abs=1e-5)
    assert found.deal["x"]["x"] == pytest.approx(2, abs=1e-3)
    assert found.transfers == pytest.approx((-6, 6), abs=1e-2)
    # A payment that loses half: at A's marginal 4 against B's 2x, x = 1 with a transfer price of 2.
    costly = solve_with_transfers(scenario.problem(), cost=0.5)
    assert costly.deal["x"]["x"] == pytest.approx(1, abs=1e-3)
    assert costly.gains == pytest.approx((1, 0.5), abs=1e-4)


def test_what_is_not_solved_with_payments_is_refused():
    asked, _ = problem(1)
    with pytest.raises(UnsupportedGameError, match="rules nash and egalitarian, not under utilitarian"):
        solve_with_transfers(asked, "utilitarian")
    with pytest.raises(ValueError, match="from 0 to below 1, not 1"):
        solve_with_transfers(asked, cost=1.0)
    with pytest.raises(ValueError, match="two or more parties"):
        solve_with_transfers(asked, parties=(True, False))
    lots = bg.BargainingProblem.from_points([(1, 1)], (0, 0), lotteries=True)
    with pytest.raises(UnsupportedGameError, match="together with lotteries"):
        solve_with_transfers(lots, cost=0.5)
    assert solve_with_transfers(lots).gains == (1.0, 1.0)
