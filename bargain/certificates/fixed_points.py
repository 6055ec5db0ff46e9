"""Are the fixed points of simultaneous tables all there are?  Every combination of levels is tried where they are few.

A table's answer is the deal with the largest Nash product over the table's own failure, the others' levels given; a
combination in which every table has answered is a fixed point.  Ties, and players who cannot gain beside others who
can, leave the claim open.  Tested by lists from which a fixed point was taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import inf, log, prod

from bargain.certificates.claims import Stored, claim, row
from bargain.certificates.replay import Codes, Replay
from bargain.results import Certificate

__all__ = ["check_fixed_points"]

_MOST_DEALS = 5_000
_TIE = 1e-9

Gains = tuple[float, ...]


class _UnclearError(ValueError):
    """A table has no single best deal."""


def check_fixed_points(
    replay: Replay, stored: Stored, structures: Sequence[Stored], standing: Codes, start: Gains, weights: Gains
) -> list[Certificate]:
    """Return the certificate that lists of fixed points that are said to be complete are so."""
    words = "structures: no fixed point of simultaneous tables is missing"
    claimed = [each for each in structures if each["complete"]]
    if not claimed:
        return []
    count = replay.count()
    if stored["rule"] != "nash" or stored["linkage"]["transfers"] is not None or count is None or count > _MOST_DEALS:
        why = "only the Nash solution of few deals without side payments is tried again"
        return [Certificate(words, 0.0, 0.0, method=why, checked=False)]
    deals = list(product(*(lever.codes or () for lever in replay.levers)))
    rows = replay.gains(deals, [0.0] * len(start))
    # What a failed table leaves may break a limit, and has payoffs all the same.
    payoffs = {
        deal: tuple(replay.payoffs(deal)) if gains is None else gains for deal, gains in zip(deals, rows, strict=True)
    }
    allowed = {deal: gains is not None for deal, gains in zip(deals, rows, strict=True)}
    worst, open_ = 0.0, False
    for each in claimed:
        try:
            found = _fixed(replay, each, payoffs, allowed, standing, start, weights)
        except _UnclearError:
            open_ = True
            continue
        worst = max(worst, _apart(found, [row(point, replay.document.player_names) for point in each["fixed_points"]]))
    if open_ and worst <= _TIE:
        return [Certificate(words, 0.0, 0.0, method="some table has several best deals", checked=False)]
    return [claim(words, worst, method="all combinations of levels tried")]


def _fixed(
    replay: Replay,
    each: Stored,
    payoffs: Mapping[Codes, Gains],
    allowed: Mapping[Codes, bool],
    standing: Codes,
    start: Gains,
    weights: Gains,
) -> list[Gains]:
    """Return the gains of all fixed points of one partition."""
    answers = [_answers(replay, block, payoffs, allowed, standing, start, weights) for block in each["tables"]]
    without = tuple(u - s for u, s in zip(payoffs[standing], start, strict=True))
    found = [deal for deal in payoffs if all(deal in own for own in answers)]
    gains = [tuple(u - d for u, d in zip(payoffs[deal], without, strict=True)) for deal in found]
    # Where no table agrees, everybody has the disagreement payoffs.
    return [(0.0,) * len(start) if deal == standing else row_ for deal, row_ in zip(found, gains, strict=True)]


def _answers(
    replay: Replay,
    block: Sequence[str],
    payoffs: Mapping[Codes, Gains],
    allowed: Mapping[Codes, bool],
    standing: Codes,
    start: Gains,
    weights: Gains,
) -> set[Codes]:
    """Return all combinations of levels in which a table has answered the others."""
    own = [k for k, lever in enumerate(replay.levers) if lever.issue in block]
    groups: dict[Codes, list[Codes]] = {}
    for deal in payoffs:
        groups.setdefault(tuple(standing[k] if k in own else code for k, code in enumerate(deal)), []).append(deal)
    return {_answer(fallen, deals, payoffs, allowed, start, weights) for fallen, deals in groups.items()}


def _answer(
    fallen: Codes,
    deals: Sequence[Codes],
    payoffs: Mapping[Codes, Gains],
    allowed: Mapping[Codes, bool],
    start: Gains,
    weights: Gains,
) -> Codes:
    """Return the best deal of a table, or what its failure leaves."""
    default = [u - s for u, s in zip(payoffs[fallen], start, strict=True)]
    rows = {deal: [u - d for u, d in zip(payoffs[deal], default, strict=True)] for deal in deals if allowed[deal]}
    size = max([abs(value) for gains in rows.values() for value in gains] + [1e-300])
    rational = {deal: gains for deal, gains in rows.items() if min(gains) >= -_TIE * size}
    if all(max(gains) <= _TIE * size for gains in rational.values()):
        return fallen
    worth = {
        deal: sum(w * log(v / size) for w, v in zip(weights, gains, strict=True)) if min(gains) > _TIE * size else -inf
        for deal, gains in rational.items()
    }
    best = max(worth.values())
    tied = [deal for deal, value in worth.items() if value >= best - _TIE * prod((1.0, len(weights)))]
    if best == -inf or len(tied) > 1:
        raise _UnclearError
    return tied[0]


def _apart(found: Sequence[Gains], stated: Sequence[Gains]) -> float:
    """Return by how much two sets of gains differ, as a fraction of their size."""
    size = max([abs(value) for gains in (*found, *stated) for value in gains] + [1e-300])

    def off(one: Sequence[Gains], other: Sequence[Gains]) -> float:
        return max(
            [min([max(map(abs, _difference(a, b))) for b in other], default=size) / size for a in one], default=0.0
        )

    return max(off(found, stated), off(stated, found))


def _difference(first: Gains, second: Gains) -> list[float]:
    return [a - b for a, b in zip(first, second, strict=True)]
