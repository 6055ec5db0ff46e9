r"""That no deal on continuous levers is better, checked again by code that shares nothing with the solvers.

The stored evidence is prices :math:`\pi` on payoffs and :math:`\mu` on limits.  With :math:`M` the largest value of
:math:`\sum_i \pi_i v_i + \sum_c \mu_c g_c` over all levels (v: gains; g: gaps of limits, at least 0 where kept),

.. math:: \sum_i w_i \log v_i \le M + \sum_i w_i (\log(w_i/\pi_i) - 1), \qquad
    \min_i v_i/p_i \le M / \sum_i \pi_i p_i, \qquad \sum_i w_i v_i \le M / \min_i (\pi_i/w_i).

M is found by branch and bound in plain Python on the formulas' trees, taken apart where no part ties levers together.
What was proved by branching over all levers together is not proved again; the certificate then says which bound the
prices alone give.  Tested by results that pass and by changed ones, which must fail.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from bargain.certificates.claims import TOLERANCE, Stored, claim, number
from bargain.certificates.highest import Part, highest
from bargain.certificates.joint import conjuncts, substitutes
from bargain.certificates.replay import Replay
from bargain.payoffs.additive import additive_parts
from bargain.payoffs.linkage import components, edges
from bargain.results import Certificate
from bargain.scenario.expression import Compare, Expression, Number, Product, Sum, names
from bargain.scenario.substitution import substitute

__all__ = ["check_bound"]

_TRIALS = 8


def check_bound(
    replay: Replay, stored: Stored, disagreement: Sequence[float], gains: Sequence[float], weights: Sequence[float]
) -> list[Certificate]:
    """Check the bound behind an answer on continuous levers that is said to be proved.

    Parameters
    ----------
    replay : Replay
        The scenario.
    stored : mapping
        The answer of one rule.
    disagreement, gains, weights : sequences of n floats
        Payoffs without a deal, what the deal gives on top, and the weights of the rule.
    """
    if stored["status"] != "proved" or replay.count() is not None or replay.document.solve.lotteries:
        return []
    certificate = stored["certificate"]
    bounds = (certificate.get("evidence") or {}).get("bounds")
    if not bounds:
        # That this is not enough for the status is a claim of its own.
        return []
    words = f"{stored['rule']}: no deal is better by more than stated"
    if any(entry.expression is None for entry in replay.document.payoffs):
        return [_left_open(words, "the stored proof was not repeated: some payoffs are listed in tables")]
    gap, proved = _gap(replay, str(stored["rule"]), bounds, disagreement, gains, weights)
    excess = max(0.0, gap - number(certificate["gap"]))
    if proved:
        return [claim(words, excess, None, "prices on gains and limits, interval branch and bound")]
    reached = "no bound was reached" if math.isinf(gap) else f"bound reached: {gap:.3g}"
    return [_left_open(words, f"the stored proof branches over all levers together and was not repeated; {reached}")]


def _left_open(words: str, why: str) -> Certificate:
    return Certificate(words, 0.0, 0.0, method=why, checked=False)


def _gap(
    replay: Replay,
    rule: str,
    bounds: Sequence[Stored],
    disagreement: Sequence[float],
    gains: Sequence[float],
    weights: Sequence[float],
) -> tuple[float, bool]:
    """Return by how much a deal may be better by the rule's objective, and whether all work was finished."""
    players = replay.document.player_names
    first = bounds[0]
    prices = [number(first["prices"][player]) for player in players]
    if any(price < 0 for price in prices):
        raise ValueError("a price of a gain is negative")
    most, finished = _largest(replay, first, disagreement)
    total = sum(weights)
    shares = [weight / total for weight in weights]
    separate = all(bool(bound["separate"]) for bound in bounds)
    if rule == "nash":
        if min(prices) <= 0 or min(gains) <= 0:
            return math.inf, False
        shift = sum(w * (math.log(w / price) - 1) for w, price in zip(shares, prices, strict=True))
        return most + shift - sum(w * math.log(v) for w, v in zip(shares, gains, strict=True)), finished and separate
    if rule == "utilitarian":
        scale = min(price / w for price, w in zip(prices, shares, strict=True))
        value = sum(w * v for w, v in zip(shares, gains, strict=True))
        size = max(abs(v) for v in gains)
        return (most / scale - value) / size if scale > 0 else math.inf, finished and separate
    units = [weight / total * len(weights) for weight in weights]
    if rule == "kalai-smorodinsky":
        found = [_ideal(replay, bound, player, disagreement) for bound, player in _ideals(bounds, players)]
        if len(found) != len(players):
            return math.inf, False
        units = [low for low, _, _ in found]
        finished = finished and all(done for _, _, done in found)
        gains = [v * low / high for v, (low, high, _) in zip(gains, found, strict=True)]
    height = sum(price * unit for price, unit in zip(prices, units, strict=True))
    value = min(v / unit for v, unit in zip(gains, units, strict=True))
    size = 1.0 if rule == "kalai-smorodinsky" else max(v / unit for v, unit in zip(gains, units, strict=True))
    return (most / height - value) / size if height > 0 else math.inf, finished and separate


def _ideals(bounds: Sequence[Stored], players: Sequence[str]) -> Iterator[tuple[Stored, int]]:
    """Yield, for each player, the evidence about its ideal gain: the last bounds, in the players' order."""
    for place in range(len(players)):
        if len(bounds) > len(players):
            yield bounds[len(bounds) - len(players) + place], place


def _ideal(replay: Replay, bound: Stored, player: int, disagreement: Sequence[float]) -> tuple[float, float, bool]:
    """Return what a player gets in a deal at least and at most, and whether the latter is proved."""
    codes = replay.codes(bound["terms"])
    rows = zip(replay.payoffs(codes), disagreement, strict=True)
    gains = [payoff - default for payoff, default in rows]
    if not (replay.possible(codes) and replay.allowed(codes)) or min(gains) < -TOLERANCE * max(map(abs, gains)):
        raise ValueError("an ideal gain comes from a deal that is not allowed or hurts somebody")
    price = number(bound["prices"][replay.document.player_names[player]])
    most, finished = _largest(replay, bound, disagreement)
    return gains[player], most / price if price > 0 else math.inf, finished


def _largest(replay: Replay, bound: Stored, disagreement: Sequence[float]) -> tuple[float, bool]:
    """Return an upper bound of the priced gains and limits over all levels, and whether it is tight."""
    document = replay.document
    levers = {lever.name: place for place, lever in enumerate(document.levers)}
    terms, constant = _priced(replay, bound, disagreement)
    codes = replay.codes(bound["terms"])
    reads = [tuple(sorted(levers[name] for name in _names(term) if name in levers)) for term in terms]
    most, finished = constant, True
    scale = max(1e-300, *(abs(term) for term in (_size(replay, bound, codes), constant)))
    for group in components(len(levers), edges(reads)):
        mine = [term for term, used in zip(terms, reads, strict=True) if used and used[0] in group]
        if mine:
            tree = Sum(tuple(mine), (1,) * len(mine))
            part = Part(tree, tuple(document.levers[place] for place in group))
            top, done = highest(part, [codes[place] for place in group], TOLERANCE / 4 * scale)
            most, finished = most + top, finished and done
    most += sum(Part(term, ()).value({}) for term, used in zip(terms, reads, strict=True) if not used)
    return most, finished


def _priced(replay: Replay, bound: Stored, disagreement: Sequence[float]) -> tuple[list[Expression], float]:
    """Return the parts of the priced sum of payoffs and limits, and its constant."""
    document = replay.document
    known = substitutes(replay)
    names_of_levers = {lever.name for lever in document.levers}
    terms: list[Expression] = []
    constant = 0.0

    def add(price: float, expression: Expression) -> None:
        parts = additive_parts(substitute(expression, known), names_of_levers)
        terms.extend(Product((Number(price), part), (1, 1)) for part in parts)

    for player, default in zip(document.player_names, disagreement, strict=True):
        price = number(bound["prices"][player])
        constant -= price * default
        for entry in document.payoffs:
            if entry.player == player and price:
                assert entry.expression is not None
                add(price, entry.expression)
    for item in bound["limits"]:
        rules = [
            rule
            for limit in document.constraints
            if limit.name == item["name"]
            for rule in conjuncts(limit.expression)
            if any(name in names_of_levers for name in _names(substitute(rule, known)))
        ]
        rule, price = rules[item["part"]], number(item["price"])
        if not isinstance(rule, Compare) or (price < 0 and rule.operator != "=="):
            raise ValueError("a price of a limit is negative")
        small, large = (rule.left, rule.right) if rule.operator in ("<", "<=") else (rule.right, rule.left)
        add(price, Sum((large, small), (1, -1)))
    _compare(replay, bound, terms, constant, disagreement)
    return terms, constant


def _compare(
    replay: Replay, bound: Stored, terms: Sequence[Expression], constant: float, disagreement: Sequence[float]
) -> None:
    """Raise when the parts do not add up to the payoffs at some random levels; limits are left to their own part."""
    if bound["limits"]:
        return
    document, chance = replay.document, random.Random(0)
    for _ in range(_TRIALS):
        codes = tuple(
            chance.choice(lever.codes) if lever.codes is not None else chance.uniform(lever.lower, lever.upper)
            for lever in replay.levers
        )
        at = {lever.name: code for lever, code in zip(replay.levers, codes, strict=True)}
        mine = constant + sum(float(Part(term, ()).value(at)) for term in terms)
        rows = zip(document.player_names, replay.payoffs(codes), disagreement, strict=True)
        theirs = [number(bound["prices"][player]) * (payoff - default) for player, payoff, default in rows]
        if abs(mine - sum(theirs)) > TOLERANCE * max(1e-300, *(abs(value) for value in theirs)):
            raise ValueError("the parts of the payoffs do not add up")


def _size(replay: Replay, bound: Stored, codes: Sequence[float]) -> float:
    """Return the size of the priced payoffs at the deal."""
    pairs = zip(replay.document.player_names, replay.payoffs(tuple(codes)), strict=True)
    return max(number(bound["prices"][player]) * abs(payoff) for player, payoff in pairs)


def _names(expression: Expression) -> set[str]:
    return {name.name for name in names(expression)}
