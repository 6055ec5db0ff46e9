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
    rows = [
        [*(column[i] for column in columns), *(-scale if s == stage else 0 * scale for s in range(len(levels)))]
        for i, stage, scale in ratios
    ]
    one, zero = (Fraction(1), Fraction(0)) if exact else (1.0, 0.0)
    rows.append([one] * len(columns) + [zero] * len(levels))
    right = [zero] * len(ratios) + [one]
    if exact:
        found = exactly_solved(rows, right)
        if found is not None and _close(found[: len(columns)], chances):
            return found[: len(columns)]
    table = np.array(rows, float)
    size = np.abs(table).max(axis=1)
    table = table / np.where(size > 0, size, 1.0)[:, None]
    target = np.array(right, float) / np.where(size > 0, size, 1.0)
    guess = np.append(
        chances,
        np.linalg.lstsq(table[:, len(columns) :], target - table[:, : len(columns)] @ np.array(chances), rcond=None)[0],
    )
    refined = guess + np.linalg.lstsq(table, target - table @ guess, rcond=None)[0]
    if not _close(refined[: len(columns)].tolist(), chances):
        return list(chances)
    positive = np.maximum(refined[: len(columns)], 0.0)
    return list((positive / positive.sum()).tolist())


def _close(found: Sequence[Scalar], chances: Sequence[float]) -> bool:
    near = all(abs(float(value) - chance) < 1e-6 for value, chance in zip(found, chances, strict=True))
    return near and min(found) >= (0 if isinstance(found[0], Fraction) else -1e-9)


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
