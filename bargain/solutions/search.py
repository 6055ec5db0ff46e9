"""The search for the best point of a program: many starts, climbs, polish, and a second look at kinks.

Every start is climbed by SLSQP; the best distinct ends are polished by Newton's method on the conditions of optimality;
an end where these conditions fail is taken up again with sampled gradients.  For mixed problems every combination of
finite levels is screened by its scan and one climb, as long as its scan and the largest improvement that climbs have
shown leave it a chance, and the best few get the full effort.  Tested against dense grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bargain.effort import OutOfTimeError, current
from bargain.solutions.kinks import Refined, probe, refine
from bargain.solutions.kkt import (
    Conditions,
    Restriction,
    conditions,
    conditions_in_time,
    is_strict,
    polish,
)
from bargain.solutions.landscape import Array, Frame, Landscape
from bargain.solutions.program import MAX_STEPS, Program, climb
from bargain.solutions.starts import LOST, Region, Survey, dense, peaks, ranking

__all__ = ["SMOOTH", "Optimum", "climbed_from", "is_alone", "search"]

SMOOTH = 1e-8
"""Conditions of optimality that fail by more than this point to a kink."""

FEASIBLE = 1e-6
"""Ends that break a limit by more than this (scaled) are no candidates for polishing."""

_TIE = 1e-9
_BREACH = 1e-13
"""Breaches of less than this are rounding."""

_NEARBY = 1e-3
_STARTS = 6
_STARTS_FEW_LEVERS = 12
_BASIN = 0.05
_POLISHED_ENDS = 6
_FULL_EFFORT = 4
_LEAST_CLIMBS = 8
_MAX_LOST_CLIMBS = 24
_LOST_STEPS = 40


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best point found.

    ``worth`` is the program's objective there, ``broken`` the largest scaled violation of a limit or promise,
    ``origin`` the end of the climb that it was made of; ``ties`` are all points with the same worth, this one first,
    unless these are not isolated (``flat``); ``agree`` of ``starts`` climbs ended at that worth.
    """

    landscape: Landscape
    program: Program
    z: Array
    gains: Array
    worth: float
    broken: float
    at: Conditions
    residual: float
    origin: Array
    refined: Refined | None = None
    flat: bool = False
    starts: int = 1
    agree: int = 1
    ties: tuple[Optimum, ...] = ()

    @property
    def x(self) -> Array:
        """The lever levels, shape (L,)."""
        return self.landscape.place(self.z)

    @property
    def kink(self) -> bool:
        """Whether the point stands at a kink, with conditions on the pieces around it."""
        return self.refined is not None

    @property
    def frame(self) -> tuple[Frame, Array]:
        """What the conditions speak of: the landscape and z, or the pieces and their unknowns."""
        return (self.landscape, self.z) if self.refined is None else (self.refined.frame, self.refined.y)

    def source(self, item: Restriction) -> Restriction:
        """Return the real restriction that one in the conditions stands for."""
        return item if self.refined is None else self.refined.frame.source(item)


@dataclass(frozen=True, eq=False)
class _End:
    landscape: Landscape
    z: Array
    gains: Array
    worth: float
    broken: float


def search(
    survey: Survey, program: Program, extra: Sequence[tuple[Landscape, Array]] = (), count: int | None = None
) -> Optimum | None:
    """Return the best point that keeps all limits and promises, or None when no climb ends at such a point.

    Parameters
    ----------
    survey : Survey
        The scanned problem.
    program : Program
        What to maximise.
    extra : sequence of (landscape, point)
        Further places to start from.
    count : int, optional
        Number of starts in each region that gets the full effort; the default is larger for few levers, where the scan
        tells peaks apart.
    """
    if count is None:
        count = 1 if current().expired() else _STARTS_FEW_LEVERS if survey.regions[0].landscape.size <= 3 else _STARTS
    ends = _climbs(program, extra)
    if len(survey.regions) == 1:
        region = survey.regions[0]
        ends += _climbs(program, [(region.landscape, z) for z in peaks(region, program, count)])
    else:
        ends += _screened(survey.regions, program, count, survey.seed)
    good = [end for end in ends if end.broken <= FEASIBLE]
    if not good:
        return None
    # Ends are compared by the softened objective first: a gain of zero is not yet hopeless.
    good.sort(key=lambda end: -_softened_worth(program, end))
    finished: list[Optimum] = []
    for end in _distinct(good)[:_POLISHED_ENDS]:
        if finished and _softened_worth(program, end) < _softened_worth(program, good[0]) - 1e-2:
            break
        finished.append(_finished(end, program, survey.seed))
    return _best(finished, good, len(ends))


def _climbs(program: Program, places: Sequence[tuple[Landscape, Array]]) -> list[_End]:
    """Return the ends of climbs; when time is up the remaining places themselves."""
    spent = current()
    return [
        _end(landscape, program, z) if spent.expired() else _climbed(landscape, program, z) for landscape, z in places
    ]


def climbed_from(landscape: Landscape, program: Program, z: Array, seed: int) -> Optimum | None:
    """Return the polished end of one climb, or None when it breaks a limit or promise."""
    end = _climbed(landscape, program, z)
    return _finished(end, program, seed) if end.broken <= FEASIBLE else None


def _end(landscape: Landscape, program: Program, z: Array) -> _End:
    gains, _ = landscape.values(z)
    broken = max(float(landscape.violation(z)), float(program.shortfall(gains)))
    return _End(landscape, z, gains, float(program.worth(gains)), broken)


def _climbed(landscape: Landscape, program: Program, z: Array, steps: int = MAX_STEPS) -> _End:
    start = _end(landscape, program, z)
    if program.logarithmic and (start.gains < -10.0 * program.softness).any():
        # From a great loss the softened logarithm is too steep for the climb's first steps.
        gentle = program.softened(np.maximum(program.softness, np.abs(start.gains) / 3.0))
        z = climb(landscape, gentle, z, steps=steps)
    end = _end(landscape, program, climb(landscape, program, z, steps=steps))
    if not _is_better(program, start, end):
        return end
    # The first steps left the basin of a good start: stay near it for a while.
    box = np.maximum(landscape.low, z - _BASIN), np.minimum(landscape.high, z + _BASIN)
    held = _end(landscape, program, climb(landscape, program, z, box))
    onward = _end(landscape, program, climb(landscape, program, held.z))
    better = held if _is_better(program, held, onward) else onward
    better = better if _is_better(program, better, end) else end
    # On a spike every step leads down.
    return start if _is_better(program, start, better) else better


def _is_better(program: Program, one: _End, other: _End) -> bool:
    if one.broken > FEASIBLE or other.broken > FEASIBLE:
        return one.broken <= FEASIBLE
    return _softened_worth(program, one) > _softened_worth(program, other) + _TIE


def _softened_worth(program: Program, end: _End) -> float:
    return end.worth if not program.logarithmic else program.objective(end.gains)


def _distinct(ends: Sequence[_End]) -> list[_End]:
    chosen: list[_End] = []
    for end in ends:
        if not any(other.landscape is end.landscape and _near(other.z, end.z) for other in chosen):
            chosen.append(end)
    return chosen


def _near(one: Array, other: Array, distance: float = 1e-4) -> bool:
    return bool(np.abs(one - other).max(initial=0.0) <= distance)


def _screened(regions: Sequence[Region], program: Program, count: int, seed: int) -> list[_End]:
    """Return the ends of climbs in many regions: one each where there is a chance, more in the best few."""
    merits = [ranking(region, program) for region in regions]
    order = sorted(range(len(regions)), key=lambda k: -float(merits[k].max()))
    found: list[tuple[float, int, _End]] = []
    best, reach, lost = -np.inf, 0.0, 0
    spent = current()
    for rank, k in enumerate(order):
        if rank and spent.expired():
            break
        top = float(merits[k].max())
        hopeful = top > LOST
        if np.isfinite(best) and rank >= _LEAST_CLIMBS:
            if hopeful and top + 2.0 * reach < best:
                continue
            lost += not hopeful
            if lost > _MAX_LOST_CLIMBS:
                break
        point = regions[k].points[int(np.argmax(merits[k]))]
        # Where the scan shows no deal, a climb may wander for long without finding one.
        end = _climbed(regions[k].landscape, program, point, MAX_STEPS if hopeful else _LOST_STEPS)
        worth = _softened_worth(program, end) if end.broken <= FEASIBLE else -np.inf
        if hopeful and np.isfinite(worth):
            reach = max(reach, worth - top)
        best = max(best, worth)
        found.append((worth, k, end))
    found.sort(key=lambda item: -item[0])
    ends = [end for _, _, end in found]
    for _, k, _ in found[:_FULL_EFFORT]:
        if not spent.expired():
            places = peaks(dense(regions[k], seed), program, count)
            ends += _climbs(program, [(regions[k].landscape, z) for z in places])
    return ends


def _finished(end: _End, program: Program, seed: int) -> Optimum:
    """Return the end polished; where the conditions of optimality still fail, it is refined as a kink."""
    origin = end.z
    if not current().expired():
        program, end = _hardened(end, program)
        try:
            return _put_where_kept(_refined(end, program, seed, origin))
        except OutOfTimeError:
            pass
    at = conditions_in_time(end.landscape, program, end.z)
    return Optimum(end.landscape, program, end.z, end.gains, end.worth, end.broken, at, at.residual, origin)


def _refined(end: _End, program: Program, seed: int, origin: Array) -> Optimum:
    optimum = replace(_polished(end, program), origin=origin)
    if optimum.residual <= SMOOTH or not end.landscape.size or current().expired():
        return optimum
    better = probe(end.landscape, program, optimum.z, seed)
    if better is not None:
        other = replace(_polished(_climbed(end.landscape, program, better), program), origin=origin)
        if other.broken <= FEASIBLE and other.worth > optimum.worth:
            optimum = other
    if optimum.residual <= SMOOTH:
        return optimum
    found = refine(end.landscape, program, optimum.z)
    after = _end(end.landscape, program, found.z)
    if after.broken > max(optimum.broken, 1e-10) or after.worth < optimum.worth - 1e-10:
        return optimum
    if found.at.residual >= conditions(end.landscape, program, found.z).residual:
        other = replace(_polished(after, program), origin=origin)
        return other if other.residual < optimum.residual else optimum
    z, at = found.z, found.at
    return Optimum(end.landscape, program, z, after.gains, after.worth, after.broken, at, at.residual, origin, found)


def _put_where_kept(optimum: Optimum) -> Optimum:
    """Return the point with levers moved to an end of their range, or the status quo, where that repairs a breach.

    A payoff that is highest there, without a slope, leaves the climb a little way off: all steps look alike to it.
    """
    landscape, program, z = optimum.landscape, optimum.program, optimum.z
    if not optimum.broken > _BREACH:
        return optimum
    best = _end(landscape, program, z)
    ends = [landscape.low, landscape.high]
    if landscape.deals.status_quo is not None:
        ends.append(landscape.unplace(landscape.deals.status_quo))
    for place in np.flatnonzero(np.min([np.abs(end - z) for end in ends], axis=0) <= _NEARBY):
        for end in ends:
            if 0 < abs(end[place] - z[place]) <= _NEARBY:
                moved = best.z.copy()
                moved[place] = end[place]
                other = _end(landscape, program, moved)
                if other.broken < best.broken and other.worth >= best.worth - _TIE * max(1.0, abs(best.worth)):
                    best = other
    if best.broken >= optimum.broken:
        return optimum
    found = optimum.refined
    if found is None:
        at = conditions(landscape, program, best.z)
    else:
        y = found.y.copy()
        y[: landscape.size] += best.z - z
        at = conditions(found.frame, program, y)
        if at.residual > max(optimum.residual, SMOOTH):
            return optimum
        found = replace(found, z=best.z, y=y, at=at)
    moved_to = replace(optimum, z=best.z, gains=best.gains, worth=best.worth, broken=best.broken)
    return replace(moved_to, at=at, residual=at.residual, refined=found)


def _hardened(end: _End, program: Program) -> tuple[Program, _End]:
    """Return the program with the true logarithm at the end's gains, climbed again as long as that changes it."""
    if not program.logarithmic:
        return program, end
    for _ in range(5):
        low = (program.weights > 0) & (end.gains < program.softness)
        if not low.any():
            break
        soft = program.softness
        program = program.softened(np.where(low, np.clip(end.gains / 3.0, soft * 1e-2, soft / 3.0), soft))
        end = _climbed(end.landscape, program, end.z)
    return program, end


def _polished(end: _End, program: Program) -> Optimum:
    before = conditions(end.landscape, program, end.z)
    z, at = polish(end.landscape, program, end.z)
    after = _end(end.landscape, program, z)
    loss = end.worth - after.worth
    # Newton's method may also walk to a saddle or a minimum; a loss that pays for a broken limit is none.
    price = 10.0 * max(1.0, float(np.abs(at.multipliers).max(initial=0.0)))
    if not loss <= 1e-5 * max(1.0, abs(end.worth)) + price * end.broken:
        z, at, after = end.z, before, end
    return Optimum(end.landscape, program, z, after.gains, after.worth, after.broken, at, at.residual, end.z)


def _best(finished: Sequence[Optimum], ends: Sequence[_End], starts: int) -> Optimum:
    """Return the best of the finished points, with its ties in canonical order and the number of ends that agree."""
    cleanest = min(optimum.broken for optimum in finished)
    kept = [optimum for optimum in finished if optimum.broken <= max(1e-9, 2.0 * cleanest)]
    top = max(optimum.worth for optimum in kept)
    margin = _TIE * max(1.0, abs(top)) if np.isfinite(top) else 0.0
    tied: list[Optimum] = []
    for optimum in sorted(kept, key=lambda item: -item.worth):
        apart = not any(other.landscape is optimum.landscape and _near(optimum.z, other.z, 1e-6) for other in tied)
        if apart and (optimum.worth >= top - margin or optimum.worth == top):
            tied.append(optimum)
    tied.sort(key=_canonical)
    # Ends of climbs are compared where they stopped: polishing and hardening move them all alike.
    agree = sum(
        (end.landscape is tied[0].landscape and _near(end.z, tied[0].origin, 1e-3))
        or end.worth >= top - 1e-6 * max(1.0, abs(top))
        for end in ends
    )
    flat = len(tied) > 1 and not is_alone(tied[0])
    chosen = replace(tied[0], starts=starts, agree=max(1, agree), flat=flat)
    return replace(chosen, ties=(chosen,) if flat else (chosen, *tied[1:]))


def is_alone(optimum: Optimum) -> bool:
    """Return whether the second-order condition makes the point the only solution near it; False when time is up."""
    frame, y = optimum.frame
    try:
        return is_strict(frame, optimum.program, y, optimum.at)
    except OutOfTimeError:
        return False


def _canonical(optimum: Optimum) -> tuple[float, ...]:
    deals = optimum.landscape.deals
    width = deals.upper - deals.lower
    return tuple(np.round((optimum.x - deals.lower) / np.where(width > 0, width, 1.0), 9))
