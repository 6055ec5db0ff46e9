"""Who gains from commitment, against games and ceilings solved by hand, and against shadow prices."""

from __future__ import annotations

import csv
import io
import json

import pytest

import bargain as bg
from bargain.reports.commitment import commitment_tree, render_commitment


def case(found, kind, leader=None):
    return next(each for each in found.cases if (each.kind, each.leader) == (kind, leader))


@pytest.fixture(scope="module")
def us_japan():
    return bg.load("us-japan-2025").commitment()


def test_the_ceiling_works_for_japan(us_japan) -> None:
    (ceiling,) = us_japan.ceilings
    assert ceiling.name == "fiscal room"
    assert ceiling.works_for == ("JP",)
    assert ceiling.works_against == ("US",)
    # The moved ceiling says what the shadow price says, and what a scenario with the other ceiling says.
    assert ceiling.step == pytest.approx(0.05 * 2.75)
    for i in (0, 1):
        assert ceiling.tighter[i] * ceiling.shadow[i] < 0 < ceiling.looser[i] * ceiling.shadow[i]
        assert (ceiling.looser[i] - ceiling.tighter[i]) / (2 * ceiling.step) == pytest.approx(
            ceiling.shadow[i], rel=0.02
        )
    lower = bg.load("us-japan-2025", {"parameters.ceiling": 2.75 * 0.95}).solve()
    now = bg.load("us-japan-2025").solve()
    assert [a - b for a, b in zip(lower.gains, now.gains, strict=True)] == pytest.approx(ceiling.tighter, abs=1e-6)


def test_levers_that_do_not_meet_leave_nothing_to_lead(us_japan) -> None:
    assert us_japan.leading == pytest.approx((0, 0), abs=1e-9)
    threats = case(us_japan, "threats")
    assert threats.solution is None
    assert "lotteries" in threats.reason


def test_chicken_pays_the_first() -> None:
    found = bg.load("chicken").commitment()
    assert found.cases[0].kind == "nash"
    assert case(found, "commitment", "A").point.payoffs == (7, 2)
    assert case(found, "commitment", "B").point.payoffs == (2, 7)
    # (7, 2) is efficient: the talks add nothing to it, and 6 is what the mixed equilibrium leads to.
    assert found.leading == (1, 1)
    assert not case(found, "commitment", "A").solution.agreed


def test_nash_1953_threats_beside_the_rest() -> None:
    found = bg.load("nash-threats-1953").commitment()
    assert found.cases[0].kind == "threats"
    assert found.cases[0].payoffs == (3, 1)
    assert {each.kind for each in found.cases} == {"threats", "status_quo", "nash", "commitment"}


def split(cap: str) -> dict:
    """Return a pie of 10 whose other part A's voters value less: A gets x, B gets 10 - x^2/10; A's share is capped."""
    return {
        "format": 1,
        "scenario": {"id": "split", "title": "A pie with a cap"},
        "players": {"A": {}, "B": {}},
        "issues": {"x": {"set_by": "A", "range": [0, 10], "status_quo": 0}, "y": {"range": [0, 10], "status_quo": 0}},
        "payoffs": {"A": {"x": "x", "y": "-y"}, "B": {"x": "-x^2/10", "y": "2*y"}},
        "constraints": [{"name": "cap", "rule": cap}],
        "disagreement": {"kind": "status_quo"},
        "solve": {"solutions": ["nash"]},
    }


def test_a_cap_on_what_one_side_gives_works_for_it() -> None:
    # Without a cap B gives x until its worth to A, 1, is x/5 a unit of y worth 2 to B: the cap on y ties A's hands.
    scenario = bg.load(split("y <= 1"))
    found = scenario.commitment(step=0.1)
    (cap,) = found.ceilings
    assert cap.step == pytest.approx(0.1)
    gains = [bg.load(split(f"y <= {limit}")).solve().gains for limit in (0.9, 1, 1.1)]
    for moved, change in ((gains[0], cap.tighter), (gains[2], cap.looser)):
        assert change == pytest.approx([new - old for new, old in zip(moved, gains[1], strict=True)], abs=1e-6)
    assert set(cap.works_for) == {name for name, value in zip("AB", cap.tighter, strict=True) if value > 0}


def test_limits_that_do_not_bind_and_those_that_cannot_be_moved() -> None:
    scenario = split("y <= 9.9")
    levels = list(range(11))
    scenario["issues"] = {
        "x": {"set_by": "A", "levels": levels, "status_quo": 0},
        "y": {"levels": levels, "status_quo": 0},
    }
    scenario["constraints"] += [{"name": "either", "rule": "y <= 9 or x <= 9"}, {"name": "both", "rule": "0 <= y"}]
    found = bg.load(scenario).commitment()
    assert found.untried == ("either",)
    assert found.slack == ("cap", "both")
    assert found.ceilings == ()
    # On whole levels the limit bites between 3 and 4: x - y and 2 y - x^2/10 want more than that.
    scenario["constraints"][0]["rule"] = "y <= 3"
    (cap,) = bg.load(scenario).commitment(step=0.4).ceilings
    assert cap.shadow is None
    assert cap.step == pytest.approx(1.2)
    best = [
        max(((x - y) * (2 * y - x**2 / 10), x - y, 2 * y - x**2 / 10) for x in levels for y in range(top + 1) if x > y)[
            1:
        ]
        for top in (1, 3, 4)
    ]
    assert cap.tighter == pytest.approx([new - old for new, old in zip(best[0], best[1], strict=True)])
    assert cap.looser == pytest.approx([new - old for new, old in zip(best[2], best[1], strict=True)])


@pytest.mark.parametrize("step", [0, 1, -1, float("nan")])
def test_steps_are_shares(step: float) -> None:
    with pytest.raises(ValueError, match="share of a limit"):
        bg.load("chicken").commitment(step=step)


def test_formats_hold_the_same_numbers(us_japan) -> None:
    tree = json.loads(render_commitment(us_japan, "json"))
    assert tree == commitment_tree(us_japan)
    rows = list(csv.DictReader(io.StringIO(render_commitment(us_japan, "csv"))))
    told = {(row["player"], row["quantity"]): row["value"] for row in rows if row["table"] == "limits"}
    for player, value in tree["limits"][0]["tighter"].items():
        assert float(told[player, "tighter"]) == value
    text = render_commitment(us_japan)
    assert '"fiscal room" works as a commitment for JP' in text
    assert render_commitment(us_japan, "latex").startswith("% needs")
    assert "| Talks fail to" in render_commitment(us_japan, "md")
