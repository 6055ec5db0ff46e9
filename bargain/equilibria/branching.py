r"""The boxes of one support profile: tightened, cut in two, or handed out because they may hold a solution.

A box of strategy profiles is tightened by bounds of payoff differences and by interval Newton steps. It is discarded
when nothing is left of it, and handed out when Newton's method seems to converge; otherwise it is cut in two. When no
box is left, there is no other solution. Boxes around solutions that are not regular can never be discarded: the search
stops when one gets tiny, and says so. Compiled by numba on the first call. Tested through
:mod:`bargain.equilibria.polynomial`.
"""

from __future__ import annotations

from typing import Any

from bargain.equilibria.compiled import entry, inner
from bargain.equilibria.multilinear import consistent, tighten
from bargain.equilibria.newton import AT, PIVOT, PRODUCT, SHIFT, SPREAD, linearise, middle, solve_rows

__all__ = ["CANDIDATE", "DONE", "LIMIT", "SINGULAR", "search_boxes"]

DONE, LIMIT, SINGULAR, CANDIDATE = 0, 1, 2, 3
"""No box is left; the limit of boxes was met; a tiny box could not be decided; a box may hold a solution."""

_NARROW = 0.4
"""Newton steps are tried on boxes that are at most this wide."""

_WORTHWHILE = 0.7
"""A box that has shrunk to less than this part of its size is shrunk once more before it is cut."""

_TINY = 1e-8
"""A box of this width that still cannot be decided holds a solution that is not regular."""


@entry
def search_boxes(
    sub: Any,
    system: Any,
    lowers: Any,
    uppers: Any,
    depth: Any,
    limit: Any,
    lower: Any,
    upper: Any,
    center: Any,
    work: Any,
    spare: Any,
    order: Any,
) -> Any:
    """Search the first ``depth`` boxes of the stack until one may hold a solution or is too small.

    Parameters
    ----------
    sub, system : Subgame, System
        The conditions of the support profile.
    lowers, uppers : arrays of shape (height, actions)
        The stack of boxes.
    depth, limit : int
        How many boxes are on the stack, and how many may be searched.
    lower, upper : arrays of shape (actions,)
        Get the box that is handed out, of which both halves lie on the stack.
    center, work, spare, order : arrays
        Room for numbers in between.

    Returns
    -------
    tuple
        Outcome, depth, boxes used, and whether the box is tiny.
    """
    boxes, actions = 0, lower.size
    while depth > 0:
        if boxes >= limit or depth >= lowers.shape[0] - 1:
            return LIMIT, depth, boxes, False
        depth -= 1
        boxes += 1
        before, after, width, widest = 0.0, 0.0, 0.0, 0
        for k in range(actions):
            lower[k], upper[k] = lowers[depth, k], uppers[depth, k]
            before += upper[k] - lower[k]
        if not tighten(sub, lower, upper, work, spare, order):
            continue
        for k in range(actions):
            if upper[k] - lower[k] > width:
                width = upper[k] - lower[k]
        narrow = width < _NARROW
        if narrow:
            middle(sub, lower, upper, center)
            linearise(sub, system, center, center, center, lower, upper, work)
            if not (solve_rows(system, lower, upper, center) and consistent(sub, lower, upper)):
                continue
        width = 0.0
        for k in range(actions):
            after += upper[k] - lower[k]
            if upper[k] - lower[k] > width:
                width, widest = upper[k] - lower[k], k
            lowers[depth, k], uppers[depth, k] = lower[k], upper[k]
            lowers[depth + 1, k], uppers[depth + 1, k] = lower[k], upper[k]
        depth += 1
        if after <= _WORTHWHILE * before:
            continue
        cut = 0.5 * (lower[widest] + upper[widest])
        uppers[depth - 1, widest] = cut
        lowers[depth, widest] = cut
        depth += 1
        tiny = width < _TINY
        if narrow and _promising(system, lower, upper):
            return CANDIDATE, depth, boxes, tiny
        if tiny:
            return SINGULAR, depth, boxes, tiny
    return DONE, depth, boxes, False


@inner
def _promising(system: Any, lower: Any, upper: Any) -> Any:
    """Whether the last Newton step stayed near the box, and slopes vary so little on it that a proof may succeed."""
    count = system.terms.shape[1]
    for r in range(count):
        pivot = system.terms[PIVOT, r]
        if pivot < 0:
            return False
        k = system.terms[AT, pivot]
        width = upper[k] - lower[k]
        if abs(system.vectors[SHIFT, r]) > width + 1e-6:
            return False
        bound = 0.0
        for v in range(count):
            k = system.terms[AT, v]
            slope = system.blocks[r, PRODUCT * count + v]
            if v == pivot:
                slope -= 1.0
            bound += (abs(slope) + system.blocks[r, SPREAD * count + v]) * (upper[k] - lower[k])
        if bound > width:
            return False
    return True
