"""What linking issues is worth, to whom, and which issue brings it.

The *value of linkage* for a player is its gain from the package less its gain from separate talks, both over the same
disagreement point.  The joint gain of the package is attributed to the issues by the Shapley value of the game whose
coalitions are sets of issues and whose worth is the joint gain of that sub-package (Shapley 1953).  Tested by
efficiency, symmetry, dummy and additivity of the attribution, and by the published cases in ``models/classic``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Protocol

from bargain.linkage.talks import Talks
from bargain.results import Linkage, SubPackage

__all__ = ["MAX_SHAPLEY_ISSUES", "STRUCTURES", "linkage", "shapley"]

MAX_SHAPLEY_ISSUES = 12
"""Above this number of issues the exact attribution would need more than 4096 solved sub-packages."""

STRUCTURES = ("separate", "subpackages")

Progress = Callable[[int, int], None]


class Negotiable(Protocol):
    """Anything that can say in which setting its issues are negotiated, such as a scenario."""

    def talks(self) -> Talks:
        """Return the setting: payoffs, disagreement point and rule."""
        ...


def linkage(source: Talks | Negotiable, structures: str = "separate", progress: Progress | None = None) -> Linkage:
    """Compare the package with separate talks, and with the sub-packages in between.

    Parameters
    ----------
    source : Talks or Scenario
        Payoffs, disagreement point and rule, or a scenario that has them.
    structures : {"separate", "subpackages"}
        ``separate`` solves the package, every issue alone and every package without one issue.  ``subpackages``
        solves every set of issues and adds the Shapley attribution.
    progress : callable, optional
        Called as ``progress(done, total)`` after each table.

    Returns
    -------
    Linkage
        Gains are over the disagreement point, in the scenario's payoff unit.

    Raises
    ------
    ValueError
        ``structures`` is not a known name.
    """
    if structures not in STRUCTURES:
        raise ValueError(f"unknown structures {structures!r}; known are {', '.join(STRUCTURES)}")
    talks = source if isinstance(source, Talks) else source.talks()
    issues = talks.issues
    notes: list[str] = []
    everything = structures == "subpackages"
    if everything and len(issues) > MAX_SHAPLEY_ISSUES:
        everything = False
        notes.append(f"attribution needs every sub-package; {len(issues)} issues are more than {MAX_SHAPLEY_ISSUES}")
    sizes = range(1, len(issues) + 1) if everything else sorted({1, len(issues) - 1, len(issues)} - {0})
    wanted = [subset for size in sizes for subset in combinations(issues, size)]
    solved: dict[tuple[str, ...], SubPackage] = {}
    for done, subset in enumerate(wanted, start=1):
        solved[subset] = talks.table(subset)
        if progress is not None:
            progress(done, len(wanted))
    package = solved[issues]
    separate = talks.separate([solved[(name,)] for name in issues])
    if not separate.feasible:
        notes.append("the separate deals break a limit together: they could not all be carried out")
    worth = {subset: table.total for subset, table in solved.items()}
    return Linkage(
        players=talks.payoffs.players,
        package=package,
        separate=separate,
        subpackages=tuple(solved.values()),
        value=tuple(whole - apart for whole, apart in zip(package.gains, separate.gains, strict=True)),
        attribution=shapley(issues, worth) if everything else None,
        notes=tuple(notes),
    )


def shapley(members: Sequence[str], worth: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """Return the Shapley value of a coalitional game.

    Parameters
    ----------
    members : sequence of str
        The members (here: issues), in the order used in the keys of ``worth``.
    worth : mapping
        Worth of every non-empty coalition, keyed by the tuple of its members in order; the empty coalition has 0.

    Returns
    -------
    dict
        A share per member; the shares add up to the worth of all members together.

    References
    ----------
    Shapley (1953), "A value for n-person games".

    Examples
    --------
    Two issues that bring nothing alone and 2 together share equally:

    >>> shapley(("a", "b"), {("a",): 0.0, ("b",): 0.0, ("a", "b"): 2.0})
    {'a': 1.0, 'b': 1.0}
    """
    count = len(members)
    shares = dict.fromkeys(members, 0.0)
    for size in range(count):
        # Orders in which a given coalition of this size comes just before a given member, as a share of all orders.
        chance = 1 / (count * comb(count - 1, size))
        for coalition in combinations(members, size):
            before = worth[coalition] if coalition else 0.0
            for member in members:
                if member not in coalition:
                    joined = tuple(name for name in members if name in coalition or name == member)
                    shares[member] += chance * (worth[joined] - before)
    return shares
