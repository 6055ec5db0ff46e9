"""The table of methods against kinds of games, and the one entry to all of them."""

import numpy as np
import pytest

import bargain
import bargain.equilibria
from bargain.equilibria.methods import METHODS, equilibria
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

GAMES = {
    "dilemma": [[[3, 0], [5, 1]], [[3, 5], [0, 1]]],
    "chicken": [[[0, 7], [2, 6]], [[0, 2], [7, 6]]],
    "pennies": [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]],
    "one row": [[[1, 2, 2]], [[3, 4, 4]]],
    "constant": [[[1, 1], [1, 1]], [[2, 2], [2, 2]]],
    "three players": np.arange(24).reshape(3, 2, 2, 2) % 5,
    "one player": [[1, 3, 3]],
}
COUNTS = {"dilemma": 1, "chicken": 3, "pennies": 1, "one row": 2, "constant": 4, "one player": 2}
REFUSED = {
    ("zero-sum", "dilemma"),
    ("zero-sum", "chicken"),
    ("zero-sum", "one row"),
    ("zero-sum", "three players"),
    ("zero-sum", "one player"),
}


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_solves_a_game_or_says_why_not(method, name):
    game = NormalFormGame.from_payoffs(GAMES[name])
    if (method, name) in REFUSED or (name == "three players" and method.startswith(("nashpy", "lemke"))):
        with pytest.raises(UnsupportedGameError, match="use method"):
            equilibria(game, method=method)
        return
    if name == "three players" and method == "extreme":
        assert equilibria(game, method=method).complete is True
        return
    found = equilibria(game, method=method, exact=True)
    assert found.game is game
    assert all(profile.regret == 0 for profile in found)
    if method in ("auto", "extreme", "nashpy-support", "nashpy-vertex") and name in COUNTS:
        assert len(found) == COUNTS[name]
    if method in ("auto", "extreme"):
        assert found.complete is True


@pytest.mark.parametrize(
    ("typo", "nearest"), [("extrem", "extreme"), ("nashpy-vertx", "nashpy-vertex"), ("zerosum", "zero-sum")]
)
def test_an_unknown_method_is_refused_with_the_list_and_the_nearest_name(typo, nearest):
    game = NormalFormGame.from_payoffs(GAMES["chicken"])
    with pytest.raises(ValueError, match=f"unknown method '{typo}'; known are auto, pure, .*mean '{nearest}'"):
        equilibria(game, method=typo)


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_time_limit_must_be_positive(limit):
    with pytest.raises(ValueError, match="must be a positive number of seconds"):
        equilibria(NormalFormGame.from_payoffs(GAMES["chicken"]), time_limit=limit)


def test_one_equilibrium_is_pure_when_there_is_one():
    one = equilibria(NormalFormGame.from_payoffs(GAMES["chicken"]), all=False)
    assert [profile.pure for profile in one] == [(0, 1)]
    mixed = equilibria(NormalFormGame.from_payoffs(GAMES["pennies"]), all=False)
    assert [profile.pure for profile in mixed] == [None]
    assert mixed.complete is True


@pytest.mark.parametrize("method", METHODS)
def test_asking_for_one_gives_at_most_one(method):
    game = NormalFormGame.from_payoffs(GAMES["pennies"])
    assert len(equilibria(game, method=method, all=False)) <= 1


def test_the_default_says_how_it_knows():
    dilemma = equilibria(NormalFormGame.from_payoffs(GAMES["dilemma"]))
    assert dilemma.method == "dominance"
    assert dilemma.reason == "iterated elimination of strictly dominated actions leaves one profile"
    assert dilemma.notes == ("2 strictly dominated actions eliminated in 1 round",)
    chicken = equilibria(NormalFormGame.from_payoffs(GAMES["chicken"]))
    assert chicken.reason == "all 5 pairs of supports of equal size were decided exactly"
    assert chicken.notes == ()


def test_a_game_too_large_to_enumerate_lists_pure_equilibria_and_claims_nothing_more():
    rng = np.random.default_rng(0)
    found = equilibria(NormalFormGame.from_payoffs(rng.random((2, 60, 60))))
    assert found.complete is not True
    assert all(profile.pure is not None for profile in found)
    assert "too large to enumerate" in found.reason
    middle = equilibria(NormalFormGame.from_payoffs(rng.random((2, 30, 30))))
    assert middle.complete is None
    assert "all supports of up to 2 actions per player were searched" in middle.reason


def test_a_mixture_that_dominates_brings_a_large_game_under_the_cap():
    rng = np.random.default_rng(4)
    small = rng.random((2, 3, 3))
    # Each extra row of the first player is worse than the average of two others everywhere, but not worse than one.
    rows = np.vstack([small[0], *[(small[0][a] + small[0][b]) / 2 - 0.01 for a in range(3) for b in range(a)] * 200])
    rows = rows + 1e-4 * rng.random(rows.shape)
    rows[:3] = small[0]
    second = np.vstack([small[1], rng.random((600, 3))])
    game = NormalFormGame.from_payoffs([rows, second])
    expected = equilibria(NormalFormGame.from_payoffs(small), exact=True)
    found = equilibria(game, exact=True)
    assert found.complete is True
    assert [(p.strategies[0][:3], p.strategies[1]) for p in found] == [p.strategies for p in expected]


def test_equilibria_of_a_reduced_game_are_not_solved_once_more(monkeypatch):
    """Exact payoffs of ten thousand equilibria among a thousand actions would take a minute."""
    table = np.zeros((2, 40, 2))
    table[0, 30:] = -1.0
    counted = []
    exact = NormalFormGame.payoffs_and_regrets
    monkeypatch.setattr(
        NormalFormGame, "payoffs_and_regrets", lambda self, profile: counted.append(profile) or exact(self, profile)
    )
    game = NormalFormGame.from_payoffs(table)
    found = equilibria(game, exact=True)
    assert len(found) == 60
    assert len(counted) < 10
    for profile in found:
        payoffs, regrets = exact(game, profile.strategies)
        assert profile.payoffs == payoffs
        assert max(regrets) == profile.regret == 0


def test_exact_answers_that_cannot_be_proved_are_an_error():
    # Supports of more than 60 actions are not re-solved exactly.
    rng = np.random.default_rng(0)
    table = rng.normal(size=(160, 160))
    game = NormalFormGame.from_payoffs([table, -table])
    with pytest.raises(NotSolvedError, match="could not be proved exactly; ask for exact=False"):
        equilibria(game, method="zero-sum", exact=True)


def test_the_room_can_be_called_like_the_public_function():
    game = NormalFormGame.from_payoffs(GAMES["dilemma"])
    assert [profile.pure for profile in bargain.equilibria(game)] == [(1, 1)]
    assert [profile.pure for profile in bargain.equilibria.nash(game)] == [(1, 1)]
    assert [profile.pure for profile in bargain.equilibria.methods.equilibria(game)] == [(1, 1)]


def test_every_method_is_described():
    for name, method in METHODS.items():
        assert name == method.name
        assert method.title
        assert method.games
        assert method.complete


def test_an_offset_that_drowns_the_payoffs_is_noted():
    sexes = np.array([[[3.0, 0], [0, 1]], [[1, 0], [0, 3]]])
    for offset in (0.0, 1e6):
        assert equilibria(NormalFormGame.from_payoffs(sexes + offset)).notes == ()
    drowned = equilibria(NormalFormGame.from_payoffs(sexes + 1e16)).notes
    assert any("the payoffs of player 1 differ by less than 1e-12 of their size" in note for note in drowned)
    exact = NormalFormGame.from_payoffs(sexes.astype(int).astype(object) + 10**16)
    assert equilibria(exact).notes == ()
    assert len(equilibria(exact)) == 3
