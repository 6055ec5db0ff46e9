"""Critical discount factors: against streams of payoffs added up, the textbook, and the pooling law."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargain.time.critical import critical_factor, exact_factor, incentive, incentive_polynomial

whole = st.integers(-20, 20)


def worth_of_breach(delta, breaches, punishment, horizon, periods=20):
    """Add up the stream of payoffs of a breach that is first seen in period ``horizon``."""
    stream = [breaches[horizon - k] if k <= horizon else punishment for k in range(periods)]
    tail = delta**periods * punishment
    return (1 - delta) * sum(delta**k * payoff for k, payoff in enumerate(stream)) + tail


@settings(max_examples=30)
@given(
    whole, st.lists(st.integers(0, 10), min_size=1, max_size=4), whole, st.fractions(Fraction(1, 20), Fraction(19, 20))
)
def test_incentive_is_the_deal_less_the_stream_of_the_breach(payoff, extra, punishment, delta):
    breaches = [Fraction(payoff + value) for value in sorted(extra, reverse=True)]
    horizon = len(breaches) - 1
    left = incentive(incentive_polynomial(Fraction(payoff), breaches, Fraction(punishment)), delta)
    assert left == payoff - worth_of_breach(delta, breaches, Fraction(punishment), horizon)


@settings(max_examples=60)
@given(whole, st.lists(st.integers(0, 10), min_size=1, max_size=4), whole)
def test_deal_holds_exactly_from_the_critical_factor_on(payoff, extra, punishment):
    breaches = [payoff + value for value in sorted(extra, reverse=True)]
    critical, _ = critical_factor(payoff, breaches, punishment)

    def holds(delta):
        polynomials = [
            incentive_polynomial(Fraction(payoff), [Fraction(each) for each in breaches[: m + 1]], Fraction(punishment))
            for m in range(len(breaches))
        ]
        return all(incentive(each, delta) >= 0 for each in polynomials)

    grid = [Fraction(k, 60) for k in range(1, 60)]
    assert [holds(delta) for delta in grid] == [critical is not None and delta >= critical for delta in grid]
    if isinstance(critical, Fraction) and 0 < critical < 1:
        assert holds(critical)
        assert not holds(critical * Fraction(999_999, 1_000_000))
    if isinstance(critical, float):
        assert holds(Fraction(critical))
        assert not holds(Fraction(float(np.nextafter(critical, 0))))


def test_textbook_cases():
    assert critical_factor(3, [5], 1) == (Fraction(1, 2), 0)
    assert critical_factor(3, [3], 1)[0] == 0
    assert critical_factor(3, [5], 3)[0] is None
    # Nobody is tempted, but what follows is better: the player ends the deal.
    assert critical_factor(3, [3], 4)[0] is None
    assert critical_factor(3, [3], 3)[0] == 0
    # What nobody sees must not pay at all.
    assert critical_factor(3, [5], 1, unseen=4)[0] is None
    assert critical_factor(3, [5], 1, unseen=3)[0] == Fraction(1, 2)


@pytest.mark.parametrize("lag", range(5))
def test_lag_asks_for_the_root_of_the_critical_factor(lag):
    critical, _ = critical_factor(3, [5] * (lag + 1), 1)
    assert float(critical) == pytest.approx(0.5 ** (1 / (lag + 1)), abs=1e-15)


def test_rounding_of_floats_is_not_a_temptation():
    assert critical_factor(0.3, [0.1 + 0.2], 0.0)[0] == 0
    assert critical_factor(0.1 + 0.2, [0.5], 0.3)[0] is None


@pytest.mark.parametrize("bad", [0, 1, 1.5, -0.1, float("nan"), float("inf"), Fraction(3, 2)])
def test_factor_outside_zero_and_one_is_refused(bad):
    with pytest.raises(ValueError, match="more than 0 and less than 1"):
        exact_factor(bad)


def separable_game(chance, issues):
    """Return for each issue the two players' payoffs over 2 to 3 own levels each, whole numbers."""
    sizes = [tuple(int(size) for size in chance.integers(2, 4, size=2)) for _ in range(issues)]
    return [[chance.integers(-5, 6, size=size).astype(object) for _ in range(2)] for size in sizes]


def test_pooling_law_of_bernheim_and_whinston_on_1000_random_separable_games():
    # Exact: linked, nobody needs more patience than in the worst of the issues alone.
    chance, binding = np.random.default_rng(1990), 0
    for _ in range(1000):
        game = separable_game(chance, int(chance.integers(2, 4)))
        deal = [tuple(int(chance.integers(size)) for size in issue[0].shape) for issue in game]
        back = [tuple(int(chance.integers(size)) for size in issue[0].shape) for issue in game]
        for player in range(2):
            numbers = []
            for issue, agreed, after in zip(game, deal, back, strict=True):
                mine = issue[player]
                best = mine[:, agreed[1]].max() if player == 0 else mine[agreed[0], :].max()
                numbers.append(tuple(Fraction(int(value)) for value in (mine[agreed], best, mine[after])))
            apart = [critical_factor(u, [d], p)[0] for u, d, p in numbers]
            # A breach of all issues at once, by brute force over all own levels.
            options = [
                issue[player][:, agreed[1]] if player == 0 else issue[player][agreed[0], :]
                for issue, agreed in zip(game, deal, strict=True)
            ]
            most = max(sum(levels) for levels in product(*options))
            together = critical_factor(sum(u for u, _, _ in numbers), [most], sum(p for _, _, p in numbers))[0]
            if None not in apart:
                assert together is not None
                assert together <= max(apart)
                binding += max(apart) > 0
    assert binding > 50
