r"""Programs of optimal correlated equilibria in a common unit, and the bound that their multipliers prove.

Payoffs are shifted by every player's smallest payoff and divided by a power of two, which keeps their digits.  With
objective :math:`f` (the sum of payoffs, its negative, or a mean of payoffs) and multipliers :math:`\lambda \ge 0`,
every correlated equilibrium :math:`\pi` has

.. math:: f \cdot \pi \le \max_a \; f(a) + \sum_{i, b} \lambda_i(a_i, b) [u_i(a) - u_i(b, a_{-i})] ,

because obeying is never worth less than nothing (weak duality).  The right-hand side is recomputed here, with a bound
on its rounding errors.  Tested by the same sum in Fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from math import frexp, ldexp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.incentives import Incentives, Indices, Rows
from bargain.equilibria.polishing import Optimum, Program
from bargain.games.exact_numbers import rounded_down, rounded_up
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction

__all__ = ["Multipliers", "Scaled", "extend", "in_payoff_units", "program_of", "proved_bound", "scale"]

Floats = NDArray[np.float64]

_EPS = float(np.finfo(float).eps)


class Scaled(NamedTuple):
    """Payoffs ``lows[i] + units[i] * tables[i]``: tables lie in [0, 1], units are powers of two."""

    tables: Floats
    lows: tuple[Fraction, ...]
    units: tuple[float, ...]

    @property
    def unit(self) -> float:
        """The largest unit, in which objectives are stated."""
        return max(self.units)


class Multipliers(NamedTuple):
    """Multipliers ``weights`` of incentive constraints, and the players' ``shares`` in an egalitarian objective."""

    rows: Rows
    weights: NDArray[Any]
    shares: tuple[Any, ...] | None


def scale(game: NormalFormGame) -> Scaled:
    """Return the payoffs in powers of two of their own; constant payoffs have the largest unit."""
    tables = np.zeros(game.payoffs.shape)
    lows, units = [], []
    for i, span in enumerate(game.spans):
        exponent = frexp(span)[1] if span else 0
        table: Any = game.payoffs[i] if game.fractions is None else game.fractions[i]
        low = table.min()
        if span:
            shifted = table - low if game.fractions is None else ((table - low) / Fraction(2) ** exponent).astype(float)
            tables[i] = np.ldexp(shifted, -exponent) if game.fractions is None else shifted
        lows.append(Fraction(low))
        units.append(ldexp(1.0, exponent) if span else 0.0)
    largest = max(units) or 1.0
    return Scaled(tables, tuple(lows), tuple(unit or largest for unit in units))


def reference(game: NormalFormGame) -> tuple[Fraction, Indices]:
    """Return the least of the players' largest payoffs, and the players who may get less than that.

    The smallest payoff is that of one of these players, at every profile where it matters, so that only they need a
    row.
    """
    source: Any = game.payoffs if game.fractions is None else game.fractions
    highs = [Fraction(table.max()) for table in source]
    least = min(highs)
    poor = [i for i, table in enumerate(source) if Fraction(table.min()) < least or highs[i] == least]
    return least, np.array(poor, dtype=np.intp)


def program_of(game: NormalFormGame, scaled: Scaled, objective: str, coarse: bool) -> Program:
    """Return the linear program, in units of the largest unit."""
    flat = scaled.tables.reshape(game.num_players, -1)
    ratios = np.array(scaled.units) / scaled.unit
    incentives = Incentives(scaled.tables, coarse)
    if objective != "egalitarian":
        return Program(incentives, (ratios @ flat) * (-1 if objective == "worst" else 1))
    least, poor = reference(game)
    unit = Fraction(scaled.unit)
    below = np.array([float((scaled.lows[i] - least) / unit) for i in poor])
    return Program(incentives, np.zeros(flat.shape[1]), ratios[poor, None] * flat[poor] + below[:, None])


def in_payoff_units(game: NormalFormGame, scaled: Scaled, optimum: Optimum, objective: str) -> Multipliers:
    """Return the multipliers for payoffs in their own units."""
    used = np.flatnonzero(optimum.multipliers)
    rows = optimum.rows.take(used)
    with np.errstate(over="ignore"):
        weights = optimum.multipliers[used] * (scaled.unit / np.array(scaled.units))[rows.player]
    # Any multipliers prove a bound, also with some that no float can hold left out.
    weights[~np.isfinite(weights)] = 0.0
    if objective != "egalitarian":
        return Multipliers(rows, weights, None)
    # Multiples of 2**-52 add up to 1 without rounding.
    shares = np.zeros(game.num_players)
    shares[reference(game)[1]] = np.round(optimum.shares / optimum.shares.sum() * 2**52)
    shares[shares.argmax()] += 2**52 - shares.sum()
    return Multipliers(rows, weights, tuple(float(share) / 2**52 for share in shares))


def proved_bound(
    game: NormalFormGame, scaled: Scaled, program: Program, multipliers: Multipliers, objective: str
) -> float:
    """Return the bound on the objective, in payoff units, that the multipliers prove; roundings count against it."""
    worth, errors = _worth(game, scaled, program, multipliers)
    highest = Fraction(float((worth + errors).max())) * Fraction(scaled.unit)
    if objective == "worst":
        return rounded_down(sum(scaled.lows) - highest)
    return rounded_up(_offset(game, scaled, objective) + highest)


def _offset(game: NormalFormGame, scaled: Scaled, objective: str) -> Fraction:
    return reference(game)[0] if objective == "egalitarian" else sum(scaled.lows, Fraction(0))


def _worth(game: NormalFormGame, scaled: Scaled, program: Program, multipliers: Multipliers) -> tuple[Floats, Floats]:
    """Return objective plus charges of every profile in the common unit, and a bound on the rounding errors."""
    weights = multipliers.weights.astype(float) * (np.array(scaled.units) / scaled.unit)[multipliers.rows.player]
    objective = program.objective
    if program.levels is not None and multipliers.shares is not None:
        objective = np.array(multipliers.shares, dtype=float)[reference(game)[1]] @ program.levels
    worth = objective + program.incentives.charges(multipliers.rows, weights)
    loads = program.incentives.loads(multipliers.rows, weights)
    errors = _EPS * ((2 * max(game.num_actions) + 16) * loads + 8 * game.num_players)
    return worth, errors


def extend(reduction: Reduction, multipliers: Multipliers, objective: str, bound: float) -> Multipliers | None:
    """Return multipliers for the game before elimination, which prove the same bound.

    An eliminated action is charged with its loss against the strategy that dominates it, so much that its profiles are
    worth less than the bound; the last one eliminated comes first.  None when a charge would be too large for a float.
    """
    game = reduction.original
    if not reduction.log:
        return multipliers
    survivors = [np.array(kept, dtype=np.intp) for kept in reduction.survivors]
    rows = Rows(
        multipliers.rows.player,
        *(
            np.array([survivors[i][a] for i, a in zip(multipliers.rows.player, told, strict=True)], dtype=np.intp)
            for told in (multipliers.rows.told, multipliers.rows.instead)
        ),
    )
    known = Multipliers(rows, multipliers.weights, multipliers.shares)
    scaled = scale(game)
    worth, errors = _worth(game, scaled, program_of(game, scaled, objective, False), known)
    sign = -1 if objective == "worst" else 1
    allowed = (sign * Fraction(bound) - sign * _offset(game, scaled, objective)) / Fraction(scaled.unit)
    charged = (worth + errors).reshape(game.num_actions) - float(allowed)
    added = []
    for (player, _), steps in groupby(reversed(reduction.log), key=lambda step: (step.player, step.round)):
        batch = list(steps)
        charges = _charge(charged, scaled.tables[player], player, survivors, [(s.action, s.by) for s in batch])
        if charges is None:
            return None
        factor = scaled.unit / scaled.units[player]
        added += [
            (player, s.action, b, share * charge * factor)
            for s, charge in zip(batch, charges.tolist(), strict=True)
            for b, share in s.by
            if charge
        ]
        survivors[player] = np.append(survivors[player], [s.action for s in batch])
    if not added:
        return known
    columns = list(zip(*added, strict=True))
    more = Rows(*(np.array(column, dtype=np.intp) for column in columns[:3]))
    return Multipliers(rows.join(more), np.append(known.weights, np.array(columns[3])), known.shares)


def _charge(
    charged: Floats,
    table: Floats,
    player: int,
    survivors: Sequence[Indices],
    steps: Sequence[tuple[int, Sequence[tuple[int, Any]]]],
) -> Floats | None:
    """Return the charges on actions eliminated together, and subtract them from ``charged``."""
    own, lines = np.moveaxis(table, player, 0), np.moveaxis(charged, player, 0)
    actions = np.array([action for action, _ in steps], dtype=np.intp)
    others = [kept for j, kept in enumerate(survivors) if j != player]
    loss = -own[actions]
    for place, (_, by) in enumerate(steps):
        for b, share in by:
            loss[place] += float(share) * own[b]
    here = np.ix_(np.arange(len(actions)), *others)
    least = loss[here]
    if least.min() <= 0:
        return None
    needed = (lines[np.ix_(actions, *others)] / least).reshape(len(actions), -1).max(axis=1)
    charges: Floats = np.where(needed > 0, 2 * needed, 0.0)
    if not np.isfinite(charges).all():
        return None
    change = charges.reshape(-1, *[1] * (own.ndim - 1)) * loss
    lines[actions] += 4 * _EPS * (np.abs(change) + np.abs(lines[actions])) - change
    return charges
