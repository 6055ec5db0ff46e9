"""A stored result, checked against the scenario inside it.

Every claim is recomputed from the definitions by :mod:`bargain.certificates.replay`: that the scenario is the one that
was hashed, that the terms give the gains, that nobody is worse off than without a deal, that limits are kept, that the
equilibria have no regret, that the parts of the value of linkage fit together, and that a search finds no better deal.
The search enumerates when there are few deals; otherwise it tries single changes and seeded random deals, which can
refute optimality but not prove it.  Lists of equilibria are complete as far as a small enumeration goes; where it is
too large the claim is left open.  What no check reads is listed in :mod:`bargain.certificates.unread`.
Tested by results that pass and by changed ones, which must fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bargain.certificates.agreements import check_answer
from bargain.certificates.claims import Stored, claim, difference, guarded, number, row
from bargain.certificates.deviations import check_continuous
from bargain.certificates.enforcement import check_enforcement
from bargain.certificates.no_deal import check_no_deal
from bargain.certificates.profiles import check_equilibria
from bargain.certificates.replay import Replay
from bargain.certificates.stored_timing import check_deadline, check_offers
from bargain.certificates.structures import check_linkage
from bargain.certificates.subsets import check_components
from bargain.results import Certificate
from bargain.scenario.expression import DomainError, evaluate
from bargain.scenario.read import read_tree

__all__ = ["verify_stored"]


def verify_stored(stored: Mapping[str, Any]) -> tuple[Certificate, ...]:
    """Return a certificate for every claim of a JSON result that can be checked.

    Parameters
    ----------
    stored : mapping
        A result with ``"schema": "bargain-result-1"``.

    Raises
    ------
    ScenarioError
        The scenario inside the result cannot be read.
    """
    replay = Replay(read_tree(stored["inputs"]))
    players = replay.document.player_names
    digest = stored.get("scenario", {}).get("digest")
    checks = [claim("the scenario is the one that was solved", 0.0 if digest == replay.document.digest else 1.0)]
    checks += guarded("the scenario's heading", lambda: _heading(replay, stored["scenario"]))
    disagreement = row(stored["disagreement"]["payoffs"], players)
    checks += guarded("the disagreement point", lambda: _disagreement(replay, stored, disagreement))
    if stored.get("status") is not None:
        answers = [stored, *stored.get("alternatives", [])]
        for answer in answers:
            checks += guarded(f"the {answer.get('rule')} deal", partial(check_answer, replay, answer, disagreement))
    if stored.get("equilibria"):
        checks += guarded("the equilibria", lambda: check_equilibria(replay, stored["equilibria"]))
        checks += guarded("the components", lambda: check_components(players, stored["equilibria"]))
    if stored.get("continuous"):
        checks += guarded("the equilibria on the intervals", lambda: check_continuous(replay, stored["continuous"]))
    if stored.get("linkage"):
        checks += guarded("the value of linkage", lambda: check_linkage(replay, stored, disagreement))
    if stored.get("enforcement"):
        checks += guarded("enforcement", lambda: check_enforcement(replay, stored, disagreement))
    if stored.get("no_deal"):
        reasons = stored["no_deal"]
        checks += guarded("why there is no deal", lambda: check_no_deal(replay, reasons, disagreement))
    standing = stored["disagreement"].get("terms")
    if stored.get("deadline"):
        timed = stored["deadline"]
        checks += guarded("the deadline", lambda: check_deadline(replay, timed, disagreement, standing))
    if stored.get("offers"):
        made = stored["offers"]
        checks += guarded("the offers", lambda: check_offers(replay, made, disagreement, standing))
    if stored.get("expectations"):
        checks += guarded("the expectations", lambda: _expectations(replay, stored["expectations"]))
    return tuple(checks)


def _heading(replay: Replay, stored: Stored) -> list[Certificate]:
    document = replay.document
    names = {player.name: player.label for player in document.players}
    said = (stored["id"], stored["title"], stored["units"], stored["players"])
    same = said == (document.id, document.title, document.units, names)
    return [claim("title, units and players are the scenario's", float(not same))]


def _disagreement(replay: Replay, result: Stored, payoffs: Sequence[float]) -> list[Certificate]:
    document, stored = replay.document, result["disagreement"]
    kind = stored["kind"]
    checks = [claim("the disagreement point is of the kind in the scenario", float(kind != document.disagreement.kind))]
    if kind == "fixed":
        checks.append(claim("the disagreement payoffs", difference(payoffs, document.disagreement.payoffs or ())))
    elif stored["terms"] is not None:
        codes = replay.codes(stored["terms"])
        checks.append(claim("the disagreement payoffs", difference(payoffs, replay.payoffs(codes))))
        if kind == "status_quo":
            checks.append(claim("the no-agreement levels are the status quo", difference(codes, document.status_quo)))
    elif kind == "status_quo":
        checks.append(claim("the no-agreement levels are the status quo", 1.0))
    # Of a list that was narrowed by another criterion nothing follows.
    if kind == "nash" and result.get("equilibria") and not result["equilibria"].get("selection"):
        checks.append(_selected(document.disagreement.select, document.player_names, result["equilibria"], payoffs))
    return checks


def _selected(how: str, players: Sequence[str], stored: Stored, payoffs: Sequence[float]) -> Certificate:
    """Check that the disagreement point is the equilibrium of those listed that the scenario selects."""
    rows = [row(profile["payoffs"], players) for profile in stored["profiles"]]
    size = max([abs(value) for each in rows for value in each] + [1e-300])
    listed = min([max(abs(a - b) for a, b in zip(payoffs, each, strict=True)) for each in rows], default=size) / size
    short = 0.0
    if how == "egalitarian":
        best = max(sorted(each) for each in rows)
        short = max(0.0, best[0] - min(payoffs)) / size
    elif how == "payoff-dominant":
        short = (
            max(max(0.0, *(other - mine for mine, other in zip(payoffs, each, strict=True))) for each in rows) / size
        )
    elif how in ("welfare-best", "welfare-worst"):
        sign = 1.0 if how == "welfare-best" else -1.0
        short = (max(sign * sum(each) for each in rows) - sign * sum(payoffs)) / size
    return claim(f"the disagreement point is the {how} equilibrium of those listed", max(listed, short))


def _expectations(replay: Replay, stored: Sequence[Stored]) -> list[Certificate]:
    """Evaluate every rule again with the values that it is said to have read."""
    rules = replay.document.expectations
    wrong = [each["rule"] for each, rule in zip(stored, rules, strict=True) if not _same_verdict(each, rule)]
    return [claim("the expectations hold or fail as stated", float(len(wrong)), wrong or None)]


def _same_verdict(stored: Stored, rule: Any) -> bool:
    if (stored["name"], stored["rule"]) != (rule.name, rule.source):
        return False
    if any(value is None for value in stored["values"].values()):
        return not stored["holds"]
    values = {
        name: value if isinstance(value, str) and not value.replace("/", "").lstrip("-").isdigit() else number(value)
        for name, value in stored["values"].items()
    }
    try:
        return bool(evaluate(rule.expression, values)) == bool(stored["holds"])
    except DomainError:
        return not stored["holds"]
