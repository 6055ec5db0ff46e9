r"""The best mixed commitment against one follower: linear programs over its best-reply regions.

``leading[a, j]`` and ``following[a, j]`` are what the two get when the leader plays a and the follower j.  Tables of
Fractions are solved exactly, tables of floats (scaled to payoff ranges of 1) by HiGHS; there actions that pay within
``TIE`` of each other tie.  Tested through :mod:`bargain.equilibria.stackelberg`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bargain.equilibria.late import on_demand
from bargain.errors import LimitError, NotSolvedError
from bargain.games.exact_programs import maximise

__all__ = ["TIE", "Commitment", "solve_commitment"]

TIE = 1e-9
"""In floats, payoffs within this fraction of the payoff range are equal."""

_LARGEST = 4_000_000
"""Profiles beyond which the programs would take hours."""

_minimise = on_demand("programs:minimise")

Table = NDArray[Any]


class Commitment(NamedTuple):
    """The leader's strategy, the follower's reply, and whether the leader's payoff is attained (None: not known)."""

    strategy: Any
    reply: int
    attained: bool | None


class _Region:
    """A polytope of the leader's strategies, given by gains that must not be negative: ``gains @ x >= 0``."""

    def __init__(self, gains: Table, exact: bool) -> None:
        self.gains, self.exact = gains, exact

    def best(self, table: Table) -> tuple[Any, Any] | None:
        """Return the largest value of the least of ``table``'s rows, and where it is reached; None when empty."""
        size = table.shape[1]
        if self.exact:
            # The least row, shifted so that it is positive, is the last variable.
            lowest = min(table.flat)
            ones = [1] * size + [0]
            rows = [ones, [-one for one in ones]]
            rows += [[-gain for gain in row] + [0] for row in self.gains]
            rows += [[lowest - value for value in row] + [1] for row in table]
            limits = [1, -1, *[0] * (len(self.gains) + len(table))]
            solved = maximise([0] * size + [1], rows, limits)
            return None if solved is None else (solved.value + lowest, solved.x[:-1])
        upper = np.vstack([
            np.column_stack([-self.gains, np.zeros(len(self.gains))]),
            np.column_stack([-table, np.ones(len(table))]),
        ])  # fmt: skip
        try:
            found = _minimise(
                np.append(np.zeros(size), -1.0),
                (upper, np.zeros(len(upper))),
                (np.append(np.ones(size), 0.0)[None], np.ones(1)),
                free=1,
            )
        except NotSolvedError:
            return None
        x = np.clip(found.x[:-1], 0, None)
        return -found.value, x / x.sum()


def solve_commitment(leading: Table, following: Table, weak: bool) -> Commitment:
    """Return the leader's best mixed strategy.

    Parameters
    ----------
    leading, following : arrays of shape (m, k)
        Payoffs of leader and follower: Fractions, or floats between 0 and 1.
    weak : bool
        Whether the follower breaks ties against the leader.

    Raises
    ------
    LimitError
        The tables are too large.
    NotSolvedError
        The linear programs failed.
    """
    if leading.size > _LARGEST:
        raise LimitError(f"a mixed commitment over {leading.size:,} profiles needs too many programs; use `pure`")
    exact = leading.dtype == object
    leading, following = leading.T, following.T
    classes = _classes(following, exact)
    best: tuple[Any, Any, list[int]] | None = None
    for group in sorted(classes, key=lambda each: -max(leading[each].flat)):
        region = _Region(_gains(following, group[0]), exact)
        if weak and not _has_interior(region):
            continue
        for actions in [group] if weak else [[action] for action in group]:
            table = leading[actions]
            if best is not None and max(table.flat) <= best[0]:
                continue
            found = region.best(table)
            if found is not None and (best is None or found[0] > best[0]):
                best = (*found, actions)
    if best is None:
        raise NotSolvedError("no action of the follower could be shown to be a best reply")
    value, strategy, group = best
    if not weak:
        return Commitment(_as_strategy(strategy, exact), group[0], True)
    reply = min(group, key=lambda j: _product(leading[j], strategy))
    if not exact:
        # Whether actions tie at a single point is not a question for floats.
        return Commitment(_as_strategy(strategy, exact), reply, None)
    at = _attaining(leading, following, value, classes)
    return Commitment(tuple(strategy), reply, False) if at is None else Commitment(at[0], at[1], True)


def _attaining(
    leading: Table, following: Table, value: Fraction, classes: Sequence[list[int]]
) -> tuple[tuple[Fraction, ...], int] | None:
    """Return a strategy whose worst best reply gives the leader ``value``, with that reply, or None.

    Inside a region the follower's other actions are worse for it; on a face some tie.  Those that tie on all of the
    face where the leader gets ``value`` must give it ``value`` too, which may narrow the face and add ties, until none
    is added: then a point in the middle of what is left has no other ties.
    """
    for group in classes:
        gains = _gains(following, group[0])
        region = _Region(np.vstack([gains, leading[group] - value]), exact=True)
        tied = set(group)
        middle = _middle(region, gains)
        while middle is not None:
            x, loose = middle
            added = set(range(len(gains))) - loose - tied
            if not added:
                return x, min(sorted(tied), key=lambda j: _product(leading[j], x))
            tied |= added
            region = _Region(np.vstack([region.gains, leading[sorted(added)] - value]), exact=True)
            middle = _middle(region, gains)
    return None


def _middle(region: _Region, gains: Table) -> tuple[tuple[Fraction, ...], set[int]] | None:
    """Return a point of the region and the rows of ``gains`` that are positive there; all that can be are."""
    points: list[Sequence[Fraction]] = []
    loose: set[int] = set()
    for j in range(len(gains)):
        if j in loose:
            continue
        found = region.best(gains[[j]])
        if found is None:
            return None
        points.append(found[1])
        loose |= {k for k in range(len(gains)) if _product(gains[k], found[1]) > 0}
    return tuple(sum(chances, Fraction(0)) / len(points) for chances in zip(*points, strict=True)), loose


def _has_interior(region: _Region) -> bool:
    """Whether the follower's action is the only best reply, but for equal ones, to some strategy."""
    strict = region.gains[[bool(row.any()) for row in region.gains]]
    if not len(strict):
        return True
    found = region.best(strict)
    return found is not None and found[0] > (0 if region.exact else TIE)


def _classes(following: Table, exact: bool) -> list[list[int]]:
    """Return the follower's actions in groups that pay it the same whatever the leader does."""
    groups: list[list[int]] = []
    for j, row in enumerate(following):
        for group in groups:
            first = following[group[0]]
            if bool((row == first).all()) if exact else bool(np.abs(row - first).max() <= TIE):
                group.append(j)
                break
        else:
            groups.append([j])
    return groups


def _gains(following: Table, action: int) -> Table:
    """Return what the follower gains with ``action`` over each other one, per action of the leader."""
    gains: Table = following[action] - following
    if gains.dtype != object:
        gains[np.abs(gains).max(axis=1) <= TIE] = 0
    return gains


def _product(row: Table, strategy: Iterable[Any]) -> Any:
    return sum(value * chance for value, chance in zip(row, strategy, strict=True))


def _as_strategy(strategy: Any, exact: bool) -> Any:
    if exact:
        return tuple(strategy)
    made = np.asarray(strategy, dtype=float)
    made.setflags(write=False)
    return made
