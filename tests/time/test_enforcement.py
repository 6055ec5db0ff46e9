"""Whether deals hold: published cases, brute force over all breaches, and laws."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

import bargain as bg
from bargain.time.deviations import Deviations
from bargain.time.kept_deals import ListedDeals
from bargain.time.punishments import PUNISHMENTS


def drawn_tree(seed, **enforcement):
    """Return a random scenario of two players, two or three issues with linked payoffs, and some agreed-only levers."""
    chance = np.random.default_rng(seed)
    issues, names = {}, []
    for number in range(int(chance.integers(2, 4))):
        levers = {}
        for place in range(int(chance.integers(1, 3))):
            name = f"x{number}{place}"
            levers[name] = {"levels": list(range(int(chance.integers(2, 4)))), "status_quo": 0}
            owner = chance.choice(["A", "B", ""])
            if owner:
                levers[name]["set_by"] = str(owner)
            names.append(name)
        issues[f"issue{number}"] = {"levers": levers}
    payoffs = {
        player: {
            "joint": " + ".join(
                [f"{int(chance.integers(-4, 5))}*{a}*{b}" for a, b in pairwise(names)]
                + [f"{int(chance.integers(-4, 5))}*{name}" for name in names]
            )
        }
        for player in "AB"
    }
    tree = {
        "format": 1,
        "scenario": {"id": "drawn", "title": "Drawn"},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": issues,
        "payoffs": payoffs,
    }
    return {**tree, "enforcement": enforcement} if enforcement else tree


def best_breach(scenario, player, deal, levers):
    """Return the most a player gets with any levels of some levers, by brute force."""
    choices = [
        lever.codes if place in levers else (deal[place],) for place, lever in enumerate(scenario.document.levers)
    ]
    return max(float(scenario.payoffs.values(codes)[player]) for codes in product(*choices))


def own_levers(scenario, player, issue=None):
    name = scenario.document.player_names[player]
    breach = dict(scenario.document.enforcement.breach) if scenario.document.enforcement else {}
    return {
        place
        for place, lever in enumerate(scenario.document.levers)
        if name in (lever.set_by, breach.get(lever.name)) and issue in (None, lever.issue)
    }


@pytest.mark.parametrize("seed", range(25))
def test_best_breach_is_that_of_brute_force(seed):
    scenario = bg.load(drawn_tree(seed))
    deviations = Deviations(scenario.payoffs, scenario.document.status_quo, False)
    chance = np.random.default_rng(seed)
    for _ in range(4):
        deal = tuple(float(chance.choice(lever.codes)) for lever in scenario.document.levers)
        for player in range(2):
            levers = own_levers(scenario, player)
            found = deviations.best(player, levers, deal)
            assert found.payoff == found.bound == best_breach(scenario, player, deal, levers)
            assert found.payoff == float(scenario.payoffs.values(found.codes)[player])
            assert all(a == b for k, (a, b) in enumerate(zip(found.codes, deal, strict=True)) if k not in levers)


@pytest.mark.parametrize("punishment", PUNISHMENTS)
@pytest.mark.parametrize("seed", range(12))
def test_best_self_enforcing_deal_is_that_of_brute_force(seed, punishment):
    back = {"snap_back": ["x00", "x10"]} if punishment == "snap_back" else {}
    scenario = bg.load(drawn_tree(seed, punishment=punishment, **back))
    try:
        reversion = scenario.reversion()
    except bg.BargainError:
        pytest.skip("no equilibrium to revert to")
    delta = 0.55
    found = scenario.enforcement(delta=delta)
    point = scenario.disagreement().payoffs
    kept = []
    for deal in product(*(lever.codes for lever in scenario.document.levers)):
        u = scenario.payoffs.values(deal)
        holds = True
        for player in range(2):
            most = best_breach(scenario, player, deal, own_levers(scenario, player))
            after = float(reversion.after(scenario.payoffs, deal, player))
            holds &= u[player] >= (1 - delta) * most + delta * after - 1e-9
        if holds and (u >= np.array(point) - 1e-12).all() and (u > np.array(point)).any():
            kept.append(tuple(u - np.array(point)))
    if not scenario.solve().agreed:
        return
    best = found.best[0].solution
    assert best.agreed == bool(kept)
    if kept:
        top = max(a * b for a, b in kept)
        assert best.gains[0] * best.gains[1] == pytest.approx(top, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_path_agrees_with_single_factors_and_payoffs_never_fall_in_nash_product(seed):
    scenario = bg.load(drawn_tree(seed, punishment="no_agreement", lag={"issue0": 1}))
    if not scenario.solve().agreed:
        return
    deltas = [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
    path = scenario.enforcement(path=deltas).path
    products = []
    for point in path:
        single = scenario.enforcement(delta=point.delta).best[0].solution
        assert point.status == str(single.status)
        assert point.gains == pytest.approx(tuple(map(float, single.gains)), abs=1e-12)
        products.append(point.gains[0] * point.gains[1])
    assert products == sorted(products)


@pytest.mark.parametrize("seed", range(10))
def test_lags_are_those_of_explicit_streams(seed):
    scenario = bg.load(drawn_tree(seed, punishment="no_agreement", lag={"issue0": 2, "issue1": 1}))
    if not scenario.solve().agreed:
        return
    found = scenario.enforcement(delta=0.6)
    deal = tuple(lever.code(scenario.solve().deal[lever.issue][lever.name]) for lever in scenario.document.levers)
    lags = {"issue0": 2, "issue1": 1, "issue2": 0}
    for player, each in enumerate(found.linked):
        mine = own_levers(scenario, player)
        u, p = each.payoff, float(each.punishment)
        worst = np.inf
        for horizon in range(max((lags[scenario.document.levers[k].issue] for k in mine), default=0) + 1):
            stream = []
            for period in range(horizon + 1):
                late = {k for k in mine if lags[scenario.document.levers[k].issue] >= horizon - period}
                stream.append(best_breach(scenario, player, deal, late))
            worth = 0.4 * sum(0.6**k * value for k, value in enumerate(stream)) + 0.6 ** (horizon + 1) * p
            worst = min(worst, u - worth)
        assert each.surplus == pytest.approx(worst, abs=1e-9)


def test_what_nobody_sees_must_not_pay():
    tree = drawn_tree(0, punishment="no_agreement")
    for seed in range(30):
        tree = drawn_tree(seed, punishment="no_agreement", unobserved=["issue0"])
        scenario = bg.load(tree)
        solution = scenario.solve()
        if not solution.agreed:
            continue
        deal = tuple(lever.code(solution.deal[lever.issue][lever.name]) for lever in scenario.document.levers)
        found = scenario.enforcement()
        for player, each in enumerate(found.linked):
            hidden = best_breach(scenario, player, deal, own_levers(scenario, player, "issue0"))
            if hidden > each.payoff:
                assert each.critical is None


def test_prisoners_dilemma_and_units():
    scenario = bg.load("prisoners-dilemma")
    found = scenario.enforcement(delta=0.5)
    assert found.critical == Fraction(1, 2)
    assert found.holds
    assert found.binding == ("A", "B")
    below = scenario.enforcement(delta=0.49)
    assert not below.holds
    assert below.best[0].solution.status == "no_deal"
    assert below.best[0].cost == (2.0, 2.0)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_answer_does_not_depend_on_the_unit_of_payoff(unit):
    tree = drawn_tree(3, punishment="no_agreement", lag={"issue0": 1})
    scaled = {**tree, "payoffs": {p: {"joint": f"{unit!r}*({v['joint']})"} for p, v in tree["payoffs"].items()}}
    one, other = (bg.load(each).enforcement(delta=0.6) for each in (tree, scaled))
    for a, b in zip((*one.linked, *one.separate), (*other.linked, *other.separate), strict=True):
        assert (a.critical is None) == (b.critical is None)
        if a.critical is not None:
            assert float(a.critical) == pytest.approx(float(b.critical), abs=1e-9)
        assert a.holds == b.holds
    for a, b in zip(one.best, other.best, strict=True):
        assert a.solution.deal == b.solution.deal


# ---- published cases -----------------------------------------------------------------------------------------------------


def test_bernheim_whinston_1990_pooling():
    scenario = bg.load("bernheim-whinston-1990")
    found = scenario.enforcement()
    assert float(found.critical) == pytest.approx(7 / 12, abs=1e-15)
    assert found.holds
    assert not found.holds_separately
    by = {(each.issue, each.player): each.critical for each in found.separate}
    assert by == {
        ("duopoly", "A"): Fraction(1, 2), ("duopoly", "B"): Fraction(1, 2),
        ("fringe", "A"): Fraction(2, 3), ("fringe", "B"): Fraction(2, 3),
    }  # fmt: skip
    linked, apart = found.best
    assert linked.solution.payoffs == (5, 5)
    assert apart.solution.payoffs == (3, 3)


def test_spagnolo_1999_substitutes_and_complements():
    root = np.sqrt
    easier = bg.load("spagnolo-1999-substitutes").enforcement()
    assert float(easier.critical) == pytest.approx((root(6) - root(4)) / (root(6) - root(2)), abs=1e-12)
    assert float(easier.critical_separate) == pytest.approx((root(5) - root(4)) / (root(5) - root(3)), abs=1e-12)
    harder = bg.load("spagnolo-1999-complements").enforcement()
    assert (harder.critical, harder.critical_separate) == (Fraction(5, 8), Fraction(9, 16))


def test_folmer_van_mouche_ragland_1993_nothing_alone():
    found = bg.load("folmer-van-mouche-ragland-1993").enforcement()
    assert found.critical == Fraction(1, 3)
    assert found.critical_separate is None
    assert {(each.issue, each.player) for each in found.separate if each.critical is None} == {
        ("north", "A"), ("south", "B"),
    }  # fmt: skip


def test_limao_2005_linking_moves_cooperation_to_the_hard_issue():
    found = bg.load("limao-2005").enforcement()
    linked, apart = found.best
    # Apart: a x = 1.5 (1.2 x - x^2/2).  Together the slopes fix 1.4 (1.2 - x) = 1.2 - y on the pooled constraint.
    alone = [2 * (1.2 - a / 1.5) for a in (1.0, 1.4)]
    s = np.roots([1.5 * 0.5 * (1 + 1.96), -(1 + 1.96), 1.2 * 2.4 - 1.5 * 1.44])
    x, y = next((1.2 - r, 1.2 - 1.4 * r) for r in sorted(s.real) if 0 < r < 0.85)
    assert x + 1.4 * y == pytest.approx(1.5 * sum(1.2 * z - z * z / 2 for z in (x, y)), abs=1e-9)
    assert (x, y) == pytest.approx((0.881, 0.751), abs=2e-3)
    for deal, levels, welfare in ((apart, alone, 1.209), (linked, (x, y), 1.288)):
        terms = deal.solution.deal
        assert [terms["easy"]["easy_a"], terms["hard"]["hard_a"]] == pytest.approx(levels, abs=1e-5)
        assert deal.solution.payoffs == pytest.approx((welfare, welfare), abs=5e-4)
        assert deal.slack < 1e-7
        assert deal.solution.status == "proved"


def test_limao_2005_is_found_on_a_grid_as_well():
    tree = dict(bg.load("limao-2005").document.tree)
    tree = bg.load("limao-2005").set({f"issues.{i}.levers.{i}_{p}.steps": 25 for i in ("easy", "hard") for p in "ab"})
    smooth = bg.load("limao-2005").enforcement().best[0].solution.payoffs
    listed = tree.enforcement().best[0].solution
    assert listed.status == "proved"
    assert 0 <= smooth[0] * smooth[1] - listed.payoffs[0] * listed.payoffs[1] < 0.03


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("punishment", ["nash", "no_agreement"])
def test_best_deal_over_continuous_levers_is_at_least_that_of_a_fine_grid(seed, punishment):
    chance = np.random.default_rng(seed)
    c, d, k, m = (float(f"{value:.2f}") for value in chance.uniform([0.5, 0.5, -0.6, -0.6], [1.5, 1.5, 0.6, 0.6]))
    tree = {
        "format": 1,
        "scenario": {"id": "smooth", "title": "Smooth"},
        "players": {"A": {"name": "A"}, "B": {"name": "B"}},
        "issues": {
            "a": {"set_by": "A", "range": [0, 2], "status_quo": 0},
            "b": {"set_by": "B", "range": [0, 2], "status_quo": 0},
        },
        "payoffs": {
            "A": {"joint": f"3*b - b^2/2 - {c}*a - a^2/4 + {k}*a*b"},
            "B": {"joint": f"3*a - a^2/2 - {d}*b - b^2/4 + {m}*a*b"},
        },
        "enforcement": {"punishment": punishment},
    }
    scenario, delta = bg.load(tree), 0.45
    best = scenario.enforcement(delta=delta).best[0]
    grid = np.linspace(0, 2, 201)
    u = scenario.payoffs.values(np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1))
    point = np.array(scenario.disagreement().payoffs)
    after = [float(value) for value in scenario.reversion().payoffs]
    kept = np.ones(u.shape[:2], dtype=bool)
    for player in range(2):
        most = u[..., player].max(axis=player, keepdims=True)
        kept &= u[..., player] >= (1 - delta) * most + delta * after[player]
    gains = np.maximum(u - point, 0)
    top = float(np.where(kept, gains[..., 0] * gains[..., 1], 0).max())
    found = best.solution
    mine = float(found.gains[0] * found.gains[1]) if found.agreed else 0.0
    assert mine >= top - 1e-6
    # A grid of 200 steps misses the best by little.
    assert mine <= top + 0.15
    if found.agreed:
        assert best.slack <= 1e-7


# ---- the flagship --------------------------------------------------------------------------------------------------------


def test_sustainable_concession_is_nineteen_times_what_the_tariff_gap_is_worth():
    # 3.2 bn a year at a factor of 0.95 sustain a concession of 61 bn: (1 - delta) c <= delta 3.2.
    gap, delta = Fraction(16, 5), Fraction(19, 20)
    concession = delta / (1 - delta) * gap
    assert concession == Fraction(304, 5)
    polynomial = [Fraction(0) - concession, concession + gap]
    assert polynomial[0] + delta * polynomial[1] == 0
    scenario = bg.load("us-japan-2025")
    levels = list(scenario.document.status_quo)
    low, high = [*levels], [*levels]
    for place in (0, 1):
        low[place], high[place] = 15.0, 25.0 - place
    worth = float(scenario.payoffs.values(low)[1] - scenario.payoffs.values(high)[1])
    assert worth == pytest.approx(3.2, abs=0.3)


@pytest.fixture(scope="module")
def flagship():
    scenario = bg.load("us-japan-2025")
    return scenario, scenario.solve()


def test_flagship_clause_without_japans_side_does_not_bind_the_united_states(flagship):
    scenario, headline = flagship
    both = scenario.enforcement(headline=headline, brief=True)
    assert both.binding == ("US",)
    assert 0.6 < float(both.critical) < 0.8
    tariffs = scenario.set({"enforcement.snap_back": ["car_tariff", "general_tariff"]})
    alone = tariffs.enforcement(headline=headline, brief=True)
    assert alone.binding == ("US",)
    assert alone.critical is None
    japan = next(each for each in alone.linked if each.player == "JP")
    assert japan.critical is not None


def test_flagship_breaches_are_the_best_of_a_random_search(flagship):
    scenario, headline = flagship
    levers = scenario.document.levers
    deal = np.array([lever.code(headline.deal[lever.issue][lever.name]) for lever in levers])
    chance = np.random.default_rng(5)
    found = scenario.enforcement(headline=headline, brief=True)
    for player, each in enumerate(found.linked):
        own = sorted(own_levers(scenario, player))
        points = np.tile(deal, (20_000, 1))
        for k in own:
            points[:, k] = chance.uniform(levers[k].lower, levers[k].upper, len(points))
            ends = chance.random(len(points))
            points[ends < 0.4, k] = levers[k].lower
            points[ends > 0.8, k] = deal[k]
        most = scenario.payoffs.values(points)[:, player].max()
        assert most <= each.bound + 1e-9
        assert each.bound - each.breach < 1e-6
        assert each.breach - most < 0.2


def test_more_deals_than_can_be_listed_are_refused_with_what_to_do():
    tree = drawn_tree(0)
    levels = {"levels": list(range(400)), "status_quo": 0}
    tree["issues"] = {name: {**levels, "set_by": owner} for name, owner in (("p", "A"), ("q", "B"), ("r", "A"))}
    tree["payoffs"] = {"A": {"joint": "q - p - r"}, "B": {"joint": "p + r - q"}}
    scenario = bg.load(tree)
    with pytest.raises(bg.BargainError, match="use fewer levels"):
        ListedDeals(scenario_court(scenario), (0.0, 0.0), True)


def scenario_court(scenario):
    from bargain.time.enforcement import Enforcing

    return Enforcing(scenario.payoffs, scenario.disagreement(), scenario.reversion("no_agreement"), "nash").court
