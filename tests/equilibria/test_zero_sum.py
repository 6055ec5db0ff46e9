"""Zero-sum games: the minimax theorem, units, and agreement with the exact enumeration."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria import interior_point as interior
from bargain.equilibria import zero_sum as module
from bargain.equilibria.interior_point import interior_point
from bargain.equilibria.methods import equilibria
from bargain.equilibria.profiles import is_constant_sum
from bargain.equilibria.zero_sum import secured_by, solve_matrix_game
from bargain.equilibria.zero_sum import zero_sum_value as value_of
from bargain.errors import LimitError, UnsupportedGameError
from bargain.games.normal_form import NormalFormGame


def zero_sum(table, total=0):
    table = np.asarray(table)
    return NormalFormGame.from_payoffs([table, total - table])


@given(st.lists(st.integers(-9, 9), min_size=12, max_size=12), st.sampled_from([(3, 4), (2, 6), (12, 1), (1, 12)]))
def test_value_equals_that_of_every_extreme_equilibrium(numbers, shape):
    """von Neumann (1928)."""
    game = zero_sum(np.array(numbers).reshape(shape))
    found = equilibria(game, method="zero-sum", exact=True)
    assert len(found) == 1
    assert found[0].regret == 0
    values = {profile.payoffs[0] for profile in equilibria(game, method="extreme", exact=True)}
    assert values == {found[0].payoffs[0]}


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e12])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_units_do_not_matter(scale, offset):
    """nashpy's program is wrong in units of 1e-9."""
    table = np.array([[1.0, -1.0, 0.5], [-1.0, 1.0, 0.25]])
    expected = equilibria(zero_sum(table), method="zero-sum")[0]
    found = equilibria(zero_sum((table + offset) * scale, total=0), method="zero-sum")[0]
    for mine, theirs in zip(found.strategies, expected.strategies, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-9)


def test_payoffs_that_add_up_to_another_constant_are_zero_sum():
    assert equilibria(zero_sum([[1, 0], [0, 1]], total=1), method="zero-sum", exact=True)[0].payoffs == (
        Fraction(1, 2),
        Fraction(1, 2),
    )


def test_both_bounds_of_a_matrix_game_are_recomputed_and_meet():
    table = np.random.default_rng(0).random((30, 40))
    solved = solve_matrix_game(table)
    assert solved.secured == pytest.approx((solved.rows @ table).min(), abs=1e-12)
    assert solved.conceded == pytest.approx((table @ solved.columns).max(), abs=1e-12)
    assert 0 <= solved.conceded - solved.secured < 1e-9


def test_a_saddle_point_is_found_exactly():
    solved = solve_matrix_game(np.array([[0.1, 0.3], [0.2, 0.4]]))
    assert solved.secured == solved.conceded == 0.2
    assert solved.rows.tolist() == [0, 1]
    assert solved.columns.tolist() == [1, 0]


def test_a_large_zero_sum_game_is_solved_by_the_default_method():
    table = np.random.default_rng(1).random((40, 40))
    found = equilibria(zero_sum(table))
    assert found.method == "zero-sum"
    assert found.complete is None
    assert found[0].regret <= 1e-9
    assert "the value for player 1 is" in found.notes[0]


def test_other_games_are_refused_with_advice():
    game = NormalFormGame.from_payoffs([[[1, 0]], [[1, 0]]])
    with pytest.raises(UnsupportedGameError, match="payoffs add up to a constant; use method `auto` or `extreme`"):
        equilibria(game, method="zero-sum")
    assert not is_constant_sum(NormalFormGame.from_payoffs(np.zeros((3, 1, 1, 1))))
    assert is_constant_sum(NormalFormGame.from_payoffs([[["1/3", 0]], [["2/3", 1]]]))


# The interior-point method, which takes over from HiGHS for games that are not small.


def degenerate_tables():
    rng = np.random.default_rng(0)
    half = rng.random((25, 25))
    cycle = (np.arange(31)[None] - np.arange(31)[:, None]) % 31
    return {
        "constant": np.full((20, 30), 3.0),
        "saddle point": rng.random((20, 1)) - rng.random((1, 20)),
        "duplicated rows and columns": np.tile(half, (2, 2)),
        "skew-symmetric": half - half.T,
        "rock, paper, scissors, ...": np.where(cycle == 0, 0, np.where(cycle <= 15, -1.0, 1.0)),
        "sparse": (rng.random((40, 30)) < 0.08).astype(float),
        "zeros and ones": rng.integers(0, 2, (30, 40)).astype(float),
        "few payoffs": rng.integers(0, 4, (40, 33)).astype(float),
        "identity": np.eye(40),
        "one row": rng.random((1, 50)),
        "one column": rng.random((50, 1)),
        "two rows": rng.random((2, 400)),
        "wide range": 10 ** rng.uniform(-12, 0, (30, 30)),
        "sorted wide range": np.sort(10 ** rng.uniform(-12, 0, (30, 30)), axis=0),
        "Hilbert": 1 / (np.arange(30)[:, None] + np.arange(30) + 1.0),
        "rank two": rng.random((30, 2)) @ (rng.random((2, 30)) - 0.5),
        "tiny unit": 1e-12 * rng.random((30, 30)),
        "huge unit": 1e12 * rng.random((30, 30)),
        "large offset": 1e9 + rng.random((30, 30)),
    }


def exact_bounds(table, solved):
    """What both strategies secure, in fractions of the floats as they are."""

    def secured(matrix, chances):
        weights = [Fraction(p) for p in chances.tolist()]
        used = [k for k, weight in enumerate(weights) if weight]
        total = sum(weights)
        return min(sum(weights[k] * Fraction(row[k]) for k in used) for row in matrix.T.tolist()) / total

    return secured(table, solved.rows), -secured(-table.T, solved.columns)


@pytest.mark.parametrize("name", degenerate_tables())
def test_degenerate_games_have_the_value_that_highs_finds_and_bounds_that_hold_in_fractions(name):
    table = degenerate_tables()[name]
    span = float(np.ptp(table)) or 1.0
    solved, reference = solve_matrix_game(table), solve_matrix_game(table, method="highs")
    for each in (solved, reference):
        assert each.rows.min() >= 0
        assert each.columns.min() >= 0
        assert each.rows.sum() == pytest.approx(1, abs=1e-12)
        assert each.columns.sum() == pytest.approx(1, abs=1e-12)
        secured, conceded = exact_bounds(table, each)
        assert Fraction(each.secured) <= secured <= conceded <= Fraction(each.conceded)
        assert each.conceded - each.secured <= 1e-8 * span + 1e-15 * abs(table).max()
    assert solved.conceded - solved.secured <= 1e-10 * span + 1e-15 * abs(table).max()
    # Both intervals hold the value.
    assert max(solved.secured, reference.secured) <= min(solved.conceded, reference.conceded)


def test_three_hundred_random_games_agree_with_the_exact_enumeration():
    rng = np.random.default_rng(1)
    for k in range(300):
        shape = tuple(rng.integers(1, 6, 2))
        table = rng.integers(0, (2, 4, 100)[k % 3], shape).astype(float)
        if k % 5 == 0:
            table = np.vstack([table, table[:1]])
        exact = value_of(zero_sum(table.astype(int)), exact=True)
        assert exact.exact
        assert exact.value == exact.secured == exact.conceded
        assert min(table.max(axis=0)) >= exact.value >= max(table.min(axis=1))
        for solved in (solve_matrix_game(table), solve_matrix_game(table, method="highs")):
            assert Fraction(solved.secured) <= exact.value <= Fraction(solved.conceded)
        found = interior_point(np.ascontiguousarray(table / max(table.max(), 1)), 1e-9)
        assert found is not None
        x, y = found
        assert (table @ y).max() - 1e-7 <= exact.value <= (x @ table).min() + 1e-7
        if k < 60:
            extreme = equilibria(zero_sum(table.astype(int)), method="extreme", exact=True)
            assert {profile.payoffs[0] for profile in extreme} == {exact.value}


@given(st.integers(0, 10**6), st.sampled_from([(31, 31), (35, 60), (60, 35), (5, 200)]))
def test_minimax_theorem_with_rigorous_bounds(seed, shape):
    table = np.random.default_rng(seed).normal(size=shape)
    solved = solve_matrix_game(table)
    assert 0 <= solved.conceded - solved.secured <= 1e-12
    turned = solve_matrix_game(-table.T)
    assert -turned.conceded <= solved.conceded
    assert solved.secured <= -turned.secured


@pytest.mark.parametrize("scale", [1e-12, 1e12, 2.0**-60])
def test_units_do_not_matter_to_interior_points(scale):
    table = np.random.default_rng(5).random((40, 40))
    plain, twin = solve_matrix_game(table), solve_matrix_game(table * scale)
    np.testing.assert_allclose(twin.rows, plain.rows, atol=1e-9)
    assert twin.secured / scale == pytest.approx(plain.secured, rel=1e-12)
    assert twin.conceded - twin.secured <= 1e-12 * scale


def test_highs_takes_over_when_the_gap_is_not_met(monkeypatch):
    monkeypatch.setattr(module, "interior_point", lambda *_: None)
    table = np.random.default_rng(6).random((40, 40))
    solved = solve_matrix_game(table)
    assert solved.conceded - solved.secured <= 1e-9
    with pytest.raises(module.NotSolvedError, match="use method `highs`"):
        solve_matrix_game(table, method="interior-point")


def test_the_time_limit_is_kept():
    table = np.random.default_rng(7).random((300, 300))
    with pytest.raises(LimitError, match="within"):
        solve_matrix_game(table, time_limit=1e-4)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="unknown method 'simplex'; known are auto, highs, interior-point"):
        solve_matrix_game(np.eye(2), method="simplex")


def test_what_a_strategy_secures_is_never_overstated():
    rng = np.random.default_rng(9)
    for _ in range(100):
        table = rng.normal(size=(12, 60)) * 10.0 ** rng.integers(-3, 12) + rng.normal() * 10.0 ** rng.integers(0, 9)
        chances = rng.dirichlet(np.ones(12))
        exact = min(
            sum(Fraction(p) * Fraction(u) for p, u in zip(chances.tolist(), column, strict=True))
            for column in table.T.tolist()
        )
        exact /= sum(map(Fraction, chances.tolist()))
        for limit in (0, 10**6):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, "_EXACT_PRODUCTS", limit)
                stated = secured_by(table, chances)
            assert Fraction(stated) <= exact
            assert exact - Fraction(stated) <= 1e-14 * abs(table).max()


def test_exact_values_by_hand():
    """Three by three, completely mixed: the value is 1 over the sum of the inverse's entries (Shapley and Snow 1950)."""
    assert value_of(zero_sum([[2, 0, 0], [0, 3, 0], [0, 0, 6]]), exact=True).value == 1
    diagonal = value_of(zero_sum(np.diag(np.arange(1, 41))), exact=True)
    assert diagonal.exact
    assert 1 / diagonal.value == sum(Fraction(1, k) for k in range(1, 41))
    fractions = zero_sum(np.array([[Fraction(1, 3), Fraction(0)], [Fraction(0), Fraction(2, 3)]], dtype=object))
    assert value_of(fractions, exact=True).value == Fraction(2, 9)
    floats = value_of(fractions)
    assert Fraction(floats.secured) <= Fraction(2, 9) <= Fraction(floats.conceded)
    degenerate = value_of(zero_sum(np.tile(np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]), (12, 12))), exact=True)
    assert (degenerate.exact, degenerate.value) == (True, 0)
    with pytest.raises(UnsupportedGameError, match="add up to a constant"):
        value_of(NormalFormGame.from_payoffs([[[1, 0]], [[1, 0]]]))


@pytest.mark.parametrize("kind", ["rank one", "nearly equal rows", "wide"])
def test_small_games_that_floats_do_not_settle_are_exact_all_the_same(kind):
    rng = np.random.default_rng(4)
    for _ in range(8):
        shape = rng.integers(3, 9, size=2)
        table = {
            "rank one": np.outer(rng.normal(size=shape[0]), rng.normal(size=shape[1])),
            "nearly equal rows": np.repeat(rng.integers(0, 4, (4, 6)), 2, axis=0) + 1e-15 * rng.integers(0, 2, (8, 6)),
            "wide": rng.normal(size=shape) * 10.0 ** rng.integers(-12, 12, shape),
        }[kind]
        game = NormalFormGame.from_payoffs([table, -table])
        found = value_of(game, exact=True)
        assert found.exact
        assert max(game.regrets(found.strategies)) == 0


def fractions_held(table, found):
    """What both strategies hold exactly, when their weights are divided by their sum."""
    rows, columns = ([Fraction(p) / sum(map(Fraction, each)) for p in each] for each in found.strategies)
    exact = [[Fraction(u) for u in row] for row in table]
    return (
        min(sum(p * u for p, u in zip(rows, column, strict=True)) for column in zip(*exact, strict=True)),
        max(sum(q * u for q, u in zip(columns, row, strict=True)) for row in exact),
    )


def test_payoffs_that_add_up_to_a_constant_in_rounding_only():
    """The value is what the first player's payoffs make it; an equilibrium has regret zero, or is not called exact."""
    rng = np.random.default_rng(3)
    for shape in [(2, 2), (3, 3), (5, 4), (8, 8)] * 3:
        table = rng.random(shape) * 3
        game = NormalFormGame.from_payoffs([table, 0.3 - table])
        found = value_of(game, exact=True)
        assert found.exact
        assert fractions_held(table.tolist(), found) == (found.value, found.value)
        listed = equilibria(game, method="zero-sum", exact=True)
        assert not listed.exact or max(game.regrets(listed[0].strategies)) == 0


def test_integers_that_floats_cannot_tell_apart():
    rng = np.random.default_rng(7)
    for shape in [(3, 3), (12, 9), (25, 20)]:
        table = rng.integers(0, 4, shape).astype(object)
        near, far = (zero_sum(table + low) for low in (0, 10**17))
        exact = value_of(far, exact=True)
        assert exact.exact
        assert exact.value == value_of(near, exact=True).value + 10**17
        low, high = fractions_held(table.tolist(), value_of(far))
        assert high - low < 1e-9


def test_both_clocks_of_an_exact_value_are_one(monkeypatch):
    left = []
    monkeypatch.setattr(module, "solve_against_others", lambda game, player, limit: left.append(limit))
    monkeypatch.setattr(module, "_proof", lambda game, solved, limit: left.append(limit))
    with pytest.raises(AttributeError):
        value_of(zero_sum([[1, 0], [0, 1]]), exact=True, time_limit=5.0)
    assert 0 < left[1] < left[0] <= 5


def test_actions_that_were_left_out_too_early_come_back(monkeypatch):
    monkeypatch.setattr(interior, "_OUT", 3.0)
    paths = []
    followed = interior._path
    monkeypatch.setattr(interior, "_path", lambda *given: paths.append(given[2]) or followed(*given))
    for seed in range(8):
        table = np.random.default_rng(seed).random((60, 60))
        solved = solve_matrix_game(table, method="interior-point")
        assert 0 <= solved.conceded - solved.secured <= 1e-12
    assert paths.count(True) == 8
    assert paths.count(False) > 0


def test_all_actions_are_tried_while_no_weight_is_above_its_slack():
    small = np.full(2, 1e-4)
    path = iter([interior._Iterate(interior._Point(small, 2 * small, small, 2 * small), np.arange(2), np.arange(2))])
    gap, x, y = interior._best(np.eye(2), path, 0.0)
    assert gap == 0.0
    np.testing.assert_allclose([x, y], 0.5)
