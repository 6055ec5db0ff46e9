"""Probabilities that give players gains in fixed ratios: a small linear system, in floats or in exact fractions.

Tested through the lotteries of three and more players.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from bargain.solutions.rational import Scalar

__all__ = ["exactly_solved", "solved_chances"]

Ratio = tuple[int, int, Scalar]

_CUTOFFS = (1e-6, 0.0)
_NEAR = 1e-5
_RESIDUAL = 1e-13


def solved_chances(
    columns: Sequence[Sequence[Scalar]], ratios: Sequence[Ratio], chances: Sequence[float], levels: Sequence[float]
) -> list[Scalar]:
    """Solve again for the probabilities of a max-min lottery, whose deals are known.

    Parameters
    ----------
    columns : sequence of gains
        The gains of each deal that is drawn.
    ratios : sequence of (player, stage, scale)
        The player's expected gain is its scale times the level of its stage, which is unknown.
    chances, levels : sequences of floats
        The approximate solution.

    Returns
    -------
    list
        Fractions when the columns are Fractions and the system has one solution, near the approximate one.
    """
    exact = all(isinstance(value, Fraction) for column in columns for value in column)
    for least in _CUTOFFS:
        # The slack that held players leave to others shows as traces of deals that are not used.
        used = [k for k, chance in enumerate(chances) if chance > least]
        rows, right = _system([columns[k] for k in used], ratios, len(levels), exact)
        near = [chances[k] for k in used]
        found = exactly_solved(rows, right) if exact else _refined(rows, right, [*near, *levels])
        if found is not None and _close(found[: len(used)], near):
            share: dict[int, Scalar] = dict(zip(used, found[: len(used)], strict=True))
            return [share.get(k, 0) for k in range(len(chances))]
    if exact:
        return solved_chances([[float(value) for value in column] for column in columns], ratios, chances, levels)
    return list(chances)


def _system(
    columns: Sequence[Sequence[Scalar]], ratios: Sequence[Ratio], num_levels: int, exact: bool
) -> tuple[list[list[Scalar]], list[Scalar]]:
    one, zero = (Fraction(1), Fraction(0)) if exact else (1.0, 0.0)
    rows = [
        [*(column[i] for column in columns), *(-scale if s == stage else 0 * scale for s in range(num_levels))]
        for i, stage, scale in ratios
    ]
    rows.append([one] * len(columns) + [zero] * num_levels)
    return rows, [zero] * len(ratios) + [one]


def _refined(rows: Sequence[Sequence[Scalar]], right: Sequence[Scalar], guess: Sequence[float]) -> list[Scalar] | None:
    """Correct an approximate solution by least squares; None when the equations then do not hold."""
    table, target, start = np.array(rows, float), np.array(right, float), np.array(guess, float)
    size = np.abs(table).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    table, target = table / size[:, None], target / size
    found = start
    for _ in range(2):
        found = found + np.linalg.lstsq(table, target - table @ found, rcond=None)[0]
    if np.abs(table @ found - target).max() > _RESIDUAL * max(1.0, float(np.abs(found).max())):
        return None
    return list(found.tolist())


def _close(found: Sequence[Scalar], chances: Sequence[float]) -> bool:
    near = all(abs(float(value) - chance) < _NEAR for value, chance in zip(found, chances, strict=True))
    return near and min(found) >= (0 if isinstance(found[0], Fraction) else -_RESIDUAL)


def exactly_solved(rows: Sequence[Sequence[Scalar]], right: Sequence[Scalar]) -> list[Scalar] | None:
    """Solve linear equations in fractions; None when there is no solution or more than one.

    Examples
    --------
    >>> exactly_solved([[1, 1], [1, -1], [2, 0]], [1, Fraction(1, 3), Fraction(4, 3)])
    [Fraction(2, 3), Fraction(1, 3)]
    """
    table = [[Fraction(value) for value in (*row, end)] for row, end in zip(rows, right, strict=True)]
    width = len(table[0]) - 1
    for column in range(width):
        pivot = next((k for k in range(column, len(table)) if table[k][column] != 0), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        lead = table[column][column]
        table[column] = [value / lead for value in table[column]]
        for k, row in enumerate(table):
            if k != column and row[column] != 0:
                factor = row[column]
                table[k] = [value - factor * base for value, base in zip(row, table[column], strict=True)]
    if any(row[width] != 0 for row in table[width:]):
        return None
    return [table[k][width] for k in range(width)]
