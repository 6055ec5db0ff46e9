r"""Efficient deals of two players one after the other, each by two mixed-integer programs.

The first player's payoff is maximised while the second must get more than in the last deal found, and then the second's
without a loss to the first.  What is found holds up to the tolerances of HiGHS: efficient deals closer together than
these may be missed, which the exact searches never do.  Source: Haimes, Lasdon and Wismer (1971), "On a bicriterion
formulation of the problems of integrated system identification and system optimization"; Mavrotas (2009).
Tested against enumeration and branch and bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError, NotSolvedError
from bargain.games.integer_program import IntegerProgram
from bargain.games.payoff_units import payoff_units

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["MOST_POINTS", "epsilon_constraint_deals"]

Rows = NDArray[np.intp]

MOST_POINTS = 1_000
"""More efficient payoff vectors are not searched for."""

_STEP = 1e-6
"""The least rise of the second player's payoff, as a share of its reach, where payoffs are not whole numbers."""


def epsilon_constraint_deals(deals: FiniteDeals) -> Rows:
    """Return one deal (k, L) for each efficient payoff vector, the first player's payoff falling.

    Raises
    ------
    NotSolvedError
        There are more than two players, or payoffs are whole numbers too large for a program in floats.
    LimitError
        There are more than :data:`MOST_POINTS` vectors.
    """
    units = payoff_units(deals)
    if deals.num_players != 2 or units.kind == "wide":
        raise NotSolvedError("epsilon-constraint programs are for two players with payoffs that floats can tell apart")
    terms = [(levers, payoffs) for (levers, _), payoffs in zip(deals.terms, units.terms, strict=True)]
    program = IntegerProgram(deals.sizes, terms, deals.masks)
    reach = np.sum([np.abs(payoffs).reshape(2, -1).max(axis=1) for _, payoffs in terms], axis=0)
    # Half a unit is enough between whole numbers.
    step = np.full(2, 0.5) if units.kind == "whole" else _STEP * reach
    first, second = np.eye(2)
    found: list[Rows] = []
    floor = None
    while True:
        row, _ = program.maximise(first, floor=floor)
        if row is None:
            return np.array(found, np.intp).reshape(-1, len(deals.sizes))
        if len(found) >= MOST_POINTS:
            raise LimitError(f"there are more than {MOST_POINTS} efficient payoff vectors; use the exact search")
        most = _payoffs(terms, row)
        better, _ = program.maximise(second, floor=(first, float(most[0] - step[0] / 2)))
        row = row if better is None or _payoffs(terms, better)[1] < most[1] else better
        found.append(row)
        floor = (second, float(_payoffs(terms, row)[1] + step[1]))


def _payoffs(terms: list[tuple[tuple[int, ...], NDArray[np.float64]]], row: Rows) -> NDArray[np.float64]:
    return np.asarray(np.sum([payoffs[(slice(None), *row[list(levers)])] for levers, payoffs in terms], axis=0))
