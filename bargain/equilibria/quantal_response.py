r"""Logit quantal response equilibria: players who are more likely to choose what pays more, but may err.

At *rationality* :math:`\lambda \ge 0` every player chooses action a with probability proportional to
:math:`e^{\lambda u_{ia}(p)}`, and expects the others to do the same (McKelvey and Palfrey 1995).  At
:math:`\lambda = 0` everything is equally likely; from there one branch of equilibria leads, for almost every game, to
one Nash equilibrium as :math:`\lambda \to \infty`, which selects it.  The branch is followed by pseudo-arclength
steps, so that it may turn back in :math:`\lambda` (Turocy 2005).  The unit of :math:`\lambda` is 1/payoff; with
``unit="span"`` every player's payoffs are divided by their range first, and the answer does not depend on units.
Tested against scalar root finding, closed forms, and the laws of scaling and renaming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.integers import prove
from bargain.equilibria.logit import LogitSystem, Tangent
from bargain.equilibria.profiles import make_profile
from bargain.errors import LimitError, NotSolvedError
from bargain.games.normal_form import NormalFormGame
from bargain.results import Profile

__all__ = ["UNITS", "QuantalBranch", "QuantalResponse", "quantal_branch", "quantal_response"]

UNITS = ("payoff", "span")

_LARGEST = 600
"""Actions of all players together beyond which a step takes seconds."""

_SETTLED = 1e6
"""Rationality, in payoff ranges, at which a branch is taken to have reached its limit."""

_RARE = 1e-4
"""Probability below which an action is left out of the limit when that lowers the regret."""

_UNSETTLED = 1e-4
"""Regret, in payoff ranges, above which the end of a branch is not said to be its limit."""

_STEPS = 5000
_FIRST, _SHORTEST = 0.05, 1e-10
_BEND, _ASIDE = 0.97, 0.2
"""A step is halved when the tangent turns by more than this cosine, or the correction is longer than this share of it:
the branch might have been left for another one."""

_CLOSE = 1e-3
"""Steps at which a branch that seems to cross this one is believed to do so, relative to the size of the point."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuantalResponse:
    """A logit equilibrium: ``strategies`` are arrays of shape (m_i,).

    ``residual`` is the largest difference between a probability and the logit reply, recomputed from the definition.
    """

    game: NormalFormGame
    rationality: float
    unit: str
    strategies: tuple[Floats, ...]
    payoffs: tuple[float, ...]
    residual: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuantalBranch:
    """The branch of logit equilibria that starts at lambda = 0.

    ``rationality`` has shape (k,), ``strategies[i]`` shape (k, m_i), ``residual`` is the largest of all points.
    ``turns`` are the values of lambda at which the branch turns back.  ``limit`` is the profile that it approaches,
    with its regret (exactly zero when the equilibrium could be proved).
    """

    game: NormalFormGame
    unit: str
    rationality: Floats
    strategies: tuple[Floats, ...]
    residual: float
    turns: tuple[float, ...]
    limit: Profile
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rationality)


def quantal_response(game: NormalFormGame, rationality: float = 1.0, unit: str = "payoff") -> QuantalResponse:
    """Return the logit equilibrium at a given rationality, on the branch that starts at zero.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    rationality : float
        Lambda, at least 0; where the branch passes it several times, the first time counts, and a note says so.
    unit : {"payoff", "span"}
        Whether lambda is in 1/payoff, or multiplies payoffs divided by each player's payoff range.

    Raises
    ------
    ValueError
        The rationality is negative or not finite, or the unit is not known.
    NotSolvedError
        The branch could not be followed so far.
    LimitError
        The game has too many actions.

    References
    ----------
    McKelvey and Palfrey (1995), "Quantal response equilibria for normal form games"; Turocy (2005).

    Examples
    --------
    A player whose own payoff is raised plays that action more often, against the Nash prediction:

    >>> pennies = NormalFormGame.from_payoffs([[[9, 0], [0, 1]], [[0, 1], [1, 0]]])
    >>> [round(float(strategy[0]), 3) for strategy in quantal_response(pennies, 1.0).strategies]
    [0.894, 0.313]
    """
    if not 0 <= rationality < np.inf:
        raise ValueError(f"rationality is {rationality}; it must be a finite number of at least 0")
    system, scale = _system(game, unit)
    target = rationality * scale
    if not np.isfinite(target):
        raise ValueError(f"rationality is {rationality}; times the payoff range it is more than a float can hold")
    points, _, notes = _follow(system, target)
    point = points[-1]
    strategies = tuple(system.strategies(point))
    payoffs = tuple(float(u) for u in game.expected_payoffs(strategies))
    return QuantalResponse(game, float(rationality), unit, strategies, payoffs, system.residual(point), notes)


def quantal_branch(game: NormalFormGame, unit: str = "payoff", upto: float | None = None) -> QuantalBranch:
    """Follow the branch of logit equilibria from lambda = 0.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    unit : {"payoff", "span"}
        Unit of lambda, as in :func:`quantal_response`.
    upto : float, optional
        Last lambda; by default until the branch has reached its limit.

    Raises
    ------
    NotSolvedError
        The branch could not be followed to its end.
    LimitError
        The game has too many actions.

    Examples
    --------
    In the stag hunt the branch leads to the hares, which risk dominance selects too:

    >>> hunt = NormalFormGame.from_payoffs([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    >>> branch = quantal_branch(hunt)
    >>> branch.limit.pure, branch.limit.regret
    ((1, 1), Fraction(0, 1))
    """
    system, scale = _system(game, unit)
    if upto is not None and not 0 <= upto < np.inf:
        raise ValueError(f"upto is {upto}; it must be a finite number of at least 0")
    points, turns, notes = _follow(system, _SETTLED if upto is None else upto * scale)
    table = np.array([np.append(np.concatenate(system.strategies(point)), point[-1]) for point in points])
    strategies = tuple(table[:, a:b] for a, b in zip(system.starts, system.ends, strict=True))
    residual = max(system.residual(point) for point in points)
    limit = _limit(game, [each[-1] for each in strategies])
    if upto is not None:
        notes = (*notes, "the limit is that of the last point; the branch goes on")
    elif unsettled := _unsettled(game, limit):
        notes = (*notes, f"the branch has not settled for {unsettled}, whose payoffs are small; use unit `span`")
    return QuantalBranch(
        game, unit, table[:, -1] / scale, strategies, residual, tuple(turn / scale for turn in turns), limit, notes
    )


def _system(game: NormalFormGame, unit: str) -> tuple[LogitSystem, float]:
    """Return the equations with payoffs of range at most 1, and how many of their lambdas make one of the user's."""
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}; it must be one of {', '.join(UNITS)}")
    if sum(game.num_actions) > _LARGEST:
        raise LimitError(
            f"quantal response with {sum(game.num_actions)} actions needs too much time (at most {_LARGEST}); "
            "eliminating actions would change the answer, so use a coarser grid"
        )
    tables = game.normalised()
    if unit == "span":
        return LogitSystem(tables), 1.0
    widest = max(game.spans) or 1.0
    shares = np.array([span / widest for span in game.spans])
    return LogitSystem(tables * shares.reshape(-1, *[1] * game.num_players)), widest


def _follow(system: LogitSystem, target: float) -> tuple[list[Floats], list[float], tuple[str, ...]]:
    """Return the points of the branch up to the first with lambda = ``target``, and where it turned back."""
    point, step = system.centre, _FIRST
    points, turns = [point], list[float]()
    upwards = np.zeros(len(point))
    upwards[-1] = 1.0
    here, crossings = system.tangent(point, upwards), 0
    for _ in range(_STEPS):
        if point[-1] >= target:
            break
        taken = _step(system, point, here, step)
        if taken is None:
            step /= 2
            if step < _SHORTEST * max(1.0, float(np.abs(point).max())):
                raise NotSolvedError(f"the branch of logit equilibria could not be followed beyond {point[-1]:.6g}")
            continue
        found, there = taken
        if there.direction[-1] * here.direction[-1] < 0:
            turns.append(float(point[-1]))
        crossings += there.sign != here.sign
        previous, (point, effort), here = point, found, there
        points.append(point)
        step = step * 2 if effort <= 3 else step
    else:
        raise NotSolvedError(f"the branch of logit equilibria was followed to {point[-1]:.6g} only; ask for less")
    if point[-1] > target:
        points[-1] = _at(system, previous, point, target, upwards)
    return points, turns, _remarks(turns, crossings)


def _step(system: LogitSystem, point: Floats, here: Tangent, step: float) -> tuple[tuple[Floats, int], Tangent] | None:
    """Return the next point with its Newton steps, and the tangent there; None when the step is too long."""
    guess = point + step * here.direction
    found = system.corrected(guess, here.direction)
    if found is None or found[0][-1] < 0:
        return None
    with np.errstate(over="ignore"):
        # At a huge lambda the square of a distance may be too large for a float; it is then too far.
        aside = np.linalg.norm(found[0] - guess)
    if aside > _ASIDE * step:
        return None
    there = system.tangent(found[0], here.direction)
    near = step <= _CLOSE * max(1.0, float(np.abs(point).max()))
    if there.direction @ here.direction < _BEND or (there.sign != here.sign and not near):
        return None
    return found, there


def _at(system: LogitSystem, before: Floats, after: Floats, target: float, upwards: Floats) -> Floats:
    """Return the point of the branch between two others where lambda is ``target``."""
    share = (target - before[-1]) / (after[-1] - before[-1])
    found = system.corrected(before + share * (after - before), upwards)
    if found is None:
        raise NotSolvedError(f"the logit equilibrium at {target:.6g} payoff ranges was not found to full accuracy")
    return found[0]


def _remarks(turns: Sequence[float], crossings: int) -> tuple[str, ...]:
    notes = []
    if turns:
        notes.append(f"the branch turns back {len(turns)} times; some rationalities have several equilibria on it")
    if crossings:
        notes.append("other branches meet this one; it was followed straight on")
    return tuple(notes)


def _unsettled(game: NormalFormGame, limit: Profile) -> str:
    """Return the players who still have regret at the end of a branch, in their own units."""
    regrets = game.regrets(limit.strategies)
    return ", ".join(
        player
        for player, regret, span in zip(game.players, regrets, game.spans, strict=True)
        if float(regret) > _UNSETTLED * span
    )


def _limit(game: NormalFormGame, strategies: Sequence[Floats]) -> Profile:
    """Return the Nash equilibrium next to the end of a branch, exact when that can be proved, else the end itself."""
    cut = [np.where(each < _RARE, 0.0, each) for each in strategies]
    cut = [each / each.sum() for each in cut]
    pure = [each > 1 - _RARE for each in cut]
    if all(map(np.any, pure)):
        actions: list[Any] = [tuple(map(int, each)) for each in pure]
        profile = make_profile(game, actions)
        if profile.regret == 0:
            return profile
    proof = prove(game, cut) if game.num_players == 2 else None
    if proof is not None:
        return make_profile(game, proof)
    candidates = [make_profile(game, tuple(each)) for each in (cut, strategies)]
    return min(candidates, key=lambda profile: float(profile.regret))
