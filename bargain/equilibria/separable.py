"""Equilibria of a game with separable parts: the products of the parts' equilibria.

A profile is an equilibrium of the whole exactly when its marginals on every part are (Folmer, van Mouche and Ragland
1993), so parts are solved one by one.  The payoffs of the whole game are compared with the sums of the parts' payoffs,
entry by entry: what rounding changed bounds the regret of every product.  Tested against the equilibria found on the
whole game without its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.profiles import is_exact, rounded
from bargain.equilibria.pure import listable
from bargain.equilibria.search import Search
from bargain.errors import CertificateError
from bargain.games.decomposition import join_strategies, largest_difference
from bargain.games.normal_form import GamePart, NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["part_constants", "solve_parts"]

SUM_TOLERANCE = 1e-9
"""Payoffs may differ from the sums of the parts' payoffs by this fraction of the payoff range, from rounding."""

_EVALUATED = 20_000_000
"""Payoffs times products up to which every regret is evaluated on the whole game, instead of bounded."""

_TOGETHER = 64
"""Products that are made at a time."""

Floats = NDArray[np.float64]
Solver = Callable[[NormalFormGame, Search], Equilibria]


def solve_parts(game: NormalFormGame, search: Search, solver: Solver) -> Equilibria:
    """Solve every part and return the products.

    Parameters
    ----------
    game : NormalFormGame
        A game with parts.
    search : Search
        What is wanted.
    solver : callable
        Solves one part.

    Raises
    ------
    CertificateError
        The parts do not add up to the game.
    """
    parts = game.parts or ()
    solved = [solver(part.game, search) for part in parts]
    count = prod(len(each) for each in solved)
    shown = listable(game) if search.all else 1
    # The parts' orders make the order of the products; different marginals never give the same profile.
    profiles = tuple(islice(_products(game, solved, search, 2 * _rounding(game)), shown))
    complete, reason = _completeness(solved, count, len(profiles), search)
    return Equilibria(
        game=game,
        method=f"parts ({', '.join(sorted({each.method for each in solved}))})",
        profiles=profiles,
        complete=complete,
        reason=reason,
        exact=search.exact and all(map(is_exact, profiles)),
        parts=tuple(solved) if search.all and count > len(profiles) else (),
        notes=_notes(solved),
    )


def _products(game: NormalFormGame, solved: Sequence[Equilibria], search: Search, slack: float) -> Iterator[Profile]:
    """Yield the products: exact ones are equilibria because their parts are, others have a bound on their regret."""
    constants = part_constants(game)
    if not (search.exact and all(is_exact(profile) for each in solved for profile in each)):
        yield from _rounded_products(game, solved, search, slack)
        return
    for chosen in product(*solved):
        if search.expired:
            return
        payoffs = tuple(
            constant + sum((profile.payoffs[i] for profile in chosen), Fraction(0))
            for i, constant in enumerate(constants)
        )
        regret = sum((profile.regret for profile in chosen), Fraction(0))
        yield Profile(join_strategies(game, [profile.strategies for profile in chosen]), payoffs, regret)


class _Factors(NamedTuple):
    """The equilibria of a part, one a row: strategies by actions of the whole game, payoffs and regrets."""

    strategies: list[Floats]
    payoffs: Floats
    regrets: Floats

    def rows(self, places: Any) -> _Factors:
        """Return some of the equilibria."""
        return _Factors([each[places] for each in self.strategies], self.payoffs[places], self.regrets[places])

    def times(self, other: _Factors) -> _Factors:
        """Return the products of one equilibrium with several of another part."""
        pairs = zip(self.strategies, other.strategies, strict=True)
        return _Factors([a * b for a, b in pairs], self.payoffs + other.payoffs, self.regrets + other.regrets)


def _rounded_products(
    game: NormalFormGame, solved: Sequence[Equilibria], search: Search, slack: float
) -> Iterator[Profile]:
    *leading, last = [_factors(part, each) for part, each in zip(game.parts or (), solved, strict=True)]
    constants = np.array([float(constant) for constant in part_constants(game)])
    few = game.payoffs.size * prod(map(len, solved)) <= _EVALUATED
    for chosen in product(*(range(len(each.regrets)) for each in leading)):
        first = _Factors([np.ones(size) for size in game.num_actions], np.zeros(game.num_players), np.zeros(()))
        for place, factors in zip(chosen, leading, strict=True):
            first = first.times(factors.rows(place))
        for start in range(0, len(last.regrets), _TOGETHER):
            if search.expired:
                return
            made = first.times(last.rows(slice(start, start + _TOGETHER)))
            for each in made.strategies:
                each.setflags(write=False)
            payoffs, bounds = (constants + made.payoffs).tolist(), (made.regrets + slack).tolist()
            for pays, bound, *strategies in zip(payoffs, bounds, *made.strategies, strict=True):
                yield Profile(tuple(strategies), tuple(pays), max(game.regrets(strategies)) if few else bound)


def _factors(part: GamePart, found: Equilibria) -> _Factors:
    """Return the equilibria of a part in floats."""
    profiles = list(map(rounded, found))
    strategies = [
        np.array([profile.strategies[i] for profile in profiles]).reshape(len(profiles), -1)[:, digits]
        for i, digits in enumerate(part.digits)
    ]
    payoffs = np.array([profile.payoffs for profile in profiles], dtype=float).reshape(len(profiles), -1)
    return _Factors(strategies, payoffs, np.array([profile.regret for profile in profiles], dtype=float))


def part_constants(game: NormalFormGame) -> tuple[Fraction, ...]:
    """Return what every player gets besides its payoffs in the parts, read off the first profile."""
    first = [[0]] * game.num_players
    whole = game.exact_block(None, first).ravel()
    pieces = [
        part.game.exact_block(None, [[int(digits[0])] for digits in part.digits]).ravel() for part in game.parts or ()
    ]
    return tuple(u - sum((piece[i] for piece in pieces), Fraction(0)) for i, u in enumerate(whole))


def _rounding(game: NormalFormGame) -> float:
    """Return the largest difference between the payoffs and the sums of the parts' payoffs.

    Raises
    ------
    CertificateError
        It is more than rounding.
    """
    largest = 0.0
    for i, constant in enumerate(part_constants(game)):
        difference = largest_difference(game, i, float(constant))
        size = max(game.spans[i], abs(float(constant)))
        if difference > SUM_TOLERANCE * size:
            raise CertificateError(
                f"the parts do not add up to the game: payoffs of player {game.players[i]} differ by {difference:g}"
            )
        largest = max(largest, difference)
    return largest


def _completeness(solved: Sequence[Equilibria], count: int, shown: int, search: Search) -> tuple[bool | None, str]:
    flags = [each.complete for each in solved]
    if not search.all:
        return None, "one equilibrium was asked for"
    if count > shown:
        why = "time ran out" if search.expired else "too many to list"
        return False, f"{count:,} products of the parts' equilibria, of which {shown:,} are listed ({why})"
    first = next((k for k, flag in enumerate(flags) if flag is not True), None)
    if first is None:
        return True, f"all products of the equilibria of {len(solved)} separable parts, each of which is complete"
    doubtful = False if False in flags else None
    return doubtful, f"part {first + 1} of {len(solved)}: {solved[first].reason}"


def _notes(solved: Sequence[Equilibria]) -> tuple[str, ...]:
    notes = [f"part {k}: {note}" for k, each in enumerate(solved, start=1) for note in each.notes]
    mixing = [any(profile.pure is None for profile in each) for each in solved]
    if sum(mixing) > 1:
        notes.append(
            "players mix in several parts: joint strategies with the same marginals on every part are equilibria too"
        )
    return tuple(notes)
