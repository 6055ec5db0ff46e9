"""A scenario that can be solved: a checked document, its compiled payoffs, and one method for each question.

Every method is one call into the room that does the work; what is expensive and asked for twice is kept.  Tested
through the pipeline and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bargain.effort import effort
from bargain.equilibria.continuous import EPSILON, continuous_equilibria
from bargain.equilibria.methods import equilibria as find_equilibria
from bargain.errors import NotSolvedError
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.games.build import bargaining_problem, normal_form
from bargain.games.continuous_game import ContinuousGame
from bargain.games.interchange.offers_efg import offers_efg
from bargain.games.normal_form import NormalFormGame
from bargain.linkage.no_deal import break_evens, explain_no_deal
from bargain.linkage.talks import Talks
from bargain.linkage.value import linkage as value_of_linkage
from bargain.no_agreement import NoAgreement
from bargain.payoffs.numeric import Payoffs, compile_payoffs
from bargain.results import (
    ContinuousEquilibria,
    Deadline,
    DisagreementPoint,
    Equilibria,
    Linkage,
    NoDealReasons,
    Offers,
    Solution,
)
from bargain.results.enforcement import Enforcement
from bargain.scenario.document import Document
from bargain.scenario.read import read_tree
from bargain.solutions.rules import solve_problem
from bargain.time.backward import deadline as before_a_deadline
from bargain.time.clock import talks_of
from bargain.time.critical import exact_factor
from bargain.time.enforcement import Enforcing
from bargain.time.punishments import (
    PUNISHMENTS,
    Reversion,
    minmax_reversion,
    nash_reversion,
    no_agreement_reversion,
    smooth_nash_reversion,
    snap_back_reversion,
)
from bargain.time.stationary import offers as stationary_offers

__all__ = ["Scenario"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Scenario(NoAgreement):
    """A scenario that can be solved: what the file says, with compiled payoffs.

    Examples
    --------
    >>> import bargain as bg
    >>> scenario = bg.load("nash-barter-1950")
    >>> deal = scenario.solve("nash")
    >>> [round(gain) for gain in deal.gains]
    [12, 5]
    """

    document: Document

    @cached_property
    def payoffs(self) -> Payoffs:
        """The compiled payoffs."""
        return compile_payoffs(self.document)

    def set(self, values: Mapping[str, Any]) -> Scenario:
        """Return a new scenario with some entries changed.

        Parameters
        ----------
        values : mapping
            Paths in the file's tree and their new values, for example ``{"parameters.hop": 0.006}``.

        Raises
        ------
        ScenarioError
            A path does not exist, or the changed scenario does not make sense.
        """
        return Scenario(read_tree(self.document.tree, self.document.file, values))

    def game(self, grid: int | None = None) -> NormalFormGame:
        """Return the no-agreement game: each player sets its own levers, all at once.

        Parameters
        ----------
        grid : int, optional
            Number of levels that stand for a continuous lever; the default is the scenario's ``solve.grid``.
        """
        return normal_form(self.payoffs, grid=grid or self.document.solve.grid)

    @cached_property
    def _equilibria(self) -> Equilibria:
        return find_equilibria(self.game())

    def equilibria(self, method: str = "auto", **options: Any) -> Equilibria:
        """Return the equilibria of the no-agreement game."""
        if method == "auto" and not options:
            return self._equilibria
        return find_equilibria(self.game(), method=method, **options)

    def continuous_game(self) -> ContinuousGame:
        """Return the no-agreement game on the intervals of continuous levers themselves, not on a grid."""
        return ContinuousGame.from_document(self.document)

    def continuous_equilibria(
        self, epsilon: float = EPSILON, seed: int = 0, time_limit: float | None = None
    ) -> ContinuousEquilibria:
        """Return pure equilibria of the no-agreement game on intervals, each with a bound on any deviation's gain.

        Parameters
        ----------
        epsilon : float
            What a player may gain by deviating, as a fraction of the span of its payoff.
        seed : int
            Seed of the starts.
        time_limit : float, optional
            Seconds; when they are over, the bounds reached by then are given.

        Raises
        ------
        UnsupportedGameError
            No player sets a lever that moves on an interval.
        """
        return continuous_equilibria(self.continuous_game(), epsilon=epsilon, seed=seed, time_limit=time_limit)

    @cached_property
    def _disagreement(self) -> DisagreementPoint:
        return self.point(self.document.disagreement.kind)

    def disagreement(self) -> DisagreementPoint:
        """Return what the players get without a deal."""
        return self._disagreement

    def problem(self, lotteries: bool | None = None, issues: Collection[str] | None = None) -> BargainingProblem:
        """Return the bargaining problem over all issues, or over some with the others at no-agreement levels.

        Parameters
        ----------
        lotteries : bool, optional
            Whether lotteries over deals are allowed; the default is the scenario's ``solve.lotteries``.
        issues : collection of str, optional
            Names of the issues on the table.
        """
        return self.problem_at(self.disagreement(), lotteries, issues)

    def problem_at(
        self, point: DisagreementPoint, lotteries: bool | None = None, issues: Collection[str] | None = None
    ) -> BargainingProblem:
        """Return the same for talks that fail to a given point."""
        return bargaining_problem(
            self.payoffs,
            point.payoffs,
            issues=issues,
            fixed=point.levels or self.document.status_quo,
            lotteries=self.document.solve.lotteries if lotteries is None else lotteries,
            weights=self.document.weights,
            grid=self.document.solve.grid,
        )

    def talks(self, rule: str | None = None, weights: Sequence[float] | None = None, seed: int = 0) -> Talks:
        """Return the setting in which structures of talks are compared."""
        options = self.document.solve
        return Talks(
            self.payoffs,
            self.disagreement(),
            rule or options.solutions[0],
            weights,
            options.lotteries,
            options.grid,
            seed,
        )

    def solve(self, rule: str | None = None, weights: Sequence[float] | None = None, seed: int = 0) -> Solution:
        """Return the deal that a rule picks from all issues together; the default is the scenario's first rule."""
        return solve_problem(self.problem(), rule or self.document.solve.solutions[0], weights, seed=seed)

    def linkage(self, structures: str = "separate", progress: Progress | None = None, **options: Any) -> Linkage:
        """Return what linking the issues is worth to each player; options as in :func:`bargain.linkage.value.linkage`.

        Examples
        --------
        >>> import bargain as bg
        >>> worth = bg.load("maggi-transfers-2016").linkage()
        >>> [round(value, 6) + 0.0 for value in worth.value]
        [0.0, 0.0]
        """
        return value_of_linkage(self.talks(), structures, progress, **options)

    def reversion(self, punishment: str | None = None) -> Reversion:
        """Return what follows a breach of a deal; the default is what ``[enforcement]`` says, or Nash reversion.

        Raises
        ------
        ValueError
            The kind is not known, or a snap-back names no lever.
        NotSolvedError
            There is no equilibrium to revert to.
        """
        document = self.document
        kind = punishment or (document.enforcement.punishment if document.enforcement else "nash")
        if kind not in PUNISHMENTS:
            raise ValueError(f"unknown punishment {kind!r}; known are {', '.join(PUNISHMENTS)}")
        if kind == "minmax":
            return minmax_reversion(self.game(), document)
        if kind == "no_agreement":
            return no_agreement_reversion(self.disagreement(), document)
        if kind == "snap_back":
            named = document.enforcement.snap_back if document.enforcement else ()
            return snap_back_reversion(self.disagreement(), document, named)
        moves = any(lever.continuous and lever.set_by is not None for lever in document.levers)
        if moves and not document.solve.lotteries:
            found = smooth_nash_reversion(self.continuous_equilibria(), document)
            if found is not None:
                return found
        return nash_reversion(self._equilibria, document)

    def factors(self, delta: float | Sequence[float] | None = None) -> tuple[float, ...] | None:
        """Return the players' discount factors: those given, else those of ``[enforcement]``, else of ``[time]``."""
        if delta is not None:
            given = [float(delta)] * len(self.document.players) if isinstance(delta, int | float) else delta
            return tuple(float(each) for each in given)
        options = self.document.enforcement
        if options is not None and options.discount is not None:
            return options.discount
        return None if self.document.time is None else self.document.time.discount

    def enforcement(
        self,
        delta: float | Sequence[float] | None = None,
        rule: str | None = None,
        punishment: str | None = None,
        path: Sequence[float] = (),
        headline: Solution | None = None,
        seed: int = 0,
        brief: bool = False,
        progress: Progress | None = None,
    ) -> Enforcement:
        """Return whether the deal is self-enforcing, and the best deal that is.

        Parameters
        ----------
        delta : float or sequence of float, optional
            Discount factor from one period to the next, of all players or of each; the default is the scenario's.
            Without one only critical factors are found.
        rule : str, optional
            The bargaining rule; the default is the scenario's first.
        punishment : {"nash", "minmax", "no_agreement", "snap_back"}, optional
            What follows a breach.
        path : sequence of float
            Common factors for which the best self-enforcing deal is wanted.
        headline : Solution, optional
            The deal that the rule picks, where it is known already.
        seed : int
            Seed of the search for continuous deals.
        brief : bool
            Whether linked incentives of the headline deal are all that is wanted.
        progress : callable, optional
            Called as ``progress(done, total)`` along the path.

        Raises
        ------
        ValueError
            A factor does not lie between 0 and 1, or the punishment is not known.

        Examples
        --------
        >>> import bargain as bg
        >>> held = bg.load("prisoners-dilemma").enforcement(delta=0.4)
        >>> held.critical, held.holds
        (Fraction(1, 2), False)
        """
        factors = self.factors(delta)
        for value in (*(factors or ()), *path):
            exact_factor(value)
        chosen = rule or self.document.solve.solutions[0]
        setting = Enforcing(self.payoffs, self.disagreement(), self.reversion(punishment), chosen, None, seed)
        return setting.judge(headline or self.solve(chosen, seed=seed), factors, path, progress, brief)

    def alternating_offers(self) -> AlternatingOffers:
        """Return the talks in which offers are made in turn, with the clock of the section ``[time]``.

        Raises
        ------
        NotSolvedError
            The scenario has no section ``[time]``.
        """
        return talks_of(self.document, self.payoffs, self.disagreement(), self.problem())

    def offers(self, seed: int = 0, **options: Any) -> Offers:
        """Return what is offered when talks have no deadline; options as in :func:`bargain.time.stationary.offers`.

        Examples
        --------
        >>> import bargain as bg
        >>> [round(share, 4) for share in bg.load("rubinstein-1982").offers().payoffs]
        [0.7143, 0.2857]
        """
        return stationary_offers(self.alternating_offers(), seed=seed, **options)

    def deadline(self, rounds: int | None = None, seed: int = 0, *, compare: bool = True) -> Deadline:
        """Return what is offered in every round until time runs out.

        Parameters
        ----------
        rounds : int, optional
            The number of rounds, in place of the scenario's own.
        seed : int
            Seed of the search for continuous deals.
        compare : bool
            Whether to solve also the talks with one round more, and those without a deadline.

        Examples
        --------
        >>> import bargain as bg
        >>> [round(each.payoffs[0], 4) for each in bg.load("stahl-1972").deadline().rounds]
        [0.181, 0.09, 0.1, 0.0]
        """
        return before_a_deadline(self.alternating_offers(), rounds, compare=compare, seed=seed)

    def deadline_tree(self) -> str:
        """Return the talks with a deadline as a game tree in Gambit's ``.efg``.

        Raises
        ------
        LimitError
            The tree would be too large; the message says how large.
        UnsupportedProblemError
            The deals are not finitely many, or there is no deadline.
        """
        return offers_efg(self.alternating_offers(), self.document.title or self.document.id)

    def explain_no_deal(
        self, break_even: bool = False, seed: int = 0, progress: Progress | None = None
    ) -> NoDealReasons:
        """Return who blocks a deal, the nearest miss and, on request, what number would have to change.

        Parameters
        ----------
        break_even : bool
            Whether to look for the values of parameters and ends of levers' ranges at which a deal appears.
        seed : int
            Seed of the search for continuous deals.
        progress : callable, optional
            Called as ``progress(done, total)`` after each number that was varied.

        Raises
        ------
        NotSolvedError
            There is a deal.
        """
        if self.solve(seed=seed).agreed:
            raise NotSolvedError("there is a deal: nothing has to be explained")
        return self.reasons_for_no_deal(break_even, seed, progress)

    def reasons_for_no_deal(self, break_even: bool, seed: int, progress: Progress | None) -> NoDealReasons:
        """Return the same for a scenario that is known to have no deal."""
        reasons = explain_no_deal(self.problem(), seed)
        if not break_even:
            return reasons

        def agrees(changes: Mapping[str, Any]) -> bool:
            with effort(prove=False):
                return self.set(changes).solve(seed=seed).agreed

        found, searched, notes = break_evens(self.document, agrees, progress)
        return replace(reasons, break_evens=found, searched=searched, notes=(*reasons.notes, *notes))
