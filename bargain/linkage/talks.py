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
from functools import cached_property
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from bargain.effort import effort
from bargain.games.bargaining import BargainingProblem, normalised_weights
from bargain.games.build import bargaining_problem
from bargain.payoffs.numeric import Payoffs
from bargain.results import DisagreementPoint, Separate, Solution, SubPackage
from bargain.solutions.rules import solve_problem
from bargain.solutions.transfers import solve_with_transfers

__all__ = ["Lottery", "Talks", "side_payments"]

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
    transfers : float or None
        None: no side payments.  Otherwise those with a stake at a table may pay each other, and this share of every
        payment is lost on the way; 0 is transferable utility.
    """

    payoffs: Payoffs
    disagreement: DisagreementPoint
    rule: str = "nash"
    weights: Sequence[float] | None = None
    lotteries: bool = False
    grid: int = 11
    seed: int = 0
    transfers: float | None = None

    @cached_property
    def weights_used(self) -> tuple[float, ...]:
        """The weights that the Nash product of a structure takes."""
        return normalised_weights(self.weights or self.payoffs.document.weights, len(self.payoffs.players))

    @property
    def issues(self) -> tuple[str, ...]:
        """The names of all issues, in the scenario's order."""
        return tuple(issue.name for issue in self.payoffs.document.issues)

    @property
    def fallback(self) -> tuple[float, ...]:
        """The levels that stand on an issue without agreement: those of the disagreement point, else the status quo."""
        return self.disagreement.levels or self.payoffs.document.status_quo

    @cached_property
    def offset(self) -> NDArray[np.float64]:
        """What the no-agreement levels give over the disagreement point, (n,); zero when they give just that."""
        default = np.array(self.disagreement.payoffs)
        if self.disagreement.levels is not None:
            return np.zeros_like(default)
        return np.asarray(self.payoffs.values(self.fallback) - default)

    def without_agreement(self, issues: Collection[str], standing: Sequence[float]) -> tuple[float, ...]:
        """Return the payoffs when the table of ``issues`` fails while all other levers stand at ``standing``."""
        levels = tuple(
            fallen if lever.issue in issues else stands
            for lever, fallen, stands in zip(self.payoffs.levers, self.fallback, standing, strict=True)
        )
        if levels == tuple(self.fallback):
            return self.disagreement.payoffs
        return tuple((self.payoffs.values(levels) - self.offset).tolist())

    def table(self, issues: Collection[str], standing: Sequence[float] | None = None) -> SubPackage:
        """Solve a table at which only ``issues`` are negotiated.

        Parameters
        ----------
        issues : collection of str
            What is on the table.
        standing : sequence of L floats, optional
            Level codes at which the levers of all other issues stand; their no-agreement levels by default.  Gains are
            over what the players get when this table fails and those levels stand.
        """
        standing = self.fallback if standing is None else standing
        problem = bargaining_problem(
            self.payoffs,
            self.without_agreement(issues, standing),
            issues=issues,
            fixed=standing,
            lotteries=self.lotteries and self.transfers is None,
            weights=self.payoffs.document.weights,
            grid=self.grid,
        )
        on_table = tuple(name for name in self.issues if name in issues)
        # Of many sub-packages only the whole package is worth a proof that no deal is better.
        with effort(prove=None if on_table == self.issues else False):
            solution = self._solved(problem, issues)
        gains = solution.gains if solution.agreed else (0.0,) * len(solution.gains)
        fallen = tuple(
            code if lever.issue in issues else stands
            for lever, code, stands in zip(self.payoffs.levers, self.fallback, standing, strict=True)
        )
        return SubPackage(on_table, solution, self._lottery(solution, fallen), tuple(float(gain) for gain in gains))

    def _solved(self, problem: BargainingProblem, issues: Collection[str]) -> Solution:
        if self.transfers is None:
            return solve_problem(problem, self.rule, self.weights, seed=self.seed)
        parties = self.parties(issues)
        if sum(parties) < 2:
            # Nobody is there who could be paid for consent.
            return solve_problem(problem, self.rule, self.weights, seed=self.seed)
        return solve_with_transfers(
            problem, self.rule, self.weights, cost=self.transfers, parties=parties, seed=self.seed
        )

    def parties(self, issues: Collection[str]) -> tuple[bool, ...]:
        """Return who sits at the table of ``issues``: both of two players, else those with a stake in the issues.

        A player has a stake when some term of its payoff reads a lever of theirs.
        """
        if len(self.payoffs.players) == 2:
            return True, True
        levers = {place for place, lever in enumerate(self.payoffs.levers) if lever.issue in issues}
        staked = {term.player for term in self.payoffs.terms if levers.intersection(term.levers)}
        return tuple(player in staked for player in range(len(self.payoffs.players)))

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
        lottery = self.together(tables)
        negotiated = self.promised([table.gains for table in tables if table.agreed])
        if not any(table.agreed for table in tables):
            return Separate(tables, lottery, negotiated, negotiated, True)
        gains, feasible = self.realised(lottery, side_payments(tables))
        return Separate(tables, lottery, gains, negotiated, feasible)

    def realised(self, lottery: Lottery, transfers: Sequence[float] | None = None) -> tuple[tuple[float, ...], bool]:
        """Return the gains once the levels of ``lottery`` stand together, and whether all of them keep the limits."""
        levels = np.array([codes for codes, _ in lottery])
        chances = np.array([chance for _, chance in lottery])
        gains = chances @ self.payoffs.values(levels) - np.array(self.disagreement.payoffs)
        if transfers is not None:
            gains = gains + np.array(transfers)
        return tuple(gains.tolist()), bool(np.all(self.payoffs.allowed(levels)))

    def promised(self, gains: Sequence[Sequence[float]]) -> tuple[float, ...]:
        """Return the gains that agreeing tables promise, added up.

        Where the levels without agreement give other payoffs than disagreement (fixed numbers, security levels, mixed
        equilibria), every table's gain holds the difference between the two; it is counted once.
        """
        if not gains:
            return (0.0,) * len(self.offset)
        total = np.sum(gains, axis=0) - (len(gains) - 1) * self.offset
        return tuple(float(gain) for gain in total)

    def _lottery(self, solution: Solution, fallen: tuple[float, ...]) -> Lottery:
        if not solution.agreed:
            return ((fallen, 1.0),)
        drawn = solution.lottery if solution.lottery is not None else ((solution.deal, 1.0),)
        levers = self.payoffs.levers
        return tuple(
            (tuple(lever.code(deal[lever.issue][lever.name]) for lever in levers), float(chance))
            for deal, chance in drawn
        )

    def together(self, tables: Sequence[SubPackage]) -> Lottery:
        """Return the joint lottery when every table draws on its own: its issues' levels, all others' from theirs."""
        owner = [
            next(t for t, table in enumerate(tables) if lever.issue in table.issues) for lever in self.payoffs.levers
        ]
        return tuple(
            (tuple(draw[t][0][k] for k, t in enumerate(owner)), prod(chance for _, chance in draw))
            for draw in product(*(table.lottery for table in tables))
        )


def side_payments(tables: Sequence[SubPackage]) -> tuple[float, ...] | None:
    """Return what each player receives less what it gives at all tables together; None without side payments."""
    paid = [table.solution.transfers for table in tables if table.solution.transfers is not None]
    return tuple(sum(column) for column in zip(*paid, strict=True)) if paid else None
