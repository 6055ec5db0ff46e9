"""One round of talks by the book: what no deal is worth, and by how much a claimed offer misses its definition.

Written once more from the definitions of :mod:`bargain.games.alternating_offers`, in plain numbers, so that results in
memory and stored ones are checked by the same few lines.  Tested by offers with one number changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["Clock", "Claimed", "misses", "no_deal", "worth"]

Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Clock:
    """The numbers of some talks, in the players' order; see :mod:`bargain.games.alternating_offers`.

    ``spans`` are what differences are measured by; ``exact`` says that nothing may differ at all.
    """

    discount: tuple[Any, ...]
    meanwhile: tuple[Any, ...]
    default: tuple[Any, ...]
    disagreement: tuple[Any, ...]
    outside: tuple[Any, ...]
    breakdown: Any
    last_wait: Any
    first: int
    protocol: str
    powers: tuple[Any, ...]
    spans: tuple[float, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a result says about a round in which one player proposes."""

    proposer: int
    payoffs: tuple[Any, ...]
    floors: tuple[Any, ...]
    agreed: bool
    leaver: int | None


def no_deal(
    clock: Clock, values: Sequence[Any], proposer: int, last: bool = False
) -> tuple[tuple[Any, ...], int | None]:
    """Return what everybody gets when the round ends without a deal, and who leaves; ``values`` is the next round's."""
    stay = []
    for i, value in enumerate(values):
        factor = clock.discount[i] ** clock.last_wait if last else clock.discount[i]
        onward = clock.breakdown * clock.disagreement[i] + (1 - clock.breakdown) * value
        stay.append(factor * onward + (1 - factor) * clock.meanwhile[i])
    count = len(stay)
    turns = [(proposer + step) % count for step in range(1, count)]
    leaving = [i for i in turns if clock.outside[i] is not None and clock.outside[i] > stay[i]]
    if not leaving:
        return tuple(stay), None
    pairs = zip(clock.outside, clock.disagreement, strict=True)
    return tuple(d if o is None else o for o, d in pairs), leaving[0]


def worth(clock: Clock, claimed: Sequence[Claimed]) -> tuple[Any, ...]:
    """Return what a round is worth before the proposer is drawn."""
    if len(claimed) == 1:
        return claimed[0].payoffs
    rows = [tuple(power * value for value in each.payoffs) for power, each in zip(clock.powers, claimed, strict=True)]
    return tuple(sum(column[1:], start=column[0]) for column in zip(*rows, strict=True))


def misses(clock: Clock, claimed: Claimed, values: Sequence[Any], last: bool = False) -> tuple[float, float]:
    """Return by how much the floors and the payoffs of an offer miss what they must be, as shares of the spans.

    The floors are what no deal is worth.  The payoffs of a deal are at least the floors, for all; without a deal they
     are the floors themselves.
    """
    floors, leaver = no_deal(clock, values, claimed.proposer, last)
    away = max(_share(a, b, span) for a, b, span in zip(claimed.floors, floors, clock.spans, strict=True))
    if not claimed.agreed and claimed.leaver != leaver:
        away = max(away, float(clock.exact or _clearly_leaves(clock, floors, claimed, leaver)))
    pairs = zip(claimed.payoffs, claimed.floors, clock.spans, strict=True)
    if claimed.agreed:
        short = max(max(0.0, float(floor - payoff) / span) for payoff, floor, span in pairs)
    else:
        short = max(_share(payoff, floor, span) for payoff, floor, span in pairs)
    return away, short


def _clearly_leaves(clock: Clock, floors: Sequence[Any], claimed: Claimed, leaver: int | None) -> bool:
    """Return whether floats leave no doubt about who leaves."""
    return any(_share(a, b, span) > 1e-9 for a, b, span in zip(claimed.floors, floors, clock.spans, strict=True)) or (
        claimed.leaver is None
    ) != (leaver is None)


def _share(a: Any, b: Any, span: float) -> float:
    gap = abs(a - b)
    # A difference too small for a float is still a difference.
    return 0.0 if gap == 0 else max(float(gap) / span, 5e-324)
