"""Stored results: honest ones pass, changed ones fail, and the replay agrees with the compiled payoffs."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bargain.certificates.replay import Replay
from bargain.certificates.stored import verify_stored
from bargain.testing.strategies import scenario_trees

SOLVED = ["us-japan-2025", "us-japan-korea", "nash-barter-1950", "prisoners-dilemma", "battle-of-the-sexes"]
SOLVED += ["kalai-smorodinsky-1975", "matching-pennies", "tollison-willett-1979"]


@pytest.fixture(scope="module")
def results():
    """The JSON results of some scenarios, as ``bargain solve --format json`` stores them."""
    return {name: json.loads(bg.render(bg.run(bg.load(name)), format="json")) for name in SOLVED}


def refuted(stored):
    return [check.claim for check in verify_stored(stored) if not check.holds]


@pytest.mark.parametrize("name", SOLVED)
def test_an_honest_result_passes_every_check(results, name):
    checks = verify_stored(results[name])
    assert len(checks) > 5
    assert not refuted(results[name])


@pytest.mark.parametrize("name", SOLVED)
def test_a_result_with_any_gain_or_payoff_changed_is_refused(results, name):
    for part in ("gains", "payoffs"):
        for player in results[name][part]:
            changed = copy.deepcopy(results[name])
            changed[part][player] = float(changed[part][player]) + 0.01
            assert refuted(changed), (part, player)


def test_a_changed_level_or_scenario_is_refused(results):
    changed = copy.deepcopy(results["us-japan-2025"])
    changed["terms"]["pledge"]["pledge"] += 1.0
    assert any("give these payoffs" in claim for claim in refuted(changed))
    changed = copy.deepcopy(results["us-japan-2025"])
    changed["inputs"]["players"]["US"]["power"] = 0.56
    assert refuted(changed) == ["the scenario is the one that was solved"]


def test_a_worse_deal_with_consistent_numbers_is_refuted_by_a_better_one(results):
    """The status quo satisfies all bookkeeping; only the search can refuse it."""
    for name in ("us-japan-2025", "nash-barter-1950", "us-japan-korea"):
        changed = copy.deepcopy(results[name])
        changed["terms"] = changed["disagreement"]["terms"]
        changed["payoffs"] = changed["disagreement"]["payoffs"]
        changed["gains"] = dict.fromkeys(changed["gains"], 0.0)
        changed["alternatives"], changed["linkage"] = [], None
        assert refuted(changed) == ["nash: no better deal was found"]


def test_a_denied_deal_is_refuted(results):
    changed = copy.deepcopy(results["nash-barter-1950"])
    changed |= {"status": "no_deal", "payoffs": changed["disagreement"]["payoffs"], "alternatives": [], "linkage": None}
    changed["gains"] = dict.fromkeys(changed["gains"], 0)
    assert refuted(changed) == ["nash: no better deal was found"]


def test_a_changed_equilibrium_is_refused(results):
    changed = copy.deepcopy(results["prisoners-dilemma"])
    strategy = next(iter(changed["equilibria"]["profiles"][0]["strategies"].values()))
    assert "defect" in strategy[0]["action"]
    strategy[0]["action"] = strategy[0]["action"].replace("defect", "cooperate")
    assert any("deviating alone" in claim for claim in refuted(changed))


def test_a_changed_value_of_linkage_is_refused(results):
    for part in ("value", "total"):
        changed = copy.deepcopy(results["us-japan-2025"])
        if part == "total":
            changed["linkage"]["total"] += 0.01
        else:
            changed["linkage"]["value"]["US"] += 0.01
        assert any(claim.startswith("linkage") for claim in refuted(changed))


def test_missing_or_misshapen_parts_are_refused_without_a_crash(results):
    for path in ("terms", "gains", "payoffs"):
        changed = copy.deepcopy(results["us-japan-2025"])
        changed[path] = {"nonsense": [1]}
        assert any("can be read" in claim for claim in refuted(changed))


@given(scenario_trees(max_issues=3, linked=st.booleans()), st.data())
def test_replay_equals_the_compiled_payoffs(tree, data):
    scenario = bg.load(tree)
    replay = Replay(scenario.document)
    deal = tuple(data.draw(st.sampled_from(lever.codes)) for lever in replay.levers)
    np.testing.assert_allclose(replay.payoffs(deal), scenario.payoffs.values(deal), rtol=1e-12, atol=1e-12)


def test_replay_equals_the_compiled_payoffs_of_the_shipped_deals():
    for name in ("us-japan-2025", "us-japan-korea"):
        scenario = bg.load(name)
        replay = Replay(scenario.document)
        for deal in replay.some_deals(scenario.document.status_quo, draws=50, seed=1):
            np.testing.assert_allclose(replay.payoffs(deal), scenario.payoffs.values(deal), rtol=1e-11, atol=1e-11)
            assert replay.allowed(deal) == bool(scenario.payoffs.allowed(deal))
