"""Every number, label and flag of stored results, changed one at a time: each change is noticed or listed as unread."""

import copy
import json
import random

import pytest

import bargain as bg
from bargain.certificates.unread import UNREAD, unread, unread_reason
from bargain.errors import BargainError
from bargain.reports.json import dumps, result_tree
from bargain.solutions.rules import rules_for

FOUR = ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"]

FEWEST = 39
"""The list of what is not read may only become shorter."""

STILL_TRUE = {
    "alternatives.*.certificate.evidence.normal.*": "at a corner several normals support the same lottery",
    "certificate.evidence.normal.*": "at a corner several normals support the same lottery",
}


def talks(x, y, a, b, **more):
    tree = {
        "format": 1,
        "scenario": {"id": "t", "title": "Two issues", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"x": {**x, "status_quo": 0}, "y": {**y, "status_quo": 0}},
        "payoffs": {"A": a, "B": b},
    }
    return {**tree, **more}


FINITE = ({"levels": [0, 1, 2, 3]}, {"levels": [0, 1, 2]})
RANGES = ({"range": [0, 2]}, {"range": [0, 1]})
A, B = {"x": "3*x - x^2/2", "y": "-y", "joint": "0.4*x*y"}, {"x": "-x", "y": "3*y - 0.2*y^2"}
LOSES, WINS = {"x": "k*x - 2*x", "y": "-2*y"}, {"x": "x - 0.1*x^2", "y": "-y"}
FACTOR = {"parameters": {"k": {"value": 1, "range": [0, 5]}}}


def many_issues(joint=None):
    own = {f"i{k}": f"{k % 3 + 1}*i{k} - 0.1*i{k}^2" for k in range(1, 6)}
    tree = {
        "format": 1,
        "scenario": {"id": "many", "title": "Six issues", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {f"i{k}": {"levels": list(range(7)), "status_quo": 0} for k in range(6)},
        "payoffs": {
            "A": {"i0": "-i0", **own, **({"joint": joint} if joint else {})},
            "B": {"i0": "4*i0", **{f"i{k}": f"-{0.2 + 0.3 * (k % 4)}*i{k}" for k in range(1, 6)}},
        },
    }
    return {**tree, "solve": {"solutions": ["nash", "utilitarian"]}}


def solved(tree, **options):
    report = bg.run(bg.load(tree), **options)
    return json.loads(dumps(result_tree(report, "linkage" if "structures" in options else "solve")))


RESULTS = {
    "finite": lambda: solved(talks(*FINITE, A, B, solve={"solutions": FOUR}), attribution=True),
    "lottery": lambda: solved(
        talks(*FINITE, A, B, solve={"solutions": list(rules_for("lotteries")), "lotteries": True})
    ),
    "continuous": lambda: solved(
        talks(*RANGES, A, B, solve={"solutions": FOUR}, constraints=[{"name": "cap", "rule": "x + y <= 2.5"}])
    ),
    "no deal": lambda: solved(talks(*FINITE, {"x": "-3*x", "y": "-y"}, {"x": "k*x", "y": "2*y"}, **FACTOR)),
    "break-even": lambda: solved(talks(*FINITE, LOSES, WINS, **FACTOR), break_even=True),
    "break-even on ranges": lambda: solved(talks(*RANGES, LOSES, WINS, **FACTOR), break_even=True),
    "structures": lambda: solved(talks(*FINITE, A, B), structures="all", equilibria=False),
    "side payments": lambda: solved(talks(*FINITE, A, B), structures="all", transfers=0.2, equilibria=False),
    "additive": lambda: solved(many_issues(), linkage=False, equilibria=False),
    "factored": lambda: solved(many_issues("0.05*i0*i1 + 0.03*i2*i3"), linkage=False, equilibria=False),
    "game": lambda: solved(bg.load("battle-of-the-sexes").document.tree),
}
TRIED = {"finite": 170, "structures": 170, "side payments": 60, "no deal": 40, "break-even": 40, "game": 30}
TRIED |= {"continuous": 25, "lottery": 12, "break-even on ranges": 2, "additive": 5, "factored": 5}
"""Leaves that are changed, of those that are read; of slow results fewer."""


def leaves(tree, path=()):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if path or key not in ("inputs", "provenance", "schema", "command"):
                yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from leaves(value, (*path, place))
    else:
        yield path, tree


def another(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value * 1.001 + 1e-4
    if value is None:
        return True
    above, _, below = value.partition("/")
    return f"{int(above) + 1}/{below}" if below.isdigit() and above.lstrip("-").isdigit() else f"{value}?"


def noticed(stored, path):
    changed = copy.deepcopy(stored)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = another(place[path[-1]])
    try:
        return any(check.refuted for check in bg.verify(changed))
    except (BargainError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return True


@pytest.mark.parametrize("name", RESULTS)
def test_every_change_is_noticed_or_said_to_be_unread(name):
    stored = RESULTS[name]()
    assert not [check.claim for check in bg.verify(stored) if check.refuted]
    read = [path for path, _ in leaves(stored) if unread_reason(path) is None]
    count = TRIED[name]
    if len(read) > count:
        read = random.Random(name).sample(read, count)
    missed = {
        ".".join("*" if isinstance(key, int) else key for key in path) for path in read if not noticed(stored, path)
    }
    assert missed - set(STILL_TRUE) == set()


def test_the_list_of_what_is_not_read_only_shrinks():
    assert len(UNREAD) <= FEWEST
    assert all(reason and reason[0].islower() and not reason.endswith(".") for reason in UNREAD.values())


def test_what_is_not_read_is_named_once_and_only_where_it_is():
    stored = {"method": "m", "alternatives": [{"method": "n", "gains": {"A": 1.0}}], "notes": [], "linkage": None}
    assert unread(stored) == ("names of methods",)
    assert unread_reason(("alternatives", 0, "gains", "A")) is None
    assert unread_reason(("linkage", "notes", 0)) == "notes, and numbers in them"
