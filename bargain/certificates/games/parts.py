r"""A list of equilibria made part by part: is it complete?

A game is *separable* when every action is a combination of one action per part, and payoffs are sums over the parts.
Then a profile is an equilibrium just when its marginals on every part are one (Folmer, van Mouche and Ragland 1993), so
that the products of the parts' equilibria have the marginals of all equilibria.  The evidence says only which part
action each action of the game contains: ``{"parts": [{player: [part action of every action]}]}``.  That payoffs are
such sums is checked on every profile of the game, that the list holds just the products on every equilibrium, and each
part's list is proved complete like that of any game.  Tested against games that are no such sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from bargain.certificates.games.amounts import by_name, listed, mapping
from bargain.certificates.games.completeness import check_complete
from bargain.certificates.games.strategies import key
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import left_open, true
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["Digits", "check_parts", "numbered", "read_parts"]

Digits = tuple[tuple[int, ...], ...]
"""For every player the part action, counted from 0, that each of its actions contains."""

Profile = tuple[Strategy, ...]


def read_parts(stored: Any, game: Table) -> list[Digits] | None:
    """Return the parts of the evidence of a result, or None when it has none.

    Raises
    ------
    FormError
        The data do not have the form.
    """
    if stored is None or mapping(stored, "the certificate").get("parts") is None:
        return None
    parts = []
    for entry in listed(stored["parts"], "the parts"):
        digits = []
        for labels, own in zip(by_name(entry, game.players, "a part"), game.actions, strict=True):
            named = listed(labels, "part actions")
            if len(named) != len(own) or not all(isinstance(label, str) for label in named):
                raise FormError("a part action for every action is needed")
            digits.append(numbered(named))
        parts.append(tuple(digits))
    return parts


def numbered(labels: Sequence[Any]) -> tuple[int, ...]:
    """Return the labels as numbers, counted from 0 in the order in which they come.

    Examples
    --------
    >>> numbered(["low", "high", "low"])
    (0, 1, 0)
    """
    order = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return tuple(order[label] for label in labels)


def check_parts(
    game: Table, parts: Sequence[Digits], profiles: Sequence[Profile], exact: bool, work: Work
) -> list[Certificate]:
    """Return the certificates of a list that is said to hold all products of the parts' equilibria.

    Parameters
    ----------
    game : Table
        The whole game.
    parts : sequence of Digits
        What every action contains.
    profiles : sequence of profiles
        The list.
    exact : bool
        Whether the list is exact; others are left open.
    work : Work
        Its limit leaves claims open.
    """
    words = "complete: the parts' equilibria and their products are all listed"
    places = _combinations(game, parts)
    if places is None:
        return [true("parts: every combination of part actions is one action", False)]
    work.spend(len(game.payoffs[0]) * len(game.players) * len(parts), game.bits)
    tables = [_part(game, digits, places) for digits in parts]
    gap = _unlike(game, parts, tables)
    if gap is not None and not game.exact:
        return [left_open(words, "payoffs are rounded sums of the parts' payoffs")]
    checks = [true("parts: payoffs are sums over the parts", gap is None, gap, "every profile")]
    if gap is not None:
        return checks
    if not exact:
        return [*checks, left_open(words, "marginals of rounded profiles")]
    work.spend(sum(prod(map(len, profile)) * len(parts) for profile in profiles))
    split = [[_marginals(profile, digits) for digits in parts] for profile in profiles]
    whole = all(_joined(each, parts, places) == profile for each, profile in zip(split, profiles, strict=True))
    lists = [list({key(each[k]): each[k] for each in split}.values()) for k in range(len(parts))]
    products = whole and len({key(profile) for profile in profiles}) == prod(map(len, lists))
    checks.append(true("parts: the list holds all products of equilibria of the parts", products))
    for number, (table, found) in enumerate(zip(tables, lists, strict=True), start=1):
        inner = check_complete(table, found, True, exact, work)
        checks += [replace(check, claim=f"part {number}: {check.claim}") for check in inner]
    return checks


Combinations = list[dict[tuple[int, ...], int]]


def _combinations(game: Table, parts: Sequence[Digits]) -> Combinations | None:
    """Return every player's action by its part actions, or None when these are not all combinations."""
    found = []
    for player, size in enumerate(game.sizes):
        codes = [tuple(digits[player][action] for digits in parts) for action in range(size)]
        counts = [max(digits[player]) + 1 for digits in parts]
        if not parts or len(set(codes)) < size or prod(counts) != size:
            return None
        found.append({code: action for action, code in enumerate(codes)})
    return found


def _part(game: Table, digits: Digits, places: Combinations) -> Table:
    """Return a part as a game: the payoffs when all else stays at the first part actions, less those at the first."""
    k_actions = []
    for player, own in enumerate(digits):
        first: dict[int, int] = {}
        for code, action in places[player].items():
            rest = sum(code) - own[action]
            if rest == 0:
                first[own[action]] = action
        k_actions.append([first[digit] for digit in range(len(first))])
    part = game.restrict(k_actions)
    origin = [row[game.place([each[0] for each in k_actions])] for row in game.payoffs]
    rows = tuple([value - origin[i] for value in row] for i, row in enumerate(part.payoffs))
    return Table(part.players, part.actions, rows, part.denominators, part.exact)


def _unlike(game: Table, parts: Sequence[Digits], tables: Sequence[Table]) -> Any:
    """Return a profile at which the payoffs are not the sums, or None."""
    for player, row in enumerate(game.payoffs):
        origin: int | None = None
        for place, profile in enumerate(game.profiles()):
            total = 0
            inside = True
            for digits, table in zip(parts, tables, strict=True):
                local = [digits[i][action] for i, action in enumerate(profile)]
                inside = inside and not any(local)
                total += table.payoffs[player][table.place(local)]
            if origin is None:
                # Part actions are counted from the first action, which therefore is the origin of all parts.
                if not inside:
                    return "the first profile"
                origin = row[place]
            if row[place] != origin + total:
                return [labels[action] for labels, action in zip(game.actions, profile, strict=True)]
    return None


def _marginals(profile: Profile, digits: Digits) -> Profile:
    found = []
    for strategy, own in zip(profile, digits, strict=True):
        chances: Strategy = {}
        for action, chance in strategy.items():
            chances[own[action]] = chances.get(own[action], Fraction(0)) + chance
        found.append(dict(sorted(chances.items())))
    return tuple(found)


def _joined(split: Sequence[Profile], parts: Sequence[Digits], places: Combinations) -> Profile:
    found = []
    for player, own in enumerate(places):
        chances = {}
        for draw in product(*(each[player].items() for each in split)):
            chances[own[tuple(digit for digit, _ in draw)]] = prod((p for _, p in draw), start=Fraction(1))
        found.append(dict(sorted(chances.items())))
    return tuple(found)
