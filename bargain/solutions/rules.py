"""The table of bargaining rules: names, axioms, sources, functions.

The axioms are those that the rule satisfies on convex problems of two players (with lotteries); a test checks each
entry of the table, and the documentation shows it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bargain.games.bargaining import BargainingProblem
from bargain.results import Solution
from bargain.solutions.egalitarian import egalitarian
from bargain.solutions.equal_area import equal_area
from bargain.solutions.equal_loss import equal_loss
from bargain.solutions.kalai_smorodinsky import kalai_smorodinsky
from bargain.solutions.nash import nash
from bargain.solutions.perles_maschler import perles_maschler
from bargain.solutions.raiffa import continuous_raiffa, discrete_raiffa
from bargain.solutions.reference_point import dictators_mean, gupta_livne
from bargain.solutions.utilitarian import utilitarian

__all__ = ["AXIOMS", "RULES", "Rule", "rules_for", "solve", "solve_problem"]

AXIOMS: Mapping[str, str] = MappingProxyType(
    {
        "individual-rationality": "nobody gets less than by disagreeing",
        "pareto": "nobody can get more without somebody getting less",
        "symmetry": "players in the same position get the same",
        "scale-invariance": "the units and zeros of payoffs do not matter",
        "independence": "deals that were not chosen can be taken away",
        "individual-monotonicity": "new deals that leave the other's ideal payoff as it was do not hurt a player",
        "monotonicity": "nobody loses when the feasible set grows (where payoffs can be thrown away)",
        "disagreement-monotonicity": "a player does not lose when its own disagreement payoff rises",
        "restricted-monotonicity": "new deals that leave all ideal payoffs as they were hurt nobody",
        "midpoint-domination": "everybody gets at least half of the ideal gain",
        "midpoint-steps": "settling on the mean of the dictators' points first does not change the deal",
        "superadditivity": "nobody gets less from two problems together than from each alone",
    }
)
"""What each axiom says."""


class RuleFunction(Protocol):
    """A rule as a function of a problem, optional weights, and the seed of a search on continuous levers."""

    def __call__(
        self, problem: BargainingProblem, weights: Sequence[float] | None = None, seed: int = 0
    ) -> Solution: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A bargaining rule.

    ``axioms`` are keys of :data:`AXIOMS`; ``weighted`` tells whether it takes weights; ``sets`` are the kinds of
    feasible sets that it is defined on: "deals" (finitely many), "lotteries" over them, continuous "levers"; ``many``
    whether it takes more than two players.
    """

    name: str
    title: str
    axioms: tuple[str, ...]
    weighted: bool
    source: str
    function: RuleFunction
    sets: tuple[str, ...] = ("deals", "lotteries", "levers")
    many: bool = True


_ALWAYS = ("individual-rationality", "pareto", "symmetry")
_SCALE_FREE = (*_ALWAYS, "scale-invariance", "disagreement-monotonicity", "midpoint-domination")

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule(
                "nash",
                "Nash bargaining solution",
                (
                    *_ALWAYS,
                    "scale-invariance",
                    "independence",
                    "disagreement-monotonicity",
                    "midpoint-domination",
                ),
                True,
                "Nash (1950); weights: Kalai (1977)",
                nash,
            ),
            Rule(
                "kalai-smorodinsky",
                "Kalai-Smorodinsky solution",
                (
                    *_ALWAYS,
                    "scale-invariance",
                    "individual-monotonicity",
                    "restricted-monotonicity",
                    "disagreement-monotonicity",
                    "midpoint-domination",
                ),
                False,
                "Kalai and Smorodinsky (1975); lexicographic: Imai (1983)",
                kalai_smorodinsky,
            ),
            Rule(
                "egalitarian",
                "Egalitarian solution",
                (
                    *_ALWAYS,
                    "monotonicity",
                    "individual-monotonicity",
                    "restricted-monotonicity",
                    "independence",
                    "disagreement-monotonicity",
                ),
                True,
                "Kalai (1977)",
                egalitarian,
            ),
            Rule(
                "utilitarian",
                "Utilitarian solution",
                ("individual-rationality", "pareto", "independence", "disagreement-monotonicity"),
                True,
                "Harsanyi (1955); Thomson (1981)",
                utilitarian,
            ),
            Rule(
                "equal-area",
                "Equal-area solution",
                _SCALE_FREE,
                False,
                "Anbarci (1993); Anbarci and Bigelow (1994)",
                equal_area,
                ("lotteries",),
                many=False,
            ),
            Rule(
                "perles-maschler",
                "Perles-Maschler solution",
                (*_SCALE_FREE, "superadditivity"),
                False,
                "Perles and Maschler (1981)",
                perles_maschler,
                ("lotteries",),
                many=False,
            ),
            Rule(
                "discrete-raiffa",
                "Discrete Raiffa solution",
                (*_SCALE_FREE, "midpoint-steps"),
                False,
                "Raiffa (1953), Luce and Raiffa (1957); many players: Salonen (1988)",
                discrete_raiffa,
                ("lotteries",),
            ),
            Rule(
                "continuous-raiffa",
                "Continuous Raiffa solution",
                _SCALE_FREE,
                False,
                "Raiffa (1953), Luce and Raiffa (1957); axioms: Livne (1989), Peters and van Damme (1991)",
                continuous_raiffa,
                ("lotteries",),
                many=False,
            ),
            Rule(
                "equal-loss",
                "Equal-loss solution",
                (
                    *_ALWAYS,
                    "individual-monotonicity",
                    "restricted-monotonicity",
                    "disagreement-monotonicity",
                    "superadditivity",
                ),
                False,
                "Chun (1988); lexicographic: Chun and Peters (1991); rational: Herrero and Marco (1993)",
                equal_loss,
                ("deals", "lotteries"),
            ),
            Rule(
                "gupta-livne",
                "Gupta-Livne solution",
                (*_SCALE_FREE, "individual-monotonicity", "restricted-monotonicity"),
                False,
                "Gupta and Livne (1988)",
                gupta_livne,
                ("deals", "lotteries"),
            ),
            Rule(
                "dictators-mean",
                "Maximin dictators' mean",
                _SCALE_FREE,
                False,
                "after Roth (1977) and Anbarci (1995)",
                dictators_mean,
                ("lotteries",),
            ),
        )
    }
)
"""All rules by name."""


def rules_for(kind: str, num_players: int = 2) -> tuple[str, ...]:
    """Return the names of the rules that are defined on a kind of feasible set for so many players.

    Parameters
    ----------
    kind : str
        "deals", "lotteries" or "levers".
    num_players : int
        Two or more.

    Examples
    --------
    >>> rules_for("levers")
    ('nash', 'kalai-smorodinsky', 'egalitarian', 'utilitarian')
    """
    return tuple(name for name, rule in RULES.items() if kind in rule.sets and (rule.many or num_players == 2))


class Solvable(Protocol):
    """What has a deal of its own, such as a scenario."""

    def solve(self, rule: str, weights: Sequence[float] | None, seed: int) -> Solution:
        """Return the deal that a rule picks."""
        ...


def solve(
    problem: BargainingProblem | Solvable, rule: str = "nash", weights: Sequence[float] | None = None, seed: int = 0
) -> Solution:
    """Return the deal that a bargaining rule picks.

    Parameters
    ----------
    problem : BargainingProblem or Scenario
        What is bargained over.
    rule : str
        A name from :data:`bargain.solutions.rules.RULES`.
    weights : sequence of float, optional
        One positive number per player.
    seed : int
        Seed of the search for continuous deals.

    Returns
    -------
    Solution
        "No deal" is a solution with status NO_DEAL and the disagreement payoffs.

    Raises
    ------
    ValueError
        The rule is not known, or the weights do not fit.

    Examples
    --------
    >>> deals = BargainingProblem.from_points([(4, 1), (2, 3), (0, 4)], disagreement=(0, 0))
    >>> solve(deals, "nash").payoffs
    (2.0, 3.0)
    """
    if isinstance(problem, BargainingProblem):
        return solve_problem(problem, rule, weights, seed=seed)
    return problem.solve(rule, weights, seed)


def solve_problem(
    problem: BargainingProblem, rule: str = "nash", weights: Sequence[float] | None = None, seed: int = 0
) -> Solution:
    """Return the deal that a rule picks.

    Parameters
    ----------
    problem : BargainingProblem
        What is bargained over.
    rule : str
        A key of :data:`RULES`.
    weights : sequence of n positive numbers, optional
        Weights of the rule. By default the Nash solution takes the problem's own, the others equal ones.
    seed : int
        Seed of the search on continuous levers.

    Raises
    ------
    ValueError
        The rule is not known or not defined for this kind of problem, or the weights do not fit.
    LimitError
        Finding the efficient deals would need too much memory.

    Examples
    --------
    >>> deals = BargainingProblem.from_points([(4, 1), (2, 3), (0, 4)], disagreement=(0, 0))
    >>> solve_problem(deals, "egalitarian").payoffs
    (2.0, 3.0)
    >>> solve_problem(deals, "nahs")
    Traceback (most recent call last):
    ValueError: unknown rule 'nahs'; did you mean 'nash'? Known: nash, kalai-smorodinsky, egalitarian, utilitarian, ...
    """
    if rule not in RULES:
        near = [name for name in RULES if rule and name.startswith(rule)]
        near = near or difflib.get_close_matches(rule, RULES, n=1, cutoff=0.5)
        guess = f"; did you mean {near[0]!r}?" if near else "."
        raise ValueError(f"unknown rule {rule!r}{guess} Known: {', '.join(RULES)}")
    return RULES[rule].function(problem, weights, seed)
