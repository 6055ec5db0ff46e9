"""Stored structures of talks: they verify, and a result with one number changed does not."""

import copy
import json

import pytest
from by_hand import drawn, horn_wolinsky

import bargain as bg
from bargain.reports.json import dumps, result_tree


def stored(source, **options):
    report = bg.run(bg.load(source), ["nash"], equilibria=False, expect=False, structures="all", **options)
    return json.loads(dumps(result_tree(report, "linkage")))


def refuted(tree):
    return [each.claim for each in bg.verify(tree) if each.refuted]


@pytest.mark.parametrize("seed", range(0, 24, 3))
def test_drawn_structures_verify(seed):
    assert refuted(stored(drawn(seed, players=2 + seed % 2)[0], transfers=(None, 0.0, 0.3)[seed % 3])) == []


@pytest.fixture(scope="module")
def result():
    return stored(horn_wolinsky({"levels": [0, 0.5, 1, 1.5, 2, 3]}))


def test_the_worked_case_verifies(result):
    assert refuted(result) == []


CHANGES = [
    (("partitions", 1, "gains", "A"), 9.0),
    (("partitions", 1, "negotiated", "H"), 9.0),
    (("partitions", 1, "feasible"), False),
    (("partitions", 1, "agreed"), 0),
    (("simultaneous", 0, "gains", "H"), 6.5),
    (("simultaneous", 0, "terms", "first", "pay_a"), 0.5),
    (("sequences", 0, "gains", "B"), 0.25),
    (("sequences", 0, "tables"), [["first"]]),
]


@pytest.mark.parametrize(
    ("path", "value"), CHANGES, ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else ""
)
def test_changed_structures_are_refuted(result, path, value):
    tree = copy.deepcopy(result)
    place = tree["linkage"]["structures"]
    for key in path[:-1]:
        place = place[key]
    assert place[path[-1]] != value
    place[path[-1]] = value
    assert refuted(tree)


def test_a_point_that_is_no_fixed_point_is_refuted(result):
    """Levels and gains that fit each other, but a table would reopen its deal."""
    tree = copy.deepcopy(result)
    each = tree["linkage"]["structures"]["simultaneous"][0]
    each["terms"]["first"]["pay_a"] = 0.5
    each["gains"]["A"], each["gains"]["H"] = 0.5, each["gains"]["H"] + each["gains"]["A"] - 0.5
    assert any("simultaneous table" in words for words in refuted(tree))


def test_changed_trade_matrix_and_payments_are_refuted():
    tree = stored(drawn(4, issues=2)[0], transfers=0.25)
    changes = [
        (("trade", "changes", "i0", "P0"), 99.0),
        (("transfers", "cost"), 0.5),
        (("marginal", "i0", "first"), 99.0),
        (("marginal", "i1", "last"), 99.0),
    ]
    for path, value in changes:
        changed = copy.deepcopy(tree)
        place = changed["linkage"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        assert refuted(changed), path


def test_results_of_the_first_version_without_structures_still_verify():
    tree = json.loads(dumps(result_tree(bg.run(bg.load("tollison-willett-1979")))))
    for name in ("structures", "trade", "matrix", "terms", "marginal", "smallest", "transfers", "complete"):
        del tree["linkage"][name]
    assert refuted(tree) == []


FOLLOWS = [
    ("marginal", "first", "last"),
    ("marginal", "second", "first"),
    ("smallest", 0, 0),
    ("terms", 0, "first"),
    ("terms", 0, "shapley"),
    ("terms", 0, "value", "A"),
    ("terms", 0, "player"),
    ("structures", "partitions", 1, "product"),
    ("structures", "partitions", 1, "value", "B"),
    ("structures", "partitions", 0, "kind"),
    ("structures", "partitions", 1, "losers"),
    ("structures", "simultaneous", 0, "product"),
    ("structures", "simultaneous", 0, "negotiated", "H"),
    ("structures", "simultaneous", 0, "fixed_points", 0, "A"),
    ("structures", "simultaneous", 0, "agreed"),
    ("structures", "sequences", 0, "negotiated", "A"),
    ("structures", "sequences", 0, "agreed"),
    ("structures", "sequences", 0, "value", "H"),
]


@pytest.mark.parametrize("path", FOLLOWS, ids=lambda path: ".".join(map(str, path)))
def test_changed_numbers_that_follow_from_others_are_refuted(result, path):
    tree = copy.deepcopy(result)
    place = tree["linkage"]
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    place[path[-1]] = {str: "partition" if old == "second" else "second", list: ["A"]}.get(
        type(old), old + 1 if isinstance(old, int | float) else None
    )
    assert refuted(tree), (path, old)


def test_a_table_that_agrees_on_the_no_agreement_levels_verifies():
    """The security levels lie below what no agreement gives, so that agreeing on the latter is a gain."""
    tree = drawn(5, issues=2)[0] | {"disagreement": {"kind": "fixed", "payoffs": {"P0": -9, "P1": -9}}}
    for payoffs in tree["payoffs"].values():
        payoffs["joint"] = "-i0*i1 - 3*i0"
    result = stored(tree)
    assert any(each["agreed"] > 0 for each in result["linkage"]["structures"]["simultaneous"])
    assert refuted(result) == []


def test_a_changed_nearest_miss_is_refuted():
    scenario = bg.load("tollison-willett-1979").set({"payoffs.B.finance.reformed": 0.5})
    tree = json.loads(dumps(result_tree(bg.run(scenario, ["nash"], equilibria=False, expect=False))))
    assert refuted(tree) == []
    for change in ({"gains": {"A": -1.0, "B": 0.6}}, {"terms": {"trade": {"trade": "opened"}}}):
        changed = copy.deepcopy(tree)
        changed["no_deal"]["nearest"] |= change
        assert refuted(changed)
