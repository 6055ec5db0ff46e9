r"""All equilibria of small games with any number of players, with a proof that they are all.

1. Support profiles with a conditionally dominated action are excluded (``supports``); pure profiles are decided
   exactly.
2. On every other profile, the multilinear indifference conditions are solved by branch and bound with interval Newton
   steps, which either proves that there is no further solution or stops and says so (``branching``).
3. Solutions in which two players mix are rational and solved again exactly (``rational_roots``); others are given in
   floats that add up to one exactly, with their exact regret rounded up.

Sources: Porter, Nudelman and Shoham (2008) for the supports; Neumaier (1990) for the intervals. Tested against a
search from many starting points, roots of polynomials, games with published equilibria, and the laws of affine payoffs
and relabelling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.branching import LIMIT, SINGULAR
from bargain.equilibria.dyadic import dyadic_profile
from bargain.equilibria.profile_search import ProfileSearch, Solution
from bargain.equilibria.profiles import canonical, is_exact, make_profile
from bargain.equilibria.pure import pure_equilibria, pure_profiles
from bargain.equilibria.rational_roots import NONE, linear_solution, near_rational
from bargain.equilibria.search import Search
from bargain.equilibria.subgames import HEIGHT, Subgames
from bargain.equilibria.supports import members, num_support_profiles, surviving_supports
from bargain.errors import CertificateError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["MAX_BOXES", "polynomial_equilibria"]

MAX_BOXES = 100_000
"""Boxes that are searched when there is no time limit; a 4 x 4 x 4 game needs some thousands."""

MAX_PROFILES = 1_000_000
"""Support profiles; six actions for each of three players make 250,047."""

_STEP = 300
"""Boxes between two looks at the clock."""

Supports = tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Progress:
    """What the search has found, and what it could not decide."""

    profiles: list[Profile] = field(default_factory=list)
    undecided: list[Supports] = field(default_factory=list)
    searched: int = 0
    boxes: int = 0
    stopped: str = ""


def polynomial_equilibria(game: NormalFormGame, search: Search | None = None) -> Equilibria:
    """Return all equilibria of a small game.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players; 4 x 4 x 4 or 2 x 2 x 2 x 2 x 2 actions take less than seconds, 3 x 3 x 3 x 3 may take
        a minute and more, which needs a time limit.
    search : Search, optional
        What is wanted, and until when; an interrupt from the keyboard stops the search too.

    Returns
    -------
    Equilibria
        ``complete`` is True when every support profile was decided.  It is None when a limit was met, or when solutions
        are not regular (continua of equilibria, ties that intervals cannot tell from zero).

    Raises
    ------
    UnsupportedGameError
        The game has too many support profiles.

    Examples
    --------
    Three players choose between two clubs and like to be in the minority:

    >>> import numpy as np
    >>> alone = [[[0, 0], [0, 1]], [[1, 0], [0, 0]]]
    >>> game = NormalFormGame.from_payoffs([np.transpose(alone, axes) for axes in ((0, 1, 2), (1, 0, 2), (1, 2, 0))])
    >>> found = polynomial_equilibria(game)
    >>> mixed = [profile for profile in found if all(len(support) == 2 for support in profile.supports)]
    >>> [float(chance) for chance in mixed[0].strategies[0]]
    [0.5, 0.5]
    """
    search = Search() if search is None else search
    count = num_support_profiles(game)
    if count > MAX_PROFILES:
        raise UnsupportedGameError(
            f"polynomial takes games with at most {MAX_PROFILES:,} support profiles, this one has {count:,}; "
            "use method `homotopy`"
        )
    pure = pure_profiles(game, pure_equilibria(game, exactly=True), exact=True)
    progress = _Progress(profiles=list(pure))
    masks = surviving_supports(game)
    if search.all or not pure:
        try:
            _search(game, search, masks, progress)
        except KeyboardInterrupt:
            progress.stopped = "interrupted"
    complete, reason = _verdict(progress, count, len(masks), search)
    profiles = canonical(progress.profiles)
    if search.exact and (omitted := sum(not is_exact(profile) for profile in profiles)):
        profiles = tuple(profile for profile in profiles if is_exact(profile))
        complete = False
        reason = f"{omitted} more could not be written as fractions: ask for floats (exact=False); {reason}"
    if not search.all:
        profiles = profiles[:1]
    exact = all(is_exact(profile) for profile in profiles)
    return Equilibria(game, "polynomial", profiles, complete, reason, exact)


def _search(game: NormalFormGame, search: Search, masks: NDArray[np.int64], progress: _Progress) -> None:
    """Search all support profiles, a few boxes at a time."""
    subgames = Subgames(game)
    for place, chosen in enumerate(masks.tolist()):
        progress.searched = place
        quest = ProfileSearch(*subgames.cut(tuple(chosen)))
        outcome = LIMIT
        while outcome == LIMIT and not progress.stopped:
            outcome, used = quest.advance(_STEP)
            progress.boxes += used
            if outcome == LIMIT or place + 1 < len(masks):
                progress.stopped = _stopped(search, progress, quest)
        for solution in quest.solutions:
            _add(game, _supports(chosen), solution, progress)
        if outcome == SINGULAR:
            _examine(game, _supports(chosen), progress)
        if progress.stopped or (progress.profiles and not search.all):
            return


def _stopped(search: Search, progress: _Progress, quest: ProfileSearch) -> str:
    """Say why the search has to stop here; nothing when it may go on."""
    if quest.depth >= HEIGHT - 1:
        return "there are more solutions than there is room for"
    if search.expired:
        return f"stopped at the time limit of {search.time_limit:g} s"
    if search.deadline is None and progress.boxes >= MAX_BOXES:
        return f"stopped after {progress.boxes:,} boxes; give a time limit to search for longer"
    return ""


def _supports(masks: Sequence[int]) -> Supports:
    return tuple(members(mask) for mask in masks)


def _add(game: NormalFormGame, supports: Supports, found: Solution, progress: _Progress) -> None:
    """Add the only solution in a box when it is an equilibrium on exactly these supports."""
    exact = linear_solution(game, supports)
    if exact is None:
        exact = near_rational(game, supports, found.center, found.tight if found.proved else found.alone)
    if isinstance(exact, tuple):
        used = all(strategy[a] > 0 for strategy, support in zip(exact, supports, strict=True) for a in support)
        profile = make_profile(game, exact)
        if used and profile.regret == 0:
            progress.profiles.append(profile)
            return
    elif exact is None:
        if found.proved:
            progress.profiles.append(dyadic_profile(game, _floats(game, supports, found.center)))
        else:
            progress.undecided.append(supports)
        return
    if found.proved:
        raise CertificateError(f"intervals prove an equilibrium on {supports}, but exact numbers refute it")


def _examine(game: NormalFormGame, supports: Supports, progress: _Progress) -> None:
    """Decide a profile of which intervals could not tell how many solutions it has, if it is linear."""
    exact = linear_solution(game, supports)
    if exact is None:
        progress.undecided.append(supports)
    elif exact != NONE:
        profile = make_profile(game, exact)
        if profile.regret == 0:
            progress.profiles.append(profile)


def _floats(game: NormalFormGame, supports: Supports, center: NDArray[Any]) -> list[NDArray[np.float64]]:
    strategies, at = [], 0
    for size, support in zip(game.num_actions, supports, strict=True):
        full = np.zeros(size)
        full[list(support)] = center[at : at + len(support)]
        strategies.append(full)
        at += len(support)
    return strategies


def _verdict(progress: _Progress, count: int, survivors: int, search: Search) -> tuple[bool | None, str]:
    if not search.all:
        return None, "one equilibrium was asked for"
    if progress.stopped:
        return None, f"{progress.stopped}; {progress.searched:,} of {survivors:,} support profiles were searched"
    if progress.undecided:
        named = " x ".join("{" + ", ".join(map(str, support)) + "}" for support in progress.undecided[0])
        several = f"{len(progress.undecided)} support profiles" if len(progress.undecided) > 1 else "a support profile"
        return None, (
            f"the game is degenerate: {several} could not be decided, the first with the actions {named} "
            "(counted from 0); there may be infinitely many equilibria"
        )
    return True, (
        f"all {count:,} support profiles were decided: all but {survivors:,} by dominance, these by "
        f"interval bounds ({progress.boxes:,} boxes)"
    )
