"""A list of equilibria in memory: regret of each, components, and whether the list is complete.

The profiles are checked one by one by :mod:`bargain.certificates.regret`; components and completeness by the code that
checks stored results, in plain fractions.  Tested on complete lists, and on lists from which one was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import common
from bargain.certificates.games.components import Subset
from bargain.certificates.games.equilibria import Claims, Listed, check_list
from bargain.certificates.games.parts import numbered
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import left_open
from bargain.certificates.games.work import Work
from bargain.certificates.regret import certify_equilibrium
from bargain.games.normal_form import NormalFormGame
from bargain.results import Certificate, Equilibria

__all__ = ["MOST_LISTED", "certify_equilibria", "table_of"]

MOST_LISTED = 500_000
"""Payoffs up to which a list in memory is checked as a whole; reading more takes seconds."""


def certify_equilibria(found: Equilibria) -> tuple[Certificate, ...]:
    """Return a certificate for every equilibrium of a list, and those of its components and completeness.

    Examples
    --------
    >>> from bargain.results import Profile
    >>> one, zero = Fraction(1), Fraction(0)
    >>> game = NormalFormGame.from_payoffs([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    >>> first = Profile(((one, zero), (one, zero)), (one, one), zero)
    >>> guess = Equilibria(game, "a guess", (first,), True, "there is only one", exact=True)
    >>> [check.claim for check in certify_equilibria(guess) if check.refuted]
    ['complete: no equilibrium is missing']
    """
    checks = [certify_equilibrium(found.game, profile) for profile in found]
    if found.complete is None and not found.components:
        return tuple(checks)
    if found.game.payoffs.size > MOST_LISTED:
        words = "components and completeness"
        return (*checks, left_open(words, f"too large: a game of more than {MOST_LISTED:,} payoffs"))
    if found.parts and found.complete is False:
        # The parts say how many products there are; more than are listed.
        return tuple(checks)
    listed = [
        Listed(_profile(each.strategies), tuple(Fraction(payoff) for payoff in each.payoffs), Fraction(each.regret))
        for each in found
    ]
    subsets = [
        Subset(
            tuple(tuple(map(_strategy, side)) for side in each.strategies),
            each.profiles,
            each.dimension,
            each.connected,
        )
        for each in found.components
    ]
    parts = found.game.parts
    digits = None if parts is None else [tuple(numbered(own.tolist()) for own in part.digits) for part in parts]
    claims = Claims(listed, subsets, found.complete, found.exact, digits)
    return (*checks, *check_list(table_of(found.game), claims, Work(), definition=False))


def table_of(game: NormalFormGame) -> Table:
    """Return a game's payoffs as whole numbers."""
    rows, denominators = [], []
    for player in range(game.num_players):
        source: Any = game.payoffs if game.fractions is None else game.fractions
        whole, shared = common(map(Fraction, source[player].ravel().tolist()))
        rows.append(whole)
        denominators.append(shared)
    return Table(game.players, game.actions, tuple(rows), tuple(denominators), game.rational)


def _profile(strategies: Sequence[Any]) -> tuple[Strategy, ...]:
    return tuple(map(_strategy, strategies))


def _strategy(strategy: Any) -> Strategy:
    return {action: Fraction(chance) for action, chance in enumerate(strategy) if chance != 0}
