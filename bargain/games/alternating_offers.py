r"""Talks in which the players make offers in turn, with a clock: who proposes when, and what waiting is worth.

In round t = 0, 1, ... a proposer names a deal and all others accept or refuse (unanimity).  A deal in round t is worth
:math:`(1-\delta_i^t) m_i + \delta_i^t u_i` to player i: *m* is what it gets while talks last (inside option), *u* the
payoff of the deal, both per year.  After a refusal a responder may leave for its *outside option* o; otherwise talks
break down with a given chance, and the disagreement payoff d stands for ever, or the next round comes.  After the last
round the default payoff e stands.  Sources: Rubinstein (1982), Stahl (1972), Binmore, Rubinstein and Wolinsky (1986),
Binmore, Shaked and Sutton (1989).  The object knows these definitions; :mod:`bargain.time` solves them.  Tested through
the solvers, and by the recursion played out round by round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite, log
from numbers import Rational
from typing import Any

import numpy as np

from bargain.games.bargaining import BargainingProblem

__all__ = ["PROTOCOLS", "AlternatingOffers", "NoDeal", "Number"]

Number = float | Fraction

PROTOCOLS = ("alternating", "random")
"""Who proposes: the players in turn, or one drawn each round with the players' powers."""

_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class NoDeal:
    """What everybody gets when a round ends without a deal; ``leaver`` is the player who then walks away, or None."""

    payoffs: tuple[Number, ...]
    leaver: int | None = None


@dataclass(frozen=True, eq=False)
class AlternatingOffers:
    """A bargaining problem with a clock, for n players.

    Parameters
    ----------
    problem : BargainingProblem
        What can be agreed, the payoffs d when talks break down, and the powers for the random protocol.
    discount : number or sequence of n numbers
        What a payoff one round later is worth now, between 0 and 1.
    first : int
        Who proposes in round 0.
    protocol : {"alternating", "random"}
        The players propose in turn, or one is drawn each round with the problem's weights.
    meanwhile : sequence of n numbers, optional
        Payoffs m while talks last; the default is d.
    breakdown : number
        The chance that talks break down after a refusal, at least 0 and less than 1.
    default : sequence of n numbers, optional
        Payoffs e when time has run out; the default is d.
    outside : sequence of n numbers or None, optional
        Payoffs o of leaving for ever; None for who cannot leave.  When somebody leaves, who has none gets d.
    rounds : int, optional
        The number of rounds until time runs out; None without a deadline.
    last_wait : number
        The wait from the last round to the deadline, in rounds.
    round_days : float, optional
        Days from one round to the next, where the clock is kept in days.

    Raises
    ------
    ValueError
        A number is missing, not finite or out of its range; the message says which.

    Examples
    --------
    Two players divide a dollar and propose in turn.

    >>> dollar = BargainingProblem.from_points([(1, 0), (0, 1)], (0, 0), lotteries=True)
    >>> talks = AlternatingOffers(dollar, discount=(Fraction(9, 10), Fraction(8, 10)))
    >>> talks.exact, [talks.proposer(round) for round in range(3)]
    (True, [0, 1, 0])
    >>> [str(value) for value in talks.no_deal((Fraction(1, 2), Fraction(1, 2)), proposer=0).payoffs]
    ['9/20', '2/5']
    """

    problem: BargainingProblem
    discount: tuple[Any, ...]
    first: int = 0
    protocol: str = "alternating"
    meanwhile: tuple[Any, ...] = ()
    breakdown: Any = 0
    default: tuple[Any, ...] = ()
    outside: tuple[Any, ...] = ()
    rounds: int | None = None
    last_wait: Any = 1
    round_days: float | None = None

    def __post_init__(self) -> None:
        count = self.problem.num_players
        given: Any = self.discount
        if not isinstance(given, Sequence) and np.ndim(given) == 0:
            given = (given,) * count
        fields = {"discount": given, "meanwhile": self.meanwhile, "default": self.default, "outside": self.outside}
        rows = {name: tuple(() if row is None else row) for name, row in fields.items()}
        for name, row in rows.items():
            if (row or name == "discount") and len(row) != count:
                raise ValueError(f"{name}: {count} numbers are needed, got {len(row)}")
            if not all(value is None or isfinite(value) for value in row):
                raise ValueError(f"{name}: a number is not finite")
            if name != "outside" and any(value is None for value in row):
                raise ValueError(f"{name}: a number for every player is needed")
        self._check(rows["discount"])
        exact = self._is_exact(rows)
        default = self.problem.exact_disagreement if exact else self.problem.disagreement
        assert default is not None
        plain = {name: tuple(None if v is None else _number(v, exact) for v in row) for name, row in rows.items()}
        for name, row in plain.items():
            standing = (None,) * count if name == "outside" else default
            object.__setattr__(self, name, row or standing)
        for name in ("breakdown", "last_wait"):
            object.__setattr__(self, name, _number(getattr(self, name), exact))

    def _check(self, discount: Sequence[Any]) -> None:
        if not all(0 < value < 1 for value in discount):
            shown = ", ".join(f"{float(value):.10g}" for value in discount)
            raise ValueError(f"discount: a discount factor is more than 0 and less than 1, got {shown}")
        if self.protocol not in PROTOCOLS:
            raise ValueError(f"protocol: {self.protocol!r} is unknown; known are {', '.join(PROTOCOLS)}")
        for name, value in (("first", self.first), ("rounds", self.rounds)):
            if value is not None and not isinstance(value, int | np.integer):
                raise ValueError(f"{name}: a whole number is needed, got {value!r}")
        if not 0 <= self.first < self.problem.num_players:
            raise ValueError(f"first: players are numbered 0 to {self.problem.num_players - 1}, got {self.first}")
        if not 0 <= self.breakdown < 1:
            raise ValueError(f"breakdown: a chance of at least 0 and less than 1 is needed, got {self.breakdown}")
        if self.rounds is not None and not 1 <= self.rounds <= _LONGEST:
            raise ValueError(f"rounds: 1 to {_LONGEST} rounds are possible, got {self.rounds}")
        if not (isfinite(self.last_wait) and self.last_wait > 0):
            raise ValueError(f"last_wait: a positive number of rounds is needed, got {self.last_wait}")
        if self.round_days is not None and not (isfinite(self.round_days) and self.round_days > 0):
            raise ValueError(f"round_days: a positive number of days is needed, got {self.round_days}")

    def _is_exact(self, rows: dict[str, tuple[Any, ...]]) -> bool:
        numbers = [value for row in rows.values() for value in row if value is not None]
        whole_wait = _is_rational(self.last_wait) and Fraction(self.last_wait).denominator == 1
        powers = self.protocol == "alternating" or self.problem.exact_weights() is not None
        rational = all(map(_is_rational, (*numbers, self.breakdown)))
        return self.problem.exact and rational and whole_wait and powers

    @property
    def exact(self) -> bool:
        """Whether every number was given as an integer or a Fraction, so that answers are exact."""
        return isinstance(self.discount[0], Fraction)

    def rounded(self) -> AlternatingOffers:
        """Return the same talks with floats, for methods that are not exact."""
        return replace(self, discount=tuple(map(float, self.discount)))

    @property
    def num_players(self) -> int:
        """The number of players n."""
        return self.problem.num_players

    @property
    def disagreement(self) -> tuple[Number, ...]:
        """Payoffs when talks break down."""
        exact = self.problem.exact_disagreement
        return exact if self.exact and exact is not None else self.problem.disagreement

    @property
    def powers(self) -> tuple[Number, ...]:
        """The chances to propose under the random protocol."""
        exact = self.problem.exact_weights() if self.exact else None
        return self.problem.weights if exact is None else exact

    def proposer(self, round: int) -> int:
        """Return who proposes in a round, when the players propose in turn."""
        return (self.first + round) % self.num_players

    def refusal(self, values: Sequence[Number], *, last: bool = False) -> tuple[Number, ...]:
        """Return what a refusal is worth when nobody leaves.

        Parameters
        ----------
        values : sequence of n numbers
            What the next round is worth (the default payoffs, after the last round).
        last : bool
            Whether this is the last round, from which the wait may be shorter.
        """
        p = self.breakdown
        found = []
        for i, value in enumerate(values):
            factor = self.discount[i] ** self._wait if last else self.discount[i]
            found.append((1 - factor) * self.meanwhile[i] + factor * ((1 - p) * value + p * self.disagreement[i]))
        return tuple(found)

    @property
    def _wait(self) -> Any:
        return int(self.last_wait) if self.exact else self.last_wait

    def no_deal(self, values: Sequence[Number], proposer: int, *, last: bool = False) -> NoDeal:
        """Return what a round without a deal is worth: the refusal, or leaving where a responder gains by that.

        Whoever is indifferent stays; of several who would leave the first in turn does, which gives all the same.
        """
        stay = self.refusal(values, last=last)
        for step in range(1, self.num_players):
            i = (proposer + step) % self.num_players
            if self.outside[i] is not None and self.outside[i] > stay[i]:
                pairs = zip(self.outside, self.disagreement, strict=True)
                return NoDeal(tuple(d if o is None else o for o, d in pairs), i)
        return NoDeal(stay)

    @property
    def waiting(self) -> tuple[Number, ...]:
        r"""What talks without end are worth: :math:`((1-\delta) m + \delta p d) / (1 - \delta (1-p))`.

        With gains measured from here, a refusal is worth :math:`\delta (1-p)` times the gain of the next round: this is
        the disagreement point of talks without a deadline.
        """
        p = self.breakdown
        return tuple(
            ((1 - f) * m + f * p * d) / (1 - f * (1 - p))
            for f, m, d in zip(self.discount, self.meanwhile, self.disagreement, strict=True)
        )

    @property
    def hazards(self) -> tuple[float, ...]:
        r"""How fast each player's gain from a later deal shrinks: :math:`-\ln \delta_i - \ln (1-p)` a round."""
        return tuple(-log(f) - log(1 - self.breakdown) for f in self.discount)

    @property
    def short_round_point(self) -> tuple[float, ...]:
        r"""The disagreement point when rounds are short: :math:`(r_i m_i + \lambda d_i) / (r_i + \lambda)`."""
        risk = -log(1 - self.breakdown)
        rows = zip(self.discount, self.meanwhile, self.disagreement, self.hazards, strict=True)
        return tuple((-log(f) * float(m) + risk * float(d)) / hazard for f, m, d, hazard in rows)

    @property
    def short_round_weights(self) -> tuple[float, ...]:
        """The weights of the Nash solution when rounds are short: in the ratio of 1 / hazard."""
        shares = [1 / hazard for hazard in self.hazards]
        return tuple(share / sum(shares) for share in shares)

    def day(self, round: int) -> float | None:
        """Return the day on which a round's offer is made, or None where the clock counts rounds only."""
        return None if self.round_days is None else round * self.round_days


def _is_rational(value: Any) -> bool:
    return isinstance(value, Rational | np.integer)


def _number(value: Any, exact: bool) -> Any:
    return Fraction(int(value) if isinstance(value, np.integer) else value) if exact else float(value)
