"""Maximal Nash subsets against brute force over all subsets of vertices, and against random mixtures."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria import components
from bargain.equilibria.components import dimension, maximal_bicliques, nash_subsets
from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.methods import equilibria
from bargain.games.normal_form import NormalFormGame


def brute_force(neighbours, width):
    """All maximal complete bipartite subgraphs, by trying every set of left nodes."""
    found = set()
    count = len(neighbours)
    for size in range(1, count + 1):
        for left in combinations(range(count), size):
            right = (1 << width) - 1
            for a in left:
                right &= neighbours[a]
            if right:
                closed = frozenset(a for a in range(count) if right & ~neighbours[a] == 0)
                found.add((closed, right))
    return found


@given(st.integers(1, 6).flatmap(lambda width: st.lists(st.integers(1, 2**width - 1), min_size=1, max_size=7)))
def test_maximal_bicliques_are_those_of_brute_force_each_one_once(neighbours):
    found = [
        (frozenset(left), sum(1 << b for b in right)) for left, right in filter(None, maximal_bicliques(neighbours))
    ]
    assert len(set(found)) == len(found)
    assert set(found) == brute_force(neighbours, max(neighbours).bit_length())


@pytest.mark.parametrize("top", [2, 3])
def test_random_mixtures_of_a_subset_are_equilibria_and_every_extreme_one_is_covered(top):
    rng = np.random.default_rng(top)
    for _ in range(40):
        game = NormalFormGame.from_payoffs(rng.integers(0, top, (2, *rng.integers(1, 5, 2))))
        found = extreme_equilibria(game)
        subsets = nash_subsets([profile.strategies for profile in found])
        assert {place for subset in subsets for place in subset.profiles} == set(range(len(found)))
        for subset in subsets:
            mixed = []
            for corners in subset.strategies:
                weights = [Fraction(int(w)) for w in rng.integers(1, 9, len(corners))]
                mixed.append(
                    tuple(
                        sum(w * corner[a] for w, corner in zip(weights, corners, strict=True)) / sum(weights)
                        for a in range(len(corners[0]))
                    )
                )
            assert max(game.regrets(mixed)) == 0


def test_mixtures_across_subsets_are_not_all_equilibria():
    game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    found = extreme_equilibria(game)
    subsets = nash_subsets([profile.strategies for profile in found])
    assert [subset.dimension for subset in subsets] == [0, 0, 0]
    assert [subset.connected for subset in subsets] == [0, 1, 2]


def test_a_chain_of_subsets_is_one_connected_component():
    # Bottom right is always an equilibrium; top is as good for the row player only against the left column.
    game = NormalFormGame.from_payoffs([[[1, 0], [1, 1]], [[1, 1], [0, 0]]])
    found = equilibria(game, exact=True)
    assert {subset.connected for subset in found.components} == {0}
    assert all(subset.dimension == 1 for subset in found.components)


def test_an_all_constant_game_is_one_square():
    found = equilibria(NormalFormGame.from_payoffs(np.ones((2, 3, 3), dtype=int)), exact=True)
    assert [(len(subset.profiles), subset.dimension) for subset in found.components] == [(9, 4)]


def test_floats_have_corners_in_floats():
    found = equilibria(NormalFormGame.from_payoffs(np.ones((2, 2, 2))))
    assert found.components[0].strategies[0][1].tolist() == [0.0, 1.0]


def test_dominated_actions_and_idle_players_are_put_back_into_the_corners():
    payoffs = np.ones((3, 2, 1, 3))
    payoffs[2, :, 0, 2] = 0
    found = equilibria(NormalFormGame.from_payoffs(payoffs), exact=True)
    (square,) = found.components
    assert [len(side) for side in square.strategies] == [2, 1, 2]
    assert all(len(corner) == 3 and corner[2] == 0 for corner in square.strategies[2])
    assert square.dimension == 2


def test_too_many_subsets_are_not_listed(monkeypatch):
    monkeypatch.setattr(components, "MAX_COMPONENTS", 1)
    assert (
        nash_subsets(
            [p.strategies for p in extreme_equilibria(NormalFormGame.from_payoffs(np.eye(2)[None].repeat(2, 0)))]
        )
        is None
    )


def test_dimension_counts_independent_differences():
    corners = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (Fraction(1, 3),) * 3]
    assert dimension([tuple(map(Fraction, corner)) for corner in corners]) == 2


def test_the_best_actions_of_a_player_who_is_alone_span_one_simplex():
    found = equilibria(NormalFormGame.from_payoffs([[[1], [1], [0], [1]], [[0], [2], [5], [1]]]), exact=True)
    assert found.complete is True
    assert [(subset.profiles, subset.dimension) for subset in found.components] == [((0, 1, 2), 2)]
    one = equilibria(NormalFormGame.from_payoffs([[[1], [1]], [[0], [2]]]), all=False)
    assert len(one) == 1
    assert one.complete is not True
