"""Laws of deal structures: what linking issues can and cannot do, on drawn scenarios."""

import copy
import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import bargain as bg
from bargain.testing.strategies import scenario_trees

RULES = ["nash", "kalai-smorodinsky", "egalitarian", "utilitarian"]
SLACK = 1e-9


def log_product(gains):
    return sum(math.log(gain) for gain in gains) if min(gains) > 0 else -math.inf


@given(scenario_trees(players=st.integers(2, 3), linked=st.booleans()))
def test_no_rational_outcome_of_separate_talks_has_a_larger_nash_product_than_the_package(tree):
    worth = bg.load(tree).linkage()
    assume(worth.separate.feasible and min(worth.separate.gains) > 0)
    assert log_product(worth.package.gains) >= log_product(worth.separate.gains) - SLACK


@given(scenario_trees(players=st.integers(2, 3), linked=False), st.sampled_from(RULES))
def test_linking_separable_issues_never_hurts_all(tree, rule):
    """Horstmann, Markusen and Robles (2005): the sum of the separate outcomes is feasible, and the package efficient."""
    worth = bg.load(tree | {"solve": {"solutions": [rule]}}).linkage()
    assert max(worth.value) >= -SLACK


@given(scenario_trees(players=st.integers(2, 3), linked=st.booleans()), st.sampled_from(["utilitarian", "egalitarian"]))
def test_more_issues_on_the_table_never_lower_what_the_rule_maximises(tree, rule):
    """A sub-package is feasible in every larger one, since off-table issues stand at their no-agreement levels."""
    worth = bg.load(tree | {"solve": {"solutions": [rule]}}).linkage("subpackages")
    objective = sum if rule == "utilitarian" else min
    best = {frozenset(each.issues): objective(each.gains) for each in worth.subpackages}
    for smaller, larger in itertools.permutations(best, 2):
        if smaller < larger:
            assert best[larger] >= best[smaller] - SLACK


@given(st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=1, max_size=3))
def test_with_transfers_at_every_table_linkage_of_surplus_issues_is_neutral(issues):
    """Maggi (2016): frictionless transfers, separable issues of non-negative surplus, equal weights.

    Payments move in eighths, so that the equal split of every whole surplus is one of the deals.
    """
    assume(all(a + b >= 0 for a, b in issues))
    names = [f"i{k}" for k in range(len(issues))]
    pay = [eighth / 2 for eighth in range(-13, 14)]
    tree = {
        "format": 1,
        "scenario": {"id": "maggi", "title": "Transfers", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            name: {
                "levers": {
                    f"{name}_do": {"levels": [0, 1], "status_quo": 0},
                    f"{name}_pay": {"levels": pay, "status_quo": 0},
                }
            }
            for name in names
        },
        "payoffs": {
            "A": {name: f"{a}*{name}_do - {name}_pay" for name, (a, _) in zip(names, issues, strict=True)},
            "B": {name: f"{b}*{name}_do + {name}_pay" for name, (_, b) in zip(names, issues, strict=True)},
        },
    }
    worth = bg.load(tree).linkage()
    share = sum(a + b for a, b in issues) / 2
    assert worth.package.gains == pytest.approx((share, share), abs=1e-9)
    assert worth.value == pytest.approx((0, 0), abs=1e-9)


@given(scenario_trees(players=st.integers(2, 3), linked=st.booleans()), st.randoms(use_true_random=False))
def test_renaming_players_and_issues_renames_the_value_of_linkage(tree, chance):
    order = list(tree["players"])
    chance.shuffle(order)
    renamed = copy.deepcopy(tree)
    renamed["players"] = {name: tree["players"][name] for name in order}
    renamed["payoffs"] = {name: tree["payoffs"][name] for name in order}
    first, second = (bg.load(each | {"solve": {"solutions": ["utilitarian"]}}).linkage() for each in (tree, renamed))
    assert sum(second.package.gains) == pytest.approx(sum(first.package.gains), abs=1e-9)
    least = [bg.load(each).solve("egalitarian") for each in (tree, renamed)]
    assert sorted(map(float, least[0].gains)) == pytest.approx(sorted(map(float, least[1].gains)), abs=1e-9)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
@given(tree=scenario_trees(players=st.integers(2, 3), linked=st.booleans()))
def test_the_unit_of_payoff_changes_no_structure(unit, tree):
    scaled = copy.deepcopy(tree)
    for player in scaled["payoffs"].values():
        for heading, entry in player.items():
            if isinstance(entry, str):
                player[heading] = f"{unit!r}*({entry})"
            else:
                player[heading] = {level: unit * value for level, value in entry.items()}
    for rule in RULES:
        first, second = (bg.load(each | {"solve": {"solutions": [rule]}}).linkage() for each in (tree, scaled))
        assert [each.lottery for each in second.subpackages] == [each.lottery for each in first.subpackages]
        assert [each.solution.status for each in second.subpackages] == [
            each.solution.status for each in first.subpackages
        ]
