"""A deal over continuous levers with its evidence, made from solved programs.

Tested through :mod:`bargain.solutions.smooth`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bargain.effort import current
from bargain.results import Binding, Status
from bargain.solutions.binding import Stage, binding
from bargain.solutions.global_bound import GlobalBound
from bargain.solutions.landscape import Array
from bargain.solutions.search import Optimum
from bargain.solutions.starts import Survey

__all__ = ["SmoothPoint", "answer", "constant_answer", "point"]

METHOD = "SLSQP from several starts, Newton on the conditions of optimality"
KINK_METHOD = "SLSQP from several starts, then Newton on the pieces around a kink"

_RESIDUAL = 1e-6
"""Largest residual of the conditions of optimality with which an answer is called converged."""


@dataclass(frozen=True, eq=False)
class SmoothPoint:
    """A deal over continuous levers.

    Attributes
    ----------
    x : array of shape (L,)
        Lever levels.
    payoffs : array of shape (n,)
        Payoffs there.
    residual : float
        How far the conditions of optimality are from holding (scaled, without unit).
    method : str
        What was done, in words.
    status : Status
        PROVED when ``bounds`` exclude anything better; CONVERGED for a local solution; LIMIT when the search ended
        where the conditions of optimality do not hold, or time was up; FAILED when a limit or promise is broken there;
        NO_DEAL for a nearest miss.
    binding : tuple of Binding
        Limits and bounds that hold the deal back.
    evidence : mapping
        ``starts``, ``agree``, ``multipliers`` and other facts about the search.
    notes : tuple of str
        What a reader should know.
    ties : tuple of arrays of shape (L,)
        All maximisers that were found, ``x`` first, in the order of their levels; ``x`` alone where they are not
        isolated.
    bounds : tuple of GlobalBound
        What no deal exceeds, for every program that was solved; empty where nothing global is known.
    share_gap : float or None
        By how much a share of an ideal gain may be larger at most, where shares are what counts.
    """

    x: Array
    payoffs: Array
    residual: float
    method: str
    status: Status
    binding: tuple[Binding, ...]
    evidence: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    ties: tuple[Array, ...] = ()
    bounds: tuple[GlobalBound, ...] = ()
    share_gap: float | None = None

    @property
    def gap(self) -> float:
        """By how much a deal may be better at most (scaled); infinite where nothing global is known."""
        if self.share_gap is not None:
            return self.share_gap
        return max((bound.gap for bound in self.bounds), default=float("inf"))


def constant_answer(scan: Survey) -> SmoothPoint | None:
    """Return the answer when no lever moves any payoff: a deal only if somebody gains from every deal."""
    gains = scan.constant_gains
    if scan.hopeless or not (gains > 0).any():
        return None
    for region in scan.regions:
        kept = np.flatnonzero(region.broken <= 1e-9)
        if kept.size:
            x = region.landscape.place(region.points[kept[0]])
            payoffs = region.landscape.deals.values(x)
            return SmoothPoint(x, payoffs, 0.0, "every deal is worth the same", Status.CONVERGED, (), {}, (), (x,))
    return None


def answer(scan: Survey, stages: Sequence[Stage], bounds: Sequence[GlobalBound | None] = ()) -> SmoothPoint:
    """Return the deal at the last of some solved programs.

    Parameters
    ----------
    scan : Survey
        The scanned problem.
    stages : sequence of Stage
        The solved programs.
    bounds : sequence of (GlobalBound or None)
        What is known about all other deals, for each of them; nothing where one is None.
    """
    best = stages[-1].optimum
    residual = max(stage.optimum.residual for stage in stages)
    known = tuple(bound for bound in bounds if bound is not None)
    known = known if len(known) == len(stages) else ()
    status = _status(best, residual, known)
    notes = []
    if best.kink and status is not Status.PROVED:
        notes.append("the deal stands at a kink of a formula; optimality was checked with gradients sampled around it")
    if residual == np.inf:
        notes.append("the conditions of optimality were not looked at")
    elif residual > _RESIDUAL and status is not Status.PROVED:
        notes.append(
            f"the conditions of optimality hold only to {residual:.1e} (a formula may jump here): the deal is the best "
            "that the search reached"
        )
    if current().expired():
        notes.append("time was up: this is the best deal found by then")
    if best.flat:
        notes.append("other deals have the same value of the objective: some levers can make up for each other")
    elif len(best.ties) > 1:
        notes.append(f"{len(best.ties)} deals with the same value of the objective were found; there may be more")
    return replace(point(scan, stages, status, tuple(notes)), bounds=known)


def _status(best: Optimum, residual: float, bounds: Sequence[GlobalBound]) -> Status:
    if best.broken > _RESIDUAL:
        return Status.FAILED
    if bounds and all(bound.proved for bound in bounds):
        return Status.PROVED
    return Status.CONVERGED if residual <= _RESIDUAL and not current().expired() else Status.LIMIT


def point(scan: Survey, stages: Sequence[Stage], status: Status, notes: tuple[str, ...]) -> SmoothPoint:
    """Return the deal with what is known about the search that found it."""
    best = stages[-1].optimum
    multipliers: dict[str, float] = {}
    for item, value in zip(best.at.active, best.at.multipliers, strict=True):
        source = best.source(item)
        if source.kind != "piece":
            name = f"{source.kind} {_label(best, source.kind, source.place)}"
            multipliers[name] = multipliers.get(name, 0.0) + float(value)
    evidence = {
        "starts": best.starts,
        "agree": best.agree,
        "regions": len(scan.regions),
        "stages": len(stages),
        "violation": best.broken,
        "multipliers": multipliers,
        "seed": scan.seed,
    }
    payoffs = np.asarray(best.landscape.deals.values(best.x))
    residual = max(stage.optimum.residual for stage in stages)
    method = KINK_METHOD if best.kink else METHOD
    limits = binding(stages, scan.payoff_unit)
    ties = tuple(tie.x for tie in best.ties)
    return SmoothPoint(best.x, payoffs, residual, method, status, limits, evidence, notes, ties)


def _label(best: Optimum, kind: str, place: int) -> str:
    deals = best.landscape.deals
    if kind == "limit":
        return deals.limits[int(best.landscape.rows[place])].name
    return str(place) if kind == "row" else deals.names[int(best.landscape.moving[place])]
