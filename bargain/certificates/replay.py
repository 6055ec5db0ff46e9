"""A scenario played by hand: payoffs and limits of single deals, straight from the formulas' trees.

It shares nothing with the compiled payoffs: each number comes from a walk through the tree in plain Python.
It is slow, and meant for checking answers, not for finding them.  Tested against the compiled payoffs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bargain.certificates.closures import Function, function_of
from bargain.certificates.columns import Columns, WordError
from bargain.errors import LimitError
from bargain.scenario.document import Document, Level, Lever, PayoffEntry
from bargain.scenario.expression import Compare, DomainError, Expression, Logic, nodes

__all__ = ["Codes", "Replay"]

Codes = tuple[float, ...]

MOST_PARTS = 20_000_000
"""Parts of formulas that are looked at for one result before the check gives up: about half a minute."""

_ROWS, _ROWS_FOR_ONE = 4_096, 10
"""Deals that are worked out together, and how many of them count as one deal."""

_SLACK = 1e-9
"""A limit counts as kept when it is missed by no more than this share of the size of its two sides."""


class _Values(dict[str, Any]):
    """Values of names, with definitions worked out when they are first read."""

    def __init__(self, known: Mapping[str, float], definitions: Mapping[str, Function]) -> None:
        super().__init__(known)
        self._definitions = definitions

    def __missing__(self, name: str) -> Any:
        self[name] = value = self._definitions[name](self)
        return value


@dataclass(frozen=True, eq=False)
class Replay:
    """Payoffs and limits of one scenario, deal by deal; a deal is a tuple of level codes, one per lever."""

    document: Document

    @cached_property
    def levers(self) -> tuple[Lever, ...]:
        """All levers in order."""
        return self.document.levers

    def codes(self, terms: Mapping[str, Mapping[str, Level]]) -> Codes:
        """Return the level codes of a deal written as ``{issue: {lever: level}}``.

        Raises
        ------
        ValueError
            The deal does not name exactly the scenario's levers, or names a level that there is not.
        """
        named = {(issue, lever) for issue, levels in terms.items() for lever in levels}
        if named != {(lever.issue, lever.name) for lever in self.levers}:
            raise ValueError("the terms do not name exactly the levers of the scenario")
        return tuple(lever.code(terms[lever.issue][lever.name]) for lever in self.levers)

    @cached_property
    def _lengths(self) -> tuple[int, int]:
        """How many parts are looked at for the payoffs of one deal, and for its limits."""
        document = self.document
        defined = sum(len(nodes(each.expression)) for each in document.definitions)
        payoffs = sum(1 if each.expression is None else len(nodes(each.expression)) for each in document.payoffs)
        limits = sum(len(nodes(each.expression)) for each in document.constraints)
        ground = len(self.levers) + len(document.parameters) + defined
        return ground + payoffs, ground + limits if limits else 0

    def _spend(self, count: int) -> None:
        self._spent[0] += count
        if self._spent[0] > MOST_PARTS:
            raise LimitError(
                "checking this result again would take too long: its formulas are long, and there are many deals to try"
            )

    @cached_property
    def _spent(self) -> list[int]:
        return [0]

    def payoffs(self, deal: Codes) -> tuple[float, ...]:
        """Return the payoff of every player.

        Raises
        ------
        LimitError
            More than :data:`MOST_PARTS` parts of formulas have been looked at.
        """
        self._spend(self._lengths[0])
        values = self._values(deal)
        totals = dict.fromkeys(self.document.player_names, 0.0)
        for player, payoff in self._entries:
            totals[player] += float(payoff(values))
        return tuple(totals.values())

    def headings(self, deal: Codes) -> dict[tuple[str, str], float]:
        """Return the payoff of every player under every heading."""
        values, found = self._values(deal), dict[tuple[str, str], float]()
        for entry, (player, payoff) in zip(self.document.payoffs, self._entries, strict=True):
            key = (player, entry.heading)
            found[key] = found.get(key, 0.0) + float(payoff(values))
        return found

    def gains(self, deals: Sequence[Codes], disagreement: Sequence[float]) -> list[tuple[float, ...] | None]:
        """Return every player's gain over disagreement in each of many deals; None where a limit is broken."""
        found: list[tuple[float, ...] | None] = []
        for first in range(0, len(deals), _ROWS):
            found += self._gains(deals[first : first + _ROWS], disagreement)
        return found

    def _gains(self, deals: Sequence[Codes], disagreement: Sequence[float]) -> list[tuple[float, ...] | None]:
        self._spend(sum(self._lengths) * (1 + len(deals) // _ROWS_FOR_ONE))
        try:
            payoffs, kept, doubt = self._columns(deals)
        except WordError:
            payoffs, kept, doubt = [], [], [True] * len(deals)
        return [
            self._gain(deal, disagreement)
            if doubt[place]
            else (tuple(u - d for u, d in zip(payoffs[place], disagreement, strict=True)) if kept[place] else None)
            for place, deal in enumerate(deals)
        ]

    def _gain(self, deal: Codes, disagreement: Sequence[float]) -> tuple[float, ...] | None:
        if not self.allowed(deal):
            return None
        return tuple(u - d for u, d in zip(self.payoffs(deal), disagreement, strict=True))

    def _columns(self, deals: Sequence[Codes]) -> tuple[list[list[float]], list[bool], list[bool]]:
        """Return payoffs (m, n) of many deals, whether they keep the limits, and where this is in doubt."""
        document, table = self.document, np.array(deals, float).reshape(len(deals), len(self.levers))
        known = self._parameters | {lever.name: table[:, k] for k, lever in enumerate(self.levers)}
        columns = Columns(known, {each.name: each.expression for each in document.definitions}, len(deals))
        totals = {player: np.zeros(len(deals)) for player in document.player_names}
        for entry in document.payoffs:
            added = self._places(entry, table) if entry.expression is None else columns.value(entry.expression)
            totals[entry.player] = totals[entry.player] + added
        kept = np.ones(len(deals), bool)
        for limit in document.constraints:
            kept &= _kept_in(columns, limit.expression)
        return np.column_stack(list(totals.values())).tolist(), kept.tolist(), columns.doubt.tolist()

    def _places(self, entry: PayoffEntry, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a table of payoffs lists for every row of levels."""
        if entry.table is None:
            raise ValueError(f"payoff of {entry.player} under {entry.heading} has neither formula nor table")
        names = [lever.name for lever in self.levers]
        place = np.zeros(len(table), int)
        for name, size in zip(entry.table.levers, entry.table.shape, strict=True):
            k = names.index(name)
            match = np.equal.outer(table[:, k], np.array(self.levers[k].codes or ()))
            if not match.any(axis=1).all():
                raise WordError("a level is not in the table")
            place = place * size + match.argmax(axis=1)
        return np.array(entry.table.values, float)[place]

    def possible(self, deal: Codes) -> bool:
        """Whether every lever has a level that it can take."""
        return all(
            lever.lower <= code <= lever.upper if lever.codes is None else code in lever.codes
            for lever, code in zip(self.levers, deal, strict=True)
        )

    def allowed(self, deal: Codes) -> bool:
        """Whether the deal keeps every limit."""
        if not self.document.constraints:
            return True
        self._spend(self._lengths[1])
        values = self._values(deal)
        return all(kept(values) for kept in self._limits)

    @cached_property
    def _limits(self) -> list[Function]:
        return [_kept(limit.expression) for limit in self.document.constraints]

    def count(self) -> int | None:
        """Return the number of combinations of levels, or None when a lever is continuous."""
        sizes = [len(lever.codes) if lever.codes is not None else 0 for lever in self.levers]
        return prod(sizes) if all(sizes) else None

    def laid(self, lever: int, also: float, grid: bool = False) -> Codes | None:
        """Return the levels of a lever, or None for a continuous one; those of its grid where lotteries are drawn."""
        one = self.levers[lever]
        if one.codes is not None or not (grid or self.document.solve.lotteries):
            return one.codes
        count = self.document.solve.grid
        inner = (one.lower + (one.upper - one.lower) * k / (count - 1) for k in range(1, count - 1))
        stands = self.document.status_quo[lever]
        laid = {one.lower, one.upper, stands, also, *(float(f"{code:.12g}") for code in inner)}
        near = 1e-12 * max(abs(one.lower), abs(one.upper))
        return tuple(sorted(code for code in laid if code in (stands, also) or abs(code - stands) > near))

    def some_deals(
        self, near: Codes, draws: int, seed: int = 0, levers: Sequence[int] | None = None
    ) -> Iterator[Codes]:
        """Yield deals one lever away from ``near``, then ``draws`` random ones, half of them near by.

        Only ``levers`` are moved; the default is all.
        """
        chance = random.Random(seed)
        moving = range(len(near)) if levers is None else levers
        for k in moving:
            for code in self._steps(k, near[k]):
                yield (*near[:k], code, *near[k + 1 :])
        for draw in range(draws):
            width = 1.0 if draw % 2 else 10.0 ** -chance.uniform(0.5, 5)
            yield tuple(self._draw(k, code, width, chance) if k in moving else code for k, code in enumerate(near))

    def slack(self, kind: str, name: str, side: str, deal: Codes) -> float:
        """Return how far a deal is from a limit, as a fraction of the size of its sides, or a lever from its bound.

        Raises
        ------
        ValueError
            There is no such limit or lever.
        """
        if kind == "bound":
            k = next((k for k, lever in enumerate(self.levers) if lever.name == name), None)
            if k is None or side not in ("lower", "upper"):
                raise ValueError(f"there is no bound of {name}")
            width = self.levers[k].upper - self.levers[k].lower
            bound = self.levers[k].lower if side == "lower" else self.levers[k].upper
            return abs(deal[k] - bound) / (width or 1.0)
        rule = next((limit.expression for limit in self.document.constraints if limit.name == name), None)
        if kind != "constraint" or rule is None:
            raise ValueError(f"there is no limit {name}")
        return _distance(rule, self._values(deal))

    def _steps(self, place: int, code: float) -> list[float]:
        lever, codes = self.levers[place], self.laid(place, code)
        if codes is not None:
            return [other for other in codes if other != code]
        width = lever.upper - lever.lower
        moved = (code + sign * width * 10.0**-size for size in range(1, 6) for sign in (-1, 1))
        return [lever.lower, lever.upper, *(min(max(other, lever.lower), lever.upper) for other in moved)]

    def _draw(self, place: int, code: float, width: float, chance: random.Random) -> float:
        lever, codes = self.levers[place], self.laid(place, code)
        if codes is not None:
            return chance.choice(codes) if chance.random() < 0.5 else code
        if width == 1.0:
            return chance.uniform(lever.lower, lever.upper)
        moved = code + chance.gauss(0, width) * (lever.upper - lever.lower)
        return min(max(moved, lever.lower), lever.upper)

    def _values(self, deal: Codes) -> _Values:
        known = dict(self._parameters)
        known |= {lever.name: code for lever, code in zip(self.levers, deal, strict=True)}
        return _Values(known, self._definitions)

    @cached_property
    def _parameters(self) -> dict[str, float]:
        return {parameter.name: parameter.value for parameter in self.document.parameters}

    @cached_property
    def _definitions(self) -> dict[str, Function]:
        return {define.name: function_of(define.expression) for define in self.document.definitions}

    @cached_property
    def _entries(self) -> list[tuple[str, Function]]:
        """Every part of the payoffs: whose it is, and the function of the levels that it is."""
        return [(entry.player, self._entry(entry)) for entry in self.document.payoffs]

    def _entry(self, entry: PayoffEntry) -> Function:
        if entry.expression is not None:
            return function_of(entry.expression)
        if entry.table is None:
            raise ValueError(f"payoff of {entry.player} under {entry.heading} has neither formula nor table")
        return lambda values: self._listed(entry, values)

    def _listed(self, entry: PayoffEntry, values: Mapping[str, Any]) -> float:
        assert entry.table is not None
        place = 0
        by_name = {lever.name: lever for lever in self.levers}
        for name, size in zip(entry.table.levers, entry.table.shape, strict=True):
            codes = by_name[name].codes or ()
            place = place * size + codes.index(values[name])
        return entry.table.values[place]


def _kept(limit: Expression) -> Function:
    """Return whether a condition is true, where a comparison may be missed by a rounding error."""
    if isinstance(limit, Logic):
        items, decide = [_kept(item) for item in limit.items], all if limit.operator == "and" else any
        return lambda values: decide(item(values) for item in items)
    if isinstance(limit, Compare) and limit.operator in ("<", "<=", ">", ">=", "=="):
        return partial(_nearly, limit.operator, function_of(limit.left), function_of(limit.right))
    holds = function_of(limit)

    def kept(values: Mapping[str, Any]) -> bool:
        with suppress(DomainError):
            return bool(holds(values))
        return False

    return kept


def _kept_in(columns: Columns, limit: Expression) -> NDArray[np.bool_]:
    """Return in which of many deals a condition is true, as :func:`_kept` has it."""
    if isinstance(limit, Logic):
        parts = [_kept_in(columns, item) for item in limit.items]
        return np.asarray((np.all if limit.operator == "and" else np.any)(parts, axis=0))
    if not isinstance(limit, Compare) or limit.operator == "!=":
        return np.asarray(columns.value(limit) != 0)
    left, right = columns.value(limit.left), columns.value(limit.right)
    slack = _SLACK * np.maximum(1e-300, np.maximum(np.abs(left), np.abs(right)))
    if limit.operator == "==":
        return np.asarray(np.abs(left - right) <= slack)
    return np.asarray(left <= right + slack if limit.operator.startswith("<") else left >= right - slack)


def _nearly(sign: str, left: Function, right: Function, values: Mapping[str, Any]) -> bool:
    try:
        small, large = float(left(values)), float(right(values))
    except DomainError:
        return False
    slack = _SLACK * max(1e-300, abs(small), abs(large))
    if sign == "==":
        return abs(small - large) <= slack
    return small <= large + slack if sign.startswith("<") else small >= large - slack


def _distance(limit: Expression, values: Mapping[str, Any]) -> float:
    """Return how far the nearest comparison of a condition is from being an equality."""
    if isinstance(limit, Logic):
        return min(_distance(item, values) for item in limit.items)
    if not isinstance(limit, Compare):
        return 0.0
    left, right = float(function_of(limit.left)(values)), float(function_of(limit.right)(values))
    return abs(left - right) / max(1.0, abs(left), abs(right))
