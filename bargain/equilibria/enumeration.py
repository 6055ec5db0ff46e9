r"""All extreme equilibria of a large two-player game, by compiled code, proved in exact rationals.

1. The vertices of one best-response polytope, that of the player with fewer actions, are enumerated
   (:mod:`bargain.equilibria.vertex_search`).
2. When none is degenerate, each that is not refuted is completed by solving for the other player's strategy.
   Otherwise the other polytope is enumerated too, and vertices are joined by their labels
   (:mod:`bargain.equilibria.matching_kernels`).
3. Every pair is solved again in exact rationals of the payoffs as given, and kept when its regret is exactly zero.

Nothing in floats is believed: what they cannot tell apart is decided exactly, so that a finished enumeration is
complete.  A search that is stopped returns what it has proved.  Tested against the enumeration of all bases in
:mod:`bargain.equilibria.extreme`, brute force in Fractions, and the laws of affine and relabelled games.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from bargain.equilibria import matching_kernels as kernels
from bargain.equilibria.exact_polytope import ExactPolytope
from bargain.equilibria.integers import PositivePayoffs, positive_payoffs
from bargain.equilibria.profiles import canonical
from bargain.equilibria.pure import listable, pure_equilibria, pure_profiles
from bargain.equilibria.search import Search
from bargain.equilibria.vertex_search import MAX_LABELS, Block, VertexSearch
from bargain.errors import CertificateError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["enumerate_equilibria"]

Masks = NDArray[np.uint64]
Point = tuple[list[int], list[int]]


def enumerate_equilibria(game: NormalFormGame, search: Search | None = None) -> Equilibria:
    """Return all extreme equilibria of a two-player game, in exact fractions.

    Parameters
    ----------
    game : NormalFormGame
        Two players with at most 63 actions together.
    search : Search, optional
        Its deadline stops the enumeration; so does an interrupt from the keyboard.

    Returns
    -------
    Equilibria
        ``complete`` is True when the enumeration finished, else None.

    Raises
    ------
    UnsupportedGameError
        There are not two players, or too many actions.

    References
    ----------
    Avis, Rosenberg, Savani and von Stengel (2010), "Enumeration of Nash equilibria for two-player games"; Avis and
    Fukuda (1992), "A pivoting algorithm for convex hulls and vertex enumeration".

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[2, 0], [0, 1]], [[1, 0], [0, 2]]])
    >>> found = enumerate_equilibria(game)
    >>> len(found), found.complete
    (3, True)
    """
    if game.num_players != 2 or sum(game.num_actions) > MAX_LABELS:
        raise UnsupportedGameError(
            f"the compiled enumeration takes two players with at most {MAX_LABELS} actions together, not "
            f"{' x '.join(map(str, game.num_actions))}"
        )
    work = _Enumeration(game, Search() if search is None else search)
    stopped = ""
    try:
        if not work.run():
            stopped = f"stopped at the time limit of {work.search.time_limit:g} s"
    except KeyboardInterrupt:
        stopped = "interrupted"
    return work.answer(stopped)


@dataclass(slots=True)
class _Enumeration:
    """The state of one enumeration; *first* is the player with fewer actions, whose polytope is enumerated first."""

    game: NormalFormGame
    search: Search
    swapped: bool = field(init=False)
    own: PositivePayoffs = field(init=False)
    other: PositivePayoffs = field(init=False)
    exact: tuple[Any, Any] = field(init=False)
    profiles: list[Profile] = field(init=False, default_factory=list)
    vertices: int = field(init=False, default=0)
    degenerate: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        m, n = self.game.num_actions
        self.swapped = m > n
        payoffs = [positive_payoffs(self.game, player) for player in (0, 1)]
        if self.swapped:
            payoffs = [each._replace(table=np.ascontiguousarray(each.table.T)) for each in reversed(payoffs)]
        self.own, self.other = payoffs
        self.exact = fmpz_mat(self.own.table.tolist()), fmpz_mat(self.other.table.T.tolist())

    def run(self) -> bool:
        """Return whether everything was enumerated."""
        first = VertexSearch(np.ascontiguousarray(self.other.table.T), self.other.scale)
        table = (self.own.table / self.own.scale).astype(float)
        better = kernels.beaten(_ranks(self.own.table))
        held: list[Block] = []
        for block in first.blocks():
            if block.restart:
                held.clear()
                self.profiles.clear()
                self.degenerate, self.vertices = False, 0
                continue
            held.append(block)
            self.vertices += len(block.base)
            self.degenerate = self.degenerate or bool((block.base != block.full).any())
            # The vertex 0 has no strategy; a repeated basis of a degenerate vertex would repeat its equilibria.
            simple = block.base[block.base == block.full]
            if not self.degenerate and not self._complete(simple, table, better, first.exact):
                self.degenerate = True
            if self.search.expired:
                return False
        return self._join(first, held, better) if self.degenerate else True

    def _complete(self, masks: Masks, table: NDArray[np.float64], better: Masks, exact: ExactPolytope) -> bool:
        """Add the equilibria of nondegenerate vertices; False when one of them has not just one answer."""
        found = np.empty(len(masks), np.int64)
        count = kernels.complete(masks, table, better, found)
        n = table.shape[1]
        for place in found[:count].tolist():
            mask = int(masks[place])
            used, weights, _ = exact.vertex(mask)
            tight = [j for j in range(n) if mask >> j & 1]
            answer = self._answer(used, tight)
            if answer is None:
                return False
            if min(answer) >= 0:
                kept = [(j, weight) for j, weight in zip(tight, answer, strict=True) if weight]
                self._add((used, weights), ([j for j, _ in kept], [weight for _, weight in kept]))
        return True

    def _answer(self, used: list[int], tight: list[int]) -> list[int] | None:
        """Return weights on the tight columns that make the used rows pay the same; None when they are not unique."""
        system = fmpz_mat([[self.exact[0][i, j] for j in tight] for i in used])
        try:
            solved: Any = system.solve(fmpz_mat([[1]] * len(used)))
        except ZeroDivisionError:
            return None
        return [int(value) for value in solved.numer_denom()[0].entries()]

    def _join(self, first: VertexSearch, held: list[Block], better: Masks) -> bool:
        self.profiles.clear()
        second = VertexSearch(self.own.table, self.own.scale)
        blocks: list[Block] = []
        for block in second.blocks():
            if block.restart:
                blocks.clear()
                continue
            blocks.append(block)
            if self.search.expired:
                return False
        self.vertices += sum(len(block.base) for block in blocks)
        m, n = self.own.table.shape
        ours, theirs = _vertices(held), _vertices(blocks, without=((1 << n) - 1) << m)
        table = kernels.holders(theirs[0], m + n)
        order = np.argsort(np.bitwise_count(table).sum(axis=1), kind="stable")
        pairs, state = np.empty((64 * table.shape[1] + 65_536, 2), np.int64), np.zeros(2, np.int64)
        known: tuple[dict[int, Point], dict[int, Point]] = {}, {}
        finished = False
        while not finished:
            finished = bool(kernels.join(ours[0], table, order, better, m, n, pairs, state))
            for place, other in pairs[: state[1]].tolist():
                x = _point(known[0], first.exact, int(ours[1][place]))
                y = _point(known[1], second.exact, int(theirs[1][other]))
                self._add(x, y)
                if self.search.expired:
                    return False
        return True

    def _add(self, x: Point, y: Point) -> None:
        """Prove a pair of strategies, given by actions and weights, and keep it if it is an equilibrium."""
        pays, replies = _pays(self.exact[0], y), _pays(self.exact[1], x)
        best, reply = max(pays), max(replies)
        if any(pays[i] != best for i in x[0]) or any(replies[j] != reply for j in y[0]):
            return
        payoffs = [
            Fraction(value + each.offset * sum(weights), each.denominator * sum(weights))
            for value, each, weights in ((best, self.own, y[1]), (reply, self.other, x[1]))
        ]
        strategies = [_strategy(point, size) for point, size in zip((x, y), self.own.table.shape, strict=True)]
        if self.swapped:
            payoffs.reverse()
            strategies.reverse()
        self.profiles.append(Profile(tuple(strategies), tuple(payoffs), Fraction(0)))

    def answer(self, stopped: str) -> Equilibria:
        """Return the equilibria found, and what is known about the list."""
        profiles = canonical(self.profiles)
        if len(profiles) < len(self.profiles):
            raise CertificateError("the enumeration gave an equilibrium twice; please report this game")
        complete: bool | None = True
        reason = f"all {self.vertices:,} bases of the best-response polytopes were enumerated, with proved comparisons"
        if stopped:
            pure = pure_profiles(self.game, pure_equilibria(self.game, exactly=True), exact=True)
            profiles = canonical([*profiles, *pure])
            complete = None
            reason = f"{stopped} after {self.vertices:,} bases; there may be more mixed equilibria"
        shown = listable(self.game)
        if len(profiles) > shown:
            complete, reason = False, f"{len(profiles):,} extreme equilibria, of which the first {shown:,} are listed"
        notes = ("the game is degenerate",) if self.degenerate else ()
        return Equilibria(
            self.game, "enumeration", profiles[:shown], complete, reason, exact=True, components=(), notes=notes
        )


def _ranks(table: NDArray[np.object_]) -> NDArray[np.int64]:
    values = table.ravel().tolist()
    order = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return np.array([order[value] for value in values], dtype=np.int64).reshape(table.shape)


def _vertices(blocks: Iterable[Block], without: int = -1) -> tuple[Masks, Masks]:
    """Return the label sets of all vertices, each one once, and one basis of each; all but one that is not wanted."""
    held = list(blocks)
    full, places = np.unique(np.concatenate([block.full for block in held]), return_index=True)
    base = np.concatenate([block.base for block in held])[places]
    # The point 0 is no strategy.
    kept = base != np.uint64(without) if without >= 0 else slice(None)
    return full[kept], base[kept]


def _point(known: dict[int, Point], exact: ExactPolytope, mask: int) -> Point:
    if mask not in known:
        used, weights, _ = exact.vertex(mask)
        kept = [(a, weight) for a, weight in zip(used, weights, strict=True) if weight]
        known[mask] = [a for a, _ in kept], [weight for _, weight in kept]
    return known[mask]


def _pays(table: Any, point: Point) -> list[int]:
    """Return what every row of a table pays against weights on some columns."""
    weights = [0] * table.ncols()
    for a, weight in zip(*point, strict=True):
        weights[a] = weight
    return [int(value) for value in (table * fmpz_mat([[weight] for weight in weights])).entries()]


def _strategy(point: Point, size: int) -> tuple[Fraction, ...]:
    total = sum(point[1])
    chances = [Fraction(0)] * size
    for a, weight in zip(*point, strict=True):
        chances[a] = Fraction(weight, total)
    return tuple(chances)
