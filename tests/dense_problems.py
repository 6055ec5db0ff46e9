"""Random problems in which most pairs of levers interact, small enough to be enumerated."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
from linked_problems import entries

from bargain.games.bargaining import BargainingProblem

DENSE_KINDS = ("integers", "ties", "fractions", "floats", "wide", "tiny units", "huge units")


def dense_entries(rng, kind, shape):
    """Payoffs of a term, in units far from one for some kinds; few distinct ones make many ties."""
    if kind == "ties":
        return rng.integers(0, 2, shape)
    if kind == "huge units":
        return rng.normal(size=shape) * 1e12
    return rng.normal(size=shape) if kind == "floats" else entries(rng, kind, shape)


def dense_problem(rng, kind, players=2, lotteries=False):
    """Two to six levers; a term for nearly every pair, now and then one of three levers, a mask or an idle player."""
    count = int(rng.integers(2, 7))
    sizes = tuple(int(size) for size in rng.integers(1, 5 if count < 6 else 4, count))
    reads = [pair for pair in itertools.combinations(range(count), 2) if rng.random() < 0.9] or [(0, 1)]
    reads += [(lever,) for lever in range(count) if rng.random() < 0.4]
    if count > 2 and rng.random() < 0.3:
        reads.append(tuple(int(k) for k in rng.permutation(count)[:3]))
    if rng.random() < 0.3:
        reads.append(())
    terms = [(read, dense_entries(rng, kind, (players, *(sizes[k] for k in read)))) for read in reads]
    middle = [
        sum((np.ravel(table[i])[np.size(table[i]) // 2] for _, table in terms), start=0 * np.ravel(terms[0][1])[0])
        for i in range(players)
    ]
    if rng.random() < 0.15:
        idle = int(rng.integers(players))
        for _, table in terms:
            table[idle] = 0 * table[idle]
        middle[idle] = 0 * middle[idle]
    default = [value if isinstance(value, (int, Fraction)) else value.item() for value in middle]
    problem = BargainingProblem.factored(sizes, terms, default, lotteries)
    if rng.random() < 0.4:
        masks = []
        for size in (2, 1):
            read = tuple(int(k) for k in rng.permutation(count)[:size])
            masks.append((read, rng.random([sizes[k] for k in read]) < 0.8))
        problem = replace(problem, feasible=replace(problem.feasible, masks=tuple(masks)))
    return problem


def large_dense_problem(seed, levers, levels, players=2, whole=False, lotteries=False):
    """Every pair of levers interacts: far too many deals to enumerate or eliminate."""
    rng = np.random.default_rng(seed)
    shape = (players, levels, levels)
    terms = [
        (pair, rng.integers(0, 10, shape) if whole else rng.normal(size=shape))
        for pair in itertools.combinations(range(levers), 2)
    ]
    count = levers * (levers - 1) / 2
    return BargainingProblem.factored(
        (levels,) * levers, terms, (int(5 * count) if whole else 0.0,) * players, lotteries
    )
