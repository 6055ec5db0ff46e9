r"""The super-additive solution of Perles and Maschler.

Source: Perles and Maschler (1981). Tested by super-additivity, against sums of lengths, and by its closed form for
triangles and symmetric sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.answers import Question
from bargain.solutions.chain_points import equal_length, ideal_of
from bargain.solutions.hull import Node
from bargain.solutions.lottery_rules import chain_answer, no_weights, only_lotteries, two_players_only

__all__ = ["perles_maschler"]


def perles_maschler(problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
    r"""Concede from both ends of the frontier with equal products of speeds, until the two points meet.

    .. math:: \int_{\text{best for 2}}^{u} \sqrt{-du_1\, du_2} = \int_u^{\text{best for 1}} \sqrt{-du_1\, du_2}

    On a polygon the integral over an edge is the root of its width times its height. Of the rules here that do not
    compare players it is the only one that gives everybody at least as much from two problems bargained over together
    as from bargaining over each alone (super-additivity), where every lottery of either is individually rational.

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
        Exact for exact problems in which the square roots have rational ratios. NO_DEAL when no individually rational
        lottery gives anybody a gain.

    Raises
    ------
    ValueError
        Weights were given; or the rule is not defined: more than two players, no lotteries, continuous levers.

    References
    ----------
    Perles and Maschler (1981), "The super-additive solution for the Nash bargaining game".

    Examples
    --------
    The edges have lengths sqrt(8 * 2) = 4 and sqrt(2 * 2) = 2; the deal lies 3 from either end.

    >>> deals = BargainingProblem.from_points([(0, 6), (8, 4), (10, 2)], (0, 0), lotteries=True)
    >>> perles_maschler(deals).payoffs
    (6.0, 4.5)
    """
    no_weights("perles-maschler", weights)
    question = Question.ask(problem, "perles-maschler", None, seed)
    two_players_only(question, "kalai-smorodinsky, equal-loss and discrete-raiffa")
    only_lotteries(question)
    claim = "the deal halves the length of the frontier, the root of concession times concession"
    return chain_answer(question, equal_length, claim, _difference, "difference of lengths")


def _difference(corners: Sequence[Node], node: Node) -> float:
    """Return by how much the lengths on either side differ, as a share of the whole."""
    wide, high = ideal_of(corners)

    def length(part: Sequence[Node]) -> float:
        steps = ([b - a for a, b in zip(x.gains, y.gains, strict=True)] for x, y in pairwise(part))
        return sum(sqrt(max(0.0, float(across / wide) * float(-down / high))) for across, down in steps)

    before = [corner for corner in corners if corner.gains[0] < node.gains[0]]
    after = [corner for corner in corners if corner.gains[0] > node.gains[0]]
    left, right = length([*before, node]), length([node, *after])
    return (left - right) / (left + right) if left + right > 0 else 0.0
