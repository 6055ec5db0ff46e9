"""Results of games written by hand, as ``bargain equilibria GAME --format json`` stores them.

Extreme equilibria and components are found by brute force over definitions, with no code of the package.
"""

import json
from fractions import Fraction
from itertools import chain, combinations, product
from types import SimpleNamespace

import pytest

from bargain.certificates.games.table import game_digest


def number(value):
    return float(value) if isinstance(value, float) else str(Fraction(value))


def game_tree(tables, exact=True):
    """Return the stored game with the given nested payoffs."""

    def nested(entry):
        return [nested(each) for each in entry] if isinstance(entry, list) else (number(entry) if exact else entry)

    players = [f"P{i}" for i in range(1, len(tables) + 1)]
    sizes, level = [], tables[0]
    while isinstance(level, list):
        sizes.append(len(level))
        level = level[0]
    tree = {
        "title": "by hand",
        "players": players,
        "actions": {p: [f"{p.lower()}{a}" for a in range(size)] for p, size in zip(players, sizes, strict=True)},
        "payoffs": {p: nested(table) for p, table in zip(players, tables, strict=True)},
    }
    return {**tree, "digest": game_digest(tree)}


def solve(matrix, right):
    """Return the solution of a regular square system of fractions, or None."""
    rows = [[Fraction(v) for v in row] + [Fraction(b)] for row, b in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next((r for r in range(k, len(rows)) if rows[r][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for r in range(len(rows)):
            if r != k:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def polytope_vertices(table):
    """Return {vertex: tight constraints} of {x >= 0, x table <= 1} from all systems of d tight constraints."""
    d, k = len(table), len(table[0])
    sides = [([int(i == j) for j in range(d)], 0) for i in range(d)] + [
        ([row[j] for row in table], 1) for j in range(k)
    ]
    found = {}
    for chosen in combinations(range(d + k), d):
        x = solve([sides[c][0] for c in chosen], [sides[c][1] for c in chosen])
        if x is None or min(x) < 0:
            continue
        values = [sum(a * b for a, b in zip(side, x, strict=True)) - right for side, right in sides]
        if any(values[c] > 0 for c in range(d, d + k)):
            continue
        found[tuple(x)] = frozenset(c for c, value in enumerate(values) if value == 0)
    return found


def extreme(a, b):
    """Return all extreme equilibria (x, y) of a game of two players, in canonical order."""
    m, n = len(a), len(a[0])
    low = min(min(map(min, t)) for t in (a, b))
    positive = [[[v - low + 1 for v in row] for row in t] for t in (a, b)]
    p = polytope_vertices(positive[1])
    q = polytope_vertices([list(column) for column in zip(*positive[0], strict=True)])
    pairs = []
    for (x, tight), (y, other) in product(p.items(), q.items()):
        labels = tight | {(c + m if c < n else c - n) for c in other}
        if any(x) and len(labels) == m + n:
            pairs.append(tuple(tuple(v / sum(s) for v in s) for s in (x, y)))
    return sorted(pairs, key=lambda pair: [(support(s), [-v for v in s if v]) for s in pair])


def support(strategy):
    return [i for i, v in enumerate(strategy) if v]


def rank(points):
    rows = [[a - b for a, b in zip(point, points[0], strict=True)] for point in points[1:]]
    found = 0
    for column in range(len(points[0])):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for r in range(found + 1, len(rows)):
            factor = rows[r][column] / rows[found][column]
            rows[r] = [u - factor * v for u, v in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def bicliques(pairs):
    """Return all maximal complete subgraphs (xs, ys), by trying every set of x."""
    known, left = set(pairs), sorted({x for x, _ in pairs})
    found = set()
    for xs in chain.from_iterable(combinations(left, k) for k in range(1, len(left) + 1)):
        ys = [y for y in sorted({y for _, y in pairs}) if all((x, y) in known for x in xs)]
        if ys:
            found.add((tuple(x for x in left if all((x, y) in known for y in ys)), tuple(ys)))
    return sorted(found)


def nash_result(tables, complete=True, exact=True):
    """Return a complete result of a two-player game, with its components."""
    a, b = tables
    pairs = extreme(*[[[Fraction(v) for v in row] for row in t] for t in tables])
    tree = game_tree(tables, exact)
    labels = list(tree["actions"].values())

    def side(player, strategy):
        return {labels[player][i]: number(v) for i, v in enumerate(strategy) if v}

    equilibria = []
    for x, y in pairs:
        pays = [
            sum((x[i] * y[j] * Fraction(t[i][j]) for i in range(len(x)) for j in range(len(y))), Fraction(0))
            for t in (a, b)
        ]
        profile = {"P1": side(0, x), "P2": side(1, y)}
        payoffs = {"P1": number(pays[0]), "P2": number(pays[1])}
        equilibria.append({"profile": profile, "payoffs": payoffs, "regret": "0"})
    components, groups = [], []
    for xs, ys in bicliques(pairs):
        places = sorted(pairs.index(pair) for pair in product(xs, ys))
        touching = [group for group in groups if group & set(places)]
        groups = [group for group in groups if not group & set(places)] + [set(places).union(*touching)]
        components.append((xs, ys, places))
    groups.sort(key=min)
    return {
        "schema": "bargain-equilibria-1",
        "command": "equilibria",
        "concept": "nash",
        "game": tree,
        "equilibria": equilibria,
        "components": [
            {
                "strategies": {"P1": [side(0, x) for x in xs], "P2": [side(1, y) for y in ys]},
                "equilibria": places,
                "dimension": rank(xs) + rank(ys),
                "connected": next(k for k, group in enumerate(groups) if group & set(places)),
            }
            for xs, ys, places in components
        ],
        "complete": complete,
        "reason": "brute force",
        "method": "by hand",
        "exact": True,
        "notes": [],
        "certificate": None,
        "provenance": {},
    }


def solution_result(tree, concept, solution):
    head = {"schema": "bargain-equilibria-1", "command": "equilibria", "concept": concept, "game": tree}
    return {**head, "solution": solution, "notes": [], "provenance": {}}


def leaves(tree, path=()):
    """Yield the paths of all numbers, labels and keys that a claim is about."""
    if path and path[-1] in ("title", "notes", "reason", "method", "provenance", "digest"):
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from leaves(value, (*path, place))
    else:
        yield path


def at(tree, path):
    for part in path:
        tree = tree[part]
    return tree


def changed(stored, path, value):
    result = json.loads(json.dumps(stored))
    at(result, path[:-1])[path[-1]] = value
    return result


@pytest.fixture(scope="session")
def by_hand():
    """Functions that write results and change them."""
    return SimpleNamespace(
        at=at,
        bicliques=bicliques,
        changed=changed,
        extreme=extreme,
        game_tree=game_tree,
        leaves=leaves,
        nash_result=nash_result,
        polytope_vertices=polytope_vertices,
        rank=rank,
        solution_result=solution_result,
    )
