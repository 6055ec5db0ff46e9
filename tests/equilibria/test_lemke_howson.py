"""Paths of Lemke and Howson: exact and compiled ones against each other, the extreme equilibria, nashpy, and regret."""

from fractions import Fraction

import nashpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.certificates.regret import regret
from bargain.equilibria import lemke_howson
from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.lemke_howson import End, follow_labels
from bargain.equilibria.lemke_howson_exact import ExactPaths
from bargain.equilibria.lemke_howson_floats import FloatPaths
from bargain.equilibria.lemke_howson_kernels import REFRESH
from bargain.equilibria.methods import equilibria
from bargain.equilibria.profiles import is_exact
from bargain.equilibria.search import Search
from bargain.equilibria.support_proofs import bounded_profile, proved_profile
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games

KINDS = ("floats", "0..1", "0..3", "0..99", "duplicated", "constant row")


def drawn(kind, rng, largest=6):
    m, n = rng.integers(1, largest + 1, 2)
    if kind == "floats":
        return rng.random((2, m, n))
    tables = rng.integers(0, {"0..1": 2, "0..99": 100}.get(kind, 4), (2, m, n))
    if kind == "duplicated":
        tables = np.concatenate([tables, tables[:, :1]], axis=1)
    if kind == "constant row":
        tables[:, 0] = 2
    return tables


def extreme_set(game):
    return {profile.strategies for profile in extreme_equilibria(game)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_exact_path_ends_in_an_extreme_equilibrium(kind):
    rng = np.random.default_rng([1, KINDS.index(kind)])
    for _ in range(20):
        game = NormalFormGame.from_payoffs(drawn(kind, rng))
        known = extreme_set(game)
        paths = ExactPaths(game, Search())
        for label in range(sum(game.num_actions)):
            strategies, _ = paths.follow(label, 10_000)
            assert regret(game, strategies) == 0
            assert strategies in known


@pytest.mark.parametrize("kind", KINDS)
def test_every_compiled_path_ends_in_an_extreme_equilibrium(kind):
    rng = np.random.default_rng([2, KINDS.index(kind)])
    for _ in range(30):
        game = NormalFormGame.from_payoffs(drawn(kind, rng))
        known = extreme_set(game)
        paths = FloatPaths(game, Search())
        for label in range(sum(game.num_actions)):
            end = paths.follow(label, 10_000)
            assert end.reached
            assert regret(game, end.profile.strategies) == 0
            assert end.profile.strategies in known
        assert paths.nearest is None


@pytest.mark.parametrize("size", [3, 8, 14])
def test_compiled_and_exact_paths_of_generic_games_are_the_same(size):
    rng = np.random.default_rng(size)
    for _ in range(4):
        game = NormalFormGame.from_payoffs(rng.random((2, size, size + 1)))
        compiled, exact = FloatPaths(game, Search()), ExactPaths(game, Search())
        for label in range(2 * size + 1):
            one, (strategies, pivots) = compiled.follow(label, 10_000), exact.follow(label, 10_000)
            assert one.profile.strategies == strategies
            assert one.pivots == pivots


@pytest.mark.parametrize("seed", range(10))
def test_generic_games_have_the_ends_that_nashpy_finds_for_the_same_label(seed):
    """Square games: in others nashpy 0.0.43 shifts the second player's strategy by one action."""
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 5, 5))
    game = NormalFormGame.from_payoffs([first, second])
    paths = ExactPaths(game, Search())
    for label in range(10):
        ours, _ = paths.follow(label, 10_000)
        theirs = nashpy.Game(first, second).lemke_howson(initial_dropped_label=label)
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose([float(p) for p in mine], other, atol=1e-9)


def test_the_inverse_is_refreshed_on_long_paths():
    """In a game whose only equilibrium uses all actions."""
    size = 40
    rng = np.random.default_rng(0)
    shift = rng.random((size, size)) / 1000
    game = NormalFormGame.from_payoffs([np.eye(size) + shift, -np.eye(size) - shift])
    end = FloatPaths(game, Search()).follow(0, 10_000)
    assert end.pivots > REFRESH
    assert [len(support) for support in end.profile.supports] == [size, size]
    assert regret(game, end.profile.strategies) == 0


@given(bimatrix_games(), st.sampled_from([1e-12, 1e12, 0.1]))
def test_games_in_other_units_have_proved_equilibria_too(game, scale):
    scaled = NormalFormGame.from_payoffs([table * scale for table in game.payoffs])
    for each in (game, scaled):
        followed = follow_labels(each, Search(all=True))
        assert followed.reached == followed.labels == sum(game.num_actions)
        assert all(regret(each, profile.strategies) == 0 for profile in followed.profiles)


@pytest.mark.parametrize("scale", [1e-12, 1e12, 3.7])
@pytest.mark.parametrize("top", [2, 4])
def test_degenerate_games_whose_payoffs_carry_rounding_are_proved(scale, top):
    rng = np.random.default_rng(top)
    for size in (13, 20):
        table = rng.integers(0, top, (size, size))
        game = NormalFormGame.from_payoffs([table * scale, (top - table) * scale])
        found = follow_labels(game, Search(all=False))
        assert regret(game, found.profiles[0].strategies) == 0


def test_whole_numbers_take_over_when_floats_prove_nothing(monkeypatch):
    monkeypatch.setattr(lemke_howson, "SMALL", 0)
    monkeypatch.setattr("bargain.equilibria.lemke_howson_floats.proved_profile", lambda game, basis: None)
    monkeypatch.setattr("bargain.equilibria.lemke_howson_floats.prove", lambda game, strategies: None)
    game = NormalFormGame.from_payoffs(np.random.default_rng(1).random((2, 6, 6)))
    found = equilibria(game, method="lemke-howson", exact=True)
    assert {profile.strategies for profile in found} <= extreme_set(game)
    assert len(found)
    monkeypatch.setattr(lemke_howson, "EXACTLY", 0)
    game = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    found = equilibria(game, method="lemke-howson")
    assert not found.exact
    assert "in floats, and its regret is at most" in found.notes[0]
    assert 0 < found[0].regret < 1e-12


def test_the_bound_of_a_profile_of_floats_is_at_least_its_true_regret():
    rng = np.random.default_rng(4)
    for _ in range(40):
        game = NormalFormGame.from_payoffs(rng.random((2, 7, 5)) * 10.0 ** rng.integers(-12, 12))
        profile = bounded_profile(game, [rng.dirichlet(np.ones(7)), rng.dirichlet(np.ones(5))])
        true = []
        for strategy in profile.strategies:
            exact = [Fraction(float(p)) for p in strategy]
            true.append([p / sum(exact) for p in exact])
        assert profile.regret >= regret(game, true)


def test_supports_that_carry_no_equilibrium_are_refused():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert proved_profile(game, ([0, 1], [0, 1])) is None
    assert proved_profile(game, ([0], [0])) is None
    assert proved_profile(game, ([0], [0, 1])) is None
    assert proved_profile(game, ([1], [1])).regret == 0


def test_the_method_lists_each_end_once_and_claims_no_more():
    found = equilibria(NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]]), method="lemke-howson")
    assert [profile.pure for profile in found] == [(0, 0), (1, 1)]
    assert found.complete is None
    assert found.reason == (
        "the paths of 4 of 4 labels were followed to their ends; there may be equilibria that no path from 0 leads to"
    )
    with pytest.raises(UnsupportedGameError, match="lemke-howson takes games in which two players have a choice"):
        equilibria(NormalFormGame.from_payoffs(np.zeros((3, 2, 2, 2))), method="lemke-howson")


def test_the_time_limit_ends_the_search_and_is_said():
    game = NormalFormGame.from_payoffs(np.random.default_rng(0).random((2, 10, 10)))
    found = equilibria(game, method="lemke-howson", time_limit=1e-9)
    assert len(found) == 0
    assert found.complete is None
    assert found.reason.startswith("stopped at the time limit of 1e-09 s; the paths of 0 of 20 labels")


def test_every_label_is_tried_with_every_limit_once():
    tries = list(lemke_howson._tries(5))
    limits = sorted({limit for _, limit in tries})
    assert limits[0] == lemke_howson.FIRST_LIMIT
    assert sorted(tries) == [(label, limit) for label in range(5) for limit in limits]
    # Of the first 64 tries of many labels, 48 are short and one is the longest.
    first = [limit for _, limit in list(lemke_howson._tries(1000))[:64]]
    assert [first.count(32 * 4**k) for k in range(4)] == [48, 12, 3, 1]


def test_paths_that_are_lost_do_not_count_as_followed(monkeypatch):
    class Lossy:
        nearest = None

        def __init__(self, game, search):
            pass

        def follow(self, label, limit):
            return End(False, None, 1, lost=True)

    monkeypatch.setattr(lemke_howson, "_float_paths", Lossy)
    monkeypatch.setattr(lemke_howson, "SMALL", 0)
    monkeypatch.setattr(lemke_howson, "EXACTLY", 0)
    game = NormalFormGame.from_payoffs(np.random.default_rng(0).random((2, 10, 10)))
    found = equilibria(game, method="lemke-howson")
    assert len(found) == 0
    assert "the paths of 0 of 20 labels were followed to their ends, none of which could be proved" in found.reason


def test_exact_profiles_are_exact():
    found = equilibria(
        NormalFormGame.from_payoffs(np.random.default_rng(3).random((2, 15, 15))), "lemke-howson", exact=True
    )
    assert all(is_exact(profile) and profile.regret == 0 for profile in found)
