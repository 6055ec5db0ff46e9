"""Games as data inside stored results."""

import hashlib
import json

import numpy as np
import pytest

from bargain.games.interchange import stored
from bargain.games.interchange.stored import game_from_tree, game_tree
from bargain.games.normal_form import NormalFormGame

EXACT = NormalFormGame.from_payoffs([[["1/3", 0]], [[1, 10**20]]], ["A", "B"], [["up"], ["l", "r"]])
FLOATS = NormalFormGame.from_payoffs([[[0.1, -0.0]], [[1.5, 2e-7]]])


@pytest.mark.parametrize("game", [EXACT, FLOATS])
def test_a_stored_game_is_read_back(game):
    tree = json.loads(json.dumps(game_tree(game, "T")))
    again = game_from_tree(tree)
    assert (again.players, again.actions, again.rational) == (game.players, game.actions, game.rational)
    assert (again.payoffs == game.payoffs).all()
    assert game.exact is None or (again.exact == game.exact).all()
    assert tree["title"] == "T"


def test_the_digest_is_that_of_players_actions_and_payoffs():
    tree = game_tree(EXACT, "one title")
    named = {key: tree[key] for key in ("players", "actions", "payoffs")}
    text = json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert tree["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert game_tree(EXACT, "another")["digest"] == tree["digest"]
    other = NormalFormGame.from_payoffs(EXACT.exact.tolist(), ["A", "C"], EXACT.actions)
    assert game_tree(other)["digest"] != tree["digest"]


def test_a_large_game_is_stored_without_its_payoffs(monkeypatch):
    monkeypatch.setattr(stored, "MOST_STORED", 3)
    tree = game_tree(NormalFormGame.from_payoffs([np.eye(2), np.eye(2)]))
    assert tree["payoffs"] is None
    assert tree["digest"] == "".join(tree["digest"])
    with pytest.raises(ValueError, match="the payoffs are not stored"):
        game_from_tree(tree)
