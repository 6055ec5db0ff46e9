"""Variable threats: formulas with transfers, mutual best replies by bargaining again, laws, scenarios, refusals."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain.certificates.threats import bargained, certify_threats
from bargain.equilibria.threats import threats, threats_with_transfers
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games

HALF = Fraction(1, 2)
WEIGHTS = [(HALF, HALF), (Fraction(1, 4), Fraction(3, 4)), (Fraction(2, 3), Fraction(1, 3))]


@st.composite
def talks(draw):
    """Draw a game and deals that match each of its outcomes."""
    game = draw(bimatrix_games(max_actions=3))
    own = [tuple(map(float, pair)) for pair in game.payoffs.reshape(2, -1).T]
    more = draw(st.lists(st.tuples(st.integers(-4, 8), st.integers(-4, 8)), max_size=4))
    return game, [*own, *more]


def floats(values):
    return np.array([float(value) for value in values])


@given(talks(), st.sampled_from(WEIGHTS))
def test_threats_are_best_replies_when_every_deviation_is_bargained_again(drawn, weights):
    game, deals = drawn
    found = threats(game, deals, weights)
    assert found.exact
    assert certify_threats(game, found.strategies, deals, floats(weights)).holds
    again = bargained(np.array(deals, float), floats(found.disagreement), floats(weights))
    np.testing.assert_allclose(again, floats(found.deal), atol=1e-6 * max(1.0, *game.spans))


@pytest.mark.parametrize("seed", range(40))
def test_random_mixed_deviations_do_not_help_either(seed):
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 5, 2)
    payoffs = rng.integers(0, rng.choice([3, 10, 100]), (2, m, n))
    game = NormalFormGame.from_payoffs(payoffs)
    deals = np.vstack([payoffs.reshape(2, -1).T, rng.integers(0, 100, (3, 2))]).astype(float)
    weights = WEIGHTS[seed % 3]
    found = threats(game, deals.tolist(), weights)
    first, second = map(floats, found.strategies)
    for _ in range(40):
        p, q = rng.dirichlet(np.full(m, 0.5)), rng.dirichlet(np.full(n, 0.5))
        one = bargained(deals, np.array([p @ table @ second for table in payoffs]), floats(weights))
        other = bargained(deals, np.array([first @ table @ q for table in payoffs]), floats(weights))
        assert one[0] <= float(found.deal[0]) + 1e-6 * max(game.spans)
        assert other[1] <= float(found.deal[1]) + 1e-6 * max(game.spans)


def test_nash_with_transfers_on_a_game_worked_by_hand():
    """A - B = [[2, -3], [2, 2]] has value 2 and the largest total is 4, so that the deal is (4 + 2, 4 - 2)/2."""
    game = NormalFormGame.from_payoffs([[[3, -1], [0, 2]], [[1, 2], [-2, 0]]])
    found = threats_with_transfers(game)
    assert found.deal == (3, 1)
    assert found.disagreement[0] - found.disagreement[1] == 2


@given(talks(), st.sampled_from(WEIGHTS))
def test_transfers_are_a_long_straight_frontier(drawn, weights):
    """Deals on the line u1 + u2 = total, from far left to far right, are what transfers make possible."""
    game, _ = drawn
    total = Fraction(float((game.payoffs[0] + game.payoffs[1]).max()))
    line = [(-1000, total + 1000), (total + 1000, -1000)]
    assert threats(game, line, weights).deal == threats_with_transfers(game, weights=weights).deal


@given(bimatrix_games(max_actions=3), st.integers(-5, 5))
def test_with_transfers_only_the_difference_of_the_payoffs_matters(game, shift):
    """Adding the same number to both players' payoffs at one outcome changes nothing while the total stays."""
    moved = game.payoffs.copy()
    moved[:, 0, 0] += shift
    other = NormalFormGame.from_payoffs(moved)
    total = max(float(each.payoffs.sum(axis=0).max()) for each in (game, other))
    first, second = (threats_with_transfers(each, total) for each in (game, other))
    assert first.deal == second.deal


@given(talks(), st.sampled_from([1e-12, 0.5, 1e12]))
def test_units_do_not_matter(drawn, factor):
    game, deals = drawn
    scaled = NormalFormGame.from_payoffs([game.payoffs[0] * factor, game.payoffs[1] * 2 - 1])
    changed = [(a * factor, b * 2 - 1) for a, b in deals]
    first, second = threats(game, deals), threats(scaled, changed)
    tolerance = 1e-6 * max(1.0, *game.spans)
    assert float(second.deal[0]) / factor == pytest.approx(float(first.deal[0]), abs=tolerance)
    assert (float(second.deal[1]) + 1) / 2 == pytest.approx(float(first.deal[1]), abs=tolerance)


@given(talks())
def test_who_is_called_first_does_not_matter(drawn):
    game, deals = drawn
    turned = NormalFormGame.from_payoffs([game.payoffs[1].T, game.payoffs[0].T])
    assert threats(turned, [(b, a) for a, b in deals]).deal == threats(game, deals).deal[::-1]


@given(talks())
def test_without_lotteries_no_mixed_deviation_beats_threats_that_are_certified(drawn):
    """The check at the actions is sufficient for mixtures: tried on a grid of them."""
    game, deals = drawn
    found = threats(game, deals)
    if not certify_threats(game, found.strategies, deals, lotteries=False).holds:
        return
    points = np.array(deals)
    mixed = [floats(strategy) for strategy in found.strategies]
    now = best_pure_deal(points, floats(found.disagreement))
    for player in (0, 1):
        others = (game.payoffs @ mixed[1]).T if player == 0 else (mixed[0] @ game.payoffs).T
        for start, end in product(others, repeat=2):
            for share in (0.0, 0.25, 0.5, 0.75):
                assert best_pure_deal(points, start + share * (end - start))[player] <= now[player] + 1e-6


def best_pure_deal(points, start):
    able = points[(points >= start - 1e-12).all(axis=1)]
    return able[(able - start).prod(axis=1).argmax()] if len(able) else start


def test_large_games_agree_with_fractions():
    rng = np.random.default_rng(3)
    payoffs = rng.random((2, 21, 20))
    game = NormalFormGame.from_payoffs(payoffs)
    deals = payoffs.reshape(2, -1).T
    found = threats(game, deals.tolist())
    assert not found.exact
    assert certify_threats(game, found.strategies, deals[deals.sum(axis=1) > 1.2]).holds
    small = NormalFormGame.from_payoffs(payoffs[:, :20])
    assert threats(small, deals.tolist()).exact


def test_a_changed_threat_is_refuted():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    deals = [(3, 3), (0, 5), (5, 0), (1, 1)]
    assert certify_threats(game, [[0, 1], [0, 1]], deals).holds
    refuted = certify_threats(game, [[1, 0], [0, 1]], deals)
    assert not refuted.holds
    assert refuted.witness["action"] == "1"


def test_an_outcome_beyond_the_frontier_is_refused():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    with pytest.raises(UnsupportedGameError, match="'0' and 2 playing '0' pays more"):
        threats(game, [(2, 2), (5, 0), (0, 5)])
    with pytest.raises(UnsupportedGameError, match="more than the total"):
        threats_with_transfers(game, 5)


def test_three_players_and_no_deals_are_refused():
    with pytest.raises(UnsupportedGameError, match="defined for two players"):
        threats(NormalFormGame.from_payoffs(np.zeros((3, 2, 2, 2))), [(0, 0)])
    with pytest.raises(UnsupportedGameError, match="no deal at all"):
        threats(NormalFormGame.from_payoffs(np.zeros((2, 2, 2))), [])
    with pytest.raises(ValueError, match="must be positive"):
        threats(NormalFormGame.from_payoffs(np.zeros((2, 2, 2))), [(0, 0)], (1, 0))


def scenario(**changes):
    tree = dict(bg.load("prisoners-dilemma").document.tree)
    tree |= {"disagreement": {"kind": "threats"}, "expect": []} | changes
    return bg.load(tree)


@pytest.mark.parametrize("lotteries", [True, False])
def test_a_scenario_with_threats(lotteries):
    point = scenario(solve={"lotteries": lotteries}).disagreement()
    assert (point.kind, point.payoffs) == ("threats", (1.0, 1.0))
    assert "optimal threats" in point.note
    assert point.levels is not None
    assert {name: sum(mix.values()) for name, mix in point.threats.items()} == dict.fromkeys(point.threats, 1)


def test_a_scenario_in_which_threats_need_lotteries():
    """Matched deals on a coarse grid: without mixing, the threats that are best with mixing cannot be shown to be."""
    refused = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        game = NormalFormGame.from_payoffs(rng.integers(0, 9, (2, 3, 3)))
        deals = game.payoffs.reshape(2, -1).T
        found = threats(game, deals.tolist())
        assert certify_threats(game, found.strategies, deals).holds
        refused += not certify_threats(game, found.strategies, deals, lotteries=False).holds
    assert refused > 0


def test_unequal_power_without_lotteries_is_refused():
    tree = dict(bg.load("prisoners-dilemma").document.tree)
    first, second = tree["players"]
    players = {first: {"power": 2.0}, second: {"power": 1.0}}
    with pytest.raises(NotSolvedError, match=r"set solve\.lotteries"):
        scenario(players=players, solve={"lotteries": False}).disagreement()
    assert scenario(players=players, solve={"lotteries": True}).disagreement().kind == "threats"


def test_continuous_levers_need_lotteries():
    with pytest.raises(UnsupportedGameError, match=r"set solve\.lotteries"):
        bg.load("us-japan-2025", {"disagreement.kind": "threats"}).disagreement()


@settings(max_examples=15)
@given(talks())
def test_a_player_cannot_be_hurt_by_being_able_to_threaten(drawn):
    """With one action each there is nothing to choose; a second one that is also matched never hurts its owner."""
    game, deals = drawn
    alone = NormalFormGame.from_payoffs(game.payoffs[:, :1])
    assert threats(game, deals).deal[0] >= threats(alone, deals).deal[0]
