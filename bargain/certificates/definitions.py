"""Is a lottery what its rule says?  The rules that are defined by an equation, checked by that equation.

Used for solutions in memory and for stored ones.  Tested by claims that it must refuse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.claims import BY_DEFINITION
from bargain.certificates.fairness import losses_gap, mean_of_dictators, steps_of_all_gap, way_gap
from bargain.certificates.gains import all_gains
from bargain.certificates.polygons import area_gap, length_gap, path_gap, polygon, steps_gap, vertices
from bargain.certificates.support import support_of
from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.finite_deals import FiniteDeals

__all__ = ["BY_DEFINITION", "MAX_ROWS", "definition_gap", "gains_table"]

Floats = NDArray[np.float64]

_POLYGON = {
    "equal-area": area_gap,
    "perles-maschler": length_gap,
    "discrete-raiffa": steps_gap,
    "continuous-raiffa": path_gap,
}

MAX_ROWS = 50_000
"""More payoff vectors than this are not put into linear programs."""


def definition_gap(rule: str, table: Floats, gains: Floats, reference: Floats | None = None) -> float:
    """Return by how much gains miss the definition of a rule over all lotteries, as a share of what it compares.

    Parameters
    ----------
    rule : str
        One of :data:`BY_DEFINITION`.
    table : array of shape (m, n)
        Gains of deals, among them all corners of what can be reached.
    gains : array of shape (n,)
        The claim. That it can be reached, and that nothing is left to gain, is checked elsewhere.
    reference : array of shape (n,), optional
        Gains at the reference point of the Gupta-Livne solution; zero by default.
    """
    if rule == "equal-loss":
        return losses_gap(table, gains)
    if rule in ("gupta-livne", "dictators-mean"):
        zero = np.zeros(table.shape[1]) if reference is None else reference
        return way_gap(table, gains, zero if rule == "gupta-livne" else mean_of_dictators(table))
    if table.shape[1] > 2:
        return steps_of_all_gap(table, gains) if rule == "discrete-raiffa" else np.inf
    shape = polygon(table)
    return np.inf if shape is None else _POLYGON[rule](shape, gains)


def gains_table(problem: BargainingProblem) -> Floats:
    """Return gains (m, n) with all corners of what can be reached: by the support function, or of all deals.

    Raises
    ------
    LimitError
        There are too many deals of three or more players.
    """
    if problem.num_players == 2:
        return vertices(support_of(problem))
    assert isinstance(problem.feasible, FiniteDeals)
    if problem.feasible.num_combinations > MAX_ROWS:
        raise LimitError(f"{problem.feasible.num_combinations} deals are too many to be checked (limit {MAX_ROWS})")
    return np.unique(np.concatenate([gains for _, gains, _ in all_gains(problem)]), axis=0)
