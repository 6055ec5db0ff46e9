"""Small zero-sum games in exact fractions, as linear programs.

Tested by duality and against HiGHS and the enumeration of all vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from bargain.games.exact_programs import maximise

__all__ = ["RationalGame", "solve_rational_game"]


class RationalGame(NamedTuple):
    """A solved zero-sum game: its value and one optimal strategy of each side, all exact."""

    value: Fraction
    rows: tuple[Fraction, ...]
    columns: tuple[Fraction, ...]


def solve_rational_game(payoffs: Sequence[Sequence[Any]]) -> RationalGame:
    """Solve the zero-sum game in which the row player gets ``payoffs``, exactly.

    Parameters
    ----------
    payoffs : m rows of n ints, Fractions or floats
        Floats are taken as the dyadic rationals that they are.

    References
    ----------
    von Neumann (1928); Dantzig (1951), "A proof of the equivalence of the programming problem and the game problem".

    Examples
    --------
    >>> solve_rational_game([[2, -1], [-1, 1]])
    RationalGame(value=Fraction(1, 5), rows=(Fraction(2, 5), Fraction(3, 5)), columns=(Fraction(2, 5), Fraction(3, 5)))
    """
    exact = [[Fraction(value) for value in row] for row in payoffs]
    lowest = min(min(row) for row in exact)
    span = max(max(row) for row in exact) - lowest or Fraction(1)
    # With payoffs from 1 to 2 the value is positive, and the first vertex is the origin.
    positive = [[(value - lowest) / span + 1 for value in row] for row in exact]
    solved = maximise([1] * len(exact[0]), positive, [1] * len(exact))
    assert solved is not None
    value = 1 / solved.value
    return RationalGame(
        (value - 1) * span + lowest,
        tuple(weight * value for weight in solved.multipliers),
        tuple(weight * value for weight in solved.x),
    )
