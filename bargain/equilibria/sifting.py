r"""The linear program of correlated equilibria, with rows and columns added when they matter.

The program :math:`\max f \cdot \pi` (or :math:`\max t`, :math:`t \le \ell_i \cdot \pi` for all i) over the correlated
equilibria :math:`\pi` of a game has a column per profile and up to :math:`\sum_i m_i (m_i - 1)` rows, of which an
optimum uses very few.  A master program holds some of both.  Its solution shows which rows it violates, and its
multipliers show which columns it lacks (Dantzig and Wolfe 1960; Kelley 1960); both are added until there are none.
Rows are elastic at a price, so that every master is feasible; the price is raised until nothing is violated.  At the
end the active system is solved once more, with residuals in extended precision, which takes the solver's tolerance out
of the answer.  Tested against the whole program in exact fractions, and by weak duality.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from bargain.equilibria.dual_simplex import best_vertex
from bargain.equilibria.incentives import Incentives, Indices, Rows
from bargain.equilibria.polishing import Optimum, Program, largest_violation, polished, reduced_costs
from bargain.equilibria.programs import minimise
from bargain.errors import LimitError, NotSolvedError
from bargain.games.exact_programs import maximise

__all__ = ["exact_optimum", "sift"]

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Columns that miss their bounds by less are not added, and violations that are paid for count as none."""

EXACTLY = 1e-13
"""Rows that are violated by less are not added; in units of the row's largest coefficient."""

TOTAL = 1e4
"""What the weights of a master program add up to: the solver's tolerances are absolute, so more is more precise."""

_COLUMNS, _ROWS = 800, 300
"""How many columns and rows are added at a time."""

_SMALL = 60_000
"""Coefficients up to which the whole program is solved at once."""

_SMALL_EXACT = 300_000
"""The same, when an exact answer is wanted."""

_TINY = 64
"""Coefficients up to which fractions are faster than calling HiGHS."""

_DENSE = 100_000
"""Rows times columns up to which the program is tried by pivots on a dense table before HiGHS is called."""

_PIVOTS = 200
"""Pivots after which that is given up."""

_PROVED = 1e-12
"""What a profile may be worth more than the price by the multipliers that come of it; payoffs are of order one."""

_LIGHT = 1e3
"""Multipliers up to which rounding hardly shows in the bound that they prove; others are left to HiGHS."""

_RATIONAL = 100
"""Rows and columns up to which a program that HiGHS cannot solve is solved in fractions."""

_NOTABLE = 1e-12
"""Violations above this, in units of a row's largest coefficient, show that the solver lost something."""

_PRICES = (1e2, 1e4, 1e6, 1e8)
"""Prices of a violation, tried in turn."""

_LARGEST_MASTER = 20_000_000
"""Coefficients of the master program; more need more than about 1 GiB."""


def sift(program: Program, deadline: float | None = None, exact: bool = False) -> Optimum:
    """Solve the program.

    Parameters
    ----------
    program : Program
        Payoffs should be of order one.
    deadline : float, optional
        A reading of :func:`time.monotonic`.
    exact : bool
        Whether a vertex is wanted, which exact arithmetic can find again; then larger programs are solved at once.

    Raises
    ------
    LimitError
        The time was not enough, or the master program grew too large.
    NotSolvedError
        The solver failed, or violations remained.
    """
    worth = program.objective if program.levels is None else program.levels.min(axis=0)
    columns, rows = np.arange(len(worth)), Rows.none()
    alone = _best_profile(program)
    if program.levels is None and not len(_violated(program.incentives, alone, rows, 0.0).player):
        return alone
    if program.incentives.coefficients <= (_SMALL_EXACT if exact else _SMALL):
        rows = program.incentives.all_rows()
        return _all_at_once(program, rows, columns, deadline)
    columns = np.sort(_largest(worth, columns, _COLUMNS))
    prices = iter(_PRICES)
    price = next(prices)
    while True:
        found, slack = _master(program, rows, columns, price, deadline)
        more_rows = _violated(program.incentives, found, rows, slack)
        more_columns = _lacking(program, found)
        if not len(more_rows.player) and not len(more_columns):
            if slack <= TOLERANCE:
                better = polished(program, found)
                more_rows = _violated(program.incentives, better, rows, 0.0)
                if not len(more_rows.player):
                    return better
            else:
                price = next(prices, 0.0)
                if not price:
                    raise NotSolvedError(f"correlated equilibria: incentives are still violated by {slack:.1e}")
        rows = rows.join(more_rows)
        columns = np.union1d(columns, more_columns)


def _all_at_once(program: Program, rows: Rows, columns: Indices, deadline: float | None) -> Optimum:
    """Solve the program of all rows and columns, which has a solution."""
    if len(columns) * len(rows.player) <= _TINY:
        found = _in_fractions(program, rows, columns)
        if found.multipliers.max(initial=0.0) <= _LIGHT:
            return found
    small = len(columns) <= _RATIONAL and len(rows.player) <= _RATIONAL
    first = _by_pivots(program, rows, columns)
    if first is not None:
        return first
    try:
        first = polished(program, _master(program, rows, columns, None, deadline)[0])
        if not small or largest_violation(program, first) <= _NOTABLE:
            return first
    except NotSolvedError:
        if not small:
            raise
    # HiGHS drops coefficients below 1e-9: what is left may have no solution, or another one.
    found = polished(program, _in_fractions(program, rows, columns))
    if first is not None and found.multipliers.max(initial=0.0) > _LIGHT:
        # Any multipliers prove a bound.
        return found._replace(multipliers=first.multipliers, shares=first.shares, price=first.price)
    return found


def _by_pivots(program: Program, rows: Rows, columns: Indices) -> Optimum | None:
    """Solve a program of one objective without HiGHS; None when that does not give what HiGHS would."""
    if program.levels is not None or len(columns) * len(rows.player) > _DENSE:
        return None
    scales = program.incentives.row_scales(rows)
    solved = best_vertex(program.objective[columns], program.incentives.gains(rows, columns) / scales[:, None], _PIVOTS)
    if solved is None:
        return None
    multipliers = solved.multipliers / scales
    first = Optimum(columns, solved.weights, rows, multipliers, np.zeros(0), solved.value)
    found = polished(program, first)
    proved = largest_violation(program, found) <= EXACTLY and reduced_costs(program, found).max() <= _PROVED
    return found if proved and multipliers.max(initial=0.0) <= _LIGHT else None


def _in_fractions(program: Program, rows: Rows, columns: Indices) -> Optimum:
    """Solve a small program in fractions, and round the answer."""
    exact = exact_optimum(program, rows, columns)
    weights, multipliers, shares = (
        np.array([float(value) for value in each]) for each in (exact.weights, exact.multipliers, exact.shares)
    )
    return Optimum(columns, weights, rows, multipliers, shares, float(exact.price))


def exact_optimum(program: Program, rows: Rows, columns: Indices, deadline: float | None = None) -> Optimum:
    """Solve a small program in fractions; the smallest payoff, less the least level, is the last variable.

    Objectives are shifted to be at least 1, so that more weight is worth more: then the sum of weights needs an upper
    bound only, and no weight at all is a first vertex.  After the deadline the answer is any point.
    """
    count, levels = len(rows.player), 0 if program.levels is None else len(program.levels)
    worth = program.objective[None, columns] if program.levels is None else program.levels[:, columns]
    shift = 1 - Fraction(worth.min())
    more = [[Fraction(value) + shift for value in line] for line in worth.tolist()]
    # Rounded differences might leave no solution; exact ones always have one.
    tables = np.frompyfunc(Fraction, 1, 1)(program.incentives.tables)
    gains = Incentives(tables, program.incentives.coarse).gains(rows, columns)
    upper = [[*map(Fraction, line), Fraction(0)] for line in gains.tolist()]
    upper += [[*(-value for value in line), Fraction(1)] for line in more] if levels else []
    upper.append([Fraction(1)] * len(columns) + [Fraction(0)])
    objective = [Fraction(0)] * len(columns) + [Fraction(1)]
    if not levels:
        objective, upper = more[0], [line[:-1] for line in upper]
    late = None if deadline is None else lambda value: time.monotonic() > deadline
    solved = maximise(objective, upper, [0] * (len(upper) - 1) + [1], late)
    assert solved is not None
    weights, duals = (np.array(each, dtype=object) for each in (solved.x[: len(columns)], solved.multipliers))
    return Optimum(columns, weights, rows, duals[:count], duals[count:-1], solved.multipliers[-1] - shift)


def _best_profile(program: Program) -> Optimum:
    """Return the profile with the largest objective, which is optimal when it is an equilibrium."""
    best = int(program.objective.argmax())
    nothing, price = np.zeros(0), float(program.objective[best])
    return Optimum(np.array([best]), np.ones(1), Rows.none(), nothing, nothing, price)


def _largest(values: Floats, places: Indices, count: int) -> Indices:
    """Return the places of the largest values."""
    if len(places) <= count:
        return places
    chosen: Indices = places[np.argpartition(-values[places], count)[:count]]
    return chosen


def _master(
    program: Program, rows: Rows, columns: Indices, price: float | None, deadline: float | None
) -> tuple[Optimum, float]:
    """Solve the program of some rows and columns; return also the violation that was paid for.

    Without a price, nothing may be violated; that needs columns with a feasible point.
    """
    remaining = None if deadline is None else deadline - time.monotonic()
    if remaining is not None and remaining <= 0:
        raise LimitError("correlated equilibria: the time limit was reached; allow more time")
    count, size = len(rows.player), len(columns)
    coefficients = (count if program.incentives.coarse else count // min(program.incentives.sizes)) * size
    if coefficients > _LARGEST_MASTER:
        raise LimitError(
            f"correlated equilibria of this game need {coefficients:,} coefficients, more than {_LARGEST_MASTER:,}; "
            "use a coarser grid or solve separable parts one by one"
        )
    scales = program.incentives.row_scales(rows)
    row, place, value = program.incentives.entries(rows, columns)
    gains = csr_array((value / scales[row], (row, place)), shape=(count, size))
    upper: Any = hstack([gains, csr_array(np.full((count, 1), 0.0 if price is None else -1.0))])
    price = 1.0 if price is None else price
    cost, free, levels = np.append(-program.objective[columns], price), 0, 0
    if program.levels is not None:
        levels = len(program.levels)
        below = np.column_stack([-program.levels[:, columns], np.zeros(levels), np.ones(levels)])
        upper = vstack([hstack([upper, csr_array((count, 1))]), csr_array(below)])
        cost, free = np.append(np.zeros(size), [price, -1.0]), 1
    if not upper.shape[0]:
        upper = csr_array((1, len(cost)))
    one = np.append(np.ones(size), np.zeros(1 + free))[None]
    solved = minimise(
        cost, (upper, np.zeros(upper.shape[0])), (one, np.array([TOTAL])), free, remaining, method="highs-ds"
    )
    duals = np.maximum(-solved.upper_duals, 0.0)
    weights = np.maximum(solved.x[:size], 0.0)
    found = Optimum(
        columns=columns,
        weights=weights / weights.sum(),
        rows=rows,
        multipliers=duals[:count] / scales,
        shares=duals[count : count + levels],
        price=-float(solved.equal_duals[0]),
    )
    return found, float(solved.x[size]) / TOTAL


def _violated(incentives: Incentives, found: Optimum, rows: Rows, slack: float) -> Rows:
    """Return the rows that the master lacks and that its solution violates most."""
    gains = incentives.violations(found.distribution(int(np.prod(incentives.sizes))))
    allowed = slack * (1 + 1e-6) + EXACTLY
    made = []
    for i, (gain, scale) in enumerate(zip(gains, incentives.scales, strict=True)):
        relative = gain / scale
        mine = rows.player == i
        relative[np.maximum(rows.told[mine], 0), rows.instead[mine]] = 0.0
        told, instead = np.nonzero(relative > allowed)
        made.append(
            (relative[told, instead], np.full(len(told), i), told if not incentives.coarse else told - 1, instead)
        )
    amount, player, told, instead = map(np.concatenate, zip(*made, strict=True))
    chosen = _largest(amount, np.arange(len(amount)), _ROWS)
    return Rows(player, told, instead).take(chosen)


def _lacking(program: Program, found: Optimum) -> Indices:
    """Return the columns with the largest positive reduced cost that the master lacks."""
    cost = reduced_costs(program, found)
    cost[found.columns] = 0.0
    return _largest(cost, np.flatnonzero(cost > TOLERANCE), _COLUMNS)
