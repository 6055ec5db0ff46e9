r"""Are these all equilibria of a game on intervals?  Uniqueness over boxes, and branch and prune for the rest.

Write :math:`g_k` for a lever's effect on the payoff of its owner and :math:`J` for the matrix of derivatives of
:math:`g`.  In a box there is at most one equilibrium when, for all matrices within the bounds of :math:`J` there,

* minus :math:`J` is an H-matrix with positive diagonal, hence a P-matrix [Moré 1974; FacchineiPang2003, 3.5.10], or
* :math:`DJ + J^T D` is negative definite for the weights :math:`D` (diagonal strict concavity) [Rosen1965], or
* all these matrices are regular and the box lies inside the intervals.

Levers whose slope keeps its sign in the box are set to their ends first.

Boxes elsewhere are struck out when a slope keeps its sign although the lever could still move that way, when an
owner's payoff is convex along a lever that is not at an end, or when some deviation is better throughout the box.  What
is left is halved, up to a limit of work.  Tested on games with known equilibria, and on games that have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.search import Search
from bargain.games.continuous_game import ContinuousGame
from bargain.payoffs.jets import Jet
from bargain.payoffs.ranges import ZERO

__all__ = ["MOST_BOXES", "Coverage", "at_most_one", "coverage"]

Array = NDArray[np.float64]
Boxes = tuple[Array, Array]

MOST_BOXES = 20_000
"""Boxes of profiles that are looked at before the question is left open."""

_BATCH = 512
_MOST_TRIALS = 24
_RADII = (1.0, 0.5, 0.2, 0.05, 0.01, 1e-3, 1e-4)
_SMALLEST = 1e-5
"""When a box of this relative size cannot be struck out, the work is given up."""

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is proved: ``complete`` (True, or None when it is open), whether the whole box holds one, and why."""

    complete: bool | None
    unique: bool
    reason: str


def coverage(
    game: ContinuousGame,
    spans: Array,
    profiles: Sequence[Sequence[float]],
    deviations: Sequence[tuple[int, Sequence[float]]] = (),
    search: Search | None = None,
    most: int = MOST_BOXES,
) -> Coverage:
    """Try to prove that there is no pure equilibrium besides those that were found.

    Parameters
    ----------
    game : ContinuousGame
        The game.
    spans : array of n floats
        Span of each player's payoff: its unit.
    profiles : sequence of sequences of L floats
        The equilibria found.
    deviations : sequence of (player, levels)
        Own levels worth trying as deviations, as part of a profile.
    search : Search, optional
        The clock.
    most : int
        Boxes that may be looked at.
    """
    work = _Prune(game, spans, _trials(game, deviations), search, most)
    found = [np.array(profile, dtype=float) for profile in profiles]
    combinations = game.choices()
    one = len(combinations) == len(found) == 1
    if one and at_most_one(game, spans, work.whole(combinations[0])) == "concave":
        return Coverage(True, True, "uniqueness is proved on the whole box: there is no other, mixed ones included")
    for chosen in combinations:
        mine = [point for point in found if all(point[place] == level for place, level in chosen.items())]
        claims = [work.claim(point) for point in mine]
        if None in claims:
            return Coverage(None, False, "an equilibrium was not proved to be isolated")
        if not work.empty_elsewhere(chosen, [claim for claim in claims if claim is not None]):
            return Coverage(None, False, "the rest of the box was not excluded within the limit of work")
    if not found:
        return Coverage(True, False, f"every profile is refuted by some deviation ({work.boxes} boxes)")
    return Coverage(
        True, False, f"at most one equilibrium near each of these and none elsewhere ({work.boxes} boxes of profiles)"
    )


def at_most_one(game: ContinuousGame, spans: Array, box: Boxes) -> str:
    """Return by which condition it is proved that a box of profiles holds at most one equilibrium.

    Parameters
    ----------
    game : ContinuousGame
        The game.
    spans : array of n floats
        Unit of each player's payoff.
    box : pair of arrays of L floats
        Lower and upper levels; finite levers have equal ends.

    Returns
    -------
    {"", "regular", "concave"}
        Empty when nothing is proved.  "concave" also says that payoffs are strictly concave in own levers that are not
        dominated, so that no mixed equilibrium lies in the box.
    """
    low, high = box[0].copy(), box[1].copy()
    free = list(game.moving)
    for _ in range(len(free) + 1):
        signs = {lever: _sign(game, lever, low, high) for lever in free}
        settled = [lever for lever in free if signs[lever]]
        for lever in settled:
            end = game.levers[lever].upper if signs[lever] > 0 else game.levers[lever].lower
            if not low[lever] <= end <= high[lever]:
                return "concave"
            low[lever] = high[lever] = end
        free = [lever for lever in free if not signs[lever]]
        if not settled:
            break
    if not free:
        return "concave"
    middle, radius = _jacobian(game, spans, free, low, high)
    if not (np.isfinite(middle).all() and np.isfinite(radius).all()):
        return ""
    if _dominant(middle, radius) or _definite(middle, radius):
        return "concave"
    inside = all(game.levers[k].lower < low[k] and high[k] < game.levers[k].upper for k in free)
    return "regular" if inside and _regular(middle, radius) else ""


def _sign(game: ContinuousGame, lever: int, low: Array, high: Array) -> int:
    """Return the sign of a lever's effect on its owner's payoff if it is the same in the whole box, else 0."""
    jet = game.payoffs[game.levers[lever].owner].over(low[:, None], high[:, None], (lever,), order=1)
    least, most = (float(np.ravel(end)[0]) for end in jet.slopes.get(lever, ZERO))
    return int(least > 0) - int(most < 0)


def _jacobian(game: ContinuousGame, spans: Array, free: Sequence[int], low: Array, high: Array) -> tuple[Array, Array]:
    """Return centre and radius of the derivatives of own slopes over a box, in scaled levels and payoffs."""
    size = len(free)
    middle, radius = np.zeros((size, size)), np.zeros((size, size))
    for row, lever in enumerate(free):
        owner = game.levers[lever].owner
        jet = game.payoffs[owner].over(low[:, None], high[:, None], free, order=2)
        for column, other in enumerate(free):
            bend = jet.bends.get((min(lever, other), max(lever, other)), ZERO)
            ends = [float(np.ravel(end)[0]) for end in bend]
            widths = [game.levers[each].upper - game.levers[each].lower for each in (lever, other)]
            scale = widths[0] * widths[1] / spans[owner]
            middle[row, column] = (ends[0] + ends[1]) / 2 * scale
            radius[row, column] = (ends[1] - ends[0]) / 2 * scale
    # Room for the rounding of the lines above.
    return middle, radius + 8 * _EPS * (np.abs(middle) + radius)


def _dominant(middle: Array, radius: Array) -> bool:
    """Return whether minus every matrix in the bounds is an H-matrix with positive diagonal."""
    diagonal = -(np.diag(middle) + np.diag(radius))
    if not (diagonal > 0).all():
        return False
    across = np.abs(middle) + radius
    np.fill_diagonal(across, 0.0)
    try:
        weights = np.linalg.solve(np.diag(diagonal) - across, np.ones(len(diagonal)))
    except np.linalg.LinAlgError:
        return False
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        return False
    # Whatever the solver did: positive weights that dominate every row are the proof.
    total = across @ weights
    return bool((diagonal * weights - total > 1e-12 * (diagonal * weights + total)).all())


def _definite(middle: Array, radius: Array) -> bool:
    """Return whether the symmetric part of every matrix in the bounds is negative definite."""
    both, room = middle + middle.T, radius + radius.T
    top = float(np.linalg.eigvalsh(both)[-1])
    return bool(top + room.sum(axis=1).max() + 1e-12 * np.abs(both).sum() < 0)


def _regular(middle: Array, radius: Array) -> bool:
    """Return whether every matrix in the bounds is regular: times an inverse of the centre it is near the identity."""
    try:
        inverse = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return False
    size = np.abs(inverse)
    away = np.abs(inverse @ middle - np.eye(len(middle))) + size @ radius
    room = 1e-12 * (size @ np.abs(middle)).max()
    return bool(np.isfinite(away).all() and away.sum(axis=1).max() + room < 1)


def _trials(game: ContinuousGame, deviations: Sequence[tuple[int, Sequence[float]]]) -> list[tuple[int, Array]]:
    """Return own levels to be tried as deviations: those given, and some that are spread over the interval."""
    trials: list[tuple[int, Array]] = [(player, np.array(levels, dtype=float)) for player, levels in deviations]
    low, high = game.box
    for player in range(len(game.players)):
        for chosen in game.choices(player):
            for share in (0.0, 0.5, 1.0, 0.25, 0.75):
                point = low + share * (high - low)
                for place, level in chosen.items():
                    point[place] = level
                trials.append((player, point))
    mine: list[tuple[int, Array]] = []
    for player in range(len(game.players)):
        mine += [trial for trial in trials if trial[0] == player][:_MOST_TRIALS]
    return mine


@dataclass(slots=True)
class _Prune:
    """Strikes out boxes of profiles."""

    game: ContinuousGame
    spans: Array
    trials: list[tuple[int, Array]]
    search: Search | None
    most: int
    boxes: int = 0

    def whole(self, chosen: dict[int, float]) -> Boxes:
        """Return the box of all profiles with the chosen levels of finite levers."""
        low, high = self.game.box
        for place, level in chosen.items():
            low[place] = high[place] = level
        return low, high

    def claim(self, point: Array) -> Boxes | None:
        """Return a box around an equilibrium that holds no other, as large as can be proved."""
        low, high = self.game.box
        moving = np.zeros(len(low), dtype=bool)
        moving[list(self.game.moving)] = True
        for radius in _RADII:
            reach = np.where(moving, radius * (high - low), 0.0)
            box = (
                np.maximum(point - reach, np.where(moving, low, point)),
                np.minimum(point + reach, np.where(moving, high, point)),
            )
            if at_most_one(self.game, self.spans, box):
                return box
        return None

    def empty_elsewhere(self, chosen: dict[int, float], claims: list[Boxes]) -> bool:
        """Return whether no equilibrium lies outside the claimed boxes."""
        low, high = self.whole(chosen)
        pool: list[Boxes] = [(low[:, None], high[:, None])]
        while pool:
            if self.boxes >= self.most or (self.search is not None and self.search.expired):
                return False
            low, high = (np.concatenate(parts, axis=1) for parts in zip(*pool, strict=True))
            pool = [(low[:, _BATCH:], high[:, _BATCH:])] if low.shape[1] > _BATCH else []
            low, high = self._left(low[:, :_BATCH], high[:, :_BATCH], claims)
            if low.shape[1]:
                halves = _halved(self.game, low, high)
                if halves is None:
                    return False
                pool.insert(0, halves)
        return True

    def _left(self, low: Array, high: Array, claims: list[Boxes]) -> Boxes:
        """Return the boxes that may hold an equilibrium outside the claims, narrowed where that is possible."""
        self.boxes += low.shape[1]
        low, high, alive = low.copy(), high.copy(), np.ones(low.shape[1], dtype=bool)
        for player in range(len(self.game.players)):
            own = self.game.owned(player)
            jet = self.game.payoffs[player].over(low, high, own, order=2)
            for lever in own:
                alive &= self._narrow(jet, lever, low, high)
            most = jet.value.high
            for trial in (levels for who, levels in self.trials if who == player):
                alive &= ~self._refuted(player, trial, low, high, most)
        for first, last in claims:
            alive &= ~((low >= first[:, None]) & (high <= last[:, None])).all(axis=0)
        return low[:, alive], high[:, alive]

    def _narrow(self, jet: Jet, lever: int, low: Array, high: Array) -> NDArray[np.bool_]:
        """Narrow boxes to where the lever may stand in equilibrium; False where it may stand nowhere."""
        count = low.shape[1]
        slope = jet.slopes.get(lever, ZERO)
        bend = jet.bends.get((lever, lever), ZERO)
        lower, upper = self.game.levers[lever].lower, self.game.levers[lever].upper
        rising, falling = np.broadcast_to(slope.low > 0, count), np.broadcast_to(slope.high < 0, count)
        convex = np.broadcast_to(bend.low > 0, count) & ~rising & ~falling
        at_lower, at_upper = low[lever] <= lower, high[lever] >= upper
        low[lever] = np.where((rising & at_upper) | (convex & at_upper & ~at_lower), upper, low[lever])
        high[lever] = np.where((falling & at_lower) | (convex & at_lower & ~at_upper), lower, high[lever])
        gone = (rising & ~at_upper) | (falling & ~at_lower) | (convex & ~at_lower & ~at_upper)
        return np.asarray(~gone)

    def _refuted(self, player: int, levels: Array, low: Array, high: Array, most: Array) -> NDArray[np.bool_]:
        """Return where a deviation pays more than any profile in the box does."""
        one, other = low.copy(), high.copy()
        for place, lever in enumerate(self.game.levers):
            if lever.owner == player:
                one[place] = other[place] = levels[place]
        least = self.game.payoffs[player].over(one, other).value.low
        return np.asarray(np.broadcast_to(least > most, low.shape[1]))


def _halved(game: ContinuousGame, low: Array, high: Array) -> Boxes | None:
    """Return boxes halved along their longest side, or None when one is too small."""
    moving = np.array(game.moving, dtype=int)
    full = np.array([game.levers[place].upper - game.levers[place].lower for place in game.moving])
    if not moving.size:
        return None
    sizes = (high - low)[moving] / full[:, None]
    if (sizes.max(axis=0) < _SMALLEST).any():
        return None
    lever = moving[sizes.argmax(axis=0)]
    columns = np.arange(low.shape[1])
    middle = (low + (high - low) / 2)[lever, columns]
    if (middle <= low[lever, columns]).any() or (middle >= high[lever, columns]).any():
        return None
    lower, upper = high.copy(), low.copy()
    lower[lever, columns] = upper[lever, columns] = middle
    return np.concatenate([low, upper], axis=1), np.concatenate([lower, high], axis=1)
