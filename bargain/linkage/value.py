"""What linking issues is worth, to whom, and where it comes from.

The *value of linkage* for a player is its gain from the package less its gain from separate talks, both over the same
disagreement point.  The joint gain of the package is attributed to the issues by the Shapley value of the game whose
coalitions are sets of issues and whose worth is the joint gain of that sub-package (Shapley 1953).  Tested by
efficiency, symmetry, dummy and additivity of the attribution, and by the published cases in ``models/classic``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Protocol

from bargain.errors import LimitError
from bargain.linkage.partitions import Progress
from bargain.linkage.shares import shapley
from bargain.linkage.structures import KINDS, checked_tables, solve_structures
from bargain.linkage.talks import Talks
from bargain.linkage.worth import cross_differences, marginal_values, smallest_packages, term_worths, trade_of
from bargain.results import Linkage, SubPackage

__all__ = ["MAX_SHAPLEY_ISSUES", "STRUCTURES", "linkage"]

MAX_SHAPLEY_ISSUES = 12
"""Above this number of issues the exact attribution would need more than 4096 solved sub-packages."""

STRUCTURES = ("separate", "subpackages", *KINDS, "all")

_EVERY_PACKAGE = ("subpackages", "partitions", "all")

Solved = dict[tuple[str, ...], SubPackage]


class Negotiable(Protocol):
    """Anything that can say in which setting its issues are negotiated, such as a scenario."""

    def talks(self) -> Talks:
        """Return the setting: payoffs, disagreement point and rule."""
        ...


def linkage(
    source: Talks | Negotiable,
    structures: str = "separate",
    progress: Progress | None = None,
    *,
    transfers: float | None = None,
    tables: Sequence[Sequence[str]] | None = None,
) -> Linkage:
    """Compare the package with separate talks, and with the structures in between.

    Parameters
    ----------
    source : Talks or Scenario
        Payoffs, disagreement point and rule, or a scenario that has them.
    structures : {"separate", "subpackages", "partitions", "simultaneous", "sequences", "all"}
        ``separate`` solves the package, every issue alone and every package without one issue.  ``subpackages``
        solves every set of issues and adds the attribution to issues and to linkage terms.  ``partitions`` adds every
        partition of the issues into tables, ranked.  ``simultaneous`` and ``sequences`` solve tables that take each
        other's agreements as given (Nash-in-Nash), and tables one after the other. ``all`` does everything.
    progress : callable, optional
        Called as ``progress(done, total)`` after each table or structure.
    transfers : float, optional
        Allow side payments, of which this share in [0, 1) is lost on the way; 0 is transferable utility.
    tables : sequence of sequences of str, optional
        For ``simultaneous`` and ``sequences``: only this partition of the issues.

    Returns
    -------
    Linkage
        Gains are over the disagreement point, in the scenario's payoff unit.  Ctrl-C returns what is solved so far
        (``complete`` is False) once the package and separate talks are there.

    Raises
    ------
    ValueError
        ``structures`` is not a known name, or ``tables`` is no partition of the issues.

    Examples
    --------
    >>> import bargain as bg
    >>> worth = bg.linkage(bg.load("tollison-willett-1979"), "partitions")
    >>> [(len(each.tables), each.gains) for each in worth.structures.partitions]
    [(1, (3.0, 1.0)), (2, (0.0, 0.0))]
    """
    if structures not in STRUCTURES:
        raise ValueError(f"unknown structures {structures!r}; known are {', '.join(STRUCTURES)}")
    talks = source if isinstance(source, Talks) else source.talks()
    talks = talks if transfers is None else replace(talks, transfers=transfers)
    blocks = None if tables is None else checked_tables(talks, tables)
    issues, notes = talks.issues, []
    everything = structures in _EVERY_PACKAGE
    if everything and len(issues) > MAX_SHAPLEY_ISSUES:
        everything = False
        notes.append(f"attribution needs every sub-package; {len(issues)} issues are more than {MAX_SHAPLEY_ISSUES}")
    solved, complete = _packages(talks, everything, progress, notes)
    package = solved[issues]
    separate = talks.separate([solved[(name,)] for name in issues])
    if not separate.feasible:
        notes.append("the separate deals break a limit together: they could not all be carried out")
    found = Linkage(
        players=talks.payoffs.players,
        package=package,
        separate=separate,
        subpackages=tuple(solved.values()),
        value=tuple(whole - apart for whole, apart in zip(package.gains, separate.gains, strict=True)),
        attribution=_attribution(issues, solved) if everything else None,
        trade=trade_of(talks, package),
        marginal=marginal_values(talks, solved),
        matrix=cross_differences(talks, package),
        smallest=smallest_packages(talks, solved),
        cost=talks.transfers,
    )
    kinds = KINDS if structures == "all" else (structures,) if structures in KINDS else ()
    wider = solve_structures(talks, kinds if complete else {"partitions"} & {*kinds}, solved, progress, blocks)
    complete = complete and wider.complete
    terms = None
    if everything and complete:
        try:
            terms = term_worths(talks, package)
        except KeyboardInterrupt:
            complete = False
            notes.append("interrupted while linkage terms were switched off")
    return replace(found, structures=wider if kinds else None, terms=terms, complete=complete, notes=tuple(notes))


def _attribution(issues: tuple[str, ...], solved: Solved) -> dict[str, float] | None:
    if len(solved) < 2 ** len(issues) - 1:
        return None
    return shapley(issues, {subset: table.total for subset, table in solved.items()})


def _packages(talks: Talks, everything: bool, progress: Progress | None, notes: list[str]) -> tuple[Solved, bool]:
    """Solve the packages that are wanted, those first without which nothing can be said."""
    issues = talks.issues
    needed = sorted({1, len(issues) - 1, len(issues)} - {0})
    sizes = range(1, len(issues) + 1) if everything else needed
    wanted = [subset for size in sizes for subset in combinations(issues, size)]
    first = [subset for subset in wanted if len(subset) in (1, len(issues))]
    order = [*first, *(subset for subset in wanted if subset not in set(first))]
    solved: Solved = {}
    large = []
    complete = True
    for done, subset in enumerate(order, start=1):
        try:
            solved[subset] = talks.table(subset)
        except KeyboardInterrupt:
            if done <= len(first):
                raise
            notes.append(f"interrupted: {len(solved)} of {len(wanted)} packages were solved")
            complete = False
            break
        except LimitError as trouble:
            if done <= len(first):
                raise
            large.append(str(trouble))
        if progress is not None:
            progress(done, len(order))
    if large:
        notes.append(f"{len(large)} of {len(wanted)} packages are too large and were left out ({large[0]})")
    return {subset: solved[subset] for subset in wanted if subset in solved}, complete
