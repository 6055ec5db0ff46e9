"""The certificate of an equilibrium: right about right profiles, and refusing wrong ones."""

from fractions import Fraction

import numpy as np
import pytest

from bargain.certificates.regret import best_deviation, certify_equilibrium, regret
from bargain.games.normal_form import NormalFormGame
from bargain.results import Profile

SEXES = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]], actions=[["ballet", "boxing"]] * 2)
MIXED = ((Fraction(2, 3), Fraction(1, 3)), (Fraction(1, 3), Fraction(2, 3)))


def test_the_mixed_equilibrium_of_the_battle_of_the_sexes_is_certified_exactly():
    certificate = certify_equilibrium(SEXES, MIXED)
    assert certificate.holds
    assert certificate.gap == 0
    assert certificate.tolerance == 0
    assert "fractions" in certificate.method


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("step", [Fraction(1, 10**6), Fraction(-1, 10**6), Fraction(1, 10**30)])
def test_an_equilibrium_with_one_number_changed_is_refused(player, step):
    strategies = [list(strategy) for strategy in MIXED]
    strategies[player][0] += step
    strategies[player][1] -= step
    assert not certify_equilibrium(SEXES, strategies).holds


def test_a_strategy_that_is_no_distribution_is_refused():
    assert not certify_equilibrium(SEXES, ((Fraction(1), Fraction(1, 100)), (Fraction(1), Fraction(0)))).holds
    assert not certify_equilibrium(SEXES, ([1.5, -0.5], [1.0, 0.0])).holds
    assert not certify_equilibrium(SEXES, ([np.nan, 1.0], [1.0, 0.0])).holds


def test_the_witness_is_the_deviation_that_gains_most():
    certificate = certify_equilibrium(SEXES, [[1.0, 0.0], [0.0, 1.0]])
    assert not certificate.holds
    assert certificate.gap == 0.5
    assert certificate.witness == {"player": "1", "action": "boxing", "gain": 1.0}
    assert certificate.unit == "fraction of the payoff range"


def test_regret_is_in_payoff_units_and_the_gap_has_none():
    large = NormalFormGame.from_payoffs(SEXES.payoffs * 1e12)
    bad = [[1.0, 0.0], [0.0, 1.0]]
    assert regret(large, bad) == 1e12
    assert best_deviation(large, bad).share == best_deviation(SEXES, bad).share == 0.5


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_verdict_does_not_depend_on_units(scale):
    game = NormalFormGame.from_payoffs(SEXES.payoffs * scale)
    assert certify_equilibrium(game, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]).holds
    assert not certify_equilibrium(game, [[2 / 3 + 1e-6, 1 / 3 - 1e-6], [1 / 3, 2 / 3]]).holds


def test_floats_and_fractions_agree_with_the_definition_on_the_game():
    rng = np.random.default_rng(2)
    for shape in ((3, 4), (2, 3, 2), (5,)):
        game = NormalFormGame.from_payoffs(rng.integers(-5, 5, (len(shape), *shape)))
        weights = [rng.integers(0, 4, size) + np.eye(1, size, dtype=int)[0] for size in shape]
        exact = [tuple(Fraction(int(w), int(each.sum())) for w in each) for each in weights]
        assert regret(game, exact) == max(game.regrets(exact))
        floats = [np.array(strategy, dtype=float) for strategy in exact]
        assert regret(game, floats) == pytest.approx(float(regret(game, exact)))


def test_a_profile_record_is_checked_and_its_own_claim_is_not_trusted():
    lie = Profile(([1.0, 0.0], [0.0, 1.0]), (9.0, 9.0), 0.0)
    certificate = certify_equilibrium(SEXES, lie)
    assert not certificate.holds
    assert certificate.evidence["claimed_regret"] == 0.0


def test_constant_payoffs_leave_nothing_to_gain():
    flat = NormalFormGame.from_payoffs([[[0.1, 0.1, 0.1]], [[0.1, 0.1, 0.1]]])
    assert certify_equilibrium(flat, [[1.0], [1 / 3, 1 / 3, 1 / 3]]).gap <= 1e-15


def test_a_profile_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="for a game with"):
        certify_equilibrium(SEXES, [[1.0], [1.0, 0.0]])
