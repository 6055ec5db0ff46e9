"""The compiled enumeration against the exact enumeration of all bases, on generic, degenerate and badly scaled games."""

import time
from fractions import Fraction

import numpy as np
import pytest
import quantecon.game_theory as peer
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from bargain.certificates.regret import certify_equilibrium
from bargain.equilibria import enumeration, vertex_kernels, vertex_pairs, vertex_search
from bargain.equilibria.enumeration import enumerate_equilibria
from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.integers import positive_integers
from bargain.equilibria.methods import equilibria
from bargain.equilibria.search import Search
from bargain.equilibria.vertex_search import VertexSearch
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

KINDS = {
    "floats": lambda rng, size: rng.random(size),
    "0..1": lambda rng, size: rng.integers(0, 2, size),
    "0..3": lambda rng, size: rng.integers(0, 4, size),
    "0..99": lambda rng, size: rng.integers(0, 100, size),
    "0..4999": lambda rng, size: rng.integers(0, 5000, size),
    "to a billion": lambda rng, size: rng.integers(0, 10**9, size),
    "tenths": lambda rng, size: rng.integers(0, 4, size) / 10,
    "twelve decades": lambda rng, size: 10.0 ** rng.uniform(-6, 6, size),
    "tiny": lambda rng, size: rng.integers(0, 4, size) * 1e-12,
    "huge": lambda rng, size: rng.integers(0, 4, size) * 1e16,
    "offset": lambda rng, size: 1e9 + rng.integers(0, 4, size),
}


def games(kind, count, largest=6):
    rng = np.random.default_rng(sum(map(ord, kind)))
    for k in range(count):
        first, second = KINDS[kind](rng, (2, *rng.integers(1, largest + 1, 2)))
        if k % 4 == 1 and len(first) > 1:
            first[1], second[1] = first[0], second[0]
        if k % 4 == 2 and first.shape[1] > 1:
            second[:, 1] = second[:, 0]
        if k % 8 == 3:
            second[0] = second[0, 0]
        yield NormalFormGame.from_payoffs([first, second])


def same(found, expected):
    assert found.complete is True
    assert [(p.strategies, p.payoffs, p.regret) for p in found] == [
        (p.strategies, p.payoffs, p.regret) for p in expected
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_extreme_equilibria_are_those_of_the_exact_enumeration_of_all_bases(kind):
    for game in games(kind, 40):
        same(enumerate_equilibria(game), extreme_equilibria(game))


@pytest.mark.parametrize("kind", ["0..1", "0..3", "0..99"])
def test_floats_that_know_their_errors_lose_nothing_in_degenerate_games(kind, monkeypatch):
    monkeypatch.setattr(vertex_search, "_LARGEST_INTEGER", 0)
    for game in games(kind, 25, largest=5):
        same(enumerate_equilibria(game), extreme_equilibria(game))


def test_a_wide_range_of_payoffs_loses_nothing():
    # A fixed perturbation of the right-hand side loses a quarter of the equilibria of such games.
    rng = np.random.default_rng(8)
    for _ in range(15):
        payoffs = rng.integers(0, 4, (2, 6, 6)) * 10.0 ** rng.integers(0, 7, (2, 6, 6))
        game = NormalFormGame.from_payoffs(payoffs)
        same(enumerate_equilibria(game), extreme_equilibria(game))


def vertices(game):
    table, scale = positive_integers(game, 1)
    found = set()
    for block in VertexSearch(np.ascontiguousarray(table.T), scale).blocks():
        if block.restart:
            found.clear()
        assert len(set(block.base.tolist())) == len(block.base)
        found |= set(block.full.tolist())
    return found


def test_integers_that_grow_too_large_are_searched_in_floats_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(4)
    games_ = [NormalFormGame.from_payoffs(rng.integers(0, 4000, (2, 7, 7))) for _ in range(5)]
    exact = [vertices(game) for game in games_]
    monkeypatch.setattr(vertex_search, "_LARGEST_INTEGER", 0)
    assert [vertices(game) for game in games_] == exact


def error_bound(table, original, basic, nonbasic):
    return renewed(table[None], 0, original, basic, nonbasic, np.zeros(table.shape[1]))[0]


@njit
def renewed(tables, d, original, basic, nonbasic, work):
    return vertex_kernels.error_bound(tables, d, original, basic, nonbasic, work)


def test_the_error_bound_is_small_for_a_rounded_dictionary_and_covers_a_wrong_entry():
    rng = np.random.default_rng(5)
    game = NormalFormGame.from_payoffs(rng.random((2, 7, 7)))
    table, scale = positive_integers(game, 1)
    search = VertexSearch(np.ascontiguousarray(table.T), scale)
    original = np.zeros((8, 8))
    for i, line in enumerate(search.exact.table):
        original[:7, i] = [value / (scale if i < 7 else vertex_search._COST_SCALE) for value in line]
    original[7, :7] = 1.0
    for mask in [mask for block in search.blocks() for mask in block.base.tolist()][::7]:
        basic, nonbasic = (np.array([k for k in range(14) if mask >> k & 1 == bit]) for bit in (0, 1))
        rounded = search.exact.floats(mask, basic.tolist(), nonbasic.tolist(), vertex_search._COST_SCALE)
        assert (rounded[7, :7] > 0).all()
        assert error_bound(rounded, original, basic, nonbasic) < 1e-7
        for place in [(0, 0), (3, 5), (7, 2), (6, 7)]:
            wrong = rounded.copy()
            wrong[place] += 1e-6
            assert error_bound(wrong, original, basic, nonbasic) >= 0.999e-6


@pytest.mark.parametrize("size", [(9, 9), (8, 12), (11, 7)])
def test_generic_games_have_the_equilibria_that_quantecon_finds(size):
    rng = np.random.default_rng(sum(size))
    for _ in range(3):
        first, second = rng.random((2, *size))
        found = enumerate_equilibria(NormalFormGame.from_payoffs([first, second]))
        players = peer.Player(first), peer.Player(np.ascontiguousarray(second.T))
        theirs = peer.vertex_enumeration(peer.NormalFormGame(players))
        ours = {tuple(np.round(np.concatenate(p.strategies).astype(float), 7)) for p in found}
        assert ours == {tuple(np.round(np.concatenate(pair), 7) + 0.0) for pair in theirs}
        assert len(found) % 2 == 1


def test_the_default_enumerates_large_games_and_proves_them():
    rng = np.random.default_rng(11)
    game = NormalFormGame.from_payoffs(rng.integers(0, 4, (2, 10, 10)))
    found = equilibria(game, exact=True)
    assert found.method == "enumeration"
    assert found.complete is True
    assert all(certify_equilibrium(game, profile).gap == 0 for profile in found)
    assert {place for subset in found.components for place in subset.profiles} == set(range(len(found)))


class Clock:
    """Looks at the clock are counted, the time is up at one of them, and what is done in between is counted too."""

    def __init__(self, monkeypatch, last):
        self.looks, self.last, self.work, self.most, self.late = 0, last, 0, 0, 0
        monkeypatch.setattr(Search, "expired", property(lambda search: self.look()))
        for owner, name in (
            (enumeration._Enumeration, "_strategy"),
            (vertex_pairs.matching_kernels, "join"),
            (vertex_pairs.matching_kernels, "hold"),
            (vertex_pairs.completion_kernels, "complete"),
            (vertex_search.kernels, "search_floats"),
            (vertex_search, "search_integers"),
        ):
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name)))

    def look(self):
        self.looks += 1
        self.most, self.work = max(self.most, self.work), 0
        return self.looks >= self.last

    def counted(self, function):
        def call(*arguments):
            self.work += 1
            self.late += self.looks >= self.last
            return function(*arguments)

        return call


BUSY = {
    "coordination": lambda: np.stack([np.eye(9), np.eye(9)]),
    "copies": lambda: np.stack([np.kron(sign * np.array([[1, -1], [-1, 1]]), np.ones((4, 4))) for sign in (1, -1)]),
    "0..1": lambda: np.random.default_rng(3).integers(0, 2, (2, 9, 9)),
    "floats": lambda: np.random.default_rng(3).random((2, 10, 10)),
}


@pytest.mark.parametrize("name", BUSY)
def test_the_clock_is_looked_at_between_all_pieces_of_work(name, monkeypatch):
    game = NormalFormGame.from_payoffs(BUSY[name]())
    everything = {p.strategies for p in enumerate_equilibria(game)}
    pure = sum(all(max(x) == 1 for x in strategies) for strategies in everything)
    for last in (1, 2, 4, 30, 1000, 10**9):
        with monkeypatch.context() as patch:
            patch.setattr(vertex_search, "_LEAST_BLOCK", 64)
            patch.setattr(vertex_search, "_BLOCK", 64)
            clock = Clock(patch, last)
            found = enumerate_equilibria(game, Search(time_limit=1.0, deadline=np.inf))
        # A pair of strategies, or one slice of a loop with the strategies that complete its last pair.
        assert clock.most <= 6
        # Only pure equilibria are added afterwards.
        assert clock.late <= 2 * pure
        assert {p.strategies for p in found} <= everything
        if clock.looks < last:
            assert found.complete is True
            assert len(found) == len(everything)
        else:
            assert found.complete is None


def test_what_was_proved_before_the_search_began_anew_is_not_lost(monkeypatch):
    # The last row makes one vertex degenerate; the walk over the other polytope is interrupted at once.
    rng = np.random.default_rng(29)
    first, second = rng.random((2, 8, 8))
    second[7, 1] = second[7, 0] = 5.0
    game = NormalFormGame.from_payoffs([first, second])
    everything = enumerate_equilibria(game)
    assert everything.notes == ("the game is degenerate",)
    monkeypatch.setattr(vertex_search, "_LEAST_BLOCK", 16)
    monkeypatch.setattr(vertex_search, "_BLOCK", 16)
    proved = []
    keep = enumeration._Enumeration._keep

    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    def kept(self, x, y):
        keep(self, x, y)
        proved.append(len(self.pairs))

    monkeypatch.setattr(enumeration, "matches", interrupted)
    monkeypatch.setattr(enumeration._Enumeration, "_keep", kept)
    found = enumerate_equilibria(game)
    assert found.complete is None
    assert max(proved) > 1
    assert len(found) >= max(proved)
    assert {p.strategies for p in found} <= {p.strategies for p in everything}


def test_a_time_limit_returns_what_is_proved_and_claims_no_completeness():
    rng = np.random.default_rng(12)
    game = NormalFormGame.from_payoffs(rng.random((2, 24, 24)))
    started = time.monotonic()
    found = enumerate_equilibria(game, Search.start(time_limit=0.5))
    assert found.complete is None
    assert "stopped at the time limit of 0.5 s" in found.reason
    assert time.monotonic() - started < 60
    assert all(profile.regret == 0 for profile in found)


def test_a_time_limit_before_the_first_equilibrium_gives_an_honest_answer():
    # Matching pennies in copies of six has no pure equilibrium, and the clock is over at once.
    game = NormalFormGame.from_payoffs(
        np.stack([np.kron(sign * np.array([[1, -1], [-1, 1]]), np.ones((6, 6))) for sign in (1, -1)])
    )
    found = enumerate_equilibria(game, Search(time_limit=1.0, deadline=time.monotonic() - 1))
    assert len(found) == 0
    assert found.complete is None
    assert "stopped at the time limit" in found.reason


def test_only_what_can_be_listed_is_held(monkeypatch):
    # A coordination game has an equilibrium for every set of actions.
    game = NormalFormGame.from_payoffs([np.eye(6), np.eye(6)])
    everything = enumerate_equilibria(game)
    monkeypatch.setattr(enumeration, "listable", lambda game: 5)
    found = enumerate_equilibria(game)
    assert len(everything) == 63
    assert found.profiles[:5] == everything.profiles[:5]
    assert found.complete is False
    assert found.reason == "63 extreme equilibria, of which the first 5 are listed"


def test_an_error_bound_never_passes_over_what_is_not_a_number():
    original, table = np.ones((4, 5)), np.full((4, 5), np.nan)
    for entry in (np.nan, np.inf):
        table[1, 2] = entry
        assert error_bound(table, original, np.array([4, 1, 2, 3]), np.array([0, 5, 6])) == np.inf


def test_differences_far_below_the_precision_of_floats_are_decided_exactly():
    rng = np.random.default_rng(17)
    for power in (20, 40, 400):
        for _ in range(4):
            coarse, fine = rng.integers(0, 3, (2, 2, 4, 4))
            payoffs = [
                [
                    [Fraction(int(a)) + Fraction(int(b), 10**power) for a, b in zip(x, y, strict=True)]
                    for x, y in zip(first, second, strict=True)
                ]
                for first, second in zip(coarse, fine, strict=True)
            ]
            game = NormalFormGame.from_payoffs(payoffs)
            same(enumerate_equilibria(game), extreme_equilibria(game))


def test_an_interrupt_returns_what_is_proved(monkeypatch):
    rng = np.random.default_rng(13)
    game = NormalFormGame.from_payoffs(rng.random((2, 9, 9)))
    everything = enumerate_equilibria(game)
    blocks = VertexSearch.blocks

    def interrupted(self):
        monkeypatch.setattr(vertex_search, "_LEAST_BLOCK", 64)
        monkeypatch.setattr(vertex_search, "_BLOCK", 64)
        yield from [next(walk) for walk in [blocks(self)] for _ in range(8)]
        raise KeyboardInterrupt

    monkeypatch.setattr(VertexSearch, "blocks", interrupted)
    found = enumerate_equilibria(game)
    assert found.complete is None
    assert found.reason.startswith("interrupted")
    assert {p.strategies for p in found} <= {p.strategies for p in everything}


def test_other_games_are_refused():
    with pytest.raises(UnsupportedGameError, match="at most 63 actions"):
        enumerate_equilibria(NormalFormGame.from_payoffs(np.zeros((2, 32, 32))))


@given(st.integers(0, 10**6), st.sampled_from(["floats", "0..3", "tenths"]))
def test_relabelling_and_positive_affine_maps_keep_the_equilibria(seed, kind):
    rng = np.random.default_rng(seed)
    first, second = KINDS[kind](rng, (2, *rng.integers(2, 6, 2)))
    rows, columns = rng.permutation(first.shape[0]), rng.permutation(first.shape[1])
    game = NormalFormGame.from_payoffs([first, second])
    plain = {p.strategies for p in enumerate_equilibria(game)}
    # Powers of two keep floats exact.
    moved = NormalFormGame.from_payoffs([4 * first[rows][:, columns], second[rows][:, columns] / 8])
    back = {
        (tuple(x[i] for i in np.argsort(rows)), tuple(y[j] for j in np.argsort(columns)))
        for x, y in (p.strategies for p in enumerate_equilibria(moved))
    }
    assert back == plain
    mirrored = NormalFormGame.from_payoffs([second.T, first.T])
    assert {(x, y) for y, x in (p.strategies for p in enumerate_equilibria(mirrored))} == plain


@given(st.integers(0, 10**6))
def test_a_dominated_row_changes_nothing_and_a_copied_one_splits_equilibria(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 4, (2, *rng.integers(2, 5, 2)))
    plain = {p.strategies for p in enumerate_equilibria(NormalFormGame.from_payoffs([first, second]))}
    worse = NormalFormGame.from_payoffs([np.vstack([first, first[:1] - 1]), np.vstack([second, second[:1] + 5])])
    assert {(x[:-1], y) for x, y in (p.strategies for p in enumerate_equilibria(worse))} == plain
    twice = NormalFormGame.from_payoffs([np.vstack([first, first[-1:]]), np.vstack([second, second[-1:]])])
    merged = {((*x[:-2], x[-2] + x[-1]), y) for x, y in (p.strategies for p in enumerate_equilibria(twice))}
    assert plain <= merged


@pytest.mark.parametrize("kind", ["floats", "0..4999", "twelve decades"])
def test_every_dictionary_is_within_its_error_bound_of_the_exact_one(kind, monkeypatch):
    monkeypatch.setattr(vertex_search, "_LARGEST_INTEGER", 0)
    # One basis per block, so that every dictionary can be looked at.
    monkeypatch.setattr(vertex_search, "_LEAST_BLOCK", 1)
    monkeypatch.setattr(vertex_search, "_BLOCK", 1)
    paths = []

    class Kept(vertex_search._Path):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            paths.append(self)

    monkeypatch.setattr(vertex_search, "_Path", Kept)
    rng = np.random.default_rng(21)
    checked = 0
    for _ in range(4):
        game = NormalFormGame.from_payoffs(KINDS[kind](rng, (2, 7, 8)))
        table, scale = positive_integers(game, 1)
        search = VertexSearch(np.ascontiguousarray(table.T), scale)
        for _ in search.blocks():
            path = paths[-1]
            d = int(path.state[0])
            if d < 0 or path.steps[d, vertex_kernels.FRESH] == 2:
                continue
            exact = search.exact.floats(
                int(path.masks[d]), path.basic.tolist(), path.nonbasic.tolist(), vertex_search._COST_SCALE
            )
            off = np.abs(path.tables[d, :, : exact.shape[1]] - exact)
            assert off.max() <= path.bounds[d, vertex_kernels.ERROR] + 2 * vertex_kernels.UNIT * np.abs(exact).max()
            assert (path.tables[d, :, exact.shape[1] :] == 0).all()
            assert np.abs(path.tables[d]).max() <= 1.001 * path.bounds[d, vertex_kernels.LARGEST]
            checked += 1
    assert checked > 100
