"""Random problems of linked levers, small enough to be enumerated."""

import itertools
from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np

from bargain.games.bargaining import BargainingProblem

KINDS = ("integers", "fractions", "floats", "wide", "tiny units")


def entries(rng, kind, shape):
    """Payoffs of a term: small integers make ties, wide ones do not fit into floats."""
    if kind == "integers":
        return rng.integers(-3, 4, shape)
    if kind == "wide":
        return np.vectorize(lambda value: int(value) * 10**17 + int(value) % 7, otypes=[object])(
            rng.integers(-9, 10, shape)
        )
    if kind == "fractions":
        above, below = rng.integers(-5, 6, shape), rng.integers(1, 5, shape)
        return np.vectorize(lambda a, b: Fraction(int(a), int(b)), otypes=[object])(above, below)
    return rng.normal(size=shape) * (1e-12 if kind == "tiny units" else 1e12 if rng.random() < 0.3 else 1.0)


def linked_problem(rng, kind, players, lotteries=False, most=600):
    """Two to six levers, terms over one to three of them, sometimes a mask, an idle player or a poor disagreement."""
    while True:
        count = int(rng.integers(2, 7))
        sizes = tuple(int(size) for size in rng.integers(1, 6, count))
        if prod(sizes) <= most:
            break
    reads = [(), *((lever,) for lever in range(count))]
    reads += [
        tuple(int(k) for k in rng.permutation(count)[: int(rng.integers(2, min(count, 3) + 1))])
        for _ in range(int(rng.integers(1, count + 1)))
    ]
    unit = 1.0 if kind != "floats" or rng.random() < 0.7 else 1e12
    terms = []
    idle = int(rng.integers(players)) if rng.random() < 0.15 else None
    for read in reads:
        table = entries(rng, "floats" if kind == "floats" else kind, (players, *(sizes[k] for k in read)))
        if kind == "floats":
            table = rng.normal(size=table.shape) * unit
        if idle is not None:
            table[idle] = 0 * table[idle]
        terms.append((read, table))
    low = entries(rng, kind, players) if kind != "floats" else rng.normal(size=players) * unit
    default = [2 * value for value in low.tolist()]
    if idle is not None:
        default[idle] = 0 * default[idle]
    problem = BargainingProblem.factored(sizes, terms, default, lotteries)
    if rng.random() < 0.4:
        read = tuple(int(k) for k in rng.permutation(count)[:2])
        mask = rng.random([sizes[k] for k in read]) < 0.75
        problem = replace(problem, feasible=replace(problem.feasible, masks=((read, mask),)))
    return problem


def all_deals(problem):
    deals = problem.feasible
    return [x for x in itertools.product(*map(range, deals.sizes)) if deals.allowed(x)[0]]


def again(problem):
    """The same problem with nothing remembered."""
    return replace(problem, feasible=replace(problem.feasible))


def chain_problem(seed, levers, levels, extra, players=2, lotteries=False):
    """Levers in a chain with some links more: far too many deals to enumerate."""
    rng = np.random.default_rng(seed)
    links = [(k, k + 1) for k in range(levers - 1)]
    while extra:
        first, second = sorted(int(k) for k in rng.choice(levers, 2, replace=False))
        if second - first <= 3 and (first, second) not in links:
            links.append((first, second))
            extra -= 1
    terms = [((k,), rng.normal(size=(players, levels))) for k in range(levers)]
    terms += [(link, 0.3 * rng.normal(size=(players, levels, levels))) for link in links]
    return BargainingProblem.factored((levels,) * levers, terms, (0.0,) * players, lotteries)
