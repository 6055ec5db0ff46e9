"""From compiled payoffs to games: the no-agreement game, and bargaining problems over some or all issues.

A payoff tensor is added up from terms on the levels of the few levers that each reads, never profile by profile, and a
game that splits into separable components carries them as parts.  Tested against payoffs profile by profile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.games.decomposition import combine, mixed_radix
from bargain.games.finite_deals import DealLabels, FiniteDeals
from bargain.games.normal_form import NormalFormGame
from bargain.payoffs.linkage import components, edges
from bargain.payoffs.tensors import MEMORY_LIMIT, TensorTerm, check_memory, total_tensor
from bargain.scenario.document import Lever

if TYPE_CHECKING:
    from bargain.payoffs.numeric import Payoffs

__all__ = ["bargaining_problem", "grid_levels", "normal_form"]

Array = NDArray[np.float64]

_BYTES_PER_ACTION = 600
"""What the name and the levels of one action take, roughly."""

_DIGITS = 12
"""Significant digits of levels that are laid out on a grid."""


def grid_levels(lever: Lever, grid: int, also: float) -> Array:
    """Return the codes of a lever's levels; a continuous one is laid out on ``grid`` equal steps and ``also``.

    Examples
    --------
    >>> tariff = Lever("tariff", "tariff", "Tariff", "%", 25.0, 0.0, 30.0)
    >>> grid_levels(tariff, 4, 25.0).tolist()
    [0.0, 10.0, 20.0, 25.0, 30.0]
    """
    if lever.codes is not None:
        return np.array(lever.codes, dtype=float)
    if grid < 2:
        raise ValueError(f"a grid needs 2 levels or more, not {grid}")
    laid = [float(f"{level:.{_DIGITS}g}") for level in np.linspace(lever.lower, lever.upper, grid)]
    laid[0], laid[-1] = lever.lower, lever.upper
    near = 10.0**-_DIGITS * max(abs(lever.lower), abs(lever.upper))
    return np.array(sorted({*(level for level in laid if abs(level - also) > near), float(also)}))


def normal_form(payoffs: Payoffs, *, grid: int = 11, memory_limit: int = MEMORY_LIMIT) -> NormalFormGame:
    """Return the no-agreement game: every player sets its own levers, all at once.

    Parameters
    ----------
    payoffs : Payoffs
        Compiled payoffs of a scenario with n players.
    grid : int
        Number of equally spaced levels that stand for a continuous lever; its status quo is added to them.
    memory_limit : int
        Bytes that the game may take.

    Returns
    -------
    NormalFormGame
        A player's actions are the combinations of the levels of its own levers, in lever order, the last lever running
        fastest; a player without levers has the one action "-".  Levers that nobody sets stand at their status quo.
        Limits on deals do not bind here.  Separable components are attached as parts.

    Raises
    ------
    LimitError
        The payoff tensor would not fit; the message says how much it would take.

    References
    ----------
    Folmer, van Mouche and Ragland (1993), on games that split into separable parts.

    Examples
    --------
    >>> from bargain.payoffs.numeric import compile_payoffs
    >>> from bargain.scenario.read import read_tree
    >>> duel = read_tree({
    ...     "format": 1,
    ...     "scenario": {"id": "duel", "title": "Tariff war"},
    ...     "players": {"US": {"name": "US"}, "JP": {"name": "Japan"}},
    ...     "issues": {
    ...         "cars": {"set_by": "US", "levels": [0, 25], "status_quo": 0},
    ...         "rice": {"set_by": "JP", "levels": [0, 700], "status_quo": 700},
    ...     },
    ...     "payoffs": {
    ...         "US": {"cars": "0.1*cars", "rice": "-0.01*rice"},
    ...         "JP": {"cars": "-0.2*cars", "rice": "0.002*rice"},
    ...     },
    ... })
    >>> game = normal_form(compile_payoffs(duel))
    >>> game.actions
    (('cars=0', 'cars=25'), ('rice=0', 'rice=700'))
    >>> len(game.parts)
    2
    """
    document = payoffs.document
    owned = [[k for k, lever in enumerate(payoffs.levers) if lever.set_by == player] for player in payoffs.players]
    moved = {lever for levers in owned for lever in levers}
    codes = [
        grid_levels(lever, grid, status_quo) if k in moved else np.array([status_quo])
        for k, (lever, status_quo) in enumerate(zip(payoffs.levers, document.status_quo, strict=True))
    ]
    sizes = [len(levels) for levels in codes]
    num_actions = [prod(sizes[lever] for lever in levers) for levers in owned]
    needed = 8 * len(owned) * prod(num_actions) + _BYTES_PER_ACTION * sum(num_actions)
    check_memory("the no-agreement game", needed, memory_limit)
    terms = payoffs.tensors(codes, memory_limit)
    digits = [dict(zip(levers, mixed_radix([sizes[k] for k in levers]), strict=True)) for levers in owned]
    digits = [each or {-1: np.zeros(1, dtype=np.intp)} for each in digits]
    levels = tuple(_action_levels(levers, codes) for levers in owned)
    actions = tuple(_labels(payoffs.levers, levers, codes) for levers in owned)
    linked = edges(tuple(lever for lever in term.levers if lever in moved) for term in terms)
    groups = [group for group in components(len(codes), linked) if moved.intersection(group)] or [()]
    parts = [_part(payoffs, terms, codes, owned, group) for group in groups]
    places = [[_sub_actions(digits[i], levers, group, sizes) for i, levers in enumerate(owned)] for group in groups]
    constant = np.zeros(len(owned))
    for term in terms:
        if not moved.intersection(term.levers):
            constant = constant + term.payoffs.reshape(len(owned))
    if len(parts) == 1:
        whole = parts[0].payoffs + constant.reshape(-1, *([1] * len(owned)))
        return NormalFormGame(payoffs.players, actions, whole, action_levels=levels)
    return combine(
        parts, places, constant=constant.tolist(), actions=actions, action_levels=levels, memory_limit=memory_limit
    )


def _part(
    payoffs: Payoffs,
    terms: Sequence[TensorTerm],
    codes: Sequence[Array],
    owned: Sequence[Sequence[int]],
    group: Sequence[int],
) -> NormalFormGame:
    """Return the game over the levers of one component."""
    mine = [[lever for lever in levers if lever in group] for levers in owned]
    order = [lever for levers in mine for lever in levers]
    inside = [term for term in terms if set(order).intersection(term.levers)]
    shape = [prod(len(codes[lever]) for lever in levers) for levers in mine]
    blank = TensorTerm((), np.zeros(len(owned)))
    total = total_tensor([blank, *inside], [len(levels) for levels in codes], order)
    actions = tuple(_labels(payoffs.levers, levers, codes) for levers in mine)
    return NormalFormGame(payoffs.players, actions, total.reshape(len(owned), *shape))


def _sub_actions(
    digits: dict[int, NDArray[np.intp]], levers: Sequence[int], group: Sequence[int], sizes: Sequence[int]
) -> NDArray[np.intp]:
    """Return which action of a component each action of a player stands for."""
    code = np.zeros_like(next(iter(digits.values())))
    for lever in levers:
        if lever in group:
            code = code * sizes[lever] + digits[lever]
    return code


def _action_levels(levers: Sequence[int], codes: Sequence[Array]) -> tuple[dict[int, float], ...]:
    choices = product(*(codes[lever].tolist() for lever in levers))
    return tuple(dict(zip(levers, chosen, strict=True)) for chosen in choices)


def _labels(all_levers: Sequence[Lever], levers: Sequence[int], codes: Sequence[Array]) -> tuple[str, ...]:
    """Return the names of the actions, such as ``tariff=25, host=1.4``."""
    if not levers:
        return ("-",)
    words = [[f"{all_levers[k].name}={_written(all_levers[k].level(code))}" for code in codes[k]] for k in levers]
    return tuple(map(", ".join, product(*words)))


def _written(level: float | str) -> str:
    if isinstance(level, str):
        return level
    short = f"{level:g}"
    return short if float(short) == level else repr(float(level))


def bargaining_problem(
    payoffs: Payoffs,
    disagreement: Sequence[float],
    *,
    issues: Collection[str] | None = None,
    fixed: Sequence[float] | None = None,
    lotteries: bool = False,
    weights: Sequence[float] | None = None,
    grid: int = 11,
    memory_limit: int = MEMORY_LIMIT,
) -> BargainingProblem:
    """Return the bargaining problem over some or all issues of a scenario.

    Parameters
    ----------
    payoffs : Payoffs
        Compiled payoffs of a scenario with n players and L levers.
    disagreement : sequence of n floats
        Payoffs without a deal.
    issues : collection of str, optional
        The issues on the table; all by default.
    fixed : sequence of L floats, optional
        Level codes at which the levers of all other issues stand; the status quo by default.
    lotteries : bool
        Whether lotteries over deals are allowed.
    weights : sequence of n floats, optional
        Bargaining weights; equal by default.
    grid : int
        With lotteries, the number of levels that stand for a continuous lever (and the level in ``fixed``).
    memory_limit : int
        Bytes that the payoffs may take.

    Returns
    -------
    BargainingProblem
        Over finite deals when every lever on the table has finitely many levels or lotteries are allowed, else over
        continuous deals.  A deal is described as ``{issue: {lever: level}}`` with all levers.

    Raises
    ------
    ValueError
        There is no such issue.
    LimitError
        The payoffs would not fit.
    UnsupportedGameError
        A constraint that is only true or false reads a continuous lever.

    Examples
    --------
    >>> from bargain.payoffs.numeric import compile_payoffs
    >>> from bargain.scenario.read import read_tree
    >>> aid = read_tree({
    ...     "format": 1,
    ...     "scenario": {"id": "aid", "title": "Aid for access"},
    ...     "players": {"A": {"name": "A"}, "B": {"name": "B"}},
    ...     "issues": {
    ...         "aid": {"set_by": "A", "range": [0, 4], "status_quo": 0},
    ...         "access": {"set_by": "B", "levels": ["closed", "open"], "status_quo": "closed"},
    ...     },
    ...     "payoffs": {
    ...         "A": {"aid": "-aid", "access": {"closed": 0, "open": 6}},
    ...         "B": {"aid": "aid", "access": {"closed": 0, "open": -1}},
    ...     },
    ... })
    >>> problem = bargaining_problem(compile_payoffs(aid), (0, 0), issues=["access"])
    >>> problem.feasible.describe((1,))
    {'aid': {'aid': 0.0}, 'access': {'access': 'open'}}
    """
    stands = tuple(float(code) for code in (payoffs.document.status_quo if fixed is None else fixed))
    if len(stands) != len(payoffs.levers):
        raise ValueError(f"fixed: {len(payoffs.levers)} levels are needed, got {len(stands)}")
    free = _on_table(payoffs, issues)
    feasible: FiniteDeals | ContinuousDeals
    if lotteries or not any(payoffs.levers[lever].continuous for lever in free):
        feasible = _finite_deals(payoffs, free, stands, grid, memory_limit)
    else:
        feasible = ContinuousDeals.from_payoffs(payoffs, free, stands)
    return BargainingProblem(
        payoffs.players,
        feasible,
        tuple(float(value) for value in disagreement),
        lotteries=lotteries,
        weights=() if weights is None else tuple(weights),
    )


def _on_table(payoffs: Payoffs, issues: Collection[str] | None) -> list[int]:
    known = [issue.name for issue in payoffs.document.issues]
    for name in issues or ():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise ValueError(f"there is no issue `{name}`; there are {', '.join(known)}{hint}")
    return [k for k, lever in enumerate(payoffs.levers) if issues is None or lever.issue in issues]


def _finite_deals(
    payoffs: Payoffs, free: Sequence[int], fixed: Sequence[float], grid: int, memory_limit: int
) -> FiniteDeals:
    codes = [
        grid_levels(lever, grid, fixed[k]) if k in free else np.array([fixed[k]])
        for k, lever in enumerate(payoffs.levers)
    ]
    places = {lever: place for place, lever in enumerate(free)}
    terms: dict[tuple[int, ...], Array] = {(): np.zeros(len(payoffs.players))}
    for term in payoffs.tensors(codes, memory_limit):
        kept = [lever for lever in term.levers if lever in places]
        block = term.payoffs.reshape(len(payoffs.players), *(len(codes[lever]) for lever in kept))
        key = tuple(places[lever] for lever in kept)
        terms[key] = terms[key] + block if key in terms else block
    masks: dict[tuple[int, ...], NDArray[np.bool_]] = {}
    for mask in payoffs.masks(codes, memory_limit):
        kept = [lever for lever in mask.levers if lever in places]
        allowed = mask.allowed.reshape([len(codes[lever]) for lever in kept])
        key = tuple(places[lever] for lever in kept)
        masks[key] = masks[key] & allowed if key in masks else allowed
    levers = [payoffs.levers[lever] for lever in free]
    labels = DealLabels(
        tuple(lever.issue for lever in levers),
        tuple(lever.name for lever in levers),
        tuple(tuple(lever.level(code) for code in codes[k]) for k, lever in zip(free, levers, strict=True)),
        payoffs.document.terms(tuple(fixed)),
    )
    sizes = tuple(len(codes[lever]) for lever in free)
    return FiniteDeals(sizes, tuple(terms.items()), tuple(masks.items()), labels, memory_limit=memory_limit)
