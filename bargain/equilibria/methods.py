"""The methods by name: what each takes, whether its list is complete, and the one entry to all of them.

Tested by one table of methods against kinds of games.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

from bargain.equilibria.auto import active_players, solve_auto, solve_extreme
from bargain.equilibria.late import on_demand
from bargain.equilibria.many_players import solve_reduced
from bargain.equilibria.profiles import (
    is_constant_sum,
    is_exact,
    make_profile,
    rounded,
    rounded_component,
    to_two_players,
    with_idle_players,
)
from bargain.equilibria.pure import solve_pure
from bargain.equilibria.search import Search
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import eliminate_dominated
from bargain.results import Equilibria

__all__ = ["METHODS", "Method", "equilibria"]

OFFSET = 1e-12
"""Float payoffs with a smaller range than this, as a fraction of their size, get a note."""

Solver = Callable[[NormalFormGame, Search], Equilibria]

_solve_by_nashpy = on_demand("nashpy_games:solve_by_nashpy")
_solve_zero_sum = on_demand("zero_sum:solve_zero_sum")
_solve_lemke_howson = on_demand("lemke_howson:solve_lemke_howson")


@dataclass(frozen=True, slots=True)
class Method:
    """A way to find equilibria: what it does, which games it takes, and what is known about its list."""

    name: str
    title: str
    games: str
    complete: str
    source: str
    solve: Solver


def equilibria(
    game: NormalFormGame, method: str = "auto", all: bool = True, exact: bool = False, time_limit: float | None = None
) -> Equilibria:
    """Find the Nash equilibria of a game, and say whether these are all.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; games with separable parts are solved part by part.
    method : str
        A name in :data:`METHODS`; "auto" takes the game apart and picks what can be proved.
    all : bool
        Whether all equilibria are wanted, or one (a pure one if there is any).
    exact : bool
        Whether strategies and payoffs are given as Fractions.  Otherwise they are floats: of two-player games the exact
        numbers, rounded.
    time_limit : float, optional
        Seconds; when they are over, what was found is returned and said not to be known to be all.

    Returns
    -------
    Equilibria
        In canonical order, with ``complete`` and the reason.  In degenerate games, all *extreme* equilibria.

    Raises
    ------
    ValueError
        The method is not known, or the time limit is not positive.
    UnsupportedGameError
        The method does not take the game.
    NotSolvedError
        No equilibrium could be proved although one was asked for by ``exact``, or a method failed.

    See Also
    --------
    bargain.certificates.regret.certify_equilibrium : Checks any profile from the definition.

    Examples
    --------
    Chicken has two pure equilibria and a mixed one:

    >>> chicken = NormalFormGame.from_payoffs([[[0, 7], [2, 6]], [[0, 2], [7, 6]]])
    >>> found = equilibria(chicken, exact=True)
    >>> found.complete, [profile.payoffs for profile in found][1]
    (True, (Fraction(14, 3), Fraction(14, 3)))
    """
    if method not in METHODS:
        nearest = get_close_matches(method, METHODS, n=1, cutoff=0.4)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"unknown method {method!r}; known are {', '.join(METHODS)}{hint}")
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit is {time_limit}; it must be a positive number of seconds")
    found = METHODS[method].solve(game, Search.start(all, exact, time_limit))
    found = replace(found, notes=(*found.notes, *_rounding_notes(game)))
    if not exact:
        profiles = tuple(map(rounded, found))
        components = tuple(map(rounded_component, found.components))
        return replace(found, profiles=profiles, components=components, exact=False)
    if not_exact := sum(not is_exact(profile) for profile in found):
        raise NotSolvedError(f"{method}: {not_exact} equilibria could not be proved exactly; ask for exact=False")
    return replace(found, exact=True)


def _rounding_notes(game: NormalFormGame) -> tuple[str, ...]:
    """Warn when float payoffs have a common offset so large that what tells them apart may be rounding."""
    if game.rational:
        return ()
    sizes = [max(float(table.max()), -float(table.min())) for table in game.payoffs]
    return tuple(
        f"the payoffs of player {name} differ by less than {OFFSET:g} of their size, so that what tells them apart may "
        "be rounding; subtract a constant before building the game"
        for name, span, size in zip(game.players, game.spans, sizes, strict=True)
        if 0 < span < OFFSET * size
    )


def _extreme(game: NormalFormGame, search: Search) -> Equilibria:
    reduction = eliminate_dominated(game)
    _need_two_players("extreme", reduction.game)
    return solve_extreme(game, search, reduction)


def _many(game: NormalFormGame, search: Search, method: str) -> Equilibria:
    reduction = eliminate_dominated(game, mixed=True)
    if len(active_players(reduction.game)) > 2:
        return solve_reduced(method, reduction, search)
    found = solve_extreme(game, search, reduction)
    return replace(found, notes=(*found.notes, f"solved by `extreme` instead of {method}: at most two players choose"))


def _nashpy(game: NormalFormGame, search: Search, method: str) -> Equilibria:
    active = _need_two_players(method, game)
    pair = to_two_players(game, active) if len(active) == 2 else None
    if pair is None or min(pair.spans) == 0:
        # nashpy fails on a single row or column and on constant payoffs; these games are solved directly.
        found = solve_extreme(game, search)
        return replace(found, notes=(*found.notes, f"solved directly, because {method} fails on such games"))
    answer: Equilibria = _solve_by_nashpy(pair, search, method)
    profiles = tuple(make_profile(game, with_idle_players(game, active, profile.strategies)) for profile in answer)
    return replace(answer, game=game, profiles=profiles)


def _lemke_howson(game: NormalFormGame, search: Search) -> Equilibria:
    active = _need_two_players("lemke-howson", game)
    if len(active) < 2:
        return solve_extreme(game, search)
    pair = to_two_players(game, active)
    answer: Equilibria = _solve_lemke_howson(pair, search)
    # The regret is kept: for a profile of floats it is a bound that covers rounding.
    profiles = tuple(
        replace(profile, strategies=strategies, payoffs=game.expected_payoffs(strategies))
        for profile in answer
        for strategies in [with_idle_players(game, active, profile.strategies)]
    )
    return replace(answer, game=game, profiles=profiles)


def _zero_sum(game: NormalFormGame, search: Search) -> Equilibria:
    if not is_constant_sum(game):
        raise UnsupportedGameError(
            "zero-sum needs two players whose payoffs add up to a constant; use method `auto` or `extreme`"
        )
    solved: Equilibria = _solve_zero_sum(game, search)
    return solved


def _need_two_players(method: str, game: NormalFormGame) -> tuple[int, ...]:
    active = active_players(game)
    if len(active) > 2:
        raise UnsupportedGameError(
            f"{method} takes games in which two players have a choice; here {len(active)} have; "
            "use method `auto` or `pure`"
        )
    return active


_TWO = "two players with a choice"

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("auto", "parts, dominance, then what can be proved", "all", "said in the result", "", solve_auto),
        Method("pure", "best responses of all profiles at once", "all", "all pure ones", "Nash 1951", solve_pure),
        Method(
            "extreme",
            "vertices of the best-response polytopes, proved exactly",
            _TWO,
            "yes, up to 20 x 20 actions",
            "Avis, Rosenberg, Savani and von Stengel 2010",
            _extreme,
        ),
        Method(
            "lemke-howson",
            "complementary pivoting from many labels, its ends proved exactly",
            _TWO,
            "not known; one per label",
            "Lemke and Howson 1964; von Stengel 2002",
            _lemke_howson,
        ),
        Method(
            "polynomial",
            "support profiles, each by interval branch and bound",
            "small games with any number of players",
            "yes, or the reason why not",
            "Porter, Nudelman and Shoham 2008; Neumaier 1990",
            partial(_many, method="polynomial"),
        ),
        Method(
            "homotopy",
            "paths of logit equilibria",
            "all",
            "some, with a proven regret",
            "McKelvey and Palfrey 1995; Turocy 2005",
            partial(_many, method="homotopy"),
        ),
        Method("zero-sum", "linear program", "two players, constant sum", "one", "von Neumann 1928", _zero_sum),
        Method(
            "nashpy-support",
            "nashpy's support enumeration",
            _TWO,
            "not known; nondegenerate games only",
            "Knight and Campbell 2018; Nisan et al. 2007, algorithm 3.4",
            partial(_nashpy, method="nashpy-support"),
        ),
        Method(
            "nashpy-vertex",
            "nashpy's vertex enumeration",
            _TWO,
            "not known",
            "Knight and Campbell 2018; Nisan et al. 2007, algorithm 3.5",
            partial(_nashpy, method="nashpy-vertex"),
        ),
        Method(
            "nashpy-lemke-howson",
            "nashpy's complementary pivoting from every label",
            _TWO,
            "one per label",
            "Lemke and Howson 1964",
            partial(_nashpy, method="nashpy-lemke-howson"),
        ),
    )
}
