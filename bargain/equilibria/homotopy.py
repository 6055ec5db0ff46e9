r"""One or several equilibria of games with many players, each with a proven bound on its regret.

Paths of logit equilibria lead from priors to equilibria (``logit_path``). On the way, the actions in use are guessed,
and Newton's method on their indifference conditions is tried; an answer counts when its exact regret is at most
:data:`REGRET` of the payoff range. The list is never claimed to be complete. Tested by the certificate of regret, and
against the complete lists of small games.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.dyadic import dyadic_profile
from bargain.equilibria.logit_path import deviations, follow, polish
from bargain.equilibria.profiles import canonical, is_exact, make_profile, pure_strategies
from bargain.equilibria.rational_roots import linear_solution
from bargain.equilibria.search import Search
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["PATHS", "REGRET", "homotopy_equilibria"]

Floats = NDArray[np.float64]

REGRET = 1e-9
"""Largest regret of what counts as an equilibrium, as a fraction of the payoff range."""

PATHS = 4
"""Priors from which paths are followed when all equilibria are wanted: the uniform one, and random ones."""

_NEAR = 1e-6
"""Profiles that differ by less in every probability are taken for the same."""


def homotopy_equilibria(game: NormalFormGame, search: Search | None = None) -> Equilibria:
    """Return equilibria at the ends of paths of logit equilibria.

    Parameters
    ----------
    game : NormalFormGame
        Two or more players.
    search : Search, optional
        One path is followed when one equilibrium is wanted, else :data:`PATHS`; the deadline stops between two points,
        and an interrupt from the keyboard at once.

    Returns
    -------
    Equilibria
        ``complete`` is None: there may be more.  Equilibria in which at most two players mix are exact.

    References
    ----------
    McKelvey and Palfrey (1995), "Quantal response equilibria for normal form games"; Turocy (2005), "A dynamic
    homotopy interpretation of the logistic quantal response equilibrium correspondence".

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> homotopy_equilibria(pennies)[0].strategies[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    search = Search() if search is None else search
    payoffs = game.normalised()
    found: list[Profile] = []
    followed, lost, stopped = 0, 0, ""
    try:
        for prior in _priors(game, PATHS if search.all else 1):
            if search.expired:
                break
            profile = _end(game, payoffs, prior, search)
            followed += 1
            if profile is None:
                lost += 1
            elif not any(_same(profile, old) for old in found):
                found.append(profile)
    except KeyboardInterrupt:
        stopped = "interrupted"
    kept = [profile for profile in found if is_exact(profile)] if search.exact else found
    reason = f"equilibria at the end of {followed} path{'s' * (followed != 1)} of logit equilibria; there may be others"
    if lost:
        reason += f"; {lost} path{'s' * (lost != 1)} led to none"
    if not stopped and search.expired:
        stopped = f"stopped at the time limit of {search.time_limit:g} s"
    if stopped:
        reason = f"{stopped}; {reason}"
    if len(kept) < len(found):
        reason += f"; {len(found) - len(kept)} could not be written as fractions (ask for exact=False)"
    exact = all(map(is_exact, kept))
    return Equilibria(game, "homotopy", canonical(kept), None, reason, exact)


def _priors(game: NormalFormGame, count: int) -> list[list[Floats]]:
    """Return the uniform prior and random ones, the same for every game of the same size."""
    rng = np.random.default_rng(0)
    uniform = [np.full(size, 1 / size) for size in game.num_actions]
    return [uniform, *([rng.dirichlet(np.ones(size)) + 1e-6 for size in game.num_actions] for _ in range(count - 1))]


def _end(game: NormalFormGame, payoffs: Floats, prior: Sequence[Floats], search: Search) -> Profile | None:
    """Follow a path until a proven equilibrium is near."""
    prior = [part / part.sum() for part in prior]
    for number, strategies in enumerate(follow(payoffs, prior)):
        if search.expired:
            return None
        regret = _regret(payoffs, strategies)
        if regret > 0.1 or (number % 3 and regret > 1e-4):
            continue
        for least in (0.05, 0.01, 1e-3, 1e-6):
            guess = polish(payoffs, strategies, least)
            if guess is not None and _regret(payoffs, guess) <= REGRET:
                profile = _proved(game, guess)
                if float(profile.regret) <= REGRET * max(game.spans):
                    return profile
    return None


def _regret(payoffs: Floats, strategies: Sequence[Floats]) -> float:
    """Return the largest gain from deviating, as a fraction of the payoff range."""
    paid = deviations(payoffs, strategies)
    return max(float(values.max() - values @ strategy) for values, strategy in zip(paid, strategies, strict=True))


def _proved(game: NormalFormGame, strategies: Sequence[Floats]) -> Profile:
    """Return the equilibrium in fractions when at most two players mix, else in floats with exact regret."""
    supports = [tuple(int(a) for a in np.flatnonzero(strategy)) for strategy in strategies]
    mixing = sum(len(support) > 1 for support in supports)
    exact = None
    if mixing == 0:
        exact = pure_strategies(game.num_actions, [support[0] for support in supports])
    elif mixing == 2:
        solved = linear_solution(game, supports)
        exact = solved if isinstance(solved, tuple) else None
    if exact is not None:
        profile = make_profile(game, exact)
        if profile.regret == 0:
            return profile
    return dyadic_profile(game, strategies)


def _same(one: Profile, two: Profile) -> bool:
    gaps = (
        abs(float(p) - float(q))
        for left, right in zip(one.strategies, two.strategies, strict=True)
        for p, q in zip(left, right, strict=True)
    )
    return max(gaps) < _NEAR
