"""Climbing where payoffs have kinks (min, max, abs, conditionals) and one gradient does not tell the way.

At a kink, SLSQP may stop at a point that is not a solution.  Here values, gradients and Hessians are sampled in a small
ball (in the spirit of Burke, Lewis and Overton 2005); every sample gives a quadratic piece, and a function is modelled
as the least of its pieces.  The gains become unknowns of their own, each below all its pieces, so that the model is
smooth and the ordinary climb, polish and conditions of optimality apply to it.  The ball shrinks with the steps (a
trust region).  Pieces that belong to a valley, a kink of the other kind, are left out, and points around the solution
are tried without any model.  Tested on problems whose solution at a kink is known, and against dense grids.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.solutions.kkt import Conditions, Restriction, conditions, polish
from bargain.solutions.landscape import Array, Landscape
from bargain.solutions.program import Program, climb
from bargain.solutions.starts import unit_points

__all__ = ["Pieces", "Refined", "probe", "refine"]

_FIRST_RADIUS = 1e-2
_LAST_RADIUS = 1e-6
_MAX_MODELS = 14
_PENALTY = 100.0


class Pieces:
    """The model of a landscape around a point: unknowns are the m levers and the n gains.

    A limit of the model is a piece of a gain less the gain itself, or a piece of a real limit.

    Parameters
    ----------
    landscape : Landscape
        What is modelled.
    z : array of shape (m,)
        The middle of the ball.
    radius : float
        In fractions of the levers' ranges.
    """

    def __init__(self, landscape: Landscape, z: Array, radius: float) -> None:
        levers, players = landscape.size, landscape.payoff_unit.size
        self.levers, self.size = levers, levers + players
        self.low = np.concatenate([np.zeros(levers), np.full(players, -np.inf)])
        self.high = np.concatenate([np.ones(levers), np.full(players, np.inf)])
        self.sources: list[Restriction] = []
        centres, starts, slopes, bends, owners = [], [], [], [], []
        for gain, function, piece in _sampled(landscape, z, radius):
            equation = not gain and bool(landscape.equality[function])
            self.sources.append(Restriction("piece" if gain else "limit", function, equation))
            owners.append(function if gain else -1)
            centres.append(piece.centre)
            starts.append(piece.value)
            slopes.append(piece.slope)
            bends.append(piece.bend)
        self.equality: NDArray[np.bool_] = np.array([source.equation for source in self.sources], dtype=bool)
        self.rows = np.arange(len(self.sources))
        self._centres, self._starts = np.array(centres), np.array(starts)
        self._slopes, self._bends = np.array(slopes), np.array(bends)
        self._lift = np.zeros((len(owners), players))
        for row, owner in enumerate(owners):
            if owner >= 0:
                self._lift[row, owner] = -1.0

    def values(self, y: Array) -> tuple[Array, Array]:
        """Return the gains, which are unknowns here, and the slack of every piece."""
        away = y[: self.levers] - self._centres
        curved = 0.5 * np.einsum("ki,kij,kj->k", away, self._bends, away)
        gains = y[self.levers :]
        return gains, self._starts + (self._slopes * away).sum(axis=1) + curved + self._lift @ gains

    def slopes(self, y: Array) -> tuple[Array, Array]:
        """Return the gradients of gains and slacks."""
        away = y[: self.levers] - self._centres
        slopes = self._slopes + np.einsum("kij,kj->ki", self._bends, away)
        return np.eye(self.size)[self.levers :], np.hstack([slopes, self._lift])

    def bends(self, y: Array) -> tuple[Array, Array]:
        """Return the Hessians of gains and slacks."""
        whole = np.zeros((len(self.rows), self.size, self.size))
        whole[:, : self.levers, : self.levers] = self._bends
        return np.zeros((self.size - self.levers, self.size, self.size)), whole

    def violation(self, y: Array) -> float:
        """Return how far the slacks are broken (0 = kept)."""
        slack = self.values(y)[1]
        return float(np.where(self.equality, np.abs(slack), np.maximum(0.0, -slack)).max(initial=0.0))

    def lifted(self, y: Array) -> Array:
        """Return the same levers with every gain as high as its pieces allow."""
        room = self.values(y)[1]
        lifted = y.copy()
        for player in range(self.size - self.levers):
            mine = self._lift[:, player] < 0
            lifted[self.levers + player] += room[mine].min()
        return lifted

    def source(self, item: Restriction) -> Restriction:
        """Return the restriction of the landscape that a restriction of the model stands for."""
        return self.sources[item.place] if item.kind == "limit" else item


@dataclass(frozen=True, eq=False)
class _Piece:
    centre: Array
    value: float
    slope: Array
    bend: Array


@dataclass(frozen=True, eq=False)
class Refined:
    """Where the climb with pieces ended: the point, the last model, its unknowns and their conditions."""

    z: Array
    frame: Pieces
    y: Array
    at: Conditions


def _sampled(landscape: Landscape, z: Array, radius: float) -> list[tuple[bool, int, _Piece]]:
    """Return (whether it is a gain, which one, piece) for the distinct pieces that samples show."""
    size = landscape.size
    offsets = np.concatenate([np.zeros((1, size)), np.eye(size), -np.eye(size), 2.0 * unit_points(size, 4) - 1.0])
    samples = np.clip(z + radius * offsets, 0.0, 1.0)
    found: list[tuple[bool, int, _Piece]] = []
    kept: dict[tuple[bool, int], list[tuple[Array, float]]] = {}
    for sample in samples:
        values, slopes, bends = landscape.values(sample), landscape.slopes(sample), landscape.bends(sample)
        for gain in (True, False):
            group = 0 if gain else 1
            for function in range(len(values[group])):
                bend = bends[group][function]
                bend = bend if np.isfinite(bend).all() else np.zeros_like(bend)
                piece = _Piece(sample, float(values[group][function]), slopes[group][function], bend)
                seen = kept.setdefault((gain, function), [])
                single = not gain and bool(landscape.equality[function])
                if not (single and seen) and _is_new(piece, z, radius, seen):
                    found.append((gain, function, piece))
    return found


def _is_new(piece: _Piece, z: Array, radius: float, seen: list[tuple[Array, float]]) -> bool:
    """Return whether a piece differs at ``z`` from those seen, and remember it."""
    away = z - piece.centre
    slope = piece.slope + piece.bend @ away
    value = piece.value + float(piece.slope @ away + 0.5 * away @ piece.bend @ away)
    size = 0.1 * (1.0 + float(np.abs(piece.bend).max(initial=0.0)))
    for other_slope, other_value in seen:
        same_slope = np.abs(slope - other_slope).max() <= size * radius
        if same_slope and abs(value - other_value) <= size * radius**2 + 1e-14:
            return False
    # A piece that lies below the function in the middle belongs to a valley: it is no bound from above.
    if seen and value < seen[0][1] - size * radius**2 - 1e-13:
        return False
    seen.append((slope, value))
    return True


def _score(landscape: Landscape, program: Program, points: Array) -> Array:
    """Return objective minus penalty of points of shape (k, m)."""
    gains = landscape.gains(points)
    value = np.array([program.objective(row) for row in gains])
    if program.has_least:
        value = value + program.height(gains)
    broken = landscape.violation(points) + program.shortfall(gains)
    penalty = _PENALTY * max(1.0, float(np.abs(program.pull(gains[0])).sum()))
    score: Array = np.where(np.isfinite(value), value - penalty * broken, -np.inf)
    return score


def probe(landscape: Landscape, program: Program, z: Array, seed: int = 0) -> Array | None:
    """Return the best of some hundred points around ``z`` when it is better than ``z``, else None."""
    directions = 2.0 * unit_points(landscape.size, 64, seed) - 1.0
    eye = np.eye(landscape.size)
    directions = np.concatenate([directions, eye, -eye])
    points = np.concatenate([z + radius * directions for radius in (0.1, 0.02, 4e-3, 5e-4, 5e-5)])
    points = np.concatenate([z[None], np.clip(points, 0.0, 1.0)])
    score = _score(landscape, program, points)
    best = int(np.argmax(score))
    return points[best] if score[best] > score[0] + 1e-10 * max(1.0, abs(score[0])) else None


def refine(landscape: Landscape, program: Program, z: Array) -> Refined:
    """Climb from ``z`` with pieces until the steps are tiny, and return the last model with its conditions."""
    radius, score = _FIRST_RADIUS, float(_score(landscape, program, z[None])[0])
    for _ in range(_MAX_MODELS):
        moved, reached = _shortened(landscape, program, z, _solved(landscape, program, z, radius)[0])
        length = float(np.abs(moved - z).max())
        if reached >= score - 1e-13 * max(1.0, abs(score)):
            z, score = moved, max(score, reached)
            radius = min(radius, max(4.0 * length, 0.01 * radius)) if length < 0.9 * radius else 2.0 * radius
        else:
            radius *= 0.1
        radius = min(max(radius, _LAST_RADIUS), 0.1)
        if radius <= _LAST_RADIUS and length <= _LAST_RADIUS:
            break
    moved, frame, y, at = _solved(landscape, program, z, _LAST_RADIUS)
    if _score(landscape, program, moved[None])[0] >= score - 1e-12 * max(1.0, abs(score)):
        return Refined(moved, frame, y, at)
    y = np.concatenate([z, landscape.gains(z)])
    return Refined(z, frame, y, conditions(frame, program, y))


def _shortened(landscape: Landscape, program: Program, z: Array, moved: Array) -> tuple[Array, float]:
    """Return the end of a step and its score; a step that loses (over a jump, say) is cut by halves until it gains."""
    fractions = 0.5 ** np.arange(30.0)
    points = z + fractions[:, None] * (moved - z)
    points[0] = moved
    score = _score(landscape, program, points)
    best = 0 if score[0] >= float(_score(landscape, program, z[None])[0]) else int(np.argmax(score))
    return points[best], float(score[best])


def _solved(landscape: Landscape, program: Program, z: Array, radius: float) -> tuple[Array, Pieces, Array, Conditions]:
    """Return the best point of the model in the ball: levers, model, all unknowns, conditions."""
    frame = Pieces(landscape, z, radius)
    low, high = frame.low.copy(), frame.high.copy()
    low[: landscape.size] = np.maximum(0.0, z - radius)
    high[: landscape.size] = np.minimum(1.0, z + radius)
    y = np.concatenate([z, landscape.gains(z)])
    if radius > 1e-5:
        y = climb(frame, program, y, (low, high))
    y, _ = polish(frame, program, y)
    # A gain that no promise and no objective pulls up may lie below its pieces.
    y = frame.lifted(y)
    at = conditions(frame, program, y)
    moved: Array = np.clip(y[: landscape.size], low[: landscape.size], high[: landscape.size])
    return moved, frame, y, at
