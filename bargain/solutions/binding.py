"""Which limits hold a deal back, and what one more unit of each would give to every player.

The solution is differentiated by the limit (implicit function theorem on the conditions of optimality), so that the
numbers are changes of each player's gain at the new solution, not only of the objective.  Sequential programs are
differentiated one after the other: what a stage promises moves with the limit too.  Tested against re-solved problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bargain.effort import OutOfTimeError
from bargain.results import Binding
from bargain.solutions.kkt import NEAR, Restriction, raise_of_least, response
from bargain.solutions.landscape import Array
from bargain.solutions.search import Optimum

__all__ = ["Stage", "binding"]


@dataclass(frozen=True, eq=False)
class Stage:
    """One program of a sequence, solved; ``saturated`` are the players whose gain it settles for all later stages."""

    optimum: Optimum
    saturated: tuple[int, ...] = ()


def binding(stages: Sequence[Stage], payoff_unit: Array) -> tuple[Binding, ...]:
    """Return the limits and bounds that bind at the last stage's solution.

    Parameters
    ----------
    stages : sequence of Stage
        The solved programs in order; all but max-min rules have one.
    payoff_unit : array of shape (n,)
        What a scaled gain of 1 stands for.

    Returns
    -------
    tuple of Binding
        ``shadow`` is each player's change of gain per unit of the limit (in the units of its formula) or of the lever,
        None where the solution is not differentiable, or time was up.
    """
    last = stages[-1].optimum
    at = last.at
    binds = [last.source(at.active[k]) for k in at.binding if abs(at.slack[k]) <= NEAR]
    chosen = list(dict.fromkeys(item for item in binds if item.kind in ("lower", "upper", "limit")))
    if not chosen:
        return ()
    try:
        changes = _changes(stages, chosen)
    except OutOfTimeError:
        changes = None
    found = []
    for case, item in enumerate(chosen):
        shadow = None if changes is None else tuple(float(value) for value in changes[:, case] * payoff_unit)
        found.append(_named(last, item, shadow))
    return tuple(found)


def _changes(stages: Sequence[Stage], chosen: Sequence[Restriction]) -> Array | None:
    """Return the change of each scaled gain per unit of each chosen restriction, shape (n, r)."""
    lowered = np.zeros((stages[-1].optimum.gains.size, len(chosen)))
    for stage in stages[:-1]:
        optimum = stage.optimum
        lift = raise_of_least(optimum.at, _relaxed(optimum, chosen), lowered)
        for player in stage.saturated:
            lowered[player] += optimum.program.scales[player] * lift
    last = stages[-1].optimum
    frame, y = last.frame
    solved = response(frame, last.program, y, last.at, _relaxed(last, chosen), lowered)
    return None if solved is None else np.asarray(frame.slopes(y)[0] @ solved[: frame.size])


def _relaxed(optimum: Optimum, chosen: Sequence[Restriction]) -> Array:
    """Return by how much one unit of each chosen restriction relaxes those that are active, shape (q, r)."""
    sources = [optimum.source(item) for item in optimum.at.active]
    relaxed = np.array([[_unit(optimum, item) * (item == case) for case in chosen] for item in sources])
    return relaxed.reshape(len(sources), len(chosen))


def _unit(optimum: Optimum, item: Restriction) -> float:
    """Return the scaled size of one unit of a restriction."""
    landscape = optimum.landscape
    if item.kind == "limit":
        return float(1.0 / landscape.limit_unit[item.place])
    return float(1.0 / landscape.width[item.place]) if item.kind in ("lower", "upper") else 0.0


def _named(optimum: Optimum, item: Restriction, shadow: tuple[float, ...] | None) -> Binding:
    landscape = optimum.landscape
    if item.kind == "limit":
        limit = landscape.deals.limits[landscape.rows[item.place]]
        return Binding("constraint", limit.name, shadow, limit.line)
    return Binding("bound", landscape.deals.names[landscape.moving[item.place]], shadow, None, item.kind)
