r"""Tables that meet at the same time: each takes the others' agreed levels as given, and none wants to reopen its own.

This is the Nash-in-Nash fixed point (Horn and Wolinsky 1988): at every table the bargaining solution, given what all
other tables agree on.  If a table fails, the others' agreements stand; that is what its players bargain over.

When tables are tied together through few finite levers, all fixed points are found: every combination of levels of
these is tried, and every table's best answers (all ties) are compared with it.  Otherwise tables answer in turn from
several starts until nothing moves; a state that comes back is a cycle, and is reported as one.  Tested against fixed
points found by trying every combination of all levels, and by the worked case of one hub with two partners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from bargain.linkage.tables import Answer, GivenTables, Levels
from bargain.linkage.talks import Talks
from bargain.results import Structure

__all__ = ["simultaneous"]

Blocks = tuple[tuple[str, ...], ...]

_MOST_STATES = 20_000
"""Combinations of the levels that tie tables together, up to which all are tried."""

_MOST_TABLES = 2_000
"""Tables that may be solved to find all fixed points of one partition."""

_MOST_FIXED_POINTS = 1_000
_STARTS, _ROUNDS = 4, 60
_STILL = 1e-7
"""Levels that move by less, as a share of the lever's range, stand still."""


def simultaneous(talks: Talks, blocks: Blocks, given: GivenTables | None = None) -> Structure:
    """Return the Nash-in-Nash outcome of a partition into tables.

    Parameters
    ----------
    talks : Talks
        The setting; deals must be pure.
    blocks : tuple of tuple of str
        The tables.
    given : GivenTables, optional
        Tables solved already.

    Returns
    -------
    Structure
        The fixed point with the largest Nash product (then the largest total) of those found; ``fixed_points`` holds
        the gains of all, ``complete`` whether these are proved to be all. Other statuses: "none", "cycle", "limit".

    References
    ----------
    Horn and Wolinsky (1988), "Bilateral monopolies and incentives for merger"; Collard-Wexler, Gowrisankaran and
    Lee (2019), "Nash-in-Nash bargaining".
    """
    given = GivenTables(talks) if given is None else given
    points, status = _every_fixed_point(given, blocks), "solved"
    # On levers that move continuously a table's deal is found by search, so that nothing is proved.
    complete = points is not None and not any(lever.continuous for lever in talks.payoffs.levers)
    ties = "some table has several best deals, of which one was followed" if not given.all_listed(blocks) else ""
    complete = complete and not ties
    if points is None:
        points, status = _by_answering(given, blocks)
    elif not points:
        status = "none" if complete else "limit"
    if not points:
        return _unsettled(talks, blocks, status, complete)
    found = sorted((_outcome(given, blocks, point, complete) for point in points), key=_merit, reverse=True)
    distinct = tuple(dict.fromkeys(each.gains for each in found))
    chosen = found[0]
    note = ties if len(found) < _MOST_FIXED_POINTS else f"the first {_MOST_FIXED_POINTS} fixed points were kept"
    return Structure(
        "simultaneous", blocks, chosen.lottery, chosen.gains, chosen.negotiated, chosen.weights, chosen.feasible,
        chosen.agreed, transfers=chosen.transfers, fixed_points=distinct, complete=complete and not note, note=note,
    )  # fmt: skip


def _merit(each: Structure) -> tuple[bool, float, float, float]:
    return each.feasible, each.log_product, min(0.0, *each.gains), each.total


def _every_fixed_point(given: GivenTables, blocks: Blocks) -> list[Levels] | None:
    """Return all fixed points, or None where there are too many combinations or levers that move continuously."""
    talks = given.talks
    tying = sorted({lever for block in blocks for lever in given.neighbours(block)})
    # A lever in no block of this partition does not exist: blocks cover all issues.
    codes = [talks.payoffs.levers[lever].codes for lever in tying]
    if any(each is None for each in codes):
        return None
    choices = [each for each in codes if each is not None]
    contexts = sum(
        prod(len(talks.payoffs.levers[lever].codes or ()) for lever in given.neighbours(block)) for block in blocks
    )
    if prod(len(each) for each in choices) > _MOST_STATES or contexts > _MOST_TABLES:
        return None
    found: list[Levels] = []
    for levels in product(*choices):
        state = list(talks.fallback)
        for lever, level in zip(tying, levels, strict=True):
            state[lever] = level
        found += _consistent(given, blocks, tuple(state), dict(zip(tying, levels, strict=True)))
        if len(found) >= _MOST_FIXED_POINTS:
            return found[:_MOST_FIXED_POINTS]
    return found


def _consistent(given: GivenTables, blocks: Blocks, state: Levels, said: Mapping[int, float]) -> Iterator[Levels]:
    """Yield the profiles in which every table answers ``said`` with levels that agree with it."""
    options = []
    for block in blocks:
        own = given.own(block)
        fitting = [
            choice
            for choice in given.answer(block, state).choices
            if all(said.get(lever, code) == code for lever, code in zip(own, choice, strict=True))
        ]
        if not fitting:
            return
        options.append(fitting)
    for chosen in product(*options):
        yield _placed(given, blocks, state, chosen)


def _placed(given: GivenTables, blocks: Sequence[tuple[str, ...]], state: Levels, chosen: Sequence[Levels]) -> Levels:
    levels = list(state)
    for block, choice in zip(blocks, chosen, strict=True):
        for lever, code in zip(given.own(block), choice, strict=True):
            levels[lever] = code
    return tuple(levels)


def _by_answering(given: GivenTables, blocks: Blocks) -> tuple[list[Levels], str]:
    """Let tables answer in turn from several starts; return the fixed points and what kept the other starts."""
    found: dict[Levels, None] = {}
    ends: set[str] = set()
    for start in _starts(given, blocks):
        state, end = _answered(given, blocks, start)
        ends.add(end)
        if end == "solved" and not any(_near(given, state, other) for other in found):
            found[state] = None
    return list(found), "cycle" if ends == {"cycle"} else "limit"


def _starts(given: GivenTables, blocks: Blocks) -> Iterator[Levels]:
    """Yield the no-agreement levels, the package's, and random ones; one is enough where no table depends on others."""
    talks = given.talks
    yield talks.fallback
    if not any(given.neighbours(block) for block in blocks):
        return
    package = given.answer(talks.issues, talks.fallback)
    yield _placed(given, [talks.issues], talks.fallback, [package.choices[0]])
    chance = np.random.default_rng(talks.seed)
    for _ in range(_STARTS - 2):
        yield tuple(
            float(chance.choice(lever.codes) if lever.codes is not None else chance.uniform(lever.lower, lever.upper))
            for lever in talks.payoffs.levers
        )


def _answered(given: GivenTables, blocks: Blocks, start: Levels) -> tuple[Levels, str]:
    state = start
    seen: dict[Levels, int] = {}
    for step in range(_ROUNDS):
        before = state
        for block in blocks:
            state = _placed(given, [block], state, [_nearest(given, block, state)])
        if _near(given, state, before):
            return state, "solved"
        key = tuple(round(code, 9) for code in state)
        if key in seen:
            return state, "cycle"
        seen[key] = step
    return state, "limit"


def _nearest(given: GivenTables, block: tuple[str, ...], state: Levels) -> Levels:
    """Return a table's answer; of tied ones that which stands already, so that ties never go round."""
    choices = given.answer(block, state).choices
    own = tuple(state[lever] for lever in given.own(block))
    return own if own in choices else choices[0]


def _near(given: GivenTables, first: Levels, second: Levels) -> bool:
    widths = (lever.upper - lever.lower for lever in given.talks.payoffs.levers)
    return all(abs(a - b) <= _STILL * width for a, b, width in zip(first, second, widths, strict=True))


def _outcome(given: GivenTables, blocks: Blocks, levels: Levels, exact: bool) -> Structure:
    talks = given.talks
    answers: list[Answer] = [given.answer(block, levels) for block in blocks]
    agreed = [each for each in answers if each.agreed]
    paid = [each.transfers for each in agreed if each.transfers is not None]
    transfers = tuple(sum(column) for column in zip(*paid, strict=True)) if paid else None
    gains, feasible = talks.realised(((levels, 1.0),), transfers)
    if not agreed:
        gains, feasible = (0.0,) * len(gains), True
    # A table may stand at another of its tied deals than the one whose gains its answer holds.
    payoffs = talks.payoffs.values(levels)
    won = [payoffs - talks.without_agreement(b, levels) for b, a in zip(blocks, answers, strict=True) if a.agreed]
    promised = talks.promised([(v + (a.transfers or 0.0)).tolist() for v, a in zip(won, agreed, strict=True)])
    return Structure(
        "simultaneous", blocks, ((levels, 1.0),), gains, promised, talks.weights_used, feasible, len(agreed),
        transfers=transfers,
    )  # fmt: skip


def _unsettled(talks: Talks, blocks: Blocks, status: str, complete: bool) -> Structure:
    nothing = (0.0,) * len(talks.payoffs.players)
    notes = {
        "none": "no fixed point exists: whatever is agreed, some table wants to reopen its own",
        "cycle": "from every start the tables' answers go round for ever; no fixed point was found",
        "limit": "the tables' answers did not settle; no fixed point was found",
    }
    return Structure(
        "simultaneous", blocks, ((talks.fallback, 1.0),), nothing, nothing, talks.weights_used,
        status=status, complete=complete, note=notes[status],
    )  # fmt: skip
