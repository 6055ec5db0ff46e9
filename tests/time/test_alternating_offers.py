"""Rubinstein, Stahl, the outside-option principle, and enumeration in exact fractions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from random_talks import DOLLAR, random_game, rounded

from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.results import Status
from bargain.time.backward import deadline
from bargain.time.stationary import offers

F = Fraction


def test_share_of_the_first_proposer_of_rubinstein_1982():
    found = offers(AlternatingOffers(DOLLAR, discount=(F(9, 10), F(4, 5))))
    assert found.payoffs == (F(5, 7), F(2, 7))
    assert found.complete is True
    assert found.status is Status.PROVED
    assert found.advantage == (F(1, 14), F(1, 14))


@pytest.mark.parametrize(("rounds", "share"), [(1, 1), (2, F(1, 10)), (3, F(91, 100)), (4, F(181, 1000))])
def test_shares_before_a_deadline_of_stahl_1972(rounds, share):
    found = deadline(AlternatingOffers(DOLLAR, discount=F(9, 10)), rounds)
    assert found.payoffs == (share, 1 - share)
    assert found.agreement == 0
    # s_T = (1 - (-d)^T) / (1 + d)
    assert share == (1 - F(-9, 10) ** rounds) / F(19, 10)


def test_many_rounds_come_near_the_talks_without_a_deadline():
    found = deadline(AlternatingOffers(DOLLAR, discount=F(9, 10)), 200)
    assert abs(float(found.payoffs[0]) - 10 / 19) < 1e-9
    assert found.unlimited.payoffs == (F(10, 19), F(9, 19))


def test_one_round_more_gives_the_power_to_the_other_player():
    found = deadline(AlternatingOffers(DOLLAR, discount=F(9, 10)), 3)
    assert (found.last_proposer, found.shifted.last_proposer) == (0, 1)
    assert found.payoffs[0] > found.unlimited.payoffs[0] > found.shifted.payoffs[0]


@pytest.mark.parametrize(("option", "share"), [(F(2, 5), F(9, 19)), (F(3, 5), F(3, 5))])
def test_outside_option_principle(option, share):
    """Binmore, Shaked and Sutton (1989): .4 is irrelevant, .6 binds."""
    found = offers(AlternatingOffers(DOLLAR, discount=F(9, 10), outside=(None, option)))
    assert found.payoffs[1] == share
    assert [each.binds for each in found.outside] == [option > share - F(1, 10) and option == share]


def test_an_inside_option_counts_from_the_first_cent():
    """What a player gets while talks last moves its share continuously: x = 10/19 (1 - m) for the opener."""
    for m in (F(1, 100), F(1, 4)):
        found = offers(AlternatingOffers(DOLLAR, discount=F(9, 10), meanwhile=(0, m)))
        assert found.payoffs[0] == F(10, 19) * (1 - m)


def test_an_outside_option_better_than_any_deal_ends_the_talks():
    found = offers(AlternatingOffers(DOLLAR, discount=F(9, 10), outside=(None, F(6, 5))))
    assert found.payoffs == (0, F(6, 5))
    assert [offer.agreed for offer in found.equilibria[0].offers] == [False, False]
    assert found.equilibria[0].offers[0].leaver == 1


def test_three_players_take_turns():
    """Unanimity over a dollar: the shares are in the ratios 1, d, d^2 (Shaked's game, stationary strategies)."""
    dollar = BargainingProblem.from_points(np.eye(3, dtype=int), (0, 0, 0), lotteries=True)
    found = offers(AlternatingOffers(dollar, discount=0.9), limit=False, options=False)
    whole = 1 + 0.9 + 0.81
    assert found.payoffs == pytest.approx([1 / whole, 0.9 / whole, 0.81 / whole], abs=1e-8)


def test_three_players_of_whom_one_is_drawn():
    """Banks and Duggan (2000): everybody keeps d/3 when it responds, so that the proposer gets 1 - 2d/3."""
    dollar = BargainingProblem.from_points(np.eye(3, dtype=int), (0, 0, 0), lotteries=True)
    found = offers(AlternatingOffers(dollar, discount=0.9, protocol="random"), limit=False, options=False)
    assert found.payoffs == pytest.approx([1 / 3] * 3, abs=1e-8)
    assert found.equilibria[0].offers[1].payoffs == pytest.approx([0.3, 0.4, 0.3], abs=1e-8)


# ---- brute force ----------------------------------------------------------------------------------------------------


def brute_proposal(points, proposer, floors):
    """The best deal for the proposer, then for the next players in turn, by looking at all deals."""
    n = len(floors)
    order = [(proposer + step) % n for step in range(n)]
    kept = [u for u in points if all(u[i] >= floors[i] for i in order[1:])]
    return max(kept, key=lambda u: [u[i] for i in order]) if kept else None


def brute_no_deal(game, values, proposer, last):
    n, p, d = len(values), game["p"], game["d"]
    f = [x ** (game["wait"] if last else 1) for x in game["f"]]
    stay = [(1 - f[i]) * game["m"][i] + f[i] * ((1 - p) * values[i] + p * d[i]) for i in range(n)]
    leaves = [i for i in range(n) if i != proposer and game["o"][i] is not None and game["o"][i] > stay[i]]
    return [d[i] if game["o"][i] is None else game["o"][i] for i in range(n)] if leaves else stay


def brute_round(game, values, proposer, last):
    floors = brute_no_deal(game, values, proposer, last)
    best = brute_proposal(game["points"], proposer, floors)
    return (list(best), True) if best is not None and best[proposer] >= floors[proposer] else (floors, False)


@pytest.mark.parametrize("players", [2, 3])
def test_deadlines_agree_with_enumeration_in_fractions(players):
    rng = np.random.default_rng(players)
    outcomes = set()
    for _ in range(150):
        game, talks = random_game(rng, players)
        values, agreed = game["e"], False
        for number in reversed(range(game["rounds"])):
            proposer = (game["first"] + number) % players
            values, agreed = brute_round(game, values, proposer, number == game["rounds"] - 1)
        found = deadline(talks, compare=False)
        assert found.game.exact
        assert list(found.payoffs) == values
        assert found.rounds[0].offers[0].agreed == agreed
        outcomes.add((agreed, found.rounds[0].offers[0].leaver is not None))
        close = deadline(rounded(talks), compare=False)
        assert np.allclose(np.array(close.payoffs, float), np.array(values, float), atol=1e-9)
    assert outcomes == {(True, False), (False, False), (False, True)}


def test_random_proposers_agree_with_enumeration():
    rng = np.random.default_rng(5)
    for _ in range(60):
        game, talks = random_game(rng, 2)
        talks = replace(talks, protocol="random", first=0)
        values = game["e"]
        for number in reversed(range(game["rounds"])):
            each = [brute_round(game, values, k, number == game["rounds"] - 1)[0] for k in (0, 1)]
            values = [(a + b) / 2 for a, b in zip(*each, strict=True)]
        assert list(deadline(talks, compare=False).payoffs) == values


def brute_stationary(game):
    """All pairs of a deal or waiting for both players that reproduce themselves."""
    moves = [*dict.fromkeys(game["points"]), None]
    found = set()
    for mine in moves:
        for yours in moves:
            values = _values_of(game, mine, yours)
            again = brute_round(game, values[1], 0, False), brute_round(game, values[0], 1, False)
            wanted = [(list(values[k]), (mine, yours)[k] is not None) for k in (0, 1)]
            if all(a[0] == w[0] and a[1] == w[1] for a, w in zip(again, wanted, strict=True)):
                found.add((tuple(values[0]), tuple(values[1])))
    return found


def _values_of(game, mine, yours):
    """What both rounds are worth when A always proposes ``mine`` and B ``yours`` (None: no deal)."""
    x, y = mine, yours
    if x is None and y is None:
        f, p = game["f"], game["p"]
        start = [((1 - f[i]) * game["m"][i] + f[i] * p * game["d"][i]) / (1 - f[i] * (1 - p)) for i in (0, 1)]
        x = start
        for _ in range(4):
            y = brute_no_deal(game, x, 1, False)
            x = brute_no_deal(game, y, 0, False)
        return x, y
    if x is None:
        return brute_no_deal(game, y, 0, False), list(y)
    if y is None:
        return list(x), brute_no_deal(game, x, 1, False)
    return list(x), list(y)


def test_all_stationary_equilibria_over_deals_agree_with_enumeration():
    rng = np.random.default_rng(11)
    counts = set()
    for _ in range(200):
        game, talks = random_game(rng)
        found = offers(replace(talks, first=0), limit=False, options=False)
        pairs = {tuple(offer.payoffs for offer in each.offers) for each in found.equilibria}
        assert pairs == brute_stationary(game)
        assert len(pairs) == len(found.equilibria)
        counts.add(len(pairs))
    assert {0, 1, 2} <= counts
