"""nashpy's three methods, with the precautions that make their answers usable.

Payoffs are scaled to [1, 2] first, because nashpy's tolerances are absolute (adding 10**6 to a 2x2 game makes its
vertex enumeration return 49 "equilibria" instead of 3).  Games that it cannot take, with one action or constant
payoffs on a side, are left to the exact enumeration.  Its own check of best responses is never used: it compares
floats exactly and denies true equilibria.  What comes back is re-solved exactly, and what is no equilibrium is dropped
and counted.  Tested against the exact enumeration and on every trap named here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from nashpy.algorithms.lemke_howson import lemke_howson
from nashpy.algorithms.support_enumeration import potential_support_pairs, solve_indifference
from nashpy.algorithms.vertex_enumeration import vertex_enumeration
from numpy.typing import NDArray
from scipy.spatial import QhullError

from bargain.equilibria.child import run_in_child
from bargain.equilibria.integers import prove
from bargain.equilibria.profiles import canonical, make_profile
from bargain.equilibria.search import Search
from bargain.errors import NotSolvedError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Equilibria, Profile

__all__ = ["CANDIDATES", "LABEL_SECONDS", "solve_by_nashpy"]

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

LABEL_SECONDS = 1.0
"""Time that Lemke-Howson may take for one starting label: it finishes in milliseconds or never."""

TOTAL_SECONDS = 30.0
"""Time that Lemke-Howson may take for all starting labels when no time limit is given."""

_MESSAGES = {
    "nashpy-support": "support enumeration finds every equilibrium of a nondegenerate game; whether this game is "
    "nondegenerate was not proved",
    "nashpy-vertex": "vertex enumeration in floats; whether it missed any was not proved",
    "nashpy-lemke-howson": "Lemke-Howson finds one equilibrium per starting label, usually not all",
}


def by_support(first: Floats, second: Floats, start: int = 0) -> Iterator[Pair]:
    """Yield the candidates of support enumeration: indifference solved on the supports alone.

    nashpy solves for all actions at once and then asks for exact zeros outside the support, which loses equilibria.
    """
    for rows, columns in potential_support_pairs(first, second, non_degenerate=True):
        own, other = list(rows), list(columns)
        size = range(len(own))
        x = solve_indifference(second[np.ix_(own, other)].T, size, size)
        y = solve_indifference(first[np.ix_(own, other)], size, size)
        if x is False or y is False:
            continue
        full = np.zeros(first.shape[0]), np.zeros(first.shape[1])
        full[0][own], full[1][other] = x, y
        values, replies = first @ full[1], full[0] @ second
        if values.max() - values[own].min() < 1e-6 and replies.max() - replies[other].min() < 1e-6:
            yield full


def by_vertex(first: Floats, second: Floats, start: int = 0) -> Iterator[Pair]:
    """Yield the candidates of vertex enumeration."""
    for x, y in vertex_enumeration(first, second):
        yield np.asarray(x), np.asarray(y)


def by_lemke_howson(first: Floats, second: Floats, start: int = 0) -> Iterator[Pair]:
    """Yield one candidate per starting label, from label ``start`` on; it may never end."""
    m, n = first.shape
    for label in range(start, m + n):
        x, y = lemke_howson(first, second, initial_dropped_label=label)
        # A path that breaks down ends in vectors of the wrong length.
        usable = np.shape(x) == (m,) and np.shape(y) == (n,)
        yield (np.asarray(x), np.asarray(y)) if usable else (np.full(m, np.nan), np.full(n, np.nan))


CANDIDATES = {"nashpy-support": by_support, "nashpy-vertex": by_vertex, "nashpy-lemke-howson": by_lemke_howson}


def solve_by_nashpy(game: NormalFormGame, search: Search, method: str) -> Equilibria:
    """Return the equilibria that one of nashpy's methods finds in a two-player game, each proved exactly.

    Parameters
    ----------
    game : NormalFormGame
        Two players with two or more actions each, neither with constant payoffs.
    search : Search
        With a deadline the work is done in a child process that is ended in time.
    method : {"nashpy-support", "nashpy-vertex", "nashpy-lemke-howson"}
        Lemke-Howson always runs in a child process, because it can run for ever.

    Raises
    ------
    UnsupportedGameError
        A side has a single action or constant payoffs.
    NotSolvedError
        nashpy failed.
    """
    if min(game.num_actions) < 2 or min(game.spans) == 0:
        raise UnsupportedGameError(
            f"{method} needs two or more actions and payoffs that differ on both sides; use method `extreme`"
        )
    proved: list[Profile] = []
    notes: list[str] = []
    dropped = 0
    for candidate in _candidates(game, search, method, notes):
        proof = prove(game, candidate) if np.isfinite(np.concatenate(candidate)).all() else None
        if proof is None:
            dropped += 1
        else:
            proved.append(make_profile(game, proof))
            if not search.all:
                break
    if dropped:
        notes.append(f"{dropped} answers of nashpy were dropped: no equilibrium could be proved from them")
    profiles = canonical(proved)
    if search.all and len(profiles) % 2 == 0 and method != "nashpy-lemke-howson":
        notes.append("an even number of equilibria: the game is degenerate, or some are missing")
    reason = _MESSAGES[method] if search.all else "one equilibrium was asked for"
    return Equilibria(game, method, profiles, None, reason, True, notes=tuple(notes))


def _candidates(game: NormalFormGame, search: Search, method: str, notes: list[str]) -> Iterator[Pair]:
    scaled = 1 + game.normalised()
    if method != "nashpy-lemke-howson" and search.deadline is None:
        yield from _here(scaled, method)
        return
    seconds = TOTAL_SECONDS if search.remaining is None else search.remaining
    step = LABEL_SECONDS if method == "nashpy-lemke-howson" else seconds
    labels = sum(game.num_actions) if method == "nashpy-lemke-howson" else 1
    hung = []
    for start, line in run_in_child(method, scaled.tolist(), labels, seconds, step):
        if line is None:
            hung.append(start)
        else:
            x, y = json.loads(line)
            yield np.array(x, dtype=float), np.array(y, dtype=float)
    if hung and method == "nashpy-lemke-howson":
        notes.append(f"starting labels {', '.join(map(str, hung))} did not finish and were ended")
    elif hung and not search.expired:
        raise NotSolvedError(f"{method}: nashpy failed in a process of its own; use method `extreme`")
    elif hung:
        notes.append(f"stopped at the time limit of {search.time_limit:g} s")


def _here(scaled: Floats, method: str) -> Iterator[Pair]:
    candidates = CANDIDATES[method](scaled[0], scaled[1])
    while True:
        with warnings.catch_warnings():
            # nashpy warns about degenerate games in words that help nobody; notes say what is known.
            warnings.simplefilter("ignore")
            try:
                pair = next(candidates, None)
            except (QhullError, np.linalg.LinAlgError, ValueError, TypeError) as error:
                what = type(error).__name__
                raise NotSolvedError(f"{method}: nashpy failed ({what}); use method `extreme`") from error
        if pair is None:
            return
        yield pair


def answer(request: dict[str, Any]) -> Iterator[str]:
    """Yield one line of JSON per candidate; this is what the child process prints."""
    first, second = np.array(request["payoffs"], dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x, y in CANDIDATES[request["method"]](first, second, request["start"]):
            yield json.dumps([x.tolist(), y.tolist()])
