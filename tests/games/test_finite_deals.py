"""Finite deals in factored form: sums of terms, masks, components, and the efficient ones among them."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.errors import LimitError
from bargain.games import finite_deals
from bargain.games.bargaining import BargainingProblem
from bargain.games.deal_ways import deals_of_all, number_of_deals
from bargain.games.finite_deals import DealLabels, FiniteDeals
from bargain.games.pareto import undominated, undominated_up_to_rounding


@st.composite
def factored(draw, max_players=3):
    """Small deals with random terms (integers) and masks."""
    num_players = draw(st.integers(2, max_players))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    subsets = st.lists(st.integers(0, len(sizes) - 1), max_size=2, unique=True)
    terms, masks = [], []
    for levers in draw(st.lists(subsets, min_size=1, max_size=4)):
        shape = (num_players, *(sizes[lever] for lever in levers))
        flat = draw(st.lists(st.integers(-3, 3), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        terms.append((tuple(levers), np.array(flat, float).reshape(shape)))
    for levers in draw(st.lists(subsets, max_size=2)):
        shape = tuple(sizes[lever] for lever in levers)
        flat = draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        masks.append((tuple(levers), np.array(flat).reshape(shape)))
    return FiniteDeals(tuple(sizes), tuple(terms), tuple(masks))


def by_hand(deals, deal):
    """The definition, in plain loops."""
    return tuple(
        sum(float(payoffs[(i, *(deal[lever] for lever in levers))]) for levers, payoffs in deals.terms)
        for i in range(deals.num_players)
    )


def allowed_by_hand(deals, deal):
    return all(mask[tuple(deal[lever] for lever in levers)] for levers, mask in deals.masks)


@given(factored())
def test_payoffs_and_masks_are_those_of_the_definition(deals):
    everything = list(itertools.product(*map(range, deals.sizes)))
    assert [tuple(row) for row in deals.payoffs(everything).tolist()] == [by_hand(deals, deal) for deal in everything]
    assert deals.allowed(everything).tolist() == [allowed_by_hand(deals, deal) for deal in everything]
    assert [tuple(map(float, deals.exact_payoffs(deal))) for deal in everything] == [
        by_hand(deals, d) for d in everything
    ]


@given(factored())
def test_efficient_deals_are_those_of_the_definition(deals):
    everything = [d for d in itertools.product(*map(range, deals.sizes)) if allowed_by_hand(deals, d)]
    payoffs = {deal: by_hand(deals, deal) for deal in everything}

    def beaten(deal):
        return any(
            all(a >= b for a, b in zip(other, payoffs[deal], strict=True)) and other != payoffs[deal]
            for other in payoffs.values()
        )

    efficient = deals.efficient
    found = [efficient.deals_of(row, 1000) for row in range(len(efficient))]
    assert [len(group) for group in found] == [efficient.count(row) for row in range(len(efficient))]
    assert sorted(itertools.chain(*found)) == [deal for deal in everything if not beaten(deal)]
    for row, group in enumerate(found):
        assert {payoffs[deal] for deal in group} == {tuple(efficient.points[row].tolist())}


@given(factored(), st.booleans())
def test_ways_followed_together_are_those_followed_one_by_one(deals, unlisted):
    with pytest.MonkeyPatch.context() as patch:
        if unlisted:
            patch.setattr(finite_deals, "LISTED_COMBINATIONS", 0)
        efficient = deals.efficient
    rows, top = range(len(efficient)), len(efficient.sums) - 1
    groups = [sorted(map(tuple, efficient._reach(top, row, 1000, {}).tolist())) for row in rows]
    one_by_one = [deal for group in groups for deal in group]
    assert list(map(tuple, deals_of_all(efficient).tolist())) == one_by_one
    assert number_of_deals(efficient) == len(one_by_one)
    first = list(map(tuple, deals_of_all(efficient, one_each=True).tolist()))
    assert first == [efficient.deals_of(row, 1)[0] for row in rows]
    for row, group in enumerate(groups):
        assert efficient.deals_of(row, 1000) == group
        few = efficient.deals_of(row, 2)
        assert len(few) == min(2, len(group))
        assert set(few) <= set(group)


@given(factored())
def test_components_are_what_no_term_and_no_mask_joins(deals):
    group = {lever: component for component in deals.components for lever in component}
    assert sorted(group) == list(range(len(deals.sizes)))
    for levers, _ in (*deals.terms, *deals.masks):
        assert len({group[lever] for lever in levers}) <= 1
    # Flipping one component changes no payoff difference of another: what separable means.
    for first, second in itertools.combinations(deals.components, 2):
        base = [0] * len(deals.sizes)
        one, two, both = (list(base) for _ in range(3))
        for lever in first:
            one[lever] = both[lever] = deals.sizes[lever] - 1
        for lever in second:
            two[lever] = both[lever] = deals.sizes[lever] - 1
        table = deals.payoffs([base, one, two, both])
        assert np.allclose(table[3] - table[2], table[1] - table[0])


def test_a_lever_that_nothing_reads_multiplies_the_ties():
    deals = FiniteDeals((2, 3), (((0,), np.array([[0, 1], [0, 1]])),))
    assert deals.components == ((0,), (1,))
    assert deals.efficient.count(0) == 3
    assert deals.efficient.deals_of(0, 10) == [(1, 0), (1, 1), (1, 2)]
    assert len(deals.efficient.deals_of(0, 2)) == 2


def test_deals_of_no_lever_are_the_constant():
    deals = FiniteDeals((), (((), np.array([1.0, 2.0])),))
    assert deals.efficient.points.tolist() == [[1.0, 2.0]]
    assert deals.efficient.deals_of(0, 5) == [()]


def test_nothing_is_efficient_when_nothing_is_allowed():
    deals = FiniteDeals((2,), (((0,), np.zeros((2, 2))),), (((0,), np.array([False, False])),))
    assert len(deals.efficient) == 0


def test_sums_of_tenths_that_differ_by_rounding_are_one_payoff_vector():
    tenths = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    deals = FiniteDeals((3, 3), (((0,), tenths), ((1,), tenths)))
    # 0.1 + 0.3 and 0.2 + 0.2 are different floats.
    assert [deals.efficient.count(row) for row in range(len(deals.efficient))] == [1, 2, 3, 2, 1]


def test_a_terrible_level_does_not_blur_the_others():
    penalty = np.array([[-1e9, 1.0, 1.0 + 1e-9], [3.0, 2.0, 2.0 - 1e-9]])
    deals = FiniteDeals((3,), (((0,), penalty),))
    assert len(deals.efficient) == 3


def test_ten_to_the_forty_deals_are_counted_not_listed():
    issue = np.array([[0, 1], [1, 0]])
    deals = FiniteDeals((2,) * 133, tuple(((k,), issue) for k in range(133)))
    assert len(deals.efficient) == 134
    assert sum(deals.efficient.count(row) for row in range(134)) == 2**133
    assert number_of_deals(deals.efficient) == 2**53
    assert deals_of_all(deals.efficient, one_each=True).sum(axis=1).tolist() == list(range(134))


def test_fractions_and_wide_integers_are_compared_exactly():
    tiny = Fraction(1, 10**30)
    exact = np.array([[1, 1 + tiny, 1], [2, 2, 2 - tiny]], dtype=object)
    deals = FiniteDeals((3,), (((0,), exact.astype(float)),), exact=(exact,), fractional=True)
    assert [deals.efficient.deals_of(row, 5) for row in range(len(deals.efficient))] == [[(1,)]]


def test_too_many_linked_levels_are_refused_before_memory_is_taken():
    pair = np.broadcast_to(0.0, (2, 1000, 1000))
    pairs = [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3)]
    deals = FiniteDeals((1000,) * 4, tuple((levers, pair) for levers in pairs))
    with pytest.raises(LimitError, match=r"elimination over 4 levers \(width 3\) needs 3\.73e\+04 GiB"):
        _ = deals.efficient


def test_too_many_efficient_deals_are_refused():
    rng = np.random.default_rng(0)
    issues = tuple(((k,), rng.random((4, 12))) for k in range(9))
    deals = FiniteDeals((12,) * 9, issues, memory_limit=10**6)
    with pytest.raises(LimitError, match="efficient deals need"):
        _ = deals.efficient


def test_labels_name_a_deal_and_find_it_again():
    labels = DealLabels(
        ("trade", "aid"), ("tariff", "pledge"), ((0.0, 25.0), ("low", "high")), {"forces": {"host": 1.4}}
    )
    deals = FiniteDeals((2, 2), (((0,), np.zeros((2, 2))),), labels=labels)
    described = deals.describe((1, 0))
    assert described == {"forces": {"host": 1.4}, "trade": {"tariff": 25.0}, "aid": {"pledge": "low"}}
    assert deals.indices(described) == (1, 0)
    assert FiniteDeals((3,), (((0,), np.zeros((2, 3))),), listed=True).indices(2) == (2,)
    with pytest.raises(ValueError, match="there is no deal 3"):
        FiniteDeals((3,), (((0,), np.zeros((2, 3))),), listed=True).indices(3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 0), (((0,), np.zeros((2, 2))),)), "at least one level"),
        (((2,), ()), "at least one term"),
        (((2,), (((0,), np.zeros((2, 2))), ((0,), np.zeros((3, 2))))), "different numbers of players"),
        (((2,), (((0,), np.array([[0, np.nan], [0, 0]])),)), "is not finite"),
        (((2,), (((0,), np.zeros((2, 2))),), (((0,), np.array([True])),)), "mask over levers"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        FiniteDeals(*arguments)


@pytest.mark.parametrize("num_players", [2, 3, 4])
@pytest.mark.parametrize("size", [1, 7, 300, 5000])
def test_undominated_rows_are_those_of_the_definition(num_players, size):
    rng = np.random.default_rng(size)
    for points in (rng.integers(0, 12, (size, num_players)).astype(float), rng.normal(size=(size, num_players))):
        found = undominated(points)
        unique = np.unique(points, axis=0)
        best = {tuple(p) for p in unique.tolist() if not ((unique >= p).all(axis=1) & (unique > p).any(axis=1)).any()}
        assert found.tolist() == [k for k, p in enumerate(points.tolist()) if tuple(p) in best]


@pytest.mark.parametrize("share", [0.0, 1e-3, 0.3])
@pytest.mark.parametrize("points", ["spread", "steps", "one far away", "one column constant"])
def test_large_tables_of_pairs_are_thinned_out_by_the_definition(points, share):
    rng = np.random.default_rng(3)
    table = np.column_stack([np.sort(rng.random(2200)), np.sort(rng.random(2200))[::-1]])
    if points == "steps":
        table = np.round(table, 2)
    table += rng.integers(0, 2, (2200, 2)) * rng.choice([0.01, 0.2])
    if points == "one far away":
        table[7] = -1e9, 1.5
    if points == "one column constant":
        table[:, 0] = 0.25
    margin = share * np.array([0.1, 0.2])
    expected = [
        row
        for row, point in enumerate(table)
        if not ((table >= point).all(axis=1) & (table > point + margin).any(axis=1)).any()
    ]
    assert undominated(table, margin).tolist() == expected


def test_margin_keeps_what_is_only_just_dominated():
    points = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-12], [0.5, 1.0]])
    assert undominated(points).tolist() == [1]
    assert undominated(points, np.array([1e-9, 1e-9])).tolist() == [0, 1]
    three = np.column_stack([points, np.ones(3)])
    assert undominated(three, np.full(3, 1e-9)).tolist() == [0, 1]


def test_rounding_alone_does_not_make_efficient():
    points = np.array([[0.1 + 0.2, 1.0], [0.3, 2.0], [0.5, 0.0]])
    assert undominated(points).tolist() == [0, 1, 2]
    assert undominated_up_to_rounding(points, np.full((3, 2), 1e-15)).tolist() == [1, 2]


def test_vectors_within_rounding_do_not_beat_each_other_in_a_circle():
    # Each of the three is clearly ahead of the next for one player, and behind within rounding for the two others.
    circle = np.array([[0.0, 0.0, 0.0], [-15.0, 7.0, 7.0], [-8.0, -8.0, 14.0]])
    assert undominated_up_to_rounding(circle, np.full((3, 3), 10.0)).tolist() == [0]


def test_payoffs_a_few_units_of_rounding_apart_still_make_a_deal():
    unit = 2.0**-52
    points = 1.0 + unit * np.array([[0.0, 0.0, 0.0], [-15.0, 7.0, 7.0], [-8.0, -8.0, 14.0]])
    problem = BargainingProblem.from_points(points, (0.0, 0.0, 0.0))
    assert len(problem.feasible.efficient) > 0
