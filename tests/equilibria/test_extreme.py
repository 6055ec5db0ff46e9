"""The exact enumeration of extreme equilibria: published games, degenerate games, caps and time limits."""

import time
from fractions import Fraction

import numpy as np
import pytest

from bargain.equilibria import extreme, pure, vertices
from bargain.equilibria.extreme import extreme_equilibria, many
from bargain.equilibria.integers import solve
from bargain.equilibria.search import Search
from bargain.equilibria.vertices import enumerate_vertices, num_bases, searchable_size
from bargain.games.normal_form import NormalFormGame


def game_of(first, second):
    return NormalFormGame.from_payoffs([first, second])


def test_a_degenerate_game_solved_by_hand():
    """A variant of von Stengel's (2007) 3 x 2 game in which the column player is indifferent against the top row.

    Top is best while left has probability 2/3 or more, so that these profiles form a segment; the other equilibrium
    mixes middle and bottom.
    """
    first = [[3, 3], [2, 5], [0, 6]]
    second = [[3, 3], [2, 6], [3, 1]]
    found = extreme_equilibria(game_of(first, second))
    third = Fraction(1, 3)
    assert [profile.strategies for profile in found] == [
        ((1, 0, 0), (1, 0)),
        ((1, 0, 0), (2 * third, third)),
        ((0, third, 2 * third), (third, 2 * third)),
    ]
    assert found.complete is True
    assert "convex combinations" in found.notes[0]


def test_equilibria_of_an_all_constant_game_are_all_pure_profiles():
    found = extreme_equilibria(game_of(np.ones((2, 3)), np.zeros((2, 3))))
    assert [profile.pure for profile in found] == [(a, b) for a in range(2) for b in range(3)]
    assert found.complete is True


def test_a_game_of_identical_rows_has_one_extreme_equilibrium_per_row():
    found = extreme_equilibria(game_of([[1, 0], [1, 0]], [[1, 0], [1, 0]]))
    assert [profile.pure for profile in found] == [(0, 0), (1, 0)]


def test_a_degenerate_game_with_isolated_equilibria_says_so():
    # The only equilibrium is (top, left); the column player is indifferent against the middle row alone.
    found = extreme_equilibria(game_of([[3, 3], [2, 0]], [[1, 0], [1, 1]]))
    assert len(found) == 1
    assert found.notes == ("the game is degenerate, but no two equilibria share a strategy: each stands alone",)


def test_a_perturbation_of_one_unit_of_rounding_is_seen():
    """Payoffs are taken as given: 1 and 1 + 2**-52 are different numbers."""
    tie = extreme_equilibria(game_of([[1.0, 1.0]], [[1.0, 1.0]]))
    assert len(tie) == 2
    broken = extreme_equilibria(game_of([[1.0, 1.0]], [[1.0, 1.0 + 2.0**-52]]))
    assert [profile.pure for profile in broken] == [(0, 1)]


def test_above_the_cap_small_supports_are_searched_and_the_result_says_so():
    rng = np.random.default_rng(0)
    game = game_of(*rng.random((2, 6, 6)))
    full = extreme_equilibria(game)
    capped = extreme_equilibria(game, cap=36 + 225)
    assert capped.complete is None
    assert "all supports of up to 2 actions per player were searched" in capped.reason
    assert "924 bases" in capped.reason
    small = [p.strategies for p in full if max(map(len, p.supports)) <= 2]
    assert [p.strategies for p in capped] == small


def test_a_time_limit_returns_what_was_found_and_does_not_claim_completeness():
    rng = np.random.default_rng(0)
    game = game_of(*rng.random((2, 11, 11)))
    started = time.monotonic()
    found = extreme_equilibria(game, Search.start(time_limit=1e-3))
    assert found.complete is None
    assert "stopped at the time limit of 0.001 s" in found.reason
    # A generous bound: the whole enumeration is stopped between batches.
    assert time.monotonic() - started < 30


def test_the_clock_is_looked_at_between_two_exact_systems(monkeypatch):
    """A batch of ties holds thousands of systems, each of which is solved exactly."""
    solved = []

    def slow(rows):
        solved.append(rows)
        return solve(rows)

    monkeypatch.setattr(vertices, "solve", slow)
    table = np.frompyfunc(int, 1, 1)(np.full((8, 8), 10))
    ends = iter([False] * 10)
    monkeypatch.setattr(Search, "expired", property(lambda self: next(ends, True)))
    table[range(8), range(8)] = 11
    found = enumerate_vertices(table, 10, 10**6, Search())
    assert found.largest == 1
    assert len(solved) < 20


def test_a_list_that_time_did_not_suffice_to_compare_is_not_called_complete(monkeypatch):
    game = game_of(np.eye(3), np.eye(3))
    everything = extreme_equilibria(game)
    monkeypatch.setattr(extreme, "_matches", lambda *_: iter([[(0, 0)], [(1, 1)]]))
    search = Search.start(time_limit=60.0)
    ends = iter([False])
    monkeypatch.setattr(Search, "expired", property(lambda self: self is search and next(ends, True)))
    monkeypatch.setattr(extreme, "enumerate_vertices", finished_vertices)
    found = extreme_equilibria(game, search)
    assert found.complete is None
    assert found.reason == "stopped at the time limit of 60 s; not all pairs were compared, there may be more"
    assert {p.strategies for p in found} < {p.strategies for p in everything}


def finished_vertices(table, scale, cap, search, within=None):
    return enumerate_vertices(table, scale, cap, Search(), within)


@pytest.mark.parametrize("place", ["first", "second", "comparison", "answer"])
def test_an_interrupt_returns_what_is_proved(monkeypatch, place):
    game = game_of(np.eye(4), np.eye(4))
    everything = extreme_equilibria(game)
    calls = []

    def interrupted(number, function):
        def call(*arguments, **options):
            calls.append(number)
            if calls.count(number) == number:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return call

    decide, order, matches = vertices._Pairs.decide, extreme._in_order, extreme._matches
    if place in ("first", "second"):
        monkeypatch.setattr(vertices._Pairs, "decide", interrupted({"first": 4, "second": 10}[place], decide))
    elif place == "comparison":

        def half(*arguments):
            yield next(matches(*arguments))[:5]
            raise KeyboardInterrupt

        monkeypatch.setattr(extreme, "_matches", half)
    else:
        monkeypatch.setattr(extreme, "_in_order", interrupted(1, order))
    found = extreme_equilibria(game)
    assert 4 <= len(found) <= 15
    assert {p.strategies for p in found} <= {p.strategies for p in everything}
    if place == "answer":
        assert found.complete is True
    else:
        assert found.complete is None
        assert found.reason.startswith("interrupted; ")


def test_too_many_equilibria_are_counted_and_the_first_are_listed(monkeypatch):
    monkeypatch.setattr(pure, "MAX_PROFILES", 4)
    found = extreme_equilibria(game_of(np.ones((2, 3)), np.zeros((2, 3))))
    assert [profile.pure for profile in found] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert found.complete is False
    assert found.reason == "6 extreme equilibria, of which the first 4 are listed"


def test_counts_of_bases():
    assert num_bases(8, 8) == 12_870
    assert searchable_size(8, 8, 12_869) == 8
    assert searchable_size(8, 8, 12_868) == 7
    assert searchable_size(1000, 1000, 10) == 0
    assert many(1234) == "1,234"
    assert many(10**600) == "about 10^600"


def test_vertices_within_given_supports_are_those_of_the_full_list():
    rng = np.random.default_rng(3)
    table = np.frompyfunc(int, 1, 1)(rng.integers(10, 20, (4, 5)))
    full = enumerate_vertices(table, 10, 10**6, Search())
    some = enumerate_vertices(table, 10, 10**6, Search(), within=[(0, 2), (1, 2, 3)])
    wanted = [s for s in full.supports if set(s) <= {0, 2} or set(s) <= {1, 2, 3}]
    assert sorted(some.supports) == sorted(wanted)
    assert len(wanted) < len(full.supports)


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([[2, 1]], ([1], 2)),
        ([[-2, 1]], ([-1], 2)),
        ([[0, 1, 3], [2, 0, 5]], ([5, 6], 2)),
        ([[1, 2, 1], [2, 4, 2]], None),
        ([[1, 1, 3], [1, -1, 1], [2, 0, 4]], ([4, 2], 2)),
        ([[1, 1, 3], [1, -1, 1], [2, 0, 5]], None),
        ([[10**30, 1, 1], [10**30, 2, 1]], ([1, 0], 10**30)),
    ],
)
def test_integer_systems_are_solved_exactly(rows, answer):
    found = solve(rows)
    if answer is None:
        assert found is None
    else:
        numerators, denominator = found
        assert [Fraction(a, denominator) for a in numerators] == [Fraction(a, answer[1]) for a in answer[0]]
