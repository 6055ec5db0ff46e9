"""The axioms of the table of rules, each checked on lotteries of two players, and each shown to fail where it is absent.

Where the theory asks for free disposal, the feasible set is made comprehensive by corners on the axes.
"""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bargain.games.bargaining import BargainingProblem
from bargain.solutions.rules import RULES, solve_problem

WHOLE = st.integers(0, 12)
POINTS = st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=6)


def having(axiom):
    return pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if axiom in rule.axioms])


def gains(points, rule, d=(0, 0)):
    """Gains in exact fractions; zero without a deal."""
    rows = [tuple(map(Fraction, point)) for point in points]
    return solve_problem(BargainingProblem.from_points(rows, d, lotteries=True), rule).gains


def same(first, second):
    """Whether gains are equal; a path of Raiffa's and lengths of Perles and Maschler may be irrational."""
    if all(isinstance(gain, Fraction) for gain in (*first, *second)):
        return tuple(first) == tuple(second)
    return tuple(map(float, first)) == pytest.approx(tuple(map(float, second)), rel=1e-12, abs=1e-12)


def with_disposal(points):
    """Add what is left when payoffs are thrown away, down to zero."""
    corners = [(u, 0) for u, _ in points] + [(0, v) for _, v in points]
    return [*points, *corners, (0, 0)]


def on_the_frontier(points, chosen):
    """Whether no segment between two points has a point that is better for both, or for one and as good for the other."""
    best = max(
        min(t * a[i] + (1 - t) * b[i] - chosen[i] for i in (0, 1))
        for a in points
        for b in points
        for t in {Fraction(0), Fraction(1), *crossing(a, b, chosen)}
    )
    return best <= 0


def crossing(a, b, chosen):
    """Where on the segment both differences from the chosen point are the same."""
    lead_a, lead_b = a[0] - chosen[0] - a[1] + chosen[1], b[0] - chosen[0] - b[1] + chosen[1]
    if lead_a == lead_b:
        return ()
    t = Fraction(lead_b) / (lead_b - lead_a)
    return (t,) if 0 <= t <= 1 else ()


@having("pareto")
@given(POINTS)
def test_no_lottery_is_better_for_both(rule, points):
    chosen = gains(points, rule)
    if not all(isinstance(gain, Fraction) for gain in chosen):
        # An irrational point is a float, and may stand next to its edge by rounding.
        assert on_the_frontier(points, tuple(Fraction(gain) + Fraction(1, 10**12) for gain in chosen))
        return
    assert on_the_frontier(points, chosen)
    assert not any(u >= chosen[0] and v >= chosen[1] and (u, v) != chosen for u, v in points)


@having("individual-rationality")
@given(POINTS, st.tuples(WHOLE, WHOLE))
def test_nobody_loses_by_a_lottery(rule, points, d):
    assert min(gains(points, rule, d)) >= 0


@having("symmetry")
@given(POINTS)
def test_a_symmetric_set_is_divided_evenly(rule, points):
    both = points + [(v, u) for u, v in points]
    chosen = gains(both, rule)
    assert chosen[0] == chosen[1]


def test_utilitarian_choice_need_not_be_symmetric():
    assert "symmetry" not in RULES["utilitarian"].axioms
    assert gains([(0, 3), (3, 0)], "utilitarian") == (0, 3)


@having("scale-invariance")
@given(POINTS, st.tuples(st.integers(1, 9), st.integers(1, 9)), st.tuples(WHOLE, WHOLE))
def test_units_and_zeros_do_not_matter_to_lotteries(rule, points, unit, shift):
    changed = [(u * unit[0] + shift[0], v * unit[1] + shift[1]) for u, v in points]
    expected = gains(points, rule)
    assert same(gains(changed, rule, shift), (expected[0] * unit[0], expected[1] * unit[1]))


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if "scale-invariance" not in rule.axioms])
def test_rules_that_compare_players_depend_on_units(rule):
    points = [(0, 3), (2, 2), (3, 0)]
    expected = gains(points, rule)
    assert gains([(5 * u, v) for u, v in points], rule) != (5 * expected[0], expected[1])


@having("independence")
@given(POINTS, st.data())
def test_lotteries_that_were_not_chosen_are_irrelevant(rule, points, data):
    problem = BargainingProblem.from_points([tuple(map(Fraction, p)) for p in points], (0, 0), lotteries=True)
    solution = solve_problem(problem, rule)
    assume(solution.agreed)
    needed = {deal for deal, _ in solution.lottery}
    kept = sorted(needed | set(data.draw(st.lists(st.integers(0, len(points) - 1)))))
    assert gains([points[k] for k in kept], rule) == solution.gains


def test_kalai_smorodinsky_lotteries_depend_on_irrelevant_ones():
    assert "independence" not in RULES["kalai-smorodinsky"].axioms
    # (4, 4) is chosen from the larger set; without (8, 0) player 1 hopes for less.
    larger = [(0, 8), (4, 4), (8, 0)]
    assert gains(larger, "kalai-smorodinsky") == (4, 4)
    assert gains([(0, 8), (4, 4)], "kalai-smorodinsky") != (4, 4)


@having("individual-monotonicity")
@given(POINTS, POINTS)
def test_more_deals_with_the_same_ideal_for_the_other_do_not_hurt(rule, points, more):
    """Player 2 does not lose when the set grows and player 1's largest payoff stays."""
    top = max(u for u, _ in points)
    grown = with_disposal(points + [(u, v) for u, v in more if u <= top])
    assert gains(grown, rule)[1] >= gains(with_disposal(points), rule)[1]


def test_nash_is_not_individually_monotonic():
    assert "individual-monotonicity" not in RULES["nash"].axioms
    small = [(0, 1), (Fraction(3, 4), Fraction(3, 4)), (1, 0)]
    large = [*small, (1, Fraction(7, 10))]
    assert gains(large, "nash")[1] < gains(small, "nash")[1]


@having("monotonicity")
@given(POINTS, POINTS)
def test_nobody_loses_when_the_set_grows(rule, points, more):
    before, after = gains(with_disposal(points), rule), gains(with_disposal(points + more), rule)
    # Equal gains grow; what one player has beyond them is not promised.
    assert min(after) >= min(before)


@pytest.mark.parametrize("rule", ["nash", "kalai-smorodinsky", "utilitarian"])
def test_other_rules_are_not_monotonic(rule):
    assert "monotonicity" not in RULES[rule].axioms
    sets = {
        "nash": ([(0, 4), (3, 3), (4, 0)], [(4, Fraction(14, 5))]),
        "kalai-smorodinsky": ([(0, 4), (3, 3), (4, 0)], [(6, 0)]),
        "utilitarian": ([(2, 2)], [(5, 0)]),
    }
    points, more = sets[rule]
    before, after = gains(with_disposal(points), rule), gains(with_disposal(points + more), rule)
    assert after[1] < before[1]


@having("disagreement-monotonicity")
@given(POINTS, st.integers(1, 4))
def test_a_better_fallback_does_not_hurt(rule, points, rise):
    comprehensive = with_disposal(points)
    before = gains(comprehensive, rule)
    after = gains(comprehensive, rule, (rise, 0))
    assume(any(after))
    assert after[0] + rise >= before[0]


@having("midpoint-domination")
@given(POINTS)
def test_everybody_gets_half_of_the_ideal_gain(rule, points):
    comprehensive = with_disposal(points)
    chosen = gains(comprehensive, rule)
    for i in (0, 1):
        assert 2 * chosen[i] >= max(point[i] for point in comprehensive)


@pytest.mark.parametrize("rule", ["egalitarian", "utilitarian"])
def test_midpoint_domination_fails_for_rules_that_compare_players(rule):
    assert "midpoint-domination" not in RULES[rule].axioms
    chosen = gains([(0, 1), (9, 0)], rule)
    assert any(2 * gain < top for gain, top in zip(chosen, (9, 1), strict=True))


@pytest.mark.parametrize("rule", RULES)
@given(POINTS, st.tuples(WHOLE, WHOLE))
def test_renaming_the_players_renames_the_lottery(rule, points, d):
    swapped = gains([(v, u) for u, v in points], rule, d[::-1])
    if rule != "utilitarian":
        assert same(swapped, gains(points, rule, d)[::-1])
    else:
        assert sum(swapped) == sum(gains(points, rule, d))
