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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lstsq
from scipy.sparse import csr_array, hstack, vstack

from bargain.equilibria.incentives import Incentives, Indices, Rows
from bargain.equilibria.programs import minimise
from bargain.equilibria.rational_programs import maximise
from bargain.errors import LimitError, NotSolvedError

__all__ = ["Optimum", "Program", "reduced_costs", "sift", "slacks", "system"]

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Columns that miss their bounds by less are not added, and violations that are paid for count as none."""

EXACTLY = 1e-13
"""Rows that are violated by less are not added; in units of the row's largest coefficient."""

TIGHT = 1e-8
"""Slacks and weights below this count as zero when the active system is chosen."""

_ROUNDED = 1e-16
"""Violations below this come from rounding the weights, and need no polishing."""

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


class Program(NamedTuple):
    """What is maximised over which distributions.

    ``objective`` has shape (N,), one number per profile.  ``levels`` has shape (k, N) and is None unless the smallest
    of k expectations is maximised, in place of ``objective``.
    """

    incentives: Incentives
    objective: Floats
    levels: Floats | None = None


class Optimum(NamedTuple):
    """The solution of a program.

    ``weights`` of the profiles ``columns``, ``multipliers`` of ``rows``, ``shares`` of the levels (empty without
    levels), and ``price``, the dual value.
    """

    columns: Indices
    weights: Floats
    rows: Rows
    multipliers: Floats
    shares: Floats
    price: float

    def distribution(self, size: int) -> Floats:
        """Return the weights of all profiles."""
        full = np.zeros(size)
        full[self.columns] = self.weights
        return full


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
                polished = _polished(program, found)
                more_rows = _violated(program.incentives, polished, rows, 0.0)
                if not len(more_rows.player):
                    return polished
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
    first = None
    try:
        first = _polished(program, _master(program, rows, columns, None, deadline)[0])
        if not small or _largest_violation(program, first) <= _NOTABLE:
            return first
    except NotSolvedError:
        if not small:
            raise
    # HiGHS drops coefficients below 1e-9: what is left may have no solution, or another one.
    found = _polished(program, _in_fractions(program, rows, columns))
    if first is not None and found.multipliers.max(initial=0.0) > _LIGHT:
        # Any multipliers prove a bound.
        return found._replace(multipliers=first.multipliers, shares=first.shares, price=first.price)
    return found


def _in_fractions(program: Program, rows: Rows, columns: Indices) -> Optimum:
    """Solve a small program in fractions; the smallest payoff, less the least level, is the last variable.

    Objectives are shifted to be at least 1, so that more weight is worth more: then the sum of weights needs an upper
    bound only, and no weight at all is a first vertex.
    """
    count, levels = len(rows.player), 0 if program.levels is None else len(program.levels)
    worth = program.objective[None, columns] if program.levels is None else program.levels[:, columns]
    shift = 1 - Fraction(float(worth.min()))
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
    solved = maximise(objective, upper, [0] * (len(upper) - 1) + [1])
    assert solved is not None
    duals = [float(weight) for weight in solved.multipliers]
    return Optimum(
        columns,
        np.array([float(weight) for weight in solved.x[: len(columns)]]),
        rows,
        np.array(duals[:count]),
        np.array(duals[count:-1]),
        float(solved.multipliers[-1] - shift),
    )


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


def reduced_costs(program: Program, found: Optimum) -> Floats:
    """Return how much more than the price every profile is worth under the multipliers; at most 0 at an optimum."""
    worth = program.objective if program.levels is None else found.shares @ program.levels
    charged: Floats = worth + program.incentives.charges(found.rows, found.multipliers) - found.price
    return charged


def _lacking(program: Program, found: Optimum) -> Indices:
    """Return the columns with the largest positive reduced cost that the master lacks."""
    cost = reduced_costs(program, found)
    cost[found.columns] = 0.0
    return _largest(cost, np.flatnonzero(cost > TOLERANCE), _COLUMNS)


def system(program: Program, rows: Rows, levels: Indices, columns: Indices, unit: Any = 1.0) -> NDArray[Any]:
    """Return the active system: rows, levels and the sum of weights against columns and the common level.

    The weights ``x`` solve ``matrix @ x == (0, ..., 0, 1)``; multipliers, shares and price ``y`` solve
    ``y @ matrix == (objective of the columns, 1)``, the last number only with levels.
    """
    gains = program.incentives.gains(rows, columns)
    ones = np.full((1, len(columns)), unit, dtype=gains.dtype)
    if program.levels is None:
        return np.vstack([gains, ones])
    left = np.vstack([gains, -program.levels[np.ix_(levels, columns)], ones])
    last = np.zeros((len(left), 1), dtype=gains.dtype)
    last[len(gains) : -1] = unit
    return np.hstack([left, last])


def _polished(program: Program, found: Optimum) -> Optimum:
    """Return the solution without the solver's tolerance, when that is an improvement."""
    used = np.flatnonzero(found.weights > TIGHT)
    best, best_size = found, _largest_violation(program, found)
    slack = slacks(program, found)
    for rows in (slack > -TIGHT, found.multipliers > TIGHT):
        if best_size <= _ROUNDED:
            break
        weights = _weights(program, found, used, np.flatnonzero(rows))
        if weights is not None and weights.min() >= 0:
            trial = found._replace(columns=found.columns[used], weights=weights / weights.sum())
            size = _largest_violation(program, trial)
            if size < best_size:
                best, best_size = trial, size
    return _with_polished_multipliers(program, best, found.columns[used])


def slacks(program: Program, found: Optimum) -> Floats:
    """Return by how much every row of the master misses its bound, in units of its scale; 0 when it is tight."""
    scales = program.incentives.row_scales(found.rows)
    slacks: Floats = program.incentives.gains(found.rows, found.columns) @ found.weights / scales
    return slacks


def _largest_violation(program: Program, found: Optimum) -> float:
    gains = program.incentives.violations(found.distribution(len(program.objective)))
    return max(float((g / s).max()) for g, s in zip(gains, program.incentives.scales, strict=True))


def _weights(program: Program, found: Optimum, used: Indices, rows: Indices) -> Floats | None:
    levels = np.flatnonzero(found.shares > TIGHT)
    matrix = system(program, found.rows.take(rows), levels, found.columns[used])
    start = found.weights[used]
    if program.levels is not None:
        start = np.append(start, (program.levels[:, found.columns] @ found.weights).min())
    right = np.append(np.zeros(len(matrix) - 1), 1.0)
    solved = _refined(matrix, right, start)
    return None if solved is None else solved[: len(used)]


def _with_polished_multipliers(program: Program, found: Optimum, columns: Indices) -> Optimum:
    """Solve once more for the multipliers of the rows that have any."""
    rows, levels = np.flatnonzero(found.multipliers > TIGHT), np.flatnonzero(found.shares > TIGHT)
    matrix = system(program, found.rows.take(rows), levels, columns)
    right = program.objective[columns]
    if program.levels is not None:
        right = np.append(np.zeros(len(columns)), 1.0)
    # The rows of the system are gains, so the signs of what is charged turn around.
    start = np.concatenate([found.multipliers[rows], found.shares[levels], [found.price]])
    solved = _refined(matrix.T, right, start)
    if solved is None or solved[:-1].min(initial=0.0) < 0:
        return found
    multipliers, shares = np.zeros(len(found.multipliers)), np.zeros(len(found.shares))
    multipliers[rows], shares[levels] = solved[: len(rows)], solved[len(rows) : -1]
    trial = found._replace(multipliers=multipliers, shares=shares, price=float(solved[-1]))
    return trial if reduced_costs(program, trial).max() < reduced_costs(program, found).max() else found


def _refined(matrix: Floats, right: Floats, start: Floats) -> Floats | None:
    """Return the solution of least squares nearest to ``start``, with residuals in extended precision."""
    wide = matrix.astype(np.longdouble)
    solution = start.astype(np.longdouble)
    for _ in range(3):
        residual = (right - wide @ solution).astype(float)
        if not residual.any():
            break
        correction = lstsq(matrix, residual, lapack_driver="gelsy", check_finite=False)[0]
        solution = solution + correction
    found: Floats = solution.astype(float)
    return found if np.isfinite(found).all() else None
