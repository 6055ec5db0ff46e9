"""Stored answers on enforcement: what is right passes, and what was changed is refuted."""

import copy
import json

import pytest

import bargain as bg

LAGGED = {
    "format": 1,
    "scenario": {"id": "lagged", "title": "Lagged"},
    "players": {"A": {"name": "A"}, "B": {"name": "B"}},
    "issues": {
        "aid": {"set_by": "A", "levels": [0, 1, 2], "status_quo": 0},
        "access": {"set_by": "B", "levels": [0, 1, 2], "status_quo": 0},
    },
    "payoffs": {"A": {"aid": "-aid", "access": "3*access"}, "B": {"aid": "3*aid", "access": "-access"}},
    "enforcement": {"discount": 0.7, "lag": {"access": 1}},
}


def stored(source, **options):
    scenario = bg.load(source)
    wanted = {"delta": options.pop("delta", None), "path": options.pop("path", ()), **options}
    report = bg.run(scenario, equilibria=False, linkage=False, enforce=wanted)
    return json.loads(bg.render(report, "json", "enforce"))


def refuted(result):
    return [each.claim for each in bg.verify(result) if each.refuted]


SOURCES = [
    ("prisoners-dilemma", {"delta": 0.4}),
    ("prisoners-dilemma", {"delta": 0.6, "punishment": "minmax"}),
    ("chicken", {"delta": 0.5}),
    ("bernheim-whinston-1990", {"path": (0.3, 0.55, 0.8)}),
    ("spagnolo-1999-complements", {"delta": 0.6}),
    ("folmer-van-mouche-ragland-1993", {"delta": 0.5}),
    # A lottery that draws one deal for sure stands beside its terms.
    ("kalai-smorodinsky-1975-small", {"delta": 0.6}),
    (LAGGED, {"path": (0.4, 0.7)}),
]


@pytest.mark.parametrize(("source", "options"), SOURCES)
def test_what_is_found_is_confirmed(source, options):
    assert refuted(stored(source, **options)) == []


@pytest.fixture(scope="module")
def pooled():
    return stored("bernheim-whinston-1990", path=(0.55, 0.7))


def changed(result, path, value):
    copied = copy.deepcopy(result)
    *head, last = path
    place = copied["enforcement"]
    for key in head:
        place = place[key]
    assert place[last] != value
    place[last] = value
    return copied


CHANGES = [
    (("linked", 0, "payoff"), 6.0),
    (("linked", 0, "breach"), 11.0),
    (("linked", 0, "breaches"), [11.0]),
    (("linked", 0, "punishment"), 1.0),
    (("linked", 0, "critical"), 0.5),
    (("linked", 0, "critical"), "3/5"),
    (("linked", 0, "critical"), None),
    (("linked", 0, "surplus"), 0.5),
    (("linked", 0, "holds"), False),
    (("linked", 0, "lag"), 2),
    (("linked", 0, "terms"), {"price_b1": 0.0}),
    (("separate", 2, "critical"), 0.6),
    (("critical",), 0.5),
    (("critical_separate",), 0.6),
    (("holds",), False),
    (("holds_separately",), True),
    (("binding",), ["A"]),
    (("punishment", "payoffs", "A"), -1.0),
    (("punishment", "kind"), "mercy"),
    (("factors", "A"), 1.5),
    (("best", 1, "payoffs", "A"), 4.0),
    (("best", 1, "gains", "A"), 4.0),
    (("best", 1, "cost", "A"), 1.0),
    (("best", 1, "linked"), True),
    (("best", 0, "linked"), False),
    (("path", 0, "delta"), 0.6),
    (("path", 0, "gains", "B"), 2.0),
    (("path", 1, "terms"), None),
]


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=[".".join(map(str, path)) for path, _ in CHANGES])
def test_a_changed_answer_is_refuted(pooled, path, value):
    assert refuted(changed(pooled, path, value)) != []


def test_a_worse_deal_is_refuted_as_the_best(pooled):
    worse = copy.deepcopy(pooled)
    best, apart = worse["enforcement"]["best"]
    for key in ("payoffs", "gains", "terms", "cost"):
        best[key] = apart[key]
    assert any("no better deal" in words for words in refuted(worse))


def test_an_equilibrium_that_is_none_is_refuted():
    result = stored("prisoners-dilemma", delta=0.6)
    draw = result["enforcement"]["punishment"]["draws"][0]
    draw["terms"] = {"plea": {"first": "cooperate", "second": "cooperate"}}
    result["enforcement"]["punishment"]["payoffs"] = {"A": 3, "B": 3}
    assert any("leaving the equilibrium" in words for words in refuted(result))


def test_continuous_answer_is_confirmed_and_a_changed_breach_is_refuted():
    result = stored("limao-2005")
    assert refuted(result) == []
    assert refuted(changed(result, ("linked", 0, "breaches"), [4.0])) != []
    assert refuted(changed(result, ("best", 0, "terms", "hard", "hard_a"), 0.9)) != []


UNSEEN = {
    **LAGGED,
    "enforcement": {"discount": 0.7, "unobserved": ["aid"], "punishment": "snap_back", "snap_back": ["aid"]},
}


def leaves(tree, path=()):
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(value, (*path, key))
    else:
        yield path, tree


def another(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value * 1.001 + 1e-4
    if value is None:
        return True
    above, _, below = value.partition("/")
    return f"{int(above) + 1}/{below}" if below.isdigit() else f"{value}?"


@pytest.mark.parametrize(
    ("source", "options"),
    [(LAGGED, {"path": (0.4, 0.7)}), (UNSEEN, {}), ("prisoners-dilemma", {"delta": 0.6, "punishment": "minmax"})],
    ids=["lagged", "unseen", "minmax"],
)
def test_every_number_label_and_flag_is_read(source, options):
    result = stored(source, **options)
    assert refuted(result) == []
    silent = []
    for path, value in leaves(result["enforcement"]):
        # What is best, or pays, at one factor is so at the next one too, until a deal more is kept.
        told = "note" in path or "notes" in path or path[0] == "factors" or (path[0] == "path" and path[-1] == "delta")
        if not told and not refuted(changed(result, path, another(value))):
            silent.append(path)
    assert silent == []


def test_terms_that_differ_from_a_sure_lottery_are_refuted():
    result = stored("kalai-smorodinsky-1975-small", delta=0.6)
    best = result["enforcement"]["best"][0]
    best["terms"]["outcome"]["outcome"] = "second"
    assert any("a deal or a lottery is given" in claim for claim in refuted(result))
