r"""Stored logit quantal response equilibria: the distance from the fixed point, recomputed.

Every player's probabilities must be in proportion to :math:`e^{\lambda u_i(a, \sigma_{-i})}` (McKelvey and Palfrey
1995), with payoffs in their own units, or divided by each player's range when ``unit`` is ``"span"``.  Expected payoffs
are computed in fractions of the stored probabilities, only the exponentials in floats.  The residual is the largest
difference between a probability and the logit response.  Points of a branch are ``[lambda, probabilities of all
players' actions in order]``, and each is checked too.  Not checked: that the points lie on one branch, where
it turns, and that it leads to the limit stated, which is checked like any equilibrium.
Tested on closed forms and by changed numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import exp
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, listed
from bargain.certificates.games.equilibria import check_profiles, read_equilibria
from bargain.certificates.games.strategies import all_exact, defect, read_profile
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import FLOATS, checked, left_open
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["check_quantal", "residual"]

_FIXED = 1e-7
"""Largest residual of a fixed point."""


def check_quantal(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of a stored logit equilibrium."""
    unit = solution.get("unit", "payoff")
    if unit not in ("payoff", "span"):
        raise FormError("lambda is in units of payoffs, or of spans")
    profile, rationality = read_profile(solution["profile"], game), amount(solution["lambda"])
    found, stated = residual(game, profile, rationality, unit, work), amount(solution["residual"])
    where = None
    if solution.get("branch") is not None:
        # The residual is the largest of all points.
        points, where = _branch(solution["branch"], game, unit, work)
        found = max(found, points)
    words, share = "the strategies are the logit responses to each other", "probability"
    checks = [
        checked("every strategy is a distribution", max(map(defect, profile)), FLOATS, unit=share),
        checked(words, max(found, abs(stated)), _FIXED, where, method="exponentials in floats", unit=share),
        checked("the residual is as stated", abs(found - stated), FLOATS, unit=share),
    ]
    if solution.get("payoffs") is not None:
        stated_payoffs = map(amount, by_name(solution["payoffs"], game.players, "the payoffs"))
        gap = max(abs(_mean(game, i, profile, work) - u) / game.scale(i) for i, u in enumerate(stated_payoffs))
        checks.append(checked("the strategies give these payoffs", gap, FLOATS))
    if solution.get("limit") is not None:
        checks += _limit(solution["limit"], game, work)
    if solution.get("turns"):
        checks.append(left_open("the branch turns back at these lambdas", "there is no evidence for them"))
    return checks


def _limit(stored: Any, game: Table, work: Work) -> list[Certificate]:
    """Check the profile that a branch approaches like any equilibrium; that it approaches it is left open."""
    exact = all_exact([stored["profile"], stored["payoffs"], stored["regret"]])
    found = read_equilibria([stored], game)
    checks = [replace(check, claim=f"limit: {check.claim}") for check in check_profiles(game, found, exact, work)]
    return [*checks, left_open("the branch leads to the limit", "points of the branch are checked one by one")]


def _mean(game: Table, player: int, profile: Sequence[Strategy], work: Work) -> Fraction:
    values = game.values(player, profile, work)
    return sum((p * values[a] for a, p in profile[player].items()), start=Fraction(0))


def residual(game: Table, profile: Sequence[Strategy], rationality: Fraction, unit: str, work: Work) -> Fraction:
    """Return the largest difference between a probability and the logit response, as the fraction that a float is.

    Raises
    ------
    FormError
        Lambda is negative.

    Examples
    --------
    >>> game = Table(("1",), (("a", "b"),), ([1, 0],), (1,))
    >>> even = ({0: Fraction(1, 2), 1: Fraction(1, 2)},)
    >>> residual(game, even, Fraction(0), "payoff", Work())
    Fraction(0, 1)
    """
    if rationality < 0:
        raise FormError("lambda is negative")
    worst = Fraction(0)
    for player, strategy in enumerate(profile):
        values = game.values(player, profile, work)
        scale = (game.span(player) or Fraction(1)) if unit == "span" else Fraction(1)
        powers = [_power(rationality * (value - max(values)) / scale) for value in values]
        total = sum(powers)
        for action, power in enumerate(powers):
            worst = max(worst, abs(strategy.get(action, Fraction(0)) - Fraction(power / total)))
    return worst


def _power(exponent: Fraction) -> float:
    # Below -800 the exponential is 0 in floats.
    return exp(float(max(exponent, Fraction(-800))))


def _branch(stored: Any, game: Table, unit: str, work: Work) -> tuple[Fraction, str | None]:
    width = 1 + sum(game.sizes)
    worst, where = Fraction(0), None
    for number, row in enumerate(listed(stored, "the branch"), start=1):
        point = list(map(amount, listed(row, "a point of the branch")))
        if len(point) != width:
            raise FormError(f"a point of the branch has {len(point)} numbers, not {width}")
        profile, start = [], 1
        for size in game.sizes:
            profile.append(dict(enumerate(point[start : start + size])))
            start += size
        gap = residual(game, profile, point[0], unit, work)
        if gap > worst:
            worst, where = gap, f"point {number}"
    return worst, where
