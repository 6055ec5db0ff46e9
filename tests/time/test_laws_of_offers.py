"""Laws: the limit of short rounds, units, certificates of every kind of talks, and worse offers that are refused."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_talks import DOLLAR, random_game, rounded

import bargain as bg
from bargain.games.alternating_offers import AlternatingOffers
from bargain.games.bargaining import BargainingProblem
from bargain.games.continuous import ContinuousDeals
from bargain.results import Status
from bargain.time.backward import deadline
from bargain.time.stationary import offers

F = Fraction

POINTS = st.lists(st.tuples(*[st.integers(0, 12).map(float)] * 2), min_size=2, max_size=9)


@settings(max_examples=200)
@given(points=POINTS, rates=st.tuples(*[st.integers(1, 5)] * 2), breakdown=st.sampled_from([0.0, 0.5, 2.0]))
def test_short_rounds_give_the_weighted_nash_solution(points, rates, breakdown):
    """Binmore, Rubinstein and Wolinsky (1986): weights 1/r, and equal ones when breakdown is all that matters."""
    length = 1e-4
    problem = BargainingProblem.from_points(points, (0, 0), lotteries=True)
    assume(max(u for u, _ in points) > 0 and max(v for _, v in points) > 0)
    talks = AlternatingOffers(
        problem, [float(np.exp(-rate * length)) for rate in rates], breakdown=1 - float(np.exp(-breakdown * length))
    )
    found = offers(talks, options=False)
    span = np.maximum(np.ptp(np.array([*points, (0, 0)]), axis=0), 1.0)
    assert found.complete
    assert np.allclose(np.array(found.payoffs) / span, np.array(found.limit_payoffs) / span, atol=1e-3)
    weights = np.array([1 / (rate + breakdown) for rate in rates])
    assert found.limit.weights == pytest.approx(weights / weights.sum())


def test_breakdown_alone_gives_equal_weights_and_waiting_alone_the_inside_option():
    problem = BargainingProblem.from_points([(1, 0), (0, 1)], (F(1, 10), 0), lotteries=True)
    patient = AlternatingOffers(problem, 1 - 1e-9, breakdown=1e-3, meanwhile=(0.4, 0))
    assert offers(patient, options=False).limit.weights == pytest.approx((0.5, 0.5), abs=1e-5)
    assert patient.short_round_point == pytest.approx((0.1, 0), abs=1e-5)
    waiting = AlternatingOffers(problem, 0.9999, meanwhile=(0.4, 0))
    assert offers(waiting, options=False).payoffs == pytest.approx((0.7, 0.3), abs=1e-3)


@settings(max_examples=25)
@given(points=POINTS, scale=st.sampled_from([1e-12, 1e12]), seed=st.integers(0, 99), lotteries=st.booleans())
def test_answers_do_not_depend_on_the_unit_of_payoff(points, scale, seed, lotteries):
    rng = np.random.default_rng(seed)
    m, e = rng.integers(0, 5, (2, 2)).astype(float)
    first = AlternatingOffers(BargainingProblem.from_points(points, (0.0, 0.0), lotteries), (0.9, 0.8),
                              meanwhile=m, default=e, rounds=5)  # fmt: skip
    rows = (np.array(points) * scale).tolist()
    other = AlternatingOffers(BargainingProblem.from_points(rows, (0.0, 0.0), lotteries), (0.9, 0.8),
                              meanwhile=m * scale, default=e * scale, rounds=5)  # fmt: skip
    one, two = deadline(first, compare=False), deadline(other, compare=False)
    assert np.allclose(np.array(one.payoffs) * scale, two.payoffs, rtol=1e-9, atol=1e-9 * scale)
    assert one.agreement == two.agreement
    assert len(offers(first, limit=False, options=False).equilibria) == len(
        offers(other, limit=False, options=False).equilibria
    )


@settings(max_examples=15)
@given(points=POINTS, factors=st.tuples(*[st.integers(1, 18).map(lambda k: F(k, 20))] * 2))
def test_long_deadlines_come_near_the_stationary_offers(points, factors):
    points = [tuple(map(int, row)) for row in points]
    assume(max(u for u, _ in points) > 0 and max(v for _, v in points) > 0)
    talks = AlternatingOffers(BargainingProblem.from_points(points, (0, 0), lotteries=True), factors)
    stationary = offers(talks, limit=False, options=False)
    assert stationary.game.exact
    assert np.allclose(np.array(deadline(talks, 150, compare=False).payoffs, float),
                       np.array(stationary.payoffs, float), atol=1e-6)  # fmt: skip


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("lotteries", [False, True])
@pytest.mark.parametrize("protocol", ["alternating", "random"])
def test_every_offer_is_certified(players, lotteries, protocol):
    rng = np.random.default_rng(17)
    for _ in range(6):
        _, exact = random_game(rng, players)
        for talks in (exact, rounded(exact)):
            talks = replace(talks, problem=replace(talks.problem, lotteries=lotteries), protocol=protocol, first=0)
            for check in bg.verify(deadline(talks, min(talks.rounds, 3), compare=False)):
                assert check.holds, check
            if players == 2:
                for check in bg.verify(offers(talks, limit=False, options=False)):
                    assert check.holds, check


def test_changed_offers_are_refused():
    found = deadline(AlternatingOffers(DOLLAR, F(9, 10)), 3, compare=False)
    assert all(check.holds for check in bg.verify(found))
    for k in range(3):
        offer = found.rounds[k].offers[0]
        half = ((F(1, 2), F(1, 2)), ((0, F(1, 2)), (1, F(1, 2))))
        for worse in (
            replace(offer, payoffs=half[0], deal=None, lottery=half[1]),
            replace(offer, payoffs=(offer.payoffs[0] + F(1, 10**6), offer.payoffs[1])),
            replace(offer, floors=(offer.floors[0], offer.floors[1] + F(1, 10**9))),
            replace(offer, agreed=False, payoffs=offer.floors, deal=None, lottery=None),
            replace(offer, proposer=1 - offer.proposer),
        ):
            changed = replace(found.rounds[k], offers=(worse,), payoffs=worse.payoffs)
            rounds = (*found.rounds[:k], changed, *found.rounds[k + 1 :])
            assert any(check.refuted for check in bg.verify(replace(found, rounds=rounds))), (k, worse)


def test_changed_stationary_offers_are_refused():
    found = offers(AlternatingOffers(DOLLAR, (F(9, 10), F(4, 5))))
    mine, yours = found.equilibria[0].offers
    worse = replace(mine, payoffs=(F(1, 2), F(1, 2)), lottery=((0, F(1, 2)), (1, F(1, 2))))
    changed = replace(found, equilibria=(replace(found.equilibria[0], offers=(worse, yours)),))
    assert any(check.refuted for check in bg.verify(changed))


def curved(power=2.0):
    """The deals u = (x, 1 - x^power): a concave frontier with a slope that moves."""

    def hessian(x):
        return np.array([[[0.0]], [[-power * (power - 1) * x[0] ** (power - 2)]]])

    return ContinuousDeals(
        lower=[0.0], upper=[1.0],
        values=lambda x: np.concatenate([x, 1 - x**power], axis=-1),
        gradient=lambda x: np.array([[1.0], [-power * x[0] ** (power - 1)]]),
        hessian=hessian,
    )  # fmt: skip


def test_continuous_levers_agree_with_a_fine_polygon():
    share = np.linspace(0, 1, 20001)
    smooth = BargainingProblem(("A", "B"), curved(), (0.0, 0.0))
    polygon = BargainingProblem.from_points(np.stack([share, 1 - share**2], axis=1), (0.0, 0.0), lotteries=True)
    for settings_ in ({"discount": (0.9, 0.8)}, {"discount": 0.95, "meanwhile": (0.1, 0.2), "outside": (None, 0.8)}):
        one, two = (offers(AlternatingOffers(problem, **settings_), limit=False, options=False)
                    for problem in (smooth, polygon))  # fmt: skip
        assert one.payoffs == pytest.approx(two.payoffs, abs=1e-7)
        assert one.status is Status.CONVERGED
        late = [deadline(AlternatingOffers(problem, **settings_), 6, compare=False) for problem in (smooth, polygon)]
        assert late[0].payoffs == pytest.approx(late[1].payoffs, abs=1e-7)


def test_a_huge_additive_set_gives_the_offers_of_its_list():
    rng = np.random.default_rng(2)
    issues = [rng.integers(0, 9, (4, 2)) for _ in range(5)]
    listed = [tuple(sum(int(issue[k][i]) for issue, k in zip(issues, levels, strict=True)) for i in (0, 1))
              for levels in np.ndindex(4, 4, 4, 4, 4)]  # fmt: skip
    for lotteries in (False, True):
        one = AlternatingOffers(BargainingProblem.additive(issues, (5, 5), lotteries), F(9, 10), rounds=7)
        two = AlternatingOffers(BargainingProblem.from_points(listed, (5, 5), lotteries), F(9, 10), rounds=7)
        assert deadline(one, compare=False).payoffs == deadline(two, compare=False).payoffs
        assert [e.offers[0].payoffs for e in offers(one, limit=False, options=False).equilibria] == [
            e.offers[0].payoffs for e in offers(two, limit=False, options=False).equilibria
        ]


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"discount": 1.0}, "discount: a discount factor is more than 0 and less than 1, got 1, 1"),
        ({"discount": (0.9,)}, "discount: 2 numbers are needed, got 1"),
        ({"discount": 0.9, "breakdown": 1}, "breakdown: a chance of at least 0 and less than 1 is needed, got 1"),
        ({"discount": 0.9, "rounds": 0}, "rounds: 1 to 100000 rounds are possible, got 0"),
        ({"discount": 0.9, "protocol": "coin"}, "protocol: 'coin' is unknown; known are alternating, random"),
        ({"discount": 0.9, "meanwhile": (float("nan"), 0)}, "meanwhile: a number is not finite"),
        ({"discount": 0.9, "first": 2}, "first: players are numbered 0 to 1, got 2"),
        ({"discount": 0.9, "last_wait": 0}, "last_wait: a positive number of rounds is needed, got 0"),
    ],
)
def test_talks_that_do_not_fit_are_refused(settings_, words):
    with pytest.raises(ValueError, match="^" + words.split("(")[0]) as trouble:
        AlternatingOffers(DOLLAR, **settings_)
    assert str(trouble.value) == words


def test_a_deadline_needs_rounds():
    with pytest.raises(ValueError, match="rounds: talks with a deadline need a number of rounds"):
        deadline(AlternatingOffers(DOLLAR, 0.9))
