"""Correlated equilibria: the definition, Aumann's example, and their relation to Nash equilibria."""

import time
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.equilibria import sifting
from bargain.equilibria.correlation import OBJECTIVES, coarse_correlated, correlated
from bargain.equilibria.exact_correlation import solve_exactly
from bargain.equilibria.integers import solve
from bargain.equilibria.methods import equilibria
from bargain.errors import LimitError
from bargain.games.decomposition import combine
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import bimatrix_games, normal_form_games

CHICKEN = NormalFormGame.from_payoffs([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])


def largest_violation(game, distribution):
    """From the definition, by loops."""
    worst = 0.0
    for i, size in enumerate(game.num_actions):
        for told, played in product(range(size), range(size)):
            gain = 0.0
            for profile in product(*map(range, game.num_actions)):
                if profile[i] == told:
                    other = (*profile[:i], played, *profile[i + 1 :])
                    gain += distribution[profile] * (game.payoffs[i][other] - game.payoffs[i][profile])
            worst = max(worst, gain)
    return worst


def test_aumanns_chicken():
    """Aumann (1974): a public signal gives more than any mixture of Nash equilibria."""
    found = correlated(CHICKEN)
    np.testing.assert_allclose(found.distribution, [[0.5, 0.25], [0.25, 0]], atol=1e-9)
    assert found.value == pytest.approx(10.5)
    assert found.value > max(sum(profile.payoffs) for profile in equilibria(CHICKEN))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_do_not_change_the_distribution(scale):
    scaled = NormalFormGame.from_payoffs(CHICKEN.payoffs * scale)
    for objective in OBJECTIVES:
        np.testing.assert_allclose(
            correlated(scaled, objective).distribution, correlated(CHICKEN, objective).distribution, atol=1e-9
        )


def test_dominated_actions_get_probability_zero():
    game = NormalFormGame.from_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert correlated(game).distribution.tolist() == [[0, 0], [0, 1]]


def test_three_players():
    game = NormalFormGame.from_payoffs(np.random.default_rng(0).random((3, 2, 3, 2)))
    found = correlated(game, "egalitarian")
    assert found.distribution.shape == (2, 3, 2)
    assert largest_violation(game, found.distribution) <= 1e-8


def test_an_unknown_objective_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"unknown objective 'wellfare'; known are .*; did you mean 'welfare'"):
        correlated(CHICKEN, "wellfare")


def test_the_size_of_the_master_program_is_limited(monkeypatch):
    monkeypatch.setattr(sifting, "_LARGEST_MASTER", 100)
    with pytest.raises(LimitError, match="coefficients, more than 100; use a coarser grid"):
        correlated(NormalFormGame.from_payoffs(np.random.default_rng(1).random((2, 30, 30))), "egalitarian")


def test_the_time_limit_is_kept():
    game = NormalFormGame.from_payoffs(np.random.default_rng(1).random((2, 120, 120)))
    started = time.monotonic()
    with pytest.raises(LimitError, match=r"time limit|not solved within"):
        correlated(game, "egalitarian", time_limit=0.05)
    assert time.monotonic() - started < 5


# Proofs: the identity that multipliers must satisfy, by loops in fractions.

BOTH = pytest.mark.parametrize("solver", [correlated, coarse_correlated])


def in_fractions(game):
    return game.exact_block(None, [range(size) for size in game.num_actions])


def check_proof(found, slack=0):
    """For all profiles: objective + charges <= bound (>= for the worst), from the multipliers as they are stored."""
    game, exact = found.game, in_fractions(found.game)
    sign = -1 if found.objective == "worst" else 1
    if found.objective == "egalitarian":
        shares = [Fraction(share) for share in found.shares]
        assert sum(shares) == 1
        assert min(shares) >= 0
    else:
        assert found.shares is None
        shares = [Fraction(1)] * game.num_players
    assert all(each.weight > 0 for mine in found.multipliers for each in mine)
    worst = None
    for profile in product(*map(range, game.num_actions)):
        worth = sign * sum(share * exact[(i, *profile)] for i, share in enumerate(shares))
        for i, mine in enumerate(found.multipliers):
            for told, instead, weight in mine:
                assert (told is None) == found.coarse
                if told is None or told == profile[i]:
                    other = (*profile[:i], instead, *profile[i + 1 :])
                    worth += Fraction(weight) * (exact[(i, *profile)] - exact[(i, *other)])
        worst = worth if worst is None else max(worst, worth)
    assert worst <= sign * Fraction(found.bound)
    return worst


def coarse_violation(game, distribution):
    return max(
        sum(
            distribution[p] * (game.payoffs[i][(*p[:i], instead, *p[i + 1 :])] - game.payoffs[i][p])
            for p in product(*map(range, game.num_actions))
        )
        for i, size in enumerate(game.num_actions)
        for instead in range(size)
    )


@BOTH
@given(objective=st.sampled_from(OBJECTIVES), game=normal_form_games(players=st.integers(1, 3), max_actions=3))
def test_every_answer_is_feasible_and_its_bound_is_proved_and_tight(solver, objective, game):
    found = solver(game, objective)
    span = max(game.spans) or 1.0
    assert found.violation <= 1e-12
    assert found.distribution.min() >= 0
    assert found.distribution.sum() == pytest.approx(1, abs=1e-14)
    assert found.payoffs == pytest.approx([(found.distribution * table).sum() for table in game.payoffs])
    violation = coarse_violation if found.coarse else largest_violation
    assert violation(game, found.distribution) <= 1e-11 * span
    check_proof(found)
    assert abs(found.bound - found.value) <= 1e-9 * span


@BOTH
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("shape", [(18, 18), (40, 3), (5, 4, 3), (3, 3, 2, 2), (1, 7), (2, 60)])
def test_larger_games_are_solved_to_twelve_digits(solver, objective, shape):
    for seed in range(2):
        numbers = np.random.default_rng(seed).random((len(shape), *shape))
        game = NormalFormGame.from_payoffs(numbers if seed else np.round(4 * numbers) / 4)
        found = solver(game, objective)
        assert found.violation <= 1e-12
        assert found.distribution.sum() == pytest.approx(1, abs=1e-14)
        assert abs(found.bound - found.value) <= 1e-10
        if game.payoffs.size <= 200:
            check_proof(found)


def optimum_by_brute_force(game, objective, coarse):
    """The best vertex of the program in (distribution, level), over all sets of constraints that could be tight."""
    exact = in_fractions(game)
    profiles = list(product(*map(range, game.num_actions)))
    sign = -1 if objective == "worst" else 1
    rows = [[Fraction(int(k == j)) for k in range(len(profiles))] + [Fraction(0)] for j in range(len(profiles))]
    for i, size in enumerate(game.num_actions):
        for told, instead in product([None] if coarse else range(size), range(size)):
            if told == instead:
                continue
            row = [Fraction(0)] * (len(profiles) + 1)
            for k, p in enumerate(profiles):
                if told is None or p[i] == told:
                    row[k] = exact[(i, *p)] - exact[(i, *p[:i], instead, *p[i + 1 :])]
            rows.append(row)
    payoffs = [[exact[(i, *p)] for p in profiles] for i in range(game.num_players)]
    if objective == "egalitarian":
        rows += [[*mine, Fraction(-1)] for mine in payoffs]
        fixed = []
    else:
        fixed = [[sign * sum(each) for each in zip(*payoffs, strict=True)] + [Fraction(-1), 0]]
    one = [1] * len(profiles) + [0, 1]
    best = None
    for tight in combinations(rows, len(profiles) - len(fixed)):
        solved = solve([whole(row) for row in ([*each, 0] for each in tight)] + [whole(row) for row in fixed] + [one])
        if solved is None:
            continue
        point = [Fraction(number, solved[1]) for number in solved[0]]
        if all(sum(c * x for c, x in zip(row, point, strict=True)) >= 0 for row in rows):
            best = point[-1] if best is None else max(best, point[-1])
    return sign * best


def whole(row):
    scale = np.lcm.reduce([Fraction(number).denominator for number in row])
    return [int(number * int(scale)) for number in row]


@BOTH
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_exact_optima_equal_brute_force_over_all_bases(solver, objective):
    rng = np.random.default_rng(5)
    for top in (2, 4, 4, 30, 30):
        game = NormalFormGame.from_payoffs(rng.integers(0, top, (2, 2, 2)))
        found = solver(game, objective, exact=True)
        assert found.value == optimum_by_brute_force(game, objective, found.coarse)
        assert found.exact
        assert found.bound == found.value
        check_proof(found)


def test_exact_optima_of_2_by_3_games_equal_brute_force():
    for seed in range(2):
        game = NormalFormGame.from_payoffs(np.random.default_rng(seed).integers(0, 9, (2, 2, 3)))
        for solver in (correlated, coarse_correlated):
            found = solver(game, exact=True)
            if found.coarse or not seed:
                assert found.value == optimum_by_brute_force(game, "welfare", found.coarse)


@BOTH
@given(objective=st.sampled_from(OBJECTIVES), game=normal_form_games(players=st.integers(2, 3), max_actions=3))
def test_exact_answers_are_optimal_by_duality(solver, objective, game):
    found = solver(game, objective, exact=True)
    assert found.exact, (found.notes, game.payoffs.tolist())
    assert found.violation == 0
    assert found.distribution.sum() == 1
    assert found.distribution.min() >= 0
    assert found.value == found.bound
    assert check_proof(found) * (-1 if objective == "worst" else 1) == found.bound
    assert found.value == pytest.approx(float(solver(game, objective).value), abs=1e-9 * (max(game.spans) or 1))


def test_fractions_that_no_float_holds_stay_exact():
    """Matching on the first action pays 2/3 and on the second 1; the worst is the mixed equilibrium (2/3, 1/3) x (1/2, 1/2)."""
    game = NormalFormGame.from_payoffs([[["1/3", 0], [0, "1/3"]], [["1/3", 0], [0, "2/3"]]])
    assert correlated(game, exact=True).value == 1
    found = correlated(game, "worst", exact=True)
    assert found.value <= Fraction(1, 6) + Fraction(2, 9)
    check_proof(found)
    check_proof(correlated(game, "worst"))


def test_dominance_is_undone_in_the_proof():
    """Multipliers of eliminated actions are large enough for the profiles that use them."""
    rng = np.random.default_rng(3)
    count = 0
    for _ in range(12):
        game = NormalFormGame.from_payoffs(rng.integers(0, 6, (2, 4, 5)) + rng.integers(0, 3, (2, 4, 1)))
        count += not correlated(game).distribution.all()
        for objective in OBJECTIVES:
            check_proof(correlated(game, objective))
            check_proof(correlated(game, objective, exact=True))
    assert count


# Laws.


@given(bimatrix_games(max_actions=3))
def test_nash_lies_in_correlated_and_correlated_in_coarse(game):
    found = equilibria(game, exact=True)
    for objective, sign in (("welfare", 1), ("egalitarian", 1), ("worst", -1)):
        fine, coarse = (solver(game, objective, exact=True).value for solver in (correlated, coarse_correlated))
        assert sign * fine <= sign * coarse
        for profile in found:
            value = min(profile.payoffs) if objective == "egalitarian" else sum(profile.payoffs)
            assert sign * value <= sign * fine


def test_aumanns_chicken_in_fractions():
    found = correlated(CHICKEN, exact=True)
    assert found.distribution.tolist() == [[Fraction(1, 2), Fraction(1, 4)], [Fraction(1, 4), 0]]
    assert found.payoffs == (Fraction(21, 4), Fraction(21, 4))


def test_a_dominated_action_can_enlarge_the_coarse_equilibria():
    """The third action is strictly dominated, and no correlated equilibrium uses it.

    Half of the time (third, third), which pays 3, and a quarter each of the matching pairs, which pay 2: obeying pays
    5/2, and so does always playing the first action, 4 half of the time and 2 a quarter of the time.
    """
    small = NormalFormGame.from_payoffs([[[2, 0], [0, 2]], [[2, 0], [0, 2]]])
    large = NormalFormGame.from_payoffs([[[2, 0, 4], [0, 2, 4], [-1, -1, 3]], [[2, 0, -1], [0, 2, -1], [4, 4, 3]]])
    assert correlated(small, exact=True).value == correlated(large, exact=True).value == 4
    assert coarse_correlated(small, exact=True).value == 4
    for exact in (False, True):
        grown = coarse_correlated(large, exact=exact)
        assert grown.value == pytest.approx(5, abs=0 if exact else 1e-9)
        assert grown.distribution[2, 2] == pytest.approx(0.5)
        check_proof(grown)


@pytest.mark.parametrize("scale", [2.0**-40, 2.0**40, 1e-12, 1e12])
@BOTH
def test_units_do_not_matter(solver, scale):
    for seed, shape in enumerate([(4, 4), (3, 2, 3)]):
        table = np.random.default_rng(seed).integers(0, 9, (len(shape), *shape)).astype(float)
        for objective in OBJECTIVES:
            plain = solver(NormalFormGame.from_payoffs(table), objective)
            twin = solver(NormalFormGame.from_payoffs(table * scale), objective)
            assert twin.value / scale == pytest.approx(plain.value, rel=1e-9, abs=1e-9)
            assert twin.bound / scale == pytest.approx(plain.bound, rel=1e-9, abs=1e-9)
            assert twin.violation <= 1e-12
            check_proof(twin)


@BOTH
def test_a_common_offset_and_players_in_different_units_do_not_matter(solver):
    table = np.random.default_rng(8).integers(0, 9, (2, 3, 4)).astype(float)
    for objective in ("welfare", "worst"):
        plain = solver(NormalFormGame.from_payoffs(table), objective)
        moved = solver(NormalFormGame.from_payoffs(table + 2.0**40), objective)
        np.testing.assert_allclose(moved.distribution, plain.distribution, atol=1e-9)
        check_proof(moved)
    for factor in (1e-12, 1e12):
        mixed = solver(NormalFormGame.from_payoffs(table * np.array([1.0, factor])[:, None, None]), "egalitarian")
        assert mixed.violation <= 1e-12
        check_proof(mixed)
        assert abs(mixed.bound - mixed.value) <= 1e-9 * max(mixed.game.spans)


def test_constant_payoffs_and_single_actions():
    for solver in (correlated, coarse_correlated):
        for exact in (False, True):
            found = solver(NormalFormGame.from_payoffs([[[5, 5]], [[7, 7]]]), "egalitarian", exact=exact)
            assert (found.value, found.violation) == (5, 0)
            assert found.bound == pytest.approx(5, abs=0 if exact else 1e-14)
            assert solver(NormalFormGame.from_payoffs([[[3]], [[4]]]), exact=exact).value == 7


# Separable games.


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("exact", [False, True])
def test_parts_give_what_the_whole_program_gives(objective, exact):
    for seed, shapes in enumerate([((2, 3), (3, 2)), ((2, 2), (2, 2), (2, 1)), ((2, 2, 1), (1, 2, 2))]):
        rng = np.random.default_rng(seed)
        parts = [NormalFormGame.from_payoffs(rng.integers(0, 7, (len(shape), *shape))) for shape in shapes]
        linked = combine(parts, constant=[2] * parts[0].num_players)
        whole_game = NormalFormGame.from_payoffs(linked.payoffs.astype(int))
        found, expected = correlated(linked, objective, exact=exact), correlated(whole_game, objective, exact=exact)
        assert found.value == pytest.approx(expected.value, abs=0 if exact else 1e-9)
        assert found.exact == exact
        assert found.violation <= (0 if exact else 1e-12)
        check_proof(found)


def test_parts_of_float_payoffs_count_the_rounding_of_their_sums():
    rng = np.random.default_rng(4)
    linked = combine([NormalFormGame.from_payoffs(rng.random((2, 3, 3))) for _ in range(3)], constant=[0.1, 1e3])
    for objective in ("welfare", "worst"):
        found = correlated(linked, objective)
        check_proof(found)
        assert abs(found.bound - found.value) < 1e-8
        exactly = correlated(linked, objective, exact=True)
        assert exactly.value == pytest.approx(found.value)


def test_good_advice_on_one_issue_pays_for_bad_advice_on_another():
    """So the coarse equilibria of a linked game are more than the products of the parts'.

    Refusing to cooperate in the dilemma gains 1, and refusing the advice where to meet costs 1.
    """
    dilemma = NormalFormGame.from_payoffs([[[3, 0], [4, 1]], [[3, 4], [0, 1]]])
    meeting = NormalFormGame.from_payoffs([[[2, 0], [0, 2]], [[2, 0], [0, 2]]])
    assert coarse_correlated(dilemma, exact=True).value == 2
    assert coarse_correlated(meeting, exact=True).value == 4
    linked = combine([dilemma, meeting])
    assert coarse_correlated(linked, exact=True).value == 10
    assert correlated(linked, exact=True).value == 6


def test_coefficients_that_the_solver_drops_do_not_make_a_game_without_equilibrium():
    """HiGHS takes coefficients below 1e-9 for zero; what is left of this program has no solution."""
    game = NormalFormGame.from_payoffs([[[2, 6, 9], [4, 8, 1]], [[3, 4, 2], [5.999999999, 6, 9]]])
    for exact in (False, True):
        found = coarse_correlated(game, "worst", exact=exact)
        assert found.violation <= 1e-15
        assert float(found.value) == pytest.approx(11.4, abs=1e-9)
        assert found.value - 1e-3 < found.bound <= found.value


@pytest.mark.parametrize("seed", [381, 382, 383])
def test_a_small_part_in_a_far_smaller_unit_leaves_a_solution(seed):
    rng = np.random.default_rng(seed)
    small, large = (NormalFormGame.from_payoffs(rng.random((2, 2, 2)) * unit) for unit in (1e-12, 1.0))
    found = correlated(combine([small, large]), "egalitarian")
    alone = correlated(large, "egalitarian")
    assert found.violation <= 1e-12
    assert found.bound - found.value <= 1e-9
    assert found.value == pytest.approx(alone.value, abs=1e-9)


# Payoffs whose digits floats lose.


@BOTH
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_integers_that_floats_cannot_tell_apart_give_what_small_ones_do(solver, objective):
    """Floats near 10**17 are multiples of 16: in floats all payoffs are the same."""
    rng = np.random.default_rng(8)
    for shape in [(2, 2), (2, 3), (2, 2, 2)] * 2:
        tables = rng.integers(0, 4, (len(shape), *shape)).astype(object)
        plain, moved = (NormalFormGame.from_payoffs([t.tolist() for t in tables + low]) for low in (0, 10**17))
        near, far = solver(plain, objective, exact=True), solver(moved, objective, exact=True)
        assert far.exact
        assert far.violation == 0
        assert far.value == far.bound == near.value + 10**17 * (1 if objective == "egalitarian" else len(shape))
        check_proof(far)
        rounded = solver(moved, objective)
        assert rounded.violation < 1e-12
        violation = coarse_violation if rounded.coarse else largest_violation
        assert violation(plain, rounded.distribution) < 1e-12
        check_proof(rounded)


@BOTH
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("numbers", [(0, 1, 3, 1e-9, 1e-6, 1e6, 1e9, -1e9), (0, 1, 2, 1e-15, 3e-15, 1e-12, 1e15)])
def test_payoffs_of_every_size_in_one_game(solver, objective, numbers):
    """A rounding error in the incentives is worth more than most payoffs, so that only fractions tell the optimum."""
    rng = np.random.default_rng(1)
    for shape in [(2, 2), (2, 3), (3, 3), (2, 2, 2)]:
        game = NormalFormGame.from_payoffs(rng.choice(numbers, (len(shape), *shape)))
        exact, found = solver(game, objective, exact=True), solver(game, objective)
        assert exact.exact
        assert exact.violation == 0
        assert exact.value == exact.bound
        check_proof(exact)
        assert found.violation < 1e-15
        check_proof(found)
        span = max(game.spans)
        assert found.value == pytest.approx(float(exact.value), rel=1e-12, abs=1e-15 * span)
        assert found.bound == pytest.approx(float(exact.value), rel=1e-15)


def test_a_constant_player_next_to_large_payoffs():
    game = NormalFormGame.from_payoffs([[[2e16, 0.0], [0.0, 1e16]], [[0.5, 0.5], [0.5, 0.5]]])
    assert correlated(game).value == pytest.approx(2e16)
    assert coarse_correlated(game, "worst").bound == pytest.approx(2e16 / 3)
    check_proof(coarse_correlated(game, "worst"))


@pytest.mark.parametrize(
    "payoffs",
    [
        [[[-1e9, 1e-9, 1e-9], [1, 1, 3]], [[1, 1, 1], [0, -1e9, 1e-9]]],
        [[[1, 1e-9, 3], [1e-6, 1, 3]], [[-1e9, 1e-9, 1e9], [1e-6, 0, 1e-9]]],
    ],
)
def test_the_proof_is_not_lost_to_elimination(payoffs):
    """The dominated action loses by less than floats can tell."""
    game = NormalFormGame.from_payoffs(payoffs)
    for objective, exact in product(OBJECTIVES, (False, True)):
        check_proof(correlated(game, objective, exact=exact))


def test_the_time_limit_ends_the_search_in_fractions():
    game = NormalFormGame.from_payoffs(np.random.default_rng(0).random((2, 5, 5)))
    assert solve_exactly(game, "worst", False, time.monotonic() - 1) is None
    assert (
        solve_exactly(game, "worst", False, time.monotonic() + 60).value == correlated(game, "worst", exact=True).value
    )
