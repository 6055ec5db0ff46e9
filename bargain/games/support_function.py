r"""The support function of a set of deals: the largest weighted sum of payoffs, and every deal that attains it.

.. math:: h(\lambda) = \max_x \sum_i \lambda_i u_i(x)

Payoffs are sums of terms that read few levers, so the maximum is found by eliminating one lever after the other, in
time that grows with the treewidth of the linkage graph and not with the number of deals
(:mod:`bargain.games.elimination`).  Few deals are listed instead.  Where nearly all levers are tied to one another the
tables grow with the number of deals: then branch and bound takes over (:mod:`bargain.games.branch_and_bound`), and for
many levers a mixed-integer program (:mod:`bargain.games.integer_program`).  Exact payoffs are counted in whole units,
and whole weights are added up without rounding: in floats below 2**53, in 64-bit integers, or in Python's integers.
Float payoffs come with a bound on the rounding error.  Tested against enumeration in fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.elimination import Eliminated, Elimination, as_kind
from bargain.games.elimination_order import EliminationOrder, elimination_order
from bargain.games.exact_numbers import FLOAT_INTEGERS
from bargain.games.pairwise_form import tables_size
from bargain.games.payoff_units import payoff_units, refuse_beyond_floats

if TYPE_CHECKING:
    from bargain.games.finite_deals import FiniteDeals

__all__ = ["BRANCHING", "ELIMINATION", "ENUMERATION", "SupportFunction", "SupportPoint", "preferred_method"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ENUMERATION, ELIMINATION, PROGRAM = "enumeration", "elimination", "integer program"
BRANCHING = "branch and bound"

_LISTED = 4_096
"""Up to so many combinations are listed rather than eliminated lever by lever."""

_LARGE_TABLE = 100_000
_MOST_OUTSIDE = 10_000
"""Branch and bound is preferred for two players where the largest table has more entries than the first, and the set at
most this many times as many combinations."""

_MOST_BRANCHED = 10**16
"""Sets with more combinations are not searched by branch and bound."""

_BATCH_BYTES = 32 * 2**20
"""Memory that the tables of one batch of weights may take."""

_EPSILON = float(np.finfo(float).eps)
_PROGRAM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class SupportPoint:
    """A deal with the largest weighted sum of payoffs.

    ``value`` is that sum and ``error`` a bound on how far below the maximum it may be: zero for exact problems that are
    not solved as integer programs.
    """

    deal: tuple[int, ...]
    payoffs: tuple[Any, ...]
    value: Any
    error: float


class SupportFunction:
    """The support function of a finite set of deals.

    Parameters
    ----------
    deals : FiniteDeals
        The set, for n players and L levers.
    method : str, optional
        "enumeration", "elimination", "branch and bound" or "integer program"; by default what suits the set.

    Attributes
    ----------
    method : str
        The method that is used.
    width : int
        The largest number of levers that one elimination ties together: an upper bound on the treewidth.
    order : tuple of int
        The levers in the order of their elimination.
    bytes : int
        Memory that the tables of one vector of weights take.

    Raises
    ------
    LimitError
        The method that was asked for needs more memory than ``deals.memory_limit``, or payoffs in whole units of their
        common denominator are too large for floats.

    References
    ----------
    Bertele and Brioschi (1972), "Nonserial dynamic programming"; Dechter (1999), "Bucket elimination: a unifying
    framework for reasoning".

    Examples
    --------
    Three levers in a chain: the second and the third pay player 1 only when both are moved.

    >>> from bargain.games.bargaining import BargainingProblem
    >>> chain = [((0, 1), [[[0, 1], [1, 0]], [[2, 0], [0, 0]]]), ((1, 2), [[[0, 0], [0, 5]], [[1, 1], [0, 0]]])]
    >>> deals = BargainingProblem.factored((2, 2, 2), chain, (0, 0)).feasible
    >>> support = SupportFunction(deals, "elimination")
    >>> found = support.maximise((1, 1))
    >>> found.deal, found.value
    ((0, 1, 1), Fraction(6, 1))
    >>> support.width
    1
    """

    def __init__(self, deals: FiniteDeals, method: str | None = None) -> None:
        self.deals = deals
        self.units = payoff_units(deals)
        read = [levers for levers, _ in (*deals.terms, *deals.masks)]
        plan = elimination_order(deals.sizes, read)
        needed = _bytes_needed(deals, self.units.kind, plan, method == BRANCHING)
        method = method or _preferred(deals, plan, needed)
        if method not in needed:
            raise ValueError(f"unknown method {method!r}; known: {', '.join(needed)}")
        self.method, self.width, self.order = method, plan.width, plan.order
        self.bytes = needed[method]
        if self.bytes > deals.memory_limit:
            raise LimitError(
                f"{method} over {len(deals.sizes)} levers (width {plan.width}) needs {self.bytes / 2**30:.3g} GiB "
                f"(limit {deals.memory_limit / 2**30:.3g} GiB); take fewer or coarser levels, or raise memory_limit"
            )
        if method != ENUMERATION:
            refuse_beyond_floats(self.units)
        read_terms = [levers for levers, _ in deals.terms]
        terms = list(zip(read_terms, self.units.terms, strict=True))
        self.engine: Any
        if method == PROGRAM:
            place = import_module("bargain.games.integer_program")
            self.engine = place.IntegerProgram(deals.sizes, terms, deals.masks)
        elif method == BRANCHING:
            place = import_module("bargain.games.branch_and_bound")
            self.engine = place.BranchAndBound(deals.sizes, terms, deals.masks)
        elif method == ELIMINATION:
            self.engine = Elimination(deals.sizes, plan, terms, deals.masks)
        else:
            self.engine = _Listed(deals, terms)
        largest = [[np.abs(payoffs[i : i + 1]).max() for payoffs in self.units.terms] for i in range(deals.num_players)]
        self.reach = np.array([sum(sizes) for sizes in largest], object if self.units.kind == "wide" else float)
        """Largest size of the sum of each player's terms, in ``units``."""
        self._step = max(1, _BATCH_BYTES // max(1, self.bytes))

    @property
    def description(self) -> str:
        """What is done, for the ``method`` of a solution."""
        if self.method == ELIMINATION:
            return f"variable elimination over {len(self.order)} levers, width {self.width}"
        return f"{self.method} of {self.deals.num_combinations} deals"

    @property
    def exact(self) -> bool:
        """Whether maxima for whole weights are found without rounding."""
        return self.units.kind != "float" and self.method != PROGRAM

    def rounding(self, weights: Any) -> Floats:
        """Return for weights (b, n) how far a value computed in floats may be from the exact one."""
        size = np.abs(np.asarray(weights, float)) @ self.reach.astype(float)
        if self.method == PROGRAM:
            return np.asarray(_PROGRAM_TOLERANCE * size)
        operations = 2 * len(self.deals.terms) + 2 * self.deals.num_players + 8
        # Bounds add up what pairs of levers are split into.
        operations += 4 * len(self.deals.sizes) if self.method == BRANCHING else 0
        return np.asarray(operations * _EPSILON * size)

    def points(self, rows: Rows) -> NDArray[Any]:
        """Return the payoffs (k, n) of deals (k, L), in ``units``."""
        total: Any = 0
        for (levers, _), payoffs in zip(self.deals.terms, self.units.terms, strict=True):
            place: Any = (slice(None), *(rows[:, lever] for lever in levers))
            total = total + (payoffs[place] if levers else payoffs[:, None])
        return np.ascontiguousarray(np.broadcast_to(total, (self.deals.num_players, len(rows))).T)

    def best(self, weights: Sequence[Sequence[Any]] | Floats) -> Rows:
        """Return a deal (b, L) with the largest weighted payoffs in ``units``, for each of b vectors of weights.

        Integers are added up exactly, floats up to ``rounding``. Empty when no deal is allowed.
        """
        parts = []
        for start in range(0, len(weights), self._step):
            chunk = weights[start : start + self._step]
            if self.method == PROGRAM:
                found = [self.engine.maximise(np.array(row, float))[0] for row in chunk]
                parts += [row[None] for row in found if row is not None]
                continue
            eliminated = self._run(chunk)
            parts.append(self.engine.deals(eliminated)[self._possible(eliminated.values)])
        return np.concatenate(parts) if parts else np.empty((0, len(self.deals.sizes)), np.intp)

    def best_bound(self, weights: Floats) -> float:
        """Return a number that no deal's weighted payoffs (in ``units``) exceed, for one vector of weights."""
        if self.method == PROGRAM:
            bound = float(self.engine.maximise(weights)[1])
        else:
            bound = float(self._run(weights[None]).values[0])
        return bound + float(self.rounding(weights[None])[0])

    def all_best(self, weights: Sequence[Any] | Floats, limit: int) -> Rows:
        """Return up to ``limit`` deals with the largest weighted payoffs in ``units``, up to rounding for floats."""
        if self.method == PROGRAM:
            return self.best(np.array([weights], float))
        eliminated = self._run([weights] if not isinstance(weights, np.ndarray) else weights[None])
        if not self._possible(eliminated.values).all():
            return np.empty((0, len(self.deals.sizes)), np.intp)
        return np.asarray(self.engine.all_deals(eliminated, limit, self._slack(weights)))

    def near_best(self, weights: Floats, slack: float, limit: int) -> Rows:
        """Return up to ``limit`` deals whose weighted payoffs (in ``units``) are within ``slack`` of the largest."""
        if self.method == PROGRAM:
            return self.best(weights[None])
        eliminated = self._run(weights[None])
        if not self._possible(eliminated.values).all():
            return np.empty((0, len(self.deals.sizes)), np.intp)
        return np.asarray(self.engine.all_deals(eliminated, limit, slack))

    def count_best(self, weights: Sequence[Any] | Floats) -> int:
        """Return the number of deals that :meth:`all_best` would give without a limit."""
        if self.method == PROGRAM:
            return len(self.all_best(weights, 1))
        eliminated = self._run([weights] if not isinstance(weights, np.ndarray) else weights[None])
        if not self._possible(eliminated.values).all():
            return 0
        return int(self.engine.count(eliminated, self._slack(weights)))

    def maximise(self, direction: Sequence[Any]) -> SupportPoint | None:
        """Return a deal with the largest weighted sum of payoffs, or None when no deal is allowed.

        Parameters
        ----------
        direction : sequence of n numbers
            The weights. For exact problems integers, Fractions and floats count as what they are.
        """
        if len(direction) != self.deals.num_players or not np.isfinite(np.array(direction, float)).all():
            raise ValueError(f"direction: {self.deals.num_players} finite numbers are needed")
        weights = np.array([direction], float)
        rows = self.best([self.whole_weights(direction)] if self.exact else self.in_units(weights))
        if not len(rows):
            return None
        deal = tuple(rows[0].tolist())
        if self.exact:
            payoffs: tuple[Any, ...] = self.deals.exact_payoffs(deal)
            value = sum((Fraction(a) * u for a, u in zip(direction, payoffs, strict=True)), Fraction(0))
            return SupportPoint(deal, payoffs, value, 0.0)
        payoffs = tuple(self.deals.payoffs(deal)[0].tolist())
        total = float(np.dot(np.array(direction, float), payoffs))
        return SupportPoint(deal, payoffs, total, float(2 * self.rounding(np.array([direction], float))[0]))

    def whole_weights(self, direction: Sequence[Any]) -> tuple[int, ...]:
        """Return integers in ``units`` in the ratio of weights of payoffs, which count as the ratios that they are."""
        ratios = [Fraction(value) * unit for value, unit in zip(direction, self.units.unit, strict=True)]
        common = lcm(*(ratio.denominator for ratio in ratios))
        return tuple(int(ratio * common) for ratio in ratios)

    def in_units(self, directions: Floats) -> Floats:
        """Return weights of payoffs (b, n) as weights of payoffs in ``units``."""
        return np.asarray(directions * np.array([float(unit) for unit in self.units.unit]))

    def _run(self, weights: Sequence[Sequence[Any]] | Floats) -> Eliminated:
        if isinstance(weights, np.ndarray):
            return self.engine.run(weights.astype(float), np.inf)  # type: ignore[no-any-return]
        total = max(sum(abs(w) * int(r) for w, r in zip(row, self.reach, strict=True)) for row in weights)
        if self.units.kind == "whole" and 2 * total < FLOAT_INTEGERS:
            return self.engine.run(np.array(weights, float), np.inf)  # type: ignore[no-any-return]
        penalty = 2 * total + 1
        small = self.units.kind == "whole" and penalty * (2 + len(self.deals.masks)) < 2**62
        table = np.array([list(row) for row in weights], np.int64 if small else object)
        found: Eliminated = self.engine.run(table, penalty)
        self._floor = -total
        return found

    _floor: Any = -np.inf

    def _possible(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether the largest values are those of deals that are allowed."""
        if values.dtype == np.float64:
            return np.asarray(values > -np.inf)
        return np.array([value >= self._floor for value in values.tolist()], bool)

    def _slack(self, weights: Any) -> Any:
        return float(2 * self.rounding(weights[None])[0]) if isinstance(weights, np.ndarray) else 0


def preferred_method(deals: FiniteDeals) -> str:
    """Return the method that suits a set of deals, without making its tables."""
    plan = elimination_order(deals.sizes, [levers for levers, _ in (*deals.terms, *deals.masks)])
    return _preferred(deals, plan, _bytes_needed(deals, payoff_units(deals).kind, plan))


def _bytes_needed(deals: FiniteDeals, kind: str, plan: EliminationOrder, branching: bool = False) -> dict[str, int]:
    """Return the memory that every method takes; branch and bound is looked at only where it may be the choice."""
    number = 8 if kind != "wide" else 48
    needed = {
        ENUMERATION: deals.num_combinations * deals.num_players * number * 3,
        ELIMINATION: (3 * plan.largest + 2 * plan.entries) * number,
        BRANCHING: 0,
        PROGRAM: sum(payoffs[0].size * (len(levers) + 1) * 100 for levers, payoffs in deals.terms),
    }
    if branching or plan.largest > _LARGE_TABLE or needed[ELIMINATION] > deals.memory_limit:
        read = [levers for levers, _ in (*deals.terms, *deals.masks)]
        needed[BRANCHING] = tables_size(deals.sizes, read) * 8 * (deals.num_players + 3)
    return needed


def _preferred(deals: FiniteDeals, plan: EliminationOrder, needed: dict[str, int]) -> str:
    limit = deals.memory_limit
    if deals.num_combinations <= _LISTED and needed[ENUMERATION] <= limit:
        return ENUMERATION
    branches = deals.num_combinations <= _MOST_BRANCHED and 0 < needed[BRANCHING] <= limit
    near_complete = plan.largest * _MOST_OUTSIDE >= deals.num_combinations and deals.num_players == 2
    if needed[ELIMINATION] <= limit and not (branches and near_complete):
        return ELIMINATION
    return BRANCHING if branches else PROGRAM


class _Listed:
    """All deals with their payoffs; takes the place of an elimination."""

    def __init__(self, deals: FiniteDeals, terms: Sequence[tuple[tuple[int, ...], NDArray[Any]]]) -> None:
        # Levers of one level get no axis: arrays have 64 at most.
        free = [lever for lever, size in enumerate(deals.sizes) if size > 1]
        grid = np.zeros((deals.num_combinations, len(deals.sizes)), np.intp)
        if free:
            grid[:, free] = np.indices([deals.sizes[lever] for lever in free]).reshape(len(free), -1).T
        self.rows = grid[deals.allowed(grid)]
        total: Any = np.zeros((deals.num_players, len(self.rows)), terms[0][1].dtype)
        for levers, payoffs in terms:
            place: Any = (slice(None), *(self.rows[:, lever] for lever in levers))
            total = total + (payoffs[place] if levers else payoffs[:, None])
        self.points = total

    def run(self, weights: NDArray[Any], penalty: Any) -> Eliminated:
        values = weights @ as_kind(self.points, weights.dtype)
        least = np.full(len(weights), -penalty, weights.dtype)
        return Eliminated(values.max(axis=1) if len(self.rows) else least, ((((), values),),))

    def deals(self, found: Eliminated) -> Rows:
        values = found.factors[0][0][1]
        if not len(self.rows):
            return np.zeros((len(values), self.rows.shape[1]), np.intp)
        return np.asarray(self.rows[values.argmax(axis=1)])

    def all_deals(self, found: Eliminated, limit: int, slack: Any = 0) -> Rows:
        return np.asarray(self.rows[self._near(found, slack)[:limit]])

    def count(self, found: Eliminated, slack: Any = 0) -> int:
        return len(self._near(found, slack))

    def _near(self, found: Eliminated, slack: Any) -> NDArray[np.intp]:
        return np.flatnonzero(found.factors[0][0][1][0] >= found.values[0] - slack)
