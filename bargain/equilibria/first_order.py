r"""Profiles that may be equilibria of a game on intervals: first-order conditions, and replies by search.

At an equilibrium, a lever's effect on its owner's payoff is zero, or it pushes against an end of the interval.  With
levels scaled to the unit box and slopes to the payoff's span this is the complementarity problem

.. math:: F_k(t) = t_k - \min(\max(t_k + s_k(t), 0), 1) = 0,

solved by a semismooth Newton method with a line search from many starts at once [FacchineiPang2003]_.  Where payoffs
have kinks Newton's method may fail; there, rounds of replies found by search on ever finer grids give candidates.
Neither proves anything: what comes out is judged by :mod:`bargain.equilibria.best_reply`.  Tested on closed forms.

References
----------
.. [FacchineiPang2003] F. Facchinei and J.-S. Pang, Finite-Dimensional Variational Inequalities and Complementarity
   Problems, Springer, 2003, chapters 1 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.search import Search
from bargain.games.continuous_game import ContinuousGame
from bargain.payoffs.ranges import ZERO

__all__ = ["SOLVED", "Scale", "first_order_points", "replies", "residual"]

Array = NDArray[np.float64]

SOLVED = 1e-9
"""Residual, in scaled levels, up to which a point counts as a solution of the first-order conditions."""

_ITERATIONS = 60
_STEPS = (1.0, 0.5, 0.2, 0.05)
_GRID = 65
_ZOOM = 9
_ZOOMS = 18


@dataclass(frozen=True, eq=False)
class Scale:
    """Units: the interval of each moving lever, and the span of its owner's payoff."""

    game: ContinuousGame
    spans: Array
    fixed: Mapping[int, float]

    @property
    def lower(self) -> Array:
        """Lower ends of the moving levers."""
        return self.game.box[0][list(self.game.moving)]

    @property
    def width(self) -> Array:
        """Lengths of the intervals of the moving levers."""
        low, high = self.game.box
        return (high - low)[list(self.game.moving)]

    def place(self, unit: Array) -> Array:
        """Return the levels of points of the unit box: (B, N) to (B, L)."""
        levels = np.empty((len(unit), len(self.game.levers)))
        low, high = self.game.box
        for column, lever in enumerate(self.game.moving):
            exact = low[lever] + np.clip(unit[:, column], 0, 1) * (high[lever] - low[lever])
            levels[:, lever] = np.where(unit[:, column] >= 1, high[lever], np.minimum(exact, high[lever]))
        for lever, level in self.fixed.items():
            levels[:, lever] = level
        return levels

    def system(self, unit: Array, *, bends: bool) -> tuple[Array, Array]:
        """Return scaled slopes, (B, N), and their derivatives, (B, N, N), at points of the unit box."""
        game, levels = self.game, self.place(unit).T
        moving, count = game.moving, len(unit)
        width = self.width
        slopes, matrix = np.zeros((count, len(moving))), np.zeros((count, len(moving), len(moving)))
        for player in sorted({game.levers[lever].owner for lever in moving}):
            jet = game.payoffs[player].over(levels, levels, moving, order=2 if bends else 1)
            for row, lever in enumerate(moving):
                if game.levers[lever].owner != player:
                    continue
                factor = width[row] / self.spans[player]
                slopes[:, row] = _middle(jet.slopes.get(lever, ZERO)) * factor
                for column, other in enumerate(moving if bends else ()):
                    bend = jet.bends.get((min(lever, other), max(lever, other)), ZERO)
                    matrix[:, row, column] = _middle(bend) * factor * width[column]
        return slopes, matrix


def _middle(item: tuple[Array, Array]) -> Array:
    low, high = item
    with np.errstate(all="ignore"):
        middle = low + (high - low) / 2
    # Where nothing is known about a slope (a jump, an infinite steepness) its sign may still be.
    known = np.where(np.isfinite(middle), middle, np.clip(low, 0, 1e6) + np.clip(high, -1e6, 0))
    return np.asarray(known)


def residual(unit: Array, slopes: Array) -> Array:
    """Return by how much each lever of each point misses its first-order condition, (B, N)."""
    missed: Array = unit - np.clip(unit + slopes, 0.0, 1.0)
    return missed


def first_order_points(scale: Scale, starts: Array, search: Search | None = None) -> Array:
    """Return solutions of the first-order conditions, found from starts in the unit box.

    Parameters
    ----------
    scale : Scale
        Game and units.
    starts : array of shape (B, N)
        Points of the unit box of the N moving levers.
    search : Search, optional
        The clock.

    Returns
    -------
    ndarray, shape (K, N)
        Points whose residual is at most :data:`SOLVED`, in the order of their starts; K is at most B.
    """
    unit = np.clip(starts, 0.0, 1.0)
    active = np.ones(len(unit), dtype=bool)
    size = np.full(len(unit), np.inf)
    for _ in range(_ITERATIONS):
        rows = np.flatnonzero(active)
        if not rows.size or (search is not None and search.expired):
            break
        slopes, matrix = scale.system(unit[rows], bends=True)
        missed = residual(unit[rows], slopes)
        size[rows] = np.abs(missed).max(axis=1)
        step = _newton_step(unit[rows], slopes, matrix, missed)
        moved, better = _line_search(scale, unit[rows], step, slopes, size[rows])
        unit[rows] = moved
        # Newton's method converges in a last step that no longer changes the residual.
        active[rows] = better
    slopes, _ = scale.system(unit, bends=False) if len(unit) else (unit, None)
    size = np.abs(residual(unit, slopes)).max(axis=1, initial=0.0)
    return np.asarray(unit[size <= SOLVED])


def _newton_step(unit: Array, slopes: Array, matrix: Array, missed: Array) -> Array:
    """Return the steps that solve the linearised problem; levers that push against an end go there."""
    aim = unit + slopes
    inside = (aim > 0) & (aim < 1)
    identity = np.broadcast_to(np.eye(unit.shape[1]), matrix.shape)
    system = np.where(inside[:, :, None], matrix, identity)
    right = np.where(inside, -slopes, -missed)
    try:
        steps = np.linalg.solve(system, right[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        steps = np.array([np.linalg.lstsq(a, b, rcond=1e-12)[0] for a, b in zip(system, right, strict=True)])
    return np.where(np.isfinite(steps), steps, 0.0)


def _line_search(scale: Scale, unit: Array, step: Array, slopes: Array, size: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the points with the least residual among those tried along each step, and where it became less."""
    tried = [np.clip(unit + length * step, 0.0, 1.0) for length in _STEPS]
    tried += [np.clip(unit + length * slopes, 0.0, 1.0) for length in (0.3, 0.03)]
    points = np.stack(tried)
    flat = points.reshape(-1, unit.shape[1])
    found, _ = scale.system(flat, bends=False)
    sizes = np.abs(residual(flat, found)).max(axis=1).reshape(len(tried), len(unit))
    best = sizes.argmin(axis=0)
    columns = np.arange(len(unit))
    better = sizes[best, columns] < size * (1 - 1e-4)
    return np.where(better[:, None], points[best, columns], unit), better


def replies(game: ContinuousGame, player: int, levels: Array, search: Search | None = None) -> Array:
    """Return profiles in which a player's own levels are replaced by the best that a search finds.

    Every own lever is tried on a grid, then on finer grids around the best level, lever after lever, twice; finite
    levers are tried level by level.

    Parameters
    ----------
    game : ContinuousGame
        The game.
    player : int
        Who replies.
    levels : array of shape (B, L)
        Profiles.
    search : Search, optional
        The clock; when the time is up, the best levels so far are given.
    """
    best = levels.copy()
    value = _payoffs(game, player, best)
    for chosen in game.choices(player):
        trial = levels.copy()
        for place, level in chosen.items():
            trial[:, place] = level
        own = game.owned(player)
        for lever in own * (2 if len(own) > 1 else 1):
            if search is not None and search.expired:
                break
            trial = _best_on_lever(game, player, lever, trial)
        found = _payoffs(game, player, trial)
        better = found > value
        best[better], value[better] = trial[better], found[better]
    return best


def _payoffs(game: ContinuousGame, player: int, levels: Array) -> Array:
    found = game.payoffs[player].values(levels.T)
    return np.where(np.isnan(found), -np.inf, found)


def _best_on_lever(game: ContinuousGame, player: int, lever: int, levels: Array) -> Array:
    lower, upper = game.levers[lever].lower, game.levers[lever].upper
    count = len(levels)
    start, reach = np.full(count, lower), np.full(count, upper - lower)
    best = levels.copy()
    value = _payoffs(game, player, best)
    for zoom in range(_ZOOMS):
        size = _GRID if zoom == 0 else _ZOOM
        marks = start[:, None] + reach[:, None] * np.linspace(0.0, 1.0, size)
        marks = np.clip(marks, lower, upper)
        trial = np.repeat(best, size, axis=0)
        trial[:, lever] = marks.ravel()
        found = _payoffs(game, player, trial).reshape(count, size)
        place = found.argmax(axis=1)
        top = found[np.arange(count), place]
        better = top > value
        best[better, lever] = marks[np.arange(count), place][better]
        value = np.where(better, top, value)
        reach = reach * (2.0 / (size - 1))
        start = np.clip(best[:, lever] - reach / 2, lower, upper - reach)
    return best
