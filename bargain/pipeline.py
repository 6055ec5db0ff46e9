"""The one place that knows the order: scenario, payoffs, game, solution, certificate, report.

Start reading here.  A :class:`bargain.solvable.Scenario` is a checked document with its compiled payoffs; its
methods are one call each into the room that does the work.  :func:`run` does what the command ``bargain solve`` shows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bargain import catalog
from bargain.certificates.games.stored import GAME_SCHEMA, verify_game_result
from bargain.certificates.stored import verify_stored
from bargain.certificates.timing import certify_deadline, certify_offers
from bargain.effort import current, effort
from bargain.errors import LimitError, NotSolvedError, UnsupportedGameError, UnsupportedProblemError
from bargain.expectations import Sources, expectations
from bargain.linkage.value import linkage as value_of_linkage
from bargain.provenance import origin
from bargain.results import (
    Certificate,
    Deadline,
    Equilibria,
    Offers,
    Report,
    Solution,
    Status,
)
from bargain.results.enforcement import Enforcement
from bargain.scenario.read import read, read_tree
from bargain.solutions.rules import solve
from bargain.solvable import Scenario

__all__ = ["Scenario", "load", "provenance", "run", "run_timed", "solve", "verify_result"]

Progress = Callable[[int, int], None]


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
    enforce: Mapping[str, Any] | None = None,
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
    enforce : mapping, optional
        ``delta``, ``punishment`` and ``path`` of :meth:`Scenario.enforcement`: whether the deal is self-enforcing.
        Without it, a scenario with ``[enforcement]`` is asked for critical factors only.
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
    timed, untimed = _talks_with_a_clock(scenario, seed) if linkage else (None, None)
    report = Report(
        document=scenario.document,
        disagreement=scenario.disagreement(),
        solution=solution,
        alternatives=tuple(scenario.solve(rule, seed=seed) for rule in others),
        equilibria=found,
        linkage=worth,
        terms=_terms(scenario, solution),
        notes=notes,
        deadline=timed,
        offers=untimed,
    )
    if solution.status is Status.NO_DEAL and (linkage or break_even) and options.get("transfers") is None:
        report = replace(report, no_deal=scenario.reasons_for_no_deal(break_even, seed, progress))
    report = replace(report, enforcement=_enforcement(scenario, solution, enforce, seed, progress))
    if expect:
        sources = Sources(
            scenario.solve,
            scenario.linkage,
            scenario.equilibria,
            scenario.enforcement,
            lambda: scenario.offers(seed, limit=False, options=False),
            lambda: scenario.deadline(seed=seed, compare=False),
        )
        report = replace(report, expectations=expectations(scenario.document, report, sources))
    return replace(report, provenance=provenance(seed, started))


def run_timed(scenario: Scenario, command: str, seed: int = 0, **options: Any) -> Report:
    """Solve the talks of a scenario with a clock, certify them, and collect what a report shows.

    Parameters
    ----------
    scenario : Scenario
        With a section ``[time]``.
    command : {"deadline", "offers"}
        Which question is asked.
    seed : int
        Seed of the search for continuous deals.
    **options
        Of :meth:`Scenario.deadline` or :meth:`Scenario.offers`.
    """
    started = time.time(), time.perf_counter()
    report = Report(scenario.document, scenario.disagreement())
    if command == "deadline":
        found = scenario.deadline(seed=seed, **options)
        report = replace(report, deadline=replace(found, certificates=certify_deadline(found, seed)))
    else:
        offered = scenario.offers(seed, **options)
        report = replace(report, offers=replace(offered, certificates=certify_offers(offered, seed)))
    return replace(report, provenance=provenance(seed, started))


def verify_result(stored: Mapping[str, Any]) -> tuple[Certificate, ...]:
    """Re-check a stored JSON result against the scenario or game in it, by code that shares no solver."""
    if stored.get("schema") == GAME_SCHEMA:
        return verify_game_result(stored)
    return verify_stored(stored)


def _equilibria_or_why_not(scenario: Scenario) -> tuple[Equilibria | None, tuple[str, ...]]:
    """Return the equilibria; the deal does not wait for a game that is too large, or for which no time is left."""
    if current().expired():
        return None, ("No equilibria: time was up.",)
    try:
        return scenario.equilibria(), ()
    except LimitError as limit:
        return None, (f"No equilibria: {limit}.",)


def _enforcement(
    scenario: Scenario,
    solution: Solution,
    wanted: Mapping[str, Any] | None,
    seed: int,
    progress: Progress | None,
) -> Enforcement | None:
    """Return whether the deal is self-enforcing; the deal does not wait for a breach that cannot be computed."""
    if wanted is not None:
        return scenario.enforcement(rule=solution.rule, headline=solution, seed=seed, progress=progress, **wanted)
    if scenario.document.enforcement is None or not solution.agreed:
        return None
    try:
        return scenario.enforcement(rule=solution.rule, headline=solution, seed=seed, brief=True)
    except (LimitError, NotSolvedError, UnsupportedGameError):
        return None


def _talks_with_a_clock(scenario: Scenario, seed: int) -> tuple[Deadline | None, Offers | None]:
    """Return the talks before the scenario's deadline or, where it has none, without one; nothing without a clock."""
    clock = scenario.document.time
    try:
        with effort(prove=False):
            if clock is not None and clock.rounds is not None:
                return scenario.deadline(seed=seed, compare=False), None
            return None, None if clock is None else scenario.offers(seed, limit=False, options=False)
    except (LimitError, UnsupportedProblemError, NotSolvedError):
        # The commands `deadline` and `offers` say why.
        return None, None


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
