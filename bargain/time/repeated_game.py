r"""The payoffs that an infinitely repeated game of two players sustains: :math:`V^*(\delta)`.

Players see each other's actions, play pure actions, share the discount factor :math:`\delta` and draw lotteries in
public.  :math:`V^*` is the largest bounded set that generates itself (Abreu, Pearce and Stacchetti 1990); it is found
from outside by the recursion of Abreu and Sannikov (2014), which keeps few points of each profile.  Every step is exact
or rounded outwards, so that each set on the way holds :math:`V^*`; when a set comes back unchanged it is :math:`V^*`.
Where the sets only tend to a limit, a set from which the recursion returns a larger one is looked for beside it: what
generates itself is sustained.  So the answer lies between two proved sets.  Tested against plain enumeration of all
promises in Fractions, against the outer approximation of Judd, Yeltekin and Conklin (2003), and against quantecon.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from time import perf_counter

from flint import fmpq

from bargain.games.normal_form import NormalFormGame
from bargain.results.repeated import Plan, RepeatedPayoffs
from bargain.time.convex_sets import ConvexSet, Point, distance
from bargain.time.generation import Generated, Recursion, Step
from bargain.time.self_generation import CLOSE, KEPT, Sustained, sustained_near
from bargain.time.stage_game import StageGame, as_exact, as_fraction, stage_game

__all__ = ["repeated_payoffs"]

_MOST_STEPS = 20_000


def repeated_payoffs(
    game: NormalFormGame, delta: float | Fraction, time_limit: float | None = None, max_steps: int = _MOST_STEPS
) -> RepeatedPayoffs:
    """Return the payoffs that pure subgame-perfect equilibria of the infinitely repeated game sustain.

    Parameters
    ----------
    game : NormalFormGame
        The stage game, two players.
    delta : float or Fraction
        Common discount factor from one period to the next, between 0 and 1; a float counts as the decimal that it is
        written as.
    time_limit : float, optional
        Seconds; when they are over, the sets known by then are given.
    max_steps : int
        The most steps of the recursion.

    Returns
    -------
    RepeatedPayoffs
        Payoffs are averages per period: (1 - delta) times the discounted sum.

    Raises
    ------
    ValueError
        ``delta`` does not lie between 0 and 1.
    UnsupportedGameError
        There are not two players.

    References
    ----------
    Abreu, Pearce and Stacchetti (1990), "Toward a theory of discounted repeated games with imperfect monitoring"; Judd,
    Yeltekin and Conklin (2003), "Computing supergame equilibria"; Abreu and Sannikov (2014), "An algorithm for
    two-player repeated games with perfect monitoring".

    Examples
    --------
    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> [tuple(map(str, corner)) for corner in repeated_payoffs(dilemma, 0.5).corners]
    [('1', '1'), ('13/3', '1'), ('3', '3'), ('1', '13/3')]
    >>> [tuple(map(str, corner)) for corner in repeated_payoffs(dilemma, 0.24).corners]
    [('1', '1')]
    """
    stage = stage_game(game)
    recursion = Recursion(stage, as_exact(_factor(delta)))
    until = None if time_limit is None else perf_counter() + time_limit
    states = [recursion.start()]
    best: Sustained | None = None
    reason = f"stopped after {max_steps} steps"
    for count in range(1, max_steps + 1):
        step = recursion.step(states[-1])
        if step is None:
            return _answer(recursion, None, None, count, "")
        settled = step.set.corners == states[-1].set.corners and step.worst == states[-1].worst
        if settled and not step.rounded:
            return _answer(recursion, step, Sustained(step.set, step.sources), count, "")
        states = [*states[1 - KEPT :], step]
        late = until is not None and perf_counter() > until
        if settled or late or count == max_steps or _worth_a_look(count):
            best = sustained_near(recursion, states, best, until)
            if best is not None and distance(best.set, step.set) <= CLOSE:
                return _answer(recursion, step, best, count, "the sets tend to a limit that is not reached in a step")
        if settled or late:
            reason = (
                "the sets came to rest on the grid of rounding" if settled else f"stopped after {time_limit:g} seconds"
            )
            break
    return _answer(recursion, states[-1], best, count, reason)


def _factor(delta: float | Fraction) -> Fraction:
    """Return a discount factor as the decimal that was written, so that 0.6 is three fifths."""
    if not isinstance(delta, float) or math.isfinite(delta):
        value = Fraction(repr(float(delta))) if isinstance(delta, float) else Fraction(delta)
        if 0 < value < 1:
            return value
    raise ValueError(f"delta: {delta} is not a discount factor; it must be more than 0 and less than 1")


def _worth_a_look(count: int) -> bool:
    """Whether a sustained set is looked for after so many steps: more and more seldom."""
    return count >= 4 and count % (1 << max(count.bit_length() - 3, 0)) == 0


def _answer(
    recursion: Recursion, outer: Step | None, inner: Sustained | None, steps: int, reason: str
) -> RepeatedPayoffs:
    """Return the result in the units of the game."""
    stage = recursion.stage
    bounds = () if outer is None else _payoffs(stage, outer.set.corners)
    corners = () if inner is None else _payoffs(stage, inner.set.corners)
    gap = 0.0 if outer is None else math.inf if inner is None else distance(inner.set, outer.set)
    return RepeatedPayoffs(
        game=stage.game,
        delta=as_fraction(recursion.delta),
        corners=corners,
        plans=() if inner is None else tuple(_plan(recursion, inner.set, each) for each in inner.sources),
        bounds=bounds,
        gap=gap,
        exact=gap == 0,
        steps=steps,
        reason=reason if corners or bounds else "no equilibrium in pure actions",
    )


def _payoffs(stage: StageGame, points: Sequence[Point]) -> tuple[tuple[Fraction, Fraction], ...]:
    first, second = stage.scales
    return tuple((first.payoff(x), second.payoff(y)) for x, y in points)


def _plan(recursion: Recursion, inner: ConvexSet, source: Generated) -> Plan:
    """Return what is played at a corner and which corners are drawn tomorrow."""
    stage, delta = recursion.stage, recursion.delta
    pays, best = stage.exact(source.place)
    spans = [scale.span for scale in stage.scales]
    slack = [delta * (source.promise[i] - inner.lowest[i]) - (1 - delta) * (best[i] - pays[i]) for i in (0, 1)]
    promised = _payoffs(stage, [source.promise])[0]
    return Plan(
        actions=stage.profile(source.place),
        promise=_lottery(inner, source.promise),
        promised=promised,
        temptation=(spans[0] * as_fraction(best[0] - pays[0]), spans[1] * as_fraction(best[1] - pays[1])),
        slack=(spans[0] * as_fraction(slack[0]), spans[1] * as_fraction(slack[1])),
    )


def _lottery(inner: ConvexSet, point: Point) -> tuple[tuple[int, Fraction], ...]:
    """Return at most four corners and the chances that make them worth ``point`` on average."""
    ends = inner.cut(0, point[0])
    assert ends is not None
    low, high = ends
    height = high.point[1] - low.point[1]
    share = (point[1] - low.point[1]) / height if height else fmpq(0)
    chances: dict[int, fmpq] = {}
    for end, weight in ((low, 1 - share), (high, share)):
        a, b = end.edge
        first, second = inner.corners[a], inner.corners[b]
        axis = 0 if first[0] != second[0] else 1
        along = (end.point[axis] - first[axis]) / (second[axis] - first[axis]) if a != b else fmpq(0)
        for corner, part in ((a, 1 - along), (b, along)):
            chances[corner] = chances.get(corner, fmpq(0)) + weight * part
    return tuple((corner, as_fraction(chance)) for corner, chance in sorted(chances.items()) if chance > 0)
