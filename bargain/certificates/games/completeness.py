r"""Is a list of equilibria complete?  Proved for games in which, after strict dominance, at most two players choose.

An equilibrium of two players is *extreme* when both strategies are vertices of the best-response polytopes; every
equilibrium is a convex combination of extreme ones (Mangasarian 1964), and two vertices are an equilibrium just when
every action is unused or a best response.  All vertices are enumerated by :mod:`bargain.certificates.games.pivots`,
whose end proves that none is missing; matching them gives all extreme equilibria, which are compared with the list.
With more players that choose, every profile of actions is tried, which can refute a list but not prove it.
Tested against brute force over supports, and by lists from which an equilibrium was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import gcd

from bargain.certificates.games.dominance import Survivors, rows_against, undominated
from bargain.certificates.games.pivots import Vertices, vertices
from bargain.certificates.games.strategies import key, written
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import FLOATS, left_open, true
from bargain.certificates.games.work import TooLargeError, Work
from bargain.results import Certificate

__all__ = ["check_complete", "extreme_equilibria", "pure_equilibria", "stable_places"]

Profile = tuple[Strategy, ...]

_NONE_MISSING = "complete: no equilibrium is missing"
_EXTREME = "complete: all listed equilibria are extreme ones"
_SOME_MISSING = "not complete: an equilibrium is missing"
_METHOD = "all vertices of both best-response polytopes, closed under lexicographic pivots"


def check_complete(
    game: Table, listed: Sequence[Profile], complete: bool, exact: bool, work: Work
) -> list[Certificate]:
    """Return the certificates of a list that is said to be complete, or not to be.

    Parameters
    ----------
    game : Table
        The game.
    listed : sequence of profiles
        The list.
    complete : bool
        What is claimed.
    exact : bool
        Whether the list is exact; lists of floats are compared up to a tolerance.
    work : Work
        Its limit leaves the claim open.
    """
    words = _NONE_MISSING if complete else _SOME_MISSING
    if complete and not listed:
        return [true(words, False, "every game has an equilibrium (Nash 1951)")]
    try:
        kept = undominated(game, work)
        choosing = [i for i, actions in enumerate(kept) if len(actions) > 1]
        if len(choosing) > 2:
            return _pure_only(game, listed, complete, kept, work)
        found = list(extreme_equilibria(game, kept, work))
    except TooLargeError as reason:
        return [left_open(words, f"too large: {reason}")]
    missing = _without(found, listed, exact, work)
    if not complete:
        return [true(words, bool(missing), "these are all extreme equilibria", _METHOD)]
    extra = _without(listed, found, exact, work)
    return [
        true(words, not missing, written(missing[0], game) if missing else None, _METHOD),
        true(_EXTREME, not extra, written(extra[0], game) if extra else None, _METHOD),
    ]


def extreme_equilibria(game: Table, kept: Survivors, work: Work) -> Iterator[Profile]:
    """Yield all extreme equilibria of a game in which at most two players have more than one action left.

    Raises
    ------
    TooLargeError
        The walk over the bases is too long.

    Examples
    --------
    >>> game = Table(("1", "2"), (("a", "b"), ("a", "b")), ([2, 0, 0, 1], [1, 0, 0, 2]), (1, 1))
    >>> [profile[0] for profile in extreme_equilibria(game, ((0, 1), (0, 1)), Work())]
    [{0: Fraction(1, 1)}, {0: Fraction(2, 3), 1: Fraction(1, 3)}, {1: Fraction(1, 1)}]
    """
    choosing = [i for i, actions in enumerate(kept) if len(actions) > 1]
    if len(choosing) == 1:
        # Against players without a choice the best actions are the vertices.
        player = choosing[0]
        paid = {action: row[0] for action, row in rows_against(game, player, kept).items()}
        best = max(paid.values())
        sides: list[dict[int, Strategy]] = [{player: {a: Fraction(1)}} for a, value in paid.items() if value == best]
    elif choosing:
        sides = list(_two_players(game, choosing[0], choosing[1], kept, work))
    else:
        sides = [{}]
    for side in sides:
        yield tuple(side.get(i, {actions[0]: Fraction(1)}) for i, actions in enumerate(kept))


def _two_players(game: Table, one: int, two: int, kept: Survivors, work: Work) -> Iterator[dict[int, Strategy]]:
    first = vertices(_positive(game, two, kept), work)
    second = vertices(_positive(game, one, kept), work)
    x = {mask: _strategy(weights, kept[one]) for mask, weights in first.items()}
    y = {mask: _strategy(weights, kept[two]) for mask, weights in second.items()}
    matches = _matches(first, second, len(kept[one]), len(kept[two]), work)
    pairs = [{one: x[v], two: y[w]} for v, w in matches]
    yield from sorted(pairs, key=lambda pair: key((pair[one], pair[two])))


def _positive(game: Table, player: int, kept: Survivors) -> list[list[int]]:
    """Return a player's payoffs as positive whole numbers, a row for each action of the other one that chooses."""
    rows = list(rows_against(game, player, kept).values())
    lowest = min(map(min, rows))
    unit = gcd(*(value - lowest for row in rows for value in row)) or 1
    table = [[(value - lowest) // unit + 1 for value in row] for row in rows]
    return [list(column) for column in zip(*table, strict=True)]


def _strategy(weights: Sequence[int], actions: Sequence[int]) -> Strategy:
    total = sum(weights)
    return {action: Fraction(weight, total) for action, weight in zip(actions, weights, strict=True) if weight}


def _matches(first: Vertices, second: Vertices, m: int, n: int, work: Work) -> Iterator[tuple[int, int]]:
    """Yield the pairs at which every action is unused or a best response.

    Bits of the first player's vertices: its unused actions, then the other's best responses.
    """
    keys = list(second)
    turned = [(mask & ((1 << n) - 1)) << m | mask >> n for mask in keys]
    have = [sum(1 << w for w, mask in enumerate(turned) if mask >> label & 1) for label in range(m + n)]
    work.spend(len(turned) * (m + n))
    everybody = (1 << len(turned)) - 1
    for v in first:
        fit = everybody
        for label in range(m + n):
            if not v >> label & 1:
                fit &= have[label]
        work.spend(m + n, len(turned))
        while fit:
            lowest = fit & -fit
            work.spend(1, len(turned))
            yield v, keys[lowest.bit_length() - 1]
            fit ^= lowest


def pure_equilibria(game: Table, kept: Survivors, work: Work) -> Iterator[Profile]:
    """Yield all equilibria in pure strategies, by trying every profile of the actions that are left."""
    reduced = game.restrict(kept)
    stable = stable_places(reduced, range(len(reduced.players)), work)
    for profile, place in zip(reduced.profiles(), range(len(stable)), strict=True):
        if stable[place]:
            yield tuple({actions[a]: Fraction(1)} for actions, a in zip(kept, profile, strict=True))


def stable_places(game: Table, players: Iterable[int], work: Work) -> list[bool]:
    """Return for every profile of actions whether none of the players gains by another action."""
    stable = [True] * len(game.payoffs[0])
    for player in players:
        row, stride, size = game.payoffs[player], game.strides[player], game.sizes[player]
        work.spend(len(row), game.bits)
        for start in range(len(row)):
            if start // stride % size == 0:
                line = range(start, start + stride * size, stride)
                best = max(row[place] for place in line)
                for place in line:
                    stable[place] = stable[place] and row[place] == best
    return stable


def _pure_only(
    game: Table, listed: Sequence[Profile], complete: bool, kept: Survivors, work: Work
) -> list[Certificate]:
    known = {key(profile) for profile in listed}
    missing = next((each for each in pure_equilibria(game, kept, work) if key(each) not in known), None)
    method = "every profile of actions tried"
    if not complete:
        if missing is not None:
            return [true(_SOME_MISSING, True, None, method)]
        return [left_open(_SOME_MISSING, "with three or more players that choose this is not decided")]
    pure = true(
        "complete: no pure equilibrium is missing",
        missing is None,
        None if missing is None else written(missing, game),
        method,
    )
    return [pure, left_open(_NONE_MISSING, "with three or more players that choose only pure equilibria are checked")]


def _without(these: Sequence[Profile], those: Sequence[Profile], exact: bool, work: Work) -> list[Profile]:
    """Return the profiles of one list that are not in another one."""
    if exact:
        known = {key(profile) for profile in those}
        return [profile for profile in these if key(profile) not in known]
    left = []
    for profile in these:
        work.spend(len(those) * len(profile))
        if not any(_near(profile, other) for other in those):
            left.append(profile)
    return left


def _near(first: Profile, second: Profile) -> bool:
    return all(
        abs(one.get(action, Fraction(0)) - two.get(action, Fraction(0))) <= FLOATS
        for one, two in zip(first, second, strict=True)
        for action in {**one, **two}
    )
