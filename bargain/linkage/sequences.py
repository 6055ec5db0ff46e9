"""Tables that meet one after the other; a later table takes earlier agreements as given.

*Myopic* tables take the no-agreement levels for whatever is still to come.  *Anticipating* tables know what every
agreement of theirs will lead to: they are solved backwards, from the last table to the first, as the tables of a game
in stages.  If a table fails, its levers stay without agreement and the talks go on.  For anticipating tables, levers
that move continuously are laid on the scenario's grid, and of tied deals the first in order is taken (smallest levels
first).  A table needs the consent of those who have a stake in its issues.  Tested against backward induction written
out by hand over all combinations of levels, and by the law that nobody loses in a myopic sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from bargain.errors import LimitError
from bargain.games.bargaining import BargainingProblem
from bargain.games.build import grid_levels
from bargain.linkage.tables import GivenTables, Levels
from bargain.linkage.talks import Talks
from bargain.results import Solution, Structure
from bargain.solutions.rules import solve_problem
from bargain.solutions.transfers import solve_with_transfers

__all__ = ["MAX_SEQUENCE_TABLES", "Anticipating", "anticipating", "myopic"]

MAX_SEQUENCE_TABLES = 6
"""Six tables have 720 orders."""

_MOST_DEALS = 20_000
"""Combinations of levels at one table that an anticipating table may weigh."""

_MOST_WORK = 60_000
"""Deals weighed for one order."""

_ROUNDING = 1e-13

Blocks = tuple[tuple[str, ...], ...]


def myopic(talks: Talks, order: Blocks, given: GivenTables | None = None) -> Structure:
    """Return the outcome of tables in an order, each of which ignores what follows.

    Parameters
    ----------
    talks : Talks
        The setting; deals must be pure.
    order : tuple of tuple of str
        The tables, first one first.
    given : GivenTables, optional
        Tables solved already.
    """
    given = GivenTables(talks) if given is None else given
    levels = list(talks.fallback)
    agreed, paid = [], []
    for block in order:
        answer = given.answer(block, levels)
        if not answer.agreed:
            continue
        for lever, code in zip(given.own(block), answer.choices[0], strict=True):
            levels[lever] = code
        agreed.append(answer.gains)
        paid += [answer.transfers] if answer.transfers is not None else []
    return _outcome(talks, "myopic", order, tuple(levels), agreed, paid)


def _outcome(
    talks: Talks,
    kind: str,
    order: Blocks,
    levels: Levels,
    agreed: Sequence[Sequence[float]],
    paid: Sequence[Sequence[float]],
) -> Structure:
    transfers = tuple(sum(column) for column in zip(*paid, strict=True)) if paid else None
    gains, feasible = talks.realised(((levels, 1.0),), transfers)
    if not agreed:
        gains, feasible = (0.0,) * len(gains), True
    return Structure(
        kind, order, ((levels, 1.0),), gains, talks.promised(agreed), talks.weights_used, feasible, len(agreed),
        transfers=transfers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stage:
    """What follows from a table's turn: all levels at the end, payments from here on, and the tables' gains."""

    levels: Levels
    payments: tuple[float, ...]
    gains: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Anticipating:
    """Backward induction over tables, with what was solved remembered across orders."""

    talks: Talks
    given: GivenTables
    _known: dict[tuple[Blocks, Levels], _Stage] = field(default_factory=dict, repr=False)
    work: list[int] = field(default_factory=lambda: [0], repr=False)

    @cached_property
    def _choices(self) -> list[tuple[float, ...]]:
        levers = zip(self.talks.payoffs.levers, self.talks.fallback, strict=True)
        return [tuple(grid_levels(lever, self.talks.grid, code).tolist()) for lever, code in levers]

    @cached_property
    def on_grid(self) -> bool:
        """Whether some lever moves continuously and was laid on a grid."""
        return any(lever.continuous for lever in self.talks.payoffs.levers)

    def outcome(self, order: Blocks) -> Structure:
        """Return the outcome of one order.

        Raises
        ------
        LimitError
            Too many deals would have to be weighed.
        """
        self.work[0] = 0
        stage = self._from(order, self.talks.fallback)
        agreed = [gains for gains in stage.gains if any(gains)]
        paid = [stage.payments] if any(stage.payments) else []
        return _outcome(self.talks, "anticipating", order, stage.levels, agreed, paid)

    def _from(self, order: Blocks, levels: Levels) -> _Stage:
        """Return what the tables of ``order`` do after ``levels`` were agreed before."""
        if not order:
            return _Stage(levels, (0.0,) * len(self.talks.payoffs.players), ())
        coming = {lever for block in order for lever in self.given.own(block)}
        # What was agreed before matters only where a coming table is tied to it.
        read = {lever for block in order for lever in self.given.neighbours(block)} - coming
        key = order, tuple(levels[lever] for lever in sorted(read))
        if key not in self._known:
            standing = [levels[k] if k in read else code for k, code in enumerate(self.talks.fallback)]
            self._known[key] = self._turn(order, tuple(standing))
        stage = self._known[key]
        whole = tuple(stage.levels[k] if k in coming else code for k, code in enumerate(levels))
        return _Stage(whole, stage.payments, stage.gains)

    def _turn(self, order: Blocks, levels: Levels) -> _Stage:
        own = self.given.own(order[0])
        choices = [self._choices[lever] for lever in own]
        count = prod(len(each) for each in choices)
        self.work[0] += count
        if count > _MOST_DEALS or self.work[0] > _MOST_WORK:
            name = "+".join(order[0])
            raise LimitError(f"table {name}: {count} deals would each have to be followed to the end of the talks")
        failed = self._from(order[1:], levels)
        found, ends, which = self._followed(order, levels, own)
        kept = np.flatnonzero(self._possible(found, own))
        if not len(kept):
            return _failed_turn(failed)
        later = np.array([each.payments for each in ends])
        values = self.talks.payoffs.values(found[kept]) + later[which[kept]]
        default = self.talks.payoffs.values(failed.levels) + np.array(failed.payments)
        gains = values - default
        # Sums of terms in another order differ by rounding; that is no gain.
        size = np.maximum(np.abs(values).max(axis=0), np.abs(default))
        gains = np.where(np.abs(gains) <= _ROUNDING * size, 0.0, gains) + self.talks.offset
        # Whoever has no stake in the issues of this table does not sit at it, whatever it loses later.
        seated = np.array(self.talks.parties(order[0]))
        solution = self._solved(np.where(seated, gains, 0.0), order[0])
        if not solution.agreed:
            return _failed_turn(failed)
        chosen = kept[int(solution.deal)]
        end = ends[which[chosen]]
        paid = solution.transfers or (0.0,) * len(default)
        payments = tuple(mine + later for mine, later in zip(paid, end.payments, strict=True))
        gained = tuple((gains[int(solution.deal)] + np.array(paid)).tolist())
        return _Stage(tuple(found[chosen].tolist()), payments, (gained, *end.gains))

    def _followed(
        self, order: Blocks, levels: Levels, own: Sequence[int]
    ) -> tuple[NDArray[np.float64], list[_Stage], NDArray[np.intp]]:
        """Follow every deal of the first table to the end: final levels (k, L), what later tables do, and which it is.

        Later tables answer alike to all deals that agree on the levers that they are tied to.
        """
        grid = np.meshgrid(*(np.arange(len(self._choices[lever])) for lever in own), indexing="ij")
        rows = np.stack([axis.ravel() for axis in grid], axis=1)
        found = np.tile(np.array(levels), (len(rows), 1))
        for column, lever in enumerate(own):
            found[:, lever] = np.array(self._choices[lever])[rows[:, column]]
        coming = [lever for block in order[1:] for lever in self.given.own(block)]
        seen = {lever for block in order[1:] for lever in self.given.neighbours(block)}
        columns = [column for column, lever in enumerate(own) if lever in seen]
        _, first, which = np.unique(rows[:, columns], axis=0, return_index=True, return_inverse=True)
        ends = [self._from(order[1:], tuple(found[row].tolist())) for row in first]
        which = which.ravel()
        if coming:
            found[:, coming] = np.array([each.levels for each in ends])[which][:, coming]
        return found, ends, which

    def _possible(self, levels: NDArray[np.float64], own: Sequence[int]) -> NDArray[np.bool_]:
        """Return which ends keep every limit that reads a lever of this table."""
        payoffs = self.talks.payoffs
        limits = [k for k, limit in enumerate(payoffs.limits) if set(own).intersection(limit.levers)]
        if not limits:
            return np.ones(len(levels), bool)
        if len(limits) == len(payoffs.limits):
            return np.asarray(payoffs.allowed(levels))
        # Limits among other tables are not this table's to keep: a mask over each deal's own combination.
        keeps = np.ones(len(levels), bool)
        for row, codes in enumerate(levels):
            masks = payoffs.masks([np.array([code]) for code in codes])
            keeps[row] = all(mask.allowed.all() for mask in masks if set(own).intersection(mask.levers))
        return keeps

    def _solved(self, gains: NDArray[np.float64], block: tuple[str, ...]) -> Solution:
        talks = self.talks
        nothing = [0.0] * gains.shape[1]
        weights = talks.payoffs.document.weights
        problem = BargainingProblem.from_points(gains, nothing, players=talks.payoffs.players, weights=weights)
        if talks.transfers is None or sum(talks.parties(block)) < 2:
            return solve_problem(problem, talks.rule, talks.weights, seed=talks.seed)
        return solve_with_transfers(
            problem, talks.rule, talks.weights, cost=talks.transfers, parties=talks.parties(block), seed=talks.seed
        )


def _failed_turn(later: _Stage) -> _Stage:
    """Return the stage of a table without a deal: what follows goes on."""
    return _Stage(later.levels, later.payments, ((0.0,) * len(later.payments), *later.gains))


def anticipating(talks: Talks, order: Blocks, solver: Anticipating | None = None) -> Structure:
    """Return the outcome of tables in an order, each of which foresees what follows; solved backwards.

    Raises
    ------
    LimitError
        Too many deals would have to be weighed.
    """
    solver = Anticipating(talks, GivenTables(talks)) if solver is None else solver
    return solver.outcome(order)
