"""Bargaining rules over continuous levers: products, sums, max-min and ideal points of gains.

Every rule is a sequence of nonlinear programs over the individually rational deals (:mod:`bargain.solutions.program`),
searched from many starts and polished (:mod:`bargain.solutions.search`).  When no deal gives every player something,
the players who can gain at all are found first (:mod:`bargain.solutions.gainers`).  Where payoffs are known as
formulas, all other deals are bounded (:mod:`bargain.solutions.global_bound`), and the status may be PROVED; else
answers are local solutions that no other start beat: CONVERGED.  Tested against closed forms, dense grids, an
independent solver, changes of units, and problems with kinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bargain.effort import current
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.results import Status
from bargain.solutions.binding import Stage
from bargain.solutions.gainers import EMPTY, GAIN, Point, gainers, ideals, is_fat, only, raised_together
from bargain.solutions.global_bound import GlobalBound, Prover
from bargain.solutions.landscape import Array
from bargain.solutions.program import Program
from bargain.solutions.search import Optimum, is_alone, search
from bargain.solutions.smooth_point import SmoothPoint, answer, constant_answer, point
from bargain.solutions.starts import Survey, survey

__all__ = [
    "Ideal",
    "SmoothPoint",
    "ideal_point",
    "largest_gains",
    "maximise_least",
    "maximise_product",
    "maximise_sum",
    "nearest_miss",
]


def maximise_product(
    problem: BargainingProblem, weights: Sequence[float] | Array, seed: int = 0, start: Array | None = None
) -> SmoothPoint | None:
    r"""Maximise the weighted product of gains (Nash's solution) over continuous deals.

    .. math:: \max_{u \in S,\ u \ge d} \prod_i (u_i - d_i)^{w_i}

    Players who cannot gain are left out of the product; they do not lose.

    Parameters
    ----------
    problem : BargainingProblem
        Its feasible set is a :class:`bargain.games.continuous.ContinuousDeals`.
    weights : sequence of n floats
        Positive weights.
    seed : int
        Moves the points from which the search starts.
    start : array of shape (L,), optional
        A deal that may be near the solution.

    Returns
    -------
    SmoothPoint or None
        None when no individually rational deal with a strict gain was found.

    Raises
    ------
    LimitError
        Too many combinations of finite levels.
    ValueError
        A weight is not positive, or a payoff is not finite in the box.

    References
    ----------
    Nash (1950), The bargaining problem; Kalai (1977), Nonsymmetric Nash solutions.

    Examples
    --------
    >>> import numpy as np
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.games.continuous import ContinuousDeals
    >>> dollar = ContinuousDeals(
    ...     lower=[0.0], upper=[1.0],
    ...     values=lambda x: np.concatenate([x, 1 - x], axis=-1),
    ...     gradient=lambda x: np.array([[1.0], [-1.0]]),
    ...     hessian=lambda x: np.zeros((2, 1, 1)),
    ... )
    >>> problem = BargainingProblem(players=("A", "B"), feasible=dollar, disagreement=(0.0, 0.2))
    >>> maximise_product(problem, (0.5, 0.5)).payoffs.round(9)
    array([0.4, 0.6])
    """
    shares = _positive(weights, problem, "weights")
    shares = shares / shares.sum()
    scan = _scan(problem, seed, start)
    if scan.hopeless or not scan.moved:
        return constant_answer(scan)
    with np.errstate(all="ignore"):
        rows = np.array(scan.moved)
        program = Program.product(only(shares, scan.moved), rows)
        # With few levers the scan would have shown a deal that all gain from; then who can gain is asked first.
        unlikely = not is_fat(scan) and scan.regions[0].landscape.size <= 2
        best = None if unlikely else search(scan, program, _hint(scan, start))
        players = scan.moved
        if best is None or not _everyone(best, scan.moved):
            players, points = gainers(scan, shares)
            if not players:
                return None
            best = search(scan, Program.product(only(shares, players), rows), [*points, *_hint(scan, start)])
            if best is None or not _everyone(best, players):
                return None
        # That others cannot gain at all is found by search: nothing is proved then.
        best, bound = Prover(scan).prove(best) if players == scan.moved else (best, None)
        return answer(scan, [Stage(best)], [bound])


def maximise_sum(
    problem: BargainingProblem, weights: Sequence[float] | Array, seed: int = 0, start: Array | None = None
) -> SmoothPoint | None:
    r"""Maximise the weighted sum of payoffs over the individually rational continuous deals.

    Parameters, result and errors are those of :func:`maximise_product`.

    Examples
    --------
    >>> import numpy as np
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.games.continuous import ContinuousDeals
    >>> pies = ContinuousDeals(
    ...     lower=[0.0], upper=[1.0],
    ...     values=lambda x: np.concatenate([2 * x - x**2, 1 - x], axis=-1),
    ...     gradient=lambda x: np.array([2 - 2 * x, [-1.0]]),
    ...     hessian=lambda x: np.array([[[-2.0]], [[0.0]]]),
    ... )
    >>> problem = BargainingProblem(players=("A", "B"), feasible=pies, disagreement=(0.0, 0.0))
    >>> maximise_sum(problem, (1.0, 1.0)).payoffs.round(9)
    array([0.75, 0.5 ])
    """
    shares = _positive(weights, problem, "weights")
    scan = _scan(problem, seed, start)
    if scan.hopeless or not scan.moved:
        return constant_answer(scan)
    scaled = shares * scan.payoff_unit
    program = Program.total(only(scaled / scaled.max(), scan.moved), np.array(scan.moved))
    with np.errstate(all="ignore"):
        points = _hint(scan, start)
        if not is_fat(scan):
            players, found = gainers(scan, shares)
            if not players:
                return None
            points = [*points, *found]
        best = search(scan, program, points)
        if best is None:
            return None
        best, bound = Prover(scan).prove(best)
        return answer(scan, [Stage(best)], [bound])


def maximise_least(
    problem: BargainingProblem, scales: Sequence[float] | Array, seed: int = 0, start: Array | None = None
) -> SmoothPoint | None:
    r"""Maximise the least of gain / scale, then the next least among those who can still be raised, and so on.

    Parameters
    ----------
    problem, seed, start
        As in :func:`maximise_product`.
    scales : sequence of n floats
        A gain equal to its scale counts as 1; a scale of 0 leaves the player out (it does not lose).

    Returns
    -------
    SmoothPoint or None
        None when no individually rational deal with a strict gain was found.

    Notes
    -----
    The first program raises all players together.  Those whose promise binds (positive multiplier) cannot be raised
    further; they keep what they have, and the next program raises the others.

    References
    ----------
    Kalai and Smorodinsky (1975); Kalai (1977), Proportional solutions; Imai (1983) for the lexicographic extension.

    Examples
    --------
    >>> import numpy as np
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.games.continuous import ContinuousDeals
    >>> dollar = ContinuousDeals(
    ...     lower=[0.0], upper=[1.0],
    ...     values=lambda x: np.concatenate([x, 1 - x], axis=-1),
    ...     gradient=lambda x: np.array([[1.0], [-1.0]]),
    ...     hessian=lambda x: np.zeros((2, 1, 1)),
    ... )
    >>> problem = BargainingProblem(players=("A", "B"), feasible=dollar, disagreement=(0.0, 0.2))
    >>> maximise_least(problem, (1.0, 3.0)).payoffs.round(9)
    array([0.2, 0.8])
    """
    sizes = _positive(scales, problem, "scales", zero=True)
    scan = _scan(problem, seed, start)
    if scan.hopeless or not scan.moved:
        return constant_answer(scan)
    with np.errstate(all="ignore"):
        points = _hint(scan, start)
        players: tuple[int, ...] = tuple(i for i in scan.moved if sizes[i] > 0)
        if not is_fat(scan):
            able, found = gainers(scan, np.ones(sizes.size))
            if not able:
                return None
            points = [*points, *found]
            players = tuple(i for i in players if i in able)
        stages, bounds = _stages(scan, sizes, players, points)
        return answer(scan, stages, bounds) if stages else None


@dataclass(frozen=True, eq=False)
class Ideal:
    """Each player's largest gain over the individually rational deals, shape (n,), and what is known of larger ones.

    ``bounds`` has an entry for every player whose payoff moves; it is empty where some gain is not bounded.
    """

    gains: Array
    bounds: tuple[GlobalBound, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether no gain can be larger, up to the tolerance."""
        return bool(self.bounds) and all(bound.proved for bound in self.bounds)


def ideal_point(problem: BargainingProblem, seed: int = 0, start: Array | None = None) -> Array:
    """Return each player's largest gain over the individually rational deals, shape (n,); zeros when there is no deal.

    ``start`` is a point at which the search looks too.

    Examples
    --------
    >>> import numpy as np
    >>> from bargain.games.bargaining import BargainingProblem
    >>> from bargain.games.continuous import ContinuousDeals
    >>> dollar = ContinuousDeals(
    ...     lower=[0.0], upper=[1.0],
    ...     values=lambda x: np.concatenate([x, 1 - x], axis=-1),
    ...     gradient=lambda x: np.array([[1.0], [-1.0]]),
    ...     hessian=lambda x: np.zeros((2, 1, 1)),
    ... )
    >>> problem = BargainingProblem(players=("A", "B"), feasible=dollar, disagreement=(0.0, 0.2))
    >>> ideal_point(problem).round(9)
    array([0.8, 0.8])
    """
    return largest_gains(problem, seed, start).gains


def largest_gains(problem: BargainingProblem, seed: int = 0, start: Array | None = None) -> Ideal:
    """Return each player's largest gain as :func:`ideal_point` does, with bounds where they can be proved."""
    scan = _scan(problem, seed, start)
    nothing = np.zeros(scan.payoff_unit.size)
    if scan.hopeless:
        return Ideal(nothing)
    gains, prover = scan.constant_gains.copy(), Prover(scan)
    bounds: list[GlobalBound | None] = []
    with np.errstate(all="ignore"):
        least = None if is_fat(scan) else raised_together(scan, scan.moved)
        if not is_fat(scan) and (least is None or least.worth < EMPTY - scan.noise):
            return Ideal(nothing)
        for player, found in zip(scan.moved, ideals(scan, least), strict=True):
            best, bound = (None, None) if found is None else prover.prove(found)
            gains[player] = best.worth if best is not None else 0.0
            bounds.append(bound)
    known = tuple(bound for bound in bounds if bound is not None)
    return Ideal(np.asarray(gains * scan.payoff_unit), known if len(known) == len(bounds) else ())


def nearest_miss(problem: BargainingProblem, seed: int = 0) -> SmoothPoint | None:
    """Return the deal whose least scaled gain is largest, as evidence that there is no deal (status NO_DEAL).

    Gains are scaled by each player's largest gain in the whole set.  None when no deal keeps the limits.
    """
    scan = _scan(problem, seed, None)
    if not scan.regions or not scan.moved:
        return None
    with np.errstate(all="ignore"):
        best = raised_together(scan, scan.moved)
        if best is None:
            return None
        notes = ("no deal found that gives somebody more and nobody less; this one has the largest least gain",)
        return point(scan, [Stage(best)], Status.NO_DEAL, notes)


def _scan(problem: BargainingProblem, seed: int, start: Array | None) -> Survey:
    deals = problem.feasible
    if not isinstance(deals, ContinuousDeals):
        raise TypeError(f"these rules take continuous deals, not {type(deals).__name__}")
    with np.errstate(all="ignore"):
        return survey(deals, [float(value) for value in problem.disagreement], seed, start)


def _positive(numbers: Sequence[float] | Array, problem: BargainingProblem, name: str, zero: bool = False) -> Array:
    values = np.array([float(number) for number in numbers])
    if values.size != len(problem.disagreement):
        raise ValueError(f"{values.size} {name} for {len(problem.disagreement)} players")
    if not np.isfinite(values).all() or (values < 0).any() or (not zero and (values == 0).any()):
        raise ValueError(f"{name} must be {'non-negative' if zero else 'positive'} numbers")
    return values


def _hint(scan: Survey, start: Array | None) -> list[Point]:
    if start is None:
        return []
    x = np.asarray(start, dtype=float)
    places = list(scan.regions[0].landscape.deals.finite)
    for region in scan.regions:
        if np.array_equal(region.landscape.base[places], x[places]):
            return [(region.landscape, region.landscape.unplace(x))]
    return []


def _everyone(best: Optimum, players: Sequence[int]) -> bool:
    return bool((best.gains[list(players)] > GAIN + 100.0 * best.broken).all())


def _stages(
    scan: Survey, scales: Array, players: Sequence[int], points: Sequence[Point]
) -> tuple[list[Stage], list[GlobalBound | None]]:
    """Return the solved programs of the lexicographic max-min with their bounds; no program when there is no deal."""
    size, rows = scan.payoff_unit.size, np.array(scan.moved)
    sizes = np.zeros(size)
    sizes[list(players)] = scales[list(players)] / scan.payoff_unit[list(players)]
    floors = np.zeros(size)
    waiting = list(players)
    stages: list[Stage] = []
    bounds: list[GlobalBound | None] = []
    prover = Prover(scan)
    # That a player who is left out cannot gain was found by search: nothing is proved then.
    complete = set(players) == {player for player in scan.moved if scales[player] > 0}
    while waiting:
        units = only(sizes, waiting)
        program = Program.least(units / units.max(), floors, rows)
        best = search(scan, program, points)
        if best is None or (not stages and best.worth < EMPTY - scan.noise):
            return stages, bounds
        best, bound = prover.prove(best) if complete else (best, None)
        bounds.append(bound)
        saturated = _saturated(best, waiting)
        stages.append(Stage(best, saturated))
        floors = floors.copy()
        floors[list(saturated)] = best.gains[list(saturated)]
        waiting = [player for player in waiting if player not in saturated]
        points = [(best.landscape, best.z)]
    return stages, bounds


def _saturated(best: Optimum, waiting: Sequence[int]) -> tuple[int, ...]:
    """Return the players who cannot be raised further: those whose promise has a positive multiplier."""
    price = {item.place: best.at.multipliers[k] for k, item in enumerate(best.at.active) if item.kind == "row"}
    lifted = {player: price.get(player, 0.0) * best.program.scales[player] for player in waiting}
    found = tuple(player for player in waiting if lifted[player] > 1e-7)
    if current().expired() or (len(best.ties) == 1 and is_alone(best)):
        # There is no other solution to choose from, or no time for it.
        return tuple(waiting)
    if found:
        return found
    # Without usable multipliers those at the least height are taken to be settled.
    shares = best.gains[list(waiting)] / best.program.scales[list(waiting)]
    return tuple(player for player, share in zip(waiting, shares, strict=True) if share <= shares.min() + 1e-7)
