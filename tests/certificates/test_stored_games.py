"""Stored equilibria of games: honest results hold, results with one number changed are refuted, hostile ones end."""

import json
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bargain.certificates.games.amounts import amount
from bargain.certificates.games.stored import verify_game_result
from bargain.certificates.games.table import game_digest
from bargain.games.normal_form import NormalFormGame
from bargain.results import Component, Equilibria, Profile

SEXES = [[[2, 0], [0, 1]], [[1, 0], [0, 2]]]
DEGENERATE = [[[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]]
FLAT = [[[1, 1], [1, 1]], [[0, 0], [0, 0]]]
CHAIN = [[[1, 1, 0], [0, 1, 1], [0, 0, 1]], [[1, 1, 0], [0, 1, 1], [0, 0, 1]]]
SAMPLES = [SEXES, DEGENERATE, FLAT, CHAIN]


def refuted(stored):
    return [check.claim for check in verify_game_result(stored) if check.refuted]


@pytest.fixture(scope="module", params=range(len(SAMPLES)))
def stored(by_hand, request):
    return by_hand.nash_result(SAMPLES[request.param])


def test_honest_results_hold(by_hand):
    rng = random.Random(3)
    games = [[[[rng.randint(0, 2) for _ in range(3)] for _ in range(3)] for _ in range(2)] for _ in range(25)]
    for tables in [*SAMPLES, *games]:
        checks = verify_game_result(by_hand.nash_result(tables))
        assert [check.claim for check in checks if not check.holds] == []
        assert len(checks) >= 14


def other_value(value, rng):
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([1, -1, 7])
    if isinstance(value, float):
        return value + rng.choice([1e-3, -0.5, 2.0])
    try:
        return str(Fraction(value) + rng.choice([Fraction(1, 10**9), Fraction(-1), Fraction(1, 3)]))
    except ValueError:
        return value + "x"


def test_every_changed_number_or_label_is_refuted(by_hand, stored):
    rng = random.Random(7)
    paths = list(by_hand.leaves(stored))
    assert len(paths) > 30
    for path in paths:
        value = by_hand.at(stored, path)
        # Null where there is no evidence says nothing, and a schema is told by the command line.
        if value is not None and path != ("schema",):
            for _ in range(2):
                assert refuted(by_hand.changed(stored, path, other_value(value, rng))), path


def test_a_label_exchanged_for_another_of_the_game_is_refuted(by_hand, stored):
    """Names of actions are keys of strategies."""
    for place, entry in enumerate(stored["equilibria"]):
        for player, strategy in entry["profile"].items():
            for label in strategy:
                for other in stored["game"]["actions"][player]:
                    if other != label:
                        swapped = {other if key == label else key: chance for key, chance in strategy.items()}
                        path = ("equilibria", place, "profile", player)
                        assert refuted(by_hand.changed(stored, path, swapped))


def test_a_game_changed_with_its_digest_is_refuted_by_its_equilibria(by_hand):
    stored = by_hand.nash_result(SEXES)
    stored["game"]["payoffs"]["P1"][0][0] = "5"
    stored["game"]["digest"] = game_digest(stored["game"])
    assert "the strategies give these payoffs" in refuted(stored)


def test_components_that_are_no_maximal_nash_subsets_are_refuted(by_hand):
    stored = by_hand.nash_result(FLAT)
    (whole,) = stored["components"]
    assert (whole["dimension"], whole["equilibria"]) == (2, [0, 1, 2, 3])
    half = {"strategies": {"P1": [{"p10": "1"}], "P2": [{"p20": "1"}, {"p21": "1"}]}, "equilibria": [0, 1]}
    half |= {"dimension": 1, "connected": 0}
    other = half | {"strategies": {**half["strategies"], "P1": [{"p11": "1"}]}, "equilibria": [2, 3], "connected": 1}
    assert refuted(stored | {"components": [half]}) == [
        "components: every listed equilibrium is in one",
        "components: none can be enlarged by a listed strategy",
    ]
    assert "components: none can be enlarged by a listed strategy" in refuted(stored | {"components": [half, other]})


def test_a_component_that_is_left_out_is_missed_even_when_its_equilibria_are_covered(by_hand):
    """In a chain of three segments the middle one lies in the union of the equilibria of its neighbours."""
    stored = by_hand.nash_result(CHAIN)
    places = [set(each["equilibria"]) for each in stored["components"]]
    inner = [k for k, own in enumerate(places) if own <= set().union(*(p for j, p in enumerate(places) if j != k))]
    assert inner
    for k in inner:
        rest = [each for j, each in enumerate(stored["components"]) if j != k]
        assert "components: no maximal Nash subset is missing" in refuted(stored | {"components": rest})


def test_connected_numbers_must_be_those_of_the_classes(by_hand):
    stored = by_hand.nash_result(SEXES)
    assert sorted(each["connected"] for each in stored["components"]) == [0, 1, 2]
    for numbers in ([0, 0, 1], [0, 1, 1], [1, 2, 3], [0, 1, 3]):
        components = [each | {"connected": k} for each, k in zip(stored["components"], numbers, strict=True)]
        assert refuted(stored | {"components": components})


def floats_of(stored):
    """Return the result in floats."""

    def rounded(tree):
        if isinstance(tree, dict):
            return {key: rounded(value) for key, value in tree.items()}
        return float(Fraction(tree))

    return stored | {"equilibria": [rounded(each) for each in stored["equilibria"]], "exact": False, "components": []}


def test_lists_of_floats_hold_within_rounding_and_no_further(by_hand):
    rng = random.Random(11)
    for scale in (1.0, 1e-12, 1e12):
        tables = [[[rng.random() * scale for _ in range(3)] for _ in range(3)] for _ in range(2)]
        stored = floats_of(by_hand.nash_result(tables, exact=False))
        assert not refuted(stored)
        for path in by_hand.leaves(stored):
            value = by_hand.at(stored, path)
            if isinstance(value, float) and path[0] == "equilibria":
                size = 1.0 if "profile" in path else scale
                assert refuted(by_hand.changed(stored, path, value + 1e-6 * size)), path
        assert "numbers are exact where the list says so, and only there" in refuted(stored | {"exact": True})


def test_an_approximate_equilibrium_says_by_its_regret_how_far_it_is(by_hand):
    stored = floats_of(by_hand.nash_result(SEXES)) | {"complete": None}
    stored["equilibria"] = [
        {
            "profile": {"P1": {"p10": 0.9, "p11": 0.1}, "P2": {"p20": 1.0}},
            "payoffs": {"P1": 1.8, "P2": 0.9},
            "regret": 0.2,
        }
    ]
    assert not refuted(stored)
    stored["equilibria"][0]["regret"] = 0.1
    assert "the regret is as stated" in refuted(stored)


def test_exact_regret_must_be_zero(by_hand):
    stored = by_hand.nash_result(SEXES) | {"components": [], "complete": None}
    stored["equilibria"] = [
        {
            "profile": {"P1": {"p10": "9/10", "p11": "1/10"}, "P2": {"p20": "1"}},
            "payoffs": {"P1": "9/5", "P2": "9/10"},
            "regret": "1/5",
        }
    ]
    assert refuted(stored) == ["no player gains by deviating alone"]


HOSTILE = [
    None, True, [], {}, "", "x", -1, 1e400, float("nan"), "1/0", "1/" + "9" * 10**6, 10**3000, "9" * 15_000,
    [[[[[]]]]], {"a": {"b": {}}}, "\x1b[31m", "\ud800", "1/2/3", "0x10", " 1", "1_0", "\u0661",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:14])
def test_hostile_values_are_refused_in_words(by_hand, value):
    stored = by_hand.nash_result(FLAT)
    places = [*by_hand.leaves(stored), ("game",), ("equilibria",), ("equilibria", 0), ("components", 0, "strategies")]
    places += [("game", "payoffs", "P1"), ("game", "actions", "P1"), ("game", "players"), ("components",), ("exact",)]
    # An empty list of components, or null for complete, claims less; true is what is there.
    silent = {("components",): [[]], ("complete",): [None, True], ("exact",): [True]}
    for path in places:
        if path[0] not in ("schema", "certificate") and value not in silent.get(path, []):
            checks = verify_game_result(by_hand.changed(stored, path, value))
            assert any(check.refuted for check in checks), path


def test_missing_parts_are_refused(by_hand):
    stored = by_hand.nash_result(SEXES)
    for part in ("command", "concept", "game", "equilibria", "components", "complete", "exact"):
        assert refuted({key: value for key, value in stored.items() if key != part})
    for part in ("players", "actions", "payoffs", "digest"):
        assert refuted(stored | {"game": {key: value for key, value in stored["game"].items() if key != part}})
    for part in ("profile", "payoffs", "regret"):
        entry = {key: value for key, value in stored["equilibria"][0].items() if key != part}
        assert refuted(stored | {"equilibria": [entry, *stored["equilibria"][1:]]})


def test_huge_denominators_end_without_endless_work(by_hand):
    """Every probability with another denominator of thousands of digits."""
    size = 40
    tables = [[[1] * size for _ in range(size)] for _ in range(2)]
    tree = by_hand.game_tree(tables)
    labels = tree["actions"]
    chances = {"P1": {a: f"1/1{k:05000d}" for k, a in enumerate(labels["P1"])}}
    chances["P2"] = {a: f"1/3{k:05000d}" for k, a in enumerate(labels["P2"])}
    head = by_hand.nash_result(FLAT) | {"game": tree, "components": [], "complete": None}
    entry = {"profile": chances, "payoffs": {"P1": "1", "P2": "1"}, "regret": "0"}
    checks = verify_game_result(head | {"equilibria": [entry]})
    assert not all(check.holds for check in checks)


def test_a_result_without_payoffs_needs_the_game(by_hand):
    stored = by_hand.nash_result(SEXES)
    game = {key: stored["game"][key] for key in ("players", "actions", "payoffs")}
    bare = stored | {"game": stored["game"] | {"payoffs": None}}
    assert [check.checked for check in verify_game_result(bare)] == [True, False]
    assert all(check.holds for check in verify_game_result(bare, game))
    game["payoffs"] = game["payoffs"] | {"P1": [["2", "0"], ["0", "3"]]}
    assert [check.claim for check in verify_game_result(bare, game) if check.refuted] == [
        "the game is the one that was solved"
    ]


@given(st.text(max_size=6) | st.floats() | st.integers() | st.fractions())
def test_amounts_are_exact_or_refused(value):
    text = str(value) if isinstance(value, Fraction) else value
    try:
        found = amount(text)
    except ValueError:
        assert not isinstance(value, (int, Fraction))
        return
    assert found == Fraction(text)


def exact_equilibria(by_hand, tables, components=True):
    """Return the Equilibria record of a game solved by brute force."""
    a, b = ([[Fraction(v) for v in row] for row in table] for table in tables)
    pairs = by_hand.extreme(a, b)
    game = NormalFormGame.from_payoffs(tables)
    profiles = tuple(Profile(pair, game.expected_payoffs(pair), Fraction(0)) for pair in pairs)
    stored = by_hand.nash_result(tables)["components"]
    subsets = [
        Component((xs, ys), tuple(tree["equilibria"]), tree["dimension"], tree["connected"])
        for (xs, ys), tree in zip(by_hand.bicliques(pairs), stored, strict=True)
    ]
    return Equilibria(game, "by hand", profiles, True, "", True, tuple(subsets) if components else ())


@pytest.mark.parametrize("tables", SAMPLES)
def test_a_list_in_memory_is_checked_by_the_same_code(by_hand, tables):
    found = exact_equilibria(by_hand, tables)
    checks = bg.verify(found)
    assert all(check.holds for check in checks)
    assert len(checks) == len(found) + 9
    one = Equilibria(found.game, "by hand", found.profiles[1:], True, "", True)
    assert [check.claim for check in bg.verify(one) if check.refuted] == ["complete: no equilibrium is missing"]


def test_a_list_made_from_separable_parts_is_complete_when_its_parts_are():
    tree = {
        "format": 1,
        "scenario": {"id": "two", "title": "Two separable coordination games"},
        "players": {"A": {}, "B": {}},
        "issues": {
            name: {"levers": {f"{name}{p}": {"set_by": p, "levels": [0, 1], "status_quo": 0} for p in "AB"}}
            for name in "xy"
        },
        "payoffs": {
            p: {name: f"{weight}*{name}A*{name}B + (1 - {name}A)*(1 - {name}B)" for name in "xy"}
            for p, weight in {"A": 2, "B": 1}.items()
        },
    }
    found = bg.load(tree).equilibria(exact=True)
    assert len(found) == 9
    assert found.complete
    checks = bg.verify(found)
    assert not any(check.refuted for check in checks)
    claims = [check.claim for check in checks if check.holds]
    assert "parts: payoffs are sums over the parts" in claims
    assert "part 2: complete: no equilibrium is missing" in claims
    fewer = Equilibria(found.game, "parts", found.profiles[:-1], True, "", True)
    assert "parts: the list holds all products of equilibria of the parts" in [
        check.claim for check in bg.verify(fewer) if check.refuted
    ]


def test_results_survive_a_round_trip_through_text(by_hand):
    stored = by_hand.nash_result(DEGENERATE)
    assert not refuted(json.loads(json.dumps(stored)))
