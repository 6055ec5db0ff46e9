r"""The equations of logit quantal response in log probabilities, and Newton steps on them.

With :math:`p_{ia} = e^{y_{ia}}`, a logit equilibrium at :math:`\lambda` solves
:math:`y_{ia} - \lambda u_{ia}(p) + \log \sum_b e^{\lambda u_{ib}(p)} = 0`.  In logarithms nothing underflows, however
small a probability becomes (Turocy 2005).  Tested through :mod:`bargain.equilibria.quantal_response`, and its
derivatives against differences.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.games.whole_numbers import contract

__all__ = ["LogitSystem", "Tangent"]

Floats = NDArray[np.float64]

_NEWTON = 12
"""Steps after which a start is given up; converging ones need two to five."""

_ACCURACY, _ROUNDING = 1e-12, 1e-14
"""Residual of a solved system, and what is added to it per unit of lambda because payoffs are rounded."""


class Tangent(NamedTuple):
    """A unit direction along the branch, its last entry in lambda, and the sign of the system's determinant there."""

    direction: Floats
    sign: float


class LogitSystem:
    """The logit equations of a game whose payoffs are in units in which lambda is a pure number.

    A point is a vector of all log probabilities, player by player, followed by lambda.
    """

    def __init__(self, tables: Floats) -> None:
        self.tables = tables
        self.sizes = tables.shape[1:]
        self.ends = np.cumsum(self.sizes)
        self.starts = self.ends - np.array(self.sizes)

    @property
    def centre(self) -> Floats:
        """The only equilibrium at lambda = 0: everything equally likely."""
        return np.append(np.repeat(-np.log(self.sizes), self.sizes), 0.0)

    def strategies(self, point: Floats) -> list[Floats]:
        """Return the probabilities, scaled to add up to one."""
        chances = [np.exp(point[a:b]) for a, b in zip(self.starts, self.ends, strict=True)]
        return [each / each.sum() for each in chances]

    def equations(self, point: Floats) -> tuple[Floats, Floats]:
        """Return the residuals (N,) and their derivatives (N, N + 1)."""
        rationality = point[-1]
        chances = [np.exp(np.minimum(point[a:b], 1.0)) for a, b in zip(self.starts, self.ends, strict=True)]
        residual, slopes = np.empty(len(point) - 1), np.zeros((len(point) - 1, len(point)))
        slopes[:, :-1] = np.eye(len(point) - 1)
        for i, table in enumerate(self.tables):
            mine = slice(self.starts[i], self.ends[i])
            pays = contract(table, i, chances)
            exponents = rationality * pays
            highest = exponents.max()
            weights = np.exp(exponents - highest)
            total = weights.sum()
            reply = weights / total
            residual[mine] = point[mine] - exponents + highest + np.log(total)
            slopes[mine, -1] = reply @ pays - pays
            for j in range(len(self.tables)):
                if j != i:
                    effect = rationality * self._effect(i, j, chances) * chances[j]
                    slopes[mine, self.starts[j] : self.ends[j]] = reply @ effect - effect
        return residual, slopes

    def _effect(self, player: int, other: int, chances: list[Floats]) -> Floats:
        """Return how a player's action payoffs change with another's probabilities, shape (m_player, m_other)."""
        table = self.tables[player]
        for k in reversed(range(len(chances))):
            if k not in (player, other):
                table = np.moveaxis(table, k, -1) @ chances[k]
        effect: Floats = table if player < other else table.T
        return effect

    def residual(self, point: Floats) -> float:
        """Return how far the probabilities are from the logit reply to themselves, in probability."""
        strategies = self.strategies(point)
        gap = 0.0
        for i, table in enumerate(self.tables):
            exponents = point[-1] * contract(table, i, strategies)
            weights = np.exp(exponents - exponents.max())
            gap = max(gap, float(np.abs(weights / weights.sum() - strategies[i]).max()))
        return gap

    def tangent(self, point: Floats, along: Floats) -> Tangent:
        """Return the direction of the branch that points the same way as ``along``."""
        slopes = self.equations(point)[1]
        bordered = np.vstack([slopes, along])
        # This determinant changes its sign only where another branch crosses.
        sign = float(np.linalg.slogdet(bordered)[0])
        if sign:
            made: Floats = np.linalg.solve(bordered, np.append(np.zeros(len(slopes)), 1.0)).astype(np.float64)
        else:
            made = np.linalg.svd(slopes)[2][-1]
            made = made if made @ along >= 0 else -made
        return Tangent(made / np.linalg.norm(made), sign)

    def corrected(self, point: Floats, fixed: Floats) -> tuple[Floats, int] | None:
        """Return the solution in the plane through ``point`` across ``fixed``, and the Newton steps taken, or None."""
        start = point
        solved: tuple[Floats, int] | None = None
        least = np.inf
        for step in range(_NEWTON):
            residual, slopes = self.equations(point)
            if not np.isfinite(residual).all():
                return solved
            off = np.append(residual, fixed @ (point - start))
            if solved is not None:
                # Where an equilibrium is one of a continuum, nearly, the first solution may still be far from it.
                return (point, step - 1) if np.abs(off).max() <= least else solved
            if np.abs(off).max() <= _ACCURACY + _ROUNDING * abs(point[-1]):
                solved, least = (point, step), float(np.abs(off).max())
            try:
                change: Floats = np.linalg.solve(np.vstack([slopes, fixed]), -off).astype(np.float64)
            except np.linalg.LinAlgError:
                return solved
            point = point + (change if solved else self._damped(point, change, off, fixed, start))
        return solved

    def _damped(self, point: Floats, change: Floats, off: Floats, fixed: Floats, start: Floats) -> Floats:
        """Return the Newton step, halved until the residual falls."""
        size = float(np.abs(off).max())
        for _ in range(4):
            trial = point + change
            residual = self.equations(trial)[0]
            moved = max(float(np.abs(residual).max()), abs(float(fixed @ (trial - start))))
            if moved < size:
                break
            change = change / 2
        return change
