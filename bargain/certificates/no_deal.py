"""Why there is no deal, checked: who blocks, the nearest miss, and the numbers at which a deal appears.

Each set of players that is said to block is taken out, and it is asked whether the others have a deal; no smaller set
and no other one may do.  At a break-even value there must be a deal and just before it none, nor at the values that
were scanned before; where nothing is said to appear, at none of the scanned values.  Few deals are all looked at; on
intervals branch and bound decides, or leaves the claim open, and a value is checked to a thousandth of the range.
Nothing here knows a solver.  Tested by changed results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import Any

from bargain.certificates.claims import Stored, claim, difference, number, row
from bargain.certificates.joint import Joint
from bargain.certificates.late import on_demand
from bargain.certificates.replay import Replay
from bargain.errors import BargainError
from bargain.results import Certificate
from bargain.scenario.document import Document
from bargain.scenario.overrides import apply_overrides
from bargain.scenario.read import read_tree

__all__ = ["check_no_deal", "numbers_varied"]

_MOST_PLAYERS = 8
_FEW, _DRAWS, _MOST_BOXES, _QUICK_BOXES = 20_000, 500, 4_000, 64
_MOST_NUMBERS = 25
_POINTS, _FACTOR = 8, 4.0
_FINE, _COARSE = 4e-6, 1e-3
_POSSIBLE, _CERTAIN = 1e-9, 1e-6

_largest = on_demand("rivals:largest_lottery")

Side = tuple[str, float, float]
"""A number's path, its value now, and the value up to which it was varied."""


def check_no_deal(replay: Replay, reasons: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    """Return the certificates on why there is no deal."""
    checks = _nearest_miss(replay, reasons, disagreement)
    checks.append(_blocking(replay, reasons, disagreement))
    if reasons.get("break_evens") is None:
        wrong = float(bool(reasons["searched"]))
        return [*checks, claim("no deal: no number was varied", wrong)] if wrong else checks
    return [*checks, *_break_evens(replay, reasons)]


def _nearest_miss(replay: Replay, reasons: Stored, disagreement: Sequence[float]) -> list[Certificate]:
    nearest, players = reasons.get("nearest"), replay.document.player_names
    if nearest is None:
        return []
    levels, gains = replay.codes(nearest["terms"]), row(nearest["gains"], players)
    stated = [gain + default for gain, default in zip(gains, disagreement, strict=True)]
    kept = replay.possible(levels) and replay.allowed(levels)
    miss = max(gains) > 0 and min(gains) < 0
    return [
        claim("no deal: the nearest miss gives the gains stated", difference(replay.payoffs(levels), stated)),
        claim("no deal: the nearest miss can be carried out, and hurts somebody", float(not (kept and miss))),
    ]


@dataclass(eq=False)
class _Deals:
    """The deals of one scenario, asked whether some players have one among them."""

    replay: Replay
    disagreement: Sequence[float]

    def __post_init__(self) -> None:
        document = self.replay.document
        choices = [self.replay.laid(k, code) for k, code in enumerate(document.status_quo)]
        self.listed = all(choices) and prod(len(each) for each in choices if each) <= _FEW
        near = document.status_quo
        deals = product(*[each for each in choices if each]) if self.listed else self.replay.some_deals(near, _DRAWS)
        self.rows = [gains for gains in self.replay.gains(list(deals), self.disagreement) if gains is not None]
        self._joint: Joint | None = None
        if not self.listed and not document.solve.lotteries:
            try:
                self._joint = Joint(self.replay, self.disagreement)
            except ValueError:
                self._joint = None

    def exists(self, kept: Sequence[int], most_boxes: int = _MOST_BOXES) -> bool | None:
        """Return whether some deal gives one of ``kept`` more and none of them less; None where that is not clear."""
        if not self.rows:
            return False if self.listed else None
        spans = [max(abs(gains[i]) for gains in self.rows) or 1.0 for i in kept]
        if any(span <= _POSSIBLE * abs(self.disagreement[i]) for i, span in zip(kept, spans, strict=True)):
            # All that this player ever gains may be rounding.
            return None
        shares = [tuple(gains[i] / span for i, span in zip(kept, spans, strict=True)) for gains in self.rows]
        if self.replay.document.solve.lotteries and self.listed:
            most = _largest(list(zip(*shares, strict=True)), [1.0] * len(spans))
            return True if most > _CERTAIN else (False if most < _POSSIBLE else None)
        if any(min(share) >= 0 and max(share) > _CERTAIN for share in shares):
            return True
        if self.listed:
            near = any(min(share) >= -_POSSIBLE and max(share) > _POSSIBLE for share in shares)
            return None if near else False
        return None if self._joint is None else self._joint.deal_exists(kept, most_boxes)


def _blocking(replay: Replay, reasons: Stored, disagreement: Sequence[float]) -> Certificate:
    """Check that the sets said to block are exactly the smallest ones without which there is a deal."""
    words, players = "no deal: who blocks is as stated", replay.document.player_names
    stated = {frozenset(each) for each in reasons["blocking"]}
    if any(not each <= set(players) for each in stated) or len(stated) != len(reasons["blocking"]):
        return claim(words, 1.0)
    if len(players) > _MOST_PLAYERS:
        return claim(words, float(bool(stated)))
    deals, doubtful = _Deals(replay, disagreement), False
    for size in range(1, len(players)):
        for dropped in combinations(players, size):
            gone = frozenset(dropped)
            if any(each < gone for each in stated):
                if gone in stated:
                    return claim(words, 1.0, sorted(gone))
                continue
            found = deals.exists([i for i, name in enumerate(players) if name not in gone])
            if found is None:
                doubtful = True
            elif found != (gone in stated):
                return claim(words, 1.0, sorted(gone))
    if any(len(each) >= len(players) or not each for each in stated):
        return claim(words, 1.0)
    how = "all deals looked at" if deals.listed else "branch and bound"
    if doubtful:
        return Certificate(words, 0.0, 0.0, method="neither a deal nor its absence could be shown", checked=False)
    return claim(words, 0.0, method=how)


def numbers_varied(document: Document) -> Iterator[Side]:
    """Yield every number of a scenario, on each side, up to where a deal is looked for."""
    for parameter in document.parameters:
        value = parameter.value
        ends = sorted((value / _FACTOR, value * _FACTOR)) if value else [-1.0, 1.0]
        if parameter.lower is not None and parameter.upper is not None:
            ends = [min(parameter.lower, value), max(parameter.upper, value)]
        yield from ((f"parameters.{parameter.name}", value, end) for end in ends if end != value)
    for lever in document.levers:
        if lever.continuous and lever.upper > lever.lower:
            width = lever.upper - lever.lower
            yield f"{lever.name}: lower end", lever.lower, lever.lower - width
            yield f"{lever.name}: upper end", lever.upper, lever.upper + width


def _break_evens(replay: Replay, reasons: Stored) -> list[Certificate]:
    document = replay.document
    sides = list(numbers_varied(document))
    stated = {(each["path"], each["deal"]): each for each in reasons["break_evens"]}
    known = {(path, "below" if end < now else "above"): (path, now, end) for path, now, end in sides}
    partly = any("interrupted" in note for note in reasons["notes"])
    searched, expected = list(reasons["searched"]), list(dict.fromkeys(path for path, _, _ in sides))
    same = searched == expected[: len(searched)] if partly else searched == expected
    strange = set(stated) - set(known) or len(stated) != len(reasons["break_evens"])
    checks = [
        claim("no deal: the numbers that were varied are the scenario's", float(not same or bool(strange))),
        claim("no deal: break-even values lie in the ranges scanned", max([0.0, *_misplaced(stated, known)])),
    ]
    if strange:
        return checks
    words = "no deal: a deal appears at the break-even values, and not before"
    if document.disagreement.kind not in ("status_quo", "fixed"):
        why = f"without a deal there is another {document.disagreement.kind} point for every value"
        return [*checks, Certificate(words, 0.0, 0.0, method=why, checked=False)]
    if len(sides) > 2 * _MOST_NUMBERS:
        return [*checks, Certificate(words, 0.0, 0.0, method=f"{len(sides) // 2} numbers are too many", checked=False)]
    doubtful = []
    for key, side in known.items():
        if side[0] in searched:
            found = _appears(replay, side, stated.get(key))
            if found is False:
                return [*checks, claim(words, 1.0, " ".join(key))]
            doubtful += [" ".join(key)] if found is None else []
    if doubtful:
        why = f"neither a deal nor its absence could be shown for {', '.join(doubtful)}"
        return [*checks, Certificate(words, 0.0, 0.0, method=why, checked=False)]
    return [*checks, claim(words, 0.0, method="the scenario with other numbers, asked for a deal")]


def _misplaced(stated: Mapping[Any, Stored], known: Mapping[Any, Side]) -> Iterator[float]:
    for key, each in stated.items():
        _, now, end = known.get(key, ("", 0.0, 0.0))
        scanned = each["scanned"]
        yield difference([number(each["now"]), number(scanned["from"]), number(scanned["to"])], [now, now, end])
        yield float(scanned["points"] != _POINTS)
        yield float(not min(now, end) <= number(each["value"]) <= max(now, end))


def _appears(replay: Replay, side: Side, stated: Stored | None) -> bool | None:
    """Return whether a deal appears where it is said to, on one side of one number, and nowhere before."""
    path, now, end = side
    grid = [now + (end - now) * step / _POINTS for step in range(1, _POINTS + 1)]
    if stated is None:
        found = [_deal_at(replay, path, value, _QUICK_BOXES) for value in grid]
        # A scan by another search may have missed a deal on an interval; among few deals it cannot.
        return not any(found)
    value = number(stated["value"])
    listed = replay.count() is not None or replay.document.solve.lotteries
    share = (_FINE if listed else _COARSE) * (end - now)
    earlier = [point for point in grid if abs(point - now) < abs(value - now) - abs(share)]
    if any(_deal_at(replay, path, point, _QUICK_BOXES) for point in earlier):
        return False
    inside = value if listed else min(max(value + share, min(now, end)), max(now, end))
    there = _deal_at(replay, path, inside, _MOST_BOXES)
    outside = value - share
    before = _deal_at(replay, path, outside, _MOST_BOXES) if (outside - now) * (end - now) > 0 else False
    if there is False or before is True:
        return False
    # Among few deals, what is not clear is a payoff that is the same with and without a deal, up to rounding.
    return True if listed or (there and before is False) else None


def _deal_at(replay: Replay, path: str, value: float, most_boxes: int) -> bool | None:
    """Return whether there is a deal when one number of the scenario is another."""
    try:
        other = Replay(read_tree(apply_overrides(replay.document.tree, _changes(replay.document, path, value))))
    except BargainError:
        return False
    kind = other.document.disagreement
    payoffs = kind.payoffs if kind.kind == "fixed" else other.payoffs(other.document.status_quo)
    return _Deals(other, payoffs or ()).exists(range(len(other.document.players)), most_boxes)


def _changes(document: Document, path: str, value: float) -> dict[str, Any]:
    name, _, end = path.partition(": ")
    if not end:
        return {path: value}
    lever = next(lever for lever in document.levers if lever.name == name)
    alone = len([each for each in document.levers if each.issue == lever.issue]) == 1 and lever.issue == name
    where = f"issues.{lever.issue}" if alone else f"issues.{lever.issue}.levers.{name}"
    return {f"{where}.range": [value, lever.upper] if end == "lower end" else [lever.lower, value]}
