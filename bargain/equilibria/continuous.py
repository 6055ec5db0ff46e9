r"""Pure equilibria of games on intervals, each with a proved bound on what any deviation could gain.

1. Candidates come from the first-order conditions, solved from many starts, and from rounds of replies found by search
   (:mod:`bargain.equilibria.first_order`), for every combination of levels of the finite levers.
2. Each candidate is judged by a global bound on every player's best deviation, over its whole box and all its finite
   levels (:mod:`bargain.equilibria.best_reply`): the result says :math:`\varepsilon`.  A candidate that is a local but
   not a global best reply is rejected, with the deviation that refutes it.
3. Whether these are all is proved where it can be (:mod:`bargain.equilibria.coverage`).

Mixed equilibria on intervals are not looked for.  Sources: Rosen (1965); Facchinei and Pang (2003).  Tested on closed
forms (Cournot, Bertrand, Tullock), on games without equilibrium, and on random quadratic games against enumeration of
active sets in fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.best_reply import BestReply, best_reply
from bargain.equilibria.coverage import Coverage, coverage
from bargain.equilibria.first_order import Scale, first_order_points, replies
from bargain.equilibria.search import Search
from bargain.errors import UnsupportedGameError
from bargain.games.continuous_game import ContinuousGame
from bargain.payoffs.domain import PayoffDomainError
from bargain.results import ContinuousEquilibria, ContinuousProfile, Status

__all__ = ["EPSILON", "MERGED", "continuous_equilibria"]

Array = NDArray[np.float64]

EPSILON = 1e-6
"""What a player may gain by deviating from an equilibrium, as a fraction of the span of its payoff, by default."""

MERGED = 1e-6
"""Candidates whose levels differ by less than this fraction of every interval are taken as one."""

MOST_COMBINATIONS = 64
MOST_CANDIDATES = 100

_SPREAD = 24
_SCAN = 256
_ROUNDS = 40
_REPLIERS = 8
_NOISE = 1e-13
_NEAR = 1e-3
"""A point of first-order conditions this near to a profile of replies, in scaled levels, takes its place."""


def continuous_equilibria(
    game: ContinuousGame, *, epsilon: float = EPSILON, seed: int = 0, time_limit: float | None = None
) -> ContinuousEquilibria:
    """Find pure equilibria of a game on intervals, with a proved bound on the gain from any deviation.

    Parameters
    ----------
    game : ContinuousGame
        At least one lever moves on an interval.
    epsilon : float
        What a player may gain by deviating, as a fraction of the span of its payoff.
    seed : int
        Seed of the starts.
    time_limit : float, optional
        Seconds; when they are over, the bounds reached by then are given.

    Returns
    -------
    ContinuousEquilibria
        In the order of their levels.  An empty list is no proof that there is none, unless ``complete`` is True.

    Raises
    ------
    ValueError
        ``epsilon`` or the time limit is not a positive number.
    PayoffDomainError
        A payoff is not finite somewhere in the box.
    UnsupportedGameError
        All levers have finitely many levels.

    See Also
    --------
    bargain.certificates.deviations.check_continuous : Checks the bounds with code of its own.

    References
    ----------
    Rosen (1965), Econometrica 33, 520-534; Facchinei and Pang (2003), Finite-Dimensional Variational Inequalities.

    Examples
    --------
    Cournot's duopoly: demand is 12 less the sum of both quantities, and there are no costs.

    >>> duopoly = ContinuousGame.from_formulas(
    ...     ["A", "B"], {"a": ("A", 0, 12), "b": ("B", 0, 12)}, {"A": "a*(12 - a - b)", "B": "b*(12 - a - b)"}
    ... )
    >>> found = continuous_equilibria(duopoly)
    >>> found.complete, [round(level, 9) for level in found[0].levels], found[0].epsilon < 1e-12
    (True, [4.0, 4.0], True)
    """
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon is {epsilon}; it must lie between 0 and 1")
    if time_limit is not None and not time_limit > 0:
        raise ValueError(f"time_limit is {time_limit}; it must be a positive number of seconds")
    if not game.moving:
        raise UnsupportedGameError(
            "every lever has finitely many levels, so that this is a game in normal form; use its equilibria"
        )
    search = Search.start(time_limit=time_limit)
    spread = _Starts(game, seed)
    spans, tolerances = spread.units(epsilon)
    candidates, notes = _candidates(game, spans, spread, tolerances, search)
    judged = _judged(game, candidates, tolerances, search)
    kept = [profile for profile in judged if profile.status is not Status.FAILED]
    rejected = [profile for profile in judged if profile.status is Status.FAILED]
    known = _coverage(game, spans, kept, judged, len(candidates) > len(judged), search)
    if search.expired:
        notes.append(f"the time limit of {time_limit:g} s was reached")
    return ContinuousEquilibria(
        game,
        "first-order conditions and replies from many starts, judged by interval branch and bound",
        tuple(kept),
        tuple(rejected),
        tuple(tolerances.tolist()),
        known.complete,
        known.reason if known.unique else f"{known.reason}; mixed equilibria were not looked for",
        tuple(notes),
    )


class _Starts:
    """Points of the unit box of moving levers, the same for the same seed."""

    def __init__(self, game: ContinuousGame, seed: int) -> None:
        self.game = game
        self._random = np.random.default_rng(seed)
        self.combinations = game.choices()
        self.idle = [
            column
            for column, lever in enumerate(game.moving)
            if lever not in game.payoffs[game.levers[lever].owner].reads
        ]
        self.points = self._points(_SPREAD)

    def _points(self, count: int) -> Array:
        """Return the centre, corners (of small boxes), and a Latin hypercube."""
        size = len(self.game.moving)
        cells = np.stack([self._random.permutation(count) for _ in range(size)], axis=1)
        spread = (cells + self._random.random((count, size))) / count
        corners = list(product((0.0, 1.0), repeat=size)) if size <= 4 else [(0.0,) * size, (1.0,) * size]
        points = np.concatenate([np.full((1, size), 0.5), np.array(corners), spread])
        # Levels that do not matter to their owner stay at the lower end.
        points[:, self.idle] = 0.0
        return points

    def units(self, epsilon: float) -> tuple[Array, Array]:
        """Return the span of each player's payoff over a scan of the box, and what it may gain in an equilibrium."""
        unit = np.concatenate([self.points, self._random.random((_SCAN, len(self.game.moving)))])
        scan = [
            self.game.values(Scale(self.game, np.ones(1), chosen).place(unit))
            for chosen in self.combinations[:MOST_COMBINATIONS]
        ]
        values = np.concatenate(scan)
        if not np.isfinite(values).all():
            player = self.game.players[int(np.argwhere(~np.isfinite(values))[0][1])]
            raise PayoffDomainError(f"the payoff of `{player}` is not a finite number somewhere in the levers' ranges")
        size = np.abs(values).max(axis=0)
        spans = np.ptp(values, axis=0)
        constant = spans <= _NOISE * size
        units = np.where(constant, np.where(size > 0, size, 1.0), spans)
        return units, np.where(constant, 100 * _NOISE * units, np.maximum(epsilon * units, _NOISE * size))


def _candidates(
    game: ContinuousGame, spans: Array, spread: _Starts, tolerances: Array, search: Search
) -> tuple[list[Array], list[str]]:
    """Return different profiles that may be equilibria, and remarks on how they were found."""
    notes = [f"starts: {len(spread.points)} per combination of finite levels, Latin hypercube with a seed"]
    solved: list[Array] = []
    combinations = spread.combinations[:MOST_COMBINATIONS]
    if len(spread.combinations) > MOST_COMBINATIONS:
        notes.append(
            f"first-order conditions were solved for {MOST_COMBINATIONS} of {len(spread.combinations)} combinations of "
            "finite levels"
        )
    for chosen in combinations:
        scale = Scale(game, spans, chosen)
        solved += list(scale.place(first_order_points(scale, spread.points, search)))
    for settled in _settled_replies(game, spread, tolerances, search):
        solved.append(_polished(game, spans, settled, solved, search))
    if spread.idle:
        names = ", ".join(f"`{game.levers[game.moving[column]].name}`" for column in spread.idle)
        notes.append(f"{names}: the level does not change its owner's payoff, so that any does; the lowest is shown")
    return _different(game, solved), notes


def _polished(game: ContinuousGame, spans: Array, settled: Array, solved: Sequence[Array], search: Search) -> Array:
    """Return the solution of the first-order conditions near a profile of replies, or the profile itself."""
    low, high = game.box
    near = _NEAR * np.where(high > low, high - low, 1.0)
    for other in solved:
        if (np.abs(other - settled) <= near).all():
            return other
    scale = Scale(game, spans, {place: settled[place] for place in range(len(low)) if place not in game.moving})
    unit = ((settled[list(game.moving)] - scale.lower) / scale.width)[None]
    polished = scale.place(first_order_points(scale, unit, search))
    return polished[0] if len(polished) and (np.abs(polished[0] - settled) <= near).all() else settled


def _settled_replies(game: ContinuousGame, spread: _Starts, tolerances: Array, search: Search) -> list[Array]:
    """Return where rounds of replies, player after player, come to rest."""
    firsts = spread.combinations[:: max(1, len(spread.combinations) // _REPLIERS)]
    count = max(2, _REPLIERS // len(firsts))
    profiles = np.concatenate([Scale(game, np.ones(1), chosen).place(spread.points[-count:]) for chosen in firsts])
    resting = np.zeros(len(profiles), dtype=bool)
    for _ in range(_ROUNDS):
        if resting.all() or search.expired:
            break
        before = profiles.copy()
        resting[:] = True
        for player in range(len(game.players)):
            replied = replies(game, player, profiles, search)
            gain = (game.values(replied) - game.values(profiles))[:, player]
            resting &= gain <= 0.01 * tolerances[player]
            profiles = np.where((gain > 0)[:, None], replied, profiles)
        profiles = np.where(resting[:, None], before, profiles)
    # Replies that the clock cut short may only seem to be at rest.
    return [] if search.expired else list(profiles[resting])


def _different(game: ContinuousGame, profiles: Sequence[Array]) -> list[Array]:
    """Return one of each group of profiles that are the same up to :data:`MERGED`, in the order of their levels."""
    low, high = game.box
    unit = np.where(high > low, high - low, 1.0)
    kept: list[Array] = []
    for profile in profiles:
        if not any((np.abs(profile - other) <= MERGED * unit).all() for other in kept):
            kept.append(profile)
    return sorted(kept, key=lambda profile: tuple(profile.tolist()))


def _judged(
    game: ContinuousGame, candidates: list[Array], tolerances: Array, search: Search
) -> list[ContinuousProfile]:
    chosen = candidates[:MOST_CANDIDATES]
    judged: list[ContinuousProfile] = []
    for profile in chosen:
        if judged and search.expired:
            break
        judged.append(_judge(game, profile, chosen, tolerances, search))
    return judged


def _judge(
    game: ContinuousGame, profile: Array, others: Sequence[Array], tolerances: Array, search: Search
) -> ContinuousProfile:
    """Bound what every player could gain by deviating from a profile."""
    levels = tuple(profile.tolist())
    gains: list[tuple[float, float]] = []
    answers: list[BestReply] = []
    for player, formula in enumerate(game.payoffs):
        ends = formula.over(profile[:, None], profile[:, None]).value
        least, most = (float(np.ravel(end)[0]) for end in ends)
        also = [other.tolist() for other in others]
        also.append(replies(game, player, profile[None], search)[0].tolist())
        tolerance = float(tolerances[player])
        answer = best_reply(game, player, levels, tolerance / 2, search, also, standing=most)
        gains.append((max(0.0, answer.low - most), float(max(0.0, np.nextafter(answer.high - least, np.inf)))))
        answers.append(answer)
    worst = max(range(len(gains)), key=lambda player: gains[player][0] / tolerances[player])
    proved = all(most <= tolerance for (_, most), tolerance in zip(gains, tolerances, strict=True))
    refuted = any(least > tolerance / 2 for (least, _), tolerance in zip(gains, tolerances, strict=True))
    return ContinuousProfile(
        levels,
        game.described(levels),
        game.payoffs_at(levels),
        tuple(gains),
        max(most for _, most in gains),
        (worst, answers[worst].levels),
        Status.PROVED if proved else Status.FAILED if refuted else Status.LIMIT,
    )


def _coverage(
    game: ContinuousGame,
    spans: Array,
    kept: Sequence[ContinuousProfile],
    judged: Sequence[ContinuousProfile],
    unjudged: bool,
    search: Search,
) -> Coverage:
    """Return whether these are all, and why."""
    if unjudged:
        return Coverage(None, False, f"only the first of the candidates were judged (at most {MOST_CANDIDATES})")
    if any(profile.status is Status.LIMIT for profile in kept):
        return Coverage(None, False, "work stopped before every candidate was decided")
    if len(game.choices()) > MOST_COMBINATIONS:
        return Coverage(None, False, "too many combinations of finite levels to look through all")
    deviations = [profile.deviation for profile in judged if profile.status is Status.FAILED]
    return coverage(game, spans, [profile.levels for profile in kept], deviations, search)
