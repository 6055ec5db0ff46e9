"""Games with three or more players: complete lists against independent searches, the literature, and the laws."""

import time
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from scipy.optimize import fsolve

from bargain.certificates.regret import certify_equilibrium, regret
from bargain.equilibria import branching, homotopy, many_players, multilinear, newton
from bargain.equilibria.dyadic import dyadic_profile
from bargain.equilibria.extreme import extreme_equilibria
from bargain.equilibria.homotopy import homotopy_equilibria
from bargain.equilibria.logit_path import polish
from bargain.equilibria.methods import equilibria
from bargain.equilibria.multilinear import COLUMNS, PLACE
from bargain.equilibria.polynomial import polynomial_equilibria
from bargain.equilibria.profile_search import ProfileSearch
from bargain.equilibria.profiles import is_exact
from bargain.equilibria.search import Search
from bargain.equilibria.subgames import Subgames
from bargain.equilibria.supports import members, surviving_supports
from bargain.errors import UnsupportedGameError
from bargain.games.normal_form import NormalFormGame
from bargain.testing.strategies import normal_form_games


def random_game(shape, seed):
    return NormalFormGame.from_payoffs(np.random.default_rng(seed).normal(size=(len(shape), *shape)))


def flat(profile):
    return np.concatenate([np.asarray(strategy, dtype=float) for strategy in profile.strategies])


def same_set(one, two, tolerance=1e-8):
    """Whether two lists of points match one to one."""
    if len(one) != len(two):
        return False
    left = list(two)
    for point in one:
        near = [k for k, other in enumerate(left) if np.abs(point - other).max() < tolerance]
        if not near:
            return False
        left.pop(near[0])
    return True


def brute_force_2x2x2(tables):
    """All equilibria of a generic 2 x 2 x 2 game: signs, linear equations and a quadratic; z is P(second action)."""
    gains = [np.moveaxis(table, i, 0)[1] - np.moveaxis(table, i, 0)[0] for i, table in enumerate(tables)]

    def gain(i, chances):
        others = [chances[j] for j in range(3) if j != i]
        left, right = (np.array([1 - p, p]) for p in others)
        return left @ gains[i] @ right

    def zero(i, j, chances):
        """Where player i's gain is zero in player j's probability."""
        ends = [gain(i, [p if k == j else q for k, q in enumerate(chances)]) for p in (0.0, 1.0)]
        return ends[0] / (ends[0] - ends[1])

    found = [list(fixed) for fixed in product((0.0, 1.0), repeat=3)]
    for idle, p in product(range(3), (0.0, 1.0)):
        i, j = (k for k in range(3) if k != idle)
        chances = [p if k == idle else 0.0 for k in range(3)]
        chances[j], chances[i] = zero(i, j, chances), zero(j, i, chances)
        found.append(chances)
    # Player 0 is indifferent when y = -(a0 + a2 z) / (a1 + a3 z), player 1 when x = -(b0 + b2 z) / (b1 + b3 z).
    bends = [
        np.array([g[0, 0], g[1, 0] - g[0, 0], g[0, 1] - g[0, 0], g[1, 1] - g[1, 0] - g[0, 1] + g[0, 0]]) for g in gains
    ]
    a, b, c = bends
    up_y, down_y = -Polynomial([a[0], a[2]]), Polynomial([a[1], a[3]])
    up_x, down_x = -Polynomial([b[0], b[2]]), Polynomial([b[1], b[3]])
    left = c[0] * down_x * down_y + c[1] * up_x * down_y + c[2] * up_y * down_x + c[3] * up_x * up_y
    real = [z.real for z in left.roots() if abs(z.imag) < 1e-12]
    found += [[up_x(z) / down_x(z), up_y(z) / down_y(z), z] for z in real]
    kept = []
    for chances in found:
        gap = [gain(i, chances) for i in range(3)]
        inside = [0 < p < 1 for p in chances]
        if all(0 <= p <= 1 for p in chances) and all(
            abs(g) < 1e-9 if mixes else (g < 0) == (p == 0) for g, p, mixes in zip(gap, chances, inside, strict=True)
        ):
            kept.append(np.array([q for p in chances for q in (1 - p, p)]))
    return kept


def test_games_of_two_by_two_by_two_have_the_equilibria_of_closed_formulas():
    counts = []
    for seed in range(200):
        game = random_game((2, 2, 2), seed)
        found = polynomial_equilibria(game)
        assert found.complete is True
        assert same_set([flat(profile) for profile in found], brute_force_2x2x2(game.payoffs)), seed
        counts.append(len(found))
    assert all(count % 2 == 1 for count in counts)
    assert max(counts) >= 5


def solutions_from_many_starts(game, rng, starts):
    """Equilibria found by Newton's method on random supports: never all, but never wrong."""
    n, sizes = game.num_players, game.num_actions
    for _ in range(starts):
        supports = [np.sort(rng.choice(m, rng.integers(1, m + 1), replace=False)) for m in sizes]
        counts = [len(s) - 1 for s in supports]
        if sum(counts) == 0 or any(2 * k > sum(counts) for k in counts):
            continue
        cuts = np.cumsum(counts)[:-1]

        def profile(x, supports=supports, cuts=cuts):
            made = []
            for m, support, part in zip(sizes, supports, np.split(x, cuts), strict=True):
                full = np.zeros(m)
                full[support] = [1 - part.sum(), *part]
                made.append(full)
            return made

        def conditions(x, supports=supports, profile=profile):
            strategies = profile(x)
            gaps = []
            for i in range(n):
                paid = game.deviation_payoffs(i, strategies)[supports[i]]
                gaps += list(paid[1:] - paid[0])
            return gaps

        start = np.concatenate([rng.dirichlet(np.ones(k + 1))[1:] for k in counts])
        x, _, _, _ = fsolve(conditions, start, full_output=True, xtol=1e-13)
        if np.abs(conditions(x)).max() < 1e-11:
            strategies = profile(x)
            if min(s.min() for s in strategies) >= 0 and regret(game, strategies) < 1e-10:
                yield np.concatenate(strategies)


@pytest.mark.filterwarnings("ignore:The iteration is not making good progress")
def test_no_search_from_random_starts_finds_an_equilibrium_outside_a_complete_list():
    rng = np.random.default_rng(7)
    hits = 0
    for shape, seed in product([(3, 2, 2), (3, 3, 2), (2, 2, 2, 2)], range(1, 3)):
        game = random_game(shape, seed)
        found = polynomial_equilibria(game)
        assert found.complete is True
        assert len(found) % 2 == 1
        points = [flat(profile) for profile in found]
        gaps = [np.abs(p - q).max() for k, p in enumerate(points) for q in points[:k]]
        assert all(gap > 1e-6 for gap in gaps)
        for other in solutions_from_many_starts(game, rng, 40):
            assert min(np.abs(other - point).max() for point in points) < 1e-7
            hits += 1
    assert hits >= 3


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2), (4, 2, 3)])
def test_every_equilibrium_is_certified_and_its_regret_is_a_bound(shape):
    for seed in range(10, 14):
        game = random_game(shape, seed)
        for profile in polynomial_equilibria(game):
            exact = [tuple(p if isinstance(p, Fraction) else Fraction(float(p)) for p in s) for s in profile.strategies]
            assert all(sum(strategy) == 1 and min(strategy) >= 0 for strategy in exact)
            assert regret(game, exact) <= Fraction(profile.regret)
            assert profile.regret <= 1e-13 * max(game.spans)
            assert certify_equilibrium(game, profile).holds
            mixing = sum(len(support) > 1 for support in profile.supports)
            assert is_exact(profile) or mixing > 2


def volunteers(n, cost):
    """Everybody gets 1 when somebody volunteers, which costs that player something (Diekmann 1985)."""
    tables = np.zeros((n, *(2,) * n))
    for actions in product((0, 1), repeat=n):
        for i in range(n):
            tables[(i, *actions)] = (1.0 if any(actions) else 0.0) - cost * actions[i]
    return NormalFormGame.from_payoffs(tables)


@pytest.mark.parametrize(("n", "cost"), [(3, 0.5), (4, 0.25)])
def test_the_volunteers_dilemma_has_its_closed_form(n, cost):
    """Any k of the players mix with 1 - p = cost ** (1 / (k - 1)), and the others leave it to them."""
    expected = []
    for group in product((False, True), repeat=n):
        k = sum(group)
        if k:
            p = 1 - cost ** (1 / (k - 1)) if k > 1 else 1.0
            expected.append(np.array([q for member in group for q in ((1 - p, p) if member else (1, 0))]))
    found = equilibria(volunteers(n, cost))
    assert found.complete is True
    assert len(found) == 2**n - 1
    assert same_set([flat(profile) for profile in found], expected)


def test_the_game_of_mckelvey_and_mclennan_has_nine_equilibria():
    """McKelvey and McLennan (1996), the largest number for 2 x 2 x 2 games; two of them are totally mixed."""
    tables = np.zeros((3, 2, 2, 2), dtype=int)
    tables[:, 0, 0, 0], tables[:, 1, 1, 0] = (9, 8, 12), (9, 8, 2)
    tables[:, 1, 0, 1] = tables[:, 0, 1, 1] = (3, 4, 6)
    game = NormalFormGame.from_payoffs(tables)
    found = equilibria(game)
    assert found.complete is True
    assert len(found) == 9
    assert sum(all(len(s) == 2 for s in profile.supports) for profile in found) == 2
    half, third, quarter, fifth = (Fraction(1, k) for k in (2, 3, 4, 5))
    exact = {tuple(s[0] for s in profile.strategies) for profile in equilibria(game, exact=True)}
    assert {(half, 2 * fifth, quarter), (2 * fifth, half, third)} <= exact
    for method in ("polynomial", "homotopy"):
        assert all(certify_equilibrium(game, profile).holds for profile in equilibria(game, method=method))


def test_odd_man_out_mixes_evenly():
    """Who differs from both others wins from them; the even mixture is an equilibrium, and so are continua."""
    tables = np.zeros((3, 2, 2, 2))
    for actions in product((0, 1), repeat=3):
        for i in range(3):
            if actions.count(actions[i]) == 1:
                tables[(slice(None), *actions)] = -1
                tables[(i, *actions)] = 2
    found = equilibria(NormalFormGame.from_payoffs(tables.astype(int)), exact=True)
    assert ((Fraction(1, 2),) * 2,) * 3 in [profile.strategies for profile in found]
    assert found.complete is not True
    assert "degenerate" in found.reason


@pytest.mark.parametrize("unit", [1.0, 2.0**-40, 1e12, 1e-12])
def test_units_and_offsets_of_payoffs_change_nothing(unit):
    for seed in (3, 4):
        game = random_game((3, 2, 3), seed)
        scaled = NormalFormGame.from_payoffs([game.payoffs[0] * unit, game.payoffs[1] * 3 + 5, game.payoffs[2] / unit])
        one, two = polynomial_equilibria(game), polynomial_equilibria(scaled)
        assert two.complete is True
        assert same_set([flat(p) for p in one], [flat(p) for p in two])
        assert all(p.regret <= 1e-12 * max(scaled.spans) for p in two)


def test_names_and_order_of_players_and_actions_change_nothing():
    for seed in range(4):
        game = random_game((2, 3, 3), seed)
        turned = NormalFormGame.from_payoffs([game.payoffs[i].transpose(2, 0, 1)[::-1] for i in (2, 0, 1)])
        expected = [
            np.concatenate([p.strategies[2][::-1], *p.strategies[:2]]).astype(float)
            for p in polynomial_equilibria(game)
        ]
        assert same_set([flat(p) for p in polynomial_equilibria(turned)], expected)


@pytest.mark.parametrize("shape", [(3, 4), (4, 4), (2, 5)])
def test_an_idle_third_player_leaves_the_two_player_answer(shape):
    for seed in range(5):
        pair = random_game(shape, seed)
        tables = [*pair.payoffs, np.zeros(shape)]
        wide = NormalFormGame.from_payoffs([table[..., None] for table in tables])
        found = polynomial_equilibria(wide)
        assert found.complete is True
        assert [p.strategies[:2] for p in found] == [p.strategies for p in extreme_equilibria(pair)]
        # A third player with a dominated action is idle after elimination.
        third = np.stack([np.zeros(shape), -np.ones(shape)], axis=-1)
        game = NormalFormGame.from_payoffs([*(np.stack([t, t[::-1]], axis=-1) for t in pair.payoffs), third])
        assert [p.strategies[:2] for p in equilibria(game, exact=True)] == [
            p.strategies for p in extreme_equilibria(pair)
        ]


@pytest.mark.parametrize("seed", range(4))
def test_a_duplicated_action_that_is_played_is_never_called_complete(seed):
    game = random_game((2, 2, 2), seed)
    plays = {a for profile in polynomial_equilibria(game) for a in profile.supports[0]}
    for action in plays:
        doubled = NormalFormGame.from_payoffs([np.concatenate([t, t[[action]]]) for t in game.payoffs])
        found = polynomial_equilibria(doubled)
        assert found.complete is None
        assert "degenerate" in found.reason


@given(normal_form_games(players=3, max_actions=2, numbers=st.integers(0, 3).map(float)))
def test_degenerate_games_get_true_equilibria_and_no_false_claim(game):
    found = polynomial_equilibria(game)
    assert all(p.regret <= 1e-12 * max(game.spans) for p in found)
    pure = {p.pure for p in found if p.pure is not None}
    for actions in product(*map(range, game.num_actions)):
        units = [np.eye(m)[a] for m, a in zip(game.num_actions, actions, strict=True)]
        assert (regret(game, units) == 0) == (actions in pure)
    if found.complete is True:
        points = [flat(p) for p in found]
        rng = np.random.default_rng(0)
        with np.errstate(all="ignore"):
            for middle in points:
                # No equilibrium near another one: continua are never called complete.
                for _ in range(5):
                    moved = [
                        np.abs(s + 1e-4 * rng.normal(size=s.size)) * (s > 0)
                        for s in np.split(middle, np.cumsum(game.num_actions)[:-1])
                    ]
                    moved = [s / s.sum() for s in moved]
                    far = np.abs(np.concatenate(moved) - middle).max()
                    assert far < 1e-12 or regret(game, moved) > 0


def test_exact_answers_leave_out_what_is_irrational_and_say_so():
    found = equilibria(volunteers(3, 0.5), exact=True)
    assert len(found) == 6
    assert all(profile.regret == 0 for profile in found)
    assert found.complete is False
    assert "1 more could not be written as fractions" in found.reason


def test_time_limits_and_box_limits_are_kept_and_said(monkeypatch):
    game = random_game((5, 5, 5), 0)
    polynomial_equilibria(random_game((2, 2, 2), 0))
    started = time.monotonic()
    found = polynomial_equilibria(game, Search.start(time_limit=0.5))
    assert time.monotonic() - started < 5
    assert found.complete is None
    assert "stopped at the time limit of 0.5 s" in found.reason
    monkeypatch.setattr("bargain.equilibria.polynomial.MAX_BOXES", 1)
    few = polynomial_equilibria(random_game((4, 4, 4), 1))
    assert few.complete is None
    assert "give a time limit" in few.reason


def test_an_interrupt_returns_what_is_proved(monkeypatch):
    game = random_game((3, 3, 3), 11)
    everything = polynomial_equilibria(game)
    assert everything.complete
    advance, calls = ProfileSearch.advance, []

    def interrupted(self, limit):
        calls.append(self)
        if len(calls) > 40:
            raise KeyboardInterrupt
        return advance(self, limit)

    monkeypatch.setattr(ProfileSearch, "advance", interrupted)
    found = polynomial_equilibria(game)
    assert found.complete is None
    assert found.reason.startswith("interrupted; 40 of ")
    assert same_set([flat(p) for p in found], [p for p in map(flat, everything) if any_near(p, map(flat, found))])


def any_near(point, others):
    return any(np.abs(point - other).max() < 1e-8 for other in others)


def test_an_interrupt_keeps_the_ends_of_the_paths_that_were_followed(monkeypatch):
    game = random_game((3, 3, 3), 11)
    end, calls = homotopy._end, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return end(*arguments)

    monkeypatch.setattr(homotopy, "_end", interrupted)
    found = homotopy_equilibria(game)
    assert len(found) == 1
    assert found.complete is None
    assert found.reason.startswith("interrupted; equilibria at the end of 1 path ")


def test_strategies_without_a_likely_action_are_not_polished():
    """With 25 actions none has a probability of 0.05 where a path starts, although nobody gains much by another one."""
    table = np.random.default_rng(3).random((3, 25, 25, 25))
    assert polish(table, [np.full(25, 1 / 25)] * 3, 0.05) is None


def test_a_search_that_is_cut_into_pieces_finds_the_same(monkeypatch):
    game = random_game((3, 3, 3), 1)
    whole = polynomial_equilibria(game)
    monkeypatch.setattr("bargain.equilibria.polynomial._STEP", 1)
    pieces = polynomial_equilibria(game)
    assert whole.reason == pieces.reason
    assert same_set([flat(p) for p in whole], [flat(p) for p in pieces], 1e-13)


def test_subgames_have_the_payoffs_of_the_used_actions():
    game = random_game((3, 2, 4), 0)
    payoffs = game.normalised()
    cutter = Subgames(game)
    for masks in [(0b101, 0b10, 0b1110), (0b111, 0b11, 0b1001), (0b010, 0b01, 0b0100)]:
        sub, _ = cutter.cut(masks)
        used = [members(mask) for mask in masks]
        for i, size in enumerate(game.num_actions):
            rows = [*used[i], *(a for a in range(size) if a not in used[i])]
            block = payoffs[i][np.ix_(*[rows if j == i else actions for j, actions in enumerate(used)])]
            at, columns = sub.shape[PLACE, i], sub.shape[COLUMNS, i]
            assert columns * len(used[i]) == np.prod([len(actions) for actions in used])
            expected = np.moveaxis(block, i, 0).ravel()
            np.testing.assert_array_equal(sub.tables[at : at + size * columns], expected)


def test_compiled_functions_are_compiled_for_one_kind_of_arguments():
    """Every further kind would be compiled too, at the expense of whoever waits for the first answer."""
    for shape, seed in [((2, 2, 2), 1), ((3, 2, 3), 3), ((2, 2, 2, 2), 1), ((4, 4), 0)]:
        polynomial_equilibria(random_game(shape, seed))
    compiled = [
        f for module in (multilinear, newton, branching) for f in vars(module).values() if hasattr(f, "py_func")
    ]
    assert len(compiled) >= 12
    assert all(len(f.signatures) <= 1 for f in compiled)
    assert len(branching.search_boxes.signatures) == 1


def test_one_equilibrium_is_enough_when_one_is_asked_for():
    game = random_game((3, 3, 3), 1)
    for method in ("auto", "polynomial", "homotopy"):
        found = equilibria(game, method=method, all=False)
        assert len(found) == 1
        assert found.complete is not True
        assert certify_equilibrium(game, found[0]).holds


def test_too_many_supports_are_refused():
    with pytest.raises(UnsupportedGameError, match="use method `homotopy`"):
        polynomial_equilibria(NormalFormGame.from_payoffs(np.zeros((3, 9, 9, 9))))


def test_surviving_supports_are_those_without_a_dominated_action():
    game = random_game((2, 3, 2), 0)
    found = {tuple(map(members, masks)) for masks in surviving_supports(game)}
    everything = [[s for k in range(1, 2**m) for s in [members(k)]] for m in game.num_actions]
    for supports in product(*everything):
        if all(len(s) == 1 for s in supports):
            continue
        dominated = False
        for i, support in enumerate(supports):
            table = game.restrict(
                [range(game.num_actions[j]) if j == i else s for j, s in enumerate(supports)]
            ).payoffs[i]
            rows = np.moveaxis(table, i, 0).reshape(game.num_actions[i], -1)
            dominated |= any((rows[b] > rows[a]).all() for a in support for b in range(len(rows)))
        assert (supports in found) == (not dominated)


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2)])
def test_paths_lead_to_equilibria_of_the_complete_list(shape):
    for seed in range(3):
        game = random_game(shape, seed)
        points = [flat(p) for p in polynomial_equilibria(game)]
        found = homotopy_equilibria(game)
        assert found.complete is None
        assert len(found) >= 1
        assert all(min(np.abs(flat(p) - point).max() for point in points) < 1e-7 for p in found)


@pytest.mark.parametrize("shape", [(10, 10, 10), (3, 3, 3, 3, 3), (5, 5, 5, 5)])
def test_larger_games_get_equilibria_with_a_proven_regret_and_no_claim(shape):
    game = random_game(shape, 0)
    assert not many_players.is_small(game)
    found = equilibria(game)
    assert found.complete is None
    assert "there may be others" in found.reason
    assert any(profile.pure is None for profile in found)
    for profile in found:
        assert certify_equilibrium(game, profile).gap <= 1e-12
        assert regret(game, [tuple(map(Fraction, s.tolist())) for s in profile.strategies]) <= Fraction(
            profile.regret
        ) or (profile.regret == 0)


def test_floats_add_up_to_one_exactly_and_their_regret_is_rounded_up():
    game = random_game((2, 3, 2), 5)
    rng = np.random.default_rng(0)
    for _ in range(20):
        profile = dyadic_profile(game, [rng.dirichlet(np.ones(m)) for m in game.num_actions])
        exact = [tuple(map(Fraction, strategy.tolist())) for strategy in profile.strategies]
        assert all(sum(strategy) == 1 for strategy in exact)
        assert 0 < regret(game, exact) < Fraction(profile.regret)
