r"""All extreme equilibria of a two-player game, proved.

A pair of vertices of the two best-response polytopes is an equilibrium exactly when every action is unused or a best
response; these pairs are the *extreme* equilibria, finitely many, and every equilibrium is a convex combination of some
(Mangasarian 1964; Avis, Rosenberg, Savani and von Stengel 2010).  Vertices are enumerated and compared exactly, so the
list is complete for the payoffs as given whenever the enumeration finishes.  Tested against an independent exact
enumeration of the vertices and, where they work, against nashpy and quantecon.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import PositivePayoffs, positive_payoffs
from bargain.equilibria.pure import listable
from bargain.equilibria.search import Search
from bargain.equilibria.vertices import Vertex, Vertices, enumerate_vertices, num_bases
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["MAX_BASES", "extreme_equilibria", "many"]

_ZERO = Fraction(0)

MAX_BASES = 1_000_000
"""Bases of one polytope that are enumerated: 11 x 11 games have 705,432."""


def extreme_equilibria(game: NormalFormGame, search: Search | None = None, cap: int = MAX_BASES) -> Equilibria:
    """Return all extreme equilibria of a two-player game, in exact fractions.

    Parameters
    ----------
    game : NormalFormGame
        Two players, m and n actions.
    search : Search, optional
        Its deadline stops the enumeration, and so does an interrupt from the keyboard; what was found until then is
        returned.
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
    work = _Enumeration(game, Search() if search is None else search, cap)
    try:
        work.run()
    except KeyboardInterrupt:
        work.interrupted = True
    try:
        return work.answer()
    except KeyboardInterrupt:
        # Too late to save time: what is found is only written down.
        return work.answer()


@dataclass(slots=True)
class _Enumeration:
    """The vertices of both polytopes, and the pairs of places that are equilibria."""

    game: NormalFormGame
    search: Search
    cap: int
    payoffs: tuple[PositivePayoffs, PositivePayoffs] = field(init=False)
    first: Vertices = field(init=False, default_factory=Vertices)
    second: Vertices = field(init=False, default_factory=Vertices)
    matches: list[tuple[int, int]] = field(init=False, default_factory=list)
    joined: bool = field(init=False, default=False)
    interrupted: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.payoffs = positive_payoffs(self.game, 0), positive_payoffs(self.game, 1)

    def run(self) -> None:
        rows, columns = self.payoffs
        # The second player's strategies need only be sought among the best responses at the first one's vertices.
        if self.game.num_actions[0] <= self.game.num_actions[1]:
            self.first = self._vertices(columns.table, columns.scale)
            self.second = self._vertices(rows.table.T, rows.scale, within=set(self.first.tight))
        else:
            self.second = self._vertices(rows.table.T, rows.scale)
            self.first = self._vertices(columns.table, columns.scale, within=set(self.second.tight))
        for matches in _matches(self.first, self.second, self.game.num_actions):
            self.matches += matches
            if self.search.expired:
                return
        self.joined = True

    def _vertices(
        self, table: NDArray[np.object_], scale: int, within: Collection[tuple[int, ...]] | None = None
    ) -> Vertices:
        # After an interrupt little more is done than to look for pure equilibria.
        search = replace(self.search, deadline=0.0) if self.interrupted else self.search
        vertices = enumerate_vertices(table, scale, self.cap, search, within)
        self.interrupted = self.interrupted or vertices.interrupted
        return vertices

    def answer(self) -> Equilibria:
        """Return the equilibria found, and what is known about the list."""
        shown = listable(self.game)
        chosen = _in_order(self.first, self.second, self.matches)[:shown]
        m, n = self.game.num_actions
        x = {v: self._side(self.first.found[v], m, 1) for v, _ in chosen}
        y = {w: self._side(self.second.found[w], n, 0) for _, w in chosen}
        profiles = tuple(Profile((x[v][0], y[w][0]), (y[w][1], x[v][1]), _ZERO) for v, w in chosen)
        complete, reason = self._completeness()
        if (count := len(self.matches)) > shown:
            number = f"{count:,}" if complete else f"{reason}; at least {count:,}"
            complete, reason = False, f"{number} extreme equilibria, of which the first {shown:,} are listed"
        notes = _notes(self.first, self.second, profiles)
        return Equilibria(self.game, "extreme", profiles, complete, reason, exact=True, notes=notes)

    def _side(self, vertex: Vertex, size: int, other: int) -> tuple[tuple[Fraction, ...], Fraction]:
        """Return the strategy of a vertex, and what the other player's best responses to it pay."""
        payoffs, total = self.payoffs[other], sum(vertex.weights)
        pays = Fraction(vertex.level + payoffs.offset * total, payoffs.denominator * total)
        return vertex.strategy(size), pays

    def _completeness(self) -> tuple[bool | None, str]:
        bases = num_bases(*self.game.num_actions)
        if self.first.finished and self.second.finished and self.joined:
            return True, f"all {bases - 1:,} pairs of supports of equal size were decided exactly"
        size = min(self.first.largest, self.second.largest)
        searched = f"all supports of up to {size} action{'s' * (size != 1)} per player were searched"
        if self.interrupted or not self.joined or self.search.expired:
            why = "interrupted" if self.interrupted else f"stopped at the time limit of {self.search.time_limit:g} s"
            return None, f"{why}; {searched if self.joined else 'not all pairs were compared'}, there may be more"
        return None, f"{searched}; larger ones were not, because the game has {many(bases)} bases"


def _matches(first: Vertices, second: Vertices, sizes: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
    """Yield the pairs of vertices at which every action is unused or a best response, in batches."""
    if not first.supports or not second.supports:
        return
    used, answered = _incidence(first.supports, sizes[0]), _incidence(first.tight, sizes[1])
    replies, best = _incidence(second.supports, sizes[1]), _incidence(second.tight, sizes[0])
    step = max(1, 4_000_000 // len(replies))
    for start in range(0, len(used), step):
        part = slice(start, start + step)
        wrong = used[part] @ (1 - best).T + (1 - answered[part]) @ replies.T
        yield [(start + v, w) for v, w in np.argwhere(wrong == 0).tolist()]


def _incidence(sets: list[tuple[int, ...]], size: int) -> NDArray[np.float32]:
    """Return a 0-1 matrix with one row per set; counts of up to 2**24 are exact in 32-bit floats."""
    matrix = np.zeros((len(sets), size), dtype=np.float32)
    for row, members in zip(matrix, sets, strict=True):
        row[list(members)] = 1
    return matrix


def _in_order(first: Vertices, second: Vertices, matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs in canonical order."""
    places = [
        {k: vertices.found[k].place() for k in {match[side] for match in matches}}
        for side, vertices in enumerate((first, second))
    ]
    ranks = [{k: rank for rank, k in enumerate(sorted(place, key=place.__getitem__))} for place in places]
    return sorted(matches, key=lambda match: (ranks[0][match[0]], ranks[1][match[1]]))


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
