r"""All extreme equilibria of a two-player game, proved.

A pair of vertices of the two best-response polytopes is an equilibrium exactly when every action is unused or a best
response; these pairs are the *extreme* equilibria, finitely many, and every equilibrium is a convex combination of some
(Mangasarian 1964; Avis, Rosenberg, Savani and von Stengel 2010).  Vertices are enumerated and compared exactly, so the
list is complete for the payoffs as given whenever the enumeration finishes.  Tested against an independent exact
enumeration of the vertices and, where they work, against nashpy and quantecon.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import positive_integers
from bargain.equilibria.profiles import make_profile
from bargain.equilibria.pure import listable
from bargain.equilibria.search import Search
from bargain.equilibria.vertices import Vertices, enumerate_vertices, num_bases
from bargain.errors import CertificateError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["MAX_BASES", "extreme_equilibria", "many"]

MAX_BASES = 1_000_000
"""Bases of one polytope that are enumerated: 11 x 11 games have 705,432."""


def extreme_equilibria(game: NormalFormGame, search: Search | None = None, cap: int = MAX_BASES) -> Equilibria:
    """Return all extreme equilibria of a two-player game, in exact fractions.

    Parameters
    ----------
    game : NormalFormGame
        Two players, m and n actions.
    search : Search, optional
        Its deadline stops the enumeration; what was found until then is returned.
    cap : int
        Number of bases per polytope beyond which only supports up to some size are searched.

    Returns
    -------
    Equilibria
        ``complete`` is True when all C(m + n, n) bases were decided, else None.

    Notes
    -----
    The time grows with the number of bases; 8 x 8 games have 12,870.

    References
    ----------
    Avis, Rosenberg, Savani and von Stengel (2010), "Enumeration of Nash equilibria for two-player games".

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    >>> [profile.strategies[0] for profile in extreme_equilibria(game)]
    [(Fraction(1, 1), Fraction(0, 1)), (Fraction(2, 3), Fraction(1, 3)), (Fraction(0, 1), Fraction(1, 1))]
    """
    search = Search() if search is None else search
    rows, row_scale = positive_integers(game, 0)
    columns, column_scale = positive_integers(game, 1)
    # The second player's strategies need only be sought among the best responses at the first one's vertices.
    if game.num_actions[0] <= game.num_actions[1]:
        first = enumerate_vertices(columns, column_scale, cap, search)
        second = enumerate_vertices(rows.T, row_scale, cap, search, within=set(first.tight))
    else:
        second = enumerate_vertices(rows.T, row_scale, cap, search)
        first = enumerate_vertices(columns, column_scale, cap, search, within=set(second.tight))
    matches = _in_order(first, second, list(_matches(first, second, game.num_actions)))
    shown = listable(game)
    x = {v: first.strategy(v) for v, _ in matches[:shown]}
    y = {w: second.strategy(w) for _, w in matches[:shown]}
    profiles = tuple(_proved(game, x[v], y[w]) for v, w in matches[:shown])
    complete, reason = _completeness(game, first, second, search)
    if len(matches) > shown:
        complete, reason = False, f"{len(matches):,} extreme equilibria, of which the first {shown:,} are listed"
    return Equilibria(
        game=game,
        method="extreme",
        profiles=profiles,
        complete=complete,
        reason=reason,
        exact=True,
        notes=_notes(first, second, profiles),
    )


def _matches(first: Vertices, second: Vertices, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of vertices at which every action is unused or a best response."""
    if not first.supports or not second.supports:
        return
    used, answered = _incidence(first.supports, sizes[0]), _incidence(first.tight, sizes[1])
    replies, best = _incidence(second.supports, sizes[1]), _incidence(second.tight, sizes[0])
    step = max(1, 4_000_000 // len(replies))
    for start in range(0, len(used), step):
        part = slice(start, start + step)
        wrong = used[part] @ (1 - best).T + (1 - answered[part]) @ replies.T
        for v, w in np.argwhere(wrong == 0):
            yield start + int(v), int(w)


def _incidence(sets: list[tuple[int, ...]], size: int) -> NDArray[np.float32]:
    """Return a 0-1 matrix with one row per set; counts of up to 2**24 are exact in 32-bit floats."""
    matrix = np.zeros((len(sets), size), dtype=np.float32)
    for row, members in zip(matrix, sets, strict=True):
        row[list(members)] = 1
    return matrix


def _in_order(first: Vertices, second: Vertices, matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    ranks = [{vertex: rank for rank, vertex in enumerate(vertices.order())} for vertices in (first, second)]
    return sorted(matches, key=lambda match: (ranks[0][match[0]], ranks[1][match[1]]))


def _proved(game: NormalFormGame, x: tuple[Fraction, ...], y: tuple[Fraction, ...]) -> Profile:
    profile = make_profile(game, (x, y))
    if profile.regret != 0:
        raise CertificateError(f"two vertices have matching labels, but a regret of {float(profile.regret):g}")
    return profile


def _completeness(game: NormalFormGame, first: Vertices, second: Vertices, search: Search) -> tuple[bool | None, str]:
    m, n = game.num_actions
    if first.finished and second.finished:
        return True, f"all {num_bases(m, n) - 1:,} pairs of supports of equal size were decided exactly"
    size = min(first.largest, second.largest)
    searched = f"all supports of up to {size} action{'s' * (size != 1)} per player were searched"
    if search.expired:
        return None, f"stopped at the time limit of {search.time_limit:g} s; {searched}, larger ones may hold more"
    return None, f"{searched}; larger ones were not, because the game has {many(num_bases(m, n))} bases"


def many(count: int) -> str:
    """Return a count in digits, or its order of magnitude when it is astronomical."""
    return f"{count:,}" if count < 10**12 else f"about 10^{len(str(count)) - 1}"


def _notes(first: Vertices, second: Vertices, profiles: tuple[Profile, ...]) -> tuple[str, ...]:
    if not (first.degenerate or second.degenerate):
        return ()
    if any(len({profile.strategies[k] for profile in profiles}) < len(profiles) for k in (0, 1)):
        return (
            "the game is degenerate: the extreme equilibria are listed, and convex combinations of those that share "
            "one player's strategy are equilibria too",
        )
    if not (first.finished and second.finished):
        return ("the game is degenerate",)
    return ("the game is degenerate, but no two equilibria share a strategy: each stands alone",)
