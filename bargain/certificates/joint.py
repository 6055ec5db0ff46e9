"""Gains and limits over boxes of all levers together: what everybody can get there at most, and whether a deal exists.

Tested by scenarios with and without a deal, and through the checks of break-even values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.highest import Part, Pool, at_levels
from bargain.certificates.replay import Replay
from bargain.scenario.expression import Compare, Expression, Logic, Number, Sum, names
from bargain.scenario.substitution import substitute

__all__ = ["Joint", "conjuncts", "substitutes"]

Floats = NDArray[np.float64]

_NOTHING = 1e-7
"""A gain below this share of what a player's gain can be is no gain."""


def substitutes(replay: Replay) -> dict[str, Expression]:
    """Return what parameters and definitions stand for, in levers alone."""
    known: dict[str, Expression] = {entry.name: Number(entry.value) for entry in replay.document.parameters}
    for definition in replay.document.definitions:
        known[definition.name] = substitute(definition.expression, known)
    return known


def conjuncts(rule: Expression) -> Iterator[Expression]:
    """Yield the conditions that all have to hold."""
    if isinstance(rule, Logic) and rule.operator == "and":
        for item in rule.items:
            yield from conjuncts(item)
    else:
        yield rule


class Joint:
    """Every player's gain, and every limit, as a function of all levers.

    Parameters
    ----------
    replay : Replay
        The scenario.
    disagreement : sequence of n floats
        Payoffs without a deal.

    Raises
    ------
    ValueError
        Some payoffs are listed in tables.
    """

    def __init__(self, replay: Replay, disagreement: Sequence[float]) -> None:
        self.replay, self.disagreement = replay, tuple(disagreement)
        self.levers = replay.levers
        known = substitutes(replay)
        self.gains = []
        for player, default in zip(replay.document.player_names, disagreement, strict=True):
            mine = [entry.expression for entry in replay.document.payoffs if entry.player == player]
            if any(each is None for each in mine):
                raise ValueError("payoffs in tables have no bounds over boxes")
            terms = [substitute(each, known) for each in mine if each is not None]
            tree = Sum((*terms, Number(float(default))), (*[1] * len(terms), -1))
            self.gains.append(Part(tree, self.levers))
        self._rules = [
            substitute(rule, known) for limit in replay.document.constraints for rule in conjuncts(limit.expression)
        ]

    @cached_property
    def _limits(self) -> list[Part]:
        """What is not negative where limits are kept; conditions of other kinds are left out."""
        own = {lever.name for lever in self.levers}
        found = []
        for rule in self._rules:
            if isinstance(rule, Compare) and rule.operator != "!=" and own & {name.name for name in names(rule)}:
                pairs = [(rule.left, rule.right)]
                pairs = [(rule.right, rule.left)] if rule.operator in ("<", "<=") else pairs
                pairs = [*pairs, pairs[0][::-1]] if rule.operator == "==" else pairs
                found += [Part(Sum(pair, (1, -1)), self.levers) for pair in pairs]
        return found

    @cached_property
    def sizes(self) -> Floats:
        """How large every player's gain can be, roughly."""
        low = np.array([[lever.lower] for lever in self.levers], float)
        high = np.array([[lever.upper] for lever in self.levers], float)
        ends = [[np.max(np.abs(end)) for end in part.boxes(low, high).bounds(part.tree)] for part in self.gains]
        size = np.array(ends).max(axis=1)
        return np.where(np.isfinite(size) & (size > 0), size, 1.0)

    def tops(self, low: Floats, high: Floats, near: Sequence[float]) -> tuple[Floats, Floats]:
        """Return what no gain exceeds in boxes (n, B), minus infinity where a limit is broken, and weights (L, B)."""
        found = [part.most(low, high, near) for part in self.gains]
        tops = np.array([each[0] for each in found])
        weight = np.sum([each[1] / size for each, size in zip(found, self.sizes, strict=True)], axis=0)
        alive = np.ones(low.shape[1], bool)
        for limit in self._limits:
            most, moves, _, _ = limit.most(low, high, near)
            alive &= most >= 0
            weight = weight + 1e-3 * moves / (np.abs(most) + 1e-300)
        share = (high - low) / np.array([[(lever.upper - lever.lower) or 1.0] for lever in self.levers])
        return np.where(alive, tops, -np.inf), np.where(np.isfinite(weight), weight, 1e300) * share + 1e-9 * share

    def deal_exists(self, kept: Sequence[int], most_boxes: int) -> bool | None:
        """Return whether some deal gives one of ``kept`` more and none of them less; None where this stays open."""
        near, players = self.replay.document.status_quo, list(kept)
        sizes = self.sizes[players]

        def bounded(low: Floats, high: Floats) -> tuple[Floats, Floats, Floats, Floats]:
            tops, weight = self.tops(low, high, near)
            shares = tops[players] / sizes[:, None]
            return np.where((tops[players] >= 0).all(axis=0), shares.max(axis=0), -np.inf), weight, low, high

        with np.errstate(all="ignore"):
            pool = Pool(self.levers, *self.gains[0].starts(), bounded)
            while pool.top > _NOTHING and pool.count < most_boxes:
                middle = pool.split(_NOTHING)
                if middle is None:
                    break
                if self._gains_at(middle, players):
                    return True
        return False if pool.top <= _NOTHING else None

    def _gains_at(self, middle: Floats, players: Sequence[int]) -> bool:
        codes = tuple(at_levels(self.levers, middle).values())
        (row,) = self.replay.gains([codes], self.disagreement)
        if row is None or not all(map(math.isfinite, row)):
            return False
        mine = [row[i] for i in players]
        return min(mine) >= 0 and any(row[i] > _NOTHING * self.sizes[i] for i in players)
