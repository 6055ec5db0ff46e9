"""Optimal correlated equilibria in exact fractions.

Floats say which profiles and which constraints matter; the system that they form is solved in whole numbers by
python-flint, once for the weights and once for the multipliers.  The answer counts only when all constraints hold
exactly, on both sides, and both objectives are the same fraction: then it is optimal by duality, whatever the floats
were.  Small games whose floats mislead are solved in fractions from the start.  Tested against brute force over all
bases in Fractions.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray
from scipy.linalg import qr

from bargain.equilibria.correlation_programs import Multipliers, reference
from bargain.equilibria.incentives import Incentives, Indices, Rows
from bargain.equilibria.polishing import TIGHT, Optimum, Program, reduced_costs, slacks, system
from bargain.equilibria.sifting import exact_optimum
from bargain.games.normal_form import NormalFormGame
from bargain.games.whole_numbers import whole_table

__all__ = ["ExactOptimum", "is_wide", "prove_optimum", "solve_exactly"]

_LARGEST_SYSTEM = 120
"""Unknowns up to which systems are solved exactly; the integers of larger ones grow too long."""

_LARGEST_GAME = 100_000
"""Payoffs up to which every constraint is checked exactly."""

_LARGEST_PROGRAM = 1_000
"""Rows times columns up to which programs are solved by the simplex method in fractions, in half a second."""

_WIDE = 1e-7
"""Gains below this fraction of others in the same constraint are in danger of being lost."""

_FIRST = 1e4
"""How much equations that must hold are preferred to those that happen to."""


class ExactOptimum(NamedTuple):
    """Weights of the profiles ``columns`` (flat indices), the multipliers in payoff units, and the optimal value."""

    columns: Indices
    weights: tuple[Fraction, ...]
    multipliers: Multipliers
    value: Fraction


def prove_optimum(game: NormalFormGame, objective: str, found: Optimum, program: Program) -> ExactOptimum | None:
    """Return the exact optimum next to one in floats, proved; None when that fails.

    Parameters
    ----------
    game : NormalFormGame
    objective : {"welfare", "egalitarian", "worst"}
    found : Optimum
        The solution of ``program`` in floats.
    program : Program
        The program in floats.
    """
    if game.payoffs.size > _LARGEST_GAME:
        return None
    whole, denominator = _in_whole_numbers(game, objective, program.incentives.coarse)
    weights = _weights(program, whole, found)
    multipliers = _multipliers(program, whole, found)
    if weights is None or multipliers is None:
        return None
    return _checked(game, objective, (whole, denominator), weights, multipliers)


def solve_exactly(
    game: NormalFormGame, objective: str, coarse: bool, deadline: float | None = None
) -> ExactOptimum | None:
    """Return the exact optimum of a small game by the simplex method in fractions, whatever floats make of it.

    None when the game is not small, or when the deadline (a reading of :func:`time.monotonic`) passes.
    """
    rows = Incentives(game.payoffs, coarse).all_rows()
    if not _is_small(rows, game.payoffs[0].size):
        return None
    whole, denominator = _in_whole_numbers(game, objective, coarse)
    found = exact_optimum(whole, rows, np.arange(len(whole.objective)), deadline)
    columns, used = np.flatnonzero(found.weights), np.flatnonzero(found.multipliers)
    weights = columns, tuple(found.weights[columns])
    multipliers = rows.take(used), tuple(found.multipliers[used]), tuple(found.shares), found.price
    return _checked(game, objective, (whole, denominator), weights, multipliers) if len(columns) else None


def is_wide(incentives: Incentives) -> bool:
    """Whether a small game has gains so far apart that rounding one of them hides another.

    Then a distribution may violate next to nothing, as far as floats can tell, and still be far from every equilibrium.
    """
    rows, columns = incentives.all_rows(), np.arange(incentives.tables[0].size)
    if not _is_small(rows, len(columns)) or not len(rows.player):
        return False
    gains = np.abs(incentives.gains(rows, columns))
    least = np.where(gains > 0, gains, np.inf).min(axis=1)
    return bool((least < _WIDE * gains.max(axis=1)).any())


def _is_small(rows: Rows, columns: int) -> bool:
    return len(rows.player) * columns <= _LARGEST_PROGRAM


def _checked(
    game: NormalFormGame,
    objective: str,
    program: tuple[Any, int],
    weights: tuple[Indices, tuple[Fraction, ...]],
    multipliers: tuple[Rows, tuple[Fraction, ...], tuple[Fraction, ...], Fraction],
) -> ExactOptimum | None:
    """Return the optimum when weights and multipliers prove each other, else None."""
    whole, denominator = program
    if not _feasible(whole, *weights) or not _bounded(whole, *multipliers):
        return None
    rows, charges, shares, price = multipliers
    columns, chances = weights
    sign = -1 if objective == "worst" else 1
    value = sign * price / denominator
    if value != _objective(game, objective, columns, chances):
        return None
    spread: tuple[Fraction, ...] | None = None
    if objective == "egalitarian":
        full = dict(zip(reference(game)[1].tolist(), shares, strict=True))
        spread = tuple(full.get(i, Fraction(0)) for i in range(game.num_players))
    made = np.array([*charges, None], dtype=object)[:-1]
    return ExactOptimum(columns, chances, Multipliers(rows, made, spread), value)


def _in_whole_numbers(game: NormalFormGame, objective: str, coarse: bool) -> tuple[Any, int]:
    """Return the program with payoffs as ints, and what they were multiplied by."""
    source = game.payoffs if game.fractions is None else game.fractions
    tables = [whole_table(table) for table in source]
    common = lcm(*(table.denominator for table in tables))
    whole = np.stack([table.numerators * (common // table.denominator) for table in tables])
    flat = whole.reshape(game.num_players, -1)
    incentives = Incentives(whole, coarse)
    if objective == "egalitarian":
        return Program(incentives, flat[0] * 0, flat[reference(game)[1]]), common
    return Program(incentives, flat.sum(axis=0) * (-1 if objective == "worst" else 1)), common


def _weights(program: Program, whole: Any, found: Optimum) -> tuple[Indices, tuple[Fraction, ...]] | None:
    """Solve the rows that bind for the weights of the profiles in use."""
    columns = found.columns[found.weights > TIGHT]
    rows = np.flatnonzero(slacks(program, found) > -TIGHT)
    levels, must = np.zeros(0, dtype=np.intp), list(found.multipliers[rows] > TIGHT)
    if program.levels is not None:
        means = program.levels[:, found.columns] @ found.weights
        levels = np.flatnonzero(means < means.min() + TIGHT)
        must += list(found.shares[levels] > TIGHT)
    chosen = found.rows.take(rows)
    matrix = system(program, chosen, levels, columns)
    right = [0] * (len(matrix) - 1) + [1]
    solved = _solve(matrix, system(whole, chosen, levels, columns, 1), right, [*must, True])
    return None if solved is None else (columns, tuple(solved[: len(columns)]))


def _multipliers(
    program: Program, whole: Any, found: Optimum
) -> tuple[Rows, tuple[Fraction, ...], tuple[Fraction, ...], Fraction] | None:
    """Solve the columns that are worth the price for multipliers, shares and the price."""
    rows = found.rows.take(found.multipliers > TIGHT)
    columns = np.flatnonzero(reduced_costs(program, found) > -TIGHT)
    must = list(np.isin(columns, found.columns[found.weights > TIGHT]))
    levels = np.flatnonzero(found.shares > TIGHT)
    right = whole.objective[columns].tolist()
    if program.levels is not None:
        must, right = [*must, True], [*right, 1]
    matrix = system(program, rows, levels, columns)
    solved = _solve(matrix.T, system(whole, rows, levels, columns, 1).T, right, must)
    if solved is None:
        return None
    shares = dict(zip(levels.tolist(), solved[len(rows.player) : -1], strict=True))
    spread = tuple(shares.get(k, Fraction(0)) for k in range(len(found.shares)))
    return rows, tuple(solved[: len(rows.player)]), spread, solved[-1]


def _solve(
    matrix: NDArray[np.float64], whole: NDArray[Any], right: list[int], must: list[bool]
) -> list[Fraction] | None:
    """Solve as many independent equations as there are unknowns, those that must hold first."""
    unknowns = matrix.shape[1]
    if not 0 < unknowns <= min(len(matrix), _LARGEST_SYSTEM):
        return None
    norms = np.linalg.norm(matrix, axis=1)
    preferred = matrix / np.where(norms > 0, norms, 1.0)[:, None] * np.where(must, _FIRST, 1.0)[:, None]
    triangle, order = qr(preferred.T, mode="r", pivoting=True)[-2:]
    if abs(triangle[unknowns - 1, unknowns - 1]) < TIGHT:
        return None
    places = np.sort(order[:unknowns])
    left = fmpz_mat([[int(entry) for entry in row] for row in whole[places]])
    try:
        solved = left.solve(fmpz_mat([[int(right[place])] for place in places]))
    except ZeroDivisionError:
        return None
    return [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(unknowns)]


def _feasible(whole: Any, columns: Indices, weights: tuple[Fraction, ...]) -> bool:
    """Whether the weights are a distribution that violates nothing."""
    if min(weights) < 0 or sum(weights) != 1:
        return False
    full = np.zeros(len(whole.objective), dtype=object)
    full[columns] = _whole(weights)[0]
    return all(gain.max() <= 0 for gain in whole.incentives.violations(full))


def _bounded(
    whole: Any, rows: Rows, charges: tuple[Fraction, ...], shares: tuple[Fraction, ...], price: Fraction
) -> bool:
    """Whether the multipliers are not negative and no profile is worth more than the price."""
    if min([*charges, *shares], default=0) < 0:
        return False
    numerators, denominator = _whole((*charges, *shares, price))
    worth = whole.objective * denominator
    if whole.levels is not None:
        if sum(shares) != 1:
            return False
        worth = numerators[len(charges) : -1] @ whole.levels
    worth = worth + whole.incentives.charges(rows, numerators[: len(charges)])
    return bool((worth <= numerators[-1]).all())


def _whole(values: tuple[Fraction, ...]) -> tuple[NDArray[Any], int]:
    table = np.empty(len(values), dtype=object)
    table[:] = values
    return whole_table(table)


def _objective(game: NormalFormGame, objective: str, columns: Indices, weights: tuple[Fraction, ...]) -> Fraction:
    """Return the objective of a distribution from its definition."""
    source = game.payoffs if game.fractions is None else game.fractions
    payoffs = [
        sum((p * Fraction(u) for p, u in zip(weights, table.ravel()[columns].tolist(), strict=True)), Fraction(0))
        for table in source
    ]
    return min(payoffs) if objective == "egalitarian" else sum(payoffs, Fraction(0))
