r"""Lotteries of three or more players: linear programs for max-min and sums, column generation for the Nash product.

A lottery over payoff vectors is a vector of probabilities; its gains are linear in it.  The lexicographic max-min is a
sequence of linear programs: players with a positive multiplier cannot be raised further and are held where they are.
The Nash product over lotteries is concave: with :math:`\lambda_i = w_i / v_i` at the best mixture of some vectors, the
vector with the largest :math:`\lambda \cdot v(x)` enters, until none exceeds one; what it exceeds one by is a proven
bound on the log product.  Every gain is scaled to the largest in size before any program sees it.  Tested against
exact two-player geometry, grids, and a second solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.errors import NotSolvedError
from bargain.solutions.barrier import largest_product

__all__ = ["GAIN_TOLERANCE", "PROGRAM_TOLERANCE", "LotteryPrograms", "MaxMin", "Mixture", "lottery_is_no_worse"]

Floats = NDArray[np.float64]

GAIN_TOLERANCE = 1e-9
"""A largest gain below this share of the player's largest payoff difference counts as none."""

PROGRAM_TOLERANCE = 1e-10
"""By how much a linear program may miss a condition, as a share of the player's largest gain."""

_LP_OPTIONS: Any = {
    "primal_feasibility_tolerance": PROGRAM_TOLERANCE,
    "dual_feasibility_tolerance": PROGRAM_TOLERANCE,
    "presolve": True,
}
_HELD = (1e-10, 1e-9, 1e-8)
"""By how much players who are held may fall short while others are raised, in units of ``scale``."""
_HOLDS = 1e-7
"""Share of a level's multipliers above which a player is what holds the level back."""
_SUPPORT = 1e-9
_GAP = 1e-12
_MAX_COLUMNS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Probabilities (k,) of the payoff vectors, the supporting normal (n,) that proves them optimal, and its gap."""

    chances: Floats
    normal: Floats
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class MaxMin:
    """A lexicographic max-min lottery: ``stages`` holds the players fixed together, with their common ratio."""

    mixture: Mixture
    stages: tuple[tuple[tuple[int, ...], float], ...]


class LotteryPrograms:
    """Programs over all lotteries of k payoff vectors with gains (k, n).

    Attributes
    ----------
    scale : array of shape (n,)
        The size of each player's gains, by which they are divided.
    ideal : array of shape (n,) or None
        Largest gain of each player over individually rational lotteries, in units of ``scale``; None when there is no
        individually rational lottery.
    best : list of arrays of shape (k,)
        A lottery that attains each ideal gain.
    """

    def __init__(self, gains: Floats) -> None:
        largest = np.abs(gains).max(axis=0, initial=0.0)
        self.scale = np.where(largest > 0, largest, 1.0)
        self.gains = gains / self.scale
        self.best: list[Floats] = []
        self.ideal: Floats | None = None
        if not len(gains):
            # No deal keeps all limits, so there is no lottery either.
            return
        ideal = []
        for player in range(gains.shape[1]):
            found = self._maximise(np.eye(gains.shape[1])[player], np.zeros(gains.shape[1]))
            if found is None:
                return
            ideal.append(max(0.0, float(self.gains[:, player] @ found[0])))
            self.best.append(found[0])
        self.ideal = np.where(np.array(ideal) > GAIN_TOLERANCE, ideal, 0.0)

    def _maximise(self, direction: Floats, lower: Floats) -> tuple[Floats, Floats] | None:
        """Return the lottery with the largest direction @ gains and gains of at least ``lower``, and multipliers."""
        return self.best_above(self.gains @ direction, lower)

    def best_above(self, objective: Floats, lower: Floats) -> tuple[Floats, Floats] | None:
        """Return the lottery with the largest expected objective and gains of at least ``lower``, and multipliers."""
        result = linprog(
            -objective,
            A_ub=-self.gains.T,
            b_ub=-lower,
            A_eq=np.ones((1, len(self.gains))),
            b_eq=[1.0],
            method="highs",
            options=_LP_OPTIONS,
        )
        if result.status == 2:
            return None
        if result.status != 0:
            raise NotSolvedError(f"a linear program over lotteries was not solved: {result.message}")
        return _probabilities(result.x), -np.asarray(result.ineqlin.marginals)

    def _largest(self, direction: Floats) -> float:
        """Return what no deal's direction @ gains exceeds."""
        return float((self.gains @ direction).max())

    def _raise(self, scales: Floats, free: Sequence[int], lower: Floats) -> tuple[float, Floats, Floats]:
        """Maximise t such that every free player gains at least t times its scale, all others at least ``lower``."""
        assert self.ideal is not None
        count = len(self.gains)
        # No level is above the smallest ideal ratio; in units of it the program is well scaled.
        unit = min(self.ideal[i] / scales[i] for i in free)
        lead = np.zeros(len(scales))
        lead[list(free)] = scales[list(free)] * unit
        for slack in _HELD:
            result = linprog(
                np.append(np.zeros(count), -1.0),
                A_ub=np.column_stack([-self.gains.T, lead]),
                b_ub=np.where(lower > 0, slack, 0.0) - lower,
                A_eq=np.append(np.ones(count), 0.0)[None],
                b_eq=[1.0],
                bounds=_bounds(count, 2),
                method="highs",
                options=_LP_OPTIONS,
            )
            if result.status == 0:
                return (
                    unit * float(np.asarray(result.x)[-1]),
                    _probabilities(np.asarray(result.x)[:-1]),
                    -unit * result.ineqlin.marginals,
                )
        raise NotSolvedError(f"a linear program over lotteries was not solved: {result.message}")

    def largest_least(self, scales: Floats, players: Sequence[int]) -> MaxMin:
        """Return the lexicographic max-min of gains / scales (in units of ``scale``) over some players."""
        lower = np.zeros(self.gains.shape[1])
        free = list(players)
        stages: list[tuple[tuple[int, ...], float]] = []
        normals: list[Floats] = []
        gap = 0.0
        chances = self.best[0]
        while free:
            level, chances, multipliers = self._raise(scales, free, lower)
            shares = multipliers * scales
            held = [i for i in free if shares[i] > _HOLDS] or free
            stages.append((tuple(held), level))
            normals.append(np.maximum(multipliers, 0.0))
            gap = max(gap, self._excess(normals[-1], scales, free, lower, level))
            for i in held:
                lower[i] = level * scales[i]
            free = [i for i in free if i not in held]
        return MaxMin(Mixture(chances, normals[0] / self.scale, gap), tuple(stages))

    def _excess(self, normal: Floats, scales: Floats, free: Sequence[int], lower: Floats, level: float) -> float:
        """Return by what share of itself the level of a stage may be too low, by weak duality."""
        normal = normal / max(float(normal[list(free)] @ scales[list(free)]), 1e-300)
        held = np.ones(len(scales), bool)
        held[list(free)] = False
        bound = self._largest(normal) - float(normal[held] @ lower[held])
        return (bound - level) / max(abs(level), 1e-300) if level > 1e-12 else 0.0

    def largest_sum(self, weights: Floats) -> Mixture:
        """Return the individually rational lottery with the largest weighted sum of gains (in payoff units)."""
        scaled = weights * self.scale
        size = float(scaled.max())
        found = self._maximise(scaled / size, np.zeros(len(weights)))
        if found is None:
            raise NotSolvedError("no individually rational lottery was found")
        chances, multipliers = found
        direction = scaled / size + np.maximum(multipliers, 0.0)
        gap = self._largest(direction) - float((self.gains @ (scaled / size))[: len(chances)] @ chances)
        return Mixture(chances, size * direction / self.scale, gap)

    def largest_product(self, weights: Floats) -> Mixture:
        """Return the lottery with the largest weighted product of gains over the players who can gain."""
        assert self.ideal is not None
        able = self.ideal > 0
        columns = np.arange(len(self.gains)) if able.all() else self._usable()
        units = np.where(able, self.ideal, 1.0)
        gains = self.gains[columns] / units
        start = np.mean([chances[columns] for chances in self.best], axis=0)
        mixed = gains @ np.diag(able) if not able.all() else gains
        chosen = np.unique(np.concatenate([np.flatnonzero(start > _SUPPORT), gains.argmax(axis=0)]))
        share = weights[able] / weights[able].sum()
        while True:
            inner, prices = largest_product(mixed[chosen][:, able], gains[chosen][:, ~able], share, start[chosen])
            direction = np.zeros(len(weights))
            direction[able] = share / (inner @ mixed[chosen][:, able])
            direction[~able] = -prices
            values = gains @ direction
            gap = float(values.max() - 1)
            start = np.zeros(len(columns))
            start[chosen] = inner
            entering = int(values.argmax())
            if gap <= _GAP or entering in chosen or len(chosen) > _MAX_COLUMNS:
                break
            chosen = np.append(chosen, entering)
        chances = np.zeros(len(self.gains))
        chances[columns] = start
        return Mixture(chances, direction / (units * self.scale), max(gap, 0.0))

    def _usable(self) -> NDArray[np.intp]:
        """Return the vectors that some individually rational lottery uses; needed when somebody cannot gain."""
        count, num_players = self.gains.shape
        # The cone of all multiples of such lotteries: its largest support, by a program with capped indicators.
        result = linprog(
            np.concatenate([np.zeros(count), -np.ones(count)]),
            A_ub=np.block([[-self.gains.T, np.zeros((num_players, count))], [-np.eye(count), np.eye(count)]]),
            b_ub=np.zeros(num_players + count),
            bounds=_bounds(count, 1, count),
            method="highs",
            options=_LP_OPTIONS,
        )
        if result.status != 0:
            raise NotSolvedError(f"a linear program over lotteries was not solved: {result.message}")
        return np.flatnonzero(np.asarray(result.x)[count:] > 0.5)


def _bounds(count: int, cap: float, capped: int = 1) -> Any:
    return [(0.0, None)] * count + [(0.0, cap)] * capped


def lottery_is_no_worse(differences: Floats) -> bool:
    """Whether some lottery over these payoff differences (k, n) has a negative expectation for nobody."""
    largest = np.abs(differences).max(axis=0)
    result = linprog(
        np.zeros(len(differences)),
        A_ub=-(differences / np.where(largest > 0, largest, 1.0)).T,
        b_ub=np.zeros(differences.shape[1]),
        A_eq=np.ones((1, len(differences))),
        b_eq=[1.0],
        method="highs",
        options=_LP_OPTIONS,
    )
    return bool(result.status == 0)


def _probabilities(values: Any) -> Floats:
    chances = np.maximum(np.asarray(values, float), 0.0)
    return np.asarray(chances / chances.sum())
