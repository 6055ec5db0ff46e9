"""Games from and to other programs, compared entry by entry on random games that are not square."""

import sys
import types
from fractions import Fraction

import nashpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantecon import game_theory

import bargain as bg
from bargain.errors import UnsupportedGameError
from bargain.games.interchange.nfg import nfg_text
from bargain.games.normal_form import NormalFormGame


@st.composite
def games(draw, least=1, most=3):
    sizes = draw(st.lists(st.integers(1, 4), min_size=least, max_size=most))
    count = int(np.prod(sizes))
    whole = draw(st.booleans())
    entries = st.integers(-9, 9) if whole else st.floats(-9, 9)
    tables = [np.array(draw(st.lists(entries, min_size=count, max_size=count))).reshape(sizes) for _ in sizes]
    return NormalFormGame.from_payoffs(tables)


@given(games(2, 2))
def test_nashpy_and_back(game):
    theirs = bg.to_nashpy(game)
    strategies = [np.arange(1, size + 1) / sum(range(1, size + 1)) for size in game.num_actions]
    assert theirs[tuple(strategies)] == pytest.approx(game.expected_payoffs(strategies), abs=1e-12)
    assert (bg.from_nashpy(theirs).payoffs == game.payoffs).all()


def test_a_zero_sum_game_of_nashpy_has_two_matrices():
    game = bg.from_nashpy(nashpy.Game([[1, -1, 2], [0, 3, 1]]), ["row", "column"], [["a", "b"], ["x", "y", "z"]])
    assert game.players == ("row", "column")
    assert game.exact[1].tolist() == [[-1, 1, -2], [0, -3, -1]]


@given(games())
def test_quantecon_and_back(game):
    theirs = bg.to_quantecon(game)
    for profile in np.ndindex(*game.num_actions):
        paid = theirs[profile] if game.num_players > 1 else [theirs.players[0].payoff_array[profile]]
        assert list(paid) == list(game.payoffs[(slice(None), *profile)])
    assert (bg.from_quantecon(theirs).payoffs == game.payoffs).all()


def test_quantecons_arrays_have_the_players_own_actions_first():
    sizes = (2, 3, 4)
    tables = [np.arange(24).reshape(sizes) + 100 * i for i in range(3)]
    theirs = bg.to_quantecon(NormalFormGame.from_payoffs(tables))
    assert [player.payoff_array.shape for player in theirs.players] == [(2, 3, 4), (3, 4, 2), (4, 2, 3)]
    for a, b, c in np.ndindex(*sizes):
        assert theirs.players[1].payoff_array[b, c, a] == tables[1][a, b, c]
        assert theirs.players[2].payoff_array[c, a, b] == tables[2][a, b, c]


@given(games(2, 2))
def test_pure_equilibria_are_those_that_quantecon_finds(game):
    theirs = game_theory.pure_nash_brute(bg.to_quantecon(game))
    ours = [profile.pure for profile in bg.equilibria(game, method="pure")]
    # quantecon calls payoffs equal that differ by less than 1e-8.
    assert set(ours) <= set(theirs)
    if game.rational:
        assert set(ours) == set(theirs)


def test_players_without_names_can_be_given_some():
    matching = game_theory.NormalFormGame(np.array([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]))
    game = bg.from_quantecon(matching, ["A", "B"], [["h", "t"], ["h", "t"]])
    assert game.actions == (("h", "t"), ("h", "t"))


def test_nashpy_takes_two_players():
    with pytest.raises(UnsupportedGameError, match="two players; this one has 1"):
        bg.to_nashpy(NormalFormGame.from_payoffs([[1, 2]]))


@pytest.mark.parametrize(
    ("function", "module", "package"),
    [
        (bg.to_nashpy, "nashpy", "nashpy"),
        (bg.to_quantecon, "quantecon.game_theory", "quantecon"),
        (bg.to_pygambit, "pygambit", "pygambit"),
    ],
)
def test_a_peer_that_is_not_installed_is_said(function, module, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"{package} is not installed; `pip install {package}` adds it"):
        function(NormalFormGame.from_payoffs([[[1]], [[2]]]))


THIRDS = NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 2]]], ["A", "B"], [["up"], ["l", "r"]])


def same(one, other):
    assert (one.players, one.actions) == (other.players, other.actions)
    assert (one.exact == other.exact).all()


def test_pygambit_and_back():
    pytest.importorskip("pygambit", reason="pygambit has no wheel for this system; it compiles, and is under the GPL")
    theirs = bg.to_pygambit(THIRDS, "Thirds")
    assert [player.label for player in theirs.players] == ["A", "B"]
    assert Fraction(str(theirs["up", "l"]["A"])) == Fraction(1, 3)
    same(bg.from_pygambit(theirs), THIRDS)


class Stored:
    """Stands for a game of pygambit: it knows its text."""

    def __init__(self, text):
        self.text = text

    def to_nfg(self):
        return self.text


def test_games_go_to_pygambit_and_back_as_text_whatever_its_version(monkeypatch):
    new = types.SimpleNamespace(read_nfg=lambda stream: Stored(stream.read().decode()))
    old = types.SimpleNamespace(Game=types.SimpleNamespace(parse_game=Stored))
    for module in (new, old):
        monkeypatch.setitem(sys.modules, "pygambit", module)
        theirs = bg.to_pygambit(THIRDS, "Thirds")
        assert theirs.text == nfg_text(THIRDS, "Thirds")
        same(bg.from_pygambit(theirs), THIRDS)
    same(bg.from_pygambit(types.SimpleNamespace(write=lambda format: nfg_text(THIRDS).encode())), THIRDS)
