"""Which issues share a table, and what the players get from it.

A *structure* assigns the issues to tables.  Here stand the two ends of the scale and what lies between: the ``package``
(all issues at one table), ``separate`` talks (one table an issue) and every ``sub-package`` (some issues at one table,
all others left as they are without agreement).  Source: THEORY of issue linkage after Tollison and Willett (1979),
Sebenius (1983) and Horstmann, Markusen and Robles (2005).  Tested by their worked numbers and by the law that
the package's Nash product is at least that of any realised, individually rational outcome of separate talks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from bargain.games.build import bargaining_problem
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint, Separate, Solution, SubPackage
from bargain.solutions.rules import solve_problem

__all__ = ["Talks"]

Lottery = tuple[tuple[tuple[float, ...], float], ...]


@dataclass(frozen=True, eq=False)
class Talks:
    """The setting that all structures share: payoffs, disagreement point, rule.

    Parameters
    ----------
    payoffs : Payoffs
        Compiled payoffs of the scenario.
    disagreement : DisagreementPoint
        What the players get without any deal; the same for every structure.
    rule : str
        The bargaining rule played at every table.
    weights : sequence of float or None
        Weights for the rule; None for the rule's default.
    lotteries : bool
        Whether tables may agree on lotteries over deals.
    grid : int
        Levels of a continuous lever where a finite set of deals is needed.
    seed : int
        Seed of the search for continuous deals.
    """

    payoffs: Payoffs
    disagreement: DisagreementPoint
    rule: str = "nash"
    weights: Sequence[float] | None = None
    lotteries: bool = False
    grid: int = 11
    seed: int = 0

    @property
    def issues(self) -> tuple[str, ...]:
        """The names of all issues, in the scenario's order."""
        return tuple(issue.name for issue in self.payoffs.document.issues)

    @property
    def fallback(self) -> tuple[float, ...]:
        """The levels that stand on an issue without agreement: those of the disagreement point, else the status quo."""
        return self.disagreement.levels or self.payoffs.document.status_quo

    def table(self, issues: Collection[str]) -> SubPackage:
        """Solve a table at which only ``issues`` are negotiated; the others stay at their no-agreement levels."""
        document = self.payoffs.document
        problem = bargaining_problem(
            self.payoffs,
            self.disagreement.payoffs,
            issues=issues,
            fixed=self.fallback,
            lotteries=self.lotteries,
            weights=document.weights,
            grid=self.grid,
        )
        solution = solve_problem(problem, self.rule, self.weights, seed=self.seed)
        on_table = tuple(name for name in self.issues if name in issues)
        gains = solution.gains if solution.agreed else (0.0,) * len(solution.gains)
        return SubPackage(on_table, solution, self._lottery(solution), tuple(float(gain) for gain in gains))

    def package(self) -> SubPackage:
        """Solve all issues at one table."""
        return self.table(self.issues)

    def separate(self, tables: Sequence[SubPackage] | None = None) -> Separate:
        """Solve one table an issue, then put all agreed levels together.

        Parameters
        ----------
        tables : sequence of SubPackage, optional
            The single-issue tables where they are already solved.
        """
        tables = tuple(self.table([name]) for name in self.issues) if tables is None else tuple(tables)
        lottery = self._together(tables)
        negotiated = self._promised([table.gains for table in tables if table.agreed])
        if not any(table.agreed for table in tables):
            return Separate(tables, lottery, negotiated, negotiated, True)
        levels = np.array([codes for codes, _ in lottery])
        chances = np.array([chance for _, chance in lottery])
        gains = chances @ self.payoffs.values(levels) - np.array(self.disagreement.payoffs)
        feasible = bool(np.all(self.payoffs.allowed(levels)))
        return Separate(tables, lottery, tuple(float(gain) for gain in gains), negotiated, feasible)

    def _promised(self, gains: Sequence[Sequence[float]]) -> tuple[float, ...]:
        """Return the gains that agreeing tables promise, added up.

        Where the levels without agreement give other payoffs than disagreement (fixed numbers, security levels, mixed
        equilibria), every table's gain holds the difference between the two; it is counted once.
        """
        default = np.array(self.disagreement.payoffs)
        if not gains:
            return (0.0,) * len(default)
        total = np.sum(gains, axis=0)
        if self.disagreement.levels is None:
            total = total - (len(gains) - 1) * (self.payoffs.values(self.fallback) - default)
        return tuple(float(gain) for gain in total)

    def _lottery(self, solution: Solution) -> Lottery:
        if not solution.agreed:
            return ((self.fallback, 1.0),)
        drawn = solution.lottery if solution.lottery is not None else ((solution.deal, 1.0),)
        levers = self.payoffs.levers
        return tuple(
            (tuple(lever.code(deal[lever.issue][lever.name]) for lever in levers), float(chance))
            for deal, chance in drawn
        )

    def _together(self, tables: Sequence[SubPackage]) -> Lottery:
        """Return the joint lottery when every table draws on its own: its issues' levels, all others' from theirs."""
        owner = [
            next(t for t, table in enumerate(tables) if lever.issue in table.issues) for lever in self.payoffs.levers
        ]
        return tuple(
            (tuple(draw[t][0][k] for k, t in enumerate(owner)), prod(chance for _, chance in draw))
            for draw in product(*(table.lottery for table in tables))
        )
