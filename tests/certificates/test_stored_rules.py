"""Stored results of every rule: ``bargain verify`` passes them, and refuses the deal of another rule or changed numbers."""

import copy
import json

import pytest

import bargain as bg
from bargain.certificates.stored import verify_stored
from bargain.solutions.rules import rules_for

TALKS = {
    "format": 1,
    "scenario": {"id": "talks", "title": "Two issues", "illustrative": True},
    "players": {"A": {"name": "A"}, "B": {"name": "B"}},
    "issues": {
        "tariff": {"levels": [0, 2, 3, 5, 8, 10], "status_quo": 10},
        "pledge": {"levels": [0, 1, 2, 3, 4], "status_quo": 0},
    },
    "payoffs": {
        "A": {"tariff": "-0.3*(10 - tariff)", "pledge": "3*pledge - 0.2*pledge^2"},
        "B": {"tariff": "1.1*(10 - tariff)", "pledge": "-pledge - 0.1*pledge^2"},
    },
}


def stored(lotteries):
    rules = rules_for("lotteries" if lotteries else "deals")
    tree = {**TALKS, "solve": {"lotteries": lotteries, "solutions": list(rules)}}
    return json.loads(bg.render(bg.run(bg.load(tree), linkage=False), format="json"))


@pytest.fixture(scope="module", params=[True, False], ids=["lotteries", "deals"])
def result(request):
    return stored(request.param)


def refuted(tree):
    return [check.claim for check in verify_stored(tree) if check.refuted]


def test_honest_results_of_all_rules_pass(result):
    assert len(result["alternatives"]) >= 5
    assert refuted(result) == []


def test_the_deal_of_another_rule_is_refused(result):
    compared = 0
    answers = result["alternatives"]
    for k, mine in enumerate(answers):
        for other in answers:
            if max(abs(mine["gains"][p] - other["gains"][p]) for p in ("A", "B")) < 1e-3:
                continue
            forged = copy.deepcopy(result)
            same = ("terms", "lottery", "payoffs", "gains", "ties")
            forged["alternatives"][k] |= {key: other[key] for key in same}
            assert f"{mine['rule']}: no better deal was found" in refuted(forged), (mine["rule"], other["rule"])
            compared += 1
            break
    assert compared >= 2


def test_changed_gains_are_refused(result):
    for k, mine in enumerate(result["alternatives"]):
        forged = copy.deepcopy(result)
        forged["alternatives"][k]["gains"]["A"] += 1e-3
        assert f"{mine['rule']}: gains are payoffs less disagreement payoffs" in refuted(forged)


def test_a_rule_without_its_lotteries_is_refused_in_words():
    tree = {**TALKS, "solve": {"solutions": ["nash", "equal-area"]}}
    with pytest.raises(bg.BargainError, match="equal-area is not defined for deals alone"):
        bg.run(bg.load(tree))
