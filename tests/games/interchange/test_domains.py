"""Domains of other programs: every dialect read from files of our own, with utilities worked out by hand."""

import json
from fractions import Fraction
from itertools import product
from math import prod

import pytest

import bargain as bg
from bargain.comparison import compare_points
from bargain.games.interchange.domain import Domain, DomainIssue, Line, Party, StoredPoint
from bargain.games.interchange.domain_files import looks_like_domain, read_domain
from tests.games.interchange.domain_texts import (
    BUYER_XML,
    DOMAIN_XML,
    NEGMAS_SPACE,
    PROFILE_A,
    PROFILE_B,
    SELLER_XML,
    WEB_DOMAIN,
    negmas_ufun,
    put,
    put_bike,
    web_party,
)

F = Fraction


def outcomes(domain):
    return list(product(*(range(len(issue.values)) for issue in domain.issues)))


# ---- GENIUS ----


def test_genius_divides_discrete_evaluations_and_cuts_lines_off(tmp_path):
    domain = read_domain(put_bike(tmp_path), steps=5)
    assert (domain.name, domain.dialect, domain.players) == ("Bike", "GENIUS XML", ("buyer", "seller"))
    assert [issue.kind for issue in domain.issues] == ["discrete", "integer", "real"]
    assert domain.issues[0].values == ("red", "blue", "grün")
    assert domain.issues[2].values == (100, 150, 200, 250, 300)
    buyer, seller = domain.parties
    # 12/30, 30/30, 0/30: the largest evaluation of the issue becomes 1.
    assert buyer.evaluations[0] == (F(2, 5), 1, 0)
    # -0.25 + 0.5 (value - 1), between 0 and 1.
    assert buyer.evaluations[1] == (0, F(1, 4), F(3, 4), 1, 1)
    # 1.5 - 0.005 value, between 0 and 1.
    assert buyer.evaluations[2] == (1, F(3, 4), F(1, 2), F(1, 4), 0)
    assert seller.evaluations[0] == (1, F(1, 2), F(4, 5))
    assert seller.evaluations[1] == (1, F(3, 4), F(1, 2), F(1, 4), 0)
    # blue, 5 gears, 200: 0.5 + 0.2 + 0.15 and 0.125 + 0 + 0.25
    assert domain.utilities((1, 4, 2)) == (F(17, 20), F(3, 8))
    assert (buyer.reserved, buyer.discount) == (F(3, 20), F(4, 5))
    # GENIUS takes 0 where there is no reservation value.
    assert (seller.reserved, seller.discount) == (0, None)
    assert any("there is no reservation value; GENIUS takes 0" in note for note in domain.notes)


def test_files_can_be_named_in_the_order_of_the_players(tmp_path):
    put_bike(tmp_path)
    domain = read_domain(tmp_path / "bike.xml", tmp_path / "seller.xml", tmp_path / "buyer.xml")
    assert domain.players == ("seller", "buyer")
    assert len(domain.issues[2].values) == 21


def test_genius_takes_weights_as_they_stand_unless_told(tmp_path):
    halved = BUYER_XML.replace('value="0.5"/>', 'value="0.25"/>').replace('value="0.3"/>', 'value="0.15"/>')
    halved = halved.replace('value="0.2"/>', 'value="0.1"/>')
    put_bike(tmp_path, buyer=halved)
    assert read_domain(tmp_path).parties[0].weights == (F(1, 4), F(1, 10), F(3, 20))
    assert read_domain(tmp_path, normalise_weights=True).parties[0].weights == (F(1, 2), F(1, 5), F(3, 10))


def test_weights_that_pass_one_by_rounding_are_kept_and_told(tmp_path):
    put_bike(tmp_path, buyer=BUYER_XML.replace('value="0.3"/>', 'value="0.3000004"/>'))
    domain = read_domain(tmp_path)
    assert domain.parties[0].weights[2] == F(3000004, 10**7)
    assert any("GENIUS cuts utilities off at 1; they pass it by up to 4e-07" in note for note in domain.notes)


def test_genius_takes_evaluations_near_zero_as_zero(tmp_path):
    tiny = BUYER_XML.replace('"12"', '"0.000004"').replace('"30"', '"0.000009"')
    assert read_domain(put_bike(tmp_path, buyer=tiny)).parties[0].evaluations[0] == (0, 0, 0)


def test_the_largest_evaluation_counts_values_that_the_domain_does_not_have(tmp_path):
    more = BUYER_XML.replace(
        '<item index="3" value="grün" evaluation="0"/>',
        '<item index="3" value="grün" evaluation="0"/><item index="4" value="gold" evaluation="60"/>',
    )
    domain = read_domain(put_bike(tmp_path, buyer=more))
    assert domain.parties[0].evaluations[0] == (F(1, 5), F(1, 2), 0)
    assert any("values that the domain does not have" in note for note in domain.notes)


def test_issues_of_nested_objectives_come_first_and_their_weights_count(tmp_path):
    def issue(index, items):
        return f'<issue index="{index}" name="i{index}">{items}</issue>'

    plain, graded = (
        '<item value="a"/><item value="b"/>',
        '<item value="a" evaluation="1"/><item value="b" evaluation="4"/>',
    )
    inner = f'<objective index="9" name="inner">{issue(2, plain)}</objective>'
    domain = f'<negotiation_template><utility_space><objective index="0" name="D">{issue(1, plain)}{inner}'
    domain += "</objective></utility_space></negotiation_template>"
    party = '<utility_space><objective index="0"><weight index="9" value="0.7"/><weight index="1" value="0.3"/>'
    party += f'{issue(1, graded)}<objective index="9"><weight index="2" value="0.6"/>{issue(2, graded)}</objective>'
    party += "</objective></utility_space>"
    read = read_domain(put(tmp_path, d_xml=domain, p_xml=party, q_xml=party))
    assert [issue.name for issue in read.issues] == ["i2", "i1"]
    assert read.parties[0].weights == (F(3, 5), F(3, 10))
    assert read.utilities((1, 0)) == (F(3, 5) + F(3, 40),) * 2
    assert any("nested objectives are ignored" in note for note in read.notes)


def test_an_integer_issue_evaluated_value_by_value_is_discrete(tmp_path):
    start = BUYER_XML.index("<evaluator ftype")
    end = BUYER_XML.index("/>", start) + 2
    items = "".join(f'<item index="{k}" value="{k}" evaluation="{2 * k}"/>' for k in range(1, 6))
    domain = read_domain(put_bike(tmp_path, buyer=BUYER_XML[:start] + items + BUYER_XML[end:]))
    assert domain.parties[0].evaluations[1] == (F(1, 5), F(2, 5), F(3, 5), F(4, 5), 1)


# ---- GENIUS-style JSON ----


def test_genius_style_json(tmp_path):
    put(
        tmp_path,
        lunch_json=WEB_DOMAIN,
        lunch1_json=web_party("ann", (1, 0.5), (0.2, 1), bid=("cafe", "noon")),
        lunch2_json=web_party("bob", (0.3, 1), (1, 0.4), weights=(0.5, 0.5)),
    )
    domain = read_domain(tmp_path)
    assert (domain.name, domain.dialect) == ("lunch", "GENIUS-style JSON (GeniusWeb, NegMAS)")
    assert domain.players == ("ann", "bob")
    # The reservation bid is worth 0.6 * 0.5 + 0.4 * 0.2 to ann; bob has none and falls back on 0.15 + 0.2.
    assert [party.reserved for party in domain.parties] == [F(19, 50), None]
    assert domain.problem().exact_disagreement == (F(19, 50), F(7, 20))
    assert domain.utilities((0, 1)) == (1, F(7, 20))


def test_genius_style_json_without_a_domain_file(tmp_path):
    party = web_party("ann", (1, 0.5), (0.2, 1))
    renamed = json.loads(json.dumps(party).replace("discreteutils", "DiscreteValueSetUtilities"))
    domain = read_domain(put(tmp_path, a_json=party, b_json=renamed))
    # Two parties of one name go by the names of their files.
    assert domain.players == ("a", "b")
    assert domain.parties[0].evaluations == domain.parties[1].evaluations


# ---- NegMAS ----


def test_negmas_dumps(tmp_path):
    first = negmas_ufun("u", (1, 0.5, 0), 0.2, 0.1, (0, 1), [0.3, 0.4, 0.3], 0.2)
    second = negmas_ufun("v", (0, 0.5, 1), -0.25, 1, (1, 0), [2, 1, 0.5], float("-inf"))
    domain = read_domain(put(tmp_path, dom_json=NEGMAS_SPACE, u_json=first, v_json=second))
    assert (domain.name, domain.dialect, domain.players) == ("dom", "NegMAS ufun dump", ("u", "v"))
    assert domain.issues[1].values == (0, 1, 2, 3, 4)
    assert domain.issues[2] == DomainIssue("k", (F(1), F(5, 2)))
    # b, 3, 2.5: 0.15 + 0.4 * 0.7 + 0.3 and 1 + 0.25 + 0
    assert domain.utilities((1, 3, 1)) == (F(73, 100), F(5, 4))
    assert [party.disagreement for party in domain.parties] == [F(1, 5), 0]


def test_negmas_discounted_and_affine_ufuns(tmp_path):
    space = {**NEGMAS_SPACE, "issues": NEGMAS_SPACE["issues"][1:]}
    affine = {
        "type": "negmas.preferences.AffineUtilityFunction",
        "weights": [0.1, 0.2],
        "bias": 0.5,
        "reserved_value": None,
    }
    outer = {"type": "ExpDiscountedUFun", "ufun": affine, "discount": 0.9, "name": "late", "reserved_value": 0.6}
    domain = read_domain(put(tmp_path, dom_json=space, a_json={**affine, "name": "now"}, b_json=outer))
    assert domain.utilities((4, 1)) == (F(7, 5), F(7, 5))
    assert [(p.name, p.reserved, p.discount) for p in domain.parties] == [
        ("now", None, None),
        ("late", F(3, 5), F(9, 10)),
    ]
    assert domain.problem().feasible.exact_payoffs((4, 1)) == (F(7, 5), F(7, 5))


YAML = """convex_hull: false
kalai_outcomes:
- - b
  - 4
  - 1.0
kalai_utils:
- - 0.51
  - 1.0
nash_outcomes: []
nash_utils:
- - 0.51
  - 1.0
max_welfare_utils:
- - 0.4
  - 1.0
max_relative_welfare_utils:
- - 1.0
  - 0.5
opposition: 0.43
pareto_utils:
- - 0.25
  - 1.0
utility_ranges:
- - 0
  - 1.0e-05
"""


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_points_that_negmas_stores_are_named_and_compared(tmp_path, kind):
    first = negmas_ufun("u", (1, 0.5, 0), 0.2, 0.1, (0, 1), [0.3, 0.4, 0.3], 0.2)
    second = negmas_ufun("v", (0, 0.5, 1), -0.25, 1, (1, 0), [1, 1, 0.5], float("-inf"))
    put(tmp_path, dom_json=NEGMAS_SPACE, u_json=first, v_json=second)
    if kind == "yaml":
        (tmp_path / "_stats.yaml").write_text(YAML, encoding="utf-8")
    else:
        stats = {
            "kalai_outcomes": [["b", 4, 1.0]],
            "kalai_utils": [[0.51, 1.0]],
            "nash_utils": [[0.51, 1.0]],
            "max_welfare_utils": [[0.4, 1.0]],
            "max_relative_welfare_utils": [[1.0, 0.5]],
        }
        put(tmp_path, stats_json=stats)
    domain = read_domain(tmp_path)
    points = {point.theirs: point for point in compare_points(domain)}
    assert {name: point.ours for name, point in points.items()} == {
        "nash": "nash",
        "kalai": "egalitarian",
        "max_welfare": "utilitarian",
        "max_relative_welfare": None,
    }
    # b, 4, 1 is worth 0.15 + 0.36 = 0.51 and 0.5 + 0 + 0.5 = 1.
    assert points["kalai"].sound
    assert points["kalai"].stored_deal == {"x": "b", "n": 4.0, "k": 1.0}
    assert points["max_relative_welfare"].same is None
    rational = [domain.utilities(deal) for deal in outcomes(domain)]
    rational = [(u, v) for u, v in rational if u >= F(1, 5) and v >= 0]
    least = max(min(u - F(1, 5), v) for u, v in rational)
    assert min(points["kalai"].payoffs[0] - F(1, 5), points["kalai"].payoffs[1]) == least
    assert sum(points["max_welfare"].payoffs) == max(u + v for u, v in map(domain.utilities, outcomes(domain)))
    assert (points["max_welfare"].same, points["max_welfare"].as_good) == (False, False)


def test_a_stored_point_may_be_another_of_equal_worth():
    issue = DomainIssue("deal", ("x", "y", "z"))
    a = Party("a", (F(1),), ((F(1), F(2), F(1, 2)),), F(0))
    b = Party("b", (F(1),), ((F(1), F(1), F(3)),), F(0))
    stored = tuple(
        StoredPoint("kalai", "egalitarian", payoffs, basis="zero") for payoffs in ((F(1), F(1)), (F(1, 2), F(3)))
    )
    points = compare_points(Domain("d", "made here", (issue,), (a, b), points=stored))
    # Among deals with the same least gain our rule takes (2, 1).
    assert [(point.payoffs, point.same, point.as_good) for point in points] == [
        ((2, 1), False, True),
        ((2, 1), False, False),
    ]


# ---- NegoLog ----


def test_negolog_profiles_and_their_points(tmp_path):
    specs = {
        "Name": "Sale",
        "NumberOfBids": 6,
        "Nash_A": 0.7,
        "Nash_B": 0.6000000000000001,
        "Kalai_A": 0.4,
        "Kalai_B": 0.9,
    }
    specs |= {"NashBid": {"price": "low", "delivery": "slow"}, "KalaiBid": {"price": "low", "delivery": "fast"}}
    domain = read_domain(put(tmp_path, profileA_json=PROFILE_A, profileB_json=PROFILE_B, specs_json=specs))
    assert (domain.name, domain.dialect, domain.players) == ("Sale", "NegoLog JSON", ("profileA", "profileB"))
    # middle, slow: 0.3 + 0.1 and 0.4 + 0.5
    assert domain.utilities((1, 1)) == (F(2, 5), F(9, 10))
    nash, kalai = compare_points(domain)
    assert (nash.theirs, nash.ours, nash.same, nash.sound) == ("Nash", "nash", True, True)
    assert nash.disagreement == (0, 0)
    # NegoLog's Kalai is the largest sum: 0.4 + 0.9 = 0.7 + 0.6, a tie that our rule reports too.
    assert (kalai.theirs, kalai.ours, kalai.same) == ("Kalai", "utilitarian", True)
    # The stored outcome (low, fast) is worth (1, 0.15), not what is stored.
    assert kalai.sound is False


def test_the_nash_product_of_negolog_takes_no_reservation_values(tmp_path):
    issue = DomainIssue("deal", ("x", "y"))
    a = Party("a", (F(1),), ((F(1, 2), F(9, 10)),), F(2, 5))
    b = Party("b", (F(1),), ((F(9, 10), F(4, 10)),), F(0))
    domain = Domain("d", "made here", (issue,), (a, b))
    with_reserved = bg.solve(domain.problem())
    without = bg.solve(domain.problem(disagreement=(0, 0)))
    assert (with_reserved.deal, without.deal) == ({"deal": {"deal": "y"}}, {"deal": {"deal": "x"}})


# ---- the problem ----


def test_every_rule_agrees_with_brute_force(tmp_path):
    domain = read_domain(put_bike(tmp_path), steps=7)
    problem = domain.problem()
    assert problem.exact
    assert problem.players == ("buyer", "seller")
    reserved = problem.exact_disagreement
    gains = {d: tuple(u - r for u, r in zip(domain.utilities(d), reserved, strict=True)) for d in outcomes(domain)}
    rational = {d: g for d, g in gains.items() if min(g) >= 0}
    assert bg.solve(problem, "nash").gains in [
        g for g in rational.values() if prod(g) == max(map(prod, rational.values()))
    ]
    assert sum(bg.solve(problem, "utilitarian").gains) == max(map(sum, rational.values()))
    assert min(bg.solve(problem, "egalitarian").gains) == max(map(min, rational.values()))
    ideal = [max(g[i] for g in rational.values()) for i in (0, 1)]
    share = max(min(g[0] / ideal[0], g[1] / ideal[1]) for g in rational.values())
    found = bg.solve(problem, "kalai-smorodinsky").gains
    assert min(found[0] / ideal[0], found[1] / ideal[1]) == share
    assert bg.verify(bg.solve(problem))


def test_the_disagreement_point_can_be_given(tmp_path):
    domain = read_domain(put_bike(tmp_path))
    assert domain.problem({"seller": 0.25}).exact_disagreement == (F(3, 20), F(1, 4))
    assert domain.problem([0, F(1, 3)]).exact_disagreement == (0, F(1, 3))
    with pytest.raises(ValueError, match="there is no party 'sellar'"):
        domain.problem({"sellar": 0})
    with pytest.raises(ValueError, match="2 numbers are needed, got 1"):
        domain.problem([0])


def test_deals_have_the_names_of_issues_and_values(tmp_path):
    domain = read_domain(put_bike(tmp_path), steps=3)
    feasible = domain.problem().feasible
    deal = feasible.describe((2, 0, 1))
    assert deal == {"colour": {"colour": "grün"}, "gears": {"gears": 1.0}, "price": {"price": 200.0}}
    assert feasible.indices(deal) == (2, 0, 1)
    assert domain.indices({"colour": "grün", "gears": 1, "price": 200.0}) == (2, 0, 1)
    with pytest.raises(ValueError, match="issue 'colour' has no value 'green'"):
        domain.indices({"colour": "green", "gears": 1, "price": 200})
    with pytest.raises(ValueError, match="no value for issue 'gears'"):
        domain.indices({"colour": "red"})


def test_ten_to_the_forty_outcomes_are_solved_exactly():
    # Issue k offers a trade of k against 40 - k + 1: both gain most by splitting the issues.
    issues = tuple(DomainIssue(f"i{k}", tuple(f"v{j}" for j in range(10))) for k in range(40))
    rising = tuple(F(j, 9) for j in range(10))
    weight = tuple(F(k + 1, 820) for k in range(40))
    a = Party("a", weight, (rising,) * 40, F(0))
    b = Party("b", weight[::-1], (rising[::-1],) * 40, F(0))
    domain = Domain("big", "made here", issues, (a, b))
    assert domain.outcomes == 10**40
    found = bg.solve(domain.problem(), "utilitarian")
    # Each issue goes to whoever has the larger weight: 21 + ... + 40 of 820 for both.
    assert found.payoffs == (F(610, 820), F(610, 820))


def test_what_looks_like_a_domain(tmp_path):
    assert looks_like_domain("anything.xml")
    assert not looks_like_domain(tmp_path)
    assert not looks_like_domain(tmp_path / "none")
    assert looks_like_domain(put(tmp_path, a_json="{}"))
    assert not looks_like_domain("a\0b")


def test_a_line_is_cut_off_only_where_it_is_clipped():
    assert Line(F(1), F(0)).at(F(3)) == 3
    assert Line(F(1), F(-1), clipped=True).at(F(0)) == 0


def test_unused_files_of_a_folder_are_told(tmp_path):
    put(tmp_path, profileA_json=PROFILE_A, profileB_json=PROFILE_B, other_json={"something": 1}, note_yaml="a: 1")
    assert read_domain(tmp_path).notes[1:] == (
        "not read, because it is no part of a domain: note.yaml",
        "not read, because it is no part of a domain: other.json",
    )


def test_genius_writes_what_its_source_says_about_constants(tmp_path):
    constant = SELLER_XML.replace(
        'ftype="linear" parameter0="-0.5" parameter1="0.005"', 'ftype="constant" parameter0="0.75"'
    )
    domain = read_domain(put_bike(tmp_path, domain=DOMAIN_XML, seller=constant), steps=2)
    assert domain.parties[1].evaluations[2] == (F(3, 4), F(3, 4))
