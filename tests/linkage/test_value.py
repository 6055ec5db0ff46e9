"""The value of linking issues: definitions, worked numbers, the Shapley attribution."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bargain.linkage.shares import shapley
from bargain.linkage.value import MAX_SHAPLEY_ISSUES
from bargain.results import Status
from bargain.testing.axioms import check_shapley_axioms
from bargain.testing.strategies import dyadic, scenario_trees


def two_issues(payoffs_a, payoffs_b, **more):
    """A scenario of two issues with two levels each; payoffs of changing each issue are pairs."""
    return {
        "format": 1,
        "scenario": {"id": "two-issues", "title": "Two issues", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            "first": {"levels": ["no", "yes"], "status_quo": "no"},
            "second": {"levels": ["no", "yes"], "status_quo": "no"},
        },
        "payoffs": {
            "A": {"first": {"no": 0, "yes": payoffs_a[0]}, "second": {"no": 0, "yes": payoffs_a[1]}},
            "B": {"first": {"no": 0, "yes": payoffs_b[0]}, "second": {"no": 0, "yes": payoffs_b[1]}},
        },
        **more,
    }


def test_tollison_willett_1979_issues_that_fail_alone_pass_together():
    scenario = bg.load(two_issues((4, -1), (-1, 2)))
    worth = scenario.linkage("subpackages")
    assert [table.solution.status for table in worth.separate.tables] == [Status.NO_DEAL, Status.NO_DEAL]
    assert worth.separate.gains == (0.0, 0.0)
    assert worth.package.gains == (3.0, 1.0)
    assert worth.value == (3.0, 1.0)
    assert worth.total == 4.0
    assert worth.attribution == {"first": 2.0, "second": 2.0}


def test_linkage_can_hurt_one_player_but_never_both_hmr_2005():
    """Alone, A gains on the first issue and B is indifferent; the package makes A pay for it."""
    tree = two_issues((4, -2), (0, 3))
    worth = bg.load(tree).linkage()
    assert worth.separate.gains == (4.0, 0.0)
    assert worth.package.gains == (2.0, 3.0)
    assert worth.value == (-2.0, 3.0)


def test_joint_terms_count_in_realised_but_not_in_negotiated_gains():
    tree = two_issues((2, 2), (1, 1))
    tree["payoffs"]["A"]["joint"] = "3 if first == 'yes' and second == 'yes' else 0"
    worth = bg.load(tree).linkage()
    assert worth.separate.negotiated == (4.0, 2.0)
    assert worth.separate.gains == (7.0, 2.0)
    assert worth.package.gains == (7.0, 2.0)


def test_separate_deals_that_break_a_joint_limit_are_reported():
    tree = two_issues((2, 2), (1, 1), constraints=[{"name": "one at a time", "rule": "first + second <= 1"}])
    tree["issues"] = {name: {"levels": [0, 1], "status_quo": 0} for name in ("first", "second")}
    for player in tree["payoffs"].values():
        for issue in ("first", "second"):
            player[issue] = {"0": player[issue]["no"], "1": player[issue]["yes"]}
    worth = bg.load(tree).linkage()
    assert not worth.separate.feasible
    assert any("break a limit" in note for note in worth.notes)
    assert worth.package.gains == (2.0, 1.0)


def test_separate_lotteries_realise_the_expected_payoffs_of_independent_draws():
    tree = two_issues((4, 4), (-1, -1), solve={"lotteries": True})
    tree["issues"]["first"]["levels"] = tree["issues"]["second"]["levels"] = ["no", "yes", "back"]
    for player, values in (("A", (4, -1)), ("B", (-1, 4))):
        for issue in ("first", "second"):
            tree["payoffs"][player][issue] = {"no": 0, "yes": values[0], "back": values[1]}
        tree["payoffs"][player]["joint"] = "1 if first == 'yes' and second == 'yes' else 0"
    worth = bg.load(tree).linkage()
    # Each table mixes yes and back evenly: expected gains 1.5 each; the joint term comes up in a quarter of the draws.
    assert worth.separate.negotiated == pytest.approx((3.0, 3.0))
    assert worth.separate.gains == pytest.approx((3.25, 3.25))


@given(st.integers(1, 5).flatmap(lambda size: st.lists(dyadic(), min_size=2**size - 1, max_size=2**size - 1)))
def test_shapley_shares_satisfy_the_axioms_and_equal_the_mean_over_orders(numbers):
    members = tuple("abcde"[: (len(numbers) + 1).bit_length() - 1])
    subsets = [s for size in range(1, len(members) + 1) for s in itertools.combinations(members, size)]
    worth = dict(zip(subsets, numbers, strict=True))
    shares = shapley(members, worth)
    check_shapley_axioms(worth, shares)
    for member in members:
        marginals = []
        for order in itertools.permutations(members):
            before = tuple(sorted(order[: order.index(member)]))
            marginals.append(worth[tuple(sorted((*before, member)))] - worth.get(before, 0.0))
        assert shares[member] == pytest.approx(sum(marginals) / math.factorial(len(members)), abs=1e-9)


def test_shapley_check_refuses_wrong_shares():
    worth = {("a",): 0.0, ("b",): 0.0, ("a", "b"): 2.0}
    with pytest.raises(AssertionError, match="are alike"):
        check_shapley_axioms(worth, {"a": 2.0, "b": 0.0})
    with pytest.raises(AssertionError, match="do not add up"):
        check_shapley_axioms(worth, {"a": 1.0, "b": 0.5})


def test_attribution_is_left_out_with_a_note_above_its_limit():
    tree = two_issues((1, 1), (1, 1))
    names = [f"issue{k}" for k in range(MAX_SHAPLEY_ISSUES + 1)]
    tree["issues"] = {name: {"levels": [0, 1], "status_quo": 0} for name in names}
    tree["payoffs"] = {player: dict.fromkeys(names, "0") | {n: n for n in names} for player in "AB"}
    worth = bg.load(tree).linkage("subpackages")
    assert worth.attribution is None
    assert "13 issues are more than 12" in worth.notes[0]


def test_unknown_structures_are_refused_with_the_known_names():
    with pytest.raises(ValueError, match="known are separate, subpackages, partitions, simultaneous, sequences, all"):
        bg.load(two_issues((1, 1), (1, 1))).linkage("together")


@given(scenario_trees(max_issues=3, linked=st.booleans()))
def test_package_has_the_largest_nash_product_of_all_structures(tree):
    worth = bg.load(tree).linkage("subpackages")
    best = math.prod(worth.package.gains)
    if worth.separate.feasible and min(worth.separate.gains) >= 0:
        assert best >= math.prod(worth.separate.gains) - 1e-9
    for table in worth.subpackages:
        assert best >= math.prod(table.gains) - 1e-9
    assert sum(worth.attribution.values()) == pytest.approx(worth.package.total, abs=1e-9)


@given(scenario_trees(max_issues=3, linked=False))
def test_separable_issues_linkage_never_hurts_both(tree):
    worth = bg.load(tree).linkage()
    assert max(worth.value) >= -1e-9
    # Without linkage terms, what the tables promise is what they realise.
    assert worth.separate.gains == pytest.approx(worth.separate.negotiated, abs=1e-9)


@given(scenario_trees(max_issues=3, linked=False))
def test_utilitarian_linkage_never_reduces_total_surplus(tree):
    """Sebenius (1983): the package's total is at least that of separate talks."""
    scenario = bg.load(tree)
    worth = bg.linkage(scenario.talks("utilitarian"))
    assert worth.total >= -1e-9


def test_what_the_default_levels_give_over_a_fixed_disagreement_point_is_promised_once():
    """Each table's gain holds the 10 and 20 that the status quo gives over disagreement; two tables must not add both."""
    tree = two_issues((2, 3), (1, 2), disagreement={"kind": "fixed", "payoffs": {"A": -10, "B": -20}})
    separate = bg.load(tree).linkage().separate
    assert [table.gains for table in separate.tables] == [(12.0, 21.0), (13.0, 22.0)]
    assert separate.gains == separate.negotiated == (15.0, 23.0)


@given(scenario_trees(linked=False), st.sampled_from(["minmax", "nash", "fixed"]), st.integers(-3, 3))
def test_separable_issues_keep_their_promises_whatever_the_disagreement_point(tree, kind, shift):
    tree["disagreement"] = {"kind": kind}
    if kind == "fixed":
        tree["disagreement"]["payoffs"] = dict.fromkeys(tree["players"], shift)
    separate = bg.load(tree).linkage().separate
    assert separate.gains == pytest.approx(separate.negotiated, abs=1e-9)
