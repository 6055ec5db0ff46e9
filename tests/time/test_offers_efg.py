"""Exported game trees, solved by plain backward induction with a reader of the test's own."""

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from random_talks import DOLLAR, random_game

from bargain.errors import LimitError, UnsupportedProblemError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.games.interchange.offers_efg import deadline_tree_size, offers_efg
from bargain.time.backward import deadline

F = Fraction

_NAME = r'"((?:[^"\\]|\\.)*)"'


def read(text):
    """The nodes of an .efg file in their order: ("p", player, number of actions, whether it proposes), ("c", chances) or ("t", payoffs)."""
    nodes = []
    for line in text.splitlines()[3:]:
        kind = line[0]
        inside = line[line.rindex("{") + 1 : line.rindex("}")]
        if kind == "t":
            nodes.append(("t", tuple(F(word) for word in inside.split(","))))
        elif kind == "c":
            nodes.append(("c", [F(word) for word in re.sub(_NAME, "", inside).split()]))
        else:
            player = int(line.split('""')[1].split()[0]) - 1
            actions = re.findall(_NAME, inside)
            nodes.append(("p", player, len(actions), actions[0] not in ("accept", "stay")))
    return nodes


def induced(nodes):
    """Payoffs at the root: who proposes picks the best for the next players among equals, who answers the first."""
    place = iter(nodes)

    def value():
        node = next(place)
        if node[0] == "t":
            return node[1]
        if node[0] == "c":
            rows = [(chance, value()) for chance in node[1]]
            return tuple(sum(chance * row[i] for chance, row in rows) for i in range(len(rows[0][1])))
        _, player, count, proposes = node
        rows = [value() for _ in range(count)]
        n = len(rows[0])
        turn = [(player + step) % n for step in range(n if proposes else 1)]
        return max(rows, key=lambda row: [row[i] for i in turn])

    found = value()
    assert next(place, None) is None
    return found


def small_game(rng, players):
    """Talks whose tree has few nodes, now and then with a drawn proposer."""
    while True:
        _, talks = random_game(rng, players)
        if rng.random() < 0.3:
            talks = replace(talks, protocol="random", first=0)
        if deadline_tree_size(talks, talks.problem.feasible.num_combinations) <= 700:
            return talks


def generic(rng, talks):
    """The same talks with payoffs among which there are no ties, where every solution is the same."""
    count = talks.problem.feasible.num_combinations
    n = talks.num_players
    points = [tuple(F(int(x), 997) for x in rng.integers(-997, 6 * 997, n)) for _ in range(count)]
    problem = BargainingProblem.from_points(points, talks.problem.exact_disagreement)
    return replace(talks, problem=problem)


def test_backward_induction_on_200_exported_trees():
    rng = np.random.default_rng(23)
    for k in range(200):
        talks = generic(rng, small_game(rng, 2 + k % 2))
        nodes = read(offers_efg(talks))
        assert len(nodes) == deadline_tree_size(talks, talks.problem.feasible.num_combinations)
        assert induced(nodes) == deadline(talks, compare=False).payoffs


def test_gambit_reads_the_tree_and_finds_the_same_payoffs(tmp_path):
    gambit = pytest.importorskip("pygambit", reason="a peer for this test only")
    rng, solved = np.random.default_rng(29), 0
    for _ in range(40):
        talks = generic(rng, small_game(rng, 2))
        place = tmp_path / "talks.efg"
        place.write_text(offers_efg(talks), encoding="utf-8")
        text = place.read_text(encoding="utf-8")
        if sum(node[0] == "p" for node in read(text)) > 12:
            continue
        game = gambit.read_efg(str(place))
        payoffs = {payoffs_of(game, each) for each in gambit.nash.enumpure_agent_solve(game).equilibria}
        assert deadline(talks, compare=False).payoffs in payoffs
        solved += 1
    assert solved


def payoffs_of(game, profile):
    """Payoffs of a profile, by the interface of gambit 16 or 17."""
    if hasattr(profile, "payoff"):
        return tuple(F(str(profile.payoff(player))) for player in game.players)
    return tuple(F(str(profile.payoffs[player])) for player in game.players)


def test_too_large_trees_are_refused_with_their_size():
    talks = AlternatingOffers(BargainingProblem.from_points([(k, 9 - k) for k in range(10)], (0, 0)), 0.9, rounds=13)
    with pytest.raises(LimitError, match=r"the tree of 10 deals in 13 rounds has about 10\^14 nodes \(limit 500,000\)"):
        offers_efg(talks)


def test_only_finitely_many_offers_make_a_tree():
    with pytest.raises(UnsupportedProblemError, match="this problem has lotteries"):
        offers_efg(AlternatingOffers(DOLLAR, 0.9, rounds=2))
    with pytest.raises(UnsupportedProblemError, match="needs a last round"):
        offers_efg(AlternatingOffers(replace(DOLLAR, lotteries=False), 0.9))
