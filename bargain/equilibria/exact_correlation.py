"""Optimal correlated equilibria in exact fractions.

Floats say which profiles and which constraints matter; the system that they form is solved in whole numbers by
python-flint, once for the weights and once for the multipliers.  The answer counts only when all constraints hold
exactly, on both sides, and both objectives are the same fraction: then it is optimal by duality, whatever the floats
were.  Tested against brute force over all bases in Fractions.
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
from bargain.games.normal_form import NormalFormGame
from bargain.games.whole_numbers import whole_table

__all__ = ["ExactOptimum", "prove_optimum"]

_LARGEST_SYSTEM = 120
"""Unknowns up to which systems are solved exactly; the integers of larger ones grow too long."""

_LARGEST_GAME = 100_000
"""Payoffs up to which every constraint is checked exactly."""

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
