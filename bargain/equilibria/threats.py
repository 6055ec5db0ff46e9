r"""Variable threats of two players: what each threatens to do if the talks fail (Nash 1953).

First each player commits to a strategy of the no-agreement game, its threat; then the Nash bargaining solution is
played from the payoffs :math:`d` of the two threats.  The deal is the same for all :math:`d` on a ray below it: where
the frontier has the normal :math:`\lambda` and the bargaining weights are :math:`w`, the number
:math:`w_2 \lambda_1 d_1 - w_1 \lambda_2 d_2` is that of the deal itself.  Threats further to one side of the ray move
the deal to that side.  So on an edge of the frontier the threats fight a zero-sum game with payoffs
:math:`w_2 \lambda_1 A - w_1 \lambda_2 B`, whose value says where on the edge, or on which side of it, the deal lies;
and the edge or corner is found by bisection.  When utility can be transferred the frontier is one line
:math:`u_1 + u_2 = \sigma` and the answer is :math:`(w_1 \sigma + v, w_2 \sigma - v)` with :math:`v` the value of
:math:`w_2 A - w_1 B`; with equal weights :math:`(\sigma \pm v)/2`, :math:`v` the value of :math:`A - B`.
Tested by the bargaining outcome of every unilateral deviation, recomputed by :mod:`bargain.certificates.threats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from bargain.equilibria.late import on_demand
from bargain.equilibria.rational_programs import solve_rational_game
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame

__all__ = ["EXACT_SIZE", "Threats", "threats", "threats_with_transfers"]

EXACT_SIZE = 400
"""Profiles up to which threats are computed in fractions."""

_OUTSIDE = 1e-9
"""How far, as a fraction of the payoff range, float payoffs may lie beyond the frontier: they are sums, rounded."""

Number = Fraction | float
Pair = tuple[Number, Number]

_solve_matrix_game = on_demand("zero_sum:solve_matrix_game")


@dataclass(frozen=True, slots=True)
class Threats:
    """Optimal threats: one strategy per player, what they give (the disagreement point), and the deal that follows.

    Fractions when ``exact``.  ``normal`` is a normal of the frontier at the deal.  The deal is unique; the threats, and
    the point ``disagreement`` on the ray below the deal, need not be.
    """

    game: NormalFormGame
    strategies: tuple[Any, Any]
    disagreement: Pair
    deal: Pair
    normal: Pair
    exact: bool
    notes: tuple[str, ...] = ()


class _Contest:
    """The zero-sum games that threats fight for a given normal, solved once each."""

    def __init__(self, game: NormalFormGame, weights: Sequence[Number]) -> None:
        self.game = game
        self.exact = game.payoffs[0].size <= EXACT_SIZE
        kinds: Any = Fraction if self.exact else float
        self.weights = tuple(kinds(weight) for weight in weights)
        self.tables: Any = game.exact_block(None, [range(m) for m in game.num_actions]) if self.exact else game.payoffs

    def index(self, normal: Pair, payoffs: Sequence[Any]) -> Any:
        """Return the number that the first player wants large and the second small."""
        return self.weights[1] * normal[0] * payoffs[0] - self.weights[0] * normal[1] * payoffs[1]

    def solve(self, normal: Pair) -> tuple[Number, Any, Any]:
        """Return the value of the contest and both threats."""
        table = self.index(normal, self.tables)
        if self.exact:
            proved = solve_rational_game(table.tolist())
            return proved.value, proved.rows, proved.columns
        solved = _solve_matrix_game(np.asarray(table, dtype=float))
        return (solved.secured + solved.conceded) / 2, solved.rows, solved.columns

    def number(self, value: Any) -> Number:
        """Return a number in the contest's own kind."""
        return Fraction(value) if self.exact else float(value)


def threats_with_transfers(
    game: NormalFormGame, total: Any = None, weights: Sequence[Any] = (Fraction(1, 2), Fraction(1, 2))
) -> Threats:
    """Return the optimal threats when the players can divide a total in any way.

    Parameters
    ----------
    game : NormalFormGame
        What the threats pay; two players.
    total : number, optional
        What there is to divide if they agree; by default the largest sum of payoffs in the game.
    weights : two positive numbers
        Bargaining weights; they are scaled to sum to one.

    Raises
    ------
    UnsupportedGameError
        There are not two players, or the game pays more than the total.

    References
    ----------
    Nash (1953), "Two-person cooperative games"; Owen (1995), *Game Theory*, chapter 7.

    Examples
    --------
    >>> game = NormalFormGame.from_payoffs([[[3, -1], [0, 2]], [[1, 2], [-2, 0]]])
    >>> found = threats_with_transfers(game)
    >>> [int(u) for u in found.deal], [int(u) for u in found.disagreement]
    ([3, 1], [0, -2])
    """
    contest = _Contest(_two_players(game), _weights(weights))
    sums = contest.tables[0] + contest.tables[1]
    size = contest.number(sums.max() if total is None else total)
    slack = 0 if game.rational else _OUTSIDE * max(game.spans)
    if sums.max() > size + slack:
        raise UnsupportedGameError(f"the no-agreement game pays {float(sums.max()):.6g} in total, more than the total")
    one = contest.number(1)
    value, first, second = contest.solve((one, one))
    w1, w2 = contest.weights
    deal = (w1 * size + value, w2 * size - value)
    return _answer(contest, (first, second), deal, (one, one))


def threats(
    game: NormalFormGame,
    deals: Sequence[Sequence[Any]],
    weights: Sequence[Any] = (Fraction(1, 2), Fraction(1, 2)),
) -> Threats:
    """Return the optimal threats when the players can agree on any lottery over deals.

    Parameters
    ----------
    game : NormalFormGame
        What the threats pay; two players.
    deals : sequence of k pairs
        Payoffs of the deals; inefficient ones do no harm.
    weights : two positive numbers
        Bargaining weights; they are scaled to sum to one.

    Raises
    ------
    UnsupportedGameError
        There are not two players, or the game has an outcome that no lottery over deals matches.

    References
    ----------
    Nash (1953), "Two-person cooperative games".

    Examples
    --------
    In the prisoners' dilemma both threaten to defect, and agree to cooperate:

    >>> dilemma = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> found = threats(dilemma, [(3, 3), (0, 5), (5, 0), (1, 1)])
    >>> [int(u) for u in found.disagreement], [int(u) for u in found.deal]
    ([1, 1], [3, 3])
    """
    contest = _Contest(_two_players(game), _weights(weights))
    corners = _corners([(contest.number(a), contest.number(b)) for a, b in deals])
    _check_matched(contest, corners)
    one, none = contest.number(1), contest.number(0)
    normals = [(a[1] - b[1], b[0] - a[0]) for a, b in pairwise(corners)]
    low, high = 0, len(normals)
    while low < high:
        # The deal lies on edge `middle` or before it exactly when its end lies beyond the contest's value.
        middle = (low + high) // 2
        if contest.index(normals[middle], corners[middle + 1]) >= contest.solve(normals[middle])[0]:
            high = middle
        else:
            low = middle + 1
    if low < len(normals):
        normal = normals[low]
        value, first, second = contest.solve(normal)
        start, end = corners[low], corners[low + 1]
        begin, finish = contest.index(normal, start), contest.index(normal, end)
        if begin <= value:
            share = (value - begin) / (finish - begin)
            deal = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            return _answer(contest, (first, second), deal, normal)
    # A corner: the first player keeps the deal from falling to its left, the second from moving to its right.
    left = normals[low - 1] if low > 0 else normals[low] if normals else (one, none)
    right = normals[low] if low < len(normals) else normals[low - 1] if normals else (none, one)
    pair = (contest.solve(left)[1], contest.solve(right)[2])
    return _answer(contest, pair, corners[low], (left[0] + right[0], left[1] + right[1]))


def _answer(contest: _Contest, pair: tuple[Any, Any], deal: Pair, normal: Pair) -> Threats:
    first, second = contest.game.expected_payoffs(pair)
    notes = () if contest.exact else ("threats were computed in floats",)
    return Threats(contest.game, pair, (first, second), deal, normal, contest.exact, notes)


def _two_players(game: NormalFormGame) -> NormalFormGame:
    if game.num_players != 2:
        raise UnsupportedGameError(
            f"variable threats are defined for two players; here are {game.num_players}: {', '.join(game.players)}"
        )
    return game


def _weights(weights: Sequence[Any]) -> tuple[Fraction, Fraction]:
    first, second = (Fraction(weight) for weight in weights)
    if min(first, second) <= 0:
        raise ValueError("weights: every weight must be positive")
    return first / (first + second), second / (first + second)


def _corners(points: Sequence[Pair]) -> list[Pair]:
    """Return the corners of the efficient frontier of all lotteries, the first player's payoff ascending."""
    if not points:
        raise UnsupportedGameError("there is no deal at all, so that there is nothing to threaten with")
    corners: list[Pair] = []
    for point in sorted(set(points)):
        while corners and corners[-1][1] <= point[1]:
            corners.pop()
        while len(corners) > 1 and _under(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return corners


def _under(a: Pair, b: Pair, c: Pair) -> bool:
    """Whether b lies on or below the segment from a to c."""
    return bool((b[0] - a[0]) * (c[1] - a[1]) >= (b[1] - a[1]) * (c[0] - a[0]))


def _check_matched(contest: _Contest, corners: Sequence[Pair]) -> None:
    """Refuse a game with an outcome beyond the frontier: from there no deal would be agreed on."""
    game = contest.game
    spread = (corners[-1][0] - corners[0][0], corners[0][1] - corners[-1][1])
    allowed = [0.0 if game.rational else _OUTSIDE * max(s, float(r)) for s, r in zip(game.spans, spread, strict=True)]
    slack = [contest.number(error) for error in allowed]
    first, second = contest.tables
    beyond = (first > corners[-1][0] + slack[0]) | (second > corners[0][1] + slack[1])
    for start, end in pairwise(corners):
        across, down = end[0] - start[0], start[1] - end[1]
        reach = down * slack[0] + across * slack[1]
        beyond |= down * (first - start[0]) + across * (second - start[1]) > reach
    if beyond.any():
        a, b = (int(k) for k in np.argwhere(beyond)[0])
        raise UnsupportedGameError(
            f"without agreement {game.players[0]} playing {game.actions[0][a]!r} and {game.players[1]} playing "
            f"{game.actions[1][b]!r} pays more than any lottery over deals; variable threats need deals at least as "
            "good as every outcome of the no-agreement game"
        )
