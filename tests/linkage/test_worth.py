"""The trade, margins, linkage terms, cross-effects, reasons for no deal: by hand, and against every deal tried."""

import itertools
import random

import pytest
from by_hand import drawn, matching

import bargain as bg
from bargain.errors import NotSolvedError
from bargain.linkage.no_deal import explain_no_deal


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_the_trade_and_the_matrix_add_up(seed):
    tree, names, deals, _ = drawn(seed)
    worth = bg.load(tree).linkage("subpackages", transfers=0.25 if seed % 4 else None)
    parts = [values for _, values in worth.trade.changes] + [worth.trade.offset]
    parts += [worth.trade.transfers] if worth.trade.transfers else []
    assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(worth.package.gains, abs=1e-12)
    deal = tuple(int(code) for code in worth.package.levels)
    for each in worth.matrix:
        first, second = (names.index(name) for name in each.issues)

        def value(*off, deal=deal):
            return deals[tuple(0 if k in off else level for k, level in enumerate(deal))]

        corners = zip(value(), value(first), value(second), value(first, second), strict=True)
        assert each.values == pytest.approx([a - b - c + d for a, b, c, d in corners], abs=1e-12)
    for name in names:
        rest = tuple(other for other in names if other != name)
        first, last = worth.marginal[name]
        totals = {each.issues: each.total for each in worth.subpackages}
        assert (first, last) == (totals[(name,)], totals[tuple(names)] - totals[rest])
    agreed = {each.issues for each in worth.subpackages if each.agreed}
    smallest = min(map(len, agreed), default=None)
    assert set(worth.smallest) == {issues for issues in agreed if len(issues) == smallest}


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_linkage_terms_are_worth_what_the_scenario_without_them_lacks(seed):
    tree, *_ = drawn(seed)
    worth = bg.load(tree).linkage("subpackages")
    for each in worth.terms:
        parts = tree["payoffs"][each.player]["joint"].split(" + ")
        kept = [part for part in parts if not all(name in part for name in each.issues)]
        without = {
            **tree,
            "payoffs": {
                **tree["payoffs"],
                each.player: {**tree["payoffs"][each.player], "joint": " + ".join(kept) or "0"},
            },
        }
        lost = bg.load(without).linkage().package
        assert each.last == pytest.approx(worth.package.total - lost.total, abs=1e-12)
    if worth.terms and worth.terms[0].shapley is not None:
        plain = {p: {**tree["payoffs"][p], "joint": "0"} for p in tree["payoffs"]}
        none = bg.load({**tree, "payoffs": plain}).linkage().package
        shares = sum(each.shapley for each in worth.terms)
        assert shares == pytest.approx(worth.package.total - none.total, abs=1e-12)


def test_the_matrix_names_complements_and_substitutes():
    scenario = bg.load(matching("left + right + 2*left*right", "left + right - 0.5*left*right"))
    (each,) = scenario.linkage().matrix
    assert each.issues == ("left", "right")
    assert each.values == (2.0, -0.5)


@pytest.mark.parametrize("seed", range(60))
def test_blocking_players_and_nearest_miss_equal_brute_force(seed):
    chance = random.Random(seed)
    players = 2 + seed % 3
    points = [tuple(chance.randint(-3, 2) for _ in range(players)) for _ in range(chance.randint(1, 6))]
    problem = bg.BargainingProblem.from_points(points, (0,) * players)
    if bg.solve(problem).agreed:
        return

    def opens(kept):
        return any(min(row[i] for i in kept) >= 0 and max(row[i] for i in kept) > 0 for row in points)

    names = problem.players
    sets = [s for size in range(1, players) for s in itertools.combinations(range(players), size)]
    blocking = [s for s in sets if opens([i for i in range(players) if i not in s])]
    minimal = {tuple(names[i] for i in s) for s in blocking if not any(set(o) < set(s) for o in blocking)}
    reasons = explain_no_deal(problem)
    assert set(reasons.blocking) == minimal
    if all(max(row) <= 0 for row in points):
        assert reasons.gains is None
    else:
        assert max(reasons.gains) > 0


def stuck(**changes):
    return {
        "format": 1,
        "scenario": {"id": "stuck", "title": "Stuck", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"t": {"range": [0, 10], "status_quo": 0}, "u": {"range": [0, 4], "status_quo": 0}},
        "parameters": {"cost": {"value": 2.0, "range": [0.1, 3]}, "gain": 0.5},
        "payoffs": {"A": {"t": "gain*t", "u": "-u"}, "B": {"t": "-cost*t", "u": "0.9*u"}},
        **changes,
    }


def test_break_even_values_are_those_of_the_closed_form():
    """A deal needs t and u with gain*t > u and 0.9*u > cost*t: cost below 0.9*gain = 0.45; gain above 2.22 is too far."""
    reasons = bg.load(stuck()).explain_no_deal(break_even=True)
    assert set(reasons.blocking) == {("A",), ("B",)}
    (even,) = reasons.break_evens
    assert (even.path, even.now, even.deal) == ("parameters.cost", 2.0, "below")
    assert even.value == pytest.approx(0.45, abs=2e-3)
    assert {"parameters.gain", "t: upper end", "u: lower end"} <= set(reasons.searched)


def test_a_deal_is_not_explained_away():
    with pytest.raises(NotSolvedError, match="there is a deal"):
        bg.load("tollison-willett-1979").explain_no_deal()


@pytest.mark.parametrize(
    ("joint", "text"),
    [("-3*i0*i1", "-3*i0*i1"), ("i0*i1 - 4*i1*i0", "i0*i1 - 4*i1*i0"), ("1 - (i0*i1 + i1*i0)", "-(i0*i1 + i1*i0)")],
)
def test_a_linkage_term_keeps_its_sign(joint, text):
    tree = drawn(4, issues=2)[0]
    tree["payoffs"]["P0"]["joint"], tree["payoffs"]["P1"]["joint"] = joint, "0"
    (term,) = bg.load(tree).linkage("subpackages").terms
    assert term.text == text


def test_no_change_on_intervals_is_no_near_miss():
    tree = {
        "format": 1,
        "scenario": {"id": "still", "title": "Still", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"y": {"range": [0, 1], "status_quo": 0}},
        "payoffs": {"A": {"y": "-y"}, "B": {"y": "-2*y"}},
    }
    assert bg.load(tree).explain_no_deal().gains is None
