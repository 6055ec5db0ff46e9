"""Enforcement where it went wrong once: nearly equal limits, minmax payoffs of zero, idle players, sure lotteries."""

import pytest

import bargain as bg
from bargain.time.enforcement import Enforcing
from bargain.time.generated import GeneratedDeals


def tree(payoffs, **enforcement):
    """Return a scenario of two players with one lever of two levels each, on two issues."""
    return {
        "format": 1,
        "scenario": {"id": "drawn", "title": "Drawn"},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            "first": {"levers": {"a": {"set_by": "A", "levels": [0, 1], "status_quo": 0}}},
            "second": {"levers": {"b": {"set_by": "B", "levels": [0, 1], "status_quo": 0}}},
        },
        "payoffs": {player: {"joint": formula} for player, formula in payoffs.items()},
        "enforcement": enforcement,
    }


def test_limits_that_nearly_repeat_each_other_do_not_stop_the_search():
    scenario = bg.load("us-japan-2025")
    point, reversion = scenario.disagreement(), scenario.reversion("no_agreement")
    court = Enforcing(scenario.payoffs, point, reversion, "nash").court
    kept = GeneratedDeals(court, point, True).best([0.1, 0.1], "nash", None)
    assert kept.complete
    assert kept.solution.agreed
    # A random ascent on the least incentive found a deal that is kept with gains (0.10, 1.35).
    assert kept.solution.gains[0] * kept.solution.gains[1] > 1.36


@pytest.mark.parametrize("unit", ["1", "1e-12", "1e12"])
def test_minmax_of_zero_is_zero(unit):
    # A gets nothing whatever is done, and B is held to 0 by a saddle point: linear programs gave some 1e-15.
    scenario = bg.load(tree({"A": f"{unit}*(a*0 + b*0)", "B": f"{unit}*(2*a - b)"}, punishment="minmax"))
    found = scenario.enforcement(delta=0.05)
    assert found.punishment.payoffs == (0.0, 0.0)
    assert [each.critical for each in found.linked] == [0, 0]
    assert found.holds


def test_minmax_in_mixed_strategies_of_a_small_game_is_exact():
    # Matching pennies beside a prize for whatever is agreed: A is held to 1/2 exactly.
    scenario = bg.load(tree({"A": "a*b + (1 - a)*(1 - b)", "B": "1 - a*b - (1 - a)*(1 - b)"}, punishment="minmax"))
    assert scenario.reversion().payoffs == (0.5, 0.5)


def test_players_without_levers_are_named():
    notes = bg.load("tollison-willett-1979").enforcement().notes
    assert any("No lever is set by A or B" in note for note in notes)


def test_threat_that_is_no_equilibrium_is_named():
    # Without a deal both would move to 1 at once.
    scenario = bg.load(tree({"A": "a + 2*b", "B": "b + 2*a"}, punishment="no_agreement"))
    notes = " ".join(scenario.enforcement().notes)
    assert "not an equilibrium: without a deal A would gain 1 " in notes
    honest = bg.load(tree({"A": "-a + 2*b", "B": "-b + 2*a"}, punishment="no_agreement"))
    assert "not an equilibrium" not in " ".join(honest.enforcement().notes)
