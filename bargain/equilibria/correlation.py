r"""Correlated and coarse correlated equilibria: the best, the worst and the fairest, with a proof of how good they are.

A distribution :math:`\pi` over profiles is a *correlated equilibrium* when no player gains by deviating from what it
is told to play: :math:`\sum_{a_{-i}} \pi(a_i, a_{-i}) [u_i(b_i, a_{-i}) - u_i(a_i, a_{-i})] \le 0` for all
:math:`a_i, b_i` (Aumann 1974).  It is a *coarse* correlated equilibrium when no player gains by deciding, before it
is told anything, always to play :math:`b_i` (Moulin and Vial 1978).  Both are linear constraints, so that the best
one is a linear program, and its multipliers prove that no other is better.  Tested by the definitions, by brute force
over the bases of small programs in fractions, by the nesting of Nash in correlated in coarse, and by Aumann's game of
chicken.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.correlation_programs import (
    Multipliers,
    extend,
    in_payoff_units,
    program_of,
    proved_bound,
    scale,
)
from bargain.equilibria.exact_correlation import is_wide, prove_optimum, solve_exactly
from bargain.equilibria.incentives import gained
from bargain.equilibria.linked_correlation import LinkedParts, linked_bound, linked_multipliers, linked_parts
from bargain.equilibria.sifting import sift
from bargain.games.exact_numbers import rounded_down, rounded_up
from bargain.games.normal_form import NormalFormGame
from bargain.games.reduction import Reduction, eliminate_dominated

__all__ = ["OBJECTIVES", "Correlated", "Deviation", "coarse_correlated", "correlated"]

OBJECTIVES = ("welfare", "egalitarian", "worst")

_ROUNDING, _LOOSE = 1e-14, 1e-11
"""Gaps above these fractions of the value and of the smallest payoff range send small games to fractions."""

_UNPROVED = "the exact system behind the optimum was not found, so the answer is in floats; its bound is proved"


class Deviation(NamedTuple):
    """The multiplier ``weight`` of the constraint against playing ``instead`` when told ``told`` (None: always)."""

    told: int | None
    instead: int
    weight: float | Fraction


@dataclass(frozen=True)
class Correlated:
    """A correlated or coarse correlated equilibrium that is optimal for an objective.

    ``distribution`` has shape (m_1, ..., m_n) and adds up to 1; floats, or Fractions when ``exact``.  ``value`` is the
    objective: the sum of payoffs (largest or smallest), or the smallest payoff.  ``violation`` is the largest amount by
    which an incentive constraint is violated, recomputed from the definition, as a fraction of that player's payoff
    range.  No equilibrium of the kind has a value above ``bound`` (below it, for the worst one), which ``multipliers``
    prove; the difference between ``value`` and ``bound`` is what is not known.  ``shares`` are the players' weights in
    the proof of an egalitarian optimum, and None otherwise.
    """

    game: NormalFormGame
    objective: str
    distribution: NDArray[Any]
    payoffs: tuple[Any, ...]
    value: Any
    violation: Any
    bound: Any
    coarse: bool = False
    exact: bool = False
    notes: tuple[str, ...] = ()
    shares: tuple[Any, ...] | None = None
    _proof: Callable[[], Multipliers | None] = field(default=lambda: None, repr=False, compare=False)

    @property
    def concept(self) -> str:
        """The name of the solution concept."""
        return "coarse-correlated" if self.coarse else "correlated"

    @cached_property
    def multipliers(self) -> tuple[tuple[Deviation, ...], ...] | None:
        r"""Multipliers per player, which prove ``bound``; None when they are too large for floats.

        With weights :math:`w \ge 0`, every profile a has :math:`f(a) + \sum w [u_i(a) - u_i(\text{instead}, a_{-i})]
        \le` ``bound``, the sum over the multipliers with ``told`` :math:`= a_i`, where f is the sum of payoffs, or
        their sum weighted with ``shares``.  For the worst equilibrium it is :math:`f(a) - \sum w [\dots] \ge`
        ``bound``.
        """
        proof = self._proof()
        if proof is None:
            return None
        made: list[list[Deviation]] = [[] for _ in self.game.players]
        columns = (each.tolist() for each in (*proof.rows, proof.weights))
        for player, told, instead, weight in zip(*columns, strict=True):
            if weight:
                number = Fraction(weight) if self.exact or isinstance(weight, Fraction) else float(weight)
                made[player].append(Deviation(None if self.coarse else told, instead, number))
        return tuple(tuple(sorted(each, key=lambda one: (one.told or 0, one.instead))) for each in made)


def correlated(
    game: NormalFormGame, objective: str = "welfare", time_limit: float | None = None, exact: bool = False
) -> Correlated:
    """Return the best or worst correlated equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    objective : {"welfare", "egalitarian", "worst"}
        Largest sum of payoffs, largest smallest payoff, or smallest sum of payoffs; payoffs in their own units.
    time_limit : float, optional
        Seconds for the linear program.
    exact : bool
        Whether to look for the answer in fractions, with a proof that it is optimal.  Where none is found, the answer
        is in floats, with a note.

    Raises
    ------
    ValueError
        The objective is not known.
    LimitError
        The program would be too large, or the time was not enough.

    Notes
    -----
    Strictly dominated actions are eliminated first: no correlated equilibrium uses them.  Separable games are solved
    part by part, see :mod:`bargain.equilibria.linked_correlation`.

    References
    ----------
    R. J. Aumann (1974), "Subjectivity and correlation in randomized strategies".

    Examples
    --------
    Aumann's chicken, where the best correlated equilibrium beats the pure ones:

    >>> chicken = NormalFormGame.from_payoffs([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> best = correlated(chicken, exact=True)
    >>> best.value, best.bound
    (Fraction(21, 2), Fraction(21, 2))
    >>> best.multipliers[0]
    (Deviation(told=0, instead=1, weight=Fraction(3, 4)),)
    """
    return _optimal(game, objective, False, time_limit, exact)


def coarse_correlated(
    game: NormalFormGame, objective: str = "welfare", time_limit: float | None = None, exact: bool = False
) -> Correlated:
    """Return the best or worst coarse correlated equilibrium.

    Parameters and exceptions are those of :func:`correlated`.

    Notes
    -----
    Nothing is eliminated: a coarse correlated equilibrium may use a strictly dominated action, because a player who
    never listens would lose the good advice with the bad.  And the parts of a separable game cannot be solved one by
    one, because a player who refuses the advice refuses it on every part: good advice on one part may pay for bad
    advice on another.

    References
    ----------
    H. Moulin and J.-P. Vial (1978), "Strategically zero-sum games".

    Examples
    --------
    In chicken it pays to swerve together more often when players must decide before they hear the advice:

    >>> chicken = NormalFormGame.from_payoffs([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> coarse_correlated(chicken, exact=True).value
    Fraction(21, 2)
    """
    return _optimal(game, objective, True, time_limit, exact)


def _optimal(game: NormalFormGame, objective: str, coarse: bool, time_limit: float | None, exact: bool) -> Correlated:
    if objective not in OBJECTIVES:
        nearest = get_close_matches(objective, OBJECTIVES, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"unknown objective {objective!r}; known are {', '.join(OBJECTIVES)}{hint}")
    deadline = None if time_limit is None else time.monotonic() + time_limit
    if not coarse and objective != "egalitarian":
        parts = linked_parts(game, exact)
        if parts is not None:
            return _linked(game, objective, parts, exact, deadline)
    return _whole(game, objective, coarse, exact, deadline)


class _Solved(NamedTuple):
    """An optimal distribution, its bound, and how to prove it; ``proved`` when it is exact."""

    distribution: NDArray[Any]
    bound: Any
    shares: tuple[Any, ...] | None
    proved: bool
    proof: Callable[[], Multipliers | None]


def _whole(game: NormalFormGame, objective: str, coarse: bool, exact: bool, deadline: float | None) -> Correlated:
    """Solve one linear program for the whole game."""
    solved = _solved(game, objective, coarse, exact, deadline)
    notes = (_UNPROVED,) if exact and not solved.proved else ()
    positive = solved.distribution != 0
    used = [np.flatnonzero(positive.any(axis=_others(game, i))) for i in range(game.num_players)]
    return _made(game, objective, coarse, solved, notes, used)


def _solved(game: NormalFormGame, objective: str, coarse: bool, exact: bool, deadline: float | None) -> _Solved:
    reduction = _nothing_eliminated(game) if coarse else eliminate_dominated(game)
    scaled = scale(reduction.game)
    program = program_of(reduction.game, scaled, objective, coarse)
    found = sift(program, deadline, exact)
    places = np.ix_(*map(list, reduction.survivors))
    proved = prove_optimum(reduction.game, objective, found, program) if exact else None
    multipliers = in_payoff_units(reduction.game, scaled, found, objective)
    bound: Any = proved_bound(reduction.game, scaled, program, multipliers, objective)
    weights: NDArray[Any] = found.distribution(len(program.objective))
    doubtful = exact or is_wide(program.incentives) or _is_loose(reduction.game, objective, weights, bound)
    if proved is None and doubtful:
        proved = solve_exactly(reduction.game, objective, coarse, deadline)
    if proved is not None:
        weights = np.full(len(program.objective), Fraction(0), dtype=object)
        weights[proved.columns] = proved.weights
        weights = weights if exact else weights.astype(float)
        multipliers = proved.multipliers
        directed = rounded_down if objective == "worst" else rounded_up
        bound = proved.value if exact else directed(proved.value)
    distribution = np.full(game.num_actions, Fraction(0)) if weights.dtype == object else np.zeros(game.num_actions)
    distribution[places] = weights.reshape(reduction.game.num_actions)
    proof = partial(_extended, reduction, multipliers, objective, bound)
    return _Solved(distribution, bound, multipliers.shares, exact and proved is not None, proof)


def _is_loose(game: NormalFormGame, objective: str, weights: NDArray[np.float64], bound: float) -> bool:
    """Whether more than rounding lies between the bound and what a distribution is worth, in the smallest unit."""
    payoffs = [_mean(table.ravel(), weights) for table in game.payoffs]
    value = min(payoffs) if objective == "egalitarian" else sum(payoffs)
    unit = min((span for span in game.spans if span), default=0.0)
    return abs(bound - value) > _ROUNDING * abs(value) + _LOOSE * unit


def _extended(reduction: Reduction, multipliers: Multipliers, objective: str, bound: Any) -> Multipliers | None:
    """Return multipliers for the game before elimination; small games are solved once more where floats fail."""
    proof = extend(reduction, multipliers, objective, bound)
    if proof is not None:
        return proof
    solved = solve_exactly(reduction.original, objective, coarse=False)
    return None if solved is None else solved.multipliers


def _nothing_eliminated(game: NormalFormGame) -> Reduction:
    return Reduction(game, game, tuple(tuple(range(size)) for size in game.num_actions), ())


def _linked(
    game: NormalFormGame, objective: str, parts: LinkedParts, exact: bool, deadline: float | None
) -> Correlated:
    """Solve the parts and multiply their distributions."""
    solved = [_solved(part.game, objective, False, exact, deadline) for part in parts.parts]
    proofs = [proof for each in solved if (proof := each.proof()) is not None]
    if len(proofs) < len(solved):
        return _whole(game, objective, False, exact, deadline)
    proved = all(each.proved for each in solved) and parts.exact
    notes = (_UNPROVED,) if exact and not proved else ()
    distribution, used = parts.product([each.distribution for each in solved], proved)
    bound = linked_bound(game, parts, [each.bound for each in solved], proofs, objective, proved)
    joint = _Solved(distribution, bound, None, proved, partial(linked_multipliers, parts, proofs))
    return _made(game, objective, False, joint, notes, used)


def _made(
    game: NormalFormGame,
    objective: str,
    coarse: bool,
    solved: _Solved,
    notes: tuple[str, ...],
    used: list[NDArray[np.intp]],
) -> Correlated:
    """Return the record, with everything that follows from the distribution computed from its definition.

    ``used`` holds every player's actions that the distribution uses.
    """
    distribution, bound, shares, _, proof = solved
    exact = distribution.dtype == object
    distribution.setflags(write=False)
    weights = distribution[np.ix_(*used)]
    if exact:
        blocks = game.exact_block(None, used)
        payoffs: tuple[Any, ...] = tuple((weights * block).sum() for block in blocks)
    else:
        payoffs = tuple(_mean(table[np.ix_(*used)], weights) for table in game.payoffs)
    value = min(payoffs) if objective == "egalitarian" else sum(payoffs)
    violation = _violation(game, used, weights, coarse)
    return Correlated(
        game, objective, distribution, payoffs, value, violation, bound, coarse, exact, notes, shares, proof
    )


def _others(game: NormalFormGame, player: int) -> tuple[int, ...]:
    return tuple(j for j in range(game.num_players) if j != player)


def _mean(table: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    # Payoffs that have no weight must not cost digits.
    used = weights > 0
    low = float(table[used].min())
    return low + float(((table[used] - low) * weights[used]).sum())


def _violation(game: NormalFormGame, used: list[NDArray[np.intp]], weights: NDArray[Any], coarse: bool) -> Any:
    """Return the largest gain from disobeying, times the order's probability, as a fraction of the payoff range."""
    worst: Any = Fraction(0) if weights.dtype == object else 0.0
    for player, span in enumerate(game.spans):
        if span == 0:
            continue
        kept = [np.arange(size) if i == player else used[i] for i, size in enumerate(game.num_actions)]
        if weights.dtype == object:
            table: NDArray[Any] = game.exact_block(player, kept)
            unit: Any = max(table.flat) - min(table.flat) or 1
        else:
            table, unit = _shifted(game, player, kept), span
        own = np.moveaxis(table, player, 0).reshape(table.shape[player], -1)
        orders = np.moveaxis(weights, player, 0).reshape(weights.shape[player], -1)
        gains = gained(own, used[player], orders)
        worst = max(worst, (gains.sum(axis=0) if coarse else gains).max() / unit)
    return worst


def _shifted(game: NormalFormGame, player: int, kept: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return some of a player's payoffs, less the smallest of them."""
    source: Any = game.payoffs if game.fractions is None else game.fractions
    block = source[player][np.ix_(*kept)]
    return np.asarray(block - block.min(), dtype=float)
