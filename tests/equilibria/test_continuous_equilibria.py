"""Equilibria of games on intervals: closed forms, games without equilibrium, several equilibria, and laws."""

import numpy as np
import pytest

import bargain as bg
from bargain.equilibria.continuous import continuous_equilibria
from bargain.equilibria.coverage import coverage
from bargain.errors import UnsupportedGameError
from bargain.games.continuous_game import ContinuousGame
from bargain.results import Status

game = ContinuousGame.from_formulas


def levels_of(found):
    return [profile.levels for profile in found]


def one(found):
    assert len(found) == 1
    assert found[0].status is Status.PROVED
    assert found[0].epsilon <= max(found.tolerances)
    return found[0]


def duopoly(unit=1.0, size=1.0):
    # Levels are written as size * level, payoffs as unit * payoff.
    a, b = f"(a/{size!r})", f"(b/{size!r})"
    payoffs = {
        "A": f"{unit!r}*{a}*(12 - {a} - {b})",
        "B": f"{unit!r}*{b}*(12 - {a} - {b} - 2)",
    }
    return game(["A", "B"], {"a": ("A", 0, 12 * size), "b": ("B", 0, 12 * size)}, payoffs)


def test_cournot_duopoly():
    profile = one(found := continuous_equilibria(duopoly()))
    assert profile.levels == pytest.approx((14 / 3, 8 / 3), rel=1e-9)
    assert profile.payoffs == pytest.approx((196 / 9, 64 / 9), rel=1e-9)
    assert profile.epsilon < 1e-12
    assert found.complete is True


@pytest.mark.parametrize("firms", [1, 3, 5])
def test_cournot_oligopoly(firms):
    names = [f"F{i}" for i in range(firms)]
    total = " + ".join(f"q{i}" for i in range(firms))
    levers = {f"q{i}": (name, 0, 20) for i, name in enumerate(names)}
    payoffs = {name: f"q{i}*(20 - ({total})) - {i}*q{i}" for i, name in enumerate(names)}
    found = continuous_equilibria(game(names, levers, payoffs))
    costs = range(firms)
    expected = [(20 + sum(costs) - (firms + 1) * cost) / (firms + 1) for cost in costs]
    assert one(found).levels == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert found.complete is True


def test_bertrand_with_differentiated_goods():
    payoffs = {"A": "(p - 2)*(10 - 2*p + q)", "B": "(q - 1)*(10 - 2*q + p)"}
    found = continuous_equilibria(game(["A", "B"], {"p": ("A", 0, 20), "q": ("B", 0, 20)}, payoffs))
    # 14 + q = 4 p and 12 + p = 4 q
    assert one(found).levels == pytest.approx((68 / 15, 62 / 15), rel=1e-9)
    assert found.complete is True


def test_tullock_contest_with_a_jump_at_zero():
    payoffs = {"A": "3*x/(x + y) - x if x + y > 0 else 1.5", "B": "1*y/(x + y) - y if x + y > 0 else 0.5"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", 0, 3), "y": ("B", 0, 3)}, payoffs))
    # x = V1^2 V2 / (V1 + V2)^2 and y = V1 V2^2 / (V1 + V2)^2
    assert one(found).levels == pytest.approx((9 / 16, 3 / 16), rel=1e-7)


def test_an_equilibrium_in_a_corner():
    payoffs = {"A": "-x*(1 + y)", "B": "y*(3 - x) - y^2/8"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", 0.5, 2), "y": ("B", 0, 4)}, payoffs))
    assert one(found).levels == (0.5, 4.0)
    assert found.complete is True


def test_hotelling_prices_without_equilibrium():
    # Firms near each other with linear transport costs undercut each other (d'Aspremont, Gabszewicz and Thisse 1979).
    share = "(1 if {p} < {q} - 0.2 else (0 if {p} > {q} + 0.2 else 0.5 + 0.5*({q} - {p})))"
    payoffs = {"A": "p*" + share.format(p="p", q="q"), "B": "q*" + share.format(p="q", q="p")}
    found = continuous_equilibria(game(["A", "B"], {"p": ("A", 0.1, 3), "q": ("B", 0.1, 3)}, payoffs), time_limit=20)
    assert len(found) == 0
    assert all(profile.gains[profile.deviation[0]][0] > 0.1 for profile in found.rejected)
    # The first-order point of Hotelling is shown with the deviation that refutes it.
    assert any(profile.levels == pytest.approx((1, 1), abs=1e-6) for profile in found.rejected)


def test_it_is_proved_that_smooth_matching_pennies_has_no_pure_equilibrium():
    payoffs = {"A": "-(x - y)^2", "B": "(x - y)^2"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", 0, 1), "y": ("B", 0, 1)}, payoffs))
    assert len(found) == 0
    assert found.complete is True
    assert "mixed equilibria were not looked for" in found.reason


def test_a_local_maximum_that_is_not_global_is_rejected():
    payoffs = {"A": "-(x^2 - 1)^2 + 0.1*x", "B": "-(y - 0.5)^2"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", -2, 2), "y": ("B", 0, 1)}, payoffs))
    roots = sorted(root.real for root in np.roots([-4, 0, 4, 0.1]))
    assert one(found).levels == pytest.approx((roots[2], 0.5), abs=1e-8)
    assert [profile.levels[0] for profile in found.rejected] == pytest.approx(roots[:2], abs=1e-8)

    def payoff(x):
        return -((x**2 - 1) ** 2) + 0.1 * x

    for profile, root in zip(found.rejected, roots[:2], strict=True):
        assert profile.status is Status.FAILED
        assert profile.epsilon == pytest.approx(payoff(roots[2]) - payoff(root), rel=1e-6)
        assert profile.deviation[1][0] == pytest.approx(roots[2], abs=1e-3)
    assert found.complete is True


def test_three_equilibria_are_all_found_and_proved_to_be_all():
    payoffs = {"A": "-(x - (1.5*y - 0.5*y^3))^2", "B": "-(y - x)^2"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", -2, 2), "y": ("B", -2, 2)}, payoffs))
    assert np.array(levels_of(found)) == pytest.approx(np.array([[-1, -1], [0, 0], [1, 1]]), abs=1e-7)
    assert found.complete is True


def test_payoffs_with_kinks():
    payoffs = {"A": "-abs(x - y/2 - 0.3)", "B": "-max(y - x, 2*(x - y))"}
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", 0, 1), "y": ("B", 0, 1)}, payoffs))
    assert one(found).levels == pytest.approx((0.6, 0.6), abs=1e-5)
    assert found.complete is None


def test_a_kink_between_boxes_is_not_lost_when_others_are_struck_out():
    # Boxes are halved at 0.5, just where the only equilibrium has its kink.
    kinked = game(["A"], {"x": ("A", 0, 1)}, {"A": "-abs(x - 0.5)"})
    assert coverage(kinked, np.ones(1), []).complete is None
    found = continuous_equilibria(kinked)
    assert one(found).levels == pytest.approx((0.5,), abs=1e-6)


def test_finite_levers_beside_continuous_ones():
    levers = {"x": ("A", 0, 1), "m": ("A", [0, 1, 2]), "y": ("B", 0, 1)}
    payoffs = {"A": "-(x - y)^2 + m*(2 - m)*y", "B": "-(y - 0.3*m)^2"}
    found = continuous_equilibria(game(["A", "B"], levers, payoffs))
    assert np.array(levels_of(found)) == pytest.approx(np.array([[0, 0, 0], [0.3, 1, 0.3]]), abs=1e-8)
    # At m = 2 the first-order conditions hold as well, but m = 1 pays 0.6 more.
    assert found.rejected[0].epsilon == pytest.approx(0.6, rel=1e-6)


def test_a_level_that_does_not_matter_to_its_owner_is_said():
    found = continuous_equilibria(game(["A", "B"], {"x": ("A", 0, 1), "y": ("B", 0, 1)}, {"A": "-x^2", "B": "x"}))
    assert one(found).levels == (0.0, 0.0)
    assert any("`y`: the level does not change its owner's payoff" in note for note in found.notes)
    assert found.complete is not True


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_payoffs_does_not_matter(unit):
    found, plain = continuous_equilibria(duopoly(unit)), continuous_equilibria(duopoly())
    assert one(found).levels == pytest.approx(one(plain).levels, rel=1e-9)
    assert found.tolerances == pytest.approx([unit * each for each in plain.tolerances], rel=1e-9)
    assert found.complete is True


@pytest.mark.parametrize("size", [1e-9, 1e9])
def test_the_unit_of_levels_does_not_matter(size):
    found = continuous_equilibria(duopoly(size=size))
    assert one(found).levels == pytest.approx((14 / 3 * size, 8 / 3 * size), rel=1e-9)
    assert found.complete is True


def test_a_constant_added_to_payoffs_changes_nothing():
    payoffs = {"A": "1000000 + a*(12 - a - b)", "B": "b*(12 - a - b) - 1000000"}
    found = continuous_equilibria(game(["A", "B"], {"a": ("A", 0, 12), "b": ("B", 0, 12)}, payoffs))
    assert one(found).levels == pytest.approx((4, 4), rel=1e-7)


def test_the_same_seed_gives_the_same_answer():
    first, second = (continuous_equilibria(duopoly(), seed=3) for _ in range(2))
    assert levels_of(first) == levels_of(second)
    assert first.notes == second.notes


def test_the_time_limit_leaves_bounds_that_are_honest():
    found = continuous_equilibria(duopoly(), time_limit=1e-9)
    assert found.complete is not True
    assert all(profile.status is not Status.PROVED or profile.epsilon <= max(found.tolerances) for profile in found)
    assert any("time limit" in note for note in found.notes)


@pytest.mark.parametrize(("options", "message"), [({"epsilon": 0}, "epsilon"), ({"time_limit": 0}, "time_limit")])
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        continuous_equilibria(duopoly(), **options)


def test_a_finite_game_is_sent_to_the_other_methods():
    finite = game(["A"], {"m": ("A", [0, 1])}, {"A": "m"})
    with pytest.raises(UnsupportedGameError, match="finitely many levels"):
        continuous_equilibria(finite)


def test_a_payoff_without_value_is_refused():
    with pytest.raises(ValueError, match="payoff of `A` is not a finite number"):
        continuous_equilibria(game(["A"], {"x": ("A", 0, 1)}, {"A": "log(x)"}))


def test_tariffs_of_the_shipped_scenario_against_a_fine_grid():
    scenario = bg.load("us-japan-2025")
    found = scenario.continuous_equilibria()
    profile = one(found)
    assert found.complete is True
    on = scenario.continuous_game()
    names = [lever.name for lever in on.levers]
    for place, lever in enumerate(on.levers):
        grid = np.repeat(np.array(profile.levels)[None], 2001, axis=0)
        grid[:, place] = np.linspace(lever.lower, lever.upper, 2001)
        payoffs = on.values(grid)[:, lever.owner]
        assert payoffs.max() <= profile.payoffs[lever.owner] + profile.epsilon
        step = (lever.upper - lever.lower) / 2000
        assert abs(grid[payoffs.argmax(), place] - profile.levels[place]) <= step, names[place]
    # The compiled payoffs of the scenario agree.
    codes = [level for levers in profile.terms.values() for level in levers.values()]
    assert scenario.payoffs.values(codes) == pytest.approx(profile.payoffs, rel=1e-12)
