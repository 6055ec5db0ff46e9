"""Fixed points of a round of talks: along a concave frontier, among listed deals, and in general.

For two players who propose in turn, what B gets when A proposes is an increasing function of itself, once around; on a
polygonal frontier it is piecewise linear, so that Newton's method ends at the exact point.  Listed deals are all tried
at once.  In general the value of a round is iterated and polished by Newton's method with differences, and every fixed
point that is handed back is played once more.  Tested against each other and against long deadlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from bargain.games.alternating_offers import Number
from bargain.results import Status
from bargain.results.timing import Offer, StationaryOffers
from bargain.time.listed import ListedProposals
from bargain.time.mixed import ChainProposals
from bargain.time.proposals import Proposing

__all__ = ["listed_pairs", "meeting_point", "settled"]

_FEW = 2000
"""Up to this many efficient deals are all tried one by one."""

_ROWS = 2
"""What rounding may move a deal by in the list."""

_STEPS = 300
_SWEEPS = 60
_CLOSE = 1e-9
_NEAR = 1e-13


def meeting_point(talks: Proposing) -> StationaryOffers | None:
    """Return the equilibrium of two players in which both propose deals, or None when there is none on the way.

    Parameters
    ----------
    talks : Proposing
        Lotteries or continuous levers; the players propose in turn.
    """
    around = _Around(talks)
    ends = around.ends()
    if ends is None:
        return None
    low, high = ends
    first, last = around(low), around(high)
    if first is None or last is None:
        return None
    if first <= low:
        # Even A's favourite deal gives B more than a refusal is worth to it.
        floor: Number | None = first
    elif last > high:
        return None
    elif isinstance(talks.ways, ChainProposals):
        floor = _newton(around, low, high)
    else:
        floor = _bisected(around, float(low), float(high))
    return None if floor is None else _played(talks, floor)


class _Around:
    """What a refusal is worth to B, as a function of the floor that A meets now: A proposes, B proposes, A again."""

    def __init__(self, talks: Proposing) -> None:
        self.talks, self.game, self.ways = talks, talks.game, talks.ways

    def ends(self) -> tuple[Number, Number] | None:
        """Return what B gets at A's favourite deal and at its own."""
        free = self.game.waiting
        mine, yours = self.ways.best(0, free), self.ways.best(1, free)
        return None if mine is None or yours is None else (mine[0][1], yours[0][1])

    def floor(self, player: int, value: Number) -> Number:
        """Return what a refusal is worth to a player for whom the next round is worth ``value``."""
        stay = self.game.refusal([value] * 2)[player]
        option = self.game.outside[player]
        return stay if option is None or option <= stay else option

    def __call__(self, floor: Number) -> Number | None:
        mine = self.ways.best(0, (floor, floor))
        if mine is None:
            return None
        least = self.floor(0, mine[0][0])
        yours = self.ways.best(1, (least, least))
        return None if yours is None else self.floor(1, yours[0][1])

    def slope(self, floor: Number) -> Number:
        """Return the slope to the right of a floor, on a polygonal frontier."""
        assert isinstance(self.ways, ChainProposals)
        mine = self.ways.best(0, (floor, floor))
        assert mine is not None
        least = self.floor(0, mine[0][0])
        yours = self.ways.best(1, (least, least))
        assert yours is not None
        rises = [
            self._rise(0, mine[0][0]),
            self._rise(1, yours[0][1]),
            self.ways.slope(0, floor),
            self.ways.slope(1, least),
        ]
        total: Any = 1
        for rise in rises:
            total = total * rise
        found: Number = total
        return found

    def _rise(self, player: int, value: Number) -> Number:
        option, stay = self.game.outside[player], self.game.refusal([value] * 2)[player]
        if option is not None and option > stay:
            return 0 * stay
        found: Number = self.game.discount[player] * (1 - self.game.breakdown)
        return found


def _newton(around: _Around, low: Number, high: Number) -> Number | None:
    """Return the fixed point between two floors; exact where the numbers are."""
    exact = around.game.exact
    close: Any = 0 if exact else _NEAR * around.ways.spans[1]
    floor = low
    for _ in range(_STEPS):
        value = around(floor)
        if value is None:
            return None
        if abs(value - floor) <= close:
            return value
        if value > floor:
            low = floor
        else:
            high = floor
        slope = around.slope(floor)
        guess = floor + (value - floor) / (1 - slope) if slope < 1 else high
        if not low < guess < high:
            guess = (low + high) / 2
            if exact and low < (rounder := Fraction(float(guess)).limit_denominator(10**9)) < high:
                guess = rounder
            if not exact and not low < guess < high:
                return value
        floor = guess
    return None


def _bisected(around: _Around, low: float, high: float) -> float | None:
    """Return the fixed point between two floors by Brent's method."""

    def excess(floor: float) -> float:
        value = around(floor)
        # Beyond what can be agreed the floor is too high.
        return high - low if value is None else float(value) - floor

    if excess(high) == 0:
        return high
    found = brentq(excess, low, high, xtol=1e-12 * max(around.ways.spans[1], 1e-300), rtol=1e-14, maxiter=100)
    value = around(float(found))
    return None if value is None else float(value)


def _played(talks: Proposing, floor: Number) -> StationaryOffers | None:
    """Return the equilibrium with a floor for B, after playing it once more; None when somebody would rather wait."""
    mine = talks.ways.best(0, (floor, floor))
    assert mine is not None
    yours = talks.offer(1, mine[0])
    again = talks.offer(0, yours.payoffs)
    close: Any = 0.0 if talks.game.exact else _CLOSE
    gaps = [abs(a - b) <= close * span for a, b, span in zip(again.payoffs, mine[0], talks.ways.spans, strict=True)]
    return StationaryOffers((again, yours)) if all(gaps) and again.agreed and yours.agreed else None


def listed_pairs(talks: Proposing, ways: ListedProposals) -> tuple[StationaryOffers, ...]:
    """Return all stationary equilibria in pure strategies of two players who propose in turn, over listed deals.

    A deal is proposed in every second round at least, or nobody ever agrees: each deal is tried as what A proposes, as
    what B proposes while A waits, and last that both wait.
    """
    found = []
    for row in _candidates(talks, ways):
        start = ways.payoffs(row)
        yours = talks.offer(1, start)
        again = talks.offer(0, yours.payoffs)
        if again.agreed and again.deal == row:
            found.append(StationaryOffers((again, yours)))
    for row in _waiting_candidates(talks, ways):
        waits = talks.offer(0, ways.payoffs(row))
        if not waits.agreed:
            again = talks.offer(1, waits.payoffs)
            if again.agreed and again.deal == row:
                found.append(StationaryOffers((waits, again)))
    return (*found, *_nobody_agrees(talks))


def _candidates(talks: Proposing, ways: ListedProposals) -> Sequence[int]:
    """Return the rows that may come back to themselves once around: all of them, unless they are very many."""
    if len(ways) <= _FEW:
        return range(len(ways))
    mine, yours = _Refusals(talks, ways, 0), _Refusals(talks, ways, 1)
    rows = ways.cuts(1, mine.floor(ways.gains[:, 0]))
    again = ways.cuts(0, yours.floor(ways.gains[rows.clip(0, len(ways) - 1), 1]))
    # Where B waits for A's next offer, A meets its own offer again, two rounds later.
    waited = ways.cuts(0, yours.floor(yours.stay(ways.gains[:, 1])))
    return _near(again, waited, left=ways.cuts(0, yours.floor(yours.left)))


def _waiting_candidates(talks: Proposing, ways: ListedProposals) -> Sequence[int]:
    """Return the rows that B may propose while A waits, or while B leaves when A proposes."""
    if len(ways) <= _FEW:
        return range(len(ways))
    mine = _Refusals(talks, ways, 0)
    again = ways.cuts(1, mine.floor(mine.stay(ways.gains[:, 0])))
    return _near(again, left=ways.cuts(1, mine.floor(mine.left)))


def _near(*maps: NDArray[np.intp], left: NDArray[np.intp]) -> Sequence[int]:
    """Return the rows that a map sends near themselves, and those near where the talks go on after somebody left."""
    rows = np.arange(len(maps[0]))
    near = np.abs(rows - left) <= _ROWS
    for each in maps:
        near |= np.abs(each - rows) <= _ROWS
    found: list[int] = np.flatnonzero(near).tolist()
    return found


class _Refusals:
    """What refusals are worth to a player, counted from its least payoff so that large payoffs cost no digits."""

    def __init__(self, talks: Proposing, ways: ListedProposals, player: int) -> None:
        game, base = talks.game, Fraction(ways.units.base[player])

        def counted(value: Any) -> float:
            return float(Fraction(value) - base)

        self.factor, self.risk = float(game.discount[player]), float(game.breakdown)
        self.meanwhile, self.broken = counted(game.meanwhile[player]), counted(game.disagreement[player])
        option = game.outside[player]
        self.option = -np.inf if option is None else counted(option)
        self.left = np.array([self.broken if option is None else self.option])

    def stay(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what waiting is worth, for many values of the next round."""
        onward = (1 - self.risk) * values + self.risk * self.broken
        return (1 - self.factor) * self.meanwhile + self.factor * onward

    def floor(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the player must be offered."""
        return np.maximum(self.stay(values), self.option)


def _nobody_agrees(talks: Proposing) -> tuple[StationaryOffers, ...]:
    """Return the equilibria in which neither ever proposes a deal: both wait for ever, or somebody leaves."""
    game = talks.game
    pairs = zip(game.outside, game.disagreement, strict=True)
    left = tuple(d if o is None else o for o, d in pairs)
    found: list[StationaryOffers] = []
    for start in (game.waiting, left):
        # What A's round is worth; where somebody leaves, it is that of leaving from then on.
        values = game.no_deal(game.no_deal(start, 1).payoffs, 0).payoffs
        yours = talks.offer(1, values)
        mine = talks.offer(0, yours.payoffs)
        still = not mine.agreed and not yours.agreed and _same(mine.payoffs, values, talks)
        if still and not any(_same(mine.payoffs, each.offers[0].payoffs, talks) for each in found):
            found.append(StationaryOffers((mine, yours)))
    return tuple(found)


def _same(one: Sequence[Number], other: Sequence[Number], talks: Proposing) -> bool:
    close: Any = 0.0 if talks.game.exact else _CLOSE
    return all(abs(a - b) <= close * (span or 1.0) for a, b, span in zip(one, other, talks.ways.spans, strict=True))


def settled(talks: Proposing) -> tuple[StationaryOffers, ...]:
    """Return the stationary equilibria that the value of a round settles at, from several starts.

    Any number of players, any protocol and any feasible set; there may be others.
    """
    found: list[StationaryOffers] = []
    for start in _starts(talks):
        values = _iterated(talks, start)
        if values is None:
            continue
        offers = _cycle(talks, values)
        again = _value(talks, offers)
        if _same(again, values, talks) and not any(
            all(_same(a.payoffs, b.payoffs, talks) for a, b in zip(offers, each.offers, strict=True)) for each in found
        ):
            found.append(StationaryOffers(offers))
    return tuple(found)


def _starts(talks: Proposing) -> list[Sequence[Number]]:
    waiting = talks.game.waiting
    starts: list[Sequence[Number]] = [waiting]
    if talks.ways.status is not Status.PROVED:
        # A round on continuous levers is a search, so that one start has to do.
        return starts
    for player in range(talks.game.num_players):
        best = talks.ways.best(player, waiting)
        starts += [] if best is None else [best[0]]
    return starts


def _cycle(talks: Proposing, values: Sequence[Number]) -> tuple[Offer, ...]:
    """Return every player's offer, in the players' order, when the round after theirs has these values.

    When the players propose in turn, the values are those of the round in which the first player proposes.
    """
    game = talks.game
    if game.protocol == "random":
        return tuple(talks.offer(player, values) for player in range(game.num_players))
    offers: list[Offer] = []
    for player in reversed(range(game.num_players)):
        offers.append(talks.offer(player, values))
        values = offers[-1].payoffs
    return tuple(reversed(offers))


def _value(talks: Proposing, offers: Sequence[Offer]) -> tuple[Number, ...]:
    return talks.expected(offers) if talks.game.protocol == "random" else offers[0].payoffs


def _iterated(talks: Proposing, start: Sequence[Number]) -> Sequence[Number] | None:
    """Return values at which the round stands still, or None when it does not settle."""
    listed = isinstance(talks.ways, ListedProposals)
    values = start
    for sweep in range(_SWEEPS):
        following = _value(talks, _cycle(talks, values))
        if _same(following, values, talks) and (listed or _still(following, values, talks)):
            return following
        if not listed and sweep % 2 == 1:
            jumped = _jump(talks, following)
            following = following if jumped is None else jumped
        values = following
    return None


def _still(one: Sequence[Number], other: Sequence[Number], talks: Proposing) -> bool:
    # What is left to go is larger than a step by 1 / (1 - discount).
    close = 1e-10 * min(1 - float(factor) for factor in talks.game.discount)
    pairs = zip(one, other, talks.ways.spans, strict=True)
    return all(abs(float(a) - float(b)) <= max(close, 1e-14) * (span or 1.0) for a, b, span in pairs)


def _jump(talks: Proposing, values: Sequence[Number]) -> tuple[Number, ...] | None:
    """Return where Newton's method with differences goes, when that is nearer to standing still."""
    here = np.array([float(value) for value in values])
    spans = np.array([span or 1.0 for span in talks.ways.spans])

    def moved(point: NDArray[np.float64]) -> NDArray[np.float64]:
        found = _value(talks, _cycle(talks, tuple(point.tolist())))
        return np.array([float(value) for value in found]) - point

    base = moved(here)
    columns = []
    for i in range(len(here)):
        step = np.zeros(len(here))
        step[i] = 1e-6 * spans[i]
        columns.append((moved(here + step) - base) / step[i])
    try:
        target = here - np.linalg.solve(np.array(columns).T, base)
    except np.linalg.LinAlgError:
        return None
    after = moved(target) if np.isfinite(target).all() else np.array([np.inf])
    better = bool(np.abs(after / spans).max() < np.abs(base / spans).max())
    return tuple(target.tolist()) if better else None
