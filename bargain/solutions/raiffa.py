r"""The discrete and the continuous solution of Raiffa: interim agreements, each the starting point of further talks.

Source: Raiffa (1953), Luce and Raiffa (1957, section 6.10); many players: Salonen (1988); axioms: Livne (1989), Peters
and van Damme (1991). Tested against plain iteration and a general solver of differential equations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.chain_points import ideal_of
from bargain.solutions.hull import Node
from bargain.solutions.line_programs import Along
from bargain.solutions.lottery_rules import chain_answer, no_weights, only_lotteries, programs_answer, two_players_only
from bargain.solutions.mixtures import LotteryPrograms
from bargain.solutions.raiffa_paths import smooth_path, stepwise_path
from bargain.solutions.rational import RationalDeals
from bargain.solutions.step_programs import stepwise_lottery

__all__ = ["continuous_raiffa", "discrete_raiffa"]

_PROGRAMS = "steps of linear programs over lotteries of {} deals"
_PLAIN_STEPS = 100


def discrete_raiffa(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Move the disagreement point to the mean of what the players would dictate, again and again.

    .. math:: d^{k+1} = \frac1n \sum_i \bigl(a_i(d^k),\, d^k_{-i}\bigr),
        \qquad a_i(d) = \max \{u_i : u \in S,\ u_{-i} \ge d_{-i}\}

    The deal is the limit. Players who cannot gain at all are left out.

    Parameters
    ----------
    problem : BargainingProblem
        Any number of players from two up, and lotteries.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.

    Returns
    -------
    Solution
        For two players exact when the problem is. NO_DEAL when no individually rational lottery gives anybody a gain.

    Raises
    ------
    ValueError
        Weights were given; or the rule is not defined: no lotteries, continuous levers.

    References
    ----------
    Raiffa (1953), "Arbitration schemes for generalized two-person games"; Luce and Raiffa (1957), *Games and
    Decisions*; Salonen (1988), "Decomposable solutions for n-person bargaining games".

    Examples
    --------
    The first step leads to (4, 2), the next one to (5, 3), which is on the frontier.

    >>> deals = BargainingProblem.from_points([(0, 4), (4, 4), (8, 0)], (0, 0), lotteries=True)
    >>> discrete_raiffa(deals).payoffs
    (5.0, 3.0)
    """
    no_weights("discrete-raiffa", weights)
    question = Question.ask(problem, "discrete-raiffa", None, seed)
    only_lotteries(question)
    if problem.num_players == 2:
        claim = "the steps to the mean of the dictators' points lead to this deal"
        return chain_answer(question, stepwise_path, claim, _missed, "distance to plain steps")
    claim = "the steps to the mean of the dictators' points lead to this deal, where nothing is left to gain"
    return programs_answer(question, _steps, claim, _PROGRAMS)


def _steps(programs: LotteryPrograms, deals: RationalDeals) -> Along:
    return stepwise_lottery(programs)


def continuous_raiffa(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Let the disagreement point move all the time towards the mean of what the players would dictate.

    .. math:: \frac{du_2}{du_1} = \frac{a_2(u) - u_2}{a_1(u) - u_1},
        \qquad a_i(u) = \max \{x_i : x \in S,\ x_{-i} \ge u_{-i}\}

    The path starts at disagreement; the deal is where it meets the frontier.

    Parameters
    ----------
    problem : BargainingProblem
        Two players and lotteries.
    weights : None
        The rule has no weights; the argument is there so that all rules are called alike.
    seed : int
        Not used.

    Returns
    -------
    Solution
        Exact for exact problems in which the path is made of straight lines. NO_DEAL when no individually rational
        lottery gives anybody a gain.

    Raises
    ------
    ValueError
        Weights were given; or the rule is not defined: more than two players, no lotteries, continuous levers.

    References
    ----------
    Raiffa (1953); Luce and Raiffa (1957); Livne (1989), "Axiomatic characterizations of the Raiffa and the
    Kalai-Smorodinsky solutions to the bargaining problem"; Peters and van Damme (1991), "Characterizing the Nash and
    Raiffa bargaining solutions by disagreement point axioms".

    Examples
    --------
    The path leaves the edge above it at (4, 4 - 4/e), and ends at (4 + 2/e, 4 - 2/e).

    >>> deals = BargainingProblem.from_points([(0, 4), (4, 4), (8, 0)], (0, 0), lotteries=True)
    >>> [round(payoff, 6) for payoff in continuous_raiffa(deals).payoffs]
    [4.735759, 3.264241]
    """
    no_weights("continuous-raiffa", weights)
    question = Question.ask(problem, "continuous-raiffa", None, seed)
    two_players_only(question, "kalai-smorodinsky, equal-loss and discrete-raiffa")
    only_lotteries(question)
    claim = "the path towards the mean of the dictators' points ends at this deal"
    return chain_answer(question, smooth_path, claim)


def _missed(corners: Sequence[Node], node: Node) -> float:
    """Return the distance to where plain steps lead, in floats, as a share of the ideal gains."""
    wide, high = (float(value) for value in ideal_of(corners))
    first = np.array([float(corner.gains[0] / wide) if wide > 0 else 0.0 for corner in corners])
    second = np.array([float(corner.gains[1] / high) if high > 0 else 0.0 for corner in corners])
    x, y = 0.0, 0.0
    for _ in range(_PLAIN_STEPS):
        right, up = float(np.interp(-y, -second, first)), float(np.interp(x, first, second))
        # Left of the first corner and below the last one payoffs are thrown away: interp holds the ends there.
        x, y = (x + right) / 2, (y + up) / 2
    mine = [float(gain / size) if size > 0 else 0.0 for gain, size in zip(node.gains, ideal_of(corners), strict=True)]
    return max(abs(x - mine[0]), abs(y - mine[1]))
