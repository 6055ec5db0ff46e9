"""Which structures are solved, one after the other, and what is kept when the user interrupts the work.

Partitions come for nothing once every package of issues is solved; simultaneous tables and sequences are solved for
every partition, or every order, as far as their number allows, and notes say what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from bargain.errors import LimitError
from bargain.linkage.partitions import MAX_PARTITION_ISSUES, Progress, partitions_solved, ranked, set_partitions
from bargain.linkage.sequences import MAX_SEQUENCE_TABLES, Anticipating, anticipating, myopic
from bargain.linkage.simultaneous import simultaneous
from bargain.linkage.tables import GivenTables, pure_only
from bargain.linkage.talks import Talks
from bargain.results import Structure, Structures, SubPackage

__all__ = ["KINDS", "checked_tables", "solve_structures"]

KINDS = ("partitions", "simultaneous", "sequences")

MAX_SIMULTANEOUS_ISSUES = 5
"""Up to five issues (52 partitions) every partition is solved with simultaneous tables."""

Blocks = tuple[tuple[str, ...], ...]


def checked_tables(talks: Talks, tables: Sequence[Sequence[str]]) -> Blocks:
    """Return tables as blocks of issues in the scenario's order.

    Raises
    ------
    ValueError
        An issue is unknown, at two tables, or at none.
    """
    seated = [name for table in tables for name in table]
    known = ", ".join(talks.issues)
    for name in seated:
        if name not in talks.issues:
            raise ValueError(f"tables: there is no issue `{name}`; there are {known}")
        if seated.count(name) > 1:
            raise ValueError(f"tables: issue `{name}` is at two tables")
    missing = [name for name in talks.issues if name not in seated]
    if missing:
        raise ValueError(
            f"tables: every issue needs a table; {', '.join(missing)} {'has' if len(missing) == 1 else 'have'} none"
        )
    return tuple(tuple(name for name in talks.issues if name in table) for table in tables if table)


@dataclass
class _Work:
    """What was solved so far, and what has to be said about it."""

    notes: list[str] = field(default_factory=list)
    complete: bool = True

    def each(
        self, what: str, wanted: Sequence[Blocks], solve: Callable[[Blocks], Structure], progress: Progress | None
    ) -> list[Structure]:
        """Solve one structure after the other; keep what is there when interrupted or when one is too large."""
        found: list[Structure] = []
        large: list[str] = []
        for done, blocks in enumerate(wanted, start=1):
            if not self.complete:
                break
            try:
                found.append(solve(blocks))
            except LimitError as trouble:
                large.append(str(trouble))
            except KeyboardInterrupt:
                self.complete = False
                self.notes.append(f"interrupted: {len(found)} of {len(wanted)} {what} were solved")
            if progress is not None:
                progress(done, len(wanted))
        if large:
            self.notes.append(f"{len(large)} of {len(wanted)} {what} are too large and were left out ({large[0]})")
        return found


def solve_structures(
    talks: Talks,
    kinds: Iterable[str],
    solved: Mapping[tuple[str, ...], SubPackage],
    progress: Progress | None = None,
    tables: Blocks | None = None,
) -> Structures:
    """Solve the structures of some kinds.

    Parameters
    ----------
    talks : Talks
        The setting.
    kinds : iterable of {"partitions", "simultaneous", "sequences"}
        What to solve.
    solved : mapping
        Packages of issues that are solved already.
    progress : callable, optional
        Called as ``progress(done, total)``.
    tables : tuple of tuple of str, optional
        Only this partition, and only its orders.
    """
    kinds, work = set(kinds), _Work()
    partitions: list[Structure] = []
    if "partitions" in kinds:
        partitions = _partitions(talks, solved, progress, work)
    left_out = pure_only(talks)
    together: list[Structure] = []
    sequences: list[Structure] = []
    if left_out and kinds & {"simultaneous", "sequences"}:
        work.notes.append(left_out)
    elif len(talks.issues) > 1:
        given = GivenTables(talks)
        if "simultaneous" in kinds:
            wanted = [tables] if tables else _simultaneous_wanted(talks.issues, work)
            together = work.each(
                "partitions with simultaneous tables", wanted, lambda each: simultaneous(talks, each, given), progress
            )
        if "sequences" in kinds:
            sequences = _sequences(talks, given, tables, progress, work)
    return Structures(ranked(partitions), ranked(together), ranked(sequences), work.complete, tuple(work.notes))


def _partitions(
    talks: Talks, solved: Mapping[tuple[str, ...], SubPackage], progress: Progress | None, work: _Work
) -> list[Structure]:
    count = len(talks.issues)
    if count > MAX_PARTITION_ISSUES:
        work.notes.append(f"{count} issues have too many partitions; all are given for up to {MAX_PARTITION_ISSUES}")
        return []
    try:
        found = partitions_solved(talks, solved, progress)
    except KeyboardInterrupt:
        work.complete = False
        work.notes.append("interrupted while partitions were put together")
        return []
    if len(solved) < 2**count - 1:
        work.notes.append(f"{len(solved)} of {2**count - 1} packages were solved: {len(found)} partitions are known")
    return found


def _simultaneous_wanted(issues: Sequence[str], work: _Work) -> list[Blocks]:
    if len(issues) <= MAX_SIMULTANEOUS_ISSUES:
        return [blocks for blocks in set_partitions(issues) if len(blocks) > 1]
    work.notes.append(
        f"simultaneous tables: with more than {MAX_SIMULTANEOUS_ISSUES} issues, one table an issue, and each issue "
        "against all others at one table (`tables` names another partition)"
    )
    return [tuple((name,) for name in issues), *_one_apart(issues)]


def _one_apart(issues: Sequence[str]) -> list[Blocks]:
    """Return the partitions into one issue and all others."""
    return [((name,), tuple(other for other in issues if other != name)) for name in issues]


def _sequences(
    talks: Talks, given: GivenTables, tables: Blocks | None, progress: Progress | None, work: _Work
) -> list[Structure]:
    blocks = tables or tuple((name,) for name in talks.issues)
    if len(blocks) <= MAX_SEQUENCE_TABLES:
        orders: list[Blocks] = list(permutations(blocks))
    else:
        orders = [order for pair in _one_apart(talks.issues) for order in permutations(pair)]
        work.notes.append(
            f"sequences: {len(blocks)} tables have too many orders (all are given up to {MAX_SEQUENCE_TABLES} tables); "
            "each issue before and after all others at one table is given (`tables` names another partition)"
        )
    solver = Anticipating(talks, given)
    found = work.each("myopic orders", orders, lambda order: myopic(talks, order, given), progress)
    if solver.on_grid:
        work.notes.append(
            f"anticipating tables choose among {talks.grid} levels of every lever that moves continuously"
        )
    return found + work.each("anticipating orders", orders, lambda order: anticipating(talks, order, solver), progress)
