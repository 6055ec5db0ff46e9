r"""What a player could gain by deviating in a game on intervals, checked by code that shares nothing with the solvers.

The stored claim is that no levels of player :math:`i` pay more than its payoff plus a stated gain.  It is checked by
branch and bound in plain Python: over a box of the player's own levels the payoff is bounded by the formula's tree
(:func:`bargain.scenario.intervals.bounds`) and by the mean value theorem; a lever whose slope keeps its sign is set to
the better end.  When the work runs out the claim is searched only, and the certificate says which bound was proved.
Tested by results that pass and by changed ones, which must fail.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from bargain.certificates.claims import TOLERANCE, Stored, claim, difference, number, row
from bargain.certificates.replay import Codes, Replay
from bargain.certificates.slopes import NoSlopeError, slope
from bargain.results import Certificate
from bargain.scenario.document import Document
from bargain.scenario.expression import DomainError, Expression, Number, Sum, evaluate
from bargain.scenario.intervals import Interval, bounds
from bargain.scenario.substitution import substitute

__all__ = ["check_continuous", "highest_payoff"]

MOST_BOXES = 3_000
"""Boxes that are looked at for one player at one profile."""

Box = tuple[Interval, ...]


def check_continuous(replay: Replay, stored: Stored) -> list[Certificate]:
    """Check the payoffs and the bounds on deviations of every stored equilibrium of the game on intervals.

    Parameters
    ----------
    replay : Replay
        The scenario.
    stored : mapping
        The entry ``continuous`` of a JSON result.
    """
    players = replay.document.player_names
    tolerances = row(stored["tolerances"], players)
    checks = []
    for place, profile in enumerate(stored["profiles"], start=1):
        label = f"equilibrium {place} on the intervals"
        codes = replay.codes(profile["terms"])
        payoffs = replay.payoffs(codes)
        checks.append(claim(f"{label}: these levels can be set", float(not _settable(replay, codes))))
        checks.append(
            claim(f"{label}: the levels give these payoffs", difference(row(profile["payoffs"], players), payoffs))
        )
        if profile["status"] != "proved":
            continue
        gains = [number(profile["gains"][player]["bound"]) for player in players]
        stands = all(gain <= most for gain, most in zip(gains, tolerances, strict=True))
        stands = stands and number(profile["epsilon"]) >= max(gains)
        checks.append(claim(f"{label}: epsilon is the largest gain and within the tolerance", float(not stands)))
        checks += [_no_gain(replay.document, label, codes, i, payoffs[i], gains[i]) for i in range(len(players))]
    for place, profile in enumerate(stored["rejected"], start=1):
        checks.append(_refuted(replay, f"candidate {place} on the intervals", profile))
    return checks


def _settable(replay: Replay, codes: Codes) -> bool:
    """Whether all levels exist, and levers that nobody sets stand at their status quo."""
    still = all(
        code == stands or lever.set_by is not None
        for lever, code, stands in zip(replay.levers, codes, replay.document.status_quo, strict=True)
    )
    return still and replay.possible(codes)


def _refuted(replay: Replay, label: str, profile: Stored) -> Certificate:
    """Check that the deviation that is said to refute a candidate is the player's own, and gains what is stated."""
    player = profile["deviation"]["player"]
    place = replay.document.player_names.index(player)
    before, after = replay.codes(profile["terms"]), replay.codes(profile["deviation"]["terms"])
    moved = zip(replay.levers, before, after, strict=True)
    own = all(one == other or lever.set_by == player for lever, one, other in moved)
    payoffs = replay.payoffs(before)[place], replay.payoffs(after)[place]
    size = max(abs(payoffs[0]), abs(payoffs[1]), 1e-300)
    stated = number(profile["gains"][player]["found"])
    short = max(0.0, stated - (payoffs[1] - payoffs[0])) / size
    possible = own and replay.possible(after) and stated > 0
    return claim(f"{label}: {player} gains by the deviation shown", short if possible else 1.0, profile["deviation"])


def _no_gain(document: Document, label: str, codes: Codes, player: int, payoff: float, gain: float) -> Certificate:
    """Check that no deviation of a player gains more than stated."""
    name = document.player_names[player]
    least, most, size, witness = highest_payoff(document, name, codes, payoff, gain)
    proved = most <= payoff + gain + TOLERANCE * size
    excess = max(0.0, (most if proved else least) - payoff - gain) / size
    reached = "without a bound" if math.isinf(most) else f"bound reached: {max(0.0, most - payoff):.3g}"
    method = "interval branch and bound" if proved else f"search; the proof was not finished ({reached})"
    return claim(f"{label}: no deviation of {name} gains more than stated", excess, witness, method)


def highest_payoff(
    document: Document, player: str, codes: Sequence[float], payoff: float, gain: float
) -> tuple[float, float, float, Mapping[str, float]]:
    """Bound the best that a player can get by its own levels.

    Parameters
    ----------
    document : Document
        The scenario.
    player : str
        Who deviates.
    codes : sequence of L floats
        Level codes of all levers.
    payoff, gain : float
        What the player gets there, and what it is said to gain at most: where that is proved, or refuted, work stops.

    Returns
    -------
    (float, float, float, mapping)
        The highest payoff found, what no levels exceed, the size of the payoffs seen, and the levels found.
    """
    own = [place for place, lever in enumerate(document.levers) if lever.set_by == player]
    moving = [place for place in own if document.levers[place].continuous]
    finite = [place for place in own if place not in moving]
    work = _Work(payoff, gain, max(abs(payoff), 1e-300))
    for levels in product(*(document.levers[place].codes or () for place in finite)):
        chosen = list(codes)
        for place, level in zip(finite, levels, strict=True):
            chosen[place] = level
        tree = _payoff(document, player, chosen, moving)
        names = tuple(document.levers[place].name for place in moving)
        part = _Part(tree, names, {document.levers[place].name: chosen[place] for place in finite})
        work.add(part, tuple((document.levers[place].lower, document.levers[place].upper) for place in moving))
        work.see(part, [codes[place] for place in moving])
    return work.run()


def _payoff(document: Document, player: str, codes: Sequence[float], moving: Sequence[int]) -> Expression:
    """Return the payoff as a tree in the names of the player's own continuous levers."""
    known: dict[str, Expression] = {entry.name: Number(entry.value) for entry in document.parameters}
    at = {lever.name: code for lever, code in zip(document.levers, codes, strict=True)}
    for place, lever in enumerate(document.levers):
        if place not in moving:
            known[lever.name] = Number(codes[place])
    for definition in document.definitions:
        known[definition.name] = substitute(definition.expression, known)
    levels = {lever.name: lever.codes or () for lever in document.levers}
    items: list[Expression] = [Number(0.0)]
    for entry in document.payoffs:
        if entry.player == player and entry.expression is not None:
            items.append(substitute(entry.expression, known))
        if entry.player == player and entry.table is not None:
            place = 0
            for name, size in zip(entry.table.levers, entry.table.shape, strict=True):
                place = place * size + levels[name].index(at[name])
            items.append(Number(entry.table.values[place]))
    return Sum(tuple(items), (1,) * len(items))


@dataclass(frozen=True, eq=False)
class _Part:
    """A payoff in a player's own continuous levers, its other own levels chosen."""

    tree: Expression
    names: tuple[str, ...]
    chosen: Mapping[str, float]
    slopes: tuple[Expression | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slopes", tuple(self._slope(name) for name in self.names))

    def _slope(self, name: str) -> Expression | None:
        try:
            return slope(self.tree, name)
        except NoSlopeError:
            return None

    def over(self, box: Box) -> Interval | None:
        """Return bounds of the payoff over a box."""
        return bounds(self.tree, dict(zip(self.names, box, strict=True)))

    def steepness(self, box: Box) -> list[Interval | None]:
        """Return bounds of the slopes over a box."""
        values = dict(zip(self.names, box, strict=True))
        return [None if each is None else bounds(each, values) for each in self.slopes]


@dataclass(slots=True)
class _Work:
    """Boxes by their bounds, the highest first, and the best levels seen."""

    payoff: float
    gain: float
    size: float
    found: float = -math.inf
    witness: dict[str, float] = field(default_factory=dict)
    heap: list[tuple[float, int, _Part, Box]] = field(default_factory=list)
    count: int = 0

    def add(self, part: _Part, box: Box) -> None:
        """Bound the payoff over a box, and put it in the heap."""
        self.count += 1
        most, narrowed = self._bounded(part, box)
        heapq.heappush(self.heap, (-most, self.count, part, narrowed))

    def see(self, part: _Part, levels: Sequence[float]) -> float:
        """Return the payoff at some levels, and remember the best; plus infinity where it has no value."""
        point = dict(zip(part.names, levels, strict=True))
        try:
            value = float(evaluate(part.tree, point))
        except DomainError:
            return math.inf
        self.size = max(self.size, abs(value))
        if value > self.found:
            self.found, self.witness = value, {**part.chosen, **point}
        return value

    def run(self) -> tuple[float, float, float, Mapping[str, float]]:
        """Split boxes until the claim is proved or refuted, or the work runs out."""
        while self.heap and self.count < MOST_BOXES:
            most, _, part, box = self.heap[0]
            slack = TOLERANCE * self.size / 2
            if -most <= self.payoff + self.gain + slack or self.found > self.payoff + self.gain + 2 * slack:
                break
            heapq.heappop(self.heap)
            halves = _halved(part, box)
            if halves is None:
                heapq.heappush(self.heap, (most, self.count, part, box))
                break
            for half in halves:
                self.add(part, half)
        top = -self.heap[0][0] if self.heap else -math.inf
        return self.found, max(top, self.found), self.size, self.witness

    def _bounded(self, part: _Part, box: Box) -> tuple[float, Box]:
        """Return an upper bound over a box, and the box with levers of a steady slope set to their better end."""
        whole = part.over(box)
        if whole is None:
            return math.inf, box
        steep = part.steepness(box)
        narrowed = tuple(_better_end(ends, slopes) for ends, slopes in zip(box, steep, strict=True))
        most = whole[1]
        if narrowed != box:
            again = part.over(narrowed)
            most = min(most, again[1]) if again is not None else most
        middle = [low + (high - low) / 2 for low, high in narrowed]
        self.see(part, middle)
        centre = part.over(tuple((level, level) for level in middle))
        if centre is not None and all(slopes is not None for slopes in steep):
            rise = centre[1]
            for (low, high), level, slopes in zip(narrowed, middle, steep, strict=True):
                reach = max(high - level, level - low)
                rise += max(abs(slopes[0]), abs(slopes[1])) * reach if slopes is not None else math.inf
            # A few units in the last place for the rounding of this sum.
            most = min(most, rise + 2**-48 * (abs(rise) + abs(centre[1])))
        return most, narrowed


def _better_end(ends: Interval, slopes: Interval | None) -> Interval:
    if slopes is None or slopes[0] < 0 < slopes[1]:
        return ends
    return (ends[1], ends[1]) if slopes[0] >= 0 else (ends[0], ends[0])


def _halved(part: _Part, box: Box) -> tuple[Box, Box] | None:
    """Return the two halves of a box, across the side along which the payoff may change most."""
    steep = part.steepness(box)
    weights = []
    for (low, high), slopes in zip(box, steep, strict=True):
        middle = low + (high - low) / 2
        size = max(abs(slopes[0]), abs(slopes[1])) if slopes is not None else 1e300
        weights.append(size * (high - low) if low < middle < high else -1.0)
    if not weights or max(weights) < 0:
        return None
    place = weights.index(max(weights))
    low, high = box[place]
    middle = low + (high - low) / 2
    return (*box[:place], (low, middle), *box[place + 1 :]), (*box[:place], (middle, high), *box[place + 1 :])
