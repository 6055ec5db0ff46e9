"""Does every formula have a value at all levels?  The check that keeps undefined numbers out of games.

Three steps, from the cheapest.  Interval arithmetic over the whole box of levels proves most formulas in one pass.  If
it does not, and the levers that the formula reads are finite with at most 20 000 combinations, every combination is
evaluated: that is exact.  Otherwise levels are sampled on a grid that has the ends and the status quo of every lever,
and the box is cut into smaller ones where interval arithmetic may succeed; what then remains is neither proved nor
refuted, and is a warning that says where.  The work over a whole file is bounded.  Tested by formulas that break at
known levels, and by random formulas against plain evaluation.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from bargain.scenario.document import Lever
from bargain.scenario.expression import DomainError, Expression, children, evaluate, names
from bargain.scenario.intervals import Interval, Work, bounds, enough_steps
from bargain.scenario.levels import level_text
from bargain.scenario.names import Scope
from bargain.scenario.remarks import Remarks, dotted
from bargain.scenario.scanner import Path
from bargain.scenario.substitution import expanded_size, substitute

__all__ = ["Domains"]

MAX_COMBINATIONS = 20_000
MAX_SIZE = 20_000
MAX_TOTAL_SIZE = 200_000
# Nodes of trees that may be evaluated for one file: about a second.
BUDGET = 300_000
MAX_SAMPLES = 2_000
MAX_BOXES = 400

Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A formula with its definitions written out, the levers and parameters that it reads, and what to call it."""

    tree: Expression
    levers: list[Lever]
    known: Values
    path: Path
    subject: str
    size: int
    steps: int


class Domains:
    """The values of parameters, the boxes of levers, the definitions written out, and how much work is left."""

    def __init__(self, scope: Scope, remarks: Remarks) -> None:
        self.remarks = remarks
        self.levers = scope.levers
        self.parameters = scope.parameters
        self.definitions: dict[str, Expression | None] = {}
        self.sizes: dict[str, int] = {}
        self.owners: dict[int, str] = {}
        self.ascending: dict[str, list[float]] = {}
        self.budget = BUDGET
        self.total = 0
        for name, tree in scope.definitions.items():
            self._define(name, tree)

    def _define(self, name: str, tree: Expression | None) -> None:
        self.definitions[name] = self.expanded(tree, ("define", name)) if tree is not None else None
        self.sizes[name] = expanded_size(tree, self.sizes) if tree is not None else 1
        written = self.definitions[name]
        new = [written] if written is not None else []
        while new:
            node = new.pop()
            # Parts of earlier definitions are shared and have an owner already.
            if id(node) not in self.owners:
                self.owners[id(node)] = name
                new.extend(children(node))

    def expanded(self, tree: Expression, path: Path) -> Expression | None:
        """Return a formula with its definitions written out, or None if one of them is spoilt or it grows too large."""
        used = {name.name for name in names(tree)} & self.definitions.keys()
        if any(self.definitions[name] is None for name in used):
            return None
        size = expanded_size(tree, self.sizes)
        if path[0] != "define":
            self.total += size
        if size > MAX_SIZE or self.total > MAX_TOTAL_SIZE:
            many = "this formula has" if size > MAX_SIZE else "the formulas of this file have"
            limit = MAX_SIZE if size > MAX_SIZE else MAX_TOTAL_SIZE
            message = f"with its definitions written out, {many} more than {limit} parts"
            self.remarks.error("BG314", message, path, "use fewer definitions within definitions")
            return None
        return substitute(tree, {name: part for name in used if (part := self.definitions[name]) is not None})

    def check(self, tree: Expression, path: Path, subject: str) -> Expression | None:
        """Report where a formula has no value; return it with definitions written out if it has one everywhere."""
        written = self.expanded(tree, path)
        if written is None:
            return None
        read = {name.name: None for name in names(written)}
        levers = [lever for name, lever in self.levers.items() if name in read and lever is not None]
        known = {name: value for name, value in self.parameters.items() if name in read and value is not None}
        if len(levers) + len(known) < len(read):
            return None
        box: dict[str, Interval] = {name: (value, value) for name, value in known.items()}
        box |= {lever.name: (lever.lower, lever.upper) for lever in levers}
        size = expanded_size(written, {})
        claim = _Claim(written, levers, known, path, subject, size, enough_steps(written))
        if self._is_proved(claim, box):
            return written
        return written if self._search(claim) else None

    def _is_proved(self, claim: _Claim, box: Mapping[str, Interval]) -> bool:
        """Return whether interval arithmetic shows a value everywhere in a box."""
        allowed = claim.steps if self.budget > 0 else min(claim.steps, 2 * claim.size)
        work = Work(allowed)
        found = bounds(claim.tree, box, work)
        # One walk over a formula is owed to everybody; conditionals may need many.
        self.budget -= max(0, allowed - work.left - claim.size)
        return found is not None

    def _search(self, claim: _Claim) -> bool:
        """Look for levels without a value, level by level or by sampling; return whether there are none."""
        levers, size = claim.levers, claim.size
        combinations = math.prod(len(lever.levels) if lever.levels else math.inf for lever in levers)
        exact = combinations <= MAX_COMBINATIONS and (not levers or combinations * size <= self.budget)
        points = _all(levers) if exact else self._sample(levers, max(2, min(MAX_SAMPLES, self.budget // (4 * size))))
        if not all(self._has_value(claim, point) for point in points):
            return False
        return exact or self._prove(claim)

    def _has_value(self, claim: _Claim, point: Values) -> bool:
        """Return whether a formula has a value at these levels, or report that it has none."""
        self.budget -= claim.size + 2 * len(claim.levers)
        try:
            evaluate(claim.tree, {**claim.known, **point})
        except DomainError as trouble:
            self._report(trouble, claim, point)
            return False
        return True

    def _report(self, trouble: DomainError, claim: _Claim, point: Values) -> None:
        shown = {each.name: level_text(each.level(point[each.name]), each.unit) for each in claim.levers[:6]}
        levels = ", ".join(f"{name} = {level}" for name, level in shown.items())
        where = f" at {levels}" if levels else ""
        owner = self.owners.get(id(trouble.node))
        place, through = claim.path, ""
        if owner is not None:
            place, through = ("define", owner), f", in {dotted(claim.path)}"
        message = f"{claim.subject} has no value{where}{through}: {trouble.message}"
        hint = "guard it, for example `... if x > 0 else 0`, or narrow the levels" if claim.levers else ""
        self.remarks.error("BG307", message, place, hint, inside=(trouble.start, trouble.end))

    def _prove(self, claim: _Claim) -> bool:
        """Cut the box until interval arithmetic proves every piece; return False if a level without a value is met.

        The boxes that resist shrink onto the places where there may be no value; the formula is evaluated there.
        """
        fixed: dict[str, Interval] = {name: (value, value) for name, value in claim.known.items()}
        whole = {lever.name: (lever.lower, lever.upper) for lever in claim.levers}
        waiting = deque([whole])
        boxes = min(MAX_BOXES, self.budget // (8 * claim.size))
        while waiting and boxes > 0:
            boxes -= 1
            self.budget -= 2 * claim.size + 4 * len(fixed | whole)
            box = waiting.popleft()
            if not self._is_proved(claim, fixed | box):
                if not self._has_value(claim, self._middle(box, claim.levers)):
                    return False
                waiting.extend(_halves(box, whole))
        if waiting:
            # The last box is the smallest one.
            box = waiting[-1]
            near = ", ".join(_stretch(lever, *box[lever.name]) for lever in claim.levers[:6] if not lever.named)
            message = f"it is not proved that {claim.subject} has a value everywhere; open: {near or 'some levels'}"
            hint = "no level was found where it has none; a condition such as `... if x > 0 else 0` makes it certain"
            self.remarks.warning("BG308", message, claim.path, hint)
        return True

    def _middle(self, box: Mapping[str, Interval], levers: list[Lever]) -> Values:
        """Return the middle of a box, or the level nearest to it."""
        point = {lever.name: box[lever.name][0] / 2 + box[lever.name][1] / 2 for lever in levers}
        for lever in levers:
            codes = self._codes(lever)
            if codes:
                middle = point[lever.name]
                place = bisect_left(codes, middle)
                point[lever.name] = min(codes[max(0, place - 1) : place + 1], key=lambda code: abs(code - middle))
        return point

    def _codes(self, lever: Lever) -> list[float]:
        """Return the codes of a lever in ascending order; they may be many, and are put in order once."""
        if lever.name not in self.ascending:
            self.ascending[lever.name] = sorted(lever.codes or ())
        return self.ascending[lever.name]

    def _sample(self, levers: list[Lever], limit: int) -> Iterator[Values]:
        """Yield the status quo, and about ``limit`` points of a grid with the ends and status quo of every lever."""
        status_quo = {lever.name: lever.code(lever.status_quo) for lever in levers}
        yield status_quo
        count = max(2, int(limit ** (1 / len(levers)) + 1e-9))
        if count ** len(levers) <= limit:
            axes = [self._spread(lever, count) for lever in levers]
            for codes in product(*axes):
                yield {lever.name: code for lever, code in zip(levers, codes, strict=True)}
            return
        yield {lever.name: lever.lower for lever in levers}
        yield {lever.name: lever.upper for lever in levers}
        single = ((lever.name, code) for lever in levers for code in self._spread(lever, max(2, limit // len(levers))))
        # When the work for the file is nearly used up, not even the ends of every lever are tried.
        for name, code in islice(single, 2 * limit):
            yield {**status_quo, name: code}

    def _spread(self, lever: Lever, count: int) -> list[float]:
        """Return about ``count`` codes of a lever with both ends and the status quo."""
        codes = self._codes(lever)
        if codes and len(codes) <= count:
            return codes
        steps = [k / (count - 1) for k in range(count)]
        if codes:
            chosen = {codes[round(step * (len(codes) - 1))] for step in steps}
        else:
            chosen = {lever.lower + step * (lever.upper - lever.lower) for step in steps} | {lever.upper}
            chosen = {min(max(code, lever.lower), lever.upper) for code in chosen}
        return sorted(chosen | {lever.code(lever.status_quo)})


def _stretch(lever: Lever, low: float, high: float) -> str:
    ends = level_text(low), level_text(high)
    if ends[0] == ends[1]:
        return f"{lever.name} near {level_text(low, lever.unit)}"
    return f"{lever.name} from {ends[0]} to {level_text(high, lever.unit)}"


def _halves(box: Mapping[str, Interval], whole: Mapping[str, Interval]) -> Iterable[dict[str, Interval]]:
    """Return the two halves of a box, cut across the lever that is widest compared with its range."""
    # Halves, because the width of a range of levels may be beyond floats.
    spans = {name: (high / 2 - low / 2) or 1.0 for name, (low, high) in whole.items()}
    widths = {name: (high / 2 - low / 2) / spans[name] for name, (low, high) in box.items()}
    name = max(widths, key=lambda key: widths[key])
    low, high = box[name]
    middle = low / 2 + high / 2
    return ({**box, name: (low, middle)}, {**box, name: (middle, high)})


def _all(levers: list[Lever]) -> Iterator[Values]:
    for codes in product(*(lever.codes or () for lever in levers)):
        yield {lever.name: code for lever, code in zip(levers, codes, strict=True)}
