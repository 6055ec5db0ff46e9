r"""Gambit's ``.efg``: a game tree with perfect recall, read into its reduced normal form.

A strategy of the *reduced* normal form says what to do at every information set that the player's own earlier actions
do not rule out (Kuhn 1953); where they do, the strategy's name has a ``*``.  Strategies that differ there only are
therefore listed once, and no others are merged.  The payoff of a profile is the sum over ends of play of the
probability that chance leads there times all outcomes on the way.  Everything is counted before it is made.  Tested by
an independent evaluation of the tree for every profile, and by trees whose strategic forms are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.interchange.rationals import Exact
from bargain.games.interchange.recall import NOTHING, Sequences, own_sequences
from bargain.games.interchange.records import GameFile, check_size, exact_game
from bargain.games.interchange.tree import CHANCE, Tree, read_tree
from bargain.games.interchange.troubles import GameText
from bargain.games.normal_form import NormalFormGame

__all__ = ["read_efg", "reduced_normal_form"]

_MOST_CHOICES = 20_000_000
"""Entries of one player's table of strategies times information sets."""

_MOST_SUMS = 10**9
"""Additions that filling in the payoffs may take: about ten seconds."""

_LONGEST_DENOMINATOR = 4096
_FRACTION_BYTES = 160
_LONGEST_NAMES = 50_000_000

Whole = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """A player's strategies: ``choices[s, k]`` is what s does at its k-th information set, -1 where it never comes.

    ``followers`` are the strategies that play a sequence.
    """

    sets: tuple[int, ...]
    choices: NDArray[np.int32]
    followers: dict[int, NDArray[np.intp]]

    def __len__(self) -> int:
        return len(self.choices)


@dataclass(frozen=True, slots=True)
class Forest:
    """A player's information sets, each under the sequence that leads there.

    ``below[s]`` are the information sets right after sequence s, ``place[h, a]`` is the sequence that ends with action
    a at h, and ``ways`` counts the reduced strategies from an information set or after a sequence on.
    """

    player: int
    sets: tuple[int, ...]
    below: dict[int, list[int]]
    place: dict[tuple[int, int], int]
    ways: dict[int, int]
    after: dict[int, int]


def read_efg(source: GameText) -> GameFile:
    """Read a game tree into its reduced normal form.

    Parameters
    ----------
    source : GameText
        The text of the file.

    Raises
    ------
    GameFileError
        The text is not such a tree, or a player has imperfect recall; with the place.
    LimitError
        The normal form would need more memory or time than allowed; nothing was made.

    Examples
    --------
    An entrant stays out or enters, and then the incumbent fights or yields:

    >>> text = '''EFG 2 R "Entry" { "E" "I" } p "" 1 1 "" { "out" "in" } 0 t "" 1 "" { 0, 2 }
    ... p "" 2 1 "" { "fight" "yield" } 0 t "" 2 "" { -1, -1 } t "" 3 "" { 1, 1 }'''
    >>> file = read_efg(GameText(text))
    >>> file.game.actions, file.game.exact[0].tolist() == [[0, 0], [-1, 1]]
    ((('out', 'in'), ('fight', 'yield')), True)
    """
    tree = read_tree(source)
    game = reduced_normal_form(tree)
    notes = (f"reduced normal form of a tree of {len(tree.nodes):,} nodes",)
    return GameFile(game, tree.title, tree.comment, "efg", source.file, notes)


def reduced_normal_form(tree: Tree) -> NormalFormGame:
    """Return the reduced normal form of a tree with perfect recall."""
    sequences = own_sequences(tree)
    forests = [_forest(tree, sequences, player) for player in range(len(tree.players))]
    ends, shared = _ends(tree, sequences)
    sizes = [forest.after.get(NOTHING, 1) for forest in forests]
    check_size(len(tree.players), sizes, bytes_each=24 if shared == 1 else _FRACTION_BYTES)
    plans = [_plans(tree, forest) for forest in forests]
    payoffs = _payoffs(sequences, plans, ends)
    names = [_names(tree, each) for each in plans]
    return exact_game(tree.source, tree.players, names, payoffs if shared == 1 else _divided(payoffs, shared))


def _forest(tree: Tree, sequences: Sequences, player: int) -> Forest:
    """Return the player's information sets and count its strategies, from the last information set to the first."""
    own = tuple(h for h, each in enumerate(tree.information_sets) if each.player == player)
    below: dict[int, list[int]] = {}
    for h in own:
        below.setdefault(sequences.before[h], []).append(h)
    chosen = enumerate(sequences.moves)
    place = {move[1:]: s for s, move in chosen if tree.information_sets[move[1]].player == player}
    ways: dict[int, int] = {}
    after: dict[int, int] = {}
    for h in reversed(own):
        ways[h] = sum(after.get(place[h, a], 1) for a in range(len(tree.information_sets[h].actions)))
        above = sequences.before[h]
        after[above] = after.get(above, 1) * ways[h]
        if after[above] * len(own) > _MOST_CHOICES:
            raise LimitError(
                f"player `{tree.players[player]}` has more than {_MOST_CHOICES // len(own):,} strategies over its "
                f"{len(own):,} information sets; the normal form of this tree is too large"
            )
    return Forest(player, own, below, place, ways, after)


def _plans(tree: Tree, forest: Forest) -> Plans:
    """Return the player's reduced strategies.

    The number of a strategy is written in digits, one for each information set under the empty sequence; a digit says
    which action is taken there and, in what is left, the digits of the information sets after it; and so on.
    """
    count = forest.after.get(NOTHING, 1)
    column = {h: k for k, h in enumerate(forest.sets)}
    choices = np.full((count, len(forest.sets)), -1, dtype=np.int32)
    followers = {NOTHING: np.arange(count)}
    digits = _digits(forest, NOTHING, followers[NOTHING])
    # A sequence stands before the information sets that it leads to, so that every digit is there when it is needed.
    for h in forest.sets:
        first = 0
        rows, digit = digits.pop(h)
        for a in range(len(tree.information_sets[h].actions)):
            sequence = forest.place[h, a]
            last = first + forest.after.get(sequence, 1)
            here = (digit >= first) & (digit < last)
            followers[sequence] = rows[here]
            choices[rows[here], column[h]] = a
            for later, (_, number) in _digits(forest, sequence, digit[here] - first).items():
                digits[later] = rows[here], number
            first = last
    return Plans(forest.sets, choices, followers)


def _digits(
    forest: Forest, sequence: int, numbers: NDArray[np.intp]
) -> dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the digits of the information sets after a sequence, the last one running fastest."""
    made = {}
    radix = 1
    for h in reversed(forest.below.get(sequence, ())):
        made[h] = (np.arange(len(numbers)), numbers // radix % forest.ways[h])
        radix *= forest.ways[h]
    return made


def _ends(tree: Tree, sequences: Sequences) -> tuple[dict[int, Whole], int]:
    """Return what every end of play adds to the payoffs, as whole numbers over one denominator, and that."""
    reached: list[tuple[Exact, tuple[Exact, ...]]] = []
    none = (0,) * len(tree.players)
    for node in tree.nodes:
        chance, paid = reached[node.parent] if node.parent >= 0 else (1, none)
        above = tree.nodes[node.parent].information_set if node.parent >= 0 else None
        if above is not None and tree.information_sets[above].player == CHANCE:
            chance = chance * tree.information_sets[above].chances[node.branch]
        if node.outcome:
            paid = tuple(u + v for u, v in zip(paid, tree.outcomes[node.outcome], strict=True))
        reached.append((chance, paid))
        if max(each.denominator.bit_length() for each in (chance, *paid)) > _LONGEST_DENOMINATOR:
            tree.source.fail("BG024", "the numbers on the way to this node have too many digits", node.start, node.end)
    worth = {end: tuple(reached[end][0] * u for u in reached[end][1]) for end in sequences.ends}
    shared = 1
    for denominator in {each.denominator for values in worth.values() for each in values}:
        shared = lcm(shared, denominator)
        if shared.bit_length() > _LONGEST_DENOMINATOR:
            tree.source.fail_whole("BG024", "payoffs and chances have no common denominator of reasonable length")
    return {end: tuple(int(value * shared) for value in values) for end, values in worth.items()}, shared


def _payoffs(sequences: Sequences, plans: Sequence[Plans], ends: dict[int, Whole]) -> NDArray[Any]:
    """Return the payoffs of all profiles, players first, times the common denominator."""
    total = max(sum(abs(values[i]) for values in ends.values()) for i in range(len(plans)))
    table = np.zeros((len(plans), *map(len, plans)), dtype=np.int64 if total < 2**62 else object)
    sums = 0
    for end, values in ends.items():
        rows = [each.followers[s] for each, s in zip(plans, sequences.ends[end], strict=True)]
        sums += prod(map(len, rows)) * len(plans)
        if sums > _MOST_SUMS:
            raise LimitError("filling in the normal form of this tree would take too long; make the tree smaller")
        block = np.ix_(*rows)
        for player, value in enumerate(values):
            if value:
                table[player][block] += value
    return table


def _divided(table: NDArray[Any], shared: int) -> NDArray[Any]:
    """Return whole numbers divided by ``shared``, as Fractions; equal numbers become one object."""
    flat = table.ravel().tolist()
    known = {value: Fraction(value, shared) for value in set(flat)}
    made = np.empty(len(flat), dtype=object)
    made[:] = [known[value] for value in flat]
    return made.reshape(table.shape)


def _names(tree: Tree, plans: Plans) -> list[str]:
    """Return the strategies' names: the actions in the order of the information sets, ``*`` where none is needed."""
    if not plans.sets:
        return ["-"]
    actions = [tree.information_sets[h].actions for h in plans.sets]
    numbers = [tuple(str(k) for k in range(1, len(each) + 1)) for each in actions]
    longest = len(plans) * sum(max(map(len, each)) for each in actions)
    for words in (actions, numbers) if longest < _LONGEST_NAMES else (numbers,):
        starred = [(*each, "*") for each in words]
        names = ["/".join(starred[k][a] for k, a in enumerate(row)) for row in plans.choices.tolist()]
        if len(set(names)) == len(names):
            return names
    raise AssertionError("numbers of actions tell strategies apart")  # pragma: no cover
