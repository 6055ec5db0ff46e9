"""The table of axioms: every entry holds on random sets, and where there is none a counterexample shows why.

Sets are lotteries of two players with free disposal, in floats, through the checks that users can run on rules of their
own.  The same axioms are tested in exact fractions in test_lotteries_axioms.py, as far as the rules are exact.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargain.solutions.rules import AXIOMS, RULES
from bargain.testing import convex_axioms
from bargain.testing.axioms import check_anonymity, check_individual_rationality, check_scale_invariance, named_rule

WHOLE = st.integers(0, 12)
POINTS = st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=6)
ZERO = (0, 0)


def symmetric(rule, points):
    both = np.array([*points, *[(v, u) for u, v in points]], float)
    check_anonymity(rule, both, ZERO, (1, 0))
    chosen = np.asarray(rule(both, np.zeros(2)), float).reshape(-1, 2)
    assert len(chosen) == 0 or chosen[0, 0] == pytest.approx(chosen[0, 1], abs=1e-9)


CHECKS = {
    "individual-rationality": (lambda rule, points, d: check_individual_rationality(rule, points, d), (POINTS, st.tuples(WHOLE, WHOLE))),
    "symmetry": (symmetric, (POINTS,)),
    "scale-invariance": (
        lambda rule, points, unit: check_scale_invariance(rule, points, ZERO, unit),
        (POINTS, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    ),
    "individual-monotonicity": (
        lambda rule, points, more, player: convex_axioms.check_individual_monotonicity(rule, points, more, ZERO, player),
        (POINTS, POINTS, st.integers(0, 1)),
    ),
    "monotonicity": (
        lambda rule, points, more: convex_axioms.check_monotonicity(rule, points, more, ZERO),
        (POINTS, POINTS),
    ),
    "restricted-monotonicity": (
        lambda rule, points, more: convex_axioms.check_restricted_monotonicity(rule, points, more, ZERO),
        (POINTS, POINTS),
    ),
    "disagreement-monotonicity": (
        lambda rule, points, player, rise: convex_axioms.check_disagreement_monotonicity(rule, points, ZERO, player, rise),
        (POINTS, st.integers(0, 1), st.integers(1, 4)),
    ),
    "midpoint-domination": (lambda rule, points: convex_axioms.check_midpoint_domination(rule, points, ZERO), (POINTS,)),
    "midpoint-steps": (lambda rule, points: convex_axioms.check_midpoint_steps(rule, points, ZERO), (POINTS,)),
    "superadditivity": (convex_axioms.check_superadditivity, (POINTS, POINTS)),
}  # fmt: skip

ELSEWHERE = {"pareto", "independence"}
"""Tested in test_lotteries_axioms.py, where the lottery that was chosen is at hand."""

COUNTEREXAMPLES = {
    "symmetry": {"utilitarian": ([(1, 0)],)},
    "scale-invariance": {
        "egalitarian": ([(0, 1), (2, 0)], (2, 1)),
        "utilitarian": ([(0, 1), (1, 0)], (2, 1)),
        "equal-loss": ([(0, 2), (1, 1)], (4, 1)),
    },
    "individual-monotonicity": {
        "nash": ([(8, 20), (15, 2), (17, 5), (19, 14)], [(18, 14), (18, 16)], 0),
        "utilitarian": ([(0, 2), (2, 0)], [(2, 1)], 1),
        "equal-area": ([(0, 0), (1, 4), (4, 3)], [(2, 2), (2, 4)], 0),
        "perles-maschler": ([(6, 19), (13, 18), (17, 2), (18, 7)], [(17, 19)], 1),
        "discrete-raiffa": ([(5, 7), (6, 9), (8, 1)], [(0, 5), (8, 2)], 1),
        "continuous-raiffa": ([(0, 4), (3, 0), (3, 2)], [(0, 4), (2, 4)], 0),
        "dictators-mean": ([(0, 8), (2, 5), (4, 7), (5, 0)], [(8, 6)], 0),
    },
    "monotonicity": {
        "nash": ([(1, 2), (4, 0)], [(1, 1), (3, 1)]),
        "kalai-smorodinsky": ([(1, 1)], [(0, 0), (0, 2)]),
        "utilitarian": ([(2, 2)], [(3, 1), (4, 1)]),
        "equal-area": ([(1, 1)], [(0, 2), (1, 0)]),
        "perles-maschler": ([(0, 1), (1, 1)], [(2, 0)]),
        "discrete-raiffa": ([(0, 1), (1, 1)], [(0, 2), (1, 0)]),
        "continuous-raiffa": ([(1, 1)], [(0, 2)]),
        "equal-loss": ([(1, 1)], [(2, 0)]),
        "gupta-livne": ([(1, 0), (1, 1)], [(2, 0)]),
        "dictators-mean": ([(1, 1)], [(2, 0)]),
    },
    "restricted-monotonicity": {
        "nash": ([(1, 3), (2, 1)], [(1, 3), (2, 2)]),
        "utilitarian": ([(0, 3), (3, 1)], [(2, 3), (4, 2)]),
        "equal-area": ([(2, 2), (3, 0)], [(3, 1), (4, 3)]),
        "perles-maschler": ([(1, 9), (6, 6), (7, 2)], [(2, 9)]),
        "discrete-raiffa": ([(0, 3), (3, 2)], [(1, 3)]),
        "continuous-raiffa": ([(2, 3), (3, 1)], [(2, 3), (3, 2)]),
        "dictators-mean": ([(1, 16), (11, 14), (18, 0)], [(18, 10)]),
    },
    "midpoint-domination": {
        "egalitarian": ([(0, 2), (1, 0)],),
        "utilitarian": ([(0, 1), (1, 0)],),
        "equal-loss": ([(0, 1), (2, 0)],),
    },
    "midpoint-steps": {
        "nash": ([(1, 3), (2, 2)],),
        "kalai-smorodinsky": ([(0, 2), (2, 1)],),
        "egalitarian": ([(0, 1), (2, 0)],),
        "utilitarian": ([(0, 2), (2, 0)],),
        "equal-area": ([(1, 16), (11, 14), (18, 0)],),
        "perles-maschler": ([(1, 2), (2, 0)],),
        "continuous-raiffa": ([(0, 2), (2, 1)],),
        "equal-loss": ([(0, 2), (1, 1)],),
        "gupta-livne": ([(0, 2), (2, 1)],),
        "dictators-mean": ([(1, 2), (2, 0)],),
    },
    "superadditivity": {
        "nash": ([(0, 0), (0, 2)], [(0, 2), (1, 0)]),
        "kalai-smorodinsky": ([(0, 1), (1, 1)], [(0, 1), (2, 0)]),
        "egalitarian": ([(1, 0)], [(1, 2), (2, 1)]),
        "equal-area": ([(1, 2)], [(0, 1), (2, 0)]),
        "discrete-raiffa": ([(1, 1), (2, 1)], [(0, 2), (2, 0)]),
        "continuous-raiffa": ([(0, 1), (1, 0)], [(2, 0), (2, 1)]),
        "gupta-livne": ([(0, 1), (2, 1)], [(0, 2), (2, 1)]),
        "dictators-mean": ([(0, 3), (3, 15), (4, 15), (7, 11), (8, 0)], [(1, 16), (14, 1)]),
    },
}  # fmt: skip

OPEN = {("superadditivity", "utilitarian")}
"""Sums add up where the largest sum is reached at one point only; with ties it depends on which one is taken."""

CLAIMS = [(axiom, name) for axiom in CHECKS for name, rule in RULES.items() if axiom in rule.axioms]


@pytest.mark.parametrize(("axiom", "name"), CLAIMS)
@settings(max_examples=settings.default.max_examples // 2)
@given(data=st.data())
def test_every_entry_of_the_table_holds(axiom, name, data):
    check, strategies = CHECKS[axiom]
    check(named_rule(name, lotteries=True), *(data.draw(strategy) for strategy in strategies))


@pytest.mark.parametrize(("axiom", "name"), [(axiom, name) for axiom, row in COUNTEREXAMPLES.items() for name in row])
def test_where_the_table_has_no_entry_the_axiom_fails(axiom, name):
    assert axiom not in RULES[name].axioms
    with pytest.raises(AssertionError):
        CHECKS[axiom][0](named_rule(name, lotteries=True), *COUNTEREXAMPLES[axiom][name])


def test_every_pair_of_rule_and_axiom_is_settled():
    settled = set(CLAIMS) | {(axiom, name) for axiom, row in COUNTEREXAMPLES.items() for name in row} | OPEN
    expected = {(axiom, name) for axiom in set(AXIOMS) - ELSEWHERE for name in RULES}
    assert settled == expected
