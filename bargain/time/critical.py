r"""The least discount factor at which nobody breaks a deal: exact, by polynomials with one sign change.

A player gets :math:`u` a period from the deal and :math:`p` a period once a breach is answered.  Let :math:`D_m` be the
most that it gets in a period by breaking only issues whose breach is seen :math:`m` periods later or not before, so
that :math:`D_0 \ge D_1 \ge \dots \ge u`.  A breach that is first seen in period :math:`l` is worth at most
:math:`(1-\delta) \sum_{k=0}^{l} \delta^k D_{l-k} + \delta^{l+1} p`, so that the deal holds when for every :math:`l`

.. math:: F_l(\delta) = (u - D_l) - \sum_{k=1}^{l} \delta^k (D_{l-k} - D_{l-k+1}) + \delta^{l+1} (D_0 - p) \ge 0 .

All coefficients but the last are at most zero.  By Descartes' rule of signs :math:`F_l` has at most one positive root,
below which it is negative: the deal holds at every factor from some critical one on, whatever the lags.  Without lags
this is the textbook's :math:`(D - u)/(D - p)` (Friedman 1971).  A breach that is never seen must not pay at all.
Tested against sums over explicit streams of payoffs, and by the pooling law of Bernheim and Whinston (1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

__all__ = ["Number", "critical_factor", "exact_factor", "incentive", "incentive_polynomial", "settled"]

Number = int | float | Fraction

SLACK = Fraction(1, 10**12)
"""Payoffs given as floats that differ by less than this share of the size of all four are taken as equal."""


def exact_factor(delta: Number) -> Fraction:
    """Return a discount factor as the decimal that was written, so that 0.6 is three fifths.

    Raises
    ------
    ValueError
        The factor does not lie between 0 and 1.

    Examples
    --------
    >>> exact_factor(0.6)
    Fraction(3, 5)
    """
    value = Fraction(repr(float(delta))) if isinstance(delta, float) and math.isfinite(delta) else None
    value = Fraction(delta) if value is None and not isinstance(delta, float) else value
    if value is None or not 0 < value < 1:
        raise ValueError(f"delta: {delta} is not a discount factor; it must be more than 0 and less than 1")
    return value


def settled(
    payoff: Number, breaches: Sequence[Number], punishment: Number
) -> tuple[Fraction, list[Fraction], Fraction]:
    """Return the numbers as Fractions; floats that differ from the payoff by rounding are made equal to it.

    Integers and Fractions are kept as they are.
    """
    given = [payoff, *breaches, punishment]
    exact = [Fraction(value) for value in given]
    if any(isinstance(value, float) for value in given):
        near = SLACK * max(map(abs, exact))
        exact = [exact[0] if abs(value - exact[0]) <= near else value for value in exact]
    # Leaving things as agreed is a choice as well.
    return exact[0], [max(value, exact[0]) for value in exact[1:-1]], exact[-1]


def incentive_polynomial(payoff: Fraction, breaches: Sequence[Fraction], punishment: Fraction) -> list[Fraction]:
    r"""Return the coefficients of :math:`F_l`, lowest power first; ``breaches`` are :math:`D_0, \dots, D_l`.

    Examples
    --------
    The prisoners' dilemma of Axelrod: 3 for cooperating, 5 for defecting, 1 for ever after.

    >>> incentive_polynomial(Fraction(3), [Fraction(5)], Fraction(1))
    [Fraction(-2, 1), Fraction(4, 1)]
    """
    last = len(breaches) - 1
    steps = [breaches[last - k + 1] - breaches[last - k] for k in range(1, last + 1)]
    return [payoff - breaches[last], *steps, breaches[0] - punishment]


def incentive(coefficients: Sequence[Fraction], delta: Fraction) -> Fraction:
    """Return the value of a polynomial: what a player loses by the breach, as a payoff a period."""
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * delta + coefficient
    return total


def critical_factor(
    payoff: Number, breaches: Sequence[Number], punishment: Number, unseen: Number | None = None
) -> tuple[Fraction | float | None, int]:
    """Return the least discount factor at which a player keeps a deal, and the horizon of the breach that tempts most.

    Parameters
    ----------
    payoff : number
        What the deal gives a period.
    breaches : sequence of numbers
        The most a period by breaking issues that are seen m = 0, 1, ... periods later or not before; without lags one
        number.
    punishment : number
        What the player gets a period once the breach is answered.
    unseen : number, optional
        The most by breaking issues whose breach nobody sees.

    Returns
    -------
    (Fraction, float or None, int)
        None: no factor below 1 works.  A Fraction is exact; a float is the least float that works, where the root is
        not a simple ratio.

    Examples
    --------
    >>> critical_factor(3, [5], 1)
    (Fraction(1, 2), 0)

    A breach that is seen a period late pays twice, so that patience must be the square root:

    >>> critical_factor(3, [5, 5], 1)
    (0.7071067811865476, 1)
    >>> critical_factor(3, [5], 3)
    (None, 0)
    """
    u, exact, p = settled(payoff, [*breaches, payoff if unseen is None else unseen], punishment)
    *seen, never = exact
    seen = [max(value, never) for value in seen] or [never]
    if never > u:
        return None, len(seen)
    worst: tuple[Fraction | float, int] = Fraction(0), 0
    for horizon in range(len(seen)):
        found = _root(incentive_polynomial(u, seen[: horizon + 1], p))
        if found is None:
            return None, horizon
        if found > worst[0]:
            worst = found, horizon
    return worst


def _root(coefficients: Sequence[Fraction]) -> Fraction | float | None:
    """Return the least factor at which a polynomial with one sign change is not negative."""
    if all(value >= 0 for value in coefficients):
        return Fraction(0)
    if sum(coefficients) <= 0:
        return None
    if len(coefficients) == 2:
        return -coefficients[0] / coefficients[1]
    low, high = 0.0, 1.0
    while math.nextafter(low, 1.0) < high:
        middle_point = (low + high) / 2
        if incentive(coefficients, Fraction(middle_point)) >= 0:
            high = middle_point
        else:
            low = middle_point
    simple = Fraction(high).limit_denominator(10**6)
    if incentive(coefficients, simple) == 0 and simple < 1:
        return simple
    return high if high < 1 else None
