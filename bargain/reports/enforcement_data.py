"""The machine forms of a report on enforcement: the entry ``enforcement`` of a JSON result, and rows of CSV.

``enforcement`` holds ``rule``, ``punishment`` (``kind``, ``payoffs`` or null, ``note``, ``draws`` ``[{"probability",
"terms"}, ...]``, ``snap_back``), ``factors`` ``{player: number}`` or null, ``linked`` and ``separate``: lists of
incentives (``player``, ``issue`` or null, ``payoff``, ``breach``, ``bound``, ``punishment``, ``critical`` or null: no
factor below 1, ``terms`` of the breach, ``lag`` or null: never seen, ``breaches`` by lag, ``unseen``, ``surplus``,
``holds``), ``critical``, ``critical_separate``, ``binding``, ``holds``, ``holds_separately``, ``best`` (``linked``,
``status``, ``payoffs``, ``gains``, ``terms`` or ``lottery``, ``cost``, ``slack``, ``binding``, ``notes``),
``path`` (``delta``, ``status``, ``payoffs``, ``gains``, ``terms`` or ``lottery``) and ``notes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.results.enforcement import EnforcedDeal, Enforcement, Incentive
    from bargain.scenario.document import Document

__all__ = ["enforcement_records", "enforcement_tree"]

Tree = dict[str, Any]


def enforcement_tree(found: Enforcement) -> Tree:
    """Return the entry ``enforcement`` that the module describes."""
    players, punishment = found.players, found.punishment
    return {
        "rule": found.rule,
        "punishment": {
            "kind": punishment.kind,
            "payoffs": None if punishment.payoffs is None else _row(players, punishment.payoffs),
            "note": punishment.note,
            "draws": [{"probability": chance, "terms": terms} for terms, chance in punishment.draws],
            "snap_back": list(punishment.snap_back),
        },
        "factors": None if found.factors is None else _row(players, found.factors),
        "linked": [_incentive(each) for each in found.linked],
        "separate": [_incentive(each) for each in found.separate],
        "critical": found.critical,
        "critical_separate": found.critical_separate,
        "binding": list(found.binding),
        "holds": found.holds,
        "holds_separately": found.holds_separately,
        "best": [_best(each, players) for each in found.best],
        "path": [
            {
                "delta": each.delta,
                "status": each.status,
                "payoffs": _row(players, each.payoffs),
                "gains": _row(players, each.gains),
                "terms": each.terms,
                "lottery": _lottery(each.lottery),
            }
            for each in found.path
        ],
        "notes": list(found.notes),
    }


def _row(players: Sequence[str], values: Sequence[Any]) -> Tree:
    return dict(zip(players, values, strict=True))


def _incentive(each: Incentive) -> Tree:
    return {
        "player": each.player,
        "issue": each.issue,
        "payoff": each.payoff,
        "breach": each.breach,
        "bound": each.bound,
        "punishment": each.punishment,
        "critical": each.critical,
        "terms": dict(each.terms),
        "lag": each.lag,
        "breaches": list(each.breaches),
        "unseen": each.unseen,
        "surplus": each.surplus,
        "holds": each.holds,
    }


def _lottery(drawn: Sequence[tuple[Any, Any]] | None) -> list[Tree] | None:
    return None if drawn is None else [{"probability": chance, "terms": deal} for deal, chance in drawn]


def _best(each: EnforcedDeal, players: Sequence[str]) -> Tree:
    solution = each.solution
    return {
        "linked": each.linked,
        "status": str(solution.status),
        "payoffs": _row(players, solution.payoffs),
        "gains": _row(players, solution.gains),
        "terms": solution.deal,
        "lottery": _lottery(solution.lottery),
        "cost": _row(players, each.cost),
        "slack": each.slack,
        "binding": [{"player": one.player, "issue": one.issue} for one in each.binding],
        "notes": list(each.notes),
    }


def enforcement_records(found: Enforcement, document: Document) -> Iterator[Tree]:
    """Yield rows of CSV: the tables ``enforcement``, ``self-enforcing deal`` and ``enforcement path``."""
    unit = document.units
    for each in (*found.linked, *found.separate):
        base = {"table": "enforcement", "item": each.issue or "linked", "player": each.player, "rule": found.rule}
        for quantity in ("payoff", "breach", "punishment", "critical", "surplus"):
            of_payoff = "" if quantity == "critical" else unit
            yield {**base, "quantity": quantity, "value": getattr(each, quantity), "unit": of_payoff}
        for name, to in each.terms.items():
            yield {**base, "entry": name, "quantity": "breach level", "value": to}
    for deal in found.best:
        base = {"table": "self-enforcing deal", "item": "linked" if deal.linked else "separate", "rule": found.rule}
        yield {**base, "quantity": "status", "value": str(deal.solution.status)}
        for quantity, values in (("payoff", deal.solution.payoffs), ("gain", deal.solution.gains), ("cost", deal.cost)):
            for player, value in zip(found.players, values, strict=True):
                yield {**base, "player": player, "quantity": quantity, "value": value, "unit": unit}
        yield from _levels(base, document, deal.solution.deal)
    for number, point in enumerate(found.path, start=1):
        base = {"table": "enforcement path", "item": str(number), "rule": found.rule}
        yield {**base, "quantity": "delta", "value": point.delta}
        yield {**base, "quantity": "status", "value": point.status}
        for player, value in zip(found.players, point.gains, strict=True):
            yield {**base, "player": player, "quantity": "gain", "value": value, "unit": unit}
        yield from _levels(base, document, point.terms)


def _levels(base: Tree, document: Document, terms: Any) -> Iterator[Tree]:
    """Yield a row for every lever of a deal; nothing for a lottery or no deal."""
    for lever in document.levers if terms is not None else ():
        item = {"entry": f"{lever.issue}.{lever.name}", "quantity": "level", "unit": lever.unit}
        yield {**base, **item, "value": terms[lever.issue][lever.name]}
