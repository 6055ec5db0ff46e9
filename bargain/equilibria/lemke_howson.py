r"""Equilibria of two-player games by the paths of Lemke and Howson, from many labels, none followed for too long.

Each of the m + n labels that can be dropped starts a path to an equilibrium.  On one and the same large game one path
takes ten pivots and another a hundred thousand.  So many labels are tried for few pivots, some for more and few for
many, in the proportions that lose at most a logarithmic factor whatever the lengths are (Luby, Sinclair and Zuckerman
1993).  Paths of small games are followed in whole numbers.  In larger ones they are followed in floats, and what a
path ends in is solved again exactly and reported only with regret zero; when floats prove nothing (the payoffs of a
degenerate game may carry rounding), the paths are followed in whole numbers after all, as long as that is affordable.
Tested against the extreme equilibria of small games, by regret from the definition, and beside quantecon.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bargain.equilibria.late import on_demand
from bargain.equilibria.lemke_howson_exact import ExactPaths
from bargain.equilibria.profiles import canonical, make_profile
from bargain.equilibria.search import Search
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["End", "Followed", "follow_labels", "solve_lemke_howson"]

SMALL = 150
"""Games with at most this many profiles are followed in whole numbers; numba takes longer to load."""

EXACTLY = 10_000
"""Games with at most this many profiles are followed in whole numbers when floats have proved nothing."""

FIRST_LIMIT = 32
GROWTH = 4
"""Pivots after which most paths are left; of so many tries one may take so many times longer, and so on."""

LONGEST = 2_000_000
"""Pivots after which a path is given up for good, and, when all labels are wanted, pivots of all paths together."""

UNPROVED = 12
"""Ends of paths that may fail to be proved, with none proved, before floats are not trusted any more."""

_float_paths = on_demand("lemke_howson_floats:FloatPaths")


class End(NamedTuple):
    """What following a path gave: was its end reached, the equilibrium there if it is proved, and the pivots.

    A path is ``lost`` when rounding has spoiled it.
    """

    reached: bool
    profile: Profile | None
    pivots: int
    lost: bool = False


class _Engine(Protocol):
    def follow(self, label: int, limit: int) -> End:
        """Follow the path of a label for at most ``limit`` pivots."""


@dataclass(slots=True)
class Followed:
    """What following labels gave: proved equilibria, how many of the labels came to an end, and the work.

    ``nearest`` is a profile of floats with a bound on its regret, from the end of a path that could not be proved.
    """

    labels: int
    profiles: list[Profile] = field(default_factory=list)
    nearest: Profile | None = None
    reached: int = 0
    lost: int = 0
    pivots: int = 0


def solve_lemke_howson(game: NormalFormGame, search: Search) -> Equilibria:
    """Return the equilibria at the ends of the labels' paths, or the first one found.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    search : Search
        With ``all``, every label is followed.

    References
    ----------
    Lemke and Howson (1964), "Equilibrium points of bimatrix games"; von Stengel (2002), "Computing equilibria for
    two-person games".

    Examples
    --------
    >>> chicken = NormalFormGame.from_payoffs([[[0, 7], [2, 6]], [[0, 2], [7, 6]]])
    >>> found = solve_lemke_howson(chicken, Search())
    >>> [profile.pure for profile in found], found.complete
    ([(0, 1), (1, 0)], None)
    """
    followed = follow_labels(game, search)
    profiles = canonical(followed.profiles)
    proved = bool(profiles) or followed.nearest is None
    if not profiles and followed.nearest is not None:
        profiles = (followed.nearest,)
    return Equilibria(game, "lemke-howson", profiles, None, _reason(followed, search), proved, notes=_notes(followed))


def follow_labels(game: NormalFormGame, search: Search) -> Followed:
    """Follow paths until one equilibrium is proved, or with ``search.all`` until every label has come to its end."""
    small = game.payoffs[0].size <= SMALL
    if not small:
        engine = _float_paths(game, search)
        followed = _sweep(engine, sum(game.num_actions), search)
        followed.nearest = engine.nearest
        if followed.profiles or search.expired or game.payoffs[0].size > EXACTLY:
            return followed
    exact = _sweep(_WholeNumbers(game, search), sum(game.num_actions), search)
    if not small:
        exact.nearest = followed.nearest
    return exact


def _sweep(engine: _Engine, labels: int, search: Search) -> Followed:
    """Follow labels' paths until enough is found, all have come to an end, or it takes too long."""
    followed = Followed(labels)
    done: set[int] = set()
    for label, limit in _tries(labels):
        if label in done:
            continue
        end = engine.follow(label, limit)
        followed.pivots += end.pivots
        followed.reached += end.reached
        followed.lost += end.lost
        if end.profile is not None:
            followed.profiles.append(end.profile)
        if end.reached or end.lost:
            done.add(label)
        if len(done) == labels or _over(followed, search):
            break
    return followed


def _tries(labels: int) -> Iterator[tuple[int, int]]:
    """Yield labels with limits on their pivots; every label has every limit once."""
    tried: dict[int, int] = {}
    for count in range(1, 2**63):
        level, rest = 0, count
        while rest % GROWTH == 0:
            level, rest = level + 1, rest // GROWTH
        while tried.get(level, 0) == labels:
            level += 1
        if FIRST_LIMIT * GROWTH**level > LONGEST:
            return
        yield tried.get(level, 0), FIRST_LIMIT * GROWTH**level
        tried[level] = tried.get(level, 0) + 1


def _over(followed: Followed, search: Search) -> bool:
    if search.expired:
        return True
    if not followed.profiles:
        return followed.reached + followed.lost >= UNPROVED
    return not search.all or followed.pivots >= LONGEST


class _WholeNumbers:
    """The engine that follows paths exactly."""

    def __init__(self, game: NormalFormGame, search: Search) -> None:
        self.game = game
        self.paths = ExactPaths(game, search)

    def follow(self, label: int, limit: int) -> End:
        """Follow the path of a label for at most ``limit`` pivots."""
        strategies, pivots = self.paths.follow(label, limit)
        if strategies is None:
            return End(False, None, pivots)
        return End(True, make_profile(self.game, strategies), pivots)


def _reason(followed: Followed, search: Search) -> str:
    ends = f"the paths of {followed.reached:,} of {followed.labels:,} labels were followed to their ends"
    if search.expired:
        return f"stopped at the time limit of {search.time_limit:g} s; {ends}"
    if not followed.profiles:
        return f"{ends}, none of which could be proved exactly"
    if not search.all:
        return "one equilibrium was asked for"
    if followed.reached < followed.labels:
        return f"{ends}, the others were left after {followed.pivots:,} pivots in all; there may be more equilibria"
    return f"{ends}; there may be equilibria that no path from 0 leads to"


def _notes(followed: Followed) -> tuple[str, ...]:
    if followed.profiles or followed.nearest is None:
        return ()
    return (
        "the support is too large, or the payoffs are too close to ties, to be solved exactly: the profile is in "
        f"floats, and its regret is at most {followed.nearest.regret:.1e}",
    )
