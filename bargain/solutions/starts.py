"""Where to start a search: a deterministic scan of the box, and its best points that are far from each other.

The scan is a plain grid for one lever and the additive recurrence of Roberts (2018), a generalised golden ratio, for
more; the status quo, corners and axes of the box are added.  Finite coordinates are enumerated.  Tested on problems
with several local optima against dense grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from bargain.effort import current
from bargain.errors import LimitError
from bargain.games.continuous import ContinuousDeals
from bargain.solutions.landscape import Array, Landscape
from bargain.solutions.program import Program
from bargain.solutions.unseen import unseen_moves

__all__ = ["LOST", "MAX_COMBINATIONS", "Region", "Survey", "dense", "peaks", "ranking", "survey", "unit_points"]

MAX_COMBINATIONS = 256
"""Mixed problems with more combinations of finite levels than this are refused."""

LOST = -5e5
"""Scanned points with a merit below this break a limit or a promise."""

_FEWEST = 3
_COARSE = 48
_POOL = 512
_CONSTANT = 1e-13
"""A payoff that varies by less than this fraction of its size over the scan is constant."""


@dataclass(frozen=True, eq=False)
class Region:
    """A landscape with the scanned points of its box: shapes (k, m), gains (k, n) and broken limits (k,)."""

    landscape: Landscape
    points: Array
    gains: Array
    broken: Array


@dataclass(frozen=True, eq=False)
class Survey:
    """The scanned problem: one region per combination of finite levels.

    ``moved`` are the players whose payoff some lever moves; ``hopeless`` says that a constant limit is broken or that
    a player loses whatever is agreed; ``noise`` is the rounding of scaled gains.
    """

    regions: tuple[Region, ...]
    payoff_unit: Array
    moved: tuple[int, ...]
    constant_gains: Array
    hopeless: bool
    seed: int
    noise: float = 0.0


def unit_points(dimension: int, count: int, seed: int = 0) -> Array:
    """Return ``count`` points that fill the unit box evenly, shape (count, dimension).

    Examples
    --------
    >>> unit_points(1, 3).ravel()
    array([0. , 0.5, 1. ])
    """
    if dimension == 0:
        return np.empty((1, 0))
    if dimension == 1:
        return np.linspace(0.0, 1.0, count)[:, None]
    ratio = 2.0
    for _ in range(64):
        ratio = (1.0 + ratio) ** (1.0 / (dimension + 1))
    steps = ratio ** -np.arange(1.0, dimension + 1)
    # Each seed moves the same lattice by another irrational step.
    points: Array = (0.5 + np.sqrt(2.0) * seed + np.arange(1, count + 1)[:, None] * steps) % 1.0
    return points


def _count(dimension: int, combinations: int) -> int:
    size = {0: 1, 1: 129, 2: 1024, 3: 1024, 4: 1024}.get(dimension, 2048)
    return max(min(size, 8192 // combinations), min(size, 48))


def _landmarks(anchors: Sequence[Array], dimension: int) -> Array:
    """Return the anchors, the centre, the corners of a small box or, in a large one, the ends of each axis."""
    centre = np.full((1, dimension), 0.5)
    if dimension <= 5:
        corners = np.array(list(product((0.0, 1.0), repeat=dimension))).reshape(-1, dimension)
        return np.concatenate([*(anchor[None] for anchor in anchors), centre, corners])
    ends = []
    for anchor in anchors[:1] or [centre[0]]:
        for level in (0.0, 1.0):
            moved = np.repeat(anchor[None], dimension, axis=0)
            np.fill_diagonal(moved, level)
            ends += [moved, np.full((1, dimension), level)]
    return np.concatenate([*(anchor[None] for anchor in anchors), centre, *ends])


def _combinations(deals: ContinuousDeals) -> list[tuple[float, ...]]:
    count = prod(levels.size for levels in deals.finite.values())
    if count > MAX_COMBINATIONS:
        raise LimitError(
            f"{count} combinations of finite levels beside continuous levers: more than {MAX_COMBINATIONS}; give the "
            "continuous levers `steps`, so that all deals are finite, or fix some of the finite levers"
        )
    return [tuple(float(code) for code in codes) for codes in product(*deals.finite.values())]


def _allowed_bases(deals: ContinuousDeals) -> list[Array]:
    """Return the levels of each combination that conditions allow, with continuous levers at their lower ends."""
    places = list(deals.finite)
    conditions = [k for k, limit in enumerate(deals.limits) if limit.kind == "condition"]
    bases = []
    for codes in _combinations(deals):
        base = deals.lower.copy()
        base[places] = codes
        if deals.limit_values is None or not conditions or (deals.limit_values(base)[conditions] >= 0).all():
            bases.append(base)
    return bases


def survey(deals: ContinuousDeals, disagreement: Sequence[float], seed: int = 0, start: Array | None = None) -> Survey:
    """Scan the box, and choose the units of gains and limits.

    Parameters
    ----------
    deals : ContinuousDeals
        The feasible set.
    disagreement : sequence of n floats
        Payoffs without a deal.
    seed : int
        Moves the lattice of the scan.
    start : array of shape (L,), optional
        A deal that may be near the solution.

    Raises
    ------
    LimitError
        There are too many combinations of finite levels.
    ValueError
        A payoff or limit is not finite somewhere in the box.
    """
    point = np.array([float(value) for value in disagreement])
    moving = [k for k in range(deals.num_levers) if k not in deals.finite and deals.lower[k] < deals.upper[k]]
    bases = _allowed_bases(deals)
    num_limits = len(deals.limits)
    frames = [Landscape(deals, point, base, moving, np.ones(point.size), np.ones(num_limits)) for base in bases]
    if not frames:
        return Survey((), np.ones(point.size), (), np.zeros(point.size), True, seed)
    anchors = [frames[0].unplace(levels) for levels in (start, deals.status_quo) if levels is not None]
    wanted = _count(len(moving), len(frames))
    # When time is up there are only ends of searches to be had, and no searches.
    lattice = unit_points(len(moving), min(wanted, _COARSE) if current().expired() else wanted, seed)
    points = np.concatenate([lattice, _landmarks(anchors, len(moving))]) if moving else lattice
    gains = np.array([frame.gains(points) for frame in frames])
    limits = np.array([frame.limits(points) for frame in frames])
    unseen, open_still = _unseen(frames, gains, limits, point)
    if len(unseen):
        points = np.concatenate([points, unseen])
        gains = np.concatenate([gains, [frame.gains(unseen) for frame in frames]], axis=1)
        limits = np.concatenate([limits, [frame.limits(unseen) for frame in frames]], axis=1)
    if not (np.isfinite(gains).all() and np.isfinite(limits).all()):
        raise ValueError("a payoff or limit is not a finite number somewhere in the range of the levers")
    unit, moved, constant, noise = _payoff_units(gains, limits, frames[0].equality, point, open_still)
    limit_unit, kept = _limit_units(limits, frames[0].equality)
    full_unit = np.ones(num_limits)
    full_unit[frames[0].rows] = limit_unit
    regions = []
    for base, gain, limit in zip(bases, gains, limits, strict=True):
        landscape = Landscape(deals, point, base, moving, unit, full_unit)
        regions.append(Region(landscape, points, gain / unit, landscape.broken(limit / limit_unit)))
    return Survey(tuple(regions), unit, moved, constant, not kept or bool((constant < 0).any()), seed, noise)


def _unseen(
    frames: Sequence[Landscape], gains: Array, limits: Array, disagreement: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return points at which what the scan shows as constant moves, (k, m), and for which players that is open."""
    open_still = np.zeros(disagreement.size, bool)
    deals, found = frames[0].deals, [np.empty((0, frames[0].size))]
    flat = gains.reshape(-1, gains.shape[-1])
    size = _size(flat, disagreement)
    still = np.flatnonzero(np.ptp(flat, axis=0) <= _CONSTANT * size)
    rows = limits.reshape(len(flat), limits.shape[-1])
    broken = np.where(frames[0].equality, np.abs(rows) > 0, rows < 0).all(axis=0)
    fixed = np.flatnonzero(broken & (np.ptp(rows, axis=0) <= _CONSTANT * np.abs(rows).max(axis=0, initial=0.0)))
    if deals.formulas is None or not frames[0].size or not (still.size or fixed.size):
        return found[0], open_still
    formulas = deals.formulas()
    for player in still:
        moves = unseen_moves(frames, formulas.payoffs[player], _CONSTANT * float(size[player]))
        found.append(moves.points)
        # Parts that move may cancel out where they were looked at, and nowhere else.
        open_still[player] = len(moves.points) > 0 or not moves.settled
    for place in fixed:
        parts = formulas.limits[frames[0].rows[place]] or ()
        found.append(unseen_moves(frames, parts, _CONSTANT * float(np.abs(rows[:, place]).max())).points)
    return np.concatenate(found), open_still


def dense(region: Region, seed: int = 0) -> Region:
    """Return a region of a mixed problem scanned as finely as if it were alone."""
    size = region.landscape.size
    count = _count(size, 1)
    if len(region.points) >= count:
        return region
    points = np.concatenate([region.points, unit_points(size, count, seed)])
    landscape = region.landscape
    return Region(landscape, points, landscape.gains(points), landscape.broken(landscape.limits(points)))


def _size(gains: Array, disagreement: Array) -> Array:
    """Return what the rounding of payoffs with these gains, (k, n), is relative to."""
    return np.asarray(np.maximum(np.abs(gains + disagreement).max(axis=0), np.abs(disagreement)))


def _payoff_units(
    gains: Array, limits: Array, equality: NDArray[np.bool_], disagreement: Array, open_still: NDArray[np.bool_]
) -> tuple[Array, tuple[int, ...], Array, float]:
    """Return the unit of each gain, the players whose payoff moves, the scaled gains of the others, the rounding."""
    flat = gains.reshape(-1, gains.shape[-1])
    kept = (limits[..., ~equality] >= 0).all(axis=-1).ravel()
    seen = flat[kept] if kept.sum() > 1 else flat
    span = np.ptp(flat, axis=0)
    size = _size(flat, disagreement)
    moves = (span > _CONSTANT * size) | open_still
    # The largest gain is the unit, so that a corner of the box with a huge loss does not drown the deals.
    best = seen.max(axis=0)
    unit = np.where(moves, np.where(best > 1e-6 * span, best, span), np.maximum(np.abs(flat[0]), size))
    unit = np.where(unit > 0, unit, 1.0)
    constant = np.where(moves | (np.abs(flat[0]) <= 1e-12 * size), 0.0, flat[0] / unit)
    noise = float((8.0 * np.finfo(float).eps * size / unit)[moves].max(initial=0.0))
    return unit, tuple(int(i) for i in np.flatnonzero(moves)), constant, noise


def _limit_units(limits: Array, equality: NDArray[np.bool_]) -> tuple[Array, bool]:
    """Return the unit of each limit, and whether every limit that nothing moves is kept."""
    flat = limits.reshape(limits.shape[0] * limits.shape[1], limits.shape[2])
    span = np.ptp(flat, axis=0)
    size = np.abs(flat).max(axis=0, initial=0.0)
    fixed = span <= _CONSTANT * size
    broken = np.where(equality, np.abs(flat[0]) > 0, flat[0] < 0)
    unit = np.where(fixed, size, span)
    return np.where(unit > 0, unit, 1.0), not bool((fixed & broken).any())


def ranking(region: Region, program: Program) -> Array:
    """Return a merit of each scanned point: the objective where all is kept, else how near to that it comes."""
    gains = region.gains
    worth = program.worth(gains)
    short = np.maximum(program.shortfall(gains), region.broken)
    if program.logarithmic:
        counted = program.weights > 0
        short = np.maximum(short, np.maximum(0.0, -gains[:, counted].min(axis=-1)))
    good = (short <= 0) & np.isfinite(worth)
    merit: Array = np.where(good, np.where(good, worth, 0.0), 2.0 * LOST - short)
    return merit


def peaks(region: Region, program: Program, count: int) -> Array:
    """Return up to ``count`` scanned points, best first, none of which has a better scanned point near it."""
    merit = ranking(region, program)
    if count == 1:
        return np.asarray(region.points[[int(np.argmax(merit))]])
    dimension = region.points.shape[1]
    pool = min(len(merit), _POOL if dimension <= 2 else _POOL // 2)
    order = np.argsort(-merit, kind="stable")[:pool]
    points = region.points[order]
    if dimension == 0:
        return points[:1]
    # Near means: about the distance of neighbours in the scan.
    radius = (1.5 if dimension <= 3 else np.sqrt(max(1.0, dimension / 6.0))) * len(merit) ** (-1.0 / dimension)
    # Summed lever by lever: a matrix product of this size would wake up threads that cost more than they bring.
    squares = np.zeros((pool, pool))
    for level in points.T:
        squares += np.subtract.outer(level, level) ** 2
    near = squares < radius**2
    alone = ~np.tril(near, -1).any(axis=1)
    chosen = [int(k) for k in np.flatnonzero(alone)[:count]]
    # A second and third opinion where the scan shows a single peak: middling points, deals where there are any.
    deals = int((merit[order] > LOST).sum()) or pool
    spare = [k for k in dict.fromkeys((deals // 2, deals - 1)) if k not in chosen]
    chosen += spare[: max(0, min(count, _FEWEST) - len(chosen))]
    return points[chosen]
