r"""Components of a list of equilibria: maximal Nash subsets, their dimension, and which of them hang together.

A component is a product of convex sets, one per player, given by their corners.  It is enough to check the products of
corners: the gain :math:`u_i(a, \sigma_{-i}) - u_i(\sigma)` is linear in every player's strategy alone, so at a mixture
of corners it is the mean, over products of corners, of gains from playing :math:`a` in place of a corner strategy, and
none of those is positive when every product of corners is an equilibrium.  For two players the largest such sets are
the *maximal Nash subsets*, whose corners are extreme strategies, and every equilibrium lies in one (Winkels 1979;
Jansen 1981).  They are the maximal complete bipartite subgraphs of the graph that joins x and y when (x, y) is listed;
two of them meet just when they share a listed equilibrium, since an intersection is again a product of faces.

That all are listed is proved by closure: beginning with the subset of a single strategy, adding one more strategy of
the first player and closing again must never lead to a subset that is not listed.  Tested by brute force over subsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Any

from bargain.certificates.games.amounts import by_name, listed, mapping
from bargain.certificates.games.strategies import key, read_strategy, written
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import left_open, true
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["Subset", "check_components", "read_subset"]

Profile = tuple[Strategy, ...]


@dataclass(frozen=True, slots=True)
class Subset:
    """A stored component: corners per player, places in the list, dimension, and number of the connected component."""

    corners: tuple[tuple[Strategy, ...], ...]
    places: tuple[int, ...]
    dimension: int
    connected: int


def read_subset(stored: Any, game: Table) -> Subset:
    """Return a stored component.

    Raises
    ------
    FormError
        Its data do not have the form.
    """
    tree = mapping(stored, "a component")
    sides = by_name(tree["strategies"], game.players, "a component's strategies")
    corners = tuple(
        tuple(read_strategy(each, actions) for each in listed(side, "corners"))
        for side, actions in zip(sides, game.actions, strict=True)
    )
    places = tuple(_count(place) for place in listed(tree["equilibria"], "a component's equilibria"))
    return Subset(corners, places, _count(tree["dimension"]), _count(tree["connected"]))


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise FormError("a whole number that is not negative is needed")
    return value


def check_components(
    game: Table, subsets: Sequence[Subset], profiles: Sequence[Profile], exact: bool, work: Work
) -> list[Certificate]:
    """Return the certificates of the components of a list of equilibria.

    Parameters
    ----------
    game : Table
        The game.
    subsets : sequence of Subset
        What is claimed.
    profiles : sequence of profiles
        The equilibria, which are checked elsewhere.
    exact : bool
        Whether the strategies are exact; dimensions of three or more rounded corners are left open.
    work : Work
        Counts the steps.
    """
    keys = {key(profile): place for place, profile in enumerate(profiles)}
    wrong = [number for number, subset in enumerate(subsets) if not _is_product(subset, keys, work)]
    if wrong:
        return [true("components: every pair of corners is a listed equilibrium, and no other", False, _name(wrong))]
    covered = {place for subset in subsets for place in subset.places}
    bare = [place for place in range(len(profiles)) if place not in covered]
    larger = [number for number, subset in enumerate(subsets) if _extensible(subset, profiles, keys, work)]
    connected = _connections(subsets)
    checks = [
        true("components: every pair of corners is a listed equilibrium, and no other", True),
        true("components: every listed equilibrium is in one", not bare, f"equilibrium {bare[0] + 1}" if bare else ""),
        true("components: none can be enlarged by a listed strategy", not larger, _name(larger)),
        true("components: those that share equilibria, and only those, are connected", connected),
        _all_listed(game, subsets, profiles, work),
    ]
    # One corner spans a point and two span a line, whatever rounding did to them.
    if not exact and any(len(side) > 2 for subset in subsets for side in subset.corners):
        return [*checks, left_open("components: the dimensions", "rank of rounded corners")]
    wrong = [number for number, subset in enumerate(subsets) if _dimension(subset, work) != subset.dimension]
    return [*checks, true("components: the dimensions", not wrong, _name(wrong), "rank, in whole numbers")]


def _name(numbers: Sequence[int]) -> str:
    return f"component {numbers[0] + 1}" if numbers else ""


def _is_product(subset: Subset, keys: dict[Any, int], work: Work) -> bool:
    """Whether the places are just those of all products of different corners."""
    work.spend(prod(map(len, subset.corners)) * len(subset.corners))
    if any(len({key([corner]) for corner in side}) < len(side) for side in subset.corners):
        return False
    wanted = [keys.get(key(profile), -1) for profile in product(*subset.corners)]
    return bool(wanted) and min(wanted) >= 0 and sorted(wanted) == list(subset.places)


def _extensible(subset: Subset, profiles: Sequence[Profile], keys: dict[Any, int], work: Work) -> bool:
    """Whether a strategy of some player that is listed makes an equilibrium with all corners of the others."""
    for player, side in enumerate(subset.corners):
        inside = {key([corner]) for corner in side}
        others = [[each[0]] if i == player else each for i, each in enumerate(subset.corners)]
        rest = list(product(*others))
        candidates = {key([profile[player]]): profile[player] for profile in profiles}
        for name, strategy in candidates.items():
            if name not in inside:
                work.spend(len(side))
                if all(key((*each[:player], strategy, *each[player + 1 :])) in keys for each in rest):
                    return True
    return False


def _connections(subsets: Sequence[Subset]) -> bool:
    """Whether the numbers are those of the classes of subsets that share equilibria, transitively."""
    parent = list(range(len(subsets)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[int, int] = {}
    for number, subset in enumerate(subsets):
        for place in subset.places:
            parent[root(number)] = root(first.setdefault(place, number))
    pairs = {(root(number), subset.connected) for number, subset in enumerate(subsets)}
    numbers = {connected for _, connected in pairs}
    return len(pairs) == len({each for each, _ in pairs}) == len(numbers) and numbers == set(range(len(numbers)))


def _dimension(subset: Subset, work: Work) -> int:
    return sum(_rank(side, work) for side in subset.corners)


def _rank(side: Sequence[Strategy], work: Work) -> int:
    """Return the dimension of the convex hull of strategies: the rank of the differences to the first."""
    actions = sorted({action for strategy in side for action in strategy})
    shared = lcm(*(chance.denominator for strategy in side for chance in strategy.values()))
    rows = [[int((each.get(a, Fraction(0)) - side[0].get(a, Fraction(0))) * shared) for a in actions] for each in side]
    rank, pivot, last = 0, 1, rows[1:]
    for column in range(len(actions)):
        chosen = next((row for row in last if row[column]), None)
        if chosen is None:
            continue
        last = [row for row in last if row is not chosen]
        work.spend(len(last) * len(actions), shared.bit_length())
        head = chosen[column]
        # Elimination without fractions (Bareiss 1968): every division is without remainder.
        last = [[(head * a - row[column] * b) // pivot for a, b in zip(row, chosen, strict=True)] for row in last]
        pivot, rank = head, rank + 1
    return rank


def _all_listed(game: Table, subsets: Sequence[Subset], profiles: Sequence[Profile], work: Work) -> Certificate:
    words = "components: no maximal Nash subset is missing"
    moving = [i for i in range(len(game.players)) if len({key([profile[i]]) for profile in profiles}) > 1]
    if len(moving) > 2:
        return left_open(words, "not decided for more than two players that choose")
    # With fewer than two, any other player stands in, with its single strategy.
    spare = [i for i in range(len(game.players)) if i not in moving]
    one, two = sorted([*moving, *spare][:2]) if len(game.players) > 1 else (0, 0)
    partners: dict[Any, set[Any]] = {}
    for profile in profiles:
        partners.setdefault(key([profile[one]]), set()).add(key([profile[two]]))
    known = {frozenset(key([corner]) for corner in subset.corners[two]): subset for subset in subsets}
    grown = list(partners.values())
    for subset in subsets:
        replies = {key([corner]) for corner in subset.corners[two]}
        work.spend(len(partners) * len(replies))
        grown += [both for each in partners.values() if (both := replies & each)]
    missing = next((replies for replies in grown if frozenset(replies) not in known), None)
    witness = None if missing is None else _subset_with(game, profiles, missing, two)
    return true(words, missing is None, witness, "closure under adding a strategy")


def _subset_with(game: Table, profiles: Sequence[Profile], replies: set[Any], two: int) -> Any:
    found = next(profile for profile in profiles if key([profile[two]]) in replies)
    return written(found, game)
