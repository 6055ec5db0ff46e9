"""Every partition of the issues into tables: what each promises and gives, and which is best for whom.

A partition of J issues needs no solving of its own: its tables are among the 2^J - 1 packages of issues, each solved
once with all other issues at their no-agreement levels.  Their agreed levels are put together, and payoffs are read off
with the linkage terms.  Tested against partitions recomputed by independent code, and by the law that none that hurts
nobody has a larger Nash product than the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from bargain.linkage.talks import Talks, side_payments
from bargain.results import Structure, SubPackage

__all__ = ["MAX_PARTITION_ISSUES", "Progress", "partitions_solved", "ranked", "set_partitions"]

MAX_PARTITION_ISSUES = 10
"""Ten issues have 1023 packages and 115,975 partitions; every further issue has about six times as many."""

_AT_ONCE = 500
"""Partitions whose payoffs are computed at once."""

Item = TypeVar("Item")
Blocks = tuple[tuple[Item, ...], ...]
Progress = Callable[[int, int], None]


def set_partitions(items: Sequence[Item]) -> Iterator[Blocks[Item]]:
    """Yield every partition of ``items`` into blocks, from one block to all blocks of one, items in their order.

    Examples
    --------
    >>> ["|".join("".join(block) for block in blocks) for blocks in set_partitions("abc")]
    ['abc', 'ab|c', 'ac|b', 'a|bc', 'a|b|c']
    """
    if not items:
        yield ()
        return
    *before, last = items
    for blocks in set_partitions(before):
        for place, block in enumerate(blocks):
            yield (*blocks[:place], (*block, last), *blocks[place + 1 :])
        yield (*blocks, (last,))


def partitions_solved(
    talks: Talks,
    solved: Mapping[tuple[str, ...], SubPackage],
    progress: Progress | None = None,
) -> list[Structure]:
    """Return every partition whose tables are all among ``solved``.

    Parameters
    ----------
    talks : Talks
        The setting.
    solved : mapping
        Packages by their issues, in the scenario's order.
    progress : callable, optional
        Called as ``progress(done, total)`` now and then.
    """
    wanted = [blocks for blocks in set_partitions(talks.issues) if all(block in solved for block in blocks)]
    found: list[Structure] = []
    for start in range(0, len(wanted), _AT_ONCE):
        found += _settled(talks, [[solved[block] for block in blocks] for blocks in wanted[start : start + _AT_ONCE]])
        if progress is not None:
            progress(len(found), len(wanted))
    return found


def _settled(talks: Talks, partitions: Sequence[Sequence[SubPackage]]) -> list[Structure]:
    """Put the tables of each partition together; payoffs of all are computed at once."""
    lotteries = [talks.together(tables) for tables in partitions]
    levels = np.array([codes for lottery in lotteries for codes, _ in lottery])
    chances = np.array([chance for lottery in lotteries for _, chance in lottery])
    starts = np.cumsum([0, *(len(lottery) for lottery in lotteries[:-1])])
    expected = np.add.reduceat(chances[:, None] * talks.payoffs.values(levels), starts)
    realised = expected - np.array(talks.disagreement.payoffs)
    kept = np.logical_and.reduceat(talks.payoffs.allowed(levels), starts)
    found = []
    for tables, lottery, gains, feasible in zip(partitions, lotteries, realised, kept.tolist(), strict=True):
        agreed = [table.gains for table in tables if table.agreed]
        paid = side_payments(tables)
        if not agreed:
            gains, feasible = np.zeros_like(gains), True
        elif paid is not None:
            gains = gains + np.array(paid)
        found.append(
            Structure(
                "partition",
                tuple(table.issues for table in tables),
                lottery,
                tuple(gains.tolist()),
                talks.promised(agreed),
                talks.weights_used,
                feasible,
                len(agreed),
                transfers=paid,
            )
        )
    return found


def ranked(structures: Iterable[Structure]) -> tuple[Structure, ...]:
    """Return structures with the best first: feasible before not, then the Nash product, the least loss, the total.

    Where some player gains nothing the product says nothing; structures without losers then stand before others.
    """

    def merit(each: Structure) -> tuple[bool, float, float, float]:
        return each.feasible, each.log_product, min(0.0, *each.gains), each.total

    return tuple(sorted(structures, key=merit, reverse=True))
