"""Stored solutions of other concepts: hand-solved games hold, changed numbers are refuted."""

import math
import random
from fractions import Fraction
from itertools import product

import pytest

from bargain.certificates.games.stored import verify_game_result
from bargain.certificates.games.work import Work

# Aumann's chicken (1974): dare or yield.
CHICKEN = [[[6, 2], [7, 0]], [[6, 7], [2, 0]]]
PENNIES = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
# Committing to a fair coin pays the leader 7/2; its best action is worth 3 after the follower's reply.
COIN = [[[2, 4], [1, 3]], [[1, 0], [0, 1]]]
DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
# The third row is dominated by the even mixture of the others, and by none alone.
MIXTURE = [[[4, 0], [0, 4], [1, 1]], [[1, 0], [0, 1], [1, 0]]]


def entry(first, second, chance):
    return {"profile": {"P1": f"p1{first}", "P2": f"p2{second}"}, "probability": chance}


def told(player, a, b, weight):
    return {"told": f"{player}{a}", "instead": f"{player}{b}", "weight": weight}


def chicken_best():
    """Half the time both yield, and each dares alone in a quarter of the cases; multipliers from the dual program."""
    solution = {"objective": "welfare"}
    solution["distribution"] = [entry(0, 0, "1/2"), entry(0, 1, "1/4"), entry(1, 0, "1/4")]
    solution |= {"payoffs": {"P1": "21/4", "P2": "21/4"}, "value": "21/2", "violation": "0", "bound": "21/2"}
    solution["multipliers"] = {"P1": [told("p1", 0, 1, "3/4")], "P2": [told("p2", 0, 1, "3/4")]}
    return solution


def chicken_fair():
    weights = {"shares": {"P1": "1/2", "P2": "1/2"}, "objective": "egalitarian", "value": "21/4", "bound": "21/4"}
    multipliers = {"P1": [told("p1", 0, 1, "3/8")], "P2": [told("p2", 0, 1, "3/8")]}
    return chicken_best() | weights | {"multipliers": multipliers}


def pennies():
    half = {"0": "1/2", "1": "1/2"}
    sides = {p: {f"{p.lower()}{a}": chance for a, chance in half.items()} for p in ("P1", "P2")}
    return {"value": "0", "secured": "0", "conceded": "0", "strategies": sides}


def security():
    half = pennies()["strategies"]
    punish = {
        "P1": [{"profile": {"P2": f"p2{a}"}, "probability": "1/2"} for a in (0, 1)],
        "P2": [{"profile": {"P1": f"p1{a}"}, "probability": "1/2"} for a in (0, 1)],
    }
    zero = {"P1": "0", "P2": "0"}
    return {"minmax": zero, "maxmin": zero, "maxmin_strategies": half, "punishments": punish}


def coin(commitment="mixed"):
    solution = {"leader": "P1", "commitment": commitment, "ties": "strong", "attained": True}
    if commitment == "pure":
        pays = {"P1": "3", "P2": "1"}
        return solution | {"leader_strategy": {"p11": "1"}, "reply": {"P2": "p21"}, "payoffs": pays}
    strategy = {"p10": "1/2", "p11": "1/2"}
    return solution | {"leader_strategy": strategy, "reply": {"P2": "p21"}, "payoffs": {"P1": "7/2", "P2": "1/2"}}


def dilemma_log():
    steps = [
        {"player": "P1", "action": "p10", "by": {"p11": "1"}, "round": 1},
        {"player": "P2", "action": "p20", "by": {"p21": "1"}, "round": 1},
    ]
    return {"survivors": {"P1": ["p11"], "P2": ["p21"]}, "eliminated": steps, "kind": "strict", "by": "pure"}


def mixture_log():
    steps = [{"player": "P1", "action": "p12", "by": {"p10": "1/2", "p11": "1/2"}, "round": 1}]
    survivors = {"P1": ["p10", "p11"], "P2": ["p20", "p21"]}
    return {"survivors": survivors, "eliminated": steps, "kind": "strict", "by": "mixed"}


SOLUTIONS = {
    "best": (CHICKEN, "correlated", chicken_best),
    "fair": (CHICKEN, "correlated", chicken_fair),
    "pennies": (PENNIES, "zero-sum", pennies),
    "security": (PENNIES, "security", security),
    "mixed commitment": (COIN, "stackelberg", coin),
    "pure commitment": (COIN, "stackelberg", lambda: coin("pure")),
    "pure dominance": (DILEMMA, "rationalisable", dilemma_log),
    "mixed dominance": (MIXTURE, "rationalisable", mixture_log),
}


@pytest.fixture(params=SOLUTIONS)
def stored(by_hand, request):
    tables, concept, solution = SOLUTIONS[request.param]
    return by_hand.solution_result(by_hand.game_tree(tables), concept, solution())


def refuted(stored):
    return [check.claim for check in verify_game_result(stored) if check.refuted]


def test_hand_solved_games_hold(stored):
    checks = verify_game_result(stored)
    assert [check.claim for check in checks if not check.holds] == []
    assert len(checks) >= 5


def test_every_changed_number_or_label_is_refuted(by_hand, stored):
    rng = random.Random(9)
    for path in by_hand.leaves(stored):
        value = by_hand.at(stored, path)
        if path[0] != "solution" or path[-1] in ("kind", "by", "ties", "commitment"):
            continue
        others = ["nobody", 7]
        if isinstance(value, str) and value.lstrip("-").replace("/", "").isdigit():
            others = [str(Fraction(value) + step) for step in (Fraction(1, 10**12), Fraction(-1, 7), rng.randint(1, 5))]
        elif isinstance(value, str):
            others = ["nobody", value[:-1] + ("1" if value[-1] == "0" else "0")]
        elif isinstance(value, int) and not isinstance(value, bool):
            others = [value + 1, value - 1, value + 9]
        for other in others:
            assert refuted(by_hand.changed(stored, path, other)), (path, value, other)


@pytest.mark.parametrize("value", [None, True, [], {}, "x", -1, float("nan"), "1/0", [[[]]], {"a": {}}, 10**500])
def test_hostile_values_are_refused_in_words(by_hand, stored, value):
    for path in by_hand.leaves(stored):
        # Null claims that it is not known whether a supremum is attained, true what is there.
        if path[0] == "solution" and path[-1] != "attained":
            assert refuted(by_hand.changed(stored, path, value)), path
    for part in stored["solution"]:
        assert refuted(by_hand.changed(stored, ("solution", part), value)) or part in ("multipliers", "attained")


def test_a_worse_correlated_equilibrium_is_refuted_by_the_bound(by_hand):
    solution = chicken_best() | {"distribution": [entry(0, 1, "1/2"), entry(1, 0, "1/2")], "value": "9"}
    solution["payoffs"] = {"P1": "9/2", "P2": "9/2"}
    stored = by_hand.solution_result(by_hand.game_tree(CHICKEN), "correlated", solution)
    assert refuted(stored) == ["no equilibrium has a larger value"]
    without = solution | {"multipliers": None, "bound": None}
    stored = by_hand.solution_result(by_hand.game_tree(CHICKEN), "correlated", without)
    assert not refuted(stored)
    assert [check.claim for check in verify_game_result(stored) if not check.checked]


def test_a_bound_from_any_multipliers_holds_for_all_correlated_equilibria(by_hand):
    """Weak duality: no multipliers give a bound below the value of an equilibrium."""
    rng = random.Random(4)
    game = by_hand.game_tree(CHICKEN)
    for concept in ("correlated", "coarse-correlated"):
        for _ in range(30):
            prices = {}
            for p, (a, b) in product(("P1", "P2"), ((0, 1), (1, 0))):
                own = told(p.lower(), a, b, str(Fraction(rng.randint(1, 9), rng.randint(1, 4))))
                if concept == "coarse-correlated":
                    own["told"] = None
                prices.setdefault(p, []).append(own)
            solution = chicken_best() | {"multipliers": prices, "bound": "0"}
            found = {c.claim: c for c in verify_game_result(by_hand.solution_result(game, concept, solution))}
            # The value stays below every bound, so that only optimality can be left unproved.
            gap = found["no equilibrium has a larger value"].gap
            assert gap >= 0
            assert found["no player gains by disobeying"].holds


def test_the_worst_correlated_equilibrium_is_bounded_from_below(by_hand):
    """In the dilemma only (defect, defect) is one; each multiplier pays for the temptation."""
    solution = {"objective": "worst", "distribution": [entry(1, 1, "1")], "payoffs": {"P1": "1", "P2": "1"}}
    solution |= {"value": "2", "violation": "0", "bound": "2"}
    solution["multipliers"] = {"P1": [], "P2": []}
    game = by_hand.game_tree(DILEMMA)
    stored = by_hand.solution_result(game, "correlated", solution)
    assert not refuted(stored)
    stored["solution"] = solution | {"bound": "1"}
    assert refuted(stored) == ["the multipliers give this bound"]


def test_coarse_correlated_equilibria_need_less(by_hand):
    """Rock, paper, scissors without draws: always playing rock gains nothing, but who is told rock would rather not."""
    wins = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
    tables = [wins, [[-v for v in row] for row in wins]]
    entries = [entry(i, j, "1/6") for i in range(3) for j in range(3) if i != j]
    solution = {"objective": "welfare", "distribution": entries, "payoffs": {"P1": "0", "P2": "0"}, "value": "0"}
    solution |= {"violation": "0", "bound": "0", "multipliers": {"P1": [], "P2": []}}
    game = by_hand.game_tree(tables)
    assert not refuted(by_hand.solution_result(game, "coarse-correlated", solution))
    solution["violation"] = "1/12"
    assert refuted(by_hand.solution_result(game, "correlated", solution)) == ["no player gains by disobeying"]


def test_commitment_is_refuted_by_a_better_one(by_hand):
    worse = coin() | {"leader_strategy": {"p11": "1"}, "payoffs": {"P1": "3", "P2": "1"}}
    assert refuted(by_hand.solution_result(by_hand.game_tree(COIN), "stackelberg", worse)) == [
        "no commitment gives the leader more"
    ]
    top = coin("pure") | {"leader_strategy": {"p10": "1"}, "reply": {"P2": "p20"}, "payoffs": {"P1": "2", "P2": "1"}}
    assert refuted(by_hand.solution_result(by_hand.game_tree(COIN), "stackelberg", top)) == [
        "no commitment gives the leader more"
    ]


def test_multipliers_prove_a_commitment_too(by_hand):
    """If right is the reply, the leader gets at most 7/2: 4 a + 3 (1 - a) with a <= 1/2."""
    prices = [{"reply": "p21", "instead": "p20", "weight": "1/2"}]
    solution = coin() | {"multipliers": prices, "bound": "7/2"}
    stored = by_hand.solution_result(by_hand.game_tree(COIN), "stackelberg", solution)
    assert not refuted(stored)
    solution["multipliers"] = [prices[0] | {"weight": "1/3"}]
    assert refuted(stored) == ["the multipliers give this bound", "no commitment gives the leader more"]


def best_on_a_grid(tables, ties, steps=24):
    """Return the most that a leader with two actions gets from commitments on a grid."""
    best = -math.inf
    for k in range(steps + 1):
        x = (Fraction(k, steps), 1 - Fraction(k, steps))
        pays = [[sum(p * table[a][b] for a, p in enumerate(x)) for b in range(len(table[0]))] for table in tables]
        top = [b for b, value in enumerate(pays[1]) if value == max(pays[1])]
        best = max(best, (max if ties == "strong" else min)(pays[0][b] for b in top))
    return best


def test_no_commitment_on_a_grid_beats_what_is_proved(by_hand):
    rng = random.Random(8)
    for _ in range(12):
        tables = [[[rng.randint(0, 4) for _ in range(3)] for _ in range(2)] for _ in range(2)]
        game = by_hand.game_tree(tables)
        for place, ties in product(range(25), ("strong", "weak")):
            x = {f"p1{a}": str(p) for a, p in enumerate((Fraction(place, 24), 1 - Fraction(place, 24))) if p}
            reply = rng.randrange(3)
            pays = [sum(Fraction(p) * table[int(a[2])][reply] for a, p in x.items()) for table in tables]
            solution = coin() | {"ties": ties, "leader_strategy": x, "reply": {"P2": f"p2{reply}"}}
            solution["payoffs"] = {"P1": str(pays[0]), "P2": str(pays[1])}
            checks = verify_game_result(by_hand.solution_result(game, "stackelberg", solution))
            if all(check.holds for check in checks):
                assert pays[0] >= best_on_a_grid(tables, ties)


def test_a_weak_supremum_that_is_not_attained(by_hand):
    """At the fair coin the follower is indifferent and would hurt the leader; just beside it the leader gets 7/2."""
    solution = coin() | {"ties": "weak", "attained": False}
    stored = by_hand.solution_result(by_hand.game_tree(COIN), "stackelberg", solution)
    assert not refuted(stored)
    assert all(check.checked for check in verify_game_result(stored))
    stored["solution"] = solution | {"attained": True}
    assert refuted(stored) == ["ties are broken as weak says"]


def logit(by_hand, rationality=1.5):
    """Return the symmetric logit equilibrium of a game in which only one's own action matters."""
    tables = [[[1, 1], [0, 0]], [[1, 0], [1, 0]]]
    p = 1 / (1 + math.exp(-rationality))
    profile = {"P1": {"p10": p, "p11": 1 - p}, "P2": {"p20": p, "p21": 1 - p}}
    branch = [[0.0, 0.5, 0.5, 0.5, 0.5], [rationality, p, 1 - p, p, 1 - p]]
    solution = {"lambda": rationality, "profile": profile, "residual": 0.0, "branch": branch}
    return by_hand.solution_result(by_hand.game_tree(tables), "quantal-response", solution)


def test_quantal_responses_hold_and_changed_ones_are_refuted(by_hand):
    stored = logit(by_hand)
    assert all(check.holds for check in verify_game_result(stored))
    for path in by_hand.leaves(stored):
        value = by_hand.at(stored, path)
        if isinstance(value, float):
            assert refuted(by_hand.changed(stored, path, value + 1e-4)), path
            assert refuted(by_hand.changed(stored, path, "x")), path


def test_a_log_in_the_wrong_order_or_with_a_survivor_too_many_is_refuted(by_hand):
    game = by_hand.game_tree(DILEMMA)
    log = dilemma_log()
    cases = [log | {"eliminated": log["eliminated"][::-1]}, log | {"eliminated": log["eliminated"][:1]}]
    cases.append(cases[1] | {"survivors": {"P1": ["p11"], "P2": ["p20", "p21"]}})
    for case in cases:
        assert refuted(by_hand.solution_result(game, "rationalisable", case))


def test_an_action_that_only_a_mixture_dominates_may_not_survive(by_hand):
    log = {"survivors": {"P1": ["p10", "p11", "p12"], "P2": ["p20", "p21"]}, "eliminated": []}
    game = by_hand.game_tree(MIXTURE)
    pure = by_hand.solution_result(game, "rationalisable", log | {"kind": "strict", "by": "pure"})
    assert not refuted(pure)
    mixed = by_hand.solution_result(game, "rationalisable", log | {"kind": "strict", "by": "mixed"})
    assert refuted(mixed) == ["no survivor is dominated by a mixture"]


def test_work_is_bounded(by_hand, monkeypatch):
    monkeypatch.setattr("bargain.certificates.games.stored.Work", lambda: Work(10))
    tables, concept, solution = SOLUTIONS["best"]
    checks = verify_game_result(by_hand.solution_result(by_hand.game_tree(tables), concept, solution()))
    assert [check.checked for check in checks].count(False) == 1
