"""Who can gain at all: the largest least gain, every player's largest gain, and the players who can gain together.

A rule comes here when the scan of a problem shows no deal that gives every player something.  Where the individually
rational set is thin, rounding can fake a deal: a gain of g may be paid for by a loss of the order of g squared.  So the
promises must then hold up to rounding, and gains must stand out from its square root.  Tested on problems in which
nobody, one side, or one of several groups can gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from bargain.solutions.landscape import Array, Landscape
from bargain.solutions.program import Program
from bargain.solutions.search import Optimum, search
from bargain.solutions.starts import Survey

__all__ = ["EMPTY", "GAIN", "Point", "gainers", "ideals", "is_fat", "only", "raised_together"]

GAIN = 1e-8
"""Scaled gain that counts as strict when all players have it."""

EMPTY = -1e-9
"""A largest least gain below this says that there is no individually rational deal."""

_THIN_GAIN = 1e-6
"""Scaled gain that counts as strict when others are left with nothing; more where rounding is coarser."""

_THIN_BREACH = 1e-13
"""A promise broken by more than this is broken, unless rounding is coarser."""

Point = tuple[Landscape, Array]


def only(values: Array, players: Sequence[int]) -> Array:
    """Return the values of some players, zero for the others."""
    kept = np.zeros_like(values)
    kept[list(players)] = values[list(players)]
    return kept


def is_fat(scan: Survey) -> bool:
    """Return whether some scanned deal gives every player something."""
    moved = list(scan.moved)
    strict = GAIN + scan.noise
    return any(
        bool(((region.gains[:, moved] > strict).all(axis=1) & (region.broken <= 0)).any()) for region in scan.regions
    )


def raised_together(scan: Survey, players: Sequence[int], points: Sequence[Point] = ()) -> Optimum | None:
    """Return the point with the largest least gain of some players; the others do not lose."""
    size = scan.payoff_unit.size
    program = Program.least(only(np.ones(size), players), np.zeros(size), np.array(scan.moved))
    return search(scan, program, points)


def ideals(scan: Survey, least: Optimum | None) -> list[Optimum | None]:
    """Return, for every player whose payoff moves, the individually rational point that it likes best."""
    size, rows = scan.payoff_unit.size, np.array(scan.moved)
    points = [] if least is None else [(tie.landscape, tie.z) for tie in least.ties]
    found = []
    for player in scan.moved:
        best = search(scan, Program.total(np.eye(size)[player], rows), points, count=None if least is None else 4)
        thin = least is not None and least.worth <= GAIN + scan.noise
        if best is not None and thin and not _stands_out(scan, best):
            best = None
        found.append(best if best is None or best.worth > 0 else None)
    return found


def gainers(scan: Survey, weights: Array) -> tuple[tuple[int, ...], list[Point]]:
    """Return the heaviest set of players who can all gain at once without loss to others, and points where they do."""
    least = raised_together(scan, scan.moved)
    if least is None or least.worth < EMPTY - scan.noise:
        return (), []
    if least.worth > GAIN + scan.noise + 100.0 * least.broken:
        return scan.moved, [(least.landscape, least.z)]
    best_points = ideals(scan, least)
    able = [(player, best) for player, best in zip(scan.moved, best_points, strict=True) if best is not None]
    points = [(best.landscape, best.z) for _, best in able]
    if len(able) == 1:
        return (able[0][0],), points
    names = [player for player, _ in able]
    subsets = [subset for size in range(len(names), 0, -1) for subset in combinations(names, size)]
    # Sorting is stable: of sets of equal weight the larger, then the earlier comes first.
    for subset in sorted(subsets, key=lambda players: -float(weights[list(players)].sum())):
        middle = [] if len(subset) == 1 else points
        raised = raised_together(scan, subset, middle)
        if raised is not None and _stands_out(scan, raised):
            return subset, [(raised.landscape, raised.z), *points]
    return (), []


def _stands_out(scan: Survey, best: Optimum) -> bool:
    """Return whether a gain is too large to be paid for by losses that rounding hides."""
    strict = max(_THIN_GAIN, 50.0 * float(np.sqrt(scan.noise)))
    # A breach of b can fake a gain of the order of the root of b, which `strict` exceeds here with room to spare.
    return best.broken <= max(_THIN_BREACH, 100.0 * scan.noise) and best.worth > strict
