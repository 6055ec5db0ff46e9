"""The machine form of a report: one JSON object, ``"schema": "bargain-result-1"``.

Two runs of the same scenario with the same seed give the same bytes, apart from ``provenance``.  Players, issues and
levers stand in the scenario's order.  Fields are only ever added within version 1 of the schema.

===================  ==================================================================================================
``schema``           ``"bargain-result-1"``
``command``          ``"solve"``, ``"linkage"``, ``"equilibria"``, ``"enforce"``, ``"deadline"`` or ``"offers"``
``scenario``         ``id``, ``title``, ``units``, ``digest`` (SHA-256 of ``inputs`` in canonical form), ``players``
                     ``{name: label}``
``inputs``           the scenario's whole tree after ``--set``; it is a scenario file in JSON and can be solved again
``status``           ``"proved"``, ``"converged"``, ``"limit"``, ``"failed"`` or ``"no_deal"``
                     (:class:`bargain.Status`); null when no deal was asked for
``rule``             the bargaining rule of the headline deal; ``method`` the algorithm, ``weights``
                     ``{player: weight}`` or null
``terms``            ``{issue: {lever: level}}``: numbers, or names of named levels; the no-agreement levels when
                     there is no deal; null for a lottery
``lottery``          ``[{"probability": p, "terms": {...}}, ...]`` or null
``ties``             every deal that the rule ranks equal, the chosen one first: ``[{"terms", "payoffs"}, ...]``
``gains``            ``{player: number}``, payoff less disagreement payoff, in ``scenario.units``
``payoffs``          ``{player: number}``
``disagreement``     ``kind``, ``payoffs`` ``{player: number}``, ``terms`` or null, ``note``; for kind `threats` also
                     ``threats`` ``{player: {action: probability}}``
``binding``          limits that hold the deal back: ``[{"kind", "name", "side", "line", "shadow"}, ...]``;
                     ``shadow`` ``{player: number}`` is what one more unit of the limit would give, or null
``notes``            remarks of the solver, as text
``certificate``      ``claim``, ``holds``, ``gap``, ``tolerance``, ``unit``, ``method``, ``witness``, ``evidence``;
                     or null
``alternatives``     the other rules' deals, each with the fields ``rule`` to ``certificate`` above
``equilibria``       of the no-agreement game: ``method``, ``complete`` (true, false, or null: not known), ``reason``,
                     ``exact``, ``profiles`` ``[{"strategies": {player: [{"action", "probability"}, ...]}, "payoffs",
                     "regret"}, ...]`` (supports only), ``components`` (maximal Nash subsets: ``strategies``
                     ``{player: [{action: probability}, ...]}``, one entry per corner, ``equilibria``, ``dimension``,
                     ``connected``), ``notes``, and ``selection`` when the list was narrowed; or null
``continuous``       equilibria on the intervals of continuous levers: ``method``, ``complete``, ``reason``,
                     ``tolerances`` ``{player: number}``, ``profiles`` and ``rejected`` ``[{"terms", "payoffs",
                     "epsilon", "gains": {player: {"found", "bound"}}, "deviation": {"player", "terms"}, "status"},
                     ...]`` (what the best deviation found gains, and what none exceeds), ``notes``; or null
``transfers``        beside ``gains``, where side payments are allowed: ``{player: number}``, received less given;
                     ``payoffs`` and ``gains`` count them
``linkage``          ``value`` ``{player: number}``, ``total``, ``package`` and ``subpackages`` (``issues``, ``status``,
                     ``gains``, ``total``, ``transfers`` where allowed, ``terms`` or ``lottery``), ``separate``
                     (``gains``, ``negotiated``, ``feasible``, ``terms`` or ``lottery``), ``attribution`` ``{issue:
                     number}`` or null, ``marginal`` ``{issue: {"first", "last"}}`` or null, ``smallest`` (packages of
                     fewest issues with a deal) or null, ``transfers`` ``{"cost"}`` or null, ``trade`` (``changes``
                     ``{heading: {player: number}}``, ``transfers``, ``offset``; they add up to the package's gains),
                     ``terms`` of the payoffs that tie issues (``player``, ``heading``, ``issues``, ``formula``,
                     ``first``, ``last``, ``shapley``, ``value``) or null, ``matrix`` ``[{"issues",
                     "difference"}, ...]`` (positive: complements), ``structures`` (below) or null, ``complete``,
                     ``notes``; or null
``enforcement``      whether the deal is self-enforcing, where that was asked for: see
                     :mod:`bargain.reports.enforcement_data`
``structures``       in ``linkage``: ``partitions``, ``simultaneous``, ``sequences``, each a ranked list of ``kind``,
                     ``tables``, ``status`` ("solved", "none", "cycle", "limit"), ``agreed`` (tables with a deal),
                     ``feasible``, ``gains`` (realised), ``negotiated``, ``total``, ``product`` (weighted geometric
                     mean of gains; null where somebody does not gain), ``losers``, ``value`` (package less this),
                     ``transfers``, ``fixed_points`` (gains of all found), ``complete`` (whether these are proved to
                     be all; null for others), ``terms`` or ``lottery``, ``note``; and ``complete``, ``notes``
``no_deal``          only where there is none: ``blocking`` (minimal sets of players), ``nearest`` (``gains``,
                     ``terms``) or null, ``break_evens`` ``[{"path", "now", "value", "deal" ("below" or "above"),
                     "scanned"}, ...]`` or null (not looked for), ``searched``, ``notes``
``deadline``         where there is one: every offer until time runs out; see :mod:`bargain.reports.timing_data`
``offers``           where they were asked for: what is offered without a deadline; see there
``expectations``     ``[{"name", "rule", "holds", "values", "line", "error"}, ...]``
``provenance``       versions, platform, seed, time, duration, command line (``argv``) and what it changed in the
                     scenario (``changes``): the only part that differs between runs
===================  ==================================================================================================

Floats are written in the shortest form that reads back as the same float, fractions as ``"p/q"`` (whole ones as
integers).  There is no NaN and no Infinity: a number that is not finite is null.  All text is ASCII with JSON escapes.
Tested by reading back what was written, and by comparing runs.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bargain.reports.components import component_tree
from bargain.reports.continuous import continuous_tree
from bargain.reports.enforcement_data import enforcement_tree
from bargain.reports.linkage_data import linkage_tree, no_deal_tree
from bargain.reports.timing_data import deadline_tree, offers_tree

if TYPE_CHECKING:
    from bargain.results import Certificate, Equilibria, Profile, Report, Solution
    from bargain.scenario.document import Document

__all__ = ["SCHEMA", "certificate_tree", "dumps", "plain", "result_tree"]

SCHEMA = "bargain-result-1"

Tree = dict[str, Any]


def dumps(tree: Any) -> str:
    """Return ``tree`` as JSON text that ends with a newline."""
    return json.dumps(plain(tree), indent=2, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Return ``value`` as plain JSON data.

    Examples
    --------
    >>> plain({"gain": Fraction(1, 3), "gap": float("inf"), "levels": (1, -0.0)})
    {'gain': '1/3', 'gap': None, 'levels': [1, 0.0]}
    """
    if value is None or isinstance(value, bool | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, Iterable) and not hasattr(value, "tolist"):
        return [plain(item) for item in value]
    return _unwrapped(value)


def _unwrapped(value: Any) -> Any:
    if hasattr(value, "tolist"):
        # numpy arrays and scalars, without importing numpy
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return str(value)


def result_tree(report: Report, command: str = "solve") -> Tree:
    """Return the object that the module describes.

    Parameters
    ----------
    report : Report
        What was solved.
    command : str
        Which question was asked.
    """
    document = report.document
    players = document.player_names
    solution = report.solution
    point = report.disagreement
    terms = None if point.levels is None else document.terms(point.levels)
    return {
        "schema": SCHEMA,
        "command": command,
        "scenario": _scenario(document),
        "inputs": document.tree,
        **(_solution(solution, players) if solution is not None else {"status": None}),
        **({"terms": report.terms} if solution is not None else {}),
        "disagreement": {
            "kind": point.kind,
            "payoffs": _by_player(players, point.payoffs),
            "terms": terms,
            "note": point.note,
            **({} if point.threats is None else {"threats": point.threats}),
        },
        "alternatives": [_solution(other, players) for other in report.alternatives],
        "equilibria": _equilibria(report.equilibria),
        "continuous": continuous_tree(report.continuous),
        "linkage": None if report.linkage is None else linkage_tree(report.linkage, document),
        **({} if report.enforcement is None else {"enforcement": enforcement_tree(report.enforcement)}),
        **({} if report.no_deal is None else {"no_deal": no_deal_tree(report.no_deal, players)}),
        **_timing(report, players),
        "expectations": report.expectations,
        "provenance": report.provenance,
    }


def _timing(report: Report, players: Sequence[str]) -> Tree:
    fields: Tree = {}
    if report.deadline is not None:
        checks = [certificate_tree(each) for each in report.deadline.certificates]
        fields["deadline"] = deadline_tree(report.deadline, players, checks)
    if report.offers is not None:
        checks = [certificate_tree(each) for each in report.offers.certificates]
        fields["offers"] = offers_tree(report.offers, players, checks)
    return fields


def _scenario(document: Document) -> Tree:
    return {
        "id": document.id,
        "title": document.title,
        "units": document.units,
        "digest": document.digest,
        "players": {player.name: player.label for player in document.players},
    }


def _by_player(players: Sequence[str], values: Sequence[Any] | None) -> Tree | None:
    return None if values is None else dict(zip(players, values, strict=True))


def _solution(solution: Solution, players: Sequence[str]) -> Tree:
    lottery = solution.lottery
    return {
        "status": solution.status,
        "rule": solution.rule,
        "method": solution.method,
        "weights": _by_player(players, solution.weights),
        "terms": solution.deal,
        "lottery": None if lottery is None else [{"probability": p, "terms": deal} for deal, p in lottery],
        "ties": [{"terms": tie.deal, "payoffs": _by_player(players, tie.payoffs)} for tie in solution.ties],
        "gains": _by_player(players, solution.gains),
        "payoffs": _by_player(players, solution.payoffs),
        "binding": [
            {
                "kind": limit.kind,
                "name": limit.name,
                "side": limit.side,
                "line": limit.line,
                "shadow": _by_player(players, limit.shadow),
            }
            for limit in solution.binding
        ],
        **({} if solution.transfers is None else {"transfers": _by_player(players, solution.transfers)}),
        "notes": solution.notes,
        "certificate": None if solution.certificate is None else certificate_tree(solution.certificate),
    }


def certificate_tree(certificate: Certificate) -> Tree:
    """Return a certificate with whether it holds."""
    return {
        "claim": certificate.claim,
        "holds": certificate.holds,
        "gap": certificate.gap,
        "tolerance": certificate.tolerance,
        "unit": certificate.unit,
        "method": certificate.method,
        "witness": certificate.witness,
        "evidence": certificate.evidence,
    }


def _equilibria(equilibria: Equilibria | None) -> Tree | None:
    if equilibria is None:
        return None
    return {
        "method": equilibria.method,
        "complete": equilibria.complete,
        "reason": equilibria.reason,
        "exact": equilibria.exact,
        "profiles": [_profile(profile, equilibria) for profile in equilibria],
        "components": [component_tree(component, equilibria) for component in equilibria.components],
        "notes": equilibria.notes,
        **({"selection": equilibria.selection} if equilibria.selection else {}),
    }


def _profile(profile: Profile, equilibria: Equilibria) -> Tree:
    game = equilibria.game
    strategies = {
        player: [{"action": actions[a], "probability": strategy[a]} for a in support]
        for player, actions, strategy, support in zip(
            game.players, game.actions, profile.strategies, profile.supports, strict=True
        )
    }
    return {
        "strategies": strategies,
        "payoffs": _by_player(game.players, profile.payoffs),
        "regret": profile.regret,
    }
