"""Commitment: all vertices of the best-reply regions in exact fractions, published games, and laws."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria.integers import solve
from bargain.equilibria.methods import equilibria
from bargain.equilibria.stackelberg import stackelberg
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games

RANDOM = np.random.default_rng(20100)
GAMES = [
    NormalFormGame.from_payoffs(RANDOM.integers(0, high, (2, m, n)))
    for high in (2, 3, 4, 10)
    for m, n in [(1, 3), (2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3)]
    for _ in range(4)
]


def vertices(rows, size):
    """Return all vertices of {x >= 0, sum x = 1, row @ x >= 0 for every row}, as Fractions."""
    bounds = [*rows, *([int(a == b) for b in range(size)] for a in range(size))]
    found = set()
    for tight in combinations(range(len(bounds)), size - 1):
        solved = solve([[*map(int, bounds[k]), 0] for k in tight] + [[*[1] * size, 1]])
        if solved is not None:
            x = tuple(Fraction(value, solved[1]) for value in solved[0])
            if all(sum(a * p for a, p in zip(row, x, strict=True)) >= 0 for row in bounds):
                found.add(x)
    return found


def value(row, x):
    return sum(int(u) * p for u, p in zip(row, x, strict=True))


def brute_force_strong(leading, following):
    """Return the largest payoff of the leader over all vertices of all best-reply regions."""
    m, n = leading.shape
    return max(
        value(leading[:, j], x)
        for j in range(n)
        for x in vertices([following[:, j] - following[:, k] for k in range(n) if k != j], m)
    )


def cells(leading, following):
    """Yield an inner point of every face of the subdivision of the simplex by follower's ties and leader's order."""
    m, n = leading.shape
    points = set()
    for j in range(n):
        rows = [following[:, j] - following[:, k] for k in range(n) if k != j]
        corners = sorted(vertices(rows, m))
        for count in range(1, len(corners) + 1):
            for chosen in combinations(corners, count):
                points.add(tuple(sum(part) / Fraction(count) for part in zip(*chosen, strict=True)))
    return points


def brute_force_weak(leading, following):
    """Return the supremum of the leader's worst payoff: vertices of regions with an interior, cut where replies cross.

    Over a region with an interior the supremum is the maximum of the least payoff from the replies that are equal for
    the follower, a concave function whose maximum lies on a vertex of the region cut by those payoffs' differences.
    """
    m, n = leading.shape
    best = None
    for j in range(n):
        twins = [k for k in range(n) if (following[:, k] == following[:, j]).all()]
        rows = [following[:, j] - following[:, k] for k in range(n) if k not in twins]
        corners = vertices(rows, m)
        if not corners:
            continue
        middle = [sum(part) / Fraction(len(corners)) for part in zip(*corners, strict=True)]
        if any(value(row, middle) <= 0 for row in rows):
            continue
        for k in twins:
            lowest = [leading[:, i] - leading[:, k] for i in twins if i != k]
            for x in vertices([*rows, *lowest], m):
                worst = value(leading[:, k], x)
                best = worst if best is None else max(best, worst)
    return best


def worst_reply(leading, following, x):
    pays = [value(following[:, j], x) for j in range(following.shape[1])]
    return min(value(leading[:, j], x) for j in range(len(pays)) if pays[j] == max(pays))


@pytest.mark.parametrize("leader", [0, 1])
@pytest.mark.parametrize("game", GAMES, ids=str)
def test_strong_commitment_is_the_best_vertex_of_the_regions(game, leader):
    pair = [game.payoffs[leader].astype(int), game.payoffs[1 - leader].astype(int)]
    leading, following = pair if leader == 0 else [table.T for table in pair]
    found = stackelberg(game, leader)
    assert found.exact
    assert found.attained
    assert found.value == brute_force_strong(leading, following)
    reply = found.reply[1 - leader]
    pays = [value(following[:, j], found.strategy) for j in range(following.shape[1])]
    assert pays[reply] == max(pays)
    assert value(leading[:, reply], found.strategy) == found.value
    assert float(stackelberg(game, leader, exact=False).value) == pytest.approx(float(found.value), abs=1e-7)


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_weak_commitment_is_the_supremum_and_says_whether_it_is_attained(game):
    leading, following = game.payoffs[0].astype(int), game.payoffs[1].astype(int)
    found = stackelberg(game, ties="weak")
    assert found.value == brute_force_weak(leading, following)
    assert found.attained == (worst_reply(leading, following, found.strategy) == found.value)
    near = stackelberg(game, ties="weak", exact=False)
    assert float(near.value) == pytest.approx(float(found.value), abs=1e-7)
    assert near.attained is None


@pytest.mark.parametrize(
    "game", [game for game in GAMES if max(game.num_actions) <= 3 and game.num_actions != (3, 3)], ids=str
)
def test_nothing_attains_a_supremum_that_is_said_not_to_be_attained(game):
    leading, following = game.payoffs[0].astype(int), game.payoffs[1].astype(int)
    found = stackelberg(game, ties="weak")
    worst = [worst_reply(leading, following, x) for x in cells(leading, following)]
    assert max(worst) <= found.value
    if not found.attained:
        assert max(worst) < found.value


@given(bimatrix_games(max_actions=4))
def test_more_power_to_commit_is_never_worse(game):
    pays = {
        (commitment, ties): stackelberg(game, 0, commitment, ties).value
        for commitment in ("pure", "mixed")
        for ties in ("strong", "weak")
    }
    assert pays["pure", "strong"] <= pays["mixed", "strong"]
    assert pays["pure", "weak"] <= pays["mixed", "weak"] <= pays["mixed", "strong"]
    for profile in equilibria(game, exact=True):
        assert profile.payoffs[0] <= pays["mixed", "strong"]


@given(bimatrix_games(max_actions=3), st.sampled_from([1e-12, 0.5, 1e12]), st.integers(-3, 3))
def test_units_and_zeros_do_not_matter(game, scale, shift):
    changed = NormalFormGame.from_payoffs([game.payoffs[0] * scale, game.payoffs[1] * 4 + shift])
    for ties in ("strong", "weak"):
        first, second = stackelberg(game, ties=ties), stackelberg(changed, ties=ties)
        assert float(second.value) == pytest.approx(float(first.value) * scale, rel=1e-9)
        if scale == 0.5:
            assert (first.strategy, first.reply, first.attained) == (second.strategy, second.reply, second.attained)


@given(bimatrix_games(max_actions=3))
def test_who_is_called_first_does_not_matter(game):
    turned = NormalFormGame.from_payoffs([game.payoffs[1].T, game.payoffs[0].T])
    for commitment, ties in product(("pure", "mixed"), ("strong", "weak")):
        assert stackelberg(game, 1, commitment, ties).value == stackelberg(turned, 0, commitment, ties).value


@given(normal_form_games(players=st.integers(2, 3), max_actions=3))
def test_pure_commitment_by_definition(game):
    """Among the followers' pure equilibria after each action, ties go to the leader or against it."""
    outcomes = []
    for action in range(game.num_actions[0]):
        stable = []
        for rest in product(*map(range, game.num_actions[1:])):
            here = (action, *rest)
            gains = [
                game.payoffs[(i, *here[:i], b, *here[i + 1 :])] - game.payoffs[(i, *here)]
                for i in range(1, game.num_players)
                for b in range(game.num_actions[i])
            ]
            if max(gains) <= 0:
                stable.append(game.payoffs[(0, *here)])
        outcomes.append(stable)
    if not all(outcomes):
        with pytest.raises(UnsupportedGameError, match="no pure equilibrium"):
            stackelberg(game, commitment="pure")
        return
    assert stackelberg(game, commitment="pure").value == max(map(max, outcomes))
    assert stackelberg(game, commitment="pure", ties="weak").value == max(map(min, outcomes))


def test_the_example_of_conitzer_and_sandholm():
    """Figure 1 of their paper: commitment to the pure strategy gives 3, to an even coin 3.5, the equilibrium 2."""
    game = NormalFormGame.from_payoffs([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])
    assert stackelberg(game, commitment="pure").value == 3
    found = stackelberg(game)
    assert (found.strategy, found.reply, found.value) == ((Fraction(1, 2), Fraction(1, 2)), (None, 1), Fraction(7, 2))
    weak = stackelberg(game, ties="weak")
    assert (weak.value, weak.attained) == (Fraction(7, 2), False)


def test_a_tie_that_the_leader_fears_costs_it():
    """The follower is indifferent whatever happens, so a weak commitment gets the worse column."""
    game = NormalFormGame.from_payoffs([[[5, 0], [2, 1]], [[1, 1], [1, 1]]])
    assert stackelberg(game).value == 5
    weak = stackelberg(game, ties="weak")
    assert (weak.value, weak.attained) == (1, True)


def test_a_leader_among_several_followers_and_idle_players():
    table = np.zeros((3, 2, 1, 2))
    table[0, :, 0, :] = [[2, 4], [1, 3]]
    table[2, :, 0, :] = [[1, 0], [0, 1]]
    found = stackelberg(NormalFormGame.from_payoffs(table))
    assert found.value == Fraction(7, 2)
    assert found.reply == (None, 0, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"leader": 2}, "leader is 2"),
        ({"leader": "X"}, "no player 'X'"),
        ({"commitment": "half"}, "commitment is 'half'"),
        ({"ties": "even"}, "ties is 'even'"),
    ],
)
def test_wrong_questions_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        stackelberg(NormalFormGame.from_payoffs(np.eye(2)[None].repeat(2, 0)), **options)


def test_mixed_commitment_to_several_followers_is_refused():
    with pytest.raises(UnsupportedGameError, match="use commitment `pure`"):
        stackelberg(NormalFormGame.from_payoffs(np.zeros((3, 2, 2, 2))))


def test_a_commitment_needs_somebody_who_follows():
    with pytest.raises(UnsupportedGameError, match="needs a player who follows"):
        stackelberg(NormalFormGame.from_payoffs([[1, 2, 2]]))
