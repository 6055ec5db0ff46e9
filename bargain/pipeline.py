"""The one place that knows the order: scenario, payoffs, game, solution, certificate, report.

Start reading here.  A :class:`Scenario` is a checked document with its compiled payoffs; its methods are one call each
into the room that does the work.  :func:`run` does what the command ``bargain solve`` shows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bargain import catalog
from bargain.certificates.games.stored import GAME_SCHEMA, verify_game_result
from bargain.certificates.stored import verify_stored
from bargain.disagreement import equilibrium_point, given_point, security_point, status_quo_point, threat_point
from bargain.equilibria.continuous import EPSILON, continuous_equilibria
from bargain.equilibria.methods import equilibria as find_equilibria
from bargain.errors import LimitError, NotSolvedError
from bargain.expectations import Sources, expectations
from bargain.games.bargaining import BargainingProblem
from bargain.games.build import bargaining_problem, normal_form
from bargain.games.continuous_game import ContinuousGame
from bargain.games.normal_form import NormalFormGame
from bargain.linkage.no_deal import break_evens, explain_no_deal
from bargain.linkage.talks import Talks
from bargain.linkage.value import linkage as value_of_linkage
from bargain.payoffs.numeric import Payoffs, compile_payoffs
from bargain.provenance import origin
from bargain.results import (
    Certificate,
    ContinuousEquilibria,
    DisagreementPoint,
    Equilibria,
    Linkage,
    NoDealReasons,
    Report,
    Solution,
    Status,
)
from bargain.scenario.document import Document
from bargain.scenario.read import read, read_tree
from bargain.solutions.rules import solve_problem

__all__ = ["Scenario", "load", "provenance", "run", "solve", "verify_result"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario that can be solved: what the file says, with compiled payoffs.

    Examples
    --------
    >>> scenario = load("nash-barter-1950")
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
        kind = self.document.disagreement.kind
        if kind == "fixed":
            return given_point(self.document)
        if kind == "minmax":
            return security_point(self.game())
        if kind == "nash":
            return equilibrium_point(self._equilibria, self.document)
        if kind == "threats":
            return threat_point(self.game(), self.payoffs)
        return status_quo_point(self.payoffs)

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
        point = self.disagreement()
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
        >>> worth = load("maggi-transfers-2016").linkage()
        >>> [round(value, 6) + 0.0 for value in worth.value]
        [0.0, 0.0]
        """
        return value_of_linkage(self.talks(), structures, progress, **options)

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
        return self._reasons(break_even, seed, progress)

    def _reasons(self, break_even: bool, seed: int, progress: Progress | None) -> NoDealReasons:
        reasons = explain_no_deal(self.problem(), seed)
        if not break_even:
            return reasons

        def agrees(changes: Mapping[str, Any]) -> bool:
            return self.set(changes).solve(seed=seed).agreed

        found, searched, notes = break_evens(self.document, agrees, progress)
        return replace(reasons, break_evens=found, searched=searched, notes=(*reasons.notes, *notes))


def load(source: str | os.PathLike[str] | Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    source : str, path or mapping
        A file (TOML or JSON), the name of a shipped scenario, or the tree itself.
    overrides : mapping, optional
        Paths and values to change before the check, as in :meth:`Scenario.set`.

    Raises
    ------
    ScenarioError
        The scenario cannot be used; all reasons at once in ``diagnostics``.

    Examples
    --------
    >>> load("us-japan-2025").document.player_names
    ('US', 'JP')
    """
    if isinstance(source, Mapping):
        return Scenario(read_tree(source, "", overrides))
    path = source if Path(source).exists() else catalog.find(os.fspath(source))
    return Scenario(read(path, overrides))


def solve(
    problem: BargainingProblem | Scenario, rule: str = "nash", weights: Sequence[float] | None = None, seed: int = 0
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
    if isinstance(problem, Scenario):
        return problem.solve(rule, weights, seed)
    return solve_problem(problem, rule, weights, seed=seed)


def run(
    scenario: Scenario,
    rules: Sequence[str] | None = None,
    *,
    equilibria: bool = True,
    linkage: bool = True,
    attribution: bool = False,
    expect: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
    structures: str | None = None,
    break_even: bool = False,
    **options: Any,
) -> Report:
    """Solve a scenario and collect everything that a report shows.

    Parameters
    ----------
    scenario : Scenario
        What to solve.
    rules : sequence of str, optional
        Bargaining rules; the first gives the headline. The default is the scenario's ``solve.solutions``.
    equilibria, linkage, attribution, expect : bool
        Whether to find the equilibria of the no-agreement game, to compare with separate talks, to solve every
        sub-package and attribute the gain to issues, and to check the ``[[expect]]`` rules.
    seed : int
        Seed of the search for continuous deals.
    progress : callable, optional
        Called as ``progress(done, total)`` while structures are solved.
    structures : str, optional
        Which structures to compare, as in :func:`bargain.linkage.value.linkage`; overrides ``attribution``.
    break_even : bool
        Whether to look, where there is no deal, for the numbers that would have to change.
    **options
        ``transfers`` and ``tables`` of :func:`bargain.linkage.value.linkage`.

    Returns
    -------
    Report
        With ``terms`` set to the agreed levels, or to the no-agreement levels when there is no deal.
    """
    started = time.time(), time.perf_counter()
    headline, *others = rules or scenario.document.solve.solutions
    kinds = structures or ("subpackages" if attribution else "separate")
    if (linkage and scenario.document.solve.compare == "linkage") or attribution or structures:
        worth = value_of_linkage(scenario.talks(headline, seed=seed), kinds, progress, **options)
        solution = worth.package.solution
    else:
        worth, solution = None, scenario.solve(headline, seed=seed)
    found, notes = _equilibria_or_why_not(scenario) if equilibria else (None, ())
    report = Report(
        document=scenario.document,
        disagreement=scenario.disagreement(),
        solution=solution,
        alternatives=tuple(scenario.solve(rule, seed=seed) for rule in others),
        equilibria=found,
        linkage=worth,
        terms=_terms(scenario, solution),
        notes=notes,
    )
    if solution.status is Status.NO_DEAL and (linkage or break_even) and options.get("transfers") is None:
        report = replace(report, no_deal=scenario._reasons(break_even, seed, progress))
    if expect:
        sources = Sources(scenario.solve, scenario.linkage, scenario.equilibria)
        report = replace(report, expectations=expectations(scenario.document, report, sources))
    return replace(report, provenance=provenance(seed, started))


def verify_result(stored: Mapping[str, Any]) -> tuple[Certificate, ...]:
    """Re-check a stored JSON result against the scenario or game in it, by code that shares no solver."""
    if stored.get("schema") == GAME_SCHEMA:
        return verify_game_result(stored)
    return verify_stored(stored)


def _equilibria_or_why_not(scenario: Scenario) -> tuple[Equilibria | None, tuple[str, ...]]:
    """Return the equilibria; the deal does not wait for a game that is too large to be laid out."""
    try:
        return scenario.equilibria(), ()
    except LimitError as limit:
        return None, (f"No equilibria: {limit}.",)


def _terms(scenario: Scenario, solution: Solution) -> Mapping[str, Mapping[str, Any]] | None:
    if solution.lottery is not None and solution.deal is None and solution.agreed:
        return None
    if solution.deal is not None:
        deal: Mapping[str, Mapping[str, Any]] = solution.deal
        return deal
    point = scenario.disagreement()
    return scenario.document.terms(point.levels or scenario.document.status_quo)


def provenance(seed: int, started: tuple[float, float]) -> dict[str, Any]:
    """Return what a result depends on besides its scenario, and when it was computed.

    Parameters
    ----------
    seed : int
        Seed of the search for continuous deals.
    started : (float, float)
        ``time.time()`` and ``time.perf_counter()`` when the work began.
    """
    return origin(seed, started, {name: version(name) for name in ("numpy", "scipy", "sympy", "nashpy")})
