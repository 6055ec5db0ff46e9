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
    return [check.claim for check in verify_stored(stored) if check.refuted]


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
    assert "the scenario is the one that was solved" in refuted(changed)


def test_a_worse_deal_with_consistent_numbers_is_refuted_by_a_better_one(results):
    """The status quo satisfies all bookkeeping; only the search can refuse it."""
    for name in ("us-japan-2025", "nash-barter-1950", "us-japan-korea"):
        changed = copy.deepcopy(results[name])
        changed["terms"] = changed["disagreement"]["terms"]
        changed["payoffs"] = changed["disagreement"]["payoffs"]
        changed["gains"] = dict.fromkeys(changed["gains"], 0.0)
        changed["alternatives"], changed["linkage"] = [], None
        assert {"nash: no better deal was found", "nash: somebody gains"} <= set(refuted(changed))


def test_a_denied_deal_is_refuted(results):
    changed = copy.deepcopy(results["nash-barter-1950"])
    changed |= {"status": "no_deal", "payoffs": changed["disagreement"]["payoffs"], "alternatives": [], "linkage": None}
    changed["gains"] = dict.fromkeys(changed["gains"], 0)
    changed |= {"terms": changed["disagreement"]["terms"], "ties": []}
    assert refuted(changed) == ["nash: no better deal was found"]


def test_a_changed_equilibrium_is_refused(results):
    changed = copy.deepcopy(results["prisoners-dilemma"])
    strategy = next(iter(changed["equilibria"]["profiles"][0]["strategies"].values()))
    assert "defect" in strategy[0]["action"]
    strategy[0]["action"] = strategy[0]["action"].replace("defect", "cooperate")
    assert any("deviating alone" in claim for claim in refuted(changed))


def test_a_list_of_equilibria_without_one_of_them_is_refused(results):
    for name, count in {"battle-of-the-sexes": 3, "prisoners-dilemma": 1, "matching-pennies": 1}.items():
        stored = results[name]
        profiles = stored["equilibria"]["profiles"]
        assert len(profiles) == count
        assert any(check.claim == "no equilibrium is missing" and check.holds for check in verify_stored(stored))
        for place in range(count):
            changed = copy.deepcopy(stored)
            del changed["equilibria"]["profiles"][place]
            assert "no equilibrium is missing" in refuted(changed)


def test_a_degenerate_list_is_not_refuted_by_rounding():
    """Three tenths are not the sum of one and two tenths in floats; the replay and the solver may differ."""
    tree = {
        "format": 1,
        "scenario": {"id": "tie", "title": "A tie up to rounding"},
        "players": {"A": {}, "B": {}},
        "issues": {"x": {"levers": {p.lower(): {"set_by": p, "levels": [0, 1], "status_quo": 0} for p in "AB"}}},
        "payoffs": {"A": {"x": "0.1*a + 0.2*a + 0.3*(1 - a)"}, "B": {"x": "0.7*b*0.1 + 0.07*(1 - b)"}},
    }
    stored = json.loads(bg.render(bg.run(bg.load(tree)), format="json"))
    assert not refuted(stored)


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


@pytest.fixture(scope="module")
def barter():
    """Nash's barter with every sub-package and the attribution."""
    return json.loads(bg.render(bg.run(bg.load("tollison-willett-1979"), attribution=True), format="json"))


def put(stored, path, value):
    """Return a copy with one entry changed; a path such as ``linkage.separate.gains.A``."""
    changed = copy.deepcopy(stored)
    *above, last = path.split(".")
    place = changed
    for key in above:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scenario.units", "mn USD"),
        ("scenario.players.A", "Another country"),
        ("status", "certain"),
        ("status", "no_deal"),
        ("rule", "majority"),
        ("weights.A", 0.9),
        ("certificate.holds", False),
        ("certificate.gap", 1.0),
        ("ties.0.payoffs.A", 3.5),
        ("ties.0.terms.trade.trade", "unchanged"),
        ("alternatives.0.status", "failed but fine"),
        ("equilibria.profiles.0.regret", 0.5),
        ("linkage.package.status", "no_deal"),
        ("linkage.package.issues", ["trade"]),
        ("linkage.subpackages.0.total", 1.0),
        ("linkage.subpackages.0.gains.A", 1.0),
        ("linkage.subpackages.0.status", "proved"),
        ("linkage.subpackages.0.terms.finance.finance", "reformed"),
        ("linkage.separate.negotiated.A", 1.0),
        ("linkage.separate.feasible", False),
        ("linkage.separate.terms.trade.trade", "reformed"),
        ("linkage.attribution", {"trade": 3.0, "finance": 1.0}),
        ("expectations.0.holds", False),
    ],
)
def test_any_single_claim_changed_is_refused(barter, path, value):
    assert not refuted(barter)
    assert refuted(put(barter, path, value))


def test_consistent_forgeries_of_the_linkage_are_refused(barter):
    """A sub-package that hides its deal, with total and package changed to fit, is beaten by the deal."""
    forged = copy.deepcopy(barter)
    standing = forged["disagreement"]["terms"]
    hidden = {"issues": ["trade", "finance"], "status": "no_deal", "gains": {"A": 0, "B": 0}, "total": 0}
    forged["linkage"]["subpackages"][-1] = forged["linkage"]["package"] = {**hidden, "terms": standing}
    assert any("no better deal was found for any sub-package" in claim for claim in refuted(forged))


def test_a_rule_is_refused_for_the_deal_of_another(results):
    """Kalai and Smorodinsky's rule, and the egalitarian one, are checked by their own objective when all deals are known."""
    for rule in ("kalai-smorodinsky", "egalitarian"):
        changed = copy.deepcopy(results["nash-barter-1950"])
        mine = next(each for each in changed["alternatives"] if each["rule"] == rule)
        other = next(each for each in changed["alternatives"] if each["rule"] == "utilitarian")
        mine |= {key: other[key] for key in ("terms", "payoffs", "gains", "ties")}
        assert refuted(changed) == [f"{rule}: no better deal was found"]


def test_lotteries_are_checked_by_linear_programs(results):
    for rule in ("kalai-smorodinsky", "egalitarian", "utilitarian"):
        changed = copy.deepcopy(results["kalai-smorodinsky-1975"])
        mine = next(each for each in changed["alternatives"] if each["rule"] == rule)
        mine["lottery"] = [{"probability": 1, "terms": {"outcome": {"outcome": "second"}}}]
        mine |= {"terms": None, "payoffs": {"A": 0, "B": 1}, "gains": {"A": 0, "B": 1}}
        assert f"{rule}: no better deal was found" in refuted(changed)


def test_lotteries_over_continuous_levers_are_compared_on_their_grid():
    hill = {
        "format": 1,
        "scenario": {"id": "hill", "title": "A hill", "illustrative": True},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {"x": {"range": [0, 1], "status_quo": 0}},
        "payoffs": {"A": {"x": "4*x*(1 - x) - 0.3*x"}, "B": {"x": "sqrt(x) - 0.9*x"}},
        "solve": {"lotteries": True, "grid": 4},
    }
    assert not refuted(json.loads(bg.render(bg.run(bg.load(hill)), format="json")))


def test_an_equilibrium_with_levers_of_another_player_or_missing_from_a_complete_list_is_refused(results):
    changed = copy.deepcopy(results["prisoners-dilemma"])
    strategies = changed["equilibria"]["profiles"][0]["strategies"]
    strategies["A"] = strategies["B"]
    assert refuted(changed) == ["the equilibria can be read"]
    changed = copy.deepcopy(results["battle-of-the-sexes"])
    changed["equilibria"]["profiles"] = changed["equilibria"]["profiles"][1:]
    assert "no strict pure equilibrium is missing" in refuted(changed)


def test_another_equilibrium_than_the_one_selected_is_refused_as_disagreement_point(results):
    changed = copy.deepcopy(results["battle-of-the-sexes"])
    changed["disagreement"]["payoffs"] = changed["equilibria"]["profiles"][0]["payoffs"]
    assert any("welfare-worst equilibrium" in claim for claim in refuted(changed))
