"""The Shapley value of a coalitional game: who brings how much.

Used for issues (the worth of a set is the joint gain of that package) and for linkage terms.  Tested by efficiency,
symmetry, dummy and additivity, and by the mean over all orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb

__all__ = ["shapley"]


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
