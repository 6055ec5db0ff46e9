r"""Stored solutions of two-player zero-sum games and security levels: what strategies guarantee.

In a game whose payoffs add up to a constant, :math:`x` secures :math:`\min_j x^T A_j` for the first player and
:math:`y` concedes :math:`\max_i A_i y`; the value lies between the two for *any* strategies, so that equality proves
both optimal (von Neumann 1928).  The same holds for one player against all others together: what its own strategy
secures and what a joint, possibly correlated punishment concedes enclose its security level.  A punishment is stored
like a distribution over profiles, of all players but the punished one.  Tested on hand-solved games and by changed
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import amount, by_name
from bargain.certificates.games.correlation import read_distribution, unspread
from bargain.certificates.games.strategies import all_exact, defect, read_strategy
from bargain.certificates.games.table import Strategy, Table
from bargain.certificates.games.verdicts import checked, left_open, optimal, slack
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["check_security", "check_zero_sum"]


def check_zero_sum(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of a stored value with strategies."""
    if len(game.players) != 2:
        raise FormError("zero-sum games have two players")
    tolerance = slack(all_exact([solution[part] for part in ("value", "secured", "conceded", "strategies")]))
    sides = by_name(solution["strategies"], game.players, "the strategies")
    x, y = (read_strategy(each, actions) for each, actions in zip(sides, game.actions, strict=True))
    sums = [game.payoff(0, profile) + game.payoff(1, profile) for profile in game.profiles()]
    scale = game.scale(0)
    secured, conceded = _secured(game, 0, x, work), max(game.values(0, (x, y), work))
    value = amount(solution["value"])
    outside = max(secured - value, value - conceded, Fraction(0))
    uneven = (max(sums) - min(sums)) / (scale + game.scale(1))
    return [
        checked("the payoffs add up to the same number everywhere", uneven, slack(game.exact)),
        *_distributions([x, y], tolerance),
        checked("the first player secures this", abs(secured - amount(solution["secured"])) / scale, tolerance),
        checked("the second player concedes this", abs(conceded - amount(solution["conceded"])) / scale, tolerance),
        checked("the value lies between the two", outside / scale, tolerance),
        checked(
            "no player can do better",
            (conceded - secured) / scale,
            optimal(not tolerance),
            method="duality, in fractions",
        ),
    ]


def _distributions(strategies: Sequence[Strategy], tolerance: float) -> list[Certificate]:
    worst = max(map(defect, strategies))
    return [checked("every strategy is a distribution over its support", worst, tolerance, unit="probability")]


def _secured(game: Table, player: int, strategy: Strategy, work: Work) -> Fraction:
    """Return the least that a strategy gives its player, whatever the others do."""
    stride, size = game.strides[player], game.sizes[player]
    row = game.payoffs[player]
    work.spend(len(row), game.bits)
    starts = (place for place in range(len(row)) if place // stride % size == 0)
    totals = (sum(chance * row[start + action * stride] for action, chance in strategy.items()) for start in starts)
    return Fraction(min(totals)) / game.denominators[player]


def check_security(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Return the certificates of stored security levels."""
    parts = {part: by_name(solution[part], game.players, part) for part in _SECURITY}
    checks = _pure_levels(solution, game, work)
    if solution.get("independent_minmax_bounds") is not None:
        checks.append(left_open("bounds against others who mix independently", "there is no evidence for them"))
    for player, name in enumerate(game.players):
        tolerance = slack(all_exact([parts[part][player] for part in _SECURITY]))
        scale = game.scale(player)
        own = read_strategy(parts["maxmin_strategies"][player], game.actions[player])
        highest, lowest = amount(parts["minmax"][player]), amount(parts["maxmin"][player])
        gap = abs(_secured(game, player, own, work) - lowest) / scale
        checks += [
            *_distributions([own], tolerance),
            checked(f"{name} secures its maxmin value", gap, tolerance),
            checked(
                f"{name}: minmax and maxmin value are equal", abs(highest - lowest) / scale, optimal(not tolerance)
            ),
        ]
        stored = parts["punishments"][player]
        if stored is None:
            checks.append(left_open(f"{name} is held to its minmax value", "the result holds no punishment"))
        else:
            checks += _held(game, player, stored, highest, tolerance, work)
    return checks


_SECURITY = ("minmax", "maxmin", "maxmin_strategies", "punishments")


def _pure_levels(solution: Any, game: Table, work: Work) -> list[Certificate]:
    """Check what each player can be held to, and can secure, when everybody plays a single action."""
    checks = []
    for part, words in (("pure_maxmin", "can secure"), ("pure_minmax", "can be held to")):
        if solution.get(part) is None:
            continue
        for player, stored in enumerate(by_name(solution[part], game.players, part)):
            row, stride, size = game.payoffs[player], game.strides[player], game.sizes[player]
            work.spend(len(row), game.bits)
            starts = [place for place in range(len(row)) if place // stride % size == 0]
            if part == "pure_maxmin":
                level = max(min(row[start + a * stride] for start in starts) for a in range(size))
            else:
                level = min(max(row[start + a * stride] for a in range(size)) for start in starts)
            gap = abs(Fraction(level, game.denominators[player]) - amount(stored)) / game.scale(player)
            name = game.players[player]
            checks.append(checked(f"{name} {words} this by single actions", gap, slack(all_exact(stored))))
    return checks


def _held(game: Table, player: int, stored: Any, level: Fraction, tolerance: float, work: Work) -> list[Certificate]:
    chances = read_distribution(stored, game, skipped=player)
    work.spend(len(chances) * game.sizes[player], game.bits)
    spread = unspread(chances)
    best = max(
        sum(
            (p * game.payoff(player, (*others[:player], a, *others[player:])) for others, p in chances.items()),
            start=Fraction(0),
        )
        for a in range(game.sizes[player])
    )
    name = game.players[player]
    return [
        checked(f"{name}: the punishment is a distribution", spread, tolerance, unit="probability"),
        checked(f"{name} is held to its minmax value", abs(best - level) / game.scale(player), tolerance),
    ]
