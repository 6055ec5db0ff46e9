r"""Stored correlated and coarse correlated equilibria: constraints, value, and the bound that proves the optimum.

A distribution :math:`p` over profiles is a correlated equilibrium when, for every player :math:`i` and every pair of
actions *told* :math:`a` and *instead* :math:`b`, :math:`\sum_{s: s_i = a} p(s) [u_i(s) - u_i(b, s_{-i})] \ge 0`
(Aumann 1974); a coarse one when :math:`\sum_s p(s) [u_i(s) - u_i(b, s_{-i})] \ge 0` for every :math:`i` and :math:`b`
(Moulin and Vial 1978).  Let :math:`w(s) = \sum_i u_i(s)` for ``welfare`` and ``worst``, and
:math:`w(s) = \sum_i \lambda_i u_i(s)` with weights :math:`\lambda \ge 0` that add up to 1 for ``egalitarian``.  With
multipliers :math:`y \ge 0`, every equilibrium has, by weak duality,

.. math:: \sum_s p(s) w(s) \le \max_s \Big[ w(s) + \sum_i \sum_b y_{i, s_i, b} \, (u_i(s) - u_i(b, s_{-i})) \Big],

with :math:`y_{i, b}` in place of :math:`y_{i, s_i, b}` for coarse ones; the smallest payoff is at most
:math:`\sum_i \lambda_i u_i`.  For ``worst`` the multipliers are subtracted and the minimum bounds welfare from below.
The right-hand side is recomputed over all profiles; the answer is optimal when it equals the value.

Layout: ``"multipliers": {player: [{"told": a, "instead": b, "weight": y}]}``, with null for ``told`` in coarse ones,
only positive weights; ``"shares": {player: lambda}`` for ``egalitarian``, else null.  Units are the game's own.
Tested on Aumann's chicken, and by changed numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bargain.certificates.games.amounts import amount, by_name, common, listed, mapping
from bargain.certificates.games.strategies import all_exact
from bargain.certificates.games.table import Table
from bargain.certificates.games.verdicts import checked, left_open, optimal, slack
from bargain.certificates.games.work import FormError, Work
from bargain.results import Certificate

__all__ = ["check_correlated", "read_distribution", "unspread"]

Distribution = dict[tuple[int, ...], Fraction]

_OBJECTIVES = ("welfare", "egalitarian", "worst")


def read_distribution(stored: Any, game: Table, skipped: int | None = None) -> Distribution:
    """Return a stored distribution over profiles of actions, of all players but one if that is skipped.

    Raises
    ------
    FormError
        A profile stands twice or not in order, or names no actions of the game.
    """
    players = [i for i in range(len(game.players)) if i != skipped]
    chances: Distribution = {}
    for entry in listed(stored, "a distribution"):
        tree = mapping(entry, "an entry of a distribution")
        labels = by_name(tree["profile"], [game.players[i] for i in players], "a profile")
        profile = tuple(_place(game.actions[i], label) for i, label in zip(players, labels, strict=True))
        if chances and profile <= next(reversed(chances)):
            raise FormError("the profiles of a distribution must stand in order, none twice")
        chances[profile] = amount(tree["probability"])
    if not chances:
        raise FormError("a distribution over no profile")
    common(chances.values())
    return chances


def _place(labels: Sequence[str], label: Any) -> int:
    if label not in labels:
        raise FormError(f"there is no action {str(label)[:40]!a}")
    return labels.index(label)


def check_correlated(solution: Any, game: Table, coarse: bool, work: Work) -> list[Certificate]:
    """Return the certificates of a stored correlated equilibrium."""
    chances = read_distribution(solution["distribution"], game)
    objective, value = solution["objective"], amount(solution["value"])
    if objective not in _OBJECTIVES:
        raise FormError("an unknown objective")
    tolerance = slack(all_exact([solution["distribution"], solution["payoffs"], solution["value"]]))
    count = len(game.players)
    scales = [game.scale(player) for player in range(count)]
    weights, shared = common(chances.values())
    places = [game.place(profile) for profile in chances]
    work.spend(count * len(places), shared.bit_length() + game.bits)
    sums = [sum(w * row[place] for w, place in zip(weights, places, strict=True)) for row in game.payoffs]
    payoffs = [Fraction(total, shared * below) for total, below in zip(sums, game.denominators, strict=True)]
    stated = list(map(amount, by_name(solution["payoffs"], game.players, "the payoffs")))
    total = min(payoffs) if objective == "egalitarian" else sum(payoffs, start=Fraction(0))
    spread = unspread(chances)
    violation = _violation(game, chances, coarse, scales, work)
    gaps = [abs(mine - claimed) / scale for mine, claimed, scale in zip(payoffs, stated, scales, strict=True)]
    checks = [
        checked("the probabilities are a distribution", spread, tolerance, unit="probability"),
        checked("the distribution gives these payoffs", max(gaps), tolerance),
        checked("the value is that of the payoffs", abs(total - value) / sum(scales), tolerance),
        checked("no player gains by disobeying", violation, tolerance),
        checked("the violation is as stated", abs(violation - amount(solution["violation"])), tolerance),
    ]
    return checks + _optimal(solution, game, coarse, value, tolerance, work)


def _violation(game: Table, chances: Distribution, coarse: bool, scales: Sequence[Fraction], work: Work) -> Fraction:
    """Return the largest gain from disobeying, as a fraction of the player's payoff range."""
    worst = Fraction(0)
    weights, shared = common(chances.values())
    work.spend(len(chances) * sum(game.sizes), game.bits + shared.bit_length())
    for player, size in enumerate(game.sizes):
        row, stride = game.payoffs[player], game.strides[player]
        gains: dict[tuple[int, int], int] = {}
        for profile, weight in zip(chances, weights, strict=True):
            here = game.place(profile)
            first = here - profile[player] * stride
            for instead in range(size):
                place = (-1 if coarse else profile[player], instead)
                gains[place] = gains.get(place, 0) + weight * (row[first + instead * stride] - row[here])
        most = Fraction(max(gains.values()), shared * game.denominators[player])
        worst = max(worst, most / scales[player])
    return worst


def unspread(chances: Distribution) -> Fraction:
    """Return how far numbers are from being a distribution over just what is listed."""
    lowest = min(chances.values())
    return max(abs(sum(chances.values(), start=Fraction(0)) - 1), -lowest if lowest else Fraction(1))


def _optimal(
    solution: Any, game: Table, coarse: bool, value: Fraction, tolerance: float, work: Work
) -> list[Certificate]:
    """Check the bound and that the value reaches it."""
    objective = solution["objective"]
    words = "no equilibrium has less welfare" if objective == "worst" else "no equilibrium has a larger value"
    if solution.get("multipliers") is None:
        return [left_open(words, "the result holds no multipliers")]
    multipliers = _multipliers(solution["multipliers"], game, coarse)
    weights = [Fraction(1)] * len(game.players)
    checks = []
    if objective == "egalitarian":
        weights = list(map(amount, by_name(solution["shares"], game.players, "the shares")))
        gap = max(abs(sum(weights, start=Fraction(0)) - 1), -min(weights), Fraction(0))
        checks.append(checked("the shares are a distribution", gap, tolerance, unit="probability"))
        # Weights that are only nearly a distribution would bound something else.
        weights = [max(Fraction(0), weight) / (sum(weights) or 1) for weight in weights]
    elif solution.get("shares") is not None:
        raise FormError("shares are for the egalitarian objective only")
    sign = -1 if objective == "worst" else 1
    bound = sign * _largest(game, [sign * weight for weight in weights], multipliers, coarse, work)
    scale = sum((game.scale(player) for player in range(len(game.players))), start=Fraction(0))
    short = max(Fraction(0), sign * (bound - value)) / scale
    return [
        *checks,
        checked("the multipliers give this bound", abs(bound - amount(solution["bound"])) / scale, tolerance),
        checked(words, short, optimal(not tolerance), method="weak duality, in fractions"),
    ]


Multipliers = list[dict[int, list[tuple[int, Fraction]]]]


def _multipliers(stored: Any, game: Table, coarse: bool) -> Multipliers:
    """Return every player's multipliers by the action told (-1: whatever it is)."""
    found: Multipliers = []
    for entries, labels in zip(by_name(stored, game.players, "the multipliers"), game.actions, strict=True):
        mine: dict[int, list[tuple[int, Fraction]]] = {}
        for entry in listed(entries, "multipliers"):
            tree = mapping(entry, "a multiplier")
            weight = amount(tree["weight"])
            if weight <= 0:
                raise FormError("multipliers must be positive")
            if coarse and tree.get("told") is not None:
                raise FormError("a coarse multiplier is for whatever is told")
            told = -1 if coarse else _place(labels, tree["told"])
            mine.setdefault(told, []).append((_place(labels, tree["instead"]), weight))
        found.append(mine)
    return found


def _largest(game: Table, weights: Sequence[Fraction], multipliers: Multipliers, coarse: bool, work: Work) -> Fraction:
    """Return the largest reduced value of a profile: in whole numbers over one denominator."""
    flat = [weight / below for weight, below in zip(weights, game.denominators, strict=True)]
    prices = [
        (player, told, instead, weight / game.denominators[player])
        for player, mine in enumerate(multipliers)
        for told, entries in mine.items()
        for instead, weight in entries
    ]
    whole, shared = common([*flat, *(price for *_, price in prices)])
    totals = [0] * len(game.payoffs[0])
    bits = game.bits + shared.bit_length()
    work.spend(len(totals) * len(flat), bits)
    for weight, row in zip(whole, game.payoffs, strict=False):
        totals = [total + weight * value for total, value in zip(totals, row, strict=True)]
    for (player, told, instead, _), price in zip(prices, whole[len(flat) :], strict=True):
        row, stride, size = game.payoffs[player], game.strides[player], game.sizes[player]
        work.spend(len(totals) if coarse else len(totals) // size, bits)
        for action in range(size) if coarse else (told,):
            shift = (instead - action) * stride
            for block in range(action * stride, len(totals), size * stride):
                for place in range(block, block + stride):
                    totals[place] += price * (row[place] - row[place + shift])
    return Fraction(max(totals), shared)
