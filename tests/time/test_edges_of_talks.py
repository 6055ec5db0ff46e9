"""Talks at their edges: leaving among many deals, indifferent proposers, options that nobody can pay, time that is up."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from click.testing import CliRunner
from random_talks import DOLLAR

import bargain as bg
from bargain.cli import main
from bargain.errors import LimitError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.interchange.offers_efg import offers_efg
from bargain.solutions.effort import effort
from bargain.time import fixed_points
from bargain.time.backward import deadline
from bargain.time.stationary import offers

F = Fraction
MANY = 3000


@pytest.mark.parametrize(("disagreement", "outside", "offset"), [
    ((0, 1200), (MANY + 300, None), 0), ((1200, 0), (None, MANY + 300), 0), ((0, 0), (None, None), 10**20),
])  # fmt: skip
def test_many_deals_are_searched_as_completely_as_few(monkeypatch, disagreement, outside, offset):
    """Where somebody leaves in every second round, and where payoffs are too large for their steps to show in floats."""
    points = [(offset + k, MANY - k) for k in range(MANY + 1)]
    problem = BargainingProblem.from_points(points, (offset + disagreement[0], disagreement[1]))
    talks = AlternatingOffers(problem, F(1, 2), outside=outside)
    quick = offers(talks, limit=False, options=False)
    monkeypatch.setattr(fixed_points, "_FEW", 10**6)
    slow = offers(talks, limit=False, options=False)
    assert slow.equilibria
    assert quick.complete
    assert quick.equilibria == slow.equilibria


@pytest.mark.parametrize("lotteries", [False, True])
@pytest.mark.parametrize(("constant", "factor", "breakdown"), [(0.3, 0.9, 0.1), (0.9, 0.7, 0.0)])
def test_rounding_does_not_keep_an_indifferent_proposer_from_a_deal(lotteries, constant, factor, breakdown):
    problem = BargainingProblem.from_points([(constant, 1.0), (constant, 2.0)], (constant, 0.0), lotteries=lotteries)
    found = deadline(AlternatingOffers(problem, factor, breakdown=breakdown, rounds=4), compare=False)
    assert found.agreement == 0
    assert all(offer.agreed for each in found.rounds for offer in each.offers)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_a_floor_above_a_payoff_that_no_deal_changes_is_met_by_no_lottery(unit):
    points = [(unit, 3 * unit, 0.0), (unit, 0.0, 2 * unit), (unit, unit, unit)]
    problem = BargainingProblem.from_points(points, (0.0, 0.0, 0.0), lotteries=True)
    pause = (1.5 * unit, 0.0, 0.0)
    found = deadline(AlternatingOffers(problem, 0.9, 1, default=pause, meanwhile=pause, rounds=1), compare=False)
    assert not found.rounds[0].offers[0].agreed


@pytest.mark.parametrize(("outside", "limit"), [
    ((0.6, 0.7), (0.6, 0.7)), ((1.5, None), (1.5, 0.0)), ((None, 1.5), (0.0, 1.5)), ((0.6, None), (0.6, 0.4)),
    ((0.7, 0.3), (0.7, 0.3)), ((0.4, 0.4), (0.5, 0.5)),
])  # fmt: skip
def test_short_rounds_with_options_that_cannot_all_be_paid_end_with_leaving(outside, limit):
    talks = AlternatingOffers(DOLLAR, 1 - 1e-6, outside=outside)
    found = offers(talks, options=False)
    assert found.limit_payoffs == pytest.approx(limit)
    assert found.payoffs == pytest.approx(limit, abs=1e-5)


def test_trees_keep_small_payoffs_and_chances_add_up_to_one():
    problem = BargainingProblem.from_points([(1.23456789e-12, 1e15 + 0.5)] * 2, (0.0, 0.0))
    text = offers_efg(AlternatingOffers(problem, 0.9, rounds=2, breakdown=0.1))
    assert "{ 0.00000000000123456789, 1000000000000000.5 }" in text
    thirds = BargainingProblem.from_points([(1.0, 1.0, 1.0)], (0.0, 0.0, 0.0))
    text += offers_efg(AlternatingOffers(thirds, 0.9, rounds=1, protocol="random"))
    chances = [re.sub('"[^"]*"', "", line[line.index("{") + 1 : -3]) for line in text.splitlines() if line[:2] == "c "]
    assert chances
    assert all(sum(map(F, each.split())) == 1 for each in chances)


def test_numbers_of_numpy_are_taken_and_half_rounds_refused():
    assert AlternatingOffers(DOLLAR, np.float64(0.9)).discount == (0.9, 0.9)
    for name in ("rounds", "first"):
        with pytest.raises(ValueError, match=f"{name}: a whole number"):
            AlternatingOffers(DOLLAR, 0.9, **{name: 0.5})


def test_a_search_that_was_cut_short_is_no_answer():
    deals = ContinuousDeals(
        lower=[0.0],
        upper=[1.0],
        values=lambda x: np.concatenate([x, 1 - x**2], axis=-1),
        gradient=lambda x: np.array([[1.0], [-2 * x[0]]]),
        hessian=lambda x: np.array([[[0.0]], [[-2.0]]]),
    )
    talks = AlternatingOffers(BargainingProblem(("A", "B"), deals, (0.0, 0.0)), 0.9, rounds=50)
    with effort(1e-9), pytest.raises(LimitError, match="time was up"):
        deadline(talks)
    with effort(1e-9), pytest.raises(LimitError, match="time was up"):
        offers(talks)


@pytest.mark.parametrize("clock", [
    ("--rounds", "3", "--days", "90"), ("--rate", "0.05", "--discount", "0.9"), ("--discount", "A=0.9,A=0.8,B=0.5"),
])  # fmt: skip
def test_two_clocks_at_once_are_refused(clock):
    result = CliRunner().invoke(main, ["deadline", "stahl-1972", *clock])
    assert result.exit_code == 2
    assert "give one of them" in result.output or "twice" in result.output


def test_several_equilibria_that_were_found_are_not_said_to_be_all():
    clock = ["us-japan-korea", "--discount", "0.95"]
    text = CliRunner().invoke(main, ["offers", *clock]).output
    assert "stationary equilibria were found" in text
    assert "there is one" not in text
    text = CliRunner().invoke(main, ["deadline", *clock, "--rounds", "2"]).output
    assert "stationary equilibria were found" in " ".join(text.split())


def test_that_there_is_no_other_equilibrium_is_left_open_when_a_result_is_verified():
    text = CliRunner().invoke(main, ["offers", "stag-hunt", "--discount", "0.95", "--format", "json"]).stdout
    tree = json.loads(text)
    checks = bg.verify(tree)
    left = [check.claim for check in checks if not check.checked]
    assert left == ["offers: there is no other stationary equilibrium"]
