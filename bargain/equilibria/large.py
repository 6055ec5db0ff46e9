r"""One equilibrium of a two-player game, however large, the cheapest way first.

1. A pure equilibrium, if there is one: large random games have one with probability 1 - 1/e (Goldberg, Goldman and
   Newman 1968).
2. Strictly dominated actions are eliminated, which keeps the equilibria.
3. Paths of Lemke and Howson from many labels; see :mod:`bargain.equilibria.lemke_howson`.

Nothing is enumerated, so the answer never claims to be complete.  Tested by regret from the definition on random,
degenerate, scaled and permuted games, and by membership in the list of extreme equilibria of small ones.
"""

from __future__ import annotations

from dataclasses import replace

from bargain.equilibria.lemke_howson import solve_lemke_howson
from bargain.equilibria.profiles import is_exact, make_profile, to_two_players, with_idle_players
from bargain.equilibria.pure import pure_equilibria, pure_profiles
from bargain.equilibria.search import Search
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction, eliminate_dominated
from bargain.results import Equilibria, Profile

__all__ = ["solve_one"]

_ONE = "one equilibrium was asked for"


def solve_one(game: NormalFormGame, search: Search) -> Equilibria:
    """Return one equilibrium of a game in which at most two players have a choice.

    Parameters
    ----------
    game : NormalFormGame
        Two players with a choice after elimination of strictly dominated actions, and any number of others.
    search : Search
        Its deadline stops the search; then there may be no profile.

    Returns
    -------
    Equilibria
        One profile, exact with regret zero.  A profile of floats, with an upper bound as its regret and a note, when
        none could be proved; no profile at the time limit.

    Raises
    ------
    UnsupportedGameError
        More than two players have a choice, and there is no pure equilibrium.

    Examples
    --------
    >>> pennies = NormalFormGame.from_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> solve_one(pennies, Search())[0].strategies[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    found = pure_equilibria(game, exactly=True)
    if len(found.actions):
        first = found._replace(actions=found.actions[:1])
        return Equilibria(game, "pure", pure_profiles(game, first, exact=True), None, _ONE, exact=True)
    reduction = eliminate_dominated(game)
    active = [i for i, size in enumerate(reduction.game.num_actions) if size > 1]
    if len(active) != 2:
        raise UnsupportedGameError(
            f"one mixed equilibrium is found for two players with a choice; here {len(active)} have; use method `pure`"
        )
    pair = to_two_players(reduction.game, active)
    solved = solve_lemke_howson(pair, replace(search, all=False))
    profiles = tuple(_lifted(reduction, active, profile) for profile in solved)
    return replace(solved, game=game, profiles=profiles, notes=(*solved.notes, *_notes(reduction)))


def _lifted(reduction: Reduction, active: list[int], profile: Profile) -> Profile:
    """Return a profile of the two players that have a choice as one of the original game."""
    strategies = reduction.lift(with_idle_players(reduction.game, active, profile.strategies))
    lifted = make_profile(reduction.original, strategies)
    # A dominated action never pays more, so the bound that holds for the reduced game holds for the original one.
    return lifted if is_exact(profile) else replace(lifted, regret=profile.regret)


def _notes(reduction: Reduction) -> tuple[str, ...]:
    if not reduction.log:
        return ()
    count, rounds = len(reduction.log), reduction.log[-1].round
    return (f"{count} strictly dominated action{'s' * (count > 1)} eliminated in {rounds} round{'s' * (rounds > 1)}",)
