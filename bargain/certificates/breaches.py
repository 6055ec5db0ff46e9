"""What breaking a deal gains, recomputed lever by lever in plain Python.

Own levers with few combinations of levels are all tried; levers on intervals are bounded by branch and bound
(:func:`bargain.certificates.deviations.highest_payoff`).  Incentives are streams of payoffs that are added up.  It
shares nothing with the solver.  Tested by stored results that pass and by changed ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import inf, prod

from bargain.certificates.claims import TOLERANCE
from bargain.certificates.deviations import highest_payoff
from bargain.certificates.replay import Codes, Replay
from bargain.scenario.document import Document, Enforcement

__all__ = ["FEW_CHOICES", "Breaches", "Draws", "stream_surplus"]

FEW_CHOICES = 20_000
"""Combinations of own levels that are all tried."""

_STEPS = 24
"""Parts of a range at whose ends a breach is tried."""

Draws = tuple[tuple[Codes, float], ...]


@dataclass(eq=False)
class Breaches:
    """Breaches of deals in one scenario, and what follows them.

    ``draws`` are the levels to which levers go, with probabilities; ``moving`` those that move; ``payoffs`` what the
    players get when all levers have moved, None where that depends on the deal.
    """

    replay: Replay
    draws: Draws
    moving: frozenset[int]
    payoffs: Sequence[float] | None
    grid: bool
    _known: dict[Codes, tuple[float, ...]] = field(default_factory=dict)

    @property
    def options(self) -> Enforcement:
        """What the scenario says about enforcement."""
        return self.replay.document.enforcement or Enforcement()

    def at(self, deal: Codes) -> tuple[float, ...]:
        """Return the payoffs of a deal, each computed once."""
        if deal not in self._known:
            self._known[deal] = self.replay.payoffs(deal)
        return self._known[deal]

    def own(self, player: str, issue: str | None = None) -> tuple[int, ...]:
        """Return the levers that a player can break, on one issue or all."""
        said = dict(self.options.breach)
        return tuple(
            place
            for place, lever in enumerate(self.replay.levers)
            if (lever.set_by or said.get(lever.name)) == player and issue in (None, lever.issue)
        )

    def highest(self, player: int, levers: Collection[int], deal: Codes, stated: float) -> tuple[float, float, bool]:
        """Return the most found by moving some levers, what nothing exceeds, and whether that is proved.

        ``stated`` is the claim: where it is proved or refuted on intervals, work stops.  Without a claim (infinite) a
        search lever by lever only finds breaches.
        """
        stays = self.at(deal)[player]
        laid = {place: self.replay.laid(place, deal[place], self.grid) for place in levers}
        if all(codes is not None for codes in laid.values()):
            count = prod(len(codes or ()) for codes in laid.values())
            if count > FEW_CHOICES:
                return stays, stated, False
            most = max(
                (self.at(self.moved(deal, levers, choice))[player] for choice in self._choices(laid)), default=stays
            )
            return max(most, stays), max(most, stays), True
        if stated == inf:
            return self._climbed(player, levers, deal), inf, False
        name = self.replay.document.player_names[player]
        document = _set_by(self.replay.document, levers, name)
        low, high, size, _ = highest_payoff(document, name, deal, stays, max(0.0, stated - stays))
        return max(low, stays), max(high, stays), high <= stated + 2 * TOLERANCE * max(size, abs(stated))

    def _climbed(self, player: int, levers: Collection[int], deal: Codes) -> float:
        """Return the most that is found by moving one lever after the other, twice."""
        best = deal
        for place in [*levers] * 2:
            lever, laid = self.replay.levers[place], self.replay.laid(place, deal[place], self.grid)
            width = (lever.upper - lever.lower) / _STEPS
            tried = laid or tuple(lever.lower + width * step for step in range(_STEPS + 1))
            rows = [best, *(self.moved(best, [place], [code]) for code in tried)]
            best = max(rows, key=lambda codes: self.at(codes)[player])
        return self.at(best)[player]

    @staticmethod
    def _choices(laid: Mapping[int, Codes | None]) -> list[Codes]:
        return list(product(*(codes or () for codes in laid.values())))

    @staticmethod
    def moved(deal: Codes, levers: Collection[int], choice: Sequence[float]) -> Codes:
        """Return a deal with some levers moved to these codes."""
        codes = list(deal)
        for place, code in zip(levers, choice, strict=True):
            codes[place] = code
        return tuple(codes)

    def after(self, player: int, issue: str | None, deal: Codes) -> float | None:
        """Return what a player gets once a breach is answered; None when it is not known from levels."""
        if issue is None and self.payoffs is not None:
            return self.payoffs[player]
        if not self.draws:
            return None
        moving = [k for k in self.moving if issue in (None, self.replay.levers[k].issue)]
        total = 0.0
        for codes, chance in self.draws:
            total += chance * self.at(self.moved(deal, moving, [codes[k] for k in moving]))[player]
        return total

    def steps(self, player: int, issue: str | None) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
        """Return the levers whose breach is seen m periods later or not before, for each m, and those never seen."""
        name, lags = self.replay.document.player_names[player], dict(self.options.lag)
        mine = self.own(name, issue)
        never = tuple(k for k in mine if self.replay.levers[k].issue in self.options.unobserved)
        seen = {k: lags.get(self.replay.levers[k].issue, 0) for k in mine if k not in never}
        last = max(seen.values(), default=0)
        sets = [tuple(k for k in mine if k in never or seen.get(k, -1) >= least) for least in range(last + 1)]
        return sets, never


def stream_surplus(payoff: float, breaches: Sequence[float], after: float, unseen: float | None, delta: float) -> float:
    """Return by how much the deal is worth more than a breach, at least, over the periods in which that is first seen.

    Examples
    --------
    >>> stream_surplus(3.0, [5.0], 1.0, None, 0.5)
    0.0
    """
    worst = inf
    if unseen is not None and unseen > payoff:
        worst = payoff - unseen
    for horizon in range(len(breaches)):
        stream = sum(delta**k * max(breaches[horizon - k], payoff) for k in range(horizon + 1))
        worst = min(worst, payoff - (1 - delta) * stream - delta ** (horizon + 1) * after)
    return worst


def _set_by(document: Document, levers: Collection[int], player: str) -> Document:
    """Return the document in which a player sets these levers and nobody any other."""
    places = {document.levers[place].name for place in levers}
    issues = tuple(
        replace(
            issue,
            levers=tuple(replace(lever, set_by=player if lever.name in places else None) for lever in issue.levers),
        )
        for issue in document.issues
    )
    return replace(document, issues=issues)
