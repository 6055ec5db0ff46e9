"""The shipped scenarios: every file is sound, has sources and expected answers, and the answers hold.

The numbers of the classic cases are worked out here once more, from the definitions and in exact arithmetic where that
is possible; the flagship is solved again by a general-purpose optimiser on payoffs that are written out by hand.
"""

from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from bargain import catalog
from bargain.pipeline import load, run
from bargain.scenario.read import read

ENTRIES = {entry.name: entry for entry in catalog.entries()}
every_scenario = pytest.mark.parametrize("name", ENTRIES)


@cache
def report(name):
    return run(load(name))


# ---- the files -----------------------------------------------------------------------------------------------------


@every_scenario
def test_scenario_is_read_without_a_remark_and_is_named_after_its_file(name):
    document = read(ENTRIES[name].path)
    assert document.warnings == ()
    assert document.id == ENTRIES[name].path.stem


@every_scenario
def test_scenario_states_units_description_and_sources(name):
    document = read(ENTRIES[name].path)
    assert document.units
    assert document.description
    assert document.sources
    assert [p.name for p in document.parameters if not (p.label and p.source)] == []


@every_scenario
def test_scenario_with_illustrative_numbers_says_so(name):
    document = read(ENTRIES[name].path)
    invented = any("illustrative" in p.source for p in document.parameters)
    assert document.tree["scenario"].get("illustrative", False) == invented


@every_scenario
def test_expected_answers_of_the_scenario_hold(name):
    checked = report(name).expectations
    assert len(checked) >= 2
    assert [(each.name, each.error, dict(each.values)) for each in checked if not each.holds] == []


def test_an_expected_answer_fails_when_the_scenario_is_changed():
    changed = load("nash-barter-1950").set({"payoffs.Bill.pen.Bill": 9})
    failed = {each.name for each in run(changed).expectations if not each.holds}
    assert "Nash's solution" in failed


def test_models_are_data_one_folder_deep_and_listed_in_the_readme():
    files = [path.relative_to(catalog.root()) for path in catalog.root().rglob("*") if path.is_file()]
    assert {path.suffix for path in files if path != Path("README.md")} == {".toml"}
    assert {len(path.parts) for path in files if path.suffix == ".toml"} == {2}
    rows = [
        line.split("|")[1].strip()
        for line in (catalog.root() / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert sorted(rows) == sorted(f"`{name}`" for name in ENTRIES)


# ---- Nash 1950: Bill and Jack ------------------------------------------------------------------------------------------

BILL_OWNS = {"book": (2, 4), "whip": (2, 2), "ball": (2, 1), "bat": (2, 2), "box": (4, 1)}
JACK_OWNS = {"pen": (10, 1), "toy": (4, 1), "knife": (6, 2), "hat": (2, 2)}


def barter_gains(moved):
    """Gains of Bill and Jack when the goods in ``moved`` change hands; utilities (Bill, Jack) as published."""
    bill = sum(JACK_OWNS[g][0] for g in moved if g in JACK_OWNS) - sum(BILL_OWNS[g][0] for g in moved if g in BILL_OWNS)
    jack = sum(BILL_OWNS[g][1] for g in moved if g in BILL_OWNS) - sum(JACK_OWNS[g][1] for g in moved if g in JACK_OWNS)
    return bill, jack


def test_barter_of_nash_1950_is_the_best_of_its_512_deals():
    goods = [*BILL_OWNS, *JACK_OWNS]
    deals = [
        {g for g, moves in zip(goods, choice, strict=True) if moves} for choice in product((False, True), repeat=9)
    ]
    gains = [barter_gains(moved) for moved in deals]
    ranked = sorted((bill * jack for bill, jack in gains if bill >= 0 and jack >= 0), reverse=True)
    assert ranked[:2] == [60, 56]
    best = next(moved for moved, (bill, jack) in zip(deals, gains, strict=True) if bill > 0 and bill * jack == 60)
    solution = report("nash-barter-1950").solution
    assert solution.gains == barter_gains(best) == (12, 5)
    owner = {g: "Bill" if (g in BILL_OWNS) != (g in best) else "Jack" for g in goods}
    assert {g: solution.deal[g][g] for g in goods} == owner


def test_no_single_good_of_nash_1950_trades_alone():
    assert all(min(barter_gains({good})) < 0 for good in [*BILL_OWNS, *JACK_OWNS])
    tables = report("nash-barter-1950").linkage.separate.tables
    assert len(tables) == 9
    assert not any(table.agreed for table in tables)


# ---- 2 x 2 games ---------------------------------------------------------------------------------------------------------

TWO_BY_TWO = {
    # payoffs [row][column] of the row player; of the column player
    "prisoners-dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]]),
    "battle-of-the-sexes": ([[2, 0], [0, 1]], [[1, 0], [0, 2]]),
    "chicken": ([[6, 2], [7, 0]], [[6, 7], [2, 0]]),
    "matching-pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]),
    "stag-hunt": ([[9, 0], [8, 7]], [[9, 8], [0, 7]]),
}


def equilibria_by_definition(A, B):
    """Payoffs of all equilibria of a non-degenerate 2 x 2 game, in exact arithmetic."""
    found = [
        (Fraction(A[i][j]), Fraction(B[i][j]))
        for i, j in product(range(2), repeat=2)
        if A[i][j] >= A[1 - i][j] and B[i][j] >= B[i][1 - j]
    ]
    # Each mixes so that the other is indifferent: p on row 0, q on column 0.
    b = B[0][0] - B[0][1] - B[1][0] + B[1][1]
    a = A[0][0] - A[0][1] - A[1][0] + A[1][1]
    if a and b:
        p, q = Fraction(B[1][1] - B[1][0], b), Fraction(A[1][1] - A[0][1], a)
        if 0 < p < 1 and 0 < q < 1:
            chances = [[p * q, p * (1 - q)], [(1 - p) * q, (1 - p) * (1 - q)]]
            cells = list(product(range(2), repeat=2))
            found.append(tuple(sum(chances[i][j] * M[i][j] for i, j in cells) for M in (A, B)))
    return sorted(found)


def test_two_by_two_games_have_their_textbook_equilibria():
    F = Fraction
    assert equilibria_by_definition(*TWO_BY_TWO["prisoners-dilemma"]) == [(1, 1)]
    assert equilibria_by_definition(*TWO_BY_TWO["battle-of-the-sexes"]) == [(F(2, 3), F(2, 3)), (1, 2), (2, 1)]
    assert equilibria_by_definition(*TWO_BY_TWO["chicken"]) == [(2, 7), (F(14, 3), F(14, 3)), (7, 2)]
    assert equilibria_by_definition(*TWO_BY_TWO["matching-pennies"]) == [(0, 0)]
    assert equilibria_by_definition(*TWO_BY_TWO["stag-hunt"]) == [(7, 7), (F(63, 8), F(63, 8)), (9, 9)]


@pytest.mark.parametrize("name", TWO_BY_TWO)
def test_two_by_two_game_is_the_one_of_its_source_and_all_equilibria_are_found(name):
    scenario = load(name)
    assert scenario.game().payoffs.tolist() == [list(map(list, M)) for M in TWO_BY_TWO[name]]
    found = scenario.equilibria()
    assert found.complete is True
    wanted = equilibria_by_definition(*TWO_BY_TWO[name])
    assert sorted(tuple(map(float, profile.payoffs)) for profile in found) == [
        pytest.approx(tuple(map(float, pair)), abs=1e-12) for pair in wanted
    ]


def test_agreements_in_two_by_two_games():
    assert report("prisoners-dilemma").solution.payoffs == (3, 3)
    assert report("chicken").solution.payoffs == (6, 6)
    assert report("stag-hunt").solution.payoffs == (9, 9)
    assert report("matching-pennies").solution.status == "no_deal"
    coin = report("battle-of-the-sexes").solution
    assert [float(chance) for _, chance in coin.lottery] == pytest.approx([0.5, 0.5], abs=1e-9)


# ---- Kalai and Smorodinsky 1975 ----------------------------------------------------------------------------------------


def test_kalai_smorodinsky_1975_larger_set_hurts_a_player_only_under_nash():
    small, large = load("kalai-smorodinsky-1975-small"), load("kalai-smorodinsky-1975")
    # On the edge from (0, 1) to (1, .7) the product u (1 - .3 u) still rises at u = 1, so the corner is Nash's solution.
    assert 1 - 2 * 0.3 > 0
    assert small.solve("nash").payoffs == pytest.approx((0.75, 0.75), abs=1e-9)
    assert large.solve("nash").payoffs == pytest.approx((1, 0.7), abs=1e-9)
    # Both ideal points are (1, 1): equal payoffs on the frontier, u = 1 - .3 u.
    fair = float(1 / (1 + Fraction(3, 10)))
    assert small.solve("kalai-smorodinsky").payoffs == pytest.approx((0.75, 0.75), abs=1e-9)
    assert large.solve("kalai-smorodinsky").payoffs == pytest.approx((fair, fair), abs=1e-9)


# ---- linkage -------------------------------------------------------------------------------------------------------------


def apart_and_together(name):
    linkage = report(name).linkage
    return linkage.separate.gains, linkage.package.gains


def test_tollison_willett_1979_two_issues_with_a_loser_each_pass_only_together():
    apart, together = apart_and_together("tollison-willett-1979")
    assert apart == (0, 0)
    assert together == (4 - 1, -1 + 2)


def test_horstmann_markusen_robles_2005_comparative_interest_helps_both():
    apart, together = apart_and_together("horstmann-markusen-robles-2005")
    # Alone, half of each issue: (1, 1/2) and (1/2, 1).  Together, each takes the issue in which a unit costs the other least.
    assert apart == pytest.approx((1.5, 1.5), abs=1e-6)
    assert together == pytest.approx((2, 2), abs=1e-6)


def test_horstmann_markusen_robles_2005_linking_may_hurt_one_but_not_both():
    apart, together = apart_and_together("horstmann-markusen-robles-2005-loser")
    # The product (4 + x)(1 + 2 - x) falls in x >= 0, the aid to the first country.
    assert apart == pytest.approx((5, 2), abs=1e-6)
    assert together == pytest.approx((4, 3), abs=1e-6)


def test_maggi_2016_transfers_make_linkage_neutral():
    apart, together = apart_and_together("maggi-transfers-2016")
    surplus = Fraction(4 + 1), Fraction(-1 + 3)
    half = float(sum(surplus) / 2)
    assert apart == pytest.approx((half, half), abs=1e-6)
    assert together == pytest.approx((half, half), abs=1e-6)


# ---- the flagship, solved again ------------------------------------------------------------------------------------------

LEVERS = ("car_tariff", "general_tariff", "retaliation", "pledge", "host", "farm", "standards", "energy", "currency")
LOWER = np.array([0, 0, 0, 0, 1.45, 0, 0, 0, 0])
UPPER = np.array([25, 24, 25, 600, 5.8, 12, 1, 12, 15])
APART = np.array([25, 24, 0, 0, 1.45, 0, 0, 0, 0])
POWER = np.array([0.55, 0.45])


def flagship_payoffs(levels):
    """US and Japanese payoffs, written out by hand with numbers."""
    car, general, answer, pledge, host, farm, standards, energy, yen = levels
    t, g, r, extra = car / 100, general / 100, answer / 100, host - 1.45
    bill = 170 * 0.075 * 0.23 * 0.78 * g
    need = bill - extra  # the defence budget pays it at rising cost
    us = 51.8 * ((0.22 + 0.36) * t - 4.5 * 0.78**2 * t**2 / 2) + 93.1 * ((0.22 + 0.31) * g - 4 * 0.78**2 * g**2 / 2)
    us += -0.28 * 79.7 * r + 3 * np.log(1 + pledge / 200) - need - need**2 / 20
    us += 0.25 * farm - 0.01 * farm**2 / 2 + 0.3 * standards + 0.15 * energy + 0.32 * yen - 0.02 * yen**2 / 2
    japan = -0.22 * (51.8 * t + 93.1 * g) + 79.7 * (0.055 * r - 0.92 * r**2 / 2) - 0.08 * 0.05 * pledge
    japan += 1.1 * np.log(host / 1.45) - extra - 0.04 * farm - 0.015 * farm**2 / 2 - 0.5 * standards**2 / 2
    japan += 1.6 * np.log(1 + energy / 5) - 0.25 * energy - 0.1 * yen
    japan += 0.003 * pledge * car / 25 - 51.8 * t * yen / 100
    return np.array([us, japan])


def flagship_room(levels):
    """Room left under Japan's fiscal ceiling."""
    return 2.75 - (0.08 * 0.05 * levels[3] + levels[4] - 1.45)


def best_product(free, starts=12):
    """Maximise the weighted product of gains over the levers in ``free`` from many starts; None when there is no deal."""
    apart, random = flagship_payoffs(APART), np.random.default_rng(2025)
    free = np.array(free)
    count = len(free)

    def levels(z):
        x = APART.copy()
        x[free] = LOWER[free] + z[:count] * (UPPER - LOWER)[free]
        return x

    def gains(z):
        return flagship_payoffs(levels(z)) - apart

    room = {"type": "ineq", "fun": lambda z: flagship_room(levels(z))}
    fair = [{"type": "ineq", "fun": lambda z: gains(z) - z[count]}, room]
    rational = [{"type": "ineq", "fun": lambda z: gains(z) - 1e-9}, room]
    box, options = [(0, 1)] * count, {"maxiter": 500, "ftol": 1e-13}
    found = []
    for _ in range(starts):
        start = np.append(random.random(count), 0)
        start[count] = gains(start).min()
        # First a point where both gain, then the product from there.
        both = minimize(
            lambda z: -z[count], start, constraints=fair, bounds=[*box, (None, None)], method="SLSQP", options=options
        )
        if gains(both.x).min() < 1e-6 or flagship_room(levels(both.x)) < -1e-7:
            continue
        top = minimize(
            lambda z: -POWER @ np.log(np.maximum(gains(z), 1e-12)),
            both.x[:count],
            constraints=rational,
            bounds=box,
            method="SLSQP",
            options=options,
        )
        if flagship_room(levels(top.x)) > -1e-7 and gains(top.x).min() > 0:
            found.append((top.fun, levels(top.x), gains(top.x)))
    return min(found, key=lambda each: each[0])[1:] if found else None


def test_flagship_payoffs_are_those_written_out_by_hand():
    scenario = load("us-japan-2025")
    assert tuple(lever.name for lever in scenario.document.levers) == LEVERS
    assert [(lever.lower, lever.upper, lever.status_quo) for lever in scenario.document.levers] == [
        *zip(LOWER, UPPER, APART, strict=True)
    ]
    random = np.random.default_rng(7)
    for levels in [APART, LOWER, UPPER, *(LOWER + random.random((20, 9)) * (UPPER - LOWER))]:
        assert scenario.payoffs.values(levels) == pytest.approx(flagship_payoffs(levels), rel=1e-11, abs=1e-11)


def test_flagship_deal_is_found_again_by_an_independent_search():
    solution = report("us-japan-2025").solution
    levels, gains = best_product(range(9))
    deal = {lever: level for levers in solution.deal.values() for lever, level in levers.items()}
    assert solution.gains == pytest.approx(tuple(gains), abs=1e-4)
    assert [deal[lever] for lever in LEVERS] == pytest.approx(list(levels), abs=0.02)
    product_found = POWER @ np.log(solution.gains)
    assert product_found >= POWER @ np.log(gains) - 1e-8


def test_flagship_issues_apart_are_found_again_by_an_independent_search():
    issues = {
        "car_tariff": [0],
        "reciprocal": [1, 2],
        "pledge": [3],
        "host": [4],
        "access": [5, 6],
        "energy": [7],
        "currency": [8],
    }
    tables = {table.issues[0]: table for table in report("us-japan-2025").linkage.separate.tables}
    for issue, free in issues.items():
        again = best_product(free, starts=6)
        assert tables[issue].agreed == (again is not None), issue
        if again is not None:
            assert tables[issue].gains == pytest.approx(tuple(again[1]), abs=1e-4), issue
    assert [issue for issue in issues if not tables[issue].agreed] == ["pledge", "host", "access", "currency"]


def test_flagship_tariff_cut_has_the_size_of_the_trade_model():
    # Own runs of the trade model: 25 to 15 % on all goods is worth 3.2 bn a year to Japan, next to nothing to the US;
    # retaliation of 25 % costs the US 5.5 bn and Japan 1.2 bn.
    def at(car, general, answer):
        return flagship_payoffs(np.array([car, general, answer, *APART[3:]]))

    cut = at(15, 15, 0) - at(25, 25, 0)
    assert cut[1] == pytest.approx(3.2, abs=0.05)
    assert abs(cut[0]) < 0.5
    assert at(25, 24, 25) - at(25, 24, 0) == pytest.approx([-5.5, -1.2], abs=0.1)


def test_sebenius_1983_issues_that_fail_alone_pass_together_and_one_is_left_out():
    issues = {"seabed": (5, -2), "finance": (-2, 3), "patents": (-2, 1)}
    apart, together = apart_and_together("sebenius-1983")
    assert apart == (0, 0)
    deals = [
        tuple(sum(done * issue[i] for done, issue in zip(deal, issues.values(), strict=True)) for i in range(2))
        for deal in product((0, 1), repeat=3)
    ]
    assert together == max((deal for deal in deals if min(deal) >= 0), key=lambda deal: deal[0] * deal[1])
    alone = load("sebenius-1983").linkage("subpackages").smallest
    assert alone == (("seabed", "finance"),)


def test_horn_wolinsky_1988_each_partner_gets_half_of_what_it_adds():
    structures = load("nash-in-nash-1988").linkage("simultaneous").structures
    (found,) = structures.simultaneous
    marginal = 9 - 6
    assert found.gains == (9 - 2 * marginal / 2, marginal / 2, marginal / 2)
    assert found.complete
    assert len(found.fixed_points) == 1
