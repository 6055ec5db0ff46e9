r"""All extreme equilibria of a large two-player game, by compiled code, proved in exact rationals.

1. The vertices of one best-response polytope, that of the player with fewer actions, are enumerated
   (:mod:`bargain.equilibria.vertex_search`).
2. When none is degenerate, each that is not refuted is completed by solving for the other player's strategy.
   Otherwise the other polytope is enumerated too, and vertices are joined by their labels
   (:mod:`bargain.equilibria.vertex_pairs`).
3. Every pair is solved again in exact rationals of the payoffs as given, and kept when its regret is exactly zero.

Nothing in floats is believed: what they cannot tell apart is decided exactly, so that a finished enumeration is
complete.  A search that is stopped returns what it has proved.  Tested against the enumeration of all bases in
:mod:`bargain.equilibria.extreme`, brute force in Fractions, and the laws of affine and relabelled games.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from bargain.equilibria.exact_polytope import ExactPolytope
from bargain.equilibria.integers import PositivePayoffs, positive_payoffs
from bargain.equilibria.pure import listable, pure_equilibria
from bargain.equilibria.search import Search
from bargain.equilibria.vertex_pairs import Completion, matches
from bargain.equilibria.vertex_search import MAX_LABELS, Block, VertexSearch
from bargain.errors import CertificateError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["enumerate_equilibria"]

_ZERO = Fraction(0)

_SORTING = 3e-7
"""Seconds per vertex that sorting them takes, roughly; it is not begun when less is left."""

_WRITING = 2.2e-6
"""Seconds per probability that putting equilibria in order and writing them down takes; kept back from a time limit."""

_KEPT = 2
"""How many times as many equilibria are held as can be listed."""

Masks = NDArray[np.uint64]


class _Strategy(NamedTuple):
    """A player's strategy with what it does to the other player, all exact.

    ``support`` are the actions with positive probability in order, ``used`` their bits, ``best`` those of the other
    player's best responses, and ``pays`` is what these pay.
    """

    chances: tuple[Fraction, ...]
    support: tuple[int, ...]
    used: int
    best: int
    pays: Fraction


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
    try:
        return work.answer(stopped)
    except KeyboardInterrupt:
        # Too late to save time: what is found is only written down.
        return work.answer(stopped)


@dataclass(slots=True)
class _Enumeration:
    """The state of one enumeration; *first* is the player with fewer actions, whose polytope is enumerated first.

    ``early`` are equilibria that were proved before the search began anew, and so will be found again.
    """

    game: NormalFormGame
    search: Search
    swapped: bool = field(init=False)
    own: PositivePayoffs = field(init=False)
    other: PositivePayoffs = field(init=False)
    exact: tuple[Any, Any] = field(init=False)
    pairs: list[tuple[_Strategy, _Strategy]] = field(init=False, default_factory=list)
    early: list[tuple[_Strategy, _Strategy]] = field(init=False, default_factory=list)
    found: int = field(init=False, default=0)
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
        completion = Completion(self.own.table, self.own.scale)
        held: list[Block] = []
        for block in first.blocks():
            if block.restart:
                held.clear()
                self._begin_anew()
                self.degenerate, self.vertices = False, 0
                continue
            held.append(block)
            self.vertices += len(block.base)
            # The vertex 0 has no strategy; a repeated basis of a degenerate vertex would repeat its equilibria.
            simple = block.base == block.full
            self.degenerate = self.degenerate or not simple.all()
            if not self.degenerate and not self._complete(block.base, completion, first.exact):
                self.degenerate = True
            if self._time_is_up:
                return False
        return self._join(first, held, completion.better) if self.degenerate else True

    def _complete(self, masks: Masks, completion: Completion, exact: ExactPolytope) -> bool:
        """Add the equilibria of nondegenerate vertices; False when one of them has not just one answer."""
        n = self.own.table.shape[1]
        for candidates in completion.candidates(masks):
            for mask in candidates:
                used, weights = exact.vertex(mask)
                tight = [j for j in range(n) if mask >> j & 1]
                answer = self._answer(used, tight)
                if answer is None:
                    return False
                if min(answer) >= 0:
                    self._keep(self._strategy(0, used, weights), self._strategy(1, tight, answer))
                if self._time_is_up:
                    return True
            if self._time_is_up:
                break
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
        second = VertexSearch(self.own.table, self.own.scale)
        blocks: list[Block] = []
        for block in second.blocks():
            if block.restart:
                blocks.clear()
                continue
            blocks.append(block)
            if self._time_is_up:
                return False
        self.vertices += sum(len(block.base) for block in blocks)
        if self.search.remaining is not None and self.search.remaining < _SORTING * self.vertices:
            return False
        m, n = self.own.table.shape
        ours, theirs = _vertices(held), _vertices(blocks, without=((1 << n) - 1) << m)
        known: tuple[dict[int, _Strategy], dict[int, _Strategy]] = {}, {}
        sides = (first.exact, ours[1], known[0]), (second.exact, theirs[1], known[1])
        self._begin_anew()
        for pairs in matches(ours[0], theirs[0], better, (m, n)):
            for pair in pairs:
                for player, (place, (exact, bases, seen)) in enumerate(zip(pair, sides, strict=True)):
                    if place not in seen:
                        seen[place] = self._strategy(player, *exact.vertex(int(bases[place])))
                self._keep(known[0][pair[0]], known[1][pair[1]])
                if self._time_is_up:
                    return False
            if self._time_is_up:
                return False
        return True

    def _strategy(self, player: int, actions: Sequence[int], weights: Sequence[int]) -> _Strategy:
        """Return the strategy of the first (0) or the other player (1) that has these weights, with its replies."""
        size = self.own.table.shape[player]
        payoffs, table = (self.other, self.exact[1]) if player == 0 else (self.own, self.exact[0])
        total, column, chances, used = sum(weights), [0] * size, [_ZERO] * size, 0
        support = []
        for action, weight in zip(actions, weights, strict=True):
            if weight:
                column[action] = weight
                chances[action] = Fraction(weight, total)
                used |= 1 << action
                support.append(action)
        values = (table * fmpz_mat(size, 1, column)).entries()
        highest = max(values)
        best = sum(1 << place for place, value in enumerate(values) if value == highest)
        pays = Fraction(int(highest) + payoffs.offset * total, payoffs.denominator * total)
        return _Strategy(tuple(chances), tuple(support), used, best, pays)

    def _keep(self, x: _Strategy, y: _Strategy) -> None:
        """Keep a pair of strategies if both use best responses only: then nobody has any regret."""
        if x.used & ~y.best == 0 and y.used & ~x.best == 0:
            self.pairs.append((y, x) if self.swapped else (x, y))
            self.found += 1
            shown = listable(self.game)
            if len(self.pairs) >= _KEPT * shown:
                # Only the first ones are ever listed; millions would exhaust the memory.
                self.pairs = _in_order(self.pairs)[:shown]

    def _add_pure(self) -> None:
        """Keep all pure equilibria that are not yet held."""
        found = self.found
        single = {(x.used, y.used) for x, y in self.pairs}
        for actions in pure_equilibria(self.game, exactly=True).actions[: listable(self.game)].tolist():
            if (1 << actions[0], 1 << actions[1]) not in single:
                x, y = reversed(actions) if self.swapped else actions
                self._keep(self._strategy(0, [x], [1]), self._strategy(1, [y], [1]))
        # Some may have been counted before, and let go.
        self.found = max(found, len(self.pairs))

    def _begin_anew(self) -> None:
        """Set apart what was found, which is found again unless the search is stopped."""
        self.early += self.pairs
        self.pairs, self.found = [], 0

    def _recall(self) -> None:
        """Take back what was set apart and not found again; the inequalities that are tight tell vertices apart."""
        known = {(x.used, x.best, y.used, y.best) for x, y in self.pairs}
        for x, y in self.early:
            name = x.used, x.best, y.used, y.best
            if name not in known:
                known.add(name)
                self.pairs.append((x, y))
        self.found = max(self.found, len(self.pairs))

    @property
    def _time_is_up(self) -> bool:
        """Whether only the time is left that the answer needs to be written."""
        remaining = self.search.remaining
        return remaining is not None and remaining <= _WRITING * len(self.pairs) * sum(self.game.num_actions)

    def answer(self, stopped: str) -> Equilibria:
        """Return the equilibria found, and what is known about the list."""
        if stopped:
            self._recall()
            self._add_pure()
        profiles = tuple(Profile((x.chances, y.chances), (y.pays, x.pays), _ZERO) for x, y in _in_order(self.pairs))
        complete: bool | None = True
        reason = f"all {self.vertices:,} bases of the best-response polytopes were enumerated, with proved comparisons"
        if stopped:
            complete = None
            reason = f"{stopped} after {self.vertices:,} bases; there may be more mixed equilibria"
        shown = listable(self.game)
        count = max(self.found, len(profiles))
        if count > shown:
            number = f"{stopped}; at least {count:,}" if stopped else f"{count:,}"
            complete, reason = False, f"{number} extreme equilibria, of which the first {shown:,} are listed"
        notes = ("the game is degenerate",) if self.degenerate else ()
        return Equilibria(
            self.game, "enumeration", profiles[:shown], complete, reason, exact=True, components=(), notes=notes
        )


def _vertices(blocks: Iterable[Block], without: int = -1) -> tuple[Masks, Masks]:
    """Return the label sets of all vertices, each one once, and one basis of each; all but one that is not wanted."""
    held = list(blocks)
    full, places = np.unique(np.concatenate([block.full for block in held]), return_index=True)
    base = np.concatenate([block.base for block in held])[places]
    # The point 0 is no strategy.
    kept = base != np.uint64(without) if without >= 0 else slice(None)
    return full[kept], base[kept]


def _in_order(pairs: Sequence[tuple[_Strategy, _Strategy]]) -> list[tuple[_Strategy, _Strategy]]:
    """Return the pairs in canonical order.

    Raises
    ------
    CertificateError
        A pair of strategies stands there twice.
    """
    ranks = [_ranked({id(pair[side]): pair[side] for pair in pairs}) for side in (0, 1)]
    keyed = sorted(((ranks[0][id(x)], ranks[1][id(y)]), place) for place, (x, y) in enumerate(pairs))
    if any(a[0] == b[0] for a, b in pairwise(keyed)):
        raise CertificateError("the enumeration gave an equilibrium twice; please report this game")
    return [pairs[place] for _, place in keyed]


def _ranked(strategies: dict[int, _Strategy]) -> dict[int, int]:
    """Return the places of strategies in canonical order: by supports, then by probabilities, higher ones first.

    Equal strategies that were found apart have equal places.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for name, strategy in strategies.items():
        groups.setdefault(strategy.support, []).append(name)
    places: dict[int, int] = {}
    place = -1
    for support in sorted(groups):
        names = groups[support]
        # Fractions are slow to compare, and most supports have one strategy only.
        if len(names) > 1:
            names.sort(key=lambda name: strategies[name].chances, reverse=True)
        before = None
        for name in names:
            chances = strategies[name].chances
            place += chances != before
            places[name], before = place, chances
    return places
