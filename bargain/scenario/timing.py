"""The clock of the talks and what follows a breach: the sections ``[time]`` and ``[enforcement]``.

Discounting is given by the year (``rate``, with the days between two offers) or by the round (``discount``); a deadline
by the day or by the number of offers.  Offers are made on day 0, ``round_days``, ``2*round_days``, ..., all before the
deadline.  Tested with one file per mistake, and factors against the formula.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from bargain.scenario.document import Enforcement, Timing
from bargain.scenario.formula import normalise
from bargain.scenario.levels import level_text
from bargain.scenario.names import Scope
from bargain.scenario.remarks import Remarks, choices
from bargain.scenario.scanner import Path, shortened

__all__ = ["DAYS_A_YEAR", "MAX_ROUNDS", "enforcement", "timing"]

DAYS_A_YEAR = 365.0
"""Days in the year of a discount rate."""

MAX_ROUNDS = 10_000
"""The largest number of offers until a deadline."""

_MAX_RATE = 100.0
_STANDING = ("meanwhile", "at_deadline")


def timing(table: dict[str, Any] | None, scope: Scope, remarks: Remarks) -> Timing | None:
    """Return the clock of the talks, or None when there is none or it cannot be read."""
    if table is None:
        return None
    here: Path = ("time",)
    errors = remarks.error_count
    paced = _discounting(table, here, "round_days", scope, remarks)
    rounds, last_wait = _horizon(table, here, remarks)
    first = table.get("first_proposer")
    if first is not None:
        _known(first, scope.players, "player", (*here, "first_proposer"), remarks)
    meanwhile, at_deadline = (_standing(table.get(key), (*here, key), scope, remarks) for key in _STANDING)
    given = [_payoffs(table.get(f"{key}_payoffs"), (*here, f"{key}_payoffs"), scope, remarks) for key in _STANDING]
    outside = _outside(table.get("outside"), (*here, "outside"), scope, remarks)
    for key in _STANDING:
        if table.get(key) is not None and table.get(f"{key}_payoffs") is not None:
            message = f"[time] gives both `{key}` and `{key}_payoffs`"
            remarks.error("BG318", message, (*here, f"{key}_payoffs"), "leave one out", key=True)
    if rounds is None and remarks.error_count == errors:
        for key in ("at_deadline", "at_deadline_payoffs"):
            if table.get(key) is not None:
                message = f"[time] gives `{key}`, but there is no deadline"
                remarks.error("BG318", message, (*here, key), "add `deadline_days` or `rounds`", key=True)
    if paced is None or remarks.error_count > errors:
        return None
    discount, rate = paced
    return Timing(
        discount,
        first or next(iter(scope.players), ""),
        rounds,
        last_wait,
        table.get("protocol") or "alternating",
        float(table.get("breakdown") or 0.0),
        rate,
        table.get("round_days"),
        table.get("deadline_days"),
        meanwhile,
        given[0],
        at_deadline,
        given[1],
        outside,
    )


def enforcement(table: dict[str, Any] | None, scope: Scope, remarks: Remarks) -> Enforcement | None:
    """Return what follows a breach, or None when the file does not say or it cannot be read."""
    if table is None:
        return None
    here: Path = ("enforcement",)
    errors = remarks.error_count
    paced = _discounting(table, here, "period_days", scope, remarks, needed=False)
    punishment, back = table.get("punishment") or "nash", table.get("snap_back")
    if punishment == "snap_back" and back is None:
        message = "the punishment is `snap_back`, and no lever is named"
        hint = 'name the levers that return, for example snap_back = ["tariff"]'
        remarks.error("BG319", message, (*here, "punishment"), hint)
    elif punishment != "snap_back" and back is not None:
        message = f"levers snap back, but the punishment is `{punishment}`"
        remarks.error("BG319", message, (*here, "snap_back"), 'write punishment = "snap_back"', key=True)
    for k, name in enumerate(back or ()):
        _known(name, scope.levers, "lever", (*here, "snap_back", k), remarks)
    breach = _breach(table.get("breach") or {}, (*here, "breach"), scope, remarks)
    for name in table.get("lag") or {}:
        _known(name, scope.issues, "issue", (*here, "lag", name), remarks, key=True)
    for k, name in enumerate(table.get("unobserved") or ()):
        _known(name, scope.issues, "issue", (*here, "unobserved", k), remarks)
        if name in (table.get("lag") or {}):
            message = f"`{shortened(name)}` is never observed and has a lag"
            remarks.error("BG319", message, (*here, "unobserved", k), "leave one out")
    if remarks.error_count > errors:
        return None
    discount, rate = paced or (None, None)
    return Enforcement(
        punishment,
        tuple(dict.fromkeys(back or ())),
        discount,
        rate,
        table.get("period_days"),
        breach,
        tuple((table.get("lag") or {}).items()),
        tuple(dict.fromkeys(table.get("unobserved") or ())),
    )


def _discounting(
    table: dict[str, Any], here: Path, days: str, scope: Scope, remarks: Remarks, *, needed: bool = True
) -> tuple[tuple[float, ...], tuple[float, ...] | None] | None:
    """Return the factors a round and, where given, the rates a year."""
    rate, factor, length = table.get("rate"), table.get("discount"), table.get(days)
    section, unit = f"[{here[0]}]", days.removesuffix("_days")
    if rate is not None and factor is not None:
        remarks.error(
            "BG318", f"{section} gives both `rate` and `discount`", (*here, "discount"), "leave one out", key=True
        )
    elif rate is not None and length is None:
        message = f"{section} gives a rate a year, but not how long a {unit} lasts"
        remarks.error("BG318", message, (*here, "rate"), f"add `{days}`, or give `discount` instead", key=True)
    elif rate is not None and length is not None:
        yearly = _by_player(rate, (*here, "rate"), scope, remarks)
        if yearly is not None and _within(yearly, 0.0, _MAX_RATE, (*here, "rate"), scope, remarks):
            return tuple((1 + each) ** (-length / DAYS_A_YEAR) for each in yearly), yearly
    elif factor is not None:
        factors = _by_player(factor, (*here, "discount"), scope, remarks)
        if factors is not None and _within(factors, 0.0, 1.0, (*here, "discount"), scope, remarks):
            return factors, None
    elif needed and "rate" not in table and "discount" not in table:
        hint = f"add `rate = 0.05` (a year) with `{days}`, or `discount = 0.99` (a round)"
        remarks.error("BG318", f"{section} does not say how the players discount", here, hint, key=True)
    return None


def _within(values: tuple[float, ...], low: float, high: float, path: Path, scope: Scope, remarks: Remarks) -> bool:
    """Report a value that is not strictly above ``low`` and below ``high``."""
    for player, value in zip(scope.players, values, strict=True):
        if not low < value < high:
            message = (
                f"the `{path[-1]}` of {player} is {value:.10g}; it must be more than {low:g} and less than {high:g}"
            )
            remarks.error("BG318", message, path)
            return False
    return True


def _horizon(table: dict[str, Any], here: Path, remarks: Remarks) -> tuple[int | None, float]:
    """Return the number of offers and the wait from the last of them to the deadline, in rounds."""
    days, rounds, length = table.get("deadline_days"), table.get("rounds"), table.get("round_days")
    if days is not None and rounds is not None:
        message = "[time] gives both `rounds` and `deadline_days`"
        remarks.error("BG318", message, (*here, "rounds"), "leave one out", key=True)
    elif days is not None and length is None:
        message = "[time] gives a deadline in days, but not how long a round lasts"
        hint = "add `round_days`, or give the number of `rounds` instead"
        remarks.error("BG318", message, (*here, "deadline_days"), hint, key=True)
    elif days is not None and length is not None:
        # Equal up to rounding is equal: 0.3 days of 0.1 are three rounds.
        offers = max(1, math.ceil(days / length - 1e-9))
        if offers > MAX_ROUNDS:
            message = (
                f"{days:.10g} days in rounds of {length:.10g} are {offers} offers; at most {MAX_ROUNDS} are allowed"
            )
            remarks.error("BG318", message, (*here, "deadline_days"), "make the rounds longer")
            return None, 1.0
        wait = days / length - (offers - 1)
        return offers, 1.0 if abs(wait - 1.0) <= 1e-9 else wait
    return rounds, 1.0


def _by_player(value: Any, path: Path, scope: Scope, remarks: Remarks) -> tuple[float, ...] | None:
    """Return one number for each player from a number or a table; None when it cannot be read."""
    if isinstance(value, dict):
        return _payoffs(value, path, scope, remarks)
    return (float(value),) * len(scope.players)


def _payoffs(table: Mapping[str, Any] | None, path: Path, scope: Scope, remarks: Remarks) -> tuple[float, ...] | None:
    """Return a table of one number for each player."""
    if table is None:
        return None
    known = [_known(name, scope.players, "player", (*path, name), remarks, key=True) for name in table]
    missing = [name for name in scope.players if name not in table]
    if missing and all(known):
        message = f"`{path[-1]}` lacks a number for {choices(missing)}"
        remarks.error("BG318", message, path, "give one number for every player", key=True)
    if missing or any(table[name] is None for name in scope.players):
        return None
    return tuple(float(table[name]) for name in scope.players)


def _outside(table: Mapping[str, Any] | None, path: Path, scope: Scope, remarks: Remarks) -> tuple[float | None, ...]:
    """Return what players who walk away get; None for those who cannot."""
    for name in table or {}:
        _known(name, scope.players, "player", (*path, name), remarks, key=True)
    values = [(table or {}).get(name) for name in scope.players]
    return tuple(None if value is None else float(value) for value in values)


def _standing(
    table: Mapping[str, Any] | None, path: Path, scope: Scope, remarks: Remarks
) -> tuple[tuple[str, float], ...]:
    """Return the codes of the levels that a table names, by lever."""
    found = []
    for name, level in (table or {}).items():
        place = (*path, name)
        if not _known(name, scope.levers, "lever", place, remarks, key=True) or level is None:
            continue
        lever = scope.levers[name]
        if lever is None:
            continue
        if isinstance(level, str):
            level = normalise(level)
        sits = not isinstance(level, str) and lever.continuous and lever.lower <= level <= lever.upper
        if not sits and not lever.has(float(level) if not isinstance(level, str) else level):
            reach = f"{lever.lower:.10g} to {level_text(lever.upper, lever.unit)}"
            levels = choices(each if isinstance(each, str) else f"{each:.10g}" for each in lever.levels or ())
            hint = f"its range is {reach}" if lever.continuous else f"its levels are {levels}"
            shown = shortened(level_text(level, lever.unit if not isinstance(level, str) else ""))
            remarks.error("BG318", f"`{name}` cannot stand at {shown}", place, hint)
            continue
        found.append((name, lever.code(level)))
    return tuple(found)


def _breach(table: Mapping[str, Any], path: Path, scope: Scope, remarks: Remarks) -> tuple[tuple[str, str], ...]:
    """Return who can break the levers that nobody sets alone."""
    found = []
    for name, player in table.items():
        place = (*path, name)
        if not _known(name, scope.levers, "lever", place, remarks, key=True) or player is None:
            continue
        if not _known(player, scope.players, "player", place, remarks):
            continue
        lever = scope.levers[name]
        if lever is not None and lever.set_by is not None and lever.set_by != player:
            message = f"`{name}` is set by {lever.set_by}, so that {player} cannot break it"
            remarks.error("BG319", message, place, "leave it out")
            continue
        found.append((name, player))
    return tuple(found)


def _known(name: str, known: Iterable[str], kind: str, path: Path, remarks: Remarks, *, key: bool = False) -> bool:
    """Return whether a name is known; report it otherwise, unless nothing of its kind could be read."""
    names = list(known)
    if name in names:
        return True
    if names:
        hint = remarks.near(name, names) or f"the {kind}s are {choices(names)}"
        remarks.error("BG205", f"there is no {kind} `{shortened(name)}`", path, hint, key=key)
    return False
