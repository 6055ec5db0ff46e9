"""Perfect recall: at each of its information sets a player knows which of its own actions led there.

A player's *sequence* at a node is the list of its own information sets and actions on the way to it; with perfect
recall all nodes of an information set have the same sequence (Kuhn 1953; von Stengel 1996).  Without it, a strategic
form is not enough to describe what the player can do, and the tree is refused.  Tested with trees that are known to
have or to lack perfect recall.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargain.games.interchange.tree import CHANCE, Tree

__all__ = ["NOTHING", "Sequences", "own_sequences"]

NOTHING = -1
"""The sequence of a player that has not moved yet."""

_LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class Sequences:
    """What every player has done.

    ``moves[s]`` is sequence s: (the sequence before, information set, action).  ``before[h]`` is the sequence of its
    player at information set h, and ``ends`` the sequences of all players at every terminal node.
    """

    moves: tuple[tuple[int, int, int], ...]
    before: tuple[int, ...]
    ends: dict[int, tuple[int, ...]]


def own_sequences(tree: Tree) -> Sequences:
    """Return the players' sequences.

    Raises
    ------
    GameFileError
        A player forgets what it did; the message names the information set.
    """
    count = len(tree.players)
    if len(tree.nodes) * count > _LARGEST:
        tree.source.fail_whole("BG024", f"the tree is too large: {len(tree.nodes):,} nodes and {count:,} players")
    known: dict[tuple[int, int, int], int] = {}
    before: dict[int, int] = {}
    at: list[tuple[int, ...]] = []
    ends: dict[int, tuple[int, ...]] = {}
    for place, node in enumerate(tree.nodes):
        at.append(_sequences_at(tree, at, place, known))
        h = node.information_set
        if h is None:
            ends[place] = at[-1]
            continue
        player = tree.information_sets[h].player
        if player != CHANCE and before.setdefault(h, at[-1][player]) != at[-1][player]:
            _forgotten(tree, place, h, list(known), at[-1][player])
    order = tuple(before.get(h, NOTHING) for h in range(len(tree.information_sets)))
    return Sequences(tuple(known), order, ends)


def _sequences_at(
    tree: Tree, at: list[tuple[int, ...]], place: int, known: dict[tuple[int, int, int], int]
) -> tuple[int, ...]:
    """Return the sequences of all players at a node, given those at its parent."""
    node = tree.nodes[place]
    if node.parent < 0:
        return (NOTHING,) * len(tree.players)
    above = at[node.parent]
    h = tree.nodes[node.parent].information_set
    assert h is not None
    player = tree.information_sets[h].player
    if player == CHANCE:
        return above
    made = known.setdefault((above[player], h, node.branch), len(known))
    return (*above[:player], made, *above[player + 1 :])


def _forgotten(tree: Tree, place: int, h: int, moves: list[tuple[int, int, int]], sequence: int) -> None:
    """Say at which information set a player forgets, and what."""
    node, found = tree.nodes[place], tree.information_sets[h]
    passed = False
    while sequence != NOTHING and not passed:
        sequence, at, _ = moves[sequence]
        passed = at == h
    forgets = "whether it was there before" if passed else "what it did before"
    message = f"player `{tree.players[found.player]}` forgets, at information set {found.shown}, {forgets}"
    hint = "only games with perfect recall are read: give nodes that the player can tell apart sets of their own"
    tree.source.fail("BG023", message, node.start, node.end, hint)
