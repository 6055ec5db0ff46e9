r"""The objective of a rule bounded by prices on gains and limits: what no deal exceeds, wherever it is.

Let v be scaled gains, and g scaled limits (at least 0 where kept).  At a solution found, with multipliers :math:`\nu`
of promises :math:`v_i \ge b_i` and :math:`\mu` of limits, every deal satisfies

.. math::
    \sum_i w_i \log v_i &\le \sum_i w_i (\log a_i + v_i/a_i - 1)
        && \text{(products; } a \text{ are the gains found)} \\
    \min_i (v_i - b_i)/s_i &\le \sum_i \lambda_i (v_i - b_i), \quad \textstyle\sum_i \lambda_i s_i = 1
        && \text{(max-min)}

and adding :math:`\nu_i (v_i - b_i) + \mu_c g_c \ge 0` keeps this true.  The right-hand side is linear in v and g, so
that it falls apart along the linkage graph (Everett 1963; Geoffrion 1974, Lagrangean relaxation).

A linear bound is curved the wrong way where a program is not concave, even next to its solution.  There *squares* are
taken off, as much as a box allows: log(r) <= r - 1 - k (r - 1)^2 up to r = R with k = (R - 1 - log R)/(R - 1)^2;
g - k g^2 >= 0 up to g = 1/k; and the spread of the shares in a max-min.  As boxes shrink around a strict local solution
the bound becomes concave.  Tested through :mod:`bargain.solutions.global_bound`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bargain.solutions.landscape import Array
from bargain.solutions.search import Optimum

__all__ = ["Lagrangian", "Square", "lagrangian"]

_SHARE = 0.1
"""How much of a multiplier is spent on curvature; more would change the curvature along the limit too much."""

_LEAST_PRICE = 0.1
_NO_GAIN = 1e-300

Weight = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class Square:
    """What is taken off: ``weight`` times the square of ``gain @ v + limit @ g + constant``.

    ``weight`` is a function of the lower and upper ends of that number over boxes, or of the whole spread of shares
    where ``spread`` is true.
    """

    gain: Array
    limit: Array
    constant: float
    weight: Weight
    spread: bool = False


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """A bound of the objective: ``gain @ v + limit @ g + constant``, less squares."""

    gain: Array
    limit: Array
    constant: float
    squares: tuple[Square, ...]


def lagrangian(optimum: Optimum) -> Lagrangian | None:
    """Return the bound that belongs to a solution found, or None where its conditions give no usable prices."""
    program = optimum.program
    players, limits = optimum.gains.size, optimum.landscape.rows.size
    rows, prices = _multipliers(optimum)
    if not (np.isfinite(rows).all() and np.isfinite(prices).all()):
        return None
    gain, constant = np.zeros(players), 0.0
    squares: list[Square] = []
    if program.has_least:
        raised = program.raised
        total = float(rows[raised] @ program.scales[raised])
        if not total > 0:
            rows[raised], total = 1.0, float(program.scales[raised].sum())
        rows, prices = rows / total, prices / total
        squares += _spread_squares(optimum, rows)
    elif program.logarithmic:
        counted = np.flatnonzero(program.weights > 0)
        found = np.maximum(optimum.gains[counted], _NO_GAIN)
        gain[counted] = program.weights[counted] / found
        constant += float(program.weights[counted] @ (np.log(found) - 1.0))
        squares += _log_squares(optimum, counted, found)
    else:
        gain += program.weights
    promised = np.flatnonzero(rows > 0)
    squares += [*_limit_squares(optimum, prices), *_row_squares(optimum, rows, promised)]
    constant -= float(rows[promised] @ program.floors[promised])
    assert prices.size == limits
    return Lagrangian(gain + rows, prices, constant, tuple(squares))


def _multipliers(optimum: Optimum) -> tuple[Array, Array]:
    """Return the multipliers of all players' promises and of all limits."""
    rows, prices = np.zeros(optimum.gains.size), np.zeros(optimum.landscape.rows.size)
    for item, value in zip(optimum.at.active, optimum.at.multipliers, strict=True):
        source = optimum.source(item)
        if source.kind == "row":
            rows[source.place] += value
        elif source.kind == "limit":
            prices[source.place] += value
    inequality = ~optimum.landscape.equality
    prices[inequality] = np.maximum(prices[inequality], 0.0)
    return np.maximum(rows, 0.0), prices


def _unit(size: int, place: int, value: float = 1.0) -> Array:
    vector = np.zeros(size)
    vector[place] = value
    return vector


def _spent(price: float) -> Weight:
    """Return the weight of the square of a number that is at least 0 and has a price."""

    def weight(low: Array, high: Array) -> Array:
        return np.where((high > 0) & np.isfinite(high), _SHARE * price / np.maximum(high, _NO_GAIN), 0.0)

    return weight


def _around_zero(price: float) -> Weight:
    """Return the weight of the square of a number that must be 0."""

    def weight(low: Array, high: Array) -> Array:
        size = np.maximum(np.abs(low), np.abs(high))
        return np.where((size > 0) & np.isfinite(size), price / np.maximum(size, _NO_GAIN), 0.0)

    return weight


def _limit_squares(optimum: Optimum, prices: Array) -> list[Square]:
    players, equality = optimum.gains.size, optimum.landscape.equality
    found = []
    for place, price in enumerate(prices):
        if equality[place]:
            weight = _around_zero(max(abs(price), _LEAST_PRICE))
        elif price > 0:
            weight = _spent(float(price))
        else:
            continue
        found.append(Square(np.zeros(players), _unit(prices.size, place), 0.0, weight))
    return found


def _row_squares(optimum: Optimum, rows: Array, promised: NDArray[np.int_]) -> list[Square]:
    program, limits = optimum.program, optimum.landscape.rows.size
    raised = set(program.raised.tolist())
    return [
        Square(_unit(rows.size, int(i)), np.zeros(limits), -float(program.floors[i]), _spent(float(rows[i])))
        for i in promised
        if int(i) not in raised
    ]


def _spread_squares(optimum: Optimum, rows: Array) -> list[Square]:
    r"""Return the squares of shares less their mean: min a <= m - sum_i p_i (a_i - m)^2 / E with m = sum_i p_i a_i.

    Here E is at least the distance of the greatest share from the least.
    """
    program = optimum.program
    raised, scales, floors = program.raised, program.scales, program.floors
    weights = rows[raised] * scales[raised]
    mean, middle = np.zeros(rows.size), 0.0
    mean[raised] = rows[raised]
    middle = -float(rows[raised] @ floors[raised])
    found = []
    for weight, i in zip(weights, raised, strict=True):
        if weight > 0:
            line = _unit(rows.size, int(i), 1.0 / scales[i]) - mean
            constant = -float(floors[i] / scales[i]) - middle
            found.append(Square(line, np.zeros(optimum.landscape.rows.size), constant, _spent(float(weight)), True))
    return found


def _log_squares(optimum: Optimum, counted: NDArray[np.int_], found: Array) -> list[Square]:
    size, limits = optimum.gains.size, optimum.landscape.rows.size
    weights = optimum.program.weights
    return [
        Square(_unit(size, int(i), 1.0 / gain), np.zeros(limits), -1.0, _log_weight(float(weights[i])))
        for i, gain in zip(counted, found, strict=True)
    ]


def _log_weight(share: float) -> Weight:
    """Return the weight of the square of r - 1, where log r <= r - 1 - weight*(r - 1)^2 for r up to the upper end."""

    def weight(low: Array, high: Array) -> Array:
        # `high` is the upper end of r - 1.
        past = np.maximum(high, -1.0 + 1e-9)
        safe = np.where(np.abs(past) < 1e-3, 1.0, past)
        exact = (safe - np.log1p(safe)) / safe**2
        near = 0.5 - past / 3.0
        found = np.where(np.abs(past) < 1e-3, near, exact)
        return np.where(np.isfinite(high) & (high > -1.0), share * found * (1.0 - 1e-9), 0.0)

    return weight
