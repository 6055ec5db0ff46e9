"""The value of linkage and why there is no deal, as plain data for JSON and as records for CSV.

The fields are described in :mod:`bargain.reports.json`.  Tested by reading back what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, isinf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain.results import Linkage, NoDealReasons, Separate, Structure, SubPackage
    from bargain.scenario.document import Document

__all__ = ["linkage_records", "linkage_tree", "no_deal_records", "no_deal_tree"]

Tree = dict[str, Any]


def _by_player(players: Sequence[str], values: Sequence[Any] | None) -> Tree | None:
    return None if values is None else dict(zip(players, values, strict=True))


def linkage_tree(linkage: Linkage, document: Document) -> Tree:
    """Return the field ``linkage`` of a result."""
    players = linkage.players
    return {
        "value": _by_player(players, linkage.value),
        "total": linkage.total,
        "package": _subpackage(linkage.package, document),
        "separate": {
            "gains": _by_player(players, linkage.separate.gains),
            "negotiated": _by_player(players, linkage.separate.negotiated),
            "feasible": linkage.separate.feasible,
            **_levels(linkage.separate, document),
        },
        "subpackages": [_subpackage(each, document) for each in linkage.subpackages],
        "attribution": linkage.attribution,
        "marginal": None
        if linkage.marginal is None
        else {issue: {"first": first, "last": last} for issue, (first, last) in linkage.marginal.items()},
        "smallest": linkage.smallest,
        "transfers": None if linkage.cost is None else {"cost": linkage.cost},
        "trade": _trade(linkage),
        "terms": _terms(linkage),
        "matrix": None
        if linkage.matrix is None
        else [{"issues": each.issues, "difference": _by_player(players, each.values)} for each in linkage.matrix],
        "structures": _structures(linkage, document),
        "complete": linkage.complete,
        "notes": linkage.notes,
    }


def _trade(linkage: Linkage) -> Tree | None:
    trade, players = linkage.trade, linkage.players
    if trade is None:
        return None
    return {
        "changes": {heading: _by_player(players, values) for heading, values in trade.changes},
        "transfers": _by_player(players, trade.transfers),
        "offset": _by_player(players, trade.offset),
    }


def _terms(linkage: Linkage) -> list[Tree] | None:
    if linkage.terms is None:
        return None
    return [
        {
            "player": each.player,
            "heading": each.heading,
            "issues": each.issues,
            "formula": each.text,
            "first": each.first,
            "last": each.last,
            "shapley": each.shapley,
            "value": _by_player(linkage.players, each.players),
        }
        for each in linkage.terms
    ]


def _structures(linkage: Linkage, document: Document) -> Tree | None:
    found = linkage.structures
    if found is None:
        return None
    kinds = (("partitions", found.partitions), ("simultaneous", found.simultaneous), ("sequences", found.sequences))
    trees = {name: [_structure(each, linkage, document) for each in structures] for name, structures in kinds}
    return {**trees, "complete": found.complete, "notes": found.notes}


def _structure(each: Structure, linkage: Linkage, document: Document) -> Tree:
    players = linkage.players
    package = linkage.package.gains
    return {
        "kind": each.kind,
        "tables": each.tables,
        "status": each.status,
        "agreed": each.agreed,
        "feasible": each.feasible,
        "gains": _by_player(players, each.gains),
        "negotiated": _by_player(players, each.negotiated),
        "total": each.total,
        "product": None if isinf(each.log_product) else exp(each.log_product),
        "losers": each.losers(players),
        "value": _by_player(players, [whole - part for whole, part in zip(package, each.gains, strict=True)]),
        "transfers": _by_player(players, each.transfers),
        "fixed_points": [_by_player(players, gains) for gains in each.fixed_points],
        "complete": each.complete,
        "note": each.note,
        **_levels(each, document),
    }


def _subpackage(package: SubPackage, document: Document) -> Tree:
    paid = package.solution.transfers
    return {
        "issues": package.issues,
        "status": package.solution.status,
        "gains": _by_player(document.player_names, package.gains),
        "total": package.total,
        **({} if paid is None else {"transfers": _by_player(document.player_names, paid)}),
        **_levels(package, document),
    }


def _levels(settled: SubPackage | Separate | Structure, document: Document) -> Tree:
    if settled.levels is not None:
        return {"terms": document.terms(settled.levels)}
    return {"lottery": [{"probability": p, "terms": document.terms(codes)} for codes, p in settled.lottery]}


def no_deal_tree(reasons: NoDealReasons | None, players: Sequence[str]) -> Tree | None:
    """Return the field ``no_deal`` of a result."""
    if reasons is None:
        return None
    nearest = None if reasons.gains is None else {"gains": _by_player(players, reasons.gains), "terms": reasons.terms}
    evens = reasons.break_evens
    return {
        "blocking": reasons.blocking,
        "nearest": nearest,
        "break_evens": None
        if evens is None
        else [
            {
                "path": each.path,
                "now": each.now,
                "value": each.value,
                "deal": each.deal,
                "scanned": {"from": each.scanned[0], "to": each.scanned[1], "points": each.scanned[2]},
            }
            for each in evens
        ],
        "searched": reasons.searched,
        "notes": reasons.notes,
    }


def linkage_records(linkage: Linkage, document: Document) -> Iterator[Tree]:
    """Yield the rows of the CSV tables on trade, terms, cross-effects and structures."""
    players, unit = linkage.players, document.units

    def rows(values: Sequence[Any], **fixed: Any) -> Iterator[Tree]:
        for player, value in zip(players, values, strict=True):
            yield {"player": player, "value": value, "unit": unit, **fixed}

    for issue, pair in (linkage.marginal or {}).items():
        for quantity, value in zip(("joint gain first", "joint gain last"), pair, strict=True):
            yield {"table": "attribution", "item": issue, "quantity": quantity, "value": value, "unit": unit}
    if linkage.trade is not None:
        for heading, values in linkage.trade.changes:
            yield from rows(values, table="trade", item=heading, quantity="change of payoff")
        if linkage.trade.transfers is not None:
            yield from rows(linkage.trade.transfers, table="trade", item="side payments", quantity="transfer")
    for place, each in enumerate(linkage.terms or (), start=1):
        fixed = {"table": "linkage terms", "item": f"{each.player}: {'-'.join(each.issues)}", "entry": str(place)}
        for quantity, worth in (("first", each.first), ("last", each.last), ("shapley", each.shapley)):
            yield {**fixed, "quantity": quantity, "value": worth, "unit": unit}
        yield from rows(each.players, quantity="last", **fixed)
    for pair_ in linkage.matrix or ():
        yield from rows(pair_.values, table="matrix", item="-".join(pair_.issues), quantity="cross-difference")
    for structure in () if linkage.structures is None else linkage.structures.all:
        between = ">" if structure.kind in ("myopic", "anticipating") else "|"
        item = between.join("+".join(block) for block in structure.tables)
        fixed = {"table": "structures", "item": item, "entry": structure.kind}
        yield {**fixed, "quantity": "status", "value": structure.status}
        yield {**fixed, "quantity": "feasible", "value": str(structure.feasible).lower()}
        yield from rows(structure.gains, quantity="gain", **fixed)
        yield from rows(structure.negotiated, quantity="gain as negotiated", **fixed)
        if not isinf(structure.log_product):
            yield {**fixed, "quantity": "Nash product", "value": exp(structure.log_product), "unit": unit}


def no_deal_records(reasons: NoDealReasons, document: Document) -> Iterator[Tree]:
    """Yield the rows of the CSV table on why there is no deal."""
    for number, players in enumerate(reasons.blocking, start=1):
        yield {"table": "no deal", "item": str(number), "quantity": "blocking", "value": "+".join(players)}
    if reasons.gains is not None:
        for player, gain in zip(document.player_names, reasons.gains, strict=True):
            yield {"table": "no deal", "item": "nearest", "player": player, "quantity": "gain", "value": gain,
                   "unit": document.units}  # fmt: skip
    for each in reasons.break_evens or ():
        yield {"table": "no deal", "item": each.path, "entry": each.deal, "quantity": "break-even", "value": each.value}
