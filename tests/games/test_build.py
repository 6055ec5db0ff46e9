"""Games and bargaining problems built from scenarios: every entry equals the payoffs at its levels."""

from itertools import product

import numpy as np
import pytest

from bargain.errors import LimitError
from bargain.games.build import bargaining_problem, grid_levels, normal_form
from bargain.games.continuous import ContinuousDeals
from bargain.games.finite_deals import FiniteDeals
from bargain.payoffs.numeric import compile_payoffs
from bargain.scenario.document import Lever
from bargain.scenario.read import read_tree


def scenario(issues, payoffs, **changes):
    players = {name: {"name": name} for name in payoffs}
    return compile_payoffs(
        read_tree(
            {
                "format": 1,
                "scenario": {"id": "t", "title": "t"},
                "players": players,
                "issues": issues,
                "payoffs": payoffs,
                **changes,
            }
        )
    )


TRADE = scenario(
    {
        "cars": {"set_by": "A", "range": [0, 20], "status_quo": 7},
        "access": {"set_by": "B", "levels": ["closed", "half", "open"], "status_quo": "closed"},
        "steel": {"set_by": "A", "levels": [0, 10, 50], "status_quo": 50},
        "talks": {"range": [0, 1], "status_quo": 0.5},
    },
    {
        "A": {
            "cars": "cars - 0.1*cars^2",
            "access": {"closed": 0, "half": 2, "open": 3},
            "joint": "0.01*steel if access == 'open' else 0",
        },
        "B": {
            "cars": "-cars*talks",
            "access": {"closed": 0, "half": -1, "open": -2},
            "steel": "-0.1*steel",
            "joint": "talks",
        },
        "C": {"cars": "3"},
    },
    constraints=[{"name": "ceiling", "rule": "cars + steel <= 40"}],
)


def test_every_entry_of_the_game_is_the_payoff_at_its_levels():
    game = normal_form(TRADE, grid=5)
    assert game.num_actions == (6 * 3, 3, 1)
    status_quo = np.array(TRADE.document.status_quo)
    for actions in product(*map(range, game.num_actions)):
        levels = status_quo.copy()
        for player, action in enumerate(actions):
            for lever, code in game.action_levels[player][action].items():
                levels[lever] = code
        assert game.payoffs[(slice(None), *actions)] == pytest.approx(TRADE.values(levels), abs=1e-12)


def test_actions_are_named_by_levels_in_lever_order():
    game = normal_form(TRADE, grid=3)
    assert game.actions[0][:5] == (
        "cars=0, steel=0",
        "cars=0, steel=10",
        "cars=0, steel=50",
        "cars=7, steel=0",
        "cars=7, steel=10",
    )
    assert game.actions[1:] == (("access=closed", "access=half", "access=open"), ("-",))
    assert game.action_levels[0][4] == {0: 7.0, 2: 10.0}


def test_parts_are_the_separable_components_of_the_levers_that_players_set():
    game = normal_form(TRADE, grid=3)
    assert [part.game.num_actions for part in game.parts] == [(4, 1, 1), (3, 3, 1)]
    assert game.parts[0].game.actions[0] == ("cars=0", "cars=7", "cars=10", "cars=20")
    # Up to a constant per player, parts add up to the whole.
    total = sum(part.game.payoffs[(slice(None), *np.ix_(*part.digits))] for part in game.parts)
    difference = (game.payoffs - total).reshape(3, -1)
    assert np.ptp(difference, axis=1) == pytest.approx(0, abs=1e-12)


def test_linked_levers_make_one_part_only():
    linked = scenario(
        {
            "x": {"set_by": "A", "levels": [0, 1], "status_quo": 0},
            "y": {"set_by": "B", "levels": [0, 1], "status_quo": 0},
        },
        {"A": {"joint": "x*y + 1"}, "B": {"x": "x", "y": "y"}},
    )
    game = normal_form(linked)
    assert game.parts is None
    assert game.payoffs.tolist() == [[[1, 1], [1, 2]], [[0, 1], [1, 2]]]


def test_game_without_any_lever_that_a_player_sets():
    idle = scenario({"x": {"range": [0, 1], "status_quo": 0.5}}, {"A": {"x": "x"}, "B": {"x": "-x"}})
    game = normal_form(idle)
    assert game.actions == (("-",), ("-",))
    assert game.payoffs.ravel().tolist() == [0.5, -0.5]


def test_grid_holds_both_ends_and_the_status_quo_once():
    lever = Lever("x", "x", "x", "", 0.3, 0.0, 1.0)
    assert grid_levels(lever, 11, 0.3).tolist() == [k / 10 for k in range(11)]
    assert len(grid_levels(lever, 11, 0.33)) == 12
    with pytest.raises(ValueError, match="2 levels or more"):
        grid_levels(lever, 1, 0.3)


def test_game_that_does_not_fit_is_refused_before_anything_is_allocated():
    levers = {f"x{k}": {"set_by": "AB"[k % 2], "range": [0, 1], "status_quo": 0} for k in range(16)}
    huge = scenario(levers, {"A": {f"x{k}": f"x{k}" for k in range(16)}, "B": {"x0": "-x0"}})
    with pytest.raises(LimitError, match=r"the no-agreement game would take .* GiB"):
        normal_form(huge)


def test_problem_over_finite_levers_lists_allowed_deals_with_their_payoffs():
    finite = scenario(
        {
            "x": {"set_by": "A", "levels": [0, 1, 2], "status_quo": 0},
            "y": {"set_by": "B", "levels": ["no", "yes"], "status_quo": "no"},
            "z": {"set_by": "B", "levels": [0, 5], "status_quo": 5},
        },
        {"A": {"x": "x", "joint": "x*z if y == 'yes' else 0"}, "B": {"y": {"no": 0, "yes": -1}, "z": "z"}},
        constraints=[{"name": "cap", "rule": "x + z <= 6"}, {"name": "odd", "rule": "not (x == 1 and y == 'yes')"}],
    )
    problem = bargaining_problem(finite, (0, 0), weights=(1, 3))
    deals = problem.feasible
    assert isinstance(deals, FiniteDeals)
    assert problem.weights == (0.25, 0.75)
    rows = np.array(list(product(range(3), range(2), range(2))))
    codes = np.column_stack([np.array([0, 1, 2])[rows[:, 0]], rows[:, 1], np.array([0, 5])[rows[:, 2]]])
    assert deals.payoffs(rows) == pytest.approx(finite.values(codes))
    assert deals.allowed(rows).tolist() == finite.allowed(codes).tolist()
    assert deals.describe((2, 1, 0)) == {"x": {"x": 2.0}, "y": {"y": "yes"}, "z": {"z": 0.0}}


def test_problem_over_some_issues_holds_the_others():
    problem = bargaining_problem(TRADE, (0, 0, 0), issues=["steel"], fixed=(3, 2, 50, 1))
    deals = problem.feasible
    assert deals.sizes == (3,)
    codes = np.array([[3, 2, steel, 1] for steel in (0, 10, 50)], float)
    assert deals.payoffs([[0], [1], [2]]) == pytest.approx(TRADE.values(codes))
    assert deals.allowed([[0], [1], [2]]).tolist() == [True, True, False]
    assert deals.describe((1,)) == {
        "cars": {"cars": 3.0},
        "access": {"access": "open"},
        "steel": {"steel": 10.0},
        "talks": {"talks": 1.0},
    }


def test_limit_that_fixed_levers_break_allows_no_deal():
    problem = bargaining_problem(TRADE, (0, 0, 0), issues=["access"], fixed=(7, 0, 50, 1))
    assert not problem.feasible.allowed([[0], [1], [2]]).any()


def test_problem_with_continuous_levers_is_continuous_unless_lotteries_are_allowed():
    mixed = bargaining_problem(TRADE, (0, 0, 0), issues=["cars", "steel"])
    assert isinstance(mixed.feasible, ContinuousDeals)
    assert list(mixed.feasible.finite) == [1]
    drawn = bargaining_problem(TRADE, (0, 0, 0), issues=["cars", "steel"], lotteries=True, grid=5)
    assert drawn.lotteries
    assert drawn.feasible.sizes == (6, 3)
    assert drawn.feasible.describe((2, 0))["cars"] == {"cars": 7.0}


def test_unknown_issue_is_refused_with_a_suggestion():
    with pytest.raises(ValueError, match=r"no issue `car`.*did you mean `cars`"):
        bargaining_problem(TRADE, (0, 0, 0), issues=["car"])
    with pytest.raises(ValueError, match="fixed: 4 levels are needed, got 2"):
        bargaining_problem(TRADE, (0, 0, 0), fixed=(1, 2))
