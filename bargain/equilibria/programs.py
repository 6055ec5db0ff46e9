"""Linear programs by HiGHS, with tight tolerances, and errors in place of statuses."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bargain.errors import LimitError, NotSolvedError

__all__ = ["LinearProgram", "minimise"]

_FEASIBILITY = 1e-10
"""HiGHS' tightest tolerance; its default of 1e-7 would show in the regrets."""

_LARGE = 250_000
"""Entries above which interior points (with crossover) beat the simplex method."""


class LinearProgram(NamedTuple):
    """A solved program: the minimiser, the minimum, and the multipliers of the inequalities (never positive) and of
    the equations.
    """

    x: NDArray[np.float64]
    value: float
    upper_duals: NDArray[np.float64]
    equal_duals: NDArray[np.float64]


def minimise(
    objective: NDArray[np.float64],
    upper: tuple[Any, NDArray[np.float64]],
    equal: tuple[Any, NDArray[np.float64]],
    free: int = 0,
    time_limit: float | None = None,
    method: Literal["highs-ds", "highs-ipm"] | None = None,
) -> LinearProgram:
    """Minimise a linear function of variables that are at least 0, except for the last ``free`` ones.

    Parameters
    ----------
    objective : array of shape (k,)
        Coefficients.
    upper, equal : (matrix of shape (r, k), array of shape (r,))
        ``matrix @ x <= array`` and ``matrix @ x == array``; dense or scipy sparse matrices.
    free : int
        Number of variables at the end that may be negative.
    time_limit : float, optional
        Seconds.
    method : {"highs-ds", "highs-ipm"}, optional
        Dual simplex or interior points with crossover; by default chosen by size.

    Raises
    ------
    LimitError
        The time was not enough.
    NotSolvedError
        HiGHS gave no optimum.
    """
    bounds: list[Any] = [(0, None)] * (len(objective) - free) + [(None, None)] * free
    size = upper[0].nnz if hasattr(upper[0], "nnz") else upper[0].size
    chosen: Literal["highs-ds", "highs-ipm"] = method or ("highs-ipm" if size > _LARGE else "highs-ds")
    options: Any = {
        "primal_feasibility_tolerance": _FEASIBILITY,
        "dual_feasibility_tolerance": _FEASIBILITY,
    }
    if time_limit is not None:
        options["time_limit"] = time_limit
    solved = linprog(
        objective,
        A_ub=upper[0],
        b_ub=upper[1],
        A_eq=equal[0],
        b_eq=equal[1],
        bounds=bounds,
        method=chosen,
        options=options,
    )
    if solved.status == 1:
        raise LimitError(f"the linear program was not solved within {time_limit:g} s; allow more time")
    if solved.status != 0 or solved.fun is None:
        raise NotSolvedError(f"the linear program was not solved: {solved.message}")
    return LinearProgram(
        x=np.asarray(solved.x),
        value=float(solved.fun),
        upper_duals=np.asarray(solved.ineqlin.marginals),
        equal_duals=np.asarray(solved.eqlin.marginals),
    )
