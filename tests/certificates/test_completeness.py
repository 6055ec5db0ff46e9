"""The walk over bases finds every vertex, and lists are complete just when brute force says so."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.certificates.equilibria import table_of
from bargain.certificates.games.completeness import extreme_equilibria
from bargain.certificates.games.dominance import undominated
from bargain.certificates.games.pivots import vertices
from bargain.certificates.games.stored import verify_game_result
from bargain.certificates.games.work import TooLargeError, Work
from bargain.equilibria.extreme import extreme_equilibria as solver
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games


def random_table(rng, top, size=None):
    d, k = size or (rng.randint(1, 4), rng.randint(1, 4))
    return [[rng.randint(1, top) for _ in range(k)] for _ in range(d)]


@pytest.mark.parametrize("top", [1, 2, 3, 99])
def test_walk_finds_all_vertices(by_hand, top):
    rng = random.Random(top)
    for _ in range(60):
        table = random_table(rng, top)
        d = len(table)
        expected = by_hand.polytope_vertices([[Fraction(v) for v in row] for row in table])
        found = vertices(table, Work())
        assert set(found) == {sum(1 << c for c in tight) for x, tight in expected.items() if any(x)}
        for x, tight in expected.items():
            if any(x):
                weights = found[sum(1 << c for c in tight)]
                assert [Fraction(w, sum(weights)) for w in weights] == [v / sum(x) for v in x]
        assert all(len(weights) == d for weights in found.values())


def expand(profile, sizes):
    return tuple(
        tuple(strategy.get(a, Fraction(0)) for a in range(size)) for strategy, size in zip(profile, sizes, strict=True)
    )


def found_by_checker(game):
    table = table_of(game)
    found = extreme_equilibria(table, undominated(table, Work()), Work())
    return [expand(profile, table.sizes) for profile in found]


@pytest.mark.parametrize("kind", ["0..1", "0..3", "0..99", "floats", "duplicates", "tiny", "huge"])
def test_extreme_equilibria_equal_brute_force_and_the_solver(by_hand, kind):
    rng = np.random.default_rng(sum(map(ord, kind)))
    for _ in range(25):
        m, n = rng.integers(1, 5, 2)
        top = {"0..1": 2, "0..3": 4, "duplicates": 3}.get(kind, 100)
        tables = rng.integers(0, top, (2, m, n)).astype(float)
        if kind == "floats":
            tables = rng.random((2, m, n))
        if kind == "duplicates":
            tables = np.concatenate([tables, tables[:, :1]], axis=1)[:, :4]
        tables *= {"tiny": 1e-12, "huge": 1e12}.get(kind, 1.0)
        game = NormalFormGame.from_payoffs(list(tables))
        exact = [[[Fraction(v) for v in row] for row in table.tolist()] for table in tables]
        found = found_by_checker(game)
        assert found == by_hand.extreme(*exact)
        assert found == [profile.strategies for profile in solver(game)]


@given(bimatrix_games(max_actions=5))
def test_extreme_equilibria_equal_the_solvers(game):
    assert found_by_checker(game) == [profile.strategies for profile in solver(game)]


@given(normal_form_games(st.integers(1, 3), max_actions=3))
def test_dominance_keeps_what_brute_force_keeps(game):
    kept = [list(range(size)) for size in game.num_actions]
    moved = True
    while moved:
        moved = False
        for i in range(game.num_players):
            table = np.moveaxis(game.payoffs[i][np.ix_(*kept)], i, 0).reshape(len(kept[i]), -1)
            beaten = [a for a in range(len(table)) if any((table[b] > table[a]).all() for b in range(len(table)))]
            if beaten:
                kept[i] = [action for a, action in enumerate(kept[i]) if a not in beaten]
                moved = True
    assert undominated(table_of(game), Work()) == tuple(map(tuple, kept))


def test_a_list_without_one_of_its_equilibria_is_refuted(by_hand):
    rng = random.Random(5)
    for _ in range(25):
        tables = [random_table(rng, 3, (3, 3)) for _ in range(2)]
        stored = by_hand.nash_result(tables) | {"components": []}
        for place in range(len(stored["equilibria"])):
            rest = [each for k, each in enumerate(stored["equilibria"]) if k != place]
            refuted = [c.claim for c in verify_game_result(stored | {"equilibria": rest}) if c.refuted]
            assert refuted == ["complete: no equilibrium is missing"]
        assert not any(check.refuted for check in verify_game_result(stored))
        denied = stored | {"complete": False}
        assert [c.claim for c in verify_game_result(denied) if c.refuted] == ["not complete: an equilibrium is missing"]


def test_an_equilibrium_that_is_not_extreme_is_refuted_in_a_complete_list(by_hand):
    stored = by_hand.nash_result([[[1, 1], [0, 0]], [[0, 0], [0, 0]]]) | {"components": []}
    middle = {"profile": {"P1": {"p10": "1"}, "P2": {"p20": "1/2", "p21": "1/2"}}, "regret": "0"}
    middle["payoffs"] = {"P1": "1", "P2": "0"}
    stored["equilibria"].insert(1, middle)
    refuted = [check for check in verify_game_result(stored) if check.refuted]
    assert [check.claim for check in refuted] == ["complete: all listed equilibria are extreme ones"]
    assert refuted[0].witness == middle["profile"]


def test_a_game_that_is_too_large_is_left_open(by_hand, monkeypatch):
    same = [[int(i == j) for j in range(4)] for i in range(4)]
    stored = by_hand.nash_result([same, same]) | {"equilibria": [], "components": [], "complete": False}
    monkeypatch.setattr("bargain.certificates.games.stored.Work", lambda: Work(400))
    open_ones = [check for check in verify_game_result(stored) if not check.checked]
    assert open_ones
    assert not any(check.holds or check.refuted for check in open_ones)
    assert any("too large" in check.method for check in open_ones)


def test_the_walk_stops_at_its_limit():
    rng = random.Random(2)
    with pytest.raises(TooLargeError):
        vertices(random_table(rng, 99, (9, 9)), Work(5_000))


def three_players(by_hand, payoffs, equilibria, complete):
    tree = by_hand.game_tree(payoffs)
    listed = []
    for actions in equilibria:
        profile = {p: {tree["actions"][p][a]: "1"} for p, a in zip(tree["players"], actions, strict=True)}
        pays = [by_hand.at(table, actions) for table in payoffs]
        listed.append(
            {"profile": profile, "payoffs": dict(zip(tree["players"], map(str, pays), strict=True)), "regret": "0"}
        )
    head = {"schema": "bargain-equilibria-1", "command": "equilibria", "concept": "nash", "game": tree}
    return {**head, "equilibria": listed, "components": [], "complete": complete, "exact": True}


def test_three_players_settled_by_dominance_are_proved_complete(by_hand):
    """Each player gets 1 for its second action and loses 2 for each of the others' second actions."""
    payoffs = [
        [[[(2 + (a, b, c)[i] - 2 * (a + b + c - (a, b, c)[i])) for c in (0, 1)] for b in (0, 1)] for a in (0, 1)]
        for i in range(3)
    ]
    stored = three_players(by_hand, payoffs, [(1, 1, 1)], True)
    assert all(check.holds for check in verify_game_result(stored))


def test_three_players_without_dominance_are_refuted_or_left_open(by_hand):
    """All get 1 when all do the same."""
    same = [[[int(a == b == c) for c in (0, 1)] for b in (0, 1)] for a in (0, 1)]
    both = three_players(by_hand, [same] * 3, [(0, 0, 0), (1, 1, 1)], True)
    outcomes = {check.claim: check for check in verify_game_result(both)}
    assert outcomes["complete: no pure equilibrium is missing"].holds
    assert not outcomes["complete: no equilibrium is missing"].checked
    one = three_players(by_hand, [same] * 3, [(0, 0, 0)], True)
    assert "complete: no pure equilibrium is missing" in [c.claim for c in verify_game_result(one) if c.refuted]
    assert not any(c.refuted for c in verify_game_result(one | {"complete": False}))
    none = one | {"equilibria": []}
    assert [c.witness for c in verify_game_result(none) if c.refuted] == ["every game has an equilibrium (Nash 1951)"]
