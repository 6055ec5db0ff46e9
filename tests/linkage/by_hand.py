"""Scenarios whose every deal is written out, and tables solved by trying every deal of theirs."""

import itertools
import math
import random
from fractions import Fraction


def drawn(seed, players=2, issues=None, ties=False):
    """A scenario of small issues with linkage terms, as a tree, and the payoffs of every deal."""
    chance = random.Random(seed)
    count = issues or chance.randint(2, 3)
    names = [f"i{k}" for k in range(count)]
    sizes = [chance.randint(2, 3) for _ in names]
    number = (lambda: float(chance.randint(-2, 2))) if ties else (lambda: chance.randint(-24, 24) / 8)
    who = [f"P{k}" for k in range(players)]
    own = {
        (p, n): [0.0, *(number() for _ in range(size - 1))] for p in who for n, size in zip(names, sizes, strict=True)
    }
    pairs = [pair for pair in itertools.combinations(range(count), 2) if chance.random() < 0.7]
    cross = {(p, a, b): number() for p in who for a, b in pairs}
    limit = chance.random() < 0.3
    tree = {
        "format": 1,
        "scenario": {"id": "drawn", "title": "Drawn", "illustrative": True},
        "players": {p: {"name": p} for p in who},
        "issues": {n: {"levels": list(range(s)), "status_quo": 0} for n, s in zip(names, sizes, strict=True)},
        "payoffs": {
            p: {n: {str(k): v for k, v in enumerate(own[p, n])} for n in names}
            | {"joint": " + ".join(f"({v!r})*i{a}*i{b}" for (q, a, b), v in cross.items() if q == p) or "0"}
            for p in who
        },
    }
    bound = sum(sizes) - count - 1
    if limit:
        tree["constraints"] = [{"name": "room", "rule": f"{' + '.join(names)} <= {bound}"}]
    deals = {}
    for deal in itertools.product(*(range(size) for size in sizes)):
        deals[deal] = tuple(
            sum(own[p, n][level] for n, level in zip(names, deal, strict=True))
            + sum(v * deal[a] * deal[b] for (q, a, b), v in cross.items() if q == p)
            for p in who
        )
    allowed = {deal for deal in deals if not limit or sum(deal) <= bound}
    return tree, names, deals, allowed


def best_answers(options, default):
    """All Nash solutions among payoff vectors: most gainers first, then the product of gains; none without a gain."""
    gains = {deal: tuple(u - d for u, d in zip(values, default, strict=True)) for deal, values in options.items()}
    rational = {deal: g for deal, g in gains.items() if min(g) >= 0 and max(g) > 0}
    if not rational:
        return []

    ideal = [max(g[i] for g in rational.values()) for i in range(len(default))]

    def merit(g):
        # As a share of the largest gain, so that the unit of payoff does not matter when only some can gain.
        return sum(v > 0 for v in g), math.prod(
            Fraction(v) / Fraction(best) for v, best in zip(g, ideal, strict=True) if v > 0
        )

    top = max(merit(g) for g in rational.values())
    tied = [deal for deal, g in rational.items() if merit(g) == top]
    return [d for d in tied if not any(
        all(a >= b for a, b in zip(gains[o], gains[d], strict=True)) and gains[o] != gains[d] for o in rational
    )]  # fmt: skip


def answers(names, deals, allowed, block, standing):
    """What a table may agree on, given all other levels: full deals; the failed table when there is no deal."""
    places = [k for k, name in enumerate(names) if name in block]
    failed = tuple(0 if k in places else level for k, level in enumerate(standing))
    options = {
        deal: deals[deal]
        for deal in allowed
        if all(level == standing[k] for k, level in enumerate(deal) if k not in places)
    }
    return best_answers(options, deals[failed]) or [failed]


def gains_of(deals, deal):
    nothing = deals[(0,) * len(deal)]
    return tuple(u - d for u, d in zip(deals[deal], nothing, strict=True))


def horn_wolinsky(pay):
    """One hub and two partners: v(1) = v(2) = 6, v(12) = 9; each partner is paid out of what its co-operation adds."""
    return {
        "format": 1,
        "scenario": {"id": "hub", "title": "Hub", "illustrative": True},
        "players": {name: {"name": name} for name in ("H", "A", "B")},
        "issues": {
            "first": {"levers": {"do_a": {"levels": [0, 1], "status_quo": 0}, "pay_a": {**pay, "status_quo": 0}}},
            "second": {"levers": {"do_b": {"levels": [0, 1], "status_quo": 0}, "pay_b": {**pay, "status_quo": 0}}},
        },
        "payoffs": {
            "H": {"first": "6*do_a - pay_a", "second": "6*do_b - pay_b", "joint": "-3*do_a*do_b"},
            "A": {"first": "pay_a"},
            "B": {"second": "pay_b"},
        },
    }


def matching(first, second):
    """Two issues, each of two levels, whose worth depends on whether they match."""
    return {
        "format": 1,
        "scenario": {"id": "match", "title": "Match", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {name: {"levels": [0, 1], "status_quo": 0} for name in ("left", "right")},
        "payoffs": {"A": {"joint": first}, "B": {"joint": second}},
    }
